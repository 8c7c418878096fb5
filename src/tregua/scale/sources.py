r"""Where worlds come from, a stretch at a time.

A run of a thousand million worlds cannot hold their parameters. A source therefore gives any
stretch of worlds alone: world 17 has the same parameters whatever is asked for beside it, because
each number is keyed by seed and world and never by the order of calls.

Three sources serve: the prior, draws that are at hand (each row one world), and a cloud of weighted
draws, of which every world takes one, row $r$ with probability $w_r / \sum w$.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tregua.model import Draws, prior_draws

__all__ = ["FromCloud", "FromDraws", "FromPrior", "Source"]

_PURPOSE = 0x636C6F75  # second word of the key: which row of a cloud a world takes
_MOST_WORLDS = 2**48
_WORDS = 4  # words in one block of Philox


class Source(Protocol):
    """Gives any stretch of worlds, the same whatever else is asked for."""

    @property
    def worlds(self) -> int:
        """Number of worlds."""

    def stretch(self, first: int, last: int) -> Draws:
        """Parameters, weights and numbers of worlds `first` to `last - 1`."""

    def described(self) -> dict[str, Any]:
        """What tells this source from another, in values that JSON knows."""


@dataclass(frozen=True)
class FromPrior:
    """Worlds drawn from the prior.

    Attributes
    ----------
    worlds
        Number of worlds, 1 to 2**48.
    seed
        Seed of the draws, 0 to 2**63 - 1.
    overrides
        As for `model.prior_draws`: a case's own prior ranges.
    """

    worlds: int
    seed: int
    overrides: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Refuse numbers of worlds that cannot be."""
        _check_worlds(self.worlds)

    def stretch(self, first: int, last: int) -> Draws:
        """Worlds `first` to `last - 1`, of weight 1."""
        return prior_draws(last - first, seed=self.seed, overrides=self.overrides, first=first)

    def described(self) -> dict[str, Any]:
        """What tells this source from another."""
        ranges = {name: _plain(value) for name, value in (self.overrides or {}).items()}
        return {"from": "prior", "worlds": self.worlds, "seed": self.seed, "ranges": ranges}


@dataclass(frozen=True, eq=False)
class FromDraws:
    """Draws that are at hand, each row one world with its own number and weight.

    Attributes
    ----------
    draws
        The worlds; they lie in memory.
    """

    draws: Draws

    @property
    def worlds(self) -> int:
        """Number of rows."""
        return len(self.draws)

    def stretch(self, first: int, last: int) -> Draws:
        """Rows `first` to `last - 1`."""
        return self.draws.select(np.arange(first, last))

    def described(self) -> dict[str, Any]:
        """What tells this source from another."""
        return {"from": "draws", "worlds": self.worlds, "draws": _digest(self.draws)}


@dataclass(frozen=True, eq=False)
class FromCloud:
    """Any number of worlds from a cloud of weighted draws, such as a posterior.

    Every world takes the parameters of one row, at random by the rows' weights, and has noise of
    its own. A conclusion can be no surer than the cloud is: its rows are independent draws, the
    worlds that share one are not.

    Attributes
    ----------
    cloud
        The draws; their world numbers are not used.
    worlds
        Number of worlds, 1 to 2**48.
    seed
        Seed of the choice, 0 to 2**63 - 1.
    """

    cloud: Draws
    worlds: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse numbers of worlds that cannot be, and clouds without weight."""
        _check_worlds(self.worlds)
        if self.cloud.weights.sum() <= 0:
            raise ValueError("All weights of the cloud are 0.")

    @cached_property
    def _cumulative(self) -> NDArray[np.float64]:
        total = np.cumsum(self.cloud.weights)
        return np.asarray(total / total[-1])

    def rows(self, first: int, last: int) -> NDArray[np.int64]:
        """Rows of the cloud that worlds `first` to `last - 1` take, int64[last - first]."""
        key = np.array([self.seed, _PURPOSE], dtype=np.uint64)
        counter = np.array([first, 0, 0, 0], dtype=np.uint64)
        bits = np.random.Philox(key=key, counter=counter).random_raw(_WORDS * (last - first))
        uniform = (bits[::_WORDS] >> np.uint64(11)) * 2.0**-53
        return np.searchsorted(self._cumulative, uniform, side="right").astype(np.int64)

    def stretch(self, first: int, last: int) -> Draws:
        """Worlds `first` to `last - 1`, of weight 1."""
        rows = self.rows(first, last)
        return Draws(
            np.array(self.cloud.values[rows]),
            self.cloud.names,
            np.ones(last - first),
            np.arange(first, last, dtype=np.int64),
        )

    def described(self) -> dict[str, Any]:
        """What tells this source from another."""
        about = {"from": "cloud", "worlds": self.worlds, "seed": self.seed}
        return about | {"rows": len(self.cloud), "cloud": _digest(self.cloud)}


def _check_worlds(worlds: int) -> None:
    if not isinstance(worlds, (int, np.integer)) or not 1 <= worlds <= _MOST_WORLDS:
        raise ValueError(f"The number of worlds must lie between 1 and 2**48, not {worlds!r}.")


def _digest(draws: Draws) -> str:
    digest = hashlib.sha256(" ".join(draws.names).encode())
    for array in (draws.values, draws.weights, draws.worlds):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, str) else float(value)
