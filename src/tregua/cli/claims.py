"""The registry of claims from a terminal: what is claimed, what was found, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen, written

if TYPE_CHECKING:
    from rich.console import Console

    from tregua.assess import Claim, Verdict
    from tregua.assess.shipped import Assessed

__all__ = ["claims_command"]

_VERDICTS = ("supported", "contradicted", "mixed", "not-identified", "not-tested")
_KINDS = ("mechanism", "actor", "event", "quantity", "causal", "prediction", "normative")
_REACHES = ("record", "model", "cases", "none")
_THEMES = (
    "demand",
    "pact",
    "exposure",
    "breakdown",
    "truce",
    "exception",
    "reform",
    "notes",
    "other",
)
_GLYPHS = {
    "supported": "[green]●[/]",
    "contradicted": "[red]✕[/]",
    "mixed": "[yellow]◐[/]",
    "not identified": "[blue]?[/]",
    "not tested": "[dim]–[/]",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "supported": "supported",
        "contradicted": "contradicted",
        "mixed": "mixed",
        "not identified": "not identified",
        "not tested": "not tested",
        "strength": "strength",
        "strong": "strong",
        "moderate": "moderate",
        "weak": "weak",
        "none": "none",
        "90 %": "90 % interval",
        "worlds": "90 % of worlds",
        "range": "extremes of several figures",
        "single": "one figure, without an interval",
        "test": "Test",
        "found": "Found",
        "estimate": "Estimate",
        "reference": "against",
        "to": "to",
        "rivals": "Rival readings",
        "change": "What would change our mind",
        "numbers": "Numbers behind the verdict",
        "sources": "Sources",
        "tables": "Tables",
        "published": "Published estimates",
        "function": "Function",
        "absent": "No verdict is at hand for this claim; `tregua assess` reaches it.",
        "nothing": "none",
        "nobody": "There is no function: nothing at hand reaches this claim.",
        "why": "The numbers and sources behind it: tregua claims {number} --why",
        "heads": "Claim,Verdict,Strength,Sentence,Estimate",
    },
    "es": {
        "supported": "respaldada",
        "contradicted": "refutada",
        "mixed": "mixta",
        "not identified": "no identificada",
        "not tested": "sin probar",
        "strength": "fuerza",
        "strong": "fuerte",
        "moderate": "moderada",
        "weak": "débil",
        "none": "ninguna",
        "90 %": "intervalo del 90 %",
        "worlds": "90 % de los mundos",
        "range": "extremos de varias cifras",
        "single": "una sola cifra, sin intervalo",
        "test": "Prueba",
        "found": "Hallado",
        "estimate": "Estimación",
        "reference": "frente a",
        "to": "a",
        "rivals": "Lecturas rivales",
        "change": "Qué nos haría cambiar de opinión",
        "numbers": "Números detrás del veredicto",
        "sources": "Fuentes",
        "tables": "Tablas",
        "published": "Estimaciones publicadas",
        "function": "Función",
        "absent": "No hay veredicto a mano; `tregua assess` llega a él.",
        "nothing": "ninguna",
        "nobody": "No hay función: nada de lo disponible alcanza esta afirmación.",
        "why": "Los números y las fuentes: tregua claims {number} --why",
        "heads": "N.º,Veredicto,Fuerza,Afirmación,Estimación",
    },
}


@dataclass(frozen=True)
class _Shown:
    """A claim with its verdict, if there is one."""

    claim: Claim
    verdict: Verdict | None


@click.command("claims")
@click.argument("number", required=False)
@click.option("--why", is_flag=True, help="Also print the numbers, sources and function behind it.")
@click.option("--verdict", type=click.Choice(_VERDICTS), help="Only claims with this verdict.")
@click.option("--theme", type=click.Choice(_THEMES), help="Only claims of this theme.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only claims of this kind.")
@click.option("--reach", type=click.Choice(_REACHES), help="Only claims that this can test.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    help="Take verdicts from a folder that `tregua assess --out` wrote.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the claims shown, with their verdicts, to a CSV file.",
)
@click.option("--ship", is_flag=True, help="Make the verdicts of --from those of this copy.")
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@json_option
def claims_command(
    number: str | None,
    why: bool,
    verdict: str | None,
    theme: str | None,
    kind: str | None,
    reach: str | None,
    folder: Path | None,
    table: Path | None,
    ship: bool,
    lang: str,
    as_json: bool,
) -> None:
    """List the claims with their verdicts, or show one claim whole.

    Verdicts are those that come with tregua, of the embedded case, or those of a run of your own
    (--from). They are reached by `tregua assess`, which runs the tests.

    Example: tregua claims 44 --why
    """
    from tregua import assess
    from tregua.assess.themes import theme_of

    if why and number is None:
        fail("--why explains one claim: give its number, as in `tregua claims 44 --why`.")
    if ship and folder is None:
        fail("--ship needs --from DIR: the folder whose verdicts are to come with this copy.")
    try:
        chosen = assess.claims() if number is None else (assess.claim(number),)
        known = _assessed(folder)
    except ValueError as error:
        fail(error)
    if ship and folder is not None:
        _ship(folder)
    every = [_Shown(claim, None if known is None else known.of(claim)) for claim in chosen]
    asked = None if verdict is None else verdict.replace("-", " ")
    shown = [
        one
        for one in every
        if (asked is None or (one.verdict is not None and one.verdict.verdict == asked))
        and (theme is None or theme_of(one.claim.number).name == theme)
        and (kind is None or one.claim.kind == kind)
        and (reach is None or one.claim.reach == reach)
    ]
    if asked is not None and all(one.verdict is None for one in every):
        fail(f"No verdicts are at hand to choose '{verdict}' from. {_HOW}")
    if table is not None:
        _write_csv(shown, table)
    if as_json:
        emit_json([_document(one) for one in shown])
    elif number is None:
        _print_all(shown, known, lang)
    else:
        for one in shown:
            _print_one(one, known, lang, why=why)


_HOW = "`tregua assess el-salvador --out DIR` reaches them; then add --from DIR."


def _assessed(folder: Path | None) -> Assessed | None:
    from tregua.assess.shipped import read_claims, shipped_claims

    return shipped_claims() if folder is None else read_claims(folder)


def _ship(folder: Path) -> None:
    from tregua.assess.shipped import FILE, shipped_path

    source = folder / FILE if folder.is_dir() else folder
    target = shipped_path()
    target.write_bytes(source.read_bytes())
    written(target)


def _document(one: _Shown) -> dict[str, Any]:
    """A claim in plain types, with theme, function and, under `verdict`, what became of it."""
    from tregua.assess.themes import theme_of

    words = {
        field.name: _plain(getattr(one.claim, field.name))
        for field in fields(one.claim)
        if field.name != "check"
    }
    reached = None
    if one.verdict is not None:
        names = ("verdict", "strength", "estimate", "low", "high", "interval", "reference")
        reached = {
            **{name: getattr(one.verdict, name) for name in names},
            "found": dict(one.verdict.found),
            "values": dict(one.verdict.values),
            "sources": list(one.verdict.sources),
        }
    return {
        **words,
        "theme": theme_of(one.claim.number).name,
        "function": _function(one.claim),
        "verdict": reached,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _function(claim: Claim) -> str:
    """Module and name of the test; empty where nothing reaches the claim."""
    return "" if claim.reach == "none" else f"{claim.check.__module__}.{claim.check.__qualname__}"


def _write_csv(shown: list[_Shown], path: Path) -> None:
    import pandas as pd

    from tregua.assess.themes import theme_of

    rows = []
    for one in shown:
        row: dict[str, Any] = {
            "number": one.claim.number,
            "theme": theme_of(one.claim.number).name,
            "kind": one.claim.kind,
            "reach": one.claim.reach,
            "qualifies": one.claim.qualifies,
        }
        for name in ("verdict", "strength", "estimate", "low", "high", "interval", "reference"):
            row[name] = getattr(one.verdict, name, None)
        for lang in ("en", "es"):
            row[f"sentence_{lang}"] = one.claim.sentence[lang]
            row[f"found_{lang}"] = "" if one.verdict is None else one.verdict.found[lang]
        row["function"] = _function(one.claim)
        row["sources"] = "" if one.verdict is None else ";".join(one.verdict.sources)
        rows.append(row)
    try:
        pd.DataFrame(rows).to_csv(path, index=False)
    except OSError as error:
        fail(error)
    written(path)


def _print_all(shown: list[_Shown], known: Assessed | None, lang: str) -> None:
    from rich.table import Table

    words = _WORDS[lang]
    claim, verdict, strength, sentence, estimate = words["heads"].split(",")
    table = Table(box=None, pad_edge=False)
    table.add_column(claim, justify="right")
    if known is not None:
        table.add_column(verdict, no_wrap=True)
        table.add_column(strength, no_wrap=True)
    table.add_column(sentence, ratio=1)
    if known is not None:
        table.add_column(estimate, justify="right", no_wrap=True)
    for one in shown:
        cells = [one.claim.number]
        found = one.verdict
        if known is not None:
            cells += ["", ""] if found is None else _judged(found, words)
        cells.append(one.claim.sentence[lang])
        if known is not None:
            cells.append("" if found is None else _interval(found, words))
        table.add_row(*cells)
    screen().print(table)
    _print_provenance(known)


def _judged(found: Verdict, words: Mapping[str, str]) -> list[str]:
    strength = "" if found.strength == "none" else words[found.strength]
    return [f"{_GLYPHS[found.verdict]} {words[found.verdict]}", strength]


def _print_provenance(known: Assessed | None) -> None:
    if known is None:
        messages().print(f"No verdicts come with this copy of tregua. {_HOW}")
        return
    made = known.provenance
    messages().print(
        f"Verdicts on {known.case}: tregua {made['version']}, {made['worlds']} worlds, seed "
        f"{made['seed']}, record {made['record']}. What stands between low and high is named with "
        "each claim: tregua claims NUMBER."
    )


def _print_one(one: _Shown, known: Assessed | None, lang: str, *, why: bool) -> None:
    from tregua.assess.themes import theme_of

    claim, found, words = one.claim, one.verdict, _WORDS[lang]
    console = screen()
    console.print(f"[bold]{claim.number}. {claim.sentence[lang]}[/]", soft_wrap=False)
    theme = theme_of(claim.number).title[lang]
    console.print(f"{theme} · {claim.place[lang]} · {claim.kind}\n")
    if found is None:
        console.print(f"{words['absent']}\n")
    else:
        _print_verdict(found, console, words, lang)
    console.print(f"[bold]{words['test']}.[/] {claim.test[lang]}\n")
    console.print(f"[bold]{words['rivals']}[/]")
    for rival in claim.rivals[lang]:
        console.print(f"  - {rival}")
    console.print(f"\n[bold]{words['change']}.[/] {claim.would_change[lang]}\n")
    if why:
        _print_why(one, known, console, lang)
    elif found is not None:
        console.print(words["why"].format(number=claim.number))
    _print_provenance(known)


def _print_verdict(found: Verdict, console: Console, words: Mapping[str, str], lang: str) -> None:
    judged = f"{_GLYPHS[found.verdict]} [bold]{words[found.verdict]}[/]"
    if found.strength != "none":
        judged += f", {words['strength']}: {words[found.strength]}"
    console.print(judged)
    console.print(f"[bold]{words['found']}.[/] {found.found[lang]}")
    if _interval(found, words):
        against = ""
        if found.reference == found.reference:
            against = f"; {words['reference']} {_number(found.reference)}"
        line = f"{_interval(found, words)} {found.unit[lang]} ({_kind(found, words)}){against}"
        console.print(f"[bold]{words['estimate']}.[/] ", end="")
        console.print(line, markup=False)
    console.print()


def _kind(found: Verdict, words: Mapping[str, str]) -> str:
    return words["single" if found.interval == "none" else found.interval]


def _print_why(one: _Shown, known: Assessed | None, console: Console, lang: str) -> None:
    """All that the verdict rests on: numbers, tables, sources, published estimates, function."""
    claim, found, words = one.claim, one.verdict, _WORDS[lang]
    if found is not None and found.values:
        console.print(f"[bold]{words['numbers']}[/]")
        for name, value in found.values.items():
            told = _number(value) if isinstance(value, float) else str(value)
            console.print(f"  {name:<20} {told}", markup=False)
        console.print()
    if found is not None:
        titles = {} if known is None else known.sources
        console.print(f"[bold]{words['sources']}[/]")
        for source in found.sources:
            entry = titles.get(source, {})
            told = " · ".join(x for x in (entry.get("title"), entry.get("publisher")) if x)
            console.print(f"  {source}  {told}".rstrip(), markup=False)
        if not found.sources:
            console.print(f"  {words['nothing']}")
        console.print()
    if claim.tables:
        tables = ", ".join(f"{name}.parquet" for name in claim.tables)
        console.print(f"[bold]{words['tables']}.[/] {tables}\n")
    _print_published(claim, known, console, words, lang)
    console.print(f"[bold]{words['function']}.[/] {_function(claim) or words['nobody']}\n")


def _print_published(
    claim: Claim, known: Assessed | None, console: Console, words: Mapping[str, str], lang: str
) -> None:
    if not claim.published:
        return
    rows = {} if known is None else {str(row["id"]): row for row in known.published}
    console.print(f"[bold]{words['published']}[/]")
    for name in claim.published:
        row = rows.get(name, {})
        theirs = _beside(row, "estimate", "low", "high", "level")
        ours = _beside(row, "ours", "ours_low", "ours_high", "ours_level")
        told = f"{theirs}; tregua: {ours}" if theirs and ours else theirs
        console.print(f"  {name}  {told}".rstrip(), markup=False)
        differs = row.get(f"differs_{lang}")
        if differs:
            console.print(f"    {differs}", markup=False)
    console.print()


def _beside(row: Mapping[str, Any], middle: str, low: str, high: str, level: str) -> str:
    """An estimate of the table of published ones, with the level of its interval."""
    if row.get(middle) is None:
        return ""
    told = _number(float(row[middle]))
    if row.get(low) is None or row.get(high) is None:
        return told
    percent = ", extremes" if row.get(level) is None else f", {100 * float(row[level]):g} %"
    return f"{told} ({_number(float(row[low]))} to {_number(float(row[high]))}{percent})"


def _number(value: float) -> str:
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3g}"


def _interval(found: Verdict, words: Mapping[str, str]) -> str:
    if found.estimate != found.estimate:
        return ""
    if found.low != found.low:
        return _number(found.estimate)
    return f"{_number(found.estimate)} ({_number(found.low)} {words['to']} {_number(found.high)})"
