"""Twenty sessions press Run at once: does each get its result, in turn, in bounded room?

No test here measures time: whoever goes before whom is decided by turns, which are counted.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.app_server import Server, asking, serving

from tregua import decide, simulate
from tregua.app import Settings, create
from tregua.app import serving as app_serving
from tregua.app.jobs import Jobs, Run, Tell
from tregua.app.kept import Kept
from tregua.app.material import Material
from tregua.app.store import Store

STEPS = 10
GOING = 4
"""Runs that go on at once on a server of one or two places."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = Store(tmp_path)
    yield kept
    kept.close()


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def working() -> int:
    """Threads that work, or wait between two steps of their work."""
    return sum(thread.name == "tregua-work" for thread in threading.enumerate())


class Begun(list[Any]):
    """Runs that have begun and not ended, which remembers in which order they were let in.

    The threads themselves may say that they have begun in any order: the machine lets them run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def append(self, ticket: Any) -> None:
        super().append(ticket)
        self.order.append(ticket.session)


class Presses:
    """Runs of several steps that count who is where; none goes on before `gate` opens."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs, self.gate, self.lock = jobs, threading.Event(), threading.Lock()
        self.let_in = jobs._turns._begun = Begun()
        self.runs: list[Run] = []
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.going: Counter[str] = Counter()
        self.ahead = 0  # steps of second and third runs before all sessions were let in
        self.most_going = self.most_threads = self.most_partial = self.steps = 0
        self.left: list[weakref.ref[Any]] = []

    def press(self, session: str) -> Run:
        """Begin another run of a session."""
        number = sum(run.session == session for run in self.runs)
        run = self.jobs.begin(
            session, lambda tell: self._work(session, number, tell), key=f"{session}-{number}"
        )
        self.runs.append(run)
        return run

    def _work(self, session: str, number: int, tell: Tell) -> str:
        with self.lock:
            self.begun.append(session)
            self.going[session] += 1
        for done in range(STEPS):
            self.gate.wait(60)
            shown = np.zeros(1_000)
            with self.lock:
                self.steps += 1
                sessions = {run.session for run in self.runs}
                self.ahead += number > 0 and len(set(self.let_in.order)) < len(sessions)
                self.left.append(weakref.ref(shown))
                self.most_going = max(self.most_going, self.going.total())
                self.most_threads = max(self.most_threads, working())
                held = sum(run.partial is not None for run in self.runs)
                self.most_partial = max(self.most_partial, held)
            tell(done, STEPS, {"shown": shown})
            del shown
        with self.lock:
            self.going[session] -= 1
            self.ended.append(session)
        return session

    def finish(self) -> None:
        """Open the gate and wait for all."""
        self.gate.set()
        until(lambda: all(run.over for run in self.runs))
        until(lambda: working() == 0)


@pytest.mark.parametrize("places", [1, 2])
def test_no_session_waits_for_two_runs_of_another(store: Store, places: int) -> None:
    """One presses three times before anybody else; nineteen press once; two press again."""
    presses = Presses(Jobs(store, threads=places))
    for session in ("s0", "s0", "s0", *(f"s{n}" for n in range(1, 20)), "s3", "s7"):
        presses.press(session)
    presses.finish()
    assert {run.state for run in presses.runs} == {"done"}
    assert len({run.key for run in presses.runs}) == len(presses.runs) == 24
    assert all(store.get(run.key) == f'"{run.session}"'.encode() for run in presses.runs)
    # Until everybody's first run has begun, second ones stand still, but for the steps that those
    # with a free place made before anybody else pressed.
    assert presses.ahead <= 2 * places
    if places == 1:
        # Nothing goes on beside what is counted: when the last first ends, no second has.
        last = max(presses.ended.index(f"s{n}") for n in range(20))
        assert max(Counter(presses.ended[:last]).values()) == 1
    # Whoever came first begins first.
    assert list(dict.fromkeys(presses.let_in.order)) == [f"s{n}" for n in range(20)]


@pytest.mark.parametrize("places", [1, 2])
def test_threads_and_partial_results_are_bounded(store: Store, places: int) -> None:
    presses = Presses(Jobs(store, threads=places))
    for _ in range(3):
        presses.press("s0")
    for number in range(1, 20):
        presses.press(f"s{number}")
    presses.finish()
    assert presses.most_going <= 2 * GOING
    assert presses.most_threads <= 2 * GOING + places
    assert 1 <= presses.most_partial <= 2 * GOING
    gc.collect()
    assert all(found() is None for found in presses.left)  # nothing of 220 partial results stays
    assert all(run.partial is None for run in presses.runs)


def test_of_sessions_that_press_once_four_go_on_at_once(store: Store) -> None:
    presses = Presses(Jobs(store, threads=2))
    for number in range(20):
        presses.press(f"s{number}")
    presses.finish()
    assert presses.most_going == GOING and presses.most_partial <= GOING
    # In step: whoever ends was among the four that went on.
    for place, session in enumerate(presses.ended):
        assert session in presses.begun[: place + GOING]


def test_one_session_alone_may_have_several_runs_go_on(store: Store) -> None:
    """A long run does not hold up a short one of the same reader."""
    jobs, gate = Jobs(store, threads=1), threading.Event()

    def endless(tell: Tell) -> int:
        done = 0
        while not gate.is_set():
            time.sleep(0.001)
            tell(done := done + 1, 10**6)
        return done

    long = jobs.begin("a", endless, key="long")
    other = jobs.begin("b", endless, key="other")
    short = jobs.begin("a", lambda tell: [tell(n, 5) for n in range(5)], key="short")
    until(lambda: short.over)
    assert (long.state, other.state, short.state) == ("running", "running", "done")
    gate.set()
    until(lambda: long.over and other.over)


def test_a_session_that_drags_is_answered_between_two_steps(store: Store) -> None:
    jobs = Jobs(store, threads=1)
    presses = Presses(jobs)
    for number in range(20):
        presses.press(f"s{number}")
    waited = []

    async def drag() -> None:
        while not all(run.over for run in presses.runs):
            before = presses.steps
            during = await jobs.latest("drag", lambda: presses.steps)
            waited.append(during - before)

    presses.gate.set()
    with ThreadPoolExecutor(1) as side:
        side.submit(asyncio.run, drag()).result()
    presses.finish()
    assert len(waited) > 20
    assert max(waited) <= 20  # of 200 steps; behind the runs it would be nearly all


def test_who_is_cancelled_while_others_have_their_turn_ends_without_one(store: Store) -> None:
    """Its place in the line is nobody's, and no place is lost or won."""
    jobs, gate, turns = Jobs(store, threads=1), threading.Event(), []

    def work(name: str) -> Callable[[Tell], str]:
        def do(tell: Tell) -> str:
            for done in range(3):
                tell(done, 3)
                turns.append(name)
                if name == "b":
                    gate.wait(60)
            return name

        return do

    first = jobs.begin("a", lambda tell: (gate.wait(60), work("a")(tell))[1], key="a")
    second = jobs.begin("b", work("b"), key="b")
    gate.set()
    until(lambda: first.over and second.over)
    gate.clear()
    third = jobs.begin("b", work("b"), key="b2")
    until(lambda: turns.count("b") == 4)
    fourth = jobs.begin("a", work("c"), key="c")  # never gets the only place before the gate
    fifth = jobs.begin("a", work("c"), key="d")
    jobs.cancel(fourth.id)
    assert fourth.state == "cancelled" and "c" not in turns
    gate.set()
    until(lambda: third.over and fifth.over)
    until(lambda: working() == 0)
    assert (third.state, fifth.state) == ("done", "done")
    assert jobs._turns._free == 1
    assert not jobs._turns._begun and not jobs._turns._new and not jobs._turns._between


def test_a_run_cancelled_in_its_last_step_leaves_nothing(store: Store) -> None:
    jobs, here, go = Jobs(store, threads=1), threading.Event(), threading.Event()

    def work(tell: Tell) -> str:
        here.set()
        go.wait(60)
        return "all the same"

    run = jobs.begin("a", work, key="k")
    assert here.wait(60)
    jobs.cancel(run.id)
    go.set()
    until(lambda: run.over and working() == 0)
    assert run.state == "cancelled" and store.get("k") is None


def test_a_run_between_two_steps_ends_at_once_when_it_is_cancelled(store: Store) -> None:
    """The only place is another's, and stays so; the cancelled run needs none to end."""
    jobs, gate, here = Jobs(store, threads=1), threading.Event(), threading.Event()
    asked = threading.Event()

    def gives_way(tell: Tell) -> None:
        asked.wait(60)
        tell(0, 2)  # the other begins
        raise AssertionError("it was cancelled")

    def holds(tell: Tell) -> str:
        here.set()
        gate.wait(60)
        tell(0, 1)
        return "held"

    waits = jobs.begin("a", gives_way, key="a")
    other = jobs.begin("b", holds, key="b")
    asked.set()
    assert here.wait(60)
    jobs.cancel(waits.id)
    until(lambda: waits.over)
    assert (waits.state, other.state) == ("cancelled", "running")
    gate.set()
    until(lambda: other.over and working() == 0)
    assert other.state == "done" and jobs._turns._free == 1


def test_what_another_session_has_had_made_is_not_made_again(store: Store) -> None:
    jobs, gate, made = Jobs(store, threads=1), threading.Event(), []

    def work(tell: Tell) -> int:
        gate.wait(60)
        made.append(1)
        return 7

    runs = [jobs.begin(f"s{n}", work, key="same") for n in range(20)]
    gate.set()
    until(lambda: all(run.over for run in runs))
    assert {run.state for run in runs} == {"done"} and store.get("same") == b"7"
    assert len(made) == 1


# --- what is kept is made by all who need it ---------------------------------------------------


def test_pieces_are_made_once_by_all_and_nobody_waits_for_one_that_gave_way() -> None:
    kept: Kept[list[int]] = Kept(10**6, len)
    made: Counter[int] = Counter()
    gone = threading.Event()

    def maker(number: int) -> Callable[[], int]:
        def make() -> int:
            made[number] += 1
            return number

        return make

    makers = [maker(number) for number in range(50)]
    begun = threading.Event()

    def gives_way() -> None:
        begun.set()
        gone.wait(60)  # has given its place away, and comes back when all is done

    def slow() -> list[int]:
        return kept.joined("k", makers, list, gives_way)

    with ThreadPoolExecutor(1) as side:
        first = side.submit(slow)
        assert begun.wait(60)
        assert kept.joined("k", makers, list) == list(range(50))  # does not wait for the other
        gone.set()
        assert first.result() == list(range(50))
    assert set(made.values()) == {1}
    assert kept.get("k", list) == list(range(50))
    assert not kept._making


def test_who_leaves_or_fails_between_pieces_leaves_the_rest_to_others() -> None:
    kept: Kept[list[int]] = Kept(10**6, len)

    def leave() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        kept.joined("k", [lambda: 1, lambda: 2], list, leave)
    assert not kept._making  # half a value is not kept for nobody
    with pytest.raises(ZeroDivisionError):
        kept.joined("k", [lambda: 1, lambda: 1 // 0], list)
    assert kept.joined("k", [lambda: 1, lambda: 2], list) == [1, 2]


# --- with the app -------------------------------------------------------------------------------

PLAN: dict[str, Any] = {
    "origin": "2004-06",
    "years": 1,
    "worlds": 600,
    "worlds_from": "prior",
    "blocks": [{"lane": "pact", "start": "2004-06", "end": "2004-12"}],
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(app_serving, "_warm", lambda *_: None)
    return create(Settings(folder=tmp_path, threads=2))


def test_history_in_pieces_is_history_bit_for_bit() -> None:
    material = Material("el-salvador")
    history = material.history
    assert history is not None
    state = material.state("2004-06", "prior", 600, 1)
    whole = decide.state_at("2004-06", material.draws("prior", 600, 1), history, seed=1)
    assert np.array_equal(state.values, whole.values)
    assert np.array_equal(state.worlds, whole.worlds)
    assert (state.date, state.seed, state.gangs) == (whole.date, whole.seed, whole.gangs)


def test_twenty_readers_of_the_lab_get_what_one_would_get(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty plans in the same worlds, pressed at once, while a reader drags a slider."""
    pieces = []
    plain = decide.state_at
    monkeypatch.setattr(
        decide, "state_at", lambda *a, **k: (pieces.append(len(a[1])), plain(*a, **k))[1]
    )
    plans = [PLAN | {"name": f"Plan {n}", "seed": 1} for n in range(20)]

    def press(server: Server, number: int) -> dict[str, Any]:
        asked = {"X-Session": f"session-{number}"}
        reply = server.post("/api/lab/run", json=plans[number], headers=asked)
        assert reply.status_code == 202, reply.text
        begun: dict[str, Any] = reply.json()
        return begun

    with serving(tmp_path, app=app) as server, ThreadPoolExecutor(20) as readers:
        begun = list(readers.map(lambda n: press(server, n), range(20)))
        dragged, most = 0, 0
        small = PLAN | {"worlds": 20}
        while not all(app.state.jobs.run(run["id"]).over for run in begun):
            asked = small | {"assumptions": {"return_share": 0.2 + 0.001 * dragged}}
            reply = server.post("/api/lab/fan", json=asked, headers={"X-Session": "drag"})
            assert reply.status_code == 200
            dragged, most = dragged + 1, max(most, working())
        # Runs that go on, quick answers in two places, and threads that are about to end.
        assert dragged >= 5 and most <= 2 * GOING
        assert {app.state.jobs.run(run["id"]).state for run in begun} == {"done"}
        found = [server.get(f"/api/results/{run['key']}").json() for run in begun]
        alone = server.post("/api/lab/fan", json=plans[7]).json()
    alone.pop("seconds")
    assert found[7] == alone
    assert len({tuple(each["fan"]["killed"]["q50"]) for each in found}) == 1
    # The history of the 600 worlds was run once, whoever ran it, and that of the 20.
    assert sorted(pieces) == [20, 88, 256, 256]


CANCELLED = [
    ("/api/lab/run", PLAN | {"origin": "2019-06", "worlds": 20_000, "blocks": []}),
    ("/api/compare/run", {"a": "status_quo", "b": "secret_pact", "worlds": 20_000, "years": 5}),
    ("/api/robust/run", {"part": "explore", "size": 480}),
    ("/api/robust/run", {"part": "rivals", "size": 240}),
    ("/api/robust/run", {"part": "core", "size": 960}),
]


@pytest.mark.parametrize(("path", "asked"), CANCELLED, ids=["lab", "compare", *("robust",) * 3])
def test_a_run_cancelled_while_history_is_made_ends_there(
    path: str, asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of thousands of worlds no more than the piece under way is run, none beyond the origin."""
    worlds, here, go = [], threading.Event(), threading.Event()
    plain = simulate.run

    def watched(draws: Any, **options: Any) -> Any:
        progress, done = options.pop("progress", None), [0]

        def told(run: int, to_run: int) -> None:
            worlds.append(run - done[0])
            done[0] = run
            here.set()
            assert go.wait(60)
            if progress is not None:
                progress(run, to_run)

        return plain(draws, progress=told, threads=1, **options)

    monkeypatch.setattr(simulate, "run", watched)
    with asking(tmp_path, threads=1) as client:
        run = begun(client, path, asked)
        assert here.wait(120)
        reply = client.delete(f"/api/runs/{run.id}")
        assert reply.status_code == 200
        go.set()
        until(lambda: run.over and working() == 0)
        assert run.state == "cancelled" and run.done == 0
        assert sum(worlds) <= 256
        # Others are served: the place is free.
        assert client.app.state.jobs._turns._free == 1  # type: ignore[attr-defined]


def begun(client: TestClient, path: str, asked: dict[str, Any]) -> Run:
    reply = client.post(path, json=asked)
    assert reply.status_code == 202, reply.text
    run: Run = client.app.state.jobs.run(reply.json()["id"])  # type: ignore[attr-defined]
    return run
