"""Is a reply found by search the strategy it says it is, and is its gain what it says?"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.views import view_of

from tregua import decide, model, record, simulate
from tregua.decide import strategic
from tregua.decide.strategic.best_reply import _profile, _Search, _Table
from tregua.decide.strategic.cells import (
    CELLS,
    cells_of_gang,
    cells_of_government,
    gang_policy,
    government_policy,
)
from tregua.model import GangAction, Stance

ORIGIN, SEED = "2012-01", 3


@cache
def world():
    known = record.load("el-salvador")
    history = model.History.of(known)
    draws = model.prior_draws(16, seed=SEED, overrides=known.case.prior_ranges)
    return draws, history, decide.state_at(ORIGIN, draws, history, seed=SEED)


def table(years=1, **changes):
    draws, history, begin = world()
    whole = _Table(draws, begin, history.rules_of(ORIGIN), ORIGIN, years, SEED, 0.1, ())
    return whole.select(slice(0, 8)) if not changes else whole


def found(opponent, **options):
    draws, history, begin = world()
    given = {"years": 2, "rounds": 2, "train": 0.5} | options
    return strategic.best_reply_to(
        opponent, draws, history, origin=ORIGIN, seed=SEED, initial=begin, **given
    )


def a_table(actions, seed=5):
    return np.random.default_rng(seed).integers(0, actions, CELLS)


# -- Cells -----------------------------------------------------------------------------------------


def cell_of_gang(country, gang):
    return int(cells_of_gang(view_of(country, gang)[None], 0)[0])


def test_a_gangs_cell_counts_pact_trust_stance_and_election():
    trusts = {"TRUST": [1.0] * 3}
    assert cell_of_gang({}, {"TRUST": [0.0] * 3}) == 0
    assert cell_of_gang({}, trusts) == 4
    assert cell_of_gang({"STANCE": Stance.MANO_DURA}, trusts) == 6
    assert cell_of_gang({"TO_ELECTION": 0.5}, trusts) == 5
    assert cell_of_gang({"SINCE_BREAK": 0.5}, trusts) == 12
    inside = {"PACT": 1.0, "STANCE": Stance.SECRET_PACT}
    assert cell_of_gang(inside, trusts) == 20
    assert cell_of_gang(inside, trusts | {"INCLUDED": [0.0] * 3, "ENVIOUS": [1.0] * 3}) == 28
    # Who is left out and does not know of the pact is in the cell of no pact.
    assert cell_of_gang(inside, trusts | {"INCLUDED": [0.0] * 3}) == 4


def test_a_governments_cell_counts_pact_election_fear_and_majority():
    def cell(**country):
        view = view_of(country, {})
        return int(cells_of_government(view[None])[0])

    assert cell(FEAR=0.1, APPROVAL=0.5) == 0
    assert cell(FEAR=0.4, APPROVAL=0.5) == 2
    assert cell(FEAR=0.1, APPROVAL=0.7) == 1
    assert cell(FEAR=0.1, APPROVAL=0.5, TO_ELECTION=0.5) == 4
    assert cell(FEAR=0.1, APPROVAL=0.5, COOLING=1.0) == 8
    assert cell(FEAR=0.1, APPROVAL=0.5, PACT=1.0) == 16
    assert cell(FEAR=0.1, APPROVAL=0.5, PACT=1.0, LEAKED=1.0) == 24


def test_a_table_is_a_strategy():
    actions = list(range(CELLS))
    view = view_of({"SINCE_BREAK": 0.5}, {"TRUST": [1.0] * 3})
    policy = gang_policy([each % 3 for each in actions], "rule")
    assert policy.name == "rule" and policy(view, 0) == 12 % 3
    policy = government_policy([each % 7 for each in actions], "rule")
    assert policy(view_of({"FEAR": 0.4, "APPROVAL": 0.5}, {})) == 2


# -- Playing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["gangs", "government"])
def test_a_table_played_by_orders_is_paid_as_its_strategy_to_twelve_digits(side):
    opponent = (
        decide.CATALOGUE["both"] if side == "gangs" else decide.GANG_STRATEGIES["tit_for_tat"]
    )
    actions = a_table(3 if side == "gangs" else 7)
    made = gang_policy if side == "gangs" else government_policy
    worlds = table(years=2)
    by_orders, share = worlds.by_tables(opponent, np.array([actions, actions]))
    by_strategy = worlds.by_strategy(opponent, made(actions.tolist(), "found"))
    # Shares of a month are summed week by week in the one, and inside the simulator in the other.
    np.testing.assert_allclose(by_orders[0], by_strategy, rtol=1e-12)
    np.testing.assert_array_equal(by_orders[0], by_orders[1])
    assert share[0].sum() == pytest.approx(1.0)


def test_a_reply_is_played_against_its_opponent():
    profile = _profile(decide.CATALOGUE["grim"], decide.GANG_STRATEGIES["envious"])
    assert profile.name == "grim / envious"
    profile = _profile(decide.GANG_STRATEGIES["envious"], decide.CATALOGUE["grim"])
    assert profile.name == "grim / envious"


def test_indifferent_gangs_without_a_pact_earn_their_income():
    paid = table().by_strategy(
        decide.CATALOGUE["status_quo"], decide.GANG_STRATEGIES["indifferent"]
    )
    np.testing.assert_allclose(paid, 1.0, rtol=1e-12)


def test_a_climb_never_falls_and_ends_where_no_single_change_helps():
    opponent = decide.CATALOGUE["secret_pact"]
    search = _Search(table(), opponent, "gangs")
    search.value = -np.inf
    search._take(np.full((1, CELLS), int(GangAction.PRESS)))  # the worst to begin with
    values = [search.value]
    while search._round():
        values.append(search.value)
    assert len(values) > 1 and (np.diff(values) > 0).all()
    for cell in np.flatnonzero(search.share):
        for action in range(3):
            other = search.best.copy()
            other[cell] = action
            assert search._means(other[None])[0][0] <= search.value + 1e-9


def test_a_coarse_climb_finds_the_best_of_all_constants():
    opponent = decide.CATALOGUE["mano_dura"]
    search = _Search(table(), opponent, "gangs")
    constants = [search._means(np.full((1, CELLS), action))[0][0] for action in range(3)]
    assert search.value >= max(constants)


# -- What is found ---------------------------------------------------------------------------------


def test_gangs_exploit_a_pact_that_never_ends_by_breaking_it():
    reply = found(decide.CATALOGUE["secret_pact"])
    assert reply.actor == "gangs" and reply.reference == "answer_in_kind"
    assert reply.worlds == (8, 8) and reply.train_gain > 0
    assert reply.gain > 2 * reply.mc_error > 0
    inside = reply.table[reply.table["pact"] == "in force, included"]
    assert (inside["action"] == "business").all()


def test_the_gain_is_the_paired_mean_over_the_other_worlds():
    opponent = decide.CATALOGUE["secret_pact"]
    reply = found(opponent)
    draws, history, begin = world()
    others = _Table(draws, begin, history.rules_of(ORIGIN), ORIGIN, 2, SEED, 0.1, ()).select(
        slice(8, None)
    )
    usual = decide.GANG_STRATEGIES["answer_in_kind"]
    gains = others.by_strategy(opponent, reply.strategy) - others.by_strategy(opponent, usual)
    assert reply.gain == pytest.approx(gains.mean(), rel=1e-12)
    assert reply.mc_error == pytest.approx(gains.std(ddof=1) / np.sqrt(8), rel=1e-9)


def test_a_reply_of_gangs_can_be_compared_and_run():
    reply = found(decide.CATALOGUE["secret_pact"], rounds=1)
    draws, history, begin = world()
    comparison = decide.compare(
        decide.named(["status_quo", "secret_pact"]),
        draws,
        history,
        origin=ORIGIN,
        seed=SEED,
        years=1,
        initial=begin,
        gangs=reply.strategy,
    )
    assert np.isfinite(comparison.total("recorded", "secret_pact", 1)).all()


def test_a_reply_of_a_government_is_found_and_can_be_run():
    reply = found(decide.GANG_STRATEGIES["always_press"], years=1, rounds=1)
    assert reply.actor == "government" and reply.reference == "status_quo"
    assert reply.train_gain >= 0
    draws, history, begin = world()
    run = simulate.run(
        draws,
        profile=model.Profile(reply.strategy, decide.GANG_STRATEGIES["always_press"]),
        start="2012-01-01",
        end=pd.Timestamp("2012-03-01"),
        seed=SEED,
        initial=begin,
        setting=history.rules_of(ORIGIN),
    )
    assert run.monthly.sizes["month"] == 2


def test_the_same_question_has_the_same_answer():
    first, second = (found(decide.CATALOGUE["grim"], years=1, rounds=1) for _ in range(2))
    assert (first.gain, first.mc_error) == (second.gain, second.mc_error)
    pd.testing.assert_frame_equal(first.table, second.table)


def test_exploitability_asks_it_of_several():
    draws, history, _ = world()
    told = []
    frame = strategic.exploitability(
        [decide.CATALOGUE["status_quo"], decide.GANG_STRATEGIES["indifferent"]],
        draws,
        history,
        origin=ORIGIN,
        seed=SEED,
        years=1,
        rounds=1,
        train=0.5,
        progress=lambda done, total: told.append((done, total)),
    )
    assert frame["actor"].tolist() == ["gangs", "government"]
    assert frame["strategy"].tolist() == ["status_quo", "indifferent"]
    assert np.isfinite(frame[["gain", "mc_error", "train_gain"]]).all(axis=None)
    assert told[-1] == (2, 2)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: found("grim"), "not to 'grim'"),
        (lambda: found(decide.CATALOGUE["grim"], train=0.1), "1 worlds to search"),
        (lambda: found(decide.CATALOGUE["grim"], years=0, rounds=-1), "0 years .* -1 rounds"),
        (lambda: found(decide.CATALOGUE["grim"], train=1.5, discount=-1), "above 0, below 1"),
        (
            lambda: found(decide.CATALOGUE["grim"], reference=decide.CATALOGUE["grim"]),
            "a strategy of the gangs",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(ask, says):
    with pytest.raises(ValueError, match=says):
        ask()
