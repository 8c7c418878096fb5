r"""The detector's answers and those of its rivals, in one shape, so that one rule judges all.

Rivals are the yardsticks that an analyst would reach for first:

- *12-month ratio*: deaths of the last twelve months against those of the twelve before; an alarm
  where a quarter is missing.
- *CUSUM* (Page 1954): the sum of how far each month lies below the 24 months before it, in their
  standard deviations, less 0.5 a month and never below 0; an alarm at 5, after which it starts
  again.
- *Binary segmentation* (Scott and Knott 1974): the series is cut where a cut most improves a
  negative-binomial likelihood, and each piece again, as long as the gain exceeds 2 log n; the size
  of the negative binomial is estimated within twelve-month pieces. What is scored is how far a
  month's piece lies below the one before it.
- *Segments*: the exact posterior over change points, where this installation holds it.

Thresholds are those of the textbooks or the detector's own 0.5; none was tuned.
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

__all__ = ["Answer", "answers", "of_detection", "rivals"]

Floats = NDArray[np.float64]

SMOOTHED, SUPPRESSED = "detector, reversible", "detector, suppressed"
ONLINE, ONLINE_SUPPRESSED = "detector online, reversible", "detector online, suppressed"
RATIO, CUSUM, CUTS = "12-month ratio", "CUSUM", "binary segmentation"
SEGMENTS, SEGMENTS_LOWER = "segments, reversed", "segments, lower"
SEGMENTS_ONLINE = "segments online, lower"

_CUT_FALL = 0.15  # a cut is called a fall from this log size on, as in the detector
_FALL_COLUMNS = ("place", "low", "high", "low_half", "high_half", "mass", "mass_inside", "factor")


@dataclass(frozen=True)
class Answer:
    """What one method says of one series.

    Attributes
    ----------
    method
        Its name.
    score
        One value a month: greater means more like a suppression; NaN where nothing is said.
    threshold
        Alarm from here on.
    probability
        Whether `score` is a probability.
    online
        Whether a month's score rests on the months before and itself only.
    falls
        Dated falls: `place` (month from 0) and, from the detector, `low`, `high` (90 %),
        `low_half`, `high_half` (50 %), `mass`, `mass_inside` (share of the dates' probability in
        the 90 % interval) and `factor`; None from a method that dates nothing but its alarms.
    onset
        Expected number of falls that begin in each month; None where unknown.
    """

    method: str
    score: Floats
    threshold: float
    probability: bool
    online: bool
    falls: pd.DataFrame | None = None
    onset: Floats | None = None


def answers(found: Detection, *, others: bool = True) -> list[Answer]:
    """Answers of the detector and, if wanted, of its rivals to the same series.

    Parameters
    ----------
    found
        What the detector found; rivals read the counts of single months in it.
    others
        Whether to ask the rivals.
    """
    own = of_detection(found)
    if not others:
        return own
    counts = found.months["observed"].to_numpy(dtype=np.float64)
    return own + rivals(counts, pd.DatetimeIndex(found.months["month"]))


def of_detection(found: Detection) -> list[Answer]:
    """The detector's answers: with hindsight and online, reversible falls and all abrupt ones.

    Parameters
    ----------
    found
        What the detector found.
    """
    months = found.months
    falls, onset = falls_of(found), months["onset"].to_numpy(dtype=np.float64)
    columns = (
        (SMOOTHED, "p_reversible", False),
        (SUPPRESSED, "suppressed", False),
        (ONLINE, "f_reversible", True),
        (ONLINE_SUPPRESSED, "suppressed_filtered", True),
    )
    return [
        Answer(
            name,
            months[column].to_numpy(dtype=np.float64),
            0.5,
            True,
            online,
            None if online else falls,
            None if online else onset,
        )
        for name, column, online in columns
        if column in months
    ]


def place_of(months: pd.DatetimeIndex, month: Any) -> int:
    """Place of a month in a monthly axis.

    Parameters
    ----------
    months
        Starts of months without a gap.
    month
        One of them.
    """
    return int(np.flatnonzero(months == pd.Timestamp(month))[0])


def falls_of(found: Detection) -> pd.DataFrame:
    """Dated falls of a detection by place, with 50 % intervals and what the 90 % ones hold.

    Parameters
    ----------
    found
        What the detector found.
    """
    months = pd.DatetimeIndex(found.months["month"])
    onset = found.months["onset"].to_numpy(dtype=np.float64)
    rows = []
    for row in found.breaks.to_dict("records"):
        place, low, high = (place_of(months, row[name]) for name in ("median", "low", "high"))
        share = np.cumsum(onset[low : high + 1])
        share = share / share[-1]
        # The window reaches a little beyond the 90 % interval; its middle half does not.
        half = [low + int(np.searchsorted(share, level - 1e-12)) for level in (0.25, 0.75)]
        inside = min(1.0, float(onset[low : high + 1].sum()) / float(row["mass"]))
        mass, factor = float(row["mass"]), float(row["bayes_factor"])
        rows.append((place, low, high, *half, mass, inside, factor))
    return pd.DataFrame(rows, columns=list(_FALL_COLUMNS))


# -- Rivals ----------------------------------------------------------------------------------


def rivals(counts: Floats, months: pd.DatetimeIndex) -> list[Answer]:
    """Answers of the rivals to counts by month.

    Parameters
    ----------
    counts
        One count a month; NaN where none was published.
    months
        Starts of the months.
    """
    cut = _cuts(counts)
    found = [
        Answer(RATIO, 1.0 - twelve_months(counts), 0.25, False, True),
        Answer(CUSUM, cusum(counts), 5.0, False, True),
        Answer(CUTS, cut[0], _CUT_FALL, False, False, cut[1]),
    ]
    return found + _segments(counts, months)


def twelve_months(counts: Floats) -> Floats:
    """Deaths of the last twelve months over those of the twelve before; NaN in the first 23.

    Parameters
    ----------
    counts
        One count a month; a gap is filled by the mean of its twelve months, which need nine.
    """
    series = pd.Series(counts)
    mean = series.rolling(12, min_periods=9).mean().to_numpy(dtype=np.float64, copy=True)
    mean[:11] = np.nan
    before = np.concatenate([np.full(12, np.nan), mean[:-12]])
    return np.asarray((mean + 0.5) / (before + 0.5))


def cusum(counts: Floats, *, allowed: float = 0.5, alarm: float = 5.0, memory: int = 24) -> Floats:
    """Page's sum of shortfalls; it starts again after an alarm.

    Parameters
    ----------
    counts
        One count a month, NaN where none was published (the sum stays).
    allowed
        Shortfall a month that is let pass, standard deviations.
    alarm
        Where the sum starts again.
    memory
        Months before that say what is usual.

    Returns
    -------
    ndarray
        The sum; NaN until half the memory is filled.
    """
    result, total = np.full(counts.size, np.nan), 0.0
    for month in range(counts.size):
        known = counts[max(0, month - memory) : month]
        known = known[~np.isnan(known)]
        if known.size < memory // 2:
            continue
        spread = max(float(known.std(ddof=1)), float(np.sqrt(known.mean())), 0.5)
        if total >= alarm:
            total = 0.0
        if not np.isnan(counts[month]):
            total = max(0.0, total + (float(known.mean()) - counts[month]) / spread - allowed)
        result[month] = total
    return result


def _size(counts: Floats) -> float:
    """Size of a negative binomial by moments, within pieces of twelve months."""
    pieces = [counts[first : first + 12] for first in range(0, counts.size, 12)]
    means = np.array([piece.mean() for piece in pieces if piece.size > 3])
    spreads = np.array([piece.var(ddof=1) for piece in pieces if piece.size > 3])
    extra = float((spreads - means).mean()) if means.size else 0.0
    return float(np.clip((means**2).mean() / extra, 2.0, 1e4)) if extra > 0 else 1e4


def _gain(counts: Floats, size: float) -> tuple[float, int]:
    """Best cut of a piece: twice the gain in log likelihood, and where."""
    n, total = counts.size, np.cumsum(counts)
    if n < 4:
        return 0.0, 0

    def fit(number: Any, deaths: Any) -> Any:
        mean = np.maximum(deaths / number, 1e-9)
        return deaths * np.log(mean / (mean + size)) - number * size * np.log(mean + size)

    left = np.arange(1, n)
    cut = fit(left, total[:-1]) + fit(n - left, total[-1] - total[:-1]) - fit(n, total[-1])
    cut[:1] = cut[-1:] = -np.inf
    best = int(np.argmax(cut))
    return 2.0 * float(cut[best]), best + 1


def _cuts(counts: Floats) -> tuple[Floats, pd.DataFrame]:
    """Depth of each month's piece below the one before it, and the falls among the cuts."""
    known = np.flatnonzero(~np.isnan(counts))
    seen, score = counts[known], np.full(counts.size, np.nan)
    if seen.size < 4:
        return score, pd.DataFrame({"place": []})
    size, least = _size(seen), 4.0 * float(np.log(seen.size))
    edges, open_pieces = {0, seen.size}, [(0, seen.size)]
    while open_pieces:
        first, last = open_pieces.pop()
        gain, at = _gain(seen[first:last], size)
        if gain > least:
            edges.add(first + at)
            open_pieces += [(first, first + at), (first + at, last)]
    borders = sorted(edges)
    means = [float(seen[a:b].mean()) + 0.25 for a, b in pairwise(borders)]
    falls = []
    for piece, first in enumerate(borders[:-1]):
        last = known[borders[piece + 1]] if borders[piece + 1] < seen.size else counts.size
        depth = float(np.log(means[piece - 1] / means[piece])) if piece else 0.0
        score[known[first] : last] = max(depth, 0.0)
        if depth >= _CUT_FALL:
            falls.append(int(known[first]))
    score[: known[0]] = 0.0
    return score, pd.DataFrame({"place": falls})


def _segments(counts: Floats, months: pd.DatetimeIndex) -> list[Answer]:
    """The posterior over change points, where this installation holds it."""
    ask: Any = getattr(infer, "segments", None)
    known = ~np.isnan(counts)
    if ask is None or not known.any():
        return []
    table = pd.DataFrame({"date": months[known], "count": counts[known]})
    cut = ask(table, first=months[0], last=months[-1])
    falls = pd.DataFrame(
        [
            (*(place_of(months, row[name]) for name in ("median", "low", "high")), row["mass"])
            for row in cut.falls.to_dict("records")
        ],
        columns=["place", "low", "high", "mass"],
    )
    onset = cut.months["fall"].to_numpy(dtype=np.float64)
    scores = (
        (SEGMENTS, "reversed", False),
        (SEGMENTS_LOWER, "lower", False),
        (SEGMENTS_ONLINE, "lower_filtered", True),
    )
    return [
        Answer(
            name,
            cut.months[column].to_numpy(dtype=np.float64),
            0.5,
            True,
            online,
            None if online else falls,
            None if online else onset,
        )
        for name, column, online in scores
    ]
