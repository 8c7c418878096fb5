"""Tests on dated events and polls: pacts, what was traded, fear, denial, what is left of gangs."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from tregua.assess import coded
from tregua.assess.evidence import Evidence
from tregua.assess.rules import EXCEPTION, NAN, Values, all_or_mixed, sources_of, value_of
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = ["conditions_not_release", "dance_continues", "denial", "fear", "wounded_not_gone"]

_DAYS_A_MONTH = 30.44
_PACT_STARTS = ("negotiation", "truce_start", "ceasefire")


def dance_continues(evidence: Evidence) -> Result:
    """Claim 43: the silence since the last pact broke against the longest earlier gap."""
    events = evidence.record.events
    starts = events[events["type"].isin(_PACT_STARTS)].sort_values("date")
    earlier = starts[starts["date"] < EXCEPTION]
    if len(earlier) < 2:
        raise NotTestable(
            "The record dates fewer than two negotiations.",
            "El registro fecha menos de dos negociaciones.",
        )
    later = starts[starts["date"] >= EXCEPTION]
    gaps = earlier["date"].diff().dropna().dt.days / _DAYS_A_MONTH
    broken = max(starts["date"].max(), EXCEPTION)  # the last pact is held to end in March 2022
    silence = (evidence.record.observations["end"].max() - broken).days / _DAYS_A_MONTH
    verdict: Judgement = "not identified"
    if not later.empty:
        verdict = "supported"
    elif silence > 2 * gaps.max():
        verdict = "contradicted"
    values: Values = {
        "count": len(earlier),
        "cases": len(starts),
        "after": len(later),
        "estimate": silence,
        "reference": float(gaps.max()),
        # The chance of a wait at least this long after n exponential waits of the same unknown
        # mean: the mean is summed out.
        "chance": float((1 + max(silence, 0.0) / gaps.sum()) ** -len(gaps)),
    }
    return Result(
        verdict,
        silence,
        NAN,
        NAN,
        2 * float(gaps.max()),
        values,
        sources_of(starts),
    )


def conditions_not_release(evidence: Evidence) -> Result:
    """Claim 5: dated releases of gang leaders during a pact."""
    events = evidence.record.events
    released = events[(events["type"] == "release") & (events["date"] < EXCEPTION)]
    moved = events[events["type"].isin(["transfer_of_leaders", "prison_transfer"])]
    values: Values = {
        "estimate": len(released),
        "cases": len(released),
        "dates": ", ".join(f"{date:%Y-%m}" for date in released["date"]) or "-",
        "transfers": len(moved[moved["date"] < EXCEPTION]),
    }
    count = float(len(released))
    return Result(
        "mixed" if count else "supported",
        count,
        *coded.rate_limits(len(released), 1.0),
        0.5,
        values,
        sources_of(released, moved),
    )


def wounded_not_gone(evidence: Evidence) -> Result:
    """Claim 41: profiled persons at large, armed groups, and recorded killings after 2022."""
    at_large = evidence.select("gang_members.at_large", first="2022-04-01")
    groups = evidence.select("gang_armed_groups", first="2022-04-01")
    counts = evidence.select("homicides", agency="FGR", first="2024-01-01", last="2025-01-01")
    year = counts[(counts["end"] - counts["start"]).dt.days >= 365]
    values: Values = {
        "date": f"{at_large['start'].iloc[-1]:%Y-%m}",
        "estimate": value_of(at_large, "persons at large", "personas en libertad"),
        "groups": value_of(groups, "armed groups", "grupos armados"),
        "killed": value_of(year, "killings in 2024", "muertes en 2024"),
        "year": 2024,
    }
    free, active = (
        value_of(at_large, "persons at large", "personas en libertad"),
        value_of(groups, "armed groups", "grupos armados"),
    )
    return Result(
        "supported" if min(free, active) > 0 else "contradicted",
        free,
        NAN,
        NAN,
        0.0,
        values,
        sources_of(at_large.tail(1), groups.tail(1), year),
    )


def _poll(evidence: Evidence, *topics: str) -> pd.DataFrame:
    """Usable answers in % on the topics, as points in time."""
    rows = evidence.record.observations
    wanted = rows["series"].str.startswith(tuple(f"opinion.{topic}." for topic in topics))
    usable = rows["verified"] & ~rows["status"].isin(["derived", "recalled"])
    chosen = rows[wanted & usable & (rows["unit"] == "%")].sort_values("start")
    if chosen.empty:
        raise NotTestable(
            f"The record holds no poll on {', '.join(topics)}.",
            f"El registro no tiene encuestas sobre {', '.join(topics)}.",
        )
    return chosen


def fear(evidence: Evidence) -> Result:
    """Claim 1: shares naming security as the main problem or feeling unsafe, by wave."""
    polls = _poll(evidence, "main_problem", "insecurity")
    polls = polls[~polls["series"].str.contains("econom")]
    before = polls.loc[polls["start"] < EXCEPTION, "value"]
    after = polls.loc[polls["start"] >= EXCEPTION, "value"]
    high = polls["value"] > 25
    values: Values = {
        "above": int(high.sum()),
        "waves": len(polls),
        "low_before": float(before.min()),
        "high_after": float(after.max()),
    }
    return Result(
        all_or_mixed(list(high)),
        float(polls["value"].median()),
        float(polls["value"].min()),
        float(polls["value"].max()),
        25.0,
        values,
        sources_of(polls),
        interval="range",
    )


# A cluster sample of a national poll is taken to carry half the information of a simple one.
_DESIGN_EFFECT = 2.0


def denial(evidence: Evidence) -> Result:
    """Claim 15: share that believed in a deal after it was exposed and denied."""
    polls = _poll(evidence, "truce")
    asked = polls[polls["series"].str.contains("deal")]
    if asked.empty:
        raise NotTestable(
            "The record holds no poll on belief in a deal.",
            "El registro no tiene encuestas sobre la creencia en un trato.",
        )
    row = asked.iloc[0]
    size = float(
        pd.Series([row["note"]]).str.extract(r"n\s*=\s*([\d,]+)")[0].str.replace(",", "")[0]
    )
    share = float(row["value"]) / 100
    low, high = stats.beta.ppf(
        (0.05, 0.95),
        share * size / _DESIGN_EFFECT + 0.5,
        (1 - share) * size / _DESIGN_EFFECT + 0.5,
    )
    verdict: Judgement = "supported" if high < 0.5 else "contradicted" if low > 0.5 else "mixed"
    values: Values = {
        "date": f"{row['start']:%Y-%m}",
        "estimate": share,
        "low": float(low),
        "high": float(high),
        "n": int(size),
    }
    return Result(verdict, share, float(low), float(high), 0.5, values, sources_of(asked))
