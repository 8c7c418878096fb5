"""What a synthetic control says of itself, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tregua.assess.verdict import LANGUAGES, Text

__all__ = ["said"]

_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "estimand": {
            "en": "What was recorded in {unit} from {first} to {last}, over its synthetic control",
            "es": "Lo registrado en {unit} de {first} a {last}, sobre su control sintético",
        },
        "estimand_log": {
            "en": "What was recorded in {unit} from {first} to {last}, over its synthetic control "
            "(geometric mean of the ratios)",
            "es": "Lo registrado en {unit} de {first} a {last}, sobre su control sintético "
            "(media geométrica de las razones)",
        },
        "unit": {"en": "ratio, 1 means no effect", "es": "razón, 1 significa sin efecto"},
        "untouched": {
            "en": "No donor was touched by the event or had one of its own from {first} on.",
            "es": "A ningún donante lo alcanzó el suceso ni tuvo uno propio desde {first}.",
        },
        "goes_on": {
            "en": "The mixture that tracked {unit} before {first} would have gone on tracking it.",
            "es": "La mezcla que seguía a {unit} antes de {first} la habría seguido siguiendo.",
        },
        "alone": {
            "en": "Nothing else befell {unit} alone from {first} on.",
            "es": "Nada más le ocurrió solo a {unit} desde {first}.",
        },
        "stationary": {
            "en": "For the interval: the effect is constant, and errors look alike before and "
            "after.",
            "es": "Para el intervalo: el efecto es constante, y los errores son parecidos antes y "
            "después.",
        },
        "linear": {
            "en": "Beyond the range of the donors the relation between periods stays linear.",
            "es": "Fuera del rango de los donantes la relación entre periodos sigue siendo lineal.",
        },
        "poor_fit": {
            "en": "Before the event the synthetic control misses by {rmspe} ({measure}) on "
            "average, {share:.0%} of the miss of the plain mean of the donors: it fits poorly.",
            "es": "Antes del suceso el control sintético yerra en promedio {rmspe} ({measure}), el "
            "{share:.0%} del error de la media simple de los donantes: se ajusta mal.",
        },
        "outside": {
            "en": "In {outside} of {before} periods before the event {unit} lies beyond every "
            "donor, where no mixture can reach it.",
            "es": "En {outside} de {before} periodos previos {unit} queda más allá de todos los "
            "donantes, donde ninguna mezcla la alcanza.",
        },
        "gaps": {
            "en": "Left out for gaps in these periods: {listed}.",
            "es": "Sin usar por lagunas en estos periodos: {listed}.",
        },
        "zeros": {
            "en": "Left out because nothing was recorded there in any period: {listed}.",
            "es": "Sin usar porque allí no se registró nada en ningún periodo: {listed}.",
        },
        "log_zeros": {
            "en": "Left out because a zero has no logarithm: {listed}.",
            "es": "Sin usar porque un cero no tiene logaritmo: {listed}.",
        },
        "leans": {
            "en": "It leans on few: {donor} alone weighs {weight:.0%}.",
            "es": "Se apoya en pocos: {donor} pesa por sí solo {weight:.0%}.",
        },
        "leave_one_out": {
            "en": "Leaving out one donor moves the ratio between {low:.2f} ({low_donor}) and "
            "{high:.2f} ({high_donor}).",
            "es": "Sin un donante la razón va de {low:.2f} ({low_donor}) a {high:.2f} "
            "({high_donor}).",
        },
        "few_donors": {
            "en": "With {donors} donors the rank among placebos cannot be below {least:.0%}, "
            "whatever happened.",
            "es": "Con {donors} donantes el rango entre placebos no puede bajar del {least:.0%}, "
            "pase lo que pase.",
        },
        "one_after": {
            "en": "There is one period after the event: an effect cannot be told from one odd "
            "period.",
            "es": "Hay un solo periodo tras el suceso: un efecto no se distingue de un periodo "
            "raro.",
        },
        "overfit": {
            "en": "There are {donors} donors for {before} periods before the event, and the fit is "
            "exact: it would be for noise too.",
            "es": "Hay {donors} donantes para {before} periodos previos y el ajuste es exacto: lo "
            "sería también con ruido.",
        },
        "not_unique": {
            "en": "Several mixtures fit the periods before equally well; they differ afterwards.",
            "es": "Varias mezclas se ajustan igual antes del suceso; después difieren.",
        },
        "negative": {
            "en": "The ridge gives negative weights (sum {negative:.2f}): it reaches beyond the "
            "donors.",
            "es": "La regularización da pesos negativos (suma {negative:.2f}): va más allá de los "
            "donantes.",
        },
        "short": {
            "en": "{periods} periods are too few for a {level} % interval from permutations, which "
            "needs {needed}; none is given.",
            "es": "{periods} periodos no bastan para un intervalo del {level} % por permutaciones, "
            "que necesita {needed}; no se da.",
        },
        "no_constant": {
            "en": "No constant effect agrees with the periods after the event, so that there is no "
            "interval.",
            "es": "Ningún efecto constante concuerda con los periodos posteriores; no hay "
            "intervalo.",
        },
        "open_above": {
            "en": "The permutations exclude no large ratio: the interval has no upper end.",
            "es": "Las permutaciones no excluyen ninguna razón grande: el intervalo no tiene "
            "extremo superior.",
        },
        "open_below": {
            "en": "The permutations exclude no small ratio: the interval begins at 0.",
            "es": "Las permutaciones no excluyen ninguna razón pequeña: el intervalo empieza en 0.",
        },
        "below_zero": {
            "en": "The synthetic control falls to zero or below after the event; a ratio has no "
            "meaning there, and the logarithmic scale should be asked.",
            "es": "El control sintético cae a cero o menos tras el suceso; ahí una razón no tiene "
            "sentido y conviene la escala logarítmica.",
        },
        "extreme": {
            "en": "The last period before the event is the {which} of {before}: part of what "
            "followed may be a return to the usual.",
            "es": "El último periodo previo es el {which} de {before}: parte de lo que siguió "
            "puede ser un regreso a lo habitual.",
        },
        "in_time": {
            "en": "Of {count} made-up dates before the event, {share:.0%} give a ratio as far "
            "from 1.",
            "es": "De {count} fechas ficticias anteriores, el {share:.0%} da una razón igual de "
            "lejana de 1.",
        },
        "coinciding": {
            "en": "On record within {months} months of the event: {listed}. This design cannot "
            "tell them apart.",
            "es": "Constan a menos de {months} meses del suceso: {listed}. Este diseño no los "
            "distingue.",
        },
    }
)

_EXTREMES: Mapping[str, Text] = MappingProxyType(
    {
        "highest": {"en": "highest", "es": "más alto"},
        "lowest": {"en": "lowest", "es": "más bajo"},
    }
)


def said(key: str, **values: Any) -> Text:
    """One sentence in both languages, its gaps filled.

    Parameters
    ----------
    key
        Which sentence.
    **values
        What fills its gaps; a mapping by language is filled by language.
    """
    if "which" in values:
        values["which"] = _EXTREMES[values["which"]]
    return {
        language: _WORDS[key][language].format(
            **{
                name: value[language] if isinstance(value, Mapping) else value
                for name, value in values.items()
            }
        )
        for language in LANGUAGES
    }
