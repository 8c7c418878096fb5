"""What must hold for any series: shares add up, order does not matter, threads do not matter."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tregua.infer import detect, partition, read_table
from tregua.infer.counts.breaks import windows
from tregua.infer.counts.generate import generate

REGIMES = ["none", "reversible", "persistent", "decline", "escalation", "spike"]
SHARES = [f"p_{name}" for name in REGIMES]
FILTERED = [f"f_{name}" for name in REGIMES]


def monthly(values, start="2010-01"):
    dates = pd.date_range(start, periods=len(values), freq="MS")
    return pd.DataFrame({"date": dates, "count": values})


def check_sound(found):
    months = found.months
    assert not months.drop(columns="observed").isna().to_numpy().any()
    np.testing.assert_allclose(months[SHARES].sum(axis=1), 1.0, atol=1e-9)
    np.testing.assert_allclose(months[FILTERED].sum(axis=1), 1.0, atol=1e-9)
    # At the last month there is nothing more to come: smoothed and filtered must agree, but for
    # pairs of hyper-parameters with next to no weight, which are not smoothed.
    last = months.iloc[-1]
    assert [last[p] - last[f] for p, f in zip(SHARES, FILTERED, strict=True)] == pytest.approx(
        [0.0] * 6, abs=0.005
    )
    assert last["level"] == pytest.approx(last["level_filtered"], rel=0.005)
    for name in [*SHARES, *FILTERED, "suppressed", "suppressed_filtered", "pact_low", "pact_high"]:
        assert months[name].between(-1e-12, 1 + 1e-9).all(), name
    assert (months["level_low"] <= months["level_high"]).all()
    assert months["p_reversible"].between(months["pact_low"], months["pact_high"]).all()
    assert found.warning.key == "counts-cannot-name-the-cause"


# A failure is reported as found: making it smaller would take minutes.
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    st.lists(st.integers(0, 900), min_size=24, max_size=40),
    st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_any_counts_with_any_gaps_give_sound_probabilities(values, missing):
    table = monthly(values)
    gone = np.array(missing[: len(values)]) & (np.arange(len(values)) % 3 == 1)
    table = pd.concat([table[~gone], monthly([5] * 14, start="2013-10")], ignore_index=True)
    check_sound(detect(table, threads=1))


@pytest.mark.parametrize("value", [0, 1, 1000])
def test_constant_series_are_sound_and_without_a_break(value):
    found = detect(monthly([value] * 36))
    check_sound(found)
    assert found.breaks.empty


def test_an_all_missing_stretch_forgets_but_stays_sound():
    table = pd.concat([monthly([100] * 30), monthly([100] * 30, start="2018-01")])
    found = detect(table)
    check_sound(found)
    gap = found.months.query("'2014-06' < month < '2016-06'")
    assert (gap["level_high"] / gap["level_low"]).min() > 1.5  # nothing seen, little known


def test_the_number_of_threads_changes_no_bit():
    table = generate(60, seed=5).table
    one, two = detect(table, threads=1), detect(table, threads=2)
    pd.testing.assert_frame_equal(one.months, two.months, check_exact=True)
    pd.testing.assert_frame_equal(one.breaks, two.breaks, check_exact=True)


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(0)
    starts = pd.date_range("2015-01", periods=36, freq="MS")
    frame = pd.DataFrame(
        {
            "start": starts,
            "end": starts + pd.offsets.MonthBegin(1),
            "value": rng.integers(50, 90, 36).astype(float),
            "agency": "a",
            "source": "s",
            "status": "reported",
        }
    )
    year = frame.iloc[[0]].assign(end=pd.Timestamp("2016-01-01"), value=900.0)
    rival = frame.iloc[:12].assign(agency="b", value=frame["value"][:12] + 3)
    frame = pd.concat([frame, year, rival], ignore_index=True)
    one = partition(frame)
    two = partition(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.frame, two.frame)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=12, max_size=12), st.sets(st.integers(0, 11)))
def test_tiles_of_one_agency_never_overlap_and_conserve_the_year(values, published):
    starts = pd.date_range("2019-01", periods=12, freq="MS")
    rows = [
        (starts[m], starts[m] + pd.offsets.MonthBegin(1), float(values[m]))
        for m in sorted(published)
    ]
    rows.append((starts[0], pd.Timestamp("2020-01-01"), float(sum(values))))
    frame = pd.DataFrame(rows, columns=["start", "end", "value"])
    tiles = partition(frame.assign(agency="a", source="s", status="final"))
    months = [month for row in tiles.frame["months"] for month in row]
    assert sorted(months) == list(starts)
    assert tiles.frame["value"].sum() == pytest.approx(sum(values))


def test_a_total_says_less_than_its_months_but_agrees():
    series = generate(48, seed=11, world=2, level=300)
    table = series.table
    intervals = pd.DataFrame(
        {
            "start": table["date"],
            "end": table["date"] + pd.offsets.MonthBegin(1),
            "value": table["count"],
        }
    )
    half = intervals.iloc[12:18]
    total = pd.DataFrame(
        {
            "start": [half["start"].iloc[0]],
            "end": [half["end"].iloc[-1]],
            "value": [half.value.sum()],
        }
    )
    joined = pd.concat([intervals.iloc[:12], total, intervals.iloc[18:]], ignore_index=True)
    fine, coarse = detect(intervals).months, detect(joined).months
    inside = slice(12, 18)
    width = {n: np.log(m["level_high"] / m["level_low"]) for n, m in (("f", fine), ("c", coarse))}
    assert (width["c"][inside] > width["f"][inside]).mean() >= 0.5
    mean = {n: m["level"][inside].mean() for n, m in (("f", fine), ("c", coarse))}
    assert mean["c"] == pytest.approx(mean["f"], rel=0.06)


def test_a_later_missing_month_leaves_earlier_filtered_results_alone():
    table = generate(60, seed=2).table
    full, holed = detect(table), detect(table.drop(index=50))
    # The lattice is placed by all counts, hence a tolerance rather than equality.
    np.testing.assert_allclose(
        full.months["suppressed_filtered"][:50], holed.months["suppressed_filtered"][:50], atol=0.01
    )


def test_windows_do_not_overlap():
    rng = np.random.default_rng(4)
    for _ in range(50):
        onset = rng.gamma(0.1, 0.5, 80)
        found = windows(onset, np.full(80, -1), least=0.0)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,count\n2012-01,-3\n", "cannot be negative"),
        ("date,count\n2012-01,3.5\n", "whole number"),
        ("date,count\n2012-01,\n", "no number"),
        ("date,count\n2012-01,nan\n", "no number"),
        ("date,count\n2012-02,3\n2012-01,3\n", "sort by date"),
        ("date,count\n2012-01,3\n2012-01,4\n", "twice"),
        ("date,count\n2012-01-15,3\n", "first of a month"),
        ("date,count\nspring,3\n", "is no date"),
        ("dat,count\n2012-01,3\n", "did you mean 'date'"),
        ("start,end,value\n2012-03-01,2012-01-01,3\n", "before it starts"),
        ("", "no CSV table"),
        ("date,count\n", "no rows"),
        ("date,count\n2012-01,~300\n", "no number"),
        ("date,count,at_least\n2012-01,3,perhaps\n", "write true or false"),
        ("date,count\n2012-01-02,3\n2012-01-09,4\n2012-01-16,4\n", "rows 1 to 3 are weeks"),
        (
            "start,end,value\n2012-01-02,2012-01-09,3\n2012-01-09,2012-01-16,4\n",
            "rows 1 to 2 are weeks",
        ),
        (
            "start,end,value\n2012-01-01,2012-02-01,3\n2012-01-01,2012-02-01,3\n",
            "row 2 repeats row 1",
        ),
        (
            "start,end,value\n2012-01-01,2012-02-01,3\n2012-01-01,2012-02-01,4\n",
            "rows 1 and 2 give 3 and 4",
        ),
        (
            "start,end,value\n2012-01-01,2012-02-01,30\n2012-02-01,2012-03-01,40\n"
            "2012-01-01,2013-01-01,60\n",
            r"row 3: 60 .* less than the 70 of the rows inside it \(1, 2\)",
        ),
        ("month,deaths,homicides\n2012-01,3,4\n", "more than one column 'count'"),
    ],
)
def test_bad_tables_say_what_is_wrong_and_where(tmp_path, text, message):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_table(file)
    assert "mine.csv" in str(error.value)


def test_all_problems_are_listed_at_once(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("date,count\n2012-01,-3\n2012-02,x\n2012-04,1.5\n")
    with pytest.raises(ValueError, match=r"(?s)row 1:.*row 2:.*row 3:"):
        read_table(file)


def test_too_few_months_are_refused_with_the_number_needed():
    with pytest.raises(ValueError, match=r"23 months.*At least 24"):
        detect(monthly([10] * 23))


def test_a_month_that_is_none_is_named():
    with pytest.raises(ValueError, match="first month is 'spring'"):
        detect(monthly([10] * 30), first="spring")


def test_months_without_counts_after_the_last_one_only_widen_what_is_known():
    found = detect(monthly([100] * 30), last="2013-06").months
    assert len(found) == 42
    assert found["observed"].isna().sum() == 12
    width = (found["level_high"] / found["level_low"]).to_numpy()
    assert (np.diff(width[30:]) > 0).all()
