"""What a route needs of its server: settings, jobs, store, material, and who asks.

@router.get("/api/record")
def record(parts: Here, request: Request) -> Response:
    return answer(parts.material.record.case, request)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from tregua.app.jobs import Jobs
from tregua.app.material import Material
from tregua.app.settings import Settings
from tregua.app.store import Store

__all__ = ["Here", "Parts", "Session", "session_of"]


@dataclass(frozen=True)
class Parts:
    """What a server is made of.

    Attributes
    ----------
    settings
        How it runs.
    jobs
        Its computations.
    store
        What it keeps.
    material
        What is shown of the case.
    """

    settings: Settings
    jobs: Jobs
    store: Store
    material: Material


def _parts(request: Request) -> Parts:
    state = request.app.state
    return Parts(state.settings, state.jobs, state.store, state.material)


def session_of(request: Request) -> str:
    """Who asks: the X-Session that a page made up for itself, or else the address of the asker.

    Parameters
    ----------
    request
        What was asked.
    """
    given = request.headers.get("x-session", "")
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", given):
        return given
    return f"@{request.client.host}" if request.client is not None else "@"


Here = Annotated[Parts, Depends(_parts)]
"""The parts of the server, as the type of a route's parameter."""

Session = Annotated[str, Depends(session_of)]
"""The session that asks, as the type of a route's parameter."""
