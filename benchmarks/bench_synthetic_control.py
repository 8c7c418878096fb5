"""Synthetic controls beside those of pysyncon: same data, same answers, and the time both take.

    python benchmarks/bench_synthetic_control.py --pysyncon-python PATH [--california FILE]
        [--texas FILE]

What that environment holds is in `benchmarks/peers/requirements-pysyncon.txt`. Panels are synthetic
(factors plus noise, fixed seeds), or published. `--california` takes the table of cigarette sales
by state that causalpy 0.9.0 ships as `california_prop99.csv`, of which only losses, paths and a
digest are kept. `--texas` takes the table of black male prisoners by state that causaldata 0.1.5
ships as `texas.dta`, one of pysyncon's own examples (counts of the Bureau of Justice Statistics, in
the public domain, as used in S. Cunningham, Causal Inference: The Mixtape, chapter 10); it is kept
whole, in thousands. With `--references` the answers are written to
`tests/accuracy/synth_references.json`, which the suite reads. Seconds are of processor time and
belong to the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tregua.assess.designs.ridge import ridge_penalties
from tregua.assess.designs.simplex import simplex_weights

ROOT = Path(__file__).parents[1]
REFERENCES = ROOT / "tests" / "accuracy" / "synth_references.json"
SHAPES = {"inside": (24, 18, 12), "outside": (24, 18, 12), "more donors": (14, 10, 20)}
PENALTY = 3.0
PRINTED = 4
SOURCE = "Bureau of Justice Statistics, black male prisoners by state, as in causaldata 0.1.5"


def synthetic(name: str, periods: int, donors: int, seed: int) -> np.ndarray:
    """(periods, 1 + donors) factors plus noise; the first unit lies outside if so named."""
    random = np.random.Generator(np.random.PCG64(seed))
    factors = np.cumsum(random.normal(size=(periods, 3)), axis=0)
    loads = random.uniform(0.2, 1.0, size=(3, donors + 1))
    loads[:, 0] = loads[:, 1:4].mean(axis=1) if name != "outside" else 1.6
    values = 40 + 5 * factors @ loads + random.normal(size=(periods, donors + 1))
    return np.round(values, PRINTED)


def panels() -> dict[str, Any]:
    """The synthetic panels, as numbers."""
    return {
        name: {
            "values": synthetic(name, periods, donors, seed).tolist(),
            "before": before,
            "penalty": PENALTY,
        }
        for seed, (name, (periods, before, donors)) in enumerate(SHAPES.items(), start=1)
    }


def california(file: Path) -> dict[str, Any]:
    """Sales of cigarettes by state, 1970 to 2000; a tax came in 1988, in force from 1989."""
    table = pd.read_csv(file)
    others = [name for name in table.columns if name not in ("Year", "California")]
    before = int((table["Year"] < 1989).sum())
    values = table[["California", *others]].to_numpy(dtype=float)
    return {"values": values.tolist(), "before": before, "penalty": PENALTY}


def texas(file: Path) -> dict[str, Any]:
    """Thousands of black male prisoners by state, 1985 to 2000; Texas built prisons from 1993."""
    table = pd.read_stata(file).pivot_table(index="year", columns="state", values="bmprison") / 1000
    others = [name for name in table.columns if name != "Texas"]
    values = table[["Texas", *others]].to_numpy(dtype=float).round(3)
    before = int((table.index < 1993).sum())
    return {"values": values.tolist(), "before": before, "penalty": PENALTY, "source": SOURCE}


def ours(panel: dict[str, Any]) -> dict[str, Any]:
    values, before = np.array(panel["values"]), panel["before"]
    started = time.process_time()
    fit = simplex_weights(values[:before, 0], values[:before, 1:])
    spent = time.process_time() - started
    penalty, _ = ridge_penalties(values[:before, 0], values[:before, 1:])
    return {
        "weights": fit.weights.tolist(),
        "loss": fit.loss,
        "gap": fit.gap,
        "seconds": spent,
        "penalty": penalty,
    }


def asked(python: str, given: dict[str, Any]) -> dict[str, Any]:
    script = Path(__file__).with_name("peers") / "pysyncon_controls.py"
    done = subprocess.run(
        [python, str(script)], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def show(name: str, panel: dict[str, Any], own: dict[str, Any], theirs: dict[str, Any]) -> None:
    donors = np.array(panel["values"])[:, 1:]
    for which in ("tightest", "own"):
        there = theirs[which]
        path = np.abs(donors @ (np.array(own["weights"]) - np.array(there["weights"]))).max()
        weights = np.abs(np.array(own["weights"]) - np.array(there["weights"])).max()
        print(
            f"{name:12} {which:9} loss {own['loss']:.9g} theirs {there['loss']:.9g} "
            f"relative {(own['loss'] - there['loss']) / max(there['loss'], 1e-12):+.1e} "
            f"path {path:.1e} weights {weights:.1e} "
            f"ms {1000 * own['seconds']:.2f} theirs {1000 * there['seconds']:.2f}"
        )


def published(file: Path, own: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a published table: answers and its digest, not the table."""
    return {
        "digest": hashlib.sha256(file.read_bytes()).hexdigest(),
        "ours": {name: own[name] for name in ("loss", "gap", "weights")},
        "theirs": {which: theirs[which] for which in ("tightest", "own")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pysyncon-python", required=True)
    parser.add_argument("--california", type=Path)
    parser.add_argument("--texas", type=Path)
    parser.add_argument("--references", action="store_true")
    chosen = parser.parse_args()
    given = panels()
    if chosen.california:
        given["california"] = california(chosen.california)
    if chosen.texas:
        given["texas"] = texas(chosen.texas)
    theirs = asked(chosen.pysyncon_python, given)
    own = {name: ours(panel) for name, panel in given.items()}
    for name, panel in given.items():
        show(name, panel, own[name], theirs[name])
    if chosen.references:
        whole = {name: given[name] for name in given if name != "california"}
        kept = {"panels": whole, "pysyncon": {name: theirs[name] for name in whole}}
        if chosen.california:
            kept["california"] = published(
                chosen.california, own["california"], theirs["california"]
            )
        REFERENCES.write_text(json.dumps(kept) + "\n", encoding="utf-8")
        print(f"Wrote {REFERENCES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
