"""A picture of two agencies that disagree: two dots a month, a line between them.

W. S. Cleveland's dot plot (The Elements of Graphing Data, 1985): position on a common scale is
read more exactly than length or area, and the line makes the difference itself visible. On a
page it is a Vega-Lite chart, with the difference in percent beside it; in a terminal that
difference is drawn with characters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tregua.record.problems import RecordError

__all__ = ["difference_bars", "difference_spec", "write_difference"]

_A, _B = "#0b5394", "#b45309"  # blue and orange: apart for colour-blind readers too
_FORMATS = (".svg", ".png")
_STEP = 17  # pixels for a month


def difference_spec(table: pd.DataFrame, *, series: str, country: str) -> dict[str, Any]:
    """Return a Vega-Lite chart of what `diff` returned: counts, and beside them the difference.

    Parameters
    ----------
    table
        What `diff` returned; at least one row.
    series, country
        Words for the title.
    """
    agency_a, agency_b = table["agency_a"].iloc[0], table["agency_b"].iloc[0]
    month = {"field": "month", "type": "ordinal", "title": None, "sort": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"{country}: {series.replace('_', ' ')}, {agency_a} and {agency_b}",
            "subtitle": f"{len(table)} months that both counted",
            "anchor": "start",
        },
        "data": {"values": _values(table)},
        "hconcat": [
            _counts_panel(month, agency_a, agency_b),
            _gap_panel({**month, "axis": None}, agency_a, agency_b),
        ],
        "config": {
            "view": {"stroke": None},
            "axis": {"grid": True, "gridColor": "#ececec", "domain": False, "ticks": False},
            "legend": {"orient": "top", "direction": "horizontal"},
            "font": "Liberation Sans, Arial, sans-serif",
        },
    }


def _values(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "month": f"{row['month']:%Y-%m}",
            "a": float(row["value_a"]),
            "b": float(row["value_b"]),
            "gap": None if row["ratio"] != row["ratio"] else float(row["ratio"]) - 1,
        }
        for row in table.to_dict(orient="records")
    ]


def _counts_panel(month: dict[str, Any], agency_a: str, agency_b: str) -> dict[str, Any]:
    """Two dots a month and a line between them."""
    agencies = [agency_a, agency_b]

    def dots(field: str, agency: str) -> dict[str, Any]:
        shape = {"domain": agencies, "range": ["circle", "diamond"]}
        colour = {"domain": agencies, "range": [_A, _B]}
        return {
            "mark": {"type": "point", "filled": True, "size": 42, "opacity": 0.9},
            "encoding": {
                "y": month,
                "x": {"field": field, "type": "quantitative"},
                "color": {"datum": agency, "type": "nominal", "scale": colour, "title": None},
                "shape": {"datum": agency, "type": "nominal", "scale": shape, "title": None},
            },
        }

    line = {
        "mark": {"type": "rule", "strokeWidth": 2, "color": "#8a8a8a"},
        "encoding": {
            "y": month,
            "x": {"field": "a", "type": "quantitative", "title": "counted in the month"},
            "x2": {"field": "b"},
        },
    }
    layer = [line, dots("a", agency_a), dots("b", agency_b)]
    return {"width": 430, "height": {"step": _STEP}, "layer": layer}


def _gap_panel(month: dict[str, Any], agency_a: str, agency_b: str) -> dict[str, Any]:
    """A bar a month: how far agency a is below or above agency b."""
    gap = {
        "field": "gap",
        "type": "quantitative",
        "axis": {"labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+.0%')"},
        "title": f"{agency_a} below or above {agency_b}",
    }
    colour = {"condition": {"test": "datum.gap < 0", "value": _B}, "value": _A}
    bar = {
        "mark": {"type": "bar", "height": 9},
        "encoding": {"y": month, "x": gap, "color": colour},
    }
    zero = {"mark": {"type": "rule", "color": "#555555"}, "encoding": {"x": {"datum": 0}}}
    return {"width": 260, "height": {"step": _STEP}, "layer": [bar, zero]}


def write_difference(spec: dict[str, Any], out: Path) -> Path:
    """Write a chart as SVG or PNG, by the ending of `out`.

    Raises
    ------
    RecordError
        If `out` ends otherwise.
    """
    if out.suffix.lower() not in _FORMATS:
        raise RecordError(f"A picture cannot be written to '{out}'. End it in .svg or .png.")
    import vl_convert

    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() == ".svg":
        out.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
    else:
        out.write_bytes(vl_convert.vegalite_to_png(spec, scale=2))
    return out


def difference_bars(table: pd.DataFrame, *, width: int) -> list[str]:
    """Return one bar of characters for each month: how far agency a is below or above agency b.

    The bar leaves the middle to the left where a counts fewer, to the right where it counts more;
    its length is the difference in percent of b, on one scale for all months.

    Parameters
    ----------
    table
        What `diff` returned.
    width
        Characters of a line, at least 11.
    """
    half = (max(width, 11) - 1) // 2
    gaps = [abs(ratio - 1) for ratio in table["ratio"] if ratio == ratio]
    widest = max([*gaps, 1e-12])
    lines = []
    for ratio in table["ratio"]:
        gap = 0.0 if ratio != ratio else ratio - 1
        length = round(abs(gap) / widest * half)
        bar = ("█" * length) if length else ("▪" if gap else "")
        left, right = (bar, "") if gap < 0 else ("", bar)
        lines.append(f"{left:>{half}}│{right:<{half}}")
    return lines
