"""Does the pact that works for a year lose in the long run? The core claim from a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen, written
from tregua.cli.problems import Problems, governments

if TYPE_CHECKING:
    import pandas as pd

    from tregua.model import Draws, History
    from tregua.record import Record
    from tregua.shelf import Tables

__all__ = ["CoreQuestion", "core_answer", "finding_command"]

_ENDINGS = (".svg", ".png")
_MOST_YEARS = 50


@dataclass(frozen=True)
class CoreQuestion:
    """What was asked for, as it was typed.

    Attributes
    ----------
    case
        Name or folder of the case.
    origin
        Month from which strategies act; None takes the first origin of the case.
    years
        Horizons, separated by commas.
    against
        Strategies that the pact is held against, separated by commas.
    source
        "prior", "posterior" or "both"; None takes the prior, and the posterior if there is one.
    folder
        Folder of a posterior; None takes the one that comes with tregua.
    points, worlds, levels, seed
        As `decide.robustness.CorePlan` takes them.
    """

    case: str = "el-salvador"
    origin: str | None = None
    years: str = "1,3,5,10,15"
    against: str = "reform,mano_dura,status_quo"
    source: str | None = None
    folder: Path | None = None
    points: int = 1000
    worlds: int = 100
    levels: int = 7
    seed: int = 1


@click.group("finding", epilog="Example: tregua finding core-claim el-salvador")
def finding_command() -> None:
    """Ask the main question of the study and show what the answer hangs on."""


@finding_command.command("core-claim")
@click.argument("case", default="el-salvador")
@click.option(
    "--from",
    "origin",
    metavar="YYYY-MM",
    help="Month from which strategies act.  [default: the first origin of the case]",
)
@click.option(
    "--years",
    default="1,3,5,10,15",
    show_default=True,
    help="Years after that month at which the sign is read, separated by commas.",
)
@click.option(
    "--against",
    default="reform,mano_dura,status_quo",
    show_default=True,
    help="Strategies that the secret pact is held against, separated by commas.",
)
@click.option(
    "--worlds-from",
    "source",
    type=click.Choice(["prior", "posterior", "both"]),
    help="Draw what is not spread from the prior, from a posterior, or show both side by side.  "
    "[default: both, where there is a posterior]",
)
@click.option("--prior", "source", flag_value="prior", help="The same as --worlds-from prior.")
@click.option(
    "--posterior",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of a posterior (`tregua calibrate --out DIR`) instead of the one that comes with "
    "tregua.",
)
@click.option(
    "--points",
    type=click.IntRange(20, 100_000),
    default=1000,
    show_default=True,
    help="Points at which all five factors are spread over their ranges.",
)
@click.option(
    "--worlds",
    type=click.IntRange(20, 100_000),
    default=100,
    show_default=True,
    help="Worlds with factors as drawn, and at each level of one factor alone.",
)
@click.option(
    "--levels",
    type=click.IntRange(2, 50),
    default=7,
    show_default=True,
    help="Values tried of each factor alone.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of sentences and of the picture.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the map of signs as a picture, .svg or .png.",
)
@click.option(
    "--theme", type=click.Choice(["light", "dark"]), default="light", help="Colours of the picture."
)
@json_option
def core_claim_command(
    as_json: bool, language: str, out: Path | None, theme: str, **typed: Any
) -> None:
    """Ask whether a pact that works for a year loses in the long run, and where the sign flips.

    Counterfactual growth, return from prison, retention by courts, command of leaders and hiding
    are spread over ranges wider than their priors; all else comes from the prior and from the
    posterior. Every strategy meets the same worlds. Shares over ranges are not probabilities.

    Example: tregua finding core-claim el-salvador --worlds 100 --years 1,3,5,10,15
    """
    try:
        if out is not None and out.suffix not in _ENDINGS:
            raise ValueError(f"--out {out}: a picture's file ends in {' or '.join(_ENDINGS)}.")
        tables, notes = core_answer(CoreQuestion(**typed))
        if out is not None:
            _draw(tables, language, theme, out)
    except (ValueError, OSError) as error:
        fail(error)
    if as_json:
        emit_json({"notes": notes, "factors": _factors(), **tables})
    else:
        _print(tables, notes, language)
    if out is not None:
        written(out)


def core_answer(asked: CoreQuestion) -> tuple[Tables, tuple[str, ...]]:
    """The tables of the finding, and what a reader should know of the worlds.

    Parameters
    ----------
    asked
        The question.

    Raises
    ------
    ValueError
        If it makes no sense, or a posterior that was asked for is missing.
    """
    from tregua import model, record, simulate
    from tregua.decide import robustness

    known = record.load(asked.case)
    history = model.History.of(known)
    problems = Problems()
    years = problems.tried(lambda: _whole(asked.years), (1,))
    against = tuple(each.name for each in governments(asked.against, problems))
    against = ("reform",) if problems else against
    origin = problems.tried(lambda: _origin(asked, known, history), "")
    # A dry run of the plan, with worlds that cost nothing.
    problems.tried(
        lambda: robustness.CorePlan.of(
            model.defaults(worlds=2), horizons=years, references=against, levels=asked.levels,
            points=asked.points, worlds=asked.worlds, seed=asked.seed,
        ), None
    )  # fmt: skip
    problems.tried(lambda: _check_sources(asked, known), None)
    problems.refuse()
    if simulate.needs_compilation():
        messages().print("Compiling the simulator, once: about half a minute.")
    with messages().status("Drawing worlds") as status:
        sources, notes = _sources(asked, known, history, origin)

        def tell(done: int, total: int) -> None:
            status.update(f"Simulating: {done:,} of {total:,} points")
            if done == total:
                status.update("Reading signs, turning points and corners")

        tables = robustness.core_tables(
            sources,
            history,
            origin=origin,
            seed=asked.seed,
            points=asked.points,
            worlds=asked.worlds,
            levels=asked.levels,
            horizons=years,
            references=against,
            progress=tell,
        )
    return tables, notes


def _whole(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or len(set(found)) < len(found) or not all(1 <= n <= _MOST_YEARS for n in found):
        raise ValueError(
            f"--years {text}: give whole years from 1 to {_MOST_YEARS}, each once, separated by "
            "commas, for example 1,5,15."
        )
    return found


def _origin(asked: CoreQuestion, known: Record, history: History) -> str:
    """The month asked for, or the first at which the case lets strategies begin."""
    import re

    if asked.origin is None:
        if not known.case.origins:
            raise ValueError(f"The case '{known.case.name}' names no origin; give --from YYYY-MM.")
        return str(known.case.origins[0])
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", asked.origin):
        raise ValueError(f"--from {asked.origin}: give a month as YYYY-MM, for example 2012-01.")
    if asked.origin <= history.start:
        raise ValueError(
            f"--from {asked.origin}: the worlds begin in {history.start}; give a later month."
        )
    return asked.origin


def _check_sources(asked: CoreQuestion, known: Record) -> None:
    """Refuse worlds that were asked for and are not there. Raises ValueError."""
    from tregua.cli.draws import check_draws

    if asked.folder is not None and asked.source == "prior":
        raise ValueError("--posterior names a posterior; the prior uses none.")
    if asked.folder is not None or asked.source in ("posterior", "both"):
        check_draws("posterior", known, worlds=None, folder=asked.folder)


def _sources(
    asked: CoreQuestion, known: Record, history: History, origin: str
) -> tuple[dict[str, Draws], tuple[str, ...]]:
    """Draws by where they come from; a posterior that nobody asked for may be missing."""
    from tregua.cli.draws import draws_from

    chosen: Mapping[str | None, Sequence[str]] = {
        "prior": ("prior",),
        "posterior": ("posterior",),
        "both": ("prior", "posterior"),
        None: ("prior", "posterior"),
    }
    found: dict[str, Draws] = {}
    notes: list[str] = []
    for name in chosen[asked.source]:
        try:
            draws, _, said = draws_from(
                name,
                known,
                history,
                # A world of its own for each spread point, where worlds cost nothing.
                worlds=max(50, asked.points, asked.worlds) if name == "prior" else None,
                origin=origin,
                seed=asked.seed,
                folder=asked.folder if name == "posterior" else None,
            )
        except ValueError as error:
            if asked.source is not None or asked.folder is not None:
                raise
            notes.append(f"Prior only: {error}")
            continue
        found[name] = draws
        notes.extend(said)
    return found, tuple(notes)


def _factors() -> list[dict[str, Any]]:
    from tregua.decide import robustness
    from tregua.model import Parameter

    return [
        {
            "factor": part.name,
            "low": part.low,
            "high": part.high,
            "prior_low": Parameter[part.name].low,
            "prior_high": Parameter[part.name].high,
        }
        for part in robustness.CORE_FACTORS
    ]


def _draw(tables: Tables, language: str, theme: str, out: Path) -> None:
    from tregua import report

    spec = report.core_map_figure(tables["finding_map"], language, theme=theme)
    report.save_figure(spec, out, lang=language)


def _print(tables: Tables, notes: Sequence[str], language: str) -> None:
    console = screen()
    for note in notes:
        console.print(f"Note. {note}", style="dim")
    for row in tables["finding_verdict"].to_dict("records"):
        console.print(f"\n{row[f'sentence_{language}']}")
    console.print(
        "\nA setting is where worlds come from, with factors spread or as drawn.", style="dim"
    )
    shares = tables["finding_shares"]
    for outcome in ("killed", "recorded"):
        _print_shares(shares[shares["outcome"] == outcome], outcome, console)
    longest = shares["horizon"].max()
    _print_ledger(shares[shares["horizon"] == longest], int(longest), console)
    flips = tables["finding_flips"]
    _print_flips(flips[(flips["outcome"] == "killed")], console)
    _print_influence(tables["finding_influence"], console)
    for row in tables["finding_boxes"].to_dict("records"):
        if row["limits"]:
            console.print(f"\n({row['worlds_from']}) {row[f'sentence_{language}']}")
            console.print(f"  {row[f'notes_{language}']}", style="dim")
    console.print("\nEvery column, and the map over two factors: --json.")


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], console: Any
) -> None:
    from rich.table import Table

    console.print(f"\n[italic]{title}[/italic]")
    drawn = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        drawn.add_column(heading, justify="left" if place < 1 else "right", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)


def _print_shares(shares: pd.DataFrame, outcome: str, console: Any) -> None:
    years = sorted(set(shares["horizon"]))
    about = ["worlds_from", "factors", "reference"]
    _table(
        f"Worlds of 10 in which the secret pact has less: {outcome} "
        f"(largest Monte-Carlo error {10 * shares['mc_error'].max():.1f})",
        ("Worlds", "Factors", "Against", *(_span(year) for year in years)),
        [
            (
                *map(str, name),
                *(f"{10 * share:.1f}" for share in part.sort_values("horizon")["share"]),
            )
            for name, part in shares.groupby(about, sort=False)
        ],
        console,
    )


def _print_ledger(shares: pd.DataFrame, years: int, console: Any) -> None:
    drawn = shares[shares["factors"] == "drawn"]
    pairs = list(drawn[["worlds_from", "reference"]].drop_duplicates().itertuples(index=False))
    cells = {
        (row["worlds_from"], row["reference"], row["outcome"]): row
        for row in drawn.to_dict("records")
    }
    _table(
        f"The whole ledger after {_span(years)}, factors as drawn: worlds of 10 in which the pact "
        "has less",
        ("", *(f"{source}: {reference}" for source, reference in pairs)),
        [
            (str(outcome), *(_of_ten(cells[(*pair, outcome)]) for pair in pairs))
            for outcome in dict.fromkeys(drawn["outcome"])
        ],
        console,
    )


def _of_ten(row: Mapping[Any, Any]) -> str:
    return "equal" if row["sign"] == "equal" else f"{10 * row['share']:.1f}"


def _print_flips(flips: pd.DataFrame, console: Any) -> None:
    about = ["worlds_from", "factor", "reference"]
    years = sorted(set(flips["horizon"]))
    _table(
        "Where one factor alone turns the sign of the median difference in all killings",
        ("Worlds", "Factor", "Against", *(_span(year) for year in years)),
        [
            (
                *map(str, name),
                *(_flip(row) for row in part.sort_values("horizon").to_dict("records")),
            )
            for name, part in flips.groupby(about, sort=False)
        ],
        console,
    )
    console.print(
        "A value with its 90 % interval: the sign turns there. lower, higher: one sign over the "
        "whole range. ?: fewer than 9 of 10 resamples agree.",
        style="dim",
    )


def _flip(row: Mapping[Any, Any]) -> str:
    mark = "" if row["sure"] >= 0.9 else "?"
    if row["kind"] not in ("rises", "falls"):
        return f"{row['kind']}{mark}"
    arrow = "+" if row["kind"] == "rises" else "-"
    return f"{arrow}{row['value']:.2g} ({row['low']:.2g} to {row['high']:.2g}){mark}"


def _print_influence(influences: pd.DataFrame, console: Any) -> None:
    means = influences.groupby(["worlds_from", "factor"], sort=False)["influence"].mean()
    _table(
        "Share of the variance of the sign that a factor alone explains (mean over horizons and "
        "references)",
        ("Worlds", "Factor", "Share"),
        [
            (str(name[0]), str(name[1]), f"{share:.3f}")
            for name, share in zip(means.index, means, strict=True)
        ],
        console,
    )


def _span(years: float) -> str:
    return "1 year" if years == 1 else f"{int(years)} years"
