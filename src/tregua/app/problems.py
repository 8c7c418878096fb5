"""One shape for everything that goes wrong: what, where, and what would be valid.

A reply with a status of 400 or more is always ``{"problems": [{"where", "what", "valid"}]}``, from
a misspelt address to a scenario with ten mistakes, so that a page or a script needs to understand
one thing only. All problems of a request come at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tregua.record import RecordError

__all__ = ["Complaint", "Complaints", "Problem", "Superseded", "complaints_of", "install", "reply"]

_MOST_SHOWN = 50
_LONGEST = 1_000  # characters of one text in a reply


class Complaint(BaseModel):
    """One thing wrong with a request."""

    where: str = Field(description="The field, file and line, or part of the address; may be empty")
    what: str = Field(description="What is wrong, with what was given")
    valid: str = Field(description="What would be valid; may be empty")


class Complaints(BaseModel):
    """Every reply with a status of 400 or more."""

    problems: list[Complaint]


class Problem(Exception):
    """A request that cannot be answered, told to whoever asked.

    Parameters
    ----------
    status
        HTTP status, 400 to 599.
    what
        What is wrong, with what was given.
    where
        The field or part of the address; empty where it is the whole.
    valid
        What would be valid; empty where nothing need be done.
    code
        A short word for programs, such as "superseded"; empty for none.
    headers
        Headers of the reply.
    """

    def __init__(
        self,
        status: int,
        what: str,
        *,
        where: str = "",
        valid: str = "",
        code: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what)
        self.status, self.what, self.where, self.valid = status, what, where, valid
        self.code, self.headers = code, dict(headers or {})

    def listed(self) -> list[dict[str, str]]:
        """The problem as the reply holds it."""
        return [_entry(self.where, self.what, self.valid)]


class Superseded(Problem):
    """Work that a newer request of the same session made needless; a page stays quiet about it."""

    def __init__(self) -> None:
        super().__init__(
            409, "A newer request of this session took the place of this one.", code="superseded"
        )


def reply(
    status: int,
    problems: Sequence[Mapping[str, str]],
    *,
    code: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The reply that tells problems.

    Parameters
    ----------
    status
        HTTP status.
    problems
        Entries with where, what and valid.
    code
        A word for programs; left out if empty.
    headers
        Further headers.
    """
    document: dict[str, Any] = {"problems": list(problems)}
    if code:
        document["code"] = code
    # Texts may quote what a stranger sent: whatever is no text is written as its escape.
    body = json.dumps(document, ensure_ascii=True, sort_keys=True).encode()
    return Response(
        body,
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def complaints_of(error: BaseException) -> tuple[int, list[dict[str, str]]]:
    """Status and problems of an error: of pydantic, of a stage, of a record, or of nobody known.

    Parameters
    ----------
    error
        What was raised.
    """
    if isinstance(error, Problem):
        return error.status, error.listed()
    if isinstance(error, (ValidationError, RequestValidationError)):
        return 422, _of_validation(error.errors())
    if isinstance(error, RecordError) and error.problems:
        entries = [
            _entry(f"{p.file}:{p.line} {p.column}".strip(), p.what, p.valid)
            for p in error.problems[:_MOST_SHOWN]
        ]
        return 400, entries
    if isinstance(error, ValueError):
        return 400, [_entry("", str(error) or "This value cannot be used.", "")]
    what = "The server failed on this request; what it held before is untouched."
    return 500, [_entry("", what, "The server's own messages say more.")]


def _entry(where: str, what: str, valid: str) -> dict[str, str]:
    return {"where": where[:_LONGEST], "what": what[:_LONGEST], "valid": valid[:_LONGEST]}


def _of_validation(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    entries = []
    for error in list(errors)[:_MOST_SHOWN]:
        place = [
            str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path")
        ]
        told = error.get("ctx") or {}  # a stage's own words, where it gave them
        what = str(told.get("what") or error.get("msg", "This is not valid."))
        given = error.get("input")
        if isinstance(given, (str, int, float, bool)) and str(given) not in what:
            what += f" (given: {str(given)[:80]!r})"
        entries.append(_entry(".".join(place), what, str(told.get("valid") or "")))
    return entries


def install(app: FastAPI) -> None:
    """Give an app the one shape of errors.

    Parameters
    ----------
    app
        The app, before it serves.
    """

    async def told(_: Request, error: Exception) -> Response:
        status, problems = complaints_of(error)
        if isinstance(error, Problem):
            return reply(status, problems, code=error.code, headers=error.headers)
        return reply(status, problems)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        what, valid = _words_of(error, request)
        return reply(error.status_code, [_entry("", what, valid)], headers=error.headers)

    for kind in (Problem, RequestValidationError, ValidationError, ValueError):
        app.add_exception_handler(kind, told)
    app.add_exception_handler(HTTPException, refused)


def _words_of(error: HTTPException, request: Request) -> tuple[str, str]:
    """What a refusal of the framework means."""
    if error.status_code == 404:
        return f"There is nothing at {request.url.path}.", "GET /api/docs lists every address."
    if error.status_code == 405:
        allowed = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow") or ""
        return f"{request.url.path} takes no {request.method}.", f"It takes {allowed}."
    phrase = HTTPStatus(error.status_code).phrase
    return str(error.detail) if error.detail else phrase, ""
