r"""From counts over any mix of intervals to tiles that never overlap.

A count over ``[start, end)`` is a difference of a cumulative count: :math:`C(end) - C(start)`. The
dates of one family's counts are therefore the nodes of a graph and its counts are edges; wherever a
path joins two dates, the deaths between them are known. Months, year-to-date totals, quarters, days
and years are then one case, and "July is January to July less January to June" needs no rule of its
own. The algorithm:

1. Of rival figures of one agency for one interval keep the best: final, revised, reported,
   preliminary; among equals the one published last.
2. Per family, add counts to the graph from the shortest to the longest. A count between dates
   already joined is redundant and left out, so month values prevail over differences of totals
   and these over what is left of a year.
3. Between neighbouring month starts of a connected part stands a *candidate*: a known count of
   whole months. Its error adds up along its path. A negative or too imprecise one is merged with
   the next.
4. Families that count the same months are collapsed to a consensus: the median of logs, never a
   product of likelihoods, which would count the same deaths twice.
5. From the shortest candidate to the longest, take what is still uncovered. If shorter tiles lie
   inside, the remainder is the candidate less these *by the same family*; families that are
   officially reconciled may be mixed, carrying both errors; all other mixtures are refused. Where
   that leaves more months uncovered than there are tiles inside, the longer count replaces them.

Figures that are only bounds ("more than 300") come last: they fill months that no exact count
covers, by themselves or as a sum with exact counts, and never outweigh one. A difference that takes
a bound off something is an upper bound and is not used. Of several bounds on the same months the
highest is kept.

Days that fill a month are added up before anything else, unless another count by the same family
begins or ends inside that month.

Step 5 avoids two artefacts met in El Salvador: a ministry's January to July 2004 taken off a
police year makes a false fall in December 2004, and one office's January to November 2025 taken off
another's year doubles December 2025.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tregua.infer.counts.agencies import Agencies, agencies_of
from tregua.record import Record

__all__ = ["Tiles", "partition", "states_bound", "tiles"]

_STATUS = ("final", "revised", "reported", "preliminary")
# Relative revision error by status: the record's own later figures differ from earlier ones by
# 0 to 0.8 % (El Salvador 2013-2016).
_REVISION = {"final": 0.0, "revised": 0.003, "reported": 0.005, "preliminary": 0.01}
_TOO_IMPRECISE = 0.25

Months = frozenset[int]


@dataclass(frozen=True)
class Tiles:
    """Counts over sets of months that do not overlap.

    Attributes
    ----------
    frame : DataFrame
        One row a tile: `start`, `end` (half-open span), `months` (tuple of month starts), `value`
        (deaths), `relative_sd` (between agencies and by revision), `agencies` (number of families),
        `families`, `sources` (tuples of str), `origin` ("published", "difference", "remainder" or
        "mixed"), `at_least` (whether the value is only a bound from below). Sorted by `start`. A
        tile whose months are fewer than its span has published months inside.
    refused : DataFrame
        `start`, `end`, `families`, `reason`: counts that could not be used.
    name : str
        Whose counts these are.
    """

    frame: pd.DataFrame
    refused: pd.DataFrame
    name: str

    @property
    def first(self) -> pd.Timestamp:
        """First month that a tile covers."""
        return pd.Timestamp(self.frame["start"].min())

    @property
    def last(self) -> pd.Timestamp:
        """Last month that a tile covers."""
        return pd.Timestamp(self.frame["end"].max()) - pd.offsets.MonthBegin(1)


@dataclass(frozen=True)
class _Count:
    """Deaths counted by one family over some months: value, variance, sources."""

    value: float
    variance: float
    sources: frozenset[str]
    published: bool
    at_least: bool = False


@dataclass(frozen=True)
class _Tile:
    """A tile on the way: its months, its consensus and each family's own count."""

    months: Months
    by_family: Mapping[str, _Count]
    families: frozenset[str]
    value: float
    relative_sd: float
    agencies: int
    origin: str
    sources: frozenset[str]
    at_least: bool = False


_BOUND = re.compile(
    r"(?:more than|at least)\b[\s\"']*(?:(\d[\d,. ]*)|$|[,;.:(]|since\b)", re.IGNORECASE
)


def states_bound(note: str, value: float) -> bool:
    """Whether a remark says that a figure is only a bound, not something about a part of it.

    The remark must begin with "more than" or "at least" and go on with nothing, a punctuation mark,
    "since", or the figure itself; "at least 6 of them by police" beside 14 is no bound.

    Parameters
    ----------
    note
        Remark beside a figure.
    value
        The figure.
    """
    found = _BOUND.match(str(note).strip(" \"'"))
    if found is None:
        return False
    number = re.sub(r"[,. ]", "", found.group(1) or "")
    return not number or float(number) == value


def _month(date: pd.Timestamp) -> int:
    return int(date.year) * 12 + int(date.month) - 1


def _start(month: int) -> pd.Timestamp:
    return pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)


def _is_month_start(date: pd.Timestamp) -> bool:
    return bool(date.day == 1 and date == date.normalize())


def _best_rows(rows: pd.DataFrame, published: Mapping[str, str]) -> pd.DataFrame:
    """Step 1: one row per interval of a family; the shortest intervals first."""
    rows = rows.assign(
        _rank=rows["status"].map({status: rank for rank, status in enumerate(_STATUS)}).fillna(9),
        _date=[published.get(source, "") for source in rows["source"]],
        _days=(rows["end"] - rows["start"]).dt.days,
        _variance=(rows["status"].map(_REVISION).fillna(0.01).astype(float) * rows["value"]) ** 2,
    )
    # The largest value comes last of all: it settles ties, so that the order of rows never counts.
    rows = rows.sort_values(
        ["at_least", "_rank", "_date", "value", "source"],
        ascending=[True, True, False, False, True],
    )
    rows = rows.drop_duplicates(["start", "end"], keep="first")
    rows = rows.sort_values(["_days", "_rank", "start"], kind="stable")
    return _add_up_days(rows.assign(_sources=rows["source"].map(lambda name: frozenset([name]))))


def _add_up_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Replace days that fill a month by the month, unless another count needs its days."""
    exact = (rows["_days"] == 1) & ~rows["at_least"]
    exact &= rows["start"] == rows["start"].dt.normalize()
    days, others = rows[exact], rows[~exact]
    if len(days) < 28:
        return rows
    month = days["start"].dt.to_period("M")
    full = month.map(month.value_counts()) == days["start"].dt.days_in_month
    ends = pd.concat([others["start"], others["end"]])
    inside = ends[(ends.dt.day != 1) | (ends != ends.dt.normalize())].dt.to_period("M").unique()
    full &= ~month.isin(inside)
    groups = days[full].groupby(month[full], sort=True)
    if not len(groups):
        return rows
    sums = groups[["value", "_variance"]].sum()
    months = pd.DataFrame(
        {
            "start": sums.index.start_time,
            "end": (sums.index + 1).start_time,
            "value": sums["value"].to_numpy(),
            "_variance": sums["_variance"].to_numpy(),
            "_sources": groups["source"].unique().map(frozenset).to_numpy(),
            "_days": sums.index.days_in_month,
            "_rank": 0,
            "at_least": False,
        }
    )
    kept = pd.concat([others, days[~full], months], ignore_index=True)
    ordered: pd.DataFrame = kept.sort_values(["_days", "_rank", "start"], kind="stable")
    return ordered


class _Graph:
    """Dates joined by counts of one family; a forest, so every path is unique."""

    def __init__(self) -> None:
        self._edges: dict[pd.Timestamp, list[tuple[pd.Timestamp, _Count]]] = {}
        self._above: dict[pd.Timestamp, pd.Timestamp] = {}

    def _root(self, date: pd.Timestamp) -> pd.Timestamp:
        """Representative of the part that holds a date; paths are halved on the way."""
        above = self._above
        while above[date] != date:
            above[date] = above[above[date]]
            date = above[date]
        return date

    def add(self, row: Any) -> None:
        """Add a count unless its dates are joined already."""
        for date in (row.start, row.end):
            self._above.setdefault(date, date)
            self._edges.setdefault(date, [])
        one, two = self._root(row.start), self._root(row.end)
        if one == two:
            return
        self._above[two] = one
        count = _Count(row.value, row.variance, row.sources, True, row.at_least)
        self._edges[row.start].append((row.end, count))
        self._edges[row.end].append((row.start, replace(count, value=-row.value)))

    def parts(self) -> list[list[pd.Timestamp]]:
        """Connected dates, each list sorted."""
        found: dict[pd.Timestamp, list[pd.Timestamp]] = {}
        for date in self._above:
            found.setdefault(self._root(date), []).append(date)
        return [sorted(dates) for dates in found.values()]

    def between(self, begin: pd.Timestamp, end: pd.Timestamp) -> _Count | None:
        """Deaths between two joined dates, along the only path; None if that is an upper bound."""
        come_from: dict[pd.Timestamp, tuple[pd.Timestamp, _Count]] = {}
        queue = deque([begin])
        while end not in come_from:
            date = queue.popleft()
            for other, count in self._edges[date]:
                if other != begin and other not in come_from:
                    come_from[other] = (date, count)
                    queue.append(other)
        steps: list[_Count] = []
        date = end
        while date != begin:
            date, step = come_from[date]
            steps.append(step)
            if step.at_least and step.value < 0:
                return None
        return _Count(
            value=sum(step.value for step in steps),
            variance=sum(step.variance for step in steps),
            sources=frozenset().union(*(step.sources for step in steps)),
            published=len(steps) == 1,
            at_least=any(step.at_least for step in steps),
        )


def _usable(count: _Count) -> bool:
    return count.value >= 0 and count.variance <= (_TOO_IMPRECISE * max(count.value, 1.0)) ** 2


Refusals = list[tuple[pd.Timestamp, pd.Timestamp, str]]


def _candidates(rows: Iterable[Any]) -> tuple[dict[Months, _Count], Refusals]:
    """Steps 2 and 3: counts of whole months that a forest of counts holds, and what was refused."""
    graph = _Graph()
    for row in rows:
        graph.add(row)
    candidates: dict[Months, _Count] = {}
    refused = []
    for dates in graph.parts():
        starts = [date for date in dates if _is_month_start(date)]
        begin = 0
        for end in range(1, len(starts)):
            count = graph.between(starts[begin], starts[end])
            if count is None or not _usable(count):
                reason = "difference too imprecise"
                if count is None:
                    reason = "difference from a bound"
                elif count.value < 0:
                    reason = "negative difference"
                refused.append((starts[begin], starts[end], reason))
                continue  # the next candidate starts where this one did
            months = frozenset(range(_month(starts[begin]), _month(starts[end])))
            if months not in candidates or count.variance < candidates[months].variance:
                candidates[months] = count
            begin = end
    return candidates, refused


def _family_candidates(
    rows: pd.DataFrame, published: Mapping[str, str]
) -> tuple[dict[Months, _Count], dict[Months, _Count], Refusals]:
    """One family's exact candidates, its bounds, and what was refused.

    Exact counts make a forest of their own; bounds join what these leave apart.
    """
    best = _best_rows(rows, published).rename(
        columns={"_variance": "variance", "_sources": "sources"}
    )
    best = best[["start", "end", "value", "variance", "sources", "at_least"]]
    exact = list(best[~best["at_least"]].itertuples(index=False))
    candidates, refused = _candidates(exact)
    vague = list(best[best["at_least"]].itertuples(index=False))
    if not vague:
        return candidates, {}, refused
    all_of_them, _ = _candidates([*exact, *vague])
    bounds = {months: count for months, count in all_of_them.items() if count.at_least}
    return candidates, bounds, refused


def _consensus(counts: Mapping[str, _Count], agencies: Agencies, date: pd.Timestamp) -> _Count:
    """Step 4: median of logs; variance from revision, known spread and seen spread."""
    named = {f: c for f, c in counts.items() if f not in agencies.anonymous} or dict(counts)
    values = np.sort([count.value for count in named.values()])
    middle = values[(len(values) - 1) // 2 : len(values) // 2 + 1]
    # An odd number has a middle value; of an even number the two middle ones are averaged in logs.
    same = middle[0] == middle[-1]
    value = float(middle[0] if same else np.expm1(np.log1p(middle).mean()))
    if len(named) == 1:
        return next(iter(named.values()))
    scale = max(value, 1.0)
    seen = float(np.mean((values - value) ** 2)) / scale**2
    spread = max(agencies.spread_at(date) ** 2, seen)
    revision = float(np.mean([count.variance for count in named.values()]))
    return _Count(
        value=value,
        variance=spread * scale**2 / len(named) + revision,
        sources=frozenset().union(*(count.sources for count in named.values())),
        published=all(count.published for count in named.values()),
    )


def _make_tile(
    months: Months, counts: Mapping[str, _Count], agencies: Agencies, origin: str
) -> _Tile:
    date = _start(min(months))
    consensus = _consensus(counts, agencies, date)
    sd = float(np.sqrt(consensus.variance)) / max(consensus.value, 1.0)
    if len(counts) == 1:
        sd = float(np.hypot(sd, agencies.spread_at(date)))
    return _Tile(
        months=months,
        by_family=dict(counts),
        families=frozenset(counts),
        value=consensus.value,
        relative_sd=sd,
        agencies=len(counts),
        origin=origin if consensus.published or origin != "published" else "difference",
        sources=consensus.sources,
        at_least=consensus.at_least,
    )


def _less(whole: _Count, parts: Iterable[_Count]) -> _Count:
    """What is left of a count, exact or a bound, when exact parts are taken off."""
    parts = list(parts)
    return _Count(
        value=whole.value - sum(part.value for part in parts),
        variance=whole.variance + sum(part.variance for part in parts),
        sources=whole.sources.union(*(part.sources for part in parts)),
        published=False,
        at_least=whole.at_least,
    )


def _same_family(counts: Mapping[str, _Count], within: list[_Tile]) -> dict[str, _Count]:
    """Remainders by families that counted the whole and each tile inside."""
    found = {}
    for family, whole in counts.items():
        if all(family in tile.by_family and not tile.at_least for tile in within):
            rest = _less(whole, [tile.by_family[family] for tile in within])
            if _usable(rest):
                found[family] = rest
    return found


def _mixed(
    counts: Mapping[str, _Count], within: list[_Tile], agencies: Agencies, date: pd.Timestamp
) -> _Count | None:
    """A remainder across reconciled families with the errors of both; None if refused."""
    families = frozenset(counts).union(*(tile.families for tile in within))
    if not agencies.may_mix(families, date):
        return None
    whole = _consensus(counts, agencies, date)
    if len(counts) == 1:  # a consensus and the parts carry the spread between families already
        spread = (agencies.spread_at(date) * whole.value) ** 2
        whole = replace(whole, variance=whole.variance + spread)
    parts = [
        _Count(tile.value, (tile.relative_sd * tile.value) ** 2, tile.sources, False)
        for tile in within
    ]
    rest = _less(whole, parts)
    return rest if _usable(rest) else None


class _Mosaic:
    """Tiles laid so far, and where."""

    def __init__(self, agencies: Agencies) -> None:
        self.agencies = agencies
        self.laid: dict[int, _Tile] = {}
        self.refused: list[tuple[pd.Timestamp, pd.Timestamp, str, str]] = []

    def lay(self, tile: _Tile) -> None:
        for month in tile.months:
            self.laid[month] = tile

    def offer(self, months: Months, counts: Mapping[str, _Count]) -> None:
        """Step 5 for one candidate."""
        bare = months - self.laid.keys()
        if not bare:
            return
        within = list({id(tile): tile for tile in map(self.laid.get, months) if tile}.values())
        if not within:
            self.lay(_make_tile(months, counts, self.agencies, "published"))
            return
        date = _start(min(months))
        if all(tile.months <= months for tile in within):
            rest = _same_family(counts, within)
            if rest:
                self.lay(_make_tile(bare, rest, self.agencies, "remainder"))
                return
            mixed = _mixed(counts, within, self.agencies, date)
            if mixed is not None:
                families = frozenset(counts).union(*(tile.families for tile in within))
                sd = float(np.sqrt(mixed.variance)) / max(mixed.value, 1.0)
                self.lay(
                    _Tile(
                        bare, {}, families, mixed.value, sd, len(families), "mixed", mixed.sources
                    )
                )
                return
            if len(bare) > len(within):
                for tile in within:
                    self.refuse(tile.months, tile.families, "replaced by a longer count")
                self.lay(_make_tile(months, counts, self.agencies, "published"))
                return
        self.refuse(months, frozenset(counts), "would mix families that are not reconciled")

    def offer_bound(self, months: Months, counts: Mapping[str, _Count]) -> None:
        """Step 5 for months of which only bounds are known; exact counts are laid already."""
        bare = months - self.laid.keys()
        if not bare:
            return
        within = list({id(tile): tile for tile in map(self.laid.get, months) if tile}.values())
        origin = "published"
        if within:
            origin = "remainder"
            inside = all(tile.months <= months for tile in within)
            counts = _same_family(counts, within) if inside else {}
        if not counts:
            self.refuse(months, frozenset(), "a bound that adds nothing to exact counts")
            return
        highest = max(counts, key=lambda family: counts[family].value)
        self.lay(_make_tile(bare, {highest: counts[highest]}, self.agencies, origin))

    def refuse(self, months: Months, families: frozenset[str], reason: str) -> None:
        begin, end = _start(min(months)), _start(max(months) + 1)
        self.refused.append((begin, end, ", ".join(sorted(families)), reason))

    def merge_interleaved(self) -> None:
        """Join tiles whose spans cross: one accumulator can be open at a time."""
        blocks = sorted(
            (t for t in {id(t): t for t in self.laid.values()}.values() if len(t.months) > 1),
            key=lambda tile: min(tile.months),
        )
        for one, two in itertools.pairwise(blocks):
            if min(two.months) <= max(one.months):
                value = one.value + two.value
                sd = float(np.hypot(one.relative_sd * one.value, two.relative_sd * two.value))
                self.lay(
                    _Tile(
                        one.months | two.months,
                        {},
                        one.families | two.families,
                        value,
                        sd / max(value, 1.0),
                        max(one.agencies, two.agencies),
                        one.origin,
                        one.sources | two.sources,
                        one.at_least or two.at_least,
                    )
                )
                self.merge_interleaved()
                return


def _frame(tiles_laid: Iterable[_Tile]) -> pd.DataFrame:
    rows = [
        {
            "start": _start(min(tile.months)),
            "end": _start(max(tile.months) + 1),
            "months": tuple(_start(month) for month in sorted(tile.months)),
            "value": tile.value,
            "relative_sd": tile.relative_sd,
            "agencies": tile.agencies,
            "families": tuple(sorted(tile.families)),
            "sources": tuple(sorted(tile.sources)),
            "origin": tile.origin,
            "at_least": tile.at_least,
        }
        for tile in sorted(tiles_laid, key=lambda tile: (min(tile.months), len(tile.months)))
    ]
    return pd.DataFrame(rows).reset_index(drop=True)


def partition(
    observations: pd.DataFrame,
    agencies: Agencies | None = None,
    *,
    published: Mapping[str, str] | None = None,
    name: str = "",
) -> Tiles:
    """Partition interval counts into tiles of whole months that do not overlap.

    Parameters
    ----------
    observations
        Columns start, end (half-open dates), value (deaths), agency, source, status, and perhaps
        at_least (whether the value is only a bound from below). The order of rows does not matter.
    agencies
        Families and their errors; every agency its own family if None.
    published
        Publication date of each source, as text that sorts; settles ties between revisions.
    name
        Whose counts these are.

    Returns
    -------
    Tiles

    Raises
    ------
    ValueError
        If no count covers whole months.
    """
    agencies = agencies or Agencies()
    rows = observations.loc[observations["end"] > observations["start"]].copy()
    families = {agency: agencies.family(agency) for agency in rows["agency"].unique()}
    rows["family"] = rows["agency"].map(families)
    rows["at_least"] = rows["at_least"].astype(bool) if "at_least" in rows else False
    candidates: dict[Months, dict[str, _Count]] = {}
    bounds: dict[Months, dict[str, _Count]] = {}
    mosaic = _Mosaic(agencies)
    for family, group in rows.groupby("family", sort=True):
        exact, vague, refused = _family_candidates(group, published or {})
        mosaic.refused += [(begin, end, str(family), reason) for begin, end, reason in refused]
        for found, kept in ((exact, candidates), (vague, bounds)):
            for months, count in found.items():
                kept.setdefault(months, {})[str(family)] = count
    if not candidates and not bounds:
        raise ValueError(
            "No count covers whole calendar months. Every interval must start and end on the first "
            "of a month, or join others that do; aggregate weekly counts to months first."
        )
    for months in sorted(candidates, key=lambda months: (len(months), min(months))):
        mosaic.offer(months, candidates[months])
    for months in sorted(bounds, key=lambda months: (len(months), min(months))):
        mosaic.offer_bound(months, bounds[months])
    mosaic.merge_interleaved()
    laid = {id(tile): tile for tile in mosaic.laid.values()}.values()
    return Tiles(
        frame=_frame(laid),
        refused=pd.DataFrame(mosaic.refused, columns=["start", "end", "families", "reason"]),
        name=name,
    )


def tiles(record: Record, series: str = "homicides", *, agencies: Agencies | None = None) -> Tiles:
    """Partition a record's national counts into tiles.

    Derived, recalled and unverified rows are left out. A row whose note says "more than" or "at
    least" is a bound.

    Parameters
    ----------
    record
        A loaded case.
    series
        Name of a series of counts.
    agencies
        Families and their errors; those known for the case if None.

    Returns
    -------
    Tiles

    Raises
    ------
    ValueError
        If no count covers whole months.
    """
    published = dict(zip(record.sources["id"], record.sources["date"].astype(str), strict=True))
    rows = record.select(series)
    vague = [states_bound(note, v) for note, v in zip(rows["note"], rows["value"], strict=True)]
    return partition(
        rows.assign(at_least=vague),
        agencies or agencies_of(record.case),
        published=published,
        name=record.case.name,
    )
