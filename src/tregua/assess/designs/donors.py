"""A panel of places: the one that something happened to, and those that could stand in for it.

The panel is a file that the user supplies; none is shipped. Four layouts are read. Three are those
in which homicide rates by country are published: Our World in Data (Entity, Code, Year and one
column of values), the table of the UN Office on Drugs and Crime (Iso3_code, Country, Indicator,
Year, VALUE and the rest), and iso3, country, year, rate_per_100k. The fourth is one's own: unit,
time, value, where time is a year or a month, and a column `exposure` (people, or people times
days) says that the values are counts.

A gap stays a gap. Nothing is filled in: a donor with a gap in the periods that a design uses is
left out by the design, and named.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs.series import DesignError, listed
from tregua.assess.verdict import Text

__all__ = ["Panel", "donor_panel", "panel_of_table"]

Floats = NDArray[np.float64]
Frequency = Literal["Y", "M"]
Cautions = Mapping[str, tuple[str, ...]]

_NONE: Cautions = MappingProxyType({"en": (), "es": ()})
_SHOWN = 5
_MOST_YEARS = 500
_RATE: Text = MappingProxyType({"en": "per 100,000 a year", "es": "por 100.000 al año"})
_OWN: Text = MappingProxyType({"en": "as in the file", "es": "como en el archivo"})
_COUNTED: Text = MappingProxyType(
    {"en": "counts per unit of exposure", "es": "recuentos por unidad de exposición"}
)
_LAYOUTS = (
    "unit, time, value (and exposure); Entity, Code, Year and a column of values (Our World in "
    "Data); Iso3_code, Country, Indicator, Year, VALUE (UNODC); iso3, country, year, rate_per_100k"
)
_UNODC_TOTALS = {
    "indicator": "victims of intentional homicide",
    "dimension": "total",
    "category": "total",
    "sex": "total",
    "age": "total",
    "unit of measurement": "rate per 100,000 population",
}


@dataclass(frozen=True, eq=False)
class Panel:
    """Values of several places over the same years or months.

    Attributes
    ----------
    value
        (periods, units) what is compared: rates as in the file, or counts over exposure. NaN where
        the file has none.
    counts, exposure
        (periods, units) counts and what they are divided by, if the file has an exposure.
    times
        (periods,) every year or month from the first to the last.
    units
        Short names of the places, in order of the alphabet.
    names
        Long name of each unit; its short name where the file has no other.
    measure
        Unit of the values, in both languages.
    cautions
        What was left out of the file, by language.
    """

    value: Floats
    counts: Floats | None
    exposure: Floats | None
    times: pd.PeriodIndex
    units: tuple[str, ...]
    names: Mapping[str, str]
    measure: Text = field(default_factory=lambda: _OWN)
    cautions: Cautions = field(default_factory=lambda: _NONE)

    @property
    def monthly(self) -> bool:
        """Whether the periods are months; else they are years."""
        return str(self.times.freqstr).startswith("M")

    def find(self, given: str) -> str:
        """Short name of a unit that was given by its short or its long name.

        Raises
        ------
        DesignError
            If there is no such unit; the nearest is named.
        """
        known = {unit.lower(): unit for unit in self.units}
        known |= {name.lower(): unit for unit, name in self.names.items()}
        wanted = str(given).strip().lower()
        if wanted in known:
            return known[wanted]
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.5)
        shown = self.title(known[near[0]]) if near else ", ".join(self.units[:_SHOWN])
        raise DesignError(
            f"The panel has no unit '{given}'"
            + (f"; did you mean {shown}?" if near else f"; it has {shown} and others."),
            f"El panel no tiene la unidad '{given}'"
            + (f"; ¿quiso decir {shown}?" if near else f"; tiene {shown} y otras."),
        )

    def title(self, unit: str) -> str:
        """Long name of a unit with its short one, if they differ."""
        name = self.names[unit]
        return name if name == unit else f"{name} ({unit})"

    def period(self, given: int | str) -> int:
        """Place of a year or month among the periods; it may lie outside them.

        Raises
        ------
        DesignError
            If this is no year or month.
        """
        form = "2012-03" if self.monthly else "2012"
        text = str(given).strip()
        if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text) or (self.monthly and len(text) == 4):
            raise DesignError(
                f"'{given}' is no {'month' if self.monthly else 'year'}; write {form}.",
                f"'{given}' no es un {'mes' if self.monthly else 'año'}; escriba {form}.",
            )
        try:
            period = pd.Period(text[:7] if self.monthly else text[:4], freq=self.times.freqstr)
        except ValueError as error:
            raise DesignError(
                f"'{given}' is no date; write {form}.", f"'{given}' no es fecha; escriba {form}."
            ) from error
        return int(period.ordinal - self.times[0].ordinal)

    def span(self, joined: str = "to") -> str:
        """First and last period of the panel."""
        return f"{self.times[0]} {joined} {self.times[-1]}"


def donor_panel(path: str | Path, *, value: str | None = None) -> Panel:
    """Read a panel of places from a CSV file in one of four layouts.

    Parameters
    ----------
    path
        A CSV file with a header: `unit, time, value` and, for counts, `exposure`; `Entity, Code,
        Year` and a column of values; `Iso3_code, Country, Indicator, Year, VALUE`; or `iso3,
        country, year, rate_per_100k`. Capitals do not matter.
    value
        Which column holds the values, where the file has several.

    Returns
    -------
    Panel
        With a caution for what was left out: rows without a country code are sums over regions.

    Raises
    ------
    DesignError
        If the layout is unknown, a unit is given twice for a period, or a value is no number or
        negative.
    OSError
        If the file cannot be read.
    """
    file = Path(path)
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DesignError(
            f"{file.name} is no CSV table: {error}", f"{file.name} no es una tabla CSV: {error}"
        ) from error
    return panel_of_table(table, value=value)


def panel_of_table(table: pd.DataFrame, *, value: str | None = None) -> Panel:
    """A panel from a table in one of the layouts of `donor_panel`.

    Parameters
    ----------
    table
        One row a unit and period.
    value
        Which column holds the values, where there are several.

    Raises
    ------
    DesignError
        As `donor_panel`.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": [*"AABB"], "time": [2001, 2002] * 2, "value": range(1, 5)})
    >>> panel = panel_of_table(table)
    >>> panel.units, panel.value.tolist()
    (('A', 'B'), [[1.0, 3.0], [2.0, 4.0]])
    """
    table = table.rename(columns={name: str(name).strip().lower() for name in table.columns})
    frame, measure, without_code = _in_one_layout(table, value)
    if frame.empty:
        raise DesignError("The panel has no rows.", "El panel no tiene filas.")
    numbers = _numbers(frame, "value")
    exposure = _numbers(frame, "exposure") if "exposure" in frame else None
    _refuse_wrong(frame, numbers, exposure)
    frame = frame.assign(
        unit=frame["unit"].astype(str),
        period=_periods(frame["time"]),
        number=numbers,
        exposed=np.nan if exposure is None else exposure,
    )
    _refuse_duplicates(frame)
    return _laid_out(frame, measure, exposure is not None, without_code)


def _in_one_layout(table: pd.DataFrame, value: str | None) -> tuple[pd.DataFrame, Text, int]:
    """Columns unit, name, time, value (exposure); the measure; rows that are sums over regions."""
    columns = set(table.columns)
    if {"unit", "time"} <= columns:
        chosen = _value_column(table, value, {"unit", "time", "exposure", "name"})
        frame = table.assign(value=table[chosen], name=table.get("name", table["unit"]))
        return frame, _COUNTED if "exposure" in columns else _OWN, 0
    if {"iso3_code", "country", "indicator", "year", "value"} <= columns:
        kept = table[_totals(table)]
        frame = kept.rename(columns={"iso3_code": "unit", "country": "name", "year": "time"})
        return frame, _RATE, 0
    if {"entity", "code", "year"} <= columns:
        chosen = _value_column(table, value, {"entity", "code", "year"})
        code = table["code"].fillna("").astype(str).str.strip()
        coded = (code != "") & ~code.str.startswith("OWID_WRL")
        frame = table.assign(value=table[chosen])[coded]
        frame = frame.rename(columns={"code": "unit", "entity": "name", "year": "time"})
        return frame, _RATE if "100" in chosen or "rate" in chosen else _OWN, int((~coded).sum())
    if {"iso3", "country", "year"} <= columns:
        chosen = (value or "rate_per_100k").strip().lower()
        if chosen in columns:
            frame = table.assign(value=table[chosen])
            return (
                frame.rename(columns={"iso3": "unit", "country": "name", "year": "time"}),
                (_RATE),
                0,
            )
    raise DesignError(
        f"The columns {', '.join(sorted(columns))} are no known layout. Known: {_LAYOUTS}.",
        f"Las columnas {', '.join(sorted(columns))} no son un formato conocido. "
        f"Conocidos: {_LAYOUTS}.",
    )


def _totals(table: pd.DataFrame) -> pd.Series:
    """Rows of the UNODC table that are rates of all victims, not of a sex, an age or a weapon."""
    kept = pd.Series(True, index=table.index)
    for column, wanted in _UNODC_TOTALS.items():
        if column in table:
            kept &= table[column].astype(str).str.strip().str.lower() == wanted
    return kept


def _value_column(table: pd.DataFrame, given: str | None, known: set[str]) -> str:
    others = [str(name) for name in table.columns if name not in known]
    if given is not None:
        wanted = given.strip().lower()
        if wanted in others:
            return wanted
        raise DesignError(
            f"There is no column '{given}'; the others are {', '.join(others)}.",
            f"No hay columna '{given}'; las demás son {', '.join(others)}.",
        )
    if "value" in others:
        return "value"
    if len(others) == 1:
        return others[0]
    raise DesignError(
        f"Which column holds the values? There are {', '.join(others) or 'none'}; name one.",
        f"¿Qué columna tiene los valores? Hay {', '.join(others) or 'ninguna'}; nombre una.",
    )


def _given(frame: pd.DataFrame, column: str) -> pd.Series:
    """The texts of a column, None for a gap."""
    text = frame[column].astype(str).str.strip()
    empty = frame[column].isna() | text.str.lower().isin(("", "nan", "na", ".."))
    return text.where(~empty)


def _numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """The column as numbers, NaN for a gap and for text that is no number."""
    return pd.to_numeric(_given(frame, column), errors="coerce").astype(float)


def _refuse_wrong(frame: pd.DataFrame, numbers: pd.Series, exposure: pd.Series | None) -> None:
    """Refuse a panel with all that is wrong in it, not only with the first."""
    own = frame["unit"].astype(str) + " " + frame["time"].astype(str).str.strip()
    no_number = (
        "The panel has no number in column {}: {{}}.",
        "El panel no tiene número en {}: {{}}.",
    )

    def not_a_number(column: str) -> tuple[str, str]:
        return no_number[0].format(column), no_number[1].format(column)

    wrong: list[tuple[pd.Series, str, str]] = [
        (numbers.isna() & _given(frame, "value").notna(), *not_a_number("value")),
        (
            (numbers < 0) | np.isinf(numbers),
            "The panel has a negative value: {}.",
            "El panel tiene un valor negativo: {}.",
        ),
        (
            own.duplicated(),
            "Units are given twice for the same period: {}. Keep one row for each.",
            "Hay unidades dadas dos veces en el mismo periodo: {}. Deje una fila por cada una.",
        ),
    ]
    if exposure is not None:
        text = exposure.isna() & _given(frame, "exposure").notna()
        wrong += [
            (text, *not_a_number("exposure")),
            (
                ~(exposure > 0) & ~text & numbers.notna(),
                "The panel has an exposure that is not above 0: {}.",
                "El panel tiene una exposición que no es mayor que 0: {}.",
            ),
        ]
    found = [(_some(own[rows].tolist()), en, es) for rows, en, es in wrong if rows.any()]
    if found:
        raise DesignError(
            listed([en.format(names) for names, en, _ in found]),
            listed([es.format(names) for names, _, es in found]),
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{more})" if more > 0 else "")


def _periods(times: pd.Series) -> pd.PeriodIndex:
    """Years or months, by how the first is written; all must be written alike."""
    text = times.astype(str).str.strip().str.removesuffix(".0")
    for pattern, frequency in ((r"\d{4}", "Y"), (r"\d{4}-(0[1-9]|1[0-2])(-01)?", "M")):
        if text.str.fullmatch(pattern).all():
            return pd.PeriodIndex(text.str[:7], freq=frequency)
    wrong = _some(list(text[~text.str.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-01)?)?")].unique()))
    raise DesignError(
        "Times must all be years (2012) or all be months (2012-03)"
        + (f"; given: {wrong}." if wrong else "."),
        "Los tiempos deben ser todos años (2012) o todos meses (2012-03)"
        + (f"; se dio: {wrong}." if wrong else "."),
    )


def _refuse_duplicates(frame: pd.DataFrame) -> None:
    twice = frame[frame.duplicated(["unit", "period"])]
    if twice.empty:
        return
    listed = _some([f"{u} {p}" for u, p in zip(twice["unit"], twice["period"], strict=True)])
    raise DesignError(
        f"Units are given twice for the same period: {listed}. Keep one row for each.",
        f"Hay unidades dadas dos veces en el mismo periodo: {listed}. Deje una fila por cada una.",
    )


def _laid_out(frame: pd.DataFrame, measure: Text, counted: bool, without_code: int) -> Panel:
    times = pd.period_range(frame["period"].min(), frame["period"].max())
    if len(times) > _MOST_YEARS * 12:
        raise DesignError("The times span too long.", "Los tiempos abarcan demasiado.")
    units = tuple(sorted(frame["unit"].astype(str).unique()))
    names = dict(zip(frame["unit"].astype(str), frame["name"].astype(str), strict=True))

    def wide(column: str) -> Floats:
        table = frame.set_index(["period", "unit"])[column].unstack("unit")  # noqa: PD010
        return table.reindex(index=times, columns=list(units)).to_numpy(dtype=np.float64)

    numbers = wide("number")
    exposure = wide("exposed") if counted else None
    return Panel(
        value=numbers if exposure is None else numbers / exposure,
        counts=numbers if counted else None,
        exposure=exposure,
        times=times,
        units=units,
        names=MappingProxyType(names),
        measure=measure,
        cautions=_regions(without_code),
    )


def _regions(rows: int) -> Cautions:
    if not rows:
        return _NONE
    return MappingProxyType(
        {
            "en": (f"{rows} rows without a country code (sums over regions) were left out.",),
            "es": (f"Se dejaron fuera {rows} filas sin código de país (sumas por regiones).",),
        }
    )
