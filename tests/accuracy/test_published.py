"""Do printed figures follow the laws they name?

Every test uses one fixed seed, so it either always passes or always fails. The false-alarm rate
stated is that of the same test on a fresh seed, were the sampler exact.
"""

import numpy as np
import pytest
from scipy import stats
from tests._worlds import by_hand, deaths

from tregua import model
from tregua.simulate import keyed, published

WORLDS = 4000
NO_ERROR = {"agency_error": 0.0, "agency_error_late": 0.0}
ALARM = 1e-4


def sample(rows, agency):
    return rows.loc[rows["agency"] == agency, "value"].to_numpy()


def fits(counts, log_probability):
    """Chi-square over classes of at least 20 expected: false alarms at the rate of the level."""
    support = np.arange(int(counts.max()) + 200)
    expected = len(counts) * np.exp(log_probability(support))
    edges, gathered = [], 0.0
    for value, weight in zip(support, expected, strict=True):
        gathered += weight
        if gathered >= 20.0:
            edges.append(value)
            gathered = 0.0
    classes = np.searchsorted(edges[:-1], np.arange(len(support)))
    table = np.bincount(classes, weights=expected)
    seen = np.bincount(classes[counts.astype(int)], minlength=len(table))
    table[-1] += len(counts) - table.sum()  # what lies beyond the support
    return stats.chisquare(seen, table).pvalue > ALARM


@pytest.mark.parametrize(("mean", "size"), [(360.0, 1000.0), (25.0, 100.0), (360.0, np.inf)])
def test_deaths_are_negative_binomial_around_expected_deaths(mean, size):
    # In the mean reading the ledger holds expected deaths. False alarms: 1 in 10,000 each.
    worlds = deaths("2012-01", 1, mean, worlds=WORLDS, reading="mean")
    rows = published(worlds, seed=2, measures={"count_size": size, **NO_ERROR})
    counts = sample(rows, "PNC")
    assert fits(counts, lambda y: model.log_negative_binomial(y, mean, size))


def test_deaths_of_drawn_worlds_have_the_variance_of_one_law_not_of_two():
    # The ledger is Poisson already; the printed count has VMR 1 + mu/n = 1.36, not 2.36. The
    # sampling error of the ratio is 1.36 * sqrt(2/4000) = 0.03: 4.5 of them, 1 in 100,000.
    rng = np.random.default_rng(3)
    ledger = rng.poisson(360.0, size=(WORLDS, 1))
    worlds = deaths("2012-01", 1, ledger, worlds=WORLDS)
    counts = sample(published(worlds, seed=2, measures=NO_ERROR), "PNC")
    assert counts.mean() == pytest.approx(360.0, abs=4.5 * np.sqrt(360 * 1.36 / WORLDS))
    assert counts.var() / counts.mean() == pytest.approx(1.36, abs=0.14)


def test_the_share_left_out_is_binomial():
    # An agency error of log 0.9 made by hand: thinning of a Poisson count is Poisson.
    rng = np.random.default_rng(4)
    ledger = rng.poisson(300.0, size=(WORLDS, 1)).astype(float)
    kept = keyed.binomials(
        9, np.arange(WORLDS), np.array([15_000]), 5, 130, ledger, np.full_like(ledger, 0.9)
    )
    assert fits(kept[:, 0], lambda y: stats.poisson.logpmf(y, 270.0))


@pytest.mark.parametrize(("n", "p"), [(8, 0.5), (400, 0.03), (2600, 0.3), (2600, 0.97)])
def test_binomial_counts_follow_their_law_also_in_several_pieces(n, p):
    # 2,600 is drawn in three pieces. False alarms: 1 in 10,000 each.
    size = np.full((20_000, 1), float(n))
    where = (9, np.arange(20_000), np.array([15_000]), 5, 130)
    counts = keyed.binomials(*where, size, np.full_like(size, p))[:, 0]
    assert fits(counts, lambda y: stats.binom.logpmf(y, n, p))


@pytest.mark.parametrize("mean", [0.4, 30.0, 1300.0])
def test_poisson_counts_follow_their_law_also_in_several_pieces(mean):
    where = (9, np.arange(20_000), np.array([15_000]), 5, 130)
    counts = keyed.poissons(*where, np.full((20_000, 1), mean))[:, 0]
    assert fits(counts, lambda y: stats.poisson.logpmf(y, mean))


@pytest.mark.parametrize(
    ("start", "agency", "error"), [("2012-01", "PNC", 0.03), ("2020-01", "FGR", 0.15)]
)
def test_errors_of_agencies_are_normal_on_the_log_scale(start, agency, error):
    # At a million deaths the count's own error is 0.001. Kolmogorov and Smirnov, 1 in 10,000.
    worlds = deaths(start, 1, 1e6, worlds=1000)
    rows = published(worlds, seed=2, measures={"count_size": np.inf})
    score = np.log(sample(rows, agency) / 1e6) / error
    assert stats.kstest(score, "norm").pvalue > ALARM


def test_agencies_err_apart_and_share_the_luck_of_the_month():
    # Correlation of two agencies over worlds: shared variance mu + mu2/n of all but their own.
    worlds = deaths("2012-01", 1, 360.0, worlds=WORLDS, reading="mean")
    rows = published(worlds, seed=2)
    police, institute = sample(rows, "PNC"), sample(rows, "IML")
    own = np.log(police / institute)
    assert own.std() == pytest.approx(np.hypot(0.03, 0.03), rel=0.1)
    quiet = published(worlds, seed=2, measures=NO_ERROR)
    assert (sample(quiet, "PNC") == sample(quiet, "IML")).all()


def test_complaints_vary_three_times_as_much_as_by_chance():
    # Negative binomial of mean 145 and ratio 3: size 145 / 2. False alarms: 1 in 10,000.
    worlds = by_hand("2012-01", 1, worlds=WORLDS, hidden=40.0)
    rows = published(worlds, seed=2, series=["disappearance_complaints"])
    counts = rows["value"].to_numpy()
    assert fits(counts, lambda y: model.log_negative_binomial(y, 145.0, 145.0 / 2.0))
    assert counts.var() / counts.mean() == pytest.approx(3.0, abs=0.4)


def test_polls_are_beta_binomial():
    # 1,250 asked, printed to a tenth of a per cent. False alarms: 1 in 10,000.
    worlds = by_hand("2012-01", 3, worlds=WORLDS, fear=0.3)
    rows = published(worlds, seed=2)
    yes = np.rint(rows["value"].to_numpy() * 12.5)
    mean, variance = yes.mean(), yes.var()
    assert mean == pytest.approx(375.0, abs=4.5 * np.sqrt(525 / WORLDS))
    assert variance == pytest.approx(2.0 * 1250 * 0.21, rel=4.5 * np.sqrt(2 / WORLDS))
    sorted_yes, support = np.sort(yes), np.arange(1251)
    law = np.cumsum(np.exp(model.log_beta_binomial(support, 0.3, 1250, 2.0)))
    steps = np.arange(1, WORLDS + 1) / WORLDS
    # Rounding moves an answer by at most one; the distance of a sample is below 2.2 / sqrt(n).
    assert np.abs(law[sorted_yes.astype(int)] - steps).max() < 2.3 / np.sqrt(WORLDS) + 0.03


@pytest.mark.parametrize(
    ("variable", "start", "error"),
    [
        ("prisoners", "2012-01", 0.03),
        ("prisoners", "2023-01", 0.065),
        ("gang_prisoners", "2012-01", 0.15),
    ],
)
def test_errors_of_stocks_are_normal_on_the_log_scale(variable, start, error):
    worlds = by_hand(start, 12, worlds=WORLDS, **{variable: 1e6})
    score = np.log(published(worlds, seed=2)["value"].to_numpy() / 1e6) / error
    assert stats.kstest(score, "norm").pvalue > ALARM


def test_deaths_fall_on_all_days_alike():
    # 60 deaths in 30 days, 4,000 worlds: multinomial, so that a day's variance is n p (1 - p) and
    # two days' covariance -n p p. False alarms: 1 in 10,000 for the chi-square.
    worlds = deaths("2012-04", 1, 60.0, worlds=WORLDS)
    rows = published(worlds, seed=2, series=["homicides"], intervals="day", exact=True)
    days = sample(rows, "PNC").reshape(WORLDS, 30)
    assert stats.chisquare(days.sum(axis=0)).pvalue > ALARM
    covariance = np.cov(days.T)
    off = covariance[~np.eye(30, dtype=bool)]
    assert np.diag(covariance).mean() == pytest.approx(60 / 30 * 29 / 30, abs=0.06)
    assert off.mean() == pytest.approx(-60 / 900, abs=0.005)
    assert fits(days[:, 0], lambda y: stats.binom.logpmf(y, 60, 1 / 30))


def test_figures_go_missing_at_the_rate_asked_for():
    worlds = deaths("2012-01", 12, 10.0, worlds=WORLDS)
    rows = published(worlds, seed=2, missing=0.2)
    share = 1.0 - len(rows) / (WORLDS * 12 * 2)
    assert share == pytest.approx(0.2, abs=4.5 * np.sqrt(0.16 / (WORLDS * 24)))
