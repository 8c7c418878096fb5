r"""Differences in differences where places are treated at different dates.

The change in places that an event reached, less the change in places that it had not reached, is
the effect of the event if both would otherwise have moved alike. With $O$ deaths, $N$ exposure (1
if none is given), $g$ the places first treated in one month (a *cohort*), $B_g$ the months before
it and $C_t$ the places not treated by month $t$, the contrast of one cohort in one month is

$$ \widehat{E}_{gt} = N_{gt} \cdot \frac{O_{g B_g}}{N_{g B_g}} \cdot
   \frac{O_{C_t t}/N_{C_t t}}{O_{C_t B_g}/N_{C_t B_g}}, \qquad
   \text{ratio}_{gt} = O_{gt} / \widehat{E}_{gt}, $$

on the scale of ratios, and the difference of the two changes on the scale of differences
(Callaway & Sant'Anna 2021, *Journal of Econometrics* 225). Each contrast compares treated with not
yet treated; a place that was treated before never serves as a comparison, which one regression with
effects of place and month would do in silence (Goodman-Bacon 2021, same volume). Contrasts are then
gathered by months since treatment: ratios as summed deaths over summed expected deaths, so that
months without a death are no obstacle, differences weighted by places.

Intervals come from a multiplier bootstrap that reweights places, so that months of one place may
depend on each other in any way. No interval is shorter than chance alone (Poisson) would make it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.series import DesignError, listed
from tregua.shown import Shown

if TYPE_CHECKING:
    from tregua.assess.verdict import Text

__all__ = ["Staggered", "differences"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Compare = Literal["never", "not_yet"]
Scale = Literal["ratio", "difference"]

_NEVER = np.iinfo(np.int64).max
_FEW = 6  # treated places below which an interval is called fragile
_SHOWN = 3
_COLUMNS = ("unit", "month", "count", "treated_from")

_ASSUMPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "Without the event, treated and comparison places would have changed alike.",
            "Nobody acted on the event before its month, and it did not spill over to the "
            "comparison places.",
            "Places are independent of each other beyond what all share in a month.",
        ),
        "es": (
            "Sin el hecho, los lugares tratados y los de comparación habrían cambiado por igual.",
            "Nadie actuó por el hecho antes de su mes, ni alcanzó a los lugares de comparación.",
            "Los lugares son independientes entre sí, salvo en lo que todos comparten en un mes.",
        ),
    }
)
_UNITS: Mapping[str, Text] = MappingProxyType(
    {
        "ratio": {"en": "ratio, 1 is no effect", "es": "razón, 1 es ningún efecto"},
        "difference": {
            "en": "deaths a month per unit of exposure, 0 is no effect",
            "es": "muertes al mes por unidad de exposición, 0 es ningún efecto",
        },
    }
)


@dataclass(frozen=True, eq=False)
class Staggered(Shown):
    """Differences in differences over a panel with one or several dates of treatment.

    Attributes
    ----------
    cells
        One row a cohort and month: `cohort` (month of treatment), `month`, `k` (months since),
        `units` (places of the cohort), `comparisons` (places not treated), `observed`, `expected`
        (deaths), `value`, `low`, `high` (pointwise; NaN for a cohort of one place).
    event_time
        One row a number of months since treatment: `k`; `cohorts`, `units`; `observed`,
        `expected`; `value`, `low`, `high` (a band that holds for all rows at once); `base` (whether
        the month is one of those that the treated are compared with themselves in).
    overall
        The effect over the months 0 to `window` - 1.
    pretrend_p
        Chance of a departure as large, in any row before the base or in all of them together, if
        there is none; NaN where there are no such rows.
    scale
        `ratio` or `difference`.
    """

    cells: pd.DataFrame
    event_time: pd.DataFrame
    overall: Estimate
    pretrend_p: float
    scale: Scale


@dataclass(frozen=True, eq=False)
class _Panel:
    """A complete panel: places by months."""

    units: tuple[str, ...]
    months: pd.DatetimeIndex
    count: Floats  # (units, months)
    exposure: Floats
    treated: Ints  # (units,) position of the month of treatment; _NEVER if not within the panel
    cautions: dict[str, list[str]]


@dataclass(frozen=True)
class _Ask:
    """Choices of one run."""

    window: int
    base: int
    compare: Compare
    scale: Scale
    level: float


@dataclass(frozen=True, eq=False)
class _Cells:
    """Sums of each cohort and month under one or many weightings of the places.

    `observed`, `expected`, `difference` and `exposed` are (draws, cells); the others are (cells,).
    """

    cohort: Ints
    month: Ints
    units: Ints
    comparisons: Ints
    observed: Floats
    expected: Floats
    difference: Floats
    exposed: Floats

    @property
    def since(self) -> Ints:
        return self.month - self.cohort


def differences(
    panel: pd.DataFrame,
    *,
    window: int = 12,
    base: int = 12,
    compare: Compare = "not_yet",
    scale: Scale = "ratio",
    level: float = 0.9,
    seed: int = 1,
    resamples: int = 999,
    placebos: int = 199,
) -> Staggered:
    """Compare places that an event reached with places that it had not reached yet.

    Parameters
    ----------
    panel
        Columns `unit`, `month`, `count`, `treated_from` (first month of treatment, empty for
        never), and `exposure` if places differ in size (people, at least above 0).
    window
        Months after treatment that the overall effect covers, and months before the base that
        test for trends. At least 1.
    base
        Months before treatment that a place is compared with itself in. One month is the base of
        Callaway & Sant'Anna; twelve are less noisy and hold each month of the year once.
    compare
        `never`: only places that are never treated within the panel; `not_yet`: also those treated
        later, up to their treatment.
    scale
        `ratio` of deaths to expected deaths, or `difference` of rates.
    level
        Probability content of intervals, between 0 and 1.
    seed
        Seed of the bootstrap and of the placebos.
    resamples
        Weightings of the places, at least 99.
    placebos
        How many times dates of treatment are dealt out at random, at least 0.

    Returns
    -------
    Staggered

    Raises
    ------
    DesignError
        If columns are missing, a place and month occurs twice, a count is negative or no number, a
        place is treated in or before the first month, nobody is treated within the panel, or no
        untreated place is left to compare with.
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> months = pd.date_range("2010-01", periods=36, freq="MS")
    >>> rows = [{"unit": unit, "month": month,
    ...          "count": 10 if unit in "ab" and month >= months[24] else 20,
    ...          "treated_from": months[24] if unit in "ab" else None}
    ...         for unit in "abcdef" for month in months]
    >>> found = differences(pd.DataFrame(rows))
    >>> found.overall.value, found.overall.averted()[0]
    (0.5, 240.0)
    """
    _check(window, base, compare, scale, level, resamples, placebos)
    ask = _Ask(window, base, compare, scale, level)
    the = _read(panel, ask)
    ones = np.ones((1, len(the.units)))
    point = _cells(the, ones, ask)
    if not len(point.cohort) or not (point.since >= 0).any():
        raise _without_comparison(the)
    stream = np.random.Generator(np.random.Philox(key=[seed, 53]))
    weights = stream.exponential(size=(resamples, len(the.units)))
    drawn = _cells(the, weights, ask)
    by_month, pretrend_p = _event_time(the, point, drawn, ask)
    dealt = _placebos(the, ask, placebos, np.random.Generator(np.random.Philox(key=[seed, 54])))
    return Staggered(
        cells=_cell_table(the, point, drawn, ask),
        event_time=by_month,
        overall=_overall(the, point, drawn, ask, dealt, by_month, pretrend_p),
        pretrend_p=pretrend_p,
        scale=scale,
    )


def _without_comparison(the: _Panel) -> DesignError:
    """Why no month after a treatment can be compared."""
    first = int(the.treated.min())
    untreated = the.treated > first
    if untreated.any():
        names = named_places([unit for unit, yes in zip(the.units, untreated, strict=True) if yes])
        return DesignError(
            f"The places that could be compared with ({names}) have no deaths, before treatment or "
            "after it, so that nothing can be expected from them.",
            f"Los lugares de comparación ({names}) no tienen muertes, antes o después del "
            "tratamiento, de modo que nada puede esperarse a partir de ellos.",
        )
    return DesignError(
        f"Every place is treated by {the.months[first]:%Y-%m}: no untreated place is left to "
        "compare with in any month after a treatment.",
        f"Todos los lugares son tratados ya en {the.months[first]:%Y-%m}: no queda ninguno sin "
        "tratar con el que comparar después.",
    )


def _check(
    window: int,
    base: int,
    compare: str,
    scale: str,
    level: float,
    resamples: int,
    placebos: int,
) -> None:
    problems = []
    if window < 1 or base < 1:
        problems.append(f"window and base must be at least 1, not {window} and {base}")
    if compare not in ("never", "not_yet"):
        problems.append(f"compare must be never or not_yet, not {compare!r}")
    if scale not in ("ratio", "difference"):
        problems.append(f"scale must be ratio or difference, not {scale!r}")
    if not 0 < level < 1:
        problems.append(f"level must lie between 0 and 1, not {level:g}")
    if resamples < 99:
        problems.append(f"resamples must be at least 99, not {resamples}")
    if placebos < 0:
        problems.append(f"placebos must be at least 0, not {placebos}")
    if problems:
        raise ValueError("Settings of the differences: " + "; ".join(problems) + ".")


def places_kept(
    panel: pd.DataFrame, *, base: int = 12, compare: Compare = "not_yet"
) -> tuple[str, ...]:
    """Places of a panel that have a count in every month and enough months before treatment.

    Parameters
    ----------
    panel, base, compare
        As `differences` takes them.

    Raises
    ------
    DesignError
        As `differences`, if the panel is wrong or no treated place is left.
    """
    return _read(panel, _Ask(1, base, compare, "ratio", 0.9)).units


def named_places(names: list[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{more})" if more > 0 else "")


def _read(panel: pd.DataFrame, ask: _Ask) -> _Panel:
    """Check a panel and lay it out as places by months."""
    frame = _columns(panel)
    cautions: dict[str, list[str]] = {"en": [], "es": []}
    frame = _without_gaps(frame, cautions)
    frame = frame.sort_values(["unit", "month"])
    months = pd.DatetimeIndex(frame["month"].unique()).sort_values()
    units = pd.Index(frame["unit"].unique())
    count, exposure = (
        frame[name].to_numpy(dtype=float).reshape(len(units), len(months))
        for name in ("count", "exposure")
    )
    treated = _treated(frame, units, months)
    short = (treated < ask.base) & (treated > 0)
    if short.any():
        names = [str(unit) for unit in units[short]]
        cautions["en"].append(
            f"Left out, with fewer than {ask.base} months before treatment: {named_places(names)}."
        )
        cautions["es"].append(
            f"Excluidos por tener menos de {ask.base} meses previos: {named_places(names)}."
        )
    kept = ~short
    if not (treated[kept] != _NEVER).any():
        raise DesignError(
            f"No place is treated within {months[0]:%Y-%m} to {months[-1]:%Y-%m} with {ask.base} "
            "months before. Give the months of treatment in treated_from, or a shorter base.",
            f"Ningún lugar es tratado entre {months[0]:%Y-%m} y {months[-1]:%Y-%m} con {ask.base} "
            "meses previos. Indique los meses en treated_from, o una base más corta.",
        )
    if ask.compare == "never" and not (treated[kept] == _NEVER).any():
        raise DesignError(
            "Every place is treated within the panel, so none is left that never is. Compare with "
            "those not yet treated.",
            "Todos los lugares son tratados en el panel; ninguno queda sin tratar. Compare con los "
            "que aún no lo son.",
        )
    return _Panel(
        tuple(str(unit) for unit in units[kept]),
        months,
        count[kept],
        exposure[kept],
        treated[kept],
        cautions,
    )


def _columns(panel: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in _COLUMNS if name not in panel]
    if absent or panel.empty:
        given = ", ".join(str(name) for name in panel.columns) or "none"
        raise DesignError(
            f"The panel lacks {', '.join(absent) or 'rows'}; it has columns {given}. It needs one "
            f"row a place and month with {', '.join(_COLUMNS)}, and exposure if places differ.",
            f"Al panel le falta {', '.join(absent) or 'filas'}; tiene las columnas {given}. "
            f"Necesita una fila por lugar y mes con {', '.join(_COLUMNS)}, y exposure si los "
            "lugares difieren.",
        )
    frame = pd.DataFrame(
        {
            "unit": panel["unit"].astype(str),
            "month": _months(panel["month"], "month"),
            "count": pd.to_numeric(panel["count"], errors="coerce"),
            "exposure": pd.to_numeric(panel["exposure"], errors="coerce")
            if "exposure" in panel
            else 1.0,
            "treated_from": _months(panel["treated_from"], "treated_from"),
        }
    )
    if frame["month"].isna().any():
        raise DesignError("A row has no month.", "Una fila no tiene mes.")
    _refuse_wrong(frame)
    return frame


def _months(values: pd.Series, name: str) -> pd.Series:
    texts = values.astype(str).where(values.notna() & (values.astype(str) != ""), None)
    try:
        moments = pd.to_datetime(texts, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise DesignError(
            f"Column {name} holds something that is no month; write 2012-03. ({error})",
            f"La columna {name} contiene algo que no es un mes; escriba 2012-03.",
        ) from error
    months = pd.DatetimeIndex(moments).to_period("M").to_timestamp()
    return pd.Series(months, index=values.index)


def _refuse_wrong(frame: pd.DataFrame) -> None:
    """Refuse a panel with all that is wrong in it, not only with the first."""
    where = frame["unit"] + " " + frame["month"].dt.strftime("%Y-%m")
    count, exposure, dates = frame["count"], frame["exposure"], frame["treated_from"]
    several = frame.groupby("unit")["treated_from"].nunique(dropna=False)
    early = frame.loc[dates <= frame["month"].min(), "unit"]
    begin = f"{frame['month'].min():%Y-%m}"
    wrong = [
        (
            where[frame.duplicated(["unit", "month"])].tolist(),
            "A place and month occurs twice: {}. Keep one row each.",
            "Un lugar y mes aparece dos veces: {}. Deje una fila de cada uno.",
        ),
        (
            where[~((count >= 0) & np.isfinite(count))].tolist(),
            "A count must be a number of at least 0; it is not in: {}.",
            "Un recuento debe ser un número de al menos 0; no lo es en: {}.",
        ),
        (
            where[~((exposure > 0) & np.isfinite(exposure))].tolist(),
            "An exposure must be above 0; it is not in: {}.",
            "Una exposición debe ser mayor que 0; no lo es en: {}.",
        ),
        (
            [str(unit) for unit in several.index[several > 1]],
            "A place has one month of treatment; these have several: {}.",
            "Un lugar tiene un solo mes de tratamiento; estos tienen varios: {}.",
        ),
        (
            sorted({str(unit) for unit in early}),
            f"Treated in or before the first month, {begin}, so that nothing is known of before: "
            "{}. Leave them out or begin the panel earlier.",
            f"Tratados en el primer mes, {begin}, o antes, sin nada conocido de antes: {{}}. "
            "Exclúyalos o empiece antes el panel.",
        ),
    ]
    found = [(names, en, es) for names, en, es in wrong if names]
    if found:
        raise DesignError(
            listed([en.format(named_places(names)) for names, en, _ in found]),
            listed([es.format(named_places(names)) for names, _, es in found]),
        )


def _without_gaps(frame: pd.DataFrame, cautions: dict[str, list[str]]) -> pd.DataFrame:
    """Leave out places that lack a month, and say so."""
    months = pd.date_range(frame["month"].min(), frame["month"].max(), freq="MS")
    rows = frame.groupby("unit").size()
    gappy = [str(unit) for unit in rows.index[rows < len(months)]]
    if not gappy:
        return frame
    span = f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}"
    if len(gappy) == len(rows):
        raise DesignError(
            f"No place has a count in every month from {span[0]} to {span[1]}.",
            f"Ningún lugar tiene recuento en cada mes de {span[0]} a {span[1]}.",
        )
    cautions["en"].append(f"Left out for months without a count: {named_places(gappy)}.")
    cautions["es"].append(f"Excluidos por meses sin recuento: {named_places(gappy)}.")
    return frame[~frame["unit"].isin(gappy)]


def _treated(frame: pd.DataFrame, units: pd.Index, months: pd.DatetimeIndex) -> Ints:
    """Position of each place's month of treatment; later than the panel counts as never."""
    dates = frame.groupby("unit")["treated_from"].first().reindex(units)
    places = months.get_indexer(pd.DatetimeIndex(dates))
    return np.where(places < 0, _NEVER, places).astype(np.int64)


def _cells(the: _Panel, weights: Floats, ask: _Ask, *, early: bool = True) -> _Cells:
    """Sums of every cohort and month under weightings of the places, (draws, units)."""
    parts = [
        _of_cohort(the, weights, ask, int(cohort), early)
        for cohort in np.unique(the.treated[the.treated != _NEVER])
    ]
    joined = (np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True))
    return _Cells(*joined)


def _of_cohort(
    the: _Panel, weights: Floats, ask: _Ask, cohort: int, early: bool
) -> tuple[Ints, Ints, Ints, Ints, Floats, Floats, Floats, Floats]:
    """The fields of `_Cells` of one cohort, all its months at once."""
    begin = max(cohort - ask.base - ask.window, 0) if early else cohort
    month = np.arange(begin, min(cohort + ask.window, len(the.months)))
    own = the.treated == cohort
    others = _comparison(the, cohort, month, ask.compare)  # (units, months)
    before = slice(cohort - ask.base, cohort)
    deaths, exposure = the.count[:, before].sum(axis=1), the.exposure[:, before].sum(axis=1)
    # Without a death among the comparison places, then or now, nothing can be expected.
    known = ((the.count[:, month] * others).sum(axis=0) > 0) & (deaths @ others > 0)
    month, others = month[known], others[:, known]
    now = weights[:, own] @ the.count[own][:, month]
    exposed = weights[:, own] @ the.exposure[own][:, month]
    rate_before = (weights[:, own] @ deaths[own]) / (weights[:, own] @ exposure[own])
    after_other = (weights @ (the.count[:, month] * others)) / (
        weights @ (the.exposure[:, month] * others)
    )
    before_other = (weights @ (deaths[:, None] * others)) / (weights @ (exposure[:, None] * others))
    change = after_other / before_other
    expected = exposed * rate_before[:, None] * change
    difference = (now / exposed - rate_before[:, None]) - (after_other - before_other)
    return (
        np.full(month.size, cohort, dtype=np.int64),
        month.astype(np.int64),
        np.full(month.size, own.sum(), dtype=np.int64),
        others.sum(axis=0).astype(np.int64),
        now,
        expected,
        difference,
        exposed,
    )


def _comparison(the: _Panel, cohort: int, month: Ints, compare: Compare) -> NDArray[np.bool_]:
    """(units, months) places not treated by the month, nor by the treatment of the cohort."""
    if compare == "never":
        return np.repeat((the.treated == _NEVER)[:, None], month.size, axis=1)
    return np.asarray(the.treated[:, None] > np.maximum(month, cohort)[None, :])


def _gathered(cells: _Cells, chosen: NDArray[np.bool_], scale: Scale) -> Floats:
    """(draws,) effect of some cells together."""
    if scale == "ratio":
        expected = cells.expected[:, chosen].sum(axis=1)
        observed = cells.observed[:, chosen].sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(expected > 0, observed / expected, np.nan))
    units = cells.units[chosen].astype(float)
    return np.asarray(cells.difference[:, chosen] @ units / units.sum())


def _on_line(values: Floats, scale: Scale) -> Floats:
    """Values where errors are symmetric: the log of a ratio; NaN for a ratio of 0."""
    if scale == "difference":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(values > 0, np.log(values), np.nan))


def _back(values: Floats, scale: Scale) -> Floats:
    return np.exp(values) if scale == "ratio" else values


def _spread(drawn: Floats) -> float:
    """Standard error from the quartiles of a bootstrap, which a few wild draws do not move."""
    known = drawn[np.isfinite(drawn)]
    if known.size < 0.9 * drawn.size:
        return math.nan
    quarter = float(np.subtract(*np.quantile(known, [0.75, 0.25])))
    return quarter / float(2 * stats.norm.ppf(0.75))


def _least_error(the: _Panel, point: _Cells, chosen: NDArray[np.bool_], ask: _Ask) -> float:
    """Standard error of Poisson counts in the treated places: no interval may be shorter.

    Places that happen to move alike would otherwise seem free of chance.
    """
    base = sum(
        float(the.count[the.treated == cohort, int(cohort) - ask.base : int(cohort)].sum())
        for cohort in np.unique(point.cohort[chosen])
    )
    observed = float(point.observed[0, chosen].sum())
    if base <= 0 or observed <= 0:
        return math.nan
    if ask.scale == "ratio":
        return math.sqrt(1 / observed + 1 / base)
    units, exposed = point.units[chosen].astype(float), point.exposed[0, chosen]
    after = float((units**2 @ (point.observed[0, chosen] / exposed**2)) / units.sum() ** 2)
    before = float(units @ (point.expected[0, chosen] / exposed) / units.sum())
    return math.sqrt(after + before**2 / base)


def _degrees(the: _Panel) -> int:
    return int((the.treated != _NEVER).sum()) - 1


def _cell_table(the: _Panel, point: _Cells, drawn: _Cells, ask: _Ask) -> pd.DataFrame:
    size = len(point.cohort)
    value, low, high = (np.full(size, np.nan) for _ in range(3))
    for i in range(size):
        chosen = np.arange(size) == i
        value[i] = _gathered(point, chosen, ask.scale)[0]
        if point.units[i] > 1:
            line = _on_line(_gathered(drawn, chosen, ask.scale), ask.scale)
            error = np.fmax(_spread(line), _least_error(the, point, chosen, ask))
            reach = error * stats.t.ppf((1 + ask.level) / 2, point.units[i] - 1)
            middle = _on_line(value[i : i + 1], ask.scale)
            low[i], high[i] = _back(np.r_[middle - reach, middle + reach], ask.scale)
    return pd.DataFrame(
        {
            "cohort": the.months[point.cohort],
            "month": the.months[point.month],
            "k": point.since,
            "units": point.units,
            "comparisons": point.comparisons,
            "observed": point.observed[0],
            "expected": point.expected[0],
            "value": value,
            "low": low,
            "high": high,
        }
    )


@dataclass(frozen=True, eq=False)
class _Groups:
    """Effects of some groups of cells, with what resampling says of their errors."""

    value: Floats  # (groups,)
    middle: Floats  # the same where errors are symmetric
    errors: Floats
    away: Floats  # (groups, draws) standardised departures

    @staticmethod
    def of(
        the: _Panel, point: _Cells, drawn: _Cells, ask: _Ask, groups: list[NDArray[np.bool_]]
    ) -> _Groups:
        value = np.array([_gathered(point, chosen, ask.scale)[0] for chosen in groups])
        middle = _on_line(value, ask.scale)
        lines = np.array(
            [_on_line(_gathered(drawn, chosen, ask.scale), ask.scale) for chosen in groups]
        )
        errors = np.array(
            [
                np.fmax(_spread(line), _least_error(the, point, chosen, ask))
                for line, chosen in zip(lines, groups, strict=True)
            ]
        )
        errors[~np.isfinite(middle)] = np.nan
        if _degrees(the) < 1:
            errors[:] = np.nan
        with np.errstate(invalid="ignore", divide="ignore"):
            away = np.abs(lines - middle[:, None]) / np.where(errors > 0, errors, np.nan)[:, None]
        return _Groups(value, middle, errors, away)


def _event_time(the: _Panel, point: _Cells, drawn: _Cells, ask: _Ask) -> tuple[pd.DataFrame, float]:
    """Effects by months since treatment with a simultaneous band, and the test before the base."""
    since = np.unique(point.since)
    groups = [point.since == k for k in since]
    known = _Groups.of(the, point, drawn, ask, groups)
    reach = known.errors * _critical(known.away, ask.level, _degrees(the))
    frame = pd.DataFrame(
        {
            "k": since,
            "cohorts": [int(chosen.sum()) for chosen in groups],
            "units": [int(point.units[chosen].sum()) for chosen in groups],
            "observed": [float(point.observed[0, chosen].sum()) for chosen in groups],
            "expected": [float(point.expected[0, chosen].sum()) for chosen in groups],
            "value": known.value,
            "low": _back(known.middle - reach, ask.scale),
            "high": _back(known.middle + reach, ask.scale),
            "base": (since < 0) & (since >= -ask.base),
        }
    )
    early = [point.since == k for k in since[since < -ask.base]]
    if not early:
        return frame, math.nan
    # All early months together as well: a lasting gap is small in each of them.
    before = _Groups.of(the, point, drawn, ask, [*early, point.since < -ask.base])
    return frame, _chance(before.away, before.middle, before.errors)


def _critical(away: Floats, level: float, degrees: int) -> float:
    """Factor of a band that holds for all rows at once, widened for few treated places."""
    if degrees < 1 or not np.isfinite(away).any():
        return math.nan
    largest = np.nanmax(np.where(np.isfinite(away), away, -np.inf), axis=0)
    few = stats.t.ppf((1 + level) / 2, degrees) / stats.norm.ppf((1 + level) / 2)
    return float(np.quantile(largest, level) * few)


def _chance(away: Floats, middle: Floats, errors: Floats) -> float:
    """Share of resamples whose largest departure reaches the observed one."""
    known = np.isfinite(middle) & (errors > 0)
    if not known.any():
        return math.nan
    observed = float(np.max(np.abs(middle[known]) / errors[known]))
    largest = np.nanmax(np.where(np.isfinite(away[known]), away[known], -np.inf), axis=0)
    return float((1 + (largest >= observed).sum()) / (1 + largest.size))


def _placebos(the: _Panel, ask: _Ask, number: int, stream: np.random.Generator) -> Floats:
    """Effects, where errors are symmetric, when dates of treatment are dealt out at random."""
    ones = np.ones((1, len(the.units)))
    values = np.full(number, np.nan)
    for i in range(number):
        dealt = _Panel(
            the.units, the.months, the.count, the.exposure, stream.permutation(the.treated), {}
        )
        cells = _cells(dealt, ones, ask, early=False)
        chosen = cells.since >= 0
        if chosen.any():
            values[i] = _on_line(_gathered(cells, chosen, ask.scale), ask.scale)[0]
    return np.asarray(values[np.isfinite(values)])


def _overall(
    the: _Panel,
    point: _Cells,
    drawn: _Cells,
    ask: _Ask,
    placebos: Floats,
    by_month: pd.DataFrame,
    pretrend_p: float,
) -> Estimate:
    chosen = point.since >= 0
    value = _gathered(point, chosen, ask.scale)
    middle = float(_on_line(value, ask.scale)[0])
    error = float(
        np.fmax(
            _spread(_on_line(_gathered(drawn, chosen, ask.scale), ask.scale)),
            _least_error(the, point, chosen, ask),
        )
    )
    degrees = _degrees(the)
    reach = error * float(stats.t.ppf((1 + ask.level) / 2, degrees)) if degrees > 0 else math.nan
    low, high = (float(end) for end in _back(np.array([middle - reach, middle + reach]), ask.scale))
    settings: dict[str, float | int | str] = {
        "window": ask.window,
        "base": ask.base,
        "compare": ask.compare,
        "scale": ask.scale,
        "treated": degrees + 1,
        "never_treated": int((the.treated == _NEVER).sum()),
        "pretrend_p": pretrend_p,
    }
    if ask.scale == "ratio":
        settings["recorded"] = float(point.observed[0, chosen].sum())
    return Estimate(
        design="differences",
        estimand=_estimand(ask),
        unit=_UNITS[ask.scale],
        value=float(value[0]),
        low=low,
        high=high,
        level=ask.level,
        p_placebo=(
            float(np.mean(np.abs(placebos) >= abs(middle) - 1e-12))
            if placebos.size and math.isfinite(middle)
            else math.nan
        ),
        placebos=int(placebos.size),
        assumptions=_ASSUMPTIONS,
        cautions=_cautions(the, point, ask, float(value[0]), reach, pretrend_p),
        settings=settings,
        path=_path(by_month),
    )


def _estimand(ask: _Ask) -> Text:
    if ask.scale == "ratio":
        return {
            "en": f"Deaths in the {ask.window} months after treatment over those expected from the "
            "change in comparison places",
            "es": f"Muertes en los {ask.window} meses tras el tratamiento sobre las esperadas "
            "según el cambio en los lugares de comparación",
        }
    return {
        "en": f"Change in the rate of deaths in the {ask.window} months after treatment beyond "
        "that in comparison places",
        "es": f"Cambio de la tasa de muertes en los {ask.window} meses tras el tratamiento más "
        "allá del de los lugares de comparación",
    }


def _cautions(
    the: _Panel, point: _Cells, ask: _Ask, value: float, reach: float, pretrend_p: float
) -> Mapping[str, tuple[str, ...]]:
    english, spanish = list(the.cautions["en"]), list(the.cautions["es"])
    treated = _degrees(the) + 1
    if treated == 1:
        english.append(
            "With a single treated place no interval can be given: chance in that place cannot be "
            "told from the effect. A synthetic control is the design for it."
        )
        spanish.append(
            "Con un solo lugar tratado no puede darse un intervalo: el azar de ese lugar no se "
            "distingue del efecto. El control sintético es el diseño para ello."
        )
    elif not math.isfinite(reach):
        english.append("No death was recorded after treatment, or too few to resample.")
        spanish.append("No se registró ninguna muerte tras el tratamiento, o muy pocas.")
    elif treated < _FEW:
        english.append(f"Only {treated} places are treated; an interval from so few is fragile.")
        spanish.append(f"Solo {treated} lugares son tratados; un intervalo así es frágil.")
    if not math.isfinite(value):
        english.append("The treated places had no deaths in the base, so no ratio exists.")
        spanish.append("Los lugares tratados no tuvieron muertes en la base; no existe la razón.")
    if pretrend_p < 1 - ask.level:
        english.append(
            f"Treated and comparison places moved apart before treatment (chance {pretrend_p:.3f})."
        )
        spanish.append(
            f"Los lugares tratados y los de comparación divergían antes (azar {pretrend_p:.3f})."
        )
    if not math.isfinite(pretrend_p):
        english.append("No trend before treatment could be tested.")
        spanish.append("No pudo probarse ninguna tendencia previa al tratamiento.")
    _say_incomplete(the, point, ask, english, spanish)
    return MappingProxyType({"en": tuple(english), "es": tuple(spanish)})


def _say_incomplete(
    the: _Panel, point: _Cells, ask: _Ask, english: list[str], spanish: list[str]
) -> None:
    """Say which months of the window have no contrast."""
    cohorts = np.unique(the.treated[the.treated != _NEVER])
    missing = len(cohorts) * ask.window - int((point.since >= 0).sum())
    if missing:
        english.append(
            f"{missing} of {len(cohorts) * ask.window} cohort months have no contrast: the panel "
            "ends before, or no comparison place with a death is left."
        )
        spanish.append(
            f"{missing} de {len(cohorts) * ask.window} meses de cohorte no tienen contraste: el "
            "panel termina antes, o no queda lugar de comparación con muertes."
        )
    fewest = int(point.comparisons[point.since >= 0].min())
    if fewest < _FEW:
        english.append(f"In some months the comparison places left are as few as {fewest}.")
        spanish.append(f"En algunos meses los lugares de comparación son apenas {fewest}.")


def _path(by_month: pd.DataFrame) -> pd.DataFrame:
    """By months since treatment, deaths and expected deaths, the band as that of the expected."""
    observed = by_month["observed"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = observed / by_month["high"].to_numpy(dtype=float)
        high = observed / by_month["low"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "month": by_month["k"],
            "observed": observed,
            "fitted": np.nan,
            "counterfactual": by_month["expected"],
            "low": low,
            "high": high,
        }
    )
