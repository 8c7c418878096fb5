"""Strategies side by side, from a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.compare_question import outcomes_named, question_of, weights_stated
from tregua.cli.draws import draws_from, worlds_from_option
from tregua.cli.output import emit_json, fail, json_option, messages, screen
from tregua.cli.problems import Problems
from tregua.cli.scenarios import compared, refuse_beside
from tregua.cli.timelines import timeline_option

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd
    from rich.console import Console

    from tregua.decide import Comparison, Crossing, Stopped

__all__ = ["compare_command"]

_FLAGS = {"government": "--strategies", "gangs": "--gangs", "nature": "--mechanism"}


@click.command("compare")
@click.argument("case", default="el-salvador")
@click.option(
    "--from",
    "origin",
    default="2012-01",
    show_default=True,
    help="Month from which the strategies act, YYYY-MM.",
)
@click.option(
    "--strategies",
    default="status_quo,secret_pact,mano_dura,both,reform",
    show_default=True,
    help="Names, separated by commas; the first is what the others are compared with.",
)
@timeline_option
@click.option(
    "--scenario",
    "scenarios",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    metavar="FILE.toml",
    help="Compare the plan of a scenario file; repeat for several. One alone is compared with the "
    "status quo.",
)
@click.option(
    "--gangs",
    default="answer_in_kind",
    show_default=True,
    help="The gangs' strategy by its name, or several, separated by commas.",
)
@click.option(
    "--mechanism",
    "mechanisms",
    multiple=True,
    metavar="NAME",
    help="Switch an optional mechanism on from the origin; repeat for several.",
)
@click.option(
    "--list", "listed", is_flag=True, help="Show all strategies and mechanisms by name, and end."
)
@click.option(
    "--horizon",
    help="How far: 15y, 18m, or the month in which it ends, as 2034-06.  [default: 10y]",
)
@click.option("--years", type=click.IntRange(1, 30), help="The same as --horizon in whole years.")
@click.option(
    "--outcomes",
    default="killed",
    show_default=True,
    help="Outcomes to print and, with --precision, to stop by, separated by commas.",
)
@click.option(
    "--precision",
    metavar="TEXT",
    help="Stop when the paired error of --outcomes is this small: 1% of the first strategy's mean, "
    "or 200 in the outcome's unit, or one each, as killed=1%,detained=500. --worlds is the cap.",
)
@click.option(
    "--batch",
    type=click.IntRange(50, 100_000),
    default=100,
    show_default=True,
    help="Worlds between two looks at the error, with --precision.",
)
@click.option(
    "--weights",
    metavar="TEXT",
    help="Your own weights, as killed=1,wrongly_detained=0.1; shown beside the ledger.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the printed sentences.",
)
@worlds_from_option
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@json_option
@click.pass_context
def compare_command(
    context: click.Context, /, case: str, listed: bool, as_json: bool, lang: str, **asked: Any
) -> None:
    """Compare strategies over the same worlds, with the harm ledger of each.

    The worlds follow the record up to the month from which the strategies act. Every sentence that
    is printed carries its hedge; where the error swallows a difference, the worlds do not tell.

    Example: tregua compare el-salvador --from 2019-06 --strategies status_quo,reform --horizon 15y
    """
    if listed:
        _list(as_json)
        return
    if asked["scenarios"]:
        refuse_beside(context, ("outcomes", "weights", "lang", "as_json", "listed"))
    try:
        problems = Problems()
        outcomes = outcomes_named(asked["outcomes"], problems)
        weights = weights_stated(asked["weights"], problems)
        if asked["scenarios"]:
            found, source, notes = _of_files(asked["scenarios"], problems)
        else:
            found, source, notes = _run(case, outcomes, asked, problems)
    except ValueError as error:
        fail(error)
    notes = (*notes, *_notes_on(weights))
    if as_json:
        emit_json(_document(found, source, outcomes, weights, notes))
    else:
        _print(found, outcomes, weights, notes, lang)


# -- What was asked --------------------------------------------------------------------------------


def _run(
    case: str, outcomes: tuple[str, ...], asked: dict[str, Any], problems: Problems
) -> tuple[Stopped, str, tuple[str, ...]]:
    """Check what was asked, draw the worlds, and run them."""
    from tregua import decide, simulate

    question = question_of(case, outcomes, asked, problems)
    origin, seed = asked["origin"], asked["seed"]
    if simulate.needs_compilation():
        messages().print("Compiling the simulator, once: about half a minute.")
    with _Progress() as telling:
        draws, source, notes = draws_from(
            asked["source"],
            question.known,
            question.history,
            worlds=asked["worlds"],
            origin=origin,
            seed=seed,
            folder=asked["folder"],
        )
        found = decide.compare_until(
            question.strategies,
            draws,
            question.history,
            origin=origin,
            seed=seed,
            precision=question.precision,
            batch=asked["batch"] if question.precision else len(draws),
            years=question.years,
            gangs=question.replies,
            mechanisms=asked["mechanisms"],
            worlds_from=source,
            progress=telling.update,
        )
    return found, source, notes


def _of_files(paths: tuple[Path, ...], problems: Problems) -> tuple[Stopped, str, tuple[str, ...]]:
    """Run the plans of scenario files in the same worlds."""
    import pandas as pd

    from tregua import decide

    found, notes = compared(paths, problems)
    worlds, crossing = len(found.weights), decide.Crossing((found,))
    stopped = decide.Stopped(crossing, worlds, worlds, reached=True, errors=pd.DataFrame())
    return stopped, str(found.worlds_from), notes


def _notes_on(weights: dict[str, float]) -> tuple[str, ...]:
    from tregua import decide

    return tuple(f"Weights: {note}." for note in decide.counted_twice(weights))


def _list(as_json: bool) -> None:
    """Print the catalogue: who plays, the name, what it does."""
    from tregua import decide
    from tregua.model import MECHANISMS

    actors = {"government": decide.CATALOGUE, "gangs": decide.GANG_STRATEGIES}
    rows = [
        {"actor": actor, "name": each.name, "does": each.source.split("\n\n")[0].replace("\n", " ")}
        for actor, catalogue in actors.items()
        for each in catalogue.values()
    ]
    rows += [{"actor": "nature", "name": name, "does": does} for name, does in MECHANISMS.items()]
    if as_json:
        emit_json(rows)
        return
    for actor, flag in _FLAGS.items():
        table = _table(f"\n{flag}", "Name", "What it does", text=2)
        for row in rows:
            if row["actor"] == actor:
                table.add_row(row["name"], row["does"])
        screen().print(table)


class _Progress:
    """One bar on standard error while worlds are run."""

    def __init__(self) -> None:
        from rich.progress import Progress

        self._bar = Progress(console=messages(), transient=True)
        self._task = self._bar.add_task("Simulating", total=None)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show how far the runs have come."""
        self._bar.update(self._task, completed=done, total=total)


# -- What is shown ---------------------------------------------------------------------------------


def _document(
    found: Stopped,
    source: str,
    outcomes: tuple[str, ...],
    weights: dict[str, float],
    notes: tuple[str, ...],
) -> dict[str, Any]:
    from tregua import decide

    crossing = found.crossing
    document: dict[str, Any] = {
        "worlds": {
            "from": source,
            "used": found.worlds,
            "cap": found.cap,
            "reached": found.reached if len(found.errors) else None,
            "effective": crossing.comparisons[0].effective_worlds,
        },
        "notes": notes,
        "ledger": crossing.ledger(),
        "differences": crossing.differences(),
        "best": crossing.best(),
        "best_for_most": crossing.best_for_most(),
        "agreement": crossing.agreement(),
        "sentences": decide.sentences(crossing, outcomes=outcomes),
        "errors": found.errors,
    }
    if weights:
        document["weights"] = weights
        document["weighed"] = _weighed(crossing, weights)
    return document


def _weighed(crossing: Crossing, weights: dict[str, float]) -> pd.DataFrame:
    import pandas as pd

    from tregua import decide

    frames = [
        decide.weighed(each, weights).assign(reply=each.reply) for each in crossing.comparisons
    ]
    return pd.concat(frames, ignore_index=True)


def _print(
    found: Stopped,
    outcomes: tuple[str, ...],
    weights: dict[str, float],
    notes: tuple[str, ...],
    lang: str,
) -> None:
    from tregua import decide

    console = screen()
    for comparison in found.crossing.comparisons:
        if len(found.crossing.replies) > 1:
            console.print(f"\n[bold]Gangs: {comparison.reply}[/bold]")
        for horizon in comparison.horizons():
            for outcome in outcomes:
                _print_differences(console, comparison, outcome, horizon)
        _print_ledger(console, comparison)
        _print_best(console, comparison)
        if weights:
            _print_weighed(console, comparison, weights)
    if len(found.crossing.strategies) > 1:
        if len(found.crossing.replies) > 1:
            _print_agreement(console, found.crossing, outcomes)
        console.print("\nWhat may be printed", style="bold")
        last = (found.crossing.comparisons[0].horizons()[-1],)
        told = decide.sentences(found.crossing, outcomes=outcomes, horizons=last)
        for sentence in told[lang]:
            console.print(f"- {sentence}")
    console.print(f"\n{_used(found)}")
    for note in notes:
        console.print(f"Note: {note}")
    console.print("All quantiles, differences and horizons: --json.")


def _used(found: Stopped) -> str:
    if not len(found.errors):
        return f"{found.worlds:,} worlds."
    how = "the errors asked for are reached" if found.reached else "the cap, before the errors"
    return f"{found.worlds:,} of at most {found.cap:,} worlds: {how}."


def _span(horizon: float) -> str:
    months = round(12 * horizon)
    if months % 12:
        return f"{months} months"
    return "1 year" if months == 12 else f"{months // 12} years"


def _print_differences(
    console: Console, comparison: Comparison, outcome: str, horizon: float
) -> None:
    reference = comparison.strategies[0]
    if len(comparison.strategies) == 1:
        return
    table = _table(
        f"\nAfter {_span(horizon)} from {comparison.origin}: {outcome}, less {reference}",
        "Strategy",
        "median",
        "90 % of worlds",
        "fewer in",
    )
    for strategy in comparison.strategies[1:]:
        gap = comparison.difference(strategy, reference, horizon, outcome)
        table.add_row(
            strategy,
            _signed(gap.q50),
            f"{_signed(gap.q05)} to {_signed(gap.q95)}",
            "the same in all"
            if gap.always_equal
            else f"{10 * gap.p_lower:.1f} of 10 worlds, ± {10 * gap.mc_error:.1f}",
        )
    console.print(table)


def _print_ledger(console: Console, comparison: Comparison) -> None:
    """Medians of every outcome at the last horizon, never summed."""
    last = comparison.horizons()[-1]
    ledger = comparison.ledger()
    wide = ledger[ledger["horizon"] == last].pivot_table(
        index="outcome", columns="strategy", values="q50", sort=False
    )
    title = f"\nHarm ledger after {_span(last)}, median of worlds, never summed"
    table = _table(title, "Outcome", *wide.columns)
    for outcome, values in wide.iterrows():
        table.add_row(str(outcome), *[_number(value) for value in values])
    console.print(table)


def _print_best(console: Console, comparison: Comparison) -> None:
    if len(comparison.strategies) == 1:
        return
    last = comparison.horizons()[-1]
    leaders = comparison.best_for_most()
    table = _table(
        f"\nBest in most worlds after {_span(last)}",
        "Outcome",
        "Strategy",
        "best in",
        "ahead of",
        "by",
        text=2,
    )
    for row in leaders[leaders["horizon"] == last].to_dict("records"):
        table.add_row(
            row["outcome"],
            _leader(row),
            f"{10 * row['p_best']:.1f} of 10",
            row["runner_up"],
            f"{10 * row['margin']:.1f} ± {10 * row['margin_error']:.1f}",
        )
    console.print(table)


def _print_weighed(console: Console, comparison: Comparison, weights: dict[str, float]) -> None:
    from tregua import decide

    rows = decide.weighed(comparison, weights)
    last = comparison.horizons()[-1]
    stated = rows["weights"].iloc[0]
    table = _table(
        f"\nUnder your weights ({stated}) after {_span(last)}; the ledger above is the result",
        "Strategy",
        "median",
        "90 % of worlds",
        f"less than {comparison.strategies[0]} in",
        "best in",
    )
    for row in rows[rows["horizon"] == last].to_dict("records"):
        table.add_row(
            row["strategy"],
            _number(row["q50"]),
            f"{_number(row['q05'])} to {_number(row['q95'])}",
            f"{10 * row['p_lower']:.1f} of 10, ± {10 * row['p_lower_error']:.1f}",
            f"{10 * row['p_best']:.1f} of 10, ± {10 * row['p_best_error']:.1f}",
        )
    console.print(table)


def _leader(row: Mapping[Hashable, Any]) -> str:
    if row["margin"] == row["margin_error"] == 0.0:
        return f"{row['strategy']} (tie)"
    return str(row["strategy"]) if row["clear"] else f"{row['strategy']} (not clear)"


def _print_agreement(console: Console, crossing: Crossing, outcomes: tuple[str, ...]) -> None:
    """Whether the sign holds whichever way the gangs answer."""
    last, reference = crossing.comparisons[0].horizons()[-1], crossing.strategies[0]
    rows = crossing.agreement()
    rows = rows[(rows["horizon"] == last) & (rows["reference"] == reference)]
    table = _table(
        f"\nUnder every reply, after {_span(last)}, less {reference}",
        "Outcome",
        "Strategy",
        "fewer in",
        "holds",
        text=2,
    )
    for row in rows[rows["outcome"].isin(outcomes)].to_dict("records"):
        low, high = 10 * row["least_lower"], 10 * row["most_lower"]
        table.add_row(
            row["outcome"], row["strategy"], f"{low:.1f} to {high:.1f} of 10", row["holds"]
        )
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 or float(value).is_integer() else f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 20 or value.is_integer() else f"{value:+.2f}"


def _table(title: str, *headings: str, text: int = 1) -> Any:
    """A table whose first columns are text and the others numbers."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < text else "right")
    return table
