"""Do the samplers draw from the laws they name?

Every test uses one fixed seed, so it either always passes or always fails. The false-alarm rate
stated is that of the same test on a fresh seed, were the sampler exact.
"""

import math

import numpy as np
import pytest
from scipy import stats

from tregua.compiled import compiled
from tregua.model import chance
from tregua.model.block import LANES, Block, rows_of
from tregua.model.chance import Noise, Purpose

DRAWS = 200_000


def block(lanes=LANES, *, mean=0, first=0, step=3):
    worlds = np.arange(first, first + LANES, dtype=np.int64)
    nothing = np.zeros(LANES, dtype=np.int64)
    rows = np.zeros(rows_of(1) * LANES)
    return Block(rows, worlds, nothing, nothing.copy(), lanes, 1, 0, 0.0, mean, 11, 7, step)


def draw(sampler, n, purpose, *laws):
    """n draws of worlds 0 to n - 1, in blocks; `laws` are numbers or arrays of n."""
    out = np.empty(n)
    given = [np.broadcast_to(np.asarray(law, dtype=float), n) for law in laws]
    u, v, count = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for first in range(0, n, LANES):
        lanes = min(LANES, n - first)
        here = block(lanes, first=first)
        chance.fill_uniforms(here, purpose, 0, u, v)
        rows = [np.resize(law[first : first + lanes], LANES) for law in given]
        sampler(here, count, *rows, u)
        out[first : first + lanes] = count[:lanes]
    return out


def poissons(n, mean, purpose):
    return draw(chance.poisson, n, purpose, mean)


def binomials(n, size, p, purpose):
    return draw(chance.binomial, n, purpose, size, p)


def quantiles(sampler, u, *laws):
    """Counts at given uniform numbers."""
    out = np.empty(len(u))
    for first in range(0, len(u), LANES):
        part = slice(first, min(first + LANES, len(u)))
        lanes = part.stop - part.start
        count = np.empty(LANES)
        rows = [np.resize(np.asarray(law)[part], LANES) for law in (*laws, u)]
        sampler(block(lanes), count, *rows)
        out[part] = count[:lanes]
    return out


@compiled
def pairs(n, purpose, gang, world_high, step):
    out = np.empty((n, 2))
    for i in range(n):
        out[i] = chance.uniform_pair(Noise(0, 11, 7, i, world_high, step), purpose, gang, 0)
    return out


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 4,
            (0xFFFFFFFF,) * 2,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_known_answers(counter, key, expected):
    # The three vectors of the Random123 distribution for philox4x32-10.
    assert chance.philox(*counter, *key) == expected


def test_uniforms_stay_strictly_inside_the_unit_interval():
    # The smallest and largest values that 52 bits and a half step can give.
    assert 0.5 * 2.0**-52 > 0.0
    assert (2.0**52 - 1 + 0.5) * 2.0**-52 < 1.0
    u = pairs(DRAWS, 3, 0, 0, 1)
    assert u.min() > 0.0
    assert u.max() < 1.0


def test_uniforms_are_uniform_and_pairs_are_independent():
    # Kolmogorov-Smirnov on each half and a rank correlation: false alarms below 3e-4.
    u = pairs(DRAWS, 3, 0, 0, 1)
    assert stats.kstest(u[:, 0], "uniform").pvalue > 1e-4
    assert stats.kstest(u[:, 1], "uniform").pvalue > 1e-4
    assert stats.spearmanr(u[:, 0], u[:, 1]).pvalue > 1e-4


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": 4},
        {"gang": 1},
        {"step": 2},
        {"world_high": 1},
    ],
    ids=str,
)
def test_numbers_of_other_purposes_gangs_weeks_and_worlds_are_unrelated(other):
    # Rank correlation of streams that differ in one coordinate: false alarms 1e-4 each.
    here = {"purpose": 3, "gang": 0, "world_high": 0, "step": 1}
    first = pairs(DRAWS, *(here[k] for k in ("purpose", "gang", "world_high", "step")))[:, 0]
    there = here | other
    second = pairs(DRAWS, *(there[k] for k in ("purpose", "gang", "world_high", "step")))[:, 0]
    assert not np.array_equal(first, second)
    assert stats.spearmanr(first, second).pvalue > 1e-4


def chi_square(draws, law):
    """p-value of Pearson's test, with bins of at least 20 expected draws."""
    support = np.arange(int(draws.min()) - 1, int(draws.max()) + 2)
    expected = law.pmf(support) * len(draws)
    bins, mass = [], 0.0
    edges = [-np.inf]
    for value, part in zip(support, expected, strict=True):
        mass += part
        if mass >= 20.0:
            bins.append(mass)
            edges.append(value + 0.5)
            mass = 0.0
    edges[-1] = np.inf
    probabilities = np.diff([0.0, *law.cdf(np.array(edges[1:-1])), 1.0])
    observed = np.histogram(draws, bins=edges)[0]
    return stats.chisquare(observed, probabilities * len(draws)).pvalue


@pytest.mark.parametrize("mean", [0.03, 0.7, 5.0, 9.99, 10.0, 14.5, 80.0, 2500.0])
def test_poisson_counts_follow_their_law(mean):
    # False alarms: 1e-4 (shape) + 6e-5 (mean, 4 sigma) + 1e-4 (variance).
    draws = poissons(DRAWS, mean, 17)
    law = stats.poisson(mean)
    assert chi_square(draws, law) > 1e-4
    assert abs(draws.mean() - mean) < 4.0 * math.sqrt(mean / DRAWS)
    spread = math.sqrt((1.0 / mean + 2.0) / DRAWS)  # of the sample variance over the mean
    assert abs(draws.var() / mean - 1.0) < 4.0 * spread


@pytest.mark.parametrize(
    ("size", "p"),
    [
        (1, 0.3),
        (12, 0.5),
        (40, 0.97),
        (1000, 0.004),
        (1000, 0.0105),
        (30, 0.5),
        (5000, 0.2),
        (400, 0.93),
        (60_000, 0.006),
    ],
)
def test_binomial_counts_follow_their_law(size, p):
    # False alarms: 1e-4 (shape) + 6e-5 (mean, 4 sigma).
    draws = binomials(DRAWS, float(size), p, 23)
    law = stats.binom(size, p)
    assert draws.min() >= 0
    assert draws.max() <= size
    assert chi_square(draws, law) > 1e-4
    assert abs(draws.mean() - size * p) < 4.0 * law.std() / math.sqrt(DRAWS)


@pytest.mark.parametrize("mean", [12.0, 150.0])
def test_poisson_tails_are_as_heavy_as_they_should_be(mean):
    # The count of draws beyond the 0.1 and 99.9 % points is itself binomial: false alarms 1e-4.
    law = stats.poisson(mean)
    draws = poissons(DRAWS, mean, 29)
    low, high = law.ppf(0.001), law.ppf(0.999)
    for count, tail in (
        (np.sum(draws < low), law.cdf(low - 1)),
        (np.sum(draws > high), law.sf(high)),
    ):
        assert stats.binomtest(int(count), DRAWS, tail).pvalue > 5e-5


@pytest.mark.parametrize(("size", "p"), [(400, 0.05), (20_000, 0.4)])
def test_binomial_tails_are_as_heavy_as_they_should_be(size, p):
    # As above: false alarms 1e-4.
    law = stats.binom(size, p)
    draws = binomials(DRAWS, float(size), p, 31)
    low, high = law.ppf(0.001), law.ppf(0.999)
    for count, tail in (
        (np.sum(draws < low), law.cdf(low - 1)),
        (np.sum(draws > high), law.sf(high)),
    ):
        assert stats.binomtest(int(count), DRAWS, tail).pvalue > 5e-5


# Uniform numbers from everywhere, half of them deep in a tail; means across the border between the
# two ways of drawing (10) and far from it. No chance is left in these tests.
def uniforms(n, rng):
    middle, low = rng.uniform(size=n), np.exp(rng.uniform(np.log(1e-9), 0.0, n))
    u = np.where(rng.uniform(size=n) < 0.5, middle, low)
    return np.where(rng.uniform(size=n) < 0.5, u, 1.0 - u)


def test_poisson_counts_are_quantiles_of_their_uniform_number():
    rng = np.random.default_rng(1)
    n = 100_000
    u = uniforms(n, rng)
    mean = np.where(
        rng.uniform(size=n) < 0.5, rng.uniform(0.0, 40.0, n), 10 ** rng.uniform(-3, 5, n)
    )
    counts, exact = quantiles(chance.poisson, u, mean), stats.poisson.ppf(u, mean)
    # The only allowance: a uniform number within 1e-11 of the step itself.
    off = counts != exact
    near = np.abs(stats.poisson.cdf(np.minimum(counts, exact), mean) - u) < 1e-11
    assert np.all(near[off])
    assert off.sum() < 5


def test_binomial_counts_are_quantiles_of_their_uniform_number():
    rng = np.random.default_rng(2)
    n = 100_000
    u = uniforms(n, rng)
    size = np.floor(10 ** rng.uniform(0.0, 5.0, n))
    p = np.where(rng.uniform(size=n) < 0.5, rng.uniform(size=n), 10 ** rng.uniform(-4, 0, n))
    counts = quantiles(chance.binomial, u, size, p)
    # Above 1/2 the rarer outcome is counted, at 1 - u.
    rarer = stats.binom.ppf(np.where(p <= 0.5, u, 1.0 - u), size, np.minimum(p, 1.0 - p))
    exact = np.where(p <= 0.5, rarer, size - rarer)
    assert (counts != exact).sum() < 5
    assert np.abs(counts - exact).max() <= 1.0


def test_counts_never_fall_when_their_mean_rises():
    u = np.repeat(np.linspace(0.001, 0.999, 40), 500)
    mean = np.tile(np.linspace(0.0, 60.0, 500), 40)
    counts = quantiles(chance.poisson, u, mean).reshape(40, 500)
    assert np.all(np.diff(counts, axis=1) >= 0.0)


def test_a_world_draws_the_same_alone_and_among_others():
    rng = np.random.default_rng(3)
    mean, size = rng.uniform(0, 30, 64), np.floor(rng.uniform(0, 300, 64))
    p, u = rng.uniform(0, 0.3, 64), rng.uniform(size=64)
    together = quantiles(chance.poisson, u, mean), quantiles(chance.binomial, u, size, p)
    for i in range(64):
        one = slice(i, i + 1)
        assert quantiles(chance.poisson, u[one], mean[one])[0] == together[0][i]
        assert quantiles(chance.binomial, u[one], size[one], p[one])[0] == together[1][i]


def test_plain_python_draws_the_same_bits():
    rng = np.random.default_rng(4)
    mean, size = rng.uniform(0, 30, 64), np.floor(rng.uniform(0, 300, 64))
    p = rng.uniform(0, 1, 64)
    u, v, plain = np.empty(64), np.empty(64), [np.empty(64), np.empty(64)]
    here = block()
    chance.fill_uniforms(here, 5, 0, u, v)
    chance.fill_uniforms.py_func(here, 5, 0, *plain)
    assert np.array_equal(u, plain[0])
    assert np.array_equal(v, plain[1])
    for sampler, laws in ((chance.poisson, (mean,)), (chance.binomial, (size, p))):
        compiled_count, plain_count = np.empty(64), np.empty(64)
        sampler(here, compiled_count, *laws, u)
        sampler.py_func(here, plain_count, *laws, u)
        assert np.array_equal(compiled_count, plain_count)


def test_a_block_meets_the_uniforms_that_can_be_made_again_alone():
    u, v = np.empty(LANES), np.empty(LANES)
    chance.fill_uniforms(block(first=1000, step=77), 12, 2, u, v)
    alone = [chance.uniform_pair(Noise(0, 11, 7, 1000 + i, 0, 77), 12, 2, 0) for i in range(LANES)]
    assert np.array_equal(np.c_[u, v], np.array(alone))


def test_log_factorials_are_right():
    for k in (0, 1, 5, 9, 10, 11, 50, 1000, 10**6):
        assert chance._log_factorial(float(k)) == pytest.approx(
            math.lgamma(k + 1), rel=1e-12, abs=1e-12
        )


def test_limits_are_certain():
    half = np.full(3, 0.5)
    assert quantiles(chance.poisson, half, [0.0, -1.0, 0.0]).tolist() == [0.0, 0.0, 0.0]
    sizes, shares = [0.0, 9.0, 9.0], [0.5, 0.0, 1.0]
    assert quantiles(chance.binomial, half, sizes, shares).tolist() == [0.0, 0.0, 9.0]
    assert quantiles(chance.binomial, half, [-2.0, 9.0, 9.0], [0.5, -1.0, 7.0])[0] == 0.0
    assert chance.happens(block(), 0.999999, 1.0) == 1.0
    assert chance.happens(block(), 1e-12, 0.0) == 0.0


def test_the_mean_reading_gives_means():
    here, count = block(2, mean=1), np.empty(LANES)
    u, v = np.empty(LANES), np.empty(LANES)
    chance.fill_uniforms(here, 1, 0, u, v)
    assert u[:2].tolist() == v[:2].tolist() == [0.5, 0.5]
    chance.poisson(here, count, np.array([2.5, -1.0]), u)
    assert count[:2].tolist() == [2.5, 0.0]
    chance.binomial(here, count, np.array([7.5, 4.0]), np.array([0.2, 2.0]), u)
    assert count[:2].tolist() == [1.5, 4.0]
    assert chance.happens(here, 0.9, 0.3) == 0.3


def test_every_purpose_has_its_own_number_within_a_byte():
    numbers = [int(purpose) for purpose in Purpose]
    assert len(set(numbers)) == len(numbers) == len(Purpose.__members__)
    assert max(numbers) < 256
