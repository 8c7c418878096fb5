r"""Coordinates of a posterior: every uncertain number as a standard score under its own prior.

A parameter's prior is normal on the scale of its support (logarithm, log-odds, itself). Its
standard score there, :math:`z = (g(x) - c)/s`, has the prior :math:`N(0, 1)`, so that a move that
respects the prior is the same for all parameters, and "data moved it" can be read off any of them.

The record's mean path tells beforehand which directions of this space data may inform: with *J*
the slopes of its annual figures by the scores and *R* their variances, the eigenvectors of
:math:`J^\top R^{-1} J` with large eigenvalues (Cui, Law and Marzouk 2016). `informed_span` finds
them by regression over a cloud, at no cost in particles; they steer proposals and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.particles.sightings import ExtraParameter, Theta, extra_draws, extra_priors
from tregua.infer.smoother import Targets, mean_path, plausible, targets
from tregua.model import PARAMETERS, PHYSICAL, Draws, History, Parameter, defaults, prior_draws
from tregua.record import Record

__all__ = ["Coordinates", "informed_span"]

Floats = NDArray[np.float64]
Ranges = Mapping[str, Mapping[str, float]]

_SPAN_WORLDS = 600
_LEAST_INFORMATION = 0.5  # of a unit of prior information
_MOST_DIRECTIONS = 16


@dataclass(frozen=True)
class Coordinates:
    """Priors of the parameters that a likelihood sees, and of those it does not.

    Attributes
    ----------
    names
        Coordinates, in order: parameters of the game, then numbers of the likelihood.
    centres, spreads
        float64[K], mean and standard deviation on the scale on which the prior is normal.
    ranges
        The case's own ranges, by name of parameter; they replace those declared.
    """

    names: tuple[str, ...]
    centres: Floats
    spreads: Floats
    ranges: Ranges

    @classmethod
    def of(cls, names: Sequence[str], ranges: Ranges | None = None) -> Coordinates:
        """Coordinates of the parameters named; one that a case has pinned is left out.

        Raises
        ------
        ValueError
            For a name that is neither a parameter of the game nor one of the likelihood.
        """
        own = ranges or {}
        scales = {name: _scale(name, own) for name in names}
        free = [name for name in names if scales[name][1] > 0.0]
        centres, spreads = (np.array([scales[name][i] for name in free]) for i in (0, 1))
        return cls(tuple(free), centres, spreads, own)

    def values(self, scores: Floats) -> dict[str, Floats]:
        """Values in their own units, by name, from standard scores float64[n, K]."""
        normal = self.centres + self.spreads * scores
        return {
            name: _declared(name).from_normal(normal[:, place])
            for place, name in enumerate(self.names)
        }

    def scores(self, theta: Theta) -> Floats:
        """Standard scores float64[n, K] of values: the inverse of `values`."""
        columns = [
            (_declared(name).to_normal(theta.column(name)) - self.centres[i]) / self.spreads[i]
            for i, name in enumerate(self.names)
        ]
        return np.stack(columns, axis=1)

    def theta(self, scores: Floats) -> Theta:
        """What the filter takes: parameters that it does not see stay at their defaults."""
        return Theta.of(self._at_defaults(len(scores))).with_(**self.values(scores))

    def draws(self, scores: Floats) -> Draws:
        """What a simulation takes: `theta` without the numbers of the likelihood."""
        values = self.values(scores)
        own = {name: column for name, column in values.items() if name in Parameter.__members__}
        return self._at_defaults(len(scores)).with_(**own)

    def _at_defaults(self, worlds: int) -> Draws:
        """Worlds in which every parameter has the case's default, or else the declared one."""
        base = {name: {"default": float(given["default"])} for name, given in self.ranges.items()
                if "default" in given}  # fmt: skip
        return defaults(base, worlds=worlds)

    def prior(self, n: int, seed: int) -> Theta:
        """Draws of all priors, seen or not: what anyone gets from `model.prior_draws`."""
        ranges = {name: dict(given) for name, given in self.ranges.items()}
        return Theta(prior_draws(n, seed=seed, overrides=ranges), extra_draws(n, seed=seed))


def _extras() -> dict[str, ExtraParameter]:
    return {extra.name: extra for extra in extra_priors()}


def _declared(name: str) -> Parameter | ExtraParameter:
    if name in Parameter.__members__:
        return Parameter[name]
    extras = _extras()
    if name not in extras:
        raise ValueError(
            f"No parameter named '{name}', neither of the game nor of the likelihood. The latter "
            f"are {', '.join(extras)}."
        )
    return extras[name]


def _scale(name: str, ranges: Ranges) -> tuple[float, float]:
    """Mean and standard deviation on the normal scale, under the case's own range if it has one."""
    declared = _declared(name)
    given = ranges.get(name, {})
    low, high = given.get("low", declared.low), given.get("high", declared.high)
    if low == high:
        return 0.0, 0.0
    return _Range(declared, float(low), float(high)).scale


@dataclass(frozen=True)
class _Range:
    declared: Parameter | ExtraParameter
    low: float
    high: float

    @property
    def scale(self) -> tuple[float, float]:
        lower, upper = (float(self.declared.to_normal(end)) for end in (self.low, self.high))
        return (lower + upper) / 2.0, (upper - lower) / (2.0 * 1.6448536269514722)


def scales(names: Sequence[str], ranges: Ranges) -> pd.DataFrame:
    """A row a parameter: name, support, centre, spread; spread 0 where it is pinned."""
    rows = [(name, _declared(name).support, *_scale(name, ranges)) for name in names]
    return pd.DataFrame(rows, columns=["name", "support", "centre", "spread"])


def every_name() -> tuple[str, ...]:
    """All parameters of the game, then all numbers of the likelihood."""
    return tuple(parameter.name for parameter in PARAMETERS) + tuple(_extras())


# -- Directions that data may inform ---------------------------------------------------------------


def informed_span(
    record: Record,
    history: History,
    coordinates: Coordinates,
    *,
    until: int,
    seed: int,
    also: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Floats | None:
    """Directions of parameter space that a record may inform, from mean paths alone.

    Slopes of annual killings and stocks are found by regression over the prior cloud and over the
    cloud of worlds that follow the record (`plausible`). The likelihood's own numbers, of which the
    mean path knows nothing, are directions of their own.

    Parameters
    ----------
    record, history
        The case.
    coordinates
        The space.
    until
        First year whose figures are left out.
    seed
        Seed of the clouds.
    also
        Further coordinates that data may inform, each a direction of its own.
    progress
        Called with (clouds done, clouds).

    Returns
    -------
    ndarray or None
        float64[K, d], orthonormal columns; None where the record has no annual figure.
    """
    try:
        wanted = targets(record, first=int(history.start[:4]), until=until)
    except ValueError:
        return None
    prior = _free_only(coordinates, _SPAN_WORLDS, seed)
    clouds: list[Callable[[], Draws]] = [
        lambda: prior,
        lambda: plausible(prior, wanted, history, seed=seed),
    ]
    basis = [_information(cloud(), wanted, history, coordinates) for cloud in clouds]
    own = [name for name in coordinates.names if name in _extras() or name in also]
    unit = np.eye(len(coordinates.names))[:, [coordinates.names.index(name) for name in own]]
    if progress is not None:
        progress(len(clouds), len(clouds))
    vectors, values, _ = np.linalg.svd(np.concatenate([*basis, unit], axis=1), full_matrices=False)
    return np.ascontiguousarray(vectors[:, values > 1e-2])


def _free_only(coordinates: Coordinates, n: int, seed: int) -> Draws:
    """Draws of the prior in which only the game's coordinates vary."""
    ranges = {name: dict(given) for name, given in coordinates.ranges.items()}
    draws = prior_draws(n, seed=seed, overrides=ranges)
    pinned = set(draws.names) - set(coordinates.names)
    defaults_ = coordinates.theta(np.zeros((1, len(coordinates.names)))).draws
    values = draws.values.copy()
    for name in pinned:
        values[:, Parameter[name]] = defaults_.values[0, Parameter[name]]
    return replace(draws, values=values)


def _information(
    draws: Draws, wanted: Targets, history: History, coordinates: Coordinates
) -> Floats:
    """Leading directions of the information that mean paths carry: float64[K, d]."""
    own = [i for i, name in enumerate(coordinates.names) if name in _PHYSICAL_NAMES]
    scores = coordinates.scores(Theta.of(draws))[:, own]
    reached = mean_path(draws, wanted, history) / wanted.errors
    centred = scores - scores.mean(axis=0)
    # A ridge of one prior observation keeps directions in which the cloud is thin from exploding.
    gram = centred.T @ centred + np.eye(len(own))
    slopes = np.linalg.solve(gram, centred.T @ (reached - reached.mean(axis=0)))
    values, vectors = np.linalg.eigh(slopes @ slopes.T)
    chosen = np.flatnonzero(values > _LEAST_INFORMATION)[-_MOST_DIRECTIONS:]
    whole = np.zeros((len(coordinates.names), len(chosen)))
    whole[own] = vectors[:, chosen]
    return whole


_PHYSICAL_NAMES = frozenset(parameter.name for parameter in PHYSICAL)
