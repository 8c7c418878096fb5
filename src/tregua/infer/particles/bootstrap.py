r"""A bootstrap particle filter for small models of your own, many parameter draws at a time.

A hidden state :math:`x_t` moves at random; what is seen, :math:`y_t`, depends on it. The filter
(Gordon, Salmond and Smith 1993) keeps M guesses of the state: it moves each by the model, weighs it
by the density of what was seen, and lets those with weight go on. The product over times of the
mean weights,

.. math:: \hat p(y_{1:T}) = \prod_t \sum_j W_{t-1}^j\, g(y_t \mid x_t^j),

has mean :math:`p(y_{1:T})` for every M (Del Moral 2004, section 9.4.1), also when particles are
resampled only where the effective sample size has fallen (Whiteley, Lee and Heine 2016). Its
logarithm lies below the log-likelihood on average, by about half of its variance.

A model is three short functions on arrays; a row of the state holds one of its numbers for all
particles. Luck is keyed by (seed, parameter draw, particle, time), so that neither threads nor
neighbours change a bit. Memory does not grow with time, unless paths are asked for.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numba
import numba.experimental.function_type  # registers first-class functions as arguments
import numpy as np
import pandas as pd
from numba import types
from numba.core.types import WrapperAddressProtocol
from numpy.typing import ArrayLike, NDArray

from tregua.compiled import compiled, kept
from tregua.infer.particles.resampling import scatter_ancestors, weigh_row
from tregua.model.elementary import central_normal_quantile, normal_quantile
from tregua.model.noise import philox, scramble

__all__ = ["Filtered", "SmallModel", "SmallModelError", "particle_filter"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]

_LOW = 0xFFFFFFFF
_PACKAGE = __name__.partition(".")[0]
_TO_UNIT = 2.0**-52
# What luck is for; never renumber.
_NORMAL, _UNIFORM, _RESAMPLE, _PATHS = 1, 2, 3, 4
_CENTRE = 0.49976  # how far from 1/2 the quick normal quantile serves
_STRETCH = 64
_CHUNKS_A_THREAD = 4
_MOST_PARTICLES = 2**31
_TRIED = 3  # particles of the trial in plain Python, where an error can still be explained

_TABLE = types.Array(types.float64, 2, "C")
_ROW = types.Array(types.float64, 1, "C")


class SmallModelError(ValueError):
    """A model, its parameters or its data make no sense; the message says what and where."""


class _Called(WrapperAddressProtocol):
    """A user's function as the filter's compiled loop calls it: by address and signature."""

    def __init__(self, function: Callable[..., None], signature: Any) -> None:
        self.function, self._signature = function, signature

    @cached_property
    def _machine_code(self) -> Any:
        try:
            if (self.function.__module__ or "").partition(".")[0] == _PACKAGE:
                with kept(self.function):
                    wrap = numba.cfunc(self._signature, cache=True, error_model="numpy")
                    return wrap(self.function)
            # A stranger's may use what lies in other files, whose changes a kept copy would miss.
            return numba.cfunc(self._signature, error_model="numpy")(self.function)
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise SmallModelError(
                f"The function '{self.function.__name__}' cannot be compiled: {reason}"
            ) from error

    def __wrapper_address__(self) -> int:
        return int(self._machine_code.address)

    def signature(self) -> Any:
        return self._signature

    def __call__(self, *arguments: Any) -> None:
        self.function(*arguments)


@dataclass(frozen=True)
class SmallModel:
    """A state-space model in three functions.

    Each function is plain Python within what Numba compiles; it works on all particles of one
    parameter draw at once, writes into an array it is given and returns nothing. `x` is
    float64[states, particles], one row a state in the order of `states`; `p` is float64[parameters]
    in the order of `parameters`; `row` is the data of one time, float64[columns]. `z` is
    float64[normals, particles], fresh standard normal numbers, and `u` float64[uniforms,
    particles], fresh uniform ones; they may be overwritten.

    Attributes
    ----------
    name
        What it is called in messages.
    states, parameters
        Names, in the order of the rows of `x` and of the entries of `p`.
    begin
        ``begin(x, p, z, u)`` writes states at the time of the first observation.
    step
        ``step(x, p, row, z, u)`` moves them to the time of `row`. It may read covariates from
        `row`; if it read what was observed, the likelihood would be wrong.
    log_density
        ``log_density(x, p, row, out)`` writes the log density of what was seen into `out`,
        float64[particles]; minus infinity where it is impossible.
    normals, uniforms
        How many random numbers of each kind a particle needs at a time, 0 to 255.

    Raises
    ------
    SmallModelError
        If a function takes other arguments, or there is nothing to carry.

    Examples
    --------
    >>> from tregua import infer
    >>> infer.AUTOREGRESSION.parameters
    ('persistence', 'shock', 'noise')
    """

    name: str
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    begin: Callable[[Floats, Floats, Floats, Floats], None]
    step: Callable[[Floats, Floats, Floats, Floats, Floats], None]
    log_density: Callable[[Floats, Floats, Floats, Floats], None]
    normals: int = 0
    uniforms: int = 0

    def __post_init__(self) -> None:
        """Refuse what can be seen to be wrong."""
        wanted = {"begin": 4, "step": 5, "log_density": 4}
        names = {
            "begin": "(x, p, z, u)",
            "step": "(x, p, row, z, u)",
            "log_density": "(x, p, row, out)",
        }
        for part, count in wanted.items():
            function = getattr(self, part)
            if not inspect.isfunction(function):
                raise SmallModelError(f"{part} must be a plain function, not {function!r}.")
            if len(inspect.signature(function).parameters) != count:
                raise SmallModelError(
                    f"{part} must take {names[part]}, not {inspect.signature(function)}."
                )
        if not self.states:
            raise SmallModelError("A model needs at least one state.")
        for kind in ("normals", "uniforms"):
            if not 0 <= getattr(self, kind) <= 255:
                raise SmallModelError(f"{kind} must be 0 to 255, not {getattr(self, kind)}.")

    @cached_property
    def _called(self) -> tuple[_Called, _Called, _Called]:
        begin = _Called(self.begin, types.void(_TABLE, _ROW, _TABLE, _TABLE))
        step = _Called(self.step, types.void(_TABLE, _ROW, _ROW, _TABLE, _TABLE))
        density = _Called(self.log_density, types.void(_TABLE, _ROW, _ROW, _ROW))
        return begin, step, density

    def compile(self) -> None:
        """Make the machine code now, in place of at the first run.

        Raises
        ------
        SmallModelError
            If a function lies outside of what Numba compiles.
        """
        if not os.environ.get("NUMBA_DISABLE_JIT"):
            for each in self._called:
                each.__wrapper_address__()


@dataclass(frozen=True)
class Filtered:
    """What a filter found.

    Attributes
    ----------
    log_likelihood
        float64[draws]: log of the unbiased estimate of the likelihood; minus infinity where no
        particle could have made what was seen.
    increments
        float64[draws, times]: what each time adds to it; 0 where nothing was seen.
    effective
        float64[draws, times]: effective sample size after weighing, 0 to the number of particles;
        0 from the time on at which no particle had weight.
    collapsed
        int64[draws]: the time (counted from 0) at which no particle had weight; -1 for none.
    means
        float64[draws, times, states]: mean of the state given what was seen until then; NaN from a
        collapse on. None if not asked for.
    paths
        float64[draws, paths, times, states]: draws from the smoothed law of whole paths; NaN for
        draws that collapsed. None if not asked for.
    particles
        Number of particles.
    """

    log_likelihood: Floats
    increments: Floats
    effective: Floats
    collapsed: Ints
    means: Floats | None
    paths: Floats | None
    particles: int

    @property
    def diagnostics(self) -> pd.DataFrame:
        """How the filter fared at each time.

        Columns time, effective_least and effective_median (of the effective sample size over
        draws), collapsed_share (share of draws without any weight by then).
        """
        times = np.arange(self.effective.shape[1])
        gone = (self.collapsed[:, None] >= 0) & (self.collapsed[:, None] <= times)
        return pd.DataFrame(
            {
                "time": times,
                "effective_least": self.effective.min(axis=0),
                "effective_median": np.median(self.effective, axis=0),
                "collapsed_share": gone.mean(axis=0),
            }
        )


class _Luck(NamedTuple):
    """Where random numbers of a parameter draw come from."""

    key_low: int
    key_high: int
    row: int


class _Room(NamedTuple):
    """Working arrays of one thread: nothing in them grows with time unless paths are kept."""

    x: Floats
    spare: Floats
    z: Floats
    u: Floats
    density: Floats
    weights: Floats
    carried: Floats
    ancestors: Ints
    history: Floats
    parents: Ints
    parts: Floats


@compiled
def _fill_uniforms(into: Floats, luck: _Luck, time: int, purpose: int) -> None:
    """Fresh uniform numbers; one scrambled counter serves a particle of each half."""
    kinds, particles = into.shape
    half = (particles + 1) // 2
    for kind in range(kinds):
        word = purpose | (kind << 8)
        low, high = into[kind, :half], into[kind, half:]
        for j in range(len(high)):
            a, b, c, d = scramble(time, j, word, luck.row, luck.key_low, luck.key_high)
            low[j] = (((a << 20) | (b >> 12)) + 0.5) * _TO_UNIT
            high[j] = (((c << 20) | (d >> 12)) + 0.5) * _TO_UNIT
        if len(high) < half:
            a, b, _, _ = scramble(time, half - 1, word, luck.row, luck.key_low, luck.key_high)
            low[half - 1] = (((a << 20) | (b >> 12)) + 0.5) * _TO_UNIT


@compiled
def _fill_normals(into: Floats, uniform: Floats, luck: _Luck, time: int) -> None:
    """Fresh standard normal numbers, by inversion; `uniform` is working space.

    The quick quantile serves all but 1 in 2000; a stretch that holds such a one is done again.
    """
    _fill_uniforms(into, luck, time, _NORMAL)
    particles = into.shape[1]
    for kind in range(into.shape[0]):
        row = into[kind]
        for j in range(particles):
            uniform[j] = row[j]
        for j in range(particles):
            row[j] = central_normal_quantile(uniform[j])
        for first in range(0, particles, _STRETCH):
            last = min(particles, first + _STRETCH)
            outside = 0
            for j in range(first, last):
                outside += 1 if abs(uniform[j] - 0.5) > _CENTRE else 0
            if outside > 0:
                for j in range(first, last):
                    row[j] = normal_quantile(uniform[j])


@compiled
def _one_uniform(luck: _Luck, time: int, purpose: int) -> float:
    a, b, _, _ = philox(time, 0, purpose, luck.row, luck.key_low, luck.key_high)
    return float((((a << 20) | (b >> 12)) + 0.5) * _TO_UNIT)


@compiled
def _add(to: Floats, row: Floats) -> None:
    for j in range(len(to)):
        to[j] += row[j]


@compiled
def _carry(log_weights: Floats, log_mean: float, carried: Floats) -> None:
    """Log weights of mean weight one, for the next time."""
    for j in range(len(carried)):
        carried[j] = log_weights[j] - log_mean


@compiled
def _keep(room: _Room, time: int, x: Floats) -> None:
    """Note the states of a time; each particle is its own parent until resampling says else."""
    room.history[time] = x
    for j in range(x.shape[1]):
        room.parents[time, j] = j


@compiled
def _sum_of_products(row: Floats, weights: Floats, parts: Floats) -> float:
    """Sum of products, in sixteen interleaved parts that a vector unit keeps apart."""
    parts[:] = 0.0
    whole = len(row) - len(row) % 16
    for first in range(0, whole, 16):
        for k in range(16):
            parts[k] += row[first + k] * weights[first + k]
    total = 0.0
    for k in range(16):
        total += parts[k]
    for j in range(whole, len(row)):
        total += row[j] * weights[j]
    return total


@compiled
def _gather(old: Floats, new: Floats, ancestors: Ints) -> None:
    """Every row of the state, from the ancestors of its particles."""
    for s in range(old.shape[0]):
        source, target = old[s], new[s]
        for j in range(len(source)):
            target[j] = source[ancestors[j]]


@compiled
def _trace(room: _Room, total: float, u: float, paths: Floats) -> None:
    """Follow the ancestry of some of the last particles back to the first time."""
    count, times, states = paths.shape
    particles = len(room.weights)
    reached, place = room.weights[0], 0
    for k in range(count):
        target = (u + k) * total / count
        while reached <= target and place < particles - 1:
            place += 1
            reached += room.weights[place]
        j = place
        for back in range(times):
            time = times - 1 - back
            for s in range(states):
                paths[k, time, s] = room.history[time, s, j]
            if time > 0:
                j = room.parents[time - 1, j]


@compiled
def _move(
    begin: Any, step: Any, x: Floats, p: Floats, row: Floats, room: _Room, luck: _Luck, time: int
) -> None:
    """Draw fresh luck and take the particles to a time."""
    _fill_normals(room.z, room.density, luck, time)
    _fill_uniforms(room.u, luck, time, _UNIFORM)
    if time == 0:
        begin(x, p, room.z, room.u)
    else:
        step(x, p, row, room.z, room.u)


@compiled
def _weigh(
    log_density: Any, x: Floats, p: Floats, row: Floats, room: _Room, carrying: bool
) -> tuple[float, float, float]:
    """Weigh the particles, on top of weights carried; as `weigh_row` returns it."""
    log_density(x, p, row, room.density)
    if carrying:
        _add(room.density, room.carried)
    return weigh_row(room.density, room.weights, room.parts)


@compiled
def _as_they_were(room: _Room, carrying: bool, total: float) -> tuple[float, float]:
    """Sum of weights and effective sample size at a time at which nothing was seen."""
    if carrying:
        return total, total * total / _sum_of_products(room.weights, room.weights, room.parts)
    room.weights[:] = 1.0
    return float(len(room.weights)), float(len(room.weights))


@compiled
def _write_means(x: Floats, room: _Room, total: float, means: Floats) -> None:
    for s in range(len(x)):
        means[s] = _sum_of_products(x[s], room.weights, room.parts) / total


@compiled
def _run(
    begin: Any,
    step: Any,
    log_density: Any,
    parameters: Floats,
    data: Floats,
    seen: NDArray[np.bool_],
    seed: int,
    first: int,
    room: _Room,
    threshold: float,
    increments: Floats,
    effective: Floats,
    collapsed: Ints,
    means: Floats,
    paths: Floats,
) -> None:
    """Filter some parameter draws, one after the other, each with luck of its own number."""
    times, particles = len(data), room.x.shape[1]
    wants_means, wants_paths = means.shape[0] > 0, paths.shape[0] > 0
    low, high = seed & _LOW, (seed >> 32) & _LOW
    x, spare = room.x, room.spare
    for i in range(len(parameters)):
        p, luck = parameters[i], _Luck(low, high, first + i)
        carrying, total, size = False, 0.0, 0.0
        for t in range(times):
            _move(begin, step, x, p, data[t], room, luck, t)
            if seen[t]:
                gain, total, size = _weigh(log_density, x, p, data[t], room, carrying)
                increments[i, t] = gain
                if total == 0.0:
                    collapsed[i] = t
                    break
            else:
                total, size = _as_they_were(room, carrying, total)
            effective[i, t] = size
            if wants_means:
                _write_means(x, room, total, means[i, t])
            if wants_paths:
                _keep(room, t, x)
            if size < threshold * particles and t < times - 1:
                u = _one_uniform(luck, t, _RESAMPLE)
                scatter_ancestors(room.weights, total, u, room.ancestors)
                _gather(x, spare, room.ancestors)
                x, spare = spare, x
                carrying = False
                if wants_paths:
                    room.parents[t] = room.ancestors[:particles]
            elif seen[t]:
                _carry(room.density, increments[i, t], room.carried)
                carrying = True
        if wants_paths and collapsed[i] < 0:
            _trace(room, total, _one_uniform(luck, times, _PATHS), paths[i])


def _table(name: str, given: ArrayLike, columns: int | None) -> Floats:
    """A two-dimensional table of numbers; a single row or column is read as one."""
    try:
        table = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SmallModelError(f"{name} must be a table of numbers: {error}.") from None
    if table.ndim == 1:
        table = table[:, None] if columns is None else table[None, :]
    if table.ndim != 2 or table.shape[0] == 0:
        raise SmallModelError(
            f"{name} must be a table with at least one row, not of shape {table.shape}."
        )
    if columns is not None and table.shape[1] != columns:
        raise SmallModelError(f"{name} must have {columns} columns, not {table.shape[1]}.")
    return np.array(table, order="C")  # a copy: compiled code takes no read-only arrays


def _parameters(model: SmallModel, given: ArrayLike | pd.DataFrame) -> Floats:
    """Parameter draws as a table in the model's order; a frame is read by its names."""
    if isinstance(given, pd.DataFrame):
        missing = [name for name in model.parameters if name not in given.columns]
        if missing:
            raise SmallModelError(
                f"The model '{model.name}' needs the parameters {', '.join(model.parameters)}; "
                f"{', '.join(missing)} not given."
            )
        given = given[list(model.parameters)]
    table = _table("parameters", given, len(model.parameters))
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise SmallModelError(f"Parameters must be finite; those of draw {row} are not.")
    return table


def _try_out(model: SmallModel, p: Floats, data: Floats) -> None:
    """Run the plain functions on a few particles: what is wrong with them is said in their words.

    Compiled code does not check bounds.
    """
    x = np.full((len(model.states), _TRIED), np.nan)
    z, u = np.zeros((model.normals, _TRIED)), np.full((model.uniforms, _TRIED), 0.5)
    out = np.full(_TRIED, np.inf)
    # Copies: a trial must not change what the filter is given.
    p, row = p.copy(), data[min(1, len(data) - 1)].copy()
    part = "begin"
    with np.errstate(all="ignore"):
        try:
            model.begin(x, p, z.copy(), u.copy())
            part = "step"
            model.step(x, p, row, z.copy(), u.copy())
            part = "log_density"
            model.log_density(x, p, row, out)
        except Exception as error:
            raise SmallModelError(
                f"{part} of the model '{model.name}' failed on {_TRIED} particles: "
                f"{type(error).__name__}: {error}"
            ) from error
    if np.isnan(x).all(axis=1).any():
        name = model.states[int(np.flatnonzero(np.isnan(x).all(axis=1))[0])]
        raise SmallModelError(f"begin and step of the model '{model.name}' leave '{name}' unset.")
    if (out == np.inf).any():
        raise SmallModelError(
            f"log_density of the model '{model.name}' must write a number below infinity into "
            "every place of its last argument."
        )


def _check_counts(particles: int, seed: int, resample_below: float, paths: int) -> None:
    if not 1 <= particles < _MOST_PARTICLES:
        raise SmallModelError(f"particles must be 1 to {_MOST_PARTICLES - 1}, not {particles}.")
    if not 0 <= seed < 2**63:
        raise SmallModelError(f"seed must lie between 0 and 2**63 - 1, not {seed}.")
    if not 0.0 <= resample_below <= 1.0:
        raise SmallModelError(f"resample_below must lie between 0 and 1, not {resample_below}.")
    if not 0 <= paths <= particles:
        raise SmallModelError(
            f"paths must lie between 0 and the {particles} particles, not {paths}."
        )


def _processors(threads: int | None) -> int:
    if threads is not None and threads < 1:
        raise SmallModelError(f"threads must be at least 1, not {threads}.")
    if threads is None and hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return threads or os.cpu_count() or 1


def _room(model: SmallModel, particles: int, times: int) -> _Room:
    """Working arrays; `times` above 0 keeps the history for paths."""
    states = len(model.states)
    return _Room(
        np.empty((states, particles)),
        np.empty((states, particles)),
        np.empty((model.normals, particles)),
        np.empty((model.uniforms, particles)),
        np.empty(particles),
        np.empty(particles),
        np.empty(particles),
        np.empty(particles + 1, dtype=np.int64),
        np.empty((times, states, particles)),
        np.empty((times, particles), dtype=np.int64),
        np.empty(16),
    )


def particle_filter(
    model: SmallModel,
    parameters: ArrayLike | pd.DataFrame,
    data: ArrayLike,
    *,
    particles: int,
    seed: int,
    resample_below: float = 0.5,
    means: bool = True,
    paths: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Filtered:
    """Run the bootstrap filter of a model for each parameter draw.

    Working memory is, for each thread, 8 bytes times particles times (twice the states, the random
    numbers, and five more); paths add times x (states + 1) x particles numbers.

    Parameters
    ----------
    model
        The model.
    parameters
        float64[draws, parameters], or a frame with the model's parameters among its columns. One
        row of numbers is one draw; equal rows get luck of their own.
    data
        float64[times, columns]: what is seen at each time, with covariates if the model reads any.
        A row with NaN in it is a time at which nothing was seen. A plain sequence is one column.
    particles
        Number of particles of each draw.
    seed
        Seed of the luck, 0 to 2**63 - 1.
    resample_below
        Particles are resampled (systematically) where the effective sample size falls below this
        share of their number: 1 for always, 0 for never.
    means
        Whether to keep means of the state.
    paths
        How many whole paths to draw from each draw's ancestry; 0 keeps no history. Paths share
        their distant past where there are few particles.
    threads
        Worker threads over draws; one for each available processor if None. No bit depends on it.
    progress
        Called as ``progress(done, total)``, counted in draws.

    Returns
    -------
    Filtered
        Likelihoods and diagnostics, one row for each draw.

    Raises
    ------
    SmallModelError
        If the model cannot be compiled or fails on a few particles, or if a number makes no sense.

    Examples
    --------
    >>> from tregua import infer
    >>> data = [0.3, -0.2, 0.1, 1.4, 0.9]
    >>> draws = [[0.9, 0.5, 0.3], [0.0, 0.5, 0.3]]
    >>> found = infer.particle_filter(
    ...     infer.AUTOREGRESSION, draws, data, particles=1000, seed=1
    ... )
    >>> found.log_likelihood.round(1)
    array([-5.5, -6.1])
    """
    given = _parameters(model, parameters)
    rows = _table("data", data, None)
    _check_counts(particles, seed, resample_below, paths)
    workers = _processors(threads)
    _try_out(model, given[0], rows)
    model.compile()
    draws, times, states = len(given), len(rows), len(model.states)
    found = Filtered(
        np.empty(draws),
        np.zeros((draws, times)),
        np.zeros((draws, times)),
        np.full(draws, -1, dtype=np.int64),
        np.full((draws, times, states), np.nan) if means else None,
        np.full((draws, paths, times, states), np.nan) if paths else None,
        particles,
    )
    seen = np.asarray(np.isfinite(rows).all(axis=1))
    begin, step, density = model._called

    def chunk(first: int, last: int) -> int:
        part = slice(first, last)
        room = _room(model, particles, times if paths else 0)
        _run(
            begin,
            step,
            density,
            given[part],
            rows,
            seen,
            seed,
            first,
            room,
            resample_below,
            found.increments[part],
            found.effective[part],
            found.collapsed[part],
            np.empty((0, 0, 0)) if found.means is None else found.means[part],
            np.empty((0, 0, 0, 0)) if found.paths is None else found.paths[part],
        )
        return last - first

    _in_threads(chunk, draws, workers, progress)
    found.log_likelihood[:] = found.increments.sum(axis=1)
    return found


def _in_threads(
    chunk: Callable[[int, int], int], draws: int, workers: int, progress: Progress | None
) -> None:
    """Run chunks of draws, in as many threads as are wanted."""
    size = -(-draws // min(draws, workers * _CHUNKS_A_THREAD))
    firsts = range(0, draws, size)
    lasts = [min(draws, first + size) for first in firsts]
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        each = pool.map if workers > 1 else map
        for count in each(chunk, firsts, lasts):
            done += count
            if progress is not None:
                progress(done, draws)
