"""`tregua effect did`: differences in differences over a panel of places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, plain, screen, written

if TYPE_CHECKING:
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
_BASE = {"en": "base", "es": "base"}


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
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write tables as CSV and the event study as JSON and SVG to.",
)
@json_option
def did_command(
    panel: Path, compare: str, lang: str, out: Path | None, as_json: bool, **settings: Any
) -> None:
    """Compare places that an event reached with places that it had not reached yet.

    PANEL.csv has one row a place and month: unit,month,count,treated_from (the first month of
    treatment, empty for never), and exposure (people) if places differ in size. Dates of treatment
    may be staggered. Nothing is fitted that would compare a place with one treated before it.

    Example: tregua effect did panel.csv --window 12 --out event-study
    """
    import pandas as pd

    from tregua.assess.designs.differences import differences
    from tregua.assess.verdict import NotTestable

    try:
        if not panel.is_file():
            raise ValueError(f"There is no file {panel}. Give a CSV file with a panel of places.")
        table = pd.read_csv(panel, dtype={"unit": str, "month": str, "treated_from": str})
        found = differences(
            table, compare="not_yet" if compare == "not-yet" else "never", **settings
        )
    except NotTestable as error:
        fail(error.text[lang])
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, lang, out)
    if as_json:
        emit_json(_document(found, lang))
    else:
        _show(found, lang)


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


def _write(found: Staggered, lang: str, out: Path) -> None:
    from tregua.assess.designs.event_study import event_study_figure

    out.mkdir(parents=True, exist_ok=True)
    for name, frame in (("cells", found.cells), ("event_time", found.event_time)):
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
    figure = plain(event_study_figure(found, lang=lang))
    (out / "event_study.json").write_text(
        json.dumps(figure, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    written(out / "event_study.json")
    import vl_convert

    (out / "event_study.svg").write_text(vl_convert.vegalite_to_svg(figure), encoding="utf-8")
    written(out / "event_study.svg")


def _show(found: Staggered, lang: str) -> None:
    from rich.table import Table
    from rich.text import Text

    console = screen()
    for line in found.overall.summary(lang).splitlines():
        console.print(Text(line))
    console.print()
    console.print(Text(_TITLES[lang], style="italic"))
    table = Table(box=None, pad_edge=False)
    level = f"{100 * found.overall.level:g}"
    for head in _HEADS[lang]:
        table.add_column(head.format(level=level), justify="right", no_wrap=True)
    for row in found.event_time.to_dict("records"):
        known = row["low"] == row["low"]
        table.add_row(
            f"{row['k']:+d}" + (f" ({_BASE[lang]})" if row["base"] else ""),
            str(row["units"]),
            f"{row['observed']:,.0f}",
            f"{row['expected']:,.1f}",
            "-" if row["value"] != row["value"] else f"{row['value']:.2f}",
            f"{row['low']:.2f} - {row['high']:.2f}" if known else "-",
        )
    console.print(table)
