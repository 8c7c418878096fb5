"""Comparisons of simulated worlds: replies, timelines, precision, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from tregua import decide, model
from tregua.model import Era, History, Script, Stance, Timeline

SCRIPT = Script((Era(pd.Timestamp("2003-01-01"), Stance.STATUS_QUO, 1.0),))
HISTORY = History(SCRIPT, model.el_salvador(), "2003-01")
WORLDS = model.prior_draws(160, seed=3)
ORIGIN = "2004-06"
PAIR = decide.named(["status_quo", "secret_pact"])
REPLIES = (decide.reply_named("answer_in_kind"), decide.reply_named("always_press"))


def until(batch: int, *precision: decide.Precision, worlds: model.Draws = WORLDS):
    return decide.compare_until(
        PAIR,
        worlds,
        HISTORY,
        origin=ORIGIN,
        seed=3,
        years=1,
        gangs=REPLIES,
        precision=precision,
        batch=batch,
        worlds_from="prior",
    )


@pytest.fixture(scope="module")
def whole() -> decide.Crossing:
    return decide.compare(
        PAIR, WORLDS, HISTORY, origin=ORIGIN, seed=3, years=1, gangs=REPLIES, worlds_from="prior"
    )


def test_each_reply_of_a_crossing_is_the_comparison_against_it_alone(whole) -> None:
    assert whole.replies == ("answer_in_kind", "always_press")
    for reply in REPLIES:
        alone = decide.compare(PAIR, WORLDS, HISTORY, origin=ORIGIN, seed=3, years=1, gangs=reply)
        for outcome, values in alone.cumulative.items():
            assert np.array_equal(values, whole.against(reply.name).cumulative[outcome])
    pressed, kind = (whole.against(name) for name in ("always_press", "answer_in_kind"))
    assert not np.array_equal(pressed.cumulative["killed"], kind.cumulative["killed"])
    for table in (whole.ledger(), whole.differences(), whole.best(), whole.best_for_most()):
        assert list(table["reply"].unique()) == ["answer_in_kind", "always_press"]


@pytest.mark.parametrize("batch", [50, 77, 160, 500])
def test_batches_change_no_bit(batch: int, whole) -> None:
    stopped = until(batch)
    assert (stopped.worlds, stopped.cap, stopped.reached) == (160, 160, True)
    for part in stopped.crossing.comparisons:
        alone = whole.against(part.reply)
        assert part.worlds_from == "prior"
        assert np.array_equal(part.months, alone.months)
        assert part.weights == pytest.approx(alone.weights)
        for name in alone.cumulative:
            assert np.array_equal(part.cumulative[name], alone.cumulative[name]), name
        for name in alone.monthly:
            assert np.array_equal(part.monthly[name], alone.monthly[name]), name


def test_a_run_stops_after_the_first_batch_that_is_precise_enough(whole) -> None:
    loose, strict = decide.Precision("killed", 1e6), decide.Precision("killed", 1e-6)
    first = until(60, loose)
    assert (first.worlds, first.reached, len(first.errors)) == (60, True, 2)
    used = first.crossing.against("always_press").cumulative["killed"]
    assert np.array_equal(used, whole.against("always_press").cumulative["killed"][:, :60])
    never = until(60, loose, strict)
    assert (never.worlds, never.reached) == (160, False)
    assert list(never.errors["worlds"].unique()) == [60, 120, 160]


def test_the_error_is_that_of_the_paired_difference_and_a_share_is_of_the_reference(whole) -> None:
    stopped = until(160, decide.Precision("killed", 0.02, relative=True))
    for row in stopped.errors.to_dict("records"):
        against = whole.against(row["reply"])
        paired = against.difference("secret_pact", "status_quo", 1, "killed")
        reference, _ = against.mean_of(against.total("killed", "status_quo", 1))
        assert row["error"] == pytest.approx(paired.mean_error)
        assert row["wanted"] == pytest.approx(0.02 * reference)
        assert row["share"] == pytest.approx(row["error"] / row["wanted"])


def test_weights_of_worlds_survive_the_batches() -> None:
    weights = np.linspace(0.5, 1.5, len(WORLDS))
    draws = model.Draws(WORLDS.values.copy(), WORLDS.names, weights, WORLDS.worlds.copy())
    joined = until(70, worlds=draws).crossing.comparisons[0]
    assert joined.weights == pytest.approx(weights / weights.sum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1%", [("killed", 0.01, True), ("detained", 0.01, True)]),
        ("200", [("killed", 200.0, False), ("detained", 200.0, False)]),
        ("hidden=2%, killed=5", [("hidden", 0.02, True), ("killed", 5.0, False)]),
    ],
)
def test_precision_in_short(text: str, expected: list[tuple[str, float, bool]]) -> None:
    found = decide.precisions(text, ["killed", "detained"])
    assert [(each.outcome, each.within, each.relative) for each in found] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("much", "A precision is 1% or 200"),
        ("", "Name every outcome once"),
        ("-1%", "above 0"),
        ("nan", "above 0"),
        ("killed=1%,killed=2%", "Name every outcome once"),
        ("kiled=1%", "Did you mean 'killed'"),
        ("killed=1%,5", "No outcome named '5'"),
    ],
)
def test_precision_that_makes_no_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decide.precisions(text)


def test_months_are_a_horizon_too() -> None:
    run = decide.compare(PAIR, WORLDS.select([0, 1]), HISTORY, origin=ORIGIN, seed=3, years=1.25)
    assert len(run.months) == 15
    assert run.horizons() == (1, 1.25)
    assert str(run.months[0])[:7] == ORIGIN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"origin": "2004-13"}, "month as YYYY-MM"),
        ({"origin": "2003-01"}, "worlds begin in 2003-01"),
        ({"years": 0}, "at least one"),
        ({"years": -1}, "at least one"),
        ({"years": 0.21}, "whole number of months"),
        ({"gangs": ()}, "Replies need names"),
        ({"gangs": (REPLIES[0], REPLIES[0])}, "answer_in_kind, answer_in_kind"),
        ({"worlds_from": "dreams"}, "prior, cloud, posterior"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(change: dict[str, object], said: str) -> None:
    asked = {"origin": ORIGIN, "seed": 3, "years": 1} | change
    with pytest.raises(ValueError, match=said):
        decide.compare(PAIR, WORLDS.select([0]), HISTORY, **asked)


@pytest.mark.parametrize(
    ("rows", "end", "said"),
    [
        (
            [("2005-01", "reform")],
            None,
            "says nothing of 2004-06; it must cover 2004-06 to 2005-05",
        ),
        ([("2004-01", "reform")], "2005-02", "says nothing of 2005-02"),
    ],
)
def test_a_timeline_must_cover_the_run(rows, end, said: str) -> None:
    plan = Timeline.of(rows, end=end, name="plan")
    with pytest.raises(ValueError, match=said):
        decide.compare((*PAIR, plan), WORLDS.select([0]), HISTORY, origin=ORIGIN, seed=3, years=1)


def test_a_timeline_of_one_stance_is_the_strategy_that_holds_it() -> None:
    plan = Timeline.of([("2004-01", "reform")], name="plan")
    run = decide.compare(
        (*decide.named(["reform"]), plan), WORLDS, HISTORY, origin=ORIGIN, seed=3, years=1
    )
    assert np.array_equal(run.cumulative["killed"][0], run.cumulative["killed"][1])


def test_too_small_a_batch_and_a_single_strategy_are_refused() -> None:
    with pytest.raises(ValueError, match="50 worlds at least"):
        until(49)
    with pytest.raises(ValueError, match="two strategies at least"):
        decide.compare_until(
            PAIR[:1],
            WORLDS,
            HISTORY,
            origin=ORIGIN,
            seed=3,
            precision=(decide.Precision("killed", 1.0),),
        )


def test_only_what_belongs_together_is_joined(whole) -> None:
    one, other = whole.comparisons
    with pytest.raises(ValueError, match="same strategies and months"):
        decide.Comparison.joined([one, other], np.ones(320))
    with pytest.raises(ValueError, match="One weight a world"):
        decide.Comparison.joined([one, one], np.ones(160))
    with pytest.raises(ValueError, match="nothing to join"):
        decide.Comparison.joined([], np.ones(0))


# -- Stopping bias ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_stopping_by_the_estimated_error_costs_little_coverage(shape: str) -> None:
    # The rule of `compare_until`, with batches of 100 and a cap far away, on 4,000 samples whose
    # true mean is 0. The standard error of a coverage of 0.95 is 0.0034, of the mean 0.0008.
    generator = np.random.Generator(np.random.Philox(key=5))
    drawn = (
        generator.standard_normal((4000, 1500))
        if shape == "normal"
        else (generator.gamma(1.0, 1.0, (4000, 1500)) - 1.0)
    )
    sizes = np.arange(100, 1501, 100)
    counts = sizes[None, :]
    means = np.cumsum(drawn, axis=1)[:, sizes - 1] / counts
    squares = np.cumsum(drawn**2, axis=1)[:, sizes - 1] / counts
    errors = np.sqrt((squares - means**2) / counts)
    stop = (errors <= 0.05).argmax(axis=1)  # about 400 are needed
    rows = np.arange(len(drawn))
    assert (errors[:, -1] <= 0.05).all()
    mean, error = means[rows, stop], errors[rows, stop]
    coverage = (np.abs(mean) <= 1.96 * error).mean()
    assert 0.93 < coverage < 0.965
    assert abs(mean.mean()) < (0.004 if shape == "normal" else 0.1 * 0.05)
