"""`tregua effect breaks`: number and dates of breaks, when nobody says where to look."""

from __future__ import annotations

import math
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
    messages,
    plain,
    refuse_picture,
    screen,
    written,
)

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.designs import Estimate
    from tregua.assess.designs.breaks import BreakDates
    from tregua.infer import RuleChange, Tiles

__all__ = ["breaks_command"]

_HEADS = {
    "en": ("Break", "Month", "{level} %", "Expected", "Level after / before", "Other lengths"),
    "es": ("Quiebre", "Mes", "{level} %", "Esperados", "Nivel después / antes", "Otros largos"),
}
_TITLES = {"en": "Breaks of the level", "es": "Quiebres del nivel"}
_DIRECTIONS = {
    "en": {"fall": "fall", "rise": "rise"},
    "es": {"fall": "caída", "rise": "subida"},
}
_UNASKED = {
    "en": "Not told the date: a break of at least {percent:.0f} % within three months of it has "
    "probability {chance:.0%}.",
    "es": "Sin conocer la fecha: un quiebre de al menos {percent:.0f} % a menos de tres meses de "
    "ella tiene probabilidad {chance:.0%}.",
}
_CHECKED = {
    "en": ("Falls beside those of the detector", "Detector", "Here", "Months apart"),
    "es": ("Caídas junto a las del detector", "Detector", "Aquí", "Meses entre ambos"),
}


@click.command("breaks")
@click.argument("target", metavar="CASE|FILE.csv")
@click.option("--first", metavar="YYYY-MM", help="First month; all counts by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month; all counts by default.")
@click.option("--at", metavar="DATE", help="Ask by which factor deaths changed after this date.")
@click.option(
    "--months",
    type=click.IntRange(min=3),
    default=12,
    show_default=True,
    help="Window after --at.",
)
@click.option(
    "--least",
    type=click.FloatRange(min=0.05, max=3),
    default=0.15,
    show_default=True,
    help="Least step of the log level that is called a break.",
)
@click.option(
    "--length",
    "lengths",
    type=click.FloatRange(min=3),
    multiple=True,
    help="Mean length of a segment, months; give several. 24, 36 and 60 by default.",
)
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=0.99),
    default=0.9,
    show_default=True,
    help="Probability content of intervals.",
)
@curve_option
@click.option("--detector", is_flag=True, help="Put the falls beside those of the detector.")
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write the tables to as CSV.",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write counts, level and expected breaks as a picture, .svg or .png; with --curve, a "
    "second one beside it that ends in -curve.",
)
@json_option
def breaks_command(
    target: str,
    first: str | None,
    last: str | None,
    at: str | None,
    months: int,
    lengths: tuple[float, ...],
    curve: bool,
    lang: str,
    out: Path | None,
    picture: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Weigh every number and place of breaks in monthly counts, and date them with intervals.

    CASE is the name or folder of a case; FILE.csv has columns date,count or start,end,value. Only
    counts of single months are used. Three assumed lengths of a segment show how much depends on
    them.

    Example: tregua effect breaks el-salvador --at 2012-03 --curve
    """
    from tregua.assess.designs.breaks import LENGTHS, break_dates
    from tregua.assess.verdict import NotTestable

    try:
        refuse_picture(picture)
        _refuse_curve_without_date(curve, at)
        tiles, events, rules = _material(target)
        _warn_of_compiling()
        found = break_dates(
            tiles,
            first=first,
            last=last,
            lengths=lengths or LENGTHS,
            rules=rules,
            **settings,
        )
        estimate = None if at is None else found.estimate_at(at, months=months, events=events)
        choices = None
        if curve and at is not None:
            choices = _curve(tiles, found, at, (first, last), months, lang)
    except NotTestable as error:
        fail(error.text[lang])
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(_tables(found, estimate, choices), out)
    if picture is not None:
        _draw(found, lang, picture)
        if choices is not None and estimate is not None:
            draw_curve(choices, picture, lang, title=estimate.estimand[lang])
    if as_json:
        emit_json(_document(found, estimate, lang) | curve_document(choices))
    else:
        _show(found, estimate, lang)
        if choices is not None:
            screen().print()
            show_curve(screen(), choices, lang)


def _refuse_curve_without_date(curve: bool, at: str | None) -> None:
    if curve and at is None:
        raise ValueError(
            "--curve repeats the ratio at a date under all reasonable choices; give the date with "
            "--at, for example --at 2012-03."
        )


def _curve(
    tiles: Tiles,
    found: BreakDates,
    at: str,
    months_used: tuple[str | None, str | None],
    months: int,
    lang: str,
) -> pd.DataFrame:
    from tregua.assess.designs import breaks_curve

    return with_bar(
        lambda told: breaks_curve(
            tiles,
            at,
            months=months,
            first=months_used[0],
            last=months_used[1],
            lengths=found.lengths["length"].tolist(),
            level=found.level,
            lang=lang,
            progress=told,
        )
    )


def _material(target: str) -> tuple[Tiles, pd.DataFrame | None, tuple[RuleChange, ...]]:
    """Counts, and of a case its events and changes of the rules of counting."""
    from tregua import infer, record

    if target.endswith(".csv") or Path(target).is_file():
        if not Path(target).is_file():
            raise ValueError(f"There is no file {target}. Give a CSV file or the name of a case.")
        return infer.read_table(Path(target)), None, ()
    known = record.load(target)
    return infer.tiles(known), known.events, infer.rules_of(known)


def _warn_of_compiling() -> None:
    from tregua.compiled import is_warm

    if not is_warm("_numbers", "infer"):
        messages().print("Compiling the break dates once; later runs start at once.")


def _tables(
    found: BreakDates, estimate: Estimate | None, choices: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    tables = {
        "breaks": found.dates,
        "number": found.number,
        "likeliest": found.likeliest,
        "lengths": found.lengths,
        "months": found.months,
    }
    if found.crosscheck is not None:
        tables["crosscheck"] = found.crosscheck
    if estimate is not None:
        tables["path"] = estimate.path
    if choices is not None:
        tables["curve"] = choices
    return tables


def _write(tables: dict[str, pd.DataFrame], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")


def _draw(found: BreakDates, lang: str, picture: Path) -> None:
    from tregua import report

    picture.parent.mkdir(parents=True, exist_ok=True)
    report.save_figure(report.breaks_figure(found, lang), picture, lang=lang)
    written(picture)


def _document(found: BreakDates, estimate: Estimate | None, lang: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        **_tables(found, estimate),
        "undated": found.undated,
        "unused_totals": found.unused,
        "least": found.least,
        "level": found.level,
        "main_length": found.main,
        "summary": found.summary(lang),
        "cautions": found.cautions(lang),
    }
    if estimate is not None:
        document["estimate"] = {
            **{name: getattr(estimate, name) for name in ("value", "low", "high", "level")},
            "p_break": estimate.settings["p_break"],
            "p_placebo": estimate.p_placebo,
            "placebos": estimate.placebos,
            "settings": dict(estimate.settings),
            "cautions": dict(estimate.cautions),
            "summary": estimate.summary(lang),
        }
    result: dict[str, Any] = plain(document)
    return result


def _show(found: BreakDates, estimate: Estimate | None, lang: str) -> None:
    from rich.text import Text

    console = screen()
    console.print(_breaks_table(found, lang))
    console.print()
    for line in found.summary(lang).splitlines():
        if not line.startswith((*_starts(lang), "  ")):
            console.print(Text(line))
    if found.crosscheck is not None:
        console.print()
        console.print(Text(_CHECKED[lang][0], style="italic"))
        console.print(_check_table(found.crosscheck, lang))
    if estimate is not None:
        console.print()
        for line in estimate.summary(lang).splitlines():
            console.print(Text(line))
        percent = 100 * (1 - math.exp(-found.least))
        chance = float(estimate.settings["p_break"])
        console.print(Text(_UNASKED[lang].format(percent=percent, chance=chance)))


def _starts(lang: str) -> tuple[str, str]:
    """How the lines of the summary begin that the table shows already."""
    return ("Fall in", "Rise in") if lang == "en" else ("Caída en", "Subida en")


def _breaks_table(found: BreakDates, lang: str) -> Any:
    from rich.table import Table

    table = Table(title=_TITLES[lang], title_justify="left", box=None, pad_edge=False)
    for place, head in enumerate(_HEADS[lang]):
        name = head.format(level=f"{100 * found.level:g}")
        table.add_column(name, justify="right" if place > 2 else "left", no_wrap=place < 4)
    for row in found.dates.to_dict("records"):
        low, high = f"{row['low']:%Y-%m}", f"{row['high']:%Y-%m}"
        table.add_row(
            _DIRECTIONS[lang][str(row["direction"])],
            f"[bold]{row['median']:%Y-%m}[/bold]",
            low if low == high else f"{low} - {high}",
            f"{row['mass']:.2f}",
            f"{row['ratio']:.2f} ({row['ratio_low']:.2f} - {row['ratio_high']:.2f})",
            f"{row['mass_lowest']:.2f} - {row['mass_highest']:.2f}",
        )
    return table


def _check_table(check: pd.DataFrame, lang: str) -> Any:
    from rich.table import Table

    _, *heads = _CHECKED[lang]
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head)
    for row in check.to_dict("records"):
        dates = ["-" if row[k] != row[k] else f"{row[k]:%Y-%m}" for k in ("detector", "segments")]
        apart = "" if row["months_apart"] != row["months_apart"] else f"{row['months_apart']:.0f}"
        table.add_row(*dates, apart)
    return table
