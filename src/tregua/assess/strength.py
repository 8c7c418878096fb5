"""How much stands behind a verdict: computed by one rule, never asserted.

A verdict says which way the evidence points; its strength says how much could turn it. *None*:
there is no verdict to weigh. *Weak*: it rests on the model, or on one source, or it speaks of a
cause and no design was run over its reasonable choices, or it counts fewer than five events, of
which one more could turn it. *Strong*: two or more sources, one answer, and either a plain matter
of record or a cause on whose side every choice of a design falls, a design that does not find
effects where there are none more often than it says. *Moderate*: all else, among it whatever counts
fewer than twenty events, and every mixed verdict, since evidence that points both ways is not firm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tregua.assess.designs.estimate import Reputation
    from tregua.assess.verdict import Claim, Result

__all__ = ["FEW", "MANY", "STRENGTHS", "Strength", "strength"]

Strength = Literal["strong", "moderate", "weak", "none"]
"""How much stands behind a verdict."""

STRENGTHS: tuple[Strength, ...] = ("strong", "moderate", "weak", "none")
"""How much may stand behind a verdict, from most to nothing."""

FEW, MANY = 5, 20
"""Events counted below which a verdict is weak, and below which it is not strong.

Of 4 events in a row without an exception the exact 90 % interval of their share still reaches down
to 0.47, below one half; of 20 it reaches down to 0.86.
"""

_OF_RECORD = ("event", "quantity", "actor")


def strength(
    claim: Claim, result: Result, *, graded: Callable[[str], Reputation | None] | None = None
) -> Strength:
    """How much stands behind a verdict.

    Parameters
    ----------
    claim
        Its `kind` and its `reach` count.
    result
        Its verdict and sources count, and of its values `agreeing` (share of a specification curve
        on the side of its middle, 0 to 1), `design` (the design that the curve was made with) and
        `cases` (events that the verdict counts; without it, no limit is set by their number).
    graded
        What grading said of a design, by name; `tregua.assess.designs.reputation` by default. A
        design that was not graded makes no verdict strong.

    Returns
    -------
    str
        One of `STRENGTHS`.
    """
    if result.verdict in ("not identified", "not tested"):
        return "none"
    agreeing, cases = result.values.get("agreeing"), _cases(result)
    if claim.reach == "model" or len(set(result.sources)) < 2 or cases < FEW:
        return "weak"
    if claim.kind == "causal" and agreeing is None:
        return "weak"
    if result.verdict == "mixed" or cases < MANY:
        return "moderate"
    firm = claim.kind in _OF_RECORD or (agreeing == 1.0 and _trusted(result, graded))
    return "strong" if firm else "moderate"


def _cases(result: Result) -> float:
    """Events that the verdict counts; infinite where it counts none."""
    counted = result.values.get("cases", math.inf)
    return math.inf if isinstance(counted, str) else float(counted)


def _trusted(result: Result, graded: Callable[[str], Reputation | None] | None) -> bool:
    """Whether the design behind a curve was graded, and errs no more often than it says."""
    from tregua.assess.designs.estimate import reputation  # needs the verdicts, which need this

    known = (graded or reputation)(str(result.values.get("design", "")))
    return known is not None and not known.exceeds()
