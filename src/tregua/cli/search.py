"""Search over policy timelines, from a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.draws import check_draws, draws_from, from_posterior, source_option
from tregua.cli.horizon import horizon_option, whole_years_of
from tregua.cli.output import emit_json, fail, json_option, messages, screen, written
from tregua.cli.problems import Problems
from tregua.cli.timelines import timeline_option, timelines_from

if TYPE_CHECKING:
    from tregua.decide.search import SearchResult, Trial
    from tregua.model import Draws, History, Timeline
    from tregua.model.strategy import GovernmentStrategy
    from tregua.record import Record

__all__ = ["search_command"]

_INTERRUPTED = 130  # what shells report for Ctrl-C
_DEFAULT_WORLDS, _DEFAULT_HELD_OUT = 200, 400
_LEAST_WORLDS = 10
_SOURCES = {"search": "this search", "random": "drawn at random", "shipped": "shipped strategies"}


@click.command("search")
@click.argument("case", default="el-salvador")
@click.option("--from", "origin", default="2019-06", show_default=True,
              help="Month from which the policies act, YYYY-MM.")  # fmt: skip
@horizon_option
@click.option(
    "--outcomes",
    default="killed,detained,democracy",
    show_default=True,
    help="Harms, separated by commas, each to be kept low; at least two. --levers lists them.",
)
@click.option("--generations", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--population", type=click.IntRange(4, 10_000), default=40, show_default=True,
              help="Policies a generation.")  # fmt: skip
@click.option("--worlds", type=click.IntRange(_LEAST_WORLDS, 100_000),
              help="Worlds on which the search chooses.  "
              f"[default: {_DEFAULT_WORLDS}, or a third of the posterior]")  # fmt: skip
@click.option("--held-out", type=click.IntRange(_LEAST_WORLDS, 100_000),
              help="Other worlds, on which its choice is judged.  "
              f"[default: {_DEFAULT_HELD_OUT}, or the rest of the posterior]")  # fmt: skip
@source_option
@timeline_option
@click.option("--algorithm", type=click.Choice(["nsga2", "nsga3"]), default="nsga2",
              show_default=True, help="nsga3 is for four harms and more.")  # fmt: skip
@click.option("--gangs", default="answer_in_kind", show_default=True,
              help="The gangs' strategy, by its name.")  # fmt: skip
@click.option("--mechanism", "mechanisms", multiple=True, metavar="NAME",
              help="Switch an optional mechanism on; repeat for several.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 1024), default=None,
              help="Threads; all processors unless told. Changes no number.")  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for tables and the picture. The same command goes on there where it was stopped.",
)
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True,
              help="Language of the picture.")  # fmt: skip
@click.option("--levers", "listed", is_flag=True,
              help="List what a policy is made of, and the harms, and end.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@json_option
def search_command(listed: bool, as_json: bool, **options: Any) -> None:
    """Search policy timelines that no other beats on every harm, and judge them on other worlds.

    A policy says when a phase begins, what it gives and how hard it is, what ends it, and when
    reform starts. The search chooses on some worlds; what it chose is run again on worlds that it
    never saw, beside all shipped strategies and as many policies drawn at random.

    Example: tregua search el-salvador --from 2019-06 --outcomes killed,detained --out found
    """
    try:
        problems = Problems()
        horizon = options.pop("horizon"), options["years"]
        length = problems.tried(lambda: whole_years_of(options["origin"], *horizon), 1)
        options["years"] = length
        if listed:
            problems.refuse()
            _list(12 * length, as_json)
            return
        found, source, notes = _search(options, problems)
        if options["out"] is not None:
            _write(found, options["out"], options["lang"])
    except ValueError as error:
        fail(error)
    if as_json:
        emit_json(_document(found) | {"worlds_from": source, "notes": notes})
    else:
        _print(found)
        screen().print(f"\nWorlds from the {source}.")
        for note in notes:
            screen().print(f"Note: {note}")


def _search(
    options: dict[str, Any], problems: Problems
) -> tuple[SearchResult, str, tuple[str, ...]]:
    """What the search found, where its worlds come from, and what is to be known of them."""
    from importlib.util import find_spec

    from tregua import decide, record
    from tregua.decide import search

    if find_spec("pymoo") is None:  # before the worlds are drawn, which takes minutes
        raise search.SearchLibraryError
    names = [name.strip() for name in options["outcomes"].split(",")]
    outcomes = problems.tried(lambda: search.objectives_named(names), ())
    own = problems.tried(lambda: timelines_from(options["timelines"]), ())
    known = record.load(options["case"])
    _check(options, known, own, problems)
    problems.refuse()
    trial, held_out, source, notes = _trials(options, known, outcomes)
    folder = options["out"]
    try:
        with _Progress() as progress:
            found = search.search_timelines(
                trial,
                held_out,
                population=options["population"],
                generations=options["generations"],
                seed=options["seed"],
                algorithm=options["algorithm"],
                shipped={**decide.CATALOGUE, **{plan.name: plan for plan in own}},
                folder=folder,
                progress=progress.tell,
            )
            return found, source, notes
    except KeyboardInterrupt:
        kept = f"What was simulated is kept in {folder}; the same command goes on."
        click.echo("Stopped. " + (kept if folder else "Nothing is kept without --out."), err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None


def _check(
    options: dict[str, Any], known: Record, own: tuple[Timeline, ...], problems: Problems
) -> None:
    """Tell, before worlds are drawn, what no worlds could answer."""
    from tregua import decide, model
    from tregua.decide.compare import check_question
    from tregua.model.mechanisms import switches

    origin, history = options["origin"], model.History.of(known)
    problems.tried(lambda: switches(options["mechanisms"]), None)
    reply = problems.tried(
        lambda: decide.reply_named(options["gangs"].strip()), model.answer_in_kind
    )
    if problems.tried(lambda: _check_origin(origin, history.start), False):
        every: list[GovernmentStrategy | Timeline] = [*decide.CATALOGUE.values(), *own]
        months = 12 * options["years"]
        problems.tried(
            lambda: check_question(every, (reply,), history, origin=origin, months=months), None
        )
    wanted = _worlds(options)
    problems.tried(
        lambda: check_draws(options["source"], known, worlds=wanted, folder=options["folder"]), 0
    )


def _worlds(options: dict[str, Any]) -> int | None:
    """How many worlds are wanted in all; None is as many as the posterior holds."""
    worlds, held_out = options["worlds"], options["held_out"]
    if not from_posterior(options["source"], options["folder"]):
        return (worlds or _DEFAULT_WORLDS) + (held_out or _DEFAULT_HELD_OUT)
    return None if worlds is None or held_out is None else worlds + held_out


def _trials(
    options: dict[str, Any], known: Record, outcomes: tuple[str, ...]
) -> tuple[Trial, Trial, str, tuple[str, ...]]:
    """Worlds of the search, and held-out ones, all drawn from one source."""
    from tregua import decide, model, simulate
    from tregua.decide import search

    reply = decide.reply_named(options["gangs"].strip())
    history = model.History.of(known)
    origin, seed = options["origin"], options["seed"]
    if simulate.needs_compilation():
        messages().print("Compiling the simulator, once: about half a minute.")
    with messages().status("Drawing worlds"):
        parts, source, notes = _drawn(options, known, history)
        states = [(draws, decide.state_at(origin, draws, history, seed=seed)) for draws in parts]
    trials = [
        search.Trial(
            draws,
            state,
            history.rules_of(origin),
            origin,
            options["years"],
            outcomes,
            seed,
            reply,
            tuple(options["mechanisms"]),
            options["threads"],
        )
        for draws, state in states
    ]
    return trials[0], trials[1], source, notes


def _drawn(
    options: dict[str, Any], known: Record, history: History
) -> tuple[tuple[Draws, Draws], str, tuple[str, ...]]:
    """Worlds to choose on and worlds to judge on, where they come from, and notes on them."""
    import numpy as np

    worlds, held_out = options["worlds"], options["held_out"]
    calibrated = from_posterior(options["source"], options["folder"])
    if not calibrated:
        worlds, held_out = worlds or _DEFAULT_WORLDS, held_out or _DEFAULT_HELD_OUT
    draws, source, notes = draws_from(
        options["source"],
        known,
        history,
        worlds=_worlds(options),
        origin=options["origin"],
        seed=options["seed"],
        folder=options["folder"],
    )
    chosen = _share(len(draws), worlds, held_out)
    order = np.arange(len(draws))
    if calibrated:  # its draws lie along chains, of which either part shall hold all
        order = np.random.default_rng(options["seed"]).permutation(len(draws))
        notes = (
            *notes,
            "The held-out worlds are other draws of the same chains: they guard against the "
            "luck of a run more than against what the chains have in common.",
        )
    judged = order[chosen:] if held_out is None else order[chosen : chosen + held_out]
    return (draws.select(np.sort(order[:chosen])), draws.select(np.sort(judged))), source, notes


def _share(total: int, worlds: int | None, held_out: int | None) -> int:
    """How many of all worlds the search chooses on."""
    if worlds is None:
        worlds = total // 3 if held_out is None else total - held_out
    if worlds < _LEAST_WORLDS or total - worlds < _LEAST_WORLDS:
        raise ValueError(
            f"The posterior holds {total} draws: {max(0, worlds)} to choose on and "
            f"{max(0, total - worlds)} to judge on; {_LEAST_WORLDS} each are needed at least."
        )
    return worlds


def _check_origin(origin: str, start: str) -> bool:
    """Refuse what is no month, and a month before which the worlds have no past; else True."""
    import re

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2019-06.")
    if origin <= start:
        raise ValueError(f"--from {origin}: the worlds begin in {start}; give a later month.")
    return True


class _Progress:
    """A bar on standard error."""

    def __enter__(self) -> _Progress:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("Searching"), BarColumn(), TextColumn("{task.completed} of "
                   "{task.total} policies at most"), TimeElapsedColumn())  # fmt: skip
        self._bar = Progress(*columns, console=messages(), transient=True)
        self._bar.start()
        self._task = self._bar.add_task("search", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)


def _write(found: SearchResult, folder: Path, lang: str) -> None:
    """Tables as CSV, and the picture as an SVG that needs nothing else."""
    from tregua import report

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in found.tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
        written(folder / f"{name}.csv")
    picture = folder / "pareto.svg"
    report.save_figure(report.search_figure(found, lang), picture, lang=lang)
    written(picture)


def _document(found: SearchResult) -> dict[str, Any]:
    head = {
        name: getattr(found, name)
        for name in ("origin", "years", "outcomes", "worlds", "held_out", "best", "reference")
    }
    return head | found.tables()


def _list(months: int, as_json: bool) -> None:
    """Print the levers, the triggers and the harms."""
    from tregua.decide import search

    levers = search.lever_table(months)
    triggers = [vars(trigger) for trigger in search.TRIGGERS.values()]
    harms = [{"name": name, "unit": unit} for name, unit in search.OBJECTIVES.items()]
    if as_json:
        emit_json({"levers": levers, "triggers": triggers, "outcomes": harms})
        return
    _table(
        "Levers",
        ("Lever", "Range", "What it decides"),
        [(row["lever"], _range(row), row["meaning"]) for row in levers.to_dict(orient="records")],
    )
    _table(
        "Triggers",
        ("Trigger", "Threshold", "What is seen"),
        [
            (each["name"], _range(each), each["meaning"].format("the threshold"))
            for each in triggers
        ],
    )
    _table("Harms", ("Outcome", "Unit"), [(each["name"], each["unit"]) for each in harms])


def _range(row: Mapping[Any, Any]) -> str:
    """Choices or limits of a lever; nothing for a trigger without a threshold."""
    if row.get("choices"):
        return str(row["choices"])
    return f"{row['low']:g} to {row['high']:g} {row['unit']}" if row["unit"] else ""


def _table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen().print(table)


def _print(found: SearchResult) -> None:
    console = screen()
    console.print(
        f"{found.origin}, {found.years} years. Chosen on {found.worlds:,} worlds, judged on "
        f"{found.held_out:,} others. Less is better in every column, and nothing is summed."
    )
    _print_policies(found)
    _print_optimism(found)
    _print_scores(found)


def _print_policies(found: SearchResult) -> None:
    from rich.table import Table

    values = found.values.set_index(["number", "outcome"])
    table = Table(
        title="\nPolicies that no other beats on every harm",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("Policy", ratio=1)
    for outcome in found.outcomes:
        table.add_column(outcome.replace("_", " "), justify="right", no_wrap=True)
    table.add_column("stays", justify="right", no_wrap=True)
    shown = found.policies[found.policies["shown"]]
    for row in shown.sort_values(["source", "number"]).to_dict(orient="records"):
        cells = [values.loc[(row["number"], outcome)] for outcome in found.outcomes]
        words = row["policy"].replace("_", " ")
        kind = {"search": f"plan {row['number']}", "random": f"random plan {row['number']}"}
        name = f"{kind[row['source']]}: {words}" if row["source"] in kind else words
        numbers = [f"{_number(c['held_out'])} ± {_number(c['held_out_error'])}" for c in cells]
        table.add_row(name, *numbers, f"{10 * row['stays']:.1f} of 10")
    screen().print(table)
    screen().print(
        "Means over the held-out worlds ± Monte-Carlo standard error. Stays: samples of those "
        "worlds in which nobody beats it."
    )
    undominated = int(found.policies["undominated"].sum())
    if undominated > len(shown):
        screen().print(f"These {len(shown)} stand for {undominated}; all are in the tables.")


def _print_optimism(found: SearchResult) -> None:
    from rich.table import Table

    table = Table(
        title="\nOptimism: how much better the chosen looked where they were chosen, next to the "
        "shipped",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for heading in ("Source", "Harm", "there", "held out", "optimism"):
        table.add_column(heading, justify="left" if heading in ("Source", "Harm") else "right")
    for row in found.optimism.to_dict(orient="records"):
        table.add_row(
            _SOURCES[row["source"]],
            row["outcome"].replace("_", " "),
            _number(row["search"], signed=True),
            _number(row["held_out"], signed=True),
            f"{_number(row['optimism'], signed=True)} ± {_number(row['error'])}",
        )
    screen().print(table)


def _print_scores(found: SearchResult) -> None:
    from rich.table import Table

    table = Table(
        title="\nHypervolume (1: the box from the best to the worst shipped strategy)",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for heading in ("Source", "tried", "chosen", "still undominated", "there", "held out", "lead"):
        table.add_column(heading, justify="left" if heading == "Source" else "right")
    for row in found.scores.to_dict(orient="records"):
        lead = f"{row['lead']:+.3f} ± {row['lead_error']:.3f}"
        table.add_row(
            _SOURCES[row["source"]],
            f"{row['simulated']:,}",
            f"{row['chosen']:,}",
            f"{row['kept']:,}",
            f"{row['hypervolume_search']:.3f}",
            f"{row['hypervolume']:.3f} ± {row['error']:.3f}",
            "" if row["source"] == "random" else lead,
        )
    console = screen()
    console.print(table)
    corner = ", ".join(
        f"{outcome.replace('_', ' ')} {_number(value)}"
        for outcome, value in zip(found.outcomes, found.reference, strict=True)
    )
    console.print(f"Lead: over random search. Reference point: {corner}.")


def _number(value: float, *, signed: bool = False) -> str:
    digits = 0 if abs(value) >= 20 else 3 if abs(value) < 1 else 2
    return f"{value:+,.{digits}f}" if signed else f"{value:,.{digits}f}"
