"""Write `docs/reference/grade.md` from the shipped marks.

Run `python docs/_ext/write_grade.py` after new marks were shipped; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from write_scores import cell, table

from tregua.assess.grade import shipped_marks, shipped_provenance

GRADE_PAGE = Path(__file__).parents[1] / "reference" / "grade.md"

_OPENING = """# Grades of designs

How often each design errs where the truth is known. Every number on this page was printed by

```sh
{command}
```

({worlds} worlds of each kind, seed {seed}, tregua {version}, code `{code}`). What is graded and
how: [Designs graded on known truth](../explanation/grading.md). All worlds are **synthetic**, drawn
from this project's own model and the prior of its parameters: a grade says what a design does in
such worlds, and no more. Intervals of shares hold 90 %.
"""

_SCENARIOS = {
    "scenario": "Worlds",
    "en": "What happens",
    "worlds": "Number",
    "recorded_low": "Recorded, 5 %",
    "recorded_middle": "Middle",
    "recorded_high": "95 %",
    "killed_low": "Killed, 5 %",
    "killed_middle": "Middle",
    "killed_high": "95 %",
}
_MARKS = {
    "design": "Design",
    "worlds": "Worlds",
    "answered": "Answers",
    "bias": "Bias",
    "bias_low": "Low",
    "bias_high": "High",
    "bias_killed": "Bias, killed",
    "spread": "Spread",
    "coverage": "Interval holds",
    "coverage_low": "Low",
    "coverage_high": "High",
    "width": "Width",
}
_FOUND = {"found": "", "found_low": "Low", "found_high": "High", "nominal": "Meant"}
_ASKS = {"size": "Finds one (size)", "power": "Finds it (power)"}


def _scenario(about: pd.Series, marks: pd.DataFrame) -> list[str]:
    found = marks[marks["scenario"] == about["scenario"]]
    if found.empty:
        return []
    headings = {**_MARKS, **_FOUND, "found": _ASKS[str(found["asks"].iloc[0])]}
    middle = f"{cell(about['recorded_middle'])} recorded, {cell(about['killed_middle'])} killed"
    note = "" if about["fair"] else " Designs are not told of all that happens."
    return [
        f"## {str(about['en'])[:1].upper()}{str(about['en'])[1:]}\n",
        f"True ratio in the middle world: {middle}.{note}\n",
        table(found, headings) + "\n",
    ]


def _exceeding(marks: pd.DataFrame) -> str:
    still = marks[(marks["scenario"] == "no_effect") & marks["exceeds"].astype(bool)]
    if still.empty:
        return "No design finds more than its level means where nothing happens.\n"
    lines = [
        f"- `{row['design']}` finds an effect in {row['found']:.0%} ({row['found_low']:.0%} to "
        f"{row['found_high']:.0%}) of worlds where nothing happens; its level means "
        f"{row['nominal']:.0%}."
        for _, row in still.iterrows()
    ]
    return "\n".join(
        [*lines, "", "Wherever the summary of such a design is printed, it says so.\n"]
    )


def grade_page() -> str:
    """The whole page."""
    marks, scenarios = shipped_marks(), shipped_marks("scenarios")
    parts = [_OPENING.format(**shipped_provenance())]
    parts += ["## Designs that find what is not there\n", _exceeding(marks)]
    absent = list(shipped_marks("left_out")["design"]) if len(shipped_marks("left_out")) else []
    if absent:
        parts.append(f"Not graded here: {', '.join(f'`{name}`' for name in absent)}.\n")
    parts += ["## Worlds\n", "True ratios of deaths in the window, with the event over without.\n"]
    parts.append(table(scenarios, _SCENARIOS) + "\n")
    for _, about in scenarios.iterrows():
        parts += _scenario(about, marks)
    return "\n".join(parts)


if __name__ == "__main__":
    GRADE_PAGE.write_text(grade_page(), encoding="utf-8")
