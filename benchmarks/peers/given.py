"""What every peer is given, and how it is asked: a file of arrays, then one line of JSON a run.

A peer runs in a process and an environment of its own. It reads the calendar of the script, the
parameters of the worlds and the shares of the gangs from an `.npz` file, which `bench_peers.py`
writes from tregua's public functions; from these it makes its own first state. It needs NumPy and
its own library, never tregua. Then it answers each line on standard input,

    {"seed": 1, "worlds": 400, "keep": "path or null"}

with a line on standard output: seconds by the clock, seconds of processor time, worlds and weeks.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Monthly = dict[str, Floats]

VARIABLES = ("recorded", "killed", "prisoners", "street")
"""What a run keeps, float64[worlds, months] each: two flows, two stocks."""

WEEKS_PER_MONTH = 4

# Stances of the government, and structural constants of the transition.
STATUS_QUO, MANO_DURA, SECRET_PACT, BOTH, OPEN_PACT, EXCEPTION, REFORM = range(7)
PACTS = (SECRET_PACT, BOTH, OPEN_PACT)
SECRET = (SECRET_PACT, BOTH)
TOUGHNESS = (0.0, 1.0, 0.0, 0.7, 0.0, 1.3, 0.0)
HARDLINERS_IN_BOTH = 3.0
DEMOCRACY_LOST_TO_CRACKDOWN = 0.1
FEAR_JUMP = 0.15
DENIAL = 0.7
PRECEDENT_RATE = 4.0
EXCEPTION_EFFORT = 3.5
FLOOR_RATE = 0.5
MAX_LOG_ODDS = 6.0
EVIDENCE = 2.0
LONG_AGO = 99.0


@dataclass(frozen=True)
class Given:
    """The scripted game as arrays.

    Attributes
    ----------
    calendar
        Column of the calendar -> float64[weeks]; below 0 in `ENFORCEMENT`, `SEGREGATED` and
        `FILTER` means "as the stance implies".
    parameters
        Name -> float64[worlds].
    shares
        float64[gangs], shares of the members at the start.
    rate_before
        Recorded killings per 100,000 in the year before the first.
    """

    calendar: Monthly
    parameters: Monthly
    shares: Floats
    rate_before: float

    @property
    def weeks(self) -> int:
        return len(self.calendar["LENGTH"])

    @property
    def worlds(self) -> int:
        return len(self.parameters["leak"])

    @property
    def rivalry_at_start(self) -> float:
        return float(1.0 - np.sum(self.shares**2))

    def first(self, worlds: int) -> Given:
        """The same game with the first worlds only."""
        chosen = {name: values[:worlds] for name, values in self.parameters.items()}
        return Given(self.calendar, chosen, self.shares, self.rate_before)

    def ordinary(self, worlds: int) -> Given:
        """Equal worlds whose every week is an ordinary one: no script, no pact, usual policing.

        What is left of the game is its demographic core: recruitment, capture, desistance,
        prisons, killing. Parameters are the medians of the worlds.
        """
        calendar = {name: np.zeros(self.weeks) for name in self.calendar}
        calendar["LAST"] = self.calendar["LAST"]
        for name in ("LENGTH", "MONTH_LENGTH", "POPULATION"):
            calendar[name] += self.calendar[name].mean()
        calendar["POLICE_COUNTED"] += 1.0
        for name in ("ENFORCEMENT", "SEGREGATED", "FILTER"):
            calendar[name] -= 1.0
        typical = {
            name: np.full(worlds, np.median(values)) for name, values in self.parameters.items()
        }
        return Given(calendar, typical, self.shares, self.rate_before)

    def start(self) -> Monthly:
        """The state before the first week: float64[worlds], or float64[gangs, worlds]."""
        p, shares = self.parameters, self.shares[:, None]
        prisoners = np.round(shares * p["gang_prisoners_at_start"])
        isolated = np.round(prisoners * p["segregated_usual"])
        free = p["command_ceiling"] - p["command_floor"]
        usual = p["command_floor"] + free * (1.0 - p["control_usual"])
        log_rate = np.log(self.rate_before / 30.0)
        fear = logistic(p["fear_level"] + p["fear_slope"] * log_rate)
        every = np.ones((len(self.shares), self.worlds))
        nobody = np.zeros(self.worlds)
        return {
            "street": np.round(shares * p["members_at_start"]),
            "prison": prisoners - isolated,
            "isolated": isolated,
            "command": every * usual,
            "trust": every * log_odds(p["trust_prior"]),
            "reliance": every * log_odds(p["reliance_prior"]),
            "ordinary": np.round(p["ordinary_prisoners_at_start"]),
            "wrongly_held": nobody,
            "leaked": nobody,
            "turned": nobody,
            "prosecuted": nobody,
            "administration": p["approval_level"],
            "fear": fear,
            "approval": logistic(p["approval_level"] + p["approval_fear"] * fear),
            "democracy": p["democracy_usual"],
            "filter": p["filter_usual"],
            "control": p["control_usual"],
            "institutions": p["institutions_usual"],
            "precedent": nobody,
            "pressure": p["pressure_usual"],
            "recorded_now": nobody,
            "recorded_month": nobody + self.rate_before,
        }

    def save(self, path: str) -> None:
        """Write one `.npz` file."""
        arrays: Monthly = {"shares": self.shares, "rate_before": np.array(self.rate_before)}
        arrays |= {f"calendar.{name}": values for name, values in self.calendar.items()}
        arrays |= {f"parameters.{name}": values for name, values in self.parameters.items()}
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: str) -> Given:
        """Read what `save` wrote."""
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}

        def part(prefix: str) -> Monthly:
            named = (
                (name.partition(".")[2], array)
                for name, array in arrays.items()
                if name.startswith(prefix + ".")
            )
            return dict(named)

        rate = float(arrays["rate_before"])
        return cls(part("calendar"), part("parameters"), arrays["shares"], rate)


def logistic(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def log_odds(probability: Floats) -> Floats:
    bounded = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(bounded / (1.0 - bounded)))


def processor_time() -> float:
    """Seconds of processor time of this process and of processes it has ended."""
    return sum(os.times()[:4])


def serve(prepare: Callable[[Given, int], Callable[[int], Monthly]]) -> None:
    """Answer requests until standard input ends.

    Parameters
    ----------
    prepare
        Makes a function (seed -> monthly outputs) for a game; what it compiles, it compiles when
        that function is first called. Called once for each number of worlds asked for.
    """
    given = Given.load(sys.argv[1])
    ready: dict[int, Callable[[int], Monthly]] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        worlds = int(asked["worlds"])
        clock, processor = time.perf_counter(), processor_time()
        if worlds not in ready:
            ready[worlds] = prepare(given.first(worlds), worlds)
        monthly = ready[worlds](int(asked["seed"]))
        answer = {
            "seconds": time.perf_counter() - clock,
            "processor": processor_time() - processor,
            "worlds": worlds,
            "weeks": given.weeks,
        }
        if asked.get("keep"):
            np.savez(asked["keep"], **monthly)
        print(json.dumps(answer), flush=True)
