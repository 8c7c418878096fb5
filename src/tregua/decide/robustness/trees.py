"""Trees: the whole uncertain space cut into boxes, where PRIM looks for the best one.

A classification tree (Breiman, Friedman, Olshen and Stone 1984; scikit-learn's) splits the points
at one value of one uncertainty at a time, so as to part those where a conclusion holds from those
where it does not. Each leaf is a box, and all leaves together cover everything: a conclusion that
holds in two corners shows as two leaves. Splits are greedy, and a deep tree describes luck; leaves
are therefore few and large, and each is measured like any other box.

scikit-learn is wanted here only: `pip install "tregua[robustness]"`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tregua.decide.robustness.discovery import Box, Limit, measured

__all__ = ["leaves"]

_MOST_LEAVES = 64


def leaves(
    inputs: pd.DataFrame,
    interest: ArrayLike,
    *,
    count: int = 6,
    least_mass: float = 0.05,
    seed: int = 1,
) -> tuple[Box, ...]:
    """Boxes of a classification tree, the densest first.

    Parameters
    ----------
    inputs, interest
        As `peel` takes them. A switch is split into one question a position.
    count
        At most so many leaves, 2 to 64.
    least_mass
        Least share of points in a leaf, in (0, 0.5).
    seed
        Seed by which equal splits are told apart.

    Returns
    -------
    tuple of Box
        Together they cover every point; their masses and coverages add to one.

    Raises
    ------
    ValueError
        For settings that make no sense, or as `peel` raises.
    ImportError
        Without scikit-learn.
    """
    if not 2 <= count <= _MOST_LEAVES:
        raise ValueError(f"count must lie between 2 and {_MOST_LEAVES}, not {count}.")
    if not 0.0 < least_mass < 0.5:
        raise ValueError(f"least_mass must lie between 0 and one half, not {least_mass!r}.")
    marks = np.asarray(interest, dtype=bool)
    whole = measured((), inputs, marks)  # refuses what no box can tell apart
    table, questions = _questions(inputs)
    grown = _classifier()(
        max_leaf_nodes=count,
        min_samples_leaf=max(1, int(np.ceil(least_mass * whole.points))),
        random_state=seed,
    )
    tree = grown.fit(table, marks).tree_
    start = {
        str(name): Limit(str(name), kept=tuple(sorted(set(inputs[name].astype(str)))))
        for name in inputs
        if not pd.api.types.is_numeric_dtype(inputs[name])
    }
    found = [
        measured(_told(limits, start), inputs, marks) for limits in _walk(tree, 0, questions, start)
    ]
    return tuple(sorted(found, key=lambda box: (-box.density, -box.mass)))


def _questions(inputs: pd.DataFrame) -> tuple[np.ndarray[Any, Any], list[tuple[str, str]]]:
    """One column a number and one a position of a switch; what each column asks."""
    columns, questions = [], []
    for name in inputs:
        if pd.api.types.is_numeric_dtype(inputs[name]):
            columns.append(inputs[name].to_numpy(dtype=np.float64))
            questions.append((str(name), ""))
            continue
        values = inputs[name].astype(str)
        for position in sorted(set(values)):
            columns.append((values == position).to_numpy(dtype=np.float64))
            questions.append((str(name), position))
    return np.column_stack(columns), questions


def _walk(
    tree: Any, node: int, questions: list[tuple[str, str]], limits: dict[str, Limit]
) -> list[dict[str, Limit]]:
    """Limits of every leaf below a node."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left == right:
        return [limits]
    name, position = questions[tree.feature[node]]
    now = limits.get(name, Limit(name))
    if position:
        without = replace(now, kept=tuple(each for each in now.kept if each != position))
        low, high = without, replace(now, kept=(position,))
    else:
        end = float(tree.threshold[node])
        # Points on the threshold go left; the next number up starts the right side.
        low = replace(now, high=min(now.high, end))
        high = replace(now, low=max(now.low, float(np.nextafter(end, np.inf))))
    return _walk(tree, left, questions, limits | {name: low}) + _walk(
        tree, right, questions, limits | {name: high}
    )


def _told(limits: dict[str, Limit], start: dict[str, Limit]) -> list[Limit]:
    return [limit for name, limit in limits.items() if limit != start.get(name)]


def _classifier() -> Any:
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise ImportError('Trees need scikit-learn: pip install "tregua[robustness]".') from None
    return DecisionTreeClassifier
