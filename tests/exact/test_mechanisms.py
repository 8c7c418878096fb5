"""Does each optional mechanism, switched on alone, do what its equation says and nothing else?

The mean reading has no chance in it and is compared with closed forms or with another solver of the
same equations. Where chance itself is the subject (clusters of killings, hazards), the rate of
false alarms on a fresh seed is stated.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests._game import (
    START,
    country,
    frozen,
    mean_run,
    months,
    open_pact,
    peaceful,
    reform,
    run,
    script,
    secret_pact,
    wait,
    weeks,
)

from tregua import decide, model, simulate
from tregua.model import MECHANISMS, GangSlot, PactEnd, Slot, Stance

THREE = country((0.5, 0.3, 0.2))
STILL = {"recruitment": 0.0, "desistance": 0.0, "arrest": 0.0, "release_time": 1e15}


def begin(draws, place, **slots):
    """The first state with some slots set by hand: one number, or one a gang."""
    state = model.initial_state(draws, place, START)
    values = state.values.copy()
    for name, given in slots.items():
        if name in GangSlot.__members__:
            for gang, value in enumerate(np.broadcast_to(given, len(place.gangs))):
                values[:, model.state.of_gang(GangSlot[name], gang)] = value
        else:
            values[:, Slot[name]] = given
    return replace(state, values=values)


# -- Off is off ------------------------------------------------------------------------------------

NEUTRAL = {
    "heterogeneous_command": {"command_gap": 0.0},
    "prison_amplification": {"prison_amplification": 0.0},
    "second_concession": {"early_release": 0.0, "second_pressure": 0.0},
    "exclusive_offers": {"included_share": 0.0},
    "fringe": {"fringe_share": 0.0, "fringe_spoil": 0.0},
    "fragmentation": {"leader_removal": 0.0},
    "retaliation": {"branching": 0.0},
    "territory": {"territory_overlap": 1.0, "territory_violence": 0.0, "territory_contest": 0.0},
    "war_readiness": {"readiness_loss": 1e300, "readiness_recovery": 1.0},
}


@pytest.mark.parametrize("name", NEUTRAL)
@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_a_mechanism_of_no_strength_changes_no_bit(name, reading):
    draws = model.prior_draws(4, seed=11).with_(**NEUTRAL[name])
    history = model.Script(
        (
            model.Era(START, Stance.SECRET_PACT, restraining=0.6, pressing=0.3),
            model.Era(START.replace(month=9), Stance.MANO_DURA, pressing=0.5),
        )
    )
    runs = [
        run(draws, 1.5, script=history, setting=THREE, reading=reading, mechanisms=switches)
        for switches in ((), (name,))
    ]
    # What killings call for is remembered, and multiplied by nothing.
    memory = [slot for slot in GangSlot if name != "retaliation" or slot != GangSlot.HEAT]
    for slot in (*Slot, *memory):
        np.testing.assert_array_equal(runs[1].final.get(slot), runs[0].final.get(slot))
    assert runs[1].kept.equals(runs[0].kept)


PACT = script(Stance.OPEN_PACT)
PRESSING = script(Stance.MANO_DURA, pressing=1.0)
BY_COMMAND = {"command"}
BY_RECORD = {"killed", "recorded", "fear", "approval"}


@pytest.mark.parametrize(
    ("name", "history", "changed"),
    [
        ("heterogeneous_command", script(), BY_COMMAND),
        ("prison_amplification", script(), BY_COMMAND),
        ("war_readiness", script(), set()),
        ("war_readiness", PRESSING, set()),
        ("war_readiness", PACT, {"readiness"}),
        ("second_concession", PRESSING, set()),
        ("exclusive_offers", PRESSING, {"included"}),
        ("fringe", PRESSING, {"fringe"} | BY_RECORD),
        ("fragmentation", script(), set()),
        ("retaliation", script(enforcement=0.0), None),
    ],
)
def test_a_mechanism_alone_touches_only_what_it_says(name, history, changed):
    draws = model.defaults(worlds=20)
    options = {"script": history, "setting": THREE, "seed": 3}
    plain, with_it = (run(draws, 2, mechanisms=on, **options).kept for on in ((), (name,)))
    differs = {each for each in simulate.VARIABLES if not plain[each].equals(with_it[each])}
    if changed is not None:
        assert differs == changed
    else:  # retaliation: prisons and politics hold still, killing does not
        assert "killed_by_gang" in differs
        assert not differs & {"command", "democracy", "ordinary_prisoners", "prison_control"}


def test_parameters_of_mechanisms_that_are_off_are_not_read():
    place = model.PARAMETERS.index(model.Parameter.command_gap)
    until = model.PARAMETERS.index(model.Parameter.territory_violence)
    own = list(model.PARAMETERS[place : until + 1])
    assert {p.meaning.partition(":")[0] for p in own} == set(MECHANISMS)
    draws = model.prior_draws(3, seed=2)
    moved = draws.with_(**{p.name: p.low for p in own if p.name != "second_value"})
    options = {"script": script(Stance.BOTH, restraining=0.5), "setting": THREE}
    one, other = (run(each, 1, **options) for each in (draws, moved))
    np.testing.assert_array_equal(
        one.final.values[:, : Slot.POLICE], other.final.values[:, : Slot.POLICE]
    )
    assert one.kept.drop_vars("corruption").equals(other.kept.drop_vars("corruption"))


# -- Retaliation -----------------------------------------------------------------------------------

MEMBERS, RATE, BRANCHING = 4_000.0, 0.02, 0.5
HAWKES = STILL | {
    "members_at_start": MEMBERS,
    "killing": RATE,
    "victim_members": 0.0,
    "deterrence": 0.0,
    "branching": BRANCHING,
}


def test_killings_that_answer_killings_keep_their_mean_and_swell_their_variance():
    # Immigrants mu = (1 - n) S v, so that the mean mu / (1 - n) is S v. Hawkes 1971: the Fano
    # factor of windows of T years is F - (F - 1) (1 - exp(-a T)) / (a T), F = 1 / (1 - n)^2 and
    # a = (1 - n) / tau. False alarms: 6e-5 (mean), 6e-5 (variance, as that of a normal sample).
    worlds, years, tau = 800, 8, 0.05
    draws = peaceful(worlds, **HAWKES | {"retaliation_time": tau})
    kept = run(draws, years, mechanisms=("retaliation",), seed=8, every="year").kept
    counts = kept["killed_by_gang"].values.sum(axis=(1, 2))
    expected = MEMBERS * RATE * months(years).sum()
    swollen = 1.0 / (1.0 - BRANCHING) ** 2
    reach = (1.0 - BRANCHING) * years / tau
    fano = swollen - (swollen - 1.0) * (1.0 - np.exp(-reach)) / reach
    assert counts.mean() == pytest.approx(expected, abs=4 * np.sqrt(fano * expected / worlds))
    error = 4 * np.sqrt(2.0 / (worlds - 1))
    assert counts.var(ddof=1) / expected == pytest.approx(fano, rel=error)
    alone = run(draws, years, seed=8, every="year").kept["killed_by_gang"].values.sum(axis=(1, 2))
    assert alone.var(ddof=1) / expected == pytest.approx(1.0, rel=error)


def test_the_mean_of_retaliation_is_stationary_and_a_peace_lets_it_die_geometrically():
    draws = peaceful(**HAWKES, command_floor=1.0, command_ceiling=1.0, restraint=1.0)
    on = {"mechanisms": ("retaliation",)}
    killed = mean_run(draws, 3, **on)["killed_by_gang"].values[:, 0]
    np.testing.assert_allclose(killed, MEMBERS * RATE * months(3), rtol=1e-12)
    # All obey an order to restrain: only answers are left, n heat, and heat fades.
    kept = run(draws, 1, script=script(restraining=1.0), every="week", reading="mean", **on).kept
    length = weeks(1)
    fading = np.exp(-length / model.Parameter.retaliation_time.default)
    left = np.cumprod(np.r_[1.0, fading + BRANCHING * (1.0 - fading)])[:-1]
    np.testing.assert_allclose(
        kept["killed_by_gang"].values[0, :, 0], BRANCHING * MEMBERS * RATE * left * length
    )


# -- Territory -------------------------------------------------------------------------------------

R, DELTA, NICHE = 0.6, 0.1, 10_000.0
RIVALS = {"recruitment": R, "desistance": DELTA, "niche": NICHE, "arrest": 0.0}
HALVES = country((0.5, 0.5))


def settle(overlap, street, years=150):
    draws = peaceful(**RIVALS, territory_overlap=overlap, territory_contest=0.0)
    state = begin(draws, HALVES, STREET=street, TERRITORY=0.5)
    last = mean_run(draws, years, setting=HALVES, initial=state, mechanisms=("territory",))
    return last["street_by_gang"].values[-1]


@pytest.mark.parametrize("overlap", [0.0, 0.4, 0.9])
def test_two_gangs_coexist_where_they_crowd_themselves_more_than_each_other(overlap):
    # Lotka and Volterra with each gang on its half: own crowding omega = r (2 - o) / K, the
    # other's theta = r o / K; omega > theta iff o < 1. S* = g / (omega + theta), g = r - delta.
    omega, theta = R * (2.0 - overlap) / NICHE, R * overlap / NICHE
    years = 400 if overlap > 0.5 else 150
    for street in ((900.0, 100.0), (10.0, 5_000.0)):
        np.testing.assert_allclose(
            settle(overlap, street, years), (R - DELTA) / (omega + theta), rtol=2e-3
        )


@pytest.mark.parametrize("overlap", [1.2, 1.8])
def test_above_one_the_stronger_excludes_the_weaker(overlap):
    # The survivor alone: S = g / omega.
    winner = (R - DELTA) * NICHE / (R * (2.0 - overlap))
    for street in ((600.0, 400.0), (400.0, 600.0)):
        left = settle(overlap, street, 300)
        assert np.argmax(left) == np.argmax(street)
        assert left.max() == pytest.approx(winner, rel=2e-3)
        assert left.min() < 1e-3 * left.max()


def test_nine_gangs_follow_the_differential_equations_of_another_solver():
    shares = np.array([0.2, 0.16, 0.14, 0.12, 0.1, 0.09, 0.08, 0.06, 0.05])
    street = 400.0 * np.array([1.0, 3.0, 2.0, 0.5, 4.0, 1.5, 1.0, 2.5, 0.7])
    overlap, contest, place = 0.5, 0.3, country(tuple(shares))

    def flow(_, values):
        members, ruled = values[:9], values[9:]
        crowd = overlap * members.sum() + (1.0 - overlap) * members / ruled
        growth = R * np.maximum(0.0, 1.0 - crowd / NICHE) - DELTA
        return np.r_[growth * members, contest * (members / members.sum() - ruled)]

    draws = peaceful(**RIVALS, territory_overlap=overlap, territory_contest=contest)
    state = begin(draws, place, STREET=street)
    kept = mean_run(
        draws, 8, setting=place, initial=state, mechanisms=("territory",), weeks_per_month=32
    )
    exact = solve_ivp(
        flow, (0.0, 8.0), np.r_[street, shares], t_eval=np.cumsum(months(8)), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(kept["street_by_gang"], exact.y[:9].T, rtol=3e-3)
    np.testing.assert_allclose(kept["territory"], exact.y[9:].T, rtol=3e-3)


def test_one_gang_holds_what_levins_says_of_its_country():
    # Colonisation c = r, extinction m = delta: p* = 1 - m / c (Levins 1969), whatever the overlap.
    for overlap in (0.0, 1.0, 1.7):
        draws = peaceful(**RIVALS, territory_overlap=overlap, members_at_start=200.0)
        held = mean_run(draws, 60, mechanisms=("territory",))["street"].values[-1] / NICHE
        assert held == pytest.approx(1.0 - DELTA / R, rel=2e-3)


def test_growing_past_ones_territory_costs_blood():
    share, violence, rivalry = 0.6, 2.0, 0.7
    draws = peaceful(
        killing=0.1, deterrence=0.0, rivalry=rivalry, territory_violence=violence, **STILL
    )
    place = country((share, 1.0 - share))
    state = begin(draws, place, TERRITORY=(0.3, 0.7))
    common = {"setting": place, "initial": state, "every": "week", "reading": "mean"}
    usual, bloody = (
        run(draws, 1 / 12, mechanisms=on, **common).kept["killed_by_gang"].values[0, 0]
        for on in ((), ("territory",))
    )
    rivals = np.array([1.0 - share, share]) / (1.0 - share**2 - (1.0 - share) ** 2)
    factor = 1.0 - rivalry + rivalry * rivals * (1.0 + violence * 0.3)
    np.testing.assert_allclose(bloody / usual, factor / (1.0 - rivalry + rivalry * rivals))


# -- Institutions ----------------------------------------------------------------------------------


def quality(components, sigma, corruption=0.0):
    """Q after a week in which components neither decay nor grow."""
    draws = peaceful(substitution=sigma, reform_decay=1e15, corruption_usual=corruption)
    names = dict(zip(("POLICE", "JUDICIARY", "INTEGRITY", "PRISONS"), components, strict=True))
    state = begin(draws, country(), CORRUPTION=corruption, **names)
    on = {"mechanisms": ("vector_institutions",)}
    return mean_run(draws, 1 / 12, initial=state, **on)["institutions"].values[0]


def test_equal_components_are_the_whole_at_any_substitution():
    for sigma in (0.001, 0.2, 0.5, 0.9, 1.0):
        assert quality([0.4] * 4, sigma, 0.25) == pytest.approx(0.4 * 0.75, rel=1e-6)


def test_institutions_lie_between_the_worst_component_and_the_geometric_mean():
    parts = np.array([0.9, 0.2, 0.5, 0.7])
    assert quality(parts, 1.0) == pytest.approx(np.exp(np.log(parts).mean()), rel=1e-5)
    assert quality(parts, 0.5) == pytest.approx(4.0 / (1.0 / parts).sum(), rel=1e-12)
    assert quality(parts, 1e-4) == pytest.approx(parts.min(), rel=1e-3)
    assert quality([0.9, 0.0, 0.5, 0.7], 0.5) == pytest.approx(0.0, abs=1e-6)
    by_substitution = [quality(parts, sigma) for sigma in (0.05, 0.2, 0.5, 0.85, 1.0)]
    assert by_substitution == sorted(by_substitution)


EFFORTS = ("effort_police", "effort_judiciary", "effort_integrity", "effort_prisons")


def reformed(*reformed_parts, years=6, **values):
    efforts = {name: 1.0 if name in reformed_parts else 0.0 for name in EFFORTS}
    draws = peaceful(**{"corruption_usual": 0.0, "substitution": 0.5} | efforts | values)
    on = {"mechanisms": ("vector_institutions",), "reading": "mean", "setting": country()}
    profile = model.Profile(reform, model.indifferent)
    return run(draws, years, profile=profile, **on)


def test_reform_of_one_component_alone_is_worth_less_than_its_part_of_all():
    usual = model.Parameter.institutions_usual.default
    alone = [reformed(name).final.get(Slot.INSTITUTIONS)[0] - usual for name in EFFORTS]
    together = reformed(*EFFORTS).final.get(Slot.INSTITUTIONS)[0] - usual
    assert min(alone) > 0.0
    assert together > 1.5 * sum(alone)
    np.testing.assert_allclose(alone, alone[0], rtol=1e-12)


def test_components_and_corruption_follow_their_exact_relaxation():
    time, corrupt, clears = 5.0, 0.3, 4.0
    final = reformed(
        *EFFORTS[:3], reform_time=time, corruption_usual=corrupt, corruption_time=clears
    ).final
    years = months(6).sum()
    usual = model.Parameter.institutions_usual.default / (1.0 - corrupt)
    built = 1.0 + (usual - 1.0) * np.exp(-years / time)
    assert final.get(Slot.POLICE)[0] == pytest.approx(built)
    assert final.get(Slot.JUDICIARY)[0] == pytest.approx(built)
    assert final.get(Slot.PRISONS)[0] == pytest.approx(usual)
    assert final.get(Slot.CORRUPTION)[0] == pytest.approx(corrupt * np.exp(-years / clears))


def test_better_police_arrest_more_better_courts_err_less_better_prisons_control_more():
    draws = peaceful(reform_decay=1e15, wrongful=1.0, police_effect=0.5, judiciary_effect=0.8)
    usual = model.Parameter.institutions_usual.default / (
        1.0 - model.Parameter.corruption_usual.default
    )
    place, on = country(), ("vector_institutions",)
    era = {"script": script(enforcement=2.0), "mechanisms": on, "weeks_per_month": 1}

    def last(**slots):
        state = begin(draws, place, **slots)
        return run(draws, 1 / 12, initial=state, reading="mean", **era)

    base = last()
    police = last(POLICE=usual + 0.3).final.get(Slot.CAPTURE)
    assert police / base.final.get(Slot.CAPTURE) == pytest.approx(1.0 + 0.5 * 0.3)
    judges = last(JUDICIARY=usual + 0.3).kept["wrongly_detained"].values
    assert judges / base.kept["wrongly_detained"].values == pytest.approx(1.0 - 0.8 * 0.3)
    # Prisons as good as can be are wholly controlled: leaders command the floor at last.
    floor = model.Parameter.command_floor.default
    tight = run(
        draws, 20, initial=begin(draws, place, PRISONS=1.0), reading="mean", mechanisms=on
    ).final.get(GangSlot.COMMAND)
    assert tight[0, 0] == pytest.approx(floor, rel=1e-9)


# -- Command ---------------------------------------------------------------------------------------


def command_of(freedom, years, time):
    """Exact relaxation of command from ordinary freedom to another, float64[months, gangs]."""
    floor, spread = 0.1, 0.8
    begins = floor + spread * 0.6
    target = floor + spread * np.asarray(freedom)
    fading = np.exp(-np.cumsum(months(years)) / time)[:, None]
    return target + (begins - target) * fading


COMMANDED = STILL | {
    "command_floor": 0.1,
    "command_ceiling": 0.9,
    "control_usual": 0.4,
    "command_rise": 0.3,
    "command_fall": 0.7,
}


def test_leaders_of_smaller_gangs_command_less_by_the_gap():
    draws = peaceful(**COMMANDED, command_gap=0.4)
    found = mean_run(draws, 2, setting=THREE, mechanisms=("heterogeneous_command",))["command"]
    freedom = 0.6 * (1.0 - 0.4 * (1.0 - np.array(THREE.shares) / max(THREE.shares)))
    np.testing.assert_allclose(found, command_of(freedom, 2, 0.7), rtol=1e-12)


@pytest.mark.parametrize(("amplification", "time"), [(0.5, 0.3), (20.0, 0.3)])
def test_prisons_amplify_command_up_to_full_freedom(amplification, time):
    values = {"members_at_start": 6_000.0, "gang_prisoners_at_start": 2_000.0}
    draws = peaceful(**COMMANDED | values, prison_amplification=amplification)
    found = mean_run(draws, 2, mechanisms=("prison_amplification",))["command"]
    freedom = min(1.0, 0.6 * (1.0 + amplification * 0.25))
    np.testing.assert_allclose(found, command_of([freedom], 2, time), rtol=1e-12)


def test_leaders_removed_split_gangs_as_immigration_and_death():
    # A part more with chance p a week, parts reuniting at 1 / tau: a recursion without error, and
    # in the long run p / (1 - exp(-dt / tau)), about h (e - 1) tau parts beyond the first.
    hazard, effort, tau, lost = 0.3, 2.0, 1.5, 0.4
    values = COMMANDED | {"command_rise": 1e-9, "command_fall": 1e-9}
    fragile = values | {"leader_removal": hazard, "fragment_time": tau, "fragment_command": lost}
    draws = peaceful(**fragile)
    options = {"script": script(enforcement=effort), "mechanisms": ("fragmentation",)}
    kept = run(draws, 12, every="week", reading="mean", **options).kept
    length = weeks(12)
    removed = 1.0 - np.exp(-hazard * (effort - 1.0) * length)
    parts = np.empty(len(length) + 1)
    parts[0] = 1.0
    for t, dt in enumerate(length):
        parts[t + 1] = 1.0 + (parts[t] - 1.0) * np.exp(-dt / tau) + removed[t]
    np.testing.assert_allclose(kept["fragments"].values[0, :, 0], parts[1:], rtol=1e-12)
    assert parts[-1] - 1.0 == pytest.approx(hazard * (effort - 1.0) * tau, rel=0.01)
    # Command, at once what freedom allows: less for every part, and at the removal itself.
    obeying = 0.1 + 0.8 * 0.6 / (1.0 + lost * (parts[:-1] - 1.0))
    np.testing.assert_allclose(
        kept["command"].values[0, :, 0], obeying * (1.0 - lost * removed), rtol=1e-12
    )
    # Many worlds: their mean is that of the mean reading. False alarms: 6e-5.
    many = run(peaceful(1_000, **fragile), 6, every="year", **options).kept["fragments"].values
    last, error = many[:, -1, 0], many[:, -1, 0].std() / np.sqrt(1_000)
    assert last.mean() == pytest.approx(parts[48 * 6], abs=4 * error)


# -- War readiness ---------------------------------------------------------------------------------


def test_readiness_decays_in_a_pact_comes_back_after_it_and_scales_pressing():
    loss, recovery, effect = 1.5, 0.4, 1.2
    peace = model.Script(
        (
            model.Era(START, Stance.SECRET_PACT),
            model.Era(START.replace(year=2005), Stance.STATUS_QUO, pressing=1.0),
        )
    )
    draws = peaceful(
        **STILL,
        killing=0.1,
        deterrence=0.0,
        readiness_loss=loss,
        readiness_recovery=recovery,
        pressing_effect=effect,
        command_floor=0.7,
        command_ceiling=0.7,
        victim_members=0.0,
    )
    kept = run(
        draws, 4, script=peace, mechanisms=("war_readiness",), reading="mean", every="week"
    ).kept
    length = weeks(4)
    falls = np.exp(-np.cumsum(length[:96]) / loss)
    rises = 1.0 + (falls[-1] - 1.0) * np.exp(-np.cumsum(length[96:]) / recovery)
    readiness = kept["readiness"].values[0, :, 0]
    np.testing.assert_allclose(readiness, np.r_[falls, rises], rtol=1e-12)
    before = np.r_[1.0, readiness[:-1]]  # a week kills with the readiness it begins with
    pressed = np.where(np.arange(192) >= 96, effect * before * 0.7, 0.0)
    members = draws.column("members_at_start")[0]
    np.testing.assert_allclose(
        kept["killed_by_gang"].values[0, :, 0], members * 0.1 * (1.0 + pressed) * length, rtol=1e-12
    )


# -- A second concession ---------------------------------------------------------------------------


def test_a_second_concession_frees_prisoners_and_raises_pressure():
    extra, stay, usual, refused, time = 0.5, 4.0, 0.2, 0.3, 1.3
    draws = peaceful(
        **STILL | {"release_time": stay},
        gang_prisoners_at_start=8_000.0,
        return_share=0.0,
        early_release=extra,
        second_pressure=refused,
        pressure_usual=usual,
        pressure_time=time,
    )
    options = {"script": script(Stance.OPEN_PACT), "mechanisms": ("second_concession",)}
    pact = mean_run(draws, 3, **options)
    none = mean_run(draws, 3, mechanisms=("second_concession",))
    years = np.cumsum(months(3))
    held = pact["gang_prisoners"].values / draws.column("gang_prisoners_at_start")
    start = model.initial_state(draws, country(), START)
    first = (start.get(GangSlot.PRISON) + start.get(GangSlot.ISOLATED))[0, 0]
    np.testing.assert_allclose(pact["gang_prisoners"], first * np.exp(-1.5 * years / stay))
    np.testing.assert_allclose(none["gang_prisoners"], first * np.exp(-years / stay))
    assert held[-1] < 1.0
    target = usual + (1.0 - usual) * refused
    np.testing.assert_allclose(
        pact["foreign_pressure"], target + (usual - target) * np.exp(-years / time)
    )
    np.testing.assert_allclose(none["foreign_pressure"], usual, rtol=1e-12)


# -- Exclusive offers ------------------------------------------------------------------------------

EXCLUSIVE = {"included_share": 0.5, "rumour": 1.2, "admission": 0.7}
ON = {"mechanisms": ("exclusive_offers",), "setting": THREE}
PRESS = decide.GANG_STRATEGIES["always_press"]


def test_large_gangs_are_offered_the_pact_and_small_ones_are_not():
    # Shares 0.5, 0.3 and 0.2: 1, 0.6 and 0.4 of the largest.
    for needed, inside in ((0.0, [1, 1, 1]), (0.5, [1, 1, 0]), (0.7, [1, 0, 0]), (1.0, [1, 0, 0])):
        draws = frozen(included_share=needed, rumour=0.0).with_(**STILL)
        profile = model.Profile(open_pact, model.indifferent)
        final = run(draws, 1, profile=profile, **ON).final
        assert final.get(GangSlot.INCLUDED)[0].tolist() == inside


@pytest.mark.parametrize("reading", ["mean", "stochastic"])
def test_rumour_and_admission_are_exponential_and_only_those_who_press_are_admitted(reading):
    # Of an excluded gang: known with 1 - exp(-omega t), admitted with 1 - exp(-h t) if it presses.
    # Stochastic: 4 standard errors at 6 dates, false alarms 4e-4.
    worlds = 1_000 if reading == "stochastic" else 1
    draws = frozen(worlds, **EXCLUSIVE).with_(**STILL)
    years = np.cumsum(months(2))
    heard, waits = 1.0 - np.exp(-1.2 * years), np.exp(-0.7 * years)
    quiet, loud = (
        run(draws, 2, profile=model.Profile(open_pact, reply), reading=reading, **ON).kept
        for reply in (model.indifferent, PRESS)
    )
    excluded = {"gang": 2}
    assert np.all(quiet["included"][..., 2] == 0.0)
    assert np.all(quiet["included"][..., :2] == 1.0)
    assert np.all(quiet["envious"][..., :2] == 0.0)
    pairs = (
        (quiet["envious"].isel(excluded).mean("world").values, heard),
        (loud["included"].isel(excluded).mean("world").values, 1.0 - waits),
        (loud["envious"].isel(excluded).mean("world").values, heard * waits),
    )
    for found, exact in pairs:
        if reading == "mean":
            np.testing.assert_allclose(found, exact, rtol=1e-9)
        else:
            error = np.sqrt(exact * (1.0 - exact) / worlds)
            at = [5, 17]
            assert np.all(np.abs(found - exact)[at] < 4 * error[at])


def test_what_leaks_is_known_to_the_excluded_at_once():
    draws = frozen(leak=1e9, sanction=0.0, **EXCLUSIVE | {"rumour": 0.0})
    profile = model.Profile(secret_pact, model.indifferent)
    envious = run(draws, 1 / 12, profile=profile, every="week", **ON).kept["envious"].values
    assert envious[0, 0].tolist() == [0.0, 0.0, 1.0]


def test_the_excluded_get_no_concession_no_breach_and_no_trust():
    draws = frozen(
        breach=1e9,
        breach_ends=0.0,
        strike_given_breach=0.0,
        rumour=0.0,
        admission=0.0,
        included_share=0.5,
        trust_loss=0.5,
    ).with_(**STILL)
    profile = model.Profile(open_pact, model.indifferent)
    run_of = run(draws, 1, profile=profile, every="week", **ON)
    kept = run_of.kept.isel(world=0)
    assert set(kept["breaches"].values) == {2.0}  # two gangs are in the pact
    trust = kept["trust"].values
    np.testing.assert_allclose(trust[:, 2], model.Parameter.trust_prior.default)
    assert np.all(np.diff(trust[:, 0]) <= 0.0)
    command = kept["command"].values[-1]
    assert command[0] == pytest.approx(model.Parameter.command_ceiling.default, rel=1e-6)
    floor, ceiling = (
        getattr(model.Parameter, f"command_{end}").default for end in ("floor", "ceiling")
    )
    assert command[2] == pytest.approx(floor + (ceiling - floor) * 0.6, rel=1e-6)


def test_an_envious_gang_presses_until_it_is_admitted():
    draws = frozen(**EXCLUSIVE | {"rumour": 1e9, "admission": 4.0}, trust_needed=0.0).with_(**STILL)
    profile = model.Profile(open_pact, decide.GANG_STRATEGIES["envious"])
    kept = run(draws, 4, profile=profile, every="week", seed=2, **ON).kept.isel(world=0, gang=2)
    admitted = int(np.argmax(kept["included"].values))
    assert admitted > 1
    assert np.all(kept["pressing"].values[1 : admitted + 1] == 1.0)
    assert np.all(kept["restraining"].values[admitted + 1 :] == 1.0)
    assert np.all(kept["envious"].values[admitted:] == 0.0)


# -- The fringe ------------------------------------------------------------------------------------


def test_the_fringe_kills_its_share_of_business_pact_or_not():
    draws = peaceful(killing=0.1, fringe_share=0.15, victim_members=0.0, **STILL)
    business = mean_run(draws, 1, setting=THREE)["killed_by_gang"].sum("gang")
    pact = script(Stance.SECRET_PACT, restraining=1.0)
    for history in (script(), pact):
        kept = mean_run(draws, 1, setting=THREE, script=history, mechanisms="fringe")
        np.testing.assert_allclose(kept["fringe"], 0.15 * business, rtol=1e-12)
    assert kept["killed_by_gang"].sum() < 0.5 * business.sum()


def test_the_fringe_spoils_a_pact_at_its_hazard():
    # Exact in the mean reading; many worlds end by this cause and no other.
    hazard = 0.5
    profile = model.Profile(open_pact, model.indifferent)
    on = {"mechanisms": ("fringe",), "setting": THREE}
    final = run(frozen(fringe_spoil=hazard), 3, profile=profile, reading="mean", **on).final
    assert final.get(Slot.PACT)[0] == pytest.approx(np.exp(-hazard * months(3).sum()), rel=1e-9)
    ends = run(frozen(300, fringe_spoil=hazard), 3, profile=profile, **on).final
    over = ends.get(Slot.PACT) == 0.0
    assert set(ends.get(Slot.LAST_END)[over]) == {PactEnd.FRINGE}
    # False alarms: 6e-5.
    share = 1.0 - np.exp(-hazard * months(3).sum())
    assert over.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 300))
    scripted = run(frozen(20, fringe_spoil=1e9), 1, script=script(Stance.OPEN_PACT), **on)
    assert scripted.kept["pact"].min() == 1.0  # a script says itself when a pact ends


def test_orders_are_followed_under_every_switch_and_reading():
    for reading in ("stochastic", "mean"):
        kept = run(
            model.defaults(),
            0.5,
            setting=THREE,
            reading=reading,
            mechanisms=tuple(MECHANISMS),
            profile=model.Profile(wait, model.indifferent),
            orders=[Stance.REFORM, *(simulate.UNORDERED, 1, 2)],
        ).kept
        assert np.all(kept["stance"] == Stance.REFORM)
        np.testing.assert_array_equal(kept["restraining"].values[0, 0], [0.0, 1.0, 0.0])
        np.testing.assert_array_equal(kept["pressing"].values[0, 0], [0.0, 0.0, 1.0])
