"""Does an edit start a fresh cache for what may depend on it, and for nothing else?"""

import pytest

from tregua import compiled


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two files a stage, in place of the real one."""
    for stage in ("model", "simulate", "infer", "decide", "assess"):
        (tmp_path / stage).mkdir()
        for name in ("one.py", "two.py"):
            (tmp_path / stage / name).write_text(f"# {stage} {name}\n", encoding="utf-8")
    monkeypatch.setattr(compiled, "_PACKAGE", tmp_path)
    compiled.source_digest.cache_clear()
    yield tmp_path
    compiled.source_digest.cache_clear()


def digests():
    compiled.source_digest.cache_clear()
    return {stage: compiled.source_digest(stage) for stage in compiled._CALLED}


@pytest.mark.parametrize(
    ("edited", "stale"),
    [
        ("model", {"model", "simulate", "infer", "decide", "assess"}),
        ("simulate", {"simulate", "infer", "decide", "assess"}),
        ("infer", {"infer", "assess"}),
        ("decide", {"decide", "assess"}),
        ("assess", {"assess"}),
    ],
)
def test_an_edit_makes_stale_what_may_call_it(package, edited, stale):
    before = digests()
    (package / edited / "two.py").write_text("# edited\n", encoding="utf-8")
    after = digests()
    assert {stage for stage in after if after[stage] != before[stage]} == stale


def test_a_renamed_file_is_an_edit(package):
    before = digests()
    (package / "infer" / "two.py").rename(package / "infer" / "three.py")
    assert digests()["infer"] != before["infer"]


def test_functions_outside_the_package_are_kept_with_all_stages():
    def stranger() -> int:
        return 1

    assert compiled._stage_of(stranger) == "assess"
    from tregua.decide import strategies
    from tregua.model import transition

    assert compiled._stage_of(transition.week.py_func) == "model"
    some = next(f for f in vars(strategies).values() if hasattr(f, "function"))
    assert compiled._stage_of(some.function) == "decide"


def test_only_the_newest_caches_of_a_stage_are_kept(tmp_path):
    import os

    for age, name in enumerate(["infer-d", "infer-c", "infer-b", "infer-a", "model-a"]):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    compiled._prune(tmp_path, "infer", "infer-a")
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "infer-a",
        "infer-c",
        "infer-d",
        "model-a",
    ]
