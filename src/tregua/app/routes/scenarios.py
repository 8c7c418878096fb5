"""Scenarios that somebody saved, by name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tregua.app.answers import answer
from tregua.app.parts import Here
from tregua.app.store import check_name
from tregua.decide import Scenario

__all__ = ["Saving", "router"]

router = APIRouter(tags=["scenarios"])


class Saving(BaseModel):
    """A scenario to be saved."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=80, description="Without slashes")
    scenario: Scenario
    replace: bool = Field(False, description="Whether it may replace another of that name")


@router.get("/api/scenarios")
def listed(request: Request, parts: Here) -> Response:
    """Names of the saved scenarios, and when they were saved."""
    return answer({"scenarios": parts.store.saved()}, request)


@router.post("/api/scenarios", status_code=201)
def save(body: Saving, request: Request, parts: Here) -> Response:
    """Save a scenario; the reply comes when it is on the disk."""
    name = check_name(body.name)
    parts.store.save(name, body.scenario.model_dump(mode="json"), replace=body.replace)
    return answer({"name": name}, request, status=201)


@router.get("/api/scenarios/{name}")
def one(name: str, request: Request, parts: Here) -> Response:
    """A saved scenario."""
    return answer({"name": name, "scenario": parts.store.scenario(name)}, request)


@router.delete("/api/scenarios/{name}")
def forget(name: str, request: Request, parts: Here) -> Response:
    """Delete a saved scenario."""
    parts.store.forget(name)
    return answer({"name": name, "deleted": True}, request)
