"""Strategies side by side, from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen

if TYPE_CHECKING:
    from tregua.decide import Comparison

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
@click.option(
    "--gangs", default="answer_in_kind", show_default=True, help="The gangs' strategy, by its name."
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
@click.option("--years", type=click.IntRange(1, 30), default=10, show_default=True)
@click.option("--worlds", type=click.IntRange(50, 100_000), default=500, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@json_option
def compare_command(
    case: str,
    origin: str,
    strategies: str,
    gangs: str,
    mechanisms: tuple[str, ...],
    listed: bool,
    years: int,
    worlds: int,
    seed: int,
    as_json: bool,
) -> None:
    """Compare strategies over the same worlds, with the harm ledger of each.

    The worlds follow the record up to the month from which the strategies act.

    Example: tregua compare el-salvador --from 2019-01 --strategies status_quo,reform --years 5
    """
    from tregua import decide, infer, model, record, simulate

    if listed:
        _list(as_json)
        return
    try:
        chosen = decide.named(name.strip() for name in strategies.split(","))
        reply = decide.reply_named(gangs.strip())
        known = record.load(case)
        history = model.History.of(known)
        _check_origin(origin, history.start)
        if simulate.needs_compilation():
            messages().print("Compiling the simulator, once: about half a minute.")
        prior = model.prior_draws(worlds, seed=seed, overrides=known.case.prior_ranges)
        with messages().status("Simulating"):
            then = infer.plausible_draws(known, prior, history, until=int(origin[:4]), seed=seed)
            comparison = decide.compare(
                chosen,
                then,
                history,
                origin=origin,
                seed=seed,
                years=years,
                gangs=reply,
                mechanisms=mechanisms,
            )
    except ValueError as error:
        fail(error)
    if as_json:
        emit_json({"ledger": comparison.ledger(), "differences": comparison.differences()})
    else:
        _print(comparison)


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
    from rich.table import Table

    for actor, flag in _FLAGS.items():
        table = Table(title=f"\n{flag}", title_justify="left", box=None, pad_edge=False)
        table.add_column("Name", no_wrap=True)
        table.add_column("What it does")
        for row in rows:
            if row["actor"] == actor:
                table.add_row(row["name"], row["does"])
        screen().print(table)


def _check_origin(origin: str, start: str) -> None:
    import re

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2012-01.")
    if origin <= start:
        raise ValueError(f"--from {origin}: the worlds begin in {start}; give a later month.")


def _print(comparison: Comparison) -> None:
    from rich.table import Table

    console = screen()
    reference = comparison.strategies[0]
    for horizon in comparison.horizons():
        table = Table(
            title=f"\nAfter {horizon} years from {comparison.origin}: killed, less {reference}",
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for heading in ("Strategy", "median", "90 % of worlds", "fewer in"):
            table.add_column(heading, justify="left" if heading == "Strategy" else "right")
        for strategy in comparison.strategies[1:]:
            gap = comparison.difference(strategy, reference, horizon, "killed")
            table.add_row(
                strategy,
                f"{gap.q50:+,.0f}",
                f"{gap.q05:+,.0f} to {gap.q95:+,.0f}",
                f"{10 * gap.p_lower:.1f} of 10 worlds, ± {10 * gap.mc_error:.1f}",
            )
        console.print(table)
    console.print("\nThe whole ledger, every outcome apart: --json.")
