r"""How the model meets the record: plausible worlds, and fans of both clouds against what was seen.

**Prior worlds** are drawn from the priors alone. **Plausible worlds** are prior draws moved towards
parameters whose mean path follows the record up to a date, by an ensemble smoother with multiple
data assimilation (Emerick & Reynolds 2013, Computers & Geosciences 55:3-15). With parameters
$\theta$ on the scale on which their priors are normal, annual figures $g(\theta)$ of the mean-field
reading and observed figures $d$, both in logs, each of $N_a$ passes moves every world $i$ by

$$ \theta_i \leftarrow \theta_i + C_{\theta g}\,(C_{gg} + N_a R)^{-1}
   \left(d + \sqrt{N_a}\,R^{1/2} z_i - g(\theta_i)\right), $$

with covariances over the worlds, and $R$ the variance that the model is allowed to miss by, plus
that between agencies. It is exact for a linear model and a normal prior, else an approximation:
a cloud to judge strategies on, not a posterior to test hypotheses with. Directions of parameter
space that the record does not inform keep their prior spread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from tregua import simulate
from tregua.model import PHYSICAL, Draws, History
from tregua.record import Record, RecordError

__all__ = ["Targets", "history_table", "plausible", "targets"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_PASSES = 4
# Standard deviation, in logs, by which a plausible world's mean path may miss an annual figure:
# about the root mean square error of the fitted defaults on annual killings.
_MISS = 0.12
_FAN = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


@dataclass(frozen=True)
class Targets:
    """Annual figures that a plausible world's mean path should follow.

    Attributes
    ----------
    variables
        Variable of the simulation for each target, `recorded` or `prisoners`.
    years
        Year of each target.
    values
        Natural logs of the observed figures.
    errors
        Standard deviations in logs: the model's allowed miss and the agencies' disagreement.
    """

    variables: tuple[str, ...]
    years: tuple[int, ...]
    values: Array
    errors: Array


_SERIES = {"recorded": "homicides", "prisoners": "prison_population"}


def _by_year(record: Record, series: str) -> pd.DataFrame:
    """What agencies say of each year; no row where the record lacks the series."""
    try:
        return record.by_year(series)
    except RecordError:
        return pd.DataFrame({"low": [], "middle": [], "high": []}, dtype=np.float64)


def targets(record: Record, *, first: int, until: int) -> Targets:
    """Targets from the record, for the years first, ..., until - 1.

    Raises
    ------
    ValueError
        If the record has no usable annual figure in these years.
    """
    found = []
    for variable, series in _SERIES.items():
        years = _by_year(record, series).loc[first : until - 1]
        inside = years[years["low"] > 0]
        low, middle, high = (
            inside[name].to_numpy(dtype=np.float64) for name in ("low", "middle", "high")
        )
        errors = np.hypot(_MISS, np.log(high / low) / 2)
        found += [
            (variable, int(year), float(value), float(error))
            for year, value, error in zip(inside.index, np.log(middle), errors, strict=True)
        ]
    if not found:
        raise ValueError(
            f"The record of {record.case.name} has no usable annual figure of "
            f"{' or '.join(_SERIES.values())} from {first} to {until - 1}."
        )
    return Targets(
        variables=tuple(variable for variable, *_ in found),
        years=tuple(year for _, year, *_ in found),
        values=np.array([value for *_, value, _ in found]),
        errors=np.array([error for *_, error in found]),
    )


def mean_path(draws: Draws, wanted: Targets, history: History) -> Array:
    """Logs of the mean-field figures at the targets: (world, target)."""
    run = simulate.run(
        draws,
        script=history.script,
        start=history.first_day,
        end=f"{max(wanted.years) + 1}-01-01",
        seed=0,
        reading="mean",
        setting=history.setting,
        variables=tuple(_SERIES),
    )
    annual, middle = run.annual(), run.monthly.sel(month=run.monthly["month"].dt.month == 6)
    by_variable = {
        "recorded": annual["recorded"].values,
        "prisoners": middle["prisoners"].values,
    }
    first = int(annual["year"].values[0])
    columns = [
        by_variable[variable][:, year - first]
        for variable, year in zip(wanted.variables, wanted.years, strict=True)
    ]
    return np.asarray(np.log(np.maximum(np.stack(columns, axis=1), 1e-3)))


def plausible(
    prior: Draws,
    wanted: Targets,
    history: History,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Draws:
    """Move prior draws to where their mean path follows the record.

    Parameters
    ----------
    prior
        Draws of the prior, at least 50.
    wanted
        The annual figures to follow.
    history
        What the case tells of its past.
    seed
        Seed of the observation noise that keeps the cloud from collapsing.
    progress
        Called with (passes done, passes).

    Returns
    -------
    Draws
        As many worlds as given, with the same numbers, equally weighted.
    """
    moved = prior
    for number in range(_PASSES):
        reached = mean_path(moved, wanted, history)
        noise = _keyed_normals(prior.worlds, len(wanted.values), seed, number)
        moved = _assimilate(moved, reached, noise, wanted)
        if progress is not None:
            progress(number + 1, _PASSES)
    return moved


def _assimilate(draws: Draws, reached: Array, noise: Array, wanted: Targets) -> Draws:
    """One pass of the smoother."""
    theta = _unbounded(draws)
    variance = _PASSES * wanted.errors**2
    centred_theta, centred_reached = theta - theta.mean(0), reached - reached.mean(0)
    cross = centred_theta.T @ centred_reached / (len(theta) - 1)
    spread = centred_reached.T @ centred_reached / (len(theta) - 1)
    gain = np.linalg.solve(spread + np.diag(variance), cross.T).T
    gap = wanted.values + np.sqrt(variance) * noise - reached
    return draws.with_(**_bounded(theta + gap @ gain.T))


_EDGE = 1e-6


def _unbounded(draws: Draws) -> Array:
    """Physical parameters on the scale on which their priors are normal: (world, parameter).

    The others do nothing under a script; to move them would be to follow chance correlations.
    """
    columns = []
    for parameter in PHYSICAL:
        values = draws.column(parameter.name)
        if parameter.support == "positive":
            values = np.log(np.maximum(values, _EDGE))
        elif parameter.support == "share":
            values = logit(np.clip(values, _EDGE, 1 - _EDGE))
        columns.append(values)
    return np.stack(columns, axis=1)


def _bounded(theta: Array) -> dict[str, Array]:
    """The inverse of `_unbounded`, by name."""
    back = {"positive": np.exp, "share": expit, "real": np.asarray}
    return {
        parameter.name: np.asarray(back[parameter.support](theta[:, column]))
        for column, parameter in enumerate(PHYSICAL)
    }


def _keyed_normals(worlds: NDArray[np.int64], count: int, seed: int, number: int) -> Array:
    """Standard normals keyed by (seed, world, pass): the same for a world in any ensemble."""
    rows = []
    for world in worlds:
        stream = np.random.Philox(key=seed, counter=[0, 0, int(world), number])
        rows.append(np.random.Generator(stream).standard_normal(count))
    return np.array(rows)


def history_table(clouds: dict[str, simulate.Ensemble], record: Record) -> pd.DataFrame:
    """Fans of simulated years beside what agencies say of them.

    Parameters
    ----------
    clouds
        Ensembles by name (`prior`, `plausible`).
    record
        The record to set them against.

    Returns
    -------
    DataFrame
        Columns year, worlds (name of the cloud), variable, q05 ... q95, observed_low,
        observed_high (NaN in years without a usable figure).
    """
    nothing = pd.DataFrame({"low": [], "high": []}, dtype=np.float64)
    observed = {
        "recorded": _by_year(record, "homicides"),
        "killed": nothing,
        "prisoners": _by_year(record, "prison_population"),
    }
    frames = []
    for name, ensemble in clouds.items():
        for variable, seen in observed.items():
            fan = ensemble.quantiles(variable, _FAN).reset_index()
            fan.insert(1, "worlds", name)
            fan.insert(2, "variable", variable)
            fan["observed_low"] = fan["year"].map(seen["low"]).astype(float)
            fan["observed_high"] = fan["year"].map(seen["high"]).astype(float)
            frames.append(fan)
    return pd.concat(frames, ignore_index=True)
