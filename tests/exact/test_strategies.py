"""Strategies by the moves they play, and comparisons by what must hold for any of them."""

import numpy as np
import pandas as pd
import pytest

from tregua import decide, model
from tregua.decide.counterfactuals import Counterfactual
from tregua.decide.threshold import persistence
from tregua.model import Era, History, Script, Stance

SETTING = model.el_salvador()
SCRIPT = Script((Era(pd.Timestamp("2003-01-01"), Stance.STATUS_QUO, 1.0),))
WORLDS = model.prior_draws(60, seed=2)
ORIGIN = "2004-01"
HISTORY = History(SCRIPT, SETTING, "2003-01")
THEN = decide.state_at(ORIGIN, WORLDS, HISTORY, seed=2)


def compared(*names: str, years: int = 3) -> decide.Comparison:
    return decide.compare(
        decide.named(names),
        WORLDS,
        HISTORY,
        origin=ORIGIN,
        initial=THEN,
        seed=2,
        years=years,
    )


@pytest.mark.parametrize(
    ("name", "stance"),
    [
        ("status_quo", Stance.STATUS_QUO),
        ("secret_pact", Stance.SECRET_PACT),
        ("mano_dura", Stance.MANO_DURA),
        ("both", Stance.BOTH),
        ("reform", Stance.REFORM),
    ],
)
def test_a_strategy_holds_its_stance_whatever_it_sees(name: str, stance: Stance) -> None:
    strategy = decide.STRATEGIES[name]
    rng = np.random.default_rng(1)
    assert {strategy(rng.uniform(0, 9, 200)) for _ in range(20)} == {stance}
    assert len(strategy.source) > 40  # cited or explained


def test_the_catalogue_is_named_in_the_order_shown() -> None:
    assert tuple(decide.STRATEGIES) == ("status_quo", "secret_pact", "mano_dura", "both", "reform")
    with pytest.raises(ValueError, match=r"Did you mean 'reform'\?"):
        decide.named(["refrom"])


def test_equal_strategies_never_differ() -> None:
    again = decide.STRATEGIES["secret_pact"]
    twin = model.government(again.function)
    twin.name = "twin"
    comparison = decide.compare((again, twin), WORLDS, HISTORY, origin=ORIGIN, seed=2, years=3)
    for outcome, values in comparison.cumulative.items():
        assert np.array_equal(values[0], values[1]), outcome


def test_killed_is_recorded_hidden_and_uncounted_in_every_world() -> None:
    comparison = compared("status_quo", "secret_pact", "mano_dura", years=1)
    parts = sum(comparison.cumulative[name] for name in ("recorded", "hidden", "uncounted"))
    assert np.array_equal(parts, comparison.cumulative["killed"])


def test_history_run_before_or_within_a_comparison_is_the_same() -> None:
    within = decide.compare(
        decide.named(["reform"]), WORLDS, HISTORY, origin=ORIGIN, seed=2, years=1
    )
    before = compared("reform", years=1)
    assert np.array_equal(within.cumulative["killed"], before.cumulative["killed"])


def test_a_name_may_not_be_given_twice() -> None:
    with pytest.raises(ValueError, match="names of their own"):
        compared("reform", "reform")


def test_counting_rules_of_the_origin_hold_for_good() -> None:
    before, after = HISTORY.rules_of("2019-01"), HISTORY.rules_of("2023-01")
    assert before.police_counted_until is None
    assert before.undercounted_from is None
    assert after.police_counted_until == SETTING.police_counted_until
    assert after.undercounted_from == SETTING.undercounted_from


def test_core_claim_starts_from_the_central_setting_and_pins_one_thing_at_a_time() -> None:
    central = compared("status_quo", "secret_pact", "mano_dura", "reform")
    nothing = Counterfactual("as_drawn", {})
    signs = decide.core_claim(
        central,
        WORLDS,
        HISTORY,
        initial=THEN,
        seed=2,
        years=3,
        counterfactuals=(nothing, Counterfactual("no_killing", {"killing": 1e-9})),
    )
    assert list(signs["counterfactual"].unique()) == ["central", "as_drawn", "no_killing"]
    columns = ["reference", "horizon", "q05", "q50", "q95", "p_lower", "sign"]
    first, second = (
        signs.loc[signs["counterfactual"] == name, columns].reset_index(drop=True)
        for name in ("central", "as_drawn")
    )
    pd.testing.assert_frame_equal(first, second)
    # Without gang killings a pact has nothing to lower: only coverage of ambient killing moves.
    pinned = signs[(signs["counterfactual"] == "no_killing") & (signs["horizon"] == 1)]
    assert pinned["q05"].abs().max() < first["q05"].abs().max() / 5


def test_sign_needs_eight_of_ten_worlds() -> None:
    from tregua.decide.counterfactuals import _sign

    assert [_sign(share) for share in (0.81, 0.8, 0.79, 0.21, 0.2, 0.1)] == [
        "lower",
        "lower",
        "unclear",
        "unclear",
        "higher",
        "higher",
    ]


def test_persistence_threshold_in_closed_form_and_without_sentence_length() -> None:
    draws = model.defaults().with_(
        recruitment=0.4,
        desistance=0.1,
        arrest=0.2,
        enforcement_scale=1.0,
        enforcement_exception=5.0,
        retention_loss=0.9,
        filter_exception=0.0,
        return_share=0.7,
    )
    assert persistence(draws)[0] == pytest.approx(0.4 / (0.1 + 1.0 * 0.3))
    assert persistence(draws.with_(release_time=30.0))[0] == persistence(draws)[0]
    table = decide.return_threshold(WORLDS).set_index("setting")["share_above_one"]
    assert table["low"] <= table["prior"] <= table["high"]
