"""One week of the game, written once.

`week` turns a world's state `x` into the next, and writes what happened into a row `q` of the
ledger. The order of a week's events is the order of the calls in `week`:

 1. `take_office`    an inauguration: a new administration, which may not honour a pact it finds
 2. `set_stance`     the government's stance: a pact begins, goes on, or is revoked
 3. `enforce`        enforcement, the courts' retention, the net capture hazard
 4. `expose_pact`    leak, sanction, prosecution; breaches by outsiders, and the gangs' strikes
 5. `kill`           killing by gangs, ambient, by police; what is hidden
 6. `count`          what the official tally prints
 7. `bury`           members among the dead leave the streets
 8. `move_members`   recruits, captures, desistance; releases and returns; deaths in custody
 9. `move_others`    the wrongly detained and the ordinary prisoners
10. `command`        leaders' command of their cliques
11. `believe`        what gangs believe of the government, and the government of gangs
12. `feel`           fear and approval
13. `govern`         democracy, courts, prisons, institutions, precedent, foreign pressure
14. `take_stock`     stocks at the week's end

What the gangs do in the week (`act`, or a strategy) is decided between 2 and 3, in the kernel.
Equations and their sources: `docs/explanation/model.md`, in the same order.

**Two readings.** All chance comes from `tregua.model.chance`, whose samplers return means when
asked. In the mean reading counts are expectations, and a flag (pact, leaked, struck) is the share
of worlds in which it is 1. This is exact where the week is linear in what is random, and the
mean-field approximation elsewhere. A pact that has ended in some share of the worlds is not offered
again in the mean reading, because one row cannot hold two ages of a pact.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.actor import PactEnd, Stance, is_pact, may_leak
from tregua.model.chance import Noise, Purpose, binomial, event, normal, poisson, uniform
from tregua.model.ledger import GangQuantity, Quantity, in_row
from tregua.model.observation import logistic
from tregua.model.parameters import P
from tregua.model.script import Cal
from tregua.model.state import LONG_AGO, GangSlot, Slot, of_gang

__all__ = ["act", "week"]

Row = NDArray[np.float64]

# Structural constants; uncertain numbers are parameters.
_HARDLINERS_IN_BOTH = 3.0  # factor on breaches while a crackdown runs beside the pact
_TOUGH_BOTH = 0.7  # tough talk by stance
_TOUGH_EXCEPTION = 1.3
_DEMOCRACY_LOST_TO_CRACKDOWN = 0.1
_FEAR_JUMP = 0.15  # of a strike, as a share of the distance to 1
_DENIAL = 0.7  # a leak is believed by 1 - 0.7 (1 - D)
_VOTE_SLOPE = 6.0
_PRECEDENT_RATE = 4.0  # per year in a pact
_EXCEPTION_EFFORT = 3.5  # enforcement above 1 at which `wrongful` is defined
_FLOOR_RATE = 0.5  # recorded killings per 100,000 below which fear falls no further
_MAX_LOG_ODDS = 6.0
_EVIDENCE = 2.0  # largest change of the log-odds of a belief in a week
_WEEK_DAYS = 7.0
_YEAR_DAYS = 365.25


@compiled
def _toward(value: float, target: float, time: float, length: float) -> float:
    """Exact step of d value / dt = (target - value) / time over `length` years."""
    return target + (value - target) * math.exp(-length / time)


@compiled
def _hazard(rate: float, length: float) -> float:
    """Probability of an event of this rate within `length` years."""
    return 1.0 - math.exp(-rate * length)


@compiled
def _street(x: Row, gangs: int) -> float:
    total = 0.0
    for g in range(gangs):
        total += x[of_gang(GangSlot.STREET, g)]
    return total


# -- 1, 2: who governs, and how ------------------------------------------------------------------


@compiled
def _end_pact(x: Row, q: Row, p: Row, share: float, cause: int, gangs: int) -> None:
    """End the pact in a share of the worlds (1 = in this world) for one cause."""
    if share <= 0.0:
        return
    ended = 1.0 - x[Slot.PACT]
    x[Slot.SINCE_BREAK] = x[Slot.SINCE_BREAK] * ended / (ended + share) if ended > 0.0 else 0.0
    x[Slot.PACT] = max(0.0, x[Slot.PACT] - share)
    x[Slot.LAST_END] = cause
    x[Slot.TURNED] *= 1.0 - share
    q[Quantity.pact_ends] += share
    for g in range(gangs):
        x[of_gang(GangSlot.TRUST, g)] -= p[P.trust_loss] * share


@compiled
def take_office(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    """Let a new administration take office."""
    spread = p[P.approval_spread] * normal(noise, Purpose.ADMINISTRATION, 0)
    x[Slot.ADMINISTRATION] = p[P.approval_level] + spread
    if c[Cal.SCRIPTED] == 1.0:
        lost = 1.0  # a script says itself what became of the pact; power has changed hands
    else:
        wins = logistic(_VOTE_SLOPE * (x[Slot.APPROVAL] - 0.5))
        lost = event(noise, Purpose.ELECTION, 0, 1.0 - wins)
        broken = event(noise, Purpose.HONOUR, 0, 1.0 - p[P.honour])
        _end_pact(x, q, p, x[Slot.PACT] * lost * broken, PactEnd.TURNOVER, gangs)
        x[Slot.LEAKED] *= 1.0 - lost
        prior = math.log(p[P.trust_prior] / (1.0 - p[P.trust_prior]))
        for g in range(gangs):
            trust = of_gang(GangSlot.TRUST, g)
            x[trust] += lost * (prior - x[trust])
    if x[Slot.SINCE_BREAK] < LONG_AGO:
        x[Slot.TURNED] = max(x[Slot.TURNED], lost)


@compiled
def set_stance(x: Row, q: Row, p: Row, c: Row, stance: int, gangs: int) -> None:
    """Take a stance; begin, keep or revoke a pact.

    Gangs accept a new offer only after `cooling`; a script is taken at its word.
    """
    if stance == x[Slot.STANCE]:
        x[Slot.SINCE_CHANGE] += c[Cal.LENGTH] * _YEAR_DAYS / _WEEK_DAYS
    else:
        x[Slot.STANCE] = stance
        x[Slot.SINCE_CHANGE] = 0.0
    if not is_pact(stance):
        _end_pact(x, q, p, x[Slot.PACT], PactEnd.REVOKED, gangs)
        return
    cooled = x[Slot.SINCE_BREAK] >= min(p[P.cooling], LONG_AGO)
    accepted = c[Cal.SCRIPTED] == 1.0 or cooled
    if x[Slot.PACT] == 0.0 and accepted:
        x[Slot.PACT] = 1.0
        x[Slot.LEAKED] = 0.0
        x[Slot.SANCTIONED] = 0.0
        q[Quantity.pact_starts] += 1.0


@compiled
def act(x: Row, c: Row, month: Noise, gangs: int) -> None:
    """Let each gang act as scripted: by the script's shares, drawn once a month."""
    for g in range(gangs):
        restraining, pressing = c[Cal.RESTRAINING], c[Cal.PRESSING]
        if month.mean == 0:
            u = uniform(month, Purpose.ACTION, g)
            # Opposite ends of one draw, so that a change of one share leaves the other's worlds be.
            restraining = 1.0 if u < restraining else 0.0
            pressing = 1.0 if u > 1.0 - pressing else 0.0
        x[of_gang(GangSlot.RESTRAINING, g)] = restraining
        x[of_gang(GangSlot.PRESSING, g)] = pressing


# -- 3: enforcement ------------------------------------------------------------------------------


@compiled
def _enforcement(x: Row, p: Row, c: Row) -> float:
    """Arrest effort, ordinary policing being 1: scripted, or by stance."""
    if c[Cal.SCRIPTED] == 1.0 and c[Cal.ENFORCEMENT] >= 0.0:
        effort: float = c[Cal.ENFORCEMENT]
        return 1.0 + (effort - 1.0) * p[P.enforcement_scale] if effort > 1.0 else effort
    stance = int(x[Slot.STANCE])
    effort = 1.0
    if stance == Stance.MANO_DURA:
        effort = p[P.enforcement_mano_dura]
    elif stance == Stance.BOTH:
        effort = p[P.enforcement_both]
    elif stance == Stance.EXCEPTION:
        effort = p[P.enforcement_exception]
    return effort


@compiled
def enforce(x: Row, p: Row, c: Row) -> None:
    """Set enforcement e and the net capture hazard h_c = a_0 e (1 - p_J J)."""
    x[Slot.ENFORCEMENT] = _enforcement(x, p, c)
    retained = 1.0 - p[P.retention_loss] * x[Slot.FILTER]
    x[Slot.CAPTURE] = p[P.arrest] * x[Slot.ENFORCEMENT] * retained


# -- 4: what may happen to a pact ----------------------------------------------------------------


@compiled
def expose_pact(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    """Expose a pact to leaks, sanctions and breaches.

    A script's pact is hurt by them but not ended: the script says when it ended.
    """
    x[Slot.STRUCK] = 0.0
    x[Slot.BREACHED] = 0.0
    length = c[Cal.LENGTH]
    ended = x[Slot.TURNED]
    if ended > 0.0:
        prosecuted = event(noise, Purpose.PROSECUTION, 0, _hazard(p[P.prosecution], length))
        x[Slot.PROSECUTED] += (ended - min(ended, x[Slot.PROSECUTED])) * prosecuted
    if x[Slot.PACT] <= 0.0:
        return
    _leak_and_sanction(x, q, p, c, noise, gangs)
    for g in range(gangs):
        _breach(x, q, p, c, noise, g, gangs)


@compiled
def _leak_and_sanction(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    length = c[Cal.LENGTH]
    if may_leak(int(x[Slot.STANCE])):
        hazard = _hazard(p[P.leak] * x[Slot.DEMOCRACY], length)
        leaked = (1.0 - x[Slot.LEAKED]) * event(noise, Purpose.LEAK, 0, hazard)
        x[Slot.LEAKED] += leaked
        q[Quantity.leaks] += leaked * x[Slot.PACT]
    hazard = _hazard(p[P.sanction] * x[Slot.PRESSURE], length)
    sanctioned = x[Slot.LEAKED] * x[Slot.PACT] * event(noise, Purpose.SANCTION, 0, hazard)
    if sanctioned <= 0.0:
        return
    q[Quantity.sanctions] += sanctioned
    x[Slot.SANCTIONED] = min(1.0, x[Slot.SANCTIONED] + sanctioned)
    if c[Cal.SCRIPTED] == 0.0:
        ends = event(noise, Purpose.SANCTION_ENDS, 0, p[P.sanction_ends])
        _end_pact(x, q, p, sanctioned * ends, PactEnd.SANCTION, gangs)


@compiled
def _breach(x: Row, q: Row, p: Row, c: Row, noise: Noise, gang: int, gangs: int) -> None:
    """Let agencies outside the deal break it towards one gang, which may strike."""
    rate = p[P.breach]
    if int(x[Slot.STANCE]) == Stance.BOTH:
        rate *= _HARDLINERS_IN_BOTH
    breached = x[Slot.PACT] * event(noise, Purpose.BREACH, gang, _hazard(rate, c[Cal.LENGTH]))
    if breached <= 0.0:
        return
    q[Quantity.breaches] += breached
    x[Slot.BREACHED] += breached
    x[of_gang(GangSlot.TRUST, gang)] -= p[P.trust_loss] * breached
    struck = breached * event(noise, Purpose.STRIKE, gang, p[P.strike_given_breach])
    if struck > 0.0:
        obeying = x[of_gang(GangSlot.COMMAND, gang)] * x[of_gang(GangSlot.STREET, gang)]
        dead = poisson(noise, Purpose.STRIKE_DEATHS, gang, struck * p[P.strike] * obeying)
        q[Quantity.struck] += dead
        q[Quantity.strikes] += struck
        x[Slot.STRUCK] += struck
    if c[Cal.SCRIPTED] == 0.0:
        ends = event(noise, Purpose.BREACH_ENDS, gang, p[P.breach_ends])
        _end_pact(x, q, p, breached * ends, PactEnd.BREACH, gangs)


# -- 5, 6, 7: the dead ---------------------------------------------------------------------------


@compiled
def kill(x: Row, q: Row, p: Row, c: Row, noise: Noise, rivalry_at_start: float, gangs: int) -> None:
    """Draw the dead of a week: by gangs, by nobody's order, by police."""
    street = _street(x, gangs)
    fear_of_capture = math.exp(-p[P.deterrence] * x[Slot.CAPTURE])
    exposure = fear_of_capture * c[Cal.LENGTH]
    for g in range(gangs):
        _kill_by_gang(x, q, p, noise, exposure, street, rivalry_at_start, g)
    covered = 1.0 - math.exp(-street / p[P.coverage])
    reformed = 1.0 - p[P.reform_ambient] * (x[Slot.INSTITUTIONS] - p[P.institutions_usual])
    per_person = p[P.ambient_floor] + p[P.ambient_gangs] * covered * reformed
    mean = c[Cal.POPULATION] * per_person * exposure
    q[Quantity.ambient] = poisson(noise, Purpose.AMBIENT, 0, mean)
    effort = max(0.0, x[Slot.ENFORCEMENT] - 1.0)
    # Deterred members are not in the streets to be met: without this factor the enforcement of an
    # exception would imply ten times the 83 people killed by police in 2022.
    clashes = p[P.police_killing] * effort * street * exposure
    q[Quantity.police_killings] = poisson(noise, Purpose.POLICE_KILLINGS, 0, clashes)


@compiled
def _kill_by_gang(
    x: Row,
    q: Row,
    p: Row,
    noise: Noise,
    exposure: float,
    street: float,
    rivalry_at_start: float,
    gang: int,
) -> None:
    members = x[of_gang(GangSlot.STREET, gang)]
    if members <= 0.0:
        return
    rivals = (1.0 - members / street) / rivalry_at_start if rivalry_at_start > 0.0 else 1.0
    base = members * p[P.killing] * (1.0 - p[P.rivalry] + p[P.rivalry] * rivals) * exposure
    obeying = x[of_gang(GangSlot.COMMAND, gang)]
    restraining = x[of_gang(GangSlot.RESTRAINING, gang)]
    pressing = x[of_gang(GangSlot.PRESSING, gang)]
    held = restraining * (1.0 - p[P.restraint] * obeying)
    free = 1.0 - restraining + pressing * p[P.pressing_effect] * obeying
    killed = poisson(noise, Purpose.KILLINGS, gang, base * (held + free))
    pact = x[Slot.PACT]
    discreet = pact * p[P.hidden_pact] + (1.0 - pact) * p[P.hidden_usual]
    share = (held * discreet + free * p[P.hidden_usual]) / (held + free)
    hidden = binomial(noise, Purpose.HIDDEN, gang, killed, share)
    q[in_row(GangQuantity.killed_by_gang, gang)] = killed
    q[in_row(GangQuantity.hidden_by_gang, gang)] = hidden
    if pact > 0.0:
        kept = base * (1.0 - p[P.restraint] * obeying) * (1.0 - p[P.hidden_pact])
        broken = base * (1.0 - p[P.hidden_usual])
        _judge_gang(x, p, gang, killed - hidden, kept, broken)


@compiled
def _judge_gang(x: Row, p: Row, gang: int, seen: float, kept: float, broken: float) -> None:
    """Update the government's belief that a gang delivers by a Poisson likelihood ratio."""
    if kept <= 0.0 or broken <= 0.0:
        return
    evidence = p[P.tempering] * (seen * math.log(kept / broken) - (kept - broken))
    evidence = min(max(evidence, -_EVIDENCE), _EVIDENCE)
    x[of_gang(GangSlot.RELIANCE, gang)] += evidence * x[Slot.PACT]


@compiled
def count(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    """Print the official tally under the counting rules of the day."""
    by_gangs, hidden = 0.0, 0.0
    for g in range(gangs):
        by_gangs += q[in_row(GangQuantity.killed_by_gang, g)]
        hidden += q[in_row(GangQuantity.hidden_by_gang, g)]
    police = q[Quantity.police_killings]
    known = by_gangs - hidden + q[Quantity.struck] + q[Quantity.ambient]
    countable = known + police * c[Cal.POLICE_COUNTED]
    recorded = countable
    if c[Cal.UNDERCOUNTED] == 1.0:
        recorded = binomial(noise, Purpose.COUNTED, 0, countable, p[P.counted_exception])
    q[Quantity.hidden] = hidden
    q[Quantity.recorded] = recorded
    q[Quantity.uncounted] = known + police - recorded
    q[Quantity.killed] = known + police + hidden
    x[Slot.RECORDED_NOW] += recorded
    if c[Cal.LAST] == 1.0:
        x[Slot.RECORDED_0 + int(c[Cal.MONTH])] = x[Slot.RECORDED_NOW]
        rate = x[Slot.RECORDED_NOW] / c[Cal.POPULATION] * 1e5 / c[Cal.MONTH_LENGTH]
        x[Slot.RECORDED_MONTH] = rate
        x[Slot.RECORDED_NOW] = 0.0


@compiled
def bury(x: Row, q: Row, p: Row, noise: Noise, gangs: int) -> None:
    """Take the members among the dead from the streets, gang by gang in proportion to size.

    Members die of gang killing (share `vic`) and of police; those killed by police who are more
    than the members left were none.
    """
    by_gangs = 0.0
    for g in range(gangs):
        by_gangs += q[in_row(GangQuantity.killed_by_gang, g)]
    dead = binomial(noise, Purpose.MEMBER_VICTIMS, 0, by_gangs, p[P.victim_members])
    dead += q[Quantity.police_killings]
    left = _street(x, gangs)
    for g in range(gangs):
        street = of_gang(GangSlot.STREET, g)
        share = x[street] / left if left > 0.0 else 0.0
        mine = binomial(noise, Purpose.VICTIM_GANG, g, dead, share)
        left -= x[street]
        dead -= mine
        mine = min(mine, x[street])
        x[street] -= mine
        q[in_row(GangQuantity.members_killed, g)] = mine


# -- 8, 9: who joins, leaves, is held and is released ---------------------------------------------


@compiled
def move_members(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    """Move gang members between streets, prisons and ordinary life."""
    members = _street(x, gangs)
    for g in range(gangs):
        members += x[of_gang(GangSlot.PRISON, g)] + x[of_gang(GangSlot.ISOLATED, g)]
    room = max(0.0, 1.0 - members / p[P.niche])
    gained = x[Slot.INSTITUTIONS] - p[P.institutions_usual]
    recruitment = p[P.recruitment] * max(0.0, 1.0 - p[P.reform_recruitment] * gained) * room
    desistance = p[P.desistance] * max(0.0, 1.0 + p[P.reform_desistance] * gained)
    isolated = _segregated(x, p, c)
    for g in range(gangs):
        _move_prisoners(x, q, p, c, noise, g)
        _move_street(x, q, p, c, noise, recruitment, desistance, isolated, g)


@compiled
def _segregated(x: Row, p: Row, c: Row) -> float:
    """Share of new gang prisoners held in isolation."""
    stance = int(x[Slot.STANCE])
    share: float = p[P.segregated_usual]
    if c[Cal.SCRIPTED] == 1.0 and c[Cal.SEGREGATED] >= 0.0:
        share = c[Cal.SEGREGATED]
    elif stance == Stance.EXCEPTION:
        share = p[P.segregated_exception]
    elif stance == Stance.MANO_DURA or stance == Stance.BOTH:
        share = p[P.segregated_crackdown]
    return share


@compiled
def _move_street(
    x: Row,
    q: Row,
    p: Row,
    c: Row,
    noise: Noise,
    recruitment: float,
    desistance: float,
    isolated: float,
    gang: int,
) -> None:
    length = c[Cal.LENGTH]
    street = of_gang(GangSlot.STREET, gang)
    # Stocks of the week's start on both sides: whoever was released this week stays free in it,
    # and whoever is captured in it (below) was not among those who could be released (above).
    members = x[street] - q[in_row(GangQuantity.returned, gang)]
    if members <= 0.0:
        return
    recruits = poisson(noise, Purpose.RECRUITS, gang, recruitment * members * length)
    leaving = x[Slot.CAPTURE] + desistance
    exits = binomial(noise, Purpose.STREET_EXITS, gang, members, _hazard(leaving, length))
    captured = 0.0
    if leaving > 0.0:
        captured = binomial(noise, Purpose.CAPTURED, gang, exits, x[Slot.CAPTURE] / leaving)
    to_isolation = binomial(noise, Purpose.SEGREGATED, gang, captured, isolated)
    x[street] += recruits - exits
    x[of_gang(GangSlot.ISOLATED, gang)] += to_isolation
    x[of_gang(GangSlot.PRISON, gang)] += captured - to_isolation
    # Arrests that the courts undo within the week leave no trace but the arrest itself.
    undone = p[P.arrest] * x[Slot.ENFORCEMENT] - x[Slot.CAPTURE]
    brief = poisson(noise, Purpose.BRIEF_ARRESTS, gang, undone * members * length)
    q[Quantity.detained] += captured + brief
    q[in_row(GangQuantity.recruits, gang)] = recruits
    q[in_row(GangQuantity.captured, gang)] = captured
    q[in_row(GangQuantity.desisted, gang)] = exits - captured


@compiled
def _move_prisoners(x: Row, q: Row, p: Row, c: Row, noise: Noise, gang: int) -> None:
    release, death = 1.0 / p[P.release_time], p[P.custody_death]
    leaving = _hazard(release + death, c[Cal.LENGTH])
    dying = death / (release + death)
    died, returned, released = 0.0, 0.0, 0.0
    for place in range(2):
        slot = of_gang(GangSlot.PRISON if place == 0 else GangSlot.ISOLATED, gang)
        exits_for = Purpose.PRISON_EXITS if place == 0 else Purpose.ISOLATION_EXITS
        deaths_for = Purpose.PRISON_DEATHS if place == 0 else Purpose.ISOLATION_DEATHS
        returns_for = Purpose.RETURNS if place == 0 else Purpose.ISOLATION_RETURNS
        exits = binomial(noise, exits_for, gang, x[slot], leaving)
        dead = binomial(noise, deaths_for, gang, exits, dying)
        back = binomial(noise, returns_for, gang, exits - dead, p[P.return_share])
        x[slot] -= exits
        died += dead
        released += exits - dead
        returned += back
    x[of_gang(GangSlot.STREET, gang)] += returned
    q[Quantity.custody_deaths] += died
    q[in_row(GangQuantity.members_died_in_custody, gang)] = died
    q[in_row(GangQuantity.returned, gang)] = returned
    q[in_row(GangQuantity.quit_on_release, gang)] = released - returned


@compiled
def move_others(x: Row, q: Row, p: Row, c: Row, noise: Noise, gangs: int) -> None:
    """Move the wrongly detained and the ordinary prisoners."""
    length, death = c[Cal.LENGTH], p[P.custody_death]
    effort = max(0.0, x[Slot.ENFORCEMENT] - 1.0) / _EXCEPTION_EFFORT
    retained = 1.0 - p[P.retention_loss] * x[Slot.FILTER]
    mean = p[P.wrongful] * _street(x, gangs) * retained * effort * length
    wrongly = poisson(noise, Purpose.WRONGLY_DETAINED, 0, mean)
    release = 1.0 / p[P.wrongful_time]
    held = x[Slot.WRONGLY_HELD]
    exits = binomial(noise, Purpose.WRONGLY_EXITS, 0, held, _hazard(release + death, length))
    dead = binomial(noise, Purpose.WRONGLY_DEATHS, 0, exits, death / (release + death))
    x[Slot.WRONGLY_HELD] += wrongly - exits
    q[Quantity.wrongly_detained] = wrongly
    q[Quantity.detained] += wrongly
    q[Quantity.custody_deaths] += dead

    inflow = poisson(noise, Purpose.ORDINARY_INFLOW, 0, p[P.ordinary_inflow] * length)
    release = 1.0 / p[P.ordinary_time]
    held = x[Slot.ORDINARY]
    exits = binomial(noise, Purpose.ORDINARY_EXITS, 0, held, _hazard(release + death, length))
    dead = binomial(noise, Purpose.ORDINARY_DEATHS, 0, exits, death / (release + death))
    x[Slot.ORDINARY] += inflow - exits
    q[Quantity.custody_deaths] += dead


# -- 10 to 13: command, beliefs, opinion, the state -----------------------------------------------


@compiled
def command(x: Row, p: Row, c: Row, gangs: int) -> None:
    """Move command towards what the leaders' regime allows.

    o = lambda + (1 - lambda)(1 - qC), where lambda is the concession: 1 in a pact, else 0.
    """
    concession = x[Slot.PACT]
    freedom = concession + (1.0 - concession) * (1.0 - x[Slot.CONTROL])
    target = p[P.command_floor] + (p[P.command_ceiling] - p[P.command_floor]) * freedom
    for g in range(gangs):
        slot = of_gang(GangSlot.COMMAND, g)
        time = p[P.command_rise] if target > x[slot] else p[P.command_fall]
        x[slot] = _toward(x[slot], target, time, c[Cal.LENGTH])


@compiled
def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(bounded / (1.0 - bounded))


@compiled
def believe(x: Row, p: Row, c: Row, gangs: int) -> None:
    """Let trust grow while a pact is kept, and let all beliefs fade to their priors."""
    length = c[Cal.LENGTH]
    trust_prior, reliance_prior = _log_odds(p[P.trust_prior]), _log_odds(p[P.reliance_prior])
    memory = 1.0 / max(p[P.forgetting], 1e-9)
    kept = x[Slot.PACT] * max(0.0, 1.0 - x[Slot.BREACHED])
    for g in range(gangs):
        trust, reliance = of_gang(GangSlot.TRUST, g), of_gang(GangSlot.RELIANCE, g)
        x[trust] += p[P.trust_gain] * kept * length
        x[trust] = _toward(x[trust], trust_prior, memory, length)
        x[reliance] = _toward(x[reliance], reliance_prior, memory, length)
        x[trust] = min(max(x[trust], -_MAX_LOG_ODDS), _MAX_LOG_ODDS)
        x[reliance] = min(max(x[reliance], -_MAX_LOG_ODDS), _MAX_LOG_ODDS)


@compiled
def _toughness(stance: int) -> float:
    if stance == Stance.MANO_DURA:
        return 1.0
    if stance == Stance.BOTH:
        return _TOUGH_BOTH
    return _TOUGH_EXCEPTION if stance == Stance.EXCEPTION else 0.0


@compiled
def feel(x: Row, p: Row, c: Row) -> None:
    """Move fear after the record and strikes, and approval after fear."""
    length, stance = c[Cal.LENGTH], int(x[Slot.STANCE])
    rate = max(x[Slot.RECORDED_MONTH], _FLOOR_RATE)
    fear = logistic(p[P.fear_level] + p[P.fear_slope] * math.log(rate / 30.0))
    x[Slot.FEAR] = _toward(x[Slot.FEAR], fear, p[P.fear_time], length)
    x[Slot.FEAR] += _FEAR_JUMP * (1.0 - x[Slot.FEAR]) * min(1.0, x[Slot.STRUCK])
    believed = 1.0 - _DENIAL * (1.0 - x[Slot.DEMOCRACY])
    score = x[Slot.ADMINISTRATION] + p[P.approval_fear] * x[Slot.FEAR]
    score += 2.0 * p[P.approval_toughness] * x[Slot.FEAR] * _toughness(stance)
    score -= p[P.approval_leak] * x[Slot.LEAKED] * x[Slot.PACT] * believed
    if stance == Stance.OPEN_PACT:
        score -= p[P.approval_open]
    x[Slot.APPROVAL] = _toward(x[Slot.APPROVAL], logistic(score), p[P.approval_time], length)


@compiled
def _fall_or_recover(
    value: float, target: float, falls: float, recovers: float, length: float
) -> float:
    return _toward(value, target, falls if target < value else recovers, length)


@compiled
def govern(x: Row, p: Row, c: Row) -> None:
    """Move democracy, courts, prison control, institutions, precedent and pressure."""
    length, stance = c[Cal.LENGTH], int(x[Slot.STANCE])
    democracy, judges, control = p[P.democracy_usual], p[P.filter_usual], p[P.control_usual]
    if stance == Stance.EXCEPTION:
        democracy, judges = p[P.democracy_exception], p[P.filter_exception]
        control = p[P.control_exception]
    elif stance == Stance.MANO_DURA or stance == Stance.BOTH:
        democracy -= _DEMOCRACY_LOST_TO_CRACKDOWN
        if stance == Stance.MANO_DURA:
            control = p[P.control_crackdown]
    recovery = p[P.filter_recovery]
    if c[Cal.SCRIPTED] == 1.0 and c[Cal.FILTER] >= 0.0:
        judges, recovery = c[Cal.FILTER], p[P.filter_fall]  # a script is taken at its word
    x[Slot.DEMOCRACY] = _fall_or_recover(
        x[Slot.DEMOCRACY], democracy, p[P.democracy_fall], p[P.democracy_recovery], length
    )
    x[Slot.FILTER] = _fall_or_recover(x[Slot.FILTER], judges, p[P.filter_fall], recovery, length)
    x[Slot.CONTROL] = _toward(x[Slot.CONTROL], control, p[P.control_time], length)
    if stance == Stance.REFORM:
        x[Slot.INSTITUTIONS] = _toward(x[Slot.INSTITUTIONS], 1.0, p[P.reform_time], length)
    else:
        usual = p[P.institutions_usual]
        x[Slot.INSTITUTIONS] = _toward(x[Slot.INSTITUTIONS], usual, p[P.reform_decay], length)
    # Rises at 4 (1 - Z) in a pact, fades at Z / tau_Z outside; a mixture in the mean reading.
    rise = x[Slot.PACT] * _PRECEDENT_RATE
    fade = (1.0 - x[Slot.PACT]) / p[P.precedent_time]
    x[Slot.PRECEDENT] = _toward(
        x[Slot.PRECEDENT], rise / (rise + fade), 1.0 / (rise + fade), length
    )
    known = x[Slot.LEAKED] * x[Slot.PACT]
    pressure = p[P.pressure_usual] + (1.0 - p[P.pressure_usual]) * known
    x[Slot.PRESSURE] = _toward(x[Slot.PRESSURE], pressure, p[P.pressure_time], length)
    x[Slot.SINCE_BREAK] = min(LONG_AGO, x[Slot.SINCE_BREAK] + length)


# -- 14: the week's end ---------------------------------------------------------------------------


@compiled
def take_stock(x: Row, q: Row, gangs: int) -> None:
    """Write stocks and shares into the week's row."""
    inside = 0.0
    for g in range(gangs):
        held = x[of_gang(GangSlot.PRISON, g)] + x[of_gang(GangSlot.ISOLATED, g)]
        inside += held
        q[in_row(GangQuantity.street_by_gang, g)] = x[of_gang(GangSlot.STREET, g)]
        q[in_row(GangQuantity.prisoners_by_gang, g)] = held
        q[in_row(GangQuantity.command, g)] = x[of_gang(GangSlot.COMMAND, g)]
        q[in_row(GangQuantity.trust, g)] = logistic(x[of_gang(GangSlot.TRUST, g)])
        q[in_row(GangQuantity.reliance, g)] = logistic(x[of_gang(GangSlot.RELIANCE, g)])
        q[in_row(GangQuantity.restraining, g)] = x[of_gang(GangSlot.RESTRAINING, g)]
        q[in_row(GangQuantity.pressing, g)] = x[of_gang(GangSlot.PRESSING, g)]
    q[Quantity.gang_prisoners] = inside
    q[Quantity.wrongly_held] = x[Slot.WRONGLY_HELD]
    q[Quantity.ordinary_prisoners] = x[Slot.ORDINARY]
    q[Quantity.prisoners] = inside + x[Slot.WRONGLY_HELD] + x[Slot.ORDINARY]
    q[Quantity.street] = _street(x, gangs)
    q[Quantity.fear] = x[Slot.FEAR]
    q[Quantity.approval] = x[Slot.APPROVAL]
    q[Quantity.democracy] = x[Slot.DEMOCRACY]
    q[Quantity.judicial_filter] = x[Slot.FILTER]
    q[Quantity.prison_control] = x[Slot.CONTROL]
    q[Quantity.institutions] = x[Slot.INSTITUTIONS]
    q[Quantity.precedent] = x[Slot.PRECEDENT]
    q[Quantity.foreign_pressure] = x[Slot.PRESSURE]
    q[Quantity.prosecuted] = x[Slot.PROSECUTED]
    q[Quantity.leaked] = x[Slot.LEAKED] * x[Slot.PACT]
    q[Quantity.stance] = x[Slot.STANCE]


@compiled
def week(x: Row, q: Row, p: Row, c: Row, noise: Noise, rivalry_at_start: float, gangs: int) -> None:
    """Let the rest of a week happen, once stance and actions are set.

    Parameters
    ----------
    x
        The world's state (`Slot`, `GangSlot`); changed in place.
    q
        The week's row of the ledger (`Quantity`, `GangQuantity`); flows are added to it.
    p
        The world's parameters (`Parameter`).
    c
        The week's row of the calendar (`Cal`).
    noise
        The week's place among random numbers.
    rivalry_at_start
        1 - sum of squared shares of the gangs at the start; 0 for a single gang.
    gangs
        Number of gangs.
    """
    enforce(x, p, c)
    q[Quantity.pact] = x[Slot.PACT]
    expose_pact(x, q, p, c, noise, gangs)
    kill(x, q, p, c, noise, rivalry_at_start, gangs)
    count(x, q, p, c, noise, gangs)
    bury(x, q, p, noise, gangs)
    move_members(x, q, p, c, noise, gangs)
    move_others(x, q, p, c, noise, gangs)
    command(x, p, c, gangs)
    believe(x, p, c, gangs)
    feel(x, p, c)
    govern(x, p, c)
    take_stock(x, q, gangs)
