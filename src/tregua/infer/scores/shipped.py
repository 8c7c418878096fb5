"""The scores that come with this version: the file that `tregua score --out` wrote.

Pages and reports read this file and compute nothing. It holds scores on synthetic worlds and on the
embedded record only; what other people's series say is never shipped.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

__all__ = ["SHIPPED", "shipped", "shipped_names", "shipped_provenance", "shipped_targets"]

SHIPPED = "shipped.json"
"""Name of the file, beside this module."""


@cache
def _document() -> dict[str, Any]:
    file = resources.files(__package__) / SHIPPED
    if not file.is_file():
        raise ValueError("This installation ships no scores; run `tregua score --out FOLDER`.")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def shipped(score: str, table: str) -> pd.DataFrame:
    """One table of the shipped scores.

    Parameters
    ----------
    score
        Name of a score, such as "planted".
    table
        Name of one of its tables.

    Returns
    -------
    DataFrame
        Dates are texts, missing numbers NaN.

    Raises
    ------
    ValueError
        If nothing is shipped, or no such table.
    """
    scores = _document()["scores"]
    if table not in scores.get(score, {}):
        known = [f"{name}: {', '.join(tables)}" for name, tables in scores.items()]
        raise ValueError(f"No shipped table '{table}' of '{score}'. Known: {'; '.join(known)}.")
    frame = pd.DataFrame(scores[score][table])
    for name in frame.columns:
        if frame[name].dropna().map(_is_number).all():
            frame[name] = pd.to_numeric(frame[name])
    return frame


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shipped_names() -> dict[str, list[str]]:
    """Names of the shipped tables, by score."""
    return {name: list(tables) for name, tables in _document()["scores"].items()}


def shipped_provenance() -> dict[str, Any]:
    """How the shipped scores were made: command, seed, worlds, digests, versions."""
    made: dict[str, Any] = _document()["provenance"]
    return made


def shipped_targets() -> pd.DataFrame:
    """All targets of the shipped scores, met and missed, in one table."""
    scores = _document()["scores"]
    frames = [shipped(name, "targets") for name, tables in scores.items() if "targets" in tables]
    return pd.concat(frames, ignore_index=True)
