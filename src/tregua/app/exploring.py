"""What Robust computes when it is asked: regret over a design, rival mechanisms, the core claim.

Each part is a long run with progress, small enough for a page, and its size stands beside whatever
is drawn of it. The functions are those of `tregua explore` and `tregua finding core-claim`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from tregua import decide
from tregua.app.jobs import Result
from tregua.app.material import Material
from tregua.app.problems import Problem
from tregua.decide import robustness
from tregua.model import Draws, History
from tregua.provenance import digest_of

__all__ = ["ExploreAsked", "box_of", "core_of_study", "extras", "run_part"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
Part = Literal["explore", "rivals", "core"]

PARTS: tuple[Part, ...] = ("explore", "rivals", "core")
SIZES: Mapping[str, tuple[int, ...]] = {
    "explore": (60, 120, 240, 480),
    "rivals": (60, 120, 240),
    "core": (120, 240, 480, 960),
}
"""Points, or worlds, that a part may be run with."""

USUAL: Mapping[str, int] = {"explore": 120, "rivals": 60, "core": 240}
_REGRET = [
    *("outcome", "strategy", "expected", "expected_error", "cvar", "cvar_error", "maximal"),
    *("last_doubling", "best", "best_error", "chosen", "chosen_in"),
]
_CORE_WORLDS = 20
_CORE_LEVELS = 3


class ExploreAsked(BaseModel):
    """A part of Robust and its size.

    Attributes
    ----------
    part
        "explore" (all strategies over a design), "rivals" (five under each mechanism) or "core"
        (where the sign of a secret pact flips).
    size
        Points of the design, or worlds of each rival; one of `SIZES`.
    origin
        Month from which strategies act.
    years
        Length of the runs; of the core claim the longest horizon.
    seed
        Seed of the noise and of the design.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    part: Part
    size: int = Field(default=0, ge=0, le=960, description="0 for the usual size")
    origin: str = Field(default="", pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")
    years: int = Field(default=10, ge=1, le=15)
    seed: int = Field(default=1, ge=0, le=2**53 - 1)

    def whole(self, material: Material) -> ExploreAsked:
        """The same with every field said, and checked against the case.

        Parameters
        ----------
        material
            The case.

        Raises
        ------
        Problem
            422 if the case has no worlds, or origin or size will not do.
        """
        history = material.history
        if history is None:
            raise Problem(422, "This case has no script, so that no worlds can be run of it.")
        size = self.size or USUAL[self.part]
        if size not in SIZES[self.part]:
            sizes = ", ".join(map(str, SIZES[self.part]))
            raise Problem(422, f"A size of {size}.", where="size", valid=sizes)
        origin = self.origin or usual_origin(material)
        last = str(pd.Timestamp(material.record.observations["end"].max()))[:7]
        if not history.start < origin <= last:
            raise Problem(
                422,
                f"The origin {origin} is not among the months of the record.",
                where="origin",
                valid=f"after {history.start}, at most {last}",
            )
        return self.model_copy(update={"size": size, "origin": origin})

    def key(self, material: Material) -> str:
        """Under which the result is kept; of a whole request.

        Parameters
        ----------
        material
            The case.
        """
        said = [self.part, self.size, self.origin, self.years, self.seed, material.digest]
        return f"robust-{self.part}-{digest_of(*said)}"


def usual_origin(material: Material) -> str:
    """The origin that is explored unless another is asked for: the last that the case declares.

    Parameters
    ----------
    material
        The case.
    """
    case = material.record.case
    if case.origins:
        return case.origins[-1]
    return str(pd.Timestamp(material.record.observations["end"].max()))[:7]


def extras() -> dict[str, bool]:
    """Which optional packages are there.

    Returns
    -------
    dict
        Name of the package and whether it can be imported.
    """
    return {name: importlib.util.find_spec(name) is not None for name in ("SALib", "sklearn")}


def run_part(asked: ExploreAsked, material: Material, progress: Progress, key: str) -> Result:
    """Run a part.

    Parameters
    ----------
    asked
        A whole request.
    material
        The case.
    progress
        Called with (points run, points to run).
    key
        Under which the result is kept.

    Returns
    -------
    Result
        What the page draws, and its main table.
    """
    history = material.history
    assert history is not None  # `whole` saw to it
    source = material.sources()[0]
    drawn = _CORE_WORLDS if asked.part == "core" else asked.size
    draws = material.draws(source, max(drawn, asked.size), asked.seed)
    about = {"key": key, **asked.model_dump(), "worlds_from": source}
    make = {"explore": _explore, "rivals": _rivals, "core": _core}[asked.part]
    payload, table = make(asked, draws, history, source, progress)
    return Result(about | payload, table)


# -- All strategies over a design ------------------------------------------------------------------


def _explore(
    asked: ExploreAsked, draws: Draws, history: History, _source: str, progress: Progress
) -> tuple[dict[str, Any], pd.DataFrame]:
    problem = robustness.Problem(
        tuple(robustness.Uncertainty.parameter(name) for name in robustness.CORE_UNCERTAINTIES),
        robustness.Lever.named(*decide.CATALOGUE),
        tuple(robustness.Outcome(name, asked.years) for name in decide.OUTCOMES),
    )
    runs = robustness.explore(
        robustness.latin_hypercube(problem, asked.size, seed=asked.seed),
        robustness.given(draws, history),
        origin=asked.origin,
        seed=asked.seed,
        progress=progress,
    )
    regret = runs.regret(seed=asked.seed)
    kept = [i for i, totals in enumerate(runs.totals) if totals.any()]
    outcomes = [problem.outcomes[i].name for i in kept]
    regret = regret[regret["outcome"].isin(outcomes)].reset_index(drop=True)
    means = _means(runs, kept)
    payload = {
        "strategies": list(problem.strategies),
        "outcomes": outcomes,
        "how": runs.how,
        "uncertainties": [
            {"name": part.name, "low": part.low, "high": part.high}
            for part in problem.uncertainties
        ],
        "means": means,
        "undominated": _undominated(means, problem.strategies),
        "regret": regret,
        "totals": {problem.outcomes[i].name: _digits(runs.totals[i]) for i in kept},
        "inputs": {name: _digits(runs.inputs[name].to_numpy()) for name in problem.names},
    }
    return payload, regret.merge(means, on=["outcome", "strategy"], how="left")


def _means(runs: robustness.Experiments, kept: list[int]) -> pd.DataFrame:
    rows = []
    for i in kept:
        totals = runs.totals[i]
        levels = np.quantile(totals, (0.05, 0.5, 0.95), axis=0)
        spread = totals.std(axis=0) / np.sqrt(len(totals))
        for j, name in enumerate(runs.problem.strategies):
            rows.append(
                {
                    "outcome": runs.problem.outcomes[i].name,
                    "strategy": name,
                    "mean": float(totals[:, j].mean()),
                    "mean_error": float(spread[j]),
                    "q05": float(levels[0, j]),
                    "q50": float(levels[1, j]),
                    "q95": float(levels[2, j]),
                }
            )
    return pd.DataFrame(rows)


def _undominated(means: pd.DataFrame, strategies: tuple[str, ...]) -> list[str]:
    """Strategies that no other is at least as good as in every harm and better in one, by means."""
    table = means.pivot_table(index="strategy", columns="outcome", values="mean")
    values = table.loc[list(strategies)].to_numpy()
    found = []
    for i, name in enumerate(strategies):
        as_good = (values <= values[i]).all(axis=1) & (values < values[i]).any(axis=1)
        if not as_good.any():
            found.append(name)
    return found


def box_of(
    payload: Mapping[str, Any], strategy: str, reference: str, outcome: str, density: float
) -> dict[str, Any]:
    """The corner in which one strategy beats another, from a kept exploration.

    Parameters
    ----------
    payload
        What `run_part` left for "explore".
    strategy, reference
        Two of its strategies.
    outcome
        One of its outcomes.
    density
        Share of points in the corner in which the strategy shall win, in (0, 1].

    Returns
    -------
    dict
        share (of all points), box (None without one): coverage, density, held_out, points, limits,
        sentence and notes in both languages.

    Raises
    ------
    Problem
        422 for a name that is not there, or a strategy held against itself.
    """
    for where, name, known in (
        ("strategy", strategy, payload["strategies"]),
        ("reference", reference, payload["strategies"]),
        ("outcome", outcome, payload["outcomes"]),
    ):
        if name not in known:
            raise Problem(422, f"No '{name}' was explored.", where=where, valid=", ".join(known))
    if strategy == reference:
        raise Problem(422, "A strategy does not beat itself.", where="reference")
    totals = np.asarray(payload["totals"][outcome])
    places = [payload["strategies"].index(name) for name in (strategy, reference)]
    won = totals[:, places[0]] < totals[:, places[1]]
    inputs = pd.DataFrame(payload["inputs"])
    box = robustness.discover(inputs, won, density=density, halves=10, seed=int(payload["seed"]))
    made: dict[str, Any] = {"share": float(won.mean()), "points": len(won), "box": None}
    if box is None:
        return made
    about = robustness.Outcome(outcome, int(payload["years"]))
    inside = {
        "coverage": box.coverage,
        "density": box.density,
        "mass": box.mass,
        "points": box.points,
        "held_out": box.held_out_density,
        "held_out_error": box.held_out_error,
        "limits": [
            {"name": limit.name, "low": limit.low, "high": limit.high} for limit in box.limits
        ],
    }
    for lang in robustness.LANGUAGES:
        inside[f"sentence_{lang}"] = robustness.box_in_words(box, strategy, reference, about, lang)
        inside[f"notes_{lang}"] = list(robustness.box_notes(box, lang))
    return made | {"box": inside}


# -- Five strategies under each rival mechanism ----------------------------------------------------


def _rivals(
    asked: ExploreAsked, draws: Draws, history: History, source: str, progress: Progress
) -> tuple[dict[str, Any], pd.DataFrame]:
    rivals = robustness.rivals_of((), families=())

    def still(_run: int, _to_run: int) -> None:
        progress(len(done), len(rivals))

    done: list[str] = []
    initial = decide.state_at(asked.origin, draws, history, seed=asked.seed, progress=still)
    frames = []
    for rival in rivals:
        found = decide.compare(
            tuple(decide.STRATEGIES.values()),
            draws,
            history,
            origin=asked.origin,
            seed=asked.seed,
            years=asked.years,
            initial=initial,
            mechanisms=rival.mechanisms,
            worlds_from=source,
            progress=still,
        )
        for outcome in ("killed", *found.outcomes()):
            totals = [found.total(outcome, name, asked.years) for name in found.strategies]
            table = robustness.regret_table(
                np.stack(totals, axis=1),
                found.strategies,
                robustness.Outcome(outcome, asked.years),
                weights=found.weights,
                seed=asked.seed,
            )
            means = [found.mean_of(each)[0] for each in totals]
            frames.append(table[_REGRET].assign(rival=rival.name, mean=means))
        done.append(rival.name)
        progress(len(done), len(rivals))
    regret = pd.concat(frames, ignore_index=True)
    payload = {
        "strategies": list(decide.STRATEGIES),
        "outcomes": list(dict.fromkeys(regret["outcome"])),
        "rivals": [
            {
                "name": rival.name,
                "mechanisms": list(rival.mechanisms),
                "phrase": {
                    lang: robustness.phrase(rival.name, lang) for lang in robustness.LANGUAGES
                },
            }
            for rival in rivals
        ],
        "regret": regret,
    }
    return payload, regret


# -- The core claim --------------------------------------------------------------------------------


def _core(
    asked: ExploreAsked, draws: Draws, history: History, source: str, progress: Progress
) -> tuple[dict[str, Any], pd.DataFrame]:
    horizons = [year for year in robustness.CORE_HORIZONS if year <= asked.years]
    plan = robustness.CorePlan.of(
        draws,
        points=asked.size,
        worlds=_CORE_WORLDS,
        levels=_CORE_LEVELS,
        horizons=horizons,
        outcomes=("killed", "recorded"),
        seed=asked.seed,
    )
    found = robustness.core_finding(
        draws,
        history,
        origin=asked.origin,
        seed=asked.seed,
        worlds_from=source,
        plan=plan,
        progress=progress,
    )
    influences, shares = found.influences(), found.shares()
    chief = robustness.chief_factors(influences)
    names = [factor.name for factor in found.factors]
    maps = pd.concat([found.sign_map(pair) for pair in combinations(names, 2)], ignore_index=True)
    told = {
        lang: robustness.core_verdict(shares, found.flips(resamples=100), lang)
        for lang in robustness.LANGUAGES
    }
    payload = _core_payload(maps, found.boxes(halves=8), chief, shares)
    payload |= {
        "points": plan.points,
        "worlds": plan.worlds,
        "influence": influences[["reference", "horizon", "factor", "influence"]],
        "verdict": {lang: list(table["sentence"]) for lang, table in told.items()},
    }
    return payload, maps


def core_of_study(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any] | None:
    """The core claim as a study found it, in the shape of `run_part`; None without one.

    Parameters
    ----------
    tables
        Tables of the case and of its study.
    """
    if "finding_map" not in tables:
        return None
    names = ("finding_map", "finding_boxes", "finding_shares")
    maps, boxes, shares = (_last_source(tables[name]) for name in names)
    first = maps.iloc[0]
    payload = _core_payload(maps, boxes, (first["x_factor"], first["y_factor"]), shares)
    verdict = tables["finding_verdict"]
    rows = maps[(maps["reference"] == first["reference"]) & (maps["horizon"] == first["horizon"])]
    return payload | {
        "part": "core",
        "origin": str(first["origin"]),
        "worlds_from": str(first["worlds_from"]),
        "points": int(rows["points"].sum()),
        "verdict": {lang: list(verdict[f"sentence_{lang}"]) for lang in robustness.LANGUAGES},
    }


def _last_source(table: pd.DataFrame) -> pd.DataFrame:
    last = table[table["worlds_from"] == table["worlds_from"].iloc[-1]]
    found: pd.DataFrame = last.reset_index(drop=True)
    return found


def _core_payload(
    maps: pd.DataFrame, boxes: pd.DataFrame, chief: tuple[str, str], shares: pd.DataFrame
) -> dict[str, Any]:
    """Maps pair by pair, the corners in words, and the shares with factors as drawn."""
    cells = ["x_low", "x_high", "y_low", "y_high", "points", "share", "sign"]
    held = ["x_factor", "y_factor", "reference", "horizon"]
    panels = [
        dict(zip(held, group, strict=True)) | {"cells": rows[cells]}
        for group, rows in maps.groupby(held, sort=False)
    ]
    drawn = shares[(shares["factors"] == "drawn") & (shares["outcome"] == "killed")]
    factors = list(dict.fromkeys([*maps["x_factor"], *maps["y_factor"]]))
    return {
        "factors": [
            {
                "name": name,
                "phrase": {lang: robustness.phrase(name, lang) for lang in robustness.LANGUAGES},
            }
            for name in factors
        ],
        "chief": list(chief),
        "references": list(dict.fromkeys(maps["reference"])),
        "horizons": [int(year) for year in dict.fromkeys(maps["horizon"])],
        "panels": panels,
        "boxes": boxes,
        "drawn": drawn[["reference", "horizon", "share", "mc_error", "sign"]],
    }


def _digits(values: Array) -> Any:
    """Six significant digits, in the shape given."""
    flat = [float(f"{value:.6g}") for value in np.asarray(values, dtype=np.float64).ravel()]
    return np.reshape(flat, values.shape).tolist()
