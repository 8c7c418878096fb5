"""Bootstrap filters with `particles` (Chopin and Papaspiliopoulos): NumPy over particles.

The library takes one parameter vector at a time; draws are run one after the other. The week is
that of the NumPy peer, so that a particle is a world.
"""

from __future__ import annotations

import numpy as np
import particles
from benchmarks.peers.filtered import Floats, Run, Task, count_density, serve
from benchmarks.peers.given import WEEKS_PER_MONTH
from benchmarks.peers.numpy_worlds import Worlds
from particles import distributions as dists
from particles import state_space_models as ssms


class Autoregression(ssms.StateSpaceModel):
    def PX0(self):  # noqa: N802
        return dists.Normal(scale=self.shock / np.sqrt(1.0 - self.persistence**2))

    def PX(self, t, xp):  # noqa: ARG002, N802
        return dists.Normal(loc=self.persistence * xp, scale=self.shock)

    def PY(self, t, xp, x):  # noqa: ARG002, N802
        return dists.Normal(loc=x, scale=self.noise)


class SmallGangs(particles.FeynmanKac):
    """Columns of a particle: action, level."""

    def __init__(self, data: Floats, p: dict[str, float]) -> None:
        super().__init__(len(data))
        self.data, self.p = data, p

    def fresh(self, n: int) -> Floats:
        u = np.random.random(n)  # noqa: NPY002  (the library's own generator)
        return np.where(u > 1.0 - self.p["pressing"], 2.0, u < self.p["restraining"])

    def M0(self, n: int) -> Floats:  # noqa: N802
        p = self.p
        spread = p["shock"] / np.sqrt(1.0 - p["persistence"] ** 2)
        level = p["usual"] + spread * np.random.standard_normal(n)  # noqa: NPY002
        return np.column_stack([self.fresh(n), level])

    def M(self, t: int, xp: Floats) -> Floats:  # noqa: ARG002, N802
        p, n = self.p, len(xp)
        action = np.where(np.random.random(n) < p["stay"], xp[:, 0], self.fresh(n))  # noqa: NPY002
        shock = p["shock"] * np.random.standard_normal(n)  # noqa: NPY002
        level = p["usual"] + p["persistence"] * (xp[:, 1] - p["usual"]) + shock
        return np.column_stack([action, level])

    def logG(self, t: int, xp: Floats, x: Floats) -> Floats:  # noqa: ARG002, N802
        sign = np.where(x[:, 0] == 1.0, -1.0, 0.5 * x[:, 0])
        mean = np.exp(x[:, 1] + self.p["effect"] * sign)
        return count_density(self.data[t], mean, self.p["size"])


class Cloud:
    """Worlds that may be chosen from by an array of places."""

    def __init__(self, worlds: Worlds, recorded: Floats) -> None:
        self.worlds, self.recorded = worlds, recorded

    def __len__(self) -> int:
        return len(self.recorded)

    def __getitem__(self, places: np.ndarray) -> Cloud:
        x = self.worlds.x
        for name, values in x.items():
            x[name] = values[..., places]
        return Cloud(self.worlds, self.recorded[places])


class WeeklyGangs(particles.FeynmanKac):
    """Four weeks of the NumPy peer, then the month's count."""

    def __init__(self, task: Task, seed: int) -> None:
        super().__init__(len(task.data))
        self.task, self.seed = task, seed
        self.size = float(task.parameters["size"][0])
        assert task.given is not None
        columns = list(task.given.calendar)
        rows = np.column_stack([task.given.calendar[name] for name in columns]).tolist()
        self.rows = [dict(zip(columns, row, strict=True)) for row in rows]

    def M0(self, n: int) -> Cloud:  # noqa: N802
        return self.month(0, Worlds(self.task.worlds(n), self.seed))

    def M(self, t: int, xp: Cloud) -> Cloud:  # noqa: N802
        return self.month(t, xp.worlds)

    def month(self, t: int, worlds: Worlds) -> Cloud:
        for week in range(t * WEEKS_PER_MONTH, (t + 1) * WEEKS_PER_MONTH):
            worlds.week(week, self.rows[week])
        return Cloud(worlds, worlds.monthly["recorded"][t])

    def logG(self, t: int, xp: Cloud, x: Cloud) -> Floats:  # noqa: ARG002, N802
        return count_density(self.task.data[t], x.recorded + 0.5, self.size)


def filtered(model: particles.FeynmanKac, n: int) -> float:
    run = particles.SMC(fk=model, N=n, resampling="systematic", ESSrmin=1.0)
    run.run()
    return float(run.logLt)


def autoregression(task: Task, draws: int, n: int) -> Run:
    def run(seed: int) -> Floats:
        np.random.seed(seed)  # noqa: NPY002
        rows = ({k: float(v[i]) for k, v in task.parameters.items()} for i in range(draws))
        models = (ssms.Bootstrap(ssm=Autoregression(**p), data=task.data) for p in rows)
        return np.array([filtered(model, n) for model in models])

    return run


def small_gangs(task: Task, draws: int, n: int) -> Run:
    def run(seed: int) -> Floats:
        np.random.seed(seed)  # noqa: NPY002
        rows = ({k: float(v[i]) for k, v in task.parameters.items()} for i in range(draws))
        return np.array([filtered(SmallGangs(task.data, p), n) for p in rows])

    return run


def weekly_gangs(task: Task, draws: int, n: int) -> Run:
    def run(seed: int) -> Floats:
        np.random.seed(seed)  # noqa: NPY002
        seeds = (1000 * seed + i for i in range(draws))
        return np.array([filtered(WeeklyGangs(task, each), n) for each in seeds])

    return run


if __name__ == "__main__":
    serve(
        {
            "autoregression": autoregression,
            "small_gangs": small_gangs,
            "weekly_gangs": weekly_gangs,
        }
    )
