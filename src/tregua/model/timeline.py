"""Timelines: what a government does, fixed ahead, while the gangs reply.

A script tells what happened, on both sides. A strategy answers what it sees. A timeline stands
between the two: the government's stances are laid down by date before the run, as phases one after
another, and the gangs answer them by their own strategy. It serves to ask what an announced plan
would do, and how much of a result comes from the government's being able to react.

Phases begin and end with months. They follow each other without a gap or an overlap; only the last
may be open at its end.

    Timeline.of([("2012-03", "secret_pact"), ("2014-06", "mano_dura")])
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tregua.model.actor import Stance

__all__ = ["Phase", "Timeline"]

_FIRST, _LAST = np.datetime64("1900-01", "M"), np.datetime64("2200-01", "M")
_MOST_ENFORCEMENT = 50.0
_NOT_GIVEN = -1
_FIELDS = ("start", "end", "stance", "enforcement", "label")


@dataclass(frozen=True)
class Phase:
    """One stance from a month on.

    Attributes
    ----------
    start
        First month, datetime64[M], between 1900 and 2200.
    stance
        The government's stance.
    end
        First month after the phase; None for a phase that lasts.
    enforcement
        Arrest effort, ordinary policing being 1 (0 to 50); None for the stance's own.
    label
        What a reader is shown; empty for the stance's name.
    """

    start: np.datetime64
    stance: Stance
    end: np.datetime64 | None = None
    enforcement: float | None = None
    label: str = ""

    def problems(self) -> list[str]:
        """What is wrong with this phase, if anything."""
        found = []
        for name, month in (("start", self.start), ("end", self.end)):
            if month is not None and not _FIRST <= month <= _LAST:
                found.append(f"{name} {month} is not between {_FIRST} and {_LAST}")
        if self.end is not None and self.end <= self.start:
            found.append(f"ends in {self.end}, which is not after its start")
        if self.enforcement is not None and not 0.0 <= self.enforcement <= _MOST_ENFORCEMENT:
            found.append(f"enforcement {self.enforcement} is not between 0 and 50")
        return [f"phase of {self.start}: {problem}" for problem in found]


@dataclass(frozen=True)
class Timeline:
    """Stances of a government by date, fixed ahead of the run.

    Attributes
    ----------
    phases
        At least one; kept in the order of their dates, without gaps or overlaps.
    name
        Name by which the timeline is shown.
    """

    phases: tuple[Phase, ...]
    name: str = "timeline"

    def __post_init__(self) -> None:
        """Put the phases in order; refuse them with all their problems at once."""
        ordered = tuple(sorted(self.phases, key=lambda phase: phase.start))
        object.__setattr__(self, "phases", ordered)
        _refuse(self.name, _problems(ordered))

    @classmethod
    def of(
        cls,
        rows: Iterable[Sequence[Any] | Mapping[str, Any]],
        *,
        end: str | None = None,
        name: str = "timeline",
    ) -> Timeline:
        """A timeline from rows, each of which lasts until the next begins.

        Parameters
        ----------
        rows
            Rows (start, stance), (start, stance, enforcement) or (start, stance, enforcement,
            label), or mappings with the fields of `Phase`. A start is a month, `YYYY-MM` (also the
            first day of one); a stance its name or a member of `Stance`. A mapping may give its own
            end.
        end
            First month after the last phase; None leaves it open.
        name
            Name by which the timeline is shown.

        Raises
        ------
        ValueError
            If a date does not exist or is no month, a stance is unknown, an enforcement is no
            number from 0 to 50, nothing is given, or phases leave gaps or overlap. The message
            names every problem.

        Examples
        --------
        >>> plan = Timeline.of([("2012-03", "secret_pact"), ("2014-06", "mano_dura", 3.0)])
        >>> plan.stance_at(["2012-02", "2012-03", "2020-01"]).tolist()
        [-1, 2, 1]
        >>> plan.enforcement_at(["2012-03", "2020-01"]).tolist()
        [-1.0, 3.0]
        """
        problems: list[str] = []
        read = [_phase(row, number, problems) for number, row in enumerate(rows, 1)]
        phases = sorted((phase for phase in read if phase is not None), key=lambda b: b.start)
        last = None if end is None else _month(end, "the end", problems)
        whole = len(phases) == len(read)
        if whole:
            following = [phase.start for phase in phases[1:]]
            ends = [*following, last] if phases else []
            phases = [
                phase if phase.end is not None else Phase(**{**vars(phase), "end": until})
                for phase, until in zip(phases, ends, strict=True)
            ]
        # What can be said of the order is said only of rows that could all be read.
        checked = _problems(tuple(phases)) if whole else [p for b in phases for p in b.problems()]
        _refuse(name, problems + checked)
        return cls(tuple(phases), name)

    def stance_at(self, months: ArrayLike) -> NDArray[np.int64]:
        """Stance in each month.

        Parameters
        ----------
        months
            Months as datetime64, or texts `YYYY-MM`; any shape.

        Returns
        -------
        numpy.ndarray
            int64 of the same shape: numbers of `Stance`, or -1 where the timeline says nothing.
        """
        return self._at(months, [int(phase.stance) for phase in self.phases]).astype(np.int64)

    def enforcement_at(self, months: ArrayLike) -> NDArray[np.float64]:
        """Arrest effort in each month.

        Parameters
        ----------
        months
            As `stance_at` takes them.

        Returns
        -------
        numpy.ndarray
            float64 of the same shape: the effort, ordinary policing being 1, or -1 where it is the
            stance's own or the timeline says nothing.
        """
        own = float(_NOT_GIVEN)
        given = [own if b.enforcement is None else b.enforcement for b in self.phases]
        return self._at(months, given)

    def _at(self, months: ArrayLike, values: list[float]) -> NDArray[np.float64]:
        when = np.asarray(months, dtype="datetime64[M]")
        starts = np.array([phase.start for phase in self.phases])
        place = np.searchsorted(starts, when, side="right") - 1
        found = np.append(values, _NOT_GIVEN)[place].astype(np.float64)  # place -1: before all
        last = self.phases[-1].end
        if last is not None:
            found = np.where(when >= last, float(_NOT_GIVEN), found)
        return np.asarray(found)


def _refuse(name: str, problems: list[str]) -> None:
    if problems:
        raise ValueError(f"Timeline '{name}': " + "; ".join(problems) + ".")


def _problems(phases: tuple[Phase, ...]) -> list[str]:
    """What is wrong with phases in the order of their starts."""
    found = [problem for phase in phases for problem in phase.problems()]
    if not phases:
        found.append("at least one phase is needed")
    for before, after in pairwise(phases):
        if after.start == before.start:
            found.append(f"two phases begin in {after.start}")
        elif before.end is None:
            found.append(f"the phase of {before.start} has no end, yet another begins later")
        elif before.end > after.start:
            found.append(f"the phases of {before.start} and {after.start} overlap")
        elif before.end < after.start:
            found.append(f"nothing is said from {before.end} to {after.start}")
    return found


def _phase(
    row: Sequence[Any] | Mapping[str, Any], number: int, problems: list[str]
) -> Phase | None:
    """A row as a phase; None, with what is wrong told, for a row that cannot be read."""
    given = _fields(row, number, problems)
    if given is None:
        return None
    start = _month(given["start"], f"row {number}: start", problems)
    end = given.get("end")
    end = None if end is None else _month(end, f"row {number}: end", problems)
    stance = _stance(given["stance"], number, problems)
    enforcement = _effort(given.get("enforcement"), number, problems)
    if start is None or stance is None:
        return None
    return Phase(start, stance, end, enforcement, str(given.get("label") or ""))


def _fields(
    row: Sequence[Any] | Mapping[str, Any], number: int, problems: list[str]
) -> dict[str, Any] | None:
    if isinstance(row, Mapping):
        unknown = [str(name) for name in row if name not in _FIELDS]
        missing = [name for name in ("start", "stance") if name not in row]
        if not unknown and not missing:
            return dict(row)
        told = [f"has no {name}" for name in missing]
        told += [f"has an unknown field '{name}' (known: {', '.join(_FIELDS)})" for name in unknown]
        problems.append(f"row {number} " + " and ".join(told))
        return None
    if isinstance(row, str) or not isinstance(row, Sequence) or not 2 <= len(row) <= 4:
        problems.append(
            f"row {number} must be (start, stance), with an enforcement and a label if wanted, "
            f"not {row!r}"
        )
        return None
    return dict(zip(("start", "stance", "enforcement", "label"), row, strict=False))


def _month(given: Any, what: str, problems: list[str]) -> np.datetime64 | None:
    """A month from `YYYY-MM`, or from the first day of one."""
    text = str(given).removesuffix(" 00:00:00").removesuffix("T00:00:00")
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])(-01)?", text):
        return np.datetime64(text[:7], "M")
    problems.append(f"{what} must be a month that exists, as 2012-03, not {given!r}")
    return None


def _stance(given: Any, number: int, problems: list[str]) -> Stance | None:
    if isinstance(given, str):
        name = given.strip().upper().replace("-", "_").replace(" ", "_")
        if name in Stance.__members__:
            return Stance[name]
    elif not isinstance(given, bool) and isinstance(given, Integral) and given in list(Stance):
        return Stance(int(given))
    names = [member.name.lower() for member in Stance]
    near = difflib.get_close_matches(str(given).lower(), names, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    problems.append(f"row {number}: no stance {given!r}{hint}; known: {', '.join(names)}")
    return None


def _effort(given: Any, number: int, problems: list[str]) -> float | None:
    if given is None:
        return None
    try:
        return float(given)
    except (TypeError, ValueError):
        problems.append(f"row {number}: enforcement must be a number from 0 to 50, not {given!r}")
        return None
