r"""Several outcomes at once: who is dominated, how much a set covers, and how sure that is.

A policy *dominates* another if it does no more of any harm and less of at least one. Those that
nobody dominates are the *Pareto set*. Nothing is weighed against anything: each member gives up
some of one outcome for some of another, and the choice among them is the reader's.

The size of a set is its **hypervolume**: the part of outcome space, up to a stated reference point,
that its members dominate (Zitzler and Thiele 1999, IEEE Transactions on Evolutionary Computation
3(4)). It rises whenever a member that nobody dominates is added, and depends on the reference
point, which is therefore always printed beside it.

Outcomes are means over worlds, hence uncertain; a bootstrap over the worlds, the same for all
policies, tells in what share of samples a member stays undominated (Efron 1979, Annals of
Statistics 7). For display, members whose outcomes fall into one box of stated size are shown as
one (epsilon-dominance: Laumanns, Thiele, Deb and Zitzler 2002, Evolutionary Computation 10(3)).

Outcomes are harms: less is better in all of them. Ranks and hypervolume are those of pymoo, an
optional library.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SearchLibraryError",
    "hypervolume",
    "membership",
    "nondominated",
    "pareto_ranks",
    "representatives",
]

Array = NDArray[np.float64]

_SMALLEST_BOX = 1e-12


class SearchLibraryError(ImportError, ValueError):
    """The optional library of the search is not installed; the message says how to install it."""

    def __init__(self) -> None:
        super().__init__(
            "Searching needs the library pymoo, which is not installed. Install it with "
            "`pip install 'tregua[search]'`."
        )


def nondominated(values: ArrayLike) -> NDArray[np.bool_]:
    """Which rows no other row dominates.

    Parameters
    ----------
    values
        float64[n, outcomes], less is better. Rows alike do not dominate each other.

    Returns
    -------
    numpy.ndarray
        bool[n].

    Raises
    ------
    ValueError
        If a value is not a number.

    Examples
    --------
    >>> nondominated([[1, 3], [2, 2], [3, 1], [3, 3]]).tolist()
    [True, True, True, False]
    """
    rows = _checked(values)
    worse = np.zeros(len(rows), dtype=bool)
    for row in rows:
        worse |= np.all(row <= rows, axis=1) & np.any(row < rows, axis=1)
    return ~worse


def pareto_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """Rank of every row: 0 for the Pareto set, 1 for that of the rest, and so on.

    Non-dominated sorting (Deb, Pratap, Agarwal and Meyarivan 2002, IEEE Transactions on
    Evolutionary Computation 6(2)), by pymoo.

    Parameters
    ----------
    values
        float64[n, outcomes], less is better.

    Returns
    -------
    numpy.ndarray
        int64[n].

    Raises
    ------
    SearchLibraryError
        If pymoo is not installed.
    ValueError
        If a value is not a number.
    """
    rows = _checked(values)
    try:
        from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
    except ImportError as error:
        raise SearchLibraryError from error
    ranks = np.empty(len(rows), dtype=np.int64)
    for rank, members in enumerate(NonDominatedSorting().do(rows)):
        ranks[members] = rank
    return ranks


def hypervolume(values: ArrayLike, reference: ArrayLike) -> float:
    """Volume of outcome space that a set dominates, up to a reference point.

    Parameters
    ----------
    values
        float64[n, outcomes], less is better. Rows that are not below the reference in every outcome
        add nothing. No row gives 0.
    reference
        float64[outcomes], worse than what is of interest.

    Returns
    -------
    float
        In the product of the outcomes' units.

    Raises
    ------
    SearchLibraryError
        If pymoo is not installed.
    ValueError
        If shapes do not fit or a value is not a number.
    """
    rows, corner = _checked(values), np.asarray(reference, dtype=np.float64)
    if corner.shape != rows.shape[1:] or not np.all(np.isfinite(corner)):
        raise ValueError(
            f"The reference point needs {rows.shape[1]} finite numbers, one an outcome, "
            f"not {corner!r}."
        )
    within = rows[np.all(rows < corner, axis=1)]
    if len(within) == 0:
        return 0.0
    try:
        from pymoo.indicators.hv import HV
    except ImportError as error:
        raise SearchLibraryError from error
    return float(HV(ref_point=corner)(within[nondominated(within)]))


def membership(samples: ArrayLike, *, weights: ArrayLike, draws: int, seed: int) -> Array:
    """In what share of samples of worlds each policy stays undominated.

    Parameters
    ----------
    samples
        float64[policies, worlds, outcomes], less is better; all policies met the same worlds.
    weights
        float64[worlds], at least 0: worlds are drawn anew with chances in proportion.
    draws
        Samples of the bootstrap, at least 1. A share p has the error sqrt(p (1 - p) / draws) from
        their number alone.
    seed
        Seed of the bootstrap.

    Returns
    -------
    numpy.ndarray
        float64[policies], shares from 0 to 1.
    """
    table = np.asarray(samples, dtype=np.float64)
    counts = _bootstrap(np.asarray(weights, dtype=np.float64), draws, seed)
    stays = np.zeros(len(table))
    for means in np.einsum("bw,pwo->bpo", counts, table):
        stays += nondominated(means)
    return stays / draws


def representatives(values: ArrayLike, sizes: ArrayLike) -> NDArray[np.int64]:
    """Few members that stand for a set: one for each box that no other box dominates.

    Parameters
    ----------
    values
        float64[n, outcomes], less is better.
    sizes
        float64[outcomes]: the difference in each outcome that is too small to show, above 0.

    Returns
    -------
    numpy.ndarray
        int64[k], rows in their order. In each box the one nearest to its lower corner is kept, in
        units of the box; the first of several.

    Raises
    ------
    ValueError
        If a size is not above 0.

    Examples
    --------
    >>> representatives([[0.1, 2.2], [0.2, 2.1], [2.0, 0.3]], [1.0, 1.0]).tolist()
    [1, 2]
    """
    rows, size = _checked(values), np.asarray(sizes, dtype=np.float64)
    if size.shape != rows.shape[1:] or not np.all(size > _SMALLEST_BOX):
        raise ValueError(f"Boxes need {rows.shape[1]} sizes above 0, not {size!r}.")
    boxes = np.floor(rows / size) + 0.0  # no negative zero, whose bytes differ
    distance = np.sum((rows / size - boxes) ** 2, axis=1)
    kept: dict[bytes, int] = {}
    for row in np.flatnonzero(nondominated(boxes)):
        box = boxes[row].tobytes()
        if box not in kept or distance[row] < distance[kept[box]]:
            kept[box] = int(row)
    return np.array(sorted(kept.values()), dtype=np.int64)


def _bootstrap(weights: Array, draws: int, seed: int) -> Array:
    """Shares in which worlds occur in samples drawn with replacement, float64[draws, worlds]."""
    generator = np.random.default_rng([seed, len(weights), draws])
    effective = max(1, round(weights.sum() ** 2 / np.sum(weights**2)))
    counts = generator.multinomial(effective, weights / weights.sum(), size=draws)
    return np.asarray(counts / effective, dtype=np.float64)


def _checked(values: ArrayLike) -> Array:
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if rows.ndim != 2 or np.isnan(rows).any():
        raise ValueError("Outcomes must be numbers, one row a policy and one column an outcome.")
    return rows
