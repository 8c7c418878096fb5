"""Does a plan do what it says, and does a search judge it on worlds that it never saw?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests._posterior import saved_posteriors

from tregua import decide, simulate
from tregua.cli import main
from tregua.decide import search
from tregua.model import (
    GangAction,
    History,
    Profile,
    Stance,
    Timeline,
    answer_in_kind,
    gangs,
    government,
    prior_draws,
)
from tregua.model.strategy import StrategyError
from tregua.record import load

ORIGIN = "2019-06"
OUTCOMES = ("killed", "detained", "democracy_lost")


@pytest.fixture(scope="module")
def history():
    return History.of(load("el-salvador"))


@pytest.fixture(scope="module")
def trials(history):
    draws = prior_draws(24, seed=5)
    made = []
    for rows in (np.arange(12), np.arange(12, 24)):
        some = draws.select(rows)
        state = decide.state_at(ORIGIN, some, history, seed=5)
        made.append(
            search.Trial(some, state, history.rules_of(ORIGIN), ORIGIN, 3, OUTCOMES, 5, threads=1)
        )
    return tuple(made)


def stances(trial, plan, *, gangs=answer_in_kind):
    """Stance in force at the end of every month, read off each month's state."""
    strategy, seen = plan.strategy(ORIGIN), []
    table = simulate.Session(
        plan.draws(trial.draws),
        start=f"{ORIGIN}-01",
        end="2022-06-01",
        seed=trial.seed,
        profile=Profile(strategy, gangs),
        initial=trial.initial,
        setting=trial.setting,
    )
    from tregua.model import View

    for _ in range(36):
        table.advance(weeks=4)
        seen.append(table.views()[:, View.STANCE].astype(int))
    return np.array(seen)  # (month, world)


# -- Plans ----------------------------------------------------------------------


def test_a_plan_without_a_trigger_is_its_timeline_bit_by_bit(trials):
    plan = search.Plan(begin=7, length=11, concession="regime", after="mano_dura", reform=25)
    timeline = Timeline.of(
        [
            ("2019-06", "status_quo"),
            ("2020-01", "secret_pact"),
            ("2020-12", "mano_dura"),
            ("2021-07", "reform"),
        ]
    )
    assert np.array_equal(trials[0].totals(plan), trials[0].totals(timeline))


@pytest.mark.parametrize(
    ("plan", "name"),
    [
        (search.Plan(), "status_quo"),
        (search.Plan(length=36, concession="regime"), "secret_pact"),
        (search.Plan(length=36, concession="regime", visibility="open"), "open_pact"),
        (search.Plan(length=36, effort=2.0), "mano_dura"),
        (search.Plan(reform=0), "reform"),
    ],
)
def test_plans_that_are_shipped_strategies_leave_the_same_bits(trials, plan, name):
    assert np.array_equal(trials[0].totals(plan), trials[0].totals(decide.CATALOGUE[name]))


def test_a_leak_ends_the_phase_for_good_as_the_shipped_rule_without_memory_would_not(trials):
    plan = search.Plan(length=36, concession="regime", trigger="leak", after="exception")
    months = stances(trials[0], plan)
    inside, after = int(Stance.SECRET_PACT), int(Stance.EXCEPTION)
    assert set(np.unique(months)) == {inside, after}  # some leak within three years
    left = months == after
    assert np.array_equal(left, np.maximum.accumulate(left, axis=0))


def test_a_phase_is_left_only_between_its_dates(trials):
    plan = search.Plan(begin=6, length=12, effort=2.0, trigger="fear", threshold=0.0, reform=30)
    months = stances(trials[0], plan)
    # Fear is above 0 always: the phase is left in its first week, and nothing but reform follows.
    assert np.all(months[:30] == Stance.STATUS_QUO)
    assert np.all(months[30:] == Stance.REFORM)
    never = search.Plan(begin=6, length=12, effort=2.0, trigger="fear", threshold=1.0)
    months = stances(trials[0], never)
    assert np.all(months[6:18] == Stance.MANO_DURA)
    assert np.all(months[:6] == Stance.STATUS_QUO) and np.all(months[18:] == Stance.STATUS_QUO)


@gangs
def press_always(view, gang):
    """Press, whatever happens."""
    return GangAction.PRESS


@pytest.mark.parametrize(
    ("trigger", "threshold", "leaves"),
    [
        ("election", 50.0, True),
        ("election", 0.0, False),
        ("spike", 0.0, True),
        ("spike", 1e6, False),
        ("calm", 1e6, True),
        ("calm", 0.0, False),
        ("pressing", 0.0, True),
        ("pressing", 1.0, False),
        ("none", 0.0, False),
    ],
)
def test_each_trigger_sees_its_own_and_nothing_else(trials, trigger, threshold, leaves):
    plan = search.Plan(length=30, effort=2.0, trigger=trigger, threshold=threshold, after="reform")
    months = stances(trials[0], plan, gangs=press_always)
    expected = Stance.REFORM if leaves else Stance.MANO_DURA
    assert np.all(months[3:30] == expected)


def test_effort_is_that_of_the_plan_and_of_no_other_stance(trials):
    draws = trials[0].draws
    harder = search.Plan(length=36, courts="suspended", effort=5.0).draws(draws)
    assert np.all(harder.column("enforcement_exception") == 5.0)
    assert np.array_equal(harder.column("enforcement_both"), draws.column("enforcement_both"))
    assert search.Plan(length=36, concession="regime").draws(draws) is draws
    soft, hard = (
        trials[0].totals(search.Plan(length=36, courts="suspended", effort=effort))[:, 1].mean()
        for effort in (2.0, 5.0)
    )
    assert hard > soft


def test_early_release_is_the_models_second_concession(trials):
    regime, release = (
        search.Plan(length=36, concession=given, visibility="open")
        for given in ("regime", "release")
    )
    assert regime.mechanisms == () and release.mechanisms == ("second_concession",)
    assert not np.array_equal(trials[0].totals(regime), trials[0].totals(release))


def test_a_concession_is_a_level_between_the_regime_and_all_that_the_model_has(trials):
    def given(extent):
        return search.Plan(length=36, concession="release", extent=extent, visibility="open")

    draws = trials[0].draws
    half = given(0.5).draws(draws)
    for name in ("early_release", "second_value", "second_pressure"):
        np.testing.assert_allclose(half.column(name), 0.5 * draws.column(name))
    assert given(1.0).draws(draws) is draws
    # With none of it the mechanism changes nothing: the leaders' regime alone, bit by bit.
    regime = search.Plan(length=36, concession="regime", visibility="open")
    assert np.array_equal(trials[0].totals(given(0.0)), trials[0].totals(regime))
    assert not np.array_equal(trials[0].totals(given(0.5)), trials[0].totals(given(1.0)))
    assert str(given(0.5)) == "open pact with early release (50% of it) from month 0 to 36"
    assert given(1.0).plain() == given(1.0) and given(0.5) != given(1.0)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (search.Plan(begin=24, length=12, concession="regime", reform=12), "reform from month 12"),
        (search.Plan(length=12, effort=2.0, visibility="open"), "nothing is conceded"),
        (
            search.Plan(length=12, concession="regime", visibility="open", effort=3.0),
            "does not combine with a crackdown",
        ),
        (search.Plan(length=12, concession="regime", courts="suspended"), "courts are suspended"),
        (search.Plan(length=12, concession="regime", extent=0.5), "belongs to the concession"),
        (search.Plan(length=12, effort=2.0, trigger="leak"), "waits for a secret pact"),
        (search.Plan(trigger="strike"), "ends a phase, and there is none"),
    ],
)
def test_a_plan_that_contradicts_itself_is_not_run(trials, plan, said):
    assert len(plan.conflicts()) == 1
    with pytest.raises(ValueError, match=said):
        plan.strategy(ORIGIN)
    with pytest.raises(ValueError, match="This plan contradicts itself"):
        trials[0].totals(plan)
    assert plan.plain().conflicts() == ()


def test_every_contradiction_is_told_at_once():
    plan = search.Plan(courts="suspended", extent=0.2, visibility="open", trigger="leak")
    assert len(plan.conflicts()) == 5


@pytest.mark.parametrize("months", [12, 120])
def test_no_point_of_the_cube_becomes_a_plan_that_contradicts_itself(months):
    points = np.random.default_rng(6).random((3000, len(search.LEVERS)))
    points[:300] = points[:300].round()  # corners, where dates coincide
    plans = [search.plan_of(point, months) for point in points]
    assert [plan for plan in plans if plan.conflicts()] == []
    assert all(plan.plain() == plan for plan in plans)


def test_levers_without_a_say_are_put_to_rest():
    assert search.Plan(begin=9, length=0, concession="release", effort=4.0).plain() == search.Plan()
    late = search.Plan(begin=24, length=12, concession="regime", reform=12)
    assert late.plain() == search.Plan(reform=12)
    open_pact = search.Plan(length=12, concession="regime", visibility="open", effort=5.0)
    assert open_pact.plain() == search.Plan(length=12, concession="regime", visibility="open")
    cut = search.Plan(length=30, concession="regime", after="exception", reform=12)
    assert cut.plain() == search.Plan(length=12, concession="regime", reform=12)


def test_a_plan_is_told_in_words():
    plan = search.Plan(
        begin=6, length=24, concession="regime", effort=3.0, trigger="spike", threshold=1.5,
        after="exception", reform=60,
    )  # fmt: skip
    assert str(plan) == (
        "secret pact behind a crackdown (effort 3.0) from month 6 to 30, or until a month is 1.5 "
        "times as deadly as its year; then exception; reform from month 60"
    )


def test_what_is_no_plan_is_refused_with_every_mistake():
    with pytest.raises(ValueError, match="did you mean 'regime'") as caught:
        search.Plan(begin=-1, concession="regim", effort=99.0, trigger="leek")
    for part in ("begin must be whole months", "effort must lie", "did you mean 'leak'"):
        assert part in str(caught.value)
    with pytest.raises(ValueError, match="coordinates from 0 to 1"):
        search.plan_of([0.5], 120)


def test_numbers_of_a_strategy_reach_it_and_compile_nothing():
    @government
    def last(view):
        return int(view[len(view) - 1])

    first, second = (last.with_numbers([stance], f"s{stance}") for stance in (1.0, 6.0))
    assert first.__wrapper_address__() == second.__wrapper_address__() == last.__wrapper_address__()
    assert (first.name, second.numbers, last.numbers) == ("s1.0", (6.0,), ())
    with pytest.raises(StrategyError, match="must be finite"):
        last.with_numbers([np.inf], "endless")


# -- Trials ----------------------------------------------------------------------


def test_totals_are_those_of_a_comparison(trials, history):
    trial = trials[0]
    chosen = decide.named(["both", "wind_down"])
    compared = decide.compare(
        chosen, trial.draws, history, origin=ORIGIN, seed=5, years=3, initial=trial.initial
    )
    for strategy in chosen:
        totals = trial.totals(strategy)
        for place, outcome in enumerate(OUTCOMES):
            np.testing.assert_allclose(
                totals[:, place], compared.total(outcome, strategy.name, 3), rtol=1e-12
            )


def test_outcomes_are_named_or_refused():
    assert search.objectives_named(["democracy", "killed"]) == ("democracy_lost", "killed")
    for names, message in (
        (["killed", "detaned"], "Did you mean 'detained'"),
        (["killed", "disappeared"], "moves with 'hidden'"),
        (["killed"], "two or more different"),
        (["democracy", "democracy_lost"], "two or more different"),
    ):
        with pytest.raises(ValueError, match=message):
            search.objectives_named(names)


# -- The search ----------------------------------------------------------------------

SHIPPED = {name: decide.STRATEGIES[name] for name in ("status_quo", "mano_dura", "reform")}


def searched(trials, **settings):
    pytest.importorskip("pymoo")
    options = {"population": 6, "generations": 2, "seed": 2, "shipped": SHIPPED, "samples": 20}
    return search.search_timelines(*trials, **{**options, **settings})


def same(one, other):
    for name, table in one.tables().items():
        pd.testing.assert_frame_equal(table, other.tables()[name])


@pytest.fixture(scope="module")
def found(trials):
    return searched(trials)


def test_a_search_judges_on_held_out_worlds(found, trials):
    policies, values = found.policies, found.values
    assert set(policies["source"]) == {"search", "random", "shipped"}
    for row in policies[policies["source"] == "shipped"].itertuples():
        for column, trial in (("search", trials[0]), ("held_out", trials[1])):
            mean, error = trial.means(trial.totals(SHIPPED[row.policy]))
            mine = values[values["number"] == row.number]
            np.testing.assert_allclose(mine[column], mean)
            np.testing.assert_allclose(mine[f"{column}_error"], error)
    wide = values.pivot_table(index="number", columns="outcome", values="held_out")
    expected = search.nondominated(wide[list(OUTCOMES)].to_numpy())
    assert policies["undominated"].tolist() == expected.tolist()
    assert policies.loc[policies["shown"], "undominated"].all()
    assert 1 <= policies["shown"].sum() <= 12


def test_optimism_is_the_difference_of_the_differences_to_the_shipped(found):
    means = found.values.merge(found.policies[["number", "source"]], on="number")
    means = means.groupby(["source", "outcome"])[["search", "held_out"]].mean()
    for row in found.optimism.itertuples():
        gap = means.loc[(row.source, row.outcome)] - means.loc[("shipped", row.outcome)]
        assert row.optimism == pytest.approx(gap["held_out"] - gap["search"])
        assert row.error > 0


def test_random_search_has_the_same_budget_and_stands_beside(found):
    tried = found.scores.set_index("source")["simulated"]
    assert tried["search"] == tried["random"] > 6
    assert found.scores.set_index("source").loc["random", "lead"] == 0.0


def test_any_number_of_threads_and_any_interruption_give_the_same(found, trials, tmp_path):
    from dataclasses import replace

    two = tuple(replace(trial, threads=2) for trial in trials)
    folder = tmp_path / "kept"

    class Stop(Exception):
        pass

    def interrupt(done, total):
        if done == 9:
            raise Stop

    with pytest.raises(Stop):
        searched(trials, folder=folder, progress=interrupt)
    assert len(list((folder / "simulated").glob("*.parquet"))) == 1
    told = []
    resumed = searched(two, folder=folder, progress=lambda done, total: told.append((done, total)))
    same(resumed, found)
    assert told[0][0] == 6  # the first generation was read, not run
    assert all(done <= total for done, total in told)


def test_a_damaged_batch_is_run_again(found, trials, tmp_path):
    searched(trials, folder=tmp_path / "kept", generations=1)
    next((tmp_path / "kept" / "simulated").glob("*.parquet")).write_bytes(b"damaged")
    same(searched(trials, folder=tmp_path / "kept"), found)


def test_a_folder_of_another_search_is_refused_and_left_alone(trials, tmp_path):
    pytest.importorskip("pymoo")
    searched(trials, folder=tmp_path / "kept", generations=1)
    before = {file: file.read_bytes() for file in (tmp_path / "kept").rglob("*") if file.is_file()}
    with pytest.raises(ValueError, match=r"another search \(different: seed\)"):
        searched(trials, folder=tmp_path / "kept", seed=3)
    after = {file: file.read_bytes() for file in (tmp_path / "kept").rglob("*") if file.is_file()}
    assert before == after
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds no search"):
        searched(trials, folder=tmp_path / "mine")


def test_trials_that_share_worlds_are_refused(trials):
    with pytest.raises(ValueError, match="12 worlds are in both sets"):
        searched((trials[0], trials[0]))
    with pytest.raises(ValueError, match="no algorithm 'best'"):
        searched(trials, algorithm="best")


# -- The picture and the command --------------------------------------------


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_picture_names_every_harm_and_every_policy_shown(found, lang, tmp_path):
    from tregua import report

    spec = report.search_figure(found, lang)
    rows = pd.DataFrame(spec["datasets"]["lines"])
    assert rows["at"].min() == 0.0 and rows["at"].max() == 1.0
    shown = set(found.policies.loc[found.policies["shown"], "number"])
    assert set(rows.loc[rows["kind"] != "other", "number"]) == shown
    names = pd.DataFrame(spec["datasets"]["names"])
    assert set(names["number"]) == shown
    assert np.all(np.diff(names["at"]) > 0.043)
    picture = report.save_figure(spec, tmp_path / "pareto.svg", lang=lang).read_text()
    word = {"en": "All killings", "es": "Todas las"}[lang]
    assert word in picture and "http" not in picture.replace("http://www.w3.org", "")


def call(*arguments):
    return CliRunner().invoke(main, ["search", *arguments])


def test_the_command_lists_its_levers():
    document = json.loads(call("--levers", "--json").stdout)
    assert [row["lever"] for row in document["levers"]] == [lever.name for lever in search.LEVERS]
    assert {row["name"] for row in document["triggers"]} == set(search.TRIGGERS)
    assert "early release" in call("--levers").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--outcomes", "killed,detaned"), "Did you mean 'detained'?"),
        (("--outcomes", "killed"), "two or more"),
        (("--from", "2019-13"), "give a month as YYYY-MM"),
        (("--gangs", "grim_gangs"), "Did you mean 'grim_gang'?"),
        (("--generations", "0"), "0 is not in the range"),
        (("--timeline", "p=2020-01:reform"), "The timeline 'p' says nothing of 2019-06"),
        (("--timeline", "p=2019-06:reform,2019-06:both"), "two phases begin in 2019-06"),
        (("--timeline", "grim=2019-06:reform"), "need names of their own"),
        (("--from", "2002-01"), "the worlds begin in 2003-01"),
        (("--horizon", "2018-12"), "--horizon 2018-12 ends before it begins: --from is 2019-06"),
        (("--horizon", "18m"), "give 1 to 30 whole years from 2019-06, not 1.5"),
        (("--horizon", "5y", "--years", "5"), "say the same"),
    ],
)
def test_bad_input_is_told_without_a_traceback(arguments, message):
    result = call(*arguments)
    assert result.exit_code in (1, 2)
    assert message in result.stderr


@pytest.fixture
def unfitted(monkeypatch):
    """Worlds of the prior as they are: how they are fitted to the past is tested elsewhere."""
    monkeypatch.setattr("tregua.infer.plausible_draws", lambda known, prior, *_, **__: prior)


def test_the_command_searches_writes_and_prints(unfitted, tmp_path):
    pytest.importorskip("pymoo")
    folder = tmp_path / "found"
    arguments = (
        *("--years", "1", "--worlds", "12", "--held-out", "15", "--population", "4"),
        *("--generations", "1", "--outcomes", "killed,democracy", "--out", str(folder)),
    )
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    for words in ("judged on 15 others", "Optimism", "drawn at random", "Reference point: killed"):
        assert words in result.stdout
    written = {file.name for file in folder.iterdir()}
    assert {"policies.csv", "values.csv", "optimism.csv", "scores.csv", "pareto.svg"} <= written
    batches = sorted((folder / "simulated").iterdir())
    document = json.loads(call(*arguments, "--json").stdout)  # plans are read, not run again
    assert sorted((folder / "simulated").iterdir()) == batches
    assert document["outcomes"] == ["killed", "democracy_lost"]
    assert (document["worlds"], document["held_out"]) == (12, 15)
    assert len(document["policies"]) == len(pd.read_csv(folder / "policies.csv"))


def test_an_interrupted_command_says_how_to_go_on(trials, monkeypatch, tmp_path):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("tregua.cli.search._trials", lambda *_: (*trials, "cloud", ()))
    monkeypatch.setattr(search, "search_timelines", stop)
    result = call("--out", str(tmp_path / "found"))
    assert result.exit_code == 130
    assert "the same command goes on" in result.stderr


# -- Worlds of a posterior -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def posterior(tmp_path_factory):
    """Posteriors of 60 draws, of El Salvador (`mine`) and of another case (`elsewhere`)."""
    return saved_posteriors(tmp_path_factory.mktemp("posterior"))


TINY = ("--years", "1", "--population", "4", "--generations", "1", "--outcomes", "killed,democracy")


def test_a_posterior_is_shared_between_choosing_and_judging(posterior):
    pytest.importorskip("pymoo")
    plan = ("--timeline", "own=2019-06:exception")
    result = call(*TINY, *plan, "--posterior", str(posterior / "mine"), "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["worlds_from"] == "posterior"
    assert (document["worlds"], document["held_out"]) == (20, 40)
    assert "descend from 3 of the first cloud" in document["notes"][0]
    assert "other draws of the same chains" in document["notes"][-1]
    rows = pd.DataFrame(document["policies"]).set_index("policy")["number"]
    means = pd.DataFrame(document["values"]).set_index(["number", "outcome"])["held_out"]
    assert means[rows["own"], "killed"] == means[rows["exception"], "killed"]


def drawn(options):
    from tregua.cli.search import _drawn

    known = load("el-salvador")
    asked = {"source": None, "worlds": None, "held_out": None, "origin": ORIGIN, "seed": 3}
    return _drawn(asked | options, known, History.of(known))


def test_no_draw_of_a_posterior_is_both_chosen_on_and_judged_on(posterior):
    mine = {"folder": posterior / "mine"}
    (some, others), source, _ = drawn(mine)
    assert source == "posterior"
    assert sorted([*some.worlds, *others.worlds]) == list(range(60))
    # Both parts hold draws from all along the chains, not the first third and the rest.
    assert some.worlds.min() < 10 and some.worlds.max() > 50
    (some, others), _, _ = drawn(mine | {"worlds": 15})
    assert (len(some), len(others)) == (15, 45)
    (some, others), _, _ = drawn(mine | {"worlds": 30, "held_out": 25})
    assert (len(some), len(others)) == (30, 25)
    assert not set(some.worlds) & set(others.worlds)


def test_a_posterior_that_does_not_fit_is_refused(posterior, tmp_path):
    pytest.importorskip("pymoo")
    mine = ("--posterior", str(posterior / "mine"))
    for arguments, said in (
        (("--posterior", str(posterior / "elsewhere")), "of the case 'elsewhere', not of 'el-salv"),
        (("--posterior", str(tmp_path)), "holds no posterior. Make one: tregua calibrate el-salv"),
        ((*mine, "--worlds", "40", "--held-out", "21"), "holds 60 draws, fewer than the 61 worlds"),
        ((*mine, "--worlds", "55"), "55 to choose on and 5 to judge on; 10 each are needed"),
        ((*mine, "--worlds-from", "cloud"), "cloud uses none"),
    ):
        result = call(*TINY, *arguments)
        assert result.exit_code == 1
        assert said in " ".join(result.output.split()), result.output
