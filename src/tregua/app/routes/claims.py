"""Claims with their verdicts: of a study where there is one, else those that come with tregua.

The rows are the report's own (`tregua.report.claims_section`); a page filters them and opens one.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer, canonical, tagged
from tregua.app.material import Material
from tregua.app.parts import Here
from tregua.app.problems import Problem
from tregua.app.table import FORMATS, table_answer
from tregua.assess import claims as registry
from tregua.assess.themes import theme_of
from tregua.assess.verdict import NotTestable, Verdict
from tregua.record import Record
from tregua.report.claims_section import claims_view
from tregua.report.page import GLYPHS, interval_picture, source_rows
from tregua.report.text import Text, pick

__all__ = ["router", "shown_verdicts"]

router = APIRouter(tags=["claims"])

Lang = Literal["en", "es"]
Choice = Annotated[str | None, Query(max_length=40)]

_NONE = NotTestable(
    "No verdicts come with this case; the command tregua assess makes them.",
    "Este caso no trae veredictos; los hace la orden tregua assess.",
)


@dataclass(frozen=True)
class _Shown:
    """What the report's section reads of findings."""

    record: Record
    tables: dict[str, pd.DataFrame]
    verdicts: Sequence[Verdict]
    provenance: Any


def shown_verdicts(material: Material) -> tuple[Verdict, ...]:
    """A verdict for every claim of the registry, in its order; without one it is "not tested".

    Parameters
    ----------
    material
        What is shown of the case.
    """
    held = material.assessed()
    found = []
    for claim in registry():
        verdict = held.of(claim) if held is not None else None
        found.append(verdict if verdict is not None else Verdict.untested(claim, _NONE))
    return tuple(found)


@router.get("/api/claims")
def claims_page(request: Request, parts: Here, lang: Lang = "en") -> Response:
    """Every claim with its verdict, estimate, rivals, what would change it, and its code."""
    return tagged(_whole(parts.material, lang), "application/json", request)


@lru_cache(maxsize=8)
def _whole(material: Material, lang: str) -> bytes:
    known, held, t = material.record, material.assessed(), Text(lang)
    published = pd.DataFrame(list(held.published)) if held is not None else pd.DataFrame()
    tables = {"published": published} if len(published) else {}
    view = claims_view(_Shown(known, tables, shown_verdicts(material), None), (), t)
    for group in view["groups"]:
        for row in group["rows"]:
            row["at"] = interval_picture(row["low"], row["estimate"], row["high"], row["reference"])
            row["figure"] = t.number(row["estimate"])
            row["interval"] = t.interval(row["low"], row["high"])
            row["against"] = t.number(row["reference"])
            row["tables"] = [name for name, _ in row["tables"]]
    cited = {s for group in view["groups"] for row in group["rows"] for s in row["sources"]}
    rows = known.sources[known.sources["id"].isin(cited)]
    made = None if held is None else dict(held.provenance)
    return canonical({**view, "sources": source_rows(rows), "provenance": made, "glyphs": GLYPHS})


@router.get("/claims.{ending}")
def claims_twin(
    request: Request,
    parts: Here,
    ending: str,
    lang: Lang = "en",
    verdict: Choice = None,
    theme: Choice = None,
    kind: Choice = None,
    reach: Choice = None,
    qualifies: bool = False,
    claim: Choice = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The claims that the page shows under the same query, one row each."""
    if ending not in FORMATS:
        raise Problem(404, f"A table is not given as '{ending}'.", valid=", ".join(FORMATS))
    wanted = {"verdict": verdict, "theme": theme, "kind": kind, "reach": reach, "number": claim}
    rows = [_line(one, lang) for one in shown_verdicts(parts.material)]
    frame = pd.DataFrame(rows)
    for name, value in wanted.items():
        if value:
            frame = frame[frame[name] == value]
    if qualifies:
        frame = frame[frame["qualifies"]]
    if q:
        text = frame["number"] + " " + frame["sentence"] + " " + frame["found"]
        frame = frame[text.str.casefold().str.contains(q.casefold(), regex=False)]
    name = f"tregua_{parts.material.record.case.name}_claims"
    return table_answer(frame.reset_index(drop=True), request, as_=ending, name=name)


@router.get("/api/claims/{number}/code")
def claim_code(request: Request, number: str) -> Response:
    """The function that tests a claim, as it stands in this installation."""
    for claim in registry():
        if claim.number == number:
            lines, first = inspect.getsourcelines(claim.check)
            name = f"{claim.check.__module__}.{claim.check.__qualname__}"
            found = {"number": number, "name": name, "line": first, "source": "".join(lines)}
            return answer(found, request)
    known = ", ".join(claim.number for claim in registry())
    raise Problem(404, f"There is no claim {number[:40]!r}.", where="number", valid=known)


def _line(verdict: Verdict, lang: str) -> dict[str, Any]:
    return {
        "number": verdict.number,
        "theme": theme_of(verdict.number).name,
        "kind": verdict.kind,
        "reach": verdict.reach,
        "verdict": verdict.verdict.replace(" ", "_"),
        "strength": verdict.strength,
        "estimate": verdict.estimate,
        "low": verdict.low,
        "high": verdict.high,
        "reference": verdict.reference,
        "unit": pick(verdict.unit, lang),
        "sentence": pick(verdict.sentence, lang),
        "found": pick(verdict.found, lang),
        "qualifies": bool(verdict.qualifies),
        "sources": ";".join(verdict.sources),
    }
