r"""Measures of a forecast or a finding, each a few lines that a reader can check by hand.

A probability :math:`p` said of months in which something was true (:math:`y=1`) or not is judged by
the *Brier score*, the mean of :math:`(p-y)^2` (Brier 1950), and the *log score*, the mean of
:math:`-\log p` of what came true; the *skill* compares the Brier score with that of always saying
the base rate. Both are proper: nobody gains by saying anything but what is believed (Gneiting and
Raftery 2007). *Reliability* compares what was said with how often it came true. The area under the
ROC curve (AUC) is the chance that a month with the truth is ranked above one without it, and knows
nothing of calibration. Shares carry Wilson's interval (1927), counts in time Garwood's (1936).

All intervals hold 90 % unless told otherwise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = [
    "Check",
    "Logistic",
    "auc",
    "brier",
    "brier_skill",
    "calibration_error",
    "crossings",
    "delay",
    "log_score",
    "logistic",
    "mean_is_zero",
    "per_decade",
    "recalibrated",
    "reliability",
    "share_is",
    "uniform",
    "wilson",
]

Floats = NDArray[np.float64]

_LEAST = 1e-6  # a probability is never read as surer than this
_ALARM = 1e-3  # false alarms of a check: 1 in 1,000


class Check(NamedTuple):
    """A statistical check of something that should hold.

    `figure` is what was seen, `expected` what should be, `low` and `high` the range in which it
    falls by chance in all but 1 of 1,000 runs, `p_value` the chance of a figure as far away.
    """

    figure: float
    expected: float
    low: float
    high: float
    p_value: float

    @property
    def passed(self) -> bool:
        """Whether the check holds; by chance alone it fails in 1 of 1,000 runs."""
        return bool(self.p_value >= _ALARM)


class Logistic(NamedTuple):
    """A logistic curve: the probability at `x` is 1 / (1 + exp(-(intercept + slope x)))."""

    intercept: float
    slope: float

    def at(self, x: ArrayLike) -> Floats:
        """Probabilities at `x`."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * np.asarray(x)))))

    def where(self, probability: float) -> float:
        """The `x` at which this probability is reached; NaN for a flat curve."""
        if self.slope == 0.0:
            return float("nan")
        odds = np.log(probability / (1.0 - probability))
        return float((odds - self.intercept) / self.slope)


def _pair(values: ArrayLike, truth: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Values and truth as flat arrays, months without a value left out."""
    found = np.asarray(values, dtype=np.float64).ravel()
    known = np.asarray(truth).astype(bool).ravel()
    if found.shape != known.shape:
        raise ValueError(f"{found.size} values cannot be judged by {known.size} truths.")
    said = ~np.isnan(found)
    return found[said], known[said]


def brier(probability: ArrayLike, truth: ArrayLike) -> float:
    """Mean squared distance of a probability from what came true; 0 is best.

    Parameters
    ----------
    probability
        Probabilities; NaN where nothing was said.
    truth
        Whether it was true, same shape.
    """
    said, true = _pair(probability, truth)
    return float(((said - true) ** 2).mean()) if said.size else float("nan")


def brier_skill(probability: ArrayLike, truth: ArrayLike) -> float:
    """Share by which the Brier score beats always saying the base rate; below 0 is worse.

    Parameters
    ----------
    probability, truth
        As for `brier`.
    """
    said, true = _pair(probability, truth)
    base = float(true.mean() * (1.0 - true.mean())) if said.size else 0.0
    return 1.0 - brier(said, true) / base if base > 0.0 else float("nan")


def log_score(probability: ArrayLike, truth: ArrayLike) -> float:
    """Mean of minus the logarithm of the probability given to what came true; 0 is best.

    Parameters
    ----------
    probability, truth
        As for `brier`. Probabilities are read as no surer than one in a million.
    """
    said, true = _pair(probability, truth)
    said = np.clip(said, _LEAST, 1.0 - _LEAST)
    return float(-np.log(np.where(true, said, 1.0 - said)).mean()) if said.size else float("nan")


def auc(score: ArrayLike, truth: ArrayLike) -> float:
    """Chance that a true month is scored above one that is not; ties count half.

    Parameters
    ----------
    score
        Any score; greater means more likely. NaN where nothing was said.
    truth
        Whether it was true, same shape.
    """
    said, true = _pair(score, truth)
    n, m = int(true.sum()), int((~true).sum())
    if not n or not m:
        return float("nan")
    ranks = stats.rankdata(said)
    return float((ranks[true].sum() - n * (n + 1) / 2) / (n * m))


def reliability(probability: ArrayLike, truth: ArrayLike, *, classes: int = 10) -> pd.DataFrame:
    """What was said beside how often it came true, in classes of equal width.

    Parameters
    ----------
    probability, truth
        As for `brier`.
    classes
        Number of classes between 0 and 1.

    Returns
    -------
    DataFrame
        `low`, `high` (the class), `months`, `said` (mean probability), `observed` (share true);
        classes without a month are left out.
    """
    said, true = _pair(probability, truth)
    place = np.minimum((said * classes).astype(np.int64), classes - 1)
    rows = [
        {
            "low": k / classes,
            "high": (k + 1) / classes,
            "months": int(inside.sum()),
            "said": float(said[inside].mean()),
            "observed": float(true[inside].mean()),
        }
        for k in range(classes)
        if (inside := place == k).any()
    ]
    return pd.DataFrame(rows, columns=["low", "high", "months", "said", "observed"])


def calibration_error(table: pd.DataFrame) -> float:
    """Expected calibration error: mean gap of said and observed, weighted by months.

    Parameters
    ----------
    table
        What `reliability` gives.
    """
    if table.empty:
        return float("nan")
    gaps = (table["said"] - table["observed"]).abs()
    return float((gaps * table["months"]).sum() / table["months"].sum())


def wilson(hits: int, trials: int, level: float = 0.9) -> tuple[float, float]:
    """Wilson's interval for a share.

    Parameters
    ----------
    hits, trials
        How many of how many.
    level
        Share of intervals that hold the truth.
    """
    if trials == 0:
        return float("nan"), float("nan")
    z = float(stats.norm.ppf(0.5 + level / 2))
    share, wide = hits / trials, z * z / trials
    middle = (share + wide / 2) / (1 + wide)
    half = z / (1 + wide) * float(np.sqrt(share * (1 - share) / trials + wide / trials / 4))
    low = 0.0 if hits == 0 else middle - half
    return low, 1.0 if hits == trials else middle + half


def per_decade(events: int, months: float, level: float = 0.9) -> tuple[float, float, float]:
    """Events per ten years, with Garwood's exact interval.

    Parameters
    ----------
    events
        Their number.
    months
        Months watched.
    level
        Share of intervals that hold the truth.

    Returns
    -------
    tuple of float
        Rate, lower and upper end.
    """
    if months <= 0:
        return float("nan"), float("nan"), float("nan")
    tail, scale = (1 - level) / 2, 120.0 / months
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(stats.chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return events * scale, low * scale, high * scale


def crossings(values: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """Months in which a series comes to stand at or above a threshold, from below or from nothing.

    Parameters
    ----------
    values
        One value a month; NaN where nothing is said. The first month is no crossing.
    threshold
        The threshold.
    """
    above = np.asarray(values, dtype=np.float64) >= threshold
    return np.flatnonzero(above[1:] & ~above[:-1]) + 1


def delay(values: ArrayLike, threshold: float, onset: int, until: int) -> float:
    """Months from an onset to the first crossing in [onset, until); NaN if there is none.

    Parameters
    ----------
    values, threshold
        As for `crossings`.
    onset, until
        Places of months.
    """
    found = crossings(values, threshold)
    inside = found[(found >= onset) & (found < until)]
    return float(inside[0] - onset) if inside.size else float("nan")


def logistic(x: ArrayLike, truth: ArrayLike, *, ridge: float = 1e-3) -> Logistic:
    """Fit a logistic curve by Newton's method.

    Parameters
    ----------
    x
        Explaining numbers; NaN is left out.
    truth
        Whether it was true.
    ridge
        A pull of intercept and slope towards 0 (half a squared norm), so that a perfect separation
        has a finite answer.

    Returns
    -------
    Logistic
        A curve without slope, at the base rate, where only one outcome was seen.
    """
    given, true = _pair(x, truth)
    if not given.size or true.all() or not true.any():
        share = np.clip(true.mean() if true.size else 0.5, _LEAST, 1 - _LEAST)
        return Logistic(float(np.log(share / (1 - share))), 0.0)
    middle, spread = float(given.mean()), float(given.std()) or 1.0
    design = np.column_stack([np.ones(given.size), (given - middle) / spread])
    weights = np.zeros(2)
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -35.0, 35.0)))
        slope = design.T @ (true - p) - ridge * weights
        curve = (design * (p * (1 - p))[:, None]).T @ design + ridge * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-10:
            break
    steep = float(weights[1]) / spread
    return Logistic(float(weights[0]) - steep * middle, steep)


def recalibrated(score: ArrayLike, truth: ArrayLike, fold: ArrayLike) -> Floats:
    """Probabilities from a score, each month's curve fitted on the worlds of the other folds.

    Parameters
    ----------
    score, truth
        As for `auc`.
    fold
        Fold of each month; a world lies in one fold as a whole.

    Returns
    -------
    ndarray
        Probabilities in the shape of `score`; NaN where nothing was said.
    """
    found, known = np.asarray(score, dtype=np.float64), np.asarray(truth).astype(bool)
    folds = np.asarray(fold)
    result = np.full(found.shape, np.nan)
    for one in np.unique(folds):
        here = folds == one
        result[here] = logistic(found[~here], known[~here]).at(found[here])
    return np.where(np.isnan(found), np.nan, result)


def uniform(ranks: ArrayLike, *, classes: int = 10) -> Check:
    """Whether ranks between 0 and 1 are spread evenly: a chi-square test (Cook et al. 2006).

    Parameters
    ----------
    ranks
        Independent ranks; at least five a class for the test to be what it says.
    classes
        Number of classes.
    """
    found = np.asarray(ranks, dtype=np.float64)
    counts = np.histogram(found[~np.isnan(found)], bins=classes, range=(0.0, 1.0))[0]
    expected = counts.sum() / classes
    statistic = float(((counts - expected) ** 2).sum() / expected) if expected else float("nan")
    high = float(stats.chi2.ppf(1 - _ALARM, classes - 1))
    tail = float(stats.chi2.sf(statistic, classes - 1)) if expected else float("nan")
    return Check(statistic, classes - 1.0, 0.0, high, tail)


def share_is(hits: int, trials: int, expected: float) -> Check:
    """Whether a share is what it should be: an exact two-sided binomial test.

    Parameters
    ----------
    hits, trials
        How many of how many.
    expected
        The share that should be.
    """
    if trials == 0:
        return Check(float("nan"), expected, 0.0, 1.0, float("nan"))
    low, high = (float(stats.binom.ppf(q, trials, expected)) for q in (_ALARM / 2, 1 - _ALARM / 2))
    tail: Any = stats.binomtest(hits, trials, expected).pvalue
    return Check(hits / trials, expected, low / trials, high / trials, float(tail))


def mean_is_zero(gaps: ArrayLike) -> Check:
    """Whether independent gaps have mean zero: their mean over its standard error.

    Parameters
    ----------
    gaps
        One gap a series; some thirty of them for the normal law to serve.
    """
    found = np.asarray(gaps, dtype=np.float64)
    if found.size < 2 or found.std() == 0.0:
        return Check(float("nan"), 0.0, float("nan"), float("nan"), float("nan"))
    error = float(found.std(ddof=1) / np.sqrt(found.size))
    mean, reach = float(found.mean()), float(stats.norm.ppf(1 - _ALARM / 2)) * error
    return Check(mean, 0.0, -reach, reach, float(2 * stats.norm.sf(abs(mean) / error)))
