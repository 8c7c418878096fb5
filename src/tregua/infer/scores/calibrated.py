r"""Is the detector right where its own assumptions hold? Simulation-based calibration.

Series are drawn from the detector's own assumptions, hyper-parameters included. If its sums are
exact, then over many series (Cook, Gelman and Rubin 2006; Talts et al. 2018)

- the share of the posterior below the true level of a month is uniform, and intervals hold the
  truth at their nominal rate;
- the expected number of falls equals the number planted, in all and in each class of months;
- the place of a dated fall within the posterior of its date is uniform (randomised within a month);
- the probability of a suppression equals its frequency.

Each check states the range in which chance alone keeps it in all but 1 of 1,000 runs. What this
cannot say: whether the assumptions hold anywhere. That is what `misspecified` and `planted` ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import infer
from tregua.infer.counts.detection import Detection
from tregua.infer.counts.generate import Synthetic, generate
from tregua.infer.scores import inside, measures
from tregua.infer.scores.measures import Check
from tregua.infer.scores.options import Options, Tables, each, luck

__all__ = ["calibrated", "drawn"]

Floats = NDArray[np.float64]

MONTHS = 120
_ERRAND = 2002
_FIRST = 1_000_000  # series that no other score draws
_REACH = 6  # months either side of a planted fall in which its date is looked for
_SURE = 0.5
_CLASSES = (0.0, 0.01, 0.03, 0.1, 0.3, 0.6, 10.0)


@dataclass(frozen=True)
class _Series:
    """What one series contributes to the checks."""

    level_rank: float
    falls_gap: float
    suppressed_gap: float
    online_gap: float
    date_ranks: list[float]
    date_inside: list[bool]
    onset: Floats
    planted: Floats


def drawn(world: int, *, seed: int) -> Synthetic:
    """Draw one series from the detector's assumptions.

    Parameters
    ----------
    world, seed
        Same world and seed, same series. The walk and the size are drawn from their prior shares,
        the level from 30 to 600 deaths a month, evenly on a log scale.
    """
    own = infer.Settings()
    u = luck(seed, _ERRAND, world, 4)
    walk = own.walk_sd[int(np.searchsorted(np.cumsum(own.walk_prior), u[0]))]
    size = own.size[int(np.searchsorted(np.cumsum(own.size_prior), u[1]))]
    level = float(30 * 20 ** u[2])
    series = _FIRST + world
    return generate(MONTHS, seed=seed, world=series, level=level, walk_sd=walk, size=size)


def calibrated(options: Options) -> Tables:
    """Check the detector on series drawn from its own assumptions.

    Parameters
    ----------
    options
        Seed, number of series (300, or 40 when quick), threads.

    Returns
    -------
    Tables
        `checks` (figure, expected, range, p value, whether it holds), `ranks` (counts by tenth),
        `falls` (expected and planted falls by class of month).
    """

    def one(world: int) -> _Series:
        return _series(world, options.seed)

    series = each(one, range(options.number(300, 40)), options)
    ranks = {
        "level": np.array([s.level_rank for s in series]),
        "date": np.array([rank for s in series for rank in s.date_ranks]),
    }
    return {"checks": _checks(series, ranks), "ranks": _ranks(ranks), "falls": _falls(series)}


def _series(world: int, seed: int) -> _Series:
    truth = drawn(world, seed=seed)
    found = infer.detect(truth.table, threads=1)
    months = found.months
    u = luck(seed, _ERRAND + 1, world, 1 + MONTHS)
    month = int(u[0] * MONTHS)
    onset = months["onset"].to_numpy(dtype=np.float64)
    planted = truth.falls.astype(np.float64)
    planted[0] = 0.0  # what began before the first month cannot begin in it
    places, held = _dates(found, planted, u[1:])
    return _Series(
        level_rank=inside.rank(truth.table, month, float(truth.level[month])),
        falls_gap=float(onset.sum() - planted.sum()),
        suppressed_gap=float(months["suppressed"].mean() - truth.suppressed.mean()),
        online_gap=float(months["suppressed_filtered"].mean() - truth.suppressed.mean()),
        date_ranks=places,
        date_inside=held,
        onset=onset,
        planted=planted,
    )


def _dates(found: Detection, planted: Floats, u: Floats) -> tuple[list[float], list[bool]]:
    """Ranks of planted dates, where one planted fall lies alone in a window that was found."""
    onset = found.months["onset"].to_numpy(dtype=np.float64)
    ranks, held = [], []
    for row in found.breaks.to_dict("records"):
        centre = int(np.flatnonzero(found.months["month"] == row["median"])[0])
        window = slice(max(0, centre - _REACH), centre + _REACH + 1)
        if row["mass"] < _SURE or planted[window].sum() != 1:
            continue
        share = onset[window] / onset[window].sum()
        at = int(np.flatnonzero(planted[window])[0])
        ranks.append(float(share[:at].sum() + u[centre] * share[at]))
        month = found.months["month"].iloc[window.start + at]
        held.append(bool(row["low"] <= month <= row["high"]))
    return ranks, held


def _checks(series: list[_Series], ranks: dict[str, Floats]) -> pd.DataFrame:
    level = ranks["level"]
    half = int((np.abs(level - 0.5) < 0.25).sum())
    most = int((np.abs(level - 0.5) < 0.45).sum())
    held = [inside for s in series for inside in s.date_inside]
    checks: dict[str, tuple[int, Check]] = {
        "level: rank is uniform (chi-square)": (len(level), measures.uniform(level)),
        "level: 50 % interval holds it": (len(level), measures.share_is(half, len(level), 0.5)),
        "level: 90 % interval holds it": (len(level), measures.share_is(most, len(level), 0.9)),
        "falls: expected less planted, a series": (
            len(series),
            measures.mean_is_zero([s.falls_gap for s in series]),
        ),
        "suppressed: said less true, a month": (
            len(series),
            measures.mean_is_zero([s.suppressed_gap for s in series]),
        ),
        "suppressed online: said less true, a month": (
            len(series),
            measures.mean_is_zero([s.online_gap for s in series]),
        ),
        "date: rank is uniform (chi-square)": (
            len(ranks["date"]),
            measures.uniform(ranks["date"], classes=5),
        ),
        "date: 90 % interval holds it (at least)": (len(held), _at_least(held)),
    }
    rows = [
        {"check": name, "number": number, **check._asdict(), "holds": check.passed}
        for name, (number, check) in checks.items()
    ]
    return pd.DataFrame(rows)


def _at_least(held: list[bool]) -> Check:
    """Intervals of whole months hold more than their nominal share: only too few is a failure."""
    check = measures.share_is(sum(held), len(held), 0.9)
    if check.figure >= 0.9:
        return check._replace(high=1.0, p_value=1.0)
    return check._replace(high=1.0)


def _ranks(ranks: dict[str, Floats]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, values in ranks.items():
        counts = np.histogram(values, bins=10, range=(0.0, 1.0))[0]
        rows += [
            {"rank": name, "low": k / 10, "high": (k + 1) / 10, "number": int(count)}
            for k, count in enumerate(counts)
        ]
    return pd.DataFrame(rows)


def _falls(series: list[_Series]) -> pd.DataFrame:
    """Falls said and planted, in months grouped by what was said of them."""
    onset = np.concatenate([s.onset for s in series])
    planted = np.concatenate([s.planted for s in series])
    world = np.concatenate([np.full(s.onset.size, i) for i, s in enumerate(series)])
    rows = []
    for low, high in pairwise(_CLASSES):
        here = (onset >= low) & (onset < high)
        if not here.any():
            continue
        gaps = np.bincount(world[here], onset[here] - planted[here], len(series))
        rows.append(
            {
                "low": low,
                "high": min(high, 1.0),
                "months": int(here.sum()),
                "expected": float(onset[here].sum()),
                "planted": int(planted[here].sum()),
                "p_value": measures.mean_is_zero(gaps).p_value,
            }
        )
    return pd.DataFrame(rows)
