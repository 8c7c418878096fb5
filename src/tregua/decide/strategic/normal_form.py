r"""Games in normal form: who plays, what each may do, and what every combination pays to each.

A game of $n$ players is a table $u_i(a_1, \dots, a_n)$ with a number for every player and every
*profile* of actions. Players choose at the same time; a mixed strategy $\sigma_i$ gives each action
a probability. What a player could gain by playing otherwise, the others as they are,

$$ r_i(\sigma) = \max_{a_i} u_i(a_i, \sigma_{-i}) - u_i(\sigma), $$

is his *regret*; a profile in which nobody has any is a Nash equilibrium (Nash 1951,
"Non-Cooperative Games", Annals of Mathematics 54). Payoffs of
different players share no unit and are never added.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

__all__ = ["Equilibrium", "NormalForm"]

Array = NDArray[np.float64]
Mixed = Sequence[ArrayLike]


@dataclass(frozen=True)
class NormalForm:
    """A finite game in which all players choose at the same time.

    Attributes
    ----------
    players
        Names, all different.
    actions
        For each player the names of its actions, all different.
    payoffs
        float64[players, actions of the first, actions of the second, ...]: what each profile pays
        to each player, in units of that player's own.

    Raises
    ------
    ValueError
        If names repeat, the shape is not that of players and actions, or a payoff is not finite.

    Examples
    --------
    >>> dilemma = NormalForm(
    ...     ("row", "column"),
    ...     (("keep", "cheat"), ("keep", "cheat")),
    ...     [[[3, 0], [5, 1]], [[3, 5], [0, 1]]],
    ... )
    >>> dilemma.payoff(("cheat", "keep"))
    (5.0, 0.0)
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    payoffs: Array

    def __post_init__(self) -> None:
        """Turn payoffs into numbers that nobody changes, and refuse what is no game."""
        table = np.array(self.payoffs, dtype=np.float64)
        wanted = (len(self.players), *(len(each) for each in self.actions))
        problems = []
        if len(self.actions) != len(self.players) or not self.players:
            problems.append(f"{len(self.players)} players and {len(self.actions)} lists of actions")
        if len(set(self.players)) != len(self.players):
            problems.append(f"players of the same name ({', '.join(self.players)})")
        for player, names in zip(self.players, self.actions, strict=False):
            if not names or len(set(names)) != len(names):
                problems.append(f"actions of {player} that are none or alike ({', '.join(names)})")
        if table.shape != wanted:
            problems.append(f"payoffs of shape {table.shape} (must be {wanted})")
        elif not np.isfinite(table).all():
            problems.append("a payoff that is not finite")
        if problems:
            raise ValueError("A game cannot have " + "; ".join(problems) + ".")
        table.setflags(write=False)
        object.__setattr__(self, "payoffs", table)

    @classmethod
    def of_matrices(cls, row: ArrayLike, column: ArrayLike | None = None) -> NormalForm:
        """A game of two players from their matrices.

        Parameters
        ----------
        row
            float64[m, n]: what the row player gets.
        column
            The same for the column player; None makes the game one of zero sum.
        """
        first = np.asarray(row, dtype=np.float64)
        second = -first if column is None else np.asarray(column, dtype=np.float64)
        if first.ndim != 2 or first.shape != second.shape:
            raise ValueError(
                f"Two matrices of one shape are needed, not {first.shape} and {second.shape}."
            )
        names = tuple(tuple(str(k) for k in range(size)) for size in first.shape)
        return cls(("row", "column"), names, np.stack([first, second]))

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of actions, player by player."""
        return self.payoffs.shape[1:]

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """All profiles of pure actions, by number, the last player's changing fastest."""
        return itertools.product(*(range(size) for size in self.shape))

    def named(self, profile: Sequence[int]) -> tuple[str, ...]:
        """Names of a profile's actions."""
        return tuple(names[k] for names, k in zip(self.actions, profile, strict=True))

    def payoff(self, profile: Sequence[str]) -> tuple[float, ...]:
        """What a profile of named actions pays to each player.

        Raises
        ------
        ValueError
            If a name is none of that player's.
        """
        places = []
        for player, names, name in zip(self.players, self.actions, profile, strict=True):
            if name not in names:
                raise ValueError(f"No action '{name}' of {player}. Known: {', '.join(names)}.")
            places.append(names.index(name))
        return tuple(self._paid(places).tolist())

    def _paid(self, profile: Sequence[int]) -> Array:
        """What a profile pays: float64[players]."""
        return np.asarray(np.moveaxis(self.payoffs, 0, -1)[tuple(profile)])

    def mixed(self, strategies: Mixed) -> tuple[Array, ...]:
        """Check mixed strategies, and return them as arrays that sum to 1 exactly.

        Raises
        ------
        ValueError
            If there is not one for each player, of its length, without negatives, summing to 1.
        """
        rows = tuple(np.asarray(each, dtype=np.float64) for each in strategies)
        if tuple(row.shape for row in rows) != tuple((size,) for size in self.shape):
            raise ValueError(
                f"Strategies of lengths {self.shape} are needed, not of shapes "
                f"{tuple(row.shape for row in rows)}."
            )
        for player, row in zip(self.players, rows, strict=True):
            if not np.isfinite(row).all() or (row < -1e-9).any() or abs(row.sum() - 1.0) > 1e-6:
                raise ValueError(f"The strategy of {player} is no distribution: {row.tolist()}.")
        positive = [np.maximum(row, 0.0) for row in rows]
        return tuple(row / row.sum() for row in positive)

    def against(self, strategies: Mixed) -> tuple[Array, ...]:
        """What each action pays to its player, the others playing as given.

        Parameters
        ----------
        strategies
            One distribution a player.

        Returns
        -------
        tuple of numpy.ndarray
            One float64[actions] a player.
        """
        rows = self.mixed(strategies)
        return tuple(contracted(self.payoffs[i], rows, kept=(i,)) for i in range(len(self.players)))

    def expected(self, strategies: Mixed) -> Array:
        """Expected payoff of each player: float64[players]."""
        rows = self.mixed(strategies)
        return np.array([float(row @ u) for row, u in zip(rows, self.against(rows), strict=True)])

    def regret(self, strategies: Mixed) -> Array:
        """What each player could gain by an action of its own: float64[players], at least 0.

        0 for all is a Nash equilibrium; the largest of them says how far from one a profile is.
        """
        rows = self.mixed(strategies)
        gains = [u.max() - row @ u for row, u in zip(rows, self.against(rows), strict=True)]
        return np.asarray(np.maximum(np.array(gains), 0.0))

    def to_xarray(self) -> xr.DataArray:
        """Payoffs with labels: dimensions player, then one a player, named as the player."""
        return xr.DataArray(
            self.payoffs,
            dims=("player", *self.players),
            coords={
                "player": list(self.players),
                **{p: list(a) for p, a in zip(self.players, self.actions, strict=True)},
            },
            name="payoff",
        )

    def table(self) -> pd.DataFrame:
        """Every profile as a row: one column of actions and one of payoffs a player."""
        rows = []
        for profile in self.profiles():
            paid = self._paid(profile)
            row: dict[str, object] = dict(zip(self.players, self.named(profile), strict=True))
            row |= {f"payoff_{p}": float(u) for p, u in zip(self.players, paid, strict=True)}
            rows.append(row)
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Equilibrium:
    """A profile of mixed strategies in which nobody gains, or (`logit`) nearly nobody.

    Attributes
    ----------
    game
        The game.
    strategies
        One distribution over actions a player.
    """

    game: NormalForm
    strategies: tuple[Array, ...]

    @property
    def payoffs(self) -> Array:
        """Expected payoff of each player: float64[players]."""
        return self.game.expected(self.strategies)

    @property
    def regret(self) -> float:
        """The largest gain that a player could make by another action; 0 up to rounding."""
        return float(self.game.regret(self.strategies).max())

    @property
    def pure(self) -> tuple[str, ...] | None:
        """Names of the actions if nobody mixes, else None."""
        if all(row.max() == 1.0 for row in self.strategies):
            return self.game.named([int(row.argmax()) for row in self.strategies])
        return None

    def table(self) -> pd.DataFrame:
        """Columns player, action, probability."""
        return pd.DataFrame(
            [
                {"player": player, "action": action, "probability": float(share)}
                for player, names, row in zip(
                    self.game.players, self.game.actions, self.strategies, strict=True
                )
                for action, share in zip(names, row, strict=True)
            ]
        )


def contracted(table: Array, rows: Sequence[Array], *, kept: tuple[int, ...]) -> Array:
    """Average a table float64[actions of each player] over the strategies of all not kept."""
    result = table
    for player in reversed(range(len(rows))):
        if player not in kept:
            result = np.moveaxis(result, player, -1) @ rows[player]
    return np.asarray(result)
