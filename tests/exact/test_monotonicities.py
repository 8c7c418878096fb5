"""Does each lever move what it should, in the direction it should, in the same worlds?

Every count is the quantile of one uniform number and noise is keyed, so two runs with one seed meet
the same luck. Where a claim can be proved world by world it is asserted world by world; elsewhere
in the mean of paired differences, with the rate of false alarms on a fresh seed.
"""

import numpy as np
import pandas as pd
import pytest
from tests._game import (
    START,
    country,
    frozen,
    mean_run,
    open_pact,
    peaceful,
    run,
    script,
    secret_pact,
    wait,
)

from tregua import model, simulate
from tregua.model import Slot, Stance

WORLDS = 300


def equal_shares(gangs):
    return country((1.0 / gangs,) * gangs)


def lives(government, years=5, gangs=3, inaugurations=(), **values):
    """Weeks that each world's pact lived: int[worlds]."""
    base = {"breach": 0.15, "leak": 0.8, "sanction": 1.5, "sanction_ends": 0.4, "honour": 0.3}
    kept = run(
        frozen(WORLDS, **base | values),
        years,
        profile=model.Profile(government, model.indifferent),
        setting=country((1.0 / gangs,) * gangs, inaugurations),
        variables=("pact",),
        every="year",
        seed=7,
    ).kept
    return np.round(kept["pact"].sum("year").values * 48.0)


OFFICE = tuple(pd.Timestamp(f"{year}-06-01") for year in range(2003, 2008))

LEVERS = [
    # A hazard's events at a higher rate contain those at a lower one, week by week; a leak sooner
    # means more pressure from then on, and every sanction that fell before falls still.
    ("leak", (0.1, 0.8, 4.0), secret_pact, ()),
    ("sanction", (0.2, 1.0, 4.0), secret_pact, ()),
    ("sanction_ends", (0.0, 0.3, 1.0), secret_pact, ()),
    ("breach", (0.02, 0.2, 0.8), open_pact, ()),
    ("breach_ends", (0.1, 0.4, 0.9), open_pact, ()),
    # Turnover: less approval loses every vote that more approval lost; until a pact ends nothing
    # else differs. A successor who honours less breaks every pact that one who honours more broke.
    ("approval_level", (2.0, 0.3, -1.5), open_pact, OFFICE),
    ("honour", (0.9, 0.4, 0.0), open_pact, OFFICE),
]


@pytest.mark.parametrize(("name", "values", "government", "offices"), LEVERS)
def test_a_pact_lives_no_longer_in_any_world_with_a_larger_hazard(
    name, values, government, offices
):
    found = [lives(government, inaugurations=offices, **{name: value}) for value in values]
    for shorter, longer in ((found[1], found[0]), (found[2], found[1])):
        assert np.all(shorter <= longer)
        assert shorter.sum() < longer.sum()


def test_a_pact_lives_no_longer_in_any_world_with_more_gangs():
    # A gang's noise is keyed by its place: more gangs have the breaches of fewer, and their own.
    found = [lives(open_pact, gangs=gangs) for gangs in (1, 2, 3, 6, 10)]
    for shorter, longer in zip(found[1:], found, strict=False):
        assert np.all(shorter <= longer)
        assert shorter.sum() < longer.sum()


def test_turnover_ends_pacts_that_would_have_lived():
    without = lives(open_pact, honour=0.0)
    with_it = lives(open_pact, honour=0.0, inaugurations=OFFICE)
    assert np.all(with_it <= without)
    assert with_it.sum() < without.sum()


@pytest.mark.parametrize("lever", ["breach", "breach_ends", "leak", "sanction"])
def test_the_share_of_pacts_alive_falls_in_each_hazard_in_the_mean_reading(lever):
    base = {"breach": 0.1, "leak": 0.8, "sanction": 1.0, "sanction_ends": 0.5}
    alive = [
        run(
            frozen(**base | {lever: value}),
            4,
            profile=model.Profile(secret_pact, model.indifferent),
            setting=equal_shares(3),
            reading="mean",
        )
        .kept["pact"]
        .mean()
        .item()
        for value in (0.05, 0.3, 0.9)
    ]
    assert alive[0] > alive[1] > alive[2]


def test_hiding_lowers_the_record_in_every_month_of_every_world_and_kills_nobody():
    history = script(Stance.SECRET_PACT, restraining=0.6, pressing=0.2)
    kept = [
        run(
            model.defaults(worlds=60).with_(hidden_pact=hidden),
            1,
            setting=equal_shares(3),
            script=history,
        ).kept
        for hidden in (0.1, 0.3, 0.6)
    ]
    for more, less in ((kept[1], kept[0]), (kept[2], kept[1])):
        np.testing.assert_array_equal(more["killed"], less["killed"])
        assert np.all(more["recorded"] <= less["recorded"])
        assert more["recorded"].sum() < less["recorded"].sum()
        np.testing.assert_array_equal(more["uncounted"], less["uncounted"])


def test_command_rises_with_the_concession_and_falls_with_control_in_every_world():
    draws = model.prior_draws(60, seed=4).with_(control_usual=0.4)
    # A concession frees leaders wholly, so that control matters outside a pact only.
    secret, usual, tight = (
        run(each, 2, script=script(stance), setting=equal_shares(2)).kept["command"].values
        for each, stance in (
            (draws, Stance.SECRET_PACT),
            (draws, Stance.STATUS_QUO),
            (draws.with_(control_usual=0.8), Stance.STATUS_QUO),
        )
    )
    assert np.all(secret > usual)
    assert np.all(usual > tight)


def test_platforms_rise_with_fear_in_every_world():
    # The record is the same in all three: the only thing that fear touches is the promise.
    promised = []
    for level in (-2.0, -1.2, 0.0):
        draws = model.defaults(worlds=60).with_(fear_level=level)
        final = run(
            draws,
            1,
            profile=model.Profile(wait, model.indifferent),
            setting=country((0.6, 0.4), OFFICE[:1]),
        ).final
        promised.append(final.get(Slot.PLATFORM))
    assert np.all(promised[0] < promised[1])
    assert np.all(promised[1] < promised[2])
    # e*(F) = 1 + (b_F / c_e) F at the inauguration.
    kept = run(
        model.defaults(),
        1,
        profile=model.Profile(wait, model.indifferent),
        setting=country((0.6, 0.4), OFFICE[:1]),
        every="week",
        reading="mean",
    ).kept
    rise = kept["platform"].values[0] - model.Parameter.enforcement_mano_dura.default
    week = int(np.argmax(rise != 0.0))
    fear = kept["fear"].values[0, week - 1]
    expected = 1.0 + model.Parameter.platform_slope.default * fear
    assert kept["platform"].values[0, week] == pytest.approx(expected)


ENDLESS = {"niche": 1e15, "gang_prisoners_at_start": 2_000.0, "members_at_start": 4_000.0}


def streets(name, value, years=6, **values):
    draws = peaceful(200, **ENDLESS | {"release_time": 2.0, "arrest": 0.5} | values | {name: value})
    options = {"setting": equal_shares(2), "variables": ("street",), "seed": 4}
    return run(draws, years, **options).kept["street"].values


def test_returns_fill_the_streets_of_every_world_in_every_month():
    # Without a niche or killing every flow is a quantile that rises with its stock and its share:
    # recruits, captures, exits and returns form a system in which more never leads to less.
    found = [streets("return_share", share) for share in (0.2, 0.5, 0.9)]
    for more, less in ((found[1], found[0]), (found[2], found[1])):
        assert np.all(more >= less)
        assert more.sum() > less.sum()


def test_captures_empty_the_streets_of_every_world_if_nobody_returns():
    # With returns an arrest today fills the streets of later years: then it is the mean that falls.
    found = [streets("arrest", rate, return_share=0.0) for rate in (0.1, 0.4, 1.2)]
    for less, more in ((found[1], found[0]), (found[2], found[1])):
        assert np.all(less <= more)
        assert less.sum() < more.sum()


def test_streets_empty_with_arrests_and_fill_with_returns_at_the_defaults():
    # Paired differences after ten years; their mean is far from 0 (false alarms below 1e-6).
    def after(**values):
        draws = model.defaults(worlds=80).with_(**values)
        final = simulate.run(
            draws,
            script=script(),
            setting=equal_shares(3),
            start=START,
            end="2013-01-01",
            seed=2,
            variables=("street",),
            every="year",
        )
        return final.kept["street"].values[:, -1]

    usual = after()
    for changed, sign in (
        (after(arrest=model.Parameter.arrest.default * 1.5), -1),
        (after(return_share=0.95), 1),
    ):
        gap = changed - usual
        assert sign * gap.mean() > 6 * gap.std() / np.sqrt(len(gap))


def test_streets_settle_lower_with_capture_and_higher_with_returns():
    def settled(**values):
        draws = peaceful(**{"recruitment": 0.5, "desistance": 0.06, "niche": 86_000.0} | values)
        return mean_run(draws, 150)["street"].values[-1]

    by_capture = [settled(arrest=a, return_share=0.8) for a in (0.2, 0.5, 0.9)]
    by_return = [settled(arrest=0.9, return_share=share) for share in (0.5, 0.7, 0.9)]
    assert by_capture == sorted(by_capture, reverse=True)
    assert by_return == sorted(by_return)
