"""Every word of the page, in both languages, through one function.

A catalogue per language holds texts with named places: ``"{n} worlds"``. `Text` fills them and
refuses what it does not know, so that a missing text is an error and never a hole in the page.

Numbers are written 1,234.5 in both languages, as in El Salvador; months are named in the
language of the page. Intervals are written with "to" and "a", because a dash beside a negative
number is easily misread.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

__all__ = ["LANGUAGES", "Text", "catalogue", "pick"]

LANGUAGES = ("en", "es")
"""Languages of the report; it holds all of them and opens in one."""
NBSP = "\u00a0"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of one language, by key.

    Raises
    ------
    ValueError
        If the language is not one of `LANGUAGES`.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"No language {lang!r}. Known: {', '.join(LANGUAGES)}.")
    file = resources.files(__package__) / "locales" / f"{lang}.json"
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return {key: _kept_together(text) for key, text in texts.items()}


def pick(value: Any, lang: str) -> str:
    """A text given plainly, or in both languages, in the language asked for.

    Parameters
    ----------
    value
        A string, a mapping or an object with one entry per language, or None.
    lang
        "en" or "es".

    Returns
    -------
    str
        The text; the other language's where this one is missing; "" for None.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    other = "es" if lang == "en" else "en"
    for name in (lang, other):
        found = value.get(name) if hasattr(value, "get") else getattr(value, name, None)
        if found:
            return str(found)
    return ""


def _kept_together(text: str) -> str:
    """The text with "90 %" and "1 : 3" held on one line."""
    return re.sub(r"(?<=\d) (?=%)|(?<=\d) (?=: \d)|(?<=\d :) (?=\d)", NBSP, text)


class Text:
    """The texts of one language.

    Examples
    --------
    >>> Text("en")("verdict.mixed")
    'mixed'
    >>> Text("es").month("2012-03-01")
    'marzo de 2012'
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue(lang)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its places filled.

        Raises
        ------
        KeyError
            If the key is unknown or a place has no value.
        """
        if key not in self._texts:
            near = difflib.get_close_matches(key, self._texts, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise KeyError(f"No text {key!r} in {self.lang}.{hint}")
        return self._texts[key].format(**values)

    def name(self, family: str, value: object) -> str:
        """The name of a value of the data, such as a strategy: its text, or itself made readable.

        A user's own case may hold values that no catalogue knows.
        """
        key = f"{family}.{value}"
        if key in self._texts:
            return self._texts[key]
        readable = str(value).replace("_", " ").strip()
        return readable[:1].upper() + readable[1:]

    def the(self, strategy: object) -> str:
        """A strategy inside a sentence: "a secret pact", "la reforma"."""
        key = f"the.{strategy}"
        return self._texts[key] if key in self._texts else self.name("strategy", strategy)

    def names(self, family: str, values: Any) -> dict[str, str]:
        """The names of several values, in their order."""
        return {str(value): self.name(family, value) for value in values}

    def family(self, family: str) -> dict[str, str]:
        """All texts of a family, by the last part of their keys."""
        prefix = f"{family}."
        return {k.removeprefix(prefix): v for k, v in self._texts.items() if k.startswith(prefix)}

    def number(self, value: float, digits: int | None = None) -> str:
        """A number for reading: 1,234.5; three significant digits unless told.

        "–" stands for a missing one.
        """
        if value is None or not math.isfinite(value):
            return "–"
        if digits is None:
            digits = _digits(value)
        text = f"{value:,.{digits}f}"
        if float(text.replace(",", "")) == 0:
            text = text.replace("-", "")
        return text.replace("-", "−")

    def signed(self, value: float, digits: int | None = None) -> str:
        """A number with its sign, for differences."""
        text = self.number(value, digits)
        return f"+{text}" if math.isfinite(value) and value > 0 and text.strip("0.") else text

    def percent(self, share: float) -> str:
        """A share between 0 and 1 as a percentage; never 0 % or 100 % for a probability."""
        if not math.isfinite(share):
            return "–"
        if 0 < share < 0.01:
            return f"<1{NBSP}%"
        if share > 0.99:
            return f">99{NBSP}%"
        return f"{share * 100:.0f}{NBSP}%"

    def share(self, value: float) -> str:
        """A plain ratio of counts as a percentage."""
        return f"{value * 100:.0f}{NBSP}%" if math.isfinite(value) else "–"

    def interval(self, low: float, high: float, digits: int | None = None) -> str:
        """An interval in words: "0.49 to 0.63"."""
        if digits is None:
            digits = max(_digits(low), _digits(high)) if abs(high) < 100 else 0
        return self("interval", low=self.number(low, digits), high=self.number(high, digits))

    def years(self, n: int) -> str:
        """A span of years: "1 year", "10 years"."""
        return self("years.one") if n == 1 else self("years", n=n)

    def month(self, date: Any) -> str:
        """A month with its name: "March 2012", "marzo de 2012"."""
        day = pd.Timestamp(date)
        if pd.isna(day):
            return "–"
        return self("date.month", month=self(f"month.{day.month}"), year=day.year)

    def months(self, low: Any, high: Any) -> str:
        """A range of months, or the one month where both ends agree."""
        first, last = self.month(low), self.month(high)
        return first if first == last else self("interval", low=first, high=last)

    def day(self, date: Any) -> str:
        """A day with its month's name: "8 March 2012", "8 de marzo de 2012"."""
        day = pd.Timestamp(date)
        if pd.isna(day):
            return "–"
        return self("date.day", day=day.day, month=self(f"month.{day.month}"), year=day.year)

    def list(self, items: list[str]) -> str:
        """Items joined with commas and a last "and"."""
        if len(items) < 2:
            return "".join(items)
        return self("list.and", first=", ".join(items[:-1]), last=items[-1])


def _digits(value: float) -> int:
    """Decimals that leave two or three significant digits."""
    if not math.isfinite(value) or value == 0:
        return 0
    size = abs(value)
    if size >= 100:
        return 0
    if size >= 10:
        return 1
    return 2 if size >= 0.1 else min(6, 1 - math.floor(math.log10(size)))
