"""The closed forms of the bargain against value functions solved as linear systems or by recursion.

Nothing here is statistical: draws are fixed, and not one of them may disagree. A draw within
rounding of a threshold is left to either side.
"""

from functools import cache

import numpy as np
import pytest

from tregua.decide import Bargain, joint_pact, monitoring_errors

N = 4000
CLOSE = 1e-9
"""Relative distance of a limit within which rounding may decide."""


@cache
def draws(seed: int = 1, n: int = N) -> Bargain:
    """Bargains of every sort: holding and failing, with resumption, mistrust and power shifts."""
    rng = np.random.default_rng(seed)
    alarm = rng.beta(1, 8, n)
    return Bargain(
        regime_value=rng.uniform(0.1, 1.5, n),
        power_shift=np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 0.8, n)),
        restraint_cost=rng.uniform(0, 0.8, n),
        surprise_gain=rng.uniform(0, 0.3, n),
        conditional_repression=rng.uniform(0, 0.3, n),
        command=rng.uniform(0.05, 1, n),
        gang_discount=rng.uniform(0, 4, n),
        trust=rng.uniform(0, 1, n),
        reneging=rng.uniform(0, 0.6, n),
        false_alarm=alarm,
        detection=np.where(rng.random(n) < 0.9, alarm + (1 - alarm) * rng.random(n), 0.5 * alarm),
        shared_alarm=np.where(rng.random(n) < 0.5, 0.0, rng.random(n)),
        leak=rng.uniform(0, 0.5, n),
        leak_kills=rng.uniform(0, 1, n),
        turnover=rng.uniform(0, 0.1, n),
        honour=rng.uniform(0, 1, n),
        breach=rng.uniform(0, 0.1, n),
        resumption=np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 0.5, n)),
        gangs=rng.integers(1, 8, n).astype(float),
        violence=rng.uniform(0.05, 1, n),
        regime_cost=rng.uniform(0.02, 0.5, n),
        exposure_cost=rng.uniform(0, 0.2, n),
        government_outside=rng.uniform(-0.2, 0.3, n),
        tough_bonus=rng.uniform(0, 3, n),
        government_discount=rng.uniform(0, 4, n),
        concession=rng.uniform(0, 1, n),
        leak_cost=rng.uniform(0, 5, n),
        opposition_cost=rng.uniform(0, 0.8, n),
        vote_value=rng.uniform(0, 2, n),
        successor_value=rng.uniform(0, 3, n),
        pressing_cost=rng.uniform(0, 2, n),
        admission=rng.uniform(0, 1, n),
        precedent_time=rng.uniform(2, 60, n),
    )


def kinder(b: Bargain) -> Bargain:
    """The same draws, cheaper for both sides, so that a good part of the pacts hold."""
    return b.replace(
        tough_bonus=b.tough_bonus / 5,
        regime_cost=b.regime_cost / 4,
        false_alarm=b.false_alarm / 4,
        restraint_cost=b.restraint_cost / 2,
        surprise_gain=b.surprise_gain / 4,
    )


def two_states(flow, after, factor, stays, returns):
    """Values of the pact and of the breakdown: V = flow + factor * chances @ V, solved."""
    n = len(flow)
    system = np.empty((n, 2, 2))
    system[:, 0, 0], system[:, 0, 1] = 1 - factor * stays, -factor * (1 - stays)
    system[:, 1, 0], system[:, 1, 1] = -factor * returns, 1 - factor * (1 - returns)
    values = np.linalg.solve(system, np.stack([flow, after], axis=1)[..., None])[..., 0]
    return values[:, 0], values[:, 1]


def gang_side(b: Bargain):
    """Value of the pact, of the breakdown, and of cheating once, for a gang."""
    factor = np.exp(-b.gang_discount / 12)
    survives = (1 - b.leak * b.leak_kills) * (1 - b.turnover * (1 - b.honour)) * (1 - b.breach)
    survives = survives * (1 - (1 - b.trust) * b.reneging)
    survives = survives * (1 - b.shared_alarm * b.false_alarm) ** (b.gangs - 1)
    flow = b.regime_value * b.concession - b.restraint_cost * b.command
    after = b.power_shift * b.concession - b.conditional_repression
    complies, cheats = (survives * (1 - seen) for seen in (b.false_alarm, b.detection))
    pact, war = two_states(flow, after, factor, complies, b.resumption)
    gain = b.command * (b.restraint_cost + b.surprise_gain * (b.gangs - 1))
    return pact, war, flow + gain + factor * (cheats * pact + (1 - cheats) * war)


def government_side(b: Bargain):
    """The same for the government, whose cheating is seen at once."""
    factor = np.exp(-b.government_discount / 12)
    survives = (1 - b.leak * b.leak_kills) * (1 - b.turnover * (1 - b.honour)) * (1 - b.breach)
    stays = survives * (1 - b.false_alarm) ** b.gangs
    cost = b.gangs * b.regime_cost * b.concession
    calm = b.gangs * b.calm_value * b.command * b.restraint * b.violence
    flow = calm - cost - b.exposure_cost
    pact, war = two_states(flow, b.government_outside * np.ones(N), factor, stays, b.resumption)
    return pact, war, flow + cost + b.tough_bonus + factor * war


def mismatches(closed, solved, gap) -> int:
    """Draws that disagree and are not within rounding of the limit; each answer must be common."""
    assert 0.03 < np.mean(closed) < 0.97, np.mean(closed)
    return int(np.sum((closed != solved) & (np.abs(gap) > CLOSE)))


@pytest.fixture(scope="module")
def b() -> Bargain:
    return draws()


def test_a_gang_keeps_a_pact_from_the_minimal_concession_on(b: Bargain) -> None:
    pact, war, cheat = gang_side(b)
    solved = (pact >= cheat) & (pact >= war)
    usual = b.power_shift < b.regime_value  # a greater concession is then always better kept
    closed = b.concession >= b.minimal_concession
    assert mismatches(closed[usual], solved[usual], (pact - cheat)[usual]) == 0
    # A regime that buys as much power as comfort keeps nobody who is not kept by nothing.
    nothing = b.replace(concession=0.0)
    pact, war, cheat = gang_side(nothing)
    kept = (pact >= cheat) & (pact >= war)
    unusual = ~usual & (np.abs(pact - cheat) > CLOSE)
    assert (kept == (b.minimal_concession == 0))[unusual].all()
    assert np.isinf(b.minimal_concession[unusual & ~kept]).all()
    assert unusual.sum() > 100


def test_the_government_is_believed_up_to_the_maximal_concession(b: Bargain) -> None:
    pact, _, cheat = government_side(b)
    closed = b.concession <= b.maximal_concession
    assert mismatches(closed, pact >= cheat, pact - cheat) == 0


def test_an_offer_holds_where_neither_side_gains_by_one_deviation(b: Bargain) -> None:
    b = kinder(b)
    gang, government = gang_side(b), government_side(b)
    solved = (gang[0] >= gang[2]) & (gang[0] >= gang[1]) & (government[0] >= government[2])
    gap = np.minimum(np.abs(gang[0] - gang[2]), np.abs(government[0] - government[2]))
    assert mismatches(b.holds, solved, gap) == 0
    # And some offer holds exactly where the verdict says so.
    offers = np.linspace(0, 1, 41)
    found = np.any([b.replace(concession=x).holds for x in offers], axis=0)
    assert not np.any(found & ~b.feasible)
    usual = (b.power_shift < b.regime_value) & b.feasible
    middle = (b.minimal_concession + np.minimum(1, b.maximal_concession)) / 2
    assert b.replace(concession=np.where(usual, middle, 0.0)).holds[usual].all()


def test_the_survival_threshold_is_the_gangs_constraint(b: Bargain) -> None:
    pact, war, cheat = gang_side(b)
    solved = (pact >= cheat) & (pact >= war)
    assert mismatches(b.trusted_survival >= b.survival_needed, solved, pact - cheat) == 0
    borne = -np.log(b.trusted_survival) <= b.largest_hazard
    assert mismatches(borne, solved, pact - cheat) == 0


def test_minimum_trust_is_where_the_gang_just_keeps_the_pact(b: Bargain) -> None:
    pact, war, cheat = gang_side(b)
    solved = (pact >= cheat) & (pact >= war)
    assert mismatches(b.trust >= b.minimum_trust, solved, pact - cheat) == 0
    inner = (b.minimum_trust > 0) & (b.minimum_trust < 1)
    assert inner.sum() > 100
    at = b.replace(trust=np.where(inner, b.minimum_trust, b.trust))
    pact, _, cheat = gang_side(at)
    np.testing.assert_allclose((pact - cheat)[inner], 0, atol=1e-9)


def test_secrecy_is_chosen_where_it_is_worth_more(b: Bargain) -> None:
    factor = np.exp(-b.government_discount / 12)
    stays = factor * (1 - b.turnover * (1 - b.honour)) * (1 - b.breach)
    stays = stays * (1 - b.false_alarm) ** b.gangs
    calm = b.calm_value * b.command * b.restraint * b.violence - b.regime_cost * b.concession
    surplus = b.gangs * calm - b.government_outside
    openly, secretly = surplus - b.opposition_cost, surplus - b.leak * b.leak_cost
    open_value, secret_value = np.zeros(N), np.zeros(N)
    slow = stays > 0.995  # thousands of months matter there; iterating would never end
    for _ in range(8000):
        open_value = openly + stays * open_value
        secret_value = secretly + stays * (1 - b.leak * b.leak_kills) * secret_value
    gap = np.where(slow, 0, secret_value - open_value)
    keep = ~slow
    assert mismatches(b.prefers_secrecy[keep], (secret_value > open_value)[keep], gap[keep]) == 0


def test_the_election_clock_is_the_recursion_to_the_vote(b: Bargain) -> None:
    factor = np.exp(-b.government_discount / 12)
    theta = factor * (1 - b.leak * b.leak_kills) * (1 - b.breach)
    theta = theta * (1 - b.false_alarm) ** b.gangs
    calm = b.calm_value * b.command * b.restraint * b.violence - b.regime_cost * b.concession
    flow = b.gangs * calm - b.exposure_cost - b.government_outside
    cost = b.gangs * b.regime_cost * b.concession + b.tough_bonus
    worth = b.vote_value + b.honour * factor * b.successor_value
    first, near = np.full(N, np.inf), np.zeros(N, bool)
    for month in range(1, 3000):
        gap = theta * worth - cost
        near |= np.abs(gap) < CLOSE * 1e3
        first = np.where(np.isinf(first) & (gap >= 0), month, first)
        worth = flow + theta * worth
    closed = np.maximum(np.ceil(b.election_clock), 1)  # 0: kept with any number of months left
    clear = ~near
    assert clear.sum() > 0.95 * N
    np.testing.assert_array_equal(closed[clear], first[clear])
    assert len(set(first[clear])) > 10
    assert (b.electoral_bridge == (first == 1))[clear].all()


def test_a_gang_left_out_presses_where_the_optimal_policy_does(b: Bargain) -> None:
    factor = np.exp(-b.gang_discount / 12)
    joined = np.subtract(*gang_side(b)[:2])
    waiting = np.zeros(N)
    for _ in range(4000):  # value iteration over pressing and waiting; waiting for good is worth 0
        press = -b.pressing_cost + factor * (b.admission * joined + (1 - b.admission) * waiting)
        waiting = np.maximum(press, factor * waiting)
    gap = factor * b.admission * joined - b.pressing_cost
    assert mismatches(b.contagion, press > factor * waiting, gap) == 0


def test_the_backlash_ends_when_the_fading_chance_meets_the_threshold(b: Bargain) -> None:
    pressing = b.contagion
    left = b.admission * np.exp(-b.backlash / b.precedent_time)
    np.testing.assert_allclose(left[pressing], b.contagion_threshold[pressing], rtol=1e-9)
    assert (b.backlash[~pressing] == 0).all()


def test_minimum_command_is_where_a_scan_finds_the_first_pact() -> None:
    b = kinder(draws(2))
    steep = np.maximum(b.detection - b.false_alarm, 0) / b.command
    b = b.replace(detection=b.false_alarm + steep * b.command)

    def slack(command):
        beta = b.false_alarm + steep * command
        valid = (beta <= 1) & (command <= 1)
        scanned = b.replace(command=np.minimum(command, 1), detection=np.minimum(beta, 1))
        return np.where(valid, scanned.slack, np.nan)

    first = np.full(N, np.inf)
    for command in np.linspace(0.01, 1, 100):
        found = slack(command) >= 0
        assert not np.any(found & (command < b.minimum_command - 1e-9))
        first = np.where(found, np.minimum(first, command), first)
    assert 0.1 < np.mean(np.isfinite(first)) < 0.9
    # A pact exists just above the least command, and the scan finds it within its step.
    least = np.where(np.isfinite(b.minimum_command), b.minimum_command, 1.0)
    at = slack(np.minimum(least * (1 + 1e-9) + 1e-12, 1))
    inner = np.isfinite(b.minimum_command) & (least < 1) & ~np.isnan(at)
    assert inner.sum() > 400
    assert (at[inner] >= -1e-7).all()


@pytest.mark.parametrize("independent", [True, False])
def test_the_greatest_number_of_gangs_is_that_of_a_search(independent: bool) -> None:
    b = draws().replace(exposure_cost=0, government_outside=0, tough_bonus=0)
    factor = np.exp(-b.government_discount / 12)
    calm = b.calm_value * b.command * b.restraint * b.violence
    cost = b.regime_cost * b.concession
    most, near = np.zeros(N), np.zeros(N, bool)
    for n in range(1, 400):
        risk = b.survival**n if independent else b.survival
        stays = risk * (1 - b.false_alarm) ** n
        pact, war = two_states(n * (calm - cost), np.zeros(N), factor, stays, b.resumption)
        gap = pact - (n * calm + factor * war)
        near |= np.abs(gap) < CLOSE
        most = np.where((gap >= 0) & (most == n - 1), n, most)
    closed = b.maximal_gangs(independent=independent)
    compared = ~near & (most < 399)
    assert compared.sum() > 0.95 * N
    np.testing.assert_array_equal(closed[compared], most[compared])
    assert len(set(most[compared])) > 10


def test_the_best_value_is_the_best_over_all_resumptions_that_deter(b: Bargain) -> None:
    best = np.full(N, -np.inf)
    for chance in np.linspace(0, 1, 401):
        pact, war, cheat = gang_side(b.replace(resumption=chance))
        deters = (pact >= cheat) & (pact >= war)
        value = (1 - np.exp(-b.gang_discount / 12)) * pact
        best = np.where(deters, np.maximum(best, value), best)
    found = np.isfinite(best)
    assert 0.1 < found.mean() < 0.9
    # The closed form may choose between grid points: no worse, and better by a grid step at most.
    assert np.all(b.best_value[found] >= best[found] - 1e-9)
    exact = b.replace(resumption=np.clip(b.softest_resumption, 0, 1))
    pact, war, cheat = gang_side(exact)
    within = b.softest_resumption >= 0
    value = (1 - np.exp(-b.gang_discount / 12)) * pact
    np.testing.assert_allclose(b.best_value[within], value[within], atol=1e-9)
    assert np.all((cheat <= pact + 1e-9)[within])
    assert not np.any(found & ~within)


def test_without_outside_risk_bad_monitoring_costs_what_the_bound_says(b: Bargain) -> None:
    calm = b.replace(leak=0, turnover=0, breach=0, trust=1, shared_alarm=0)
    binding = (calm.softest_resumption >= 0) & (calm.softest_resumption < 1)
    assert binding.sum() > 100
    surplus = calm.regime_value * calm.concession - calm.restraint_cost * calm.command
    bound = surplus - calm.monitoring_cost
    np.testing.assert_allclose(calm.best_value[binding], bound[binding], rtol=1e-9, atol=1e-12)
    # However patient: a pact exists if and only if the surplus beyond breakdown exceeds the cost.
    patient = calm.replace(gang_discount=0, resumption=0)
    gains = surplus - (calm.power_shift * calm.concession - calm.conditional_repression)
    pact, war, cheat = gang_side(patient.replace(gang_discount=1e-9))
    clear = np.abs(gains - calm.monitoring_cost) > 1e-6
    kept = (pact >= cheat) & (pact >= war)
    assert ((gains > calm.monitoring_cost) == kept)[clear].all()


def test_hiding_a_part_deters_or_ruins_as_the_dichotomy_says() -> None:
    b = Bargain(hiding_cost=np.linspace(0.05, 1, 39))
    share = np.linspace(0, 0.999, 500)
    gains = b.temptation - b.hiding_cost[:, None] * share
    seen = b.false_alarm + (1 - share) * (b.detection - b.false_alarm)
    worst = b.minimal_concession_against(gains, np.broadcast_to(seen, gains.shape))
    np.testing.assert_allclose(worst[~b.hiding_pays], b.minimal_concession, rtol=1e-9)
    assert (worst[b.hiding_pays] > b.minimal_concession + 1e-3).all()
    assert 0 < b.hiding_pays.sum() < 39


def test_unlike_gangs_are_judged_as_the_value_functions_of_all_say() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        gangs = {
            name: Bargain(
                command=rng.uniform(0.3, 1),
                false_alarm=rng.uniform(0, 0.1),
                detection=rng.uniform(0.2, 1),
                violence=rng.uniform(0.05, 0.6),
                restraint_cost=rng.uniform(0.1, 0.6),
                shared_alarm=0.5,
                tough_bonus=1.5,
            )
            for name in "abc"
        }
        pact = joint_pact(gangs, envy=False)
        assert pact.feasible == (_gangs_keep(gangs, pact.paid) and _state_keeps(gangs, pact.paid))
        held += pact.feasible
    assert 30 < held < 270


def _gangs_keep(gangs, paid) -> bool:
    """Each gang at its concession, increased by a hair, gains nothing by one deviation."""
    for name, x in zip(gangs, paid, strict=True):
        if x > 1:
            return False
        b, others = gangs[name], [g.false_alarm for k, g in gangs.items() if k != name]
        stays = b.survival * np.prod([1 - 0.5 * a for a in others])
        flow = np.array([0.6 * (x + 1e-9) - b.restraint_cost * b.command])
        factor = np.exp(-0.1 / 12)
        good, bad = stays * (1 - b.false_alarm), stays * (1 - b.detection)
        pact, war = two_states(flow, np.array([-0.05]), factor, good, 0.0)
        gain = b.command * (b.restraint_cost + 0.1 * 2)
        if flow + gain + factor * (bad * pact + (1 - bad) * war) > pact + 1e-12:
            return False
    return True


def _state_keeps(gangs, paid) -> bool:
    first = next(iter(gangs.values()))
    stays = first.survival * np.prod([1 - b.false_alarm for b in gangs.values()])
    calm = sum(b.command * 0.95 * b.violence for b in gangs.values())
    cost, factor = 0.1 * sum(paid), np.exp(-0.1 / 12)
    pact, war = two_states(np.array([calm - cost - 0.02]), np.zeros(1), factor, stays, 0.0)
    return bool(calm - 0.02 + 1.5 + factor * war <= pact)


def test_monitoring_errors_are_sums_of_the_negative_binomial() -> None:
    # p(0) = phi^(-m/(phi-1)) and p(y+1)/p(y) = (r+y)/(y+1) (1-1/phi), with r = m/(phi-1).
    for mean, phi, cut in ((25.0, 6.0, 60), (3.0, 2.0, 5), (181.0, 6.0, 100)):
        size, p = mean / (phi - 1), phi ** (-mean / (phi - 1))
        below = 0.0
        for y in range(cut + 1):
            below += p
            p *= (size + y) / (y + 1) * (1 - 1 / phi)
        alpha, _ = monitoring_errors(cut, mean, 2 * mean, phi)
        assert alpha == pytest.approx(1 - below, rel=1e-9, abs=1e-13)


def test_the_normal_approximation_nears_the_exact_errors_as_counts_grow() -> None:
    gaps = []
    for scale in (1, 10, 100, 1000):
        m = 139.0 * scale
        exact, _ = monitoring_errors(m + np.sqrt(6 * m), m, 2 * m, 6.0)
        near, _ = monitoring_errors(np.floor(m + np.sqrt(6 * m)) + 0.5, m, 2 * m, 6.0, exact=False)
        gaps.append(abs(exact - near))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 2e-3
