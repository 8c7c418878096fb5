"""Is nobody created or lost, and does every number stay where it belongs?

Conservation laws and bounds of the model, for any parameters of the prior, any script and any seed.
Nothing here is statistical: each property holds in every world.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tregua import model, simulate
from tregua.model import Era, GangSlot, Slot, Stance
from tregua.model.state import LONG_AGO

START = pd.Timestamp("2011-01-01")
PACTS = (Stance.SECRET_PACT, Stance.BOTH, Stance.OPEN_PACT)

eras = st.builds(
    lambda stance, enforcement, pressing, restraining, isolated: {
        "stance": stance,
        "enforcement": enforcement,
        "pressing": pressing * (1.0 - restraining),
        "restraining": restraining,
        "segregated": isolated,
    },
    st.sampled_from(list(Stance)),
    st.none() | st.floats(0.0, 8.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.none() | st.floats(0.0, 1.0),
)
scripts = st.lists(eras, min_size=1, max_size=4).map(
    lambda parts: model.Script(
        tuple(
            Era(START + pd.DateOffset(months=6 * number), **part)
            for number, part in enumerate(parts)
        )
    )
)
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@model.government
def restless(view):
    """A stance for every quarter, pacts among them: tries all that the life of a pact can hold."""
    quarter = int(view[model.View.YEARS] * 4.0) + int(view[model.View.DRAW] * 7.0)
    return quarter % 7


def play(script, seed, reading, **values):
    draws = model.prior_draws(3, seed=seed).with_(**values)
    options = {"script": script}
    if script is None:
        options = {"profile": model.Profile(restless)}
    ensemble = simulate.run(
        draws,
        start=START,
        end="2013-01-01",
        seed=seed,
        reading=reading,
        variables=simulate.VARIABLES,
        **options,
    )
    return draws, ensemble


worlds = given(
    script=st.none() | scripts,
    seed=st.integers(0, 2**63 - 1),
    reading=st.sampled_from(["stochastic", "mean"]),
)


@few
@worlds
def test_members_move_but_are_neither_made_nor_lost(script, seed, reading):
    draws, ensemble = play(script, seed, reading)
    first = model.initial_state(draws, model.el_salvador(), START)
    months = ensemble.monthly
    street = np.concatenate(
        [first.get(GangSlot.STREET)[:, None], months["street_by_gang"].values], axis=1
    )
    inside = np.concatenate(
        [
            (first.get(GangSlot.PRISON) + first.get(GangSlot.ISOLATED))[:, None],
            months["prisoners_by_gang"].values,
        ],
        axis=1,
    )
    flow = {name: months[name].values for name in simulate.GANGS}
    street_gain = flow["recruits"] + flow["returned"]
    street_loss = flow["captured"] + flow["desisted"] + flow["members_killed"]
    prison_loss = flow["returned"] + flow["quit_on_release"] + flow["members_died_in_custody"]
    exact = {"rtol": 0.0, "atol": 0.0} if reading == "stochastic" else {"rtol": 1e-9, "atol": 1e-6}
    np.testing.assert_allclose(np.diff(street, axis=1), street_gain - street_loss, **exact)
    np.testing.assert_allclose(np.diff(inside, axis=1), flow["captured"] - prison_loss, **exact)


@few
@worlds
def test_totals_are_the_sums_of_their_parts(script, seed, reading):
    _, ensemble = play(script, seed, reading)
    m = ensemble.monthly
    exact = {"rtol": 0.0 if reading == "stochastic" else 1e-12, "atol": 1e-9}
    inside = m["gang_prisoners"] + m["wrongly_held"] + m["ordinary_prisoners"]
    np.testing.assert_allclose(m["prisoners"], inside, **exact)
    by_tally = m["recorded"] + m["hidden"] + m["uncounted"]
    np.testing.assert_allclose(m["killed"], by_tally, **exact)
    by_killer = m["killed_by_gang"].sum("gang") + m["struck"] + m["ambient"] + m["police_killings"]
    np.testing.assert_allclose(m["killed"], by_killer, **exact)
    np.testing.assert_allclose(m["hidden"], m["hidden_by_gang"].sum("gang"), **exact)
    np.testing.assert_allclose(m["street"], m["street_by_gang"].sum("gang"), **exact)


@few
@worlds
def test_every_number_stays_in_its_range(script, seed, reading):
    draws, ensemble = play(script, seed, reading)
    shares = "democracy judicial_filter prison_control institutions precedent foreign_pressure"
    shares += " fear approval leaked prosecuted pact trust reliance restraining pressing"
    for name in shares.split():
        values = ensemble.monthly[name].values
        assert values.min() >= -1e-12, name
        assert values.max() <= 1.0 + 1e-12, name
    ceiling = draws.column("command_ceiling")[:, None, None]
    floor = draws.column("command_floor")[:, None, None]
    command = ensemble.monthly["command"].values
    assert np.all(command <= ceiling + 1e-12)
    assert np.all(command >= np.minimum(floor, ceiling) - 1e-12)
    for name in simulate.VARIABLES:
        assert np.all(ensemble.monthly[name].values >= -1e-9), name
    if reading == "stochastic":
        for name in ("killed", "recorded", "street", "prisoners", "custody_deaths", "detained"):
            values = ensemble.monthly[name].values
            np.testing.assert_array_equal(values, np.round(values), err_msg=name)


@few
@given(scripts, st.integers(0, 2**63 - 1))
def test_nothing_happens_to_a_pact_that_is_not_there(script, seed):
    assume(all(era.stance not in PACTS for era in script.eras))
    _, ensemble = play(script, seed, "stochastic")
    never = ("leaks", "breaches", "strikes", "sanctions", "pact_starts", "pact_ends")
    for name in (*never, "pact", "leaked", "struck", "prosecuted"):
        assert ensemble.monthly[name].sum().item() == 0.0, name
    assert np.all(ensemble.final.get(Slot.SINCE_BREAK) == LONG_AGO)


@few
@given(scripts, st.integers(0, 2**63 - 1))
def test_a_pact_is_in_force_under_pact_stances_only(script, seed):
    _, ensemble = play(script, seed, "stochastic")
    stance = ensemble.monthly["stance"].values
    whole = ensemble.monthly["pact"].values
    assert np.all(whole[np.isin(stance, PACTS)] > 0.0)
    steady = np.ones_like(stance, dtype=bool)
    steady[:, 1:] = stance[:, 1:] == stance[:, :-1]
    assert np.all(whole[~np.isin(stance, PACTS) & steady] == 0.0)


@few
@given(scripts, st.integers(0, 2**63 - 1))
def test_the_same_seed_gives_the_same_bits(script, seed):
    first, second = (play(script, seed, "stochastic")[1] for _ in range(2))
    np.testing.assert_array_equal(first.final.values, second.final.values)
    assert first.monthly.equals(second.monthly)


@few
@given(scripts, st.integers(0, 2**63 - 1), st.permutations(range(3)))
def test_renaming_gangs_permutes_what_they_do(script, seed, order):
    # In the mean reading, where the gangs' own random numbers play no part.
    shares = (0.6, 0.3, 0.1)
    draws = model.prior_draws(2, seed=seed)

    def run(numbers):
        place = model.Setting(
            "test",
            tuple(f"gang{number}" for number in numbers),
            tuple(shares[number] for number in numbers),
            ((2011, 6e6),),
            (),
            (),
            None,
            None,
            60.0,
        )
        return simulate.run(
            draws,
            script=script,
            setting=place,
            start=START,
            end="2013-01-01",
            seed=seed,
            reading="mean",
            variables=simulate.VARIABLES,
        ).monthly

    there = run(order).sel(gang=["gang0", "gang1", "gang2"])
    here = run(range(3))
    for name in simulate.VARIABLES:
        np.testing.assert_allclose(there[name], here[name], rtol=1e-6, atol=1e-6, err_msg=name)


def test_the_tally_that_feeds_fear_is_the_tally_that_is_printed():
    # Property (x): what the government reacts to holds nothing hidden.
    _, ensemble = play(None, 3, "stochastic")
    ring = ensemble.final.values[:, Slot.RECORDED_0 : Slot.RECORDED_11 + 1]
    printed = ensemble.monthly["recorded"].values[:, -12:]
    np.testing.assert_array_equal(ring, printed)


@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_an_empty_country_stays_empty(reading):
    _, ensemble = play(None, 5, reading, members_at_start=0.0, gang_prisoners_at_start=0.0)
    for name in ("street", "gang_prisoners", "killed_by_gang", "police_killings", "wrongly_held"):
        assert ensemble.monthly[name].values.max() == 0.0, name
