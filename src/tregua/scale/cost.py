r"""What a large run costs, before it is begun: a line fitted to a few small shards.

A shard of $n$ worlds takes $a + b n$ seconds of one core, $c + d n$ bytes of disk and $e + f n$
bytes of memory: the week costs the same in every world, and each shard has a fixed price (calendar,
labels, files). The coefficients are fitted to shards of the very sweep, with its own strategies,
dates and variables, each point weighing by its relative error. The tables at the end take
$g + h N$ seconds of the one process that writes. A sweep of $N$ worlds in $S$ shards then needs
$S a + N b + g + h N$ core-seconds and $S c + N d$ bytes, and a machine with $k$ workers holds $k$
shards in memory at a time.

How far such an estimate may be off is asked of the points themselves: each is foretold by the lines
through all others. With $e$ the largest relative error of these, the interval of a sweep reaches
from $(1 - e)$ times the lowest to $(1 + e)$ times the highest estimate that the lines without one
point give. With five points no share of runs can be promised to lie within; it is a bound seen, not
a level of confidence, and holds for cores as busy as they were while the points were measured.

Memory is what this process holds already, with its libraries and machine code loaded, and above
that $k$ shards, or the tables at the end if they need more. Its interval reaches from one shard
at a time, with $e$ off, to twice $k$ shards, with $e$ added, and the tables on top: an allocator
may keep as much again as was freed. What the process holds already may be off by a twentieth: a
run loads what was not used yet, and gives back what is no longer.

Seconds are those of a processor at work, not of the clock, so that a busy machine does not make a
run look dearer than it is. The estimate of the wall time divides by the cores and by the efficiency
of sharing them, which is stated, not hidden.
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tregua.model import Draws
from tregua.scale.apart import compile_apart
from tregua.scale.archive import Archive
from tregua.scale.shards import run_shard
from tregua.scale.sources import Source
from tregua.scale.summary import worlds_of_quantiles, write_tables
from tregua.scale.sweep import Sweep, SweepError

__all__ = [
    "EFFICIENCY",
    "CostModel",
    "CostPoint",
    "Estimate",
    "measured_cost",
    "resident_memory",
]

EFFICIENCY = 0.9
"""Judged: 2 threads run 1.8 times as fast as 1 on the machine of the page on speed."""

_SIZES = (64, 128, 192, 256, 512, 1024, 4096)
_POINTS_AT_LEAST = 4
_SECONDS_A_POINT = 2.5
_RECEIPT = 110.0  # bytes of a receipt for each chunk, beside the chunk itself
_FIXED_FILES = 12  # manifest, labels, descriptions of the store, tables
_BASE_MEMORY = 400e6  # libraries and machine code, where the system does not tell
_BASE_ERROR = 0.05  # judged
_KEPT_BY_ALLOCATOR = 2.0  # times what is held at once
_COPIES_OF_A_BLOCK = 6  # of one variable in double precision, while tables are made
_STATUS = Path("/proc/self/status")


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
    tables
        Processor time of the tables of a sweep of this one shard.
    """

    worlds: int
    seconds: float
    disk: float
    memory: float
    tables: float = 0.0


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
    core_hours_between, hours_between, disk_between, memory_between
        Lowest and highest of core-hours, hours, bytes on disk and of memory (`CostModel.error`).
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
    core_hours_between: tuple[float, float]
    hours_between: tuple[float, float]
    disk_between: tuple[float, float]
    memory_between: tuple[float, float]


@dataclass(frozen=True)
class CostModel:
    """Fixed price and price a world of a shard, for time, disk and memory.

    Attributes
    ----------
    seconds, disk, memory
        (fixed, for each world) of a shard: seconds of a core, bytes, bytes.
    points
        The measured shards.
    tables
        (fixed, for each world) of a sweep: seconds of a core for its tables.
    base
        Bytes that the process holds beside shards and tables.
    """

    seconds: tuple[float, float]
    disk: tuple[float, float]
    memory: tuple[float, float]
    points: tuple[CostPoint, ...]
    tables: tuple[float, float] = field(default=(0.0, 0.0))
    base: float = _BASE_MEMORY

    @classmethod
    def fitted(cls, points: Sequence[CostPoint], *, base: float = _BASE_MEMORY) -> CostModel:
        """Fit lines to measured shards.

        Parameters
        ----------
        points
            At least two, of different sizes.
        base
            Bytes that the process holds beside shards and tables.

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
            for name in ("seconds", "disk", "memory", "tables")
        ]
        return cls(lines[0], lines[1], lines[2], tuple(points), lines[3], base)

    @property
    def misfit(self) -> float:
        """Largest relative distance of a measured time from the line."""
        fixed, each = self.seconds
        return max(abs((fixed + each * p.worlds) / p.seconds - 1.0) for p in self.points)

    @cached_property
    def without_one(self) -> tuple[CostModel, ...]:
        """The models through all points but one, in their order; none where too few would stay."""
        rest = [[p for p in self.points if p is not left] for left in self.points]
        if any(len({point.worlds for point in points}) < 2 for points in rest):
            return ()
        return tuple(CostModel.fitted(points, base=self.base) for points in rest)

    def error(self, name: str = "seconds") -> float:
        """Largest relative error with which the other points foretell one of them.

        Parameters
        ----------
        name
            "seconds", "disk" or "memory".

        Returns
        -------
        float
            At least 0; infinite with points of two sizes, which say nothing of it.
        """
        found = [
            abs((line[0] + line[1] * point.worlds) / getattr(point, name) - 1.0)
            for point, other in zip(self.points, self.without_one, strict=False)
            for line in [getattr(other, name)]
        ]
        return float(max(found, default=float("inf")))

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
        shards = len(sweep)
        used = min(cores, shards)
        share = used * (efficiency if used > 1 else 1.0)
        seconds, tables, disk = self._of_all(sweep)
        between = self._between(lambda model: sum(model._of_all(sweep)[:2]) / 3600.0)
        clock = self._between(lambda model: _clock(model._of_all(sweep), share) / 3600.0)
        return Estimate(
            worlds=sweep.worlds,
            shards=shards,
            strategies=len(sweep.strategies),
            years=sweep.years,
            core_hours=(seconds + tables) / 3600.0,
            hours=_clock((seconds, tables, disk), share) / 3600.0,
            cores=cores,
            memory=self._memory(sweep, used),
            disk=disk,
            files=shards * (1 + len(sweep.variables)) + _FIXED_FILES + 2 * len(sweep.variables),
            bytes_a_world=disk / sweep.worlds,
            money=(seconds + tables) / 3600.0 * price,
            price=price,
            core_hours_between=between,
            hours_between=clock,
            disk_between=self._between(lambda model: model._of_all(sweep)[2], "disk"),
            memory_between=self._memory_between(sweep, used),
        )

    def _memory(self, sweep: Sweep, shards: int) -> float:
        """Bytes with so many shards under way, or while tables are made."""
        return self.base + max(shards * self._held(sweep), _memory_of_tables(sweep))

    def _memory_between(self, sweep: Sweep, shards: int) -> tuple[float, float]:
        """Lowest and highest memory (see this module)."""
        found = [model._held(sweep) for model in (self, *self.without_one)]
        error = self.error("memory") if self.without_one else 0.0
        kept = _KEPT_BY_ALLOCATOR * shards * max(found) * (1.0 + error)
        least = min(found) * max(0.0, 1.0 - error)
        high = self.base * (1.0 + _BASE_ERROR) + kept + _memory_of_tables(sweep)
        return self.base * (1.0 - _BASE_ERROR) + least, high

    def _held(self, sweep: Sweep) -> float:
        """Bytes of one shard under way."""
        return self.memory[0] + self.memory[1] * sweep.block_size

    def _of_all(self, sweep: Sweep) -> tuple[float, float, float]:
        """Core-seconds of the shards and of the tables, and bytes on disk."""
        shards, worlds = len(sweep), sweep.worlds * sweep.groups
        receipts = shards * (150.0 + _RECEIPT * len(sweep.variables))
        return (
            shards * self.seconds[0] + worlds * self.seconds[1],
            self.tables[0] + self.tables[1] * sweep.worlds,
            shards * self.disk[0] + worlds * self.disk[1] + receipts,
        )

    def _between(
        self, cost: Callable[[CostModel], float], name: str = "seconds"
    ) -> tuple[float, float]:
        """Lowest and highest cost, by the models without one point and their error."""
        found = [cost(model) for model in (self, *self.without_one)]
        error = self.error(name)
        return min(found) * max(0.0, 1.0 - error), max(found) * (1.0 + error)


def _memory_of_tables(sweep: Sweep) -> float:
    """Bytes of the sample for quantiles of one variable, and of the block that is being added."""
    cells = sweep.group_size * sweep.periods
    block = _COPIES_OF_A_BLOCK * 8.0 * cells * sweep.block_size
    return 4.0 * cells * worlds_of_quantiles(sweep) + block


def resident_memory(*, peak: bool = False) -> float | None:
    """Bytes of memory that this process occupies.

    Parameters
    ----------
    peak
        Whether to tell the most that it ever occupied.

    Returns
    -------
    float or None
        None where the system does not tell (it is Linux that does).
    """
    wanted = "VmHWM:" if peak else "VmRSS:"
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    return next(
        (1024.0 * float(line.split()[1]) for line in lines if line.startswith(wanted)), None
    )


def _clock(costs: tuple[float, float, float], share: float) -> float:
    """Seconds by the clock: shards on all cores, then tables on one."""
    return costs[0] / share + costs[1]


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
        left out once four are measured.
    progress
        Called with (sizes done, sizes in all).

    Returns
    -------
    CostModel
        Its seconds are those of this machine, its memory that of this process.
    """
    compile_apart(sweep)
    _measured(sweep, min(sizes))  # compiles and loads, which is not to be measured
    points: list[CostPoint] = []
    for place, size in enumerate(sizes):
        if len(points) >= _POINTS_AT_LEAST:
            expected = points[-1].seconds * size / points[-1].worlds
            if expected > _SECONDS_A_POINT:
                break
        points.append(_measured(sweep, size))
        if progress is not None:
            progress(place + 1, len(sizes))
    return CostModel.fitted(points, base=resident_memory() or _BASE_MEMORY)


def _measured(sweep: Sweep, size: int) -> CostPoint:
    """Compute, keep and summarise one shard, and watch what that takes."""
    small = _small(sweep, size)
    with tempfile.TemporaryDirectory() as room:
        archive = Archive.open(Path(room) / "sweep", small)
        begun = time.process_time()
        result = run_shard(small, 0)
        archive.write(result)
        written = time.process_time()
        if len(small) == 1:
            write_tables(archive)
        tables = time.process_time() - written
    disk = float(sum(len(data) for data in result.files.values()))
    tracemalloc.start()
    try:
        run_shard(small, 0)
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return CostPoint(size, written - begun, disk, float(memory), tables)


def _small(sweep: Sweep, size: int) -> Sweep:
    """The sweep with one block of so many worlds of its source."""
    return replace(
        sweep, source=_Repeated(sweep.source, size), worlds_a_shard=size, strategies_a_shard=None
    )


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

    if not np.all(values > 0):
        return (0.0, 0.0)  # below what the clock tells
    design = np.stack([1.0 / values, worlds / values], axis=1)
    # Columns of like size: the solver's tolerance is absolute.
    size = np.linalg.norm(design, axis=0)
    found, _ = nnls(design / size, np.ones(len(values)))
    fixed, each = found / size
    return float(fixed), float(each)
