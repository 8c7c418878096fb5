"""Read a CSV file so that every slip in it is found, with its line.

RFC 4180 says what a CSV file is; files from spreadsheets say otherwise. What is read here is
UTF-8 (a byte-order mark is accepted), commas, one header. Everything else is named: another
encoding, semicolons, a header written twice, an open quotation mark, a short row.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from tregua.record.problems import Problem, nearest

__all__ = ["Table", "read_table", "read_text"]

_LARGEST = 50 * 1024 * 1024  # bytes; a record is written by hand and does not reach this


@dataclass(frozen=True)
class Table:
    """Cells of a CSV file as text, and the line on which each row starts."""

    rows: list[dict[str, str]]
    lines: list[int]


def read_text(file: Path, problems: list[Problem]) -> str | None:
    """Return the text of a UTF-8 file, or None with the reason among `problems`."""
    name = file.name
    if not file.is_file():
        problems.append(Problem(name, 0, "", "The file is missing.", _FOUR))
        return None
    size = file.stat().st_size
    if size > _LARGEST:
        what = f"The file has {size / 2**20:.0f} MiB."
        problems.append(Problem(name, 0, "", what, "A record is at most 50 MiB."))
        return None
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        line = content.count(b"\n", 0, start) + 1
        what = f"Byte 0x{content[start]:02x} at position {start} is not UTF-8."
        problems.append(Problem(name, line, "", what, "Save the file as UTF-8."))
        return None


_FOUR = "A case has case.toml, observations.csv, events.csv and sources.csv."


def read_table(file: Path, columns: tuple[str, ...], problems: list[Problem]) -> Table | None:
    """Read a CSV file with exactly `columns`, in that order.

    Parameters
    ----------
    file
        Where it is.
    columns
        The header it must have.
    problems
        List to which every problem is added.

    Returns
    -------
    Table or None
        The rows whose shape is right; None if the file cannot be read as a table at all.
    """
    text = read_text(file, problems)
    if text is None:
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problems.append(Problem(file.name, line, "", "The line holds a null byte.", "Remove it."))
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = Table([], [])
    header: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if not _header_is_right(file.name, line, header, columns, problems):
                    return None
                continue
            _take(file.name, line, [cell.strip() for cell in cells], header, table, problems)
    except csv.Error as error:
        what = f"The file breaks off or a quotation mark is wrong here: {error}."
        problems.append(Problem(file.name, start, "", what, "Close every quotation mark."))
    if header is None:
        what = "The file is empty."
        problems.append(Problem(file.name, 1, "", what, f"Its header is {','.join(columns)}."))
        return None
    return table


def _header_is_right(
    name: str, line: int, header: list[str], columns: tuple[str, ...], problems: list[Problem]
) -> bool:
    """Say what is wrong with a header; True if nothing is."""
    valid = f"The header is {','.join(columns)}."
    if tuple(header) == columns:
        return True
    before = len(problems)
    if len(header) == 1 and ";" in header[0]:
        what = "The columns are separated by semicolons."
        problems.append(Problem(name, line, "", what, "Separate them by commas."))
        return False
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            what = f"Column '{column}' is there twice."
            problems.append(Problem(name, line, column, what, valid))
        if column not in columns:
            hint = nearest(column, columns, kind="columns")
            problems.append(Problem(name, line, column, f"Unknown column '{column}'.", hint))
    problems.extend(
        Problem(name, line, column, f"Column '{column}' is missing.", valid)
        for column in columns
        if column not in header
    )
    if len(problems) == before:
        problems.append(Problem(name, line, "", "The columns are in another order.", valid))
    return False


def _take(
    name: str,
    line: int,
    cells: list[str],
    header: list[str],
    table: Table,
    problems: list[Problem],
) -> None:
    """Add a row to the table, or say why it is not one."""
    if cells == header:
        problems.append(Problem(name, line, "", "The header is repeated here.", "Remove the line."))
    elif len(cells) != len(header):
        what = f"The row has {len(cells)} cells."
        valid = f"It must have {len(header)}; quote a cell that holds a comma."
        problems.append(Problem(name, line, "", what, valid))
    else:
        table.rows.append(dict(zip(header, cells, strict=True)))
        table.lines.append(line)
