"""The whole street on a small synthetic case: same call, same bytes; interrupted, resumed."""

import itertools
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tregua import assess, infer, record, study
from tregua.assess.shipped import read_claims

_SCRIPT = """
[[script]]
start = 2000-01-01
stance = "status_quo"
source = "EXAMPLE_2001"

[[script]]
start = 2002-01-01
stance = "mano_dura"
enforcement = 2.0
source = "EXAMPLE_2001"
"""
_ROW = (
    "{series},{start},{end},{value},persons,Exampleland,Police,EXAMPLE_2001,reported,yes,synthetic"
)


def synthetic_case(folder: Path, *, script: bool = True, months: int = 48) -> Path:
    """Four years of synthetic monthly deaths that fall by half in the third year."""
    record.new_case(folder)
    rows = ["series,start,end,value,unit,place,agency,source,status,verified,note"]
    edges = pd.date_range("2000-01-01", periods=months + 1, freq="MS")
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        value = (80 if number < 24 else 40) + (number * 7) % 5
        rows.append(
            _ROW.format(series="homicides", start=start.date(), end=end.date(), value=value)
        )
    for year in range(2000, 2004):
        day = f"{year}-07-01"
        rows.append(_ROW.format(series="population", start=day, end=day, value=1_000_000))
        if months >= 48:
            total = sum(
                (80 if number < 24 else 40) + (number * 7) % 5
                for number in range(12 * (year - 2000), 12 * (year - 1999))
            )
            rows.append(
                _ROW.format(
                    series="homicides",
                    start=f"{year}-01-01",
                    end=f"{year + 1}-01-01",
                    value=total,
                )
            )
    (folder / "observations.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = (folder / "case.toml").read_text(encoding="utf-8").replace("2001-01-01", "2004-01-01")
    if script:
        text = text.replace("[[actors]]", 'origins = ["2002-01"]\n\n[[actors]]', 1) + _SCRIPT
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((folder / "data").iterdir())}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("study")
    case = synthetic_case(root / "case")
    study.run(case, out=root / "out", worlds=50, seed=3)
    return case, root / "out"


def test_the_report_and_the_data_behind_every_figure_are_left(
    finished: tuple[Path, Path],
) -> None:
    _, out = finished
    assert (out / "report.html").stat().st_size < 3_000_000
    expected = {"homicides", "tiles", "detection_months", "history", "ledger", "claims"}
    assert expected <= {file.stem for file in (out / "data").glob("*.parquet")}
    provenance = json.loads((out / "data" / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["seed"] == 3
    assert provenance["worlds"] == 50


def test_the_verdicts_and_the_sheets_are_left_too(finished: tuple[Path, Path]) -> None:
    _, out = finished
    known = read_claims(out)
    assert len(known.verdicts) == len(assess.claims())
    assert known.provenance["seed"] == 3
    for lang in ("en", "es"):
        sheet = study.onepage_path(out, lang)
        assert f'<html lang="{lang}"' in sheet.read_text(encoding="utf-8")


def test_the_same_call_gives_the_same_bytes(finished: tuple[Path, Path], tmp_path: Path) -> None:
    case, out = finished
    study.run(case, out=tmp_path, worlds=50, seed=3)
    assert bytes_of(tmp_path) == bytes_of(out)
    for name in ("report.html", "claims.json", "one-page-en.html", "one-page-es.html"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_another_seed_gives_other_worlds(finished: tuple[Path, Path], tmp_path: Path) -> None:
    case, out = finished
    study.run(case, out=tmp_path, worlds=50, seed=4)
    ours, theirs = bytes_of(tmp_path), bytes_of(out)
    assert ours["ledger.parquet"] != theirs["ledger.parquet"]
    assert ours["homicides.parquet"] == theirs["homicides.parquet"]


def test_an_interrupted_run_resumes_with_the_same_bytes(
    finished: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, out = finished

    def stop(stage: str, done: int, total: int) -> None:
        if stage.startswith("strategies"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(case, out=tmp_path, worlds=50, seed=3, watch=stop)
    assert not (tmp_path / "report.html").exists()
    # What was finished is not done again: detection is made impossible, and not missed.
    monkeypatch.setattr(infer, "detection_tables", None)
    study.run(case, out=tmp_path, worlds=50, seed=3)
    assert bytes_of(tmp_path) == bytes_of(out)


def test_a_case_without_a_script_is_assessed_as_far_as_it_goes(tmp_path: Path) -> None:
    case = synthetic_case(tmp_path / "case", script=False)
    findings = study.run(case, out=tmp_path / "out", worlds=50, seed=1)
    assert "detection_months" in findings.tables
    assert "ledger" not in findings.tables
    assert {verdict.verdict for verdict in findings.verdicts} == {"not tested"}
    assert (tmp_path / "out" / "report.html").exists()


def test_a_case_too_short_to_detect_still_gets_a_report(tmp_path: Path) -> None:
    case = synthetic_case(tmp_path / "case", script=False, months=12)
    findings = study.run(case, out=tmp_path / "out", worlds=50, seed=1)
    assert "detection_months" not in findings.tables
    assert (tmp_path / "out" / "report.html").exists()


def test_an_unknown_case_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="el-salvador"):
        study.run("el-salvadro", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_shelf_that_cannot_be_read_is_made_again(
    finished: tuple[Path, Path], tmp_path: Path
) -> None:
    case, out = finished
    shutil.copytree(out, tmp_path / "out")
    for file in (tmp_path / "out" / ".stages").rglob("ledger.parquet"):
        file.write_bytes(file.read_bytes()[:100])
    study.run(case, out=tmp_path / "out", worlds=50, seed=3)
    assert bytes_of(tmp_path / "out") == bytes_of(out)
