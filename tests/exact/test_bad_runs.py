"""Is a run that cannot be right refused in one sentence, before anything is computed?"""

from dataclasses import replace

import numpy as np
import pytest
from tests._game import START, country, open_pact, wait

from tregua import model, simulate
from tregua.model import MECHANISMS, GangSlot, Slot, Stance, Timeline
from tregua.simulate import SimulationError, worlds

GOOD = {
    "start": "2003-01-01",
    "end": "2004-01-01",
    "seed": 1,
    "profile": model.Profile(wait, model.indifferent),
    "setting": country((0.5, 0.5)),
}


def go(draws=None, **options):
    return simulate.run(model.defaults() if draws is None else draws, **GOOD | options)


@pytest.fixture
def nothing_computed(monkeypatch):
    def never(*_):
        raise AssertionError("the kernel was called")

    monkeypatch.setattr(worlds, "advance", never)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mechanisms": ("frinch",)}, "Did you mean 'fringe'?"),
        ({"mechanisms": (3,)}, "No mechanism named '3'"),
        ({"every": "wek"}, "Did you mean 'week'?"),
        ({"every": None}, "Known: week, month, quarter, year"),
        ({"width": 0}, "width must be a whole number from 1 to 64, not 0"),
        ({"width": 65}, "not 65"),
        ({"width": 2.5}, "not 2.5"),
        ({"dtype": "int32"}, "'float64' or 'float32', not 'int32'"),
        ({"dtype": float}, "'float64' or 'float32'"),
        ({"weeks_per_month": 0}, "at least one, not 0"),
        ({"weeks_per_month": 2.5}, "whole number of steps"),
        ({"threads": 0}, "At least one thread"),
        ({"threads": 1.5}, "a whole number, not 1.5"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"seed": 2**63}, "seed must be a whole number"),
        ({"start": None}, "first day of a month"),
        ({"end": "2004-13-01"}, "first day of a month"),
        ({"variables": ("killed", 7)}, "No variable named '7'"),
        ({"orders": [0, 0]}, r"shape \(3,\) or \(1, 3\), not int64 of shape \(2,\)"),
        ({"orders": [0.0, 0.0, 0.0]}, "whole numbers"),
        ({"orders": [np.nan, 0, 0]}, "whole numbers"),
        ({"orders": [7, 0, 0]}, "between 0 and 6"),
        ({"orders": [-2, 0, 0]}, "between 0 and 6"),
        ({"orders": [0, 0, 3]}, "between 0 and 2"),
        ({"orders": [[0, 0, 0], [0, 0, 0]]}, r"shape \(2, 3\)"),
        (
            {"profile": model.Profile(Timeline.of([("2003-04", "reform")]))},
            "says nothing of 2003-01",
        ),
        (
            {"profile": model.Profile(Timeline.of([("2003-01", "reform")], end="2003-09"))},
            "says nothing of 2003-09",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(options, message, nothing_computed):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        go(**options)


def test_a_single_name_counts_as_a_list_of_one():
    one = go(mechanisms="fringe", variables="fringe")
    assert list(one.kept.data_vars) == ["fringe"]
    assert one.provenance["mechanisms"] == "fringe"
    assert one.kept.equals(go(mechanisms=("fringe",), variables=("fringe",)).kept)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused_in_draws(bad):
    with pytest.raises(ValueError, match=r"killing = -?(nan|inf) \(must be at least 0\)"):
        model.defaults().with_(killing=bad)
    with pytest.raises(ValueError, match="Weights must be finite"):
        model.defaults().reweighted([bad])


def test_no_worlds_at_all_are_refused():
    with pytest.raises(ValueError, match="at least one row"):
        model.defaults(worlds=3).select([])
    with pytest.raises(ValueError, match="At least one world"):
        model.prior_draws(0, seed=1)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_results_larger_than_memory_are_refused_with_what_would_help(
    dtype, nothing_computed, monkeypatch
):
    monkeypatch.setattr(worlds, "_free_memory", lambda: 2.0**20)
    size = 12 * 40 * 2_000 * (8 if dtype == "float64" else 4) / 2**30
    expected = rf"need {size:.1f} GiB \(2,000 worlds x 12 periods x 40 columns\), and 0\.0 GiB"
    kept = [name for name in simulate.VARIABLES if name not in simulate.GANGS]
    monkeypatch.setattr(worlds, "layout", lambda *_: (np.zeros(40, dtype=np.int64), {}))
    with pytest.raises(SimulationError, match=expected) as refused:
        go(model.defaults(worlds=2_000), variables=kept, dtype=dtype)
    for remedy in ("fewer variables", "every='year'", "dtype='float32'", "fewer worlds"):
        assert remedy in str(refused.value)


def test_weeks_of_centuries_in_many_worlds_are_refused(nothing_computed, monkeypatch):
    monkeypatch.setattr(worlds, "_free_memory", lambda: 8.0 * 2**30)
    with pytest.raises(SimulationError, match=r"need 30\.7 GiB .* and 8\.0 GiB"):
        go(
            model.defaults(worlds=5_000),
            start="1980-01-01",
            end="2200-01-01",
            every="week",
            variables=simulate.VARIABLES,
        )


def begin(draws, slot, value, world):
    place = GOOD["setting"]
    state = model.initial_state(draws, place, START)
    values = state.values.copy()
    column = slot if isinstance(slot, Slot) else model.state.of_gang(slot, 1)
    values[world, column] = value
    return replace(state, values=values)


LASTING = [
    GangSlot.STREET,
    GangSlot.PRISON,
    GangSlot.ISOLATED,
    GangSlot.COMMAND,
    GangSlot.TRUST,
    GangSlot.READINESS,
    GangSlot.FRAGMENTS,
    GangSlot.TERRITORY,
    Slot.FEAR,
    Slot.DEMOCRACY,
    Slot.FILTER,
    Slot.CONTROL,
    Slot.INSTITUTIONS,
    Slot.PRECEDENT,
    Slot.PRESSURE,
    Slot.ORDINARY,
    Slot.WRONGLY_HELD,
    Slot.RECORDED_NOW,
]


@pytest.mark.parametrize("slot", LASTING)
@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_a_number_that_is_none_is_reported_with_world_month_and_week(slot, reading):
    # A state made by hand holds it; the worlds beside it are not blamed.
    draws = model.defaults(worlds=3)
    script = model.Script((model.Era(START, Stance.STATUS_QUO, pressing=0.5),))
    found = f"1 of 3 worlds failed under '.*'. World 1, week [1-4] of 2003-01: {NONE}"
    with pytest.raises(SimulationError, match=found):
        go(
            draws,
            initial=begin(draws, slot, np.nan, 1),
            profile=None,
            script=script,
            reading=reading,
        )


NONE = "the state is no longer a number"


@pytest.mark.parametrize("extreme", ["none", "all", "short", "nothing"])
@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_no_parameter_at_the_end_of_its_range_breaks_a_world(extreme, reading):
    parameters = model.PARAMETERS
    shares = [p.name for p in parameters if p.support == "share" and not p.divides]
    values = {
        "none": dict.fromkeys(shares, 0.0),
        "all": dict.fromkeys(shares, 1.0),
        "short": {p.name: 1e-300 for p in parameters if p.divides},
        "nothing": {p.name: 0.0 for p in parameters if p.support == "positive" and not p.divides},
    }[extreme]
    kept = go(
        model.defaults(worlds=2).with_(**values),
        profile=model.Profile(open_pact),
        mechanisms=tuple(MECHANISMS),
        variables=simulate.VARIABLES,
        reading=reading,
    )
    assert np.isfinite(kept.final.values).all()
    for name in simulate.VARIABLES:
        assert np.isfinite(kept.kept[name].values).all(), name
