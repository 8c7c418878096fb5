"""Write `docs/reference/scores.md` from the shipped scores.

Run `python docs/_ext/write_scores.py` after new scores were shipped; a test compares the two.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from tregua.infer.scores.shipped import (
    shipped,
    shipped_names,
    shipped_provenance,
    shipped_targets,
)

SCORES_PAGE = Path(__file__).parents[1] / "reference" / "scores.md"

_OPENING = """# Scores

How often the detector is right, how often it is wrong, and who does better. Every number on this
page was printed by

```sh
{command}
```

({worlds} planted worlds, seed {seed}, tregua {version}, code `{code}`). How the scores are made and
why: [decision 37](../decisions/0037-how-scores-are-made.md). Planted and drawn series are
**synthetic**. A score on synthetic worlds says what the detector can do where the stated generator
holds; it says nothing of how often pacts are found in the world. Intervals hold 90 %.

No skill is claimed for real pacts: the dated ones are few, and published because they worked.
"""

# score, table: heading, what it says, columns with their headings, rows to keep
_TABLES: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    (
        "planted",
        "methods",
        "Planted suppressions: the detector and its rivals",
        "One pact is planted in each world of 15 years. *Found*: dated between two months before "
        "and "
        "three after, or an alarm within a year. *Clear*: at 100 deaths a month or more, with an "
        "effect of 0.5 or stronger. *False alarms* have no fall behind them. *Skill* is Brier's, "
        "as "
        "said; *refitted* after a logistic curve fitted on the other half of the worlds, which "
        "gives rivals without probabilities theirs. `hard` adds spikes and changes of counting "
        "rules.",
        {
            "stratum": "Worlds",
            "method": "Method",
            "planted": "Planted",
            "recall": "Found",
            "clear_recall": "Clear ones",
            "within_a_month": "Dated within a month",
            "delay": "Delay, months",
            "false_per_decade": "False alarms a decade",
            "auc": "AUC",
            "skill": "Skill",
            "skill_refitted": "Skill, refitted",
            "log_score": "Log score",
            "calibration_error": "Calibration error",
        },
    ),
    (
        "bound",
        "bound",
        "What could be had at best",
        "The same plain worlds. *Law*: the generator turned round, every history summed exactly; "
        "it is told the walk, the overdispersion, the trend and the season of each world, and "
        "knows that there is one pact and what pacts and decoys look like. *A pact uncertain*: it "
        "knows all this but "
        "holds a world without a pact as likely as one with a pact. *Detector, told*: the detector "
        "with the world's own walk and overdispersion. Nothing that sees only the counts can beat "
        "the law, up to chance. What it means: "
        "[What counts alone can say](../explanation/detection.md#how-much-could-be-known).",
        {
            "method": "Method",
            "online": "Online",
            "worlds": "Worlds",
            "auc": "AUC",
            "skill": "Skill",
            "log_score": "Log score",
            "calibration_error": "Calibration error",
        },
    ),
    (
        "bound",
        "bound_effects",
        "What could be had at best, by effect",
        "Brier skill with hindsight against the base rate among worlds of that effect.",
        {
            "effect": "Effect",
            "worlds": "Worlds",
            "law": "Law",
            "law, a pact uncertain": "Law, a pact uncertain",
            "detector, told": "Detector, told",
            "detector": "Detector",
        },
    ),
    (
        "planted",
        "recall",
        "Which pacts are found, by level and effect",
        "*Effect* is the share of deaths that a pact leaves, *level* deaths a month before it. The "
        "detector with hindsight, plain worlds.",
        {
            "base": "Level",
            "effect": "Effect",
            "planted": "Planted",
            "found": "Found",
            "recall": "Share",
            "low": "Low",
            "high": "High",
        },
    ),
    (
        "planted",
        "durations",
        "By length",
        "The detector with hindsight, plain worlds. Eroding pacts lose their effect evenly.",
        {
            "duration": "Months",
            "erodes": "Erodes",
            "planted": "Planted",
            "found": "Found",
            "recall": "Share",
            "low": "Low",
            "high": "High",
        },
    ),
    (
        "planted",
        "detectable",
        "The weakest effect that is found",
        "From a logistic curve for each level, the detector with hindsight, plain worlds. Empty: "
        "never "
        "reached between 0 and 1.",
        {
            "base": "Level",
            "planted": "Planted",
            "found_with_half": "Found with probability 1/2",
            "found_with_0_8": "Found with probability 0.8",
        },
    ),
    (
        "planted",
        "alarms",
        "Alarms outside pacts",
        "Upward crossings of the threshold a decade, and what all alarms were due to.",
        {
            "stratum": "Worlds",
            "method": "Method",
            "threshold": "Threshold",
            "per_decade": "False a decade",
            "low": "Low",
            "high": "High",
            "at_pact": "Pact",
            "at_permanent_fall": "Permanent fall",
            "at_spike": "Spike",
            "at_counting_rule": "Counting rule",
            "at_rise": "Rise",
            "at_nothing": "Nothing",
        },
    ),
    (
        "planted",
        "kinds",
        "What falls of each label were in truth",
        "Falls dated with an expected number of one half or more, by the Bayes factor of "
        "reversible "
        "against persistent. Here every planted pact is reversed and no planted permanent fall is, "
        "which real pacts do not obey: do not quote the shares of pacts for the world.",
        {
            "stratum": "Worlds",
            "label": "Label",
            "falls": "Falls",
            "pact_share": "Pacts",
            "low": "Low",
            "high": "High",
            "at_permanent_fall": "Permanent fall",
            "at_spike": "Spike",
            "at_counting_rule": "Counting rule",
            "at_rise": "Rise",
            "at_nothing": "Nothing",
        },
    ),
    (
        "planted",
        "reliability",
        "Reliability",
        "Months in which a method said a probability, and how often the planted pact was in force.",
        {
            "stratum": "Worlds",
            "method": "Method",
            "low": "From",
            "high": "To",
            "months": "Months",
            "said": "Said",
            "observed": "Observed",
        },
    ),
    (
        "planted",
        "dates",
        "Intervals of dates",
        "Whole months make an interval hold more than its name says; *holds* is what the 90 % "
        "intervals "
        "say of themselves.",
        {
            "stratum": "Worlds",
            "nominal": "Nominal",
            "dated": "Dated",
            "covered": "Covered",
            "low": "Low",
            "high": "High",
            "holds": "Holds",
        },
    ),
    (
        "planted",
        "effects",
        "Size of the change at the onset, found or not",
        "Log ratio of the first half year of a pact to the one before, by the detector and in "
        "truth.",
        {
            "stratum": "Worlds",
            "planted": "Planted",
            "correlation": "Correlation",
            "mean_error": "Mean absolute error",
            "bias": "Bias",
        },
    ),
    (
        "posterior",
        "posterior_ranks",
        "The posterior of the model, asked about known truths",
        "`tregua score --only posterior --worlds 10 --seed 1`, a run of its own. Parameters are "
        "drawn from their priors, three years of figures from the model, and each posterior is "
        "sampled with 48 chains. *Holds 50 %* and *90 %*: how many truths lie within such "
        "intervals; *low* and *high* count truths, not parameters. Ranks are uniform if *p* is not "
        "small; it takes parameters for independent of each other. With deaths missing that the "
        "model knows nothing of, intervals need not hold.",
        {
            "figures": "Figures",
            "parameters": "Parameters",
            "truths": "Truths",
            "names": "Parameters counted",
            "covered_50": "Holds 50 %",
            "covered_90": "Holds 90 %",
            "covered_90_low": "low",
            "covered_90_high": "high",
            "mean_rank": "Mean rank",
            "p_if_independent": "p",
        },
    ),
    (
        "calibrated",
        "checks",
        "On its own assumptions",
        "Series drawn from the detector's own model. A check that holds fails by chance in 1 of "
        "1,000 "
        "runs; *low* and *high* bound what chance allows.",
        {
            "check": "Check",
            "number": "Number",
            "figure": "Figure",
            "expected": "Expected",
            "low": "Low",
            "high": "High",
            "p_value": "p",
            "holds": "Holds",
        },
    ),
    (
        "calibrated",
        "falls",
        "Falls said and planted",
        "Months grouped by the expected number of falls that was said of them.",
        {
            "low": "From",
            "high": "To",
            "months": "Months",
            "expected": "Said",
            "planted": "Planted",
            "p_value": "p",
        },
    ),
    (
        "misspecified",
        "bent",
        "With one assumption broken",
        "*Clear* falls lose a third or more (log size above 0.5) at 50 deaths a month or more.",
        {
            "condition": "Series",
            "falls_expected": "Falls said",
            "falls_planted": "Planted",
            "clear_falls": "Clear",
            "recall": "Found",
            "false_per_decade": "False alarms a decade",
            "level_covered": "Level in 90 %",
            "auc": "AUC",
            "skill": "Skill",
        },
    ),
    (
        "misspecified",
        "mechanistic",
        "On worlds of the simulator",
        "A secret pact of two years by script, 2010 to 2012; what falls is what the game makes "
        "of it.",
        {
            "worlds_of": "Worlds",
            "worlds": "Number",
            "left_of_deaths": "Deaths left, median",
            "found": "Found",
            "low": "Low",
            "high": "High",
            "found_online": "Found online",
            "alarms_per_decade": "Other alarms a decade",
            "auc": "AUC",
        },
    ),
    (
        "turning-points",
        "points",
        "El Salvador from counts alone",
        "No event enters the detector. The four falls were known when it was designed: this is "
        "no test "
        "of skill. *Falls*: expected number in the window from Low to High; *within a month*: of "
        "the known month. *Delay*: months until the online probability of a suppression reaches "
        "one half.",
        {
            "month": "Month",
            "en": "What happened",
            "fall_known": "A fall is known",
            "found": "Found",
            "median": "Dated",
            "low": "Low",
            "high": "High",
            "mass": "Falls",
            "mass_month": "Within a month",
            "delay_online": "Delay",
            "escalation": "Escalation",
        },
    ),
    (
        "forecasts",
        "forecasts",
        "Forecasts of El Salvador",
        "Monthly origins from 2010, the month *h* ahead and the sum of the next *h*; lower is "
        "better. What can be said of it: [forecasts](../explanation/forecasts.md).",
        {
            "method": "Method",
            "target": "Target",
            "horizon": "Months ahead",
            "cases": "Cases",
            "crps": "CRPS",
            "crps_log": "CRPS of logs",
            "log_score": "Log score",
            "interval50": "50 % interval score",
            "interval90": "90 % interval score",
            "cover50": "In 50 %",
            "cover90": "In 90 %",
        },
    ),
)


def cell(value: Any) -> str:
    """One cell of a table."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or str(value) in ("True", "False"):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    number = float(value)
    if number.is_integer() and abs(number) < 1e6:
        return f"{number:.0f}"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.2f}"


def table(frame: pd.DataFrame, headings: dict[str, str]) -> str:
    """A table of the page."""
    lines = ["| " + " | ".join(headings.values()) + " |", "|" + " --- |" * len(headings)]
    rows = frame[list(headings)].astype(object).itertuples(index=False)
    return "\n".join([*lines, *("| " + " | ".join(map(cell, row)) + " |" for row in rows)])


def chosen(score: str, name: str) -> pd.DataFrame:
    """A shipped table, with the rows that the page shows."""
    frame = shipped(score, name)
    if name in ("recall", "durations", "detectable"):
        frame = frame[(frame["stratum"] == "plain") & (frame["method"] == "detector, reversible")]
    return frame


def scores_page() -> str:
    """The whole page."""
    made = shipped_provenance()
    heads = {"en": "Target", "asked": "Asked", "figure": "Reached", "low": "Low", "high": "High"}
    parts = [
        _OPENING.format(**made),
        "## Targets\n\nFixed before any score was computed.\n",
        table(shipped_targets(), {**heads, "met": ""}) + "\n",
    ]
    for score, name, heading, says, headings in _TABLES:
        if name not in shipped_names().get(score, ()):
            continue
        parts += [f"## {heading}\n\n{says}\n", table(chosen(score, name), headings) + "\n"]
    shown = {(score, name) for score, name, *_ in _TABLES} | {("calibrated", "ranks")}
    for score, names in shipped_names().items():
        for name in names:
            if name != "targets" and (score, name) not in shown:
                frame = shipped(score, name)
                heads = {str(c): str(c).replace("_", " ") for c in frame.columns if c != "es"}
                title = " ".join(dict.fromkeys([score, *name.split("_")]))
                parts += [f"## {title.capitalize()}\n", table(frame, heads) + "\n"]
    return "\n".join(parts)


if __name__ == "__main__":
    SCORES_PAGE.write_text(scores_page(), encoding="utf-8")
