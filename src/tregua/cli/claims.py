"""The registry of claims from a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, screen

if TYPE_CHECKING:
    from tregua.assess import Claim

__all__ = ["claims_command"]

_LABELS = {
    "en": (
        "Test",
        "What was found is in the report of `tregua assess`.",
        "Rival readings",
        "What would change our mind",
    ),
    "es": (
        "Prueba",
        "Lo hallado está en el informe de `tregua assess`.",
        "Lecturas rivales",
        "Qué nos haría cambiar de opinión",
    ),
}


@click.command("claims")
@click.argument("number", required=False)
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@json_option
def claims_command(number: str | None, lang: str, as_json: bool) -> None:
    """List the claims and their tests, or show one claim whole.

    Verdicts come from `tregua assess`, which runs the tests.

    Example: tregua claims 44
    """
    from tregua import assess

    try:
        chosen = assess.claims() if number is None else (assess.claim(number),)
    except ValueError as error:
        fail(error)
    if as_json:
        emit_json([_document(claim) for claim in chosen])
    elif number is None:
        _print_all(chosen, lang)
    else:
        _print_one(chosen[0], lang)


def _document(claim: Claim) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(claim, field.name))
        for field in fields(claim)
        if field.name != "check"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _print_all(claims: tuple[Claim, ...], lang: str) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Claim", justify="right")
    table.add_column("Kind", no_wrap=True)
    table.add_column("Sentence")
    for claim in claims:
        table.add_row(claim.number, claim.kind, claim.sentence[lang])
    screen().print(table)


def _print_one(claim: Claim, lang: str) -> None:
    test, later, rivals, change = _LABELS[lang]
    console = screen()
    console.print(f"[bold]{claim.number}. {claim.sentence[lang]}[/]")
    console.print(f"{claim.place[lang]} · {claim.kind}\n")
    console.print(f"[bold]{test}.[/] {claim.test[lang]}\n")
    console.print(f"[bold]{rivals}[/]")
    for rival in claim.rivals[lang]:
        console.print(f"  - {rival}")
    console.print(f"\n[bold]{change}.[/] {claim.would_change[lang]}\n")
    console.print(later)
