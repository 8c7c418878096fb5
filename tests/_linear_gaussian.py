"""A small model whose likelihood is known exactly, behind the protocol of an engine.

x' = a x + s e, y = x + 0.5 h; a = 0.9 tanh(0.8 z0), s = exp(0.4 z1 - 0.5), both z standard normal.
A bootstrap filter estimates the likelihood without bias; a Kalman filter gives it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

NOISE = 0.5


@dataclass(frozen=True)
class LinearPrior:
    """Two coordinates, and one more that no figure depends on."""

    names: tuple[str, ...] = ("memory", "shock", "idle")

    def theta(self, scores):
        scores = np.asarray(scores)
        return np.stack(
            [0.9 * np.tanh(0.8 * scores[:, 0]), np.exp(0.4 * scores[:, 1] - 0.5)], axis=1
        )


def simulated(theta, stages, months, seed):
    """Figures [stages, months] of one theta."""
    generator = np.random.default_rng(seed)
    memory, shock = theta
    x, figures = 0.0, np.empty(stages * months)
    for i in range(len(figures)):
        x = memory * x + shock * generator.standard_normal()
        figures[i] = x + NOISE * generator.standard_normal()
    return figures.reshape(stages, months)


def kalman(theta, figures):
    """Exact log likelihood of each stage: [rows, stages]."""
    memory, shock = np.asarray(theta).T
    mean, variance = np.zeros(len(memory)), np.zeros(len(memory))
    logs = np.zeros((len(memory), len(figures)))
    for stage, values in enumerate(figures):
        for y in values:
            mean, variance = memory * mean, memory**2 * variance + shock**2
            total = variance + NOISE**2
            logs[:, stage] -= 0.5 * (np.log(2 * np.pi * total) + (y - mean) ** 2 / total)
            gain = variance / total
            mean, variance = mean + gain * (y - mean), (1 - gain) * variance
    return logs


@dataclass(frozen=True)
class LinearEngine:
    """Makes bootstrap filters of `particles` for each row of theta."""

    figures: np.ndarray
    particles: int
    names: tuple[str, ...] = ("memory", "shock")

    def begin(self, draws, *, seed, errand):
        shape = (len(draws), self.particles)
        return LinearSwarm(self, np.asarray(draws), np.zeros(shape), 0, seed, errand)

    def restore(self, arrays):
        stage, seed, errand = (int(value) for value in arrays["where"])
        return LinearSwarm(self, arrays["theta"], arrays["x"], stage, seed, errand)


@dataclass
class LinearSwarm:
    engine: LinearEngine
    theta: np.ndarray
    x: np.ndarray
    stage: int
    seed: int
    errand: int

    @property
    def stages(self):
        return len(self.engine.figures)

    @property
    def diagnostics(self):
        return pd.DataFrame({"date": range(self.stage), "least": 1.0})

    def advance(self):
        generator = np.random.default_rng([self.seed, self.errand, self.stage])
        logs = np.zeros(len(self.theta))
        memory, shock = self.theta[:, :1], self.theta[:, 1:]
        for y in self.engine.figures[self.stage]:
            self.x = memory * self.x + shock * generator.standard_normal(self.x.shape)
            weigh = -0.5 * ((y - self.x) / NOISE) ** 2
            top = weigh.max(axis=1, keepdims=True)
            weights = np.exp(weigh - top)
            mean = weights.mean(axis=1)
            logs += top[:, 0] + np.log(mean) - 0.5 * np.log(2 * np.pi * NOISE**2)
            ladder = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
            points = (generator.random((len(logs), 1)) + np.arange(self.x.shape[1])) / (
                self.x.shape[1]
            )
            places = (ladder[:, None, :] < points[:, :, None]).sum(axis=2)
            places = np.minimum(places, self.x.shape[1] - 1)
            self.x = np.take_along_axis(self.x, places, axis=1)
        self.stage += 1
        return logs

    def take(self, places):
        return LinearSwarm(
            self.engine, self.theta[places], self.x[places], self.stage, self.seed, self.errand
        )

    def replace(self, rows, other):
        assert other.stage == self.stage
        assert other.x.shape == self.x.shape
        theta = np.where(rows[:, None], other.theta, self.theta)
        x = np.where(rows[:, None], other.x, self.x)
        return LinearSwarm(self.engine, theta, x, self.stage, self.seed, other.errand)

    def arrays(self):
        where = np.array([self.stage, self.seed, self.errand])
        return {"theta": self.theta, "x": self.x, "where": where}


FIGURES = simulated((0.6, 0.7), 5, 8, 11)


def engines(particles):
    return LinearEngine(FIGURES, particles)


def exact_grid(figures, points=161):
    """Log evidence of each number of stages, and the posterior means and deviations of z."""
    z = np.linspace(-4.5, 4.5, points)
    grid = np.stack(np.meshgrid(z, z, indexing="ij"), axis=-1).reshape(-1, 2)
    logs = np.cumsum(kalman(LinearPrior().theta(grid), figures), axis=1)
    prior = -0.5 * (grid**2).sum(axis=1) - np.log(2 * np.pi) + 2 * np.log(z[1] - z[0])
    joint = prior[:, None] + logs
    top = joint.max(axis=0)
    evidence = top + np.log(np.exp(joint - top).sum(axis=0))
    weights = np.exp(joint[:, -1] - evidence[-1])
    mean = weights @ grid
    return evidence, mean, np.sqrt(weights @ (grid - mean) ** 2)
