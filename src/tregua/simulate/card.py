"""What runs on the card: the model's own functions, handed to another compiler.

Compiled functions are Python functions beneath. A *twin* is the same code with the names of its
module bound anew, each function that it calls replaced by its twin; `cuda.jit` compiles it. This
file needs numba-cuda and is imported only when a card is asked for.
"""

from __future__ import annotations

import importlib
import operator
from types import CodeType, FunctionType
from typing import Any

from numba import types

from tregua.model import transition
from tregua.model.block import LANES, Block, Scratch, scratch
from tregua.model.script import Cal
from tregua.simulate import kernel

__all__ = ["cuda", "travel"]

cuda: Any = importlib.import_module("numba.cuda")  # it ships no types

# A card's function returns no array, so these are written out where they are called.
_INLINED = frozenset(
    {
        *("_row", "state", "parameter", "ledger", "scratch"),
        *("gang_state", "gang_ledger", "gang_scratch"),
    }
)
_SIMULATED = not hasattr(cuda, "compile_ptx")
_COUNT = int(Scratch.COUNT)
_made: dict[str, Any] = {}


def _twin(function: Any) -> Any:
    """The twin of a compiled function, with twins in place of all that it calls; made once."""
    plain = function.py_func
    name = f"{plain.__module__}.{plain.__qualname__}"
    if name not in _made:
        names = {"__builtins__": plain.__globals__["__builtins__"]}
        twin = FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__)
        twin.__module__ = plain.__module__
        for word in _words(plain.__code__) & set(plain.__globals__):
            value = plain.__globals__[word]
            names[word] = _twin(value) if hasattr(value, "py_func") else value
        how = "always" if plain.__name__ in _INLINED else "never"
        _made[name] = twin if _SIMULATED else cuda.jit(device=True, inline=how)(twin)
    return _made[name]


def _words(code: CodeType) -> set[str]:
    """Names that a function takes from its module, also within comprehensions."""
    words = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            words |= _words(constant)
    return words


def _teach_places() -> None:
    """Let the card index a row by a member of an enum, as the processor's compiler does."""
    overload = importlib.import_module("numba.cuda.extending").overload

    # Without annotations: Numba compares both signatures to the letter.
    @overload(operator.getitem)
    def at_place(row, place):  # type: ignore[no-untyped-def]
        if isinstance(row, types.Array) and isinstance(place, types.IntEnumMember):
            return lambda row, place: row[place.value]
        return None


if not _SIMULATED:
    _teach_places()

_load, _store = _twin(kernel.load), _twin(kernel.store)
_open_period, _close_period = _twin(kernel.open_period), _twin(kernel.close_period)
_check_numbers, _draw_month = _twin(kernel.check_numbers), _twin(transition.draw_month)
_take_office, _set_stance = _twin(transition.take_office), _twin(transition.set_stance)
_act, _week, _scratch = _twin(transition.act), _twin(transition.week), _twin(scratch)
_set_pace = _twin(transition.set_pace)


@cuda.jit  # type: ignore[untyped-decorator]
def travel(
    states: Any,
    parameters: Any,
    low: Any,
    high: Any,
    places: Any,
    calendar: Any,
    columns: Any,
    numbers: Any,
    rivalry_at_start: Any,
    rows: Any,
    out: Any,
    failures: Any,
) -> None:
    """Take one world a thread through the calendar; arguments as those of the kernel's `advance`.

    `numbers` holds, in order: numbers in a group's rows, first step, weeks a month, gangs,
    mechanisms, 1 for the mean reading, and the seed's two halves.
    """
    world = cuda.grid(1)
    if world >= len(states):
        return
    mine = rows[world // LANES * numbers[0] + world % LANES :]
    period = 0
    for t in range(len(calendar)):
        c, step = calendar[t], numbers[1] + t
        b = Block(
            mine,
            low[world:],
            high[world:],
            places[world:],
            1,
            numbers[3],
            numbers[4],
            rivalry_at_start,
            numbers[5],
            numbers[6],
            numbers[7],
            step,
        )
        if t == 0:
            _load(b, states, parameters, world)
        if t == 0 or c[Cal.LENGTH] != calendar[t - 1][Cal.LENGTH]:
            _set_pace(b, c)
        if c[Cal.OPENS] == 1.0:
            _open_period(b)
        if step % numbers[2] == 0:
            _draw_month(b)
        if c[Cal.INAUGURATION] == 1.0:
            _take_office(b, c)
        wanted = _scratch(b, _COUNT)
        wanted[0] = c[Cal.STANCE]
        _set_stance(b, c, wanted)
        _act(b, c)
        _week(b, c)
        _check_numbers(b, c, failures, world, t)
        if c[Cal.CLOSES] == 1.0:
            _close_period(b, columns, out, world, period)
            period += 1
        if t == len(calendar) - 1:
            _store(b, states, world)
