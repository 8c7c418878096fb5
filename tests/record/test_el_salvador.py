"""Does the embedded record say what its sources say, and mark what they do not?"""

import itertools
import re

import pandas as pd
import pytest

from tregua import record


@pytest.fixture(scope="module")
def known():
    return record.load("el-salvador")


def only(rows):
    assert len(rows) == 1, rows
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("agency", "first", "last", "value"),
    [
        ("IML", "2002-02-01", "2002-03-01", 172),
        ("PNC", "2002-02-01", "2002-03-01", 135),
        ("IML", "2012-01-01", "2012-02-01", 413),
        ("PNC", "2012-01-01", "2012-03-01", 813),
        ("PNC", "2012-03-09", "2012-03-16", 38),
        ("PNC", "2012-04-14", "2012-04-15", 0),
        ("PNC", "2022-03-26", "2022-03-27", 62),
        ("PNC", "2022-03-25", "2022-03-28", 87),
        ("FGR", "2019-07-01", "2019-07-31", 155),  # counted to 30 July
        ("FGR", "2025-01-01", "2025-12-24", 71),  # counted to 23 December
    ],
)
def test_days_weeks_months_and_years_to_date_are_intervals(known, agency, first, last, value):
    rows = known.select("homicides", agency=agency, first=first, last=last)
    rows = rows[(rows.start == first) & (rows.end == last)]
    assert set(rows.value) == {value}


def test_the_final_forensic_months_of_2015_add_to_their_year(known):
    rows = known.select("homicides", agency="IML", first="2015-01-01", last="2016-01-01")
    rows = rows[(rows.status == "final") & (rows.source == "IML_2015")]
    year = rows.end - rows.start > pd.Timedelta(days=31)
    assert (~year).sum() == 12
    assert rows[~year].value.sum() == rows[year].value.item() == 6656


def test_february_2012_is_derived_because_it_mixes_agencies(known):
    february = known.observations[
        (known.observations.series == "homicides")
        & (known.observations.start == "2012-02-01")
        & (known.observations.end == "2012-03-01")
    ]
    row = only(february)
    assert (row.value, row.status, row.verified) == (400, "derived", False)
    usable = known.select("homicides", first="2012-02-01", last="2012-03-01")
    assert usable.empty


def test_stocks_are_points_and_counts_are_intervals(known):
    rows = known.observations
    points = rows.end == rows.start
    stocks = rows.series.str.match(r"(prison_|population|gang_(members|cliques|armed)|opinion\.)")
    stocks &= ~rows.series.str.startswith("gang_members_killed")
    stocks |= rows.series.str.startswith("gang_linked")
    assert (points == stocks).all()


def test_what_is_dated_only_to_a_year_or_month_says_so_and_stands_in_its_middle(known):
    rows = known.observations
    year = rows[rows.note.str.contains("dated to the year")]
    assert (year.start.dt.strftime("%m-%d") == "07-01").all()
    told = year.note.str.extract(r"dated to the year (\d{4})")[0]
    assert (told == year.start.dt.strftime("%Y")).all()
    month = rows[rows.note.str.contains("dated to the month")]
    # A stock stands on the 15th; a count to date ends with it.
    day = month.start.where(month.end == month.start, month.end - pd.Timedelta(days=1))
    assert (day.dt.day == 15).all()


def test_cumulative_counts_of_the_exception_start_with_it(known):
    rows = known.observations[known.observations.series.str.startswith("exception_")]
    assert len(rows) == 46
    assert (rows.start == "2022-03-27").all()
    last = known.select("exception_detentions").iloc[-1]
    assert (last.value, last.end) == (90600, pd.Timestamp("2025-12-24"))


def test_every_number_has_a_source_that_exists(known):
    ids = set(known.sources.id)
    assert ids.issuperset(known.observations.source)
    assert ids.issuperset(known.events.source)
    assert known.sources.id.is_unique
    addresses = known.sources[~known.sources.id.isin(["MEMORY", "GHPY_ANNUAL"])].url
    assert addresses.str.match(r"https?://").all()


def test_what_was_recalled_is_marked_and_nothing_else_is(known):
    for rows in (known.observations, known.events):
        recalled = rows[rows.status == "recalled"]
        assert (recalled.source == "MEMORY").all()
        assert not recalled.verified.any()
        assert (rows[rows.source == "MEMORY"].status == "recalled").all()
    assert (known.observations.status == "recalled").sum() == 8


def test_usable_rows_are_verified_and_neither_derived_nor_recalled(known):
    rows = known.select("homicides")
    assert not rows.status.isin(["derived", "recalled"]).any()
    assert rows.verified.all()
    everything = known.select("homicides", usable=False)
    assert 0 < len(everything) - len(rows) < len(everything)


def test_statuses_are_all_in_use_and_derived_rows_carry_a_reason(known):
    assert set(known.observations.status) == set(record.STATUSES)
    derived = known.observations[known.observations.status == "derived"]
    assert (derived.note.str.len() > 8).all()


def test_select_is_national_unless_a_place_is_named(known):
    assert set(known.select("homicides").place) == {"El Salvador"}
    departments = known.observations[
        (known.observations.source == "LPG_CA2011") & (known.observations.series == "homicides")
    ]
    assert len(departments) == 14
    assert departments.value.sum() == 4004
    assert known.select("homicides", place="Sonsonate (department)").iloc[0].value == 282


def test_select_sorts_and_cuts(known):
    rows = known.select("homicides", first="2015-01-01", last="2016-01-01")
    order = rows[["start", "end", "agency"]].apply(tuple, axis=1).tolist()
    assert order == sorted(order)
    assert rows.start.min() >= pd.Timestamp("2015-01-01")
    assert rows.end.max() <= pd.Timestamp("2016-01-01")
    assert rows.index.tolist() == list(range(len(rows)))


def test_a_stock_on_the_last_day_is_left_out(known):
    polls = "opinion.approval.approves_president_bukele"
    assert len(known.select(polls, last="2024-05-15")) == 2
    assert len(known.select(polls, last="2024-05-16")) == 3


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda r: r.select("homicide"), "Did you mean 'homicides'"),
        (lambda r: r.select("homicides", agency="PCN"), "Did you mean 'PNC'"),
        (lambda r: r.select("homicides", place="Sonsonate"), r"Did you mean 'Sonsonate \(dep"),
        (lambda r: record.load("el-salvado"), "Did you mean 'el-salvador'"),
        (lambda r: record.diff(r, "PNC", "PNC"), "Name two agencies"),
        (lambda r: record.diff(r, "PNC", "ILM"), "Did you mean 'IML'"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(known, ask, message):
    with pytest.raises(record.RecordError, match=message):
        ask(known)


def test_events_are_in_both_languages_and_in_a_lane(known):
    events = known.events
    assert (events.end > events.date).all()
    assert (events.description_es.str.len() > 10).all()
    assert (events.description != events.description_es).all()
    lanes = {record.lane(kind) for kind in events.type}
    assert lanes == {"government", "gangs", "prisons", "courts", "press", "elections"}
    truce = only(events[events.type == "truce_start"])
    assert truce.date == pd.Timestamp("2012-03-09")
    # "2013-11/2014-03" and "1998" are as wide as they are known.
    wide = events[(events.end - events.date).dt.days > 31]
    assert {(f"{d:%Y-%m}", f"{e:%Y-%m}") for d, e in zip(wide.date, wide.end, strict=True)} == {
        ("1994-01", "1996-01"),
        ("1998-01", "1999-01"),
        ("2004-01", "2005-01"),
        ("2005-01", "2006-01"),
        ("2013-11", "2014-04"),
        ("2014-01", "2016-01"),
    }


def test_polls_keep_their_question_and_sample(known):
    rows = known.observations[known.observations.series.str.startswith("opinion.")]
    assert len(rows) == 73
    assert rows.note.str.startswith("question: ").all()
    assert set(rows.unit) == {"%", "0-10"}
    for row in rows.itertuples():
        question = re.match(r"question: (.*?)(;|$)", row.note)[1]
        slug = re.sub(r"[^a-z0-9]+", "_", question.lower()).strip("_")
        assert row.series.endswith(f".{slug}")


def test_the_case_is_whole(known):
    case = known.case
    assert [gang.share for gang in case.gangs] == [0.65, 0.18, 0.17]
    assert [rule.date.isoformat() for rule in case.counting_rules] == ["2019-07-01", "2022-04-01"]
    terms = case.administrations
    assert all(a.end == b.start for a, b in itertools.pairwise(terms))
    dates = [election.date for election in case.elections]
    assert dates == sorted(dates)
    assert {e.date.year for e in case.elections if e.kind == "presidential"} == {
        1994,
        1999,
        2004,
        2009,
        2014,
        2019,
        2024,
    }


def test_the_embedded_case_passes_its_check_and_lists_its_contradictions():
    report = record.check("el-salvador")
    assert report.errors == ()
    warnings = " ".join(problem.what for problem in report.warnings)
    # July 2013, the year 2015, and March 2016: an agency against itself.
    for figure in (
        "has 253 (DIARIO1_201508) but also 185",
        "add to 6660",
        "has 626 (CONTRAP_201607)",
    ):
        assert figure in warnings


def test_diff_takes_the_best_status_of_each_agency(known):
    table = record.diff(known, "PNC", "IML")
    assert list(table.columns) == [
        "month",
        "agency_a",
        "agency_b",
        "value_a",
        "value_b",
        "ratio",
        "source_a",
        "source_b",
    ]
    assert len(table) == 13
    first = table.iloc[0]
    assert (first.value_a, first.value_b) == (135, 172)
    assert first.ratio == pytest.approx(135 / 172)
    # August 2015: the police printed 907 and then 908, the institute 911 and at last 918.
    august = only(table[table.month == "2015-08-01"])
    assert (august.value_a, august.value_b, august.source_b) == (908, 918, "IML_2015")
    assert len(record.diff(known, "PNC", "IML", usable=False)) == 19


def test_two_loads_are_alike_and_share_nothing():
    first, second = record.load("el-salvador"), record.load("el-salvador")
    assert first.digest == second.digest
    pd.testing.assert_frame_equal(first.observations, second.observations)
    first.observations.loc[0, "value"] = -1.0
    assert second.observations.loc[0, "value"] != -1.0
