"""What a synthetic control is asked: one place, its periods and its donors, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs.control_words import said
from tregua.assess.designs.donors import Panel
from tregua.assess.designs.ridge import ridge_penalties, ridge_weights
from tregua.assess.designs.series import DesignError
from tregua.assess.designs.simplex import SimplexFit, simplex_weights
from tregua.assess.verdict import Text

__all__ = [
    "FEWEST_BEFORE",
    "ControlFit",
    "Mixture",
    "Question",
    "Recipe",
    "Ridge",
    "Scale",
    "asked",
    "penalty_of",
    "some",
]

Floats = NDArray[np.float64]
Scale = Literal["level", "log"]
Ridge = float | Literal["none", "cross_validated"]

FEWEST_BEFORE = 5
"""Periods that a mixture needs before the event."""

_HALF = 0.5  # added to a count before its logarithm
_SHOWN = 6


@dataclass(frozen=True)
class ControlFit:
    """How well a mixture tracks the place before the event.

    Attributes
    ----------
    rmspe
        Root of the mean squared difference before the event, on the scale of the fit.
    scaled_imbalance
        The same over that of the plain mean of the donors: 0 perfect, 1 no better than the mean.
    outside
        Periods before the event in which the place lies beyond every donor.
    loss, gap
        Loss of the shares on the simplex and what it could fall by at most.
    unique
        Whether no other shares fit as well.
    ridge
        The penalty in use; NaN without a ridge.
    """

    rmspe: float
    scaled_imbalance: float
    outside: int
    loss: float
    gap: float
    unique: bool
    ridge: float


@dataclass(frozen=True, eq=False)
class Mixture:
    """Weights of donors and a distance to them."""

    weights: Floats
    shift: float
    simplex: SimplexFit

    def of(self, donors: Floats) -> Floats:
        """(periods,) what the mixture gives."""
        return np.asarray(self.shift + donors @ self.weights)


@dataclass(frozen=True)
class Recipe:
    """How a mixture is made; the same for the place, its placebos and every null."""

    intercept: bool
    penalty: float | None

    def mix(self, target: Floats, donors: Floats) -> Mixture:
        """The mixture that is nearest to the target over the periods given."""
        centre, centres = 0.0, np.zeros(donors.shape[1])
        if self.intercept:
            centre, centres = float(target.mean()), donors.mean(axis=0)
        aim, given = target - centre, donors - centres
        simplex = simplex_weights(aim, given)
        weights = simplex.weights
        if self.penalty is not None:
            weights = ridge_weights(aim, given, weights, self.penalty)
        return Mixture(weights, centre - float(centres @ weights), simplex)


@dataclass(frozen=True, eq=False)
class Question:
    """The part of a panel that a question is about, on the scale of the fit."""

    panel: Panel
    unit: str
    donors: tuple[str, ...]
    rows: slice
    before: int
    scale: Scale
    y: Floats
    x: Floats
    cautions: list[Text] = field(default_factory=list)

    @property
    def after(self) -> int:
        """Periods from the event on."""
        return len(self.y) - self.before

    @property
    def times(self) -> pd.PeriodIndex:
        """(periods,) years or months in use."""
        return self.panel.times[self.rows]

    def exposure(self) -> Floats:
        """(periods,) what weighs the periods: people of the place, or 1."""
        if self.panel.exposure is None:
            return np.ones(len(self.y))
        return self.panel.exposure[self.rows, self.panel.units.index(self.unit)]

    def as_rate(self, fitted: Floats) -> Floats:
        """From the scale of the fit back to the unit of the panel."""
        return np.exp(fitted) if self.scale == "log" else fitted

    def without(self, donor: int) -> Floats:
        """(periods, donors - 1) the others."""
        return np.delete(self.x, donor, axis=1)


def asked(
    panel: Panel,
    treated: str,
    event: int | str,
    window: tuple[int | str | None, int | str | None],
    chosen: tuple[Sequence[str] | None, Sequence[str]],
    scale: Scale,
) -> Question:
    """Put the question, or say what is missing.

    Parameters
    ----------
    panel, treated, event
        As in `synthetic_control`.
    window
        First and last period, None for all.
    chosen
        Donors to use, None for all others; and those to leave out.
    scale
        Scale of the fit.
    """
    unit = panel.find(treated)
    column = panel.value[:, panel.units.index(unit)]
    start, at, stop = _periods(panel, unit, column, event, window)
    rows = slice(start, stop + 1)
    _refuse_gaps(panel, unit, column, start, stop)
    listed, cautions = _usable(panel, unit, rows, scale, *chosen)
    places = [panel.units.index(donor) for donor in listed]
    values = _on_scale(panel, rows, [panel.units.index(unit), *places], scale)
    y, x = values[:, 0], values[:, 1:]
    return Question(panel, unit, listed, rows, at - start, scale, y, x, cautions)


def _periods(
    panel: Panel,
    unit: str,
    column: Floats,
    event: int | str,
    window: tuple[int | str | None, int | str | None],
) -> tuple[int, int, int]:
    """Places of the first period, the event and the last period in the panel."""
    known = np.flatnonzero(np.isfinite(column))
    if not len(known):
        raise DesignError(
            f"{panel.title(unit)} has no values.", f"{panel.title(unit)} no tiene valores."
        )
    begin, end = int(known[0]), int(known[-1])
    at = panel.period(event)
    start = begin if window[0] is None else panel.period(window[0])
    stop = end if window[1] is None else panel.period(window[1])
    span = {joined: f"{panel.times[begin]} {joined} {panel.times[end]}" for joined in ("to", "a")}
    if start < begin or stop > end:
        raise DesignError(
            f"The window reaches beyond the data of {panel.title(unit)}, which cover {span['to']}.",
            f"La ventana excede los datos de {panel.title(unit)}, que cubren {span['a']}.",
        )
    if at > stop:
        raise DesignError(
            f"The event ({event}) comes after the end of the data in use ({panel.times[stop]}); "
            f"those of {panel.title(unit)} cover {span['to']}.",
            f"El suceso ({event}) es posterior al fin de los datos en uso ({panel.times[stop]}); "
            f"los de {panel.title(unit)} cubren {span['a']}.",
        )
    if at - start < FEWEST_BEFORE:
        raise DesignError(
            f"Only {max(at - start, 0)} periods come before the event ({event}); a synthetic "
            f"control needs {FEWEST_BEFORE}. The data of {panel.title(unit)} cover {span['to']}.",
            f"Solo {max(at - start, 0)} periodos preceden al suceso ({event}); un control "
            f"sintético necesita {FEWEST_BEFORE}. Los datos de {panel.title(unit)} cubren "
            f"{span['a']}.",
        )
    return start, at, stop


def _refuse_gaps(panel: Panel, unit: str, column: Floats, start: int, stop: int) -> None:
    gaps = [str(panel.times[t]) for t in range(start, stop + 1) if not np.isfinite(column[t])]
    if gaps:
        raise DesignError(
            f"{panel.title(unit)} has no value in {some(gaps)}; choose a window without gaps.",
            f"{panel.title(unit)} no tiene valor en {some(gaps)}; elija una ventana sin lagunas.",
        )


def _usable(
    panel: Panel,
    unit: str,
    rows: slice,
    scale: Scale,
    donors: Sequence[str] | None,
    without: Sequence[str],
) -> tuple[tuple[str, ...], list[Text]]:
    """Donors without gaps that are not all zero, and what is said of the others."""
    asked = panel.units if donors is None else tuple(panel.find(donor) for donor in donors)
    if donors is not None and unit in asked:
        raise DesignError(
            f"{panel.title(unit)} cannot be its own donor.",
            f"{panel.title(unit)} no puede ser su propio donante.",
        )
    twice = sorted({donor for donor in asked if asked.count(donor) > 1})
    if twice:
        raise DesignError(
            f"Donors are given twice: {some(twice)}.",
            f"Hay donantes repetidos: {some(twice)}.",
        )
    left_out = {panel.find(donor) for donor in without} | {unit}
    asked = tuple(donor for donor in asked if donor not in left_out)
    values = {donor: panel.value[rows, panel.units.index(donor)] for donor in asked}
    gaps = [donor for donor in asked if not np.isfinite(values[donor]).all()]
    no_logarithm = scale == "log" and panel.counts is None  # a zero anywhere is one too many
    zeros = [
        donor
        for donor in asked
        if donor not in gaps and not (values[donor].all() if no_logarithm else values[donor].any())
    ]
    kept = tuple(donor for donor in asked if donor not in {*gaps, *zeros})
    _refuse_few(panel, kept, gaps, zeros)
    cautions = []
    if gaps:
        cautions.append(said("gaps", listed=some([panel.title(donor) for donor in gaps])))
    if zeros:
        key = "log_zeros" if no_logarithm else "zeros"
        cautions.append(said(key, listed=some([panel.title(donor) for donor in zeros])))
    return kept, cautions


def _refuse_few(panel: Panel, kept: Sequence[str], gaps: list[str], zeros: list[str]) -> None:
    if len(kept) >= 2:
        return
    en, es = [], []
    if gaps:
        en.append(f"with gaps in these periods: {some(gaps)}")
        es.append(f"con lagunas en estos periodos: {some(gaps)}")
    if zeros:
        en.append(f"zero there: {some(zeros)}")
        es.append(f"en cero: {some(zeros)}")
    one = f" ({panel.title(kept[0])})" if kept else ""
    raise DesignError(
        f"{len(kept)} usable donors{one}; a synthetic control needs 2"
        + (f". Left out {'; '.join(en)}." if en else "."),
        f"{len(kept)} donantes utilizables{one}; un control sintético necesita 2"
        + (f". Sin usar {'; '.join(es)}." if es else "."),
    )


def _on_scale(panel: Panel, rows: slice, columns: list[int], scale: Scale) -> Floats:
    """(periods, units) on the scale of the fit."""
    if scale == "level":
        return panel.value[rows][:, columns]
    if scale != "log":
        raise ValueError(f"The scale must be 'level' or 'log', not '{scale}'.")
    if panel.counts is not None and panel.exposure is not None:
        counts, exposure = panel.counts[rows][:, columns], panel.exposure[rows][:, columns]
        return np.asarray(np.log((counts + _HALF) / exposure))
    values = panel.value[rows][:, columns]
    zeros = [
        f"{panel.units[column]} {panel.times[rows][row]}"
        for row, place in np.argwhere(values == 0)
        for column in [columns[place]]
    ]
    if zeros:
        raise DesignError(
            f"A logarithm of zero is asked for: {some(zeros)}. Leave these out, use the scale "
            "'level', or give counts with a column 'exposure'.",
            f"Se pide el logaritmo de cero: {some(zeros)}. Déjelos fuera, use la escala 'level' o "
            "dé recuentos con una columna 'exposure'.",
        )
    return np.asarray(np.log(values))


def penalty_of(question: Question, ridge: Ridge, intercept: bool) -> float | None:
    """The ridge in use; None without one."""
    if ridge == "none":
        return None
    y, x = question.y[: question.before], question.x[: question.before]
    if intercept:
        y, x = y - y.mean(), x - x.mean(axis=0)
    if ridge == "cross_validated":
        return ridge_penalties(y, x)[0]
    if isinstance(ridge, str) or not 0 < ridge < np.inf:
        raise ValueError(
            f"The ridge must be a number above 0, 'none' or 'cross_validated', not {ridge!r}."
        )
    return float(ridge)


def some(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{more})" if more > 0 else "")
