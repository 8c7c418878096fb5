"""Pages of the claims: one for each, made when the site is built, and an index of them.

The pages are written beside `docs/claims/index.md` before Sphinx looks for pages, from the registry
and from the verdicts that come with this version; git ignores them. The directive `claims-index`
lists them by theme and by verdict. A number on these pages is printed by the command they name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tregua.assess import VERDICTS, Claim, Verdict, claims
from tregua.assess.shipped import Assessed, shipped_claims
from tregua.assess.themes import THEMES, theme_of

FOLDER = Path(__file__).parents[1] / "claims"

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$])")
_INTERVALS = {
    "90 %": "90 % interval",
    "worlds": "90 % of worlds",
    "range": "extremes of several figures",
}
_NO_VERDICT = (
    "This version comes with no verdict on this claim; `tregua assess el-salvador` reaches one."
)


def page_name(claim: Claim) -> str:
    """Name of a claim's page, without its ending."""
    return "claim-" + re.sub(r"[^\w-]+", "-", claim.number)


def pages(known: Assessed | None = None) -> Iterator[tuple[str, str]]:
    """Yield the name of each page with its text.

    Parameters
    ----------
    known
        Verdicts to print; none are printed without.
    """
    for claim in claims():
        yield page_name(claim), page(claim, known)


def page(claim: Claim, known: Assessed | None) -> str:
    """One claim whole, in English and, folded below, in Spanish."""
    found = None if known is None else known.of(claim)
    theme = theme_of(claim.number).title["en"]
    parts = [
        f"# {claim.number}. {_text(claim.sentence['en'])}",
        f"{_text(theme)} · {_text(claim.place['en'])} · kind: {claim.kind} · tested on: "
        f"{claim.reach}"
        + (" · **the record qualifies the article here**" if claim.qualifies else ""),
        *_verdict(found, known),
        "## Test",
        _text(claim.test["en"]),
        "## Rival readings",
        "\n".join(f"- {_text(rival)}" for rival in claim.rivals["en"]),
        "## What would change our mind",
        _text(claim.would_change["en"]),
        "## Where it comes from",
        _origins(claim, found, known),
        "## En español",
        *_spanish(claim, found),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(found: Verdict | None, known: Assessed | None) -> list[str]:
    if found is None or known is None:
        return [_NO_VERDICT]
    strength = "" if found.strength == "none" else f"; strength: {found.strength}"
    made = known.provenance
    lines = [f"**Verdict: {found.verdict}**{strength}.", _text(found.found["en"])]
    if not math.isnan(found.estimate):
        lines.append(_estimate(found))
    lines.append(
        f"Printed by `tregua claims {found.number} --why`; reached by `{made['command']}` "
        f"(tregua {made['version']}, record `{made['record']}`)."
    )
    return lines


def _estimate(found: Verdict) -> str:
    told = f"Estimate: {_number(found.estimate)}"
    if not math.isnan(found.low):
        told += f" ({_INTERVALS[found.interval]}: {_number(found.low)} to {_number(found.high)})"
    told += f", {_text(found.unit['en'])}"
    if not math.isnan(found.reference):
        told += f"; {_number(found.reference)} would separate yes from no"
    return told + "."


def _origins(claim: Claim, found: Verdict | None, known: Assessed | None) -> str:
    lines = []
    if claim.reach != "none":
        lines.append(f"- Test: `{claim.check.__module__}.{claim.check.__qualname__}`")
    if claim.tables:
        tables = ", ".join(f"`{name}.parquet`" for name in claim.tables)
        lines.append(f"- Tables: {tables} ([results](../reference/results.md))")
    if claim.published:
        ids = ", ".join(f"`{name}`" for name in claim.published)
        lines.append(f"- Published estimates of the same quantity: {ids}")
    titles = {} if known is None else known.sources
    for source in () if found is None else found.sources:
        entry = titles.get(source, {})
        told = ", ".join(part for part in (entry.get("title"), entry.get("publisher")) if part)
        lines.append(f"- Source `{source}`: {_text(told)}" if told else f"- Source `{source}`")
    lines.append(f"- Command: `tregua claims {claim.number} --why`")
    return "\n".join(lines)


def _spanish(claim: Claim, found: Verdict | None) -> list[str]:
    lines = [f"**{_text(claim.sentence['es'])}**"]
    if found is not None:
        lines.append(_text(found.found["es"]))
    lines.append(f"Prueba. {_text(claim.test['es'])}")
    lines.append("Lecturas rivales:")
    lines.append("\n".join(f"- {_text(rival)}" for rival in claim.rivals["es"]))
    lines.append(f"Qué nos haría cambiar de opinión. {_text(claim.would_change['es'])}")
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3g}"


def _text(words: str) -> str:
    """Words as Markdown that shows them as they are."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))


def index_lines(known: Assessed | None) -> list[str]:
    """The index as Markdown: a table a theme, then the claims of each verdict."""
    lines = []
    for theme in THEMES:
        of_theme = [claim for claim in claims() if theme_of(claim.number) is theme]
        if not of_theme:
            continue
        lines += ["", f"## {theme.title['en']}", "", "| Claim | Verdict | Strength |"]
        lines.append("| --- | --- | --- |")
        lines += [_line(claim, known) for claim in sorted(of_theme, key=_place)]
    if known is None:
        return lines
    lines += ["", "## By verdict", ""]
    for verdict in VERDICTS:
        numbers = [
            f"[{claim.number}]({page_name(claim)}.md)"
            for claim in sorted(claims(), key=_place)
            if (found := known.of(claim)) is not None and found.verdict == verdict
        ]
        lines.append(f"- **{verdict}** ({len(numbers)}): {', '.join(numbers) or 'none'}")
    return lines


def _line(claim: Claim, known: Assessed | None) -> str:
    found = None if known is None else known.of(claim)
    verdict = "" if found is None else found.verdict
    strength = "" if found is None or found.strength == "none" else found.strength
    mark = " (qualifies the article)" if claim.qualifies else ""
    name = f"{claim.number}. {_text(claim.sentence['en'])}"
    return f"| [{name}]({page_name(claim)}.md){mark} | {verdict} | {strength} |"


def _place(claim: Claim) -> tuple[int, str]:
    return (int(claim.number) if claim.number.isdecimal() else 10**6, claim.number)


def write(folder: Path = FOLDER) -> list[Path]:
    """Write every page and remove those of claims that are gone; return where they are."""
    kept = []
    for name, text in pages(shipped_claims()):
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")
        kept.append(file)
    for stale in set(folder.glob("claim-*.md")) - set(kept):
        stale.unlink()
    return kept


class ClaimsIndex(SphinxDirective):
    """The claims by theme and by verdict."""

    def run(self) -> list[nodes.Node]:
        """Build the tables."""
        lines = StringList(index_lines(shipped_claims()), self.get_source_info()[0])
        return self.parse_text_to_nodes(lines, allow_section_headings=True)


def _before_reading(_app: Sphinx) -> None:
    write()


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for them, and register the directive."""
    app.connect("builder-inited", _before_reading)
    app.add_directive("claims-index", ClaimsIndex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
