"""One week of the game, written once.

`week` turns the state of a block of worlds into the next, and adds what happened to the ledger. The
order of a week's events is the order of the calls in `week`:

 1. `take_office`    an inauguration: a new administration, which may not honour a pact it finds
 2. `set_stance`     the government's stance: a pact begins, goes on, or is revoked
 3. `enforce`        enforcement, the courts' retention, the net capture hazard
 4. `expose_pact`    leak, sanction, prosecution; breaches by outsiders, and the gangs' strikes
 5. `kill`           killing by gangs, ambient, by the fringe, by police; what is hidden
 6. `count`          what the official tally prints
 7. `bury`           members among the dead leave the streets
 8. `move_members`   recruits, captures, desistance; releases and returns; deaths in custody
 9. `move_others`    the wrongly detained and the ordinary prisoners
10. `command`        leaders' command of their cliques
11. `believe`        what gangs believe of the government (what it believes of them: in `kill`)
12. `feel`           fear and approval
13. `govern`         democracy, courts, prisons, institutions, precedent, foreign pressure
14. `rearrange`      optional mechanisms with a memory: territory, readiness, parts, admissions
15. `take_stock`     stocks at the end of a period

What the gangs do in the week (`act`, or a strategy) is decided between 2 and 3, in the kernel.
Equations and their sources: `docs/explanation/model.md`, in the same order.

**How to read it.** A name bound to `state(b, Slot.X)` is a row: one number a world of the block
`b` (`tregua.model.block`). A loop over `b.lanes` says what happens in each world; conditions within
it are written as values (`x if condition else y`), which vector units can follow. `c` is the
week's row of the calendar, the same for all worlds.

**Two readings.** All chance comes from `tregua.model.chance`, whose samplers return means when
asked. In the mean reading counts are expectations, and a flag (pact, leaked, struck) is the share
of worlds in which it is 1. This is exact where the week is linear in what is random, and the
mean-field approximation elsewhere. A pact that has ended in some share of the worlds is not offered
again in the mean reading, because one number cannot hold two ages of a pact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled, inlined
from tregua.model.actor import PactEnd, Stance, is_pact, may_leak
from tregua.model.block import (
    Block,
    GangScratch,
    Scratch,
    gang_ledger,
    gang_scratch,
    gang_state,
    ledger,
    parameter,
    scratch,
    state,
)
from tregua.model.chance import binomial, binomial_of, fill_uniforms, happens, poisson, prepare
from tregua.model.elementary import exp, log, log_odds, logistic, normal_quantile, power
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.mechanisms import Mechanism
from tregua.model.noise import Purpose
from tregua.model.parameters import P
from tregua.model.script import Cal
from tregua.model.state import LONG_AGO, GangSlot, Slot

__all__ = ["act", "draw_month", "set_pace", "set_stance", "take_office", "week"]

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
_MOST_PARTS = 8.0


@inlined
def _toward(value: float, target: float, time: float, length: float) -> float:
    """Exact step of d value / dt = (target - value) / time over `length` years."""
    return target + (value - target) * exp(-length / time)


@inlined
def _hazard(rate: float, length: float) -> float:
    """Probability of an event of this rate within `length` years."""
    return 1.0 - exp(-rate * length)


@compiled
def _add(b: Block, total: Row, part: Row) -> None:
    for i in range(b.lanes):
        total[i] += part[i]


@compiled
def _clear(b: Block, row: Row) -> None:
    for i in range(b.lanes):
        row[i] = 0.0


@compiled
def _any_above_zero(b: Block, row: Row) -> bool:
    count = 0
    for i in range(b.lanes):
        count += 1 if row[i] > 0.0 else 0
    return count > 0


@compiled
def _sum_street(b: Block) -> None:
    """Write all gangs' street members, and those of the largest gang."""
    total, strongest = scratch(b, Scratch.STREET), scratch(b, Scratch.STRONGEST)
    _clear(b, total)
    _clear(b, strongest)
    for g in range(b.gangs):
        street = gang_state(b, GangSlot.STREET, g)
        for i in range(b.lanes):
            total[i] += street[i]
            strongest[i] = max(strongest[i], street[i])


@compiled
def set_pace(b: Block, c: Row) -> None:
    """Write what only parameters and the length of the week decide; called when that changes."""
    length = c[Cal.LENGTH]
    _set_decays(b, length)
    stay, death = parameter(b, P.release_time), parameter(b, P.custody_death)
    released, dying = scratch(b, Scratch.RELEASED), scratch(b, Scratch.DYING)
    returning, share = scratch(b, Scratch.RETURNING), parameter(b, P.return_share)
    victim, members = scratch(b, Scratch.VICTIM), parameter(b, P.victim_members)
    inflow, rate = scratch(b, Scratch.ORDINARY_INFLOW), parameter(b, P.ordinary_inflow)
    for i in range(b.lanes):
        release = 1.0 / stay[i]
        released[i] = _hazard(release + death[i], length)
        dying[i] = death[i] / (release + death[i])
        returning[i] = share[i]
        victim[i] = members[i]
        inflow[i] = rate[i] * length
    prepare(b, Scratch.RELEASED)
    prepare(b, Scratch.DYING)
    prepare(b, Scratch.RETURNING)
    prepare(b, Scratch.VICTIM)
    _set_leaving(b, length, P.ordinary_time, Scratch.ORDINARY_LEAVING, Scratch.ORDINARY_DYING)
    _set_leaving(b, length, P.wrongful_time, Scratch.WRONGLY_LEAVING, Scratch.WRONGLY_DYING)


@compiled
def _set_leaving(b: Block, length: float, time: int, leaving: int, dying: int) -> None:
    stay, death = parameter(b, time), parameter(b, P.custody_death)
    leaves, dies = scratch(b, leaving), scratch(b, dying)
    for i in range(b.lanes):
        leaves[i] = _hazard(1.0 / stay[i] + death[i], length)
        dies[i] = death[i] / (1.0 / stay[i] + death[i])
    prepare(b, leaving)
    prepare(b, dying)


@compiled
def _set_decay(b: Block, length: float, decay: int, time: int) -> None:
    left, times = scratch(b, decay), parameter(b, time)
    for i in range(b.lanes):
        left[i] = exp(-length / times[i])


@compiled
def _set_decays(b: Block, length: float) -> None:
    _set_decay(b, length, Scratch.RISE, P.command_rise)
    _set_decay(b, length, Scratch.FALL, P.command_fall)
    _set_decay(b, length, Scratch.FEAR, P.fear_time)
    _set_decay(b, length, Scratch.APPROVAL, P.approval_time)
    _set_decay(b, length, Scratch.DEMOCRACY_FALL, P.democracy_fall)
    _set_decay(b, length, Scratch.DEMOCRACY_RECOVERY, P.democracy_recovery)
    _set_decay(b, length, Scratch.FILTER_FALL, P.filter_fall)
    _set_decay(b, length, Scratch.FILTER_RECOVERY, P.filter_recovery)
    _set_decay(b, length, Scratch.CONTROL, P.control_time)
    _set_decay(b, length, Scratch.REFORM, P.reform_time)
    _set_decay(b, length, Scratch.DECAY, P.reform_decay)
    _set_decay(b, length, Scratch.PRESSURE, P.pressure_time)
    forget, forgetting = scratch(b, Scratch.FORGET), parameter(b, P.forgetting)
    trust, trust_prior = scratch(b, Scratch.TRUST), parameter(b, P.trust_prior)
    reliance, reliance_prior = scratch(b, Scratch.RELIANCE), parameter(b, P.reliance_prior)
    for i in range(b.lanes):
        forget[i] = exp(-forgetting[i] * length)
        trust[i] = log_odds(trust_prior[i])
        reliance[i] = log_odds(reliance_prior[i])


# -- 1, 2: who governs, and how ------------------------------------------------------------------


@compiled
def _end_pact(b: Block, i: int, share: float, cause: int) -> None:
    """End the pact of world i in a share of the worlds (1 = in this world) for one cause."""
    if share <= 0.0:
        return
    pact, since = state(b, Slot.PACT), state(b, Slot.SINCE_BREAK)
    ended = 1.0 - pact[i]
    since[i] = since[i] * ended / (ended + share) if ended > 0.0 else 0.0
    pact[i] = max(0.0, pact[i] - share)
    state(b, Slot.LAST_END)[i] = cause
    state(b, Slot.TURNED)[i] *= 1.0 - share
    ledger(b, Quantity.pact_ends)[i] += share
    loss = parameter(b, P.trust_loss)[i] * share
    for g in range(b.gangs):
        gang_state(b, GangSlot.TRUST, g)[i] -= loss


@compiled
def take_office(b: Block, c: Row) -> None:
    """Let a new administration take office."""
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    mood, platform = state(b, Slot.ADMINISTRATION), state(b, Slot.PLATFORM)
    level, spread = parameter(b, P.approval_level), parameter(b, P.approval_spread)
    approval, fear, slope = (
        state(b, Slot.APPROVAL),
        state(b, Slot.FEAR),
        parameter(b, P.platform_slope),
    )
    lost = scratch(b, Scratch.SHARE)
    fill_uniforms(b, Purpose.ADMINISTRATION, 0, u, v)
    for i in range(b.lanes):
        mood[i] = level[i] + spread[i] * normal_quantile(u[i])
        # A script says itself what became of the pact; power has changed hands.
        lost[i] = 1.0
        if c[Cal.SCRIPTED] == 0.0:
            lost[i] = happens(b, v[i], 1.0 - logistic(_VOTE_SLOPE * (approval[i] - 0.5)))
            platform[i] = 1.0 + slope[i] * fear[i]
    if c[Cal.SCRIPTED] == 0.0:
        _hand_over(b, lost)
    since, turned = state(b, Slot.SINCE_BREAK), state(b, Slot.TURNED)
    _copy(b, state(b, Slot.TURNOVER), lost)
    for i in range(b.lanes):
        turned[i] = max(turned[i], lost[i]) if since[i] < LONG_AGO else turned[i]


@compiled
def _hand_over(b: Block, lost: Row) -> None:
    """Let those who won office anew honour the pact they find, or not; trust starts afresh."""
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    fill_uniforms(b, Purpose.HONOUR, 0, u, v)
    pact, leaked = state(b, Slot.PACT), state(b, Slot.LEAKED)
    honour, prior = parameter(b, P.honour), parameter(b, P.trust_prior)
    for i in range(b.lanes):
        broken = happens(b, u[i], 1.0 - honour[i])
        _end_pact(b, i, pact[i] * lost[i] * broken, PactEnd.TURNOVER)
        leaked[i] *= 1.0 - lost[i]
        for g in range(b.gangs):
            trust = gang_state(b, GangSlot.TRUST, g)
            trust[i] += lost[i] * (log_odds(prior[i]) - trust[i])


@compiled
def set_stance(b: Block, c: Row, wanted: Row) -> None:
    """Take the stances wanted; begin, keep or revoke a pact.

    Gangs accept a new offer only after `cooling`; a script is taken at its word.
    """
    if b.on & Mechanism.EXCLUSIVE_OFFERS:
        _choose_included(b)
    stance, since_change = state(b, Slot.STANCE), state(b, Slot.SINCE_CHANGE)
    pact, since_break = state(b, Slot.PACT), state(b, Slot.SINCE_BREAK)
    starts, cooling = ledger(b, Quantity.pact_starts), parameter(b, P.cooling)
    weeks = c[Cal.LENGTH] * _YEAR_DAYS / _WEEK_DAYS
    for i in range(b.lanes):
        same = wanted[i] == stance[i]
        since_change[i] = since_change[i] + weeks if same else 0.0
        stance[i] = wanted[i]
        if not is_pact(int(wanted[i])):
            _end_pact(b, i, pact[i], PactEnd.REVOKED)
        elif pact[i] == 0.0:
            cooled = since_break[i] >= min(cooling[i], LONG_AGO)
            if c[Cal.SCRIPTED] == 1.0 or cooled:
                pact[i] = 1.0
                state(b, Slot.LEAKED)[i] = 0.0
                state(b, Slot.SANCTIONED)[i] = 0.0
                starts[i] += 1.0


@compiled
def _choose_included(b: Block) -> None:
    """Offer the next pact to the large gangs only; outside a pact nobody is envious."""
    _sum_street(b)
    strongest, pact = scratch(b, Scratch.STRONGEST), state(b, Slot.PACT)
    needed = parameter(b, P.included_share)
    for g in range(b.gangs):
        included, envious = (
            gang_state(b, GangSlot.INCLUDED, g),
            gang_state(b, GangSlot.ENVIOUS, g),
        )
        street = gang_state(b, GangSlot.STREET, g)
        for i in range(b.lanes):
            large = 1.0 if street[i] >= needed[i] * strongest[i] else 0.0
            included[i] = large if pact[i] == 0.0 else included[i]
            envious[i] = 0.0 if pact[i] == 0.0 else envious[i]


@compiled
def draw_month(b: Block) -> None:
    """Draw each actor's uniform number of the month; called in a month's first week."""
    v = scratch(b, Scratch.V)
    fill_uniforms(b, Purpose.GOVERNMENT_MONTH, 0, state(b, Slot.DRAW), v)
    for g in range(b.gangs):
        fill_uniforms(b, Purpose.MONTH, g, gang_state(b, GangSlot.DRAW, g), v)


@compiled
def act(b: Block, c: Row) -> None:
    """Let each gang act as scripted: by the script's shares, drawn once a month."""
    for g in range(b.gangs):
        draw = gang_state(b, GangSlot.DRAW, g)
        restraining = gang_state(b, GangSlot.RESTRAINING, g)
        pressing = gang_state(b, GangSlot.PRESSING, g)
        for i in range(b.lanes):
            # Opposite ends of one draw, so that a change of one share leaves the other's worlds be.
            restrains = 1.0 if draw[i] < c[Cal.RESTRAINING] else 0.0
            presses = 1.0 if draw[i] > 1.0 - c[Cal.PRESSING] else 0.0
            restraining[i] = c[Cal.RESTRAINING] if b.mean == 1 else restrains
            pressing[i] = c[Cal.PRESSING] if b.mean == 1 else presses
        if b.on & Mechanism.EXCLUSIVE_OFFERS:
            included, pact = gang_state(b, GangSlot.INCLUDED, g), state(b, Slot.PACT)
            for i in range(b.lanes):
                restraining[i] *= 1.0 - pact[i] * (1.0 - included[i])


# -- 3: enforcement ------------------------------------------------------------------------------


@compiled
def enforce(b: Block, c: Row) -> None:
    """Set enforcement e and the net capture hazard h_c = a_0 e (1 - p_J J).

    Enforcement is scripted, or that of the stance; mano dura is as hard as was promised at the
    last election.
    """
    effort, capture = state(b, Slot.ENFORCEMENT), state(b, Slot.CAPTURE)
    stance, filtered = state(b, Slot.STANCE), state(b, Slot.FILTER)
    platform, both = state(b, Slot.PLATFORM), parameter(b, P.enforcement_both)
    exception, scale = (
        parameter(b, P.enforcement_exception),
        parameter(b, P.enforcement_scale),
    )
    arrest, loss = parameter(b, P.arrest), parameter(b, P.retention_loss)
    given = c[Cal.ENFORCEMENT]
    for i in range(b.lanes):
        e = platform[i] if stance[i] == Stance.MANO_DURA else 1.0
        e = both[i] if stance[i] == Stance.BOTH else e
        e = exception[i] if stance[i] == Stance.EXCEPTION else e
        scripted = 1.0 + (given - 1.0) * scale[i] if given > 1.0 else given
        effort[i] = scripted if given >= 0.0 else e
        capture[i] = arrest[i] * effort[i] * (1.0 - loss[i] * filtered[i])
    if b.on & Mechanism.VECTOR_INSTITUTIONS:
        police, effect = state(b, Slot.POLICE), parameter(b, P.police_effect)
        for i in range(b.lanes):
            capture[i] *= 1.0 + effect[i] * (police[i] - _component_usual(b, i))


@inlined
def _component_usual(b: Block, i: int) -> float:
    """Quality of each component of institutions in ordinary times."""
    usual: float = parameter(b, P.institutions_usual)[i]
    honest: float = max(1e-9, 1.0 - parameter(b, P.corruption_usual)[i])
    return min(1.0, usual / honest)


# -- 4: what may happen to a pact ----------------------------------------------------------------


@compiled
def expose_pact(b: Block, c: Row) -> None:
    """Expose a pact to leaks, sanctions, spoilers and breaches.

    A script's pact is hurt by them but not ended: the script says when it ended.
    """
    _clear(b, state(b, Slot.STRUCK))
    _clear(b, state(b, Slot.BREACHED))
    _clear(b, scratch(b, Scratch.STRUCK))
    _prosecute(b, c)
    if not _any_above_zero(b, state(b, Slot.PACT)):
        return
    _leak(b, c)
    _sanction(b, c)
    for g in range(b.gangs):
        _breach(b, c, g)


@compiled
def _prosecute(b: Block, c: Row) -> None:
    """Prosecute the negotiators of a past pact, once power has changed hands."""
    turned, prosecuted = state(b, Slot.TURNED), state(b, Slot.PROSECUTED)
    if not _any_above_zero(b, turned):
        return
    u, v, rate = scratch(b, Scratch.U), scratch(b, Scratch.V), parameter(b, P.prosecution)
    fill_uniforms(b, Purpose.HONOUR, 0, u, v)
    for i in range(b.lanes):
        charged = happens(b, v[i], _hazard(rate[i], c[Cal.LENGTH]))
        prosecuted[i] += max(0.0, turned[i] - prosecuted[i]) * charged


@compiled
def _leak(b: Block, c: Row) -> None:
    """Let a secret pact leak; `v` keeps the sanction's uniform number for `_sanction`."""
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    fill_uniforms(b, Purpose.LEAK, 0, u, v)
    stance, pact, leaked = state(b, Slot.STANCE), state(b, Slot.PACT), state(b, Slot.LEAKED)
    democracy, rate = state(b, Slot.DEMOCRACY), parameter(b, P.leak)
    leaks = ledger(b, Quantity.leaks)
    for i in range(b.lanes):
        secret = 1.0 if may_leak(int(stance[i])) and pact[i] > 0.0 else 0.0
        out = happens(b, u[i], _hazard(rate[i] * democracy[i], c[Cal.LENGTH]))
        fresh = (1.0 - leaked[i]) * out * secret
        leaked[i] += fresh
        leaks[i] += fresh * pact[i]


@compiled
def _sanction(b: Block, c: Row) -> None:
    v, u = scratch(b, Scratch.V), scratch(b, Scratch.U)
    pact, leaked, pressure = state(b, Slot.PACT), state(b, Slot.LEAKED), state(b, Slot.PRESSURE)
    rate, ends = parameter(b, P.sanction), parameter(b, P.sanction_ends)
    sanctioned, sanctions = state(b, Slot.SANCTIONED), ledger(b, Quantity.sanctions)
    fresh, spoil = scratch(b, Scratch.SHARE), scratch(b, Scratch.MEAN)
    for i in range(b.lanes):
        falls = happens(b, v[i], _hazard(rate[i] * pressure[i], c[Cal.LENGTH]))
        fresh[i] = leaked[i] * pact[i] * falls
        sanctions[i] += fresh[i]
        sanctioned[i] = min(1.0, sanctioned[i] + fresh[i])
    fringe = b.on & Mechanism.FRINGE
    if c[Cal.SCRIPTED] == 1.0 or not (fringe or _any_above_zero(b, fresh)):
        return
    fill_uniforms(b, Purpose.SANCTION_ENDS, 0, u, spoil)
    spoils = parameter(b, P.fringe_spoil)
    for i in range(b.lanes):
        ended, known = fresh[i] * happens(b, u[i], ends[i]), leaked[i] * pact[i]
        _end_pact(b, i, ended, PactEnd.SANCTION)
        # A sanction ends what has leaked: of the pacts left a smaller share has (mean reading).
        leaked[i] = max(0.0, known - ended) / pact[i] if pact[i] > 0.0 else leaked[i]
        if fringe:
            fails = happens(b, spoil[i], _hazard(spoils[i], c[Cal.LENGTH]))
            _end_pact(b, i, pact[i] * fails, PactEnd.FRINGE)


@compiled
def _breach(b: Block, c: Row, gang: int) -> None:
    """Let agencies outside the deal break it towards one gang, which may strike."""
    u, v, now = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.SHARE)
    stance, pact, breached = (
        state(b, Slot.STANCE),
        state(b, Slot.PACT),
        state(b, Slot.BREACHED),
    )
    included, trust = gang_state(b, GangSlot.INCLUDED, gang), gang_state(b, GangSlot.TRUST, gang)
    rate, loss = parameter(b, P.breach), parameter(b, P.trust_loss)
    ends, breaches = parameter(b, P.breach_ends), ledger(b, Quantity.breaches)
    ending = gang_scratch(b, GangScratch.ENDING, gang)
    fill_uniforms(b, Purpose.BREACH, gang, u, v)
    for i in range(b.lanes):
        factor = _HARDLINERS_IN_BOTH if stance[i] == Stance.BOTH else 1.0
        broken = happens(b, u[i], _hazard(rate[i] * factor, c[Cal.LENGTH]))
        now[i] = pact[i] * included[i] * broken
        breaches[i] += now[i]
        breached[i] += now[i]
        trust[i] -= loss[i] * now[i]
        # What ends the pact is decided now and done after the strike.
        ending[i] = now[i] * happens(b, v[i], ends[i])
    if not _any_above_zero(b, now):
        return
    _strike(b, now, gang)
    if c[Cal.SCRIPTED] == 0.0:
        for i in range(b.lanes):
            _end_pact(b, i, ending[i], PactEnd.BREACH)


@compiled
def _strike(b: Block, breached: Row, gang: int) -> None:
    """Let a gang answer a breach with a strike: a pulse of killings within days."""
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    mean, dead = scratch(b, Scratch.MEAN), scratch(b, Scratch.COUNT)
    answers, size = parameter(b, P.strike_given_breach), parameter(b, P.strike)
    obeying, street = gang_state(b, GangSlot.COMMAND, gang), gang_state(b, GangSlot.STREET, gang)
    strikes, struck = ledger(b, Quantity.strikes), state(b, Slot.STRUCK)
    fill_uniforms(b, Purpose.STRIKE, gang, u, v)
    for i in range(b.lanes):
        strike = breached[i] * happens(b, u[i], answers[i])
        strikes[i] += strike
        struck[i] += strike
        mean[i] = strike * size[i] * obeying[i] * street[i]
    poisson(b, dead, mean, v)
    _add(b, scratch(b, Scratch.STRUCK), dead)
    _add(b, ledger(b, Quantity.struck), dead)


# -- 5, 6, 7: the dead ---------------------------------------------------------------------------


@compiled
def kill(b: Block, c: Row) -> None:
    """Draw the dead of a week: by gangs, by nobody's order, by the fringe, by police."""
    _sum_street(b)
    street, exposure = scratch(b, Scratch.STREET), scratch(b, Scratch.EXPOSURE)
    capture, deterrence = state(b, Slot.CAPTURE), parameter(b, P.deterrence)
    for i in range(b.lanes):
        exposure[i] = exp(-deterrence[i] * capture[i]) * c[Cal.LENGTH]
    _clear(b, scratch(b, Scratch.BY_GANGS))
    _clear(b, scratch(b, Scratch.HIDDEN))
    for g in range(b.gangs):
        _kill_by_gang(b, c, g)
    _kill_by_nobody(b, c, street, exposure)
    if b.on & Mechanism.FRINGE:
        _kill_by_fringe(b)


@compiled
def _kill_by_nobody(b: Block, c: Row, street: Row, exposure: Row) -> None:
    """Ambient killings, and killings by police."""
    u, v, mean, clashes = (
        scratch(b, Scratch.U),
        scratch(b, Scratch.V),
        scratch(b, Scratch.MEAN),
        scratch(b, Scratch.SHARE),
    )
    floor, breeding = parameter(b, P.ambient_floor), parameter(b, P.ambient_gangs)
    coverage, effect = parameter(b, P.coverage), parameter(b, P.reform_ambient)
    institutions, usual = state(b, Slot.INSTITUTIONS), parameter(b, P.institutions_usual)
    effort, police, rate = (
        state(b, Slot.ENFORCEMENT),
        parameter(b, P.police_killing),
        state(b, Slot.AMBIENT_RATE),
    )
    for i in range(b.lanes):
        covered = 1.0 - exp(-street[i] / coverage[i])
        reformed = 1.0 - effect[i] * (institutions[i] - usual[i])
        per_person = floor[i] + breeding[i] * covered * reformed
        mean[i] = c[Cal.POPULATION] * per_person * exposure[i]
        rate[i] = mean[i] / c[Cal.LENGTH]
    for i in range(b.lanes):
        # Deterred members are not in the streets to be met: without exposure the enforcement of an
        # exception would imply ten times the 83 people killed by police in 2022.
        clashes[i] = police[i] * max(0.0, effort[i] - 1.0) * street[i] * exposure[i]
    fill_uniforms(b, Purpose.AMBIENT, 0, u, v)
    poisson(b, scratch(b, Scratch.AMBIENT), mean, u)
    if _any_above_zero(b, clashes):
        poisson(b, scratch(b, Scratch.POLICE), clashes, v)
    else:
        _clear(b, scratch(b, Scratch.POLICE))


@compiled
def _kill_by_fringe(b: Block) -> None:
    """Killings by smaller gangs and armed firms: a share of the gangs' business, pact or not."""
    u, v, mean = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.MEAN)
    share = parameter(b, P.fringe_share)
    _clear(b, mean)
    for g in range(b.gangs):
        base = gang_scratch(b, GangScratch.BASE, g)
        for i in range(b.lanes):
            mean[i] += share[i] * base[i]
    fill_uniforms(b, Purpose.FRINGE, 0, u, v)
    poisson(b, scratch(b, Scratch.FRINGE), mean, u)


@compiled
def _expect_business(b: Block, c: Row, gang: int) -> None:
    """Write the killings expected of a gang's business: S v (1 - w + w rivals) exposure."""
    base, rate = gang_scratch(b, GangScratch.BASE, gang), gang_state(b, GangSlot.BASE_RATE, gang)
    members, street = gang_state(b, GangSlot.STREET, gang), scratch(b, Scratch.STREET)
    killing, rivalry = parameter(b, P.killing), parameter(b, P.rivalry)
    exposure, rivals = scratch(b, Scratch.EXPOSURE), scratch(b, Scratch.SHARE)
    usual = b.rivalry_at_start
    parts = gang_state(b, GangSlot.FRAGMENTS, gang)
    for i in range(b.lanes):
        share = members[i] / street[i] if street[i] > 0.0 else 1.0
        rivals[i] = (1.0 - share / parts[i]) / usual if usual > 0.0 else 1.0
    if b.on & Mechanism.TERRITORY:
        ruled, violence = (
            gang_state(b, GangSlot.TERRITORY, gang),
            parameter(b, P.territory_violence),
        )
        for i in range(b.lanes):
            share = members[i] / street[i] if street[i] > 0.0 else 1.0
            rivals[i] *= 1.0 + violence[i] * abs(share - ruled[i])
    for i in range(b.lanes):
        of_rivals = 1.0 - rivalry[i] + rivalry[i] * rivals[i]
        base[i] = members[i] * killing[i] * of_rivals * exposure[i]
        rate[i] = base[i] / c[Cal.LENGTH]


@compiled
def _kill_by_gang(b: Block, c: Row, gang: int) -> None:
    """Draw a gang's killings, under orders as far as cliques obey, and hide some."""
    _expect_business(b, c, gang)
    u, v, mean = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.MEAN)
    base, killed = (
        gang_scratch(b, GangScratch.BASE, gang),
        gang_scratch(b, GangScratch.KILLED, gang),
    )
    obeying, readiness = (
        gang_state(b, GangSlot.COMMAND, gang),
        gang_state(b, GangSlot.READINESS, gang),
    )
    restraining = gang_state(b, GangSlot.RESTRAINING, gang)
    pressing = gang_state(b, GangSlot.PRESSING, gang)
    restraint, effect = parameter(b, P.restraint), parameter(b, P.pressing_effect)
    usual, in_pact, pact = (
        parameter(b, P.hidden_usual),
        parameter(b, P.hidden_pact),
        state(b, Slot.PACT),
    )
    hidden_share = scratch(b, Scratch.SHARE)
    for i in range(b.lanes):
        held = restraining[i] * (1.0 - restraint[i] * obeying[i])
        free = 1.0 - restraining[i] + pressing[i] * effect[i] * readiness[i] * obeying[i]
        mean[i] = base[i] * (held + free)
        discreet = pact[i] * in_pact[i] + (1.0 - pact[i]) * usual[i]
        hidden_share[i] = (held * discreet + free * usual[i]) / max(held + free, 1e-12)
    if b.on & Mechanism.RETALIATION:
        _add_retaliation(b, c, gang)
    fill_uniforms(b, Purpose.KILLINGS, gang, u, v)
    poisson(b, killed, mean, u)
    hidden = gang_scratch(b, GangScratch.HIDDEN, gang)
    binomial(b, hidden, killed, hidden_share, v)
    _add(b, scratch(b, Scratch.BY_GANGS), killed)
    _add(b, scratch(b, Scratch.HIDDEN), hidden)
    _add(b, gang_ledger(b, GangQuantity.killed_by_gang, gang), killed)
    _add(b, gang_ledger(b, GangQuantity.hidden_by_gang, gang), hidden)
    if b.on & Mechanism.RETALIATION:
        _remember_killings(b, c, gang)
    if _any_above_zero(b, pact):
        _judge_gang(b, gang)


@compiled
def _add_retaliation(b: Block, c: Row, gang: int) -> None:
    """Let a share n of killings answer those of the weeks before: (1 - n) mu + n heat."""
    mean, heat = scratch(b, Scratch.MEAN), gang_state(b, GangSlot.HEAT, gang)
    branching = parameter(b, P.branching)
    for i in range(b.lanes):
        answers = branching[i] * heat[i] * c[Cal.LENGTH]
        mean[i] = (1.0 - branching[i]) * mean[i] + answers


@compiled
def _remember_killings(b: Block, c: Row, gang: int) -> None:
    killed, heat = gang_scratch(b, GangScratch.KILLED, gang), gang_state(b, GangSlot.HEAT, gang)
    time = parameter(b, P.retaliation_time)
    for i in range(b.lanes):
        heat[i] = _toward(heat[i], killed[i] / c[Cal.LENGTH], time[i], c[Cal.LENGTH])


@compiled
def _judge_gang(b: Block, gang: int) -> None:
    """Update the government's belief that a gang delivers by a Poisson likelihood ratio."""
    base, obeying = gang_scratch(b, GangScratch.BASE, gang), gang_state(b, GangSlot.COMMAND, gang)
    killed, hidden = (
        gang_scratch(b, GangScratch.KILLED, gang),
        gang_scratch(b, GangScratch.HIDDEN, gang),
    )
    restraint, tempering = parameter(b, P.restraint), parameter(b, P.tempering)
    usual, in_pact = parameter(b, P.hidden_usual), parameter(b, P.hidden_pact)
    pact, reliance = state(b, Slot.PACT), gang_state(b, GangSlot.RELIANCE, gang)
    included = gang_state(b, GangSlot.INCLUDED, gang)
    for i in range(b.lanes):
        kept = base[i] * (1.0 - restraint[i] * obeying[i]) * (1.0 - in_pact[i])
        broken = base[i] * (1.0 - usual[i])
        seen = killed[i] - hidden[i]
        possible = (kept > 0.0) & (broken > 0.0)
        ratio = log((kept if possible else 1.0) / (broken if possible else 1.0))
        evidence = tempering[i] * (seen * ratio - (kept - broken))
        evidence = min(max(evidence, -_EVIDENCE), _EVIDENCE)
        reliance[i] += evidence * pact[i] * included[i] if possible else 0.0


@compiled
def count(b: Block, c: Row) -> None:
    """Print the official tally under the counting rules of the day."""
    by_gangs, hidden = scratch(b, Scratch.BY_GANGS), scratch(b, Scratch.HIDDEN)
    struck, ambient = scratch(b, Scratch.STRUCK), scratch(b, Scratch.AMBIENT)
    fringe, police = scratch(b, Scratch.FRINGE), scratch(b, Scratch.POLICE)
    countable, recorded = scratch(b, Scratch.SIZE), scratch(b, Scratch.COUNT)
    for i in range(b.lanes):
        known = by_gangs[i] - hidden[i] + struck[i] + ambient[i] + fringe[i]
        countable[i] = known + police[i] * c[Cal.POLICE_COUNTED]
        recorded[i] = countable[i]
    if c[Cal.UNDERCOUNTED] == 1.0:
        u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
        fill_uniforms(b, Purpose.VICTIMS, 0, u, v)
        binomial(b, recorded, countable, parameter(b, P.counted_exception), v)
    _enter_deaths(b, recorded)
    now = state(b, Slot.RECORDED_NOW)
    _add(b, now, recorded)
    if c[Cal.LAST] == 1.0:
        last, rate = (
            state(b, Slot.RECORDED_0 + int(c[Cal.MONTH])),
            state(b, Slot.RECORDED_MONTH),
        )
        for i in range(b.lanes):
            last[i] = now[i]
            rate[i] = now[i] / c[Cal.POPULATION] * 1e5 / c[Cal.MONTH_LENGTH]
            now[i] = 0.0


@compiled
def _enter_deaths(b: Block, recorded: Row) -> None:
    by_gangs, hidden = scratch(b, Scratch.BY_GANGS), scratch(b, Scratch.HIDDEN)
    struck, ambient = scratch(b, Scratch.STRUCK), scratch(b, Scratch.AMBIENT)
    fringe, police = scratch(b, Scratch.FRINGE), scratch(b, Scratch.POLICE)
    uncounted, killed = ledger(b, Quantity.uncounted), ledger(b, Quantity.killed)
    for i in range(b.lanes):
        killed[i] += by_gangs[i] + struck[i] + ambient[i] + fringe[i] + police[i]
    for i in range(b.lanes):
        known = by_gangs[i] - hidden[i] + struck[i] + ambient[i] + fringe[i]
        uncounted[i] += known + police[i] - recorded[i]
    _add(b, ledger(b, Quantity.recorded), recorded)
    _add(b, ledger(b, Quantity.hidden), hidden)
    _add(b, ledger(b, Quantity.ambient), ambient)
    _add(b, ledger(b, Quantity.fringe), fringe)
    _add(b, ledger(b, Quantity.police_killings), police)


@compiled
def bury(b: Block) -> None:
    """Take the members among the dead from the streets, gang by gang in proportion to size.

    Members die of gang killing (share `vic`) and of police; those killed by police who are more
    than the members left were none.
    """
    u, v, share = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.SHARE)
    dead, left = scratch(b, Scratch.DEAD), scratch(b, Scratch.LEFT)
    mine, street = scratch(b, Scratch.COUNT), scratch(b, Scratch.STREET)
    fill_uniforms(b, Purpose.VICTIMS, 0, u, v)
    binomial_of(b, dead, scratch(b, Scratch.BY_GANGS), Scratch.VICTIM, u)
    _add(b, dead, scratch(b, Scratch.POLICE))
    for i in range(b.lanes):
        left[i] = street[i]
    for g in range(b.gangs):
        members, killed = (
            gang_state(b, GangSlot.STREET, g),
            gang_ledger(b, GangQuantity.members_killed, g),
        )
        if g < b.gangs - 1:
            for i in range(b.lanes):
                share[i] = members[i] / left[i] if left[i] > 0.0 else 0.0
            fill_uniforms(b, Purpose.VICTIM_GANG, g, u, v)
            binomial(b, mine, dead, share, u)
        else:
            _copy(b, mine, dead)
        for i in range(b.lanes):
            left[i] -= members[i]
            dead[i] -= mine[i]
            mine[i] = min(mine[i], members[i])
            members[i] -= mine[i]
            killed[i] += mine[i]


# -- 8, 9: who joins, leaves, is held and is released ---------------------------------------------


@compiled
def move_members(b: Block, c: Row) -> None:
    """Move gang members between streets, prisons and ordinary life."""
    members, undone = scratch(b, Scratch.MEMBERS), scratch(b, Scratch.UNDONE)
    _clear(b, members)
    _clear(b, undone)
    for g in range(b.gangs):
        _add(b, members, gang_state(b, GangSlot.STREET, g))
        _add(b, members, gang_state(b, GangSlot.PRISON, g))
        _add(b, members, gang_state(b, GangSlot.ISOLATED, g))
    _set_rates(b)
    _set_isolation(b, c)
    _set_exits(b, c)
    for g in range(b.gangs):
        _move_prisoners(b, c, g)
        _move_street(b, c, g)


@compiled
def _set_rates(b: Block) -> None:
    """Write recruitment (while the niche is empty) and desistance as institutions shape them."""
    institutions, usual = state(b, Slot.INSTITUTIONS), parameter(b, P.institutions_usual)
    recruitment, desistance = (
        scratch(b, Scratch.RECRUITMENT),
        scratch(b, Scratch.DESISTANCE),
    )
    r, on_recruitment = parameter(b, P.recruitment), parameter(b, P.reform_recruitment)
    delta, on_desistance = parameter(b, P.desistance), parameter(b, P.reform_desistance)
    for i in range(b.lanes):
        gained = institutions[i] - usual[i]
        recruitment[i] = r[i] * max(0.0, 1.0 - on_recruitment[i] * gained)
        desistance[i] = delta[i] * max(0.0, 1.0 + on_desistance[i] * gained)


@compiled
def _set_isolation(b: Block, c: Row) -> None:
    """Write the share of new gang prisoners held in isolation."""
    stance, isolated = state(b, Slot.STANCE), scratch(b, Scratch.ISOLATED)
    usual, crackdown = parameter(b, P.segregated_usual), parameter(b, P.segregated_crackdown)
    exception, given = parameter(b, P.segregated_exception), c[Cal.SEGREGATED]
    for i in range(b.lanes):
        hard = (stance[i] == Stance.MANO_DURA) | (stance[i] == Stance.BOTH)
        share = crackdown[i] if hard else usual[i]
        share = exception[i] if stance[i] == Stance.EXCEPTION else share
        isolated[i] = given if given >= 0.0 else share


@compiled
def _set_exits(b: Block, c: Row) -> None:
    """Write the chance that a street member leaves in the week, and that it is by capture."""
    leaving, caught = scratch(b, Scratch.LEAVING), scratch(b, Scratch.CAUGHT)
    capture, desistance = state(b, Slot.CAPTURE), scratch(b, Scratch.DESISTANCE)
    for i in range(b.lanes):
        both = capture[i] + desistance[i]
        leaving[i] = _hazard(both, c[Cal.LENGTH])
        caught[i] = capture[i] / max(both, 1e-300)
    prepare(b, Scratch.LEAVING)
    prepare(b, Scratch.CAUGHT)
    prepare(b, Scratch.ISOLATED)


@compiled
def _room(b: Block, gang: int, room: Row) -> None:
    """Write the room for a gang's recruits: 1 - M / K, or in its own territory."""
    members, niche = scratch(b, Scratch.MEMBERS), parameter(b, P.niche)
    for i in range(b.lanes):
        room[i] = max(0.0, 1.0 - members[i] / niche[i])
    if b.on & Mechanism.TERRITORY:
        street, inside = (
            gang_state(b, GangSlot.STREET, gang),
            gang_state(b, GangSlot.PRISON, gang),
        )
        isolated, ruled = (
            gang_state(b, GangSlot.ISOLATED, gang),
            gang_state(b, GangSlot.TERRITORY, gang),
        )
        overlap = parameter(b, P.territory_overlap)
        for i in range(b.lanes):
            own = (street[i] + inside[i] + isolated[i]) / max(ruled[i], 1e-3)
            crowd = overlap[i] * members[i] + (1.0 - overlap[i]) * own
            room[i] = max(0.0, 1.0 - crowd / niche[i])


@compiled
def _move_street(b: Block, c: Row, gang: int) -> None:
    """Recruit, desist, capture; those captured go to isolation in some share.

    Stocks of the week's start on both sides: whoever was released this week stays free in it, and
    whoever is captured in it was not among those who could be released.
    """
    u, v, mean = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.MEAN)
    street, returned = (
        gang_state(b, GangSlot.STREET, gang),
        gang_scratch(b, GangScratch.RETURNED, gang),
    )
    members = scratch(b, Scratch.SIZE)
    recruitment, recruits = scratch(b, Scratch.RECRUITMENT), scratch(b, Scratch.COUNT)
    _room(b, gang, mean)
    for i in range(b.lanes):
        members[i] = max(0.0, street[i] - returned[i])
        mean[i] *= recruitment[i] * members[i] * c[Cal.LENGTH]
    _count_undone(b, c, members)
    fill_uniforms(b, Purpose.RECRUITS, gang, u, v)
    poisson(b, recruits, mean, u)
    _add(b, street, recruits)
    _add(b, gang_ledger(b, GangQuantity.recruits, gang), recruits)
    exits = scratch(b, Scratch.LEFT)
    binomial_of(b, exits, members, Scratch.LEAVING, v)
    _capture(b, exits, gang)


@compiled
def _count_undone(b: Block, c: Row, members: Row) -> None:
    """Arrests that the courts undo within the week leave no trace but the arrest itself."""
    undone, arrest = scratch(b, Scratch.UNDONE), parameter(b, P.arrest)
    effort, capture = state(b, Slot.ENFORCEMENT), state(b, Slot.CAPTURE)
    for i in range(b.lanes):
        released = max(0.0, arrest[i] * effort[i] - capture[i])
        undone[i] += released * members[i] * c[Cal.LENGTH]


@compiled
def _capture(b: Block, exits: Row, gang: int) -> None:
    """Split exits from the street into captured and desisted, and the captured by regime."""
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    captured, isolated = scratch(b, Scratch.COUNT), scratch(b, Scratch.MEAN)
    street, prison, isolation = (
        gang_state(b, GangSlot.STREET, gang),
        gang_state(b, GangSlot.PRISON, gang),
        gang_state(b, GangSlot.ISOLATED, gang),
    )
    fill_uniforms(b, Purpose.CAPTURED, gang, u, v)
    binomial_of(b, captured, exits, Scratch.CAUGHT, u)
    binomial_of(b, isolated, captured, Scratch.ISOLATED, v)
    desisted = gang_ledger(b, GangQuantity.desisted, gang)
    for i in range(b.lanes):
        street[i] -= exits[i]
        prison[i] += captured[i] - isolated[i]
        isolation[i] += isolated[i]
        desisted[i] += exits[i] - captured[i]
    _add(b, gang_ledger(b, GangQuantity.captured, gang), captured)
    _add(b, ledger(b, Quantity.detained), captured)


@compiled
def _move_prisoners(b: Block, c: Row, gang: int) -> None:
    """Release prisoners of both regimes; of those who leave some die and some return."""
    u, v, all_exits = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.SIZE)
    prison, isolation = (
        gang_state(b, GangSlot.PRISON, gang),
        gang_state(b, GangSlot.ISOLATED, gang),
    )
    if b.on & Mechanism.SECOND_CONCESSION:
        _release_early(b, c, gang)
    exits, more = scratch(b, Scratch.COUNT), scratch(b, Scratch.LEFT)
    fill_uniforms(b, Purpose.PRISON_EXITS, gang, u, v)
    binomial_of(b, exits, prison, Scratch.RELEASED, u)
    binomial_of(b, more, isolation, Scratch.RELEASED, v)
    for i in range(b.lanes):
        prison[i] -= exits[i]
        isolation[i] -= more[i]
        all_exits[i] = exits[i] + more[i]
    _leave_prison(b, all_exits, gang)


@compiled
def _release_early(b: Block, c: Row, gang: int) -> None:
    """Write the chances of release and of death of a gang whose pact trades early release."""
    released, dying = scratch(b, Scratch.RELEASED), scratch(b, Scratch.DYING)
    stay, death = parameter(b, P.release_time), parameter(b, P.custody_death)
    early, pact, included = (
        parameter(b, P.early_release),
        state(b, Slot.PACT),
        gang_state(b, GangSlot.INCLUDED, gang),
    )
    for i in range(b.lanes):
        release = (1.0 + early[i] * pact[i] * included[i]) / stay[i]
        released[i] = _hazard(release + death[i], c[Cal.LENGTH])
        dying[i] = death[i] / (release + death[i])
    prepare(b, Scratch.RELEASED)
    prepare(b, Scratch.DYING)


@compiled
def _leave_prison(b: Block, exits: Row, gang: int) -> None:
    u, v, dead = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.COUNT)
    returned, street = (
        gang_scratch(b, GangScratch.RETURNED, gang),
        gang_state(b, GangSlot.STREET, gang),
    )
    quit_ = gang_ledger(b, GangQuantity.quit_on_release, gang)
    fill_uniforms(b, Purpose.PRISON_DEATHS, gang, u, v)
    binomial_of(b, dead, exits, Scratch.DYING, u)
    for i in range(b.lanes):
        exits[i] -= dead[i]
    binomial_of(b, returned, exits, Scratch.RETURNING, v)
    for i in range(b.lanes):
        street[i] += returned[i]
        quit_[i] += exits[i] - returned[i]
    _add(b, ledger(b, Quantity.custody_deaths), dead)
    _add(b, gang_ledger(b, GangQuantity.members_died_in_custody, gang), dead)
    _add(b, gang_ledger(b, GangQuantity.returned, gang), returned)


@compiled
def move_others(b: Block, c: Row) -> None:
    """Move the wrongly detained and the ordinary prisoners; count arrests undone at once."""
    _detain_wrongly(b, c)
    u, v, inflow = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.SIZE)
    fill_uniforms(b, Purpose.ORDINARY, 0, u, v)
    poisson(b, inflow, scratch(b, Scratch.ORDINARY_INFLOW), u)
    unused, held = scratch(b, Scratch.LEFT), state(b, Slot.ORDINARY)
    fill_uniforms(b, Purpose.ORDINARY_DEATHS, 0, u, unused)
    _release(b, held, Scratch.ORDINARY_LEAVING, Scratch.ORDINARY_DYING, v, u)
    _add(b, held, inflow)


@compiled
def _release(b: Block, held: Row, leaving: int, dying: int, first: Row, second: Row) -> None:
    """Let some of those held leave; of these some are dead."""
    exits, dead = scratch(b, Scratch.COUNT), scratch(b, Scratch.DEAD)
    binomial_of(b, exits, held, leaving, first)
    binomial_of(b, dead, exits, dying, second)
    for i in range(b.lanes):
        held[i] -= exits[i]
    _add(b, ledger(b, Quantity.custody_deaths), dead)


@compiled
def _detain_wrongly(b: Block, c: Row) -> None:
    """Detain people outside the gangs as members, above all where courts filter nothing."""
    _sum_street(b)
    u, v, mean = scratch(b, Scratch.U), scratch(b, Scratch.V), scratch(b, Scratch.MEAN)
    street, wrongly = scratch(b, Scratch.STREET), scratch(b, Scratch.SIZE)
    effort, filtered = state(b, Slot.ENFORCEMENT), state(b, Slot.FILTER)
    wrongful, loss = parameter(b, P.wrongful), parameter(b, P.retention_loss)
    for i in range(b.lanes):
        excess = max(0.0, effort[i] - 1.0) / _EXCEPTION_EFFORT
        retained = 1.0 - loss[i] * filtered[i]
        mean[i] = wrongful[i] * street[i] * retained * excess * c[Cal.LENGTH]
    if b.on & Mechanism.VECTOR_INSTITUTIONS:
        judiciary, effect = state(b, Slot.JUDICIARY), parameter(b, P.judiciary_effect)
        for i in range(b.lanes):
            gained = judiciary[i] - _component_usual(b, i)
            mean[i] *= max(0.0, 1.0 - effect[i] * gained)
    fill_uniforms(b, Purpose.BRIEF_ARRESTS, 0, u, v)
    brief = scratch(b, Scratch.COUNT)
    poisson(b, brief, scratch(b, Scratch.UNDONE), u)
    _add(b, ledger(b, Quantity.detained), brief)
    held = state(b, Slot.WRONGLY_HELD)
    if not (_any_above_zero(b, mean) or _any_above_zero(b, held)):
        return
    poisson(b, wrongly, mean, v)
    fill_uniforms(b, Purpose.WRONGLY_EXITS, 0, u, v)
    _release(b, held, Scratch.WRONGLY_LEAVING, Scratch.WRONGLY_DYING, u, v)
    _add(b, held, wrongly)
    _add(b, ledger(b, Quantity.wrongly_detained), wrongly)
    _add(b, ledger(b, Quantity.detained), wrongly)


# -- 10 to 13: command, beliefs, opinion, the state -----------------------------------------------


@compiled
def command(b: Block) -> None:
    """Move command towards what the leaders' regime allows.

    o = lambda + (1 - lambda)(1 - qC), where lambda is the concession: 1 in a pact, else 0.
    """
    control, freedom = state(b, Slot.CONTROL), scratch(b, Scratch.SHARE)
    floor, ceiling = parameter(b, P.command_floor), parameter(b, P.command_ceiling)
    rise, fall = scratch(b, Scratch.RISE), scratch(b, Scratch.FALL)
    controlled = scratch(b, Scratch.TOTAL)
    for i in range(b.lanes):
        controlled[i] = control[i]
    if b.on & Mechanism.VECTOR_INSTITUTIONS:
        _control_by_institutions(b, controlled)
    if b.on & Mechanism.HETEROGENEOUS_COMMAND:
        _sum_street(b)
    pact = state(b, Slot.PACT)
    for g in range(b.gangs):
        included, obeying = (
            gang_state(b, GangSlot.INCLUDED, g),
            gang_state(b, GangSlot.COMMAND, g),
        )
        for i in range(b.lanes):
            concession = pact[i] * included[i]
            freedom[i] = concession + (1.0 - concession) * (1.0 - controlled[i])
        _shape_freedom(b, freedom, g)
        for i in range(b.lanes):
            target = floor[i] + (ceiling[i] - floor[i]) * freedom[i]
            left = rise[i] if target > obeying[i] else fall[i]
            obeying[i] = target + (obeying[i] - target) * left


@compiled
def _control_by_institutions(b: Block, controlled: Row) -> None:
    """Let reformed prisons control more, and corruption sell control."""
    prisons, corruption = state(b, Slot.PRISONS), state(b, Slot.CORRUPTION)
    usual = parameter(b, P.corruption_usual)
    for i in range(b.lanes):
        first = _component_usual(b, i)
        gained = max(0.0, prisons[i] - first) / max(1.0 - first, 1e-9)
        clean = (1.0 - corruption[i]) / max(1e-9, 1.0 - usual[i])
        controlled[i] = min(1.0, (1.0 - (1.0 - controlled[i]) * (1.0 - gained)) * clean)


@compiled
def _shape_freedom(b: Block, freedom: Row, gang: int) -> None:
    """Optional mechanisms that change how far leaders command."""
    street, inside, isolated = (
        gang_state(b, GangSlot.STREET, gang),
        gang_state(b, GangSlot.PRISON, gang),
        gang_state(b, GangSlot.ISOLATED, gang),
    )
    if b.on & Mechanism.PRISON_AMPLIFICATION:
        amplification = parameter(b, P.prison_amplification)
        for i in range(b.lanes):
            held = inside[i] + isolated[i]
            share = held / max(held + street[i], 1e-9)
            freedom[i] = min(1.0, freedom[i] * (1.0 + amplification[i] * share))
    if b.on & Mechanism.HETEROGENEOUS_COMMAND:
        strongest, gap = scratch(b, Scratch.STRONGEST), parameter(b, P.command_gap)
        for i in range(b.lanes):
            relative = street[i] / strongest[i] if strongest[i] > 0.0 else 1.0
            freedom[i] *= 1.0 - gap[i] * (1.0 - relative)
    if b.on & Mechanism.FRAGMENTATION:
        parts, lost = (
            gang_state(b, GangSlot.FRAGMENTS, gang),
            parameter(b, P.fragment_command),
        )
        for i in range(b.lanes):
            freedom[i] /= 1.0 + lost[i] * (parts[i] - 1.0)


@compiled
def believe(b: Block, c: Row) -> None:
    """Let trust grow while a pact is kept, and let all beliefs fade to their priors."""
    pact, breached = state(b, Slot.PACT), state(b, Slot.BREACHED)
    trust_prior, reliance_prior = scratch(b, Scratch.TRUST), scratch(b, Scratch.RELIANCE)
    gain, fading = parameter(b, P.trust_gain), scratch(b, Scratch.FORGET)
    for g in range(b.gangs):
        trust, reliance = gang_state(b, GangSlot.TRUST, g), gang_state(b, GangSlot.RELIANCE, g)
        included = gang_state(b, GangSlot.INCLUDED, g)
        for i in range(b.lanes):
            kept = pact[i] * included[i] * max(0.0, 1.0 - breached[i])
            now = trust[i] + gain[i] * kept * c[Cal.LENGTH]
            now = trust_prior[i] + (now - trust_prior[i]) * fading[i]
            trust[i] = min(max(now, -_MAX_LOG_ODDS), _MAX_LOG_ODDS)
        for i in range(b.lanes):
            now = reliance_prior[i] + (reliance[i] - reliance_prior[i]) * fading[i]
            reliance[i] = min(max(now, -_MAX_LOG_ODDS), _MAX_LOG_ODDS)


@inlined
def _toughness(stance: float) -> float:
    tough = _TOUGH_EXCEPTION if stance == Stance.EXCEPTION else 0.0
    tough = _TOUGH_BOTH if stance == Stance.BOTH else tough
    return 1.0 if stance == Stance.MANO_DURA else tough


@compiled
def feel(b: Block) -> None:
    """Move fear after the record and strikes, and approval after fear."""
    fear, rate, struck = (
        state(b, Slot.FEAR),
        state(b, Slot.RECORDED_MONTH),
        state(b, Slot.STRUCK),
    )
    level, slope, left = (
        parameter(b, P.fear_level),
        parameter(b, P.fear_slope),
        scratch(b, Scratch.FEAR),
    )
    for i in range(b.lanes):
        target = logistic(level[i] + slope[i] * log(max(rate[i], _FLOOR_RATE) / 30.0))
        moved = target + (fear[i] - target) * left[i]
        fear[i] = moved + _FEAR_JUMP * (1.0 - moved) * min(1.0, struck[i])
    _approve(b)


@compiled
def _approve(b: Block) -> None:
    fear, approval, stance = (
        state(b, Slot.FEAR),
        state(b, Slot.APPROVAL),
        state(b, Slot.STANCE),
    )
    mood, democracy, score = (
        state(b, Slot.ADMINISTRATION),
        state(b, Slot.DEMOCRACY),
        scratch(b, Scratch.MEAN),
    )
    leaked, pact = state(b, Slot.LEAKED), state(b, Slot.PACT)
    on_fear, on_talk = parameter(b, P.approval_fear), parameter(b, P.approval_toughness)
    on_leak, on_open = parameter(b, P.approval_leak), parameter(b, P.approval_open)
    left = scratch(b, Scratch.APPROVAL)
    for i in range(b.lanes):
        believed = 1.0 - _DENIAL * (1.0 - democracy[i])
        score[i] = mood[i] + on_fear[i] * fear[i]
        score[i] -= on_leak[i] * leaked[i] * pact[i] * believed
    for i in range(b.lanes):
        score[i] += 2.0 * on_talk[i] * fear[i] * _toughness(stance[i])
        score[i] -= on_open[i] if stance[i] == Stance.OPEN_PACT else 0.0
        target = logistic(score[i])
        approval[i] = target + (approval[i] - target) * left[i]


@inlined
def _fall_or_recover(value: float, target: float, falls: float, recovers: float) -> float:
    return target + (value - target) * (falls if target < value else recovers)


@compiled
def govern(b: Block, c: Row) -> None:
    """Move democracy, courts, prison control, institutions, precedent and pressure."""
    _move_democracy(b)
    _move_courts(b, c)
    _move_control(b)
    if b.on & Mechanism.VECTOR_INSTITUTIONS:
        _build_components(b, c)
    else:
        _build_institutions(b)
    _remember_pacts(b, c)


@compiled
def _move_democracy(b: Block) -> None:
    stance, democracy = state(b, Slot.STANCE), state(b, Slot.DEMOCRACY)
    usual, exception = (
        parameter(b, P.democracy_usual),
        parameter(b, P.democracy_exception),
    )
    falls, recovers = (
        scratch(b, Scratch.DEMOCRACY_FALL),
        scratch(b, Scratch.DEMOCRACY_RECOVERY),
    )
    for i in range(b.lanes):
        hard = (stance[i] == Stance.MANO_DURA) | (stance[i] == Stance.BOTH)
        target = usual[i] - _DEMOCRACY_LOST_TO_CRACKDOWN if hard else usual[i]
        target = exception[i] if stance[i] == Stance.EXCEPTION else target
        democracy[i] = _fall_or_recover(democracy[i], target, falls[i], recovers[i])


@compiled
def _move_courts(b: Block, c: Row) -> None:
    stance, judges = state(b, Slot.STANCE), state(b, Slot.FILTER)
    usual, exception = parameter(b, P.filter_usual), parameter(b, P.filter_exception)
    falls, recovers = scratch(b, Scratch.FILTER_FALL), scratch(b, Scratch.FILTER_RECOVERY)
    given = c[Cal.FILTER]
    for i in range(b.lanes):
        target = exception[i] if stance[i] == Stance.EXCEPTION else usual[i]
        target = given if given >= 0.0 else target
        recovery = falls[i] if given >= 0.0 else recovers[i]  # a script is taken at its word
        judges[i] = _fall_or_recover(judges[i], target, falls[i], recovery)


@compiled
def _move_control(b: Block) -> None:
    stance, control = state(b, Slot.STANCE), state(b, Slot.CONTROL)
    usual, crackdown = parameter(b, P.control_usual), parameter(b, P.control_crackdown)
    exception, left = parameter(b, P.control_exception), scratch(b, Scratch.CONTROL)
    for i in range(b.lanes):
        target = crackdown[i] if stance[i] == Stance.MANO_DURA else usual[i]
        target = exception[i] if stance[i] == Stance.EXCEPTION else target
        control[i] = target + (control[i] - target) * left[i]


@compiled
def _build_institutions(b: Block) -> None:
    stance, institutions = state(b, Slot.STANCE), state(b, Slot.INSTITUTIONS)
    usual, builds, decays = (
        parameter(b, P.institutions_usual),
        scratch(b, Scratch.REFORM),
        scratch(b, Scratch.DECAY),
    )
    for i in range(b.lanes):
        reforms = stance[i] == Stance.REFORM
        target, left = 1.0 if reforms else usual[i], builds[i] if reforms else decays[i]
        institutions[i] = target + (institutions[i] - target) * left


@compiled
def _build_component(b: Block, c: Row, quality: Row, effort: Row) -> None:
    """Build one component of institutions by its part of the effort, or let it decay."""
    stance, builds, decays = (
        state(b, Slot.STANCE),
        parameter(b, P.reform_time),
        parameter(b, P.reform_decay),
    )
    for i in range(b.lanes):
        usual = _component_usual(b, i)
        decayed = _toward(quality[i], usual, decays[i], c[Cal.LENGTH])
        built = 1.0 + (quality[i] - 1.0) * exp(-c[Cal.LENGTH] * effort[i] / builds[i])
        quality[i] = built if stance[i] == Stance.REFORM else decayed


@compiled
def _build_components(b: Block, c: Row) -> None:
    """Police, courts, integrity and prisons: Q = (mean q_k^r)^(1/r) (1 - c), r = 1 - 1/sigma.

    Constant elasticity of substitution; below 1 the worst component holds back the rest.
    """
    _build_component(b, c, state(b, Slot.POLICE), parameter(b, P.effort_police))
    _build_component(b, c, state(b, Slot.JUDICIARY), parameter(b, P.effort_judiciary))
    _build_component(b, c, state(b, Slot.INTEGRITY), parameter(b, P.effort_integrity))
    _build_component(b, c, state(b, Slot.PRISONS), parameter(b, P.effort_prisons))
    stance, corruption = state(b, Slot.STANCE), state(b, Slot.CORRUPTION)
    usual, time = parameter(b, P.corruption_usual), parameter(b, P.corruption_time)
    effort, decays = parameter(b, P.effort_integrity), parameter(b, P.reform_decay)
    for i in range(b.lanes):
        cleaned = corruption[i] * exp(-c[Cal.LENGTH] * effort[i] / time[i])
        back = _toward(corruption[i], usual[i], decays[i], c[Cal.LENGTH])
        corruption[i] = cleaned if stance[i] == Stance.REFORM else back
    police, judiciary = state(b, Slot.POLICE), state(b, Slot.JUDICIARY)
    integrity, prisons = state(b, Slot.INTEGRITY), state(b, Slot.PRISONS)
    substitution, institutions = (
        parameter(b, P.substitution),
        state(b, Slot.INSTITUTIONS),
    )
    for i in range(b.lanes):
        r = min(1.0 - 1.0 / substitution[i], -1e-6)
        # Relative to the worst, so that no power of a small number grows beyond all bounds.
        worst = min(min(police[i], judiciary[i]), min(integrity[i], prisons[i]))
        worst = max(worst, 1e-9)
        mean = power(max(police[i], worst) / worst, r) + power(max(judiciary[i], worst) / worst, r)
        mean += power(max(integrity[i], worst) / worst, r) + power(
            max(prisons[i], worst) / worst, r
        )
        institutions[i] = worst * power(mean / 4.0, 1.0 / r) * (1.0 - corruption[i])


@compiled
def _remember_pacts(b: Block, c: Row) -> None:
    """Precedent rises at 4 (1 - Z) in a pact and fades at Z / tau_Z outside; pressure follows."""
    pact, precedent, fading = (
        state(b, Slot.PACT),
        state(b, Slot.PRECEDENT),
        parameter(b, P.precedent_time),
    )
    for i in range(b.lanes):
        rise = pact[i] * _PRECEDENT_RATE
        speed = rise + (1.0 - pact[i]) / fading[i]  # a mixture in the mean reading
        precedent[i] = _toward(precedent[i], rise / speed, 1.0 / speed, c[Cal.LENGTH])
    leaked, pressure, usual = (
        state(b, Slot.LEAKED),
        state(b, Slot.PRESSURE),
        parameter(b, P.pressure_usual),
    )
    left, refused = scratch(b, Scratch.PRESSURE), parameter(b, P.second_pressure)
    second = 1.0 if b.on & Mechanism.SECOND_CONCESSION else 0.0
    for i in range(b.lanes):
        known = leaked[i] * pact[i]
        target = usual[i] + (1.0 - usual[i]) * known
        target += (1.0 - target) * second * refused[i] * pact[i]
        pressure[i] = target + (pressure[i] - target) * left[i]
    since = state(b, Slot.SINCE_BREAK)
    for i in range(b.lanes):
        since[i] = min(LONG_AGO, since[i] + c[Cal.LENGTH])


# -- 14: optional mechanisms with a memory --------------------------------------------------------


@compiled
def rearrange(b: Block, c: Row) -> None:
    """Move what optional mechanisms remember."""
    if b.on & Mechanism.WAR_READINESS:
        _lose_readiness(b, c)
    if b.on & Mechanism.TERRITORY:
        _contest_territory(b, c)
    if b.on & Mechanism.FRAGMENTATION:
        _fragment(b, c)
    if b.on & Mechanism.EXCLUSIVE_OFFERS:
        _admit(b, c)


@compiled
def _lose_readiness(b: Block, c: Row) -> None:
    pact, loss, recovery = (
        state(b, Slot.PACT),
        parameter(b, P.readiness_loss),
        parameter(b, P.readiness_recovery),
    )
    for g in range(b.gangs):
        readiness, included = (
            gang_state(b, GangSlot.READINESS, g),
            gang_state(b, GangSlot.INCLUDED, g),
        )
        for i in range(b.lanes):
            peace = pact[i] * included[i]
            falls, rises = peace / loss[i], (1.0 - peace) / recovery[i]
            target = rises / (falls + rises)
            readiness[i] = _toward(readiness[i], target, 1.0 / (falls + rises), c[Cal.LENGTH])


@compiled
def _contest_territory(b: Block, c: Row) -> None:
    _sum_street(b)
    street, contest = scratch(b, Scratch.STREET), parameter(b, P.territory_contest)
    for g in range(b.gangs):
        members, ruled = (
            gang_state(b, GangSlot.STREET, g),
            gang_state(b, GangSlot.TERRITORY, g),
        )
        for i in range(b.lanes):
            share = members[i] / street[i] if street[i] > 0.0 else ruled[i]
            ruled[i] = share + (ruled[i] - share) * exp(-contest[i] * c[Cal.LENGTH])


@compiled
def _fragment(b: Block, c: Row) -> None:
    """Let enforcement remove leaders: the gang splits once more, and parts reunite in time."""
    u, v, effort = scratch(b, Scratch.U), scratch(b, Scratch.V), state(b, Slot.ENFORCEMENT)
    rate, time, lost = (
        parameter(b, P.leader_removal),
        parameter(b, P.fragment_time),
        parameter(b, P.fragment_command),
    )
    for g in range(b.gangs):
        parts, obeying = (
            gang_state(b, GangSlot.FRAGMENTS, g),
            gang_state(b, GangSlot.COMMAND, g),
        )
        fill_uniforms(b, Purpose.LEADER_REMOVAL, g, u, v)
        for i in range(b.lanes):
            hazard = _hazard(rate[i] * max(0.0, effort[i] - 1.0), c[Cal.LENGTH])
            removed = happens(b, u[i], hazard)
            together = 1.0 + (parts[i] - 1.0) * exp(-c[Cal.LENGTH] / time[i])
            parts[i] = min(_MOST_PARTS, together + removed)
            obeying[i] *= 1.0 - lost[i] * removed


@compiled
def _admit(b: Block, c: Row) -> None:
    """Let excluded gangs learn of a pact, and be admitted while they press."""
    u, v, pact = scratch(b, Scratch.U), scratch(b, Scratch.V), state(b, Slot.PACT)
    leaked, rumour = state(b, Slot.LEAKED), parameter(b, P.rumour)
    admission = parameter(b, P.admission)
    for g in range(b.gangs):
        included, envious = (
            gang_state(b, GangSlot.INCLUDED, g),
            gang_state(b, GangSlot.ENVIOUS, g),
        )
        pressing = gang_state(b, GangSlot.PRESSING, g)
        fill_uniforms(b, Purpose.ADMISSION, g, u, v)
        for i in range(b.lanes):
            left_out = pact[i] * (1.0 - included[i])
            heard = happens(b, u[i], _hazard(rumour[i], c[Cal.LENGTH]))
            learns = leaked[i] + (1.0 - leaked[i]) * heard
            knew = min(envious[i], left_out)  # a pact that is gone is envied by nobody
            knows = knew + (left_out - knew) * learns
            hazard = _hazard(admission[i] * pressing[i], c[Cal.LENGTH])
            let_in = happens(b, v[i], hazard)
            included[i] = min(1.0, included[i] + left_out * let_in)
            envious[i] = knows * (1.0 - let_in)


# -- 15: the end of a period ----------------------------------------------------------------------


@compiled
def _copy(b: Block, to: Row, source: Row) -> None:
    for i in range(b.lanes):
        to[i] = source[i]


@compiled
def _take_shares(b: Block, c: Row) -> None:
    """Add the week's part of what is averaged over a period."""
    share = c[Cal.SHARE]
    for g in range(b.gangs):
        restrained, pressed = (
            gang_ledger(b, GangQuantity.restraining, g),
            gang_ledger(b, GangQuantity.pressing, g),
        )
        restraining = gang_state(b, GangSlot.RESTRAINING, g)
        pressing = gang_state(b, GangSlot.PRESSING, g)
        for i in range(b.lanes):
            restrained[i] += share * restraining[i]
            pressed[i] += share * pressing[i]


@compiled
def take_stock(b: Block) -> None:
    """Write stocks into the ledger, at the end of a period."""
    inside = ledger(b, Quantity.gang_prisoners)
    _clear(b, inside)
    for g in range(b.gangs):
        _take_stock_of_gang(b, g)
        _add(b, inside, gang_ledger(b, GangQuantity.prisoners_by_gang, g))
    _sum_street(b)
    _copy(b, ledger(b, Quantity.street), scratch(b, Scratch.STREET))
    wrongly, ordinary = state(b, Slot.WRONGLY_HELD), state(b, Slot.ORDINARY)
    prisoners = ledger(b, Quantity.prisoners)
    for i in range(b.lanes):
        prisoners[i] = inside[i] + wrongly[i] + ordinary[i]
    _copy(b, ledger(b, Quantity.wrongly_held), wrongly)
    _copy(b, ledger(b, Quantity.ordinary_prisoners), ordinary)
    _copy(b, ledger(b, Quantity.fear), state(b, Slot.FEAR))
    _copy(b, ledger(b, Quantity.approval), state(b, Slot.APPROVAL))
    _copy(b, ledger(b, Quantity.democracy), state(b, Slot.DEMOCRACY))
    _copy(b, ledger(b, Quantity.judicial_filter), state(b, Slot.FILTER))
    _copy(b, ledger(b, Quantity.prison_control), state(b, Slot.CONTROL))
    _copy(b, ledger(b, Quantity.institutions), state(b, Slot.INSTITUTIONS))
    _copy(b, ledger(b, Quantity.precedent), state(b, Slot.PRECEDENT))
    _copy(b, ledger(b, Quantity.foreign_pressure), state(b, Slot.PRESSURE))
    _copy(b, ledger(b, Quantity.platform), state(b, Slot.PLATFORM))
    _copy(b, ledger(b, Quantity.corruption), state(b, Slot.CORRUPTION))
    _copy(b, ledger(b, Quantity.prosecuted), state(b, Slot.PROSECUTED))
    _copy(b, ledger(b, Quantity.stance), state(b, Slot.STANCE))
    known, leaked, pact = (
        ledger(b, Quantity.leaked),
        state(b, Slot.LEAKED),
        state(b, Slot.PACT),
    )
    for i in range(b.lanes):
        known[i] = leaked[i] * pact[i]


@compiled
def _take_stock_of_gang(b: Block, g: int) -> None:
    held, inside = (
        gang_ledger(b, GangQuantity.prisoners_by_gang, g),
        gang_state(b, GangSlot.PRISON, g),
    )
    isolated = gang_state(b, GangSlot.ISOLATED, g)
    believed, trust = gang_ledger(b, GangQuantity.trust, g), gang_state(b, GangSlot.TRUST, g)
    relied, reliance = (
        gang_ledger(b, GangQuantity.reliance, g),
        gang_state(b, GangSlot.RELIANCE, g),
    )
    for i in range(b.lanes):
        held[i] = inside[i] + isolated[i]
    for i in range(b.lanes):
        believed[i] = logistic(trust[i])
        relied[i] = logistic(reliance[i])
    _copy(b, gang_ledger(b, GangQuantity.street_by_gang, g), gang_state(b, GangSlot.STREET, g))
    _copy(b, gang_ledger(b, GangQuantity.command, g), gang_state(b, GangSlot.COMMAND, g))
    _copy(b, gang_ledger(b, GangQuantity.included, g), gang_state(b, GangSlot.INCLUDED, g))
    _copy(b, gang_ledger(b, GangQuantity.envious, g), gang_state(b, GangSlot.ENVIOUS, g))
    _copy(b, gang_ledger(b, GangQuantity.readiness, g), gang_state(b, GangSlot.READINESS, g))
    _copy(b, gang_ledger(b, GangQuantity.fragments, g), gang_state(b, GangSlot.FRAGMENTS, g))
    _copy(b, gang_ledger(b, GangQuantity.territory, g), gang_state(b, GangSlot.TERRITORY, g))


@compiled
def week(b: Block, c: Row) -> None:
    """Let the rest of a week happen, once stances and actions are set.

    Parameters
    ----------
    b
        The worlds (`tregua.model.block.Block`); their state and ledger change in place.
    c
        The week's row of the calendar (`Cal`).
    """
    enforce(b, c)
    pact, in_force = state(b, Slot.PACT), ledger(b, Quantity.pact)
    for i in range(b.lanes):
        in_force[i] += c[Cal.SHARE] * pact[i]
    expose_pact(b, c)
    kill(b, c)
    count(b, c)
    bury(b)
    move_members(b, c)
    move_others(b, c)
    command(b)
    believe(b, c)
    feel(b)
    govern(b, c)
    rearrange(b, c)
    _take_shares(b, c)
    _clear(b, state(b, Slot.TURNOVER))
    if c[Cal.CLOSES] == 1.0:
        take_stock(b)
