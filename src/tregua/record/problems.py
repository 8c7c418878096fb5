"""A problem in a record: where it is, what is wrong with it and what would be right.

A person who typed five hundred rows wants every slip at once, with its line, not the first one
and then the next. So checks never stop at a problem; they collect it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["Problem", "RecordError", "Report", "nearest"]

Severity = Literal["error", "warning"]
_SHOWN = 50
_NAMED = 20


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong (error) or worth knowing (warning) in a case folder.

    Attributes
    ----------
    file
        Name of the file inside the case folder, such as `observations.csv`.
    line
        Line in that file, counted from 1; 0 where no single line is meant.
    column
        Column (CSV) or key (TOML); empty where no single one is meant.
    what
        What is wrong, with the value given.
    valid
        What would be valid; empty where nothing need be done.
    severity
        "error" (the record does not load) or "warning" (it loads, and says so).
    """

    file: str
    line: int
    column: str
    what: str
    valid: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = self.file + (f", line {self.line}" if self.line else "")
        place += f", {self.column}" if self.column else ""
        return f"{place}: {self.what}" + (f" {self.valid}" if self.valid else "")

    def to_dict(self) -> dict[str, str | int]:
        """Return the problem as a dictionary for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """All that `check` found in a case folder, in the order of files and lines.

    Attributes
    ----------
    problems
        Errors and warnings.
    rows
        Rows read, by file name.
    """

    problems: tuple[Problem, ...]
    rows: dict[str, int]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the record from loading."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems a reader should know of; the record loads."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def ok(self) -> bool:
        """True if the record loads."""
        return not self.errors


class RecordError(ValueError):
    """A record that cannot be loaded or a question it cannot answer.

    Attributes
    ----------
    problems
        Every problem found; empty where the message says it all.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"... and {len(self.problems) - _SHOWN} more.")
        super().__init__("\n  ".join([message, *lines]))


def nearest(given: str, known: Iterable[str], *, kind: str) -> str:
    """Return the sentence that helps after an unknown name.

    Examples
    --------
    >>> nearest("PCN", ["PNC", "IML"], kind="agencies")
    "Did you mean 'PNC'? Known agencies: IML, PNC."
    """
    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    match = difflib.get_close_matches(given.casefold(), list(folded), n=1, cutoff=0.5)
    hint = f"Did you mean '{folded[match[0]]}'? " if match else ""
    listed = ", ".join(names[:_NAMED])
    listed += f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{hint}Known {kind}: {listed or 'none'}."
