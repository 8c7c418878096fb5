"""What inference leaves for the stages after it, as tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tregua import simulate
from tregua.infer.counts.detection import LEAST_MONTHS, detect
from tregua.infer.counts.partition import Tiles, tiles
from tregua.infer.counts.rules import rules_of
from tregua.infer.smoother import history_table, plausible, targets
from tregua.model import Draws, History
from tregua.record import Record, RecordError
from tregua.shelf import Tables

__all__ = ["detection_tables", "history_tables", "plain", "plausible_draws"]

Progress = Callable[[int, int], None]

_VARIABLES = ("recorded", "killed", "prisoners")


def detection_tables(record: Record, progress: Progress | None = None) -> Tables:
    """Tiles, months and breaks of the record's homicides.

    Parameters
    ----------
    record
        All that is known of a case.
    progress
        Called with (done, total).

    Returns
    -------
    Tables
        `tiles` (start, end, value, relative_sd, months, families, sources), `detection_months` and
        `detection_breaks` (see `Detection`); empty where the record covers too few months, which
        the report then says.
    """
    try:
        cut = tiles(record)
    except RecordError:
        return {}
    kept = {"tiles": plain(cut)}
    months = cut.frame["months"].map(len).sum()
    if months < LEAST_MONTHS:
        return kept
    found = detect(cut, progress=progress, rules=rules_of(record))
    return kept | {"detection_months": found.months, "detection_breaks": found.breaks}


def plain(cut: Tiles) -> pd.DataFrame:
    """Tiles with lists written as text, so that any reader of Parquet can take them."""
    frame = cut.frame[["start", "end", "value", "relative_sd"]].copy()
    # A tile's months need not follow each other: those published alone are tiles of their own.
    frame["months"] = [
        ";".join(f"{month:%Y-%m}" for month in months) for months in cut.frame["months"]
    ]
    for column in ("families", "sources"):
        frame[column] = [";".join(values) for values in cut.frame[column]]
    return frame.reset_index(drop=True)


def plausible_draws(
    record: Record,
    prior: Draws,
    history: History,
    *,
    until: int,
    seed: int,
    progress: Progress | None = None,
) -> Draws:
    """Worlds whose mean path follows the record up to a year (see `plausible`).

    Without a usable annual figure before `until` nothing can be followed, and the prior is
    returned as it is.
    """
    try:
        wanted = targets(record, first=int(history.start[:4]), until=until)
    except ValueError:
        return prior
    return plausible(prior, wanted, history, seed=seed, progress=progress)


def history_tables(
    record: Record,
    prior: Draws,
    history: History,
    *,
    end: int,
    seed: int,
    progress: Progress | None = None,
) -> Tables:
    """Prior and plausible worlds under the historical script, beside the record.

    Parameters
    ----------
    record, prior, history, seed
        The case, its worlds and its past.
    end
        First year that is not simulated; plausible worlds follow the record up to it.
    progress
        Called with (worlds run, worlds to run).

    Returns
    -------
    Tables
        `history` (see `history_table`).
    """
    followed = plausible_draws(record, prior, history, until=end, seed=seed)
    clouds = {}
    for index, (name, draws) in enumerate({"prior": prior, "plausible": followed}.items()):
        clouds[name] = simulate.run(
            draws,
            script=history.script,
            start=history.first_day,
            end=f"{end}-01-01",
            seed=seed,
            setting=history.setting,
            variables=_VARIABLES,
            progress=simulate.part_of(progress, index, 2),
        )
    return {"history": history_table(clouds, record)}
