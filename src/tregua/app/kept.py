"""What is dear to make and asked for again: kept up to a number of bytes, made by whoever needs it.

Twenty people who look at the same plan need the same worlds. The first to ask begins to make them,
piece by piece; whoever asks meanwhile takes a piece that nobody has taken yet. Nobody waits for
more than the piece that another works on, so that a run may be cancelled, or give way to others,
between two pieces without holding anyone up.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

__all__ = ["Kept", "Step"]

T = TypeVar("T")
Step = Callable[[], None]
"""Called between two pieces; may wait, or raise to leave."""


class Kept(Generic[T]):
    """Values by key up to a number of bytes, each made once, the longest unused dropped first.

    Parameters
    ----------
    most
        Bytes that may be kept; the newest value is kept in any case.
    size
        Bytes of a value.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most, self._size = most, size
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._making: dict[Hashable, _Making[T]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not kept.

        Parameters
        ----------
        key
            Everything that the value depends on.
        make
            Makes it.
        """
        return self.joined(key, [make], lambda pieces: pieces[0])

    def joined(
        self,
        key: Hashable,
        makers: Sequence[Callable[[], Any]],
        join: Callable[[list[Any]], T],
        step: Step | None = None,
    ) -> T:
        """The value of a key, made in pieces by all who ask for it meanwhile.

        Parameters
        ----------
        key
            Everything that the value depends on, the number of pieces included.
        makers
            Each makes a piece.
        join
            Makes the value of all pieces, in the order of their makers.
        step
            Called between two pieces. What it raises is raised here, and the others go on.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, _Making(len(makers)))
            making.users += 1
        try:
            value = join(making.gathered(makers, step))
            with self._lock:
                # Of equal values one is kept, so that all hold the same.
                value = self._values.setdefault(key, value)
                self._values.move_to_end(key)
                self._drop()
            return value
        finally:
            with self._lock:
                making.users -= 1
                if making.users == 0:
                    del self._making[key]

    def _drop(self) -> None:
        sizes = [self._size(value) for value in self._values.values()]
        total = sum(sizes)
        for size in sizes[:-1]:
            if total <= self._most:
                return
            self._values.popitem(last=False)
            total -= size


@dataclass
class _Piece:
    taken: bool = False
    made: bool = False
    value: Any = None


class _Making(Generic[T]):
    """A value that one or several threads are making."""

    def __init__(self, pieces: int) -> None:
        self.users = 0
        self._pieces = [_Piece() for _ in range(pieces)]
        self._changed = threading.Condition()

    def gathered(self, makers: Sequence[Callable[[], Any]], step: Step | None) -> list[Any]:
        """Make what nobody has made; all pieces."""
        made_one = False
        while True:
            if made_one and step is not None and not self._complete():
                step()
            number = self._take()
            if number is None:
                return [piece.value for piece in self._pieces]
            piece = self._pieces[number]
            try:
                piece.value = makers[number]()
                piece.made = made_one = True
            finally:
                self._put_back(piece)

    def _complete(self) -> bool:
        return all(piece.made for piece in self._pieces)

    def _take(self) -> int | None:
        """A piece that nobody works on, once there is one; None if all are made."""
        with self._changed:
            while not self._complete():
                for number, piece in enumerate(self._pieces):
                    if not piece.taken:
                        piece.taken = True
                        return number
                self._changed.wait()
        return None

    def _put_back(self, piece: _Piece) -> None:
        """Let others see that a piece is made, or take it."""
        with self._changed:
            piece.taken = piece.made
            self._changed.notify_all()
