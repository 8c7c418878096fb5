"""Are contrasts of cohort and month those of another library?

`design_references.json` holds what `CallawaySantAnna` of `diff-diff` gives for a synthetic panel of
twelve places (`benchmarks/bench_designs.py --references`, in an environment of its own). With a
base of one month, on the scale of differences, every cell must agree to 1e-8, and effects by months
since treatment must be those of its `SunAbraham`, one saturated regression with places never
treated as comparison: where nothing else is in the regression the two are the same averages. Its
standard errors come from influence functions, ours from reweighting, and are not compared.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs.differences import differences

REFERENCES = json.loads(
    (Path(__file__).parent / "design_references.json").read_text(encoding="utf-8")
)
START = pd.Timestamp("2010-01-01")


def moment(position):
    return START + pd.DateOffset(months=position - 1)


def panel():
    frame = pd.DataFrame(REFERENCES["panel"])
    return pd.DataFrame(
        {
            "unit": frame["unit"].map("{:02d}".format),
            "month": frame["month"].map(moment),
            "count": frame["count"],
            "treated_from": [moment(t) if t else pd.NaT for t in frame["treated"]],
        }
    )


@pytest.mark.parametrize("compare", ["never", "not_yet"])
def test_cells_agree(compare):
    found = differences(panel(), base=1, window=21, compare=compare, scale="difference")
    ours = {(row.cohort, row.month): row.value for row in found.cells.itertuples()}
    compared = 0
    for cohort, month, value in REFERENCES["diff_diff"][compare]:
        key = moment(cohort), moment(month)
        if key in ours:
            assert ours[key] == pytest.approx(value, abs=1e-8), (compare, cohort, month)
            compared += 1
    assert compared == len(ours) > 60


def test_months_since_treatment_are_those_of_the_saturated_regression():
    found = differences(panel(), base=1, window=21, compare="never", scale="difference")
    ours = found.event_time.set_index("k")["value"]
    compared = 0
    for k, value in REFERENCES["sun_abraham"]:
        if k in ours.index:
            assert ours[k] == pytest.approx(value, abs=1e-8), k
            compared += 1
    assert compared > 35
    # A year as base is another question, and the comparison sees it.
    other = differences(panel(), base=6, window=21, compare="never", scale="difference")
    months = [k for k, _ in REFERENCES["sun_abraham"] if k >= 0]
    gap = np.abs(other.event_time.set_index("k")["value"][months] - ours[months])
    assert gap.max() > 1
