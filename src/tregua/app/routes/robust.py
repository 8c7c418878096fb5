"""Robust: what becomes of a conclusion if the model is wrong.

Nothing here is computed unasked. What is kept, or comes with a study, is shown at once; the rest is
a button away, with its size beside it.
"""

from __future__ import annotations

import io
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tregua.app.answers import answer
from tregua.app.exploring import (
    PARTS,
    SIZES,
    USUAL,
    ExploreAsked,
    box_of,
    core_of_study,
    extras,
    run_part,
    usual_origin,
)
from tregua.app.jobs import Result, Tell
from tregua.app.parts import Here, Parts, Session
from tregua.app.problems import Problem
from tregua.app.table import table_answer
from tregua.decide import robustness
from tregua.decide.robustness import CORE_UNCERTAINTIES

__all__ = ["router"]

router = APIRouter(tags=["robust"])

Wanted = Annotated[ExploreAsked, Query()]
Name = Annotated[str, Query(max_length=60)]


@router.get("/api/robust")
async def robust(
    request: Request,
    parts: Here,
    origin: Annotated[str, Query(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")] = "",
    years: Annotated[int, Query(ge=1, le=15)] = 10,
    seed: Annotated[int, Query(ge=0, le=2**53 - 1)] = 1,
) -> Response:
    """Which parts are kept, in the largest size, and what may be asked for."""
    return answer(await run_in_threadpool(_form, parts, origin, years, seed), request)


@router.post("/api/robust/run", status_code=202)
def run(asked: ExploreAsked, request: Request, parts: Here, session: Session) -> Response:
    """Run a part, with progress; the key leads to the result."""
    whole = asked.whole(parts.material)
    key = whole.key(parts.material)

    def work(tell: Tell) -> Result:
        return run_part(whole, parts.material, lambda done, total: tell(done, total, None), key)

    begun = parts.jobs.begin(session, work, key=key)
    return answer({"id": begun.id, "key": begun.key}, request, status=202)


@router.get("/api/robust/box")
async def box(
    request: Request,
    parts: Here,
    session: Session,
    key: Annotated[str, Query(max_length=128)],
    strategy: Name,
    reference: Name,
    outcome: Name = "killed",
    density: Annotated[float, Query(gt=0, le=1)] = 0.8,
) -> Response:
    """The corner in which one strategy beats another, in words, from a kept exploration."""
    kept = parts.store.get(key) if key.startswith("robust-explore-") else None
    if kept is None:
        raise Problem(404, "There is no such exploration, or it was dropped.", where="key")

    def work() -> dict[str, Any]:
        return box_of(json.loads(kept), strategy, reference, outcome, density)

    return answer(await parts.jobs.latest(session, work, topic="box"), request)


@router.get("/robust.json")
def twin_json(asked: Wanted, request: Request, parts: Here) -> Response:
    """The main table of a part that was run, in JSON."""
    return _twin(asked, request, parts, "json")


@router.get("/robust.csv")
def twin_csv(asked: Wanted, request: Request, parts: Here) -> Response:
    """The main table of a part that was run, in CSV."""
    return _twin(asked, request, parts, "csv")


@router.get("/robust.parquet")
def twin_parquet(asked: Wanted, request: Request, parts: Here) -> Response:
    """The main table of a part that was run, in Parquet."""
    return _twin(asked, request, parts, "parquet")


def _twin(asked: ExploreAsked, request: Request, parts: Parts, as_: str) -> Response:
    import pandas as pd

    whole = asked.whole(parts.material)
    kept = parts.store.get(whole.key(parts.material), "parquet")
    name = f"robust-{whole.part}-{whole.origin}"
    if kept is not None:
        return table_answer(pd.read_parquet(io.BytesIO(kept)), request, as_=as_, name=name)
    tables = parts.material.tables()
    if whole.part == "core" and "finding_map" in tables:
        return table_answer(tables["finding_map"], request, as_=as_, name=name)
    raise Problem(
        404,
        f"The part '{whole.part}' of this size has not been run.",
        where="part",
        valid="POST /api/robust/run runs it",
    )


def _form(parts: Parts, origin: str, years: int, seed: int) -> dict[str, Any]:
    material = parts.material
    if material.history is None:
        raise Problem(422, "This case has no script, so that no worlds can be run of it.")
    kept = {}
    for part in PARTS:
        for size in SIZES[part]:
            asked = ExploreAsked(part=part, size=size, origin=origin, years=years, seed=seed)
            key = asked.whole(material).key(material)
            if parts.store.get(key) is not None:
                kept[part] = {"key": key, "size": size}
    return {
        "origin": origin or usual_origin(material),
        "origins": list(material.record.case.origins) or [usual_origin(material)],
        "years": years,
        "seed": seed,
        "sizes": {name: list(sizes) for name, sizes in SIZES.items()},
        "usual": dict(USUAL),
        "kept": kept,
        "study": core_of_study(material.tables()),
        "extras": extras(),
        "phrases": {
            name: {lang: robustness.phrase(name, lang) for lang in robustness.LANGUAGES}
            for name in CORE_UNCERTAINTIES
        },
    }
