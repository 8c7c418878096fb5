"""The one way to compile, and why a stale kernel is never run.

Numba keeps machine code on disk, but looks only at the file that defines a function: after an
edit in a module which that function calls, the old code would run silently. `compiled` therefore
keeps the machine code of each stage in a folder named after a digest of every source file of that
stage and of the stages it may call, and of the versions that shape it. An edit starts a fresh cache
for the stages that may depend on it, and for no other: the street runs one way, which a contract of
the import linter guards.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import platformdirs

__all__ = ["cache_folder", "compiled", "inlined", "is_warm", "kept", "source_digest"]

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent
# What compiled code of a stage may call. Strategies of `decide` reach the simulator by address, so
# that no machine code of the simulator holds any of theirs.
_CALLED = {
    "model": ("model",),
    "simulate": ("model", "simulate"),
    "infer": ("model", "simulate", "infer"),
    "decide": ("model", "simulate", "decide"),
    "assess": ("model", "simulate", "infer", "decide", "assess"),
}
_KEPT_CACHES = 3


@cache
def source_digest(stage: str = "assess") -> str:
    """Digest of every source file that compiled code of a stage may hold, and of Numba and NumPy.

    Parameters
    ----------
    stage
        "model", "simulate", "infer", "decide" or "assess"; the last holds all of them.

    Returns
    -------
    str
        16 hexadecimal digits. Two installations with the same digest compile the same kernels.
    """
    digest = hashlib.sha256()
    digest.update(f"{numba.__version__} {np.__version__} {platform.python_version()}".encode())
    digest.update(Path(__file__).read_bytes())
    files: list[Path] = []
    for called in _CALLED[stage]:
        files += sorted((_PACKAGE / called).rglob("*.py"))
    for file in files:
        digest.update(file.relative_to(_PACKAGE).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _prune(root: Path, stage: str, keep: str) -> None:
    """Drop all but a stage's newest caches, so that edits do not fill the disk."""
    folders = sorted(
        (f for f in root.iterdir() if f.is_dir() and f.name != keep and f.name.startswith(stage)),
        key=lambda folder: folder.stat().st_mtime,
        reverse=True,
    )
    for folder in folders[_KEPT_CACHES - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def cache_folder(stage: str = "simulate") -> Path:
    """Folder that holds this version's machine code of a stage; made if need be.

    Parameters
    ----------
    stage
        As for `source_digest`.
    """
    name = f"{stage}-{source_digest(stage)}"
    root = Path(platformdirs.user_cache_dir("tregua"))
    try:
        (root / name).mkdir(parents=True, exist_ok=True)
        _prune(root, stage, name)
    except OSError:
        # A read-only home costs a compilation at every start, nothing else.
        root = Path(tempfile.gettempdir()) / "tregua-cache"
        (root / name).mkdir(parents=True, exist_ok=True)
    return root / name


def is_warm(function_name: str, stage: str = "simulate") -> bool:
    """Whether machine code has been kept already, so that no compilation is to be expected.

    Parameters
    ----------
    function_name
        Look for this compiled function.
    stage
        The stage in which it stands.
    """
    return any(cache_folder(stage).rglob(f"*{function_name}*.nbc"))


def _stage_of(function: Callable[..., Any]) -> str:
    """The stage in which a function stands; what is no part of a stage may call all of them."""
    package, *rest = function.__module__.split(".")
    return rest[0] if package == _PACKAGE.name and rest and rest[0] in _CALLED else "assess"


@contextmanager
def kept(function: Callable[..., Any]) -> Iterator[None]:
    """Within this context, what Numba compiles of a function is kept in the function's stage.

    Numba reads the folder when it wraps a function, not when it compiles.
    """
    before = getattr(numba.config, "CACHE_DIR", "")
    setattr(numba.config, "CACHE_DIR", str(cache_folder(_stage_of(function))))  # noqa: B010
    try:
        yield
    finally:
        setattr(numba.config, "CACHE_DIR", before)  # noqa: B010  (Numba declares it at run time)


def compiled(function: Function) -> Function:
    """Compile a function lazily, keep its machine code on disk, and release the GIL while it runs.

    The plain Python function stays reachable as `function.py_func` and gives the same bits.
    `fastmath` is off: it would let results differ between machines.

    Parameters
    ----------
    function
        A function within the subset of Python that Numba compiles.

    Returns
    -------
    Function
        The compiled dispatcher, typed as the function it stands for.
    """
    with kept(function):
        return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Like `compiled`, for small functions that must melt into the loops that call them.

    A loop over worlds is spread over the lanes of a vector unit only if no call is left in it.

    Parameters
    ----------
    function
        A small function within the subset of Python that Numba compiles.

    Returns
    -------
    Function
        The compiled dispatcher, typed as the function it stands for.
    """
    inline = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
    with kept(function):
        return cast(Function, inline(function))
