r"""The game as an environment for agents that learn: who sees what, and what a step is worth.

A strategy of the catalogue is written down; one that is *learned* needs a game it can be played in,
step by step. `parallel_env` gives that game the form that learning libraries share (Terry et al.
2021, "PettingZoo: Gym for Multi-Agent Reinforcement Learning"): agents that move at the same time,
each with what it may see and with a reward of its own. The worlds, the noise and the week are those
of `simulate.run`; nothing of the game is written again here.

**Who sees what.** The government sees published counts, polls, its prisons, its calendar, and of
each gang what it believes and what is done in public. It does not see a gang's trust or command,
nor whether a gang that kills less was ordered to: that it infers, as its belief `reliance` does. A
gang sees the public part of the same, and its own inside. Nobody sees hidden killings. A gang left
out of a secret pact of which it knows nothing sees the stance that the public sees.

**Rewards are a modelling choice**, not a finding. By default each actor is paid, step by step, what
its utility in the decision layer (`government_utility`, `gang_utility`) counts, with what happened
in the place of what it expected. No harm to people enters unless an actor cares for it; the whole
ledger of harm is reported beside every reward and belongs into every result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from tregua.decide import utilities
from tregua.model import (
    Draws,
    GangStrategy,
    GangView,
    GovernmentStrategy,
    History,
    Parameter,
    Stance,
    Timeline,
    View,
    in_view,
    own,
)
from tregua.model.actor import is_pact, may_leak

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv

__all__ = ["GOVERNMENT", "PlayedStep", "Rewards", "parallel_env", "realised_utilities"]

Row = NDArray[np.float64]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _plain(function: _Function) -> _Function:
    """The plain Python of a compiled function: quicker than a call across for a single number."""
    return cast(_Function, getattr(function, "py_func", function))


_own, _in_view = _plain(own), _plain(in_view)
PACTS = frozenset(stance for stance in Stance if _plain(is_pact)(stance))
_MAY_LEAK = frozenset(stance for stance in Stance if _plain(may_leak)(stance))

GOVERNMENT = "government"
"""Name of the government among the agents; the others are named as the case names its gangs."""

# What each actor may see. The gangs' replies by script (TRUST_NEEDED and the like), the switches
# and the uniform numbers for strategies that mix are no observations.
PUBLIC = (
    *(View.TIME, View.YEARS, View.LENGTH, View.STANCE, View.SINCE_CHANGE, View.PACT),
    *(View.LEAKED, View.SANCTIONED, View.STRUCK, View.BREACHED, View.SINCE_BREAK, View.COOLING),
    *(View.PROSECUTED, View.RECORDED_MONTH, View.RECORDED_YEAR, View.POPULATION, View.FEAR),
    *(View.APPROVAL, View.DEMOCRACY, View.INSTITUTIONS, View.PRECEDENT, View.PRESSURE),
    *(View.FILTER, View.CONTROL, View.ENFORCEMENT, View.PLATFORM, View.TO_ELECTION),
    *(View.INAUGURATION, View.TURNOVER, View.CAPTURE),
)
OF_GOVERNMENT = (*PUBLIC, View.AMBIENT_RATE, View.STREET)
OF_GANG_TO_GOVERNMENT = (
    *(GangView.RELIANCE, GangView.PRESSING, GangView.INCLUDED),
    *(GangView.STREET, GangView.SHARE, GangView.BASE_RATE),
)
OF_GANG_TO_ITSELF = (
    *(GangView.TRUST, GangView.COMMAND, GangView.RESTRAINING, GangView.PRESSING),
    *(GangView.INCLUDED, GangView.ENVIOUS, GangView.READINESS),
    *(GangView.STREET, GangView.SHARE, GangView.BASE_RATE),
)
OF_GANG_TO_RIVALS = (GangView.RESTRAINING, GangView.PRESSING, GangView.SHARE)
SECRET = (View.STANCE, View.PACT, View.BREACHED)
"""What a gang outside a pact is shown otherwise, as long as it knows of none."""

_SHARES = frozenset(
    {
        *(View.PACT, View.LEAKED, View.SANCTIONED, View.COOLING, View.PROSECUTED, View.FEAR),
        *(View.APPROVAL, View.DEMOCRACY, View.INSTITUTIONS, View.PRECEDENT, View.PRESSURE),
        *(View.FILTER, View.CONTROL, View.INAUGURATION, View.TURNOVER),
    }
)
_GANG_SHARES = frozenset(GangView) - {GangView.STREET, GangView.BASE_RATE}


@dataclass(frozen=True)
class Sights:
    """What one agent sees: places in the view, their names, and bounds."""

    places: NDArray[np.int64]
    names: tuple[str, ...]
    high: Row


def sights_of(agent: str, gangs: Sequence[str]) -> Sights:
    """What an agent sees, in order: the country, itself or the gangs, its rivals."""
    found: list[tuple[int, str, float]] = []
    for entry in OF_GOVERNMENT if agent == GOVERNMENT else PUBLIC:
        high = 1.0 if entry in _SHARES else math.inf
        found.append((int(entry), entry.name.lower(), _STANCES if entry == View.STANCE else high))
    for g, gang in enumerate(gangs):
        seen: tuple[GangView, ...] = OF_GANG_TO_GOVERNMENT
        if agent != GOVERNMENT:
            seen = OF_GANG_TO_ITSELF if agent == gang else OF_GANG_TO_RIVALS
        for place in seen:
            high = 1.0 if place in _GANG_SHARES else math.inf
            found.append((_in_view(place, g), f"{place.name.lower()}.{gang}", high))
    places, names, highs = zip(*found, strict=True)
    return Sights(np.array(places), names, np.array(highs))


_STANCES = float(len(Stance) - 1)


# -- Rewards ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlayedStep:
    """One step of the game, as rewards are told of it.

    Attributes
    ----------
    before, after
        float64[places]: the whole view (`model.View`, `model.own`, `model.in_view`) at the opening
        of the step, and of the next one.
    ledger
        What the step left in the ledger, by name: "killed", "command.ms13".
    years
        Length of the step in years.
    gangs
        Names of the gangs, in the order of their numbers.
    rate_before
        Recorded killings a year over the twelve months before the game began.
    """

    before: Row
    after: Row
    ledger: Mapping[str, float]
    years: float
    gangs: tuple[str, ...]
    rate_before: float

    @property
    def stance(self) -> Stance:
        """The government's stance at the end of the step."""
        return Stance(int(self.ledger["stance"]))


Rewards = Callable[[PlayedStep], Mapping[str, Mapping[str, float]]]
"""Agent -> name of a component -> number; an agent's reward is the sum of its components."""


def realised_utilities(step: PlayedStep) -> dict[str, dict[str, float]]:
    """What the utilities of the decision layer count, with what happened in place of expectations.

    Per year of the step, in the units of `government_utility` and `gang_utility`; one-off costs
    (a leak, a breach, a change of stance) in the step in which they arise. A government's calm is
    measured against the year before the game, 2 w_V F ln(y_0 / y), y the recorded killings a year.

    Parameters
    ----------
    step
        What was played.

    Returns
    -------
    dict
        For the government `calm`, `toughness`, `stance` (what holding it costs), `exposure` (leaks,
        breaches, prosecution) and `change`; for each gang `income`, `collusion`, `concession`,
        `restraint` and `pressing`.
    """
    rewards = {GOVERNMENT: _of_government(step)}
    for g, gang in enumerate(step.gangs):
        rewards[gang] = _of_gang(step, g, gang)
    return rewards


def _of_government(step: PlayedStep) -> dict[str, float]:
    view, stance, years = step.before, step.stance, step.years
    fear = float(view[View.FEAR])
    rate = max(1.0, step.ledger["recorded"] / years)
    calm = float(view[_own(Parameter.value_of_calm)]) * math.log(step.rate_before / rate)
    tough = float(view[_own(Parameter.approval_toughness)]) * utilities.toughness(int(stance))
    changed = stance != view[View.STANCE] and view[View.TURNOVER] < 0.5
    return {
        "calm": 2.0 * fear * calm * years,
        "toughness": 2.0 * fear * tough * years,
        "stance": _holding(step, stance) * years,
        "exposure": -_exposed(step, stance),
        "change": -float(view[_own(Parameter.inertia)]) if changed else 0.0,
    }


def _holding(step: PlayedStep, stance: Stance) -> float:
    """What a stance is worth a year beside calm and talk: concessions, votes, reform, outcry."""
    view = step.before
    if stance == Stance.MANO_DURA:
        return -float(view[_own(Parameter.crackdown_cost)])
    if stance == Stance.EXCEPTION:
        return utilities.worth_of_exception(view)
    if stance == Stance.REFORM:
        return utilities.worth_of_reform(view)
    if stance not in PACTS:
        return 0.0
    inside = sum(step.ledger[f"included.{gang}"] for gang in step.gangs) * step.ledger["pact"]
    delivered = sum(step.ledger[f"restraining.{gang}"] for gang in step.gangs) / len(step.gangs)
    votes = float(view[_own(Parameter.votes_delivered)]) * math.exp(-view[View.TO_ELECTION])
    worth = votes * delivered - inside * float(view[_own(Parameter.concession_cost)])
    return worth - (0.0 if stance in _MAY_LEAK else float(view[_own(Parameter.openness_cost)]))


def _exposed(step: PlayedStep, stance: Stance) -> float:
    """What leaks, breaches and prosecutions of the step cost."""
    view, ledger = step.before, step.ledger
    believed = utilities.believed(view)
    cost = float(view[_own(Parameter.leak_cost)]) * believed * ledger["leaks"]
    cost += float(view[_own(Parameter.breach_cost)]) * ledger["breaches"]
    if stance in _MAY_LEAK:
        charged = ledger["prosecuted"] * ledger["pact"] * step.years
        cost += float(view[_own(Parameter.prosecution_cost)]) * charged
    return cost


def _of_gang(step: PlayedStep, g: int, gang: str) -> dict[str, float]:
    view, ledger, years = step.before, step.ledger, step.years
    restraining, pressing = ledger[f"restraining.{gang}"], ledger[f"pressing.{gang}"]
    rivals = [ledger[f"restraining.{rival}"] for rival in step.gangs if rival != gang]
    together = restraining * sum(rivals) / len(rivals) if rivals else 0.0
    obeying = float(view[_in_view(GangView.COMMAND, g)])
    held = ledger["pact"] * ledger[f"included.{gang}"]
    risk = float(view[_own(Parameter.capture_cost)]) * float(view[View.CAPTURE])
    risk += float(view[_own(Parameter.pressing_cost)]) * obeying
    return {
        "income": years,
        "collusion": float(view[_own(Parameter.collusion_rent)]) * together * years,
        "concession": float(view[_own(Parameter.value_of_concession)]) * held * years,
        "restraint": -float(view[_own(Parameter.restraint_cost)]) * obeying * restraining * years,
        "pressing": -risk * pressing * years,
    }


# -- The environment -------------------------------------------------------------------------------


def parallel_env(
    history: History | None = None,
    *,
    origin: str = "2012-01",
    years: int = 10,
    draws: Draws | None = None,
    weeks_per_step: int = 4,
    mechanisms: Sequence[str] = (),
    seed: int = 1,
    rewards: Rewards = realised_utilities,
    government: GovernmentStrategy | Timeline | None = None,
    gangs: GangStrategy | None = None,
) -> ParallelEnv[str, Row, int]:
    """The game as a PettingZoo environment: a government and gangs that move at the same time.

    Actions are members of `Stance` and of `GangAction`; each holds for a whole step. An episode is
    one world from the origin on, after the history that the script tells of it; it is truncated
    after `years`, and never terminates before.

    `reset(seed=s)` starts a sequence of episodes, `reset()` goes on to the next. Episode e of seed
    s takes row (s + e) modulo n of the draws, and noise of seed s + e // n: the same seed and the
    same actions give the same bits.

    `infos[agent]` holds "action_mask" (int8: a pact may be offered only while one is in force or
    gangs accept offers; the mask forbids nothing, the offer would be refused), "month",
    "components" (of the reward) and "ledger" (all of it, also what nobody sees: not for policies).

    Parameters
    ----------
    history
        What a case tells of its past; None is the embedded El Salvador.
    origin
        Month at whose start the game begins, `YYYY-MM`.
    years
        Length of an episode, at least 1.
    draws
        Parameters of the worlds; None draws 1,000 from the priors with `seed`.
    weeks_per_step
        Weeks between two moves, a week being a quarter of a month: 4 is a month, 1 the shortest.
        It must divide the length of an episode.
    mechanisms
        Names of optional mechanisms to switch on (`model.MECHANISMS`).
    seed
        Seed of the first episodes if `reset` is given none, 0 to 2**62.
    rewards
        What each step is worth to each agent (`realised_utilities` unless given); agents left out
        get 0.
    government, gangs
        A strategy that plays this side, which is then no agent; None makes agents of it. Gangs
        that face a strategy or a timeline see the stance that it has just taken.

    Returns
    -------
    pettingzoo.ParallelEnv
        With `entries(agent)`, names of what the agent observes, in order, and `session`, the
        `simulate.Session` of the episode.

    Raises
    ------
    ImportError
        If PettingZoo is not installed; the message says how to install it.
    ValueError
        If an argument makes no sense; the message says which and why.
    """
    try:
        from tregua.decide.players import Players
    except ImportError as missing:
        raise ImportError(
            f"An environment needs PettingZoo and Gymnasium ({missing.name} is missing): "
            "pip install 'tregua[players]'"
        ) from None
    return Players(
        history,
        origin=origin,
        years=years,
        draws=draws,
        weeks_per_step=weeks_per_step,
        mechanisms=mechanisms,
        seed=seed,
        rewards=rewards,
        government=government,
        gangs=gangs,
    )
