"""Are the moments of decisions what they say, on worlds written by hand?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tregua import decide, record
from tregua.decide import matching
from tregua.model import Stance, UnknownParameterError
from tregua.simulate import Ensemble

MONTHS = 60


def worlds_of(since: str = "2009-06-01", first: str = "2009-06-01", **rows) -> Ensemble:
    """Worlds by month; names as in the ledger, 0 where nothing is said."""
    shapes = {np.shape(values) for values in rows.values()}
    n, months = shapes.pop() if shapes else (1, MONTHS)
    data = {
        name: (("world", "month"), np.asarray(rows.get(name, np.zeros((n, months)))))
        for name in ("recorded", "pact", "strikes", "pact_starts", "pact_ends", "stance")
    }
    starts = pd.date_range(first, periods=months, freq="MS").to_numpy()
    kept = xr.Dataset(data, coords={"world": np.arange(n), "month": starts})
    return Ensemble(kept, None, None, {"since": since})


def one_pact() -> dict[str, np.ndarray]:
    """One world: a pact from month 12 to the end of month 29, 36 months of something else."""
    pact, starts, ends = (np.zeros((1, MONTHS)) for _ in range(3))
    pact[0, 12:30] = 1.0
    starts[0, 12] = 1.0
    ends[0, 30] = 1.0
    return {"pact": pact, "pact_starts": starts, "pact_ends": ends}


def test_the_moments_of_one_pact():
    rows = one_pact()
    rows["recorded"] = np.full((1, MONTHS), 300.0)
    rows["recorded"][0, 12:30] = 100.0
    rows["recorded"][0, 31:55] = 500.0
    rows["strikes"] = np.zeros((1, MONTHS))
    rows["strikes"][0, 14] = 2.0
    rows["stance"] = np.full((1, MONTHS), float(Stance.STATUS_QUO))
    rows["stance"][0, 40:46] = float(Stance.EXCEPTION)
    rows["recorded"][0, 40:46] = 7.0  # left out, for the exception
    seen = decide.decision_moments(worlds_of(**rows))
    assert seen == pytest.approx(
        {
            "first_pact": 1.0,
            "pact_life": 1.5,
            "time_in_pact": 18 / 60,
            "strikes": 2.0 / 1.5,
            "recorded_in_pact": 1200.0,
            "recorded_after": 6000.0,
            "recorded_before": 3600.0,
            "exception": 1.0,
        }
    )
    assert list(seen) == [moment.name for moment in decide.DECISION_MOMENTS]


def test_a_pact_still_alive_counts_with_the_years_it_has_lived():
    rows = {name: np.repeat(values, 2, axis=0) for name, values in one_pact().items()}
    rows["pact"][1, 12:] = 1.0
    rows["pact_ends"][1] = 0.0
    assert decide.decision_moments(worlds_of(**rows))["pact_life"] == pytest.approx((18 + 48) / 12)


def test_worlds_without_pact_have_waited_all_the_time_and_say_nothing_of_pacts():
    seen = decide.decision_moments(worlds_of(recorded=np.full((3, MONTHS), 10.0)))
    assert seen["first_pact"] == 5.0
    assert seen["recorded_before"] == pytest.approx(120.0)
    assert seen["time_in_pact"] == seen["exception"] == 0.0
    for name in ("pact_life", "strikes", "recorded_in_pact", "recorded_after"):
        assert np.isnan(seen[name])


def test_months_before_the_strategies_drive_do_not_count():
    rows = one_pact()
    earlier = worlds_of(since="2011-12-01", **rows)  # month 30
    seen = decide.decision_moments(earlier)
    assert seen["time_in_pact"] == 0.0
    assert seen["first_pact"] == 30 / 12


def test_after_a_pact_means_the_two_years_that_follow_its_end():
    ended = np.zeros((1, 40), dtype=bool)
    ended[0, [3, 10]] = True
    assert np.flatnonzero(matching._aftermath(ended)[0]).tolist() == list(range(4, 35))


def test_a_miss_is_the_logarithm_over_the_spread_and_nothing_seen_is_far_off():
    targets = np.array([moment.target for moment in decide.DECISION_MOMENTS])
    assert np.array_equal(matching.misses(targets), np.zeros(8))
    double = matching.misses(2.0 * targets)
    spreads = np.array([moment.spread for moment in decide.DECISION_MOMENTS])
    assert double == pytest.approx(np.log(2.0) / spreads)
    assert matching._misfit(2.0 * targets) == pytest.approx(float(np.sum(double**2)))
    assert (matching.misses(np.full(8, np.nan)) < -10.0).all()


def test_neighbours_step_towards_the_middle_of_the_range():
    here = np.array([1.6, -1.6, 0.0])
    trials = matching._neighbours(here)
    assert [step for _, step in trials] == [-0.2, 0.2, 0.2]
    for place, (other, step) in enumerate(trials):
        assert other - here == pytest.approx(np.eye(3)[place] * step)
        assert np.abs(other).max() <= 1.6


def test_the_weights_moved_leave_the_fitted_layer_alone():
    kinds = {matching.Parameter[name].kind for name in decide.DECISION_WEIGHTS}
    assert kinds == {"matched", "judged"}
    assert len(decide.DECISION_WEIGHTS) > len(decide.DECISION_MOMENTS)


def test_a_match_stays_inside_the_ranges_and_reports_what_it_did():
    known = record.load("el-salvador")
    told = []
    found = decide.match_decisions(
        known,
        names=("restraint_cost", "inertia"),
        worlds=12,
        evaluations=1,
        progress=lambda done, most: told.append((done, most)),
    )
    weights = found.weights.set_index("name")
    assert ((weights["matched"] >= weights["low"]) & (weights["matched"] <= weights["high"])).all()
    assert found.draws.column("inertia")[0] == pytest.approx(weights.loc["inertia", "matched"])
    assert found.draws.column("killing")[0] == matching.Parameter.killing.default
    assert found.moments["moment"].tolist() == [m.name for m in decide.DECISION_MOMENTS]
    assert told[-1][0] <= told[-1][1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.misfit = (0.0, 0.0, 0.0)


def test_what_cannot_be_matched_is_refused():
    known = record.load("el-salvador")
    with pytest.raises(UnknownParameterError, match="Did you mean 'inertia'"):
        decide.match_decisions(known, names=("inertio",))
    with pytest.raises(ValueError, match="at least one parameter"):
        decide.match_decisions(known, names=())
    with pytest.raises(ValueError, match="one world"):
        decide.match_decisions(known, worlds=0)
