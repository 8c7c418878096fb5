"""Are our boxes those of EMA Workbench on the same data?

`prim_references.json` holds four synthetic data sets and every box of its peeling and pasting path.
Both programs follow the same written rules, so that limits, points and cases must be equal and not
close. Where `TREGUA_EMA_PYTHON` names an environment with `benchmarks/peers/requirements-ema.txt`,
the stored boxes are also held against a fresh run.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua.decide import robustness

FOLDER = Path(__file__).parent
FILE = FOLDER / "prim_references.json"
REFERENCES = json.loads(FILE.read_text(encoding="utf-8"))
SCRIPT = FOLDER.parents[1] / "benchmarks" / "peers" / "ema_boxes.py"
PYTHON = os.environ.get("TREGUA_EMA_PYTHON")
CASES = REFERENCES["cases"]


def ours(name):
    case = CASES[name]
    return robustness.peel(pd.DataFrame(case["inputs"]), case["interest"])


def theirs(name):
    """Their boxes as ours are told: only ends that differ from those of the data."""
    whole = CASES[name]["path"][0]["limits"]
    for box in CASES[name]["path"]:
        limits = {}
        for column, ends in box["limits"].items():
            if isinstance(ends[0], str):
                if ends != whole[column]:
                    limits[column] = tuple(ends)
                continue
            low = ends[0] if ends[0] != whole[column][0] else -np.inf
            high = ends[1] if ends[1] != whole[column][1] else np.inf
            if np.isfinite([low, high]).any():
                limits[column] = (low, high)
        yield box, limits


@pytest.mark.parametrize("name", CASES)
def test_every_box_of_the_path_is_theirs(name):
    found, wanted = ours(name), list(theirs(name))
    assert len(found) == len(wanted) > 10
    for mine, (box, limits) in zip(found, wanted, strict=True):
        told = {each.name: each.kept or (each.low, each.high) for each in mine.limits}
        assert told == limits
        assert (mine.points, mine.cases) == (box["points"], box["cases"])
        assert mine.density == pytest.approx(box["density"], rel=1e-12)
        assert mine.coverage == pytest.approx(box["coverage"], rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_significance_of_each_limit_is_theirs(name):
    for mine, (box, _) in zip(ours(name), theirs(name), strict=True):
        for limit in mine.limits:
            for p, reference in zip(
                (limit.p_low, limit.p_high), box["quasi_p"][limit.name], strict=True
            ):
                assert p == pytest.approx(reference, abs=1e-9) if reference >= 0 else np.isnan(p)


def test_another_share_would_be_seen():
    case = CASES["planted"]
    found = robustness.peel(pd.DataFrame(case["inputs"]), case["interest"], alpha=0.1)
    assert [box.points for box in found] != [box["points"] for box in case["path"]]


def test_the_file_says_where_its_numbers_come_from():
    assert REFERENCES["synthetic"] is True
    assert SCRIPT.name in REFERENCES["command"]
    wanted = (SCRIPT.parent / "requirements-ema.txt").read_text(encoding="utf-8")
    assert f"ema-workbench=={REFERENCES['version']}\n" in wanted.replace(
        "ema_workbench", "ema-workbench"
    )


@pytest.mark.skipif(not PYTHON, reason="TREGUA_EMA_PYTHON names no environment")
def test_a_fresh_run_gives_the_stored_boxes():
    command = [str(PYTHON), str(SCRIPT), str(FILE), "--print"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {name: case["path"] for name, case in CASES.items()}
