"""Does the transition reproduce what can be solved by hand?

Each case switches everything off but one mechanism and compares the mean reading, which has no
chance in it, with a closed form. Tolerances are those of a step of a quarter of a month.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tregua import model, simulate
from tregua.model import GangQuantity, PactEnd, Slot, Stance

START = pd.Timestamp("2003-01-01")


def setting(shares=(1.0,)):
    """A country whose elections never come."""
    return replace(
        model.el_salvador(),
        gangs=tuple(f"gang{number}" for number in range(len(shares))),
        shares=tuple(shares),
        elections=(),
        inaugurations=(),
    )


def script(stance=Stance.STATUS_QUO, **values):
    return model.Script((model.Era(START, stance, **{"enforcement": 1.0} | values),))


def peaceful(**values):
    """No killing, no deaths in custody, full retention: capture hazard = arrest."""
    nothing = dict.fromkeys(("killing", "ambient_floor", "ambient_gangs", "police_killing"), 0.0)
    quiet = nothing | {"custody_death": 0.0, "retention_loss": 0.0, "gang_prisoners_at_start": 0.0}
    return model.defaults().with_(**quiet | values)


def mean_run(draws, years, **options):
    chosen = {"script": script(), "setting": setting(), "variables": simulate.VARIABLES}
    end = START + pd.DateOffset(years=years)
    return simulate.run(
        draws, start=START, end=end, seed=0, reading="mean", **chosen | options
    ).monthly.isel(world=0)


R, DELTA, ARREST, RETURNS = 0.5, 0.06, 0.9, 0.8
ENDLESS = 1e15


@pytest.mark.parametrize("stay", [1.0, 3.0, 9.0])
def test_recruitment_beats_incarceration_at_a_threshold_without_the_length_of_stay(stay):
    # R_g = r / (delta + h_c (1 - rho_r)) = 1: the streets neither grow nor empty in the end.
    critical = DELTA + ARREST * (1.0 - RETURNS)
    common = {"desistance": DELTA, "arrest": ARREST, "return_share": RETURNS, "niche": ENDLESS}
    for factor, sign in ((0.9, -1), (1.0, 0), (1.1, 1)):
        draws = peaceful(recruitment=critical * factor, release_time=stay, **common)
        street = mean_run(draws, 150, weeks_per_month=16)["street"].values
        growth = np.log(street[-1] / street[-121]) / 10.0
        assert growth == pytest.approx(0.0, abs=1e-3) if sign == 0 else np.sign(growth) == sign


def test_streets_and_prisons_grow_at_the_leading_eigenvalue():
    stay = 4.0
    draws = peaceful(
        recruitment=R,
        desistance=DELTA,
        arrest=ARREST,
        return_share=RETURNS,
        release_time=stay,
        niche=ENDLESS,
    )
    flows = [[R - DELTA - ARREST, RETURNS / stay], [ARREST, -1.0 / stay]]
    leading = max(np.linalg.eigvals(np.array(flows)).real)
    street = mean_run(draws, 60)["street"].values
    assert np.log(street[-1] / street[-121]) / 10.0 == pytest.approx(leading, abs=2e-3)


@pytest.mark.parametrize(("weeks_per_month", "tolerance"), [(4, 0.02), (32, 0.003)])
def test_the_niche_settles_at_its_equilibrium(weeks_per_month, tolerance):
    # S* = K (1 - 1/R_g) / (1 + h_c tau_P), P* = h_c tau_P S*; the error is that of the step.
    stay, niche = 7.0, 86_000.0
    draws = peaceful(
        recruitment=R,
        desistance=DELTA,
        arrest=ARREST,
        return_share=RETURNS,
        release_time=stay,
        niche=niche,
    )
    reproduction = R / (DELTA + ARREST * (1.0 - RETURNS))
    street = niche * (1.0 - 1.0 / reproduction) / (1.0 + ARREST * stay)
    last = mean_run(draws, 150, weeks_per_month=weeks_per_month).isel(month=-1)
    assert last["street"].item() == pytest.approx(street, rel=tolerance)
    assert last["gang_prisoners"].item() == pytest.approx(ARREST * stay * street, rel=tolerance)


def test_street_members_fall_in_capture_and_rise_in_returns():
    def settled(**values):
        draws = peaceful(**{"recruitment": R, "desistance": DELTA, "niche": 86_000.0} | values)
        return mean_run(draws, 150)["street"].values[-1]

    by_capture = [settled(arrest=a, return_share=RETURNS) for a in (0.2, 0.5, 0.9)]
    by_return = [settled(arrest=ARREST, return_share=share) for share in (0.5, 0.7, 0.9)]
    assert by_capture == sorted(by_capture, reverse=True)
    assert by_return == sorted(by_return)


def test_without_arrests_members_grow_by_the_logistic_law():
    niche, start = 50_000.0, 2_000.0
    draws = peaceful(recruitment=R, desistance=0.0, arrest=0.0, niche=niche, members_at_start=start)
    street = mean_run(draws, 20)["street"].values
    years = np.cumsum(_month_lengths(20))
    exact = niche / (1.0 + (niche / start - 1.0) * np.exp(-R * years))
    np.testing.assert_allclose(street, exact, rtol=0.01)


def _month_lengths(years):
    months = pd.date_range(START, START + pd.DateOffset(years=years), freq="MS")
    return np.diff(months.to_numpy()) / np.timedelta64(1, "D") / 365.25


def test_ordinary_prisoners_settle_at_inflow_times_stay():
    draws = peaceful(ordinary_inflow=1000.0, ordinary_time=5.0, ordinary_prisoners_at_start=0.0)
    held = mean_run(draws, 60)["ordinary_prisoners"].values[-1]
    assert held == pytest.approx(5_000.0, rel=0.01)


def test_killing_is_the_sum_written_in_the_specification():
    # One gang, business: S v (1 - omega) (no rivals) exp(-zeta h_c) and the ambient killing.
    values = {
        "killing": 0.1,
        "rivalry": 0.6,
        "deterrence": 2.0,
        "arrest": 0.3,
        "retention_loss": 0.0,
        "ambient_floor": 2e-5,
        "ambient_gangs": 2e-4,
        "coverage": 25_000.0,
        "members_at_start": 20_000.0,
    }
    place = setting((0.5, 0.5))
    draws = model.defaults().with_(**values)
    first = mean_run(draws, 1, setting=place, weeks_per_month=1).isel(month=0)
    length = 31.0 / 365.25
    exposure = np.exp(-2.0 * 0.3) * length
    by_gangs = 20_000.0 * 0.1 * exposure  # equal shares: rivalry is at its start, factor 1
    covered = 1.0 - np.exp(-20_000.0 / 25_000.0)
    ambient = place.population_in(2003.0) * (2e-5 + 2e-4 * covered) * exposure
    assert first["killed_by_gang"].sum().item() == pytest.approx(by_gangs, rel=1e-9)
    assert first["ambient"].item() == pytest.approx(float(ambient), rel=1e-9)


@pytest.mark.parametrize(
    ("restraining", "pressing"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.3, 0.5)]
)
def test_actions_multiply_killing_by_what_obeying_cliques_do(restraining, pressing):
    values = {
        "restraint": 0.9,
        "pressing_effect": 1.5,
        "command_floor": 0.6,
        "command_ceiling": 0.6,
    }
    run = mean_run(
        model.defaults().with_(**values),
        1,
        script=script(restraining=restraining, pressing=pressing),
        weeks_per_month=1,
    )
    usual = mean_run(model.defaults().with_(**values), 1, weeks_per_month=1)
    ratio = run["killed_by_gang"][0].sum() / usual["killed_by_gang"][0].sum()
    expected = restraining * (1 - 0.9 * 0.6) + pressing * (1 + 1.5 * 0.6)
    expected += 1 - restraining - pressing
    assert ratio.item() == pytest.approx(expected, rel=1e-12)


def test_command_follows_its_exact_relaxation():
    # Rising towards kmax within a pact, in steps that compose: no error of the step at all.
    floor, ceiling, rise = 0.1, 0.95, 0.3
    draws = model.defaults().with_(
        command_floor=floor, command_ceiling=ceiling, command_rise=rise, control_usual=0.4
    )
    command = mean_run(draws, 2, script=script(Stance.SECRET_PACT))["command"].values[:, 0]
    begin = floor + (ceiling - floor) * 0.6
    years = np.cumsum(_month_lengths(2))
    np.testing.assert_allclose(command, ceiling + (begin - ceiling) * np.exp(-years / rise))


WORLDS = 1500


def frozen(**values):
    """Pacts that nothing but the named hazards can end, and that never come again."""
    usual = {"honour": 1.0, "cooling": 1e6, "breach": 0.0, "leak": 0.0}
    return model.defaults(worlds=WORLDS).with_(**usual | values)


@model.government
def open_pact(view):
    """Offer an open pact, always."""
    return Stance.OPEN_PACT


@model.government
def secret_pact(view):
    """Offer a secret pact, always."""
    return Stance.SECRET_PACT


def live(draws, government, years=12, **options):
    """Run a frozen pact until it has ended in (nearly) all worlds."""
    return simulate.run(
        draws,
        profile=model.Profile(government, model.indifferent),
        setting=setting((0.5, 0.3, 0.2)),
        start=START,
        end=START + pd.DateOffset(years=years),
        seed=5,
        variables=("pact", "pact_ends", "pact_starts"),
        **options,
    )


def test_a_pact_lives_exponentially_with_the_sum_of_its_hazards():
    # False alarms on a fresh seed: 6e-5 (mean) + 1e-4 (shape, by quarters of the distribution).
    hazard, ends = 0.8, 0.5
    ensemble = live(frozen(breach=hazard, breach_ends=ends), open_pact)
    total = 3 * hazard * ends
    weeks = ensemble.monthly["pact"].sum("month").values * 4
    lives = weeks / 48.0
    assert lives.mean() == pytest.approx(1.0 / total, abs=4.0 / total / np.sqrt(WORLDS) + 0.5 / 48)
    quarters = np.quantile(lives, [0.25, 0.5, 0.75])
    expected = -np.log([0.75, 0.5, 0.25]) / total
    errors = np.sqrt(np.array([1 / 3, 1.0, 3.0]) / WORLDS) / total
    assert np.all(np.abs(quarters - expected) < 4.5 * errors + 1 / 48)


def test_a_pact_ends_by_each_cause_in_proportion_to_its_hazard():
    # Leaks at once, so that sanctions compete with breaches. False alarms: 6e-5.
    breach, ends, sanction = 0.5, 0.5, 0.6
    draws = frozen(
        breach=breach,
        breach_ends=ends,
        leak=1e9,
        sanction=sanction,
        sanction_ends=1.0,
        pressure_usual=1.0,
    )
    causes = live(draws, secret_pact).final.get(Slot.LAST_END)
    share = np.mean(causes == PactEnd.SANCTION)
    expected = sanction / (sanction + 3 * breach * ends)
    # Within a week the sanction is drawn first: it gains about half a week of the other hazard.
    favour = expected * (1 - expected) * (sanction + 3 * breach * ends) / 48
    assert np.all(np.isin(causes, (PactEnd.SANCTION, PactEnd.BREACH)))
    error = np.sqrt(expected * (1 - expected) / WORLDS)
    assert share == pytest.approx(expected, abs=4 * error + favour)


def test_the_mean_reading_carries_the_share_of_pacts_alive():
    hazard, ends = 0.4, 0.5
    ensemble = live(
        frozen(breach=hazard, breach_ends=ends).select([0]), open_pact, years=5, reading="mean"
    )
    alive = ensemble.final.get(Slot.PACT)[0]
    # Three gangs in turn, each taking p q of what is left of the pact.
    lengths = np.repeat(_month_lengths(5) / 4, 4)
    exact = np.prod((1.0 - (1.0 - np.exp(-hazard * lengths)) * ends) ** 3)
    assert alive == pytest.approx(exact, rel=1e-12)
    assert alive == pytest.approx(np.exp(-3 * hazard * ends * 5), rel=0.02)
    total = ensemble.monthly["pact_ends"].sum().item()
    assert total == pytest.approx(1.0 - exact, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("breach", (0.05, 0.2, 0.6)),
        ("breach_ends", (0.1, 0.4, 0.9)),
        ("leak", (0.1, 0.8, 4.0)),
        ("sanction", (0.2, 1.0, 3.0)),
    ],
)
def test_pacts_die_sooner_the_larger_each_hazard(name, values):
    base = {"breach": 0.1, "leak": 0.8, "sanction": 1.0, "sanction_ends": 0.5}
    alive = []
    for value in values:
        draws = frozen(**base | {name: value}).select([0])
        ensemble = live(draws, secret_pact, years=4, reading="mean")
        alive.append(ensemble.monthly["pact"].mean().item())
    assert alive == sorted(alive, reverse=True)
    assert len(set(alive)) == len(alive)


def test_more_hiding_in_a_pact_lowers_the_recorded_share_only():
    shares, killed = [], []
    for hidden in (0.1, 0.3, 0.6):
        run = mean_run(
            model.defaults().with_(hidden_pact=hidden, victim_members=0.0),
            1,
            script=script(Stance.SECRET_PACT, restraining=0.8),
        )
        shares.append((run["recorded"].sum() / run["killed"].sum()).item())
        killed.append(run["killed"].sum().item())
    assert shares == sorted(shares, reverse=True)
    np.testing.assert_allclose(killed, killed[0], rtol=1e-12)


def test_command_rises_with_the_concession_and_falls_with_prison_control():
    secret = mean_run(model.defaults(), 3, script=script(Stance.SECRET_PACT))["command"][-1, 0]
    usual = mean_run(model.defaults(), 3)["command"][-1, 0]
    tight = mean_run(model.defaults().with_(control_usual=0.8), 3)["command"][-1, 0]
    assert secret > usual > tight


def test_gangs_without_members_do_nothing():
    run = mean_run(peaceful(members_at_start=0.0, killing=0.1), 3)
    for name in ("killed_by_gang", "recruits", "captured", "street", "detained"):
        assert run[name].sum().item() == 0.0, name
    assert GangQuantity["killed_by_gang"].kind == "flow"


def test_fear_is_anchored_where_the_polls_are():
    # Crime was the main problem for 1 to 2 % at 2.4 recorded killings per 100,000.
    draws = peaceful(ambient_floor=2.4e-5, coverage=1e12, deterrence=0.0)
    fear = mean_run(draws, 8)["fear"].values[-1]
    assert fear == pytest.approx(1 / (1 + np.exp(1.2 - np.log(2.4 / 30))), rel=1e-2)
