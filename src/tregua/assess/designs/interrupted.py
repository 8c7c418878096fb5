r"""Interrupted time series: whether the level or slope of deaths changed at a given date.

The log rate of month $m$ is a trend, a season, and for each interruption $i$ a step and, where
asked for, a change of slope,

$$ \log r_m = \beta_0 + f(m) + s(m) + \sum_i \left(a_i\,l_{im} + b_i\,t_{im}\right), $$

with $l_{im}$ the share of month $m$ in which $i$ is in force and $t_{im}$ the years since its
start. Several interruptions are fitted together, so that an end or a change of counting rules
does not enter the answer about a beginning. The answer is the ratio of the deaths that the model
expects in a window to those it expects there without the step and slope of the one interruption
asked about (Bernal, Cummins & Gasparrini 2017, *International Journal of Epidemiology* 46:348, on
the design; `regression` on the fit and its errors).

The design takes the earlier trend as what would have gone on. It cannot tell an event from another
in the same months: give the events of a record, and it names them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.placebo import placebo_dates
from tregua.assess.designs.regression import (
    Family,
    Fit,
    Reach,
    correlation_of,
    fit_counts,
    means_of,
    residual_maker,
)
from tregua.assess.designs.series import CountSeries, DesignError, coinciding, count_series

__all__ = [
    "Interruption",
    "Law",
    "Question",
    "counts_apart",
    "interrupted",
    "power",
    "prepare",
    "truce_like_katz",
    "truce_phases",
]

Floats = NDArray[np.float64]
Words = Mapping[str, tuple[str, ...]]

_LEAST_AFTER = 6
LEAST_APART = 6
"""Counts that must tell two steps apart."""
_FEW_AFTER = 12
_APART = 0.5  # standard errors by which two laws may differ without a word
_POWER = 53  # purpose of the noise of `power`
_LOW_FREEDOM = 4.0


@dataclass(frozen=True)
class Interruption:
    """A date at which the level or the slope of deaths may have changed.

    Attributes
    ----------
    date
        Month or day, ISO, from which it is in force; of its first month only the share of days
        counts.
    level, slope
        Whether the level and the slope may change; at least one.
    until
        Month or day from which it is in force no more; None if it lasts.
    name
        What it is called; its date if empty.
    """

    date: str
    level: bool = True
    slope: bool = False
    until: str | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """Its name, or its date if it has none."""
        return self.name or self.date


@dataclass(frozen=True)
class Law:
    """What is assumed of deaths but for the interruptions.

    Attributes
    ----------
    family
        poisson or negative_binomial.
    trend
        none, linear or quadratic, in the log rate.
    season
        none, harmonics (two waves a year) or months (a factor for each month of the year).
    lags
        Counts over which residuals may be correlated; None for 0.75 n^(1/3), 0 for none.
    """

    family: Family = "negative_binomial"
    trend: Literal["none", "linear", "quadratic"] = "linear"
    season: Literal["none", "harmonics", "months"] = "harmonics"
    lags: int | None = None

    def least_before(self) -> int:
        """Counts needed before the interruption: 24 with a season, 12 with a trend, else 6."""
        if self.season != "none":
            return 24
        return 12 if self.trend != "none" else 6


@dataclass(frozen=True, eq=False)
class Question:
    """A question made ready: columns of the regression and where the answer is read off.

    Attributes
    ----------
    series
        The counts.
    columns, names
        (months, coefficients) what moves the log rate, and the names of the columns.
    asked
        (coefficients,) which columns belong to the interruption asked about.
    inside
        (months,) which months lie in the window.
    interruption
        The one asked about.
    window
        First and last month of the window.
    """

    series: CountSeries
    columns: Floats
    names: tuple[str, ...]
    asked: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    interruption: Interruption
    window: tuple[str, str]

    def without(self) -> Floats:
        """(months, coefficients) the columns as if the interruption had not been."""
        return np.where(self.asked, 0.0, self.columns)


def _instant(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(pd.to_datetime(text, format="ISO8601"))
    except ValueError as error:
        raise DesignError(
            f"'{text}' is no date; write 2012-03 or 2012-03-09.",
            f"'{text}' no es una fecha; escriba 2012-03 o 2012-03-09.",
        ) from error


def _in_force(months: pd.DatetimeIndex, begin: pd.Timestamp, end: pd.Timestamp | None) -> Floats:
    """(months,) share of each month in which something that begins and ends is in force."""
    days = months.days_in_month.to_numpy(dtype=np.float64)

    def passed(date: pd.Timestamp) -> Floats:
        since = (months - date).days.to_numpy(dtype=np.float64) + days
        return np.asarray(np.clip(since / days, 0.0, 1.0))

    return passed(begin) - (passed(end) if end is not None else 0.0)


def _years(months: pd.DatetimeIndex, origin: pd.Timestamp) -> Floats:
    middle = months + pd.to_timedelta(months.days_in_month / 2, unit="D")
    return np.asarray((middle - origin).days, dtype=np.float64) / 365.25


def _smooth(months: pd.DatetimeIndex, law: Law) -> dict[str, Floats]:
    """Columns of level, trend and season."""
    years = _years(months, months[0])
    half = max(float(years[-1]) / 2, 1.0)
    scaled = (years - half) / half
    columns = {"the level": np.ones(len(months))}
    if law.trend != "none":
        columns["the trend"] = scaled
    if law.trend == "quadratic":
        columns["the bend of the trend"] = scaled**2
    if law.season == "harmonics":
        phase = 2 * np.pi * (months.month.to_numpy() - 1) / 12
        for wave in (1, 2):
            columns[f"the season (sine {wave})"] = np.sin(wave * phase)
            columns[f"the season (cosine {wave})"] = np.cos(wave * phase)
    if law.season == "months":
        for month in range(2, 13):
            columns[f"the season (month {month})"] = (months.month == month).astype(np.float64)
    return columns


def _steps(months: pd.DatetimeIndex, what: Interruption) -> dict[str, Floats]:
    """Columns of one interruption."""
    if not (what.level or what.slope):
        raise DesignError(
            f"The interruption {what.called} changes neither level nor slope.",
            f"La interrupción {what.called} no cambia ni el nivel ni la pendiente.",
        )
    begin = _instant(what.date)
    end = None if what.until is None else _instant(what.until)
    if end is not None and end <= begin:
        raise DesignError(
            f"The interruption {what.called} ends on {what.until}, before it begins.",
            f"La interrupción {what.called} termina en {what.until}, antes de empezar.",
        )
    share = _in_force(months, begin, end)
    columns = {}
    if what.level:
        columns[f"the level after {what.called}"] = share
    if what.slope:
        columns[f"the slope after {what.called}"] = share * np.clip(_years(months, begin), 0, None)
    return columns


def prepare(
    series: CountSeries,
    interruptions: Sequence[Interruption],
    *,
    question: str,
    window: tuple[str, str],
    law: Law,
    share: float = 1.0,
) -> Question:
    """Check a question against its data and lay out the columns of its regression.

    Parameters
    ----------
    series, interruptions, question, window, law
        As `interrupted` takes them.
    share
        Share of the usual number of counts that is enough on either side; placebos make do with
        half.

    Raises
    ------
    DesignError
        As `interrupted` raises it.
    """
    asked = _asked(interruptions, question)
    months = series.months
    for each in interruptions:
        _refuse_outside(months, each)
    columns, owners = _smooth(months, law), [""] * len(_smooth(months, law))
    for each in interruptions:
        added = _steps(months, each)
        columns |= added
        owners += [each.called] * len(added)
    _refuse_few(series, asked, law, share)
    _refuse_close(series, asked, interruptions, share)
    if len(owners) != len(columns):
        raise DesignError(
            f"Two interruptions are called {_twice(interruptions)}; give each a name or a date of "
            "its own.",
            f"Dos interrupciones se llaman {_twice(interruptions)}; dé a cada una un nombre o una "
            "fecha propia.",
        )
    return Question(
        series=series,
        columns=np.column_stack(list(columns.values())),
        names=tuple(columns),
        asked=np.array([owner == asked.called for owner in owners]),
        inside=_window(series, window, asked),
        interruption=asked,
        window=window,
    )


def _twice(interruptions: Sequence[Interruption]) -> str:
    names = [each.called for each in interruptions]
    return next(name for name in names if names.count(name) > 1)


def _asked(interruptions: Sequence[Interruption], question: str) -> Interruption:
    named = {each.called: each for each in interruptions}
    for each in interruptions:
        named.setdefault(each.date, each)
    if question not in named:
        listed = ", ".join(each.called for each in interruptions) or "-"
        raise DesignError(
            f"No interruption is called '{question}'. Given: {listed}.",
            f"Ninguna interrupción se llama '{question}'. Hay: {listed}.",
        )
    return named[question]


def _dated(what: Interruption) -> str:
    return f"{what.name} ({what.date})" if what.name not in ("", what.date) else what.date


def _refuse_outside(months: pd.DatetimeIndex, what: Interruption) -> None:
    date, last = _instant(what.date), months[-1] + pd.offsets.MonthBegin()
    if not months[0] < date < last:
        raise DesignError(
            f"The interruption {_dated(what)} does not lie within the data, which cover "
            f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}: there must be counts on both sides.",
            f"La interrupción {_dated(what)} no queda dentro de los datos, que cubren "
            f"{months[0]:%Y-%m} a {months[-1]:%Y-%m}: debe haber recuentos a ambos lados.",
        )


def _refuse_few(series: CountSeries, asked: Interruption, law: Law, share: float) -> None:
    """Too few counts on a side, or none of them with a death."""
    until = None if asked.until is None else _instant(asked.until)
    force = _in_force(series.months, _instant(asked.date), until)
    covered = series.owner >= 0
    started = _in_force(series.months, _instant(asked.date), None)
    late = np.unique(series.owner[covered & (started > 0)])
    before = np.setdiff1d(np.arange(len(series.value)), late)
    after = np.unique(series.owner[covered & (force > 0)])
    needs, later = math.ceil(share * law.least_before()), math.ceil(share * _LEAST_AFTER)
    if len(before) < needs or len(after) < later:
        raise DesignError(
            f"Too few counts around {asked.called}: {len(before)} before and {len(after)} after, "
            f"where {needs} and {later} are needed with trend {law.trend} and season "
            f"{law.season}. Begin the series earlier, or leave out season or trend.",
            f"Hay muy pocos recuentos en torno a {asked.called}: {len(before)} antes y "
            f"{len(after)} después, y hacen falta {needs} y {later} con tendencia "
            f"{law.trend} y estación {law.season}. Empiece antes, o quite estación o tendencia.",
        )
    if not series.value[before].any():
        raise DesignError(
            f"No deaths are recorded before {asked.called}: there is no level to compare with.",
            f"No hay muertes registradas antes de {asked.called}: falta un nivel con que comparar.",
        )
    if not series.value[after].any():
        bound = -math.log(0.05) / max(_expected(series, before, after), 1e-9)
        raise DesignError(
            f"No deaths are recorded while {asked.called} is in force, in {len(after)} counts: the "
            "ratio is 0 and its log has no error. Against the mean rate before, Poisson counts "
            f"put it below {bound:.2g} with 95 % confidence.",
            f"No hay muertes registradas mientras rige {asked.called}, en {len(after)} recuentos: "
            "la razón es 0 y su logaritmo no tiene error. Frente a la tasa media anterior, "
            f"recuentos de Poisson la sitúan bajo {bound:.2g} con una confianza del 95 %.",
        )


def counts_apart(series: CountSeries, one: Interruption, other: Interruption) -> int:
    """How many counts tell the steps of two interruptions apart.

    Parameters
    ----------
    series
        The counts.
    one, other
        Two interruptions; only when they are in force counts.

    Returns
    -------
    int
        Counts for more than half of whose days one is in force and the other is not. Below 6 the
        two steps cannot be told apart in earnest, though a regression would still give figures.
    """
    covered = series.owner >= 0
    differ = np.zeros(len(series.months))
    for sign, each in ((1, one), (-1, other)):
        until = None if each.until is None else _instant(each.until)
        differ += sign * _in_force(series.months, _instant(each.date), until)
    days = np.bincount(
        series.owner[covered],
        weights=(np.abs(differ) * series.days)[covered],
        minlength=len(series.value),
    )
    return int(np.sum(days > series.exposure() / 2))


def _refuse_close(
    series: CountSeries, asked: Interruption, others: Sequence[Interruption], share: float
) -> None:
    """Another step so near the one asked about that a few counts would decide between them."""
    needs = math.ceil(share * LEAST_APART)
    for other in others:
        if other == asked or not (asked.level and other.level):
            continue
        apart = counts_apart(series, asked, other)
        if apart < needs:
            raise DesignError(
                f"The counts cannot tell {asked.called} from {other.called}: they differ in "
                f"{apart} counts, where {needs} are needed. Leave one out; the ratio then holds "
                "both.",
                f"Los recuentos no distinguen entre {asked.called} y {other.called}: difieren en "
                f"{apart} recuentos, y hacen falta {needs}. Quite uno; la razón incluirá ambos.",
            )


def _expected(series: CountSeries, before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """Deaths in counts after, at the mean rate before."""
    days = series.exposure()
    return float(series.value[before].sum() / days[before].sum() * days[after].sum())


def _window(series: CountSeries, window: tuple[str, str], asked: Interruption) -> NDArray[np.bool_]:
    first, last = (_instant(text).to_period("M").start_time for text in window)
    months = series.months
    if first > last or first < months[0] or last > months[-1]:
        raise DesignError(
            f"The window {window[0]} to {window[1]} must lie within the data, which cover "
            f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}, and end after it begins.",
            f"La ventana {window[0]} a {window[1]} debe quedar dentro de los datos, que cubren "
            f"{months[0]:%Y-%m} a {months[-1]:%Y-%m}, y terminar después de empezar.",
        )
    inside = np.asarray((months >= first) & (months <= last))
    until = None if asked.until is None else _instant(asked.until)
    if not (_in_force(months, _instant(asked.date), until)[inside] > 0).any():
        raise DesignError(
            f"{asked.called} is not in force in any month of the window {window[0]} to "
            f"{window[1]}.",
            f"{asked.called} no rige en ningún mes de la ventana {window[0]} a {window[1]}.",
        )
    if not (series.owner[inside] >= 0).any():
        raise DesignError(
            f"No count covers a month of the window {window[0]} to {window[1]}.",
            f"Ningún recuento cubre un mes de la ventana {window[0]} a {window[1]}.",
        )
    return inside


def interrupted(
    series: CountSeries,
    interruptions: Sequence[Interruption],
    *,
    question: str,
    window: tuple[str, str],
    law: Law | None = None,
    level: float = 0.9,
    placebos: bool = True,
    events: pd.DataFrame | None = None,
) -> Estimate:
    """Ratio of deaths in a window to what they would have been without one interruption.

    Parameters
    ----------
    series
        The counts; totals over several months are used as such.
    interruptions
        All dates at which deaths may have changed, fitted together.
    question
        Name (or date) of the interruption asked about.
    window
        First and last month of the window, both in.
    law
        Family, trend, season and lags; `Law()` by default.
    level
        Probability content of the interval, between 0 and 1.
    placebos
        Whether to ask the same of dates before the event at which nothing is known to have
        happened. The share that lie as far is no p-value: placebo dates overlap.
    events
        Events of a record (columns date and type); those within three months of the interruption
        are named in a caution.

    Returns
    -------
    Estimate
        With the interval of a Student t on the log ratio; `settings` holds the deaths recorded in
        the window (`recorded`), the log ratio's error before (`error_plain`) and after correction
        (`error`), the degrees of freedom and the correlation of residuals.

    Raises
    ------
    DesignError
        If a date or the window lies outside the data; if there are fewer counts than
        `Law.least_before` before the interruption or fewer than 6 after; if no deaths are recorded
        on a side; if fewer than 6 counts tell two steps apart, or none tell other columns apart; if
        a coefficient has no finite value.
    ValueError
        If the level does not lie between 0 and 1.

    Examples
    --------
    >>> months = pd.date_range("2008-01-01", periods=61, freq="MS")
    >>> table = pd.DataFrame({"start": months[:-1], "end": months[1:],
    ...                       "value": [300 + 10 * (k % 3) for k in range(40)]
    ...                       + [150 + 5 * (k % 3) for k in range(20)]})
    >>> found = interrupted(count_series(table), [Interruption("2011-05", name="event")],
    ...                     question="event", window=("2011-05", "2012-12"), placebos=False)
    >>> round(found.value, 1)
    0.5
    """
    law = law or Law()
    if not 0 < level < 1:
        raise ValueError(f"A level lies between 0 and 1, such as 0.9; given {level:g}.")
    asked = prepare(series, interruptions, question=question, window=window, law=law)
    fit = fit_counts(series, asked.columns, asked.names, family=law.family)
    log_ratio, contrast = log_ratio_of(asked, fit)
    reach = fit.reach(contrast, law.lags)
    spread = float(stats.t.ppf(0.5 + level / 2, reach.freedom)) * reach.error
    shares, count = (math.nan, 0)
    if placebos:
        shares, count = _placebo_share(asked, interruptions, law, log_ratio, fit)
    correlation = _correlation(fit)
    return Estimate(
        design="interrupted",
        estimand=estimand(asked),
        unit=UNIT,
        value=math.exp(log_ratio),
        low=math.exp(log_ratio - spread),
        high=math.exp(log_ratio + spread),
        level=level,
        p_placebo=shares,
        placebos=count,
        assumptions=assumptions(asked, law),
        cautions=joined(
            series.cautions,
            cautions_of(asked, events),
            _about_the_fit(asked, law, reach, correlation, log_ratio),
        ),
        settings={
            "recorded": recorded(asked, fit),
            "family": law.family,
            "trend": law.trend,
            "season": law.season,
            "lags": fit.lags() if law.lags is None else law.lags,
            "first": f"{series.months[0]:%Y-%m}",
            "last": f"{series.months[-1]:%Y-%m}",
            "counts": len(series.value),
            **asked_in(asked, interruptions),
            "size": fit.size,
            "error": reach.error,
            "error_plain": reach.plain,
            "freedom": reach.freedom,
            "correlation": correlation,
        },
        path=path_of(asked, fit, law, level),
    )


def asked_in(asked: Question, interruptions: Sequence[Interruption]) -> dict[str, str]:
    """Event, end and window of a question, and the dates fitted beside it."""
    what = asked.interruption
    return {
        "event": what.date,
        "until": what.until or "",
        "window_first": asked.window[0],
        "window_last": asked.window[1],
        "others": ";".join(each.date for each in interruptions if each != what),
    }


UNIT = {
    "en": "ratio to what would have been; 1 is no effect",
    "es": "razón respecto a lo que habría sido; 1 es ningún efecto",
}


def estimand(asked: Question) -> dict[str, str]:
    """What is estimated, in both languages."""
    name, (first, last) = asked.interruption.called, asked.window
    return {
        "en": f"Recorded deaths {first} to {last}, over what they would have been without {name}",
        "es": f"Muertes registradas de {first} a {last}, sobre las que habría habido sin {name}",
    }


def log_ratio_of(asked: Question, fit: Fit) -> tuple[float, Floats]:
    """Log ratio of deaths expected in the window with and without, and its gradient."""
    inside = asked.inside & (asked.series.owner >= 0)
    sums, gradients = [], []
    for columns in (asked.columns, asked.without()):
        monthly = means_of(asked.series, columns, fit.coefficients).monthly[inside]
        sums.append(float(monthly.sum()))
        gradients.append(monthly @ columns[inside] / sums[-1])
    return math.log(sums[0] / sums[1]), np.asarray(gradients[0] - gradients[1])


def recorded(asked: Question, fit: Fit) -> float:
    """Deaths recorded in the window; a total across its edge is shared out as fitted."""
    return float(_shared_out(asked, fit)[asked.inside].sum())


def _shared_out(asked: Question, fit: Fit) -> Floats:
    """(months,) recorded deaths; those of a total as its fitted months; 0 where none cover."""
    owner = asked.series.owner
    ratio = np.append(asked.series.value / fit.means.count, 0.0)
    return np.asarray(fit.means.monthly * ratio[owner])


def _correlation(fit: Fit) -> float:
    residuals = fit.residuals()
    return float(residuals[1:] @ residuals[:-1] / (residuals @ residuals))


def path_of(asked: Question, fit: Fit, law: Law, level: float) -> pd.DataFrame:
    """Month by month: observed, fitted, and what would have been with its interval.

    `covers` says how many months the count of a month covers, 0 where there is none; what is
    observed in a month of a total is its share by the fit.
    """
    columns = asked.without()
    what_if = means_of(asked.series, columns, fit.coefficients).monthly
    covariance = fit.covariance(law.lags)
    error = np.sqrt(np.clip(np.einsum("mi,ij,mj->m", columns, covariance, columns), 0, None))
    reach = stats.norm.ppf(0.5 + level / 2) * error
    covered = asked.series.owner >= 0
    return pd.DataFrame(
        {
            "month": asked.series.months,
            "observed": np.where(covered, _shared_out(asked, fit), np.nan),
            "fitted": fit.means.monthly,
            "counterfactual": what_if,
            "low": what_if * np.exp(-reach),
            "high": what_if * np.exp(reach),
            "covers": _covered_by(asked.series),
        }
    )


def _covered_by(series: CountSeries) -> NDArray[np.int64]:
    owner = series.owner
    months = np.bincount(owner[owner >= 0], minlength=len(series.value))
    return np.asarray(np.where(owner >= 0, months[owner], 0), dtype=np.int64)


def _placebo_share(
    asked: Question, interruptions: Sequence[Interruption], law: Law, log_ratio: float, fit: Fit
) -> tuple[float, int]:
    """Share of placebo dates at least as far from no effect, and their number."""
    before = f"{_instant(asked.interruption.date):%Y-%m}"
    length = int(asked.inside.sum())
    size = None if math.isinf(fit.size) else fit.size
    earlier = [each for each in interruptions if _instant(each.date) < _instant(before)]
    earlier = [each for each in earlier if each.called != asked.interruption.called]

    def ask(series: CountSeries, date: str) -> float:
        placebo = replace(asked.interruption, date=date, until=None, name="placebo")
        end = min(pd.Timestamp(date) + pd.DateOffset(months=length - 1), series.months[-1])
        known = [each for each in earlier if _overlaps(series, each)]
        question = prepare(
            series,
            [*known, placebo],
            question="placebo",
            window=(date, f"{end:%Y-%m}"),
            law=law,
            share=0.5,
        )
        fitted = fit_counts(series, question.columns, question.names, family=law.family, size=size)
        return log_ratio_of(question, fitted)[0]

    try:
        values = placebo_dates(ask, asked.series, before=before)["value"].to_numpy()
    except DesignError:
        return math.nan, 0
    if len(values) == 0:
        return math.nan, 0
    return float(np.mean(np.abs(values) >= abs(log_ratio) - 1e-9)), len(values)


def _overlaps(series: CountSeries, what: Interruption) -> bool:
    return bool(series.months[0] < _instant(what.date) < series.months[-1])


def assumptions(asked: Question, law: Law) -> Words:
    """What must hold, in sentences of both languages."""
    name = asked.interruption.called
    kept = {"none": "level", "linear": "straight trend", "quadratic": "curved trend"}[law.trend]
    igual = {"none": "nivel", "linear": "tendencia recta", "quadratic": "tendencia curva"}
    season, estacion = ("", "") if law.season == "none" else (" and season", " y estación")
    return {
        "en": (
            f"Without {name}, the {kept}{season} of the log rate would have gone on.",
            f"Nothing else changed deaths in the same months as {name}.",
            "Deaths are counted by one rule throughout, but at interruptions that are given.",
            "Errors of counts far apart in time are independent.",
        ),
        "es": (
            f"Sin {name}, habría seguido igual: {igual[law.trend]}{estacion} del logaritmo de la "
            "tasa.",
            f"Nada más cambió las muertes en los mismos meses que {name}.",
            "Las muertes se cuentan con una sola regla, salvo en las interrupciones indicadas.",
            "Los errores de recuentos lejanos en el tiempo son independientes.",
        ),
    }


def cautions_of(asked: Question, events: pd.DataFrame | None) -> Words:
    """What these data strain, but for the fit: totals, gaps, few counts, other events."""
    series, english, spanish = asked.series, [], []
    totals = int((~series.single()).sum())
    if totals:
        english.append(f"{totals} of {len(series.value)} counts are totals over several months.")
        spanish.append(f"{totals} de {len(series.value)} recuentos son totales de varios meses.")
    gaps = int((series.owner[asked.inside] < 0).sum())
    if gaps:
        english.append(f"{gaps} months of the window have no count and are left out.")
        spanish.append(f"{gaps} meses de la ventana no tienen recuento y se dejan fuera.")
    force = asked.columns[:, asked.asked].any(axis=1) & (series.owner >= 0)
    after = len(np.unique(series.owner[force]))
    if after < _FEW_AFTER:
        english.append(f"Only {after} counts lie in the time of the interruption.")
        spanish.append(f"Solo {after} recuentos quedan en el tiempo de la interrupción.")
    if events is not None:
        near = coinciding(events, asked.interruption.date)
        kinds = ", ".join(f"{date:%Y-%m-%d} {kind}" for date, kind in _listed(near))
        if kinds:
            english.append(f"Events within three months, which it cannot tell apart: {kinds}.")
            spanish.append(f"Hechos a menos de tres meses, que no puede distinguir: {kinds}.")
    return {"en": tuple(english), "es": tuple(spanish)}


def _listed(events: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    return list(zip(pd.to_datetime(events["date"]), events["type"].astype(str), strict=True))[:6]


def _about_the_fit(
    asked: Question, law: Law, reach: Reach, correlation: float, log_ratio: float
) -> Words:
    english, spanish = [], []
    if correlation > 0.5:
        english.append(
            f"Neighbouring residuals are correlated ({correlation:.2f}): deaths wander by "
            "themselves, and the interval is likely too narrow."
        )
        spanish.append(
            f"Los residuos vecinos están correlacionados ({correlation:.2f}): las muertes derivan "
            "por sí solas, y el intervalo probablemente es demasiado estrecho."
        )
    if reach.freedom < _LOW_FREEDOM:
        english.append(f"The error rests on {reach.freedom:.1f} degrees of freedom.")
        spanish.append(f"El error descansa en {reach.freedom:.1f} grados de libertad.")
    other: Family = "poisson" if law.family == "negative_binomial" else "negative_binomial"
    try:
        second = fit_counts(asked.series, asked.columns, asked.names, family=other)
    except DesignError:
        return {"en": tuple(english), "es": tuple(spanish)}
    value = log_ratio_of(asked, second)[0]
    if abs(value - log_ratio) > _APART * reach.error:
        name = {"poisson": "Poisson", "negative_binomial": "negative binomial"}[other]
        nombre = {"poisson": "Poisson", "negative_binomial": "binomial negativa"}[other]
        english.append(f"Under a {name} law the ratio is {math.exp(value):.2f} instead.")
        spanish.append(f"Con una ley {nombre} la razón es {math.exp(value):.2f}.")
    return {"en": tuple(english), "es": tuple(spanish)}


def joined(*parts: Words) -> Words:
    """Sentences of several lists, one after the other, in both languages."""
    return {
        language: tuple(sentence for part in parts for sentence in part[language])
        for language in ("en", "es")
    }


def power(
    series: CountSeries,
    interruption: Interruption,
    *,
    law: Law | None = None,
    effects: Sequence[float] = (0.9, 0.8, 0.7, 0.6, 0.5),
    worlds: int = 200,
    level: float = 0.9,
    seed: int = 1,
) -> pd.DataFrame:
    """How often the design would find an effect of a given size in a series like this one.

    Counts are drawn as the fitted model without the interruption has them, with its spread and
    with the serial correlation of its errors (a Gaussian copula over counts in order of time);
    all effects are tried on the same draws.

    Parameters
    ----------
    series, interruption, law
        As `interrupted` takes them; the window is all months in which the interruption is in force.
    effects
        True ratios to try, each above 0.
    worlds
        Series drawn, at least 10.
    level
        Level of the interval that is to exclude 1.
    seed
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        effect, power, low, high (90 % Wilson interval), worlds. The first row is effect 1, whose
        power is the size: the share of series without an effect in which one is found.

    Raises
    ------
    DesignError
        As `interrupted` raises it.
    ValueError
        If an effect is not positive or there are fewer than 10 worlds.
    """
    law = law or Law()
    if worlds < 10 or any(not 0 < effect < math.inf for effect in effects):
        raise ValueError(
            f"Power needs at least 10 worlds and effects above 0; given {worlds} worlds and "
            f"effects {', '.join(f'{effect:g}' for effect in effects)}."
        )
    asked = _whole(series, interruption, law)
    fit = fit_counts(series, asked.columns, asked.names, family=law.family)
    correlation = _error_correlation(fit) if law.lags != 0 else 0.0
    rows = []
    noise = [_copula(len(series.value), correlation, seed, world) for world in range(worlds)]
    for effect in (1.0, *effects):
        mean = _mean_under(asked, fit, effect)
        found = 0
        for uniform in noise:
            drawn = replace(series, value=_quantiles(uniform, mean, fit.size))
            found += _finds(asked, drawn, law, level)
        low, high = _wilson(found, worlds)
        rows.append((effect, found / worlds, low, high, worlds))
    return pd.DataFrame(rows, columns=["effect", "power", "low", "high", "worlds"])


def _whole(series: CountSeries, interruption: Interruption, law: Law) -> Question:
    """The question over all months in which the interruption is in force."""
    until = None if interruption.until is None else _instant(interruption.until)
    force = _in_force(series.months, _instant(interruption.date), until) > 0
    if not force.any():
        _refuse_outside(series.months, interruption)
    months = series.months[force]
    window = (f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}")
    name = interruption.called
    return prepare(series, [interruption], question=name, window=window, law=law)


def _error_correlation(fit: Fit) -> float:
    return correlation_of(fit.residuals(), residual_maker(fit))


def _copula(counts: int, correlation: float, seed: int, world: int) -> Floats:
    normal = np.random.default_rng([seed, world, _POWER]).standard_normal(counts)
    for place in range(1, counts):
        fresh = math.sqrt(1 - correlation**2) * normal[place]
        normal[place] = correlation * normal[place - 1] + fresh
    return np.asarray(stats.norm.cdf(normal))


def _mean_under(asked: Question, fit: Fit, effect: float) -> Floats:
    """Means of counts with the interruption's own columns replaced by a step of a known ratio."""
    base = means_of(asked.series, asked.without(), fit.coefficients).monthly
    force = (
        asked.columns[:, asked.asked][:, 0]
        if asked.interruption.level
        else asked.columns[:, asked.asked].any(axis=1).astype(np.float64)
    )
    monthly = base * np.exp(math.log(effect) * force)
    owner = asked.series.owner
    sums = np.bincount(
        owner[owner >= 0], weights=monthly[owner >= 0], minlength=len(asked.series.value)
    )
    return np.asarray(sums, dtype=np.float64)


def _quantiles(uniform: Floats, mean: Floats, size: float) -> Floats:
    if math.isinf(size):
        return np.asarray(stats.poisson.ppf(uniform, mean), dtype=np.float64)
    return np.asarray(stats.nbinom.ppf(uniform, size, size / (size + mean)), dtype=np.float64)


def _finds(asked: Question, drawn: CountSeries, law: Law, level: float) -> bool:
    """Whether the interval over drawn counts excludes no effect."""
    question = replace(asked, series=drawn)
    try:
        fit = fit_counts(drawn, asked.columns, asked.names, family=law.family)
    except DesignError:
        return False
    log_ratio, contrast = log_ratio_of(question, fit)
    reach = fit.reach(contrast, law.lags)
    return bool(abs(log_ratio) > stats.t.ppf(0.5 + level / 2, reach.freedom) * reach.error)


def _wilson(found: int, of: int, level: float = 0.9) -> tuple[float, float]:
    interval = stats.binomtest(found, of).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


_KATZ = ("2010-01", "2012-02", "2012-03", "2013-12")
_PHASES = (
    ("in force", "2012-03", "2013-05"),
    ("coming apart", "2013-05", "2015-02"),
    ("after it", "2015-02", "2016-01"),
)


def truce_like_katz(counts: pd.DataFrame, *, level: float = 0.95) -> Estimate:
    """The truce of El Salvador by the windows of Katz, Hedberg & Amaya 2016, on national counts.

    Mean rates of 2010-01 to 2012-02 and 2012-03 to 2013-12 are compared by a Poisson law with
    robust errors, without trend or season.
    They used a panel of municipalities (*Bulletin of the World Health Organization* 94:660).

    Parameters
    ----------
    counts
        Tiles, or a table as `count_series` takes it.
    level
        Probability content of the interval; theirs is 0.95.
    """
    first, _, event, last = _KATZ
    series = count_series(counts, first=first, last=last)
    return interrupted(
        series,
        [Interruption(event, name="the truce")],
        question="the truce",
        window=(event, last),
        law=Law("poisson", trend="none", season="none"),
        level=level,
        placebos=False,
    )


def truce_phases(
    counts: pd.DataFrame,
    *,
    starts: Sequence[str] = ("1999-01", "2003-01", "2006-01"),
    level: float = 0.9,
) -> pd.DataFrame:
    """Deaths averted in three phases of the truce of El Salvador, by what would have gone on.

    Parameters
    ----------
    counts
        Tiles, or a table as `count_series` takes it.
    starts
        First months of the data used.
    level
        Probability content of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a phase, start and trend (none or linear): phase, first, last (both in), start,
        trend, recorded, ratio, ratio_low, ratio_high, averted, averted_low, averted_high. Negative
        means deaths added. The sign of a phase may depend on start and trend; that is the point.
    """
    rows = []
    months = [(name, first, _before(end)) for name, first, end in _PHASES]
    cuts = [Interruption(first, until=end, name=name) for name, first, end in _PHASES]
    for start in starts:
        series = count_series(counts, first=start, last=months[-1][2])
        for trend in ("none", "linear"):
            for name, first, last in months:
                found = interrupted(
                    series,
                    cuts,
                    question=name,
                    window=(first, last),
                    law=Law(trend=trend, season="harmonics"),
                    level=level,
                    placebos=False,
                )
                ratio = (found.value, found.low, found.high)
                rows.append(
                    (
                        *(name, first, last, start, trend, found.settings["recorded"]),
                        *ratio,
                        *found.averted(),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            *("phase", "first", "last", "start", "trend", "recorded"),
            *("ratio", "ratio_low", "ratio_high", "averted", "averted_low", "averted_high"),
        ],
    )


def _before(month: str) -> str:
    return f"{pd.Timestamp(month) - pd.DateOffset(months=1):%Y-%m}"
