r"""A kit for claims about dated events: lags, shares, rates and chance, exact where cases are few.

Two to five cases are all that one country has of a pact, an exposure or a massacre. Every answer
here therefore comes with an interval that stays honest at such numbers: for $k$ of $n$ the exact
limits of Clopper and Pearson (1934, Biometrika 26:404), for events before and after a date the same
limits on the share that falls after (given their number, events at equal rates fall on either side
as coin tosses do, weighted by time: Przyborowski and Wilenski 1940, Biometrika 31:313), for waiting
times those of an exponential mean. Whether answers come sooner than chance would have them is asked
by sliding the whole calendar of answers past the questions, day by day.

Events that were recalled and have no source seen are left out and counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.assess.evidence import Evidence
from tregua.assess.rates import Period
from tregua.assess.verdict import NotTestable

__all__ = [
    "LEVEL",
    "NEGOTIATIONS",
    "Negotiation",
    "Share",
    "chance_of_as_many",
    "dated",
    "end_of_record",
    "first_after",
    "followed",
    "head_of_government",
    "in_months",
    "known_negotiations",
    "mean_wait",
    "placebo_limits",
    "rate_limits",
    "recalled",
    "share",
    "share_after",
]

Dates = NDArray[np.datetime64]

LEVEL = 0.9
"""Probability content of every interval of this module."""

_DAYS_A_MONTH = 30.44
_LEAST_PLACEBOS = 10


@dataclass(frozen=True)
class Share:
    """A share of few cases.

    Attributes
    ----------
    count, cases
        How many of how many.
    value
        Their ratio, 0 to 1.
    low, high
        Exact 90 % limits (Clopper-Pearson), 0 to 1.
    """

    count: int
    cases: int
    value: float
    low: float
    high: float


def share(count: int, cases: int, *, level: float = LEVEL) -> Share:
    """Share of cases with its exact limits.

    Parameters
    ----------
    count, cases
        `count` of `cases`, 0 <= count <= cases, at least one case.
    level
        Probability content of the interval, between 0 and 1.

    Raises
    ------
    ValueError
        If there is no case, or more counted than there are cases.

    Examples
    --------
    >>> one = share(2, 2)
    >>> round(one.low, 3), one.high
    (0.224, 1.0)
    """
    if not 0 <= count <= cases or cases < 1:
        raise ValueError(
            f"A share needs a count of 0 to the number of cases, and a case; it was given {count} "
            f"of {cases}."
        )
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, count, cases - count + 1)) if count else 0.0
    high = float(stats.beta.ppf(1 - tail, count + 1, cases - count)) if count < cases else 1.0
    return Share(count, cases, count / cases, low, high)


def dated(
    evidence: Evidence,
    *types: str,
    first: str | pd.Timestamp | None = None,
    last: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Events of some types with a source that was seen, by date.

    Parameters
    ----------
    evidence
        What a test may look at.
    types
        Types of event, as in the record.
    first, last
        Only events that begin in [first, last); None = no limit.

    Returns
    -------
    pandas.DataFrame
        Columns of `Record.events`; empty if there is none.
    """
    return _of(evidence, types, first, last, seen=True)


def recalled(
    evidence: Evidence,
    *types: str,
    first: str | pd.Timestamp | None = None,
    last: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """The same of events that are recalled only, which no test counts."""
    return _of(evidence, types, first, last, seen=False)


def _of(
    evidence: Evidence,
    types: Sequence[str],
    first: str | pd.Timestamp | None,
    last: str | pd.Timestamp | None,
    *,
    seen: bool,
) -> pd.DataFrame:
    events = evidence.record.events
    usable = events["verified"] & (events["status"] != "recalled")
    chosen = events["type"].isin(types) & (usable == seen)
    if first is not None:
        chosen &= events["date"] >= pd.Timestamp(first)
    if last is not None:
        chosen &= events["date"] < pd.Timestamp(last)
    return events[chosen].sort_values("date", kind="stable").reset_index(drop=True)


def first_after(events: pd.DataFrame, date: pd.Timestamp) -> pd.Timestamp | None:
    """Date of the first event on a date or later; None if there is none."""
    later = events.loc[events["date"] >= date, "date"]
    return None if later.empty else pd.Timestamp(later.min())


def in_months(earlier: pd.Timestamp, later: pd.Timestamp) -> float:
    """Time between two dates, in mean months of 30.44 days; negative if `later` is before."""
    return (later - earlier).days / _DAYS_A_MONTH


def end_of_record(evidence: Evidence) -> pd.Timestamp:
    """Last day of which any observation speaks: events after it would not be on record."""
    return pd.Timestamp(evidence.record.observations["end"].max())


def followed(questions: Iterable[pd.Timestamp], answers: pd.DataFrame, *, days: int) -> Share:
    """Share of dates followed by an event within some days, the day itself included.

    Parameters
    ----------
    questions
        The dates.
    answers
        Events, with a column `date`.
    days
        How long an answer may take.

    Raises
    ------
    ValueError
        If there is no date.
    """
    asked = _as_dates(questions)
    return share(int(_answered(asked, _as_dates(answers["date"]), days).sum()), len(asked))


def chance_of_as_many(
    questions: Iterable[pd.Timestamp],
    answers: pd.DataFrame,
    *,
    days: int,
    between: Period,
) -> float:
    """How often chance would answer as many questions: the calendar of answers slid past them.

    The answers are shifted by every whole number of days, and those that leave the period at its
    end come in again at its start, so that their number and their spacing are kept.

    Parameters
    ----------
    questions
        Dates that await an answer.
    answers
        Events, with a column `date`; those outside the period are left out.
    days
        How long an answer may take.
    between
        The period in which both could be dated.

    Returns
    -------
    float
        Share of all shifts, none included, with at least as many questions answered, 0 to 1.
    """
    asked = _as_dates(questions)
    start, end = np.datetime64(between.start, "D"), np.datetime64(between.end, "D")
    given = _as_dates(answers["date"])
    given = given[(given >= start) & (given < end)]
    if not len(given):
        return 1.0
    length = int((end - start).astype(int))
    seen = int(_answered(asked, given, days).sum())
    offsets = (given - start).astype(int)
    shifted = (offsets[:, None] + np.arange(length)) % length  # (answers, shifts)
    waits = shifted[None] - (asked - start).astype(int)[:, None, None]
    answered = ((waits >= 0) & (waits <= days)).any(axis=1).sum(axis=0)
    return float((answered >= seen).mean())


def _as_dates(dates: Iterable[pd.Timestamp]) -> Dates:
    return np.asarray(list(dates), dtype="datetime64[D]")


def _answered(asked: Dates, given: Dates, days: int) -> NDArray[np.bool_]:
    waits = (given[None, :] - asked[:, None]).astype(int)
    return np.asarray(((waits >= 0) & (waits <= days)).any(axis=1))


def share_after(events: pd.DataFrame, before: Period, after: Period) -> tuple[Share | None, float]:
    """Share of the events of two periods that falls into the later one.

    At equal rates this share would be the later period's share of the time, which is the second
    number. If the limits of the first exclude it, the rates differ.

    Parameters
    ----------
    events
        Events, with a column `date`.
    before, after
        The two periods.

    Returns
    -------
    tuple
        The share (None if neither period has an event) and the share of the time, 0 to 1.
    """
    counts, days = [], []
    for period in (before, after):
        start, end = pd.Timestamp(period.start), pd.Timestamp(period.end)
        counts.append(int(((events["date"] >= start) & (events["date"] < end)).sum()))
        days.append((end - start).days)
    found = share(counts[1], sum(counts)) if sum(counts) else None
    return found, days[1] / sum(days)


def rate_limits(count: int, exposure: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Exact limits of a Poisson rate (Garwood 1936, Biometrika 28:437).

    Parameters
    ----------
    count
        Events, at least 0.
    exposure
        What they are counted over, positive.
    level
        Probability content of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Low and high, per unit of the exposure.

    Examples
    --------
    >>> [round(limit, 2) for limit in rate_limits(0, 1.0)]
    [0.0, 3.0]
    """
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    high = float(stats.chi2.ppf(1 - tail, 2 * count + 2)) / 2
    return low / exposure, high / exposure


def mean_wait(waits: Sequence[float], *, level: float = LEVEL) -> tuple[float, float, float]:
    """Mean of exponential waiting times with its exact interval (from a chi-squared sum).

    Parameters
    ----------
    waits
        Waits, positive, at least one, in any unit.
    level
        Probability content of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Mean, low, high, in the unit of the waits.
    """
    total, tail = float(sum(waits)), (1 - level) / 2
    low, high = (2 * total / stats.chi2.ppf([1 - tail, tail], 2 * len(waits))).tolist()
    return total / len(waits), low, high


def placebo_limits(
    ratio: float, placebos: Sequence[float], *, level: float = LEVEL
) -> tuple[float, float]:
    """Limits of a ratio from the same ratio at dates when nothing is asked about.

    The ratio divided by what it is when nothing happens: by the upper quantile of the placebos for
    the low limit, by the lower one for the high limit. It holds if the date asked about is like the
    others but for the event.

    Parameters
    ----------
    ratio
        The ratio at the date asked about, positive.
    placebos
        The ratio at other dates, positive; fewer than 10 give no limits.
    level
        Probability content of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Low and high; NaN with fewer than 10 placebos.

    Examples
    --------
    >>> [round(limit, 2) for limit in placebo_limits(0.5, [0.5, 2.0] * 10)]
    [0.25, 1.0]
    """
    if len(placebos) < _LEAST_PLACEBOS:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    least, most = np.quantile(np.asarray(placebos, dtype=np.float64), [tail, 1 - tail]).tolist()
    return ratio / most, ratio / least


@dataclass(frozen=True)
class Negotiation:
    """A negotiation, and which dated events of the record belong to it.

    The record types and dates events but does not say to which talks an exposure or a trial
    belongs. This coding does; it was made from the descriptions of the events.

    Attributes
    ----------
    start
        ISO date of the event that opens it.
    side
        Name of the head of government whose side held it, as in the list of administrations.
    exposed, acknowledged, prosecuted, sanctioned
        ISO dates of the events of these kinds that belong to it.
    """

    start: str
    side: str
    exposed: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    prosecuted: tuple[str, ...] = ()
    sanctioned: tuple[str, ...] = ()

    @property
    def opened(self) -> pd.Timestamp:
        """Day on which it began."""
        return pd.Timestamp(self.start)


# Talks about votes in 2013-14 are put to the candidate of the party then in office, whose
# government followed.
NEGOTIATIONS: tuple[Negotiation, ...] = (
    Negotiation(
        start="2012-03-09",
        side="Mauricio Funes",
        exposed=("2012-03-14",),
        acknowledged=("2012-09-01",),
        prosecuted=("2016-05-03", "2017-08-29", "2023-05-29"),
    ),
    Negotiation(
        start="2013-11-01",
        side="Salvador Sánchez Cerén",
        exposed=("2016-05-01", "2016-10-01"),
        prosecuted=("2025-08-13",),
    ),
    Negotiation(start="2014-01-01", side="Nayib Bukele"),
    Negotiation(
        start="2019-06-01",
        side="Nayib Bukele",
        exposed=("2020-09-03", "2021-08-01", "2022-05-17"),
        sanctioned=("2021-12-08",),
    ),
)
"""Negotiations of El Salvador, in order of time."""

_KINDS = {
    "exposed": "exposure_by_press",
    "acknowledged": "acknowledgement",
    "prosecuted": "prosecution_of_negotiators",
    "sanctioned": "sanction",
}


def known_negotiations(evidence: Evidence) -> tuple[Negotiation, ...]:
    """Negotiations that the record dates, with the coded events that it dates too.

    Parameters
    ----------
    evidence
        What a test may look at.

    Returns
    -------
    tuple of Negotiation
        In order of time. One that is on record and not coded is held by the head of government of
        its day and has no event of its own, so that it counts as neither exposed nor acknowledged.

    Raises
    ------
    NotTestable
        If the record dates none.
    """
    on_record = {kind: set(_days(dated(evidence, type_))) for kind, type_ in _KINDS.items()}
    coded = {negotiation.start: negotiation for negotiation in NEGOTIATIONS}
    found = []
    for start in _days(dated(evidence, "negotiation", "truce_start")):
        known = coded.get(start, Negotiation(start, _in_office(evidence, pd.Timestamp(start))))
        found.append(
            replace(
                known,
                exposed=_kept(known.exposed, on_record["exposed"]),
                acknowledged=_kept(known.acknowledged, on_record["acknowledged"]),
                prosecuted=_kept(known.prosecuted, on_record["prosecuted"]),
                sanctioned=_kept(known.sanctioned, on_record["sanctioned"]),
            )
        )
    if not found:
        raise NotTestable(
            "The record dates no negotiation.", "El registro no fecha ninguna negociación."
        )
    return tuple(found)


def _kept(coded: tuple[str, ...], on_record: set[str]) -> tuple[str, ...]:
    return tuple(day for day in coded if day in on_record)


def head_of_government(name: str) -> str:
    """Name of a head of government without the number of the term.

    Examples
    --------
    >>> head_of_government("Nayib Bukele (second term)")
    'Nayib Bukele'
    """
    return name.partition(" (")[0]


def _in_office(evidence: Evidence, date: pd.Timestamp) -> str:
    held = [term for term in evidence.record.case.administrations if term.start <= date.date()]
    return head_of_government(held[-1].name) if held else ""


def _days(events: pd.DataFrame) -> list[str]:
    return [f"{date:%Y-%m-%d}" for date in events["date"]]
