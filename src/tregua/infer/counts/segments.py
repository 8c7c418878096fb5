r"""A second opinion on dates: stretches of constant level, every way of cutting the series weighed.

Counts are negative binomial around a level that stays the same within a segment and is drawn anew,
log-uniformly, at each *change point*. Segments last a sum of `stages` geometric waits (a negative
binomial length). The posterior over number and places of change points is exact (Fearnhead 2006,
*Statistics and Computing* 16): instead of a sum over all pairs of change points, a forward and a
backward pass carry (label, stage, level) through the months,

.. math:: f_t(s,k) \propto p(y_t\mid k)\,\bigl[(1-a)f_{t-1}(s,k)+a\,f_{t-1}(s-1,k)
          +[s=0]\,\tfrac1K\,a\textstyle\sum_j f_{t-1}(S-1,j)\bigr],

which gives the same numbers in time linear in the months. The level lives on a lattice, the size of
the negative binomial is summed out by evidence. Without overdispersion bursts become breaks, so the
plain Poisson is not offered.

This model has no drift and no wandering baseline: it cuts a slow decline into steps. It is a cross
check on `detect`, never a replacement. Only counts of single months are used; totals over several
months are left out.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp
from scipy.stats import nbinom

from tregua.compiled import compiled
from tregua.infer.counts.breaks import windows
from tregua.infer.counts.detection import Detection
from tregua.infer.counts.partition import Tiles
from tregua.infer.counts.table import tiles_of_table

__all__ = [
    "Monthly",
    "Segments",
    "Weighed",
    "cross_check",
    "log_likelihoods",
    "monthly_counts",
    "segments",
    "weigh",
]

Floats = NDArray[np.float64]

DAYS = 30.44
STEP = 0.05
SIZES = (8.0, 25.0, 80.0, 400.0)
SIZE_PRIOR = (0.2, 0.3, 0.3, 0.2)
_LOWEST = 0.1  # deaths a month at the bottom of the lattice
MOST_BREAKS = 30  # numbers of breaks are told apart up to here
_VISIBLE = 1e-4  # a size with less of the evidence is left out
_SAME_FALL = 6  # months within which two falls may be one

BREAK_COLUMNS = (
    "direction",
    "median",
    "low",
    "high",
    "mass",
    "before",
    "after",
    "ratio",
    "ratio_low",
    "ratio_high",
    "reversed",
)


@dataclass(frozen=True)
class Monthly:
    """Counts of single months on a monthly axis.

    `count` is NaN where a month has no count of its own; `days` are relative to 30.44; `spread` is
    the relative error between agencies; `at_least` marks counts known as "more than"; `unused` is
    the number of totals over several months, which are left out.
    """

    months: pd.DatetimeIndex
    count: Floats
    days: Floats
    spread: Floats
    at_least: NDArray[np.bool_]
    unused: int
    name: str


@dataclass(frozen=True)
class Segments:
    """The posterior over change points, month by month and break by break.

    Attributes
    ----------
    months : DataFrame
        One row a month: `month`; `observed` (NaN without a count of its own); `level`, `level_low`,
        `level_high` (deaths per month of 30.44 days, mean and 90 % interval); `change`, `fall`,
        `rise` (expected number of breaks, of falls and of rises that begin in the month); `lower`
        and `lower_filtered` (probability that the level lies below that of the segment before by
        at least `least`, given all counts and given those up to the month); `reversed`
        (probability that it does and that the segment was ended by a rise as large within the
        record).
    breaks : DataFrame
        One row a fall or rise (`direction`): `median`, `low`, `high` (months, 90 % interval),
        `mass` (expected number in the window), `before`, `after` (level), `ratio`, `ratio_low`,
        `ratio_high` (after over before), `reversed` (of falls: probability that the next break is
        a rise; NaN of rises).
    number : ndarray, (31,)
        Probability of 0, 1, ... breaks; the last entry means 30 or more.
    settings : dict
        What was assumed, and the posterior share of each size.
    unused : int
        Totals over several months, which this model cannot use.
    name : str
        Whose counts these are.
    """

    months: pd.DataFrame
    breaks: pd.DataFrame
    number: Floats
    settings: Mapping[str, Any]
    unused: int
    name: str

    @property
    def falls(self) -> pd.DataFrame:
        """The rows of `breaks` that are falls, with a fresh index."""
        return self.breaks[self.breaks["direction"] == "fall"].reset_index(drop=True)


def _month(text: pd.Timestamp | str) -> pd.Timestamp:
    try:
        return pd.Timestamp(text).to_period("M").start_time
    except ValueError as error:
        raise ValueError(f"'{text}' is no month. Write year and month, such as 2012-03.") from error


def monthly_counts(
    counts: Tiles | pd.DataFrame,
    *,
    first: pd.Timestamp | str | None = None,
    last: pd.Timestamp | str | None = None,
) -> Monthly:
    """Lay the counts of single months on a monthly axis.

    Parameters
    ----------
    counts
        Tiles, or a plain table with columns date,count or start,end,value.
    first, last
        First and last month; those of the counts if None.

    Raises
    ------
    ValueError
        If no single month between `first` and `last` has a count.
    """
    tiles = tiles_of_table(counts) if isinstance(counts, pd.DataFrame) else counts
    frame = tiles.frame
    alone = frame["months"].map(len) == 1
    begin = frame["months"].map(lambda months: months[0])
    inside = pd.Series(True, index=frame.index)
    if first is not None:
        inside &= begin >= _month(first)
    if last is not None:
        inside &= frame["months"].map(lambda months: months[-1]) <= _month(last)
    kept, begin = frame[alone & inside], begin[alone & inside]
    if kept.empty:
        raise ValueError(
            f"{tiles.name or 'The series'} has no count of a single month here; totals over "
            "several months cannot be cut into segments."
        )
    months = pd.date_range(
        begin.min() if first is None else _month(first),
        begin.max() if last is None else _month(last),
        freq="MS",
    )
    where = months.get_indexer(pd.DatetimeIndex(begin))
    count = np.full(len(months), np.nan)
    spread, at_least = np.zeros(len(months)), np.zeros(len(months), dtype=bool)
    count[where] = kept["value"].to_numpy(dtype=float)
    spread[where] = kept["relative_sd"].to_numpy(dtype=float)
    if "at_least" in kept:
        at_least[where] = kept["at_least"].to_numpy(dtype=bool)
    days = months.days_in_month.to_numpy(dtype=float) / DAYS
    unused = int((~alone & inside).sum())
    return Monthly(months, count, days, spread, at_least, unused, tiles.name)


def lattice_of(the: Monthly) -> Floats:
    """Log levels from a tenth of a death a month to twice the greatest count."""
    top = max(2 * float(np.nanmax(the.count / the.days)), 2.0)
    return np.arange(math.log(_LOWEST), math.log(top) + STEP, STEP)


def log_likelihoods(the: Monthly, grid: Floats, size: float) -> Floats:
    """Log probability of each month's count at each level; 0 where there is no count.

    Parameters
    ----------
    the
        Counts of single months.
    grid
        Log levels, deaths per month of 30.44 days.
    size
        Size of the negative binomial; agencies' error widens it, 1/size + spread^2.

    Returns
    -------
    ndarray, (months, levels)
    """
    seen = np.isfinite(the.count)
    count = np.where(seen, the.count, 0.0)[:, None]
    wide = (1.0 / (1.0 / size + the.spread**2))[:, None]
    log_mean = grid[None, :] + np.log(the.days)[:, None]
    log_sum = np.logaddexp(np.log(wide), log_mean)
    result: Floats = (
        gammaln(count + wide)
        - gammaln(wide)
        - gammaln(count + 1)
        + wide * (np.log(wide) - log_sum)
        + count * (log_mean - log_sum)
    )
    for month in np.flatnonzero(seen & the.at_least):
        share = wide[month] / (wide[month] + np.exp(log_mean[month]))
        result[month] = nbinom.logsf(count[month], wide[month], share)
    result[~seen] = 0.0
    return result


@compiled
def _forward(likelihood: Floats, advance: float, stages: int, gap: int) -> tuple[Floats, Floats]:
    """Filtered (month, label, stage, level), label 1 = entered by a fall; log evidence to date."""
    months, levels = likelihood.shape
    state = np.zeros((months, 2, stages, levels))
    log_evidence = np.zeros(months)
    total = 0.0
    ended = np.zeros(levels)
    above = np.zeros(levels + gap + 1)
    for t in range(months):
        if t == 0:
            for s in range(stages):
                for k in range(levels):
                    state[0, 0, s, k] = likelihood[0, k] / (stages * levels)
        else:
            for k in range(levels):
                ended[k] = advance * (
                    state[t - 1, 0, stages - 1, k] + state[t - 1, 1, stages - 1, k]
                )
            above[:] = 0.0
            for k in range(levels - 1, -1, -1):
                above[k] = above[k + 1] + ended[k]
            for label in range(2):
                for s in range(stages):
                    for k in range(levels):
                        value = (1 - advance) * state[t - 1, label, s, k]
                        if s > 0:
                            value += advance * state[t - 1, label, s - 1, k]
                        else:
                            fallen = above[min(k + gap, levels)]
                            value += (fallen if label == 1 else above[0] - fallen) / levels
                        state[t, label, s, k] = value * likelihood[t, k]
        scale = state[t].sum()
        state[t] /= scale
        total += np.log(scale)
        log_evidence[t] = total
    return state, log_evidence


def forward_states(likelihood: Floats, advance: float, stages: int) -> tuple[Floats, Floats]:
    """Filtered (month, stage, level), and log evidence of the rows up to each month."""
    state, log_evidence = _forward(likelihood, advance, stages, 1)
    return np.ascontiguousarray(state.sum(axis=1)), log_evidence


@compiled
def _backward(likelihood: Floats, advance: float, stages: int, gap: int) -> tuple[Floats, Floats]:
    """Likelihood of what follows each (month, stage, level): in all, and with a rise next."""
    months, levels = likelihood.shape
    after = np.ones((months, stages, levels))
    risen = np.zeros((months, stages, levels))
    new = np.zeros(levels)
    above = np.zeros(levels + gap + 1)
    for t in range(months - 2, -1, -1):
        above[:] = 0.0
        for k in range(levels - 1, -1, -1):
            new[k] = likelihood[t + 1, k] * after[t + 1, 0, k] / levels
            above[k] = above[k + 1] + new[k]
        for s in range(stages):
            for k in range(levels):
                stay = (1 - advance) * likelihood[t + 1, k]
                after[t, s, k] = stay * after[t + 1, s, k]
                risen[t, s, k] = stay * risen[t + 1, s, k]
                if s < stages - 1:
                    after[t, s, k] += advance * likelihood[t + 1, k] * after[t + 1, s + 1, k]
                    risen[t, s, k] += advance * likelihood[t + 1, k] * risen[t + 1, s + 1, k]
                else:
                    after[t, s, k] += advance * above[0]
                    risen[t, s, k] += advance * above[min(k + gap, levels)]
        scale = after[t].sum() / (stages * levels)
        after[t] /= scale
        risen[t] /= scale
    return after, risen


@compiled
def _number(likelihood: Floats, advance: float, stages: int, most: int) -> Floats:
    """Posterior probability of each number of breaks, the last meaning as many or more."""
    months, levels = likelihood.shape
    state = np.zeros((most + 1, stages, levels))
    state[0] = likelihood[0] / (stages * levels)
    begun = np.zeros(most + 1)
    for t in range(1, months):
        reached = min(t, most)
        for n in range(reached + 1):
            begun[n] = advance * state[n, stages - 1].sum() / levels
        for n in range(reached + 1):
            entering = begun[n - 1] if n > 0 else 0.0
            if n == most:
                entering += begun[most]
            for s in range(stages - 1, -1, -1):
                for k in range(levels):
                    value = (1 - advance) * state[n, s, k]
                    value += advance * state[n, s - 1, k] if s > 0 else entering
                    state[n, s, k] = value * likelihood[t, k]
        state /= state.sum()
    result: Floats = state.sum(axis=2).sum(axis=1) / state.sum()
    return result


@dataclass(frozen=True)
class _Pass:
    """All that one size of the negative binomial says, arrays by month."""

    filtered: Floats  # probability of the label "lower"
    level: Floats  # (months, levels)
    lower: Floats
    reversed: Floats
    change: Floats
    fall: Floats
    rise: Floats
    reversed_fall: Floats
    ended: Floats  # (months, levels): a segment of this level ended before the month
    entered: Floats  # (months, levels): likelihood of entering at this level, scaled with `ended`


def _one_pass(likelihood: Floats, state: Floats, advance: float, gap: int) -> _Pass:
    """Marginals from the forward and the backward pass."""
    stages, levels = state.shape[2:]
    after, risen = _backward(likelihood, advance, stages, gap)
    weight = state.sum(axis=1) * after
    scale = weight.sum(axis=(1, 2))
    joint = state[:, 1] * after
    months = likelihood.shape[0]
    ended = np.zeros((months, levels))
    ended[1:] = advance * state[:-1, :, -1].sum(axis=1)
    entered = likelihood * after[:, 0] / levels
    entered_risen = likelihood * risen[:, 0] / levels
    # One scale a month makes products of `ended` and `entered` posterior masses: the filtered
    # state divided by its own predictive probability.
    predicted = np.ones(months)
    for t in range(1, months):
        stay = (1 - advance) * state[t - 1].sum(axis=0)
        stay[1:] += advance * state[t - 1].sum(axis=0)[:-1]
        predicted[t] = (stay * likelihood[t] * after[t]).sum() + ended[t].sum() * entered[t].sum()
    ended /= predicted[:, None]
    above = np.zeros((months, levels + gap))
    above[:, :levels] = ended[:, ::-1].cumsum(axis=1)[:, ::-1]
    below = ended.cumsum(axis=1)
    under = np.zeros((months, levels))
    under[:, gap:] = below[:, : levels - gap]
    return _Pass(
        filtered=state[:, 1].sum(axis=(1, 2)),
        level=weight.sum(axis=1) / scale[:, None],
        lower=joint.sum(axis=(1, 2)) / scale,
        reversed=(state[:, 1] * risen).sum(axis=(1, 2)) / scale,
        change=ended.sum(axis=1) * entered.sum(axis=1),
        fall=(above[:, gap:] * entered).sum(axis=1),
        rise=(under * entered).sum(axis=1),
        reversed_fall=(above[:, gap:] * entered_risen).sum(axis=1),
        ended=ended,
        entered=entered,
    )


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    """Smallest of the sorted values whose cumulative share of weight reaches `share`."""
    reached = np.cumsum(weights) / weights.sum()
    return float(values[min(int(np.searchsorted(reached, share - 1e-12)), values.size - 1)])


def _level_quantile(level: Floats, grid: Floats, share: float) -> Floats:
    reached = np.cumsum(level, axis=1)
    index = np.minimum((reached < share).sum(axis=1), grid.size - 1)
    return np.asarray(np.exp(grid[index]))


class _Mixture(NamedTuple):
    """Passes of several sizes with their posterior weights."""

    passes: Sequence[_Pass]
    weights: Floats

    def mean(self, name: str) -> Floats:
        pairs = zip(self.weights, self.passes, strict=True)
        return np.asarray(sum(weight * getattr(one, name) for weight, one in pairs))

    def steps(self, begin: int, end: int) -> Floats:
        """Mass of each difference of levels (new less old, in cells) in months [begin, end)."""
        return np.asarray(
            sum(
                weight * np.correlate(one.entered[t], one.ended[t], mode="full")
                for weight, one in zip(self.weights, self.passes, strict=True)
                for t in range(begin, end)
            )
        )


def _break_rows(
    the: _Mixture, months: pd.DatetimeIndex, level: Floats, gap: int, direction: str
) -> list[dict[str, Any]]:
    onset = the.mean(direction)
    turned = the.mean("reversed_fall")
    rows = []
    for begin, end in windows(onset, np.full(onset.size, -1)):
        inside = np.arange(begin, end, dtype=float)
        low, median, high = (int(_quantile(inside, onset[begin:end], q)) for q in (0.05, 0.5, 0.95))
        steps = the.steps(begin, end)
        sizes = STEP * (np.arange(steps.size) - (steps.size - 1) // 2)
        wanted = (
            sizes <= -(gap - 0.5) * STEP if direction == "fall" else sizes >= (gap - 0.5) * STEP
        )
        ratios = [_quantile(np.exp(sizes[wanted]), steps[wanted], q) for q in (0.5, 0.05, 0.95)]
        mass = float(onset[begin:end].sum())
        rows.append(
            {
                "direction": direction,
                "median": months[median],
                "low": months[low],
                "high": months[high],
                "mass": mass,
                "before": float(level[max(low - 3, 0) : max(low, 1)].mean()),
                "after": float(level[high : high + 3].mean()),
                "ratio": ratios[0],
                "ratio_low": ratios[1],
                "ratio_high": ratios[2],
                "reversed": turned[begin:end].sum() / mass if direction == "fall" else math.nan,
            }
        )
    return rows


def _breaks(the: _Mixture, months: pd.DatetimeIndex, level: Floats, gap: int) -> pd.DataFrame:
    rows = [
        row
        for direction in ("fall", "rise")
        for row in _break_rows(the, months, level, gap, direction)
    ]
    frame = pd.DataFrame(rows, columns=list(BREAK_COLUMNS)).sort_values("median", kind="stable")
    dates = dict.fromkeys(("median", "low", "high"), "datetime64[ns]")
    return frame.astype({**dates, "reversed": float}).reset_index(drop=True)


def _check(length: float, stages: int, least: float, sizes: Sequence[float]) -> None:
    problems = []
    if stages < 1:
        problems.append(f"stages must be 1 or more, not {stages}")
    if not length > max(stages, 1):
        problems.append(f"length must be longer than its {stages} stages, not {length}")
    if not least >= STEP:
        problems.append(f"least must be {STEP} or more, not {least}")
    if not sizes or min(sizes) <= 0:
        problems.append(f"sizes must be positive, not {tuple(sizes)}")
    if problems:
        raise ValueError("Settings of the segments: " + "; ".join(problems) + ".")


class Weighed(NamedTuple):
    """Forward passes of the sizes that the counts leave visible.

    Attributes
    ----------
    grid
        (levels,) log levels, deaths per month of 30.44 days.
    known
        By visible size, (months, levels): likelihood of each month's count, each row over its
        largest.
    states
        By visible size, (months, 2, stages, levels): filtered probabilities.
    weights
        Posterior share of each visible size; they sum to 1.
    shares
        (sizes, months) share of every size given the counts up to a month.
    lower_filtered
        (months,) filtered probability of the label "lower", over all sizes.
    log_evidence
        Log probability of all counts.
    log_evidences
        By visible size, that of the rows of `known`, without their largest.
    advance, stages, gap
        Chance that a stage ends in a month; stages of a length; least step that counts, in cells.
    """

    grid: Floats
    known: Sequence[Floats]
    states: Sequence[Floats]
    weights: Floats
    shares: Floats
    lower_filtered: Floats
    log_evidence: float
    log_evidences: Sequence[float]
    advance: float
    stages: int
    gap: int


def weigh(
    the: Monthly,
    length: float = 36.0,
    stages: int = 2,
    least: float = 0.15,
    sizes: Sequence[float] = SIZES,
    size_prior: Sequence[float] = SIZE_PRIOR,
) -> Weighed:
    """Pass forward through the months at every size; see `segments` for the settings.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """
    _check(length, stages, least, sizes)
    grid = lattice_of(the)
    advance, gap = stages / length, max(round(least / STEP), 1)
    logs = [log_likelihoods(the, grid, size) for size in sizes]
    tops = [one.max(axis=1) for one in logs]
    known = [np.exp(one - top[:, None]) for one, top in zip(logs, tops, strict=True)]
    forwards = [_forward(likelihood, advance, stages, gap) for likelihood in known]
    to_date = np.array(
        [
            math.log(prior) + log_evidence + np.cumsum(top)
            for prior, (_, log_evidence), top in zip(size_prior, forwards, tops, strict=True)
        ]
    )
    shares = np.exp(to_date - logsumexp(to_date, axis=0))
    kept = np.flatnonzero(shares[:, -1] > _VISIBLE)
    lower = [state[:, 1].sum(axis=(1, 2)) for state, _ in forwards]
    return Weighed(
        grid=grid,
        known=[known[i] for i in kept],
        states=[forwards[i][0] for i in kept],
        weights=shares[kept, -1] / shares[kept, -1].sum(),
        shares=shares,
        lower_filtered=np.asarray((shares * np.array(lower)).sum(axis=0)),
        log_evidence=float(logsumexp(to_date[:, -1])),
        log_evidences=[float(forwards[i][1][-1]) for i in kept],
        advance=advance,
        stages=stages,
        gap=gap,
    )


def segments(
    counts: Tiles | pd.DataFrame | Monthly,
    *,
    first: pd.Timestamp | str | None = None,
    last: pd.Timestamp | str | None = None,
    length: float = 36.0,
    stages: int = 2,
    least: float = 0.15,
    sizes: Sequence[float] = SIZES,
    size_prior: Sequence[float] = SIZE_PRIOR,
) -> Segments:
    """Weigh every way of cutting a series of monthly counts into segments of constant level.

    Parameters
    ----------
    counts
        Tiles, or a plain table with columns date,count or start,end,value. Only counts of single
        months are used. Counts already on a monthly axis are taken as they are.
    first, last
        First and last month; those of the counts if None.
    length
        Mean length of a segment, months.
    stages
        Geometric waits that make up a length: 1 is a constant hazard, 2 makes very short segments
        rare. A segment lasts at least as many months.
    least
        Least difference of log levels that is called a fall or a rise.
    sizes, size_prior
        Candidate sizes of the negative binomial and their prior shares.

    Returns
    -------
    Segments

    Raises
    ------
    ValueError
        If there is no count of a single month, or a setting is out of range.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> months = pd.date_range("2010-01", periods=48, freq="MS")
    >>> counts = np.r_[np.full(24, 300), np.full(24, 150)]
    >>> found = segments(pd.DataFrame({"date": months, "count": counts}))
    >>> f"{found.falls['median'][0]:%Y-%m}"
    '2012-01'
    """
    the = counts if isinstance(counts, Monthly) else monthly_counts(counts, first=first, last=last)
    by_size = weigh(the, length, stages, least, sizes, size_prior)
    grid, gap, weights, shares = by_size.grid, by_size.gap, by_size.weights, by_size.shares
    mixture = _Mixture(
        [
            _one_pass(known, state, by_size.advance, gap)
            for known, state in zip(by_size.known, by_size.states, strict=True)
        ],
        weights,
    )
    level = mixture.mean("level")
    months = pd.DataFrame(
        {
            "month": the.months,
            "observed": the.count,
            "level": level @ np.exp(grid),
            "level_low": _level_quantile(level, grid, 0.05),
            "level_high": _level_quantile(level, grid, 0.95),
            **{name: mixture.mean(name) for name in ("change", "fall", "rise", "lower")},
            "lower_filtered": by_size.lower_filtered,
            "reversed": mixture.mean("reversed"),
        }
    )
    number = [_number(known, by_size.advance, stages, MOST_BREAKS) for known in by_size.known]
    return Segments(
        months=months,
        breaks=_breaks(mixture, the.months, months["level"].to_numpy(), gap),
        number=np.asarray(weights @ np.array(number)),
        settings={
            "length": length,
            "stages": stages,
            "least": least,
            "sizes": dict(zip(sizes, shares[:, -1].tolist(), strict=True)),
        },
        unused=the.unused,
        name=the.name,
    )


def _apart(one: pd.Timestamp, two: pd.Timestamp) -> int:
    """Months from one to two."""
    return int((two.year - one.year) * 12 + two.month - one.month)


def cross_check(detection: Detection, cut: Segments) -> pd.DataFrame:
    """Put the falls of the two models side by side: dated by both, and how far apart.

    Parameters
    ----------
    detection
        What `detect` found.
    cut
        What `segments` found in the same counts.

    Returns
    -------
    DataFrame
        One row for each fall of either, by date: `found_by` ("both", "detector" or "segments"),
        `detector`, `segments` (median months, NaT if not dated), `months_apart` (segments less
        detector, NaN unless both), `detector_mass`, `segments_mass` (expected falls), `overlap`
        (whether the 90 % intervals meet), `inside_total` (the detector's window lies in a total
        over several months, which segments cannot see). A fall of the one is matched to the
        nearest unmatched fall of the other within six months.
    """
    ours, theirs = detection.breaks, cut.falls
    pairs = sorted(
        (abs(_apart(a, b)), i, j)
        for i, a in enumerate(ours["median"])
        for j, b in enumerate(theirs["median"])
        if abs(_apart(a, b)) <= _SAME_FALL
    )
    partner: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in partner and j not in partner.values():
            partner[i] = j
    left, right = ours.to_dict("records"), theirs.to_dict("records")
    rows = [
        _checked(row, right[partner[i]] if i in partner else None) for i, row in enumerate(left)
    ]
    rows += [_checked(None, row) for j, row in enumerate(right) if j not in partner.values()]
    rows.sort(key=lambda row: row.pop("_date"))
    columns = ["found_by", "detector", "segments", "months_apart", "detector_mass"]
    columns += ["segments_mass", "overlap", "inside_total"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"detector": "datetime64[ns]", "segments": "datetime64[ns]"})


def _checked(
    ours: Mapping[Hashable, Any] | None, theirs: Mapping[Hashable, Any] | None
) -> dict[str, Any]:
    """One row of the cross check; `_date` orders it."""
    row: dict[str, Any] = {
        "found_by": "segments" if ours is None else "detector",
        "detector": pd.NaT if ours is None else ours["median"],
        "segments": pd.NaT if theirs is None else theirs["median"],
        "months_apart": math.nan,
        "detector_mass": math.nan if ours is None else float(ours["mass"]),
        "segments_mass": math.nan if theirs is None else float(theirs["mass"]),
        "overlap": False,
        "inside_total": ours is not None and bool(ours["inside_total"]),
    }
    row["_date"] = row["segments"] if ours is None else row["detector"]
    if ours is not None and theirs is not None:
        row["found_by"] = "both"
        row["months_apart"] = float(_apart(ours["median"], theirs["median"]))
        row["overlap"] = bool(ours["low"] <= theirs["high"] and theirs["low"] <= ours["high"])
    return row
