r"""A particle filter on the compiled kernel: the likelihood of a record under the whole model.

The model is a state-space model. A world moves week by week under the script's stances; each month
its gangs act (R, B or P), which nobody prints; figures see it through the laws of measurement and
through the model's own error :math:`d_t`, an AR(1) process in logs:

.. math:: d_t = \varrho\,d_{t-1} + \sigma_d\sqrt{1-\varrho^2}\,z_t, \qquad
   y_t \approx e^{d_t + \varepsilon_{k}}\,\text{recorded}_t .

For each row of parameters, M worlds (particles) are advanced and weighed by each month's figures.
Before a month they are resampled by their weight times what the month's figure is expected to make
of it (an auxiliary particle filter: Pitt and Shephard 1999), and the weights are corrected. In a
month of few dead this is repeated week by week: that one is counted where ten were to be expected
is rare among worlds, and less so among those that had a quiet week before. The product over months
of the mean weights is an unbiased estimate of the likelihood whatever M is (Del Moral 2004,
"Feynman-Kac Formulae"; Andrieu, Doucet and Holenstein 2010), so that samplers that use it aim at
the exact posterior. Actions and errors are proposed with the month's figure in view
(`tregua.infer.particles.guide`).

Rows do not meet: they run in chunks, in threads, and their bits depend neither on the number of
threads nor on the chunks. Luck belongs to (seed, errand, row, column, month): a second run with
another errand is independent of the first. No more than the present month is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from tregua.compiled import compiled
from tregua.infer.particles.guide import (
    MOODS,
    Latent,
    choose,
    choose_foreseen,
    draw_errors,
    expected_recorded,
    follow_approval,
    foresee,
    foresee_rest,
    meet_deaths,
    new_administration,
)
from tregua.infer.particles.resampling import lean_rows, systematic, weigh_rows
from tregua.infer.particles.sightings import (
    KINDS,
    Sightings,
    Theta,
    extra_priors,
    measured,
    rows_in,
    sightings,
)
from tregua.model import PHYSICAL, Draws, History
from tregua.model.actor import GangAction, may_leak
from tregua.model.block import LANES, rows_of
from tregua.model.measurement import log_log_normal, log_negative_binomial
from tregua.model.noise import Noise, uniform_pair
from tregua.model.observation import view_length
from tregua.model.parameters import P
from tregua.model.script import WEEKS_PER_MONTH, Cal, calendar, month_number
from tregua.model.state import Slot, initial_state
from tregua.model.strategy import IDLE
from tregua.record import Record
from tregua.simulate.ensemble import layout
from tregua.simulate.kernel import UNORDERED, advance

__all__ = ["FilteredRecord", "KernelEngine", "KernelSwarm", "filter_record"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEPT = (
    *("killed", "recorded", "hidden", "uncounted"),
    *("prisoners", "gang_prisoners", "street", "fear", "approval"),
)
"""What the filter reads of each world's ledger every month."""

_COLUMN = {name: place for place, name in enumerate(KEPT)}
_FLOWS = slice(0, 4)
_RESAMPLE = 195  # purpose of the keyed noise
_ERRAND = 1 << 28
_PARTICLES_AT_A_TIME = 2048
_FEW_DEAD = 10.0  # a month of at most so many recorded is selected week by week
_FEW = 2.0  # effective particles below which a month is reported
_QUANTILES = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_LOW = 0xFFFFFFFF
_MONTHS_A_YEAR = 12.0


# -- The plan: what each month asks ---------------------------------------------------------------


@dataclass(frozen=True)
class _Span:
    """Weeks of one month and one era."""

    first: int
    weeks: int
    length: float  # years
    fresh: bool  # an era begins
    inauguration: bool
    varies: bool  # the mood of the government is uncertain: it came to office on the way


@dataclass(frozen=True)
class _Total:
    """A month's part in a figure that counts."""

    closes: bool
    value: float
    error: float
    months: int
    done: float  # share of its months that have passed with this one


@dataclass(frozen=True)
class _Month:
    """What happens to the particles in a month."""

    date: pd.Timestamp
    spans: tuple[_Span, ...]
    deaths: _Total | None
    complaints: _Total | None
    unresolved: _Total | None
    points: tuple[tuple[str, float, float], ...]  # stocks and polls: quantity, value, error
    exposed: float  # years of the month in which a pact could leak; negative: it leaks now
    pursued: float  # years in which a sanction could fall; negative: it falls now
    new_error: bool  # a year begins, or a counting rule changes
    late: bool  # the counting rules have changed
    weekly: bool  # worlds are selected within the month
    foreseen: bool  # the figure of deaths is looked at before the month


def _spans(table: Floats, first: int, changes: set[int]) -> tuple[_Span, ...]:
    """Cut a month's weeks where an era begins."""
    weeks = list(range(first, first + WEEKS_PER_MONTH))
    cuts = [first] + [week for week in weeks[1:] if week in changes] + [weeks[-1] + 1]
    return tuple(
        _Span(
            a,
            b - a,
            float(table[a:b, Cal.LENGTH].sum()),
            a in changes,
            bool(table[a:b, Cal.INAUGURATION].any()),
            bool(table[:b, Cal.INAUGURATION].any()),
        )
        for a, b in pairwise(cuts)
    )


def _totals(figures: pd.DataFrame, what: str) -> dict[pd.Timestamp, _Total]:
    """For each month, its part in the figure that covers it."""
    found: dict[pd.Timestamp, _Total] = {}
    for row in rows_in(figures[figures["what"] == what]):
        last = max(row.months)
        count = len(row.months)
        for place, month in enumerate(sorted(row.months)):
            done = (place + 1) / count
            found[month] = _Total(month == last, row.value, row.error, count, done)
    return found


def _hazard_time(
    table: Floats, events: pd.DataFrame, months: Sequence[pd.Timestamp]
) -> tuple[list[float], list[float]]:
    """Years at risk of a leak and of a sanction, month by month; negative where it happens."""
    leaks = {row.months[0] for row in rows_in(events[events["what"] == "leak"])}
    sanctions = {row.months[0] for row in rows_in(events[events["what"] == "sanction"])}
    exposed, pursued, known, punished = [], [], False, False
    for number, month in enumerate(months):
        weeks = table[number * WEEKS_PER_MONTH : (number + 1) * WEEKS_PER_MONTH]
        secret = np.array([may_leak(int(stance)) for stance in weeks[:, Cal.STANCE]])
        time = float(weeks[secret, Cal.LENGTH].sum())
        known, punished = known and time > 0.0, punished and time > 0.0
        at_risk = 0.0 if known else time
        exposed.append(-at_risk if month in leaks else at_risk)
        risk = time if known and not punished else 0.0
        pursued.append(-risk if month in sanctions else risk)
        punished = punished or (month in sanctions and risk > 0.0)
        known = known or month in leaks
    return exposed, pursued


def _few_dead(deaths: _Total | None) -> bool:
    """Whether few dead of this month alone were recorded."""
    return deaths is not None and deaths.months == 1 and deaths.value <= _FEW_DEAD


def _to_be_met(deaths: _Total | None, month: pd.Timestamp) -> bool:
    """Whether a month's weight will hold something of a figure: not of one open over New Year."""
    return deaths is not None and (deaths.closes or month.month < _MONTHS_A_YEAR)


def _plan(seen: Sightings, table: Floats, history: History) -> tuple[_Month, ...]:
    months = list(pd.date_range(seen.first, seen.end, freq="MS", inclusive="left"))
    columns = [Cal.STANCE, Cal.ENFORCEMENT, Cal.PRESSING, Cal.RESTRAINING, Cal.SEGREGATED]
    eras = table[:, [*columns, Cal.FILTER]]
    changes = {0} | {int(week) + 1 for week in np.flatnonzero((eras[1:] != eras[:-1]).any(axis=1))}
    deaths = _totals(seen.of("homicides"), "recorded")
    missing = seen.of("disappearances")
    complaints, unresolved = _totals(missing, "complaints"), _totals(missing, "unresolved")
    exposed, pursued = _hazard_time(table, seen.of("events"), months)
    points: dict[pd.Timestamp, list[tuple[str, float, float]]] = {}
    for kind in ("prisoners", "gang_prisoners", "members", "polls"):
        for row in rows_in(seen.of(kind)):
            points.setdefault(row.months[0], []).append((row.what, row.value, row.error))
    setting = history.setting
    rules = [d for d in (setting.police_counted_until, setting.undercounted_from) if d is not None]
    spans = [_spans(table, n * WEEKS_PER_MONTH, changes) for n in range(len(months))]
    return tuple(
        _Month(
            date=month,
            spans=spans[number],
            deaths=deaths.get(month),
            complaints=complaints.get(month),
            unresolved=unresolved.get(month),
            points=tuple(points.get(month, ())),
            exposed=exposed[number],
            pursued=pursued[number],
            new_error=number == 0 or month.month == 1 or month in rules,
            late=bool(rules) and month >= min(rules),
            weekly=len(spans[number]) == 1 and _few_dead(deaths.get(month)),
            foreseen=len(spans[number]) == 1 and _to_be_met(deaths.get(month), month),
        )
        for number, month in enumerate(months)
    )


# -- The filter of a few rows ---------------------------------------------------------------------


@dataclass
class _Rows:
    """Rows of particles on their way through a stage, and what is noted of them."""

    states: Floats  # (rows * M, slots)
    parameters: Floats  # (rows * M, P)
    latent: Floats  # (rows * M, see Latent)
    log_weights: Floats  # (rows, M), each row's weights sum to 1
    worlds: Ints  # (rows * M,)
    extra: dict[str, Floats]  # (rows * M,)
    numbers: Floats  # (rows * M, 4)
    room: tuple[Floats, Floats, Ints, Ints]  # working space of `foresee`

    @property
    def shape(self) -> tuple[int, int]:
        return self.log_weights.shape[0], self.log_weights.shape[1]


@dataclass
class _Notes:
    """What a stage leaves for each of its months."""

    gain: Floats  # (months, rows): log mean weight
    effective: Floats  # (months, rows)
    predicted: Floats  # (months, rows, quantiles and place of the figure)
    path: list[tuple[Floats, Ints, Floats]] = field(default_factory=list)


def _log_hazard(rate: Floats, time: float) -> Floats:
    """Log probability that an event did not happen in `time`, or if negative that it did."""
    if time >= 0.0:
        return -rate * time
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(-np.expm1(rate * time)))


def _log_opinion(value: float, asked: float, share: Floats, error: Floats, design: float) -> Floats:
    """Log density of a poll's log-odds: those of the share, the model's error, and sampling's."""
    printed = (value / 100.0 * asked + 0.5) / (asked + 1.0)
    inside = np.clip(share, 1e-6, 1.0 - 1e-6)
    gap = np.log(printed / (1.0 - printed)) - np.log(inside / (1.0 - inside))
    variance = error * error + design / (asked * printed * (1.0 - printed))
    return np.asarray(-0.5 * (gap * gap / variance + np.log(2.0 * np.pi * variance)))


def _log_count(value: float, mean: Floats, ratio: float, error: Floats | float) -> Floats:
    """Log probability of a count of variance ratio * mean + (error * mean)^2."""
    size = mean / (ratio - 1.0 + error * error * mean)
    return log_negative_binomial(np.rint(value), mean, size)


class _Filter:
    """The months of a likelihood, and how rows of particles go through them."""

    def __init__(
        self,
        seen: Sightings,
        history: History,
        fixed: Mapping[str, float],
        *,
        guided: bool,
        threshold: float,
    ) -> None:
        self.seen, self.history, self.fixed = seen, history, dict(fixed)
        self.guided, self.threshold = guided, threshold
        self.table = calendar(
            history.setting, seen.first, seen.end, script=history.script, since=None
        )
        self.table[:, Cal.GIVEN] = 1.0
        self.months = _plan(seen, self.table, history)
        self.gangs = len(history.setting.gangs)
        self.columns, _ = layout(KEPT, self.gangs)
        self.first_month = month_number(seen.first)
        self.polls = len(seen.of("polls")) > 0
        self.moods = Latent.ACTION + self.gangs
        self.profile = IDLE
        self.profile.compile()

    # -- A month ----------------------------------------------------------------------------

    def _advance(self, rows: _Rows, span: _Span, orders: Ints, seed: int) -> tuple[Floats, Ints]:
        """Advance the worlds by a span: its ledger, and which worlds failed."""
        part = self.table[span.first : span.first + span.weeks].copy()
        part[:, Cal.OPENS], part[:, Cal.CLOSES], part[:, Cal.SHARE] = 0.0, 0.0, 1.0 / span.weeks
        part[0, Cal.OPENS] = part[-1, Cal.CLOSES] = 1.0
        n = len(rows.states)
        out, failures = np.empty((n, 1, len(self.columns))), np.zeros((n, 2), dtype=np.int64)
        advance(
            rows.states,
            rows.parameters,
            rows.worlds,
            part,
            self.first_month * WEEKS_PER_MONTH + span.first,
            WEEKS_PER_MONTH,
            seed,
            0,
            self.history.setting.rivalry_at_start,
            self.gangs,
            0,
            self.columns,
            orders,
            self.profile.called,
            self.profile.gangs,
            np.empty(rows_of(self.gangs) * LANES),
            np.zeros((LANES, view_length(self.gangs))),
            out,
            failures,
            LANES,
        )
        return out[:, 0], failures[:, 0]

    def _advance_weekly(
        self, rows: _Rows, number: int, orders: Ints, seed: int, gain: Floats
    ) -> tuple[Floats, Ints, Ints]:
        """Advance the worlds by a month, and choose between its weeks who goes on.

        Beside what `_advance` gives: where each particle stood when the month began. Orders are
        resampled too, and `gain` takes the correction.
        """
        month, step = self.months[number], self.first_month + number
        span, figure = month.spans[0], month.deaths
        assert figure is not None
        shape, n = rows.shape, len(rows.states)
        mean = expected_recorded(
            rows.states,
            rows.parameters,
            self.table[span.first],
            span.length,
            self.history.setting.rivalry_at_start,
            self.gangs,
            orders[:, 1:].copy(),
        )
        origins, failures = np.arange(n), np.zeros(n, dtype=np.int64)
        flows, hope = np.zeros((n, _FLOWS.stop)), np.empty(n)
        for week in range(span.weeks):
            if week > 0:
                recorded = flows[:, _COLUMN["recorded"]].copy()
                left = mean * (1.0 - week / span.weeks)
                variance = self._variance(figure)
                foresee_rest(
                    rows.latent, rows.numbers, figure.value, variance, recorded, left, hope
                )
                weights = rows.log_weights + gain.reshape(shape)
                places = self._draw(rows, weights, hope.reshape(shape), seed, step, week)
                # The weight so far goes on in `gain`.
                gain[:] = weights.ravel() + np.log(shape[1])
                rows.log_weights[:] = -np.log(shape[1])
                orders[:], flows, mean = orders[places], flows[places], mean[places]
                origins, failures = origins[places], failures[places]
            piece = replace(span, first=span.first + week, weeks=1)
            found, failed = self._advance(rows, piece, orders, seed)
            flows += found[:, _FLOWS]
            failures = np.maximum(failures, failed)
        found[:, _FLOWS] = flows
        return found, failures, origins

    def _ends_stage(self, number: int) -> bool:
        """Whether a calendar year ends with this month: what is held for later is then let go."""
        return number + 1 == len(self.months) or self.months[number + 1].date.month == 1

    def _variance(self, figure: _Total | None) -> float:
        return 1.0 / self.fixed["count_size"] + (figure.error**2 if figure is not None else 0.0)

    def _play(
        self,
        rows: _Rows,
        number: int,
        seed: int,
        gain: Floats,
        acts: Floats | None,
        foreseen: tuple[Floats, Floats, Ints, Ints, Ints] | None,
    ) -> tuple[Floats, Ints]:
        """Play a month: its ledger, and where each particle stood when the month began.

        The weights' corrections are added to `gain`, and shares restraining and pressing to `acts`.
        """
        month, setting = self.months[number], self.history.setting
        deaths = month.deaths
        n, step = len(rows.states), self.first_month + number
        orders = np.full((n, 1 + self.gangs), UNORDERED, dtype=np.int64)
        ledger = np.zeros((n, len(KEPT)))
        origins = np.arange(n)
        for place, span in enumerate(month.spans):
            if foreseen is not None:
                choose_foreseen(
                    rows.latent, self.gangs, *foreseen, seed, rows.worlds, step, orders, gain
                )
            else:
                guided = self.guided and deaths is not None
                choose(
                    rows.states,
                    rows.parameters,
                    rows.latent,
                    self.table[span.first],
                    span.length,
                    span.fresh,
                    guided and place == len(month.spans) - 1,
                    deaths is not None and deaths.months == 1,
                    deaths.done if deaths is not None else 1.0,
                    number == 0,
                    deaths.value if deaths is not None else 0.0,
                    self._variance(deaths),
                    rows.numbers,
                    ledger[:, _COLUMN["recorded"]].copy(),
                    setting.rivalry_at_start,
                    self.gangs,
                    seed,
                    rows.worlds,
                    step,
                    place,
                    orders,
                    gain,
                )
            if self.polls and span.inauguration:
                new_administration(rows.latent, self.moods, seed, rows.worlds, step)
            if self.guided and month.weekly:
                found, failed, origins = self._advance_weekly(rows, number, orders, seed, gain)
            else:
                found, failed = self._advance(rows, span, orders, seed)
            if self.polls:
                follow_approval(
                    rows.states, rows.parameters, rows.latent, self.moods, span.length, span.varies
                )
            ledger[:, _FLOWS] += found[:, _FLOWS]
            ledger[:, _FLOWS.stop :] = found[:, _FLOWS.stop :]
            if acts is not None:
                share = span.weeks / WEEKS_PER_MONTH
                acts[:, : self.gangs] += share * (orders[:, 1:] == GangAction.RESTRAIN)
                acts[:, self.gangs :] += share * (orders[:, 1:] == GangAction.PRESS)
            gain[failed != 0] = -np.inf
        return ledger, origins

    def _weigh_points(self, rows: _Rows, month: _Month, ledger: Floats, gain: Floats) -> None:
        """Weigh stocks and polls."""
        inside, street = ledger[:, _COLUMN["gang_prisoners"]], ledger[:, _COLUMN["street"]]
        truths = {
            "prisoners": ledger[:, _COLUMN["prisoners"]],
            "gang_prisoners": inside,
            "street": street,
            "members": street + inside,
            "members_and_collaborators": (street + inside) * self.fixed["collaborator_factor"],
        }
        for what, value, error in month.points:
            if what in truths:
                gain += log_log_normal(value, np.maximum(truths[what], 1e-3), error)
            elif what == "fear":
                share, miss = ledger[:, _COLUMN[what]], rows.extra["opinion_error"]
                gain += _log_opinion(value, error, share, miss, self.fixed["poll_design"])
            else:
                gain += self._weigh_approval(rows, value, error)

    def _weigh_approval(self, rows: _Rows, value: float, asked: float) -> Floats:
        """Log probability of a poll on the government, and the moods' new weights."""
        shares = rows.latent[:, self.moods : self.moods + MOODS]
        weights = rows.latent[:, self.moods + MOODS : self.moods + 2 * MOODS]
        miss = rows.extra["opinion_error"].repeat(MOODS)
        each = _log_opinion(value, asked, shares.ravel(), miss, self.fixed["poll_design"])
        with np.errstate(divide="ignore"):
            joint = each.reshape(shares.shape) + np.log(weights)
        total = logsumexp(joint, axis=1)
        weights[:] = np.exp(joint - total[:, None])
        return np.asarray(total)

    def _weigh_missing(self, rows: _Rows, month: _Month, ledger: Floats, gain: Floats) -> None:
        """Add hidden deaths to open totals of disappearances, and weigh those that close."""
        hidden = ledger[:, _COLUMN["hidden"]] * np.exp(rows.latent[:, Latent.ERROR])
        alive, seen = rows.extra["found_alive"] / _MONTHS_A_YEAR, rows.extra["hidden_reported"]
        for total, column, listed, error in (
            (month.complaints, Latent.COMPLAINTS, 1.0, rows.extra["complaint_error"]),
            (month.unresolved, Latent.UNRESOLVED, rows.extra["still_open"], None),
        ):
            if total is None:
                continue
            rows.latent[:, column] += hidden
            if total.closes:
                mean = total.months * alive * listed + seen * rows.latent[:, column]
                miss = total.error if error is None else error
                gain += _log_count(total.value, mean, self.fixed["complaint_ratio"], miss)
                rows.latent[:, column] = 0.0

    def _meet_events(self, rows: _Rows, month: _Month, before: Floats, gain: Floats) -> None:
        """Weigh what became of the pact, and let it be known to the world."""
        if month.exposed != 0.0:
            rate = rows.extra["leak"] * before[:, 0]
            gain += _log_hazard(rate, month.exposed)
            if month.exposed < 0.0:
                rows.states[:, Slot.LEAKED] = 1.0
        if month.pursued != 0.0:
            rate = rows.extra["sanction"] * before[:, 1]
            gain += _log_hazard(rate, month.pursued)
            if month.pursued < 0.0:
                rows.states[:, Slot.SANCTIONED] = 1.0

    def step(self, rows: _Rows, number: int, seed: int, notes: _Notes, at: int, keep: bool) -> None:
        """Choose the particles that meet a month, play it with them, and weigh it."""
        month = self.months[number]
        shape, step = rows.shape, self.first_month + number
        gain = np.zeros(shape[0] * shape[1])
        if month.new_error:
            name = "agency_error_late" if month.late else "agency_error"
            draw_errors(rows.latent, rows.extra[name], seed, rows.worlds, step)
        chosen, foreseen = self._select(rows, number, seed)
        before = rows.states[:, [Slot.DEMOCRACY, Slot.PRESSURE]]
        acts = np.zeros((len(gain), 2 * self.gangs)) if keep else None
        ledger, origins = self._play(rows, number, seed, gain, acts, foreseen)
        before = before[origins]
        proposed = gain.copy()
        deaths = month.deaths
        predicted = np.full(len(gain), np.nan)
        held = rows.latent[:, Latent.TWIST].reshape(shape).copy()
        meet_deaths(
            rows.latent,
            ledger[:, _COLUMN["recorded"]].copy(),
            rows.numbers,
            number == 0,
            deaths is not None,
            deaths is not None and deaths.closes,
            deaths is not None and deaths.months == 1,
            deaths.done if deaths is not None and not self._ends_stage(number) else 0.0,
            self.guided,
            deaths.value if deaths is not None else 0.0,
            self._variance(deaths),
            seed,
            rows.worlds,
            step,
            gain,
            predicted,
        )
        if deaths is not None and deaths.closes:
            weights = rows.log_weights + proposed.reshape(shape)
            weights = weights if deaths.months == 1 else weights - held
            notes.predicted[at] = _predict(predicted.reshape(shape), weights, deaths.value)
        self._meet_events(rows, month, before, gain)
        self._weigh_points(rows, month, ledger, gain)
        self._weigh_missing(rows, month, ledger, gain)
        self._reweigh(rows, gain.reshape(shape), notes, at)
        if acts is not None:
            error = rows.latent[:, [Latent.ERROR, Latent.AGENCY]]
            summary = np.column_stack([ledger, error, acts])
            weights = rows.log_weights - rows.latent[:, Latent.TWIST].reshape(shape)
            weights -= logsumexp(weights, axis=1, keepdims=True)
            notes.path.append((summary, chosen[origins], weights))

    def _reweigh(self, rows: _Rows, gain: Floats, notes: _Notes, at: int) -> None:
        particles = rows.shape[1]
        weights = np.where(np.isnan(gain), -np.inf, rows.log_weights + gain)
        mean, effective = weigh_rows(weights)
        notes.gain[at] = mean + np.log(particles)
        notes.effective[at] = effective
        alive = np.isfinite(mean)
        even = np.full(particles, -np.log(particles))
        total = np.where(alive, mean + np.log(particles), 0.0)
        rows.log_weights[:] = np.where(alive[:, None], weights - total[:, None], even)

    def _select(
        self, rows: _Rows, number: int, seed: int
    ) -> tuple[Ints, tuple[Floats, Floats, Ints, Ints, Ints] | None]:
        """Resample before a month, its figure in view.

        Given are where each particle stood before, and what `choose_foreseen` needs.
        """
        month, step = self.months[number], self.first_month + number
        expected = np.zeros(rows.shape)
        if self.guided and month.foreseen and month.deaths is not None:
            span = month.spans[0]
            foresee(
                rows.states,
                rows.parameters,
                rows.latent,
                self.table[span.first],
                span.length,
                span.fresh,
                month.deaths.months == 1,
                month.deaths.done,
                number == 0,
                month.deaths.value,
                self._variance(month.deaths),
                rows.numbers,
                self.history.setting.rivalry_at_start,
                self.gangs,
                expected.reshape(-1),
                *rows.room,
            )
            places = self._draw(rows, rows.log_weights, expected, seed, step, 0)
            return places, (*rows.room, places)
        return self._draw(rows, rows.log_weights, expected, seed, step, 0), None

    def _draw(
        self, rows: _Rows, log_weights: Floats, expected: Floats, seed: int, step: int, turn: int
    ) -> Ints:
        """Resample states and weights, in place, by weight times what is expected of it."""
        targets = lean_rows(log_weights, expected)
        _, effective = weigh_rows(targets)
        least = self.threshold * rows.shape[1]
        return _draw_again(
            rows.states,
            rows.latent,
            log_weights,
            targets,
            effective,
            least,
            seed,
            rows.worlds,
            step,
            turn,
        )


@compiled
def _draw_again(
    states: Floats,
    latent: Floats,
    log_weights: Floats,
    targets: Floats,
    effective: Floats,
    least: float,
    seed: int,
    worlds: Ints,
    step: int,
    turn: int,
) -> Ints:
    """Resample by `targets`, in place, the rows of fewer effective particles than `least` but some.

    A particle drawn in proportion to a target v, and not to its weight w, goes on with w / (M v):
    sums of weights keep their expectation. Targets of a row sum to 1.
    """
    rows, particles = log_weights.shape
    places = np.arange(rows * particles)
    for row in range(rows):
        if not 0.0 < effective[row] < least:
            continue
        first, end = row * particles, (row + 1) * particles
        world = worlds[first]
        key = Noise(0, seed & _LOW, (seed >> 32) & _LOW, world & _LOW, (world >> 32) & 0xFFFF, step)
        uniform, _ = uniform_pair(key, _RESAMPLE, turn, 0)
        drawn = systematic(targets[row : row + 1], np.full(1, uniform))[0]
        places[first:end] = drawn + first
        states[first:end] = states[places[first:end]]
        latent[first:end] = latent[places[first:end]]
        corrected = log_weights[row] - targets[row] - np.log(particles)
        log_weights[row] = corrected[drawn]
    return places


@compiled
def _predict(drawn: Floats, log_weights: Floats, value: float) -> Floats:
    """Quantiles of what was expected of a figure, and the share of it below the figure."""
    out = np.full((len(drawn), len(_QUANTILES) + 1), np.nan)
    for row in range(len(drawn)):
        top = log_weights[row].max()
        if not np.isfinite(top):
            continue
        weights = np.exp(log_weights[row] - top)
        weights /= weights.sum()
        order = np.argsort(drawn[row], kind="mergesort")
        reached, below = 0.0, 0.0
        place = 0
        for figure in order:
            reached += weights[figure]
            while place < len(_QUANTILES) and reached >= _QUANTILES[place]:
                out[row, place] = drawn[row, figure]
                place += 1
            below += weights[figure] if drawn[row, figure] < value else 0.0
        out[row, place:-1] = drawn[row, order[-1]]
        out[row, -1] = below
    return out


# -- Swarms ---------------------------------------------------------------------------------------


@dataclass
class KernelSwarm:
    """N rows of parameters, M particles each, at the end of some stage; see `KernelEngine.begin`.

    Attributes
    ----------
    engine
        The engine that made it.
    theta
        The rows of parameters.
    seed, errand
        What luck is keyed by, beside row, particle and month.
    stage, stages
        Calendar years assimilated so far, and in all.
    particles
        M.
    states, latent, log_weights
        float64[N * M, slots], float64[N * M, columns of `guide.Latent`] and float64[N, M]: worlds,
        what the filter adds to each, and weights that add up to 1 in each row.
    log_likelihood
        float64[N]: log of the estimate of p(figures so far | parameters of the row).
    gains, effective
        float64[months so far, N]: each month's part of it, and the effective number of particles.
        While a total is open, gains hold what its months so far let expect of it, and give it back
        when it closes or the year ends.
    predicted
        float64[months so far, N, 6]: quantiles 0.05, 0.25, 0.5, 0.75, 0.95 of what was expected of
        the homicide figure that closes in a month, and the probability below the figure; NaN where
        none closes.
    """

    engine: KernelEngine
    theta: Theta
    seed: int
    errand: int
    stage: int
    states: Floats
    latent: Floats
    log_weights: Floats
    log_likelihood: Floats
    gains: Floats
    effective: Floats
    predicted: Floats

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.theta)

    @property
    def stages(self) -> int:
        """Calendar years in all."""
        return len(self.engine.bounds) - 1

    @property
    def particles(self) -> int:
        """Particles of each row."""
        return int(self.log_weights.shape[1])

    def advance(self) -> Floats:
        """Assimilate the next stage.

        Returns
        -------
        numpy.ndarray
            float64[N]: log of an unbiased estimate of p(figures of the stage | those before, row);
            minus infinity where no particle can have printed them.

        Raises
        ------
        ValueError
            If all stages are assimilated.
        """
        return self.advance_keeping(None)

    def advance_keeping(self, keep: list[tuple[Floats, Ints, Floats]] | None) -> Floats:
        """Like `advance`; adds (summaries, origins, log weights) of each month to a list.

        A particle's origin is its place among those of the month before.
        """
        if self.stage >= self.stages:
            raise ValueError(f"All {self.stages} stages are assimilated.")
        first, end = self.engine.bounds[self.stage : self.stage + 2]
        months, n = end - first, len(self)
        gains, effective = np.zeros((months, n)), np.zeros((months, n))
        predicted = np.full((months, n, len(_QUANTILES) + 1), np.nan)
        parts = self.engine._run(self, first, end, keep is not None)
        for rows, notes in parts:
            gains[:, rows], effective[:, rows] = notes.gain, notes.effective
            predicted[:, rows] = notes.predicted
        if keep is not None:
            keep.extend(_joined([notes.path for _, notes in parts], months))
        self.stage += 1
        self.gains = np.concatenate([self.gains, gains])
        self.effective = np.concatenate([self.effective, effective])
        self.predicted = np.concatenate([self.predicted, predicted])
        increment = gains.sum(axis=0)
        self.log_likelihood = self.log_likelihood + increment
        return np.asarray(increment)

    def take(self, places: ArrayLike) -> KernelSwarm:
        """A new swarm whose row i goes on from row places[i], with the luck of row i."""
        where = np.asarray(places, dtype=np.int64)
        if where.shape != (len(self),) or where.min() < 0 or where.max() >= len(self):
            raise ValueError(f"places must be {len(self)} row numbers, 0 to {len(self) - 1}.")
        wide = (where[:, None] * self.particles + np.arange(self.particles)).ravel()
        return replace(
            self,
            theta=self.theta.select(where),
            states=self.states[wide],
            latent=self.latent[wide],
            log_weights=self.log_weights[where],
            log_likelihood=self.log_likelihood[where],
            gains=self.gains[:, where],
            effective=self.effective[:, where],
            predicted=self.predicted[:, where],
        )

    def replace(self, rows: ArrayLike, other: KernelSwarm) -> KernelSwarm:
        """A new swarm with the rows of a mask taken from another of the same shape and stage."""
        mask = np.asarray(rows, dtype=bool)
        if mask.shape != (len(self),):
            raise ValueError(f"rows must be {len(self)} booleans.")
        if (len(other), other.particles, other.stage) != (len(self), self.particles, self.stage):
            raise ValueError(
                f"Swarms of {len(self)} and {len(other)} rows, {self.particles} and "
                f"{other.particles} particles, at stages {self.stage} and {other.stage} do not fit."
            )
        wide = mask.repeat(self.particles)
        return replace(
            self,
            theta=self.theta.replace(mask, other.theta),
            states=np.where(wide[:, None], other.states, self.states),
            latent=np.where(wide[:, None], other.latent, self.latent),
            log_weights=np.where(mask[:, None], other.log_weights, self.log_weights),
            log_likelihood=np.where(mask, other.log_likelihood, self.log_likelihood),
            gains=np.where(mask, other.gains, self.gains),
            effective=np.where(mask, other.effective, self.effective),
            predicted=np.where(mask[:, None], other.predicted, self.predicted),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that `KernelEngine.restore` needs, for `numpy.savez`."""
        draws = self.theta.draws
        return {
            "values": draws.values,
            "weights": draws.weights,
            "worlds": draws.worlds,
            "extra": self.theta.extra.to_numpy(),
            "place": np.array([self.seed, self.errand, self.stage], dtype=np.int64),
            "states": self.states,
            "latent": self.latent,
            "log_weights": self.log_weights,
            "log_likelihood": self.log_likelihood,
            "gains": self.gains,
            "effective": self.effective,
            "predicted": self.predicted,
        }

    @property
    def diagnostics(self) -> pd.DataFrame:
        """How well the particles did, by month.

        Columns date, least and median (effective number of particles over rows), without_weight
        (share of rows in which no particle had any), degenerate (whether the median is below 2).
        """
        months = [month.date for month in self.engine.filter.months[: len(self.effective)]]
        median = np.median(self.effective, axis=1)
        return pd.DataFrame(
            {
                "date": months,
                "least": self.effective.min(axis=1),
                "median": median,
                "without_weight": (self.effective == 0.0).mean(axis=1),
                "degenerate": median < _FEW,
            }
        )


def _joined(
    paths: list[list[tuple[Floats, Ints, Floats]]], months: int
) -> list[tuple[Floats, Ints, Floats]]:
    """Months of several chunks side by side; origins become places among all."""
    joined = []
    for number in range(months):
        parts = [path[number] for path in paths]
        starts = np.cumsum([0] + [len(part[0]) for part in parts[:-1]])
        joined.append(
            (
                np.concatenate([part[0] for part in parts]),
                np.concatenate([p[1] + s for p, s in zip(parts, starts, strict=True)]),
                np.concatenate([part[2] for part in parts]),
            )
        )
    return joined


class KernelEngine:
    """Makes swarms of the compiled kernel for one record.

    Parameters
    ----------
    record
        A case with a script and homicides.
    particles
        M, particles of each row of parameters, at least 1.
    kinds
        Kinds of figures to use (`KINDS`); what is left out adds exactly 0.
    end
        First month that is not used; None is the January after the last homicide figure.
    history
        The reading of history that drives the worlds; None is the case's own.
    guided
        Whether the month's figure is in view when particles are chosen and when their actions and
        errors are proposed. Changes the variance of the estimate, not its mean.
    threshold
        Rows are resampled when fewer than this share of the particles is effective, 0 to 1 (1:
        always, unless all weigh the same).
    threads
        Threads; None takes all processors. Changes no bit of the result.
    chunk
        Particles that run at a time in a thread, about. Changes no bit of the result.
    """

    def __init__(
        self,
        record: Record,
        *,
        particles: int = 64,
        kinds: Iterable[str] = KINDS,
        end: str | pd.Timestamp | None = None,
        history: History | None = None,
        guided: bool = True,
        threshold: float = 1.0,
        threads: int | None = None,
        chunk: int = _PARTICLES_AT_A_TIME,
        seen: Sightings | None = None,
    ) -> None:
        if particles < 1:
            raise ValueError(f"At least one particle is needed, not {particles}.")
        past = History.of(record) if history is None else history
        given = sightings(record, history=past, kinds=kinds, end=end) if seen is None else seen
        self.particles, self.chunk = particles, chunk
        self.threads = threads or len(os.sched_getaffinity(0))
        self.filter = _Filter(given, past, measured(), guided=guided, threshold=threshold)
        dates = [month.date for month in self.filter.months]
        firsts = [n for n, date in enumerate(dates) if n == 0 or date.month == 1]
        self.bounds = np.array([*firsts, len(dates)])

    @property
    def seen(self) -> Sightings:
        """The figures of the likelihood."""
        return self.filter.seen

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that the likelihood can see: physical ones of the game, and extra ones."""
        return tuple(p.name for p in PHYSICAL) + tuple(e.name for e in extra_priors())

    def begin(self, draws: Theta | Draws, *, seed: int, errand: int = 0) -> KernelSwarm:
        """A fresh swarm before the first stage.

        Parameters
        ----------
        draws
            Rows of parameters; plain draws take the extra parameters at their defaults.
        seed
            Seed of the luck, 0 to 2**63 - 1.
        errand
            Number of the run, 0 to 2**20 - 1: runs of different numbers have independent luck.
        """
        theta = draws if isinstance(draws, Theta) else Theta.of(draws)
        n, m = len(theta), self.particles
        if not 0 <= errand < 1 << 20:
            raise ValueError(f"errand must lie between 0 and {(1 << 20) - 1}, not {errand}.")
        if n * m > _ERRAND:
            raise ValueError(f"{n} rows of {m} particles are more than {_ERRAND}.")
        start = initial_state(theta.draws, self.filter.history.setting, self.seen.first)
        moods = self.filter.moods
        latent = np.zeros((n * m, moods + 2 * MOODS))
        latent[:, Latent.ACTION : moods] = -1.0
        latent[:, moods : moods + MOODS] = start.values[:, [Slot.APPROVAL]].repeat(m, axis=0)
        latent[:, moods + MOODS :] = 1.0 / MOODS
        return KernelSwarm(
            engine=self,
            theta=theta,
            seed=int(seed),
            errand=int(errand),
            stage=0,
            states=start.values.repeat(m, axis=0),
            latent=latent,
            log_weights=np.full((n, m), -np.log(m)),
            log_likelihood=np.zeros(n),
            gains=np.zeros((0, n)),
            effective=np.zeros((0, n)),
            predicted=np.zeros((0, n, len(_QUANTILES) + 1)),
        )

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> KernelSwarm:
        """The swarm that `KernelSwarm.arrays` described."""
        names = tuple(e.name for e in extra_priors())
        values = np.array(arrays["values"])
        draws = Draws(
            values,
            tuple(p.name for p in P),
            np.array(arrays["weights"]),
            np.array(arrays["worlds"]),
        )
        seed, errand, stage = (int(number) for number in arrays["place"])
        rest = ("states", "latent", "log_weights", "log_likelihood", "gains", "effective")
        return KernelSwarm(
            engine=self,
            theta=Theta(draws, pd.DataFrame(np.array(arrays["extra"]), columns=list(names))),
            seed=seed,
            errand=errand,
            stage=stage,
            predicted=np.array(arrays["predicted"]),
            **{name: np.array(arrays[name]) for name in rest},
        )

    def _run(
        self, swarm: KernelSwarm, first: int, end: int, keep: bool
    ) -> list[tuple[slice, _Notes]]:
        """Take all rows of a swarm through months [first, end), in chunks and threads."""
        n = len(swarm)
        most = self.threads * max(1, self.chunk // swarm.particles)
        # As many chunks for each thread, so that none is left to wait.
        per = -(-n // (self.threads * -(-n // most)))
        pieces = [slice(a, min(a + per, n)) for a in range(0, n, per)]

        def work(rows: slice) -> tuple[slice, _Notes]:
            part, count = self._part(swarm, rows), rows.stop - rows.start
            notes = _Notes(
                np.zeros((end - first, count)),
                np.zeros((end - first, count)),
                np.full((end - first, count, len(_QUANTILES) + 1), np.nan),
            )
            for number in range(first, end):
                self.filter.step(part, number, swarm.seed, notes, number - first, keep)
            return rows, notes

        if self.threads == 1 or len(pieces) == 1:
            return [work(rows) for rows in pieces]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, pieces))

    def _part(self, swarm: KernelSwarm, rows: slice) -> _Rows:
        """Some rows of a swarm; states and weights are views, changed in place."""
        m = swarm.particles
        wide = slice(rows.start * m, rows.stop * m)
        values = swarm.theta.draws.values[rows].repeat(m, axis=0)
        extra = {
            str(name): np.asarray(column.to_numpy()[rows], dtype=np.float64).repeat(m)
            for name, column in swarm.theta.extra.items()
        }
        extra |= {"leak": values[:, P.leak].copy(), "sanction": values[:, P.sanction].copy()}
        if "events" in self.seen.kinds:
            # The record says when pacts leaked and were punished: no world decides it by itself.
            values[:, [P.leak, P.sanction]] = 0.0
        names = ("error_spread", "error_persistence", "stickiness", "misprint")
        n, most = len(values), 3**self.filter.gangs
        return _Rows(
            states=swarm.states[wide],
            parameters=values,
            latent=swarm.latent[wide],
            log_weights=swarm.log_weights[rows],
            worlds=swarm.errand * _ERRAND + np.arange(wide.start, wide.stop, dtype=np.int64),
            extra=extra,
            numbers=np.column_stack([extra[name] for name in names]),
            room=(
                np.empty((n, most)),
                np.empty((n, most)),
                np.empty((n, most), dtype=np.int64),
                np.empty(n, dtype=np.int64),
            ),
        )


# -- In one call ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FilteredRecord:
    """What a filter says of rows of parameters.

    Attributes
    ----------
    log_likelihood
        float64[N].
    months
        One row a month and draw: date, draw, gain (log), effective.
    predicted
        One row a homicide figure and draw: start (first month), date (last month), draw, value,
        q05, q25, q50, q75, q95 of what was expected one step ahead, below (probability of less).
        Particles are chosen with the figure in view and their weights corrected, so that these
        rest on fewer of them than the likelihood does.
    diagnostics
        See `KernelSwarm.diagnostics`.
    """

    log_likelihood: Floats
    months: pd.DataFrame
    predicted: pd.DataFrame
    diagnostics: pd.DataFrame


def filter_record(
    record: Record,
    theta: Theta | Draws,
    *,
    seed: int,
    particles: int = 64,
    errand: int = 0,
    **options: Any,
) -> FilteredRecord:
    """Run the filter over the whole record.

    Parameters
    ----------
    record
        A case with a script and homicides.
    theta
        Rows of parameters.
    seed, errand
        As for `KernelEngine.begin`.
    particles, **options
        As for `KernelEngine`.
    """
    engine = KernelEngine(record, particles=particles, **options)
    swarm = engine.begin(theta, seed=seed, errand=errand)
    while swarm.stage < swarm.stages:
        swarm.advance()
    dates = [month.date for month in engine.filter.months]
    draws = np.arange(len(swarm))
    months = pd.DataFrame(
        {
            "date": np.repeat(np.array(dates), len(draws)),
            "draw": np.tile(draws, len(dates)),
            "gain": swarm.gains.ravel(),
            "effective": swarm.effective.ravel(),
        }
    )
    return FilteredRecord(
        swarm.log_likelihood.copy(), months, _forecasts(engine, swarm), swarm.diagnostics
    )


def _forecasts(engine: KernelEngine, swarm: KernelSwarm) -> pd.DataFrame:
    places = {month.date: number for number, month in enumerate(engine.filter.months)}
    frames = []
    for figure in rows_in(engine.seen.of("homicides")):
        last = max(figure.months)
        found = pd.DataFrame(
            swarm.predicted[places[last]],
            columns=["q05", "q25", "q50", "q75", "q95", "below"],
        )
        found.insert(0, "value", figure.value)
        found.insert(0, "draw", np.arange(len(swarm)))
        found.insert(0, "date", last)
        found.insert(0, "start", min(figure.months))
        frames.append(found)
    return pd.concat(frames, ignore_index=True)
