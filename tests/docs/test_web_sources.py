"""Is the pages' JavaScript in small files, explained, and all of it checked for its types?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src/tregua/app/web"
FILES = sorted(file for file in WEB.rglob("*") if file.is_file())
SCRIPTS = [file for file in FILES if file.suffix == ".js"]
MOST_LINES = 300
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)")
PASSED_ON = re.compile(r"^export \{(.*)\};", re.MULTILINE)


def unexplained(text: str) -> list[str]:
    """Names that a script exports without a comment of its own right above."""
    lines = text.splitlines()
    return [
        found[1]
        for above, line in zip(["", *lines], lines, strict=False)
        if (found := EXPORT.match(line)) and not above.rstrip().endswith("*/")
    ]


def imported(text: str) -> set[str]:
    """Names that a script takes from others, as it calls them."""
    lists = re.findall(r"^import \{(.*?)\} from", text, re.MULTILINE | re.DOTALL)
    return {one.split(" as ")[-1].strip() for names in lists for one in names.split(",")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(WEB).as_posix())
def test_no_file_of_the_pages_is_long(file):
    lines = file.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, f"{file.name} has {lines} lines; split it by what it is about"


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.relative_to(WEB).as_posix())
def test_every_exported_name_is_explained(file):
    text = file.read_text(encoding="utf-8")
    assert text.startswith("//"), f"{file.name} does not say what it is about"
    assert unexplained(text) == []
    for names in PASSED_ON.findall(text):  # explained where they are made
        assert {name.strip() for name in names.split(",")} - {""} <= imported(text)


def test_a_name_without_a_comment_is_found():
    text = "/** One. */\nexport const one = 1;\nexport function two() {}\n\nexport class Three {}\n"
    assert unexplained(text) == ["two", "Three"]


def test_types_are_checked_strictly_and_everywhere():
    told = json.loads((ROOT / "jsconfig.json").read_text(encoding="utf-8"))
    options = told["compilerOptions"]
    for name in ("checkJs", "strict", "noEmit", "noUnusedLocals", "noUnusedParameters"):
        assert options[name] is True, name
    assert options["noImplicitReturns"] is options["noFallthroughCasesInSwitch"] is True
    assert "exclude" not in told and "src/tregua/app/web/**/*.js" in told["include"]
    for file in SCRIPTS:
        assert not re.search(r"@ts-(?:nocheck|ignore|expect-error)", file.read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^TYPESCRIPT := typescript@\d+\.\d+\.\d+$", makefile, re.MULTILINE)
    assert re.search(r"lint types layers web docs", makefile)
