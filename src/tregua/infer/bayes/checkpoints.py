"""Checkpoints: where a long computation stands, so that one killed at any moment goes on.

A checkpoint is one file: arrays as `numpy.savez` writes them, with one JSON document among them.
It is written beside its place, flushed to disk and moved there whole; the one before it is kept.
So whatever moment a run is killed at, at least one whole checkpoint is left, and a run that goes
on from it ends with the same bytes as one that was never stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CheckpointError", "Checkpoints"]

Arrays = dict[str, NDArray[Any]]

_HEADER = "header"


class CheckpointError(ValueError):
    """A checkpoint that cannot be read or that belongs to other work; nothing was changed."""


@dataclass(frozen=True)
class Checkpoints:
    """A folder that holds the newest checkpoint of one computation, and the one before.

    Attributes
    ----------
    folder
        Where they are kept; made with the first.
    work
        What the computation depends on: name = value, as JSON can write it. A checkpoint made with
        other values is refused, and the message names them.
    """

    folder: Path
    work: Mapping[str, Any]

    @property
    def newest(self) -> Path:
        """File of the newest checkpoint."""
        return self.folder / "checkpoint.npz"

    @property
    def before(self) -> Path:
        """File of the one before it."""
        return self.folder / "checkpoint-before.npz"

    def keep(self, header: Mapping[str, Any], arrays: Arrays) -> None:
        """Write a checkpoint.

        Parameters
        ----------
        header
            What JSON can write.
        arrays
            Arrays by name; "header" is taken.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {"work": dict(self.work), "header": dict(header), "digest": _digest(arrays)}
        text: NDArray[Any] = np.frombuffer(
            json.dumps(document, default=str).encode(), dtype=np.uint8
        )
        unfinished = self.folder / f"checkpoint.part-{os.getpid()}"
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **({_HEADER: text} | arrays))
            file.flush()
            os.fsync(file.fileno())
        if self.newest.exists():
            self.newest.replace(self.before)
        unfinished.replace(self.newest)
        for stale in self.folder.glob("checkpoint.part-*"):
            stale.unlink(missing_ok=True)

    def find(self) -> tuple[dict[str, Any], Arrays] | None:
        """The newest whole checkpoint; None if there is none.

        Raises
        ------
        CheckpointError
            If those that are there cannot be read, or belong to other work.
        """
        problems = []
        for file in (self.newest, self.before):
            if not file.exists():
                continue
            try:
                document, arrays = _read(file)
            except CheckpointError as error:
                problems.append(str(error))
                continue
            self._refuse_other_work(file, document["work"])
            return document["header"], arrays
        if problems:
            raise CheckpointError(
                " ".join(problems) + " Nothing was changed. Start afresh in another folder, or "
                "remove the file if its work is not needed."
            )
        return None

    def _refuse_other_work(self, file: Path, found: Mapping[str, Any]) -> None:
        mine = json.loads(json.dumps(dict(self.work), default=str))
        different = [
            f"{name} {found.get(name)!r}, not {mine.get(name)!r}"
            for name in sorted(set(mine) | set(found))
            if mine.get(name) != found.get(name)
        ]
        if different:
            raise CheckpointError(
                f"{file} belongs to other work: {'; '.join(different)}. Nothing was changed. "
                "Repeat that work's settings to go on with it, or start afresh in another folder."
            )


def _read(file: Path) -> tuple[dict[str, Any], Arrays]:
    """Header document and arrays of a file."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        document = json.loads(arrays.pop(_HEADER).tobytes().decode())
        sound = document["digest"] == _digest(arrays) and {"work", "header"} <= set(document)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{file} cannot be read ({error}).") from None
    if not sound:
        raise CheckpointError(f"{file} has been altered: its digest does not fit its arrays.")
    return document, arrays


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:32]
