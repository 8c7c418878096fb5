"""Plausible worlds: known parameters are found again, and what is not informed stays wide."""

import numpy as np
import pandas as pd
import pytest

from tregua import infer, model
from tregua.infer.smoother import _assimilate, _keyed_normals, mean_path
from tregua.model import Era, History, Script, Stance

SCRIPT = Script(
    (
        Era(pd.Timestamp("2003-01-01"), Stance.STATUS_QUO, 1.0),
        Era(pd.Timestamp("2006-01-01"), Stance.MANO_DURA, 2.0),
    )
)
HISTORY = History(SCRIPT, model.el_salvador(), "2003-01")
YEARS = tuple(range(2003, 2011))


def truth(**pinned: float) -> infer.Targets:
    """What the model itself says of worlds with known parameters (synthetic)."""
    blank = infer.Targets(
        ("recorded",) * 8 + ("prisoners",) * 8, YEARS * 2, np.zeros(16), np.full(16, 0.05)
    )
    path = mean_path(model.defaults().with_(**pinned), blank, HISTORY)
    return infer.Targets(blank.variables, blank.years, path[0], blank.errors)


def testmean_paths_follow_the_truth_and_the_prior_does_not() -> None:
    wanted = truth(killing=0.15, members_at_start=12_000)
    prior = model.prior_draws(200, seed=4)
    moved = infer.plausible(prior, wanted, HISTORY, seed=4)

    def miss(draws: model.Draws) -> float:
        path = mean_path(draws, wanted, HISTORY)
        return float(np.median(np.sqrt(((path - wanted.values) ** 2).mean(axis=1))))

    assert miss(prior) > 0.25
    assert miss(moved) < 0.08
    assert len(moved) == len(prior)
    assert np.array_equal(moved.worlds, prior.worlds)


def test_what_the_record_does_not_inform_keeps_its_spread() -> None:
    # A leak rate cannot matter where no pact was made. The ratio of spreads of 400 draws has a
    # standard error of about 0.05: a bound of 0.8 fails by chance less than once in 10,000.
    wanted = truth()
    prior = model.prior_draws(400, seed=9)
    moved = infer.plausible(prior, wanted, HISTORY, seed=9)
    before, after = (np.log(draws.column("leak")).std() for draws in (prior, moved))
    assert after / before > 0.8
    product = [
        np.log(draws.column("killing") * draws.column("members_at_start")).std()
        for draws in (prior, moved)
    ]
    assert product[1] < 0.6 * product[0]


def test_linear_model_with_normal_prior_gives_the_exact_posterior() -> None:
    # With g(theta) = log(killing), four passes must give the normal posterior of a normal prior:
    # mean and variance in closed form. With 4,000 draws the standard error of the mean is 0.0016
    # and of the standard deviation 0.0011 relative 1.1 %: bounds of 5 errors.
    prior = model.prior_draws(4000, seed=2)
    theta = np.log(prior.column("killing"))
    wanted = infer.Targets(("recorded",), (2003,), np.array([np.log(0.16)]), np.array([0.1]))
    rng = np.random.default_rng(8)
    moved = prior
    for _ in range(4):
        reached = np.log(moved.column("killing"))[:, None]
        moved = _assimilate(moved, reached, rng.standard_normal((4000, 1)), wanted)
    precision = 1 / theta.var(ddof=1) + 1 / 0.01
    mean = (theta.mean() / theta.var(ddof=1) + np.log(0.16) / 0.01) / precision
    posterior = np.log(moved.column("killing"))
    assert posterior.mean() == pytest.approx(mean, abs=0.008)
    assert posterior.std(ddof=1) == pytest.approx(precision**-0.5, rel=0.06)


def test_noise_of_a_world_does_not_depend_on_its_company() -> None:
    every = _keyed_normals(np.arange(60), 5, seed=1, number=2)
    assert np.array_equal(every[30:], _keyed_normals(np.arange(30, 60), 5, seed=1, number=2))
    assert not np.array_equal(every, _keyed_normals(np.arange(60), 5, seed=1, number=3))
