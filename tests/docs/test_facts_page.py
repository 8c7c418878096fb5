"""Does the page of stylised facts show what the model and the record say now?

Targets, kinds and tolerances must be those declared. Simulated numbers are compared with a fresh
run of 40 worlds: its middle must lie in the printed band, widened by half of its width on either
side. The middle of 40 worlds spreads by about an eighth of the band, so that a false alarm is less
likely than one in a million for each part, and means a change of the model; the seed is fixed.
"""

import re

import numpy as np
import pytest
from write_facts import BEGINS, ENDS, PAGE, cells

from tregua import decide, record

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed():
    table = TEXT.partition(BEGINS)[2].partition(ENDS)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="module")
def fresh():
    return decide.stylised_facts(record.load("el-salvador"), worlds=40, seed=7)


def test_every_part_is_printed_with_its_target_and_tolerance(printed, fresh):
    declared = [cells(row)[:5] for _, row in fresh.iterrows()]
    assert [row[:5] for row in printed] == declared, "run python docs/_ext/write_facts.py"


def number(text):
    return np.inf if text == "later" else float(text.replace(",", ""))


def test_a_fresh_run_agrees_with_what_is_printed(printed, fresh):
    strangers = []
    for row, (_, part) in zip(printed, fresh.iterrows(), strict=True):
        low, middle, high = (number(text) if text else np.nan for text in row[5:8])
        now = part["simulated_middle"]
        if np.isnan(middle) or np.isinf(middle):
            assert np.isnan(now) == np.isnan(middle)
            continue
        room = 0.5 * ((high if np.isfinite(high) else 3.0 * middle) - low) + 0.006
        if not low - room <= now <= high + room:
            strangers.append((row[1], row[5:8], now))
    assert strangers == [], "run python docs/_ext/write_facts.py"


def test_the_count_is_that_of_the_table(printed):
    counts = [int(x) for x in re.findall(r"(\d+) of 20 facts are hits, (\d+) are misses", TEXT)[0]]
    own = [row for row in printed if "`" not in row[1]]
    missed = {row[0] for row in own if row[8] == "miss"}
    hit = {row[0] for row in own if row[8] == "hit"} - missed
    assert counts == [len(hit), len(missed)]
