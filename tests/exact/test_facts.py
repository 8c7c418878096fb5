"""Are the stylised facts read off worlds as they say, on worlds written by hand?"""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from tregua import decide, model, record
from tregua.cli.plausibility import figure, span
from tregua.cli.simulate import simulate_command
from tregua.decide import fact_worlds as worlds
from tregua.decide.facts import FactPart
from tregua.simulate import Ensemble

KNOWN = record.load("el-salvador")
FLOWS = ("recorded", "struck", "strikes", "leaks", "sanctions", "detained", "wrongly_detained")


def history(first="2011-01-01", months=48, **rows) -> worlds.FactWorlds:
    """One or more worlds whose script is given month by month; 0 where nothing is said."""
    n = max([len(values) for values in rows.values()] or [1])
    data = {
        name: (("world", "month"), np.asarray(rows.get(name, np.zeros((n, months)))))
        for name in (*FLOWS, *rows)
    }
    data["captured"] = (("world", "month", "gang"), np.full((n, months, 3), 2.0))
    starts = pd.date_range(first, periods=months, freq="MS").to_numpy()
    kept = xr.Dataset(data, coords={"world": np.arange(n), "month": starts})
    return worlds.FactWorlds(
        KNOWN, model.defaults(worlds=n), 1, 1, {"script": Ensemble(kept, None, None, {})}
    )


def read(measure, there):
    return measure(there, "script").values.tolist()


def at(months, **values):
    """A row of zeros with values in some months, as m5=2.0."""
    row = np.zeros((1, months))
    for name, value in values.items():
        row[0, int(name[1:])] = value
    return row


# -- Measures --------------------------------------------------------------------------------


def test_a_month_cut_by_a_bound_counts_in_proportion_to_its_days():
    there = history(recorded=np.full((1, 48), 30.0))
    assert read(worlds.of_year("recorded", 2012), there) == [360.0]
    half = read(worlds.within("recorded", "2011-04-16", "2011-05-01"), there)
    assert half == pytest.approx([15.0])
    both = read(worlds.within("recorded", "2011-04-16", "2011-06-16"), there)
    assert both == pytest.approx([15.0 + 30.0 + 15.0])
    assert worlds.between(there.of("script"), "captured", "2011-01-01", "2011-03-01") == [12.0]
    for wrong in (("2010-12-01", "2011-02-01"), ("2011-02-01", "2011-02-01")):
        with pytest.raises(ValueError, match="not within the run"):
            read(worlds.within("recorded", *wrong), there)


def test_a_stock_of_a_day_lies_between_two_ends_of_months():
    rows = np.arange(48.0)[np.newaxis]
    there = history(prisoners=rows, fear=rows / 100.0)
    assert read(worlds.stock("prisoners", "2011-03-01"), there) == [1.0]
    assert read(worlds.stock("prisoners", "2011-03-16"), there) == pytest.approx([1 + 15 / 31])
    assert read(worlds.poll("fear", "2011-03-01"), there) == pytest.approx([1.0])


def test_a_ratio_compares_daily_rates():
    recorded = np.zeros((1, 48))
    recorded[0, :2] = 31.0, 28.0  # 1 a day in January and February 2011
    recorded[0, 3] = 15.0  # half a day in April
    there = history(recorded=recorded)
    ratio = worlds.ratio(("2011-04-01", "2011-05-01"), ("2011-01-01", "2011-03-01"))
    assert read(ratio, there) == pytest.approx([0.5])
    nothing = worlds.ratio(("2011-01-01", "2011-02-01"), ("2011-03-01", "2011-04-01"))
    assert np.isnan(read(nothing, there)[0])


def test_the_pace_after_the_truce_is_that_of_two_quarters_of_march():
    days = [f"2012-{m:02d}-{d:02d}" for m in (1, 2, 3) for d in (1, 8, 16, 23)]
    recorded = np.zeros((1, 12))
    recorded[0, :8] = 60.0 / 8.0  # 60 in the 60 days to the end of February
    recorded[0, 9:11] = 3.0  # 6 from 8 to 22 March, 15 days
    kept = xr.Dataset(
        {"recorded": (("world", "week"), recorded)},
        coords={"world": [0], "week": pd.to_datetime(days).to_numpy()},
    )
    there = history()
    there.made["weeks"] = Ensemble(kept, None, None, {})
    assert worlds.pace_after_truce(there, "script").values == pytest.approx([6 / 15])


def test_months_and_crests():
    recorded = np.full((1, 48), 300.0)
    recorded[0, 13] = 29 * 15.0  # February 2012, exactly 15 a day
    recorded[0, 14] = 31 * 15.0 - 1.0
    there = history(recorded=recorded)
    assert read(worlds.months_above(15.0, "2011-01", "2014-12"), there) == [1.0]
    assert read(worlds.months_above(15.0, "2012-03", "2014-12"), there) == [0.0]
    assert read(worlds.largest_month(2012), there) == [464.0]


def test_strikes_and_what_they_kill():
    there = history(
        strikes=np.vstack([at(48, m2=1.0, m5=1.0), np.zeros((1, 48))]),
        struck=np.vstack([at(48, m2=40.0, m5=60.0), np.zeros((1, 48))]),
    )
    rate = read(worlds.strikes_per_year("2011-01-01", "2013-01-01"), there)
    assert rate == pytest.approx([2 / (731 / 365.25), 0.0])
    killed = read(worlds.per_strike("2011-01-01", "2013-01-01"), there)
    assert killed[0] == 50.0 and np.isnan(killed[1])


def test_the_released_are_members_arrested_and_not_kept():
    there = history(detained=np.full((1, 48), 20.0), wrongly_detained=np.full((1, 48), 8.0))
    assert read(worlds.released("2011-01-01", "2012-01-01"), there) == pytest.approx([0.5])


def test_exposure_and_sanction_are_waited_for_in_months():
    leaks = np.vstack([at(48, m14=1.0), at(48, m30=1.0)])
    there = history(leaks=leaks, sanctions=np.vstack([at(48, m20=1.0), at(48)]))
    wait = read(worlds.start_to_leak("2012-01-01", "2013-01-01"), there)
    assert wait == [2.5, np.inf]  # the second leak is after the pact
    assert read(worlds.leak_to_sanction("2012-01-01", "2014-12-01"), there) == [6.0, np.inf]
    assert read(worlds.leak_to_sanction("2012-01-01", "2013-01-01"), there) == [6.0]


def test_lives_of_pacts_are_those_that_ended():
    pact, ends = np.zeros(40), np.zeros(40)
    pact[2:8], pact[20:32], pact[38:] = 1.0, 1.0, 1.0
    ends[8] = ends[32] = 1.0
    assert worlds._lives(pact, ends) == [0.5, 1.0]


def test_without_revocation_the_last_terms_of_the_truce_stay():
    script = model.Script.of(KNOWN.case)
    kept = worlds.without_revocation(script).eras
    assert kept == script.eras[: len(kept)]
    assert kept[-1].stance == model.Stance.SECRET_PACT
    assert kept[-1].start == pd.Timestamp("2013-06-01")


# -- Facts -----------------------------------------------------------------------------------


def test_there_are_twenty_facts_each_with_parts():
    assert [fact.number for fact in decide.FACTS] == list(range(1, 21))
    for fact in decide.FACTS:
        assert fact.parts and fact.sentence.endswith(".")
        for part in fact.parts:
            assert part.source
            assert (part.measure is None) == (part.kind == "built in")


@pytest.mark.parametrize("fact", decide.FACTS, ids=lambda fact: str(fact.number))
def test_every_target_is_a_range_within_what_is_allowed(fact):
    for part in fact.parts:
        low, high = part.target(KNOWN)
        assert np.isfinite([low, high]).all() and low <= high
        allowed = part.allowed(low, high)
        assert allowed[0] <= low and high <= allowed[1]


def target(number, place=0):
    return decide.FACTS[number - 1].parts[place].target(KNOWN)


def test_targets_are_the_figures_of_the_record():
    assert target(1, 2) == (4308.0, 4371.0)
    assert target(2)[0] == pytest.approx((156 / 30) / (813 / 60))
    assert target(2, 1)[0] == pytest.approx((79 / 14) / (813 / 60))
    assert target(5)[0] == pytest.approx(794 / 551)
    assert target(6, 1) == (907.0, 918.0)
    assert target(8)[0] == pytest.approx((353 / 30) / (611 / 31))
    assert target(12) == (17577.0, 17577.0)
    assert target(13, 1)[0] == pytest.approx(17540 / 19275)
    assert target(18, 1) == (18.19, 18.19)


def part_of(tolerance, scale):
    return FactPart("x", lambda record: (1.0, 2.0), tolerance, scale, "fitted", worlds.poll, "y")


def test_tolerances_widen_a_target():
    assert part_of(0.1, "share").allowed(100.0, 200.0) == pytest.approx((90.0, 220.0))
    assert part_of(0.1, "share").allowed(-10.0, 10.0) == pytest.approx((-11.0, 11.0))
    assert part_of(10.0, "points").allowed(5.0, 6.0) == (-5.0, 16.0)
    assert part_of(2.0, "factor").allowed(4.0, 8.0) == (2.0, 16.0)
    words = [part_of(*given).tolerance_in_words for given in ((0.1, "share"), (3, "factor"))]
    assert words == ["10%", "factor 3"]


def made_up(middle, number=1, values=(), reading="script", tested=True):
    measure = (lambda there, name: worlds.Seen(np.array(values), middle)) if tested else None
    part = FactPart(
        *("made up", lambda record: (10.0, 10.0), 0.1, "share", "fitted", measure, "here"),
        reading,
    )
    return decide.StylisedFact(number, "Made up.", (part,))


def table_of(*facts):
    return decide.stylised_facts(KNOWN, worlds=1, facts=facts)


def test_a_part_is_a_hit_at_the_edge_of_its_tolerance_and_a_miss_beyond():
    table = table_of(
        made_up(9.0), made_up(11.0), made_up(8.99), made_up(11.01), made_up(1.0, tested=False)
    )
    assert table["hit"].tolist() == ["miss", "miss", "miss", "miss", "no test"]  # no world shows it
    shown = [made_up(middle, values=(1.0, 5.0)) for middle in (9.0, 11.0, 8.99, 11.01)]
    assert table_of(*shown)["hit"].tolist() == ["hit", "hit", "miss", "miss"]


def test_the_middle_is_the_median_and_what_never_happened_is_ranked():
    values = (1.0, 2.0, 3.0, np.inf, np.inf, np.nan)
    row = table_of(made_up(None, values=values)).iloc[0]
    assert row["simulated_low"] == 1.0
    assert row["simulated_middle"] == 3.0
    assert row["simulated_high"] == np.inf


def test_a_fact_is_a_miss_if_one_part_is_and_rival_readings_do_not_count():
    hit, miss = {"values": (10.0,)}, {"values": (99.0,)}
    table = table_of(
        made_up(None, 1, **hit),
        made_up(None, 1, **miss),
        made_up(None, 2, **hit),
        made_up(None, 2, reading="measures_2016", **miss),
        made_up(None, 3, tested=False),
    )
    assert decide.count_hits(table) == {"hit": 1, "miss": 1, "no test": 1}


def test_a_record_without_the_figure_is_refused():
    empty = record.load("el-salvador")
    rows = empty.observations
    poorer = record.Record(
        empty.case, rows[rows["series"] != "prison_population"], empty.events, empty.sources, "x"
    )
    with pytest.raises(ValueError, match="prison_population"):
        decide.FACTS[11].parts[0].target(poorer)


# -- The commands ----------------------------------------------------------------------------


def test_figures_are_printed_with_as_many_digits_as_they_deserve():
    printed = [figure(x) for x in (1234.5, 12.34, 0.414, -33.5, np.inf, np.nan)]
    assert printed == ["1,234", "12.3", "0.41", "-33.5", "later", ""]
    assert span(1.0, 1.0) == "1.00" and span(15.0, 20.0) == "15.0 to 20.0"


def test_the_command_prints_all_facts_and_the_count():
    result = CliRunner().invoke(simulate_command, ["--facts", "--worlds", "4", "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert sum(document["facts"].values()) == 20
    assert {row["number"] for row in document["parts"]} == set(range(1, 21))
    assert document["facts"]["no test"] == 1
    page = CliRunner().invoke(simulate_command, ["--facts", "--worlds", "4"])
    assert "of 20 facts" in " ".join(page.stdout.split()) and "crackdown_2019" in page.stdout


def test_the_command_prints_a_match(monkeypatch):
    found = decide.match_decisions(KNOWN, names=("inertia",), worlds=4, evaluations=1)
    monkeypatch.setattr(decide, "match_decisions", lambda *given, **named: found)
    result = CliRunner().invoke(simulate_command, ["--match"])
    assert result.exit_code == 0, result.output
    assert "not estimation" in result.stdout and "inertia" in result.stdout
    document = json.loads(CliRunner().invoke(simulate_command, ["--match", "--json"]).stdout)
    assert len(document["moments"]) == 8 and document["weights"][0]["name"] == "inertia"


def test_one_question_at_a_time():
    result = CliRunner().invoke(simulate_command, ["--facts", "--match"])
    assert result.exit_code == 2
    assert "one of --fit, --refit, --facts and --match" in result.output
