"""How it was made: model card, scores, sources, and how to make a view again or cite it.

Everything here is read, nothing computed: parameters of the model, scores that come with this
version, sources of the record.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from typing import Any, Literal

import pandas as pd
from fastapi import APIRouter, Request
from starlette.responses import Response

from tregua import __version__
from tregua.app.answers import canonical, tagged
from tregua.app.material import Material
from tregua.app.parts import Here
from tregua.app.problems import Problem
from tregua.app.table import FORMATS, table_answer
from tregua.infer.scores.shipped import shipped, shipped_names, shipped_provenance
from tregua.record import Record
from tregua.report.columns import safe_link
from tregua.report.page import equations
from tregua.report.parameters import parameter_rows
from tregua.report.scored import target_rows
from tregua.report.text import Text, pick

__all__ = ["bibtex", "citation", "router", "source_table"]

router = APIRouter(tags=["methods"])

Lang = Literal["en", "es"]

_CITE = (
    "If you use tregua or its findings, please cite it, and cite the sources of the record that "
    "you relied on."
)
_TITLE = "tregua: an open laboratory for bargaining between governments and criminal groups"
_AUTHORS = "tregua contributors"
_WORDS = (
    "homicide",
    "gangs",
    "negotiation",
    "simulation",
    "Bayesian inference",
    "policy evaluation",
)


@router.get("/api/methods")
def methods_page(request: Request, parts: Here, lang: Lang = "en") -> Response:
    """Model card, equations, targets of the detector, parameters, sources and citation."""
    return tagged(_whole(parts.material, lang), "application/json", request)


@lru_cache(maxsize=4)
def _whole(material: Material, lang: str) -> bytes:
    known, t = material.record, Text(lang)
    parameters = material.tables()["parameters"]
    return canonical(
        {
            "card": _card(material, parameters, lang),
            "equations": equations(t),
            "targets": target_rows(t),
            "scores": {"tables": shipped_names(), "made": shipped_provenance()},
            "parameters": parameter_rows(parameters, t),
            "sources": source_table(known),
            "cite": {
                "text": t(
                    "again.cite.text",
                    version=__version__,
                    case=pick(known.case.title, lang),
                    digest=known.digest,
                ),
                "cff": citation(),
                "bibtex": bibtex(known),
            },
        }
    )


def _card(material: Material, parameters: pd.DataFrame, lang: str) -> dict[str, Any]:
    known, held = material.record, material.assessed()
    usable = known.observations["verified"] & ~known.observations["status"].isin(
        ["derived", "recalled"]
    )
    return {
        "version": __version__,
        "case": pick(known.case.title, lang),
        "digest": known.digest,
        "observations": len(known.observations),
        "usable": int(usable.sum()),
        "events": len(known.events),
        "sources": len(known.sources),
        "first": int(known.observations["start"].min().year),
        "last": int(known.observations["end"].max().year),
        "parameters": parameters["kind"].value_counts().to_dict(),
        "worlds_from": list(material.sources()),
        "verdicts": dict(held.provenance) if held is not None else None,
        "requires": metadata.metadata("tregua")["Requires-Python"],
    }


@router.get("/methods.{ending}")
def methods_twin(request: Request, parts: Here, ending: str) -> Response:
    """The sources, with how often each is used."""
    if ending not in FORMATS:
        raise Problem(404, f"A table is not given as '{ending}'.", valid=", ".join(FORMATS))
    known = parts.material.record
    name = f"tregua_{known.case.name}_sources"
    return table_answer(source_table(known), request, as_=ending, name=name)


@router.get("/api/scores/{score}/{table}.{ending}")
def scores(request: Request, score: str, table: str, ending: str) -> Response:
    """One table of the scores that come with this version."""
    if ending not in FORMATS:
        raise Problem(404, f"A table is not given as '{ending}'.", valid=", ".join(FORMATS))
    if table not in shipped_names().get(score, []):
        valid = "; ".join(f"{name}: {', '.join(have)}" for name, have in shipped_names().items())
        raise Problem(404, f"No table '{table}' of '{score}'.", where="table", valid=valid)
    return table_answer(shipped(score, table), request, as_=ending, name=f"tregua_{score}_{table}")


def source_table(known: Record) -> pd.DataFrame:
    """Sources with how many observations and events rest on each.

    Parameters
    ----------
    known
        The record.

    Returns
    -------
    DataFrame
        Columns id, title, publisher, date, url ("" unless a safe address), seen_as, observations,
        events; the most used first.
    """
    uses = {
        name: frame["source"].str.split(r"[;,]\s*", regex=True).explode().value_counts()
        for name, frame in (("observations", known.observations), ("events", known.events))
    }
    table = known.sources.fillna("").astype(str)
    table["url"] = [safe_link(url) for url in table["url"]]
    for name, count in uses.items():
        table[name] = table["id"].map(count).fillna(0).astype(int)
    columns = ["id", "title", "publisher", "date", "url", "seen_as", "observations", "events"]
    order = (-(table["observations"] + table["events"])).sort_values(kind="stable").index
    return table.loc[order, columns].reset_index(drop=True)


def citation() -> str:
    """The project's CITATION.cff, for this version."""
    words = "\n".join(f"  - {word}" for word in _WORDS)
    return (
        f'cff-version: 1.2.0\nmessage: "{_CITE}"\ntype: software\ntitle: "{_TITLE}"\n'
        f'version: {__version__}\nlicense: MIT\nauthors:\n  - name: "{_AUTHORS}"\n'
        f"keywords:\n{words}\n"
    )


def bibtex(known: Record) -> str:
    """The same as a BibTeX entry, with the record it was used on.

    Parameters
    ----------
    known
        The record.
    """
    return (
        "@software{tregua,\n"
        f"  title   = {{{{{_TITLE}}}}},\n"
        f"  author  = {{{{{_AUTHORS}}}}},\n"
        f"  version = {{{__version__}}},\n"
        f"  note    = {{Case {known.case.name}, record {known.digest}}},\n"
        "  license = {MIT}\n"
        "}\n"
    )
