"""What may be printed of a difference, against cases worked by hand and enumerated luck."""

import re

import numpy as np
import pytest
from scipy import stats

from tregua import decide
from tregua.decide import phrases
from tregua.decide.comparison import LEDGER, Comparison
from tregua.decide.phrases import span_named


def worlds(gaps, *, base=5000.0, weights=None, worlds_from="cloud", reply="answer_in_kind"):
    """Status quo and reform over a year; their difference is given, world by world."""
    gaps = np.asarray(gaps, dtype=float)
    ramp = np.linspace(1 / 12, 1, 12)
    first = np.tile(base * ramp, (len(gaps), 1))
    second = first + gaps[:, None] * ramp
    stacked = np.stack([first, second])
    months = np.arange("2019-06", "2020-06", dtype="datetime64[M]").astype("datetime64[ns]")
    w = np.ones(len(gaps)) if weights is None else np.asarray(weights, dtype=float)
    return Comparison(
        "2019-06",
        ("status_quo", "reform"),
        dict.fromkeys(("killed", *LEDGER), stacked),
        {},
        months,
        w / w.sum(),
        reply,
        worlds_from,
    )


def told(gaps, **options):
    return decide.printable(worlds(gaps, **options), "reform", "status_quo", "killed", 1)


def share(lower, n=1000, size=100.0):
    """Fewer by `size` in so many worlds of n, more by as much in the others."""
    return np.where(np.arange(n) < lower, -size, size)


def test_eight_of_ten_in_both_languages() -> None:
    one = told(share(800))
    assert (one.tells, one.direction, one.tenths, one.give_or_take) == (True, "fewer", 8, 1)
    assert one.en == (
        "In 8 of 10 plausible worlds, plus or minus 1, fewer people are killed in the year from "
        "June 2019 with reform than with the status quo, if gangs answer in kind. In the middle "
        "world 100 fewer; in nine of ten, between 100 fewer and 100 more. These are worlds of a "
        "model, not forecasts."
    )
    assert one.es == (
        "En 8 de cada 10 mundos plausibles, más o menos 1, menos personas mueren asesinadas en el "
        "año que empieza en junio de 2019 con reforma que con la política de siempre, si las "
        "pandillas responden de igual manera. En el mundo del medio, 100 menos; en nueve de cada "
        "diez, entre 100 menos y 100 más. Son mundos de un modelo, no pronósticos."
    )


def test_the_other_way_round_says_more() -> None:
    one = told(share(200))
    assert (one.direction, one.tenths) == ("more", 8)
    assert "more people are killed" in one.en
    assert "más personas mueren asesinadas" in one.es


@pytest.mark.parametrize(
    ("lower", "n", "reason"),
    [
        (500, 1000, "split"),  # even, and 1,000 worlds know it
        (640, 100_000, "split"),  # 6 of 10 and its hedge reach 5, however many worlds
        (30, 50, "error"),  # 6 of 10 in 50 worlds may be 4 or 8
        (35, 50, "error"),
        (7, 10, "error"),
    ],
)
def test_the_worlds_do_not_tell_where_the_error_swallows_the_difference(lower, n, reason) -> None:
    lower = round(lower * n / 1000) if n == 100_000 else lower
    one = told(share(0.64 * n if n == 100_000 else lower, n))
    assert (one.tells, one.reason) == (False, reason)
    assert one.en.startswith("The worlds do not tell whether fewer people are killed")
    assert one.es.startswith("Los mundos no dicen si menos personas")
    assert ("More worlds might tell." in one.en) == (reason == "error")


def test_what_is_printed_holds_the_interval_of_wilson() -> None:
    for n in (50, 100, 500, 5000):
        for lower in range(0, n + 1, max(1, n // 100)):
            one = told(share(lower, n))
            p = max(lower, n - lower) / n
            low, high = decide.wilson_interval(p, n)
            assert one.tenths - one.give_or_take <= 10 * low + 1e-9
            assert one.tenths + one.give_or_take >= 10 * high - 1e-9
            assert one.tells == (one.tenths - one.give_or_take > 5)


def test_wilson_is_that_of_scipy() -> None:
    for k, n in ((0, 10), (3, 10), (50, 50), (812, 1000)):
        known = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
        assert decide.wilson_interval(k / n, n) == pytest.approx((known.low, known.high), abs=1e-12)


@pytest.mark.parametrize("n", [50, 100, 500])
def test_even_worlds_are_told_apart_in_fewer_than_one_run_of_a_thousand(n) -> None:
    chances = stats.binom.pmf(np.arange(n + 1), n, 0.5)
    alarm = sum(chance for k, chance in enumerate(chances) if told(share(k, n)).tells)
    assert 0 < alarm < 1e-3


def test_all_worlds_are_at_least_nine_of_ten_and_never_ten() -> None:
    one = told(share(1000))
    assert one.en.startswith("In at least 9 of 10 plausible worlds, fewer")
    assert one.es.startswith("En al menos 9 de cada 10 mundos plausibles, menos")
    few = told(share(50, 50))
    assert few.en.startswith("In at least 9 of 10")
    assert told(share(12, 12)).en.startswith("In at least 7 of 10")


def test_no_difference_and_nothing_to_differ_are_not_the_same() -> None:
    same = told(np.zeros(100))
    assert (same.tells, same.reason, same.direction) == (False, "same", "")
    assert same.en.startswith("All plausible worlds give the same with reform")
    none = told(np.zeros(100), base=0.0)
    assert (none.tells, none.reason) == (False, "none")
    assert "the model counts none with reform and none with the status quo" in none.en


def test_a_mean_that_points_the_other_way_is_said() -> None:
    gaps = np.where(np.arange(1000) < 800, -100.0, 3000.0)
    assert "On average over all worlds it is 520 more, however" in told(gaps).en
    assert "en el promedio de todos los mundos son 520 más" in told(gaps).es
    assert "On average" not in told(share(800)).en


def test_sizes_come_in_two_figures_and_one_direction_once() -> None:
    gaps = -np.linspace(1000, 3000, 1001)
    text = told(gaps).en
    assert "In the middle world 2,000 fewer; in nine of ten, between 1,100 and 2,900 fewer." in text
    wide = np.concatenate([-np.linspace(500, 4000, 800), np.linspace(10, 900, 200)])
    assert "between 3,800 fewer and 680 more." in told(wide).en
    loss = decide.printable(worlds(gaps / 4321), "reform", "status_quo", "democracy_lost", 1)
    assert "less democracy is lost" in loss.en
    assert "In the middle world 0.46 index years less" in loss.en


def test_where_worlds_come_from_and_how_gangs_answer_is_part_of_the_sentence() -> None:
    prior = told(share(900), worlds_from="prior", reply="always_press")
    assert prior.en.startswith("In 9 of 10 worlds drawn from assumptions alone, plus or minus 1,")
    assert "if gangs press whatever happens." in prior.en
    assert told(share(900), worlds_from="posterior").en.startswith("In 9 of 10 calibrated worlds")
    mine = told(share(900), reply="mine")
    assert "if gangs follow “mine”." in mine.en
    assert "si las pandillas siguen «mine»." in mine.es


def test_weights_make_fewer_worlds_of_them() -> None:
    # Ten worlds hold all of the weight: they are worth ten, not a thousand.
    weights = np.where(np.arange(1000) % 100 == 0, 1.0, 1e-12)
    one = told(share(800), weights=weights)
    assert (one.tells, one.reason) == (False, "error")


def test_every_strategy_reply_and_outcome_of_the_catalogue_has_words() -> None:
    assert set(phrases.STRATEGIES) == set(decide.CATALOGUE)
    assert set(phrases.REPLIES) == set(decide.GANG_STRATEGIES)
    assert set(phrases.LESS) == set(phrases.OUTCOMES) == set(decide.OUTCOMES)
    assert set(phrases.WORLDS) == set(decide.WORLDS_FROM)
    for pair in phrases.TEXTS.values():
        assert sorted(re.findall(r"{\w+}", pair[0])) == sorted(re.findall(r"{\w+}", pair[1]))


def test_spans_in_words() -> None:
    assert [span_named("2019-06", n, 0) for n in (1, 12, 18, 180)] == [
        "the month from June 2019",
        "the year from June 2019",
        "the 18 months from June 2019",
        "the 15 years from June 2019",
    ]
    assert span_named("2012-01", 120, 1) == "los 10 años que empiezan en enero de 2012"
    assert span_named("2012-01", 18, 1) == "los 18 meses que empiezan en enero de 2012"


def test_a_table_of_sentences_over_replies() -> None:
    two = decide.Crossing((worlds(share(800)), worlds(share(300), reply="always_press")))
    table = decide.sentences(two, outcomes=["killed", "detained"])
    assert list(table["reply"]) == ["answer_in_kind"] * 2 + ["always_press"] * 2
    assert list(table["direction"]) == ["fewer"] * 2 + ["more"] * 2
    assert list(decide.sentences(two, reference="reform", outcomes=["killed"])["direction"]) == [
        "more",
        "fewer",
    ]
    with pytest.raises(ValueError, match="Did you mean 'detained'"):
        decide.sentences(two, outcomes=["detaind"])
