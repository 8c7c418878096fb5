"""What a case may say: the columns of its three tables and the keys of its `case.toml`.

Everything observed is a count or a value over a half-open interval [start, end): a day's
massacre, a month, a quarter, a year to date. A stock (prisoners on a date, a poll) is a point,
start = end. Rival agencies are rival rows; nothing is averaged when it is written down.

The models here are pydantic's; `docs/reference/record.md` explains each column in prose.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tregua.record.problems import nearest

__all__ = [
    "COUNTS",
    "LANES",
    "NOT_STATED",
    "STATUSES",
    "UNITS",
    "Actor",
    "Administration",
    "Bilingual",
    "Case",
    "CountingRule",
    "Election",
    "Era",
    "EventRow",
    "ObservationRow",
    "Prior",
    "Registers",
    "SourceRow",
    "Spread",
    "lane",
]

STATUSES = ("final", "revised", "reported", "preliminary", "derived", "recalled")
"""How settled a figure is, best first. Inference leaves out the last two by default."""

NOT_STATED = "not stated"
"""The agency of a figure whose source does not say who counted."""

COUNTS = frozenset(
    {
        "persons",
        "members",
        "leaders",
        "profiled persons",
        "members or collaborators",
        "cliques",
        "armed groups",
        "clashes",
        "complaints",
        "days",
        "places",
    }
)
"""Units of counts: whole numbers, never negative."""

UNITS = COUNTS | {"per 100,000", "per day", "%", "0-10"}
"""All units known; a case may declare more under `[units]`."""

LANES = {
    "acknowledgement": "government",
    "appointment": "government",
    "crackdown": "government",
    "crackdown_law": "government",
    "denial": "government",
    "foreign_policy": "government",
    "institutional": "government",
    "negotiation": "government",
    "reform": "government",
    "refusal": "government",
    "sanction": "government",
    "state_of_exception": "government",
    "ceasefire": "gangs",
    "gang_pressure": "gangs",
    "gang_split": "gangs",
    "mass_grave": "gangs",
    "massacre": "gangs",
    "milestone": "gangs",
    "truce_end": "gangs",
    "truce_erosion": "gangs",
    "truce_offer": "gangs",
    "truce_phase": "gangs",
    "truce_start": "gangs",
    "truce_statement": "gangs",
    "vigilante_violence": "gangs",
    "prison_killing": "prisons",
    "prison_policy": "prisons",
    "prison_transfer": "prisons",
    "release": "prisons",
    "transfer_of_leaders": "prisons",
    "court_ruling": "courts",
    "extradition": "courts",
    "prosecution_of_gang": "courts",
    "prosecution_of_negotiators": "courts",
    "exposure_by_press": "press",
    "election": "elections",
    "government_change": "elections",
}
"""Type of event: the lane of the timeline in which it is drawn."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_YEARS = (1800, 2200)


def lane(kind: str) -> str:
    """Return the lane of the timeline in which an event is drawn.

    Parameters
    ----------
    kind
        Type of the event, a key of `LANES`.

    Returns
    -------
    str
        government, gangs, prisons, courts, press or elections.

    Raises
    ------
    KeyError
        If the type is not one of `LANES`.

    Examples
    --------
    >>> lane("truce_start")
    'gangs'
    """
    return LANES[kind]


def _wrong(what: str, valid: str) -> PydanticCustomError:
    return PydanticCustomError("record", "{what}", {"what": what, "valid": valid})


def _parse_date(given: Any) -> Any:
    """Read YYYY-MM-DD and nothing else; TOML dates are dates already."""
    if isinstance(given, date):
        return given
    if not isinstance(given, str) or not _ISO.fullmatch(given):
        raise _wrong(f"'{given}' is not a date.", "Write it as 2012-03-31.")
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        what = f"'{given}' does not exist: {error}."
        raise _wrong(what, "Write a day of the calendar.") from None
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise _wrong(
            f"'{given}' is an impossible date.", f"Years run from {_YEARS[0]} to {_YEARS[1]}."
        )
    return day


def _parse_number(given: Any) -> Any:
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given)
    text = str(given)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if not text:
        raise _wrong("No number is given.", "Leave the row out if no number is known.")
    if re.fullmatch(r"[+-]?\d{1,3}([, .'\u00a0]\d{3})+", text):
        raise _wrong(f"'{text}' has thousands separators.", "Write 1234, without separators.")
    raise _wrong(f"'{text}' is not a number.", "Write digits with a decimal point: 1234 or 12.5.")


def _parse_yes(given: Any) -> Any:
    known = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(given, bool):
        return given
    if str(given).lower() not in known:
        raise _wrong(f"'{given}' is neither yes nor no.", "Write yes (a page was seen) or no.")
    return known[str(given).lower()]


def _parse_address(given: Any) -> Any:
    if given and not re.match(r"https?://\S+$", str(given)):
        what = f"'{given}' is not an address."
        raise _wrong(what, "Write http://... or https://..., or nothing.")
    return given


def _one_of(names: tuple[str, ...] | dict[str, str], kind: str) -> BeforeValidator:
    def parse(given: Any) -> Any:
        if given not in names:
            raise _wrong(f"Unknown {kind} '{given}'.", nearest(str(given), names, kind="values"))
        return given

    return BeforeValidator(parse)


def _series(given: Any) -> Any:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", str(given)):
        raise _wrong(
            f"'{given}' is not a name of a series.",
            "Write lower-case words joined by _ and parts joined by a dot: gang_members.jailed.",
        )
    return given


def _identifier(given: Any) -> Any:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", str(given)):
        raise _wrong(
            f"'{given}' is not an id." if given else "No source is given.",
            "Name a source of sources.csv, such as ELFARO_201909; a number without one is refused.",
        )
    return given


def _text(given: Any) -> Any:
    if not str(given).strip():
        raise _wrong("This cell is empty.", "Write a text.")
    return given


Day = Annotated[date, BeforeValidator(_parse_date)]
Number = Annotated[float, BeforeValidator(_parse_number)]
YesNo = Annotated[bool, BeforeValidator(_parse_yes)]
Text = Annotated[str, BeforeValidator(_text)]
Identifier = Annotated[str, BeforeValidator(_identifier)]
Series = Annotated[str, BeforeValidator(_series)]
Status = Annotated[str, _one_of(STATUSES, "status")]
EventType = Annotated[str, _one_of(LANES, "type of event")]
Address = Annotated[str, BeforeValidator(_parse_address)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ObservationRow(_Frozen):
    """A row of observations.csv: a count or value over [start, end), or a stock (start = end)."""

    series: Series
    start: Day
    end: Day
    value: Number
    unit: Text
    place: Text
    agency: Text
    source: Identifier
    status: Status
    verified: YesNo
    note: str


class EventRow(_Frozen):
    """A row of events.csv: something that happened within [date, end)."""

    date: Day
    end: Day
    type: EventType
    actors: str
    description: Text
    description_es: str
    source: Identifier
    status: Status
    verified: YesNo


class SourceRow(_Frozen):
    """A row of sources.csv: a page, a data file, or memory."""

    id: Identifier
    title: Text
    publisher: Text
    url: Address
    date: str
    seen_as: Text


class Bilingual(_Frozen):
    """A text in two languages.

    Attributes
    ----------
    en, es
        English and Spanish; neither may be empty.
    """

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)


class Actor(_Frozen):
    """A government or a gang.

    Attributes
    ----------
    name
        Short name in lower case, used in the names of series.
    kind
        "government" or "gang".
    title
        Name for people.
    share
        A gang's share of all gang members, 0 to 1; None for a government.
    source
        Source of the share; None for a government.
    """

    name: Slug
    kind: Literal["government", "gang"]
    title: Bilingual
    share: Share | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _share_belongs_to_gangs(self) -> Actor:
        if self.kind == "gang" and (self.share is None or self.source is None):
            raise _wrong(f"Gang '{self.name}' lacks its share or source.", "Write both.")
        if self.kind == "government" and self.share is not None:
            raise _wrong("A government has no share of gang members.", "Leave `share` out.")
        return self


class Election(_Frozen):
    """A national election.

    Attributes
    ----------
    date
        Day of the vote; of the first round where there are two.
    kind
        "presidential" or "legislative".
    source, note
        Who says so, and anything to add.
    """

    date: Day
    kind: Literal["presidential", "legislative"]
    source: str
    note: str = ""


class Administration(_Frozen):
    """A government's term.

    Attributes
    ----------
    name, party
        Head of government and party.
    start, end
        Half-open interval; no end while it lasts.
    source
        Who says so.
    """

    name: str
    party: str
    start: Day
    end: Day | None = None
    source: str

    @model_validator(mode="after")
    def _ends_after_start(self) -> Administration:
        if self.end is not None and self.end <= self.start:
            raise _wrong(f"'{self.name}' ends before it starts.", "Give a later end.")
        return self


class CountingRule(_Frozen):
    """A date on which the rule of counting changed: a fall in the series is not all a fall.

    Attributes
    ----------
    date
        First day under the new rule.
    series
        Series concerned.
    change
        What changed, in two languages.
    leaves_out
        What it means to the model: from then on the series holds no people killed by police, or
        only a part of what it should hold; None = the model takes no notice.
    source, note
        Who says so, and anything to add.
    """

    date: Day
    series: Series
    change: Bilingual
    leaves_out: Literal["police_killings", "part"] | None = None
    source: str
    note: str = ""


class Spread(_Frozen):
    """How far apart registers lie from a date on.

    Attributes
    ----------
    since
        First day.
    value
        Relative standard deviation between registers, log units, above 0 and below 2.
    """

    since: Day
    value: float = Field(gt=0, lt=2)


class Registers(_Frozen):
    """Which agencies count from one register, and which registers are reconciled.

    Attributes
    ----------
    families
        Agency (without a remark in brackets) -> name of its register, where the two differ.
    reconciled, reconciled_since
        Registers that one body reconciles, and from which month on; None = always.
    unnamed
        Registers without a named counter, used only where no other covers the same days.
    spread
        Differences between registers, in order of date.
    source, note
        Who says so, and anything to add.
    """

    families: dict[str, str] = {}
    reconciled: tuple[str, ...] = ()
    reconciled_since: Day | None = None
    unnamed: tuple[str, ...] = ()
    spread: tuple[Spread, ...] = ()
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Registers:
        dates = [spread.since for spread in self.spread]
        if dates != sorted(set(dates)):
            raise _wrong("The spreads between registers are not in order.", "Order them by since.")
        return self


class Prior(_Frozen):
    """A case's own prior of a model parameter.

    Attributes
    ----------
    default
        Best guess, in the parameter's unit.
    low, high
        Its 90 % range; low <= default <= high.
    source
        Who says so.
    """

    default: float
    low: float
    high: float
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> Prior:
        if not self.low <= self.default <= self.high:
            raise _wrong("Default is outside its range.", "Order them: low <= default <= high.")
        return self


class Era(_Frozen):
    """A stretch of history in which the actors' stances stay the same; lasts until the next one.

    Attributes
    ----------
    start
        First day.
    stance
        Stance of the government, by the name the model gives it.
    enforcement
        Arrest effort, 1 = ordinary times; None = what the stance implies.
    pressing, restraining
        Share of gang-months in which a gang presses, or restrains its killing: 0 to 1.
    segregated
        Share of new gang prisoners who are isolated, 0 to 1; None = what the stance implies.
    judicial_filter
        Level towards which the judicial filter moves, 1 = courts release the unproven; None = what
        the stance implies.
    note, source
        Why, and who says so.
    """

    start: Day
    stance: Slug
    enforcement: Annotated[float, Field(ge=0)] | None = None
    pressing: Share = 0.0
    restraining: Share = 0.0
    segregated: Share | None = None
    judicial_filter: Share | None = None
    note: str = ""
    source: str

    @model_validator(mode="after")
    def _shares_fit(self) -> Era:
        if self.pressing + self.restraining > 1:
            raise _wrong("Pressing and restraining add to more than 1.", "Lower one of them.")
        return self


Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A month, as `YYYY-MM`."""


class Case(_Frozen):
    """What a case is: its actors, calendar, counting rules and history (`case.toml`).

    Attributes
    ----------
    name
        Short name in lower case, such as `el-salvador`.
    title, country
        Names for people.
    place
        The place of national observations.
    population, population_source
        Persons, about the middle of the period, and who says so.
    first, last
        Dates of interest, half-open.
    actors
        One government at least; shares of the gangs add to 1.
    elections, administrations, counting_rules
        In order of date.
    registers
        Which agencies count the same deaths; None = every agency has a register of its own.
    script
        The history that drives the model, era after era.
    readings
        Rival histories by name.
    simulated_from
        Month at which simulated worlds begin, to which the parameters of the start refer; None =
        the first era of the script.
    origins
        Months from which strategies are compared, as `YYYY-MM`, within [first, last).
    priors
        Overrides of the model's priors, by name of parameter.
    units
        Further units of this case: "count" (whole, not negative) or "value".
    """

    name: Slug
    title: Bilingual
    country: str
    place: str
    population: int = Field(gt=0)
    population_source: str
    first: Day
    last: Day
    actors: tuple[Actor, ...]
    elections: tuple[Election, ...] = ()
    administrations: tuple[Administration, ...] = ()
    counting_rules: tuple[CountingRule, ...] = ()
    registers: Registers | None = None
    script: tuple[Era, ...] = ()
    readings: dict[Slug, tuple[Era, ...]] = {}
    simulated_from: Month | None = None
    origins: tuple[Month, ...] = ()
    priors: dict[str, Prior] = {}
    units: dict[str, Literal["count", "value"]] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Case:
        if self.last <= self.first:
            raise _wrong("`last` is not after `first`.", "Give a later `last`.")
        if not any(actor.kind == "government" for actor in self.actors):
            raise _wrong("No actor is a government.", 'Add one with kind = "government".')
        shares = [actor.share for actor in self.actors if actor.share is not None]
        if shares and abs(sum(shares) - 1) > 0.011:
            raise _wrong(f"Shares of the gangs add to {sum(shares):g}.", "They must add to 1.")
        if self.simulated_from is None and self.script:
            begin = self.script[0].start.replace(day=1)
            object.__setattr__(self, "simulated_from", f"{begin:%Y-%m}")
        for origin in self.origins:
            if not self.first <= date.fromisoformat(f"{origin}-01") < self.last:
                raise _wrong(f"Origin {origin} lies outside the case.", "Choose a month within it.")
        for name, eras in {"script": self.script, **self.readings}.items():
            starts = [era.start for era in eras]
            if starts != sorted(set(starts)):
                raise _wrong(f"The eras of '{name}' are not in order.", "Order them by start.")
        return self

    @property
    def gangs(self) -> tuple[Actor, ...]:
        """The actors that are gangs, in the order of the file."""
        return tuple(actor for actor in self.actors if actor.kind == "gang")

    @property
    def prior_ranges(self) -> dict[str, dict[str, float]]:
        """The overrides of priors as plain numbers: name -> default, low, high."""
        return {
            name: {"default": prior.default, "low": prior.low, "high": prior.high}
            for name, prior in self.priors.items()
        }

    def is_count(self, unit: str) -> bool | None:
        """Whether a unit counts whole things; None if the unit is unknown."""
        if unit in self.units:
            return self.units[unit] == "count"
        return unit in COUNTS if unit in UNITS else None
