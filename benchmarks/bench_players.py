"""How fast the game is played step by step: the environment, and the session beneath it.

Steps of a month. A session holds worlds that never meet, and takes many in about the time of one.
Steps a second belong to the machine; the ratio of worlds to time does not.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from tregua import decide, model, simulate

ROUNDS = 5
MONTHS = 120


def rate(play: Callable[[], int]) -> float:
    """Steps a second of processor time, median of rounds; the first, which compiles, apart."""
    play()
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        steps = play()
        rates.append(steps / (time.process_time() - start))
    return statistics.median(rates)


def episode() -> int:
    """Play ten years with everybody at business; the reset counts."""
    GAME.reset()
    still = dict.fromkeys(GAME.agents, 0)
    while GAME.agents:
        GAME.step(still)
    return MONTHS


def session_of(worlds: int) -> Callable[[], int]:
    """Ten years of a session: look, then order, once a month."""
    draws = model.prior_draws(worlds, seed=1)
    still = np.zeros(4, dtype=np.int64)

    def play() -> int:
        table = simulate.Session(draws, start="2003-01-01", end="2013-01-01", seed=1)
        for _ in range(MONTHS):
            table.views()
            table.advance(4, still)
        return MONTHS

    return play


def main() -> None:
    """Print steps a second, and worlds times steps."""
    print(f"{'':<28}{'steps a second':>16}{'worlds x steps':>16}")
    alone = rate(episode)
    print(f"{'environment, 1 world':<28}{alone:>16,.0f}{alone:>16,.0f}")
    for worlds in (1, 64, 512):
        found = rate(session_of(worlds))
        name = f"session, {worlds} world{'' if worlds == 1 else 's'}"
        print(f"{name:<28}{found:>16,.0f}{found * worlds:>16,.0f}")


GAME = decide.parallel_env(years=10)

if __name__ == "__main__":
    main()
