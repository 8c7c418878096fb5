r"""Measurement: how far a printed figure may lie from what happened.

A world of the model knows its dead, prisoners and opinions exactly. Nobody else does. An agency
prints a figure, and its laws are these:

* **Deaths.** The monthly count of all registers together is negative binomial around the expected
  count :math:`\mu`, of size :math:`n_y`: :math:`\mathrm{Var}\,y = \mu + \mu^2/n_y`. Agency
  :math:`k` prints :math:`\varepsilon_k` times that, :math:`\log\varepsilon_k \sim N(0,\sigma_k^2)`,
  one number for each calendar year.
* **Complaints of disappearance.** Negative binomial with mean
  :math:`d_0\Delta + \omega_h\,\mathrm{hid}` and a constant ratio of variance to mean.
* **Stocks** (prisoners, members): the truth times a log-normal error, one number a year.
* **Polls.** Beta-binomial: :math:`n` people asked, with a design effect that multiplies the
  variance of simple random sampling (L. Kish 1965, "Survey Sampling").

Every number of this layer is declared once, as a `Measure`. These are numbers of observation, not
of the game: no world depends on them. Here are also the log densities of the laws, for inference.
The samplers stand in `tregua.simulate`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, gammaln, xlogy

__all__ = [
    "MEASURES",
    "Measure",
    "beta_shapes",
    "log_beta_binomial",
    "log_log_normal",
    "log_negative_binomial",
    "measure_table",
    "measures",
]

_JUDGED = "the authors' judgement; no measurement was found"


class Measure(IntEnum):
    """A number of the measurement layer, with all that is known of it.

    Attributes
    ----------
    symbol
        Symbol of the equations in `docs/explanation/measurement.md`.
    default
        Value used unless another is given.
    low, high
        Range that is thought possible, about 90 %.
    unit
        Unit of the value.
    kind
        Where the value comes from: anchored by figures of the record, or judged.
    meaning
        What it is, in words.
    source
        Where it comes from.
    """

    symbol: str
    default: float
    low: float
    high: float
    unit: str
    kind: str
    meaning: str
    source: str

    def __new__(
        cls,
        symbol: str,
        default: float,
        low: float,
        high: float,
        unit: str,
        kind: str,
        meaning: str,
        source: str = _JUDGED,
    ) -> Measure:
        """Number the measures in the order in which they are declared."""
        index = len(cls.__members__)
        member = int.__new__(cls, index)
        member._value_ = index
        member.symbol, member.default, member.low, member.high = symbol, default, low, high
        member.unit, member.kind, member.meaning, member.source = unit, kind, meaning, source
        return member

    # fmt: off
    # -- Deaths -----------------------------------------------------------------------------
    count_size = (
        "n_y", 1_000.0, 100.0, 1e6, "deaths", "anchored",
        "size of the negative binomial law of a month's deaths; infinite = Poisson",
        "variance 1.3 times the mean at 360 deaths a month, April to November 2016")
    agency_error = (
        "sigma_k", 0.03, 0.005, 0.05, "log sd", "anchored",
        "error of an agency's count of deaths in a year, before the counting rules first changed",
        "police and forensic institute differ by 1 % and less in 2012-19, by 1 to 5 % before")
    agency_error_late = (
        "sigma_k'", 0.15, 0.05, 0.25, "log sd", "judged",
        "the same, once the counting rules have changed (July 2019)",
        "tallies for 2022 and 2023 lie 15 to 40 % above the official ones")
    strike_days = (
        "d_z", 3.0, 1.0, 5.0, "days", "anchored",
        "days over which the deaths of a strike fall",
        "25 to 27 March 2022; 24 to 28 April 2020; 9 to 11 November 2021")
    # -- Disappearances ---------------------------------------------------------------------
    found_alive = (
        "d_0", 1_500.0, 1_000.0, 2_000.0, "complaints per year", "anchored",
        "complaints about people who were not killed",
        "about 3,000 complaints a year in 2016-18, of which about 49 % were found alive")
    hidden_reported = (
        "omega_h", 0.5, 0.25, 0.9, "share", "judged",
        "share of hidden killings that are ever reported as disappearances")
    complaint_ratio = (
        "v_d", 3.0, 1.5, 10.0, "ratio", "judged",
        "variance over mean of a month's complaints",
        "monthly complaints of 2018 (302 to 345) and quarters of 2020 (378 to 649, lockdown)")
    still_open = (
        "q_d", 0.8, 0.1, 1.0, "share", "anchored",
        "share of complaints about people not killed that a list of the unresolved still holds",
        "a police list of 134 a month in 2010-16, more than hidden killings can explain")
    unresolved_error = (
        "sigma_d", 0.2, 0.1, 0.4, "log sd", "judged",
        "error of the list of the unresolved in a year")
    # -- Arrests, prisons, members ----------------------------------------------------------
    detention_error = (
        "sigma_a", 0.05, 0.01, 0.15, "log sd", "judged",
        "error of the count of arrests in the fight against gangs in a year")
    prison_error = (
        "sigma_p", 0.03, 0.01, 0.05, "log sd", "anchored",
        "error of the number of prisoners in a year",
        "government and United Nations differ by 0 to 8 % for 2010-13")
    prison_error_late = (
        "sigma_p'", 0.065, 0.05, 0.08, "log sd", "judged",
        "the same since the exception, when prison statistics were declared secret",
        "103,000 to 110,000 prisoners are stated for 2023-24")
    gang_prisoner_error = (
        "sigma_g", 0.15, 0.1, 0.25, "log sd", "anchored",
        "error of the number of gang members in prison in a year",
        "13,000 to 16,000 for 2016, 16,000 to 17,000 for 2020")
    member_error = (
        "sigma_m", 0.35, 0.2, 0.6, "log sd", "anchored",
        "error of the number of gang members in a year",
        "29,325 and 50,000 in the streets, both for 2013")
    collaborator_factor = (
        "c_m", 1.6, 1.2, 2.5, "factor", "anchored",
        "members and collaborators over members alone",
        "a registry of 118,000 with collaborators beside about 70,000 members")
    # -- Polls ------------------------------------------------------------------------------
    poll_size = (
        "n_p", 1_250.0, 1_200.0, 1_550.0, "persons", "anchored",
        "people asked in a poll",
        "1,200 to 1,520 in the polls of the record")
    poll_design = (
        "D_p", 2.0, 1.2, 3.0, "factor", "judged",
        "design effect: variance over that of a simple random sample")
    belief_under_denial = (
        "b_d", 0.23, 0.15, 0.5, "share", "anchored",
        "share that believes in an exposed secret pact which the government denies",
        "22.9 % in December 2021; 45 % in May 2012")
    # fmt: on


MEASURES: tuple[Measure, ...] = tuple(Measure)
"""All numbers of the measurement layer, in order."""


def measures(overrides: Mapping[str, float] | None = None) -> dict[str, float]:
    """Every measure by name: the defaults, or other values for some of them.

    Parameters
    ----------
    overrides
        Name -> value. Errors may be 0, `count_size` may be infinite.

    Raises
    ------
    ValueError
        For a name that is no measure or a value that is impossible; lists all of them.

    Examples
    --------
    >>> from tregua import model
    >>> model.measures({"poll_size": 500})["poll_size"]
    500.0
    """
    values = {measure.name: measure.default for measure in MEASURES}
    problems = []
    for name, given in (overrides or {}).items():
        if name not in values:
            near = difflib.get_close_matches(name, values, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            problems.append(f"No measure named '{name}'.{hint} Known: {', '.join(values)}.")
            continue
        try:
            values[name] = float(given)
        except (TypeError, ValueError):
            problems.append(f"'{name}' must be a number, not {given!r}.")
            continue
        wrong = _impossible(Measure[name], values[name])
        if wrong:
            problems.append(f"'{name}' must be {wrong}, not {given!r}.")
    if problems:
        raise ValueError(" ".join(problems))
    return values


# Smallest value that makes sense, where it is not 0.
_LEAST = {
    Measure.count_size: (0.0, "above 0"),
    Measure.collaborator_factor: (1.0, "at least 1"),
    Measure.complaint_ratio: (1.0, "at least 1"),
    Measure.poll_design: (1.0, "at least 1"),
    Measure.poll_size: (2.0, "at least 2"),
    Measure.strike_days: (1.0, "at least 1"),
}


def _impossible(measure: Measure, value: float) -> str:
    """What the value would have to be; empty if it is possible."""
    least, words = _LEAST.get(measure, (0.0, "at least 0"))
    if np.isnan(value) or value < least or (measure is Measure.count_size and value == 0.0):
        return words
    if measure.unit == "share" and value > 1.0:
        return "between 0 and 1"
    if np.isinf(value) and measure is not Measure.count_size:
        return "finite"
    return ""


def measure_table() -> pd.DataFrame:
    """All measures as a table.

    Returns
    -------
    pandas.DataFrame
        Columns name, symbol, default, low, high, unit, kind, meaning, source.
    """
    columns = ("name", "symbol", "default", "low", "high", "unit", "kind", "meaning", "source")
    return pd.DataFrame(
        [[getattr(measure, column) for column in columns] for measure in MEASURES],
        columns=list(columns),
    )


def log_negative_binomial(
    value: ArrayLike, mean: ArrayLike, size: ArrayLike
) -> NDArray[np.float64]:
    r"""Log probability of a count with given mean and variance mean + mean²/size.

    Parameters
    ----------
    value
        Counts; anything but a whole number from 0 on has probability 0.
    mean
        Expected counts, at least 0.
    size
        Above 0; infinite gives the Poisson law.

    Returns
    -------
    numpy.ndarray
        float64, the arguments broadcast.
    """
    y, mu, n = np.broadcast_arrays(
        *(np.asarray(given, dtype=np.float64) for given in (value, mean, size))
    )
    possible = (y >= 0) & (y == np.floor(y))
    k = np.where(possible, y, 0.0)
    finite = np.isfinite(n)
    m = np.where(finite, n, 1.0)
    poisson = xlogy(k, mu) - mu - gammaln(k + 1)
    mixed = gammaln(k + m) - gammaln(m) - gammaln(k + 1)
    mixed = mixed - m * np.log1p(mu / m) + xlogy(k, mu / (m + mu))
    return np.asarray(np.where(possible, np.where(finite, mixed, poisson), -np.inf))


def beta_shapes(
    share: ArrayLike, trials: float, design: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Shapes of the beta law that gives a poll its design effect.

    With :math:`a+b = (n-1)/(D-1) - 1` the variance of a beta-binomial count is :math:`D` times
    :math:`n p (1-p)`.

    Parameters
    ----------
    share
        Share p in the population, between 0 and 1.
    trials
        People asked, n.
    design
        Design effect D, above 1 and below n.

    Returns
    -------
    tuple of numpy.ndarray
        a and b, float64.
    """
    total = (trials - 1.0) / (design - 1.0) - 1.0
    p = np.asarray(share, dtype=np.float64)
    return p * total, (1.0 - p) * total


def log_beta_binomial(
    value: ArrayLike, share: ArrayLike, trials: float, design: float
) -> NDArray[np.float64]:
    """Log probability that this many of the people asked say yes.

    Parameters
    ----------
    value
        People who say yes; anything but a whole number from 0 to `trials` has probability 0.
    share
        Share in the population, 0 to 1.
    trials
        People asked.
    design
        Design effect; 1 gives the binomial law.

    Returns
    -------
    numpy.ndarray
        float64, `value` and `share` broadcast.
    """
    y, p = np.broadcast_arrays(
        np.asarray(value, dtype=np.float64), np.asarray(share, dtype=np.float64)
    )
    possible = (y >= 0) & (y <= trials) & (y == np.floor(y))
    k = np.where(possible, y, 0.0)
    ways = gammaln(trials + 1) - gammaln(k + 1) - gammaln(trials - k + 1)
    inside = (p > 0.0) & (p < 1.0)
    if design == 1.0:
        out = ways + xlogy(k, p) + xlogy(trials - k, 1.0 - p)
    else:
        a, b = beta_shapes(np.where(inside, p, 0.5), trials, design)
        sure = np.where(np.where(p <= 0.0, k == 0, k == trials), 0.0, -np.inf)
        out = np.where(inside, ways + betaln(k + a, trials - k + b) - betaln(a, b), sure)
    return np.asarray(np.where(possible, out, -np.inf))


def log_log_normal(value: ArrayLike, truth: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    """Log density of a figure that is the truth times a log-normal error of median 1.

    Parameters
    ----------
    value
        Printed figures; density 0 at 0 and below.
    truth
        What was there, above 0.
    error
        Standard deviation of the figure's logarithm, above 0.

    Returns
    -------
    numpy.ndarray
        float64, the arguments broadcast.
    """
    x, centre, sd = np.broadcast_arrays(
        *(np.asarray(given, dtype=np.float64) for given in (value, truth, error))
    )
    positive = x > 0.0
    logarithm = np.log(np.where(positive, x, 1.0))
    z = (logarithm - np.log(centre)) / sd
    out = -0.5 * z * z - logarithm - np.log(sd) - 0.5 * np.log(2.0 * np.pi)
    return np.asarray(np.where(positive, out, -np.inf))
