"""How a result was made, so that anyone can make it again.

A saved result carries its command, its version, its seed and the digests of the record and of the
code. It carries no date and no machine, because the same call must give the same bytes twice.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from tregua import __version__

__all__ = ["Provenance", "code_digest", "digest_of"]

_PACKAGE = Path(__file__).parent
_LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "scipy", "xarray")


def digest_of(*parts: object) -> str:
    """Digest of JSON-readable values.

    Parameters
    ----------
    *parts
        Values that `json` can write; anything else is written as its `str`.

    Returns
    -------
    str
        16 hexadecimal digits of SHA-256.

    Examples
    --------
    >>> digest_of("a", 1) == digest_of("a", 1)
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def code_digest() -> str:
    """Digest of every source and data file of the installed package (16 hexadecimal digits)."""
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.relative_to(_PACKAGE).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Provenance:
    """How a result was made.

    Attributes
    ----------
    command
        The command that makes the result again.
    seed
        Seed of every random number, at least 0.
    worlds
        Number of worlds simulated, at least 1.
    record
        Digest of the record used.
    code
        Digest of the code that ran.
    version
        Version of tregua.
    libraries
        Versions of the libraries that shape the numbers.
    """

    command: str
    seed: int
    worlds: int
    record: str
    code: str
    version: str
    libraries: dict[str, str]

    @classmethod
    def of(cls, command: str, *, seed: int, worlds: int, record: str) -> Provenance:
        """Provenance of a result made by this installation."""
        libraries = {name: metadata.version(name) for name in _LIBRARIES}
        return cls(command, seed, worlds, record, code_digest(), __version__, libraries)

    def to_json(self) -> str:
        """One JSON document, keys in a fixed order."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)
