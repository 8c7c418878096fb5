"""The game between a government and gangs, from a terminal: one month of it, or the best reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen
from tregua.cli.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from tregua.decide.strategic import BestReply, NormalForm
    from tregua.model import Draws, History, Profile

__all__ = ["game_command"]

_BEYOND_CHANCE = 1.96  # standard errors that 19 of 20 chance margins stay within
_CENTRAL = "the world of default parameters"


@click.command("game")
@click.argument("case", default="el-salvador")
@click.option(
    "--from",
    "origin",
    default="2012-01",
    show_default=True,
    help="Month of the stage game, or from which a reply is searched, YYYY-MM.",
)
@click.option(
    "--stage", is_flag=True, help="The game of that month: payoffs and equilibria (the default)."
)
@click.option(
    "--exploit",
    metavar="STRATEGY",
    help="Search the best reply to a strategy, of a government or of gangs, by its name; both, as "
    "secret_pact/tit_for_tat, ask what each side and each gang would gain by leaving them; 'all' "
    "asks it of every shipped one.",
)
@click.option(
    "--alone/--together",
    default=True,
    show_default=True,
    help="With --exploit: search for each gang alone too, or only for all gangs as one.",
)
@click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True,
              help="With --exploit: length of play.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(0, 100), default=6, show_default=True,
              help="With --exploit: most rounds of the search.")  # fmt: skip
@click.option("--worlds", type=click.IntRange(16, 100_000), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@json_option
def game_command(
    case: str,
    origin: str,
    stage: bool,
    exploit: str | None,
    alone: bool,
    years: int,
    rounds: int,
    worlds: int,
    seed: int,
    as_json: bool,
) -> None:
    """Solve the game of one month, or search the best reply to a strategy.

    The month is the one that worlds reach along the record; payoffs are what each actor wants, and
    no measure of harm. A best reply is searched in a quarter of the worlds and tried in the others;
    what it gains is a lower bound of what a better one could. Gangs reply as one, and each alone
    while the others go on as usual.

    Example: tregua game el-salvador --from 2012-01 --exploit secret_pact --worlds 200
    """
    from tregua import model, record, simulate
    from tregua.decide import strategic

    if stage and exploit is not None:
        raise click.UsageError("--stage and --exploit ask two questions; give one of them.")
    try:
        known = record.load(case)
        history = model.History.of(known)
        problems = Problems()
        named = None if exploit is None or "/" not in exploit else exploit
        both = None if named is None else problems.tried(lambda: _profile(named), None)
        alone_asked = None if exploit is None or named is not None else exploit.strip()
        opponents = (
            [] if alone_asked is None else problems.tried(lambda: _strategies(alone_asked), [])
        )
        problems.tried(lambda: _check_origin(origin, history.start), None)
        problems.refuse()
        if simulate.needs_compilation():
            messages().print("Compiling the simulator, once: about half a minute.")
        draws = model.prior_draws(worlds, seed=seed, overrides=known.case.prior_ranges)
        if exploit is None:
            with messages().status("Simulating"):
                views = strategic.views_at(origin, draws, history, seed=seed)
                central = strategic.views_at(origin, model.defaults(), history, seed=seed)[0]
                gangs = history.setting.gangs
                game = strategic.stage_game(central, gangs)
                logit, pure = strategic.quantal_months(views, gangs)
                bounds = strategic.correlated_range(game)
        elif both is not None:
            with _Searching([both.name]) as telling:
                table = strategic.deviations(
                    both, draws, history, origin=origin, seed=seed, years=years, rounds=rounds,
                    progress=telling.tell,
                )  # fmt: skip
        elif len(opponents) > 1:
            with _Searching([each.name for each in opponents]) as telling:
                table = strategic.exploitability(
                    opponents, draws, history, origin=origin, seed=seed, alone=alone, years=years,
                    rounds=rounds, progress=telling.tell,
                )  # fmt: skip
        else:
            with _Searching([opponents[0].name]) as telling:
                replies = _replies(
                    opponents[0], draws, history, origin, seed, years, rounds, alone, telling.tell
                )
    except ValueError as error:
        fail(error)
    if exploit is None:
        _stage(game, logit, pure, bounds, origin, worlds, as_json)
    elif both is not None:
        _everybody(table, both.name, origin, years, as_json)
    elif len(opponents) > 1:
        _all(table, origin, years, as_json)
    else:
        _reply(replies, origin, years, as_json)


def _check_origin(origin: str, start: str) -> None:
    import re

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2012-01.")
    if origin <= start:
        raise ValueError(f"--from {origin}: the worlds begin in {start}; give a later month.")


def _strategies(name: str) -> list[Any]:
    """A strategy of either side by its name, or all of them."""
    from tregua import decide

    if name == "all":
        return [*decide.CATALOGUE.values(), *decide.GANG_STRATEGIES.values()]
    if name in decide.GANG_STRATEGIES:
        return [decide.reply_named(name)]
    if name in decide.CATALOGUE:
        return [*decide.named([name])]
    from difflib import get_close_matches

    known = [*decide.CATALOGUE, *decide.GANG_STRATEGIES]
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ValueError(f"No strategy named '{name}'.{hint} Known: {', '.join(known)}.")


def _profile(names: str) -> Profile:
    """A government's strategy and one of gangs, as `secret_pact/tit_for_tat`."""
    from tregua import decide
    from tregua.model import Profile

    government, _, gangs = (part.strip() for part in names.partition("/"))
    problems = Problems()
    offered = problems.tried(lambda: decide.named([government])[0], None)
    reply = problems.tried(lambda: decide.reply_named(gangs), None)
    problems.refuse()
    assert offered is not None and reply is not None
    return Profile(offered, reply)


def _replies(
    opponent: Any,
    draws: Draws,
    history: History,
    origin: str,
    seed: int,
    years: int,
    rounds: int,
    alone: bool,
    progress: Callable[[int, int], None],
) -> list[BestReply]:
    """The best reply to a strategy: of gangs as one and of each alone, or of a government."""
    from tregua import decide
    from tregua.decide import strategic
    from tregua.model.strategy import GangStrategy
    from tregua.simulate import part_of

    begin = decide.state_at(origin, draws, history, seed=seed)
    of_gangs = alone and not isinstance(opponent, GangStrategy)
    gangs = (None, *(history.setting.gangs if of_gangs else ()))
    return [
        strategic.best_reply_to(
            opponent,
            draws,
            history,
            origin=origin,
            seed=seed,
            years=years,
            rounds=rounds,
            initial=begin,
            gang=gang,
            progress=part_of(progress, index, len(gangs)),
        )
        for index, gang in enumerate(gangs)
    ]


class _Searching:
    """Which of several searches is under way, on standard error."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._status = messages().status(f"Searching replies to {names[0]}")

    def __enter__(self) -> _Searching:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def tell(self, done: int, total: int) -> None:
        """Show how far the searches have come."""
        count = len(self._names)
        place = min(done * count // max(total, 1), count - 1)
        self._status.update(f"Searching replies to {self._names[place]}: {done} of {total}")


def _stage(
    game: NormalForm,
    logit: pd.DataFrame,
    pure: pd.DataFrame,
    bounds: pd.DataFrame,
    origin: str,
    worlds: int,
    as_json: bool,
) -> None:
    if as_json:
        emit_json(
            {
                "origin": origin,
                "worlds": worlds,
                "players": game.players,
                "actions": dict(zip(game.players, game.actions, strict=True)),
                "payoffs": game.table(),
                "pure_equilibria": pure,
                "logit_equilibrium": logit,
                "correlated_range": bounds,
            }
        )
        return
    console = screen()
    console.print(f"The game of one month, {origin}, in {worlds} worlds after scripted history.\n")
    table = _table("Logit equilibrium at each world's precisions", ("Player", "action", "share"))
    for row in logit.to_dict(orient="records"):
        share = f"{row['probability']:.2f} ± {row['mc_error']:.2f}"
        table.add_row(row["player"], row["action"], share)
    console.print(table)
    table = _table("\nPure equilibria", ("Profile", "share of worlds"))
    for row in pure.head(8).to_dict(orient="records"):
        table.add_row(row["profile"], f"{row['share']:.2f} ± {row['mc_error']:.2f}")
    console.print(table)
    title = f"\nWhat correlated equilibria can pay, in {_CENTRAL}"
    table = _table(title, ("Player", "least", "most"))
    for row in bounds.to_dict(orient="records"):
        table.add_row(row["player"], f"{row['least']:.3f}", f"{row['most']:.3f}")
    console.print(table)
    console.print("\nPayoffs are in each actor's own unit. All profiles: --json.")


def _reply(replies: list[BestReply], origin: str, years: int, as_json: bool) -> None:
    found, *single = replies
    names = ("actor", "opponent", "reply", "reference", "gain", "mc_error", "train_gain")
    if as_json:
        document = {name: getattr(found, name) for name in (*names, "searched", "rounds")}
        emit_json(
            {
                "origin": origin,
                "years": years,
                **document,
                "worlds_found": found.worlds[0],
                "worlds_tried": found.worlds[1],
                "lower_bound": True,
                "table": found.table,
                "alone": [
                    {"gang": each.gang, **{name: getattr(each, name) for name in names[2:]}}
                    for each in single
                ],
            }
        )
        return
    console = screen()
    whose = "a table found by search" if found.searched else f"the shipped '{found.reply}'"
    console.print(
        f"Best reply found of the {found.actor} to '{found.opponent}' from {origin}, "
        f"{years} years: {whose}."
    )
    console.print(
        f"It gains {found.gain:+.4f} ± {found.mc_error:.4f} utility a year over "
        f"'{found.reference}', in {found.worlds[1]} worlds in which it was not found "
        f"({found.train_gain:+.4f} in the {found.worlds[0]} in which it was)."
    )
    if single:
        _print_single(single)
    console.print("This is a lower bound: a better reply may exist beyond those searched.\n")
    columns = list(found.table.columns)
    table = _table("The table that the search ended with", columns)
    for row in found.table.to_dict(orient="records"):
        table.add_row(*(f"{row[c]:.1%}" if c == "share" else str(row[c]) for c in columns))
    console.print(table)


def _all(found: pd.DataFrame, origin: str, years: int, as_json: bool) -> None:
    if as_json:
        emit_json({"origin": origin, "years": years, "lower_bound": True, "exploitability": found})
        return
    title = f"What the best reply found gains, utility a year, from {origin}, {years} years"
    table = _table(title, ("Strategy", "who replies", "gain", "reply"))
    for row in found.to_dict(orient="records"):
        table.add_row(row["strategy"], _who(row), _gain(row), _told(row))
    console = screen()
    console.print(table)
    console.print("\nThese are lower bounds: better replies may exist beyond those searched.")


def _everybody(found: pd.DataFrame, name: str, origin: str, years: int, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "profile": name,
                "origin": origin,
                "years": years,
                "lower_bound": True,
                "deviations": found,
            }
        )
        return
    title = f"What leaving '{name}' gains, utility a year, from {origin}, {years} years"
    table = _table(title, ("Who leaves it", "gain", "", "reply"))
    for row in found.to_dict(orient="records"):
        beyond = "beyond its error" if row["gains"] else "no more than chance"
        table.add_row(_who(row), _gain(row), beyond, _told(row))
    console = screen()
    console.print(table)
    console.print()
    for line in _most(found):
        console.print(line)
    console.print("These are lower bounds: better replies may exist beyond those searched.")


def _most(found: pd.DataFrame) -> list[str]:
    """Which side gains, and which gang gains most, in sentences."""
    sides = [row for row in found.to_dict(orient="records") if not row["gang"]]
    gaining = [_who(row) for row in sides if row["gains"]]
    both = " Their utilities have no common unit." if len(gaining) > 1 else ""
    lines = [f"Sides that gain beyond the error: {' and '.join(gaining) or 'none found'}.{both}"]
    single = found[(found["gang"] != "") & found["most"]].to_dict(orient="records")
    if single and single[0]["gains"]:
        row = single[0]
        if len(single) > 1:
            names = ", ".join(each["gang"] for each in single)
            return [*lines, f"Of the gangs, {names} gain the same alone: {_gain(row)}."]
        margin = f"{row['margin']:+.3f} ± {row['margin_error']:.3f}"
        ahead = f", {margin} more than the next" if row["margin"] == row["margin"] else ""
        clear = row["margin"] > _BEYOND_CHANCE * row["margin_error"] or not ahead
        doubt = "" if clear else ", which may be chance"
        lines.append(f"Of the gangs, {row['gang']} gains most alone: {_gain(row)}{ahead}{doubt}.")
    elif single:
        lines.append("No gang alone was found to gain beyond the error.")
    return lines


def _print_single(single: list[BestReply]) -> None:
    table = _table("\nOne gang alone, the others as usual", ("Gang", "gain", "reply"))
    for each in single:
        gain = f"{each.gain:+.3f} ± {each.mc_error:.3f}"
        table.add_row(each.gang, gain, "a table found" if each.searched else each.reply)
    screen().print(table)


def _who(row: Mapping[Any, Any]) -> str:
    if row["actor"] != "gangs":
        return str(row["actor"])
    return f"{row['gang']} alone" if row["gang"] else "gangs as one"


def _gain(row: Mapping[Any, Any]) -> str:
    return f"{row['gain']:+.3f} ± {row['mc_error']:.3f}"


def _told(row: Mapping[Any, Any]) -> str:
    return "a table found" if row["searched"] else str(row["reply"])


def _table(title: str, headings: Any) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
