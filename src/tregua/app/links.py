"""A state in an address: JSON, deflated, in letters that an address may hold.

A browser makes the same text with `CompressionStream("deflate")` or "deflate-raw" and base64url.
What comes in is measured while it is unpacked, because a few thousand letters may hold a gigabyte
of zeros.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from tregua.app.answers import canonical
from tregua.app.guard import strict_json
from tregua.app.problems import Problem

__all__ = ["pack", "unpack"]

_LONGEST_TEXT = 16_000  # letters in an address
_MOST_BYTES = 300_000  # unpacked


def pack(state: Any) -> str:
    """A state as the text of ``s=``.

    Parameters
    ----------
    state
        Anything JSON holds.

    Examples
    --------
    >>> unpack(pack({"years": 10}))
    {'years': 10}
    """
    squeezed = zlib.compress(canonical(state), 9)
    return base64.urlsafe_b64encode(squeezed).rstrip(b"=").decode()


def unpack(text: str, *, where: str = "s") -> Any:
    """The state that `pack`, or a page, put into an address.

    Parameters
    ----------
    text
        Base64url of deflated JSON (zlib or raw).
    where
        Name of the field, for messages.

    Raises
    ------
    Problem
        400 if it is no such text, or holds more than 300,000 bytes.
    """
    valid = "the text that a page's Share button gives: JSON, deflated, as base64url"
    if len(text) > _LONGEST_TEXT:
        raise Problem(400, f"{len(text)} letters are too many.", where=where, valid=valid)
    try:
        packed = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, UnicodeEncodeError):
        raise Problem(400, "This is no base64url.", where=where, valid=valid) from None
    data = _inflated(packed)
    if data is None:
        raise Problem(400, "This is no deflated text, or too long.", where=where, valid=valid)
    try:
        return strict_json(data)
    except (ValueError, json.JSONDecodeError) as error:
        raise Problem(400, f"This holds no JSON: {error}", where=where, valid=valid) from None


def _inflated(packed: bytes) -> bytes | None:
    """The bytes, or None if there are too many or they are not deflated."""
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        machine = zlib.decompressobj(window)
        try:
            data = machine.decompress(packed, _MOST_BYTES)
        except zlib.error:
            continue
        if machine.eof and not machine.unused_data:
            return data
    return None
