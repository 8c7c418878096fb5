"""Whatever the scenario: it reads back from every form, and its ledger adds up."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tregua import decide, model, record
from tregua.decide import Scenario, read_scenario, write_scenario
from tregua.decide.scenario_checks import LANES, SOURCES, range_of

FIRST = np.datetime64("2004-01", "M")


@st.composite
def scenarios(draw: Any, most_months: int = 360) -> Scenario:
    """Any valid scenario."""
    origin = FIRST + draw(st.integers(0, 200))
    blocks: list[dict[str, Any]] = []
    for lane in LANES:
        edges = sorted(draw(st.sets(st.integers(0, 400), max_size=6)))
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            block: dict[str, Any] = {"lane": lane, "start": str(origin + start)}
            block["end"] = str(origin + end)
            if lane == "pact":
                block["open"] = draw(st.booleans())
            elif lane != "reform":
                block["effort"] = draw(st.none() | st.floats(1, 50))
            blocks.append(block)
        if blocks and blocks[-1]["lane"] == lane and draw(st.booleans()):
            blocks[-1]["end"] = None
    mechanisms = draw(st.sets(st.sampled_from(sorted(model.MECHANISMS)), max_size=2))
    acting = decide.acting_parameters(mechanisms)
    chosen = draw(st.lists(st.sampled_from(acting), unique=True, max_size=4))
    letters = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
    return Scenario(
        origin=str(origin),
        years=draw(st.integers(1, most_months)) / 12,
        worlds=draw(st.integers(1, 100_000)),
        seed=draw(st.integers(0, 2**53 - 1)),
        worlds_from=draw(st.sampled_from(SOURCES)),
        blocks=tuple(draw(st.permutations(blocks))),
        reply=draw(st.sampled_from(sorted(decide.GANG_STRATEGIES))),
        assumptions={p.name: draw(st.floats(*range_of(p))) for p in chosen},
        mechanisms=tuple(mechanisms),
        name=draw(st.text(letters, max_size=80)),
    )


@given(scenarios())
@settings(max_examples=150, deadline=None)
def test_it_reads_back_from_toml_json_and_an_address(scenario: Scenario) -> None:
    assert read_scenario(write_scenario(scenario)) == scenario
    text = scenario.model_dump_json()
    assert Scenario.model_validate_json(text) == scenario
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode()))
    unpacked = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed)))
    assert Scenario.of(unpacked) == scenario
    assert Scenario.of(unpacked).digest() == scenario.digest()


@given(scenarios())
@settings(max_examples=150, deadline=None)
def test_every_month_of_every_block_acts_or_is_told(scenario: Scenario) -> None:
    timeline, told = scenario.timeline(), scenario.hidden_parts()
    months = [str(np.datetime64(scenario.origin, "M") + n) for n in range(0, scenario.months, 7)]
    stances = timeline.stance_at(months)
    assert (stances >= 0).all()
    acts_as = {
        "pact": {model.Stance.SECRET_PACT, model.Stance.OPEN_PACT, model.Stance.BOTH},
        "crackdown": {model.Stance.MANO_DURA, model.Stance.BOTH},
        "exception": {model.Stance.EXCEPTION},
        "reform": {model.Stance.REFORM},
    }
    for number, block in enumerate(scenario.blocks):
        for month, stance in zip(months, stances, strict=True):
            if month < block.start or (block.end is not None and month >= block.end):
                continue
            hidden = any(
                part.block == number
                and part.start <= month
                and (part.end is None or month < part.end)
                for part in told
            )
            assert hidden != (stance in acts_as[block.lane])


@cache
def past() -> model.History:
    return model.History.of(record.load("el-salvador"))


@given(scenarios(most_months=18))
@settings(max_examples=12, deadline=None)
def test_the_ledger_of_any_run_adds_up(scenario: Scenario) -> None:
    small = scenario.model_copy(update={"worlds": 3, "worlds_from": "prior", "assumptions": {}})
    history = past()
    draws = model.prior_draws(3, seed=small.seed)
    state = model.initial_state(draws, history.setting, pd.Timestamp(f"{small.origin}-01"))
    found = decide.run_scenario(small, draws=draws, state=state, history=history)
    mean = found.ledger.set_index("outcome")["mean"]
    parts = mean["recorded"] + mean["hidden"] + mean["uncounted"]
    np.testing.assert_allclose(mean["killed"], parts, rtol=1e-12)
    missing = 125.0 * small.months + mean["hidden"] / 2
    np.testing.assert_allclose(mean["disappeared"], missing, rtol=1e-12)
    assert (found.ledger.set_index("outcome").drop(index="democracy_lost")["q05"] >= 0).all()
    for name, values in found.fan.items():
        assert (np.diff(values, axis=0) >= 0).all(), name
