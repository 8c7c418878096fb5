"""Does every causal design tell its answer under all reasonable choices, and why some have none?

Panels and series are synthetic, with an effect that is known: where counts follow the assumptions
without chance every combination must give it exactly, and where they are drawn the answer that the
design gives to the settings asked must be one row of its curve, to the last digit.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua.assess.designs import (
    Choice,
    DesignError,
    break_dates,
    breaks_curve,
    by_option,
    by_reason,
    control_curve,
    curve_summary,
    differences,
    differences_curve,
    panel_of_table,
    specification_curve,
    synthetic_control,
)
from tregua.assess.designs.breaks_curve import breaks_choices
from tregua.cli import main
from tregua.cli.effect_curve import draw_curve
from tregua.report import curve_figure

MONTHS = pd.date_range("2010-01", periods=48, freq="MS")
NONE = {"en": "why", "es": "por qué"}


def panel(counts, treated):
    """counts: (units, months); treated: position of the month of treatment or None."""
    return pd.DataFrame(
        {
            "unit": f"place {unit}",
            "month": f"{MONTHS[month]:%Y-%m}",
            "count": count,
            "treated_from": "" if since is None else f"{MONTHS[since]:%Y-%m}",
        }
        for unit, (line, since) in enumerate(zip(counts, treated, strict=True))
        for month, count in enumerate(line)
    )


STAGGERED = [25, 25, 30, 30, 30, None, None, None]


def means(ratio=0.6, treated=STAGGERED):
    """Levels of places, a common trend and season, and one ratio from each treatment on."""
    common = np.exp(0.01 * np.arange(48)) * (1 + 0.2 * np.sin(np.arange(48) / 2))
    level = np.linspace(20, 60, len(treated))
    return [
        size * common * np.where(np.arange(48) >= (99 if since is None else since), ratio, 1.0)
        for size, since in zip(level, treated, strict=True)
    ]


def drawn(treated=STAGGERED, seed=3):
    return panel(np.random.default_rng(seed).poisson(means(treated=treated)), treated)


def row_of(curve, **options):
    chosen = curve[np.all([curve[name] == option for name, option in options.items()], axis=0)]
    assert len(chosen) == 1
    return chosen.iloc[0]


# What a curve comes to, by hand.

CURVE = pd.DataFrame(
    {
        "base": ["12", "1", "6", "12", "1", "6"],
        "compare": ["never", "never", "never", "not_yet", "not_yet", "not_yet"],
        "value": [0.5, 0.7, 0.8, 1.2, np.nan, np.nan],
        "low": [0.4, 0.6, 0.7, 0.9, np.nan, np.nan],
        "high": [0.6, 0.9, 1.1, 1.5, np.nan, np.nan],
        "p_placebo": np.nan,
        "failed": ["", "", "", "", "too short", "too short"],
    }
)


def test_a_summary_by_hand():
    found = curve_summary(CURVE)
    assert (found.combinations, found.answered) == (6, 4)
    assert (found.least, found.most, found.median) == (0.5, 1.2, 0.75)
    assert found.same_sign == pytest.approx(3 / 4)  # 0.5, 0.7 and 0.8 of four answers
    assert found.agreeing == pytest.approx(2 / 4)  # and 0.8 has an interval that holds 1
    against_zero = curve_summary(CURVE, reference=0.0)
    assert against_zero.same_sign == against_zero.agreeing == 1.0
    nothing = curve_summary(CURVE[CURVE["failed"] != ""])
    assert (nothing.combinations, nothing.answered) == (2, 0) and np.isnan(nothing.median)


def test_reasons_name_the_options_that_lead_to_them():
    found = by_reason(CURVE)
    assert found.to_dict("records") == [
        {
            "failed": "too short",
            "combinations": 2,
            "where": {"base": ("1", "6"), "compare": ("not_yet",)},
        }
    ]
    assert by_reason(CURVE[:4]).empty
    options = by_option(CURVE)
    assert options["option"].tolist() == ["1", "6", "12", "not_yet", "never"]


def test_an_estimate_without_a_value_is_no_answer_and_its_caution_the_reason():
    estimate = break_dates(halved(), lengths=(36.0,)).estimate_at("2012-01")
    cautions = {"en": ("Nothing there.",), "es": ("No hay nada.",)}
    empty = replace(estimate, value=np.nan, low=np.nan, high=np.nan, cautions=cautions)
    for lang, why in (("en", "Nothing there."), ("es", "No hay nada.")):
        choice = Choice("one", {"a": estimate, "b": empty}, NONE)
        curve = specification_curve(lambda one: one, [choice], lang=lang)
        assert curve["failed"].tolist() == ["", why]


# Differences in differences.


def test_without_chance_every_choice_gives_the_planted_ratio():
    curve = differences_curve(panel(means(), STAGGERED))
    assert len(curve) == 4 * 2 * 2 and (curve["failed"] == "").all()
    np.testing.assert_allclose(curve["value"], 0.6, rtol=1e-9)
    found = curve_summary(curve)
    assert found.least == pytest.approx(0.6) and found.most == pytest.approx(0.6)
    assert found.same_sign == found.agreeing == 1.0


@pytest.mark.parametrize("scale", ["ratio", "difference"])
def test_the_answer_to_the_settings_asked_is_a_row_of_the_curve(scale):
    asked = {"window": 10, "base": 9, "compare": "never", "scale": scale, "seed": 5}
    answer = differences(drawn(), placebos=0, **asked).overall
    curve = differences_curve(drawn(), **asked)
    assert len(curve) == 5 * 2 * 2  # nine months beside 1, 6, 12 and 24
    mine = row_of(curve, base="9", compare="never", window="+0:+9")
    assert (mine["value"], mine["low"], mine["high"]) == (answer.value, answer.low, answer.high)
    found = curve_summary(curve, reference=1.0 if scale == "ratio" else 0.0)
    assert found.least <= answer.value <= found.most
    assert found.median == np.median(curve["value"]) and found.agreeing == 1.0
    half = differences(drawn(), placebos=0, **{**asked, "window": 5, "base": 1}).overall
    assert row_of(curve, base="1", compare="never", window="+0:+4")["value"] == half.value


def test_a_longer_base_that_loses_places_is_refused_and_names_them():
    treated = [14, 30, 30, 30, None, None, None, None]
    for lang, word in (("en", "would leave out places"), ("es", "excluiría lugares")):
        curve = differences_curve(drawn(treated), lang=lang)
        refused = curve[curve["failed"] != ""]
        assert set(refused["base"]) == {"24"} and len(refused) == 4
        assert all(word in why and "place 0" in why for why in refused["failed"])
        assert refused["value"].isna().all()


def test_a_shorter_base_asks_about_the_same_places():
    treated = [5, 30, 30, 30, None, None, None, None]  # five months before are fewer than twelve
    table = drawn(treated)
    curve = differences_curve(table)
    others = table[table["unit"] != "place 0"]
    expected = differences(others, base=1, placebos=0).overall.value
    mine = row_of(curve, base="1", compare="not_yet", window="+0:+11")
    assert mine["value"] == expected
    assert expected != differences(table, base=1, placebos=0).overall.value


def test_where_all_are_treated_the_never_treated_are_refused_not_hidden():
    treated = [26, 26, 30, 30, 40, 40]
    curve = differences_curve(drawn(treated), window=4)
    refused = by_reason(curve)
    assert refused["combinations"].tolist() == [8]
    assert refused["where"][0] == {"compare": ("never",)}
    assert "none is left that never is" in refused["failed"][0]
    assert curve_summary(curve).answered == 8


def test_a_panel_that_is_wrong_has_no_curve():
    with pytest.raises(DesignError, match="lacks unit"):
        differences_curve(drawn().rename(columns={"unit": "Unit"}))


# Break dates.


def halved(months=48):
    rng = np.random.default_rng(1)
    counts = np.r_[rng.poisson(300, months // 2), rng.poisson(150, months // 2)]
    return pd.DataFrame({"date": MONTHS[:months].strftime("%Y-%m"), "count": counts})


@pytest.fixture(scope="module")
def of_breaks():
    return breaks_curve(halved(), "2012-01", months=8, starts=2)


def test_the_ratio_at_a_date_is_a_row_of_its_curve(of_breaks):
    assert len(of_breaks) == 3 * 3 * 2 * 2 and (of_breaks["failed"] == "").all()
    asked = break_dates(halved()).estimate_at("2012-01", months=8)
    mine = row_of(of_breaks, length="36", shortest="2", start="2010-01", window="2012-01:2012-08")
    for name in ("value", "low", "high", "p_placebo"):
        assert mine[name] == getattr(asked, name)
    other = break_dates(halved(), first="2010-10", lengths=(60.0,), stages=4)
    mine = row_of(of_breaks, length="60", shortest="4", start="2010-10", window="2012-01:2012-04")
    assert mine["value"] == other.estimate_at("2012-01", months=4).value
    assert other.estimate_at("2012-01").settings["stages"] == 4


def test_every_choice_finds_a_clear_halving(of_breaks):
    found = curve_summary(of_breaks)
    assert 0.45 < found.least <= found.median <= found.most < 0.55
    assert found.agreeing == found.same_sign == 1.0
    assert found.most - found.least > 1e-4  # the choices are no idle ones


def test_lengths_that_cannot_be_are_refused_by_name():
    curve = breaks_curve(halved(30), "2011-04", months=4, lengths=(3.0,), starts=1)
    refused = by_reason(curve)
    assert refused["where"].tolist() == [{"length": ("3",), "shortest": ("4",)}]
    assert refused["failed"][0].startswith("Segments of 4 months or more cannot last 3 months")
    assert set(curve["length"]) == {"3", "24", "36", "60"}
    with pytest.raises(DesignError, match="lies outside"):
        breaks_curve(halved(), "2015-01")


def test_starts_leave_the_six_months_that_an_answer_needs():
    for event, expected in (
        ("2012-01", ["2010-01", "2010-05", "2010-10", "2011-02"]),  # 18 months to spare
        ("2010-10", ["2010-01", "2010-02", "2010-03"]),  # three
        ("2010-05", ["2010-01"]),  # too few even so, which the answer will say
    ):
        choices = {each.name: each for each in breaks_choices(MONTHS, pd.Timestamp(event))}
        assert list(choices["start"].options) == expected
    spans = breaks_choices(MONTHS, pd.Timestamp("2012-01"), window=3)[-1].options
    assert spans == {"2012-01:2012-03": 3}


# The synthetic control.


def test_the_control_that_was_asked_is_a_row_of_its_curve():
    rng = np.random.Generator(np.random.PCG64(1))
    years = np.arange(2000, 2018)
    series = {
        name: 40 + 5 * k + 10 * np.sin(years / 2 + k / 3) + rng.normal(size=len(years))
        for k, name in enumerate("ABCDEF")
    }
    own = (series["A"] + series["B"]) / 2 + 0.3 * rng.normal(size=len(years))
    series["Z"] = np.where(years >= 2012, 0.5, 1.0) * own
    places = panel_of_table(pd.DataFrame(series).assign(time=years).melt("time", var_name="unit"))
    told = []
    curve = control_curve(
        places, treated="Z", event=2012, progress=lambda *counted: told.append(counted)
    )
    assert told[0] == (1, 16) and told[-1] == (16, 16)
    answer = synthetic_control(places, treated="Z", event=2012).estimate
    mine = row_of(curve, scale="level", intercept="no", ridge="none", start="all")
    for name in ("value", "low", "high", "p_placebo"):
        np.testing.assert_equal(mine[name], getattr(answer, name))
    found = curve_summary(curve)
    assert found.answered == 16 and 0.4 < found.least < 0.5 < found.most < 0.6
    assert found.same_sign == 1.0


# The commands.


def run(*words):
    return CliRunner().invoke(main, ["effect", *map(str, words)])


@pytest.fixture
def files(tmp_path):
    halved().to_csv(tmp_path / "counts.csv", index=False)
    drawn([14, 30, 30, 30, 40, 40, 44, 44]).to_csv(tmp_path / "panel.csv", index=False)
    return tmp_path


def test_did_prints_writes_and_draws_its_curve(files):
    words = ("did", files / "panel.csv", "--window", 4, "--curve")
    done = run(*words, "--json", "--out", files / "o", "--picture", files / "study.svg")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    curve = pd.DataFrame(document["curve"])
    mine = row_of(curve, base="12", compare="not_yet", window="+0:+3")
    assert mine["value"] == pytest.approx(document["overall"]["value"])
    summary = document["curve_summary"]
    assert (summary["combinations"], summary["answered"]) == (16, 6)
    assert summary["median"] == pytest.approx(curve["value"].median())
    assert summary["least"] <= mine["value"] <= summary["most"] and summary["agreeing"] == 1.0
    assert len(pd.read_csv(files / "o" / "curve.csv")) == 16
    assert "Compared with" not in (files / "study.svg").read_text()
    assert "Base, months: 6" in (files / "study-curve.svg").read_text()


def test_the_screen_of_did_names_the_choices_that_were_refused(files):
    for lang, parts in {
        "en": ("6 of 16 reasonable choices", "Without an answer", "Compared with never treated:"),
        "es": ("6 de 16 elecciones razonables", "Sin respuesta", "Base, meses 24"),
    }.items():
        done = run("did", files / "panel.csv", "--window", 4, "--curve", "--lang", lang)
        assert done.exit_code == 0, done.output
        shown = " ".join(done.stdout.split())
        for part in (*parts, "place 0"):
            assert part in shown, shown


def test_breaks_prints_writes_and_draws_its_curve(files):
    words = ("breaks", files / "counts.csv", "--at", "2012-01", "--months", 4, "--curve")
    done = run(*words, "--json", "--out", files / "o", "--picture", files / "b.svg")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    curve = pd.DataFrame(document["curve"])
    assert len(curve) == 72 == document["curve_summary"]["answered"]
    mine = row_of(curve, length="36", shortest="2", start="2010-01", window="2012-01:2012-04")
    assert mine["value"] == pytest.approx(document["estimate"]["value"])
    assert len(pd.read_csv(files / "o" / "curve.csv")) == 72
    assert "Shortest level, months: 4" in (files / "b-curve.svg").read_text()
    alone = run("breaks", files / "counts.csv", "--curve")
    assert alone.exit_code == 1 and "give the date with --at" in alone.stderr
    assert alone.stdout == ""


def test_a_curve_that_cannot_be_drawn_says_so_and_shows_the_rest(tmp_path, capsys):
    zero = CURVE.assign(value=CURVE["value"] * 0, low=np.nan, high=np.nan)
    draw_curve(zero, tmp_path / "a.svg", "en", title="Asked")
    assert "a-curve.svg: There is nothing to draw" in capsys.readouterr().err
    assert not (tmp_path / "a-curve.svg").exists()


def test_a_curve_of_differences_is_drawn_around_zero_on_an_even_scale():
    curve = CURVE.assign(value=CURVE["value"] - 1, low=CURVE["low"] - 1, high=CURVE["high"] - 1)
    spec = curve_figure(curve, reference=0.0)
    text = json.dumps(spec)
    assert '"linear"' in text and '"log"' not in text
    assert "interval below 0" in text and "Difference of rates" in text
    sides = [row["side"] for row in spec["datasets"]["curve"]]
    assert sides == ["below", "below", "holds", "holds"]
    rows = spec["vconcat"][1]["encoding"]["y"]["sort"]
    assert rows[:3] == ["Base, months: 1", "Base, months: 6", "Base, months: 12"]
    ratios = json.dumps(curve_figure(CURVE))
    assert '"log"' in ratios and "interval below 1" in ratios
