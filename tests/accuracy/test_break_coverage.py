"""Do intervals hold planted dates and planted effects about as often as they say?

Synthetic series of 72 months fall once, or not at all, at a month drawn between the 25th and the
48th; counts are negative binomial of size 40. A 90 % interval that is right misses more than 10 of
40 in fewer than 1 of 500 fresh sets of seeds (seeds are fixed). Dates and estimates are held to
that; where nothing happens, estimates are held to 1.
"""

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs.breaks import break_dates

MONTHS = pd.date_range("2000-01", periods=72, freq="MS")
SERIES = 40


@pytest.mark.parametrize(("before", "after"), [(60, 42), (12, 6), (60, 60)])
def test_intervals_hold_what_was_planted(before, after):
    dates = effects = 0
    for seed in range(SERIES):
        rng = np.random.default_rng(seed)
        at = int(rng.integers(24, 48))
        mean = np.where(np.arange(72) < at, before, after)
        counts = rng.negative_binomial(40, 40 / (40 + mean))
        found = break_dates(pd.DataFrame({"date": MONTHS, "count": counts}), lengths=(36.0,))
        falls = found.dates[found.dates["direction"] == "fall"]
        dates += bool(((falls["low"] <= MONTHS[at]) & (MONTHS[at] <= falls["high"])).any())
        estimate = found.estimate_at(f"{MONTHS[at]:%Y-%m}")
        effects += estimate.low <= after / before <= estimate.high
    assert dates >= SERIES - 10 or before == after
    assert effects >= SERIES - 10
