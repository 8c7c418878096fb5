r"""Families of priors: the same 90 % ranges, or not, under other beliefs about what lies in them.

A prior is a choice too. Each family remakes the draws of a prior so that every world keeps its
place: with $z$ the standard normal number behind a draw, $x = g^{-1}(m + s z)$,

* *declared* leaves $x$ as it is,
* *wide* takes $m + 1.5\,s z$: the same middle, ranges half as long again,
* *narrow* takes $m + 0.5\,s z$,
* *even* takes $m + s\,z_{95}(2\Phi(z) - 1)$: every value between the declared 5 and 95 % quantiles
  is equally likely on the scale $g$ of the parameter, and none lies outside.

Since a world keeps its rank in every parameter and its noise, what differs between two families is
the family.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tregua.model import PARAMETERS, Draws

__all__ = ["FAMILIES", "in_family"]

Array = NDArray[np.float64]

_Z95 = 1.6448536269514722
_SAFE = 4.0  # standard deviations beyond which a wide prior is cut: 1 value of 16,000

FAMILIES: dict[str, str] = {
    "declared": "priors as declared",
    "wide": "ranges half as long again around the same middle",
    "narrow": "ranges half as long around the same middle",
    "even": "every value of the 90 % range equally likely, none outside",
}
"""What each family of priors believes, by name."""

_SHAPES: dict[str, Callable[[Array], Array]] = {
    "wide": lambda z: np.clip(1.5 * z, -_SAFE, _SAFE),
    "narrow": lambda z: 0.5 * z,
    "even": lambda z: _Z95 * (2.0 * ndtr(z) - 1.0),
}


def in_family(prior: Draws, family: str, *, ranges: Mapping[str, Any] | None = None) -> Draws:
    """Draws of a prior, remade under another family.

    Parameters
    ----------
    prior
        Draws of the declared prior (`model.prior_draws`), before any conditioning.
    family
        One of `FAMILIES`.
    ranges
        The overrides with which `prior` was drawn: name -> {"low", "high"} or a pinned value, which
        stays pinned.

    Returns
    -------
    Draws
        The same worlds and weights.

    Raises
    ------
    ValueError
        For an unknown family.
    """
    if family not in FAMILIES:
        raise ValueError(f"No family named '{family}'. Known: {', '.join(FAMILIES)}.")
    if family == "declared":
        return prior
    shape = _SHAPES[family]
    values = prior.values.copy()
    for parameter in PARAMETERS:
        bounds = (ranges or {}).get(parameter.name, {"low": parameter.low, "high": parameter.high})
        if not isinstance(bounds, Mapping) or bounds["low"] == bounds["high"]:
            continue
        low, high = (float(parameter.to_normal(bounds[end])) for end in ("low", "high"))
        middle, spread = (low + high) / 2.0, (high - low) / (2.0 * _Z95)
        place = (parameter.to_normal(values[:, parameter]) - middle) / spread
        values[:, parameter] = parameter.from_normal(middle + spread * shape(place))
    return replace(prior, values=values)
