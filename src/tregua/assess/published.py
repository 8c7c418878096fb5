r"""Published estimates beside our own, with why they differ.

An estimate printed by somebody else is a claim too. Each is kept with what was seen of it: a
number, its interval and the probability content of the interval, which is rarely the 90 % of this
project. What was not seen is left out and never guessed. Beside it stands our own figure of the
same quantity where there is one, made from the record or from simulated worlds, and otherwise the
reason why not.

Deaths in a period of the truce less those without it follow from an interrupted series: of $D$
deaths in the period, $D\,(1 - 1/R)$ are more than would have been, with $R$ the ratio that the
series gives. What would have gone on is a choice (a level or a trend, from 1999, 2003 or 2006 on);
the middle of all choices is shown with their extremes, and no interval pretends that one is right.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from types import MappingProxyType

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from tregua.assess.evidence import Evidence
from tregua.assess.rules import NAN
from tregua.assess.verdict import NotTestable, Text

__all__ = ["Published", "beside_ours", "published"]

_CASE = "el-salvador"
_LEVEL = 0.9
_STARTS = ("1999-01", "2003-01", "2006-01")  # first months of the data behind `truce_phases`


@dataclass(frozen=True)
class Published:
    """An estimate that somebody else printed.

    Attributes
    ----------
    id
        Short name, unique.
    authors, year, title, journal
        Who, when, what and where; the year is 0 if it was not noted.
    doi
        Digital object identifier, empty if none was seen.
    quantity
        What is estimated.
    design
        How.
    first, last
        First and last month or year of the period, empty if not seen.
    estimate, low, high
        The number and its interval; NaN where none was seen.
    level
        Probability content of the interval, NaN without one.
    unit
        Unit of the number.
    seen
        What of the publication was consulted.
    differs
        Why it may differ from ours.
    ours
        Name of our own figure, empty if there is none.
    why_none
        Why we have none; empty texts where there is one.
    claims
        Numbers of the claims that it bears on.
    """

    id: str
    authors: str
    year: int
    title: str
    journal: str
    doi: str
    quantity: Text
    design: Text
    first: str
    last: str
    estimate: float
    low: float
    high: float
    level: float
    unit: Text
    seen: Text
    differs: Text
    ours: str
    why_none: Text
    claims: tuple[str, ...]


@dataclass(frozen=True)
class _Ours:
    """A figure of ours; without a level, low and high are the extremes of several choices."""

    value: float
    low: float
    high: float
    level: float


_NOTHING = _Ours(NAN, NAN, NAN, NAN)


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    def text(self) -> Text:
        return MappingProxyType({"en": self.en, "es": self.es})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    authors: str
    year: int = 0
    title: str
    journal: str
    doi: str = ""
    first: str
    last: str
    estimate: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = NAN
    ours: str = ""
    claims: tuple[str, ...] = Field(min_length=1)
    quantity: _Words
    design: _Words
    unit: _Words
    seen: _Words
    differs: _Words
    why_none: _Words | None = None

    def published(self) -> Published:
        problems = []
        if bool(self.ours) == (self.why_none is not None):
            problems.append("give either `ours` or `why_none`")
        if self.ours and self.ours not in _OURS:
            problems.append(f"ours '{self.ours}' is not one of {', '.join(_OURS)}")
        if self.low > self.high or math.isnan(self.low) != math.isnan(self.high):
            problems.append("low and high come together, low first")
        if problems:
            raise ValueError(f"Published estimate '{self.id}': {'; '.join(problems)}.")
        plain = self.model_dump(exclude=set(_BILINGUAL) | {"why_none"})
        words = {name: getattr(self, name).text() for name in _BILINGUAL}
        none = MappingProxyType({"en": "", "es": ""})
        why_none = self.why_none.text() if self.why_none else none
        return Published(**plain, **words, why_none=why_none)


_BILINGUAL = ("quantity", "design", "unit", "seen", "differs")


@cache
def published() -> tuple[Published, ...]:
    """All published estimates, in the order of the file.

    Raises
    ------
    ValueError
        If an entry is incomplete, or an id is given twice.
    """
    file = resources.files("tregua.assess").joinpath("published.toml")
    return _read(file.read_text(encoding="utf-8"))


def _read(text: str) -> tuple[Published, ...]:
    found: dict[str, Published] = {}
    for raw in tomllib.loads(text).get("published", []):
        entry = _Entry.model_validate(raw).published()
        if entry.id in found:
            raise ValueError(f"The published estimate '{entry.id}' is given twice.")
        found[entry.id] = entry
    return tuple(found.values())


def beside_ours(evidence: Evidence) -> pd.DataFrame:
    """Every published estimate beside ours.

    Parameters
    ----------
    evidence
        The record, and the tables `tiles` and `contrasts`, as far as they were made.

    Returns
    -------
    DataFrame
        Columns id, claims (joined by semicolons), estimate, low, high, level, ours, ours_low,
        ours_high, ours_level (missing where low and high are the extremes of several choices),
        overlap (of the two intervals: yes, no, or unknown where one is missing), and in two
        languages quantity, unit, seen, differs and why_none (empty where ours is a number).
    """
    return pd.DataFrame([_row(entry, evidence) for entry in published()])


def _row(entry: Published, evidence: Evidence) -> dict[str, float | str]:
    ours, why = _ours(entry, evidence)
    row: dict[str, float | str] = {
        "id": entry.id,
        "claims": ";".join(entry.claims),
        "estimate": entry.estimate,
        "low": entry.low,
        "high": entry.high,
        "level": entry.level,
        "ours": ours.value,
        "ours_low": ours.low,
        "ours_high": ours.high,
        "ours_level": ours.level,
        "overlap": _overlap(entry, ours),
    }
    words = {name: getattr(entry, name) for name in ("quantity", "unit", "seen", "differs")}
    for name, text in {**words, "why_none": why}.items():
        row |= {f"{name}_{language}": text[language] for language in ("en", "es")}
    return row


def _ours(entry: Published, evidence: Evidence) -> tuple[_Ours, Text]:
    """Our figure, and why there is none."""
    if not entry.ours:
        return _NOTHING, entry.why_none
    try:
        if evidence.record.case.name != _CASE:
            raise NotTestable(
                "The estimate is about another case.", "La estimación trata de otro caso."
            )
        return _OURS[entry.ours](entry, evidence), entry.why_none
    except NotTestable as missing:
        return _NOTHING, missing.text


def _overlap(entry: Published, ours: _Ours) -> str:
    if math.isnan(entry.level) or math.isnan(ours.level):
        return "unknown"  # without a level, low and high are no interval
    return "yes" if entry.low <= ours.high and ours.low <= entry.high else "no"


# -- Our own figures -------------------------------------------------------------------------------


def _truce_ratio(_: Published, evidence: Evidence) -> _Ours:
    """The truce by the windows of the published panel, on national counts."""
    from tregua.assess.designs import truce_like_katz

    found = truce_like_katz(evidence.counts())
    return _Ours(found.value, found.low, found.high, found.level)


def _phase_of_truce(entry: Published, evidence: Evidence) -> _Ours:
    """Deaths in a period beyond those expected, over what may have gone on: middle and extremes."""
    phases = _phases(evidence)
    months = (phases["first"] >= entry.first) & (phases["last"] <= entry.last)
    added = -phases[months].groupby(["start", "trend"])["averted"].sum()
    return _Ours(float(added.median()), float(added.min()), float(added.max()), NAN)


def _phases(evidence: Evidence) -> pd.DataFrame:
    """The three periods of the truce under every start that the record reaches back to."""
    from tregua.assess.designs import DesignError, truce_phases

    counts = evidence.counts()
    begun = f"{pd.Timestamp(counts['start'].min()):%Y-%m}"
    starts = [start for start in _STARTS if start >= begun] or [begun]
    try:
        return truce_phases(counts, starts=starts, level=_LEVEL)
    except DesignError as error:
        raise NotTestable(
            f"The record is too thin for the periods of the truce: {error.text['en']}",
            f"El registro es insuficiente para los períodos de la tregua: {error.text['es']}",
        ) from error


def _lever(_: Published, evidence: Evidence, *, setting: str, outcome: str) -> _Ours:
    """A lever pinned in simulated worlds, after five years, relative to no change."""
    table = evidence.table("contrasts")
    rows = table[
        (table["name"] == "recruitment_or_arrest")
        & (table["setting"] == setting)
        & (table["outcome"] == outcome)
    ]
    if rows.empty:
        raise NotTestable(
            "This study did not run the experiment 'recruitment_or_arrest'.",
            "Este estudio no hizo el experimento 'recruitment_or_arrest'.",
        )
    shown = rows.iloc[0]
    return _Ours(float(shown["estimate"]), float(shown["q05"]), float(shown["q95"]), _LEVEL)


_MEMBERS, _DEATHS = "street_ratio_less_one", "killed_ratio_less_one"
_OURS: Mapping[str, Callable[[Published, Evidence], _Ours]] = MappingProxyType(
    {
        "truce_ratio": _truce_ratio,
        "phase_of_truce": _phase_of_truce,
        "half_recruitment_members": partial(_lever, setting="half_recruitment", outcome=_MEMBERS),
        "half_recruitment_deaths": partial(_lever, setting="half_recruitment", outcome=_DEATHS),
        "double_arrest_members": partial(_lever, setting="double_arrest", outcome=_MEMBERS),
        "double_arrest_deaths": partial(_lever, setting="double_arrest", outcome=_DEATHS),
    }
)
