"""The scripted week in plain NumPy: arrays over worlds, one Python call for each line of the law.

Every array is [worlds] or [gangs, worlds]; chance is one `numpy.random.Generator`. What the script
gives (stance, pact, length of the week) is the same in all worlds and stays a Python number.

The file shares no line with tregua's transition, so that it serves as an oracle too: the means of
both ensembles must agree within Monte-Carlo error. Draws that are sums of independent draws are
taken at once (brief arrests of all gangs; deaths and returns of prisoners of both regimes).
"""

from __future__ import annotations

from collections.abc import Callable

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
    PACTS,
    PRECEDENT_RATE,
    REFORM,
    SECRET,
    TOUGHNESS,
    VARIABLES,
    WEEKS_PER_MONTH,
    Floats,
    Given,
    Monthly,
    log_odds,
    logistic,
    serve,
)


def toward(value: Floats, target: Floats | float, time: Floats, length: float) -> Floats:
    """Exact step of d value / dt = (target - value) / time."""
    return target + (value - target) * np.exp(-length / time)


def hazard(rate: Floats, length: float) -> Floats:
    """Probability of an event of this rate within `length` years."""
    return -np.expm1(-rate * length)


class Worlds:
    """All worlds at once."""

    def __init__(self, given: Given, seed: int) -> None:
        self.given = given
        self.p = given.parameters
        self.rng = np.random.default_rng(seed)
        self.x = {name: values.copy() for name, values in given.start().items()}
        self.pact = False
        self.since_break = LONG_AGO
        self.prior_trust = log_odds(self.p["trust_prior"])
        self.prior_reliance = log_odds(self.p["reliance_prior"])
        months = given.weeks // WEEKS_PER_MONTH
        self.monthly = {name: np.zeros((months, given.worlds)) for name in VARIABLES}

    # -- chance ----------------------------------------------------------------------------------

    def event(self, probability: Floats) -> Floats:
        return (self.rng.random(probability.shape) < probability).astype(np.float64)

    def poisson(self, mean: Floats) -> Floats:
        return self.rng.poisson(mean).astype(np.float64)

    def binomial(self, n: Floats, p: Floats | float) -> Floats:
        return self.rng.binomial(n.astype(np.int64), p).astype(np.float64)

    # -- the weeks -------------------------------------------------------------------------------

    def run(self) -> Monthly:
        columns = list(self.given.calendar)
        rows = np.column_stack([self.given.calendar[name] for name in columns]).tolist()
        for week, row in enumerate(rows):
            self.week(week, dict(zip(columns, row, strict=True)))
        return {name: values.T for name, values in self.monthly.items()}

    def week(self, week: int, c: dict[str, float]) -> None:
        if c["INAUGURATION"] == 1.0:
            self.take_office()
        self.set_stance(int(c["STANCE"]))
        if week % WEEKS_PER_MONTH == 0:
            self.draw = self.rng.random((len(self.given.shares), self.given.worlds))
        self.restraining = (self.draw < c["RESTRAINING"]).astype(np.float64)
        self.pressing = (self.draw > 1.0 - c["PRESSING"]).astype(np.float64)
        self.enforce(c)
        struck = self.expose_pact(c["LENGTH"])
        killed, hidden, ambient, police = self.kill(c)
        self.count(week, c, killed, hidden, struck, ambient, police)
        self.bury(killed, police)
        self.move_members(c)
        self.move_others(c["LENGTH"])
        self.command(c["LENGTH"])
        self.believe(c["LENGTH"])
        self.feel(c["LENGTH"])
        self.govern(c)
        if c["LAST"] == 1.0:
            x, month = self.x, week // WEEKS_PER_MONTH
            inside = (x["prison"] + x["isolated"]).sum(axis=0)
            self.monthly["prisoners"][month] = inside + x["wrongly_held"] + x["ordinary"]
            self.monthly["street"][month] = x["street"].sum(axis=0)

    def take_office(self) -> None:
        p, x = self.p, self.x
        luck = self.rng.standard_normal(self.given.worlds)
        x["administration"] = p["approval_level"] + p["approval_spread"] * luck
        if self.since_break < LONG_AGO:
            x["turned"][:] = 1.0

    def set_stance(self, stance: int) -> None:
        self.stance = stance
        if self.pact and stance not in PACTS:
            self.pact = False
            self.since_break = 0.0
            self.x["turned"][:] = 0.0
            self.x["trust"] -= self.p["trust_loss"]
        elif not self.pact and stance in PACTS:
            self.pact = True
            self.x["leaked"][:] = 0.0

    def enforce(self, c: dict[str, float]) -> None:
        p, one = self.p, np.ones(self.given.worlds)
        effort = c["ENFORCEMENT"]
        if effort > 1.0:
            self.effort = 1.0 + (effort - 1.0) * p["enforcement_scale"]
        elif effort >= 0.0:
            self.effort = effort * one
        elif self.stance == MANO_DURA:
            self.effort = p["enforcement_mano_dura"]
        elif self.stance == BOTH:
            self.effort = p["enforcement_both"]
        else:
            self.effort = p["enforcement_exception"] if self.stance == EXCEPTION else one
        self.retained = 1.0 - p["retention_loss"] * self.x["filter"]
        self.capture = p["arrest"] * self.effort * self.retained

    def expose_pact(self, length: float) -> Floats:
        """Leaks, sanctions, prosecutions, breaches; returns those killed in strikes."""
        p, x = self.p, self.x
        prosecuted = x["turned"] * self.event(hazard(p["prosecution"], length))
        x["prosecuted"] = np.maximum(x["prosecuted"], prosecuted)
        self.strikes = np.zeros(self.given.worlds)
        self.breached = np.zeros(self.given.worlds)
        if not self.pact:
            return self.strikes
        if self.stance in SECRET:
            leaks = self.event(hazard(p["leak"] * x["democracy"], length))
            x["leaked"] = np.maximum(x["leaked"], leaks)
        self.sanctioned = x["leaked"] * self.event(hazard(p["sanction"] * x["pressure"], length))
        rate = p["breach"] * (HARDLINERS_IN_BOTH if self.stance == BOTH else 1.0)
        chance = np.broadcast_to(hazard(rate, length), x["street"].shape)
        breached = self.event(chance)
        x["trust"] -= p["trust_loss"] * breached
        answers = np.broadcast_to(p["strike_given_breach"], breached.shape)
        struck = breached * self.event(answers)
        self.breached, self.strikes = breached.sum(axis=0), struck.sum(axis=0)
        return self.poisson(struck * p["strike"] * x["command"] * x["street"]).sum(axis=0)

    def kill(self, c: dict[str, float]) -> tuple[Floats, Floats, Floats, Floats]:
        """Killed and hidden by gang, then ambient killings and killings by police."""
        p, x = self.p, self.x
        street = x["street"].sum(axis=0)
        exposure = np.exp(-p["deterrence"] * self.capture) * c["LENGTH"]
        rivals = (1.0 - x["street"] / np.maximum(street, 1.0)) / self.given.rivalry_at_start
        rate = p["killing"] * (1.0 - p["rivalry"] + p["rivalry"] * rivals)
        base = x["street"] * rate * exposure
        obeyed = 1.0 - p["restraint"] * x["command"]
        held = self.restraining * obeyed
        free = 1.0 - self.restraining + self.pressing * p["pressing_effect"] * x["command"]
        killed = self.poisson(base * (held + free))
        discreet = p["hidden_pact"] if self.pact else p["hidden_usual"]
        share = (held * discreet + free * p["hidden_usual"]) / (held + free)
        hidden = self.binomial(killed, share)
        if self.pact:
            kept = base * obeyed * (1.0 - p["hidden_pact"])
            broken = base * (1.0 - p["hidden_usual"])
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = (killed - hidden) * np.log(kept / broken) - (kept - broken)
            told = (kept > 0.0) & (broken > 0.0)
            x["reliance"] += np.where(told, np.clip(p["tempering"] * ratio, -EVIDENCE, EVIDENCE), 0)
        covered = 1.0 - np.exp(-street / p["coverage"])
        reformed = 1.0 - p["reform_ambient"] * (x["institutions"] - p["institutions_usual"])
        per_person = p["ambient_floor"] + p["ambient_gangs"] * covered * reformed
        ambient = self.poisson(c["POPULATION"] * per_person * exposure)
        above = np.maximum(0.0, self.effort - 1.0)
        police = self.poisson(p["police_killing"] * above * street * exposure)
        return killed, hidden, ambient, police

    def count(
        self,
        week: int,
        c: dict[str, float],
        killed: Floats,
        hidden: Floats,
        struck: Floats,
        ambient: Floats,
        police: Floats,
    ) -> None:
        x = self.x
        concealed = hidden.sum(axis=0)
        known = killed.sum(axis=0) - concealed + struck + ambient
        recorded = known + police * c["POLICE_COUNTED"]
        if c["UNDERCOUNTED"] == 1.0:
            recorded = self.binomial(recorded, self.p["counted_exception"])
        month = week // WEEKS_PER_MONTH
        self.monthly["recorded"][month] += recorded
        self.monthly["killed"][month] += known + police + concealed
        if c["LAST"] == 1.0:
            total = self.monthly["recorded"][month]
            x["recorded_month"] = total / c["POPULATION"] * 1e5 / c["MONTH_LENGTH"]

    def bury(self, killed: Floats, police: Floats) -> None:
        x = self.x
        dead = self.binomial(killed.sum(axis=0), self.p["victim_members"]) + police
        left = x["street"].sum(axis=0)
        for members in x["street"]:
            share = np.minimum(1.0, members / np.maximum(left, 1.0))
            mine = self.binomial(dead, share)
            left = left - members
            dead = dead - mine
            members -= np.minimum(mine, members)

    def move_members(self, c: dict[str, float]) -> None:
        p, x, length = self.p, self.x, c["LENGTH"]
        members = x["street"].copy()
        everyone = (members + x["prison"] + x["isolated"]).sum(axis=0)
        gained = x["institutions"] - p["institutions_usual"]
        room = np.maximum(0.0, 1.0 - everyone / p["niche"])
        recruitment = p["recruitment"] * np.maximum(0.0, 1.0 - p["reform_recruitment"] * gained)
        desistance = p["desistance"] * np.maximum(0.0, 1.0 + p["reform_desistance"] * gained)

        release, death = 1.0 / p["release_time"], p["custody_death"]
        leaving = hazard(release + death, length)
        from_prison = self.binomial(x["prison"], leaving)
        from_isolation = self.binomial(x["isolated"], leaving)
        exits = from_prison + from_isolation
        dead = self.binomial(exits, death / (release + death))
        returned = self.binomial(exits - dead, p["return_share"])

        recruits = self.poisson(recruitment * room * members * length)
        out_of = self.capture + desistance
        gone = self.binomial(members, hazard(out_of, length))
        captured = self.binomial(gone, self.capture / out_of)
        to_isolation = self.binomial(captured, self.segregated(c))
        undone = p["arrest"] * self.effort - self.capture
        self.detained = captured.sum(axis=0) + self.poisson(undone * members.sum(axis=0) * length)
        x["street"] += returned + recruits - gone
        x["prison"] += captured - to_isolation - from_prison
        x["isolated"] += to_isolation - from_isolation

    def segregated(self, c: dict[str, float]) -> Floats | float:
        if c["SEGREGATED"] >= 0.0:
            return c["SEGREGATED"]
        if self.stance == EXCEPTION:
            return self.p["segregated_exception"]
        crackdown = self.stance in (MANO_DURA, BOTH)
        return self.p["segregated_crackdown" if crackdown else "segregated_usual"]

    def move_others(self, length: float) -> None:
        p, x = self.p, self.x
        above = np.maximum(0.0, self.effort - 1.0) / EXCEPTION_EFFORT
        mean = p["wrongful"] * x["street"].sum(axis=0) * self.retained * above * length
        for held, inflow, time in (
            ("wrongly_held", mean, p["wrongful_time"]),
            ("ordinary", p["ordinary_inflow"] * length, p["ordinary_time"]),
        ):
            release, death = 1.0 / time, p["custody_death"]
            enters = self.poisson(inflow)
            exits = self.binomial(x[held], hazard(release + death, length))
            self.died = self.binomial(exits, death / (release + death))
            x[held] += enters - exits

    def command(self, length: float) -> None:
        p, x = self.p, self.x
        freedom = 1.0 if self.pact else 1.0 - x["control"]
        target = p["command_floor"] + (p["command_ceiling"] - p["command_floor"]) * freedom
        time = np.where(target > x["command"], p["command_rise"], p["command_fall"])
        x["command"] = toward(x["command"], target, time, length)

    def believe(self, length: float) -> None:
        p, x = self.p, self.x
        memory = 1.0 / np.maximum(p["forgetting"], 1e-9)
        if self.pact:
            x["trust"] += p["trust_gain"] * np.maximum(0.0, 1.0 - self.breached) * length
        for name, prior in (("trust", self.prior_trust), ("reliance", self.prior_reliance)):
            moved = toward(x[name], prior, memory, length)
            x[name] = np.clip(moved, -MAX_LOG_ODDS, MAX_LOG_ODDS)

    def feel(self, length: float) -> None:
        p, x = self.p, self.x
        rate = np.maximum(x["recorded_month"], FLOOR_RATE)
        target = logistic(p["fear_level"] + p["fear_slope"] * np.log(rate / 30.0))
        fear = toward(x["fear"], target, p["fear_time"], length)
        x["fear"] = fear + FEAR_JUMP * (1.0 - fear) * np.minimum(1.0, self.strikes)
        score = x["administration"] + p["approval_fear"] * x["fear"]
        score += 2.0 * p["approval_toughness"] * x["fear"] * TOUGHNESS[self.stance]
        if self.pact:
            believed = 1.0 - DENIAL * (1.0 - x["democracy"])
            score -= p["approval_leak"] * x["leaked"] * believed
        if self.stance == OPEN_PACT:
            score -= p["approval_open"]
        x["approval"] = toward(x["approval"], logistic(score), p["approval_time"], length)

    def govern(self, c: dict[str, float]) -> None:
        p, x, length, stance = self.p, self.x, c["LENGTH"], self.stance
        democracy, judges, control = p["democracy_usual"], p["filter_usual"], p["control_usual"]
        if stance == EXCEPTION:
            democracy, judges = p["democracy_exception"], p["filter_exception"]
            control = p["control_exception"]
        elif stance in (MANO_DURA, BOTH):
            democracy = democracy - DEMOCRACY_LOST_TO_CRACKDOWN
            control = p["control_crackdown"] if stance == MANO_DURA else control
        recovery = p["filter_recovery"]
        if c["FILTER"] >= 0.0:
            judges, recovery = np.full(self.given.worlds, c["FILTER"]), p["filter_fall"]
        time = np.where(democracy < x["democracy"], p["democracy_fall"], p["democracy_recovery"])
        x["democracy"] = toward(x["democracy"], democracy, time, length)
        time = np.where(judges < x["filter"], p["filter_fall"], recovery)
        x["filter"] = toward(x["filter"], judges, time, length)
        x["control"] = toward(x["control"], control, p["control_time"], length)
        reform = stance == REFORM
        target = 1.0 if reform else p["institutions_usual"]
        time = p["reform_time"] if reform else p["reform_decay"]
        x["institutions"] = toward(x["institutions"], target, time, length)
        time = np.full(1, 1.0 / PRECEDENT_RATE) if self.pact else p["precedent_time"]
        x["precedent"] = toward(x["precedent"], float(self.pact), time, length)
        known = x["leaked"] * float(self.pact)
        target = p["pressure_usual"] + (1.0 - p["pressure_usual"]) * known
        x["pressure"] = toward(x["pressure"], target, p["pressure_time"], length)
        self.since_break = min(LONG_AGO, self.since_break + length)


def prepare(given: Given, worlds: int) -> Callable[[int], Monthly]:
    """A function seed -> monthly outputs. There is nothing to compile."""
    assert worlds == given.worlds
    return lambda seed: Worlds(given, seed).run()


if __name__ == "__main__":
    serve(prepare)
