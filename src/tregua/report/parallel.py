"""Policies over several harms at once, as parallel coordinates.

The drawing is Inselberg's (1985, The Visual Computer 1). Each harm is an upright axis with less of
it at the bottom, each policy a line across all of them. Where lines cross between two axes, less of
one harm was had for more of the other. Values are means over held-out worlds; a short upright bar
is a 95 % Monte-Carlo interval. Axes have their own scales, so that slopes mean nothing, and no axis
is weighed against another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tregua.report.figures import Spec, Tables, _data, _top, _translate
from tregua.report.palette import colour
from tregua.report.text import Text

if TYPE_CHECKING:
    from tregua.decide.search import SearchResult

__all__ = ["parallel", "parallel_tables"]

_COLOURS = {"search": "secret-pact", "random": "mano-dura", "shipped": "ink"}
_HEIGHT = 440
_NAME_GAP = 0.044  # of the height, between two names
_NORMAL_95 = 1.96
_MOST_NAMES = 22
_WRAP = 16
_ONE_LINE, _TWO_LINES = 1.075, 1.115  # of the height: where the name of an axis begins


def parallel_tables(found: SearchResult, t: Text) -> dict[str, pd.DataFrame]:
    """The tables behind the picture of a search.

    Parameters
    ----------
    found
        What `tregua.decide.search.search_timelines` gives.
    t
        Texts of the language of the picture.

    Returns
    -------
    dict
        `lines`: columns number, kind ("search", "random", "shipped" or "other" for what is
        dominated or stood for), outcome, place (of the axis, from 0), at, low and high (0 at the
        least and 1 at the most of the axis). `axes`: outcome, place, name, least, most and height
        (of the name). `names`: number, kind, place, at (of the name), end (of the line) and name.
    """
    policies, values = found.policies, found.values
    drawn = policies[policies["shown"] | (policies["source"] == "shipped")]
    kinds = {
        row.number: row.source if row.undominated and row.shown else "other"
        for row in drawn.itertuples()
    }
    rows = values[values["number"].isin(kinds)].copy()
    reach = _NORMAL_95 * rows["held_out_error"]
    rows["kind"] = rows["number"].map(kinds)
    axis = rows.groupby("outcome", sort=False)["held_out"].agg(["min", "max"])
    axis = axis.reindex(list(found.outcomes))
    least = rows["outcome"].map(axis["min"])
    span = (rows["outcome"].map(axis["max"]) - least).replace(0.0, 1.0)
    places = {outcome: place for place, outcome in enumerate(found.outcomes)}
    rows["place"] = rows["outcome"].map(places)
    rows["at"] = (rows["held_out"] - least) / span
    rows["low"] = ((rows["held_out"] - reach - least) / span).clip(-0.03, 1.03)
    rows["high"] = ((rows["held_out"] + reach - least) / span).clip(-0.03, 1.03)
    axes = pd.DataFrame(
        {
            "outcome": found.outcomes,
            "place": [places[outcome] for outcome in found.outcomes],
            "name": [_wrapped(t.name("outcome", outcome)) for outcome in found.outcomes],
            "least": [t.number(value) for value in axis["min"].to_numpy(dtype=np.float64)],
            "most": [t.number(value) for value in axis["max"].to_numpy(dtype=np.float64)],
        }
    )
    axes["height"] = np.where(axes["name"].str.contains("\n"), _TWO_LINES, _ONE_LINE)
    lines = rows[["number", "kind", "outcome", "place", "at", "low", "high"]]
    return {
        "lines": lines.reset_index(drop=True),
        "axes": axes,
        "names": _names(drawn, lines, len(found.outcomes) - 1, t),
    }


def _wrapped(name: str) -> str:
    """A name of an axis on two lines where it is long."""
    if len(name) <= _WRAP or " " not in name:
        return name
    breaks = [place for place, sign in enumerate(name) if sign == " "]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def _names(drawn: pd.DataFrame, lines: pd.DataFrame, last: int, t: Text) -> pd.DataFrame:
    """Names at the right ends of the lines, moved apart where they would touch."""
    ends = lines[(lines["place"] == last) & (lines["kind"] != "other")].sort_values("at")
    ends = ends.head(_MOST_NAMES)
    words = dict(zip(drawn["number"], drawn["policy"], strict=True))
    shipped = set(drawn.loc[drawn["source"] == "shipped", "number"])
    texts = [
        t.name("strategy", words[number])
        if number in shipped
        else t("figure.search.plan", n=number)
        for number in ends["number"]
    ]
    at = _apart(ends["at"].to_numpy(dtype=np.float64), _NAME_GAP)
    return pd.DataFrame(
        {
            "number": ends["number"].to_numpy(),
            "kind": ends["kind"].to_numpy(),
            "place": last,
            "at": at,
            "end": ends["at"].to_numpy(),
            "name": texts,
        }
    )


def _apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """Heights in rising order, each at least a gap above the one before, moved little."""
    moved = heights.copy()
    for place in range(1, len(moved)):
        moved[place] = max(moved[place], moved[place - 1] + gap)
    over = max(0.0, moved[-1] - 1.02) if len(moved) else 0.0
    if over:
        moved[-1] -= over
        for place in range(len(moved) - 2, -1, -1):
            moved[place] = min(moved[place], moved[place + 1] - gap)
    return moved


def parallel(
    tables: Tables, t: Text, *, origin: str, years: int, worlds: int, undominated: int
) -> Spec:
    """The picture of a search: one axis a harm, one line a policy.

    Reads the tables of `parallel_tables`.
    """
    axes = tables["axes"]
    last = len(axes) - 1
    kinds = [kind for kind in _COLOURS if (tables["lines"]["kind"] == kind).any()]
    x = {
        "field": "place",
        "type": "quantitative",
        "scale": {"domain": [-0.28, last + 0.62], "nice": False, "zero": False},
        "axis": None,
    }
    y = {
        "field": "at",
        "type": "quantitative",
        "scale": {"domain": [-0.08, 1.2], "nice": False, "zero": False},
        "axis": None,
    }
    colours = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": kinds, "range": [colour(_COLOURS[kind]) for kind in kinds]},
        "legend": {
            "labelExpr": _translate(t.names("source", kinds)),
            "symbolType": "stroke",
            "symbolStrokeWidth": 3,
        },
    }
    upright = {
        "data": _data("axes"),
        "mark": {"type": "rule", "color": colour("hair"), "strokeWidth": 1.5},
        "encoding": {"x": x, "y": _at(y, 0.0), "y2": {"datum": 1.0}},
    }
    others = {
        "data": _data("lines"),
        "transform": [{"filter": "datum.kind === 'other'"}],
        "mark": {"type": "line", "color": colour("observed-5"), "strokeWidth": 1, "opacity": 0.45},
        "encoding": {"x": x, "y": y, "detail": {"field": "number"}, "order": {"field": "place"}},
    }
    shown = {
        "data": _data("lines"),
        "transform": [{"filter": "datum.kind !== 'other'"}],
        "mark": {"type": "line", "strokeWidth": 2.2, "opacity": 0.9, "point": {"size": 34}},
        "encoding": {
            "x": x,
            "y": y,
            "detail": {"field": "number"},
            "order": {"field": "place"},
            "color": colours,
            "strokeDash": {
                "field": "kind",
                "type": "nominal",
                "scale": {
                    "domain": kinds,
                    "range": [[6, 4] if kind == "random" else [1, 0] for kind in kinds],
                },
                "legend": None,
            },
        },
    }
    errors = {
        "data": _data("lines"),
        "transform": [{"filter": "datum.kind !== 'other'"}],
        "mark": {"type": "rule", "strokeWidth": 1.2, "opacity": 0.75},
        "encoding": {
            "x": x,
            "y": {**y, "field": "low"},
            "y2": {"field": "high"},
            "color": {**colours, "legend": None},
        },
    }
    return _top(
        "single",
        "lines",
        "axes",
        "names",
        title=_title(tables, t, origin, years, worlds, undominated),
        height=_HEIGHT,
        layer=[upright, others, shown, errors, *_words(x, y), *_ends(x, y, colours)],
    )


def _title(tables: Tables, t: Text, origin: str, years: int, worlds: int, undominated: int) -> Spec:
    count = tables["lines"].loc[tables["lines"]["kind"] != "other", "number"].nunique()
    return {
        "text": t(
            "figure.search.title",
            n=count,
            of=undominated,
            years=t.years(years),
            origin=t.month(origin),
        ),
        "subtitle": t("figure.search.drawn", worlds=t.number(worlds)).split("\n"),
        "anchor": "start",
        "fontSize": 16,
        "color": colour("ink"),
        "subtitleFontSize": 12,
        "subtitleColor": colour("muted"),
        "subtitlePadding": 6,
        "offset": 12,
    }


def _at(y: Spec, height: float) -> Spec:
    """The upright scale at a fixed height."""
    return {**{key: value for key, value in y.items() if key != "field"}, "datum": height}


def _words(x: Spec, y: Spec) -> list[Spec]:
    """Name of every axis above it, and its ends."""
    rows: tuple[tuple[str, float | None, int, str, int, str], ...] = (
        ("name", None, 13, "ink", 600, "bottom"),
        ("most", 1.02, 12, "muted", 400, "bottom"),
        ("least", -0.03, 12, "muted", 400, "top"),
    )
    return [
        {
            "data": _data("axes"),
            "mark": {
                "type": "text",
                "fontSize": size,
                "fontWeight": weight,
                "fill": colour(role),
                "baseline": baseline,
            },
            "encoding": {
                "x": x,
                "y": {**y, "field": "height"} if height is None else _at(y, height),
                "text": {"field": field},
            },
        }
        for field, height, size, role, weight, baseline in rows
    ]


def _ends(x: Spec, y: Spec, colours: Spec) -> list[Spec]:
    """Names at the right, each tied to the end of its line."""
    moved = [{"calculate": "datum.place + 0.03", "as": "from"}]
    moved.append({"calculate": "datum.place + 0.075", "as": "to"})
    tie = {
        "data": _data("names"),
        "transform": moved,
        "mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.6},
        "encoding": {
            "x": {**x, "field": "from"},
            "x2": {"field": "to"},
            "y": {**y, "field": "end"},
            "y2": {"field": "at"},
            "color": {**colours, "legend": None},
        },
    }
    name = {
        "data": _data("names"),
        "transform": moved,
        "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "baseline": "middle"},
        "encoding": {
            "x": {**x, "field": "to"},
            "y": y,
            "text": {"field": "name"},
            "color": {**colours, "legend": None},
        },
    }
    return [tie, name]
