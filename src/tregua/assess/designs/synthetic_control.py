r"""Synthetic control: a mixture of other places stands in for the place where something happened.

With $y_t$ the series of the place and $x_{jt}$ those of donors, the shares $w$ on the simplex that
bring $\sum_j w_j x_{jt}$ nearest to $y_t$ before the event give what would have been after it
(Abadie, Diamond & Hainmueller 2010). Two variants loosen the fit: an intercept lets the mixture run
at a distance (Doudchenko & Imbens 2016; Ferman & Pinto 2021), and a ridge lets shares leave the
simplex where it cannot reach the place (Ben-Michael, Feller & Rothstein 2021); see `ridge_weights`.

The answer is the ratio of what was recorded after the event to what the mixture gives. Its interval
comes from permutations in time (`conformal`). Beside it stand the donors as if each had been the
place (in space), the place as if the event had been earlier (in time), and the answer without each
donor. A small share among placebos is no proof: donors are not drawn at random, and a place that is
chosen because its series was extreme drifts back whatever is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs.conformal import confidence_set, permutation_p, shortest_series
from tregua.assess.designs.control_cautions import (
    EXACT,
    cautions_of_answer,
    cautions_of_fit,
    cautions_of_placebos,
    coincidences,
)
from tregua.assess.designs.control_question import (
    FEWEST_BEFORE,
    ControlFit,
    Mixture,
    Question,
    Recipe,
    Ridge,
    Scale,
    asked,
    penalty_of,
)
from tregua.assess.designs.control_words import said
from tregua.assess.designs.donors import Panel
from tregua.assess.designs.estimate import Estimate
from tregua.assess.verdict import LANGUAGES, Text

__all__ = ["Control", "synthetic_control"]

Floats = NDArray[np.float64]

_COUNTS = 0.01
_GRID = np.linspace(-8.0, 8.0, 129)


@dataclass(frozen=True, eq=False)
class Control:
    """A synthetic control with everything that lets a reader doubt it.

    Attributes
    ----------
    estimate
        Ratio of what was recorded to what the mixture gives, over all periods after the event;
        `p_placebo` is the share of donors whose miss grew at least as much.
    weights
        donor, name, weight; the heaviest first. They sum to 1.
    fit
        How well the mixture tracks the place before the event.
    in_space
        unit, before, after (root mean squared differences), ratio; the place itself is in it.
    rank_p
        Share of `in_space` whose ratio is at least the place's, itself included; NaN without.
    in_time
        event, value: the ratio that an earlier, made-up event gives.
    leave_one_out
        donor, value: the ratio without this donor.
    conformal
        time, effect, low, high: difference to the mixture in each period after the event, in the
        unit of the panel, with its interval. NaN where there are too few periods.
    p_constant
        Share of shifts in time that weigh as much as the event, if there was no effect.
    largest_weight, donors_used
        The heaviest donor's weight, and how many weigh more than 1 % either way.
    """

    estimate: Estimate
    weights: pd.DataFrame
    fit: ControlFit
    in_space: pd.DataFrame
    rank_p: float
    in_time: pd.DataFrame
    leave_one_out: pd.DataFrame
    conformal: pd.DataFrame
    p_constant: float
    largest_weight: float
    donors_used: int


def synthetic_control(
    panel: Panel,
    *,
    treated: str,
    event: int | str,
    first: int | str | None = None,
    until: int | str | None = None,
    ridge: Ridge = "none",
    intercept: bool = False,
    scale: Scale = "level",
    donors: Sequence[str] | None = None,
    without: Sequence[str] = (),
    level: float = 0.9,
    placebos: bool = True,
    by_period: bool = True,
    events: pd.DataFrame | None = None,
) -> Control:
    """What a place would have recorded without an event, from a mixture of other places.

    Parameters
    ----------
    panel
        The place and its donors; see `donor_panel`.
    treated
        The place, by its short or long name.
    event
        First year or month that the event could have touched.
    first, until
        First and last period in use; by default all that the place has.
    ridge
        `none`, a penalty above 0, or `cross_validated`.
    intercept
        Whether the mixture may run at a constant distance from the place.
    scale
        `level`: differences; `log`: ratios, and the answer is their geometric mean.
    donors, without
        The donors to use, all others by default; and those to leave out.
    level
        Probability content of the interval.
    placebos
        Whether to try the event at other places and times, and to leave out each donor.
    by_period
        Whether each period after the event gets an interval of its own, which takes most of the
        time; without, the ends in `conformal` and in the estimate's path are NaN.
    events
        Events of a record with date and type: those near the event are listed as a caution.

    Returns
    -------
    Control
        The estimate's `design` is `synthetic_control`, with a ridge `augmented_control`.

    Raises
    ------
    DesignError
        If the place or a donor is unknown or the place has gaps, the event lies outside the data,
        fewer than 5 periods come before it, fewer than 2 donors remain, all donors are zero, or
        the logarithm of a zero is asked for.
    ValueError
        If the level or the penalty is out of range.
    """
    if not 0 < level < 1:
        raise ValueError(f"The level must lie between 0 and 1, not {level:g}.")
    question = asked(panel, treated, event, (first, until), (donors, without), scale)
    recipe = Recipe(intercept, penalty_of(question, ridge, intercept))
    mixture = recipe.mix(question.y[: question.before], question.x[: question.before])
    fitted = mixture.of(question.x)
    value = _ratio(question, fitted)
    space = _in_space(question, recipe, fitted) if placebos else _NO_SPACE
    time = _in_time(question, recipe) if placebos else _NO_TIME
    single = _leave_one_out(question, recipe) if placebos else _NO_DONOR
    low, high = _interval(question, recipe, fitted, level)
    by_time = _by_time(question, recipe, fitted, level if by_period else None)
    fit = _fit_of(question, recipe, mixture, fitted)
    weights = _weights(question, mixture)
    cautions = [
        *question.cautions,
        *cautions_of_fit(question, fit, weights, mixture),
        *cautions_of_answer(question, value, low, high, level),
        *cautions_of_placebos(value, time, single),
        *coincidences(question, events),
    ]
    estimate = _estimate(
        question, recipe, (value, *_known(low, high)), level, cautions, by_time, fitted, space
    )
    return Control(
        estimate=estimate,
        weights=weights,
        fit=fit,
        in_space=space,
        rank_p=_rank(space, question.unit),
        in_time=time,
        leave_one_out=single,
        conformal=by_time,
        p_constant=_p_of_effect(question, recipe, 0.0, np.arange(len(question.y))),
        largest_weight=float(weights["weight"].max()),
        donors_used=int((weights["weight"].abs() > _COUNTS).sum()),
    )


_NO_SPACE = pd.DataFrame({"unit": [], "before": [], "after": [], "ratio": []})
_NO_TIME = pd.DataFrame({"event": [], "value": []})
_NO_DONOR = pd.DataFrame({"donor": [], "value": []})


# The answer.


def _ratio(question: Question, fitted: Floats) -> float:
    """Recorded over what the mixture gives; NaN where that is not above 0."""
    after = slice(question.before, None)
    if question.scale == "log":
        return float(np.exp((question.y - fitted)[after].mean()))
    weights = question.exposure()[after]
    would_be = float(weights @ fitted[after])
    return float(weights @ question.y[after]) / would_be if would_be > 0 else float("nan")


def _p_of_effect(
    question: Question, recipe: Recipe, effect: float, rows: NDArray[np.int64]
) -> float:
    """Share of the shifts that weigh as much, had the effect been this in the periods after."""
    after = int((rows >= question.before).sum())
    y = question.y[rows].copy()
    y[len(rows) - after :] -= effect
    x = question.x[rows]
    return permutation_p(y - recipe.mix(y, x).of(x), after)


def _effects(
    question: Question, recipe: Recipe, gaps: Floats, level: float, rows: NDArray[np.int64]
) -> tuple[float, float]:
    """Effects, on the scale of the fit, that the permutations do not exclude."""
    if len(rows) < shortest_series(level):
        return float("nan"), float("nan")
    after = rows[rows >= question.before]
    spread = float(np.abs(gaps[rows]).max()) or 1.0
    centre = float(gaps[after].mean())
    return confidence_set(
        lambda effect: _p_of_effect(question, recipe, effect, rows), centre + spread * _GRID, level
    )


def _interval(
    question: Question, recipe: Recipe, fitted: Floats, level: float
) -> tuple[float, float]:
    """The set of effects as ratios; 0 and infinity where an end is open."""
    rows = np.arange(len(question.y))
    low, high = _effects(question, recipe, question.y - fitted, level, rows)
    if question.scale == "log":
        return float(np.exp(low)), float(np.exp(high))
    after = slice(question.before, None)
    recorded = float(np.average(question.y[after], weights=question.exposure()[after]))
    return _as_ratio(recorded, low), _as_ratio(recorded, high)


def _as_ratio(recorded: float, effect: float) -> float:
    if np.isnan(effect):
        return float("nan")
    if effect >= recorded:  # what would have been is not above 0
        return float("inf")
    return 0.0 if np.isneginf(effect) else recorded / (recorded - effect)


def _by_time(
    question: Question, recipe: Recipe, fitted: Floats, level: float | None
) -> pd.DataFrame:
    """Difference to the mixture in each period after the event, with its interval at a level."""
    before, gaps = np.arange(question.before), question.y - fitted
    observed = question.as_rate(question.y)
    lines = []
    for place in range(question.before, len(question.y)):
        rows = np.append(before, place)
        none = (float("nan"), float("nan"))
        low, high = none if level is None else _effects(question, recipe, gaps, level, rows)
        ends = [
            float(observed[place] - question.as_rate(question.y[place] - end))
            for end in (low, high)
        ]
        effect = float(observed[place] - question.as_rate(fitted[place]))
        lines.append((str(question.times[place]), effect, *ends))
    return pd.DataFrame(lines, columns=["time", "effect", "low", "high"])


def _known(low: float, high: float) -> tuple[float, float]:
    """Both ends or none."""
    return (low, high) if not np.isnan(low + high) or np.isinf(high) else (np.nan, np.nan)


# Placebos.


def _misses(question: Question, gaps: Floats) -> tuple[float, float, float]:
    squares = gaps**2
    before, after = (
        float(np.sqrt(part.mean()))
        for part in (squares[: question.before], squares[question.before :])
    )
    floor = EXACT * (float(np.abs(question.x).max()) or 1.0)
    return before, after, after / max(before, floor)


def _in_space(question: Question, recipe: Recipe, fitted: Floats) -> pd.DataFrame:
    """Each donor as if it had been the place, with the other donors."""
    lines = [(question.unit, *_misses(question, question.y - fitted))]
    if len(question.donors) >= 3:
        for place, donor in enumerate(question.donors):
            target, others = question.x[:, place], question.without(place)
            mixture = recipe.mix(target[: question.before], others[: question.before])
            lines.append((donor, *_misses(question, target - mixture.of(others))))
    frame = pd.DataFrame(lines, columns=["unit", "before", "after", "ratio"])
    return frame.sort_values("ratio", ascending=False, ignore_index=True)


def _rank(space: pd.DataFrame, unit: str) -> float:
    if len(space) < 2:
        return float("nan")
    own = float(space.loc[space["unit"] == unit, "ratio"].iloc[0])
    return float((space["ratio"] >= own).mean())


def _in_time(question: Question, recipe: Recipe) -> pd.DataFrame:
    """The ratio at made-up dates, from periods before the event alone."""
    lines = []
    for at in range(FEWEST_BEFORE, question.before):
        stop = min(at + question.after, question.before)
        part = slice(question.rows.start, question.rows.start + stop)
        earlier = Question(
            question.panel,
            question.unit,
            question.donors,
            part,
            at,
            question.scale,
            question.y[:stop],
            question.x[:stop],
        )
        mixture = recipe.mix(question.y[:at], question.x[:at])
        lines.append((str(question.times[at]), _ratio(earlier, mixture.of(question.x[:stop]))))
    return pd.DataFrame(lines, columns=["event", "value"])


def _leave_one_out(question: Question, recipe: Recipe) -> pd.DataFrame:
    lines = []
    if len(question.donors) >= 3:
        for place, donor in enumerate(question.donors):
            others = question.without(place)
            mixture = recipe.mix(question.y[: question.before], others[: question.before])
            lines.append((donor, _ratio(question, mixture.of(others))))
    return pd.DataFrame(lines, columns=["donor", "value"])


# What is said of it.


def _fit_of(question: Question, recipe: Recipe, mixture: Mixture, fitted: Floats) -> ControlFit:
    y, x = question.y[: question.before], question.x[: question.before]
    plain = y - x.mean(axis=1)
    if recipe.intercept:
        plain = plain - plain.mean()
    miss, by_mean = (
        float(np.sqrt(np.mean(gaps**2))) for gaps in (y - fitted[: question.before], plain)
    )
    return ControlFit(
        rmspe=miss,
        scaled_imbalance=miss / by_mean if by_mean > 0 else float("nan"),
        outside=int(((y > x.max(axis=1)) | (y < x.min(axis=1))).sum()),
        loss=mixture.simplex.loss,
        gap=mixture.simplex.gap,
        unique=mixture.simplex.unique,
        ridge=float("nan") if recipe.penalty is None else recipe.penalty,
    )


def _weights(question: Question, mixture: Mixture) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "donor": question.donors,
            "name": [question.panel.names[donor] for donor in question.donors],
            "weight": mixture.weights,
        }
    )
    return frame.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def _estimate(
    question: Question,
    recipe: Recipe,
    answer: tuple[float, float, float],
    level: float,
    cautions: list[Text],
    by_time: pd.DataFrame,
    fitted: Floats,
    space: pd.DataFrame,
) -> Estimate:
    unit, times = question.panel.title(question.unit), question.times
    first, last = str(times[question.before]), str(times[-1])
    estimand = said(
        "estimand_log" if question.scale == "log" else "estimand",
        unit=unit,
        first=first,
        last=last,
    )
    assumed = [said(key, unit=unit, first=first) for key in ("untouched", "goes_on", "alone")]
    assumed.append(said("stationary"))
    if recipe.penalty is not None:
        assumed.append(said("linear"))
    value, low, high = answer
    own = space.loc[space["unit"] == question.unit, "ratio"]
    others = space.loc[space["unit"] != question.unit, "ratio"]
    return Estimate(
        design="synthetic_control" if recipe.penalty is None else "augmented_control",
        estimand=estimand,
        unit=said("unit"),
        value=value,
        low=low,
        high=high,
        level=level,
        p_placebo=float((others >= own.iloc[0]).mean()) if len(others) else float("nan"),
        placebos=len(others),
        assumptions=_by_language(assumed),
        cautions=_by_language([*_of_panel(question.panel), *cautions]),
        settings=_settings(question, recipe),
        path=_path(question, fitted, by_time),
    )


def _settings(question: Question, recipe: Recipe) -> MappingProxyType[str, float | int | str]:
    chosen: dict[str, float | int | str] = {
        "treated": question.unit,
        "event": str(question.times[question.before]),
        "first": str(question.times[0]),
        "until": str(question.times[-1]),
        "before": question.before,
        "after": question.after,
        "donors": len(question.donors),
        "scale": question.scale,
        "intercept": "yes" if recipe.intercept else "no",
        "ridge": "none" if recipe.penalty is None else recipe.penalty,
    }
    if question.panel.counts is not None:
        counts = question.panel.counts[question.rows, question.panel.units.index(question.unit)]
        chosen["recorded"] = float(counts[question.before :].sum())
    return MappingProxyType(chosen)


def _path(question: Question, fitted: Floats, by_time: pd.DataFrame) -> pd.DataFrame:
    """Observed and counterfactual by period, in the unit of the panel."""
    before, observed = question.before, question.as_rate(question.y)
    if question.scale == "log" and question.panel.counts is not None:  # without the half death
        observed = question.panel.value[question.rows, question.panel.units.index(question.unit)]
    mixture = question.as_rate(fitted)
    none = np.full(before, np.nan)
    own = question.as_rate(question.y)[before:]
    return pd.DataFrame(
        {
            "month" if question.panel.monthly else "year": [str(t) for t in question.times],
            "observed": observed,
            "fitted": np.concatenate([mixture[:before], np.full(question.after, np.nan)]),
            "counterfactual": mixture,
            "low": np.concatenate([none, own - by_time["high"].to_numpy()]),
            "high": np.concatenate([none, own - by_time["low"].to_numpy()]),
        }
    )


def _of_panel(panel: Panel) -> list[Text]:
    pairs = zip(*(panel.cautions[language] for language in LANGUAGES), strict=True)
    return [dict(zip(LANGUAGES, pair, strict=True)) for pair in pairs]


def _by_language(texts: Sequence[Text]) -> MappingProxyType[str, tuple[str, ...]]:
    return MappingProxyType(
        {language: tuple(text[language] for text in texts) for language in LANGUAGES}
    )
