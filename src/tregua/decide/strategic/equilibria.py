r"""Equilibria of a game in normal form, by the plainest exact method for each.

*Pure* equilibria are found by looking at every profile. For two players all *extreme* equilibria
are: with $A$ the payoffs of the row player and $y$ the column's strategy, the corners of
$\{(y, u) : Ay \le u,\ y \ge 0,\ \sum y = 1\}$ and of its twin are listed, and every pair in which
each action is a best reply or unused is an equilibrium; all others are mixtures of these (Avis,
Rosenberg, Savani and von Stengel 2010, "Enumeration of Nash equilibria for two-player games",
Economic Theory 42).

A *logit* equilibrium lets every player err,
$\sigma_i(a) \propto e^{\lambda_i u_i(a, \sigma_{-i})}$, with correct beliefs about others' errors
(McKelvey and Palfrey 1995, Games and Economic Behavior 10).
The branch that starts from indifference at $\lambda = 0$ is traced as a curve (Turocy 2005, "A
dynamic homotopy interpretation of the logistic quantal response equilibrium correspondence", Games
and Economic Behavior 51); as $\lambda$ grows it selects one Nash equilibrium.

In a *correlated* equilibrium $\mu$ a mediator draws a profile and tells each player its own part;
nobody gains by not listening (Aumann 1974, Journal of Mathematical Economics 1):

$$ \sum_{a_{-i}} \mu(a_i, a_{-i})\,[u_i(b, a_{-i}) - u_i(a_i, a_{-i})] \le 0 \quad
   \text{for all } i, a_i, b. $$

These are linear, so the best and the worst for any player are linear programs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from tregua.decide.strategic.normal_form import Equilibrium, NormalForm, contracted

__all__ = [
    "CorrelatedEquilibrium",
    "correlated_equilibrium",
    "correlated_range",
    "logit_equilibrium",
    "logit_path",
    "mixed_equilibria",
    "pure_equilibria",
]

Array = NDArray[np.float64]

_MOST_SYSTEMS = 200_000
_ROUNDING = 1e-9
_SAME = 1e-7  # two corners this near are one


# -- Pure and mixed equilibria ---------------------------------------------------------------------


def pure_equilibria(game: NormalForm, *, tolerance: float = _ROUNDING) -> tuple[Equilibrium, ...]:
    """All equilibria in which nobody mixes, for any number of players.

    Parameters
    ----------
    game
        The game.
    tolerance
        Gain below which a deviation counts as none, at least 0; relative to the payoffs' size.

    Returns
    -------
    tuple of Equilibrium
        In the order of `NormalForm.profiles`; there may be none.

    Examples
    --------
    >>> chicken = NormalForm.of_matrices([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> [found.pure for found in pure_equilibria(chicken)]
    [('0', '1'), ('1', '0')]
    """
    if not tolerance >= 0.0:
        raise ValueError(f"The tolerance must be at least 0, not {tolerance}.")
    slack = tolerance * (1.0 + float(np.abs(game.payoffs).max()))
    stable = np.ones(game.shape, dtype=bool)
    for player in range(len(game.players)):
        own = game.payoffs[player]
        stable &= own >= own.max(axis=player, keepdims=True) - slack
    return tuple(
        Equilibrium(game, _as_mixed(game, profile))
        for profile in game.profiles()
        if stable[profile]
    )


def _as_mixed(game: NormalForm, profile: Sequence[int]) -> tuple[Array, ...]:
    return tuple(np.eye(size)[k] for size, k in zip(game.shape, profile, strict=True))


def mixed_equilibria(game: NormalForm) -> tuple[Equilibrium, ...]:
    """All extreme equilibria of a game of two players, pure ones included.

    Every equilibrium is a mixture of these; in a game without ties they are all there are, an odd
    number.

    Parameters
    ----------
    game
        A game of two players with few actions: up to about 9 each.

    Returns
    -------
    tuple of Equilibrium
        Pure ones first.

    Raises
    ------
    ValueError
        If there are not two players, or too many actions to look at every pair of supports.

    Examples
    --------
    >>> pennies = NormalForm.of_matrices([[1, -1], [-1, 1]])
    >>> [row.tolist() for row in mixed_equilibria(pennies)[0].strategies]
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if len(game.players) != 2:
        raise ValueError(
            f"Mixed equilibria are listed for two players; this game has {len(game.players)}. "
            "For more, logit_equilibrium traces one and pure_equilibria lists the pure."
        )
    rows, columns = game.shape
    systems = sum(comb(rows, k) * comb(columns, k) for k in range(1, min(rows, columns) + 1))
    if systems > _MOST_SYSTEMS:
        raise ValueError(
            f"{rows} and {columns} actions have {systems:,} pairs of supports; at most "
            f"{_MOST_SYSTEMS:,} are looked at. Trace a logit equilibrium instead."
        )
    a, b = (_scaled(table) for table in game.payoffs)
    of_column = _corners(a)  # strategies of the column player, with the row's best replies
    of_row = _corners(b.T)
    found = [
        Equilibrium(game, (x, y))
        for x, replies_of_column in of_row
        for y, replies_of_row in of_column
        if not (x[~replies_of_row] > 0.0).any() and not (y[~replies_of_column] > 0.0).any()
    ]
    return tuple(sorted(found, key=lambda each: each.pure is None))


def _scaled(table: Array) -> Array:
    """Payoffs within [0, 1]: a player's choices do not depend on his unit."""
    spread = float(table.max() - table.min())
    return np.asarray((table - table.min()) / (spread if spread > 0.0 else 1.0))


def _corners(payoffs: Array) -> list[tuple[Array, NDArray[np.bool_]]]:
    """Corners of {(y, u): payoffs y <= u, y a distribution}, with the rows that attain u."""
    rows, columns = payoffs.shape
    found: list[tuple[Array, NDArray[np.bool_]]] = []
    for size in range(1, min(rows, columns) + 1):
        for used in itertools.combinations(range(columns), size):
            for tight in itertools.combinations(range(rows), size):
                y = _solved(payoffs, used, tight)
                if y is None or any(np.abs(y - other).max() < _SAME for other, _ in found):
                    continue
                values = payoffs @ y
                found.append((y, values >= values.max() - _ROUNDING))
    return found


def _solved(payoffs: Array, used: tuple[int, ...], tight: tuple[int, ...]) -> Array | None:
    """The distribution on `used` that makes `tight` equally good and best, if there is one."""
    size = len(used)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = payoffs[np.ix_(tight, used)]
    system[:size, size] = -1.0
    system[size, :size] = 1.0
    if np.linalg.cond(system) > 1e12:
        return None
    solution = np.linalg.solve(system, np.eye(size + 1)[size])
    weights, value = solution[:size], solution[size]
    if (weights < -_ROUNDING).any():
        return None
    y = np.zeros(payoffs.shape[1])
    y[list(used)] = np.where(weights < _ROUNDING, 0.0, weights)
    y /= y.sum()
    return y if (payoffs @ y <= value + _ROUNDING).all() else None


# -- Logit equilibria ------------------------------------------------------------------------------


def logit_equilibrium(game: NormalForm, precision: float | Sequence[float]) -> Equilibrium:
    r"""The logit quantal-response equilibrium on the branch that starts from indifference.

    Parameters
    ----------
    game
        The game, any number of players.
    precision
        :math:`\lambda` of all players or one for each, at least 0 and finite. Players of different
        precision become precise in these proportions. Where the branch bends back, the first
        point that it reaches is given.

    Returns
    -------
    Equilibrium
        Its `regret` is what errors cost, and goes to 0 as the precision grows.

    Raises
    ------
    ValueError
        If a precision is negative or not finite, or there is not one for each player.

    Examples
    --------
    >>> pennies = NormalForm.of_matrices([[9, -1], [-1, 1]])
    >>> logit_equilibrium(pennies, 0.0).strategies[0].tolist()
    [0.5, 0.5]
    """
    each = _precisions(game, precision)
    largest = float(each.max())
    # Along the branch precisions grow in proportion; steps are longest where the largest is t.
    branch = _Branch(game, each / largest if largest > 0.0 else each)
    return Equilibrium(game, branch.at(largest))


def logit_path(game: NormalForm, precisions: ArrayLike) -> pd.DataFrame:
    r"""Logit equilibria along the branch, for growing precision.

    Parameters
    ----------
    game
        The game.
    precisions
        :math:`\lambda` of all players, at least 0, not falling.

    Returns
    -------
    pandas.DataFrame
        Columns precision, player, action, probability.
    """
    wanted = np.asarray(precisions, dtype=np.float64)
    rising = wanted.ndim == 1 and len(wanted) > 0 and bool((np.diff(wanted) >= 0.0).all())
    if not rising or not np.isfinite(wanted).all() or wanted[0] < 0.0:
        raise ValueError("Precisions must be a row of finite numbers from 0, not falling.")
    branch = _Branch(game, np.ones(len(game.players)))
    frames = []
    for precision in wanted:
        frame = Equilibrium(game, branch.at(float(precision))).table()
        frame.insert(0, "precision", float(precision))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _precisions(game: NormalForm, precision: float | Sequence[float]) -> Array:
    given = np.asarray(precision, dtype=np.float64)
    if given.shape not in ((), (len(game.players),)):
        raise ValueError(
            f"One precision is needed, or {len(game.players)}, not an array of {given.shape}."
        )
    if not np.isfinite(given).all() or (given < 0.0).any():
        raise ValueError(f"Precisions must be finite and at least 0, not {given.tolist()}.")
    return np.broadcast_to(given, (len(game.players),)).copy()


_MOST_STEPS = 20_000
_CORRECTIONS = 12
_ON_BRANCH = 1e-10
_SHORTEST = 1e-9


class _Branch:
    """The curve of logit equilibria, followed from indifference by prediction and correction.

    Unknowns are all log probabilities and a scale t of the precisions. With one equation fewer than
    unknowns the solutions form a curve, which may bend back in t and is followed by its tangent.
    """

    def __init__(self, game: NormalForm, precisions: Array) -> None:
        self._game, self._precisions = game, precisions
        ends = np.cumsum(game.shape)
        self._parts = [slice(end - size, end) for end, size in zip(ends, game.shape, strict=True)]
        uniform = np.concatenate([np.full(size, -np.log(size)) for size in game.shape])
        self._point = np.append(uniform, 0.0)
        self._tangent = self._direction(self._point, np.eye(len(self._point))[-1])
        self._length = 0.1

    def at(self, scale: float) -> tuple[Array, ...]:
        """Strategies where the curve first reaches a scale not below the one reached before."""
        for _ in range(_MOST_STEPS):
            if self._point[-1] >= scale:
                break
            before = self._point
            self._step()
            if self._point[-1] >= scale:
                ahead, tangent, length = self._point, self._tangent, self._length
                there = self._on(before, ahead, scale)
                # Later scales are looked for from here on, along the same way.
                self._point, self._length = there, length
                self._tangent = self._direction(there, tangent)
                break
        else:
            raise ArithmeticError(f"The branch did not reach a precision of {scale:g}.")
        return self._strategies(self._point)

    def _on(self, before: Array, ahead: Array, scale: float) -> Array:
        """The point between two of the curve at which t is `scale`."""
        share = (scale - before[-1]) / (ahead[-1] - before[-1])
        guess = before + share * (ahead - before)
        guess = np.asarray(guess, dtype=np.float64)
        guess[-1] = scale
        for _ in range(4 * _CORRECTIONS):
            residual, slope = self._equations(guess)
            if np.abs(residual).max() < _ON_BRANCH:
                break
            change = np.linalg.lstsq(slope[:, :-1], -residual, rcond=None)[0]
            guess[:-1] += np.clip(change, -2.0, 2.0)
        return guess

    def _step(self) -> None:
        while self._length > _SHORTEST:
            reached = self._corrected(self._point + self._length * self._tangent)
            if reached is not None:
                tangent = self._direction(reached, self._tangent)
                if tangent @ self._tangent > 0.9:
                    self._point, self._tangent = reached, tangent
                    self._length *= 1.6
                    return
            self._length /= 2.0
        raise ArithmeticError("The branch of logit equilibria could not be followed.")

    def _corrected(self, guess: Array) -> Array | None:
        """The nearest point of the curve; None if it is not near."""
        point = guess.copy()
        for _ in range(_CORRECTIONS):
            residual, slope = self._equations(point)
            if np.abs(residual).max() < _ON_BRANCH * (1.0 + abs(point[-1])):
                far = np.abs(point - guess).max() > 0.5 * max(self._length, 1e-6)
                return None if far else point
            change = np.linalg.lstsq(slope, -residual, rcond=None)[0]
            if not np.isfinite(change).all() or np.abs(change).max() > 1.0 + self._length:
                return None
            point = point + change
        return None

    def _direction(self, point: Array, near: Array) -> Array:
        """Unit tangent of the curve, pointing as `near` does."""
        _, slope = self._equations(point)
        tangent = np.linalg.qr(slope.T, mode="complete")[0][:, -1]
        return np.asarray(tangent if tangent @ near >= 0.0 else -tangent)

    def _strategies(self, point: Array) -> tuple[Array, ...]:
        rows = [np.exp(point[part] - point[part].max()) for part in self._parts]
        return tuple(row / row.sum() for row in rows)

    def _equations(self, point: Array) -> tuple[Array, Array]:
        """What is 0 on the curve, and its derivatives.

        log p_ij - log p_i0 - t lambda_i (u_ij - u_i0) for j > 0, and the sum of p_i less 1.
        """
        scale = point[-1]
        # A guess far off the curve must not overflow; on the curve no logarithm is above 0.
        rows = [np.exp(np.minimum(point[part], 1.0)) for part in self._parts]
        size = len(point)
        residual, slope = np.zeros(size - 1), np.zeros((size - 1, size))
        for i, part in enumerate(self._parts):
            first, precision = part.start, self._precisions[i]
            pairs_of = self._pairs(i, rows)
            paid = pairs_of[0][1] @ rows[pairs_of[0][0]] if pairs_of else self._game.payoffs[i]
            logs = point[part]
            residual[first] = rows[i].sum() - 1.0
            slope[first, part] = rows[i]
            others = slice(first + 1, part.stop)
            gaps = paid[1:] - paid[0]
            residual[others] = logs[1:] - logs[0] - scale * precision * gaps
            slope[others, first] = -1.0
            slope[others, others] = np.eye(len(gaps))
            slope[others, -1] = -precision * gaps
            for k, pairs in pairs_of:
                moved = (pairs[1:] - pairs[0]) * rows[k]
                slope[others, self._parts[k]] = -scale * precision * moved
        return residual, slope

    def _pairs(self, i: int, rows: Sequence[Array]) -> list[tuple[int, Array]]:
        """For every other player k, what each action of i pays against each action of k."""
        found = []
        for k in range(len(rows)):
            if k != i:
                pairs = contracted(self._game.payoffs[i], rows, kept=(i, k))
                found.append((k, pairs if i < k else pairs.T))
        return found


# -- Correlated equilibria -------------------------------------------------------------------------


@dataclass(frozen=True)
class CorrelatedEquilibrium:
    """A distribution over profiles from which nobody told its own part wants to depart.

    Attributes
    ----------
    game
        The game.
    distribution
        float64[actions of the first, ...]: probability of each profile.
    """

    game: NormalForm
    distribution: Array

    @property
    def payoffs(self) -> Array:
        """Expected payoff of each player: float64[players]."""
        axes = tuple(range(1, 1 + len(self.game.players)))
        return np.asarray((self.game.payoffs * self.distribution).sum(axis=axes))

    @property
    def regret(self) -> float:
        """The largest expected gain by answering one recommendation with another action."""
        gains = [float(row @ self.distribution.ravel()) for row in _incentives(self.game)]
        return max(0.0, *gains) if gains else 0.0

    def to_xarray(self) -> xr.DataArray:
        """The distribution with labels, one dimension a player."""
        return self.game.to_xarray()[0].drop_vars("player").copy(data=self.distribution)


def correlated_equilibrium(
    game: NormalForm, *, favour: Mapping[str, float]
) -> CorrelatedEquilibrium:
    """The correlated equilibrium that is best for those whom one favours.

    There are many, so that a choice must be stated; payoffs of different players have no common
    unit, and weights give them one.

    Parameters
    ----------
    game
        The game.
    favour
        Player -> weight, of any sign; players left out weigh 0.

    Raises
    ------
    ValueError
        If a player is unknown or a weight not finite.

    Examples
    --------
    >>> chicken = NormalForm.of_matrices([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> best = correlated_equilibrium(chicken, favour={"row": 1, "column": 1})
    >>> best.payoffs.round(2).tolist()
    [5.25, 5.25]
    """
    for player, weight in favour.items():
        if player not in game.players:
            raise ValueError(f"No player '{player}'. Known: {', '.join(game.players)}.")
        if not np.isfinite(weight):
            raise ValueError(f"The weight of {player} must be finite, not {weight}.")
    weights = np.array([favour.get(player, 0.0) for player in game.players])
    aim = np.tensordot(weights, game.payoffs, axes=1).ravel()
    rows = list(_incentives(game))
    found = linprog(
        -aim,
        A_ub=np.array(rows) if rows else None,
        b_ub=np.zeros(len(rows)) if rows else None,
        A_eq=np.ones((1, aim.size)),
        b_eq=[1.0],
        bounds=(0.0, 1.0),
        method="highs",
    )
    if found.status != 0:
        raise ArithmeticError(f"The linear program was not solved: {found.message}")
    distribution = np.maximum(found.x, 0.0).reshape(game.shape)
    return CorrelatedEquilibrium(game, distribution / distribution.sum())


def correlated_range(game: NormalForm) -> pd.DataFrame:
    """The least and the most that each player gets in any correlated equilibrium.

    Every Nash equilibrium lies within.

    Parameters
    ----------
    game
        The game, any number of players.

    Returns
    -------
    pandas.DataFrame
        Columns player, least, most.
    """
    rows = []
    for k, player in enumerate(game.players):
        least, most = (
            correlated_equilibrium(game, favour={player: sign}).payoffs[k] for sign in (-1.0, 1.0)
        )
        rows.append({"player": player, "least": float(least), "most": float(most)})
    return pd.DataFrame(rows)


def _incentives(game: NormalForm) -> Iterator[Array]:
    """For each player, action told and action taken instead: the gain of every profile."""
    for player, size in enumerate(game.shape):
        own = np.moveaxis(game.payoffs[player], player, 0)
        for told, taken in itertools.permutations(range(size), 2):
            gain = np.zeros_like(own)
            gain[told] = own[taken] - own[told]
            yield np.moveaxis(gain, 0, player).ravel()
