"""Does a walk by the mean path steer proposals, and nothing else?"""

from dataclasses import replace

import numpy as np
import pytest
from tests._linear_gaussian import FIGURES, LinearPrior, engines, exact_grid, kalman

from tregua import infer, model, record, simulate
from tregua.infer import Surrogate, Tempering, temper
from tregua.infer.bayes.outline import terms

PLAN = Tempering(chains=48, steps=6, last_steps=16, particles=32, most_particles=64, seed=3)


def outline_of(scale):
    """Roots of the exact log likelihoods of stages, times a number: at 0 it tells nothing."""

    def outline(scores):
        return scale * np.sqrt(np.maximum(-kalman(LinearPrior().theta(scores), FIGURES), 0.0))

    return outline


@pytest.mark.parametrize("scale", [1.0, 0.3, 0.0])
def test_the_posterior_does_not_depend_on_the_outline(scale):
    _, mean, spread = exact_grid(FIGURES)
    found = [
        temper(engines, LinearPrior(), replace(PLAN, seed=seed), outline=outline_of(scale))
        for seed in range(3, 7)
    ]
    # Four runs worth a hundred draws or more each: means to 0.05, spreads to 5 %.
    centre = np.mean([run.scores.mean(axis=0) for run in found], axis=0)
    np.testing.assert_allclose(centre[:2], mean, atol=0.15)
    spreads = np.mean([run.scores.std(axis=0) for run in found], axis=0)
    np.testing.assert_allclose(spreads[:2], spread, rtol=0.25)
    evidence = np.array([run.log_evidence for run in found])
    assert abs(evidence.mean() - exact_grid(FIGURES)[0][-1]) < 0.3
    led = found[0].moves[found[0].moves["way"].str.startswith("outline")]
    assert led["tried"].sum() > 0.3 * found[0].moves["tried"].sum()


def test_a_correction_of_the_wrong_sign_would_be_seen(monkeypatch):
    # The check above can fail: with the surrogate's rise added instead of taken away it does.
    _, mean, _ = exact_grid(FIGURES)
    whole = infer.bayes.tempering.propose

    def wrong(scores, cloud, odds, generator, walk=None):
        turned = None
        if walk is not None:

            def turned(rows, shares):
                ends, risen = walk(rows, shares)
                return ends, -risen

        return whole(scores, cloud, odds, generator, turned)

    monkeypatch.setattr(infer.bayes.tempering, "propose", wrong)
    found = temper(engines, LinearPrior(), PLAN, outline=outline_of(1.0))
    off = np.abs(found.scores.mean(axis=0)[:2] - mean).max()
    shrunk = found.scores.std(axis=0)[:2] / exact_grid(FIGURES)[2]
    assert off > 0.15 or (np.abs(shrunk - 1.0) > 0.25).any()


def test_an_outlined_run_goes_on_to_the_same_bytes(tmp_path):
    whole = temper(engines, LinearPrior(), PLAN, outline=outline_of(1.0))
    for steps in (3, 9):
        kept = infer.Checkpoints(tmp_path / str(steps), {"work": 1})
        left = infer.bayes.tempering._Ladder(
            engines, LinearPrior(), PLAN, None, None, outline_of(1.0)
        )
        left.begin()
        for _ in range(steps):
            left.step()
        kept.keep(*left.left())
        found = temper(engines, LinearPrior(), PLAN, outline=outline_of(1.0), checkpoints=kept)
        assert found.scores.tobytes() == whole.scores.tobytes()
        assert found.log_evidence == whole.log_evidence


def test_a_coordinate_on_which_nothing_depends_is_found_and_drawn_afresh():
    left = infer.bayes.tempering._Ladder(engines, LinearPrior(), PLAN, None, None, None)
    left.begin()
    assert left.idle.tolist() == [False, False, True]
    found = temper(engines, LinearPrior(), replace(PLAN, draws=10_000))
    # Worth nearly as many draws as there are accepted moves, and normal: 768 states, a third moved.
    assert found.effective[2] > 60.0
    assert found.scores[:, 2].std() == pytest.approx(1.0, abs=0.25)


def planted(generator, rows=3000):
    """Outlines, scores, and logs that are a concave quadratic of them."""
    scores = generator.standard_normal((rows, 4))
    reached = np.column_stack([scores[:, 0] + scores[:, 1], 0.5 * scores[:, 2], scores[:, 0]])
    logs = -1.5 * reached[:, 0] ** 2 - 2.0 * (reached[:, 1] - reached[:, 2]) ** 2
    return reached, scores, logs + 0.7 * scores[:, 3] - 0.2 * scores[:, 3] ** 2 - 40.0


def test_a_surrogate_finds_a_planted_quadratic():
    generator = np.random.default_rng(5)
    reached, scores, logs = planted(generator)
    noisy = logs + 0.5 * generator.standard_normal(len(logs))
    noisy[::50] = -np.inf
    found = Surrogate.fit(reached, scores, noisy, np.ones(4, dtype=bool), 1.0)
    again = planted(np.random.default_rng(6), 500)
    told = found.values(again[0], again[1])
    near = again[2] > np.quantile(again[2], 0.3)
    assert (told - again[2])[near].std() < 0.2 < again[2][near].std()
    assert np.isfinite(told).all()


def test_a_surrogate_never_curves_upwards_and_knows_active_coordinates_only():
    generator = np.random.default_rng(7)
    reached, scores, logs = planted(generator)
    active = np.array([True, True, True, False])
    found = Surrogate.fit(reached, scores, -logs, active, 1.0)
    _, concave = terms(reached, scores[:, active])
    assert (found.weights[concave] <= 0.0).all()
    changed = scores.copy()
    changed[:, 3] += 5.0
    assert (found.values(reached, changed) == found.values(reached, scores)).all()


@pytest.fixture(scope="module")
def case():
    known = record.load("el-salvador")
    past = model.History.of(known)
    engine = infer.KernelEngine(known, particles=1, history=past, end="2009-01-01")
    return infer.Coordinates.of(engine.names, known.case.prior_ranges), engine, past


def test_an_outline_is_the_mean_path_beside_the_record(case):
    space, engine, past = case
    outline = infer.record_outline(engine.seen, past, space)
    scores = np.random.default_rng(1).standard_normal((3, len(space.names)))
    reached = outline(scores)
    run = simulate.run(
        space.theta(scores).draws,
        script=past.script,
        start="2003-01-01",
        end="2009-01-01",
        seed=0,
        reading="mean",
        setting=past.setting,
        variables=("recorded", "prisoners"),
    )
    figures = engine.seen.figures
    deaths = figures[figures["kind"] == "homicides"]
    for year in range(2003, 2009):
        rows = deaths[deaths["months"].map(lambda months: max(months).year) == year]
        assert all(min(months).year == year for months in rows["months"])
        dead = run.monthly["recorded"].sel(month=run.monthly["month"].dt.year == year)
        wanted = np.log(dead.sum("month").values / rows["value"].sum())
        np.testing.assert_allclose(reached[:, year - 2003], wanted, rtol=1e-9)
    stock = figures[figures["kind"] == "prisoners"].iloc[0]
    held = run.monthly["prisoners"].sel(month=stock["months"][0]).values / stock["value"]
    np.testing.assert_allclose(reached[:, 6], np.log(held), rtol=1e-9)


def test_no_figure_no_outline(case):
    space, engine, past = case
    polls = engine.seen.figures["kind"] == "polls"
    assert (
        infer.record_outline(replace(engine.seen, figures=engine.seen.figures[polls]), past, space)
        is None
    )
