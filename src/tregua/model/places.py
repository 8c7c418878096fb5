"""Places in a row of numbers: compiled code holds no objects, only rows with named places."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

__all__ = ["Places"]


class Places(IntEnum):
    """An enum whose members, made with `auto()`, count from 0: the places of a row."""

    @staticmethod
    def _generate_next_value_(
        name: str,  # noqa: ARG004  the enum machinery passes all four
        start: int,  # noqa: ARG004
        count: int,
        last_values: list[Any],  # noqa: ARG004
    ) -> int:
        return count
