"""Boxes and verdicts as sentences, in English and Spanish.

A box is a table of numbers; what it says is a sentence: "the secret pact beats reform after ten
years where the share of released members who return < 0.3 and the leak rate > 1.1 a year (coverage
0.6, density 0.8)". Sentences are made from short phrases, one per uncertainty, outcome and
strategy, each written for its language. A parameter without a phrase of its own is called by its
name in the code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from tregua.decide.robustness.discovery import Box, Limit
from tregua.decide.robustness.space import Outcome

__all__ = ["LANGUAGES", "box_in_words", "box_notes", "phrase", "short_number", "unit_of"]

Language = Literal["en", "es"]

LANGUAGES: tuple[str, ...] = ("en", "es")
"""Languages in which sentences can be had."""

# Parameter: (English, Spanish, unit in English, unit in Spanish).
_PARAMETERS: dict[str, tuple[str, str, str, str]] = {
    "recruitment": (
        "recruitment per member",
        "el reclutamiento por miembro",
        " a year",
        " al año",
    ),
    "desistance": ("desistance from the gang", "el abandono de la pandilla", " a year", " al año"),
    "niche": ("the room for gangs", "el espacio para las pandillas", " persons", " personas"),
    "arrest": ("the arrest hazard", "el riesgo de captura", " a year", " al año"),
    "retention_loss": (
        "the share of arrests that courts release",
        "la parte de las capturas que los tribunales liberan",
        "",
        "",
    ),
    "release_time": ("the stay in prison", "la estancia en prisión", " years", " años"),
    "return_share": ("return from prison", "el regreso desde la cárcel", "", ""),
    "killing": ("killing per member", "las muertes por miembro", " a year", " al año"),
    "rivalry": (
        "the share of killing from rivalry",
        "la parte de las muertes por rivalidad",
        "",
        "",
    ),
    "deterrence": (
        "the fall of killing with captures",
        "la baja de las muertes con las capturas",
        "",
        "",
    ),
    "restraint": (
        "the share of killing that obeying cliques stop",
        "la parte de las muertes que frenan las clicas que obedecen",
        "",
        "",
    ),
    "pressing_effect": (
        "the extra killing of gangs that press",
        "las muertes de más de las pandillas que presionan",
        "",
        "",
    ),
    "hidden_usual": (
        "the share of killing hidden in ordinary times",
        "la parte oculta de las muertes en tiempos ordinarios",
        "",
        "",
    ),
    "hidden_pact": (
        "the share of killing hidden in a pact",
        "la parte oculta de las muertes durante un pacto",
        "",
        "",
    ),
    "command_floor": (
        "obedience to isolated leaders",
        "la obediencia a líderes aislados",
        "",
        "",
    ),
    "command_ceiling": (
        "obedience to leaders free to command",
        "la obediencia a líderes que pueden mandar",
        "",
        "",
    ),
    "leak": ("the leak rate", "la tasa de filtración", " a year", " al año"),
    "breach": (
        "breaches by agencies outside the deal",
        "los incumplimientos de organismos ajenos al trato",
        " a year",
        " al año",
    ),
    "cooling": (
        "the time before gangs accept a new offer",
        "el tiempo antes de que las pandillas acepten otra oferta",
        " years",
        " años",
    ),
    "honour": (
        "the chance that a new government honours a pact",
        "la probabilidad de que un nuevo gobierno respete un pacto",
        "",
        "",
    ),
    "trust_needed": (
        "the trust that a gang needs",
        "la confianza que necesita una pandilla",
        "",
        "",
    ),
    "backlash_time": (
        "the time for which gangs press after a breakdown",
        "el tiempo en que las pandillas presionan tras una ruptura",
        " years",
        " años",
    ),
    "pressing_crackdown": (
        "the share of gangs that press under a crackdown",
        "la parte de las pandillas que presiona ante una ofensiva",
        "",
        "",
    ),
    "reform_time": (
        "the time in which reform builds institutions",
        "el tiempo en que la reforma crea instituciones",
        " years",
        " años",
    ),
    "reform_recruitment": (
        "the fall of recruitment with better institutions",
        "la baja del reclutamiento con mejores instituciones",
        "",
        "",
    ),
    "reform_ambient": (
        "the fall of other killing with better institutions",
        "la baja de otras muertes con mejores instituciones",
        "",
        "",
    ),
}

_STRATEGIES: dict[str, tuple[str, str]] = {
    "status_quo": ("the status quo", "seguir sin cambios"),
    "secret_pact": ("the secret pact", "el pacto secreto"),
    "mano_dura": ("mano dura", "la mano dura"),
    "both": ("both at once", "hacer ambas cosas a la vez"),
    "reform": ("reform", "la reforma"),
    "open_pact": ("the open pact", "el pacto abierto"),
    "exception": ("the state of exception", "el régimen de excepción"),
}

_OUTCOMES: dict[str, tuple[str, str]] = {
    "killed": ("all killings", "todas las muertes"),
    "recorded": ("recorded killings", "muertes registradas"),
    "hidden": ("hidden killings", "muertes ocultas"),
    "uncounted": ("killings left uncounted", "muertes no contadas"),
    "disappeared": ("the disappeared", "personas desaparecidas"),
    "detained": ("the detained", "personas detenidas"),
    "wrongly_detained": ("the wrongly detained", "personas detenidas injustamente"),
    "custody_deaths": ("deaths in custody", "muertes bajo custodia"),
    "police_killings": ("the killed by police", "muertes por la policía"),
    "democracy_lost": ("democracy lost", "democracia perdida"),
}

_MECHANISMS: dict[str, tuple[str, str]] = {
    "heterogeneous_command": ("unequal command", "el mando desigual"),
    "war_readiness": ("readiness for war", "la preparación para la guerra"),
    "vector_institutions": ("institutions in parts", "las instituciones por partes"),
    "prison_amplification": ("command through prison", "el mando desde la cárcel"),
    "second_concession": ("the second concession", "la segunda concesión"),
    "exclusive_offers": ("offers to large gangs only", "la oferta solo a las pandillas grandes"),
    "fringe": ("the fringe of smaller groups", "la franja de grupos menores"),
    "fragmentation": ("fragmentation of gangs", "la fragmentación de las pandillas"),
    "retaliation": ("retaliation", "la represalia"),
    "territory": ("territory", "el territorio"),
}

_WORDS = {
    "en": {
        "beats": "{strategy} beats {reference} in {outcome} after {years}",
        "where": " where {limits}",
        "nowhere": "{strategy} beats {reference} in {outcome} after {years} at {density} of the "
        "points, and no limit tells where",
        "and": " and ",
        "or": " or ",
        "between": "{what} is between {low} and {high}{unit}",
        "off": "{what} plays no part",
        "on": "{what} plays a part",
        "is": "the {what} is {kept}",
        "reading": "reading of history",
        "family": "family of priors",
        "measures": " (coverage {coverage}, density {density}; everywhere {overall})",
        "one": "one year",
        "many": "{years} years",
        "held_out": "In worlds that did not choose the box: coverage {coverage}, density "
        "{density}, plus or minus {error}.",
        "loose": "{what}: this limit may be luck (p = {p}{again}).",
        "again": "; found again in {share} of 10 halves",
    },
    "es": {
        "beats": "en {outcome} tras {years}, {strategy} da mejor resultado que {reference}",
        "where": " donde {limits}",
        "nowhere": "en {outcome} tras {years}, {strategy} da mejor resultado que {reference} en "
        "{density} de los puntos, y ningún límite dice dónde",
        "and": " y ",
        "or": " o ",
        "between": "{what} está entre {low} y {high}{unit}",
        "off": "{what} no interviene",
        "on": "{what} interviene",
        "is": "la {what} es {kept}",
        "reading": "lectura de la historia",
        "family": "familia de distribuciones previas",
        "measures": " (cobertura {coverage}, densidad {density}; en todas partes {overall})",
        "one": "un año",
        "many": "{years} años",
        "held_out": "En mundos que no eligieron la caja: cobertura {coverage}, densidad "
        "{density}, más o menos {error}.",
        "loose": "{what}: este límite puede ser azar (p = {p}{again}).",
        "again": "; reaparece en {share} de 10 mitades",
    },
}
_LUCK = 0.05
_OFTEN = 0.5


def phrase(name: str, language: str = "en") -> str:
    """The phrase for an uncertainty, strategy or outcome; its own name if there is none.

    Parameters
    ----------
    name
        Name in the code.
    language
        "en" or "es".

    Examples
    --------
    >>> phrase("leak"), phrase("leak", "es"), phrase("fear_time")
    ('the leak rate', 'la tasa de filtración', '`fear_time`')
    """
    place = _place(language)
    for table in (_PARAMETERS, _STRATEGIES, _OUTCOMES, _MECHANISMS):
        if name in table:
            return table[name][place]
    return f"`{name}`"


def unit_of(name: str, language: str = "en") -> str:
    """The unit after a number of an uncertainty, with a space before it; "" if there is none.

    Parameters
    ----------
    name
        Name of the uncertainty.
    language
        "en" or "es".

    Examples
    --------
    >>> f"1.1{unit_of('leak')}", f"0.3{unit_of('return_share')}"
    ('1.1 a year', '0.3')
    """
    place = _place(language)
    return _PARAMETERS[name][2 + place] if name in _PARAMETERS else ""


def short_number(value: float) -> str:
    """A number with two digits, from 100 on without decimals; commas between thousands.

    Parameters
    ----------
    value
        The number.

    Examples
    --------
    >>> short_number(0.614), short_number(12345.6)
    ('0.61', '12,346')
    """
    return _number(value)


def box_in_words(
    box: Box, strategy: str, reference: str, outcome: Outcome, language: str = "en"
) -> str:
    """One sentence: where a strategy beats another.

    Parameters
    ----------
    box
        Found among the points at which `strategy` does better.
    strategy, reference
        Names of the strategies.
    outcome
        In what it does better.
    language
        "en" or "es".

    Examples
    --------
    >>> box = Box((Limit("return_share", high=0.3), Limit("leak", low=1.1)), 0.6, 0.8, 0.2, 100, 80)
    >>> print(box_in_words(box, "secret_pact", "reform", Outcome("killed", 10)))
    The secret pact beats reform in all killings after 10 years where return from prison < 0.3 and
    the leak rate > 1.1 a year (coverage 0.60, density 0.80; everywhere 0.27).
    """
    words = _WORDS[LANGUAGES[_place(language)]]
    about = {
        "strategy": phrase(strategy, language),
        "reference": phrase(reference, language),
        "outcome": phrase(outcome.name, language),
        "years": _years(outcome.years, language),
        "coverage": _number(box.coverage, share=True),
        "density": _number(box.density, share=True),
        "overall": _number(box.overall, share=True),
    }
    if box.limits:
        told = words["and"].join(_limit(limit, language) for limit in box.limits)
        parts = (words["beats"], words["where"].replace("{limits}", told), words["measures"])
        sentence = "".join(parts).format(**about)
    else:
        sentence = words["nowhere"].format(**about)
    return f"{sentence[0].upper()}{sentence[1:]}."


def box_notes(box: Box, language: str = "en") -> tuple[str, ...]:
    """Sentences of caution: what held-out worlds say, and which limits may be luck.

    Parameters
    ----------
    box
        With or without resampling.
    language
        "en" or "es".
    """
    words = _WORDS[LANGUAGES[_place(language)]]
    notes = []
    if math.isfinite(box.held_out_density):
        notes.append(
            words["held_out"].format(
                coverage=_number(box.held_out_coverage, share=True),
                density=_number(box.held_out_density, share=True),
                error=_number(box.held_out_error, share=True),
            )
        )
    for limit in box.limits:
        for one, p, again in _one_sided(limit):
            rare = math.isfinite(again) and again < _OFTEN
            if p > _LUCK or rare:
                share = words["again"].format(share=_number(10 * again))
                told = words["loose"].format(
                    what=_limit(one, language),
                    p=_number(p, share=True),
                    again=share if math.isfinite(again) else "",
                )
                notes.append(told[0].upper() + told[1:])
    return tuple(notes)


def _one_sided(limit: Limit) -> Sequence[tuple[Limit, float, float]]:
    """A limit's ends, each alone, with its quasi-p and how often it was found again."""
    if limit.kept:
        return [(limit, limit.p_low, limit.again_low)]
    found = []
    if math.isfinite(limit.low):
        found.append((Limit(limit.name, low=limit.low), limit.p_low, limit.again_low))
    if math.isfinite(limit.high):
        found.append((Limit(limit.name, high=limit.high), limit.p_high, limit.again_high))
    return found


def _limit(limit: Limit, language: str) -> str:
    words = _WORDS[language]
    what = phrase(limit.name, language)
    unit = unit_of(limit.name, language)
    if limit.kept:
        if limit.kept in (("on",), ("off",)):
            return words[limit.kept[0]].format(what=what)
        named = words["or"].join(f"`{each}`" for each in limit.kept)
        return words["is"].format(what=words.get(limit.name, limit.name), kept=named)
    low, high = _number(limit.low), _number(limit.high)
    if math.isfinite(limit.low) and math.isfinite(limit.high):
        return words["between"].format(what=what, low=low, high=high, unit=unit)
    if math.isfinite(limit.low):
        return f"{what} > {low}{unit}"
    return f"{what} < {high}{unit}"


def _years(years: int, language: str) -> str:
    words = _WORDS[language]
    return words["one"] if years == 1 else words["many"].format(years=years)


def _number(value: float, *, share: bool = False) -> str:
    """Two digits, or two decimals for a share; El Salvador writes a decimal point."""
    if share:
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _place(language: str) -> int:
    if language not in LANGUAGES:
        raise ValueError(f"No language '{language}'. Known: {', '.join(LANGUAGES)}.")
    return LANGUAGES.index(language)
