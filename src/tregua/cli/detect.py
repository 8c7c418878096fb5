"""`tregua detect`: date abrupt falls in a case's record or in a series of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, plain, written

if TYPE_CHECKING:
    import pandas as pd

    from tregua.cli.opinions import Opinions
    from tregua.infer import Detection, RuleChange, Tiles
    from tregua.record import Record

__all__ = ["detect_command"]

_RULE_SPREAD = 0.2  # log units by which a change of rules may move the level


@click.command("detect")
@click.argument("target", metavar="CASE|FILE.csv")
@click.option("--world", type=int, help="Which world, if FILE.csv holds several.")
@click.option("--first", metavar="YYYY-MM", help="First month; all counts by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month; all counts by default.")
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the notices.",
)
@click.option("--segments", is_flag=True, help="Cross-check the dates with a second model.")
@click.option(
    "--indicators/--no-indicators",
    "indicators",
    default=None,
    help="Look for what tells a pact from a crackdown near each fall; with --explain by default.",
)
@click.option("--indicator", "only", multiple=True, metavar="NAME", help="Only these indicators.")
@click.option("--without", multiple=True, metavar="NAME", help="Leave out these indicators.")
@click.option(
    "--prior-odds",
    multiple=True,
    metavar="A:B",
    help="Prior odds pact:crackdown; 1:3, 1:1 and 3:1 by default.",
)
@click.option("--explain", is_flag=True, help="Say in words why, and what would change it.")
@click.option("--month", metavar="YYYY-MM", help="Explain this month too.")
@click.option(
    "--rule-change",
    "rules",
    multiple=True,
    metavar="YYYY-MM[:SPREAD]",
    help="The rule of counting changed: the level may jump there without a fall. By default the "
    "changes that the case knows.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Worker threads; all by default.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write tables as CSV and detection.json to.",
)
@json_option
def detect_command(
    target: str,
    world: int | None,
    first: str | None,
    last: str | None,
    lang: str,
    out: Path | None,
    as_json: bool,
    threads: int | None,
    **asked: Any,
) -> None:
    """Date abrupt falls and say, by month, how likely a suppression was in force.

    CASE is the name or folder of a case. FILE.csv has columns date,count (one row a month) or
    start,end,value (half-open intervals of any length); columns series, world and agency are
    understood. Counts alone date a fall; they cannot name its cause. For that, --indicators looks
    at what else a case's record holds near each fall.

    Example: tregua detect el-salvador --first 2010-01 --explain
    """
    from tregua import infer

    wishes = _Wishes(**asked)
    try:
        record, tiles = _material(target, world)
        finish = last or _last_month(target, tiles)
        options = {
            "first": first,
            "last": finish,
            "threads": threads,
            "rules": _rules(wishes.rules, record),
        }
        found = _detect(infer.detect, tiles, **options)
        opinions = _opinions(found, record, wishes)
        words = _explained(found, opinions, wishes, lang, options)
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, opinions, words, out)
    if as_json:
        emit_json(_document(found, opinions, words))
    else:
        from tregua.cli.detect_screen import show

        show(found, opinions, words, lang)


@dataclass(frozen=True)
class _Wishes:
    """What was asked for beside the detection; see the command's options."""

    segments: bool
    indicators: bool | None
    only: tuple[str, ...]
    without: tuple[str, ...]
    prior_odds: tuple[str, ...]
    explain: bool
    month: str | None
    rules: tuple[str, ...]

    @property
    def in_words(self) -> bool:
        """Whether sentences are wanted; naming a month asks for them."""
        return self.explain or self.month is not None


def _rules(texts: Sequence[str], record: Record | None) -> tuple[RuleChange, ...]:
    """Changes of counting rules: those asked for, or those that the case knows."""
    import pandas as pd

    from tregua import infer

    if not texts:
        return () if record is None else infer.rules_of(record)
    rules = []
    for text in texts:
        month, _, spread = text.partition(":")
        try:
            when = pd.Timestamp(f"{month}-01")
            rules.append(infer.RuleChange(when, float(spread or _RULE_SPREAD)))
        except ValueError as error:
            raise ValueError(
                f"'{text}' is no change of rules. Write YYYY-MM or YYYY-MM:SPREAD, such as "
                "2019-07:0.2 (a spread of 20 %)."
            ) from error
    return tuple(rules)


def _opinions(found: Detection, record: Record | None, wishes: _Wishes) -> Opinions:
    """Second opinions, as far as they were asked for."""
    from tregua.cli.opinions import gather, odds_of

    wanted = wishes.indicators
    if wanted is None:
        named = bool(wishes.only or wishes.without or wishes.prior_odds)
        wanted = named or (wishes.in_words and record is not None)
    return gather(
        found,
        record,
        segments=wishes.segments or wishes.in_words,
        indicators=wanted,
        only=wishes.only,
        without=wishes.without,
        odds=odds_of(wishes.prior_odds),
    )


def _explained(
    found: Detection,
    opinions: Opinions,
    wishes: _Wishes,
    lang: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Sentences for each fall, and for a month if one was named; empty unless asked for."""
    from tregua import infer
    from tregua.infer.explain import explain_falls, explain_month, month_reruns

    if not wishes.in_words:
        return {}
    words: dict[str, Any] = {"falls": explain_falls(found, opinions, lang)}
    if wishes.month is not None:
        month = _chosen_month(found, wishes.month)
        reruns = month_reruns(
            found, month, lambda tiles: _detect(infer.detect, tiles, **_fixed(found, options))
        )
        words["month"] = {"month": month, "lines": explain_month(found, month, reruns, lang)}
    return words


def _fixed(found: Detection, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a rerun over the same months, though a count may be missing at an end."""
    months = found.months["month"]
    return {**options, "first": months.iloc[0], "last": months.iloc[-1]}


def _chosen_month(found: Detection, text: str) -> pd.Timestamp:
    """The month to explain; it must be one of those detected."""
    import pandas as pd

    first, last = found.months["month"].iloc[0], found.months["month"].iloc[-1]
    try:
        month = pd.Timestamp(text).to_period("M").start_time
    except ValueError as error:
        raise ValueError(f"'{text}' is no month. Write year and month: 2012-03.") from error
    if not first <= month <= last:
        raise ValueError(f"{month:%Y-%m} lies outside {first:%Y-%m} to {last:%Y-%m}.")
    return month


def _is_file(target: str) -> bool:
    return Path(target).suffix.lower() in {".csv", ".txt"} or Path(target).is_file()


def _material(target: str, world: int | None) -> tuple[Record | None, Tiles]:
    """The record of a case, None of a file, and its tiles."""
    from tregua import infer, record

    if _is_file(target):
        if not Path(target).is_file():
            raise ValueError(f"There is no file {target}. Give a CSV file or the name of a case.")
        return None, infer.read_table(Path(target), world=world)
    if world is not None:
        raise ValueError(f"--world is for a file of simulated worlds; '{target}' is a case.")
    known = record.load(target)
    return known, infer.tiles(known)


def _last_month(target: str, tiles: Tiles) -> str:
    """A case's record is read to the end of its last year, a file to its last count."""
    if _is_file(target):
        return f"{tiles.last:%Y-%m}"
    return f"{tiles.last:%Y}-12"


def _detect(run: Any, tiles: Tiles, **options: Any) -> Detection:
    """Run with a progress bar on standard error."""
    from rich.progress import Progress

    from tregua.compiled import is_warm

    console = messages()
    if not is_warm("backward", "infer"):
        console.print("Compiling the detector once; later runs start at once.")
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Detecting", total=1)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        result: Detection = run(tiles, progress=report, **options)
        return result


def _document(found: Detection, opinions: Opinions, words: Mapping[str, Any]) -> dict[str, Any]:
    from tregua.cli.opinions import documents

    return {
        "name": found.tiles.name,
        "warning": plain(vars(found.warning)),
        "notices": [plain(vars(notice)) for notice in found.notices],
        "breaks": plain(found.breaks),
        "months": plain(found.months),
        "tiles": plain(found.tiles.frame),
        "refused": plain(found.tiles.refused),
        "settings": plain(dict(found.settings)),
        **documents(opinions),
        **({"explanation": plain(words)} if words else {}),
    }


def _write(found: Detection, opinions: Opinions, words: Mapping[str, Any], out: Path) -> None:
    """Write tables as CSV and everything as one JSON document."""
    from tregua.cli.opinions import write

    out.mkdir(parents=True, exist_ok=True)
    tiles = found.tiles.frame.assign(
        months=[" ".join(f"{month:%Y-%m}" for month in row) for row in found.tiles.frame["months"]],
        families=found.tiles.frame["families"].map(", ".join),
        sources=found.tiles.frame["sources"].map(" ".join),
    )
    for name, frame in (("months", found.months), ("breaks", found.breaks), ("tiles", tiles)):
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
    write(opinions, out)
    text = json.dumps(_document(found, opinions, words), ensure_ascii=False, indent=2)
    (out / "detection.json").write_text(text + "\n", encoding="utf-8")
    written(out / "detection.json")
