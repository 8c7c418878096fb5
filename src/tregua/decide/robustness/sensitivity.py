r"""Global sensitivity: the uncertainties on which the difference of two strategies hangs.

The variance of an outcome $Y$ over the whole uncertain space is shared out (Sobol 1993; estimators
of Saltelli and others 2010, Computer Physics Communications 181(2), as SALib has them):

$$S_i = \frac{\mathrm{V}[\mathrm{E}(Y \mid X_i)]}{\mathrm{V}[Y]}, \qquad
T_i = \frac{\mathrm{E}[\mathrm{V}(Y \mid X_{\sim i})]}{\mathrm{V}[Y]}.$$

$S_i$ is what knowing $X_i$ would take away, $T_i$ what would be left if all but $X_i$ were known;
their distance is interaction. A model with noise has one input more: the *world*, which holds
every undeclared parameter, the past and the luck. It is sampled like the others, as the factor
`world`, so that shares and their bootstrapped intervals are honest about what is not declared. The
pairs of the scheme that differ in one uncertainty are run on the same world with the same noise.

*Morris's* elementary effects (Morris 1991, Technometrics 33(2); Campolongo and others 2007) cost
less and say less: $\mu^*$, the mean size of the change when one uncertainty moves over its range
and all else stays, and $\sigma$, how much that depends on where. Each trajectory stays on one
world. A prior is walked between its 5 and 95 % quantiles.

SALib is wanted here only: `pip install "tregua[robustness]"`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.robustness.designs import through_laws
from tregua.decide.robustness.explore import Experiments, Worlds, explore
from tregua.decide.robustness.space import Problem
from tregua.model import answer_in_kind
from tregua.model.strategy import GangStrategy

__all__ = ["WORLD", "morris_effects", "sensitivity", "sobol_indices"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
Evaluate = Callable[[Array], Array]

WORLD = "world"
"""The factor that holds all that is not declared: other parameters, the past, and luck."""

METHODS = ("sobol", "morris")

_LEVELS = 4  # positions of a Morris walk: 0, 1/3, 2/3, 1
_RESAMPLES = 200
_PURPOSE_SAMPLE, _PURPOSE_ANALYSE, _PURPOSE_WORLDS = 31, 32, 33


def sobol_indices(
    evaluate: Evaluate, names: Sequence[str], *, points: int, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Sobol's first-order and total indices of any function on the unit cube.

    Parameters
    ----------
    evaluate
        From float64[n, k] in [0, 1) to float64[n].
    names
        Names of the k inputs.
    points
        Base points, a power of two; the function is evaluated `points * (k + 2)` times.
    seed
        Seed of the points and of the bootstrap.
    level
        Level of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        Columns factor, first, first_low, first_high, total, total_low, total_high.

    Raises
    ------
    ValueError
        If `points` is no power of two or the function is constant.
    ImportError
        Without SALib.
    """
    unit = _sobol_sample(len(names), points, seed)
    return _sobol_table(names, np.asarray(evaluate(unit), dtype=np.float64), seed, level)


def morris_effects(
    evaluate: Evaluate, names: Sequence[str], *, trajectories: int, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Morris's elementary effects of any function on the unit cube.

    Parameters
    ----------
    evaluate, names, seed, level
        As `sobol_indices` takes them; rows come as walks of k + 1 rows, one after another.
    trajectories
        Number of walks, at least 2; the function is evaluated `trajectories * (k + 1)` times.

    Returns
    -------
    DataFrame
        Columns factor, mu_star, mu_star_low, mu_star_high, mu, sigma: change of the outcome when
        the factor moves over its whole range.

    Raises
    ------
    ValueError
        For fewer than two walks.
    ImportError
        Without SALib.
    """
    unit = _morris_sample(len(names), trajectories, seed)
    values = np.asarray(evaluate(unit), dtype=np.float64)
    return _morris_table(names, unit, values, seed, level)


def sensitivity(
    problem: Problem,
    worlds: Worlds,
    *,
    origin: str,
    seed: int,
    points: int,
    method: str = "sobol",
    level: float = 0.95,
    gangs: GangStrategy = answer_in_kind,
    mechanisms: Sequence[str] = (),
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Which uncertainty the difference of two strategies hangs on, outcome by outcome.

    Parameters
    ----------
    problem, worlds, origin, seed, gangs, mechanisms, progress
        As `explore` takes them. Every lever is held against the first.
    points
        Base points (a power of two) for "sobol", walks for "morris". With k uncertainties all
        strategies are run `points * (k + 3)` times for "sobol" and `points * (k + 1)` for "morris".
    method
        "sobol" or "morris".
    level
        Level of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        Columns outcome, years, strategy, reference and those of `sobol_indices` (with the factor
        `world`) or `morris_effects`. The quantity is strategy minus reference. A difference that
        never varies has no rows.

    Raises
    ------
    ValueError
        For an unknown method, without uncertainties, or as `explore` raises.
    ImportError
        Without SALib.
    """
    if method not in METHODS:
        raise ValueError(f"No method named '{method}'. Known: {', '.join(METHODS)}.")
    if not problem.uncertainties:
        raise ValueError("Sensitivity needs at least one uncertainty.")
    names = (*problem.names, WORLD) if method == "sobol" else problem.names
    if method == "sobol":
        unit = _sobol_sample(len(names), points, seed)
        placed = unit
    else:
        unit = _morris_sample(len(names), points, seed)
        placed = _on_worlds(problem, unit, points, seed)
    design = through_laws(problem, placed, f"{method} of {points}, seed {seed}")
    runs = explore(
        design,
        worlds,
        origin=origin,
        seed=seed,
        gangs=gangs,
        mechanisms=mechanisms,
        progress=progress,
    )

    def table(values: Array) -> pd.DataFrame:
        if method == "sobol":
            return _sobol_table(names, values, seed, level)
        return _morris_table(names, unit, values, seed, level)

    return _by_pair(runs, table)


def _by_pair(runs: Experiments, table: Callable[[Array], pd.DataFrame]) -> pd.DataFrame:
    reference, *others = runs.problem.strategies
    frames = []
    for outcome in runs.problem.outcomes:
        for strategy in others:
            gap = runs.total(outcome, strategy) - runs.total(outcome, reference)
            if np.ptp(gap) == 0.0:
                continue
            frame = table(gap)
            about: dict[str, Any] = {
                "outcome": outcome.name,
                "years": outcome.years,
                "strategy": strategy,
                "reference": reference,
            }
            for place, (name, value) in enumerate(about.items()):
                frame.insert(place, name, value)
            frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _on_worlds(problem: Problem, unit: Array, walks: int, seed: int) -> Array:
    """Walks with priors cut to their middle 90 %, and one world for each walk."""
    values = unit.copy()
    for i, part in enumerate(problem.uncertainties):
        if not part.is_switch and part.law == "prior":
            values[:, i] = 0.05 + 0.9 * values[:, i]
    generator = np.random.Generator(np.random.Philox(key=[seed, _PURPOSE_WORLDS]))
    place = (generator.permutation(walks) + 0.5) / walks
    return np.column_stack([values, np.repeat(place, unit.shape[1] + 1)])


def _sobol_sample(dimensions: int, points: int, seed: int) -> Array:
    if points < 2 or points & (points - 1):
        raise ValueError(f"Base points of Sobol indices are a power of two, not {points}.")
    sampler = _salib("sample.sobol")
    described = _described([f"x{i}" for i in range(dimensions)])
    generator = _seed(seed, _PURPOSE_SAMPLE)
    unit = sampler.sample(described, points, calc_second_order=False, seed=generator)
    return np.asarray(unit, dtype=np.float64)


def _sobol_table(names: Sequence[str], values: Array, seed: int, level: float) -> pd.DataFrame:
    if np.ptp(values) == 0.0:
        raise ValueError("The outcome is the same everywhere: no variance to share out.")
    found = _salib("analyze.sobol").analyze(
        _described(names),
        values,
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=level,
        seed=_seed(seed, _PURPOSE_ANALYSE),
    )
    columns: dict[str, Any] = {"factor": list(names)}
    for short, name in (("S1", "first"), ("ST", "total")):
        middle, half = np.asarray(found[short]), np.asarray(found[f"{short}_conf"])
        columns |= {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}
    return pd.DataFrame(columns)


def _morris_sample(dimensions: int, trajectories: int, seed: int) -> Array:
    if trajectories < 2:
        raise ValueError(f"Morris effects need at least two walks, not {trajectories}.")
    described = _described([f"x{i}" for i in range(dimensions)])
    unit = _salib("sample.morris").sample(
        described, trajectories, num_levels=_LEVELS, seed=_seed(seed, _PURPOSE_SAMPLE)
    )
    return np.asarray(unit, dtype=np.float64)


def _morris_table(
    names: Sequence[str], unit: Array, values: Array, seed: int, level: float
) -> pd.DataFrame:
    found = _salib("analyze.morris").analyze(
        _described(names),
        unit,
        values,
        num_resamples=_RESAMPLES,
        conf_level=level,
        num_levels=_LEVELS,
        seed=_seed(seed, _PURPOSE_ANALYSE),
    )
    size, half = (np.asarray(found[key], dtype=float) for key in ("mu_star", "mu_star_conf"))
    return pd.DataFrame(
        {
            "factor": list(names),
            "mu_star": size,
            "mu_star_low": size - half,
            "mu_star_high": size + half,
            "mu": np.asarray(found["mu"], dtype=float),
            "sigma": np.asarray(found["sigma"], dtype=float),
        }
    )


def _described(names: Sequence[str]) -> dict[str, Any]:
    return {
        "num_vars": len(names),
        "names": list(names),
        "bounds": [[0.0, 1.0] for _ in names],
    }


def _seed(seed: int, purpose: int) -> np.random.Generator:
    # SALib spawns from it, which a generator made from a bare key cannot do.
    return np.random.default_rng(np.random.SeedSequence([seed, purpose]))


def _salib(module: str) -> Any:
    """A module of SALib, or an error that tells how to get it."""
    import importlib

    try:
        return importlib.import_module(f"SALib.{module}")
    except ImportError:
        raise ImportError(
            'Sensitivity indices need SALib: pip install "tregua[robustness]".'
        ) from None
