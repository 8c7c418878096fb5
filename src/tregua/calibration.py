"""What the record teaches about the parameters: from a case to its posterior, and rival readings.

A calibration goes in steps, each of which may be asked for alone:

* `physical`: parameters of killing, prisons and gangs on homicides, prisoners and membership;
* `observation`: the same with disappearances, polls and dated exposures, in one likelihood;
* `decisions`: then, with these draws held fast, the weights of decisions on eight moments.

The first two are exact up to Monte Carlo (`infer.sample`); the third is approximate Bayesian
computation on eight numbers, and for most weights its answer is the prior. Every run leaves
checkpoints, and one that is killed goes on from the last.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import decide, infer, model, record
from tregua.compiled import source_digest
from tregua.infer.particles.filtering import KernelEngine
from tregua.infer.particles.sightings import KINDS, PHYSICAL_KINDS
from tregua.provenance import Provenance
from tregua.record import Record

__all__ = ["READINGS", "STEPS", "Rivals", "calibrate", "foretell", "reread", "rivals"]

Watch = Callable[[str, infer.Progress], None]

STEPS: tuple[str, ...] = ("physical", "observation", "decisions")
"""Steps of a calibration, each with all before it."""

READINGS: tuple[str, ...] = (
    *("script", "measures_2016", "ceasefire_2016", "crackdown_2019", "restraint_2022"),
)
"""Readings of El Salvador's history that are compared unless others are named."""

_CHECKPOINTS = ".checkpoints"
_PRIOR_GROUPS = 64
_BOOTSTRAPS = 200
_CANNOT_TELL = float(np.log(3.0))
_FEW_DRAWS = 5.0
# Coordinates that figures inform though no mean path of killings and prisoners shows it.
_OTHERWISE_INFORMED = (
    *("hidden_usual", "hidden_pact", "counted_exception", "police_killing"),
    *("fear_level", "fear_slope", "fear_time"),
    *("approval_level", "approval_spread", "approval_fear", "leak", "sanction"),
)


def calibrate(
    case: str | Path = "el-salvador",
    *,
    out: str | Path,
    step: str = "observation",
    reading: str = "script",
    until: int | None = None,
    plan: infer.Tempering | infer.Plan | None = None,
    worlds: int = 48,
    threads: int | None = None,
    resume: bool = True,
    watch: Watch | None = None,
) -> infer.Posterior:
    """Sample the posterior of a case and save it.

    Parameters
    ----------
    case
        Name of an embedded case, or the folder of one's own.
    out
        Folder for `posterior.parquet` and `posterior.json`; checkpoints are kept in it meanwhile.
    step
        How far to go: one of `STEPS`.
    reading
        "script", or the name of a rival reading of the case's history.
    until
        First year whose figures are held out; None takes all.
    plan
        How to sample: an `infer.Tempering` takes all years in together, an `infer.Plan` one after
        the other, which gives each year a log score and takes longer. None takes the defaults of
        the former.
    worlds
        Worlds from which the moments of one set of weights are read.
    threads
        Threads; None uses all processors available. Changes no bit of the result.
    resume
        Whether a run found unfinished in the folder is gone on with; else it is refused.
    watch
        Called with (step, `infer.Progress`) as the work goes on.

    Returns
    -------
    infer.Posterior

    Raises
    ------
    ValueError
        If the case, step, reading or year is not one, if an unfinished run stands in the folder and
        is not to be resumed, or if its settings were others.
    """
    if step not in STEPS:
        raise ValueError(f"No step named '{step}'. Known: {', '.join(STEPS)}.")
    chosen = infer.Tempering() if plan is None else plan
    job = _Job(record.load(case), str(case), reading, until, chosen, threads, step)
    kept = Path(out) / _CHECKPOINTS
    if not resume and kept.exists():
        raise ValueError(
            f"{out} holds an unfinished run. Go on with it (--resume), or name another folder."
        )
    found = job.physical(kept, watch)
    if step == "decisions":
        found = job.decisions(found, kept / "decisions", worlds, watch)
    found.save(out)
    shutil.rmtree(kept, ignore_errors=True)
    return found


@dataclass(frozen=True)
class _Job:
    """One calibration: what it depends on, and its steps."""

    known: Record
    case: str
    reading: str
    until: int | None
    plan: infer.Tempering | infer.Plan
    threads: int | None
    step: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of figures that are taken in."""
        return PHYSICAL_KINDS if self.step == "physical" else KINDS

    @property
    def command(self) -> str:
        """The command that does the same again."""
        words = [f"tregua calibrate {self.case} --stage {self.step} --reading {self.reading}"]
        if isinstance(self.plan, infer.Plan):
            words.append("--by-year")
        else:
            words.append(f"--chains {self.plan.chains} --steps {self.plan.steps}")
        words.append(f"--draws {self.plan.draws} --particles {self.plan.particles}")
        words.append(f"--most-particles {self.plan.most_particles} --seed {self.plan.seed}")
        if self.until is not None:
            words.append(f"--until {self.until}")
        return " ".join(words)

    def work(self, step: str) -> dict[str, Any]:
        """What a checkpoint depends on."""
        return {
            "step": step,
            "kinds": list(self.kinds),
            "reading": self.reading,
            "until": self.until,
            "together": isinstance(self.plan, infer.Tempering),
            "record": self.known.digest,
            "code": source_digest("decide" if step == "decisions" else "infer"),
        } | asdict(self.plan)

    def physical(self, kept: Path, watch: Watch | None) -> infer.Posterior:
        """The posterior of the record's figures."""
        past = model.History.of(self.known, self.reading)
        end = None if self.until is None else f"{self.until}-01-01"

        def engines(particles: int) -> KernelEngine:
            return KernelEngine(
                self.known,
                particles=particles,
                kinds=self.kinds,
                end=end,
                history=past,
                threads=self.threads,
            )

        first = engines(self.plan.particles)
        space = infer.Coordinates.of(first.names, self.known.case.prior_ranges)
        options: dict[str, Any] = {
            "span": infer.informed_span(
                self.known,
                past,
                space,
                until=first.seen.end.year,
                seed=self.plan.seed,
                also=_OTHERWISE_INFORMED,
            ),
            "checkpoints": infer.Checkpoints(kept / "record", self.work("record")),
            "watch": _for(watch, "record"),
        }
        if isinstance(self.plan, infer.Tempering):
            outline = infer.record_outline(first.seen, past, space)
            found = infer.temper(engines, space, self.plan, outline=outline, **options)
        else:
            found = infer.sample(engines, space, self.plan, **options)
        made = Provenance.of(
            self.command, seed=self.plan.seed, worlds=self.plan.draws, record=self.known.digest
        )
        return infer.Posterior.of(
            self.known.case.name,
            found,
            space,
            seed=self.plan.seed,
            observed=_observed(first),
            provenance=asdict(made) | {"settings": self.work("record")},
        )

    def decisions(
        self, found: infer.Posterior, kept: Path, worlds: int, watch: Watch | None
    ) -> infer.Posterior:
        """The same with the weights of decisions as eight moments weigh them."""
        space = infer.Coordinates.of(decide.DECISION_WEIGHTS, self.known.case.prior_ranges)
        engine = decide.WeighingEngine(
            self.known, found.draws, worlds=worlds, names=space.names, threads=self.threads
        )
        # More worlds a group are not asked for: the estimate's scatter is part of the tolerance.
        plan = infer.Plan(
            draws=len(found), particles=worlds, most_particles=worlds, seed=self.plan.seed
        )
        sampled = infer.sample(
            lambda particles: engine,  # noqa: ARG005
            _Weights(space),
            plan,
            checkpoints=infer.Checkpoints(kept, self.work("decisions") | {"worlds": worlds}),
            watch=_for(watch, "decisions"),
        )
        generator = np.random.Generator(np.random.Philox(key=[plan.seed, 91]))
        blind = space.values(generator.standard_normal((_PRIOR_GROUPS, len(space.names))))
        before = engine.begin(blind, seed=plan.seed, errand=2**20)
        before.advance()
        moments = sampled.diagnostics.merge(
            decide.weighed_moments(before.moments)[["moment", "low", "middle", "high"]],
            on="moment",
            suffixes=("", "_prior"),
        )
        return found.weighed(sampled, space, moments)


@dataclass(frozen=True)
class _Weights:
    """Coordinates of the weights of decisions, as the weighing engine takes them."""

    space: infer.Coordinates

    @property
    def names(self) -> tuple[str, ...]:
        return self.space.names

    def theta(self, scores: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return self.space.values(scores)


def _for(watch: Watch | None, step: str) -> Callable[[infer.Progress], None] | None:
    if watch is None:
        return None
    return lambda progress: watch(step, progress)


def _observed(engine: KernelEngine) -> pd.DataFrame:
    """Figures that were taken in, by stage and kind."""
    figures = engine.seen.figures
    used = figures[figures["kind"].isin(engine.seen.kinds)]
    years = used["months"].map(lambda months: max(months).year)
    first = engine.seen.first.year
    stages = pd.DataFrame({"stage": np.arange(1, len(engine.bounds))})
    stages["year"] = first + stages["stage"] - 1
    counts = pd.crosstab(years, used["kind"]).reindex(stages["year"], fill_value=0)
    for kind in engine.seen.kinds:
        column = counts[kind] if kind in counts else pd.Series(0, index=counts.index)
        stages[kind] = column.to_numpy()
    return stages


# -- Rival readings ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rivals:
    """Rival readings of one history, by how well each foretold what came.

    Attributes
    ----------
    evidence
        Columns reading, log_evidence, error (both from `rivals` only), against (the first reading),
        log_ratio, ratio_error, ratio, effective (from `reread` only), words.
    years
        Columns year, reading, log_score, error (both from `rivals` and `foretell` only), difference
        (from the first reading), differs (whether the two scripts differ in this year or before
        it). Empty where the readings were calibrated on all years together.
    """

    evidence: pd.DataFrame
    years: pd.DataFrame


def rivals(
    case: str | Path = "el-salvador",
    *,
    out: str | Path,
    readings: Sequence[str] = READINGS,
    watch: Watch | None = None,
    **options: Any,
) -> Rivals:
    """Compare rival readings of a case's history by the evidence for each.

    Parameters
    ----------
    case
        Name of an embedded case, or the folder of one's own.
    out
        Folder; each reading's posterior goes into a folder of its own in it.
    readings
        Names of readings, the first being what the others are compared with.
    watch
        Called with (reading, `infer.Progress`).
    **options
        As `calibrate` takes them: step, until, plan, threads, resume.

    Returns
    -------
    Rivals

    Raises
    ------
    ValueError
        For a reading that the case does not have, or fewer than two.
    """
    if len(readings) < 2:
        raise ValueError("Rivals need at least two readings.")
    known = record.load(case)
    scripts = {name: model.History.of(known, name).script for name in readings}
    found = {}
    for name in readings:
        told: Watch | None = None
        if watch is not None:
            told = _named(watch, name)
        found[name] = calibrate(case, out=Path(out) / name, reading=name, watch=told, **options)
    return Rivals(_evidence(found), _years(found, scripts))


def _named(watch: Watch, name: str) -> Watch:
    return lambda step, progress: watch(f"{name}: {step}", progress)


def verdict(log_ratio: float, error: float, name: str, against: str) -> str:
    """Words for a difference of log evidences: inside 1/3 to 3, within two errors, none wins."""
    if abs(log_ratio) - 2.0 * error <= _CANNOT_TELL:
        return "the data cannot tell"
    return f"the data favour {name if log_ratio > 0 else against}"


def _evidence(found: dict[str, infer.Posterior]) -> pd.DataFrame:
    against, base = next(iter(found.items()))
    rows = []
    for name, one in found.items():
        gap, error = one.log_evidence - base.log_evidence, float(np.hypot(one.error, base.error))
        same = name == against
        rows.append(
            {
                "reading": name,
                "log_evidence": one.log_evidence,
                "error": one.error,
                "against": against,
                "log_ratio": gap,
                "ratio_error": 0.0 if same else error,
                "ratio": float(np.exp(np.clip(gap, -700.0, 700.0))),
                "words": "" if same else verdict(gap, error, name, against),
            }
        )
    return pd.DataFrame(rows)


def _years(found: dict[str, infer.Posterior], scripts: dict[str, model.Script]) -> pd.DataFrame:
    against, base = next(iter(found.items()))
    rows = []
    for name, one in found.items():
        since = _first_difference(scripts[name], scripts[against])
        if one.stages["stage"].tolist() != one.observed["stage"].tolist():
            continue  # all years were taken in together
        scores = zip(one.observed["year"], one.stages.to_dict("records"), strict=True)
        for place, (year, row) in enumerate(scores):
            rows.append(
                {
                    "year": int(year),
                    "reading": name,
                    "log_score": row["log_score"],
                    "error": row["error"],
                    "difference": row["log_score"] - base.stages["log_score"].iloc[place],
                    "differs": since is not None and year >= since,
                }
            )
    columns = ["year", "reading", "log_score", "error", "difference", "differs"]
    return pd.DataFrame(rows, columns=columns)


def _first_difference(one: model.Script, other: model.Script) -> int | None:
    """First year in which two scripts differ; None if they do not."""
    mine, theirs = (
        {era.start: (era.stance, era.enforcement, era.pressing, era.restraining) for era in s.eras}
        for s in (one, other)
    )
    different = [start for start in {*mine, *theirs} if mine.get(start) != theirs.get(start)]
    return min(different).year if different else None


# -- Rival readings from the draws of one posterior ----------------------------------------------


def reread(
    found: infer.Posterior,
    case: str | Path = "el-salvador",
    *,
    readings: Sequence[str] = READINGS,
    draws: int | None = None,
    particles: int = 256,
    repeats: int = 2,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rivals:
    r"""Compare rival readings of a history on the draws of one reading's posterior.

    The ratio of two evidences is a mean over the posterior of the first reading,
    :math:`Z'/Z = \mathrm{E}[L'(\theta)/L(\theta)]`, so one posterior serves all rivals. Both
    likelihoods are estimated anew with the same luck, so that they are equal bit for bit until the
    scripts part; the variance that is left, measured between repeats, biases the mean of
    exponentials by half of itself and is taken off. Where a rival asks for parameters that the
    posterior hardly holds, few draws carry the ratio: `effective` says how many, and the error
    grows. `rivals` then calibrates each reading for itself, at many times the cost.

    Parameters
    ----------
    found
        Posterior of the first reading.
    case
        Name of the case, or its folder.
    readings
        Names of readings, the first being that of the posterior.
    draws
        Draws to take, evenly out of those of the posterior; None takes all.
    particles
        Particles of each draw.
    repeats
        Runs of the filter for each reading, at least 2.
    seed
        Seed of the luck.
    threads
        Threads; None uses all processors available. Changes no bit of the result.
    progress
        Called with (runs done, runs).

    Returns
    -------
    Rivals
        `evidence`: reading, against, log_ratio, ratio_error, ratio, effective (draws that carry
        the ratio), words. `years`: year, reading, difference (mean over draws of the gain in log
        likelihood of the year's figures), differs.

    Raises
    ------
    ValueError
        For a reading that the case does not have, fewer than two of them, or one repeat.
    """
    if len(readings) < 2:
        raise ValueError("Rivals need at least two readings.")
    if repeats < 2:
        raise ValueError("At least two repeats are needed to tell luck from difference.")
    past = _pasts(case, readings)
    until = found.provenance.get("settings", {}).get("until")
    reader = _Reader(
        record.load(case), found, draws, particles, repeats, seed, threads, until, progress
    )
    logs = reader.read(past)
    return Rivals(_ratios(logs, seed), _gains(logs, past))


def _pasts(case: str | Path, readings: Sequence[str]) -> dict[str, model.History]:
    known = record.load(case)
    return {name: model.History.of(known, name) for name in readings}


@dataclass(frozen=True)
class _Reader:
    """Takes a posterior's draws through the record under rival readings, with the same luck."""

    known: Record
    found: infer.Posterior
    draws: int | None
    particles: int
    repeats: int
    seed: int
    threads: int | None
    until: int | None  # first year whose figures are left out
    progress: Callable[[int, int], None] | None

    def read(self, past: dict[str, model.History]) -> dict[str, NDArray[np.float64]]:
        """Log estimates float64[repeats, draws, years], by name of reading."""
        logs = {}
        count = len(self.found) if self.draws is None else min(self.draws, len(self.found))
        theta = self.found.theta.select(np.linspace(0, len(self.found) - 1, count).astype(int))
        for place, (name, history) in enumerate(past.items()):
            engine = KernelEngine(
                self.known,
                particles=self.particles,
                kinds=self.found.provenance.get("settings", {}).get("kinds", KINDS),
                end=None if self.until is None else f"{self.until}-01-01",
                history=history,
                threads=self.threads,
            )
            runs = []
            for errand in range(self.repeats):
                swarm = engine.begin(theta, seed=self.seed, errand=errand)
                stages = [swarm.advance() for _ in range(swarm.stages)]
                runs.append(np.column_stack(stages))
                if self.progress is not None:
                    self.progress(place * self.repeats + errand + 1, len(past) * self.repeats)
            logs[name] = np.stack(runs)
        return logs


def foretell(
    found: infer.Posterior,
    case: str | Path = "el-salvador",
    *,
    readings: Sequence[str] = READINGS,
    years: int = 3,
    draws: int | None = None,
    particles: int = 256,
    repeats: int = 2,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rivals:
    r"""Score rival readings on years that a posterior has not seen.

    With draws :math:`\theta_i` of the posterior of the figures before the first held-out year *T*,
    the log predictive score of years *T* to *t* under a reading is the log of the mean over draws
    of :math:`\hat p(y_{T:t}\mid y_{<T},\theta_i)`; that of one year is the difference of two of
    them (Geweke and Amisano 2010, "Comparing and evaluating Bayesian predictive distributions"). No
    reading has been fitted to these years, but each was written by people who knew them.

    Parameters
    ----------
    found
        A posterior that held years out (`calibrate(..., until=T)`), before which the readings'
        scripts are the same.
    case, readings, draws, particles, repeats, seed, threads, progress
        As `reread` takes them.
    years
        Held-out years to score, at least 1.

    Returns
    -------
    Rivals
        `evidence`: reading, against, log_ratio, ratio_error, ratio, effective (draws that carry
        the sum of the first reading's years), words. `years`: year, reading, log_score, error,
        difference, differs.

    Raises
    ------
    ValueError
        If the posterior holds no year out, a reading is none, or the scripts part too early.
    """
    until = found.provenance.get("settings", {}).get("until")
    if until is None:
        raise ValueError(
            "This posterior has seen all years. Score readings on one that held some out: "
            "`tregua calibrate --until YEAR`."
        )
    if len(readings) < 2 or repeats < 2 or years < 1:
        raise ValueError("At least two readings, two repeats and one year are needed.")
    past = _pasts(case, readings)
    base = past[readings[0]].script
    for name, history in past.items():
        since = _first_difference(history.script, base)
        if since is not None and since < until:
            raise ValueError(
                f"Reading '{name}' differs from '{readings[0]}' since {since}, and the posterior "
                f"holds out {until} and later: hold out {since}."
            )
    end = until + years
    reader = _Reader(
        record.load(case), found, draws, particles, repeats, seed, threads, end, progress
    )
    logs = {name: each[:, :, -years:] for name, each in reader.read(past).items()}
    return _foretold(logs, past, until, seed)


def _foretold(
    logs: dict[str, NDArray[np.float64]], past: dict[str, model.History], first: int, seed: int
) -> Rivals:
    """Predictive scores of held-out years, and their sums' differences."""
    against = next(iter(logs))
    generator = np.random.Generator(np.random.Philox(key=[seed, 93]))
    draws = next(iter(logs.values())).shape[1]
    picks = np.vstack(
        [np.arange(draws), generator.integers(0, draws, (_BOOTSTRAPS, draws))]
    )  # the draws themselves, then bootstrap samples of them
    sums = {name: _cumulative(each, picks) for name, each in logs.items()}
    years, evidence = [], []
    for name, total in sums.items():
        since = _first_difference(past[name].script, past[against].script)
        each, base = (np.diff(t, axis=1, prepend=0.0) for t in (total, sums[against]))
        years += [
            {
                "year": first + place,
                "reading": name,
                "log_score": float(each[0, place]),
                "error": float(each[1:, place].std()),
                "difference": float(each[0, place] - base[0, place]),
                "differs": since is not None and first + place >= since,
            }
            for place in range(total.shape[1])
        ]
        gap = total[:, -1] - sums[against][:, -1]
        summed = logs[name].sum(axis=2)
        weights = np.exp(summed - summed.max()).mean(axis=0)
        carried = float(weights.sum() ** 2 / np.sum(weights**2))
        ratio, error = float(gap[0]), float(gap[1:].std())
        evidence.append(
            {
                "reading": name,
                "against": against,
                "log_ratio": ratio,
                "ratio_error": error,
                "ratio": float(np.exp(np.clip(ratio, -700.0, 700.0))),
                "effective": carried,
                "words": "" if name == against else _told(ratio, error, carried, name, against),
            }
        )
    return Rivals(pd.DataFrame(evidence), pd.DataFrame(years))


def _cumulative(logs: NDArray[np.float64], picks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log mean over draws and repeats of what years so far are likely: float64[picks, years].

    Estimates are unbiased before the logarithm, so that repeats are averaged before it too.
    """
    so_far = np.cumsum(logs, axis=2)
    top = so_far.max(axis=(0, 1))
    mean = np.exp(so_far - top).mean(axis=0)  # (draws, years)
    return np.asarray(top + np.log(mean[picks].mean(axis=1)))


def _ratios(logs: dict[str, NDArray[np.float64]], seed: int) -> pd.DataFrame:
    against, base = next(iter(logs.items()))
    rows = []
    for name, each in logs.items():
        # A draw without weight under a rival stays as the least likely one.
        gaps = np.nan_to_num((each - base).sum(axis=2), neginf=-700.0)
        ratio, effective = log_ratio(gaps)
        generator = np.random.Generator(np.random.Philox(key=[seed, 92]))
        again = [
            log_ratio(gaps[:, generator.integers(0, gaps.shape[1], gaps.shape[1])])[0]
            for _ in range(_BOOTSTRAPS)
        ]
        error = float(np.std(again))
        rows.append(
            {
                "reading": name,
                "against": against,
                "log_ratio": ratio,
                "ratio_error": error,
                "ratio": float(np.exp(np.clip(ratio, -700.0, 700.0))),
                "effective": effective,
                "words": "" if name == against else _told(ratio, error, effective, name, against),
            }
        )
    return pd.DataFrame(rows)


def _told(ratio: float, error: float, effective: float, name: str, against: str) -> str:
    """Words for a ratio of evidences that is a mean over draws: none where few draws carry it."""
    if effective < _FEW_DRAWS:
        return f"too few draws carry it ({effective:.0f})"
    return verdict(ratio, error, name, against)


def log_ratio(gaps: NDArray[np.float64]) -> tuple[float, float]:
    """Log mean of exp(gap) over draws, the bias of luck taken off, and the draws that carry it.

    Parameters
    ----------
    gaps
        float64[repeats, draws]: differences of estimated log likelihoods.
    """
    repeats, draws = gaps.shape
    middle = gaps.mean(axis=0)
    luck = float(gaps.var(axis=0, ddof=1).mean()) / repeats
    weights = np.exp(middle - middle.max())
    total = float(weights.sum())
    mean = float(middle.max() + np.log(total / draws)) - luck / 2.0
    return mean, total**2 / float((weights**2).sum())


def _gains(logs: dict[str, NDArray[np.float64]], past: dict[str, model.History]) -> pd.DataFrame:
    against, base = next(iter(logs.items()))
    first = past[against]
    start = int(first.start[:4])
    rows = []
    for name, each in logs.items():
        since = _first_difference(past[name].script, first.script)
        with np.errstate(invalid="ignore"):
            gain = np.nan_to_num(each - base, neginf=-700.0).mean(axis=(0, 1))
        rows += [
            {
                "year": start + stage,
                "reading": name,
                "difference": float(value),
                "differs": since is not None and start + stage >= since,
            }
            for stage, value in enumerate(gain)
        ]
    return pd.DataFrame(rows)
