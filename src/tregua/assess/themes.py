"""Themes: the sixty claims by what they speak of, in the order of the article's argument.

A claim belongs to a theme by its number. A claim whose number is no number of the list, such as one
that a user adds, belongs to the last theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from tregua.assess.verdict import Text

__all__ = ["THEMES", "Theme", "theme_of"]


@dataclass(frozen=True)
class Theme:
    """A part of the argument.

    Attributes
    ----------
    name
        Short name, as typed at a terminal and in an address.
    title
        What its claims speak of.
    first, last
        Numbers of its first and its last claim; 0 where it has no numbers of its own.
    """

    name: str
    title: Text
    first: int
    last: int


def _theme(name: str, first: int, last: int, en: str, es: str) -> Theme:
    return Theme(name, MappingProxyType({"en": en, "es": es}), first, last)


THEMES: tuple[Theme, ...] = (
    _theme("demand", 1, 3, "Fear, votes and toughness", "Miedo, votos y dureza"),
    _theme("pact", 4, 11, "What is exchanged in a pact", "Qué se intercambia en un pacto"),
    _theme("exposure", 12, 19, "Secrecy and exposure", "Secreto y revelación"),
    _theme("breakdown", 20, 24, "How pacts break", "Cómo se rompen los pactos"),
    _theme("truce", 25, 30, "The truce of 2012 and after", "La tregua de 2012 y después"),
    _theme("exception", 31, 45, "March 2022 and after", "Marzo de 2022 y después"),
    _theme("reform", 46, 52, "Institutions", "Instituciones"),
    _theme("notes", 53, 60, "Counts, prisons and the street", "Cifras, cárceles y calle"),
    _theme("other", 0, 0, "Further claims", "Otras afirmaciones"),
)
"""Every theme, in the order in which it is shown."""


def theme_of(number: str) -> Theme:
    """The theme of a claim by its number.

    Parameters
    ----------
    number
        Number of the claim, such as "44"; any other text gives the last theme.
    """
    place = int(number) if number.isascii() and number.isdigit() else 0
    found = (theme for theme in THEMES if theme.first <= place <= theme.last)
    return next(found, THEMES[-1])
