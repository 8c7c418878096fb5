"""What spikes, seasons and changed rules do to the detector, on synthetic series and on the record.

Prints five tables; the figures of decision records 32 and 40 are theirs. Nothing is timed. The
first two tables are of synthetic series, the others of El Salvador.
Run: python benchmarks/check_detector.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tregua import infer, record
from tregua.infer.counts.generate import generate

NO_SPIKES = {"spike_heights": (), "spike_prior": (), "spike_hazard": 0.0}
QUIET = infer.Settings(
    fall_hazard=1e-12,
    decline_hazard=1e-12,
    escalation_hazard=1e-12,
    spike_hazard=1e-12,
    outlier=1e-9,
)
WAVE = 0.35 * np.cos(2 * np.pi * np.arange(12) / 12)
MONTH = pd.DateOffset(months=1)
EVENTS = ("2012-03", "2016-04", "2019-07", "2021-07", "2022-04")


def quiet(world: int, months: int, seed: int, season: np.ndarray | None = None) -> pd.DataFrame:
    """A series in which nothing happens."""
    return generate(
        months,
        seed=seed,
        world=world,
        level=150,
        size=60,
        walk_sd=0.03,
        settings=QUIET,
        season=None if season is None else list(season),
    ).table


def spikes() -> pd.DataFrame:
    """Falls seen at the end of planted spikes, with and without a regime for them."""
    rows = []
    for world in range(27):
        height, months = (1.5, 2.0, 2.8)[world % 3], (2, 4, 8)[world // 3 % 3]
        table = quiet(world, 120, seed=51)
        inside = slice(60, 60 + months)
        counts = table["count"].to_numpy(copy=True)
        counts[inside] = np.round(counts[inside] * height)
        table["count"] = counts
        end = 60 + months
        for name, changes in (("with", {}), ("without", NO_SPIKES)):
            found = infer.detect(table, settings=infer.Settings(**changes)).months  # type: ignore[arg-type]
            rows.append(
                {
                    "spike regime": name,
                    "months": months,
                    "falls at its end": found["onset"][end - 1 : end + 3].sum(),
                    "suppressed after": found["suppressed"][end : end + 6].mean(),
                    "spike in it": found["p_spike"][inside].mean(),
                }
            )
    frame = pd.DataFrame(rows)
    each = frame.groupby(["spike regime", "months"]).mean()
    whole = frame.drop(columns="months").groupby("spike regime").mean()
    return pd.concat([each, whole.assign(months="all").set_index("months", append=True)])


def seasons() -> pd.DataFrame:
    """Falls where none was planted, and evidence, with seasons learnt and ignored."""
    rows = []
    for season in (WAVE, None):
        for world in range(8):
            table = quiet(world, 180, seed=31, season=season)
            for learnt in (True, False):
                found = infer.detect(table, settings=infer.Settings(season_learnt=learnt))
                late = found.months[72:]
                rows.append(
                    {
                        "series": "seasonal" if season is not None else "not seasonal",
                        "seasons": "learnt" if learnt else "ignored",
                        "falls from year 7": late["onset"].sum(),
                        "months read as spikes": (late["p_spike"] >= 0.5).sum(),
                        "log evidence": found.settings["log_evidence"],
                    }
                )
    return pd.DataFrame(rows).groupby(["series", "seasons"]).mean()


def el_salvador() -> pd.DataFrame:
    """Expected falls near known dates, by what is switched on."""
    known = record.load("el-salvador")
    tiles, rules = infer.tiles(known), infer.rules_of(known)
    columns = {}
    for name, changes, used in (
        ("neither", NO_SPIKES, ()),
        ("rules", NO_SPIKES, rules),
        ("spikes", {}, ()),
        ("both", {}, rules),
    ):
        settings = infer.Settings(**changes)  # type: ignore[arg-type]
        breaks = infer.detect(tiles, last="2025-12", settings=settings, rules=used).breaks
        columns[name] = [
            breaks.loc[(breaks["low"] <= month) & (breaks["high"] >= month), "mass"].sum()
            for month in map(pd.Timestamp, EVENTS)
        ]
    return pd.DataFrame(columns, index=list(EVENTS))


def steps() -> pd.DataFrame:
    """Expected falls within a month of known dates from April 2006 on, by how the level wanders."""
    known = record.load("el-salvador")
    tiles, rules = infer.tiles(known), infer.rules_of(known)
    own = infer.Settings()
    middle = {"walk_sd": (0.05,), "walk_prior": (1.0,)}
    kinds: dict[str, dict[str, Any]] = {
        **{f"step {sd}": {"walk_sd": (sd,), "walk_prior": (1.0,)} for sd in own.walk_sd},
        "step 0.05, no spikes": {**middle, **NO_SPIKES},
    }
    columns = {}
    for name, changes in kinds.items():
        found = infer.detect(
            tiles, first="2006-04", last="2025-12", settings=own.with_(**changes), rules=rules
        )
        onset = found.months.set_index("month")["onset"]
        columns[name] = [
            *(onset[month - MONTH : month + MONTH].sum() for month in map(pd.Timestamp, EVENTS)),
            found.settings["log_evidence"],
        ]
    return pd.DataFrame(columns, index=[*EVENTS, "log evidence"])


def mid_2021() -> pd.DataFrame:
    """Deaths a month in 2021 between one agency's counts since 1 January, whole months or not."""
    table = record.load("el-salvador").observations
    rows = table[(table["series"] == "homicides") & (table["place"] == "El Salvador")]
    rows = rows[(rows["agency"] == "PNC") & (rows["start"] == pd.Timestamp("2021-01-01"))]
    rows = rows.sort_values("end")[["end", "value"]]
    days = rows["end"].diff().dt.days
    rows["since the row before, a month"] = rows["value"].diff() / days * 30.44
    return rows.set_index("end")


def main() -> None:
    """Print the tables."""
    for title, table in (
        ("Synthetic: 27 planted spikes", spikes),
        ("Synthetic: 8 series without any fall", seasons),
        ("El Salvador: expected falls", el_salvador),
        ("El Salvador: expected falls within a month, 2006-04 on", steps),
        ("El Salvador: police counts of 2021", mid_2021),
    ):
        print(f"\n{title}\n{table().round(2).to_string()}", flush=True)


if __name__ == "__main__":
    main()
