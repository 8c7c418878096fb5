"""Two pictures of designs: when a level broke, and what happened around a staggered treatment.

Break dates are drawn as counts with the level in its band, and under them, month by month, how many
breaks are expected to begin: a sharp bar is a date, a low hill is a break whose month nobody knows.
Falls and rises have a side of their own, so that nothing hangs on colour. The event study has a
point for each month since treatment in a band that holds for all of them at once; the months that
places are compared with themselves in are hollow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from tregua.report.figures import Spec, _bands, _data, _top, _years
from tregua.report.palette import colour
from tregua.report.text import LANGUAGES

if TYPE_CHECKING:
    from tregua.assess.designs import BreakDates, Staggered

__all__ = ["breaks_chart", "breaks_tables", "study_chart", "study_tables"]

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "deaths": "Deaths a month",
        "expected": "Breaks expected",
        "breaks": "When the level broke",
        "breaks.note": "Dots: counts. Line and band: level, {level} %. Bars: breaks expected to "
        "begin in a month,\nfalls downwards, rises upwards; {length} months assumed between them.",
        "count": "Deaths",
        "level": "Level",
        "fall": "fall",
        "rise": "rise",
        "study": "Before and after treatment",
        "study.note": "Points: all places together. Band: {level} %, for all months at once. "
        "Hollow: the months\nthat places are compared with themselves in.",
        "ratio": "Deaths over expected deaths",
        "difference": "Difference of rates",
        "k": "Months since treatment",
        "observed": "Deaths",
        "wanted": "Expected deaths",
        "value": "Effect",
        "low": "Low",
        "high": "High",
        "units": "Places",
    },
    "es": {
        "deaths": "Muertes al mes",
        "expected": "Quiebres esperados",
        "breaks": "Cuándo se quebró el nivel",
        "breaks.note": "Puntos: recuentos. Línea y banda: nivel, {level} %. Barras: quiebres que "
        "se espera que empiecen en un mes,\ncaídas hacia abajo, subidas hacia arriba; se suponen "
        "{length} meses entre ellos.",
        "count": "Muertes",
        "level": "Nivel",
        "fall": "caída",
        "rise": "subida",
        "study": "Antes y después del tratamiento",
        "study.note": "Puntos: todos los lugares juntos. Banda: {level} %, para todos los meses a "
        "la vez. Huecos: los meses\ncon los que cada lugar se compara consigo mismo.",
        "ratio": "Muertes sobre muertes esperadas",
        "difference": "Diferencia de tasas",
        "k": "Meses desde el tratamiento",
        "observed": "Muertes",
        "wanted": "Muertes esperadas",
        "value": "Efecto",
        "low": "Bajo",
        "high": "Alto",
        "units": "Lugares",
    },
}
_EDGE = {"minExtent": 62, "maxExtent": 62}  # axes of charts under one another end at one line
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)
_LEAST = 0.005  # expected breaks that are too few to draw


def _words(lang: str) -> dict[str, str]:
    if lang not in LANGUAGES:
        raise ValueError(f"No language {lang!r}. Known: {', '.join(LANGUAGES)}.")
    return _WORDS[lang]


def _head(title: str, note: str) -> Spec:
    return {
        "text": title,
        "subtitle": note.split("\n"),
        "anchor": "start",
        "fontSize": 17,
        "color": colour("ink"),
        "subtitleColor": colour("muted"),
        "subtitleFontSize": 12.5,
        "subtitlePadding": 5,
        "offset": 14,
    }


def breaks_tables(found: BreakDates) -> dict[str, pd.DataFrame]:
    """The tables behind the picture of break dates.

    Parameters
    ----------
    found
        What `break_dates` found.

    Returns
    -------
    dict
        `break_months`: month, observed, level, level_low, level_high (per month of 30.44 days).
        `break_mass`: month, direction, mass (expected breaks, falls below 0). `break_dates`: month,
        direction, label.
    """
    months = found.months
    falls = pd.DataFrame({"month": months["month"], "direction": "fall", "mass": -months["fall"]})
    rises = pd.DataFrame({"month": months["month"], "direction": "rise", "mass": months["rise"]})
    mass = pd.concat([falls, rises], ignore_index=True)
    dates = found.dates[["median", "direction"]].rename(columns={"median": "month"})
    return {
        "break_months": months[["month", "observed", "level", "level_low", "level_high"]],
        "break_mass": mass[mass["mass"].abs() >= _LEAST].reset_index(drop=True),
        "break_dates": dates.assign(label=dates["month"].dt.strftime("%Y-%m")),
    }


def breaks_chart(found: BreakDates, lang: str) -> Spec:
    """Counts and level above, expected breaks by month below; reads `breaks_tables`."""
    words = _words(lang)
    note = words["breaks.note"].format(level=90, length=f"{found.main:g}")
    return _top(
        "concat",
        "break_months",
        "break_mass",
        "break_dates",
        fit={"pad": 80},
        title=_head(words["breaks"], note),
        vconcat=[_level_panel(words), _mass_panel(words)],
        spacing=14,
        resolve={"scale": {"x": "shared"}},
    )


def _month(**axis: Any) -> Spec:
    return {"field": "month", **_years(**axis)}


def _level_panel(words: dict[str, str]) -> Spec:
    inferred = colour("inferred")
    axis = {"title": words["deaths"], **_EDGE}
    band = _bands(inferred, (("level_low", "level_high", 0.22),), {"interpolate": "step-after"})
    dated: Spec = {
        "data": _data("break_dates", "month"),
        "encoding": {"x": _month(labels=False)},
    }
    return {
        "height": 260,
        "layer": [
            {
                "data": _data("break_months", "month"),
                "encoding": {
                    "x": _month(labels=False),
                    "y": {"type": "quantitative", "axis": axis},
                },
                "layer": [
                    *band,
                    {
                        "mark": {
                            "type": "line",
                            "color": inferred,
                            "strokeWidth": 2,
                            "interpolate": "step-after",
                        },
                        "encoding": {"y": {"field": "level"}},
                    },
                    {
                        "transform": [{"filter": "isValid(datum.observed)"}],
                        "mark": {"type": "point", "filled": True, "size": 22, "opacity": 0.85},
                        "encoding": {
                            "y": {"field": "observed"},
                            "color": {"value": colour("observed")},
                        },
                    },
                ],
            },
            {
                **dated,
                "layer": [
                    {
                        "mark": {
                            "type": "rule",
                            "color": colour("break"),
                            "strokeDash": [4, 3],
                            "strokeWidth": 1.2,
                        }
                    },
                    {
                        "mark": {
                            "type": "text",
                            "align": "left",
                            "dx": 4,
                            "dy": 4,
                            "baseline": "top",
                            "fontSize": 11,
                            "color": colour("break"),
                        },
                        "encoding": {"y": {"value": 0}, "text": {"field": "label"}},
                    },
                ],
            },
        ],
    }


def _mass_panel(words: dict[str, str]) -> Spec:
    scale = {"domain": [-1.05, 1.05], "nice": False}
    axis = {
        "title": words["expected"],
        "values": [-1, -0.5, 0, 0.5, 1],
        "labelExpr": "format(abs(datum.value), '.1~f')",
        **_EDGE,
    }
    side: Spec = {"type": "text", "align": "left", "dx": 5, "fontSize": 11.5}
    return {
        "height": 110,
        "layer": [
            {
                "data": _data("break_mass", "month"),
                "mark": {"type": "bar", "width": 4, "color": colour("break"), "clip": True},
                "encoding": {
                    "x": _month(),
                    "y": {
                        "field": "mass",
                        "type": "quantitative",
                        "scale": scale,
                        "axis": axis,
                        "stack": None,
                    },
                },
            },
            *(
                {
                    "data": {"values": [{}]},
                    "mark": {**side, "color": colour("muted")},
                    "encoding": {
                        "x": {"value": 0},
                        "y": {"datum": place},
                        "text": {"value": words[name]},
                    },
                }
                for name, place in (("rise", 0.88), ("fall", -0.88))
            ),
        ],
    }


def study_tables(found: Staggered) -> dict[str, pd.DataFrame]:
    """The table behind the picture of an event study.

    Parameters
    ----------
    found
        What `differences` found.

    Returns
    -------
    dict
        `event_study`: the columns of `Staggered.event_time` and `moment` (base, before or after).
        Months without a value, and ratios of 0, which a log scale cannot hold, are left out.
    """
    frame = found.event_time
    frame = frame[frame["value"] > 0] if found.scale == "ratio" else frame.dropna(subset=["value"])
    moment = frame["k"].ge(0).map({True: "after", False: "before"}).mask(frame["base"], "base")
    return {"event_study": frame.assign(moment=moment).reset_index(drop=True)}


def _reach(frame: pd.DataFrame, *, ratio: bool) -> tuple[float, float]:
    """Ends of the axis: all points, no effect, and as much of the band as leaves them room."""
    none = 1.0 if ratio else 0.0
    if frame.empty:
        return (0.5, 2.0) if ratio else (-1.0, 1.0)
    value = frame["value"].astype(float)
    points = min(value.min(), none), max(value.max(), none)
    band = float(frame["low"].min()), float(frame["high"].max())
    if ratio:
        low = max(band[0], points[0] / 3) if band[0] > 0 else points[0] / 3
        high = min(band[1], points[1] * 3) if band[1] > 0 else points[1] * 3
        return min(low, points[0]) / 1.1, max(high, points[1]) * 1.1
    room = max(points[1] - points[0], 1e-9)
    low = max(band[0], points[0] - room) if band[0] == band[0] else points[0]
    high = min(band[1], points[1] + room) if band[1] == band[1] else points[1]
    return min(low, points[0]) - 0.05 * room, max(high, points[1]) + 0.05 * room


def study_chart(found: Staggered, lang: str) -> Spec:
    """Effects by months since treatment in a band; reads `study_tables`."""
    words = _words(lang)
    ratio = found.scale == "ratio"
    across: Spec = {
        "field": "k",
        "type": "quantitative",
        "axis": {
            "title": words["k"],
            "labelExpr": "datum.value > 0 ? format(datum.value, '+d') : datum.label",
            "tickMinStep": 1,
        },
        "scale": {"nice": False, "padding": 10},
    }
    low, high = _reach(study_tables(found)["event_study"], ratio=ratio)
    axis: Spec = {"title": words[found.scale], "minExtent": 46, "grid": True, "format": "~g"}
    if ratio:
        axis["values"] = [tick for tick in _TICKS if low <= tick <= high]
    up: Spec = {
        "type": "quantitative",
        "scale": {"type": "log" if ratio else "linear", "domain": [low, high], "nice": False},
        "axis": axis,
    }
    names = ("k", "value", "low", "high", "observed", "expected", "units")
    titles = {**words, "expected": words["wanted"]}
    tooltip = [
        {"field": name, "type": "quantitative", "title": titles[name], "format": ".3~g"}
        for name in names
    ]
    note = words["study.note"].format(level=f"{100 * found.overall.level:g}")
    known = {"filter": "isValid(datum.low) && isValid(datum.high)"}
    return _top(
        "single",
        "event_study",
        title=_head(words["study"], note),
        height=300,
        data=_data("event_study"),
        encoding={"x": across},
        layer=[
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": colour("muted"), "strokeDash": [4, 4]},
                "encoding": {"x": None, "y": {"datum": 1 if ratio else 0, **up}},
            },
            {
                "data": {"values": [{"k": -0.5}]},
                "mark": {"type": "rule", "color": colour("break"), "strokeDash": [2, 3]},
            },
            {
                "transform": [known],
                "mark": {
                    "type": "area",
                    "color": colour("inferred"),
                    "opacity": 0.18,
                    "clip": True,
                },
                "encoding": {"y": {"field": "low", **up}, "y2": {"field": "high"}},
            },
            _points(up, tooltip, hollow=False),
            _points(up, tooltip, hollow=True),
        ],
    )


def _points(up: Spec, tooltip: list[Spec], *, hollow: bool) -> Spec:
    """The months of the base, hollow, or all others."""
    base = "datum.moment === 'base'"
    return {
        "transform": [{"filter": base if hollow else f"!({base})"}],
        "mark": {
            "type": "point",
            "size": 46,
            "opacity": 1,
            "strokeWidth": 1.6,
            "stroke": colour("inferred"),
            "fill": colour("card" if hollow else "inferred"),
        },
        "encoding": {"y": {"field": "value", **up}, "tooltip": tooltip},
    }
