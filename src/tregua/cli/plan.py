"""`tregua plan`: what a large run costs, before it is begun."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen
from tregua.cli.problems import finite
from tregua.cli.sweep import print_estimate, sweep_of, sweep_options

__all__ = ["plan_command"]


@click.command("plan")
@sweep_options
@click.option(
    "--cores",
    type=click.IntRange(1),
    default=None,
    help="Cores; those of this machine unless given.",
)
@click.option(
    "--price",
    type=click.FloatRange(0),
    default=0.0,
    callback=finite,
    help="Price of a core-hour, any currency.",
)
@json_option
def plan_command(cores: int | None, price: float, as_json: bool, **asked: Any) -> None:
    """Estimate the time, memory, disk and price of `tregua sweep` with the same options.

    A few small shards of the very sweep are measured, a line is fitted to them, and nothing is
    kept. Intervals come from leaving out each of them in turn. Memory is that of one process with
    its threads, libraries included.

    Example: tregua plan el-salvador --worlds 1e9 --years 15 --cores 1000 --price 0.04
    """
    from tregua import scale, simulate

    try:
        sweep = sweep_of(**asked)
        if simulate.needs_compilation():
            messages().print("Compiling the simulator, once: about a minute.")
        with messages().status("Measuring small shards"):
            model = scale.measured_cost(sweep)
        estimate = model.of(sweep, cores=cores or scale.processors(), price=price)
    except ValueError as error:
        fail(error)
    if as_json:
        points = [asdict(point) for point in model.points]
        errors = {name: model.error(name) for name in ("seconds", "disk", "memory")}
        emit_json({"estimate": asdict(estimate), "points": points, "errors": errors})
        return
    print_estimate(estimate, model, to=screen())
