"""What may be claimed, as the page shows it: one row a claim, grouped, filtered and counted.

Claims on which the record qualifies the article stand first, under their own heading; the others
follow by theme. Everything a reader may filter by is written into the rows as data, so that the
page's script only shows and hides, and without it the list stays whole.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tregua.assess import claims as registry
from tregua.assess.themes import THEMES, theme_of
from tregua.report.contract import Findings
from tregua.report.text import Text, pick

__all__ = ["VERDICT_ORDER", "claims_view", "forest", "interval_word"]

VERDICT_ORDER = ("supported", "contradicted", "mixed", "not_identified", "not_tested")
"""Verdicts as the page names them, from the clearest to none."""

_KINDS = ("mechanism", "actor", "event", "quantity", "causal", "prediction", "normative")
_REACHES = ("record", "model", "cases", "none")
_INTERVALS = {"90 %": "level", "worlds": "worlds", "range": "range", "none": "none"}
_PIPS = {"strong": 3, "moderate": 2, "weak": 1, "none": 0}
_EPISODES = ("2012", "2022")  # the two that many tests rest on


def claims_view(findings: Findings, embedded: Sequence[str], t: Text) -> dict[str, Any]:
    """All that the template of the section reads, for one language.

    Parameters
    ----------
    findings
        What to show.
    embedded
        Names of the tables that the page holds, which can be handed out as CSV.
    t
        Texts of the language.

    Returns
    -------
    dict
        `total`, `tally` (kind of verdict, word, number), `episodes` (a sentence on how few episodes
        the tests rest on), `filters`, `groups`, each with a title and rows, and `published`: every
        published estimate beside ours.
    """
    rows = [_row(verdict, place, findings, embedded, t) for place, verdict in _ordered(findings)]
    first = [row for row in rows if row["qualifies"]]
    rest = [row for row in rows if not row["qualifies"]]
    groups = [{"name": "qualifies", "title": t("claims.first"), "rows": first}]
    for theme in THEMES:
        of_theme = [row for row in rest if row["theme"] == theme.name]
        groups.append({"name": theme.name, "title": theme.title[t.lang], "rows": of_theme})
    return {
        "total": len(rows),
        "tally": _tally(rows, t),
        "episodes": _episodes(findings, t),
        "filters": _filters(rows, t),
        "groups": [group for group in groups if group["rows"]],
        "has_table": "claims" in embedded,
        "published": [_beside(row, t) for row in _published_rows(findings.tables)],
    }


def _ordered(findings: Findings) -> list[tuple[int, Any]]:
    """Verdicts with their places, those that qualify the article first."""
    return sorted(
        enumerate(findings.verdicts, start=1), key=lambda pair: (not pair[1].qualifies, pair[0])
    )


def _row(
    verdict: Any, place: int, findings: Findings, embedded: Sequence[str], t: Text
) -> dict[str, Any]:
    number = str(verdict.number)
    kind = str(verdict.verdict).replace(" ", "_")
    rivals = _rivals(verdict, t.lang)
    return {
        "anchor": f"claim-{number}" if re.fullmatch(r"\d+", number) else f"claim-no-{place}",
        "number": number,
        "verdict": kind,
        "word": t(f"verdict.{kind}"),
        "strength": t(f"strength.{verdict.strength}"),
        "pips": "●" * _PIPS[verdict.strength] + "○" * (3 - _PIPS[verdict.strength]),
        "weighed": verdict.strength != "none",
        "theme": theme_of(number).name,
        "kind": str(verdict.kind),
        "kind_word": t.name("claim_kind", verdict.kind),
        "reach": str(verdict.reach),
        "qualifies": bool(verdict.qualifies),
        "sentence": pick(verdict.sentence, t.lang),
        "place": pick(verdict.place, t.lang),
        "found": pick(verdict.found, t.lang),
        "estimate": float(verdict.estimate),
        "low": float(verdict.low),
        "high": float(verdict.high),
        "reference": float(verdict.reference),
        "interval": interval_word(verdict, t),
        "unit": pick(verdict.unit, t.lang),
        "test": pick(verdict.test, t.lang),
        "rivals": rivals,
        "more": t("claims.more.one") if len(rivals) == 1 else t("claims.more", n=len(rivals)),
        "change": pick(verdict.would_change, t.lang),
        "tables": [(name, name in embedded) for name in verdict.tables],
        "sources": list(verdict.sources),
        "function": _function(verdict),
        "published": _published(verdict, findings.tables, t),
    }


def interval_word(verdict: Any, t: Text, *, where: str = "claims") -> str:
    """What stands between low and high of a verdict, in words.

    Parameters
    ----------
    verdict
        Its `interval` counts.
    t
        Texts of the language.
    where
        "claims" for whole words, "onepage" for the few that fit a sheet.
    """
    word = _INTERVALS[str(verdict.interval)]
    return t(f"onepage.interval.{word}") if where == "onepage" else t(f"claims.interval.{word}")


def _rivals(verdict: Any, lang: str) -> list[str]:
    """Rival readings, given as bilingual texts or as one list for each language."""
    rivals = verdict.rivals
    if hasattr(rivals, "get"):
        return [str(reading) for reading in rivals.get(lang, ())]
    return [pick(reading, lang) for reading in rivals]


def _function(verdict: Any) -> str:
    """Module and name of the test, if the verdict is on a claim of the registry as it stands."""
    for claim in registry():
        if claim.number == verdict.number and claim.sentence["en"] == pick(verdict.sentence, "en"):
            known = claim.check
            return "" if claim.reach == "none" else f"{known.__module__}.{known.__qualname__}"
    return ""


def _tally(rows: Sequence[Mapping[str, Any]], t: Text) -> list[dict[str, Any]]:
    count = Counter(row["verdict"] for row in rows)
    return [
        {"verdict": kind, "word": t(f"verdict.{kind}"), "n": count[kind]}
        for kind in VERDICT_ORDER
        if count[kind]
    ]


def _episodes(findings: Findings, t: Text) -> str:
    """How many tests name the same years: verdicts on them are not independent."""
    named = {
        year: sum(
            year in pick(verdict.test, "en") + pick(verdict.found, "en")
            for verdict in findings.verdicts
        )
        for year in _EPISODES
    }
    if max(named.values(), default=0) < 2:
        return ""
    first, second = _EPISODES
    return t(
        "claims.episodes", truce=named[first], exception=named[second], n=len(findings.verdicts)
    )


def _filters(rows: Sequence[Mapping[str, Any]], t: Text) -> list[dict[str, Any]]:
    """The choices of each filter that would leave something, with how many."""
    known = {
        "verdict": [(name, t(f"verdict.{name}")) for name in VERDICT_ORDER],
        "theme": [(theme.name, theme.title[t.lang]) for theme in THEMES],
        "kind": [(name, t(f"claim_kind.{name}")) for name in _KINDS],
        "reach": [(name, t(f"reach.{name}")) for name in _REACHES],
    }
    shown = []
    for name, choices in known.items():
        count = Counter(row[name] for row in rows)
        options = [(value, word, count[value]) for value, word in choices if count[value]]
        shown.append({"name": name, "title": t(f"claims.filter.{name}"), "options": options})
    return shown


def _published(verdict: Any, tables: Mapping[str, pd.DataFrame], t: Text) -> list[dict[str, Any]]:
    """Published estimates of the same quantity, each beside ours."""
    number, named = str(verdict.number), set(verdict.published)
    return [
        _beside(row, t)
        for row in _published_rows(tables)
        if row["id"] in named or number in _text(row.get("claims")).split(";")
    ]


def _published_rows(tables: Mapping[str, pd.DataFrame]) -> list[dict[Any, Any]]:
    return tables["published"].to_dict("records") if "published" in tables else []


def _beside(row: Mapping[Any, Any], t: Text) -> dict[str, Any]:
    theirs, ours = (
        (_float(row.get(middle)), _float(row.get(low)), _float(row.get(high)))
        for middle, low, high in (
            ("estimate", "low", "high"),
            ("ours", "ours_low", "ours_high"),
        )
    )
    levels = (_float(row.get("level")), _float(row.get("ours_level")))
    about = [_text(row.get(f"{name}_{t.lang}")) for name in ("quantity", "unit", "seen")]
    return {
        "about": "; ".join(text for text in about if text),
        "lines": [
            {"label": label, "text": _told(numbers, level, t), "at": at}
            for label, numbers, level, at in zip(
                (str(row["id"]), "tregua"),
                (theirs, ours),
                levels,
                forest((theirs, ours)),
                strict=True,
            )
        ],
        "differs": _text(row.get(f"differs_{t.lang}")),
        "why_none": _text(row.get(f"why_none_{t.lang}")),
    }


def forest(
    intervals: Sequence[tuple[float, float, float]],
) -> list[dict[str, float] | None]:
    """Places on one common 0-100 line for several estimates with their intervals.

    Parameters
    ----------
    intervals
        Estimate, low and high of each, in one unit; NaN where there is none.

    Returns
    -------
    list of dict or None
        ``middle`` and, where there is an interval, ``low`` and ``high``; None without estimate.
    """
    seen = [value for numbers in intervals for value in numbers if math.isfinite(value)]
    least, most = min(seen, default=0.0), max(seen, default=1.0)
    width = (most - least) or 1.0

    def place(value: float) -> float:
        return round(8 + 84 * (value - least) / width, 2)

    found: list[dict[str, float] | None] = []
    for middle, low, high in intervals:
        if not math.isfinite(middle):
            found.append(None)
        elif math.isfinite(low) and math.isfinite(high):
            found.append({"middle": place(middle), "low": place(low), "high": place(high)})
        else:
            found.append({"middle": place(middle)})
    return found


def _told(numbers: tuple[float, float, float], level: float, t: Text) -> str:
    middle, low, high = numbers
    if not math.isfinite(middle):
        return ""
    if not (math.isfinite(low) and math.isfinite(high)):
        return t("claims.published.alone", figure=t.number(middle))
    told = t.interval(low, high)
    if not math.isfinite(level):
        return t("claims.published.range", figure=t.number(middle), interval=told)
    return t(
        "claims.published.figure", figure=t.number(middle), interval=told, level=t.share(level)
    )


def _float(value: Any) -> float:
    return math.nan if value is None or value is pd.NA else float(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
