"""Do the segments' probabilities come true on series drawn from their own assumptions?"""

import numpy as np
import pandas as pd

from tregua.infer import segments

LENGTH, MONTHS, SERIES, SIZE = 36.0, 120, 90, 80.0


def draw(seed):
    """A series from the prior: two waits a segment, log-uniform levels from 0.1 to 800."""
    rng = np.random.default_rng(seed)
    level, falls, months_lower, lower = np.empty(MONTHS), 0, np.zeros(MONTHS, bool), False
    now, stage, changes = rng.uniform(np.log(0.1), np.log(800)), int(rng.integers(2)), 0
    for month in range(MONTHS):
        if month and rng.random() < 2 / LENGTH:
            stage += 1
            if stage == 2:
                new = rng.uniform(np.log(0.1), np.log(800))
                lower, stage = new < now - 0.15, 0
                falls, changes, now = falls + lower, changes + 1, new
        level[month], months_lower[month] = now, lower
    mean = np.exp(level)
    values = rng.negative_binomial(SIZE, SIZE / (SIZE + mean))
    return values, falls, changes, months_lower


def test_expected_breaks_equal_planted_breaks_and_said_probabilities_come_true():
    # Three standard errors of sums over 90 series: false alarm about 0.3 % each, were these
    # independent of the lattice's top, which is set by the greatest count.
    expected, planted, said, was = [], [], [], []
    for seed in range(SERIES):
        values, falls, changes, lower = draw(seed)
        dates = pd.date_range("2000-01", periods=MONTHS, freq="MS")
        months = segments(pd.DataFrame({"date": dates, "count": values})).months
        expected.append((months["change"].sum(), months["fall"].sum()))
        planted.append((changes, falls))
        said.append(months["lower"].to_numpy())
        was.append(lower)
    miss = np.array(expected) - np.array(planted)
    error = miss.std(axis=0, ddof=1) / np.sqrt(SERIES)
    assert (abs(miss.mean(axis=0)) < 3 * error).all(), (miss.mean(axis=0), error)
    said, was = np.concatenate(said), np.concatenate(was)
    for low, high in ((0.0, 0.1), (0.9, 1.01)):
        inside = (said >= low) & (said < high)
        assert abs(said[inside].mean() - was[inside].mean()) < 0.03
    assert np.mean((said - was) ** 2) < 0.25 * was.mean() * (1 - was.mean())
