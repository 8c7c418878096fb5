"""Where the data at hand strain a synthetic control, said in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.assess.designs.conformal import shortest_series
from tregua.assess.designs.control_question import ControlFit, Mixture, Question, some
from tregua.assess.designs.control_words import said
from tregua.assess.designs.series import coinciding
from tregua.assess.verdict import Text

__all__ = ["cautions_of_answer", "cautions_of_fit", "cautions_of_placebos", "coincidences"]

EXACT = 1e-9
"""Misses below this share of the scale count as none."""
_POOR = 0.3
_LEANS = 0.5
_EXACT_FIT = 1e-6
_COUNTS = 0.01


def cautions_of_fit(
    question: Question, fit: ControlFit, weights: pd.DataFrame, mixture: Mixture
) -> list[Text]:
    """What the fit before the event strains."""
    unit, before = question.panel.title(question.unit), question.before
    found = []
    scale = float(np.abs(question.y).max()) or 1.0
    exact = fit.rmspe <= _EXACT_FIT * scale
    if fit.scaled_imbalance > _POOR:
        found.append(
            said(
                "poor_fit",
                rmspe=f"{fit.rmspe:.3g}",
                share=fit.scaled_imbalance,
                measure=question.panel.measure
                if question.scale == "level"
                else {"en": "log units", "es": "unidades logarítmicas"},
            )
        )
    if fit.outside:
        found.append(said("outside", outside=fit.outside, before=before, unit=unit))
    heaviest = weights.iloc[0]
    if heaviest["weight"] > _LEANS:
        donor = question.panel.title(str(heaviest["donor"]))
        found.append(said("leans", donor=donor, weight=float(heaviest["weight"])))
    if exact and len(question.donors) >= before:
        found.append(said("overfit", donors=len(question.donors), before=before))
    if not fit.unique:
        found.append(said("not_unique"))
    negative = float(mixture.weights[mixture.weights < 0].sum())
    if negative < -_COUNTS:
        found.append(said("negative", negative=negative))
    return found + _extreme(question)


def _extreme(question: Question) -> list[Text]:
    """Whether the place was picked at a height from which series fall by themselves."""
    earlier, last = question.y[: question.before - 1], question.y[question.before - 1]
    if last > earlier.max():
        return [said("extreme", which="highest", before=question.before)]
    if last < earlier.min():
        return [said("extreme", which="lowest", before=question.before)]
    return []


def cautions_of_answer(
    question: Question, value: float, low: float, high: float, level: float
) -> list[Text]:
    """What the answer and its interval lack."""
    found = []
    periods, needed = len(question.y), shortest_series(level)
    if periods < needed:
        found.append(said("short", periods=periods, level=f"{100 * level:g}", needed=needed))
    elif np.isnan(low) or np.isnan(high):
        found.append(said("no_constant"))
    if np.isinf(high):
        found.append(said("open_above"))
    if low == 0:
        found.append(said("open_below"))
    if np.isnan(value):
        found.append(said("below_zero"))
    if question.after == 1:
        found.append(said("one_after"))
    donors = len(question.donors)
    if 1 / (donors + 1) > 1 - level:
        found.append(said("few_donors", donors=donors, least=1 / (donors + 1)))
    return found


def cautions_of_placebos(value: float, time: pd.DataFrame, single: pd.DataFrame) -> list[Text]:
    """How the answer moves without a donor and at made-up dates."""
    found = []
    known = single[single["value"].notna()]
    if len(known):
        ordered = known.sort_values("value", kind="stable")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        found.append(
            said(
                "leave_one_out",
                low=low["value"],
                low_donor=low["donor"],
                high=high["value"],
                high_donor=high["donor"],
            )
        )
    made_up = time["value"].to_numpy(dtype=np.float64)
    made_up = made_up[made_up > 0]
    if len(made_up) and value > 0:
        far = np.abs(np.log(made_up)) >= abs(np.log(value))
        found.append(said("in_time", count=len(made_up), share=float(far.mean())))
    return found


def coincidences(question: Question, events: pd.DataFrame | None) -> list[Text]:
    """What else is on record near the event: within 3 months of a month, or in the year."""
    if events is None or events.empty:
        return []
    at = question.times[question.before].start_time
    months = 3 if question.panel.monthly else 6
    centre = at if question.panel.monthly else at + pd.DateOffset(months=6)
    near = coinciding(events, f"{centre:%Y-%m-%d}", months=months)
    if near.empty:
        return []
    counted = near["type"].astype(str).str.replace("_", " ").value_counts()
    listed = [f"{kind} ({number})" for kind, number in counted.items()]
    return [said("coinciding", months=months, listed=some(listed))]
