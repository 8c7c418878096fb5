"""Every indicator, declared once: its question, its model, its strength, and why.

All strengths are elicited: numbers that a careful reader of the literature might write down, given
with their reasons. None was fitted, and none could be: a dozen dated falls in the world, most of
them chosen because they worked, cannot teach them. Read the factors at half and double strength.
"""

from __future__ import annotations

from dataclasses import dataclass

from tregua.infer.cause.models import (
    Counts,
    Effect,
    Events,
    Measure,
    Shape,
    Spikes,
    Stock,
    ZeroDays,
)
from tregua.infer.counts.words import Notice

__all__ = ["GROUPS", "INDICATORS", "Indicator"]

GROUPS = {
    "shape": Notice("shape", "shape of the counts", "forma de los recuentos"),
    "hidden": Notice("hidden", "hidden deaths", "muertes ocultas"),
    "enforcement": Notice("enforcement", "enforcement", "represión"),
    "rents": Notice("rents", "extortion", "extorsión"),
    "talks": Notice("talks", "talks and what became known", "diálogo y lo que se supo"),
}
"""Groups of indicators that share causes; each counts once in the capped factor."""


@dataclass(frozen=True)
class Indicator:
    """One thing to look at when a fall has been dated.

    Attributes
    ----------
    name
        Short name, as taken by `indicators` and on the command line.
    group
        A key of `GROUPS`.
    question
        What it asks.
    model
        How the data are read, in one line.
    measure
        The observation model with its strength under both hypotheses.
    strength
        Where the strength comes from; "elicited" for all that stand here, "the counts" for the
        factor that `detect` gives.
    reason
        Why the strength is what it is, and its source.
    temper
        Exponent of the likelihood ratio, 0 (ignored) to 1 (taken in full).
    direct
        Whether it is an event of the bargain itself. Without one that was seen, no verdict uses
        the word pact.
    """

    name: str
    group: str
    question: Notice
    model: str
    measure: Measure
    strength: str
    reason: str
    temper: float = 1.0
    direct: bool = False

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"'{self.group}' is no group; there are {', '.join(GROUPS)}.")
        if not 0 <= self.temper <= 1:
            raise ValueError(f"temper of '{self.name}' must lie in 0 to 1, not {self.temper}.")


def _ask(name: str, en: str, es: str) -> Notice:
    return Notice(name, en, es)


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "counts",
        "shape",
        _ask("counts", "Does the fall look reversible?", "¿Parece reversible la caída?"),
        "factor reversible : persistent of the detector",
        Shape(),
        "the counts",
        "A pact may end and be undone, a crackdown leaves fewer to kill. Both rules have "
        "exceptions, so the factor is taken at half weight.",
        temper=0.5,
    ),
    Indicator(
        "spikes",
        "shape",
        _ask("spikes", "Are there spikes inside the suppression?", "¿Hay repuntes en la calma?"),
        "Poisson; 0.6 a year under a pact, 0.25 under a crackdown",
        Spikes(("massacre",), pact=0.6, crackdown=0.25),
        "elicited",
        "A massacre inside a pact can be a signal of discontent; three are known within about "
        "five years of pacts in El Salvador, which is one country, hence half weight.",
        temper=0.5,
    ),
    Indicator(
        "zero_days",
        "shape",
        _ask("zero_days", "Days without a death beyond chance?", "¿Días sin muertes de más?"),
        "Poisson clusters; log mean size 0.35 (0.35) under a pact, 0.20 (0.35) under a crackdown",
        ZeroDays("zero_homicide_days", pact=Effect(0.35, 0.35), crackdown=Effect(0.20, 0.35)),
        "elicited",
        "An order to stop leaves whole days free and spends what is left in bursts. Theory only; "
        "made weak on purpose.",
    ),
    Indicator(
        "disappearances",
        "hidden",
        _ask(
            "disappearances",
            "Do disappearances rise while killings fall?",
            "¿Suben las desapariciones mientras bajan las muertes?",
        ),
        "negative binomial; log change +0.15 (0.25) under a pact, -0.10 (0.30) under a crackdown",
        Counts(
            ("disappearances", "disappearance_complaints"),
            pact=Effect(0.15, 0.25),
            crackdown=Effect(-0.10, 0.30),
        ),
        "elicited",
        "Hiding bodies keeps a promise on paper (van der Borgh and Savenije 2019, Journal of Latin "
        "American Studies 51: deals concern the visibility of violence). Most people reported "
        "missing were not killed, so even much hiding moves reports little.",
    ),
    Indicator(
        "arrests",
        "enforcement",
        _ask("arrests", "Do arrests rise?", "¿Suben las detenciones?"),
        "negative binomial; log change 0 (0.25) under a pact, +0.50 (0.40) under a crackdown",
        Counts(
            ("arrests", "captures", "detentions"),
            pact=Effect(0.0, 0.25),
            crackdown=Effect(0.50, 0.40),
        ),
        "elicited",
        "A crackdown is a rise of arrests by definition; how large differs from a third to "
        "several fold.",
    ),
    Indicator(
        "prisoners",
        "enforcement",
        _ask("prisoners", "Do prisons fill faster?", "¿Se llenan más rápido las cárceles?"),
        "yearly log growth 0.05 (0.08) under a pact, 0.18 (0.15) under a crackdown",
        Stock(("prison_population",), pact=Effect(0.05, 0.08), crackdown=Effect(0.18, 0.15)),
        "elicited",
        "Prison populations of the region grew by about 5 to 8 % a year in ordinary times. Arrests "
        "fill prisons only where courts keep the arrested, hence the wide spread.",
    ),
    Indicator(
        "police_killings",
        "enforcement",
        _ask("police_killings", "Do killings by police rise?", "¿Mata más la policía?"),
        "negative binomial; log change -0.10 (0.40) under a pact, +0.40 (0.50) under a crackdown",
        Counts(
            ("police_killings", "gang_members_killed_in_clashes", "armed_clashes"),
            pact=Effect(-0.10, 0.40),
            crackdown=Effect(0.40, 0.50),
        ),
        "elicited",
        "More raids, more clashes; a crackdown without resistance may have fewer, hence the wide "
        "spread.",
    ),
    Indicator(
        "crackdown_events",
        "enforcement",
        _ask(
            "crackdown_events",
            "Is a crackdown dated near the fall?",
            "¿Hay una ofensiva fechada cerca de la caída?",
        ),
        "event from 2 months before to 3 after; chance 0.35 under a pact, 0.65 under a crackdown",
        Events(
            ("crackdown", "crackdown_law", "state_of_exception"),
            before=2,
            after=3,
            pact=0.35,
            crackdown=0.65,
        ),
        "elicited",
        "A crackdown is announced, but once: what is already in force works on without a new date. "
        "And governments that talk in secret are loud about toughness.",
    ),
    Indicator(
        "isolation",
        "enforcement",
        _ask("isolation", "Were leaders isolated near the fall?", "¿Se aisló a los líderes?"),
        "event from 2 months before to 3 after; chance 0.15 under a pact, 0.40 under a crackdown",
        Events(("prison_transfer", "prison_policy"), before=2, after=3, pact=0.15, crackdown=0.40),
        "elicited",
        "Harsher prisons are part of most crackdowns and the opposite of what leaders bargain for.",
    ),
    Indicator(
        "extortion",
        "rents",
        _ask(
            "extortion",
            "Do complaints of extortion rise?",
            "¿Suben las denuncias de extorsión?",
        ),
        "negative binomial; log change +0.17 (0.20) under a pact, -0.10 (0.30) under a crackdown",
        Counts(
            ("extortion_complaints", "extortion"),
            pact=Effect(0.17, 0.20),
            crackdown=Effect(-0.10, 0.30),
        ),
        "elicited",
        "Non-aggression between gangs raised extortion by 15 to 20 % (Brown, Montero, "
        "Schmidt-Padilla and Sviatschi, NBER working paper 28299). Few victims complain, and "
        "complaints move with trust, hence the spreads.",
    ),
    Indicator(
        "transfers",
        "talks",
        _ask(
            "transfers",
            "Were leaders moved to laxer prisons?",
            "¿Pasaron los líderes a cárceles más laxas?",
        ),
        "event from 2 months before to 3 after; chance 0.30 under a pact, 0.05 under a crackdown",
        Events(("transfer_of_leaders",), before=2, after=3, pact=0.30, crackdown=0.05),
        "elicited",
        "Prison conditions are the usual currency; most pacts pay in ways that leave no date.",
        direct=True,
    ),
    Indicator(
        "talks",
        "talks",
        _ask("talks", "Are talks dated near the fall?", "¿Hay diálogo fechado cerca?"),
        "event from 6 months before to 6 after; chance 0.60 under a pact, 0.15 under a crackdown",
        Events(
            (
                "acknowledgement",
                "ceasefire",
                "negotiation",
                "truce_offer",
                "truce_start",
                "truce_statement",
            ),
            before=6,
            after=6,
            pact=0.60,
            crackdown=0.15,
        ),
        "elicited",
        "Perhaps six pacts in ten are ever documented with dates. Contacts and offers also happen "
        "under crackdowns.",
        direct=True,
    ),
    Indicator(
        "exposure",
        "talks",
        _ask("exposure", "Did the press expose a deal?", "¿Expuso la prensa un trato?"),
        "event up to 24 months after; chance 0.50 under a pact, 0.25 under a crackdown",
        Events(("exposure_by_press",), before=0, after=24, pact=0.50, crackdown=0.25),
        "elicited",
        "A leak hazard of about 0.4 a year for a pact; reports under a crackdown are about older "
        "deals, which a date alone cannot tell apart.",
        temper=0.5,
    ),
    Indicator(
        "denial",
        "talks",
        _ask("denial", "Does the government deny a deal?", "¿Niega el gobierno un trato?"),
        "event from 1 month before to 6 after; chance 0.30 under a pact, 0.15 under a crackdown",
        Events(("denial", "refusal"), before=1, after=6, pact=0.30, crackdown=0.15),
        "elicited",
        "One denies what is alleged. Governments that do not talk deny it as well.",
        temper=0.5,
    ),
    Indicator(
        "sanction",
        "talks",
        _ask("sanction", "Did a foreign state sanction?", "¿Hubo sanción extranjera?"),
        "event up to 30 months after; chance 0.25 under a pact, 0.15 under a crackdown",
        Events(("sanction",), before=0, after=30, pact=0.25, crackdown=0.15),
        "elicited",
        "One sanction of officials for a pact is known, 15 months after its exposure; sanctions of "
        "gangs come at any time.",
        temper=0.5,
    ),
)
"""The indicators that come with tregua, in the order in which they are shown."""
