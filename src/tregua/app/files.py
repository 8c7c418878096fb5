"""The files of the pages, kept squeezed, and what the script of a page will load.

A browser learns what a module imports only when it has the module, and so would ask in five rounds,
one after the other. The server reads the same imports from the files and writes them all into the
document, so that the browser asks for everything in one.
"""

from __future__ import annotations

import gzip
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

__all__ = ["WEB", "Kept", "files", "kept", "needs"]

WEB = Path(str(resources.files("tregua.app").joinpath("web")))
"""Folder of the pages' files."""

_IMPORTS = re.compile(
    r"""^(?:import|export)\s+(?:[^"'`;()]*\sfrom\s+)?["'](\.{0,2}/[^"']+\.js)["']""", re.M
)
_STYLES = re.compile(r"export const styles = \[([^\]]*)\]")
_MODULES = {"hidden-pact": "hidden"}
"""Pages whose module has a shorter name than their address."""


@dataclass(frozen=True)
class Kept:
    """A file as it is sent: its bytes, plain and squeezed."""

    body: bytes
    squeezed: bytes


def files() -> dict[str, Path]:
    """Every file of the pages by its address below `/web/`."""
    return {
        found.relative_to(WEB).as_posix(): found
        for found in sorted(WEB.rglob("*"))
        if found.is_file() and not found.is_symlink() and not found.name.startswith(".")
    }


def kept(file: Path) -> Kept:
    """The bytes of a file, read and squeezed again when the file has changed.

    Parameters
    ----------
    file
        One of `files`.
    """
    now = file.stat()
    return _read(file, now.st_mtime_ns, now.st_size)


@lru_cache(maxsize=512)
def _read(file: Path, _changed: int, _size: int) -> Kept:
    body = file.read_bytes()
    return Kept(body, gzip.compress(body, 9, mtime=0))


def needs(page: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses of the modules and of the style sheets that a page loads.

    Parameters
    ----------
    page
        Address of the page, such as "hidden-pact"; of a page without a module of its own, what
        every page loads is given.

    Returns
    -------
    tuple
        Modules and style sheets, each in the order in which they are met.
    """
    found = files()
    start = [name for name in ("main.js", f"pages/{_MODULES.get(page, page)}.js") if name in found]
    modules: dict[str, None] = {}
    while start:
        name = start.pop(0)
        if f"/web/{name}" in modules:
            continue
        modules[f"/web/{name}"] = None
        for asked in _IMPORTS.findall(_text(found[name])):
            if asked.startswith("/"):
                modules[asked] = None
                continue
            start.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), asked)))
    own = [name for name in modules if name.startswith("/web/pages/")][:1]
    styles = [_text(found[name.removeprefix("/web/")]) for name in own]
    listed = [part for text in styles for part in _STYLES.findall(text)]
    return tuple(modules), tuple(re.findall(r'"([^"]+)"', " ".join(listed)))


def _text(file: Path) -> str:
    return kept(file).body.decode("utf-8")
