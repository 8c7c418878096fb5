"""Does everybody get a turn, the newest wish win, and nothing that fails take the server along?"""

from __future__ import annotations

import asyncio
import ctypes
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from tests.app_server import serving

from tregua.app import Settings, create
from tregua.app.jobs import Cancelled, Jobs, Result
from tregua.app.problems import Problem, Superseded
from tregua.app.store import Store


@pytest.fixture
def store(tmp_path):
    kept = Store(tmp_path)
    yield kept
    kept.close()


def awaited(wish):
    """Run a coroutine in a thread of its own: another test may have a loop in this one."""
    with ThreadPoolExecutor(1) as side:
        return side.submit(asyncio.run, wish).result()


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


# --- quick wishes ---------------------------------------------------------------------------


def test_of_wishes_that_wait_only_the_newest_is_worked_on(store):
    jobs = Jobs(store, threads=1)
    free, worked = threading.Event(), []

    def work(number):
        worked.append(number)
        free.wait(20)
        return number

    async def drag():
        first = asyncio.create_task(jobs.latest("a", lambda: work(0)))
        while not worked:
            await asyncio.sleep(0.005)
        rest = [asyncio.create_task(jobs.latest("a", lambda n=n: work(n))) for n in (1, 2, 3)]
        await asyncio.sleep(0.05)
        free.set()
        return await asyncio.gather(first, *rest, return_exceptions=True)

    found = awaited(drag())
    assert worked == [0, 3]  # what had begun ends; of the three that waited the last is done
    assert found[0] == 0 and found[3] == 3
    assert all(isinstance(error, Superseded) and error.status == 409 for error in found[1:3])


def test_wishes_of_other_sessions_and_topics_do_not_replace_each_other(store):
    jobs = Jobs(store, threads=1)

    async def ask():
        wishes = [("a", "fan"), ("a", "pact"), ("b", "fan"), ("c", "fan")]
        return await asyncio.gather(
            *[jobs.latest(s, lambda w=(s, t): w, topic=t) for s, t in wishes]
        )

    assert awaited(ask()) == [("a", "fan"), ("a", "pact"), ("b", "fan"), ("c", "fan")]


def test_sessions_take_turns(store):
    jobs = Jobs(store, threads=1)
    order, free = [], threading.Event()

    async def ask():
        blocker = asyncio.create_task(jobs.latest("first", lambda: free.wait(20)))
        await asyncio.sleep(0.05)
        busy = [
            asyncio.create_task(jobs.latest("busy", lambda: order.append("busy"), topic=str(n)))
            for n in range(6)
        ]
        await asyncio.sleep(0.02)
        calm = asyncio.create_task(jobs.latest("calm", lambda: order.append("calm")))
        await asyncio.sleep(0.02)
        free.set()
        await asyncio.gather(blocker, calm, *busy)

    awaited(ask())
    assert order.index("calm") == 1  # after one of the six that came before
    assert len(order) == 7


def test_what_raises_is_told_and_the_place_is_free_again(store):
    jobs = Jobs(store, threads=1)

    def die():
        thread = ctypes.c_ulong(threading.get_ident())
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(SystemExit))
        while True:
            time.sleep(0.001)

    async def ask():
        for work, error in (
            (lambda: 1 / 0, ZeroDivisionError),
            (lambda: [][1], IndexError),
            (die, RuntimeError),  # the thread ends in the midst of its work
        ):
            with pytest.raises(error):
                await jobs.latest("a", work)
            assert await jobs.latest("a", lambda: "alive") == "alive"

    awaited(ask())


def test_a_quick_wish_that_takes_too_long_is_told(store):
    jobs = Jobs(store, threads=1, most_seconds=0.05)
    free = threading.Event()
    with pytest.raises(Problem) as caught:
        awaited(jobs.latest("a", lambda: free.wait(20)))
    free.set()
    assert caught.value.status == 408


# --- long runs ------------------------------------------------------------------------------


def counting(parts, gate=None):
    def work(tell):
        for done in range(parts):
            tell(done, parts, {"done": done})
            if gate is not None:
                gate.wait(60)
        return {"parts": parts}

    return work


def test_a_run_tells_how_far_it_is_and_keeps_its_result(store):
    jobs = Jobs(store, threads=1)
    gate = threading.Event()
    run = jobs.begin("a", counting(3, gate), key="k1")
    until(lambda: run.partial == {"done": 0})
    version, events, last = run.since(0)
    assert events == [("progress", {"done": 0, "total": 3, "partial": {"done": 0}})] and not last
    assert run.since(version) == (version, [], False)
    assert jobs.begin("a", counting(3), key="k1") is run  # pressed twice
    gate.set()
    until(lambda: run.over)
    assert run.seen()["state"] == "done"
    assert run.since(version)[1:] == ([("done", {"key": "k1"})], True)
    assert run.partial is None
    assert store.get("k1") == b'{"parts":3}'
    again = jobs.begin("b", lambda tell: 1 / 0, key="k1")  # its result is there: nothing runs
    assert again.state == "done"


def test_a_run_stops_when_cancelled_also_while_it_waits(store):
    jobs = Jobs(store, threads=1)
    gate = threading.Event()
    first = jobs.begin("a", counting(10**6, gate), key="first")
    until(lambda: first.state == "running")
    second = jobs.begin("b", counting(3), key="second")
    assert jobs.cancel(second.id).state == "cancelled"
    jobs.cancel(first.id)
    gate.set()
    until(lambda: first.over)
    assert first.state == "cancelled" and second.state == "cancelled"
    assert store.get("first") is None and store.get("second") is None
    third = jobs.begin("c", counting(3), key="third")
    until(lambda: third.over)
    assert third.state == "done"


def test_a_run_that_fails_says_why(store):
    jobs = Jobs(store, threads=1)

    def wrong(tell):
        raise ValueError("a sentence")

    def die(tell):
        raise SystemExit(3)

    for work, says in ((wrong, "a sentence"), (die, "failed")):
        run = jobs.begin("a", work, key=f"k-{says[0]}")
        until(lambda: run.over)  # noqa: B023
        assert run.state == "failed"
        assert says in run.problems[0]["what"]
        assert run.since(0)[1][0][0] == "failed"


def test_a_run_that_takes_too_long_ends(store):
    jobs = Jobs(store, threads=1, most_seconds=0.1)

    def endless(tell):
        for done in range(10**9):
            time.sleep(0.005)
            tell(done, 10**9)

    run = jobs.begin("a", endless, key="k")
    until(lambda: run.over)
    assert run.state == "failed" and "longer" in run.problems[0]["what"]


def test_quick_wishes_go_between_the_steps_of_a_run_and_do_not_stop_it(store):
    jobs = Jobs(store, threads=1)
    gate = threading.Event()

    def slow(tell):
        done = 0
        while not gate.is_set():
            time.sleep(0.002)
            tell(done := done + 1, 10**6)
        return done

    run = jobs.begin("long", slow, key="k")
    until(lambda: run.state == "running")

    async def drag():
        for _ in range(20):
            before = run.done
            await jobs.latest("quick", lambda: None)
            assert run.done - before <= 2_000  # of a million steps
        return run.done

    assert awaited(drag()) > 5
    gate.set()
    until(lambda: run.over)
    assert run.state == "done"


def test_runs_of_one_session_are_bounded(store):
    jobs = Jobs(store, threads=1)
    gate = threading.Event()
    runs = [jobs.begin("a", counting(2, gate), key=f"k{n}") for n in range(8)]
    with pytest.raises(Problem) as caught:
        jobs.begin("a", counting(2), key="k9")
    assert caught.value.status == 429
    other = jobs.begin("b", counting(2, gate), key="other")
    gate.set()
    until(lambda: all(run.over for run in (*runs, other)))
    assert {run.state for run in runs} == {"done"}


def test_cancelled_is_no_accident_of_another_kind():
    assert not issubclass(Cancelled, ValueError)


# --- over HTTP ------------------------------------------------------------------------------


def read_events(lines):
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_run_is_followed_left_and_cancelled_over_http(tmp_path):
    app = create(Settings(folder=tmp_path, threads=1))
    jobs, gate = app.state.jobs, threading.Event()

    def work(tell):
        tell(1, 2, {"fan": [1.0, float("nan")]})
        gate.wait(30)
        return Result({"b": 1, "a": float("inf")}, pd.DataFrame({"x": [1, 2], "y": ["=a", "ñ"]}))

    def endless(tell):
        while True:
            time.sleep(0.005)
            tell(1, 2)

    with serving(tmp_path, app=app) as server:
        run = jobs.begin("a", work, key="key1")
        with server.client.stream("GET", f"/api/runs/{run.id}/events") as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in reply.headers
            events = read_events(reply.iter_lines())
            first = next(events)
            while first[1].get("partial") is None:
                first = next(events)
            assert first == ("progress", {"done": 1, "total": 2, "partial": {"fan": [1.0, None]}})
            assert jobs.listeners == 1
        until(lambda: jobs.listeners == 0)  # the reader left in mid-stream
        assert server.get(f"/api/runs/{run.id}").json()["state"] == "running"
        gate.set()
        with server.client.stream("GET", f"/api/runs/{run.id}/events") as reply:
            assert list(read_events(reply.iter_lines()))[-1] == ("done", {"key": "key1"})
        assert server.get("/api/results/key1").json() == {"a": None, "b": 1}
        assert server.get("/api/results/key1.csv").text == "x,y\n1,=a\n2,ñ\n"
        assert server.get("/api/results/key1.parquet").content[:4] == b"PAR1"
        assert server.get("/api/results/none").status_code == 404

        other = jobs.begin("a", endless, key="key2")
        until(lambda: other.state == "running")
        assert server.client.delete(f"/api/runs/{other.id}").status_code == 200
        with server.client.stream("GET", f"/api/runs/{other.id}/events") as reply:
            told = list(read_events(reply.iter_lines()))
        assert told[-1] == ("cancelled", {})
        assert {name for name, _ in told[:-1]} <= {"progress"}
        assert server.get("/api/runs/nobody").status_code == 404


def test_an_error_of_the_code_is_a_problem_in_the_one_shape_and_no_end(tmp_path, caplog):
    app = create(Settings(folder=tmp_path))

    def broken():
        raise KeyError("a secret of the code")

    async def killed():
        return await app.state.jobs.latest("a", lambda: (_ for _ in ()).throw(SystemExit))

    def refused():
        raise ValueError("worlds must be above 0")

    for path, call in (("/broken", broken), ("/killed", killed), ("/refused", refused)):
        app.add_api_route(path, call)
    with serving(tmp_path, app=app) as server:
        for path, status in (("/broken", 500), ("/killed", 500), ("/refused", 400)):
            reply = server.get(path)
            assert reply.status_code == status
            assert set(reply.json()["problems"][0]) == {"where", "what", "valid"}
            assert "secret" not in reply.text
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert server.get("/api/about").status_code == 200
        assert "above 0" in reply.json()["problems"][0]["what"]
