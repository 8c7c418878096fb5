"""Rival worlds: the same conclusion under each way to see the matter.

The model is one of several that the record allows. Each optional mechanism says that something
works otherwise; each rival reading of history gives the same falls other causes; each family of
priors believes other things of what nobody measured. A conclusion that changes its sign under one
of them rests on it, and that is worth more to a reader than a third digit. Rivals change one thing
at a time, and one more switches on every mechanism at once.

Readings and families are put in before the origin: worlds are conditioned on the record anew under
each. Mechanisms are on from the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import Comparison
from tregua.decide.robustness.explore import Worlds
from tregua.decide.robustness.families import FAMILIES
from tregua.decide.robustness.regret import absolute_regret
from tregua.decide.robustness.space import Problem
from tregua.model import MECHANISMS, Draws, History, State, answer_in_kind
from tregua.model.strategy import GangStrategy

__all__ = ["CENTRAL", "Rival", "rival_conclusions", "rivals_of"]

Progress = Callable[[int, int], None]

_LIKELY, _UNLIKELY = 0.8, 0.2


@dataclass(frozen=True)
class Rival:
    """One way to see the matter.

    Attributes
    ----------
    name
        Short name.
    kind
        "central", "mechanism", "reading" or "family".
    mechanisms
        Optional mechanisms that are on from the origin.
    reading
        Reading of history; "script" is the main one.
    family
        Family of priors.
    """

    name: str
    kind: str
    mechanisms: tuple[str, ...] = ()
    reading: str = "script"
    family: str = "declared"


CENTRAL = Rival("central", "central")
"""No optional mechanism, the main reading of history, the priors as declared."""


def rivals_of(
    readings: Sequence[str] = (),
    *,
    mechanisms: Sequence[str] = tuple(MECHANISMS),
    families: Sequence[str] = ("wide", "even"),
) -> tuple[Rival, ...]:
    """The central world and its rivals, each differing from it in one thing.

    Parameters
    ----------
    readings
        Names of rival readings of history in the case.
    mechanisms
        Optional mechanisms, each tried alone; if there are several, also all together.
    families
        Families of priors (`FAMILIES`).

    Returns
    -------
    tuple of Rival
        The central one first.

    Raises
    ------
    ValueError
        For a mechanism or family that is not known.

    Examples
    --------
    >>> [rival.name for rival in rivals_of(("ceasefire_2016",), mechanisms=("fringe",))]
    ['central', 'fringe', 'ceasefire_2016', 'wide', 'even']
    """
    for what, names, known in (
        ("mechanism", mechanisms, MECHANISMS),
        ("family", families, FAMILIES),
    ):
        for name in names:
            if name not in known:
                raise ValueError(f"No {what} named '{name}'. Known: {', '.join(known)}.")
    found = [CENTRAL]
    found += [Rival(name, "mechanism", mechanisms=(name,)) for name in mechanisms]
    if len(mechanisms) > 1:
        found.append(Rival("all_mechanisms", "mechanism", mechanisms=tuple(mechanisms)))
    found += [Rival(name, "reading", reading=name) for name in readings if name != "script"]
    found += [Rival(name, "family", family=name) for name in families if name != "declared"]
    return tuple(found)


def rival_conclusions(
    problem: Problem,
    rivals: Sequence[Rival],
    worlds: Worlds,
    *,
    origin: str,
    seed: int,
    gangs: GangStrategy = answer_in_kind,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Every conclusion by rival world.

    Parameters
    ----------
    problem
        Levers and outcomes; its uncertainties play no part, worlds are as each rival makes them.
    rivals
        The rivals; the first is what the others are held against.
    worlds, origin, seed, gangs
        As `explore` takes them.
    progress
        Called with (rivals run, rivals to run).

    Returns
    -------
    DataFrame
        Columns rival, kind, outcome, years, strategy, reference (the problem's first lever); q05,
        q50, q95, mean, mean_error of strategy minus reference; p_better (share of worlds in which
        the strategy does better, ties one half), mc_error; verdict (better, worse or unclear: 8 of
        10 worlds decide); agrees (whether the first rival has the same verdict); chosen (the
        minimax-regret strategy among all levers).

    Raises
    ------
    ValueError
        Without rivals, or as `explore` raises.
    """
    if not rivals:
        raise ValueError("At least one rival world is needed.")
    pasts: dict[tuple[str, str], tuple[Draws, History, State]] = {}
    frames = []
    for done, rival in enumerate(rivals, 1):
        key = (rival.reading, rival.family)
        if key not in pasts:
            draws, history = worlds(*key)
            pasts[key] = (draws, history, state_at(origin, draws, history, seed=seed))
        draws, history, state = pasts[key]
        comparison = compare(
            [lever.strategy for lever in problem.levers],
            draws,
            history,
            origin=origin,
            seed=seed,
            years=problem.years,
            initial=state,
            gangs=gangs,
            mechanisms=rival.mechanisms,
        )
        frames.append(_conclusions(problem, rival, comparison))
        if progress is not None:
            progress(done, len(rivals))
    found = pd.concat(frames, ignore_index=True)
    about = ["outcome", "years", "strategy"]
    first = found[found["rival"] == rivals[0].name].set_index(about)["verdict"]
    expected = first.loc[pd.MultiIndex.from_frame(found[about])].to_numpy()
    found.insert(found.columns.get_loc("verdict") + 1, "agrees", found["verdict"] == expected)  # type: ignore[operator, arg-type]
    return found


def _conclusions(problem: Problem, rival: Rival, comparison: Comparison) -> pd.DataFrame:

    reference, *others = problem.strategies
    rows = []
    for outcome in problem.outcomes:
        totals = np.stack(
            [comparison.total(outcome.name, name, outcome.years) for name in problem.strategies],
            axis=1,
        )
        counted = totals[comparison.weights > 0.0]
        greatest = absolute_regret(counted, better=outcome.better).max(axis=0)
        for strategy in others:
            paired = comparison.difference(strategy, reference, outcome.years, outcome.name)
            p_better = paired.p_lower if outcome.better == "lower" else 1.0 - paired.p_lower
            rows.append(
                {
                    "rival": rival.name,
                    "kind": rival.kind,
                    "outcome": outcome.name,
                    "years": outcome.years,
                    "strategy": strategy,
                    "reference": reference,
                    "q05": paired.q05,
                    "q50": paired.q50,
                    "q95": paired.q95,
                    "mean": paired.mean,
                    "mean_error": paired.mean_error,
                    "p_better": p_better,
                    "mc_error": paired.mc_error,
                    "verdict": _verdict(p_better),
                    "chosen": problem.strategies[int(np.argmin(greatest))],
                }
            )
    return pd.DataFrame(rows)


def _verdict(p_better: float) -> str:
    if p_better >= _LIKELY:
        return "better"
    return "worse" if p_better <= _UNLIKELY else "unclear"
