"""The pages, their scripts and styles, and what the server says of itself.

Every page is the same small document; its script reads the address and shows the view. All that
the script will ask for first is named in the document, so that it comes in one round. A file is
looked up in the list of the folder's files, so that no address can lead out of it.
"""

from __future__ import annotations

import mimetypes
import re
from functools import cache
from importlib import resources
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from tregua import __version__
from tregua.app.answers import answer, content_tag, tagged
from tregua.app.files import files, kept, needs
from tregua.app.links import pack
from tregua.app.parts import Here
from tregua.app.problems import Problem
from tregua.app.routes import vega
from tregua.report import LANGUAGES, palette

__all__ = ["PAGES", "router"]

router = APIRouter(tags=["site"])

PAGES = ("record", "hidden-pact", "lab", "compare", "robust", "claims", "bargain", "methods")
"""Addresses of the pages."""

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_FIRST = {"lab": ("/api/lab/form?lang={lang}",)}
"""What a page asks the API for first, beside words and `/api/about`."""
_NO_PAGE = '<!doctype html><html lang="{{lang}}"><meta charset="utf-8"><title>tregua</title></html>'


@router.get("/", include_in_schema=False)
def home(request: Request) -> Response:
    """Lead to the record, with the query given."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/record{query}", status_code=307)


def _page(request: Request, parts: Here) -> Response:
    """The one document of every page."""
    asked = request.query_params.get("lang")
    lang = asked if asked in LANGUAGES else parts.settings.lang
    file = files().get("index.html")
    text = kept(file).body.decode() if file is not None else _NO_PAGE
    page = request.url.path.strip("/")
    for name, value in {"lang": lang, "head": _head(page, lang)}.items():
        text = text.replace("{{" + name + "}}", value)
    return tagged(text.encode(), _KINDS[".html"], request)


def _head(page: str, lang: str) -> str:
    """Links to all that a page loads, so that a browser asks for it before it reads the scripts."""
    modules, styles = needs(page)
    asked = ["/api/about", f"/api/words?lang={lang}"]
    asked += [each.format(lang=lang) for each in _FIRST.get(page, ())]
    lines = [
        f'<link rel="stylesheet" href="{each}">'
        for each in (_style_address(), "/web/app.css", *styles)
    ]
    lines += [f'<link rel="modulepreload" href="{each}">' for each in modules]
    lines += [
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{each}">' for each in asked
    ]
    return "\n".join(lines)


for _name in PAGES:
    router.add_api_route(f"/{_name}", _page, methods=["GET"], include_in_schema=False)


@router.get("/s/{name}", include_in_schema=False)
def saved(name: str, parts: Here) -> Response:
    """Open a saved scenario in the laboratory."""
    state = pack(parts.store.scenario(name))
    return RedirectResponse(f"/lab?s={state}&name={quote(name)}", status_code=307)


@router.get("/web/{path:path}", include_in_schema=False)
def file(path: str, request: Request) -> Response:
    """A script, a style or a picture of the pages."""
    found = files().get(path)
    if found is None:
        raise Problem(404, f"There is no file '{path}'.")
    kind = _KINDS.get(found.suffix) or mimetypes.guess_type(found.name)[0]
    held, headers = kept(found), {"vary": "Accept-Encoding"}
    body = held.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = held.squeezed, "gzip"
    return tagged(
        body, kind or "application/octet-stream", request, headers=headers, content=held.body
    )


@cache
def _style() -> bytes:
    """The look of the report: its colours by role, its fonts and its layout."""
    sheet = resources.files("tregua.report").joinpath("templates/page.css")
    fonts = f":root{{--sans:{palette.FONT};--serif:{palette.SERIF}}}"
    return (palette.css(chosen=True) + fonts + sheet.read_text(encoding="utf-8")).encode()


def _style_address() -> str:
    return f"/style/report.css?v={re.sub('[^0-9a-f]', '', content_tag(_style()))[:16]}"


@router.get("/style/report.css", include_in_schema=False)
def style(request: Request) -> Response:
    """The look of the report, which the pages extend."""
    return tagged(_style(), _KINDS[".css"], request, cache=vega.cache_of(request, _style_address()))


@router.get("/favicon.ico", include_in_schema=False)
def icon(request: Request) -> Response:
    """The picture of the tab, where there is one."""
    found = files().get("icon.svg")
    if found is None:
        return Response(status_code=204)
    return tagged(found.read_bytes(), _KINDS[".svg"], request)


@router.get("/api/about")
def about(request: Request, parts: Here) -> Response:
    """Version, case, limits, and where the pages find what they load."""
    known, settings = parts.material.record, parts.settings
    return answer(
        {
            "version": __version__,
            "case": known.case.name,
            "title": known.case.title,
            "digest": known.digest,
            "study": settings.study is not None,
            "runs": parts.material.history is not None,
            "worlds_from": parts.material.sources(),
            "lang": settings.lang,
            "languages": LANGUAGES,
            "vega": vega.address(),
            "limits": {
                "worlds": settings.most_worlds,
                "upload_bytes": settings.most_upload,
                "body_bytes": settings.most_body,
                "seconds": settings.most_seconds,
            },
        },
        request,
    )
