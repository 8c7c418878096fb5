"""A small sweep, and a run of it that can be killed: -m tests._sweep FOLDER [PAUSE]."""

import hashlib
import os
import sys
import time
from pathlib import Path

import pandas as pd

from tregua import decide, model, scale

WORLDS, BLOCK = 200, 64
SCRIPT = model.Script((model.Era(pd.Timestamp("2003-01-01"), model.Stance.STATUS_QUO),))


HOLD, PRESS = decide.STRATEGIES["status_quo"], decide.STRATEGIES["mano_dura"]


@model.government
def mine(view):
    """A strategy of one's own, at the top of a module that can be imported."""
    return model.Stance.REFORM


def history():
    return model.History(SCRIPT, model.el_salvador(), "2003-01")


def sweep(worlds=WORLDS, **other):
    given = {
        "strategies": (HOLD, PRESS),
        "source": scale.FromPrior(worlds, seed=1),
        "history": history(),
        "origin": "2003-03",
        "years": 1,
        "seed": 7,
        "variables": ("killed", "recorded", "prisoners", "command"),
        "every": "quarter",
        "worlds_a_shard": BLOCK,
    }
    return scale.Sweep(**(given | other))


def tree(folder):
    """SHA-256 of every file but the lock, by path."""
    folder = Path(folder)
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != ".lock")
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def run(folder, pause=0.0):
    """Run into a folder, waiting after every shard, and say how far it is."""

    def progress(done, total):
        sys.stdout.write(f"{done} of {total}\n")
        sys.stdout.flush()
        time.sleep(pause)

    scale.run_sweep(sweep(), folder, resume=True, scheduler="serial", progress=progress)


def slow_write(pause):
    """Make every file take a while between its last byte and its name."""
    rename = Path.replace

    def replace(self, target):
        time.sleep(pause)
        return rename(self, target)

    Path.replace = replace


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    slow_write(float(sys.argv[2]))
    run(sys.argv[1])
