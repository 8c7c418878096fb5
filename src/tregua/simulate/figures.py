"""Figures: what each kind of outlet prints of a scene, over intervals and of days."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

from tregua.model.measurement import beta_shapes
from tregua.simulate.keyed import Errand, binomials, days_within, key_of
from tregua.simulate.outlets import Outlet, Sight
from tregua.simulate.scene import Part, Scene

__all__ = ["counts_over", "figures_of"]

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

_MONTHS_A_YEAR = 12.0

# -- Errors ----------------------------------------------------------------------------------


def _error(scene: Scene, outlet: Outlet, days: Days, sd: Floats | float) -> Floats:
    """Factor on an outlet's figures of these days, float64[n, days]: one luck a calendar year."""
    years = days.astype("datetime64[Y]").astype(np.int64)
    distinct, place = np.unique(years, return_inverse=True)
    name = key_of(outlet.series, outlet.agency)
    luck = ndtri(scene.uniforms(distinct, name, Errand.ERROR))
    return np.asarray(np.exp(luck[:, place] * sd))


def _late(days: Days, since: pd.Timestamp | None, early: float, late: float) -> Floats:
    if since is None:
        return np.full(len(days), early)
    return np.where(days >= np.datetime64(since, "D"), late, early)


# -- Counts over intervals -------------------------------------------------------------------


def _deaths(scene: Scene, outlet: Outlet) -> list[Part]:
    held = dict(scene.register)
    if outlet.sight is Sight.TALLY:
        del held["police"]
    elif outlet.sight is Sight.TALLY_AND_POLICE_UNTIL_EXCEPTION:
        held["police"] = held["police"] * ~scene.since(scene.setting.undercounted_from)
    if not scene.exact:
        days = scene.months.astype("datetime64[D]")
        m, change = scene.measures, scene.rules_change
        sd = _late(days, change, m["agency_error"], m["agency_error_late"])
        factor = _error(scene, outlet, days, sd)
        held = {
            part: scene.recounted(
                counts,
                factor,
                key_of(outlet.series, outlet.agency, part),
                Errand.KEPT,
                Errand.ADDED,
                drawn=True,
            )
            for part, counts in held.items()
        }
    struck = held.pop("struck")
    others = np.add.reduce(list(held.values()))
    return [Part(struck, *scene.strike_window), scene.whole_month(others)]


def _complaints(scene: Scene, _: Outlet) -> list[Part]:
    return [scene.whole_month(scene.complaints[1])]


def _unresolved(scene: Scene, outlet: Outlet) -> list[Part]:
    """Complaints without those about people found alive, except some."""
    m = scene.measures
    mean, counts = scene.complaints
    alive = (1.0 - m["still_open"]) * m["found_alive"] / _MONTHS_A_YEAR
    share = (mean - alive) / np.maximum(mean, 1e-300)
    if scene.exact:
        return [scene.whole_month(counts * share)]
    days = scene.months.astype("datetime64[D]")
    listed = np.clip(share * _error(scene, outlet, days, m["unresolved_error"]), 0.0, 1.0)
    where = (scene.seed, scene.worlds, scene.first_days, key_of(outlet.series, outlet.agency))
    return [scene.whole_month(binomials(*where, int(Errand.UNRESOLVED), counts, listed))]


def _detentions(scene: Scene, outlet: Outlet) -> list[Part]:
    counts = scene.ledger["detained"]
    if not scene.exact:
        days = scene.months.astype("datetime64[D]")
        factor = _error(scene, outlet, days, scene.measures["detention_error"])
        counts = np.rint(counts * factor)
    return [scene.whole_month(counts)]


_COUNTS: dict[Sight, Callable[[Scene, Outlet], list[Part]]] = {
    Sight.TALLY: _deaths,
    Sight.TALLY_AND_POLICE: _deaths,
    Sight.TALLY_AND_POLICE_UNTIL_EXCEPTION: _deaths,
    Sight.COMPLAINTS: _complaints,
    Sight.UNRESOLVED: _unresolved,
    Sight.DETENTIONS: _detentions,
}


def counts_over(scene: Scene, outlet: Outlet, starts: Days, ends: Days) -> Floats:
    """People in each interval, float64[n, intervals]: differences of a running count."""
    dates, place = np.unique(np.concatenate([starts, ends]), return_inverse=True)
    running = np.zeros((len(scene.worlds), len(dates)))
    for index, part in enumerate(_COUNTS[outlet.sight](scene, outlet)):
        name = key_of(outlet.series, outlet.agency, str(index))
        running += _running(scene, part, dates, name)
    return running[:, place[len(starts) :]] - running[:, place[: len(starts)]]


def _running(scene: Scene, part: Part, dates: Days, name: int) -> Floats:
    """People before each date."""
    months = dates.astype("datetime64[M]")
    index = (months - scene.months[0]).astype(np.int64)
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    before = np.zeros((len(scene.worlds), len(scene.months) + 1))
    np.cumsum(part.counts, axis=1, out=before[:, 1:])
    running = before[:, index]
    cut = np.flatnonzero(day > 0)
    if len(cut) == 0:
        return running
    opened, which = np.unique(index[cut], return_inverse=True)
    within = days_within(
        scene.seed,
        scene.worlds,
        scene.first_days[opened],
        name,
        part.counts[:, opened],
        part.starts[:, opened],
        part.lengths[:, opened],
    )
    running[:, cut] += within[:, which, day[cut]]
    return running


# -- Figures of a day ------------------------------------------------------------------------


def _at(scene: Scene, values: Floats, days: Days) -> Floats:
    """A stock on days: between two ends of months in proportion; missing before the first."""
    ends = (scene.months + 1).astype("datetime64[D]").astype(np.float64)
    when = days.astype("datetime64[D]").astype(np.float64)
    right = np.clip(np.searchsorted(ends, when), 0, len(ends) - 1)
    left = np.maximum(right - 1, 0)
    width = np.maximum(ends[right] - ends[left], 1.0)
    weight = np.clip((when - ends[left]) / width, 0.0, 1.0)
    weight = np.where(right == left, 1.0, weight)
    out = values[:, left] * (1.0 - weight) + values[:, right] * weight
    out[:, when < ends[0]] = np.nan
    return out


def _stock(scene: Scene, outlet: Outlet, days: Days) -> Floats:
    ledger, m, sight = scene.ledger, scene.measures, outlet.sight
    sd: Floats | float = m["member_error"]
    if sight is Sight.PRISONERS:
        truth = ledger["prisoners"]
        since = scene.setting.undercounted_from
        sd = _late(days, since, m["prison_error"], m["prison_error_late"])
    elif sight is Sight.GANG_PRISONERS:
        truth, sd = ledger["gang_prisoners"], m["gang_prisoner_error"]
    elif sight is Sight.STREET_MEMBERS:
        truth = ledger["street"]
    else:
        truth = (ledger["street"] + ledger["gang_prisoners"]) * m["collaborator_factor"]
    values = _at(scene, truth, days)
    if scene.exact:
        return values
    # A figure of 1 January closes the year before and carries that year's error.
    return np.asarray(np.rint(values * _error(scene, outlet, days - 1, sd)))


def _poll(scene: Scene, outlet: Outlet, days: Days) -> Floats:
    m, sight = scene.measures, outlet.sight
    if sight is Sight.BELIEF:
        # Asked once the pact is public: of the month in which the day before lies.
        months = (days - 1).astype("datetime64[M]")
        index = np.clip((months - scene.months[0]).astype(np.int64), 0, len(scene.months) - 1)
        known = scene.ledger["leaked"][:, index] >= 0.5
        share = np.where(known, m["belief_under_denial"], np.nan)
    else:
        share = _at(scene, scene.ledger["fear" if sight is Sight.FEAR else "approval"], days)
    if scene.exact:
        return 100.0 * share
    asked = float(round(m["poll_size"]))
    numbers, name = days.astype(np.int64), key_of(outlet.series, outlet.agency)
    leaning = np.clip(np.nan_to_num(share), 0.0, 1.0)
    if m["poll_design"] > 1.0:
        inside = (leaning > 0.0) & (leaning < 1.0)
        a, b = beta_shapes(np.where(inside, leaning, 0.5), asked, m["poll_design"])
        u = scene.uniforms(numbers, name, Errand.OPINION)
        leaning = np.where(inside, betaincinv(a, b, u), leaning)
    yes = binomials(
        *(scene.seed, scene.worlds, numbers, name, int(Errand.ANSWERS)),
        np.full(leaning.shape, asked),
        leaning,
    )
    return np.asarray(np.where(np.isnan(share), np.nan, np.round(100.0 * yes / asked, 1)))


def figures_of(scene: Scene, outlet: Outlet, days: Days) -> Floats:
    """Figures of days, float64[n, days]; missing where there is none."""
    return (_poll if outlet.sight.form == "poll" else _stock)(scene, outlet, days)
