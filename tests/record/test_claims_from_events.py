"""Claims from dated events on the real record: figures that can be checked by hand."""

import pandas as pd
import pytest

from tregua import assess, record
from tregua.assess.evidence import Evidence

EVIDENCE = Evidence(record.load("el-salvador"), {})


def judged(number: str) -> assess.Result:
    return assess.claim(number).check(EVIDENCE)


def months(first: str, last: str) -> float:
    return (pd.Timestamp(last) - pd.Timestamp(first)).days / 30.44


def test_waits_from_start_to_exposure() -> None:
    values = judged("14").values
    waits = [
        months("2012-03-09", "2012-03-14"),
        months("2013-11-01", "2016-05-01"),
        months("2019-06-01", "2020-09-03"),
    ]
    assert values["mean"] == pytest.approx(sum(waits) / 3)
    assert values["waits"] == "<1, 30, 15"


def test_prosecutions_came_after_the_change_of_government() -> None:
    values = judged("18").values
    waits = (months("2014-06-01", "2017-08-29"), months("2019-06-01", "2025-08-13"))
    assert values["waits"] == ", ".join(f"{wait:.0f}" for wait in waits)
    assert (values["governing"], values["governing_prosecuted"]) == (2, 0)


def test_share_let_go_and_deaths_in_custody() -> None:
    result = judged("39")
    assert result.estimate == pytest.approx(8400 / 90600)
    assert (result.values["fewest"], result.values["most"]) == (214, 470)
    # 470 deaths over 3.74 years of 100,000 prisoners or so: a little above 1 per 1,000 a year.
    assert 1.0 < float(result.values["rate_low"]) < 1.5


def test_talks_that_time_alone_would_bring() -> None:
    result = judged("40")
    assert result.values["before"] == 5
    assert result.values["after"] == 0
    assert result.high == pytest.approx(1 - 0.05 ** (1 / 5))
    assert assess.claim("40").qualifies


def test_complaints_around_the_ceasefire() -> None:
    # Police: 2,438 in 2014 and 2,121 or 2,241 (twice) in 2015; 1,588 and 1,628 in 2017 and 2018.
    assert judged("45").estimate == pytest.approx((1588 + 1628) / (2438 + 2241))


def test_change_of_approval_by_one_pollster() -> None:
    result = judged("36")
    assert result.estimate == pytest.approx(86.8 - 90.4)
    # Standard errors of 1.07 (n = 1,520) and 1.51 points (1,000 assumed), design effect 2.
    assert result.high - result.low == pytest.approx(
        2 * 1.645 * (1.068**2 + 1.514**2) ** 0.5, abs=0.02
    )
