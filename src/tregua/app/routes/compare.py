"""Compare: up to four strategies in the same worlds, with an address that recreates the view.

The page, its table and its files ask one question (`comparing.Asked`), so that whatever is seen can
be taken along. What can be answered at once is; more worlds are run with progress, and kept.
"""

from __future__ import annotations

import io
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tregua import decide
from tregua.app.answers import answer
from tregua.app.comparing import Asked, Compared, Question
from tregua.app.exploring import usual_origin
from tregua.app.jobs import Result, Tell
from tregua.app.lab_form import presets
from tregua.app.parts import Here, Parts, Session
from tregua.app.table import table_answer
from tregua.report.text import Text

__all__ = ["router"]

router = APIRouter(tags=["compare"])

Sides = Annotated[Asked, Query()]
_SIZES = (200, 500, 1000, 2000, 5000, 10_000)


@router.get("/api/compare/form")
async def compare_form(request: Request, parts: Here) -> Response:
    """What may be compared: shipped strategies, presets in both languages, origins, sizes."""
    return answer(await run_in_threadpool(_form, parts), request)


@router.get("/api/compare")
async def compare(asked: Sides, request: Request, parts: Here, session: Session) -> Response:
    """The comparison of an address; a newer request of the session takes its place."""
    question = await run_in_threadpool(Question.of, asked, parts.material)
    key = question.key(parts.material)
    kept = parts.store.get(key)
    if kept is not None:
        from tregua.app.answers import tagged

        return tagged(kept, "application/json", request)
    question.admit(parts.settings.most_worlds, quick=True)
    made = await parts.jobs.latest(
        session, lambda: question.run(parts.material).payload(key), topic="compare"
    )
    return answer(made, request)


@router.post("/api/compare/run", status_code=202)
def run(asked: Asked, request: Request, parts: Here, session: Session) -> Response:
    """Run many worlds, with progress; the key leads to the result."""
    question = Question.of(asked, parts.material)
    question.admit(parts.settings.most_worlds, quick=False)
    key = question.key(parts.material)

    def work(tell: Tell) -> Result:
        found = question.run(parts.material, lambda done, total: tell(done, total, None))
        return Result(found.payload(key), found.table())

    begun = parts.jobs.begin(session, work, key=key)
    return answer({"id": begun.id, "key": begun.key}, request, status=202)


@router.get("/compare.json")
async def twin_json(asked: Sides, request: Request, parts: Here, session: Session) -> Response:
    """The table of a comparison, in JSON."""
    return await _twin(asked, request, parts, session, "json")


@router.get("/compare.csv")
async def twin_csv(asked: Sides, request: Request, parts: Here, session: Session) -> Response:
    """The table of a comparison, in CSV."""
    return await _twin(asked, request, parts, session, "csv")


@router.get("/compare.parquet")
async def twin_parquet(asked: Sides, request: Request, parts: Here, session: Session) -> Response:
    """The table of a comparison, in Parquet."""
    return await _twin(asked, request, parts, session, "parquet")


async def _twin(asked: Asked, request: Request, parts: Parts, session: str, as_: str) -> Response:
    import pandas as pd

    question = await run_in_threadpool(Question.of, asked, parts.material)
    key = question.key(parts.material)
    kept = parts.store.get(key, "parquet")
    if kept is not None:
        frame = pd.read_parquet(io.BytesIO(kept))
    else:
        question.admit(parts.settings.most_worlds, quick=True)

        def work() -> Compared:
            return question.run(parts.material)

        found = await parts.jobs.latest(session, work, topic=f"twin {key}")
        frame = found.table()
    return table_answer(frame, request, as_=as_, name=f"compare-{question.base.origin}")


def _form(parts: Parts) -> dict[str, Any]:
    known = parts.material.record
    told = {lang: presets(known, Text(lang)) for lang in ("en", "es")}
    most = parts.settings.most_worlds
    origins = sorted({*known.case.origins, *(p["scenario"]["origin"] for p in told["en"])})
    return {
        "strategies": list(decide.CATALOGUE),
        "presets": [
            {
                "id": en["id"],
                "label": {"en": en["label"], "es": es["label"]},
                "scenario": {**en["scenario"], "name": ""},
            }
            for en, es in zip(told["en"], told["es"], strict=True)
        ],
        "origins": origins or [usual_origin(parts.material)],
        "outcomes": list(decide.OUTCOMES),
        "sizes": [size for size in _SIZES if size <= most],
        "sources": list(parts.material.sources()),
    }
