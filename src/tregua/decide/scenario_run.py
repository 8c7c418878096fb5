"""Run a scenario: fans, harm ledger, and what may be said of the plan beside doing nothing.

The plan and the status quo meet the same worlds, under the same assumptions. Worlds are run some
hundreds at a time; since no world knows of another, the parts put together are the whole, bit for
bit, and a partial result is what fewer worlds would have shown. The result is what `decide.compare`
says of the same timelines in the same worlds.

While a slider moves, the state of the worlds at the origin stays the same and is kept by the
caller. The plan alone is drawn first (`run_fan`); what may be said of it beside the status quo
(`ScenarioFan.beside`) needs a second run, which stays the same as long as only the plan is changed
(`run_baseline`) and else can wait until the slider rests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua import simulate
from tregua.decide.compare import _RUN_VARIABLES, _end, _population, check_question
from tregua.decide.comparison import FAN_QUANTILES, LEDGER, Comparison, Paired, _quantiles
from tregua.decide.from_origin import set_from_origin
from tregua.decide.printable import Printable, printable
from tregua.decide.scenario import Scenario
from tregua.decide.strategies import STRATEGIES, reply_named
from tregua.model import Draws, History, Profile, Slot, State
from tregua.scale.harm import democracy_lost, disappeared
from tregua.shown import Shown

__all__ = [
    "FAN_UNITS",
    "ScenarioBaseline",
    "ScenarioFan",
    "ScenarioRun",
    "run_baseline",
    "run_fan",
    "run_scenario",
    "worlds_of_posterior",
]

Array = NDArray[np.float64]

FAN_UNITS: Mapping[str, str] = {
    "recorded": "per 100,000 a year",
    "killed": "per 100,000 a year",
    "hidden": "per 100,000 a year",
    "uncounted": "per 100,000 a year",
    "disappeared": "persons a month",
    "detained": "persons a month",
    "wrongly_detained": "persons a month",
    "custody_deaths": "persons a month",
    "police_killings": "persons a month",
    "prisoners": "persons",
    "democracy": "index",
}
"""What is drawn as a fan, month by month, and in what unit."""

_RATES = ("recorded", "killed", "hidden", "uncounted")
_TOTALS = ("killed", *LEDGER)
_REFERENCE = "status_quo"
_BATCH = 500


@dataclass(frozen=True)
class ScenarioBaseline:
    """Totals of the status quo, to be kept while a plan is changed.

    Attributes
    ----------
    worlds_digest
        Of the worlds and assumptions that it belongs to (`Scenario.worlds_digest`).
    totals
        For every outcome, float64[n]: total of each world over the run.
    """

    worlds_digest: str
    totals: Mapping[str, Array]


@dataclass(frozen=True)
class ScenarioFan:
    """What a plan does to its worlds, before it is set beside anything.

    Attributes
    ----------
    scenario, worlds, months, fan
        As in `ScenarioRun`.
    totals
        For every outcome, float64[worlds]: its total over the run.
    weights
        float64[worlds], adding to 1.
    """

    scenario: Scenario
    worlds: int
    months: NDArray[np.datetime64]
    fan: Mapping[str, Array]
    totals: Mapping[str, Array]
    weights: Array

    @property
    def ledger(self) -> pd.DataFrame:
        """A row a harm, never summed: outcome, unit, q05, q50, q95."""
        rows = [
            {
                "outcome": outcome,
                "unit": _unit(outcome),
                **_ninety("", self.totals[outcome], self.weights),
            }
            for outcome in _TOTALS
        ]
        return pd.DataFrame(rows)

    def beside(self, baseline: ScenarioBaseline) -> ScenarioRun:
        """The same with what may be said of it beside the status quo.

        Parameters
        ----------
        baseline
            The status quo in these worlds (`run_baseline`).

        Raises
        ------
        ValueError
            If the baseline belongs to other worlds or assumptions.
        """
        if baseline.worlds_digest != self.scenario.worlds_digest():
            raise ValueError("This baseline belongs to other worlds or assumptions.")
        totals = {
            name: np.stack([self.totals[name], baseline.totals[name][: self.worlds]])
            for name in _TOTALS
        }
        years, comparison = self.scenario.years, self._comparison(totals)
        name = comparison.strategies[0]
        return ScenarioRun(
            scenario=self.scenario,
            worlds=self.worlds,
            months=self.months,
            fan=self.fan,
            ledger=_ledger(comparison, years),
            paired=comparison.difference(name, _REFERENCE, years, "killed"),
            headline=printable(comparison, name, _REFERENCE, "killed", years),
        )

    def _comparison(self, totals: Mapping[str, Array]) -> Comparison:
        """The two runs as a comparison of which only the end is ever asked."""
        months = len(self.months)
        # One total for all months costs no memory; no other horizon than the end is read.
        held = {
            name: np.broadcast_to(values[..., None], (*values.shape, months))
            for name, values in totals.items()
        }
        given = self.scenario.name
        return Comparison(
            origin=self.scenario.origin,
            # A plan must not be taken for a strategy of the catalogue that has its name.
            strategies=(f"{given} (plan)" if given in _known() else given, _REFERENCE),
            cumulative=held,
            monthly={},
            months=self.months.astype("datetime64[ns]"),
            weights=self.weights,
            reply=self.scenario.reply,
            worlds_from=self.scenario.worlds_from,
        )


@dataclass(frozen=True)
class ScenarioRun(Shown):
    """What a plan does to its worlds.

    Attributes
    ----------
    scenario
        What was run.
    worlds
        Number of worlds run; fewer than asked for in a partial result, or in a run that was
        stopped.
    months
        datetime64[M], the months of the run.
    fan
        For each name in `FAN_UNITS`, float64[7, months]: the quantiles 5, 10, 25, 50, 75, 90 and
        95 % over worlds, by weight.
    ledger
        A row a harm over the whole run, never summed: outcome, unit, q05, q50, q95, mean,
        mc_error (standard error of the mean); the same quantiles of the status quo
        (`status_quo_q05` ...) and of the difference in each world (`change_q05` ...); p_lower (the
        share of worlds with less than under the status quo, a tie counting one half) and
        p_lower_error.
    paired
        All killings less those of the status quo, world by world.
    headline
        What may be printed of that difference, in English and Spanish.
    """

    scenario: Scenario
    worlds: int
    months: NDArray[np.datetime64]
    fan: Mapping[str, Array]
    ledger: pd.DataFrame
    paired: Paired
    headline: Printable

    def to_dataset(self) -> xr.Dataset:
        """Fans with labels: a variable for each outcome, (quantile, month), with its unit."""
        variables = {
            name: (("quantile", "month"), values, {"units": FAN_UNITS[name]})
            for name, values in self.fan.items()
        }
        return xr.Dataset(
            variables,
            coords={
                "quantile": list(FAN_QUANTILES),
                "month": self.months.astype("datetime64[ns]"),
            },
            attrs={"scenario": self.scenario.model_dump_json(), "worlds": self.worlds},
        )

    def table(self) -> pd.DataFrame:
        """Fans as rows: month, outcome, unit, q05, q10, q25, q50, q75, q90, q95."""
        frames = []
        for name, values in self.fan.items():
            frame = pd.DataFrame(values.T, columns=_names())
            frame.insert(0, "unit", FAN_UNITS[name])
            frame.insert(0, "outcome", name)
            frame.insert(0, "month", self.months.astype("datetime64[ns]"))
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def worlds_of_posterior(draws: Draws, worlds: int) -> Draws:
    """So many worlds of a posterior, evenly along its draws.

    Where more worlds are wanted than there are draws, draws come again, each time with luck of
    their own: the world's number, which keys its noise, is a new one.

    Parameters
    ----------
    draws
        All draws of a posterior, in their order.
    worlds
        How many worlds, at least 1.

    Raises
    ------
    ValueError
        For fewer than 1.
    """
    if worlds < 1:
        raise ValueError(f"At least one world is needed, not {worlds}.")
    if worlds <= len(draws):
        return draws.select(np.linspace(0, len(draws) - 1, worlds).astype(np.int64))
    places = np.arange(worlds, dtype=np.int64)
    again = draws.select(places % len(draws))
    step = int(draws.worlds.max()) + 1
    return replace(again, worlds=again.worlds + step * (places // len(draws)))


def run_baseline(
    scenario: Scenario, *, draws: Draws, state: State, history: History
) -> ScenarioBaseline:
    """The status quo in the worlds of a scenario.

    Parameters
    ----------
    scenario, draws, state, history
        As `run_scenario` takes them.

    Raises
    ------
    ValueError
        As `run_scenario` does.
    """
    question = _Question.of(scenario, draws, state, history)
    parts = [question.status_quo(rows) for rows in _batches(len(draws), _BATCH)]
    return ScenarioBaseline(scenario.worlds_digest(), _joined(parts))


def run_fan(scenario: Scenario, *, draws: Draws, state: State, history: History) -> ScenarioFan:
    """Run a plan alone.

    Parameters
    ----------
    scenario, draws, state, history
        As `run_scenario` takes them.

    Raises
    ------
    ValueError
        As `run_scenario` does.
    """
    question = _Question.of(scenario, draws, state, history)
    plan, room = scenario.timeline(), _Room.of(len(draws), scenario.months)
    for rows in _batches(len(draws), _BATCH):
        room.take(question.run(plan, rows), question, rows)
    return question.fan(room, len(draws))


def run_scenario(
    scenario: Scenario,
    *,
    draws: Draws,
    state: State,
    history: History,
    progress: Callable[[int, int, ScenarioRun | None], None] | None = None,
    stop: Callable[[], bool] | None = None,
    batch: int = _BATCH,
) -> ScenarioRun:
    """Run a plan, and beside it the status quo in the same worlds.

    Parameters
    ----------
    scenario
        The plan and its assumptions.
    draws
        Parameters of its worlds, before assumptions: as many as it asks for.
    state
        Their state at the origin, before assumptions: `state_at` with the scenario's seed.
    history
        What the case tells of its past.
    progress
        Called with (worlds run, worlds to run, result so far) after each batch; the result is given
        where the number of worlds has doubled since the last one, else None.
    stop
        Asked after each batch; true ends the run with the worlds run so far.
    batch
        Worlds between two calls of `progress`, at least 1. Changes no bit of the result.

    Returns
    -------
    ScenarioRun
        Fans, ledger, the paired difference and the sentence on it.

    Raises
    ------
    ValueError
        If draws do not belong to the scenario, the origin is not after the start of the worlds, or
        a world failed.

    Examples
    --------
    >>> from tregua import model, record
    >>> history = model.History.of(record.load("el-salvador"))
    >>> plan = Scenario(
    ...     origin="2012-01",
    ...     years=1,
    ...     worlds=20,
    ...     worlds_from="prior",
    ...     blocks=[{"lane": "pact", "start": "2012-03"}],
    ... )
    >>> draws = model.prior_draws(plan.worlds, seed=plan.seed)
    >>> state = model.initial_state(draws, history.setting, pd.Timestamp("2012-01-01"))
    >>> run = run_scenario(plan, draws=draws, state=state, history=history)
    >>> run.fan["recorded"].shape
    (7, 12)
    """
    question = _Question.of(scenario, draws, state, history)
    plan, total = scenario.timeline(), len(draws)
    room = _Room.of(total, scenario.months)
    done, shown, quo = 0, 0, []
    for rows in _batches(total, batch):
        room.take(question.run(plan, rows), question, rows)
        quo.append(question.status_quo(rows))
        done = rows.stop
        if done < total and progress is not None:
            partial = question.result(room, quo, done) if done >= 2 * shown else None
            shown = done if partial is not None else shown
            progress(done, total, partial)
        if stop is not None and done < total and stop():
            break
    found = question.result(room, quo, done)
    if progress is not None:
        progress(done, total, found)
    return found


def _batches(total: int, batch: int) -> list[slice]:
    if batch < 1:
        raise ValueError(f"A batch holds at least one world, not {batch}.")
    return [slice(first, min(first + batch, total)) for first in range(0, total, batch)]


def _joined(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in _TOTALS}


@dataclass(frozen=True)
class _Question:
    """A scenario with everything that its runs share."""

    scenario: Scenario
    draws: Draws
    state: State
    history: History

    @classmethod
    def of(cls, scenario: Scenario, draws: Draws, state: State, history: History) -> _Question:
        """Refuse what does not fit together; let assumptions hold."""
        if len(draws) != scenario.worlds:
            raise ValueError(
                f"The scenario asks for {scenario.worlds} worlds; {len(draws)} draws were given."
            )
        timeline, reply = scenario.timeline(), reply_named(scenario.reply)
        check_question(
            (timeline,), (reply,), history, origin=scenario.origin, months=scenario.months
        )
        held = set_from_origin(draws, state, **scenario.assumptions)
        return cls(scenario, *held, history)

    def run(self, strategy: Any, rows: slice) -> dict[str, Array]:
        """Monthly figures of some worlds under one strategy: name, float64[worlds, months]."""
        scenario = self.scenario
        chosen = np.arange(rows.start, rows.stop)
        every = len(chosen) == len(self.draws)
        run = simulate.run(
            self.draws if every else self.draws.select(chosen),
            profile=Profile(strategy, reply_named(scenario.reply)),
            start=f"{scenario.origin}-01",
            end=_end(scenario.origin, scenario.months),
            seed=scenario.seed,
            initial=self.state if every else self.state.select(chosen),
            setting=self.history.rules_of(scenario.origin),
            variables=_RUN_VARIABLES,
            mechanisms=scenario.mechanisms,
        )
        return {name: run.monthly[name].values for name in _RUN_VARIABLES}

    def totals_of(self, seen: Mapping[str, Array], rows: slice) -> dict[str, Array]:
        """Total of each outcome over the run, as the last month of a `Comparison` has it."""
        at_origin = self.state.values[rows, Slot.DEMOCRACY]
        flows = {name: seen[name] for name in _TOTALS if name in seen}
        flows["disappeared"] = disappeared(seen["hidden"])
        flows["democracy_lost"] = democracy_lost(seen["democracy"], at_origin)
        # Running totals, because the order in which floats are added is part of the bits.
        return {name: np.cumsum(flows[name], axis=1)[:, -1] for name in _TOTALS}

    def status_quo(self, rows: slice) -> dict[str, Array]:
        """Totals of the status quo in some worlds."""
        return self.totals_of(self.run(STRATEGIES[_REFERENCE], rows), rows)

    def fan(self, room: _Room, worlds: int) -> ScenarioFan:
        """What the plan does to the first so many worlds."""
        weights = self.draws.weights[:worlds]
        weights = weights / weights.sum()
        return ScenarioFan(
            scenario=self.scenario,
            worlds=worlds,
            months=self._months(),
            fan={
                outcome: quantiles_of(room.monthly[outcome][:worlds], weights)
                for outcome in FAN_UNITS
            },
            totals=_joined(room.plan),
            weights=weights,
        )

    def result(self, room: _Room, quo: list[dict[str, Array]], worlds: int) -> ScenarioRun:
        """What so many worlds say."""
        known = ScenarioBaseline(self.scenario.worlds_digest(), _joined(quo))
        return self.fan(room, worlds).beside(known)

    def _months(self) -> NDArray[np.datetime64]:
        return np.datetime64(self.scenario.origin, "M") + np.arange(self.scenario.months)


def _known() -> tuple[str, ...]:
    from tregua.decide.phrases import STRATEGIES as PHRASES

    return tuple(PHRASES)


@dataclass(frozen=True)
class _Room:
    """What has been seen so far."""

    monthly: Mapping[str, Array]
    plan: list[dict[str, Array]]

    @classmethod
    def of(cls, worlds: int, months: int) -> _Room:
        """Room for so many worlds and months."""
        return cls({name: np.empty((worlds, months)) for name in FAN_UNITS}, [])

    def take(self, seen: Mapping[str, Array], question: _Question, rows: slice) -> None:
        """Keep what is drawn of some worlds, in the units of the fans, and their totals."""
        self.plan.append(question.totals_of(seen, rows))
        scenario = question.scenario
        month = pd.DatetimeIndex(question._months().astype("datetime64[ns]"))
        setting = question.history.rules_of(scenario.origin)
        people = _population(setting, scenario.origin, scenario.months)
        rate = 1e5 * 365.25 / month.days_in_month.to_numpy() / people
        for name, kept in self.monthly.items():
            values = disappeared(seen["hidden"]) if name == "disappeared" else seen[name]
            kept[rows] = values * rate if name in _RATES else values


def quantiles_of(values: Array, weights: Array) -> Array:
    """Quantiles of a fan over worlds, by weight: float64[7, months].

    Where all worlds weigh the same, one search serves all months; the bits are those of the general
    way.

    Parameters
    ----------
    values
        float64[worlds, months].
    weights
        float64[worlds], adding to 1.
    """
    if not np.all(weights == weights[0]):
        return _quantiles(values, weights, FAN_QUANTILES)
    shares = np.cumsum(weights)
    places = np.searchsorted(shares / shares[-1], FAN_QUANTILES, side="left")
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1)
    return np.ascontiguousarray(ordered[:, places].T)


def _names() -> list[str]:
    return [f"q{round(100 * level):02d}" for level in FAN_QUANTILES]


def _unit(outcome: str) -> str:
    return "index years" if outcome == "democracy_lost" else "persons"


def _ninety(prefix: str, values: Array, weights: Array) -> dict[str, float]:
    """The median over worlds and the middle 90 % of them."""
    names = (f"{prefix}q05", f"{prefix}q50", f"{prefix}q95")
    return dict(zip(names, _quantiles(values, weights, (0.05, 0.50, 0.95)), strict=True))


def _ledger(comparison: Comparison, years: float) -> pd.DataFrame:
    plan, reference = comparison.strategies
    rows: list[dict[str, Any]] = []
    for outcome in _TOTALS:
        own, quo = (comparison.total(outcome, name, years) for name in (plan, reference))
        mean, error = comparison.mean_of(own)
        paired = comparison.paired(own - quo)
        row: dict[str, Any] = {"outcome": outcome, "unit": _unit(outcome)}
        row |= _ninety("", own, comparison.weights)
        row |= _ninety("status_quo_", quo, comparison.weights)
        row |= {"mean": mean, "mc_error": error}
        row |= {"change_q05": paired.q05, "change_q50": paired.q50, "change_q95": paired.q95}
        row |= {"p_lower": paired.p_lower, "p_lower_error": paired.mc_error}
        rows.append(row)
    return pd.DataFrame(rows)
