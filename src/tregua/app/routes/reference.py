"""The description of the API as a page: every operation with its parameters and what it answers.

The page is ours, small, and reads `/api/openapi.json`; it loads nothing from elsewhere.
"""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, Request
from starlette.responses import Response

from tregua.app.answers import tagged

__all__ = ["router"]

router = APIRouter(tags=["site"])


def _file(name: str) -> bytes:
    return resources.files("tregua.app").joinpath("apidocs", name).read_bytes()


@router.get("/api/docs", include_in_schema=False)
def page(request: Request) -> Response:
    """The page."""
    return tagged(_file("docs.html"), "text/html; charset=utf-8", request)


@router.get("/api/docs.js", include_in_schema=False)
def script(request: Request) -> Response:
    """Its script."""
    return tagged(_file("docs.js"), "text/javascript; charset=utf-8", request)


@router.get("/api/docs.css", include_in_schema=False)
def style(request: Request) -> Response:
    """Its look."""
    return tagged(_file("docs.css"), "text/css; charset=utf-8", request)
