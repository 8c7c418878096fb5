"""Claims on few dated events: the kit is exact, and altered records turn each verdict."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tregua import assess, record
from tregua.assess import coded
from tregua.assess.evidence import Evidence
from tregua.assess.rates import Period

KNOWN = record.load("el-salvador")
Change = Callable[[pd.DataFrame], pd.DataFrame]


def altered(observations: Change | None = None, events: Change | None = None) -> record.Record:
    return record.Record(
        KNOWN.case,
        KNOWN.observations if observations is None else observations(KNOWN.observations.copy()),
        KNOWN.events if events is None else events(KNOWN.events.copy()),
        KNOWN.sources,
        KNOWN.digest,
    )


def judged(
    number: str,
    *,
    observations: Change | None = None,
    events: Change | None = None,
    tiles: pd.DataFrame | None = None,
) -> assess.Result:
    tables = {} if tiles is None else {"tiles": tiles}
    return assess.claim(number).check(Evidence(altered(observations, events), tables))


# The kit.


def test_limits_of_a_share_leave_one_tail_each() -> None:
    # Two of two: the low limit p solves p^2 = 0.05; none of three: the high one (1 - p)^3 = 0.05.
    assert coded.share(2, 2).low == pytest.approx(0.05**0.5)
    assert coded.share(0, 3).high == pytest.approx(1 - 0.05 ** (1 / 3))
    with pytest.raises(ValueError, match="3 of 2"):
        coded.share(3, 2)


def test_limits_of_a_rate_and_of_a_mean_wait() -> None:
    # No event over exposure 1: exp(-high) = 0.05. One exponential wait of 1: its mean lies below
    # 1 / -log(0.95) with 95 %, above 1 / -log(0.05).
    assert coded.rate_limits(0, 1.0) == pytest.approx((0.0, -np.log(0.05)))
    assert coded.mean_wait([1.0]) == pytest.approx((1.0, -1 / np.log(0.05), -1 / np.log(0.95)))


def dates(*days: str) -> pd.DataFrame:
    return pd.DataFrame({"date": pd.to_datetime(list(days))})


def test_limits_from_placebos_divide_by_what_happens_when_nothing_does() -> None:
    quiet = [0.8, 1.25] * 20
    assert coded.placebo_limits(0.5, quiet) == pytest.approx((0.5 / 1.25, 0.5 / 0.8))
    assert np.isnan(coded.placebo_limits(0.5, quiet[:9])).all()  # too few to say


def test_an_answer_on_the_day_and_on_the_last_day_count() -> None:
    asked = dates("2020-01-01")["date"]
    assert coded.followed(asked, dates("2020-01-01"), days=0).count == 1
    assert coded.followed(asked, dates("2020-01-08"), days=7).count == 1
    assert coded.followed(asked, dates("2020-01-09", "2019-12-31"), days=7).count == 0


def test_chance_of_one_answer_is_the_share_of_days_that_answer() -> None:
    # One question, one answer, ten days of waiting in a period of 100: 11 of 100 shifts answer it.
    asked = dates("2020-02-01")["date"]
    span = Period("2020-01-01", "2020-04-10")
    answer = dates("2020-02-03")
    assert coded.chance_of_as_many(asked, answer, days=10, between=span) == pytest.approx(0.11)
    # Nothing answered is no feat: every shift does as well.
    assert coded.chance_of_as_many(asked, dates("2020-03-20"), days=10, between=span) == 1.0


def test_share_after_is_compared_with_the_share_of_time() -> None:
    found, of_time = coded.share_after(
        dates("2020-01-05", "2020-02-05", "2020-02-06"),
        Period("2020-01-01", "2020-02-01"),
        Period("2020-02-01", "2020-03-03"),
    )
    assert found is not None
    assert (found.count, found.cases, of_time) == (2, 3, 0.5)
    nothing = coded.share_after(
        dates(), Period("2020-01-01", "2020-02-01"), Period("2020-02-01", "2020-03-01")
    )
    assert nothing[0] is None


def test_coded_negotiations_are_events_of_the_record() -> None:
    starts = {f"{date:%Y-%m-%d}" for date in KNOWN.events["date"]}
    for one in coded.NEGOTIATIONS:
        assert {one.start, *one.exposed, *one.acknowledged, *one.prosecuted} <= starts
    found = coded.known_negotiations(Evidence(KNOWN, {}))
    assert [one.start for one in found] == [one.start for one in coded.NEGOTIATIONS]
    assert all(one.opened < other.opened for one, other in pairwise(found))
    # A prosecution that is recalled only is left out.
    assert "2016-05-03" not in found[0].prosecuted


# Events altered.


def without(*types: str, first: str = "1900", last: str = "2100") -> Change:
    """Drop some events."""

    def change(events: pd.DataFrame) -> pd.DataFrame:
        chosen = events["type"].isin(types) & events["date"].between(first, last)
        assert chosen.any()
        return events[~chosen]

    return change


def adding(type_: str, *days: str, actors: str = "") -> Change:
    """Add events that did not happen."""

    def change(events: pd.DataFrame) -> pd.DataFrame:
        one = events[events["verified"]].iloc[[0]]
        new = [
            one.assign(
                type=type_,
                date=pd.Timestamp(day),
                end=pd.Timestamp(day) + pd.Timedelta(days=1),
                actors=actors,
            )
            for day in days
        ]
        return pd.concat([events, *new], ignore_index=True)

    return change


def both(*changes: Change) -> Change:
    def change(events: pd.DataFrame) -> pd.DataFrame:
        for one in changes:
            events = one(events)
        return events

    return change


CEREN_TALKS = adding("negotiation", "2015-06-01", actors="Sánchez Cerén government;MS-13")
NO_TALKS = without("negotiation", "transfer_of_leaders", "acknowledgement")
MANY_AFTER = adding("crackdown", *(f"2014-{m:02d}-15" for m in range(6, 13)))
MANY_BEFORE = adding("crackdown", *(f"2013-{m:02d}-15" for m in range(6, 13)))
SOME_EACH_YEAR = adding("crackdown", *(f"{y}-03-01" for y in (2012, 2013, 2015, 2016)))
BOTH_GIVEN_AND_WITHDRAWN = both(
    adding("transfer_of_leaders", "2012-03-08", "2013-11-05", "2014-01-05", "2019-06-05"),
    adding("prison_transfer", "2014-04-20", "2022-03-01"),
)
BREACHED = adding("refusal", "2014-05-20", "2022-03-20")
BREACHES = (
    "truce_erosion",
    "prison_transfer",
    "refusal",
    "sanction",
    "prosecution_of_negotiators",
    "extradition",
)
SANCTIONED = both(
    without("sanction"),
    adding("sanction", "2012-03-16", "2016-05-03", "2020-09-05"),
)


@pytest.mark.parametrize(
    ("number", "change", "expected"),
    [
        ("3", None, "mixed"),
        ("3", CEREN_TALKS, "supported"),
        ("3", NO_TALKS, "contradicted"),
        ("9", None, "not identified"),
        ("9", without("transfer_of_leaders"), "contradicted"),
        (
            "9",
            adding("transfer_of_leaders", "2013-11-05", "2014-01-05", "2019-06-05"),
            "not identified",
        ),
        ("9", BOTH_GIVEN_AND_WITHDRAWN, "supported"),
        ("12", None, "mixed"),
        ("12", without("acknowledgement"), "supported"),
        ("14", None, "supported"),
        ("14", without("exposure_by_press", first="2012", last="2012-12-31"), "mixed"),
        ("14", without("exposure_by_press", first="2012", last="2021-12-31"), "contradicted"),
        ("17", None, "not identified"),
        ("17", SANCTIONED, "supported"),
        ("17", both(without("sanction"), adding("sanction", "2015-08-01")), "contradicted"),
        ("18", None, "supported"),
        ("18", without("prosecution_of_negotiators", first="2025"), "mixed"),
        ("18", without("prosecution_of_negotiators"), "contradicted"),
        ("20", None, "not identified"),
        ("20", both(without(*BREACHES), BREACHED), "supported"),
        ("20", both(without(*BREACHES), adding("refusal", "2018-01-01")), "contradicted"),
        ("28", None, "not identified"),
        ("28", MANY_AFTER, "supported"),
        ("28", both(without("crackdown", "prison_transfer"), MANY_BEFORE), "contradicted"),
        ("28", SOME_EACH_YEAR, "not identified"),
        ("33", None, "mixed"),
        ("33", adding("crackdown", "2021-11-12"), "supported"),
        ("33", without("crackdown", "state_of_exception", first="2020"), "contradicted"),
        ("38", None, "supported"),
        ("38", adding("court_ruling", "2021-04-01"), "mixed"),
        ("38", without("institutional", "state_of_exception"), "contradicted"),
        ("40", None, "not identified"),
        ("40", adding("negotiation", "2024-01-01"), "supported"),
        ("40", without("state_of_exception", first="2023"), "contradicted"),
        (
            "40",
            adding("negotiation", *(f"{year}-08-01" for year in range(2013, 2022))),
            "contradicted",
        ),
    ],
)
def test_other_events_give_another_verdict(
    number: str, change: Change | None, expected: str
) -> None:
    assert judged(number, events=change).verdict == expected


def test_open_talks_contradict_that_none_was_transparent() -> None:
    def at_once(events: pd.DataFrame) -> pd.DataFrame:
        events.loc[events["type"] == "acknowledgement", "date"] = pd.Timestamp("2012-03-10")
        return events

    known = coded.NEGOTIATIONS[0]
    opened = record.Record(
        KNOWN.case, KNOWN.observations, at_once(KNOWN.events.copy()), KNOWN.sources, KNOWN.digest
    )
    assert known.acknowledged == ("2012-09-01",)
    # The coding names the day: an acknowledgement of another day is nobody's until it is coded.
    assert assess.claim("12").check(Evidence(opened, {})).verdict == "supported"


def arrests(total: Callable[[float], float]) -> Change:
    """Totals of arrests that follow a curve over the years since the exception began."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows["series"] == "exception_detentions"
        years = (rows.loc[chosen, "end"] - pd.Timestamp("2022-03-27")).dt.days / 365
        rows.loc[chosen, "value"] = [total(year) for year in years]
        return rows

    return change


SANCTIONS = adding("sanction", "2023-06-01", "2024-06-01", "2024-10-01")


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (lambda year: 10_000 * year, "supported"),
        (
            lambda year: 10_000 * min(year, 1.1),
            "not identified",
        ),  # then there is no pace to compare
        (lambda year: 10_000 * min(year, 2.5) + 100 * max(year - 2.5, 0), "mixed"),
        (lambda year: 90_000 - 80_000 * 0.0001 ** (year / 3), "contradicted"),
    ],
)
def test_sanctions_may_show_that_arrests_go_on_or_slow(
    total: Callable[[float], float], expected: str
) -> None:
    result = judged("37", events=SANCTIONS, observations=arrests(total))
    assert result.verdict == expected


def test_one_sanction_shows_nothing_and_its_limits_say_how_much_arrests_vary() -> None:
    result = judged("37")
    assert (result.verdict, result.values["cases"], result.interval) == (
        "not identified",
        1,
        "90 %",
    )
    assert result.low < 1 < result.estimate < result.high


# Observations altered.


def times(factor: float, series: str, *, first: str = "1900", last: str = "2100") -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows["series"].str.startswith(series) & rows["start"].between(first, last)
        assert chosen.any()
        rows.loc[chosen, "value"] *= factor
        return rows

    return change


def setting(value: float, series: str, *, first: str = "1900", last: str = "2100") -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows["series"].str.startswith(series) & rows["start"].between(first, last)
        assert chosen.any()
        rows.loc[chosen, "value"] = value
        return rows

    return change


def ordinary_mortality(value: float) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        one = rows[(rows["series"] == "prison_population") & rows["verified"]].iloc[[0]]
        day = pd.Timestamp("2021-01-01")
        return pd.concat(
            [rows, one.assign(series="prison_mortality", value=value, start=day, end=day)],
            ignore_index=True,
        )

    return change


EXCEPTION_POLLS = "opinion.state_of_exception."
STABLE = setting(2000, "extortion_complaints")
RISES = both(
    setting(99, "opinion.approval.approves_president_bukele", first="2022"),
    setting(9, "opinion.grade.grade_of_president_sanchez_ceren", first="2016"),
)
UNPOPULAR = setting(30, EXCEPTION_POLLS)


@pytest.mark.parametrize(
    ("number", "change", "expected"),
    [
        ("11", None, "supported"),
        ("11", setting(0, "gang_homicides", first="2012", last="2013-12-31"), "contradicted"),
        ("11", setting(0, "gang_homicides", first="2012", last="2012-12-31"), "mixed"),
        ("24", None, "mixed"),
        ("24", times(20, "gang_members.other.jailed"), "contradicted"),
        ("35", None, "supported"),
        ("35", times(0.1, "prison_population", first="2023-02", last="2023-03-31"), "contradicted"),
        ("35", times(0.4, "prison_population", first="2023-02", last="2023-03-31"), "mixed"),
        ("36", None, "mixed"),
        ("36", RISES, "supported"),
        ("36", UNPOPULAR, "contradicted"),
        ("39", None, "mixed"),
        ("39", ordinary_mortality(0.1), "supported"),
        ("39", ordinary_mortality(9.0), "mixed"),
        ("39", times(0.1, "exception_releases"), "not identified"),
        ("39", both(ordinary_mortality(9.0), times(0.1, "exception_releases")), "contradicted"),
        ("45", None, "not identified"),
        ("45", STABLE, "supported"),
        (
            "45",
            both(STABLE, times(0.6, "extortion_complaints", first="2016"),
                 times(0.6, "extortion_complaints", first="2019")),
            "contradicted",
        ),
        ("59", None, "mixed"),
        ("59", setting(80, f"{EXCEPTION_POLLS}agrees_with_arrest"), "supported"),
        ("59", setting(50, f"{EXCEPTION_POLLS}agrees_with_arrest"), "mixed"),
        ("59", UNPOPULAR, "contradicted"),
    ],
)  # fmt: skip
def test_other_figures_give_another_verdict(
    number: str, change: Change | None, expected: str
) -> None:
    assert judged(number, observations=change).verdict == expected


def test_armed_transport_firms_on_record_would_support_the_list_of_actors() -> None:
    named = adding("other", "2010-01-01", actors="transportistas")
    assert judged("24", events=named).verdict == "supported"


# Killings by month, made by hand.


def monthly(
    levels: dict[str, float], *, first: str = "2008-01", last: str = "2022-01"
) -> pd.DataFrame:
    """Counts at levels a day from dates on, with a ripple of 5 %."""
    edges = pd.date_range(first, last, freq="MS")
    start, end = edges[:-1], edges[1:]
    daily = np.zeros(len(start))
    for date, level in levels.items():
        daily[start >= pd.Timestamp(date)] = level
    ripple = 1 + 0.05 * np.where(np.arange(len(start)) % 4 < 2, 1, -1)
    days = (end - start).days.to_numpy()
    return pd.DataFrame({"start": start, "end": end, "value": daily * ripple * days})


def spikes(*, at: tuple[str, ...]) -> pd.DataFrame:
    """A level that halves or doubles at some months."""
    level, levels = 10.0, {"2008-01": 10.0}
    for k, month in enumerate(at):
        level = level / 2 if k % 2 == 0 else level * 2
        levels[month] = level
    return monthly(levels)


IN_PRISONS = ("2012-03", "2015-02", "2016-03", "2020-04")
STREET = ("crackdown", "crackdown_law", "massacre", "ceasefire", "state_of_exception",
          "gang_pressure")  # fmt: skip


@pytest.mark.parametrize(
    ("at", "change", "expected"),
    [
        ((), None, "contradicted"),
        (IN_PRISONS, None, "mixed"),
        (IN_PRISONS, without(*STREET), "supported"),
        (("2016-03", "2020-04"), None, "not identified"),
    ],
)
def test_command_from_prison(at: tuple[str, ...], change: Change | None, expected: str) -> None:
    tiles = spikes(at=at) if at else monthly({"2008-01": 10.0})
    assert judged("6", tiles=tiles, events=change).verdict == expected


HARD = ("crackdown", "crackdown_law", "prison_transfer", "ceasefire", "court_ruling")


def test_slow_loss() -> None:
    falls_at_once = monthly({"2008-01": 10.0, "2015-03": 5.0})
    rises = monthly({"2008-01": 10.0, "2015-03": 20.0, "2016-06": 5.0})
    assert judged("7", tiles=falls_at_once).verdict == "contradicted"
    assert judged("7", tiles=rises).verdict == "not identified"
    alone = without(*HARD, first="2015-03-01", last="2016-12-31")
    result = judged("7", tiles=rises, events=alone)
    assert result.verdict == "supported"
    assert result.values["back"] == "16"


@pytest.mark.parametrize(
    ("after", "change", "expected"),
    [
        (10.0, None, "supported"),
        (5.0, None, "not identified"),
        (5.0, without("crackdown_law", first="2010", last="2010-12-31"), "contradicted"),
    ],
)
def test_soldiers(after: float, change: Change | None, expected: str) -> None:
    tiles = monthly({"2008-01": 10.0, "2009-11": after})
    result = judged("58", tiles=tiles, events=change)
    assert result.verdict == expected
    assert result.estimate == pytest.approx(after / 10.0, rel=0.05)
    assert result.values["flat"] == pytest.approx(after / 10.0, rel=0.02)


def test_counts_that_are_missing_are_said() -> None:
    for number in ("6", "7", "58"):
        with pytest.raises(assess.NotTestable):
            judged(number, tiles=monthly({"2008-01": 10.0}, first="2008-01", last="2009-03"))
