"""Every rule by which a claim is judged can say yes, no, and that the data cannot tell."""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua import assess, record
from tregua.assess.curves import size_of
from tregua.assess.evidence import Evidence
from tregua.provenance import Provenance
from tregua.shelf import Tables

KNOWN = record.load("el-salvador")


def judged(number: str, tables: Tables) -> assess.Result:
    return assess.claim(number).check(Evidence(KNOWN, tables))


def months(first: str, values: list[float]) -> pd.DataFrame:
    edges = pd.date_range(first, periods=len(values) + 1, freq="MS")
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": values})


def deaths(before: float, truce: float, after: float) -> pd.DataFrame:
    """Monthly counts 2000-2016 at three levels, with a ripple so that there is some dispersion."""
    all_months = pd.date_range("2000-01-01", "2016-12-01", freq="MS")
    level = np.where(all_months < "2012-03", before, np.where(all_months < "2014-06", truce, after))
    ripple = 1 + 0.05 * np.where(np.arange(len(all_months)) % 4 < 2, 1, -1)
    return months("2000-01-01", list(np.round(level * ripple)))


@pytest.mark.parametrize(
    ("truce", "verdict"), [(150.0, "supported"), (450.0, "contradicted"), (300.0, "mixed")]
)
def test_truce_effect(truce: float, verdict: str) -> None:
    result = judged("25", {"tiles": deaths(300.0, truce, 300.0)})
    assert result.verdict == verdict
    assert result.estimate == pytest.approx(truce / 300.0, rel=0.03)
    assert result.interval == "90 %"
    # Flat rates stand beside it and decide nothing.
    assert result.values["flat"] == pytest.approx(truce / 300.0, rel=0.03)
    assert result.values["design"] == "interrupted"
    assert result.values["answered"] == result.values["combinations"] == 144


def test_a_fall_that_only_flat_rates_see_is_no_support() -> None:
    # Killing that falls by a steady 15 % a year has no step; two flat rates see a large one.
    counts = deaths(300.0, 300.0, 300.0)
    years = np.arange(len(counts)) / 12
    falling = counts.assign(value=np.round(counts["value"] * np.exp(-0.15 * years)))
    result = judged("25", {"tiles": falling})
    assert result.values["flat_high"] < 1
    assert result.verdict == "mixed"
    assert result.values["doubt"].startswith("; the others use data from 2000-01")


@pytest.mark.parametrize(("after", "verdict"), [(600.0, "not identified"), (100.0, "contradicted")])
def test_backlash_level_is_not_yet_a_cause(after: float, verdict: str) -> None:
    # A higher level is not enough for "supported": the record dates other causes in those months.
    assert judged("26", {"tiles": deaths(300.0, 200.0, after)}).verdict == verdict


def test_without_other_causes_a_backlash_is_supported_or_mixed() -> None:
    kinds = ["prison_transfer", "crackdown", "court_ruling"]
    events = KNOWN.events[~KNOWN.events["type"].isin(kinds)]
    alone = record.Record(KNOWN.case, KNOWN.observations, events, KNOWN.sources, KNOWN.digest)

    def verdict(after: float) -> str:
        tables = {"tiles": deaths(300.0, 200.0, after)}
        return assess.claim("26").check(Evidence(alone, tables)).verdict

    assert (verdict(900.0), verdict(300.0), verdict(100.0)) == (
        "supported",
        "mixed",
        "contradicted",
    )


def test_a_record_too_thin_for_any_choice_is_not_tested() -> None:
    with pytest.raises(assess.NotTestable, match="2012-03"):
        judged("25", {"tiles": months("2012-01-01", [300.0] * 24)})


def test_how_often_designs_err_is_quoted_from_what_grading_shipped() -> None:
    assert size_of("rate_ratio") > 0.5  # it finds effects that are not there
    assert np.isnan(size_of("no such design"))
    values = judged("25", {"tiles": deaths(300.0, 150.0, 300.0)}).values
    assert values["flat_errs"] == f"{size_of('rate_ratio'):.0%}"


def breaks(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "median": pd.to_datetime([month for month, *_ in rows]),
            "ratio": [ratio for _, ratio, _ in rows],
            "bayes_factor": [factor for *_, factor in rows],
        }
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([("2012-03", 0.5, 5.0), ("2019-07", 0.5, 4.0)], "supported"),
        ([("2012-03", 0.5, 1.2), ("2019-07", 0.5, 0.5)], "not identified"),
        ([("2012-03", 0.5, 5.0)], "mixed"),
        ([("2016-04", 0.5, 5.0)], "contradicted"),
        ([("2012-03", 0.9, 5.0), ("2019-07", 0.8, 5.0)], "contradicted"),
    ],
)
def test_exchange(found: list[tuple[str, float, float]], verdict: str) -> None:
    assert judged("4", {"detection_breaks": breaks(found)}).verdict == verdict


def core(signs: dict[int, list[str]]) -> pd.DataFrame:
    rows = []
    for horizon, per_setting in signs.items():
        for name, sign in zip(("central", "other"), per_setting, strict=True):
            rows += [
                {
                    "origin": "2012-01",
                    "counterfactual": name,
                    "reference": reference,
                    "horizon": horizon,
                    "q05": -2.0,
                    "q50": 1.0,
                    "q95": 3.0,
                    "sign": sign,
                }
                for reference in ("status_quo", "reform")
            ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        ({1: ["lower", "lower"], 10: ["higher", "higher"]}, "supported"),
        ({1: ["lower", "lower"], 10: ["lower", "lower"]}, "contradicted"),
        ({1: ["unclear", "lower"], 10: ["higher", "higher"]}, "mixed"),
        ({1: ["lower", "lower"], 10: ["higher", "lower"]}, "not identified"),
        ({1: ["lower", "lower"], 10: ["unclear", "unclear"]}, "not identified"),
    ],
)
def test_core_thesis(signs: dict[int, list[str]], verdict: str) -> None:
    result = judged("44", {"core_claim": core(signs)})
    assert result.verdict == verdict
    assert result.values["short_lower"] == signs[1].count("lower")
    assert result.values["long_higher"] == signs[10].count("higher")


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.9, 0.85, 1.0), "supported"),
        ((0.1, 0.0, 0.15), "contradicted"),
        ((0.6, 0.1, 1.0), "not identified"),
    ],
)
def test_prisoners_return(shares: tuple[float, float, float], verdict: str) -> None:
    table = pd.DataFrame(
        {
            "setting": ["prior", "low", "high"] * 2,
            "share_above_one": [0.5, 0.5, 0.5, *shares],
            "worlds": 400,
            "origin": ["2012-01"] * 3 + ["2019-01"] * 3,
        }
    )
    assert judged("42", {"return_threshold": table}).verdict == verdict


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.9, 0.8), "supported"),
        ((0.1, 0.2), "contradicted"),
        ((0.9, 0.5), "mixed"),
        ((0.4, 0.6), "not identified"),
    ],
)
def test_reform(shares: tuple[float, float], verdict: str) -> None:
    table = pd.DataFrame(
        {
            "origin": "2012-01",
            "strategy": "reform",
            "reference": ["status_quo", "secret_pact"],
            "outcome": "killed",
            "horizon": 10,
            "p_lower": shares,
        }
    )
    assert judged("46", {"differences": table}).verdict == verdict


@pytest.mark.parametrize(("level", "verdict"), [(20.0, "not identified"), (2000.0, "contradicted")])
def test_strikes_can_be_chance_and_are_never_proved_signals(level: float, verdict: str) -> None:
    # 46 to 87 deaths in three days are far from chance at 20 a month, and few at 2,000 a month.
    assert judged("32", {"tiles": months("2018-01-01", [level] * 60)}).verdict == verdict


def test_a_missing_table_is_said_and_not_guessed() -> None:
    provenance = Provenance.of("test", seed=1, worlds=1, record=KNOWN.digest)
    findings = assess.judge(KNOWN, {}, provenance)
    by_number = {verdict.number: verdict for verdict in findings.verdicts}
    assert by_number["44"].verdict == "not tested"
    assert by_number["44"].found["es"] == "Este estudio no tiene la tabla 'core_claim'."
    assert by_number["30"].verdict == "mixed"
    assert len(findings.tables["claims"]) == len(assess.claims()) >= 10


def test_claims_about_one_case_are_not_put_to_another() -> None:
    other = KNOWN.case.model_copy(update={"name": "elsewhere"})
    case = record.Record(other, KNOWN.observations, KNOWN.events, KNOWN.sources, KNOWN.digest)
    provenance = Provenance.of("test", seed=1, worlds=1, record=case.digest)
    verdicts = {v.number: v.verdict for v in assess.judge(case, {}, provenance).verdicts}
    assert verdicts["31"] == "not tested"


def test_an_unknown_claim_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"No claim numbered '440'. Did you mean '44'\?"):
        assess.claim("440")


def public_tests() -> list[Callable[..., object]]:
    """Every public function that a module `on_*` defines."""
    files = sorted(Path(assess.__file__).parent.glob("on_*.py"))
    modules = [importlib.import_module(f"tregua.assess.{file.stem}") for file in files]
    return [
        value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


def test_every_test_serves_a_claim_and_every_text_is_in_both_languages() -> None:
    serving = {claim.check for claim in assess.claims()}
    unused = [
        f"{test.__module__}.{test.__name__}" for test in public_tests() if test not in serving
    ]
    assert not unused
    for claim in assess.claims():
        for text in (claim.sentence, claim.test, claim.found, claim.would_change, claim.unit):
            assert text["en"].strip() and text["es"].strip()
            assert text["en"] != text["es"] or claim.unit is text
        assert len(claim.rivals["en"]) == len(claim.rivals["es"]) >= 1


def test_numbers_are_unique() -> None:
    numbers = [claim.number for claim in assess.claims()]
    assert len(set(numbers)) == len(numbers)
