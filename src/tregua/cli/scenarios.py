"""Scenario files at the command line: read, run and printed for `simulate` and `compare`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from tregua.cli.output import emit_json, messages, screen, written
from tregua.cli.problems import OptionsError, Problems

if TYPE_CHECKING:
    from tregua.decide import Comparison, Scenario, ScenarioRun
    from tregua.model import Draws, History, State

__all__ = ["compared", "refuse_beside", "simulate_scenario"]

_TABLES = (".csv", ".parquet")


class Worlds(NamedTuple):
    """Where a scenario is run."""

    draws: Draws
    state: State
    history: History


def refuse_beside(context: click.Context, allowed: Iterable[str]) -> None:
    """Refuse options that a scenario file answers itself.

    Parameters
    ----------
    context
        The command that is running.
    allowed
        Names of parameters that may be given beside the file.

    Raises
    ------
    click.UsageError
        If others were given.
    """
    given = [
        parameter.opts[0] if isinstance(parameter, click.Option) else parameter.name.upper()
        for parameter in context.command.params
        if parameter.name is not None
        and parameter.name not in (*allowed, "scenario", "scenarios")
        and context.get_parameter_source(parameter.name) == ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(
            f"A scenario says everything that decides a run; leave out {', '.join(sorted(given))}, "
            "or write it into the file."
        )


def simulate_scenario(path: Path, out: Path | None, as_json: bool, lang: str) -> None:
    """Run the scenario of a file, and print its headline and ledger.

    Parameters
    ----------
    path
        TOML file.
    out
        Where to write the fans as a table, .csv or .parquet; None writes none.
    as_json
        Print one JSON document.
    lang
        "en" or "es".

    Raises
    ------
    ValueError
        If the file holds no scenario, or it cannot be run.
    """
    from tregua import decide

    if out is not None and out.suffix not in _TABLES:
        raise click.UsageError(f"--out ends in {' or '.join(_TABLES)}, not '{out.name}'.")
    scenario = decide.read_scenario(path)
    worlds = worlds_for(scenario)
    with messages().status("Simulating"):
        found = decide.run_scenario(
            scenario, draws=worlds.draws, state=worlds.state, history=worlds.history
        )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        table = found.table()
        table.to_csv(out, index=False) if out.suffix == ".csv" else table.to_parquet(out)
        written(out)
    if as_json:
        emit_json(_document(found))
        return
    _print(found, lang)


def worlds_for(scenario: Scenario) -> Worlds:
    """The worlds that a scenario asks for, and their state at its origin.

    Parameters
    ----------
    scenario
        The scenario.

    Raises
    ------
    ValueError
        If the case has no such worlds, or its record does not reach the origin.
    """
    from tregua import decide, infer, model, record, simulate

    known = record.load(scenario.case)
    history = model.History.of(known)
    decide.check_against(scenario, known, history)
    if simulate.needs_compilation():
        messages().print("Compiling the simulator, once: about half a minute.")
    if scenario.worlds_from == "prior":
        ranges = known.case.prior_ranges
        draws = model.prior_draws(scenario.worlds, seed=scenario.seed, overrides=ranges)
    else:
        held = infer.posterior(scenario.case).draws
        draws = decide.worlds_of_posterior(held, scenario.worlds)
    with messages().status("Running history"):
        state = decide.state_at(scenario.origin, draws, history, seed=scenario.seed)
    return Worlds(draws, state, history)


def compared(
    paths: Iterable[Path], problems: Problems | None = None
) -> tuple[Comparison, tuple[str, ...]]:
    """Plans of several files in the same worlds; of one file, beside the status quo.

    Parameters
    ----------
    paths
        TOML files. They may differ in their blocks and names only.
    problems
        What is wrong with other options; takes what is wrong with the files.

    Returns
    -------
    tuple
        The comparison, in the order of the files, and notes on what does not act.

    Raises
    ------
    ValueError
        If a file holds no scenario, the files ask for different worlds, or a plan cannot be run;
        with everything that is wrong.
    """
    from dataclasses import replace

    from tregua import decide

    files = list(paths)
    read = _read(files, Problems() if problems is None else problems)
    first = read[0]
    worlds = worlds_for(first)
    draws, state = decide.set_from_origin(worlds.draws, worlds.state, **first.assumptions)
    names = _names(files, read)
    plans = [replace(plan.timeline(), name=name) for plan, name in zip(read, names, strict=True)]
    beside = decide.named(["status_quo"]) if len(plans) == 1 else ()
    notes = tuple(
        f"{name}: {note}" for name, plan in zip(names, read, strict=True) for note in _idle(plan)
    )
    with messages().status("Simulating"):
        found = decide.compare(
            (*beside, *plans),
            draws,
            worlds.history,
            origin=first.origin,
            seed=first.seed,
            years=first.years,
            initial=state,
            gangs=decide.reply_named(first.reply),
            mechanisms=first.mechanisms,
            worlds_from=first.worlds_from,
        )
    return found, notes


def _read(files: list[Path], problems: Problems) -> list[Scenario]:
    """Scenarios of files, or one error that says all that is wrong with any of them."""
    read = {path: problems.tried(functools.partial(_scenario_in, path), None) for path in files}
    known = {path: scenario for path, scenario in read.items() if scenario is not None}
    if known:
        problems.tried(lambda: _refuse_other_worlds(known), None)
    problems.refuse()
    return list(known.values())


def _scenario_in(path: Path) -> Scenario:
    from tregua import decide

    try:
        return decide.read_scenario(path)
    except decide.ScenarioError as error:
        raise OptionsError([f"{path}: {problem}" for problem in error.problems]) from error


def _refuse_other_worlds(read: Mapping[Path, Scenario]) -> None:
    """Differences are the plans' own only if everything else is the same."""
    (start, reference), *others = read.items()
    first, problems = reference.status_quo(), []
    for path, scenario in others:
        other = scenario.status_quo()
        problems += [
            f"{name} is {_said(getattr(other, name))} in {path}, "
            f"{_said(getattr(first, name))} in {start}"
            for name in type(first).model_fields
            if getattr(first, name) != getattr(other, name)
        ]
    if problems:
        raise ValueError(
            "Scenarios are compared in the same worlds; they may differ in blocks and names only: "
            + "; ".join(problems)
            + "."
        )


def _said(value: Any) -> str:
    return str(dict(value)) if hasattr(value, "items") else str(value)


def _names(files: list[Path], read: list[Scenario]) -> list[str]:
    """A name of its own for each plan: its own, the file's, or the file's with a number."""
    from tregua import decide

    names: list[str] = []
    for path, scenario in zip(files, read, strict=True):
        name = scenario.name or path.stem
        name = f"{name} (plan)" if name in decide.CATALOGUE else name
        plain, number = name, 2
        while name in names:
            name, number = f"{plain} ({number})", number + 1
        names.append(name)
    return names


def _document(found: ScenarioRun) -> dict[str, Any]:
    return {
        "scenario": found.scenario.model_dump(mode="json"),
        "digest": found.scenario.digest(),
        "worlds": found.worlds,
        "headline": {"en": found.headline.en, "es": found.headline.es},
        "paired": vars(found.paired),
        "ledger": found.ledger,
        "hidden": [vars(part) for part in found.scenario.hidden_parts()],
        "fan": found.table(),
    }


def _print(found: ScenarioRun, lang: str) -> None:
    from rich.table import Table

    scenario = found.scenario
    page = screen()
    page.print(found.headline.es if lang == "es" else found.headline.en)
    for note in _idle(scenario):
        page.print(note)
    table = Table(
        title=f"\nHarm ledger over {scenario.months} months from {scenario.origin}, never summed",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for place, heading in enumerate(
        ("Outcome", "median", "90 % of worlds", "status quo", "change", "less in")
    ):
        table.add_column(heading, justify="right" if place else "left")
    for row in found.ledger.to_dict(orient="records"):
        table.add_row(
            str(row["outcome"]),
            _number(row["q50"]),
            f"{_number(row['q05'])} to {_number(row['q95'])}",
            _number(row["status_quo_q50"]),
            _number(row["change_q50"], "+"),
            "the same"
            if row["change_q05"] == row["change_q95"] == 0
            else f"{10 * row['p_lower']:.1f} of 10, ± {10 * row['p_lower_error']:.1f}",
        )
    page.print(table)


def _idle(scenario: Scenario) -> list[str]:
    """What of a plan does not act, in sentences."""
    told = []
    for part in scenario.hidden_parts():
        until = f"to {part.end}" if part.end else "on"
        why = "the run is over" if part.why == "end" else f"the lane '{part.why}' goes before it"
        told.append(
            f"Block {part.block + 1} ({scenario.blocks[part.block].lane}) does not act from "
            f"{part.start} {until}: {why}."
        )
    return told


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) >= 20 or value == 0 else f"{value:{sign}.2f}"
