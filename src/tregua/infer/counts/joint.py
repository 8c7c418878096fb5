r"""Number and places of breaks together, from the same exact pass as the segments.

`segments` says month by month how likely a break is. That leaves two questions open: how many
breaks *that matter* there are, and which dates go together. A level drawn anew close to the old one
is a change point too, but nobody would call it a break; a step counts here only if it is large
enough in the log level and at least one death a month. Write $j \sim k$ for levels closer than
that. With $a$ the chance that a stage ends, $K$ levels and $S$ stages, the mass of $n$ such breaks
moves from month to month by

.. math:: f_t(n,0,k) \ni \frac aK\Bigl[\sum_{j \sim k} f_{t-1}(n,S-1,j)
          + \sum_{j \not\sim k} f_{t-1}(n-1,S-1,j)\Bigr] p(y_t\mid k),

so that the number is exact. Paths of the level are drawn backward from the filtered states
(Chib 1996, *Journal of Econometrics* 75), so that dates come with all they depend on; the
probability of a set of dates that the draws suggest is then computed without drawing.

Asked about one date, the answer is conditional on a cut there. Given a cut, what lies before and
what lies after are independent but for the size of the negative binomial, so that two short passes
give the levels on both sides; nothing draws the ratio towards 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from tregua.compiled import compiled
from tregua.infer.counts.segments import (
    MOST_BREAKS,
    SIZE_PRIOR,
    SIZES,
    STEP,
    Monthly,
    Weighed,
    forward_states,
    lattice_of,
    log_likelihoods,
)

__all__ = [
    "Paths",
    "changes_at",
    "likeliest_sets",
    "number_that_matters",
    "probability_of",
    "sampled_breaks",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_NEGLIGIBLE = 1e-13  # numbers of breaks with less mass are not carried on


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths of the level drawn from their posterior.

    Attributes
    ----------
    log_level
        (paths, months) log level, deaths per month of 30.44 days.
    begins
        (paths, months) whether a break that matters begins in the month.
    """

    log_level: Floats
    begins: Flags


@compiled
def _numbers(
    likelihood: Floats, advance: float, stages: int, near: Ints, beyond: Ints, most: int
) -> Floats:
    """Posterior probability of each number of steps out of [near, beyond) of the new level."""
    months, levels = likelihood.shape
    state = np.zeros((most + 1, stages, levels))
    state[0] = likelihood[0] / (stages * levels)
    below = np.zeros((most + 2, levels + 1))
    top = 0
    for t in range(1, months):
        for n in range(top + 1):
            below[n, 0] = 0.0
            for k in range(levels):
                below[n, k + 1] = below[n, k] + advance * state[n, stages - 1, k] / levels
        below[top + 1] = 0.0
        top = min(top + 1, most)
        total = 0.0
        for n in range(top + 1):
            for k in range(levels):
                low, high = near[k], beyond[k]
                entering = below[n, high] - below[n, low]
                if n > 0:
                    entering += below[n - 1, levels] - below[n - 1, high] + below[n - 1, low]
                if n == most:
                    entering += below[n, levels] - below[n, high] + below[n, low]
                for s in range(stages - 1, -1, -1):
                    value = (1 - advance) * state[n, s, k]
                    value += advance * state[n, s - 1, k] if s > 0 else entering
                    state[n, s, k] = value * likelihood[t, k]
                    total += state[n, s, k]
        state[: top + 1] /= total
        while top > 0 and state[top].sum() < _NEGLIGIBLE:
            state[top] = 0.0
            top -= 1
    result: Floats = state.sum(axis=2).sum(axis=1) / state.sum()
    return result


@compiled
def _log_evidence_with(
    likelihood: Floats, advance: float, stages: int, near: Ints, beyond: Ints, forced: Flags
) -> float:
    """Log evidence with steps that count in the forced months and in no other."""
    months, levels = likelihood.shape
    state = np.zeros((stages, levels))
    below = np.zeros(levels + 1)
    total = 0.0
    for t in range(months):
        if t == 0:
            for s in range(stages):
                state[s] = likelihood[0] / (stages * levels)
        else:
            for k in range(levels):
                below[k + 1] = below[k] + advance * state[stages - 1, k] / levels
            for k in range(levels):
                close = below[beyond[k]] - below[near[k]]
                for s in range(stages - 1, -1, -1):
                    if forced[t]:
                        value = below[levels] - close if s == 0 else 0.0
                    else:
                        value = (1 - advance) * state[s, k]
                        value += advance * state[s - 1, k] if s > 0 else close
                    state[s, k] = value * likelihood[t, k]
        scale = state.sum()
        if scale <= 0.0:
            return -np.inf
        state /= scale
        total += np.log(scale)
    return float(total)


@compiled
def _drawn(filtered: Floats, advance: float, uniforms: Floats) -> NDArray[np.int64]:
    """Level (cell of the lattice) by month of each path; one uniform a month."""
    months, stages, levels = filtered.shape
    reached = np.zeros((months, levels))
    for t in range(months):
        running = 0.0
        for k in range(levels):
            running += filtered[t, stages - 1, k]
            reached[t, k] = running
    at_last = filtered[months - 1].copy().ravel().cumsum()
    paths = uniforms.shape[0]
    where = np.zeros((paths, months), dtype=np.int64)
    for p in range(paths):
        cell = np.searchsorted(at_last, uniforms[p, months - 1] * at_last[-1], side="right")
        cell = min(cell, stages * levels - 1)
        s, k = cell // levels, cell % levels
        where[p, months - 1] = k
        for t in range(months - 1, 0, -1):
            stay = (1 - advance) * filtered[t - 1, s, k]
            if s > 0:
                other = advance * filtered[t - 1, s - 1, k]
            else:
                other = advance * reached[t - 1, levels - 1] / levels
            rest = uniforms[p, t - 1] * (stay + other) - stay
            if rest >= 0.0 and other > 0.0:
                if s > 0:
                    s -= 1
                else:
                    s = stages - 1
                    sought = rest / other * reached[t - 1, levels - 1]
                    k = min(np.searchsorted(reached[t - 1], sought, side="right"), levels - 1)
            where[p, t - 1] = k
    return where


def _closeness(weighed: Weighed, least_deaths: float) -> tuple[Ints, Ints]:
    """For each level the half-open range of levels too close to it to make a break."""
    grid, cells = weighed.grid, np.arange(len(weighed.grid))
    low = np.searchsorted(grid, np.log(np.maximum(np.exp(grid) - least_deaths, 1e-300)), "right")
    high = np.searchsorted(grid, np.log(np.exp(grid) + least_deaths), "left")
    near = np.minimum(low, np.maximum(cells - weighed.gap + 1, 0))
    beyond = np.maximum(high, np.minimum(cells + weighed.gap, len(grid)))
    return near.astype(np.int64), beyond.astype(np.int64)


def number_that_matters(weighed: Weighed, *, least_deaths: float = 1.0) -> Floats:
    """Exact posterior probability of each number of breaks that matter.

    Parameters
    ----------
    weighed
        Forward passes; the least step of the log level is theirs.
    least_deaths
        Least step in deaths per month of 30.44 days; 0 for none.

    Returns
    -------
    ndarray, (31,)
        Probability of 0, 1, ... breaks; the last entry means 30 or more.
    """
    near, beyond = _closeness(weighed, least_deaths)
    by_size = [
        _numbers(known, weighed.advance, weighed.stages, near, beyond, MOST_BREAKS)
        for known in weighed.known
    ]
    return np.asarray(weighed.weights @ np.array(by_size))


def probability_of(
    weighed: Weighed, begins: Collection[int], *, least_deaths: float = 1.0
) -> float:
    """Exact posterior probability that breaks that matter begin in these months and in no other.

    Parameters
    ----------
    weighed
        Forward passes.
    begins
        Positions of months, 1 to the number of months less one; may be empty.
    least_deaths
        Least step in deaths per month of 30.44 days.

    Raises
    ------
    ValueError
        If a position is out of range: no break can begin in the first month.
    """
    months = weighed.known[0].shape[0]
    wrong = [place for place in begins if not 0 < place < months]
    if wrong:
        raise ValueError(f"A break begins in months 1 to {months - 1}, not in {wrong[0]}.")
    forced = np.zeros(months, dtype=np.bool_)
    forced[list(begins)] = True
    near, beyond = _closeness(weighed, least_deaths)
    by_size = [
        np.exp(
            _log_evidence_with(known, weighed.advance, weighed.stages, near, beyond, forced) - all_
        )
        for known, all_ in zip(weighed.known, weighed.log_evidences, strict=True)
    ]
    return float(weighed.weights @ np.array(by_size))


def sampled_breaks(
    weighed: Weighed, *, draws: int = 2000, seed: int = 1, least_deaths: float = 1.0
) -> Paths:
    """Paths of the level drawn from their joint posterior.

    Parameters
    ----------
    weighed
        Forward passes.
    draws
        Number of paths.
    seed
        Seed; path i is the same whatever the number of paths, given the counts.
    least_deaths
        Least step in deaths per month of 30.44 days.
    """
    months = weighed.known[0].shape[0]
    stream = np.random.Generator(np.random.Philox(key=[seed, 52]))
    uniforms = stream.random((draws, months + 1))
    size = np.searchsorted(np.cumsum(weighed.weights), uniforms[:, months], side="right")
    size = np.minimum(size, len(weighed.weights) - 1)
    where = np.zeros((draws, months), dtype=np.int64)
    for index, state in enumerate(weighed.states):
        chosen = np.flatnonzero(size == index)
        if len(chosen):
            filtered = np.ascontiguousarray(state.sum(axis=1))
            where[chosen] = _drawn(filtered, weighed.advance, uniforms[chosen, :months])
    begins = np.zeros((draws, months), dtype=bool)
    near, beyond = _closeness(weighed, least_deaths)
    before, after = where[:, :-1], where[:, 1:]
    begins[:, 1:] = (before < near[after]) | (before >= beyond[after])
    return Paths(weighed.grid[where], begins)


def likeliest_sets(
    weighed: Weighed,
    paths: Paths,
    months: pd.DatetimeIndex,
    *,
    most: int = 5,
    least_deaths: float = 1.0,
) -> pd.DataFrame:
    """The most probable sets of dates, each with its exact probability.

    Parameters
    ----------
    weighed
        Forward passes.
    paths
        Draws, which suggest the sets. Two sets drawn about equally often may both be listed or one
        missed; the probabilities of those listed are exact.
    months
        Months of the passes.
    most
        Number of sets.
    least_deaths
        Least step in deaths per month of 30.44 days, as the paths were drawn with.

    Returns
    -------
    DataFrame
        `breaks` (how many), `dates` ("2012-03;2016-04", empty for none), `probability`; the most
        probable first.
    """
    drawn = Counter(tuple(np.flatnonzero(row).tolist()) for row in paths.begins)
    suggested = [chosen for chosen, _ in drawn.most_common(2 * most)]
    rows = [
        {
            "breaks": len(chosen),
            "dates": ";".join(f"{months[place]:%Y-%m}" for place in chosen),
            "probability": probability_of(weighed, chosen, least_deaths=least_deaths),
        }
        for chosen in suggested
    ]
    frame = pd.DataFrame(rows, columns=["breaks", "dates", "probability"])
    ordered = frame.sort_values("probability", ascending=False, kind="stable")
    return ordered.head(most).reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class _Size:
    """Forward pass over all months at one size of the negative binomial."""

    logs: Floats  # (months, levels) log likelihood
    state: Floats  # (months, stages, levels) filtered
    to_date: Floats  # (months,) log prior of the size and log evidence of the counts up to a month


def changes_at(
    the: Monthly,
    places: Mapping[int, int],
    *,
    months: int,
    length: float = 36.0,
    stages: int = 2,
    seed: int = 1,
) -> Mapping[int, tuple[Floats, Floats]]:
    """Levels before and after months at which the series is cut, one cut at a time.

    Counts from `months` months on after a cut are not used, nor is anything known of whether there
    is a break: levels on both sides are free, and further breaks on either side are weighed as
    ever. Levels are spread evenly over their cells of the lattice, 5 % wide, so that no interval is
    shorter than the lattice can tell.

    Parameters
    ----------
    the
        Counts of single months.
    places
        Number of draws by position of the month that begins with the cut, 1 to the number of months
        less one.
    months
        Length of what lies after a cut, at least 1; cut at the end of the data.
    length, stages
        Mean length of a segment, months, and stages of a length, as in `segments`.
    seed
        Seed of the draws; those of one place do not depend on the others.

    Returns
    -------
    Mapping
        By place: log level of the month before the cut, (draws,), and log levels of the months
        after it, (draws, months); deaths per month of 30.44 days.

    Raises
    ------
    ValueError
        If a place is out of range.
    """
    last = len(the.months)
    wrong = [place for place in places if not 0 < place < last]
    if wrong or months < 1:
        raise ValueError(
            f"A cut lies in months 1 to {last - 1} with at least 1 month after it; given "
            f"{wrong or sorted(places)} and {months}."
        )
    grid, advance = lattice_of(the), stages / length
    passes = [
        _size(log_likelihoods(the, grid, size), prior, advance, stages)
        for size, prior in zip(SIZES, SIZE_PRIOR, strict=True)
    ]
    return {
        place: _both_sides(passes, grid, advance, place, min(place + months, last), draws, seed)
        for place, draws in places.items()
    }


def _size(logs: Floats, prior: float, advance: float, stages: int) -> _Size:
    top = logs.max(axis=1)
    state, evidence = forward_states(np.exp(logs - top[:, None]), advance, stages)
    return _Size(logs, state, np.log(prior) + evidence + np.cumsum(top))


def _both_sides(
    passes: Sequence[_Size],
    grid: Floats,
    advance: float,
    place: int,
    end: int,
    draws: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Log levels before and after one cut."""
    stages = passes[0].state.shape[1]
    after = [_size(one.logs[place:end], 1.0, advance, stages) for one in passes]
    weights = np.array(
        [one.to_date[place - 1] + two.to_date[-1] for one, two in zip(passes, after, strict=True)]
    )
    shares = np.cumsum(np.exp(weights - logsumexp(weights)))
    stream = np.random.Generator(np.random.Philox(key=[seed, 56 + (place << 8)]))
    uniforms = stream.random((draws, end - place + 4))
    size = np.minimum(np.searchsorted(shares, uniforms[:, -1], side="right"), len(passes) - 1)
    before = np.empty(draws)
    later = np.empty((draws, end - place))
    for index, (one, two) in enumerate(zip(passes, after, strict=True)):
        chosen = np.flatnonzero(size == index)
        if len(chosen):
            reached = np.cumsum(one.state[place - 1].sum(axis=0))
            cell = np.searchsorted(reached, uniforms[chosen, -2] * reached[-1], side="right")
            before[chosen] = grid[np.minimum(cell, len(grid) - 1)]
            later[chosen] = grid[
                _drawn(two.state, advance, np.ascontiguousarray(uniforms[chosen, : end - place]))
            ]
    within = STEP * (uniforms[:, -4:-2] - 0.5)
    return before + within[:, 0], later + within[:, 1:]
