"""Tests on prisons and arrests: how fast prisons filled, who was let go, how little room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.assess.evidence import Evidence
from tregua.assess.rules import EXCEPTION, NAN, Values, all_or_mixed, sources_of, value_of
from tregua.assess.verdict import NotTestable, Result

__all__ = ["crackdowns_differ", "crackdowns_fill_prisons", "fifty_thousand", "overcrowding"]

# Spells between two dated stocks of prisoners, and whether a crackdown filled them.
_SPELLS = {
    "2014_2017": ("2014-07-01", "2017-07-01", True),
    "2022_2023": ("2022-03-15", "2023-09-15", True),
    "2007_2012": ("2007-07-01", "2012-07-01", False),
    "2017_2022": ("2017-07-01", "2022-03-15", False),
}
# A spike is read as growth half as fast again as in the fastest spell without a crackdown.
_SPIKE = 1.5
_STANDSTILL = 0.01  # growth a year below which prisons are taken not to grow


def _growth(held: pd.DataFrame, first: str, last: str) -> list[float]:
    """Yearly growth between two dates, for every pair of agencies' figures."""
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    years = (end - start).days / 365.25
    before, after = (held.loc[held["start"] == date, "value"] for date in (start, end))
    if before.empty or after.empty:
        raise NotTestable(
            f"The record lacks the number of prisoners at {first} or {last}.",
            f"Falta en el registro el número de presos en {first} o {last}.",
        )
    return [float((b / a) ** (1 / years) - 1) for a in before for b in after]


def crackdowns_fill_prisons(evidence: Evidence) -> Result:
    """Claim 29: yearly growth of prisoners in crackdowns and outside them."""
    held = evidence.select("prison_population")
    growth = {name: _growth(held, first, last) for name, (first, last, _) in _SPELLS.items()}
    others = [max(growth[name]) for name, spell in _SPELLS.items() if not spell[2]]
    fastest = max(*others, _STANDSTILL)
    crackdowns = [min(growth[name]) for name, spell in _SPELLS.items() if spell[2]]
    ratios = [value / fastest for value in crackdowns]
    dates = [pd.Timestamp(date) for spell in _SPELLS.values() for date in spell[:2]]
    return Result(
        all_or_mixed([ratio >= _SPIKE for ratio in ratios]),
        float(np.median(ratios)),
        min(ratios),
        max(ratios),
        _SPIKE,
        {f"growth_{name}": float(np.median(values)) for name, values in growth.items()},
        sources_of(held[held["start"].isin(dates)]),
        interval="range",
    )


def crackdowns_differ(evidence: Evidence) -> Result:
    """Claim 30: share of those arrested who were let go, 2003-04 and from 2022."""
    arrested_2003 = evidence.select("mano_dura_captures")
    released_2003 = evidence.select("mano_dura_releases")
    arrested = evidence.select("exception_detentions")
    released = evidence.select("exception_releases")
    shares = [
        value_of(released_2003, "releases", "liberaciones")
        / value_of(arrested_2003, "captures", "capturas"),
        value_of(released, "releases", "liberaciones")
        / value_of(arrested, "detentions", "detenciones"),
    ]
    apart = _differences(shares[0], arrested, released)
    by_then = {arrested.loc[arrested["end"] <= end, "end"].max() for end in released["end"]}
    counted = arrested[arrested["end"].isin(by_then | {arrested["end"].iloc[-1]})]
    values: Values = {
        "released_2003": value_of(released_2003, "releases", "liberaciones"),
        "arrested_2003": value_of(arrested_2003, "captures", "capturas"),
        "share_2003": shares[0],
        "released_2022": value_of(released, "releases", "liberaciones"),
        "arrested_2022": value_of(arrested, "detentions", "detenciones"),
        "share_2022": shares[1],
        "estimate": shares[0] - shares[1],
        "low": min(apart),
        "high": max(apart),
        "dates": len(apart),
    }
    return Result(
        all_or_mixed([share > 0.5 for share in shares]),
        shares[0] - shares[1],
        min(apart),
        max(apart),
        0.5,
        values,
        sources_of(arrested_2003, released_2003, counted, released),
        interval="range",
    )


def _differences(share: float, arrested: pd.DataFrame, released: pd.DataFrame) -> list[float]:
    """A share let go less that of the exception, at every date with a total of releases.

    Arrests are those of the last total known by then.
    """
    totals = arrested.groupby("end")["value"].max()
    known = [
        (totals[totals.index <= end], value) for end, value in released[["end", "value"]].values
    ]
    return [share - value / float(so_far.iloc[-1]) for so_far, value in known if len(so_far)]


def fifty_thousand(evidence: Evidence) -> Result:
    """Claim 34: when cumulative arrests under the state of exception passed 50,000."""
    rows = evidence.select("exception_detentions").sort_values("end")
    passed = rows[rows["value"] >= 50_000]
    short = rows[rows["value"] < 50_000]
    if len(passed):
        short = short[short["end"] <= passed["end"].iloc[0]]
    months = NAN if passed.empty else (passed["end"].iloc[0] - EXCEPTION).days / 30.44
    at_least = NAN if short.empty else (short["end"].iloc[-1] - EXCEPTION).days / 30.44
    values: Values = {
        "date": f"{passed['end'].iloc[0]:%Y-%m}" if len(passed) else "-",
        "estimate": months,
        "at_least": at_least,
        "last": float(rows["value"].max()),
    }
    return Result(
        "supported" if months <= 12 else "contradicted",
        months,
        at_least,
        months,
        12.0,
        values,
        sources_of(short.tail(1), passed.head(1), rows.tail(1)),
        interval="range",
    )


def overcrowding(evidence: Evidence) -> Result:
    """Claim 55: prisoners over places at every date that has both."""
    held = evidence.select("prison_population")
    places = evidence.select("prison_capacity")
    both = held.merge(places, on=["start", "source"], suffixes=("", "_places"))
    if both.empty:
        raise NotTestable(
            "The record has no date with both prisoners and places.",
            "El registro no tiene fechas con presos y plazas a la vez.",
        )
    occupancy = both["value"] / both["value_places"]
    values: Values = {
        "dates": len(both),
        "low": float(occupancy.min()),
        "high": float(occupancy.max()),
        "latest": float(occupancy.iloc[-1]),
        "date": f"{both['start'].iloc[-1]:%Y}",
    }
    return Result(
        all_or_mixed(list(occupancy > 1)),
        float(occupancy.median()),
        float(occupancy.min()),
        float(occupancy.max()),
        1.0,
        values,
        sources_of(both),
        interval="range",
    )
