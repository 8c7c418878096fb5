"""Does what was saved stay saved: after a kill, on a full disk, beside a damaged file?"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from tests.app_server import asking

from tregua.app.problems import Problem
from tregua.app.store import Store, check_key, check_name
from tregua.decide import Scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path):
    kept = Store(tmp_path)
    yield kept
    kept.close()


def fill(kept, pages=1):
    """No page more than there are: what a full disk answers."""
    for file in (kept._results, kept._scenarios):
        used = file._at.execute("pragma page_count").fetchone()[0]
        file._at.execute(f"pragma max_page_count = {used + pages - 1}")


def test_a_result_comes_back_and_survives_a_restart(tmp_path):
    first = Store(tmp_path)
    assert first.get("k") is None
    assert first.put("k", b"json") and first.put("k", b"PAR1", "parquet")
    first.close()
    again = Store(tmp_path)
    assert (again.get("k"), again.get("k", "parquet"), again.get("k", "js")) == (
        b"json",
        b"PAR1",
        None,
    )
    again.close()


def test_results_are_bounded_and_the_longest_unused_goes_first(tmp_path):
    kept = Store(tmp_path, most_bytes=2_500)
    for name in "abcd":
        kept.put(name, b"x" * 1_000)
    assert [kept.get(name) is not None for name in "abcd"] == [False, False, True, True]
    kept.put("large", b"x" * 10_000)
    assert kept.get("large") is not None
    kept.close()


def test_a_scenario_is_saved_listed_opened_and_deleted(store):
    store.save(" Plan ñ ", {"b": 1, "a": [None, 2.5]})
    store.save("Plan ñ", {"a": [None, 2.5], "b": 1})  # the same again
    assert [entry["name"] for entry in store.saved()] == ["Plan ñ"]
    assert store.scenario("Plan ñ") == {"a": [None, 2.5], "b": 1}
    with pytest.raises(Problem) as caught:
        store.save("Plan ñ", {"another": 1})
    assert caught.value.status == 409
    assert store.scenario("Plan ñ") == {"a": [None, 2.5], "b": 1}
    store.save("Plan ñ", {"another": 1}, replace=True)
    assert store.scenario("Plan ñ") == {"another": 1}
    store.forget("Plan ñ")
    for call in (store.scenario, store.forget):
        with pytest.raises(Problem) as caught:
            call("Plan ñ")
        assert caught.value.status == 404


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "a\\b", "..", ".", "a\n", "a\0", "x" * 81, "\u202e"]
)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Problem) as caught:
        check_name(name if name != "a\n" else "a\nb")
    assert caught.value.status == 422


@pytest.mark.parametrize("key", ["", "../x", "a/b", ".x", "a" * 129, "a b", "ñ"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(Problem):
        check_key(key)


def test_a_full_disk_keeps_what_there_is_and_says_so_once(store, caplog):
    store.save("before", {"kept": True})
    store.put("small", b"x")
    fill(store)
    with caplog.at_level(logging.WARNING, "tregua.app"):
        assert not store.put("large", b"x" * 1_000_000)
        assert not store.put("larger", b"y" * 1_000_000)
        with pytest.raises(Problem) as caught:
            store.save("after", {"x": "y" * 100_000})
    assert caught.value.status == 507 and "unchanged" in caught.value.what
    assert len(caplog.records) == 1
    assert store.get("large") == b"x" * 1_000_000  # held in memory meanwhile
    assert store.get("small") == b"x"
    assert store.scenario("before") == {"kept": True}
    assert [entry["name"] for entry in store.saved()] == ["before"]
    store._scenarios._at.execute("pragma max_page_count = 100000")
    store.save("after", {"x": "y" * 100_000})  # once there is space again
    assert len(store.saved()) == 2


def test_over_http_a_full_disk_is_told_and_the_server_goes_on(tmp_path):
    with asking(tmp_path) as client:
        plan = {"origin": "2019-06"}
        client.post("/api/scenarios", json={"name": "before", "scenario": plan})
        fill(client.app.state.store)
        replies = (
            client.post("/api/scenarios", json={"name": f"after {n}", "scenario": plan})
            for n in range(300)  # a page of the file holds a dozen
        )
        reply = next(reply for reply in replies if reply.status_code != 201)
        assert reply.status_code == 507
        assert "unchanged" in reply.json()["problems"][0]["what"]
        kept = client.get("/api/scenarios/before").json()["scenario"]
        assert Scenario.model_validate(kept) == Scenario.model_validate(plan)
        assert client.get("/vendor/vega.js").status_code == 200  # 270 kB that cannot be kept


def test_a_damaged_file_of_results_is_thrown_away_and_one_of_scenarios_put_aside(tmp_path):
    first = Store(tmp_path)
    first.put("k", b"x")
    first.save("plan", {})
    first.close()
    for name in ("results.sqlite", "scenarios.sqlite"):
        (tmp_path / name).write_bytes(
            b"this is no database, but it is long enough to look like one"
        )
    again = Store(tmp_path)
    assert again.get("k") is None and again.saved() == []
    again.save("new", {})
    again.close()
    aside = [file for file in tmp_path.iterdir() if ".damaged-" in file.name]
    assert [file.name.split(".damaged")[0] for file in aside] == ["scenarios.sqlite"]
    assert aside[0].read_bytes().startswith(b"this is no database")


def test_two_servers_share_a_folder(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)

    def save(kept, first):
        for n in range(first, 40, 2):
            kept.save(f"plan {n:02}", {"n": n})
            kept.put(f"k{n}", b"x")

    threads = [threading.Thread(target=save, args=pair) for pair in ((one, 0), (other, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(one.saved()) == len(other.saved()) == 40
    assert one.get("k1") == other.get("k0") == b"x"
    one.close()
    other.close()


def test_a_killed_server_loses_no_scenario_it_confirmed(tmp_path):
    """Kill -9 in the midst of saving: all that was confirmed is there, whole."""
    command = [sys.executable, "-c", "from tregua.cli import main; main()", "serve"]
    command += ["--json", "--no-browser", "--folder", str(tmp_path / "app")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            address = json.loads(server.stdout.readline())["address"]
            confirmed = save_until_killed(address, server.pid)
        finally:
            server.kill()
    assert len(confirmed) >= 20
    kept = Store(tmp_path / "app")
    names = {entry["name"] for entry in kept.saved()}
    assert confirmed <= names
    assert all(kept.scenario(name)["seed"] == int(name.split()[1]) for name in names)
    kept.close()


def save_until_killed(address, process):
    """Save scenarios from four sides, kill the server after some, and say what it confirmed."""
    confirmed, lock = set(), threading.Lock()

    def save(side):
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
            for n in range(side, 4_000, 4):
                body = {"name": f"plan {n}", "scenario": {"origin": "2019-06", "seed": n}}
                try:
                    done = client.post("/api/scenarios", json=body).status_code == 201
                except httpx.HTTPError:
                    return
                with lock:
                    confirmed.update({body["name"]} if done else ())
                    if len(confirmed) >= 20:
                        os.kill(process, signal.SIGKILL)

    sides = [threading.Thread(target=save, args=(side,)) for side in range(4)]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    return confirmed
