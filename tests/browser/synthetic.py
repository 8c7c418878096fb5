"""SYNTHETIC findings, made from formulas and a fixed seed: no number here is an observation.

They have the shape and the size of real ones, so that the page can be tried before, and without,
any record. Titles, events and sources all say that they are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from tests._core import planted

from tregua.decide import robustness
from tregua.provenance import Provenance

STRATEGIES = ("status_quo", "secret_pact", "mano_dura", "both", "reform")
OUTCOMES = (
    "recorded",
    "hidden",
    "disappeared",
    "detained",
    "wrongly_detained",
    "custody_deaths",
    "police_killings",
    "democracy_lost",
)
ORIGINS = ("2012-01", "2019-01")
HORIZONS = (1, 3, 5, 10)
COUNTERFACTUALS = (
    "central",
    "slow_growth",
    "fast_growth",
    "few_return",
    "most_return",
    "little_hidden",
    "much_hidden",
    "kept_secret",
    "soon_leaked",
    "mild_backlash",
    "an_assumption_unknown_to_the_page",
)
QUANTILES = {
    "q05": -1.64,
    "q10": -1.28,
    "q25": -0.67,
    "q50": 0.0,
    "q75": 0.67,
    "q90": 1.28,
    "q95": 1.64,
}


@dataclass(frozen=True)
class Findings:
    """The shape the page reads, filled with invented values."""

    record: Any
    tables: dict[str, pd.DataFrame]
    verdicts: tuple[Any, ...]
    provenance: Provenance = field(
        default_factory=lambda: Provenance(
            "tregua assess synthetic --worlds 1000 --seed 7",
            7,
            1000,
            "0" * 16,
            "1" * 16,
            "0.0-synthetic",
            {},
        )
    )


def _months(first: str, periods: int) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=periods, freq="MS")


def _level(months: pd.DatetimeIndex) -> np.ndarray:
    """An invented level with four abrupt falls and a slow climb."""
    year = months.year + (months.month - 1) / 12
    level = 420 - 40 * np.sin(year / 2.1)
    level = np.where((year >= 2012.25) & (year < 2014.4), 190 + 40 * (year - 2012.25), level)
    level = np.where((year >= 2014.4) & (year < 2016.25), 280 + 200 * (year - 2014.4), level)
    level = np.where(year >= 2016.25, 350 - 25 * (year - 2016.25), level)
    level = np.where(year >= 2019.5, 130 - 10 * (year - 2019.5), level)
    return np.where(year >= 2022.25, 19 * np.exp(-(year - 2022.25) / 2), level)


def homicides() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = []
    months = _months("2002-01-01", 288)
    for i, (month, mean) in enumerate(zip(months, _level(months), strict=True)):
        value = float(rng.negative_binomial(60, 60 / (60 + mean)))
        for agency, share, source in (("PNC", 1.0, "SYN_A"), ("IML", 1.06, "SYN_B")):
            if agency == "IML" and i % 3:
                continue
            rows.append(
                (
                    month,
                    month + pd.offsets.MonthBegin(1),
                    round(value * share),
                    agency,
                    "reported",
                    source,
                    True,
                    "",
                    "month",
                )
            )
    for year in range(1994, 2002):
        start = pd.Timestamp(year, 1, 1)
        rows.append(
            (
                start,
                start + pd.DateOffset(years=1),
                6000.0 - 300 * (year - 1994),
                "UNODC (invented)",
                "final",
                "SYN_C",
                True,
                "",
                "year",
            )
        )
    rows.append(
        (
            pd.Timestamp("2022-03-26"),
            pd.Timestamp("2022-03-27"),
            60.0,
            "PNC",
            "reported",
            "SYN_A",
            True,
            "one day",
            "day",
        )
    )
    rows.append(
        (
            pd.Timestamp("2013-01-01"),
            pd.Timestamp("2013-04-01"),
            560.0,
            "FGR",
            "derived",
            "SYN_B",
            False,
            "sum of months",
            "quarter",
        )
    )
    names = ["start", "end", "value", "agency", "status", "source", "usable", "note", "frequency"]
    return pd.DataFrame(rows, columns=names).astype({"value": float})


def events() -> pd.DataFrame:
    rows = [
        ("2003-07-23", None, "crackdown", "government", "A crackdown is announced (invented)"),
        ("2004-04-01", None, "court_ruling", "courts", "A court strikes down a law (invented)"),
        ("2009-06-01", None, "election", "elections", "A new government takes office (invented)"),
        (
            "2012-03-08",
            None,
            "transfer_of_leaders",
            "prisons",
            "Leaders are moved between prisons (invented)",
        ),
        ("2012-03-09", "2014-05-26", "truce_start", "gangs", "A truce begins (invented)"),
        ("2012-03-14", None, "exposure_by_press", "press", "A newspaper reports a deal (invented)"),
        ("2014-05-26", None, "truce_end", "gangs", "The truce ends (invented)"),
        ("2015-02-19", None, "prison_transfer", "prisons", "Leaders are moved back (invented)"),
        ("2016-03-26", "2016-09-01", "ceasefire", "gangs", "A cease-fire is announced (invented)"),
        (
            "2016-04-01",
            None,
            "crackdown_law",
            "government",
            "Extraordinary measures in prisons (invented)",
        ),
        ("2019-02-03", None, "election", "elections", "A presidential election (invented)"),
        ("2019-06-01", "2022-03-01", "negotiation", "government", "Talks in prisons (invented)"),
        ("2020-09-03", None, "exposure_by_press", "press", "A newspaper reports talks (invented)"),
        ("2021-12-08", None, "sanction", "government", "Officials are sanctioned (invented)"),
        (
            "2022-03-27",
            "2025-12-31",
            "state_of_exception",
            "government",
            "A state of exception (invented)",
        ),
    ]
    frame = pd.DataFrame(rows, columns=["date", "end", "type", "lane", "description"])
    frame["date"], frame["end"] = pd.to_datetime(frame["date"]), pd.to_datetime(frame["end"])
    frame["end"] = frame["end"].fillna(frame["date"])
    frame["actors"], frame["source"], frame["verified"] = "invented", "SYN_A", True
    return frame[["date", "end", "type", "lane", "actors", "description", "source", "verified"]]


def disagreements() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    months = _months("2002-01-01", 96)[::2]
    a = rng.integers(150, 500, len(months)).astype(float)
    b = np.round(a * np.exp(rng.normal(0.06, 0.07, len(months))))
    return pd.DataFrame(
        {
            "month": months,
            "agency_a": "PNC",
            "agency_b": "IML",
            "value_a": a,
            "value_b": b,
            "ratio": b / a,
            "source_a": "SYN_A",
            "source_b": "SYN_B",
        }
    )


def detection_months() -> pd.DataFrame:
    months = _months("1994-01-01", 384)
    level = _level(months)
    year = np.asarray(months.year + (months.month - 1) / 12)
    falls = np.array([2012.25, 2016.25, 2019.5, 2022.25])
    since = np.min(np.where(year[:, None] >= falls, year[:, None] - falls, 99.0), axis=1)
    suppressed = np.clip(0.1 + 0.88 * np.exp(-since / 1.6), 0, 0.99)
    onset = np.where(since < 0.08, 0.9, 0.01)
    return pd.DataFrame(
        {
            "month": months,
            "level": level,
            "level_low": level * 0.88,
            "level_high": level * 1.13,
            "baseline": level * (1 + 0.5 * suppressed),
            "suppressed": suppressed,
            "suppressed_filtered": np.clip(suppressed * (0.9 - 0.3 * (since > 1)), 0, 1),
            "onset": onset,
            "p_none": 1 - suppressed,
            "p_reversible": suppressed * 0.5,
            "p_persistent": suppressed * 0.5,
            "p_decline": 0.0,
            "p_escalation": 0.0,
            "pact_low": suppressed * 0.3,
            "pact_high": suppressed * 0.78,
        }
    )


def detection_breaks() -> pd.DataFrame:
    rows = [
        ("2012-04-01", "2012-03-01", "2012-04-01", 1.03, 366.0, 178.0, 1.1, 1.9, 2.1),
        ("2016-04-01", "2016-04-01", "2016-04-01", 0.97, 644.0, 357.0, 0.4, 0.5, 0.6),
        ("2019-07-01", "2019-07-01", "2019-08-01", 0.94, 255.0, 135.0, 0.7, 1.0, 1.3),
        ("2022-04-01", "2022-04-01", "2022-07-01", 0.93, 113.0, 19.0, 0.3, 0.5, 0.7),
        ("2021-07-01", "2021-06-01", "2021-08-01", 0.38, 95.0, 80.0, 0.5, 1.0, 1.5),
    ]
    names = ["median", "low", "high", "mass", "before", "after"]
    frame = pd.DataFrame(
        rows, columns=[*names, "bayes_factor_low", "bayes_factor", "bayes_factor_high"]
    )
    for name in ("median", "low", "high"):
        frame[name] = pd.to_datetime(frame[name])
    frame["ratio"] = frame["after"] / frame["before"]
    return frame


def history() -> pd.DataFrame:
    rows = []
    for worlds, spread in (("prior", 0.45), ("plausible", 0.14)):
        for variable, scale in (("recorded", 12.0), ("killed", 13.5), ("prisoners", 90.0)):
            for year in range(2003, 2025):
                level = float(_level(pd.DatetimeIndex([f"{year}-07-01"]))[0])
                middle = level * scale if variable != "prisoners" else 9000 + 2900 * (year - 2003)
                values = [middle * np.exp(spread * z) for z in QUANTILES.values()]
                seen = variable != "killed" and not (variable == "prisoners" and year % 3)
                low = middle * (1.5 if year == 2015 else 0.97) if seen else np.nan
                rows.append((year, worlds, variable, *values, low, low * 1.05))
    return pd.DataFrame(
        rows, columns=["year", "worlds", "variable", *QUANTILES, "observed_low", "observed_high"]
    )


def _middle(strategy: str, years: float) -> float:
    early = {"status_quo": 60, "secret_pact": 38, "mano_dura": 63, "both": 40, "reform": 59}[
        strategy
    ]
    late = {"status_quo": 58, "secret_pact": 66, "mano_dura": 42, "both": 50, "reform": 33}[
        strategy
    ]
    return late + (early - late) * float(np.exp(-years / 3))


def fans() -> pd.DataFrame:
    rows = []
    for origin in ORIGINS:
        for strategy in STRATEGIES:
            for i, month in enumerate(_months(origin, 120)):
                for variable, scale in (("recorded", 1.0), ("killed", 1.15), ("prisoners", 500.0)):
                    middle = _middle(strategy, i / 12) * scale * (1 + 0.04 * np.sin(i))
                    if origin == "2019-01" and variable != "prisoners":
                        middle *= 0.7
                    spread = 0.08 + 0.035 * (i / 12)
                    values = [middle * np.exp(spread * z) for z in QUANTILES.values()]
                    rows.append((origin, strategy, month, variable, *values))
    return pd.DataFrame(rows, columns=["origin", "strategy", "month", "variable", *QUANTILES])


def ledger() -> pd.DataFrame:
    scale = dict(zip(OUTCOMES, (400, 60, 90, 1500, 200, 6, 12, 0.01), strict=True))
    rows = []
    for origin in ORIGINS:
        for s, strategy in enumerate(STRATEGIES):
            for horizon in HORIZONS:
                for o, outcome in enumerate(OUTCOMES):
                    middle = scale[outcome] * horizon * _middle(strategy, horizon) / 5
                    middle *= 1 + 0.25 * ((s * 3 + o * 5) % 4 - 1.5)
                    q = [middle * np.exp(0.25 * z) for z in (-1.64, -0.67, 0, 0.67, 1.64)]
                    rows.append(
                        (origin, strategy, horizon, outcome, *q, middle * 1.03, middle * 0.01)
                    )
    names = [
        "origin",
        "strategy",
        "horizon",
        "outcome",
        "q05",
        "q25",
        "q50",
        "q75",
        "q95",
        "mean",
        "mc_error",
    ]
    return pd.DataFrame(rows, columns=names)


def differences() -> pd.DataFrame:
    frame = ledger()
    rows = []
    for base in STRATEGIES:
        key = ["origin", "horizon", "outcome"]
        other = frame[frame["strategy"] == base].set_index(key)["q50"]
        for row in frame[frame["strategy"] != base].itertuples():
            reference = float(other.loc[(row.origin, row.horizon, row.outcome)])
            middle, spread = row.q50 - reference, 0.15 * reference
            p_lower = float(1 / (1 + np.exp(1.7 * middle / max(spread, 1e-9))))
            ends = (middle - 1.64 * spread, middle, middle + 1.64 * spread)
            rows.append(
                (row.origin, row.strategy, base, row.horizon, row.outcome, *ends, p_lower, 0.01)
            )
    names = [
        "origin",
        "strategy",
        "reference",
        "horizon",
        "outcome",
        "q05",
        "q50",
        "q95",
        "p_lower",
        "mc_error",
    ]
    return pd.DataFrame(rows, columns=names)


def best() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    rows = []
    for origin in ORIGINS:
        for horizon in HORIZONS:
            for outcome in ("killed", *OUTCOMES):
                shares = rng.dirichlet(np.ones(len(STRATEGIES)))
                for strategy, share in zip(STRATEGIES, shares, strict=True):
                    leads = share == shares.max() and share > 0.4
                    rows.append((origin, horizon, outcome, strategy, share, 0.03, leads))
    columns = ["origin", "horizon", "outcome", "strategy", "p_best", "mc_error", "leads"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(worlds_from="posterior", worlds=256)


def printed() -> pd.DataFrame:
    rows = [
        (origin, horizon, outcome, strategy)
        for origin in ORIGINS
        for horizon in HORIZONS
        for outcome in ("killed", *OUTCOMES)
        for strategy in STRATEGIES[1:]
    ]
    frame = pd.DataFrame(rows, columns=["origin", "horizon", "outcome", "strategy"])
    about = frame["outcome"] + " under " + frame["strategy"]
    return frame.assign(
        reference="status_quo",
        reply="answer_in_kind",
        tells=True,
        en="INVENTED: in 7 of 10 worlds, plus or minus 1, less of " + about + ".",
        es="INVENTADO: en 7 de cada 10 mundos, más o menos 1, menos de " + about + ".",
    )


def core_claim() -> pd.DataFrame:
    rows = []
    for origin in ORIGINS:
        for c, name in enumerate(COUNTERFACTUALS):
            for reference in ("status_quo", "mano_dura", "reform"):
                for horizon in HORIZONS:
                    middle = (
                        -2400.0
                        + 420 * horizon
                        - 120 * (c - 5) * horizon / 3
                        - 150 * (reference == "status_quo") * horizon
                    )
                    spread = 500.0 + 130 * horizon
                    p_lower = float(1 / (1 + np.exp(1.7 * middle / spread)))
                    sign = "lower" if p_lower >= 0.8 else "higher" if p_lower <= 0.2 else "unclear"
                    rows.append(
                        (
                            origin,
                            name,
                            reference,
                            horizon,
                            middle - 1.64 * spread,
                            middle,
                            middle + 1.64 * spread,
                            p_lower,
                            sign,
                        )
                    )
    names = [
        "origin",
        "counterfactual",
        "reference",
        "horizon",
        "q05",
        "q50",
        "q95",
        "p_lower",
        "sign",
    ]
    return pd.DataFrame(rows, columns=names)


@cache
def finding() -> dict[str, pd.DataFrame]:
    """Tables of the core claim's finding, from planted totals."""
    found = [
        planted(points=320, worlds=40, worlds_from="prior"),
        planted(points=320, worlds=40, worlds_from="posterior", noise=0.3, seed=4),
    ]
    shares = pd.concat([each.shares() for each in found], ignore_index=True)
    flips = pd.concat([each.flips(resamples=50) for each in found], ignore_index=True)
    factors = ("recruitment", "command_ceiling")
    signs = pd.concat([each.sign_map(factors) for each in found], ignore_index=True)
    verdict = robustness.core_verdict(shares, flips)[["reference", "thesis"]].assign(
        origin="2012-01",
        **{
            f"sentence_{lang}": robustness.core_verdict(shares, flips, lang)["sentence"]
            for lang in ("en", "es")
        },
    )
    return {
        "finding_shares": shares,
        "finding_flips": flips,
        "finding_influence": pd.concat([each.influences() for each in found], ignore_index=True),
        "finding_map": signs,
        "finding_boxes": found[0].boxes(halves=0),
        "finding_verdict": verdict,
    }


def parameters() -> pd.DataFrame:
    kinds = ("fitted", "anchored", "matched", "judged")
    rows = [
        (
            f"parameter_{i}",
            f"p{i}",
            0.1 * (i + 1),
            0.05 * (i + 1),
            0.2 * (i + 1),
            "1/year",
            kinds[i % 4],
            f"Invented meaning number {i}",
            "SYN_C",
        )
        for i in range(30)
    ]
    return pd.DataFrame(
        rows,
        columns=["name", "symbol", "default", "low", "high", "unit", "kind", "meaning", "source"],
    )


def _both(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} (es)"}


def published() -> pd.DataFrame:
    """One published estimate with its interval, and one whose interval nobody saw; invented."""
    return pd.DataFrame(
        {
            "id": ["invented-2020", "unseen-2021"],
            "estimate": [0.55, -500.0],
            "low": [0.49, np.nan],
            "high": [0.63, np.nan],
            "level": [0.95, np.nan],
            "ours": [0.6, np.nan],
            "ours_low": [0.5, np.nan],
            "ours_high": [0.7, np.nan],
            "ours_level": [0.9, np.nan],
            "differs_en": ["Invented reasons.", ""],
            "differs_es": ["Razones inventadas.", ""],
            "why_none_en": ["", "An invented reason."],
            "why_none_es": ["", "Una razón inventada."],
        }
    )


def verdicts() -> tuple[Any, ...]:
    kinds = ("supported", "contradicted", "mixed", "not identified", "not tested", "supported")
    numbers = ("44", "25", "26", "30", "4", "29")
    return tuple(
        SimpleNamespace(
            number=number,
            verdict=verdict,
            sentence=_both(f"Invented claim {number} about a pact."),
            place=_both("an invented place"),
            kind="quantity" if i == 5 else "causal",
            reach="model" if i == 0 else "record",
            strength=("strong", "weak", "moderate", "none", "none", "strong")[i],
            published=("invented-2020",) if i == 1 else (),
            test=_both("An invented test."),
            found=_both(
                f"Invented finding: {0.5 + i / 10:.2f} ({0.4 + i / 10:.2f} to {0.7 + i / 10:.2f})."
            ),
            rivals=(_both("A first rival reading."), _both("A second rival reading.")),
            would_change=_both("An invented series would change it."),
            qualifies=i == 0,
            tables=("core_claim",),
            estimate=float("nan") if verdict == "not tested" else 0.5 + i / 10,
            low=float("nan") if verdict == "not tested" else 0.4 + i / 10,
            high=float("nan") if verdict == "not tested" else 0.7 + i / 10,
            interval="none" if verdict == "not tested" else "range" if i == 2 else "90 %",
            reference=1.0,
            unit=_both("ratio"),
            sources=("SYN_A", "SYN_B"),
        )
        for i, (number, verdict) in enumerate(zip(numbers, kinds, strict=True))
    )


def record() -> Any:
    sources = pd.DataFrame(
        {
            "id": ["SYN_A", "SYN_B", "SYN_C"] + [f"SYN_{i:03d}" for i in range(60)],
            "title": [
                "Invented police bulletin",
                "Invented forensic yearbook",
                "Invented data base",
            ]
            + [f"Invented source {i}" for i in range(60)],
            "publisher": "Invented publisher",
            "url": [f"https://example.org/{i}" for i in range(63)],
            "date": "2020-01-01",
            "seen_as": "invented",
        }
    )
    rules = (
        SimpleNamespace(
            date=pd.Timestamp("2022-04-01"),
            series="homicides",
            change=_both("Deaths in police clashes are left out (invented)"),
            source="SYN_A",
        ),
    )
    case = SimpleNamespace(
        name="synthetic",
        title={"en": "Synthetic case", "es": "Caso sintético"},
        place="Nowhere",
        counting_rules=rules,
    )
    return SimpleNamespace(
        case=case, observations=homicides(), events=events(), sources=sources, digest="0" * 16
    )


def findings() -> Findings:
    """Synthetic findings of realistic size."""
    tables = {
        "homicides": homicides(),
        "events": events(),
        "disagreements": disagreements(),
        "detection_months": detection_months(),
        "detection_breaks": detection_breaks(),
        "history": history(),
        "ledger": ledger(),
        "differences": differences(),
        "fans": fans(),
        "best": best(),
        "printed": printed(),
        "core_claim": core_claim(),
        **finding(),
        "parameters": parameters(),
        "published": published(),
    }
    return Findings(record(), tables, verdicts())


HOSTILE = '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=1">\'"{{7*7}}'


def hostile() -> Findings:
    """The same with strings that try to break out of every place they may be written to."""
    good = findings()
    tables = dict(good.tables)
    for name, column in (
        ("homicides", "agency"),
        ("homicides", "note"),
        ("events", "description"),
        ("core_claim", "counterfactual"),
        ("parameters", "meaning"),
    ):
        frame = tables[name].copy()
        frame.loc[frame.index[:40], column] = HOSTILE
        tables[name] = frame
    sources = good.record.sources.copy()
    sources.loc[0, "url"] = "javascript:window.pwned=1"
    sources.loc[1, "title"] = HOSTILE
    case = SimpleNamespace(**{**vars(good.record.case), "title": {"en": HOSTILE, "es": HOSTILE}})
    changed = SimpleNamespace(**{**vars(good.record), "sources": sources, "case": case})
    first = SimpleNamespace(**{**vars(good.verdicts[0]), "found": {"en": HOSTILE, "es": HOSTILE}})
    return replace(good, record=changed, tables=tables, verdicts=(first, *good.verdicts[1:]))
