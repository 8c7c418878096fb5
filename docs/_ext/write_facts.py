"""Write the table of `docs/explanation/facts.md` from simulated worlds.

Run `python docs/_ext/write_facts.py` after a change of the model; a test compares page and model.
The numbers are those of `tregua simulate --facts`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tregua import record
from tregua.cli.plausibility import figure, span
from tregua.decide import count_hits, stylised_facts

PAGE = Path(__file__).parents[1] / "explanation" / "facts.md"
WORLDS, SEED = 200, 1

BEGINS, ENDS = "<!-- the table begins -->", "<!-- the table ends -->"

_HEADINGS = ("", "Part", "Kind", "Target", "Allowed", "5 %", "Middle", "95 %", "")


def cells(row: pd.Series) -> list[str]:
    """One row of the table: number, part, kind, target, tolerance, three figures, verdict."""
    rival = "" if row["reading"] in ("script", "decisions") else f" (`{row['reading']}`)"
    return [
        str(row["number"]),
        row["part"] + rival,
        row["kind"],
        span(row["target_low"], row["target_high"]),
        row["tolerance"],
        *(figure(row[f"simulated_{name}"]) for name in ("low", "middle", "high")),
        row["hit"],
    ]


def written(table: pd.DataFrame) -> str:
    """The table as text, with the count of hits under it."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|" + " --- |" * len(_HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for _, row in table.iterrows()]
    counts = count_hits(table)
    lines += [
        "",
        f"{counts['hit']} of {sum(counts.values())} facts are hits, {counts['miss']} are misses, "
        f"{counts['no test']} cannot be tested.",
    ]
    return "\n".join(lines)


def page(table: pd.DataFrame) -> str:
    """The page with this table in place of the one that it holds."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{written(table)}\n\n{ENDS}{after}"


if __name__ == "__main__":
    facts = stylised_facts(record.load("el-salvador"), worlds=WORLDS, seed=SEED)
    PAGE.write_text(page(facts), encoding="utf-8")
