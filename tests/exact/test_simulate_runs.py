"""Is a run what its contract says: paired, continued, threaded and refused alike?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua import model, record, simulate
from tregua.cli.simulate import simulate_command
from tregua.model import Era, GangAction, GangView, Script, Slot, Stance, View, in_view
from tregua.simulate.fit import adequacy
from tregua.simulate.worlds import SimulationError


@model.government
def crack_down(view):
    """Mano dura, always."""
    return Stance.MANO_DURA


@model.government
def crack_down_from_2013(view):
    """Ordinary policing until 2013, mano dura from then on."""
    return Stance.MANO_DURA if view[View.TIME] >= 2013.0 else Stance.STATUS_QUO


@model.government
def wait(view):
    """Ordinary policing, always."""
    return Stance.STATUS_QUO


@model.government
def offer(view):
    """A secret pact, always."""
    return Stance.SECRET_PACT


@pytest.fixture(scope="module")
def history():
    return Script.of(record.load("el-salvador").case)


@pytest.fixture(scope="module")
def draws():
    return model.prior_draws(40, seed=4)


def months(ensemble, first=None, last=None):
    return ensemble.monthly.sel(month=slice(first, last))


def test_a_run_in_two_pieces_is_one_run(history, draws):
    whole = simulate.run(draws, script=history, start="2003-01-01", end="2022-01-01", seed=9)
    early = simulate.run(draws, script=history, start="2003-01-01", end="2012-01-01", seed=9)
    late = simulate.run(
        draws, script=history, start="2012-01-01", end="2022-01-01", seed=9, initial=early.final
    )
    np.testing.assert_array_equal(late.final.values, whole.final.values)
    assert months(whole, "2012-01-01").equals(late.monthly)
    assert months(whole, None, "2011-12-31").equals(early.monthly)


@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_strategies_take_over_a_script_or_its_final_state_alike(history, draws, reading):
    profile = model.Profile(offer)
    common = {"seed": 9, "reading": reading}
    whole = simulate.run(
        draws,
        script=history,
        profile=profile,
        since="2012-01-01",
        start="2009-01-01",
        end="2016-01-01",
        **common,
    )
    early = simulate.run(draws, script=history, start="2009-01-01", end="2012-01-01", **common)
    middle = simulate.run(
        draws, profile=profile, start="2012-01-01", end="2014-01-01", initial=early.final, **common
    )
    late = simulate.run(
        draws,
        profile=profile,
        since="2012-01-01",
        start="2014-01-01",
        end="2016-01-01",
        initial=middle.final,
        **common,
    )
    np.testing.assert_array_equal(late.final.values, whole.final.values)


def test_threads_change_no_bit(history, draws):
    runs = [
        simulate.run(
            draws, script=history, start="2003-01-01", end="2006-01-01", seed=2, threads=threads
        )
        for threads in (1, 2, 3)
    ]
    for other in runs[1:]:
        np.testing.assert_array_equal(other.final.values, runs[0].final.values)
        assert other.monthly.equals(runs[0].monthly)


def test_a_world_can_be_replayed_alone(history, draws):
    together = simulate.run(draws, script=history, start="2003-01-01", end="2006-01-01", seed=2)
    alone = simulate.run(
        draws.select([17]), script=history, start="2003-01-01", end="2006-01-01", seed=2
    )
    np.testing.assert_array_equal(alone.final.values[0], together.final.values[17])
    many = model.prior_draws(90, seed=4)
    np.testing.assert_array_equal(many.values[:40], draws.values)


def test_two_strategies_are_one_until_they_differ(draws):
    runs = [
        simulate.run(
            draws,
            profile=model.Profile(strategy),
            start="2012-01-01",
            end="2015-01-01",
            seed=3,
            variables=simulate.VARIABLES,
        )
        for strategy in (wait, crack_down_from_2013, crack_down)
    ]
    before, after = (None, "2012-12-31"), ("2013-01-01", None)
    assert months(runs[0], *before).equals(months(runs[1], *before))
    assert not months(runs[0], *after).equals(months(runs[1], *after))
    assert not months(runs[0], *before).equals(months(runs[2], *before))


def test_paired_worlds_differ_less_than_unpaired_ones(draws):
    # The point of keyed noise: differences of killings between strategies, in the same worlds.
    def killed(strategy, seed):
        ensemble = simulate.run(
            model.defaults(worlds=200),
            profile=model.Profile(strategy, model.indifferent),
            start="2012-01-01",
            end="2013-01-01",
            seed=seed,
            variables=("killed",),
        )
        return ensemble.monthly["killed"].sum("month").values

    base = killed(wait, 3)
    paired = (killed(crack_down, 3) - base).std()
    unpaired = (killed(crack_down, 4) - base).std()
    assert paired < 0.8 * unpaired


def test_another_seed_is_another_history(history, draws):
    one, two = (
        simulate.run(draws, script=history, start="2003-01-01", end="2004-01-01", seed=seed)
        for seed in (1, 2)
    )
    assert not np.array_equal(one.final.values, two.final.values)


def test_years_are_sums_of_months_and_months_of_weeks(history, draws):
    ensemble = simulate.run(draws, script=history, start="2003-01-01", end="2005-07-01", seed=1)
    yearly = ensemble.annual()
    assert yearly["year"].values.tolist() == [2003, 2004, 2005]
    total = ensemble.monthly["recorded"].sum("month")
    np.testing.assert_array_equal(yearly["recorded"].sum("year"), total)
    np.testing.assert_array_equal(
        yearly["prisoners"].sel(year=2004), months(ensemble, None, "2004-12-31")["prisoners"][:, -1]
    )
    np.testing.assert_allclose(
        yearly["pact"].sel(year=2005), months(ensemble, "2005-01-01")["pact"].mean("month")
    )
    assert ensemble.quantiles("recorded").columns.tolist() == ["q05", "q25", "q50", "q75", "q95"]
    assert ensemble.to_frame().shape == (40 * 30, 3 + 20 + 3)


def test_weights_move_quantiles(history, draws):
    ensemble = simulate.run(draws, script=history, start="2003-01-01", end="2004-01-01", seed=1)
    killed = ensemble.annual()["killed"].values[:, 0]
    heavy = np.where(killed >= np.median(killed), 1.0, 1e-9)
    weighted = simulate.Ensemble(
        ensemble.monthly, ensemble.final, draws.reweighted(heavy), ensemble.provenance
    )
    assert weighted.quantiles("killed")["q05"].iloc[0] >= np.median(killed)


def test_the_mean_reading_is_the_mean_of_many_worlds(history):
    # Noise only, script driven. Two parts: sampling error (4 standard errors) and the bias of a
    # mean-field reading, for which 2 % is allowed. False alarms of the first: 6e-5 a variable.
    worlds = 400
    options = {"script": history, "start": "2003-01-01", "end": "2012-01-01", "seed": 6}
    many = simulate.run(model.defaults(worlds=worlds), **options).annual().isel(year=-1)
    mean = simulate.run(model.defaults(), reading="mean", **options).annual().isel(year=-1, world=0)
    for name in ("killed", "recorded", "hidden", "street", "prisoners", "detained", "fear"):
        error = many[name].std("world").item() / np.sqrt(worlds)
        expected = mean[name].item()
        assert abs(many[name].mean("world").item() - expected) < 4 * error + 0.02 * expected, name


def test_the_mean_reading_of_a_pact_is_the_mean_of_many(history):
    # As above, for flags: strikes, leaks and the pact itself are shares of worlds.
    worlds = 1500
    options = {
        "profile": model.Profile(offer, model.indifferent),
        "start": "2012-01-01",
        "end": "2013-07-01",
        "seed": 6,
        "variables": simulate.VARIABLES,
    }
    many = simulate.run(model.defaults({"cooling": 50.0}, worlds=worlds), **options).monthly
    mean = simulate.run(model.defaults({"cooling": 50.0}), reading="mean", **options)
    for name in ("leaks", "breaches", "strikes", "pact_ends", "struck"):
        total = many[name].sum("month")
        expected = mean.monthly[name].sum().item()
        error = total.std().item() / np.sqrt(worlds)
        assert abs(total.mean().item() - expected) < 4 * error + 0.05 * expected, name
    # Pressure grows in the very worlds that leaked: a product of means misses a third of sanctions.
    share = mean.monthly["sanctions"].sum().item() / many["sanctions"].sum("month").mean().item()
    assert 0.5 < share < 0.9


def test_halving_the_week_changes_little(history):
    options = {"script": history, "start": "2003-01-01", "end": "2024-01-01", "seed": 0}
    week, half = (
        simulate.run(model.defaults(), reading="mean", weeks_per_month=n, **options).annual()
        for n in (4, 8)
    )
    ratio = half["recorded"] / week["recorded"]
    assert np.abs(ratio - 1).max().item() < 0.05
    assert np.abs(half["prisoners"] / week["prisoners"] - 1).max().item() < 0.01


@model.gangs
def press_on_monday(view, gang):
    """Press if the gang's own draw says so; restrain if the government is trusted."""
    if view[in_view(GangView.DRAW, gang)] < 0.25:
        return GangAction.PRESS
    return GangAction.BUSINESS


def test_the_mean_reading_averages_a_strategy_that_mixes():
    ensemble = simulate.run(
        model.defaults(),
        profile=model.Profile(wait, press_on_monday),
        start="2012-01-01",
        end="2012-03-01",
        seed=0,
        reading="mean",
        variables=("pressing",),
    )
    np.testing.assert_allclose(ensemble.monthly["pressing"], 0.25)


def view_of(**values):
    view = np.zeros(model.observation.view_length(3))
    view[View.SINCE_BREAK] = model.observation.LONG_AGO
    view[View.TRUST_NEEDED], view[View.BACKLASH_TIME] = 0.4, 1.1
    view[View.PRESSING_CRACKDOWN] = 0.25
    view[in_view(GangView.INCLUDED, 1)] = 1.0
    for name, value in values.items():
        gang_sees = name in GangView.__members__
        place = in_view(GangView[name], 1) if gang_sees else View[name]
        view[place] = value
    return view


@pytest.mark.parametrize(
    ("seen", "answer"),
    [
        ({"PACT": 1.0, "TRUST": 0.7}, GangAction.RESTRAIN),
        ({"PACT": 1.0, "TRUST": 0.3}, GangAction.BUSINESS),
        ({"SINCE_BREAK": 0.5}, GangAction.PRESS),
        ({"SINCE_BREAK": 2.0}, GangAction.BUSINESS),
        ({"STANCE": Stance.MANO_DURA, "DRAW": 0.1}, GangAction.PRESS),
        ({"STANCE": Stance.MANO_DURA, "DRAW": 0.9}, GangAction.BUSINESS),
        ({"STANCE": Stance.REFORM, "DRAW": 0.1}, GangAction.BUSINESS),
    ],
)
def test_gangs_that_answer_in_kind_play_these_moves(seen, answer):
    assert model.answer_in_kind(view_of(**seen), 1) == answer
    assert model.indifferent(view_of(**seen), 1) == GangAction.BUSINESS


def test_a_revoked_pact_is_followed_by_a_backlash(draws):
    @model.government
    def revoke_in_2013(view):
        return Stance.SECRET_PACT if view[View.TIME] < 2013.0 else Stance.STATUS_QUO

    certain = draws.with_(breach=0.0, leak=0.0, honour=1.0, backlash_time=1.0, trust_needed=0.05)
    ensemble = simulate.run(
        certain,
        profile=model.Profile(revoke_in_2013),
        start="2012-01-01",
        end="2015-01-01",
        seed=1,
        variables=("restraining", "pressing", "pact"),
    )
    pact = ensemble.monthly["pact"].mean(("world",)).values
    np.testing.assert_array_equal(pact, np.repeat([1.0, 0.0, 0.0], 12))
    restraining = ensemble.monthly["restraining"].mean(("world", "gang")).values
    pressing = ensemble.monthly["pressing"].mean(("world", "gang")).values
    np.testing.assert_array_equal(restraining, np.repeat([1.0, 0.0, 0.0], 12))
    np.testing.assert_array_equal(pressing[:24], np.repeat([0.0, 1.0], 12))
    assert pressing[26:].max() == 0.0


def test_the_model_agrees_with_the_record_as_well_as_is_claimed():
    # The figures that the documentation prints. Not a validation: the numbers were fitted.
    found = adequacy(record.load("el-salvador"))
    assert found.homicides < 0.11
    assert found.prisoners < 0.08
    assert (found.table["series"] == "homicides").sum() == 22


def era(start="2003-01-01", **values):
    return Era(pd.Timestamp(start), Stance.STATUS_QUO, **values)


@model.government
def nonsense(view):
    """A stance that does not exist."""
    return 9


@model.gangs
def nonsense_gangs(view, gang):
    """An action that does not exist."""
    return -1


GOOD = {"start": "2003-01-01", "end": "2004-01-01", "seed": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Nothing drives this run"),
        ({"script": Script((era(),)), "end": "2003-01-01"}, "must come after start"),
        ({"script": Script((era(),)), "start": "2003-01-15"}, "first day of a month"),
        ({"script": Script((era(),)), "start": "soon"}, "first day of a month"),
        ({"script": Script((era("2003-06-01"),))}, "begins on 2003-06-01"),
        ({"script": Script((era(),)), "seed": -1}, "seed must be a whole number"),
        ({"script": Script((era(),)), "reading": "median"}, "'stochastic' or 'mean'"),
        ({"script": Script((era(),)), "threads": 0}, "At least one thread"),
        ({"script": Script((era(),)), "since": "2003-06-01"}, "give a profile too"),
        ({"script": Script((era(),)), "profile": model.Profile(wait)}, "since when"),
        ({"script": Script((era(),)), "variables": ["kiled"]}, "Did you mean 'killed'?"),
        ({"profile": model.Profile(nonsense)}, "returned no stance"),
        ({"profile": model.Profile(wait, nonsense_gangs)}, "week 1 of 2003-01"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused_in_one_sentence(options, message):
    with pytest.raises(SimulationError, match=message.replace("?", r"\?")):
        simulate.run(model.defaults(), **GOOD | options)


def test_a_state_of_other_worlds_or_dates_is_refused(history, draws):
    final = simulate.run(draws, script=history, start="2003-01-01", end="2003-02-01", seed=1).final
    with pytest.raises(SimulationError, match="different worlds"):
        simulate.run(
            model.defaults(),
            script=history,
            start="2003-02-01",
            end="2004-01-01",
            seed=1,
            initial=final,
        )
    with pytest.raises(SimulationError, match="of 2003-02-01, but the run starts on 2004-01-01"):
        simulate.run(
            draws, script=history, start="2004-01-01", end="2005-01-01", seed=1, initial=final
        )


def test_all_problems_of_a_script_are_named_at_once():
    with pytest.raises(ValueError, match=r"pressing = 1\.5 .* does not come after 2004"):
        Script((era("2004-01-01", pressing=1.5), era("2003-01-01")))
    with pytest.raises(ValueError, match="above 1"):
        Script((era(pressing=0.7, restraining=0.7),))
    with pytest.raises(ValueError, match="Did you mean 'measures_2016'"):
        Script.of(record.load("el-salvador").case, "measure_2016")


def test_a_profile_takes_strategies_only():
    with pytest.raises(ValueError, match=r"made with @model\.government"):
        model.Profile(government=lambda view: 0)
    with pytest.raises(ValueError, match=r"made with @model\.gangs"):
        model.Profile(government=wait, gangs=wait)


def test_progress_reaches_the_end(history, draws):
    seen = []
    simulate.run(
        draws,
        script=history,
        start="2003-01-01",
        end="2003-03-01",
        seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (40, 40)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_provenance_names_what_was_run(history, draws):
    made = simulate.run(
        draws, script=history, start="2003-01-01", end="2003-03-01", seed=5
    ).provenance
    assert made["script"] == "script"
    assert made["seed"] == 5
    assert made["case"] == "el-salvador"


def test_final_states_name_their_slots(history, draws):
    final = simulate.run(draws, script=history, start="2022-01-01", end="2023-01-01", seed=5).final
    assert final.get(Slot.STANCE).tolist() == [Stance.EXCEPTION] * 40
    assert final.get(model.GangSlot.STREET).shape == (40, 3)
    assert final.select([3]).worlds.tolist() == [3]


def test_the_command_prints_years_beside_the_record_and_writes_months(tmp_path):
    out = tmp_path / "worlds.parquet"
    options = ["--worlds", "20", "--from", "2010", "--to", "2012", "--json", "--out", str(out)]
    result = CliRunner().invoke(simulate_command, options)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert [row["year"] for row in document["years"]] == [2010, 2011, 2012]
    assert document["years"][1]["observed_high"] == 4371
    assert document["observed"] == 3
    assert len(pd.read_parquet(out)) == 20 * 36


def test_the_command_prints_how_well_the_model_fits():
    result = CliRunner().invoke(simulate_command, ["--fit"])
    assert result.exit_code == 0, result.output
    assert "Root mean square log error: homicides 0.0" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["no-such-case"], "no-such-case"),
        (["--to", "1990"], "is before --from"),
        (["--out", "worlds.xls"], ".parquet or .nc"),
        (["--history", "crackdown_2020"], "Did you mean 'crackdown_2019'?"),
        (["--worlds", "0"], "0 is not in the range x>=1"),
    ],
)
def test_the_command_refuses_bad_input_in_one_message(options, message):
    result = CliRunner().invoke(simulate_command, options)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_the_command_switches_mechanisms_on_and_keeps_other_periods(tmp_path):
    out = tmp_path / "worlds.parquet"
    few = ["--worlds", "4", "--to", "2004", "--out", str(out), "--json"]
    options = [*few, "--every", "quarter", "--mechanism", "fringe", "--mechanism", "territory"]
    result = CliRunner().invoke(simulate_command, options)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["provenance"]["mechanisms"] == "fringe, territory"
    kept = pd.read_parquet(out)
    assert len(kept) == 4 * 8
    assert "quarter" in kept.columns
    refused = CliRunner().invoke(simulate_command, ["--mechanism", "frnge"])
    assert refused.exit_code != 0
    assert "Did you mean 'fringe'?" in refused.output
