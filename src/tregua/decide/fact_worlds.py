"""Worlds in which stylised facts are looked for, and the numbers read from them.

A *measure* takes these worlds and gives one number a world. Runs are made when a fact first asks
for them, and once only: history under each reading, history by weeks around the truce, a history
in which the truce is not revoked, and fifteen years of decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua import simulate
from tregua.decide.matching import decision_moments, decision_worlds
from tregua.model import Draws, History, Script
from tregua.record import Record
from tregua.simulate import Ensemble

__all__ = [
    "FactWorlds",
    "Measure",
    "Seen",
    "between",
    "excess_without_revocation",
    "first_pact",
    "growth",
    "hidden_from_count",
    "largest_month",
    "leak_to_sanction",
    "months_above",
    "of_year",
    "pace_after_truce",
    "pact_life",
    "per_strike",
    "poll",
    "printed",
    "ratio",
    "released",
    "start_to_leak",
    "stock",
    "strikes_per_year",
    "within",
]

Array = NDArray[np.float64]

_END = "2025-09-01"
_KEPT = tuple(
    dict.fromkeys(
        (
            *("recorded", "killed", "hidden", "uncounted", "struck", "strikes", "police_killings"),
            *("detained", "wrongly_detained", "captured", "prisoners", "gang_prisoners"),
            *("fear", "approval", "leaks", "sanctions", "leaked", "pact"),
            *simulate.PUBLISHED_VARIABLES,
        )
    )
)
_REVOKED = "2014-06-01"


@dataclass(frozen=True)
class Seen:
    """What worlds show of a fact.

    Attributes
    ----------
    values
        float64[n], one number a world, or a pact; infinite for what did not happen in time.
    middle
        The number compared with the target; None for the median of the values.
    """

    values: Array
    middle: float | None = None


@dataclass
class FactWorlds:
    """Worlds of one record and one set of draws; runs are kept once made.

    Attributes
    ----------
    record
        The case.
    draws
        Parameters, one row a world.
    seed
        Seed of the noise and of the errors of measurement.
    threads
        Threads; None uses all processors available.
    made
        Runs made so far, by name; a test may put its own here.
    """

    record: Record
    draws: Draws
    seed: int
    threads: int | None = None
    made: dict[str, Ensemble] = field(default_factory=dict)

    def of(self, name: str) -> xr.Dataset:
        """Months (or weeks) of a run: a reading of history, or weeks, unrevoked, decisions."""
        return self.ensemble(name).kept

    def ensemble(self, name: str) -> Ensemble:
        """The run of this name, made if it was not."""
        if name not in self.made:
            self.made[name] = self._make(name)
        return self.made[name]

    def _make(self, name: str) -> Ensemble:
        if name == "decisions":
            return decision_worlds(self.record, self.draws, seed=self.seed, threads=self.threads)
        past = History.of(self.record, "script" if name in ("weeks", "unrevoked") else name)
        if name == "unrevoked":
            past = replace(past, script=without_revocation(past.script))
        weekly = name == "weeks"
        return simulate.run(
            self.draws,
            script=past.script,
            start=past.first_day,
            end="2012-04-01" if weekly else _END,
            seed=self.seed,
            setting=past.setting,
            variables=("recorded",) if weekly else _KEPT,
            every="week" if weekly else "month",
            threads=self.threads,
        )


Measure = Callable[[FactWorlds, str], Seen]
"""Reads numbers off worlds under a reading of history."""


def without_revocation(script: Script) -> Script:
    """History in which the truce, as it was in its last year, is never ended."""
    kept = tuple(era for era in script.eras if era.start < pd.Timestamp(_REVOKED))
    return replace(script, eras=kept, name="unrevoked")


# -- Sums and stocks -------------------------------------------------------------------------


def between(months: xr.Dataset, name: str, first: str, last: str) -> Array:
    """Sum of a flow over [first, last), a month cut by a bound counting in proportion to days.

    Raises
    ------
    ValueError
        If the interval is not within the run.
    """
    values = months[name].values.astype(np.float64)
    if values.ndim == 3:
        values = values.sum(axis=2)
    starts = months["month"].values.astype("datetime64[M]")
    ends = (starts + 1).astype("datetime64[D]")
    starts = starts.astype("datetime64[D]")
    a, b = np.datetime64(first, "D"), np.datetime64(last, "D")
    if a < starts[0] or b > ends[-1] or b <= a:
        raise ValueError(f"[{first}, {last}) is not within the run.")
    share = (np.minimum(ends, b) - np.maximum(starts, a)).astype(np.float64)
    share = np.clip(share / (ends - starts).astype(np.float64), 0.0, 1.0)
    return np.asarray(values @ share)


def _on(months: xr.Dataset, name: str, day: str) -> Array:
    """A stock on a day, in proportion between two ends of months."""
    starts = months["month"].values.astype("datetime64[M]")
    ends = (starts + 1).astype("datetime64[D]").astype(np.float64)
    at = np.datetime64(day, "D").astype(np.float64)
    values = months[name].values.astype(np.float64)
    return np.array([np.interp(at, ends, row) for row in values])


def _over(above: Array, below: Array) -> Array:
    """Quotients; not a number where there is nothing below."""
    out = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=out, where=below > 0.0))


def within(name: str, first: str, last: str) -> Measure:
    """Sum of a flow over [first, last)."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        return Seen(between(worlds.of(reading), name, first, last))

    return measure


def of_year(name: str, year: int) -> Measure:
    """Sum of a flow over a calendar year."""
    return within(name, f"{year}-01-01", f"{year + 1}-01-01")


def stock(name: str, day: str) -> Measure:
    """A stock on a day."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        return Seen(_on(worlds.of(reading), name, day))

    return measure


def poll(name: str, day: str) -> Measure:
    """A share on a day, in per cent."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        return Seen(100.0 * _on(worlds.of(reading), name, day))

    return measure


def ratio(late: Sequence[str], early: Sequence[str]) -> Measure:
    """Recorded killings a day in one interval [first, last) over those in another."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        return Seen(_over(_daily(months, *late), _daily(months, *early)))

    return measure


def _daily(months: xr.Dataset, first: str, last: str) -> Array:
    days = (np.datetime64(last, "D") - np.datetime64(first, "D")).astype(np.float64)
    return np.asarray(between(months, "recorded", first, last) / days)


# -- Killings --------------------------------------------------------------------------------


def pace_after_truce(worlds: FactWorlds, reading: str) -> Seen:  # noqa: ARG001
    """Recorded a day in the two weeks after 8 March 2012 over January and February 2012."""
    weeks = worlds.of("weeks")
    starts = weeks["week"].values.astype("datetime64[D]")
    values = weeks["recorded"].values.astype(np.float64)
    days = np.diff(np.append(starts, np.datetime64("2012-04-01"))).astype(np.float64)
    # Two quarters of a month, 8 to 23 March.
    after = (starts >= np.datetime64("2012-03-08")) & (starts < np.datetime64("2012-03-23"))
    before = (starts >= np.datetime64("2012-01-01")) & (starts < np.datetime64("2012-03-01"))
    late = values[:, after].sum(axis=1) / days[after].sum()
    return Seen(_over(late, values[:, before].sum(axis=1) / days[before].sum()))


def largest_month(year: int) -> Measure:
    """Largest recorded month of a year."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading).sel(month=str(year))
        return Seen(months["recorded"].values.max(axis=1))

    return measure


def months_above(a_day: float, first: str, last: str) -> Measure:
    """Months of [first, last) with at least so many recorded a day."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        starts = months["month"].values.astype("datetime64[M]")
        chosen = (starts >= np.datetime64(first, "M")) & (starts < np.datetime64(last, "M"))
        length = ((starts + 1).astype("datetime64[D]") - starts.astype("datetime64[D]"))[chosen]
        rate = months["recorded"].values[:, chosen] / length.astype(np.float64)
        return Seen((rate >= a_day).sum(axis=1).astype(np.float64))

    return measure


def excess_without_revocation(first: str, last: str) -> Measure:
    """Recorded killings beyond those of a history in which the truce is not revoked."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        as_it_was = between(worlds.of(reading), "recorded", first, last)
        return Seen(as_it_was - between(worlds.of("unrevoked"), "recorded", first, last))

    return measure


def hidden_from_count(year: int) -> Measure:
    """All killings of a year over those recorded."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        bounds = (f"{year}-01-01", f"{year + 1}-01-01")
        months = worlds.of(reading)
        return Seen(_over(between(months, "killed", *bounds), between(months, "recorded", *bounds)))

    return measure


def strikes_per_year(first: str, last: str) -> Measure:
    """Strikes in [first, last) per year."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        years = (np.datetime64(last, "D") - np.datetime64(first, "D")).astype(np.float64) / 365.25
        return Seen(between(worlds.of(reading), "strikes", first, last) / years)

    return measure


def per_strike(first: str, last: str) -> Measure:
    """Killed per strike in [first, last), in worlds that saw one."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        struck = between(months, "struck", first, last)
        return Seen(_over(struck, between(months, "strikes", first, last)))

    return measure


def released(first: str, last: str) -> Measure:
    """Share of members arrested in [first, last) whom the courts let go."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        arrested = between(months, "detained", first, last)
        arrested = arrested - between(months, "wrongly_detained", first, last)
        return Seen(1.0 - _over(between(months, "captured", first, last), arrested))

    return measure


# -- Pacts -----------------------------------------------------------------------------------


def first_pact(worlds: FactWorlds, reading: str) -> Seen:  # noqa: ARG001
    """Years to the first pact; infinite in worlds without one."""
    run = worlds.ensemble("decisions")
    months = run.kept.sel(month=slice(str(run.provenance["since"]), None))
    begun = months["pact_starts"].values > 0.0
    years = np.where(begun.any(axis=1), begun.argmax(axis=1) / 12.0, np.inf)
    return Seen(years, decision_moments(run)["first_pact"])


def pact_life(worlds: FactWorlds, reading: str) -> Seen:  # noqa: ARG001
    """Years that pacts lasted which ended; compared is years in pacts per end, over all pacts."""
    run = worlds.ensemble("decisions")
    months = run.kept.sel(month=slice(str(run.provenance["since"]), None))
    pact, ends = months["pact"].values, months["pact_ends"].values
    lives = [life for row in zip(pact, ends, strict=True) for life in _lives(*row)]
    return Seen(np.array(lives, dtype=np.float64), decision_moments(run)["pact_life"])


def _lives(pact: Array, ends: Array) -> list[float]:
    """Years of pact up to each end in one world; two ends within a month count as one."""
    lived = np.cumsum(pact)[ends > 0.0] / 12.0
    return [float(years) for years in np.diff(np.append(0.0, lived))]


def _first_after(events: Array, since: int) -> Array:
    """Months from a month to the middle of the first with an event; infinite if there is none."""
    seen = events[:, since:] > 0.0
    return np.where(seen.any(axis=1), seen.argmax(axis=1) + 0.5, np.inf)


def _month_of(months: xr.Dataset, day: str) -> int:
    starts = months["month"].values.astype("datetime64[M]")
    return int(np.searchsorted(starts, np.datetime64(day, "M")))


def start_to_leak(first: str, last: str) -> Measure:
    """Months from a pact's first day to its exposure; infinite if it stayed secret to `last`."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        begin, end = _month_of(months, first), _month_of(months, last)
        leaks = months["leaks"].values[:, :end]
        day = (np.datetime64(first, "D") - np.datetime64(first, "M")).astype(np.float64)
        return Seen(np.maximum(_first_after(leaks, begin) - day / 30.4, 0.25))

    return measure


def leak_to_sanction(first: str, last: str) -> Measure:
    """Months from exposure to sanction, in worlds with an exposure in [first, last)."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        months = worlds.of(reading)
        begin, end = _month_of(months, first), _month_of(months, last)
        leak = _first_after(months["leaks"].values[:, :end], begin)
        sanction = _first_after(months["sanctions"].values[:, :end], begin)
        leaked = np.isfinite(leak)
        return Seen(np.maximum(sanction[leaked] - leak[leaked], 0.25))

    return measure


# -- Printed figures ---------------------------------------------------------------------------


def _figures(worlds: FactWorlds, reading: str, series: str, spans: list[tuple[str, str]]) -> Array:
    """What an outlet would have printed, float64[worlds, intervals]; no number if it was silent."""
    rows = simulate.published(
        worlds.ensemble(reading), seed=worlds.seed, series=[series], intervals=spans
    )
    column = "start" if rows["end"].gt(rows["start"]).any() else "end"
    days = [pd.Timestamp(span[0] if column == "start" else span[1]) for span in spans]
    table = rows.pivot_table(index="world", columns=column, values="value", observed=True)
    return table.reindex(index=worlds.draws.worlds, columns=days).to_numpy(dtype=np.float64)


def growth(series: str, late: int, early: int) -> Measure:
    """Growth of a printed series from one year to another, in per cent."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        spans = [(f"{year}-01-01", f"{year + 1}-01-01") for year in (early, late)]
        figures = _figures(worlds, reading, series, spans)
        return Seen(100.0 * (_over(figures[:, 1], figures[:, 0]) - 1.0))

    return measure


def printed(series: str, day: str) -> Measure:
    """A printed poll of a day, in worlds in which it was taken."""

    def measure(worlds: FactWorlds, reading: str) -> Seen:
        figures = _figures(worlds, reading, series, [(str(np.datetime64(day) - 1), day)])[:, 0]
        return Seen(figures[np.isfinite(figures)])

    return measure
