"""The marks that come with this version: the file that `tregua grade --out` wrote.

Pages and reports read this file and compute nothing.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

__all__ = ["SHIPPED", "shipped_marks", "shipped_provenance"]

SHIPPED = "grade.json"
"""Name of the file, beside this module."""


@cache
def _document() -> dict[str, Any]:
    file = resources.files(__package__) / SHIPPED
    if not file.is_file():
        raise ValueError("This installation ships no marks; run `tregua grade --out FOLDER`.")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def shipped_marks(table: str = "marks") -> pd.DataFrame:
    """A table of the shipped marks.

    Parameters
    ----------
    table
        marks, reputations, scenarios or left_out; columns as in `grade`.

    Raises
    ------
    ValueError
        If nothing is shipped, or no such table.
    """
    tables = _document()["tables"]
    if table not in tables:
        raise ValueError(f"No shipped table '{table}'. Known: {', '.join(tables)}.")
    frame = pd.DataFrame(tables[table])
    for name in frame.columns:
        if not frame[name].dropna().map(lambda value: isinstance(value, (str, bool))).any():
            frame[name] = pd.to_numeric(frame[name])
    return frame


def shipped_provenance() -> dict[str, Any]:
    """How the shipped marks were made: command, seed, worlds, digests, versions."""
    made: dict[str, Any] = _document()["provenance"]
    return made
