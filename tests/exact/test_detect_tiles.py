"""Does the partition give the numbers that small cases have by hand?"""

import pandas as pd
import pytest

from tregua.infer import Agencies, partition

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
