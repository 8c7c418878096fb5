r"""Counts of the months ahead, from counts so far and nothing else.

The filter leaves, for every month and every pair of hyper-parameters, the probability of each state
given the counts up to that month (:mod:`tregua.infer.counts.recursion`). One forward pass therefore
serves every origin. From an origin the state takes *h* steps without evidence; the month's count is
then a mixture over effective levels of negative binomials, outliers included, averaged over the
pairs by their evidence *to date*:

.. math:: p(y_{t+h} \mid y_{1:t}) = \sum_p w_p(t) \sum_s p(s_{t+h} = s \mid y_{1:t}, p)
          \, \mathrm{NB}(y_{t+h}; \mu_s, \phi_p)

These sums are exact. One step ahead, the log probabilities of what came add up to the log evidence
of the whole series: the filter's evidence *is* its record as a forecaster (Dawid 1984).

The sum of the next *h* months needs their joint law, which is drawn: paths of states from the same
transitions, and for each path a negative binomial around the sum of its means, as the model reads
every total over several months.

A total over several months counts as known when its last month has passed. Inside it, single months
that were published alone are used at once. Factors of the calendar are those learnt by the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from tregua.infer.counts.detection import _Point, _points, _within, _workers
from tregua.infer.counts.evidence import Plan, evidence, plan
from tregua.infer.counts.lattice import WALK, Chain, chain
from tregua.infer.counts.partition import Tiles
from tregua.infer.counts.recursion import Evidence, Past, change, forward, margin_of, step, weigh
from tregua.infer.counts.rules import RuleChange
from tregua.infer.counts.season import season_factors
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.counts.words import Notice
from tregua.infer.forecasts.predictive import Drawn, Predictive, Tabulated

__all__ = ["CONDITIONAL", "LONGEST_HORIZON", "QUANTILES", "Forecast", "forecast"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]
Case = tuple[pd.Timestamp, int]

LONGEST_HORIZON = 60
"""Months ahead that `forecast` looks at most."""

QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that tables of a forecast hold."""

CONDITIONAL = Notice(
    key="forecast-by-counts-alone",
    en=(
        "A forecast by counts alone, conditional on nothing that governments or gangs do. It says "
        "how far counts like these have wandered and broken before; it knows of no plan, no pact "
        "and no election. It is not advice, and it does not say what any policy would bring."
    ),
    es=(
        "Un pronóstico hecho solo con recuentos, que no depende de nada de lo que hagan gobiernos "
        "o pandillas. Dice cuánto han variado y se han quebrado antes recuentos como estos; no "
        "sabe de planes, pactos ni elecciones. No es un consejo, ni dice qué traería una política."
    ),
)

_AHEAD = 1e-12  # share of the evidence, or of probability, below which nothing is carried on
_RECENT = 12  # months whose agencies' errors the months ahead are expected to have


@dataclass(frozen=True)
class Forecast:
    """What counts alone say of the months after each origin.

    Attributes
    ----------
    name : str
        Whose counts these are.
    origins : DatetimeIndex
        Last month known to each forecast.
    horizons : tuple of int
        Months ahead.
    months : mapping
        Distribution of the count of the month h ahead, by (origin, h).
    totals : mapping
        Distribution of the sum of the next h months, by (origin, h); empty unless asked for.
    settings : dict
        The model's assumptions.
    tiles : Tiles
        The counts that were used.
    notices : tuple of Notice
        What these figures cannot say; show them wherever the figures are shown.
    """

    name: str
    origins: pd.DatetimeIndex
    horizons: tuple[int, ...]
    months: Mapping[Case, Predictive]
    totals: Mapping[Case, Predictive]
    settings: Mapping[str, Any]
    tiles: Tiles
    notices: tuple[Notice, ...] = (CONDITIONAL,)

    def table(self) -> pd.DataFrame:
        """Quantiles of every forecast.

        Returns
        -------
        DataFrame
            `origin`, `horizon`, `target` ("month" or "total"), `month` (the month itself, or the
            last of the total), `mean`, and `q05`, `q25`, `q50`, `q75`, `q95` (deaths).
        """
        rows = []
        for target, found in (("month", self.months), ("total", self.totals)):
            for (origin, horizon), law in found.items():
                row: dict[str, Any] = {
                    "origin": origin,
                    "horizon": horizon,
                    "target": target,
                    "month": origin + pd.DateOffset(months=horizon),
                    "mean": law.mean,
                }
                row |= {f"q{round(100 * level):02d}": law.quantile(level) for level in QUANTILES}
                rows.append(row)
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Sight:
    """How states of one chain look on the axis of effective levels."""

    chain: Chain
    place: Ints  # effective cell of (row, cell)
    margin: int

    @classmethod
    def of(cls, the_chain: Chain, the: Plan) -> _Sight:
        rows, cells = the_chain.initial.size, the.grid.size
        place = np.ones((rows, cells))
        # A state is weighed by the likelihood of its effective cell: let that be the cell's number.
        weigh(the_chain, np.arange(the.effective.size, dtype=np.float64), place)
        return cls(the_chain, place.round().astype(np.int64), margin_of(the_chain))

    def step(self, state: Floats, kernel: int = WALK) -> Floats:
        """One month forward without evidence; `kernel` is that of the month's random step."""
        cells = state.shape[1]
        work, wide = np.zeros((3, cells)), np.zeros(cells + self.margin)
        changed, walked = np.zeros_like(state), np.zeros_like(state)
        change(self.chain, state, work, wide, changed)
        step(self.chain, kernel, changed, wide, walked)
        return walked

    def levels(self, state: Floats, size: int) -> Floats:
        """Probability of each effective cell."""
        found = np.bincount(self.place.ravel(), state.ravel(), minlength=size)
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class _Standing:
    """The filter at one origin under one pair of hyper-parameters."""

    state: Floats
    log_weight: float


def _standing(
    the: Plan, sight: _Sight, known: tuple[Evidence, Floats], past: Past, origin: int, prior: float
) -> _Standing:
    """The state given all that is known at the end of month `origin`.

    A total that is still running is not known; months published alone inside it are.
    """
    own, log_scale = known[0].own, known[1]
    month_scale = np.diff(log_scale, prepend=0.0)
    block = int(the.block[origin])
    running = block >= 0 and int(the.last[block]) > origin
    closed = int(the.first[block]) - 1 if running else origin
    log_weight = float(np.log(prior))
    if closed >= 0:
        state = past.state[closed]
        log_weight += float(past.log_evidence[closed] + log_scale[closed])
    else:
        cells = the.grid.size
        state = np.repeat(sight.chain.initial[:, None] / cells, cells, axis=1)
    for month in range(closed + 1, origin + 1):
        state = sight.step(state, int(the.walk[month])) if month > 0 else state
        if the.single[month] >= 0:
            weigh(sight.chain, own[month], state)
            mass = float(state.sum())
            state = state / mass
            log_weight += float(np.log(mass) + month_scale[month])
    return _Standing(state, log_weight)


def _spread_at(the: Plan, origin: int) -> float:
    """Agencies' relative error to expect ahead: the middle one of the last year's months."""
    recent = np.flatnonzero(the.single[: origin + 1] >= 0)[-_RECENT:]
    if recent.size:
        return float(np.median(the.spread[recent]))
    return float(np.median(the.total_spread)) if the.total_spread.size else 0.0


def _exposure(the: Plan, origin: int, longest: int) -> Floats:
    """Log length and log factor of the calendar of the months after an origin, (longest,).

    The factors know no count after the origin.
    """
    alone = (the.single >= 0) & ~the.at_least
    counts = np.where(alone, the.count, np.nan)[: origin + 1]
    months = pd.date_range(the.months[0], periods=origin + 1 + longest, freq="MS")
    season = season_factors(np.r_[counts, np.full(longest, np.nan)], months, the.settings)
    days = months.days_in_month.to_numpy(dtype=float)
    return np.asarray((season + np.log(days / 30.44))[origin + 1 :])


class _Tables:
    """Distributions over effective levels become distributions over counts."""

    def __init__(self, the: Plan, most: float) -> None:
        settings = the.settings
        self.reach = int(np.ceil(5 * settings.outlier_scale / settings.step))
        steps = settings.step * np.arange(-self.reach, self.reach + 1)
        outlier = np.exp(-np.abs(steps) / settings.outlier_scale)
        self.blur = settings.outlier * outlier / outlier.sum()
        self.blur[self.reach] += 1.0 - settings.outlier
        size = the.effective.size + 2 * self.reach
        low = the.effective[0] - self.reach * settings.step
        self.log_level = low + settings.step * np.arange(size)
        self.most = int(most)

    def blurred(self, levels: Floats) -> Floats:
        """Outlying months: a level times the exponential of a Laplace variate."""
        return np.asarray(np.convolve(levels, self.blur, mode="full"))

    def counts(self, levels: Floats, size: float, exposure: float) -> Floats:
        """Probabilities of 0 to `most` counts, the last cell for all above: (rows, most + 1).

        `levels` are blurred, one row a forecast; rows need not add up to 1.
        """
        used = np.flatnonzero(levels.max(axis=0) > _AHEAD)
        if not used.size:
            return np.zeros((len(levels), self.most + 1))
        kept = slice(int(used[0]), int(used[-1]) + 1)
        means = np.exp(self.log_level[kept] + exposure)
        counts = np.arange(self.most, dtype=np.float64)
        log_p = np.outer(np.log(means) - np.log(means + size), counts)
        log_p -= (size * np.log1p(means / size))[:, None]
        log_p += gammaln(counts + size) - gammaln(size) - gammaln(counts + 1.0)
        pmf = np.zeros((len(levels), self.most + 1))
        np.matmul(levels[:, kept], np.exp(log_p, out=log_p), out=pmf[:, :-1])
        pmf[:, -1] = np.maximum(levels.sum(axis=1) - pmf[:, :-1].sum(axis=1), 0.0)
        return pmf


def _widened(size: float, spread: float, months: int = 1) -> float:
    """Size of a count over some months once agencies' errors have widened it."""
    return 1.0 / (1.0 / (months * size) + spread**2)


def forecast(
    tiles: Tiles | pd.DataFrame,
    horizon: int | Sequence[int] = 12,
    origins: Sequence[pd.Timestamp | str] | None = None,
    *,
    first: pd.Timestamp | str | None = None,
    settings: Settings | None = None,
    totals: bool = False,
    paths: int = 2000,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    rules: Sequence[RuleChange] = (),
) -> Forecast:
    """Forecast monthly counts from counts alone.

    Parameters
    ----------
    tiles
        Counts from :func:`tregua.infer.tiles`, or a plain table with columns date,count or
        start,end,value.
    horizon
        Months ahead: 12 stands for 1 to 12; a sequence names them one by one. 1 to 60.
    origins
        Last month known to each forecast, such as "2019-12"; the last month with a count if None.
        No count after an origin touches its forecast, but for the ends of the lattice of levels,
        which the last origin's counts place for all.
    first
        First month; all counts by default.
    settings
        The model's assumptions; the published ones if None.
    totals
        Whether to forecast the sum of the next h months too.
    paths
        Paths drawn for each origin's totals.
    seed
        Seed of the paths; each origin has its own stream.
    threads
        Worker threads; one per available processor if None. Results do not depend on it.
    progress
        Called with (steps done, steps in all).
    rules
        Breaks in the rules of counting (see `rules_of`); one after an origin is not foreseen.

    Returns
    -------
    Forecast
        Distributions of the months ahead, by origin and horizon.

    Raises
    ------
    ValueError
        If a month cannot be read or lies outside the counts, if a horizon is out of range, or if
        fewer than 24 months are covered by counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from tregua.infer import forecast
    >>> months = pd.date_range("2010-01", periods=48, freq="MS")
    >>> ahead = forecast(pd.DataFrame({"date": months, "count": [100] * 48}), horizon=3)
    >>> ahead.table()["q50"].tolist()
    [99.0, 98.0, 99.0]
    """
    settings = settings or Settings()
    if isinstance(tiles, pd.DataFrame):
        tiles = tiles_of_table(tiles)
    horizons = _horizons(horizon)
    stamps = _origins(tiles, origins)
    frame, begin, finish = _within(tiles, first, max(stamps))
    if min(stamps) < begin:
        raise ValueError(
            f"The origin {min(stamps):%Y-%m} lies before the first month ({begin:%Y-%m})."
        )
    the = plan(frame, begin, finish, settings, rules)
    work = _Work(the, tuple(stamps), horizons, _points(settings), threads, progress)
    months = work.months()
    sums = work.totals(paths, seed) if totals else {}
    return Forecast(
        name=tiles.name,
        origins=pd.DatetimeIndex(stamps),
        horizons=horizons,
        months=months,
        totals=sums,
        settings=settings.to_dict(),
        tiles=Tiles(frame, tiles.refused, tiles.name),
    )


def _horizons(given: int | Sequence[int]) -> tuple[int, ...]:
    horizons = tuple(range(1, given + 1)) if isinstance(given, int) else tuple(sorted(set(given)))
    if not horizons or horizons[0] < 1 or horizons[-1] > LONGEST_HORIZON:
        raise ValueError(f"The horizon is {given}. Give 1 to {LONGEST_HORIZON} months.")
    return horizons


def _origins(tiles: Tiles, given: Sequence[pd.Timestamp | str] | None) -> list[pd.Timestamp]:
    """Months as they were named, in order, each once."""
    if given is None:
        return [tiles.last]
    try:
        stamps = sorted({pd.Timestamp(month).to_period("M").start_time for month in given})
    except ValueError as error:
        named = ", ".join(str(month) for month in given)
        raise ValueError(
            f"Origins are '{named}'. Write year and month, such as 2012-03."
        ) from error
    if not stamps:
        raise ValueError("Give at least one origin, such as 2012-03.")
    if stamps[-1] > tiles.last:
        raise ValueError(
            f"The origin {stamps[-1]:%Y-%m} lies after the last count ({tiles.last:%Y-%m})."
        )
    return stamps


class _Work:
    """One forward pass for each pair of hyper-parameters, and what all origins make of it."""

    def __init__(
        self,
        the: Plan,
        origins: tuple[pd.Timestamp, ...],
        horizons: tuple[int, ...],
        points: Sequence[_Point],
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self.the, self.origins, self.horizons, self.points = the, origins, horizons, points
        self.threads, self.progress, self.done = threads, progress, 0
        where = {month: index for index, month in enumerate(the.months)}
        self.index = [where[origin] for origin in origins]
        self.spread = [_spread_at(the, index) for index in self.index]
        self.exposure = [_exposure(the, index, horizons[-1]) for index in self.index]
        self.sights = {
            sd: _Sight.of(chain(the.settings, sd, the.spreads), the)
            for sd in dict.fromkeys(point.walk_sd for point in points)
        }
        sizes = dict.fromkeys(point.size for point in points)
        self.known = {size: evidence(the, size) for size in sizes}
        with ThreadPoolExecutor(_workers(threads)) as pool:
            self.standing = list(pool.map(self._filter, points))
        log_weights = np.array([[one.log_weight for one in row] for row in self.standing])
        self.log_weights = log_weights - logsumexp(log_weights, axis=0)

    def _tell(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, 2 * len(self.points) + 1)

    def _filter(self, point: _Point) -> list[_Standing]:
        """States at all origins under one pair."""
        sight, known = self.sights[point.walk_sd], self.known[point.size]
        past = forward(sight.chain, known[0])
        found = [
            _standing(self.the, sight, known, past, index, point.prior) for index in self.index
        ]
        self._tell()
        return found

    def _ahead(self, number: int) -> Floats:
        """Weighted levels at each origin and horizon under one pair: (origins, horizons, cells)."""
        point, cells = self.points[number], self.the.effective.size
        sight = self.sights[point.walk_sd]
        found = np.zeros((len(self.origins), len(self.horizons), cells))
        for row, standing in enumerate(self.standing[number]):
            weight = float(np.exp(self.log_weights[number, row]))
            if weight < _AHEAD:
                continue
            state = standing.state
            for month in range(1, self.horizons[-1] + 1):
                state = sight.step(state)
                if month in self.horizons:
                    levels = sight.levels(state, cells)
                    found[row, self.horizons.index(month)] = weight * levels
        self._tell()
        return found

    def months(self) -> dict[Case, Predictive]:
        """Distributions of single months."""
        the = self.the
        values = np.r_[the.count, the.total / np.maximum(the.last - the.first + 1, 1)]
        tables = _Tables(the, most=60 + 8 * values.max())
        pmf = np.zeros((len(self.origins), len(self.horizons), tables.most + 1))
        with ThreadPoolExecutor(_workers(self.threads)) as pool:
            levels = list(pool.map(self._ahead, range(len(self.points))))
        for size in self.known:
            same = [
                one for one, point in zip(levels, self.points, strict=True) if point.size == size
            ]
            self._add(pmf, np.sum(same, axis=0), size, tables)
        self._tell()
        return {
            (origin, horizon): Tabulated(pmf[row, column] / pmf[row, column].sum())
            for row, origin in enumerate(self.origins)
            for column, horizon in enumerate(self.horizons)
        }

    def _add(self, pmf: Floats, levels: Floats, size: float, tables: _Tables) -> None:
        """Add the counts under one size; forecasts with the same table go together."""
        groups: dict[tuple[float, float], list[tuple[int, int]]] = {}
        for row in range(len(self.origins)):
            for column, horizon in enumerate(self.horizons):
                key = (self.spread[row], float(self.exposure[row][horizon - 1]))
                groups.setdefault(key, []).append((row, column))
        for (spread, exposure), members in groups.items():
            rows, columns = (np.array(part) for part in zip(*members, strict=True))
            blurred = np.stack([tables.blurred(one) for one in levels[rows, columns]])
            pmf[rows, columns] += tables.counts(blurred, _widened(size, spread), exposure)

    def totals(self, paths: int, seed: int) -> dict[Case, Predictive]:
        """Distributions of sums over the next months, by paths drawn for each origin."""
        jumps = {sd: _Jumps.of(sight) for sd, sight in self.sights.items()}
        found: dict[Case, Predictive] = {}
        for row, origin in enumerate(self.origins):
            stream = np.random.Generator(
                np.random.Philox(key=[seed, origin.year * 12 + origin.month])
            )
            sums, sizes = self._paths(row, paths, jumps, stream)
            for column, horizon in enumerate(self.horizons):
                spread = self.spread[row]
                widened = 1.0 / (1.0 / (horizon * sizes) + spread**2)
                means = sums[column]
                rates = stream.standard_gamma(widened) * means / widened
                values = np.sort(stream.poisson(np.minimum(rates, 1e12)).astype(np.float64))
                found[origin, horizon] = Drawn(values, means, widened)
        return found

    def _paths(
        self,
        row: int,
        paths: int,
        jumps: Mapping[float, _Jumps],
        stream: np.random.Generator,
    ) -> tuple[Floats, Floats]:
        """Sums of means over each horizon, (horizons, paths), and each path's size."""
        the, months = self.the, self.horizons[-1]
        luck = stream.random((2 + 2 * months, paths))
        shares = np.cumsum(np.exp(self.log_weights[:, row]))
        places = (np.arange(paths) + luck[0, 0]) / paths
        chosen = np.minimum(np.searchsorted(shares, places), len(self.points) - 1)
        means = np.zeros((months, paths))
        for number in np.unique(chosen):
            mine = np.flatnonzero(chosen == number)
            state = self.standing[number][row].state
            jump = jumps[self.points[number].walk_sd]
            cumulative = np.cumsum(state.ravel())
            flat = np.searchsorted(cumulative, luck[1, mine] * cumulative[-1], side="right")
            flat = np.minimum(flat, cumulative.size - 1)
            rows, cells = np.divmod(flat, state.shape[1])
            for month in range(months):
                rows, cells = jump.on(rows, cells, luck[2 + 2 * month, mine])
                means[month, mine] = the.effective[0] + the.settings.step * jump.seen(rows, cells)
        settings = the.settings
        for month in range(months):
            u = luck[3 + 2 * month]
            # One uniform number serves twice: whether the month is outlying, and by how much.
            odd = np.clip(u / settings.outlier, 1e-9, 1 - 1e-9) if settings.outlier > 0 else u
            laplace = -np.sign(odd - 0.5) * np.log1p(-2 * np.abs(odd - 0.5))
            means[month] += np.where(u < settings.outlier, settings.outlier_scale * laplace, 0.0)
            means[month] += self.exposure[row][month]
        sums = np.cumsum(np.exp(means), axis=0)
        sizes = np.array([point.size for point in self.points])[chosen]
        return sums[[horizon - 1 for horizon in self.horizons]], sizes


@dataclass(frozen=True)
class _Jumps:
    """One month's transition as a table to draw from: away from the ends all levels move alike."""

    cumulative: Floats  # of source row r: r plus cumulative probability
    row: Ints
    move: Ints
    origin: Ints  # effective cell of cell 0, by row

    @classmethod
    def of(cls, sight: _Sight) -> _Jumps:
        rows = sight.chain.initial.size
        reach = 2 * sight.margin + int(sight.chain.offsets.max()) + 2
        parts: list[Floats] = []
        targets: list[Ints] = []
        moves: list[Ints] = []
        for row in range(rows):
            state = np.zeros((rows, 2 * reach + 1))
            state[row, reach] = 1.0
            later = sight.step(state)
            to, cell = np.nonzero(later)
            share = np.cumsum(later[to, cell])
            share = row + share / share[-1]
            share[-1] = row + 1.0
            parts.append(share)
            targets.append(to)
            moves.append(cell - reach)
        return cls(
            np.concatenate(parts),
            np.concatenate(targets),
            np.concatenate(moves),
            sight.place[:, 0],
        )

    def on(self, rows: Ints, cells: Ints, luck: Floats) -> tuple[Ints, Ints]:
        """States one month later."""
        place = np.searchsorted(self.cumulative, rows + luck, side="right")
        place = np.minimum(place, self.cumulative.size - 1)
        return self.row[place], cells + self.move[place]

    def seen(self, rows: Ints, cells: Ints) -> Ints:
        """Effective cells of states."""
        return self.origin[rows] + cells
