"""What a detection cannot say, in words, with keys that stay the same.

Each notice stands on a stated limit: counts date a fall but do not name its cause; a label lapses
by convention; and a Bayes factor within 1/3 to 3 is no evidence worth the name (Kass and Raftery
1995 call it "not worth more than a bare mention").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from tregua.infer.counts.rules import RuleChange

__all__ = [
    "BOUND",
    "CAUSE",
    "LABEL_LAPSES",
    "NO_BREAK",
    "RULE_CHANGED",
    "SEASON",
    "SPIKE",
    "Notice",
    "kind_of_fall",
    "notices",
]


@dataclass(frozen=True)
class Notice:
    """A sentence that belongs beside a result.

    Attributes
    ----------
    key
        Stable name of the sentence.
    en, es
        The sentence in English and Spanish.
    """

    key: str
    en: str
    es: str


CAUSE = Notice(
    key="counts-cannot-name-the-cause",
    en=(
        "Counts of deaths can date a fall. They cannot name its cause: a pact, a crackdown, "
        "hidden deaths or a change of counting may leave the same trace. A reversible fall is "
        "not evidence of a deal; that needs independent evidence of events."
    ),
    es=(
        "Los recuentos de muertes pueden fechar una caída. No pueden decir su causa: un pacto, "
        "una ofensiva, muertes ocultas o un cambio en la forma de contar pueden dejar la misma "
        "huella. Una caída reversible no prueba un acuerdo; para eso hacen falta pruebas "
        "independientes de los hechos."
    ),
)

LABEL_LAPSES = Notice(
    key="label-lapses-by-convention",
    en=(
        "After a fall the probability of suppression declines because the label lapses at a fixed "
        "rate (a persistent fall: 1/24 a month), not because the counts show that it ended."
    ),
    es=(
        "Después de una caída la probabilidad de supresión baja porque la etiqueta caduca a un "
        "ritmo fijo (caída persistente: 1/24 al mes), no porque los recuentos muestren que terminó."
    ),
)

NO_BREAK = Notice(
    key="no-abrupt-fall",
    en="No abrupt fall stands out. Gradual changes and falls in small counts cannot be seen here.",
    es=(
        "No destaca ninguna caída abrupta. Los cambios graduales y las caídas en recuentos "
        "pequeños no se ven aquí."
    ),
)

SPIKE = Notice(
    key="spikes-are-no-baseline",
    en=(
        "In some months deaths stood above their baseline for a short while. The return from such "
        "a spike is not read as a fall. Spikes of more than about eight months are not told apart "
        "from an escalation."
    ),
    es=(
        "En algunos meses las muertes estuvieron un tiempo breve por encima de su nivel de base. "
        "La vuelta desde ese pico no se lee como una caída. Los picos de más de unos ocho meses no "
        "se distinguen de una escalada."
    ),
)

SEASON = Notice(
    key="seasons-taken-off",
    en=(
        "Levels are without the season: a factor for each month of the year, learnt from the "
        "counts before that month."
    ),
    es=(
        "Los niveles van sin la estación: un factor por cada mes del año, aprendido de los "
        "recuentos anteriores a ese mes."
    ),
)

BOUND = Notice(
    key="some-figures-are-bounds",
    en='Some figures are stated as "more than" or "at least". They are read as bounds from below.',
    es="Algunas cifras se dan como «más de» o «al menos». Se leen como cotas inferiores.",
)

RULE_CHANGED = Notice(
    key="rule-changed-at-a-fall",
    en=(
        "The rule of counting changed within the window of a fall. A stated part of the fall is "
        "left to the rule; the rule may have done more than that."
    ),
    es=(
        "La regla de conteo cambió dentro del intervalo de una caída. Una parte declarada de la "
        "caída se deja a la regla; puede haber hecho más que eso."
    ),
)

_CANNOT_TELL = Notice(
    key="the-data-cannot-tell",
    en="Reversible or persistent? The data cannot tell: no Bayes factor lies outside 1/3 to 3.",
    es=(
        "¿Reversible o persistente? Los datos no permiten decirlo: ningún factor de Bayes queda "
        "fuera de 1/3 a 3."
    ),
)

_SOME_LEAN = Notice(
    key="some-falls-lean",
    en=(
        "Reversible or persistent? At least one Bayes factor lies outside 1/3 to 3; for the others "
        "the data cannot tell. A factor speaks of the shape of the fall, never of its cause."
    ),
    es=(
        "¿Reversible o persistente? Al menos un factor de Bayes queda fuera de 1/3 a 3; para los "
        "demás los datos no permiten decirlo. El factor habla de la forma de la caída, nunca de "
        "su causa."
    ),
)

_KINDS = {
    "neither": Notice("the-data-cannot-tell", "the data cannot tell", "los datos no lo dicen"),
    "reversible": Notice("leans-reversible", "leans reversible", "más bien reversible"),
    "persistent": Notice("leans-persistent", "leans persistent", "más bien persistente"),
}


def kind_of_fall(bayes_factor: float) -> Notice:
    """Say what the evidence on the kind of a fall allows to be said.

    Parameters
    ----------
    bayes_factor
        Bayes factor of a reversible against a persistent fall; positive. From 3 on it speaks for
        the one, up to 1/3 for the other.
    """
    if bayes_factor >= 3:
        return _KINDS["reversible"]
    if bayes_factor <= 1 / 3:
        return _KINDS["persistent"]
    return _KINDS["neither"]


def notices(
    breaks: pd.DataFrame,
    *,
    months: pd.DataFrame | None = None,
    rules: Sequence[RuleChange] = (),
) -> tuple[Notice, ...]:
    """All notices that belong beside a table of breaks; the one about causes is always first.

    Parameters
    ----------
    breaks
        Columns bayes_factor, low and high.
    months
        Columns p_spike, season and at_least; without them nothing is said of these.
    rules
        Breaks in the rules of counting that were taken into account.
    """
    factors: Iterable[float] = breaks["bayes_factor"]
    kinds = [kind_of_fall(factor).key for factor in factors]
    cannot = all(kind == _KINDS["neither"].key for kind in kinds)
    found = [CAUSE]
    found += [_CANNOT_TELL if cannot else _SOME_LEAN, LABEL_LAPSES] if kinds else [NO_BREAK]
    if any(
        ((breaks["low"] <= rule.month) & (rule.month <= breaks["high"])).any() for rule in rules
    ):
        found.append(RULE_CHANGED)
    if months is not None:
        found += [SPIKE] if (months["p_spike"] >= 0.5).any() else []
        found += [SEASON] if (months["season"] - 1).abs().max() > 0.01 else []
        found += [BOUND] if months["at_least"].any() else []
    return tuple(found)
