"""The first sentence and the three numbers, chosen from the data by a stated rule.

The rule presumes no answer. It reads the sign map of the core claim (does a secret pact lower
killing, and for how long?) and writes the sentence that the signs give, whichever it is:

1. Against the status quo (or, where it is missing, the first reference in the table), take the
   comparisons at the shortest and at the longest horizon, over all origins and counterfactuals.
2. A sign speaks for a horizon if at least two thirds of its comparisons share it; otherwise the
   horizon is "mixed". "Unclear" comparisons count against both signs.
3. The sentence joins the two; the line under it says in how many comparisons each sign held.

The three numbers are: the chance that an abrupt fall began in a stated window (the break of
greatest mass, the earlier on a tie); the effect of the truce (the verdict on claim 25, else on 4,
else that break's own ratio); and the difference in killings between a secret pact and reform at
the longest horizon (from the earliest origin, under the counterfactual named "central", or else
the one with the middle median).
A number whose table is missing is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from tregua.report.claims_section import interval_word
from tregua.report.contract import Findings
from tregua.report.text import Text, pick

__all__ = ["BigNumber", "Headline", "headline", "leaning"]

_MOST = 2 / 3


@dataclass(frozen=True)
class BigNumber:
    """A number for the top of the page.

    Attributes
    ----------
    figure
        The number as text.
    label
        What it is.
    interval
        Its interval in words, and what remains to be said.
    low, middle, high, reference
        The same as values for the small picture; NaN where there is none.
    """

    figure: str
    label: str
    interval: str
    low: float = math.nan
    middle: float = math.nan
    high: float = math.nan
    reference: float = math.nan


@dataclass(frozen=True)
class Headline:
    """The top of the page.

    Attributes
    ----------
    sentence
        The finding in one sentence.
    behind
        In how many comparisons each sign held.
    numbers
        Up to three numbers with their intervals.
    """

    sentence: str
    behind: str
    numbers: tuple[BigNumber, ...]


def headline(findings: Findings, lang: str) -> Headline:
    """The headline of findings, by the rule at the top of this module."""
    t = Text(lang)
    sentence, behind = _sentence(findings, t)
    numbers = (_break(findings, t), _truce(findings, t), _difference(findings, t))
    return Headline(sentence, behind, tuple(n for n in numbers if n is not None))


def leaning(signs: pd.Series) -> str:
    """The sign that at least two thirds of the comparisons share, or "mixed"."""
    share = signs.value_counts(normalize=True)
    return str(share.index[0]) if len(share) and share.iloc[0] >= _MOST else "mixed"


def _sentence(findings: Findings, t: Text) -> tuple[str, str]:
    frame = findings.tables.get("core_claim")
    if frame is None or frame.empty:
        return t("headline.none"), t("headline.none.behind")
    known = list(dict.fromkeys(frame["reference"]))
    reference = "status_quo" if "status_quo" in known else known[0]
    frame = frame[frame["reference"] == reference]
    short, long = int(frame["horizon"].min()), int(frame["horizon"].max())
    early = frame.loc[frame["horizon"] == short, "sign"]
    late = frame.loc[frame["horizon"] == long, "sign"]
    sentence = t(
        "headline.sentence",
        early=t(f"headline.early.{leaning(early)}", years=t.years(short)),
        late=t(f"headline.late.{leaning(late)}", years=t.years(long)),
    )
    behind = t(
        "headline.behind",
        reference=t.the(reference),
        n=len(early),
        short=t.years(short),
        long=t.years(long),
        early_lower=int((early == "lower").sum()),
        late_lower=int((late == "lower").sum()),
        late_higher=int((late == "higher").sum()),
        late_unclear=int((late == "unclear").sum()),
    )
    return sentence, behind


def _main_break(findings: Findings) -> pd.Series | None:
    breaks = findings.tables.get("detection_breaks")
    if breaks is None or breaks.empty:
        return None
    ordered = breaks.sort_values("median").reset_index(drop=True)
    return ordered.iloc[int(ordered["mass"].to_numpy().argmax())]


def _break(findings: Findings, t: Text) -> BigNumber | None:
    row = _main_break(findings)
    if row is None:
        return None
    return BigNumber(
        figure=t.percent(min(1.0, float(row["mass"]))),
        label=t("number.break", months=t.months(row["low"], row["high"])),
        interval=t(
            "number.break.interval",
            median=t.month(row["median"]),
            before=t.number(float(row["before"]), 0),
            after=t.number(float(row["after"]), 0),
        ),
    )


def _truce(findings: Findings, t: Text) -> BigNumber | None:
    by_number = {str(v.number): v for v in findings.verdicts}
    for number in ("25", "4"):
        verdict = by_number.get(number)
        if verdict is not None and math.isfinite(verdict.estimate):
            return BigNumber(
                figure=t.number(verdict.estimate, 2),
                label=t("number.truce"),
                interval=t(
                    "number.interval",
                    interval=t.interval(verdict.low, verdict.high, 2),
                    kind=interval_word(verdict, t),
                    verdict=t(f"verdict.{verdict.verdict.replace(' ', '_')}"),
                    number=number,
                    unit=pick(verdict.unit, t.lang),
                ),
                low=verdict.low,
                middle=verdict.estimate,
                high=verdict.high,
                reference=verdict.reference,
            )
    row = _main_break(findings)
    if row is None:
        return None
    return BigNumber(t.number(float(row["ratio"]), 2), t("number.ratio"), t.month(row["median"]))


def _difference(findings: Findings, t: Text) -> BigNumber | None:
    frame = findings.tables.get("core_claim")
    if frame is None or "reform" not in set(frame["reference"]):
        return None
    frame = frame[frame["reference"] == "reform"]
    frame = frame[frame["horizon"] == frame["horizon"].max()]
    frame = frame[frame["origin"] == frame["origin"].min()].sort_values("q50", kind="stable")
    central = frame[frame["counterfactual"] == "central"]
    row = central.iloc[0] if len(central) else frame.iloc[(len(frame) - 1) // 2]
    return BigNumber(
        figure=t.signed(float(row["q50"])),
        label=t(
            "number.difference",
            years=t.years(int(row["horizon"])),
            origin=t.month(row["origin"]),
        ),
        interval=t(
            "number.difference.interval",
            interval=t(
                "interval", low=t.signed(float(row["q05"])), high=t.signed(float(row["q95"]))
            ),
            p=t.percent(1 - float(row["p_lower"])),
            counterfactual=t.name("counterfactual", row["counterfactual"]).lower(),
        ),
        low=float(row["q05"]),
        middle=float(row["q50"]),
        high=float(row["q95"]),
        reference=0.0,
    )
