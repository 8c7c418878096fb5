"""Compile the kernels once, before several processes run the tests: -m tests._kernels.

Numba compiles a function when it is first called and keeps the machine code on disk. On an empty
disk, processes that start together would each compile the same functions, at the same cost. This
calls what most tests call, on the smallest worlds that will do, and leaves a mark: a second call
finds it and ends at once. What is not called here is compiled by the first test that needs it.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

from tregua import compiled

ROOT = Path(__file__).parents[1]
SOURCES = Path(compiled.__file__).parent


def mark() -> Path:
    """File that says that this copy of the sources has been compiled.

    Numba keeps machine code by place and time of a source file, so that a second copy of the same
    sources starts anew.
    """
    newest = max(file.stat().st_mtime_ns for file in SOURCES.rglob("*.py"))
    key = hashlib.sha256(f"{SOURCES.resolve()} {newest}".encode()).hexdigest()[:16]
    return compiled.cache_folder("assess") / f"compiled-for-tests-{key}"


def worlds() -> None:
    """The simulator: scripted, by every strategy, by the mean, and within the filter."""
    from tregua import decide, infer, model, record, simulate

    known = record.load("el-salvador")
    draws = model.prior_draws(2, seed=8)
    country = model.el_salvador()
    script = model.History.of(known).script
    span = {"start": "2012-01-01", "end": "2012-02-01", "seed": 1, "setting": country}
    for reading in ("stochastic", "mean"):
        simulate.run(draws, script=script, reading=reading, **span)
    first, *others = decide.CATALOGUE.values()
    for gangs in decide.GANG_STRATEGIES.values():
        simulate.run(draws, profile=model.Profile(first, gangs), **span)
    for government in others:
        simulate.run(draws, profile=model.Profile(government), **span)
    theta = infer.Theta(draws, infer.extra_draws(2, seed=2))
    swarm = infer.KernelEngine(known, particles=4, threads=1, end="2004-01-01").begin(theta, seed=1)
    swarm.advance()


def counts() -> None:
    """The detector and the segments, on a short made-up series."""
    import pandas as pd

    from tregua import infer

    months = pd.date_range("2000-01", periods=30, freq="MS")
    table = pd.DataFrame({"date": months, "count": [20 + i % 3 for i in range(30)]})
    infer.detect(table, threads=1)
    infer.segments(table)


def main() -> None:
    """Compile what is not compiled yet, and say so."""
    found = mark()
    if found.exists():
        return
    sys.stdout.write("Compiling the kernels once, for all tests (a minute or two) ...\n")
    sys.stdout.flush()
    begun = time.monotonic()
    worlds()
    counts()
    found.touch()
    sys.stdout.write(f"Compiled in {time.monotonic() - begun:.0f} s.\n")


if __name__ == "__main__":
    main()
