"""Worlds in which it is known what an event did.

Noise is keyed by seed, world, time and purpose. Run a world twice, once with an event and once
without, and both meet the same luck: they agree to the last death until the event, and from then on
they differ by what the event did, and by nothing else. The ratio of the deaths of a window in the
two runs is the truth that a design is asked for. There are two truths, for recorded deaths and for
all that were killed; where a pact hides its dead they part, and no design that reads a tally can
see the second.

Designs read what the police would have printed of the first run: a monthly tally with its errors.
All worlds are synthetic, drawn from the prior of the model's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import model, simulate
from tregua.assess.verdict import Text
from tregua.infer.scores.options import luck

__all__ = ["DONORS", "END", "FIRST", "SCENARIOS", "TREATED", "Known", "Scenario", "worlds_of"]

Floats = NDArray[np.float64]

FIRST, EVENT, END = "2003-01-01", "2010-01", "2012-01-01"
"""First month of every series, month of the event, and the day after the last month."""
LAST = "2011-12"
DONORS = 12
"""Other places, without the event, that are shown beside each world."""
TREATED = 6
"""Places with the event in a panel of places: the world and its next neighbours."""

_POOL = 60  # donor worlds, shared by all worlds of a scenario
_SHARED_SPREAD = 0.1  # standard deviation of the common yearly factor, log units
_ERRAND = 4004
_POOL_SEED = 1_000_003
_VARIABLES = tuple(dict.fromkeys((*simulate.PUBLISHED_VARIABLES, "recorded", "killed")))
_AGENCY = "PNC"
_RULE = "2011-01"
_KEPT_BY_RULE = 0.8
# Quantiles of the prior at which most dead of a pact are hidden: 95 % and 5 %.
_MUCH_HIDDEN = MappingProxyType({"hidden_pact": 0.6, "restraint": 0.8})


@dataclass(frozen=True)
class Scenario:
    """A kind of world: what happens, what would have happened, and what designs are told.

    Attributes
    ----------
    name
        Its name in tables.
    title
        What happens, in both languages.
    factual, counterfactual
        Scripts with and without the event; where they do the same the truth is 1.
    event
        Month of the event that designs are asked about, YYYY-MM.
    window
        First and last month of the question, both in.
    told
        Months of other changes that designs are told of.
    rule
        Month from which the tally leaves out a fifth of what it held; empty for none. It changes
        with and without the event alike.
    pinned
        Parameters that differ from their draws.
    fair
        Whether nothing happens, beside the event, that designs are not told of.
    """

    name: str
    title: Text
    factual: model.Script
    counterfactual: model.Script
    event: str = EVENT
    window: tuple[str, str] = (EVENT, LAST)
    told: tuple[str, ...] = ()
    rule: str = ""
    pinned: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    fair: bool = True

    @property
    def effect(self) -> bool:
        """Whether the event does anything: what is asked of a design is then power, else size."""
        return _plays(self.factual) != _plays(self.counterfactual)


def _plays(script: model.Script) -> tuple[tuple[object, ...], ...]:
    """What a script does, without eras that only repeat the one before."""
    played: list[tuple[object, ...]] = []
    last = None
    for era in script.eras:
        does = replace(era, start=pd.Timestamp(FIRST))
        if does != last:
            played.append((era.start, does))
        last = does
    return tuple(played)


def _era(start: str, stance: str, pressing: float = 0.0, restraining: float = 0.0) -> model.Era:
    return model.Era(
        pd.Timestamp(start), model.Stance[stance], pressing=pressing, restraining=restraining
    )


def _script(*eras: model.Era) -> model.Script:
    return model.Script((_era(FIRST, "STATUS_QUO", pressing=0.3), *eras), name="grade")


_QUIET = _script()
_STILL = _script(_era(EVENT, "STATUS_QUO", pressing=0.3))
_PACT = _script(_era(EVENT, "SECRET_PACT", restraining=0.6))
_WIDE_PACT = _script(_era(EVENT, "SECRET_PACT", restraining=0.9))
_EARLIER = "2007-01"
_PACT_GOES_ON = _script(_era(_EARLIER, "SECRET_PACT", restraining=0.6))
_PACT_ENDS = _script(
    _era(_EARLIER, "SECRET_PACT", restraining=0.6), _era(EVENT, "STATUS_QUO", pressing=0.6)
)
_BOTH = _script(_era(EVENT, "BOTH", restraining=0.6))
_CRACKDOWN = _script(_era(EVENT, "MANO_DURA", pressing=0.3))
_CRACKDOWN_TOO = _script(
    _era(EVENT, "MANO_DURA", pressing=0.3), _era(LAST, "MANO_DURA", pressing=0.3)
)

_ALL = (
    Scenario(
        "no_effect",
        {"en": "nothing happens", "es": "no pasa nada"},
        _STILL,
        _QUIET,
    ),
    Scenario(
        "secret_pact",
        {"en": "a secret pact", "es": "un pacto secreto"},
        _PACT,
        _QUIET,
    ),
    Scenario(
        "hiding",
        {
            "en": "a wide secret pact that hides six of ten of its dead",
            "es": "un pacto secreto amplio que oculta seis de cada diez de sus muertos",
        },
        _WIDE_PACT,
        _QUIET,
        pinned=_MUCH_HIDDEN,
    ),
    Scenario(
        "backlash",
        {
            "en": "a pact ends and gangs press; designs know when it began",
            "es": "un pacto termina y las pandillas presionan; los diseños saben cuándo empezó",
        },
        _PACT_ENDS,
        _PACT_GOES_ON,
        told=(_EARLIER,),
    ),
    Scenario(
        "coinciding_crackdown",
        {
            "en": "a pact and a crackdown in one month; asked for the pact",
            "es": "un pacto y mano dura en el mismo mes; se pregunta por el pacto",
        },
        _BOTH,
        _CRACKDOWN,
        fair=False,
    ),
    Scenario(
        "crackdown_alone",
        {
            "en": "no pact, but a crackdown in the month of the event",
            "es": "ningún pacto, pero mano dura en el mes del hecho",
        },
        _CRACKDOWN_TOO,
        _CRACKDOWN,
        fair=False,
    ),
    Scenario(
        "counting_rules",
        {
            "en": "nothing happens, but a year on the tally drops a fifth; not told",
            "es": "no pasa nada, pero al año el recuento omite un quinto; sin aviso",
        },
        _STILL,
        _QUIET,
        rule=_RULE,
        fair=False,
    ),
    Scenario(
        "counting_rules_told",
        {
            "en": "nothing happens, but a year on the tally drops a fifth; told",
            "es": "no pasa nada, pero al año el recuento omite un quinto; con aviso",
        },
        _STILL,
        _QUIET,
        rule=_RULE,
        told=(_RULE,),
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({one.name: one for one in _ALL})
"""Kinds of worlds by name, in the order in which they are graded."""


@dataclass(frozen=True, eq=False)
class Known:
    """One world, as designs see it, and what the event did in it.

    Attributes
    ----------
    world
        Number of the world.
    printed
        (months,) deaths that the police printed, with their errors, of the run with the event.
    donors
        (donors, months) the same of other places, which had no event.
    neighbours
        (treated, months) the same of this world and the next ones, which all had the event.
    shared
        (months,) yearly factor common to the world and its donors in `others`.
    recorded, killed
        True ratios of the window: with the event over without it, in the tally and among all
        killed.
    shared_recorded
        The same for recorded deaths under the common yearly factor.
    neighbours_recorded
        The same for the recorded deaths of all neighbours together.
    """

    world: int
    printed: Floats
    donors: Floats
    neighbours: Floats
    shared: Floats
    recorded: float
    killed: float
    shared_recorded: float
    neighbours_recorded: float

    @property
    def months(self) -> pd.DatetimeIndex:
        """Months of the series."""
        return pd.date_range(FIRST, periods=len(self.printed), freq="MS")

    @property
    def counts(self) -> pd.DataFrame:
        """Deaths as printed: start, end (half-open), value."""
        months = self.months
        return pd.DataFrame(
            {"start": months, "end": months + pd.offsets.MonthBegin(1), "value": self.printed}
        )

    @property
    def others(self) -> pd.DataFrame:
        """A panel of the world (unit `treated`) and its donors: unit, time (month), value.

        All units are multiplied by one yearly factor: simulated countries have nothing else in
        common.
        """
        every = np.round(np.vstack([self.printed, self.donors]) * self.shared)
        names = ["treated", *(f"donor-{place:02d}" for place in range(1, len(self.donors) + 1))]
        return _long(every, names, self.months, ("unit", "time", "value"))

    def panel(self, event: str) -> pd.DataFrame:
        """A panel of places with and without the event: unit, month, count, treated_from."""
        every = np.vstack([self.neighbours, self.donors])
        treated = [f"place-{place}" for place in range(1, len(self.neighbours) + 1)]
        names = [*treated, *(f"other-{place:02d}" for place in range(1, len(self.donors) + 1))]
        frame = _long(every, names, self.months, ("unit", "month", "count"))
        dated = frame["unit"].isin(treated)
        frame["treated_from"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]").mask(
            dated, pd.Timestamp(event)
        )
        return frame


def _long(
    values: Floats, names: list[str], months: pd.DatetimeIndex, columns: tuple[str, str, str]
) -> pd.DataFrame:
    unit, time, value = columns
    return pd.DataFrame(
        {
            unit: np.repeat(names, len(months)),
            time: np.tile(months.to_numpy(), len(names)),
            value: values.reshape(-1),
        }
    )


@dataclass(frozen=True)
class _Run:
    """Worlds of one script, each array (worlds, months)."""

    printed: Floats
    recorded: Floats
    killed: Floats


def worlds_of(scenario: Scenario, worlds: int, *, seed: int) -> tuple[Known, ...]:
    """Worlds of a scenario, each with what the event did in it.

    Parameters
    ----------
    scenario
        The kind of world, one of `SCENARIOS` or one's own with the same first and last month.
    worlds
        How many, at least 1. A world does not depend on how many there are, but its neighbours do
        at the end of the list.
    seed
        Seed of parameters and noise.

    Raises
    ------
    ValueError
        If `worlds` is below 1, or nobody died in a window.

    Examples
    --------
    >>> known = worlds_of(SCENARIOS["no_effect"], 2, seed=1)
    >>> [world.recorded for world in known]
    [1.0, 1.0]
    """
    if worlds < 1:
        raise ValueError(f"worlds must be at least 1, not {worlds}.")
    draws = model.prior_draws(worlds, seed=seed).with_(**scenario.pinned)
    others = model.prior_draws(_POOL, seed=seed + _POOL_SEED).with_(**scenario.pinned)
    with_event = _run(draws, scenario.factual, scenario, seed)
    without = _run(draws, scenario.counterfactual, scenario, seed)
    pool = _run(others, scenario.counterfactual, scenario, seed + _POOL_SEED).printed
    return tuple(
        _known(world, scenario, with_event, without, pool, seed) for world in range(worlds)
    )


def _run(draws: model.Draws, script: model.Script, scenario: Scenario, seed: int) -> _Run:
    setting = model.el_salvador()
    if scenario.rule:
        rule = pd.Timestamp(scenario.rule)
        setting = replace(setting, undercounted_from=rule, police_counted_until=None)
        draws = draws.with_(counted_exception=_KEPT_BY_RULE)
    worlds = simulate.run(
        draws,
        script=script,
        start=FIRST,
        end=END,
        seed=seed,
        setting=setting,
        variables=_VARIABLES,
        threads=1,
    )
    rows = simulate.published(worlds, seed=seed, series=["homicides"], setting=setting)
    printed = rows.loc[rows["agency"] == _AGENCY, "value"].to_numpy(dtype=np.float64)
    kept = worlds.monthly
    return _Run(
        printed=np.round(printed.reshape(len(draws), -1)),
        recorded=np.asarray(kept["recorded"].values, dtype=np.float64),
        killed=np.asarray(kept["killed"].values, dtype=np.float64),
    )


def _known(
    world: int, scenario: Scenario, with_event: _Run, without: _Run, pool: Floats, seed: int
) -> Known:
    worlds = len(with_event.printed)
    chosen = (world * DONORS + np.arange(DONORS)) % len(pool)
    near = (world + np.arange(min(TREATED, worlds))) % worlds
    shared = _common_factor(seed, world)
    inside = _inside(scenario)
    one = np.array([world])

    def truth(name: str, which: NDArray[np.int64], factor: Floats | None = None) -> float:
        weight = np.ones(inside.sum()) if factor is None else factor[inside]
        sums = [float((getattr(r, name)[which][:, inside] * weight).sum()) for r in runs]
        if sums[1] <= 0:
            raise ValueError(
                f"World {world} of '{scenario.name}': nobody died in the window without the event."
            )
        return sums[0] / sums[1]

    runs = (with_event, without)
    return Known(
        world=world,
        printed=with_event.printed[world],
        donors=pool[chosen],
        neighbours=with_event.printed[near],
        shared=shared,
        recorded=truth("recorded", one),
        killed=truth("killed", one),
        shared_recorded=truth("recorded", one, shared),
        neighbours_recorded=truth("recorded", near),
    )


def _inside(scenario: Scenario) -> NDArray[np.bool_]:
    """(months,) whether a month lies in the window of the question."""
    months = pd.date_range(FIRST, END, freq="MS", inclusive="left")
    first, last = (pd.Timestamp(month) for month in scenario.window)
    return np.asarray((months >= first) & (months <= last))


def _common_factor(seed: int, world: int) -> Floats:
    """(months,) a yearly factor around 1, the same for all places of a panel."""
    from scipy.stats import norm

    months = pd.date_range(FIRST, END, freq="MS", inclusive="left")
    years = months.year.to_numpy() - months[0].year
    u = luck(seed, _ERRAND, world, int(years.max()) + 1)
    return np.asarray(np.exp(_SHARED_SPREAD * norm.ppf(u))[years], dtype=np.float64)
