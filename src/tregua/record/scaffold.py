"""Start a case of one's own from a small synthetic one.

The example holds one row of each kind (day, month, quarter, year, rival agency, early and revised
figure, stock, poll, recalled row), each labelled synthetic, so that one learns the format by
replacing it.
"""

from __future__ import annotations

import re
from pathlib import Path

from tregua.record.problems import RecordError

__all__ = ["new_case"]

_TEMPLATE = Path(__file__).parent / "template"
_FILES = ("case.toml", "observations.csv", "events.csv", "sources.csv")


def new_case(path: str | Path) -> Path:
    """Write a case folder that passes `check`, to be filled with a record of one's own.

    Parameters
    ----------
    path
        Folder to make; its name becomes the name of the case. It may exist if it is empty.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    RecordError
        If something is there already.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RecordError(f"'{path}' is not empty. Name a new folder; nothing was written.")
    path.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-") or "my-case"
    for file in _FILES:
        text = (_TEMPLATE / file).read_text(encoding="utf-8")
        if file == "case.toml":
            text = text.replace('name = "my-case"', f'name = "{name}"')
        (path / file).write_text(text, encoding="utf-8", newline="\n")
    return path
