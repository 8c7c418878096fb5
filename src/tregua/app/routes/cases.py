"""The cases that come with tregua, and the one that is served."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tregua import record
from tregua.app.answers import answer
from tregua.app.parts import Here

__all__ = ["router"]

router = APIRouter(tags=["cases"])


@router.get("/api/cases")
def cases(request: Request, parts: Here) -> Response:
    """Name, title and country of each case, the one that is served marked."""
    served = parts.material.record
    others = [record.load(name) for name in record.cases() if name != served.case.name]
    listed = [_entry(known, known is served) for known in (served, *others)]
    return answer({"cases": sorted(listed, key=lambda entry: str(entry["name"]))}, request)


def _entry(known: record.Record, served: bool) -> dict[str, Any]:
    return {
        "name": known.case.name,
        "title": known.case.title,
        "country": known.case.country,
        "first": known.case.first,
        "last": known.case.last,
        "origins": known.case.origins,
        "digest": known.digest,
        "served": served,
    }
