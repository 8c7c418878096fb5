"""The addresses of the server, one module for each part of it.

A module of this folder that has a `router` is served; one that has `warm(parts)` is called once
when the server starts, beside its first requests. Nothing else has to be registered anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from fastapi import APIRouter

from tregua.app.parts import Parts

__all__ = ["ROUTERS", "WARMERS"]

_MODULES = [
    importlib.import_module(f"{__name__}.{info.name}")
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name)
]

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router for module in _MODULES if isinstance(getattr(module, "router", None), APIRouter)
)
"""Every router of this folder, by name of its module."""

WARMERS: tuple[Callable[[Parts], None], ...] = tuple(
    module.warm for module in _MODULES if callable(getattr(module, "warm", None))
)
"""What each module does when the server starts."""
