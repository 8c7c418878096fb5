r"""Ways to propose a parameter draw, on the scale on which the prior is standard normal.

A draw is a row of standard scores :math:`z`, with prior :math:`N(0, I)`. Data speak of a few
directions only; in all others the posterior is the prior. With the columns of :math:`U` spanning
the directions that data may inform, each way is reversible with respect to a density that can be
written down, so that a likelihood ratio and a correction make the Metropolis ratio:

* **luck**: the same draw, filtered with other luck. It frees a draw that owes its weight to an
  estimate that is far too high, and its rejections measure how noisy estimates are.
* **outside**: :math:`z' = \sqrt{1-\beta^2}\,z + \beta\xi` outside :math:`U`; reversible for the
  prior, so the correction is 0 (Cotter, Roberts, Stuart and White 2013).
* **prior**: the same in every direction that data have not narrowed.
* **fitted**: the same step within :math:`U` about a normal distribution :math:`N(m, C)` that
  follows the cloud (Cui, Law and Marzouk 2016, likelihood-informed moves), along a random choice of
  the axes of :math:`C`.
* **difference**: :math:`z' = z + g\,(z_a - z_b)` along such a choice of axes, plus a small jitter,
  with two rows of the cloud (ter Braak and Vrugt 2008); symmetric.

Long steps along few axes and short ones along all are good at different times, so each way comes
in several lengths, and is tried as often as it has been seen to move draws: by the mean of
acceptance probability times squared length (Fearnhead and Taylor 2013, "An adaptive sequential
Monte Carlo sampler").

A covariance of *n* draws in *d* dimensions scatters even where the truth is the identity: its
eigenvalues fill :math:`(1 \pm \sqrt{d/n})^2` (Marchenko and Pastur 1967). Where *d* is large beside
*n*, only directions below that band are taken as narrowed by data.

The cloud is frozen before the first sweep of a step. Given it, every kernel leaves its target
unchanged; that it was fitted to the same draws is an effect of order 1 / draws (Beskos, Jasra,
Kantas and Thiery 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["WAYS", "Cloud", "Proposed", "Way", "even_odds", "new_odds", "propose"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Way:
    """One way to propose.

    Attributes
    ----------
    kind
        "luck", "outside", "prior", "fitted" or "difference".
    share
        Probability with which an axis is moved, above 0 and at most 1 (fitted and difference).
    length
        Length of the step, above 0 and at most 1: 1 is a draw afresh, or a whole difference.
    """

    kind: str
    share: float = 1.0
    length: float = 1.0

    @property
    def name(self) -> str:
        """Kind, share and length in one word."""
        return f"{self.kind}-{self.share:g}-{self.length:g}"


_SHARES, _LENGTHS = (1.0, 0.4, 0.15), (0.2, 0.5, 1.0)

WAYS: tuple[Way, ...] = (
    Way("luck"),
    *(Way("outside", length=length) for length in (0.5, 1.0)),
    *(Way("prior", length=length) for length in (0.3, 0.6, 1.0)),
    *(Way("fitted", share, length) for share in _SHARES for length in _LENGTHS),
    *(Way("difference", share) for share in _SHARES),
    Way("difference", length=0.5),
)
"""All ways, in the order in which they are numbered."""

_GROUP = {"luck": 0, "outside": 1, "prior": 1, "fitted": 2, "difference": 2}
_GROUP_ODDS = np.array([0.08, 0.37, 0.55])
_GROUPS = np.array([_GROUP[way.kind] for way in WAYS])
_LEAST_ODDS = 0.2  # of an even share: no way is given up for good
_BELIEF = 8.0  # tries' worth of the group's mean in the score of each way

_JITTER = 0.05  # of an axis' own spread; lets a difference reach beyond the rows' own span
_MEAN_SHOWN = 3.0  # standard errors from which the mean of a coordinate is believed
_CROWDED = 0.25  # dimensions per effective draw above which eigenvalues are not believed


@dataclass(frozen=True)
class Cloud:
    """Weighted draws from which proposals learn, with the normal distribution fitted to them.

    Attributes
    ----------
    scores
        float64[n, K].
    weights
        float64[n], adding up to 1.
    span
        float64[K, d], orthonormal: directions that data may inform; None for all.
    centre
        float64[K], mean of the fitted distribution.
    axes
        float64[K, d], orthonormal: axes of the fitted distribution within the span.
    variances
        float64[d], variance along each axis, above 0 and at most 1; 1 where not narrowed.
    narrowed
        bool[d]: the axes along which data have narrowed the cloud.
    """

    scores: Floats
    weights: Floats
    span: Floats | None
    centre: Floats
    axes: Floats
    variances: Floats
    narrowed: Bools

    @classmethod
    def of(
        cls,
        scores: Floats,
        weights: Floats,
        span: Floats | None = None,
        *,
        worth: float | None = None,
    ) -> Cloud:
        """Fit to weighted draws.

        Parameters
        ----------
        scores, weights, span
            As the attributes; the weights need not add up to 1.
        worth
            Independent draws that these are worth; None takes what the weights say.
        """
        share = weights / weights.sum()
        worth = 1.0 / float(np.sum(share**2)) if worth is None else worth
        basis = np.eye(scores.shape[1]) if span is None else span
        within = scores @ basis
        mean = share @ within
        centred = within - mean
        values, vectors = np.linalg.eigh((centred * share[:, None]).T @ centred)
        crowding = basis.shape[1] / worth
        narrowed = np.full(len(values), True)
        if crowding > _CROWDED:
            narrowed = values < max(1.0 - np.sqrt(crowding), 0.0) ** 2
            inside = vectors[:, narrowed] @ (vectors[:, narrowed].T @ mean)
            # What lies outside these directions is believed only where it is far from chance.
            shown = np.abs(mean - inside) > _MEAN_SHOWN / np.sqrt(worth)
            mean = inside + np.where(shown, mean - inside, 0.0)
        # A little wider than seen: too narrow a proposal never reaches the tails.
        variances = np.where(narrowed, np.clip(values * (1.0 + crowding), 1e-8, 1.0), 1.0)
        return cls(scores, share, span, basis @ mean, basis @ vectors, variances, narrowed)

    @property
    def directions(self) -> Floats:
        """The directions that data have narrowed: float64[K, r], orthonormal."""
        return self.axes[:, self.narrowed]

    def log_density(self, scores: Floats) -> Floats:
        """Log density of the fitted distribution along the axes, up to a constant: float64[n]."""
        along = (scores - self.centre) @ self.axes
        return np.asarray(-0.5 * np.sum(along**2 / self.variances, axis=1))

    def picked(self, uniforms: Floats) -> Floats:
        """Rows of the cloud in proportion to their weights, one for each uniform number."""
        places = np.searchsorted(np.cumsum(self.weights), uniforms, side="right")
        return self.scores[np.minimum(places, len(self.scores) - 1)]

    def outside(self, rows: Floats) -> Floats:
        """The part of rows outside the span; zero where no span is named."""
        return np.zeros_like(rows) if self.span is None else rows - (rows @ self.span) @ self.span.T

    def unnarrowed(self, rows: Floats) -> Floats:
        """The part of rows outside the directions that data have narrowed."""
        return rows - (rows @ self.directions) @ self.directions.T

    def mobility(self, moved: Floats) -> float:
        """Mean squared displacement over twice the variance: 0 for rest, 1 for draws afresh.

        The lesser of that along narrowed directions and of that in all others, whose variance is
        the prior's: a cloud that has shrunk there cannot pass for one that moves.

        Parameters
        ----------
        moved
            float64[n, K], displacements.
        """
        along, rest = moved @ self.directions, self.unnarrowed(moved)
        left = moved.shape[1] - self.directions.shape[1]
        parts = []
        if self.directions.shape[1]:
            parts.append(float(np.mean(along**2 / (2.0 * self.variances[self.narrowed]))))
        if left:
            parts.append(float(np.mean(np.sum(rest**2, axis=1)) / (2.0 * left)))
        return min(parts)

    def jumps(self, moved: Floats) -> Floats:
        """Squared lengths of displacements, mean per dimension, over twice the variance.

        Parameters
        ----------
        moved
            float64[n, K].

        Returns
        -------
        numpy.ndarray
            float64[n, 3], by group of ways: 0; outside the narrowed directions; along the axes.
        """
        left = max(moved.shape[1] - self.directions.shape[1], 1)
        rest = np.sum(self.unnarrowed(moved) ** 2, axis=1) / (2.0 * left)
        along = np.mean((moved @ self.axes) ** 2 / (2.0 * self.variances), axis=1)
        return np.column_stack([np.zeros(len(moved)), rest, along])


@dataclass(frozen=True)
class Proposed:
    """Proposals, one a row.

    Attributes
    ----------
    scores
        float64[n, K].
    ways
        int64[n], places in `WAYS`.
    correction
        float64[n]: log of prior times backward over forward density; added to the difference of
        log likelihoods it makes the log Metropolis ratio.
    """

    scores: Floats
    ways: Ints
    correction: Floats

    @property
    def groups(self) -> Ints:
        """int64[n], group of each row's way: a column of `Cloud.jumps`."""
        return _GROUPS[self.ways]


def even_odds() -> Floats:
    """How often each way is tried before anything is known: float64[ways], adding up to 1."""
    return np.asarray((_GROUP_ODDS / np.bincount(_GROUPS))[_GROUPS])


def new_odds(tries: Floats, gains: Floats) -> Floats:
    """How often each way should be tried, from how far each has moved draws.

    Parameters
    ----------
    tries
        float64[ways], proposals made.
    gains
        float64[ways], sums of acceptance probability times squared length (`Cloud.jumps`).

    Returns
    -------
    numpy.ndarray
        float64[ways], adding up to 1. Odds between the groups (luck, directions that data leave
        alone, directions that they inform) are fixed; within a group they follow the mean gain.
    """
    odds = np.zeros(len(WAYS))
    for group, share in enumerate(_GROUP_ODDS):
        mine = np.asarray(group == _GROUPS)
        mean = gains[mine].sum() / max(tries[mine].sum(), 1.0)
        score = (gains[mine] + _BELIEF * mean) / (tries[mine] + _BELIEF)
        total = score.sum()
        even = np.full(int(mine.sum()), 1.0 / mine.sum())
        wanted = score / total if total > 0.0 else even
        odds[mine] = share * ((1.0 - _LEAST_ODDS) * wanted + _LEAST_ODDS * even)
    return odds


def propose(scores: Floats, cloud: Cloud, odds: Floats, generator: np.random.Generator) -> Proposed:
    """Propose a new draw for each row.

    Parameters
    ----------
    scores
        float64[n, K], where the rows stand.
    cloud
        What proposals learn from; must not depend on what this step's sweeps have done.
    odds
        float64[ways], how often each way is tried, adding up to 1.
    generator
        Source of the random numbers, positioned by its key.

    Returns
    -------
    Proposed
    """
    rows, size = scores.shape
    ways = np.searchsorted(np.cumsum(odds), generator.random(rows), side="right")
    ways = np.minimum(ways, len(WAYS) - 1).astype(np.int64)
    noise = generator.standard_normal((rows, size))
    share, length = (
        np.array([getattr(way, name) for way in WAYS])[ways][:, None]
        for name in ("share", "length")
    )
    kinds = np.array([way.kind for way in WAYS])[ways]
    fall = 1.0 - np.sqrt(1.0 - length**2)
    afresh = length * noise - fall * scores
    axes, spread = cloud.axes, np.sqrt(cloud.variances)
    mask = generator.random((rows, axes.shape[1])) < share
    along = (scores - cloud.centre) @ axes
    fitted = mask * (length * spread * (noise @ axes) - fall * along)
    one, other = (cloud.picked(uniforms) for uniforms in generator.random((2, rows)))
    reach = length * 2.38 / np.sqrt(2.0 * np.maximum(mask.sum(axis=1, keepdims=True), 1))
    apart = mask * (reach * ((one - other) @ axes) + _JITTER * spread * (noise @ axes))
    step = np.zeros_like(scores)
    for kind, moved in (
        ("outside", cloud.outside(afresh)),
        ("prior", cloud.unnarrowed(afresh)),
        ("fitted", fitted @ axes.T),
        ("difference", apart @ axes.T),
    ):
        mine = kinds == kind
        step[mine] = moved[mine]
    chosen = scores + step
    of_prior = 0.5 * (np.sum(scores**2, axis=1) - np.sum(chosen**2, axis=1))
    of_fit = of_prior + cloud.log_density(scores) - cloud.log_density(chosen)
    correction = np.select([kinds == "fitted", kinds == "difference"], [of_fit, of_prior], 0.0)
    return Proposed(chosen, ways, correction)
