"""The claims we put to the test: sentences from `claims/*.toml`, tests from functions.

Adding a claim takes one entry in a TOML file of that folder and one function from `Evidence` to
`Result`, which the entry names as `module.function`. An entry whose `reach` is "none" has no
function: it says what is missing, and its verdict is "not tested".
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tregua.assess.evidence import Evidence
from tregua.assess.verdict import Claim, Kind, NotTestable, Reach, Result, Text

__all__ = ["claim", "claims"]

Test = Callable[[Evidence], Result]

_NO_TEST = MappingProxyType({"en": "There is no test.", "es": "No hay prueba."})
_NO_UNIT = MappingProxyType({"en": "no figure", "es": "sin cifra"})


class _Bilingual(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    def text(self) -> MappingProxyType[str, str]:
        return MappingProxyType({"en": self.en, "es": self.es})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    kind: Kind
    qualifies: bool
    tables: tuple[str, ...]
    sentence: _Bilingual
    place: _Bilingual
    would_change: _Bilingual
    rivals: tuple[_Bilingual, ...] = Field(min_length=1)
    about: str = ""
    reach: Reach = "record"
    published: tuple[str, ...] = ()
    test_function: str = ""
    test: _Bilingual | None = None
    found: _Bilingual | None = None
    unit: _Bilingual | None = None
    unreached: _Bilingual | None = None

    @model_validator(mode="after")
    def _fits_its_reach(self) -> Self:
        """A claim that nothing reaches says why; any other one has a test."""
        needed = ("test_function", "test", "found", "unit")
        if self.reach == "none":
            if self.unreached is None:
                raise ValueError("a claim of reach 'none' needs unreached.en and unreached.es")
            if self.test_function:
                raise ValueError("a claim of reach 'none' has no test_function; delete it")
            return self
        absent = [name for name in needed if not getattr(self, name)]
        if absent:
            raise ValueError(f"a claim of reach '{self.reach}' needs {', '.join(absent)}")
        if self.unreached is not None:
            raise ValueError(f"unreached is for reach 'none'; this claim has '{self.reach}'")
        return self

    def claim(self) -> Claim:
        why = self.unreached.text() if self.unreached else _NO_TEST
        return Claim(
            number=self.number,
            sentence=self.sentence.text(),
            place=self.place.text(),
            kind=self.kind,
            test=self.test.text() if self.test else _joined(_NO_TEST, why),
            found=self.found.text() if self.found else why,
            unit=self.unit.text() if self.unit else _NO_UNIT,
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
            reach=self.reach,
            published=self.published,
            check=_test(self.test_function) if self.test_function else _unreached(why),
        )


def _joined(one: Text, two: Text) -> Text:
    return MappingProxyType({language: f"{one[language]} {two[language]}" for language in one})


def _test(name: str) -> Test:
    """The function that an entry names as `module.function`, both in this stage."""
    module, _, function = name.rpartition(".")
    full = f"tregua.assess.{module}"
    try:
        home = importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        home = None
    if not module or home is None:
        raise ValueError(f"test_function '{name}': write module.function, such as on_deaths.hiding")
    if not callable(getattr(home, function, None)):
        near = get_close_matches(function, vars(home), n=1)
        hint = f" Did you mean '{module}.{near[0]}'?" if near else ""
        raise ValueError(f"test_function '{name}': {full} has no function '{function}'.{hint}")
    return cast(Test, getattr(home, function))


def _unreached(why: Text) -> Test:
    """A test that no evidence could run."""

    def check(_: Evidence) -> Result:
        raise NotTestable(why["en"], why["es"])

    return check


def _read(texts: Mapping[str, str]) -> tuple[Claim, ...]:
    """Claims of several TOML texts by file name, qualifying ones first, then by number."""
    found: dict[str, tuple[str, Claim]] = {}
    for file in sorted(texts):
        for entry in tomllib.loads(texts[file]).get("claim", []):
            number = str(entry.get("number", "without number"))
            if number in found:
                raise ValueError(f"Claim {number} is in {found[number][0]} and again in {file}.")
            try:
                found[number] = (file, _Entry.model_validate(entry).claim())
            except ValueError as error:
                raise ValueError(f"{file}, claim {number}: {error}") from error
    return tuple(sorted((known for _, known in found.values()), key=_rank))


def _rank(known: Claim) -> tuple[bool, bool, int, str]:
    """Qualifying claims first; numbers in order, names after them."""
    digits = known.number.isdecimal()
    return not known.qualifies, not digits, int(known.number) if digits else 0, known.number


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, those first where the record qualifies the article, then by number.

    Returns
    -------
    tuple of Claim
        One for each entry of the files in `claims/`; numbers are unique.

    Raises
    ------
    ValueError
        If an entry is incomplete or names no function, or a number is given twice; names the file.
    """
    folder = resources.files("tregua.assess").joinpath("claims")
    return _read(
        {
            file.name: file.read_text(encoding="utf-8")
            for file in folder.iterdir()
            if file.name.endswith(".toml")
        }
    )


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
