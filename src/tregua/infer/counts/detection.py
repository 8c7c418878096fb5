r"""Dated breaks and the monthly probability of a suppression, from counts alone.

The recursion is run for every pair of random-step size :math:`\sigma` and overdispersion
:math:`\phi`; results are averaged with the evidence of each pair as weight (filtered results: with
the evidence up to that month). Every pair is filtered; only those that carry a visible share of the
evidence are smoothed. Smoothing is repeated for three prior odds of a reversible against a
persistent fall, because counts hardly move these odds: what is reported about the kind of a fall is
a band over the three, and the factor by which the counts moved each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from tregua.infer.counts.breaks import Falls, find_breaks
from tregua.infer.counts.evidence import Plan, evidence, plan
from tregua.infer.counts.lattice import (
    CLIMB,
    DECLINE,
    DROP,
    FIRST,
    NONE,
    PERSISTENT,
    RISE,
    Chain,
    chain,
    spikes_from,
)
from tregua.infer.counts.partition import Tiles
from tregua.infer.counts.recursion import Evidence, Past, Smoothed, backward, forward
from tregua.infer.counts.rules import RuleChange
from tregua.infer.counts.settings import REVERSIBLE_ODDS, Settings
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.counts.words import Notice, notices
from tregua.shown import Shown

__all__ = ["LEAST_MONTHS", "Detection", "detect"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

LEAST_MONTHS = 24
"""Months with counts that `detect` needs at least."""
# Hyper-parameter pairs with a smaller share of the evidence are filtered but not smoothed; a larger
# share is asked of those that are run again for the two other prior odds.
_VISIBLE = 1e-3
_LARGE = 1e-2
_LONGEST_SPAN = 60  # months of one total; a longer one says nothing about dates


@dataclass(frozen=True)
class Detection(Shown):
    """What counts alone say about a series.

    Attributes
    ----------
    months : DataFrame
        One row a month: `month`; `level`, `level_low`, `level_high` (deaths per month of 30.44
        days, the factor of the month of the year taken off: posterior mean and 90 % interval);
        `level_filtered` (posterior mean given the counts up to that month); `baseline` (level
        without an active reversible fall or spike, posterior mean); `suppressed` (probability that
        a reversible or persistent fall is in force, given all counts) and `suppressed_filtered`
        (given the counts up to that month); `onset` (expected number of abrupt falls that begin in
        the month); `p_none`, `p_reversible`, `p_persistent`, `p_decline`, `p_escalation`, `p_spike`
        (smoothed, adding up to 1) and the same with `f_` (filtered); `pact_low`, `pact_high` (least
        and greatest probability of a reversible fall over prior odds of 1:3, 1:1 and 3:1); `season`
        (factor of the month of the year, learnt from earlier counts; 1 while nothing is);
        `observed` (the month's own count, NaN where none was published) and `at_least` (whether
        that count is only a bound).
    breaks : DataFrame
        One row an abrupt fall: `median`, `low`, `high` (months; 90 % interval); `mass` (expected
        number of abrupt falls in the window); `before`, `after` (level, deaths per month); `ratio`,
        `ratio_low`, `ratio_high` (size of the fall, after over before, 90 % interval);
        `bayes_factor_low`, `bayes_factor`, `bayes_factor_high` (approximate Bayes factor of a
        reversible against a persistent fall at prior odds 1:3, 1:1 and 3:1);
        `inside_total` (whether the window lies inside a multi-month total).
    settings : dict
        All assumptions, the evidence of each pair of hyper-parameters (`hyper`), the log of the
        prequential likelihood of all counts (`log_evidence`) and the changes of rule (`rules`).
    tiles : Tiles
        The counts that were used.
    notices : tuple of Notice
        What these results cannot say, in English and Spanish; show them wherever these are shown.
    """

    months: pd.DataFrame
    breaks: pd.DataFrame
    settings: Mapping[str, Any]
    tiles: Tiles
    notices: tuple[Notice, ...]

    @property
    def warning(self) -> Notice:
        """That counts cannot name a cause; always the first notice."""
        return self.notices[0]


@dataclass(frozen=True)
class _Point:
    """A pair of hyper-parameters with its prior share."""

    walk_sd: float
    size: float
    prior: float


@dataclass(frozen=True)
class _Run:
    """One prior odds: filtered states, weights to date, and smoothed marginals of each pair."""

    points: Sequence[_Point]
    past: Sequence[Past]
    log_weights: Floats
    log_evidence: float
    smoothed: Sequence[Smoothed | None]
    chain: Chain

    def mean(self, name: str) -> Floats:
        """Smoothed marginal `name`, averaged with all evidence."""
        pairs = [
            (np.exp(weight), getattr(one, name))
            for weight, one in zip(self.log_weights[:, -1], self.smoothed, strict=True)
            if one is not None
        ]
        total = sum(weight for weight, _ in pairs)
        return np.asarray(sum(weight / total * value for weight, value in pairs))

    def filtered(self) -> Floats:
        """Filtered regime shares, averaged with the evidence to date."""
        rows = np.array([past.rows for past in self.past])
        return np.asarray(np.einsum("pt,ptr->tr", np.exp(self.log_weights), rows))

    def filtered_level(self, values: Floats) -> Floats:
        """Filtered mean of a function of the effective level, averaged likewise."""
        means = np.array([past.level @ values for past in self.past])
        return np.asarray((np.exp(self.log_weights) * means).sum(axis=0))


def _points(settings: Settings) -> list[_Point]:
    return [
        _Point(sd, size, sd_share * size_share)
        for sd, sd_share in zip(settings.walk_sd, settings.walk_prior, strict=True)
        for size, size_share in zip(settings.size, settings.size_prior, strict=True)
    ]


def _workers(threads: int | None) -> int:
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}.")
    if threads is None and hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return threads or os.cpu_count() or 1


def _run(
    points: Sequence[_Point],
    known: Mapping[float, tuple[Evidence, Floats]],
    settings: Settings,
    spreads: tuple[float, ...],
    pool: ThreadPoolExecutor,
    tick: Callable[[], None],
) -> _Run:
    """Filter every pair of hyper-parameters and smooth the visible ones.

    Results come back in the order of `points`, so the number of threads changes no bit.
    """
    chains = {point.walk_sd: chain(settings, point.walk_sd, spreads) for point in points}

    def filter_one(point: _Point) -> Past:
        past = forward(chains[point.walk_sd], known[point.size][0])
        tick()
        return past

    past = list(pool.map(filter_one, points))
    log_weights = np.array(
        [
            np.log(point.prior) + one.log_evidence + known[point.size][1]
            for point, one in zip(points, past, strict=True)
        ]
    )
    log_evidence = logsumexp(log_weights, axis=0)
    log_weights -= log_evidence

    def smooth_one(index: int) -> Smoothed | None:
        result = None
        if log_weights[index, -1] > np.log(_VISIBLE):
            point = points[index]
            result = backward(chains[point.walk_sd], known[point.size][0], past[index])
        tick()
        return result

    smoothed = list(pool.map(smooth_one, range(len(points))))
    total = float(log_evidence[-1])
    return _Run(points, past, log_weights, total, smoothed, chains[points[0].walk_sd])


def _runs(
    the: Plan, settings: Settings, threads: int | None, progress: Progress | None
) -> dict[str, _Run]:
    """Run the even prior odds over all pairs, the other two over the visible pairs."""
    points = _points(settings)
    known = {size: evidence(the, size) for size in settings.size}
    done, total = 0, 2 * len(points) * len(REVERSIBLE_ODDS)

    def tick(steps: int = 1) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(min(done, total), total)

    pool = ThreadPoolExecutor(_workers(threads))
    try:
        runs = {"even": _run(points, known, settings, the.spreads, pool, tick)}
        shares = runs["even"].log_weights[:, -1]
        large = [p for p, share in zip(points, shares, strict=True) if share > np.log(_LARGE)]
        for name in ("low", "high"):
            odds = settings.reversible_odds * REVERSIBLE_ODDS[name]
            other = settings.with_(reversible_odds=odds)
            runs[name] = _run(large, known, other, the.spreads, pool, tick)
            tick(2 * (len(points) - len(large)))
    finally:
        pool.shutdown(cancel_futures=True)
    return runs


def _falls(run: _Run, settings: Settings, odds: float) -> Falls:
    taps = run.chain.lows[DROP] + np.arange(run.chain.sizes[DROP])
    return Falls(
        reversible=run.mean("reversible"),
        persistent=run.mean("persistent"),
        depths=np.array(settings.depths),
        jumps=-settings.step * taps.astype(np.float64),
        odds=odds,
    )


def _quantiles(density: Floats, grid: Floats, step: float, level: float) -> Floats:
    """Quantile of each month's distribution over cells, straight lines within a cell."""
    cumulative = np.cumsum(density, axis=1)
    index = np.minimum((cumulative < level).sum(axis=1), grid.size - 1)
    rows = np.arange(len(density))
    before = cumulative[rows, index] - density[rows, index]
    share = np.clip((level - before) / np.maximum(density[rows, index], 1e-300), 0.0, 1.0)
    return np.asarray(np.exp(grid[index] + step * (share - 0.5)))


def _regimes(rows: Floats, settings: Settings) -> dict[str, Floats]:
    spikes = spikes_from(settings)
    return {
        "none": rows[:, NONE],
        "reversible": rows[:, FIRST:spikes].sum(axis=1),
        "persistent": rows[:, PERSISTENT],
        "decline": rows[:, DECLINE],
        "escalation": rows[:, RISE] + rows[:, CLIMB],
        "spike": rows[:, spikes:].sum(axis=1),
    }


def _months(the: Plan, runs: Mapping[str, _Run], onset: Floats) -> pd.DataFrame:
    base, settings = runs["even"], the.settings
    level, step = base.mean("level"), settings.step
    smoothed, filtered = (_regimes(r, settings) for r in (base.mean("rows"), base.filtered()))
    # Evidence is shared afresh at each prior odds, so on wild series the band may turn over.
    reversible = np.array(
        [_regimes(run.mean("rows"), settings)["reversible"] for run in runs.values()]
    )
    return pd.DataFrame(
        {
            "month": the.months,
            "level": level @ np.exp(the.effective),
            "level_low": _quantiles(level, the.effective, step, 0.05),
            "level_high": _quantiles(level, the.effective, step, 0.95),
            "baseline": base.mean("baseline") @ np.exp(the.grid),
            "level_filtered": base.filtered_level(np.exp(the.effective)),
            "suppressed": smoothed["reversible"] + smoothed["persistent"],
            "suppressed_filtered": filtered["reversible"] + filtered["persistent"],
            "onset": onset,
            **{f"p_{name}": share for name, share in smoothed.items()},
            **{f"f_{name}": share for name, share in filtered.items()},
            "pact_low": reversible.min(axis=0),
            "pact_high": reversible.max(axis=0),
            "season": np.exp(the.season),
            "observed": np.where(the.single >= 0, the.count, np.nan),
            "at_least": the.at_least,
        }
    )


def _month(text: pd.Timestamp | str, what: str) -> pd.Timestamp:
    """Start of the month that a text or a date names."""
    try:
        return pd.Timestamp(text).to_period("M").start_time
    except ValueError as error:
        raise ValueError(
            f"The {what} month is '{text}'. Write year and month, such as 2012-03."
        ) from error


def _within(
    tiles: Tiles, first: pd.Timestamp | str | None, last: pd.Timestamp | str | None
) -> tuple[pd.DataFrame, pd.Timestamp, pd.Timestamp]:
    """Tiles that lie wholly between two months, and these months."""
    begin = tiles.first if first is None else _month(first, "first")
    finish = tiles.last if last is None else _month(last, "last")
    if begin > finish:
        raise ValueError(f"The first month ({begin:%Y-%m}) comes after the last ({finish:%Y-%m}).")
    frame = tiles.frame
    inside = (frame["start"] >= begin) & (frame["end"] <= finish + pd.offsets.MonthBegin(1))
    frame = frame.loc[inside].reset_index(drop=True)
    covered = int(frame["months"].map(len).sum()) if len(frame) else 0
    if covered < LEAST_MONTHS:
        raise ValueError(
            f"{tiles.name or 'The series'} has counts for {covered} months between {begin:%Y-%m} "
            f"and {finish:%Y-%m}. At least {LEAST_MONTHS} are needed to tell a break from noise."
        )
    longest = int(((frame["end"] - frame["start"]).dt.days / 30.44).round().max())
    if longest > _LONGEST_SPAN:
        raise ValueError(
            f"{tiles.name or 'The series'} has a total over {longest} months. Totals over more "
            f"than {_LONGEST_SPAN} months cannot date anything; leave them out."
        )
    return frame, begin, finish


def detect(
    tiles: Tiles | pd.DataFrame,
    *,
    first: pd.Timestamp | str | None = None,
    last: pd.Timestamp | str | None = None,
    settings: Settings | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    rules: Sequence[RuleChange] = (),
) -> Detection:
    """Date abrupt falls and say, by month, how likely a suppression was in force.

    Parameters
    ----------
    tiles
        Counts from :func:`tregua.infer.tiles`, or a plain table with columns date,count or
        start,end,value.
    first, last
        First and last month, such as "2010-01"; all counts if None. Totals that reach beyond are
        left out. `last` may lie beyond the last count.
    settings
        The model's assumptions; the published ones if None.
    threads
        Worker threads; one per available processor if None. Results do not depend on it.
    progress
        Called as ``progress(done, total)``.
    rules
        Breaks in the rules of counting: the level may jump there without a fall (see `rules_of`).

    Returns
    -------
    Detection

    Raises
    ------
    ValueError
        If fewer than 24 months have counts, a total spans more than 60 months, or the table cannot
        be used.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> months = pd.date_range("2010-01", periods=48, freq="MS")
    >>> counts = np.r_[np.full(24, 300), np.full(24, 150)]
    >>> found = detect(pd.DataFrame({"date": months, "count": counts}))
    >>> f"{found.breaks['median'][0]:%Y-%m}"
    '2012-01'
    """
    settings = settings or Settings()
    if isinstance(tiles, pd.DataFrame):
        tiles = tiles_of_table(tiles)
    frame, begin, finish = _within(tiles, first, last)
    the = plan(frame, begin, finish, settings, rules)
    runs = _runs(the, settings, threads, progress)
    falls = {
        name: _falls(run, settings, settings.reversible_odds * REVERSIBLE_ODDS[name])
        for name, run in runs.items()
    }
    months = _months(the, runs, falls["even"].onset)
    breaks = find_breaks(the.months, months["level"].to_numpy(), the.block, falls)
    base = runs["even"]
    hyper = [
        {"walk_sd": p.walk_sd, "size": p.size, "prior": p.prior, "posterior": float(np.exp(w))}
        for p, w in zip(base.points, base.log_weights[:, -1], strict=True)
    ]
    return Detection(
        months=months,
        breaks=breaks,
        settings={
            **settings.to_dict(),
            "hyper": hyper,
            "log_evidence": base.log_evidence,
            "levels": the.grid.size,
            "rules": [{"date": f"{r.month:%Y-%m}", "spread": r.spread} for r in rules],
        },
        tiles=Tiles(frame, tiles.refused, tiles.name),
        notices=notices(breaks, months=months, rules=rules),
    )
