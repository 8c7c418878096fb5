r"""Simulation-based calibration: a posterior asked about data whose truth is known.

Draw a truth from the prior, figures from the truth, a posterior from the figures. If the sampler is
right, the truth's rank among draws of its posterior is uniform, for every parameter, whatever the
model (Cook, Gelman and Rubin 2006; Talts, Betancourt, Simpson, Vehtari and Gelman 2018). Ranks that
crowd at the ends tell of intervals that are too narrow, ranks in the middle of too wide ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from tregua.infer.bayes.outline import Outline
from tregua.infer.bayes.smc import Engine, Plan, Prior, sample
from tregua.infer.bayes.tempering import Tempering, temper

__all__ = ["rank_check", "rank_uniformity"]

Floats = NDArray[np.float64]
Factory = Callable[[Floats, int], Callable[[int], Engine]]


def rank_check(
    factory: Factory,
    prior: Prior,
    n: int,
    *,
    plan: Plan | Tempering,
    kept: int = 19,
    span: Floats | None = None,
    outline: Callable[[Callable[[int], Any]], Outline | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Ranks of known truths among draws of their posteriors.

    Parameters
    ----------
    factory
        Gives, for a truth's standard scores float64[K] and a seed, the engines (one for a number
        of particles) of figures simulated from that truth.
    prior
        Priors of the coordinates.
    n
        Truths, at least 1.
    plan
        How each posterior is sampled, by `sample` or by `temper`; the seed of truth i is the
        plan's plus i.
    kept
        Draws of each posterior among which the truth is ranked, picked at random: fewer than the
        posterior holds, because its draws share ancestors.
    span
        As `sample` takes it.
    outline
        Gives what `temper` walks by, from the engines of a truth; None for no walks.
    progress
        Called with (truths done, truths).

    Returns
    -------
    DataFrame
        Columns case, name, truth (standard score), rank (0 to kept), kept, mean and sd (of the
        posterior's standard scores).
    """
    rows = []
    for case in range(n):
        seed = plan.seed + case
        generator = np.random.Generator(np.random.Philox(key=[seed, 77]))
        truth = generator.standard_normal(len(prior.names))
        engines = factory(truth, seed)
        if isinstance(plan, Tempering):
            led = outline(engines) if outline is not None else None
            found = temper(engines, prior, replace(plan, seed=seed), span=span, outline=led)
        else:
            found = sample(engines, prior, replace(plan, seed=seed), span=span)
        picked = generator.permutation(len(found.scores))[:kept]
        drawn = found.scores[picked]
        mean, sd = found.scores.mean(axis=0), found.scores.std(axis=0)
        for place, name in enumerate(prior.names):
            rank = int((drawn[:, place] < truth[place]).sum())
            rows.append((case, name, float(truth[place]), rank, kept, mean[place], sd[place]))
        if progress is not None:
            progress(case + 1, n)
    columns = ["case", "name", "truth", "rank", "kept", "mean", "sd"]
    return pd.DataFrame(rows, columns=columns)


def rank_uniformity(ranks: pd.DataFrame, bins: int = 5) -> pd.DataFrame:
    """Chi-square test of uniform ranks, parameter by parameter.

    Parameters
    ----------
    ranks
        From `rank_check`.
    bins
        Bins of equal width; must divide the number of possible ranks (kept + 1).

    Returns
    -------
    DataFrame
        Columns name, cases, chi_square, p (probability of a larger value if ranks are uniform:
        calling those below 0.01 wrong is wrong once in a hundred parameters), mean_rank (0.5 if
        unbiased), spread (variance over that of a uniform; above 1 = intervals too narrow).

    Raises
    ------
    ValueError
        If the bins do not divide the ranks.
    """
    rows = []
    for name, group in ranks.groupby("name", sort=False):
        places = int(group["kept"].iloc[0]) + 1
        if places % bins:
            raise ValueError(f"{bins} bins do not divide {places} ranks evenly.")
        counts = np.bincount(group["rank"] * bins // places, minlength=bins)
        expected = len(group) / bins
        statistic = float(np.sum((counts - expected) ** 2) / expected)
        middle = (group["rank"].to_numpy() + 0.5) / places
        rows.append(
            {
                "name": name,
                "cases": len(group),
                "chi_square": statistic,
                "p": float(chi2.sf(statistic, bins - 1)),
                "mean_rank": float(middle.mean()),
                "spread": float(12.0 * np.mean((middle - 0.5) ** 2)),
            }
        )
    return pd.DataFrame(rows)
