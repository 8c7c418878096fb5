r"""How many worlds are enough? Batches until the paired error is small.

Worlds are run in batches, in the order of their numbers. After each batch, for every outcome that a
precision is stated for, the Monte-Carlo standard error of the mean paired difference is compared
with what was asked, for each strategy less the reference at the end of the run; when all are
within, no further batch is run. Luck is keyed by world, so the worlds used are the same bits
whatever the size of the batches: only how many there are depends on it.

Stopping when the *estimated* error is small favours samples whose spread happens to look small. The
fixed-width rule of Y. S. Chow and H. Robbins (1965, Annals of Mathematical Statistics 36, 457-462)
is right in the limit of high precision; in finite samples intervals cover somewhat less often than
stated, and a mean of skewed differences is moved. A least number of worlds keeps both small: with
batches of 100 that stop near 450 worlds, nominal 95 % intervals cover 95 % for normal differences
and 94 % for exponential ones, whose mean is moved by less than a tenth of its standard error
(`tests/exact/test_comparing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.compare import check_question, compare, state_at
from tregua.decide.comparison import Comparison, known_outcomes, month_of_horizon
from tregua.decide.crossing import Crossing
from tregua.model import Draws, History, Timeline, answer_in_kind
from tregua.model.strategy import GangStrategy, GovernmentStrategy

__all__ = ["LEAST_BATCH", "Precision", "Stopped", "compare_until", "precisions"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_COLUMNS = ("worlds", "reply", "strategy", "outcome", "error", "wanted", "share")

LEAST_BATCH = 50
"""Fewest worlds in a batch: from fewer, an error is not to be estimated."""


@dataclass(frozen=True)
class Precision:
    """How small the error of a paired difference shall be.

    Attributes
    ----------
    outcome
        One of `OUTCOMES`.
    within
        Largest Monte-Carlo standard error of the mean difference, above 0.
    relative
        Whether `within` is a share of the reference's mean, and not in the outcome's own unit.
    """

    outcome: str
    within: float
    relative: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be reached or is not known."""
        known_outcomes([self.outcome])
        if not (np.isfinite(self.within) and self.within > 0):
            raise ValueError(f"A precision must be above 0; for {self.outcome}: {self.within:g}.")

    def wanted(self, reference_mean: float) -> float:
        """The largest error in the outcome's own unit."""
        return self.within * abs(reference_mean) if self.relative else self.within


def precisions(text: str, outcomes: Sequence[str] = ("killed",)) -> tuple[Precision, ...]:
    """Precisions from their short form.

    Parameters
    ----------
    text
        `1%` (a share of the reference's mean) or `200` (in the outcome's unit) for all `outcomes`,
        or one for each outcome named: `killed=1%,wrongly_detained=500`.
    outcomes
        The outcomes meant where none is named.

    Raises
    ------
    ValueError
        If a number cannot be read or is not above 0, or an outcome is not known or named twice.

    Examples
    --------
    >>> precisions("killed=1%,detained=500")[0]
    Precision(outcome='killed', within=0.01, relative=True)
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    named = [part.partition("=") for part in parts]
    if len(parts) == 1 and not named[0][1]:
        return tuple(_precision(outcome, parts[0], text) for outcome in known_outcomes(outcomes))
    found = [_precision(name.strip(), value.strip(), text) for name, _, value in named]
    if not found or len({each.outcome for each in found}) < len(found):
        raise ValueError(f"Name every outcome once, as killed=1%,detained=500; not '{text}'.")
    return tuple(found)


def _precision(outcome: str, value: str, text: str) -> Precision:
    known_outcomes([outcome])
    relative = value.endswith("%")
    try:
        number = float(value.removesuffix("%"))
    except ValueError:
        raise ValueError(
            f"A precision is 1% or 200, or killed=1%,detained=500; not '{text}'."
        ) from None
    return Precision(outcome, number / 100 if relative else number, relative)


@dataclass(frozen=True)
class Stopped:
    """A comparison in as many worlds as were needed.

    Attributes
    ----------
    crossing
        The comparison, against each reply.
    worlds
        Worlds used.
    cap
        Worlds that there were.
    reached
        Whether all errors are as small as asked; if not, the cap ended the run.
    errors
        After each batch: columns worlds, reply, strategy, outcome, error (of the mean paired
        difference), wanted (the largest that was asked for) and share (error over wanted).
    """

    crossing: Crossing
    worlds: int
    cap: int
    reached: bool
    errors: pd.DataFrame = field(repr=False)


def compare_until(
    strategies: Sequence[GovernmentStrategy | Timeline],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    precision: Sequence[Precision],
    batch: int = 100,
    years: float = 10,
    gangs: GangStrategy | Sequence[GangStrategy] = answer_in_kind,
    mechanisms: Sequence[str] = (),
    worlds_from: str = "given",
    progress: Progress | None = None,
) -> Stopped:
    """Compare in batches of worlds until the paired error is small enough.

    Parameters
    ----------
    strategies, history, origin, seed, years, gangs, mechanisms, worlds_from
        As `compare` takes them; differences are taken to the first strategy, so that there must be
        two at least.
    draws
        The worlds that may be used, in their order; their number is the cap.
    precision
        What is asked for; nothing runs all worlds.
    batch
        Worlds in a batch, at least `LEAST_BATCH`; the last may be smaller. Changes no bit of a
        world, but after how many the run may stop.
    progress
        Called with (runs done, runs if the cap is reached).

    Returns
    -------
    Stopped
        The comparison, and how it came to stop.

    Raises
    ------
    ValueError
        As `compare`; for too small a batch, or a precision of differences with one strategy.
    """
    replies = (gangs,) if isinstance(gangs, GangStrategy) else tuple(gangs)
    check_question(strategies, replies, history, origin=origin, months=month_of_horizon(years))
    if precision and len(strategies) < 2:
        raise ValueError("To stop at a precision of differences, give two strategies at least.")
    if batch < LEAST_BATCH:
        raise ValueError(f"A batch needs {LEAST_BATCH} worlds at least, not {batch}.")
    parts: list[Crossing] = []
    seen: list[pd.DataFrame] = []
    runs = len(strategies) * len(replies)
    for first in range(0, len(draws), batch):
        some = draws.select(np.arange(first, min(first + batch, len(draws))))
        parts.append(
            compare(
                strategies,
                some,
                history,
                origin=origin,
                seed=seed,
                years=years,
                initial=state_at(origin, some, history, seed=seed),
                gangs=replies,
                mechanisms=mechanisms,
                worlds_from=worlds_from,
                progress=_from(progress, first * runs, len(draws) * runs),
            )
        )
        used = first + len(some)
        weights = draws.weights[:used]
        now = _errors(parts, weights, precision, years).assign(worlds=used)
        seen.append(now)
        if precision and _reached(now):
            break
    return Stopped(
        crossing=Crossing(
            tuple(
                Comparison.joined([part.comparisons[place] for part in parts], weights)
                for place in range(len(replies))
            )
        ),
        worlds=used,
        cap=len(draws),
        reached=_reached(now),
        errors=pd.concat(seen, ignore_index=True)[list(_COLUMNS)],
    )


def _reached(errors: pd.DataFrame) -> bool:
    return bool((errors["error"] <= errors["wanted"]).all())


def _from(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Progress of a batch as part of the whole."""
    if progress is None:
        return None
    return lambda part, _: progress(done + part, total)


def _errors(
    parts: Sequence[Crossing], weights: Array, precision: Sequence[Precision], years: float
) -> pd.DataFrame:
    """Errors of the mean differences to the first strategy, over all batches so far."""
    share = weights / weights.sum()
    effective = 1.0 / np.sum(share**2)
    rows = []
    for reply in parts[0].replies:
        each = [part.against(reply) for part in parts]
        for wanted in precision:
            totals = np.concatenate(
                [
                    [one.total(wanted.outcome, name, years) for name in one.strategies]
                    for one in each
                ],
                axis=1,
            )
            allowed = wanted.wanted(float(totals[0] @ share))
            for place, name in enumerate(each[0].strategies[1:], 1):
                gap = totals[place] - totals[0]
                spread = share @ (gap - share @ gap) ** 2
                error = float(np.sqrt(spread / effective))
                rows.append(
                    {
                        "reply": reply,
                        "strategy": name,
                        "outcome": wanted.outcome,
                        "error": error,
                        "wanted": allowed,
                        "share": error / allowed if allowed > 0 else np.nan,
                    }
                )
    return pd.DataFrame(rows, columns=[name for name in _COLUMNS if name != "worlds"])
