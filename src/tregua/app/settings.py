"""What a server is told when it starts, and the limits it keeps.

Everything that bounds a request stands here, so that a limit can be read, raised on purpose and
told to whoever asks (`/api/about`).
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import platformdirs

__all__ = ["Settings"]

_SHORTEST_TOKEN = 16
_MOST_THREADS = 64


def _folder() -> Path:
    """Where results and saved scenarios lie: with the user's data, which no cleaner removes."""
    return platformdirs.user_data_path("tregua") / "app"


@dataclass(frozen=True)
class Settings:
    """How a server runs.

    Attributes
    ----------
    case
        Name of an embedded case, or the folder of one's own.
    host
        Address to listen on. Any but a loopback address needs a `token`.
    port
        Port to listen on, 0 to 65535; 0 takes a free one.
    token
        What a visitor must show, at least 16 characters; None asks for nothing.
    hosts
        Further names under which visitors may address the server, such as "lab.example.org".
    folder
        Where results and saved scenarios are kept.
    study
        Folder of a finished `tregua assess`, whose tables and verdicts are shown; None uses what
        comes with tregua.
    most_worlds
        Worlds that one request may ask for, at least 1.
    most_upload
        Bytes of an uploaded table (text/csv), at least 1.
    most_body
        Bytes of any other request body, at least 1.
    most_seconds
        Seconds that one computation may take, above 0.
    threads
        Computations at once, 1 to 64; None takes one a processor, four at most.
    lang
        "en" or "es": the language that a page opens in unless its address says otherwise.

    Raises
    ------
    ValueError
        If one of them is out of range, or a host beyond loopback comes without a token.
    """

    case: str | Path = "el-salvador"
    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    folder: Path = field(default_factory=_folder)
    study: Path | None = None
    most_worlds: int = 20_000
    most_upload: int = 2_000_000
    most_body: int = 300_000
    most_seconds: float = 600.0
    threads: int | None = None
    lang: str = "en"

    def __post_init__(self) -> None:
        problems = [*self._outside(), *self._unsafe()]
        if problems:
            raise ValueError(" ".join(problems))

    def _outside(self) -> list[str]:
        """Sentences on what is out of range."""
        said = [
            f"{name} {getattr(self, name)}: it must be above 0."
            for name in ("most_worlds", "most_upload", "most_body", "most_seconds")
            if not getattr(self, name) > 0
        ]
        if not 0 <= self.port <= 65_535:
            said.append(f"port {self.port}: a port lies from 0 (any free one) to 65535.")
        if self.threads is not None and not 1 <= self.threads <= _MOST_THREADS:
            said.append(f"threads {self.threads}: from 1 to {_MOST_THREADS}.")
        if self.lang not in ("en", "es"):
            said.append(f"lang {self.lang!r}: en or es.")
        return said

    def _unsafe(self) -> list[str]:
        """Sentences on what would leave the server open."""
        if self.token is None:
            if self.loopback:
                return []
            return [
                f"host {self.host}: whoever reaches this address reaches the server, so it needs "
                "a token."
            ]
        if len(self.token) < _SHORTEST_TOKEN or not self.token.isascii():
            return [f"token: at least {_SHORTEST_TOKEN} characters of ASCII."]
        if not self.token.isprintable() or " " in self.token:
            return ["token: printable characters without spaces."]
        return []

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def at_once(self) -> int:
        """Computations at once."""
        if self.threads is not None:
            return self.threads
        return max(1, min(4, os.cpu_count() or 1))

    def with_(self, **changes: object) -> Settings:
        """The same settings with some changed; refuses as the class does."""
        return replace(self, **changes)  # type: ignore[arg-type]
