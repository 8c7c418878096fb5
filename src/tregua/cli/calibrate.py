"""What the record teaches about the parameters, from a terminal."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen

if TYPE_CHECKING:
    import pandas as pd

    from tregua.calibration import Rivals
    from tregua.infer import Posterior, Progress

__all__ = ["calibrate_command"]


@click.command("calibrate")
@click.argument("case", default="el-salvador")
@click.option("--draws", type=click.IntRange(8, 100_000), default=512, show_default=True,
              help="Draws of the parameters that are kept, or on which rivals are "
                   "compared.")  # fmt: skip
@click.option("--chains", type=click.IntRange(8, 10_000), default=96, show_default=True,
              help="Chains at each power of the likelihood.")  # fmt: skip
@click.option("--steps", type=click.IntRange(1, 10_000), default=10, show_default=True,
              help="Steps of each chain at a power; three times as many at the last.")  # fmt: skip
@click.option("--particles", type=click.IntRange(1, 100_000), default=16, show_default=True,
              help="Particles of each draw at the start; they double where estimates are "
                   "noisy.")  # fmt: skip
@click.option("--most-particles", "most", type=click.IntRange(1, 100_000), default=256,
              show_default=True,
              help="Particles are not doubled above this; rivals are compared with "
                   "so many.")  # fmt: skip
@click.option("--by-year", is_flag=True,
              help="Take years in one by one, which scores each and takes longer.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option("--until", type=click.IntRange(1900, 2200), metavar="YEAR",
              help="First year whose figures are held out.")  # fmt: skip
@click.option("--stage", type=click.Choice(["physical", "observation", "decisions"]),
              default="observation", show_default=True,
              help="How far to go; each takes in those before it.")  # fmt: skip
@click.option("--reading", default="script", show_default=True,
              help="Reading of history that drives the worlds.")  # fmt: skip
@click.option("--rivals", "rival", type=click.Choice(["draws", "held-out", "afresh"]),
              help="Compare rival readings on the draws of the posterior in the folder (or the one "
                   "that is shipped), on years that it held out, or calibrate each "
                   "afresh.")  # fmt: skip
@click.option("--readings", metavar="A,B,...",
              help="Readings to compare, the first being what the others are compared with.  "
                   "[default: all]")  # fmt: skip
@click.option("--show", is_flag=True,
              help="Show the posterior in the folder, or the one that is shipped, and "
                   "end.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the unfinished run in the folder.")
@click.option("--threads", type=click.IntRange(1, 4096),
              help="Threads.  [default: all processors]")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the posterior.  [default: tregua-posterior/CASE]")  # fmt: skip
@json_option
def calibrate_command(
    case: str,
    draws: int,
    chains: int,
    steps: int,
    particles: int,
    most: int,
    by_year: bool,
    seed: int,
    until: int | None,
    stage: str,
    reading: str,
    rival: str | None,
    readings: str | None,
    show: bool,
    resume: bool,
    threads: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Sample the posterior of a case's parameters, and say which of them the data moved.

    The folder then holds posterior.parquet and posterior.json. Interrupted or killed, a run leaves
    a checkpoint there, and --resume goes on from it to the same result.

    Example: tregua calibrate el-salvador --stage physical --chains 96 --out post
    """
    from tregua import calibration, infer, simulate

    folder = out if out is not None else Path("tregua-posterior") / Path(case).name
    if show:
        try:
            _show(_posterior_in(folder, case), folder, as_json)
        except (ValueError, OSError) as error:
            fail(error)
        return
    if simulate.needs_compilation():
        messages().print("Compiling the simulator and the filter, once: some minutes.")
    options: dict[str, Any] = {
        "out": folder,
        "step": stage,
        "until": until,
        "threads": threads,
        "resume": resume,
    }
    names = (
        calibration.READINGS
        if readings is None
        else tuple(each.strip() for each in readings.split(","))
    )
    try:
        shared = {"draws": draws, "particles": particles, "seed": seed}
        shared["most_particles"] = max(most, particles)
        options["plan"] = (
            infer.Plan(**shared)
            if by_year
            else infer.Tempering(chains=chains, steps=steps, last_steps=3 * steps, **shared)
        )
        with _Telling() as telling:
            if rival in ("draws", "held-out"):
                score = calibration.reread if rival == "draws" else calibration.foretell
                compared = score(
                    _posterior_in(folder, case),
                    case,
                    readings=names,
                    draws=draws,
                    particles=max(most, particles),
                    seed=seed,
                    threads=threads,
                    progress=telling.runs,
                )
            elif rival == "afresh":
                compared = calibration.rivals(case, readings=names, watch=telling.watch, **options)
            else:
                found = calibration.calibrate(case, reading=reading, watch=telling.watch, **options)
    except (ValueError, OSError) as error:
        fail(error)
    except KeyboardInterrupt:
        messages().print(
            f"Interrupted. How far it came is kept in {folder}; the same command with --resume "
            "goes on."
        )
        raise SystemExit(130) from None
    if rival:
        _show_rivals(compared, as_json)
    else:
        _show(found, folder, as_json)


def _posterior_in(folder: Path, case: str) -> Posterior:
    """The posterior in a folder, or where there is none the one that is shipped."""
    from tregua import infer

    if (folder / "posterior.json").is_file():
        return infer.Posterior.load(folder)
    return infer.posterior(case)


class _Telling:
    """One line on standard error: stage, power, sweep, acceptance, effective draws, time left."""

    def __init__(self) -> None:
        self._status = messages().status("Reading the record")
        self._since: dict[str, tuple[float, int]] = {}

    def __enter__(self) -> _Telling:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def watch(self, step: str, now: Progress) -> None:
        """Show how far a step has come."""
        start, filtered = self._since.setdefault(step, (time.monotonic(), now.filtered))
        done = now.filtered - filtered
        words = [f"{step}: stage {now.stage} of {now.stages}, power {now.power:.2f}"]
        if now.sweep:
            words.append(f"sweep {now.sweep}, {now.acceptance:.0%} accepted")
        words.append(f"{now.effective:.0f} effective, {now.particles} particles")
        if done > 0:
            left = _work_left(now) * (time.monotonic() - start) / done
            words.append(f"about {_time(left)} left")
        self._status.update("; ".join(words))

    def runs(self, done: int, total: int) -> None:
        """Show how many runs of the filter are done."""
        self._status.update(f"Filtering the record under each reading: {done} of {total} runs")


def _work_left(now: Progress) -> float:
    """Stages still to be filtered if later ones take moves as early ones did; a rough guess."""
    if now.stage == now.stages and now.power < 1.0:
        # All years together: powers about double from a thousandth on.
        done, whole = math.log2(max(now.power, 2e-3) / 1e-3), math.log2(4e3)
        return now.filtered * (whole / done - 1.0)
    so_far = now.stage * (now.stage + 1) / 2.0
    whole = now.stages * (now.stages + 1) / 2.0
    return now.filtered * (whole / so_far - 1.0) / 2.0


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


# -- What is printed ---------------------------------------------------------------------------


def _show(found: Posterior, folder: Path, as_json: bool) -> None:
    overlap, products, hiding = found.overlap(), found.products(), found.hiding()
    if as_json:
        emit_json(
            {
                "case": found.case,
                "draws": len(found),
                "log_evidence": found.log_evidence,
                "error": found.error,
                "mobility": found.mobility,
                "different": found.different,
                "overlap": overlap,
                "products": products,
                "correlations": found.correlations(),
                "hiding": hiding,
                "stages": found.stages,
                "moments": found.moments,
                "weighing": found.weighing,
                "warnings": found.warnings(),
                "provenance": found.provenance,
                "folder": folder,
            }
        )
        return
    _print_overlap(overlap)
    _print_products(products)
    _print_hiding(hiding)
    _print_stages(found)
    for warning in found.warnings():
        screen().print(f"[yellow]Note[/] {warning}")
    if (folder / "posterior.json").is_file():
        screen().print(f"\nPosterior  {folder}")


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False)
    for heading in left:
        table.add_column(heading)
    for heading in right:
        table.add_column(heading, justify="right")
    return table


def _number(value: float) -> str:
    return "" if value != value else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _range(row: Any, prefix: str = "") -> str:
    low, middle, high = (row[f"{prefix}{end}"] for end in ("low", "middle", "high"))
    return f"{_number(middle)} ({_number(low)} to {_number(high)})"


def _print_overlap(overlap: pd.DataFrame) -> None:
    from tregua.infer.bayes.posterior import MOVED

    moved = overlap[overlap["words"] == MOVED].sort_values("overlap")
    asked = int((overlap["asked"] != "").sum())
    table = _table(
        "What the data moved", ("parameter",), ("posterior (90 %)", "prior (90 %)", "overlap")
    )
    for _, row in moved.iterrows():
        shared = f"{row['overlap']:.2f} ± {row['error']:.2f}"
        table.add_row(str(row["name"]), _range(row), _range(row, "prior_"), shared)
    screen().print(table)
    screen().print(
        f"{len(moved)} of {asked} parameters that were asked about moved; about "
        f"{asked / 100:.0f} would seem to by chance. For the other "
        f"{len(overlap) - len(moved)} of {len(overlap)}, this is the prior (all of them: --json)."
    )


def _print_products(products: pd.DataFrame) -> None:
    table = _table(
        "Products that figures fix",
        ("product", "formula"),
        ("posterior (90 %)", "prior (90 %)", "contraction", "of components"),
    )
    for _, row in products.iterrows():
        shrunk = (f"{row[name]:.2f}" for name in ("contraction", "of_components"))
        table.add_row(row["product"], row["formula"], _range(row), _range(row, "prior_"), *shrunk)
    screen().print(table)


def _print_hiding(hiding: pd.DataFrame) -> None:
    table = _table(
        "What a pact stops in truth, by the share hidden in it (bounds, not a point)",
        ("hidden",),
        ("true fall (90 %)", "recorded fall (90 %)"),
    )
    for _, row in hiding.iterrows():
        if row["hidden_share"] == "any":
            ends = (
                f"{_number(row[f'{name}_low'])} to {_number(row[f'{name}_high'])}"
                for name in ("true_fall", "recorded_fall")
            )
            table.add_row("any", *ends)
        else:
            table.add_row(
                row["hidden_share"], _range(row, "true_fall_"), _range(row, "recorded_fall_")
            )
    screen().print(table)


def _print_stages(found: Posterior) -> None:
    table = _table(
        f"Log evidence {found.log_evidence:.1f} ± {found.error:.1f}",
        ("taken in",),
        ("log score", "powers", "sweeps", "accepted", "effective", "particles", "ancestors"),
    )
    years = found.observed["year"].astype(int).tolist()
    together = bool((found.stages["stage"] == len(years)).all()) and len(years) > 1
    first = 0
    for row in found.stages.to_dict("records"):
        last = int(row["stage"]) - 1
        label = " to ".join(str(years[place]) for place in dict.fromkeys((first, last)))
        if together:
            label = f"power {row['power']:.3f}"
        else:
            first = last + 1
        accepted = "" if row["acceptance"] != row["acceptance"] else f"{row['acceptance']:.0%}"
        counts = (f"{row[name]:.0f}" for name in ("effective", "particles", "ancestors"))
        table.add_row(
            label, f"{row['log_score']:.2f} ± {row['error']:.2f}", f"{row['powers']:.0f}",
            f"{row['sweeps']:.0f}", accepted, *counts,
        )  # fmt: skip
    screen().print(table)
    if found.mobility == found.mobility:
        screen().print(
            f"In the last sweeps chains went {found.mobility:.2f} of the way that independent "
            f"draws go; {found.different} of {len(found)} draws differ."
        )


def _show_rivals(found: Rivals, as_json: bool) -> None:
    if as_json:
        emit_json({"evidence": found.evidence, "years": found.years})
        return
    afresh = "log_evidence" in found.evidence
    own_title = "log evidence" if afresh else "draws that carry it"
    table = _table(
        "Rival readings of one history", ("reading",), (own_title, "against the first", "")
    )
    for row in found.evidence.to_dict("records"):
        gap = f"{row['log_ratio']:+.1f} ± {row['ratio_error']:.1f}" if row["words"] else ""
        own = (
            f"{row['log_evidence']:.1f} ± {row['error']:.1f}"
            if afresh
            else f"{row['effective']:.0f}"
        )
        table.add_row(str(row["reading"]), own, gap, str(row["words"]))
    screen().print(table)
    years = found.years[found.years["differs"]]
    if years.empty:
        return
    scored = "log_score" in years
    wide = years.pivot_table(index="year", columns="reading", values="difference", sort=False)
    page = _table(
        "Log predictive score of each year, less the first reading's"
        if scored
        else "Gain in log likelihood of each year over the first reading, mean over draws",
        ("year",),
        tuple(str(name) for name in wide.columns),
    )
    for year, values in wide.iterrows():
        page.add_row(str(year), *("" if v != v else f"{v:+.2f}" for v in values))
    screen().print(page)
