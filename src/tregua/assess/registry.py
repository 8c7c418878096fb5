"""The claims we put to the test: sentences from `claims.toml`, tests from functions.

Adding a claim takes one entry in the TOML file and one function from `Evidence` to `Result`,
listed in `TESTS` under the name that the entry gives.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import resources
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from tregua.assess import on_deaths, on_politics, on_prisons, on_worlds
from tregua.assess.evidence import Evidence
from tregua.assess.verdict import Claim, Result

__all__ = ["TESTS", "claim", "claims"]

Test = Callable[[Evidence], Result]

TESTS: MappingProxyType[str, Test] = MappingProxyType(
    {
        test.__name__: test
        for test in (
            on_deaths.backlash,
            on_politics.conditions_not_release,
            on_deaths.counting_rules,
            on_prisons.crackdowns_differ,
            on_prisons.crackdowns_fill_prisons,
            on_politics.dance_continues,
            on_deaths.deadliest_day,
            on_deaths.deadliest_year,
            on_politics.denial,
            on_deaths.exchange,
            on_politics.fear,
            on_prisons.fifty_thousand,
            on_deaths.hiding,
            on_prisons.overcrowding,
            on_deaths.strikes,
            on_deaths.truce_effect,
            on_politics.wounded_not_gone,
            on_worlds.core_thesis,
            on_worlds.prisoners_return,
            on_worlds.reform_in_the_long_run,
        )
    }
)
"""Tests by name."""


class _Bilingual(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    es: str

    def text(self) -> MappingProxyType[str, str]:
        return MappingProxyType({"en": self.en, "es": self.es})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    test_function: str
    kind: str
    qualifies: bool
    about: str = ""
    tables: tuple[str, ...]
    sentence: _Bilingual
    place: _Bilingual
    test: _Bilingual
    found: _Bilingual
    unit: _Bilingual
    would_change: _Bilingual
    rivals: tuple[_Bilingual, ...]

    def claim(self) -> Claim:
        return Claim(
            number=self.number,
            sentence=self.sentence.text(),
            place=self.place.text(),
            kind=self.kind,
            test=self.test.text(),
            found=self.found.text(),
            unit=self.unit.text(),
            rivals=MappingProxyType(
                {
                    "en": tuple(rival.en for rival in self.rivals),
                    "es": tuple(rival.es for rival in self.rivals),
                }
            ),
            would_change=self.would_change.text(),
            qualifies=self.qualifies,
            about=self.about,
            tables=self.tables,
            check=TESTS[self.test_function],
        )


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, those first where the record qualifies the article.

    Returns
    -------
    tuple of Claim
        In the order of the file; numbers are unique.
    """
    text = resources.files("tregua.assess").joinpath("claims.toml").read_text(encoding="utf-8")
    return tuple(_Entry.model_validate(entry).claim() for entry in tomllib.loads(text)["claim"])


def claim(number: str) -> Claim:
    """One claim by its number.

    Raises
    ------
    ValueError
        If no claim has this number; the message names the nearest and all known ones.
    """
    by_number = {known.number: known for known in claims()}
    if number in by_number:
        return by_number[number]
    near = get_close_matches(number, by_number, n=1, cutoff=0.3)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ValueError(f"No claim numbered '{number}'.{hint} Known: {', '.join(by_number)}.")
