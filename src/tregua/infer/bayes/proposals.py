r"""Ways to propose a parameter draw, on the scale on which the prior is standard normal.

A draw is a row of standard scores :math:`z`, with prior :math:`N(0, I)`. Data speak of a few
directions only; in all others the posterior is the prior. With the columns of :math:`U` spanning
the directions that data may inform, each way is reversible with respect to a density that can be
written down, so that a likelihood ratio and a correction make the Metropolis ratio:

* **luck**: the same draw, filtered with other luck. It frees a draw that owes its weight to an
  estimate that is far too high, and its rejections measure how noisy estimates are.
* **outside**: :math:`z' = \sqrt{1-\beta^2}\,z + \beta\xi` along a random choice of directions
  outside :math:`U`; reversible for the prior, so the correction is 0 (Cotter, Roberts, Stuart and
  White 2013).
* **prior**: the same along directions that data have not narrowed, within :math:`U` or not.
* **fitted**: the same step within :math:`U` about a normal distribution :math:`N(m, C)` that
  follows the cloud (Cui, Law and Marzouk 2016, likelihood-informed moves), along a random choice of
  the axes of :math:`C`.
* **difference**: :math:`z' = z + g\,(z_a - z_b)` along such a choice of axes, plus a small jitter,
  with two rows of the cloud (ter Braak and Vrugt 2008); symmetric.

* **outline**: where a long walk by the mean path alone has led (`Walk`, see `outline`).

A coordinate on which no figure depends is *idle*: its posterior is its prior, and every way but the
first draws it afresh. Calling a coordinate idle that is not costs acceptance and nothing else.

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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "WAYS",
    "Cloud",
    "Proposed",
    "Walk",
    "Way",
    "even_odds",
    "new_odds",
    "odds_of_steps",
    "propose",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Way:
    """One way to propose.

    Attributes
    ----------
    kind
        "luck", "outside", "prior", "fitted", "difference" or "outline".
    share
        Probability with which a direction is moved, above 0 and at most 1; of an outline, the
        share of the power with which it steers its walk.
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
    *(Way("outside", share, length) for share in _SHARES for length in (0.5, 1.0)),
    *(Way("prior", share, length) for share in _SHARES for length in (0.3, 0.6, 1.0)),
    *(Way("fitted", share, length) for share in _SHARES for length in _LENGTHS),
    *(Way("difference", share) for share in _SHARES),
    Way("difference", length=0.5),
    *(Way("outline", share) for share in (1.0, 0.6)),
)
"""All ways, in the order in which they are numbered."""

_GROUP = {"luck": 0, "outside": 1, "prior": 1, "fitted": 2, "difference": 2, "outline": 3}
_GROUP_ODDS = np.array([0.08, 0.37, 0.55, 0.0])
_WITH_OUTLINE = np.array([0.08, 0.16, 0.24, 0.52])
_STEPS_OF_WALK = np.array([0.0, 0.4, 0.6, 0.0])
_GROUPS = np.array([_GROUP[way.kind] for way in WAYS])
_LEAST_ODDS = 0.2  # of an even share: no way is given up for good
_BELIEF = 8.0  # tries' worth of the group's mean in the score of each way

_JITTER = 0.05  # of an axis' own spread; lets a difference reach beyond the rows' own span
_MEAN_SHOWN = 3.0  # standard errors from which the mean of a coordinate is believed
_ORTHOGONAL = 1e-9  # length below which a direction has nothing but idle coordinates
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
    beside
        float64[K, e], orthonormal: directions outside the span, none of them idle.
    idle
        bool[K]: coordinates on which no figure depends.
    """

    scores: Floats
    weights: Floats
    span: Floats | None
    centre: Floats
    axes: Floats
    variances: Floats
    narrowed: Bools
    beside: Floats
    idle: Bools

    @classmethod
    def of(
        cls,
        scores: Floats,
        weights: Floats,
        span: Floats | None = None,
        *,
        worth: float | None = None,
        idle: Bools | None = None,
    ) -> Cloud:
        """Fit to weighted draws.

        Parameters
        ----------
        scores, weights, span
            As the attributes; the weights need not add up to 1.
        worth
            Independent draws that these are worth; None takes what the weights say.
        idle
            bool[K], coordinates on which no figure depends; None for none.
        """
        share = weights / weights.sum()
        worth = 1.0 / float(np.sum(share**2)) if worth is None else worth
        still = np.zeros(scores.shape[1], dtype=bool) if idle is None else idle
        basis, beside = _bases(span, still)
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
        return cls(
            scores, share, span, basis @ mean, basis @ vectors, variances, narrowed, beside, still
        )

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

    @property
    def alone(self) -> Floats:
        """Directions that data have not narrowed, within the span or not: float64[K, r]."""
        return np.concatenate([self.axes[:, ~self.narrowed], self.beside], axis=1)

    def mobility(self, moved: Floats) -> float:
        """Mean squared displacement over twice the variance: 0 for rest, 1 for draws afresh.

        Idle coordinates do not count. The lesser of that along narrowed directions and of that in
        all others, whose variance is the prior's: a cloud that has shrunk there cannot pass for
        one that moves.

        Parameters
        ----------
        moved
            float64[n, K], displacements.
        """
        along, rest = moved @ self.directions, moved @ self.alone
        parts = []
        if along.shape[1]:
            parts.append(float(np.mean(along**2 / (2.0 * self.variances[self.narrowed]))))
        if rest.shape[1]:
            parts.append(float(np.mean(rest**2) / 2.0))
        return min(parts, default=1.0)

    def jumps(self, moved: Floats) -> Floats:
        """Squared lengths of displacements, mean per dimension, over twice the variance.

        Parameters
        ----------
        moved
            float64[n, K].

        Returns
        -------
        numpy.ndarray
            float64[n, 4], by group of ways: 0; outside the narrowed directions; along the axes; the
        lesser of these two.
        """
        alone = moved @ self.alone
        rest = np.sum(alone**2, axis=1) / (2.0 * max(alone.shape[1], 1))
        along = np.sum((moved @ self.axes) ** 2 / (2.0 * self.variances), axis=1)
        along = along / max(self.axes.shape[1], 1)
        return np.column_stack([np.zeros(len(moved)), rest, along, np.minimum(rest, along)])


def _bases(span: Floats | None, idle: Bools) -> tuple[Floats, Floats]:
    """Orthonormal directions within a span, and outside it, leaving out idle coordinates."""
    moving = np.eye(len(idle))[:, ~idle]
    if span is None:
        return moving, np.zeros((len(idle), 0))
    vectors, values, _ = np.linalg.svd(moving.T @ span)
    within = int(np.sum(values > _ORTHOGONAL))
    return moving @ vectors[:, :within], moving @ vectors[:, within:]


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


def even_odds(outlined: bool = False) -> Floats:
    """How often each way is tried before anything is known: float64[ways], adding up to 1."""
    odds = _WITH_OUTLINE if outlined else _GROUP_ODDS
    return np.asarray((odds / np.bincount(_GROUPS))[_GROUPS])


def new_odds(tries: Floats, gains: Floats, outlined: bool = False) -> Floats:
    """How often each way should be tried, from how far each has moved draws.

    Parameters
    ----------
    tries
        float64[ways], proposals made.
    gains
        float64[ways], sums of acceptance probability times squared length (`Cloud.jumps`).
    outlined
        Whether there is an outline to walk by.

    Returns
    -------
    numpy.ndarray
        float64[ways], adding up to 1. Odds between the groups (luck, directions that data leave
        alone, directions that they inform, walks) are fixed; within a group they follow the mean
        gain.
    """
    return _shared_out(tries, gains, _WITH_OUTLINE if outlined else _GROUP_ODDS)


def odds_of_steps(tries: Floats, gains: Floats) -> Floats:
    """The same for the steps of a walk, which knows neither luck nor walks: float64[ways]."""
    return _shared_out(tries, gains, _STEPS_OF_WALK)


def _shared_out(tries: Floats, gains: Floats, of_groups: Floats) -> Floats:
    odds = np.zeros(len(WAYS))
    for group, share in enumerate(of_groups):
        mine = np.asarray(group == _GROUPS)
        mean = gains[mine].sum() / max(tries[mine].sum(), 1.0)
        score = (gains[mine] + _BELIEF * mean) / (tries[mine] + _BELIEF)
        total = score.sum()
        even = np.full(int(mine.sum()), 1.0 / mine.sum())
        wanted = score / total if total > 0.0 else even
        odds[mine] = share * ((1.0 - _LEAST_ODDS) * wanted + _LEAST_ODDS * even)
    return odds


Walk = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""From rows float64[n, K] and the shares float64[n] of the power that steer them, to where their
walks end, and by how much the log of each walk's own target without the prior has risen."""


def propose(
    scores: Floats,
    cloud: Cloud,
    odds: Floats,
    generator: np.random.Generator,
    walk: Walk | None = None,
) -> Proposed:
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
    walk
        What takes the rows of outlines along; without it they stay where they are.

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
    afresh = length * noise - (1.0 - np.sqrt(1.0 - length**2)) * scores
    axes, spread = cloud.axes, np.sqrt(cloud.variances)
    chances = generator.random((rows, size))
    along = (scores - cloud.centre) @ axes
    mask = chances[:, : axes.shape[1]] < share
    fall = 1.0 - np.sqrt(1.0 - length**2)
    fitted = mask * (length * spread * (noise @ axes) - fall * along)
    one, other = (cloud.picked(uniforms) for uniforms in generator.random((2, rows)))
    reach = length * 2.38 / np.sqrt(2.0 * np.maximum(mask.sum(axis=1, keepdims=True), 1))
    apart = mask * (reach * ((one - other) @ axes) + _JITTER * spread * (noise @ axes))
    step = np.zeros_like(scores)
    for kind, basis, moved in (
        ("outside", cloud.beside, afresh @ cloud.beside),
        ("prior", cloud.alone, afresh @ cloud.alone),
        ("fitted", axes, fitted),
        ("difference", axes, apart),
    ):
        mine = kinds == kind
        moved = moved * (chances[:, : basis.shape[1]] < share)
        step[mine] = (moved @ basis.T)[mine]
    freed = ~np.isin(kinds, ("luck", "outline"))
    step[np.ix_(freed, cloud.idle)] = (noise - scores)[np.ix_(freed, cloud.idle)]
    chosen = scores + step
    # Of the prior only what lies along the axes: the rest moves reversibly for the prior.
    of_prior = 0.5 * (np.sum((scores @ axes) ** 2, axis=1) - np.sum((chosen @ axes) ** 2, axis=1))
    of_fit = of_prior + cloud.log_density(scores) - cloud.log_density(chosen)
    correction = np.select([kinds == "fitted", kinds == "difference"], [of_fit, of_prior], 0.0)
    led = np.flatnonzero(kinds == "outline")
    if walk is not None and len(led):
        chosen[led], risen = walk(scores[led], share[led, 0])
        correction[led] = -risen
    return Proposed(chosen, ways, correction)
