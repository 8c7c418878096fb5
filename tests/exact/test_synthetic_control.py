"""Does a synthetic control give the right answer where it is known, and say what it lacks?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua.assess.designs.conformal import confidence_set, permutation_p, shortest_series
from tregua.assess.designs.control_curve import control_curve
from tregua.assess.designs.donors import donor_panel, panel_of_table
from tregua.assess.designs.ridge import ridge_penalties, ridge_weights
from tregua.assess.designs.series import DesignError
from tregua.assess.designs.simplex import simplex_weights
from tregua.assess.designs.synthetic_control import synthetic_control
from tregua.cli.effect_synth import synth_command

YEARS = range(2000, 2018)
EVENT = 2012


def table(effect=0.5, noise=0.3, donors=6, seed=1, **changes):
    """A place that is half of A and half of B, times an effect from the event on."""
    random = np.random.Generator(np.random.PCG64(seed))
    years = np.array(YEARS)
    common = 10 * np.sin(years / 2.0)
    columns = {
        chr(65 + place): 40
        + 5 * place
        + common * (1 + 0.3 * place)
        + random.normal(size=len(years))
        for place in range(donors)
    }
    own = (columns["A"] + columns["B"]) / 2 + noise * random.normal(size=len(years))
    columns["Z"] = np.where(years >= EVENT, effect, 1.0) * own
    columns |= changes
    long = pd.DataFrame(columns).assign(time=years).melt("time", var_name="unit")
    return long[["unit", "time", "value"]]


def ask(frame=None, **changes):
    settings = {"treated": "Z", "event": EVENT} | changes
    return synthetic_control(panel_of_table(table() if frame is None else frame), **settings)


def test_an_exact_mixture_is_found_and_its_effect_is_the_ratio_planted():
    found = ask(table(noise=0.0))
    weights = found.weights.set_index("donor")["weight"]
    assert weights["A"] == pytest.approx(0.5, abs=1e-9)
    assert weights["B"] == pytest.approx(0.5, abs=1e-9)
    assert found.estimate.value == pytest.approx(0.5, abs=1e-9)
    assert found.fit.rmspe == pytest.approx(0.0, abs=1e-9)


def test_the_ratio_is_that_of_the_sums_after_the_event():
    found = ask()
    path = found.estimate.path
    after = path["year"].astype(int) >= EVENT
    expected = path.loc[after, "observed"].sum() / path.loc[after, "counterfactual"].sum()
    assert found.estimate.value == pytest.approx(expected, rel=1e-12)


def test_a_planted_effect_stands_out_and_the_interval_holds_it():
    found = ask()
    assert found.estimate.low < 0.5 < found.estimate.high < 1
    assert found.rank_p == pytest.approx(1 / 7)
    assert found.estimate.p_placebo == 0
    assert found.estimate.placebos == 6


def test_without_an_effect_the_interval_holds_one():
    found = ask(table(effect=1.0))
    assert found.estimate.low < 1 < found.estimate.high


def test_the_interval_is_the_set_of_effects_that_shifts_do_not_exclude():
    """Where nothing is fitted, the set can be written down: each residual against the others."""
    residuals = np.array([1.0, -2.0, 0.5, 1.5, -0.5, 0.25, -1.0, 0.75, -0.75, 4.0])

    def p_value(effect):
        changed = residuals.copy()
        changed[-1] -= effect
        return permutation_p(changed, 1)

    assert p_value(0.0) == 0.1
    low, high = confidence_set(p_value, np.linspace(-10, 10, 81), 0.9)
    assert low == pytest.approx(2.0, abs=1e-6)  # |4 - effect| <= 2, the largest of the others
    assert high == pytest.approx(6.0, abs=1e-6)


def test_blocks_are_runs_around_the_clock():
    residuals = np.array([3.0, 0.0, 0.0, 0.0, 3.0])
    # Runs of two that follow each other around: 3, 0, 0, 3, 6; the last two sum to 3.
    assert permutation_p(residuals, 2) == pytest.approx(3 / 5)


def test_too_few_periods_for_the_level_give_no_interval_and_say_so():
    found = ask(first=2007, until=2012)
    assert shortest_series(0.9) == 10
    assert np.isnan(found.estimate.low)
    assert any("needs 10" in caution for caution in found.estimate.cautions["en"])
    assert found.conformal[["low", "high"]].isna().all(axis=None)
    assert not np.isnan(ask(first=2003, until=2012).estimate.low)


def test_intervals_of_single_periods_are_left_out_on_request_and_nothing_else_changes():
    whole, short = ask(), ask(by_period=False)
    assert whole.conformal[["low", "high"]].notna().all(axis=None)
    assert short.conformal[["low", "high"]].isna().all(axis=None)
    pd.testing.assert_series_equal(whole.conformal["effect"], short.conformal["effect"])
    ends = [(found.estimate.low, found.estimate.high) for found in (whole, short)]
    assert ends[0] == ends[1]


def test_an_intercept_lets_the_mixture_run_at_a_distance():
    frame = table(effect=1.0, noise=0.0)
    frame.loc[frame["unit"] == "Z", "value"] += 100
    assert ask(frame).fit.outside == 12
    shifted = ask(frame, intercept=True)
    assert shifted.fit.rmspe == pytest.approx(0.0, abs=1e-8)
    assert shifted.estimate.value == pytest.approx(1.0, abs=1e-8)


def test_logarithms_find_a_mixture_of_rates_that_multiplies():
    frame = table(noise=0.0)
    wide = frame.pivot_table("value", "time", "unit")
    own = np.sqrt(wide["A"] * wide["B"]) * np.where(wide.index >= EVENT, 0.5, 1.0)
    frame.loc[frame["unit"] == "Z", "value"] = own.to_numpy()
    found = ask(frame, scale="log")
    assert found.estimate.value == pytest.approx(0.5, abs=1e-8)


def test_counts_with_an_exposure_tell_the_deaths_averted():
    frame = table(noise=0.0).assign(exposure=2.0)
    frame["value"] *= 2.0
    found = ask(frame)
    recorded = frame[(frame["unit"] == "Z") & (frame["time"] >= EVENT)]["value"].sum()
    assert found.estimate.settings["recorded"] == pytest.approx(recorded)
    assert found.estimate.value == pytest.approx(0.5, abs=1e-9)
    assert found.estimate.averted()[0] == pytest.approx(recorded)


def test_a_huge_ridge_changes_nothing_and_a_tiny_one_fits_exactly():
    values = table(noise=2.0, donors=16).pivot_table("value", "time", "unit")
    y, x = values["Z"].to_numpy()[:8], values.drop(columns="Z").to_numpy()[:8]
    base = simplex_weights(y, x).weights
    assert ridge_weights(y, x, base, 1e15) == pytest.approx(base, abs=1e-9)
    tiny = ridge_weights(y, x, base, 1e-8)
    assert x @ tiny == pytest.approx(y, abs=1e-5)
    assert tiny.sum() == pytest.approx(1.0, abs=1e-9)


def test_the_penalty_is_the_largest_within_one_standard_error_of_the_best():
    values = table(noise=2.0).pivot_table("value", "time", "unit")
    penalty, errors = ridge_penalties(values["Z"].to_numpy(), values.drop(columns="Z").to_numpy())
    best = errors["error"].idxmin()
    limit = errors["error"][best] + errors["standard_error"][best]
    assert penalty == errors.loc[errors["error"] <= limit, "penalty"].max()
    assert len(errors) == 21


def test_leaving_out_a_donor_without_weight_changes_nothing():
    found = ask()
    unused = found.weights.loc[found.weights["weight"] == 0, "donor"]
    single = found.leave_one_out.set_index("donor")["value"]
    assert len(unused) > 0
    assert single[list(unused)].to_numpy() == pytest.approx(found.estimate.value, rel=1e-9)
    assert single["A"] != pytest.approx(found.estimate.value, rel=1e-3)


def test_made_up_dates_use_no_period_from_the_event_on():
    with_effect, without = ask(table(effect=0.5)), ask(table(effect=1.0))
    pd.testing.assert_frame_equal(with_effect.in_time, without.in_time)
    assert with_effect.in_time["event"].tolist() == [str(year) for year in range(2005, 2012)]


def test_the_treated_place_is_no_donor_of_its_placebos():
    extreme = ask(table(effect=100.0)).in_space.set_index("unit")
    plain = ask(table(effect=1.0)).in_space.set_index("unit")
    donors = list("ABCDEF")
    assert extreme.loc[donors, "after"].to_numpy() == pytest.approx(plain.loc[donors, "after"])


def test_events_near_are_named():
    events = pd.DataFrame({"date": pd.to_datetime(["2012-03-08"]), "type": ["prison_transfer"]})
    assert "prison transfer (1)" in ask(events=events).estimate.summary()


def test_the_curve_shows_every_combination_and_why_one_failed():
    frame = table()
    frame.loc[frame["unit"] == "Z", "value"] = frame["value"].where(frame["time"] < 2017, 0.0)
    curve = control_curve(panel_of_table(frame), treated="Z", event=EVENT, suspects=["A"])
    assert len(curve) == 32
    failed = curve[curve["failed"] != ""]
    assert set(failed["scale"]) == {"log"}
    assert failed["value"].isna().all()
    known = curve["value"].dropna()
    assert known.is_monotonic_increasing


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"treated": "zz"}, "did you mean Z"),
        ({"without": ["Q"]}, "no unit 'Q'"),
        ({"event": 2018}, "after the end"),
        ({"event": 2004}, "Only 4 periods"),
        ({"until": 2030}, "reaches beyond the data"),
        ({"event": "March"}, "no year"),
        ({"donors": ["A"]}, "1 usable donors"),
        ({"donors": ["A", "Z"]}, "own donor"),
        ({"donors": ["A", "A", "B"]}, "given twice"),
    ],
)
def test_bad_questions_are_refused_with_what_is_missing(changes, words):
    with pytest.raises(DesignError, match=words):
        ask(**changes)


def test_all_zero_donors_are_refused_and_one_is_named():
    nothing = dict.fromkeys("ABCDEF", 0.0)
    with pytest.raises(DesignError, match="zero there: A, B"):
        ask(table(**nothing))
    found = ask(table(F=0.0))
    assert any(
        "F" in text and "nothing was recorded" in text for text in found.estimate.cautions["en"]
    )


def test_a_gap_leaves_a_donor_out_and_in_the_place_is_refused():
    frame = table()
    gap = frame["time"] == 2006
    found = ask(frame[~(gap & (frame["unit"] == "C"))])
    assert "C" not in set(found.weights["donor"])
    assert any("gaps" in text and "C" in text for text in found.estimate.cautions["en"])
    with pytest.raises(DesignError, match="no value in 2006"):
        ask(frame[~(gap & (frame["unit"] == "Z"))])


def test_several_best_mixtures_are_admitted():
    frame = table()
    twin = frame[frame["unit"] == "A"].assign(unit="G")
    found = ask(pd.concat([frame, twin]))
    assert not found.fit.unique
    assert any("differ afterwards" in text for text in found.estimate.cautions["en"])


def test_a_mixture_below_zero_gives_no_ratio():
    frame = table(effect=1.0, noise=0.0)
    frame.loc[frame["unit"] == "Z", "value"] -= 25
    frame.loc[(frame["unit"] != "Z") & (frame["time"] >= EVENT), "value"] = 0.0
    found = ask(frame, intercept=True)
    assert np.isnan(found.estimate.value)
    assert any("logarithmic" in text for text in found.estimate.cautions["en"])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_summary_holds_answer_assumptions_and_cautions(lang):
    lines = ask().estimate.summary(lang).splitlines()
    assert 5 <= len(lines) <= 8
    assert not any("{" in line for line in lines)


# Files.

OWID = """Entity,Code,Year,Homicide rate per 100,000 population
World,OWID_WRL,2000,7
Americas,,2000,15
Chile,CHL,2000,3
Peru,PER,2000,5
""".replace("100,000", "100k")

UNODC = """Iso3_code,Country,Region,Subregion,Indicator,Dimension,Category,Sex,Age,Year,\
Unit of measurement,VALUE,Source
CHL,Chile,Americas,,Victims of intentional homicide,Total,Total,Total,Total,2000,Counts,460,X
CHL,Chile,Americas,,Victims of intentional homicide,Total,Total,Total,Total,2000,\
"Rate per 100,000 population",3,X
CHL,Chile,Americas,,Victims of intentional homicide,Total,Total,Male,Total,2000,\
"Rate per 100,000 population",5,X
"""


def read(tmp_path, text, **options):
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    return donor_panel(path, **options)


def test_our_world_in_data_is_read_without_its_regions(tmp_path):
    panel = read(tmp_path, OWID)
    assert panel.units == ("CHL", "PER")
    assert panel.value.tolist() == [[3.0, 5.0]]
    assert panel.find("chile") == "CHL"
    assert "2 rows" in panel.cautions["en"][0]


def test_of_the_unodc_table_only_rates_of_all_victims_are_read(tmp_path):
    assert read(tmp_path, UNODC).value.tolist() == [[3.0]]


def test_the_plain_layout_of_rates_is_read(tmp_path):
    text = "iso3,country,year,rate_per_100k\nCHL,Chile,2000,3\nCHL,Chile,2002,4\n"
    panel = read(tmp_path, text)
    assert panel.value[:, 0] == pytest.approx([3.0, np.nan, 4.0], nan_ok=True)
    assert panel.span() == "2000 to 2002"


def test_months_and_counts_are_read(tmp_path):
    panel = read(tmp_path, "unit,time,value,exposure\nA,2012-01,6,3\nA,2012-02,8,4\n")
    assert panel.monthly
    assert panel.value[:, 0].tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no known layout"),
        ("unit,time,value\n", "no rows"),
        ("", "no CSV table"),
        ("unit,time,value\nA,2000,1\nA,2000,2\n", "given twice for the same period: A 2000"),
        ("unit,time,value\nA,2000,-1\n", "negative value: A 2000"),
        ("unit,time,value\nA,2000,many\n", "no number in column value: A 2000"),
        ("unit,time,value\nA,2000,many\nB,2000,-1\nB,2000,3\n", "A 2000.\n- .*B 2000.\n- .*twice"),
        ("unit,time,value\nA,2000,1\nA,2001-02,1\n", "all be years"),
        ("unit,time,value\nA,soon,1\n", "given: soon"),
        ("unit,time,x,y\nA,2000,1,2\n", "There are x, y"),
        ("unit,time,value,exposure\nA,2000,1,0\n", "not above 0"),
    ],
)
def test_bad_files_are_refused_with_what_is_wrong(tmp_path, text, words):
    with pytest.raises(DesignError, match=words):
        read(tmp_path, text)


# The command.


def run(tmp_path, *options):
    path = tmp_path / "panel.csv"
    table().to_csv(path, index=False)
    return CliRunner().invoke(synth_command, [str(path), *options])


def test_the_command_prints_the_answer_and_writes_tables(tmp_path):
    done = run(
        tmp_path, "--treated", "Z", "--event", "2012", "--json", "--out", str(tmp_path / "o")
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["value"] == pytest.approx(ask().estimate.value)
    assert {row["donor"] for row in document["weights"]} == set("ABCDEF")
    assert (tmp_path / "o" / "path.csv").exists()


def test_the_screen_says_what_the_choices_do(tmp_path):
    done = run(tmp_path, "--treated", "Z", "--event", "2012", "--curve", "--lang", "es")
    assert done.exit_code == 0, done.output
    assert "16 de 16 elecciones razonables tienen respuesta" in done.stdout
    for part in ("Escala", "logaritmos", "Distancia constante", "su segunda mitad"):
        assert part in done.stdout
    assert "Donante" in done.stdout


def test_the_command_ends_with_a_sentence_on_bad_input(tmp_path):
    done = run(tmp_path, "--treated", "Zed", "--event", "2012")
    assert done.exit_code == 1
    assert "no unit 'Zed'" in done.output
