"""Take a record elsewhere: CSV, Parquet, JSON, or a Frictionless data package.

Each format holds the whole record. CSV is the case folder itself, so that what is exported loads
again to the same digest. A data package (specs.frictionlessdata.io, version 1) is that folder and
a description of every column, for programs that have never heard of tregua.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from tregua.record.problems import RecordError, nearest
from tregua.record.record import Record
from tregua.record.schema import LANES, STATUSES, Case

__all__ = ["FORMATS", "export"]

FORMATS = ("csv", "parquet", "json", "datapackage")
"""Formats that `export` writes."""

_TABLES = ("observations", "events", "sources")
_DATES = {("observations", "start"), ("observations", "end"), ("events", "date"), ("events", "end")}


def export(
    record: Record,
    path: str | Path,
    format: str = "csv",  # noqa: A002  # the word its users expect
    *,
    overwrite: bool = False,
) -> Path:
    """Write a whole record.

    Parameters
    ----------
    record
        What to write.
    path
        A folder (csv, parquet, datapackage) or a file (json, or csv with the ending .zip).
    format
        "csv", "parquet", "json" or "datapackage".
    overwrite
        Write over a file, or into a folder, that holds something already.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    RecordError
        If the format is unknown or the place is taken.
    """
    path = Path(path)
    if format not in FORMATS:
        raise RecordError(f"No format '{format}'. {nearest(format, FORMATS, kind='formats')}")
    if format == "json" and path.is_dir():
        path /= f"{record.case.name}.json"
    taken = any(path.iterdir()) if path.is_dir() else path.exists()
    if taken and not overwrite:
        raise RecordError(f"'{path}' is already there. Name another place or ask to overwrite.")
    files = {
        "csv": _csv_files,
        "parquet": _parquet_files,
        "json": _json_files,
        "datapackage": _package_files,
    }[format](record)
    single = format == "json" or path.suffix.lower() == ".zip"
    (path.parent if single else path).mkdir(parents=True, exist_ok=True)
    if format == "json":
        path.write_bytes(next(iter(files.values())))
    elif single:
        path.write_bytes(_zipped(files))
    else:
        for name, content in files.items():
            (path / name).write_bytes(content)
    return path


def _frames(record: Record) -> dict[str, pd.DataFrame]:
    return {name: getattr(record, name) for name in _TABLES}


def _cells(table: str, frame: pd.DataFrame) -> list[list[str]]:
    """Return the cells of a table as the text of a case's CSV."""
    columns = []
    for name in frame.columns:
        values = frame[name]
        if (table, name) in _DATES:
            columns.append(values.dt.strftime("%Y-%m-%d").tolist())
        elif name == "value":
            columns.append([_number(value) for value in values.tolist()])
        elif name == "verified":
            columns.append(["yes" if value else "no" for value in values.tolist()])
        else:
            columns.append([str(value) for value in values.tolist()])
    return [list(row) for row in zip(*columns, strict=True)]


def _number(value: float) -> str:
    """Return the shortest text that reads back as the same number; whole numbers without .0."""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _csv_files(record: Record) -> dict[str, bytes]:
    files = {"case.toml": to_toml(record.case).encode()}
    for name, frame in _frames(record).items():
        text = io.StringIO(newline="")
        plain = csv.writer(text, lineterminator="\n")
        quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        plain.writerow(frame.columns)
        for row in _cells(name, frame):
            # Python's writer leaves a bare carriage return unquoted; a reader ends the row there.
            (quoting if any("\r" in cell for cell in row) else plain).writerow(row)
        files[f"{name}.csv"] = text.getvalue().encode()
    return files


def _parquet_files(record: Record) -> dict[str, bytes]:
    files = {"case.toml": to_toml(record.case).encode()}
    for name, frame in _frames(record).items():
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        files[f"{name}.parquet"] = buffer.getvalue()
    return files


def _json_files(record: Record) -> dict[str, bytes]:
    document: dict[str, Any] = {
        "digest": record.digest,
        "case": record.case.model_dump(mode="json"),
    }
    for name, frame in _frames(record).items():
        plain = frame.copy()
        for column in plain.columns:
            if (name, column) in _DATES:
                plain[column] = plain[column].dt.strftime("%Y-%m-%d")
        document[name] = plain.to_dict(orient="records")
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return {"record.json": text.encode() + b"\n"}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive that is the same, byte for byte, whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


# What each column holds, for the data package: type and description.
_FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "observations": {
        "series": ("string", "What was counted or measured."),
        "start": ("date", "First day of the interval; the date of a stock."),
        "end": ("date", "First day after the interval; equal to the start for a stock."),
        "value": ("number", "The figure."),
        "unit": ("string", "Unit of the figure."),
        "place": ("string", "Where."),
        "agency": ("string", "Who counted."),
        "source": ("string", "Where the figure was seen: an id of the sources."),
        "status": ("string", "How settled the figure is."),
        "verified": ("boolean", "Whether the figure itself was seen in a page or a file."),
        "note": ("string", "Anything a reader must know."),
    },
    "events": {
        "date": ("date", "First day in which the event may have begun."),
        "end": ("date", "First day after the event."),
        "type": ("string", "Kind of event."),
        "actors": ("string", "Who acted, separated by semicolons."),
        "description": ("string", "What happened, in English."),
        "description_es": ("string", "What happened, in Spanish."),
        "source": ("string", "Where it was seen: an id of the sources."),
        "status": ("string", "How settled it is."),
        "verified": ("boolean", "Whether it was seen in a page."),
    },
    "sources": {
        "id": ("string", "Short name used by the other tables."),
        "title": ("string", "Title of the page or file."),
        "publisher": ("string", "Who published it."),
        "url": ("string", "Address; empty if there is none."),
        "date": ("string", "When it was published, as exactly as known."),
        "seen_as": ("string", "What was seen of it."),
    },
}
_MAY_BE_EMPTY = {"note", "actors", "description_es", "url", "date"}


def _package_files(record: Record) -> dict[str, bytes]:
    files = _csv_files(record)
    package = {
        "profile": "tabular-data-package",
        "name": record.case.name,
        "title": record.case.title.en,
        "description": f"What is known of {record.case.country}, and who says so.",
        "version": record.digest,
        "sources": [_origin(row) for row in record.sources.to_dict(orient="records")],
        "resources": [_resource(name, files[f"{name}.csv"]) for name in _TABLES],
    }
    text = json.dumps(package, ensure_ascii=False, indent=2)
    return {"datapackage.json": text.encode() + b"\n", **files}


def _origin(source: dict[Any, Any]) -> dict[str, str]:
    origin = {"title": f"{source['publisher']}: {source['title']}"}
    return {**origin, "path": source["url"]} if source["url"] else origin


def _resource(name: str, content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(name, *entry) for entry in _FIELDS[name].items()],
        "missingValues": [""],
    }
    if name == "sources":
        schema["primaryKey"] = ["id"]
    else:
        reference = {"resource": "sources", "fields": ["id"]}
        schema["foreignKeys"] = [{"fields": ["source"], "reference": reference}]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "doubleQuote": True, "header": True},
        "schema": schema,
    }


def _field(table: str, name: str, entry: tuple[str, str]) -> dict[str, Any]:
    kind, description = entry
    field: dict[str, Any] = {"name": name, "type": kind, "description": description}
    if kind == "boolean":
        field |= {"trueValues": ["yes"], "falseValues": ["no"]}
    constraints: dict[str, Any] = {} if name in _MAY_BE_EMPTY else {"required": True}
    if name == "status":
        constraints["enum"] = list(STATUSES)
    if (table, name) == ("events", "type"):
        constraints["enum"] = sorted(LANES)
    return {**field, "constraints": constraints} if constraints else field


def to_toml(case: Case) -> str:
    """Return a case as the text of its `case.toml`; what is left at its default is left out."""
    tables: list[str] = []
    head: list[str] = []
    for key, value in case.model_dump(exclude_defaults=True).items():
        if isinstance(value, tuple) and all(isinstance(item, dict) for item in value):
            tables += [_toml_table(f"[[{key}]]", item) for item in value]
        elif isinstance(value, dict) and key in ("priors", "readings"):
            for name, item in value.items():
                eras = isinstance(item, tuple)
                path = f"{key}.{_toml_key(name)}"
                parts = item if eras else (item,)
                tables += [_toml_table(f"[[{path}]]" if eras else f"[{path}]", p) for p in parts]
        else:
            head.append(f"{_toml_key(key)} = {_toml_value(value)}")
    return "\n".join([*head, "", *tables])


def _toml_table(header: str, items: Mapping[str, Any]) -> str:
    lines = [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in items.items()]
    return "\n".join([header, *lines, ""])


def _toml_key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _toml_value(key)


def _toml_value(value: Any) -> str:
    """Write a value; JSON's strings are TOML's, but for the delete character."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items())
        return "{ " + inside + " }"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
