"""What the page needs of the findings, and no more.

The page is a pure function of findings: the record they rest on, the tables behind every figure,
the verdicts, and how they were made. These protocols name only what is read, so that the page can
be drawn from any value of that shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from tregua.provenance import Provenance

__all__ = ["Bilingual", "Case", "Findings", "Record", "Verdict"]

Bilingual = Mapping[str, str]
"""A text in both languages: {"en": ..., "es": ...}."""


class Case(Protocol):
    """A case of the record: who, where, when."""

    @property
    def name(self) -> str:
        """Short name of the case, as typed at a terminal."""
        ...

    @property
    def title(self) -> Any:
        """Title in both languages."""
        ...

    @property
    def counting_rules(self) -> Any:
        """Dates on which an agency changed what it counts."""
        ...


class Record(Protocol):
    """All that is known of a case."""

    @property
    def case(self) -> Any:
        """The case (see `Case`)."""
        ...

    @property
    def observations(self) -> pd.DataFrame:
        """Every observation, one row each."""
        ...

    @property
    def events(self) -> pd.DataFrame:
        """Every event, one row each."""
        ...

    @property
    def sources(self) -> pd.DataFrame:
        """Sources: id, title, publisher, url, date, seen_as."""
        ...

    @property
    def digest(self) -> str:
        """Digest of the record's files."""
        ...


class Verdict(Protocol):
    """What was found about one claim, in both languages."""

    @property
    def number(self) -> str:
        """Number of the claim in the article."""
        ...

    @property
    def verdict(self) -> str:
        """One of supported, contradicted, mixed, not identified, not tested."""
        ...

    @property
    def strength(self) -> str:
        """How much stands behind it: strong, moderate, weak or none."""
        ...

    @property
    def kind(self) -> str:
        """What sort of thing it says: mechanism, actor, event, quantity, causal, ..."""
        ...

    @property
    def reach(self) -> str:
        """What can test it: record, model, cases or none."""
        ...

    @property
    def qualifies(self) -> bool:
        """Whether the record qualifies the article here."""
        ...

    @property
    def estimate(self) -> float:
        """The estimate, in `unit`."""
        ...

    @property
    def low(self) -> float:
        """Lower end of what `interval` names."""
        ...

    @property
    def high(self) -> float:
        """Upper end of what `interval` names."""
        ...

    @property
    def interval(self) -> str:
        """What low and high are: 90 %, worlds, range or none."""
        ...

    @property
    def reference(self) -> float:
        """The value that separates yes from no."""
        ...

    @property
    def unit(self) -> Any:
        """Unit of the estimate: a text, or one in both languages."""
        ...

    @property
    def sentence(self) -> Bilingual:
        """The claim."""
        ...

    @property
    def place(self) -> Any:
        """Where the article makes it."""
        ...

    @property
    def found(self) -> Bilingual:
        """What was found, with its numbers."""
        ...

    @property
    def rivals(self) -> Mapping[str, Sequence[str]]:
        """Rival readings of the same evidence."""
        ...

    @property
    def would_change(self) -> Bilingual:
        """What would change the verdict."""
        ...

    @property
    def test(self) -> Bilingual:
        """How it was tested."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """Identifiers of its sources."""
        ...

    @property
    def tables(self) -> Sequence[str]:
        """Names of the tables behind it."""
        ...

    @property
    def published(self) -> Sequence[str]:
        """Ids of published estimates of the same quantity."""
        ...


class Findings(Protocol):
    """All that the page shows."""

    @property
    def record(self) -> Any:
        """The record (see `Record`)."""
        ...

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The data behind every figure, by name."""
        ...

    @property
    def verdicts(self) -> Sequence[Any]:
        """The verdicts (see `Verdict`)."""
        ...

    @property
    def provenance(self) -> Provenance:
        """How the findings were made."""
        ...
