r"""How good are forecasts of counts? A rolling origin, simple rivals, and no hiding of losses.

Every month is an origin. From each, the detector's model and all rivals forecast the counts 1, 3, 6
and 12 months ahead and the sums until then, knowing what the record says of the months so far, in
today's revision. What came is scored where it was counted: single months against single months,
sums where whole tiles add up to them.

*Skill* against a rival is :math:`1 - \bar S / \bar S_{rival}` on the same cases. Its interval comes
from a circular block bootstrap over origins (Politis and Romano 1992), blocks of twelve months or
of the horizon if that is longer: neighbouring origins share their outcomes, and a plain bootstrap
would call chance skill. It plays the part of the Diebold-Mariano test without its normal limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.counts.detection import LEAST_MONTHS
from tregua.infer.counts.generate import generate
from tregua.infer.counts.partition import Tiles, tiles
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.forecasts.baselines import BASELINES, TARGETS, Forecaster, Panel
from tregua.infer.forecasts.forecast import Forecast, forecast
from tregua.infer.forecasts.mechanistic import Cloud, mechanistic
from tregua.infer.forecasts.predictive import Predictive, interval_score
from tregua.record import Record

__all__ = [
    "HORIZONS",
    "PERIODS",
    "block_bootstrap",
    "forecast_scores",
    "rolling_scores",
    "skill_table",
    "summary",
]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

HORIZONS: tuple[int, ...] = (1, 3, 6, 12)
"""Months ahead that are scored."""

OWN = "filter"
"""Name of the detector's model among the methods."""

PERIODS: tuple[tuple[str, str, str], ...] = (
    ("before the truce", "2010-01", "2012-02"),
    ("truce", "2012-03", "2014-05"),
    ("escalation", "2014-06", "2016-03"),
    ("fall", "2016-04", "2019-06"),
    ("second pact", "2019-07", "2022-03"),
    ("exception", "2022-04", "2100-01"),
)
"""Periods of El Salvador by which scores are split: name, first and last month."""

_MEASURES = ("crps", "crps_log", "log_score", "interval50", "interval90")
_BLOCK = 12
_RESAMPLES = 2000
_FIRST_ORIGIN = "2010-01"
_PAST = 60  # months before the first origin of a synthetic series
_LEVELS = (300.0, 100.0, 30.0, 10.0)  # of synthetic series in turn, deaths a month


def _row(method: str, origin: pd.Timestamp, target: str, horizon: int) -> dict[str, Any]:
    return {
        "method": method,
        "origin": origin,
        "target": target,
        "horizon": horizon,
        "month": origin + pd.DateOffset(months=horizon),
    }


def _scored(law: Predictive, seen: float, luck: float) -> dict[str, float]:
    """All scores of one forecast."""
    low50, high50 = law.quantile(0.25), law.quantile(0.75)
    low90, high90 = law.quantile(0.05), law.quantile(0.95)
    return {
        "seen": seen,
        "crps": law.crps(seen),
        "crps_log": law.crps(seen, logs=True),
        "log_score": law.log_score(seen),
        "interval50": interval_score(low50, high50, seen, 0.5),
        "interval90": interval_score(low90, high90, seen, 0.9),
        "inside50": float(low50 <= seen <= high50),
        "inside90": float(low90 <= seen <= high90),
        "error": abs(law.quantile(0.5) - seen),
        "pit": law.pit(seen, luck),
    }


def rolling_scores(
    counts: Tiles,
    origins: Sequence[pd.Timestamp],
    *,
    horizons: Sequence[int] = HORIZONS,
    rivals: Mapping[str, Forecaster] = BASELINES,
    settings: Settings | None = None,
    paths: int = 1000,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score the detector's model and its rivals from each origin.

    Parameters
    ----------
    counts
        Counts as tiles.
    origins
        Last month known to each forecast.
    horizons
        Months ahead.
    rivals
        Simple forecasts by name.
    settings
        Assumptions of the detector's model; the published ones if None.
    paths
        Paths by which the model forecasts sums.
    seed
        Seed of all draws.
    threads
        Worker threads; results do not depend on them.
    progress
        Called with (steps done, steps).

    Returns
    -------
    DataFrame
        One row a forecast that met a count: `method`, `origin`, `target` ("month" or "total"),
        `horizon`, `month`, `seen`, the scores `crps`, `crps_log`, `log_score`, `interval50`,
        `interval90`, and `inside50`, `inside90` (1 or 0), `error` (of the median), `pit`.
    """
    panel = Panel.of(counts)
    steps = 2 * len(origins)
    own = forecast(
        counts,
        horizon=tuple(horizons),
        origins=origins,
        settings=settings,
        totals=True,
        paths=paths,
        seed=seed,
        threads=threads,
        progress=_first_half(progress, len(origins)),
    )
    rows: list[dict[str, Any]] = []
    for number, origin in enumerate(origins):
        known = panel.known(origin)
        laws = {name: rival(known, horizons, seed) for name, rival in rivals.items()}
        laws[OWN] = _own(own, origin)
        rows += _at_origin(panel, origin, horizons, laws, seed)
        if progress is not None:
            progress(len(origins) + number + 1, steps)
    return pd.DataFrame(rows)


def _first_half(progress: Progress | None, origins: int) -> Progress | None:
    """Tell of the filter's work as the first half of all."""
    if progress is None:
        return None
    return lambda done, total: progress(origins * done // total, 2 * origins)


def _own(found: Forecast, origin: pd.Timestamp) -> dict[tuple[str, int], Predictive]:
    laws = {"month": found.months, "total": found.totals}
    return {
        (target, horizon): laws[target][origin, horizon]
        for target in TARGETS
        for horizon in found.horizons
    }


def _at_origin(
    panel: Panel,
    origin: pd.Timestamp,
    horizons: Sequence[int],
    laws: Mapping[str, Mapping[tuple[str, int], Predictive]],
    seed: int,
) -> list[dict[str, Any]]:
    """Scores of all methods from one origin."""
    rows = []
    stream = np.random.Generator(np.random.Philox(key=[seed + 1, origin.year * 12 + origin.month]))
    for target in TARGETS:
        for horizon in horizons:
            luck = float(stream.random())
            seen = panel.seen(origin, target, horizon)
            if np.isnan(seen) or (target == "total" and horizon == 1):
                continue  # the sum of one month is that month
            rows += [
                _row(method, origin, target, horizon)
                | _scored(found[target, horizon], float(round(seen)), luck)
                for method, found in laws.items()
            ]
    return rows


def summary(scores: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean scores of each method.

    Parameters
    ----------
    scores
        As `rolling_scores` returns them.
    by
        Further columns to split by.

    Returns
    -------
    DataFrame
        `method`, those of `by`, `target`, `horizon`, `cases`, mean `crps`, `crps_log`,
        `log_score`, `interval50`, `interval90`; `cover50`, `cover90` (shares inside); `mae` (mean
        absolute error of the median). The best method of each group comes first, by `crps`.
    """
    keys = [*by, "target", "horizon"]
    grouped = scores.groupby([*keys, "method"], sort=False, observed=True)
    table = grouped[list(_MEASURES)].mean()
    table.insert(0, "cases", grouped.size())
    table["cover50"] = grouped["inside50"].mean()
    table["cover90"] = grouped["inside90"].mean()
    table["mae"] = grouped["error"].mean()
    table = table.reset_index()
    for name in by:  # in the order in which they first come, which is that of time
        table[name] = pd.Categorical(table[name], pd.unique(scores[name]))
    table = table.sort_values([*keys, "crps"], kind="stable").astype(dict.fromkeys(by, object))
    return table[["method", *(c for c in table.columns if c != "method")]].reset_index(drop=True)


def block_bootstrap(values: Floats, block: int, *, seed: int, resamples: int = 2000) -> Floats:
    """Means of resampled blocks, the ends of the series joined.

    Parameters
    ----------
    values : ndarray, (cases,) or (cases, columns)
        Values in the order of time; columns are resampled together.
    block
        Cases in a block; all of them at most.
    seed
        Seed of the resamples.
    resamples
        How many.

    Returns
    -------
    ndarray, (resamples,) or (resamples, columns)
        Mean of each resample.
    """
    cases = len(values)
    block = min(block, cases)
    count = -(-cases // block)
    starts = np.random.Generator(np.random.Philox(key=[seed, cases])).integers(
        0, cases, (resamples, count)
    )
    places = (starts[:, :, None] + np.arange(block)) % cases
    return np.asarray(values[places.reshape(resamples, -1)[:, :cases]].mean(axis=1))


def skill_table(scores: pd.DataFrame, *, own: str = OWN, seed: int = 0) -> pd.DataFrame:
    """Skill of one method against each other, with block-bootstrap intervals.

    Parameters
    ----------
    scores
        As `rolling_scores` returns them.
    own
        The method whose skill is asked for.
    seed
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        `method`, `rival`, `target`, `horizon`, `measure` ("crps", "crps_log"), `cases`, `skill`
        (share of the rival's mean score that is saved; negative where it loses), `low`, `high`
        (90 %), `better` (share of resamples with positive skill), `best` (whether the rival had the
        lowest mean score of all rivals, chosen in hindsight, which is hard on `own`).
    """
    rows = []
    cases = scores[["target", "horizon"]].drop_duplicates().sort_values(["target", "horizon"])
    for target, horizon in cases.itertuples(index=False, name=None):
        group = scores[(scores["target"] == target) & (scores["horizon"] == horizon)]
        for measure in ("crps", "crps_log"):
            wide = group.set_index(["origin", "method"])[measure].unstack().sort_index()  # noqa: PD010
            rivals = [str(name) for name in wide.columns if name != own]
            best = str(wide[rivals].mean().idxmin())
            for rival in rivals:
                pairs = wide[[own, rival]].dropna().to_numpy()
                block = max(_BLOCK, int(horizon)) if len(pairs) > _BLOCK else 1
                means = block_bootstrap(pairs, block, seed=seed, resamples=_RESAMPLES)
                drawn = 1.0 - means[:, 0] / means[:, 1]
                rows.append(
                    {
                        "method": own,
                        "rival": rival,
                        "target": target,
                        "horizon": horizon,
                        "measure": measure,
                        "cases": len(pairs),
                        "skill": 1.0 - pairs[:, 0].mean() / pairs[:, 1].mean(),
                        "low": np.quantile(drawn, 0.05),
                        "high": np.quantile(drawn, 0.95),
                        "better": (drawn > 0).mean(),
                        "best": rival == best,
                    }
                )
    return pd.DataFrame(rows)


def _in_periods(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of single months with the period of El Salvador in which the month lies."""
    months = scores["month"]
    period = pd.Series("", index=scores.index)
    for name, first, last in PERIODS:
        period[(months >= pd.Timestamp(first)) & (months <= pd.Timestamp(last))] = name
    return scores.assign(period=period)[(scores["target"] == "month") & (period != "")]


def _yearly(
    record: Record,
    panel: Panel,
    scores: pd.DataFrame,
    *,
    worlds: int,
    clouds: Mapping[str, Cloud | None],
    seed: int,
    progress: Progress | None,
) -> pd.DataFrame:
    """Scores from each December, simulated worlds among the methods."""
    decembers = [origin for origin in scores["origin"].unique() if origin.month == 12]
    years = [origin.year + 1 for origin in decembers]
    found = [scores[scores["origin"].isin(decembers)]]
    for name, cloud in clouds.items():
        laws = mechanistic(
            record, years, HORIZONS, worlds=worlds, seed=seed, cloud=cloud, progress=progress
        )
        rows: list[dict[str, Any]] = []
        for origin in decembers:
            mine = {key[1:]: law for key, law in laws.items() if key[0] == origin}
            rows += _at_origin(panel, origin, HORIZONS, {name: mine}, seed)
        found.append(pd.DataFrame(rows))
    return pd.concat(found, ignore_index=True)


def _synthetic(
    series: int, *, seed: int, threads: int | None, progress: Progress | None
) -> pd.DataFrame:
    """Scores on series drawn from the model's own assumptions; synthetic data."""
    own, frames = Settings(), []
    stream = np.random.Generator(np.random.Philox(key=[seed, 2]))
    for world in range(series):
        truth = generate(
            120,
            seed=seed,
            world=world,
            level=_LEVELS[world % len(_LEVELS)],
            walk_sd=float(stream.choice(own.walk_sd, p=own.walk_prior)),
            size=float(stream.choice(own.size, p=own.size_prior)),
        )
        counts = tiles_of_table(truth.table, name=f"synthetic {world}")
        # Every third month is an origin: neighbours say nearly the same.
        origins = list(truth.table["date"][_PAST - 1 : -1 : 3])
        scores = rolling_scores(counts, origins, seed=seed, threads=threads, paths=500)
        frames.append(scores.assign(series=world))
        if progress is not None:
            progress(world + 1, series)
    return pd.concat(frames, ignore_index=True)


def _origins(panel: Panel, every: int) -> list[pd.Timestamp]:
    """Origins from January 2010, or from two known years on; the last has a month to meet."""
    first = max(pd.Timestamp(_FIRST_ORIGIN), panel.months[min(LEAST_MONTHS, len(panel.months) - 1)])
    months = panel.months[(panel.months >= first) & (panel.months < panel.months[-1])]
    # Decembers are kept in any case: simulated worlds forecast from them.
    return [m for number, m in enumerate(months) if number % every == 0 or m.month == 12]


def _stage(progress: Progress | None, index: int, count: int) -> Progress | None:
    """Progress of one of several parts, each a hundred steps."""
    if progress is None:
        return None
    return lambda done, total: progress(100 * index + 100 * done // max(total, 1), 100 * count)


def forecast_scores(
    record: Record,
    *,
    quick: bool = False,
    seed: int = 1,
    threads: int | None = None,
    clouds: Mapping[str, Cloud | None] | None = None,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Score forecasts of a record's homicides against simple rivals.

    Parameters
    ----------
    record
        A case.
    quick
        Fewer origins, worlds and series: a look, not a result.
    seed
        Seed of every draw.
    threads
        Worker threads; results do not depend on them.
    clouds
        Further worlds to forecast with from each December, by method, such as a posterior fitted
        to the years before; the plausible worlds are always among them if the case has a script.
    progress
        Called with (steps done, steps).

    Returns
    -------
    dict
        `forecasts` (mean scores by method, target and horizon; see `summary`),
        `forecasts_by_period` (single months, by period of El Salvador; other cases lack it),
        `forecasts_skill` (see `skill_table`), `forecasts_yearly` (from each December, simulated
        worlds among the methods; only with a script), `forecasts_synthetic` (series drawn from
        the model's own assumptions) and `forecasts_synthetic_skill`.
    """
    counts = tiles(record)
    panel = Panel.of(counts)
    origins = _origins(panel, 6 if quick else 1)
    if len(origins) < LEAST_MONTHS and not quick:
        raise ValueError(f"The record of {record.case.name} has too few months to score forecasts.")
    scores = rolling_scores(
        counts, origins, seed=seed, threads=threads, progress=_stage(progress, 0, 3)
    )
    tables = {"forecasts": summary(scores), "forecasts_skill": skill_table(scores, seed=seed)}
    if record.case.name == "el-salvador":
        tables["forecasts_by_period"] = summary(_in_periods(scores), by=("period",))
    if record.case.script:
        yearly = _yearly(
            record,
            panel,
            scores,
            worlds=100 if quick else 500,
            clouds={"worlds": None, **(clouds or {})},
            seed=seed,
            progress=_stage(progress, 1, 3),
        )
        tables["forecasts_yearly"] = summary(yearly)
    made = _synthetic(
        4 if quick else 24, seed=seed, threads=threads, progress=_stage(progress, 2, 3)
    )
    tables["forecasts_synthetic"] = summary(made)
    made = made.assign(origin=_apart(made))
    tables["forecasts_synthetic_skill"] = skill_table(made, seed=seed)
    return tables


def _apart(made: pd.DataFrame) -> NDArray[np.int64]:
    """Origins of several series as one line of time, so that blocks seldom join two series."""
    months = (made["origin"].dt.year - 2000) * 12 + made["origin"].dt.month
    return np.asarray(made["series"] * 1000 + months, dtype=np.int64)
