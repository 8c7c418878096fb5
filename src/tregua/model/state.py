"""State: all that next week depends on, as one row of numbers a world.

The row holds the country's slots, then a block of slots for each gang, so that any number of gangs
fits. Counts are whole numbers held as floats; flags are 0 or 1, and in the mean reading the share
of worlds in which they would be 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import auto

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from tregua.compiled import compiled
from tregua.model.parameters import Draws, P
from tregua.model.places import Places
from tregua.model.setting import Setting

__all__ = ["LONG_AGO", "GangSlot", "Slot", "State", "initial_state", "of_gang"]

LONG_AGO = 99.0
"""Years since something that never happened."""


class Slot(Places):
    """The country's part of a state row."""

    STANCE = auto()
    SINCE_CHANGE = auto()  # weeks since the stance last changed
    PACT = auto()  # a pact is in force
    SINCE_BREAK = auto()  # years since the last pact ended
    LAST_END = auto()  # PactEnd of the last pact
    LEAKED = auto()
    SANCTIONED = auto()
    STRUCK = auto()  # strikes in the last week
    BREACHED = auto()  # breaches in the last week
    TURNED = auto()  # power has changed hands since a pact ended
    PROSECUTED = auto()
    TURNOVER = auto()  # power changes hands this week
    ADMINISTRATION = auto()  # approval of this administration without fear, log-odds
    ENFORCEMENT = auto()
    CAPTURE = auto()  # net capture hazard h_c, per year
    FEAR = auto()
    APPROVAL = auto()
    DEMOCRACY = auto()
    FILTER = auto()
    CONTROL = auto()
    INSTITUTIONS = auto()
    PRECEDENT = auto()
    PRESSURE = auto()
    WRONGLY_HELD = auto()
    ORDINARY = auto()
    PLATFORM = auto()  # enforcement promised at the last election
    DRAW = auto()  # the government's uniform number of the month
    AMBIENT_RATE = auto()  # expected ambient killings per year, after deterrence
    POLICE = auto()  # components of institutions (mechanism vector_institutions)
    JUDICIARY = auto()
    INTEGRITY = auto()
    PRISONS = auto()
    CORRUPTION = auto()
    RECORDED_NOW = auto()  # recorded killings of the current month so far
    RECORDED_MONTH = auto()  # per 100,000 a year, last complete month
    RECORDED_0 = auto()  # recorded killings of the last twelve complete months, by calendar month
    RECORDED_1 = auto()
    RECORDED_2 = auto()
    RECORDED_3 = auto()
    RECORDED_4 = auto()
    RECORDED_5 = auto()
    RECORDED_6 = auto()
    RECORDED_7 = auto()
    RECORDED_8 = auto()
    RECORDED_9 = auto()
    RECORDED_10 = auto()
    RECORDED_11 = auto()


class GangSlot(Places):
    """A gang's part of a state row."""

    STREET = auto()  # S_g
    PRISON = auto()  # L_g, ordinary prison
    ISOLATED = auto()  # H_g
    COMMAND = auto()  # kappa_g
    TRUST = auto()  # log-odds of b_g
    RELIANCE = auto()  # log-odds of m_g
    RESTRAINING = auto()
    PRESSING = auto()
    DRAW = auto()  # its uniform number of the month
    BASE_RATE = auto()  # expected killings per year of business, after deterrence
    INCLUDED = auto()  # in the pact in force, or in the next offer
    ENVIOUS = auto()  # excluded from a pact, and knows it
    READINESS = auto()  # for war, 1 = full
    FRAGMENTS = auto()  # 1 = united
    HEAT = auto()  # recent killings per year, to be answered (mechanism retaliation)
    TERRITORY = auto()  # share of the country


_SLOTS = len(Slot)
_GANG_SLOTS = len(GangSlot)


@compiled
def of_gang(slot: int, gang: int) -> int:
    """Place of a gang's slot in a state row."""
    return _SLOTS + gang * _GANG_SLOTS + slot


@dataclass(frozen=True)
class State:
    """The state of many worlds on the first day of a month; a run can be continued from it.

    Attributes
    ----------
    values
        float64[n, slots], rows as laid out by `Slot` and `GangSlot`.
    worlds
        int64[n], the worlds' numbers.
    date
        First day of the month that comes next.
    gangs
        Names of the gangs.
    seed
        Seed of the noise up to here, or -1 for a state in which no chance has played.
    reading
        "stochastic" or "mean"; "" for a state in which no time has passed.
    """

    values: NDArray[np.float64]
    worlds: NDArray[np.int64]
    date: pd.Timestamp
    gangs: tuple[str, ...]
    seed: int
    reading: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        self.values.setflags(write=False)
        self.worlds.setflags(write=False)

    def __len__(self) -> int:
        """Number of worlds."""
        return len(self.values)

    def get(self, slot: Slot | GangSlot) -> NDArray[np.float64]:
        """One slot: float64[n], or float64[n, gangs] for a slot of the gangs."""
        if isinstance(slot, Slot):
            return self.values[:, slot]
        columns = [_SLOTS + gang * _GANG_SLOTS + slot for gang in range(len(self.gangs))]
        return self.values[:, columns]

    def select(self, rows: ArrayLike) -> State:
        """Keep some worlds: a mask of n booleans, or row numbers."""
        chosen = np.asarray(rows)
        return replace(self, values=self.values[chosen].copy(), worlds=self.worlds[chosen].copy())


def initial_state(draws: Draws, setting: Setting, start: pd.Timestamp) -> State:
    """The state before the first week: no pact, beliefs at their priors, indices at rest.

    Parameters
    ----------
    draws
        One row a world.
    setting
        The case's population, gangs and the recorded rate of the year before.
    start
        First day of the first month.
    """
    gangs = len(setting.gangs)
    values = np.zeros((len(draws), _SLOTS + gangs * _GANG_SLOTS))
    p = draws.values
    values[:, Slot.SINCE_BREAK] = LONG_AGO
    values[:, Slot.ENFORCEMENT] = 1.0
    retained = 1.0 - p[:, P.retention_loss] * p[:, P.filter_usual]
    values[:, Slot.CAPTURE] = p[:, P.arrest] * retained
    fear = expit(p[:, P.fear_level] + p[:, P.fear_slope] * np.log(setting.rate_before / 30.0))
    values[:, Slot.FEAR] = fear
    values[:, Slot.APPROVAL] = expit(p[:, P.approval_level] + p[:, P.approval_fear] * fear)
    values[:, Slot.ADMINISTRATION] = p[:, P.approval_level]
    values[:, Slot.DEMOCRACY] = p[:, P.democracy_usual]
    values[:, Slot.FILTER] = p[:, P.filter_usual]
    values[:, Slot.CONTROL] = p[:, P.control_usual]
    values[:, Slot.INSTITUTIONS] = p[:, P.institutions_usual]
    values[:, Slot.PRESSURE] = p[:, P.pressure_usual]
    values[:, Slot.PLATFORM] = p[:, P.enforcement_mano_dura]
    values[:, Slot.CORRUPTION] = p[:, P.corruption_usual]
    honest = np.maximum(1e-9, 1.0 - p[:, P.corruption_usual])
    component = np.minimum(1.0, p[:, P.institutions_usual] / honest)
    for slot in (Slot.POLICE, Slot.JUDICIARY, Slot.INTEGRITY, Slot.PRISONS):
        values[:, slot] = component
    values[:, Slot.ORDINARY] = np.round(p[:, P.ordinary_prisoners_at_start])
    values[:, Slot.RECORDED_MONTH] = setting.rate_before
    people = float(setting.population_in(start.year + (start.month - 1) / 12.0))
    values[:, Slot.RECORDED_0 : Slot.RECORDED_11 + 1] = setting.rate_before * people / 1.2e6
    _place_gangs(values, draws, setting)
    _expect_killings(values, draws, setting, people)
    return State(values, draws.worlds.copy(), start, setting.gangs, seed=-1, reading="")


def _place_gangs(values: NDArray[np.float64], draws: Draws, setting: Setting) -> None:
    p = draws.values
    ordinary_regime = 1.0 - p[:, P.control_usual]
    spread = p[:, P.command_ceiling] - p[:, P.command_floor]
    for gang, share in enumerate(setting.shares):
        block = values[:, _SLOTS + gang * _GANG_SLOTS :]
        block[:, GangSlot.STREET] = np.round(share * p[:, P.members_at_start])
        prisoners = np.round(share * p[:, P.gang_prisoners_at_start])
        isolated = np.round(prisoners * p[:, P.segregated_usual])
        block[:, GangSlot.PRISON] = prisoners - isolated
        block[:, GangSlot.ISOLATED] = isolated
        block[:, GangSlot.COMMAND] = p[:, P.command_floor] + spread * ordinary_regime
        block[:, GangSlot.TRUST] = logit(p[:, P.trust_prior])
        block[:, GangSlot.RELIANCE] = logit(p[:, P.reliance_prior])
        block[:, GangSlot.INCLUDED] = 1.0
        block[:, GangSlot.READINESS] = 1.0
        block[:, GangSlot.FRAGMENTS] = 1.0
        block[:, GangSlot.TERRITORY] = share


def _expect_killings(
    values: NDArray[np.float64], draws: Draws, setting: Setting, people: float
) -> None:
    """Write what a year of business would kill: what actors expect before the first week."""
    p = draws.values
    deterred = np.exp(-p[:, P.deterrence] * values[:, Slot.CAPTURE])
    everybody = np.zeros(len(values))
    for gang, share in enumerate(setting.shares):
        block = values[:, _SLOTS + gang * _GANG_SLOTS :]
        foreign = (1.0 - share) / setting.rivalry_at_start if len(setting.shares) > 1 else 1.0
        rivals = 1.0 - p[:, P.rivalry] + p[:, P.rivalry] * foreign
        rate = block[:, GangSlot.STREET] * p[:, P.killing] * rivals * deterred
        block[:, GangSlot.BASE_RATE] = rate
        block[:, GangSlot.HEAT] = rate
        everybody += block[:, GangSlot.STREET]
    covered = 1.0 - np.exp(-everybody / p[:, P.coverage])
    per_person = p[:, P.ambient_floor] + p[:, P.ambient_gangs] * covered
    values[:, Slot.AMBIENT_RATE] = people * per_person * deterred
