"""Does the page of the core claim show what the model says now?

Shares of a small fresh run with another seed are compared with those printed. By chance the two
differ by more than 5 of their joint errors and a point of rounding in one of a million cases each,
so that an alarm means a change of the model or of the posterior. Ranges must be those declared.
"""

import re

import numpy as np
import pytest
from write_core_claim import ASKED, CORE_PAGE, command, core_claim_page

from tregua.cli.finding import CoreQuestion, core_answer
from tregua.decide.robustness import CORE_FACTORS

TEXT = CORE_PAGE.read_text(encoding="utf-8")
AGAIN = "run python docs/_ext/write_core_claim.py"
_KILLED = "fewer deaths, hidden ones included"


@pytest.fixture(scope="module")
def fresh():
    return core_answer(CoreQuestion(points=150, worlds=60, levels=2, seed=8, years="1,5,15"))


def printed():
    """Share and error by against, worlds, factors and years, from the table of all killings."""
    rows = TEXT.partition(_KILLED)[2].partition("**recorded**")[0].splitlines()
    table = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if "|" in row]
    found = {}
    for against, worlds, factors, *cells in table[2:]:
        name = (re.findall(r"`(\w+)`", against) or [against])[0]
        for years, cell in zip((1, 3, 5, 10, 15), cells, strict=True):
            share, error = (float(x) / 100 for x in re.findall(r"\d+", cell))
            found[name, worlds, factors.removeprefix("as "), years] = share, error
    return found


def test_a_fresh_run_agrees_with_what_is_printed(fresh):
    shares = fresh[0]["finding_shares"]
    shown, strangers = printed(), []
    rows = shares[shares["outcome"] == "killed"].to_dict("records")
    assert len(rows) == 3 * 4 * 3
    for row in rows:
        key = row["reference"], row["worlds_from"], row["factors"], row["horizon"]
        share, error = shown[key]
        # A share near 0 or 1 has an error of its own that a small run may miss altogether.
        room = 5 * np.hypot(error, max(row["mc_error"], 0.03)) + 0.01
        if abs(row["share"] - share) > room:
            strangers.append((key, share, row["share"], room))
    assert strangers == [], AGAIN


def test_ranges_and_command_are_those_declared():
    assert command(ASKED) in TEXT, AGAIN
    for part in CORE_FACTORS:
        assert f"| `{part.name}` | {part.low:g} to {part.high:g}" in TEXT, AGAIN


def test_the_page_is_what_the_script_would_write(fresh):
    tables, notes = fresh
    page = core_claim_page(tables, notes, tables)
    heads = re.findall(r"^## .*$", page, flags=re.MULTILINE)
    assert heads == re.findall(r"^## .*$", TEXT, flags=re.MULTILINE), AGAIN
    assert "nan" not in page.replace("nan ", "")
