"""Boxes of EMA Workbench's PRIM on synthetic data, as reference for ours.

    PYTHON benchmarks/peers/ema_boxes.py tests/accuracy/prim_references.json

writes data and boxes, PYTHON being an environment with `requirements-ema.txt`. With `--print` the
boxes go to standard output instead, found anew on the data that the file holds; this is what
`tests/accuracy/test_boxes.py` asks for where `TREGUA_EMA_PYTHON` names such an environment.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

COMMAND = "PYTHON benchmarks/peers/ema_boxes.py tests/accuracy/prim_references.json"


def cases():
    """Four synthetic sets: a planted box, a smooth slope, a switch among numbers, and ties."""
    draw = np.random.Generator(np.random.Philox(key=[20261123, 1]))
    x = draw.random((500, 3))
    inside = (x[:, 0] < 0.4) & (x[:, 1] > 0.5)
    yield "planted", _frame(x), draw.random(500) < np.where(inside, 0.92, 0.08)
    x = draw.random((400, 4))
    slope = 1 / (1 + np.exp(-(6 * x[:, 0] - 5 * x[:, 2] + 2 * x[:, 3] - 2.5)))
    yield "slope", _frame(x), draw.random(400) < slope
    x = draw.random((600, 3))
    switch = np.array(["alone", "both", "none"])[draw.integers(0, 3, 600)]
    inside = (x[:, 1] > 0.35) & (x[:, 2] < 0.8) & (switch != "none")
    table = _frame(x)
    table["switch"] = switch
    yield "switch", table, draw.random(600) < np.where(inside, 0.85, 0.1)
    x = np.round(draw.random((500, 3)), 1)
    inside = (x[:, 0] <= 0.5) & (x[:, 2] >= 0.3)
    yield "ties", _frame(x), draw.random(500) < np.where(inside, 0.9, 0.15)


def _frame(x):
    return pd.DataFrame(np.round(x, 6), columns=[f"x{i}" for i in range(x.shape[1])])


def boxes(table, interest):
    """Every box of the peeling and pasting path: limits, points and cases."""
    from ema_workbench.analysis import prim

    found = prim.Prim(table, np.asarray(interest, dtype=int), threshold=0.1).find_box()
    path = []
    for place, limits in enumerate(found.box_lims):
        row = found.peeling_trajectory.iloc[place]
        told = {}
        for name in limits.columns:
            ends = limits[name].tolist()
            told[name] = sorted(ends[0]) if isinstance(ends[0], set) else [float(e) for e in ends]
        about = {"points": int(row["n"]), "cases": int(row["k"])}
        about |= {"coverage": float(row["coverage"]), "density": float(row["density"])}
        quasi_p = {name: [float(p) for p in both] for name, both in found.qp[place].items()}
        path.append(about | {"limits": told, "quasi_p": quasi_p})
    return path


def main(file, printed):
    """Write data and boxes to a file, or print the boxes of its data."""
    if printed:
        kept = json.loads(Path(file).read_text(encoding="utf-8"))["cases"]
        found = {
            name: boxes(pd.DataFrame(case["inputs"]), case["interest"])
            for name, case in kept.items()
        }
        print(json.dumps(found))
        return
    document = {
        "command": COMMAND,
        "synthetic": True,
        "version": importlib.metadata.version("ema_workbench"),
        "settings": "threshold 0.1, peel_alpha 0.05, paste_alpha 0.05, mass_min 0.05, LENIENT1",
        "cases": {
            name: {
                "inputs": table.to_dict(orient="list"),
                "interest": [int(each) for each in interest],
                "path": boxes(table, interest),
            }
            for name, table, interest in cases()
        },
    }
    Path(file).write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    arguments = [each for each in sys.argv[1:] if each != "--print"]
    main(arguments[0], "--print" in sys.argv)
