"""Does a world depend on its own draws and noise only, however it is computed and kept?

Every comparison is of bits. The worlds are those of the prior, under a script and then strategies,
with every optional mechanism on.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua import decide, model, simulate
from tregua.model import MECHANISMS, GangAction, Slot, Stance, View
from tregua.simulate import UNORDERED

SCRIPT = model.Script(
    (
        model.Era(pd.Timestamp("2011-01-01"), Stance.MANO_DURA, 2.0, pressing=0.5),
        model.Era(pd.Timestamp("2011-12-10"), Stance.BOTH, None, restraining=0.7),
        model.Era(pd.Timestamp("2012-04-20"), Stance.EXCEPTION, 5.0, segregated=0.9),
    )
)
DRAWS = model.prior_draws(70, seed=3)
COMMON = {
    "start": "2011-10-01",
    "end": "2013-02-01",
    "seed": 5,
    "variables": simulate.VARIABLES,
    "mechanisms": tuple(MECHANISMS),
    "threads": 1,
}


@model.government
def restless(view):
    """Every stance in turn, by the month."""
    return int(view[View.YEARS] * 4.0 + view[View.DRAW] * 7.0) % 7


CATALOGUE = [
    model.Profile(restless),
    model.Profile(decide.CATALOGUE["quantal_response"], decide.GANG_STRATEGIES["quantal_reply"]),
]


def go(draws=DRAWS, **options):
    chosen = COMMON | {"script": SCRIPT, "profile": CATALOGUE[1], "since": "2012-02-01"}
    return simulate.run(draws, **chosen | options)


@pytest.fixture(scope="module")
def usual():
    return go()


def same(one, other):
    np.testing.assert_array_equal(one.final.values, other.final.values)
    assert one.kept.equals(other.kept)


@pytest.mark.parametrize("width", [1, 7, 63])
def test_the_width_of_a_block_changes_no_bit(usual, width):
    same(go(width=width), usual)


@pytest.mark.parametrize(("threads", "width"), [(2, 64), (3, 5)])
def test_threads_change_no_bit(usual, threads, width):
    same(go(threads=threads, width=width), usual)


def test_neighbours_change_no_bit(usual):
    rows = [69, 3, 17, 3]
    alone = go(DRAWS.select(rows))
    np.testing.assert_array_equal(alone.final.values, usual.final.values[rows])
    for name in simulate.VARIABLES:
        np.testing.assert_array_equal(alone.kept[name].values, usual.kept[name].values[rows])


def test_a_neighbour_that_has_no_numbers_left_changes_no_bit():
    # A world of impossible size, in the same block, would spread through any shared sum.
    many = DRAWS.select(range(8))
    giant = many.with_(members_at_start=np.where(np.arange(8) == 4, 1e7, 2e4))
    usual = go(many.with_(members_at_start=2e4))
    others = np.arange(8) != 4
    np.testing.assert_array_equal(go(giant).final.values[others], usual.final.values[others])


@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_periods_are_sums_ends_and_means_of_their_weeks(reading):
    profile = CATALOGUE[0]
    kept = {
        every: go(DRAWS.select([0, 1]), every=every, reading=reading, profile=profile)
        for every in simulate.PERIODS
    }
    weeks = kept["week"].kept
    month = np.repeat(np.arange(16), 4)
    ends = {  # months after which a quarter or a year of the calendar ends, of 16 from October
        "month": np.arange(1, 17),
        "quarter": np.array([3, 6, 9, 12, 15, 16]),
        "year": np.array([3, 15, 16]),
    }
    for every, closing in ends.items():
        coarse = kept[every]
        np.testing.assert_array_equal(coarse.final.values, kept["week"].final.values)
        period = np.searchsorted(closing, month, side="right")
        for name in simulate.VARIABLES:
            fine, found = weeks[name].values, coarse.kept[name].values
            kind = weeks[name].attrs["kind"]
            for number in range(len(closing)):
                own = fine[:, period == number]
                expected = {"flow": own.sum(1), "stock": own[:, -1], "share": own.mean(1)}[kind]
                np.testing.assert_allclose(
                    found[:, number], expected, rtol=1e-12, atol=1e-12, err_msg=f"{every} {name}"
                )
                if kind == "stock" or (kind == "flow" and reading == "stochastic"):
                    np.testing.assert_array_equal(found[:, number], expected)


def test_what_is_kept_changes_no_bit(usual):
    few = go(variables=("command", "killed", "pact"), every="year")
    np.testing.assert_array_equal(few.final.values, usual.final.values)
    assert list(few.kept.data_vars) == ["command", "killed", "pact"]
    one = go(variables=("killed",)).kept
    np.testing.assert_array_equal(one["killed"], usual.kept["killed"])


def test_single_precision_is_double_precision_rounded(usual):
    single = go(dtype="float32")
    np.testing.assert_array_equal(single.final.values, usual.final.values)
    for name in simulate.VARIABLES:
        assert single.kept[name].dtype == np.float32
        np.testing.assert_array_equal(single.kept[name], usual.kept[name].astype(np.float32))


@pytest.mark.parametrize("break_at", ["2011-11-01", "2012-02-01", "2012-09-01"])
def test_a_run_goes_on_from_where_it_stopped(usual, break_at):
    driven = {} if break_at > "2012-02-01" else {"script": SCRIPT}
    first = go(
        end=break_at,
        **({"profile": None, "since": None} if break_at <= "2012-02-01" else {}),
    )
    rest = go(
        start=break_at,
        initial=first.final,
        script=SCRIPT if break_at < "2012-02-01" else None,
        since="2012-02-01",
        **({} if driven else {"profile": CATALOGUE[1]}),
    )
    np.testing.assert_array_equal(rest.final.values, usual.final.values)


@model.government
def always_reform(view):
    """Reform."""
    return Stance.REFORM


@model.gangs
def second_presses(view, gang):
    """The second gang presses, the others restrain."""
    return GangAction.PRESS if gang == 1 else GangAction.RESTRAIN


PRESSED = [UNORDERED, GangAction.RESTRAIN, GangAction.PRESS, GangAction.RESTRAIN]


@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_orders_equal_a_strategy_that_plays_them(reading):
    played = go(profile=model.Profile(always_reform, second_presses), reading=reading)
    ordered = go(
        profile=model.Profile(restless, model.indifferent),
        orders=[Stance.REFORM, *PRESSED[1:]],
        reading=reading,
    )
    same(ordered, played)
    half = go(
        profile=model.Profile(always_reform, model.indifferent), orders=PRESSED, reading=reading
    )
    same(half, played)


def test_each_world_follows_its_own_orders():
    draws = DRAWS.select(range(5))
    profile = model.Profile(restless, model.indifferent)
    orders = np.full((5, 4), UNORDERED)
    orders[2] = [Stance.REFORM, *PRESSED[1:]]
    orders[4, 0] = Stance.EXCEPTION
    mixed = go(draws, profile=profile, orders=orders).final.values
    for row in range(5):
        alone = go(draws.select([row]), profile=profile, orders=orders[row])
        np.testing.assert_array_equal(alone.final.values[0], mixed[row])
    free = go(draws, profile=profile).final.values
    np.testing.assert_array_equal(free[[0, 1, 3]], mixed[[0, 1, 3]])
    assert not np.array_equal(free[2], mixed[2])


def test_a_timeline_equals_a_strategy_that_plays_it():
    @model.government
    def planned(view):
        return Stance.SECRET_PACT if view[View.TIME] < 2012.5 else Stance.MANO_DURA

    plan = model.Timeline.of([("2012-02", "secret_pact"), ("2012-07", "mano_dura")])
    replies = decide.GANG_STRATEGIES["tit_for_tat"]
    same(
        go(profile=model.Profile(plan, replies)),
        go(profile=model.Profile(planned, replies)),
    )


PLAIN = """
import hashlib, os
from tregua import decide, model, simulate
from tregua.simulate.kernel import advance
from tests.exact.test_blocks import CATALOGUE, COMMON, SCRIPT

draws = model.prior_draws(2, seed=8)
digest = hashlib.sha256()


def add(end, **options):
    chosen = COMMON | {"start": "2012-01-01", "end": end, "seed": 77} | options
    run = simulate.run(draws, **chosen)
    digest.update(run.final.values.tobytes())
    for name in simulate.VARIABLES:
        digest.update(run.kept[name].values.tobytes())


for reading in ("stochastic", "mean"):
    add("2012-06-01", script=SCRIPT, reading=reading)
    add("2012-06-01", profile=CATALOGUE[0], reading=reading)
for government in decide.CATALOGUE.values():
    add("2012-02-01", profile=model.Profile(government))
for gangs in decide.GANG_STRATEGIES.values():
    add("2012-02-01", profile=model.Profile(CATALOGUE[0].government, gangs))
add("2012-02-01", profile=model.Profile(model.Timeline.of([("2012-01", "both")])),
    orders=[-1, 2, 1, -1], dtype="float32", width=1)
assert hasattr(advance, "py_func") == (os.environ["NUMBA_DISABLE_JIT"] == "0")
print(digest.hexdigest())
"""


def test_the_compiled_kernel_equals_plain_python_bit_for_bit():
    # Every mechanism on, every strategy once. NUMBA_DISABLE_JIT turns every function, down to the
    # generator, into the Python it is written in. It is read when Numba is imported, hence the two
    # processes.
    digests = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PLAIN],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        assert result.returncode == 0, result.stderr
        digests.append(result.stdout)
    assert digests[0] == digests[1]


def test_the_catalogue_gets_into_every_stance():
    # The worlds above are worth comparing: pacts begin, break and leak in them.
    kept = go(profile=CATALOGUE[0]).kept
    assert set(np.unique(kept["stance"])) >= set(range(7))
    for name in ("pact_starts", "pact_ends", "leaks", "breaches", "strikes", "envious", "fringe"):
        assert kept[name].sum() > 0, name
    assert np.any(go(profile=CATALOGUE[1]).final.get(Slot.STANCE) != Stance.BOTH)
