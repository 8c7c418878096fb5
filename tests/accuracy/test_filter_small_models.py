"""Does the bootstrap filter give the likelihood that sums and integrals give?

A hidden Markov chain of three states over six times has 729 paths: their sum is the likelihood. The
linear Gaussian model has the Kalman filter's. The mean of exp(log-likelihood) over many independent
runs of the filter must equal them for 4, 16 and 256 particles; it is compared in standard errors.
A fresh seed would fail a test of one comparison at 4 standard errors in about 1 run of 16,000 (more
where few particles make the law of the mean lopsided: 4,000 runs keep that small). Seeds are fixed.
"""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from tregua import infer

ALARM = 4.0
MARKOV = {"stay": 0.7, "low": 3.0, "middle": 8.0, "high": 20.0, "size": 5.0}
COUNTS = [4.0, 2.0, 9.0, 25.0, 14.0, 3.0]
LEVEL = {"persistence": 0.9, "shock": 0.5, "noise": 0.3}
SEEN = np.array([0.4, -0.2, 0.3, 1.5, 0.9, 0.7, -0.4, 0.1])


def rows(point, count):
    return np.tile(list(point.values()), (count, 1))


def markov_paths():
    """Every path of states and the joint density of path and counts."""
    p = MARKOV
    means = np.array([p["low"], p["middle"], p["high"]])
    n = p["size"]
    emission = np.array([stats.nbinom.pmf(y, n, n / (n + means)) for y in COUNTS])
    leave = (1.0 - p["stay"]) / 2.0
    move = np.full((3, 3), leave) + (p["stay"] - leave) * np.eye(3)
    paths = list(itertools.product(range(3), repeat=len(COUNTS)))
    joint = []
    for path in paths:
        density = 1.0 / 3.0
        for t, state in enumerate(path):
            density *= emission[t, state] * (move[path[t - 1], state] if t else 1.0)
        joint.append(density)
    return np.array(paths), np.array(joint)


def kalman(y, persistence, shock, noise):
    """Log-likelihood, filtered means and smoothed means of the autoregression; NaN: unseen."""
    times = len(y)
    distance = np.abs(np.subtract.outer(np.arange(times), np.arange(times)))
    prior = shock**2 / (1.0 - persistence**2) * persistence**distance

    def given(last):
        at = np.flatnonzero(np.isfinite(y[: last + 1]))
        seen = prior[np.ix_(at, at)] + noise**2 * np.eye(len(at))
        return prior[:, at] @ np.linalg.solve(seen, y[at]) if len(at) else np.zeros(times)

    at = np.flatnonzero(np.isfinite(y))
    covariance = prior[np.ix_(at, at)] + noise**2 * np.eye(len(at))
    log_likelihood = stats.multivariate_normal(cov=covariance).logpdf(y[at])
    return log_likelihood, np.array([given(t)[t] for t in range(times)]), given(times - 1)


def z_of_mean_likelihood(found, exact):
    ratio = np.exp(found.log_likelihood - exact)
    return (ratio.mean() - 1.0) / (ratio.std(ddof=1) / np.sqrt(len(ratio)))


@pytest.mark.parametrize("particles", [4, 16, 256])
@pytest.mark.parametrize("resample_below", [0.5, 1.0])
def test_the_mean_likelihood_is_the_sum_over_all_paths(particles, resample_below):
    _, joint = markov_paths()
    found = infer.particle_filter(
        infer.HIDDEN_MARKOV,
        rows(MARKOV, 4000),
        COUNTS,
        particles=particles,
        seed=11,
        resample_below=resample_below,
    )
    assert abs(z_of_mean_likelihood(found, np.log(joint.sum()))) < ALARM


@pytest.mark.parametrize("particles", [4, 16, 256])
def test_the_mean_likelihood_is_that_of_the_kalman_filter(particles):
    exact, _, _ = kalman(SEEN, **LEVEL)
    found = infer.particle_filter(
        infer.AUTOREGRESSION, rows(LEVEL, 4000), SEEN, particles=particles, seed=12
    )
    assert abs(z_of_mean_likelihood(found, exact)) < ALARM


def test_a_likelihood_off_by_three_parts_in_a_hundred_would_be_seen():
    exact, _, _ = kalman(SEEN, **LEVEL)
    found = infer.particle_filter(
        infer.AUTOREGRESSION, rows(LEVEL, 4000), SEEN, particles=256, seed=12
    )
    assert abs(z_of_mean_likelihood(found, exact + 0.03)) > ALARM


def test_times_without_observation_are_left_out_of_the_likelihood():
    y = SEEN.copy()
    y[[0, 3, 4]] = np.nan
    exact, means, _ = kalman(y, **LEVEL)
    found = infer.particle_filter(
        infer.AUTOREGRESSION, rows(LEVEL, 500), y, particles=1000, seed=13
    )
    assert abs(z_of_mean_likelihood(found, exact)) < ALARM
    assert np.all(found.increments[:, [0, 3, 4]] == 0.0)
    assert np.abs(found.means[:, :, 0].mean(axis=0) - means).max() < 0.01


def test_filtered_means_are_those_of_the_kalman_filter():
    _, means, _ = kalman(SEEN, **LEVEL)
    found = infer.particle_filter(
        infer.AUTOREGRESSION, rows(LEVEL, 100), SEEN, particles=4000, seed=14
    )
    # The bias of a ratio of means is of order 1 / particles, far below the standard error.
    by_draw = found.means[:, :, 0]
    z = (by_draw.mean(axis=0) - means) / (by_draw.std(axis=0, ddof=1) / 10.0)
    assert np.abs(z).max() < ALARM + 0.5  # eight comparisons


def test_paths_follow_the_smoothed_law():
    paths, joint = markov_paths()
    weight = joint / joint.sum()
    found = infer.particle_filter(
        infer.HIDDEN_MARKOV, rows(MARKOV, 400), COUNTS, particles=500, seed=15, paths=20
    )
    assert found.paths.shape == (400, 20, len(COUNTS), 1)
    drawn = found.paths[..., 0]
    for state in range(3):
        exact = (weight[:, None] * (paths == state)).sum(axis=0)
        share = (drawn == state).mean(axis=1)  # draws, times
        error = share.std(axis=0, ddof=1) / np.sqrt(len(share))
        # A state that was never drawn has no spread of its own.
        error = np.maximum(error, np.sqrt(exact * (1.0 - exact) / drawn[..., 0].size))
        assert np.abs((share.mean(axis=0) - exact) / error).max() < ALARM + 0.5
    # Neighbours in time belong together: the chance to stay differs from that of a shuffled path.
    stays = (weight[:, None] * (paths[:, 1:] == paths[:, :-1])).sum(axis=0)
    share = (drawn[:, :, 1:] == drawn[:, :, :-1]).mean(axis=1)
    error = share.std(axis=0, ddof=1) / np.sqrt(len(share))
    assert np.abs((share.mean(axis=0) - stays) / error).max() < ALARM + 0.5


def test_volatility_is_found_where_a_grid_finds_it():
    y, (persistence, shock, scale) = np.array([0.5, -1.0, 3.0, -2.5, 0.2]), (0.8, 0.6, 1.0)
    grid = np.linspace(-6.0, 6.0, 1201)
    width = grid[1] - grid[0]
    move = stats.norm.pdf(grid[None, :], persistence * grid[:, None], shock) * width
    alpha = stats.norm.pdf(grid, 0.0, shock / np.sqrt(1.0 - persistence**2)) * width
    total = 0.0
    for t, value in enumerate(y):
        alpha = (alpha if t == 0 else alpha @ move) * stats.norm.pdf(
            value, 0.0, scale * np.exp(grid / 2.0)
        )
        total += np.log(alpha.sum())
        alpha = alpha / alpha.sum()
    found = infer.particle_filter(
        infer.STOCHASTIC_VOLATILITY,
        np.tile([persistence, shock, scale], (1000, 1)),
        y,
        particles=200,
        seed=16,
    )
    assert abs(z_of_mean_likelihood(found, total)) < ALARM


def test_counts_of_the_small_models_have_the_negative_binomial_law():
    mean, size = 8.0, 5.0
    exact = stats.nbinom.logpmf(14, size, size / (size + mean))
    point = [0.5, mean, mean, mean, size]
    found = infer.particle_filter(infer.HIDDEN_MARKOV, point, [14.0], particles=5, seed=1)
    assert found.log_likelihood[0] == pytest.approx(exact, abs=1e-12)
    by_hand = gammaln(14 + size) - gammaln(size) - gammaln(15)
    by_hand += size * np.log(size / (size + mean)) + 14 * np.log(mean / (size + mean))
    assert by_hand == pytest.approx(exact, abs=1e-12)
