"""One shard: a pure function from a sweep and a number to the bytes of some files.

The worlds of a block are taken from their source, history is run once under its script, and each
strategy of the group from there, with noise keyed by seed, world and week. The result is encoded
at once as the chunks of an array store, so that every way of running a sweep moves and writes the
same bytes, and what travels between machines is small.

A chunk holds float32[strategies, worlds, periods] of one variable (one more axis for variables
of gangs), the last block and group filled up with missing values, compressed by Zstandard.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numcodecs import Zstd
from numpy.typing import NDArray

from tregua import simulate
from tregua.model import Draws, Profile, Slot, State
from tregua.scale.harm import DERIVED, counted, democracy_lost, disappeared, entry_of, gathered
from tregua.scale.sources import FromDraws
from tregua.scale.sweep import Shard, Sweep

__all__ = ["COMPRESSION", "KEYS", "ShardResult", "chunk_shape", "decode", "run_shard"]

COMPRESSION = {"level": 3, "checksum": True}
"""Options of Zstandard, the same here and in the store's description."""

KEYS = ("world_number", "weight")
"""What is kept of worlds that come from draws at hand: their numbers and weights."""

STORE = "worlds.zarr"


@dataclass(frozen=True)
class ShardResult:
    """The files of a finished shard.

    Attributes
    ----------
    number
        The shard.
    digest
        The sweep's digest where it was computed.
    files
        Bytes of each file, by its path in the archive.
    hashes
        SHA-256 of each, in hexadecimal digits.
    """

    number: int
    digest: str
    files: dict[str, bytes]
    hashes: dict[str, str]


def run_shard(sweep: Sweep, number: int, *, threads: int = 1) -> ShardResult:
    """Compute one shard.

    Parameters
    ----------
    sweep
        The sweep.
    number
        The shard, from 0.
    threads
        Threads of the simulator within this shard; changes no bit.

    Returns
    -------
    ShardResult
        The same bytes wherever and whenever it is computed.

    Raises
    ------
    SweepError
        If there is no such shard.
    SimulationError
        If a world failed; the message says which, where and why.
    """
    shard = sweep.shard(number)
    draws = sweep.source.stretch(shard.first, shard.last)
    initial = _past(sweep, draws, threads)
    democracy = _democracy(draws, initial)
    room = {
        variable: np.full(chunk_shape(sweep, variable), np.nan, dtype=np.float32)
        for variable in sweep.variables
    }
    for place, strategy in enumerate(shard.strategies):
        kept = simulate.run(
            draws,
            profile=Profile(sweep.strategies[strategy], sweep.gangs),
            start=f"{sweep.origin}-01",
            end=sweep.end,
            seed=sweep.seed,
            initial=initial,
            setting=sweep.history.rules_of(sweep.origin),
            variables=counted(sweep.variables),
            mechanisms=sweep.mechanisms,
            every="month" if sweep.needs_months else sweep.every,  # type: ignore[arg-type]
            dtype="float64" if "democracy_lost" in sweep.variables else "float32",
            threads=threads,
        ).kept
        for variable, chunk in room.items():
            chunk[place, : len(draws)] = _kept(sweep, kept, variable, democracy)
    files = {chunk_path(variable, shard): _encoded(chunk) for variable, chunk in room.items()}
    if isinstance(sweep.source, FromDraws) and shard.group == 0:
        files |= _keys(sweep, shard, draws)
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    return ShardResult(number, sweep.digest, files, hashes)


def _kept(sweep: Sweep, kept: xr.Dataset, variable: str, democracy: NDArray[Any]) -> NDArray[Any]:
    """One variable by the sweep's periods, [worlds, periods] or [worlds, periods, gangs]."""
    raw = kept[DERIVED[variable].follows if variable in DERIVED else variable].values
    if variable == "democracy_lost":
        raw = democracy_lost(raw, democracy)
    kind = entry_of(variable).kind
    values = gathered(raw, sweep.first_months, kind) if sweep.needs_months else raw
    if variable == "disappeared":
        values = disappeared(values, months=sweep.months)
    return np.asarray(values)


def _democracy(draws: Draws, initial: State | None) -> NDArray[np.float64]:
    """The index of democracy at the origin, in every world."""
    if initial is None:
        return draws.column("democracy_usual")
    return np.asarray(initial.values[:, Slot.DEMOCRACY])


def _past(sweep: Sweep, draws: Draws, threads: int) -> State | None:
    """State of the block's worlds at the origin; None if they begin there."""
    if sweep.origin == sweep.history.start:
        return None
    return simulate.run(
        draws,
        script=sweep.history.script,
        start=sweep.history.first_day,
        end=pd.Timestamp(f"{sweep.origin}-01"),
        seed=sweep.seed,
        setting=sweep.history.setting,
        variables=("recorded",),
        every="year",
        threads=threads,
    ).final


def chunk_shape(sweep: Sweep, variable: str) -> tuple[int, ...]:
    """Shape of one chunk of a variable."""
    shape = (sweep.group_size, sweep.block_size, sweep.periods)
    return (*shape, len(sweep.gang_names)) if variable in simulate.GANGS else shape


def chunk_path(variable: str, shard: Shard) -> str:
    """Where a variable's chunk lies in the archive."""
    tail = "/0" if variable in simulate.GANGS else ""
    return f"{STORE}/{variable}/c/{shard.group}/{shard.block}/0{tail}"


def key_path(name: str, block: int) -> str:
    """Where a block's numbers or weights lie in the archive."""
    return f"{STORE}/{name}/c/{block}"


def _keys(sweep: Sweep, shard: Shard, draws: Draws) -> dict[str, bytes]:
    numbers = np.full(sweep.block_size, -1, dtype=np.int64)
    weights = np.zeros(sweep.block_size, dtype=np.float64)
    numbers[: len(draws)] = draws.worlds
    weights[: len(draws)] = draws.weights
    named = dict(zip(KEYS, (numbers, weights), strict=True))
    return {key_path(name, shard.block): _encoded(array) for name, array in named.items()}


def _encoded(chunk: NDArray[Any]) -> bytes:
    """Little-endian bytes in the order of C, compressed."""
    plain = chunk.astype(chunk.dtype.newbyteorder("<"), copy=False)
    return bytes(Zstd(**COMPRESSION).encode(np.ascontiguousarray(plain)))


def decode(data: bytes, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array that was encoded as these bytes."""
    plain = Zstd(**COMPRESSION).decode(data)
    return np.frombuffer(plain, dtype=dtype).reshape(shape)
