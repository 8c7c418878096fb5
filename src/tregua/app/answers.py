"""Replies that can be asked for again at no cost: canonical bytes, a tag of their content, 304.

The tag is a digest of what is sent. A page that holds a reply asks "still this?" and gets an empty
304 if so. Equal values give equal bytes: keys are sorted, and what JSON has no word for (NaN,
infinity) is null.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["answer", "canonical", "content_tag", "tagged"]

_ALWAYS_ASK = "private, no-cache"


def plain(value: Any) -> Any:
    """A value in types that JSON knows: dates as ISO text, null for NaN and infinity.

    Parameters
    ----------
    value
        Nested mappings, sequences, tables, arrays, numpy scalars, dates, pydantic models.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, date):  # also datetime and pandas' Timestamp; NaT is one too
        return None if value != value else value.isoformat().removesuffix("T00:00:00")
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return plain(value.to_dict(orient="records"))
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    return str(value)


def canonical(payload: Any) -> bytes:
    """The one way to write a value as JSON: sorted keys, no spaces, UTF-8.

    Parameters
    ----------
    payload
        Anything that `plain` takes.

    Examples
    --------
    >>> canonical({"b": float("nan"), "a": [1, 2.5]})
    b'{"a":[1,2.5],"b":null}'
    """
    text = json.dumps(
        plain(payload), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8", "backslashreplace")


def content_tag(body: bytes) -> str:
    """ETag of a body. It is weak, because compression changes the bytes and not the content.

    Parameters
    ----------
    body
        What is sent, before compression.
    """
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def answer(payload: Any, request: Request, *, status: int = 200) -> Response:
    """A JSON reply with its tag, or 304 if the asker holds it already.

    Parameters
    ----------
    payload
        Anything that `plain` takes.
    request
        What was asked; its If-None-Match is read.
    status
        HTTP status of a full reply.
    """
    return tagged(canonical(payload), "application/json", request, status=status)


def tagged(
    body: bytes,
    media_type: str,
    request: Request,
    *,
    status: int = 200,
    cache: str = _ALWAYS_ASK,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Response:
    """Bytes with their tag, or 304 if the asker holds them already.

    Parameters
    ----------
    body, media_type
        What is sent, and what it is.
    request
        What was asked.
    status
        HTTP status of a full reply.
    cache
        The Cache-Control of the reply.
    headers
        Further headers.
    content
        What the tag is made of, where one content is sent in several codings; None = the body.
    """
    tag = content_tag(body if content is None else content)
    sent = {"etag": tag, "cache-control": cache, **(headers or {})}
    if status == 200 and request.method in ("GET", "HEAD") and _held(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(body, status_code=status, media_type=media_type, headers=sent)


def _held(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this tag; weak comparison (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match", "")
    opaque = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") in (opaque, "*") for part in given.split(","))
