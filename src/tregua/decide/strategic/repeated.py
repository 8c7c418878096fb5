r"""The game played month after month, and when the shadow of the future keeps a promise.

A plan for a repeated game is an *automaton*: states, what everybody plays in each, and where play
goes from there (Rubinstein 1986, "Finite automata play the repeated prisoner's dilemma", Journal
of Economic Theory 39). With values

$$ V_i(z) = u_i(z, a_z) + \delta_i \sum_{z'} P(z' \mid z, a_z)\, V_i(z'), $$

a plan is proof against *every* deviation if it is against those of one month, in every state
(Blackwell 1965; Mailath and Samuelson 2006, Repeated Games and Reputations, section 2.2). That
turns the folk theorem into arithmetic. With the payoffs of a dilemma, $T > R > P > S$, a grim
trigger holds from $\delta^* = (T-R)/(T-P)$ on, a punishment of $n$ months from the root of
$T-R = (R-P)(\delta + \dots + \delta^n)$, and tit for tat as a Nash equilibrium from
$\max\{(T-R)/(R-S),\ (T-R)/(T-P)\}$, but it is proof in every state at one $\delta$ at most.

A pact is such a plan with two states, kept and broken, and with noise in between. Written out as
one, it gives back the conditions of `tregua.decide.bargain`. With choices that err (a logit choice
of precision $\lambda$ between keeping and breaking, on the values that errors leave) it gives them
in the limit of $\lambda \to \infty$, and where noise vanishes too, the folk theorem's
$x_g^* = [s\kappa - k + d\,(1-\delta)/\delta]/(w - \psi)$.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.decide.bargain import Bargain
from tregua.decide.strategic.normal_form import NormalForm

__all__ = [
    "Plan",
    "bargain_limits",
    "grim_trigger",
    "pact_patience",
    "pact_plan",
    "patience_needed",
    "punishment",
    "quantal_pact",
    "repeat_last",
]

Array = NDArray[np.float64]

_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Plan:
    """An automaton: what is played in each state, and what follows what.

    Attributes
    ----------
    players
        Names.
    actions
        For each player the names of its actions.
    states
        Names; play begins in the first.
    payoffs
        float64[states, players, actions of the first, ...]; alike in all states for a repeated
        game.
    play
        int64[states, players]: the action that the plan asks for.
    transition
        float64[players, states, actions of the first, ..., states]: where play goes next, as each
        player believes it; beliefs may differ.

    Raises
    ------
    ValueError
        If shapes do not fit, an action is none, or a transition is no distribution.
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    states: tuple[str, ...]
    payoffs: Array
    play: NDArray[np.int64]
    transition: Array

    def __post_init__(self) -> None:
        """Refuse what is no plan."""
        moves = tuple(len(each) for each in self.actions)
        n, z = len(self.players), len(self.states)
        wanted = {
            "payoffs": (z, n, *moves),
            "play": (z, n),
            "transition": (n, z, *moves, z),
        }
        for name, shape in wanted.items():
            given = np.shape(getattr(self, name))
            if given != shape:
                raise ValueError(f"A plan needs {name} of shape {shape}, not {given}.")
        play = np.asarray(self.play)
        if (play < 0).any() or (play >= np.array(moves)).any():
            raise ValueError("A plan asks for an action that does not exist.")
        likely = np.asarray(self.transition)
        if (likely < 0).any() or not np.allclose(likely.sum(axis=-1), 1.0):
            raise ValueError("Every transition must be a distribution over states.")

    def values(self, discounts: ArrayLike) -> Array:
        r"""Value of each state to each player, everybody following the plan.

        Parameters
        ----------
        discounts
            :math:`\delta` of all players, or one for each; within [0, 1).

        Returns
        -------
        numpy.ndarray
            float64[players, states], by solving the linear equations.
        """
        delta = self._discounts(discounts)
        states = range(len(self.states))
        rows = []
        for i in range(len(self.players)):
            paid = np.array([self.payoffs[(z, i, *self.play[z])] for z in states])
            moves = np.array([self.transition[(i, z, *self.play[z])] for z in states])
            rows.append(np.linalg.solve(np.eye(len(paid)) - delta[i] * moves, paid))
        return np.array(rows)

    def deviations(self, discounts: ArrayLike) -> pd.DataFrame:
        """What each player gains by departing from the plan for one month.

        Returns
        -------
        pandas.DataFrame
            Columns state, player, action, gain; actions that the plan asks for are left out.
        """
        rows = [
            {"state": self.states[z], "player": player, "action": action, "gain": float(gain)}
            for z, gains in enumerate(self._gains(discounts))
            for i, player in enumerate(self.players)
            for k, (action, gain) in enumerate(zip(self.actions[i], gains[i], strict=True))
            if k != self.play[z, i]
        ]
        return pd.DataFrame(rows)

    def best_values(self, discounts: ArrayLike) -> Array:
        """Value of each state to a player who answers the others' plan as well as can be.

        By value iteration to a relative error of 1e-12: the plan's own values are these if and
        only if no deviation pays, of any length.

        Returns
        -------
        numpy.ndarray
            float64[players, states].
        """
        delta, rows = self._discounts(discounts), []
        for i in range(len(self.players)):
            value = np.zeros(len(self.states))
            scale = 1e-12 * (1.0 + float(np.abs(self.payoffs[:, i]).max()))
            while True:
                new = np.array(
                    [self._worth(z, i, value, delta[i]).max() for z in range(len(value))]
                )
                done = np.abs(new - value).max() <= scale * (1.0 - delta[i])
                value = new
                if done:
                    break
            rows.append(value)
        return np.array(rows)

    def proof(self, discounts: ArrayLike, *, everywhere: bool = True) -> bool:
        """Whether nobody gains by departing.

        Parameters
        ----------
        discounts
            As for `values`.
        everywhere
            True asks it of every state (a subgame-perfect equilibrium), by deviations of one month.
            False asks it of the beginning only (a Nash equilibrium), by value iteration over plans
            of any length.
        """
        if everywhere:
            gains = self._gains(discounts)
            return max(float(each.max()) for row in gains for each in row) <= _TOLERANCE
        gain = self.best_values(discounts)[:, 0] - self.values(discounts)[:, 0]
        return bool(gain.max() <= 1e-8)

    def _gains(self, discounts: ArrayLike) -> list[list[Array]]:
        """By state and player: what each action gains over the one asked for, in one month."""
        delta, values = self._discounts(discounts), self.values(discounts)
        return [
            [
                worth - worth[self.play[z, i]]
                for i in range(len(self.players))
                for worth in [self._worth(z, i, values[i], delta[i])]
            ]
            for z in range(len(self.states))
        ]

    def _worth(self, state: int, player: int, values: Array, delta: float) -> Array:
        """Value of each action of a player, the others doing as asked, the plan holding after."""
        place: list[int | slice] = [*self.play[state].tolist()]
        place[player] = slice(None)
        paid = self.payoffs[(state, player, *place)]
        return np.asarray(paid + delta * self.transition[(player, state, *place)] @ values)

    def _discounts(self, discounts: ArrayLike) -> Array:
        given = np.asarray(discounts, dtype=np.float64)
        if (
            given.shape not in ((), (len(self.players),))
            or not ((given >= 0.0) & (given < 1.0)).all()
        ):
            raise ValueError(
                f"Discount factors lie within [0, 1), one or {len(self.players)} of them; given: "
                f"{given.tolist()}."
            )
        return np.broadcast_to(given, (len(self.players),))


# -- Plans for a repeated game ---------------------------------------------------------------------


def punishment(
    game: NormalForm, kept: Sequence[str], broken: Sequence[str], *, months: int
) -> Plan:
    """Keep to one profile; after any departure play another for some months, then forgive.

    Parameters
    ----------
    game
        The game of one month.
    kept, broken
        Names of actions, one a player.
    months
        Length of the punishment, at least 1. During it nobody's action changes what follows.
    """
    if months < 1:
        raise ValueError(f"A punishment lasts at least 1 month, not {months}.")
    states = ("kept", *(f"punishment {k + 1}" for k in range(months)))
    play = np.array([_numbers(game, kept)] + months * [_numbers(game, broken)])
    after = [0, *((k + 1) % (months + 1) for k in range(1, months + 1))]
    return _plan(game, states, play, lambda z, actions: _next(z, actions, play, after))


def _next(state: int, actions: tuple[int, ...], play: NDArray[np.int64], after: list[int]) -> int:
    departed = state == 0 and actions != tuple(play[0])
    return 1 if departed else after[state]


def grim_trigger(game: NormalForm, kept: Sequence[str], broken: Sequence[str]) -> Plan:
    """Keep to one profile; after any departure play another for good.

    Friedman 1971, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38.

    Parameters
    ----------
    game
        The game of one month.
    kept, broken
        Names of actions, one a player.
    """
    play = np.array([_numbers(game, kept), _numbers(game, broken)])
    return _plan(game, ("kept", "broken"), play, lambda z, a: _next(z, a, play, [0, 1]))


def repeat_last(game: NormalForm) -> Plan:
    """Tit for tat: each plays what the other played last; both begin with their first action.

    Axelrod 1984, The Evolution of Cooperation.

    Parameters
    ----------
    game
        The game of one month.

    Raises
    ------
    ValueError
        If there are not two players with as many actions each.
    """
    if len(game.players) != 2 or game.shape[0] != game.shape[1]:
        raise ValueError("Tit for tat needs two players with as many actions each.")
    size = game.shape[0]
    lasts = [(a, b) for a in range(size) for b in range(size)]
    states = tuple(" / ".join(game.named(last)) for last in lasts)
    play = np.array([(b, a) for a, b in lasts])
    return _plan(game, states, play, lambda _, actions: lasts.index((actions[0], actions[1])))


def _numbers(game: NormalForm, profile: Sequence[str]) -> tuple[int, ...]:
    game.payoff(profile)  # refuses what is no profile
    return tuple(names.index(name) for names, name in zip(game.actions, profile, strict=True))


def _plan(
    game: NormalForm,
    states: tuple[str, ...],
    play: NDArray[np.int64],
    follows: Callable[[int, tuple[int, ...]], int],
) -> Plan:
    """A plan for a repeated game in which all see everything."""
    n, z = len(game.players), len(states)
    transition = np.zeros((n, z, *game.shape, z))
    for state in range(z):
        for actions in game.profiles():
            after = follows(state, actions)
            for player in range(n):
                transition[(player, state, *actions, after)] = 1.0
    payoffs = np.broadcast_to(game.payoffs, (z, *game.payoffs.shape))
    return Plan(game.players, game.actions, states, payoffs, play, transition)


def patience_needed(
    plan: Plan,
    *,
    player: str | None = None,
    state: str | None = None,
    everywhere: bool = True,
    points: int = 200,
) -> tuple[tuple[float, float], ...]:
    """Discount factors at which nobody departs from a plan, as intervals.

    Parameters
    ----------
    plan
        The plan.
    player
        Look at this player only; None at all of them, with one discount factor.
    state
        Look at departures from this state only; None at all states.
    everywhere
        As for `Plan.proof`; False looks at the beginning, and at plans of any length.
    points
        Values of the first look; intervals narrower than 1/points may be missed.

    Returns
    -------
    tuple of (float, float)
        Ends are exact to 1e-8, or to 1e-5 where `everywhere` is False; () where no patience is
        enough. An end at 0 or 1 is one of the range.
    """
    if player is not None and player not in plan.players:
        raise ValueError(f"No player '{player}'. Known: {', '.join(plan.players)}.")
    if state is not None and state not in plan.states:
        raise ValueError(f"No state '{state}'. Known: {', '.join(plan.states)}.")

    def gain(delta: float) -> float:
        if not everywhere:
            better = plan.best_values(delta)[:, 0] - plan.values(delta)[:, 0]
            chosen = better if player is None else better[[plan.players.index(player)]]
            return float(chosen.max()) - 1e-8
        gains = plan._gains(delta)
        return (
            max(
                float(gains[z][i].max())
                for z, at in enumerate(plan.states)
                for i, who in enumerate(plan.players)
                if state in (None, at) and player in (None, who)
            )
            - _TOLERANCE
        )

    last = 1.0 - 1e-2 if not everywhere else 1.0 - 1e-9
    grid = np.append(np.linspace(0.0, 1.0, points, endpoint=False), last)
    holds = [gain(float(delta)) <= 0.0 for delta in grid]
    return tuple(_intervals(grid, holds, gain))


def _intervals(
    grid: Array, holds: Sequence[bool], gain: Callable[[float], float]
) -> list[tuple[float, float]]:
    found, begin = [], 0.0 if holds[0] else None
    for k in range(1, len(grid)):
        if holds[k] == holds[k - 1]:
            continue
        inside, outside = (grid[k], grid[k - 1]) if holds[k] else (grid[k - 1], grid[k])
        for _ in range(50):
            middle = (inside + outside) / 2.0
            inside, outside = (middle, outside) if gain(middle) <= 0.0 else (inside, middle)
        if holds[k]:
            begin = float(inside)
        elif begin is not None:
            found.append((begin, float(inside)))
            begin = None
    if begin is not None:
        found.append((begin, 1.0))
    return found


# -- The pact as a plan ----------------------------------------------------------------------------


def pact_plan(bargain: Bargain) -> Plan:
    """A bargain written out as a plan of a government and one of its like gangs.

    Two states, "pact" and "broken". In a pact the government keeps or reneges, the gang complies or
    cheats; the other gangs comply. What ends a pact is what each side sees: the gang its own
    alarms, what it fears of the government's word and, with `shared_alarm`, those of others; the
    government the alarms of all. Once broken, actions change nothing.

    Parameters
    ----------
    bargain
        Single numbers, no arrays.
    """
    if bargain.shape != ():
        raise ValueError(f"A plan is one bargain, not {bargain.shape} of them.")
    b = {name: float(value) for name, value in vars(bargain).items()}
    n, calm = b["gangs"], b["calm_value"] * b["command"] * b["restraint"] * b["violence"]
    quiet, seen = 1.0 - b["false_alarm"], 1.0 - b["detection"]
    payoffs = np.empty((2, 2, 2, 2))
    paid = n * b["regime_cost"] * b["concession"]
    for reneges in (0, 1):
        for cheats in (0, 1):
            kept = (n - cheats) * calm - paid - b["exposure_cost"]
            payoffs[0, 0, reneges, cheats] = kept + reneges * (paid + b["tough_bonus"])
            comfort = (1 - reneges) * b["regime_value"] * b["concession"]
            cost = b["restraint_cost"] * b["command"]
            payoffs[0, 1, reneges, cheats] = comfort - cost + cheats * float(bargain.temptation)
    payoffs[1, 0] = b["government_outside"]
    payoffs[1, 1] = b["power_shift"] * b["concession"] - b["conditional_repression"]
    stays = np.zeros((2, 2, 2))  # by player, what the government does, what the gang does
    stays[0, 0] = float(bargain.survival) * quiet ** (n - 1) * np.array([quiet, seen])
    stays[1, 0] = float(bargain.perceived_survival) * np.array([quiet, seen])
    transition = np.empty((2, 2, 2, 2, 2))
    transition[:, 0, ..., 0], transition[:, 0, ..., 1] = stays, 1.0 - stays
    transition[:, 1, ..., 0], transition[:, 1, ..., 1] = b["resumption"], 1.0 - b["resumption"]
    return Plan(
        ("government", "gang"),
        (("keep", "renege"), ("comply", "cheat")),
        ("pact", "broken"),
        payoffs,
        np.zeros((2, 2), dtype=np.int64),
        transition,
    )


def pact_patience(bargain: Bargain) -> tuple[Array, Array]:
    r"""Least discount factors at which a gang and the government keep a pact, at `concession`.

    From (G) and (V) solved for patience, with :math:`q=S(1-\alpha)` as the gang sees
    it, :math:`K=S(1-\alpha)^n`, surpluses y and Y, and one-shot gains d and C = n c x + R:
    :math:`\delta_g^* = d/[S(\beta-\alpha)y + d(q-\varrho)]` and
    :math:`\delta_G^* = C/[KY + C(K-\varrho)]`.

    Parameters
    ----------
    bargain
        Numbers or arrays.

    Returns
    -------
    gang, government : numpy.ndarray
        Of the bargain's shape; 1 or more where no patience is enough, infinite where none would be.

    Examples
    --------
    >>> gang, government = pact_patience(Bargain())
    >>> print(f"{gang:.3f} {government:.3f}")
    0.632 0.604
    """
    alarm, n = np.asarray(bargain.false_alarm), np.asarray(bargain.gangs)
    quiet = 1.0 - alarm
    seen = np.asarray(bargain.perceived_survival)
    cheats = np.asarray(bargain.temptation)
    net = np.asarray(bargain.regime_value) - bargain.power_shift
    surplus = net * bargain.concession - np.asarray(bargain.restraint_cost) * bargain.command
    surplus = surplus + bargain.conditional_repression
    power = seen * (np.asarray(bargain.detection) - alarm) * surplus
    gang = _least(cheats, power + cheats * (seen * quiet - bargain.resumption), surplus)
    calm = np.asarray(bargain.calm_value) * bargain.command * bargain.restraint * bargain.violence
    worth = n * (calm - np.asarray(bargain.regime_cost) * bargain.concession)
    worth = worth - bargain.exposure_cost - bargain.government_outside
    keeps = np.asarray(bargain.survival) * quiet**n
    reneges = np.asarray(bargain.government_temptation)
    bill = keeps * worth + reneges * (keeps - bargain.resumption)
    return gang, _least(reneges, bill, worth)


def _least(temptation: Array, future: Array, surplus: Array) -> Array:
    """Temptation over what the future weighs against it, 0 where nothing tempts."""
    tempted = np.asarray(temptation) > 0.0
    weighs = (np.asarray(future) > 0.0) & (np.asarray(surplus) >= 0.0)
    ratio = np.divide(temptation, np.where(weighs, future, 1.0))
    found = np.where(tempted, np.where(weighs, ratio, np.inf), 0.0)
    return np.asarray(found)[()]


# -- Choices that err ------------------------------------------------------------------------------

_ROUNDS = 2_000
_STILL = 1e-12


def quantal_pact(bargain: Bargain, precision: float) -> tuple[Array, Array]:
    r"""How likely a gang complies and the government keeps in a pact whose sides may err.

    Each month each side chooses with probability :math:`1/(1+e^{\lambda g})` to keep its word, g
    being what a month of breaking gains on the values that errors of all leave. The fixed point
    reached from everybody's keeping is taken: the best that such a pact can be.

    Parameters
    ----------
    bargain
        Numbers or arrays.
    precision
        :math:`\lambda` above 0, per base income for gangs and per hundred killings for the
        government.

    Returns
    -------
    comply, keep : numpy.ndarray
        Probabilities a month, of the bargain's shape.
    """
    if not (precision > 0.0 and np.isfinite(precision)):
        raise ValueError(f"The precision must be above 0 and finite, not {precision}.")
    sides = _Sides.of(bargain)
    comply, keep = np.ones(bargain.shape), np.ones(bargain.shape)
    for _ in range(_ROUNDS):
        gang, government = sides.gains(comply, keep)
        new = _logistic(-precision * gang), _logistic(-precision * government)
        moved = max(float(np.abs(new[0] - comply).max()), float(np.abs(new[1] - keep).max()))
        comply, keep = (comply + new[0]) / 2.0, (keep + new[1]) / 2.0
        if moved < _STILL:
            break
    return comply, keep


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -700.0, 700.0))))


@dataclass(frozen=True)
class _Sides:
    """The pieces of a bargain from which gains of breaking follow, given how often all keep it."""

    bargain: Bargain
    gang_factor: Array
    government_factor: Array

    @classmethod
    def of(cls, bargain: Bargain) -> _Sides:
        factors = (
            np.exp(-np.asarray(rate) / 12.0)
            for rate in (bargain.gang_discount, bargain.government_discount)
        )
        return cls(bargain, *factors)

    def gains(self, comply: Array, keep: Array) -> tuple[Array, Array]:
        """What a gang gains by a month of cheating, and the government by reneging."""
        b = self.bargain
        quiet, unseen = 1.0 - np.asarray(b.false_alarm), 1.0 - np.asarray(b.detection)
        cheat = np.asarray(b.temptation)
        stays = keep * np.asarray(b.perceived_survival)
        comfort = keep * b.regime_value * b.concession
        inside = comfort - np.asarray(b.restraint_cost) * b.command + (1.0 - comply) * cheat
        outside = np.asarray(b.power_shift) * b.concession - b.conditional_repression
        mixed = comply * quiet + (1.0 - comply) * unseen
        lost = (inside - outside) / (1.0 - self.gang_factor * (stays * mixed - b.resumption))
        gang = cheat - self.gang_factor * stays * (quiet - unseen) * lost
        n = np.asarray(b.gangs)
        calm = np.asarray(b.calm_value) * b.command * b.restraint * b.violence
        renege = np.asarray(b.government_temptation)
        inside = n * (comply * calm - np.asarray(b.regime_cost) * b.concession) - b.exposure_cost
        inside = inside + (1.0 - keep) * renege - b.government_outside
        alive = np.asarray(b.survival) * mixed**n
        lost = inside / (1.0 - self.government_factor * (keep * alive - b.resumption))
        government = renege - self.government_factor * alive * lost
        return np.asarray(gang), np.asarray(government)


def _holds(bargain: Bargain, precision: float) -> NDArray[np.bool_]:
    comply, keep = quantal_pact(bargain, precision)
    return np.asarray((comply > 0.5) & (keep > 0.5))


def bargain_limits(
    bargain: Bargain, *, precisions: Sequence[float], noise: Sequence[float] = (1.0,)
) -> pd.DataFrame:
    """Concessions at which a pact of erring sides holds, beside the conditions in closed form.

    Parameters
    ----------
    bargain
        Single numbers.
    precisions
        Precisions of choice, each above 0.
    noise
        Shares of the bargain's noise that are left, 0 to 1: false alarms, cheating that is not
        seen, leaks, turnover, breaches and distrust are multiplied by each.

    Returns
    -------
    pandas.DataFrame
        Columns noise, precision, least and most (concessions at which both sides keep their word
        more often than not; no number where there is none), closed_least and closed_most (equations
        (G) and (V), the latter at most 1).
    """
    if bargain.shape != ():
        raise ValueError(f"Limits are of one bargain, not {bargain.shape} of them.")
    rows = []
    for share in noise:
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"A share of noise lies from 0 to 1, not {share}.")
        quieter = _with_noise(bargain, share)
        for precision in precisions:
            least, most = _range_held(quieter, precision)
            rows.append(
                {
                    "noise": share,
                    "precision": float(precision),
                    "least": least,
                    "most": most,
                    "closed_least": float(quieter.minimal_concession),
                    "closed_most": min(1.0, float(quieter.maximal_concession)),
                }
            )
    return pd.DataFrame(rows)


def _with_noise(b: Bargain, share: float) -> Bargain:
    return b.replace(
        false_alarm=share * np.asarray(b.false_alarm),
        detection=1.0 - share * (1.0 - np.asarray(b.detection)),
        leak=share * np.asarray(b.leak),
        turnover=share * np.asarray(b.turnover),
        breach=share * np.asarray(b.breach),
        trust=1.0 - share * (1.0 - np.asarray(b.trust)),
    )


def _range_held(bargain: Bargain, precision: float) -> tuple[float, float]:
    grid = np.linspace(0.0, 1.0, 101)
    held = _holds(bargain.replace(concession=grid), precision)
    if not held.any():
        return float("nan"), float("nan")
    first, last = int(held.argmax()), len(grid) - 1 - int(held[::-1].argmax())
    low, high = float(grid[first]), float(grid[last])
    if first > 0:
        low = _edge(bargain, precision, low, float(grid[first - 1]))
    if last < len(grid) - 1:
        high = _edge(bargain, precision, high, float(grid[last + 1]))
    return low, high


def _edge(bargain: Bargain, precision: float, inside: float, outside: float) -> float:
    """The concession between two at which the pact just holds: six looks of 17 values."""
    for _ in range(6):
        grid = np.linspace(inside, outside, 17)
        held = _holds(bargain.replace(concession=grid), precision)
        last = int(held.argmin()) if not held.all() else len(grid) - 1
        inside, outside = float(grid[max(last - 1, 0)]), float(grid[last])
    return inside
