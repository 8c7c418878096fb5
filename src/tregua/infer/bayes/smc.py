r"""A posterior by SMC squared: draws of parameters, each with a swarm of particles of its own.

Data come in stages (calendar years). Stage by stage, each of *N* parameter draws is weighted by an
unbiased estimate of how likely the stage is, which its swarm of *M* particles gives; when few draws
carry the weight, they are resampled and moved by particle Metropolis steps that run the filter
again from the start (Chopin, Jacob and Papaspiliopoulos 2013, "SMC^2"). With
:math:`\hat p(y_{1:t}\mid\theta, u)` the estimate, :math:`u` all random numbers of the filter and
:math:`\psi` their law, the target after stage *t* is

.. math:: \pi_t(\theta, u) \propto p(\theta)\,\psi(u)\,\hat p(y_{1:t}\mid\theta, u),

whose margin in :math:`\theta` is the exact posterior whatever *M* is, because the estimate is
unbiased (Andrieu and Roberts 2009). *M* changes the effort, not the target.

**Tempering.** A wide prior meets sharp data: at the first stages hardly any draw would survive. So
a stage enters by powers :math:`0 < \gamma_1 < \dots < 1` of its estimate, each as large as keeps
half of the draws effective (Duan and Fulop 2015, "density-tempered"):
:math:`p(\theta)\psi(u)\hat p(y_{1:t-1})\,\hat p(y_t\mid y_{1:t-1})^{\gamma}`. At
:math:`\gamma = 0` and :math:`1` this is exact. Between them it is a well-defined target of
:math:`(\theta, u)`, which weights and moves treat exactly, but its margin is *not* the posterior
raised to a power, since the mean of a power is not the power of the mean. Nothing is ever reported
at a power between.

**What is exact.** The evidence is a product of weighted means, unbiased but for the adaptation of
powers and proposals, which costs terms of order 1 / *N*. Doubling *M* along the way gives each
draw a new swarm and the ratio of the two estimates as weight; its expectation is one, and the
evidence leaves it out.

Everything random is keyed by (seed, errand), errands being numbered in the order of the algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.bayes.checkpoints import Checkpoints
from tregua.infer.bayes.proposals import (
    WAYS,
    Cloud,
    Proposed,
    even_odds,
    new_odds,
    propose,
)
from tregua.infer.particles.resampling import systematic

__all__ = [
    "Engine",
    "NoWeightError",
    "Plan",
    "Prior",
    "Progress",
    "Sampled",
    "Swarm",
    "sample",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


# -- The bridge to a filter --------------------------------------------------------------------


class Swarm(Protocol):
    """Particle filters of many parameter draws, standing at the end of some stage.

    Attributes
    ----------
    stages
        Stages of data in all.
    stage
        Stages taken in so far.
    diagnostics
        A row a date: how the filters fared.
    """

    @property
    def stages(self) -> int:
        """Stages of data in all."""
        ...

    @property
    def stage(self) -> int:
        """Stages taken in so far."""
        ...

    @property
    def diagnostics(self) -> pd.DataFrame:
        """A row a date: how the filters fared."""
        ...

    def advance(self) -> Floats:
        """Take in the next stage; log of an unbiased estimate of its likelihood, one a draw."""
        ...

    def take(self, places: Ints) -> Self:
        """A new swarm of these rows, parameters and particles, with luck of their own."""
        ...

    def replace(self, rows: Bools, other: Self) -> Self:
        """The same swarm with some rows from another of the same shape and stage."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that is needed to go on later."""
        ...


class Engine(Protocol):
    """Makes swarms.

    Attributes
    ----------
    names
        Parameters that the likelihood can see.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that the likelihood can see."""
        ...

    def begin(self, draws: Any, *, seed: int, errand: int) -> Swarm:
        """A swarm before the first stage; another errand is other luck."""
        ...

    def restore(self, arrays: dict[str, NDArray[Any]]) -> Swarm:
        """The swarm that left these arrays."""
        ...


class Prior(Protocol):
    """Independent priors, each standard normal on its own scale.

    Attributes
    ----------
    names
        Names of the coordinates.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        ...

    def theta(self, scores: Floats) -> Any:
        """What an engine takes, from standard scores float64[n, K]."""
        ...


class NoWeightError(ValueError):
    """No draw can explain a stage: every estimate of its likelihood is zero."""


# -- What is asked, what is told, what is found --------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How the posterior is sampled.

    Attributes
    ----------
    draws
        Parameter draws N, at least 8.
    particles
        Particles M of each draw at the start, at least 1.
    seed
        Seed of every random number, 0 to 2**63 - 1.
    least_effective
        Share of the draws that must stay effective, within (0, 1).
    mobility
        Sweeps end when draws have moved so far: mean squared distance over twice the variance, 0
        for not at all, 1 for draws afresh.
    sweeps
        Most sweeps of one step, at least 1; up to four times as many at early stages, which are
        cheap to run again.
    most_noise
        Variance of the log of the tempered estimate, the parameters given, above which M grows.
    most_particles
        M never grows above this.
    """

    draws: int = 256
    particles: int = 64
    seed: int = 1
    least_effective: float = 0.5
    mobility: float = 0.5
    sweeps: int = 6
    most_noise: float = 0.25
    most_particles: int = 256

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.draws < 8 or self.particles < 1 or self.sweeps < 1:
            raise ValueError(
                "At least 8 draws, 1 particle and 1 sweep are needed, not "
                f"{self.draws}, {self.particles} and {self.sweeps}."
            )
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"The seed must lie between 0 and 2**63 - 1, not {self.seed}.")
        if not 0.0 < self.least_effective < 1.0:
            raise ValueError(
                f"least_effective must lie between 0 and 1, not {self.least_effective}."
            )
        if not self.most_noise > 0.0:
            raise ValueError(f"most_noise must lie above 0, not {self.most_noise}.")


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    stage, stages
        Stage in hand (from 1), stages in all.
    power
        Power at which the stage stands, 0 to 1.
    sweep
        Sweeps of moves done at this power; 0 while none.
    acceptance
        Share of proposals accepted in the last sweep; not a number before the first.
    effective
        Effective draws.
    particles
        Particles of each draw.
    filtered
        Stages filtered so far in all runs of the filter, a measure of work.
    """

    stage: int
    stages: int
    power: float
    sweep: int
    acceptance: float
    effective: float
    particles: int
    filtered: int


Watch = Callable[[Progress], None]
"""What is called after every step."""


@dataclass(frozen=True)
class Sampled:
    """Equally weighted draws of a posterior, on the scale of standard scores.

    Attributes
    ----------
    names
        Names of the K coordinates.
    scores
        float64[N, K]; the prior of each is standard normal.
    log_likelihood
        float64[N, stages]: log estimates of each stage given those before, as the filter that goes
        with the draw gave them.
    effective
        float64[K]: how many independent draws these are worth, coordinate by coordinate. Rows that
        descend from one row are alike until moves part them; each resampling adds N / (effective
        draws) - 1 to the variance of a mean, and moves that keep a share c of a coordinate leave
        that share of what was added.
    log_evidence, error
        Log of the evidence, and its Monte-Carlo standard error.
    stages
        A row a stage, or a block of stages that were taken in together: stage (the last of the
        block), power (below 1 only in rows of `temper`), log_score (log predictive density),
        error, powers (how many), sweeps, acceptance, effective (least number of effective draws),
        particles, ancestors (rows of the first cloud that still have descendants), spread (mean
        variance of the cloud in directions that data do not inform, 1 under the prior; far less
        means that the cloud has shrunk for want of moves), noise (variance of the log of the
        estimated target, the parameters given, as proposals of other luck show it; not a number
        where too few were made).
    moves
        A row a sweep and way of proposing (`Way.name`): stage, power, sweep, way, tried, accepted,
        odds (how often it is tried), mobility (so far in this step).
    diagnostics
        What the filter says of itself (see `Swarm`).
    particles
        Particles of each draw at the end.
    """

    names: tuple[str, ...]
    scores: Floats
    log_likelihood: Floats
    effective: Floats
    log_evidence: float
    error: float
    stages: pd.DataFrame
    moves: pd.DataFrame
    diagnostics: pd.DataFrame
    particles: int

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.scores.setflags(write=False)
        self.log_likelihood.setflags(write=False)


STAGE_COLUMNS = (
    *("stage", "power", "log_score", "error", "powers", "sweeps", "acceptance", "effective"),
    *("particles", "ancestors", "spread", "noise"),
)
MOVE_COLUMNS = ("stage", "power", "sweep", "way", "tried", "accepted", "odds", "mobility")


def sample(
    engines: Callable[[int], Engine],
    prior: Prior,
    plan: Plan,
    *,
    until: int | None = None,
    blocks: Sequence[int] | None = None,
    span: Floats | None = None,
    checkpoints: Checkpoints | None = None,
    watch: Watch | None = None,
) -> Sampled:
    """Sample the posterior of an engine's parameters.

    Parameters
    ----------
    engines
        Gives the engine for a number of particles.
    prior
        Priors of the coordinates, and what the engine takes for them.
    plan
        Draws, particles, seed and the rules of adaptation.
    until
        Stages to take in; None for all.
    blocks
        Stages that are taken in together: the number of stages at the end of each block, rising.
        None takes each stage by itself, which gives each a log score of its own; one block for all
        takes far fewer steps.
    span
        float64[K, d], orthonormal columns: directions that data may inform, if known beforehand.
        They steer proposals only; a poor choice costs effort and changes no target.
    checkpoints
        Where to keep how far the run has come, after each stage and each sweep; a run of the same
        work that stands there goes on. None keeps nothing.
    watch
        Called after every step with a `Progress`.

    Returns
    -------
    Sampled

    Raises
    ------
    NoWeightError
        If no draw can explain a stage.
    CheckpointError
        If a checkpoint cannot be read or belongs to other work.
    ValueError
        If `until` or `blocks` name stages that are not there.
    """
    sampler = _Sampler(engines, prior, plan, until, span, blocks)
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


# -- The algorithm -------------------------------------------------------------------------------


@dataclass
class _Standing:
    """Where the algorithm stands, apart from arrays: what JSON can write."""

    phase: str = "advance"
    block: int = 0  # in hand, from 0
    power: float = 0.0
    errand: int = 0  # the next to be given out
    particles: int = 0
    sweep: int = 0
    acceptance: float = float("nan")
    filtered: int = 0
    log_evidence: float = 0.0
    variance: float = 0.0
    resampled: int = 0
    noise: float = float("nan")  # of the log target, as the last step's moves showed it
    lucky: list[float] = field(default_factory=lambda: [0.0, 0.0])  # tries of other luck, gaps
    odds: list[float] = field(default_factory=lambda: even_odds().tolist())
    tries: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    gains: list[float] = field(default_factory=lambda: [0.0] * len(WAYS))
    stages: list[dict[str, float]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)


class _Sampler:
    """SMC squared, one step at a time; between steps it can be written down."""

    def __init__(
        self,
        engines: Callable[[int], Engine],
        prior: Prior,
        plan: Plan,
        until: int | None,
        span: Floats | None,
        blocks: Sequence[int] | None = None,
    ) -> None:
        # Reading a record takes longer than a year of few particles: one engine serves all reruns.
        self.engine, self.prior, self.plan = cache(engines), prior, plan
        self.until, self.span, self.blocks = until, span, blocks
        self.at = _Standing(particles=plan.particles)
        self.swarm: Swarm
        self.scores: Floats  # [N, K]
        self.parts: Floats  # [N, stages]: log estimates of each stage
        self.log_weights: Floats  # [N], normalised
        self.eves: Ints  # [N]: row of the first cloud from which a row descends
        self.origin: Floats  # scores at the start of a step of moves
        self.archive: Floats  # the weighted cloud that proposals learn from ...
        self.archive_weights: Floats  # ... and its weights
        self.inflation: Floats  # [K]: by how much kinship of rows inflates the variance of a mean

    # -- beginning, writing down, going on

    def begin(self) -> None:
        """The prior cloud before the first stage."""
        n, size = self.plan.draws, len(self.prior.names)
        self.scores = self._generator(_PRIOR, 0).standard_normal((n, size))
        self.swarm = self._fresh(self.scores)
        self.stages, self.ends = self._stages()
        self.parts = np.zeros((n, self.stages))
        self.log_weights = np.full(n, -np.log(n))
        self.eves = np.arange(n, dtype=np.int64)
        self.inflation = np.ones(size)
        self._freeze(np.full(n, 1.0 / n))

    def _stages(self) -> tuple[int, tuple[int, ...]]:
        """Stages to take in, and the number of stages at the end of each block."""
        known = self.swarm.stages
        if self.until is not None and not 1 <= self.until <= known:
            raise ValueError(f"Between 1 and {known} stages can be taken in, not {self.until}.")
        stages = known if self.until is None else self.until
        ends = tuple(range(1, stages + 1)) if self.blocks is None else tuple(self.blocks)
        rising = all(one < other for one, other in pairwise((0, *ends)))
        if not rising or not ends or ends[-1] != stages:
            raise ValueError(
                f"Blocks must end at rising numbers of stages, the last at {stages}, not {ends}."
            )
        return stages, ends

    @property
    def _block(self) -> slice:
        """Stages of the block in hand."""
        block = self.at.block
        return slice(self.ends[block - 1] if block else 0, self.ends[block])

    @property
    def _last(self) -> bool:
        """Whether the target in hand is the final one."""
        return self.at.power == 1.0 and self.at.block + 1 == len(self.ends)

    def left(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Header and arrays of a checkpoint."""
        arrays = {name: getattr(self, name) for name in _KEPT}
        arrays |= {f"swarm.{name}": array for name, array in self.swarm.arrays().items()}
        return asdict(self.at), arrays

    def restore(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Stand where a checkpoint was left."""
        self.at = _Standing(**header)
        for name in _KEPT:
            setattr(self, name, np.array(arrays[name]))
        kept = {
            name.removeprefix("swarm."): np.array(array)
            for name, array in arrays.items()
            if name.startswith("swarm.")
        }
        self.swarm = self.engine(self.at.particles).restore(kept)
        self.stages, self.ends = self._stages()

    # -- steps

    def step(self) -> None:
        """One step: take in a stage, raise its power, or move every draw once."""
        {"advance": self._advance, "temper": self._temper, "move": self._move}[self.at.phase]()

    def _advance(self) -> None:
        at, block = self.at, self._block
        for stage in range(block.start, block.stop):
            self.parts[:, stage] = read_logs(self.swarm.advance())
        at.filtered += block.stop - block.start
        at.power, at.sweep = 0.0, 0
        row = dict.fromkeys(STAGE_COLUMNS, 0.0)
        row |= {"stage": block.stop, "power": 1.0, "effective": float(self.plan.draws)}
        at.stages.append(row | {"acceptance": float("nan"), "noise": float("nan")})
        at.phase = "temper"

    def _temper(self) -> None:
        at, row = self.at, self.at.stages[-1]
        added = self.parts[:, self._block].sum(axis=1)
        rise = self._rise(added)
        logs = self.log_weights + rise * added
        top = log_sum(logs)
        # Variance of a weighted mean relative to its square (delta method).
        weights = np.exp(self.log_weights)
        ratio = np.exp(rise * added - top)
        variance = float(np.sum(weights**2 * (ratio - 1.0) ** 2))
        at.log_evidence += top
        at.variance += variance
        row["log_score"] += top
        row["error"] = float(np.hypot(row["error"], np.sqrt(variance)))
        row["powers"] += 1
        self.log_weights = logs - top
        at.power = 1.0 if at.power + rise > 1.0 - 1e-12 else at.power + rise
        effective = self._effective()
        row["effective"] = min(row["effective"], effective)
        if self._last or at.power < 1.0 or effective < self.plan.least_effective * self.plan.draws:
            self._resample()
            at.phase, at.sweep = "move", 0
        else:
            self._close_power()

    def _rise(self, added: Floats) -> float:
        """The largest rise of the power that keeps enough draws effective."""
        least = self.plan.least_effective * self.plan.draws
        rise = rise_of_power(self.log_weights, added, 1.0 - self.at.power, least)
        if rise is None:
            raise NoWeightError(
                f"No draw can explain stage {self._block.stop}: the filter gives it no weight "
                "under any of them. More particles or draws may help; else the model and these "
                "figures contradict each other."
            )
        return rise

    def _resample(self) -> None:
        at = self.at
        self._freeze(np.exp(self.log_weights))
        self.inflation = self.inflation + self.plan.draws / self._effective() - 1.0
        uniform = self._generator(_RESAMPLE, self._errand()).random(1)
        places = systematic(self.log_weights[None, :], uniform)[0]
        self.scores, self.parts = self.scores[places], self.parts[places]
        self.eves = self.eves[places]
        self.swarm = self.swarm.take(places)
        self.log_weights = np.full(self.plan.draws, -np.log(self.plan.draws))
        self.origin = self.scores.copy()
        at.resampled += 1
        # What was learnt about ways of proposing ages with the cloud.
        at.tries, at.gains = ([0.5 * each for each in table] for table in (at.tries, at.gains))
        at.lucky = [0.0, 0.0]

    def _freeze(self, weights: Floats) -> None:
        self.archive, self.archive_weights = self.scores.copy(), weights
        self.origin = self.scores.copy()

    def _move(self) -> None:
        at, row = self.at, self.at.stages[-1]
        cloud = Cloud.of(self.archive, self.archive_weights, self.span)
        generator = self._generator(_MOVE, self._errand())
        proposed = propose(self.scores, cloud, np.array(at.odds), generator)
        other, parts = self._filtered(proposed.scores)
        with np.errstate(invalid="ignore"):
            gap = self._log_target(parts) - self._log_target(self.parts)
        # A row of no weight moves to any that has some.
        ratio = np.nan_to_num(gap + proposed.correction, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        self._learn(cloud, proposed, gap, ratio)
        accepted = np.log(generator.random(self.plan.draws)) < ratio
        self.scores = np.where(accepted[:, None], proposed.scores, self.scores)
        self.parts = np.where(accepted[:, None], parts, self.parts)
        self.swarm = self.swarm.replace(accepted, other)
        at.sweep += 1
        at.acceptance = float(accepted.mean())
        row["sweeps"] += 1
        before = 0.0 if np.isnan(row["acceptance"]) else row["acceptance"]
        row["acceptance"] = before + (at.acceptance - before) / row["sweeps"]
        mobility = cloud.mobility(self.scores - self.origin)
        self._note_moves(proposed.ways, accepted, mobility)
        if at.sweep >= self._most_sweeps() or mobility >= self.plan.mobility:
            self._end_moves()

    def _learn(self, cloud: Cloud, proposed: Proposed, gap: Floats, ratio: Floats) -> None:
        """Note how far each way would have moved its rows, and what other luck did to targets."""
        at = self.at
        groups = cloud.jumps(proposed.scores - self.scores)[np.arange(len(gap)), proposed.groups]
        worth = np.exp(np.minimum(ratio, 0.0)) * groups
        count = len(WAYS)
        at.tries = (np.bincount(proposed.ways, minlength=count) + at.tries).tolist()
        at.gains = (np.bincount(proposed.ways, worth, count) + at.gains).tolist()
        at.odds = new_odds(np.array(at.tries), np.array(at.gains)).tolist()
        lucky = (proposed.ways == 0) & np.isfinite(gap)
        at.lucky = [at.lucky[0] + float(lucky.sum()), at.lucky[1] + float(gap[lucky].sum())]

    def _end_moves(self) -> None:
        """After the last sweep: more particles if estimates of the target have grown noisy.

        With log estimates normal of variance s^2 about their mean, those that a stationary chain
        holds lie s^2 above those that other luck would give (Pitt et al. 2012).
        """
        at, plan = self.at, self.plan
        self._forget_kinship()
        tries, gaps = at.lucky
        if tries >= _TRIES_OF_LUCK:
            at.noise = max(-gaps / tries, 0.0)
            more = at.particles
            while at.noise * at.particles / more > plan.most_noise:
                more *= 2
            more = min(more, plan.most_particles)
            # Weights of an exchange scatter by old noise and new; much would leave few draws.
            together = at.noise * (1.0 + at.particles / more)
            if more > at.particles and not self._last and together < _MOST_EXCHANGED:
                at.noise *= at.particles / more
                self._exchange(more)
        self._close_power()

    def _forget_kinship(self) -> None:
        """Moves make kin strangers.

        Rows that each keep a share c of a coordinate share c^2 of it if all move alike, and c if
        some stay and the others move afresh; the cautious one is taken.
        """
        spread = np.maximum(self.scores.var(axis=0), 1e-8)
        kept = 1.0 - np.mean((self.scores - self.origin) ** 2, axis=0) / (2.0 * spread)
        self.inflation = 1.0 + (self.inflation - 1.0) * np.clip(kept, 0.0, 1.0)

    def _exchange(self, particles: int) -> None:
        """Give every draw a new swarm of more particles, weighted by the ratio of estimates."""
        self.at.particles = particles
        before = self._log_target(self.parts)
        self.swarm, self.parts = self._filtered(self.scores)
        ratio = self._log_target(self.parts) - before
        logs = self.log_weights + np.where(np.isnan(ratio), -np.inf, ratio)
        if np.isfinite(logs).any():
            self.log_weights = logs - log_sum(logs)

    def _close_power(self) -> None:
        """On to the next power, the next stage or the end."""
        at, row = self.at, self.at.stages[-1]
        row["particles"], row["ancestors"] = at.particles, len(np.unique(self.eves))
        row["spread"] = self._spread()
        row["noise"] = at.noise
        if at.power < 1.0:
            at.phase = "temper"
        elif at.block + 1 < len(self.ends):
            at.phase, at.block = "advance", at.block + 1
        else:
            at.phase = "done"

    # -- parts of the steps

    def _fresh(self, scores: Floats) -> Swarm:
        engine = self.engine(self.at.particles)
        theta = self.prior.theta(scores)
        return engine.begin(theta, seed=self.plan.seed, errand=self._errand())

    def _filtered(self, scores: Floats) -> tuple[Swarm, Floats]:
        """Run the filter afresh up to the block in hand: the swarm, and the stages' estimates."""
        swarm, parts = self._fresh(scores), np.zeros_like(self.parts)
        for stage in range(self._block.stop):
            parts[:, stage] = read_logs(swarm.advance())
        self.at.filtered += self._block.stop
        return swarm, parts

    def _log_target(self, parts: Floats) -> Floats:
        """Log of the estimated target, less the prior."""
        block, power = self._block, self.at.power
        before, within = parts[:, : block.start].sum(axis=1), parts[:, block].sum(axis=1)
        return np.asarray(before + power * within)

    def _errand(self) -> int:
        number = self.at.errand
        self.at.errand += 1
        return number

    def _generator(self, purpose: int, errand: int) -> np.random.Generator:
        return keyed_generator(self.plan.seed, purpose, errand)

    def _effective(self) -> float:
        return effective_number(self.log_weights)

    def _spread(self) -> float:
        """Mean variance outside the directions that data inform; not a number where none is."""
        weights = np.exp(self.log_weights)
        cloud = Cloud.of(self.scores, weights, self.span)
        basis = cloud.directions if self.span is None else self.span
        left = self.scores.shape[1] - basis.shape[1]
        rest = self.scores - (self.scores @ basis) @ basis.T
        centred = rest - weights @ rest
        return float(weights @ np.sum(centred**2, axis=1)) / left if left else float("nan")

    def _most_sweeps(self) -> int:
        """Sweeps allowed: early stages are cheap to run again and weigh most on what follows."""
        if self._last:
            return 2 * self.plan.sweeps
        cheap = self.plan.sweeps * self.stages / (2.0 * self._block.stop)
        return max(self.plan.sweeps, min(4 * self.plan.sweeps, int(cheap)))

    def _note_moves(self, ways: Ints, accepted: Bools, mobility: float) -> None:
        """Write a sweep down."""
        at = self.at
        for place, way in enumerate(WAYS):
            mine = ways == place
            if not mine.any():
                continue
            entry = {"stage": self._block.stop, "power": at.power, "sweep": at.sweep}
            entry |= {"way": way.name, "tried": int(mine.sum())}
            entry |= {"accepted": int(accepted[mine].sum()), "odds": at.odds[place]}
            at.moves.append(entry | {"mobility": mobility})

    def progress(self) -> Progress:
        """How far the run has come."""
        at = self.at
        return Progress(
            self._block.stop, self.stages, at.power, at.sweep, at.acceptance, self._effective(),
            at.particles, at.filtered,
        )  # fmt: skip

    def sampled(self) -> Sampled:
        """The result of a run that is done."""
        at = self.at
        return Sampled(
            names=self.prior.names,
            scores=self.scores.copy(),
            log_likelihood=self.parts.copy(),
            effective=self.plan.draws / self.inflation,
            log_evidence=at.log_evidence,
            error=float(np.sqrt(max(at.variance, self._family_variance()))),
            stages=stage_table(at.stages),
            moves=pd.DataFrame(at.moves, columns=list(MOVE_COLUMNS)),
            diagnostics=self.swarm.diagnostics,
            particles=at.particles,
        )

    def _family_variance(self) -> float:
        """Relative variance of the evidence from families (Lee and Whiteley 2018); rough."""
        n = self.plan.draws
        shares = np.bincount(self.eves, minlength=n) / n
        together = float(np.sum(shares**2))
        return 1.0 - (n / (n - 1.0)) ** (self.at.resampled + 1) * (1.0 - together)


_PRIOR, _RESAMPLE, _MOVE = 1, 2, 3
_MOST_EXCHANGED = 0.4
_TRIES_OF_LUCK = 8.0  # below it the noise of estimates is not judged
_KEPT = (
    *("scores", "parts", "log_weights", "eves", "origin", "archive", "archive_weights"),
    "inflation",
)  # fmt: skip


def stage_table(rows: list[dict[str, float]]) -> pd.DataFrame:
    """A table of stages, with whole numbers where they are counted."""
    table = pd.DataFrame(rows, columns=list(STAGE_COLUMNS))
    whole = dict.fromkeys(("stage", "powers", "sweeps", "particles", "ancestors"), "int64")
    return table.astype(whole)


def read_logs(logs: Floats) -> Floats:
    """Log likelihoods with what is no number read as impossible."""
    return np.where(np.isnan(logs), -np.inf, logs)


def log_sum(logs: Floats) -> float:
    """Logarithm of a sum of exponentials."""
    top = float(np.max(logs))
    return top + float(np.log(np.sum(np.exp(logs - top))))


def effective_number(logs: Floats) -> float:
    """Effective draws: squared sum of weights over sum of squared weights, from their logs."""
    weights = np.exp(logs - np.max(logs))
    return float(weights.sum() ** 2 / np.sum(weights**2))


def rise_of_power(log_weights: Floats, added: Floats, left: float, least: float) -> float | None:
    """The largest rise of a power that keeps enough draws effective.

    Parameters
    ----------
    log_weights
        float64[n], weights of the draws so far.
    added
        float64[n], log estimates that enter with the power.
    left
        What is left of the power, above 0 and at most 1.
    least
        Effective draws to keep; no more than 80 % of those in hand are asked for.

    Returns
    -------
    float or None
        Above 0 and at most `left`; None if no draw has any weight.
    """
    usable = np.isfinite(added) & np.isfinite(log_weights)
    if not usable.any():
        return None
    logs, added = log_weights[usable], added[usable]
    least = min(least, 0.8 * effective_number(logs))
    if effective_number(logs + left * added) >= least:
        return left
    low, high = 0.0, left
    for _ in range(60):
        middle = (low + high) / 2.0
        enough = effective_number(logs + middle * added) >= least
        low, high = (middle, high) if enough else (low, middle)
    return max(low, 1e-6)


def keyed_generator(seed: int, purpose: int, errand: int) -> np.random.Generator:
    """Random numbers that belong to (seed, purpose, errand)."""
    key = np.array([seed, purpose], dtype=np.uint64)
    counter = np.array([0, 0, errand, 0], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
