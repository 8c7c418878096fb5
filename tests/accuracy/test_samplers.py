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
from tregua.model.chance import Noise, Purpose

DRAWS = 200_000


@compiled
def poissons(n, mean, purpose):
    out = np.empty(n)
    for i in range(n):
        out[i] = chance.poisson(Noise(0, 11, 7, i, 0, 3), purpose, 0, mean)
    return out


@compiled
def binomials(n, size, p, purpose):
    out = np.empty(n)
    for i in range(n):
        out[i] = chance.binomial(Noise(0, 11, 7, i, 0, 3), purpose, 0, size, p)
    return out


@compiled
def normals(n):
    out = np.empty(n)
    for i in range(n):
        out[i] = chance.normal(Noise(0, 11, 7, i, 0, 3), 5, 0)
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


def test_inversion_is_the_quantile_function():
    # No chance here: inversion must return exactly the quantile at its uniform number.
    mean, size, p = 4.2, 60.0, 0.07
    u = pairs(2000, 17, 0, 0, 3)[:, 0]
    assert np.array_equal(poissons(2000, mean, 17), stats.poisson.ppf(u, mean))
    assert np.array_equal(binomials(2000, size, p, 17), stats.binom.ppf(u, size, p))


def test_normals_are_normal():
    # False alarms: 1e-4.
    assert stats.kstest(normals(DRAWS), "norm").pvalue > 1e-4


def test_log_factorials_are_right():
    for k in (0, 1, 5, 9, 10, 11, 50, 1000, 10**6):
        assert chance._log_factorial(float(k)) == pytest.approx(
            math.lgamma(k + 1), rel=1e-12, abs=1e-12
        )


def test_limits_are_certain():
    noise = Noise(0, 1, 2, 3, 0, 4)
    assert chance.poisson(noise, 1, 0, 0.0) == 0.0
    assert chance.poisson(noise, 1, 0, -1.0) == 0.0
    assert chance.binomial(noise, 1, 0, 0.0, 0.5) == 0.0
    assert chance.binomial(noise, 1, 0, 9.0, 0.0) == 0.0
    assert chance.binomial(noise, 1, 0, 9.0, 1.0) == 9.0
    assert chance.event(noise, 1, 0, 1.0) == 1.0
    assert chance.event(noise, 1, 0, 0.0) == 0.0


def test_the_mean_reading_gives_means():
    noise = Noise(1, 1, 2, 3, 0, 4)
    assert chance.poisson(noise, 1, 0, 2.5) == 2.5
    assert chance.binomial(noise, 1, 0, 7.5, 0.2) == 1.5
    assert chance.event(noise, 1, 0, 0.3) == 0.3
    assert chance.normal(noise, 1, 0) == 0.0
    assert chance.uniform(noise, 1, 0) == 0.5


def test_every_purpose_has_its_own_number_within_a_byte():
    numbers = [int(purpose) for purpose in Purpose]
    assert len(set(numbers)) == len(numbers) == len(Purpose.__members__)
    assert max(numbers) < 256
