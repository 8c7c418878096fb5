"""The posterior asked about figures whose truth is known.

Parameters are drawn from their priors, figures of some years from the filter's own model of them,
and the posterior is sampled as for a case, but with fewer draws and years. If filter and sampler
are right, the truth's rank among posterior draws is uniform. The same is done with figures that the
script does not explain: in the last year two fifths of the deaths are missing from every figure, as
under a pact that nobody knows of. There ranks need not be uniform; the table says how far they are
from it. All figures here are synthetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binomtest, chi2

from tregua import record
from tregua.infer.bayes.coordinates import Coordinates, informed_span
from tregua.infer.bayes.outline import record_outline
from tregua.infer.bayes.ranks import rank_check
from tregua.infer.bayes.smc import Engine
from tregua.infer.bayes.tempering import Tempering
from tregua.infer.particles.filtering import KEPT, KernelEngine
from tregua.infer.particles.sightings import KINDS, Sightings
from tregua.infer.scores.options import Options, Tables
from tregua.model import History
from tregua.model.noise import Noise, uniform_pair
from tregua.record import Record
from tregua.simulate import part_of

__all__ = ["posterior", "synthetic_sightings"]

Floats = NDArray[np.float64]

_YEARS = 3
_SPREAD = 0.03  # log standard deviation of each figure beside the year's
_STOCK = 0.03
_KEPT = 19  # draws among which a truth is ranked: 20 ranks, of which 10 and 18 lie in the middle
_MOVED = 0.7  # mean posterior over prior variance below which figures moved a parameter
_MISSING = 0.4
_PURPOSE = 221
_PLAN = Tempering(chains=48, steps=8, last_steps=24, draws=384, most_particles=64, walk=32)


def _blank(history: History) -> Sightings:
    """Figures that a case of a few years would have, their values still to be drawn."""
    first = pd.Timestamp(history.first_day)
    end = first + pd.DateOffset(years=_YEARS)
    months = list(pd.date_range(first, end, freq="MS", inclusive="left"))
    rows = [("homicides", "recorded", (month,), 300.0, _SPREAD) for month in months]
    rows += [("prisoners", "prisoners", (m,), 1e4, _STOCK) for m in months if m.month == 6]
    table = pd.DataFrame(rows, columns=["kind", "what", "months", "value", "error"])
    table["agencies"] = table["sources"] = [("synthetic",)] * len(table)
    table = table.assign(last=table["months"].map(max)).sort_values(["last", "kind"], kind="stable")
    return Sightings(table.drop(columns="last").reset_index(drop=True), first, end, KINDS)


def synthetic_sightings(
    known: Record,
    history: History,
    scores: Floats,
    space: Coordinates,
    *,
    seed: int,
    missing: float,
) -> Sightings:
    """Figures drawn from the filter's own model of them; synthetic data.

    Parameters
    ----------
    known, history
        The case whose script and setting are taken; none of its figures are.
    scores
        float64[K]: the truth, in standard scores.
    space
        The coordinates of these scores.
    seed
        Seed of the luck.
    missing
        Share of deaths that is left out of the last year's figures without the model's knowledge.

    Returns
    -------
    Sightings
        Monthly homicides and a yearly stock of prisoners for three years.
    """
    blank = _blank(history)
    # One particle that is neither guided nor weighed against another is a draw from the model.
    engine = KernelEngine(
        known, particles=1, history=history, seen=blank, guided=False, threads=1, threshold=0.0
    )
    swarm = engine.begin(space.theta(scores[None]), seed=seed, errand=(1 << 20) - 1)
    path: list[tuple[Floats, NDArray[np.int64], Floats]] = []
    while swarm.stage < swarm.stages:
        swarm.advance_keeping(path)
    held = np.array([month[0][0, KEPT.index("prisoners")] for month in path])
    figures = blank.figures.copy()
    values = []
    for kind, months, error in zip(
        figures["kind"], figures["months"], figures["error"], strict=True
    ):
        at = (months[0].year - blank.first.year) * 12 + months[0].month - 1
        if kind == "homicides":
            left_out = missing if at >= 12 * (_YEARS - 1) else 0.0
            values.append(float(np.rint(swarm.predicted[at, 0, 2] * (1.0 - left_out))))
        else:
            noise = Noise(0, seed & 0xFFFFFFFF, seed >> 32, at, 0, _PURPOSE)
            luck = float(ndtri(uniform_pair(noise, _PURPOSE, 0, 0)[0]))
            values.append(float(np.rint(held[at] * np.exp(float(error) * luck))))
    figures["value"] = np.maximum(np.array(values), 0.0)
    return replace(blank, figures=figures)


def _factory(
    known: Record, history: History, space: Coordinates, missing: float, threads: int | None
) -> Callable[[Floats, int], Callable[[int], Engine]]:
    def of(truth: Floats, seed: int) -> Callable[[int], Engine]:
        seen = synthetic_sightings(known, history, truth, space, seed=seed, missing=missing)

        def engines(particles: int) -> KernelEngine:
            return KernelEngine(
                known, particles=particles, history=history, seen=seen, threads=threads
            )

        return engines

    return of


def _summary(figures: str, ranks: pd.DataFrame, which: str) -> dict[str, object]:
    """Coverage and uniformity of the ranks of some parameters, taken together."""
    n = len(ranks)
    half, most = ranks["rank"].between(5, 14), ranks["rank"].between(1, 18)
    counts = np.bincount(ranks["rank"] // 4, minlength=5)
    statistic = float(np.sum((counts - n / 5) ** 2) / (n / 5)) if n else np.nan
    truths, names = ranks["case"].nunique(), ranks["name"].nunique()
    # Parameters of one truth share its figures: the interval counts truths, which is the wider.
    low, high = (
        binomtest(round(float(most.mean()) * truths), truths).proportion_ci(method="wilson")
        if n
        else (np.nan, np.nan)
    )
    return {
        "figures": figures,
        "parameters": which,
        "truths": truths,
        "names": names,
        "covered_50": float(half.mean()) if n else np.nan,
        "covered_90": float(most.mean()) if n else np.nan,
        "covered_90_low": float(low),
        "covered_90_high": float(high),
        "mean_rank": float((ranks["rank"] + 0.5).mean() / (_KEPT + 1)) if n else np.nan,
        "chi_square": statistic,
        "p_if_independent": float(chi2.sf(statistic, 4)) if n else np.nan,
    }


def posterior(options: Options) -> Tables:
    """Ranks and coverage of known truths under the sampled posterior.

    Parameters
    ----------
    options
        `worlds` is the number of truths of each sort of figures.

    Returns
    -------
    mapping
        `posterior_ranks`: figures, parameters, truths, names (how many parameters), covered_50,
        covered_90 with a Wilson interval that counts truths, mean_rank (0.5 if unbiased),
        chi_square of five bins and its probability if parameters were independent of each other
        (below 0.01 once in a hundred rows by chance, and more often as they are not).
    """
    known = record.load("el-salvador")
    history = History.of(known)
    engine = KernelEngine(known, particles=1, history=history, seen=_blank(history))
    space = Coordinates.of(engine.names, known.case.prior_ranges)
    truths = options.number(16, 2)
    # As a calibration does: without it a small cloud shrinks in a hundred dimensions.
    span = informed_span(known, history, space, until=engine.seen.end.year, seed=options.seed)
    rows = []
    for part, (words, missing) in enumerate(
        (("as assumed", 0.0), ("deaths missing in the last year", _MISSING))
    ):
        ranks = rank_check(
            _factory(known, history, space, missing, options.threads),
            space,
            truths,
            plan=replace(_PLAN, seed=options.seed + 1000 * part),
            kept=_KEPT,
            span=span,
            outline=lambda engines: record_outline(engines(1).seen, history, space),
            progress=part_of(options.progress, part, 2),
        )
        left = (ranks["sd"] ** 2).groupby(ranks["name"]).mean()
        moved = set(left.index[left < _MOVED])
        inside = ranks["name"].isin(moved)
        rows += [
            _summary(words, ranks, "all"),
            _summary(words, ranks[inside], "moved by the figures"),
        ]
    return {"posterior_ranks": pd.DataFrame(rows)}
