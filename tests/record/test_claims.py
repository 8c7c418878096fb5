"""Claims on the real record: figures that can be checked by hand against their sources."""

import pytest

from tregua import assess, infer, record
from tregua.assess.evidence import Evidence

KNOWN = record.load("el-salvador")
EVIDENCE = Evidence(KNOWN, {"tiles": infer.tables.plain(infer.tiles(KNOWN))})


def judged(number: str) -> assess.Result:
    return assess.claim(number).check(EVIDENCE)


def test_release_after_arrest() -> None:
    result = judged("30")
    assert result.verdict == "mixed"
    assert result.estimate == pytest.approx(17540 / 19275 - 8400 / 90600)
    assert {"EDH_200509", "YSKL_202512", "EDH_202302"} <= set(result.sources)
    # The first total of releases: 3,745 of the 64,111 arrested by the same day.
    assert result.high == pytest.approx(17540 / 19275 - 3745 / 64111)


def test_truce_ratio_agrees_with_the_published_one() -> None:
    # Katz et al. print 0.55 (0.49 to 0.63) for 22 months, 0.61 with controls: another method on
    # the same deaths. Both of our readings must lie within their interval.
    result = judged("25")
    assert 0.49 <= result.estimate <= 0.63
    assert 0.49 <= result.values["flat"] <= 0.63
    assert result.low < result.estimate < result.high < 1
    # Some choices that use the first years of the data leave it open: mixed, not supported.
    assert result.verdict == "mixed"
    assert 0.85 < result.values["agreeing"] < 1
    assert result.values["above"] == 0


def test_the_year_2015_lies_above_or_below_by_what_would_have_gone_on() -> None:
    result = judged("26")
    assert result.verdict == "not identified"
    assert result.values["above"] > 0 and result.values["below"] > 0
    assert result.values["flat_low"] > 1  # two flat rates alone would have called it a rise


def test_totals_of_months_leave_most_choices_on_soldiers_open() -> None:
    result = judged("58")
    assert 0 < result.values["answered"] < result.values["combinations"] == 144
    assert result.verdict == "not identified"


def test_undercount() -> None:
    result = judged("54")
    assert result.low == pytest.approx(569 / 496 - 1)
    assert result.high == pytest.approx(214 / 154 - 1)


def test_deadliest_day_and_year() -> None:
    assert judged("31").estimate == 62
    assert judged("27").low == pytest.approx(105.442)
    assert judged("27").high == pytest.approx(115.8)


def test_belief_in_a_denied_deal() -> None:
    result = judged("15")
    assert result.estimate == 0.45
    # Half of 1,200 answers: a standard error of 0.0203, so 90 % reach 0.033 either way.
    assert result.high - result.low == pytest.approx(2 * 1.645 * 0.0203, abs=0.001)


def test_growth_of_prisons() -> None:
    result = judged("29")
    assert result.values["growth_2022_2023"] == pytest.approx(
        (105100 / 40000) ** (365.25 / 549) - 1
    )
    assert result.verdict == "mixed"


def test_fifty_thousand_arrests() -> None:
    assert judged("34").estimate == pytest.approx(142 / 30.44)


def test_every_source_named_exists() -> None:
    known = set(KNOWN.sources["id"])
    for number in ("1", "5", "15", "25", "26", "27", "29", "30", "31", "34", "41", "43", "53"):
        sources = judged(number).sources
        assert sources and set(sources) <= known
