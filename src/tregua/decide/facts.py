"""Twenty stylised facts of El Salvador, and what simulated worlds make of each.

A simulator should be asked what everybody knows before it is asked what nobody knows. Each fact has
parts: a number with a target, a tolerance and a *kind*, which says what agreement is worth.

* `fitted`: the number, or one close to it, was used to choose defaults or the script. Agreement
  shows that the fit worked.
* `anchored`: a parameter was set from the very count. Agreement shows that nothing spoilt it.
* `emergent`: nothing was set by it. Only here can the model be surprised.

A part is a hit if the middle of the worlds lies in the target widened by the tolerance; a fact is
one if all its parts under the case's own script are. Rival readings of 2016 and 2019 stand beside
it. By default every world has the default parameters, so that the band is luck alone.

Targets are read from the record where it holds them; the others name who says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide import fact_worlds as seen
from tregua.decide.fact_worlds import FactWorlds, Measure
from tregua.decide.matching import DECISION_MOMENTS
from tregua.model import Draws, defaults
from tregua.record import Record

__all__ = ["FACTS", "FactPart", "StylisedFact", "count_hits", "stylised_facts"]

Kind = Literal["fitted", "anchored", "emergent", "built in"]
Scale = Literal["share", "points", "factor"]
Span = tuple[float, float]
Target = Callable[[Record], Span]
Progress = Callable[[int, int], None]

_LEVELS = (0.05, 0.95)


@dataclass(frozen=True)
class FactPart:
    """One number of a fact.

    Attributes
    ----------
    what
        What is counted, where and when.
    target
        Gives its range in the record (equal ends for one number).
    tolerance
        How far outside the middle of the worlds may lie.
    scale
        "share": of either end (0.1 is 10 %); "points": in the number's own unit; "factor": times.
    kind
        What agreement is worth (above).
    measure
        Reads it off worlds; None if the model cannot be tested on it.
    source
        Where the target is from.
    reading
        Reading of history under which worlds are run.
    note
        What else should be known.
    """

    what: str
    target: Target
    tolerance: float
    scale: Scale
    kind: Kind
    measure: Measure | None
    source: str
    reading: str = "script"
    note: str = ""

    def allowed(self, low: float, high: float) -> Span:
        """The target widened by the tolerance."""
        if self.scale == "points":
            return low - self.tolerance, high + self.tolerance
        if self.scale == "factor":
            return low / self.tolerance, high * self.tolerance
        return low - abs(low) * self.tolerance, high + abs(high) * self.tolerance

    @property
    def tolerance_in_words(self) -> str:
        """The tolerance as a table prints it."""
        if self.measure is None:
            return ""
        if self.scale == "points":
            return f"{self.tolerance:g}"
        if self.scale == "factor":
            return f"factor {self.tolerance:g}"
        return f"{self.tolerance:.0%}"


@dataclass(frozen=True)
class StylisedFact:
    """Something that everybody who knows the case would expect of its model.

    Attributes
    ----------
    number
        1 to 20.
    sentence
        The fact in words.
    parts
        Its numbers.
    """

    number: int
    sentence: str
    parts: tuple[FactPart, ...]


# -- Targets from the record -----------------------------------------------------------------


def _given(low: float, high: float | None = None) -> Target:
    span = (low, low if high is None else high)
    return lambda record: span  # noqa: ARG005


def _year(series: str, year: int) -> Target:
    """Range over agencies for a calendar year."""

    def target(record: Record) -> Span:
        years = record.by_year(series)
        return float(years["low"][year]), float(years["high"][year])

    return target


def _counted(record: Record, first: str, last: str, agency: str | None = None) -> Span:
    """Range over figures of homicides for one interval."""
    rows = record.select("homicides", agency=agency, first=first, last=last)
    exact = (rows["start"] == pd.Timestamp(first)) & (rows["end"] == pd.Timestamp(last))
    values = rows.loc[exact, "value"]
    if values.empty:
        raise ValueError(f"The record holds no homicides of [{first}, {last}).")
    return float(values.min()), float(values.max())


def _paces(
    late: Sequence[tuple[str, str]], early: Sequence[tuple[str, str]], agency: str | None = None
) -> Target:
    """Homicides a day in some intervals over those in others; medians are not needed."""

    def pace(record: Record, spans: Sequence[tuple[str, str]]) -> float:
        days = sum(int((np.datetime64(b) - np.datetime64(a)).astype(int)) for a, b in spans)
        return sum(_counted(record, a, b, agency)[0] for a, b in spans) / days

    def target(record: Record) -> Span:
        value = pace(record, late) / pace(record, early)
        return value, value

    return target


def _month(first: str, last: str) -> Target:
    return lambda record: _counted(record, first, last)


def _years(late: int, early: int) -> Target:
    """Recorded homicides of one year over those of another (middles over agencies)."""

    def target(record: Record) -> Span:
        middle = record.by_year("homicides")["middle"]
        value = float(middle[late] / middle[early])
        return value, value

    return target


def _figure(series: str, *days: str) -> Target:
    """Range over a series' figures whose interval ends (or whose day is) one of these days."""

    def target(record: Record) -> Span:
        rows = record.select(series)
        values = rows.loc[rows["end"].isin([pd.Timestamp(day) for day in days]), "value"]
        if values.empty:
            raise ValueError(f"The record holds no '{series}' of {', '.join(days)}.")
        return float(values.min()), float(values.max())

    return target


def _share(above: tuple[str, str], below: tuple[str, str]) -> Target:
    """One figure over another, each a series and the day on which its interval ends."""

    def target(record: Record) -> Span:
        value = _figure(*above)(record)[0] / _figure(*below)(record)[0]
        return value, value

    return target


def _moment(name: str) -> float:
    return next(moment.target for moment in DECISION_MOMENTS if moment.name == name)


# -- Parts that repeat -----------------------------------------------------------------------

_RECORD = "the record"


def _deaths(year: int, tolerance: float, reading: str = "script", note: str = "") -> FactPart:
    return FactPart(
        f"recorded killings in {year}",
        *(_year("homicides", year), tolerance, "share", "fitted"),
        *(seen.of_year("recorded", year), _RECORD, reading, note),
    )


def _prisoners(day: str, *days: str) -> FactPart:
    return FactPart(
        f"prisoners on {day}",
        *(_figure("prison_population", day, *days), 0.10, "share", "fitted"),
        *(seen.stock("prisoners", day), _RECORD),
    )


def _jailed(day: str) -> FactPart:
    return FactPart(
        f"gang members in prison on {day}",
        *(_figure("gang_members.jailed", day), 0.20, "share", "emergent"),
        *(seen.stock("gang_prisoners", day), _RECORD),
    )


def _april_2016(reading: str, note: str = "") -> FactPart:
    march, april = ("2016-03-01", "2016-04-01"), ("2016-04-01", "2016-05-01")
    return FactPart(
        "recorded a day in April 2016 over March 2016",
        *(_paces([april], [march], "IML"), 0.20, "share", "fitted"),
        *(seen.ratio(april, march), _RECORD, reading, note),
    )


def _approval(series: str, day: str) -> FactPart:
    return FactPart(
        f"approval on {day}, %",
        *(_figure(f"opinion.approval.{series}", day), 10.0, "points", "emergent"),
        *(seen.poll("approval", day), _RECORD),
    )


def _fear(day: str, target: Target, kind: Kind, source: str, note: str = "") -> FactPart:
    measure = seen.poll("fear", day)
    what = f"crime is the main problem on {day}, %"
    return FactPart(what, target, 10.0, "points", kind, measure, source, note=note)


def _police(year: int, low: float, high: float) -> FactPart:
    source = "police figures in the press, as the parameter police_killing names them"
    return FactPart(
        f"killed by police in {year}",
        *(_given(low, high), 0.40, "share", "anchored"),
        *(seen.of_year("police_killings", year), source),
    )


_TRUCE_FROM, _TRUCE_TO = "2012-03-09", "2014-06-01"
_PACT_FROM, _PACT_TO = "2019-06-20", "2022-03-27"
_BEFORE_TRUCE = ("2012-01-01", "2012-03-01")
_BELIEF = "opinion.truce.believes_there_is_a_deal_government_gangs"
_DETAINED = "exception_detentions"
_EXCEPTION = "2022-03-27"


# -- The facts -------------------------------------------------------------------------------

FACTS: tuple[StylisedFact, ...] = (
    StylisedFact(
        1,
        "Before the truce some 4,000 to 4,400 killings were recorded a year.",
        tuple(_deaths(year, 0.10) for year in (2009, 2010, 2011)),
    ),
    StylisedFact(
        2,
        "With the truce recorded killing fell at once, by more than half within two weeks.",
        (
            FactPart(
                "recorded a day in April 2012 over January and February",
                *(_paces([("2012-04-01", "2012-05-01")], [_BEFORE_TRUCE], "PNC"), 0.25, "share"),
                *("fitted", seen.ratio(("2012-04-01", "2012-05-01"), _BEFORE_TRUCE), _RECORD),
            ),
            FactPart(
                "recorded a day from 9 to 22 March 2012 over January and February",
                *(_paces([("2012-03-09", "2012-03-23")], [_BEFORE_TRUCE], "PNC"), 0.25, "share"),
                *("fitted", seen.pace_after_truce, _RECORD),
                note="two quarters of a month; tau_up was chosen by this fall",
            ),
        ),
    ),
    StylisedFact(
        3,
        "Over 22 months the truce went with a little more than half of the earlier killing.",
        (
            FactPart(
                "recorded a day, March 2012 to December 2013 over January 2010 to February 2012",
                *(_given(0.55, 0.61), 0.15, "share", "fitted"),
                seen.ratio(("2012-03-01", "2014-01-01"), ("2010-01-01", "2012-03-01")),
                "Katz, Hedberg and Amaya 2016, rate ratio without and with controls",
                note="a ratio before and after, without their controls",
            ),
        ),
    ),
    StylisedFact(
        4,
        "The two whole years of the truce had about 2,500 recorded killings each.",
        (_deaths(2012, 0.15), _deaths(2013, 0.15)),
    ),
    StylisedFact(
        5,
        "The truce eroded before it ended.",
        (
            FactPart(
                "recorded a day, first quarter of 2014 over that of 2013",
                _paces([("2014-01-01", "2014-04-01")], [("2013-01-01", "2013-04-01")], "IML"),
                *(0.20, "share", "fitted"),
                seen.ratio(("2014-01-01", "2014-04-01"), ("2013-01-01", "2013-04-01")),
                _RECORD,
            ),
            _deaths(2014, 0.20),
        ),
    ),
    StylisedFact(
        6,
        "After it ended killing rose far above what it had been before.",
        (
            FactPart(
                "recorded killings in 2015 over 2013",
                *(_years(2015, 2013), 0.25, "share", "fitted"),
                *(seen.ratio(("2015-01-01", "2016-01-01"), ("2013-01-01", "2014-01-01")), _RECORD),
            ),
            FactPart(
                "largest recorded month of 2015",
                *(_month("2015-08-01", "2015-09-01"), 0.25, "share", "emergent"),
                *(seen.largest_month(2015), _RECORD),
                note="only totals of years were fitted",
            ),
            FactPart(
                "months with 15 or more recorded a day, June 2014 to December 2016",
                *(_given(13.0), 0.25, "share", "anchored"),
                *(seen.months_above(15.0, "2014-06", "2017-01"), _RECORD),
                note="March 2015 to March 2016; the script's dates frame it",
            ),
        ),
    ),
    StylisedFact(
        7,
        "The full revocation of the truce went with some 2,250 more killings.",
        (
            FactPart(
                "recorded in the year from February 2015, beyond a truce that is not revoked",
                *(_given(2_250.0), 1 / 3, "share", "emergent"),
                seen.excess_without_revocation("2015-02-01", "2016-02-01"),
                "Jones and Lloyd 2025, difference in differences after full revocation",
                note="the counterfactual keeps the shares of the truce's last year; their estimate "
                "compares places and covers another span",
            ),
        ),
    ),
    StylisedFact(
        8,
        "From March to April 2016 killing fell by four tenths, for a disputed reason.",
        (
            _april_2016("script", "cease-fire and measures together"),
            _april_2016("measures_2016", "rival reading: the measures alone"),
            _april_2016("ceasefire_2016", "rival reading: the cease-fire alone"),
        ),
    ),
    StylisedFact(
        9,
        "From 2017 to 2021 recorded killing fell every year, to less than a third.",
        (
            *(_deaths(year, 0.15) for year in range(2017, 2022)),
            *(_deaths(2017, 0.15, name, "rival reading") for name in ("measures_2016",)),
            _deaths(2017, 0.15, "ceasefire_2016", "rival reading"),
            _deaths(2020, 0.15, "crackdown_2019", "rival reading"),
            _deaths(2021, 0.15, "crackdown_2019", "rival reading"),
        ),
    ),
    StylisedFact(
        10,
        "Three times within the pact of 2019 gangs killed dozens within days.",
        (
            FactPart(
                "strikes per year, 20 June 2019 to 26 March 2022",
                *(_given(3 / 2.77), 2.6, "factor", "anchored"),
                *(seen.strikes_per_year(_PACT_FROM, _PACT_TO), "three massacres of the record"),
                note="the tolerance is the 90 % range of a rate with three events",
            ),
            FactPart(
                "killed per strike in the same time",
                *(_given(46.0, 87.0), 0.25, "share", "anchored"),
                *(seen.per_strike(_PACT_FROM, _PACT_TO), "46, about 60 and 87, as s_0 was set"),
            ),
        ),
    ),
    StylisedFact(
        11,
        "Under the exception the official tally fell to 114 a year, and left killings out.",
        (
            *(_deaths(year, 0.25) for year in (2022, 2023, 2024)),
            FactPart(
                "all killings over recorded ones in 2023",
                *(_given(1.2, 2.0), 0.10, "share", "anchored"),
                seen.hidden_from_count(2023),
                "counts of civil society beside the official tally",
                note="u was set from this; the model's ratio holds hidden killings too",
            ),
        ),
    ),
    StylisedFact(
        12,
        "Prisons held 17,600 people in 2007, 39,000 in 2017 and more than 100,000 in 2023.",
        (
            _prisoners("2007-07-01"),
            _prisoners("2012-07-01"),
            _prisoners("2017-07-01"),
            _prisoners("2022-03-15"),
            _prisoners("2023-09-15"),
            _prisoners("2024-07-01"),
        ),
    ),
    StylisedFact(
        13,
        "Mano Dura arrested many and kept few; the exception arrested more and kept most.",
        (
            FactPart(
                "arrests, 23 July 2003 to 30 August 2004",
                *(_figure("mano_dura_captures", "2004-08-31"), 0.20, "share", "anchored"),
                *(seen.within("detained", "2003-07-23", "2004-08-31"), _RECORD),
            ),
            FactPart(
                "share of them released",
                _share(("mano_dura_releases", "2004-08-31"), ("mano_dura_captures", "2004-08-31")),
                *(0.20, "share", "anchored"),
                *(seen.released("2003-07-23", "2004-08-31"), _RECORD),
            ),
            FactPart(
                "arrests of the exception to 15 March 2023",
                *(_figure(_DETAINED, "2023-03-16"), 0.20, "share", "anchored"),
                *(seen.within("detained", _EXCEPTION, "2023-03-16"), _RECORD),
            ),
            FactPart(
                "arrests of the exception to 28 August 2025",
                *(_figure(_DETAINED, "2025-08-29"), 0.20, "share", "anchored"),
                *(seen.within("detained", _EXCEPTION, "2025-08-29"), _RECORD),
            ),
            FactPart(
                "share released, exception to June 2025",
                _share(("exception_releases", "2025-07-01"), (_DETAINED, "2025-08-13")),
                *(0.20, "share", "anchored"),
                *(seen.released("2022-04-01", "2025-07-01"), _RECORD),
            ),
        ),
    ),
    StylisedFact(
        14,
        "Gang members in prison were about 10,000 in 2013 and 16,000 to 17,000 in 2020.",
        (
            _jailed("2013-05-15"),
            _jailed("2016-07-15"),
            _jailed("2020-01-15"),
            _jailed("2020-05-15"),
        ),
    ),
    StylisedFact(
        15,
        "Pacts lasted about 15 and 33 months; the first came 2.7 years into its term.",
        (
            FactPart(
                "years to the first pact, both sides choosing by what they want",
                *(_given(_moment("first_pact")), 0.20, "share", "fitted"),
                *(seen.first_pact, "government since June 2009, truce since March 2012"),
                *("decisions", "a moment to which decisions were matched"),
            ),
            FactPart(
                "years that a pact lasts",
                *(_given(1.25, 2.75), 0.05, "share", "fitted"),
                *(seen.pact_life, "the truce to 2013 and the pact of 2019 to 2022"),
                *("decisions", "a moment to which decisions were matched"),
            ),
        ),
    ),
    StylisedFact(
        16,
        "The truce was known within days, the pact of 2019 within 15 months; sanctions took as "
        "long again, and few believed the denied pact.",
        (
            FactPart(
                "months from the truce to its exposure",
                *(_given(0.2), 3.0, "factor", "anchored"),
                *(seen.start_to_leak(_TRUCE_FROM, _TRUCE_TO), "press report of 14 March 2012"),
                note="the model has one leak hazard, and none for a transfer that many see",
            ),
            FactPart(
                "months from the pact of 2019 to its exposure",
                *(_given(14.5), 3.0, "factor", "anchored"),
                *(seen.start_to_leak(_PACT_FROM, _PACT_TO), "press report of 3 September 2020"),
            ),
            FactPart(
                "months from exposure to sanction",
                *(_given(15.2), 3.0, "factor", "anchored"),
                *(seen.leak_to_sanction(_PACT_FROM, "2025-01-01"), "sanction of 8 December 2021"),
                note="in worlds with an exposure; without a sanction by 2025 it counts as later",
            ),
            FactPart(
                "belief in an exposed pact, poll of December 2021, %",
                *(_given(22.9), 10.0, "points", "anchored"),
                *(seen.printed(_BELIEF, "2021-12-15"), "the measure belief_under_denial names it"),
            ),
        ),
    ),
    StylisedFact(
        17,
        "Extortion rose by 15 to 20 % while gangs did not attack each other.",
        (
            FactPart(
                "growth of extortion income under non-aggression, %",
                *(_given(15.0, 20.0), 0.0, "share", "built in"),
                *(None, "the parameter collusion_rent names it"),
                note="an input (collusion_rent, xi): the model holds no extortion to compare",
            ),
        ),
    ),
    StylisedFact(
        18,
        "During the truce more people were reported missing.",
        (
            FactPart(
                "unresolved disappearances of 2012 on 2011, %",
                *(_figure("disappearances.growth", "2013-01-01"), 20.0, "points", "emergent"),
                *(seen.growth("disappearances", 2012, 2011), _RECORD),
            ),
            FactPart(
                "unresolved disappearances of 2013 on 2012, %",
                *(_figure("disappearances.growth", "2014-01-01"), 18.0, "points", "emergent"),
                *(seen.growth("disappearances", 2013, 2012), _RECORD),
                note="the tolerance runs from no growth to twice as much",
            ),
        ),
    ),
    StylisedFact(
        19,
        "Fear of crime went from the first to the last place; approval was low under the one, "
        "high under the other.",
        (
            _fear(
                "2011-11-15",
                _figure("opinion.main_problem.main_problem_is_security_related", "2011-11-15"),
                *("emergent", _RECORD, "a wider question than that of 2019"),
            ),
            _fear(
                "2017-12-15",
                _figure("opinion.main_problem.crime_and_violence_as_main_problem", "2017-12-15"),
                *("emergent", _RECORD, "two answers added up"),
            ),
            _fear("2019-01-15", _given(25.0), "anchored", "the parameter fear_level names it"),
            _fear("2023-03-15", _given(1.0), "anchored", "the parameter fear_level names it"),
            _approval("approves_president_sanchez_ceren", "2016-11-15"),
            _approval("approves_president_sanchez_ceren", "2017-02-15"),
            _approval("approves_president_bukele", "2019-08-15"),
            _approval("approves_president_bukele", "2022-05-15"),
            _approval("approves_president_bukele", "2024-05-15"),
        ),
    ),
    StylisedFact(
        20,
        "Police killed hundreds in 2015 and 2016, and few under the exception.",
        (_police(2015, 320.0, 320.0), _police(2016, 550.0, 600.0), _police(2022, 83.0, 83.0)),
    ),
)
"""The twenty facts, none left out."""


# -- The table -------------------------------------------------------------------------------


def stylised_facts(
    record: Record,
    draws: Draws | None = None,
    *,
    worlds: int = 200,
    seed: int = 1,
    threads: int | None = None,
    facts: Sequence[StylisedFact] = FACTS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """What simulated worlds make of each stylised fact, one row a part.

    Parameters
    ----------
    record
        The case of El Salvador, or one with its readings and series.
    draws
        Parameters of the worlds; None takes the defaults, so that worlds differ by luck only.
    worlds
        Number of worlds, if `draws` is None.
    seed
        Seed of the noise and of the errors of measurement.
    threads
        Threads; None uses all processors available.
    facts
        The facts to look at.
    progress
        Called with (parts done, parts in all).

    Returns
    -------
    DataFrame
        Columns number, fact, part, kind, reading, target_low, target_high, tolerance,
        allowed_low, allowed_high, simulated_low, simulated_middle, simulated_high (5 %, middle
        and 95 % over worlds; infinite for what did not happen in time), hit ("hit", "miss" or
        "no test"), source, note.

    Raises
    ------
    ValueError
        If the record lacks a figure that is a target.
    """
    if draws is None:
        given = {name: {"default": prior.default} for name, prior in record.case.priors.items()}
        draws = defaults(given, worlds=worlds)
    simulated = FactWorlds(record, draws, seed, threads)
    pairs = [(fact, part) for fact in facts for part in fact.parts]
    rows = []
    for done, (fact, part) in enumerate(pairs, 1):
        rows.append(_row(fact, part, record, simulated))
        if progress is not None:
            progress(done, len(pairs))
    return pd.DataFrame(rows)


def _row(
    fact: StylisedFact, part: FactPart, record: Record, worlds: FactWorlds
) -> dict[str, object]:
    target_low, target_high = part.target(record)
    low, middle, high = _seen(part, worlds)
    tested = part.measure is not None
    bounds = part.allowed(target_low, target_high) if tested else (np.nan, np.nan)
    return {
        "number": fact.number,
        "fact": fact.sentence,
        "part": part.what,
        "kind": part.kind,
        "reading": part.reading,
        "target_low": target_low,
        "target_high": target_high,
        "tolerance": part.tolerance_in_words,
        "allowed_low": bounds[0],
        "allowed_high": bounds[1],
        "simulated_low": low,
        "simulated_middle": middle,
        "simulated_high": high,
        "hit": _verdict(middle, bounds) if tested else "no test",
        "source": part.source,
        "note": part.note,
    }


def _seen(part: FactPart, worlds: FactWorlds) -> tuple[float, float, float]:
    """5 %, middle and 95 % over worlds; no numbers where no world shows the part."""
    if part.measure is None:
        return np.nan, np.nan, np.nan
    found = part.measure(worlds, part.reading)
    values: NDArray[np.float64] = found.values[~np.isnan(found.values)]
    if len(values) == 0:
        return np.nan, np.nan, np.nan
    # Infinite values are ranked, never averaged.
    low, middle, high = np.quantile(
        values, (_LEVELS[0], 0.5, _LEVELS[1]), method="inverted_cdf"
    ).tolist()
    return low, middle if found.middle is None else found.middle, high


def _verdict(middle: float, bounds: Span) -> str:
    return "hit" if bounds[0] <= middle <= bounds[1] else "miss"


def count_hits(table: pd.DataFrame) -> dict[str, int]:
    """How many facts are hits, misses and not tested.

    A fact is a hit if all its parts are, a miss if any is; parts of rival readings do not count.

    Parameters
    ----------
    table
        As `stylised_facts` returns it.

    Returns
    -------
    dict
        "hit", "miss" and "no test", which add up to the number of facts.
    """
    own = table[table["reading"].isin(("script", "decisions"))]
    verdicts = own.groupby("number")["hit"].agg(_of_fact)
    return {name: int((verdicts == name).sum()) for name in ("hit", "miss", "no test")}


def _of_fact(verdicts: pd.Series[str]) -> str:
    for name in ("miss", "hit"):
        if (verdicts == name).any():
            return name
    return "no test"
