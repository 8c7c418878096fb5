"""Problems, designs, runs over them, and rival worlds: small cases whose answer is known."""

import numpy as np
import pytest

from tregua import decide, model, record
from tregua.decide import robustness
from tregua.decide.robustness import Lever, Outcome, Problem, Uncertainty

ORIGIN, SEED = "2004-01", 3
OUTCOMES = (Outcome("killed", 1), Outcome("detained", 1))
LEVERS = Lever.named("reform", "mano_dura")


def problem(*uncertainties, outcomes=OUTCOMES):
    return Problem(uncertainties, LEVERS, outcomes)


@pytest.fixture(scope="module")
def case():
    known = record.load("el-salvador")
    return model.prior_draws(24, seed=SEED), model.History.of(known)


@pytest.fixture(scope="module")
def compared(case):
    strategies = [lever.strategy for lever in LEVERS]
    return decide.compare(strategies, *case, origin=ORIGIN, seed=SEED, years=1)


def run(design, case, **options):
    return robustness.explore(design, robustness.given(*case), origin=ORIGIN, seed=SEED, **options)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(robustness.ProblemError) as refused:
        Problem(
            (
                Uncertainty.parameter("leek", 0.1, 1.0),
                Uncertainty.parameter("return_share", 0.9, 0.2),
                Uncertainty.parameter("restraint", 0.5, 1.5),
                Uncertainty.parameter("release_time", 0.0, 9.0),
                Uncertainty.parameter("niche", 1e5),
                Uncertainty.parameter("members_at_start"),
                Uncertainty.parameter("rumour"),
                Uncertainty.mechanism("fring"),
                Uncertainty.reading("script"),
                Uncertainty.family("declared", "wild"),
                Uncertainty.parameter("leak"),
                Uncertainty.parameter("leak"),
            ),
            Lever.named("reform"),
            (
                Outcome("kiled", 10),
                Outcome("hidden", 0),
                Outcome("hidden", 2, better="less", threshold=np.inf, guard=0.0),
            ),
        )
    told = "\n".join(refused.value.problems)
    assert len(refused.value.problems) == 17
    for words in (
        "did you mean 'leak'",
        "0.9 to 0.2 holds nothing",
        "restraint: the range 0.5 to 1.5 must lie within [0, 1]",
        "release_time: the range 0 to 9 must lie above 0",
        "niche: give both ends",
        "first day of history",
        "without the mechanism exclusive_offers",
        "did you mean 'fringe'",
        "two positions, not 1",
        "no family named 'wild'",
        "'leak' is declared 2 times",
        "at least two levers",
        "did you mean 'killed'",
        "1 to 50 years",
        "'lower' or 'higher'",
        "threshold must be a finite number",
        "guard must be a number above 0",
    ):
        assert words in told, words


def test_a_prior_is_drawn_by_its_quantiles_and_a_range_evenly():
    prior = Uncertainty.parameter("leak")
    declared = model.Parameter.leak
    assert prior.at([0.05, 0.95]) == pytest.approx([declared.low, declared.high])
    assert prior.at(0.5) == pytest.approx(np.sqrt(declared.low * declared.high))
    assert Uncertainty.parameter("leak", 1.0, 3.0).at([0.0, 0.25, 1.0]).tolist() == [1.0, 1.5, 3.0]
    middle = Uncertainty.parameter("leak", 1.0, 4.0, law="prior").at(0.5)
    assert middle == pytest.approx(2.0)


def test_a_switch_takes_its_positions_equally_often():
    design = robustness.latin_hypercube(problem(Uncertainty.mechanism("fringe")), 40, seed=1)
    assert (design.inputs["fringe"] == "on").sum() == 20


def test_a_factorial_design_tries_the_same_points_in_every_combination():
    design = robustness.factorial(
        problem(
            Uncertainty.mechanism("fringe"),
            Uncertainty.parameter("leak"),
            Uncertainty.mechanism("territory"),
        ),
        5,
        seed=1,
    )
    assert len(design) == 20
    cells = design.inputs.groupby(["fringe", "territory"], sort=False)
    assert [key for key, _ in cells] == [(a, b) for a in ("off", "on") for b in ("off", "on")]
    leaks = [part["leak"].tolist() for _, part in cells]
    assert leaks == [leaks[0]] * 4
    assert np.array_equal(design.place, np.tile(design.place[:5], 4))


def test_sobol_points_balance_every_dyadic_slice():
    uncertain = problem(Uncertainty.parameter("leak", 0.0, 1.0))
    design = robustness.sobol_points(uncertain, 64, seed=2)
    assert (np.bincount((design.inputs["leak"] * 16).astype(int)) == 4).all()


def test_designs_depend_on_their_seed_alone():
    uncertain = problem(Uncertainty.parameter("leak"))
    for design in (robustness.latin_hypercube, robustness.sobol_points):
        one, again, other = (design(uncertain, 16, seed=s) for s in (1, 1, 2))
        assert one.inputs.equals(again.inputs)
        assert not one.inputs.equals(other.inputs)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda p: robustness.latin_hypercube(p, 1, seed=-1), "at least 2.*\n.*seed"),
        (
            lambda p: robustness.latin_hypercube(p, 20_000_000, seed=1),
            "more than 10,000,000",
        ),
        (lambda p: robustness.sobol_points(p, 100, seed=1), "64 or 128, not 100"),
        (lambda p: robustness.factorial(p, 4, seed=1), "needs a switch"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(call, said):
    with pytest.raises(robustness.ProblemError, match=said):
        call(problem(Uncertainty.parameter("leak")))


def test_worlds_as_given_are_those_of_a_comparison(case, compared):
    uncertain = problem(Uncertainty.parameter("leak"), Uncertainty.parameter("arrest"))
    runs = run(robustness.as_given(uncertain, case[0]), case)
    assert np.array_equal(runs.worlds, case[0].worlds)
    assert np.array_equal(runs.inputs["arrest"], case[0].column("arrest"))
    for outcome in OUTCOMES:
        for name in uncertain.strategies:
            wanted = compared.total(outcome.name, name, 1)
            assert np.array_equal(runs.total(outcome, name), wanted)


def test_a_point_is_its_world_with_the_values_set_from_the_origin(case):
    draws, history = case
    uncertain = problem(Uncertainty.parameter("arrest", 0.1, 0.6), Uncertainty.mechanism("fringe"))
    design = robustness.latin_hypercube(uncertain, 12, seed=4)
    runs = run(design, case)
    state = decide.state_at(ORIGIN, draws, history, seed=SEED)
    for point in (0, 5, 11):
        row = np.flatnonzero(draws.worlds == runs.worlds[point])
        on = ("fringe",) if design.inputs["fringe"][point] == "on" else ()
        alone = decide.compare(
            [lever.strategy for lever in LEVERS],
            draws.select(row).with_(arrest=design.inputs["arrest"][point]),
            history,
            origin=ORIGIN,
            seed=SEED,
            years=1,
            initial=state.select(row),
            mechanisms=on,
        )
        for outcome in OUTCOMES:
            assert runs.total(outcome, "reform")[point] == alone.total(outcome.name, "reform", 1)[0]


def test_weights_choose_worlds_in_proportion(case):
    draws, history = case
    weights = np.zeros(24)
    weights[[3, 7]] = 1.0, 3.0
    design = robustness.latin_hypercube(problem(Uncertainty.parameter("leak")), 40, seed=4)
    runs = run(design, (draws.reweighted(weights), history))
    assert np.bincount(runs.worlds).tolist() == [0] * 3 + [10] + [0] * 3 + [30]


def test_a_reading_that_the_worlds_do_not_know_is_refused(case):
    uncertain = problem(Uncertainty.reading("script", "other"))
    with pytest.raises(ValueError, match="one reading and the declared priors, not 'other'"):
        run(robustness.latin_hypercube(uncertain, 4, seed=1), case)


def test_better_follows_the_direction_of_the_outcome(case):
    more = (OUTCOMES[0], Outcome("detained", 1, better="higher"))
    runs = run(robustness.as_given(problem(outcomes=more), case[0]), case)
    assert runs.better("mano_dura", "reform", more[1]).mean() > 0.9
    gap = runs.gap("mano_dura", "reform", more[0])
    assert np.array_equal(gap, runs.total(more[0], "reform") - runs.total(more[0], "mano_dura"))
    table = runs.regret()
    assert table["outcome"].tolist() == ["killed", "killed", "detained", "detained"]
    assert table.set_index(["outcome", "strategy"]).loc[("detained", "mano_dura"), "best"] > 0.9


def test_families_keep_each_worlds_place():
    ranges = {"leak": 1.0, "arrest": {"low": 0.2, "high": 0.4}}
    prior = model.prior_draws(400, seed=2, overrides=ranges)
    assert robustness.in_family(prior, "declared") is prior
    for family in ("wide", "narrow", "even"):
        remade = robustness.in_family(prior, family, ranges=ranges)
        order = np.argsort(prior.column("return_share"))
        assert (np.diff(remade.column("return_share")[order]) >= 0).all()
        assert (remade.column("leak") == 1.0).all()
    even = robustness.in_family(prior, "even", ranges=ranges).column("arrest")
    assert (0.2 < even.min() < 0.205) and (0.39 < even.max() < 0.4)
    spread = [
        np.log(robustness.in_family(prior, family, ranges=ranges).column("arrest")).std()
        for family in ("narrow", "declared", "wide")
    ]
    assert np.array(spread) / spread[1] == pytest.approx([0.5, 1.0, 1.5], abs=0.01)


def test_the_central_rival_is_the_comparison_and_others_change_one_thing(case, compared):
    draws, history = case
    asked = []

    def worlds(reading, family):
        asked.append((reading, family))
        return robustness.in_family(draws, family), history

    rivals = robustness.rivals_of(
        ("other",), mechanisms=("fringe", "territory"), families=("wide",)
    )
    assert [rival.name for rival in rivals] == [
        *("central", "fringe", "territory", "all_mechanisms", "other", "wide")
    ]
    table = robustness.rival_conclusions(problem(), rivals, worlds, origin=ORIGIN, seed=SEED)
    assert asked == [("script", "declared"), ("other", "declared"), ("script", "wide")]
    assert len(table) == 6 * 2
    killed = table[table["outcome"] == "killed"].set_index("rival")
    gap = compared.difference("mano_dura", "reform", 1, "killed")
    assert killed.loc["central", "q50"] == gap.q50
    assert killed.loc["central", "p_better"] == gap.p_lower
    assert killed.loc["central", "agrees"]
    assert killed.loc["other", "mean"] == killed.loc["central", "mean"]
    assert killed.loc["fringe", "mean"] != killed.loc["central", "mean"]
    for _, row in table.iterrows():
        share = row["p_better"]
        wanted = "better" if share >= 0.8 else "worse" if share <= 0.2 else "unclear"
        assert row["verdict"] == wanted


def test_what_neither_strategy_reads_has_no_part_in_their_difference(case):
    pytest.importorskip("SALib")
    uncertain = problem(
        Uncertainty.parameter("arrest"), Uncertainty.parameter("enforcement_exception")
    )
    options = {"origin": ORIGIN, "seed": SEED, "points": 16}
    table = robustness.sensitivity(uncertain, robustness.given(*case), **options)
    factors = ["arrest", "enforcement_exception", robustness.WORLD]
    assert table["factor"].tolist() == factors * 2
    assert (table["strategy"] == "mano_dura").all()
    total = table[table["outcome"] == "detained"].set_index("factor")["total"]
    # The same world and noise on both ends of a step: no effect is exactly none.
    assert total["enforcement_exception"] == 0.0
    assert min(total["arrest"], total[robustness.WORLD]) > 0.0
    walked = robustness.sensitivity(uncertain, robustness.given(*case), method="morris", **options)
    size = walked[walked["outcome"] == "detained"].set_index("factor")["mu_star"]
    assert size["enforcement_exception"] == 0.0
    assert size["arrest"] > 0.0


def test_what_sensitivity_cannot_do_is_refused(case):
    uncertain = problem(Uncertainty.parameter("leak"))
    worlds, options = robustness.given(*case), {"origin": ORIGIN, "seed": SEED, "points": 4}
    with pytest.raises(ValueError, match="Known: sobol, morris"):
        robustness.sensitivity(uncertain, worlds, method="fast", **options)
    with pytest.raises(ValueError, match="at least one uncertainty"):
        robustness.sensitivity(problem(), worlds, **options)
