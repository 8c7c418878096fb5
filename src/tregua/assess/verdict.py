"""A claim is a sentence the computation may contradict; a verdict is what became of it.

A claim names its test, its data and its rival readings before the test is run. The test returns a
`Result`: a verdict, an estimate with its interval, the reference value that would separate yes
from no, and the numbers its report sentence quotes. Nothing here presumes a verdict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from tregua.assess.strength import Strength, strength

if TYPE_CHECKING:
    from tregua.assess.evidence import Evidence

__all__ = [
    "INTERVALS",
    "LANGUAGES",
    "VERDICTS",
    "Claim",
    "Interval",
    "Judgement",
    "Kind",
    "NotTestable",
    "Reach",
    "Result",
    "Text",
    "Verdict",
]

Judgement = Literal["supported", "contradicted", "mixed", "not identified", "not tested"]
"""What a test may say of a claim."""

VERDICTS: tuple[Judgement, ...] = (
    "supported",
    "contradicted",
    "mixed",
    "not identified",
    "not tested",
)
"""What may become of a claim, from the clearest to none."""

LANGUAGES: tuple[str, ...] = ("en", "es")

Text = Mapping[str, str]
"""A text in every language of `LANGUAGES`."""

Kind = Literal["mechanism", "actor", "event", "quantity", "causal", "prediction", "normative"]
"""What sort of thing a claim says."""

Reach = Literal["record", "model", "cases", "none"]
"""What can test a claim: the record, simulated worlds, other cases, or nothing at hand."""

Interval = Literal["90 %", "worlds", "range", "none"]
"""What stands between low and high: a 90 % interval, what 90 % of simulated worlds give, the
smallest and the largest of several figures, or nothing."""

INTERVALS: tuple[Interval, ...] = ("90 %", "worlds", "range", "none")
"""What low and high may be."""


class NotTestable(ValueError):
    """The case lacks what a test needs.

    Parameters
    ----------
    en, es
        What is missing, in each language.
    """

    def __init__(self, en: str, es: str) -> None:
        super().__init__(en)
        self.text: Text = MappingProxyType({"en": en, "es": es})


@dataclass(frozen=True)
class Result:
    """What a test found.

    Attributes
    ----------
    verdict
        One of `VERDICTS`.
    estimate, low, high
        The quantity tested, and what it lies between, in the claim's unit; NaN where a test has
        none.
    reference
        The value of the quantity that would separate yes from no; NaN where there is none.
    values
        Numbers and words that the claim's `found` sentence quotes, by placeholder. Three also count
        towards the strength of the verdict: `agreeing`, the share of a design's reasonable choices
        that fall on one side, `design`, its name, and `cases`, the number of events that the
        verdict counts.
    sources
        Ids of the sources behind the observations used.
    interval
        What `low` and `high` are, one of `INTERVALS`; "none" is meant wherever they are missing.
    """

    verdict: Judgement
    estimate: float
    low: float
    high: float
    reference: float
    values: Mapping[str, float | int | str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    interval: Interval = "90 %"

    def __post_init__(self) -> None:
        """Say "none" where there is no interval."""
        if math.isnan(self.low) or math.isnan(self.high):
            object.__setattr__(self, "interval", "none")


@dataclass(frozen=True)
class Claim:
    """A sentence the computation may contradict, and how.

    Attributes
    ----------
    number
        Number of the item in the source article's list of claims.
    sentence
        The claim in our own words.
    place
        Where in the article's argument it stands.
    kind
        mechanism, actor, event, quantity, causal, prediction or normative.
    test
        In one sentence, the test and what would support or contradict.
    found
        Sentence with placeholders that the test's values fill.
    unit
        Unit of the quantity that the test estimates.
    rivals
        In each language, rival readings that the test cannot exclude.
    would_change
        What evidence would change our mind.
    qualifies
        Whether the record qualifies the article here, so that it is shown first.
    about
        Name of the one case the claim speaks of; empty if it can be tested on any.
    tables
        Names of the tables that hold the data behind the test.
    reach
        What can test it: record, model, cases (data of other cases) or none.
    published
        Ids of published estimates of the same quantity.
    check
        The test itself; if nothing reaches the claim, it says so.
    """

    number: str
    sentence: Text
    place: Text
    kind: Kind
    test: Text
    found: Text
    unit: Text
    rivals: Mapping[str, tuple[str, ...]]
    would_change: Text
    qualifies: bool
    about: str
    tables: tuple[str, ...]
    reach: Reach
    published: tuple[str, ...]
    check: Callable[[Evidence], Result]


# A hyphen that opens a number is a minus sign; one inside a date or a span is not.
_MINUS = re.compile(r"(?<![\w\-–.])-(?=\d)")


@dataclass(frozen=True)
class Verdict:
    """A claim with what its test found: one row of the report.

    The attributes are those of `Claim` and `Result`; `found` has its numbers filled in. `strength`
    is computed from both (see `tregua.assess.strength`).
    """

    number: str
    sentence: Text
    place: Text
    kind: Kind
    test: Text
    found: Text
    rivals: Mapping[str, tuple[str, ...]]
    would_change: Text
    qualifies: bool
    tables: tuple[str, ...]
    reach: Reach
    published: tuple[str, ...]
    verdict: Judgement
    strength: Strength
    estimate: float
    low: float
    high: float
    interval: Interval
    reference: float
    unit: Text
    values: Mapping[str, float | int | str]
    sources: tuple[str, ...]

    @classmethod
    def of(cls, claim: Claim, result: Result) -> Verdict:
        """Join a claim and its result, filling the numbers into the sentence found."""
        found = {
            language: _MINUS.sub("−", claim.found[language].format(**result.values))
            for language in LANGUAGES
        }
        return cls._join(claim, result, MappingProxyType(found))

    @classmethod
    def untested(cls, claim: Claim, missing: NotTestable) -> Verdict:
        """The verdict on a claim whose test could not be run, with the reason as found."""
        nan = float("nan")
        return cls._join(claim, Result("not tested", nan, nan, nan, nan), missing.text)

    @classmethod
    def _join(cls, claim: Claim, result: Result, found: Text) -> Verdict:
        of_claim = {f.name: getattr(claim, f.name) for f in fields(claim)}
        of_result = {f.name: getattr(result, f.name) for f in fields(result)}
        known = {
            **of_claim,
            **of_result,
            "found": found,
            "strength": strength(claim, result),
        }
        return cls(**{f.name: known[f.name] for f in fields(cls)})
