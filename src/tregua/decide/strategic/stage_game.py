r"""The game of one month: what every combination of stance and replies pays, in one given state.

A government takes a stance and each gang restrains, goes about its business, or presses. The
decision layer already says what these are worth to an actor who *believes* something about the
others (`tregua.decide.utilities`). Here belief is replaced by what is played: the government's
expected killing $\hat y_s$ by that of stance $s$ with actions $a$,

$$ y(s, a) = A + f_s \sum_g B_g\,k_g(s, a_g), \qquad
   k(\text{business}) = 1-\eta_0,\quad k(\text{press}) = (1-\eta_0)(1+\varphi\kappa_g),\quad
   k(\text{restrain}) = (1-\eta)(1-\rho\kappa), $$

its belief that gangs deliver by whether they do, and a gang's view of stance, pact and rivals by
theirs. $A$ is ambient killing, $B_g$ the gang's ordinary killing, $f_s$ what an exception is
expected to leave; in a pact that includes the gang $\eta=\eta_1$ and its leaders command
$\kappa_{max}$, else $\eta=\eta_0$ and $\kappa=\kappa_g$. Where a government is certain what
gangs do in a pact, the two agree exactly.

A gang's trust stays its own: it is the weight that leaders give to a promise, not a guess at what
is played this month. The tensor has one entry for every player and profile; nothing of next month
is in it beyond what the utilities themselves count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.decide.compare import state_at
from tregua.decide.environment import GOVERNMENT
from tregua.decide.respond import _open_to
from tregua.decide.strategic.equilibria import logit_equilibrium, pure_equilibria
from tregua.decide.strategic.normal_form import NormalForm
from tregua.decide.utilities import (
    ACTIONS,
    expected_record,
    gang_utility,
    government_utility,
)
from tregua.model import (
    Draws,
    GangAction,
    GangView,
    History,
    Parameter,
    Profile,
    Stance,
    State,
    View,
    in_view,
    own,
)
from tregua.model.actor import is_pact
from tregua.model.strategy import IDLE
from tregua.simulate import Session

__all__ = ["quantal_months", "stage_game", "views_at"]

Row = NDArray[np.float64]
Table = NDArray[np.float64]

_MOST_GANGS = 4
# As the government's utility has them.
_EXCEPTION_WORKS = 0.5
_FORESIGHT = 2.0


def stage_game(view: Row, gangs: Sequence[str], *, all_stances: bool = False) -> NormalForm:
    """The game of one month in the state that a view shows.

    Parameters
    ----------
    view
        What the actors see (`View`, `GangView`), as `Session.views` or `views_at` gives it.
    gangs
        Names of the gangs, in the order of their numbers; 1 to 4.
    all_stances
        False leaves out the stances that a government that chooses does not have: pacts while gangs
        accept no offer, and all but the ordinary and the tough just after power changed hands.

    Returns
    -------
    NormalForm
        Players "government" and the gangs. Actions are lower-case names of `Stance` and
        `GangAction`; payoffs are in the units of `government_utility` and `gang_utility`.

    Raises
    ------
    ValueError
        If the view is not one of this many gangs.
    """
    if not 1 <= len(gangs) <= _MOST_GANGS or int(view[View.GANGS]) != len(gangs):
        raise ValueError(
            f"The view is of {int(view[View.GANGS])} gangs; {len(gangs)} were named, and a stage "
            f"game takes 1 to {_MOST_GANGS}."
        )
    open_now = [s for s in Stance if all_stances or _open_to(view, int(s))]
    profiles = np.zeros((1 + len(gangs), len(open_now), ACTIONS ** len(gangs)))
    row = np.ascontiguousarray(view, dtype=np.float64)
    _fill(row, np.array(open_now, dtype=np.int64), len(gangs), profiles)
    replies = tuple(action.name.lower() for action in GangAction)
    return NormalForm(
        (GOVERNMENT, *gangs),
        (tuple(s.name.lower() for s in open_now), *(replies for _ in gangs)),
        profiles.reshape(1 + len(gangs), len(open_now), *(ACTIONS for _ in gangs)),
    )


@compiled
def _fill(view: Row, stances: NDArray[np.int64], gangs: int, out: Table) -> None:
    """Write payoffs: float64[1 + gangs, stances, profiles], the last gang changing fastest."""
    actions = np.zeros(gangs, dtype=np.int64)
    for place in range(len(stances)):
        stance = stances[place]
        seen = _with_stance(view, stance, gangs)
        for profile in range(out.shape[2]):
            rest = profile
            for g in range(gangs - 1, -1, -1):
                actions[g] = rest % ACTIONS
                rest //= ACTIONS
            _write_actions(seen, actions)
            out[0, place, profile] = _government(view, seen, stance, actions)
            for g in range(gangs):
                out[1 + g, place, profile] = gang_utility(seen, g, actions[g])


@compiled
def _with_stance(view: Row, stance: int, gangs: int) -> Row:
    """What gangs see once a stance is in force for the month."""
    seen = view.copy()
    accepted = view[View.PACT] > 0.5 or view[View.COOLING] < 0.5
    in_force = is_pact(stance) and accepted
    seen[View.STANCE], seen[View.PACT] = float(stance), 1.0 if in_force else 0.0
    seen[View.CAPTURE] = _capture(view, stance)
    if not in_force:
        for g in range(gangs):  # nothing to envy
            seen[in_view(GangView.ENVIOUS, g)] = 0.0
    return seen


@compiled
def _capture(view: Row, stance: int) -> float:
    """Net capture hazard under a stance: a_0 e_s (1 - p_J J)."""
    effort = 1.0
    if stance == Stance.MANO_DURA:
        effort = view[View.PLATFORM]
    elif stance == Stance.BOTH:
        effort = view[own(Parameter.enforcement_both)]
    elif stance == Stance.EXCEPTION:
        effort = view[own(Parameter.enforcement_exception)]
    retained = 1.0 - view[own(Parameter.retention_loss)] * view[View.FILTER]
    return float(view[own(Parameter.arrest)] * effort * retained)


@compiled
def _write_actions(seen: Row, actions: NDArray[np.int64]) -> None:
    """Write what each gang does, which the others and the government rely on."""
    for g in range(len(actions)):
        restrains = 1.0 if actions[g] == GangAction.RESTRAIN else 0.0
        seen[in_view(GangView.RESTRAINING, g)] = restrains
        seen[in_view(GangView.RELIANCE, g)] = restrains
        seen[in_view(GangView.PRESSING, g)] = 1.0 if actions[g] == GangAction.PRESS else 0.0


@compiled
def _government(view: Row, seen: Row, stance: int, actions: NDArray[np.int64]) -> float:
    """The government's utility, its expected killing replaced by that of the profile."""
    weighing = seen.copy()
    # What a stance is compared with, and what is already public, is the state before the month.
    for place in (View.STANCE, View.PACT, View.CAPTURE):
        weighing[place] = view[place]
    believed = government_utility(weighing, stance)
    weight = 2.0 * view[View.FEAR] * view[own(Parameter.value_of_calm)]
    expected = expected_record(weighing, stance)
    return float(believed + weight * math.log(expected / _recorded(view, seen, stance, actions)))


@compiled
def _recorded(view: Row, seen: Row, stance: int, actions: NDArray[np.int64]) -> float:
    """Recorded killings a year of a profile, at least 1."""
    usual = 1.0 - view[own(Parameter.hidden_usual)]
    pact, left = seen[View.PACT] > 0.5, 1.0
    if stance == Stance.EXCEPTION:
        left = math.exp(-_EXCEPTION_WORKS * min(view[View.TO_ELECTION], _FORESIGHT))
    total = 0.0
    for g in range(len(actions)):
        inside = pact and view[in_view(GangView.INCLUDED, g)] > 0.5
        obeying = view[in_view(GangView.COMMAND, g)]
        share = usual
        if actions[g] == GangAction.RESTRAIN:
            command = view[own(Parameter.command_ceiling)] if inside else obeying
            shown = 1.0 - view[own(Parameter.hidden_pact)] if inside else usual
            share = shown * (1.0 - view[own(Parameter.restraint)] * command)
        elif actions[g] == GangAction.PRESS:
            share = usual * (1.0 + view[own(Parameter.pressing_effect)] * obeying)
        total += view[in_view(GangView.BASE_RATE, g)] * share
    return float(max(1.0, view[View.AMBIENT_RATE] + left * total))


# -- Over worlds -----------------------------------------------------------------------------------


def views_at(
    origin: str,
    draws: Draws,
    history: History,
    *,
    seed: int,
    initial: State | None = None,
) -> Table:
    """What the actors of every world see at the opening of a month, after scripted history.

    Parameters
    ----------
    origin
        The month, `YYYY-MM`.
    draws, history, seed
        Parameters of the worlds, what the case tells of its past, seed of the noise.
    initial
        State of the worlds at the origin, from `state_at`; None runs history.

    Returns
    -------
    numpy.ndarray
        float64[worlds, places], places as in `model.View`, `model.own` and `model.in_view`.
    """
    begin = state_at(origin, draws, history, seed=seed) if initial is None else initial
    start = pd.Timestamp(f"{origin}-01")
    session = Session(
        draws,
        start=start,
        end=start + pd.DateOffset(months=1),
        seed=seed,
        profile=Profile(IDLE.government),
        initial=begin,
        setting=history.rules_of(origin),
    )
    return session.views()


def quantal_months(views: Table, gangs: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Equilibria of the stage game in every world: who plays what, and which pure ones there are.

    Parameters
    ----------
    views
        float64[worlds, places], from `views_at`.
    gangs
        Names of the gangs.

    Returns
    -------
    logit : pandas.DataFrame
        Logit equilibria at each world's own precisions: columns player, action, probability (mean
        over worlds, 0 where a stance is not open), mc_error (standard error of that mean).
    pure : pandas.DataFrame
        Columns profile (names joined by " / "), share (of worlds in which it is an equilibrium)
        and mc_error; the most frequent first. A world may have several, or none, which is the row
        "none".
    """
    shares: dict[tuple[str, str], Row] = {}
    found: dict[str, Row] = {}
    for world, view in enumerate(views):
        game = stage_game(view, gangs)
        precisions = [view[own(Parameter.government_precision)]]
        precisions += [view[own(Parameter.gang_precision)]] * len(gangs)
        played = logit_equilibrium(game, precisions)
        for player, names, row in zip(game.players, game.actions, played.strategies, strict=True):
            for action, share in zip(names, row, strict=True):
                shares.setdefault((player, action), np.zeros(len(views)))[world] = share
        stable = [" / ".join(each.pure or ()) for each in pure_equilibria(game)] or ["none"]
        for name in stable:
            found.setdefault(name, np.zeros(len(views)))[world] = 1.0
    logit = pd.DataFrame(
        [
            {"player": player, "action": action, "probability": mean, "mc_error": error}
            for (player, action), values in shares.items()
            for mean, error in [_mean(values)]
        ]
    )
    pure = pd.DataFrame(
        [
            {"profile": name, "share": mean, "mc_error": error}
            for name, values in found.items()
            for mean, error in [_mean(values)]
        ]
    ).sort_values(["share", "profile"], ascending=[False, True], ignore_index=True)
    return logit, pure


def _mean(values: Row) -> tuple[float, float]:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()), spread / math.sqrt(len(values))
