r"""What a large run costs, before it is begun: a line fitted to a few small shards.

A shard of $n$ worlds takes $a + b n$ seconds of one core, $c + d n$ bytes of disk and $e + f n$
bytes of memory: the week costs the same in every world, and each shard has a fixed price (calendar,
labels, files). The coefficients are fitted to shards of the very sweep, with its own strategies,
dates and variables, each point weighing by its relative error. A sweep of $N$ worlds in $S$ shards
then needs $S a + N b$ core-seconds and $S c + N d$ bytes, and a machine with $k$ workers holds $k$
shards in memory at a time.

Seconds are those of a processor at work, not of the clock, so that a busy machine does not make a
run look dearer than it is. The estimate of the wall time divides by the cores and by the efficiency
of sharing them, which is stated, not hidden.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tregua.model import Draws
from tregua.scale.shards import run_shard
from tregua.scale.sources import Source
from tregua.scale.sweep import Sweep, SweepError

__all__ = ["EFFICIENCY", "CostModel", "CostPoint", "Estimate", "measured_cost"]

EFFICIENCY = 0.9
"""Judged: 2 threads run 1.8 times as fast as 1 on the machine of the page on speed."""

_SIZES = (64, 256, 1024, 4096)
_SECONDS_A_POINT = 2.5
_RECEIPT = 110.0  # bytes of a receipt for each chunk, beside the chunk itself
_FIXED_FILES = 12  # manifest, labels, descriptions of the store, tables
_BASE_MEMORY = 400e6  # the imported libraries, and what is under way between them


@dataclass(frozen=True)
class CostPoint:
    """One measured shard.

    Attributes
    ----------
    worlds
        Worlds in the shard, under all strategies of one group.
    seconds
        Processor time, all strategies together.
    disk
        Bytes of its files.
    memory
        Largest number of bytes that it held at once.
    """

    worlds: int
    seconds: float
    disk: float
    memory: float


@dataclass(frozen=True)
class Estimate:
    """What a sweep will cost.

    Attributes
    ----------
    worlds, shards, strategies, years
        Size of the sweep.
    core_hours
        Hours of one core.
    hours
        Hours by the clock on the cores asked for.
    cores
        Cores asked for.
    memory
        Bytes of memory on one machine that uses all these cores; on a cluster, divide by its
        machines.
    disk
        Bytes on disk.
    files
        Number of files.
    bytes_a_world
        Bytes on disk for one world under all strategies.
    money
        Price of the core-hours, in the currency of the price given.
    price
        Price of a core-hour.
    """

    worlds: int
    shards: int
    strategies: int
    years: int
    core_hours: float
    hours: float
    cores: int
    memory: float
    disk: float
    files: int
    bytes_a_world: float
    money: float
    price: float


@dataclass(frozen=True)
class CostModel:
    """Fixed price and price a world of a shard, for time, disk and memory.

    Attributes
    ----------
    seconds, disk, memory
        (fixed, for each world): seconds of a core, bytes, bytes.
    points
        The measured shards.
    """

    seconds: tuple[float, float]
    disk: tuple[float, float]
    memory: tuple[float, float]
    points: tuple[CostPoint, ...]

    @classmethod
    def fitted(cls, points: Sequence[CostPoint]) -> CostModel:
        """Fit lines to measured shards.

        Parameters
        ----------
        points
            At least two, of different sizes.

        Raises
        ------
        SweepError
            If there are fewer.
        """
        if len({point.worlds for point in points}) < 2:
            raise SweepError("A cost model needs shards of at least two sizes.")
        worlds = np.array([point.worlds for point in points], dtype=np.float64)
        lines = [
            _line(worlds, np.array([getattr(point, name) for point in points], dtype=np.float64))
            for name in ("seconds", "disk", "memory")
        ]
        return cls(lines[0], lines[1], lines[2], tuple(points))

    @property
    def misfit(self) -> float:
        """Largest relative distance of a measured time from the line."""
        fixed, each = self.seconds
        return max(abs((fixed + each * p.worlds) / p.seconds - 1.0) for p in self.points)

    def of(
        self,
        sweep: Sweep,
        *,
        cores: int = 1,
        price: float = 0.0,
        efficiency: float = EFFICIENCY,
    ) -> Estimate:
        """Estimate a sweep.

        Parameters
        ----------
        sweep
            The sweep; as the measured one but for the number of worlds and the size of blocks.
        cores
            Cores that work on it, at least 1.
        price
            Price of a core-hour, in any currency.
        efficiency
            Share of their time that the cores are of use, when there are several (0 to 1].

        Raises
        ------
        SweepError
            If cores, price or efficiency are no such numbers.
        """
        if cores < 1 or price < 0 or not 0 < efficiency <= 1:
            raise SweepError(
                f"Cores must be at least 1 ({cores}), a price at least 0 ({price}) and an "
                f"efficiency above 0 and at most 1 ({efficiency})."
            )
        shards, worlds = len(sweep), sweep.worlds * sweep.groups
        core_seconds = shards * self.seconds[0] + worlds * self.seconds[1]
        used = min(cores, shards)
        seconds = core_seconds / used / (efficiency if used > 1 else 1.0)
        receipts = shards * (150.0 + _RECEIPT * len(sweep.variables))
        disk = shards * self.disk[0] + worlds * self.disk[1] + receipts
        held = self.memory[0] + self.memory[1] * sweep.block_size
        return Estimate(
            worlds=sweep.worlds,
            shards=shards,
            strategies=len(sweep.strategies),
            years=sweep.years,
            core_hours=core_seconds / 3600.0,
            hours=seconds / 3600.0,
            cores=cores,
            memory=_BASE_MEMORY + used * held,
            disk=disk,
            files=shards * (1 + len(sweep.variables)) + _FIXED_FILES + 2 * len(sweep.variables),
            bytes_a_world=disk / sweep.worlds,
            money=core_seconds / 3600.0 * price,
            price=price,
        )


def measured_cost(
    sweep: Sweep,
    *,
    sizes: Sequence[int] = _SIZES,
    progress: Callable[[int, int], None] | None = None,
) -> CostModel:
    """Measure small shards of a sweep and fit what it costs; takes some ten seconds.

    Parameters
    ----------
    sweep
        The sweep; nothing of it is kept.
    sizes
        Numbers of worlds to measure, increasing. A size that would take more than some seconds is
        left out once two are measured.
    progress
        Called with (sizes done, sizes in all).

    Returns
    -------
    CostModel
        Its seconds are those of this machine.
    """
    _shard_of(sweep, min(sizes))()  # compiles and loads, which is not to be measured
    points: list[CostPoint] = []
    for place, size in enumerate(sizes):
        if len(points) >= 2 and points[-1].seconds * size / points[-1].worlds > _SECONDS_A_POINT:
            break
        points.append(_measured(sweep, size))
        if progress is not None:
            progress(place + 1, len(sizes))
    return CostModel.fitted(points)


def _measured(sweep: Sweep, size: int) -> CostPoint:
    run = _shard_of(sweep, size)
    begun = time.process_time()
    result = run()
    seconds = time.process_time() - begun
    disk = float(sum(len(data) for data in result.files.values()))
    tracemalloc.start()
    try:
        run()
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return CostPoint(size, seconds, disk, float(memory))


def _shard_of(sweep: Sweep, size: int) -> Callable[[], Any]:
    """A run of one shard with this many worlds of the sweep's source."""
    small = replace(
        sweep, source=_Repeated(sweep.source, size), worlds_a_shard=size, strategies_a_shard=None
    )
    return lambda: run_shard(small, 0)


@dataclass(frozen=True)
class _Repeated:
    """The first worlds of a source, over again where it has too few; serves to measure only."""

    source: Source
    worlds: int

    def stretch(self, first: int, last: int) -> Draws:
        """Worlds by their places, with numbers of their own."""
        places = np.arange(first, last) % self.source.worlds
        all_of = self.source.stretch(0, min(last, self.source.worlds))
        drawn = all_of.select(places)
        return Draws(
            np.array(drawn.values),
            drawn.names,
            np.array(drawn.weights),
            np.arange(first, last, dtype=np.int64),
        )

    def described(self) -> dict[str, Any]:
        """What tells this source from another."""
        return {"from": "first worlds", "worlds": self.worlds}


def _line(worlds: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    """Intercept and slope, both at least 0, by least squares of relative errors."""
    from scipy.optimize import nnls

    design = np.stack([1.0 / values, worlds / values], axis=1)
    # Columns of like size: the solver's tolerance is absolute.
    size = np.linalg.norm(design, axis=0)
    found, _ = nnls(design / size, np.ones(len(values)))
    fixed, each = found / size
    return float(fixed), float(each)
