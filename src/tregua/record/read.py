"""Read a case folder whole: four files in, typed rows and every problem out.

Three passes, each of which goes on after a problem: cells (types, dates, numbers), rows (does the
interval end after it starts, is a count whole), and files together (does each source exist).
Contradictions between figures are the fourth pass, in `tregua.record.contradictions`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from tregua.record.contradictions import contradictions
from tregua.record.problems import Problem, nearest
from tregua.record.schema import COUNTS, UNITS, Case, EventRow, ObservationRow, SourceRow
from tregua.record.table import read_table, read_text

__all__ = ["FILES", "Folder", "read_folder"]

# The tables of a case and the type of their rows.
FILES: dict[str, Any] = {
    "observations.csv": ObservationRow,
    "events.csv": EventRow,
    "sources.csv": SourceRow,
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Folder:
    """A case folder as read: typed rows, the line of each, and what is wrong with them.

    A cell that could not be read is absent from its row.
    """

    case: Case | None
    toml: str
    rows: dict[str, list[Row]]
    lines: dict[str, list[int]]
    problems: list[Problem] = field(default_factory=list)


def columns_of(file: str) -> tuple[str, ...]:
    """Return the columns of a table of a case, in order."""
    return tuple(FILES[file].model_fields)


def read_folder(path: Path) -> Folder:
    """Read and check a case folder; no problem raises.

    Parameters
    ----------
    path
        Folder with case.toml, observations.csv, events.csv and sources.csv.
    """
    problems: list[Problem] = []
    toml = read_text(path / "case.toml", problems)
    case = None if toml is None else _read_case(toml, problems)
    rows: dict[str, list[Row]] = {}
    lines: dict[str, list[int]] = {}
    for file in FILES:
        table = read_table(path / file, columns_of(file), problems)
        raw = table.rows if table else []
        lines[file] = table.lines if table else []
        rows[file] = _typed(file, raw, lines[file], problems)
        if table is not None and not raw and file != "events.csv":
            problems.append(Problem(file, 1, "", "The file has no rows.", "Write at least one."))
    folder = Folder(case, toml or "", rows, lines, problems)
    _check_intervals(folder)
    _check_amounts(folder)
    _check_sources(folder)
    _check_duplicates(folder)
    if not any(p.file == "observations.csv" and p.severity == "error" for p in problems):
        problems.extend(contradictions(rows["observations.csv"], lines["observations.csv"], case))
    problems.sort()
    return folder


@cache
def _adapters(file: str) -> tuple[TypeAdapter[list[Any]], dict[str, TypeAdapter[Any]]]:
    """One validator for a whole table and one for each of its columns."""
    row = FILES[file]
    hints = get_type_hints(row, include_extras=True)
    columns = {name: TypeAdapter(hints[name]) for name in columns_of(file)}
    return TypeAdapter(list[row]), columns  # type: ignore[valid-type]  # a value, not a type


def _typed(
    file: str, raw: list[dict[str, str]], lines: list[int], problems: list[Problem]
) -> list[Row]:
    """Turn text into dates, numbers and booleans; a cell that fails is left out of its row."""
    whole, by_column = _adapters(file)
    try:
        return [dict(row) for row in whole.validate_python(raw)]
    except ValidationError as error:
        failed = set()
        for detail in error.errors():
            index, column = int(detail["loc"][0]), str(detail["loc"][1])
            failed.add((index, column))
            what, valid = _sentences(detail)
            problems.append(Problem(file, lines[index], column, what, valid))
    return [
        {
            column: by_column[column].validate_python(cell)
            for column, cell in row.items()
            if (index, column) not in failed
        }
        for index, row in enumerate(raw)
    ]


def _sentences(detail: Any) -> tuple[str, str]:
    """Say what pydantic found and what would be valid."""
    context = detail.get("ctx") or {}
    if detail["type"] == "record":
        return str(context["what"]), str(context["valid"])
    if detail["type"] == "missing":
        return "This key is missing.", "Write it."
    if detail["type"] == "extra_forbidden":
        return f"Unknown key '{detail['loc'][-1]}'.", "See the reference of the record's files."
    return f"{detail['input']!r}: {detail['msg']}.", ""


def _read_case(text: str, problems: list[Problem]) -> Case | None:
    """Read case.toml; None if it is not a case."""
    try:
        return Case.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        what = f"This is not TOML: {error}."
        problems.append(Problem("case.toml", line, "", what, "Strings need quotation marks."))
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join(str(part) for part in detail["loc"])
            what, valid = _sentences(detail)
            if detail["type"] == "extra_forbidden":
                valid = nearest(str(detail["loc"][-1]), _keys(detail["loc"]), kind="keys")
            line = _line_of(text, detail["loc"])
            problems.append(Problem("case.toml", line, key, what, valid))
    return None


def _keys(loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed where an unknown key was found."""
    model: Any = Case
    for part in loc[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            arguments = getattr(model.model_fields[part].annotation, "__args__", None)
            model = arguments[0] if arguments else model.model_fields[part].annotation
        if not hasattr(model, "model_fields"):
            return []
    return list(model.model_fields)


def _line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """Return the line of a key of a TOML text, or of its table; 0 if neither is found."""
    names = [part for part in loc if isinstance(part, str)]
    wanted = next((part for part in loc if isinstance(part, int)), 0)
    table, seen, fallback = "", Counter[str](), 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?", line)
        if header:
            table = header[1]
            seen[table] += 1
            if table == ".".join(names[: table.count(".") + 1]) and seen[table] == wanted + 1:
                fallback = number
        elif names and re.match(rf"\s*{re.escape(names[-1])}\s*=", line):
            inside = ".".join(names[:-1])
            if table == inside and (not table or seen[table] == wanted + 1):
                return number
        elif names and not table and re.match(rf"\s*{re.escape(names[0])}\s*=", line):
            fallback = number
    return fallback


def _check_intervals(folder: Folder) -> None:
    """An interval ends after it starts; a stock is a point."""
    for row, line in _numbered(folder, "observations.csv"):
        start, end = row.get("start"), row.get("end")
        if start and end and end < start:
            what = f"The end {end} is before the start {start}."
            valid = "Ends are half-open: the first day after the interval. A stock has end = start."
            folder.problems.append(Problem("observations.csv", line, "end", what, valid))
    for row, line in _numbered(folder, "events.csv"):
        start, end = row.get("date"), row.get("end")
        if start and end and end <= start:
            what = f"The end {end} is not after the date {start}."
            valid = "Ends are half-open: an event of one day ends on the next."
            folder.problems.append(Problem("events.csv", line, "end", what, valid))


def _check_amounts(folder: Folder) -> None:
    """A count is whole and not negative; its unit is known."""
    for row, line in _numbered(folder, "observations.csv"):
        unit, value = row.get("unit"), row.get("value")
        if unit is None:
            continue
        is_count = folder.case.is_count(unit) if folder.case else unit in COUNTS
        if is_count is None and folder.case:
            hint = nearest(unit, UNITS | set(folder.case.units), kind="units")
            what = f"Unknown unit '{unit}'."
            folder.problems.append(Problem("observations.csv", line, "unit", what, hint))
        if value is None or not is_count:
            continue
        if value < 0:
            what, valid = f"The count {value:g} is negative.", "A count is 0 or more."
            folder.problems.append(Problem("observations.csv", line, "value", what, valid))
        if value != int(value):
            what = f"The count {value:g} is not whole."
            valid = f"Things counted in '{unit}' are whole."
            folder.problems.append(Problem("observations.csv", line, "value", what, valid))


def _check_sources(folder: Folder) -> None:
    """Each source named exists, and what was recalled says so."""
    known = {row["id"]: row for row in folder.rows["sources.csv"] if "id" in row}
    for file in ("observations.csv", "events.csv"):
        for row, line in _numbered(folder, file):
            source = row.get("source")
            if source is None:
                continue
            if source not in known:
                what = f"Unknown source '{source}'."
                hint = nearest(source, known, kind="sources")
                folder.problems.append(Problem(file, line, "source", what, hint))
                continue
            recalled = known[source].get("seen_as", "").startswith("recalled")
            if recalled and row.get("status", "recalled") != "recalled":
                what = f"Source '{source}' was recalled, no page was seen."
                folder.problems.append(Problem(file, line, "status", what, "Write recalled."))
            if row.get("status") == "recalled" and row.get("verified"):
                what = "A recalled row cannot be verified."
                folder.problems.append(Problem(file, line, "verified", what, "Write no."))
    for key, source in _case_sources(folder.case):
        if source not in known:
            what = f"Unknown source '{source}'."
            hint = nearest(source, known, kind="sources")
            line = _line_of(folder.toml, key)
            name = ".".join(str(part) for part in key)
            folder.problems.append(Problem("case.toml", line, name, what, hint))


def _case_sources(case: Case | None) -> list[tuple[tuple[int | str, ...], str]]:
    """Return every source a case names, with the path of its key."""
    found: list[tuple[tuple[int | str, ...], str]] = []

    def walk(key: tuple[int | str, ...], value: Any) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                walk((*key, name), item)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                walk((*key, index), item)
        elif key[-1] in ("source", "population_source") and isinstance(value, str):
            found.append((key, value))

    walk((), case.model_dump() if case else {})
    return found


def _check_duplicates(folder: Folder) -> None:
    """Ids are unique, and no source says the same thing twice."""
    keys = {
        "sources.csv": ("id",),
        "observations.csv": (
            "series",
            "start",
            "end",
            "value",
            "unit",
            "place",
            "agency",
            "source",
        ),
        "events.csv": ("date", "end", "type", "actors", "description", "source"),
    }
    for file, columns in keys.items():
        first: dict[tuple[Any, ...], int] = {}
        for row, line in _numbered(folder, file):
            if any(column not in row for column in columns):
                continue
            key = tuple(row[column] for column in columns)
            if key in first:
                what = f"The row repeats line {first[key]}."
                column = "id" if file == "sources.csv" else ""
                if column:
                    what = f"The id '{row['id']}' is already on line {first[key]}."
                folder.problems.append(Problem(file, line, column, what, "Remove or rename one."))
            first.setdefault(key, line)


def _numbered(folder: Folder, file: str) -> list[tuple[Row, int]]:
    return list(zip(folder.rows[file], folder.lines[file], strict=True))
