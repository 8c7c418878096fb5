"""Are synthetic figures drawn from the filter's own model, and are ranks summed up rightly?"""

import numpy as np
import pandas as pd
import pytest

from tregua import infer, model, record
from tregua.infer.bayes.coordinates import Coordinates
from tregua.infer.scores.posterior import _blank, _summary, synthetic_sightings

KNOWN = record.load("el-salvador")
PAST = model.History.of(KNOWN)


@pytest.fixture(scope="module")
def space():
    engine = infer.KernelEngine(KNOWN, particles=1, history=PAST, seen=_blank(PAST))
    return Coordinates.of(engine.names, KNOWN.case.prior_ranges)


def drawn(space, seed, missing=0.0):
    truth = np.zeros(len(space.names))
    return synthetic_sightings(KNOWN, PAST, truth, space, seed=seed, missing=missing)


def test_figures_cover_three_years_month_by_month_with_a_stock_a_year(space):
    figures = drawn(space, 1).figures
    deaths = figures[figures["kind"] == "homicides"]
    assert [months[0] for months in deaths["months"]] == list(
        pd.date_range("2003-01", periods=36, freq="MS")
    )
    assert figures["kind"].value_counts().to_dict() == {"homicides": 36, "prisoners": 3}
    assert (figures["value"] == np.rint(figures["value"])).all()
    assert deaths["value"].between(30, 3_000).all()


def test_one_seed_one_history_and_another_seed_another(space):
    assert drawn(space, 1).figures["value"].equals(drawn(space, 1).figures["value"])
    assert not drawn(space, 1).figures["value"].equals(drawn(space, 2).figures["value"])


def test_missing_deaths_are_missing_from_the_last_year_only(space):
    whole, cut = drawn(space, 3).figures, drawn(space, 3, missing=0.4).figures
    late = whole["months"].map(lambda months: months[0].year == 2005).to_numpy()
    deaths = (whole["kind"] == "homicides").to_numpy()
    assert whole.loc[~(late & deaths), "value"].equals(cut.loc[~(late & deaths), "value"])
    ratio = cut.loc[late & deaths, "value"] / whole.loc[late & deaths, "value"]
    assert np.allclose(ratio, 0.6, atol=0.02)


def test_figures_are_likelier_under_their_own_truth_than_far_from_it(space):
    """36 months tell killings per member 2.5 prior standard deviations off from the truth."""
    far = np.zeros((2, len(space.names)))
    far[1, space.names.index("killing")] = 2.5
    engine = infer.KernelEngine(KNOWN, particles=64, history=PAST, seen=drawn(space, 5))
    swarm = engine.begin(space.theta(far), seed=1)
    while swarm.stage < swarm.stages:
        swarm.advance()
    assert swarm.log_likelihood[0] > swarm.log_likelihood[1] + 2.0


def test_coverage_counts_the_middle_ranks():
    ranks = pd.DataFrame(
        {
            "case": np.repeat(np.arange(10), 20),
            "name": np.tile([f"p{i}" for i in range(20)], 10),
            "rank": np.tile(np.arange(20), 10),
        }
    )
    even = _summary("as assumed", ranks, "all")
    assert (even["covered_50"], even["covered_90"], even["mean_rank"]) == (0.5, 0.9, 0.5)
    assert (even["chi_square"], even["p_if_independent"]) == (0.0, 1.0)
    assert (even["truths"], even["names"]) == (10, 20)
    narrow = _summary("as assumed", ranks.assign(rank=0), "all")
    assert (narrow["covered_50"], narrow["covered_90"]) == (0.0, 0.0)
    assert narrow["p_if_independent"] < 1e-12
