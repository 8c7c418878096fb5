"""The bargain's numbers as computed by hand, its limits, and what it says when asked."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from tregua import report
from tregua.cli import main
from tregua.decide import (
    Bargain,
    bargain_terms,
    bargain_verdict,
    coalitions,
    expected_counts,
    feasible_region,
    joint_pact,
    monitoring_errors,
)
from tregua.model import Parameter, defaults
from tregua.report.plane import plane_tables

# The illustration.


def test_the_illustration_gives_its_published_numbers() -> None:
    b = Bargain()
    assert b.survival == pytest.approx(0.9733, abs=5e-5)
    assert b.temptation == pytest.approx(0.35 * 0.9 + 0.1 * 0.9 * 2)
    assert b.price_of_mistrust == pytest.approx(0.049, abs=5e-4)
    assert b.minimal_concession == pytest.approx(0.48, abs=5e-3)
    assert b.continuation == pytest.approx(0.937, abs=5e-4)
    assert b.maximal_concession == pytest.approx(2.71, abs=5e-3)
    assert b.duration == pytest.approx(18.0, abs=0.05)
    assert bool(b.feasible)


@pytest.mark.parametrize(
    ("changes", "slack"),
    [
        ({}, 2.23),
        ({"false_alarm": 0.05}, 1.68),
        ({"false_alarm": 0.10}, 1.05),
        ({"false_alarm": 0.20}, -0.06),
        ({"tough_bonus": 4}, 1.49),
        ({"gangs": 12}, 2.01),
        ({"power_shift": 0.55}, -3.07),
        ({"turnover": 1 / 6}, 1.66),
        ({"breach": 0.15}, 1.46),
        ({"government_discount": 2}, 1.59),
        ({"gang_discount": 2}, 2.08),
        ({"leak": 0.5}, 1.99),
    ],
)
def test_what_moves_the_slack(changes: dict[str, float], slack: float) -> None:
    assert Bargain(**changes).slack == pytest.approx(slack, abs=5.1e-3)


@pytest.mark.parametrize(("psi", "least"), [(0, 0.48), (0.2, 0.72), (0.4, 1.45), (0.55, 5.8)])
def test_a_concession_that_buys_power_costs_more_and_then_too_much(
    psi: float, least: float
) -> None:
    b = Bargain(power_shift=psi)
    assert b.minimal_concession == pytest.approx(least, rel=6e-3)
    assert bool(b.feasible) == (least <= 1)


def test_the_backlash_of_the_illustration_is_a_year() -> None:
    # p_0 = 0.5, p* = 0.3 and two years of memory: 24 ln(5/3) months.
    b = Bargain()
    b = b.replace(pressing_cost=0.3 * np.exp(-0.1 / 12) * b.gang_gain)
    assert b.contagion_threshold == pytest.approx(0.3)
    assert b.backlash == pytest.approx(24 * np.log(5 / 3))


def test_large_gangs_are_watchable_and_small_ones_hide_in_the_total() -> None:
    alone = monitoring_errors(60, 25, 181, 6.0)
    assert alone[0] < 0.02
    assert alone[1] > 0.999
    assert monitoring_errors(201.5, 139, 295, 6.0, exact=False) == pytest.approx(
        (0.015, 0.987), abs=5e-4
    )
    assert monitoring_errors(160, 139, 186, 6.0, exact=False) == pytest.approx(
        (0.23, 0.79), abs=0.01
    )
    assert expected_counts(200, 0.9, 0.1, 0.3, elsewhere=10) == pytest.approx((24.0, 190.0))


# Limits.


def test_perfect_monitoring_without_outside_risk_leaves_only_impatience() -> None:
    b = Bargain(false_alarm=0, leak=0, turnover=0, breach=0)
    factor = np.exp(-0.1 / 12)
    assert b.survival == 1
    assert b.price_of_mistrust == pytest.approx((1 - factor) / (factor * 0.95))
    patient = b.replace(gang_discount=0)
    assert patient.price_of_mistrust == 0
    assert patient.minimal_concession == pytest.approx((0.35 * 0.9 - 0.05) / 0.6)
    assert np.isinf(b.duration)
    assert b.outside_hazard == 0


def test_one_gang_surprises_nobody() -> None:
    alone = Bargain(gangs=1, surprise_gain=0.5)
    assert alone.temptation == pytest.approx(0.35 * 0.9)
    assert alone.minimal_concession == Bargain(gangs=1, surprise_gain=0).minimal_concession


def test_without_command_there_is_no_partner() -> None:
    for command in (0, 1e-6, 0.01):
        assert not Bargain(command=command).feasible
    assert Bargain(command=0).binding == "government"
    assert Bargain().minimum_command > 0


def test_leaks_that_kill_nothing_do_not_matter() -> None:
    numbers = [Bargain(leak_kills=0, leak=h) for h in (0.0, 0.3, 1.0)]
    assert len({float(b.slack) for b in numbers}) == 1
    assert len({float(b.duration) for b in numbers}) == 1


def test_power_as_great_as_comfort_leaves_no_pact() -> None:
    assert np.isinf(Bargain(power_shift=0.6).minimal_concession)
    assert np.isinf(Bargain(power_shift=0.9).minimal_concession)
    assert Bargain(power_shift=0.6).binding == "gang"
    limits = [Bargain(power_shift=0.6 - e).minimal_concession for e in (1e-1, 1e-3, 1e-6)]
    assert limits[-1] > 1e4
    assert limits == sorted(limits)


def test_a_blind_government_buys_nothing() -> None:
    blind = Bargain(false_alarm=0.3, detection=0.3)
    assert np.isinf(blind.minimal_concession)
    assert np.isinf(blind.monitoring_cost)
    assert blind.softest_resumption < 0
    assert blind.best_value == pytest.approx(-0.05)
    # Where there is nothing to gain by cheating, nothing need be seen.
    assert np.isfinite(blind.replace(restraint_cost=0, surprise_gain=0).minimal_concession)


def test_openness_tends_to_its_limits_with_patience() -> None:
    surplus = 3 * (0.9 * 0.95 * 0.36 - 0.1)
    certain = {"turnover": 0, "breach": 0, "false_alarm": 0}
    assert Bargain(**certain, government_discount=0).openness_limit == pytest.approx(surplus)
    assert Bargain(**certain, government_discount=400).openness_limit == pytest.approx(0.053)
    kills_nothing = Bargain(leak_kills=0)
    assert kills_nothing.openness_limit == pytest.approx(0.053)


def test_a_second_alarm_about_others_counts_only_where_it_is_shared() -> None:
    # One alarm that suspends all multiplies a gang's survival by (1 - alpha)^(n-1).
    alone, shared = Bargain(), Bargain(shared_alarm=1)
    assert shared.perceived_survival == pytest.approx(alone.survival * 0.99**2)
    assert shared.minimal_concession == pytest.approx(0.5005, abs=5e-4)
    assert shared.maximal_concession == alone.maximal_concession


def test_the_governments_own_word_is_known_to_it() -> None:
    doubted = Bargain(trust=0.3)
    assert doubted.minimal_concession > Bargain().minimal_concession
    assert doubted.maximal_concession == Bargain().maximal_concession
    assert doubted.duration == Bargain().duration


# What it takes and refuses.


def test_arrays_give_what_single_numbers_give() -> None:
    alarms, bonuses = np.array([0.0, 0.1, 0.25]), np.array([[0.5], [4.0]])
    plane = Bargain(false_alarm=alarms, tough_bonus=bonuses)
    assert plane.shape == (2, 3)
    for name in (
        *("slack", "margin", "duration", "best_value", "minimum_command", "election_clock"),
        *("survival_needed", "minimum_trust", "openness_limit", "backlash"),
    ):
        values = np.broadcast_to(getattr(plane, name), (2, 3))
        for i in range(2):
            for j in range(3):
                one = Bargain(false_alarm=alarms[j], tough_bonus=bonuses[i, 0])
                assert values[i, j] == getattr(one, name), name
    assert plane.binding.tolist()[0] == ["none", "none", "government"]


def test_every_problem_is_listed_at_once_with_what_would_be_valid() -> None:
    with pytest.raises(ValueError, match="A bargain cannot have") as caught:
        Bargain(
            command=1.2,
            gangs=2.5,
            violence=float("nan"),
            regime_value=0,
            leak="often",  # type: ignore[arg-type]
            trust=[0.1, 0.2],
            honour=[0.1, 0.2, 0.3],
        )
    said = str(caught.value)
    for part in (
        "command = 1.2 (must be within [0, 1])",
        "gangs = 2.5 (must be a whole number at least 1)",
        "violence = nan (must be at least 0)",
        "regime_value = 0 (must be above 0)",
        "leak = 'often' (must be a number or an array)",
        "arrays of shapes (2,) and (3,) (must broadcast to one shape)",
    ):
        assert part in said, said


def test_an_unknown_number_is_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="Did you mean 'false_alarm'"):
        Bargain().replace(false_alarms=0.1)
    with pytest.raises(ValueError, match="is no lever"):
        bargain_verdict(Bargain()).change_of("concession")
    with pytest.raises(ValueError, match=r"array of shape \(2,\)"):
        bargain_verdict(Bargain(leak=[0.1, 0.2]))


def test_monitoring_refuses_what_no_count_can_be() -> None:
    with pytest.raises(ValueError, match=r"complying = -1 .* dispersion = 0.5"):
        monitoring_errors(10, -1, 20, 0.5)
    with pytest.raises(ValueError, match=r"stopped = 1.5 \(must be within \[0, 1\]\)"):
        expected_counts(10, 1.5)
    assert monitoring_errors(0, 0, 0, 3.0) == (0.0, 0.0)


# Verdicts.


@pytest.mark.parametrize(
    ("changes", "levers"),
    [
        ({}, 15),
        ({"false_alarm": 0.2}, 13),
        ({"power_shift": 0.4}, 5),
        # Where both sides fail, nothing alone is enough.
        ({"tough_bonus": 30, "restraint_cost": 1.2}, 0),
    ],
)
def test_every_lever_that_is_found_brings_the_margin_to_nothing(
    changes: dict[str, float], levers: int
) -> None:
    b = Bargain(**changes)
    found = bargain_verdict(b)
    assert {change.lever for change in found.changes} == set(bargain_terms().query("lever")["name"])
    assert sum(change.needed is not None for change in found.changes) >= levers
    assert levers > 0 or all(change.needed is None for change in found.changes)
    for change in found.changes:
        if change.needed is None:
            path = np.linspace(change.low, change.high, 1001)
            path = path if change.lever != "gangs" else np.unique(np.round(path))
            assert len(set((b.replace(**{change.lever: path}).margin >= 0).tolist())) == 1
            continue
        at = b.replace(**{change.lever: change.needed})
        if change.lever == "gangs":
            assert bool(at.feasible) != found.self_enforcing
        else:
            assert at.margin == pytest.approx(0, abs=1e-8), change.lever
            between = np.linspace(change.now, change.needed, 50)[:-1]
            assert (b.replace(**{change.lever: between}).feasible == found.self_enforcing).all()


@pytest.mark.parametrize(
    ("changes", "binding"),
    [
        ({}, "none"),
        ({"power_shift": 0.4}, "gang"),
        ({"tough_bonus": 12}, "government"),
        ({"power_shift": 0.4, "tough_bonus": 12}, "both"),
    ],
)
def test_what_stands_in_the_way_is_named(changes: dict[str, float], binding: str) -> None:
    found = bargain_verdict(Bargain(**changes))
    assert found.binding == binding
    assert found.self_enforcing == (binding == "none")


def test_thresholds_agree_with_the_properties_they_print() -> None:
    b = Bargain(trust=0.5)
    table = bargain_verdict(b).thresholds().set_index("name")
    assert table.loc["minimum_trust", "value"] == b.minimum_trust
    assert table.loc["largest_hazard", "now"] == pytest.approx(-np.log(b.trusted_survival))
    assert not table.loc["electoral_bridge", "passes"]
    assert (table["value"].notna()).all()


def test_a_region_is_its_points() -> None:
    b = Bargain()
    region = feasible_region(b, x="false_alarm", y="gangs", points=31)
    assert region["binding"].dims == ("y", "x")
    assert set(region["y"].values) == set(range(1, 31))
    for i, j in ((0, 0), (4, 7), (29, 30)):
        one = b.replace(false_alarm=region["x"].values[j], gangs=region["y"].values[i])
        assert region["margin"].values[i, j] == one.margin
        assert region["binding"].values[i, j] == one.binding
    assert region["x"].attrs["now"] == 0.01
    assert 0 < region["feasible"].mean() < 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"x": "leak", "y": "leak"}, "two different numbers"),
        ({"x": "leek", "y": "gangs"}, "Did you mean 'leak'"),
        ({"x": "leak", "y": "gangs", "points": 1}, "give 2 to 1001"),
        ({"x": "leak", "y": "gangs", "x_range": (0.5, 0.1)}, "must rise"),
        ({"x": "leak", "y": "gangs", "x_range": (0.5, 2)}, r"must be within \[0, 1\]"),
    ],
)
def test_a_region_refuses_what_is_no_plane(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        feasible_region(Bargain(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_region_becomes_a_picture(lang: str, theme: str) -> None:
    region = feasible_region(Bargain(), x="false_alarm", y="power_shift", points=61)
    spec = report.region_figure(region, lang, theme=theme, width=700)
    assert "var(--" not in json.dumps(spec)
    assert {row["binding"] for row in spec["datasets"]["plane"]} == set(
        np.unique(region["binding"])
    )
    assert f"{100 * float(region['feasible'].mean()):.0f}" in spec["title"]["text"]


def test_the_tables_of_a_plane_cover_it_once_and_draw_its_border() -> None:
    b = Bargain()
    region = feasible_region(b, x="false_alarm", y="power_shift", points=101)
    tables = plane_tables(region)
    runs = tables["plane"]
    assert ((runs["x2"] - runs["x"]) * (runs["y2"] - runs["y"])).sum() == pytest.approx(0.3)
    assert len(runs) < 0.05 * 101**2
    border = tables["border"]
    at = b.replace(false_alarm=border["x"].to_numpy(), power_shift=border["y"].to_numpy())
    # Linear within a cell; the corner where the two limits meet is cut off by less than a cell.
    assert np.abs(at.margin).max() < 0.01
    assert np.median(np.abs(at.margin)) < 1e-4
    assert len(border) > 90
    for label in tables["labels"].itertuples():
        assert b.replace(false_alarm=label.x, power_shift=label.y).binding == label.binding
    assert {"none", "gang", "both"} <= set(tables["labels"]["binding"])


# Gangs that are not alike.


def test_gangs_that_are_alike_are_the_bargain_itself() -> None:
    b = Bargain(shared_alarm=0.5, trust=0.8)
    pact = joint_pact({"a": b, "b": b, "c": b})
    assert pact.minimal == pytest.approx((float(b.minimal_concession),) * 3)
    assert pact.maximal_total == pytest.approx(3 * b.maximal_concession)
    assert pact.duration == pytest.approx(b.duration)
    assert pact.feasible


def test_the_least_watchable_gang_prices_the_whole_pact() -> None:
    gangs = {"large": Bargain(violence=0.6), "small": Bargain(violence=0.1, detection=0.3)}
    envious, apart = joint_pact(gangs), joint_pact(gangs, envy=False)
    assert envious.hardest == "small"
    assert envious.paid == (max(apart.minimal),) * 2
    assert envious.slack < apart.slack


def test_a_marginal_gang_can_make_every_stable_pact_impossible() -> None:
    small = {"violence": 0.02, "restraint_cost": 0.6, "false_alarm": 0.25, "tough_bonus": 4}
    gangs = {"large": Bargain(violence=0.6, tough_bonus=4), "small": Bargain(**small)}
    table = coalitions(gangs).set_index("members")
    assert not table.loc["large, small", "feasible"]
    assert table.loc["large", "feasible"]
    assert list(table["gangs"]) == [2, 1, 1]
    pressed = {name: b.replace(pressing_cost=0.01) for name, b in gangs.items()}
    eager = {**pressed, "small": pressed["small"].replace(restraint_cost=0.3, false_alarm=0.1)}
    assert coalitions(eager).set_index("members").loc["large", "contagion"]


def test_gangs_of_one_pact_face_one_government() -> None:
    with pytest.raises(ValueError, match=r"honour \(0.3, 0.5\); tough_bonus|tough_bonus .*honour"):
        joint_pact({"a": Bargain(), "b": Bargain(honour=0.5, tough_bonus=1)})
    with pytest.raises(ValueError, match="at least one gang"):
        joint_pact({})


# From the simulator.


def test_the_simulators_parameters_become_monthly_numbers() -> None:
    b, p = Bargain.of_world(), {parameter.name: parameter.default for parameter in Parameter}
    assert b.leak == pytest.approx(1 - np.exp(-p["leak"] * p["democracy_usual"] / 12))
    assert b.breach == pytest.approx(1 - np.exp(-3 * p["breach"] * p["breach_ends"] / 12))
    assert b.honour == p["honour"]
    assert b.command == p["command_ceiling"]
    assert 0.2 < b.violence < 1  # a gang kills tens a month
    assert b.precedent_time == pytest.approx(12 * p["precedent_time"])
    assert b.restraint_cost == Bargain().restraint_cost


def test_worlds_become_an_array_and_what_is_given_stays() -> None:
    worlds = defaults(worlds=3).with_(leak=[0.0, 0.8, 3.0])
    b = Bargain.of_world(worlds, honour=0.9, tough_bonus=2)
    assert b.shape == (3,)
    assert b.honour == 0.9
    assert b.tough_bonus == 2
    assert b.leak[0] == 0
    assert np.all(np.diff(b.leak) > 0)
    with pytest.raises(ValueError, match="Did you mean 'honour'"):
        Bargain.of_world(honor=0.9)


def test_a_government_that_reads_only_the_national_count_sees_less() -> None:
    own, national = Bargain.of_world(), Bargain.of_world(attributed=False)
    assert national.detection / national.false_alarm < own.detection / own.false_alarm
    assert national.minimal_concession > own.minimal_concession


# From a terminal.


def call(*arguments: str):
    return CliRunner().invoke(main, ["bargain", *arguments])


def test_the_command_says_what_binds_and_what_would_change_it() -> None:
    holding = call()
    assert holding.exit_code == 0, holding.output
    assert "self-enforcing" in holding.output
    failing = call("--set", "false_alarm=0.2", "--set", "tough_bonus=1")
    assert "not self-enforcing" in failing.output
    assert "false_alarm" in failing.output


def test_the_command_prints_one_document() -> None:
    result = call("--set", "false_alarm=0.2", "--json")
    document = json.loads(result.stdout)
    assert document["self_enforcing"] is False
    assert document["binding"] == "government"
    changes = {change["lever"]: change["needed"] for change in document["changes"]}
    assert changes["false_alarm"] == pytest.approx(0.1945, abs=1e-4)
    assert {row["name"] for row in document["thresholds"]} >= {"minimum_trust", "duration"}
    assert document["bargain"]["false_alarm"] == 0.2


@pytest.mark.parametrize("ending", ["svg", "png", "csv"])
def test_the_region_is_written(ending: str, tmp_path) -> None:
    out = tmp_path / f"region.{ending}"
    result = call("--over", "false_alarm", "tough_bonus", "--points", "21", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "comand=0.5"), "Did you mean 'command'"),
        (("--set", "command"), "name=value"),
        (("--set", "command=much"), "must be a number"),
        (("--set", "command=2"), "within [0, 1]"),
        (("--out", "region.svg"), "--over"),
        (("--over", "leak", "honour", "--out", "region.gif"), ".svg, .png or .csv"),
        (("--over", "leak", "leek"), "Did you mean 'leak'"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
