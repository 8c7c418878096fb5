"""The ledger: everything that weeks leave behind, declared once.

Three kinds of entry. A *flow* counts people in a month (or expected people, in the mean reading); a
*stock* is the state at the end of a month; a *share* is the mean over the weeks of a month. (For
"month" read the period that a run keeps, if another was asked for.)

What `killed` holds, exactly:

    killed = recorded + hidden + uncounted

`recorded` is what the official tally prints under the counting rules of the case; `hidden` are
gang killings that appear as disappearances; `uncounted` are killings that are known but excluded by
the rules: people killed by police since July 2019, and since April 2022 the part of all countable
killings that the tally leaves out. Seen by who kills, the same number is

    killed = killings by gangs in their business + struck + ambient + fringe + police_killings

Deaths in custody are counted apart, in `custody_deaths`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

__all__ = ["GangQuantity", "Quantity"]

Kind = Literal["flow", "stock", "share"]


class _Entry(IntEnum):
    """An entry of the ledger: its place in a row, with kind, unit and meaning."""

    kind: Kind
    unit: str
    meaning: str

    def __new__(cls, kind: Kind, unit: str, meaning: str) -> _Entry:
        index = len(cls.__members__)
        member = int.__new__(cls, index)
        member._value_ = index
        member.kind = kind
        member.unit = unit
        member.meaning = meaning
        return member


class Quantity(_Entry):
    """Entries for the whole country."""

    # fmt: off
    killed = ("flow", "persons", "killed by anyone: recorded + hidden + uncounted")
    recorded = ("flow", "persons", "killings in the official tally, under its counting rules")
    hidden = ("flow", "persons", "gang killings hidden as disappearances")
    uncounted = ("flow", "persons", "killings that the counting rules leave out")
    struck = ("flow", "persons", "killed in strikes (signalling massacres)")
    ambient = ("flow", "persons", "killings that no gang ordered")
    fringe = ("flow", "persons", "killings by smaller gangs and armed firms outside any pact")
    police_killings = ("flow", "persons", "killed by police and soldiers")
    custody_deaths = ("flow", "persons", "deaths in custody, of all prisoners")
    detained = ("flow", "persons",
                "arrests in the fight against gangs: members kept or released, and non-members")
    wrongly_detained = ("flow", "persons", "people outside the gangs detained as members")
    leaks = ("flow", "events", "leaks of a secret pact")
    breaches = ("flow", "events", "breaches of a pact by agencies outside the deal")
    strikes = ("flow", "events", "strikes")
    sanctions = ("flow", "events", "foreign sanctions over a leaked pact")
    pact_starts = ("flow", "events", "pacts that began")
    pact_ends = ("flow", "events", "pacts that ended")
    prisoners = ("stock", "persons", "all prisoners")
    gang_prisoners = ("stock", "persons", "gang members in prison")
    wrongly_held = ("stock", "persons", "people outside the gangs held as members")
    ordinary_prisoners = ("stock", "persons", "prisoners for ordinary crime")
    street = ("stock", "persons", "gang members in the streets")
    fear = ("stock", "share", "public fear")
    approval = ("stock", "share", "approval of the government")
    democracy = ("stock", "index", "democracy and press freedom, 1 = full")
    judicial_filter = ("stock", "index", "judicial filter, 1 = courts release the unproven")
    prison_control = ("stock", "index", "the state's control of its prisons")
    institutions = ("stock", "index", "quality of institutions, 1 = best")
    precedent = ("stock", "index", "memory of concessions obtained")
    foreign_pressure = ("stock", "index", "foreign pressure")
    platform = ("stock", "factor", "enforcement promised at the last election")
    corruption = ("stock", "index", "corruption, 1 = total (mechanism vector_institutions)")
    prosecuted = ("stock", "share", "negotiators of a past pact are being prosecuted")
    leaked = ("stock", "share", "the pact is public knowledge")
    stance = ("stock", "code", "the government's stance at the end of the month")
    pact = ("share", "share", "share of the month in which a pact was in force")
    # fmt: on


class GangQuantity(_Entry):
    """Entries for each gang."""

    # fmt: off
    killed_by_gang = ("flow", "persons", "killings by the gang in its business, hidden or not")
    hidden_by_gang = ("flow", "persons", "of these, hidden as disappearances")
    recruits = ("flow", "persons", "people who joined")
    desisted = ("flow", "persons", "street members who left the gang for good")
    captured = ("flow", "persons", "street members imprisoned")
    returned = ("flow", "persons", "prisoners released into the gang")
    quit_on_release = ("flow", "persons", "prisoners released who left the gang")
    members_killed = ("flow", "persons", "street members killed")
    members_died_in_custody = ("flow", "persons", "members who died in prison")
    street_by_gang = ("stock", "persons", "members in the streets")
    prisoners_by_gang = ("stock", "persons", "members in prison")
    command = ("stock", "share", "share of cliques that obey an order")
    trust = ("stock", "probability", "the gang's belief that the government keeps its word")
    reliance = ("stock", "probability", "the government's belief that the gang delivers")
    included = ("stock", "share", "the gang is in the pact, or in the next offer")
    envious = ("stock", "share", "the gang is left out of a pact and knows it")
    readiness = ("stock", "share", "readiness for war, 1 = full")
    fragments = ("stock", "number", "parts into which the gang has split, 1 = united")
    territory = ("stock", "share", "share of the country that the gang rules")
    restraining = ("share", "share", "share of the month in which the gang restrained")
    pressing = ("share", "share", "share of the month in which the gang pressed")
    # fmt: on
