r"""Search for policy timelines over several harms, and judge what was found on other worlds.

The best of a thousand policies on two hundred worlds is partly the luckiest: a maximum over noisy
means is biased (the optimiser's curse, Smith and Winkler 2006, Management Science 52(3)). So a
search chooses on one set of worlds, and what it chose is run again on worlds that it never saw.
Three things are printed beside it, whichever way they turn out:

- the *optimism*: how much better the chosen policies looked, next to the shipped strategies, on the
  worlds on which they were chosen. With $D$ the mean difference between the chosen and the shipped,
  it is $D_\text{held out} - D_\text{search}$, above 0 where the search flattered its choice;
- the shipped strategies, which nobody chose on these worlds, as members of the same comparison;
- random search: as many different plans, drawn evenly from the cube of the levers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.search.evolve import SEARCH_ALGORITHMS, Archive, evolve
from tregua.decide.search.kept import Kept
from tregua.decide.search.levers import LEVERS, Plan, plan_of
from tregua.decide.search.pareto import (
    _bootstrap,
    hypervolume,
    membership,
    nondominated,
    representatives,
)
from tregua.decide.search.trial import Policy, Trial
from tregua.decide.strategies import CATALOGUE
from tregua.model import Timeline
from tregua.model.strategy import GovernmentStrategy
from tregua.provenance import code_digest
from tregua.shown import Shown

__all__ = ["SearchResult", "search_timelines"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_MARGIN = 0.1  # of the range of the shipped strategies, from the worst of them to the reference
_RANDOM = 1  # the part of the seed that keys random search
_MOST_ROUNDS = 50  # of random search in which no new plan turns up
_SMALLEST_BOX, _GROWTH = 0.005, 1.25  # of an outcome's range; and from one size to the next
_SOURCES = ("search", "random", "shipped")


@dataclass(frozen=True)
class SearchResult(Shown):
    """What a search found, and how it fared on other worlds.

    Attributes
    ----------
    origin, years
        Month from which the policies act, and length of the runs.
    outcomes
        Names of the harms, in the order of the columns below.
    worlds, held_out
        Numbers of worlds of the search, and of those that it never saw.
    best, reference
        float64[outcomes]: the best of the shipped strategies on the worlds of the search, and the
        point up to which hypervolume counts: the worst of them and a tenth of their range beyond.
    policies
        One row for every policy run on the held-out worlds. Columns number, source ("search",
        "random" or "shipped"), policy (in words), the levers (missing for shipped strategies),
        undominated (nobody in the table does better on the held-out worlds), stays (share of
        bootstrap samples of those worlds in which it is) and shown (stands for those like it).
    values
        Columns number, outcome, search, search_error, held_out, held_out_error: means over worlds,
        and their Monte-Carlo standard errors.
    optimism
        Columns source ("search" or "random"), outcome, search and held_out (mean of the source's
        policies less that of the shipped strategies on each set), optimism and error.
    scores
        Columns source, simulated (different plans tried), chosen (run on the held-out worlds),
        kept (of these, undominated among all of their source there), hypervolume_search,
        hypervolume and error on the held-out worlds (1: the box from `best` to the worst of the
        shipped), lead (hypervolume less that of random search) and lead_error, by a bootstrap over
        worlds.
    """

    origin: str
    years: int
    outcomes: tuple[str, ...]
    worlds: int
    held_out: int
    best: Array
    reference: Array
    policies: pd.DataFrame
    values: pd.DataFrame
    optimism: pd.DataFrame
    scores: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: policies, values, optimism, scores."""
        return {name: getattr(self, name) for name in ("policies", "values", "optimism", "scores")}


def search_timelines(
    trial: Trial,
    held_out: Trial,
    *,
    population: int = 40,
    generations: int = 20,
    seed: int = 1,
    algorithm: str = "nsga2",
    shipped: Mapping[str, GovernmentStrategy | Timeline] = CATALOGUE,
    shown: int = 12,
    samples: int = 200,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> SearchResult:
    """Search policy timelines on some worlds, and judge them on others.

    Parameters
    ----------
    trial
        Worlds on which the search chooses.
    held_out
        Worlds on which its choice is judged; they share no world with `trial`.
    population, generations
        Plans a generation (at least 4), and generations (at least 1). As many different plans are
        drawn at random for comparison.
    seed
        Seed of the optimiser, of random search and of the bootstrap.
    algorithm
        "nsga2", or "nsga3" for four outcomes and more.
    shipped
        Strategies and timelines that stand beside what is found; one's own may be among them.
    shown
        How many policies at most stand for the undominated, at least 1. Those whose outcomes fall
        into one box stand for each other, and boxes grow until they are few enough.
    samples
        Samples of the bootstrap over the held-out worlds.
    folder
        Where simulated plans are kept, so that the same call goes on where it was stopped. More
        generations than before are allowed. None keeps nothing.
    progress
        Called with (policies run, policies to run at most).

    Returns
    -------
    SearchResult
        The same for the same worlds and seeds, with any number of threads, interrupted or not.

    Raises
    ------
    SearchLibraryError
        If pymoo is not installed.
    ValueError
        If the trials do not fit together, share worlds, or a number is out of range; if the folder
        belongs to another search.
    """
    _check(trial, held_out, algorithm, shown, samples)
    about = _about(trial, held_out, population, seed, algorithm)
    kept = Kept(folder, about, trial.outcomes)
    most = 2 * population * generations + 2 * len(shipped) + 2 * population
    runner = _Runner(trial, kept, progress, most)
    archive = evolve(
        runner.values_at,
        len(LEVERS),
        len(trial.outcomes),
        population=population,
        generations=generations,
        seed=seed,
        algorithm=algorithm,
    )
    searched = list(dict.fromkeys(runner.plans_at(archive.points)))
    drawn = _at_random(runner, len(searched), population, seed)
    chosen: dict[str, Sequence[Policy]] = {
        "search": _choice(searched, kept, population),
        "random": _choice(drawn, kept, population),
        "shipped": list(shipped.values()),
    }
    before = {
        source: np.stack([runner.totals(trial, policy) for policy in policies])
        for source, policies in chosen.items()
    }
    after = {
        source: np.stack([runner.totals(held_out, policy) for policy in policies])
        for source, policies in chosen.items()
    }
    counts = {"search": len(searched), "random": len(drawn), "shipped": len(shipped)}
    return _judged(trial, held_out, chosen, before, after, counts, shown, samples, seed)


class _Runner:
    """Runs policies, remembers plans, and tells how far it is."""

    def __init__(self, trial: Trial, kept: Kept, progress: Progress | None, most: int) -> None:
        self.trial, self.kept, self.progress, self.most = trial, kept, progress, most
        self.done = 0

    def plans_at(self, points: Array) -> list[Plan]:
        return [plan_of(point, self.trial.months) for point in points]

    def values_at(self, points: Array) -> Array:
        """Mean outcomes of the plans at some points; a plan run before is not run again."""
        plans = self.plans_at(points)
        self.run(plans)
        return np.stack([self.kept.values[plan] for plan in plans])

    def run(self, plans: list[Plan]) -> None:
        new = [plan for plan in dict.fromkeys(plans) if plan not in self.kept.values]
        found = [self.trial.means(self.totals(self.trial, plan))[0] for plan in new]
        if new:
            self.kept.add(new, np.stack(found))
        self.tell(len(plans) - len(new))

    def totals(self, trial: Trial, policy: Policy) -> Array:
        found = trial.totals(policy)
        self.tell(1)
        return found

    def tell(self, more: int) -> None:
        self.done += more
        if self.progress is not None:
            self.progress(min(self.done, self.most), self.most)


def _check(trial: Trial, held_out: Trial, algorithm: str, shown: int, samples: int) -> None:
    problems = [
        f"the trials differ in {name}"
        for name in ("origin", "years", "outcomes", "mechanisms")
        if getattr(trial, name) != getattr(held_out, name)
    ]
    if trial.gangs is not held_out.gangs:
        problems.append("the trials differ in the gangs' reply")
    common = len(np.intersect1d(trial.draws.worlds, held_out.draws.worlds))
    if common and trial.seed == held_out.seed:
        problems.append(f"{common} worlds are in both sets; held-out worlds must be others")
    if algorithm not in SEARCH_ALGORITHMS:
        problems.append(f"no algorithm '{algorithm}'; known: {', '.join(SEARCH_ALGORITHMS)}")
    if shown < 1:
        problems.append(f"at least one policy must be shown, not {shown}")
    if samples < 2:
        problems.append(f"the bootstrap needs at least 2 samples, not {samples}")
    if problems:
        raise ValueError("Search: " + "; ".join(problems) + ".")


def _about(
    trial: Trial, held_out: Trial, population: int, seed: int, algorithm: str
) -> dict[str, str | int | list[str]]:
    return {
        "origin": trial.origin,
        "years": trial.years,
        "outcomes": list(trial.outcomes),
        "worlds": len(trial),
        "held_out": len(held_out),
        "population": population,
        "algorithm": algorithm,
        "seed": seed,
        "gangs": trial.gangs.name,
        "mechanisms": list(trial.mechanisms),
        "drawn": trial.digest,
        "code": code_digest(),
    }


def _at_random(runner: _Runner, wanted: int, batch: int, seed: int) -> list[Plan]:
    """As many different plans as asked for, drawn evenly from the cube, and simulated."""
    generator = np.random.default_rng([seed, _RANDOM])
    drawn: dict[Plan, None] = {}
    idle = 0
    while len(drawn) < wanted and idle < _MOST_ROUNDS:
        plans = runner.plans_at(generator.random((batch, len(LEVERS))))
        fresh = [plan for plan in dict.fromkeys(plans) if plan not in drawn]
        fresh = fresh[: wanted - len(drawn)]
        runner.run(fresh)
        drawn.update(dict.fromkeys(fresh))
        idle = 0 if fresh else idle + 1
    return list(drawn)


def _choice(plans: list[Plan], kept: Kept, most: int) -> list[Plan]:
    """The Pareto set of what was tried, thinned to some members if it is larger."""
    values = np.stack([kept.values[plan] for plan in plans])
    rows = Archive(np.zeros((len(plans), 0)), values, np.zeros(len(plans), dtype=np.int64)).front
    return [plans[row] for row in rows[_thinned(values[rows], most)]]


def _thinned(values: Array, most: int) -> NDArray[np.int64]:
    """At most so many rows of a front: one for each box, in boxes large enough."""
    kept, size = np.arange(len(values)), _SMALLEST_BOX
    while len(kept) > most:
        kept = representatives(values, size * _span(values))
        size *= _GROWTH
    return kept


def _span(values: Array) -> Array:
    """Range of every outcome; 1 where there is none."""
    span = values.max(axis=0) - values.min(axis=0)
    return np.asarray(np.where(span > 0.0, span, 1.0))


def _means(trial: Trial, totals: Array) -> tuple[Array, Array]:
    """Means and errors of many policies, each float64[policies, outcomes]."""
    pairs = [trial.means(each) for each in totals]
    return np.stack([mean for mean, _ in pairs]), np.stack([error for _, error in pairs])


def _judged(
    trial: Trial,
    held_out: Trial,
    chosen: Mapping[str, Sequence[Policy]],
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    counts: Mapping[str, int],
    shown: int,
    samples: int,
    seed: int,
) -> SearchResult:
    all_after = np.concatenate([after[source] for source in _SOURCES])
    means_before, errors_before = _means(trial, np.concatenate([before[s] for s in _SOURCES]))
    means_after, errors_after = _means(held_out, all_after)
    ships = means_before[-len(before["shipped"]) :]
    best, span = ships.min(axis=0), _span(ships)
    worst = best + span
    stays = membership(all_after, weights=held_out.shares, draws=samples, seed=seed)
    policies = _policies(chosen, means_after, stays, shown)
    numbers = policies["number"].to_numpy()
    values = pd.DataFrame(
        {
            "number": np.repeat(numbers, len(trial.outcomes)),
            "outcome": np.tile(trial.outcomes, len(numbers)),
            "search": means_before.ravel(),
            "search_error": errors_before.ravel(),
            "held_out": means_after.ravel(),
            "held_out_error": errors_after.ravel(),
        }
    )
    return SearchResult(
        origin=trial.origin,
        years=trial.years,
        outcomes=trial.outcomes,
        worlds=len(trial),
        held_out=len(held_out),
        best=best,
        reference=worst + _MARGIN * span,
        policies=policies,
        values=values,
        optimism=_optimism(trial, held_out, before, after),
        scores=_scores(trial, held_out, before, after, counts, best, span, samples, seed),
    )


def _policies(
    chosen: Mapping[str, Sequence[Policy]],
    means: Array,
    stays: Array,
    shown: int,
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for source in _SOURCES:
        for policy in chosen[source]:
            levers = vars(policy) if isinstance(policy, Plan) else {}
            words = str(policy) if isinstance(policy, Plan) else policy.name
            rows.append(
                {"number": len(rows) + 1, "source": source, "policy": words}
                | {lever.name: levers.get(lever.name) for lever in LEVERS}
            )
    frame = pd.DataFrame(rows)
    frame["undominated"] = nondominated(means)
    frame["stays"] = stays
    frame["shown"] = False
    front = np.flatnonzero(frame["undominated"])
    frame.loc[front[_thinned(means[front], shown)], "shown"] = True
    return frame


def _optimism(
    trial: Trial, held_out: Trial, before: Mapping[str, Array], after: Mapping[str, Array]
) -> pd.DataFrame:
    """How much better the chosen looked where they were chosen, next to those nobody chose."""
    rows: list[dict[str, object]] = []
    for source in ("search", "random"):
        there, there_error = trial.means(before[source].mean(0) - before["shipped"].mean(0))
        here, here_error = held_out.means(after[source].mean(0) - after["shipped"].mean(0))
        for place, outcome in enumerate(trial.outcomes):
            rows.append(
                {
                    "source": source,
                    "outcome": outcome,
                    "search": there[place],
                    "held_out": here[place],
                    "optimism": here[place] - there[place],
                    "error": float(np.hypot(there_error[place], here_error[place])),
                }
            )
    return pd.DataFrame(rows)


def _scores(
    trial: Trial,
    held_out: Trial,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    counts: Mapping[str, int],
    best: Array,
    span: Array,
    samples: int,
    seed: int,
) -> pd.DataFrame:
    """Hypervolume of each source, in units of the box between best and worst shipped."""
    corner = np.full(len(span), 1.0 + _MARGIN)
    worlds = _bootstrap(held_out.shares, samples, seed)
    sampled: dict[str, Array] = {}
    rows: list[dict[str, object]] = []
    for source in _SOURCES:
        scaled = (after[source] - best) / span
        sampled[source] = np.array(
            [hypervolume(means, corner) for means in np.einsum("bw,pwo->bpo", worlds, scaled)]
        )
    whole = {s: _means(held_out, (after[s] - best) / span)[0] for s in _SOURCES}
    sizes = {source: hypervolume(whole[source], corner) for source in _SOURCES}
    for source in _SOURCES:
        there = _means(trial, (before[source] - best) / span)[0]
        lead = sampled[source] - sampled["random"]
        rows.append(
            {
                "source": source,
                "simulated": counts[source],
                "chosen": len(whole[source]),
                "kept": int(nondominated(whole[source]).sum()),
                "hypervolume_search": hypervolume(there, corner),
                "hypervolume": sizes[source],
                "error": float(sampled[source].std(ddof=1)),
                "lead": sizes[source] - sizes["random"],
                "lead_error": float(lead.std(ddof=1)),
            }
        )
    return pd.DataFrame(rows)
