"""Find figures of one agency that cannot all be right.

Two rules, over rows of the same series, place, agency and unit, derived and recalled rows left
out. First, two figures for the same interval are equal. Second, for counts, a total is no smaller
than its parts: over all sets of disjoint intervals inside [start, end), the largest sum is found
by weighted interval scheduling,

    best(i) = max(best(i - 1), value_i + best(last interval that ends by start_i)),

(J. Kleinberg and E. Tardos, Algorithm Design, 2006, section 6.1), and must not exceed the total.
Months that exceed their year are one case of it.

Real records do contradict themselves. A contradiction is an error until it is acknowledged: by the
word "contradicts" in the note of one of the rows, or by a difference in status, because a
preliminary figure may be replaced. An acknowledged one is a warning.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import date
from typing import Any

from tregua.record.problems import Problem
from tregua.record.schema import NOT_STATED, STATUSES, Case

__all__ = ["contradictions"]

Row = dict[str, Any]
Numbered = tuple[int, Row]

_FILE = "observations.csv"
_VALID = (
    "Correct it, or acknowledge it: write 'contradicts ...' in a note, or give the figure that was"
    " replaced the status preliminary."
)


def contradictions(rows: list[Row], lines: list[int], case: Case | None) -> list[Problem]:
    """Return the contradictions among observations; errors unless acknowledged.

    Parameters
    ----------
    rows
        Valid observations, as dictionaries by column.
    lines
        Line of each in its file.
    case
        Says which further units are counts.
    """
    groups: dict[tuple[str, ...], list[Numbered]] = defaultdict(list)
    for line, row in zip(lines, rows, strict=True):
        if row["status"] not in ("derived", "recalled") and row["agency"] != NOT_STATED:
            key = (row["series"], row["place"], row["agency"], row["unit"])
            groups[key].append((line, row))
    found: list[Problem] = []
    for (_, _, _, unit), group in groups.items():
        if len(group) > 1:
            found += _disagreements(group)
            if case is not None and case.is_count(unit):
                found += _small_totals(group)
    return found


def _disagreements(group: list[Numbered]) -> list[Problem]:
    """Figures of one agency for one interval that are not equal."""
    by_interval: dict[tuple[date, date], list[Numbered]] = defaultdict(list)
    for line, row in group:
        by_interval[row["start"], row["end"]].append((line, row))
    found = []
    for same in by_interval.values():
        values = {row["value"] for _, row in same}
        if len(values) > 1:
            line, row = same[-1]
            others = ", ".join(
                f"{other['value']:g} ({other['source']}, line {number})"
                for number, other in same
                if other["value"] != row["value"]
            )
            what = f"{_name(row)} has {row['value']:g} ({row['source']}) but also {others}."
            found.append(_problem(line, what, same))
    return found


def _small_totals(group: list[Numbered]) -> list[Problem]:
    """Totals that are smaller than disjoint parts of them."""
    best = sorted(_best_figures(group), key=lambda part: part[1]["start"])
    starts = [part[1]["start"] for part in best]
    found = []
    for total in group:
        line, row = total
        near = best[bisect_left(starts, row["start"]) : bisect_left(starts, row["end"])]
        chosen = _largest_disjoint([part for part in near if _is_inside(part[1], row)])
        added = sum(part["value"] for _, part in chosen)
        if added > row["value"]:
            listed = ", ".join(_part(part, number) for number, part in chosen[:6])
            more = f" and {len(chosen) - 6} more" if len(chosen) > 6 else ""
            what = (
                f"{_name(row)} has {row['value']:g} ({row['source']}), less than its parts, which"
                f" add to {added:g}: {listed}{more}."
            )
            found.append(_problem(line, what, [total, *chosen]))
    return found


def _is_inside(part: Row, total: Row) -> bool:
    """Whether an interval lies inside another and is not the same; a point is no part."""
    start, end = part["start"], part["end"]
    same = (start, end) == (total["start"], total["end"])
    return bool(total["start"] <= start < end <= total["end"] and not same)


def _best_figures(group: list[Numbered]) -> list[Numbered]:
    """One figure for each interval: the best status, then the smallest value."""
    best: dict[tuple[date, date], Numbered] = {}
    for line, row in group:
        key = (row["start"], row["end"])
        rank = (STATUSES.index(row["status"]), row["value"])
        if key not in best or rank < (
            STATUSES.index(best[key][1]["status"]),
            best[key][1]["value"],
        ):
            best[key] = (line, row)
    return list(best.values())


def _largest_disjoint(parts: list[Numbered]) -> list[Numbered]:
    """Return the disjoint intervals whose values add to the most."""
    parts = sorted(parts, key=lambda part: (part[1]["end"], part[1]["start"]))
    ends = [part[1]["end"] for part in parts]
    sums = [0.0]
    taken: list[tuple[bool, int]] = []
    for index, (_, row) in enumerate(parts):
        before = bisect_right(ends, row["start"], hi=index)
        with_it = row["value"] + sums[before]
        taken.append((with_it > sums[-1], before))
        sums.append(max(with_it, sums[-1]))
    chosen, index = [], len(parts)
    while index > 0:
        take, before = taken[index - 1]
        if take:
            chosen.append(parts[index - 1])
        index = before if take else index - 1
    return chosen[::-1]


def _problem(line: int, what: str, rows: list[Numbered]) -> Problem:
    acknowledged = any("contradict" in row["note"].lower() for _, row in rows)
    replaced = len({row["status"] for _, row in rows}) > 1
    if acknowledged or replaced:
        return Problem(_FILE, line, "value", what, "", "warning")
    return Problem(_FILE, line, "value", what, _VALID)


def _name(row: Row) -> str:
    place = "" if row["series"] == "" else f" in {row['place']}"
    return f"{row['agency']}, {row['series']}{place}, {_interval(row)}:"


def _interval(row: Row) -> str:
    return f"{row['start']} to {row['end']}" if row["end"] > row["start"] else f"{row['start']}"


def _part(row: Row, line: int) -> str:
    return f"{row['value']:g} for {_interval(row)} (line {line})"
