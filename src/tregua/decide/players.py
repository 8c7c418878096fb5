"""The environment's class, in a file of its own: it alone needs PettingZoo and Gymnasium.

What agents see and are paid is said in `tregua.decide.environment`; here is only the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, cast

import numpy as np
import pandas as pd
from gymnasium.spaces import Box, Discrete, Space
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from tregua import record
from tregua.decide.compare import state_at
from tregua.decide.environment import (
    GOVERNMENT,
    PACTS,
    SECRET,
    PlayedStep,
    Rewards,
    sights_of,
)
from tregua.model import (
    Draws,
    GangAction,
    GangStrategy,
    GangView,
    GovernmentStrategy,
    History,
    Profile,
    Stance,
    Timeline,
    View,
    indifferent,
    prior_draws,
)
from tregua.model.script import WEEKS_PER_MONTH
from tregua.model.strategy import IDLE
from tregua.simulate import UNORDERED, Session

__all__ = ["Players"]

Row = NDArray[np.float64]
Mask = NDArray[np.int8]
Infos = dict[str, dict[str, Any]]

_WORLDS = 1000
_WEEKS_A_MONTH = WEEKS_PER_MONTH
_WEEKS_A_YEAR = 12 * WEEKS_PER_MONTH
_MOST_SEED = 2**62
# What the public sees of a stance that is kept secret.
_FACES = {Stance.SECRET_PACT: Stance.STATUS_QUO, Stance.BOTH: Stance.MANO_DURA}


class Players(ParallelEnv[str, Row, int]):  # type: ignore[misc]  # it ships no types
    """A government and gangs at one table; made by `tregua.decide.parallel_env`, which explains it.

    Attributes
    ----------
    possible_agents
        "government" and the gangs, as far as no strategy plays them.
    agents
        Those who play on; empty once an episode has been truncated.
    session
        The worlds of the episode; there is one world in it.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012  (an attribute of instances in PettingZoo)
        "name": "tregua_v0",
        "render_modes": [],
        "is_parallelizable": True,
    }
    render_mode = None
    session: Session

    def __init__(
        self,
        history: History | None,
        *,
        origin: str,
        years: int,
        draws: Draws | None,
        weeks_per_step: int,
        mechanisms: Sequence[str],
        seed: int,
        rewards: Rewards,
        government: GovernmentStrategy | Timeline | None,
        gangs: GangStrategy | None,
    ) -> None:
        self._history, self._draws = _worlds_of(history, draws, _checked_seed(seed))
        self._origin, self._years = origin, _checked_years(years, weeks_per_step)
        self._weeks, self._mechanisms, self._rewards = weeks_per_step, tuple(mechanisms), rewards
        self._profile = Profile(
            IDLE.government if government is None else government,
            indifferent if gangs is None else gangs,
        )
        first = np.datetime64(origin, "M")
        self._months = tuple(str(first + month) for month in range(12 * years + 1))
        self._setting = self._history.rules_of(origin)
        self._gangs = self._setting.gangs
        self._government_waits = government is None
        sides = [GOVERNMENT] if government is None else []
        self.possible_agents = [*sides, *(self._gangs if gangs is None else ())]
        if not self.possible_agents:
            raise ValueError("Strategies play both sides: nobody is left to learn.")
        self._sights = {agent: sights_of(agent, self._gangs) for agent in self.possible_agents}
        self._observed = {
            agent: cast(Space[Row], Box(np.zeros_like(sights.high), sights.high, dtype=np.float64))
            for agent, sights in self._sights.items()
        }
        self._choices = {
            agent: len(Stance) if agent == GOVERNMENT else len(GangAction)
            for agent in self.possible_agents
        }
        self._acted = {
            agent: cast(Space[int], Discrete(count)) for agent, count in self._choices.items()
        }
        self.agents: list[str] = []
        self._seed, self._episode = seed, -1

    def observation_space(self, agent: str) -> Space[Row]:
        """Bounds of what an agent observes: float64, one number an entry."""
        return self._observed[agent]

    def action_space(self, agent: str) -> Space[int]:
        """Numbers of `Stance` or of `GangAction`."""
        return self._acted[agent]

    def entries(self, agent: str) -> tuple[str, ...]:
        """Names of what an agent observes, in order: "fear", "trust.ms13"."""
        return self._sights[agent].names

    def state(self) -> Row:
        """The whole view of the world (`model.View`), for critics that see more than players."""
        return self._view.copy()

    def reset(
        self,
        seed: int | None = None,
        options: dict[str, Any] | None = None,  # noqa: ARG002  (the interface passes it)
    ) -> tuple[dict[str, Row], Infos]:
        """Begin an episode; with a seed, the first of that seed. `options` are not used."""
        if seed is None:
            self._episode += 1
        else:
            self._seed, self._episode = _checked_seed(seed), 0
        n = len(self._draws)
        world = self._draws.select([(self._seed + self._episode) % n])
        noise = self._seed + self._episode // n
        self.session = Session(
            world,
            start=f"{self._origin}-01",
            end=pd.Timestamp(f"{self._origin}-01") + pd.DateOffset(years=self._years),
            seed=noise,
            profile=self._profile,
            initial=state_at(self._origin, world, self._history, seed=noise),
            setting=self._setting,
            mechanisms=self._mechanisms,
        )
        self.agents = list(self.possible_agents)
        self._view = self._seen()
        recorded = self._view[View.RECORDED_YEAR] * self._view[View.POPULATION] / 1e5
        self._rate_before = max(1.0, float(recorded))
        return self._observe(), self._inform({}, {})

    def step(
        self, actions: Mapping[str, int]
    ) -> tuple[dict[str, Row], dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Play a step: everybody's action, by name of the agent, holds for all of its weeks."""
        if not self.agents:
            raise ValueError("The episode is over, or has not begun: call reset.")
        orders = self._orders(actions)
        session, before, since = self.session, self._view, self.session.years
        kept = session.advance(self._weeks, orders)[0]
        ledger = dict(zip(session.columns, kept.tolist(), strict=True))
        self._view = self._seen()
        played = PlayedStep(
            before=before,
            after=self._view,
            ledger=ledger,
            years=session.years - since,
            gangs=self._gangs,
            rate_before=self._rate_before,
        )
        components = self._rewards(played)
        over = session.week == session.weeks
        answer = (
            self._observe(),
            {agent: float(sum(components.get(agent, {}).values())) for agent in self.agents},
            dict.fromkeys(self.agents, False),
            dict.fromkeys(self.agents, over),
            self._inform(ledger, components),
        )
        if over:
            self.agents = []
        return answer

    def _seen(self) -> Row:
        over = self.session.week == self.session.weeks
        moved = not self._government_waits and not over
        view: Row = self.session.views(government_has_moved=moved)[0]
        return view

    def _observe(self) -> dict[str, Row]:
        seen = {}
        for agent in self.agents:
            view = self._view
            if agent != GOVERNMENT and self._mechanisms:
                view = self._without_secrets(view, self._gangs.index(agent))
            seen[agent] = view[self._sights[agent].places]
        return seen

    def _without_secrets(self, view: Row, gang: int) -> Row:
        """The view as a gang has it that may be left out of a pact, and not know of it."""
        gang_view = view[len(view) - len(GangView) * (len(self._gangs) - gang) :]
        inside = gang_view[GangView.INCLUDED] > 0.5
        knows = view[View.LEAKED] > 0.5 or gang_view[GangView.ENVIOUS] > 0.5
        stance = Stance(int(view[View.STANCE]))
        if inside or knows or stance not in _FACES:
            return view
        shown = view.copy()
        shown[list(SECRET)] = 0.0
        shown[View.STANCE] = _FACES[stance]
        return shown

    def _inform(
        self, ledger: Mapping[str, float], components: Mapping[str, Mapping[str, float]]
    ) -> Infos:
        month = self._months[self.session.week // _WEEKS_A_MONTH]
        return {
            agent: {
                "action_mask": self._mask(agent),
                "month": month,
                "components": dict(components.get(agent, {})),
                "ledger": ledger,
            }
            for agent in self.agents
        }

    def _mask(self, agent: str) -> Mask:
        mask = np.ones(self._choices[agent], dtype=np.int8)
        accepted = self._view[View.PACT] > 0.5 or self._view[View.COOLING] < 0.5
        if agent == GOVERNMENT and not accepted:
            mask[list(PACTS)] = 0
        return mask

    def _orders(self, actions: Mapping[str, int]) -> NDArray[np.int64]:
        if set(actions) != set(self.agents):
            raise ValueError(
                f"Actions are wanted of {', '.join(self.agents)}; given: "
                f"{', '.join(map(str, actions)) or 'none'}."
            )
        orders = np.full(1 + len(self._gangs), UNORDERED, dtype=np.int64)
        for agent, action in actions.items():
            number, most = action, self._choices[agent]
            if not isinstance(number, Integral) or not 0 <= number < most:
                raise ValueError(
                    f"The action of {agent} must be a whole number from 0 to {most - 1}, "
                    f"not {action!r}."
                )
            place = 0 if agent == GOVERNMENT else 1 + self._gangs.index(agent)
            orders[place] = int(number)
        return orders


def _worlds_of(history: History | None, draws: Draws | None, seed: int) -> tuple[History, Draws]:
    if history is not None:
        return history, prior_draws(_WORLDS, seed=seed) if draws is None else draws
    known = record.load("el-salvador")
    if draws is None:
        draws = prior_draws(_WORLDS, seed=seed, overrides=known.case.prior_ranges)
    return History.of(known), draws


def _checked_seed(seed: int) -> int:
    if not isinstance(seed, Integral) or not 0 <= seed <= _MOST_SEED:
        raise ValueError(f"The seed must be a whole number from 0 to 2**62, not {seed!r}.")
    return int(seed)


def _checked_years(years: int, weeks_per_step: int) -> int:
    if years < 1:
        raise ValueError(f"An episode lasts at least 1 year, not {years}.")
    if weeks_per_step < 1 or years * _WEEKS_A_YEAR % weeks_per_step:
        raise ValueError(
            f"weeks_per_step must divide the {years * _WEEKS_A_YEAR} weeks of an episode, "
            f"not {weeks_per_step}."
        )
    return years
