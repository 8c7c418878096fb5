"""`tregua effect its`: what dated events did to deaths, by an interrupted time series."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.effect_curve import (
    curve_document,
    curve_option,
    draw_curve,
    figure_of,
    show_curve,
    with_bar,
)
from tregua.cli.output import emit_json, fail, json_option, messages, screen, written

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from tregua.assess.designs import CountSeries, Estimate
    from tregua.assess.designs.interrupted import Interruption, Law
    from tregua.infer import RuleChange, Tiles
    from tregua.record import Record

__all__ = ["its_command"]

_WORDS = {
    "en": {
        "interval": "{level} % interval {low} to {high}; 1 is no effect",
        "none": "No figure; the cautions say why",
        "averted": "deaths averted ({low} to {high})",
        "added": "deaths added ({low} to {high}; negative: averted)",
        "Placebos": "Placebos",
        "Assumes": "Assumes",
        "Cautions": "Cautions",
        "Grade": "Grade",
        "bayes": "By Bayes",
        "power": "How often an effect would be found",
        "effect": "True ratio",
        "found": "Found",
        "within": "9 in 10 within",
        "size": "none (size)",
        "rule": "Counting rules changed in {month}, too near {event} to be told apart from it: the "
        "ratio holds both. Counts by the old and the new rule are taken to differ by about "
        "{spread:.0%}.",
    },
    "es": {
        "interval": "intervalo del {level} %: {low} a {high}; 1 es ningún efecto",
        "none": "Sin cifra; las advertencias dicen por qué",
        "averted": "muertes evitadas ({low} a {high})",
        "added": "muertes añadidas ({low} a {high}; negativo: evitadas)",
        "Placebos": "Placebos",
        "Assumes": "Supone",
        "Cautions": "Advertencias",
        "Grade": "Calificación",
        "bayes": "Según Bayes",
        "power": "Con qué frecuencia se hallaría un efecto",
        "effect": "Razón verdadera",
        "found": "Hallado",
        "within": "9 de cada 10 en",
        "size": "ninguno (tamaño)",
        "rule": "Las reglas del conteo cambiaron en {month}, demasiado cerca de {event} para "
        "distinguirlas: la razón incluye ambas. Se supone que los recuentos con la regla vieja y "
        "la nueva difieren en un {spread:.0%}.",
    },
}
_ENDINGS = (".svg", ".png")
_MIDDLE = 0.5


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
    help="First and last month asked about; by default all months of the event in the data, from "
    "the first of which it fills more than half.",
)
@click.option("--first", metavar="YYYY-MM", help="First month used; all counts by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month used; all counts by default.")
@click.option(
    "--family",
    type=click.Choice(["negative_binomial", "poisson"]),
    default="negative_binomial",
    show_default=True,
    help="Law of the counts around their means.",
)
@click.option(
    "--trend",
    type=click.Choice(["none", "linear", "quadratic"]),
    default="linear",
    show_default=True,
    help="What of the past goes on: its level, a straight or a curved trend.",
)
@click.option(
    "--season",
    type=click.Choice(["none", "harmonics", "months"]),
    default="harmonics",
    show_default=True,
    help="No season, two waves a year, or a factor for each month.",
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
@curve_option
@click.option("--power", "with_power", is_flag=True, help="How often an effect would be found.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Seed of the draws of --bayes and --power.",
)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was and what would have been as a picture, .svg or .png; with --curve, a "
    "second one beside it that ends in -curve.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    show_default=True,
    help="Colours of the picture.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write path.csv (and curve.csv, power.csv) to.",
)
@json_option
def its_command(
    target: str,
    picture: Path | None,
    theme: str,
    out: Path | None,
    lang: str,
    as_json: bool,
    **asked: Any,
) -> None:
    """Interrupted time series: deaths in a window over what they would have been.

    CASE is the name or folder of a case. FILE.csv has columns date,count (one row a month) or
    start,end,value (half-open intervals of any length). Totals over several months are used as
    such. The earlier trend is taken for what would have gone on; what else happened in the same
    months is named and cannot be told apart.

    Example: tregua effect its el-salvador --at 2012-03-09 --first 1999-01 --last 2013-12
    """
    if picture is not None and picture.suffix not in _ENDINGS:
        fail(f"--picture {picture}: a picture's file ends in {' or '.join(_ENDINGS)}.")
    try:
        found = _answers(target, asked, lang)
        if picture is not None:
            _draw(found, picture, lang, theme)
        if out is not None:
            _write(found, out)
    except (ValueError, OSError) as error:
        fail(getattr(error, "text", {}).get(lang) or error)
    if as_json:
        document = {name: _document(value, lang) for name, value in found.items()}
        emit_json(document | curve_document(found.get("curve")))
    else:
        _show(found, lang)


def _answers(target: str, asked: dict[str, Any], lang: str) -> dict[str, Any]:
    """The estimate, and the Bayesian one, the curve and the power if they were asked for."""
    from tregua.assess.designs import count_series
    from tregua.assess.designs.interrupted import Law, interrupted

    record, tiles = _material(target)
    events = None if record is None else record.events
    series = count_series(tiles, first=asked["first"], last=asked["last"])
    event, others, near = _interruptions(asked, record, series)
    window = _window(asked, series)
    law = Law(asked["family"], asked["trend"], asked["season"], asked["lags"])
    question: dict[str, Any] = {"question": event.called, "window": window, "level": asked["level"]}
    said = _about_rules(near, event)
    found: dict[str, Any] = {
        "estimate": _cautioned(
            interrupted(series, [event, *others], law=law, events=events, **question), said
        )
    }
    if asked["bayes"]:
        from tregua.assess.designs.interrupted_bayes import interrupted_bayes

        messages().print("Weighing laws of the error.")
        found["bayes"] = _cautioned(
            interrupted_bayes(
                series, [event, *others], law=law, seed=asked["seed"], events=events, **question
            ),
            said,
        )
    if asked["curve"]:
        found["curve"] = _curve(tiles, [event, *others], asked, question, lang)
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
) -> tuple[Interruption, list[Interruption], list[RuleChange]]:
    """The event, what is fitted beside it, and changes of rules that are too near to be fitted."""
    from tregua import infer
    from tregua.assess.designs.interrupted import LEAST_APART, Interruption, counts_apart

    event = Interruption(asked["event"], slope=asked["slope"], until=asked["until"])
    others, near = [], []
    for text in asked["also"]:
        date, _, until = text.partition(":")
        others.append(Interruption(date, until=until or None))
    rules = infer.rules_of(record) if asked["rules"] and record is not None else ()
    for rule in rules:
        if not series.months[0] < rule.date <= series.months[-1]:
            continue
        change = Interruption(f"{rule.date:%Y-%m-%d}", name=f"rules of {rule.date:%Y-%m}")
        if counts_apart(series, event, change) < LEAST_APART:
            near.append(rule)
        else:
            others.append(change)
    return event, others, near


def _about_rules(near: list[RuleChange], event: Interruption) -> dict[str, tuple[str, ...]]:
    """A caution for each change of rules that the ratio holds too."""
    return {
        lang: tuple(
            str(words["rule"]).format(
                month=f"{rule.date:%Y-%m}", event=event.called, spread=rule.spread
            )
            for rule in near
        )
        for lang, words in _WORDS.items()
    }


def _cautioned(found: Estimate, said: dict[str, tuple[str, ...]]) -> Estimate:
    return replace(
        found, cautions={lang: (*said[lang], *found.cautions[lang]) for lang in found.cautions}
    )


def _window(asked: dict[str, Any], series: CountSeries) -> tuple[str, str]:
    """First and last month asked about."""
    import pandas as pd

    if asked["window"]:
        first, _, last = asked["window"].partition(":")
        if not last:
            raise ValueError(
                f"'{asked['window']}' is no window. Write first and last month: 2012-03:2013-12."
            )
        return first, last
    begin, end = _date(asked["event"]), series.months[-1]
    if begin.day > 1 + _MIDDLE * begin.days_in_month:
        begin = begin + pd.offsets.MonthBegin()
    if asked["until"] is not None:
        end = _date(asked["until"])
        if end.day == 1:
            end -= pd.Timedelta(days=1)
    return f"{begin:%Y-%m}", f"{end:%Y-%m}"


def _date(text: str) -> pd.Timestamp:
    import pandas as pd

    try:
        return pd.Timestamp(pd.to_datetime(text, format="ISO8601"))
    except ValueError as error:
        raise ValueError(f"'{text}' is no date. Write 2012-03 or 2012-03-09.") from error


def _curve(
    tiles: Tiles,
    interruptions: list[Interruption],
    asked: dict[str, Any],
    question: dict[str, Any],
    lang: str,
) -> pd.DataFrame:
    from tregua.assess.designs import specification

    return with_bar(
        lambda told: specification.interrupted_curve(
            tiles,
            interruptions,
            first=asked["first"],
            last=asked["last"],
            lang=lang,
            progress=told,
            **question,
        )
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
    console = screen()
    _show_estimate(console, found["estimate"], lang)
    if "bayes" in found:
        console.print()
        console.print(_WORDS[lang]["bayes"], style="bold")
        console.print(_answer(found["bayes"], lang))
        known = found["estimate"].cautions[lang]
        for sentence in found["bayes"].cautions[lang]:
            if sentence not in known:
                console.print(sentence, markup=False)
    if "curve" in found:
        console.print()
        show_curve(console, found["curve"], lang)
    if "power" in found:
        console.print()
        console.print(_power_table(found["power"], lang))


def _show_estimate(console: Console, estimate: Estimate, lang: str) -> None:
    """The answer first, then what it stands on, one thing a line."""
    from rich.table import Table
    from rich.text import Text

    words, lines = _WORDS[lang], estimate.summary(lang).splitlines()
    console.print(Text(estimate.estimand[lang], style="bold"))
    console.print(_answer(estimate, lang))
    console.print()
    parts = {
        "Placebos": lines[-4:-3],
        "Assumes": estimate.assumptions[lang],
        "Cautions": estimate.cautions[lang] or lines[-2:-1],
        "Grade": lines[-1:],
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, sentences in parts.items():
        for place, sentence in enumerate(sentences):
            table.add_row(Text("" if place else str(words[name])), Text(sentence))
    console.print(table)


def _answer(estimate: Estimate, lang: str) -> Table:
    """Ratio and deaths averted with their intervals, in a column of figures and one of words."""
    from rich.table import Table
    from rich.text import Text

    words = _WORDS[lang]
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column()
    if math.isnan(estimate.value):
        table.add_row("", str(words["none"]))
        return table
    low, high = figure_of(estimate.low), figure_of(estimate.high)
    level = f"{100 * estimate.level:g}"
    interval = str(words["interval"]).format(level=level, low=low, high=high)
    table.add_row(f"  {figure_of(estimate.value)}", Text(interval))
    averted, least, most = estimate.averted()
    if not any(math.isnan(number) for number in (averted, least, most)):
        saved = averted >= 0
        least, most = (least, most) if saved else (-most, -least)
        text = str(words["averted" if saved else "added"])
        table.add_row(
            f"  {abs(averted):,.0f}", Text(text.format(low=f"{least:,.0f}", high=f"{most:,.0f}"))
        )
    return table


def _power_table(power: pd.DataFrame, lang: str) -> Table:
    from rich.table import Table

    words = _WORDS[lang]
    table = Table(title=str(words["power"]), title_justify="left", box=None, pad_edge=False)
    for name in ("effect", "found", "within"):
        table.add_column(str(words[name]), justify="right")
    for row in power.itertuples():
        label = str(words["size"]) if row.effect == 1 else f"{row.effect:.2f}"
        table.add_row(label, f"{row.power:.0%}", f"{row.low:.0%} - {row.high:.0%}")
    return table


def _draw(found: dict[str, Any], picture: Path, lang: str, theme: str) -> None:
    """The picture of the estimate, and that of the curve beside it."""
    from tregua import report

    estimate: Estimate = found["estimate"]
    picture.parent.mkdir(parents=True, exist_ok=True)
    spec = report.effect_figure(estimate, lang, theme=theme)
    written(report.save_figure(spec, picture, lang=lang))
    if "curve" in found:
        draw_curve(found["curve"], picture, lang, title=estimate.estimand[lang], theme=theme)


def _write(found: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tables = {"path": found["estimate"].path}
    tables |= {name: found[name] for name in ("curve", "power") if name in found}
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
