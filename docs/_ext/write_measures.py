"""Write `docs/reference/measures.md` from the measures themselves.

Run `python docs/_ext/write_measures.py` after a change; a test compares page and measures.
"""

from __future__ import annotations

from pathlib import Path

from tregua.model import MEASURES, Measure

MEASURES_PAGE = Path(__file__).parents[1] / "reference" / "measures.md"

_OPENING = """# Measures

Every number of the measurement layer: how far a printed figure may lie from what happened in a
simulated world. The range is about 90 % of what is thought possible. Kinds: *anchored* by figures
of the record, *judged*. Equations: [what a figure says of a world](../explanation/measurement.md).

"""

_HEADINGS = ("Name", "Symbol", "Default", "Range", "Unit", "Kind", "Meaning", "Source")


def measure_line(measure: Measure) -> str:
    """One row of the table."""
    cells = (
        f"`{measure.name}`",
        f"`{measure.symbol}`",
        f"{measure.default:g}",
        f"{measure.low:g} to {measure.high:g}",
        measure.unit,
        measure.kind,
        measure.meaning,
        measure.source,
    )
    return "| " + " | ".join(cells) + " |"


def measures_page() -> str:
    """The whole page."""
    heading = "| " + " | ".join(_HEADINGS) + " |\n" + "| --- " * len(_HEADINGS) + "|\n"
    return _OPENING + heading + "\n".join(map(measure_line, MEASURES)) + "\n"


if __name__ == "__main__":
    MEASURES_PAGE.write_text(measures_page(), encoding="utf-8")
