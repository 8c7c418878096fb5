r"""Tables of a finished sweep, computed block by block so that memory stays bounded.

Flows are added up from the origin to the end of each period; stocks and shares are as kept. Means
and variances of blocks are merged one after the other (Chan, Golub and LeVeque 1983, The American
Statistician 37): with weights $W_a, W_b$ and $\delta = m_b - m_a$,

$$m = m_a + \delta W_b / W, \qquad M = M_a + M_b + \delta^2 W_a W_b / W .$$

The order is that of the blocks, whoever computed them, so the same sweep gives the same bytes.
Strategies meet the same worlds; the error of a difference is that of paired differences,
$s/\sqrt{n_\mathrm{eff}}$ with $n_\mathrm{eff} = (\sum w)^2/\sum w^2$ (Kish 1965). Quantiles are
those of the first 100,000 worlds: as good a sample as any, and a bounded one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
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

__all__ = ["summarise", "write_tables"]

Array = NDArray[np.float64]

_LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
_WORLDS_OF_QUANTILES = 100_000


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
            values, gaps = _gathered(archive, variable, gang)
            name = f"{variable}.{archive.sweep.gang_names[gang]}" if variable in GANGS else variable
            outcomes.append(_outcomes(archive.sweep, name, values))
            differences.append(_differences(archive.sweep, name, gaps))
    return {"outcomes": pd.concat(outcomes), "differences": pd.concat(differences)}


def write_tables(archive: Archive) -> dict[str, pd.DataFrame]:
    """Compute the summaries and write them into the archive as Parquet; return them."""
    tables = summarise(archive)
    for name, frame in tables.items():
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        room = io.BytesIO()
        pq.write_table(table, room, compression="zstd")
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
    """What is gathered of one variable under all strategies."""

    moments: _Moments = field(default_factory=_Moments)
    sample: list[Array] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)


@dataclass
class _Gaps:
    """What is gathered of paired differences to the first strategy."""

    moments: _Moments = field(default_factory=_Moments)
    lower: _Moments = field(default_factory=_Moments)


def _gathered(archive: Archive, variable: str, gang: int) -> tuple[_Values, _Gaps]:
    values, gaps, seen = _Values(), _Gaps(), 0
    for block, weights in _blocks(archive, variable, gang, archive.sweep):
        values.moments.add(block, weights)
        gap = block[1:] - block[:1]
        gaps.moments.add(gap, weights)
        gaps.lower.add((gap < 0).astype(np.float64), weights)
        room = _WORLDS_OF_QUANTILES - seen
        if room > 0:
            values.sample.append(block[:, :room].astype(np.float32))
            values.weights.append(weights[:room])
            seen += len(weights)
    return values, gaps


def _blocks(
    archive: Archive, variable: str, gang: int, sweep: Sweep
) -> Iterator[tuple[Array, Array]]:
    """Every block, float64[strategies, worlds, periods], flows added up; and its weights."""
    for number in range(sweep.blocks):
        block = archive.read(variable, number).astype(np.float64)
        block = block[..., gang] if variable in GANGS else block
        if entry_of(variable).kind == "flow":
            block = np.cumsum(block, axis=2)
        yield block, archive.weights(number)


def _outcomes(sweep: Sweep, name: str, values: _Values) -> pd.DataFrame:
    sample, weights = np.concatenate(values.sample, axis=1), np.concatenate(values.weights)
    quantiles = np.quantile(sample, _LEVELS, axis=1, weights=weights, method="inverted_cdf")
    frame = _frame(sweep, sweep.names, name)
    frame["mean"] = values.moments.mean.reshape(-1)
    frame["sd"] = values.moments.sd.reshape(-1)
    frame["mc_error"] = values.moments.error.reshape(-1)
    for level, at in zip(_LEVELS, quantiles, strict=True):
        frame[f"q{round(100 * level):02d}"] = at.reshape(-1).astype(np.float64)
    return frame


def _differences(sweep: Sweep, name: str, gaps: _Gaps) -> pd.DataFrame:
    frame = _frame(sweep, sweep.names[1:], name)
    frame.insert(1, "reference", sweep.names[0])
    if len(sweep.names) == 1:
        return frame.assign(mean=0.0, mc_error=0.0, lower=0.0, lower_error=0.0)
    frame["mean"] = gaps.moments.mean.reshape(-1)
    frame["mc_error"] = gaps.moments.error.reshape(-1)
    lower = gaps.lower.mean.reshape(-1)
    frame["lower"] = lower
    frame["lower_error"] = np.sqrt(lower * (1.0 - lower) / gaps.lower.effective)
    return frame


def _frame(sweep: Sweep, strategies: tuple[str, ...], variable: str) -> pd.DataFrame:
    """Labels: every strategy, then every period."""
    return pd.DataFrame(
        {
            "strategy": np.repeat(np.array(strategies, dtype=object), sweep.periods),
            "variable": variable,
            "period": np.tile(sweep.period_starts.to_numpy(), len(strategies)),
        }
    )
