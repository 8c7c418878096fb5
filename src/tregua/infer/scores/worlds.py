r"""Planted series: counts by month in which what happened is known. All of this is synthetic.

One reversible suppression (here: a *pact*, which is what the detector is asked to find) is planted
in each world of 180 months, at one of five levels, six effects and five lengths, all 150 of which
are met before any is met again. Around it is what real series hold:

.. math:: \log\mu_t = \log(\text{level}) + \text{walk} + \text{trend} + \text{season}
          + \text{decoys} + \log(\text{effect})\,g_t, \qquad
          y_t \sim \mathrm{NB}(\mu_t\, d_t / 30.44, \phi)

with a walk of sd 0 to 0.06 a month, a trend of up to 4 % a year either way, a season of up to 15 %,
a size :math:`\phi` of 15 to 120, and a tenth of months missing in one world of three. Half of the
pacts erode: :math:`g_t` falls from 1 to 0 over their length; the others end at once. *Decoys* are a
permanent fall (in 40 % of worlds; 20 to 60 %) and a permanent rise (30 %; the same size), at least
18 months from the pact and from each other. In the stratum `hard`, a *spike* of two to six months
at 1.5 to 3 times the level and a change of *counting rules* (8 to 23 log points either way) join
them, each in 60 % of worlds.

This generator is not the detector's model: levels move differently, effects lie on a grid of their
own, and nothing of it was chosen after seeing the detector's answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.infer.scores.options import luck

__all__ = [
    "APART",
    "DURATIONS",
    "EARLIEST",
    "EFFECTS",
    "LEVELS",
    "MONTHS",
    "SHARE_FALL",
    "SHARE_RISE",
    "STEP_LEFT",
    "STRATA",
    "Surroundings",
    "World",
    "plant",
    "surroundings",
]

Floats = NDArray[np.float64]

MONTHS = 180
"""Months of a world."""
LEVELS = (10, 30, 100, 300, 600)
"""Deaths a month before the pact."""
EFFECTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""What a pact leaves of the deaths of a month, at first."""
DURATIONS = (3, 6, 12, 24, 36)
"""Lengths of a pact, months."""
STRATA = ("plain", "hard")
"""Kinds of worlds: without and with spikes and changes of counting rules."""
EARLIEST = 30
"""First month in which a pact may begin."""
APART = 18
"""Months between a decoy and anything else, the ends of the world included; also those between the
end of a pact and the end of the world."""
SHARE_FALL, SHARE_RISE = 0.4, 0.3
"""Shares of worlds with a permanent fall and with a permanent rise."""
STEP_LEFT = (0.4, 0.8)
"""What a permanent fall leaves, evenly between the two; a rise is the inverse of one."""

_ERRAND = 1701
_STRIDE = 67  # meets all 150 combinations in an order that mixes early ones
_SHARE_HARD, _SHARE_MISSING = 0.6, 0.1
_WALK, _SIZE, _TREND, _SEASON, _PHASE, _ERODES, _ONSET, _GAPS = range(8)
_FALL, _FALL_AT, _FALL_SIZE, _RISE, _RISE_AT, _RISE_SIZE = range(8, 14)
_SPIKE, _SPIKE_AT, _SPIKE_SIZE, _SPIKE_LONG = range(14, 18)
_RULE, _RULE_AT, _RULE_SIZE, _RULE_SIGN = range(18, 22)
_STEP, _COUNT, _MISSING = range(3)


@dataclass(frozen=True)
class World:
    """A planted series and its truth. Places are months from 0; -1 where a decoy is absent.

    Attributes
    ----------
    number, stratum
        Which world, and of which kind.
    table
        `date` and `count`, as `detect` reads them; missing months are left out.
    months
        Starts of all months.
    level
        True deaths per month of 30.44 days.
    base, effect, duration, erodes
        Level before, share left at first, length in months, and whether the pact erodes.
    onset
        First month of the pact.
    fall, rise, spike, spike_end, rule
        First months of the decoys, and the month after a spike.
    """

    number: int
    stratum: str
    table: pd.DataFrame
    months: pd.DatetimeIndex
    level: Floats
    base: int
    effect: float
    duration: int
    erodes: bool
    onset: int
    fall: int
    rise: int
    spike: int
    spike_end: int
    rule: int

    @property
    def end(self) -> int:
        """The month after the pact."""
        return self.onset + self.duration

    @property
    def in_force(self) -> NDArray[np.bool_]:
        """Whether the pact is in force, month by month."""
        month = np.arange(len(self.months))
        return (month >= self.onset) & (month < self.end)

    def origin(self, month: int) -> str:
        """What an alarm raised in a month is due to: the truth that lies nearest before it.

        An alarm belongs to the pact from two months before it until its end; to a permanent fall,
        a rise or a change of rules from two months before to a year after; to a spike from its
        beginning until half a year after its end.
        """
        spans = (
            ("pact", self.onset, -2, self.duration),
            ("permanent fall", self.fall, -2, 12),
            ("spike", self.spike, 0, self.spike_end - self.spike + 6),
            ("counting rule", self.rule, -2, 12),
            ("rise", self.rise, -2, 12),
        )
        for name, planted, first, last in spans:
            if planted >= 0 and planted + first <= month < planted + last:
                return name
        return "nothing"


@dataclass(frozen=True)
class Surroundings:
    """What a world is like apart from its pact and its decoys.

    Attributes
    ----------
    walk_sd
        Standard deviation of the monthly step of the log level, 0 to 0.06.
    size
        Size (inverse overdispersion) of the counts, 15 to 120.
    trend
        Log units a year, -0.04 to 0.04.
    season, phase
        Amplitude (0 to 0.15 log units) and phase (share of a year) of the season.
    """

    walk_sd: float
    size: float
    trend: float
    season: float
    phase: float

    def trend_at(self, month: NDArray[np.int64]) -> Floats:
        """The trend's part of the log level in months from 0."""
        return np.asarray(self.trend * month / 12)

    def season_at(self, month: NDArray[np.int64]) -> Floats:
        """The season's part of the log level in months from 0."""
        return np.asarray(self.season * np.sin(2 * np.pi * (month / 12 + self.phase)))


def surroundings(number: int, *, seed: int, stratum: str = "plain") -> Surroundings:
    """Surroundings of a world that :func:`plant` plants from the same three.

    Parameters
    ----------
    number, seed, stratum
        As for `plant`.
    """
    u = luck(seed, _ERRAND + STRATA.index(stratum), number, 32)
    return Surroundings(
        walk_sd=float(0.06 * u[_WALK]),
        size=float(np.exp(np.log(15) + u[_SIZE] * np.log(120 / 15))),
        trend=float(0.04 * (2 * u[_TREND] - 1)),
        season=float(0.15 * u[_SEASON]),
        phase=float(u[_PHASE]),
    )


def plant(number: int, *, seed: int, stratum: str = "plain") -> World:
    """Plant one world.

    Parameters
    ----------
    number
        Which world: decides level, effect and length (all combinations in turn), and its luck.
    seed
        Seed; same seed, number and stratum, same world.
    stratum
        One of `STRATA`.

    Raises
    ------
    ValueError
        If there is no such stratum.
    """
    if stratum not in STRATA:
        raise ValueError(f"No stratum '{stratum}'. Known: {', '.join(STRATA)}.")
    errand = _ERRAND + STRATA.index(stratum)
    u, monthly = luck(seed, errand, number, 32), luck(seed, errand + 100, number, MONTHS, 4)
    cell = number * _STRIDE % (len(LEVELS) * len(EFFECTS) * len(DURATIONS))
    base = LEVELS[cell % 5]
    effect, duration = EFFECTS[cell // 5 % 6], DURATIONS[cell // 30]
    onset = EARLIEST + int(u[_ONSET] * (MONTHS - duration - APART - EARLIEST))
    taken = [(onset, onset + duration)]
    fall = _decoy(u[_FALL] < SHARE_FALL, u[_FALL_AT], 1, taken)
    rise = _decoy(u[_RISE] < SHARE_RISE, u[_RISE_AT], 1, taken)
    hard = stratum == "hard"
    long = 2 + int(u[_SPIKE_LONG] * 5)
    spike = _decoy(hard and u[_SPIKE] < _SHARE_HARD, u[_SPIKE_AT], long, taken)
    rule = _decoy(hard and u[_RULE] < _SHARE_HARD, u[_RULE_AT], 1, taken)
    months = pd.date_range("2000-01", periods=MONTHS, freq="MS")
    month = np.arange(MONTHS)
    erodes = bool(u[_ERODES] < 0.5)
    left = (onset + duration - month) / duration if erodes else np.ones(MONTHS)
    around = surroundings(number, seed=seed, stratum=stratum)
    logs = np.log(base) + _path(around, monthly[:, _STEP], month)
    logs += np.where((month >= onset) & (month < onset + duration), left * np.log(effect), 0.0)
    logs += _step(month, fall, np.log(_left(u[_FALL_SIZE])))
    logs -= _step(month, rise, np.log(_left(u[_RISE_SIZE])))
    if spike >= 0:
        height = float(np.log(1.5 + 1.5 * u[_SPIKE_SIZE]))
        logs += np.where((month >= spike) & (month < spike + long), height, 0.0)
    sign = 1.0 if u[_RULE_SIGN] < 0.5 else -1.0
    logs += _step(month, rule, sign * (0.08 + 0.15 * u[_RULE_SIZE]))
    size = around.size
    mean = np.exp(logs) * months.days_in_month.to_numpy() / 30.44
    count = stats.nbinom.ppf(monthly[:, _COUNT], size, size / (size + mean)).astype(np.int64)
    printed = monthly[:, _MISSING] >= (_SHARE_MISSING if u[_GAPS] < 1 / 3 else 0.0)
    return World(
        number=number,
        stratum=stratum,
        table=pd.DataFrame({"date": months[printed], "count": count[printed]}),
        months=months,
        level=np.exp(logs),
        base=base,
        effect=effect,
        duration=duration,
        erodes=erodes,
        onset=onset,
        fall=fall,
        rise=rise,
        spike=spike,
        spike_end=spike + long if spike >= 0 else -1,
        rule=rule,
    )


def _decoy(present: bool, u: float, long: int, taken: list[tuple[int, int]]) -> int:
    """Place a decoy away from all that is placed already; -1 if absent or without room."""
    if not present:
        return -1
    free = [
        month
        for month in range(APART, MONTHS - APART)
        if all(month + long + APART <= first or month >= last + APART for first, last in taken)
    ]
    if not free:
        return -1
    place = free[int(u * len(free))]
    taken.append((place, place + long))
    return place


def _step(month: NDArray[np.int64], at: int, size: float) -> Floats:
    return np.where((at >= 0) & (month >= at), size, 0.0)


def _left(u: float) -> float:
    """What a permanent fall leaves of the deaths of a month."""
    return STEP_LEFT[0] + (STEP_LEFT[1] - STEP_LEFT[0]) * u


def _path(around: Surroundings, steps: Floats, month: NDArray[np.int64]) -> Floats:
    """Walk, trend and season of a world, log units."""
    walk = around.walk_sd * np.cumsum(stats.norm.ppf(steps))
    return np.asarray(walk + around.trend_at(month) + around.season_at(month))
