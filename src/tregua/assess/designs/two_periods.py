r"""The plainest design: the rate of deaths after an event over the rate before it.

Two periods of equal length, one figure each, and the ratio of their rates (`tregua.assess.rates`).
It is what most newspaper sentences about a truce do. It takes the rate before as what would have
gone on, so that any trend becomes an effect; grading on simulated worlds shows how often, and the
summary says it. It is here to be seen beside the designs that assume less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.series import CountSeries, DesignError, coinciding, count_series
from tregua.assess.rates import Period, RateRatio, rate_ratio

if TYPE_CHECKING:
    from tregua.assess.verdict import Text
    from tregua.infer import Tiles

__all__ = ["before_and_after"]

_FEW = 6  # counts on both sides together below which an interval is called fragile
_HIGH = 0.5  # correlation of neighbouring residuals that is worth saying
_NEAR = 3  # months in which other events coincide

_ASSUMPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "Without the event the rate before it would have gone on, without trend or season.",
            "Nothing else moved deaths in the same months.",
            "Counts vary around one rate a period, neighbours alike.",
        ),
        "es": (
            "Sin el hecho habría continuado la tasa anterior, sin tendencia ni estación.",
            "Nada más movió las muertes en los mismos meses.",
            "Los recuentos varían en torno a una tasa por período, parecidos a sus vecinos.",
        ),
    }
)
_UNIT: Text = MappingProxyType({"en": "ratio, 1 is no effect", "es": "razón, 1 es ningún efecto"})


def before_and_after(
    counts: Tiles | pd.DataFrame | CountSeries,
    date: str,
    *,
    months: int = 12,
    level: float = 0.9,
    events: pd.DataFrame | None = None,
) -> Estimate:
    """Rate of deaths in the months after an event over the rate in as many months before.

    Parameters
    ----------
    counts
        What `count_series` takes, or its result. Totals over several months are shared out by days.
    date
        Day or month of the event, ISO; the months after begin with its month.
    months
        Length of both periods, at least 2.
    level
        Probability content of the interval, between 0 and 1.
    events
        Events of a record, to name those in the same months.

    Returns
    -------
    Estimate
        The placebos are earlier months with both periods before the event; they overlap and are not
        independent.

    Raises
    ------
    DesignError
        If a period lies outside the data, or holds fewer than two counts or no death.
    ValueError
        If `months` or `level` is out of range.

    Examples
    --------
    >>> starts = pd.date_range("2010-01", periods=48, freq="MS")
    >>> deaths = np.r_[np.full(24, 300), np.full(24, 150)]
    >>> found = before_and_after(pd.DataFrame({"date": starts, "count": deaths}), "2012-01")
    >>> round(found.value, 1), found.design
    (0.5, 'rate_ratio')
    """
    if months < 2 or not 0 < level < 1:
        raise ValueError(
            f"At least 2 months and a level between 0 and 1 are needed; given {months}, {level:g}."
        )
    series = counts if isinstance(counts, CountSeries) else count_series(counts)
    event = _event(series, date, months)
    table = _table(series)
    try:
        found = _ratio(table, event, months, level)
    except ValueError as error:
        raise DesignError(
            str(error), f"Faltan recuentos alrededor de {event:%Y-%m}: {error}"
        ) from error
    placebos = _placebos(series, table, event, months, level)
    last = event + pd.DateOffset(months=months - 1)
    recorded = _recorded(series, event, last)
    return Estimate(
        design="rate_ratio",
        estimand={
            "en": f"Rate of deaths from {event:%Y-%m} to {last:%Y-%m} over that of the {months} "
            "months before",
            "es": f"Tasa de muertes de {event:%Y-%m} a {last:%Y-%m} sobre la de los {months} meses "
            "anteriores",
        },
        unit=_UNIT,
        value=found.ratio,
        low=found.low,
        high=found.high,
        level=level,
        p_placebo=(
            float(np.mean(np.abs(np.log(placebos)) >= abs(math.log(found.ratio)) - 1e-12))
            if placebos.size
            else math.nan
        ),
        placebos=int(placebos.size),
        assumptions=_ASSUMPTIONS,
        cautions=_cautions(series, found, event, events),
        settings={
            "event": f"{event:%Y-%m}",
            "months": months,
            "dispersion": found.dispersion,
            "correlation": found.correlation,
            "counts": found.counts,
            **({} if math.isnan(recorded) else {"recorded": recorded}),
        },
        path=_path(series, found, event, months),
    )


def _event(series: CountSeries, date: str, months: int) -> pd.Timestamp:
    try:
        month = pd.Timestamp(date).to_period("M").start_time
    except ValueError as error:
        raise DesignError(
            f"'{date}' is no date; write 2012-03 or 2012-03-08.",
            f"'{date}' no es una fecha; escriba 2012-03 o 2012-03-08.",
        ) from error
    first, last = series.months[0], series.months[-1]
    begin = month - pd.DateOffset(months=months)
    end = month + pd.DateOffset(months=months - 1)
    if begin < first or end > last:
        raise DesignError(
            f"The periods {begin:%Y-%m} to {end:%Y-%m} around {month:%Y-%m} reach beyond the data, "
            f"which cover {first:%Y-%m} to {last:%Y-%m}.",
            f"Los períodos {begin:%Y-%m} a {end:%Y-%m} alrededor de {month:%Y-%m} exceden los "
            f"datos, que cubren {first:%Y-%m} a {last:%Y-%m}.",
        )
    return month


def _table(series: CountSeries) -> pd.DataFrame:
    """The counts as `rate_ratio` takes them."""
    names = series.months.strftime("%Y-%m").to_numpy()
    owned = [";".join(names[series.owner == index]) for index in range(len(series.value))]
    return pd.DataFrame({"value": series.value, "months": owned})


def _ratio(table: pd.DataFrame, event: pd.Timestamp, months: int, level: float) -> RateRatio:
    reach = pd.DateOffset(months=months)
    before = Period(f"{event - reach:%Y-%m-%d}", f"{event:%Y-%m-%d}")
    after = Period(f"{event:%Y-%m-%d}", f"{event + reach:%Y-%m-%d}")
    return rate_ratio(table, before, after, level=level)


def _placebos(
    series: CountSeries, table: pd.DataFrame, event: pd.Timestamp, months: int, level: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Ratios at earlier months whose periods end before the event."""
    latest = event - pd.DateOffset(months=months)
    ratios = []
    for month in series.months[months:]:
        if month > latest:
            break
        try:
            ratios.append(_ratio(table, month, months, level).ratio)
        except ValueError:
            continue  # no counts there
    return np.array(ratios, dtype=np.float64)


def _recorded(series: CountSeries, first: pd.Timestamp, last: pd.Timestamp) -> float:
    """Deaths in the months after, NaN unless counts cover these months and no others."""
    inside = (series.months >= first) & (series.months <= last)
    owners = np.unique(series.owner[inside])
    whole = owners[0] >= 0 and not np.isin(series.owner[~inside], owners).any()
    return float(series.value[owners].sum()) if whole else math.nan


def _cautions(
    series: CountSeries, found: RateRatio, event: pd.Timestamp, events: pd.DataFrame | None
) -> Mapping[str, tuple[str, ...]]:
    english, spanish = list(series.cautions["en"]), list(series.cautions["es"])
    if found.counts < 2 * _FEW:
        english.append(f"Both periods together hold only {found.counts} counts.")
        spanish.append(f"Ambos períodos juntos tienen solo {found.counts} recuentos.")
    if found.correlation >= _HIGH:
        english.append(
            f"Neighbouring counts are alike (correlation {found.correlation:.2f}): a trend within "
            "the periods, which this design cannot tell from an effect."
        )
        spanish.append(
            f"Los recuentos vecinos se parecen (correlación {found.correlation:.2f}): una "
            "tendencia dentro de los períodos, que este diseño no distingue de un efecto."
        )
    if events is not None and len(near := coinciding(events, f"{event:%Y-%m}", months=_NEAR)):
        days = pd.to_datetime(near["date"]).dt.strftime("%Y-%m-%d")
        listed = ", ".join(f"{kind} ({day})" for kind, day in zip(near["type"], days, strict=True))
        english.append(f"The record dates within three months: {listed}.")
        spanish.append(f"El registro fecha a menos de tres meses: {listed}.")
    return MappingProxyType({"en": tuple(english), "es": tuple(spanish)})


def _path(series: CountSeries, found: RateRatio, event: pd.Timestamp, months: int) -> pd.DataFrame:
    """Deaths a month of both periods; totals are shared out evenly over their days."""
    reach = pd.DateOffset(months=months)
    inside = (series.months >= event - reach) & (series.months < event + reach)
    days, owner = series.days[inside], series.owner[inside]
    rate = np.where(owner >= 0, (series.value / series.exposure())[owner], np.nan)
    month = series.months[inside]
    late = np.asarray(month >= event)
    daily = np.where(late, found.after, found.before) / 30.44
    return pd.DataFrame(
        {
            "month": month,
            "observed": rate * days,
            "fitted": daily * days,
            "counterfactual": np.where(late, found.before / 30.44 * days, np.nan),
            "low": np.where(late, found.after / found.high / 30.44 * days, np.nan),
            "high": np.where(late, found.after / found.low / 30.44 * days, np.nan),
        }
    )
