"""What may be said of the core claim, in sentences with their hedge, in English and Spanish.

The rule is fixed before any number is seen. For each strategy that the pact is held against, over
all *settings* (where worlds come from, times whether factors are spread or as drawn), it takes the
sign of all killings at the shortest and at the longest horizon, as 8 of 10 worlds have it:

* lower, then higher: what the thesis says;
* lower at the longest horizon: the long-run loss does not appear;
* higher at the longest horizon without a clear gain before it: half of the thesis;
* anything else: the worlds do not tell.

Settings that do not agree are said not to.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Literal

import pandas as pd

from tregua.decide.robustness.words import LANGUAGES, phrase, short_number, unit_of

__all__ = ["Thesis", "core_verdict", "thesis_of"]

Thesis = Literal["for", "against", "half", "open"]

_SETTING = ["worlds_from", "factors"]
_SURE = 0.9

_TEXTS = {
    "en": {
        "counts": "The secret pact against {other}, from {origin}: fewer killings, hidden ones "
        "included, in {early} worlds after {short} and in {late} after {long}.",
        "range": "{low} to {high} of 10",
        "one": "{low} of 10",
        "error": " (Monte-Carlo error up to {error} of 10)",
        "for": "Every setting has the gain at first and the loss in the end that the thesis "
        "expects.",
        "against": "The loss in the end that the thesis expects appears in no setting.",
        "half": "It is worse in the end in every setting, and no clear gain came before.",
        "open": "After {long} fewer than 8 of 10 worlds agree on a sign: this model does not tell.",
        "mixed": "Settings do not agree on the end: {parts}.",
        "part.for": "{n} of {of} as the thesis says",
        "part.against": "{n} of {of} with fewer killings",
        "part.half": "{n} of {of} with more killings and no clear gain before",
        "part.open": "{n} of {of} undecided",
        "never": "The median difference keeps its sign at every horizon in every setting.",
        "turns": "The median difference changes sign in {n} of {of} settings, between {first} and "
        "{last} years.",
        "alone": "Alone, after {long}: {parts}.",
        "rises": "{factor} turns the sign at {value}{unit} ({low} to {high}; {worlds}; more "
        "killings above)",
        "falls": "{factor} turns the sign at {value}{unit} ({low} to {high}; {worlds}; fewer "
        "killings above)",
        "none": "no factor turns the sign of the median within its range",
        "rest": "no other factor turns it within its range",
        "unsure": ", though this is unsure of {factors}",
        "loose": ", perhaps by luck",
        "below": "{end} or less",
        "above": "{end} or more",
        "hedge": "These are shares of one model's worlds over ranges that we declared, not "
        "probabilities of what a pact would do.",
        "prior": "prior",
        "posterior": "posterior",
        "cloud": "worlds that follow the record",
        "given": "worlds as given",
        "year": "1 year",
        "years": "{n} years",
    },
    "es": {
        "counts": "El pacto secreto frente a {other}, desde {origin}: menos muertes, con las "
        "ocultas, en {early} mundos tras {short} y en {late} tras {long}.",
        "range": "{low} a {high} de cada 10",
        "one": "{low} de cada 10",
        "error": " (error de Montecarlo de hasta {error} de cada 10)",
        "for": "Todas las variantes muestran la ganancia al inicio y la pérdida al final que la "
        "tesis espera.",
        "against": "La pérdida al final que la tesis espera no aparece en ninguna variante.",
        "half": "Al final es peor en todas las variantes, sin una ganancia clara antes.",
        "open": "Tras {long}, menos de 8 de cada 10 mundos coinciden en un signo: este modelo no "
        "lo dice.",
        "mixed": "Las variantes no coinciden en el final: {parts}.",
        "part.for": "{n} de {of} como dice la tesis",
        "part.against": "{n} de {of} con menos muertes",
        "part.half": "{n} de {of} con más muertes y sin ganancia clara antes",
        "part.open": "{n} de {of} sin decidir",
        "never": "La diferencia mediana conserva su signo en todos los plazos y variantes.",
        "turns": "La diferencia mediana cambia de signo en {n} de {of} variantes, entre {first} y "
        "{last} años.",
        "alone": "Por sí solo, tras {long}: {parts}.",
        "rises": "{factor} cambia el signo en {value}{unit} ({low} a {high}; {worlds}; más muertes "
        "por encima)",
        "falls": "{factor} cambia el signo en {value}{unit} ({low} a {high}; {worlds}; menos "
        "muertes por encima)",
        "none": "ningún factor cambia el signo de la mediana dentro de su rango",
        "rest": "ningún otro factor lo cambia dentro de su rango",
        "unsure": ", aunque esto es inseguro para {factors}",
        "loose": ", quizá por azar",
        "below": "{end} o menos",
        "above": "{end} o más",
        "hedge": "Son partes de los mundos de un solo modelo, en rangos que declaramos nosotros; "
        "no son probabilidades de lo que haría un pacto.",
        "prior": "distribución previa",
        "posterior": "distribución posterior",
        "cloud": "mundos que siguen el registro",
        "given": "mundos dados",
        "year": "1 año",
        "years": "{n} años",
    },
}


def thesis_of(early: str, late: str) -> Thesis:
    """What two signs say of the thesis that a pact gains at first and loses in the end.

    Parameters
    ----------
    early, late
        "lower", "higher", "unclear" or "equal", at the shortest and at the longest horizon.

    Examples
    --------
    >>> thesis_of("lower", "higher"), thesis_of("lower", "lower"), thesis_of("lower", "unclear")
    ('for', 'against', 'open')
    """
    if late == "higher":
        return "for" if early == "lower" else "half"
    return "against" if late == "lower" else "open"


def core_verdict(shares: pd.DataFrame, flips: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Sentences on the core claim, one text for each strategy that the pact is held against.

    Parameters
    ----------
    shares, flips
        As `CoreFinding.shares` and `CoreFinding.flips`, those of several sources of worlds one
        below the other.
    language
        "en" or "es".

    Returns
    -------
    DataFrame
        Columns reference, thesis (what all settings agree on: "for", "against", "half" or "open";
        "mixed" if they do not) and sentence.

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    if language not in LANGUAGES:
        raise ValueError(f"No language '{language}'. Known: {', '.join(LANGUAGES)}.")
    killed, turned = (frame[frame["outcome"] == "killed"] for frame in (shares, flips))
    rows = []
    for reference in dict.fromkeys(killed["reference"]):
        part = killed[killed["reference"] == reference]
        theses = _theses(part)
        agreed = theses[0] if len(set(theses)) == 1 else "mixed"
        sentences = (
            _counts(part, str(reference), language),
            _judged(theses, part, language),
            _in_time(part, language),
            _alone(turned[turned["reference"] == reference], language),
            _TEXTS[language]["hedge"],
        )
        rows.append({"reference": reference, "thesis": agreed, "sentence": " ".join(sentences)})
    return pd.DataFrame(rows, columns=["reference", "thesis", "sentence"])


def _theses(part: pd.DataFrame) -> list[Thesis]:
    found = []
    for _, setting in part.groupby(_SETTING, sort=False):
        ordered = setting.sort_values("horizon")["sign"]
        found.append(thesis_of(str(ordered.iloc[0]), str(ordered.iloc[-1])))
    return found


def _counts(part: pd.DataFrame, reference: str, language: str) -> str:
    text = _TEXTS[language]
    ends = [part[part["horizon"] == end()] for end in (part["horizon"].min, part["horizon"].max)]
    early, late = (_of_ten(rows["share"], language) for rows in ends)
    told = text["counts"].format(
        other=phrase(reference, language),
        origin=part["origin"].iloc[0],
        early=early,
        late=late,
        short=_span(part["horizon"].min(), language),
        long=_span(part["horizon"].max(), language),
    )
    error = 10 * max(float(rows["mc_error"].max()) for rows in ends)
    return told.removesuffix(".") + text["error"].format(error=f"{error:.1f}") + "."


def _of_ten(shares: pd.Series[float], language: str) -> str:
    low, high = (f"{10 * end:.1f}" for end in (shares.min(), shares.max()))
    return _TEXTS[language]["one" if low == high else "range"].format(low=low, high=high)


def _judged(theses: list[Thesis], part: pd.DataFrame, language: str) -> str:
    text = _TEXTS[language]
    if len(set(theses)) == 1:
        return text[theses[0]].format(long=_span(part["horizon"].max(), language))
    parts = [
        text[f"part.{each}"].format(n=theses.count(each), of=len(theses))
        for each in dict.fromkeys(theses)
    ]
    return text["mixed"].format(parts=", ".join(parts))


def _in_time(part: pd.DataFrame, language: str) -> str:
    """Between which horizons the median changes sign, over all settings."""
    text = _TEXTS[language]
    brackets = []
    settings = list(part.groupby(_SETTING, sort=False))
    for _, setting in settings:
        told = setting[setting["q50"] != 0].sort_values("horizon")
        below = (told["q50"] < 0).to_numpy()
        years = told["horizon"].to_numpy()
        changes = (below[1:] != below[:-1]).nonzero()[0]
        if len(changes):
            brackets.append((years[changes[0]], years[changes[-1] + 1]))
    if not brackets:
        return text["never"]
    return text["turns"].format(
        n=len(brackets),
        of=len(settings),
        first=min(first for first, _ in brackets),
        last=max(last for _, last in brackets),
    )


def _alone(flips: pd.DataFrame, language: str) -> str:
    """Which factors alone turn the sign at the longest horizon, and where."""
    text = _TEXTS[language]
    rows = flips[flips["horizon"] == flips["horizon"].max()].to_dict("records")
    parts = [_turn(row, language) for row in rows if row["kind"] in ("rises", "falls")]
    rest = text["rest"] if parts else text["none"]
    doubtful = dict.fromkeys(
        f"{phrase(row['factor'], language)} ({text[row['worlds_from']]})"
        for row in rows
        if row["sure"] < _SURE and row["kind"] not in ("rises", "falls")
    )
    if doubtful:
        rest += text["unsure"].format(factors=", ".join(doubtful))
    told = "; ".join([*parts, rest])
    return text["alone"].format(long=_span(flips["horizon"].max(), language), parts=told)


def _turn(row: Mapping[Hashable, Any], language: str) -> str:
    """One factor that turns the sign: where, with its interval, and how sure that is."""
    text = _TEXTS[language]
    low, high = (short_number(row[end]) for end in ("low", "high"))
    return text[row["kind"]].format(
        factor=phrase(row["factor"], language),
        value=short_number(row["value"]),
        unit=unit_of(row["factor"], language),
        low=text["below"].format(end=low) if row["low"] <= row["range_low"] else low,
        high=text["above"].format(end=high) if row["high"] >= row["range_high"] else high,
        worlds=text[row["worlds_from"]],
    ) + (text["loose"] if row["sure"] < _SURE else "")


def _span(years: float, language: str) -> str:
    text = _TEXTS[language]
    return text["year"] if years == 1 else text["years"].format(n=int(years))
