"""Does a run that is killed at any moment end with the bytes of one that was not?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests._killed_run import run, work

from tregua.infer import CheckpointError, Checkpoints

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run(folder)
    return (folder / "result").read_bytes()


def killed_after(folder, steps):
    """Start the run in another process and kill it (SIGKILL) once it told of so many steps."""
    command = [sys.executable, "-m", "tests._killed_run", str(folder), "0.02"]
    paths = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    told = 0
    for _ in process.stdout:
        told += 1
        if told == steps:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    return told


def test_a_run_killed_again_and_again_ends_with_the_same_bytes(whole, tmp_path):
    assert killed_after(tmp_path, 1) == 1
    for steps in (2, 5, 3):
        killed_after(tmp_path, steps)
    assert not (tmp_path / "result").exists()
    run(tmp_path)
    assert (tmp_path / "result").read_bytes() == whole


@pytest.mark.parametrize("keeps", range(1, 30, 3))
def test_an_error_between_any_two_steps_loses_nothing(whole, tmp_path, keeps, monkeypatch):
    counted = [0]
    keep = Checkpoints.keep

    def failing(self, header, arrays):
        counted[0] += 1
        keep(self, header, arrays)
        if counted[0] == keeps:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoints, "keep", failing)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    monkeypatch.undo()
    run(tmp_path)
    assert (tmp_path / "result").read_bytes() == whole


def test_a_finished_run_is_not_done_twice(whole, tmp_path, capsys):
    run(tmp_path)
    capsys.readouterr()
    run(tmp_path)
    assert capsys.readouterr().out == ""
    assert (tmp_path / "result").read_bytes() == whole


def cut_short(folder, monkeypatch, steps=6):
    """Leave a folder as a run leaves it that was stopped after some steps."""
    counted = [0]
    keep = Checkpoints.keep

    def failing(self, header, arrays):
        keep(self, header, arrays)
        counted[0] += 1
        if counted[0] == steps:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoints, "keep", failing)
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    monkeypatch.undo()


def test_a_checkpoint_cut_in_half_falls_back_to_the_one_before(whole, tmp_path, monkeypatch):
    cut_short(tmp_path, monkeypatch)
    newest = work(tmp_path).newest
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    run(tmp_path)
    assert (tmp_path / "result").read_bytes() == whole


def test_killed_between_two_renames_the_one_before_is_found(whole, tmp_path, monkeypatch):
    cut_short(tmp_path, monkeypatch)
    work(tmp_path).newest.unlink()
    run(tmp_path)
    assert (tmp_path / "result").read_bytes() == whole


def test_both_unreadable_is_said_and_nothing_is_touched(tmp_path, monkeypatch):
    cut_short(tmp_path, monkeypatch)
    kept = work(tmp_path)
    for file in (kept.newest, kept.before):
        file.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"cannot be read.*Nothing was changed"):
        run(tmp_path)
    assert kept.newest.read_bytes() == kept.before.read_bytes() == b"no checkpoint"


def test_altered_arrays_are_noticed(tmp_path):
    kept = Checkpoints(tmp_path, {})
    kept.keep({"step": 1}, {"x": np.arange(3.0)})
    with np.load(kept.newest) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["x"] = arrays["x"] + 1
    np.savez(kept.newest, **arrays)
    with pytest.raises(CheckpointError, match="altered"):
        kept.find()


def test_other_work_is_refused_with_what_differs(tmp_path):
    Checkpoints(tmp_path, {"draws": 256, "reading": "script"}).keep({}, {"x": np.zeros(1)})
    other = Checkpoints(tmp_path, {"draws": 128, "reading": "script"})
    with pytest.raises(CheckpointError, match=r"draws 256, not 128\. Nothing was changed"):
        other.find()
    assert Checkpoints(tmp_path, {"draws": 256, "reading": "script"}).find() is not None
    assert Checkpoints(tmp_path / "elsewhere", {}).find() is None
