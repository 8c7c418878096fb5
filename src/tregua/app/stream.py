"""Server-sent events: how far a long run has come, told as it goes.

One event a change, never more than ten a second: partial results replace each other, so that a slow
reader gets the newest and holds up nobody. A comment now and then keeps the line open. When the
reader leaves, the stream ends at its next step and the run goes on, since its result may be wanted
under its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import StreamingResponse

from tregua.app.answers import canonical

__all__ = ["Event", "event_stream", "written"]

Event = tuple[str, Any]
"""Name and content of one event."""

_STEP = 0.1  # seconds between two looks
_QUIET = 15.0  # seconds without an event until a comment is sent


def written(name: str, content: Any) -> bytes:
    r"""One event as text (HTML standard, 9.2).

    Parameters
    ----------
    name
        Its kind.
    content
        What it holds, anything JSON has.

    Examples
    --------
    >>> written("done", {"key": "a1"})
    b'event: done\ndata: {"key":"a1"}\n\n'
    """
    return b"event: " + name.encode() + b"\ndata: " + canonical(content) + b"\n\n"


def event_stream(
    look: Callable[[int], tuple[int, list[Event], bool]],
    *,
    opened: Callable[[], None] = lambda: None,
    closed: Callable[[], None] = lambda: None,
) -> StreamingResponse:
    """A reply that tells events until the last.

    Parameters
    ----------
    look
        Takes the number of the state last seen (0 at first) and gives its number now, the events
        since, and whether they were the last. It must not block.
    opened, closed
        Called when the stream begins and when it ends, however it ends.
    """

    async def events() -> AsyncIterator[bytes]:
        opened()
        try:
            seen, quiet = 0, 0.0
            while True:
                seen, found, last = look(seen)
                for name, content in found:
                    yield written(name, content)
                if last:
                    return
                quiet = 0.0 if found else quiet + _STEP
                if quiet >= _QUIET:
                    quiet = 0.0
                    yield b": still here\n\n"
                await asyncio.sleep(_STEP)
        finally:
            closed()

    return StreamingResponse(
        events(),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
