"""A sampling run to be killed, in a process of its own: -m tests._killed_run FOLDER DELAY."""

import sys
import time
from pathlib import Path

import numpy as np
from tests._linear_gaussian import LinearPrior, engines

from tregua.infer import Checkpoints, Plan, sample

PLAN = Plan(draws=32, particles=16, seed=2)


def work(folder):
    return Checkpoints(Path(folder) / "kept", {"figures": 1, "seed": PLAN.seed})


def run(folder, delay=0.0):
    """Sample, and write the result as bytes."""

    def watch(now):
        sys.stdout.write(f"{now.stage} {now.power} {now.sweep}\n")
        sys.stdout.flush()
        time.sleep(delay)

    found = sample(engines, LinearPrior(), PLAN, checkpoints=work(folder), watch=watch)
    texts = [found.stages.to_json(double_precision=15), found.moves.to_json(double_precision=15)]
    parts = [found.scores.tobytes(), found.log_likelihood.tobytes(), found.effective.tobytes()]
    numbers = np.array([found.log_evidence, found.error]).tobytes()
    (Path(folder) / "result").write_bytes(b"".join([*parts, numbers, *map(str.encode, texts)]))


if __name__ == "__main__":
    run(sys.argv[1], float(sys.argv[2]))
