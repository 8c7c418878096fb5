"""Verdicts as a file: written by an assessment, read by commands, pages and anybody's script.

`tregua assess` leaves `claims.json` beside its report. The same file made on the embedded case may
come with tregua, so that a reader sees verdicts without a run. A verdict is only as good as what it
was reached on: the file carries its provenance, and a claim that was reworded since is recognised.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tregua.assess.findings import Findings
from tregua.assess.verdict import Claim, Verdict

__all__ = [
    "FILE",
    "Assessed",
    "claims_document",
    "read_claims",
    "shipped_claims",
    "shipped_path",
    "write_claims",
]

FILE = "claims.json"
"""Name of the file, in a folder of results and beside this module."""

_NUMBERS = ("estimate", "low", "high", "reference")
_SOURCE = ("id", "title", "publisher", "url", "date")


@dataclass(frozen=True)
class Assessed:
    """Verdicts read from a file, with how they were reached.

    Attributes
    ----------
    case
        Name of the case.
    verdicts
        Verdict by number of the claim.
    sources
        By id, what a source is: title, publisher, url, date; those that a verdict cites.
    published
        Published estimates beside ours, one mapping each; empty where none were laid out.
    provenance
        How the verdicts were reached: command, version, seed, worlds, record, code.
    """

    case: str
    verdicts: Mapping[str, Verdict]
    sources: Mapping[str, Mapping[str, str]]
    published: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Any]

    def of(self, claim: Claim) -> Verdict | None:
        """The verdict on a claim; None if there is none, or its words or rule were changed since.

        Parameters
        ----------
        claim
            A claim of the registry.
        """
        found = self.verdicts.get(claim.number)
        if found is None or dict(found.sentence) != dict(claim.sentence):
            return None
        return found if dict(found.test) == dict(claim.test) else None


def claims_document(findings: Findings) -> dict[str, Any]:
    """All verdicts of findings, in types that JSON knows; no number is null.

    Parameters
    ----------
    findings
        What `judge` gave.
    """
    cited = {source for verdict in findings.verdicts for source in verdict.sources}
    known = findings.record.sources
    rows = known[known["id"].isin(cited)].to_dict("records")
    published = findings.tables.get("published")
    return {
        "case": findings.record.case.name,
        "provenance": asdict(findings.provenance),
        "verdicts": [_plain(verdict) for verdict in findings.verdicts],
        "published": []
        if published is None
        else [_values(row) for row in published.to_dict("records")],
        "sources": {
            str(row["id"]): {name: _written(row[name]) for name in _SOURCE if name != "id"}
            for row in rows
        },
    }


def write_claims(findings: Findings, path: str | Path) -> Path:
    """Write `claims_document(findings)` to a file and return where it is.

    Parameters
    ----------
    findings
        What `judge` gave.
    path
        The file; its folder must exist.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    file = Path(path)
    text = json.dumps(claims_document(findings), ensure_ascii=False, indent=1, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")
    return file


def read_claims(path: str | Path) -> Assessed:
    """Read verdicts that `tregua assess` wrote.

    Parameters
    ----------
    path
        The file, or the folder of results that holds it.

    Raises
    ------
    ValueError
        If there is no such file, or it is no file of verdicts; says how to make one.
    """
    given = Path(path)
    file = given / FILE if given.is_dir() else given
    if not file.is_file():
        raise ValueError(
            f"No verdicts in '{path}': there is no {FILE}. `tregua assess CASE --out {path}` "
            "writes it."
        )
    return _read(file.read_text(encoding="utf-8"), str(file))


def shipped_path() -> Path:
    """Where the verdicts that come with this installation lie, whether or not there are any."""
    return Path(str(resources.files(__package__).joinpath(FILE)))


@cache
def shipped_claims() -> Assessed | None:
    """The verdicts that come with this installation; None if it has none."""
    file = shipped_path()
    if not file.is_file():
        return None
    return _read(file.read_text(encoding="utf-8"), str(file))


def _read(text: str, name: str) -> Assessed:
    try:
        document = json.loads(text)
        verdicts = tuple(_verdict(entry) for entry in document["verdicts"])
        return Assessed(
            case=str(document["case"]),
            verdicts=MappingProxyType({verdict.number: verdict for verdict in verdicts}),
            sources=MappingProxyType(dict(document["sources"])),
            published=tuple(document["published"]),
            provenance=MappingProxyType(dict(document["provenance"])),
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"'{name}' is no file of verdicts that this version reads ({error}). Make it again "
            "with `tregua assess`."
        ) from error


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {field.name: _value(getattr(verdict, field.name)) for field in fields(verdict)}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _values(value)
    if isinstance(value, (tuple, list)):
        return [_value(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "item"):
        return _value(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def _values(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _value(value) for name, value in row.items()}


def _written(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _verdict(entry: Mapping[str, Any]) -> Verdict:
    given = {field.name: entry[field.name] for field in fields(Verdict)}
    for name, value in given.items():
        if name in _NUMBERS:
            given[name] = math.nan if value is None else float(value)
        elif name == "rivals":
            given[name] = MappingProxyType({lang: tuple(texts) for lang, texts in value.items()})
        elif isinstance(value, dict):
            given[name] = MappingProxyType(value)
        elif isinstance(value, list):
            given[name] = tuple(value)
    return Verdict(**given)
