r"""What the mean path tells of the likelihood, cheaply, and long walks by it alone.

A filter runs hundreds of worlds to weigh one row of parameters; the mean path runs one, without
luck. With :math:`r_k(z)` the logs of what it reaches over what was seen, most of the log
likelihood is a concave quadratic of them,

.. math:: s(z) = b_0 + \sum_k \left(b_k r_k + c_k r_k^2 + d_k (r_k - r_{k+1})^2
   + e_k (r_k + r_{k+1})^2\right) + \sum_i \left(f_i z_i + h_i z_i^2\right),
   \qquad c, d, e, h \le 0,

fitted by weighted least squares to all estimates that the sampler has made. Narrow bent valleys of
the posterior (inflow times time served; members times killings of each) are straight in *r*, so
that the fit sees them, and no normal distribution of *z* does.

A **walk** is a chain of many Metropolis steps whose target is the prior times
:math:`e^{\kappa\gamma s}`; it costs mean paths only. Where it ends is proposed to the true target
of power :math:`\gamma`, and accepted with probability :math:`\min(1, e^{\gamma\Delta l -
\kappa\gamma\Delta s})`: the chain is reversible for its own target, so that this is exact, however
poor the fit (Christen and Fox 2005, "Markov chain Monte Carlo using an approximation"; Liu 2001 on
walks that are tested at their end).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from tregua import simulate
from tregua.infer.bayes.coordinates import Coordinates
from tregua.infer.particles.sightings import Sightings
from tregua.model import History

__all__ = ["Outline", "Surrogate", "record_outline"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_Element = tuple[tuple[str, ...], tuple[pd.Timestamp, ...], float]  # variables, months, value
Outline = Callable[[Floats], Floats]
"""From standard scores float64[n, K] to logs of what is reached over what was seen, [n, F]."""

_REACH = 60.0  # tempered logs below the best from which an estimate says nothing of the posterior
_SLACK = 0.2  # standard deviation of the fit's own error, as a share of the gap to the best
_RIDGE = 1.0  # estimates' worth of belief that a term is absent
_BEST = 0.99  # quantile that stands for the best estimate: the best itself was lucky
_FAR = 8.0  # logs at which a miss is cut off: no world there is near the record

_STOCKS = {
    "prisoners": ("prisoners",),
    "gang_prisoners": ("gang_prisoners",),
    "members": ("street", "gang_prisoners"),
    "members_and_collaborators": ("street", "gang_prisoners"),
    "street": ("street",),
}
"""Figures of stocks, and the variables of a simulation that add up to them, or follow them."""


@dataclass(frozen=True)
class Surrogate:
    """A concave quadratic of an outline and of scores, fitted to estimated log likelihoods.

    Attributes
    ----------
    weights
        float64[terms], one a term, in the order of `terms`.
    active
        bool[K], coordinates of which the surrogate has terms.
    """

    weights: Floats
    active: Bools

    @classmethod
    def fit(
        cls, reached: Floats, scores: Floats, logs: Floats, active: Bools, power: float
    ) -> Surrogate:
        """Fit to estimates.

        Parameters
        ----------
        reached
            float64[n, F], outlines.
        scores
            float64[n, K].
        logs
            float64[n], estimated log likelihoods; those that are not finite are left out.
        active
            bool[K], coordinates that are given terms.
        power
            Power of the likelihood, above 0, for which the fit should be good.
        """
        usable = np.isfinite(logs)
        best = np.quantile(logs[usable], _BEST) if usable.any() else 0.0
        gap = np.maximum(best - logs, 0.0) * power
        usable &= gap < _REACH
        sd = 1.0 + _SLACK * gap[usable]
        wanted = logs[usable] - best
        whole, concave = terms(reached[usable], scores[usable][:, active])
        scale = np.maximum(whole.std(axis=0), 1e-9)
        middle = np.average(whole, axis=0, weights=sd**-2.0)
        level = np.average(wanted, weights=sd**-2.0)
        design = (whole - middle) / scale / sd[:, None]
        # A square root of the normal equations has as many rows as terms, however many estimates.
        root = np.linalg.cholesky(design.T @ design + _RIDGE * np.eye(len(scale))).T
        side = np.linalg.solve(root.T, design.T @ ((wanted - level) / sd))
        upper = np.where(concave, 0.0, np.inf)
        found = lsq_linear(root, side, bounds=(-np.inf, upper)).x / scale
        return cls(found, active)

    def values(self, reached: Floats, scores: Floats) -> Floats:
        """Log likelihoods up to a constant: float64[n]."""
        whole, _ = terms(reached, scores[:, self.active])
        return np.asarray(whole @ self.weights)


def terms(reached: Floats, scores: Floats) -> tuple[Floats, Bools]:
    """Terms of the quadratic, float64[n, terms], and which may only lower it, bool[terms]."""
    miss = np.clip(reached, -_FAR, _FAR)
    squares = [miss**2, (miss[:, :-1] - miss[:, 1:]) ** 2, (miss[:, :-1] + miss[:, 1:]) ** 2]
    squares.append(scores**2)
    linear = [miss, scores]
    whole = np.concatenate([*linear, *squares], axis=1)
    straight = sum(part.shape[1] for part in linear)
    return whole, np.arange(whole.shape[1]) >= straight


def record_outline(seen: Sightings, history: History, coordinates: Coordinates) -> Outline | None:
    """The outline of a case: deaths of each year, and stocks, that the mean path reaches.

    Parameters
    ----------
    seen
        The figures; deaths are taken by calendar year, as far as figures of that year cover it.
    history
        Script and setting of the case.
    coordinates
        The space of the scores.

    Returns
    -------
    Outline or None
        None where no figure speaks of deaths or stocks.
    """
    wanted = _wanted(seen)
    if not wanted:
        return None
    months = pd.date_range(seen.first, seen.end, freq="MS", inclusive="left")
    place = {month: number for number, month in enumerate(months)}
    names = tuple(dict.fromkeys(name for sums, *_ in wanted for name in sums))
    seen_logs = np.log([value for *_, value in wanted])

    def outline(scores: Floats) -> Floats:
        run = simulate.run(
            coordinates.draws(scores),
            script=history.script,
            start=str(seen.first.date()),
            end=str(seen.end.date()),
            seed=0,
            reading="mean",
            setting=history.setting,
            variables=names,
        )
        paths = {name: run.monthly[name].values for name in names}
        columns = [
            sum(paths[name][:, [place[month] for month in when]].sum(axis=1) for name in sums)
            for sums, when, _ in wanted
        ]
        return np.asarray(np.log(np.maximum(np.stack(columns, axis=1), 1e-3)) - seen_logs)

    return outline


def _wanted(seen: Sightings) -> list[_Element]:
    """Elements of the outline, in order of time by kind."""
    found: list[_Element] = []
    deaths = seen.figures[seen.figures["kind"] == "homicides"]
    years = deaths.groupby(deaths["months"].map(lambda months: max(months).year))
    for _, rows in years:
        when = tuple(month for months in rows["months"] for month in months)
        found.append((("recorded",), when, max(float(rows["value"].sum()), 1.0)))
    for what, sums in _STOCKS.items():
        rows = seen.figures[seen.figures["what"] == what]
        found += [
            (sums, (max(months),), max(float(value), 1.0))
            for months, value in zip(rows["months"], rows["value"], strict=True)
        ]
    return found
