r"""Scenario discovery: the corner of the uncertain space in which a conclusion holds.

The patient rule induction method (Friedman and Fisher 1999, Statistics and Computing 9(2)), as
Bryant and Lempert 2010 (Technological Forecasting and Social Change 77(1)) use it. It looks for a
box $B$ that is rich in cases of interest. With $H$ cases of interest among all points,

$$\text{density} = \frac{\text{cases of interest in } B}{\text{points in } B}, \qquad
\text{coverage} = \frac{\text{cases of interest in } B}{H}.$$

*Peeling* takes away, again and again, the thin slice ($\alpha = 0.05$ of the points at one end of
one number, or one position of a switch) whose loss gains most density per point lost. *Pasting*
gives back slices as long as density rises. Every step is kept: the path trades coverage for
density, and the reader chooses. Slices end midway between two neighbouring values, as in Bryant's
sdtoolkit.

A box is chosen for its density, so that its density flatters it. Told beside it are the density and
coverage in worlds that did not choose it; for each limit the probability that the rest of the box
without that limit would be as dense by luck (a one-sided binomial test, *quasi-p* since the box was
chosen), and how often boxes of random halves of the data limit the same uncertainty on that side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

__all__ = ["Box", "Limit", "boxes", "discover", "measured", "peel"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_PURPOSE = 21
_LEAST_POINTS = 20


@dataclass(frozen=True)
class Limit:
    """One uncertainty within a box.

    Attributes
    ----------
    name
        The uncertainty.
    low, high
        Ends of its range in the box; infinite where the box has no limit, and for switches.
    kept
        Positions of a switch that lie in the box; empty for numbers.
    p_low, p_high
        Quasi-p of each end (of a switch: `p_low`); NaN where there is none.
    again_low, again_high
        Share of random halves of the data whose box has a limit there too; NaN if not resampled.
    """

    name: str
    low: float = -np.inf
    high: float = np.inf
    kept: tuple[str, ...] = ()
    p_low: float = np.nan
    p_high: float = np.nan
    again_low: float = np.nan
    again_high: float = np.nan

    def holds(self, column: pd.Series) -> Mask:
        """Which values lie within."""
        if self.kept:
            return np.asarray(column.isin(self.kept), dtype=bool)
        values = column.to_numpy(dtype=np.float64)
        return np.asarray((values >= self.low) & (values <= self.high))


@dataclass(frozen=True)
class Box:
    """A corner of the uncertain space, and how rich it is in cases of interest.

    Attributes
    ----------
    limits
        Uncertainties that it limits, in the order of the inputs.
    coverage, density
        Of the data that it was found in.
    mass
        Share of all points that lie within.
    points, cases
        Points, and cases of interest, within.
    held_out_density, held_out_coverage
        Means over random halves: a box of the same density found in one, measured in the other;
        NaN if not resampled.
    held_out_error
        Standard deviation of the held-out density over halves.
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    points: int
    cases: int
    held_out_density: float = np.nan
    held_out_coverage: float = np.nan
    held_out_error: float = np.nan

    @property
    def overall(self) -> float:
        """Density of the whole space: what the box is to be held against."""
        return (self.cases / self.coverage) / (self.points / self.mass)

    def contains(self, inputs: pd.DataFrame) -> Mask:
        """Which rows lie within the box."""
        inside = np.ones(len(inputs), dtype=bool)
        for limit in self.limits:
            inside &= limit.holds(inputs[limit.name])
        return inside

    def to_frame(self) -> pd.DataFrame:
        """One row a limited uncertainty: name, low, high, kept, p_low, p_high, again_low ..."""
        return pd.DataFrame([vars(limit) for limit in self.limits])


def peel(
    inputs: pd.DataFrame,
    interest: ArrayLike,
    *,
    alpha: float = 0.05,
    paste: float = 0.05,
    least_mass: float = 0.05,
) -> tuple[Box, ...]:
    """The path of boxes from everything to the densest corner.

    Parameters
    ----------
    inputs
        One row a point; columns of numbers are cut at an end, others lose positions.
    interest
        bool[n]: which points are cases of interest.
    alpha, paste
        Share of the box's points that one peel takes, and of the strip beside it that one paste
        gives back, above 0 and below one half.
    least_mass
        Share of all points that a box must keep, in (0, 1).

    Returns
    -------
    tuple of Box
        The whole space first, then one box a step.

    Raises
    ------
    ValueError
        If inputs and interest do not fit, or all points or none are of interest.
    """
    data = _Data.of(inputs, interest)
    for what, share in (("alpha", alpha), ("paste", paste)):
        if not 0.0 < share < 0.5:
            raise ValueError(f"{what} must lie between 0 and one half, not {share!r}.")
    if not 0.0 < least_mass < 1.0:
        raise ValueError(f"least_mass must lie between 0 and 1, not {least_mass!r}.")
    region = data.everything
    path = [region]
    while (step := _peeled(data, region, alpha, least_mass)) is not None:
        path.append(region := step)
    while (step := _pasted(data, region, paste, least_mass)) is not None:
        path.append(region := step)
    return tuple(data.box(each) for each in path)


def discover(
    inputs: pd.DataFrame,
    interest: ArrayLike,
    *,
    density: float = 0.8,
    halves: int = 20,
    seed: int = 1,
    alpha: float = 0.05,
    paste: float = 0.05,
    least_mass: float = 0.05,
    luck: float = 0.05,
) -> Box | None:
    """The box of greatest coverage among those dense enough, less the limits that may be luck.

    Parameters
    ----------
    inputs, interest, alpha, paste, least_mass
        As `peel` takes them.
    density
        Density asked for, in (0, 1]; if no box reaches it, the densest is taken.
    halves
        Random halves of the data in which the whole search is repeated; 0 for none.
    seed
        Seed of the halves.
    luck
        Limits with a greater quasi-p are dropped, the greatest first, each time measured anew; 1
        keeps all. A box may so end a little less dense than asked for.

    Returns
    -------
    Box or None
        None if all points are of interest or none is: there is nothing to tell apart.
    """
    if not 0.0 < density <= 1.0:
        raise ValueError(f"density must lie in (0, 1], not {density!r}.")
    of_interest = np.asarray(interest, dtype=bool)
    if of_interest.all() or not of_interest.any():
        return None
    options = {"alpha": alpha, "paste": paste, "least_mass": least_mass}

    def search(table: pd.DataFrame, marks: Mask) -> Box:
        return _pruned(_chosen(peel(table, marks, **options), density), table, marks, luck)

    box = search(inputs, of_interest)
    return _resampled(box, inputs, of_interest, halves, seed, search) if halves else box


def boxes(
    inputs: pd.DataFrame,
    interest: ArrayLike,
    *,
    count: int = 3,
    density: float = 0.8,
    halves: int = 20,
    seed: int = 1,
    least_mass: float = 0.05,
) -> tuple[Box, ...]:
    """Several boxes, each among the points that those before it leave.

    Parameters
    ----------
    inputs, interest, density, halves, seed, least_mass
        As `discover` takes them.
    count
        At most so many boxes; fewer when none is as dense as asked for, or too few points remain.

    Returns
    -------
    tuple of Box
        Coverage and mass of each are shares of all points, not of those left.
    """
    of_interest = np.asarray(interest, dtype=bool)
    left = np.ones(len(inputs), dtype=bool)
    found: list[Box] = []
    while len(found) < count and left.sum() >= _LEAST_POINTS:
        rest = inputs[left].reset_index(drop=True)
        box = discover(
            rest,
            of_interest[left],
            density=density,
            halves=halves,
            seed=seed,
            least_mass=min(0.5, least_mass * len(inputs) / left.sum()),
        )
        if box is None or box.density < density or not box.limits:
            break
        share, mass = of_interest[left].sum() / of_interest.sum(), left.sum() / len(inputs)
        found.append(replace(box, coverage=box.coverage * share, mass=box.mass * mass))
        left &= ~box.contains(inputs)
    return tuple(found)


def measured(limits: Sequence[Limit], inputs: pd.DataFrame, interest: ArrayLike) -> Box:
    """Coverage, density and quasi-p of a box that is given by its limits.

    Parameters
    ----------
    limits
        Ranges of numbers and positions of switches.
    inputs, interest
        As `peel` takes them.

    Raises
    ------
    ValueError
        As `peel`, and if no point lies within.
    """
    data = _Data.of(inputs, interest)
    whole = data.everything
    low, high, kept = whole.low.copy(), whole.high.copy(), list(whole.kept)
    for limit in limits:
        if limit.name in data.number_names:
            place = data.number_names.index(limit.name)
            low[place] = max(low[place], limit.low)
            high[place] = min(high[place], limit.high)
        elif limit.name in data.switch_names:
            place = data.switch_names.index(limit.name)
            known = data.positions[place]
            kept[place] = frozenset(i for i, name in enumerate(known) if name in limit.kept)
        else:
            raise ValueError(f"No input named '{limit.name}'. Known: {', '.join(data.columns)}.")
    region = _refilled(data, _Region(low, high, tuple(kept), np.empty(0, dtype=np.int64)))
    if not len(region.rows):
        raise ValueError("No point lies within these limits.")
    return data.box(region)


# -- the search --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Region:
    """A box in the making: ends of numbers, kept positions of switches, rows within."""

    low: Array
    high: Array
    kept: tuple[frozenset[int], ...]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class _Data:
    """Points as arrays: numbers, positions of switches as codes, and what is of interest."""

    columns: tuple[str, ...]
    numbers: Array
    number_names: tuple[str, ...]
    codes: NDArray[np.int64]
    switch_names: tuple[str, ...]
    positions: tuple[tuple[str, ...], ...]
    interest: Array

    @classmethod
    def of(cls, inputs: pd.DataFrame, interest: ArrayLike) -> _Data:
        wanted = np.asarray(interest)
        if wanted.shape != (len(inputs),):
            raise ValueError(f"{len(inputs)} points need as many marks, not {wanted.shape}.")
        if len(inputs) < _LEAST_POINTS:
            raise ValueError(f"A box needs at least {_LEAST_POINTS} points, not {len(inputs)}.")
        marks = wanted.astype(bool)
        if marks.all() or not marks.any():
            raise ValueError("All points or none are of interest: no box tells them apart.")
        numeric = [name for name in inputs if pd.api.types.is_numeric_dtype(inputs[name])]
        if inputs[numeric].isna().any().any():
            raise ValueError("Inputs must have no missing values.")
        other = [name for name in inputs if name not in numeric]
        codes, positions = np.empty((len(inputs), len(other)), dtype=np.int64), []
        for place, name in enumerate(other):
            names, codes[:, place] = np.unique(inputs[name].astype(str), return_inverse=True)
            positions.append(tuple(names.tolist()))
        return cls(
            tuple(str(name) for name in inputs),
            inputs[numeric].to_numpy(dtype=np.float64),
            tuple(str(name) for name in numeric),
            codes,
            tuple(str(name) for name in other),
            tuple(positions),
            marks.astype(np.float64),
        )

    def __len__(self) -> int:
        return len(self.interest)

    @cached_property
    def everything(self) -> _Region:
        """The whole space."""
        return _Region(
            self.numbers.min(axis=0) if self.number_names else np.empty(0),
            self.numbers.max(axis=0) if self.number_names else np.empty(0),
            tuple(frozenset(range(len(names))) for names in self.positions),
            np.arange(len(self)),
        )

    def limited(self, region: _Region) -> int:
        """Number of uncertainties that a region limits."""
        whole = self.everything
        ends = (region.low != whole.low) | (region.high != whole.high)
        return int(ends.sum()) + sum(a != b for a, b in zip(region.kept, whole.kept, strict=True))

    def within(self, region: _Region, *, but: int | None = None, low: bool = True) -> Mask:
        """Rows within the ends of a region, whatever its own rows; one end may be left out."""
        above, below = self.numbers >= region.low, self.numbers <= region.high
        if but is not None:
            (above if low else below)[:, but] = True
        inside = (above & below).all(axis=1)
        for place, kept in enumerate(region.kept):
            if len(kept) < len(self.positions[place]):
                inside &= np.isin(self.codes[:, place], list(kept))
        return np.asarray(inside)

    def box(self, region: _Region) -> Box:
        """The region with names, coverage, density and quasi-p."""
        cases, points = self.interest[region.rows].sum(), len(region.rows)
        found = {}
        whole = self.everything
        for i, name in enumerate(self.number_names):
            ends = region.low[i] != whole.low[i], region.high[i] != whole.high[i]
            if any(ends):
                found[name] = Limit(
                    name,
                    low=float(region.low[i]) if ends[0] else -np.inf,
                    high=float(region.high[i]) if ends[1] else np.inf,
                    p_low=self._quasi_p(region, self.within(region, but=i)) if ends[0] else np.nan,
                    p_high=self._quasi_p(region, self.within(region, but=i, low=False))
                    if ends[1]
                    else np.nan,
                )
        for i, name in enumerate(self.switch_names):
            if region.kept[i] != whole.kept[i]:
                kept = tuple(self.positions[i][code] for code in sorted(region.kept[i]))
                freed = replace(
                    region, kept=(*region.kept[:i], whole.kept[i], *region.kept[i + 1 :])
                )
                found[name] = Limit(
                    name, kept=kept, p_low=self._quasi_p(region, self.within(freed))
                )
        return Box(
            tuple(found[name] for name in self.columns if name in found),
            coverage=float(cases / self.interest.sum()),
            density=float(cases / points),
            mass=points / len(self),
            points=points,
            cases=int(cases),
        )

    def _quasi_p(self, region: _Region, freed: Mask) -> float:
        """Chance of as many cases as in the box, at the density of the box without one limit."""
        cases = self.interest[region.rows].sum()
        return float(binom.sf(cases - 1, len(region.rows), self.interest[freed].mean()))


def _peeled(data: _Data, region: _Region, alpha: float, least_mass: float) -> _Region | None:
    """The best region after one more peel; None when no peel gains."""
    options: list[_Region] = []
    for i in range(len(data.number_names)):
        column = data.numbers[region.rows, i]
        ordered = np.sort(column)
        upper = _cut(ordered, 1.0 - alpha)
        options.append(
            replace(region, high=_put(region.high, i, upper), rows=region.rows[column <= upper])
        )
        lower = _cut(ordered, alpha)
        options.append(
            replace(region, low=_put(region.low, i, lower), rows=region.rows[column >= lower])
        )
    for i, kept in enumerate(region.kept):
        for code in sorted(kept) if len(kept) > 1 else ():
            less = (*region.kept[:i], kept - {code}, *region.kept[i + 1 :])
            rows = region.rows[data.codes[region.rows, i] != code]
            options.append(replace(region, kept=less, rows=rows))
    best = _best(data, region, options)
    if best is None:
        return None
    enough = len(best.rows) / len(data) >= least_mass and len(best.rows) < len(region.rows)
    return best if enough and _gain(data, region, best) > 0.0 else None


def _pasted(data: _Data, region: _Region, paste: float, least_mass: float) -> _Region | None:
    """The best region after one slice is given back; None when no slice gains."""
    whole = data.everything
    options: list[_Region] = []
    for i in range(len(data.number_names)):
        if region.low[i] == whole.low[i] and region.high[i] == whole.high[i]:
            continue
        column = data.numbers[:, i]
        beyond = np.sort(column[data.within(region, but=i) & (column <= region.low[i])])
        end = _cut(beyond, 1.0 - paste) if len(beyond) else whole.low[i]
        options.append(_refilled(data, replace(region, low=_put(region.low, i, end))))
        beyond = np.sort(column[data.within(region, but=i, low=False) & (column >= region.high[i])])
        end = _cut(beyond, paste) if len(beyond) else whole.high[i]
        options.append(_refilled(data, replace(region, high=_put(region.high, i, end))))
    for i, kept in enumerate(region.kept):
        for code in sorted(whole.kept[i] - kept):
            more = (*region.kept[:i], kept | {code}, *region.kept[i + 1 :])
            options.append(_refilled(data, replace(region, kept=more)))
    best = _best(data, region, options)
    if best is None or len(best.rows) <= len(region.rows):
        return None
    enough = len(best.rows) / len(data) >= least_mass
    return best if enough and _gain(data, region, best) > 0.0 else None


def _refilled(data: _Data, region: _Region) -> _Region:
    return replace(region, rows=np.flatnonzero(data.within(region)))


def _best(data: _Data, region: _Region, options: Sequence[_Region]) -> _Region | None:
    """Greatest gain of density per point; of equals, the fewest limits, then the first."""
    if not options:
        return None
    ranks = [(_gain(data, region, option), -data.limited(option)) for option in options]
    return options[max(range(len(options)), key=lambda i: (*ranks[i], -i))]


def _gain(data: _Data, region: _Region, option: _Region) -> float:
    """Change of density per point lost or won (Kwakkel and Jaxa-Rozen 2016)."""
    before = float(np.mean(data.interest[region.rows]))
    after = float(np.mean(data.interest[option.rows])) if len(option.rows) else 0.0
    change = abs(len(region.rows) - len(option.rows))
    return (after - before) / change if change and after != before else 0.0


def _cut(ordered: Array, share: float) -> float:
    """The middle of two neighbouring different values at a quantile of sorted values."""
    place = (len(ordered) - 1) * share
    low, high = int(np.floor(place)), int(np.ceil(place))
    if share > 0.5:
        while ordered[low] == ordered[high] and low > 0:
            low -= 1
    else:
        while ordered[low] == ordered[high] and high < len(ordered) - 1:
            high += 1
    return float((ordered[low] + ordered[high]) / 2.0)


def _put(ends: Array, place: int, value: float) -> Array:
    changed = ends.copy()
    changed[place] = value
    return changed


# -- choice and resampling ---------------------------------------------------------------------


def _chosen(path: Sequence[Box], density: float) -> Box:
    """The widest box that is dense enough, or else the densest."""
    dense = [box for box in path if box.density >= density]
    if dense:
        return max(dense, key=lambda box: (box.coverage, -len(box.limits)))
    return max(path, key=lambda box: (box.density, box.coverage))


def _pruned(box: Box, inputs: pd.DataFrame, interest: Mask, luck: float) -> Box:
    """The box without its doubtful limits, dropped one by one."""
    while True:
        doubtful = [
            (p, limit.name, end)
            for limit in box.limits
            for name, end, p in (
                (limit.name, "low", limit.p_low),
                (limit.name, "high", limit.p_high),
            )
            if p > luck
        ]
        if not doubtful:
            return box
        _, name, end = max(doubtful)
        kept = [
            _freed(limit, end) if limit.name == name else limit
            for limit in box.limits
            if limit.name != name or _has(_freed(limit, end), "high" if end == "low" else "low")
        ]
        box = measured(kept, inputs, interest)


def _freed(limit: Limit, end: str) -> Limit:
    """A limit without one of its ends; a switch has one end only."""
    if limit.kept:
        return Limit(limit.name)
    return replace(limit, low=-np.inf) if end == "low" else replace(limit, high=np.inf)


def _resampled(
    box: Box,
    inputs: pd.DataFrame,
    interest: Mask,
    halves: int,
    seed: int,
    search: Callable[[pd.DataFrame, Mask], Box],
) -> Box:
    """The box with the share of halves that repeat its limits, and its held-out density."""
    generator = np.random.Generator(np.random.Philox(key=[seed, _PURPOSE]))
    ends: list[set[tuple[str, str]]] = []
    densities, coverages = [], []
    for _ in range(halves):
        order = generator.permutation(len(inputs))
        one, other = order[: len(order) // 2], order[len(order) // 2 :]
        if len(one) < _LEAST_POINTS or interest[one].all() or not interest[one].any():
            continue
        again = search(inputs.iloc[one], interest[one])
        ends.append(_ends(again))
        inside = again.contains(inputs.iloc[other])
        if inside.any() and interest[other].any():
            densities.append(float(interest[other][inside].mean()))
            coverages.append(float(interest[other][inside].sum() / interest[other].sum()))
    if not ends:
        return box

    def again_at(name: str, end: str) -> float:
        return sum((name, end) in each for each in ends) / len(ends)

    limits = tuple(
        replace(
            limit,
            again_low=again_at(limit.name, "low") if _has(limit, "low") else np.nan,
            again_high=again_at(limit.name, "high") if _has(limit, "high") else np.nan,
        )
        for limit in box.limits
    )
    if not densities:
        return replace(box, limits=limits)
    return replace(
        box,
        limits=limits,
        held_out_density=float(np.mean(densities)),
        held_out_coverage=float(np.mean(coverages)),
        held_out_error=float(np.std(densities)),
    )


def _has(limit: Limit, end: str) -> bool:
    """Whether it limits one end; a switch counts as limited at its low end."""
    if limit.kept:
        return end == "low"
    return bool(np.isfinite(limit.low if end == "low" else limit.high))


def _ends(box: Box) -> set[tuple[str, str]]:
    return {
        (limit.name, end) for limit in box.limits for end in ("low", "high") if _has(limit, end)
    }
