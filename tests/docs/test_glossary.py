"""Are the project's words explained, each once, and are they used?"""

import re

import pytest
from tests.docs._pages import PAGES, ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
TERMS = re.findall(r"^(\w[^\n]*)\n    ", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)

# The words that the code and every page use in one sense only.
HOUSE_WORDS = {
    *("actor", "action", "stance", "strategy", "profile", "world", "record", "observation"),
    *("source", "regime", "pact", "concession", "command", "leak", "strike", "hidden", "recorded"),
    *("harm ledger", "claim", "verdict"),
}


def test_the_words_of_the_house_are_explained():
    assert set(TERMS) >= HOUSE_WORDS


def test_terms_are_unique_and_sorted():
    assert sorted(set(TERMS), key=str.casefold) == TERMS


@pytest.fixture(scope="module")
def everything_else():
    sources = [*(ROOT / "src").rglob("*.py"), *(page for page in PAGES if page != GLOSSARY)]
    return "\n".join(file.read_text(encoding="utf-8") for file in sources).casefold()


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_used_somewhere(term, everything_else):
    assert re.search(rf"\b{re.escape(term.casefold())}", everything_else), f"nothing uses {term!r}"
