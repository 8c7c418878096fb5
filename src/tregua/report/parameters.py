"""Parameters as a page shows them: what each means and its unit, in the language of the page.

The declarations of `tregua.model` are English and stay the original; the catalogue holds the same
sentences, which a test compares, and their Spanish.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from tregua.report.text import Text

__all__ = ["parameter_rows"]


def parameter_rows(table: pd.DataFrame, t: Text) -> list[dict[str, Any]]:
    """Rows of a table of parameters with meaning and unit in a language.

    Parameters
    ----------
    table
        One row for each parameter, with at least the columns name, meaning and unit.
    t
        Words of the language.

    Returns
    -------
    list of dict
        The rows in order; a parameter or a unit that the catalogue does not know stays as it is.
    """
    meanings, units = t.family("parameter"), t.family("parameter_unit")
    return [
        {
            **{str(name): value for name, value in row.items()},
            "meaning": meanings.get(str(row["name"]), row["meaning"]),
            "unit": units.get(_slug(str(row["unit"])), row["unit"]),
        }
        for row in table.to_dict("records")
    ]


def _slug(unit: str) -> str:
    return re.sub(r"\W+", "_", unit).strip("_")
