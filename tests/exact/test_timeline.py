"""Do timelines say what holds when, and refuse what cannot be?"""

import numpy as np
import pandas as pd
import pytest

from tregua import model
from tregua.model import Phase, Stance, Timeline

PLAN = Timeline.of(
    [
        ("2012-03", "secret_pact"),
        ("2014-06", Stance.MANO_DURA, 3.5, "the wars"),
        {"start": "2016-04-01", "end": "2018-01", "stance": "state of exception"[9:]},
    ],
    name="plan",
)


def test_each_block_lasts_until_the_next():
    months = np.arange("2012-01", "2018-04", dtype="datetime64[M]")
    expected = np.select(
        [
            months < np.datetime64("2012-03"),
            months < np.datetime64("2014-06"),
            months < np.datetime64("2016-04"),
            months < np.datetime64("2018-01"),
        ],
        [-1, Stance.SECRET_PACT, Stance.MANO_DURA, Stance.EXCEPTION],
        -1,
    )
    found = PLAN.stance_at(months)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(
        PLAN.enforcement_at(months), np.where(expected == Stance.MANO_DURA, 3.5, -1.0)
    )


def test_months_may_be_texts_days_and_of_any_shape():
    assert PLAN.stance_at("2012-03") == Stance.SECRET_PACT
    assert PLAN.stance_at(pd.Timestamp("2014-06-01")) == Stance.MANO_DURA
    assert PLAN.stance_at([["2012-02"], ["2014-05"]]).tolist() == [[-1], [Stance.SECRET_PACT]]


def test_the_last_block_is_open_unless_an_end_is_given():
    rows = [("2020-01", "reform")]
    assert Timeline.of(rows).stance_at("2150-01") == Stance.REFORM
    ended = Timeline.of(rows, end="2021-01")
    assert ended.stance_at(["2020-12", "2021-01"]).tolist() == [Stance.REFORM, -1]


def test_rows_and_blocks_may_come_in_any_order():
    rows = [("2014-06", "mano-dura"), ("2012-03", "Secret Pact")]
    assert Timeline.of(rows) == Timeline.of(rows[::-1])
    phases = Timeline.of(rows).phases
    assert Timeline(phases[::-1]).phases == phases
    assert phases[0] == Phase(
        np.datetime64("2012-03"), Stance.SECRET_PACT, np.datetime64("2014-06")
    )
    assert PLAN.phases[1].label == "the wars"


@pytest.mark.parametrize(
    ("rows", "options", "told"),
    [
        ([], {}, "at least one phase is needed"),
        ([("2012-13", "reform")], {}, "row 1: start must be a month that exists"),
        ([("2012-02-30", "reform")], {}, "not '2012-02-30'"),
        ([("2012-03-15", "reform")], {}, "not '2012-03-15'"),
        ([("March 2012", "reform")], {}, "not 'March 2012'"),
        ([(None, "reform")], {}, "not None"),
        ([("1822-01", "reform")], {}, "start 1822-01 is not between 1900-01 and 2200-01"),
        ([("2012-01", "refrom")], {}, "no stance 'refrom' (did you mean 'reform'?)"),
        ([("2012-01", 7)], {}, "no stance 7; known: status_quo"),
        ([("2012-01", True)], {}, "no stance True"),
        ([("2012-01", "reform", "much")], {}, "enforcement must be a number from 0 to 50"),
        ([("2012-01", "reform", 51)], {}, "enforcement 51.0 is not between 0 and 50"),
        ([("2012-01", "reform", float("nan"))], {}, "enforcement nan is not between"),
        ([("2012-01",)], {}, "row 1 must be (start, stance)"),
        (["2012-01"], {}, "row 1 must be (start, stance)"),
        ([{"start": "2012-01"}], {}, "row 1 has no stance"),
        ([{"start": "2012-01", "stance": 0, "until": 3}], {}, "unknown field 'until'"),
        ([("2012-01", "reform"), ("2012-01", "both")], {}, "ends in 2012-01, which is not after"),
        ([("2012-01", "reform")], {"end": "2011-01"}, "ends in 2011-01, which is not after"),
        ([("2012-01", "reform")], {"end": "soon"}, "the end must be a month"),
        (
            [{"start": "2012-01", "end": "2013-01", "stance": 0}, ("2012-06", "both")],
            {},
            "the phases of 2012-01 and 2012-06 overlap",
        ),
        (
            [{"start": "2012-01", "end": "2012-03", "stance": 0}, ("2012-06", "both")],
            {},
            "nothing is said from 2012-03 to 2012-06",
        ),
    ],
)
def test_what_cannot_be_is_refused(rows, options, told):
    with pytest.raises(ValueError, match="Timeline 'timeline': ") as refused:
        Timeline.of(rows, **options)
    assert told in str(refused.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(ValueError, match="Timeline") as refused:
        Timeline.of(
            [("2012-13", "reform"), ("2012-05", "peace"), ("2013-01", "both", -2)], name="draft"
        )
    message = str(refused.value)
    assert message.startswith("Timeline 'draft': ")
    for told in ("'2012-13'", "'peace'", "enforcement -2.0"):
        assert told in message


def test_an_open_block_may_not_be_followed():
    first = Phase(np.datetime64("2012-01"), Stance.REFORM)
    later = Phase(np.datetime64("2013-01"), Stance.REFORM)
    with pytest.raises(ValueError, match="has no end, yet another begins later"):
        Timeline((first, later))
    with pytest.raises(ValueError, match="two phases begin in 2012-01"):
        Timeline((first, first))


def test_a_profile_takes_a_timeline_and_names_it():
    profile = model.Profile(PLAN)
    assert profile.name == "plan / answer_in_kind"
    assert profile.mixing == ()
    assert isinstance(profile.called, model.GovernmentStrategy)
    with pytest.raises(ValueError, match=r"or a model\.Timeline, not 'reform'"):
        model.Profile("reform")
    with pytest.raises(ValueError, match=r"gangs must be a strategy made with @model\.gangs"):
        model.Profile(PLAN, PLAN)
