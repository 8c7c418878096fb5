"""Pictures of a design's answer: what was, what would have been, and what the answer leans on.

A ratio hides what made it. The first picture shows the counts, the fit, and the path that the
design takes for what would have been, from the event on, with its interval; the window asked about
is shaded. The second is a specification curve: every combination of choices an interval, sorted by
its estimate, and under it which options it took. A row of options whose marks crowd at one end is
a choice that moves the answer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs import curve_summary
from tregua.assess.designs.specification import choices_of, in_order
from tregua.report.figures import Spec, Tables, _data, _month_tip, _tip, _top, _years
from tregua.report.palette import colour
from tregua.report.text import Text, pick

if TYPE_CHECKING:
    from tregua.assess.designs import Estimate

__all__ = ["curve_chart", "curve_tables", "effect_chart", "effect_tables"]

_HEADROOM = 1.15
_SPREAD = 2.5  # beyond the estimates, intervals are cut at this factor
_ROW = 15
_SIDES = {"below": "inferred", "holds": "observed-5", "above": "mano-dura"}


def effect_tables(found: Estimate) -> dict[str, pd.DataFrame]:
    """The table behind the picture of an estimate.

    Parameters
    ----------
    found
        An estimate whose path has months or years.

    Returns
    -------
    dict
        `path`: start, middle and end of each period, observed, fitted, counterfactual, low, high,
        covers (months of its count), and after (whether the event had begun).

    Raises
    ------
    ValueError
        If the path counts from an event instead of naming dates.
    """
    path = found.path
    name = "month" if "month" in path else "year"
    if path.empty or (name == "month" and pd.api.types.is_numeric_dtype(path[name])):
        raise ValueError(
            f"The path of '{found.design}' has no dates to draw; its own picture shows it."
        )
    start = pd.DatetimeIndex(pd.to_datetime(path[name].astype(str)))
    step = pd.DateOffset(months=1) if name == "month" else pd.DateOffset(years=1)
    end = start + step
    drawn = path[["observed", "fitted", "counterfactual", "low", "high"]].astype(np.float64)
    begun = pd.Timestamp(str(found.settings.get("event", start[0])))
    table = drawn.assign(
        start=start,
        middle=start + (end - start) / 2,
        end=end,
        covers=path.get("covers", 1),
        after=end > begun,
    )
    return {"path": table.reset_index(drop=True)}


def effect_chart(tables: Tables, found: Estimate, t: Text) -> Spec:
    """Counts, fit, and what would have been, as a chart that names its data.

    Parameters
    ----------
    tables
        What `effect_tables` gives.
    found
        The estimate.
    t
        Texts of the language.
    """
    frame = tables["path"]
    shown = frame[["observed", "fitted", "counterfactual"]].to_numpy(dtype=np.float64)
    top = float(np.nanmax(shown[:, 0])) if np.isfinite(shown[:, 0]).any() else 1.0
    ceiling = _HEADROOM * max(min(float(np.nanmax(shown)), 2 * top), top, 1.0)
    names = ["observed", "fitted", "counterfactual"]
    if (frame["covers"] > 1).any():
        names.insert(1, "total")
    legend = {
        "domain": [t(f"figure.effect.{name}") for name in names],
        "range": [colour(_HUES[name]) for name in names],
    }
    return _top(
        "single",
        "path",
        height=340,
        title=_title(
            pick(found.estimand, t.lang), _answer(found, t), t("figure.effect.drawn"), width=100
        ),
        data=_data("path", "start", "middle", "end"),
        layer=[
            *_window(found),
            *_band(t),
            *_lines(t),
            *_counts(t, total="total" in names),
            *_events(found, ceiling),
        ],
        encoding={
            "x": {"field": "middle", **_years()},
            "y": {
                "type": "quantitative",
                "scale": {"domain": [0, ceiling], "nice": False},
                "axis": {"title": t("figure.effect.axis")},
            },
            "color": {"type": "nominal", "scale": legend, "legend": {"symbolOpacity": 1}},
        },
    )


_HUES = {
    "observed": "observed",
    "total": "observed-5",
    "fitted": "inferred",
    "counterfactual": "mano-dura",
}


def _title(text: str, *lines: str, width: int) -> Spec:
    return {
        "text": _wrapped(text, width),
        "subtitle": [line for part in lines for line in _wrapped(part, width + 25)],
        "anchor": "start",
        "color": colour("ink"),
        "subtitleColor": colour("muted"),
        "fontSize": 15,
        "subtitleFontSize": 12,
        "subtitlePadding": 6,
        "lineHeight": 19,
        "subtitleLineHeight": 16,
        "offset": 14,
    }


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` signs, broken at spaces."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _answer(found: Estimate, t: Text) -> str:
    if not math.isfinite(found.value):
        return t("figure.effect.none")
    return t(
        "figure.effect.answer",
        value=t.number(found.value, 2),
        interval=t.interval(found.low, found.high, 2),
        level=f"{100 * found.level:g}",
    )


def _hue(t: Text, name: str) -> Spec:
    return {"datum": t(f"figure.effect.{name}")}


def _window(found: Estimate) -> list[Spec]:
    """The months asked about, as shaded ground."""
    first, last = (found.settings.get(f"window_{end}") for end in ("first", "last"))
    if not first or not last:
        return []
    end = pd.Timestamp(str(last)) + pd.offsets.MonthBegin()
    ends = {"first": f"{pd.Timestamp(str(first)):%Y-%m-01}", "last": f"{end:%Y-%m-%d}"}
    return [
        {
            "data": {"values": [ends], "format": {"parse": dict.fromkeys(ends, "date")}},
            "mark": {"type": "rect", "color": colour("soft"), "opacity": 1},
            "encoding": {
                "x": {"field": "first", "type": "temporal"},
                "x2": {"field": "last"},
                "y": {"value": 0},
                "y2": {"value": "height"},
                "color": {"value": colour("soft")},
            },
        }
    ]


def _band(t: Text) -> list[Spec]:
    return [
        {
            "transform": [{"filter": "datum.after && isValid(datum.low) && isValid(datum.high)"}],
            "mark": {"type": "area", "opacity": 0.2, "clip": True},
            "encoding": {
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "color": _hue(t, "counterfactual"),
            },
        }
    ]


def _lines(t: Text) -> list[Spec]:
    dashed: Spec = {"strokeDash": [6, 4]}
    return [
        {
            "transform": [{"filter": f"isValid(datum.{name}){more}"}],
            "mark": {"type": "line", "strokeWidth": 2, "clip": True, **style},
            "encoding": {
                "y": {"field": name, "type": "quantitative"},
                "color": _hue(t, name),
            },
        }
        for name, more, style in (
            ("fitted", "", {}),
            ("counterfactual", " && datum.after", dashed),
        )
    ]


def _counts(t: Text, *, total: bool) -> list[Spec]:
    """A dot for a count of one period; a dash in each month of a count of several."""
    tooltip = [
        _month_tip(t, "start"),
        _tip(t, "observed", "observed", "quantitative", format=",.0f"),
        _tip(t, "fitted", "fitted", "quantitative", format=",.0f"),
        _tip(t, "counterfactual", "counterfactual", "quantitative", format=",.0f"),
    ]
    single: Spec = {
        "transform": [{"filter": "isValid(datum.observed) && datum.covers <= 1"}],
        "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.85, "clip": True},
        "encoding": {
            "y": {"field": "observed", "type": "quantitative"},
            "color": _hue(t, "observed"),
            "tooltip": tooltip,
        },
    }
    several: Spec = {
        "transform": [{"filter": "isValid(datum.observed) && datum.covers > 1"}],
        "mark": {"type": "rule", "strokeWidth": 2.5, "clip": True},
        "encoding": {
            "x": {"field": "start", "type": "temporal"},
            "x2": {"field": "end"},
            "y": {"field": "observed", "type": "quantitative"},
            "color": _hue(t, "total"),
            "tooltip": tooltip,
        },
    }
    return [several, single] if total else [single]


def _events(found: Estimate, ceiling: float) -> list[Spec]:
    """The date of the event as a line with its date, others fitted beside it as thin lines."""
    event = str(found.settings.get("event", ""))
    others = [date for date in str(found.settings.get("others", "")).split(";") if date]
    marks = [(event, 1.6, [1, 0])] if event else []
    marks += [(date, 1.0, [2, 3]) for date in others]
    lines: list[Spec] = []
    for date, width, dash in marks:
        day = f"{pd.Timestamp(date):%Y-%m-%d}"
        values = {"values": [{"date": day, "name": date, "top": ceiling}]}
        place = {"field": "date", "type": "temporal"}
        rule = {"type": "rule", "strokeWidth": width, "strokeDash": dash}
        text = {"type": "text", "align": "right", "dx": -5, "dy": 8, "fontSize": 11}
        hue = {"value": colour("muted")}
        data = {**values, "format": {"parse": {"date": "date"}}}
        across = {"y": {"value": 0}, "y2": {"value": "height"}}
        lines.append({"data": data, "mark": rule, "encoding": {"x": place, "color": hue, **across}})
        lines.append(
            {
                "data": data,
                "mark": text,
                "encoding": {
                    "x": place,
                    "y": {"value": 0},
                    "text": {"field": "name"},
                    "color": hue,
                },
            }
        )
    return lines


# The curve.


def curve_tables(curve: pd.DataFrame, t: Text, *, reference: float = 1.0) -> Tables:
    """The tables behind the picture of a specification curve.

    Parameters
    ----------
    curve
        What `specification_curve` gives.
    t
        Texts of the language.
    reference
        No effect: 1 of ratios, of which only those above 0 are drawn, 0 of differences.

    Returns
    -------
    dict
        `curve`: rank (from 1), value, low and high (cut where they leave the picture), and side
        ("below", "above" or "holds" the reference). `options`: rank, side, and row (the option in
        words, with its choice).

    Raises
    ------
    ValueError
        If no combination has an answer that can be drawn.
    """
    shown = curve["value"] > 0 if reference else curve["value"].notna()
    answered = curve[shown].sort_values("value", kind="stable")
    if answered.empty:
        raise ValueError("There is nothing to draw: no combination of choices has an answer.")
    value = answered["value"].to_numpy(dtype=np.float64)
    least, most = _edges(value, reference)
    low, high = answered["low"].to_numpy(), answered["high"].to_numpy()
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(value) + 1),
            "value": value,
            "low": np.clip(low, least, most),
            "high": np.clip(high, least, most),
            "side": np.select([high < reference, low > reference], ["below", "above"], "holds"),
        }
    )
    rows = []
    for name in choices_of(curve):
        label = t.name("choice", name)
        words = [f"{label}: {t.name('option', option)}" for option in answered[name]]
        rows.append(pd.DataFrame({"rank": table["rank"], "side": table["side"], "row": words}))
    return {"curve": table, "options": pd.concat(rows, ignore_index=True)}


def _edges(value: NDArray[np.float64], reference: float) -> tuple[float, float]:
    """Where intervals are cut: some way beyond the estimates and no effect."""
    least, most = min(value.min(), reference), max(value.max(), reference)
    if reference:
        return float(least / _SPREAD), float(most * _SPREAD)
    return float(least - (most - least)), float(most + (most - least))


def _order(curve: pd.DataFrame, t: Text) -> list[str]:
    """Rows of options: choice by choice, each with its options from the simplest."""
    return [
        f"{t.name('choice', name)}: {t.name('option', each)}"
        for name in choices_of(curve)
        for each in in_order(name, curve[name])
    ]


def curve_chart(
    tables: Tables, curve: pd.DataFrame, t: Text, *, title: str = "", reference: float = 1.0
) -> Spec:
    """The specification curve as a chart that names its data.

    Parameters
    ----------
    tables
        What `curve_tables` gives.
    curve
        What `specification_curve` gives.
    t
        Texts of the language.
    title
        What is estimated; empty for the name of the picture.
    reference
        No effect.
    """
    drawn, order = tables["curve"], _order(curve, t)
    sides = [side for side in _SIDES if (drawn["side"] == side).any()]
    hue: Spec = {
        "field": "side",
        "type": "nominal",
        "scale": {"domain": sides, "range": [colour(_SIDES[side]) for side in sides]},
        "legend": {"labelExpr": _labels(t, reference), "symbolOpacity": 1},
    }
    across: Spec = {
        "field": "rank",
        "type": "quantitative",
        "scale": {"domain": [0, len(drawn) + 1], "nice": False},
        "axis": None,
    }
    return _top(
        "concat",
        "curve",
        "options",
        fit={"pad": 250},
        title=_title(title or t("figure.curve.title"), _said(curve, t, reference), width=100),
        vconcat=[_answers(across, hue, t, reference), _options(across, hue, order)],
        resolve={"scale": {"color": "shared"}},
        spacing=6,
    )


def _labels(t: Text, reference: float) -> str:
    below, holds, above = (
        t(f"figure.curve.{side}", none=f"{reference:g}") for side in ("below", "holds", "above")
    )
    return f"datum.label === 'below' ? {below!r} : datum.label === 'above' ? {above!r} : {holds!r}"


def _said(curve: pd.DataFrame, t: Text, reference: float) -> str:
    found = curve_summary(curve, reference)
    digits = 2 if reference else None  # ratios lie near 1, rates anywhere
    return t(
        "figure.curve.said",
        answered=found.answered,
        all=found.combinations,
        range=t.interval(found.least, found.most, digits),
        middle=t.number(found.median, digits),
        share=t.share(found.agreeing),
    )


def _answers(across: Spec, hue: Spec, t: Text, reference: float) -> Spec:
    tooltip = [
        _tip(t, name, name, "quantitative", format=".3~g") for name in ("value", "low", "high")
    ]
    up: Spec = {
        "type": "quantitative",
        "scale": {"type": "log" if reference else "linear", "nice": False, "zero": False},
        "axis": {
            "title": t("figure.curve.axis" if reference else "figure.curve.axis_difference"),
            "titleX": -46,
            "format": "~g",
            "minExtent": 200,
            "maxExtent": 200,
        },
    }
    return {
        "height": 220,
        "data": _data("curve"),
        "layer": [
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": colour("ink"), "strokeDash": [4, 3]},
                "encoding": {"y": {"datum": reference}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 1.4, "opacity": 0.5},
                "encoding": {
                    "x": across,
                    "y": {"field": "low", **up},
                    "y2": {"field": "high"},
                    "color": hue,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 18, "opacity": 1},
                "encoding": {
                    "x": across,
                    "y": {"field": "value", **up},
                    "color": hue,
                    "tooltip": tooltip,
                },
            },
        ],
    }


def _options(across: Spec, hue: Spec, order: list[str]) -> Spec:
    rows: dict[str, Any] = {
        "field": "row",
        "type": "nominal",
        "sort": order,
        "axis": {
            "title": None,
            "grid": True,
            "minExtent": 200,
            "maxExtent": 200,
            "labelLimit": 200,
            "labelOverlap": False,
        },
    }
    return {
        "height": _ROW * len(order),
        "data": _data("options"),
        "mark": {"type": "tick", "thickness": 1.6, "size": 10, "orient": "vertical"},
        "encoding": {"x": across, "y": rows, "color": {**hue}},
    }
