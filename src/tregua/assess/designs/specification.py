"""The specification curve: one question under every reasonable choice, so that nobody can pick one.

An answer rests on choices that could as well have been made otherwise: the family of the counts,
the trend, the season, where the data begin, which months are asked about. A curve runs all of them
and shows all answers, sorted, with those that could not be had (Simonsohn, Simmons & Nelson 2020,
*Nature Human Behaviour* 4:1208). What counts is the share whose interval agrees, not the best one.

A combination that a design refuses is no answer, and its reason stays in the row: whoever reads
that 40 of 144 agree must see what became of the other 104.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.interrupted import Interruption, Law, interrupted
from tregua.assess.designs.series import CountSeries, DesignError, count_series
from tregua.assess.verdict import Text

__all__ = [
    "OPTIONS",
    "Choice",
    "CurveSummary",
    "agreeing",
    "by_option",
    "by_reason",
    "choices_of",
    "curve_summary",
    "in_order",
    "interrupted_curve",
    "specification_curve",
    "usual_choices",
]

_ANSWERS = ("value", "low", "high", "p_placebo", "failed")

OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "family": ("negative_binomial", "poisson"),
        "trend": ("none", "linear", "quadratic"),
        "season": ("none", "harmonics", "months"),
        "compare": ("not_yet", "never"),
        "scale": ("level", "log"),
        "intercept": ("no", "yes"),
        "ridge": ("none", "cross_validated"),
        "start": ("all", "later_half"),
        "suspects": ("none", "in", "out"),
    }
)
"""Options that have names, by choice, the simplest first; others are numbers and months."""


@dataclass(frozen=True)
class Choice:
    """A choice that an analyst makes.

    Attributes
    ----------
    name
        Argument of the design that it sets.
    options
        Label to value; at least one.
    reason
        Why each option is reasonable, in both languages.
    """

    name: str
    options: Mapping[str, Any]
    reason: Text


def specification_curve(
    make: Callable[..., Estimate],
    choices: Sequence[Choice],
    *,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run a design under every combination of choices.

    Parameters
    ----------
    make
        Takes one keyword argument a choice, returns an estimate or raises `DesignError`.
    choices
        The choices; their names differ.
    lang
        Language of the reasons why there is no answer, `en` or `es`.
    progress
        Told how many combinations are done, of how many.

    Returns
    -------
    pandas.DataFrame
        One row a combination: the label of each choice, value, low, high, p_placebo, failed (why
        there is no answer: the error, or the cautions of an estimate without a value; empty if
        there is one), sorted by value, failures last.

    Raises
    ------
    ValueError
        If a name occurs twice or a choice has no option.
    """
    names = [choice.name for choice in choices]
    if len(set(names)) < len(names) or not all(choice.options for choice in choices):
        raise ValueError(
            f"Choices need different names and at least one option each; given {', '.join(names)}."
        )
    rows = []
    combinations = list(itertools.product(*(choice.options.items() for choice in choices)))
    for done, combination in enumerate(combinations, 1):
        labels = [label for label, _ in combination]
        settings = {name: value for name, (_, value) in zip(names, combination, strict=True)}
        rows.append((*labels, *_answer(make, settings, lang)))
        if progress is not None:
            progress(done, len(combinations))
    frame = pd.DataFrame(rows, columns=[*names, *_ANSWERS])
    return frame.sort_values("value", kind="stable", na_position="last").reset_index(drop=True)


def _answer(
    make: Callable[..., Estimate], settings: Mapping[str, Any], lang: str
) -> tuple[float, float, float, float, str]:
    try:
        found = make(**settings)
    except DesignError as error:
        return math.nan, math.nan, math.nan, math.nan, error.text[lang]
    why = " ".join(found.cautions[lang]) if math.isnan(found.value) else ""
    return found.value, found.low, found.high, found.p_placebo, why


def choices_of(curve: pd.DataFrame) -> tuple[str, ...]:
    """Names of the choices of which a curve has more than one option.

    Parameters
    ----------
    curve
        As `specification_curve` returns it.
    """
    names = [str(name) for name in curve.columns if name not in _ANSWERS]
    return tuple(name for name in names if len(curve[name].unique()) > 1)


def in_order(choice: str, options: Iterable[Any]) -> list[str]:
    """Labels of a choice: those of `OPTIONS` from the simplest, others by the numbers in them.

    Parameters
    ----------
    choice
        Its name.
    options
        Labels, in any order, repeated or not.

    Examples
    --------
    >>> in_order("base", ["12", "1", "6", "1"])
    ['1', '6', '12']
    """
    known = OPTIONS.get(choice, ())

    def place(option: str) -> tuple[int, list[int], str]:
        rank = known.index(option) if option in known else len(known)
        return rank, [int(digits) for digits in re.findall(r"\d+", option)], option

    return sorted({str(option) for option in options}, key=place)


@dataclass(frozen=True)
class CurveSummary:
    """What a specification curve says in seven numbers.

    Attributes
    ----------
    combinations
        How many were run.
    answered
        How many have an answer.
    least, most, median
        Of the answers; NaN if there is none.
    same_sign
        Share of answers on the side of no effect on which the median lies, 0 to 1; NaN if none.
    agreeing
        Share of answers whose whole interval lies there; an answer without interval does not.
    """

    combinations: int
    answered: int
    least: float
    most: float
    median: float
    same_sign: float
    agreeing: float


def curve_summary(curve: pd.DataFrame, reference: float = 1.0) -> CurveSummary:
    """Range, middle and agreement of a specification curve.

    Parameters
    ----------
    curve
        As `specification_curve` returns it.
    reference
        No effect: 1 of ratios, 0 of differences.
    """
    value = curve["value"].dropna()
    median = float(value.median())
    same = value < reference if median < reference else value > reference
    return CurveSummary(
        combinations=len(curve),
        answered=len(value),
        least=float(value.min()),
        most=float(value.max()),
        median=median,
        same_sign=float(same.mean()),
        agreeing=agreeing(curve, reference),
    )


def by_reason(curve: pd.DataFrame) -> pd.DataFrame:
    """Why combinations have no answer, and which options lead there.

    Parameters
    ----------
    curve
        As `specification_curve` returns it.

    Returns
    -------
    pandas.DataFrame
        One row a reason, the most frequent first: failed (the reason), combinations (how many),
        and where: the options that they took, by choice, for those choices of which they did not
        take all.
    """
    rows = [
        {
            "failed": reason,
            "combinations": len(refused),
            "where": {
                choice: tuple(in_order(choice, refused[choice]))
                for choice in choices_of(curve)
                if len(refused[choice].unique()) < len(curve[choice].unique())
            },
        }
        for reason, refused in curve[curve["failed"] != ""].groupby("failed", sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["failed", "combinations", "where"])
    return frame.sort_values("combinations", ascending=False, kind="stable", ignore_index=True)


def agreeing(curve: pd.DataFrame, reference: float = 1.0) -> float:
    """Share of combinations whose whole interval lies on the side of the middle answer.

    Parameters
    ----------
    curve
        As `specification_curve` returns it. Combinations that failed do not count.
    reference
        No effect: 1 of ratios, 0 of differences.

    Returns
    -------
    float
        0 to 1; NaN if no combination has an answer.
    """
    answered = curve[curve["value"].notna()]
    if answered.empty:
        return math.nan
    if float(answered["value"].median()) < reference:
        return float((answered["high"] < reference).mean())
    return float((answered["low"] > reference).mean())


def by_option(curve: pd.DataFrame, reference: float = 1.0) -> pd.DataFrame:
    """What the answers are under each option alone: the choices on which an answer leans.

    Parameters
    ----------
    curve
        As `specification_curve` returns it.
    reference
        No effect: 1 of ratios, 0 of differences.

    Returns
    -------
    pandas.DataFrame
        One row an option of each choice that has several: choice, option, combinations, answered,
        median, least, most (of the values; NaN if none), and agreeing, the share of answers whose
        whole interval lies on the side of the middle answer of the whole curve.
    """
    answered = curve[curve["value"].notna()]
    below = float(answered["value"].median()) < reference if len(answered) else True
    rows: list[dict[str, Any]] = []
    for choice in choices_of(curve):
        for option in in_order(choice, curve[choice]):
            mine = answered[answered[choice] == option]
            same = mine["high"] < reference if below else mine["low"] > reference
            rows.append(
                {
                    "choice": choice,
                    "option": option,
                    "combinations": int((curve[choice] == option).sum()),
                    "answered": len(mine),
                    "median": mine["value"].median(),
                    "least": mine["value"].min(),
                    "most": mine["value"].max(),
                    "agreeing": float(same.mean()) if len(mine) else math.nan,
                }
            )
    names = ["choice", "option", "combinations", "answered", "median", "least", "most", "agreeing"]
    return pd.DataFrame(rows, columns=names)


def usual_choices(
    series: CountSeries, window: tuple[str, str], *, event: str, starts: int = 4
) -> tuple[Choice, ...]:
    """The choices of `interrupted_curve`: family, trend, season, start of the data, window.

    Parameters
    ----------
    series
        All counts there are.
    window
        First and last month asked about.
    event
        Date of the interruption asked about.
    starts
        How many starts are tried, at least 1: the first month of the data, and months that cut its
        months before the event into shares of equal length.

    Notes
    -----
    Windows are the one given and its first half.
    """
    months = series.months[series.months < pd.Timestamp(event)]
    places = [len(months) * part // (starts + 1) for part in range(starts)]
    begun = [f"{months[place]:%Y-%m}" for place in places]
    first, last = (pd.Timestamp(text) for text in window)
    half = first + (last - first) / 2
    windows = {f"{first:%Y-%m}:{end:%Y-%m}": (window[0], f"{end:%Y-%m}") for end in (half, last)}
    laws = (
        (
            "family",
            "Deaths scatter more than Poisson; its sandwich allows for that too.",
            "Las muertes varían más que Poisson; su error robusto también lo admite.",
        ),
        (
            "trend",
            "What would have gone on is not known: the level, a straight or a curved trend.",
            "No se sabe qué habría seguido: el nivel, una tendencia recta o una curva.",
        ),
        (
            "season",
            "Killings follow the year weakly; its shape may be smooth or free.",
            "Los homicidios siguen poco al año; su forma puede ser suave o libre.",
        ),
    )
    return (
        *(
            Choice(name, {option: option for option in OPTIONS[name]}, {"en": en, "es": es})
            for name, en, es in laws
        ),
        Choice(
            "start",
            {month: month for month in begun},
            {
                "en": "How much of the past tells what would have gone on.",
                "es": "Cuánto del pasado dice qué habría seguido.",
            },
        ),
        Choice(
            "window",
            windows,
            {
                "en": "An effect may fade: all months asked about, or their first half.",
                "es": "Un efecto puede apagarse: todos los meses, o su primera mitad.",
            },
        ),
    )


def interrupted_curve(
    counts: Any,
    interruptions: Sequence[Interruption],
    *,
    question: str,
    window: tuple[str, str],
    level: float = 0.9,
    first: str | None = None,
    last: str | None = None,
    starts: int = 4,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The specification curve of an interrupted time series: 144 fits, or fewer.

    Parameters
    ----------
    counts
        As `count_series` takes them.
    interruptions, question, window, level
        As `interrupted` takes them.
    first, last
        Months between which counts are used; all by default.
    starts, lang, progress
        As `usual_choices` and `specification_curve` take them.

    Returns
    -------
    pandas.DataFrame
        As `specification_curve` returns it, with columns family, trend, season, start and window.
    """
    whole = count_series(counts, first=first, last=last)
    named = {each.called: each for each in interruptions} | {e.date: e for e in interruptions}
    if question not in named:
        raise DesignError(
            f"No interruption is called '{question}'. Given: {', '.join(named)}.",
            f"Ninguna interrupción se llama '{question}'. Hay: {', '.join(named)}.",
        )
    begun = {}

    def make(**chosen: Any) -> Estimate:
        start = chosen["start"]
        if start not in begun:
            begun[start] = count_series(counts, first=start, last=f"{whole.months[-1]:%Y-%m}")
        series = begun[start]
        inside = [each for each in interruptions if pd.Timestamp(each.date) > series.months[0]]
        return interrupted(
            series,
            inside,
            question=question,
            window=chosen["window"],
            law=Law(chosen["family"], chosen["trend"], chosen["season"]),
            level=level,
            placebos=False,
        )

    choices = usual_choices(whole, window, event=named[question].date, starts=starts)
    return specification_curve(make, choices, lang=lang, progress=progress)
