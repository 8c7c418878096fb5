"""Is the filter the same on any number of threads, and does it say what is wrong?"""

import numpy as np
import pandas as pd
import pytest

from tregua import infer
from tregua.infer.particles.resampling import systematic, weigh_rows

POINT = [0.9, 0.5, 0.3]
SEEN = np.array([0.4, -0.2, 0.3, 1.5, 0.9, 0.7])
GANGS = [0.9, 0.3, 0.2, 0.6, 3.0, 0.9, 0.1, 30.0]


def run(draws=5, particles=50, **options):
    options = {"seed": 3} | options
    return infer.particle_filter(
        infer.AUTOREGRESSION, np.tile(POINT, (draws, 1)), SEEN, particles=particles, **options
    )


def bits(found):
    return [
        None if value is None else np.asarray(value).tobytes()
        for value in (
            found.log_likelihood,
            found.increments,
            found.effective,
            found.means,
            found.paths,
        )
    ]


@pytest.mark.parametrize("particles", [1, 2, 17, 64, 101])
def test_threads_change_no_bit(particles):
    alone = run(7, particles, threads=1, paths=1)
    for threads in (2, 3, 8):
        assert bits(run(7, particles, threads=threads, paths=1)) == bits(alone)


def test_a_draw_does_not_depend_on_its_neighbours():
    assert bits(run(5))[0] == run(9).log_likelihood[:5].tobytes()
    assert len(set(run(5).log_likelihood)) == 5


def test_what_is_kept_changes_no_likelihood():
    plain = run(means=False)
    assert plain.means is None and plain.paths is None
    assert plain.log_likelihood.tobytes() == run(paths=4).log_likelihood.tobytes()


def test_another_seed_is_another_run():
    assert not np.array_equal(run(seed=3).log_likelihood, run(seed=4).log_likelihood)
    assert not np.array_equal(run(seed=3).log_likelihood, run(seed=3 + 2**40).log_likelihood)


def test_the_same_numbers_in_plain_python():
    # 0 normal numbers, 1 uniform: begin, step and density as written, the filter in NumPy.
    p = np.array([0.7, 3.0, 8.0, 20.0, 5.0])
    found = infer.particle_filter(
        infer.HIDDEN_MARKOV, p, [4.0, 9.0, 25.0], particles=8, seed=5, resample_below=0.0, paths=8
    )
    paths = found.paths[0, :, :, 0]
    densities = np.zeros((8, 3))
    for t, y in enumerate([4.0, 9.0, 25.0]):
        infer.HIDDEN_MARKOV.log_density(paths[None, :, t], p, np.array([y]), densities[:, t])
    # Without resampling, and with as many paths as particles, heavy particles appear often.
    assert np.isfinite(densities).all()
    weights = np.exp(densities.sum(axis=1))
    assert found.effective[0, -1] <= 8.0
    assert np.exp(found.log_likelihood[0]) <= weights.max() + 1e-30


def test_one_particle_is_a_simulated_path():
    found = run(3, 1, paths=1)
    assert np.array_equal(found.paths[:, 0], found.means)
    error = (SEEN - found.means[:, :, 0]) / 0.3
    expected = (-0.5 * error**2 - np.log(0.3) - 0.5 * np.log(2 * np.pi)).sum(axis=1)
    np.testing.assert_allclose(found.log_likelihood, expected, rtol=1e-12)
    np.testing.assert_allclose(found.effective, 1.0)


def test_without_noise_of_its_own_a_model_is_weighed_as_it_is():
    # A chain that never moves: the likelihood is that of the three states' mixture.
    p = [0.999999999, 4.0, 4.0, 4.0, 5.0]
    found = infer.particle_filter(infer.HIDDEN_MARKOV, p, [3.0, 6.0], particles=40, seed=1)
    each = np.zeros(2)
    for t, y in enumerate([3.0, 6.0]):
        infer.HIDDEN_MARKOV.log_density(
            np.zeros((1, 1)), np.array(p), np.array([y]), each[t : t + 1]
        )
    np.testing.assert_allclose(found.increments[0], each, rtol=1e-12)
    np.testing.assert_allclose(found.effective, 40.0)


def never_density(x, p, row, out):
    for j in range(x.shape[1]):
        out[j] = -np.inf if row[0] > 1.0 else 0.0


def begin_still(x, p, z, u):
    for j in range(x.shape[1]):
        x[0, j] = p[0]


def step_still(x, p, row, z, u):
    pass


STILL = infer.SmallModel("still", ("place",), ("where",), begin_still, step_still, never_density)


def test_a_draw_without_weight_is_reported():
    found = infer.particle_filter(
        STILL, [[1.0], [2.0]], [0.0, 2.0, 0.0], particles=4, seed=1, paths=2
    )
    assert list(found.collapsed) == [1, 1]
    assert np.all(found.log_likelihood == -np.inf)
    assert np.array_equal(found.effective[0], [4.0, 0.0, 0.0])
    assert np.isnan(found.means[:, 1:]).all() and np.isnan(found.paths).all()
    assert list(found.diagnostics["collapsed_share"]) == [0.0, 1.0, 1.0]
    assert list(found.diagnostics["effective_least"]) == [4.0, 0.0, 0.0]
    fine = infer.particle_filter(STILL, [[1.0]], [0.0, 0.5], particles=4, seed=1)
    assert list(fine.collapsed) == [-1] and fine.log_likelihood[0] == 0.0


def test_a_frame_is_read_by_its_names():
    names = infer.SMALL_GANGS.parameters
    frame = pd.DataFrame([GANGS], columns=list(names))[list(reversed(names))]
    counts = [18.0, 25.0, 11.0]
    by_name = infer.particle_filter(infer.SMALL_GANGS, frame, counts, particles=30, seed=2)
    by_place = infer.particle_filter(infer.SMALL_GANGS, GANGS, counts, particles=30, seed=2)
    assert bits(by_name) == bits(by_place)


def test_covariates_reach_step_and_density():
    def step_by_row(x, p, row, z, u):
        for j in range(x.shape[1]):
            x[0, j] += row[1]

    def density_by_row(x, p, row, out):
        for j in range(x.shape[1]):
            out[j] = -abs(row[0] - x[0, j])

    moved = infer.SmallModel(
        "moved", ("place",), ("where",), begin_still, step_by_row, density_by_row
    )
    data = [[1.0, 9.0], [3.0, 2.0], [7.5, 4.0]]
    found = infer.particle_filter(moved, [1.0], data, particles=3, seed=1)
    assert list(found.means[0, :, 0]) == [1.0, 3.0, 7.0]
    assert found.log_likelihood[0] == pytest.approx(-0.5)


def test_progress_is_told_in_draws():
    told = []
    run(9, threads=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (9, 9)
    assert told == sorted(told)


# -- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"particles": 0}, "particles must be 1"),
        ({"seed": -1}, "seed must lie between 0"),
        ({"resample_below": 1.5}, "resample_below must lie between 0 and 1, not 1.5"),
        ({"paths": 51}, "paths must lie between 0 and the 50 particles"),
        ({"threads": 0}, "threads must be at least 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options, words):
    with pytest.raises(infer.SmallModelError, match=words):
        run(**options)


def test_parameters_that_do_not_fit_are_refused():
    def filtered(parameters):
        infer.particle_filter(infer.AUTOREGRESSION, parameters, SEEN, particles=5, seed=1)

    with pytest.raises(infer.SmallModelError, match="must have 3 columns, not 2"):
        filtered([[0.9, 0.5]])
    with pytest.raises(infer.SmallModelError, match="those of draw 1 are not"):
        filtered([POINT, [0.9, np.nan, 0.3]])
    with pytest.raises(infer.SmallModelError, match="noise not given"):
        filtered(pd.DataFrame({"persistence": [0.9], "shock": [0.5]}))
    with pytest.raises(infer.SmallModelError, match="table of numbers"):
        filtered([["a", "b", "c"]])


def model_with(**changed):
    parts = {"begin": begin_still, "step": step_still, "log_density": never_density} | changed
    return infer.SmallModel("wrong", ("place",), ("where",), **parts)


def test_functions_that_cannot_serve_are_refused():
    with pytest.raises(infer.SmallModelError, match=r"step must take \(x, p, row, z, u\)"):
        model_with(step=begin_still)
    with pytest.raises(infer.SmallModelError, match="begin must be a plain function"):
        model_with(begin=3)
    with pytest.raises(infer.SmallModelError, match="normals must be 0 to 255"):
        model_with(normals=-1)


def begin_too_far(x, p, z, u):
    x[1, :] = 0.0


def begin_nothing(x, p, z, u):
    pass


def density_nothing(x, p, row, out):
    pass


def density_of_strings(x, p, row, out):
    out[:] = float(f"{row[0]:.1f}")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"begin": begin_too_far}, "begin of the model 'wrong' failed on 3 particles: IndexError"),
        ({"begin": begin_nothing}, "leave 'place' unset"),
        ({"log_density": density_nothing}, "must write a number below infinity"),
    ],
)
def test_a_trial_run_says_what_is_wrong(changed, words):
    with pytest.raises(infer.SmallModelError, match=words):
        infer.particle_filter(model_with(**changed), [1.0], [0.0, 1.0], particles=5, seed=1)


def test_what_cannot_be_compiled_is_named():
    with pytest.raises(infer.SmallModelError, match="'density_of_strings' cannot be compiled"):
        model_with(log_density=density_of_strings).compile()


# -- resampling ------------------------------------------------------------------------------------


def by_definition(weights, u):
    """Places k with (u + k) / m within a particle's part of the whole."""
    bounds = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(bounds, (u + np.arange(len(weights))) / len(weights), side="right")


@pytest.mark.parametrize("particles", [1, 2, 15, 16, 17, 100])
def test_systematic_resampling_is_its_definition(particles):
    rng = np.random.default_rng(particles)
    for _ in range(30):
        log_weights = rng.normal(size=(3, particles)) * 3.0
        log_weights[rng.random(log_weights.shape) < 0.3] = -np.inf
        log_weights[:, rng.integers(particles)] = 0.0
        uniforms = rng.random(3)
        chosen = systematic(log_weights, uniforms)
        for row in range(3):
            weights = np.exp(log_weights[row])
            assert np.array_equal(chosen[row], by_definition(weights, uniforms[row]))
            assert (weights[chosen[row]] > 0).all()


def test_equal_weights_keep_everybody():
    for u in (0.0, 1e-17, 0.5, 1.0 - 1e-9):
        assert np.array_equal(systematic(np.full((1, 33), -5.0), np.array([u]))[0], np.arange(33))


def test_weights_are_summed_as_numpy_sums_them():
    rng = np.random.default_rng(1)
    log_weights = rng.normal(size=(4, 50)) - 1000.0
    log_weights[1, 3], log_weights[2] = np.nan, -np.inf
    log_mean, effective = weigh_rows(log_weights)
    plain = np.exp(np.nan_to_num(log_weights + 1000.0, nan=-np.inf))
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_allclose(log_mean, np.log(plain.mean(axis=1)) - 1000.0, rtol=1e-14)
        expected = np.nan_to_num(plain.sum(axis=1) ** 2 / (plain**2).sum(axis=1))
    np.testing.assert_allclose(effective, expected, rtol=1e-13)
