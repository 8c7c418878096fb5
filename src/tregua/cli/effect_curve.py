"""A design under every reasonable choice: run with a bar, printed, drawn, and as JSON.

Every command of `tregua effect` has the same screen. First how many choices have an answer, their
range and middle, and how many agree; then what the answers are under each option alone; then, for
those that have none, why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tregua.cli.output import messages, written

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from tregua.report.text import Text as Words

__all__ = [
    "curve_document",
    "curve_option",
    "draw_curve",
    "figure_of",
    "show_curve",
    "with_bar",
]

Command = TypeVar("Command", bound=Callable[..., Any])

_WORDS = {
    "en": {
        "said": "{answered} of {all} reasonable choices have an answer: {low} to {high}, middle "
        "{middle}. {same:.0%} lie on the same side of no effect as the middle, {share:.0%} with "
        "their whole interval.",
        "choices": "What the answer leans on",
        "choice": ("Choice", "Option", "Answers", "Middle", "From", "To", "Same side"),
        "none": "None of {all} reasonable choices has an answer.",
        "refused": "Without an answer",
        "more": "and {more} other reasons: --json has all",
    },
    "es": {
        "said": "{answered} de {all} elecciones razonables tienen respuesta: {low} a {high}, "
        "central {middle}. El {same:.0%} queda del mismo lado del efecto nulo que la central, el "
        "{share:.0%} con todo su intervalo.",
        "choices": "En qué se apoya la respuesta",
        "choice": ("Elección", "Opción", "Respuestas", "Central", "De", "A", "Mismo lado"),
        "none": "Ninguna de {all} elecciones razonables tiene respuesta.",
        "refused": "Sin respuesta",
        "more": "y {more} razones más: --json las tiene todas",
    },
}
_REASONS = 5  # shown on a screen


def curve_option(command: Command) -> Command:
    """Add `--curve` to a command; its function receives the flag as `curve`."""
    return click.option(
        "--curve", is_flag=True, help="Run all reasonable choices; takes some seconds."
    )(command)


def with_bar(make: Callable[[Callable[[int, int], None]], pd.DataFrame]) -> pd.DataFrame:
    """Make a curve while a bar on standard error counts its combinations.

    Parameters
    ----------
    make
        Takes what is to be told how many combinations are done, of how many.
    """
    from rich.progress import Progress

    with Progress(console=messages(), transient=True) as progress:
        task = progress.add_task("Choices", total=1)
        return make(lambda done, total: progress.update(task, completed=done, total=total))


def curve_document(curve: pd.DataFrame | None, *, reference: float = 1.0) -> dict[str, Any]:
    """A curve as a part of a JSON document: its rows, and what they come to; empty for None."""
    from tregua.assess.designs import curve_summary

    if curve is None:
        return {}
    return {"curve": curve, "curve_summary": asdict(curve_summary(curve, reference))}


def draw_curve(
    curve: pd.DataFrame,
    picture: Path,
    lang: str,
    *,
    title: str,
    reference: float = 1.0,
    theme: str = "light",
) -> None:
    """Write the picture of a curve beside that of its answer, as `NAME-curve.svg`.

    Where no combination has an answer that can be drawn, that is said instead.

    Parameters
    ----------
    curve
        The curve.
    picture
        File of the answer's picture.
    lang, title, reference, theme
        As `report.curve_figure` takes them.
    """
    from tregua import report

    beside = picture.with_name(f"{picture.stem}-curve{picture.suffix}")
    try:
        spec = report.curve_figure(curve, lang, title=title, reference=reference, theme=theme)
    except ValueError as error:  # no answer, or ratios of 0 only; all else is shown nevertheless
        messages().print(f"{beside.name}: {error}", markup=False)
        return
    written(report.save_figure(spec, beside, lang=lang))


def show_curve(console: Console, curve: pd.DataFrame, lang: str, *, reference: float = 1.0) -> None:
    """Print the range of answers, which options move them, and why some choices have none.

    Parameters
    ----------
    console
        Where to print.
    curve
        What `specification_curve` gives.
    lang
        "en" or "es".
    reference
        No effect: 1 of ratios, 0 of differences.
    """
    from rich.text import Text

    from tregua.assess.designs import curve_summary
    from tregua.report.text import Text as Words

    words, found, names = _WORDS[lang], curve_summary(curve, reference), Words(lang)
    if found.answered:
        said = str(words["said"]).format(
            answered=found.answered,
            all=found.combinations,
            low=figure_of(found.least),
            high=figure_of(found.most),
            middle=figure_of(found.median),
            same=found.same_sign,
            share=found.agreeing,
        )
        console.print(Text(said))
        console.print()
        console.print(_by_option(curve, names, reference))
    else:
        console.print(Text(str(words["none"]).format(all=found.combinations)))
    if found.answered < found.combinations:
        console.print()
        console.print(_by_reason(curve, names))


def _by_option(curve: pd.DataFrame, names: Words, reference: float) -> Table:
    from rich.table import Table

    from tregua.assess.designs import by_option

    words, last = _WORDS[names.lang], ""
    table = Table(title=str(words["choices"]), title_justify="left", box=None, pad_edge=False)
    for place, head in enumerate(words["choice"]):
        table.add_column(head, justify="right" if place > 1 else "left")
    for row in by_option(curve, reference).to_dict("records"):
        label = names.name("choice", row["choice"])
        figures = [
            figure_of(row[name]) if row["answered"] else "-" for name in ("median", "least", "most")
        ]
        table.add_row(
            "" if label == last else label,
            names.name("option", row["option"]),
            f"{row['answered']}/{row['combinations']}",
            *figures,
            f"{row['agreeing']:.0%}" if row["answered"] else "-",
        )
        last = label
    return table


def _by_reason(curve: pd.DataFrame, names: Words) -> Table:
    """How many have no answer for each reason, which options lead there, and the reason."""
    from rich.table import Table
    from rich.text import Text

    from tregua.assess.designs import by_reason

    words, reasons = _WORDS[names.lang], by_reason(curve)
    table = Table(
        title=str(words["refused"]),
        title_justify="left",
        box=None,
        pad_edge=False,
        show_header=False,
    )
    table.add_column(justify="right")
    table.add_column()
    for row in reasons.head(_REASONS).to_dict("records"):
        where = "; ".join(
            f"{names.name('choice', choice)} "
            + ", ".join(names.name("option", option) for option in options)
            for choice, options in row["where"].items()
        )
        said = f"{where}: {row['failed']}" if where else str(row["failed"])
        table.add_row(str(row["combinations"]), Text(said))
    if len(reasons) > _REASONS:
        table.add_row("", Text(str(words["more"]).format(more=len(reasons) - _REASONS)))
    return table


def figure_of(value: float) -> str:
    """Two significant figures below 0.1, two decimals below 10, then fewer."""
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:,.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"
