"""Bootstrap filters with `pypomp`: JAX, particles by `vmap`, times by `fori_loop`.

The small models are computed in the library's own precision (32 bits) unless JAX_ENABLE_X64 says
else; the week needs 64 bits, as its JAX peer does. The library hands parameter draws out to as many
devices as there are (`XLA_FLAGS=--xla_force_host_platform_device_count=2`).

A particle begins one step before the first observation. To give all libraries the same law, the
first step leaves it where it is.
"""

# ruff: noqa: ARG001  (the library hands every argument to every function)

from __future__ import annotations

import os
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pypomp
from benchmarks.peers.filtered import Floats, Run, Task, serve
from benchmarks.peers.given import LONG_AGO, WEEKS_PER_MONTH
from jax import lax
from jax.scipy.special import gammaln
from pypomp.types import (
    CovarDict,
    InitialTimeFloat,
    ObservationDict,
    ParamDict,
    RNGKey,
    StateDict,
    StepSizeFloat,
    TimeFloat,
)

if os.environ.get("PEER_WEEK"):
    # The week's module switches JAX to 64 bits.
    from benchmarks.peers import jax_worlds


def count_density(count, mean, size):
    same = gammaln(count + size) - gammaln(size) - gammaln(count + 1.0) + size * jnp.log(size)
    return same + count * jnp.log(mean) - (size + count) * jnp.log(size + mean)


def normal_density(y, mean, spread):
    return -0.5 * ((y - mean) / spread) ** 2 - jnp.log(spread) - 0.5 * jnp.log(2.0 * jnp.pi)


# -- autoregression --------------------------------------------------------------------------------


def begin_autoregression(theta_: ParamDict, key: RNGKey, covars: CovarDict, t0: InitialTimeFloat):
    spread = theta_["shock"] / jnp.sqrt(1.0 - theta_["persistence"] ** 2)
    return {"level": spread * jax.random.normal(key)}


def step_autoregression(
    X_: StateDict,
    theta_: ParamDict,
    key: RNGKey,
    covars: CovarDict,
    t: TimeFloat,
    dt: StepSizeFloat,
):
    moved = theta_["persistence"] * X_["level"] + theta_["shock"] * jax.random.normal(key)
    return {"level": jnp.where(t < 0.5, X_["level"], moved)}


def density_of_level(
    Y_: ObservationDict, X_: StateDict, theta_: ParamDict, covars: CovarDict, t: TimeFloat
):
    return normal_density(Y_["y"], X_["level"], theta_["noise"])


# -- small gangs -----------------------------------------------------------------------------------


def fresh_action(theta_, u):
    return jnp.where(u > 1.0 - theta_["pressing"], 2.0, jnp.where(u < theta_["restraining"], 1, 0))


def begin_gangs(theta_: ParamDict, key: RNGKey, covars: CovarDict, t0: InitialTimeFloat):
    first, second = jax.random.split(key)
    spread = theta_["shock"] / jnp.sqrt(1.0 - theta_["persistence"] ** 2)
    level = theta_["usual"] + spread * jax.random.normal(first)
    return {"action": fresh_action(theta_, jax.random.uniform(second)), "level": level}


def step_gangs(
    X_: StateDict,
    theta_: ParamDict,
    key: RNGKey,
    covars: CovarDict,
    t: TimeFloat,
    dt: StepSizeFloat,
):
    first, second = jax.random.split(key)
    u = jax.random.uniform(second, (2,))
    action = jnp.where(u[0] < theta_["stay"], X_["action"], fresh_action(theta_, u[1]))
    away = X_["level"] - theta_["usual"]
    shock = theta_["shock"] * jax.random.normal(first)
    level = theta_["usual"] + theta_["persistence"] * away + shock
    still = t < 0.5
    return {
        "action": jnp.where(still, X_["action"], action),
        "level": jnp.where(still, X_["level"], level),
    }


def density_of_gangs(
    Y_: ObservationDict, X_: StateDict, theta_: ParamDict, covars: CovarDict, t: TimeFloat
):
    sign = jnp.where(X_["action"] == 1.0, -1.0, 0.5 * X_["action"])
    mean = jnp.exp(X_["level"] + theta_["effect"] * sign)
    return count_density(Y_["y"], mean, theta_["size"])


# -- the week --------------------------------------------------------------------------------------


def weekly_model(task: Task):
    """The three functions over the JAX peer's week, one world a particle, and the state's names."""
    one = task.worlds(1)
    start = {name: np.asarray(v, dtype=float) for name, v in one.start().items()}
    for name in ("detained", "died", "sanctions", "recorded_count"):
        start[name] = np.zeros(1)
    gangs = len(one.shares)
    flat = {}
    for name, values in start.items():
        if values.shape == (gangs, 1):
            flat |= {f"{name}.{g}": float(values[g, 0]) for g in range(gangs)}
        else:
            flat[name] = float(values[0])
    p = {name: jnp.asarray(values) for name, values in one.parameters.items()}
    calendar = {
        name: jnp.asarray(values.reshape(-1, WEEKS_PER_MONTH))
        for name, values in one.calendar.items()
    }
    # No pact in any particle: a constant, so that its branch is skipped and not selected away.
    nothing = {"pact": jnp.float64(0.0), "since_break": jnp.float64(LONG_AGO)}

    def begin(theta_: ParamDict, key: RNGKey, covars: CovarDict, t0: InitialTimeFloat):
        return {name: jnp.float64(value) for name, value in flat.items()}

    def step(
        X_: StateDict,
        theta_: ParamDict,
        key: RNGKey,
        covars: CovarDict,
        t: TimeFloat,
        dt: StepSizeFloat,
    ):
        x = {}
        for name, values in start.items():
            if values.shape == (gangs, 1):
                x[name] = jnp.array([X_[f"{name}.{g}"] for g in range(gangs)])[:, None]
            else:
                x[name] = jnp.asarray(X_[name])[None]
        rows = {name: values[jnp.round(t).astype(int)] for name, values in calendar.items()}
        keys = jax.random.split(key, WEEKS_PER_MONTH + 1)
        draw = jax.random.uniform(keys[0], (gangs, 1))

        def week(x, given):
            c, of_week = given
            x, flows = jax_worlds.week(p, one.rivalry_at_start, x | nothing, c, draw, of_week)
            kept = {name: value for name, value in x.items() if name in start}
            return kept, flows["recorded"]

        x, recorded = lax.scan(week, x, (rows, keys[1:]))
        x["recorded_count"] = recorded.sum(axis=0)
        out = {}
        for name in flat:
            whole, _, g = name.partition(".")
            out[name] = x[whole][int(g), 0] if g else x[whole][0]
        return out

    def density(
        Y_: ObservationDict, X_: StateDict, theta_: ParamDict, covars: CovarDict, t: TimeFloat
    ):
        return count_density(Y_["y"], X_["recorded_count"] + 0.5, theta_["size"])

    return begin, step, density, list(flat)


# -- runs ------------------------------------------------------------------------------------------


def run_of(task: Task, draws: int, particles: int, functions, states: list[str]) -> Run:
    begin, step, density = functions
    parameters = [{k: float(v[i]) for k, v in task.parameters.items()} for i in range(draws)]
    model = pypomp.Pomp(
        ys=pd.DataFrame({"y": task.data}, index=np.arange(1.0, len(task.data) + 1.0)),
        theta=pypomp.PompParameters(parameters),
        statenames=states,
        t0=0.0,
        nstep=1,
        rinit=begin,
        rproc=step,
        dmeas=density,
    )
    theta = model.theta

    def run(seed: int) -> Floats:
        model.pfilter(J=particles, key=jax.random.key(seed), theta=theta)
        model.results_history.clear()
        return np.asarray(model.theta.logLik)

    return run


def autoregression(task: Task, draws: int, particles: int) -> Run:
    functions = (begin_autoregression, step_autoregression, density_of_level)
    return run_of(task, draws, particles, functions, ["level"])


def small_gangs(task: Task, draws: int, particles: int) -> Run:
    functions = (begin_gangs, step_gangs, density_of_gangs)
    return run_of(task, draws, particles, functions, ["action", "level"])


def weekly_gangs(task: Task, draws: int, particles: int) -> Run:
    if "benchmarks.peers.jax_worlds" not in sys.modules:
        raise RuntimeError("The week needs 64 bits: set PEER_WEEK=1.")
    *functions, states = weekly_model(task)
    return run_of(task, draws, particles, functions, states)


if __name__ == "__main__":
    serve(
        {
            "autoregression": autoregression,
            "small_gangs": small_gangs,
            "weekly_gangs": weekly_gangs,
        }
    )
