"""How fast the app answers: a fan of 200 worlds over ten years, asked while a slider moves.

Each request changes the plan or an assumption, so that of what was kept only the states at the
origin serve, and for a changed plan the run of the status quo. An assumption that moves is asked
for as the page does, first without the status quo and, when the slider rests, as a whole. Printed
are wall and processor time of the whole request within the server, median and 95 %, beside the bare
simulation of the same worlds: on a busy machine the ratio is what may be compared.

    python benchmarks/bench_app.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tregua import decide, simulate
from tregua.app import Settings, create
from tregua.model import Profile

ROUNDS = 40
PLAN: dict[str, Any] = {
    "origin": "2019-06",
    "years": 10,
    "worlds": 200,
    "blocks": [
        {"lane": "pact", "start": "2019-07", "end": "2022-04"},
        {"lane": "exception", "start": "2022-04", "end": None},
    ],
}

Times = list[tuple[float, float]]


def measured(work: Callable[[int], object]) -> Times:
    """Wall and processor seconds of each round."""
    found = []
    for number in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work(number)
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return found


def plan_moved(number: int) -> dict[str, Any]:
    """The pact ends in another month, as while its end is dragged."""
    year, month = divmod(number, 12)
    blocks = [{**PLAN["blocks"][0], "end": f"{2020 + year}-{month + 1:02d}"}, PLAN["blocks"][1]]
    return PLAN | {"blocks": blocks}


def assumption_moved(number: int) -> dict[str, Any]:
    """An assumption has another value, as while its slider is dragged."""
    return PLAN | {"assumptions": {"return_share": round(0.2 + 0.015 * number, 3)}}


def server_rows() -> list[tuple[str, Times]]:
    """Requests to the Lab, and the bare simulation."""
    app = create(Settings(folder=Path(tempfile.mkdtemp())))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:

        def ask(scenario: dict[str, Any], query: str = "") -> None:
            reply = client.post(
                f"/api/lab/fan{query}", json=scenario, headers={"X-Session": "bench"}
            )
            assert reply.status_code == 200, reply.text

        ask(PLAN)  # compiles, and runs history
        material = app.state.material
        scenario = decide.Scenario.of(PLAN)
        draws = material.draws("posterior", 200, 1)
        state = material.state("2019-06", "posterior", 200, 1)

        def bare(_: int) -> None:
            simulate.run(
                draws,
                profile=Profile(scenario.timeline()),
                start="2019-06-01",
                end="2029-06-01",
                seed=1,
                initial=state,
                setting=material.history.rules_of("2019-06"),
            )

        worlds = {"draws": draws, "state": state, "history": material.history}
        first = [assumption_moved(number) for number in range(ROUNDS)]
        later = [each | {"seed": 2} for each in first]
        ask(later[0])
        return [
            ("simulation alone", measured(bare)),
            ("run_fan", measured(lambda _: decide.run_fan(scenario, **worlds))),
            ("request: a block is dragged", measured(lambda n: ask(plan_moved(n)))),
            ("request: an assumption moves", measured(lambda n: ask(first[n], "?now=true"))),
            ("request: it rests", measured(lambda n: ask(first[n]))),
            ("request: whole at once", measured(lambda n: ask(later[n]))),
        ]


def main() -> None:
    """Print the table."""
    print(f"{'200 worlds, 10 years':<30}{'median':>10}{'95 %':>10}{'processor':>11}{'ratio':>7}")
    rows = server_rows()
    base = statistics.median(cpu for _, cpu in rows[0][1])
    for name, times in rows:
        walls = sorted(wall for wall, _ in times)
        cpu = statistics.median(cpu for _, cpu in times)
        late = walls[int(0.95 * (len(walls) - 1))]
        print(
            f"{name:<30}{1e3 * statistics.median(walls):>7.0f} ms{1e3 * late:>7.0f} ms"
            f"{1e3 * cpu:>8.0f} ms{cpu / base:>7.2f}"
        )


if __name__ == "__main__":
    main()
