r"""What an indicator measures, and how likely that is under a pact and under a crackdown.

Five observation models, each giving one logarithm of a likelihood ratio *pact : crackdown*:

- `Counts`: numbers over any intervals. Before the fall at :math:`\tau` the rate is :math:`\mu`,
  after it :math:`\mu e^\theta` with :math:`(\theta-m_H)/s_H\sim t_4` under hypothesis *H*. A count
  with *a* days before and *b* after has mean :math:`\mu(a+be^\theta)` and is negative binomial;
  :math:`\mu` is log-flat and summed out, so that straddling years need no cutting.
- `Stock`: yearly log growth of a stock after the fall, :math:`(g-m_H)/s_H\sim t_4`.
- `Events`: whether an event of some type is on record in a window around the fall, Bernoulli.
- `Spikes`: number of events within the suppression, Poisson.
- `ZeroDays`: days without a death. If deaths come in clusters of mean size *c*, a day at rate *m*
  is free of them with probability :math:`e^{-m/c}` (Poisson cluster process).

Expectations have the heavy tails of Student's *t* with four degrees of freedom, because whoever
elicits a mean and a spread does not mean the tails: with normal ones a prison population that
doubles in a year gives a factor of a billion.

Every model can be read at half and double strength: the distance of the two hypotheses from their
middle is scaled. Without data the result is None, and the indicator moves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp, xlog1py, xlogy
from scipy.stats import nbinom

from tregua.infer.counts.agencies import agencies_of
from tregua.infer.counts.words import Notice
from tregua.record import Record

__all__ = [
    "SCALES",
    "Counts",
    "Effect",
    "Events",
    "Fall",
    "Measure",
    "Reading",
    "Shape",
    "Spikes",
    "Stock",
    "ZeroDays",
]

Floats = NDArray[np.float64]

SCALES = (0.5, 1.0, 2.0)
"""Strengths at which each indicator is read."""
_DAYS = 30.44
_LONGEST_EVENT = 93  # days; an event dated more coarsely says nothing about a fall's date
_NEAR_RECORD = 24  # months within which a record must hold some event, to be called covered
_LEAST_DAYS = 80  # days with counts on either side of a fall
_UNUSABLE = ("derived", "recalled")
# Names of series and of types of event, for people who read Spanish.
_SPANISH = {
    "disappearances": "desapariciones",
    "disappearance_complaints": "denuncias de desaparición",
    "arrests": "detenciones",
    "captures": "capturas",
    "detentions": "detenciones",
    "prison_population": "población carcelaria",
    "police_killings": "muertes a manos de la policía",
    "gang_members_killed_in_clashes": "pandilleros muertos en enfrentamientos",
    "armed_clashes": "enfrentamientos armados",
    "extortion_complaints": "denuncias de extorsión",
    "extortion": "extorsión",
    "acknowledgement": "reconocimiento",
    "ceasefire": "alto el fuego",
    "crackdown": "ofensiva",
    "crackdown_law": "ley de mano dura",
    "denial": "negación",
    "exposure_by_press": "revelación de la prensa",
    "massacre": "masacre",
    "negotiation": "negociación",
    "prison_policy": "política carcelaria",
    "prison_transfer": "traslado de presos",
    "refusal": "negativa",
    "sanction": "sanción",
    "state_of_exception": "régimen de excepción",
    "transfer_of_leaders": "traslado de líderes",
    "truce_offer": "oferta de tregua",
    "truce_start": "inicio de tregua",
    "truce_statement": "comunicado de tregua",
}
_CENSORED = ("more than", "at least", "over ")


@dataclass(frozen=True)
class Effect:
    """An expected log change: Student's t with four degrees of freedom.

    Attributes
    ----------
    mean
        Middle, log units.
    spread
        Scale, log units; above 0. It holds the drift of the base rate too.
    """

    mean: float
    spread: float

    def log_density(self, value: Floats | float) -> Floats:
        """Log density at `value`."""
        z = (np.asarray(value) - self.mean) / self.spread
        return np.asarray(math.log(3 / 8 / self.spread) - 2.5 * np.log1p(z * z / 4))


class Fall(NamedTuple):
    """A dated fall, and all that a measure may look at beside the record.

    `start` is the first day of the interval of its date, `day` of the median month, `finish` the
    first day after the interval. `since` and `until` bound the stretch that is looked at before
    and after. `levels` are deaths per month of 30.44 days by month; the three factors are the
    counts' own.
    """

    since: pd.Timestamp
    start: pd.Timestamp
    day: pd.Timestamp
    finish: pd.Timestamp
    until: pd.Timestamp
    levels: pd.Series
    factors: tuple[float, float, float]


class Reading(NamedTuple):
    """What one measure says of one fall.

    `log_factors` are logarithms of the ratio pact : crackdown at strengths 1/2, 1 and 2; `words`
    tell the data; `rows` is the number of figures or events, `sources` where they come from.
    `seen` is whether an event was seen, None for what is no event.
    """

    log_factors: tuple[float, float, float]
    words: Notice
    rows: int
    sources: tuple[str, ...]
    seen: bool | None = None


def _apart(pact: float, crackdown: float, scale: float) -> tuple[float, float]:
    """Both numbers, `scale` times as far from their middle."""
    middle = 0.5 * (pact + crackdown)
    return middle + scale * (pact - middle), middle + scale * (crackdown - middle)


def _at_scales(factor: Callable[[float], float]) -> tuple[float, float, float]:
    half, one, double = (float(factor(scale)) for scale in SCALES)
    return half, one, double


def _effects(pact: Effect, crackdown: Effect, scale: float) -> tuple[Effect, Effect]:
    one, two = _apart(pact.mean, crackdown.mean, scale)
    return Effect(one, pact.spread), Effect(two, crackdown.spread)


def _sources(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(set(rows["source"])))


def _usable(record: Record, series: str) -> pd.DataFrame:
    """Usable rows of a series for the whole country; none if the record lacks it."""
    rows = record.observations
    mask = (rows["series"] == series) & (rows["place"] == record.case.place)
    mask &= rows["verified"] & ~rows["status"].isin(_UNUSABLE)
    return rows[mask].sort_values(["start", "end", "source"], kind="stable")


def _named(name: str, lang: str) -> str:
    """A series or a type of event in words."""
    plain = name.replace("_", " ")
    return _SPANISH.get(name, plain) if lang == "es" else plain


def _not_overlapping(rows: pd.DataFrame) -> pd.DataFrame:
    """Intervals that do not overlap and cover most days; of equal covers the finer one."""
    rows = rows.drop_duplicates(["start", "end"], keep="last").sort_values("end", kind="stable")
    best: list[tuple[float, tuple[int, ...]]] = []
    for place, (start, end) in enumerate(zip(rows["start"], rows["end"], strict=True)):
        days = (end - start).days + 0.01
        before = [
            best[other] for other in range(place) if rows["end"].iloc[best[other][1][-1]] <= start
        ]
        score, chosen = max(before, default=(0.0, ()))
        best.append((score + days, (*chosen, place)))
    return rows.iloc[list(max(best)[1])] if best else rows


def _spans(rows: pd.DataFrame, day: pd.Timestamp) -> tuple[Floats, Floats]:
    """Days of each interval before and after a date."""
    begin, end = rows["start"], rows["end"]
    before = (end.where(end < day, day) - begin).dt.days.clip(lower=0)
    after = (end - begin.where(begin > day, day)).dt.days.clip(lower=0)
    return np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)


@dataclass(frozen=True)
class Counts:
    """Numbers before and after a fall.

    Attributes
    ----------
    series
        Names in the record; the first with data on both sides of the fall is read.
    pact, crackdown
        Expected log change of the rate under each hypothesis.
    size
        Size of the negative binomial of one figure, whatever its interval.
    """

    series: tuple[str, ...]
    pact: Effect
    crackdown: Effect
    size: float = 30.0

    def read(self, record: Record, fall: Fall) -> Reading | None:
        """Read the record; None without data on both sides."""
        for name in self.series:
            chosen = self._choose(record, name, fall)
            if chosen is not None:
                return self._reading(name, *chosen, fall)
        return None

    def _choose(
        self, record: Record, name: str, fall: Fall
    ) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Counts of the agency that covers both sides best, and yearly changes where none does."""
        rows = _usable(record, name)
        rows = rows[(rows["start"] >= fall.since) & (rows["end"] <= fall.until)]
        rows = rows[rows["end"] > rows["start"]]
        agencies = agencies_of(record.case)
        families = rows["agency"].map(agencies.family)
        sets = [_not_overlapping(rows[families == family]) for family in sorted(set(families))]
        growth = self._growth(record, name, fall)
        best, cover = rows.iloc[:0], 0.0
        for one in sets:
            a, b = _spans(one, fall.day)
            if min(a.sum(), b.sum()) > cover and len(one) > 1:
                best, cover = one, float(min(a.sum(), b.sum()))
        if cover >= _LEAST_DAYS:
            return best, growth.iloc[:0]
        return (rows.iloc[:0], growth) if len(growth) else None

    @staticmethod
    def _growth(record: Record, name: str, fall: Fall) -> pd.DataFrame:
        """Changes in per cent on the year before, of years that hold or follow the fall."""
        rows = _usable(record, f"{name}.growth")
        days = (rows["end"] - rows["start"]).dt.days
        year = rows["start"] - pd.DateOffset(years=1)
        near = (rows["end"] > fall.day) & (year < fall.day) & (rows["end"] <= fall.until)
        rows = rows[near & (days >= 365) & (rows["value"] > -100)]
        return rows.drop_duplicates(["start", "end"], keep="last")

    def profile(
        self, rows: pd.DataFrame, growth: pd.DataFrame, day: pd.Timestamp
    ) -> tuple[Floats, Floats]:
        """Log likelihood of the log change, the rate summed out.

        Parameters
        ----------
        rows
            Counts that do not overlap: start, end, value, note.
        growth
            Changes in per cent on the year before.
        day
            First day after the fall.

        Returns
        -------
        theta, log_likelihood : ndarray, (241,)
        """
        theta = np.linspace(-3, 3, 241)
        log_likelihood = np.zeros(theta.size)
        if len(rows):
            log_likelihood = log_likelihood + self._of_counts(rows, day, theta)
        factor = np.exp(theta)
        for start, end, value in zip(growth["start"], growth["end"], growth["value"], strict=True):
            pair = pd.DataFrame(
                {"start": [start - pd.DateOffset(years=1), start], "end": [start, end]}
            )
            a, b = _spans(pair, day)
            days = a + b
            expected = np.log((a[1] + b[1] * factor) / days[1])
            expected = expected - np.log((a[0] + b[0] * factor) / days[0])
            miss = math.log1p(value / 100) - expected
            log_likelihood = log_likelihood - 0.25 * self.size * miss * miss
        return theta, log_likelihood

    def _of_counts(self, rows: pd.DataFrame, day: pd.Timestamp, theta: Floats) -> Floats:
        a, b = _spans(rows, day)
        value = rows["value"].to_numpy(dtype=float)
        note = rows["note"] if "note" in rows else pd.Series("", index=rows.index)
        censored = note.str.lower().str.startswith(_CENSORED).to_numpy()
        centre = math.log((value.sum() + 0.5) / (a + b).sum())
        # Extremes of the change pull the rate by as much, so the grid reaches beyond both.
        log_rate = centre + np.linspace(-5, 5, 161)
        total = np.zeros((theta.size, log_rate.size))
        for before, after, count, more in zip(a, b, value, censored, strict=True):
            log_mean = np.log(before + after * np.exp(theta))[:, None] + log_rate[None, :]
            log_sum = np.logaddexp(math.log(self.size), log_mean)
            if more:
                share = np.exp(math.log(self.size) - log_sum)
                total += nbinom.logsf(count - 1, self.size, share)
                continue
            total += (
                gammaln(count + self.size)
                - gammaln(self.size)
                - gammaln(count + 1)
                + self.size * (math.log(self.size) - log_sum)
                + count * (log_mean - log_sum)
            )
        return np.asarray(logsumexp(total, axis=1))

    def log_factor(self, theta: Floats, log_likelihood: Floats, scale: float = 1.0) -> float:
        """Log of the marginal likelihood under a pact over that under a crackdown."""
        pact, crackdown = _effects(self.pact, self.crackdown, scale)
        return float(
            logsumexp(log_likelihood + pact.log_density(theta))
            - logsumexp(log_likelihood + crackdown.log_density(theta))
        )

    def _reading(self, name: str, rows: pd.DataFrame, growth: pd.DataFrame, fall: Fall) -> Reading:
        theta, log_likelihood = self.profile(rows, growth, fall.day)
        weight = np.cumsum(np.exp(log_likelihood - logsumexp(log_likelihood)))
        low, middle, high = np.exp(np.interp((0.05, 0.5, 0.95), weight, theta))
        used = rows if len(rows) else growth
        agency = ", ".join(sorted(set(used["agency"])))
        figures = f"× {middle:.2f} ({low:.2f}-{high:.2f})"
        return Reading(
            _at_scales(lambda scale: self.log_factor(theta, log_likelihood, scale)),
            Notice(
                "counts",
                f"{_named(name, 'en')} {figures}, {len(used)} figures ({agency})",
                f"{_named(name, 'es')} {figures}, {len(used)} cifras ({agency})",
            ),
            len(used),
            _sources(used),
        )


@dataclass(frozen=True)
class Stock:
    """Yearly log growth of a stock after a fall.

    Attributes
    ----------
    series
        Names in the record; the first with figures on both sides is read.
    pact, crackdown
        Expected log growth a year.
    error
        Relative error of one figure.
    """

    series: tuple[str, ...]
    pact: Effect
    crackdown: Effect
    error: float = 0.03

    def read(self, record: Record, fall: Fall) -> Reading | None:
        """Read the last figure within a year before, and the last one half a year or more after."""
        for name in self.series:
            rows = _usable(record, name)
            early = rows[rows["start"] < fall.finish]
            early = early[early["start"] >= fall.day - pd.DateOffset(months=14)]
            late = rows[rows["start"] >= fall.day + pd.DateOffset(months=6)]
            late = late[late["start"] <= fall.until]
            if len(early) and len(late):
                return self._reading(name, early.iloc[[-1]], late.iloc[[-1]])
        return None

    def log_factor(self, growth: float, years: float, scale: float = 1.0) -> float:
        """Log ratio of the densities of a yearly log growth measured over `years`."""
        pact, crackdown = _effects(self.pact, self.crackdown, scale)
        error = self.error * math.sqrt(2) / years
        one, two = (Effect(e.mean, math.hypot(e.spread, error)) for e in (pact, crackdown))
        return float(one.log_density(growth) - two.log_density(growth))

    def _reading(self, name: str, early: pd.DataFrame, late: pd.DataFrame) -> Reading:
        first, second = float(early["value"].iloc[0]), float(late["value"].iloc[0])
        years = (late["start"].iloc[0] - early["start"].iloc[0]).days / 365.25
        growth = math.log(second / first) / years
        span = f"{early['start'].iloc[0]:%Y-%m}..{late['start'].iloc[0]:%Y-%m}"
        figures = f"{first:.0f} → {second:.0f}, {span}: {growth:+.2f}"
        return Reading(
            _at_scales(lambda scale: self.log_factor(growth, years, scale)),
            Notice(
                "stock",
                f"{_named(name, 'en')} {figures} log/year",
                f"{_named(name, 'es')} {figures} log/año",
            ),
            2,
            _sources(pd.concat([early, late])),
        )


def _events(
    record: Record, types: Sequence[str], begin: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Usable events of some types that happened within [begin, end), dated to three months."""
    rows = record.events
    mask = rows["type"].isin(types) if types else pd.Series(True, index=rows.index)
    mask &= rows["verified"] & ~rows["status"].isin(_UNUSABLE)
    mask &= (rows["date"] < end) & (rows["end"] > begin)
    mask &= (rows["end"] - rows["date"]).dt.days <= _LONGEST_EVENT
    return rows[mask].sort_values("date", kind="stable")


def _covered(record: Record, fall: Fall) -> bool:
    """Whether the record holds any event near the fall; if not, an absence says nothing."""
    reach = pd.DateOffset(months=_NEAR_RECORD)
    return bool(len(_events(record, (), fall.start - reach, fall.finish + reach)))


def _listed(rows: pd.DataFrame, lang: str) -> str:
    names = [
        f"{_named(kind, lang)} {date:%Y-%m}"
        for kind, date in zip(rows["type"], rows["date"], strict=True)
    ]
    return ", ".join(dict.fromkeys(names))


@dataclass(frozen=True)
class Events:
    """Whether an event is on record near a fall.

    Attributes
    ----------
    types
        Types of event, any of which counts.
    before, after
        Months before and after the 90 % interval of the fall's date.
    pact, crackdown
        Chance that at least one is on record, under each hypothesis.
    """

    types: tuple[str, ...]
    before: int
    after: int
    pact: float
    crackdown: float

    def read(self, record: Record, fall: Fall) -> Reading | None:
        """Look for events; None if the record holds no event at all around the fall."""
        if not _covered(record, fall):
            return None
        begin = fall.start - pd.DateOffset(months=self.before)
        end = fall.finish + pd.DateOffset(months=self.after)
        rows = _events(record, self.types, begin, end)
        seen = bool(len(rows))
        span = f"{begin:%Y-%m}..{end - pd.Timedelta(days=1):%Y-%m}"
        return Reading(
            _at_scales(lambda scale: self.log_factor(seen, scale)),
            Notice(
                "events",
                _listed(rows, "en") or f"none on record, {span}",
                _listed(rows, "es") or f"ninguno en el registro, {span}",
            ),
            len(rows),
            _sources(rows),
            seen,
        )

    def log_factor(self, seen: bool, scale: float = 1.0) -> float:
        """Log ratio of the chances of what was seen; strengths scale log odds."""
        odds = [math.log(p / (1 - p)) for p in (self.pact, self.crackdown)]
        pact, crackdown = (1 / (1 + math.exp(-x)) for x in _apart(odds[0], odds[1], scale))
        return math.log(pact / crackdown) if seen else math.log((1 - pact) / (1 - crackdown))


@dataclass(frozen=True)
class Spikes:
    """Spikes of killing within the suppression.

    Attributes
    ----------
    types
        Types of event that are spikes.
    pact, crackdown
        Spikes a year under each hypothesis.
    """

    types: tuple[str, ...]
    pact: float
    crackdown: float

    def read(self, record: Record, fall: Fall) -> Reading | None:
        """Count spikes from the end of the fall's interval; None if the record is not covered."""
        if not _covered(record, fall):
            return None
        years = (fall.until - fall.finish).days / 365.25
        if years <= 0:
            return None
        rows = _events(record, self.types, fall.finish, fall.until)
        en, es = (f": {_listed(rows, lang)}" if len(rows) else "" for lang in ("en", "es"))
        return Reading(
            _at_scales(lambda scale: self.log_factor(len(rows), years, scale)),
            Notice(
                "spikes",
                f"{len(rows)} in {years:.1f} years{en}",
                f"{len(rows)} en {years:.1f} años{es}",
            ),
            len(rows),
            _sources(rows),
        )

    def log_factor(self, number: int, years: float, scale: float = 1.0) -> float:
        """Log ratio of Poisson probabilities; strengths scale the log rates."""
        pact, crackdown = _apart(math.log(self.pact), math.log(self.crackdown), scale)
        return number * (pact - crackdown) - years * (math.exp(pact) - math.exp(crackdown))


@dataclass(frozen=True)
class ZeroDays:
    """Days without a death, beyond what the level explains.

    Attributes
    ----------
    series
        Name in the record, in days.
    pact, crackdown
        Expected log mean size of the clusters in which deaths come.
    """

    series: str
    pact: Effect
    crackdown: Effect

    def read(self, record: Record, fall: Fall) -> Reading | None:
        """Read intervals within the suppression."""
        rows = _usable(record, self.series)
        rows = rows[(rows["start"] >= fall.day) & (rows["end"] <= fall.until)]
        rows = _not_overlapping(rows[rows["end"] > rows["start"]])
        if rows.empty:
            return None
        log_size = np.linspace(-0.5, 2.0, 251)
        log_likelihood = np.zeros(log_size.size)
        for start, end, zero in zip(rows["start"], rows["end"], rows["value"], strict=True):
            rate = fall.levels[(fall.levels.index < end) & (fall.levels.index >= start)] / _DAYS
            if rate.empty:
                return None
            days = float((end - start).days)
            free = np.exp(-rate.to_numpy()[:, None] / np.exp(log_size)).mean(axis=0)
            log_likelihood += xlogy(zero, free) + xlog1py(days - zero, -free)
        weight = np.cumsum(np.exp(log_likelihood - logsumexp(log_likelihood)))
        size = math.exp(float(np.interp(0.5, weight, log_size)))
        total = rows["value"].sum()
        return Reading(
            _at_scales(lambda scale: self.log_factor(log_size, log_likelihood, scale)),
            Notice(
                "zero-days",
                f"{total:.0f} days without a death; clusters of {size:.1f}",
                f"{total:.0f} días sin muertes; grupos de {size:.1f}",
            ),
            len(rows),
            _sources(rows),
        )

    def log_factor(self, log_size: Floats, log_likelihood: Floats, scale: float = 1.0) -> float:
        """Log of the marginal likelihood under a pact over that under a crackdown."""
        pact, crackdown = _effects(self.pact, self.crackdown, scale)
        return float(
            logsumexp(log_likelihood + pact.log_density(log_size))
            - logsumexp(log_likelihood + crackdown.log_density(log_size))
        )


@dataclass(frozen=True)
class Shape:
    """The counts' own factor: reversible against persistent, as `detect` gives it."""

    def read(self, record: Record, fall: Fall) -> Reading | None:  # noqa: ARG002
        """Take the factor at even prior odds; it has no strength to halve or double."""
        low, one, high = fall.factors
        if not all(math.isfinite(x) and x > 0 for x in fall.factors):
            return None
        low, high = sorted((low, high))
        words = f"{one:.2f} ({low:.2f}-{high:.2f})"
        logs = (math.log(one),) * 3
        return Reading(logs, Notice("shape", f"factor {words}", f"factor {words}"), 1, ())


Measure = Counts | Stock | Events | Spikes | ZeroDays | Shape
"""How an indicator is measured."""
