"""What a search has simulated already, in a folder, so that it can be stopped at any moment.

Each batch of policies is written whole, beside its place and then moved there. The folder carries
the digest of everything that shapes a value; a folder of another search is refused, and nothing in
it is changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tregua.decide.search.levers import Plan
from tregua.shelf import write_table

__all__ = ["Kept"]

Array = NDArray[np.float64]

_ABOUT = "search.json"
_BATCHES = "simulated"


class Kept:
    """Values of plans on the worlds of the search, by plan.

    Parameters
    ----------
    folder
        Where they are kept; None keeps them in memory only.
    about
        What shapes a value, readable by `json`; a folder that says otherwise is refused.
    outcomes
        Names of the outcomes.

    Raises
    ------
    ValueError
        If the folder belongs to another search, or holds other files.
    """

    def __init__(
        self, folder: Path | None, about: Mapping[str, Any], outcomes: tuple[str, ...]
    ) -> None:
        self.folder, self.outcomes = folder, outcomes
        self.values: dict[Plan, Array] = {}
        self.resumed = 0
        if folder is not None:
            _claim(folder, dict(about))
            self._read(folder / _BATCHES)
            self.resumed = len(self.values)

    def add(self, plans: list[Plan], values: Array) -> None:
        """Keep a batch. Values float64[plans, outcomes]."""
        self.values.update(zip(plans, values, strict=True))
        if self.folder is None or not plans:
            return
        folder = self.folder / _BATCHES
        folder.mkdir(exist_ok=True)
        rows = [vars(plan) | {"reform": _number(plan.reform)} for plan in plans]
        frame = pd.DataFrame(rows)
        frame[list(self.outcomes)] = values
        last = max((int(file.stem) for file in folder.glob("*.parquet")), default=0)
        name = f"{last + 1:05d}.parquet"
        unfinished = folder / f"{name}.part-{os.getpid()}"
        try:
            write_table(frame, unfinished)
            unfinished.replace(folder / name)
        finally:
            unfinished.unlink(missing_ok=True)

    def _read(self, folder: Path) -> None:
        for file in sorted(folder.glob("*.parquet")):
            try:
                frame = pq.read_table(file).to_pandas()
            except (OSError, pa.ArrowException):
                file.unlink()  # costs the work of one batch, never a wrong result
                continue
            values = frame[list(self.outcomes)].to_numpy(dtype=np.float64)
            for row, value in zip(frame.to_dict(orient="records"), values, strict=True):
                fields = {str(k): v for k, v in row.items() if k not in self.outcomes}
                reform = int(fields["reform"])
                plan = Plan(**{**fields, "reform": None if reform < 0 else reform})
                self.values[plan] = value


def _number(reform: int | None) -> int:
    return -1 if reform is None else reform


def _claim(folder: Path, about: dict[str, Any]) -> None:
    """Make the folder this search's own, or refuse it."""
    said = folder / _ABOUT
    if said.is_file():
        try:
            other = json.loads(said.read_text(encoding="utf-8"))
        except ValueError:
            other = {}
        if other != about:
            differ = [name for name in about if other.get(name) != about[name]]
            raise ValueError(
                f"{folder} holds another search (different: {', '.join(differ) or 'its file'}). "
                "Give an empty folder; nothing was changed."
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} exists and holds no search. Give an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    said.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
