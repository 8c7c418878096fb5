"""Figures of the report by name, as specification or as picture, and the script both share.

A page draws a specification itself, with its own theme and width; a picture is for papers and for
programs without a browser. The script that report and app share is given out here, from the
report's own folder, so that there is one of it.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer, tagged
from tregua.app.problems import Problem

router = APIRouter()

Lang = Literal["en", "es"]
Theme = Literal["light", "dark"]

_SCRIPT = "text/javascript; charset=utf-8"


@cache
def _asset(name: str) -> str:
    folder = resources.files("tregua.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


@router.get("/chart.js", include_in_schema=False)
def shared_script(request: Request) -> Response:
    """What drawing and handing out a chart needs, the same as in the report."""
    return tagged(_asset("chart.js").encode(), _SCRIPT, request)


def shown_tables(request: Request) -> dict[str, pd.DataFrame]:
    """Tables behind the figures: of the record, of a study if there is one, and the scores.

    Parameters
    ----------
    request
        What was asked; its app holds the case.
    """
    from tregua.report.page import tables_with_scores
    from tregua.report.scored import score_tables

    material = request.app.state.material
    return {**score_tables(), **tables_with_scores(material.tables(), material.record)}


@router.get("/api/figures", tags=["figures"])
def list_figures(request: Request, lang: Lang = "en") -> Response:
    """Names and titles of the figures that this case and its study allow."""
    from tregua.report.captions import caption
    from tregua.report.figures import builders
    from tregua.report.text import Text

    tables, text = shown_tables(request), Text(lang)
    found = [
        {"name": name, "title": caption(name, tables, text).title} for name in builders(tables)
    ]
    return answer({"figures": found}, request)


@router.get("/api/figures/{name}", tags=["figures"])
def one_figure(request: Request, name: str, lang: Lang = "en") -> Response:
    """One figure: its Vega-Lite specification, words, the tables it reads, and sources."""
    return answer(figure_reply(request, name, lang), request)


@router.get("/api/figures/{name}/picture.{kind}", tags=["figures"])
def picture(
    request: Request,
    name: str,
    kind: Literal["svg", "png"],
    lang: Lang = "en",
    theme: Theme = "light",
    width: Annotated[int, Query(ge=240, le=2400)] = 900,
) -> Response:
    """One figure as SVG or PNG."""
    import vl_convert

    from tregua.report import completed
    from tregua.report.page import VEGA_LITE

    tables, spec, _ = _built(request, name, lang)
    whole = completed(spec, tables, theme, width)
    months: Literal["es-MX", "en-US"] = "es-MX" if lang == "es" else "en-US"
    if kind == "svg":
        text = vl_convert.vegalite_to_svg(whole, vl_version=VEGA_LITE, time_format_locale=months)
        return tagged(text.encode(), "image/svg+xml", request)
    png = vl_convert.vegalite_to_png(
        whole, vl_version=VEGA_LITE, scale=2, time_format_locale=months
    )
    return tagged(png, "image/png", request)


def figure_reply(request: Request, name: str, lang: str) -> dict[str, Any]:
    """What a page needs to show one figure of the report.

    Parameters
    ----------
    request
        What was asked; its app holds the case.
    name
        Name of a figure.
    lang
        "en" or "es".

    Raises
    ------
    Problem
        404 if this case has no such figure.
    """
    from tregua.report.columns import records
    from tregua.report.page import cited_of, source_rows

    tables, spec, words = _built(request, name, lang)
    known = request.app.state.material.record
    sources = source_rows(known.sources)
    place = {source["id"]: i for i, source in enumerate(sources)}
    meta = spec["usermeta"]
    read = dict.fromkeys([*meta["reads"], *meta["tables"]])
    return {
        "name": name,
        "title": words.title,
        "drawn": words.drawn,
        "caption": words.note,
        "spec": spec,
        "tables": list(meta["tables"]),
        "data": {table: records(tables[table]) for table in read if table in tables},
        "sources": [sources[i] for i in cited_of(meta["tables"], tables, place)],
    }


def _built(request: Request, name: str, lang: str) -> tuple[dict[str, pd.DataFrame], Any, Any]:
    from tregua.report.captions import caption
    from tregua.report.figures import builders
    from tregua.report.text import Text

    tables, text = shown_tables(request), Text(lang)
    known = builders(tables)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise Problem(
            404,
            f"This case has no figure named {name!r}.",
            where="name",
            valid=f"{hint}Known: {', '.join(known)}.",
        )
    return tables, known[name](tables, text), caption(name, tables, text)
