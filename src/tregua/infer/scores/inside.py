"""The detector's posterior of a month's level, which its tables only summarise.

`rank` gives the share of the posterior that lies below a true level. If the detector is right about
its assumptions, such ranks are spread evenly between 0 and 1 (Cook, Gelman and Rubin 2006).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.infer.counts import detection
from tregua.infer.counts.evidence import plan
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import tiles_of_table

__all__ = ["rank"]


def rank(
    table: pd.DataFrame, month: int, level: float, *, settings: Settings | None = None
) -> float:
    """Share of the posterior of a month's level that lies below a given level.

    Parameters
    ----------
    table
        Counts, as `detect` reads them.
    month
        Place of the month.
    level
        Deaths per month of 30.44 days.
    settings
        Assumptions; the published ones if None.
    """
    own = settings or Settings()
    tiles = tiles_of_table(table)
    the = plan(tiles.frame, tiles.first, tiles.last, own)
    runs = detection._runs(the, own, 1, None)
    density = runs["even"].mean("level")[month]
    # A cell's probability is spread evenly over it.
    share = np.clip((np.log(level) - the.effective) / own.step + 0.5, 0.0, 1.0)
    return float((density * share).sum() / density.sum())
