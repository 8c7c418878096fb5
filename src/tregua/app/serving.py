"""A server made of its parts, and how it is opened on this machine."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from tregua import __version__
from tregua.app.guard import Guard
from tregua.app.jobs import Jobs
from tregua.app.material import Material
from tregua.app.parts import Parts
from tregua.app.problems import Complaints, install
from tregua.app.routes import ROUTERS, WARMERS
from tregua.app.settings import Settings
from tregua.app.store import Store

__all__ = ["create", "serve"]

_log = logging.getLogger("tregua.app")

_SMALLEST_SQUEEZED = 1_000  # bytes
_SQUEEZE = 1  # the quickest: a fan is sent while a slider moves, and little larger for it
_MOST_CONNECTIONS = 512
_PATIENCE = 2  # seconds that open streams get when the server stops
_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2
_ABOUT = (
    "Everything that the pages show, as JSON, CSV and Parquet. Any reply with a status of 400 or "
    "more lists its problems: what is wrong, where, and what would be valid."
)


def create(settings: Settings | None = None) -> FastAPI:
    """A server as an ASGI app, ready for `serve`, another ASGI server, or a test.

    Parameters
    ----------
    settings
        How it runs; None takes the defaults.

    Returns
    -------
    FastAPI
        Its `state` holds `settings`, `jobs`, `store` and `material`; once it serves, also `warm`,
        the thread that prepares the first pages.

    Raises
    ------
    OSError
        If its folder cannot be written.
    """
    settings = Settings() if settings is None else settings
    store = Store(Path(settings.folder))
    parts = Parts(
        settings,
        Jobs(store, threads=settings.at_once, most_seconds=settings.most_seconds),
        store,
        Material(settings.case, study=settings.study, most_worlds=settings.most_worlds),
    )

    @contextlib.asynccontextmanager
    async def life(served: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        warm = threading.Thread(target=_warm, args=(parts, stop), name="tregua-warm", daemon=True)
        served.state.warm = warm
        warm.start()
        yield
        stop.set()  # it ends after what it is making; nobody who stops a server waits for that
        parts.jobs.close()
        parts.store.close()

    app = FastAPI(
        title="tregua",
        version=__version__,
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=life,
        middleware=[
            Middleware(Guard, settings=settings),
            Middleware(GZipMiddleware, minimum_size=_SMALLEST_SQUEEZED, compresslevel=_SQUEEZE),
        ],
    )
    for name in ("settings", "jobs", "store", "material"):
        setattr(app.state, name, getattr(parts, name))
    install(app)
    told: dict[int | str, dict[str, Any]] = {
        "4XX": {"model": Complaints, "description": "What is wrong, where, and what is valid"}
    }
    for router in ROUTERS:
        app.include_router(router, responses=told)
    return app


def _share_heaps() -> None:
    """Let all threads of this process share two heaps, where the C library is glibc.

    Each computation has a thread of its own. With a heap for each, what one has freed is not there
    for the next, and twenty runs at once leave the server half as large again (docs, "Speed").
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)


def _warm(parts: Parts, stop: threading.Event) -> None:
    """Make what the first pages need, while their reader looks for the window."""
    for warm in (lambda given: given.material.warm(), *WARMERS):
        if stop.is_set():
            return
        try:
            warm(parts)
        except Exception as error:  # whoever asks for it is told; the server goes on
            _log.warning("Could not prepare a page: %s", error)


def serve(settings: Settings | None = None, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve until Ctrl-C.

    Parameters
    ----------
    settings
        How it runs; None takes the defaults.
    ready
        Called once with the address, as soon as the server answers to it.

    Raises
    ------
    ValueError
        If the case has problems.
    OSError
        If the address is taken or the folder cannot be written.
    """
    settings = Settings() if settings is None else settings
    _share_heaps()
    app = create(settings)
    _ = app.state.material.record  # a case with problems is told before anybody opens a page
    listening = _listen(settings)
    port = listening.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_PATIENCE,
        ),
        lambda: ready(_address(settings, port)) if ready is not None else None,
    )
    with contextlib.suppress(KeyboardInterrupt), listening:
        server.run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(settings: Settings) -> socket.socket:
    """The port, taken before anything is said about it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError:
        listening.close()
        raise
    return listening


def _address(settings: Settings, port: int) -> str:
    """Where a browser finds the server, with the token if there is one."""
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = settings.hosts[0] if settings.hosts else socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    asked = f"?token={settings.token}" if settings.token is not None else ""
    return f"http://{host}:{port}/{asked}"
