"""Hidden pact: what counts alone say month by month, of the case or of a table of one's own.

A detection takes seconds to minutes, is the same for the same counts, and is therefore made once
and kept under the digest of what it rests on. Asking for it again, by whatever address, finds it.
An uploaded table is read as data only; what is kept is the result and not the table.
"""

from __future__ import annotations

import io
from typing import Annotated, Literal

import pandas as pd
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer, canonical
from tregua.app.detected import (
    MOST_MONTHS,
    MOST_ROWS,
    catalogue,
    of_case,
    of_table,
    scorecard,
    tidy_name,
    tiles_of_upload,
)
from tregua.app.jobs import Result, Tell
from tregua.app.parts import Here, Parts, Session
from tregua.app.problems import Problem
from tregua.app.store import check_key
from tregua.app.table import FORMATS, table_answer, table_bytes
from tregua.infer.scores.shipped import shipped_names
from tregua.provenance import code_digest, digest_of
from tregua.report.text import Text

__all__ = ["router"]

router = APIRouter(tags=["hidden pact"])

Lang = Literal["en", "es"]
First = Annotated[
    str | None,
    Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="First month, YYYY-MM; all by default"),
]
_BODY = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}


@router.get("/api/hidden")
def form(request: Request, parts: Here, lang: Lang = "en", first: First = None) -> Response:
    """Indicators, verdicts, scorecard, limits, and whether the case's detection is kept already."""
    key = _key(parts, first)
    return answer(
        {
            "key": key,
            "ready": parts.store.get(key) is not None,
            **catalogue(),
            "scorecard": scorecard(Text(lang)) if shipped_names() else {},
            "limits": {
                "bytes": parts.settings.most_upload,
                "rows": MOST_ROWS,
                "months": MOST_MONTHS,
            },
        },
        request,
    )


@router.post("/api/hidden/detect", status_code=202)
def begin(request: Request, parts: Here, session: Session, first: First = None) -> Response:
    """Detect in the case's counts, or find the detection kept: its key leads to the result."""
    known, threads = parts.material.record, parts.settings.at_once

    def work(tell: Tell) -> Result:
        return Result(*of_case(known, first, tell, threads=threads))

    run = parts.jobs.begin(session, work, key=_key(parts, first))
    return answer(run.seen(), request, status=202)


@router.post("/api/hidden/table", status_code=202, openapi_extra={"requestBody": _BODY})
async def upload(
    request: Request,
    parts: Here,
    session: Session,
    name: Annotated[str, Query(max_length=200, description="Name of the file")] = "table.csv",
) -> Response:
    """Detect in a CSV table of one's own: columns date,count or start,end,value."""
    body, tidy = await request.body(), tidy_name(name)
    if not body.strip():
        raise Problem(422, "The table is empty.", where="body", valid="a CSV file with a header")
    threads = parts.settings.at_once
    tiles = await parts.jobs.latest(session, lambda: tiles_of_upload(body, tidy), topic="table")

    def work(tell: Tell) -> Result:
        return Result(*of_table(tiles, tell, threads=threads))

    key = digest_of("hidden-table", code_digest(), tidy, body.hex())
    run = parts.jobs.begin(session, work, key=key)
    return answer({**run.seen(), "name": tidy, "tiles": len(tiles.frame)}, request, status=202)


@router.get("/hidden-pact.{ending}")
async def twin(
    request: Request,
    parts: Here,
    session: Session,
    ending: str,
    first: First = None,
    table: Annotated[str | None, Query(max_length=128, description="Key of one's table")] = None,
) -> Response:
    """The months that the page shows: level, probabilities of every reading, counts."""
    if ending not in FORMATS:
        raise Problem(404, f"A table is not given as '{ending}'.", valid=", ".join(FORMATS))
    key = check_key(table) if table is not None else _key(parts, first)
    content = parts.store.get(key, "parquet")
    if content is None and table is not None:
        raise Problem(
            404,
            "No table is kept under this key, or it was dropped.",
            where="table",
            valid="give the file again: POST /api/hidden/table",
        )
    if content is None:
        content = await parts.jobs.latest(
            session, lambda: _made(parts, first, key), topic=f"hidden {key}"
        )
    frame = pd.read_parquet(io.BytesIO(content))
    frame["month"] = frame["month"].dt.strftime("%Y-%m")
    name = f"tregua_{parts.material.record.case.name}_hidden-pact"
    return table_answer(frame, request, as_=ending, name=name if table is None else "own-table")


def _made(parts: Parts, first: str | None, key: str) -> bytes:
    """Detect for somebody who waits, and keep it."""
    threads = parts.settings.at_once
    payload, months = of_case(parts.material.record, first, None, threads=threads)
    content = table_bytes(months, "parquet")
    parts.store.put(key, content, "parquet")
    parts.store.put(key, canonical(payload))
    return content


def _key(parts: Parts, first: str | None) -> str:
    return digest_of("hidden", parts.material.digest, first or "")
