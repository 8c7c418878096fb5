"""`tregua effect did`: differences in differences over a panel of places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.effect_curve import (
    curve_document,
    curve_option,
    draw_curve,
    show_curve,
    with_bar,
)
from tregua.cli.output import (
    emit_json,
    fail,
    json_option,
    plain,
    refuse_picture,
    screen,
    written,
)

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.designs.differences import Staggered

__all__ = ["did_command"]

_HEADS = {
    "en": ("Months since", "Places", "Deaths", "Expected", "Effect", "Band, {level} %"),
    "es": ("Meses desde", "Lugares", "Muertes", "Esperadas", "Efecto", "Banda, {level} %"),
}
_TITLES = {
    "en": "Effect by months since treatment (the band holds for all rows at once)",
    "es": "Efecto por meses desde el tratamiento (la banda vale para todas las filas a la vez)",
}
_BEFORE = {
    "en": "Before treatment, in {months} months before the base: {low:.2f} to {high:.2f}; chance "
    "of a departure as large if there were none: {chance:.3f}.",
    "es": "Antes del tratamiento, en {months} meses previos a la base: {low:.2f} a {high:.2f}; "
    "probabilidad de una diferencia así si no hubiera ninguna: {chance:.3f}.",
}


@click.command("did")
@click.argument("panel", metavar="PANEL.csv", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--window",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Months after treatment that the effect covers.",
)
@click.option(
    "--base",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Months before treatment that a place is compared with itself in.",
)
@click.option(
    "--compare",
    type=click.Choice(["not-yet", "never"]),
    default="not-yet",
    show_default=True,
    help="Compare with places not yet treated, or with those never treated.",
)
@click.option(
    "--scale",
    type=click.Choice(["ratio", "difference"]),
    default="ratio",
    show_default=True,
    help="Ratio of deaths to expected deaths, or difference of rates.",
)
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=0.99),
    default=0.9,
    show_default=True,
    help="Probability content of intervals.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of bootstrap, placebos.")
@curve_option
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write tables as CSV to.",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the event study as a picture, .svg or .png; with --curve, a second one beside it "
    "that ends in -curve.",
)
@json_option
def did_command(
    panel: Path,
    compare: str,
    curve: bool,
    lang: str,
    out: Path | None,
    picture: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Compare places that an event reached with places that it had not reached yet.

    PANEL.csv has one row a place and month: unit,month,count,treated_from (the first month of
    treatment, empty for never), and exposure (people) if places differ in size. Dates of treatment
    may be staggered. Nothing is fitted that would compare a place with one treated before it.

    Example: tregua effect did panel.csv --window 12 --curve --picture event-study.svg
    """
    from tregua.assess.verdict import NotTestable

    try:
        refuse_picture(picture)
        if not panel.is_file():
            raise ValueError(f"There is no file {panel}. Give a CSV file with a panel of places.")
        settings["compare"] = "not_yet" if compare == "not-yet" else "never"
        found, choices = _answers(_read(panel), settings, curve, lang)
    except NotTestable as error:
        fail(error.text[lang])
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, choices, out)
    if picture is not None:
        _draw(found, choices, lang, picture)
    if as_json:
        of_curve = curve_document(choices, reference=_reference(found))
        emit_json(_document(found, lang) | of_curve)
    else:
        _show(found, lang)
        if choices is not None:
            screen().print()
            show_curve(screen(), choices, lang, reference=_reference(found))


def _answers(
    table: pd.DataFrame, settings: dict[str, Any], curve: bool, lang: str
) -> tuple[Staggered, pd.DataFrame | None]:
    """The answer, and its curve if that was asked for."""
    from tregua.assess.designs import differences, differences_curve

    found = differences(table, **settings)
    if not curve:
        return found, None
    return found, with_bar(
        lambda told: differences_curve(table, lang=lang, progress=told, **settings)
    )


def _reference(found: Staggered) -> float:
    """No effect on the scale of the answer."""
    return 1.0 if found.scale == "ratio" else 0.0


def _document(found: Staggered, lang: str) -> dict[str, Any]:
    overall = found.overall
    names = ("value", "low", "high", "level", "p_placebo", "placebos")
    result: dict[str, Any] = plain(
        {
            "overall": {
                **{name: getattr(overall, name) for name in names},
                "settings": dict(overall.settings),
                "cautions": dict(overall.cautions),
                "summary": overall.summary(lang),
            },
            "event_time": found.event_time,
            "cells": found.cells,
            "pretrend_p": found.pretrend_p,
            "scale": found.scale,
        }
    )
    return result


def _read(panel: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(panel, dtype={"unit": str, "month": str, "treated_from": str})
    except UnicodeDecodeError as error:
        raise ValueError(f"{panel} is not UTF-8 text: {error.reason}.") from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise ValueError(f"{panel} is no CSV table: {error}.") from error


def _write(found: Staggered, choices: pd.DataFrame | None, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tables = {"cells": found.cells, "event_time": found.event_time}
    if choices is not None:
        tables["curve"] = choices
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")


def _draw(found: Staggered, choices: pd.DataFrame | None, lang: str, picture: Path) -> None:
    from tregua import report

    picture.parent.mkdir(parents=True, exist_ok=True)
    report.save_figure(report.event_study_figure(found, lang), picture, lang=lang)
    written(picture)
    if choices is not None:
        title = found.overall.estimand[lang]
        draw_curve(choices, picture, lang, title=title, reference=_reference(found))


def _show(found: Staggered, lang: str) -> None:
    from rich.table import Table
    from rich.text import Text

    console = screen()
    for line in found.overall.summary(lang).splitlines():
        console.print(Text(line))
    console.print()
    after = found.event_time[found.event_time["k"] >= 0]
    early = found.event_time[(found.event_time["k"] < 0) & ~found.event_time["base"]]
    if len(early):
        low, high = early["value"].min(), early["value"].max()
        told = {"months": len(early), "low": low, "high": high, "chance": found.pretrend_p}
        console.print(Text(_BEFORE[lang].format(**told)))
        console.print()
    console.print(Text(_TITLES[lang], style="italic"))
    table = Table(box=None, pad_edge=False)
    level = f"{100 * found.overall.level:g}"
    for head in _HEADS[lang]:
        table.add_column(head.format(level=level), justify="right", no_wrap=True)
    for row in after.to_dict("records"):
        known = row["low"] == row["low"]
        table.add_row(
            f"{row['k']:+d}",
            str(row["units"]),
            f"{row['observed']:,.0f}",
            f"{row['expected']:,.1f}",
            "-" if row["value"] != row["value"] else f"{row['value']:.2f}",
            f"{row['low']:.2f} - {row['high']:.2f}" if known else "-",
        )
    console.print(table)
