"""Strategies against several replies: what holds whichever way the gangs answer.

A comparison holds the gangs' strategy fixed. How gangs answer is known no better than the rest, and
a sign that turns with the reply is no finding about the government's strategy alone. A crossing
puts the same strategies, in the same worlds, against each of several replies. Replies are never
averaged: nothing says how often each would be met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from tregua.decide.comparison import Comparison
from tregua.shown import Shown

__all__ = ["Crossing"]

_LIKELY = 0.8
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Crossing(Shown):
    """Comparisons of the same strategies in the same worlds, one for each reply of the gangs.

    Attributes
    ----------
    comparisons
        One `Comparison` a reply, each with a reply of its own; all share strategies, months and
        worlds.
    """

    comparisons: tuple[Comparison, ...]

    def __post_init__(self) -> None:
        """Refuse comparisons that do not belong together."""
        replies = [each.reply for each in self.comparisons]
        if not replies or len(set(replies)) != len(replies):
            given = ", ".join(replies) or "none"
            raise ValueError(f"Replies need names of their own; given: {given}.")
        if len({(each.origin, each.strategies) for each in self.comparisons}) > 1:
            raise ValueError("A crossing holds the same strategies from the same month.")

    @property
    def replies(self) -> tuple[str, ...]:
        """Names of the gangs' strategies."""
        return tuple(each.reply for each in self.comparisons)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the government's strategies."""
        return self.comparisons[0].strategies

    def against(self, reply: str) -> Comparison:
        """The comparison against one reply. Raises ValueError, with the nearest name."""
        for each in self.comparisons:
            if each.reply == reply:
                return each
        near = get_close_matches(reply, self.replies, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"No reply '{reply}' was met.{hint} Met: {', '.join(self.replies)}.")

    def ledger(self) -> pd.DataFrame:
        """`Comparison.ledger` for each reply, with a first column reply."""
        return self._stacked(Comparison.ledger)

    def differences(self) -> pd.DataFrame:
        """`Comparison.differences` for each reply, with a first column reply."""
        return self._stacked(Comparison.differences)

    def best(self) -> pd.DataFrame:
        """`Comparison.best` for each reply, with a first column reply."""
        return self._stacked(Comparison.best)

    def best_for_most(self) -> pd.DataFrame:
        """`Comparison.best_for_most` for each reply, with a first column reply."""
        return self._stacked(Comparison.best_for_most)

    def agreement(self) -> pd.DataFrame:
        """Whether the sign of a difference holds under every reply.

        Returns
        -------
        DataFrame
            Columns strategy, reference, horizon, outcome, least_lower and most_lower (smallest and
            largest share of worlds with less of the outcome, over replies), and holds: "fewer" or
            "more" if 8 of 10 worlds agree on it under every reply; "turns" if they agree on
            opposite signs under two replies; "unclear" otherwise.
        """
        table = self.differences()
        keys = ["strategy", "reference", "horizon", "outcome"]
        shares = table.groupby(keys, sort=False)["p_lower"].agg(["min", "max"]).reset_index()
        shares = shares.rename(columns={"min": "least_lower", "max": "most_lower"})
        shares["holds"] = [
            _holds(low, high)
            for low, high in zip(shares["least_lower"], shares["most_lower"], strict=True)
        ]
        return shares

    def sign(self, strategy: str, reference: str, horizon: float, outcome: str) -> str:
        """What holds of one difference under every reply, as `agreement` has it.

        Parameters
        ----------
        strategy, reference
            Two of the strategies.
        horizon
            Years after the origin.
        outcome
            One of `OUTCOMES`.

        Returns
        -------
        str
            "fewer", "more", "turns" or "unclear".

        Raises
        ------
        ValueError
            If a name is not known, or the run is shorter than the horizon.
        """
        shares = [
            each.difference(strategy, reference, horizon, outcome).p_lower
            for each in self.comparisons
        ]
        return _holds(min(shares), max(shares))

    def _stacked(self, table: Callable[[Comparison], pd.DataFrame]) -> pd.DataFrame:
        frames = []
        for each in self.comparisons:
            frame = table(each)
            frame.insert(0, "reply", each.reply)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def _holds(least: float, most: float) -> str:
    # Weights add to one only up to rounding.
    low, high = least + _ROUNDING, most - _ROUNDING
    if low >= _LIKELY:
        return "fewer"
    if high <= 1 - _LIKELY:
        return "more"
    return (
        "turns" if most + _ROUNDING >= _LIKELY and least - _ROUNDING <= 1 - _LIKELY else "unclear"
    )
