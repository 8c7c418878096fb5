"""The one way to compile, and why a stale kernel is never run.

Numba keeps machine code on disk, but looks only at the file that defines a function: after an
edit in a module which that function calls, the old code would run silently. `compiled` therefore
keeps its cache in a folder named after a digest of every source file that may hold compiled code
and of the versions that shape it, so that any edit starts a fresh cache.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import platformdirs

__all__ = ["cache_folder", "compiled", "inlined", "is_warm", "source_digest"]

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent
_COMPILED_STAGES = ("model", "simulate", "infer", "decide", "assess")
_KEPT_CACHES = 3


def source_digest() -> str:
    """Digest of every source file that may hold compiled code, and of Numba and NumPy.

    Returns
    -------
    str
        16 hexadecimal digits. Two installations with the same digest compile the same kernels.
    """
    digest = hashlib.sha256()
    digest.update(f"{numba.__version__} {np.__version__} {platform.python_version()}".encode())
    files = [Path(__file__)]
    for stage in _COMPILED_STAGES:
        files += sorted((_PACKAGE / stage).rglob("*.py"))
    for file in files:
        digest.update(file.relative_to(_PACKAGE).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _prune(root: Path, keep: str) -> None:
    """Drop all but the newest caches, so that edits do not fill the disk."""
    folders = sorted(
        (f for f in root.iterdir() if f.is_dir() and f.name != keep),
        key=lambda folder: folder.stat().st_mtime,
        reverse=True,
    )
    for folder in folders[_KEPT_CACHES - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def _open_cache() -> Path:
    name = source_digest()
    root = Path(platformdirs.user_cache_dir("tregua"))
    try:
        (root / name).mkdir(parents=True, exist_ok=True)
        _prune(root, name)
    except OSError:
        # A read-only home costs a compilation at every start, nothing else.
        root = Path(tempfile.gettempdir()) / "tregua-cache"
        (root / name).mkdir(parents=True, exist_ok=True)
    return root / name


_CACHE = _open_cache()
setattr(numba.config, "CACHE_DIR", str(_CACHE))  # noqa: B010  (Numba declares it at run time)


def cache_folder() -> Path:
    """Folder that holds this version's machine code."""
    return _CACHE


def is_warm(function_name: str = "") -> bool:
    """Whether machine code has been kept already, so that no compilation is to be expected.

    Parameters
    ----------
    function_name
        Look for this compiled function only; any function when empty.
    """
    return any(_CACHE.rglob(f"*{function_name}*.nbc"))


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
    return cast(Function, inline(function))
