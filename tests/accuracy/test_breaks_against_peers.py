"""Do other libraries put the breaks of synthetic series in the same places?

`design_references.json` holds the answers of `ruptures` (Pelt, least squares on square roots) and
of `bayesloop` (one break, Poisson), made by `benchmarks/bench_designs.py --references` in an
environment of their own. Pelt minimises a cost and gives points; on clear breaks they must be
within a month of ours. `bayesloop` gives a posterior over the place of one break: with a size of a
million our counts are Poisson, and with one stage a break is as likely in any month, so that the
two posteriors are the same up to lattices (total variation below 0.02).
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs.breaks import break_dates
from tregua.infer.counts.joint import probability_of
from tregua.infer.counts.segments import monthly_counts, weigh

REFERENCES = json.loads(
    (Path(__file__).parent / "design_references.json").read_text(encoding="utf-8")
)
MONTHS = pd.date_range("2000-01", periods=400, freq="MS")


def table(counts):
    return pd.DataFrame({"date": MONTHS[: len(counts)], "count": counts})


@pytest.mark.parametrize("which", range(len(REFERENCES["series"])))
def test_pelt_and_the_posterior_find_the_same_places(which):
    counts = REFERENCES["series"][which]["counts"]
    found = break_dates(table(counts), lengths=(36.0,)).dates
    ours = sorted(MONTHS.get_loc(month) for month in found["median"])
    theirs = REFERENCES["ruptures"][which]
    assert len(ours) == len(theirs) == len(REFERENCES["series"][which]["breaks"])
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= 1


def posterior(counts, **settings):
    the = monthly_counts(table(counts))
    weighed = weigh(
        replace(the, days=np.ones(len(counts))),  # bayesloop knows no lengths of months
        36.0,
        stages=1,
        least=0.05,
        sizes=settings.get("sizes", (1e6,)),
        size_prior=(1.0,),
    )
    chances = [probability_of(weighed, [t], least_deaths=0.0) for t in range(1, len(counts))]
    return np.array(chances) / sum(chances)


def test_one_break_has_the_same_posterior_in_bayesloop():
    theirs = np.array(REFERENCES["bayesloop"])[1 : len(REFERENCES["short"])]
    ours = posterior(REFERENCES["short"])
    assert np.abs(ours - theirs / theirs.sum()).sum() / 2 < 0.02
    # Overdispersed counts are another law, and the comparison sees it.
    other = posterior(REFERENCES["short"], sizes=(8.0,))
    assert np.abs(other - theirs / theirs.sum()).sum() / 2 > 0.02
