"""Every word of the pages, in one language: the catalogue that the report uses too."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer
from tregua.app.parts import Here
from tregua.report.text import catalogue

__all__ = ["router"]

router = APIRouter(tags=["site"])


@router.get("/api/words")
def words(
    request: Request,
    parts: Here,
    lang: Annotated[Literal["en", "es"] | None, Query(description="Language")] = None,
) -> Response:
    """Texts by key; places to be filled stand in braces."""
    return answer(catalogue(lang or parts.settings.lang), request)
