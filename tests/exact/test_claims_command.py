"""Do verdicts survive their file, and does `tregua claims` print what stands in it?"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from tregua import assess
from tregua.assess import shipped
from tregua.assess.themes import THEMES, theme_of
from tregua.cli import claims as command
from tregua.cli import main
from tregua.provenance import Provenance
from tregua.report.text import Text

NAN = float("nan")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def verdict(number: str, judged: str, **changes: object) -> assess.Verdict:
    """A synthetic verdict on a claim of the registry."""
    empty = assess.Verdict.untested(assess.claim(number), assess.NotTestable("Found.", "Hallado."))
    return replace(empty, verdict=judged, **changes)  # type: ignore[arg-type]


@pytest.fixture
def findings() -> assess.Findings:
    """Synthetic findings: an interval, a point, and nothing."""
    verdicts = (
        verdict(
            "26",
            "mixed",
            strength="weak",
            estimate=1.5,
            low=1.25,
            high=2.0,
            interval="range",
            reference=1.0,
            values={"ratio": 1.5, "pairs": 8, "list": "a, b", "unknown": NAN},
            sources=("SYN_A",),
        ),
        verdict("31", "supported", strength="strong", estimate=62.0, published=("invented-2020",)),
        verdict("44", "not identified"),
    )
    sources = pd.DataFrame(
        {
            "id": ["SYN_A", "SYN_B"],
            "title": "Invented [bulletin]",
            "publisher": "Nobody",
            "url": "https://example.org",
            "date": [NAN, "2020-01-01"],
        }
    )
    record = SimpleNamespace(case=SimpleNamespace(name="el-salvador"), sources=sources)
    made = Provenance.of("tregua assess el-salvador", seed=1, worlds=50, record="0" * 16)
    published = pd.DataFrame({"id": ["invented-2020"], "estimate": [0.55], "low": [NAN]})
    return assess.Findings(record, {"published": published}, verdicts, made)  # type: ignore[arg-type]


@pytest.fixture
def folder(findings: assess.Findings, tmp_path: Path) -> Path:
    shipped.write_claims(findings, tmp_path / shipped.FILE)
    return tmp_path


# The file.


def test_verdicts_read_back_as_they_were(findings: assess.Findings, folder: Path) -> None:
    known = shipped.read_claims(folder)
    assert known.case == "el-salvador"
    assert list(known.verdicts) == ["26", "31", "44"]
    for before in findings.verdicts:
        after = known.verdicts[before.number]
        for name in (
            "sentence",
            "test",
            "rivals",
            "sources",
            "verdict",
            "strength",
            "found",
            "interval",
        ):
            assert getattr(after, name) == getattr(before, name), name
        for name in ("estimate", "low", "high", "reference"):
            one, other = getattr(after, name), getattr(before, name)
            assert one == other or (math.isnan(one) and math.isnan(other)), name
    assert known.verdicts["26"].values["unknown"] is None
    assert list(known.sources) == ["SYN_A"]  # cited ones only
    assert known.published[0] == {"id": "invented-2020", "estimate": 0.55, "low": None}
    assert known.provenance["worlds"] == 50


def test_the_same_findings_give_the_same_bytes(findings: assess.Findings, folder: Path) -> None:
    again = shipped.write_claims(findings, folder / "again.json")
    assert again.read_bytes() == (folder / shipped.FILE).read_bytes()
    assert "NaN" not in again.read_text(encoding="utf-8")


def test_a_claim_reworded_since_has_no_verdict(folder: Path) -> None:
    known = shipped.read_claims(folder)
    claim = assess.claim("26")
    assert known.of(claim) is not None
    assert known.of(replace(claim, test={"en": "x", "es": "x"})) is None
    assert known.of(replace(claim, sentence={"en": "x", "es": "x"})) is None
    assert known.of(assess.claim("1")) is None


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"verdicts": [{"number": "1"}]}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / shipped.FILE).write_text(text)
    with pytest.raises(ValueError, match="no file of verdicts that this version reads"):
        shipped.read_claims(tmp_path)


# Themes.


def test_every_number_of_the_list_has_one_theme_and_others_the_last() -> None:
    assert [theme_of(str(number)).name for number in (1, 3, 4, 30, 31, 45, 60)] == [
        *("demand", "demand", "pact", "truce", "exception", "exception", "notes")
    ]
    numbered = [n for theme in THEMES[:-1] for n in range(theme.first, theme.last + 1)]
    assert numbered == list(range(1, 61))
    for number in ("0", "61", "999", "mine", "", "４４"):
        assert theme_of(number) is THEMES[-1]


# The command.


def test_choices_of_the_command_are_those_of_the_registry() -> None:
    assert tuple(name.replace("-", " ") for name in command._VERDICTS) == assess.VERDICTS
    assert tuple(theme.name for theme in THEMES) == command._THEMES
    assert {claim.kind for claim in assess.claims()} <= set(command._KINDS)
    assert {claim.reach for claim in assess.claims()} <= set(command._REACHES)
    assert command._WORDS["en"].keys() == command._WORDS["es"].keys()
    for lang in ("en", "es"):
        for judged in assess.VERDICTS:
            told = Text(lang)(f"verdict.{judged.replace(' ', '_')}")
            assert command._WORDS[lang][judged] == told


def test_the_list_shows_verdict_strength_and_interval(folder: Path) -> None:
    result = call("claims", "--from", str(folder))
    assert result.exit_code == 0, result.output
    assert "mixed" in result.stdout
    assert "1.5 (1.25 to 2)" in result.stdout
    assert "50 worlds, seed 1" in result.stderr


def test_filters_choose(folder: Path) -> None:
    def numbers(*arguments: str) -> list[str]:
        result = call("claims", "--from", str(folder), "--json", *arguments)
        return [entry["number"] for entry in json.loads(result.stdout)]

    assert numbers("--verdict", "mixed") == ["26"]
    assert numbers("--verdict", "not-identified") == ["44"]
    assert numbers("--verdict", "contradicted") == []
    truce = {claim.number for claim in assess.claims() if 25 <= int(claim.number) <= 30}
    assert set(numbers("--theme", "truce")) == truce
    assert set(numbers("--theme", "truce", "--kind", "quantity")) < truce
    assert "44" in numbers("--reach", "model")


def test_why_prints_every_number_source_and_the_function(folder: Path) -> None:
    result = call("claims", "26", "--why", "--from", str(folder))
    assert result.exit_code == 0, result.output
    for told in (
        "mixed, strength: weak",
        "1.5 (1.25 to 2)",
        "against 1",
        "pairs                8",
        "list                 a, b",
        "SYN_A  Invented [bulletin] · Nobody",
        "tregua.assess.on_deaths.backlash",
    ):
        assert told in result.stdout, told
    spanish = call("claims", "26", "--why", "--from", str(folder), "--lang", "es").stdout
    assert "Números detrás del veredicto" in spanish
    assert "Hallado." in spanish


def test_json_holds_claim_verdict_and_function(folder: Path) -> None:
    (entry,) = json.loads(call("claims", "26", "--from", str(folder), "--json").stdout)
    assert entry["verdict"]["low"] == 1.25
    assert entry["verdict"]["values"]["pairs"] == 8
    assert entry["theme"] == "truce"
    assert entry["function"] == "tregua.assess.on_deaths.backlash"
    (open_one,) = json.loads(call("claims", "44", "--from", str(folder), "--json").stdout)
    assert open_one["verdict"]["estimate"] is None


def test_csv_holds_one_row_a_claim(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    result = call("claims", "--from", str(folder), "--csv", str(file))
    assert result.exit_code == 0, result.output
    with file.open(encoding="utf-8") as stream:
        rows = {row["number"]: row for row in csv.DictReader(stream)}
    assert len(rows) == len(assess.claims())
    assert (rows["26"]["verdict"], float(rows["26"]["high"])) == ("mixed", 2.0)
    assert rows["1"]["verdict"] == ""


def test_without_verdicts_the_command_says_how_to_reach_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shipped, "shipped_claims", lambda: None)
    listed = call("claims")
    assert listed.exit_code == 0
    assert "tregua assess el-salvador --out DIR" in " ".join(listed.stderr.split())
    refused = call("claims", "--verdict", "mixed")
    assert refused.exit_code == 1
    assert "No verdicts are at hand" in refused.output
    assert "`tregua assess` reaches it" in call("claims", "44").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--why",), "give its number"),
        (("--ship",), "--ship needs --from DIR"),
        (("--from", "nowhere"), "No verdicts in 'nowhere'"),
        (("--theme", "truces"), "is not one of"),
        (("440", "--why"), "Did you mean '44'?"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments: tuple[str, ...], said: str) -> None:
    result = call("claims", *arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_shipping_copies_the_file_byte_for_byte(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "package.json"
    monkeypatch.setattr(shipped, "shipped_path", lambda: target)
    assert call("claims", "--from", str(folder), "--ship").exit_code == 0
    assert target.read_bytes() == (folder / shipped.FILE).read_bytes()
