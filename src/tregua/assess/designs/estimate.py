"""What a design answers, in a form that all designs share.

Designs can be laid side by side only if they answer one question. The question here is by which
factor an event changed the deaths recorded in a window after it: recorded deaths over what they
would have been, 1 for no effect. Beside the interval stand the share of placebos that moved as far,
the assumptions, what the data at hand strain, and the design's own reputation: how often it errs on
simulated worlds, where the truth is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from tregua.assess.verdict import LANGUAGES, Text
from tregua.shown import Shown

__all__ = ["DESIGNS", "Estimate", "Reputation", "reputation"]

DESIGNS: tuple[str, ...] = (
    "rate_ratio",
    "interrupted",
    "interrupted_bayes",
    "breaks",
    "synthetic_control",
    "augmented_control",
    "differences",
)
"""Names of the designs."""

_NAN = float("nan")
_GRADES = Path(__file__).parents[1] / "grade" / "grade.json"

_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "answer": {"en": "{estimand}: {value} ({unit}).", "es": "{estimand}: {value} ({unit})."},
        "no_answer": {
            "en": "{estimand}: no figure; the cautions say why.",
            "es": "{estimand}: sin cifra; las advertencias dicen por qué.",
        },
        "interval": {
            "en": "{level} % interval: {low} to {high}.",
            "es": "Intervalo del {level} %: {low} a {high}.",
        },
        "no_interval": {
            "en": "No interval can be given; the cautions say why.",
            "es": "No puede darse un intervalo; las advertencias dicen por qué.",
        },
        "averted": {
            "en": "Deaths averted (negative: added): {value} ({low} to {high}).",
            "es": "Muertes evitadas (negativo: añadidas): {value} ({low} a {high}).",
        },
        "placebo": {
            "en": "Of {placebos} placebos, {share:.0%} lie at least as far from no effect.",
            "es": "De {placebos} placebos, el {share:.0%} queda al menos igual de lejos de un "
            "efecto nulo.",
        },
        "no_placebo": {
            "en": "No placebo was possible.",
            "es": "No fue posible ningún placebo.",
        },
        "assumes": {"en": "It assumes: {listed}", "es": "Supone: {listed}"},
        "cautions": {"en": "Cautions: {listed}", "es": "Advertencias: {listed}"},
        "no_cautions": {
            "en": "Cautions: none raised by these data.",
            "es": "Advertencias: estos datos no dan lugar a ninguna.",
        },
        "graded": {
            "en": "Graded on {worlds} simulated worlds without an effect: its interval excludes "
            "none in {size:.0%} ({size_low:.0%} to {size_high:.0%}), where {nominal:.0%} is meant; "
            "with an effect it covers the truth in {coverage:.0%}.",
            "es": "Calificado en {worlds} mundos simulados sin efecto: su intervalo excluye el "
            "efecto nulo en el {size:.0%} ({size_low:.0%} a {size_high:.0%}), donde se pretende el "
            "{nominal:.0%}; con efecto cubre la verdad en el {coverage:.0%}.",
        },
        "exceeds": {
            "en": " It finds effects that are not there more often than it says.",
            "es": " Halla efectos inexistentes más a menudo de lo que dice.",
        },
        "ungraded": {
            "en": "Not graded yet: how often it errs where the truth is known is not measured.",
            "es": "Sin calificar aún: no se ha medido cuánto yerra donde se conoce la verdad.",
        },
    }
)


@dataclass(frozen=True)
class Reputation:
    """What grading on simulated worlds said of a design.

    Attributes
    ----------
    design
        Name of the design.
    size
        Share of worlds without an effect whose interval excludes none, 0 to 1.
    nominal
        The share that the level of the interval means, 0 to 1.
    size_low, size_high
        90 % interval of `size`, which is counted over finitely many worlds.
    coverage
        Share of worlds with an effect whose interval holds the truth, 0 to 1.
    worlds
        Worlds without an effect on which `size` was counted.
    seed
        Seed of those worlds.
    """

    design: str
    size: float
    nominal: float
    size_low: float
    size_high: float
    coverage: float
    worlds: int
    seed: int

    def exceeds(self) -> bool:
        """Whether the size is above what the level means by more than counting explains."""
        return self.size_low > self.nominal


def reputation(design: str) -> Reputation | None:
    """What grading said of a design; None if it was not graded yet.

    Parameters
    ----------
    design
        Name of the design. The marks are those that `tregua grade --out` wrote and that come with
        this version (`tregua.assess.grade.shipped_marks`), so that a summary and the page of grades
        cannot disagree.
    """
    if not _GRADES.exists():
        return None
    names = {field.name for field in fields(Reputation)}
    graded = json.loads(_GRADES.read_text(encoding="utf-8"))["tables"]["reputations"]
    for entry in graded:
        if entry["design"] == design:
            return Reputation(**{key: value for key, value in entry.items() if key in names})
    return None


@dataclass(frozen=True, eq=False)
class Estimate(Shown):
    """What a design answers to one question on one series.

    Attributes
    ----------
    design
        Name of the design, one of `DESIGNS`.
    estimand
        What is estimated, in words, in both languages.
    unit
        Unit of the estimate, in both languages.
    value, low, high
        Estimate and interval. A NaN is allowed only if a caution says why.
    level
        Probability content of the interval, between 0 and 1.
    p_placebo
        Share of placebos at least as far from no effect, 0 to 1; NaN where none was possible.
    placebos
        How many placebos there were.
    assumptions
        What must hold for the answer to be right, by language; each a sentence.
    cautions
        Where these data strain the assumptions, by language; each a sentence.
    settings
        Choices behind the estimate by name. `recorded`, the deaths recorded in the window of the
        question, makes a ratio tell the deaths averted.
    path
        month (or year), observed, fitted, counterfactual, low, high; interrupted series add
        `covers`, the months that the count of a month covers.
    """

    design: str
    estimand: Text
    unit: Text
    value: float
    low: float
    high: float
    level: float
    p_placebo: float
    placebos: int
    assumptions: Mapping[str, tuple[str, ...]]
    cautions: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, float | int | str]
    path: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse an estimate that hides what it lacks."""
        for name in ("estimand", "unit", "assumptions", "cautions"):
            absent = [language for language in LANGUAGES if language not in getattr(self, name)]
            if absent:
                raise ValueError(f"The {name} of an estimate lacks {', '.join(absent)}.")
        unknown = any(math.isnan(number) for number in (self.value, self.low, self.high))
        if unknown and not all(self.cautions[language] for language in LANGUAGES):
            raise ValueError(
                f"The estimate of '{self.design}' has no number and no caution that says why."
            )
        if self.low > self.high or not 0 < self.level < 1:
            raise ValueError(
                f"An interval needs low <= high and a level between 0 and 1; given {self.low:g} "
                f"to {self.high:g} at {self.level:g}."
            )

    def averted(self) -> tuple[float, float, float]:
        """Deaths averted in the window, with low and high; negative where deaths were added.

        A ratio $R$ of recorded deaths $O$ to what they would have been means $O (1/R - 1)$ averted.
        NaN if `settings` has no `recorded`, or the ratio is unknown or 0.
        """
        recorded = self.settings.get("recorded", _NAN)
        if isinstance(recorded, str):
            return _NAN, _NAN, _NAN
        value, low, high = (
            recorded * (1 / ratio - 1) if ratio > 0 else _NAN
            for ratio in (self.value, self.high, self.low)
        )
        return value, low, high

    def summary(self, lang: str = "en") -> str:
        """The answer in five to eight plain lines, with its assumptions and its reputation.

        Parameters
        ----------
        lang
            `en` or `es`.
        """
        lines = [
            *self._answer(lang),
            self._placebo(lang),
            _say("assumes", lang, listed=" ".join(self.assumptions[lang])),
            _say("cautions", lang, listed=" ".join(self.cautions[lang]))
            if self.cautions[lang]
            else _say("no_cautions", lang),
            _reputation_line(reputation(self.design), lang),
        ]
        return "\n".join(lines)

    def _answer(self, lang: str) -> list[str]:
        known = {"estimand": self.estimand[lang], "unit": self.unit[lang]}
        if math.isnan(self.value):
            lines = [_say("no_answer", lang, **known)]
        else:
            lines = [_say("answer", lang, **known, value=_number(self.value))]
        if math.isnan(self.low) or math.isnan(self.high):
            return [*lines, _say("no_interval", lang)]
        level = f"{100 * self.level:g}"
        low, high = _number(self.low), _number(self.high)
        lines.append(_say("interval", lang, level=level, low=low, high=high))
        value, *ends = self.averted()
        if not any(math.isnan(number) for number in (value, *ends)):
            low, high = (f"{number:,.0f}" for number in ends)
            lines.append(_say("averted", lang, value=f"{value:,.0f}", low=low, high=high))
        return lines

    def _placebo(self, lang: str) -> str:
        if self.placebos == 0 or math.isnan(self.p_placebo):
            return _say("no_placebo", lang)
        return _say("placebo", lang, placebos=self.placebos, share=self.p_placebo)


def _reputation_line(known: Reputation | None, lang: str) -> str:
    if known is None:
        return _say("ungraded", lang)
    graded = _say("graded", lang, **{f.name: getattr(known, f.name) for f in fields(known)})
    return graded + (_say("exceeds", lang) if known.exceeds() else "")


def _say(key: str, lang: str, **values: Any) -> str:
    return _WORDS[key][lang].format(**values)


def _number(value: float) -> str:
    """Two decimals for ratios, fewer for larger numbers, none for deaths by the hundred."""
    size = abs(value)
    digits = 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:,.{digits}f}"
