r"""What can be told apart: products of parameters, and bounds where nothing can be told.

Figures speak of products. Ten thousand members who kill 0.2 each a year and twenty thousand who
kill 0.1 leave the same dead; an arrest hazard and a deterrence per arrest act through their
product. Along such a ridge components keep much of their prior however much is known of the
product, so the product is what should be quoted. Writing :math:`\kappa_1` for the command of
leaders free to rule (`command_ceiling`) and :math:`\kappa_0` for that under ordinary control of the
prisons, :math:`k_{min} + (k_{max} - k_{min})(1 - q_C)`:

* members times killing, :math:`S_0 v`, and recruitment less desistance, :math:`r - \delta`;
* restraint in a pact, :math:`\rho\kappa_1`, and pressing in a conflict, :math:`\varphi\kappa_0`
  for each unit of the share of gangs that press, which the script holds;
* arrest times deterrence, :math:`a_0\zeta`, and imprisonment times stay, :math:`i_O\tau_O`;
* killing left in a pact. Restraint and ambient killing are confounded: what gangs stop killing may
  be put down to the one or what remains to the other. They are positively correlated in the
  posterior, so it is not their product that figures fix but the remainder,
  :math:`S_0 v(1 - \rho\kappa_1) + N h_G(1 - e^{-S_0/S_h})`, here with the members of the start
  and 6.2 million people.

**Hiding** is not identified by recorded killings: a gang that restrains within a pact hides a
share :math:`\eta_1`, and figures see :math:`(1-\eta_1)(1-\rho\kappa_1)` only. `hiding_bounds`
therefore holds that product at what a draw says and lets :math:`\eta_1` run over its whole range
(partial identification: Manski 2003). The answer is a range, not a point.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.model import Draws

__all__ = ["PRODUCTS", "correlations", "hiding_bounds", "product_table"]

Floats = NDArray[np.float64]

_PEOPLE = 6.2e6
_HIDING_RANGE = (0.1, 0.6)


def _command(draws: Draws) -> Floats:
    """Command of leaders under ordinary control of the prisons."""
    floor, ceiling = draws.column("command_floor"), draws.column("command_ceiling")
    return np.asarray(floor + (ceiling - floor) * (1.0 - draws.column("control_usual")))


def _restrained(draws: Draws) -> Floats:
    return np.asarray(draws.column("restraint") * draws.column("command_ceiling"))


def _gang_killing(draws: Draws) -> Floats:
    return np.asarray(draws.column("members_at_start") * draws.column("killing"))


def _ambient(draws: Draws) -> Floats:
    covered = 1.0 - np.exp(-draws.column("members_at_start") / draws.column("coverage"))
    return np.asarray(_PEOPLE * draws.column("ambient_gangs") * covered)


_Formula = Callable[[Draws], Floats]

PRODUCTS: dict[str, tuple[str, str, tuple[str, ...], _Formula]] = {
    "killing by all members": (
        "S_0 v",
        "killed per year",
        ("members_at_start", "killing"),
        _gang_killing,
    ),
    "growth of gangs": (
        "r - delta",
        "per year",
        ("recruitment", "desistance"),
        lambda d: d.column("recruitment") - d.column("desistance"),
    ),
    "restraint in a pact": (
        "rho kappa_1",
        "share",
        ("restraint", "command_ceiling"),
        _restrained,
    ),
    "pressing in a conflict": (
        "phi kappa_0",
        "factor per share of gangs that press",
        ("pressing_effect", "command_ceiling", "command_floor", "control_usual"),
        lambda d: d.column("pressing_effect") * _command(d),
    ),
    "deterrence of ordinary arrest": (
        "a_0 zeta",
        "fall of log killing",
        ("arrest", "deterrence"),
        lambda d: d.column("arrest") * d.column("deterrence"),
    ),
    "ordinary prisoners": (
        "i_O tau_O",
        "persons",
        ("ordinary_inflow", "ordinary_time"),
        lambda d: d.column("ordinary_inflow") * d.column("ordinary_time"),
    ),
    "killing left in a pact": (
        "S_0 v (1 - rho kappa_1) + N h_G (1 - exp(-S_0 / S_h))",
        "killed per year",
        ("restraint", "command_ceiling", "killing", "ambient_gangs"),
        lambda d: _gang_killing(d) * (1.0 - _restrained(d)) + _ambient(d),
    ),
    "recorded share of a restraining gang": (
        "(1 - eta_1)(1 - rho kappa_1)",
        "share",
        ("hidden_pact", "restraint", "command_ceiling"),
        lambda d: (1.0 - d.column("hidden_pact")) * (1.0 - _restrained(d)),
    ),
}
"""Products by name: formula, unit, components, and the function of draws that gives their value."""

_PAIRS = (
    ("members_at_start", "killing"),
    ("recruitment", "desistance"),
    ("recruitment", "niche"),
    ("arrest", "deterrence"),
    ("ordinary_inflow", "ordinary_time"),
    ("restraint", "ambient_gangs"),
    ("release_time", "arrest"),
    ("restraint", "killing"),
    ("hidden_pact", "restraint"),
)


def product_table(draws: Draws, prior: Draws) -> pd.DataFrame:
    """Products under posterior and prior, with how much narrower each is than its components.

    Parameters
    ----------
    draws, prior
        Equally weighted draws of posterior and prior.

    Returns
    -------
    DataFrame
        Columns product, formula, unit, low, middle, high (5, 50, 95 % of the posterior),
        prior_low, prior_middle, prior_high, contraction (1 less the ratio of variances, posterior
        over prior; below 0 if wider), of_components (the largest contraction of a component).
    """
    rows = []
    for name, (formula, unit, components, value) in PRODUCTS.items():
        now, before = value(draws), value(prior)
        parts = [contraction(draws.column(part), prior.column(part)) for part in components]
        rows.append(
            {"product": name, "formula": formula, "unit": unit}
            | dict(zip(("low", "middle", "high"), _ends(now), strict=True))
            | dict(zip(("prior_low", "prior_middle", "prior_high"), _ends(before), strict=True))
            | {"contraction": contraction(now, before), "of_components": max(parts)}
        )
    return pd.DataFrame(rows)


def contraction(values: Floats, prior: Floats) -> float:
    """One less the ratio of variances; of logarithms where all values are positive."""
    if np.all(values > 0.0) and np.all(prior > 0.0):
        values, prior = np.log(values), np.log(prior)
    before = float(np.var(prior))
    return 1.0 - float(np.var(values)) / before if before > 0.0 else float("nan")


def _ends(values: Floats) -> Floats:
    return np.asarray(np.quantile(values, (0.05, 0.5, 0.95)))


def correlations(draws: Draws, prior: Draws) -> pd.DataFrame:
    """Correlations of logarithms along the known ridges.

    Parameters
    ----------
    draws, prior
        Equally weighted draws of posterior and prior.

    Returns
    -------
    DataFrame
        Columns one, other, posterior, prior, error (standard error of a correlation near 0).
    """
    rows = [
        {
            "one": one,
            "other": other,
            "posterior": _correlation(draws, one, other),
            "prior": _correlation(prior, one, other),
            "error": 1.0 / np.sqrt(max(len(np.unique(draws.column(one))) - 3.0, 1.0)),
        }
        for one, other in _PAIRS
    ]
    return pd.DataFrame(rows)


def _correlation(draws: Draws, one: str, other: str) -> float:
    columns = np.log([draws.column(one), draws.column(other)])
    return float(np.corrcoef(columns)[0, 1])


def hiding_bounds(draws: Draws, steps: int = 6) -> pd.DataFrame:
    """What a pact stops in truth, for each share that may be hidden within it.

    Recorded killing of a restraining gang is held at what the draw says; the hidden share runs.

    Parameters
    ----------
    draws
        Equally weighted draws of the posterior.
    steps
        Values of the hidden share between 0.1 and 0.6, at least 2.

    Returns
    -------
    DataFrame
        A row a hidden share, and a last one, `any`, with the lowest and highest end of them all.
        Columns hidden_share, true_fall_low, true_fall_middle, true_fall_high (fall of gang killing
        in a pact, a share; 5, 50, 95 %), recorded_fall_low, ..._middle, ..._high (the fall that
        figures show), hidden_killed_low, ..._middle, ..._high (hidden killings of a pact year by
        the members of the start). `any` has no middle.

    Raises
    ------
    ValueError
        For fewer than two steps.
    """
    if steps < 2:
        raise ValueError(f"At least two hidden shares are needed, not {steps}.")
    usual, total = draws.column("hidden_usual"), _gang_killing(draws)
    left = (1.0 - draws.column("hidden_pact")) * (1.0 - _restrained(draws))
    seen = 1.0 - left / (1.0 - usual)
    rows = []
    for share in np.linspace(*_HIDING_RANGE, steps):
        # No gang can hide so much that it must have killed more than without restraint.
        true = np.minimum(left / (1.0 - share), 1.0)
        row: dict[str, object] = {"hidden_share": f"{share:.2f}"}
        values = {
            "true_fall": 1.0 - true,
            "recorded_fall": seen,
            "hidden_killed": total * share * true,
        }
        for name, value in values.items():
            row |= dict(zip(_columns(name), _ends(np.asarray(value)), strict=True))
        rows.append(row)
    table = pd.DataFrame(rows)
    either: dict[str, object] = {"hidden_share": "any"}
    for name in ("true_fall", "recorded_fall", "hidden_killed"):
        low, middle, high = _columns(name)
        either |= {low: table[low].min(), middle: np.nan, high: table[high].max()}
    return pd.concat([table, pd.DataFrame([either])], ignore_index=True)


def _columns(name: str) -> tuple[str, str, str]:
    return f"{name}_low", f"{name}_middle", f"{name}_high"
