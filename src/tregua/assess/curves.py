r"""What a design says under every reasonable choice, in a form that a claim's rule can read.

Two flat rates, `rate_ratio`, take the months before an event as what would have gone on. Where
levels drift and neighbouring months err together, that finds effects that are not there: grading on
simulated worlds counts how often. A claim on a cause therefore leans on an interrupted time series,
run over the usual choices of family, trend, season, start and window; flat rates stand beside it as
a second reading.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tregua.assess.evidence import Evidence
from tregua.assess.rates import Period, RateRatio, rate_ratio
from tregua.assess.rules import NAN, Values
from tregua.assess.verdict import NotTestable

__all__ = ["DESIGN", "Curve", "flat_rates", "interrupted_over_choices", "size_of"]

DESIGN = "interrupted"
"""Name of the design that is run over choices."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Answers of one design to one question, over all combinations of choices.

    Attributes
    ----------
    combinations
        How many were tried.
    answers
        Those that could be answered, sorted by value: value, low and high (90 %), and the label of
        each choice.
    agreeing
        Share of the answers whose interval lies wholly on the side of the middle one, 0 to 1.
    """

    combinations: int
    answers: pd.DataFrame
    agreeing: float

    @property
    def middle(self) -> tuple[float, float, float]:
        """The answer in the middle, by its value, with its own interval."""
        row = self.answers.iloc[(len(self.answers) - 1) // 2]
        return float(row["value"]), float(row["low"]), float(row["high"])

    def below(self, reference: float = 1.0) -> int:
        """How many intervals lie wholly below a value."""
        return int((self.answers["high"] < reference).sum())

    def above(self, reference: float = 1.0) -> int:
        """How many intervals lie wholly above a value."""
        return int((self.answers["low"] > reference).sum())

    def values(self) -> Values:
        """What sentences quote and `strength` reads."""
        estimate, low, high = self.middle
        return {
            "estimate": estimate,
            "low": low,
            "high": high,
            "combinations": self.combinations,
            "answered": len(self.answers),
            "below": self.below(),
            "above": self.above(),
            "lowest": float(self.answers["value"].min()),
            "highest": float(self.answers["value"].max()),
            "agreeing": self.agreeing,
            "design": DESIGN,
            **_graded(),
        }


def interrupted_over_choices(
    evidence: Evidence,
    interruptions: Sequence[tuple[str, str | None, str]],
    *,
    question: str,
    window: tuple[str, str],
    last: str,
) -> Curve:
    """The curve of an interrupted time series of recorded deaths.

    Parameters
    ----------
    evidence
        The table `tiles`.
    interruptions
        Date from which each is in force, date from which no more (None if it lasts), name.
    question
        Name of the one asked about.
    window
        First and last month in which deaths are compared.
    last
        Last month of the counts used.

    Raises
    ------
    NotTestable
        If no combination can be answered.
    """
    from tregua.assess.designs import Interruption, agreeing, interrupted_curve

    curve = interrupted_curve(
        evidence.counts(),
        [Interruption(date, until=until, name=name) for date, until, name in interruptions],
        question=question,
        window=window,
        last=last,
    )
    answers = curve[curve["value"].notna()].reset_index(drop=True)
    if answers.empty:
        raise NotTestable(
            f"No reasonable choice has enough counts around {window[0]}: {curve['failed'].iloc[0]}",
            f"Con ninguna elección razonable hay recuentos suficientes en torno a {window[0]}.",
        )
    return Curve(len(curve), answers, agreeing(curve))


def flat_rates(
    evidence: Evidence, before: Sequence[Period], after: Sequence[Period]
) -> list[RateRatio]:
    """The second reading: flat rates over every pair of windows, the central pair first.

    Raises
    ------
    NotTestable
        If a window has fewer than two counts, or no deaths.
    """
    counts = evidence.counts()
    try:
        return [rate_ratio(counts, first, second) for second in after for first in before]
    except NotTestable:
        raise
    except ValueError as error:
        raise NotTestable(
            f"The record is too thin for two flat rates: {error}",
            "El registro es insuficiente para comparar dos tasas planas.",
        ) from error


def size_of(design: str) -> float:
    """Share of simulated worlds without an effect in which a design finds one, 0 to 1.

    Parameters
    ----------
    design
        Name of the design.

    Returns
    -------
    float
        As shipped; NaN for a design that was not graded.
    """
    from tregua.assess.designs import reputation
    from tregua.assess.grade.shipped import shipped_marks

    known = reputation(design)
    if known is not None:
        return known.size
    try:
        rows = shipped_marks("reputations")
    except ValueError:
        return NAN
    rows = rows[rows["design"] == design]
    return NAN if rows.empty else float(rows["size"].iloc[0])


def _graded() -> Values:
    """How often the design, and flat rates, find effects that are not there, in words."""
    return {
        f"{name}{suffix}": _share(size_of(design), lang)
        for name, design in (("design_errs", DESIGN), ("flat_errs", "rate_ratio"))
        for lang, suffix in (("en", ""), ("es", "_es"))
    }


def _share(size: float, lang: str) -> str:
    if math.isnan(size):
        return "a share not graded yet" if lang == "en" else "una proporción sin calificar aún"
    return f"{size:.0%}"
