"""`tregua sweep` and its options: very many worlds, on one machine or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tregua.cli.draws import posterior_of
from tregua.cli.output import emit_json, fail, json_option, messages, screen
from tregua.cli.problems import Problems, finite, governments

if TYPE_CHECKING:
    import pandas as pd

    from tregua.record import Record
    from tregua.scale import CostModel, Damage, Estimate, Finished, Source, Sweep

__all__ = ["Count", "estimate_rows", "print_estimate", "sweep_command", "sweep_of", "sweep_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

_LARGE = 4.0  # core-minutes from which a run is estimated before it begins
_MOST_WORLDS = 2**48
_GIGABYTE = 1e9


class Count(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A whole number, also written 1e9 or 1_000_000."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number, or say what is wrong with it."""
        try:
            number = float(str(value).replace(",", "").replace("_", ""))
        except ValueError:
            self.fail(f"{value!r} is no number; write 1000000, 1_000_000 or 1e6.", param, ctx)
        if number != number or not 1 <= number <= _MOST_WORLDS or number != int(number):
            self.fail(f"{value!r} is no whole number from 1 to 2**48.", param, ctx)
        return int(number)


def sweep_options(command: Command) -> Command:
    """Add the options that say what a sweep is."""
    options = (
        click.argument("case", default="el-salvador"),
        click.option(
            "--strategies",
            default="status_quo,secret_pact,mano_dura,both,reform",
            show_default=True,
            help="Names, separated by commas; the first is what the others are compared with.",
        ),
        click.option(
            "--gangs", default="answer_in_kind", show_default=True, help="Their strategy."
        ),
        click.option(
            "--from", "origin", default="2012-01", show_default=True, help="Month, YYYY-MM."
        ),
        click.option("--years", type=click.IntRange(1, 100), default=10, show_default=True),
        click.option(
            "--worlds", type=Count(), default="10000", show_default=True, help="Such as 1e6."
        ),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True),
        click.option(
            "--posterior",
            "folder",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Folder of a posterior (`tregua calibrate --out DIR`); implies --worlds-from "
            "posterior.",
        ),
        click.option(
            "--worlds-from",
            "worlds_from",
            type=click.Choice(["prior", "posterior"]),
            help="Draw each world's parameters from the prior, or take a draw of a posterior: that "
            "of --posterior, or the one that comes with tregua.  [default: prior]",
        ),
        click.option(
            "--every",
            type=click.Choice(["month", "quarter", "year"]),
            default="year",
            show_default=True,
            help="Length of the periods kept.",
        ),
        click.option(
            "--keep",
            default=None,
            help="Variables to keep, separated by commas; those of the harm ledger unless given.",
        ),
        click.option(
            "--mechanism",
            "mechanisms",
            multiple=True,
            metavar="NAME",
            help="Switch an optional mechanism on from the origin; repeat for several.",
        ),
        click.option(
            "--shard",
            "shard",
            type=Count(),
            default=None,
            help="Worlds in a shard; chosen from the size of the run unless given.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def sweep_of(
    case: str,
    strategies: str,
    gangs: str,
    origin: str,
    years: int,
    worlds: int,
    seed: int,
    folder: Path | None,
    worlds_from: str | None,
    every: str,
    keep: str | None,
    mechanisms: tuple[str, ...],
    shard: int | None,
) -> Sweep:
    """The sweep that the options ask for. Raises ValueError, which tells all that is wrong."""
    from tregua import decide, model, record, scale

    known = record.load(case)
    problems = Problems()
    # What cannot be read is replaced by something that can, so that the rest is checked as well.
    anything: Source = scale.FromPrior(1, seed=0)
    sweep = problems.tried(
        lambda: scale.Sweep(
            strategies=governments(strategies, problems),
            source=problems.tried(
                lambda: _source(known, worlds, seed, worlds_from, folder), anything
            ),
            history=model.History.of(known),
            origin=origin,
            years=years,
            seed=seed,
            gangs=problems.tried(lambda: decide.reply_named(gangs.strip()), model.answer_in_kind),
            variables=scale.SWEEP_VARIABLES if keep is None else _listed(keep),
            every=every,
            mechanisms=mechanisms,
            worlds_a_shard=shard,
        ),
        None,
    )
    problems.refuse()
    assert sweep is not None
    return sweep


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


def _source(
    known: Record, worlds: int, seed: int, worlds_from: str | None, folder: Path | None
) -> Source:
    """Where the worlds come from; what a reader should know of a posterior is told."""
    from tregua import scale

    if (worlds_from or ("prior" if folder is None else "posterior")) == "prior":
        if folder is not None:
            raise ValueError("--posterior names a posterior; --worlds-from prior uses none.")
        return scale.FromPrior(worlds, seed, known.case.prior_ranges)
    found = posterior_of(known, folder)
    for warning in found.warnings():
        messages().print(warning)
    return scale.FromCloud(found.draws, worlds, seed)


@click.command("sweep")
@sweep_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder of the archive: empty, or with --resume one that holds this run.",
)
@click.option("--resume", is_flag=True, help="Go on with what is there; damaged shards run again.")
@click.option("--verify", is_flag=True, help="Compute all hashes of --out anew, and end.")
@click.option(
    "--scheduler",
    default="threads",
    show_default=True,
    help="threads, processes, serial, or the address of a Dask scheduler: tcp://HOST:PORT.",
)
@click.option(
    "--workers", type=click.IntRange(1), default=None, help="Threads or processes of this machine."
)
@click.option(
    "--price",
    type=click.FloatRange(0),
    default=0.0,
    callback=finite,
    help="Price of a core-hour, for the plan.",
)
@json_option
def sweep_command(
    out: Path | None,
    resume: bool,
    verify: bool,
    scheduler: str,
    workers: int | None,
    price: float,
    as_json: bool,
    **asked: Any,
) -> None:
    """Run strategies in very many worlds, into an archive that can be resumed and verified.

    Results stream to disk, so memory does not grow with the number of worlds. A run that was
    killed goes on with --resume and ends with the same bytes. Before a large run its time, memory,
    disk and price are estimated and printed; `tregua plan` does only that.

    Example: tregua sweep el-salvador --worlds 1e5 --years 15 --out sweep-1e5
    """
    from tregua import scale, simulate

    if out is None:
        raise click.UsageError("Say where results go: --out DIR.")
    try:
        if verify:
            _verify(out, sweep_of(**asked), as_json)
            return
        sweep = _checked(out, resume, scheduler, workers, asked)
        if simulate.needs_compilation():
            messages().print("Compiling the simulator, once: about a minute.")
        estimate = _estimate_if_large(sweep, out, scheduler, workers, price, resume)
        with _progress(sweep, as_json) as (progress, damage):
            finished = scale.run_sweep(
                sweep,
                out,
                resume=resume,
                scheduler=scheduler,
                workers=workers,
                progress=progress,
                damage=damage,
            )
    except ValueError as error:
        fail(error)
    if as_json:
        emit_json(_document(finished, estimate))
    else:
        _print(finished)


def _checked(
    out: Path, resume: bool, scheduler: str, workers: int | None, asked: dict[str, Any]
) -> Sweep:
    """The sweep asked for, whose folder and scheduler serve. Raises ValueError with all else."""
    from tregua import scale

    problems = Problems()
    sweep = problems.tried(lambda: sweep_of(**asked), None)
    if sweep is not None:
        problems.tried(lambda: scale.Archive(out, sweep).check_folder(resume=resume), None)
    with messages().status("Asking the scheduler"):
        problems.tried(lambda: scale.check_scheduler(scheduler, workers=workers), None)
    problems.refuse()
    assert sweep is not None
    return sweep


def _verify(out: Path, sweep: Sweep, as_json: bool) -> None:
    """Say whether the archive is whole; exit code 1 if it is not."""
    from tregua import scale

    archive = scale.Archive.existing(out, sweep)
    damaged, finished = archive.verify(), archive.finished_count()
    if as_json:
        emit_json({"shards": len(sweep), "finished": finished, "damaged": list(map(str, damaged))})
    else:
        screen().print(f"{finished:,} of {len(sweep):,} shards finished, {len(damaged)} damaged.")
        for each in damaged:
            screen().print(str(each))
    if damaged:
        raise SystemExit(1)


def _estimate_if_large(
    sweep: Sweep, out: Path, scheduler: str, workers: int | None, price: float, resume: bool
) -> Estimate | None:
    """Estimate and print what a large run costs; refuse one that the disk cannot hold."""
    from tregua import scale

    past, future = sweep.weeks
    weeks = sweep.worlds * (past * sweep.groups + future * len(sweep.strategies))
    if resume or weeks * 1.1e-6 < 60 * _LARGE:
        return None
    with messages().status("Estimating what this run costs"):
        model = scale.measured_cost(sweep)
    cores = workers or (1 if scheduler == "serial" else scale.processors())
    estimate = model.of(sweep, cores=cores, price=price)
    if "://" not in scheduler:
        print_estimate(estimate, model, to=messages())
    scale.refuse_full_disk(estimate.disk, out)
    return estimate


class _progress:  # noqa: N801  (used as a word, not as a type)
    """A bar on standard error, and a line for each damaged shard."""

    def __init__(self, sweep: Sweep, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = ("Shards", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.console = messages()
        self.bar = Progress(*columns, console=self.console, disable=quiet)
        self.task = self.bar.add_task("Shards", total=len(sweep))

    def __enter__(self) -> tuple[Callable[[int, int], None], Callable[[Damage], None]]:
        self.bar.start()
        return self._moved, self._damaged

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def _moved(self, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total)

    def _damaged(self, damage: Damage) -> None:
        self.console.print(f"Damaged, computed again: {damage}")


def _document(finished: Finished, estimate: Estimate | None) -> dict[str, Any]:
    sweep = finished.archive.sweep
    return {
        "folder": finished.archive.folder,
        "sweep": sweep.described(),
        "digest": sweep.digest,
        "shards": len(sweep),
        "computed": finished.computed,
        "taken": finished.taken,
        "damaged": list(map(str, finished.damaged)),
        "seconds": round(finished.seconds, 3),
        "bytes": finished.archive.size(),
        "estimate": None if estimate is None else asdict(estimate),
        "differences": finished.tables["differences"],
    }


def _print(finished: Finished) -> None:
    from rich.table import Table

    sweep = finished.archive.sweep
    table = Table(title=f"{sweep.origin}, {sweep.years} years: killed, less {sweep.names[0]}")
    for heading in ("Strategy", "mean", "error", "fewer in"):
        table.add_column(heading, justify="left" if heading == "Strategy" else "right")
    for row in _last(finished.tables["differences"]):
        share = f"{100 * row['lower']:.1f} % ± {100 * row['lower_error']:.1f}"
        cells = (f"{row['mean']:+,.0f}", f"{row['mc_error']:,.1f}", share)
        table.add_row(str(row["strategy"]), *cells)
    if "killed" in sweep.variables and len(sweep.names) > 1:
        screen().print(table)
    screen().print(
        f"{sweep.worlds:,} worlds in {len(sweep):,} shards: {finished.computed:,} computed, "
        f"{finished.taken:,} taken as they were, {finished.seconds:,.1f} s, "
        f"{finished.archive.size() / 1e6:,.1f} MB in {finished.archive.folder}."
    )
    screen().print(f"Open it: xarray.open_zarr('{finished.archive.store}'); tables in tables/.")


def _last(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Differences in all killings at the end of the run, a row for each strategy."""
    killed = frame[frame["variable"] == "killed"]
    last = killed[killed["period"] == killed["period"].max()]
    return list(last.to_dict(orient="records"))


def estimate_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """An estimate in words, line by line."""
    rows = [
        (
            "Worlds, strategies, years",
            f"{estimate.worlds:,} x {estimate.strategies} x {estimate.years}",
        ),
        ("Shards", f"{estimate.shards:,}"),
        ("Core-hours", _with(estimate.core_hours, estimate.core_hours_between)),
        (f"Hours on {estimate.cores:,} cores", _with(estimate.hours, estimate.hours_between)),
        (
            f"Memory for {min(estimate.cores, estimate.shards):,} at a time, GB",
            _with(estimate.memory / _GIGABYTE, [m / _GIGABYTE for m in estimate.memory_between]),
        ),
        (
            "Disk, GB",
            _with(estimate.disk / _GIGABYTE, [d / _GIGABYTE for d in estimate.disk_between]),
        ),
        ("Files", f"{estimate.files:,}"),
        ("Bytes a world", f"{estimate.bytes_a_world:,.0f}"),
    ]
    if estimate.price:
        between = [hours * estimate.price for hours in estimate.core_hours_between]
        rows.append((f"Price at {estimate.price:g} a core-hour", _with(estimate.money, between)))
    return rows


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _with(value: float, between: Sequence[float]) -> str:
    """A number and the interval it may lie in."""
    return f"{_number(value)} ({_number(between[0])} to {_number(between[1])})"


def print_estimate(estimate: Estimate, model: CostModel, *, to: Any) -> None:
    """Print an estimate, and how well it is founded."""
    from rich.table import Table

    table = Table(title="What this run will cost", box=None, title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in estimate_rows(estimate):
        table.add_row(name, value)
    to.print(table)
    to.print(
        f"Fitted to {len(model.points)} shards of {model.points[0].worlds:,} to "
        f"{model.points[-1].worlds:,} worlds on this machine. Each foretold by the others, times "
        f"are off by {100 * model.error():.1f} % at most, bytes by "
        f"{100 * model.error('disk'):.1f} %; the brackets hold that and what one point more or "
        "less would change. Cores that are busier or slower are not in them. The bracket of memory "
        "also allows for what was freed and is kept all the same."
    )
