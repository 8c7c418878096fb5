"""`tregua effect its`: what dated events did to deaths, by an interrupted time series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen, written

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.designs import CountSeries, Estimate
    from tregua.assess.designs.interrupted import Interruption, Law
    from tregua.infer import Tiles
    from tregua.record import Record

__all__ = ["its_command"]

_WORDS = {
    "en": {
        "curve": "{answered} of {all} reasonable choices have an answer: {low:.2f} to {high:.2f}, "
        "middle {middle:.2f}. Of these, {share:.0%} have an interval wholly on the side of the "
        "middle.",
        "power": "How often an effect would be found",
        "effect": "True ratio",
        "found": "Found",
        "within": "9 in 10 within",
        "size": "none (size)",
        "bayes": "By Bayes",
    },
    "es": {
        "curve": "{answered} de {all} elecciones razonables tienen respuesta: {low:.2f} a "
        "{high:.2f}, central {middle:.2f}. De ellas, el {share:.0%} tiene un intervalo por entero "
        "del lado de la central.",
        "power": "Con qué frecuencia se hallaría un efecto",
        "effect": "Razón verdadera",
        "found": "Hallado",
        "within": "9 de cada 10 en",
        "size": "ninguno (tamaño)",
        "bayes": "Según Bayes",
    },
}


@click.command("its")
@click.argument("target", metavar="CASE|FILE.csv")
@click.option("--at", "event", required=True, metavar="DATE", help="Month or day of the event.")
@click.option("--until", metavar="DATE", help="When it ended; by default it lasts.")
@click.option("--slope", is_flag=True, help="The slope may change too, not only the level.")
@click.option(
    "--also",
    multiple=True,
    metavar="DATE[:UNTIL]",
    help="Another interruption, fitted but not asked about. Repeat for several.",
)
@click.option(
    "--rules/--no-rules",
    default=True,
    show_default=True,
    help="Fit the changes of counting rules that a case knows as interruptions too.",
)
@click.option(
    "--window",
    metavar="FROM:TO",
    help="First and last month asked about; by default the months of the event in the data.",
)
@click.option("--first", metavar="YYYY-MM", help="First month used; all counts by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month used; all counts by default.")
@click.option(
    "--family",
    type=click.Choice(["negative_binomial", "poisson"]),
    default="negative_binomial",
    show_default=True,
)
@click.option(
    "--trend",
    type=click.Choice(["none", "linear", "quadratic"]),
    default="linear",
    show_default=True,
)
@click.option(
    "--season",
    type=click.Choice(["none", "harmonics", "months"]),
    default="harmonics",
    show_default=True,
)
@click.option("--lags", type=click.IntRange(min=0), help="Counts over which errors correlate.")
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.999),
    default=0.9,
    show_default=True,
    help="Probability content of the interval.",
)
@click.option("--bayes", is_flag=True, help="Ask the Bayesian form too.")
@click.option("--curve", is_flag=True, help="Run all reasonable choices; takes some seconds.")
@click.option("--power", "with_power", is_flag=True, help="How often an effect would be found.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write path.csv (and curve.csv, power.csv) to.",
)
@json_option
def its_command(target: str, out: Path | None, lang: str, as_json: bool, **asked: Any) -> None:
    """Interrupted time series: deaths in a window over what they would have been.

    CASE is the name or folder of a case. FILE.csv has columns date,count (one row a month) or
    start,end,value (half-open intervals of any length). Totals over several months are used as
    such. The earlier trend is taken for what would have gone on; what else happened in the same
    months is named and cannot be told apart.

    Example: tregua effect its el-salvador --at 2012-03-09 --first 1999-01 --last 2013-12
    """
    try:
        found = _answers(target, asked)
    except (ValueError, OSError) as error:
        fail(getattr(error, "text", {}).get(lang) or error)
    if out is not None:
        _write(found, out)
    if as_json:
        emit_json({name: _document(value, lang) for name, value in found.items()})
    else:
        _show(found, lang)


def _answers(target: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The estimate, and the Bayesian one, the curve and the power if they were asked for."""
    from tregua.assess.designs import count_series
    from tregua.assess.designs.interrupted import Law, interrupted

    record, tiles = _material(target)
    events = None if record is None else record.events
    series = count_series(tiles, first=asked["first"], last=asked["last"])
    event, others = _interruptions(asked, record, series)
    window = _window(asked, series)
    law = Law(asked["family"], asked["trend"], asked["season"], asked["lags"])
    question: dict[str, Any] = {"question": event.called, "window": window, "level": asked["level"]}
    found: dict[str, Any] = {
        "estimate": interrupted(series, [event, *others], law=law, events=events, **question)
    }
    if asked["bayes"]:
        from tregua.assess.designs.interrupted_bayes import interrupted_bayes

        found["bayes"] = interrupted_bayes(
            series, [event, *others], law=law, seed=asked["seed"], events=events, **question
        )
    if asked["curve"]:
        found["curve"] = _curve(tiles, [event, *others], asked, question)
    if asked["with_power"]:
        found["power"] = _power(series, event, law, asked)
    return found


def _material(target: str) -> tuple[Record | None, Tiles]:
    """The record of a case, None of a file, and its tiles."""
    from tregua import infer, record

    path = Path(target)
    if path.suffix.lower() in {".csv", ".txt"} or path.is_file():
        if not path.is_file():
            raise ValueError(f"There is no file {target}. Give a CSV file or the name of a case.")
        return None, infer.read_table(path)
    known = record.load(target)
    return known, infer.tiles(known)


def _interruptions(
    asked: dict[str, Any], record: Record | None, series: CountSeries
) -> tuple[Interruption, list[Interruption]]:
    """The event, and what is fitted beside it; changes of rules only where they lie in the data."""
    from tregua import infer
    from tregua.assess.designs.interrupted import Interruption

    event = Interruption(asked["event"], slope=asked["slope"], until=asked["until"])
    others = []
    for text in asked["also"]:
        date, _, until = text.partition(":")
        others.append(Interruption(date, until=until or None))
    rules = infer.rules_of(record) if asked["rules"] and record is not None else ()
    others.extend(
        Interruption(f"{rule.date:%Y-%m-%d}", name=f"rules of {rule.date:%Y-%m}")
        for rule in rules
        if series.months[0] < rule.date <= series.months[-1]
    )
    return event, others


def _window(asked: dict[str, Any], series: CountSeries) -> tuple[str, str]:
    import pandas as pd

    if asked["window"]:
        first, _, last = asked["window"].partition(":")
        if not last:
            raise ValueError(
                f"'{asked['window']}' is no window. Write first and last month: 2012-03:2013-12."
            )
        return first, last
    try:
        begin = pd.Timestamp(asked["event"])
        end = series.months[-1] if asked["until"] is None else pd.Timestamp(asked["until"])
    except ValueError as error:
        raise ValueError(f"'{asked['event']}' is no date. Write 2012-03 or 2012-03-09.") from error
    if asked["until"] is not None and end == end.to_period("M").start_time:
        end -= pd.Timedelta(days=1)
    return f"{begin:%Y-%m}", f"{end:%Y-%m}"


def _curve(
    tiles: Tiles, interruptions: list[Interruption], asked: dict[str, Any], question: dict[str, Any]
) -> pd.DataFrame:
    from rich.progress import Progress

    from tregua.assess.designs.specification import interrupted_curve

    with Progress(console=messages(), transient=True) as progress:
        task = progress.add_task("Choices", total=1)
        return interrupted_curve(
            tiles,
            interruptions,
            first=asked["first"],
            last=asked["last"],
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            **question,
        )


def _power(
    series: CountSeries, event: Interruption, law: Law, asked: dict[str, Any]
) -> pd.DataFrame:
    from tregua.assess.designs.interrupted import power

    messages().print("Drawing series with known effects.")
    return power(series, event, law=law, level=asked["level"], seed=asked["seed"])


def _document(value: Any, lang: str) -> Any:
    from tregua.assess.designs import Estimate

    if not isinstance(value, Estimate):
        return value
    averted = dict(zip(("value", "low", "high"), value.averted(), strict=True))
    return {**vars(value), "averted": averted, "summary": value.summary(lang).splitlines()}


def _show(found: dict[str, Any], lang: str) -> None:
    from rich.table import Table

    words, console = _WORDS[lang], screen()
    estimate: Estimate = found["estimate"]
    console.print(estimate.summary(lang), markup=False)
    if "bayes" in found:
        console.print()
        bayes = found["bayes"].summary(lang).splitlines()
        console.print("\n".join([f"{words['bayes']}. {bayes[0]}", *bayes[1:3]]), markup=False)
    if "curve" in found:
        console.print()
        console.print(_of_curve(found["curve"], lang), markup=False)
    if "power" in found:
        console.print()
        table = Table(title=words["power"], title_justify="left")
        for name in ("effect", "found", "within"):
            table.add_column(words[name], justify="right")
        for row in found["power"].itertuples():
            label = words["size"] if row.effect == 1 else f"{row.effect:.2f}"
            table.add_row(label, f"{row.power:.0%}", f"{row.low:.0%} - {row.high:.0%}")
        console.print(table)


def _of_curve(curve: pd.DataFrame, lang: str) -> str:
    from tregua.assess.designs.specification import agreeing

    answered = curve[curve["value"].notna()]
    if answered.empty:
        return str(curve["failed"].iloc[0])
    return _WORDS[lang]["curve"].format(
        answered=len(answered),
        all=len(curve),
        low=answered["value"].min(),
        high=answered["value"].max(),
        middle=answered["value"].median(),
        share=agreeing(curve),
    )


def _write(found: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tables = {"path": found["estimate"].path}
    tables |= {name: found[name] for name in ("curve", "power") if name in found}
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
