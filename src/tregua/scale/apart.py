"""Machine code is made in a process of its own, so that it does not stay in the memory of a run.

The first run of an installation compiles the simulator. The compiler works in some 450 MB, which
a process keeps to its end, longer than any shard needs them. A short-lived process therefore
compiles beforehand and leaves machine code in the user's cache folder, where threads, processes
and later runs find it. Where that fails, the run compiles as it always could.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace

from tregua import simulate
from tregua.scale.shards import run_shard
from tregua.scale.sources import FromPrior
from tregua.scale.sweep import Sweep, SweepError

__all__ = ["compile_apart", "run_received"]

_WORK = "from tregua.scale import apart; apart.run_received()"
_WORLDS = 64  # as many as advance in step


def compile_apart(sweep: Sweep) -> bool:
    """Compile what a sweep needs in another process, if anything has yet to be compiled.

    Parameters
    ----------
    sweep
        The sweep; a few worlds of the prior are run under its strategies, for one year.

    Returns
    -------
    bool
        Whether machine code was made. False where there was some already, where strategies cannot
        travel, and where the process failed: the run itself then compiles, and tells what is wrong.
    """
    if not simulate.needs_compilation():
        return False
    small = replace(sweep, source=FromPrior(_WORLDS, seed=1), years=1, worlds_a_shard=None)
    try:
        sent = pickle.dumps(small)
    except SweepError:
        return False
    found = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", _WORK], input=sent, env=found, capture_output=True, check=False
    )
    return done.returncode == 0


def run_received() -> None:
    """Run the first shard of the sweep that comes by standard input; keeps machine code only."""
    run_shard(pickle.load(sys.stdin.buffer), 0)
