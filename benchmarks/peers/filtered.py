"""What every peer's particle filter is given, and how it is asked.

Three models, on synthetic or recorded monthly counts, all resampled at every time:

`autoregression`, `small_gangs`
    The small models of that name in `tregua.infer`, many parameter draws at a time.
`weekly_gangs`
    The project's week under ordinary policing (no script, no pact) with one parameter vector: four
    weeks a month, then the month's recorded killings are the mean (plus 1/2) of a negative
    binomial count.

A peer runs in a process and an environment of its own, reads one `.npz` file, needs NumPy and its
own library, never tregua, and answers each line on standard input,

    {"task": "small_gangs", "seed": 1, "first": 0, "draws": 256, "particles": 256}

with a line on standard output: seconds by the clock, seconds of processor time, log-likelihoods.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from benchmarks.peers.given import Given, processor_time
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Run = Callable[[int], Floats]
Prepare = Callable[["Task", int, int], Run]
"""(task, draws, particles) -> (seed -> float64[draws], log-likelihoods)."""


@dataclass(frozen=True)
class Task:
    """A model's data and parameter draws.

    Attributes
    ----------
    name
        Name of the model.
    data
        float64[times], what was seen.
    parameters
        Name -> float64[draws]; for `weekly_gangs`, "size" alone.
    given
        Calendar, parameters and first state of `weekly_gangs`; None for the others.
    """

    name: str
    data: Floats
    parameters: Mapping[str, Floats]
    given: Given | None = None

    def part(self, first: int, draws: int) -> Task:
        """The same data with some of the parameter draws."""
        chosen = {name: values[first : first + draws] for name, values in self.parameters.items()}
        return Task(self.name, self.data, chosen, self.given)

    def worlds(self, particles: int) -> Given:
        """The game with so many worlds of equal parameters."""
        assert self.given is not None
        alike = {name: np.full(particles, v[0]) for name, v in self.given.parameters.items()}
        return Given(self.given.calendar, alike, self.given.shares, self.given.rate_before)


def count_density(count: float, mean: Floats, size: float) -> Floats:
    """Log density of a negative binomial count of mean m and variance m + m**2 / size."""
    same = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1.0)
    same += size * math.log(size)
    return np.asarray(same + count * np.log(mean) - (size + count) * np.log(size + mean))


def save(path: str, tasks: list[Task]) -> None:
    """Write one `.npz` file, and the game beside it."""
    arrays: dict[str, Floats] = {}
    for task in tasks:
        arrays[f"{task.name}/data"] = task.data
        for name, values in task.parameters.items():
            arrays[f"{task.name}/parameters/{name}"] = values
        if task.given is not None:
            task.given.save(path + ".given.npz")
    np.savez(path, **arrays)


def load(path: str) -> dict[str, Task]:
    """Read what `save` wrote."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    tasks = {}
    for name in {key.partition("/")[0] for key in arrays}:
        prefix = f"{name}/parameters/"
        parameters = {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
        given = Given.load(path + ".given.npz") if name == "weekly_gangs" else None
        tasks[name] = Task(name, arrays[f"{name}/data"], parameters, given)
    return tasks


def serve(prepare: Mapping[str, Prepare]) -> None:
    """Answer requests until standard input ends; what is compiled, is in the first answer."""
    tasks = load(sys.argv[1])
    ready: dict[tuple[str, int, int, int], Run] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        name, draws = asked["task"], int(asked["draws"])
        first, particles = int(asked["first"]), int(asked["particles"])
        key = (name, first, draws, particles)
        clock, processor = time.perf_counter(), processor_time()
        if key not in ready:
            ready[key] = prepare[name](tasks[name].part(first, draws), draws, particles)
        log_likelihoods = ready[key](int(asked["seed"]))
        answer = {
            "seconds": time.perf_counter() - clock,
            "processor": processor_time() - processor,
            "log_likelihoods": [float(value) for value in log_likelihoods],
        }
        print(json.dumps(answer), flush=True)
