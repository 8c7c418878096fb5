"""Words of sentences about comparisons, in English and Spanish.

Kept apart from the rule that decides what may be said (`tregua.decide.printable`), so that either
can be corrected alone. Every strategy and reply of the catalogue has a phrase that fits after
"with" and "if"; one of a user's own is named as it is.
"""

from __future__ import annotations

from types import MappingProxyType

import pandas as pd

__all__ = [
    "AMOUNTS",
    "LESS",
    "REPLIES",
    "STRATEGIES",
    "TEXTS",
    "WORLDS",
    "month_named",
    "reply_phrase",
    "span_named",
    "strategy_phrase",
]

Pair = tuple[str, str]  # English, Spanish

LANGUAGES = ("en", "es")

STRATEGIES: MappingProxyType[str, Pair] = MappingProxyType(
    {
        "status_quo": ("the status quo", "la política de siempre"),
        "secret_pact": ("a secret pact", "un pacto secreto"),
        "mano_dura": ("mano dura", "mano dura"),
        "both": ("a secret pact behind a crackdown", "un pacto secreto detrás de la mano dura"),
        "reform": ("reform", "reforma"),
        "open_pact": ("an open pact", "un pacto abierto"),
        "exception": ("a state of exception without end", "un régimen de excepción sin fin"),
        "pact_until_leak": ("a pact held until it leaks", "un pacto hasta que se filtra"),
        "pact_until_election": (
            "a pact dropped before each election",
            "un pacto que se abandona antes de cada elección",
        ),
        "pact_for_votes": (
            "a pact only before elections",
            "un pacto solo antes de las elecciones",
        ),
        "grim": (
            "a pact until it is broken, then mano dura",
            "un pacto hasta que se rompe, luego mano dura",
        ),
        "territorial_then_exception": (
            "a pact behind a crackdown, then exception after a massacre",
            "un pacto detrás de la mano dura, luego excepción tras una masacre",
        ),
        "exception_on_spike": (
            "a year of exception after each spike",
            "un año de excepción tras cada alza",
        ),
        "conditional_crackdown": (
            "mano dura only while gangs press",
            "mano dura solo mientras las pandillas presionan",
        ),
        "follow_fear": (
            "mano dura while fear is high",
            "mano dura mientras el temor es alto",
        ),
        "reform_after_calm": (
            "a pact until killings are few, then reform",
            "un pacto hasta que haya pocas muertes, luego reforma",
        ),
        "wind_down": (
            "exception, then mano dura, then reform",
            "excepción, luego mano dura, luego reforma",
        ),
        "quantal_response": (
            "a government that mostly does what suits it",
            "un gobierno que suele hacer lo que le conviene",
        ),
        "best_response": (
            "a government that always does what suits it best",
            "un gobierno que siempre hace lo que más le conviene",
        ),
    }
)
"""What fits after "with", by the name of a strategy."""

REPLIES: MappingProxyType[str, Pair] = MappingProxyType(
    {
        "answer_in_kind": (
            "gangs answer in kind",
            "las pandillas responden de igual manera",
        ),
        "indifferent": (
            "gangs answer to nothing",
            "las pandillas no responden a nada",
        ),
        "tit_for_tat": (
            "gangs do as they are done by",
            "las pandillas hacen lo que se les hace",
        ),
        "grim_gang": (
            "gangs keep a pact until one ends and press ever after",
            "las pandillas cumplen hasta que un pacto termina y luego presionan siempre",
        ),
        "envious": (
            "gangs that are left out press for the same",
            "las pandillas excluidas presionan por lo mismo",
        ),
        "always_press": (
            "gangs press whatever happens",
            "las pandillas presionan pase lo que pase",
        ),
        "quantal_reply": (
            "gangs mostly do what suits them",
            "las pandillas suelen hacer lo que les conviene",
        ),
        "best_reply": (
            "gangs always do what suits them best for now",
            "las pandillas siempre hacen lo que más les conviene por ahora",
        ),
    }
)
"""What fits after "if", by the name of a reply."""

LESS: MappingProxyType[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "killed": (
            ("fewer people are killed", "menos personas mueren asesinadas"),
            ("more people are killed", "más personas mueren asesinadas"),
        ),
        "recorded": (
            ("fewer killings are recorded", "se registran menos homicidios"),
            ("more killings are recorded", "se registran más homicidios"),
        ),
        "hidden": (
            (
                "fewer killings are hidden as disappearances",
                "menos muertes se ocultan como desapariciones",
            ),
            (
                "more killings are hidden as disappearances",
                "más muertes se ocultan como desapariciones",
            ),
        ),
        "uncounted": (
            (
                "fewer killings are left out of the official count",
                "menos muertes quedan fuera del conteo oficial",
            ),
            (
                "more killings are left out of the official count",
                "más muertes quedan fuera del conteo oficial",
            ),
        ),
        "disappeared": (
            ("fewer people are reported missing", "se reportan menos personas desaparecidas"),
            ("more people are reported missing", "se reportan más personas desaparecidas"),
        ),
        "detained": (
            ("fewer people are detained", "menos personas son detenidas"),
            ("more people are detained", "más personas son detenidas"),
        ),
        "wrongly_detained": (
            (
                "fewer people outside the gangs are detained as members",
                "menos personas ajenas a las pandillas son detenidas como miembros",
            ),
            (
                "more people outside the gangs are detained as members",
                "más personas ajenas a las pandillas son detenidas como miembros",
            ),
        ),
        "custody_deaths": (
            ("fewer prisoners die in custody", "menos personas mueren bajo custodia"),
            ("more prisoners die in custody", "más personas mueren bajo custodia"),
        ),
        "police_killings": (
            (
                "fewer people are killed by police and soldiers",
                "menos personas mueren a manos de policías y soldados",
            ),
            (
                "more people are killed by police and soldiers",
                "más personas mueren a manos de policías y soldados",
            ),
        ),
        "democracy_lost": (
            ("less democracy is lost", "se pierde menos democracia"),
            ("more democracy is lost", "se pierde más democracia"),
        ),
    }
)
"""What is said of less of an outcome, and of more."""

AMOUNTS: MappingProxyType[bool, tuple[Pair, Pair]] = MappingProxyType(
    {
        True: (("fewer", "menos"), ("more", "más")),
        False: (
            ("index years less", "años de índice menos"),
            ("index years more", "años de índice más"),
        ),
    }
)
"""How an amount less and more is counted: for persons (true) and for the index (false)."""

WORLDS: MappingProxyType[str, Pair] = MappingProxyType(
    {
        "given": ("simulated worlds", "mundos simulados"),
        "prior": ("worlds drawn from assumptions alone", "mundos sacados solo de supuestos"),
        "cloud": ("plausible worlds", "mundos plausibles"),
        "posterior": ("calibrated worlds", "mundos calibrados"),
    }
)
"""What worlds are called, by where they come from."""

TEXTS: MappingProxyType[str, Pair] = MappingProxyType(
    {
        "share": (
            "In {tenths} of 10 {worlds}, plus or minus {error}, ",
            "En {tenths} de cada 10 {worlds}, más o menos {error}, ",
        ),
        "nearly": (
            "In at least {least} of 10 {worlds}, ",
            "En al menos {least} de cada 10 {worlds}, ",
        ),
        "what": (
            "{less} in {span} with {strategy} than with {reference}, if {reply}.",
            "{less} en {span} con {strategy} que con {reference}, si {reply}.",
        ),
        "size": (
            " In the middle world {middle}; in nine of ten, {between}.",
            " En el mundo del medio, {middle}; en nueve de cada diez, {between}.",
        ),
        "between": ("between {low} and {high}", "entre {low} y {high}"),
        "average": (
            " On average over all worlds it is {more}, however: where it goes wrong, it goes "
            "wrong by more.",
            " Sin embargo, en el promedio de todos los mundos son {more}: donde sale mal, sale "
            "mucho peor.",
        ),
        "untold": (
            "The worlds do not tell whether {less} in {span} with {strategy} than with "
            "{reference}, if {reply}: so it is in {share} of 10 {worlds}, plus or minus {error}.",
            "Los mundos no dicen si {less} en {span} con {strategy} que con {reference}, si "
            "{reply}: así es en {share} de cada 10 {worlds}, más o menos {error}.",
        ),
        "few": (
            " More worlds might tell.",
            " Con más mundos podría saberse.",
        ),
        "split": (
            " More worlds would not tell: they are split.",
            " Con más mundos tampoco se sabría: están divididos.",
        ),
        "same": (
            "All {worlds} give the same with {strategy} as with {reference}: no difference in "
            "{outcome} in {span}, if {reply}.",
            "Todos los {worlds} dan lo mismo con {strategy} que con {reference}: ninguna "
            "diferencia en {outcome} en {span}, si {reply}.",
        ),
        "none": (
            "Of {outcome} in {span} nothing can be printed: the model counts none with {strategy} "
            "and none with {reference}, if {reply}.",
            "De {outcome} en {span} no puede decirse nada: el modelo no cuenta ninguna con "
            "{strategy} ni con {reference}, si {reply}.",
        ),
        "model": (
            " These are worlds of a model, not forecasts.",
            " Son mundos de un modelo, no pronósticos.",
        ),
    }
)
"""Parts of sentences with named places."""

OUTCOMES: MappingProxyType[str, Pair] = MappingProxyType(
    {
        "killed": ("people killed", "personas asesinadas"),
        "recorded": ("killings recorded", "homicidios registrados"),
        "hidden": ("killings hidden", "muertes ocultas"),
        "uncounted": ("killings left out of the count", "muertes fuera del conteo"),
        "disappeared": ("people reported missing", "personas reportadas como desaparecidas"),
        "detained": ("people detained", "personas detenidas"),
        "wrongly_detained": ("people wrongly detained", "personas detenidas injustamente"),
        "custody_deaths": ("deaths in custody", "muertes bajo custodia"),
        "police_killings": ("people killed by police", "personas muertas por la policía"),
        "democracy_lost": ("democracy lost", "democracia perdida"),
    }
)
"""An outcome as a noun."""

_MONTHS = (
    ("January", "enero"),
    ("February", "febrero"),
    ("March", "marzo"),
    ("April", "abril"),
    ("May", "mayo"),
    ("June", "junio"),
    ("July", "julio"),
    ("August", "agosto"),
    ("September", "septiembre"),
    ("October", "octubre"),
    ("November", "noviembre"),
    ("December", "diciembre"),
)


def month_named(month: str, lang: int) -> str:
    """A month, given as `YYYY-MM`, in words: "June 2019", "junio de 2019"."""
    when = pd.Timestamp(f"{month}-01")
    name = _MONTHS[when.month - 1][lang]
    return f"{name} de {when.year}" if lang else f"{name} {when.year}"


def span_named(origin: str, months: int, lang: int) -> str:
    """The months from an origin in words: "the 10 years from June 2019"."""
    start = month_named(origin, lang)
    years, rest = divmod(months, 12)
    if rest:
        what = ("the {n} months", "los {n} meses") if months > 1 else ("the month", "el mes")
    else:
        what = ("the {n} years", "los {n} años") if years > 1 else ("the year", "el año")
    count = what[lang].format(n=months if rest else years)
    if not lang:
        return f"{count} from {start}"
    begins = "empiezan" if (months if rest else years) > 1 else "empieza"
    return f"{count} que {begins} en {start}"


def strategy_phrase(name: str, lang: int) -> str:
    """A strategy after "with"; one that no catalogue knows by its own name, or as this plan."""
    if not name:
        return ("this plan", "este plan")[lang]
    own = (f"the strategy “{name}”", f"la estrategia «{name}»")
    return STRATEGIES.get(name, own)[lang]


def reply_phrase(name: str, lang: int) -> str:
    """A reply after "if"; one that no catalogue knows by its own name."""
    own = (f"gangs follow “{name}”", f"las pandillas siguen «{name}»")
    return REPLIES.get(name, own)[lang]
