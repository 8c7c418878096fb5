r"""Four small models with known answers: what `particle_filter` is tested on, and patterns to copy.

`AUTOREGRESSION` is linear and Gaussian, so that the Kalman filter (1960) gives its likelihood;
`HIDDEN_MARKOV` has three states, so that sums over all paths do (Rabiner 1989).
`STOCHASTIC_VOLATILITY` (Taylor 1982) has neither. `SMALL_GANGS` is the country in miniature: what
gangs do is hidden and lasts for a while, the level of violence drifts, and killings are counted.
Loops are written out where a row of numbers would do: a compiler makes of both the same code.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.infer.particles.bootstrap import SmallModel
from tregua.model.elementary import exp, log

__all__ = ["AUTOREGRESSION", "HIDDEN_MARKOV", "SMALL_GANGS", "STOCHASTIC_VOLATILITY"]

Row = NDArray[np.float64]
Table = NDArray[np.float64]

_LOG_2PI = 1.8378770664093453


@compiled
def _put_count_density(count: float, size: float, row: Row) -> None:
    """Turn log means m into log densities of a negative binomial count, in place.

    The count's variance is m + m**2 / size; what is the same for all particles is computed once.
    """
    same = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1.0)
    same += size * math.log(size)
    for j in range(len(row)):
        log_mean = row[j]
        row[j] = same + count * log_mean - (size + count) * log(size + exp(log_mean))


def _begin_autoregression(x: Table, p: Row, z: Table, u: Table) -> None:  # noqa: ARG001
    spread = p[1] / math.sqrt(1.0 - p[0] * p[0])
    for j in range(x.shape[1]):
        x[0, j] = spread * z[0, j]


def _step_autoregression(x: Table, p: Row, row: Row, z: Table, u: Table) -> None:  # noqa: ARG001
    persistence, shock = p[0], p[1]
    for j in range(x.shape[1]):
        x[0, j] = persistence * x[0, j] + shock * z[0, j]


def _density_of_level(x: Table, p: Row, row: Row, out: Row) -> None:
    y, precision = row[0], 1.0 / p[2]
    same = -math.log(p[2]) - 0.5 * _LOG_2PI
    for j in range(x.shape[1]):
        error = (y - x[0, j]) * precision
        out[j] = same - 0.5 * error * error


AUTOREGRESSION = SmallModel(
    "autoregression",
    ("level",),
    ("persistence", "shock", "noise"),
    _begin_autoregression,
    _step_autoregression,
    _density_of_level,
    normals=1,
)
"""A level that returns to 0, seen with noise: x' = persistence x + shock z, y = x + noise e.

A `SmallModel`. It begins in its stationary law; persistence lies between -1 and 1.
"""


def _density_of_volatility(x: Table, p: Row, row: Row, out: Row) -> None:
    square = row[0] * row[0] / (p[2] * p[2])
    same = -math.log(p[2]) - 0.5 * _LOG_2PI
    for j in range(x.shape[1]):
        out[j] = same - 0.5 * x[0, j] - 0.5 * square * exp(-x[0, j])


STOCHASTIC_VOLATILITY = SmallModel(
    "stochastic volatility",
    ("log_variance",),
    ("persistence", "shock", "scale"),
    _begin_autoregression,
    _step_autoregression,
    _density_of_volatility,
    normals=1,
)
"""A level that is seen only in how wildly y swings: y = scale exp(x / 2) e.

A `SmallModel`; x moves as the level of `AUTOREGRESSION`.
"""


def _begin_markov(x: Table, p: Row, z: Table, u: Table) -> None:  # noqa: ARG001
    for j in range(x.shape[1]):
        x[0, j] = min(2.0, math.floor(3.0 * u[0, j]))


def _step_markov(x: Table, p: Row, row: Row, z: Table, u: Table) -> None:  # noqa: ARG001
    stay = p[0]
    for j in range(x.shape[1]):
        away = (u[0, j] - stay) / (1.0 - stay)
        other = x[0, j] + (1.0 if away < 0.5 else 2.0)
        other = other - 3.0 if other > 2.5 else other
        x[0, j] = x[0, j] if u[0, j] < stay else other


def _density_of_markov(x: Table, p: Row, row: Row, out: Row) -> None:
    for j in range(x.shape[1]):
        state = x[0, j]
        mean = p[1] if state < 0.5 else (p[2] if state < 1.5 else p[3])
        out[j] = log(mean)
    _put_count_density(row[0], p[4], out)


HIDDEN_MARKOV = SmallModel(
    "hidden Markov chain",
    ("state",),
    ("stay", "low", "middle", "high", "size"),
    _begin_markov,
    _step_markov,
    _density_of_markov,
    uniforms=1,
)
"""Three states that last, each with its own mean count; leaving one leads to either other one.

A `SmallModel`. Counts are negative binomial with variance m + m**2 / size; stay lies between 0 and
1.
"""


def _begin_gangs(x: Table, p: Row, z: Table, u: Table) -> None:
    spread = p[6] / math.sqrt(1.0 - p[5] * p[5])
    for j in range(x.shape[1]):
        restrained = 1.0 if u[1, j] < p[1] else 0.0
        x[0, j] = 2.0 if u[1, j] > 1.0 - p[2] else restrained
    for j in range(x.shape[1]):
        x[1, j] = p[4] + spread * z[0, j]


def _step_gangs(x: Table, p: Row, row: Row, z: Table, u: Table) -> None:  # noqa: ARG001
    stay, restraining, pressing, level = p[0], p[1], p[2], p[4]
    persistence, shock = p[5], p[6]
    for j in range(x.shape[1]):
        restrained = 1.0 if u[1, j] < restraining else 0.0
        fresh = 2.0 if u[1, j] > 1.0 - pressing else restrained
        x[0, j] = x[0, j] if u[0, j] < stay else fresh
    for j in range(x.shape[1]):
        x[1, j] = level + persistence * (x[1, j] - level) + shock * z[0, j]


def _density_of_gangs(x: Table, p: Row, row: Row, out: Row) -> None:
    effect = p[3]
    for j in range(x.shape[1]):
        action = x[0, j]
        sign = -1.0 if action == 1.0 else 0.5 * action
        out[j] = x[1, j] + effect * sign
    _put_count_density(row[0], p[7], out)


SMALL_GANGS = SmallModel(
    "small gangs",
    ("action", "level"),
    ("stay", "restraining", "pressing", "effect", "usual", "persistence", "shock", "size"),
    _begin_gangs,
    _step_gangs,
    _density_of_gangs,
    normals=1,
    uniforms=2,
)
"""Gangs that go about their business (0), restrain (1) or press (2), and a drifting level.

A `SmallModel`. Each time the action lasts with probability stay; else it is drawn afresh, restraint
and pressure with probabilities restraining and pressing. The log level returns to usual by
persistence, with normal shocks. Restraint lowers the log of the mean count by effect, pressure
raises it by as much.
"""
