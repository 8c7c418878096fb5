"""Two other solvers on shared small games: OpenSpiel, and Gambit in a process of its own.

    python benchmarks/bench_games.py --references    write tests/accuracy/game_references.json
    python benchmarks/bench_games.py --gambit FILE   solve the games of a JSON file, print JSON

Needs `pip install open_spiel nashpy pygambit` in an environment of its own. Gambit is free software
under the GPL: it is run as a program and never imported by the package or its tests.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).parents[1] / "tests" / "accuracy" / "game_references.json"
PRECISIONS = (0.5, 2.0, 6.0)

TWO = {
    "dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]]),
    "chicken": ([[6, 2], [7, 0]], [[6, 7], [2, 0]]),
    "pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]),
    "battle": ([[3, 0], [0, 2]], [[2, 0], [0, 3]]),
    "ties": ([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]),
    "unlike": ([[0, 6, 5], [6, 1, 5], [5, 0, 4]], [[1, 5, 3], [6, 0, 2], [5, 4, 0]]),
    "rock": ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]),
    "four": (
        [[4, 1, 0, 2], [0, 3, 2, 1], [2, 0, 3, 1], [1, 2, 1, 3]],
        [[1, 3, 2, 0], [2, 1, 0, 3], [0, 2, 3, 1], [3, 0, 1, 2]],
    ),
}
MANY = {"three_by_three": (3, 3), "three_players": (2, 3, 2), "four_players": (4, 3, 3, 3)}
SHARED = (
    *("matrix_pd", "matrix_sh", "matrix_cd", "matrix_rps", "matrix_shapleys_game", "matrix_mp"),
    *("matrix_bos", "matrix_rpsw"),
)


def games() -> dict[str, Any]:
    """The games to be solved: by hand for two players, random (seed 7) for more."""
    random = np.random.default_rng(7)
    many = {}
    for name, shape in MANY.items():
        many[name] = np.round(random.normal(size=(len(shape), *shape)), 2).tolist()
    return {"two": {name: list(pair) for name, pair in TWO.items()}, "many": many}


# -- Gambit, in its own process --------------------------------------------------------------------


def _written(payoffs: Any) -> str:
    """A game in Gambit's format: the first player's action changes fastest."""
    table = np.asarray(payoffs, dtype=float)
    players, shape = table.shape[0], table.shape[1:]
    names = " ".join(f'"{k}"' for k in range(players))
    body = [
        repr(float(table[(k, *place[::-1])]))
        for place in np.ndindex(*shape[::-1])
        for k in range(players)
    ]
    return f'NFG 1 R "game" {{ {names} }} {{ {" ".join(map(str, shape))} }}\n\n{" ".join(body)}\n'


def _rows(profile: Any) -> list[list[float]]:
    """Probabilities of a profile, read off what it prints: names of classes change by version."""
    shown = str(getattr(profile, "profile", profile))
    read = eval(shown, {"__builtins__": {}, "Rational": lambda a, b=1: a / b})
    rows = read.values() if isinstance(read, dict) else read
    return [
        [float(share) for share in (row.values() if isinstance(row, dict) else row)] for row in rows
    ]


def solve_by_gambit(asked: dict[str, Any]) -> dict[str, Any]:
    """Extreme equilibria of games of two players; pure and logit equilibria of the others."""
    import pygambit

    def read(payoffs: Any) -> Any:
        return pygambit.read_nfg(io.StringIO(_written(payoffs)))

    answer: dict[str, Any] = {"gambit": pygambit.__version__, "two": {}, "many": {}}
    for name, payoffs in asked["two"].items():
        found = pygambit.nash.enummixed_solve(read(payoffs), rational=False).equilibria
        extreme = sorted(_rows(each) for each in found)
        answer["two"][name] = {"payoffs": payoffs, "extreme": extreme}
    for name, payoffs in asked["many"].items():
        game = read(payoffs)
        pure = pygambit.nash.enumpure_solve(game).equilibria
        branch = pygambit.qre.logit_solve_lambda(game, lam=list(PRECISIONS))
        logit = [
            {"precision": precision, "strategies": _rows(point)}
            for precision, point in zip(PRECISIONS, branch, strict=True)
        ]
        answer["many"][name] = {
            "payoffs": payoffs,
            "pure": sorted(_rows(each) for each in pure),
            "logit": logit,
        }
    return answer


# -- OpenSpiel -------------------------------------------------------------------------------------


def solve_by_open_spiel() -> dict[str, Any]:
    """OpenSpiel's own matrix games: equilibria it finds, and the regret of uniform play."""
    import importlib.metadata

    import pyspiel
    from open_spiel.python.algorithms import matrix_nash

    shared = {}
    for name in SHARED:
        game = pyspiel.load_matrix_game(name)
        cells = (range(game.num_rows()), range(game.num_cols()))
        row = [[game.row_utility(i, j) for j in cells[1]] for i in cells[0]]
        column = [[game.col_utility(i, j) for j in cells[1]] for i in cells[0]]
        found: list[list[list[float]]] = []
        for pair in matrix_nash.lemke_howson_solve(np.array(row), np.array(column)):
            each = [np.asarray(side).tolist() for side in pair]
            if each not in found:
                found.append(each)
        turns = pyspiel.convert_to_turn_based(pyspiel.load_game(name))
        uniform = pyspiel.nash_conv(turns, pyspiel.UniformRandomPolicy(turns))
        shared[name] = {
            "payoffs": [row, column],
            "lemke_howson": sorted(found),
            "uniform_nash_conv": uniform,
        }
    return {"open_spiel": importlib.metadata.version("open_spiel"), "shared": shared}


# -- Both ------------------------------------------------------------------------------------------


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 12)
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return value


def main() -> None:
    """Write the references, or answer for Gambit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", action="store_true")
    parser.add_argument("--gambit", type=Path)
    given = parser.parse_args()
    if given.gambit is not None:
        asked = json.loads(given.gambit.read_text(encoding="utf-8"))
        print(json.dumps(solve_by_gambit(asked)))
    elif given.references:
        with tempfile.TemporaryDirectory() as folder:
            asked_of = Path(folder) / "games.json"
            asked_of.write_text(json.dumps(games()), encoding="utf-8")
            command = [sys.executable, __file__, "--gambit", str(asked_of)]
            answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        both = _rounded(json.loads(answer) | solve_by_open_spiel())
        TARGET.write_text(json.dumps(both, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"Wrote {TARGET}: Gambit {both['gambit']}, OpenSpiel {both['open_spiel']}.")
    else:
        parser.print_help()


if __name__ == "__main__":
    main()
