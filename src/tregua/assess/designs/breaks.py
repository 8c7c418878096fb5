r"""When did the level break? Number and dates of breaks, when nobody says where to look.

An interrupted time series is told its dates, and whoever picks the dates picks much of the answer.
Here the dates are unknown. Counts of single months are cut into segments of constant level in
every possible way, each way weighed by its exact posterior probability (`tregua.infer.segments`;
Fearnhead 2006, *Statistics and Computing* 16). What comes out are the number of breaks of at least
a stated size, the dates with intervals, the sets of dates that belong together, and what all that
owes to the assumed length of a segment, which is why several are tried.

Asked about a given date, the series is cut there, whether or not it would have been cut unasked:
the level before comes from the counts before, the level after from the window alone, with further
breaks on either side weighed as ever. If $\lambda_m$ is the level of month $m$ with $d_m$ days, and
$e$ the month of the event, the ratio is

$$ R = \frac{\sum_{m \in W} d_m \lambda_m}{\lambda_{e-1} \sum_{m \in W} d_m}. $$

How likely a break is near the date when nobody names it is told beside. It must not enter the
ratio: paths without a break have a ratio of 1, so that averaging over them draws a small effect
towards none, and a 90 % interval would hold it in fewer than nine of ten series.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.series import CountSeries, DesignError, coinciding, count_series
from tregua.infer.counts.joint import (
    Paths,
    changes_at,
    likeliest_sets,
    number_that_matters,
    sampled_breaks,
)
from tregua.infer.counts.segments import (
    DAYS,
    STEP,
    Monthly,
    Segments,
    cross_check,
    segments,
    weigh,
)
from tregua.shown import Shown

if TYPE_CHECKING:
    from tregua.assess.verdict import Text
    from tregua.infer import RuleChange, Tiles

__all__ = ["BreakDates", "break_dates"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FEWEST = 12  # single months with a count
_FEWEST_AFTER = 3
_LEAST_MASS = 0.3  # expected breaks in a window that is listed
_SHARE_OF_PEAK = 0.05
_REACH = 24  # months from a peak to either end of its window
_LIKELY = 0.5  # probability of a break near the date, below which that is said
_SAME_BREAK = 6  # months within which breaks of two lengths are one
_DRAWS = 2000
_PLACEBO_DRAWS = 400  # enough for a median
_NEAR = 3  # months in which other events coincide
_DOUBT = 3  # months before or after an event in which a break may be its own

_ASSUMPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "Between breaks the level is constant, without drift or season.",
            "Without the event the level of the month before would have gone on.",
            "Nothing else moved deaths in the same months.",
        ),
        "es": (
            "Entre quiebres el nivel es constante, sin deriva ni estación.",
            "Sin el hecho habría continuado el nivel del mes anterior.",
            "Nada más movió las muertes en los mismos meses.",
        ),
    }
)
_UNIT: Text = MappingProxyType({"en": "ratio, 1 is no effect", "es": "razón, 1 es ningún efecto"})

LENGTHS = (24.0, 36.0, 60.0)
"""Mean lengths of a segment that are tried, months."""
FEWEST_BEFORE = 6
"""Single months with a count that an answer at a date needs before it."""

DATE_COLUMNS = (
    "direction",
    "median",
    "low",
    "high",
    "mass",
    "ratio",
    "ratio_low",
    "ratio_high",
    "median_lowest",
    "median_highest",
    "mass_lowest",
    "mass_highest",
)


@dataclass(frozen=True, eq=False)
class _OneLength:
    """All that one mean length of segments says."""

    length: float
    cut: Segments
    number: Floats
    sets: pd.DataFrame
    paths: Paths
    log_evidence: float


@dataclass(frozen=True, eq=False)
class BreakDates(Shown):
    """Number and dates of breaks, and how they depend on the assumed length of a segment.

    Attributes
    ----------
    number
        `breaks` (0 to 30, the last meaning as many or more), `probability`, and `lowest` and
        `highest` over the lengths.
    dates
        One row a break that has a date: `direction` (fall or rise); `median`, `low`, `high`
        (months, interval at `level`); `mass` (expected number of breaks in the window); `ratio`,
        `ratio_low`, `ratio_high` (level after over before); over the lengths `median_lowest`,
        `median_highest` (NaT where a length has no such break), `mass_lowest`, `mass_highest`.
    likeliest
        The most probable sets of dates: `breaks`, `dates`, `probability` (exact).
    lengths
        One row a mean length, months: `length`, `share` (posterior share if all are as likely
        beforehand), `none` (probability of no break), `expected` (mean number of breaks).
    months
        `month`, `observed`, `level`, `level_low`, `level_high` (90 %), `fall`, `rise` (expected
        number of breaks of at least `least` that begin in the month).
    crosscheck
        Falls beside those of the detector (`tregua.infer.cross_check`); None if not asked for.
    undated
        Expected number of breaks that lie in no row of `dates`: there may be one, but where is not
        known.
    unused
        Totals over several months, which this design cannot use.
    least, least_deaths
        Least step of the log level, and in deaths a month, that is called a break.
    level
        Probability content of intervals.
    main
        The mean length that all but the columns over lengths are based on.
    series
        The counts.
    rules
        Changes of the rules of counting that were told.
    """

    number: pd.DataFrame
    dates: pd.DataFrame
    likeliest: pd.DataFrame
    lengths: pd.DataFrame
    months: pd.DataFrame
    crosscheck: pd.DataFrame | None
    undated: float
    unused: int
    least: float
    least_deaths: float
    level: float
    main: float
    series: CountSeries
    rules: tuple[RuleChange, ...]
    _monthly: Monthly
    _stages: int
    _seed: int
    _by_length: tuple[_OneLength, ...]

    def cautions(self, lang: str = "en") -> tuple[str, ...]:
        """What these data strain, each a sentence.

        Parameters
        ----------
        lang
            `en` or `es`.
        """
        english = lang == "en"
        said = list(self.series.cautions[lang])
        begin = self.months["month"].iloc[0]
        if self.unused:
            said.append(
                f"Totals over several months are not used (here {self.unused}); a break before "
                f"{begin:%Y-%m} or inside one of them cannot be seen."
                if english
                else f"No se usan totales de varios meses (aquí {self.unused}); un quiebre antes "
                f"de {begin:%Y-%m} o dentro de uno de ellos no puede verse."
            )
        if self.undated >= _LEAST_MASS:
            said.append(
                f"{self.undated:.1f} further breaks are expected whose dates are not known."
                if english
                else f"Se esperan {self.undated:.1f} quiebres más cuya fecha no se conoce."
            )
        said.extend(_of_rules(self, lang))
        said.append(
            "A slow change is cut into steps: several breaks of one direction in a row may be one "
            "drift."
            if english
            else "Un cambio lento se corta en peldaños: varios quiebres seguidos en una dirección "
            "pueden ser una sola deriva."
        )
        return tuple(said)

    def summary(self, lang: str = "en") -> str:
        """The answer in plain lines: number, dates, likeliest set, cautions.

        Parameters
        ----------
        lang
            `en` or `es`.
        """
        return _summary(self, lang)

    def estimate_at(
        self, date: str, *, months: int = 12, events: pd.DataFrame | None = None
    ) -> Estimate:
        """By which factor deaths changed after a date, with the series cut there.

        Parameters
        ----------
        date
            Day or month of the event, ISO. The window begins with its month.
        months
            Length of the window; cut at the end of the data, with a caution.
        events
            Events of a record, to name those in the same months.

        Returns
        -------
        Estimate
            The median and the interval between quantiles of the ratio. The setting `p_break` is
            the probability of a break of at least `least` within three months of the date when
            nobody names it. The placebos are the months whose windows end before the event; they
            overlap and are not independent.

        Raises
        ------
        DesignError
            If the date lies outside the data, or too few months before or after it are counted.
        """
        return _estimate_at(self, date, months, events)


def break_dates(
    counts: Tiles | pd.DataFrame | CountSeries,
    *,
    first: str | None = None,
    last: str | None = None,
    least: float = 0.15,
    least_deaths: float = 1.0,
    lengths: Sequence[float] = LENGTHS,
    stages: int = 2,
    level: float = 0.9,
    detector: bool = False,
    rules: Sequence[RuleChange] = (),
    seed: int = 1,
) -> BreakDates:
    """Weigh every number and every place of breaks in a series of monthly counts.

    Parameters
    ----------
    counts
        What `count_series` takes, or its result. Only counts of single months are used.
    first, last
        First and last month, YYYY-MM; all counts by default. Not for a `CountSeries`.
    least
        Least step of the log level that is called a break, at least 0.05; 0.15 is a fall by 14 %
        or a rise by 16 %.
    least_deaths
        Least step in deaths per month of 30.44 days, at least 0: where almost nobody dies, levels
        that no count could tell apart make no break.
    lengths
        Mean lengths of a segment, months. The middle one is the base, the others show how much
        depends on it.
    stages
        Waits of which a length is the sum, each a month at least: no segment between two breaks is
        shorter than so many months, and the more there are the less lengths differ. At least 1.
    level
        Probability content of intervals, between 0 and 1.
    detector
        Whether to run `tregua.infer.detect` on the same counts as a cross-check.
    rules
        Changes of the rules of counting, such as `tregua.infer.rules_of` gives; breaks near one are
        named in a caution. They change no number.
    seed
        Seed of the paths that are drawn for ratios and sets of dates.

    Returns
    -------
    BreakDates

    Raises
    ------
    DesignError
        If fewer than 12 single months have a count, or `count_series` refuses the counts.
    ValueError
        If `least`, `lengths`, `stages` or `level` is out of range.

    Examples
    --------
    >>> months = pd.date_range("2010-01", periods=48, freq="MS")
    >>> counts = np.r_[np.full(24, 300), np.full(24, 150)]
    >>> found = break_dates(pd.DataFrame({"date": months, "count": counts}))
    >>> f"{found.dates['median'][0]:%Y-%m}", found.likeliest["dates"][0]
    ('2012-01', '2012-01')
    >>> found.estimate_at("2012-01").value < 0.6
    True
    """
    if not 0 < level < 1 or not lengths or not least_deaths >= 0:
        raise ValueError(
            "A level between 0 and 1, a least step of at least 0 deaths and at least one length "
            f"are needed; given level {level:g}, {least_deaths:g} deaths, {len(lengths)} lengths."
        )
    series = (
        counts if isinstance(counts, CountSeries) else count_series(counts, first=first, last=last)
    )
    the = single_months(series, counts)
    ordered = sorted(lengths)
    parts = tuple(_one_length(the, length, stages, least, least_deaths, seed) for length in ordered)
    main = parts[(len(parts) - 1) // 2]
    dates = _dates(parts, main, level)
    expected = float(main.number @ np.arange(main.number.size))
    kept = ["month", "observed", "level", "level_low", "level_high", "fall", "rise"]
    return BreakDates(
        number=_number(parts, main),
        dates=dates,
        likeliest=main.sets,
        lengths=_lengths(parts),
        months=main.cut.months[kept].copy(),
        crosscheck=_checked(the, main.cut) if detector else None,
        undated=max(expected - float(dates["mass"].sum()), 0.0),
        unused=the.unused,
        least=least,
        least_deaths=least_deaths,
        level=level,
        main=main.length,
        series=series,
        rules=tuple(rules),
        _monthly=the,
        _stages=stages,
        _seed=seed,
        _by_length=parts,
    )


def single_months(series: CountSeries, counts: Any) -> Monthly:
    """The counts of single months on the axis from the first of them to the last.

    Parameters
    ----------
    series
        The counts.
    counts
        What the series was made of; errors between agencies are read from it where it has them.

    Raises
    ------
    DesignError
        If fewer than 12 single months have a count.
    """
    single = series.single()
    alone = (series.owner >= 0) & single[series.owner]
    if int(alone.sum()) < _FEWEST:
        raise DesignError(
            f"Break dates need at least {_FEWEST} months with a count of their own; there are "
            f"{int(alone.sum())} (and {int((~single).sum())} totals over several months).",
            f"Las fechas de quiebre necesitan al menos {_FEWEST} meses con recuento propio; hay "
            f"{int(alone.sum())} (y {int((~single).sum())} totales de varios meses).",
        )
    places = np.flatnonzero(alone)
    inside = slice(int(places[0]), int(places[-1]) + 1)
    count = np.where(alone, series.value[series.owner], np.nan)[inside]
    months = series.months[inside]
    return Monthly(
        months=months,
        count=count,
        days=series.days[inside] / DAYS,
        spread=_spread(counts, months),
        at_least=np.zeros(len(months), dtype=bool),
        unused=int((~single).sum()),
        name=series.name,
    )


def _spread(counts: Any, months: pd.DatetimeIndex) -> Floats:
    """Relative error between agencies of each month's own count, 0 where not given."""
    frame = counts if isinstance(counts, pd.DataFrame) else getattr(counts, "frame", None)
    spread = np.zeros(len(months))
    if frame is None or not {"relative_sd", "months"} <= set(frame.columns):
        return spread
    for listed, value in zip(frame["months"], frame["relative_sd"], strict=True):
        owned = listed.split(";") if isinstance(listed, str) else list(listed)
        place = months.get_indexer(pd.DatetimeIndex(owned))
        if len(place) == 1 and place[0] >= 0:
            spread[place[0]] = float(value)
    return spread


def _one_length(
    the: Monthly, length: float, stages: int, least: float, least_deaths: float, seed: int
) -> _OneLength:
    weighed = weigh(the, length, stages, least=least)
    paths = sampled_breaks(weighed, draws=_DRAWS, seed=seed, least_deaths=least_deaths)
    return _OneLength(
        length=length,
        cut=segments(the, length=length, stages=stages, least=least),
        number=number_that_matters(weighed, least_deaths=least_deaths),
        sets=likeliest_sets(weighed, paths, the.months, least_deaths=least_deaths),
        paths=paths,
        log_evidence=weighed.log_evidence,
    )


def _checked(the: Monthly, cut: Segments) -> pd.DataFrame:
    from tregua import infer

    seen = np.isfinite(the.count)
    table = pd.DataFrame({"date": the.months[seen], "count": the.count[seen].astype(int)})
    return cross_check(infer.detect(table), cut)


def _number(parts: Sequence[_OneLength], main: _OneLength) -> pd.DataFrame:
    every = np.array([part.number for part in parts])
    return pd.DataFrame(
        {
            "breaks": np.arange(every.shape[1]),
            "probability": main.number,
            "lowest": every.min(axis=0),
            "highest": every.max(axis=0),
        }
    )


def _lengths(parts: Sequence[_OneLength]) -> pd.DataFrame:
    logs = np.array([part.log_evidence for part in parts])
    shares = np.exp(logs - logs.max())
    return pd.DataFrame(
        {
            "length": [part.length for part in parts],
            "share": shares / shares.sum(),
            "none": [part.number[0] for part in parts],
            "expected": [float(part.number @ np.arange(part.number.size)) for part in parts],
        }
    )


def _windows(onset: Floats) -> list[tuple[int, int]]:
    """Half-open month ranges that each hold one break.

    From the highest month outwards, the likelier neighbour first, until it is one break in all, or
    what is left beside it is negligible against the peak.
    """
    free = np.ones(onset.size, dtype=bool)
    found = []
    for peak in np.argsort(-onset, kind="stable"):
        if not free[peak]:
            continue
        begin, end = int(peak), int(peak) + 1
        while onset[begin:end].sum() < 1.0:
            sides = [
                (onset[month], month)
                for month in (begin - 1, end)
                if 0 <= month < onset.size and free[month] and abs(month - peak) <= _REACH
            ]
            if not sides or max(sides)[0] < _SHARE_OF_PEAK * onset[peak]:
                break
            month = max(sides)[1]
            begin, end = min(begin, month), max(end, month + 1)
        free[begin:end] = False
        if onset[begin:end].sum() >= _LEAST_MASS:
            found.append((begin, end))
    return sorted(found)


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    reached = np.cumsum(weights) / weights.sum()
    return float(values[min(int(np.searchsorted(reached, share - 1e-12)), values.size - 1)])


def _dated(part: _OneLength, level: float) -> list[dict[str, Any]]:
    """Breaks of one length, falls and rises, by date."""
    months = pd.DatetimeIndex(part.cut.months["month"])
    tail = (1 - level) / 2
    rows: list[dict[str, Any]] = []
    for direction in ("fall", "rise"):
        onset = part.cut.months[direction].to_numpy(dtype=float)
        for begin, end in _windows(onset):
            places = np.arange(begin, end, dtype=float)
            low, median, high = (
                int(_quantile(places, onset[begin:end], share)) for share in (tail, 0.5, 1 - tail)
            )
            ratio, share = _ratios(part.paths, begin, end, direction, tail)
            if share < _LEAST_MASS:
                continue  # a step of the log level, but hardly of deaths
            rows.append(
                {
                    "direction": direction,
                    "median": months[median],
                    "low": months[low],
                    "high": months[high],
                    "mass": float(onset[begin:end].sum()),
                    "ratio": ratio[0],
                    "ratio_low": ratio[1],
                    "ratio_high": ratio[2],
                }
            )
    return sorted(rows, key=lambda row: row["median"])


def _ratios(
    paths: Paths, begin: int, end: int, direction: str, tail: float
) -> tuple[tuple[float, float, float], float]:
    """Level after over before, over the paths with such a break, and how many there are a path."""
    begin = max(begin, 1)
    steps = np.diff(paths.log_level[:, begin - 1 : end], axis=1)
    wanted = paths.begins[:, begin:end] & ((steps < 0) if direction == "fall" else (steps > 0))
    sizes = steps[wanted]
    if not sizes.size:
        return (math.nan, math.nan, math.nan), 0.0
    sizes = sizes + _within_cells(sizes.size)
    low, middle, high = np.exp(np.quantile(sizes, [tail, 0.5, 1 - tail]))
    return (float(middle), float(low), float(high)), sizes.size / len(paths.begins)


def _within_cells(number: int) -> Floats:
    """Where within their cells the two levels of a step may lie, less one another.

    The lattice tells levels apart by 5 %; an interval narrower than that would pretend.
    """
    even = (np.arange(number) + 0.5) / number
    shuffled = np.random.Generator(np.random.Philox(key=[number, 57])).permutation(even)
    # The difference of two even spreads has a triangle as its density; this is its quantile.
    down, up = np.sqrt(2 * shuffled) - 1, 1 - np.sqrt(2 * (1 - shuffled))
    return np.asarray(STEP * np.where(shuffled < 0.5, down, up))


def _dates(parts: Sequence[_OneLength], main: _OneLength, level: float) -> pd.DataFrame:
    others = [_dated(part, level) for part in parts]
    rows = []
    for row in _dated(main, level):
        same = [_nearest(row, listed) for listed in others]
        medians = [one["median"] for one in same if one is not None]
        masses = [0.0 if one is None else one["mass"] for one in same]
        rows.append(
            {
                **row,
                "median_lowest": min(medians) if len(medians) == len(same) else pd.NaT,
                "median_highest": max(medians) if len(medians) == len(same) else pd.NaT,
                "mass_lowest": min(masses),
                "mass_highest": max(masses),
            }
        )
    frame = pd.DataFrame(rows, columns=list(DATE_COLUMNS))
    moments = ("median", "low", "high", "median_lowest", "median_highest")
    return frame.astype(dict.fromkeys(moments, "datetime64[ns]"))


def _nearest(row: Mapping[str, Any], listed: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The same break under another length, if there is one."""
    near = [
        (abs(_apart(row["median"], one["median"])), index)
        for index, one in enumerate(listed)
        if one["direction"] == row["direction"]
        and abs(_apart(row["median"], one["median"])) <= _SAME_BREAK
    ]
    return listed[min(near)[1]] if near else None


def _apart(one: pd.Timestamp, two: pd.Timestamp) -> int:
    return int((two.year - one.year) * 12 + two.month - one.month)


def _estimate_at(
    found: BreakDates, date: str, months: int, events: pd.DataFrame | None
) -> Estimate:
    axis = pd.DatetimeIndex(found.months["month"])
    place = place_of(axis, date)
    end = min(place + months, len(axis))
    observed = found.months["observed"].to_numpy(dtype=float)
    _refuse_too_few(observed, place, end, date)
    days = axis.days_in_month.to_numpy(dtype=float)
    tail = (1 - found.level) / 2
    earlier = _placebo_places(observed, place, end - place)
    by_length = {
        part.length: _cut(
            found, part.length, place, end, earlier if part.length == found.main else ()
        )
        for part in found._by_length
    }
    ratios = {
        length: _window_ratios(cuts[place], days, place) for length, cuts in by_length.items()
    }
    low, value, high = np.quantile(ratios[found.main], [tail, 0.5, 1 - tail])
    cuts = by_length[found.main]
    placebos = np.array([np.median(_window_ratios(cuts[month], days, month)) for month in earlier])
    recorded = observed[place:end]
    settings: dict[str, float | int | str] = {
        "event": f"{axis[place]:%Y-%m}",
        "months": end - place,
        "least": found.least,
        "length": found.main,
        "stages": found._stages,
        "p_break": _chance_of_break(_main(found).paths, place),
        **{f"value_at_{length:g}": float(np.median(each)) for length, each in ratios.items()},
    }
    if np.isfinite(recorded).all():
        settings["recorded"] = float(recorded.sum())
    return Estimate(
        design="breaks",
        estimand=_estimand(axis[place], axis[end - 1]),
        unit=_UNIT,
        value=float(value),
        low=float(low),
        high=float(high),
        level=found.level,
        p_placebo=_share_as_far(placebos, float(value)),
        placebos=len(placebos),
        assumptions=_ASSUMPTIONS,
        cautions=_cautions_at(found, axis, place, end, months, recorded, date, settings, events),
        settings=settings,
        path=_path(found, cuts[place][0], place, end, tail),
    )


def _of_rules(found: BreakDates, lang: str) -> list[str]:
    """Which breaks lie where the rules of counting changed."""
    said = []
    for rule in found.rules:
        month = pd.Timestamp(rule.date).to_period("M").start_time
        near = [date for date in found.dates["median"] if abs(_apart(date, month)) <= _NEAR]
        if near:
            named = ", ".join(f"{date:%Y-%m}" for date in near)
            said.append(
                f"The rules of counting changed in {month:%Y-%m}: a part of the break of {named} "
                "may be counting."
                if lang == "en"
                else f"Las reglas de conteo cambiaron en {month:%Y-%m}: parte del quiebre de "
                f"{named} puede ser conteo."
            )
    return said


def place_of(axis: pd.DatetimeIndex, date: str) -> int:
    """Position of the month of a date among single months, with counts before and after it.

    Raises
    ------
    DesignError
        If the date cannot be read or lies outside the months.
    """
    try:
        month = pd.Timestamp(date).to_period("M").start_time
    except ValueError as error:
        raise DesignError(
            f"'{date}' is no date; write 2012-03 or 2012-03-08.",
            f"'{date}' no es una fecha; escriba 2012-03 o 2012-03-08.",
        ) from error
    if not axis[0] < month <= axis[-1]:
        raise DesignError(
            f"The event of {month:%Y-%m} lies outside the single months that are counted, "
            f"{axis[0]:%Y-%m} to {axis[-1]:%Y-%m}; there must be counts before and after it.",
            f"El hecho de {month:%Y-%m} queda fuera de los meses con recuento propio, "
            f"{axis[0]:%Y-%m} a {axis[-1]:%Y-%m}; debe haber recuentos antes y después.",
        )
    return int(axis.get_indexer(pd.DatetimeIndex([month]))[0])


def _refuse_too_few(observed: Floats, place: int, end: int, date: str) -> None:
    before = int(np.isfinite(observed[:place]).sum())
    after = int(np.isfinite(observed[place:end]).sum())
    if before < FEWEST_BEFORE or after < _FEWEST_AFTER:
        raise DesignError(
            f"Around {date} there are {before} single months with a count before and {after} in "
            f"the window after; at least {FEWEST_BEFORE} and {_FEWEST_AFTER} are needed.",
            f"Alrededor de {date} hay {before} meses con recuento propio antes y {after} en la "
            f"ventana posterior; se necesitan al menos {FEWEST_BEFORE} y {_FEWEST_AFTER}.",
        )


def _main(found: BreakDates) -> _OneLength:
    return next(part for part in found._by_length if part.length == found.main)


def _cut(
    found: BreakDates, length: float, place: int, end: int, earlier: Sequence[int]
) -> Mapping[int, tuple[Floats, Floats]]:
    """Levels before and after the event, and at placebo months."""
    places = {**dict.fromkeys(earlier, _PLACEBO_DRAWS), place: _DRAWS}
    return changes_at(
        found._monthly,
        places,
        months=end - place,
        length=length,
        stages=found._stages,
        seed=found._seed,
    )


def _window_ratios(levels: tuple[Floats, Floats], days: Floats, place: int) -> Floats:
    """(draws,) mean level of the window over the level before it."""
    before, after = levels
    weights = days[place : place + after.shape[1]]
    return np.asarray(np.exp(after - before[:, None]) @ weights / weights.sum())


def _placebo_places(observed: Floats, place: int, length: int) -> tuple[int, ...]:
    """Earlier months with enough counts around them whose windows end before the event."""
    counted = np.concatenate([[0], np.cumsum(np.isfinite(observed))])
    return tuple(
        month
        for month in range(1, place - length + 1)
        if counted[month] >= FEWEST_BEFORE
        and counted[month + length] - counted[month] >= _FEWEST_AFTER
    )


def _chance_of_break(paths: Paths, place: int) -> float:
    """Share of paths with a break that matters within three months of the event."""
    near = paths.begins[:, max(place - _DOUBT, 0) : place + _DOUBT + 1]
    return float(near.any(axis=1).mean())


def _share_as_far(placebos: Floats, value: float) -> float:
    if not placebos.size:
        return math.nan
    return float(np.mean(np.abs(np.log(placebos)) >= abs(math.log(value)) - 1e-12))


def _estimand(begin: pd.Timestamp, end: pd.Timestamp) -> Text:
    span = f"{begin:%Y-%m}", f"{end:%Y-%m}"
    return {
        "en": f"Deaths a month from {span[0]} to {span[1]} over the level of the month before",
        "es": f"Muertes al mes de {span[0]} a {span[1]} sobre el nivel del mes anterior",
    }


def _cautions_at(
    found: BreakDates,
    axis: pd.DatetimeIndex,
    place: int,
    end: int,
    months: int,
    recorded: Floats,
    date: str,
    settings: Mapping[str, float | int | str],
    events: pd.DataFrame | None,
) -> Mapping[str, tuple[str, ...]]:
    english, spanish = list(found.series.cautions["en"]), list(found.series.cautions["es"])
    if end - place < months:
        english.append(f"The data end after {end - place} of the {months} months.")
        spanish.append(f"Los datos terminan tras {end - place} de los {months} meses.")
    missing = int((~np.isfinite(recorded)).sum())
    if missing:
        english.append(f"{missing} months of the window have no count of their own.")
        spanish.append(f"{missing} meses de la ventana no tienen recuento propio.")
    day, chance = pd.Timestamp(date).day, float(settings["p_break"])
    if 2 * (day - 1) >= axis[place].days_in_month:
        english.append(
            f"Most of {axis[place]:%Y-%m} lies before the event, but counts as after it; the next "
            "month may be the better one to ask about."
        )
        spanish.append(
            f"La mayor parte de {axis[place]:%Y-%m} es anterior al hecho, pero cuenta como "
            "posterior; quizá convenga preguntar por el mes siguiente."
        )
    if chance < _LIKELY:
        english.append(
            f"Not told the date, the series has a break of at least "
            f"{100 * (1 - math.exp(-found.least)):.0f} % within three months of it with "
            f"probability {chance:.0%} only."
        )
        spanish.append(
            f"Sin conocer la fecha, la serie tiene un quiebre de al menos "
            f"{100 * (1 - math.exp(-found.least)):.0f} % a menos de tres meses de ella con "
            f"probabilidad de solo {chance:.0%}."
        )
    for rule in found.rules:
        month = pd.Timestamp(rule.date).to_period("M").start_time
        if axis[max(place - _NEAR, 0)] <= month <= axis[end - 1]:
            english.append(
                f"The rules of counting changed in {month:%Y-%m}: a part of the change may be "
                "counting."
            )
            spanish.append(
                f"Las reglas de conteo cambiaron en {month:%Y-%m}: parte del cambio puede ser "
                "conteo."
            )
    steps = found.months[["fall", "rise"]].to_numpy(dtype=float).sum(axis=1)
    earlier = float(steps[max(place - 12, 0) : max(place - _DOUBT, 0)].sum())
    if earlier >= 0.5:
        english.append(
            f"The level was not at rest before: {earlier:.1f} breaks are expected in the year "
            "before."
        )
        spanish.append(
            f"El nivel no estaba en reposo antes: se esperan {earlier:.1f} quiebres en el año "
            "previo."
        )
    if events is not None and len(near := coinciding(events, f"{axis[place]:%Y-%m}", months=_NEAR)):
        days = pd.to_datetime(near["date"]).dt.strftime("%Y-%m-%d")
        listed = ", ".join(f"{kind} ({day})" for kind, day in zip(near["type"], days, strict=True))
        english.append(f"The record dates within three months: {listed}.")
        spanish.append(f"El registro fecha a menos de tres meses: {listed}.")
    return MappingProxyType({"en": tuple(english), "es": tuple(spanish)})


def _path(found: BreakDates, log_before: Floats, place: int, end: int, tail: float) -> pd.DataFrame:
    """Months to the end of the window; deaths a month of its own length."""
    frame = found.months.iloc[:end]
    months = pd.DatetimeIndex(frame["month"])
    days = months.days_in_month.to_numpy(dtype=float) / DAYS
    before = np.exp(log_before)
    low, high = np.quantile(before, [tail, 1 - tail])
    after = np.arange(end) >= place
    return pd.DataFrame(
        {
            "month": months,
            "observed": frame["observed"].to_numpy(dtype=float),
            "fitted": frame["level"].to_numpy(dtype=float) * days,
            "counterfactual": np.where(after, before.mean() * days, np.nan),
            "low": np.where(after, low * days, np.nan),
            "high": np.where(after, high * days, np.nan),
        }
    )


_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "number": "Breaks of at least {percent:.0f} %: most probably {mode} "
            "({share:.0%}; {low} to {high} with {level:.0%}).",
            "fall": "Fall",
            "rise": "Rise",
            "date": "{direction} in {median} ({low} to {high}): the level became {ratio:.2f} times "
            "what it was ({ratio_low:.2f} to {ratio_high:.2f}); {mass:.2f} breaks expected there.",
            "lengths": "  Other lengths of a segment: {mass_lowest:.2f} to {mass_highest:.2f}.",
            "none": "No break can be dated.",
            "set": "The most probable set of dates, {dates}, has {probability:.0%}: read dates one "
            "by one, not as a set.",
            "no_dates": "no break at all",
            "cautions": "Cautions: {listed}",
        },
        "es": {
            "number": "Quiebres de al menos {percent:.0f} %: lo más probable, {mode} "
            "({share:.0%}; {low} a {high} con {level:.0%}).",
            "fall": "Caída",
            "rise": "Subida",
            "date": "{direction} en {median} ({low} a {high}): el nivel pasó a ser {ratio:.2f} "
            "veces el anterior ({ratio_low:.2f} a {ratio_high:.2f}); se esperan allí {mass:.2f} "
            "quiebres.",
            "lengths": "  Con otros largos de segmento: {mass_lowest:.2f} a {mass_highest:.2f}.",
            "none": "Ningún quiebre puede fecharse.",
            "set": "El conjunto de fechas más probable, {dates}, tiene {probability:.0%}: léanse "
            "las fechas una a una, no como conjunto.",
            "no_dates": "ningún quiebre",
            "cautions": "Advertencias: {listed}",
        },
    }
)


def _summary(found: BreakDates, lang: str) -> str:
    words = _WORDS[lang]
    number = found.number["probability"].to_numpy(dtype=float)
    tail, places = (1 - found.level) / 2, np.arange(number.size, dtype=float)
    lines = [
        words["number"].format(
            percent=100 * (1 - math.exp(-found.least)),
            mode=int(number.argmax()),
            share=float(number.max()),
            low=int(_quantile(places, number, tail)),
            high=int(_quantile(places, number, 1 - tail)),
            level=found.level,
        )
    ]
    for record in found.dates.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in record.items()}
        moments = {name: f"{row[name]:%Y-%m}" for name in ("median", "low", "high")}
        shown = {**row, **moments, "direction": words[str(row["direction"])]}
        lines.append(words["date"].format(**shown))
        if row["mass_highest"] - row["mass_lowest"] > 0.2:
            lines.append(words["lengths"].format(**row))
    if not len(found.dates):
        lines.append(words["none"])
    best = found.likeliest.iloc[0]
    dates = str(best["dates"]).replace(";", ", ") or words["no_dates"]
    lines.append(words["set"].format(dates=dates, probability=best["probability"]))
    lines.append(words["cautions"].format(listed=" ".join(found.cautions(lang))))
    return "\n".join(lines)
