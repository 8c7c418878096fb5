r"""Marks of a design: how far off, how often its interval holds, how often it cries wolf.

For a world with true ratio $R$ and an answer $\hat R$ with interval $[a, b]$ the error is
$\log \hat R - \log R$. *Bias* is its mean, with the interval of a mean; *coverage* the share of
worlds with $a \le R \le b$; *size* the share of worlds without an effect in which the interval
leaves out 1; *power* the share of worlds with one in which it leaves out 1 on the side of the
truth. Shares carry Wilson's interval. A design that refuses to answer is not right: refusals are
counted beside, and every share is one of those that answered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tregua.infer.scores.measures import wilson

__all__ = ["MARK_COLUMNS", "NOMINAL", "marks_of", "reputations"]

NOMINAL: float = 0.1
"""Share of worlds without an effect in which a 90 % interval may exclude none."""

MARK_COLUMNS: tuple[str, ...] = (
    "design",
    "scenario",
    "worlds",
    "answered",
    "intervals",
    "truth",
    "truth_killed",
    "bias",
    "bias_low",
    "bias_high",
    "bias_killed",
    "spread",
    "coverage",
    "coverage_low",
    "coverage_high",
    "width",
    "asks",
    "found",
    "found_low",
    "found_high",
    "nominal",
    "exceeds",
)

_LEVEL = 0.9


def marks_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Marks of each design in each scenario.

    Parameters
    ----------
    answers
        One row a design, scenario and world: design, scenario, world, effect (whether the event
        does anything), dates_breaks (whether the design looks for breaks and promises no level),
        recorded and killed (true ratios), value, low, high (NaN where there is no answer) and says
        (-1 a fall, 0 nothing, 1 a rise, NaN without an interval).

    Returns
    -------
    DataFrame
        Columns `MARK_COLUMNS`: `answered` and `intervals` are shares of the worlds; `truth` and
        `truth_killed` medians; `bias` mean log error against recorded deaths, with a 90 % interval
        of the mean, `bias_killed` the same against all killed; `spread` the standard deviation of
        log errors; `coverage` with Wilson's 90 % interval; `width` the median log width; `asks`
        is size or power, `found` that share with Wilson's interval; `nominal` the size that the
        level means; `exceeds` whether size is above it beyond what counting explains.
    """
    groups = answers.groupby(["design", "scenario"], sort=False)
    rows = [_row(str(key[0]), str(key[1]), part) for key, part in groups]
    return pd.DataFrame(rows, columns=list(MARK_COLUMNS))


def _row(design: str, scenario: str, part: pd.DataFrame) -> dict[str, Any]:
    given = part[part["value"].notna() & (part["value"] > 0)]
    error = _log(given["value"] / given["recorded"])
    hidden = _log(given["value"] / given["killed"])
    bounded = given[given["low"].notna() & given["high"].notna()]
    held = (bounded["low"] <= bounded["recorded"]) & (bounded["recorded"] <= bounded["high"])
    said = given["says"].dropna()
    effect = bool(part["effect"].iloc[0])
    side = np.sign(np.log(given.loc[said.index, "recorded"])) if effect else 0.0
    hits = int((said == side).sum()) if effect else int((said != 0).sum())
    dates = bool(part["dates_breaks"].iloc[0])
    cover, seen = wilson(int(held.sum()), len(held)), wilson(hits, len(said))
    wide = _log(bounded["high"] / bounded["low"].where(bounded["low"] > 0))
    return {
        "design": design,
        "scenario": scenario,
        "worlds": len(part),
        "answered": len(given) / len(part),
        "intervals": len(bounded) / len(part),
        "truth": float(part["recorded"].median()),
        "truth_killed": float(part["killed"].median()),
        **_bias(error),
        "bias_killed": _mean(hidden),
        "spread": float(error.std(ddof=1)) if len(error) > 1 else math.nan,
        "coverage": _mean(held),
        "coverage_low": cover[0],
        "coverage_high": cover[1],
        "width": float(wide.median()) if len(wide.dropna()) else math.nan,
        "asks": "power" if effect else "size",
        "found": hits / len(said) if len(said) else math.nan,
        "found_low": seen[0],
        "found_high": seen[1],
        "nominal": math.nan if effect or dates else NOMINAL,
        "exceeds": not (effect or dates) and bool(seen[0] > NOMINAL),
    }


def _log(values: pd.Series) -> pd.Series:
    return values.map(math.log, na_action="ignore")


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else math.nan


def _bias(error: pd.Series) -> dict[str, float]:
    """Mean error with the interval of a mean, which needs two answers."""
    mean, reach = _mean(error), math.nan
    if len(error) > 1:
        quantile = float(stats.t.ppf(0.5 + _LEVEL / 2, len(error) - 1))
        reach = quantile * float(error.std(ddof=1)) / math.sqrt(len(error))
    return {"bias": mean, "bias_low": mean - reach, "bias_high": mean + reach}


def reputations(
    answers: pd.DataFrame, *, seed: int, fair: Sequence[str], size_of: str = "no_effect"
) -> list[Mapping[str, Any]]:
    """What the summary of each design will say of it.

    Parameters
    ----------
    answers
        As for `marks_of`.
    seed
        Seed of the worlds.
    fair
        Scenarios with an effect in which nothing else happens that designs are not told of;
        coverage is taken over these.
    size_of
        The scenario without an effect whose size is told.

    Returns
    -------
    list
        One mapping a design that promises a level, with the fields of `Reputation`; none for a
        design that never gave an interval.
    """
    found: list[Mapping[str, Any]] = []
    own = answers[~answers["dates_breaks"].astype(bool)]
    marks = marks_of(own)
    for design, part in own.groupby("design", sort=False):
        still = marks[(marks["design"] == design) & (marks["scenario"] == size_of)]
        if still["found"].dropna().empty:
            continue
        row = still.iloc[0]
        bounded = part[part["scenario"].isin(fair) & part["low"].notna() & part["high"].notna()]
        held = (bounded["low"] <= bounded["recorded"]) & (bounded["recorded"] <= bounded["high"])
        found.append(
            {
                "design": str(design),
                "size": float(row["found"]),
                "nominal": NOMINAL,
                "size_low": float(row["found_low"]),
                "size_high": float(row["found_high"]),
                "coverage": _mean(held),
                "worlds": round(int(row["worlds"]) * float(row["intervals"])),
                "seed": seed,
            }
        )
    return [entry for entry in found if not math.isnan(entry["coverage"])]
