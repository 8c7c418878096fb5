"""Other places: dated events found or missed, and alarms where no pact is known.

Reads a folder of series if one is given, and nothing otherwise. Files are recognised by name and
columns: `monthly_NAME.csv` with `date`, `homicides` and, if it holds several series, one of
`state`, `district`, `upp` or `area`; `events_NAME.csv` with `date`, `event_type` and
`description`. Events belong to the single series whose file names begin with the same word.

An alarm where no pact is known is *not proven* false: many are real falls with another cause. And a
window that was published is a window in which something happened: hit rates flatter every method.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tregua import infer
from tregua.infer.counts.detection import LEAST_MONTHS, Detection
from tregua.infer.scores import measures, methods
from tregua.infer.scores.methods import Answer
from tregua.infer.scores.options import Options, Tables, each, luck
from tregua.infer.scores.targets import Target, target_table

__all__ = ["Series", "elsewhere", "series_of"]

_ERRAND = 5005
_GROUPS = ("state", "district", "upp", "area")
_LEAST_MEAN = 2.0  # deaths a month under which a series says nothing
_PANEL = 15  # series taken of a panel, at random by the seed
_QUICK = 4
_BEFORE, _AFTER, _PATIENCE, _SURE = 2, 3, 12, 0.5


@dataclass(frozen=True)
class Series:
    """Counts of one place.

    Attributes
    ----------
    group
        Name of the file, without `monthly_`.
    name
        Name of the place.
    table
        `date` and `count`.
    panel
        Whether the file holds several places, so that no dated event belongs to it.
    """

    group: str
    name: str
    table: pd.DataFrame
    panel: bool


def elsewhere(options: Options) -> Tables:
    """Score the detector and its rivals on series of other places.

    Parameters
    ----------
    options
        `cases`, the folder; seed (which series of a panel), threads.

    Returns
    -------
    Tables
        `targets`, `alarms` (per decade, by group of series and method) and `events` (dated events
        of single series, found or missed). Empty without a folder.

    Raises
    ------
    ValueError
        If the folder is missing or holds no series.
    """
    if options.cases is None:
        return {}
    chosen = _chosen(series_of(options.cases), options)
    if not chosen:
        raise ValueError(
            f"{options.cases} holds no series to score. Expected files monthly_NAME.csv with "
            f"columns "
            "date and homicides."
        )

    def one(series: Series) -> tuple[Series, Detection, list[Answer]]:
        found = infer.detect(series.table, threads=1)
        return series, found, methods.answers(found)

    found = each(one, chosen, options)
    alarms = _alarms(found)
    events = _events(found, options.cases)
    return {"targets": _targets(alarms), "alarms": alarms, "events": events}


def series_of(folder: Path) -> list[Series]:
    """All monthly series of a folder.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}. Give one with files monthly_NAME.csv.")
    return [one for file in sorted(folder.glob("monthly_*.csv")) for one in _of_file(file)]


def _of_file(file: Path) -> Iterable[Series]:
    frame = pd.read_csv(file)
    if not {"date", "homicides"} <= set(frame.columns):
        return
    group = file.stem.removeprefix("monthly_")
    column = next((name for name in _GROUPS if name in frame.columns), None)
    parts = frame.groupby(column, sort=True) if column else [(group, frame)]
    places = list(parts)
    for name, part in places:
        rows = part.dropna(subset=["homicides"]).sort_values("date")
        table = pd.DataFrame({"date": rows["date"], "count": rows["homicides"].round()})
        if len(table) >= LEAST_MONTHS and table["count"].mean() >= _LEAST_MEAN:
            yield Series(group, str(name), table.reset_index(drop=True), len(places) > 1)


def _chosen(known: list[Series], options: Options) -> list[Series]:
    """Single series, and some of each panel."""
    taken = []
    for group in dict.fromkeys(series.group for series in known):
        part = [series for series in known if series.group == group]
        size = options.number(_PANEL, _QUICK)
        if part[0].panel and len(part) > size:
            order = np.argsort(luck(options.seed, _ERRAND, len(part), len(part)), kind="stable")
            part = [part[place] for place in sorted(order[:size])]
        taken += part
    return taken


def _alarms(found: list[tuple[Series, Detection, list[Answer]]]) -> pd.DataFrame:
    rows = []
    groups = [*dict.fromkeys(series.group for series, _, _ in found if series.panel), "all panels"]
    for group in groups:
        part = [f for f in found if f[0].panel and group in (f[0].group, "all panels")]
        if not part:
            continue
        months = sum(len(detection.months) for _, detection, _ in part)
        for place, answer in enumerate(part[0][2]):
            for threshold in (0.5, 0.8) if answer.probability else (answer.threshold,):
                number = sum(
                    len(measures.crossings(answers[place].score, threshold))
                    for _, _, answers in part
                )
                rate, low, high = measures.per_decade(number, months)
                rows.append(
                    {
                        "group": group,
                        "series": len(part),
                        "decades": months / 120,
                        "method": answer.method,
                        "threshold": threshold,
                        "alarms": number,
                        "per_decade": rate,
                        "low": low,
                        "high": high,
                    }
                )
    return pd.DataFrame(rows)


def _events(found: list[tuple[Series, Detection, list[Answer]]], folder: Path) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for file in sorted(folder.glob("events_*.csv")):
        word = file.stem.removeprefix("events_")
        events = pd.read_csv(file)
        for series, detection, answers in found:
            if not series.panel and series.group.split("_")[0] == word:
                rows += [_event_row(event, series, detection, answers) for event in _dated(events)]
    return pd.DataFrame([row for row in rows if row])


def _dated(events: pd.DataFrame) -> list[dict[str, Any]]:
    """Events that may begin a fall, by day or month."""
    kinds = events["event_type"].isin(["pact_start", "negotiation", "crackdown_start"])
    exact = events["date"].astype(str).str.len() >= 7
    return [{str(k): v for k, v in row.items()} for row in events[kinds & exact].to_dict("records")]


def _event_row(
    event: dict[str, Any], series: Series, detection: Detection, answers: list[Answer]
) -> dict[str, Any]:
    months = detection.months["month"]
    month = pd.Timestamp(event["date"]).to_period("M").start_time
    if not months.iloc[12] <= month <= months.iloc[-1]:
        return {}
    at = int(np.flatnonzero(months == month)[0])
    onset = detection.months["onset"].to_numpy(dtype=np.float64)
    mass = float(onset[max(0, at - _BEFORE) : at + _AFTER + 1].sum())
    online = {a.method: a for a in answers if a.online}
    waits = {
        f"delay_{name.replace(' ', '_').replace('-', '_').replace(',', '')}": measures.delay(
            answer.score, answer.threshold, at, at + _PATIENCE
        )
        for name, answer in online.items()
    }
    return {
        "series": series.group,
        "month": f"{month:%Y-%m}",
        "event": event["event_type"],
        "what": event["description"],
        "mass_near": mass,
        "found": mass >= _SURE,
        **waits,
    }


def _targets(alarms: pd.DataFrame) -> pd.DataFrame:
    def of(threshold: float) -> Target:
        part = alarms[
            (alarms["group"] == "all panels")
            & (alarms["method"] == methods.ONLINE_SUPPRESSED)
            & (alarms["threshold"] == threshold)
        ]
        name, most = ("alarms", 0.75) if threshold == 0.5 else ("alarms_sure", 0.1)
        if part.empty:
            return Target(name, float("nan"), most=most)
        row = part.iloc[0]
        return Target(name, row["per_decade"], most=most, span=(row["low"], row["high"]))

    return target_table([of(0.8), of(0.5)])
