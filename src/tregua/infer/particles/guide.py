r"""Where a particle should look: actions and errors proposed with the month's figure in view.

A bootstrap filter draws what gangs do from the script's shares and learns afterwards that a month
of 918 dead was not one of restraint. Here every combination of actions is weighed first. The
expected recorded deaths :math:`\mu_c` of a span under combination :math:`c` follow in closed form
from a world's state, as `tregua.model.transition.kill` has them,

.. math:: \mu_c = u\Bigl[\sum_g S_g v\,(1-\omega+\omega r_g)\,e^{-\zeta h_c}\Delta\,
   m_{c,g}(1-\eta_{c,g}) + \text{ambient} + i_P\,\text{police}\Bigr],

with :math:`m` = :math:`1-\rho\bar\kappa` (restrain), 1 (business), :math:`1+\varphi\bar\kappa`
(press) and command :math:`\bar\kappa` averaged over the span. Combinations are drawn with
probability proportional to the prior times a normal approximation of the figure's likelihood, a
tenth of the time from the prior alone, and the weight is corrected by prior over proposal. The
closed form may therefore be as rough as it likes (strikes are left out of it, and the courts stand
still): it moves the variance of the estimate and not its mean. Combinations that cannot happen are
passed over: an era's script leaves each gang two actions or one.

The model's own error of the month is proposed likewise where a total closes: from a mixture of its
conditional normal laws if the figure is right and if it is wrong, weighted by their predictive
densities, and of its prior (Doucet, Godsill and Andrieu 2000, "On
sequential Monte Carlo sampling methods for Bayesian filtering").
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.actor import GangAction, Stance, is_pact
from tregua.model.elementary import exp, log, normal_quantile
from tregua.model.noise import Noise, uniform_pair
from tregua.model.parameters import P
from tregua.model.script import Cal
from tregua.model.state import GangSlot, Slot, of_gang

__all__ = [
    "MOODS",
    "Latent",
    "choose",
    "choose_foreseen",
    "draw_errors",
    "expected_recorded",
    "follow_approval",
    "foresee",
    "foresee_rest",
    "log_printed",
    "log_within",
    "meet_deaths",
    "new_administration",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DEFENSIVE = 0.1
# Purposes of the keyed noise; the game's stay below 128 and the printed figures' below 192.
_ACTION = 192
_DISCREPANCY = 193
_AGENCY = 194
_MISPRINT = 1.0  # log standard deviation of a figure that is wrong
_MOOD = 194  # with the agencies' error: the second number of the pair
_EXACT_TAIL = 25.0
# As in the game (`tregua.model.transition`).
_TOUGH_BOTH, _TOUGH_EXCEPTION, _DENIAL = 0.7, 1.3, 0.7
MOODS = 9
_MOOD_NODES, _MOOD_WEIGHTS = np.polynomial.hermite_e.hermegauss(MOODS)
_MOOD_WEIGHTS = _MOOD_WEIGHTS / _MOOD_WEIGHTS.sum()
_LOG_2PI = math.log(2.0 * math.pi)


class Latent:
    """Columns of what a particle carries beside its world's state."""

    ERROR = 0  # the model's own error, log
    AGENCY = 1  # the agencies' error of the year, log
    DEATHS = 2  # recorded deaths so far in a total that has not closed
    COMPLAINTS = 3  # hidden deaths so far in a total of complaints
    UNRESOLVED = 4  # and in one of the unresolved
    NOISE = 5  # variance, in deaths, with which a total so far was counted
    TWIST = 6  # log of what the weight holds, for now, of a total that has not closed
    ACTION = 7  # last action of the first gang; the others follow, then approval by mood (MOODS),
    #           then the moods' weights


_ERROR, _YEAR, _DEATHS, _LAST = Latent.ERROR, Latent.AGENCY, Latent.DEATHS, Latent.ACTION
_NOISE, _TWIST = Latent.NOISE, Latent.TWIST
_MOST_LEFT = 300.0  # deaths still expected in a month of few dead; more are taken as so many
# How far, in logs, the months left of a total may lie from those before.
_DRIFT = 0.3


@compiled
def _log_upper(z: float) -> float:
    """Log of the upper tail of the standard normal law, z >= 0."""
    if z < _EXACT_TAIL:
        return math.log(0.5 * math.erfc(z / math.sqrt(2.0)))
    square = z * z
    tail = 1.0 - 1.0 / square + 3.0 / (square * square) - 15.0 / (square * square * square)
    return -0.5 * square - 0.5 * _LOG_2PI - math.log(z) + math.log(tail)


@compiled
def log_within(value: float, total: float, variance: float) -> float:
    """Log probability that a log-normal figure of median `total` is printed as `value`.

    Rounded to whole numbers: the law's mass between value - 1/2 and value + 1/2. Nobody counts a
    death where there is none: a total of 0 is printed as 0.
    """
    if total <= 0.0:
        return 0.0 if value < 0.5 else -np.inf
    sd, centre = math.sqrt(variance), math.log(total)
    high = (math.log(value + 0.5) - centre) / sd
    if value < 0.5:
        if high < 0.0:
            return _log_upper(-high)
        return math.log1p(-math.exp(_log_upper(high)))
    low = (math.log(value - 0.5) - centre) / sd if value > 0.5 else -np.inf
    if high <= 0.0:
        low, high = -high, -low
    if low >= 0.0:
        outer = _log_upper(high) if high < np.inf else -np.inf
        inner = _log_upper(low)
        return inner + math.log1p(-math.exp(outer - inner)) if outer < inner else -np.inf
    below = 0.5 * math.erfc(-low / math.sqrt(2.0)) if low > -np.inf else 0.0
    above = 0.5 * math.erfc(high / math.sqrt(2.0))
    return math.log(max(1.0 - below - above, 1e-300))


@compiled
def _enforcement(s: Floats, p: Floats, c: Floats) -> float:
    """Arrest effort of the span: scripted, or that of the stance."""
    given, stance = c[Cal.ENFORCEMENT], int(c[Cal.STANCE])
    effort: float = 1.0
    if given >= 0.0:
        effort = 1.0 + (given - 1.0) * p[P.enforcement_scale] if given > 1.0 else given
    elif stance == Stance.MANO_DURA:
        effort = s[Slot.PLATFORM]
    elif stance == Stance.BOTH:
        effort = p[P.enforcement_both]
    elif stance == Stance.EXCEPTION:
        effort = p[P.enforcement_exception]
    return effort


@compiled
def _lag(time: float, length: float) -> float:
    """Share of a gap that is left on average over a span, where gaps close within about `time`."""
    return time / length * (1.0 - math.exp(-length / time))


@compiled
def _mean_command(
    s: Floats, p: Floats, gang: int, pact: bool, rising: float, falling: float
) -> float:
    """Command averaged over the span, as it moves towards what the leaders' regime allows."""
    freedom = 1.0 if pact else 1.0 - s[Slot.CONTROL]
    target = p[P.command_floor] + (p[P.command_ceiling] - p[P.command_floor]) * freedom
    now = s[of_gang(GangSlot.COMMAND, gang)]
    mean: float = target + (now - target) * (rising if target > now else falling)
    return mean


@compiled
def _fill_means(
    s: Floats, p: Floats, c: Floats, length: float, rivalry: float, gangs: int, by_action: Floats
) -> float:
    """Write each gang's expected recorded deaths by action; return those of everybody else."""
    effort = _enforcement(s, p, c)
    capture = p[P.arrest] * effort * (1.0 - p[P.retention_loss] * s[Slot.FILTER])
    exposure = math.exp(-p[P.deterrence] * capture) * length
    street = 0.0
    for g in range(gangs):
        street += s[of_gang(GangSlot.STREET, g)]
    counted: float = p[P.counted_exception] if c[Cal.UNDERCOUNTED] == 1.0 else 1.0
    pact = is_pact(int(c[Cal.STANCE]))
    rising, falling = _lag(p[P.command_rise], length), _lag(p[P.command_fall], length)
    for g in range(gangs):
        members = s[of_gang(GangSlot.STREET, g)]
        share = members / street if street > 0.0 else 1.0
        rivals = (1.0 - share) / rivalry if rivalry > 0.0 else 1.0
        base = members * p[P.killing] * (1.0 - p[P.rivalry] + p[P.rivalry] * rivals) * exposure
        obeying = _mean_command(s, p, g, pact, rising, falling)
        seen, seen_in_pact = 1.0 - p[P.hidden_usual], 1.0 - p[P.hidden_pact]
        held = base * (1.0 - p[P.restraint] * obeying)
        by_action[g, GangAction.BUSINESS] = counted * base * seen
        by_action[g, GangAction.RESTRAIN] = counted * held * (seen_in_pact if pact else seen)
        pressed = base * (1.0 + p[P.pressing_effect] * obeying)
        by_action[g, GangAction.PRESS] = counted * pressed * seen
    covered = 1.0 - math.exp(-street / p[P.coverage])
    reformed = 1.0 - p[P.reform_ambient] * (s[Slot.INSTITUTIONS] - p[P.institutions_usual])
    ambient = p[P.ambient_floor] + p[P.ambient_gangs] * covered * reformed
    police = p[P.police_killing] * max(0.0, effort - 1.0) * street * exposure
    others: float = c[Cal.POPULATION] * ambient * exposure + police * c[Cal.POLICE_COUNTED]
    return counted * others


@compiled
def expected_recorded(
    states: Floats,
    parameters: Floats,
    c: Floats,
    length: float,
    rivalry: float,
    gangs: int,
    actions: Ints,
) -> Floats:
    """Expected recorded deaths of a span, in closed form from the state at its start.

    Parameters
    ----------
    states, parameters
        float64[n, slots] and float64[n, P].
    c
        The span's first week of the calendar (`model.script.Cal`).
    length
        Years.
    rivalry
        `Setting.rivalry_at_start`.
    gangs
        Number of gangs.
    actions
        int64[n, gangs].

    Returns
    -------
    numpy.ndarray
        float64[n]. Strikes are left out, and members and courts stand still within the span.
    """
    out, by_action = np.empty(len(states)), np.empty((gangs, 3))
    for i in range(len(states)):
        out[i] = _fill_means(states[i], parameters[i], c, length, rivalry, gangs, by_action)
        for g in range(gangs):
            out[i] += by_action[g, actions[i, g]]
    return out


@compiled
def _noise(seed: int, world: int, step: int) -> Noise:
    return Noise(
        0, seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, world & 0xFFFFFFFF, world >> 32, step
    )


@compiled
def _prior_of(action: int, last: int, fresh: bool, stay: float, c: Floats) -> float:
    """Probability of an action: kept, or drawn from the script's shares."""
    share: float
    if action == GangAction.RESTRAIN:
        share = c[Cal.RESTRAINING]
    elif action == GangAction.PRESS:
        share = c[Cal.PRESSING]
    else:
        share = max(0.0, 1.0 - c[Cal.RESTRAINING] - c[Cal.PRESSING])
    if fresh or last < 0:
        return share
    return (1.0 - stay) * share + (stay if action == last else 0.0)


@compiled
def _log_near(gap: float, variance: float, wrong: float) -> float:
    """Log density of a gap in logs, normal but for figures that are wrong."""
    near = -0.5 * (gap * gap / variance + math.log(variance))
    wide = variance + _MISPRINT**2
    far = -0.5 * (gap * gap / wide + math.log(wide))
    if wrong <= 0.0:
        return near
    top = max(near, far)
    return top + math.log((1.0 - wrong) * math.exp(near - top) + wrong * math.exp(far - top))


@compiled
def log_printed(value: float, total: float, variance: float, wrong: float) -> float:
    """Log probability of a figure: `log_within`, or with probability `wrong` far more loosely."""
    near = log_within(value, total, variance)
    if wrong <= 0.0:
        return near
    far = log_within(value, max(total, 0.5), variance + _MISPRINT**2)
    top = max(near, far)
    return top + math.log((1.0 - wrong) * math.exp(near - top) + wrong * math.exp(far - top))


@compiled
def _combine(
    of_prior: Floats, by_action: Floats, gangs: int, prior: Floats, mean: Floats, codes: Ints
) -> int:
    """List the combinations of actions that can happen; return how many there are.

    Written are each one's prior, its expected deaths (added to what `mean[0]` holds) and its code,
    of which the first gang's action is the last digit, base 3. An era's script leaves two actions
    or one, so that 8 or 1 of 27 combinations are left.
    """
    count, place = 1, 1
    prior[0], codes[0] = 1.0, 0
    for g in range(gangs):
        first, end = -1, count
        for a in range(3):
            if of_prior[g, a] <= 0.0:
                continue
            if first < 0:
                first = a
                continue
            for k in range(count):
                prior[end] = prior[k] * of_prior[g, a]
                mean[end] = mean[k] + by_action[g, a]
                codes[end] = codes[k] + place * a
                end += 1
        for k in range(count):
            prior[k] *= of_prior[g, first]
            mean[k] += by_action[g, first]
            codes[k] += place * first
        count = end
        place *= 3
    return count


@compiled
def _look(
    value: float,
    variance: float,
    before: float,
    recorded: float,
    done: float,
    factor: float,
    wander: float,
    wrong: float,
    prior: Floats,
    mean: Floats,
    weight: Floats,
) -> float:
    """Write the probabilities with which combinations are proposed, the figure in view.

    Returned is the log of the figure's expected density over all of them, up to a constant.

    Where the figure is wrong, (1 + x / 8)**-8 stands for exp(-x): a proposal need not be exact.
    """
    wanted = math.log(max(value, 0.5))
    blur = variance + 1.0 / (12.0 * max(value, 0.5) ** 2) + (1.0 - done) ** 2 * _DRIFT**2
    wide = blur + wander + _MISPRINT**2
    odd, closeness = wrong / math.sqrt(wide), 1.0 / (16.0 * wide)
    earlier, scale, total = recorded * factor, 1.0 / done, 0.0
    for k in range(len(weight)):
        expected = 1e-3 if mean[k] < 1e-3 else mean[k]
        now = earlier + expected * factor
        sum_now = before + now
        share = now / sum_now
        spread = blur + share * share * (wander + 1.0 / expected)
        gap = wanted - log(sum_now * scale)
        square = gap * gap
        far = 1.0 / (1.0 + square * closeness)
        far *= far
        far *= far
        near = (1.0 - wrong) * exp(-0.5 * square / spread) / math.sqrt(spread)
        weight[k] = prior[k] * (near + odd * far * far)
    for k in range(len(weight)):
        total += weight[k]
    scale = (1.0 - _DEFENSIVE) / total
    for k in range(len(weight)):
        weight[k] = _DEFENSIVE * prior[k] + scale * weight[k]
    return math.log(total)


@compiled
def _drawn(proposed: Floats, count: int, u: float) -> int:
    """Which of `count` combinations a uniform number draws."""
    place, reached = 0, proposed[0]
    while place < count - 1 and reached <= u:
        place += 1
        reached += proposed[place]
    return place


@compiled
def _act(code: int, gangs: int, orders: Ints, latent: Floats) -> None:
    """Write a combination's actions."""
    for g in range(gangs):
        orders[1 + g] = code % 3
        latent[_LAST + g] = code % 3
        code //= 3


@compiled
def choose(
    states: Floats,
    parameters: Floats,
    latent: Floats,
    c: Floats,
    length: float,
    fresh: bool,
    guided: bool,
    alone: bool,
    done: float,
    first_month: bool,
    value: float,
    variance: float,
    numbers: Floats,
    recorded: Floats,
    rivalry: float,
    gangs: int,
    seed: int,
    worlds: Ints,
    step: int,
    segment: int,
    orders: Ints,
    correction: Floats,
) -> None:
    """Draw what each particle's gangs do in a span, and correct its weight.

    Parameters
    ----------
    states, parameters, c, length, rivalry, gangs
        As in `expected_recorded`.
    latent
        float64[n, 7 + gangs and more], columns as in `Latent`; last actions are replaced.
    fresh
        Whether an era begins, at which every gang asks again.
    guided
        Whether to look at the figure; if not, actions come from the prior.
    alone
        Whether the figure is of this month alone, and no part of a total that may be open.
    done
        Share of the total's months that have passed with this one, above 0 and at most 1.
    first_month
        Whether the error has no month before.
    value, variance
        The figure, and the variance of its logarithm given the total.
    numbers
        float64[n, 4]: spread and persistence of the model's error, stickiness, and the probability
        that a figure is wrong.
    recorded
        float64[n]: deaths recorded earlier in the month.
    seed, worlds, step, segment
        Where noise comes from: seed, numbers of the particles, month, span within it.
    orders
        int64[n, 1 + gangs]; actions are written.
    correction
        float64[n]; log of prior over proposal is added.
    """
    prior, weight, mean = np.empty(3**gangs), np.empty(3**gangs), np.empty(3**gangs)
    codes = np.empty(3**gangs, dtype=np.int64)
    by_action, of_prior = np.zeros((gangs, 3)), np.empty((gangs, 3))
    for i in range(len(states)):
        possible = 1
        for g in range(gangs):
            last = int(latent[i, _LAST + g])
            for a in range(3):
                of_prior[g, a] = _prior_of(a, last, fresh, numbers[i, 2], c)
                possible *= 2 if 0.0 < of_prior[g, a] < 1.0 else 1
        looks = guided and possible > 1
        mean[0] = 0.0
        if looks:
            mean[0] = _fill_means(states[i], parameters[i], c, length, rivalry, gangs, by_action)
        count = _combine(of_prior, by_action, gangs, prior, mean, codes)
        proposed = prior
        if looks:
            persistence = 0.0 if first_month else numbers[i, 1]
            _look(
                value,
                variance,
                0.0 if alone else latent[i, _DEATHS],
                recorded[i],
                done,
                math.exp(persistence * latent[i, _ERROR] + latent[i, _YEAR]),
                numbers[i, 0] ** 2 * (1.0 - persistence**2),
                numbers[i, 3],
                prior[:count],
                mean[:count],
                weight[:count],
            )
            proposed = weight
        place = 0
        if count > 1:
            u, _ = uniform_pair(_noise(seed, worlds[i], step), _ACTION, segment, 0)
            place = _drawn(proposed, count, u)
        if looks:  # NaN where the state is no longer a number
            correction[i] += math.log(prior[place] / weight[place])
        _act(codes[place], gangs, orders[i], latent[i])


@compiled
def choose_foreseen(
    latent: Floats,
    gangs: int,
    prior: Floats,
    weight: Floats,
    codes: Ints,
    counts: Ints,
    origins: Ints,
    seed: int,
    worlds: Ints,
    step: int,
    orders: Ints,
    correction: Floats,
) -> None:
    """Do what `choose` does in a month of one span, with what `foresee` has found for it.

    Parameters
    ----------
    latent, gangs, seed, worlds, step, orders, correction
        As in `choose`.
    prior, weight, codes, counts
        As `foresee` wrote them.
    origins
        int64[n]: which of their rows is each particle's.
    """
    for i in range(len(latent)):
        row, place = origins[i], 0
        if counts[row] > 1:
            u, _ = uniform_pair(_noise(seed, worlds[i], step), _ACTION, 0, 0)
            place = _drawn(weight[row], counts[row], u)
            correction[i] += math.log(prior[row, place] / weight[row, place])
        _act(codes[row, place], gangs, orders[i], latent[i])


@compiled
def foresee(
    states: Floats,
    parameters: Floats,
    latent: Floats,
    c: Floats,
    length: float,
    fresh: bool,
    alone: bool,
    done: float,
    first_month: bool,
    value: float,
    variance: float,
    numbers: Floats,
    rivalry: float,
    gangs: int,
    expected: Floats,
    prior: Floats,
    weight: Floats,
    codes: Ints,
    counts: Ints,
) -> None:
    """Write what a figure is expected to do to each particle's weight, before the month is played.

    Parameters
    ----------
    states, parameters, latent, c, length, fresh, alone, done, first_month, value, variance
        As in `choose`; the span is the whole month.
    numbers, rivalry, gangs
        As in `choose`.
    expected
        float64[n]; written: the log of the figure's density over all actions, as the proposals of
        `choose` have it, up to a constant of all particles. What the weight holds already of an
        open total is taken out of it.
    prior, weight, codes, counts
        float64[n, 3**gangs] (two), int64[n, 3**gangs] and int64[n]; written, for `choose_foreseen`:
        the combinations that can happen, as many as counted, and with what probability the month
        and the proposal take each.
    """
    mean = np.empty(3**gangs)
    by_action, of_prior = np.zeros((gangs, 3)), np.empty((gangs, 3))
    for i in range(len(states)):
        for g in range(gangs):
            last = int(latent[i, _LAST + g])
            for a in range(3):
                of_prior[g, a] = _prior_of(a, last, fresh, numbers[i, 2], c)
        mean[0] = _fill_means(states[i], parameters[i], c, length, rivalry, gangs, by_action)
        count = _combine(of_prior, by_action, gangs, prior[i], mean, codes[i])
        counts[i] = count
        persistence = 0.0 if first_month else numbers[i, 1]
        expected[i] = _look(
            value,
            variance,
            0.0 if alone else latent[i, _DEATHS],
            0.0,
            done,
            math.exp(persistence * latent[i, _ERROR] + latent[i, _YEAR]),
            numbers[i, 0] ** 2 * (1.0 - persistence**2),
            numbers[i, 3],
            prior[i, :count],
            mean[:count],
            weight[i, :count],
        )
        if not alone:
            expected[i] -= latent[i, _TWIST]


@compiled
def foresee_rest(
    latent: Floats,
    numbers: Floats,
    value: float,
    variance: float,
    recorded: Floats,
    rest: Floats,
    expected: Floats,
) -> None:
    """Write what a figure of one month is expected to do to weights, while the month is played.

    The dead of the weeks left are taken as a Poisson number, and for each of its likely values the
    figure's density is that of a figure which is right or wrong, as in the rest of the guide.

    Parameters
    ----------
    latent, numbers, value, variance
        As in `choose`.
    recorded
        float64[n]: deaths recorded so far in the month.
    rest
        float64[n]: deaths that are expected in its remaining weeks.
    expected
        float64[n]; written: log density, up to a constant of all particles.
    """
    wanted = math.log(max(value, 0.5))
    blur = variance + 1.0 / (12.0 * max(value, 0.5) ** 2)
    for i in range(len(latent)):
        persistence, wrong = numbers[i, 1], numbers[i, 3]
        factor = math.exp(persistence * latent[i, _ERROR] + latent[i, _YEAR])
        near = blur + numbers[i, 0] ** 2 * (1.0 - persistence**2)
        wide = near + _MISPRINT**2
        right, odd = (1.0 - wrong) / math.sqrt(near), wrong / math.sqrt(wide)
        mean = min(rest[i], _MOST_LEFT) if rest[i] > 1e-3 else 1e-3
        chance, total = math.exp(-mean), 0.0
        for more in range(math.ceil(mean + 4.0 * math.sqrt(mean) + 3.0)):
            gap = wanted - math.log(max((recorded[i] + more) * factor, 0.5))
            square = gap * gap
            density = right * math.exp(-0.5 * square / near) + odd * math.exp(-0.5 * square / wide)
            total += chance * density
            chance *= mean / (more + 1.0)
        expected[i] = math.log(max(total, 1e-300))


@compiled
def draw_errors(latent: Floats, spread: Floats, seed: int, worlds: Ints, step: int) -> None:
    """Draw the agencies' error of a new year, log-normal of this spread (float64[n])."""
    for i in range(len(latent)):
        u, _ = uniform_pair(_noise(seed, worlds[i], step), _AGENCY, 0, 0)
        latent[i, _YEAR] = spread[i] * normal_quantile(u)


@compiled
def new_administration(latent: Floats, column: int, seed: int, worlds: Ints, step: int) -> None:
    """Let a new government take office: of the old one's moods one is drawn, by their weights.

    Approval starts from there, and the new government's mood has its prior weights.
    """
    for i in range(len(latent)):
        _, u = uniform_pair(_noise(seed, worlds[i], step), _MOOD, 0, 0)
        total = 0.0
        for k in range(MOODS):
            total += latent[i, column + MOODS + k]
        place, reached = 0, 0.0
        for k in range(MOODS):
            if reached <= u * total:
                place = k
            reached += latent[i, column + MOODS + k]
        left = latent[i, column + place]
        for k in range(MOODS):
            latent[i, column + k] = left
            latent[i, column + MOODS + k] = _MOOD_WEIGHTS[k]


@compiled
def follow_approval(
    states: Floats, parameters: Floats, latent: Floats, column: int, length: float, varies: bool
) -> None:
    """Move approval by a span, at each possible mood of the administration.

    Under a script nothing depends on approval, so that the mood of an administration need not be
    drawn: approval is followed at the nodes of a Gauss-Hermite rule over its prior.

    Parameters
    ----------
    states, parameters
        Worlds after the span.
    latent, column
        Where approval by mood stands; the moods' weights follow it.
    length
        Years.
    varies
        Whether a mood has been drawn; the first government's is known.
    """
    for i in range(len(states)):
        s, p = states[i], parameters[i]
        stance = int(s[Slot.STANCE])
        believed = 1.0 - _DENIAL * (1.0 - s[Slot.DEMOCRACY])
        score = p[P.approval_fear] * s[Slot.FEAR]
        score -= p[P.approval_leak] * s[Slot.LEAKED] * s[Slot.PACT] * believed
        tough = 1.0 if stance == Stance.MANO_DURA else 0.0
        tough = _TOUGH_BOTH if stance == Stance.BOTH else tough
        tough = _TOUGH_EXCEPTION if stance == Stance.EXCEPTION else tough
        score += 2.0 * p[P.approval_toughness] * s[Slot.FEAR] * tough
        score -= p[P.approval_open] if stance == Stance.OPEN_PACT else 0.0
        left = math.exp(-length / p[P.approval_time])
        for k in range(MOODS):
            mood = p[P.approval_level]
            mood += p[P.approval_spread] * _MOOD_NODES[k] if varies else 0.0
            target = 1.0 / (1.0 + math.exp(-(mood + score)))
            now = latent[i, column + k]
            latent[i, column + k] = target + (now - target) * left


@compiled
def _scatter(part: float, error: float) -> float:
    """Variance, in deaths, of leaving deaths out (error < 0) or of adding some (error > 0).

    Of N deaths a share f < 1 is kept, variance N f (1 - f); or a Poisson number of mean (f - 1) N
    is added. `part` is N f.
    """
    factor = math.exp(error)
    return part * (1.0 - factor) if factor < 1.0 else part * (factor - 1.0) / factor


@compiled
def _propose_error(
    wanted: float,
    blur: float,
    before: float,
    counted: float,
    level: float,
    year: float,
    centre: float,
    wander: float,
    wrong: float,
    z: float,
    choice: float,
) -> tuple[float, float]:
    """Draw the model's error of a month whose total closes: the error, and log prior over proposal.

    The logarithm of the total is linear in the error near where the figure wants it (one step of
    Gauss and Newton from the error's mean, the dead's own scatter taken there too). A figure that
    is right and one that is wrong then each have a normal predictive law and leave a normal law of
    the error; which of the two is drawn from goes by those predictive densities.
    """
    point, share, width, gap = centre, 0.0, 0.0, 0.0
    for _ in range(2):
        part = level * math.exp(point)
        total = before + part
        share = part / total
        width = blur + (counted + _scatter(part, point + year)) / (total * total)
        gap = wanted - math.log(total) + share * (point - centre)  # seen from `centre`
        point = centre + share * gap * wander / (width + share * share * wander)
    reach = width + share * share * wander
    wide = reach + _MISPRINT**2
    right = (1.0 - wrong) * math.exp(max(-0.5 * gap * gap / reach, -600.0)) / math.sqrt(reach)
    far = wrong * math.exp(-0.5 * gap * gap / wide) / math.sqrt(wide)
    right = (1.0 - _DEFENSIVE) * right / (right + far)
    far = 1.0 - _DEFENSIVE - right
    # The two laws of the error: means, and variances relative to `wander`.
    other = centre + share * gap * wander / wide
    closer, wider = width / reach, (wide - share * share * wander) / wide
    error, shrunk = centre, 1.0
    if choice > 1.0 - right:
        error, shrunk = point, closer
    elif choice > _DEFENSIVE:
        error, shrunk = other, wider
    error += math.sqrt(shrunk * wander) * z
    usual = -0.5 * (error - centre) ** 2 / wander
    near = -0.5 * (error - point) ** 2 / (closer * wander)
    loose = -0.5 * (error - other) ** 2 / (wider * wander)
    top = max(usual, near, loose)
    mixed = _DEFENSIVE * math.exp(usual - top) + right * math.exp(near - top) / math.sqrt(closer)
    mixed += far * math.exp(loose - top) / math.sqrt(wider)
    return error, usual - top - math.log(mixed)


@compiled
def meet_deaths(
    latent: Floats,
    recorded: Floats,
    numbers: Floats,
    first_month: bool,
    own: bool,
    closes: bool,
    alone: bool,
    done: float,
    guided: bool,
    value: float,
    variance: float,
    seed: int,
    worlds: Ints,
    step: int,
    log_weight: Floats,
    predicted: Floats,
) -> None:
    """Move the model's error by a month, add the month to the open total, and weigh a figure.

    Parameters
    ----------
    latent, numbers, first_month, value, variance, seed, worlds, step
        As in `choose`.
    recorded
        float64[n]: deaths of the month that the model's tally holds.
    own, closes
        Whether the month belongs to the figure's total, and is its last.
    alone, done
        As in `choose`; `done` 0 has the weight hold nothing of an open total.
    guided
        Whether the error is proposed with the figure in view, and whether the weight of an open
        total holds what its months so far let expect of it. That part is taken out of the weight
        again when the total closes: it only lets resampling begin in time (a twisted target,
        Whiteley and Lee 2014).
    log_weight
        float64[n]; log likelihood of the figure, times prior over proposal of the error, is added.
    predicted
        float64[n]; where a total closes, a draw of the figure from the error's prior is written.
    """
    wanted = math.log(max(value, 0.5))
    blur = variance + 1.0 / (12.0 * max(value, 0.5) ** 2)
    for i in range(len(latent)):
        noise = _noise(seed, worlds[i], step)
        u, v = uniform_pair(noise, _DISCREPANCY, 0, 0)
        choice, odd = uniform_pair(noise, _DISCREPANCY, 1, 0)
        z = normal_quantile(u)
        persistence = 0.0 if first_month else numbers[i, 1]
        centre = persistence * latent[i, _ERROR]
        wander = numbers[i, 0] ** 2 * (1.0 - persistence**2)
        year, wrong = latent[i, _YEAR], numbers[i, 3]
        before = 0.0 if alone else latent[i, _DEATHS]
        counted = 0.0 if alone else latent[i, _NOISE]
        error = centre + math.sqrt(wander) * z
        if not own:
            latent[i, _ERROR] = error
            continue
        part = recorded[i] * math.exp(error + year)
        scatter = counted + _scatter(part, error + year)
        if not closes:
            latent[i, _ERROR] = error
            latent[i, _DEATHS] = before + part
            latent[i, _NOISE] = scatter
            if guided:
                expected = 0.0
                if done > 0.0:
                    so_far = max(before + part, 0.5)
                    width = blur + scatter / so_far**2 + (1.0 - done) ** 2 * _DRIFT**2
                    width += (1.0 - done) / so_far
                    expected = _log_near(wanted - math.log(so_far / done), width, wrong)
                log_weight[i] += expected - latent[i, _TWIST]
                latent[i, _TWIST] = expected
            continue
        total = before + part
        loose = variance + scatter / max(total * total, 1e-12)
        loose += _MISPRINT**2 if odd < wrong else 0.0
        predicted[i] = total * math.exp(math.sqrt(loose) * normal_quantile(v))
        if guided and wander > 0.0 and recorded[i] > 0.0:
            error, gained = _propose_error(
                wanted,
                blur,
                before,
                counted,
                recorded[i] * math.exp(year),
                year,
                centre,
                wander,
                wrong,
                z,
                choice,
            )
            log_weight[i] += gained
            part = recorded[i] * math.exp(error + year)
            total, scatter = before + part, counted + _scatter(part, error + year)
        scatter /= max(total * total, 1e-12)
        log_weight[i] += log_printed(value, total, variance + scatter, wrong)
        latent[i, _ERROR] = error
        if not alone:
            log_weight[i] -= latent[i, _TWIST]
            latent[i, _DEATHS], latent[i, _NOISE], latent[i, _TWIST] = 0.0, 0.0, 0.0
