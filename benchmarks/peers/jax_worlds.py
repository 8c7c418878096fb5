"""The scripted week in JAX: `lax.scan` over months and weeks, arrays over worlds, compiled by XLA.

Every array is [worlds] or [gangs, worlds], in doubles. What the script gives is the same in all
worlds, so a week without a pact really skips the pact's draws (`lax.cond`).

Counts come from one of two families of samplers (PEER_SAMPLERS):

`own`
    Quantiles of uniform numbers, all made in one call a week by XLA's own generator: by adding up
    probabilities while the mean is below 6, and above by the expansion of Cornish and Fisher with
    Sheppard's correction (for the Poisson law: M. B. Giles 2016, "Algorithm 955: approximation of
    the inverse Poisson cumulative distribution function"), whose law is off by a part in some
    hundreds of one count.
`library`
    `jax.random.poisson` and `jax.random.binomial`, which reject.

With PEER_DEVICES=2 and two host devices the worlds are split between them (`jax.shard_map`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from benchmarks.peers.given import (
    BOTH,
    DEMOCRACY_LOST_TO_CRACKDOWN,
    DENIAL,
    EVIDENCE,
    EXCEPTION,
    EXCEPTION_EFFORT,
    FEAR_JUMP,
    FLOOR_RATE,
    HARDLINERS_IN_BOTH,
    LONG_AGO,
    MANO_DURA,
    MAX_LOG_ODDS,
    OPEN_PACT,
    PRECEDENT_RATE,
    REFORM,
    SECRET_PACT,
    TOUGHNESS,
    VARIABLES,
    WEEKS_PER_MONTH,
    Given,
    Monthly,
    serve,
)
from jax import Array, lax
from jax.scipy.special import ndtri
from jax.sharding import Mesh, PartitionSpec

jax.config.update("jax_enable_x64", True)

OWN = os.environ.get("PEER_SAMPLERS", "own") == "own"
DEVICES = int(os.environ.get("PEER_DEVICES", "1"))

State = dict[str, Array]
SMALL_MEAN = 6.0


def toward(value: Array, target: Array | float, time: Array, length: Array) -> Array:
    return target + (value - target) * jnp.exp(-length / time)


def hazard(rate: Array, length: Array) -> Array:
    return -jnp.expm1(-rate * length)


def log_odds(probability: Array) -> Array:
    bounded = jnp.clip(probability, 1e-6, 1.0 - 1e-6)
    return jnp.log(bounded / (1.0 - bounded))


# -- chance --------------------------------------------------------------------------------------


def expansion(u: Array, mean: Array, variance: Array, skew: Array, excess: Array) -> Array:
    """Quantile by Cornish and Fisher; `skew` and `excess` are times sd and variance."""
    w = ndtri(u)
    deviation = jnp.sqrt(variance)
    second = skew * (w * w - 1.0) / 6.0
    third = excess * (w * w - 3.0) / 24.0 - skew * skew * (2.0 * w * w - 5.0) / 36.0 - 1.0 / 24.0
    return jnp.floor(mean + deviation * w + second + w * third / deviation + 0.5)


def inversion(u: Array, first: Array, growth: Callable[[Array, Array], Array]) -> Array:
    """Quantile by adding up: `first` is the probability of 0, `growth` leads from k - 1 to k."""

    def going(carry: tuple[Array, Array, Array, Array]) -> Array:
        return jnp.any(carry[2] < u)

    def step(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        k, term, total, count = carry
        count = jnp.where(total < u, k, count)
        term = growth(term, k)
        total = total + jnp.where(term < 1e-18, 1.0, term)
        return k + 1.0, term, total, count

    return lax.while_loop(going, step, (jnp.float64(1.0), first, first, jnp.zeros_like(u)))[3]


def poisson_quantile(u: Array, mean: Array) -> Array:
    mean = jnp.maximum(mean, 0.0)
    small = mean < SMALL_MEAN
    below = jnp.where(small, mean, 0.0)
    few = inversion(u, jnp.where(small, jnp.exp(-below), 1.0), lambda term, k: term * below / k)
    above = jnp.where(small, SMALL_MEAN, mean)
    one = jnp.ones_like(above)
    return jnp.where(small, few, jnp.maximum(0.0, expansion(u, above, above, one, one)))


def binomial_quantile(u: Array, n: Array, p: Array) -> Array:
    p = jnp.clip(p, 0.0, 1.0)
    lower = jnp.minimum(p, 1.0 - p)
    small = n * lower < SMALL_MEAN
    chance = jnp.where(small, lower, 0.0)
    odds = chance / (1.0 - chance)
    first = jnp.where(small, jnp.exp(n * jnp.log1p(-chance)), 1.0)
    few = inversion(u, first, lambda term, k: term * odds * jnp.maximum(n - k + 1.0, 0.0) / k)
    trials, share = jnp.where(small, 4.0 * SMALL_MEAN, n), jnp.where(small, 0.5, lower)
    rest = 1.0 - share
    spread = trials * share * rest
    many = expansion(u, trials * share, spread, rest - share, 1.0 - 6.0 * share * rest)
    count = jnp.where(small, few, jnp.clip(many, 0.0, trials))
    return jnp.where(p <= 0.5, count, n - count)


class Chance:
    """A week's random numbers, handed out in order while the week is traced."""

    DRAWS = 64

    def __init__(self, key: Array, worlds: int) -> None:
        self.key, self.worlds, self.used = key, worlds, 0
        if OWN:
            self.uniforms = jax.random.uniform(key, (self.DRAWS, worlds), minval=2.0**-53)

    def _next(self, shape: tuple[int, ...]) -> Array:
        rows = shape[0] if len(shape) == 2 else 1
        first, self.used = self.used, self.used + rows
        return self.uniforms[first : self.used].reshape(shape)

    def _key(self) -> Array:
        self.used += 1
        return jax.random.fold_in(self.key, self.used)

    def uniform(self, shape: tuple[int, ...]) -> Array:
        return self._next(shape) if OWN else jax.random.uniform(self._key(), shape)

    def normal(self) -> Array:
        shape = (self.worlds,)
        return ndtri(self._next(shape)) if OWN else jax.random.normal(self._key(), shape)

    def event(self, probability: Array) -> Array:
        return (self.uniform(probability.shape) < probability).astype(jnp.float64)

    def poisson(self, mean: Array) -> Array:
        if OWN:
            return poisson_quantile(self._next(mean.shape), mean)
        return jax.random.poisson(self._key(), mean).astype(jnp.float64)

    def binomial(self, n: Array, p: Array) -> Array:
        p = jnp.broadcast_to(p, n.shape)
        if OWN:
            return binomial_quantile(self._next(n.shape), n, p)
        return jax.random.binomial(self._key(), n, jnp.clip(p, 0.0, 1.0))


# -- the week ------------------------------------------------------------------------------------


def week(
    p: State, rivalry_at_start: float, x: State, c: State, draw: Array, key: Array
) -> tuple[State, State]:
    """One week: the next state, and what it adds to the month."""
    x = dict(x)
    chance = Chance(key, draw.shape[-1])
    one = jnp.ones(draw.shape[-1])
    stance, length = c["STANCE"], c["LENGTH"]

    def at(*stances: int) -> Array:
        return jnp.isin(stance, jnp.array(stances, dtype=jnp.float64))

    take_office(p, x, c, chance)
    set_stance(p, x, at(SECRET_PACT, BOTH, OPEN_PACT))
    pact = x["pact"]
    restraining = (draw < c["RESTRAINING"]).astype(jnp.float64)
    pressing = (draw > 1.0 - c["PRESSING"]).astype(jnp.float64)
    # 3: enforcement
    implied = jnp.where(at(MANO_DURA), p["enforcement_mano_dura"], one)
    implied = jnp.where(at(BOTH), p["enforcement_both"], implied)
    implied = jnp.where(at(EXCEPTION), p["enforcement_exception"], implied)
    scripted = c["ENFORCEMENT"] * one
    scaled = 1.0 + (scripted - 1.0) * p["enforcement_scale"]
    effort = jnp.where(scripted > 1.0, scaled, jnp.where(scripted >= 0.0, scripted, implied))
    retained = 1.0 - p["retention_loss"] * x["filter"]
    capture = p["arrest"] * effort * retained
    above = jnp.maximum(0.0, effort - 1.0)
    # 4: what may happen to a pact
    prosecuted = x["turned"] * chance.event(hazard(p["prosecution"], length))
    x["prosecuted"] = jnp.maximum(x["prosecuted"], prosecuted)
    struck, breached, strikes = expose_pact(p, x, at, length, chance)
    # 5: the dead
    street = x["street"].sum(axis=0)
    exposure = jnp.exp(-p["deterrence"] * capture) * length
    rivals = (1.0 - x["street"] / jnp.maximum(street, 1.0)) / rivalry_at_start
    rate = p["killing"] * (1.0 - p["rivalry"] + p["rivalry"] * rivals)
    base = x["street"] * rate * exposure
    obeyed = 1.0 - p["restraint"] * x["command"]
    held = restraining * obeyed
    free = 1.0 - restraining + pressing * p["pressing_effect"] * x["command"]
    killed = chance.poisson(base * (held + free))
    discreet = jnp.where(pact > 0.0, p["hidden_pact"], p["hidden_usual"])
    hidden = chance.binomial(killed, (held * discreet + free * p["hidden_usual"]) / (held + free))
    kept, broken = base * obeyed * (1.0 - p["hidden_pact"]), base * (1.0 - p["hidden_usual"])
    told = (kept > 0.0) & (broken > 0.0)
    logs = jnp.log(jnp.where(told, kept, 1.0) / jnp.where(told, broken, 1.0))
    evidence = p["tempering"] * ((killed - hidden) * logs - (kept - broken))
    evidence = jnp.where(told, jnp.clip(evidence, -EVIDENCE, EVIDENCE), 0.0)
    x["reliance"] = x["reliance"] + evidence * pact
    covered = 1.0 - jnp.exp(-street / p["coverage"])
    gained = x["institutions"] - p["institutions_usual"]
    per_person = p["ambient_floor"] + p["ambient_gangs"] * covered * (
        1.0 - p["reform_ambient"] * gained
    )
    ambient = chance.poisson(c["POPULATION"] * per_person * exposure)
    police = chance.poisson(p["police_killing"] * above * street * exposure)
    # 6: the tally
    known = (killed - hidden).sum(axis=0) + struck + ambient
    countable = known + police * c["POLICE_COUNTED"]
    recorded = lax.cond(
        c["UNDERCOUNTED"] == 1.0,
        lambda: chance.binomial(countable, p["counted_exception"]),
        lambda: countable,
    )
    month = x["recorded_now"] + recorded
    last = c["LAST"] == 1.0
    yearly = month / c["POPULATION"] * 1e5 / c["MONTH_LENGTH"]
    x["recorded_month"] = jnp.where(last, yearly, x["recorded_month"])
    x["recorded_now"] = jnp.where(last, 0.0, month)
    flows = {"recorded": recorded, "killed": known + police + hidden.sum(axis=0)}
    # 7: burials
    dead = chance.binomial(killed.sum(axis=0), p["victim_members"]) + police
    left, remaining = street, []
    for members in x["street"]:
        mine = chance.binomial(dead, members / jnp.maximum(left, 1.0))
        left, dead = left - members, dead - mine
        remaining.append(jnp.maximum(0.0, members - mine))
    x["street"] = jnp.stack(remaining)
    # 8, 9: who joins, leaves, is held and is released
    detained = move_members(p, x, c, at, effort, capture, gained, chance)
    detained += move_others(p, x, length, retained * above / EXCEPTION_EFFORT, chance)
    x["detained"] = x["detained"] + detained
    # 10 to 13
    command_and_believe(p, x, length, breached)
    feel(p, x, stance, at, length, strikes)
    govern(p, x, c, at, length)
    return x, flows


def take_office(p: State, x: State, c: State, chance: Chance) -> None:
    new = c["INAUGURATION"] == 1.0
    level = p["approval_level"] + p["approval_spread"] * chance.normal()
    x["administration"] = jnp.where(new, level, x["administration"])
    turns = new & (x["since_break"] < LONG_AGO)
    x["turned"] = jnp.where(turns, 1.0, x["turned"])


def set_stance(p: State, x: State, offered: Array) -> None:
    ends = (x["pact"] == 1.0) & ~offered
    begins = (x["pact"] == 0.0) & offered
    x["since_break"] = jnp.where(ends, 0.0, x["since_break"])
    x["turned"] = jnp.where(ends, 0.0, x["turned"])
    x["trust"] = x["trust"] - jnp.where(ends, p["trust_loss"], 0.0)
    x["leaked"] = jnp.where(begins, 0.0, x["leaked"])
    x["pact"] = offered.astype(jnp.float64)


def expose_pact(
    p: State, x: State, at: Callable[..., Array], length: Array, chance: Chance
) -> tuple[Array, Array, Array]:
    """Killed in strikes, breaches and strikes."""

    def in_pact() -> tuple[Array, ...]:
        leaks = chance.event(hazard(p["leak"] * x["democracy"], length))
        leaked = jnp.maximum(x["leaked"], leaks * at(SECRET_PACT, BOTH))
        sanction = chance.event(hazard(p["sanction"] * x["pressure"], length))
        rate = p["breach"] * jnp.where(at(BOTH), HARDLINERS_IN_BOTH, 1.0)
        breached = chance.event(jnp.broadcast_to(hazard(rate, length), x["street"].shape))
        answers = jnp.broadcast_to(p["strike_given_breach"], breached.shape)
        struck = breached * chance.event(answers)
        dead = chance.poisson(struck * p["strike"] * x["command"] * x["street"])
        trust = x["trust"] - p["trust_loss"] * breached
        sums = (dead.sum(axis=0), breached.sum(axis=0), struck.sum(axis=0))
        return (leaked, x["sanctions"] + leaked * sanction, trust, *sums)

    def without() -> tuple[Array, ...]:
        none = jnp.zeros_like(x["leaked"])
        return (x["leaked"], x["sanctions"], x["trust"], none, none, none)

    x["leaked"], x["sanctions"], x["trust"], dead, breached, struck = lax.cond(
        x["pact"] > 0.0, in_pact, without
    )
    return dead, breached, struck


def move_members(
    p: State,
    x: State,
    c: State,
    at: Callable[..., Array],
    effort: Array,
    capture: Array,
    gained: Array,
    chance: Chance,
) -> Array:
    """Move members; returns arrests, brief ones too."""
    length, members = c["LENGTH"], x["street"]
    held = jnp.concatenate([x["prison"], x["isolated"]])
    room = jnp.maximum(0.0, 1.0 - (members.sum(axis=0) + held.sum(axis=0)) / p["niche"])
    recruitment = p["recruitment"] * jnp.maximum(0.0, 1.0 - p["reform_recruitment"] * gained)
    desistance = p["desistance"] * jnp.maximum(0.0, 1.0 + p["reform_desistance"] * gained)
    release, death = 1.0 / p["release_time"], p["custody_death"]
    out_of = capture + desistance
    # All exits are one draw, so that their loops are one loop.
    leaving, gangs = hazard(release + death, length), len(members)
    chances = jnp.concatenate(
        [
            jnp.broadcast_to(leaving, held.shape),
            jnp.broadcast_to(hazard(out_of, length), members.shape),
        ]
    )
    gone = chance.binomial(jnp.concatenate([held, members]), chances)
    from_prison, from_isolation, from_street = gone[:gangs], gone[gangs : 2 * gangs], gone[-gangs:]
    exits = from_prison + from_isolation
    dying = jnp.broadcast_to(death / (release + death), exits.shape)
    caught = jnp.broadcast_to(capture / out_of, exits.shape)
    split = chance.binomial(jnp.concatenate([exits, from_street]), jnp.concatenate([dying, caught]))
    dead, captured = split[:gangs], split[gangs:]
    isolated = jnp.where(at(MANO_DURA, BOTH), p["segregated_crackdown"], p["segregated_usual"])
    isolated = jnp.where(at(EXCEPTION), p["segregated_exception"], isolated)
    isolated = jnp.where(c["SEGREGATED"] >= 0.0, c["SEGREGATED"], isolated)
    returning = jnp.broadcast_to(p["return_share"], exits.shape)
    split = chance.binomial(
        jnp.concatenate([exits - dead, captured]),
        jnp.concatenate([returning, jnp.broadcast_to(isolated, exits.shape)]),
    )
    returned, to_isolation = split[:gangs], split[gangs:]
    undone = (p["arrest"] * effort - capture) * members.sum(axis=0)
    joins = chance.poisson(jnp.concatenate([recruitment * room * members, undone[None]]) * length)
    x["street"] = members + returned + joins[:gangs] - from_street
    x["prison"] = x["prison"] + captured - to_isolation - from_prison
    x["isolated"] = x["isolated"] + to_isolation - from_isolation
    return captured.sum(axis=0) + joins[gangs]


def move_others(p: State, x: State, length: Array, kept: Array, chance: Chance) -> Array:
    """Move the wrongly detained and the ordinary prisoners; returns the first's arrests."""
    inflow = jnp.stack([p["wrongful"] * x["street"].sum(axis=0) * kept, p["ordinary_inflow"]])
    enters = chance.poisson(inflow * length)
    release = 1.0 / jnp.stack([p["wrongful_time"], p["ordinary_time"]])
    death = p["custody_death"]
    held = jnp.stack([x["wrongly_held"], x["ordinary"]])
    exits = chance.binomial(held, hazard(release + death, length))
    x["died"] = x["died"] + chance.binomial(exits, death / (release + death)).sum(axis=0)
    x["wrongly_held"], x["ordinary"] = held + enters - exits
    return enters[0]


def command_and_believe(p: State, x: State, length: Array, breached: Array) -> None:
    pact = x["pact"]
    freedom = pact + (1.0 - pact) * (1.0 - x["control"])
    target = p["command_floor"] + (p["command_ceiling"] - p["command_floor"]) * freedom
    time = jnp.where(target > x["command"], p["command_rise"], p["command_fall"])
    x["command"] = toward(x["command"], target, time, length)
    memory = 1.0 / jnp.maximum(p["forgetting"], 1e-9)
    gain = p["trust_gain"] * pact * jnp.maximum(0.0, 1.0 - breached) * length
    for name, value in (("trust", x["trust"] + gain), ("reliance", x["reliance"])):
        moved = toward(value, log_odds(p[f"{name}_prior"]), memory, length)
        x[name] = jnp.clip(moved, -MAX_LOG_ODDS, MAX_LOG_ODDS)


def feel(
    p: State, x: State, stance: Array, at: Callable[..., Array], length: Array, strikes: Array
) -> None:
    rate = jnp.maximum(x["recorded_month"], FLOOR_RATE)
    target = jax.nn.sigmoid(p["fear_level"] + p["fear_slope"] * jnp.log(rate / 30.0))
    fear = toward(x["fear"], target, p["fear_time"], length)
    fear = fear + FEAR_JUMP * (1.0 - fear) * jnp.minimum(1.0, strikes)
    toughness = jnp.array(TOUGHNESS)[stance.astype(jnp.int32)]
    score = x["administration"] + p["approval_fear"] * fear
    score += 2.0 * p["approval_toughness"] * fear * toughness
    believed = 1.0 - DENIAL * (1.0 - x["democracy"])
    score -= p["approval_leak"] * x["leaked"] * x["pact"] * believed
    score -= jnp.where(at(OPEN_PACT), p["approval_open"], 0.0)
    x["fear"] = fear
    x["approval"] = toward(x["approval"], jax.nn.sigmoid(score), p["approval_time"], length)


def govern(p: State, x: State, c: State, at: Callable[..., Array], length: Array) -> None:
    pact, exception = x["pact"], at(EXCEPTION)
    crackdown = jnp.where(at(MANO_DURA, BOTH), DEMOCRACY_LOST_TO_CRACKDOWN, 0.0)
    usual = p["democracy_usual"] - crackdown
    democracy = jnp.where(exception, p["democracy_exception"], usual)
    judges = jnp.where(exception, p["filter_exception"], p["filter_usual"])
    control = jnp.where(at(MANO_DURA), p["control_crackdown"], p["control_usual"])
    control = jnp.where(exception, p["control_exception"], control)
    scripted = c["FILTER"] >= 0.0
    judges = jnp.where(scripted, c["FILTER"], judges)
    recovery = jnp.where(scripted, p["filter_fall"], p["filter_recovery"])
    time = jnp.where(democracy < x["democracy"], p["democracy_fall"], p["democracy_recovery"])
    x["democracy"] = toward(x["democracy"], democracy, time, length)
    time = jnp.where(judges < x["filter"], p["filter_fall"], recovery)
    x["filter"] = toward(x["filter"], judges, time, length)
    x["control"] = toward(x["control"], control, p["control_time"], length)
    target = jnp.where(at(REFORM), 1.0, p["institutions_usual"])
    time = jnp.where(at(REFORM), p["reform_time"], p["reform_decay"])
    x["institutions"] = toward(x["institutions"], target, time, length)
    time = jnp.where(pact > 0.0, 1.0 / PRECEDENT_RATE, p["precedent_time"])
    x["precedent"] = toward(x["precedent"], pact, time, length)
    pressure = p["pressure_usual"] + (1.0 - p["pressure_usual"]) * x["leaked"] * pact
    x["pressure"] = toward(x["pressure"], pressure, p["pressure_time"], length)
    x["since_break"] = jnp.minimum(LONG_AGO, x["since_break"] + length)


# -- the run -------------------------------------------------------------------------------------


def run(
    rivalry_at_start: float, calendar: State, p: State, x: State, seed: Array
) -> tuple[State, State]:
    """Months by weeks; the final state is returned so that nothing of the week is left out."""
    key = jax.random.key(seed, impl="rbg" if OWN else "threefry2x32")
    if DEVICES > 1:
        key = jax.random.fold_in(key, lax.axis_index("worlds"))
    gangs, worlds = x["street"].shape

    def month(x: State, given: tuple[State, Array]) -> tuple[State, State]:
        calendar_rows, number = given
        draw = jax.random.uniform(jax.random.fold_in(key, 2 * number), (gangs, worlds))
        of_month = jax.random.fold_in(key, 2 * number + 1)

        def one(x: State, row: tuple[State, Array]) -> tuple[State, State]:
            c, part = row
            of_week = jax.random.fold_in(of_month, part)
            return week(p, rivalry_at_start, x, c, draw, of_week)

        x, flows = lax.scan(one, x, (calendar_rows, jnp.arange(WEEKS_PER_MONTH)))
        inside = (x["prison"] + x["isolated"]).sum(axis=0)
        kept = {name: values.sum(axis=0) for name, values in flows.items()}
        kept["prisoners"] = inside + x["wrongly_held"] + x["ordinary"]
        kept["street"] = x["street"].sum(axis=0)
        return x, kept

    months = len(calendar["LENGTH"])
    return lax.scan(month, x, (calendar, jnp.arange(months)))


def prepare(given: Given, worlds: int) -> Callable[[int], Monthly]:
    """A function seed -> monthly outputs; its first call compiles."""
    calendar = {
        name: jnp.asarray(values.reshape(-1, WEEKS_PER_MONTH))
        for name, values in given.calendar.items()
    }
    p = {name: jnp.asarray(values) for name, values in given.parameters.items()}
    start = dict(given.start())
    for name in ("detained", "died", "sanctions"):
        start[name] = np.zeros(worlds)
    x = {name: jnp.asarray(values) for name, values in start.items()}
    x |= {"pact": jnp.float64(0.0), "since_break": jnp.float64(LONG_AGO)}
    compiled = jax.jit(split(partial(run, given.rivalry_at_start), p, x))

    def once(seed: int) -> Monthly:
        final, monthly = compiled(calendar, p, x, jnp.int64(seed))
        jax.block_until_ready(final)
        return {name: np.asarray(monthly[name]).T for name in VARIABLES}

    return once


def split(
    whole: Callable[..., tuple[State, State]], p: State, x: State
) -> Callable[..., tuple[State, State]]:
    """The same function with worlds split between devices; unchanged for one device."""
    if DEVICES == 1:
        return whole

    def last(arrays: Mapping[str, Array]) -> dict[str, PartitionSpec]:
        return {
            name: PartitionSpec(*[None] * (array.ndim - 1), "worlds")
            if array.ndim
            else PartitionSpec()
            for name, array in arrays.items()
        }

    mesh = Mesh(np.array(jax.devices()[:DEVICES]), ("worlds",))
    nothing, kept = PartitionSpec(), PartitionSpec(None, "worlds")
    return jax.shard_map(
        whole,
        mesh=mesh,
        in_specs=(nothing, last(p), last(x), nothing),
        out_specs=(last(x), dict.fromkeys(VARIABLES, kept)),
        check_vma=False,
    )


if __name__ == "__main__":
    serve(prepare)
