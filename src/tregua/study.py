"""The whole study on one screen: a case from its record to a report.

Read `run` first. Every line is a stage of the street, and every stage turns what the stages before
it left into named tables. Tables are kept on a shelf as they are finished: an interrupted run
resumes, and the same call gives the same bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tregua import assess, decide, infer, model, record, report
from tregua.assess.shipped import FILE, write_claims
from tregua.decide import robustness
from tregua.provenance import Provenance, digest_of
from tregua.shelf import Shelf, Tables, write_table

__all__ = ["onepage_path", "run"]

_WORLDS_OF_A_STUDY = 500  # with fewer it is a first look

Progress = Callable[[int, int], None]
Stage = Callable[[Progress], Tables]
Watch = Callable[[str, int, int], None]


def run(
    case: str | Path = "el-salvador",
    *,
    out: str | Path,
    worlds: int = 1000,
    seed: int = 1,
    lang: str = "en",
    watch: Watch | None = None,
) -> assess.Findings:
    """Take a case through all stages and write its report.

    Parameters
    ----------
    case
        Name of an embedded case, or the folder of one's own.
    out
        Folder for the report (`report.html`), the sheets of one page (`one-page-en.html`,
        `one-page-es.html`), the verdicts (`claims.json`), the data behind them (`data/*.parquet`)
        and how they were made (`data/provenance.json`). Finished stages are kept in `.stages`.
    worlds
        Simulated worlds for each strategy, at least 50.
    seed
        Seed of every random number, 0 to 2**63 - 1.
    lang
        Language in which the report opens, `en` or `es`; it holds both.
    watch
        Called with (stage, done, total) as the work goes on.

    Returns
    -------
    assess.Findings
        The record, tables, verdicts and provenance.

    Raises
    ------
    ValueError
        If the case has problems, or a stage cannot do what is asked; the message says what.
    OSError
        If the folder cannot be written.
    """
    known = record.load(case)
    command = f"tregua assess {case} --worlds {worlds} --seed {seed}"
    made = Provenance.of(command, seed=seed, worlds=worlds, record=known.digest)
    stages = _Stages(Shelf(Path(out) / ".stages", digest_of(made)), watch)

    tables = assess.known_tables(known)
    tables |= stages.do("detection", lambda tell: infer.detection_tables(known, progress=tell))
    if known.case.script:
        history = model.History.of(known)
        prior = model.prior_draws(worlds, seed=seed, overrides=known.case.prior_ranges)
        tables |= stages.do("history", _history(known, prior, history, seed))
        tables |= _stacked(
            stages.do(f"strategies {origin}", _strategies(known, prior, history, origin, seed))
            for origin in known.case.origins
        )
        tables |= _stacked(
            stages.do(f"comparison {origin}", _comparison(known, prior, history, origin, seed))
            for origin in known.case.origins
        )
        if known.case.origins:
            tables |= stages.do("core claim", _core_claim(known, prior, history, seed))
        for origin in known.case.origins[:1]:  # where most pacts still lie ahead
            tables |= stages.do("contrasts", _contrasts(known, prior, history, origin, seed))
    tables["published"] = assess.beside_ours(assess.Evidence(known, tables))
    findings = assess.judge(known, tables, made)

    _write_all(findings, Path(out), lang)
    return findings


def onepage_path(out: str | Path, lang: str) -> Path:
    """Where `run` leaves the sheet of one page.

    Parameters
    ----------
    out
        Folder given to `run`.
    lang
        `en` or `es`.
    """
    return Path(out) / f"one-page-{lang}.html"


def _write_all(findings: assess.Findings, out: Path, lang: str) -> None:
    """Everything that a run leaves: data, verdicts, report, sheets."""
    _write_data(findings, out / "data")
    write_claims(findings, out / FILE)
    report.write(findings, out / "report.html", lang=lang)
    for language in report.LANGUAGES:
        report.write_onepage(findings, onepage_path(out, language), language)


def _history(known: record.Record, prior: model.Draws, history: model.History, seed: int) -> Stage:
    """Prior and plausible worlds up to the last full year of the record."""
    end = int(known.observations["end"].max().year)
    return lambda tell: infer.history_tables(
        known, prior, history, end=end, seed=seed, progress=tell
    )


def _strategies(
    known: record.Record, prior: model.Draws, history: model.History, origin: str, seed: int
) -> Stage:
    """Strategies from an origin, in worlds that follow the record up to it."""

    def make(tell: Progress) -> Tables:
        worlds = infer.plausible_draws(known, prior, history, until=int(origin[:4]), seed=seed)
        return decide.strategy_tables(worlds, history, origin=origin, seed=seed, progress=tell)

    return make


def _comparison(
    known: record.Record, prior: model.Draws, history: model.History, origin: str, seed: int
) -> Stage:
    """Who is best, in worlds of the posterior that comes with the case, or else of the prior."""

    def make(tell: Progress) -> Tables:
        try:
            worlds, source = infer.posterior(known.case.name).draws, "posterior"
        except infer.PosteriorError:  # none comes with the case
            worlds, source = prior, "prior"
        return decide.comparison_tables(
            worlds, history, origin=origin, seed=seed, worlds_from=source, progress=tell
        )

    return make


def _contrasts(
    known: record.Record, prior: model.Draws, history: model.History, origin: str, seed: int
) -> Stage:
    """Experiments on mechanisms, in worlds that follow the record up to an origin."""

    def make(tell: Progress) -> Tables:
        worlds = infer.plausible_draws(known, prior, history, until=int(origin[:4]), seed=seed)
        return {
            "contrasts": assess.contrasts(worlds, history, origin=origin, seed=seed, progress=tell)
        }

    return make


def _core_claim(
    known: record.Record, prior: model.Draws, history: model.History, seed: int
) -> Stage:
    """Where the sign of the main question flips, over prior and posterior, from the first origin.

    Fewer points than `tregua finding core-claim` takes, so that it adds some ten seconds.
    """
    sources = {"prior": prior}
    with contextlib.suppress(infer.PosteriorError):  # a case of one's own has none
        sources["posterior"] = infer.posterior(known.case.name).draws
    first_look = len(prior) < _WORLDS_OF_A_STUDY
    return lambda tell: robustness.core_tables(
        sources,
        history,
        origin=known.case.origins[0],
        seed=seed,
        points=min(240, max(48, len(prior) // 3)),
        worlds=20 if first_look else 32,
        levels=3 if first_look else 5,
        resamples=200,
        halves=10,
        progress=tell,
    )


@dataclass(frozen=True)
class _Stages:
    """Stages kept on a shelf, with someone told how far they have come."""

    shelf: Shelf
    watch: Watch | None

    def do(self, stage: str, make: Stage) -> Tables:
        """Tables of a stage, made now or found finished."""
        tell = self._teller(stage)
        tell(0, 1)
        tables = self.shelf.keep(stage.replace(" ", "-"), lambda: make(tell))
        tell(1, 1)
        return tables

    def _teller(self, stage: str) -> Progress:
        def tell(done: int, total: int) -> None:
            if self.watch is not None:
                self.watch(stage, done, total)

        return tell


def _stacked(parts: Iterable[Tables]) -> Tables:
    """Tables of several origins, one under the other."""
    every = list(parts)
    names = {name: None for tables in every for name in tables}
    return {
        name: pd.concat([tables[name] for tables in every if name in tables], ignore_index=True)
        for name in names
    }


def _write_data(findings: assess.Findings, folder: Path) -> None:
    """The data behind every figure and how they were made; files of older runs are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.parquet"):
        if stale.stem not in findings.tables:
            stale.unlink()
    for name, table in findings.tables.items():
        write_table(table, folder / f"{name}.parquet")
    (folder / "provenance.json").write_text(findings.provenance.to_json() + "\n", encoding="utf-8")
