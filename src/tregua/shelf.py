"""Finished work put on a shelf, so that an interrupted run resumes and never repeats itself.

A stage of a study turns inputs into named tables. The shelf keeps each stage's tables as Parquet
under a key that digests everything they depend on; asked again with the same key it hands back
the kept tables. Tables are always read back from the shelf, also in the run that made them, so
that a resumed run and an uninterrupted one see the same bytes. A stage is written beside its
place and moved there whole: a run killed at any moment leaves a stage either finished or absent.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tregua.provenance import digest_of

__all__ = ["Shelf", "Tables", "write_table"]

Tables = dict[str, pd.DataFrame]
"""Tables by name."""


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet, the same bytes for the same table.

    Parameters
    ----------
    frame
        Table with a plain index, which is not written.
    path
        File to write; its folder must exist.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


@dataclass(frozen=True)
class Shelf:
    """A folder of finished stages.

    Attributes
    ----------
    folder
        Where stages are kept; made when the first is kept.
    base
        Digest of what every stage depends on: record, code, seed, number of worlds.
    """

    folder: Path
    base: str

    def keep(self, stage: str, make: Callable[[], Mapping[str, pd.DataFrame]]) -> Tables:
        """Tables of a stage: from the shelf if they are there, else made and kept.

        Parameters
        ----------
        stage
            Name of the stage; letters, digits and hyphens.
        make
            Makes the tables; called only when they are missing or cannot be read.

        Returns
        -------
        Tables
            The tables by name, as read from the shelf.
        """
        place = self.folder / f"{stage}-{digest_of(self.base, stage)}"
        if place.is_dir():
            try:
                return _read(place)
            except (OSError, pa.ArrowException):
                # A damaged shelf costs the work of one stage, never a wrong result.
                shutil.rmtree(place, ignore_errors=True)
        self._discard_older(stage)
        unfinished = place.with_name(f"{place.name}.part-{os.getpid()}")
        unfinished.mkdir(parents=True, exist_ok=True)
        try:
            for name, frame in make().items():
                write_table(frame, unfinished / f"{name}.parquet")
            unfinished.replace(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return _read(place)

    def holds(self, stage: str) -> bool:
        """Whether a stage is finished."""
        return (self.folder / f"{stage}-{digest_of(self.base, stage)}").is_dir()

    def _discard_older(self, stage: str) -> None:
        if self.folder.is_dir():
            for old in self.folder.iterdir():
                if old.name.split(".part-")[0].rpartition("-")[0] == stage:
                    shutil.rmtree(old, ignore_errors=True)


def _read(place: Path) -> Tables:
    files = sorted(place.glob("*.parquet"))
    return {file.stem: pq.read_table(file).to_pandas() for file in files}
