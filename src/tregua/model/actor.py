"""Actors and what they may do.

Two kinds of actor play: one government, and a few gangs. The government's action is its *stance*;
a gang's is to restrain its cliques, to go about its business, or to press the government with
killings. What a stance means in the streets and in the prisons is the table below; its
numbers are parameters, because they are uncertain.

| stance | enforcement | tough talk | concession | remark |
| --- | --- | --- | --- | --- |
| STATUS_QUO | 1 | 0 | - | |
| MANO_DURA | e_M | 1 | - | crackdown with ordinary courts |
| SECRET_PACT | 1 | 0 | leaders' regime | may leak |
| BOTH | e_B | 0.7 | leaders' regime | pact and crackdown; hardliners three times as likely |
| OPEN_PACT | 1 | 0 | leaders' regime | cannot leak, pays for openness |
| EXCEPTION | e_X | 1.3 | - | the courts' filter falls, then democracy |
| REFORM | 1 | 0 | - | institutions are built |
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from numba import types
from numba.extending import lower_cast

from tregua.compiled import inlined

__all__ = ["GangAction", "PactEnd", "Stance", "is_pact", "may_leak"]


class Stance(IntEnum):
    """What a government does about gangs."""

    STATUS_QUO = 0
    MANO_DURA = 1
    SECRET_PACT = 2
    BOTH = 3
    OPEN_PACT = 4
    EXCEPTION = 5
    REFORM = 6


class GangAction(IntEnum):
    """What a gang orders its cliques to do."""

    BUSINESS = 0
    RESTRAIN = 1
    PRESS = 2


class PactEnd(IntEnum):
    """What ended the last pact."""

    NONE = 0
    REVOKED = 1
    BREACH = 2
    SANCTION = 3
    TURNOVER = 4
    FRINGE = 5


@lower_cast(types.IntEnumMember, types.Float)  # type: ignore[untyped-decorator, no-untyped-call]
def _number_of_member(context: Any, builder: Any, given: Any, wanted: Any, value: Any) -> Any:
    """Let compiled code compare and store members of an enum as floats, as plain Python does.

    Numba casts them to integers only; rows of numbers here hold floats.
    """
    return context.cast(builder, value, given.dtype, wanted)


@inlined
def is_pact(stance: int) -> bool:
    """Whether a stance offers the gangs a pact."""
    return stance == Stance.SECRET_PACT or stance == Stance.BOTH or stance == Stance.OPEN_PACT


@inlined
def may_leak(stance: int) -> bool:
    """Whether a pact under this stance is secret, so that it may leak."""
    return stance == Stance.SECRET_PACT or stance == Stance.BOTH
