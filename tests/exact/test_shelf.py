"""Finished stages are kept whole, read back the same, and made again only when they must be."""

from pathlib import Path

import pandas as pd
import pytest

from tregua.shelf import Shelf

TABLE = pd.DataFrame(
    {"month": pd.to_datetime(["2012-03-01", "2012-04-01"]), "deaths": [255.0, 156.0]}
)


def test_a_kept_stage_is_not_made_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "base")
    calls = []

    def make() -> dict[str, pd.DataFrame]:
        calls.append(1)
        return {"counts": TABLE}

    first = shelf.keep("detection", make)
    second = shelf.keep("detection", make)
    assert len(calls) == 1
    pd.testing.assert_frame_equal(first["counts"], second["counts"])
    pd.testing.assert_frame_equal(first["counts"], TABLE, check_dtype=False)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Shelf(tmp_path / name, "base").keep("stage", lambda: {"counts": TABLE.copy()})
    files = sorted(tmp_path.rglob("*.parquet"))
    assert len(files) == 2
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_interrupted_stage_leaves_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "base")

    def interrupted() -> dict[str, pd.DataFrame]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.keep("history", interrupted)
    assert not shelf.holds("history")
    assert list(tmp_path.iterdir()) == []
    assert shelf.keep("history", lambda: {"counts": TABLE})["counts"]["deaths"].sum() == 411.0


def test_a_changed_base_makes_the_stage_again_and_drops_the_old(tmp_path: Path) -> None:
    Shelf(tmp_path, "one").keep("detection", lambda: {"counts": TABLE})
    later = Shelf(tmp_path, "two")
    assert not later.holds("detection")
    later.keep("detection", lambda: {"counts": TABLE})
    assert len(list(tmp_path.iterdir())) == 1


def test_a_truncated_file_costs_one_stage(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "base")
    shelf.keep("detection", lambda: {"counts": TABLE})
    file = next(tmp_path.rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:20])
    assert shelf.keep("detection", lambda: {"counts": TABLE})["counts"]["deaths"].sum() == 411.0
