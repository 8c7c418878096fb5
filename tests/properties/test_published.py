"""What must hold for any worlds: parts add up, a seed is enough, nobody disturbs the others."""

import itertools

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests._worlds import by_hand, deaths

from tregua.simulate import OUTLETS, Outlet, Sight, published

YEAR = np.arange(np.datetime64("2022-01-01"), np.datetime64("2023-01-01"))
SEEDS = st.integers(0, 2**63 - 1)
COUNTS = st.lists(st.integers(0, 1500), min_size=12, max_size=12)


def worlds_of(counts, share_struck=0.0, **more):
    counts = np.array([counts], dtype=float)
    struck = np.floor(counts * share_struck)
    return deaths("2022-01", 12, counts, struck=struck, uncounted=7.0, police_killings=7.0, **more)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS, COUNTS, st.floats(0, 1), st.sets(st.sampled_from(list(YEAR[1:]))))
def test_any_partition_of_a_year_adds_up_for_every_agency(seed, counts, struck, cuts):
    worlds = worlds_of(counts, struck)
    edges = [YEAR[0], *sorted(cuts), np.datetime64("2023-01-01")]
    parts = list(itertools.pairwise(edges))
    outlets = [outlet for outlet in OUTLETS if outlet.series == "homicides"]
    whole = published(worlds, seed=seed, intervals="year", outlets=outlets)
    pieces = published(worlds, seed=seed, intervals=parts, outlets=outlets)
    assert (pieces["value"] >= 0).all()
    summed = pieces.groupby("agency", observed=True)["value"].sum()
    pd.testing.assert_series_equal(
        summed, whole.groupby("agency", observed=True)["value"].sum(), check_exact=True
    )
    assert len(whole) == 3  # PNC, FGR and the tally; the forensic institute has stopped


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS, COUNTS)
def test_the_same_seed_gives_the_same_bits_and_an_interval_does_not_depend_on_others(seed, counts):
    worlds = worlds_of(counts)
    days = published(worlds, seed=seed, intervals="day")
    pd.testing.assert_frame_equal(days, published(worlds, seed=seed, intervals="day"))
    alone = published(worlds, seed=seed, intervals=[("2022-05-09", "2022-05-10")])
    among = days[days["start"] == "2022-05-09"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS, COUNTS, st.sampled_from([Sight.TALLY, Sight.TALLY_AND_POLICE]))
def test_a_further_outlet_changes_no_other(seed, counts, sight):
    worlds = worlds_of(counts)
    more = (Outlet("homicides", "Watch", sight, "week"), *OUTLETS)
    rows = published(worlds, seed=seed, outlets=more, missing=0.2, at_least=0.3)
    others = rows[rows["agency"] != "Watch"].reset_index(drop=True)
    before = published(worlds, seed=seed, missing=0.2, at_least=0.3)
    for column in ("world", "start", "end", "value"):
        assert (others[column] == before[column]).all()
    assert (others["agency"].astype(str) == before["agency"].astype(str)).all()
    assert (others["note"] == before["note"]).all()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS, st.integers(1, 4), st.integers(0, 2**40))
def test_a_world_is_the_same_among_few_and_many(seed, few, first):
    counts = np.arange(60.0).reshape(5, 12) * 20
    many = deaths("2022-01", 12, counts, worlds=5, first_world=first)
    some = deaths("2022-01", 12, counts[:few], worlds=few, first_world=first)
    rows = published(many, seed=seed)
    rows = rows[rows["world"] < first + few].reset_index(drop=True)
    pd.testing.assert_frame_equal(published(some, seed=seed), rows)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS, st.floats(0.1, 10.0))
def test_another_policy_meets_the_same_errors(seed, factor):
    # Twice as many prisoners are misread by the same factor, up to the rounding to whole persons.
    one = published(by_hand("2012-01", 36, prisoners=1e7), seed=seed)["value"]
    two = published(by_hand("2012-01", 36, prisoners=1e7 * factor), seed=seed)["value"]
    np.testing.assert_allclose(two, factor * one, atol=factor + 1)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS, COUNTS)
def test_more_deaths_never_print_fewer(seed, counts):
    # Counts are quantiles of the same uniform numbers wherever the error leaves deaths out.
    errors = {"count_size": np.inf, "agency_error_late": 0.0}
    fewer = published(worlds_of(counts), seed=seed, measures=errors)
    more = published(worlds_of([n + 1 for n in counts]), seed=seed, measures=errors)
    assert (more["value"] >= fewer["value"]).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(SEEDS, st.floats(0, 0.9))
def test_missing_figures_are_left_out_and_the_others_stay(seed, missing):
    worlds = worlds_of(range(50, 62))
    everything = published(worlds, seed=seed)
    some = published(worlds, seed=seed, missing=missing)
    key = ["agency", "start", "end", "value"]
    kept = set(map(tuple, everything[key].astype(str).to_numpy()))
    assert set(map(tuple, some[key].astype(str).to_numpy())) <= kept
    assert len(some) <= len(everything)
