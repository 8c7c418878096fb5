"""Does the transition reproduce what can be solved by hand?

Each case switches everything off but one mechanism and compares the mean reading, which has no
chance in it, with a closed form. Tolerances are those of a step of a quarter of a month.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests._game import (
    START,
    country,
    frozen,
    mean_run,
    months,
    open_pact,
    peaceful,
    script,
    secret_pact,
    weeks,
)

from tregua import decide, model, simulate
from tregua.model import GangQuantity, GangSlot, PactEnd, Slot, Stance

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


def test_the_length_of_stay_never_decides_whether_a_gang_grows():
    # 20,000 gangs: the sign of the leading eigenvalue of streets and prisons is that of R_g - 1,
    # whatever tau_P; and R_g is the closed form of the threshold that decisions are told.
    draws = np.random.default_rng(20).uniform(size=(20_000, 5))
    lower, upper = np.array([0.01, 0.005, 0.01, 0.0, 0.2]), np.array([1.5, 0.3, 2.0, 1.0, 30.0])
    r, delta, capture, share, stay = (lower + (upper - lower) * draws).T
    trace = r - delta - capture - 1.0 / stay
    determinant = -(r - delta - capture) / stay - capture * share / stay
    leading = (trace + np.sqrt(trace**2 - 4.0 * determinant)) / 2.0
    reproduction = r / (delta + capture * (1.0 - share))
    clear = np.abs(reproduction - 1.0) > 1e-9
    assert clear.all()
    np.testing.assert_array_equal(leading > 0.0, reproduction > 1.0)
    # A share that comes back above 1 - (r - delta) / h_c lets the gang outlive mass arrest.
    threshold = 1.0 - (r - delta) / capture
    np.testing.assert_array_equal(share > threshold, reproduction > 1.0)
    # The formula of the eigenvalue is that of the matrix.
    for k in range(5):
        flows = [[r[k] - delta[k] - capture[k], share[k] / stay[k]], [capture[k], -1.0 / stay[k]]]
        assert leading[k] == pytest.approx(max(np.linalg.eigvals(np.array(flows)).real))


def residual(recruitment, arrest, returns, stay, niche):
    """Street members that an exception leaves: K (1 - 1/R_g) / (1 + h_c tau_P), or none."""
    P = model.Parameter
    capture = arrest * P.enforcement_exception.default
    capture *= 1.0 - P.retention_loss.default * P.filter_exception.default
    reproduction = recruitment / (P.desistance.default + capture * (1.0 - returns))
    return max(0.0, niche * (1.0 - 1.0 / reproduction)) / (1.0 + capture * stay)


def test_an_exception_without_end_leaves_a_residual_of_street_members():
    P = model.Parameter
    names = ("recruitment", "arrest", "return_share", "release_time", "niche")
    usual = residual(*(P[name].default for name in names))
    assert 100.0 < usual < 400.0  # R_g = 1.01 at the defaults: hardly above the threshold
    assert residual(*(P[name].default for name in names[:2]), 0.6, 6.0, 1e5) == 0.0
    # Where recruits and returns are more, the simulator settles there, slowly.
    values = (0.39, 0.2, 0.8, 7.0, 86_000.0)
    draws = peaceful(**dict(zip(names, values, strict=True))).with_(
        retention_loss=P.retention_loss.default, filter_usual=P.filter_exception.default
    )
    era = script(Stance.EXCEPTION, enforcement=None)
    street = mean_run(draws, 300, script=era, weeks_per_month=16)["street"].values[-1]
    assert street == pytest.approx(residual(*values), rel=0.01)


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


def test_without_arrests_members_grow_by_the_logistic_law():
    niche, start = 50_000.0, 2_000.0
    draws = peaceful(recruitment=R, desistance=0.0, arrest=0.0, niche=niche, members_at_start=start)
    street = mean_run(draws, 20)["street"].values
    years = np.cumsum(months(20))
    exact = niche / (1.0 + (niche / start - 1.0) * np.exp(-R * years))
    np.testing.assert_allclose(street, exact, rtol=0.01)


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
    place = country((0.5, 0.5))
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
    years = np.cumsum(months(2))
    np.testing.assert_allclose(command, ceiling + (begin - ceiling) * np.exp(-years / rise))


WORLDS = 1500


THREE = country((0.5, 0.3, 0.2))


def live(draws, government, years=12, place=THREE, **options):
    """Run a frozen pact until it has ended in (nearly) all worlds."""
    return simulate.run(
        draws,
        profile=model.Profile(government, model.indifferent),
        setting=place,
        start=START,
        end=START + pd.DateOffset(years=years),
        seed=5,
        variables=("pact", "pact_ends", "pact_starts"),
        **options,
    )


def test_a_pact_lives_exponentially_with_the_sum_of_its_hazards():
    # False alarms on a fresh seed: 6e-5 (mean) + 1e-4 (shape, by quarters of the distribution).
    hazard, ends = 0.8, 0.5
    ensemble = live(frozen(WORLDS, breach=hazard, breach_ends=ends), open_pact)
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
        WORLDS,
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
    ensemble = live(frozen(breach=hazard, breach_ends=ends), open_pact, years=5, reading="mean")
    alive = ensemble.final.get(Slot.PACT)[0]
    # Three gangs in turn, each taking p q of what is left of the pact.
    lengths = weeks(5)
    exact = np.prod((1.0 - (1.0 - np.exp(-hazard * lengths)) * ends) ** 3)
    assert alive == pytest.approx(exact, rel=1e-12)
    assert alive == pytest.approx(np.exp(-3 * hazard * ends * 5), rel=0.02)
    total = ensemble.monthly["pact_ends"].sum().item()
    assert total == pytest.approx(1.0 - exact, rel=1e-12)


def test_turnover_ends_what_its_successor_does_not_honour():
    # Elections every year, lost with 1 - logistic(6 (A - 1/2)), A held at logistic(level): a pact
    # outlives k of them with (1 - p (1 - q))^k. False alarms: 4 dates at 4 standard errors, 3e-4.
    level, honour, years = -0.2, 0.4, 4
    fixed = {"approval_level": level, "approval_spread": 0.0, "approval_fear": 0.0}
    draws = frozen(WORLDS, honour=honour, approval_open=0.0, **fixed)
    offices = tuple(pd.Timestamp(f"{2003 + k}-07-01") for k in range(years + 1))
    place = country((0.5, 0.3, 0.2), offices)
    lost = 1.0 - 1.0 / (1.0 + np.exp(-6.0 * (1.0 / (1.0 + np.exp(-level)) - 0.5)))
    survives = (1.0 - lost * (1.0 - honour)) ** np.arange(1, years + 1)
    mean = live(draws.select([0]), open_pact, years, place, reading="mean")
    # Approval starts at its level and never moves, so that the mean reading is exact.
    np.testing.assert_allclose(mean.monthly["pact"].values[0, 11::12], survives, rtol=1e-9)
    ensemble = live(draws, open_pact, years, place)
    alive = ensemble.monthly["pact"].values[:, 11::12].mean(0)
    assert np.all(np.abs(alive - survives) < 4 * np.sqrt(survives * (1 - survives) / WORLDS))
    over = ensemble.final.get(Slot.PACT) == 0.0
    assert set(ensemble.final.get(Slot.LAST_END)[over]) == {PactEnd.TURNOVER}


def test_leak_then_sanction_is_a_law_of_two_stages():
    # Leaks at a = h_0 D; then sanctions at h_s X, each ending the pact with q_s: c = q_s h_s X,
    # as they may recur. Survival [a exp(-c t) - c exp(-a t)] / (a - c). A sanction may fall in the
    # week of its leak, and the step takes at most half a week of either.
    leak, sanction, ends, free = 1.5, 2.0, 0.4, 0.7
    draws = frozen(
        WORLDS,
        leak=leak,
        sanction=sanction,
        sanction_ends=ends,
        pressure_usual=1.0,
        democracy_usual=free,
    )
    a, c, years = leak * free, ends * sanction, np.cumsum(months(5))
    survives = (a * np.exp(-c * years) - c * np.exp(-a * years)) / (a - c)
    # False alarms: 3 dates at 4 standard errors, 2e-4.
    ensemble = live(draws, secret_pact, 5)
    weekly = 1.0 / 48.0
    for at in (11, 23, 47):
        alive = (ensemble.monthly["pact"].values[:, at] == 1.0).mean()
        error = np.sqrt(survives[at] * (1.0 - survives[at]) / WORLDS)
        slope = a * c * (np.exp(-c * years[at]) - np.exp(-a * years[at])) / (a - c)
        assert alive == pytest.approx(survives[at], abs=4 * error + abs(slope) * weekly)


def test_a_gang_that_delivers_earns_the_divergence_of_its_killings():
    # Poisson counts of mean m1 (delivered) and m0 (not): in the mean reading the log-odds grow by
    # the Kullback-Leibler divergence m1 ln(m1/m0) - m1 + m0, tempered; or fall by the other way's.
    tempered, held, hidden = 0.15, 0.8, (0.1, 0.3)
    draws = model.defaults().with_(
        tempering=tempered,
        restraint=held,
        command_floor=1.0,
        command_ceiling=1.0,
        hidden_usual=hidden[0],
        hidden_pact=hidden[1],
        forgetting=0.0,
        killing=2e-3,
    )
    for restraining in (1.0, 0.0):
        history = script(Stance.OPEN_PACT, restraining=restraining)
        options = {"script": history, "weeks_per_month": 1, "setting": country((0.6, 0.4))}
        odds = simulate.run(
            draws, start=START, end="2003-02-01", seed=0, reading="mean", **options
        ).final
        base = odds.get(GangSlot.BASE_RATE)[0] * months(1 / 12)
        kept, broken = base * (1 - held) * (1 - hidden[1]), base * (1 - hidden[0])
        seen, other = (kept, broken) if restraining else (broken, kept)
        divergence = seen * np.log(seen / other) - seen + other
        prior = model.Parameter.reliance_prior.default
        gained = odds.get(GangSlot.RELIANCE)[0] - np.log(prior / (1 - prior))
        assert np.all(tempered * divergence < 2.0)  # the largest step a belief takes
        sign = 1.0 if restraining else -1.0
        np.testing.assert_allclose(gained, sign * tempered * divergence, rtol=1e-9)


def contest(effort, gangs, others):
    """Payoff of an effort in a Tullock contest for a prize of 1 against equal rivals."""
    total = effort + (gangs - 1) * others
    return effort / total - effort if total > 0.0 else 1.0 / gangs


@pytest.mark.parametrize("gangs", [2, 3, 5, 9])
def test_gangs_keep_a_peace_among_themselves_from_a_patience_of_n_over_n_plus_one(gangs):
    # Tullock 1980. War: each spends (N-1)/N^2, found here as a fixed point of best replies, and
    # earns 1/N^2. Peace, with no effort: 1/N. Deviation: the whole prize for next to nothing, and
    # war for good. Peace holds iff 1/N >= (1-d) 1 + d/N^2, that is d >= N/(N+1).
    grid = np.linspace(1e-4, 1.0, 20_001)
    effort = 0.1
    for _ in range(200):
        payoffs = grid / (grid + (gangs - 1) * effort) - grid
        effort = 0.9 * effort + 0.1 * grid[np.argmax(payoffs)]
    assert effort == pytest.approx((gangs - 1) / gangs**2, abs=1e-4)
    war = contest(effort, gangs, effort)
    assert war == pytest.approx(1.0 / gangs**2, abs=1e-3)
    deviation = max(contest(step, gangs, 0.0) for step in (1e-9, 1e-6, 1e-3, 0.1))
    peace = 1.0 / gangs
    needed = (deviation - peace) / (deviation - war)
    assert needed == pytest.approx(gangs / (gangs + 1.0), abs=1e-3)
    assert (gangs - 1) / gangs <= needed  # harder for more gangs


def test_halving_the_step_halves_the_error():
    # A first-order scheme: differences of successive halvings shrink by a factor of 2.
    def at(steps):
        era = script(Stance.MANO_DURA, enforcement=2.0, pressing=0.3)
        last = mean_run(
            model.defaults(), 12, script=era, setting=THREE, weeks_per_month=steps
        ).isel(month=-1)
        return np.array([last[name].item() for name in ("street", "prisoners", "recorded")])

    coarse, usual, fine, finest = (at(steps) for steps in (2, 4, 8, 16))
    ratios = (usual - fine) / (fine - finest)
    np.testing.assert_allclose(ratios, 2.0, rtol=0.15)
    np.testing.assert_allclose((coarse - usual) / (usual - fine), 2.0, rtol=0.15)
    assert np.all(np.abs(usual / finest - 1.0) < 0.02)


def test_large_countries_approach_the_mean_reading():
    # Everything that counts people times 1, 10, 100: relative spreads fall as 1/sqrt(n), and the
    # mean of many worlds meets the mean reading. Spreads of 200 worlds have a standard error of
    # 5 %, ratios of 7 %; false alarms at 4 of them: 6e-5 each.
    counts = (
        "members_at_start",
        "gang_prisoners_at_start",
        "ordinary_prisoners_at_start",
        "niche",
        "coverage",
        "ordinary_inflow",
    )
    names = ("killed", "street", "gang_prisoners", "recorded")
    worlds, spreads = 200, []
    for scale in (1, 10, 100):
        place = replace(THREE, population=tuple((year, scale * n) for year, n in THREE.population))
        scaled = {name: scale * model.Parameter[name].default for name in counts}
        options = {
            "script": script(),
            "setting": place,
            "start": START,
            "end": "2006-01-01",
            "seed": 3,
            "every": "year",
            "variables": names,
        }
        many = simulate.run(model.defaults(scaled, worlds=worlds), **options).kept.isel(year=-1)
        mean = simulate.run(model.defaults(scaled), reading="mean", **options).kept
        spread = []
        for name in names:
            expected = mean[name].values[0, -1]
            sample = many[name].values / expected
            # The mean-field error itself is of order 1/n: below the spread of a single world.
            error = sample.std() / np.sqrt(worlds)
            assert abs(sample.mean() - 1.0) < 4 * error + 0.5 * sample.std() / np.sqrt(scale)
            spread.append(sample.std())
        spreads.append(spread)
    for larger, smaller in ((spreads[0], spreads[1]), (spreads[1], spreads[2])):
        np.testing.assert_allclose(np.array(larger) / smaller, np.sqrt(10.0), rtol=0.28)


@pytest.mark.parametrize("precision", [0.0, 1.0, 11.5])
def test_two_options_are_a_logistic_curve(precision):
    gaps = np.linspace(-2.0, 2.0, 9)
    for gap in gaps:
        chances = np.empty(2)
        decide.logit_probabilities(np.array([gap, 0.0]), precision, chances)
        assert chances[0] == pytest.approx(1.0 / (1.0 + np.exp(-precision * gap)), rel=1e-12)


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
