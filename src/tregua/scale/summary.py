r"""Tables of a finished sweep, computed block by block so that memory stays bounded.

Flows are added up from the origin to the end of each period; stocks and shares are as kept. Means
and variances of blocks are merged one after the other (Chan, Golub and LeVeque 1983, The American
Statistician 37): with weights $W_a, W_b$ and $\delta = m_b - m_a$,

$$m = m_a + \delta W_b / W, \qquad M = M_a + M_b + \delta^2 W_a W_b / W .$$

The order is that of the blocks, whoever computed them, so the same sweep gives the same bytes.
Strategies meet the same worlds; the error of a difference is that of paired differences,
$s/\sqrt{n_\mathrm{eff}}$ with $n_\mathrm{eff} = (\sum w)^2/\sum w^2$ (Kish 1965). Quantiles are
those of the first 100,000 worlds, or of fewer where these would be more than 16 million numbers of
one variable: as good a sample as any, and a bounded one. Strategies are taken a group at a time,
as they lie on disk, so that neither their number nor that of the worlds tells in memory.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tregua.scale.archive import TABLES, Archive, ArchiveError, write_whole
from tregua.scale.harm import entry_of
from tregua.scale.sweep import Sweep
from tregua.simulate import GANGS

__all__ = ["summarise", "worlds_of_quantiles", "write_tables"]

Array = NDArray[np.float64]

_LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
_WORLDS_OF_QUANTILES = 100_000
_NUMBERS_OF_QUANTILES = 16_000_000  # of one variable: 64 MB
_LEAST_WORLDS_OF_QUANTILES = 1_000


def summarise(archive: Archive) -> dict[str, pd.DataFrame]:
    """Summaries of a finished sweep.

    Parameters
    ----------
    archive
        An archive of which every shard is finished.

    Returns
    -------
    dict of DataFrame
        `outcomes`: columns strategy, variable, period (first day), mean, sd, mc_error and the
        quantiles q05 to q95. `differences`: columns strategy, reference (the first strategy),
        variable, period, mean, mc_error, lower (weighted share of worlds in which the strategy has
        less than the reference) and lower_error. Flows are totals since the origin. A variable of
        gangs has one name a gang, such as `command.ms13`.

    Raises
    ------
    ArchiveError
        If a shard is unfinished.
    """
    missing = len(archive.unfinished())
    if missing:
        raise ArchiveError(
            f"{missing:,} of {len(archive.sweep):,} shards are unfinished; tables are written of "
            "whole sweeps. Go on with --resume (resume=True)."
        )
    outcomes, differences = [], []
    for variable in archive.sweep.variables:
        count = len(archive.sweep.gang_names) if variable in GANGS else 1
        for gang in range(count):
            name = f"{variable}.{archive.sweep.gang_names[gang]}" if variable in GANGS else variable
            for group in range(archive.sweep.groups):
                values, gaps = _gathered(archive, variable, gang, group)
                outcomes.append(_outcomes(archive.sweep, name, group, values))
                differences.append(_differences(archive.sweep, name, group, gaps))
    return {
        "outcomes": pd.concat(outcomes, ignore_index=True),
        "differences": pd.concat(differences, ignore_index=True),
    }


def write_tables(archive: Archive) -> dict[str, pd.DataFrame]:
    """Compute the summaries and write them into the archive as Parquet; return them."""
    tables = summarise(archive)
    for name, frame in tables.items():
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        room = io.BytesIO()
        pq.write_table(table, room, compression="zstd")
        with archive.told_when_full():
            write_whole(archive.folder / TABLES / f"{name}.parquet", room.getvalue())
    return tables


@dataclass
class _Moments:
    """Running weight, mean and squared deviations; grows by blocks."""

    weight: float = 0.0
    squares: float = 0.0
    mean: Array = field(default_factory=lambda: np.zeros(()))
    deviations: Array = field(default_factory=lambda: np.zeros(()))

    def add(self, values: Array, weights: Array) -> None:
        """Add a block, worlds on the second axis."""
        total = float(weights.sum())
        if total <= 0.0:
            return
        mean = np.einsum("swp,w->sp", values, weights) / total
        away = np.einsum("swp,w->sp", (values - mean[:, None]) ** 2, weights)
        both = self.weight + total
        step = mean - self.mean
        self.deviations = self.deviations + away + step**2 * (self.weight * total / both)
        self.mean = self.mean + step * (total / both)
        self.weight = both
        self.squares += float((weights**2).sum())

    @property
    def effective(self) -> float:
        """Kish's effective number of worlds."""
        return self.weight**2 / self.squares

    @property
    def sd(self) -> Array:
        """Standard deviation over worlds, with the effective number less one; NaN for one world."""
        n = self.effective
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(self.deviations / self.weight * n / (n - 1.0))

    @property
    def error(self) -> Array:
        """Monte-Carlo standard error of the mean."""
        return np.asarray(self.sd / np.sqrt(self.effective))


@dataclass
class _Values:
    """What is gathered of one variable under the strategies of a group.

    `sample` is float32[strategies, worlds, periods] and holds `seen` worlds so far.
    """

    sample: NDArray[np.float32]
    weights: Array
    moments: _Moments = field(default_factory=_Moments)
    seen: int = 0

    @classmethod
    def of(cls, sweep: Sweep, strategies: int) -> _Values:
        """Room for the sample, nothing gathered yet."""
        worlds = worlds_of_quantiles(sweep)
        return cls(
            np.empty((strategies, worlds, sweep.periods), dtype=np.float32), np.empty(worlds)
        )

    def add(self, values: Array, weights: Array) -> None:
        """Add a block, worlds on the second axis."""
        self.moments.add(values, weights)
        last = min(self.seen + len(weights), len(self.weights))
        taken = last - self.seen
        self.sample[:, self.seen : last] = values[:, :taken]
        self.weights[self.seen : last] = weights[:taken]
        self.seen = last

    def quantiles(self) -> Array:
        """Weighted quantiles, float64[levels, strategies, periods], one column at a time."""
        strategies, _, periods = self.sample.shape
        found = np.empty((len(_LEVELS), strategies, periods))
        for strategy in range(strategies):
            for period in range(periods):
                column = self.sample[strategy, :, period]
                found[:, strategy, period] = np.quantile(
                    column, _LEVELS, weights=self.weights, method="inverted_cdf"
                )
        return found


@dataclass
class _Gaps:
    """What is gathered of paired differences to the first strategy."""

    moments: _Moments = field(default_factory=_Moments)
    lower: _Moments = field(default_factory=_Moments)


def worlds_of_quantiles(sweep: Sweep) -> int:
    """Number of worlds, counted from the first, of which the tables tell quantiles.

    Parameters
    ----------
    sweep
        The sweep.

    Returns
    -------
    int
        All worlds, at most 100,000, and fewer where one variable of them would be more than
        16 million numbers; at least 1,000 if there are as many.
    """
    room = _NUMBERS_OF_QUANTILES // (sweep.group_size * sweep.periods)
    most = max(_LEAST_WORLDS_OF_QUANTILES, min(room, _WORLDS_OF_QUANTILES))
    return min(sweep.worlds, most)


def _gathered(archive: Archive, variable: str, gang: int, group: int) -> tuple[_Values, _Gaps]:
    """One variable under the strategies of a group, and its differences to the first of all."""
    sweep = archive.sweep
    values, gaps = _Values.of(sweep, len(sweep.shard(group).strategies)), _Gaps()
    for number in range(sweep.blocks):
        weights = archive.weights(number)
        block = _block(archive, variable, gang, number, group)
        first = block[:1] if group == 0 else _block(archive, variable, gang, number, 0)[:1]
        values.add(block, weights)
        gap = block[1:] - first if group == 0 else block - first
        gaps.moments.add(gap, weights)
        gaps.lower.add((gap < 0).astype(np.float64), weights)
    return values, gaps


def _block(archive: Archive, variable: str, gang: int, number: int, group: int) -> Array:
    """A block under a group, float64[strategies, worlds, periods], flows added up."""
    kept = archive.read(variable, number, group)
    block = np.asarray(kept[..., gang] if variable in GANGS else kept, dtype=np.float64)
    return np.cumsum(block, axis=2) if entry_of(variable).kind == "flow" else block


def _outcomes(sweep: Sweep, name: str, group: int, values: _Values) -> pd.DataFrame:
    frame = _frame(sweep, _members(sweep, group), name)
    frame["mean"] = values.moments.mean.reshape(-1)
    frame["sd"] = values.moments.sd.reshape(-1)
    frame["mc_error"] = values.moments.error.reshape(-1)
    for level, at in zip(_LEVELS, values.quantiles(), strict=True):
        frame[f"q{round(100 * level):02d}"] = at.reshape(-1)
    return frame


def _differences(sweep: Sweep, name: str, group: int, gaps: _Gaps) -> pd.DataFrame:
    members = _members(sweep, group)
    frame = _frame(sweep, members[1:] if group == 0 else members, name)
    frame.insert(1, "reference", sweep.names[0])
    if frame.empty:
        return frame.assign(mean=0.0, mc_error=0.0, lower=0.0, lower_error=0.0)
    frame["mean"] = gaps.moments.mean.reshape(-1)
    frame["mc_error"] = gaps.moments.error.reshape(-1)
    lower = gaps.lower.mean.reshape(-1)
    frame["lower"] = lower
    frame["lower_error"] = np.sqrt(lower * (1.0 - lower) / gaps.lower.effective)
    return frame


def _members(sweep: Sweep, group: int) -> tuple[str, ...]:
    """Names of the strategies of a group."""
    names = sweep.names
    return tuple(names[place] for place in sweep.shard(group).strategies)


def _frame(sweep: Sweep, strategies: tuple[str, ...], variable: str) -> pd.DataFrame:
    """Labels: every strategy, then every period."""
    return pd.DataFrame(
        {
            "strategy": np.repeat(np.array(strategies, dtype=object), sweep.periods),
            "variable": variable,
            "period": np.tile(sweep.period_starts.to_numpy(), len(strategies)),
        }
    )
