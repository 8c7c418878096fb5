"""Long runs: how far they are, their events, their end, and what they left."""

from __future__ import annotations

import io

from fastapi import APIRouter, Request
from starlette.responses import Response

from tregua.app.answers import answer, tagged
from tregua.app.parts import Here
from tregua.app.problems import Problem
from tregua.app.store import check_key
from tregua.app.stream import event_stream
from tregua.app.table import table_answer

__all__ = ["router"]

router = APIRouter(tags=["runs"])


@router.get("/api/runs/{id}")
def run(id: str, request: Request, parts: Here) -> Response:  # noqa: A002
    """How far a run is: state (waiting, running, done, failed, cancelled), done, total, key."""
    return answer(parts.jobs.run(id).seen(), request)


@router.get(
    "/api/runs/{id}/events",
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events of the run"}},
)
async def events(id: str, parts: Here) -> Response:  # noqa: A002
    """Events until a run ends: progress {done, total, partial}, then done, failed or cancelled."""
    found = parts.jobs.run(id)
    return event_stream(found.since, opened=parts.jobs.listen, closed=parts.jobs.unlisten)


@router.delete("/api/runs/{id}")
def cancel(id: str, request: Request, parts: Here) -> Response:  # noqa: A002
    """Cancel a run. It stops at its next step; a run that has ended stays as it is."""
    return answer(parts.jobs.cancel(id).seen(), request)


@router.get("/api/results/{key}.csv")
def as_csv(key: str, request: Request, parts: Here) -> Response:
    """The table of a result as CSV."""
    return _table(key, request, parts, "csv")


@router.get("/api/results/{key}.parquet")
def as_parquet(key: str, request: Request, parts: Here) -> Response:
    """The table of a result as Parquet."""
    return _table(key, request, parts, "parquet")


@router.get("/api/results/{key}")
def result(key: str, request: Request, parts: Here) -> Response:
    """A result as JSON."""
    content = parts.store.get(check_key(key))
    if content is None:
        raise Problem(404, "There is no such result, or it was dropped.", where="key")
    return tagged(content, "application/json", request)


def _table(key: str, request: Request, parts: Here, as_: str) -> Response:
    import pandas as pd

    content = parts.store.get(check_key(key), "parquet")
    if content is None:
        raise Problem(404, "There is no table of such a result.", where="key")
    return table_answer(
        pd.read_parquet(io.BytesIO(content)), request, as_=as_, name=f"result-{key}"
    )
