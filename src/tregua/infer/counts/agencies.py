"""Which agencies count the same deaths, and how far apart they are.

Counts of one *family* come from one register, so a shorter count may be taken off a longer one.
Counts of two families differ by rule and by error. Where an official body reconciles families, a
difference between them is meaningful but carries the error of both; elsewhere it is refused.

A family is the agency's name without a remark in brackets, so that "PNC (early)" is "PNC". A figure
"via" somebody else was relayed, perhaps under another rule, and stays a family of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from tregua.record import Case

__all__ = ["Agencies", "agencies_of"]

_FAR_PAST = pd.Timestamp("1900-01-01")


@dataclass(frozen=True)
class Agencies:
    """What is known of a case's agencies.

    Attributes
    ----------
    families : mapping of str to str
        Agency (without bracketed remark) to family, where the two differ.
    reconciled : frozenset of str
        Families that one body reconciles, from `reconciled_since` on.
    reconciled_since : Timestamp
        First month of reconciliation.
    anonymous : frozenset of str
        Families without a named counter; used only where no other covers the same interval.
    spread : tuple of (Timestamp, float)
        From each date on, the relative standard deviation between families, log units.
    """

    families: Mapping[str, str] = field(default_factory=dict)
    reconciled: frozenset[str] = frozenset()
    reconciled_since: pd.Timestamp = _FAR_PAST
    anonymous: frozenset[str] = frozenset()
    spread: tuple[tuple[pd.Timestamp, float], ...] = ((_FAR_PAST, 0.03),)

    def family(self, agency: str) -> str:
        """Family of an agency, by its name."""
        bare = re.sub(r"\s*\((?!via )[^)]*\)", "", agency).strip()
        return self.families.get(bare, bare)

    def spread_at(self, date: pd.Timestamp) -> float:
        """Relative standard deviation between families at a date."""
        known = [value for begin, value in self.spread if begin <= date]
        return known[-1] if known else self.spread[0][1]

    def may_mix(self, families: frozenset[str], date: pd.Timestamp) -> bool:
        """Whether all these families were reconciled with one another at a date."""
        return families <= self.reconciled and date >= self.reconciled_since


def agencies_of(case: Case) -> Agencies:
    """Agencies of a case, by its `[registers]`; without them, every agency is its own family.

    Parameters
    ----------
    case
        The case.
    """
    known = case.registers
    if known is None:
        return Agencies()
    since = known.reconciled_since
    spread = tuple((pd.Timestamp(step.since), step.value) for step in known.spread)
    return Agencies(
        families=known.families,
        reconciled=frozenset(known.reconciled),
        reconciled_since=_FAR_PAST if since is None else pd.Timestamp(since),
        anonymous=frozenset(known.unnamed),
        spread=spread or ((_FAR_PAST, 0.03),),
    )
