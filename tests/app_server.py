"""A real server for tests: on a free port of this machine, in a thread, with a folder of its own.

with serving(tmp_path) as server:
    reply = server.get("/api/about")
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from tregua.app import Settings, create

__all__ = ["Server", "asking", "serving"]


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes
    ----------
    address
        Such as "http://127.0.0.1:41234".
    app
        What answers; `app.state` holds settings, jobs, store and material.
    client
        Asks it.
    """

    address: str
    app: FastAPI
    client: httpx.Client

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a path."""
        return self.client.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send to a path."""
        return self.client.post(path, **options)


@contextmanager
def serving(folder: Path, *, app: FastAPI | None = None, **settings: Any) -> Iterator[Server]:
    """Serve while the context lasts.

    Parameters
    ----------
    folder
        Where results and scenarios go.
    app
        What to serve; None makes one with `settings`.
    **settings
        Fields of `Settings`.
    """
    served = create(Settings(folder=folder, **settings)) if app is None else app
    config = uvicorn.Config(
        served, port=0, http="h11", ws="none", log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < end, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            yield Server(address, served, client)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        # What it prepares in the background shall not go on into the next test.
        served.state.warm.join(timeout=60)
        assert not thread.is_alive() and not served.state.warm.is_alive()


@contextmanager
def asking(folder: Path, *, app: FastAPI | None = None, **settings: Any) -> Iterator[Any]:
    """Ask an app without a network; nothing is prepared in the background.

    Parameters
    ----------
    folder, app, **settings
        As `serving` takes them.
    """
    from starlette.testclient import TestClient

    served = create(Settings(folder=folder, **settings)) if app is None else app
    try:
        yield TestClient(served, base_url="http://127.0.0.1", raise_server_exceptions=False)
    finally:
        served.state.jobs.close()
        served.state.store.close()
