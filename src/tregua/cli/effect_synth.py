"""`tregua effect synth`: a mixture of other places in the stead of the one of an event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.effect_curve import (
    curve_document,
    curve_option,
    show_curve,
    with_bar,
)
from tregua.cli.output import emit_json, fail, json_option, screen, written

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.designs import Control, Panel

__all__ = ["synth_command"]

_LABELS = {
    "en": ("Donor", "Weight", "Ratio without it", "Rank among placebos: {rank:.0%} of {count}"),
    "es": ("Donante", "Peso", "Razón sin él", "Rango entre placebos: {rank:.0%} de {count}"),
}
_SHOWN = 0.01


def _ridge(_context: click.Context, _option: click.Parameter, given: str) -> float | str:
    if given in ("none", "cross_validated"):
        return given
    try:
        return float(given)
    except ValueError as error:
        raise click.BadParameter("give none, cross_validated or a number above 0") from error


@click.command("synth")
@click.argument("panel", metavar="PANEL.csv", type=click.Path(path_type=Path))
@click.option("--treated", required=True, help="The place, by its short or long name.")
@click.option("--event", required=True, metavar="YEAR|YYYY-MM", help="First period it could touch.")
@click.option("--first", metavar="YEAR|YYYY-MM", help="First period; all by default.")
@click.option("--until", metavar="YEAR|YYYY-MM", help="Last period; all by default.")
@click.option("--value", help="Column of the values, where the file has several.")
@click.option("--donor", "donors", multiple=True, help="Only these donors.")
@click.option("--without", multiple=True, help="Leave out these donors.")
@click.option(
    "--suspect",
    "suspects",
    multiple=True,
    help="With --curve: a donor that may have had an event of its own, once in and once out.",
)
@click.option(
    "--scale",
    type=click.Choice(["level", "log"]),
    default="level",
    show_default=True,
    help="Differences, or ratios.",
)
@click.option("--intercept", is_flag=True, help="Let the mixture run at a constant distance.")
@click.option(
    "--ridge",
    default="none",
    show_default=True,
    callback=_ridge,
    metavar="none|cross_validated|NUMBER",
    help="Let weights leave the simplex.",
)
@click.option("--level", type=click.FloatRange(0.5, 0.99), default=0.9, show_default=True)
@click.option("--case", help="Name what the record of this case holds near the event.")
@curve_option
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for tables.")
@json_option
def synth_command(
    panel: Path,
    value: str | None,
    suspects: tuple[str, ...],
    case: str | None,
    curve: bool,
    lang: str,
    out: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Compare a place with a mixture of other places, before and after an event.

    PANEL.csv is yours: unit,time,value (and exposure, if the values are counts), or a table of
    homicide rates in the layout of Our World in Data or of the UN Office on Drugs and Crime.

    Example: tregua effect synth rates.csv --treated SLV --event 2012 --until 2013 --curve
    """
    from tregua.assess.designs.donors import donor_panel
    from tregua.assess.designs.series import DesignError
    from tregua.assess.designs.synthetic_control import synthetic_control

    asked["donors"] = asked["donors"] or None
    try:
        places = donor_panel(panel, value=value)
        found = synthetic_control(places, events=_events(case), **asked)
        choices = _curve(places, asked, suspects, lang) if curve else None
    except DesignError as error:
        fail(error.text[lang])
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, choices, out)
    if as_json:
        emit_json(_document(found, choices))
    else:
        _show(found, choices, lang)


def _events(case: str | None) -> pd.DataFrame | None:
    if case is None:
        return None
    from tregua import record

    return record.load(case).events


def _curve(
    places: Panel, asked: dict[str, Any], suspects: tuple[str, ...], lang: str
) -> pd.DataFrame:
    from tregua.assess.designs import control_curve

    names = ("treated", "event", "first", "until", "donors", "without", "level")
    kept = {name: asked[name] for name in names}
    return with_bar(
        lambda told: control_curve(places, suspects=suspects, lang=lang, progress=told, **kept)
    )


def _tables(found: Control, choices: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    tables = {
        "path": found.estimate.path,
        "weights": found.weights,
        "in_space": found.in_space,
        "in_time": found.in_time,
        "leave_one_out": found.leave_one_out,
        "conformal": found.conformal,
    }
    return tables if choices is None else {**tables, "curve": choices}


def _document(found: Control, choices: pd.DataFrame | None) -> dict[str, Any]:
    from dataclasses import asdict

    estimate = found.estimate
    plainly = ("design", "value", "low", "high", "level", "p_placebo", "placebos")
    worded = ("estimand", "unit", "assumptions", "cautions", "settings")
    return {
        **{name: getattr(estimate, name) for name in plainly},
        **{name: dict(getattr(estimate, name)) for name in worded},
        "fit": asdict(found.fit),
        "rank_p": found.rank_p,
        "p_constant": found.p_constant,
        **_tables(found, None),
        **curve_document(choices),
    }


def _write(found: Control, choices: pd.DataFrame | None, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(found, choices).items():
        table.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")


def _show(found: Control, choices: pd.DataFrame | None, lang: str) -> None:
    from rich.table import Table

    donor, weight, without, rank = _LABELS[lang]
    console = screen()
    console.print(found.estimate.summary(lang))
    if len(found.in_space) > 1:
        console.print(rank.format(rank=found.rank_p, count=len(found.in_space)))
    left = dict(zip(found.leave_one_out["donor"], found.leave_one_out["value"], strict=True))
    table = Table(box=None, pad_edge=False)
    table.add_column(donor)
    table.add_column(weight, justify="right")
    table.add_column(without, justify="right")
    for row in found.weights[found.weights["weight"].abs() > _SHOWN].itertuples():
        table.add_row(
            str(row.name), f"{row.weight:.2f}", f"{left.get(row.donor, float('nan')):.2f}"
        )
    console.print(table)
    if choices is not None:
        console.print()
        show_curve(console, choices, lang)
