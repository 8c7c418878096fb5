r"""Published figures: what agencies, polls and press would have printed of simulated worlds.

A world's ledger holds what happened; a reader of that world would see agencies disagree, print
totals over intervals that suit them, and change their rules. `published` gives figures in the shape
of the record, so that whatever reads the record can be tried on worlds whose truth is known.

**Deaths of a month** are read in two steps. All registers share the luck of what reaches any of
them, a factor :math:`g \sim \mathrm{Gamma}(n_y, 1/n_y)`; agency :math:`k` then prints
:math:`\varepsilon_k` times what reached it. Each step leaves every death out with probability
:math:`1-f` where the factor :math:`f` is below 1, and adds :math:`\mathrm{Poisson}((f-1) N)` where
it is above. The ledger's killings are Poisson already, so that this, and not a second negative
binomial law around them, gives the printed count the variance :math:`\mu+\mu^2/n_y` around the
expected count :math:`\mu`. Agencies stay as close as reconciled registers are.

**Shorter intervals** share out the month: each death falls on any day alike, those of a strike on a
few days. Sums of an agency's days are its months, and sums of its months its years.

Noise is keyed by (seed, world, date, series, agency, purpose): see `tregua.simulate.keyed`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.model import Setting
from tregua.simulate.ensemble import Ensemble
from tregua.simulate.figures import counts_over, figures_of
from tregua.simulate.intervals import Spans, spans
from tregua.simulate.keyed import Errand, key_of
from tregua.simulate.outlets import Outlet, Sight, outlets_of
from tregua.simulate.scene import Scene, scene_of

__all__ = ["EVENT_VARIABLES", "PUBLISHED_VARIABLES", "published", "published_events"]

Floats = NDArray[np.float64]

PUBLISHED_VARIABLES: tuple[str, ...] = tuple(
    dict.fromkeys(name for sight in Sight for name in sight.needs)
)
"""Variables of the ledger that all published series together need."""

EVENT_VARIABLES: tuple[str, ...] = ("leaks", "sanctions", "prosecuted", "strikes", "struck")
"""Variables of the ledger that dated events need."""


def published(
    ensemble: Ensemble,
    *,
    seed: int,
    series: Sequence[str] | None = None,
    intervals: str | Sequence[Any] | None = None,
    outlets: Sequence[Outlet] | None = None,
    measures: Mapping[str, float] | None = None,
    setting: Setting | None = None,
    exact: bool = False,
    missing: float = 0.0,
    at_least: float = 0.0,
) -> pd.DataFrame:
    """Figures that would have been printed of these worlds, in the shape of the record.

    Parameters
    ----------
    ensemble
        Worlds by month or by shorter periods, run with the variables that the series need
        (`simulate.PUBLISHED_VARIABLES`).
    seed
        Seed of the errors of measurement, 0 to 2**63 - 1; it may differ from that of the worlds.
    series
        Names of series; None prints every one whose variables were kept.
    intervals
        Intervals of all series: one of day, week, month, quarter, half-year, year and
        year-to-date, or pairs (start, end) of dates, half-open. Stocks and polls are printed of
        the day on which an interval ends. None: each series at its outlet's own rhythm.
    outlets
        Who prints what; None takes those of the worlds' case (`simulate.outlets_of`).
    measures
        Numbers of the measurement layer that differ from their defaults, by name.
    setting
        The setting in which the worlds were run; None is the embedded El Salvador, for its worlds
        only. Its counting rules say when people killed by police left the tally.
    exact
        Print what the ledger holds under each agency's rules, without any error; the expected
        number where a figure is an estimate by nature.
    missing
        Share of figures that are not printed, at random, below 1.
    at_least
        Share of counts printed as "more than" a round number below them.

    Returns
    -------
    pandas.DataFrame
        Columns world, series, start, end (half-open; end = start for stocks and polls), value,
        unit, agency, status ("simulated") and note ("more than", or empty). Sorted by world; an
        agency prints nothing outside its own dates.

    Raises
    ------
    ValueError
        For a series that nobody prints, a variable that was not kept, an interval outside the
        worlds' months, or a number that is impossible.

    Examples
    --------
    >>> import pandas as pd
    >>> from tregua import model, simulate
    >>> era = model.Era(pd.Timestamp("2003-01-01"), model.Stance.STATUS_QUO)
    >>> worlds = simulate.run(
    ...     model.defaults(), script=model.Script((era,)), start="2003-01-01", end="2005-01-01",
    ...     seed=1,
    ... )
    >>> printed = simulate.published(worlds, seed=1, series=["homicides"], intervals="quarter")
    >>> printed.groupby("agency", observed=True).size().to_dict()
    {'PNC': 8, 'IML': 8}
    """
    _check(seed, missing, at_least)
    scene = scene_of(ensemble, seed, measures, setting, exact)
    if outlets is None:
        outlets = outlets_of(str(ensemble.provenance["case"]))
    chosen = _chosen(outlets, series, scene)
    frames = []
    for order, outlet in enumerate(chosen):
        given = outlet.rhythm if intervals is None else intervals
        starts, ends = _when_it_prints(outlet, spans(given, scene.first, scene.end))
        if outlet.sight.form == "count":
            values = counts_over(scene, outlet, starts, ends)
        else:
            starts = ends = np.unique(ends)
            values = figures_of(scene, outlet, ends)
        frames.append(_rows(scene, outlet, (starts, ends), values, missing, at_least, order))
    return _together(frames, chosen)


def _check(seed: int, missing: float, at_least: float) -> None:
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise ValueError(f"The seed must be a whole number from 0 to 2**63 - 1, not {seed!r}.")
    if not 0.0 <= missing < 1.0:
        raise ValueError(f"missing is a share from 0 to below 1, not {missing!r}.")
    if not 0.0 <= at_least <= 1.0:
        raise ValueError(f"at_least is a share from 0 to 1, not {at_least!r}.")


def _chosen(
    outlets: Sequence[Outlet], series: Sequence[str] | None, scene: Scene
) -> tuple[Outlet, ...]:
    """Outlets that print; says which variables are lacking."""
    names = tuple(dict.fromkeys(outlet.series for outlet in outlets))
    wanted = names if series is None else tuple(series)
    for name in wanted:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"Nobody prints '{name}'.{hint} Known: {', '.join(names)}.")
    found = [outlet for outlet in outlets if outlet.series in wanted]
    lacking = sorted(
        {name for outlet in found for name in outlet.sight.needs if name not in scene.ledger}
    )
    printed = tuple(o for o in found if all(name in scene.ledger for name in o.sight.needs))
    if lacking and (series is not None or not printed):
        raise ValueError(
            f"These worlds were run without {', '.join(lacking)}; run them with "
            "variables=simulate.PUBLISHED_VARIABLES."
        )
    return printed


def _when_it_prints(outlet: Outlet, every: Spans) -> Spans:
    starts, ends = every
    inside = np.ones(len(starts), dtype=bool)
    if outlet.first is not None:
        inside &= starts >= np.datetime64(outlet.first, "D")
    if outlet.last is not None:
        inside &= ends <= np.datetime64(outlet.last, "D")
    return starts[inside], ends[inside]


# -- Rows ------------------------------------------------------------------------------------


def _rows(
    scene: Scene,
    outlet: Outlet,
    when: Spans,
    values: Floats,
    missing: float,
    at_least: float,
    order: int,
) -> pd.DataFrame:
    starts, ends = when
    # An interval's luck is that of its first day and its length.
    number = starts.astype(np.int64) + ((ends - starts).astype(np.int64) << 16)
    name = key_of(outlet.series, outlet.agency)
    printed = ~np.isnan(values)
    if missing > 0.0:
        printed &= scene.uniforms(number, name, Errand.MISSING) >= missing
    vague = np.zeros(values.shape, dtype=bool)
    if at_least > 0.0 and outlet.sight.form == "count":
        vague = scene.uniforms(number, name, Errand.AT_LEAST) < at_least
        vague &= values >= 10.0
        values = np.where(vague, _round_below(values), values)
    world, interval = np.nonzero(printed)
    return pd.DataFrame(
        {
            "world": scene.worlds[world],
            "order": order,
            "start": starts[interval].astype("datetime64[ns]"),
            "end": ends[interval].astype("datetime64[ns]"),
            "value": values[world, interval],
            "note": _category(vague[world, interval], ["", "more than"]),
            "place": world,
        }
    )


def _round_below(values: Floats) -> Floats:
    """The largest number of at most two figures below a count; counts below 10 stay."""
    below = np.maximum(values - 1.0, 1.0)
    step = 10.0 ** np.maximum(np.floor(np.log10(below)) - 1.0, 0.0)
    return np.asarray(np.where(values >= 10.0, np.floor(below / step) * step, values))


def _category(codes: NDArray[Any], names: list[str]) -> pd.Categorical[Any]:
    """Text kept as numbers: a figure's names are few and its rows many."""
    dtype: Any = pd.CategoricalDtype(names)
    return pd.Categorical.from_codes(codes.astype(np.int64), dtype=dtype)


def _together(frames: list[pd.DataFrame], outlets: tuple[Outlet, ...]) -> pd.DataFrame:
    rows = pd.concat(frames, ignore_index=True)
    rows = rows.sort_values(["place", "order"], kind="stable", ignore_index=True)
    order = rows["order"].to_numpy()

    def label(names: list[str]) -> pd.Categorical[Any]:
        distinct = list(dict.fromkeys(names))
        codes = np.array([distinct.index(name) for name in names], dtype=np.int32)
        return _category(codes[order], distinct)

    return pd.DataFrame(
        {
            "world": rows["world"],
            "series": label([outlet.series for outlet in outlets]),
            "start": rows["start"],
            "end": rows["end"],
            "value": rows["value"],
            "unit": label([outlet.sight.unit for outlet in outlets]),
            "agency": label([outlet.agency for outlet in outlets]),
            "status": _category(np.zeros(len(rows)), ["simulated"]),
            "note": rows["note"],
        }
    )


# -- Dated events ----------------------------------------------------------------------------

_EVENTS = {
    "leaks": ("exposure_by_press", "press", "The press reveals a secret pact"),
    "sanctions": ("sanction", "foreign government", "Sanctions over an exposed pact"),
    "prosecuted": (
        "prosecution_of_negotiators",
        "prosecution",
        "Negotiators of a past pact are prosecuted",
    ),
    "strikes": ("massacre", "gangs", "{struck:.0f} killed in a strike"),
}


def published_events(ensemble: Ensemble, *, seed: int) -> pd.DataFrame:
    """Dated events that the press would have printed of these worlds.

    Exposures of pacts, sanctions, prosecutions of negotiators and strikes. Pacts themselves are not
    printed: they are secret until they leak.

    Parameters
    ----------
    ensemble
        Worlds of the stochastic reading, run with `simulate.EVENT_VARIABLES` among the variables.
    seed
        Seed of the days within months. With the seed given to `published`, the deaths of a strike
        fall on the strike's days.

    Returns
    -------
    pandas.DataFrame
        Columns world, date, end (half-open), type and actors (as in the record), description and
        status ("simulated"), by world and date.

    Raises
    ------
    ValueError
        If a variable was not kept, or the worlds are of the mean reading, which has no events.
    """
    _check(seed, 0.0, 0.0)
    scene = scene_of(ensemble, seed, None, None, exact=False)
    lacking = [name for name in EVENT_VARIABLES if name not in scene.ledger]
    if lacking:
        raise ValueError(
            f"These worlds were run without {', '.join(lacking)}; run them with "
            "variables=simulate.EVENT_VARIABLES among others."
        )
    if not scene.drawn:
        raise ValueError("The mean reading holds shares of worlds, not dated events.")
    frames = [_events_of(scene, name) for name in _EVENTS]
    rows = pd.concat(frames, ignore_index=True)
    rows = rows.sort_values(["place", "date"], kind="stable", ignore_index=True)
    return rows.drop(columns="place").assign(status="simulated")


def _events_of(scene: Scene, name: str) -> pd.DataFrame:
    kind, actors, words = _EVENTS[name]
    values = scene.ledger[name]
    if name == "prosecuted":
        before = np.concatenate([values[:, :1], values[:, :-1]], axis=1)
        happened = (values >= 0.5) & (before < 0.5)
    else:
        happened = values > 0.0
    u = scene.uniforms(scene.first_days, key_of("events", name), Errand.EVENT_DAY)
    day, length = np.floor(u * scene.lengths).astype(np.int64), np.ones(u.shape, dtype=np.int64)
    if name == "strikes":
        day, length = scene.strike_window
    world, month = np.nonzero(happened)
    date = (scene.first_days[month] + day[world, month]).astype("datetime64[D]")
    struck = scene.ledger["struck"][world, month]
    return pd.DataFrame(
        {
            "place": world,
            "world": scene.worlds[world],
            "date": date.astype("datetime64[ns]"),
            "end": (date + length[world, month]).astype("datetime64[ns]"),
            "type": kind,
            "actors": actors,
            "description": [words.format(struck=number) for number in struck],
        }
    )
