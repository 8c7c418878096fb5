"""Judging answers on planted worlds: how many pacts are found, when, and how often it is wrong.

A planted pact counts as *found*

- by a method that dates falls, if it puts an expected number of at least one half of a fall (a
  date, if it knows no probabilities) between two months before the onset and three after;
- by a method that raises alarms as months come in, if an alarm begins within twelve months of the
  onset.

An alarm is *false* if nothing fell: no pact and no permanent fall. Alarms at permanent falls are
counted apart, because an abrupt fall is what most methods look for; a method that claims to know
*reversible* falls is wrong there too. The probability of a month is judged against one truth, that
the planted pact is in force. What is no probability is first turned into one by a logistic curve
fitted on the other half of the worlds (`skill_refitted`), which is done for all methods alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.scores import measures, methods
from tregua.infer.scores.methods import Answer
from tregua.infer.scores.options import Tables
from tregua.infer.scores.targets import Target, target_table
from tregua.infer.scores.worlds import LEVELS, World

__all__ = ["SURE", "Examined", "judge"]

Floats = NDArray[np.float64]

SURE = 0.5
"""Expected falls from which one counts as found; the detector's own threshold."""
_BEFORE, _AFTER, _PATIENCE = 2, 3, 12
_THRESHOLDS = (0.5, 0.8)
_STRONG_LEVEL, _STRONG_EFFECT = 100, 0.5
_ORIGINS = ("pact", "permanent fall", "spike", "counting rule", "rise", "nothing")
_KINDS = (
    ("every dated fall", 0.0, np.inf),
    ("leans reversible", 3.0, np.inf),
    ("cannot tell", 1 / 3, 3.0),
    ("leans persistent", 0.0, 1 / 3),
)


@dataclass(frozen=True)
class Examined:
    """A planted world with the answers of all methods.

    Attributes
    ----------
    world
        The world and its truth.
    answers
        What each method says.
    level
        The detector's level, month by month.
    """

    world: World
    answers: list[Answer]
    level: Floats


def judge(examined: Sequence[Examined]) -> Tables:
    """Turn answers into tables.

    Parameters
    ----------
    examined
        Worlds with answers.

    Returns
    -------
    Tables
        `targets`; `methods` (one row a stratum and method); `recall` by level and effect;
        `durations`; `detectable` (effect found with probability 1/2 and 0.8); `alarms` per
        decade and what they were due to; `reliability`; `dates` (intervals); `effects`; `kinds`
        (what falls of each label were in truth).
    """
    pacts = pd.DataFrame([row for one in examined for row in _pact_rows(one)])
    months = {
        (stratum, method): _months(examined, stratum, method)
        for stratum, method in dict.fromkeys(zip(pacts["stratum"], pacts["method"], strict=True))
    }
    alarms = _alarms(examined)
    reliability = _reliability(months)
    tables = {
        "methods": _methods(pacts, months, alarms, reliability),
        "recall": _recall(pacts, ["base", "effect"]),
        "durations": _recall(pacts, ["duration", "erodes"]),
        "detectable": _detectable(pacts),
        "alarms": alarms,
        "reliability": reliability,
        "dates": _dates(pacts),
        "effects": _effects(examined),
        "kinds": _kinds(examined),
    }
    return {"targets": _targets(tables), **tables}


# -- One world -------------------------------------------------------------------------------


def _pact_rows(one: Examined) -> list[dict[str, Any]]:
    world = one.world
    about = {
        "stratum": world.stratum,
        "world": world.number,
        "base": world.base,
        "effect": world.effect,
        "duration": world.duration,
        "erodes": world.erodes,
    }
    return [{**about, "method": answer.method, **_found(answer, world)} for answer in one.answers]


def _found(answer: Answer, world: World) -> dict[str, Any]:
    """Whether a method found the pact, when, and with what interval."""
    onset = world.onset
    said: dict[str, Any] = {"online": answer.online, "delay": np.nan, "date_error": np.nan}
    if answer.online:
        said["delay"] = measures.delay(answer.score, answer.threshold, onset, onset + _PATIENCE)
        return {**said, "found": not np.isnan(said["delay"])}
    falls = answer.falls
    assert falls is not None  # a method with hindsight dates its falls
    away = (falls["place"] - onset).astype(float)
    near = falls[(away >= -_BEFORE) & (away <= _AFTER)]
    if answer.onset is None:
        said["found"] = len(near) > 0
    else:
        window = answer.onset[max(0, onset - _BEFORE) : onset + _AFTER + 1]
        said["found"] = bool(window.sum() >= SURE)
        near = near.sort_values("mass", ascending=False, kind="stable")
        near = near[near["mass"] >= SURE]
    if len(near):
        row = near.iloc[0 if answer.onset is not None else int(away[near.index].abs().argmin())]
        said["date_error"] = float(row["place"] - onset)
        if "mass_inside" in near:
            said |= {
                "inside": bool(row["low"] <= onset <= row["high"]),
                "inside_half": bool(row["low_half"] <= onset <= row["high_half"]),
                "mass_inside": float(row["mass_inside"]),
            }
    return said


# -- All worlds ------------------------------------------------------------------------------


def _months(examined: Sequence[Examined], stratum: str, method: str) -> dict[str, Any]:
    """Scores, truth and fold of every month that a method was asked about."""
    chosen = [
        (one.world, answer)
        for one in examined
        if one.world.stratum == stratum
        for answer in one.answers
        if answer.method == method
    ]
    return {
        "score": np.concatenate([answer.score for _, answer in chosen]),
        "truth": np.concatenate([world.in_force for world, _ in chosen]),
        "fold": np.concatenate([np.full(len(w.months), w.number % 2) for w, _ in chosen]),
        "probability": chosen[0][1].probability,
    }


def _shares(part: pd.DataFrame) -> dict[str, Any]:
    hits, number = int(part["found"].sum()), len(part)
    low, high = measures.wilson(hits, number)
    recall = hits / number if number else float("nan")
    return {"planted": number, "found": hits, "recall": recall, "low": low, "high": high}


def _recall(pacts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    rows = [
        {**dict(zip(["stratum", "method", *by], key, strict=True)), **_shares(part)}
        for key, part in pacts.groupby(["stratum", "method", *by], sort=False)
    ]
    order = ["stratum", "method", *by]
    frame = pd.DataFrame(rows)
    known = {name: i for i, name in enumerate(dict.fromkeys(frame["method"]))}
    frame["_"] = frame["method"].map(known)
    frame = frame.sort_values(["stratum", "_", *by], ascending=[False, True, *[True] * len(by)])
    rest = [name for name in frame.columns if name not in [*order, "_"]]
    return frame[[*order, *rest]].reset_index(drop=True)


def _methods(
    pacts: pd.DataFrame,
    months: dict[tuple[str, str], dict[str, Any]],
    alarms: pd.DataFrame,
    reliability: pd.DataFrame,
) -> pd.DataFrame:
    rows = []
    for (stratum, method), part in pacts.groupby(["stratum", "method"], sort=False):
        said = months[(str(stratum), str(method))]
        strong = part[(part["base"] >= _STRONG_LEVEL) & (part["effect"] <= _STRONG_EFFECT)]
        clear = _shares(strong)
        dated = part["date_error"].dropna()
        waited = part["delay"].dropna()
        here = alarms[(alarms["stratum"] == stratum) & (alarms["method"] == method)].iloc[0]
        rows.append(
            {
                "stratum": stratum,
                "method": method,
                "online": bool(part["online"].iloc[0]),
                **_shares(part),
                "clear_planted": clear["planted"],
                "clear_recall": clear["recall"],
                "clear_low": clear["low"],
                "clear_high": clear["high"],
                "within_a_month": float((dated.abs() <= 1).mean()) if len(dated) else np.nan,
                "delay": float(waited.median()) if len(waited) else np.nan,
                "false_per_decade": here["per_decade"],
                "auc": measures.auc(said["score"], said["truth"]),
                **_probability_scores(said),
                "calibration_error": _calibration_of(reliability, stratum, method),
            }
        )
    return pd.DataFrame(rows)


def _probability_scores(said: dict[str, Any]) -> dict[str, float]:
    score, truth = said["score"], said["truth"]
    known, nothing = said["probability"], float("nan")
    again = measures.recalibrated(_logit(score) if known else score, truth, said["fold"])
    return {
        "brier": measures.brier(score, truth) if known else nothing,
        "skill": measures.brier_skill(score, truth) if known else nothing,
        "log_score": measures.log_score(score, truth) if known else nothing,
        "skill_refitted": measures.brier_skill(again, truth),
        "log_refitted": measures.log_score(again, truth),
    }


def _logit(probability: Floats) -> Floats:
    inside = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)))


def _calibration_of(reliability: pd.DataFrame, stratum: Any, method: Any) -> float:
    part = reliability[(reliability["stratum"] == stratum) & (reliability["method"] == method)]
    return measures.calibration_error(part)


def _reliability(months: dict[tuple[str, str], dict[str, Any]]) -> pd.DataFrame:
    frames = [
        measures.reliability(said["score"], said["truth"]).assign(stratum=stratum, method=method)
        for (stratum, method), said in months.items()
        if said["probability"]
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame[["stratum", "method", "low", "high", "months", "said", "observed"]]


def _alarms(examined: Sequence[Examined]) -> pd.DataFrame:
    """Alarms per decade outside pacts, by what they were due to."""
    counts: dict[tuple[str, str, float], dict[str, int]] = {}
    watched: dict[tuple[str, str, float], int] = {}
    for one in examined:
        for answer in one.answers:
            for threshold in _THRESHOLDS if answer.probability else (answer.threshold,):
                key = (one.world.stratum, answer.method, threshold)
                tally = counts.setdefault(key, dict.fromkeys(_ORIGINS, 0))
                watched[key] = watched.get(key, 0) + int((~one.world.in_force).sum())
                for month in measures.crossings(answer.score, threshold):
                    tally[one.world.origin(int(month))] += 1
    rows = []
    for (stratum, method, threshold), tally in counts.items():
        watch = watched[(stratum, method, threshold)]
        false = sum(tally.values()) - tally["pact"] - tally["permanent fall"]
        rate, low, high = measures.per_decade(false, watch)
        rows.append(
            {
                "stratum": stratum,
                "method": method,
                "threshold": threshold,
                "decades": watch / 120,
                "false_alarms": false,
                "per_decade": rate,
                "low": low,
                "high": high,
                **{f"at_{name.replace(' ', '_')}": tally[name] for name in _ORIGINS},
            }
        )
    return pd.DataFrame(rows)


def _detectable(pacts: pd.DataFrame) -> pd.DataFrame:
    """Effect that is found with probability 1/2 and 0.8: a logistic curve for each level."""
    rows = []
    for (stratum, method), part in pacts.groupby(["stratum", "method"], sort=False):
        for level in LEVELS:
            here = part[part["base"] == level]
            if here.empty:
                continue
            curve = measures.logistic(here["effect"], here["found"], ridge=0.1)
            half, often = (_effect(curve, p) for p in (0.5, 0.8))
            rows.append(
                {
                    "stratum": stratum,
                    "method": method,
                    "base": level,
                    "planted": len(here),
                    "found_with_half": half,
                    "found_with_0_8": often,
                }
            )
    return pd.DataFrame(rows)


def _effect(curve: measures.Logistic, probability: float) -> float:
    """Weakest effect found with this probability; NaN where the curve does not fall through it."""
    at = curve.where(probability) if curve.slope < 0 else float("nan")
    return at if 0.0 < at < 1.0 else float("nan")


def _dates(pacts: pd.DataFrame) -> pd.DataFrame:
    """How often intervals of dates hold the onset, beside what they say themselves."""
    rows = []
    part = pacts[(pacts["method"] == methods.SMOOTHED) & pacts["date_error"].notna()]
    for stratum, here in part.groupby("stratum", sort=False):
        for nominal, column in ((0.5, "inside_half"), (0.9, "inside")):
            hits = int(here[column].astype(bool).sum())
            low, high = measures.wilson(hits, len(here))
            rows.append(
                {
                    "stratum": stratum,
                    "nominal": nominal,
                    "dated": len(here),
                    "covered": hits / len(here),
                    "low": low,
                    "high": high,
                    "holds": float(here["mass_inside"].mean()) if nominal == 0.9 else np.nan,
                }
            )
    return pd.DataFrame(
        rows, columns=["stratum", "nominal", "dated", "covered", "low", "high", "holds"]
    )


def _effects(examined: Sequence[Examined]) -> pd.DataFrame:
    """The change of the level at the onset, by the detector and in truth, found or not."""
    rows = []
    for stratum in dict.fromkeys(one.world.stratum for one in examined):
        pairs = np.array(
            [
                [_change(values, one.world) for values in (one.level, one.world.level)]
                for one in examined
                if one.world.stratum == stratum
            ]
        )
        gaps = pairs[:, 0] - pairs[:, 1]
        several = len(pairs) > 1 and pairs.std(axis=0).min() > 0
        rows.append(
            {
                "stratum": stratum,
                "planted": len(pairs),
                "correlation": float(np.corrcoef(pairs.T)[0, 1]) if several else np.nan,
                "mean_error": float(np.abs(gaps).mean()),
                "bias": float(gaps.mean()),
            }
        )
    return pd.DataFrame(rows)


def _change(level: Floats, world: World) -> float:
    """Log ratio of the first half year of a pact (or all of a shorter one) to the one before."""
    after = level[world.onset : world.onset + min(world.duration, 6)]
    return float(np.log(after.mean() / level[world.onset - 6 : world.onset].mean()))


def _kinds(examined: Sequence[Examined]) -> pd.DataFrame:
    """What dated falls were in truth, by what the detector says of their kind."""
    rows = []
    for stratum in dict.fromkeys(one.world.stratum for one in examined):
        falls = [
            (float(row["factor"]), one.world.origin(int(row["place"])))
            for one in examined
            if one.world.stratum == stratum
            for answer in one.answers
            if answer.method == methods.SMOOTHED and answer.falls is not None
            for row in answer.falls.to_dict("records")
            if row["mass"] >= SURE
        ]
        for label, least, most in _KINDS:
            origins = [origin for factor, origin in falls if least <= factor < most]
            pacts = origins.count("pact")
            low, high = measures.wilson(pacts, len(origins))
            rows.append(
                {
                    "stratum": stratum,
                    "label": label,
                    "falls": len(origins),
                    "pact_share": pacts / len(origins) if origins else np.nan,
                    "low": low,
                    "high": high,
                    **{f"at_{n.replace(' ', '_')}": origins.count(n) for n in _ORIGINS},
                }
            )
    return pd.DataFrame(rows)


# -- Targets ---------------------------------------------------------------------------------


def _targets(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    table = tables["methods"]
    plain = table[table["stratum"] == "plain"].set_index("method")

    def of(method: str, column: str) -> float:
        found = plain.loc[[method], column] if method in plain.index else None
        return float("nan") if found is None else float(found.iloc[0])

    dates = tables["dates"]
    dates = dates[(dates["stratum"] == "plain") & (dates["nominal"] == 0.9)]
    covered = float(dates["covered"].iloc[0]) if len(dates) else float("nan")
    clear = (of(methods.SMOOTHED, "clear_low"), of(methods.SMOOTHED, "clear_high"))
    return target_table(
        [
            Target("clear_recall", of(methods.SMOOTHED, "clear_recall"), least=0.8, span=clear),
            Target("dated", of(methods.SMOOTHED, "within_a_month"), least=0.95),
            Target("calibration", of(methods.SMOOTHED, "calibration_error"), most=0.03),
            Target("intervals", covered, least=0.85, most=0.97),
            Target("skill", of(methods.SMOOTHED, "skill"), least=0.30),
            Target("skill_online", of(methods.ONLINE, "skill"), least=0.15),
        ]
    )
