"""Is the gain of one gang alone its own, searched with the others as they were, and no luck?

The planted game pays one gang only: the government offers a pact exactly while the first gang
presses. Payoffs are the model's; what a gang's pressing is worth is then worked out by hand.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests._game import START, country, peaceful

from tregua import decide, model, simulate
from tregua.decide import strategic
from tregua.decide.strategic.best_reply import _Alone, _Table
from tregua.model import GangAction, GangSlot, GangView, Stance, View, in_view

ORIGIN, SEED = "2003-01", 4
INDIFFERENT = decide.GANG_STRATEGIES["indifferent"]


@model.government
def buys_the_first(view):
    """An open pact while the first gang presses, and nothing for anybody else."""
    if view[in_view(GangView.PRESSING, 0)] > 0.5:
        return Stance.OPEN_PACT
    return Stance.STATUS_QUO


@cache
def planted():
    """Two gangs, and a government that pays the first for pressing. Nothing else is uncertain."""
    quiet = {"cooling": 1e-6, "breach": 0.0, "leak": 0.0, "honour": 1.0, "sanction": 0.0}
    draws = peaceful(16, **quiet, value_of_concession=1.0, pressing_cost=0.1, capture_cost=0.0)
    setting = country((0.5, 0.5))
    begin = model.initial_state(draws, setting, START)
    return draws, SimpleNamespace(rules_of=lambda _: setting, setting=setting), begin


def found(**options):
    draws, history, begin = planted()
    given = {"years": 1, "rounds": 3, "train": 0.5, "reference": INDIFFERENT, "discount": 0.0}
    return strategic.best_reply_to(
        buys_the_first, draws, history, origin=ORIGIN, seed=SEED, initial=begin, **given | options
    )


def test_only_the_gang_that_is_paid_can_gain():
    first, second = found(gang="gang0"), found(gang="gang1")
    assert (first.gang, second.gang, first.actor) == ("gang0", "gang1", "gangs")
    assert first.gain > 0.5 and first.gain > 5 * first.mc_error
    # The second finds nothing better than what it does already, in any world.
    assert second.gain == pytest.approx(0.0, abs=1e-12)
    assert np.abs(second.gains).max() < 1e-12


def test_the_gain_is_the_concession_less_the_cost_of_pressing():
    # Who presses all year is in a pact but for the first week; the usual reply earns 1.
    alone = whole(_Alone("gang0", 0, INDIFFERENT))
    draws, history, begin = planted()
    press = decide.GANG_STRATEGIES["always_press"]
    paid = alone.by_strategy(buys_the_first, press)
    run = simulate.run(
        draws,
        profile=model.Profile(buys_the_first, _Alone("gang0", 0, INDIFFERENT).played(press)),
        start=START,
        end=pd.Timestamp("2004-01-01"),
        seed=SEED,
        initial=begin,
        setting=history.setting,
        variables=("pact", "command"),
        every="month",
    ).kept
    command = run["command"].values[:, 0]
    assert run["pact"].values.mean() > 0.9
    # Pressing costs 0.1 on the share of cliques that obey, seen when a month opens.
    low, high = 0.1 * command.min(), 0.1 * max(command.max(), begin.get(GangSlot.COMMAND).max())
    held = run["pact"].values.mean(axis=1)
    assert np.all(paid - 1.0 <= held - low + 0.01) and np.all(paid - 1.0 >= held - high - 0.01)


def test_deviations_say_which_gang_gains_most_and_by_how_much():
    draws, history, begin = planted()
    table = strategic.deviations(
        model.Profile(buys_the_first, INDIFFERENT),
        draws,
        history,
        origin=ORIGIN,
        seed=SEED,
        initial=begin,
        years=1,
        rounds=2,
        train=0.5,
        discount=0.0,
    ).set_index(["actor", "gang"])
    assert list(table.index) == [
        ("government", ""),
        ("gangs", ""),
        ("gangs", "gang0"),
        ("gangs", "gang1"),
    ]
    first, second = table.loc[("gangs", "gang0")], table.loc[("gangs", "gang1")]
    assert first["gains"] and first["most"] and not second["gains"] and not second["most"]
    assert first["margin"] == pytest.approx(first["gain"] - second["gain"])
    assert first["margin_error"] >= 0.0 and np.isnan(second["margin"])
    # All gangs as one share what the first alone would get, so that each gains less than it.
    assert table.loc[("gangs", ""), "gain"] <= first["gain"] + 1e-9


def whole(alone=None):
    draws, history, begin = planted()
    return _Table(draws, begin, history.setting, ORIGIN, 1, SEED, 0.1, (), alone)


@pytest.mark.parametrize("name", ["tit_for_tat", "quantal_reply", "always_press"])
def test_a_gang_that_deviates_to_what_all_do_is_paid_its_part_of_that(name):
    shipped = decide.GANG_STRATEGIES[name]
    each = [
        whole(_Alone(f"gang{place}", place, shipped)).by_strategy(buys_the_first, shipped)
        for place in (0, 1)
    ]
    together = whole().by_strategy(buys_the_first, shipped)
    np.testing.assert_allclose(np.mean(each, axis=0), together, rtol=1e-12)
    # The same by orders, week by week, for a strategy that draws as well.
    alone = _Alone("gang0", 0, shipped)
    by_orders = whole(alone)._by_one_gang(buys_the_first, shipped, alone)
    np.testing.assert_allclose(by_orders, each[0], rtol=1e-12)


def test_the_reply_of_one_gang_is_a_strategy_of_all_in_which_the_others_go_on():
    made = _Alone("gang1", 1, INDIFFERENT).played(decide.GANG_STRATEGIES["always_press"])
    view = np.zeros(in_view(GangView.PRESSING, 1) + 200)
    view[View.GANGS] = 2
    assert [made(view, gang) for gang in (0, 1)] == [GangAction.BUSINESS, GangAction.PRESS]
    assert made.name == "always_press_of_gang1"
    reply = found(gang="gang0")
    draws, history, begin = planted()
    others = _Table(
        draws, begin, history.setting, ORIGIN, 1, SEED, 0.0, (), _Alone("gang0", 0, INDIFFERENT)
    ).select(slice(8, None))
    usual = others.by_strategy(buys_the_first, INDIFFERENT)
    played = whole().select(slice(8, None))
    session = played.session(model.Profile(buys_the_first, reply.strategy), 1)
    account = others._account(session, of_government=False)
    while session.week < session.weeks:
        account.opens(session)
        account.closes(session, [session.advance(4)])
    np.testing.assert_allclose(account.a_year() - usual, reply.gains, rtol=1e-9)


def test_who_is_no_gang_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"No gang named 'gnag1'. Did you mean 'gang1'\?"):
        found(gang="gnag1")
    draws, history, begin = planted()
    with pytest.raises(ValueError, match="one gang alone replies to a government's"):
        strategic.best_reply_to(
            INDIFFERENT, draws, history, origin=ORIGIN, seed=SEED, initial=begin, gang="gang0"
        )


def test_exploitability_asks_each_gang_where_told():
    draws, history, _ = planted()
    script = model.Script((model.Era(START, Stance.STATUS_QUO, enforcement=1.0),))
    known = SimpleNamespace(**vars(history), script=script, first_day=START, start="2003-01")
    told = []
    table = strategic.exploitability(
        [buys_the_first, INDIFFERENT],
        draws,
        known,
        origin="2003-02",
        seed=SEED,
        alone=True,
        years=1,
        rounds=0,
        train=0.5,
        progress=lambda done, total: told.append((done, total)),
    )
    who = list(zip(table["strategy"], table["gang"], strict=True))
    first = [("buys_the_first", gang) for gang in ("", "gang0", "gang1")]
    assert who == [*first, ("indifferent", "")]
    assert told
