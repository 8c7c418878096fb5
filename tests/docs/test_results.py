"""Is every table and column that a study writes described, and is every described one written?"""

import re

import pandas as pd
import pytest
from tests.docs._pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "results.md").read_text(encoding="utf-8")


def described():
    """Columns of each table, by the page: the first cell of each row names one or several."""
    tables = {}
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        cells = re.findall(r"^\| (`[^|]*) \|", body, re.MULTILINE)
        tables[name.strip()] = [column for cell in cells for column in re.findall(r"`(\w+)`", cell)]
    return tables


DESCRIBED = described()


@pytest.fixture(scope="module")
def written(first_look):
    """Tables of the smallest study, as read back from its folder."""
    files = (first_look / "data").glob("*.parquet")
    return {file.stem: pd.read_parquet(file) for file in files}


def test_every_table_is_described_and_written(written):
    assert set(DESCRIBED) == set(written)


@pytest.mark.parametrize("table", DESCRIBED)
def test_the_columns_of_a_table_are_those_described(table, written):
    assert len(DESCRIBED[table]) == len(set(DESCRIBED[table])), "a column is described twice"
    assert set(DESCRIBED[table]) == set(written[table].columns)
