"""What is wrong with a scenario, all of it at once: where, what, and what would be right.

The same checks serve a file that somebody typed, a request that a page sent, and a scenario made in
Python, so that the three can never disagree on what is a scenario. A check does not stop at a
problem: it collects it and goes on, and what depends on a part that could not be read is left out.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from tregua.decide.strategies import GANG_STRATEGIES
from tregua.model import MECHANISMS, History, Parameter
from tregua.record import Record

if TYPE_CHECKING:
    from tregua.decide.scenario import Scenario

__all__ = [
    "LANES",
    "MOST_BLOCKS",
    "MOST_WORLDS_OF_SCENARIO",
    "MOST_YEARS",
    "SOURCES",
    "ScenarioError",
    "ScenarioProblem",
    "acting_parameters",
    "check_against",
    "check_block_alone",
    "check_scenario",
    "range_of",
]

LANES = ("pact", "crackdown", "exception", "reform")
"""Lanes of a timeline: what a government may do for a while."""

SOURCES = ("posterior", "prior")
"""Where the worlds of a scenario may come from."""

MOST_BLOCKS = 40
"""Blocks of a plan at most."""

MOST_YEARS = 30
"""Years of a run at most."""

MOST_WORLDS_OF_SCENARIO = 100_000
"""Worlds of a scenario at most; a server may allow fewer."""


_MOST_SEED = 2**53 - 1  # a whole number that every reader of JSON holds exactly
_EFFORT = (1.0, 50.0)
_LONGEST_NAME = 80
_MOST_PROBLEMS = 100
_FIRST_MONTH, _LAST_MONTH = "1900-01", "2199-12"
_AT_START = ("members_at_start", "gang_prisoners_at_start", "ordinary_prisoners_at_start")
_NO = object()  # a value that could not be read

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class ScenarioProblem:
    """One thing wrong with a scenario.

    Attributes
    ----------
    place
        The way to it: names of fields, and numbers of blocks counted from 0.
    what
        What is wrong, with the value given.
    valid
        What would be valid, and the nearest match of a misspelt name.
    """

    place: Place
    what: str
    valid: str

    @property
    def where(self) -> str:
        """The way in words, blocks counted from 1: `block 2, start`."""
        parts: list[str] = []
        for part in self.place:
            if isinstance(part, int):
                parts[-1:] = [f"block {part + 1}"]
            else:
                parts.append(part)
        return ", ".join(parts)

    def __str__(self) -> str:
        """The problem on one line."""
        place = f"{self.where}: " if self.place else ""
        return f"{place}{self.what} {self.valid}".rstrip()


class ScenarioError(ValueError):
    """A scenario that cannot be used, with every problem of it.

    Attributes
    ----------
    problems
        What is wrong, in the order of the scenario.
    """

    def __init__(self, problems: Iterable[ScenarioProblem], source: str = "The scenario") -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{source} has {count} problem{'s' if count > 1 else ''}:{lines}")


def acting_parameters(
    mechanisms: Iterable[str] = (),
) -> tuple[Parameter, ...]:
    """Parameters that an assumption may set: those that act after the origin.

    Parameters
    ----------
    mechanisms
        Optional mechanisms that are on; parameters of others are left out.
    """
    return tuple(p for p in Parameter if not _idle(p, tuple(mechanisms)))


def _idle(parameter: Parameter, mechanisms: tuple[str, ...]) -> str:
    """Why a parameter changes nothing after the origin; empty if it may."""
    if parameter.name in _AT_START:
        return "acts at the start of the worlds only, before any origin."
    owner = parameter.meaning.partition(":")[0]
    if owner in MECHANISMS and owner not in mechanisms:
        return f"belongs to the mechanism '{owner}', which is off."
    return ""


def check_scenario(raw: Any) -> tuple[dict[str, Any], list[ScenarioProblem]]:
    """A scenario in plain values, and every problem of it.

    Parameters
    ----------
    raw
        What was given: a mapping, as from JSON or TOML.

    Returns
    -------
    tuple
        The fields that could be read, in plain types, and the problems; the fields are a scenario
        only if there is no problem.
    """
    if not isinstance(raw, Mapping):
        return {}, [ScenarioProblem((), f"This is no scenario but {_shown(raw)}.", "Give fields.")]
    problems = _Problems()
    _refuse_unknown(raw, tuple(_FIELDS), (), problems)
    clean: dict[str, Any] = {}
    for name, check in _FIELDS.items():
        if name in raw:
            value = check(raw[name], (name,), problems)
            if value is not _NO:
                clean[name] = value
    if "origin" not in raw:
        problems.add(("origin",), "There is no origin.", "Give a month, such as '2019-06'.")
    _check_blocks_together(clean, problems)
    _check_acting(clean, problems)
    return clean, problems.found[:_MOST_PROBLEMS]


class _Problems:
    """A list that grows."""

    def __init__(self) -> None:
        self.found: list[ScenarioProblem] = []

    def add(self, place: Place, what: str, valid: str) -> Any:
        """Keep a problem; returns the mark of a value that could not be read."""
        self.found.append(ScenarioProblem(place, what, valid))
        return _NO


def _shown(value: Any) -> str:
    """A value as a message quotes it: short, on one line."""
    if isinstance(value, (Mapping, list, tuple)):
        return f"{'a table' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, (date, float)) else _quoted(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _quoted(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**18:
        return f"a number of {len(hex(value)) - 2} hexadecimal digits"
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text.replace("\n", " ")


def _near(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name[:100], list(known), n=1)
    return f"Did you mean '{found[0]}'? " if found else ""


def _refuse_unknown(
    raw: Mapping[Any, Any], known: tuple[str, ...], place: Place, problems: _Problems
) -> None:
    for name in list(raw)[:_MOST_PROBLEMS]:
        if name not in known:
            hint = _near(str(name), known)
            problems.add(
                (*place, _shortened(str(name))),
                "Not known here.",
                f"{hint}Known: {', '.join(known)}.",
            )


def _shortened(name: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 40 else plain[:37] + "..."


# -- Fields ----------------------------------------------------------------------------------------


def _month(value: Any, place: Place, problems: _Problems) -> Any:
    if isinstance(value, datetime) or (isinstance(value, date) and value.day != 1):
        return problems.add(place, f"{value} is no month.", "Give a month, such as '2019-06'.")
    text = f"{value:%Y-%m}" if isinstance(value, date) else value
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        return problems.add(
            place, f"{_shown(value)} is no month that exists.", "Give one, such as '2019-06'."
        )
    if not _FIRST_MONTH <= text <= _LAST_MONTH:
        return problems.add(place, f"{text} is too far.", f"{_FIRST_MONTH} to {_LAST_MONTH}.")
    return text


def _number(
    value: Any, low: float, high: float, place: Place, problems: _Problems, unit: str = ""
) -> Any:
    valid = f"Give a number from {low:g} to {high:g}{unit}."
    if isinstance(value, bool) or not isinstance(value, Real):
        return problems.add(place, f"{_shown(value)} is no number.", valid)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not low <= number <= high:  # also of NaN
        return problems.add(place, f"{_shown(value)} is out of range.", valid)
    return number + 0.0  # -0 is 0


def _whole(low: int, high: int, what: str) -> Check:
    def check(value: Any, place: Place, problems: _Problems) -> Any:
        valid = f"Give a whole number of {what} from {low:,} to {high:,}."
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, Integral):
            return problems.add(place, f"{_shown(value)} is no whole number.", valid)
        if not low <= int(value) <= high:
            return problems.add(place, f"{_shown(int(value))} is out of range.", valid)
        return int(value)

    return check


def _years(value: Any, place: Place, problems: _Problems) -> Any:
    number = _number(value, 1 / 12, MOST_YEARS, place, problems, " years")
    if number is _NO:
        return _NO
    months = round(12 * number)
    if abs(12 * number - months) > 1e-6:
        return problems.add(
            place, f"{number:g} years are no whole number of months.", "1.5 is 18 months."
        )
    return months / 12


def _choice(known: Iterable[str]) -> Check:
    names = tuple(known)

    def check(value: Any, place: Place, problems: _Problems) -> Any:
        if isinstance(value, str) and value in names:
            return value
        hint = _near(value, names) if isinstance(value, str) else ""
        return problems.add(
            place, f"{_shown(value)} is not known.", f"{hint}Known: {', '.join(names)}."
        )

    return check


def _case(value: Any, place: Place, problems: _Problems) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        return value
    return problems.add(
        place,
        f"{_shown(value)} is no name of a case.",
        "Give small letters, digits and hyphens, such as 'el-salvador'.",
    )


def _name(value: Any, place: Place, problems: _Problems) -> Any:
    valid = f"Give a text of at most {_LONGEST_NAME} letters on one line."
    if not isinstance(value, str):
        return problems.add(place, f"{_shown(value)} is no text.", valid)
    if len(value) > _LONGEST_NAME:
        return problems.add(place, f"The name has {len(value)} letters.", valid)
    if any(unicodedata.category(letter)[0] in "CZ" and letter != " " for letter in value):
        return problems.add(place, "The name holds letters that cannot be printed.", valid)
    return value.strip()


def _assumptions(value: Any, place: Place, problems: _Problems) -> Any:
    if not isinstance(value, Mapping):
        return problems.add(
            place,
            f"{_shown(value)} is no table.",
            "Give parameters and values: return_share = 0.3.",
        )
    found = {}
    for name in list(value)[:_MOST_PROBLEMS]:
        at = (*place, _shortened(str(name)))
        if name not in Parameter.__members__:
            hint = _near(str(name), Parameter.__members__)
            problems.add(
                at, "No parameter has this name.", f"{hint}The manual lists them under parameters."
            )
            continue
        number = _value(Parameter[name], value[name], at, problems)
        if number is not _NO:
            found[str(name)] = number
    return dict(sorted(found.items()))


def _value(parameter: Parameter, value: Any, place: Place, problems: _Problems) -> Any:
    return _number(value, *range_of(parameter), place, problems, f" ({parameter.unit})")


def range_of(parameter: Parameter) -> tuple[float, float]:
    """Least and greatest value that an assumption may set.

    A share lies within 0 and 1. What is positive may be 20 times the 95 % quantile of its prior;
    where the model divides by it, a hundredth of the 5 % quantile at least; what may be negative
    lies within 10 widths of its prior's range.

    Parameters
    ----------
    parameter
        The parameter.
    """
    if parameter.support == "share":
        return 0.0, 1.0
    if parameter.support == "real":
        width = 10.0 * (parameter.high - parameter.low)
        return parameter.low - width, parameter.high + width
    return (parameter.low / 100.0 if parameter.divides else 0.0), 20.0 * parameter.high


def _mechanisms(value: Any, place: Place, problems: _Problems) -> Any:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        return problems.add(place, f"{_shown(value)} is no list.", 'Give names: ["fringe"].')
    check = _choice(MECHANISMS)
    found = [check(name, place, problems) for name in value[:_MOST_PROBLEMS]]
    named = {name for name in found if name is not _NO}
    return tuple(name for name in MECHANISMS if name in named)


# -- Blocks ----------------------------------------------------------------------------------------


def _blocks(value: Any, place: Place, problems: _Problems) -> Any:
    if not isinstance(value, (list, tuple)):
        return problems.add(place, f"{_shown(value)} is no list.", "Give one entry for each block.")
    if len(value) > MOST_BLOCKS:
        problems.add(place, f"{len(value)} blocks are too many.", f"At most {MOST_BLOCKS}.")
    return tuple(
        check_block(block, (*place, number), problems)
        for number, block in enumerate(value[:MOST_BLOCKS])
    )


def check_block_alone(raw: Any) -> tuple[dict[str, Any], list[ScenarioProblem]]:
    """The fields of a block that stands alone, and what is wrong with it.

    Parameters
    ----------
    raw
        What was given.
    """
    problems = _Problems()
    clean = check_block(raw, (), problems)
    return clean, problems.found


def check_block(raw: Any, place: Place, problems: _Problems) -> dict[str, Any]:
    """The fields of one block that could be read; what is wrong goes to `problems`."""
    if hasattr(raw, "model_dump"):
        raw = raw.model_dump()
    if not isinstance(raw, Mapping):
        problems.add(place, f"{_shown(raw)} is no block.", "Give lane, start and end.")
        return {}
    _refuse_unknown(raw, ("lane", "start", "end", "open", "effort"), place, problems)
    clean: dict[str, Any] = {}
    for name, check in (("lane", _choice(LANES)), ("start", _month), ("end", _month)):
        given = raw.get(name)
        if given is None and name != "end":
            valid = f"One of {', '.join(LANES)}." if name == "lane" else "Give a month."
            problems.add((*place, name), "Missing.", valid)
        elif given is not None:
            value = check(given, (*place, name), problems)
            if value is not _NO:
                clean[name] = value
    _check_open(raw, clean, place, problems)
    _check_effort(raw, clean, place, problems)
    start, end = clean.get("start"), clean.get("end")
    if start is not None and end is not None and end <= start:
        problems.add((*place, "end"), f"It ends in {end}, its start is {start}.", "Later, or none.")
    return clean


def _check_open(
    raw: Mapping[str, Any], clean: dict[str, Any], place: Place, problems: _Problems
) -> None:
    given, lane = raw.get("open"), clean.get("lane")
    if given is None:
        return
    if not isinstance(given, bool):
        problems.add((*place, "open"), f"{_shown(given)} is neither.", "Give true or false.")
    elif given and lane not in ("pact", None):
        problems.add((*place, "open"), f"A {lane} is not open or secret.", "Only a pact is.")
    else:
        clean["open"] = given


def _check_effort(
    raw: Mapping[str, Any], clean: dict[str, Any], place: Place, problems: _Problems
) -> None:
    given, lane = raw.get("effort"), clean.get("lane")
    if given is None:
        return
    if lane in ("pact", "reform"):
        problems.add(
            (*place, "effort"),
            f"The model gives a {lane} no effort of its own: policing is ordinary in it.",
            "Leave it out, or lay a crackdown beside the pact."
            if lane == "pact"
            else "Leave it out.",
        )
        return
    number = _number(given, *_EFFORT, (*place, "effort"), problems, ", ordinary policing being 1")
    if number is not _NO:
        clean["effort"] = number


# -- What only the whole can tell ------------------------------------------------------------------


def _check_blocks_together(clean: dict[str, Any], problems: _Problems) -> None:
    blocks = [
        (number, block) for number, block in enumerate(clean.get("blocks", ())) if "start" in block
    ]
    origin = clean.get("origin")
    for number, block in blocks:
        if origin is not None and block["start"] < origin:
            problems.add(
                ("blocks", number, "start"),
                f"{block['start']} is before the origin, {origin}: that is history.",
                f"{origin} or later, or an earlier origin.",
            )
    for lane in LANES:
        own = sorted(
            (block["start"], number) for number, block in blocks if block.get("lane") == lane
        )
        for (_, before), (start, after) in pairwise(own):
            end = clean["blocks"][before].get("end")
            if end is None or end > start:
                problems.add(
                    ("blocks", after, "start"),
                    f"Two blocks of the lane '{lane}' overlap: this one and block {before + 1}.",
                    f"End block {before + 1} by {start}, or begin this one later.",
                )


def _check_acting(clean: dict[str, Any], problems: _Problems) -> None:
    mechanisms = clean.get("mechanisms", ())
    for name in clean.get("assumptions", {}):
        idle = _idle(Parameter[name], mechanisms)
        if idle:
            problems.add(
                ("assumptions", name),
                f"This would change nothing: it {idle}",
                "Leave it out, or switch the mechanism on." if "mech" in idle else "Leave it out.",
            )


Check = Callable[[Any, Place, _Problems], Any]

_FIELDS: dict[str, Check] = {
    "case": _case,
    "origin": _month,
    "years": _years,
    "worlds": _whole(1, MOST_WORLDS_OF_SCENARIO, "worlds"),
    "seed": _whole(0, _MOST_SEED, "the seed"),
    "worlds_from": _choice(SOURCES),
    "blocks": _blocks,
    "reply": _choice(GANG_STRATEGIES),
    "assumptions": _assumptions,
    "mechanisms": _mechanisms,
    "name": _name,
}


def check_against(scenario: Scenario, known: Record, history: History) -> None:
    """Refuse a scenario that does not fit the case in which it is to be run.

    Parameters
    ----------
    scenario
        The scenario.
    known, history
        The case and its past.

    Raises
    ------
    ScenarioError
        If it is of another case, or its origin lies outside what is known of this one.
    """
    problems = _Problems()
    if scenario.case != known.case.name:
        problems.add(
            ("case",), f"'{scenario.case}' is not this case.", f"Give '{known.case.name}'."
        )
    last = f"{known.case.last:%Y-%m}"
    if not history.start < scenario.origin <= last:
        problems.add(
            ("origin",),
            f"{scenario.origin} is outside the record.",
            f"After {history.start}, when worlds begin, and {last} at the latest.",
        )
    if problems.found:
        raise ScenarioError(problems.found)
