"""Scores of the detector where its assumptions are wrong.

Two families of worlds, all synthetic. *Bent*: series from the detector's own generator with one
assumption broken at a time. *Mechanistic*: worlds of the simulator, in which a secret pact begins
and ends by a script while gangs grow, prisons fill, deaths are hidden, and agencies print figures
that disagree. There the falls are not written into the counts: they are what the game makes of a
pact, and some pacts hardly lower killing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import infer
from tregua.infer.counts.detection import Detection
from tregua.infer.counts.generate import Synthetic, generate
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.scores import measures, methods
from tregua.infer.scores.options import Options, Tables, each, luck

__all__ = ["CONDITIONS", "bent", "mechanistic", "misspecified"]

Floats = NDArray[np.float64]

MONTHS = 120
_ERRAND = 3003
_FIRST_SERIES = 2_000_000  # series that no other score draws
_CLEAR, _ENOUGH = 0.5, 50  # log size and level of a fall that should be found
_SURE = 0.5

CONDITIONS: tuple[str, ...] = (
    "as assumed",
    "outliers five times as often and twice as wild",
    "more noise than any size assumed (4)",
    "no noise but chance (Poisson)",
    "a level more restless than assumed (0.15 a month)",
    "a season of 20 %",
    "falls four times as often",
)
"""Ways in which a series departs from the detector's assumptions."""

_PACT_FROM, _PACT_TO = "2010-03-01", "2012-03-01"
_FIRST, _END = "2003-01-01", "2015-01-01"


def misspecified(options: Options) -> Tables:
    """Score the detector where its assumptions do not hold.

    Parameters
    ----------
    options
        Seed, number of series of each kind (60, or 6 when quick), threads.

    Returns
    -------
    Tables
        `bent` (one row a broken assumption) and `mechanistic` (one row a kind of world).
    """
    return {"bent": bent(options), "mechanistic": mechanistic(options)}


# -- One assumption broken at a time ---------------------------------------------------------


def bent(options: Options) -> pd.DataFrame:
    """Score the detector on series with one assumption broken.

    Parameters
    ----------
    options
        As for `misspecified`.

    Returns
    -------
    DataFrame
        For each condition: falls said and planted, share of clear falls found (log size above 0.5
        at 50 deaths a month or more), online false alarms per decade at 0.5, coverage of the
        level's 90 % interval, and AUC and Brier skill of `suppressed`.
    """
    number = options.number(60, 6)
    tasks = [(condition, world) for condition in CONDITIONS for world in range(number)]

    def one(task: tuple[str, int]) -> tuple[str, Synthetic, Detection]:
        truth = _bent_series(task[0], task[1], options.seed)
        return task[0], truth, infer.detect(truth.table, threads=1)

    found = each(one, tasks, options)
    return pd.DataFrame(
        [_bent_row(name, [f for f in found if f[0] == name]) for name in CONDITIONS]
    )


def _bent_series(condition: str, world: int, seed: int) -> Synthetic:
    own = infer.Settings()
    u = luck(seed, _ERRAND, world, 2)
    level, walk, size = float(50 * 10 ** u[0]), 0.05, 80.0
    settings = own
    if condition == CONDITIONS[1]:
        settings = own.with_(outlier=5 * own.outlier, outlier_scale=2 * own.outlier_scale)
    elif condition == CONDITIONS[2]:
        size = 4.0
    elif condition == CONDITIONS[3]:
        size = 1e7
    elif condition == CONDITIONS[4]:
        walk = 0.15
    elif condition == CONDITIONS[6]:
        settings = own.with_(fall_hazard=4 * own.fall_hazard)
    series = _FIRST_SERIES + world
    drawn = generate(
        MONTHS, seed=seed, world=series, level=level, walk_sd=walk, size=size, settings=settings
    )
    return _seasonal(drawn, u[1]) if condition == CONDITIONS[5] else drawn


def _seasonal(drawn: Synthetic, phase: float) -> Synthetic:
    """The same series with a season: counts are scaled, so that their noise is a little off."""
    season = np.exp(0.2 * np.sin(2 * np.pi * (np.arange(MONTHS) / 12 + phase)))
    table = drawn.table.assign(count=np.round(drawn.table["count"] * season).astype(np.int64))
    return replace(drawn, table=table)  # the level is that without the season


def _bent_row(condition: str, found: Sequence[tuple[str, Synthetic, Detection]]) -> dict[str, Any]:
    clear = hits = alarms = quiet = 0
    for _, truth, said in found:
        onset = said.months["onset"].to_numpy(dtype=np.float64)
        falls = np.flatnonzero(truth.falls[1:]) + 1
        for month in falls:
            if truth.drop[month] > _CLEAR and truth.level[month - 1] >= _ENOUGH:
                clear += 1
                hits += bool(onset[max(0, month - 2) : month + 4].sum() >= _SURE)
        online = said.months["suppressed_filtered"].to_numpy(dtype=np.float64)
        for month in measures.crossings(online, 0.5):
            alarms += not bool(((month >= falls - 2) & (month < falls + 12)).any())
        quiet += int((~truth.suppressed).sum())
    low, high = measures.wilson(hits, clear)
    suppressed = np.concatenate([said.months["suppressed"].to_numpy() for _, _, said in found])
    truth_of = np.concatenate([truth.suppressed for _, truth, _ in found])
    held = [
        (said.months["level_low"] <= truth.level) & (truth.level <= said.months["level_high"])
        for _, truth, said in found
    ]
    return {
        "condition": condition,
        "series": len(found),
        "falls_expected": float(sum(said.months["onset"].sum() for _, _, said in found)),
        "falls_planted": int(sum(truth.falls[1:].sum() for _, truth, _ in found)),
        "clear_falls": clear,
        "recall": hits / clear if clear else np.nan,
        "low": low,
        "high": high,
        "false_per_decade": measures.per_decade(alarms, quiet)[0],
        "level_covered": float(np.mean([h.mean() for h in held])),
        "auc": measures.auc(suppressed, truth_of),
        "skill": measures.brier_skill(suppressed, truth_of),
    }


# -- Worlds of the simulator -----------------------------------------------------------------


@dataclass(frozen=True)
class _Kind:
    """A kind of mechanistic world: the pact's strength and what reads its deaths."""

    name: str
    stance: str
    restraining: float
    exact: bool
    missing: float = 0.0


_KINDS = (
    _Kind("secret pact, 60 % of gangs restrain, true tally", "SECRET_PACT", 0.6, True),
    _Kind("secret pact, 60 % of gangs restrain, printed figures", "SECRET_PACT", 0.6, False),
    _Kind("the same, a tenth of figures missing", "SECRET_PACT", 0.6, False, 0.1),
    _Kind("secret pact, 30 % of gangs restrain, printed figures", "SECRET_PACT", 0.3, False),
    _Kind("pact and crackdown at once, printed figures", "BOTH", 0.6, False),
    _Kind("no pact, printed figures", "STATUS_QUO", 0.0, False),
)


def mechanistic(options: Options) -> pd.DataFrame:
    """Score the detector on worlds of the simulator with a pact of two years by script.

    Parameters
    ----------
    options
        As for `misspecified`; two thirds as many worlds.

    Returns
    -------
    DataFrame
        For each kind of world: share of pacts whose beginning is found, with hindsight (one half of
        a fall between two months before and three after) and online (an alarm within a year);
        median fall of the tally at the beginning; online alarms per decade outside of pacts; AUC of
        the probability of a reversible fall for months under a pact.
    """
    number = options.number(40, 5)
    rows = []
    for kind in _KINDS:
        series = _mechanistic_series(kind, number, options.seed)

        def one(tiles: infer.Tiles) -> Detection:
            return infer.detect(tiles, first=_FIRST[:7], last="2014-12", threads=1)

        rows.append(_mechanistic_row(kind, each(one, series, options)))
    return pd.DataFrame(rows)


def _mechanistic_series(kind: _Kind, number: int, seed: int) -> list[infer.Tiles]:
    from tregua import model, simulate

    quiet = model.Era(pd.Timestamp(_FIRST), model.Stance.STATUS_QUO, pressing=0.3)
    stance = model.Stance[kind.stance]
    pact = model.Era(pd.Timestamp(_PACT_FROM), stance, restraining=kind.restraining)
    after = model.Era(pd.Timestamp(_PACT_TO), model.Stance.STATUS_QUO, pressing=0.3)
    if stance == model.Stance.STATUS_QUO:
        pact = model.Era(pd.Timestamp(_PACT_FROM), stance, pressing=0.3)
    worlds = simulate.run(
        model.prior_draws(number, seed=seed),
        script=model.Script((quiet, pact, after)),
        start=_FIRST,
        end=_END,
        seed=seed,
        variables=simulate.PUBLISHED_VARIABLES,
        threads=1,
    )
    rows = simulate.published(
        worlds, seed=seed, series=["homicides"], exact=kind.exact, missing=kind.missing
    )
    if kind.exact:
        rows = rows[rows["agency"] == "PNC"]
    rows = rows.assign(value=rows["value"].round())
    return [tiles_of_table(rows, world=int(world)) for world in rows["world"].unique()]


def _mechanistic_row(kind: _Kind, found: Sequence[Detection]) -> dict[str, Any]:
    months = pd.date_range(_FIRST, _END, freq="MS", inclusive="left")
    onset, end = (methods.place_of(months, day) for day in (_PACT_FROM, _PACT_TO))
    place = np.arange(len(months))
    in_force = (place >= onset) & (place < end) & (kind.restraining > 0)
    hits = online = alarms = 0
    changes, score = [], []
    for said in found:
        frame = said.months
        hits += bool(frame["onset"].to_numpy()[onset - 2 : onset + 4].sum() >= _SURE)
        filtered = frame["suppressed_filtered"].to_numpy(dtype=np.float64)
        online += not np.isnan(measures.delay(filtered, 0.5, onset, onset + 12))
        crossed = measures.crossings(filtered, 0.5)
        alarms += int(((crossed < onset - 2) | (crossed >= end)).sum())
        counts = frame["observed"].to_numpy(dtype=np.float64)
        year_before, year_after = counts[onset - 12 : onset], counts[onset : onset + 12]
        changes.append(np.nanmean(year_after) / np.nanmean(year_before))
        score.append(methods.of_detection(said)[0].score)
    low, high = measures.wilson(hits, len(found))
    quiet = len(found) * (len(months) - (end - onset))
    return {
        "worlds_of": kind.name,
        "worlds": len(found),
        "left_of_deaths": float(np.median(changes)),
        "found": hits / len(found),
        "low": low,
        "high": high,
        "found_online": online / len(found),
        "alarms_per_decade": measures.per_decade(alarms, quiet)[0],
        "auc": measures.auc(np.concatenate(score), np.tile(in_force, len(found))),
    }
