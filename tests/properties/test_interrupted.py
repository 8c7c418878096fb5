"""What must hold of an interrupted time series whatever the counts. All series are synthetic."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregua.assess.designs.interrupted import Interruption, Law, interrupted
from tregua.assess.designs.series import count_series

LAW = Law("poisson", trend="linear", season="none")
COUNTS = st.lists(st.integers(20, 400), min_size=48, max_size=48)


def monthly(values, cuts=None):
    edges = pd.date_range("2000-01", periods=len(values) + 1, freq="MS")
    table = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": np.asarray(values)})
    if cuts is None:
        return table
    sums = np.add.reduceat(table["value"].to_numpy(), cuts)
    ends = [*(edges[cut] for cut in cuts[1:]), edges[-1]]
    return pd.DataFrame({"start": edges[cuts], "end": ends, "value": sums})


def ask(table, law=LAW, **more):
    return interrupted(
        count_series(table),
        [Interruption("2002-07", name="event")],
        question="event",
        window=("2002-07", "2003-12"),
        law=law,
        placebos=False,
        **more,
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(COUNTS)
def test_an_interval_holds_its_estimate_and_grows_with_its_level(values):
    narrow, wide = (ask(monthly(values), level=level) for level in (0.5, 0.95))
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high
    assert narrow.settings["error"] >= narrow.settings["error_plain"]
    assert np.isfinite(narrow.path[["fitted", "counterfactual", "low", "high"]]).all().all()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(COUNTS, st.integers(2, 9))
def test_the_ratio_does_not_depend_on_the_unit_of_counts(values, factor):
    one, many = ask(monthly(values)), ask(monthly([factor * value for value in values]))
    assert many.value == pytest.approx(one.value, rel=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(COUNTS, st.lists(st.integers(1, 29), max_size=8, unique=True))
def test_totals_within_a_level_keep_a_poisson_ratio_of_levels(values, merged):
    """With two levels only the sums on either side count, however they are published."""
    plain = Law("poisson", trend="none", season="none")
    cuts = [place for place in range(48) if place not in merged]
    whole, parts = ask(monthly(values), plain), ask(monthly(values, cuts), plain)
    assert parts.value == pytest.approx(whole.value, rel=1e-8)
