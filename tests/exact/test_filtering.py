"""Is the particle filter's likelihood that of the model, term by term and as a whole?"""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logsumexp

from tregua import infer, model, record, simulate
from tregua.infer.particles import filtering, guide
from tregua.infer.particles.guide import Latent
from tregua.infer.particles.sightings import Sightings
from tregua.model import GangAction
from tregua.model.measurement import MEASURES
from tregua.model.parameters import P
from tregua.model.script import Cal
from tregua.model.state import Slot

SEED = 7


@pytest.fixture(scope="module")
def known():
    return record.load("el-salvador")


@pytest.fixture(scope="module")
def past(known):
    return model.History.of(known)


def three_months(values=(300.0, 330.0, 290.0), error=0.1, months=((0,), (1,), (2,))):
    """Figures of homicides for the first months of 2003."""
    dates = pd.date_range("2003-01-01", periods=3, freq="MS")
    rows = [
        {
            "kind": "homicides",
            "what": "recorded",
            "months": tuple(dates[list(which)]),
            "value": value,
            "error": error,
            "agencies": ("PNC",),
            "sources": ("X",),
        }
        for value, which in zip(values, months, strict=True)
    ]
    return Sightings(pd.DataFrame(rows), dates[0], pd.Timestamp("2003-04-01"), infer.KINDS)


def engine(known, particles, seen=None, **options):
    given = {"threads": 1, "seen": three_months() if seen is None else seen}
    return infer.KernelEngine(known, particles=particles, **given | options)


def likelihoods(known, rows, particles, *, errand=0, seen=None, extra=None, **options):
    swarm = engine(known, particles, seen, **options).begin(
        infer.Theta.of(model.defaults(worlds=rows), **(extra or {})), seed=SEED, errand=errand
    )
    swarm.advance()
    return swarm.log_likelihood


def mean_of_exp(logs):
    """Log of the mean, and its standard error relative to the mean."""
    top = logs.max()
    each = np.exp(logs - top)
    return top + np.log(each.mean()), each.std(ddof=1) / each.mean() / np.sqrt(len(each))


def agree(first, second):
    """Two means within 4 standard errors: a false alarm in 16,000."""
    (a, error_a), (b, error_b) = mean_of_exp(first), mean_of_exp(second)
    assert error_a < 0.15 and error_b < 0.15
    return abs(a - b) < 4.0 * np.hypot(error_a, error_b)


# -- The estimate as a whole ----------------------------------------------------------------------


def test_the_likelihood_does_not_depend_on_the_number_of_particles(known):
    few = likelihoods(known, 2_000, 8)
    middle = likelihoods(known, 250, 64, errand=1)
    many = likelihoods(known, 30, 512, errand=2)
    assert agree(few, middle) and agree(middle, many) and agree(few, many)


def test_proposals_with_and_without_the_figure_in_view_agree(known):
    guided = likelihoods(known, 400, 32)
    blind = likelihoods(known, 400, 32, errand=1, guided=False)
    assert agree(guided, blind)
    assert guided.var() < 0.5 * blind.var()  # what proposals are for


_QUIET = {"killing": 0.004, "ambient_floor": 5e-6, "ambient_gangs": 2e-6}
_FEW = three_months((9.0, 1.0, 8.0), error=0.05)
_AS_PRINTED = {"misprint": 0.0, "error_spread": 0.1}


def few_dead(known, rows, particles, errand, seen=_FEW, **options):
    """Months of some ten dead, of whom the second has one."""
    theta = infer.Theta.of(model.defaults(_QUIET, worlds=rows), **_AS_PRINTED)
    return engine(known, particles, seen, **options).begin(theta, seed=SEED, errand=errand)


def test_worlds_chosen_week_by_week_agree_with_worlds_left_alone(known):
    chosen, blind = few_dead(known, 600, 32, 0), few_dead(known, 60, 4_000, 1, guided=False)
    same = few_dead(known, 600, 32, 2, guided=False)
    assert all(month.weekly for month in chosen.engine.filter.months)
    for swarm in (chosen, blind, same):
        swarm.advance()
    assert agree(chosen.log_likelihood, blind.log_likelihood)
    # Of few particles that are left alone none may have one dead.
    assert chosen.log_likelihood.var() < 0.3 * same.log_likelihood.var()


def test_origins_are_where_particles_came_from(known):
    path = []
    few_dead(known, 1, 500, 0).advance_keeping(path)
    held = filtering.KEPT.index("prisoners")
    for before, after in pairwise(path):
        origins = after[1]
        assert len(np.unique(origins)) < 400  # they were chosen
        then, now = before[0][origins, held], after[0][:, held]
        assert np.corrcoef(then, now)[0, 1] > 0.6
        mixed = before[0][np.roll(origins, 250), held]
        assert abs(np.corrcoef(mixed, now)[0, 1]) < 0.25


def test_resampling_every_month_or_never_agree(known):
    always = likelihoods(known, 600, 64, guided=False, threshold=1.0)
    never = likelihoods(known, 600, 64, errand=1, guided=False, threshold=0.0)
    assert agree(always, never)


@pytest.mark.parametrize("months", [((0,), (1,), (2,)), ((0, 1), (2,)), ((0, 2), (1,))])
def test_without_error_and_stickiness_it_is_that_of_the_simulator(known, past, months):
    values = (300.0, 330.0, 290.0) if len(months) == 3 else (650.0, 290.0)  # a total and a month
    seen = three_months(values, months=months)
    exact = {"error_spread": 0.0, "agency_error": 0.0, "stickiness": 0.0, "misprint": 0.0}
    filtered = likelihoods(known, 300, 64, seen=seen, extra=exact)
    worlds = simulate.run(
        model.defaults(worlds=40_000),
        script=past.script,
        setting=past.setting,
        start="2003-01-01",
        end="2003-04-01",
        seed=1,
        variables=("recorded",),
    )
    monthly = worlds.monthly["recorded"].values
    total = np.zeros(len(monthly))
    sd = np.sqrt(0.1**2 + 1.0 / 1000.0)
    for value, which in zip(values, months, strict=True):
        centre = np.log(monthly[:, list(which)].sum(axis=1))
        high, low = (np.log(value + half) for half in (0.5, -0.5))
        with np.errstate(divide="ignore"):
            total += np.log(stats.norm.cdf(high, centre, sd) - stats.norm.cdf(low, centre, sd))
    assert agree(filtered, total)


# -- Bits -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def theta():
    draws = model.prior_draws(6, seed=2)
    return infer.Theta(draws, infer.extra_draws(6, seed=2))


def run_to(known, theta, stages, **options):
    given = {"particles": 16, "threads": 1, "end": "2006-01-01"}
    swarm = infer.KernelEngine(known, **given | options).begin(theta, seed=SEED)
    for _ in range(stages):
        swarm.advance()
    return swarm


def test_threads_and_chunks_change_no_bit(known, theta):
    one = run_to(known, theta, 3)
    for options in ({"threads": 2, "chunk": 32}, {"chunk": 16}, {"chunk": 48}):
        other = run_to(known, theta, 3, **options)
        assert np.array_equal(one.log_likelihood, other.log_likelihood)
        assert np.array_equal(one.states, other.states)


def test_threads_and_chunks_change_no_bit_where_worlds_are_chosen_by_the_week(known, theta):
    def run(**options):
        made = infer.KernelEngine(known, particles=16, seen=_FEW, **({"threads": 1} | options))
        swarm = made.begin(theta.with_(**_QUIET), seed=SEED)
        swarm.advance()
        return swarm

    one = run()
    for options in ({"threads": 2, "chunk": 32}, {"chunk": 48}):
        other = run(**options)
        assert np.array_equal(one.log_likelihood, other.log_likelihood)
        assert np.array_equal(one.states, other.states)


def test_a_row_does_not_depend_on_its_neighbours(known, theta):
    all_rows, first = run_to(known, theta, 2), run_to(known, theta.select([0, 1]), 2)
    assert np.array_equal(all_rows.log_likelihood[:2], first.log_likelihood)


def test_a_swarm_can_be_put_away_and_taken_up_again(known, theta, tmp_path):
    swarm = run_to(known, theta, 1)
    np.savez(tmp_path / "swarm.npz", **swarm.arrays())
    again = swarm.engine.restore(dict(np.load(tmp_path / "swarm.npz")))
    assert np.array_equal(again.advance(), swarm.advance())
    assert np.array_equal(again.states, swarm.states)
    assert again.diagnostics.equals(swarm.diagnostics)


def test_taking_rows_keeps_their_past_and_parts_their_luck(known, theta):
    swarm = run_to(known, theta, 1)
    taken = swarm.take([3, 3, 0, 1, 2, 5])
    assert np.array_equal(taken.log_likelihood, swarm.log_likelihood[[3, 3, 0, 1, 2, 5]])
    assert np.array_equal(taken.theta.column("killing")[:2], swarm.theta.column("killing")[[3, 3]])
    assert np.array_equal(taken.states[:16], taken.states[16:32])
    increments = taken.advance()
    assert increments[0] != increments[1]
    assert not np.array_equal(taken.states[:16], taken.states[16:32])
    assert swarm.stage == 1 and taken.stage == 2


def test_accepted_rows_come_from_the_other_swarm(known, theta):
    one = run_to(known, theta, 1)
    other = one.engine.begin(theta.with_(killing=0.2, stickiness=0.5), seed=SEED, errand=1)
    other.advance()
    mask = np.array([True, False, False, True, False, False])
    both = one.replace(mask, other)
    assert np.array_equal(both.log_likelihood[mask], other.log_likelihood[mask])
    assert np.array_equal(both.log_likelihood[~mask], one.log_likelihood[~mask])
    assert (both.theta.column("killing") == 0.2).tolist() == mask.tolist()
    assert (both.theta.column("stickiness") == 0.5).tolist() == mask.tolist()
    assert np.array_equal(both.states[:16], other.states[:16])
    with pytest.raises(ValueError, match="do not fit"):
        both.replace(mask, run_to(known, theta, 2))


# -- Terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "total"), [(0, 3.0), (1, 9.0), (14, 9.0), (360, 300.0)])
@pytest.mark.parametrize("variance", [0.001, 0.05])
def test_a_figure_of_deaths_is_a_rounded_log_normal(value, total, variance):
    law = stats.norm(np.log(total), np.sqrt(variance))
    low = law.logcdf(np.log(value - 0.5)) if value else -np.inf
    if value > total:  # the other tail, so that the difference keeps its digits
        far, near = law.logsf(np.log(value + 0.5)), law.logsf(np.log(value - 0.5))
        expected = near + np.log1p(-np.exp(far - near))
    else:
        high = law.logcdf(np.log(value + 0.5))
        expected = high + np.log1p(-np.exp(low - high))
    assert guide.log_within(float(value), total, variance) == pytest.approx(expected, rel=1e-9)


def test_figures_of_deaths_have_probabilities_that_sum_to_one():
    for wrong in (0.0, 0.02):
        logs = [guide.log_printed(float(y), 12.0, 0.04, wrong) for y in range(3_000)]
        assert logsumexp(logs) == pytest.approx(0.0, abs=1e-6)


def test_a_total_of_nobody_is_printed_as_nobody():
    assert guide.log_within(0.0, 0.0, 0.1) == 0.0
    assert guide.log_within(1.0, 0.0, 0.1) == -np.inf


def test_counts_of_the_missing_are_negative_binomial():
    mean, ratio, error = np.array([120.0]), 3.0, np.array([0.2])
    variance = ratio * 120.0 + (0.2 * 120.0) ** 2
    size = 120.0**2 / (variance - 120.0)
    expected = stats.nbinom.logpmf(134, size, size / (size + 120.0))
    assert filtering._log_count(134.0, mean, ratio, error) == pytest.approx(expected, rel=1e-9)


def test_a_poll_is_normal_in_log_odds():
    found = filtering._log_opinion(70.0, 1200.0, np.array([0.5]), np.array([0.6]), 2.0)
    printed = (840 + 0.5) / 1201
    sd = np.sqrt(0.36 + 2.0 / (1200 * printed * (1 - printed)))
    assert found == pytest.approx(stats.norm.logpdf(np.log(printed / (1 - printed)), 0.0, sd))


def test_stocks_are_log_normal_around_the_worlds_own(known):
    seen = three_months()
    row = {"kind": "prisoners", "what": "prisoners", "months": (pd.Timestamp("2003-03-01"),)}
    row |= {"value": 11_500.0, "error": 0.03, "agencies": ("A",), "sources": ("X",)}
    only = Sightings(pd.DataFrame([row]), seen.first, seen.end, infer.KINDS)
    swarm = engine(known, 1, only).begin(model.defaults(worlds=1), seed=SEED)
    path = []
    swarm.advance_keeping(path)
    held = path[2][0][0, filtering.KEPT.index("prisoners")]
    expected = stats.lognorm.logpdf(11_500.0, 0.03, scale=held)
    assert swarm.log_likelihood[0] == pytest.approx(expected)
    assert (swarm.gains[:2] == 0.0).all()


def test_what_is_switched_off_adds_exactly_nothing(known, theta):
    assert (run_to(known, theta, 3, kinds=()).log_likelihood == 0.0).all()
    alone = run_to(known, theta, 3, kinds=("homicides",))
    same = run_to(known, theta, 3, kinds=("homicides", "polls", "disappearances"))
    assert np.array_equal(alone.log_likelihood, same.log_likelihood)  # none before 2006


def test_events_add_their_hazards_and_nothing_else(known, past):
    made = infer.KernelEngine(known, particles=2, threads=1, kinds=("events",), end="2013-01-01")
    swarm = made.begin(model.defaults(worlds=1), seed=SEED)
    while swarm.stage < swarm.stages:
        swarm.advance()
    months = [month.date for month in made.filter.months]
    at = months.index(pd.Timestamp("2012-03-01"))
    session = simulate.Session(
        model.defaults(), start="2003-01-01", end="2013-01-01", seed=1, script=past.script
    )
    session.advance(4 * at)
    rate = model.defaults().column("leak")[0] * session.state().get(Slot.DEMOCRACY)[0]
    # The pact of 9 March begins with the month's second week, and leaks within the month.
    time = 0.75 * 31 / 365.25
    assert swarm.gains[at, 0] == pytest.approx(np.log(-np.expm1(-rate * time)), rel=1e-9)
    assert (np.delete(swarm.gains, range(at, len(months)), axis=0) == 0.0).all()
    assert (swarm.gains[at + 1 :] < 0.0).all()  # no sanction over this pact is on record
    assert (swarm.states[:, Slot.LEAKED] == 1.0).all()


def test_extra_numbers_come_from_the_measures():
    declared = {measure.name: measure for measure in MEASURES}
    shared = [extra for extra in infer.extra_priors() if extra.name in declared]
    assert len(shared) == 5
    assert all(extra.default == declared[extra.name].default for extra in shared)
    for extra in infer.extra_priors():
        centre, spread = extra.scale
        low, high = extra.from_normal(centre + np.array([-1, 1]) * 1.6448536269514722 * spread)
        assert (low, high) == (pytest.approx(extra.low), pytest.approx(extra.high))


# -- The guide ------------------------------------------------------------------------------------


@pytest.mark.parametrize("month", ["2004-05-01", "2012-06-01", "2015-08-01", "2020-01-01"])
def test_the_closed_form_is_the_mean_of_the_kernel(past, month):
    worlds = 1_500
    draws = model.defaults({"breach": 0.0}, worlds=worlds)
    session = simulate.Session(
        draws,
        start="2003-01-01",
        end="2022-01-01",
        seed=1,
        script=past.script,
        setting=past.setting,
        variables=("recorded",),
    )
    at = 4 * (12 * (int(month[:4]) - 2003) + int(month[5:7]) - 1)
    session.advance(at)
    calendar = session._calendar[at : at + 4]
    actions = np.tile([GangAction.PRESS, GangAction.BUSINESS, GangAction.RESTRAIN], (worlds, 1))
    expected = guide.expected_recorded(
        session._values,
        np.ascontiguousarray(draws.values),
        calendar[0],
        float(calendar[:, Cal.LENGTH].sum()),
        past.setting.rivalry_at_start,
        3,
        actions.astype(np.int64),
    )
    orders = np.column_stack([np.full(worlds, simulate.UNORDERED), actions])
    recorded = session.advance(4, orders)[:, 0]
    assert expected.mean() == pytest.approx(recorded.mean(), rel=0.02)  # standard error below 0.3 %


def test_approval_is_followed_as_the_kernel_moves_it(known, past):
    # With no doubt about moods every node is the kernel's own approval.
    draws = model.defaults({"approval_spread": 0.0})
    made = infer.KernelEngine(known, particles=1, threads=1, kinds=("polls",), end="2012-01-01")
    swarm = made.begin(draws, seed=SEED)
    while swarm.stage < swarm.stages:
        swarm.advance()
        moods = swarm.latent[0, made.filter.moods : made.filter.moods + guide.MOODS]
        assert moods == pytest.approx(swarm.states[0, Slot.APPROVAL], abs=0.005)


def test_sticky_gangs_keep_what_they_did(known):
    def kept(stickiness):
        seen = three_months()
        only = Sightings(seen.figures.iloc[:0], seen.first, seen.end, infer.KINDS)
        swarm = engine(known, 4_000, only).begin(
            infer.Theta.of(model.defaults(), stickiness=stickiness), seed=SEED
        )
        path = []
        swarm.advance_keeping(path)
        first = len(filtering.KEPT) + 2 + 3  # pressing, first gang
        return path[1][0][:, first], path[2][0][:, first]

    for stickiness, same in ((0.0, 0.5), (0.6, 0.8), (1.0, 1.0)):
        before, after = kept(stickiness)
        # The script's share is 0.5: the same again with probability s + (1 - s) / 2. The standard
        # error is 0.008; 0.032 is a false alarm in 16,000.
        assert (before == after).mean() == pytest.approx(same, abs=0.032)
        assert after.mean() == pytest.approx(0.5, abs=0.032)


@pytest.mark.parametrize("positive", [(0, 1, 2), (0, 2), (1,)])
def test_combinations_are_all_that_can_happen(positive):
    shares = np.zeros((3, 3))
    shares[:, list(positive)] = np.random.default_rng(1).dirichlet(np.ones(len(positive)), 3)
    deaths = np.arange(9.0).reshape(3, 3) ** 2
    prior, mean, codes = np.zeros(27), np.full(27, 5.0), np.zeros(27, dtype=np.int64)
    count = guide._combine(shares, deaths, 3, prior, mean, codes)
    digits = np.column_stack([codes[:count] // 3**g % 3 for g in range(3)])
    assert count == len(positive) ** 3 == len(set(codes[:count]))
    assert prior[:count] == pytest.approx(np.prod(shares[np.arange(3), digits], axis=1))
    assert prior[:count].sum() == pytest.approx(1.0)
    assert mean[:count] == pytest.approx(5.0 + deaths[np.arange(3), digits].sum(axis=1))


@pytest.mark.parametrize("value", [150.0, 400.0])
def test_actions_corrected_by_their_weights_have_their_prior_chances(known, value):
    n = 200_000
    swarm = engine(known, n).begin(model.defaults(), seed=SEED)
    calendar = swarm.engine.filter.table[0].copy()
    calendar[Cal.PRESSING], calendar[Cal.RESTRAINING] = 0.3, 0.2
    latent, last, stay = swarm.latent, np.array([0, 2, 1]), 0.6
    latent[:, Latent.ACTION : Latent.ACTION + 3] = last
    orders, correction = np.zeros((n, 4), dtype=np.int64), np.zeros(n)
    numbers = np.tile([0.2, 0.7, stay, 0.01], (n, 1))
    guide.choose(
        swarm.states,
        swarm.theta.draws.values.repeat(n, axis=0),
        latent,
        calendar,
        1.0 / 12.0,
        False,
        True,
        True,
        1.0,
        False,
        value,
        0.01,
        numbers,
        np.zeros(n),
        swarm.engine.filter.history.setting.rivalry_at_start,
        3,
        SEED,
        np.arange(n),
        0,
        0,
        orders,
        correction,
    )
    weight = np.exp(correction)
    # A tenth of the proposals ignores the figure; it has been looked at, or all weights were 1.
    assert weight.max() <= 10.0 + 1e-9 and weight.std() > 0.2
    assert (latent[:, Latent.ACTION : Latent.ACTION + 3] == orders[:, 1:]).all()
    shares = np.array([0.5, 0.2, 0.3])
    for code in range(27):
        actions = code // 3 ** np.arange(3) % 3
        chance = np.prod((1.0 - stay) * shares[actions] + stay * (actions == last))
        found = weight * (orders[:, 1:] == actions).all(axis=1)
        # 5 standard errors, 54 times: a false alarm in 30,000.
        assert abs(found.mean() - chance) < 5.0 * found.std() / np.sqrt(n)


@pytest.mark.parametrize("value", [150.0, 400.0])
def test_a_figure_is_foreseen_over_all_that_gangs_may_do(known, value):
    swarm = engine(known, 50).begin(model.defaults(), seed=SEED)
    calendar, n = swarm.engine.filter.table[0].copy(), 50
    calendar[Cal.PRESSING], calendar[Cal.RESTRAINING] = 0.3, 0.2
    latent, last, stay = swarm.latent, np.array([0, 2, 1]), 0.6
    latent[:, Latent.ACTION : Latent.ACTION + 3] = last
    latent[:, Latent.ERROR] = np.linspace(-0.4, 0.4, n)
    values = swarm.theta.draws.values.repeat(n, axis=0)
    rivalry = swarm.engine.filter.history.setting.rivalry_at_start
    expected = np.zeros(n)
    guide.foresee(
        *(swarm.states, values, latent, calendar, 1.0 / 12.0, False, True, 1.0, False, value, 0.01),
        *(np.tile([0.2, 0.7, stay, 0.0], (n, 1)), rivalry, 3, expected),
        *(np.empty((n, 27)), np.empty((n, 27))),
        *(np.empty((n, 27), dtype=np.int64), np.empty(n, dtype=np.int64)),
    )
    shares, density = np.array([0.5, 0.2, 0.3]), np.zeros(n)
    wander = 0.04 * (1.0 - 0.49)
    for code in range(27):
        actions = code // 3 ** np.arange(3) % 3
        chance = np.prod((1.0 - stay) * shares[actions] + stay * (actions == last))
        mean = guide.expected_recorded(
            *(swarm.states, values, calendar, 1.0 / 12.0, rivalry, 3),
            np.tile(actions, (n, 1)),
        )
        spread = np.sqrt(0.01 + 1.0 / (12.0 * value**2) + wander + 1.0 / mean)
        density += chance * stats.norm.pdf(
            np.log(value), np.log(mean) + 0.7 * latent[:, Latent.ERROR], spread
        )
    gap = expected - np.log(density)
    assert gap == pytest.approx(np.full(n, gap[0]), abs=1e-9)  # a constant is left open


def test_the_rest_of_a_month_is_foreseen_as_poisson_deaths():
    recorded, rest = np.array([0.0, 1.0, 3.0, 6.0]), np.array([9.0, 6.0, 3.0, 2.0])
    numbers = np.tile([0.2, 0.7, 0.5, 0.01], (4, 1))
    latent, expected = np.zeros((4, Latent.ACTION)), np.zeros(4)
    latent[:, Latent.ERROR], latent[:, Latent.AGENCY] = [0.1, -0.2, 0.0, 0.3], 0.05
    guide.foresee_rest(latent, numbers, 2.0, 0.01, recorded, rest, expected)
    more = np.arange(60)
    near = 0.01 + 1.0 / 48.0 + 0.04 * 0.51
    density = np.zeros(4)
    for i in range(4):
        factor = np.exp(0.7 * latent[i, Latent.ERROR] + 0.05)
        centre = np.log(np.maximum((recorded[i] + more) * factor, 0.5))
        figure = 0.99 * stats.norm.pdf(np.log(2.0), centre, np.sqrt(near))
        figure += 0.01 * stats.norm.pdf(np.log(2.0), centre, np.sqrt(near + 1.0))
        density[i] = stats.poisson.pmf(more, rest[i]) @ figure
    assert expected == pytest.approx(np.log(density * np.sqrt(2.0 * np.pi)), abs=2e-3)


_ERRORS = {
    # recorded, figure, deaths and scatter of the total's months before, agencies' error, wrong
    "right": (300.0, 330.0, 0.0, 0.0, 0.05, 0.01),
    "never wrong": (300.0, 420.0, 0.0, 0.0, 0.0, 0.0),
    "few dead": (12.0, 17.0, 0.0, 0.0, -0.02, 0.01),
    "misprinted": (9.0, 1.0, 0.0, 0.0, 0.0, 0.01),
    "end of a total": (80.0, 519.0, 400.0, 10.0, 0.02, 0.01),
}


@pytest.mark.parametrize("name", _ERRORS)
def test_errors_corrected_by_their_weights_have_the_likelihood_of_their_prior(name):
    recorded, value, before, counted, year, wrong = _ERRORS[name]
    centre, wander, variance = 0.03, 0.02, 0.001

    def printed(error):
        total = before + recorded * np.exp(error + year)
        scatter = counted + guide._scatter(recorded * np.exp(error + year), error + year)
        return np.exp(guide.log_printed(value, total, variance + scatter / total**2, wrong))

    z = np.linspace(-9.0, 9.0, 901)
    density = stats.norm.pdf(z) * (z[1] - z[0])
    exact = sum(
        p * printed(centre + np.sqrt(wander) * at) for p, at in zip(density, z, strict=True)
    )
    blur = variance + 1.0 / (12.0 * value**2)
    sums, choices = np.zeros(3), (np.arange(200) + 0.5) / 200
    for choice in choices:
        for p, at in zip(density, z, strict=True):
            error, gained = guide._propose_error(
                *(np.log(value), blur, before, counted, recorded * np.exp(year), year),
                *(centre, wander, wrong, at, choice),
            )
            weight = np.exp(gained) * printed(error)
            sums += p / len(choices) * np.array([np.exp(gained), weight, weight**2])
    # Which branch is drawn from is decided by 200 numbers: each holds half a percent.
    assert sums[0] == pytest.approx(1.0, rel=0.02)
    assert sums[1] == pytest.approx(exact, rel=0.02)
    assert sums[2] / sums[1] ** 2 < 2.0  # particles that are worth one, drawn this way


# -- Smoothing ------------------------------------------------------------------------------------


def test_months_of_the_past_meet_their_figures(known):
    seen = three_months((300.0, 380.0, 250.0), error=0.02)
    found = infer.smooth(known, model.defaults(), seed=SEED, particles=20_000, seen=seen, threads=1)
    recorded = found[found["quantity"] == "recorded"].set_index("date")
    # The second figure is close to the edge: a draw's 95th percentile is 382.7.
    for date, value in zip(recorded.index, (300.0, 380.0, 250.0), strict=True):
        assert recorded.loc[date, "q05"] < value < recorded.loc[date, "q95"]
    killed = found[found["quantity"] == "killed"].set_index("date")
    assert (killed["q50"] > recorded["q50"]).all()
    pressing = found[found["quantity"] == "pressing.ms13"].set_index("date")["mean"]
    assert pressing.iloc[1] > pressing.iloc[2]


def test_unlikely_figures_are_refused_in_words(known):
    seen = three_months((300.0, 0.0, 290.0), error=0.0)
    theta = infer.Theta.of(model.defaults(), misprint=0.0, error_spread=0.0, agency_error=0.0)
    one = engine(known, 4, seen).begin(theta, seed=SEED)
    one.advance()
    assert one.diagnostics["least"].iloc[1] <= 4.0
    with pytest.raises(ValueError, match="No kind of figure named homicide"):
        infer.sightings(known, kinds=("homicide",))
    with pytest.raises(ValueError, match="All 1 stages"):
        one.advance()


def test_figures_of_the_record_are_read_as_they_say(known):
    seen = infer.sightings(known)
    table = seen.figures
    deaths = table[table["kind"] == "homicides"]
    covered = [month for months in deaths["months"] for month in months]
    assert len(covered) == len(set(covered))
    august = deaths[deaths["months"] == (pd.Timestamp("2015-08-01"),)]
    assert august["value"].tolist() == [918.0]
    events = table[table["kind"] == "events"]
    assert [(row.what, f"{row.months[0]:%Y-%m}") for row in events.itertuples()] == [
        ("leak", "2012-03"),
        ("leak", "2020-09"),
        ("sanction", "2021-12"),
    ]
    members = table[table["what"] == "members_and_collaborators"]
    assert members["value"].tolist() == [118_000.0]
    assert (table["value"] == 70_000.0).sum() == 1  # a number repeated is one figure
    assert Latent.ACTION > Latent.UNRESOLVED and P.leak > 0
