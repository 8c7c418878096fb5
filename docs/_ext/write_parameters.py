"""Write `docs/reference/parameters.md` from the parameters themselves.

Run `python docs/_ext/write_parameters.py` after a change; a test compares page and parameters.
"""

from __future__ import annotations

from pathlib import Path

from tregua.model import PARAMETERS, Parameter

PAGE = Path(__file__).parents[1] / "reference" / "parameters.md"

_OPENING = """# Parameters

Every uncertain number of the model. The range is the 90 % range of its prior: log-normal
for positive numbers, logit-normal for shares, normal for the rest. The default is not the middle of
the range: it is a rounded fit, or an anchor. Kinds: *fitted* to annual homicides and prison stocks
of El Salvador, *anchored* by a count, *matched* to a few moments, *judged*. Equations:
[the model](../explanation/model.md) and [how governments and gangs
decide](../explanation/decisions.md). How the fitted ones were found:
[decision 9](../decisions/0009-how-the-defaults-were-fitted.md).

"""

_HEADINGS = ("Name", "Symbol", "Default", "90 % range", "Unit", "Kind", "Meaning", "Source")


def line(parameter: Parameter) -> str:
    """One row of the table."""
    cells = (
        f"`{parameter.name}`",
        f"`{parameter.symbol}`",
        f"{parameter.default:g}",
        f"{parameter.low:g} to {parameter.high:g}",
        parameter.unit,
        parameter.kind,
        parameter.meaning,
        parameter.source,
    )
    return "| " + " | ".join(cells) + " |"


def page() -> str:
    """The whole page."""
    heading = "| " + " | ".join(_HEADINGS) + " |\n" + "| --- " * len(_HEADINGS) + "|\n"
    return _OPENING + heading + "\n".join(line(parameter) for parameter in PARAMETERS) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
