r"""Three ways to propose a parameter draw, on the scale on which the prior is standard normal.

A draw is a row of standard scores :math:`z`, with prior :math:`N(0, I)`. Data speak of a few
directions only; in all others the posterior is the prior. With the columns of :math:`U` spanning
the directions that data may inform, each way is reversible with respect to a density that can be
written down, so that a likelihood ratio and a correction make the Metropolis ratio:

* **prior**: :math:`z' = \sqrt{1-\beta^2}\,z + \beta\xi` in the directions that data do not
  inform (in all, if none are named); reversible for the prior, so the correction is 0 (Cotter,
  Roberts, Stuart and White 2013).
* **fitted**: the same step outside :math:`U`, and within it a step about a normal distribution
  :math:`N(m, C)` that follows the cloud (Cui, Law and Marzouk 2016, likelihood-informed moves).
* **difference**: :math:`z' = z + g\,(z_a - z_b)` within :math:`U` plus a small jitter, with two
  rows of the cloud (ter Braak 2006, differential evolution Markov chain); symmetric.

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

__all__ = ["KINDS", "SHARES", "Cloud", "Proposed", "propose"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS = ("prior", "fitted", "difference")
"""Names of the three ways, in the order in which they are numbered."""

SHARES = (0.2, 0.5, 0.3)
"""How often each is tried."""

_JITTER = 0.02  # standard scores; lets a difference reach beyond the rows' own span
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
    directions
        float64[K, r], orthonormal: the directions that data have narrowed.
    variances
        float64[r], variance along each, above 0 and at most 1.
    """

    scores: Floats
    weights: Floats
    span: Floats | None
    centre: Floats
    directions: Floats
    variances: Floats

    @classmethod
    def of(cls, scores: Floats, weights: Floats, span: Floats | None = None) -> Cloud:
        """Fit to weighted draws.

        Parameters
        ----------
        scores, weights, span
            As the attributes; the weights need not add up to 1.
        """
        share = weights / weights.sum()
        worth = 1.0 / float(np.sum(share**2))
        basis = np.eye(scores.shape[1]) if span is None else span
        within = scores @ basis
        mean = share @ within
        centred = within - mean
        values, vectors = np.linalg.eigh((centred * share[:, None]).T @ centred)
        crowding = basis.shape[1] / worth
        if crowding > _CROWDED:
            narrowed = values < max(1.0 - np.sqrt(crowding), 0.0) ** 2
            inside = vectors[:, narrowed] @ (vectors[:, narrowed].T @ mean)
            # What lies outside these directions is believed only where it is far from chance.
            shown = np.abs(mean - inside) > _MEAN_SHOWN / np.sqrt(worth)
            mean = inside + np.where(shown, mean - inside, 0.0)
        else:
            narrowed = np.full(len(values), True)
        # A little wider than seen: too narrow a proposal never reaches the tails.
        variances = np.clip(values[narrowed] * (1.0 + crowding), 1e-8, 1.0)
        return cls(scores, share, span, basis @ mean, basis @ vectors[:, narrowed], variances)

    def log_density(self, scores: Floats) -> Floats:
        """Log density of the fitted distribution at rows, up to a constant: float64[n]."""
        gap = scores - self.centre
        along = gap @ self.directions
        squares = np.sum(gap**2, axis=1) + np.sum(along**2 * (1.0 / self.variances - 1.0), axis=1)
        return np.asarray(-0.5 * squares)

    def stretched(self, noise: Floats) -> Floats:
        """Standard normals as deviations of the fitted distribution: float64[n, K]."""
        along = noise @ self.directions
        return noise + (along * (np.sqrt(self.variances) - 1.0)) @ self.directions.T

    def picked(self, uniforms: Floats) -> Floats:
        """Rows of the cloud in proportion to their weights, one for each uniform number."""
        places = np.searchsorted(np.cumsum(self.weights), uniforms, side="right")
        return self.scores[np.minimum(places, len(self.scores) - 1)]

    def informed(self, rows: Floats) -> Floats:
        """The part of rows that lies in the span: float64[n, K]."""
        return rows if self.span is None else (rows @ self.span) @ self.span.T

    def uninformed(self, rows: Floats) -> Floats:
        """The part of rows outside the span; all of them where no span is named."""
        return rows if self.span is None else rows - (rows @ self.span) @ self.span.T

    def mobility(self, moved: Floats) -> float:
        """Mean squared displacement over twice the variance: 0 for rest, 1 for draws afresh.

        The lesser of that along narrowed directions and of that in all others, whose variance is
        the prior's: a cloud that has shrunk there cannot pass for one that moves.

        Parameters
        ----------
        moved
            float64[n, K], displacements.
        """
        along = moved @ self.directions
        rest = moved - along @ self.directions.T
        left = moved.shape[1] - self.directions.shape[1]
        parts = []
        if self.directions.shape[1]:
            parts.append(float(np.mean(along**2 / (2.0 * self.variances))))
        if left:
            parts.append(float(np.mean(np.sum(rest**2, axis=1)) / (2.0 * left)))
        return min(parts)


@dataclass(frozen=True)
class Proposed:
    """Proposals, one a row.

    Attributes
    ----------
    scores
        float64[n, K].
    kinds
        int64[n], places in `KINDS`.
    correction
        float64[n]: log of prior times backward over forward density; added to the difference of
        log likelihoods it makes the log Metropolis ratio.
    """

    scores: Floats
    kinds: Ints
    correction: Floats


def propose(
    scores: Floats, cloud: Cloud, steps: Floats, generator: np.random.Generator
) -> Proposed:
    """Propose a new draw for each row.

    Parameters
    ----------
    scores
        float64[n, K], where the rows stand.
    cloud
        What proposals learn from; must not depend on what this step's sweeps have done.
    steps
        float64[3], length of each way's step, above 0 and at most 1.
    generator
        Source of the random numbers, positioned by its key.

    Returns
    -------
    Proposed
    """
    rows, size = scores.shape
    kinds = np.searchsorted(np.cumsum(SHARES), generator.random(rows), side="right")
    kinds = np.minimum(kinds, len(KINDS) - 1).astype(np.int64)
    noise = generator.standard_normal((rows, size))
    # Steps of many lengths: one length is too short for some directions and too long for others.
    stretch = np.exp(generator.uniform(-1.0, 0.5, rows))
    length = np.minimum(steps[kinds] * stretch, 1.0)[:, None]
    fall = 1.0 - np.sqrt(1.0 - length**2)
    outside = np.minimum(steps[0] * stretch, 1.0)[:, None]
    step_outside = cloud.uninformed(outside * noise - (1.0 - np.sqrt(1.0 - outside**2)) * scores)
    step_fitted = length * cloud.stretched(noise) - fall * (scores - cloud.centre)
    if cloud.span is not None:
        step_fitted = cloud.informed(step_fitted) + step_outside
    one, other = (cloud.picked(uniforms) for uniforms in generator.random((2, rows)))
    reach = 2.38 / np.sqrt(2.0 * (size if cloud.span is None else cloud.span.shape[1]))
    moved = np.stack(
        [
            scores + step_outside,
            scores + step_fitted,
            scores + length * cloud.informed(reach * (one - other) + _JITTER * noise),
        ]
    )
    chosen = moved[kinds, np.arange(rows)]
    prior = 0.5 * (np.sum(scores**2, axis=1) - np.sum(chosen**2, axis=1))
    fitted = prior + cloud.log_density(scores) - cloud.log_density(chosen)
    correction = np.choose(kinds, [np.zeros(rows), fitted, prior])
    return Proposed(chosen, kinds, correction)
