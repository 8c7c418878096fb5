"""Second opinions on a fall, gathered: segments, the level's band, indicators.

A detection says when it fell. Whoever shows it, on a screen or on a page, asks the same further
questions of it: does a second model date the same fall, how does the level compare with that of
years before, and what else does the record hold near it? `gather` asks them once, so that screen
and page say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tregua.infer.cause.indicators import Indications
from tregua.infer.cause.indicators import indicators as indicators_of
from tregua.infer.counts.band import level_band
from tregua.infer.counts.detection import Detection
from tregua.infer.counts.segments import Segments, cross_check
from tregua.infer.counts.segments import segments as segments_of
from tregua.record import Record

__all__ = ["Opinions", "factor", "gather", "odds_of", "percent"]


@dataclass(frozen=True)
class Opinions:
    """What was asked for beside the detection; None where it was not asked for or cannot be had.

    Attributes
    ----------
    cut, check, band
        Segments, their agreement with the detector, and the level against that of years before.
    indications
        What the record holds near each fall.
    odds
        Prior odds of a pact against a crackdown.
    segments
        Whether segments were asked for.
    """

    cut: Segments | None
    check: pd.DataFrame | None
    band: pd.DataFrame | None
    indications: Indications | None
    odds: tuple[float, ...]
    segments: bool


def odds_of(texts: Sequence[str]) -> tuple[float, ...]:
    """Read prior odds such as 1:3 or 2; three usual ones if none are given.

    Raises
    ------
    ValueError
        If a text is no positive odds.
    """
    odds = []
    for text in texts or ("1:3", "1:1", "3:1"):
        left, _, right = text.partition(":")
        try:
            value = float(left) / float(right or 1)
        except (ValueError, ZeroDivisionError):
            value = 0.0
        if not 0 < value < float("inf"):
            raise ValueError(f"'{text}' are no odds. Write pact:crackdown, such as 1:3.")
        odds.append(value)
    return tuple(odds)


def gather(
    found: Detection,
    record: Record | None,
    *,
    segments: bool,
    indicators: bool,
    only: Sequence[str],
    without: Sequence[str],
    odds: tuple[float, ...],
) -> Opinions:
    """Ask for the second opinions that were wanted.

    Raises
    ------
    ValueError
        If indicators are wanted of a plain file, or are unknown.
    """
    cut = check = band = indications = None
    if segments:
        last = found.months["month"].iloc[-1]
        try:
            cut = segments_of(found.tiles, last=last)
        except ValueError:
            pass  # only totals over several months: there is nothing to cut, and the page says so
        else:
            check = cross_check(found, cut)
            band = level_band(found.tiles, last=last)
    if indicators:
        if record is None:
            raise ValueError(
                "Indicators need a record with events and other series; a file of counts holds "
                "neither. Give the name of a case, or leave out --indicators."
            )
        indications = indicators_of(
            record, found, which=only or None, without=without, prior_odds=odds
        )
    return Opinions(cut, check, band, indications, odds, segments)


def factor(value: float) -> str:
    """A factor in as few characters as tell it: 4.0, 0.39, 1/180, 690."""
    if value < 0.01:
        return f"1/{_two_digits(1 / value)}" if value > 1e-4 else "<1/9999"
    if value > 9999:
        return ">9999"
    if value >= 10:
        return _two_digits(value)
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):.0f}"


def percent(value: float) -> str:
    """A probability in whole per cent; never 0 or 100."""
    return "<1%" if value < 0.01 else ">99%" if value > 0.99 else f"{value:.0%}"
