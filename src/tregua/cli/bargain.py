"""`tregua bargain`: whether both sides would keep a pact, and what would change that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, screen, written

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from tregua.decide import BargainVerdict, Change

__all__ = ["bargain_command"]

_FORMATS = (".svg", ".png", ".csv")
_WHY = {
    "none": "A concession of {low} to {high} of the regime keeps both sides to it.",
    "gang": "Even the whole regime is too little for a gang: it needs {least} times as much.",
    "government": (
        "A gang needs {least} of the regime, and the government can be believed to pay {most}."
    ),
    "both": (
        "A gang needs {least} times the whole regime, and the government can be believed to pay "
        "{most} of it."
    ),
}


@click.command("bargain")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a number of the bargain; may be given several times. --terms lists them.",
)
@click.option(
    "--simulator", is_flag=True, help="Start from the simulator's parameters where one corresponds."
)
@click.option("--terms", is_flag=True, help="List the numbers of a bargain, and nothing else.")
@click.option(
    "--over", nargs=2, metavar="X Y", help="Two numbers over which to look where a pact holds."
)
@click.option("--points", type=click.IntRange(2, 1001), default=241, show_default=True,
              help="Values along each of the two.")  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --over: write the picture (.svg, .png) or the grid (.csv).",
)
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True,
              help="Language of the picture.")  # fmt: skip
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True,
              help="Colours of the picture.")  # fmt: skip
@json_option
def bargain_command(
    settings: tuple[str, ...],
    simulator: bool,
    terms: bool,
    over: tuple[str, str] | None,
    points: int,
    out: Path | None,
    lang: str,
    theme: str,
    as_json: bool,
) -> None:
    """Say whether a pact enforces itself, what stands in the way, and what would change that.

    A pact enforces itself if some concession is enough for the gangs and one that the government
    can be believed to go on paying. Numbers not set are an illustration, not an estimate.

    Example: tregua bargain --set false_alarm=0.2 --over false_alarm tough_bonus --out region.svg
    """
    from tregua import decide

    if out is not None and over is None:
        raise click.UsageError("--out needs --over X Y, such as --over false_alarm tough_bonus.")
    if out is not None and out.suffix not in _FORMATS:
        raise click.UsageError(f"--out ends in .svg, .png or .csv, not '{out.name}'.")
    if terms:
        _show_terms(decide.bargain_terms(), as_json)
        return
    try:
        numbers = _numbers(settings)
        start = decide.Bargain.of_world() if simulator else decide.Bargain()
        bargain = start.replace(**numbers)
        verdict = decide.bargain_verdict(bargain)
        region = None
        if over is not None:
            region = decide.feasible_region(bargain, x=over[0], y=over[1], points=points)
        if region is not None and out is not None:
            _write(region, out, lang, theme)
    except ValueError as error:
        fail(error)
    if as_json:
        emit_json(_document(verdict, region))
        return
    _show(verdict)
    if region is not None:
        _show_region(region)


def _numbers(settings: tuple[str, ...]) -> dict[str, float]:
    """What `--set` gave, every mistake listed at once."""
    numbers: dict[str, float] = {}
    problems = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        try:
            numbers[name.strip()] = float(value)
        except ValueError:
            wanted = f"'{value}' must be a number" if equals else "write name=value"
            problems.append(f"--set {setting}: {wanted}")
    if problems:
        raise ValueError("; ".join(problems) + ".")
    return numbers


def _write(region: xr.Dataset, out: Path, lang: str, theme: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        names = {axis: region[axis].attrs["name"] for axis in ("x", "y")}
        table = region.to_dataframe().reset_index().rename(columns=names)
        table.to_csv(out, index=False)
    else:
        from tregua import report

        spec = report.region_figure(region, lang, theme=theme)
        report.save_figure(spec, out, lang=lang)
    written(out)


def _document(verdict: BargainVerdict, region: xr.Dataset | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        name: getattr(verdict, name)
        for name in (
            *("self_enforcing", "binding", "minimal_concession", "maximal_concession"),
            *("slack", "margin", "holds", "hiding_pays"),
        )
    }
    document["bargain"] = vars(verdict.bargain)
    document["changes"] = [vars(change) for change in verdict.changes]
    document["thresholds"] = verdict.thresholds()
    if region is not None:
        document["region"] = {
            "x": {**region["x"].attrs, "values": region["x"].values},
            "y": {**region["y"].attrs, "values": region["y"].values},
            "share": float(region["feasible"].mean()),
            "margin": region["margin"].values,
            "binding": region["binding"].values,
        }
    return document


def _show_terms(table: pd.DataFrame, as_json: bool) -> None:
    if as_json:
        emit_json(table)
        return
    from rich.table import Table

    page = Table(box=None, pad_edge=False)
    for heading in ("name", "default", "allowed", "unit", "meaning"):
        right = heading == "default"
        page.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in table.to_dict(orient="records"):
        cells = (row["name"], f"{row['default']:.3g}", row["allowed"], row["unit"], row["meaning"])
        page.add_row(*cells)
    screen().print(page)


def _number(value: float | None) -> str:
    """Three digits, or infinity; nothing where there is no number."""
    if value is None or value != value:
        return ""
    if abs(value) == float("inf"):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.3g}"


def _show(verdict: BargainVerdict) -> None:
    console = screen()
    bargain = verdict.bargain
    says = "self-enforcing" if verdict.self_enforcing else "not self-enforcing"
    console.print(f"The pact is {says}.", style="bold")
    most = verdict.maximal_concession
    console.print(
        _WHY[verdict.binding].format(
            low=_number(verdict.minimal_concession),
            high=_number(min(1.0, most)),
            least=_number(verdict.minimal_concession),
            most=_number(most) if most > 0 else "nothing",
        )
    )
    if verdict.self_enforcing:
        console.print(f"Both sides keeping it, it lasts {float(bargain.duration):,.0f} months.")
        if not verdict.holds:
            console.print(f"The concession on offer, {bargain.concession:g}, is not one of these.")
    if verdict.hiding_pays:
        console.print(
            "Gangs would hide their killing instead of stopping it: hiding costs less than "
            "restraint. What is kept may be empty."
        )
    console.print()
    console.print(_changes(verdict))
    console.print()
    console.print(_thresholds(verdict.thresholds()))


def _changes(verdict: BargainVerdict) -> Any:
    """What one number alone would have to become, least change first."""
    from rich.table import Table

    title = "would break it" if verdict.self_enforcing else "would make it self-enforcing"
    page = Table(title=f"What alone {title}", title_justify="left", box=None, pad_edge=False)
    for heading in ("number", "now", "needed", "unit"):
        page.add_column(heading, justify="left" if heading in ("number", "unit") else "right")
    found = [change for change in verdict.changes if change.needed is not None]
    for change in sorted(found, key=_effort):
        page.add_row(change.lever, _number(change.now), _number(change.needed), change.unit)
    rest = [change.lever for change in verdict.changes if change.needed is None]
    if rest:
        page.caption = "No value in its range: " + ", ".join(rest) + "."
        page.caption_justify = "left"
    return page


def _effort(change: Change) -> float:
    """Size of a change beside the numbers themselves: an order for reading, not a price."""
    assert change.needed is not None
    return abs(change.needed - change.now) / max(abs(change.needed), abs(change.now))


def _thresholds(table: pd.DataFrame) -> Any:
    from rich.table import Table

    page = Table(title="Thresholds", title_justify="left", box=None, pad_edge=False)
    for heading in ("threshold", "limit", "now", "", "unit", "meaning"):
        right = heading in ("limit", "now")
        page.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in table.to_dict(orient="records"):
        passes = {True: "yes", False: "no"}.get(row["passes"], "")
        cells = (row["name"], _number(row["value"]), _number(row["now"]), passes)
        page.add_row(*cells, row["unit"], row["meaning"])
    return page


def _show_region(region: xr.Dataset) -> None:
    share = float(region["feasible"].mean())
    x, y = (region[axis] for axis in ("x", "y"))
    screen().print(
        f"\nOver {x.attrs['name']} from {x.values[0]:g} to {x.values[-1]:g} and "
        f"{y.attrs['name']} from {y.values[0]:g} to {y.values[-1]:g} "
        f"the pact is self-enforcing in {share:.0%} of the grid."
    )
