"""Write `docs/reference/published.md` from the published estimates and the embedded record.

Run `python docs/_ext/write_published.py` after a change; a test compares page and estimates.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from tregua import assess, infer, record
from tregua.infer.tables import plain

PUBLISHED_PAGE = Path(__file__).parents[1] / "reference" / "published.md"

_OPENING = """# Published estimates beside ours

What others have printed on the quantities that claims speak of, and what this project finds of the
same. Only numbers that were seen stand here; where no interval was seen, none is given. The level
of an interval stands beside it; where ours leans on a choice, the middle of several is shown with
their extremes instead. Figures of ours on this page come from the embedded record alone and
are printed by

```sh
python docs/_ext/write_published.py
```

Figures that need simulated worlds ("with a study") are in the table
[`published`](results.md#published) that `tregua assess` writes. Two figures that differ are two
questions more often than one error: read why.
"""

_HEADINGS = ("Estimate", "Theirs", "Ours", "Intervals overlap")
_STUDY = ("half_recruitment", "double_arrest")


def figure(value: float, low: float, high: float, level: float) -> str:
    """A number with its interval, or what is known of it."""
    if math.isnan(value) and math.isnan(low):
        return "no number"
    largest = max(abs(number) for number in (value, low, high) if not math.isnan(number))
    places = ",.0f" if largest > 10 else ".3f" if math.isnan(low) else ".2f"
    if math.isnan(value):
        return f"{low:{places}} to {high:{places}} (a range)"
    if math.isnan(low):
        return f"{value:{places}}, interval not seen"
    if math.isnan(level):
        return f"{value:{places}} (extremes of several choices: {low:{places}} to {high:{places}})"
    return f"{value:{places}} ({100 * level:.0f} %: {low:{places}} to {high:{places}})"


def ours_of(row: pd.Series, entry: assess.Published) -> str:
    """Our figure, or why there is none."""
    if entry.ours.startswith(_STUDY):
        return "with a study"
    if math.isnan(row["ours"]):
        return "none"
    return figure(row["ours"], row["ours_low"], row["ours_high"], row["ours_level"])


def section(row: pd.Series, entry: assess.Published) -> str:
    """One estimate in words."""
    year = f" ({entry.year})" if entry.year else ""
    period = f" Period: {entry.first} to {entry.last}." if entry.first else ""
    lines = [
        f"## {entry.id}\n",
        f"{entry.authors}{year}: *{entry.title}*. {entry.journal}.\n",
        f"- Quantity: {entry.quantity['en']} ({entry.unit['en']}).{period}",
        f"- Design: {entry.design['en']}.",
        f"- Theirs: {figure(entry.estimate, entry.low, entry.high, entry.level)}. "
        f"Seen: {entry.seen['en']}.",
        f"- Ours: {ours_of(row, entry)}.",
        f"- Why they may differ: {entry.differs['en']}",
        f"- Bears on claims {', '.join(entry.claims)}.",
    ]
    if entry.why_none["en"]:
        lines.insert(6, f"- Why there is none: {entry.why_none['en']}")
    return "\n".join(lines) + "\n"


def published_page() -> str:
    """The whole page."""
    known = record.load("el-salvador")
    tiles = plain(infer.tiles(known))
    rows = assess.beside_ours(assess.Evidence(known, {"tiles": tiles}))
    pairs = list(zip((row for _, row in rows.iterrows()), assess.published(), strict=True))
    heading = "| " + " | ".join(_HEADINGS) + " |\n" + "| --- " * len(_HEADINGS) + "|\n"
    lines = [
        f"| [{entry.id}](#{entry.id}) "
        f"| {figure(entry.estimate, entry.low, entry.high, entry.level)} "
        f"| {ours_of(row, entry)} | {row['overlap']} |"
        for row, entry in pairs
    ]
    sections = [section(row, entry) for row, entry in pairs]
    return "\n".join([_OPENING, heading + "\n".join(lines) + "\n", *sections])


if __name__ == "__main__":
    PUBLISHED_PAGE.write_text(published_page(), encoding="utf-8")
