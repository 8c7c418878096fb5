"""How noisy is the estimate of the likelihood, and what does it cost? Printed as a table.

    python benchmarks/bench_likelihood.py [--rows 16] [--until 2025] [--threads 1]

Each draw is a plausible one (`infer.plausible_draws`); its log likelihood of the record is
estimated `rows` times with independent luck. Samplers that use the estimate work best where its
variance lies between 1 and 2 (Pitt, Silva, Giordani and Kohn 2012).
"""

import argparse
import time

import numpy as np

from tregua import infer, model, record

PARTICLES = (32, 64, 128, 256)
KINDS = {"physical": infer.PHYSICAL_KINDS, "all": infer.KINDS}


def estimates(known, theta, particles, kinds, until, threads):
    engine = infer.KernelEngine(
        known, particles=particles, kinds=kinds, end=f"{until}-01-01", threads=threads
    )
    swarm = engine.begin(theta, seed=1)
    began = time.perf_counter()
    while swarm.stage < swarm.stages:
        swarm.advance()
    return swarm, time.perf_counter() - began


def main():
    given = argparse.ArgumentParser()
    given.add_argument("--rows", type=int, default=16)
    given.add_argument("--until", type=int, default=2025)
    given.add_argument("--threads", type=int, default=1)
    given.add_argument("--draws", type=int, nargs="+", default=[5, 17, 60])
    asked = given.parse_args()
    known = record.load("el-salvador")
    past = model.History.of(known)
    cloud = infer.plausible_draws(
        known, model.prior_draws(300, seed=3), past, until=asked.until, seed=3
    )
    some = cloud.select(np.repeat(asked.draws, asked.rows))
    theta = infer.Theta.of(some, error_spread=0.2, error_persistence=0.7)
    estimates(known, theta.select([0]), 32, infer.KINDS, 2005, 1)  # compiles
    print("figures   particles  draw  mean log-likelihood  variance  least ESS  ms a row")
    for name, kinds in KINDS.items():
        for particles in PARTICLES:
            swarm, seconds = estimates(known, theta, particles, kinds, asked.until, asked.threads)
            logs = swarm.log_likelihood.reshape(len(asked.draws), asked.rows)
            least = swarm.effective.min(axis=0).reshape(logs.shape)
            for draw, row, few in zip(asked.draws, logs, least, strict=True):
                print(
                    f"{name:9s} {particles:9d} {draw:5d} {row.mean():20.1f} "
                    f"{row.var(ddof=1):9.2f} {np.median(few):10.1f} "
                    f"{1e3 * seconds / len(theta):9.0f}"
                )


if __name__ == "__main__":
    main()
