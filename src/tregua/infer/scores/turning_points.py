"""El Salvador from counts alone: which known turning points are found, and when one would know.

The points below are taken from the record's events and the script. No event enters the detector.
Four of them are falls that it was asked to find; four are turning points that counts were never
going to show as abrupt falls: two crackdowns that hardly moved the counts, and the end of the truce
in two steps, which is a climb. They stay in the table.

A fall counts as dated if the *expected number of falls within a month* of the known month reaches
what is asked and the median month lies within one. The printed window of a fall is no measure of
that: it leaves out months with less than a tenth of its peak's mass, so that a sharply dated fall
shows less of what lies beside it than a blurred one.

This is the record on which the detector's design was looked at, once, for one setting (erosion).
It shows that nothing is broken; it is no test of skill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tregua import infer, record
from tregua.infer.counts.detection import Detection
from tregua.infer.scores import measures
from tregua.infer.scores.options import Options, Tables
from tregua.infer.scores.targets import Target, target_table

__all__ = ["POINTS", "TurningPoint", "judge_points", "turning_points"]

_LAST = "2025-12"
_SURE, _ENOUGH = 0.5, 0.85
_PATIENCE = 12


@dataclass(frozen=True)
class TurningPoint:
    """A known turning point.

    Attributes
    ----------
    month
        First month that it could show in, "2012-03".
    en, es
        What happened.
    fall
        Whether an abrupt fall of deaths is known, so that the detector should find it.
    """

    month: str
    en: str
    es: str
    fall: bool


POINTS: tuple[TurningPoint, ...] = (
    TurningPoint("2003-07", "Mano Dura begins", "Empieza Mano Dura", False),
    TurningPoint("2004-08", "Súper Mano Dura begins", "Empieza Súper Mano Dura", False),
    TurningPoint("2012-03", "Truce begins", "Empieza la tregua", True),
    TurningPoint(
        "2014-06", "New government ends the truce", "Un nuevo gobierno pone fin a la tregua", False
    ),
    TurningPoint(
        "2015-01", "Negotiation refused, confrontation", "Se rehúsa negociar; choque", False
    ),
    TurningPoint(
        "2016-04",
        "Cease-fire and extraordinary measures",
        "Cese de hostilidades y medidas extraordinarias",
        True,
    ),
    TurningPoint(
        "2019-07",
        "New government, talks and Plan Control Territorial",
        "Nuevo gobierno, conversaciones y Plan Control Territorial",
        True,
    ),
    TurningPoint("2022-04", "State of exception", "Régimen de excepción", True),
)
"""Known turning points of El Salvador, 2003 to 2022."""


def turning_points(options: Options) -> Tables:
    """Look for the known turning points of El Salvador in its counts.

    Parameters
    ----------
    options
        Threads; nothing here is random.

    Returns
    -------
    Tables
        `targets` and `points`.
    """
    tiles = infer.tiles(record.load("el-salvador"))
    told: dict[str, Any] = {}
    rules_of: Any = getattr(infer, "rules_of", None)
    if rules_of is not None:
        told["rules"] = rules_of(record.load("el-salvador"))
    found = infer.detect(
        tiles, last=_LAST, threads=options.threads, progress=options.progress, **told
    )
    return judge_points(found)


def judge_points(found: Detection) -> Tables:
    """Compare a detection with the known turning points.

    Parameters
    ----------
    found
        What the detector found.

    Returns
    -------
    Tables
        `targets`, and `points`: `month`, `en`, `es`, `fall_known`, `found`, `median`, `low`,
        `high`, `mass` (of the printed window), `mass_near` (expected falls from two months before
        to three after, as for planted pacts), `mass_month` (from one month before to one after;
        missing where no month is known),
        `delay_online` (months until the online probability of a suppression reaches one half;
        missing where it does not within a year), `escalation` (greatest probability of an
        escalation in the year from the month on). Dated falls that are no known point follow.
    """
    rows = [_row(point, found) for point in POINTS]
    matched = {row["median"] for row in rows if row["median"] is not None}
    sure = found.breaks[found.breaks["mass"] >= _SURE]
    others = sure[~sure["median"].dt.strftime("%Y-%m").isin(matched)]
    rows += [_other(row) for row in others.to_dict("records")]
    points = pd.DataFrame(rows)
    known = points[points["fall_known"]]
    close = [
        row["mass_month"] >= _ENOUGH and _apart(row["month"], row["median"]) <= 1
        for row in known.to_dict("records")
        if row["median"] is not None
    ]
    targets = target_table(
        [
            Target("four_dates", float(sum(close)), least=4),
            Target("no_other", float(len(others)), most=0),
        ]
    )
    return {"targets": targets, "points": points}


def _apart(month: str, other: str) -> int:
    return abs(pd.Period(month, "M").ordinal - pd.Period(other, "M").ordinal)


def _falls(found: Detection, first: int, last: int) -> float:
    """Expected falls that begin in the months at places `first` to `last`."""
    onset = found.months["onset"].to_numpy(dtype=np.float64)
    return float(onset[max(0, first) : last + 1].sum())


def _row(point: TurningPoint, found: Detection) -> dict[str, Any]:
    frame = found.months
    known = np.flatnonzero(frame["month"] == pd.Timestamp(point.month))
    at = int(known[0])
    near = found.breaks[
        [_apart(point.month, f"{m:%Y-%m}") <= 3 for m in found.breaks["median"]]
    ].sort_values("mass", ascending=False)
    hit = near.iloc[0] if len(near) else None
    online = frame["suppressed_filtered"].to_numpy(dtype=np.float64)
    return {
        "month": point.month,
        "en": point.en,
        "es": point.es,
        "fall_known": point.fall,
        "found": hit is not None and bool(hit["mass"] >= _SURE),
        "median": None if hit is None else f"{hit['median']:%Y-%m}",
        "low": None if hit is None else f"{hit['low']:%Y-%m}",
        "high": None if hit is None else f"{hit['high']:%Y-%m}",
        "mass": np.nan if hit is None else float(hit["mass"]),
        "mass_near": _falls(found, at - 2, at + 3),
        "mass_month": _falls(found, at - 1, at + 1),
        "delay_online": measures.delay(online, _SURE, at, at + _PATIENCE),
        "escalation": float(frame["p_escalation"].to_numpy()[at : at + 12].max()),
    }


def _other(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "month": f"{row['median']:%Y-%m}",
        "en": "no known turning point",
        "es": "ningún punto de inflexión conocido",
        "fall_known": False,
        "found": True,
        "median": f"{row['median']:%Y-%m}",
        "low": f"{row['low']:%Y-%m}",
        "high": f"{row['high']:%Y-%m}",
        "mass": float(row["mass"]),
        "mass_near": float(row["mass"]),
        "mass_month": np.nan,
        "delay_online": np.nan,
        "escalation": np.nan,
    }
