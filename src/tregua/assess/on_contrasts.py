"""Tests that read experiments in simulated worlds (`tregua.assess.contrasts`).

One rule serves all. A sign counts where 8 of 10 paired worlds agree. A claim is supported where the
sign is the claimed one in every setting, contradicted where it is the opposite in every setting,
mixed where settings clearly disagree, and not identified otherwise. Where the model fixes the sign,
agreement supports nothing: what a mechanism assumes it cannot confirm.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from tregua import decide
from tregua.assess.evidence import Evidence
from tregua.assess.rules import Values
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = [
    "contagion",
    "corruption",
    "crowding_out",
    "more_parties",
    "open_or_secret",
    "outbidding",
    "reform_together",
    "transparency",
]

_LIKELY = 0.8
_ROUNDING = 1e-9

Claimed = Literal["more", "fewer"]


def _experiment(evidence: Evidence, name: str) -> pd.DataFrame:
    """Rows of an experiment. Raises NotTestable if the study did not run it."""
    table = evidence.table("contrasts")
    rows = table[table["name"] == name]
    if rows.empty:
        raise NotTestable(
            f"This study did not run the experiment '{name}'.",
            f"Este estudio no hizo el experimento '{name}'.",
        )
    return rows


def _signs(rows: pd.DataFrame) -> list[str]:
    """Sign in each row: more or fewer where 8 of 10 worlds agree, else unclear."""
    return [
        "more"
        if share >= _LIKELY - _ROUNDING
        else "fewer"
        if share <= 1 - _LIKELY + _ROUNDING
        else "unclear"
        for share in rows["p_positive"]
    ]


def _judged(rows: pd.DataFrame, claimed: Claimed) -> Judgement:
    """The rule of this module, on the rows of one outcome."""
    found = set(_signs(rows))
    opposite = "fewer" if claimed == "more" else "more"
    if found == {claimed}:
        return "not identified" if bool(rows["built_in"].iloc[0]) else "supported"
    if found == {opposite}:
        return "contradicted"
    return "mixed" if {claimed, opposite} <= found else "not identified"


def _of(rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return rows[rows["outcome"] == outcome]


def _result(
    rows: pd.DataFrame, claimed: Claimed, shown: pd.Series, **values: float | int | str
) -> Result:
    """Verdict over all rows, with the figures of one of them."""
    estimate, low, high = (float(shown[name]) for name in ("estimate", "q05", "q95"))
    quoted: Values = {
        "estimate": estimate,
        "low": low,
        "high": high,
        "mean": float(shown["mean"]),
        "origin": str(shown["origin"]),
        "built_in": str(bool(shown["built_in"])).lower(),
        **values,
    }
    verdict = _judged(rows, claimed)
    return Result(verdict, estimate, low, high, 0.0, quoted, interval="worlds")


def outbidding(evidence: Evidence) -> Result:
    """Claim 2: what parties promise under much and little fear, with and without deterrence."""
    rows = _of(_experiment(evidence, "outbidding"), "platform")
    usual, without = (
        rows[rows["setting"] == name].iloc[0] for name in ("central", "without_deterrence")
    )
    return _result(rows, "more", usual, other=float(without["estimate"]))


def open_or_secret(evidence: Evidence) -> Result:
    """Claim 13: months in force of secret against open pacts."""
    every = _experiment(evidence, "open_or_secret")
    rows = _of(every, "months_in_force")
    signs = _signs(rows)
    killed = _of(every, "killed")
    return _result(
        rows,
        "fewer",
        rows[rows["setting"] == "central"].iloc[0],
        settings=len(rows),
        fewer=signs.count("fewer"),
        more=signs.count("more"),
        killed=float(killed[killed["setting"] == "central"]["estimate"].iloc[0]),
    )


def more_parties(evidence: Evidence) -> Result:
    """Claim 22: months in force with six gangs against two, and the closed form."""
    rows = _of(_experiment(evidence, "more_parties"), "months_in_force")
    two, six = (float(decide.Bargain().replace(gangs=number).slack) for number in (2, 6))
    shown = rows[rows["setting"] == "central"].iloc[0]
    return _result(rows, "fewer", shown, slack_two=two, slack_six=six)


def contagion(evidence: Evidence) -> Result:
    """Claim 23: pressing where some gangs are left out of a pact."""
    rows = _of(_experiment(evidence, "contagion"), "pressing")
    return _result(rows, "more", rows[rows["setting"] == "central"].iloc[0])


def reform_together(evidence: Evidence) -> Result:
    """Claim 47: interaction of police reform with reform of courts and prisons."""
    every = _experiment(evidence, "reform_together")
    rows = _of(every, "log_killed_together")
    alone = _of(every, "log_killed_police_alone")
    much, little = (
        rows[rows["setting"] == name].iloc[0] for name in ("substitution_low", "substitution_high")
    )
    return _result(
        rows,
        "fewer",
        much,
        other=float(little["estimate"]),
        alone=float(alone["estimate"].iloc[0]),
    )


def corruption(evidence: Evidence) -> Result:
    """Claim 48: command after reform of integrity."""
    rows = _of(_experiment(evidence, "corruption"), "command")
    fast, slow = (
        rows[rows["setting"] == name].iloc[0]
        for name in ("corruption_time_low", "corruption_time_high")
    )
    return _result(rows, "fewer", fast, other=float(slow["estimate"]))


def transparency(evidence: Evidence) -> Result:
    """Claim 50: killings where secret pacts leak soon, against late, at every horizon."""
    every = _experiment(evidence, "transparency")
    rows = _of(every, "killed")
    central = rows[rows["setting"] == "central"].sort_values("horizon")
    secret = _of(every, "months_of_secret_pact")
    at = dict(zip(central["horizon"], central["estimate"], strict=True))
    return _result(
        rows,
        "fewer",
        central.iloc[-1],
        after_1=float(at[1]),
        after_5=float(at[5]),
        cells=len(rows),
        clear=len(rows) - _signs(rows).count("unclear"),
        secret=float(secret[secret["setting"] == "central"]["mean"].iloc[0]),
    )


def crowding_out(evidence: Evidence) -> Result:
    """Claim 51: months of reform under fear, and under approval."""
    rows = _of(_experiment(evidence, "crowding_out"), "months_of_reform")
    fear, approval = (
        rows[rows["setting"] == name].iloc[0] for name in ("fear_level", "approval_level")
    )
    return _result(rows, "fewer", fear, other=float(approval["mean"]))
