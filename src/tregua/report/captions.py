"""What each figure shows, as a sentence computed from its data.

A figure's title is its finding, not its topic: it is written from the table each time, in both
languages, and it may come out either way. The same sentence, with a line on what is drawn, is the
figure's text alternative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tregua.report.figures import STRATEGY_ORDER, Tables, in_order
from tregua.report.finding import core_map_title
from tregua.report.text import Text

__all__ = ["CERTAIN_BREAK", "Caption", "caption", "certain_breaks"]

CERTAIN_BREAK = 0.5
"""A break is named where its expected number in the window reaches this."""
_WEAK = 0.8  # a pact that leaves this share of deaths or more is called weak


@dataclass(frozen=True)
class Caption:
    """The words of a figure.

    Attributes
    ----------
    title
        The finding, one sentence.
    drawn
        What is drawn, and in which units.
    note
        How to read it, and what it cannot show.
    """

    title: str
    drawn: str
    note: str

    @property
    def alternative(self) -> str:
        """Text alternative for those who do not see the picture."""
        return f"{self.title} {self.drawn}"


def caption(name: str, tables: Tables, t: Text) -> Caption:
    """The words of the figure of that name.

    Raises
    ------
    KeyError
        If no figure has that name.
    """
    family = "fans" if name.startswith("fans-") else name
    title = _TITLES[family](name, tables, t)
    title = title[:1].upper() + title[1:]
    return Caption(title, t(f"figure.{family}.drawn"), t(f"figure.{family}.note"))


def certain_breaks(breaks: pd.DataFrame) -> pd.DataFrame:
    """Breaks with an expected number of at least `CERTAIN_BREAK`, in order of time."""
    return breaks[breaks["mass"] >= CERTAIN_BREAK].sort_values("median")


def _greatest(frame: pd.DataFrame, by: pd.Series[float]) -> pd.Series[Any]:
    """The row in which a quantity is greatest; the first on a tie."""
    return frame.iloc[int(by.to_numpy().argmax())]


def _record(_: str, tables: Tables, t: Text) -> str:
    monthly = tables["homicides"]
    monthly = monthly[(monthly["frequency"] == "month") & monthly["usable"]]
    if monthly.empty:
        return t("figure.record.title.none")
    peak = _greatest(monthly, monthly["value"])
    last = monthly.sort_values("start").iloc[-1]
    return t(
        "figure.record.title",
        peak=t.month(peak["start"]),
        value=t.number(float(peak["value"]), 0),
        last=t.month(last["start"]),
        last_value=t.number(float(last["value"]), 0),
    )


def _disagreements(_: str, tables: Tables, t: Text) -> str:
    frame = tables["disagreements"]
    gap = frame["ratio"].map(lambda ratio: math.expm1(abs(math.log(ratio))))
    worst = _greatest(frame, gap)
    return t(
        "figure.disagreements.title",
        median=t.share(float(gap.median())),
        worst=t.share(float(gap.max())),
        month=t.month(worst["month"]),
    )


def _level(_: str, tables: Tables, t: Text) -> str:
    breaks = certain_breaks(tables["detection_breaks"])
    falls = breaks[breaks["ratio"] < 1]
    if falls.empty:
        return t("figure.level.title.none")
    months = t.list([t.month(month) for month in falls["median"]])
    return t(
        "figure.level.title.one" if len(falls) == 1 else "figure.level.title",
        n=len(falls),
        months=months,
    )


def _suppression(_: str, tables: Tables, t: Text) -> str:
    frame = tables["detection_months"]
    return t(
        "figure.suppression.title",
        hindsight=int((frame["suppressed"] >= 0.5).sum()),
        live=int((frame["suppressed_filtered"] >= 0.5).sum()),
        n=len(frame),
    )


def _pact(_: str, tables: Tables, t: Text) -> str:
    frame = tables["detection_months"]
    width = frame["pact_high"] - frame["pact_low"]
    row = _greatest(frame, width)
    return t(
        "figure.pact.title",
        month=t.month(row["month"]),
        low=t.percent(float(row["pact_low"])),
        high=t.percent(float(row["pact_high"])),
    )


def _reliability(_: str, tables: Tables, t: Text) -> str:
    frame = tables["scores_reliability"]
    frame = frame[frame["method"] == in_order(frame["method"], ("hindsight",))[0]]
    gaps = (frame["said"] - frame["observed"]).abs() * frame["months"]
    over = float(((frame["said"] - frame["observed"]) * frame["months"]).sum())
    return t(
        "figure.reliability.title.over" if over > 0 else "figure.reliability.title.under",
        gap=t.number(float(gaps.sum() / frame["months"].sum()) * 100, 1),
    )


def _recall(_: str, tables: Tables, t: Text) -> str:
    frame = tables["scores_recall"]
    weak = frame[frame["effect"] >= _WEAK]
    strong = frame[frame["effect"] < _WEAK]
    return t(
        "figure.recall.title",
        strong=t.share(float(strong["found"].sum() / strong["planted"].sum())),
        weak=t.share(float(weak["found"].sum() / weak["planted"].sum())),
        left=t.share(_WEAK),
    )


def _fans(name: str, tables: Tables, t: Text) -> str:
    frame = tables["fans"]
    frame = frame[frame["origin"].astype(str) == name.removeprefix("fans-")]
    variable = in_order(frame["variable"], ("killed", "recorded", "prisoners"))[0]
    frame = frame[frame["variable"] == variable]
    end = frame[frame["month"] == frame["month"].max()].set_index("strategy")
    least, most = str(end["q50"].idxmin()), str(end["q50"].idxmax())
    apart = float(end.loc[least, "q95"]) < float(end.loc[most, "q05"])
    return t(
        "figure.fans.title.apart" if apart else "figure.fans.title",
        origin=t.month(name.removeprefix("fans-")),
        least=t.the(least),
        most=t.the(most),
    )


def _ledger(_: str, tables: Tables, t: Text) -> str:
    frame = tables["ledger"]
    horizon, origin = int(frame["horizon"].max()), frame["origin"].iloc[0]
    frame = frame[(frame["horizon"] == horizon) & (frame["origin"] == origin)]
    medians = frame.pivot_table(index="outcome", columns="strategy", values="q50")
    medians = medians[medians.max(axis=1) > medians.min(axis=1)]
    best = medians.eq(medians.min(axis=1), axis=0).sum()  # ties count for each of the tied
    strategy = in_order(best[best == best.max()].index, STRATEGY_ORDER)[0]
    total = len(medians)
    key = "figure.ledger.title.all" if best.max() == total else "figure.ledger.title"
    return t(
        key,
        strategy=t.the(strategy),
        k=int(best.max()),
        n=total,
        years=t.years(horizon),
        origin=t.month(origin),
    )


def _differences(_: str, tables: Tables, t: Text) -> str:
    frame = tables["differences"]
    reference = in_order(frame["reference"], STRATEGY_ORDER)[0]
    outcome = in_order(frame["outcome"], ("killed", "recorded"))[0]
    horizon = int(frame["horizon"].max())
    frame = frame[(frame["reference"] == reference) & (frame["outcome"] == outcome)]
    frame = frame[frame["horizon"] == horizon]
    lower, higher = int((frame["q95"] < 0).sum()), int((frame["q05"] > 0).sum())
    return t(
        "figure.differences.title",
        reference=t.the(reference),
        outcome=t.name("outcome", outcome).lower(),
        years=t.years(horizon),
        lower=lower,
        higher=higher,
        unclear=len(frame) - lower - higher,
        n=len(frame),
    )


def _core(_: str, tables: Tables, t: Text) -> str:
    count = tables["core_claim"]["sign"].value_counts()
    return t(
        "figure.core.title",
        lower=int(count.get("lower", 0)),
        higher=int(count.get("higher", 0)),
        unclear=int(count.get("unclear", 0)),
        n=len(tables["core_claim"]),
    )


def _history(_: str, tables: Tables, t: Text) -> str:
    frame = tables["history"]
    seen = frame[(frame["worlds"] == "plausible") & frame["observed_low"].notna()]
    missed = (seen["observed_low"] > seen["q95"]) | (seen["observed_high"] < seen["q05"])
    return t("figure.history.title", k=int(missed.sum()), n=len(seen))


def _core_map(_: str, tables: Tables, t: Text) -> str:
    return core_map_title(tables, t)


_TITLES: dict[str, Callable[[str, Tables, Text], str]] = {
    "record": _record,
    "disagreements": _disagreements,
    "level": _level,
    "suppression": _suppression,
    "pact": _pact,
    "reliability": _reliability,
    "recall": _recall,
    "fans": _fans,
    "ledger": _ledger,
    "differences": _differences,
    "core": _core,
    "core_map": _core_map,
    "history": _history,
}
