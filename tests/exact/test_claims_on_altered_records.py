"""Every claim on the record can go another way: the record is altered (synthetic) until it does."""

import math
from collections.abc import Callable

import pandas as pd
import pytest

from tregua import assess, record
from tregua.assess.evidence import Evidence

KNOWN = record.load("el-salvador")
Change = Callable[[pd.DataFrame], pd.DataFrame]


def verdict(number: str, observations: Change | None = None, events: Change | None = None) -> str:
    altered = record.Record(
        KNOWN.case,
        KNOWN.observations if observations is None else observations(KNOWN.observations.copy()),
        KNOWN.events if events is None else events(KNOWN.events.copy()),
        KNOWN.sources,
        KNOWN.digest,
    )
    return assess.claim(number).check(Evidence(altered, {})).verdict


def times(factor: float, series: str, *, first: str = "1900", last: str = "2100") -> Change:
    """Multiply the values of some series, over some dates."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows["series"].str.startswith(series) & rows["start"].between(first, last)
        assert chosen.any()
        rows.loc[chosen, "value"] *= factor
        return rows

    return change


def setting(value: float, series: str, *, first: str = "1900", last: str = "2100") -> Change:
    """Set the values of some series, over some dates."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows["series"].str.startswith(series) & rows["start"].between(first, last)
        assert chosen.any()
        rows.loc[chosen, "value"] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("number", "change", "expected"),
    [
        ("1", setting(80, "opinion.insecurity", first="2022"), "mixed"),
        ("1", setting(5, "opinion."), "contradicted"),
        ("1", setting(80, "opinion."), "supported"),
        ("15", setting(80, "opinion.truce"), "contradicted"),
        ("15", setting(50, "opinion.truce"), "mixed"),
        ("27", times(0.5, "homicide", first="2015", last="2015-12-31"), "contradicted"),
        ("29", times(1, "prison_population"), "mixed"),
        ("29", setting(26_000, "prison_population", first="2007", last="2012-12"), "supported"),
        ("29", setting(20_000, "prison_population"), "contradicted"),
        ("30", times(10, "exception_releases"), "supported"),
        ("30", times(0.1, "mano_dura_releases"), "contradicted"),
        ("31", setting(30, "homicides", first="2022-03-26", last="2022-03-26"), "contradicted"),
        ("34", times(0.3, "exception_detentions"), "contradicted"),
        ("41", setting(0, "gang_members.at_large"), "contradicted"),
        ("53", setting(-60, "disappearances.growth", first="2015"), "supported"),
        ("53", setting(-5, "disappearances.growth", last="2012-06"), "contradicted"),
        ("54", setting(300, "homicides", first="2022"), "contradicted"),
        ("55", times(10, "prison_capacity"), "contradicted"),
    ],
)
def test_another_record_gives_another_verdict(number: str, change: Change, expected: str) -> None:
    assert verdict(number, observations=change) == expected


def test_a_new_negotiation_would_support_that_the_dance_goes_on() -> None:
    def later(events: pd.DataFrame) -> pd.DataFrame:
        events.loc[events["type"] == "ceasefire", "date"] = pd.Timestamp("2024-05-01")
        return events

    assert verdict("43", events=later) == "supported"


def test_a_long_silence_would_contradict_that_the_dance_goes_on() -> None:
    def decades(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[rows.index[-1], "end"] = pd.Timestamp("2040-01-01")
        return rows

    assert verdict("43") == "not identified"
    assert verdict("43", observations=decades) == "contradicted"


def test_without_a_release_the_strict_claim_on_conditions_would_stand() -> None:
    assert verdict("5") == "mixed"
    assert verdict("5", events=lambda events: events[events["type"] != "release"]) == "supported"


def test_a_long_silence_has_a_small_chance_after_short_gaps() -> None:
    known = assess.claim("43").check(Evidence(KNOWN, {})).values
    # One gap g and a silence s: exponential waits of unknown mean give g / (g + s).
    starts = KNOWN.events["type"].isin(["negotiation", "truce_start", "ceasefire"])
    two = pd.concat([KNOWN.events[~starts], KNOWN.events[starts].sort_values("date").iloc[:2]])
    thin = record.Record(KNOWN.case, KNOWN.observations, two, KNOWN.sources, KNOWN.digest)
    values = assess.claim("43").check(Evidence(thin, {})).values
    gap, silence = values["reference"], values["estimate"]
    assert values["chance"] == pytest.approx(gap / (gap + silence))
    assert 0 < known["chance"] < 1


def test_limits_of_counts_and_shares_are_what_their_words_say() -> None:
    def result(number: str) -> assess.Result:
        return assess.claim(number).check(Evidence(KNOWN, {}))

    one = result("5")  # a Poisson count of 1: exp(-low) = 0.95
    assert one.low == pytest.approx(-math.log(0.95))
    steps = result("38")
    assert steps.low < steps.estimate < steps.high
    apart = result("30")  # the extremes over dates with a total of releases
    assert apart.interval == "range" and apart.values["dates"] == 6
    assert apart.low < apart.estimate < apart.high
    passed = result("34")  # between the last total below and the first above
    assert passed.interval == "range" and passed.low < passed.high == passed.estimate
    assert result("35").interval == "none"
