"""Is the environment the game itself: who sees what, what may be done, what it leaves?"""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test
from pettingzoo.utils import parallel_to_aec
from tests.views import view_of

from tregua import decide, model, record, simulate
from tregua.decide import GOVERNMENT
from tregua.decide.environment import PlayedStep, realised_utilities, sights_of
from tregua.model import GangAction, Stance

GANGS = ("ms13", "barrio18_surenos", "barrio18_revolucionarios")
SEED, YEARS = 11, 3


@pytest.fixture(scope="module")
def past():
    return model.History.of(record.load("el-salvador"))


@pytest.fixture(scope="module")
def draws():
    return model.prior_draws(4, seed=1)


def environment(past, draws, **more):
    return decide.parallel_env(past, **{"years": YEARS, "draws": draws, "seed": SEED} | more)


def played(env, choose, seed=SEED):
    """Ledgers of an episode in which each step's actions are `choose(env, infos)`."""
    _, infos = env.reset(seed=seed)
    ledgers = []
    while env.agents:
        _, _, _, truncated, infos = env.step(choose(env, infos))
        ledgers.append(next(iter(infos.values()))["ledger"])
    assert all(truncated.values())
    return ledgers


def a_run(past, draws, profile, every, orders=None, seed=SEED):
    """The run that the first episode of a seed should repeat."""
    world = draws.select([seed % len(draws)])
    return simulate.run(
        world,
        profile=profile,
        start="2012-01-01",
        end=f"{2012 + YEARS}-01-01",
        seed=seed,
        initial=decide.state_at("2012-01", world, past, seed=seed),
        setting=past.rules_of("2012-01"),
        variables=simulate.VARIABLES,
        every=every,
        orders=orders,
    )


def same(ledgers, ensemble):
    frame = ensemble.to_frame()
    return all(frame[name].tolist() == [ledger[name] for ledger in ledgers] for name in ledgers[0])


# -- The form -----------------------------------------------------------------------------------


def test_it_is_what_learning_libraries_expect(past, draws):
    with warnings.catch_warnings():
        # Names, open bounds and unlike agents are recommendations that this game does not follow.
        warnings.simplefilter("ignore", UserWarning)
        parallel_api_test(environment(past, draws), num_cycles=80)
        api_test(parallel_to_aec(environment(past, draws)), num_cycles=80)
    parallel_seed_test(lambda: environment(past, draws), num_cycles=40)


def test_the_stage_imports_without_the_libraries():
    code = (
        "import sys; sys.modules['pettingzoo'] = None; sys.modules['gymnasium'] = None\n"
        "from tregua import decide\n"
        "try: decide.parallel_env()\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'tregua[players]'")


def test_importing_the_stage_does_not_import_the_libraries():
    code = "import sys, tregua.decide; print('pettingzoo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- The same game -------------------------------------------------------------------------------


def test_orders_leave_what_they_leave_in_a_run(past, draws):
    actions = (Stance.SECRET_PACT, GangAction.RESTRAIN, GangAction.PRESS, GangAction.BUSINESS)
    chosen = dict(zip((GOVERNMENT, *GANGS), actions, strict=True))
    ledgers = played(environment(past, draws), lambda env, infos: chosen)
    profile = model.Profile(decide.CATALOGUE["status_quo"])
    assert len(ledgers) == 12 * YEARS
    assert same(ledgers, a_run(past, draws, profile, "month", orders=np.array(actions)))


@pytest.mark.parametrize("name", ["secret_pact", "pact_until_leak", "quantal_response", "grim"])
def test_a_strategy_played_by_hand_leaves_what_it_leaves_in_a_run(past, draws, name):
    strategy = decide.CATALOGUE[name]
    env = environment(past, draws, weeks_per_step=1, gangs=model.answer_in_kind)
    ledgers = played(env, lambda env, infos: {GOVERNMENT: strategy(env.state())})
    assert same(ledgers, a_run(past, draws, model.Profile(strategy), "week"))


@pytest.mark.parametrize(
    ("name", "ruler"),
    [
        ("answer_in_kind", "mano_dura"),  # by the gang's draw of the month
        ("tit_for_tat", "pact_until_leak"),
        ("quantal_reply", "grim"),  # by its draws of the week
    ],
)
def test_gangs_played_by_hand_answer_the_stance_just_taken(past, draws, name, ruler):
    reply, government = decide.reply_named(name), decide.CATALOGUE[ruler]
    env = environment(past, draws, weeks_per_step=1, government=government)
    ledgers = played(
        env, lambda env, infos: {gang: reply(env.state(), g) for g, gang in enumerate(GANGS)}
    )
    assert same(ledgers, a_run(past, draws, model.Profile(government, reply), "week"))


def test_a_timeline_may_govern(past, draws):
    plan = model.Timeline.of([("2012-01", "secret_pact"), ("2013-01", "mano_dura")])
    env = environment(past, draws, government=plan)
    ledgers = played(env, lambda env, infos: dict.fromkeys(GANGS, int(GangAction.BUSINESS)))
    assert [ledger["stance"] for ledger in ledgers[10:14]] == [2.0, 2.0, 1.0, 1.0]


def test_episodes_go_on_through_worlds_and_luck(past, draws):
    env = environment(past, draws)
    worlds = []
    env.reset(seed=2)
    for _ in range(5):
        worlds.append((int(env.session.draws.worlds[0]), env.session.seed))
        env.reset()
    assert worlds == [(2, 2), (3, 2), (0, 2), (1, 2), (2, 3)]
    first = env.reset(seed=2)[0][GOVERNMENT]
    assert np.array_equal(env.reset(seed=2)[0][GOVERNMENT], first)


# -- Who sees what -------------------------------------------------------------------------------


def test_the_government_sees_neither_trust_nor_command_nor_hidden_killings():
    names = sights_of(GOVERNMENT, GANGS).names
    assert {"reliance.ms13", "recorded_month", "street"} <= set(names)
    assert not [name for name in names if "trust" in name or "command" in name]
    assert not [name for name in names if "hidden" in name or "restraining" in name]


def test_a_gang_sees_its_own_inside_and_not_its_rivals():
    names = set(sights_of("ms13", GANGS).names)
    assert {"trust.ms13", "command.ms13", "restraining.barrio18_surenos"} <= names
    inside = ("trust", "command", "reliance", "envious", "readiness")
    assert not names & {f"{what}.barrio18_surenos" for what in inside}
    assert "reliance.ms13" not in names


def test_observations_are_entries_of_the_view_within_their_bounds(past, draws):
    env = environment(past, draws)
    observed, _ = env.reset(seed=SEED)
    names = env.entries("ms13")
    place = model.in_view(int(model.GangView.TRUST), 0)
    assert observed["ms13"][names.index("trust.ms13")] == env.state()[place]
    fear = env.entries(GOVERNMENT).index("fear")
    assert observed[GOVERNMENT][fear] == env.state()[model.View.FEAR]
    for _ in range(12 * YEARS):
        actions = {agent: env.action_space(agent).sample() for agent in env.agents}
        observed, *_ = env.step(actions)
        assert all(env.observation_space(agent).contains(seen) for agent, seen in observed.items())


def test_a_gang_left_out_of_a_secret_pact_sees_the_public_stance(past):
    never = dict.fromkeys(("leak", "rumour", "breach"), 1e-9)
    pinned = model.prior_draws(4, seed=1, overrides=never)
    env = environment(past, pinned, mechanisms=("exclusive_offers",))
    env.reset(seed=SEED)
    actions = dict.fromkeys(env.agents, 0) | {GOVERNMENT: int(Stance.SECRET_PACT)}
    observed, *_ = env.step(actions)
    shown = {gang: dict(zip(env.entries(gang), observed[gang], strict=True)) for gang in GANGS}
    assert (shown["ms13"]["stance"], shown["ms13"]["pact"]) == (Stance.SECRET_PACT, 1.0)
    outside = shown["barrio18_surenos"]
    assert outside["included.barrio18_surenos"] == 0.0
    assert (outside["stance"], outside["pact"]) == (Stance.STATUS_QUO, 0.0)


# -- What may be done ----------------------------------------------------------------------------


def test_a_pact_is_masked_exactly_while_gangs_accept_no_offer(past):
    pinned = model.prior_draws(4, seed=1, overrides={"cooling": 0.5, "breach": 1e-9})
    env = environment(past, pinned)
    _, infos = env.reset(seed=SEED)
    assert infos[GOVERNMENT]["action_mask"].tolist() == [1] * 7
    calm = dict.fromkeys(env.agents, 0)
    *_, infos = env.step(calm | {GOVERNMENT: int(Stance.OPEN_PACT)})
    assert infos[GOVERNMENT]["action_mask"].tolist() == [1] * 7  # in force: may be kept
    *_, infos = env.step(calm)
    masked = []
    while infos and infos[GOVERNMENT]["action_mask"][Stance.OPEN_PACT] == 0:
        assert infos[GOVERNMENT]["action_mask"].tolist() == [1, 1, 0, 0, 0, 1, 1]
        masked.append(infos[GOVERNMENT]["month"])
        *_, infos = env.step(calm | {GOVERNMENT: int(Stance.OPEN_PACT)})
        assert infos["ms13"]["action_mask"].tolist() == [1, 1, 1]
    # Revoked in the first week of February; 1 August is 182 days, not yet half a year, away.
    assert masked == ["2012-03", "2012-04", "2012-05", "2012-06", "2012-07", "2012-08"]
    assert infos[GOVERNMENT]["ledger"]["pact"] > 0.0


def test_a_pact_in_force_may_be_kept_though_a_new_one_would_be_refused():
    # History began one in 2019, five years after the last; these gangs would wait for twenty.
    later = model.History.of(record.load("el-salvador"))
    pinned = model.prior_draws(1, seed=1, overrides={"cooling": 20.0})
    env = environment(later, pinned, origin="2020-01")
    _, infos = env.reset(seed=SEED)
    view = env.state()
    assert (view[model.View.PACT], view[model.View.COOLING]) == (1.0, 1.0)
    assert infos[GOVERNMENT]["action_mask"].tolist() == [1] * 7


def test_what_is_no_action_is_refused(past, draws):
    env = environment(past, draws)
    with pytest.raises(ValueError, match="call reset"):
        env.step({})
    env.reset()
    with pytest.raises(ValueError, match="Actions are wanted of government, ms13"):
        env.step({GOVERNMENT: 0})
    with pytest.raises(ValueError, match="action of ms13 must be a whole number from 0 to 2"):
        env.step(dict.fromkeys(env.agents, 0) | {"ms13": 3})
    with pytest.raises(ValueError, match="must divide the 144 weeks"):
        environment(past, draws, weeks_per_step=5)
    with pytest.raises(ValueError, match="nobody is left to learn"):
        strategies = {"government": decide.CATALOGUE["reform"], "gangs": model.indifferent}
        environment(past, draws, **strategies)


# -- What it is worth ----------------------------------------------------------------------------


def a_step(country=None, gang=None, parameters=None, **ledger):
    """A step of a quarter of a year made by hand."""
    kept = dict.fromkeys(("leaks", "breaches", "prosecuted", "pact"), 0.0) | {"recorded": 500.0}
    kept |= {"stance": float(Stance.STATUS_QUO)}
    for name in GANGS:
        kept |= {f"restraining.{name}": 0.0, f"pressing.{name}": 0.0, f"included.{name}": 1.0}
    view = view_of(country, gang, parameters)
    return PlayedStep(view, view, kept | ledger, 0.25, GANGS, 2000.0)


def test_a_year_as_the_one_before_is_worth_nothing_to_a_government():
    rewards = realised_utilities(a_step())[GOVERNMENT]
    assert {name: abs(value) for name, value in rewards.items()} == dict.fromkeys(rewards, 0.0)


def test_a_government_is_paid_by_fear_for_calm():
    parameters = {"value_of_calm": 3.0}
    rewards = realised_utilities(a_step({"FEAR": 0.5}, None, parameters, recorded=250.0))
    assert rewards[GOVERNMENT]["calm"] == pytest.approx(2 * 0.5 * 3.0 * np.log(2.0) * 0.25)


def test_what_a_pact_costs_a_government_when_it_is_known_and_broken():
    parameters = {"leak_cost": 2.0, "breach_cost": 5.0, "inertia": 0.7, "concession_cost": 0.4}
    parameters |= {"votes_delivered": 0.0, "prosecution_cost": 0.0}
    ledger = {"stance": float(Stance.SECRET_PACT), "pact": 1.0, "leaks": 1.0, "breaches": 2.0}
    step = a_step({"DEMOCRACY": 1.0, "STANCE": 0.0}, None, parameters, **ledger)
    rewards = realised_utilities(step)[GOVERNMENT]
    assert rewards["stance"] == pytest.approx(-3 * 0.4 * 0.25)
    assert rewards["exposure"] == pytest.approx(-(2.0 + 2 * 5.0))
    assert rewards["change"] == pytest.approx(-0.7)


def test_what_leaders_earn():
    parameters = {"value_of_concession": 0.6, "restraint_cost": 0.5, "collusion_rent": 0.3}
    parameters |= {"pressing_cost": 0.2, "capture_cost": 2.0}
    ledger = {"pact": 1.0, "restraining.ms13": 1.0, "restraining.barrio18_surenos": 1.0}
    ledger |= {"pressing.barrio18_revolucionarios": 1.0}
    rewards = realised_utilities(a_step({"CAPTURE": 0.1}, {"COMMAND": 0.8}, parameters, **ledger))
    expected = {"income": 1.0, "collusion": 0.3 / 2, "concession": 0.6, "restraint": -0.4}
    for name, value in expected.items():
        assert rewards["ms13"][name] == pytest.approx(0.25 * value)
    pressing = rewards["barrio18_revolucionarios"]["pressing"]
    assert pressing == pytest.approx(-0.25 * (2.0 * 0.1 + 0.2 * 0.8))


def test_rewards_of_ones_own_are_summed_by_agent(past, draws):
    def lives(step):
        return {GOVERNMENT: {"killed": -step.ledger["killed"], "hidden": -step.ledger["hidden"]}}

    env = environment(past, draws, rewards=lives)
    env.reset(seed=SEED)
    _, rewards, _, _, infos = env.step(dict.fromkeys(env.agents, 0))
    ledger = infos["ms13"]["ledger"]
    assert rewards == dict.fromkeys(GANGS, 0.0) | {GOVERNMENT: -ledger["killed"] - ledger["hidden"]}
    assert infos[GOVERNMENT]["components"]["killed"] == -ledger["killed"]
