"""Is a session the run that does the same, bit for bit, however it is cut into steps?"""

import numpy as np
import pytest

from tregua import decide, model, record, simulate
from tregua.model import GangAction, GangView, Stance, View, in_view
from tregua.simulate import UNORDERED, Session, SimulationError

START, END, SEED = "2012-01-01", "2014-01-01", 3
KEPT = ("killed", "recorded", "pact", "stance", "command", "restraining")


@pytest.fixture(scope="module")
def past():
    return model.History.of(record.load("el-salvador"))


@pytest.fixture(scope="module")
def draws():
    return model.prior_draws(5, seed=1)


@pytest.fixture(scope="module")
def begin(past, draws):
    return decide.state_at("2012-01", draws, past, seed=SEED)


def session(draws, begin, past, **more):
    given = {"start": START, "end": END, "seed": SEED, "initial": begin, "variables": KEPT}
    return Session(draws, **given | {"setting": past.setting} | more)


def a_run(draws, begin, past, **more):
    given = {"start": START, "end": END, "seed": SEED, "initial": begin, "variables": KEPT}
    return simulate.run(draws, **given | {"setting": past.setting} | more)


def columns_of(ensemble):
    """What a run kept, laid out as the columns of a session."""
    parts = [np.atleast_3d(variable.values) for variable in ensemble.kept.data_vars.values()]
    return np.concatenate(parts, axis=2)


@pytest.mark.parametrize("name", ["pact_until_leak", "quantal_response"])
@pytest.mark.parametrize(("weeks", "every"), [(1, "week"), (4, "month"), (48, "year")])
def test_steps_of_a_session_are_periods_of_a_run(past, draws, begin, name, weeks, every):
    profile = model.Profile(decide.CATALOGUE[name])
    whole = a_run(draws, begin, past, profile=profile, every=every)
    table = session(draws, begin, past, profile=profile)
    steps = [table.advance(weeks) for _ in range(table.weeks // weeks)]
    assert np.array_equal(np.stack(steps, axis=1), columns_of(whole))
    assert np.array_equal(table.state().values, whole.final.values)
    assert table.state().date == whole.final.date


def test_orders_of_a_session_are_orders_of_a_run(past, draws, begin):
    orders = np.array([Stance.MANO_DURA, GangAction.PRESS, UNORDERED, GangAction.RESTRAIN])
    profile = model.Profile(decide.CATALOGUE["secret_pact"])
    whole = a_run(draws, begin, past, profile=profile, orders=orders)
    table = session(draws, begin, past, profile=profile)
    steps = np.stack([table.advance(4, orders) for _ in range(24)], axis=1)
    assert np.array_equal(steps, columns_of(whole))
    assert (steps[:, :, table.columns.index("stance")] == Stance.MANO_DURA).all()


def test_a_script_drives_a_session_as_it_drives_a_run(past, draws, begin):
    whole = a_run(draws, begin, past, script=past.script)
    table = session(draws, begin, past, script=past.script)
    assert np.array_equal(table.advance(4)[:, 0], whole.kept["killed"].values[:, 0])


def test_actions_ordered_under_a_script_stand_for_those_it_would_draw(past, draws, begin):
    kept = ("restraining", "pressing", "stance")
    drawn = session(draws, begin, past, script=past.script, variables=kept)
    told = session(draws, begin, past, script=past.script, variables=kept)
    acted = drawn.advance(4)
    restrains, presses = acted[:, 0:3] == 1.0, acted[:, 3:6] == 1.0
    actions = np.where(restrains, GangAction.RESTRAIN, GangAction.BUSINESS)
    actions = np.where(presses, GangAction.PRESS, actions)
    orders = np.column_stack([np.full(len(draws), UNORDERED), actions])
    assert np.array_equal(told.advance(4, orders), acted)
    assert np.array_equal(told.state().values, drawn.state().values)
    some = np.array([UNORDERED, GangAction.PRESS, UNORDERED, GangAction.RESTRAIN])
    after = told.advance(4, some)
    assert (after[:, told.columns.index("pressing.ms13")] == 1.0).all()
    assert (after[:, 2] == 1.0).all()
    assert np.array_equal(after[:, 6], drawn.advance(4)[:, 6])


def test_worlds_that_take_anothers_state_part_by_their_own_luck(past, draws, begin):
    same = draws.with_(
        **{p.name: np.full(len(draws), draws.column(p.name)[0]) for p in model.PARAMETERS}
    )
    table = session(same, begin, past, script=past.script)
    before = table.state().values
    table.choose(np.full(len(draws), 3))
    assert np.array_equal(table.state().values, np.tile(before[3], (len(draws), 1)))
    after = table.advance(4)
    killed = after[:, table.columns.index("killed")]
    assert len(np.unique(killed)) > 1
    with pytest.raises(SimulationError, match="one a world"):
        table.choose([0, 1])
    with pytest.raises(SimulationError, match="between 0 and 4"):
        table.choose([0, 1, 2, 3, 5])


def test_looking_changes_nothing_and_shows_what_a_strategy_is_shown(past, draws, begin):
    # A strategy that acts on all it sees: its moves would differ if its view did.
    profile = model.Profile(
        decide.CATALOGUE["quantal_response"], decide.reply_named("quantal_reply")
    )
    table, blind = (session(draws, begin, past, profile=profile) for _ in range(2))
    for _ in range(40):
        before = table.views()
        wanted = [profile.government(view) for view in before]
        seen = table.views(government_has_moved=True)
        replies = [[profile.gangs(view, gang) for gang in range(3)] for view in seen]
        step = table.advance(1)
        assert np.array_equal(step, blind.advance(1))
        assert step[:, table.columns.index("stance")].tolist() == wanted
        assert seen[:, View.STANCE].tolist() == wanted
        restrains = np.array(replies) == GangAction.RESTRAIN
        first = table.columns.index("restraining.ms13")
        assert np.array_equal(step[:, first : first + 3], restrains)


def test_an_inauguration_is_seen_before_it_is_played(past, draws):
    # 1 June 2004: the mood and the platform of the new administration are drawn already.
    table = Session(
        draws,
        start="2004-05-01",
        end="2004-07-01",
        seed=SEED,
        setting=past.setting,
        profile=model.Profile(decide.CATALOGUE["status_quo"]),
    )
    table.advance(4)
    view = table.views()
    assert (view[:, View.INAUGURATION] == 1.0).all()
    platform = table.advance(1)[:, table.columns.index("platform")]
    assert np.array_equal(view[:, View.PLATFORM], platform)


def test_a_copy_goes_its_own_way_with_the_same_luck(past, draws, begin):
    table = session(draws, begin, past)
    table.advance(8)
    other, same = table.copy(), table.copy()
    calm, hard = [np.array([stance, 0, 0, 0]) for stance in (Stance.STATUS_QUO, Stance.MANO_DURA)]
    after = table.advance(4, calm)
    assert not np.array_equal(other.advance(4, hard), after)
    assert np.array_equal(same.advance(4, calm), after)


def test_what_makes_no_sense_is_refused(past, draws, begin):
    table = session(draws, begin, past)
    with pytest.raises(SimulationError, match="between 1 and the 96 left, not 97"):
        table.advance(97)
    with pytest.raises(SimulationError, match="stance must lie between 0 and 6"):
        table.advance(1, [9, 0, 0, 0])
    table.advance(2)
    with pytest.raises(SimulationError, match="week 2 is within one"):
        table.state()
    scripted = session(draws, begin, past, script=past.script)
    with pytest.raises(SimulationError, match="the government's stance is the script's"):
        scripted.advance(1, [0, 0, 0, 0])
    with pytest.raises(SimulationError, match="no strategy of the government moves"):
        scripted.views(government_has_moved=True)


def test_a_failing_strategy_is_named_with_its_week(past, draws, begin):
    @model.government
    def fails_in_spring(view):
        """A stance that does not exist, from March 2012 on."""
        return 9 if view[View.TIME] > 2012.16 else 0

    table = session(draws, begin, past, profile=model.Profile(fails_in_spring))
    table.advance(8)
    with pytest.raises(SimulationError, match="week 1 of 2012-03"):
        table.advance(4)


def test_beliefs_of_a_gang_are_in_the_view(past, draws, begin):
    trust = session(draws, begin, past).views()[:, in_view(int(GangView.TRUST), 0)]
    assert ((trust > 0.0) & (trust < 1.0)).all()
