"""Does the partition give the numbers that small cases have by hand?"""

import numpy as np
import pandas as pd
import pytest

from tregua.infer import Agencies, partition, read_table
from tregua.infer.counts.partition import states_bound
from tregua.infer.counts.table import tiles_of_table

RECONCILED = Agencies(reconciled=frozenset({"police", "forensic"}))


def counts(*rows):
    """Rows of (start, end, value, agency[, status]); dates half-open."""
    full = [(*row, "reported") if len(row) == 4 else row for row in rows]
    frame = pd.DataFrame(full, columns=["start", "end", "value", "agency", "status"])
    return frame.assign(
        start=pd.to_datetime(frame["start"]),
        end=pd.to_datetime(frame["end"]),
        value=frame["value"].astype(float),
        source=[f"S{i}" for i in range(len(frame))],
    )


def laid(tiles):
    return {
        (f"{row.start:%Y-%m}", f"{row.end:%Y-%m}", len(row.months)): round(row.value, 6)
        for row in tiles.frame.itertuples()
    }


def test_differences_of_year_to_date_totals_are_months():
    tiles = partition(
        counts(
            ("2020-01-01", "2020-02-01", 10, "police"),
            ("2020-01-01", "2020-03-01", 25, "police"),
            ("2020-01-01", "2020-05-01", 60, "police"),
        )
    )
    assert laid(tiles) == {
        ("2020-01", "2020-02", 1): 10,
        ("2020-02", "2020-03", 1): 15,
        ("2020-03", "2020-05", 2): 35,
    }
    assert list(tiles.frame["origin"]) == ["published", "difference", "difference"]


def test_a_date_inside_a_month_joins_two_counts():
    # January to 17 April, less 1 to 17 April, is the first quarter.
    tiles = partition(
        counts(
            ("2020-01-01", "2020-04-18", 110, "police"),
            ("2020-04-01", "2020-04-18", 20, "police"),
        )
    )
    assert laid(tiles) == {("2020-01", "2020-04", 3): 90}
    assert tiles.frame["sources"][0] == ("S0", "S1")


def test_published_months_leave_a_remainder_of_the_year_with_holes():
    tiles = partition(
        counts(
            ("2020-01-01", "2021-01-01", 120, "police"),
            ("2020-03-01", "2020-04-01", 7, "police"),
            ("2020-06-01", "2020-07-01", 13, "police"),
        )
    )
    assert laid(tiles)[("2020-01", "2021-01", 10)] == 100
    assert tiles.frame["value"].sum() == 120


def test_families_that_are_not_reconciled_are_never_subtracted():
    # The trap of 2004: seven months of a ministry, the year of the police.
    tiles = partition(
        counts(
            ("2004-01-01", "2004-08-01", 1501, "ministry"),
            ("2004-01-01", "2005-01-01", 3897, "police"),
        ),
        RECONCILED,
    )
    assert laid(tiles) == {("2004-01", "2005-01", 12): 3897}
    assert "replaced by a longer count" in set(tiles.refused["reason"])


def test_a_last_month_is_not_made_of_another_familys_year():
    # The trap of 2025: eleven months of one office, the year of another.
    rows = [(f"2025-{m:02d}-01", f"2025-{m + 1:02d}-01", 6, "police") for m in range(1, 12)]
    tiles = partition(counts(*rows, ("2025-01-01", "2026-01-01", 82, "police (via a newspaper)")))
    assert tiles.last == pd.Timestamp("2025-11-01")
    assert list(tiles.refused["reason"]) == ["would mix families that are not reconciled"]


def test_reconciled_families_mix_and_carry_both_errors():
    tiles = partition(
        counts(
            ("2012-01-01", "2012-02-01", 413, "forensic"),
            ("2012-01-01", "2012-03-01", 813, "police"),
        ),
        RECONCILED,
    )
    february = tiles.frame.loc[tiles.frame["start"] == "2012-02-01"].iloc[0]
    assert february["value"] == 400
    assert february["origin"] == "mixed"
    assert february["relative_sd"] == pytest.approx(0.03 * (813**2 + 413**2) ** 0.5 / 400, rel=0.1)


def test_agencies_that_count_the_same_month_become_one_count():
    tiles = partition(
        counts(
            ("2020-01-01", "2020-02-01", 100, "police"),
            ("2020-01-01", "2020-02-01", 104, "forensic"),
            ("2020-01-01", "2020-02-01", 400, "ministry"),
        )
    )
    row = tiles.frame.iloc[0]
    assert row["value"] == pytest.approx(104)  # the median, not a mean that the outlier pulls
    assert row["agencies"] == 3
    assert row["relative_sd"] > 0.5  # but the disagreement is carried


def test_the_better_status_then_the_later_publication_wins():
    rows = counts(
        ("2020-01-01", "2020-02-01", 90, "police", "preliminary"),
        ("2020-01-01", "2020-02-01", 95, "police", "revised"),
        ("2020-02-01", "2020-03-01", 50, "police", "reported"),
        ("2020-02-01", "2020-03-01", 55, "police", "reported"),
    )
    tiles = partition(rows, published={"S2": "2021-05", "S3": "2020-03"})
    assert list(tiles.frame["value"]) == [95, 50]


def test_a_negative_difference_is_refused_and_merged():
    tiles = partition(
        counts(
            ("2020-01-01", "2020-02-01", 40, "police"),
            ("2020-01-01", "2020-03-01", 30, "police"),
            ("2020-01-01", "2020-05-01", 90, "police"),
        )
    )
    assert laid(tiles) == {("2020-01", "2020-02", 1): 40, ("2020-02", "2020-05", 3): 50}
    assert list(tiles.refused["reason"]) == ["negative difference"]


def test_weekly_counts_get_a_sentence_not_a_silence():
    with pytest.raises(ValueError, match="whole calendar months"):
        partition(counts(("2020-01-06", "2020-01-13", 5, "police")))


def bounded(*rows):
    """Rows of (start, end, value, agency, at_least)."""
    frame = counts(*(row[:4] for row in rows))
    return frame.assign(at_least=[row[4] for row in rows])


def test_a_bound_never_outweighs_an_exact_count():
    tiles = partition(
        bounded(
            ("2020-01-01", "2020-02-01", 90, "police", False),
            ("2020-01-01", "2020-02-01", 120, "forensic", True),  # it says 120 or more
            ("2020-02-01", "2020-03-01", 80, "police", True),
            ("2020-02-01", "2020-03-01", 100, "forensic", True),
        )
    )
    assert list(tiles.frame["value"]) == [90, 100]  # of two bounds the higher one
    assert list(tiles.frame["at_least"]) == [False, True]
    assert tiles.frame["families"][0] == ("police",)


def test_an_exact_count_wins_over_a_better_ranked_bound_of_its_own_agency():
    rows = bounded(
        ("2020-01-01", "2020-02-01", 90, "police", True),
        ("2020-01-01", "2020-02-01", 95, "police", False),
    ).assign(status=["final", "preliminary"])
    assert list(partition(rows).frame["value"]) == [95]


def test_a_bound_less_an_exact_count_is_a_bound_and_the_reverse_is_nothing():
    tiles = partition(
        bounded(
            ("2020-01-01", "2020-02-01", 40, "police", False),
            ("2020-01-01", "2020-03-01", 100, "police", True),  # so February had 60 or more
        )
    )
    assert list(tiles.frame["value"]) == [40, 60]
    assert list(tiles.frame["at_least"]) == [False, True]
    tiles = partition(
        bounded(
            ("2020-01-01", "2020-02-01", 40, "police", True),
            ("2020-01-01", "2020-03-01", 100, "police", False),  # February: 60 or less
        )
    )
    assert laid(tiles) == {("2020-01", "2020-03", 2): 100}
    assert not tiles.frame["at_least"].any()


def test_a_sum_with_a_bound_in_it_is_a_bound():
    rows = [("2020-03-01", "2020-03-11", 30, "police", True)]
    rows.append(("2020-03-11", "2020-04-01", 50, "police", False))
    tiles = partition(bounded(*rows))
    assert (tiles.frame["value"][0], bool(tiles.frame["at_least"][0])) == (80, True)


@pytest.mark.parametrize(
    ("note", "value", "bound"),
    [
        ("more than", 300, True),
        ("at least", 10, True),
        ('"at least"', 286, True),
        ("at least 43 since Tuesday, written later", 43, True),
        ("More than 1,200", 1200, True),
        ("at least 6 alleged gang members", 14, False),
        ("incl. at least 20 alleged gang members", 90, False),
        ("238 in Feb 2014 is 54 more than Feb 2013", 184, False),
        ("more than half by police", 50, False),
        ("", 5, False),
    ],
)
def test_a_note_is_a_bound_only_if_it_speaks_of_the_figure(note, value, bound):
    assert states_bound(note, value) is bound


def days(first, last, value=2):
    starts = pd.date_range(first, last, freq="D")
    return pd.DataFrame({"start": starts, "end": starts + pd.Timedelta(days=1), "value": value})


def test_days_fill_months_and_a_month_with_a_hole_is_left_out():
    table = days("2020-01-01", "2020-04-30").drop(index=40)  # 10 February is missing
    tiles = tiles_of_table(table)
    assert laid(tiles) == {
        ("2020-01", "2020-02", 1): 62,
        ("2020-03", "2020-04", 1): 62,
        ("2020-04", "2020-05", 1): 60,
    }


def test_days_are_added_up_alike_with_and_without_the_short_cut():
    rng = np.random.default_rng(0)
    table = days("2020-01-01", "2020-06-30")
    table["value"] = rng.integers(0, 9, len(table))
    # A count that ends inside March keeps March's days apart; the result is the same.
    inner = pd.DataFrame({"start": ["2020-01-01"], "end": ["2020-03-18"], "value": [999]})
    inner["value"] = table["value"][: len(days("2020-01-01", "2020-03-17"))].sum()
    both = pd.concat([table, inner.apply(lambda c: pd.to_datetime(c) if c.name != "value" else c)])
    one, two = tiles_of_table(table), tiles_of_table(both)
    pd.testing.assert_series_equal(one.frame["value"], two.frame["value"])
    months = table.groupby(table["start"].dt.month)["value"].sum()
    assert one.frame["value"].tolist() == months.tolist()


def test_rows_of_date_and_count_may_be_days(tmp_path):
    file = tmp_path / "days.csv"
    table = days("2020-01-01", "2020-03-31")
    lines = [f"{row.start:%Y-%m-%d},{row.value}" for row in table.itertuples()]
    file.write_text("\n".join(["date,count", *lines]))
    assert laid(read_table(file)) == {
        ("2020-01", "2020-02", 1): 62,
        ("2020-02", "2020-03", 1): 58,
        ("2020-03", "2020-04", 1): 62,
    }


@pytest.mark.parametrize(
    "text", [">300", "> 300", ">=300", "300+", "at least 300", "more than 300"]
)
def test_figures_may_be_written_as_bounds(tmp_path, text):
    file = tmp_path / "mine.csv"
    file.write_text(f"date,count\n2012-01,{text}\n2012-02,250\n")
    frame = read_table(file).frame
    assert frame["value"].tolist() == [300, 250]
    assert frame["at_least"].tolist() == [True, False]


def test_a_column_says_which_figures_are_bounds(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "start,end,value,at_least\n2012-01-01,2012-04-01,90,true\n2012-04-01,2012-05-01,30,\n"
    )
    assert read_table(file).frame["at_least"].tolist() == [True, False]


def test_printed_figures_of_worlds_keep_their_bounds():
    table = pd.DataFrame(
        {
            "series": "homicides",
            "start": ["2012-01-01", "2012-02-01"],
            "end": ["2012-02-01", "2012-03-01"],
            "value": [300, 290],
            "agency": "PNC",
            "status": "simulated",
            "note": pd.Categorical(["more than", ""]),
        }
    )
    assert tiles_of_table(table).frame["at_least"].tolist() == [True, False]


def test_a_bound_taken_off_an_exact_count_is_never_read_as_a_bound_from_below():
    # 15 December to February had 100, of which 70 or more by January: February had at most 30.
    tiles = partition(
        bounded(
            ("2019-12-15", "2020-03-01", 100, "police", False),
            ("2019-12-15", "2020-02-01", 70, "police", True),
            ("2020-06-01", "2020-07-01", 50, "police", False),
        )
    )
    assert laid(tiles) == {("2020-06", "2020-07", 1): 50}
