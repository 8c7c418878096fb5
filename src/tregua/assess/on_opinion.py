"""Tests on polls: whether toughness is rewarded, and what people accept for it.

An interval of a share takes half the answers of a cluster sample as independent (design effect 2)
and, where a poll does not print its size, 1,000 answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from tregua.assess.evidence import Evidence
from tregua.assess.rules import EXCEPTION, Values, all_or_mixed, sources_of
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = ["rights_for_safety", "toughness_pays"]

_DESIGN_EFFECT = 2.0
_ASSUMED_SIZE = 1000.0
_TAIL = 0.05  # on each side of a 90 % interval

# Questions that ask about the exception or the measures as a whole.
_AS_A_WHOLE = (
    "approves",
    "approves_security_measures",
    "agrees_with_the_state_of_exception",
    "supports_measures_against_gangs",
)


@dataclass(frozen=True)
class _Answer:
    """A share of answers with its interval and its variance."""

    value: float
    low: float
    high: float
    variance: float


def _answer(row: pd.Series) -> _Answer:
    printed = re.search(r"\bn\s*=\s*([\d,]+)", str(row["note"]))
    size = float(printed[1].replace(",", "")) if printed else _ASSUMED_SIZE
    effective, value = size / _DESIGN_EFFECT, float(row["value"]) / 100
    low, high = stats.beta.ppf(
        (_TAIL, 1 - _TAIL), value * effective + 0.5, (1 - value) * effective + 0.5
    ).tolist()
    return _Answer(value, low, high, value * (1 - value) / effective)


def _support(evidence: Evidence) -> pd.DataFrame:
    """Waves that ask about the exception as a whole."""
    known = set(evidence.record.observations["series"])
    names = [f"opinion.state_of_exception.{name}" for name in _AS_A_WHOLE]
    frames = [evidence.select(name) for name in names if name in known]
    if not frames:
        raise NotTestable(
            "The record holds no poll on the exception as a whole.",
            "El registro no tiene encuestas sobre el régimen de excepción en conjunto.",
        )
    return pd.concat(frames, ignore_index=True)


def _change_of_approval(evidence: Evidence) -> tuple[pd.Series, pd.Series]:
    """Last wave before the exception and first after it, by one pollster."""
    waves = evidence.select("opinion.approval.approves_president_bukele")
    for _, own in waves.groupby("agency"):
        before, after = own[own["start"] < EXCEPTION], own[own["start"] >= EXCEPTION]
        if len(before) and len(after):
            return before.iloc[-1], after.iloc[0]
    raise NotTestable(
        "No pollster on record asked for approval both before and after March 2022.",
        "Ninguna encuestadora registrada preguntó la aprobación antes y después de marzo de 2022.",
    )


def toughness_pays(evidence: Evidence) -> Result:
    """Claim 36: support of the measures, and approval before and after two crackdowns."""
    support = _support(evidence)
    answers = [_answer(row) for _, row in support.iterrows()]
    before, after = _change_of_approval(evidence)
    first, second = _answer(before), _answer(after)
    change = 100 * (second.value - first.value)
    reach = 100 * float(stats.norm.ppf(1 - _TAIL) * np.sqrt(first.variance + second.variance))
    grades = evidence.select(
        "opinion.grade.grade_of_president_sanchez_ceren", agency="IUDOP", last="2018-01-01"
    )
    earlier = grades[grades["start"] < "2015-03-01"]
    if earlier.empty or len(earlier) == len(grades):
        raise NotTestable(
            "The record holds no grade of the president before and after the crackdown of 2015.",
            "El registro no tiene notas del presidente antes y después de la ofensiva de 2015.",
        )
    was, became = float(earlier["value"].iloc[-1]), float(grades["value"].iloc[-1])
    answered = [
        all(answer.low > 0.5 for answer in answers),
        change - reach > 0,
        became > was,
    ]
    values: Values = {
        "waves": len(answers),
        "support_low": min(answer.value for answer in answers),
        "support_high": max(answer.value for answer in answers),
        "before": first.value,
        "after": second.value,
        "date_before": f"{before['start']:%Y-%m}",
        "date_after": f"{after['start']:%Y-%m}",
        "estimate": change,
        "low": change - reach,
        "high": change + reach,
        "grade_before": was,
        "grade_after": became,
    }
    return Result(
        all_or_mixed(answered),
        change,
        change - reach,
        change + reach,
        0.0,
        values,
        sources_of(support, before.to_frame().T, after.to_frame().T, grades),
    )


def rights_for_safety(evidence: Evidence) -> Result:
    """Claim 59: support of the exception as a whole, and of a suspended right by name."""
    support = _support(evidence)
    answers = [_answer(row) for _, row in support.iterrows()]
    named = evidence.select("opinion.state_of_exception.agrees_with_arrest_without_warrant")
    rejecting = evidence.select(
        "opinion.state_of_exception.disagrees_with_at_least_one_suspended_right"
    )
    accepted = _answer(named.iloc[-1])
    verdict: Judgement = "mixed"
    if not all(answer.low > 0.5 for answer in answers):
        verdict = "contradicted"
    elif accepted.low > 0.5:
        verdict = "supported"
    values: Values = {
        "waves": len(answers),
        "support_low": min(answer.value for answer in answers),
        "support_high": max(answer.value for answer in answers),
        "estimate": accepted.value,
        "low": accepted.low,
        "high": accepted.high,
        "reject": float(rejecting["value"].iloc[-1]) / 100,
    }
    return Result(
        verdict,
        accepted.value,
        accepted.low,
        accepted.high,
        0.5,
        values,
        sources_of(support, named, rejecting),
    )
