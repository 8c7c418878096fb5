"""What `tregua score` prints: for each table the columns that fit a screen, in either language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tregua.cli.output import screen

if TYPE_CHECKING:
    import pandas as pd

    from tregua.infer.scores import Score

__all__ = ["figure", "print_score"]

_WORDS = {"en": {"yes": "yes", "no": "no"}, "es": {"yes": "sí", "no": "no"}}
_LONG = 30  # a table without a view of its own is printed up to this many rows

# table: column: heading in English and Spanish. Files hold every column.
_VIEWS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "targets": {
        "en": ("asked of the detector", ""),
        "es": ("", "lo que se pide al detector"),
        "asked": ("asked", "se pide"),
        "figure": ("reached", "se alcanza"),
        "met": ("", ""),
    },
    "methods": {
        "method": ("method", "método"),
        "recall": ("found", "halla"),
        "clear_recall": ("clear", "claros"),
        "within_a_month": ("±1 month", "±1"),
        "delay": ("delay", "retr."),
        "false_per_decade": ("false/10 y", "falsas"),
        "auc": ("AUC", "AUC"),
        "skill": ("skill", "acierto"),
        "skill_refitted": ("refitted", "reajuste"),
        "calibration_error": ("gap", "error"),
    },
    "bound": {
        "method": ("method", "método"),
        "online": ("online", "en vivo"),
        "auc": ("AUC", "AUC"),
        "skill": ("skill", "acierto"),
        "log_score": ("log score", "logarítmico"),
        "calibration_error": ("gap", "error"),
    },
    "alarms": {
        "group": ("group", "grupo"),
        "method": ("method", "método"),
        "threshold": ("from", "desde"),
        "per_decade": ("false/10 y", "falsas/10 a"),
        "at_pact": ("pact", "pacto"),
        "at_permanent_fall": ("fall", "caída"),
        "at_spike": ("spike", "pico"),
        "at_counting_rule": ("rule", "regla"),
        "at_rise": ("rise", "alza"),
        "at_nothing": ("nothing", "nada"),
    },
    "kinds": {
        "label": ("label", "etiqueta"),
        "falls": ("falls", "caídas"),
        "pact_share": ("pacts", "pactos"),
        "low": ("low", "mín."),
        "high": ("high", "máx."),
        "at_permanent_fall": ("fall", "caída"),
        "at_spike": ("spike", "pico"),
        "at_counting_rule": ("rule", "regla"),
        "at_rise": ("rise", "alza"),
        "at_nothing": ("nothing", "nada"),
    },
    "dates": {
        "nominal": ("interval", "intervalo"),
        "dated": ("dated", "fechadas"),
        "covered": ("covered", "cubre"),
        "low": ("low", "mín."),
        "high": ("high", "máx."),
        "holds": ("holds", "contiene"),
    },
    "checks": {
        "check": ("check", "prueba"),
        "number": ("number", "número"),
        "figure": ("figure", "cifra"),
        "low": ("low", "mín."),
        "high": ("high", "máx."),
        "p_value": ("p", "p"),
        "holds": ("holds", "se cumple"),
    },
    "bent": {
        "condition": ("series", "series"),
        "falls_expected": ("said", "dichas"),
        "falls_planted": ("planted", "plantadas"),
        "recall": ("found", "halla"),
        "false_per_decade": ("false/10 y", "falsas/10 a"),
        "level_covered": ("level", "nivel"),
        "auc": ("AUC", "AUC"),
        "skill": ("skill", "acierto"),
    },
    "mechanistic": {
        "worlds_of": ("worlds", "mundos"),
        "left_of_deaths": ("deaths left", "quedan"),
        "found": ("found", "halla"),
        "found_online": ("online", "en vivo"),
        "alarms_per_decade": ("others/10 y", "otras/10 a"),
        "auc": ("AUC", "AUC"),
    },
    "points": {
        "month": ("month", "mes"),
        "en": ("what happened", ""),
        "es": ("", "qué pasó"),
        "found": ("found", "hallado"),
        "low": ("from", "desde"),
        "high": ("to", "hasta"),
        "mass": ("falls", "caídas"),
        "mass_month": ("±1 month", "±1 mes"),
        "delay_online": ("delay", "retraso"),
        "escalation": ("climb", "alza"),
    },
    "events": {
        "series": ("series", "serie"),
        "month": ("month", "mes"),
        "event": ("event", "hecho"),
        "mass_near": ("falls", "caídas"),
        "found": ("found", "hallado"),
        "delay_detector_online_suppressed": ("delay", "retraso"),
    },
}
_FILES_ONLY = frozenset({"recall", "durations", "detectable", "reliability", "ranks", "falls"})


def print_score(score: Score, tables: Mapping[str, pd.DataFrame], lang: str) -> None:
    """Print the tables of one score.

    Parameters
    ----------
    score
        The score.
    tables
        What it gave.
    lang
        "en" or "es".
    """
    console = screen()
    console.print(f"\n[bold]{score.title[lang]}[/bold]  [dim]{score.asks[lang]}[/dim]\n")
    for name, frame in tables.items():
        if frame.empty:
            continue
        if name == "recall":
            _print_grid(f"{score.name}: {name}", frame, lang)
        if name in _FILES_ONLY:
            continue
        if name == "alarms" and "group" in frame:
            frame = frame[frame["group"] == frame["group"].iloc[-1]]
        if "stratum" in frame:
            for stratum, part in frame.groupby("stratum", sort=False):
                _print_table(f"{score.name}: {name}, {stratum}", name, part, lang)
        elif name in _VIEWS or len(frame) <= _LONG:
            _print_table(f"{score.name}: {name}", name, frame, lang)


def _headings(name: str, frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """Columns to print with their headings."""
    view = _VIEWS.get(name)
    other = "es" if lang == "en" else "en"
    if view is None:
        return {str(c): str(c).replace("_", " ") for c in frame.columns if c != other}
    place = 0 if lang == "en" else 1
    return {c: words[place] for c, words in view.items() if c in frame and c != other}


def _print_table(title: str, name: str, frame: pd.DataFrame, lang: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    headings = _headings(name, frame, lang)
    page = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, heading in headings.items():
        words = bool(frame[column].map(lambda value: isinstance(value, str)).any())
        long = column in ("en", "es", "condition", "worlds_of", "check")
        page.add_column(heading, justify="left" if words else "right", no_wrap=not long)
    for row in frame[list(headings)].astype(object).itertuples(index=False):
        cells = (escape(figure(value, lang)) for value in row)
        page.add_row(*(f"[bold]{cell}[/bold]" if cell == "missed" else cell for cell in cells))
    console = screen()
    console.print(page)
    console.print()


def _print_grid(title: str, frame: pd.DataFrame, lang: str) -> None:
    """Share of planted pacts found by the detector: levels down, effects across."""
    from rich.table import Table

    frame = frame[frame["stratum"] == "plain"]
    frame = frame[frame["method"] == frame["method"].iloc[0]]
    grid = frame.pivot_table(index="base", columns="effect", values="recall")
    page = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    page.add_column("level / effect" if lang == "en" else "nivel / efecto", justify="right")
    for effect in grid.columns:
        page.add_column(f"{effect:g}", justify="right")
    for level, row in grid.iterrows():
        page.add_row(figure(level, lang), *(figure(value, lang) for value in row))
    console = screen()
    console.print(page)
    console.print()


def figure(value: Any, lang: str = "en") -> str:
    """A cell in as many figures as it deserves; nothing for a missing one.

    Parameters
    ----------
    value
        A number, a text, yes or no, or nothing.
    lang
        "en" or "es".
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    if str(value) in ("True", "False"):
        return _WORDS[lang]["yes" if value else "no"]
    number = float(value)
    if number.is_integer() and abs(number) < 1e6:
        return f"{number:.0f}"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.2f}"
