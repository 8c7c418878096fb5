"""Findings as a page that a stranger can read.

`write` makes one HTML file that needs nothing else: no server, no network, no second file. It
holds both languages, every figure with its data and its sources, and how to make it again.
`figure` gives one of its charts as a Vega-Lite specification for use elsewhere, and `save_figure`
writes that as SVG or PNG. `region_figure` draws where a bargain is self-enforcing, `search_figure`
what a search over policies found, `core_map_figure` where the sign of a secret pact flips;
`breaks_figure` and `event_study_figure` draw what two causal designs found, `effect_figure` what
one says of an event, `curve_figure` the same under every combination of choices.
`write_onepage` makes the summary that fits one sheet of paper.

    findings = study.run("el-salvador", worlds=1000, seed=1)
    report.write(findings, "report.html")

The page is a pure function of the findings: the same findings give the same bytes.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tregua.report import palette
from tregua.report.breaks import breaks_chart, breaks_tables, study_chart, study_tables
from tregua.report.columns import records
from tregua.report.contract import Findings
from tregua.report.designs import curve_chart, curve_tables, effect_chart, effect_tables
from tregua.report.figures import bargain, builders, fit
from tregua.report.finding import core_panels
from tregua.report.onepage import onepage
from tregua.report.opening import BigNumber, Headline
from tregua.report.opening import headline as _headline
from tregua.report.page import VEGA_LITE, page, tables_of
from tregua.report.parallel import parallel, parallel_tables
from tregua.report.plane import plane_tables
from tregua.report.text import LANGUAGES, Text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    import tregua.assess.designs  # spelled out below: `scale` has an Estimate of its own
    from tregua.assess.designs import BreakDates, Staggered
    from tregua.decide.search import SearchResult

__all__ = [
    "LANGUAGES",
    "BigNumber",
    "Headline",
    "breaks_figure",
    "core_map_figure",
    "curve_figure",
    "effect_figure",
    "event_study_figure",
    "figure",
    "figure_names",
    "headline",
    "region_figure",
    "render",
    "save_figure",
    "search_figure",
    "write",
    "write_onepage",
]


def render(findings: Findings, lang: str = "en") -> str:
    """The page as HTML text.

    Parameters
    ----------
    findings
        What to show.
    lang
        "en" or "es": the language the page opens in; it holds both.

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    return page(findings, lang)


def write(findings: Findings, path: str | Path, lang: str = "en") -> Path:
    """Write the page to a file and return where it is.

    Parameters
    ----------
    findings
        What to show.
    path
        The file to write; its folder is made if missing.
    lang
        "en" or "es": the language the page opens in; it holds both.

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    file = Path(path)
    html = render(findings, lang)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(html, encoding="utf-8", newline="\n")
    return file


def write_onepage(findings: Findings, path: str | Path, lang: str = "en") -> Path:
    """Write the summary that fits one sheet, A4 or Letter, and return where it is.

    It holds at most twelve claims, first those on which the record qualifies the article, then by
    strength, each with its interval; what is not known; and how it was made.

    Parameters
    ----------
    findings
        What to show.
    path
        The file to write; its folder is made if missing. It names `report.html` beside it as the
        full report.
    lang
        "en" or "es".

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    file = Path(path)
    html = onepage(findings, lang)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(html, encoding="utf-8", newline="\n")
    return file


def headline(findings: Findings, lang: str = "en") -> Headline:
    """The page's first sentence and its three numbers.

    They are chosen by the rule that opens `tregua.report.opening`, whatever the data say.

    Parameters
    ----------
    findings
        What to show.
    lang
        "en" or "es".

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    return _headline(findings, lang)


def figure_names(findings: Findings) -> tuple[str, ...]:
    """Names of the figures that these findings allow, in the order of the page.

    Parameters
    ----------
    findings
        What to show; a figure whose table is missing or empty is left out.
    """
    return tuple(builders(tables_of(findings)))


def figure(
    name: str, findings: Findings, lang: str = "en", *, theme: str = "light", width: float = 900
) -> dict[str, Any]:
    """One figure as a complete Vega-Lite specification: data, colours and size filled in.

    Parameters
    ----------
    name
        One of `figure_names(findings)`.
    findings
        What to show.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If no figure has that name, or the language or theme is unknown.
    """
    tables = tables_of(findings)
    known = builders(tables)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"No figure named {name!r}.{hint} Known: {', '.join(known)}.")
    return completed(known[name](tables, Text(lang)), tables, theme, width)


def region_figure(
    region: xr.Dataset, lang: str = "en", *, theme: str = "light", width: float = 900
) -> dict[str, Any]:
    """Where a pact is self-enforcing, as a complete Vega-Lite specification.

    Parameters
    ----------
    region
        What `tregua.decide.feasible_region` gives.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown.
    """
    tables = plane_tables(region, width=width - 80)
    spec = completed(bargain(tables, Text(lang)), tables, theme, width)
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def core_map_figure(
    signs: pd.DataFrame, lang: str = "en", *, theme: str = "light", width: float = 980
) -> dict[str, Any]:
    """Where a secret pact has fewer killings, over two factors, as a Vega-Lite specification.

    A row of panels for each strategy that it is held against, a panel for each span of years.

    Parameters
    ----------
    signs
        What `tregua.decide.robustness.CoreFinding.sign_map` gives. Of several sources of worlds the
        last is drawn.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown, or the table is empty.
    """
    if signs.empty:
        raise ValueError("There is nothing to draw: the map of signs is empty.")
    last = signs[signs["worlds_from"] == signs["worlds_from"].iloc[-1]]
    tables = {"finding_map": last.reset_index(drop=True)}
    spec = completed(core_panels(tables, Text(lang)), tables, theme, width)
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def search_figure(
    found: SearchResult, lang: str = "en", *, theme: str = "light", width: float = 980
) -> dict[str, Any]:
    """Policies over several harms as parallel coordinates, as a complete Vega-Lite specification.

    Drawn are the policies that nobody dominates on the held-out worlds, one for those alike, and
    behind them the shipped strategies that somebody dominates.

    Parameters
    ----------
    found
        What `tregua.decide.search.search_timelines` gives.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown.
    """
    text = Text(lang)
    tables = parallel_tables(found, text)
    chart = parallel(
        tables,
        text,
        origin=f"{found.origin}-01",
        years=found.years,
        worlds=found.held_out,
        undominated=int(found.policies["undominated"].sum()),
    )
    spec = completed(chart, tables, theme, width)
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def breaks_figure(
    found: BreakDates, lang: str = "en", *, theme: str = "light", width: float = 980
) -> dict[str, Any]:
    """Counts, level and the expected breaks of each month, as a complete Vega-Lite specification.

    Parameters
    ----------
    found
        What `tregua.assess.designs.break_dates` gives.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown.
    """
    spec = completed(breaks_chart(found, lang), breaks_tables(found), theme, width)
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def event_study_figure(
    found: Staggered, lang: str = "en", *, theme: str = "light", width: float = 900
) -> dict[str, Any]:
    """Effects by months since treatment, as a complete Vega-Lite specification.

    Parameters
    ----------
    found
        What `tregua.assess.designs.differences` gives. Ratios are drawn on a log scale.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown.
    """
    spec = completed(study_chart(found, lang), study_tables(found), theme, width)
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def effect_figure(
    found: tregua.assess.designs.Estimate,
    lang: str = "en",
    *,
    theme: str = "light",
    width: float = 900,
) -> dict[str, Any]:
    """What a causal design says of one event, as a complete Vega-Lite specification.

    Counts are dots (a dash in each month of a total over several), the fit a line, and what would
    have been a dashed line with its interval from the event on. The window asked about is shaded.

    Parameters
    ----------
    found
        What `tregua.assess.designs.interrupted` gives, or another design whose path has dates.
    lang
        "en" or "es".
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown, or the path counts from an event and names no dates.
    """
    tables = effect_tables(found)
    return _framed(completed(effect_chart(tables, found, Text(lang)), tables, theme, width))


def curve_figure(
    curve: pd.DataFrame,
    lang: str = "en",
    *,
    title: str = "",
    reference: float = 1.0,
    theme: str = "light",
    width: float = 900,
) -> dict[str, Any]:
    """A specification curve as a complete Vega-Lite specification.

    Above, the intervals of all combinations, sorted by their estimates; an interval that leaves the
    picture is cut at its edge. Below, which option of each choice each took.

    Parameters
    ----------
    curve
        What `tregua.assess.designs.specification_curve` gives.
    lang
        "en" or "es".
    title
        What is estimated, in the words of the reader.
    reference
        No effect: 1 of ratios, on a log scale, or 0 of differences, on an even one.
    theme
        "light" or "dark".
    width
        Width in pixels.

    Raises
    ------
    ValueError
        If the language or theme is unknown, or no combination has an answer.
    """
    text = Text(lang)
    tables = curve_tables(curve, text, reference=reference)
    spec = curve_chart(tables, curve, text, title=title, reference=reference)
    return _framed(completed(spec, tables, theme, width))


def _framed(spec: dict[str, Any]) -> dict[str, Any]:
    spec["config"]["padding"] = {"left": 18, "right": 22, "top": 18, "bottom": 14}
    return spec


def completed(
    spec: dict[str, Any], tables: Mapping[str, pd.DataFrame], theme: str, width: float
) -> dict[str, Any]:
    """A chart with its data, its size and its colours filled in."""
    spec = fit(spec, width)
    spec["datasets"] = {table: records(tables[table]) for table in spec["usermeta"]["reads"]}
    spec["config"]["background"] = palette.COLOURS["card"][theme == "dark"]
    return palette.resolved(spec, theme=theme)


def save_figure(
    spec: dict[str, Any], path: str | Path, *, lang: str = "en", scale: float = 2
) -> Path:
    """Write a figure's specification as an SVG or PNG picture.

    Parameters
    ----------
    spec
        What `figure` gave.
    path
        The file to write: ``.svg`` or ``.png``.
    lang
        "en" or "es": the language of the months' names.
    scale
        Pixels of a PNG for each pixel of the specification.

    Raises
    ------
    ValueError
        If the file's ending is neither.
    """
    file = Path(path)
    import vl_convert  # large, and nothing but drawing needs it

    months: Literal["es-MX", "en-US"] = "es-MX" if lang == "es" else "en-US"
    if file.suffix == ".svg":
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, time_format_locale=months)
        file.write_text(svg, encoding="utf-8")
    elif file.suffix == ".png":
        png = vl_convert.vegalite_to_png(
            spec, vl_version=VEGA_LITE, scale=scale, time_format_locale=months
        )
        file.write_bytes(png)
    else:
        raise ValueError(f"Cannot write {file.name!r}: a figure's file ends in .svg or .png.")
    return file
