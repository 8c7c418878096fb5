"""The page: findings in, one self-contained HTML file out.

The file holds everything it needs: texts in both languages, each table once, the charts'
specifications and the Vega runtime of the installed `vl_convert`. Its Content-Security-Policy
starts from ``default-src 'none'`` and lets only the page's own scripts run, named by their SHA-256
digests (CSP level 3, section 2.3.1), so that no request can leave it and no text of the data can
become code. Vega evaluates its expressions with its interpreter, which needs no ``eval``.

The visible page is in one language; the other waits in a ``template`` element, and a switch
exchanges the two. Without JavaScript the page in its first language stays whole, with its tables.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import jinja2
import pandas as pd
from markupsafe import Markup

from tregua.report import palette
from tregua.report.captions import Caption, caption, certain_breaks
from tregua.report.claims_section import claims_view
from tregua.report.columns import SIGNIFICANT, columns, embedded, safe_link
from tregua.report.compared import compared
from tregua.report.contract import Findings
from tregua.report.figures import OUTCOME_ORDER, STRATEGY_ORDER, builders, in_order
from tregua.report.finding import finding_view
from tregua.report.opening import headline
from tregua.report.parameters import parameter_rows
from tregua.report.scored import score_tables, target_rows
from tregua.report.text import LANGUAGES, Text, pick

__all__ = [
    "GLYPHS",
    "VEGA_LITE",
    "cited_of",
    "equations",
    "page",
    "source_rows",
    "tables_of",
    "tables_with_scores",
]

VEGA_LITE = "6.4"
"""Version of Vega-Lite that the charts are written for."""

_SMALL = 60
"""Tables up to this many rows are printed opened; longer ones stay closed on paper."""
GLYPHS = {
    "supported": "M3 8.5l3.2 3.2L13 4.6",
    "contradicted": "M4 4l8 8M12 4l-8 8",
    "mixed": "M3 6h10M3 10h10",
    "not_identified": "M5.6 6.1a2.4 2.4 0 1 1 3.6 2.1c-.9.5-1.2.9-1.2 1.7M8 12.2v.3",
    "not_tested": "M4 8h8",
}
"""Path of the sign of each verdict, in a box of 16 by 16."""


@dataclass(frozen=True)
class FigureView:
    """One figure, ready for the template."""

    name: str
    caption: Caption
    spec: dict[str, Any]
    sources: tuple[int, ...]

    @property
    def tables(self) -> list[str]:
        """Names of the tables behind it."""
        return list(self.spec["usermeta"]["tables"])

    @property
    def controls(self) -> list[dict[str, Any]]:
        """The choices it offers."""
        return list(self.spec["usermeta"].get("controls", ()))


def tables_of(findings: Findings) -> dict[str, pd.DataFrame]:
    """The tables of findings, with changes of counting rules and the detector's scores as more."""
    return tables_with_scores(findings.tables, findings.record)


def tables_with_scores(known: Mapping[str, pd.DataFrame], record: Any) -> dict[str, pd.DataFrame]:
    """Tables with changes of counting rules and, beside a detection, the detector's scores.

    Parameters
    ----------
    known
        Tables by name.
    record
        The record they rest on (see `contract.Record`).
    """
    tables = dict(known)
    rules = getattr(record.case, "counting_rules", None) or ()
    rows = [
        {
            "date": pd.Timestamp(_get(rule, "date")),
            "series": str(_get(rule, "series") or ""),
            "change": pick(_get(rule, "change", "what", "description", "note"), "en"),
            "cambio": pick(_get(rule, "change", "what", "description", "note"), "es"),
            "source": str(_get(rule, "source") or ""),
        }
        for rule in rules
    ]
    tables["counting_rules"] = pd.DataFrame(
        rows, columns=["date", "series", "change", "cambio", "source"]
    )
    if "detection_months" in tables:
        tables |= score_tables()
    return tables


def _get(value: Any, *names: str) -> Any:
    """The first of these entries that a mapping or an object has."""
    for name in names:
        found = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
        if found is not None:
            return found
    return None


def page(findings: Findings, lang: str = "en") -> str:
    """The whole page as HTML.

    Parameters
    ----------
    findings
        What to show.
    lang
        "en" or "es": the language it opens in.

    Returns
    -------
    str
        The HTML file's text; equal findings give equal text.
    """
    first = Text(lang)
    second = Text(next(other for other in LANGUAGES if other != lang))
    environment = _environment()
    tables = tables_of(findings)
    views = {t.lang: _figures(findings, tables, t) for t in (first, second)}
    bodies = {
        t.lang: Markup(
            environment.get_template("body.html").render(
                **_context(findings, tables, views[t.lang], t), keep_sources=t is first
            )
        )
        for t in (first, second)
    }
    scripts = [_runtime(), _own_script()]
    return environment.get_template("page.html").render(
        lang=lang,
        other=second.lang,
        title=pick(findings.record.case.title, lang),
        bodies=bodies,
        notes={t.lang: t("noscript") for t in (first, second)},
        policy=_policy(scripts),
        style=Markup(palette.css() + _fonts() + _asset("page.css")),
        data=Markup(_data(findings, tables, views)),
        scripts=[Markup(script) for script in scripts],
    )


def equations(t: Text) -> str:
    """The model's equations with their words, as the page writes them: HTML of our own template.

    Parameters
    ----------
    t
        Texts of the language.
    """
    return _environment().get_template("equations.html").render(t=t)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("tregua.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _asset(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


@cache
def _runtime() -> str:
    """Vega, Vega-Lite and Vega-Embed from the installed package, safe inside a script element."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)
    return bundle.replace("\r", "").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _own_script() -> str:
    """The page's script after the part it shares with the app, which is a module there."""
    shared = re.sub(r"^export ", "", _asset("chart.js"), flags=re.MULTILINE)
    return f'"use strict";\n{{\n{shared}\n{_asset("page.js")}\n}}\n'


def _fonts() -> str:
    return f":root{{--sans:{palette.FONT};--serif:{palette.SERIF}}}"


def _policy(scripts: list[str]) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _figures(findings: Findings, tables: dict[str, pd.DataFrame], t: Text) -> list[FigureView]:
    index = {str(name): i for i, name in enumerate(findings.record.sources["id"])}
    views = []
    for name, build in builders(tables).items():
        spec = build(tables, t)
        cited = cited_of(spec["usermeta"]["tables"], tables, index)
        views.append(FigureView(name, caption(name, tables, t), spec, cited))
    return views


def cited_of(
    names: Sequence[str], tables: Mapping[str, pd.DataFrame], index: Mapping[str, int]
) -> tuple[int, ...]:
    """Places in the list of sources of all that a figure's tables rest on.

    Parameters
    ----------
    names
        Names of the figure's tables.
    tables
        All tables.
    index
        Place of a source by its id.
    """
    resting = [n for n in names if n in tables]
    if any(n.startswith("detection") for n in names) and "homicides" in tables:
        resting.append("homicides")
    if (
        any(
            n in ("fans", "ledger", "differences", "core_claim", "finding_map", "history")
            for n in names
        )
        and "parameters" in tables
    ):
        resting.append("parameters")
    found: dict[int, None] = {}
    for name in resting:
        frame = tables[name]
        if name == "homicides" and "usable" in frame and "homicides" not in names:
            frame = frame[frame["usable"]]
        for column in frame.columns.intersection(["source", "source_a", "source_b"]):
            for text in frame[column].dropna().astype(str).unique():
                for part in text.replace(",", ";").split(";"):
                    if part.strip() in index:
                        found[index[part.strip()]] = None
    return tuple(found)


def _data(
    findings: Findings, tables: dict[str, pd.DataFrame], views: dict[str, list[FigureView]]
) -> str:
    """Everything the page's script reads, as one JSON document."""
    used = _embedded_names(next(iter(views.values())), tables)
    provenance = findings.provenance
    case = str(findings.record.case.name)
    families = (
        "field",
        "js",
        "strategy",
        "outcome",
        "variable",
        "sign",
        "lane",
        "event",
        "worlds",
        "status",
    )
    document = {
        "tables": {n: columns(tables[n], digits=SIGNIFICANT.get(n)) for n in used},
        "config": palette.config(),
        "figures": {lang: {v.name: _bare(v.spec) for v in shown} for lang, shown in views.items()},
        "titles": {lang: {v.name: v.caption.title for v in shown} for lang, shown in views.items()},
        "cited": {v.name: list(v.sources) for v in next(iter(views.values()))},
        "sources": source_rows(findings.record.sources),
        "text": {lang: _page_texts(findings, families, lang) for lang in views},
        "months": {lang: [Text(lang)(f"month.{i}") for i in range(1, 13)] for lang in views},
        "light": {role: pair[0] for role, pair in palette.COLOURS.items()},
        "case": case,
        "made": (
            f"tregua {provenance.version} · seed {provenance.seed} · "
            f"{provenance.worlds} worlds · record {findings.record.digest}"
        ),
    }
    return embedded(json.loads(json.dumps(document)))


def _embedded_names(figures: list[FigureView], tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Names of the tables that the page holds: those of its figures, and the claims."""
    asked = dict.fromkeys([*(name for figure in figures for name in figure.tables), "claims"])
    return [name for name in asked if name in tables]


def _page_texts(
    findings: Findings, families: tuple[str, ...], lang: str
) -> dict[str, dict[str, str]]:
    """The texts the page's script uses, by family."""
    texts = {family: Text(lang).family(family) for family in families}
    texts["js"]["title"] = pick(findings.record.case.title, lang)
    return texts


def _bare(spec: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key != "config"}


def source_rows(sources: pd.DataFrame) -> list[dict[str, str]]:
    """Sources as the page's script reads them: id, title, publisher and a safe address or "".

    Parameters
    ----------
    sources
        The sources of a record.
    """
    return [
        {
            "id": str(row["id"]),
            "title": _plain(row["title"]),
            "publisher": _plain(row["publisher"]),
            "url": safe_link(row["url"]),
        }
        for row in sources.to_dict("records")
    ]


def _plain(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _context(
    findings: Findings, tables: dict[str, pd.DataFrame], figures: list[FigureView], t: Text
) -> dict[str, Any]:
    """All that the template of the body reads, for one language."""
    by_name = {figure.name: figure for figure in figures}
    return {
        "t": t,
        "pick": lambda value: pick(value, t.lang),
        "lang": t.lang,
        "languages": LANGUAGES,
        "case": findings.record.case,
        "provenance": findings.provenance,
        "digest": findings.record.digest,
        "head": headline(findings, t.lang),
        "interval": interval_picture,
        "glyphs": GLYPHS,
        "figure": by_name,
        "fan_names": [name for name in by_name if name.startswith("fans-")],
        "small": {name: len(frame) <= _SMALL for name, frame in tables.items()},
        "tables": tables,
        "events": tables["events"].to_dict("records") if "events" in tables else [],
        "rules": tables["counting_rules"].to_dict("records"),
        "breaks": _break_rows(tables, t),
        "targets": target_rows(t) if "scores_recall" in tables else [],
        "ledgers": _ledgers(tables, t),
        "comparisons": compared(tables, t),
        "core_tables": _core_tables(tables, t),
        "finding": finding_view(tables, t),
        "claims": claims_view(findings, _embedded_names(figures, tables), t),
        "parameters": parameter_rows(tables["parameters"], t) if "parameters" in tables else [],
        "sources": _source_list(findings, figures),
        "cited_sources": {str(name): i for i, name in enumerate(findings.record.sources["id"])},
        "missing": lambda value: value is None or value is pd.NaT or value != value,
    }


def interval_picture(
    low: float, middle: float, high: float, reference: float
) -> dict[str, float] | None:
    """Places on a 0-100 line for an interval and the value that would separate yes from no.

    Returns
    -------
    dict or None
        ``low``, ``middle``, ``high`` and, where there is one, ``reference``; None without interval.
    """
    values = [v for v in (low, middle, high) if math.isfinite(v)]
    if len(values) < 3:
        return None
    seen = [*values, reference] if math.isfinite(reference) else values
    least, most = min(seen), max(seen)
    width = (most - least) or 1.0

    def place(value: float) -> float:
        return round(8 + 84 * (value - least) / width, 2)

    places = {"low": place(low), "middle": place(middle), "high": place(high)}
    return {**places, "reference": place(reference)} if math.isfinite(reference) else places


def _break_rows(tables: dict[str, pd.DataFrame], t: Text) -> list[dict[str, str]]:
    if "detection_breaks" not in tables:
        return []
    return [
        {
            "month": t.month(row["median"]),
            "interval": t.months(row["low"], row["high"]),
            "mass": t.number(float(row["mass"]), 2),
            "levels": t(
                "breaks.levels", before=t.number(row["before"], 0), after=t.number(row["after"], 0)
            ),
            "ratio": t.number(row["ratio"], 2),
            "factor": _factor(row, t),
        }
        for row in certain_breaks(tables["detection_breaks"]).to_dict("records")
    ]


def _factor(row: Mapping[Any, Any], t: Text) -> str:
    """The range of a Bayes factor over the prior odds; it may fall as the odds rise."""
    ends = [float(row[f"bayes_factor{end}"]) for end in ("_low", "", "_high")]
    return t.interval(min(ends), max(ends), 1)


def _ledgers(tables: dict[str, pd.DataFrame], t: Text) -> list[dict[str, Any]]:
    """One table of medians and 90 % intervals for each origin, at the longest horizon."""
    if "ledger" not in tables:
        return []
    frame = tables["ledger"]
    horizon = int(frame["horizon"].max())
    strategies = in_order(frame["strategy"], STRATEGY_ORDER)
    outcomes = in_order(frame["outcome"], OUTCOME_ORDER)
    shown = []
    for origin in dict.fromkeys(frame["origin"]):
        part = frame[(frame["origin"] == origin) & (frame["horizon"] == horizon)]
        cells = {(row["strategy"], row["outcome"]): row for row in part.to_dict("records")}
        rows = [
            {
                "outcome": t.name("outcome", outcome),
                "cells": [
                    _ledger_cell(cells.get((strategy, outcome)), t) for strategy in strategies
                ],
            }
            for outcome in outcomes
        ]
        shown.append(
            {
                "title": t("ledger.caption", origin=t.month(origin), years=t.years(horizon)),
                "strategies": [t.name("strategy", s) for s in strategies],
                "rows": rows,
            }
        )
    return shown


def _core_tables(tables: dict[str, pd.DataFrame], t: Text) -> list[dict[str, Any]]:
    """The sign map: for each reference and origin, assumptions by horizons, in words."""
    if "core_claim" not in tables:
        return []
    frame = tables["core_claim"]
    shown = []
    for (reference, origin), part in frame.groupby(["reference", "origin"], sort=False):
        horizons = sorted({int(h) for h in part["horizon"]})
        cells = {(r["counterfactual"], r["horizon"]): r for r in part.to_dict("records")}
        rows = [
            {
                "name": t.name("counterfactual", name),
                "cells": [_sign_cell(cells.get((name, h)), t) for h in horizons],
            }
            for name in dict.fromkeys(part["counterfactual"])
        ]
        title = t("core.caption", origin=t.month(origin), reference=t.the(reference))
        shown.append({"title": title, "horizons": horizons, "rows": rows})
    return shown


def _sign_cell(row: Mapping[Any, Any] | None, t: Text) -> str:
    return "–" if row is None else f"{t.name('sign', row['sign'])} ({t.percent(row['p_lower'])})"


def _ledger_cell(row: Mapping[Any, Any] | None, t: Text) -> tuple[str, str]:
    if row is None:
        return ("–", "")
    return (t.number(row["q50"]), t.interval(row["q05"], row["q95"]))


def _source_list(findings: Findings, figures: list[FigureView]) -> list[dict[str, Any]]:
    """All sources, those that a figure rests on first; ``cited`` tells the two apart."""
    cited = {i for figure in figures for i in figure.sources}
    rows = []
    for i, row in enumerate(findings.record.sources.to_dict("records")):
        link = safe_link(row["url"])
        rows.append(
            {
                "place": i,
                "id": _plain(row["id"]),
                "title": _plain(row["title"]),
                "publisher": _plain(row["publisher"]),
                "date": _plain(row["date"])[:10],
                "seen_as": _plain(row["seen_as"]),
                "link": link,
                "host": urlsplit(link).netloc.removeprefix("www.") if link else "",
                "cited": i in cited,
            }
        )
    return sorted(rows, key=lambda row: (not row["cited"], row["place"]))
