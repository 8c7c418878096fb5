"""Do two other libraries find the same equilibria of shared small games?

`game_references.json` holds what Gambit and OpenSpiel found; `benchmarks/bench_games.py
--references` writes it. Where one of them is installed it is asked again, Gambit in a process of
its own. Nothing here is statistical.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tregua.decide import strategic

REFERENCES = json.loads(
    (Path(__file__).parent / "game_references.json").read_text(encoding="utf-8")
)
SOLVER = Path(__file__).parents[2] / "benchmarks" / "bench_games.py"


def game_of(payoffs):
    table = np.asarray(payoffs, dtype=float)
    names = tuple(f"player {k}" for k in range(len(table)))
    return strategic.NormalForm(
        names, tuple(tuple(map(str, range(size))) for size in table.shape[1:]), table
    )


def flat(strategies):
    return np.concatenate([np.asarray(row, dtype=float) for row in strategies])


def in_order(profiles):
    return sorted(np.round(flat(each), 7).tolist() for each in profiles)


def same_extremes(entry):
    ours = in_order(
        found.strategies for found in strategic.mixed_equilibria(game_of(entry["payoffs"]))
    )
    theirs = in_order(entry["extreme"])
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours, theirs, atol=2e-7)


def same_logit(entry):
    for point in entry["logit"]:
        ours = strategic.logit_equilibrium(game_of(entry["payoffs"]), point["precision"])
        np.testing.assert_allclose(flat(ours.strategies), flat(point["strategies"]), atol=2e-6)


def same_pure(entry):
    ours = in_order(
        found.strategies for found in strategic.pure_equilibria(game_of(entry["payoffs"]))
    )
    assert ours == in_order(entry["pure"])


@pytest.mark.parametrize("name", REFERENCES["two"])
def test_extreme_equilibria_are_gambits(name):
    same_extremes(REFERENCES["two"][name])


@pytest.mark.parametrize("name", REFERENCES["many"])
def test_logit_and_pure_equilibria_are_gambits(name):
    same_logit(REFERENCES["many"][name])
    same_pure(REFERENCES["many"][name])


@pytest.mark.parametrize("name", REFERENCES["shared"])
def test_equilibria_that_open_spiel_finds_are_among_ours(name):
    entry = REFERENCES["shared"][name]
    ours = in_order(
        found.strategies for found in strategic.mixed_equilibria(game_of(entry["payoffs"]))
    )
    for theirs in in_order(entry["lemke_howson"]):
        assert any(np.allclose(theirs, each, atol=1e-6) for each in ours)


@pytest.mark.parametrize("name", REFERENCES["shared"])
def test_regrets_of_uniform_play_add_up_to_open_spiels_nash_conv(name):
    entry = REFERENCES["shared"][name]
    game = game_of(entry["payoffs"])
    uniform = [np.full(size, 1 / size) for size in game.shape]
    assert game.regret(uniform).sum() == pytest.approx(entry["uniform_nash_conv"], abs=1e-10)


@pytest.mark.skipif(importlib.util.find_spec("pyspiel") is None, reason="needs OpenSpiel")
def test_open_spiel_installed_here_judges_our_equilibria_to_be_some():
    import pyspiel
    from open_spiel.python import policy

    for name in ("matrix_sh", "matrix_cd"):
        entry = REFERENCES["shared"][name]
        for found in strategic.mixed_equilibria(game_of(entry["payoffs"])):
            turns = pyspiel.convert_to_turn_based(pyspiel.load_game(name))
            table = policy.TabularPolicy(turns)
            for player, row in enumerate(found.strategies):
                table.action_probability_array[player] = row
            assert pyspiel.nash_conv(turns, policy.python_policy_to_pyspiel_policy(table)) < 1e-9


@pytest.mark.skipif(importlib.util.find_spec("pygambit") is None, reason="needs Gambit")
def test_gambit_installed_here_agrees_on_games_made_up_now(tmp_path):
    random = np.random.default_rng(2026)
    asked = {
        "two": {str(k): random.normal(size=(2, 4, 3)).tolist() for k in range(5)},
        "many": {str(k): random.normal(size=(3, 2, 2, 3)).tolist() for k in range(5)},
    }
    file = tmp_path / "games.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, str(SOLVER), "--gambit", str(file)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    for entry in found["two"].values():
        same_extremes(entry)
    for entry in found["many"].values():
        same_logit(entry)
        same_pure(entry)
