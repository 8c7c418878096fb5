"""Vega for the pages, out of the installed package and from no other server.

The address holds a digest of the versions that made the file, so that a browser may keep it for
good. It is built once and kept among the results, squeezed, since building it takes a second.
"""

from __future__ import annotations

import gzip
import threading
from importlib import metadata

import vl_convert
from fastapi import APIRouter, Request
from starlette.responses import Response

from tregua.app.answers import tagged
from tregua.app.parts import Here, Parts
from tregua.provenance import digest_of
from tregua.report.page import VEGA_LITE

__all__ = ["address", "cache_of", "router", "warm"]

router = APIRouter(tags=["site"])

_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK = "private, no-cache"
_BUILDING = threading.Lock()


def _version() -> str:
    return digest_of(metadata.version("vl-convert-python"), VEGA_LITE, _SNIPPET)


def address() -> str:
    """Where the pages find Vega."""
    return f"/vendor/vega.js?v={_version()}"


def cache_of(request: Request, wanted: str) -> str:
    """How long a browser may keep what it asked for: for good under its full address.

    Parameters
    ----------
    request
        What was asked.
    wanted
        The full address.
    """
    return _FOR_GOOD if f"{request.url.path}?{request.url.query}" == wanted else _ASK


def _bundle(parts: Parts) -> bytes:
    """Vega, Vega-Lite and Vega-Embed with its interpreter, squeezed."""
    key = f"vega-{_version()}"
    with _BUILDING:
        kept = parts.store.get(key, "js")
        if kept is None:
            text: str = vl_convert.javascript_bundle(_SNIPPET, VEGA_LITE)
            kept = gzip.compress(text.replace("\r", "").encode(), 9, mtime=0)
            parts.store.put(key, kept, "js")
        return kept


@router.get("/vendor/vega.js", include_in_schema=False)
def vega(request: Request, parts: Here) -> Response:
    """The runtime of the charts."""
    body = squeezed = _bundle(parts)
    headers = {"vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
    else:
        body = gzip.decompress(squeezed)
    kind, cache = "text/javascript; charset=utf-8", cache_of(request, address())
    return tagged(body, kind, request, cache=cache, headers=headers, content=squeezed)


def warm(parts: Parts) -> None:
    """Build the file before the first page asks for it."""
    _bundle(parts)
