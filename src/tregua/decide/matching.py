r"""Matching the weights of decisions to eight moments of history.

Nobody has measured what a government fears or what a concession is worth to a gang's leaders. What
can be asked is whether decisions drawn by the logit rule make a history of the known kind: pacts
that begin, last and break about as often as they did. Eight moments say what "about" means.

Let $m_i$ be the moments of simulated worlds, $t_i$ their targets and $\sigma_i$ how far, in
logarithms, a miss is let pass; $z_j$ the standard scores of the weights under their priors.
`match_decisions` looks for

$$ \min_z\; \sum_i \frac{(\ln m_i(z) - \ln t_i)^2}{\sigma_i^2} + \sum_j z_j^2,
   \qquad |z_j|\le 1.645, $$

the maximum of the posterior if misses were normal, with every weight kept inside its 90 % range.
The same noise is used at every trial (common random numbers), so that the sum changes through the
weights alone.

This is plausibility, not estimation: there are four times as many weights as moments, the moments
rest on two pacts and one exception, and their targets carry those few events' luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tregua import simulate
from tregua.decide.respond import quantal_reply, quantal_response
from tregua.model import PARAMETERS, Draws, History, Parameter, Profile, Stance, defaults
from tregua.record import Record
from tregua.simulate import Ensemble

__all__ = [
    "DECISION_MOMENTS",
    "DECISION_WEIGHTS",
    "DecisionMatch",
    "DecisionMoment",
    "decision_moments",
    "decision_worlds",
    "match_decisions",
]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_SINCE = "2009-06"  # the term in which the first pact was made
_YEARS = 15
_AFTERMATH = 24  # months that count as after a pact
_BOUND = 1.6448536269514722  # standard score of the ends of a 90 % range
_STEP = 0.2  # standard scores, of finite differences: above the steps that single events make
_FLOOR = 1e-3  # least value of a moment of which a logarithm is taken

DECISION_WEIGHTS: tuple[str, ...] = tuple(
    p.name
    for p in PARAMETERS
    if p.kind == "matched" or p.name in ("breach_ends", "cooling", "honour")
)
"""Parameters that `match_decisions` moves unless others are named."""

_VARIABLES = ("recorded", "pact", "strikes", "pact_starts", "pact_ends", "stance")


@dataclass(frozen=True)
class DecisionMoment:
    """One number by which histories of decisions are compared.

    Attributes
    ----------
    name
        Short name.
    meaning
        What it is, in words.
    unit
        Unit.
    target
        Its value in El Salvador.
    spread
        Standard deviation that a miss is allowed, in logarithms; 0.1 is about 10 %.
    source
        What the target is read from.
    """

    name: str
    meaning: str
    unit: str
    target: float
    spread: float
    source: str


DECISION_MOMENTS: tuple[DecisionMoment, ...] = (
    DecisionMoment(
        "first_pact",
        "mean time from June 2009 to the first pact; a world without one counts in full",
        "years",
        2.7,
        0.15,
        "government since June 2009, truce since 9 March 2012",
    ),
    DecisionMoment(
        "pact_life",
        "years in pacts per pact that ended",
        "years",
        2.0,
        0.15,
        "about 15 months until prison benefits ended in 2013, about 33 months from June 2019",
    ),
    DecisionMoment(
        "time_in_pact",
        "share of time in which a pact is in force",
        "share",
        0.32,
        0.15,
        "the same two pacts among 12.8 years to March 2022",
    ),
    DecisionMoment(
        "strikes",
        "strikes per year in a pact",
        "per year",
        0.65,
        0.15,
        "April 2020, November 2021 and March 2022, over all years in pacts",
    ),
    DecisionMoment(
        "recorded_in_pact",
        "recorded killings in months spent wholly in a pact",
        "per year",
        2_000.0,
        0.10,
        "about 2,500 in 2012 and 2013, about 1,250 in 2020 and 2021",
    ),
    DecisionMoment(
        "recorded_after",
        "recorded killings within two years after a pact, without pact or exception",
        "per year",
        6_000.0,
        0.10,
        "6,656 in 2015 and 5,280 in 2016",
    ),
    DecisionMoment(
        "recorded_before",
        "recorded killings before the first pact, without exception",
        "per year",
        4_100.0,
        0.10,
        "4,004 to 4,382 a year in 2009 to 2011",
    ),
    DecisionMoment(
        "exception",
        "share of worlds in which an exception is declared within the 15 years",
        "share",
        0.5,
        0.15,
        "one in the 20 years to 2022, which as a constant hazard makes 53 % in 15 years",
    ),
)
"""The eight moments, with what they are read from."""


# -- Moments ---------------------------------------------------------------------------------


def decision_worlds(
    record: Record,
    draws: Draws | None = None,
    *,
    worlds: int = 300,
    seed: int = 1,
    threads: int | None = None,
) -> Ensemble:
    """Fifteen years in which both sides choose by what they want, after history to June 2009.

    Counting rules stay as in 2009: later rules would credit decisions with a fall on paper.

    Parameters
    ----------
    record
        A case whose script reaches June 2009.
    draws
        Parameters of the worlds; None takes the defaults, so that worlds differ by luck only.
    worlds
        Number of worlds, if `draws` is None.
    seed
        Seed of the noise.
    threads
        Threads; None uses all processors available.

    Returns
    -------
    Ensemble
        Months from the start of history, with the variables that `decision_moments` needs.
    """
    history = History.of(record)
    since = pd.Timestamp(f"{_SINCE}-01")
    return simulate.run(
        _defaults(record, worlds) if draws is None else draws,
        script=history.script,
        profile=Profile(quantal_response, quantal_reply),
        since=since,
        start=history.first_day,
        end=since + pd.DateOffset(years=_YEARS),
        seed=seed,
        setting=history.rules_of(_SINCE),
        variables=_VARIABLES,
        threads=threads,
    )


def _defaults(record: Record, worlds: int) -> Draws:
    given = {name: {"default": prior.default} for name, prior in record.case.priors.items()}
    return defaults(given, worlds=worlds)


def decision_moments(ensemble: Ensemble) -> dict[str, float]:
    """The eight moments of worlds, from the day on which strategies drive.

    Worlds are pooled: a rate is events over years, summed over all worlds, so that a pact that is
    still alive at the end counts with the years it has lived.

    Parameters
    ----------
    ensemble
        Worlds by month with recorded, pact, strikes, pact_starts, pact_ends and stance
        (`decision_worlds`).

    Returns
    -------
    dict
        Name of a moment = value; not a number where nothing happened that it could be read from.
    """
    return moments_of(driven_months(ensemble))


def driven_months(ensemble: Ensemble) -> dict[str, Array]:
    """What moments are read from, since strategies drive: name = float64[worlds, months]."""
    months = ensemble.monthly
    since = str(ensemble.provenance.get("since") or "")
    if since:
        months = months.sel(month=slice(since, None))
    return {name: months[name].values.astype(np.float64) for name in _VARIABLES}


def moments_of(at: Mapping[str, Array]) -> dict[str, float]:
    """The eight moments of some worlds, from arrays that `driven_months` gives."""
    begun = at["pact_starts"] > 0.0
    before = np.cumsum(begun, axis=1) == 0
    inside, outside = at["pact"] >= 1.0, at["pact"] <= 0.0
    exception = at["stance"] == float(Stance.EXCEPTION)
    after = _aftermath(at["pact_ends"] > 0.0) & outside & ~exception
    years_in_pact = float(at["pact"].sum()) / 12.0
    return {
        "first_pact": float(before.sum(axis=1).mean()) / 12.0,
        "pact_life": _ratio(years_in_pact, float(at["pact_ends"].sum())),
        "time_in_pact": float(at["pact"].mean()),
        "strikes": _ratio(float(at["strikes"].sum()), years_in_pact),
        "recorded_in_pact": _yearly(at["recorded"], inside),
        "recorded_after": _yearly(at["recorded"], after),
        "recorded_before": _yearly(at["recorded"], before & ~exception),
        "exception": float(exception.any(axis=1).mean()),
    }


def _aftermath(ended: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Months that follow an end within two years; the month of the end is not among them."""
    after = np.zeros_like(ended)
    for lag in range(1, min(_AFTERMATH, ended.shape[1] - 1) + 1):
        after[:, lag:] |= ended[:, :-lag]
    return after


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else float("nan")


def _yearly(values: Array, where: NDArray[np.bool_]) -> float:
    return 12.0 * float(values[where].mean()) if where.any() else float("nan")


# -- Matching --------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecisionMatch:
    """What the match suggests; nothing is changed by it.

    Attributes
    ----------
    moments
        Columns moment, meaning, target, before, after, fresh (after, with a seed that the search
        did not use), unit.
    weights
        Columns name, default, matched, low, high, score (standard score under the prior),
        at_bound.
    draws
        One row: all parameters, the weights as matched.
    misfit
        Sum of squared misses of the moments over their spreads: before, after, fresh.
    """

    moments: pd.DataFrame
    weights: pd.DataFrame
    draws: Draws
    misfit: tuple[float, float, float]


def match_decisions(
    record: Record,
    *,
    names: Sequence[str] = DECISION_WEIGHTS,
    worlds: int = 300,
    seed: int = 1,
    evaluations: int = 8,
    threads: int | None = None,
    progress: Progress | None = None,
) -> DecisionMatch:
    """Look for weights of decisions that reproduce the eight moments, inside their prior ranges.

    Parameters
    ----------
    record
        A case whose script reaches June 2009.
    names
        Parameters to move; the fitted layer of killing and prisons is best left out.
    worlds
        Worlds of each trial.
    seed
        Seed of every trial; `seed + 1` is used once more at the end, as a check.
    evaluations
        Most steps of the least squares; each runs one trial for every weight besides its own.
    threads
        Threads; None uses all processors available.
    progress
        Called with (trials done, most trials).

    Returns
    -------
    DecisionMatch

    Raises
    ------
    UnknownParameterError
        For a name that is no parameter.
    ValueError
        If no parameter is named, or fewer than one world or step is asked for.
    """
    if not names or worlds < 1 or evaluations < 1:
        raise ValueError("A match needs at least one parameter, one world and one step.")
    base = _defaults(record, worlds)
    moved = [_parameter(base, name) for name in names]
    most = evaluations * (1 + len(moved)) + 2
    done = 0

    def trial(draws: Draws, with_seed: int = seed) -> Array:
        nonlocal done
        run = decision_worlds(record, draws, seed=with_seed, threads=threads)
        done += 1
        if progress is not None:
            progress(min(done, most), most)
        return np.array(list(decision_moments(run).values()))

    def at(z: Array) -> Draws:
        return base.with_(**{p.name: p.value_at(z[i]) for i, p in enumerate(moved)})

    def residuals(z: Array) -> Array:
        return np.concatenate([misses(trial(at(z))), z])

    def slopes(z: Array) -> Array:
        here = misses(trial(at(z)))
        columns = [(misses(trial(at(other))) - here) / step for other, step in _neighbours(z)]
        return np.vstack([np.array(columns).T, np.eye(len(z))])

    start = np.clip([p.score for p in moved], -0.99 * _BOUND, 0.99 * _BOUND)
    found = least_squares(
        residuals, start, jac=slopes, bounds=(-_BOUND, _BOUND), max_nfev=evaluations
    )
    matched = at(found.x)
    values = (trial(base), trial(matched), trial(matched, seed + 1))
    return DecisionMatch(
        _moments_table(*values),
        _weights_table(moved, found.x),
        Draws(matched.values[:1], matched.names, np.ones(1), np.zeros(1, dtype=np.int64)),
        (_misfit(values[0]), _misfit(values[1]), _misfit(values[2])),
    )


@dataclass(frozen=True)
class _Moved:
    """A parameter that the search moves, by its standard score."""

    name: str
    default: float

    @property
    def parameter(self) -> Parameter:
        return Parameter[self.name]

    @property
    def score(self) -> float:
        centre, spread = self.parameter.scale
        return (float(self.parameter.to_normal(self.default)) - centre) / spread

    def value_at(self, z: float) -> float:
        centre, spread = self.parameter.scale
        return float(self.parameter.from_normal(np.array(centre + spread * z)))


def _parameter(base: Draws, name: str) -> _Moved:
    return _Moved(name, float(base.column(name)[0]))


def _neighbours(z: Array) -> list[tuple[Array, float]]:
    """A trial for each weight, a step towards the middle of its range, and the step."""
    trials = []
    for place in range(len(z)):
        step = -_STEP if z[place] > 0.0 else _STEP
        other = z.copy()
        other[place] += step
        trials.append((other, step))
    return trials


def misses(values: Array) -> Array:
    """Misses of the moments over their spreads, in logarithms; what never happens is far off."""
    targets = np.array([moment.target for moment in DECISION_MOMENTS])
    spreads = np.array([moment.spread for moment in DECISION_MOMENTS])
    seen = np.maximum(np.nan_to_num(values, nan=0.0), _FLOOR)
    return np.asarray(np.log(seen / targets) / spreads)


def _misfit(values: Array) -> float:
    return float(np.sum(misses(values) ** 2))


def _moments_table(before: Array, after: Array, fresh: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "moment": [moment.name for moment in DECISION_MOMENTS],
            "meaning": [moment.meaning for moment in DECISION_MOMENTS],
            "target": [moment.target for moment in DECISION_MOMENTS],
            "before": before,
            "after": after,
            "fresh": fresh,
            "unit": [moment.unit for moment in DECISION_MOMENTS],
        }
    )


def _weights_table(moved: Sequence[_Moved], z: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [one.name for one in moved],
            "default": [one.default for one in moved],
            "matched": [one.value_at(score) for one, score in zip(moved, z, strict=True)],
            "low": [one.parameter.low for one in moved],
            "high": [one.parameter.high for one in moved],
            "score": z,
            "at_bound": np.abs(z) > _BOUND - 0.02,
        }
    )
