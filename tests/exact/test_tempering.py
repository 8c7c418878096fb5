"""Do chains on a ladder of powers reach the posterior and the evidence of a small model?"""

import json

import numpy as np
import pytest
from tests._linear_gaussian import FIGURES, LinearEngine, LinearPrior, engines, exact_grid

from tregua.infer import Checkpoints, NoWeightError, Tempering, temper
from tregua.infer.bayes.tempering import _Ladder, _systematic

PRIOR = LinearPrior()
PLAN = Tempering(chains=48, steps=10, last_steps=30, particles=32, most_particles=64, seed=3)
SEEDS = range(3, 11)


def with_seed(seed, **changes):
    return Tempering(**(vars(PLAN) | {"seed": seed} | changes))


@pytest.fixture(scope="module")
def runs():
    return [temper(engines, PRIOR, with_seed(seed)) for seed in SEEDS]


@pytest.fixture(scope="module")
def exact():
    return exact_grid(FIGURES)


def test_evidence_is_that_of_quadrature(runs, exact):
    gaps = np.array([run.log_evidence - exact[0][-1] for run in runs])
    errors = np.array([run.error for run in runs])
    # The mean of eight runs within four standard errors, and a scatter like the errors they state
    # (a variance of eight values lies below 3.5 of its own but for 1 in 1,000).
    assert abs(gaps.mean()) < 4.0 * np.sqrt(np.sum(errors**2)) / len(runs)
    assert gaps.var() < 3.5 * np.mean(errors**2)
    assert (errors < 0.5).all()
    for run in runs:
        assert run.stages["log_score"].sum() == pytest.approx(run.log_evidence, abs=1e-9)
        assert run.stages["power"].is_monotonic_increasing
        assert run.stages["power"].iloc[-1] == 1.0


def test_draws_have_the_posterior_mean_and_spread(runs, exact):
    _, mean, spread = exact
    found = np.mean([run.scores.mean(axis=0) for run in runs], axis=0)
    spreads = np.mean([run.scores.std(axis=0) for run in runs], axis=0)
    # Eight runs worth some hundred draws each: means are known to 0.02, spreads to 4 %.
    np.testing.assert_allclose(found[:2], mean, atol=0.08)
    np.testing.assert_allclose(spreads[:2], spread, rtol=0.15)
    assert abs(found[2]) < 0.25
    assert 0.85 < spreads[2] < 1.15


def test_the_worth_of_the_draws_is_what_means_scatter_by(runs):
    # Variance of a coordinate's mean over 40 runs beside what each run says of itself: a variance
    # of 40 values lies within a factor 2.2 of its own but for 1 in 1,000; kinship over several
    # powers is left out of the account, so that a factor 3 is allowed.
    plan = {"chains": 24, "steps": 6, "last_steps": 12, "draws": 10_000}
    some = [temper(engines, PRIOR, with_seed(seed, **plan)) for seed in range(100, 140)]
    scatter = np.var([run.scores.mean(axis=0) for run in some], axis=0)
    claimed = np.mean([run.scores.var(axis=0) / run.effective for run in some], axis=0)
    assert (scatter / claimed < 3.0).all()
    assert (scatter / claimed > 1 / 3.0).all()
    assert all((run.effective <= len(run.scores)).all() for run in runs)


def test_particles_grow_before_the_target_gets_noisy():
    found = temper(engines, PRIOR, with_seed(1, particles=4, most_noise=0.3, most_particles=256))
    assert found.particles > 4
    assert found.stages["particles"].is_monotonic_increasing
    still = temper(engines, PRIOR, with_seed(1, particles=4, most_noise=1e9, most_particles=256))
    assert still.particles == 4
    assert still.stages["noise"].iloc[-1] > found.stages["noise"].iloc[-1]


def test_same_seed_same_bits_and_kept_draws_are_some_of_all(runs):
    again = temper(engines, PRIOR, with_seed(3))
    assert again.scores.tobytes() == runs[0].scores.tobytes()
    assert runs[1].scores.tobytes() != runs[0].scores.tobytes()
    few = temper(engines, PRIOR, with_seed(3, draws=7))
    assert few.scores.shape == (7, 3)
    assert few.log_evidence == runs[0].log_evidence
    everything = temper(engines, PRIOR, with_seed(3, draws=10_000))
    assert everything.scores.shape == (48 * 30, 3)
    rows = {row.tobytes() for row in everything.scores}
    assert all(row.tobytes() in rows for row in few.scores)


def test_draws_are_kept_of_all_chains_alike_and_repeats_are_worth_one():
    found = _Ladder(engines, PRIOR, with_seed(3, draws=96), None, None)
    found.scores = np.repeat(np.arange(480.0)[:, None], 3, axis=1)  # 48 chains of 10 steps
    kept = found._kept()
    assert np.bincount(kept % 48).tolist() == [2] * 48
    assert len(np.unique(kept // 48)) >= 4
    whole = temper(engines, PRIOR, with_seed(3))
    repeats = np.unique(whole.scores, axis=0, return_counts=True)[1]
    most = len(whole.scores) ** 2 / np.sum(repeats**2)
    assert (whole.effective <= most + 1e-9).all()
    assert most < 0.9 * len(whole.scores)


def test_a_span_steers_proposals_only(exact):
    found = temper(engines, PRIOR, PLAN, span=np.eye(3)[:, :2])
    np.testing.assert_allclose(found.scores.mean(axis=0)[:2], exact[1], atol=0.25)
    # Outside the span lies a coordinate on which nothing depends, and no other.
    assert np.isnan(found.stages["spread"]).all()
    wrong = temper(engines, PRIOR, PLAN, span=np.eye(3)[:, 2:])
    np.testing.assert_allclose(wrong.scores.mean(axis=0)[:2], exact[1], atol=0.35)
    narrow = np.mean(np.square(exact[2]))
    assert wrong.stages["spread"].iloc[-1] == pytest.approx(narrow, rel=0.6)


def test_a_run_goes_on_from_any_step_to_the_same_bytes(tmp_path, runs):
    for steps in (1, 7, 12, 25):
        kept = Checkpoints(tmp_path / str(steps), {"work": 1})
        left = _Ladder(engines, PRIOR, with_seed(3), None, None)
        left.begin()
        for _ in range(steps):
            left.step()
        kept.keep(*left.left())
        json.dumps(left.left()[0])
        found = temper(engines, PRIOR, with_seed(3), checkpoints=kept)
        assert found.scores.tobytes() == runs[0].scores.tobytes()
        assert found.log_evidence == runs[0].log_evidence
        assert found.moves.equals(runs[0].moves)


def test_held_out_stages_are_not_looked_at(exact):
    found = temper(engines, PRIOR, PLAN, until=2)
    assert found.log_likelihood.shape[1] == 2
    assert abs(found.log_evidence - exact[0][1]) < 4.0 * found.error + 0.2
    with pytest.raises(ValueError, match="Between 1 and 5 stages"):
        temper(engines, PRIOR, PLAN, until=6)


def test_draws_without_weight_are_left_behind_and_none_at_all_is_said():
    class Patchy(LinearEngine):
        """A filter that a share of the rows cannot pass."""

        every = 3

        def begin(self, draws, *, seed, errand):
            swarm = super().begin(draws, seed=seed, errand=errand)
            inner, bad = swarm.advance, np.arange(len(draws)) % self.every == 0
            swarm.advance = lambda: np.where(bad, np.nan, inner())
            return swarm

    found = temper(lambda particles: Patchy(FIGURES, particles), PRIOR, PLAN)
    assert np.isfinite(found.log_likelihood).all()

    class Impossible(Patchy):
        every = 1

    with pytest.raises(NoWeightError, match="No draw can explain the figures"):
        temper(lambda particles: Impossible(FIGURES, particles), PRIOR, PLAN)


def test_systematic_picks_are_proportional():
    logs = np.log(np.array([0.5, 0.25, 0.25]))
    assert np.bincount(_systematic(logs, 8, 0.5)).tolist() == [4, 2, 2]
    assert np.bincount(_systematic(np.log([1e-300, 1.0]), 5, 0.99), minlength=2).tolist() == [0, 5]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"chains": 4}, "At least 8 chains"),
        ({"steps": 0}, "At least 8 chains"),
        ({"draws": 0}, "1 draw"),
        ({"most_particles": 8, "particles": 16}, "At most 8 particles"),
        ({"seed": -1}, "seed must lie"),
        ({"least_effective": 1.0}, "least_effective"),
        ({"most_noise": 0.0}, "most_noise"),
        ({"walk": 0}, "at least 1 step"),
    ],
)
def test_plans_that_make_no_sense_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Tempering(**wrong)
