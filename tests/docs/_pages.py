"""The pages of the project, and the code blocks in them."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Files that a fresh clone holds: nothing built, nothing of the environment.
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]) + sorted(
    page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts
)
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w{}-]*)[^\n]*\n"
    r"(?P<code>.*?)^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: Path, *languages: str) -> list[tuple[int, str]]:
    """Code blocks of a page in these languages, each with the line on which its code starts."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start("code")) + 1, textwrap.dedent(found["code"]))
        for found in _BLOCK.finditer(text)
        if found["language"] in languages
    ]
