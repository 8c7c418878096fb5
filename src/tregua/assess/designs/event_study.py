"""The picture of a staggered design: what happened in the months before and after treatment.

A point for each month since treatment with a band that holds for all months at once. The months
before should lie around the line of no effect; the months of the base are drawn hollow, for the
treated places are compared with themselves there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tregua.assess.designs.differences import Staggered

__all__ = ["event_study_figure"]

_TITLES = {
    "en": {
        "ratio": "Deaths over expected deaths",
        "difference": "Difference of rates",
        "k": "Months since treatment",
        "observed": "Deaths",
        "expected": "Expected deaths",
        "value": "Effect",
        "low": "Low",
        "high": "High",
        "units": "Places",
    },
    "es": {
        "ratio": "Muertes sobre muertes esperadas",
        "difference": "Diferencia de tasas",
        "k": "Meses desde el tratamiento",
        "observed": "Muertes",
        "expected": "Muertes esperadas",
        "value": "Efecto",
        "low": "Bajo",
        "high": "Alto",
        "units": "Lugares",
    },
}


def event_study_figure(found: Staggered, *, lang: str = "en") -> dict[str, Any]:
    """Effects by months since treatment as a Vega-Lite specification with its data inside.

    Parameters
    ----------
    found
        What `differences` found.
    lang
        `en` or `es`: language of the axes and tooltips.

    Returns
    -------
    dict
        A specification of Vega-Lite 5. Ratios are drawn on a log scale. Rows without a value, or
        with a ratio of 0, are left out of the points.
    """
    words = _TITLES[lang]
    ratio = found.scale == "ratio"
    names = ["k", "value", "low", "high", "observed", "expected", "units", "base"]
    frame = found.event_time[names]
    frame = frame[frame["value"] > 0] if ratio else frame.dropna(subset=["value"])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    axis: dict[str, Any] = {"type": "quantitative", "title": words[found.scale]}
    if ratio:
        axis["scale"] = {"type": "log"}
    across = {"field": "k", "type": "quantitative", "title": words["k"]}
    shown = ["k", "value", "low", "high", "observed", "expected", "units"]
    tooltip = [{"field": name, "title": words[name], "format": ".3~g"} for name in shown]
    point = {"type": "point", "size": 40, "opacity": 1}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": f"{words[found.scale]}: {words['k']}",
        "width": 560,
        "height": 280,
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"y": {"datum": 1 if ratio else 0}},
            },
            {
                "mark": {"type": "rule", "strokeDash": [2, 2]},
                "encoding": {"x": {"datum": -0.5}},
            },
            {
                "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
                "mark": {"type": "area", "opacity": 0.2},
                "encoding": {"x": across, "y": {"field": "low", **axis}, "y2": {"field": "high"}},
            },
            {
                "mark": {**point, "filled": True},
                "transform": [{"filter": "!datum.base"}],
                "encoding": {"x": across, "y": {"field": "value", **axis}, "tooltip": tooltip},
            },
            {
                "mark": {**point, "filled": False},
                "transform": [{"filter": "datum.base"}],
                "encoding": {"x": across, "y": {"field": "value", **axis}, "tooltip": tooltip},
            },
        ],
    }
