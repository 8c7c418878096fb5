r"""A posterior of all figures at once: chains of parameters, moved up a ladder of powers.

With :math:`\hat p(y\mid\theta, u)` an unbiased estimate of the likelihood, :math:`u` the random
numbers of the filter and :math:`\psi` their law, the targets are

.. math:: \pi_\gamma(\theta, u) \propto p(\theta)\,\psi(u)\,\hat p(y\mid\theta, u)^\gamma,
   \qquad 0 = \gamma_0 < \gamma_1 < \dots < 1 .

The first is the prior and the last has the exact posterior as its margin, whatever the number of
particles (Andrieu and Roberts 2009; Duan and Fulop 2015, "Density-tempered marginalized sequential
Monte Carlo samplers"). Those between are well defined, and nothing is reported of them.

Each power is as large as keeps half of the draws effective. From the weighted draws a hundred or so
are picked, each begins a chain of particle Metropolis steps, and *every* state of every chain is a
draw of the next cloud (Dau and Chopin 2022, "Waste-free sequential Monte Carlo"). For the same
number of filters this gives a cloud ten times as large as keeping the last states, and with it
proposals that know more directions.

**Noise.** Proposals of other luck for the same parameters show how noisy the estimate of the
target is: with log estimates normal of variance :math:`s^2`, those that a chain holds lie
:math:`s^2` above those that other luck would give (Pitt, Silva, Giordani and Kohn 2012). Low powers
need few particles. Before a power at which the noise would be too large, *M* grows: twice as many
draws as chains are filtered again with more particles and picked by the ratio of the estimates.

**What is exact.** The evidence is a product of weighted means, unbiased but for the adaptation of
powers and proposals, which costs terms of order 1 / draws. Its error, and the number of independent
draws that the cloud is worth, come from the scatter between chains, those with a common mother
taken together.

Everything random is keyed by (seed, errand), errands being numbered in the order of the algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.bayes.checkpoints import Checkpoints
from tregua.infer.bayes.outline import Outline, Surrogate
from tregua.infer.bayes.proposals import (
    WAYS,
    Cloud,
    Proposed,
    Walk,
    even_odds,
    new_odds,
    odds_of_steps,
    propose,
)
from tregua.infer.bayes.smc import (
    MOVE_COLUMNS,
    STAGE_COLUMNS,
    Engine,
    NoWeightError,
    Prior,
    Progress,
    Sampled,
    Watch,
    effective_number,
    keyed_generator,
    log_sum,
    read_logs,
    rise_of_power,
    stage_table,
)

__all__ = ["Tempering", "temper"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PRIOR, _RESAMPLE, _MOVE, _EXCHANGE = 1, 2, 3, 4
_TRIES_OF_LUCK = 16.0  # below it the noise of estimates is not judged
_CANDIDATES = 2  # draws filtered again for each chain when particles grow
_REMEMBERED = 6000  # rows that a surrogate is fitted to, at most
_LOOKS = 3  # rows in which a coordinate must have changed nothing to be taken as idle
_CHAIN_WORTH = 3.0  # states of a chain that are worth one draw, for fitting proposals
_KEPT = (
    *("scores", "parts", "log_weights", "mothers", "eves", "archive", "archive_weights"),
    *("at_scores", "at_parts", "origin", "found_scores", "found_parts", "chain_mothers"),
    *("chain_eves", "idle", "tried_scores", "tried_logs", "tried_outlines", "surrogate"),
)


@dataclass(frozen=True)
class Tempering:
    """How a posterior of all figures is sampled.

    Attributes
    ----------
    chains
        Chains at each power, at least 8.
    steps
        Steps of each chain at powers below 1, at least 1; chains times steps draws make a cloud.
    last_steps
        Steps of each chain at power 1, at least 1.
    draws
        Draws that are kept of the last cloud, evenly along the chains; all if there are fewer.
    particles
        Particles M of each draw at the first powers, at least 1.
    most_particles
        M never grows above this.
    seed
        Seed of every random number, 0 to 2**63 - 1.
    least_effective
        Share of the draws that must stay effective, within (0, 1).
    most_noise
        Variance of the log of the tempered estimate, the parameters given, above which M grows.
    walk
        Steps of a walk by the outline, where there is one, at least 1.
    """

    chains: int = 96
    steps: int = 10
    last_steps: int = 30
    draws: int = 512
    particles: int = 16
    most_particles: int = 256
    seed: int = 1
    least_effective: float = 0.5
    most_noise: float = 0.3
    walk: int = 64

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        counts = (self.steps, self.last_steps, self.particles, self.draws)
        if self.chains < 8 or min(counts) < 1:
            raise ValueError(
                "At least 8 chains, 1 step, 1 particle and 1 draw are needed, not "
                f"{self.chains}, {min(counts[:2])}, {self.particles} and {self.draws}."
            )
        if self.most_particles < self.particles:
            raise ValueError(
                f"At most {self.most_particles} particles cannot begin with {self.particles}."
            )
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"The seed must lie between 0 and 2**63 - 1, not {self.seed}.")
        if not 0.0 < self.least_effective < 1.0:
            raise ValueError(
                f"least_effective must lie between 0 and 1, not {self.least_effective}."
            )
        if self.walk < 1:
            raise ValueError(f"A walk has at least 1 step, not {self.walk}.")
        if not self.most_noise > 0.0:
            raise ValueError(f"most_noise must lie above 0, not {self.most_noise}.")


def temper(
    engines: Callable[[int], Engine],
    prior: Prior,
    plan: Tempering,
    *,
    until: int | None = None,
    span: Floats | None = None,
    checkpoints: Checkpoints | None = None,
    watch: Watch | None = None,
    outline: Outline | None = None,
) -> Sampled:
    """Sample the posterior of an engine's parameters given all its stages at once.

    Parameters
    ----------
    engines
        Gives the engine for a number of particles.
    prior
        Priors of the coordinates, and what the engine takes for them.
    plan
        Chains, steps, particles, seed and the rules of adaptation.
    until, span, checkpoints, watch
        As `sample` takes them; checkpoints are kept after each step of the chains.
    outline
        What the mean path reaches, from standard scores; with it, proposals are made by long walks
        that cost no filter (`outline`). It steers proposals and nothing else.

    Returns
    -------
    Sampled
        Of the plan's number of draws; `stages` has a row a power.

    Raises
    ------
    NoWeightError
        If no draw can explain the figures.
    CheckpointError
        If a checkpoint cannot be read or belongs to other work.
    ValueError
        If `until` is not a number of stages.
    """
    sampler = _Ladder(engines, prior, plan, until, span, outline)
    found = checkpoints.find() if checkpoints is not None else None
    if found is None:
        sampler.begin()
    else:
        sampler.restore(*found)
    while sampler.at.phase != "done":
        sampler.step()
        if checkpoints is not None:
            checkpoints.keep(*sampler.left())
        if watch is not None:
            watch(sampler.progress())
    return sampler.sampled()


@dataclass
class _Standing:
    """Where the algorithm stands, apart from arrays: what JSON can write."""

    phase: str = "raise"
    power: float = 0.0
    errand: int = 0
    particles: int = 0
    step: int = 0
    acceptance: float = float("nan")
    filtered: int = 0
    log_evidence: float = 0.0
    variance: float = 0.0
    noise: float = float("nan")  # of the log target at the power in hand
    lucky: list[float] = field(default_factory=lambda: [0.0, 0.0])  # tries of other luck, gaps
    odds: list[float] = field(default_factory=lambda: even_odds().tolist())
    tries: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    gains: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    steps_tried: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    steps_gained: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    rows: list[dict[str, float]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)


class _Ladder:
    """The algorithm, one step at a time; between steps it can be written down."""

    def __init__(
        self,
        engines: Callable[[int], Engine],
        prior: Prior,
        plan: Tempering,
        until: int | None,
        span: Floats | None,
        outline: Outline | None = None,
    ) -> None:
        # Reading a record takes longer than a year of few particles: one engine serves all runs.
        self.engine, self.prior, self.plan = cache(engines), prior, plan
        self.until, self.span, self.outline = until, span, outline
        self.at = _Standing(particles=plan.particles)
        self.at.odds = even_odds(outline is not None).tolist()
        self.stages = 0
        self.scores: Floats  # [N, K], the cloud
        self.parts: Floats  # [N, stages]: log estimates of each stage
        self.log_weights: Floats  # [N], normalised
        self.mothers: Ints  # [N]: chain of which a draw is a state
        self.eves: Ints  # [N]: row of the first cloud from which a draw descends
        self.archive: Floats  # the weighted cloud that proposals learn from ...
        self.archive_weights: Floats  # ... and its weights
        self.at_scores: Floats  # [chains, K], where the chains stand ...
        self.at_parts: Floats  # [chains, stages] ... and their estimates
        self.origin: Floats  # [chains, K], where they began
        self.found_scores: Floats  # [steps so far * chains, K]
        self.found_parts: Floats
        self.chain_mothers: Ints  # [chains]
        self.chain_eves: Ints
        self.idle: NDArray[np.bool_]  # [K], coordinates on which no figure depends
        self.tried_scores: Floats  # [tried, K], the last rows that were filtered, ...
        self.tried_logs: Floats  # [tried] ... their estimates ...
        self.tried_outlines: Floats  # [tried, F] ... and outlines
        self.surrogate: Floats  # [terms], weights of the surrogate in use; none yet: [0]

    # -- beginning, writing down, going on

    def begin(self) -> None:
        """The prior cloud, filtered."""
        n, size = self.plan.chains * self.plan.steps, len(self.prior.names)
        self.scores = self._generator(_PRIOR, 0).standard_normal((n, size))
        self._learn_stages(self.scores[:1])
        self.parts = self._filtered(self.scores)
        self.idle = self._find_idle()
        self.log_weights = np.full(n, -np.log(n))
        self.mothers = np.arange(n, dtype=np.int64)
        self.eves = np.arange(n, dtype=np.int64)
        self.archive, self.archive_weights = self.scores, np.full(n, 1.0 / n)
        self.tried_scores, self.tried_logs = np.empty((0, size)), np.empty(0)
        self.tried_outlines, self.surrogate = np.empty((0, 0)), np.empty(0)
        self._remember(self.scores, self.parts)
        self._begin_chains(np.arange(self.plan.chains))

    def _find_idle(self) -> NDArray[np.bool_]:
        """Coordinates on which no estimate of the first cloud depends: bool[K].

        Every row is filtered once more with the same luck and one coordinate changed; rows take
        turns in which. An estimate that depends on a coordinate differs in some bit.
        """
        n, size = self.scores.shape
        turn = np.arange(n) % size
        changed = self.scores.copy()
        changed[np.arange(n), turn] = self._generator(_PRIOR, 1).standard_normal(n)
        self.at.errand -= 1  # the luck of the first cloud
        again = self._filtered(changed)
        same = (again == self.parts) | ~(np.isfinite(again) | np.isfinite(self.parts))
        idle = np.ones(size, dtype=bool)
        np.logical_and.at(idle, turn, same.all(axis=1))
        # Too few rows for a look at every coordinate leave the others as they are.
        idle[np.bincount(turn, minlength=size) < _LOOKS] = False
        return idle

    def _learn_stages(self, scores: Floats) -> None:
        engine = self.engine(self.at.particles)
        known = engine.begin(self.prior.theta(scores), seed=self.plan.seed, errand=0).stages
        if self.until is not None and not 1 <= self.until <= known:
            raise ValueError(f"Between 1 and {known} stages can be taken in, not {self.until}.")
        self.stages = known if self.until is None else self.until

    def left(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Header and arrays of a checkpoint."""
        return asdict(self.at), {name: getattr(self, name) for name in _KEPT}

    def restore(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Stand where a checkpoint was left."""
        self.at = _Standing(**header)
        for name in _KEPT:
            setattr(self, name, np.array(arrays[name]))
        self._learn_stages(self.scores[:1])

    # -- steps

    def step(self) -> None:
        """One step: raise the power, or move every chain once."""
        {"raise": self._raise, "move": self._move}[self.at.phase]()

    def _raise(self) -> None:
        at, plan = self.at, self.plan
        added = self.parts.sum(axis=1)
        least = plan.least_effective * len(added)
        rise = rise_of_power(self.log_weights, added, 1.0 - at.power, least)
        if rise is None:
            raise NoWeightError(
                "No draw can explain the figures: the filter gives them no weight under any of "
                "them. More particles or draws may help; else the model and these figures "
                "contradict each other."
            )
        before = at.power
        at.power = 1.0 if at.power + rise > 1.0 - 1e-12 else at.power + rise
        logs = self.log_weights + rise * added
        top = log_sum(logs)
        error = self._error_of(np.exp(rise * added - top))
        at.log_evidence += top
        at.variance += error**2
        self.log_weights = logs - top
        row = dict.fromkeys(STAGE_COLUMNS, 0.0)
        row |= {"stage": self.stages, "power": at.power, "log_score": top, "error": error}
        row |= {"powers": 1.0, "acceptance": float("nan"), "noise": float("nan")}
        at.rows.append(row | {"effective": effective_number(self.log_weights)})
        self.archive, self.archive_weights = self.scores, np.exp(self.log_weights)
        self._fit_surrogate()
        self._pick(before)
        # What was learnt about ways of proposing ages with the cloud.
        at.tries, at.gains = ([0.5 * each for each in table] for table in (at.tries, at.gains))
        at.lucky, at.step, at.phase = [0.0, 0.0], 0, "move"

    def _error_of(self, ratio: Floats) -> float:
        """Relative standard error of a weighted mean, from the scatter between chains."""
        share = np.exp(self.log_weights)
        by_chain = np.bincount(self.mothers, share * (ratio - 1.0))
        return float(np.sqrt(np.sum(by_chain**2)))

    def _pick(self, before: float) -> None:
        """Choose where chains begin; with more particles first if the target would be noisy."""
        at, plan = self.at, self.plan
        more = at.particles
        expected = at.noise * (at.power / before) ** 2 if before > 0.0 else float("nan")
        while expected * at.particles / more > plan.most_noise and more < plan.most_particles:
            more = min(2 * more, plan.most_particles)
        uniform = float(self._generator(_RESAMPLE, self._errand()).random())
        if more == at.particles:
            self._begin_chains(_systematic(self.log_weights, plan.chains, uniform))
            return
        at.particles = more
        places = _systematic(self.log_weights, _CANDIDATES * plan.chains, uniform)
        parts = self._filtered(self.scores[places])
        with np.errstate(invalid="ignore"):
            gap = at.power * (parts.sum(axis=1) - self.parts[places].sum(axis=1))
        logs = np.nan_to_num(gap, nan=-np.inf, neginf=-np.inf, posinf=-np.inf)
        if not np.isfinite(logs).any():
            logs = np.zeros(len(places))
        again = float(self._generator(_EXCHANGE, self._errand()).random())
        chosen = _systematic(logs - log_sum(logs), plan.chains, again)
        self._begin_chains(places[chosen], parts[chosen])

    def _begin_chains(self, places: Ints, parts: Floats | None = None) -> None:
        self.at_scores = self.scores[places].copy()
        self.at_parts = self.parts[places].copy() if parts is None else parts
        self.chain_mothers, self.chain_eves = self.mothers[places], self.eves[places]
        self.origin = self.at_scores.copy()
        self.found_scores = np.empty((0, self.scores.shape[1]))
        self.found_parts = np.empty((0, self.stages))

    def _move(self) -> None:
        at, row = self.at, self.at.rows[-1]
        worth = 1.0 / float(np.sum(self.archive_weights**2)) / _CHAIN_WORTH
        cloud = Cloud.of(self.archive, self.archive_weights, self.span, worth=worth, idle=self.idle)
        generator = self._generator(_MOVE, self._errand())
        walk = self._walk(cloud, generator)
        proposed = propose(self.at_scores, cloud, np.array(at.odds), generator, walk)
        parts = self._filtered(proposed.scores)
        with np.errstate(invalid="ignore"):
            gap = at.power * (parts.sum(axis=1) - self.at_parts.sum(axis=1))
        # A chain of no weight moves to any draw that has some.
        ratio = np.nan_to_num(gap + proposed.correction, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        self._remember(proposed.scores, parts)
        self._learn(cloud, proposed, gap, ratio)
        accepted = np.log(generator.random(len(gap))) < ratio
        self.at_scores = np.where(accepted[:, None], proposed.scores, self.at_scores)
        self.at_parts = np.where(accepted[:, None], parts, self.at_parts)
        self.found_scores = np.concatenate([self.found_scores, self.at_scores])
        self.found_parts = np.concatenate([self.found_parts, self.at_parts])
        at.step += 1
        at.acceptance = float(accepted.mean())
        before = 0.0 if np.isnan(row["acceptance"]) else row["acceptance"]
        row["acceptance"] = before + (at.acceptance - before) / at.step
        self._note(proposed, accepted, cloud.mobility(self.at_scores - self.origin))
        if at.step >= (self.plan.last_steps if at.power == 1.0 else self.plan.steps):
            self._close()

    def _remember(self, scores: Floats, parts: Floats) -> None:
        """Keep what was filtered last, for the surrogate."""
        if self.outline is None:
            return
        reached = self.outline(scores)
        if not len(self.tried_logs):
            self.tried_outlines = reached[:0]
        self.tried_scores = np.concatenate([self.tried_scores, scores])[-_REMEMBERED:]
        self.tried_logs = np.concatenate([self.tried_logs, parts.sum(axis=1)])[-_REMEMBERED:]
        self.tried_outlines = np.concatenate([self.tried_outlines, reached])[-_REMEMBERED:]

    def _fit_surrogate(self) -> None:
        if self.outline is None:
            return
        found = Surrogate.fit(
            self.tried_outlines, self.tried_scores, self.tried_logs, ~self.idle, self.at.power
        )
        self.surrogate = found.weights

    def _walk(self, cloud: Cloud, generator: np.random.Generator) -> Walk | None:
        """A walk by the surrogate in use, at the power in hand."""
        outline, at = self.outline, self.at
        if outline is None or not len(self.surrogate):
            return None
        surrogate = Surrogate(self.surrogate, ~self.idle)
        odds = odds_of_steps(np.array(at.steps_tried), np.array(at.steps_gained))
        tries, gains = np.zeros(len(WAYS)), np.zeros(len(WAYS))

        def walk(scores: Floats, shares: Floats) -> tuple[Floats, Floats]:
            first = here = at.power * shares * surrogate.values(outline(scores), scores)
            for _ in range(self.plan.walk):
                step = propose(scores, cloud, odds, generator)
                there = at.power * shares * surrogate.values(outline(step.scores), step.scores)
                ratio = there - here + step.correction
                jumps = cloud.jumps(step.scores - scores)[np.arange(len(ratio)), step.groups]
                tries[:] += np.bincount(step.ways, minlength=len(WAYS))
                gains[:] += np.bincount(
                    step.ways, np.exp(np.minimum(ratio, 0.0)) * jumps, len(WAYS)
                )
                accepted = np.log(generator.random(len(ratio))) < ratio
                scores = np.where(accepted[:, None], step.scores, scores)
                here = np.where(accepted, there, here)
            at.steps_tried = (0.9 * np.array(at.steps_tried) + tries).tolist()
            at.steps_gained = (0.9 * np.array(at.steps_gained) + gains).tolist()
            return scores, here - first

        return walk

    def _learn(self, cloud: Cloud, proposed: Proposed, gap: Floats, ratio: Floats) -> None:
        """Note how far each way would have moved its rows, and what other luck did to targets."""
        at, count = self.at, len(WAYS)
        jumps = cloud.jumps(proposed.scores - self.at_scores)
        worth = np.exp(np.minimum(ratio, 0.0)) * jumps[np.arange(len(gap)), proposed.groups]
        at.tries = (np.bincount(proposed.ways, minlength=count) + at.tries).tolist()
        at.gains = (np.bincount(proposed.ways, worth, count) + at.gains).tolist()
        outlined = self.outline is not None
        at.odds = new_odds(np.array(at.tries), np.array(at.gains), outlined).tolist()
        lucky = (proposed.ways == 0) & np.isfinite(gap)
        at.lucky = [at.lucky[0] + float(lucky.sum()), at.lucky[1] + float(gap[lucky].sum())]

    def _note(self, proposed: Proposed, accepted: NDArray[np.bool_], mobility: float) -> None:
        at = self.at
        for place, way in enumerate(WAYS):
            mine = proposed.ways == place
            if mine.any():
                entry: dict[str, Any] = {"stage": self.stages, "power": at.power, "sweep": at.step}
                entry |= {"way": way.name, "tried": int(mine.sum())}
                entry |= {"accepted": int(accepted[mine].sum()), "odds": at.odds[place]}
                at.moves.append(entry | {"mobility": mobility})

    def _close(self) -> None:
        """All states of all chains are the next cloud."""
        at, row, chains = self.at, self.at.rows[-1], self.plan.chains
        n = len(self.found_scores)
        self.scores, self.parts = self.found_scores, self.found_parts
        self.log_weights = np.full(n, -np.log(n))
        chain = np.tile(np.arange(chains, dtype=np.int64), n // chains)
        # Chains that began in states of one chain are kin: one name for all of them.
        self.mothers = np.unique(self.chain_mothers, return_inverse=True)[1][chain]
        self.eves = self.chain_eves[chain]
        tries, gaps = at.lucky
        at.noise = max(-gaps / tries, 0.0) if tries >= _TRIES_OF_LUCK else at.noise
        row["sweeps"], row["particles"], row["noise"] = at.step, at.particles, at.noise
        row["ancestors"], row["spread"] = len(np.unique(self.eves)), self._spread()
        at.phase = "done" if at.power == 1.0 else "raise"

    def _spread(self) -> float:
        """Mean variance outside the directions that data inform; not a number where none is."""
        even = np.full(len(self.scores), 1.0 / len(self.scores))
        cloud = Cloud.of(self.scores, even, self.span, idle=self.idle)
        rest = self.scores @ (cloud.alone if self.span is None else cloud.beside)
        return float(np.mean(rest.var(axis=0))) if rest.shape[1] else float("nan")

    # -- parts of the steps

    def _filtered(self, scores: Floats) -> Floats:
        """Log estimates of each stage: float64[n, stages]."""
        swarm = self.engine(self.at.particles).begin(
            self.prior.theta(scores), seed=self.plan.seed, errand=self._errand()
        )
        parts = np.zeros((len(scores), self.stages))
        for stage in range(self.stages):
            parts[:, stage] = read_logs(swarm.advance())
        self.at.filtered += self.stages
        self.diagnostics = swarm.diagnostics
        return parts

    def _errand(self) -> int:
        number = self.at.errand
        self.at.errand += 1
        return number

    def _generator(self, purpose: int, errand: int) -> np.random.Generator:
        return keyed_generator(self.plan.seed, purpose, errand)

    def progress(self) -> Progress:
        """How far the run has come."""
        at = self.at
        return Progress(
            self.stages, self.stages, at.power, at.step, at.acceptance,
            effective_number(self.log_weights), at.particles, at.filtered,
        )  # fmt: skip

    def sampled(self) -> Sampled:
        """The result of a run that is done."""
        at = self.at
        # How filters fare at the end, the same whether or not the run was interrupted.
        self._filtered(self.at_scores)
        kept = self._kept()
        # A chain that stands still repeats its draw: repeats are worth one.
        _, repeats = np.unique(self.scores[kept], axis=0, return_counts=True)
        most = len(kept) ** 2 / float(np.sum(repeats**2))
        return Sampled(
            names=self.prior.names,
            scores=self.scores[kept],
            log_likelihood=self.parts[kept],
            effective=np.minimum(self._worth(), most),
            log_evidence=at.log_evidence,
            error=float(np.sqrt(at.variance)),
            stages=stage_table(at.rows),
            moves=pd.DataFrame(at.moves, columns=list(MOVE_COLUMNS)),
            diagnostics=self.diagnostics,
            particles=at.particles,
        )

    def _kept(self) -> Ints:
        """Rows of the last cloud that are kept: evenly along each chain, of all chains alike."""
        n, chains = len(self.scores), self.plan.chains
        # Rows follow step by step; taken evenly in that order, the same few chains would recur.
        along = np.arange(n).reshape(-1, chains).T.ravel()
        return along[np.linspace(0, n - 1, min(self.plan.draws, n)).astype(np.int64)]

    def _worth(self) -> Floats:
        """Independent draws that the cloud is worth, from the scatter between families of chains.

        A mean of N draws has the variance that the sums of families show; a mean of independent
        draws has s^2 / n. Float64[K].
        """
        n = len(self.scores)
        centred = self.scores - self.scores.mean(axis=0)
        sums = np.zeros((int(self.mothers.max()) + 1, centred.shape[1]))
        np.add.at(sums, self.mothers, centred)
        scatter = np.sum(sums**2, axis=0) / n**2
        variance = self.scores.var(axis=0)
        return np.asarray(np.clip(variance / np.maximum(scatter, 1e-300), 1.0, n))


def _systematic(log_weights: Floats, count: int, uniform: float) -> Ints:
    """Places in proportion to weights, `count` of them, by systematic resampling."""
    reached = np.cumsum(np.exp(log_weights))
    points = (uniform + np.arange(count)) / count * reached[-1]
    places = np.searchsorted(reached, points, side="right")
    return np.asarray(np.minimum(places, len(reached) - 1), dtype=np.int64)
