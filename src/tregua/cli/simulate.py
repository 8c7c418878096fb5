"""`tregua simulate`: many worlds of a case under its script, beside the record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tregua.cli.output import emit_json, fail, json_option, messages, screen, written
from tregua.cli.scenarios import refuse_beside, simulate_scenario

if TYPE_CHECKING:
    import pandas as pd

    from tregua.model.script import Every
    from tregua.record import Record
    from tregua.simulate import Ensemble
    from tregua.simulate.fit import Adequacy, Refit

__all__ = ["simulate_command"]

_WORLDS = 1000
_FORMATS = (".parquet", ".nc")
_TABLES = (".csv", ".parquet")


@click.command("simulate")
@click.argument("case", default="el-salvador")
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None,
    metavar="FILE.toml",
    help="Run the plan of a scenario file from its origin, beside the status quo; --out then takes "
    "FILE.csv or FILE.parquet.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the sentence that --scenario prints.",
)
@click.option(
    "--worlds",
    type=click.IntRange(min=1),
    default=None,
    help="Number of worlds: 1000 unless given; 200 with --facts, 300 with --match.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of every random number.")
@click.option("--from", "first", default=2003, show_default=True, help="First year shown.")
@click.option("--to", "last", default=2024, show_default=True, help="Last year, included.")
@click.option(
    "--reading",
    type=click.Choice(["stochastic", "mean"]),
    default="stochastic",
    show_default=True,
    help="Draws, or the mean-field limit of the same week.",
)
@click.option("--history", default="script", show_default=True, help="Reading of history to drive.")
@click.option(
    "--mechanism",
    "mechanisms",
    multiple=True,
    metavar="NAME",
    help="Switch an optional mechanism on; repeat for several.",
)
@click.option(
    "--every",
    type=click.Choice(["week", "month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="Length of the periods that --out writes.",
)
@click.option(
    "--fit", is_flag=True, help="Compare the mean reading at the defaults with the record."
)
@click.option("--refit", is_flag=True, help="Fit defaults and script again, and print them.")
@click.option("--facts", is_flag=True, help="Ask worlds at the defaults for twenty stylised facts.")
@click.option(
    "--match", is_flag=True, help="Match the weights of decisions to eight moments, and print them."
)
@click.option("--threads", type=int, default=None, help="Threads; all processors unless given.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write the months (or other periods) of all worlds: FILE.parquet or FILE.nc.",
)
@click.option(
    "--published",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write what agencies and polls would have printed: FILE.csv or FILE.parquet.",
)
@json_option
@click.pass_context
def simulate_command(
    context: click.Context,
    case: str,
    scenario: Path | None,
    lang: str,
    worlds: int | None,
    seed: int,
    first: int,
    last: int,
    reading: str,
    history: str,
    mechanisms: tuple[str, ...],
    every: Every,
    fit: bool,
    refit: bool,
    facts: bool,
    match: bool,
    threads: int | None,
    out: Path | None,
    published: Path | None,
    as_json: bool,
) -> None:
    """Simulate many worlds of CASE under its script, and compare them with the record.

    CASE is the name of an embedded case or a folder. Parameters are drawn from their priors.
    Figures written with --published are synthetic; each row says so (status "simulated").

    Instead of that, --fit, --refit, --facts and --match ask how well the model does: against the
    record year by year, against what is known of El Salvador, and against how its pacts began,
    lasted and broke. They print, and change nothing.

    With --scenario the plan of a file is run instead, in the worlds that the file asks for.

    Example: tregua simulate el-salvador --worlds 1000 --seed 1 --out worlds.parquet
    """
    from tregua import record, simulate

    if scenario is not None:
        refuse_beside(context, ("out", "as_json", "lang"))
        try:
            simulate_scenario(scenario, out, as_json, lang)
        except ValueError as error:
            fail(error)
        return
    if context.get_parameter_source("lang") == ParameterSource.COMMANDLINE:
        raise click.UsageError("--lang is the language of what --scenario prints; give both.")
    _refuse_options(out, published, (fit, refit, facts, match), first, last, every)
    try:
        known = record.load(case)
        if simulate.needs_compilation():
            messages().print("Compiling the simulator; this happens once and takes about a minute.")
        if facts or match:
            _print_decided(known, facts, worlds, seed, threads, as_json)
            return
        if fit or refit:
            _print_fit(known, history, first, last, refit, as_json)
            return
        started = time.perf_counter()
        ensemble = _run(
            known,
            history,
            _WORLDS if worlds is None else worlds,
            seed,
            first,
            last,
            reading,
            threads,
            mechanisms,
            every,
        )
        seconds = time.perf_counter() - started
        if published is not None:
            _publish(_since(ensemble, first), known, history, seed, published)
    except ValueError as error:
        fail(error)
    table = _beside_record(ensemble, known, first, last)
    inside = table.dropna(subset=["inside"])["inside"].astype(bool)
    if out is not None:
        _write(_since(ensemble, first), out)
        written(out)
    if as_json:
        document: dict[str, Any] = {
            "case": known.case.name,
            "provenance": dict(ensemble.provenance),
        }
        document |= {"worlds": len(ensemble), "years": table, "inside": int(inside.sum())}
        emit_json(document | {"observed": len(inside)})
        return
    _print_years(table)
    screen().print(
        f"{inside.sum()} of {len(inside)} observed years lie within the 90 % band of "
        f"{len(ensemble)} worlds ({ensemble.provenance['reading']} reading, {seconds:.1f} s)."
    )


def _print_decided(
    known: Record, facts: bool, worlds: int | None, seed: int, threads: int | None, as_json: bool
) -> None:
    """Print what needs strategies: the stylised facts, or the match of decisions."""
    from tregua.cli.plausibility import print_facts, print_match

    show = print_facts if facts else print_match
    show(known, worlds=worlds, seed=seed, threads=threads, as_json=as_json)


def _refuse_options(
    out: Path | None,
    published: Path | None,
    asked: tuple[bool, ...],
    first: int,
    last: int,
    every: Every,
) -> None:
    """Refuse options that contradict each other before anything is computed."""
    if out is not None and out.suffix not in _FORMATS:
        raise click.UsageError(f"--out ends in {' or '.join(_FORMATS)}, not '{out.name}'.")
    if published is not None and published.suffix not in _TABLES:
        raise click.UsageError(
            f"--published ends in {' or '.join(_TABLES)}, not '{published.name}'."
        )
    if sum(asked) > 1:
        raise click.UsageError("Give one of --fit, --refit, --facts and --match at a time.")
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}.")
    if published is not None and every in ("quarter", "year"):
        raise click.UsageError(f"--published needs months or weeks, not --every {every}.")


def _run(
    known: Record,
    history: str,
    worlds: int,
    seed: int,
    first: int,
    last: int,
    reading: str,
    threads: int | None,
    mechanisms: tuple[str, ...],
    every: Every,
) -> Ensemble:
    from tregua import model, simulate

    past = model.History.of(known, history)
    if first < int(past.start[:4]):
        raise ValueError(f"--from {first}: the worlds begin in {past.start}; give a later year.")
    draws = model.prior_draws(worlds, seed=seed, overrides=known.case.prior_ranges)
    with messages().status("Simulating"):
        return simulate.run(
            draws,
            script=past.script,
            setting=past.setting,
            start=past.first_day,  # the parameters of the start belong to this month
            end=f"{last + 1}-01-01",
            seed=seed,
            reading="mean" if reading == "mean" else "stochastic",
            threads=threads,
            mechanisms=mechanisms,
            every=every,
        )


def _publish(ensemble: Ensemble, known: Record, history: str, seed: int, out: Path) -> None:
    """Write what would have been printed of these worlds."""
    from tregua import model, simulate

    with messages().status("Printing figures"):
        setting = model.History.of(known, history).setting
        rows = simulate.published(ensemble, seed=seed, setting=setting)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".csv":
            rows.to_csv(out, index=False)
        else:
            rows.to_parquet(out, index=False)
    written(out)


def _beside_record(ensemble: Ensemble, known: Record, first: int, last: int) -> pd.DataFrame:
    """Quantiles by year, with what the record holds and whether the two meet."""
    table = ensemble.quantiles("recorded").loc[first:]
    observed = known.by_year("homicides").loc[first:last]
    table["observed_low"] = observed["low"]
    table["observed_high"] = observed["high"]
    meet = (table["observed_high"] >= table["q05"]) & (table["observed_low"] <= table["q95"])
    table["inside"] = meet.astype(object).where(table["observed_low"].notna(), None)
    return table.reset_index()


def _since(ensemble: Ensemble, first: int) -> Ensemble:
    """The same worlds from a year on."""
    from dataclasses import replace

    since = {ensemble.every: slice(f"{first}-01-01", None)}
    return replace(ensemble, kept=ensemble.kept.sel(since))


def _write(ensemble: Ensemble, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".nc":
        ensemble.kept.to_netcdf(out, engine="scipy")
        return
    ensemble.to_frame().to_parquet(out, index=False)


def _print_years(table: pd.DataFrame) -> None:
    from rich.table import Table

    page = Table(title="Recorded homicides: worlds beside the record")
    for heading in ("year", "5 %", "25 %", "median", "75 %", "95 %", "record", "in band"):
        page.add_column(heading, justify="right")
    for row in table.to_dict(orient="records"):
        cells = [f"{row[level]:,.0f}" for level in ("q05", "q25", "q50", "q75", "q95")]
        record = _span(row["observed_low"], row["observed_high"])
        verdict = "" if row["inside"] is None else "yes" if row["inside"] else "no"
        page.add_row(str(row["year"]), *cells, record, verdict)
    screen().print(page)


def _span(low: Any, high: Any) -> str:
    if low != low:
        return ""
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _print_fit(
    known: Record, history: str, first: int, last: int, again: bool, as_json: bool
) -> None:
    from tregua import model
    from tregua.simulate.fit import adequacy
    from tregua.simulate.fit import refit as fit_again

    found: Refit | None = None
    if again:
        with messages().status("Fitting"):
            found = fit_again(known, first=first, last=last)
        shown = found.adequacy
    else:
        script = model.Script.of(known.case, history)
        shown = adequacy(known, script=script, first=first, last=last)
    if as_json:
        document: dict[str, Any] = {"case": known.case.name, "history": history}
        document |= {"rms_log_error": {"homicides": shown.homicides, "prisoners": shown.prisoners}}
        document["table"] = shown.table
        if found is not None:
            document |= {"parameters": found.parameters, "eras": found.eras}
        emit_json(document)
        return
    if found is not None:
        _print_frame(found.parameters, "Parameters, fitted (nothing is changed)")
        _print_frame(found.eras, "Script, fitted")
    _print_adequacy(shown)


def _print_adequacy(shown: Adequacy) -> None:
    from rich.table import Table

    page = Table(title="Mean reading at the defaults beside the record")
    for heading in ("series", "date", "record", "model", "ratio"):
        page.add_column(heading, justify="left" if heading == "series" else "right")
    for row in shown.table.itertuples(index=False):
        span, date = _span(row.low, row.high), f"{row.date:%Y-%m-%d}"
        page.add_row(str(row.series), date, span, f"{row.model:,.0f}", f"{row.ratio:.2f}")
    screen().print(page)
    screen().print(
        f"Root mean square log error: homicides {shown.homicides:.3f}, "
        f"prisoners {shown.prisoners:.3f}."
    )


def _print_frame(frame: pd.DataFrame, title: str) -> None:
    from rich.table import Table

    page = Table(title=title)
    for heading in frame.columns:
        page.add_column(str(heading))
    for row in frame.itertuples(index=False):
        page.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row))
    screen().print(page)
