"""How much stands behind a verdict: computed by one rule, never asserted.

A verdict says which way the evidence points; its strength says how much could turn it. *None*:
there is no verdict to weigh. *Weak*: it rests on the model, or on one source, or it speaks of a
cause and no design was run over its reasonable choices. *Strong*: two or more sources, and either a
plain matter of record or a cause on whose side every choice of a design falls, a design that does
not find effects where there are none more often than it says. *Moderate*: all else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tregua.assess.designs.estimate import Reputation
    from tregua.assess.verdict import Claim, Result

__all__ = ["STRENGTHS", "Strength", "strength"]

Strength = Literal["strong", "moderate", "weak", "none"]
"""How much stands behind a verdict."""

STRENGTHS: tuple[Strength, ...] = ("strong", "moderate", "weak", "none")
"""How much may stand behind a verdict, from most to nothing."""

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
        on the side of its middle, 0 to 1) and `design` (the design that the curve was made with).
    graded
        What grading said of a design, by name; `tregua.assess.designs.reputation` by default. A
        design that was not graded makes no verdict strong.

    Returns
    -------
    str
        One of `STRENGTHS`.
    """
    agreeing = result.values.get("agreeing")
    sources = len(set(result.sources))
    if result.verdict in ("not identified", "not tested"):
        return "none"
    if claim.reach == "model" or sources < 2 or (claim.kind == "causal" and agreeing is None):
        return "weak"
    if claim.kind in _OF_RECORD or (agreeing == 1.0 and _trusted(result, graded)):
        return "strong"
    return "moderate"


def _trusted(result: Result, graded: Callable[[str], Reputation | None] | None) -> bool:
    """Whether the design behind a curve was graded, and errs no more often than it says."""
    from tregua.assess.designs.estimate import reputation  # needs the verdicts, which need this

    known = (graded or reputation)(str(result.values.get("design", "")))
    return known is not None and not known.exceeds()
