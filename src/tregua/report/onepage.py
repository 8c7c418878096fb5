"""The summary that fits one sheet: for a newsroom or a ministry, on A4 and on Letter.

Which claims stand on it follows a rule, whatever they say: first those on which the record
qualifies the article, then those with an answer, the stronger first, in the order of the registry;
`MOST` at most. What could not be decided is counted beside them, and some of it named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from tregua.report import palette
from tregua.report.claims_section import VERDICT_ORDER, interval_word
from tregua.report.contract import Findings
from tregua.report.opening import headline
from tregua.report.page import GLYPHS, interval_picture
from tregua.report.text import Text, pick

__all__ = ["MOST", "chosen", "onepage"]

MOST = 12
"""Claims on the sheet, at most."""

_NAMED = 4
_STRENGTHS = ("strong", "moderate", "weak", "none")
_OPEN = ("not identified", "not tested")


def chosen(verdicts: Sequence[Any]) -> list[Any]:
    """The verdicts that stand on the sheet, by the rule at the top of this module.

    Parameters
    ----------
    verdicts
        All verdicts, in the order of the registry.
    """
    first = [verdict for verdict in verdicts if verdict.qualifies]
    rest = [v for v in verdicts if not v.qualifies and v.verdict not in _OPEN]
    rest.sort(key=lambda verdict: _STRENGTHS.index(verdict.strength))
    return [*first, *rest][:MOST]


def onepage(findings: Findings, lang: str = "en") -> str:
    """The sheet as HTML: one file that asks for nothing and runs nothing.

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
    t = Text(lang)
    shown = chosen(findings.verdicts)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tregua.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("onepage.html").render(
        t=t,
        lang=lang,
        title=t("onepage.title", case=pick(findings.record.case.title, lang)),
        head=headline(findings, lang),
        tally=_tally(findings.verdicts, t),
        rows=[_row(verdict, t) for verdict in shown],
        unknown=_unknown(findings.verdicts, shown, t),
        most=MOST,
        glyphs=GLYPHS,
        provenance=findings.provenance,
        digest=findings.record.digest,
        style=Markup(palette.css() + f":root{{--sans:{palette.FONT};--serif:{palette.SERIF}}}"),
    )


def _tally(verdicts: Sequence[Any], t: Text) -> str:
    count = Counter(str(verdict.verdict).replace(" ", "_") for verdict in verdicts)
    told = [
        t("onepage.count", n=count[kind], verdict=t(f"verdict.{kind}"))
        for kind in VERDICT_ORDER
        if count[kind]
    ]
    return t("onepage.tally", n=len(verdicts), tally=", ".join(told)) if verdicts else ""


def _row(verdict: Any, t: Text) -> dict[str, Any]:
    kind = str(verdict.verdict).replace(" ", "_")
    numbers = (float(verdict.low), float(verdict.estimate), float(verdict.high))
    return {
        "number": str(verdict.number),
        "kind": kind,
        "word": t(f"verdict.{kind}"),
        "strength": ""
        if verdict.strength == "none"
        else t("claims.strength", strength=t(f"strength.{verdict.strength}")),
        "sentence": pick(verdict.sentence, t.lang),
        "found": pick(verdict.found, t.lang) if verdict.qualifies else "",
        "at": interval_picture(*numbers, float(verdict.reference)),
        "figure": t.number(numbers[1]) if numbers[1] == numbers[1] else "",
        "interval": t.interval(numbers[0], numbers[2]) if numbers[0] == numbers[0] else "",
        "kind_of_interval": interval_word(verdict, t, where="onepage"),
        "unit": pick(verdict.unit, t.lang),
    }


def _unknown(verdicts: Sequence[Any], shown: Sequence[Any], t: Text) -> dict[str, Any]:
    """How many claims stay open, and the first of those that are not on the sheet."""
    left = [verdict for verdict in verdicts if verdict.verdict in _OPEN]
    listed = {str(verdict.number) for verdict in shown}
    named = [verdict for verdict in left if str(verdict.number) not in listed][:_NAMED]
    if not left:
        return {"text": t("onepage.unknown.none"), "named": []}
    return {
        "text": t("onepage.unknown.text", n=len(verdicts), open=len(left)),
        "named": [(str(v.number), pick(v.sentence, t.lang)) for v in named],
    }
