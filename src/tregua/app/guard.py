"""What stands before every request: who may ask, from where, and how much.

A server on loopback is still reachable by every page that its user has open. Three things keep
such pages out. The **Host** must be one of ours, so that a stranger's name that was made to point
at this machine (DNS rebinding) gets no answer. What changes something must come from our own pages:
**Origin** and **Sec-Fetch-Site** say so, and no browser lets a page forge them. And no reply
carries a header that would let another site read it. Beyond loopback a **token** is asked for as
well.

Bodies are read here, whole and within bounds, before anything else sees them: too large, too slow,
of an unknown kind, or JSON with what JSON does not have (NaN, numbers without end, depth without
end) is refused with a sentence.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import ipaddress
import json
import logging
import socket
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tregua.app.problems import Problem, complaints_of, reply
from tregua.app.settings import Settings

__all__ = ["POLICY", "Guard", "strict_json"]

_log = logging.getLogger("tregua.app")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""The Content-Security-Policy of every reply: nothing but this server, and nothing inline."""

_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_SAFE = ("GET", "HEAD", "OPTIONS")
_METHODS = (*_SAFE, "POST", "PUT", "PATCH", "DELETE")
_JSON = "application/json"
_UPLOADS = ("text/csv", "application/toml")
_SLOWEST_BODY = 30.0  # seconds
_LONGEST_ADDRESS = 16_384  # bytes of path and query
_DEEPEST = 32  # levels of JSON
_LONGEST_NUMBER = 40  # characters
_LARGEST_WHOLE = 2**63


class Guard:
    """ASGI middleware that answers for what must not pass and adds the headers to what does.

    Parameters
    ----------
    app
        What is guarded.
    settings
        The server's settings: host, token and limits.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._names = _own_names(settings)
        self._token = _Token(settings.token) if settings.token is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # there are no web sockets here
        sent = _Sent(send)
        try:
            known = self._admitted(scope)
            if known is not None:
                await known(scope, receive, sent)
                return
            await self._app(scope, await self._with_body(scope, receive), sent)
        except ClientDisconnect:
            return  # nobody is left to be told
        except Problem as problem:
            await self._tell(problem, scope, receive, sent)
        except Exception as error:
            _log.exception("A request failed: %s %s", scope["method"], scope["path"])
            if not sent.started:
                status, problems = complaints_of(error)
                await reply(status, problems)(scope, receive, sent)

    async def _tell(self, problem: Problem, scope: Scope, receive: Receive, sent: _Sent) -> None:
        if not sent.started:
            headers = {"connection": "close", **problem.headers}  # the body may be half read
            told = reply(problem.status, problem.listed(), code=problem.code, headers=headers)
            await told(scope, receive, sent)

    def _admitted(self, scope: Scope) -> Response | None:
        """None if the request may go on, or the reply that turns a token into a cookie.

        Raises
        ------
        Problem
            If it may not.
        """
        headers = Headers(scope=scope)
        if scope["method"] not in _METHODS:
            raise Problem(405, f"{scope['method'][:20]} is not served.", valid=", ".join(_METHODS))
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_ADDRESS:
            raise Problem(
                414, "The address is too long.", valid=f"up to {_LONGEST_ADDRESS} bytes; save it"
            )
        self._check_host(headers)
        self._check_origin(scope, headers)
        return None if self._token is None else self._token.check(scope, headers)

    def _check_host(self, headers: Headers) -> None:
        given = headers.getlist("host")
        name = _name_of(given[0]) if len(given) == 1 else None
        if name is None or not (name in self._names or self._is_own_address(name)):
            raise Problem(
                421 if name is not None else 400,
                "This server does not answer to the name it was addressed by.",
                where="Host",
                valid="localhost, or a name given with --name",
            )

    def _is_own_address(self, name: str) -> bool:
        """Whether a name is an address in digits, which cannot be made to point elsewhere."""
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self._settings.loopback

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """Refuse what another site's page asks for; following a link to us is allowed."""
        site = headers.get("sec-fetch-site", "none").lower()
        if scope["method"] in _SAFE:
            follows = headers.get("sec-fetch-mode", "") == "navigate"
            if site in ("cross-site", "same-site") and not follows:
                raise Problem(403, "Another site's page may not read this.", where="Sec-Fetch-Site")
            return
        if site not in ("same-origin", "none"):
            raise Problem(403, "Another site's page may not send this.", where="Sec-Fetch-Site")
        origins = headers.getlist("origin")
        if origins and (len(origins) > 1 or not _same(origins[0], headers["host"])):
            raise Problem(
                403,
                "Another site's page may not send this.",
                where="Origin",
                valid="a request from this server's own pages, or from a program that sends none",
            )

    async def _with_body(self, scope: Scope, receive: Receive) -> Receive:
        """The request's messages again, its body read whole and checked.

        Raises
        ------
        Problem
            If the body is too large, too slow, of an unknown kind, or no JSON.
        """
        headers = Headers(scope=scope)
        if scope["method"] in _SAFE:
            if _declared(headers) or "transfer-encoding" in headers:
                raise Problem(400, f"A {scope['method']} has no body.", where="Content-Length")
            return receive
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        most = self._settings.most_upload if kind in _UPLOADS else self._settings.most_body
        if (_declared(headers) or 0) > most:
            raise _too_large(most)
        try:
            body = await asyncio.wait_for(_read(receive, most), _SLOWEST_BODY)
        except TimeoutError:
            raise Problem(408, "The body did not arrive.", valid=f"{_SLOWEST_BODY:.0f} s") from None
        _check_kind(body, kind)
        if kind == _JSON and body:
            try:
                strict_json(body)
            except ValueError as error:
                raise Problem(400, f"This is not JSON: {error}", where="body") from None
        return _again(body, receive)


class _Sent:
    """Sends a reply with the headers that every reply has, and remembers that it began."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await self._send(message)


class _Token:
    """The secret that a visitor shows: in a header, in a cookie, or once in an address."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._cookie = self._derived(b"cookie")
        # Browsers share cookies between the ports of a host: the name tells servers apart.
        self._name = f"tregua-{self._derived(b'name')[:12]}"

    def _derived(self, purpose: bytes) -> str:
        return hmac.new(self._token, purpose, hashlib.sha256).hexdigest()

    def check(self, scope: Scope, headers: Headers) -> Response | None:
        """None if the visitor showed it; the reply that sets the cookie if the address holds it.

        Raises
        ------
        Problem
            401 if the visitor did not show it.
        """
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in query if name == "token"]
        if shown and scope["method"] in ("GET", "HEAD") and self._equal(shown[0], self._token):
            return self._welcome(scope, [pair for pair in query if pair[0] != "token"])
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._equal(given.strip(), self._token):
            return None
        if self._equal(self._cookie_of(headers), self._cookie.encode()):
            return None
        raise Problem(
            401,
            "This server asks for a token.",
            where="Authorization",
            valid="the address that it printed when it started, or Authorization: Bearer TOKEN",
            headers={"www-authenticate": "Bearer"},
        )

    def _equal(self, given: str, wanted: bytes) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted)

    def _cookie_of(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._name)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def _welcome(self, scope: Scope, rest: list[tuple[str, str]]) -> Response:
        """A page that leads to the same address without the token.

        A redirect would not do: a browser that came from another site sends no strict cookie along
        one, but it does with a step that this page takes.
        """
        path = "/" + scope.get("raw_path", b"/").decode("latin-1").split("?")[0].lstrip("/")
        onward = path + (f"?{urlencode(rest)}" if rest else "")
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>tregua</title>'
            f'<meta http-equiv="refresh" content="0; url={html.escape(onward, quote=True)}">'
            f'<p><a href="{html.escape(onward, quote=True)}">tregua</a></p></html>'
        )
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{self._name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict{secure}"
        return Response(
            page,
            media_type="text/html",
            headers={"set-cookie": cookie, "cache-control": "no-store"},
        )


def _own_names(settings: Settings) -> frozenset[str]:
    """Names, in lower case, under which the server may be addressed."""
    names = {"localhost", *settings.hosts}
    if not settings.loopback:
        names |= {settings.host, socket.gethostname()}
    return frozenset(name.lower().rstrip(".") for name in names if name)


def _name_of(host: str) -> str | None:
    """The name in a Host header, without its port and in lower case; None if it is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.netloc != host or parts.username is not None or parts.path or not parts.hostname:
        return None
    return parts.hostname.lower().rstrip(".")


def _same(origin: str, host: str) -> bool:
    """Whether an Origin is a page of the host addressed."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _declared(headers: Headers) -> int | None:
    """The length that a request announces; None if none.

    Raises
    ------
    Problem
        If it is no number.
    """
    given = headers.get("content-length")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        raise Problem(400, "This is no length.", where="Content-Length")
    return int(given)


def _too_large(most: int) -> Problem:
    return Problem(
        413, "The body is too large.", where="body", valid=f"up to {most:,} bytes", code="too_large"
    )


async def _read(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        length += len(part)
        if length > most:
            raise _too_large(most)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _check_kind(body: bytes, kind: str) -> None:
    if body and kind not in (_JSON, *_UPLOADS):
        raise Problem(
            415,
            f"A body of the kind '{kind[:80]}' is not read here." if kind else "Of which kind?",
            where="Content-Type",
            valid=", ".join((_JSON, *_UPLOADS)),
        )


def _again(body: bytes, receive: Receive) -> Receive:
    """Messages that hold a body which was read already; then those that follow."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def messages() -> Message:
        return waiting.pop() if waiting else await receive()

    return messages


def strict_json(data: bytes | str) -> Any:
    """JSON as the standard has it (RFC 8259), within bounds.

    Parameters
    ----------
    data
        UTF-8 text.

    Returns
    -------
    object
        What it holds.

    Raises
    ------
    ValueError
        For anything else: NaN and infinity, numbers of more than 40 characters or beyond 64 bits,
        more than 32 levels, half a surrogate pair, a NUL in a text; says which.
    """
    try:
        value = json.loads(
            data.decode("utf-8") if isinstance(data, bytes) else data,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_number,
        )
    except RecursionError:
        raise ValueError(f"more than {_DEEPEST} levels") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    _walk(value)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not -_LARGEST_WHOLE <= int(text) < _LARGEST_WHOLE:
        raise ValueError("a whole number beyond 64 bits")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if len(text) > _LONGEST_NUMBER or value in (float("inf"), float("-inf")):
        raise ValueError("a number too long or too large")
    return value


def _walk(value: Any) -> None:
    """Look at every level without calling itself, however deep."""
    level: Iterable[Any] = [value]
    for _ in range(_DEEPEST + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                below += item.keys()
                below += item.values()
            elif isinstance(item, list):
                below += item
        if not below:
            return
        level = below
    raise ValueError(f"more than {_DEEPEST} levels")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a NUL in a text")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("half a surrogate pair in a text") from None
