"""The ratio at a date, from break dates, under every reasonable choice.

Cut at a date, a series of constant levels answers by which factor deaths changed. The answer rests
on the assumed mean length of a segment and on the shortest that is admitted, which say how readily
the levels around the date are taken for further breaks; on where the series begins, which is all
that the level before is known from; and on how many months are asked about. How large a step must
be to be called a break does not enter the ratio, nor do counts after the months asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tregua.assess.designs.breaks import (
    FEWEST_BEFORE,
    LENGTHS,
    BreakDates,
    break_dates,
    place_of,
    single_months,
)
from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.series import DesignError, count_series
from tregua.assess.designs.specification import Choice, specification_curve

if TYPE_CHECKING:
    from tregua.infer import Tiles

__all__ = ["breaks_choices", "breaks_curve"]

_SHORTEST = (1, 2, 4)  # months; 2 is what `break_dates` takes
_FEWEST = 3  # months of a window


def breaks_choices(
    months: pd.DatetimeIndex,
    event: pd.Timestamp,
    *,
    window: int = 12,
    lengths: Sequence[float] = LENGTHS,
    starts: int = 4,
) -> tuple[Choice, ...]:
    """The choices of `breaks_curve`: length, shortest, start, window.

    Parameters
    ----------
    months
        Single months that have a count.
    event
        First day of the month asked about.
    window
        Months asked about.
    lengths
        Mean lengths of a segment, months; 24, 36 and 60 are tried beside them.
    starts
        How many starts are tried, at least 1: the first month, and months that cut what lies before
        the last six ahead of the event into shares of equal length.

    Notes
    -----
    The shortest segment is 1, 2 or 4 months. Windows are the one given and its first half.
    """
    before = months[months < event]
    spare = max(len(before) - FEWEST_BEFORE, 0)
    begun = [f"{before[spare * part // starts]:%Y-%m}" for part in range(starts)]
    halves = dict.fromkeys([min(max((window + 1) // 2, _FEWEST), window), window])
    return (
        Choice(
            "length",
            {f"{length:g}": float(length) for length in sorted({*LENGTHS, *lengths})},
            {
                "en": "How long a level lasts is assumed; nothing in the counts before tells it.",
                "es": "Cuánto dura un nivel se supone; los recuentos previos no lo dicen.",
            },
        ),
        Choice(
            "shortest",
            {str(stages): stages for stages in _SHORTEST},
            {
                "en": "A level of one or two months may be a level or a burst.",
                "es": "Un nivel de uno o dos meses puede ser un nivel o un brote.",
            },
        ),
        Choice(
            "start",
            {month: month for month in begun},
            {
                "en": "How much of the past tells the level before.",
                "es": "Cuánto del pasado dice el nivel anterior.",
            },
        ),
        Choice(
            "window",
            {_span(event, length): length for length in halves},
            {
                "en": "An effect may fade: all months asked about, or their first half.",
                "es": "Un efecto puede apagarse: todos los meses, o su primera mitad.",
            },
        ),
    )


def breaks_curve(
    counts: Tiles | pd.DataFrame,
    at: str,
    *,
    months: int = 12,
    first: str | None = None,
    last: str | None = None,
    lengths: Sequence[float] = LENGTHS,
    level: float = 0.9,
    seed: int = 1,
    starts: int = 4,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The specification curve of the ratio at a date: 72 answers, or more.

    Parameters
    ----------
    counts, first, last, lengths, level, seed
        As `break_dates` takes them; a table or tiles, since the series is begun at several months.
    at
        Day or month of the event, ISO.
    months
        Length of the window, at least 1.
    starts
        As `breaks_choices` takes it.
    lang, progress
        As `specification_curve` takes them.

    Returns
    -------
    pandas.DataFrame
        As `specification_curve` returns it, with columns length (mean, months), shortest (months),
        start and window. One row is what `BreakDates.estimate_at` answers to the same settings.

    Raises
    ------
    DesignError
        If the counts or the date cannot be read, or fewer than 12 single months have a count.
    ValueError
        If `lengths` or `level` is out of range.
    """
    monthly = single_months(count_series(counts, first=first, last=last), counts)
    counted = monthly.months[np.isfinite(monthly.count)]
    event = monthly.months[place_of(monthly.months, at)]
    begin = f"{counted[0]:%Y-%m}"
    found: dict[tuple[float, int, str], BreakDates] = {}

    def make(*, length: float, shortest: int, start: str, window: int) -> Estimate:
        key = length, shortest, start
        if key not in found:
            _refuse_shorter(length, shortest)
            found[key] = break_dates(
                counts,
                first=first if start == begin else start,
                last=last,
                lengths=(length,),
                stages=shortest,
                level=level,
                seed=seed,
            )
        return found[key].estimate_at(at, months=window)

    choices = breaks_choices(counted, event, window=months, lengths=lengths, starts=starts)
    return specification_curve(make, choices, lang=lang, progress=progress)


def _span(event: pd.Timestamp, months: int) -> str:
    return f"{event:%Y-%m}:{event + pd.DateOffset(months=months - 1):%Y-%m}"


def _refuse_shorter(length: float, shortest: int) -> None:
    if length <= shortest:
        raise DesignError(
            f"Segments of {shortest} months or more cannot last {length:g} months in the mean.",
            f"Segmentos de al menos {shortest} meses no pueden durar {length:g} meses en promedio.",
        )
