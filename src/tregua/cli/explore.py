"""What becomes of a conclusion if the model is wrong, from a terminal."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tregua.cli.draws import check_draws, draws_from, from_posterior, source_option
from tregua.cli.horizon import horizon_option, whole_years_of
from tregua.cli.output import emit_json, fail, json_option, messages, screen
from tregua.cli.problems import Problems, finite, governments
from tregua.cli.timelines import timeline_option, timelines_from

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from tregua.decide.robustness import Box, Design, Experiments, Outcome, Problem, Uncertainty
    from tregua.decide.robustness import Worlds as MakeWorlds
    from tregua.model import Draws, History
    from tregua.record import Record

__all__ = ["explore_command"]

Part = TypeVar("Part")

_BASE_POINTS = 128  # of Sobol indices
_DEFAULT_WORLDS = 512
_HEADINGS = (
    *("Strategy", "mean", "worst tenth", "greatest", "last doubling"),
    *("best in", "good enough"),
)


@dataclass(frozen=True)
class _Asked:
    """What was asked for, as it was typed."""

    case: str
    strategies: str
    origin: str
    years: int
    outcomes: tuple[str, ...]
    uncertain: tuple[str, ...]
    design: str | None
    worlds: int | None
    source: str | None
    folder: Path | None
    timelines: tuple[str, ...]
    seed: int
    density: float
    language: str
    rivals: bool
    discover: bool
    sensitivity: bool

    @property
    def calibrated(self) -> bool:
        """Whether worlds of a posterior are asked for."""
        return from_posterior(self.source, self.folder)


@dataclass(frozen=True)
class _Cloud:
    """Worlds to explore: how to make them, where they come from, what is to be known of them."""

    make: MakeWorlds
    source: str
    central: Draws
    notes: tuple[str, ...]


@click.command("explore")
@click.argument("case", default="el-salvador")
@click.option(
    "--strategies",
    default="reform,secret_pact",
    show_default=True,
    help="Names, separated by commas; the first is what the others are held against.",
)
@timeline_option
@click.option(
    "--from",
    "origin",
    default="2019-06",
    show_default=True,
    help="Month from which strategies act and uncertainties are set, YYYY-MM.",
)
@horizon_option
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    default=("killed",),
    show_default=True,
    metavar="NAME[:TOTAL]",
    help="Outcome of the harm ledger, and the total that would be good enough; repeat for several.",
)
@click.option(
    "--uncertain",
    multiple=True,
    metavar="NAME[=LOW:HIGH]",
    help="A parameter (with its prior, or evenly over a range), a mechanism, 'reading' or "
    "'family'; repeat for several. Unless given: fifteen parameters on which the argument turns.",
)
@click.option(
    "--design",
    type=click.Choice(["lhs", "sobol", "factorial", "given"]),
    help="Latin hypercube, Sobol points, all combinations of switches, or the worlds as they are.  "
    "[default: lhs; given for a posterior without switches]",
)
@click.option(
    "--worlds",
    type=click.IntRange(50, 100_000),
    help="Worlds, and points of the design (of a factorial one: in each combination).  "
    f"[default: {_DEFAULT_WORLDS}, or all draws of the posterior]",
)
@source_option
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option("--discover", is_flag=True, help="Look for the corner where each strategy wins.")
@click.option(
    "--density",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    default=0.8,
    show_default=True,
    callback=finite,
    help="Share of points in the corner in which the strategy shall win.",
)
@click.option(
    "--sensitivity",
    is_flag=True,
    help="Sobol indices of each difference (needs SALib; 128 base points).",
)
@click.option("--rivals/--no-rivals", default=True, help="The table by rival world.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the sentences.",
)
@json_option
def explore_command(as_json: bool, **typed: Any) -> None:
    """Ask what becomes of a conclusion if the model is wrong.

    Regret of each strategy over a design of declared uncertainties; the same conclusion under rival
    mechanisms, readings of history and priors; the corner in which one strategy beats another.

    Example: tregua explore el-salvador --strategies reform,secret_pact --years 10 --discover
    """
    try:
        problems = Problems()
        horizon = typed.pop("horizon"), typed["years"]
        typed["years"] = problems.tried(lambda: whole_years_of(typed["origin"], *horizon), 1)
        found = _explored(_Asked(**typed), problems)
    except (ValueError, ImportError) as error:
        fail(error)
    if as_json:
        emit_json(found)
    else:
        _print(found)


def _explored(asked: _Asked, problems: Problems) -> dict[str, Any]:
    """Every table that was asked for, unless there are problems."""
    import importlib.util

    from tregua import record, simulate
    from tregua.decide import robustness

    if asked.sensitivity and importlib.util.find_spec("SALib") is None:
        raise ImportError('--sensitivity needs SALib: pip install "tregua[robustness]".')
    known = record.load(asked.case)
    problem = _problem(asked, known, problems)
    _check(problem, known, asked, problems)
    problems.refuse()
    assert problem is not None
    if simulate.needs_compilation():
        messages().print("Compiling the simulator, once: about half a minute.")
    with messages().status("Drawing worlds that follow the record") as status:
        cloud = _cloud(known, asked)
        worlds = cloud.make
        design = _design(problem, asked, cloud.central)

        def tell(done: int, total: int) -> None:
            status.update(f"Simulating: {done:,} of {total:,}")

        runs = robustness.explore(
            design, worlds, origin=asked.origin, seed=asked.seed, progress=tell
        )
        found: dict[str, Any] = {
            "origin": asked.origin,
            "worlds": {"from": cloud.source, "used": len(cloud.central)},
            "notes": (*cloud.notes, *_notes(asked, design)),
            "design": runs.how,
            "uncertainties": [vars(part) for part in problem.uncertainties],
            "regret": runs.regret(seed=asked.seed),
        }
        if asked.rivals:
            status.update("Simulating rival worlds")
            found["rivals"] = _rivals(problem, known, worlds, asked)
        if asked.discover:
            status.update("Looking for corners")
            found["boxes"] = _boxes(runs, asked)
        if asked.sensitivity:
            found["sensitivity"] = robustness.sensitivity(
                problem,
                worlds,
                origin=asked.origin,
                seed=asked.seed,
                points=_BASE_POINTS,
                progress=tell,
            )
    return found


def _problem(asked: _Asked, known: Record, problems: Problems) -> Problem | None:
    """The problem as typed; None, with all that is wrong with it, where it makes no sense."""
    from tregua.decide import robustness

    def read(texts: Sequence[str], one: Callable[[str], Part], instead: tuple[Part, ...]) -> Any:
        found = [problems.tried(functools.partial(one, text), None) for text in texts]
        return tuple(each for each in found if each is not None) or instead

    # What cannot be read is left out or replaced, so that the rest is checked as well.
    uncertain = asked.uncertain or robustness.CORE_UNCERTAINTIES
    levers = [robustness.Lever(each) for each in governments(asked.strategies, problems)]
    plans = problems.tried(lambda: timelines_from(asked.timelines), ())
    declared = read(uncertain, lambda text: _uncertainty(text, known), ())
    usual = (robustness.Outcome("killed", asked.years),)
    outcomes = read(asked.outcomes, lambda text: _outcome(text, asked.years), usual)
    every = (*levers, *(robustness.Lever(plan) for plan in plans))
    return problems.tried(lambda: robustness.Problem(declared, every, outcomes), None)


def _uncertainty(text: str, known: Record) -> Uncertainty:
    from tregua.decide import robustness
    from tregua.model import MECHANISMS

    name, _, ends = text.partition("=")
    if name == "reading":
        return robustness.Uncertainty.reading("script", *known.case.readings)
    if name == "family":
        return robustness.Uncertainty.family("declared", "wide", "even")
    if name in MECHANISMS:
        return robustness.Uncertainty.mechanism(name)
    if not ends:
        return robustness.Uncertainty.parameter(name)
    try:
        low, high = (float(end) for end in ends.split(":"))
    except ValueError:
        raise ValueError(
            f"--uncertain {text}: give a range as NAME=LOW:HIGH, for example leak=0.2:3."
        ) from None
    return robustness.Uncertainty.parameter(name, low, high)


def _outcome(text: str, years: int) -> Outcome:
    from tregua.decide import robustness

    name, _, total = text.partition(":")
    try:
        threshold = float(total) if total else None
    except ValueError:
        raise ValueError(
            f"--outcome {text}: give a total as NAME:TOTAL, for example killed:20000."
        ) from None
    return robustness.Outcome(name, years, threshold=threshold)


def _check(problem: Problem | None, known: Record, asked: _Asked, problems: Problems) -> None:
    """Tell, before worlds are drawn, what no worlds could answer."""
    from tregua import model

    history = model.History.of(known)
    origin_serves = problems.tried(lambda: _check_origin(asked.origin, history.start), False)
    worlds = asked.worlds if asked.worlds or asked.calibrated else _DEFAULT_WORLDS
    count = problems.tried(
        lambda: check_draws(asked.source, known, worlds=worlds, folder=asked.folder), 0
    )
    if problem is None:
        return
    if origin_serves:
        problems.tried(lambda: _check_levers(problem, history, asked), None)
    for part in problem.switches:
        problems.tried(functools.partial(_check_switch, part, asked), None)
    if count:
        problems.tried(lambda: _design(problem, asked, model.defaults(worlds=count)), None)


def _check_origin(origin: str, start: str) -> bool:
    import re

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2019-06.")
    if origin <= start:
        raise ValueError(f"--from {origin}: the worlds begin in {start}; give a later month.")
    return True


def _check_levers(problem: Problem, history: History, asked: _Asked) -> None:
    from tregua import model
    from tregua.decide.compare import check_question

    strategies = [lever.strategy for lever in problem.levers]
    months = 12 * asked.years
    replies = (model.answer_in_kind,)
    check_question(strategies, replies, history, origin=asked.origin, months=months)


def _check_switch(part: Uncertainty, asked: _Asked) -> None:
    if asked.calibrated and part.kind in ("reading", "family"):
        raise ValueError(
            f"--uncertain {part.name}: a posterior was made under one reading of history and "
            "one prior, and holds no other. Leave it out, or take --worlds-from cloud."
        )


def _cloud(known: Record, asked: _Asked) -> _Cloud:
    """Worlds before the origin, for each reading and family of priors that they know."""
    from tregua import model
    from tregua.decide import robustness

    ranges = known.case.prior_ranges

    def drawn(reading: str, family: str) -> tuple[Draws, str, tuple[str, ...]]:
        return draws_from(
            asked.source,
            known,
            model.History.of(known, reading),
            worlds=asked.worlds if asked.worlds or asked.calibrated else _DEFAULT_WORLDS,
            origin=asked.origin,
            seed=asked.seed,
            folder=asked.folder,
            remake=functools.partial(robustness.in_family, family=family, ranges=ranges),
        )

    central, source, notes = drawn("script", "declared")

    @functools.cache
    def worlds(reading: str, family: str) -> tuple[Draws, model.History]:
        first = (reading, family) == ("script", "declared")
        draws = central if first else drawn(reading, family)[0]
        return draws, model.History.of(known, reading)

    return _Cloud(worlds, source, central, notes)


def _design(problem: Problem, asked: _Asked, central: Draws) -> Design:
    from tregua.decide import robustness

    keeps = asked.calibrated and not problem.switches
    chosen = asked.design or ("given" if keeps else "lhs")
    if chosen == "given":
        return robustness.as_given(problem, central)
    made = {
        "lhs": robustness.latin_hypercube,
        "sobol": robustness.sobol_points,
        "factorial": robustness.factorial,
    }
    return made[chosen](problem, len(central), seed=asked.seed)


def _notes(asked: _Asked, design: Design) -> tuple[str, ...]:
    """What a reader of a posterior's worlds should know of this exploration."""
    if not asked.calibrated:
        return ()
    notes = []
    if "worlds as given" not in design.how or asked.sensitivity:
        what = "The design sets" if "worlds as given" not in design.how else "Sensitivity sets"
        notes.append(
            f"{what} its parameters anew, over their declared ranges; what the posterior says of "
            "the others stands."
        )
    if asked.rivals:
        notes.append("Rival readings and priors need worlds of their own; mechanisms are tried.")
    return tuple(notes)


def _rivals(problem: Problem, known: Record, worlds: MakeWorlds, asked: _Asked) -> pd.DataFrame:
    from tregua.decide import robustness

    rivals = (
        robustness.rivals_of((), families=())
        if asked.calibrated
        else robustness.rivals_of(tuple(known.case.readings))
    )
    return robustness.rival_conclusions(
        problem, rivals, worlds, origin=asked.origin, seed=asked.seed
    )


def _boxes(runs: Experiments, asked: _Asked) -> list[dict[str, Any]]:
    """For each outcome and pair, both ways: the corner in which one beats the other."""
    from tregua.decide import robustness

    first, *others = runs.problem.strategies
    found = []
    for outcome in runs.problem.outcomes:
        for pair in ((a, b) for other in others for a, b in ((other, first), (first, other))):
            won = runs.better(*pair, outcome)
            about: dict[str, Any] = {"strategy": pair[0], "reference": pair[1]}
            about["outcome"] = outcome.name
            about |= {"years": outcome.years, "share": float(won.mean())}
            box = robustness.discover(runs.inputs, won, density=asked.density, seed=asked.seed)
            found.append(about | _told(box, *pair, outcome, asked.language))
    return found


def _told(
    box: Box | None, strategy: str, reference: str, outcome: Outcome, language: str
) -> dict[str, Any]:
    from tregua.decide import robustness

    if box is None:
        return {"sentence": None, "notes": [], "limits": []}
    told = {name: value for name, value in vars(box).items() if name != "limits"}
    return {
        "sentence": robustness.box_in_words(box, strategy, reference, outcome, language),
        "notes": list(robustness.box_notes(box, language)),
        "limits": [vars(limit) for limit in box.limits],
        **told,
    }


def _print(found: Mapping[str, Any]) -> None:
    from rich.table import Table

    console = screen()

    def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        console.print(f"\n[italic]{title}[/italic]")
        drawn = Table(box=None, pad_edge=False)
        for place, heading in enumerate(headings):
            drawn.add_column(heading, justify="left" if place == 0 else "right")
        for row in rows:
            drawn.add_row(*row)
        console.print(drawn)

    for (outcome, years), part in found["regret"].groupby(["outcome", "years"], sort=False):
        table(
            f"Regret after {_span(years)} from {found['origin']}: {outcome} ({found['design']})",
            _HEADINGS,
            [_regret_row(row) for row in part.to_dict("records")],
        )
        if not part["maximal"].any():
            console.print("Every strategy gives the same total at every point.")
            continue
        chosen = part[part["chosen"]].iloc[0]
        console.print(
            f"Least greatest regret: {chosen['strategy']} (so too in "
            f"{10 * chosen['chosen_in']:.1f} of 10 halves of the worlds)."
        )
    if "rivals" in found:
        _print_rivals(found["rivals"], table)
    for box in found.get("boxes", ()):
        _print_box(box, console.print)
    if "sensitivity" in found and len(found["sensitivity"]):
        _print_sensitivity(found["sensitivity"], table)
    console.print(f"\n{found['worlds']['used']:,} worlds, from the {found['worlds']['from']}.")
    for note in found["notes"]:
        console.print(f"Note: {note}")
    console.print("Every column: --json.")


def _span(years: object) -> str:
    return "1 year" if years == 1 else f"{years} years"


def _regret_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    met = "" if row["satisficing"] != row["satisficing"] else f"{10 * row['satisficing']:.1f} of 10"
    return (
        str(row["strategy"]),
        f"{row['expected']:,.0f} ± {row['expected_error']:,.0f}",
        f"{row['cvar']:,.0f} ± {row['cvar_error']:,.0f}",
        f"{row['maximal']:,.0f}",
        f"+{row['last_doubling']:,.0f}",
        f"{10 * row['best']:.1f} of 10 ± {10 * row['best_error']:.1f}",
        met,
    )


def _print_rivals(rivals: pd.DataFrame, table: Any) -> None:
    about = ["outcome", "years", "strategy", "reference"]
    for (outcome, years, strategy, reference), part in rivals.groupby(about, sort=False):
        if not part[["q05", "q95", "mean"]].to_numpy().any():
            continue  # nothing differs, as the table of regret has said
        table(
            f"{strategy} against {reference} by rival world: {outcome} after {_span(years)}",
            ("Rival world", "median", "90 % of worlds", "better in", "verdict", ""),
            [
                (
                    str(row["rival"]),
                    f"{row['q50']:+,.0f}",
                    f"{row['q05']:+,.0f} to {row['q95']:+,.0f}",
                    f"{10 * row['p_better']:.1f} of 10 ± {10 * row['mc_error']:.1f}",
                    str(row["verdict"]),
                    "" if row["agrees"] else "differs",
                )
                for row in part.to_dict("records")
            ],
        )


def _print_box(box: Mapping[str, Any], show: Any) -> None:
    if box["sentence"] is None:
        word = "nowhere" if box["share"] == 0.0 else "everywhere"
        show(
            f"\n{box['strategy']} beats {box['reference']} {word} in this design: {box['outcome']} "
            f"after {_span(box['years'])}."
        )
        return
    show(f"\n{box['sentence']}")
    for note in box["notes"]:
        show(f"  {note}")


def _print_sensitivity(indices: pd.DataFrame, table: Any) -> None:
    about = ["outcome", "years", "strategy", "reference"]
    for (outcome, years, strategy, reference), part in indices.groupby(about, sort=False):
        ordered = part.sort_values("total", ascending=False)
        table(
            f"What {strategy} less {reference} hangs on: {outcome} after {_span(years)}",
            ("Factor", "alone", "95 % interval", "in all", "95 % interval"),
            [
                (
                    str(row["factor"]),
                    f"{row['first']:.2f}",
                    f"{row['first_low']:.2f} to {row['first_high']:.2f}",
                    f"{row['total']:.2f}",
                    f"{row['total_low']:.2f} to {row['total_high']:.2f}",
                )
                for row in ordered.to_dict("records")
            ],
        )
