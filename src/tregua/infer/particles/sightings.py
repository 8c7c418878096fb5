r"""Sightings: the figures of a record that the likelihood is made of, and the numbers it adds.

A likelihood needs more than the game. It needs to know which printed figure speaks of which
quantity, over which months, and how far it may lie from it. `sightings` reads that off a record:

* **homicides**: the tiles of `infer.tiles`, which never overlap, with their own error;
* **disappearances**: complaints, and the list of the unresolved, as tiles likewise;
* **prisoners**, **gang_prisoners**, **members**: stocks of a day;
* **polls**: crime as the main problem, and approval of the president;
* **events**: the first exposure of each secret pact, and the first sanction over it.

Four rules keep one fact from counting twice. Figures of one series and one day become one: the
median of their logarithms, with the error of a single figure, for two who print one register know
no more than it holds. A number that is only repeated later (70,000 members, from 2015 to 2020) is
one figure. Where a series has k figures of a calendar year, whose errors are not independent, each
variance is k times as large. What several families of agencies print enters through the tile.
A bound ("more than 300") is left out.

**Extra parameters.** A model misses. Its own error, the stickiness of what gangs do, and the
uncertain numbers of measurement are parameters of the likelihood that no world depends on
(`extra_priors`). `Theta` carries them beside the game's.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from tregua.infer.counts.agencies import agencies_of
from tregua.infer.counts.partition import tiles
from tregua.model import Draws, History, Stance
from tregua.model.actor import may_leak
from tregua.model.measurement import Measure
from tregua.model.noise import Noise, Purpose, uniform_pair
from tregua.record import Record, RecordError

__all__ = [
    "KINDS",
    "OBSERVATION",
    "PHYSICAL_KINDS",
    "ExtraParameter",
    "Sightings",
    "Theta",
    "extra_draws",
    "extra_priors",
    "sightings",
]

Floats = NDArray[np.float64]

PHYSICAL_KINDS: tuple[str, ...] = ("homicides", "prisoners", "gang_prisoners", "members")
"""Kinds of figures that speak of the dead, the prisons and the gangs."""

OBSERVATION: tuple[str, ...] = ("disappearances", "polls", "events")
"""Kinds of figures that speak of what is hidden, thought and known."""

KINDS: tuple[str, ...] = PHYSICAL_KINDS + OBSERVATION
"""All kinds of figures that the likelihood can hold."""

_Z95 = 1.6448536269514722


# -- Numbers of the likelihood --------------------------------------------------------------------


@dataclass(frozen=True)
class ExtraParameter:
    """A number that the likelihood needs and no world depends on; declared like `Parameter`.

    Attributes
    ----------
    name, symbol
        Names in code and in equations.
    default
        Value used when nothing is drawn.
    low, high
        5 and 95 % quantiles of the prior: log-normal for positive numbers, logit-normal for shares.
    unit, support, meaning, source
        As those of `model.Parameter`.
    """

    name: str
    symbol: str
    default: float
    low: float
    high: float
    unit: str
    support: Literal["positive", "share"]
    meaning: str
    source: str

    def to_normal(self, value: ArrayLike) -> Floats:
        """Values on the scale on which the prior is normal: logarithm or log-odds."""
        array = np.asarray(value, dtype=np.float64)
        return np.asarray(np.log(array) if self.support == "positive" else logit(array))

    def from_normal(self, value: ArrayLike) -> Floats:
        """The inverse of `to_normal`."""
        array = np.asarray(value, dtype=np.float64)
        return np.asarray(np.exp(array) if self.support == "positive" else expit(array))

    @property
    def scale(self) -> tuple[float, float]:
        """Mean and standard deviation on the scale on which the prior is normal."""
        low, high = float(self.to_normal(self.low)), float(self.to_normal(self.high))
        return (low + high) / 2.0, (high - low) / (2.0 * _Z95)


def _of_measure(
    measure: Measure, support: Literal["positive", "share"], high: float | None = None
) -> ExtraParameter:
    return ExtraParameter(
        measure.name,
        measure.symbol,
        measure.default,
        measure.low,
        measure.high if high is None else high,
        measure.unit,
        support,
        measure.meaning,
        measure.source,
    )


_JUDGED = "the authors' judgement; no measurement was found"

_EXTRA: tuple[ExtraParameter, ...] = (
    ExtraParameter(
        *("error_spread", "sigma_d", 0.11, 0.05, 0.25, "log sd", "positive"),
        "the model's own error: standard deviation of the logarithm of recorded over modelled",
        "the fitted defaults miss annual killings by 0.11 (root mean square of logs)",
    ),
    ExtraParameter(
        *("error_persistence", "varrho", 0.85, 0.5, 0.97, "per month", "share"),
        "share of that error which is left after a month",
        _JUDGED,
    ),
    ExtraParameter(
        *("stickiness", "s", 0.6, 0.15, 0.93, "per month", "share"),
        "probability that a gang keeps last month's action without asking again, within an era",
        _JUDGED,
    ),
    ExtraParameter(
        *("misprint", "pi", 0.01, 0.002, 0.05, "share", "share"),
        "probability that a figure of homicides is wrong: then its logarithm has a further "
        "standard deviation of 1",
        "one prosecution count of December 2024 stands at 1 beside months of 6 to 18",
    ),
    _of_measure(Measure.agency_error, "positive"),
    _of_measure(Measure.agency_error_late, "positive"),
    _of_measure(Measure.found_alive, "positive"),
    _of_measure(Measure.hidden_reported, "share"),
    _of_measure(Measure.still_open, "share", high=0.98),
    ExtraParameter(
        *("complaint_error", "sigma_c", 0.2, 0.1, 0.4, "log sd", "positive"),
        "the model's own error on complaints of disappearance, anew in each figure",
        "complaints fell by a quarter in 2019 and by half in a lockdown, which the model ignores",
    ),
    ExtraParameter(
        *("opinion_error", "sigma_o", 0.6, 0.3, 1.2, "log-odds sd", "positive"),
        "the model's own error on a share of opinion, anew in each poll",
        _JUDGED,
    ),
)


def extra_priors() -> tuple[ExtraParameter, ...]:
    """The numbers that the likelihood adds to those of the game, in the order of `Theta.extra`."""
    return _EXTRA


def extra_draws(n: int, *, seed: int, worlds: ArrayLike | None = None) -> pd.DataFrame:
    """Draws of the extra parameters from their priors, keyed by (seed, world, name).

    Parameters
    ----------
    n
        Number of rows.
    seed
        Seed, 0 to 2**63 - 1.
    worlds
        int[n], numbers of the worlds; 0 to n - 1 unless given.
    """
    numbers = np.arange(n) if worlds is None else np.asarray(worlds)
    columns = {}
    for extra in _EXTRA:
        key = zlib.crc32(f"extra {extra.name}".encode())
        u = [
            uniform_pair(
                Noise(0, seed & 0xFFFFFFFF, seed >> 32, int(w) & 0xFFFFFFFF, int(w) >> 32, key),
                Purpose.PRIOR,
                0,
                0,
            )[0]
            for w in numbers
        ]
        centre, spread = extra.scale
        columns[extra.name] = extra.from_normal(centre + spread * ndtri(np.array(u)))
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Theta:
    """Draws of all that the likelihood depends on: the game's parameters and the extra ones.

    Attributes
    ----------
    draws
        The game's parameters, one row a draw.
    extra
        One column for each of `extra_priors`, one row a draw.
    """

    draws: Draws
    extra: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse tables that do not belong together."""
        missing = [e.name for e in _EXTRA if e.name not in self.extra]
        if missing:
            raise ValueError(f"The extra parameters lack {', '.join(missing)}.")
        if len(self.extra) != len(self.draws):
            raise ValueError(
                f"{len(self.draws)} draws need as many rows of extra parameters, "
                f"not {len(self.extra)}."
            )
        ordered = self.extra[[e.name for e in _EXTRA]].reset_index(drop=True).astype(np.float64)
        for e in _EXTRA:
            column = ordered[e.name].to_numpy()
            most = np.inf if e.support == "positive" else 1.0
            if not (np.isfinite(column).all() and (column >= 0).all() and (column <= most).all()):
                raise ValueError(
                    f"{e.name} must be {'at least 0' if np.isinf(most) else 'within [0, 1]'}."
                )
        object.__setattr__(self, "extra", ordered)

    @classmethod
    def of(cls, draws: Draws, **pinned: ArrayLike) -> Theta:
        """Draws with the extra parameters at their defaults, or pinned.

        Raises ValueError for a name that is none of them.
        """
        known = {e.name: e.default for e in _EXTRA}
        strange = [name for name in pinned if name not in known]
        if strange:
            raise ValueError(
                f"No extra parameter named {', '.join(strange)}. Known: {', '.join(known)}."
            )
        columns = {
            name: np.broadcast_to(
                np.asarray(pinned.get(name, value), dtype=np.float64), len(draws)
            ).copy()
            for name, value in known.items()
        }
        return cls(draws, pd.DataFrame(columns))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.draws)

    def select(self, rows: ArrayLike) -> Theta:
        """Keep some rows: a mask, or row numbers (repeats allowed)."""
        return Theta(self.draws.select(rows), self.extra.iloc[_places(rows)])

    def replace(self, rows: ArrayLike, other: Theta) -> Theta:
        """The same with some rows (a mask of booleans) taken from `other`, weights included."""
        mask = np.asarray(rows, dtype=bool)
        values = np.where(mask[:, None], other.draws.values, self.draws.values)
        weights = np.where(mask, other.draws.weights, self.draws.weights)
        worlds = np.where(mask, other.draws.worlds, self.draws.worlds)
        extra = np.where(mask[:, None], other.extra.to_numpy(), self.extra.to_numpy())
        draws = replace(self.draws, values=values, weights=weights, worlds=worlds)
        return Theta(draws, pd.DataFrame(extra, columns=self.extra.columns))

    def column(self, name: str) -> Floats:
        """Values of one parameter of either sort, float64[n]."""
        if name in self.extra:
            return np.asarray(self.extra[name].to_numpy(), dtype=np.float64)
        return self.draws.column(name)

    def with_(self, **pinned: ArrayLike) -> Theta:
        """The same with some parameters of either sort pinned."""
        own = {name: value for name, value in pinned.items() if name not in self.extra}
        extra = self.extra.copy()
        for name, value in pinned.items():
            if name in extra:
                extra[name] = np.broadcast_to(np.asarray(value, dtype=np.float64), len(extra))
        return Theta(self.draws.with_(**own) if own else self.draws, extra)


def _places(rows: ArrayLike) -> NDArray[np.int64]:
    chosen = np.asarray(rows)
    return np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)


# -- Figures --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sightings:
    """What a record says, month by month, of what the model holds.

    Attributes
    ----------
    figures : DataFrame
        One row a figure. `kind` (one of `KINDS`), `what` (the quantity: recorded, complaints,
        unresolved, prisoners, gang_prisoners, members, members_and_collaborators, street, fear,
        approval, leak, sanction), `months` (tuple of month starts that a count covers; the month at
        whose end a stock or poll is compared, or in which an event falls), `value` (persons, per
        cent, or 1), `error` (log standard deviation beside that of the year; persons asked, for
        polls), `agencies`, `sources` (tuples of str).
    first, end : Timestamp
        Months of the likelihood, [first, end).
    kinds : tuple of str
        Kinds that are switched on.
    """

    figures: pd.DataFrame
    first: pd.Timestamp
    end: pd.Timestamp
    kinds: tuple[str, ...]

    def of(self, kind: str) -> pd.DataFrame:
        """Figures of one kind, if it is switched on."""
        chosen = self.figures["kind"] == kind
        return self.figures[chosen if kind in self.kinds else chosen & False]

    def only(self, kinds: Iterable[str]) -> Sightings:
        """The same figures with only these kinds switched on; a strange one is a ValueError."""
        wanted = tuple(kinds)
        strange = [kind for kind in wanted if kind not in KINDS]
        if strange:
            raise ValueError(
                f"No kind of figure named {', '.join(strange)}. Known: {', '.join(KINDS)}."
            )
        return replace(self, kinds=tuple(kind for kind in KINDS if kind in wanted))


_MEASURED = {
    "prisoners": Measure.prison_error,
    "gang_prisoners": Measure.gang_prisoner_error,
    "members": Measure.member_error,
}
_STOCKS = {
    "prison_population": ("prisoners", "prisoners"),
    "gang_members.jailed": ("gang_prisoners", "gang_prisoners"),
    "gang_members.street": ("members", "street"),
    "gang_members": ("members", "members"),
}
_COUNTS = {
    "disappearance_complaints": "complaints",
    "disappearances": "unresolved",
}
# Questions whose answer is the share itself; a share that disapproves is another question.
_FEAR = ("security", "insecurity", "crime")
_APPROVES = ("approves_president", "rates_president")
# A sanction is over a pact if its description speaks of one; others name gangs for their crimes.
_ABOUT_PACTS = ("talk", "negotiat", "pact", "truce", "deal")
_MIDDLE_OF_MONTH = 15


def _first_of_month(date: pd.Timestamp) -> pd.Timestamp:
    return pd.Timestamp(year=date.year, month=date.month, day=1)


def _month_of_day(date: pd.Timestamp) -> pd.Timestamp:
    """The month at whose end a stock is nearest to a day."""
    month = _first_of_month(date)
    return month if date.day > _MIDDLE_OF_MONTH else month - pd.DateOffset(months=1)


_Row = dict[str, object]


def rows_in(frame: pd.DataFrame) -> Iterable[Any]:
    """Rows of a table, with its columns as attributes of whatever type they hold."""
    return frame.itertuples()


def _middle(values: Floats) -> float:
    """The median of logarithms; of one number, that number."""
    return float(values[0] if len(values) == 1 else np.exp(np.median(np.log(values))))


def _deaths(record: Record) -> list[_Row]:
    known = agencies_of(record.case)
    rows = []
    for tile in rows_in(tiles(record).frame):
        # The error between agencies is the year's, and drawn once a year: a tile keeps the rest.
        shared = known.spread_at(tile.start) ** 2 / tile.agencies
        error = np.sqrt(max(0.0, tile.relative_sd**2 - shared))
        rows.append(
            _row("homicides", "recorded", tile.months, tile.value, error, tile.families, tile)
        )
    return rows


def _missing(record: Record) -> list[_Row]:
    rows = []
    for series, what in _COUNTS.items():
        try:
            frame = tiles(record, series).frame
            frame = frame[~frame["at_least"]]
        except (RecordError, ValueError):
            continue
        for tile in rows_in(frame):
            error = Measure.unresolved_error.default if what == "unresolved" else 0.0
            rows.append(
                _row("disappearances", what, tile.months, tile.value, error, tile.families, tile)
            )
    return rows


def _row(
    kind: str,
    what: str,
    months: Sequence[pd.Timestamp],
    value: float,
    error: float,
    agencies: Iterable[str],
    given: object,
) -> _Row:
    return {
        "kind": kind,
        "what": what,
        "months": tuple(months),
        "value": float(value),
        "error": float(error),
        "agencies": tuple(agencies),
        "sources": tuple(getattr(given, "sources", ())),
    }


def _stocks(record: Record, late: pd.Timestamp | None) -> list[_Row]:
    rows: list[_Row] = []
    for series, (kind, what) in _STOCKS.items():
        try:
            given = record.select(series)
        except RecordError:
            continue
        given = given[given["value"] > 0].drop_duplicates("value")  # a repeated number is one
        days = given.groupby("start", sort=True)
        in_year = given["start"].drop_duplicates().dt.year.value_counts()
        for start, group in days:
            date = pd.Timestamp(str(start))
            error = _MEASURED[kind].default
            if kind == "prisoners" and late is not None and date >= late:
                error = Measure.prison_error_late.default
            quantity = what
            if what == "members" and group["note"].astype(str).str.contains("collaborators").any():
                quantity = "members_and_collaborators"
            rows.append(
                {
                    "kind": kind,
                    "what": quantity,
                    "months": (_month_of_day(date),),
                    "value": _middle(group["value"].to_numpy(dtype=np.float64)),
                    "error": error * float(np.sqrt(in_year[date.year])),
                    "agencies": tuple(group["agency"]),
                    "sources": tuple(group["source"]),
                }
            )
    return rows


def _asked(note: object) -> float:
    """Persons asked, as a poll's note says (n = 1200); else the usual number."""
    words = str(note).replace(";", " ").split("n = ")
    digits = words[1].split()[0] if len(words) > 1 else ""
    return float(digits) if digits.isdigit() else Measure.poll_size.default


def _polls(record: Record) -> list[_Row]:
    rows: list[_Row] = []
    series = record.observations["series"].astype(str)
    for name in sorted(series[series.str.startswith("opinion.")].unique()):
        _, topic, question = name.split(".", 2)
        if topic == "main_problem" and any(word in question for word in _FEAR):
            what = "fear"
        elif topic == "approval" and question.startswith(_APPROVES):
            what = "approval"
        else:
            continue
        rows += [
            {
                "kind": "polls",
                "what": what,
                "months": (_month_of_day(pd.Timestamp(poll.start)),),
                "value": float(poll.value),
                "error": _asked(poll.note),
                "agencies": (poll.agency,),
                "sources": (poll.source,),
            }
            for poll in rows_in(record.select(name))
        ]
    return rows


def _pacts(history: History, end: pd.Timestamp) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Spans in which the script has a pact that may leak."""
    eras = history.script.eras
    ends = [era.start for era in eras[1:]] + [end]
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for era, until in zip(eras, ends, strict=True):
        if not may_leak(int(Stance(era.stance))):
            continue
        if spans and spans[-1][1] == era.start:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((era.start, until))
    return spans


def _events(record: Record, history: History, end: pd.Timestamp) -> list[_Row]:
    events = record.events
    rows: list[_Row] = []
    about = events["description"].astype(str).str.lower()
    for start, until in _pacts(history, end):
        inside = (events["date"] >= start) & (events["date"] < until)
        exposed = events[inside & (events["type"] == "exposure_by_press")].sort_values("date")
        if exposed.empty:
            continue
        rows.append(_event("leak", exposed.iloc[0]))
        speaks = about.map(lambda text: any(word in text for word in _ABOUT_PACTS))
        after = inside & (events["date"] > exposed.iloc[0]["date"]) & speaks
        sanctions = events[after & (events["type"] == "sanction")].sort_values("date")
        if not sanctions.empty:
            rows.append(_event("sanction", sanctions.iloc[0]))
    return rows


def _event(what: str, event: pd.Series) -> _Row:
    return {
        "kind": "events",
        "what": what,
        "months": (_first_of_month(pd.Timestamp(event["date"])),),
        "value": 1.0,
        "error": 0.0,
        "agencies": (str(event["actors"]),),
        "sources": (str(event["source"]),),
    }


def sightings(
    record: Record,
    *,
    history: History | None = None,
    kinds: Iterable[str] = KINDS,
    end: str | pd.Timestamp | None = None,
) -> Sightings:
    """Read the figures of the likelihood off a record.

    Parameters
    ----------
    record
        A case with a script and homicides.
    history
        The reading of history that drives the worlds; None is the case's own.
    kinds
        Kinds of figures to use, of `KINDS`.
    end
        First month that is not used; None is the January after the last figure of homicides.

    Returns
    -------
    Sightings
        Figures all of whose months lie in [first month of the worlds, end).

    Raises
    ------
    ValueError
        For a kind that is none, or an `end` that is no month after the worlds begin.
    """
    past = History.of(record) if history is None else history
    rows = _deaths(record)
    first = pd.Timestamp(past.first_day)
    latest = max(max(row["months"]) for row in rows)  # type: ignore[call-overload]
    until = pd.Timestamp(year=latest.year + 1, month=1, day=1) if end is None else pd.Timestamp(end)
    if until != _first_of_month(until) or until <= first:
        raise ValueError(f"end must be the first day of a month after {first:%Y-%m}, not {end}.")
    rows += _missing(record) + _stocks(record, past.setting.undercounted_from)
    rows += _polls(record) + _events(record, past, until)
    table = pd.DataFrame(rows)
    inside = table["months"].map(lambda months: min(months) >= first and max(months) < until)
    table = table[inside].assign(last=lambda t: t["months"].map(max))
    table = table.sort_values(["last", "kind", "what"], kind="stable").drop(columns="last")
    return Sightings(table.reset_index(drop=True), first, until, KINDS).only(kinds)


def measured(overrides: Mapping[str, float] | None = None) -> dict[str, float]:
    """Numbers of measurement that the likelihood does not draw."""
    fixed = (
        Measure.count_size,
        Measure.complaint_ratio,
        Measure.collaborator_factor,
        Measure.poll_design,
    )
    return {measure.name: measure.default for measure in fixed} | dict(overrides or {})
