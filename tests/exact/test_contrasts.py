"""Experiments in simulated worlds: the rule can go every way; a pair differs by one thing."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tregua import assess, model, record
from tregua.assess.contrasts import EXPERIMENTS, Gap, Laboratory, _row, contrasts
from tregua.assess.evidence import Evidence
from tregua.assess.verdict import NotTestable
from tregua.decide import Bargain

KNOWN = record.load("el-salvador")

# claim, experiment, outcome judged, its settings, claimed sign is "more"
CLAIMS = {
    "2": ("outbidding", "platform", ("central", "without_deterrence"), True),
    "13": ("open_or_secret", "months_in_force", ("central", "leak_low", "leak_high"), False),
    "22": ("more_parties", "months_in_force", ("central", "breach_low", "breach_high"), False),
    "23": ("contagion", "pressing", ("central", "rumour_low"), True),
    "47": (
        "reform_together",
        "log_killed_together",
        ("substitution_low", "substitution_high"),
        False,
    ),
    "48": ("corruption", "command", ("corruption_time_low", "corruption_time_high"), False),
    "50": ("transparency", "killed", ("central", "trust_prior_low"), False),
    "51": ("crowding_out", "months_of_reform", ("fear_level", "approval_level"), False),
}
BESIDE = {"13": "killed", "47": "log_killed_police_alone", "50": "months_of_secret_pact"}
FREE = ("13", "50")


def rows(number: str, shares: list[float]) -> pd.DataFrame:
    """A synthetic table of one experiment; the shares are dealt out over its settings in turn."""
    name, outcome, settings, _ = CLAIMS[number]
    horizons = (1, 5, 10) if number == "50" else (5,)
    cells = list(itertools.product(settings, horizons))
    judged = [
        (setting, outcome, horizon, shares[index % len(shares)])
        for index, (setting, horizon) in enumerate(cells)
    ]
    if number in BESIDE:
        judged += [(setting, BESIDE[number], 10, 0.5) for setting in settings]
    return pd.DataFrame(
        {
            "origin": "2012-01",
            "name": name,
            "setting": setting,
            "outcome": which,
            "horizon": horizon,
            "estimate": share - 0.5,
            "q05": share - 0.7,
            "q95": share - 0.3,
            "p_positive": share,
            "mean": share - 0.5,
            "built_in": EXPERIMENTS[name].built_in,
        }
        for setting, which, horizon, share in judged
    )


def verdict(number: str, shares: list[float]) -> str:
    table = rows(number, shares)
    return assess.claim(number).check(Evidence(KNOWN, {"contrasts": table})).verdict


def claimed(number: str, share: float) -> float:
    """A share of worlds with the claimed sign, as the share in which the outcome is larger."""
    return share if CLAIMS[number][3] else 1 - share


@pytest.mark.parametrize("number", CLAIMS)
def test_a_sign_that_the_model_fixes_supports_nothing(number: str) -> None:
    expected = "supported" if number in FREE else "not identified"
    assert verdict(number, [claimed(number, 0.95)]) == expected


@pytest.mark.parametrize("number", CLAIMS)
def test_the_opposite_sign_everywhere_contradicts(number: str) -> None:
    assert verdict(number, [claimed(number, 0.05)]) == "contradicted"


@pytest.mark.parametrize("number", CLAIMS)
def test_settings_that_clearly_disagree_are_mixed(number: str) -> None:
    assert verdict(number, [0.95, 0.05]) == "mixed"


@pytest.mark.parametrize("number", CLAIMS)
def test_one_unclear_setting_leaves_the_claim_open(number: str) -> None:
    assert verdict(number, [claimed(number, 0.95), 0.5]) == "not identified"


@pytest.mark.parametrize(
    ("share", "expected"), [(0.2, "supported"), (0.21, "not identified"), (0.8, "contradicted")]
)
def test_a_sign_counts_from_eight_of_ten_worlds(share: float, expected: str) -> None:
    assert verdict("13", [share]) == expected


@pytest.mark.parametrize("number", CLAIMS)
def test_what_was_found_is_a_full_sentence_and_the_strength_is_never_more_than_weak(
    number: str,
) -> None:
    claim = assess.claim(number)
    result = claim.check(Evidence(KNOWN, {"contrasts": rows(number, [0.05])}))
    known = assess.Verdict.of(claim, result)
    assert "{" not in known.found["en"] + known.found["es"]
    assert known.strength in ("weak", "none")
    assert claim.reach == "model"


@pytest.mark.parametrize("number", CLAIMS)
def test_a_study_without_the_experiment_does_not_test_the_claim(number: str) -> None:
    claim = assess.claim(number)
    other = rows("2" if number != "2" else "13", [0.5])
    for tables in ({}, {"contrasts": other}):
        with pytest.raises(NotTestable):
            claim.check(Evidence(KNOWN, tables))


def test_the_closed_form_leaves_less_room_with_more_gangs() -> None:
    values = assess.claim("22").check(Evidence(KNOWN, {"contrasts": rows("22", [0.5])})).values
    assert float(values["slack_two"]) > float(values["slack_six"])
    assert values["slack_six"] == float(Bargain(gangs=6).slack)


# -- What the worlds say of a gap ------------------------------------------------------------------


def test_a_gap_by_hand() -> None:
    weights = np.array([0.4, 0.1, 0.3, 0.2])
    found = _row(Gap("central", "killed", 5, np.array([-2.0, 0.0, 1.0, 3.0])), weights)
    assert found["p_positive"] == pytest.approx(0.3 + 0.2 + 0.05)  # a tie counts one half
    assert found["mean"] == pytest.approx(-0.8 + 0.3 + 0.6)
    assert (found["q05"], found["estimate"], found["q95"]) == (-2.0, 0.0, 3.0)
    spread = 0.16 + 0.01 + 0.09 + 0.04
    assert found["mc_error"] == pytest.approx(np.sqrt(0.55 * 0.45 * spread))


def test_bad_questions_say_what_would_be_valid() -> None:
    draws, history = model.defaults(worlds=2), model.History.of(KNOWN)
    with pytest.raises(ValueError, match="at least 2 worlds, not 1"):
        contrasts(draws, history, origin="2012-01", seed=1, worlds=1)
    with pytest.raises(ValueError, match=r"No experiment 'contagio'\. Did you mean 'contagion'\?"):
        contrasts(draws, history, origin="2012-01", seed=1, names=["contagio"])


# -- In simulated worlds, few and short ------------------------------------------------------------


@pytest.fixture(scope="module")
def worlds() -> tuple[model.Draws, model.History]:
    return model.prior_draws(4, seed=3), model.History.of(KNOWN)


@pytest.fixture(scope="module")
def promised(worlds: tuple[model.Draws, model.History]) -> pd.DataFrame:
    draws, history = worlds
    return contrasts(draws, history, origin="2012-01", seed=3, names=["outbidding"])


def test_promises_grow_with_fear_whatever_toughness_does(promised: pd.DataFrame) -> None:
    assert set(promised["setting"]) == {"central", "without_deterrence"}
    assert (promised["p_positive"] == 1.0).all()  # assumed, so that every world agrees
    assert promised["built_in"].all()


def test_the_same_call_gives_the_same_table(
    worlds: tuple[model.Draws, model.History], promised: pd.DataFrame
) -> None:
    again = contrasts(*worlds, origin="2012-01", seed=3, names=["outbidding"])
    pd.testing.assert_frame_equal(promised, again)


def test_pinning_what_a_parameter_is_already_changes_nothing(
    worlds: tuple[model.Draws, model.History],
) -> None:
    draws, history = worlds
    lab = Laboratory.at("2012-01", draws, history, 3)
    usual = lab.run("secret_pact", ["killed", "pact"], years=1)
    pinned = lab.run(
        "secret_pact", ["killed", "pact"], years=1, pinned={"leak": draws.column("leak")}
    )
    assert usual.identical(pinned)


def test_more_gangs_are_equal_and_share_the_same_parameters(
    worlds: tuple[model.Draws, model.History],
) -> None:
    lab = Laboratory.at("2003-02", *worlds, 3).with_gangs(6)
    assert lab.initial.gangs == tuple(f"gang {number}" for number in range(1, 7))
    assert lab.history.setting.shares == (1 / 6,) * 6
