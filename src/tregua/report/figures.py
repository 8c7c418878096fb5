"""The charts: pure functions from tables to Vega-Lite specifications.

One grammar runs through all of them. What was *observed* is a dot (a bar where the count spans
several months). What was *inferred* is a line in a band. What was *simulated* is a fan: three
bands holding 50, 80 and 90 % of the worlds around their median. A reader learns it once.

A specification names its data (``{"name": "fans"}``) and its colours (``var(--ink)``) and holds
neither, so that the page carries each table once and the browser chooses the theme;
`tregua.report.figure` fills both in. Under ``usermeta`` a chart says how it adapts to the width
given (see `fit`) and which choices it offers (``controls``).

Values of the data reach Vega's expression language only as JSON literals, so that a hostile name
in a user's case stays a name.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from tregua.report.palette import STRATEGY_COLOURS, colour, config
from tregua.report.text import Text

__all__ = [
    "FEATURED_EVENTS",
    "STRATEGY_ORDER",
    "Spec",
    "Tables",
    "bargain",
    "builders",
    "fit",
    "in_order",
]

Spec = dict[str, Any]
Tables = Mapping[str, pd.DataFrame]
Builder = Callable[[Tables, Text], Spec]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
NBSP = "\u00a0"
NARROW = 640
"""Width in pixels under which a chart is drawn for a small screen."""
STRATEGY_ORDER = ("status_quo", "secret_pact", "mano_dura", "both", "reform")
OUTCOME_ORDER = (
    "recorded",
    "hidden",
    "uncounted",
    "disappeared",
    "police_killings",
    "custody_deaths",
    "detained",
    "wrongly_detained",
    "democracy_lost",
)
LANES = ("government", "gangs", "prisons", "courts", "press", "elections")
FEATURED_EVENTS = ("truce_start", "truce_end", "ceasefire", "state_of_exception")
"""Types of event named on the picture itself, the first of each type only."""

_DAYS_PER_MONTH = 30.4375
_AGENCIES_SHOWN = 4
_SHAPES = ("circle", "diamond", "triangle-up", "square", "circle")
_HUES = ("observed", "observed-2", "observed-3", "observed-4")
_SPANS = ("quarter", "months", "year")


def in_order(values: Any, order: tuple[str, ...]) -> list[str]:
    """Distinct values, the known ones in their order and the others after them as they come."""
    found = [str(value) for value in dict.fromkeys(values)]
    return [v for v in order if v in found] + [v for v in found if v not in order]


def builders(tables: Tables) -> dict[str, Builder]:
    """The charts that these tables allow, by name, in the order of the page."""
    known: dict[str, tuple[tuple[str, ...], Builder]] = {
        "record": (("homicides", "events"), record),
        "disagreements": (("disagreements",), disagreements),
        "level": (("detection_months", "detection_breaks"), level),
        "suppression": (("detection_months",), suppression),
        "pact": (("detection_months",), pact),
        "reliability": (("scores_reliability",), reliability),
        "recall": (("scores_recall",), recall),
    }
    if "fans" in tables:
        for origin in dict.fromkeys(tables["fans"]["origin"]):
            known[f"fans-{origin}"] = (("fans",), partial(fans, origin=str(origin)))
    known["ledger"] = (("ledger",), ledger)
    known["differences"] = (("differences",), differences)
    known["core"] = (("core_claim",), core)
    from tregua.report.finding import core_map  # it draws with the pieces of this module

    known["core_map"] = (("finding_map",), core_map)
    known["history"] = (("history",), history)
    return {
        name: build
        for name, (needed, build) in known.items()
        if all(table in tables and not tables[table].empty for table in needed)
    }


def fit(spec: Spec, width: float) -> Spec:
    """The same chart for a given width, in pixels.

    A plain chart takes the width; charts under one another share it; small multiples fold into as
    many columns as fit. Under `NARROW` pixels, layers named ``wide...`` are left out, legends take
    fewer columns, and a parameter ``narrow`` of the chart becomes true.

    Returns
    -------
    dict
        A new specification; the one given is not changed.
    """
    fitted = copy.deepcopy(spec)
    rule = fitted.get("usermeta", {}).get("fit", {"kind": "single"})
    if width < NARROW:
        _narrow(fitted, rule, width)
        rule = {**rule, **rule.get("narrow", {})}
    if rule["kind"] == "single":
        fitted["width"] = width
        fitted["autosize"] = {"type": "fit-x", "contains": "padding"}
    elif rule["kind"] == "concat":
        for child in fitted["vconcat"]:
            child["width"] = max(120, int(width - rule["pad"]))
    else:
        fitted["columns"], fitted["spec"]["width"] = _columns(rule, width)
    return fitted


def _columns(rule: Mapping[str, float], width: float) -> tuple[int, int]:
    """How many panels stand side by side, and how wide each is."""
    usable, gap = width - rule["pad"], rule["gap"]
    columns = int(max(1, min(rule["max"], (usable + gap) // (rule["min"] + gap))))
    while rule["max"] % columns and rule["max"] / columns > 1 and columns > 3:
        columns -= 1
    return columns, int((usable - gap * (columns - 1)) / columns)


def _narrow(spec: Spec, rule: Mapping[str, Any], width: float) -> None:
    """Change a chart for a small screen: fewer words, shorter rows of the legend."""
    for part in (spec, *spec.get("vconcat", ())):
        if "layer" in part:
            part["layer"] = [x for x in part["layer"] if not str(x.get("name")).startswith("wide")]
    for param in spec.get("params", ()):
        if param["name"] == "narrow":
            param["value"] = True
    _each_dict(spec, partial(_narrow_part, rule.get("narrow", {}), max(1, int(width // 190))))


def _narrow_part(narrow: Mapping[str, Any], columns: int, part: Spec) -> None:
    if isinstance(part.get("legend"), dict):
        part["legend"]["columns"] = columns
    if "extent" in narrow and "maxExtent" in part:
        part["minExtent"] = part["maxExtent"] = part["labelLimit"] = narrow["extent"]


def _each_dict(value: Any, change: Callable[[Spec], None]) -> None:
    """Apply a change to every mapping inside a specification."""
    if isinstance(value, dict):
        change(value)
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _each_dict(inner, change)


# Pieces that several charts share.


def _top(kind: str, *tables: str, **rest: Any) -> Spec:
    reads = [*tables, *rest.pop("reads", ())]
    meta: Spec = {
        "fit": {"kind": kind, **rest.pop("fit", {})},
        "tables": list(tables),
        "reads": reads,
    }
    if "controls" in rest:
        meta["controls"] = rest.pop("controls")
    return {"$schema": SCHEMA, "config": config(), "usermeta": meta, **rest}


def _data(name: str, *dates: str) -> Spec:
    parse = {"parse": dict.fromkeys(dates, "date")}
    return {"name": name, **({"format": parse} if dates else {})}


def _translate(names: Mapping[str, str], value: str = "datum.label") -> str:
    """A Vega expression that gives a value's name in the page's language."""
    return f"{json.dumps(dict(names))}[{value}] || {value}"


def _among(field: str, values: Any) -> str:
    return f"indexof({json.dumps(list(values))}, datum.{field}) >= 0"


def _equals(field: str, value: object) -> str:
    return f"datum.{field} === {json.dumps(value)}"


def _years(**axis: Any) -> Spec:
    axis = {"format": "%Y", "title": None, "tickCount": "year", "labelFlush": False, **axis}
    return {"type": "temporal", "axis": axis}


def _tip(t: Text, field: str, key: str, kind: str = "nominal", **rest: Any) -> Spec:
    return {"field": field, "type": kind, "title": t(f"field.{key}"), **rest}


def _month_tip(t: Text, field: str = "month") -> Spec:
    return _tip(t, field, "month", "temporal", format="%B %Y")


def _control(name: str, title: str, values: list[Any], labels: list[str]) -> Spec:
    return {"param": name, "title": title, "values": values, "labels": labels}


def _rule_at(value: float, **mark: Any) -> Spec:
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": colour("muted"), "strokeWidth": 1, **mark},
        "encoding": {"y": {"datum": value}},
    }


def _bands(
    hue: str, steps: tuple[tuple[str, str, float], ...], mark: Spec | None = None
) -> list[Spec]:
    return [
        {
            "mark": {"type": "area", "color": hue, "opacity": opacity, **(mark or {})},
            "encoding": {"y": {"field": low, "type": "quantitative"}, "y2": {"field": high}},
        }
        for low, high, opacity in steps
    ]


def _two_lines(label: str) -> str:
    """A label broken near its middle, for narrow charts."""
    spaces = [i for i, sign in enumerate(label) if sign == " "]
    if len(label) < 16 or not spaces:
        return label
    middle = min(spaces, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:middle]}\n{label[middle + 1 :]}"


# 1. The record.


def _agency_groups(frame: pd.DataFrame) -> list[str]:
    """The agencies with most counts; the others are drawn as one group."""
    return [str(name) for name in frame["agency"].value_counts().index[:_AGENCIES_SHOWN]]


def _agency_scales(groups: list[str], other: str) -> tuple[Spec, Spec]:
    domain = [*groups, other]
    hues = [*_HUES[: len(groups)], "observed-5"]
    shapes = [*_SHAPES[: len(groups)], "circle"]
    return (
        {"domain": domain, "range": [colour(hue) for hue in hues]},
        {"domain": domain, "range": shapes},
    )


def record(tables: Tables, t: Text) -> Spec:
    """Counts by agency over time, with what happened in lanes under them."""
    frame = tables["homicides"]
    monthly = frame[frame["frequency"] == "month"]
    groups = _agency_groups(monthly if len(monthly) else frame)
    other = t("figure.record.other")
    span = f"((datum.end - datum.start) / 864e5 / {_DAYS_PER_MONTH})"
    counts: Spec = {
        "height": 300,
        "data": _data("homicides", "start", "end"),
        "transform": [
            {"filter": _among("frequency", ("month", *_SPANS))},
            {
                "calculate": f"{_among('agency', groups)} ? datum.agency : {json.dumps(other)}",
                "as": "who",
            },
            {"calculate": f"datum.value / max(1, round({span}))", "as": "monthly"},
            {"calculate": "toDate((+datum.start + +datum.end) / 2)", "as": "middle"},
        ],
        "layer": [
            *_count_layers(groups, other, t),
            *_rule_layers(tables),
            *_event_labels(tables, t),
        ],
    }
    top = float(monthly["value"].max()) if len(monthly) else float("nan")
    if pd.notna(top):
        for layer in counts["layer"][:2]:
            layer["encoding"]["y"]["scale"] = {"domain": [0, top * 1.22], "clamp": True}
    return _top(
        "concat",
        "homicides",
        "events",
        "counting_rules",
        fit={"pad": 96},
        vconcat=[counts, _lanes(tables, t)],
        resolve={"scale": {"x": "shared", "color": "independent", "shape": "independent"}},
    )


def _count_layers(groups: list[str], other: str, t: Text) -> list[Spec]:
    hues, shapes = _agency_scales(groups, other)
    legend = {"symbolOpacity": 1, "columns": 5}
    who = {"field": "who", "type": "nominal"}
    shared = {
        "y": {
            "field": "monthly",
            "type": "quantitative",
            "axis": {"title": t("figure.record.axis"), "minExtent": 84, "maxExtent": 84},
        },
        "color": {**who, "scale": hues, "legend": legend},
        "opacity": {"condition": {"test": "datum.usable", "value": 0.85}, "value": 0.25},
        "tooltip": [
            _tip(t, "start", "from", "temporal", format="%-d %B %Y"),
            _tip(t, "end", "before_date", "temporal", format="%-d %B %Y"),
            _tip(t, "value", "homicides", "quantitative", format=",~f"),
            _tip(t, "agency", "agency"),
            _tip(t, "status", "status"),
            _tip(t, "source", "source"),
        ],
    }
    bars = {
        "transform": [{"filter": _among("frequency", _SPANS)}],
        "mark": {"type": "rule", "strokeWidth": 2, "clip": True},
        "encoding": {
            "x": {"field": "start", **_years()},
            "x2": {"field": "end"},
            **copy.deepcopy(shared),
        },
    }
    dots = {
        "transform": [{"filter": _equals("frequency", "month")}],
        "mark": {"type": "point", "filled": True, "size": 30, "clip": True},
        "encoding": {
            "x": {"field": "middle", **_years()},
            **copy.deepcopy(shared),
            "shape": {**who, "scale": shapes, "legend": legend},
        },
    }
    return [bars, dots]


def _rule_layers(tables: Tables) -> list[Spec]:
    """Dates on which what is counted changed: a dashed line with a mark on top."""
    if "counting_rules" not in tables or tables["counting_rules"].empty:
        return []
    x = {"field": "date", **_years()}
    return [
        {
            "data": _data("counting_rules", "date"),
            "mark": {
                "type": "rule",
                "strokeDash": [5, 4],
                "color": colour("break"),
                "strokeWidth": 1.5,
            },
            "encoding": {"x": x},
        },
        {
            "data": _data("counting_rules", "date"),
            "mark": {
                "type": "point",
                "shape": "triangle-down",
                "filled": True,
                "size": 80,
                "color": colour("break"),
            },
            "encoding": {
                "x": x,
                "y": {"value": 2},
                "tooltip": {"field": "change", "type": "nominal"},
            },
        },
    ]


def featured(events: pd.DataFrame) -> pd.DataFrame:
    """The events named on the picture: the first of each type in `FEATURED_EVENTS`."""
    chosen = events[events["type"].isin(FEATURED_EVENTS)].sort_values("date")
    return chosen.drop_duplicates("type")


def _event_labels(tables: Tables, t: Text) -> list[Spec]:
    shown = featured(tables["events"])
    rows = [
        {"date": f"{date:%Y-%m-%dT00:00:00}", "label": t.name("event", kind), "row": i % 2}
        for i, (date, kind) in enumerate(zip(shown["date"], shown["type"], strict=True))
    ]
    if not rows:
        return []
    x = {"field": "date", **_years()}
    data = {"values": rows, "format": {"parse": {"date": "date"}}}
    return [
        {
            "data": data,
            "mark": {
                "type": "rule",
                "strokeDash": [1, 3],
                "color": colour("muted"),
                "strokeWidth": 1.2,
            },
            "encoding": {"x": x},
        },
        *(
            {
                "name": f"wide_label_{row}",
                "data": data,
                "transform": [{"filter": f"datum.row === {row}"}],
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 5,
                    "color": colour("accent"),
                    "fontSize": 12,
                },
                "encoding": {"x": x, "y": {"value": 9 + 17 * row}, "text": {"field": "label"}},
            }
            for row in (0, 1)
        ),
    ]


def _lanes(tables: Tables, t: Text) -> Spec:
    """Events as ticks, and as bars where they last, one lane for each kind of actor."""
    lanes = in_order(tables["events"]["lane"], LANES)
    y = {
        "field": "lane",
        "type": "nominal",
        "sort": lanes,
        "axis": {
            "title": None,
            "labelExpr": _translate(t.names("lane", lanes)),
            "minExtent": 84,
            "maxExtent": 84,
            "grid": True,
        },
    }
    lasting = "datum.end - datum.date > 20 * 864e5"
    tip = [
        _tip(t, "date", "date", "temporal", format="%-d %B %Y"),
        _tip(t, "description", "event"),
        _tip(t, "actors", "actors"),
        _tip(t, "source", "source"),
    ]
    hue = {"color": colour("accent"), "opacity": 0.75}
    return {
        "height": {"step": 24},
        "data": _data("events", "date", "end"),
        "transform": [{"filter": "datum.date >= datetime(1994, 0, 1)"}],
        "layer": [
            {
                "transform": [{"filter": lasting}],
                "mark": {"type": "bar", "height": 9, "cornerRadius": 2, **hue},
                "encoding": {
                    "x": {"field": "date", **_years()},
                    "x2": {"field": "end"},
                    "y": y,
                    "tooltip": tip,
                },
            },
            {
                "transform": [{"filter": f"!({lasting})"}],
                "mark": {"type": "tick", "thickness": 2.5, "height": 14, **hue},
                "encoding": {"x": {"field": "date", **_years()}, "y": y, "tooltip": tip},
            },
        ],
    }


def disagreements(tables: Tables, t: Text) -> Spec:
    """The ratio of two agencies' counts of the same month."""
    ratio = tables["disagreements"]["ratio"].astype(float)
    widest = 1.05 * max(1.2, float(ratio.max()), 1 / float(ratio.min()))
    scale = {"type": "log", "domain": [1 / widest, widest], "nice": False}
    ticks = [0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10]
    return _top(
        "single",
        "disagreements",
        height=190,
        data=_data("disagreements", "month"),
        layer=[
            _rule_at(1),
            {
                "transform": [
                    {"calculate": "datum.agency_a + ' / ' + datum.agency_b", "as": "pair"}
                ],
                "mark": {"type": "point", "filled": True, "size": 38, "opacity": 0.8},
                "encoding": {
                    "x": {"field": "month", **_years()},
                    "y": {
                        "field": "ratio",
                        "type": "quantitative",
                        "scale": scale,
                        "axis": {
                            "title": t("figure.disagreements.axis"),
                            "format": ".2~f",
                            "values": [v for v in ticks if 1 / widest <= v <= widest],
                        },
                    },
                    "color": {"value": colour("observed")},
                    "tooltip": [
                        _month_tip(t),
                        _tip(t, "pair", "agencies"),
                        _tip(t, "value_a", "value_a", "quantitative", format=",~f"),
                        _tip(t, "value_b", "value_b", "quantitative", format=",~f"),
                        _tip(t, "ratio", "ratio", "quantitative", format=".2f"),
                    ],
                },
            },
        ],
    )


# 2. What the counts say.


def _labelled(label: str) -> Spec:
    return {"color": {"datum": label}}


def _legend_scale(pairs: list[tuple[str, str]]) -> Spec:
    """A legend for layers that each carry one label."""
    return {
        "color": {
            "type": "nominal",
            "scale": {
                "domain": [label for label, _ in pairs],
                "range": [colour(hue) for _, hue in pairs],
            },
            "legend": {"symbolType": "square", "symbolOpacity": 1, "columns": 4},
        }
    }


def level(tables: Tables, t: Text) -> Spec:
    """The level behind the counts with its band, and the breaks the counts date."""
    months = _data("detection_months", "month")
    x = {"field": "month", **_years()}
    names = {key: t(f"figure.level.{key}") for key in ("counts", "level", "baseline", "breaks")}
    y_axis = {
        "title": t("figure.level.axis"),
        "format": ",f",
        "values": [digit * 10**power for power in range(5) for digit in (1, 2, 5)],
    }
    y = {"type": "quantitative", "scale": {"type": "log", "nice": False}, "axis": y_axis}
    scale = _legend_scale(
        [
            (names["counts"], "observed"),
            (names["level"], "inferred"),
            (names["baseline"], "observed-2"),
            (names["breaks"], "break"),
        ]
    )
    counts = [_usable_dots(tables, names["counts"], y)] if "homicides" in tables else []
    layers = [
        _break_rects(names["breaks"]),
        {
            "mark": {"type": "area", "opacity": 0.25},
            "encoding": {
                "x": x,
                "y": {"field": "level_low", **y},
                "y2": {"field": "level_high"},
                **_labelled(names["level"]),
            },
        },
        *counts,
        {
            "mark": {"type": "line", "strokeDash": [5, 3], "strokeWidth": 1.4},
            "encoding": {"x": x, "y": {"field": "baseline", **y}, **_labelled(names["baseline"])},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.2},
            "encoding": {
                "x": x,
                "y": {"field": "level", **y},
                **_labelled(names["level"]),
                "tooltip": [
                    _month_tip(t),
                    _tip(t, "level", "level", "quantitative", format=",.0f"),
                    _tip(t, "level_low", "low", "quantitative", format=",.0f"),
                    _tip(t, "level_high", "high", "quantitative", format=",.0f"),
                ],
            },
        },
    ]
    return _top(
        "single",
        "detection_months",
        "detection_breaks",
        reads=("homicides",) if counts else (),
        height=300,
        data=months,
        layer=layers,
        encoding=scale,
    )


def _usable_dots(tables: Tables, label: str, y: Spec) -> Spec:
    """Monthly counts that entered the inference, from its first month on; zeros have no log."""
    first = tables["detection_months"]["month"].min().strftime("%Y-%m-%dT00:00:00")
    used = f"{_equals('frequency', 'month')} && datum.usable && datum.value > 0"
    return {
        "data": _data("homicides", "start", "end"),
        "transform": [
            {"filter": f"{used} && datum.start >= toDate({json.dumps(first)})"},
            {"calculate": "toDate((+datum.start + +datum.end) / 2)", "as": "month"},
        ],
        "mark": {"type": "point", "filled": True, "size": 16, "opacity": 0.55},
        "encoding": {
            "x": {"field": "month", **_years()},
            "y": {"field": "value", **y},
            **_labelled(label),
        },
    }


def _break_rects(label: str) -> Spec:
    """Each dated break: its 90 % interval, at least a month wide."""
    return {
        "data": _data("detection_breaks", "low", "high", "median"),
        "transform": [
            {"filter": "datum.mass >= 0.5"},
            {"calculate": "toDate(+datum.high + 30 * 864e5)", "as": "until"},
        ],
        "mark": {"type": "rect", "opacity": 0.6},
        "encoding": {
            "x": {"field": "low", **_years()},
            "x2": {"field": "until"},
            **_labelled(label),
        },
    }


def _probability(t: Text, key: str) -> Spec:
    return {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {
            "title": t(f"figure.{key}.axis"),
            "format": ".0%",
            "values": [0, 0.25, 0.5, 0.75, 1],
        },
    }


def suppression(tables: Tables, t: Text) -> Spec:
    """Probability that something held killing down: with hindsight, and as it could be known."""
    x = {"field": "month", **_years()}
    keys = ("smoothed", "filtered", "onset", "spike")
    names = {key: t(f"figure.suppression.{key}") for key in keys}
    y = _probability(t, "suppression")
    hues = [(names["smoothed"], "inferred"), (names["filtered"], "observed-2")]
    hues.append((names["onset"], "break"))
    spike: list[Spec] = []
    if "p_spike" in tables["detection_months"]:
        hues.append((names["spike"], "observed-3"))
        spike.append(
            {
                "mark": {"type": "line", "strokeWidth": 1.2},
                "encoding": {"x": x, "y": {"field": "p_spike", **y}, **_labelled(names["spike"])},
            }
        )
    scale = _legend_scale(hues)
    tip = [
        _month_tip(t),
        _tip(t, "suppressed", "smoothed", "quantitative", format=".0%"),
        _tip(t, "suppressed_filtered", "filtered", "quantitative", format=".0%"),
        _tip(t, "onset", "onset", "quantitative", format=".0%"),
    ]
    return _top(
        "single",
        "detection_months",
        height=220,
        data=_data("detection_months", "month"),
        encoding=scale,
        layer=[
            {
                "mark": {"type": "bar", "width": 3, "opacity": 0.9},
                "encoding": {"x": x, "y": {"field": "onset", **y}, **_labelled(names["onset"])},
            },
            {
                "mark": {"type": "area", "opacity": 0.14},
                "encoding": {
                    "x": x,
                    "y": {"field": "suppressed", **y},
                    **_labelled(names["smoothed"]),
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 1.4, "strokeDash": [4, 2]},
                "encoding": {
                    "x": x,
                    "y": {"field": "suppressed_filtered", **y},
                    **_labelled(names["filtered"]),
                },
            },
            *spike,
            {
                "mark": {"type": "line", "strokeWidth": 2.2},
                "encoding": {
                    "x": x,
                    "y": {"field": "suppressed", **y},
                    **_labelled(names["smoothed"]),
                    "tooltip": tip,
                },
            },
        ],
    )


def pact(tables: Tables, t: Text) -> Spec:
    """Probability of a pact, as a band between two stated odds before looking."""
    del tables
    x = {"field": "month", **_years()}
    y = _probability(t, "pact")
    hue = colour("inferred")
    line = {"type": "line", "strokeWidth": 1.4, "color": hue}
    return _top(
        "single",
        "detection_months",
        height=200,
        data=_data("detection_months", "month"),
        layer=[
            {
                "mark": {"type": "area", "color": hue, "opacity": 0.25},
                "encoding": {
                    "x": x,
                    "y": {"field": "pact_low", **y},
                    "y2": {"field": "pact_high"},
                    "tooltip": [
                        _month_tip(t),
                        _tip(t, "pact_low", "pact_low", "quantitative", format=".0%"),
                        _tip(t, "pact_high", "pact_high", "quantitative", format=".0%"),
                    ],
                },
            },
            {
                "mark": {**line, "strokeDash": [4, 2]},
                "encoding": {"x": x, "y": {"field": "pact_low", **y}},
            },
            {"mark": line, "encoding": {"x": x, "y": {"field": "pact_high", **y}}},
        ],
    )


# 2b. How often the detector is right.


_METHOD_HUES = {
    "hindsight": "inferred",
    "online": "observed-2",
    "segments": "observed-4",
}


def reliability(tables: Tables, t: Text) -> Spec:
    """What was said of months on planted worlds beside how often it came true."""
    shown = in_order(tables["scores_reliability"]["method"], tuple(_METHOD_HUES))
    hues = {m: _METHOD_HUES.get(m, "observed-5") for m in shown}
    hue = {
        "field": "method",
        "type": "nominal",
        "scale": {"domain": shown, "range": [colour(h) for h in hues.values()]},
        "legend": {"labelExpr": _translate(t.names("scored", shown)), "columns": 3},
    }
    shape = {**hue, "scale": {"domain": shown, "range": list(_SHAPES[: len(shown)])}}
    x = {"field": "said", **_probability(t, "reliability")}
    y = {"field": "observed", **_probability(t, "reliability")}
    x["axis"] = {**x["axis"], "title": t("figure.reliability.said"), "grid": True}
    tip = [
        _tip(t, "months", "months", "quantitative", format=",~f"),
        _tip(t, "said", "said", "quantitative", format=".0%"),
        _tip(t, "observed", "observed", "quantitative", format=".0%"),
    ]
    return _top(
        "single",
        "scores_reliability",
        height=280,
        data=_data("scores_reliability"),
        layer=[
            {
                "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
                "mark": {"type": "line", "color": colour("muted"), "strokeDash": [3, 3]},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative"},
                    "y": {"field": "y", "type": "quantitative"},
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 1.6},
                "encoding": {"x": x, "y": y, "color": hue},
            },
            {
                "mark": {"type": "point", "filled": True, "opacity": 1, "size": 70},
                "encoding": {"x": x, "y": y, "color": hue, "shape": shape, "tooltip": tip},
            },
        ],
    )


def recall(tables: Tables, t: Text) -> Spec:
    """Share of planted pacts that are found, by deaths a month and by what a pact leaves."""
    x = {
        "field": "effect",
        "type": "ordinal",
        "axis": {
            "title": t("figure.recall.effect"),
            "labelAngle": 0,
            "labelExpr": "format(datum.value, '.0%')",
            "domain": False,
            "ticks": False,
        },
    }
    y = {
        "field": "base",
        "type": "ordinal",
        "sort": "descending",
        "axis": {"title": t("figure.recall.level"), "domain": False},
    }
    tip = [
        _tip(t, "planted", "planted", "quantitative"),
        _tip(t, "found", "found", "quantitative"),
        _tip(t, "low", "low", "quantitative", format=".0%"),
        _tip(t, "high", "high", "quantitative", format=".0%"),
    ]
    share = {"field": "recall", "type": "quantitative"}
    return _top(
        "single",
        "scores_recall",
        height=38 * tables["scores_recall"]["base"].nunique(),
        data=_data("scores_recall"),
        encoding={"x": x, "y": y},
        layer=[
            {
                "mark": {"type": "rect", "color": colour("inferred"), "cornerRadius": 2},
                "encoding": {
                    "opacity": {
                        **share,
                        "scale": {"domain": [0, 1], "range": [0.04, 0.5]},
                        "legend": None,
                    },
                    "tooltip": tip,
                },
            },
            {
                "mark": {"type": "text", "color": colour("ink")},
                "encoding": {"text": {**share, "format": ".0%"}},
            },
        ],
    )


# 3. The strategies.


def _strategy_hue(strategies: list[str]) -> Spec:
    hues = [colour(STRATEGY_COLOURS.get(name, "simulated")) for name in strategies]
    return {
        "field": "strategy",
        "type": "nominal",
        "scale": {"domain": strategies, "range": hues},
        "legend": None,
    }


def _facet(field: str, order: list[Any], labels: Mapping[str, str]) -> Spec:
    header = {"labelExpr": _translate(labels, "datum.value"), "title": None}
    return {"field": field, "type": "nominal", "sort": order, "header": header, "title": None}


def _origin_control(frame: pd.DataFrame, t: Text) -> Spec:
    origins = [str(origin) for origin in dict.fromkeys(frame["origin"])]
    return _control("origin", t("control.origin"), origins, [t.month(o) for o in origins])


def _params(controls: list[Spec], defaults: Mapping[str, Any]) -> list[Spec]:
    return [
        {"name": c["param"], "value": defaults.get(c["param"], c["values"][0])} for c in controls
    ]


def fans(tables: Tables, t: Text, *, origin: str) -> Spec:
    """One panel for each strategy from one date: median and bands of the simulated worlds."""
    frame = tables["fans"]
    frame = frame[frame["origin"].astype(str) == origin]
    strategies = in_order(frame["strategy"], STRATEGY_ORDER)
    shown = in_order(frame["variable"], ("killed", "recorded", "prisoners"))
    control = _control("shown", t("control.shown"), shown, [t.name("variable", v) for v in shown])
    x = {"field": "month", **_years(labelFlush=True, labelSeparation=10)}
    steps = (("q05", "q95", 0.16), ("q10", "q90", 0.2), ("q25", "q75", 0.3))
    hue = _strategy_hue(strategies)
    layers = [
        {**band, "encoding": {**band["encoding"], "x": x, "color": hue}}
        for band in _bands(colour("ink"), steps)
    ]
    layers[0]["encoding"]["y"]["axis"] = {"title": None, "format": ",f"}
    layers.append(
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": x,
                "y": {"field": "q50", "type": "quantitative"},
                "color": hue,
                "tooltip": [
                    _month_tip(t),
                    _tip(t, "q50", "median", "quantitative", format=",.3~r"),
                    _tip(t, "q05", "low", "quantitative", format=",.3~r"),
                    _tip(t, "q95", "high", "quantitative", format=",.3~r"),
                ],
            },
        }
    )
    return _top(
        "facet",
        "fans",
        fit={"pad": 58, "gap": 16, "min": 105, "max": len(strategies)},
        controls=[control],
        params=_params([control], {}),
        data=_data("fans", "month"),
        transform=[{"filter": f"{_equals('origin', origin)} && datum.variable === shown"}],
        facet=_facet("strategy", strategies, t.names("strategy", strategies)),
        columns=len(strategies),
        spacing={"column": 16, "row": 20},
        spec={"height": 170, "layer": layers},
        resolve={"axis": {"x": "independent"}},
    )


def _interval_layers(hue: Spec, tip: list[Spec], x: Spec, y: Spec) -> list[Spec]:
    """Dot at the median, thick bar for 50 %, thin for 90 %; horizontal."""
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 1.6},
            "encoding": {"x": {"field": "q05", **x}, "x2": {"field": "q95"}, "y": y, "color": hue},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.55},
            "encoding": {"x": {"field": "q25", **x}, "x2": {"field": "q75"}, "y": y, "color": hue},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {"x": {"field": "q50", **x}, "y": y, "color": hue, "tooltip": tip},
        },
    ]


def ledger(tables: Tables, t: Text) -> Spec:
    """The harm ledger: one panel for each harm, never summed; one row for each strategy."""
    frame = tables["ledger"]
    strategies = in_order(frame["strategy"], STRATEGY_ORDER)
    outcomes = in_order(frame["outcome"], OUTCOME_ORDER)
    horizons = sorted({int(h) for h in frame["horizon"]})
    controls = [
        _origin_control(frame, t),
        _control("horizon", t("control.horizon"), horizons, [t.years(h) for h in horizons]),
    ]
    x = {
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"title": None, "format": ",~f", "tickCount": 4, "labelSeparation": 8},
    }
    y = {
        "field": "strategy",
        "type": "nominal",
        "sort": strategies,
        "axis": {
            "title": None,
            "labelExpr": _translate(t.names("strategy", strategies)),
            "labelFontSize": 12,
            "labelColor": colour("ink"),
            "minExtent": 92,
            "maxExtent": 92,
        },
    }
    tip = [
        _tip(t, "q50", "median", "quantitative", format=",.3~r"),
        _tip(t, "q05", "low", "quantitative", format=",.3~r"),
        _tip(t, "q95", "high", "quantitative", format=",.3~r"),
    ]
    return _top(
        "facet",
        "ledger",
        fit={"pad": 104, "gap": 22, "min": 190, "max": 4},
        controls=controls,
        params=_params(controls, {"horizon": horizons[-1]}),
        data=_data("ledger"),
        transform=[{"filter": "datum.origin === origin && datum.horizon === horizon"}],
        facet=_facet("outcome", outcomes, t.names("outcome", outcomes)),
        columns=4,
        spacing={"column": 22, "row": 24},
        spec={
            "height": {"step": 25},
            "layer": _interval_layers(_strategy_hue(strategies), tip, x, y),
        },
        resolve={"scale": {"x": "independent"}},
    )


def differences(tables: Tables, t: Text) -> Spec:
    """Paired differences in the same worlds, over the years, one panel for each strategy."""
    frame = tables["differences"]
    strategies = in_order(frame["strategy"], STRATEGY_ORDER)
    outcomes = in_order(frame["outcome"], ("killed", *OUTCOME_ORDER))
    shown = int(frame.groupby("reference")["strategy"].nunique().max())
    references = in_order(frame["reference"], STRATEGY_ORDER)
    controls = [_origin_control(frame, t)]
    controls.append(
        _control(
            "outcome", t("control.outcome"), outcomes, [t.name("outcome", o) for o in outcomes]
        )
    )
    if len(references) > 1:
        labels = [t.name("strategy", r) for r in references]
        controls.append(_control("reference", t("control.reference"), references, labels))
    keep = " && ".join(f"datum.{c['param']} === {c['param']}" for c in controls)
    hue = _strategy_hue(strategies)
    x = {
        "field": "horizon",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelExpr": f"datum.value + {json.dumps(t('years.short'))}",
        },
    }
    y = {"type": "quantitative", "axis": {"title": None, "format": ",f"}}
    tip = _difference_tip(t)
    layers = [
        {"mark": {"type": "rule", "color": colour("muted")}, "encoding": {"y": {"datum": 0}}},
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {"x": x, "y": {"field": "q05", **y}, "y2": {"field": "q95"}, "color": hue},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {"x": x, "y": {"field": "q50", **y}, "color": hue, "tooltip": tip},
        },
    ]
    return _top(
        "facet",
        "differences",
        fit={"pad": 62, "gap": 18, "min": 105, "max": shown},
        controls=controls,
        params=_params(controls, {}),
        data=_data("differences"),
        transform=[{"filter": keep}],
        facet=_facet("strategy", strategies, t.names("strategy", strategies)),
        columns=shown,
        spacing={"column": 18, "row": 20},
        spec={"height": 180, "layer": layers},
    )


# 4. If we are wrong.


_SIGNS = ("lower", "unclear", "higher")


def core(tables: Tables, t: Text) -> Spec:
    """The core claim's sign under every counterfactual and horizon, in words and in colour."""
    frame = tables["core_claim"]
    origins = {
        str(o): t("figure.core.panel", origin=t.month(o)) for o in dict.fromkeys(frame["origin"])
    }
    references = in_order(frame["reference"], STRATEGY_ORDER)
    labels = [t.name("strategy", r) for r in references]
    controls = [_control("against", t("control.reference"), references, labels)]
    word = _translate({sign: t(f"sign.{sign}") for sign in _SIGNS}, "datum.sign")
    mark = _translate({sign: t(f"sign.mark.{sign}") for sign in _SIGNS}, "datum.sign")
    return _top(
        "facet",
        "core_claim",
        fit={"pad": 172, "gap": 24, "min": 250, "max": 2, "narrow": {"pad": 122, "extent": 110}},
        controls=controls,
        params=[*_params(controls, {}), {"name": "narrow", "value": False}],
        data=_data("core_claim"),
        transform=[
            {"filter": "datum.reference === against"},
            {"calculate": f"narrow ? ({mark}) : ({word})", "as": "word"},
            {
                "calculate": "(datum.p_lower > 0.99 ? '>99' : datum.p_lower < 0.01 ? '<1' : "
                "format(datum.p_lower * 100, '.0f'))"
                f" + (narrow ? '' : {json.dumps(NBSP + '%')})",
                "as": "chance",
            },
        ],
        facet=_facet("origin", list(origins), origins),
        columns=2,
        spacing={"column": 24, "row": 26},
        spec={
            "height": {"step": 38},
            "encoding": _sign_axes(frame, t),
            "layer": _sign_layers(t),
        },
        resolve={"axis": {"x": "independent"}},
    )


def _sign_axes(frame: pd.DataFrame, t: Text) -> Spec:
    """Horizons across, assumptions down; long names break in two where the chart is narrow."""
    counterfactuals = list(dict.fromkeys(str(c) for c in frame["counterfactual"]))
    names = t.names("counterfactual", counterfactuals)
    broken = {name: _two_lines(label) for name, label in names.items()}
    across = {
        "title": None,
        "labelAngle": 0,
        "labelExpr": f"datum.value + {json.dumps(t('years.short'))}",
        "domain": False,
        "ticks": False,
    }
    down = {
        "title": None,
        "labelExpr": f"narrow ? ({_translate(broken)}) : ({_translate(names)})",
        "labelColor": colour("ink"),
        "labelLimit": 158,
        "minExtent": 160,
        "maxExtent": 160,
    }
    return {
        "x": {"field": "horizon", "type": "ordinal", "axis": across},
        "y": {"field": "counterfactual", "type": "nominal", "sort": counterfactuals, "axis": down},
    }


def _sign_layers(t: Text) -> list[Spec]:
    """A cell's ground by sign, the sign in words, and the share of worlds under it."""
    ground = {
        "field": "sign",
        "type": "nominal",
        "scale": {"domain": list(_SIGNS), "range": [colour(f"{sign}-ground") for sign in _SIGNS]},
        "legend": None,
    }
    cell = {"type": "rect", "stroke": colour("paper"), "strokeWidth": 3, "cornerRadius": 4}
    word = {"type": "text", "dy": -7, "fontWeight": 600, "fontSize": 12}
    share = {"type": "text", "dy": 9, "fontSize": 11, "fill": colour("muted")}
    return [
        {"mark": cell, "encoding": {"color": ground, "tooltip": _difference_tip(t)}},
        {"mark": word, "encoding": {"text": {"field": "word"}}},
        {"mark": share, "encoding": {"text": {"field": "chance"}}},
    ]


def _difference_tip(t: Text) -> list[Spec]:
    return [
        _tip(t, "q50", "median", "quantitative", format="+,.3~r"),
        _tip(t, "q05", "low", "quantitative", format="+,.3~r"),
        _tip(t, "q95", "high", "quantitative", format="+,.3~r"),
        _tip(t, "p_lower", "p_lower", "quantitative", format=".0%"),
    ]


def history(tables: Tables, t: Text) -> Spec:
    """The model against the past: prior worlds, plausible worlds, and the record."""
    shown = in_order(tables["history"]["variable"], ("recorded", "killed", "prisoners"))
    names = {key: t(f"figure.history.{key}") for key in ("prior", "plausible", "observed")}
    hues = {"prior": "simulated", "plausible": "inferred", "observed": "observed"}
    legend = _legend_scale([(names[key], hue) for key, hue in hues.items()])["color"]
    colours = {key: {"datum": label, **legend} for key, label in names.items()}
    return _top(
        "facet",
        "history",
        fit={"pad": 66, "gap": 76, "min": 220, "max": len(shown)},
        data=_data("history"),
        transform=[{"calculate": "datetime(datum.year, 6, 1)", "as": "date"}],
        facet=_facet("variable", shown, t.names("variable.year", shown)),
        columns=len(shown),
        spacing={"column": 22, "row": 24},
        spec={
            "height": 220,
            "layer": [
                _year_band("prior", "q05", "q95", 0.2, colours["prior"]),
                _year_band("plausible", "q05", "q95", 0.25, colours["plausible"]),
                _year_band("plausible", "q25", "q75", 0.3, colours["plausible"]),
                {
                    "transform": [{"filter": _equals("worlds", "plausible")}],
                    "mark": {"type": "line", "strokeWidth": 2},
                    "encoding": {
                        "x": _YEAR,
                        "y": {"field": "q50", **_AMOUNT},
                        "color": colours["plausible"],
                    },
                },
                *_observed_years(colours["observed"], t),
            ],
        },
        resolve={"scale": {"y": "independent"}},
    )


_YEAR: Spec = {"field": "date", **_years()}
_AMOUNT: Spec = {"type": "quantitative", "axis": {"title": None, "format": ",f"}}


def _year_band(worlds: str, low: str, high: str, opacity: float, hue: Spec) -> Spec:
    return {
        "transform": [{"filter": _equals("worlds", worlds)}],
        "mark": {"type": "area", "opacity": opacity},
        "encoding": {
            "x": _YEAR,
            "y": {"field": low, **_AMOUNT},
            "y2": {"field": high},
            "color": hue,
        },
    }


def _observed_years(hue: Spec, t: Text) -> list[Spec]:
    """A bar from the lowest to the highest count of a year, with a dot at its middle."""
    shared = {
        "x": _YEAR,
        "color": hue,
        "tooltip": [
            _tip(t, "year", "year", "quantitative", format="d"),
            _tip(t, "observed_low", "observed_low", "quantitative", format=",~f"),
            _tip(t, "observed_high", "observed_high", "quantitative", format=",~f"),
        ],
    }
    seen = {"filter": f"{_equals('worlds', 'plausible')} && isValid(datum.observed_low)"}
    middle = {"calculate": "(datum.observed_low + datum.observed_high) / 2", "as": "middle"}
    return [
        {
            "transform": [seen],
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                **shared,
                "y": {"field": "observed_low", **_AMOUNT},
                "y2": {"field": "observed_high"},
            },
        },
        {
            "transform": [seen, middle],
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
            "encoding": {**shared, "y": {"field": "middle", **_AMOUNT}},
        },
    ]


# 5. The bargain: a plane of two numbers, drawn from `tregua.report.plane`.


BINDINGS = ("none", "gang", "government", "both")
"""What may stand in the way of a pact, in the order of the legend."""
_PLANE_HEIGHT = 400


def bargain(tables: Tables, t: Text) -> Spec:
    """Where a pact is self-enforcing, over two numbers, and what stands in the way elsewhere.

    Reads the tables of `tregua.report.plane.plane_tables`: `plane` (runs of equal cells), `labels`
    (where a name fits), `border` (where the margin is 0) and `now` (the bargain itself, with the
    names and ranges of both axes).
    """
    now = tables["now"].iloc[0]
    shown = in_order(tables["plane"]["binding"], BINDINGS)
    names = t.names("binding", shown)
    x, y = (_plane_axis(now, axis, t) for axis in ("x", "y"))
    colours = {
        "field": "binding",
        "type": "nominal",
        "scale": {"domain": shown, "range": [colour(f"{name}-ground") for name in shown]},
        "legend": {
            "labelExpr": _translate(names),
            "symbolType": "square",
            "symbolSize": 150,
            "symbolStrokeWidth": 0,
            "columns": 2,
        },
    }
    cells = {
        "data": _data("plane"),
        # A stroke of the same colour closes the seams between neighbouring runs.
        "mark": {"type": "rect", "strokeWidth": 0.6, "clip": True},
        "encoding": {
            "x": {"field": "x", **x},
            "x2": {"field": "x2"},
            "y": {"field": "y", **y},
            "y2": {"field": "y2"},
            "color": colours,
            "stroke": {**colours, "legend": None},
        },
    }
    words = {
        "name": "wide_names",
        "data": _data("labels"),
        "transform": [
            {
                "calculate": _translate(
                    {name: _two_lines(text) for name, text in names.items()}, "datum.binding"
                ),
                "as": "words",
            }
        ],
        "mark": {"type": "text", "fontSize": 13, "fontWeight": 600, "fill": colour("ink")},
        "encoding": {
            "x": {"field": "x", **x},
            "y": {"field": "y", **y},
            "text": {"field": "words"},
        },
    }
    border = {
        "data": _data("border"),
        "mark": {"type": "rule", "color": colour("ink"), "strokeWidth": 1.8, "strokeCap": "round"},
        "encoding": {
            "x": {"field": "x", **x},
            "x2": {"field": "x2"},
            "y": {"field": "y", **y},
            "y2": {"field": "y2"},
        },
    }
    layers = [cells, border, words, *_here(now, t, x, y)]
    return _top(
        "single",
        "plane",
        "labels",
        "border",
        "now",
        title=_plane_title(now, t),
        height=_PLANE_HEIGHT,
        layer=layers,
    )


def _plane_axis(now: pd.Series[Any], axis: str, t: Text) -> Spec:
    low, high = float(now[f"{axis}_low"]), float(now[f"{axis}_high"])
    title = t.name("term", now[f"{axis}_name"])
    return {
        "type": "quantitative",
        "scale": {"domain": [low, high], "nice": False, "zero": False},
        "axis": {"title": title, "format": ",~g", "grid": False, "tickCount": 6},
    }


def _plane_title(now: pd.Series[Any], t: Text) -> Spec:
    """The finding above the picture, and how to read it."""
    holds = "holds" if now["binding"] == "none" else "fails"
    return {
        "text": t(f"figure.bargain.title.{holds}", share=t.percent(float(now["share"]))),
        "subtitle": t("figure.bargain.drawn"),
        "anchor": "start",
        "fontSize": 16,
        "color": colour("ink"),
        "subtitleFontSize": 12,
        "subtitleColor": colour("muted"),
        "subtitlePadding": 6,
        "offset": 12,
    }


def _here(now: pd.Series[Any], t: Text, x: Spec, y: Spec) -> list[Spec]:
    """A dot on the bargain itself, named on the side where there is room."""
    across = (float(now["x"]) - float(now["x_low"])) / (float(now["x_high"]) - float(now["x_low"]))
    up = (float(now["y"]) - float(now["y_low"])) / (float(now["y_high"]) - float(now["y_low"]))
    place = {"x": {"field": "x", **x}, "y": {"field": "y", **y}}
    dot = {"type": "point", "filled": True, "size": 110, "opacity": 1, "fill": colour("ink")}
    return [
        {
            "data": _data("now"),
            "mark": {**dot, "stroke": colour("card"), "strokeWidth": 1.5},
            "encoding": place,
        },
        {
            "data": _data("now"),
            "mark": {
                "type": "text",
                "align": "left" if across < 0.75 else "right",
                "dx": 10 if across < 0.75 else -10,
                "dy": -10 if up < 0.9 else 10,
                "fill": colour("ink"),
            },
            "encoding": {**place, "text": {"value": t("figure.bargain.now")}},
        },
    ]
