"""Tests that look at simulated worlds: what strategies do, and to what the sign is owed.

A simulation can contradict a claim about mechanisms it contains; it cannot prove one about the
world. Every test here therefore runs over several settings and says in how many it holds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.assess.evidence import Evidence
from tregua.assess.rules import Values
from tregua.assess.verdict import Judgement, Result

__all__ = ["core_thesis", "prisoners_return", "reform_in_the_long_run"]

_LIKELY = 0.8
_UNLIKELY = 0.2


def _cells(core: pd.DataFrame, reference: str, horizon: int) -> pd.Series:
    """Sign of the pact's effect in every setting, for a reference and a horizon."""
    chosen = core[(core["reference"] == reference) & (core["horizon"] == horizon)]
    return chosen["sign"]


def core_thesis(evidence: Evidence) -> Result:
    """Claim 44: sign of a secret pact's effect on killing, short and long, over counterfactuals."""
    core = evidence.table("core_claim")
    shortest, longest = int(core["horizon"].min()), int(core["horizon"].max())
    short = _cells(core, "status_quo", shortest)
    long = _cells(core, "status_quo", longest)
    reform = _cells(core, "reform", longest)
    verdict: Judgement = "not identified"
    if (long == "lower").all():
        verdict = "contradicted"
    elif (short == "lower").all() and (long == "higher").all():
        verdict = "supported"
    elif (long == "higher").all():
        verdict = "mixed"
    central = core[
        (core["reference"] == "status_quo")
        & (core["horizon"] == longest)
        & (core["counterfactual"] == "central")
    ].iloc[0]
    values: Values = {
        "cells": len(long),
        "short_lower": int((short == "lower").sum()),
        "short_higher": int((short == "higher").sum()),
        "long_lower": int((long == "lower").sum()),
        "long_higher": int((long == "higher").sum()),
        "reform_lower": int((reform == "lower").sum()),
        "reform_higher": int((reform == "higher").sum()),
        "origin": str(central["origin"]),
        "estimate": float(central["q50"]),
        "low": float(central["q05"]),
        "high": float(central["q95"]),
    }
    return Result(
        verdict,
        float(central["q50"]),
        float(central["q05"]),
        float(central["q95"]),
        0.0,
        values,
        interval="worlds",
    )


def prisoners_return(evidence: Evidence) -> Result:
    """Claim 42: share of plausible worlds in which a gang outlives mass arrest."""
    table = evidence.table("return_threshold")
    table = table[table["origin"] == table["origin"].max()]  # the worlds that know most
    shares = dict(zip(table["setting"], table["share_above_one"], strict=True))
    share, low, high = (float(shares[name]) for name in ("prior", "low", "high"))
    error = float(np.sqrt(share * (1 - share) / int(table["worlds"].iloc[0])))
    verdict: Judgement = "not identified"
    if low >= _LIKELY:
        verdict = "supported"
    elif high <= _UNLIKELY:
        verdict = "contradicted"
    values: Values = {"estimate": share, "low_return": low, "high_return": high}
    return Result(
        verdict,
        share,
        max(0.0, share - 1.645 * error),
        min(1.0, share + 1.645 * error),
        0.5,
        values,
    )


def reform_in_the_long_run(evidence: Evidence) -> Result:
    """Claim 46: killings over ten years under reform against every other strategy."""
    differences = evidence.table("differences")
    rows = differences[
        (differences["strategy"] == "reform")
        & (differences["outcome"] == "killed")
        & (differences["horizon"] == differences["horizon"].max())
    ]
    shares = rows["p_lower"]
    verdict: Judgement = "not identified"
    if (shares >= _LIKELY).all():
        verdict = "supported"
    elif (shares <= _UNLIKELY).all():
        verdict = "contradicted"
    elif (shares >= _LIKELY).any() or (shares <= _UNLIKELY).any():
        verdict = "mixed"
    values: Values = {"shares": _listed(rows, "en"), "shares_es": _listed(rows, "es")}
    return Result(
        verdict,
        float(shares.median()),
        float(shares.min()),
        float(shares.max()),
        0.5,
        values,
        interval="range",
    )


_NAMES = {
    "en": {
        "status_quo": "the status quo",
        "secret_pact": "a secret pact",
        "mano_dura": "a crackdown",
        "both": "pact and crackdown at once",
    },
    "es": {
        "status_quo": "no cambiar nada",
        "secret_pact": "un pacto secreto",
        "mano_dura": "la mano dura",
        "both": "pacto y ofensiva a la vez",
    },
}
_SENTENCE = {
    "en": "{name} in {share:.0f} of 10 worlds from {origin}",
    "es": "{name} en {share:.0f} de 10 mundos desde {origin}",
}


def _listed(rows: pd.DataFrame, language: str) -> str:
    return "; ".join(
        _SENTENCE[language].format(
            name=_NAMES[language].get(reference, reference), share=10 * share, origin=origin
        )
        for reference, share, origin in zip(
            rows["reference"], rows["p_lower"], rows["origin"], strict=True
        )
    )
