"""The scripted week in Mesa: one world is a model, its cliques are agents.

A clique holds members in the streets, in prison and in isolation, and each week kills, recruits,
loses and regains members by its own draws from the model's generator (`model.rng`). All hazards
depend on the country and on the gang, so the sums over a gang's cliques follow the same law as the
gang does in tregua: sums of Poisson counts are Poisson, sums of binomial counts of one probability
binomial. The dead of a gang are dealt to its cliques without replacement. A clique that has grown
to twice its size splits. PEER_CLIQUE gives the size.

Worlds run one after another.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import mesa
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
    Given,
    Monthly,
    serve,
)

SIZE = int(os.environ.get("PEER_CLIQUE", "50"))


def toward(value: float, target: float, time: float, length: float) -> float:
    return target + (value - target) * math.exp(-length / time)


def hazard(rate: float, length: float) -> float:
    return -math.expm1(-rate * length)


def logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(bounded / (1.0 - bounded))


class Gang:
    """What the cliques of a gang share."""

    def __init__(self, start: dict[str, float]) -> None:
        self.street = 0
        self.command = start["command"]
        self.trust = start["trust"]
        self.reliance = start["reliance"]
        self.restraining = self.pressing = 0.0
        self.killing_rate = self.hidden_share = 0.0
        self.killed = self.hidden = 0


class Clique(mesa.Agent):  # type: ignore[misc]
    """Members of one gang in one place."""

    def __init__(self, model: Country, gang: Gang, street: int, prison: int, isolated: int) -> None:
        super().__init__(model)
        self.gang = gang
        self.street, self.prison, self.isolated = street, prison, isolated

    def kill(self) -> None:
        gang, rng = self.gang, self.model.rng
        killed = rng.poisson(self.street * gang.killing_rate)
        gang.killed += killed
        if killed:
            gang.hidden += rng.binomial(killed, gang.hidden_share)

    def move(self) -> None:
        model: Any = self.model
        rng, members = model.rng, self.street
        exits = 0
        for place in ("prison", "isolated"):
            held = getattr(self, place)
            if held:
                out = rng.binomial(held, model.release_chance)
                setattr(self, place, held - out)
                exits += out
        if exits:
            alive = exits - rng.binomial(exits, model.dying_share)
            self.street += rng.binomial(alive, model.return_share)
        if members == 0:
            return
        self.street += rng.poisson(model.recruitment * members)
        gone = rng.binomial(members, model.exit_chance)
        if gone:
            self.street -= gone
            captured = rng.binomial(gone, model.captured_share)
            to_isolation = rng.binomial(captured, model.isolated_share)
            self.isolated += to_isolation
            self.prison += captured - to_isolation
        if self.street >= 2 * SIZE:
            half = self.street // 2
            self.street -= half
            Clique(model, self.gang, half, 0, 0)


class Country(mesa.Model):  # type: ignore[misc]
    """One world."""

    def __init__(self, given: Given, world: int, seed: int) -> None:
        super().__init__(rng=np.random.default_rng([seed, world]))
        self.p = {name: float(values[world]) for name, values in given.parameters.items()}
        self.rivalry_at_start = given.rivalry_at_start
        start = given.start()
        self.x = {n: float(v[world]) for n, v in start.items() if v.ndim == 1}
        self.gangs = []
        for g in range(len(given.shares)):
            mine = {name: float(v[g, world]) for name, v in start.items() if v.ndim == 2}
            gang = Gang(mine)
            self.gangs.append(gang)
            cliques = max(1, round(mine["street"] / SIZE))
            shared = [self.parts(int(mine[n]), cliques) for n in ("street", "prison", "isolated")]
            for street, prison, isolated in zip(*shared, strict=True):
                Clique(self, gang, street, prison, isolated)
        self.pact = False
        self.since_break = LONG_AGO

    @staticmethod
    def parts(total: int, count: int) -> list[int]:
        return [total // count + (k < total % count) for k in range(count)]

    def event(self, probability: float) -> float:
        return float(self.rng.random() < probability)

    def step_week(self, week: int, c: dict[str, float]) -> tuple[float, float]:
        """Recorded and killed in a week."""
        if c["INAUGURATION"] == 1.0:
            luck = self.rng.standard_normal()
            self.x["administration"] = self.p["approval_level"] + self.p["approval_spread"] * luck
            if self.since_break < LONG_AGO:
                self.x["turned"] = 1.0
        self.set_stance(int(c["STANCE"]))
        if week % WEEKS_PER_MONTH == 0:
            self.draw = self.rng.random(len(self.gangs))
        for gang, draw in zip(self.gangs, self.draw, strict=True):
            gang.restraining = float(draw < c["RESTRAINING"])
            gang.pressing = float(draw > 1.0 - c["PRESSING"])
        self.enforce(c)
        struck = self.expose_pact(c["LENGTH"])
        ambient, police = self.kill(c)
        recorded, killed = self.count(c, struck, ambient, police)
        self.bury(police)
        self.move_members(c)
        self.move_others(c["LENGTH"])
        self.command_and_believe(c["LENGTH"])
        self.feel(c["LENGTH"])
        self.govern(c)
        return recorded, killed

    def sizes(self) -> None:
        for gang in self.gangs:
            gang.street = 0
        for clique in self.agents:
            clique.gang.street += clique.street

    def set_stance(self, stance: int) -> None:
        self.stance = stance
        if self.pact and stance not in PACTS:
            self.pact, self.since_break = False, 0.0
            self.x["turned"] = 0.0
            for gang in self.gangs:
                gang.trust -= self.p["trust_loss"]
        elif not self.pact and stance in PACTS:
            self.pact = True
            self.x["leaked"] = 0.0

    def enforce(self, c: dict[str, float]) -> None:
        p, effort = self.p, c["ENFORCEMENT"]
        if effort > 1.0:
            effort = 1.0 + (effort - 1.0) * p["enforcement_scale"]
        elif effort < 0.0:
            implied = {MANO_DURA: "mano_dura", BOTH: "both", EXCEPTION: "exception"}
            name = implied.get(self.stance)
            effort = p[f"enforcement_{name}"] if name else 1.0
        self.effort = effort
        self.above = max(0.0, effort - 1.0)
        self.retained = 1.0 - p["retention_loss"] * self.x["filter"]
        self.capture = p["arrest"] * effort * self.retained

    def expose_pact(self, length: float) -> float:
        p, x = self.p, self.x
        if x["turned"] and self.event(hazard(p["prosecution"], length)):
            x["prosecuted"] = 1.0
        self.breached = self.strikes = 0.0
        if not self.pact:
            return 0.0
        secret = self.stance in SECRET
        if secret and self.event(hazard(p["leak"] * x["democracy"], length)):
            x["leaked"] = 1.0
        self.sanctioned = x["leaked"] * self.event(hazard(p["sanction"] * x["pressure"], length))
        rate = p["breach"] * (HARDLINERS_IN_BOTH if self.stance == BOTH else 1.0)
        self.sizes()
        dead = 0.0
        for gang in self.gangs:
            if not self.event(hazard(rate, length)):
                continue
            self.breached += 1.0
            gang.trust -= p["trust_loss"]
            if self.event(p["strike_given_breach"]):
                self.strikes += 1.0
                dead += self.rng.poisson(p["strike"] * gang.command * gang.street)
        return dead

    def kill(self, c: dict[str, float]) -> tuple[float, float]:
        p, x = self.p, self.x
        self.sizes()
        street = sum(gang.street for gang in self.gangs)
        exposure = math.exp(-p["deterrence"] * self.capture) * c["LENGTH"]
        discreet = p["hidden_pact"] if self.pact else p["hidden_usual"]
        expected = []
        for gang in self.gangs:
            rivals = (1.0 - gang.street / max(street, 1.0)) / self.rivalry_at_start
            base = p["killing"] * (1.0 - p["rivalry"] + p["rivalry"] * rivals) * exposure
            obeyed = 1.0 - p["restraint"] * gang.command
            held = gang.restraining * obeyed
            free = 1.0 - gang.restraining + gang.pressing * p["pressing_effect"] * gang.command
            gang.killing_rate = base * (held + free)
            gang.hidden_share = (held * discreet + free * p["hidden_usual"]) / (held + free)
            gang.killed = gang.hidden = 0
            expected.append((gang.street * base * obeyed, gang.street * base))
        self.agents.do("kill")
        if self.pact:
            for gang, (kept, broken) in zip(self.gangs, expected, strict=True):
                kept, broken = kept * (1.0 - p["hidden_pact"]), broken * (1.0 - p["hidden_usual"])
                if kept > 0.0 and broken > 0.0:
                    seen = gang.killed - gang.hidden
                    evidence = seen * math.log(kept / broken) - (kept - broken)
                    gang.reliance += min(max(p["tempering"] * evidence, -EVIDENCE), EVIDENCE)
        covered = 1.0 - math.exp(-street / p["coverage"])
        reformed = 1.0 - p["reform_ambient"] * (x["institutions"] - p["institutions_usual"])
        per_person = p["ambient_floor"] + p["ambient_gangs"] * covered * reformed
        ambient = self.rng.poisson(c["POPULATION"] * per_person * exposure)
        police = self.rng.poisson(p["police_killing"] * self.above * street * exposure)
        return ambient, police

    def count(
        self, c: dict[str, float], struck: float, ambient: float, police: float
    ) -> tuple[float, float]:
        x = self.x
        hidden = sum(gang.hidden for gang in self.gangs)
        known = sum(gang.killed for gang in self.gangs) - hidden + struck + ambient
        recorded = known + police * c["POLICE_COUNTED"]
        if c["UNDERCOUNTED"] == 1.0:
            recorded = self.rng.binomial(int(recorded), self.p["counted_exception"])
        x["recorded_now"] += recorded
        if c["LAST"] == 1.0:
            rate = x["recorded_now"] / c["POPULATION"] * 1e5 / c["MONTH_LENGTH"]
            x["recorded_month"], x["recorded_now"] = rate, 0.0
        return recorded, known + police + hidden

    def bury(self, police: float) -> None:
        killed = sum(gang.killed for gang in self.gangs)
        dead = self.rng.binomial(killed, self.p["victim_members"]) + police
        left = sum(gang.street for gang in self.gangs)
        members = self.agents.groupby("gang").groups
        for gang in self.gangs:
            share = min(1.0, gang.street / left) if left else 0.0
            mine = self.rng.binomial(dead, share)
            left, dead = left - gang.street, dead - mine
            cliques = list(members.get(gang, ()))
            sizes = [clique.street for clique in cliques]
            lost = self.rng.multivariate_hypergeometric(sizes, min(mine, gang.street))
            for clique, count in zip(cliques, lost.tolist(), strict=True):
                clique.street -= count

    def move_members(self, c: dict[str, float]) -> None:
        p, x, length = self.p, self.x, c["LENGTH"]
        members = everyone = 0
        for clique in self.agents:
            members += clique.street
            everyone += clique.street + clique.prison + clique.isolated
        gained = x["institutions"] - p["institutions_usual"]
        recruitment = p["recruitment"] * max(0.0, 1.0 - p["reform_recruitment"] * gained)
        desistance = p["desistance"] * max(0.0, 1.0 + p["reform_desistance"] * gained)
        self.recruitment = recruitment * max(0.0, 1.0 - everyone / p["niche"]) * length
        self.exit_chance = hazard(self.capture + desistance, length)
        self.captured_share = self.capture / (self.capture + desistance)
        release, death = 1.0 / p["release_time"], p["custody_death"]
        self.release_chance = hazard(release + death, length)
        self.dying_share = death / (release + death)
        self.return_share = p["return_share"]
        self.isolated_share = c["SEGREGATED"]
        if self.isolated_share < 0.0:
            crackdown = "crackdown" if self.stance in (MANO_DURA, BOTH) else "usual"
            regime = "exception" if self.stance == EXCEPTION else crackdown
            self.isolated_share = p[f"segregated_{regime}"]
        self.agents.do("move")
        undone = p["arrest"] * self.effort - self.capture
        self.brief = self.rng.poisson(undone * members * length)

    def move_others(self, length: float) -> None:
        p, x = self.p, self.x
        self.sizes()
        street = sum(gang.street for gang in self.gangs)
        mean = p["wrongful"] * street * self.retained * self.above / EXCEPTION_EFFORT * length
        for held, inflow, time in (
            ("wrongly_held", mean, p["wrongful_time"]),
            ("ordinary", p["ordinary_inflow"] * length, p["ordinary_time"]),
        ):
            release, death = 1.0 / time, p["custody_death"]
            enters = self.rng.poisson(inflow)
            exits = self.rng.binomial(int(x[held]), hazard(release + death, length))
            self.died = self.rng.binomial(exits, death / (release + death))
            x[held] += enters - exits

    def command_and_believe(self, length: float) -> None:
        p = self.p
        freedom = 1.0 if self.pact else 1.0 - self.x["control"]
        target = p["command_floor"] + (p["command_ceiling"] - p["command_floor"]) * freedom
        memory = 1.0 / max(p["forgetting"], 1e-9)
        for gang in self.gangs:
            time = p["command_rise"] if target > gang.command else p["command_fall"]
            gang.command = toward(gang.command, target, time, length)
            if self.pact:
                gang.trust += p["trust_gain"] * max(0.0, 1.0 - self.breached) * length
            for name in ("trust", "reliance"):
                prior = log_odds(p[f"{name}_prior"])
                moved = toward(getattr(gang, name), prior, memory, length)
                setattr(gang, name, min(max(moved, -MAX_LOG_ODDS), MAX_LOG_ODDS))

    def feel(self, length: float) -> None:
        p, x = self.p, self.x
        rate = max(x["recorded_month"], FLOOR_RATE)
        target = logistic(p["fear_level"] + p["fear_slope"] * math.log(rate / 30.0))
        fear = toward(x["fear"], target, p["fear_time"], length)
        x["fear"] = fear + FEAR_JUMP * (1.0 - fear) * min(1.0, self.strikes)
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
            democracy -= DEMOCRACY_LOST_TO_CRACKDOWN
            control = p["control_crackdown"] if stance == MANO_DURA else control
        recovery = p["filter_recovery"]
        if c["FILTER"] >= 0.0:
            judges, recovery = c["FILTER"], p["filter_fall"]
        time = p["democracy_fall"] if democracy < x["democracy"] else p["democracy_recovery"]
        x["democracy"] = toward(x["democracy"], democracy, time, length)
        time = p["filter_fall"] if judges < x["filter"] else recovery
        x["filter"] = toward(x["filter"], judges, time, length)
        x["control"] = toward(x["control"], control, p["control_time"], length)
        reform = stance == REFORM
        target = 1.0 if reform else p["institutions_usual"]
        time = p["reform_time"] if reform else p["reform_decay"]
        x["institutions"] = toward(x["institutions"], target, time, length)
        time = 1.0 / PRECEDENT_RATE if self.pact else p["precedent_time"]
        x["precedent"] = toward(x["precedent"], float(self.pact), time, length)
        known = x["leaked"] if self.pact else 0.0
        target = p["pressure_usual"] + (1.0 - p["pressure_usual"]) * known
        x["pressure"] = toward(x["pressure"], target, p["pressure_time"], length)
        self.since_break = min(LONG_AGO, self.since_break + length)

    def stocks(self) -> tuple[float, float]:
        """Prisoners, and members in the streets."""
        inside = sum(clique.prison + clique.isolated for clique in self.agents)
        street = sum(clique.street for clique in self.agents)
        return inside + self.x["wrongly_held"] + self.x["ordinary"], street


def prepare(given: Given, worlds: int) -> Callable[[int], Monthly]:
    """A function seed -> monthly outputs. There is nothing to compile."""
    columns = list(given.calendar)
    rows = np.column_stack([given.calendar[name] for name in columns]).tolist()
    calendar = [dict(zip(columns, row, strict=True)) for row in rows]

    def once(seed: int) -> Monthly:
        shape = (worlds, given.weeks // WEEKS_PER_MONTH)
        monthly = {name: np.zeros(shape) for name in VARIABLES}
        for world in range(worlds):
            country = Country(given, world, seed)
            for week, c in enumerate(calendar):
                month = (world, week // WEEKS_PER_MONTH)
                recorded, killed = country.step_week(week, c)
                monthly["recorded"][month] += recorded
                monthly["killed"][month] += killed
                if c["LAST"] == 1.0:
                    monthly["prisoners"][month], monthly["street"][month] = country.stocks()
        return monthly

    return once


if __name__ == "__main__":
    serve(prepare)
