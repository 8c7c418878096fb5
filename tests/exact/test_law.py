"""Is the law of planted worlds turned round exactly?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tregua.infer.scores import law, measures
from tregua.infer.scores.bound import BOUND_METHODS, bound
from tregua.infer.scores.law import invert
from tregua.infer.scores.options import Options
from tregua.infer.scores.worlds import (
    DURATIONS,
    EARLIEST,
    EFFECTS,
    MONTHS,
    Surroundings,
    plant,
    surroundings,
)

STILL = Surroundings(walk_sd=0.0, size=40.0, trend=0.02, season=0.1, phase=0.3)


def pacts():
    """Every begin and length that may be planted, with its share."""
    for length in DURATIONS:
        begins = range(EARLIEST, MONTHS - length - 18)
        for begin in begins:
            yield begin, length, 1 / (len(DURATIONS) * len(begins))


def test_without_counts_the_law_says_its_prior():
    world = plant(3, seed=1)
    found = invert(replace(world, table=world.table.iloc[:0]), surroundings(3, seed=1))
    prior = np.zeros(MONTHS)
    for begin, length, share in pacts():
        prior[begin : begin + length] += share
    # All histories with all their decoys add up to one.
    assert found.log_sum == pytest.approx(0.0, abs=1e-10)
    assert found.in_force == pytest.approx(prior, abs=1e-12)
    # A world without a pact is as likely as one with a pact.
    assert found.open_end == pytest.approx(prior / 2, abs=1e-10)
    # Filtered results take pairs of decoys ahead at their mean.
    assert found.in_force_online == pytest.approx(prior, abs=2e-3)
    assert found.open_end_online == pytest.approx(prior / 2, abs=2e-3)


def test_where_nothing_else_moves_the_law_is_a_sum_over_all_pacts(monkeypatch):
    monkeypatch.setattr(law, "SHARE_FALL", 0.0)
    monkeypatch.setattr(law, "SHARE_RISE", 0.0)
    law.prior.cache_clear()
    try:
        world = plant(13, seed=2)  # some effect and length; what it is does not matter
        found = invert(world, STILL)
    finally:
        law.prior.cache_clear()
    month = np.arange(MONTHS)
    told = np.log(world.base) + STILL.trend_at(month) + STILL.season_at(month)
    told += np.log(world.months.days_in_month.to_numpy() / 30.44)
    place = world.months.get_indexer(world.table["date"])
    count = world.table["count"].to_numpy()

    def log_p(shift):
        mean = np.exp(told + shift)
        said = np.zeros(MONTHS)
        said[place] = stats.nbinom.logpmf(
            count, STILL.size, STILL.size / (STILL.size + mean[place])
        )
        return said

    fine = law.STEP / 8  # effects lie on cells of half a per cent
    calm = log_p(np.zeros(MONTHS))
    ways, weights = [], []
    for effect in EFFECTS:
        for length in DURATIONS:
            for left in (np.ones(length), (length - np.arange(length)) / length):
                for begin, of_length, share in pacts():
                    if of_length != length:
                        continue
                    months = slice(begin, begin + length)
                    shift = np.zeros(MONTHS)
                    shift[months] = np.rint(left * np.log(effect) / fine) * fine
                    gain = (log_p(shift) - calm)[months].sum()
                    ways.append((begin, length))
                    weights.append(np.log(share / 12) + gain)
    weights = np.exp(np.array(weights) - max(weights))
    expected = np.zeros(MONTHS)
    for (begin, length), weight in zip(ways, weights / weights.sum(), strict=True):
        expected[begin : begin + length] += weight
    assert expected.max() > 0.5
    assert found.in_force == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("number", [1, 2])
def test_filtered_is_smoothed_where_no_later_count_is_known(number):
    world, around = plant(number, seed=1), surroundings(number, seed=1)
    whole = invert(world, around)
    assert whole.gap < 1e-12  # forwards, and from both ends
    for last in (70, 110):
        known = world.table[world.table["date"] <= world.months[last]]
        cut = invert(replace(world, table=known), around)
        # The lattice is placed by the counts that are known; it differs a little.
        assert cut.in_force[last] == pytest.approx(whole.in_force_online[last], abs=0.01)
        assert cut.open_end[last] == pytest.approx(whole.open_end_online[last], abs=0.01)
    assert whole.in_force.max() > 0.5 > whole.in_force_online[EARLIEST]


def test_a_finer_lattice_says_the_same():
    world, around = plant(3, seed=1), surroundings(3, seed=1)
    coarse, fine = invert(world, around), invert(world, around, step=0.02)
    assert coarse.in_force == pytest.approx(fine.in_force, abs=0.01)
    assert coarse.log_sum - fine.log_sum == pytest.approx(0.0, abs=0.1)


def test_only_plain_worlds_are_turned_round():
    with pytest.raises(ValueError, match="stratum 'plain'"):
        invert(plant(1, seed=1, stratum="hard"), surroundings(1, seed=1, stratum="hard"))


def test_the_table_judges_what_the_law_says():
    tables = bound(Options(seed=4, worlds=2, threads=1))
    table = tables["bound"]
    assert list(table["method"]) == [*BOUND_METHODS, *BOUND_METHODS]
    worlds = [plant(number, seed=4) for number in range(2)]
    said = [invert(world, surroundings(n, seed=4)) for n, world in enumerate(worlds)]
    truth = np.array([world.in_force for world in worlds])
    skill = measures.brier_skill(np.array([one.in_force for one in said]), truth)
    online = measures.brier_skill(np.array([one.in_force_online for one in said]), truth)
    law_rows = table[table["method"] == "law"].set_index("online")["skill"]
    assert law_rows[False] == pytest.approx(skill)
    assert law_rows[True] == pytest.approx(online)
    effects = tables["bound_effects"].set_index("effect")
    assert effects["worlds"].sum() == 2
    assert np.isnan(effects.loc[effects["worlds"] == 0, "law"]).all()
