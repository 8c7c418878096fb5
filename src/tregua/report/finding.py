"""Where does the sign of a secret pact flip? The core claim's finding on the page.

A map has two of the five factors as its axes, those on which the sign hangs most. A cell is
coloured by the sign that 8 of 10 of its worlds share, and carries the sign as a mark, since a
colour alone says nothing to many readers. One panel stands for one span of years.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tregua.decide.robustness.words import phrase, short_number, unit_of
from tregua.report.figures import (
    STRATEGY_ORDER,
    Spec,
    Tables,
    _control,
    _data,
    _facet,
    _params,
    _tip,
    _top,
    _translate,
    in_order,
)
from tregua.report.palette import colour
from tregua.report.text import NBSP, Text

__all__ = ["core_map", "core_map_title", "core_panels", "finding_view"]

_SIGNS = ("lower", "unclear", "higher")
_SOURCES = ("prior", "posterior", "cloud", "given")
_SURE = 0.9
_HEIGHT = 150


def core_map(tables: Tables, t: Text) -> Spec:
    """The sign over two factors, a panel for each span of years; source and reference are chosen.

    Reads `finding_map`.
    """
    frame = tables["finding_map"]
    references = in_order(frame["reference"], STRATEGY_ORDER)
    # The last reference in the usual order is reform, which the article puts against a pact.
    references = [r for r in ("reform",) if r in references] + [
        r for r in references if r != "reform"
    ]
    sources = in_order(frame["worlds_from"], _SOURCES)
    controls = [
        _control(
            "pactAgainst",
            t("control.reference"),
            references,
            [t.name("strategy", r) for r in references],
        ),
        _control(
            "drawnFrom", t("control.worlds"), sources, [t.name("source_of", s) for s in sources]
        ),
    ]
    horizons = sorted({int(h) for h in frame["horizon"]})
    years = {str(h): t.years(h) for h in horizons}
    return _top(
        "facet",
        "finding_map",
        fit={"pad": 66, "gap": 26, "min": 110, "max": len(horizons)},
        controls=controls,
        params=_params(controls, {"drawnFrom": sources[-1]}),
        data=_data("finding_map"),
        transform=[
            {"filter": "datum.reference === pactAgainst && datum.worlds_from === drawnFrom"},
            *_marks(t),
        ],
        facet=_facet("horizon", horizons, years),
        columns=len(horizons),
        spacing={"column": 26, "row": 28},
        spec={"height": _HEIGHT, **_cells(frame, t)},
    )


def core_panels(tables: Tables, t: Text) -> Spec:
    """The whole map at once: a row of panels for each reference, in worlds of one source.

    Reads `finding_map`, which must hold one source only.
    """
    frame = tables["finding_map"]
    references = list(dict.fromkeys(str(r) for r in frame["reference"]))
    horizons = sorted({int(h) for h in frame["horizon"]})
    panels = {
        f"{reference}|{horizon}": f"{t.name('strategy', reference)}, {t.years(horizon)}"
        for reference in references
        for horizon in horizons
    }
    return _top(
        "facet",
        "finding_map",
        fit={"pad": 66, "gap": 26, "min": 110, "max": len(horizons)},
        data=_data("finding_map"),
        transform=[
            *_marks(t),
            {"calculate": "datum.reference + '|' + datum.horizon", "as": "panel"},
        ],
        facet=_facet("panel", list(panels), panels),
        columns=len(horizons),
        spacing={"column": 26, "row": 28},
        title=_title(core_map_title(tables, t), frame, t),
        spec={"height": _HEIGHT, **_cells(frame, t)},
    )


def _title(finding: str, frame: pd.DataFrame, t: Text) -> Spec:
    source = t.name("source_of", frame["worlds_from"].iloc[0]).lower()
    return {
        "text": finding,
        "subtitle": t("figure.core_map.subtitle", worlds=source).split("\n"),
        "anchor": "start",
        "fontSize": 15,
        "color": colour("ink"),
        "subtitleFontSize": 12,
        "subtitleColor": colour("muted"),
        "subtitlePadding": 6,
        "offset": 14,
    }


def _marks(t: Text) -> list[Spec]:
    mark = _translate({sign: t(f"sign.mark.{sign}") for sign in _SIGNS}, "datum.sign")
    return [
        {"calculate": f"datum.sign === 'unclear' ? '' : ({mark})", "as": "mark"},
        {"calculate": "(datum.x_low + datum.x_high) / 2", "as": "x"},
        {"calculate": "(datum.y_low + datum.y_high) / 2", "as": "y"},
    ]


def _cells(frame: pd.DataFrame, t: Text) -> Spec:
    names = t.names("sign", _SIGNS)
    ground = {
        "field": "sign",
        "type": "nominal",
        "scale": {"domain": list(_SIGNS), "range": [colour(f"{sign}-ground") for sign in _SIGNS]},
        "legend": {
            "labelExpr": _translate(
                {
                    sign: f"{name} ({t(f'sign.mark.{sign}')})" if sign != "unclear" else name
                    for sign, name in names.items()
                }
            ),
            "symbolType": "square",
            "symbolSize": 150,
            "symbolStrokeWidth": 0,
        },
    }
    x, y = (_axis(frame, axis, t) for axis in ("x", "y"))
    share = {**_tip(t, "share", "share", "quantitative"), "format": ".0%"}
    return {
        "layer": [
            {
                "mark": {"type": "rect", "stroke": colour("card"), "strokeWidth": 1},
                "encoding": {
                    "x": {"field": "x_low", **x},
                    "x2": {"field": "x_high"},
                    "y": {"field": "y_low", **y},
                    "y2": {"field": "y_high"},
                    "color": ground,
                    "tooltip": [share, _tip(t, "points", "points", "quantitative")],
                },
            },
            {
                "mark": {"type": "text", "fontSize": 12, "fontWeight": 600, "fill": colour("ink")},
                "encoding": {
                    "x": {"field": "x", **x},
                    "y": {"field": "y", **y},
                    "text": {"field": "mark"},
                },
            },
        ]
    }


def _axis(frame: pd.DataFrame, axis: str, t: Text) -> Spec:
    name = str(frame[f"{axis}_factor"].iloc[0])
    told = phrase(name, t.lang)
    ends = [float(frame[f"{axis}_low"].min()), float(frame[f"{axis}_high"].max())]
    title = _folded(told[:1].upper() + told[1:], 24 if axis == "x" else 30)
    return {
        "type": "quantitative",
        "scale": {"domain": ends, "nice": False, "zero": False},
        "axis": {
            "title": title,
            "format": ",~g",
            "grid": False,
            "tickCount": 3,
            "titleFontSize": 11,
        },
    }


def _folded(words: str, width: int) -> list[str]:
    """A title on as many lines as its width asks for."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def core_map_title(tables: Tables, t: Text) -> str:
    """The finding above the map: how many of its cells have which sign at the longest horizon."""
    frame = tables["finding_map"]
    last = frame[frame["horizon"] == frame["horizon"].max()]
    count = last["sign"].value_counts()
    return t(
        "figure.core_map.title",
        years=t.years(int(frame["horizon"].max())),
        lower=int(count.get("lower", 0)),
        higher=int(count.get("higher", 0)),
        unclear=int(count.get("unclear", 0)),
        n=len(last),
    )


def finding_view(tables: Tables, t: Text) -> dict[str, Any] | None:
    """What the template of the section reads: sentences, tables of text and corners.

    Parameters
    ----------
    tables
        All tables of the page.
    t
        Texts of the language.

    Returns
    -------
    dict or None
        `sentences`, `tables` (each with a caption, heads and rows) and `boxes`; None where the
        finding was not computed.
    """
    if "finding_verdict" not in tables:
        return None
    shares, flips = tables["finding_shares"], tables["finding_flips"]
    killed = shares[shares["outcome"] == "killed"]
    longest = int(flips["horizon"].max())
    last = flips[(flips["outcome"] == "killed") & (flips["horizon"] == longest)]
    boxes = tables["finding_boxes"]
    return {
        "sentences": [str(s) for s in tables["finding_verdict"][f"sentence_{t.lang}"]],
        "tables": [
            _share_table(killed, t),
            _flip_table(last, longest, t),
        ],
        "boxes": [
            f"{t.name('source_of', row['worlds_from'])}. "
            f"{row[f'sentence_{t.lang}']} {row[f'notes_{t.lang}']}"
            for row in boxes.to_dict("records")
            if row["limits"]
        ],
    }


def _share_table(shares: pd.DataFrame, t: Text) -> dict[str, Any]:
    horizons = sorted({int(h) for h in shares["horizon"]})
    rows = []
    about = ["reference", "worlds_from", "factors"]
    order = {name: place for place, name in enumerate(dict.fromkeys(shares["reference"]))}
    groups = sorted(shares.groupby(about, sort=False), key=lambda group: order[group[0][0]])
    for (reference, source, factors), part in groups:
        cells = {int(r["horizon"]): r for r in part.to_dict("records")}
        rows.append(
            {
                "name": "; ".join(
                    (
                        t.name("strategy", reference),
                        t.name("source_of", source),
                        t(f"finding.factors.{factors}"),
                    )
                ),
                "cells": [_share_cell(cells.get(h), t) for h in horizons],
            }
        )
    heads = [t("finding.against"), *(t.years(h) for h in horizons)]
    return {"caption": t("finding.shares"), "heads": heads, "rows": rows}


def _share_cell(row: Mapping[Any, Any] | None, t: Text) -> str:
    if row is None:
        return "–"
    error = t.number(100 * float(row["mc_error"]), 0)
    return f"{t.percent(float(row['share']))} ±{NBSP}{error}"


def _flip_table(flips: pd.DataFrame, longest: int, t: Text) -> dict[str, Any]:
    references = list(dict.fromkeys(str(r) for r in flips["reference"]))
    rows = []
    for (source, factor), part in flips.groupby(["worlds_from", "factor"], sort=False):
        cells = {str(r["reference"]): r for r in part.to_dict("records")}
        told = phrase(str(factor), t.lang)
        first = part.iloc[0]
        rows.append(
            {
                "name": t(
                    "finding.factor",
                    factor=told[:1].upper() + told[1:],
                    low=short_number(float(first["range_low"])),
                    high=short_number(float(first["range_high"])),
                    unit=unit_of(str(factor), t.lang),
                    worlds=t.name("source_of", source).lower(),
                ),
                "cells": [_flip_cell(cells.get(r), t) for r in references],
            }
        )
    heads = [t("finding.alone"), *(t.name("strategy", r) for r in references)]
    caption = t("finding.flips", years=t.years(longest))
    return {"caption": caption, "heads": heads, "rows": rows}


def _flip_cell(row: Mapping[Any, Any] | None, t: Text) -> str:
    if row is None:
        return "–"
    words = t(
        f"finding.kind.{row['kind']}",
        value=short_number(float(row["value"])),
        low=short_number(float(row["low"])),
        high=short_number(float(row["high"])),
    )
    return words if row["sure"] >= _SURE else t("finding.unsure", words=words)
