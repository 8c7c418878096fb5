"""Is a run of a scenario what `decide.compare` says of the same timelines in the same worlds?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tregua import decide, infer, model, record
from tregua.decide import Scenario
from tregua.decide.comparison import FAN_QUANTILES, _quantiles
from tregua.decide.scenario_run import quantiles_of

BLOCKS: tuple[Any, ...] = (
    {"lane": "pact", "start": "2019-07"},
    {"lane": "crackdown", "start": "2019-09", "end": "2020-03", "effort": 2.0},
)
PLAN = Scenario(
    origin="2019-06",
    years=1.5,
    worlds=40,
    blocks=BLOCKS,
    assumptions={"return_share": 0.3, "enforcement_mano_dura": 3.0},
    name="a plan",
)


@cache
def case() -> Any:
    known = record.load("el-salvador")
    history = model.History.of(known)
    draws = decide.worlds_of_posterior(infer.posterior().draws, PLAN.worlds)
    return history, draws, decide.state_at(PLAN.origin, draws, history, seed=PLAN.seed)


def run(scenario: Scenario = PLAN, draws: Any = None, **other: Any) -> decide.ScenarioRun:
    history, held, state = case()
    return decide.run_scenario(
        scenario, draws=held if draws is None else draws, state=state, history=history, **other
    )


@cache
def compared() -> decide.Comparison:
    history, held, begin = case()
    draws, state = decide.set_from_origin(held, begin, **PLAN.assumptions)
    return decide.compare(
        (PLAN.timeline(), decide.STRATEGIES["status_quo"]),
        draws,
        history,
        origin=PLAN.origin,
        seed=PLAN.seed,
        years=PLAN.years,
        initial=state,
        worlds_from="posterior",
    )


def test_fans_are_those_of_a_comparison_bit_for_bit() -> None:
    fans = compared().fans().query("strategy == 'a plan'")
    found = run()
    for name in ("recorded", "killed", "prisoners"):
        wanted = fans[fans["variable"] == name][[f"q{q}" for q in ("05", "10", "25", "50")]]
        np.testing.assert_array_equal(found.fan[name][:4].T, wanted.to_numpy())


def test_the_ledger_is_that_of_a_comparison_bit_for_bit() -> None:
    comparison, found = compared(), run()
    rows = comparison.ledger().query("strategy == 'a plan' and horizon == 1.5")
    mine = found.ledger.set_index("outcome")
    for row in rows.itertuples():
        for column in ("q05", "q50", "q95"):
            assert mine.loc[row.outcome, column] == getattr(row, column)
        for column in ("mean", "mc_error"):  # sums, whose order is the processor's
            np.testing.assert_allclose(
                mine.loc[row.outcome, column], getattr(row, column), rtol=1e-12
            )
    for outcome in decide.OUTCOMES:
        paired = comparison.difference("a plan", "status_quo", 1.5, outcome)
        assert mine.loc[outcome, "change_q50"] == paired.q50
        assert mine.loc[outcome, "p_lower"] == paired.p_lower
    assert found.headline == decide.printable(comparison, "a plan", "status_quo", "killed", 1.5)
    assert vars(found.paired) == vars(comparison.difference("a plan", "status_quo", 1.5, "killed"))


def test_batches_and_a_plan_run_apart_from_the_status_quo_change_no_bit() -> None:
    history, draws, state = case()
    held = {"draws": draws, "state": state, "history": history}
    whole, alone = run(), decide.run_fan(PLAN, **held)
    beside = alone.beside(decide.run_baseline(PLAN, **held))
    shared = ["outcome", "unit", "q05", "q50", "q95"]
    assert alone.ledger.equals(whole.ledger[shared])
    assert alone.totals["killed"].shape == (40,) and alone.weights.sum() == pytest.approx(1.0)
    for other in (run(batch=7), run(batch=39), beside):
        assert other.headline == whole.headline
        assert other.table().equals(whole.table())
        assert other.ledger.equals(whole.ledger)


def test_partial_results_are_those_of_fewer_worlds_and_end_at_the_whole() -> None:
    seen: list[tuple[int, int, decide.ScenarioRun | None]] = []
    found = run(progress=lambda *told: seen.append(told), batch=5)
    assert [done for done, _, _ in seen] == list(range(5, 41, 5))
    shown = [(done, partial) for done, _, partial in seen if partial is not None]
    assert [done for done, _ in shown] == [5, 10, 20, 40]
    assert shown[-1][1] is found
    gaps = [np.abs(part.fan["recorded"] - found.fan["recorded"]).mean() for _, part in shown]
    assert gaps[0] > gaps[-2] > gaps[-1] == 0.0
    history, draws, state = case()
    few = decide.run_scenario(
        PLAN.model_copy(update={"worlds": 10}),
        draws=draws.select(np.arange(10)),
        state=state.select(np.arange(10)),
        history=history,
    )
    assert shown[1][1].table().equals(few.table())


def test_a_run_that_is_stopped_keeps_the_worlds_run_so_far() -> None:
    found = run(stop=lambda: True, batch=8)
    assert found.worlds == 8
    assert np.isfinite(found.fan["democracy"]).all()


def test_weights_count() -> None:
    _, draws, _ = case()
    one = np.zeros(len(draws))
    one[3] = 2.0
    found = run(draws=draws.reweighted(one))
    np.testing.assert_array_equal(found.fan["killed"][0], found.fan["killed"][-1])
    totals = compared().total("killed", "a plan", 1.5)
    assert found.ledger.set_index("outcome").loc["killed", "q50"] == totals[3]


def test_the_short_way_to_quantiles_has_the_bits_of_the_long_one() -> None:
    rng = np.random.default_rng(1)
    for worlds in (1, 2, 19, 20, 200, 333):
        values = rng.integers(0, 9, (worlds, 5)).astype(float)
        weights = np.full(worlds, 1.0) / np.full(worlds, 1.0).sum()
        np.testing.assert_array_equal(
            quantiles_of(values, weights), _quantiles(values, weights, FAN_QUANTILES)
        )


def test_doing_nothing_differs_in_no_world_from_the_status_quo() -> None:
    found = run(PLAN.status_quo())
    assert found.headline.reason == "same"
    assert (found.ledger["change_q50"] == 0).all()


def test_the_past_is_the_same_and_assumptions_act() -> None:
    plain = run(PLAN.model_copy(update={"assumptions": {}}))
    assert not plain.table().equals(run().table())


def test_what_does_not_belong_together_is_refused() -> None:
    history, draws, state = case()
    other = PLAN.model_copy(update={"assumptions": {}})
    held = {"draws": draws, "state": state, "history": history}
    baseline = decide.run_baseline(other, **held)
    with pytest.raises(ValueError, match="other worlds or assumptions"):
        decide.run_fan(PLAN, **held).beside(baseline)
    with pytest.raises(ValueError, match="asks for 40 worlds; 5 draws"):
        run(draws=draws.select(np.arange(5)))
    with pytest.raises(ValueError, match="at least one world, not 0"):
        run(batch=0)
    known = record.load("el-salvador")
    with pytest.raises(decide.ScenarioError, match="2003-01 is outside the record"):
        decide.check_against(PLAN.model_copy(update={"origin": "2003-01"}), known, history)
    with pytest.raises(decide.ScenarioError, match="'elsewhere' is not this case"):
        decide.check_against(PLAN.model_copy(update={"case": "elsewhere"}), known, history)


def test_more_worlds_than_draws_have_luck_of_their_own() -> None:
    draws = infer.posterior().draws
    many = decide.worlds_of_posterior(draws, 2 * len(draws) + 3)
    assert len(np.unique(many.worlds)) == len(many)
    np.testing.assert_array_equal(many.values[len(draws)], draws.values[0])
    few = decide.worlds_of_posterior(draws, 7)
    assert set(few.worlds) <= set(draws.worlds)


def test_the_table_and_the_dataset_hold_the_same() -> None:
    found = run()
    table, data = found.table(), found.to_dataset()
    assert set(data) == set(decide.FAN_UNITS) == set(table["outcome"])
    one = table[table["outcome"] == "democracy"]["q50"].to_numpy()
    np.testing.assert_array_equal(data["democracy"].sel(quantile=0.5).values, one)
    assert replace(found).months[0] == np.datetime64("2019-06")
