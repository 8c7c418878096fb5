"""Load a case: by name if it comes with tregua, from a folder if it is one's own.

Nothing is repaired on the way in. A folder with an error does not load, and the message holds
all its errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tregua.provenance import digest_of
from tregua.record.problems import Problem, RecordError, Report, nearest
from tregua.record.read import FILES, Folder, columns_of, read_folder
from tregua.record.record import Record

__all__ = ["cases", "check", "load"]

_CASES = Path(__file__).parent / "cases"
_DATES = ("start", "end")


def cases() -> tuple[str, ...]:
    """Return the names of the cases that come with tregua.

    Examples
    --------
    >>> cases()
    ('el-salvador',)
    """
    return tuple(sorted(folder.parent.name for folder in _CASES.glob("*/case.toml")))


def load(case: str | Path) -> Record:
    """Load the record of a case.

    Parameters
    ----------
    case
        Name of a case that comes with tregua (`cases()`), or the path of a case folder.

    Raises
    ------
    RecordError
        If there is no such case (the message names the nearest), or if its folder holds errors
        (the message holds them all).

    Examples
    --------
    >>> from tregua import record
    >>> record.load("el-salvador").case.country
    'El Salvador'
    """
    path = find(case)
    folder = read_folder(path)
    errors = [problem for problem in folder.problems if problem.severity == "error"]
    if errors or folder.case is None:
        noun = "problem" if len(errors) == 1 else "problems"
        raise RecordError(f"The case in {path} has {len(errors)} {noun}:", errors)
    frames = {file: _frame(file, folder) for file in FILES}
    return Record(
        case=folder.case,
        observations=frames["observations.csv"],
        events=frames["events.csv"],
        sources=frames["sources.csv"],
        digest=digest_of(folder.case.model_dump(mode="json"), *_rows(folder)),
    )


def check(path: str | Path) -> Report:
    """Check a case folder and return every problem of it at once.

    Parameters
    ----------
    path
        A case folder, or the name of a case that comes with tregua.

    Returns
    -------
    Report
        Errors and warnings with file, line and column.

    Raises
    ------
    RecordError
        If there is no such folder.
    """
    folder = read_folder(find(path))
    rows = {file: len(rows) for file, rows in folder.rows.items()}
    problems: tuple[Problem, ...] = tuple(folder.problems)
    return Report(problems, rows)


def find(case: str | Path) -> Path:
    """Return the folder of a case; a name of an embedded case comes before a path."""
    embedded = _CASES / str(case)
    if str(case) in cases():
        return embedded
    path = Path(case)
    if path.is_dir():
        return path
    if path.exists():
        raise RecordError(f"'{case}' is a file; a case is a folder. {_FOUR}")
    hint = nearest(str(case), cases(), kind="cases")
    raise RecordError(f"No case named '{case}', and no folder of that path. {hint}")


_FOUR = "It holds case.toml, observations.csv, events.csv and sources.csv."


def _frame(file: str, folder: Folder) -> pd.DataFrame:
    """Return the rows of a table as a frame with typed columns, in the order of the file."""
    rows = folder.rows[file]
    columns: dict[str, Any] = {}
    for name in columns_of(file):
        values = [row[name] for row in rows]
        if name in _DATES or (file == "events.csv" and name == "date"):
            columns[name] = pd.array(values, dtype="datetime64[us]")
        elif name == "value":
            columns[name] = pd.array(values, dtype="float64")
        elif name == "verified":
            columns[name] = pd.array(values, dtype="bool")
        else:
            columns[name] = pd.array(values, dtype="str")
    return pd.DataFrame(columns)


def _rows(folder: Folder) -> list[list[list[Any]]]:
    """Return all cells in a fixed order, for the digest."""
    return [[list(row.values()) for row in folder.rows[file]] for file in FILES]
