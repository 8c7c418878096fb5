"""Does the page of grades show what is shipped, and say how it was made?"""

import pytest
from write_grade import GRADE_PAGE, grade_page

from tregua.assess.grade import SCENARIOS, shipped_marks, shipped_provenance


def test_the_page_shows_the_shipped_marks():
    text = GRADE_PAGE.read_text(encoding="utf-8")
    assert text == grade_page(), "run python docs/_ext/write_grade.py"


def test_the_page_names_its_command_and_that_worlds_are_synthetic():
    text = GRADE_PAGE.read_text(encoding="utf-8")
    assert shipped_provenance()["command"] in text
    assert "**synthetic**" in text


def test_every_kind_of_world_is_shipped_and_explained():
    assert list(shipped_marks("scenarios")["scenario"]) == list(SCENARIOS)
    explained = (GRADE_PAGE.parents[1] / "explanation" / "grading.md").read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if f"`{name}`" not in explained] == []


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="Known: marks"):
        shipped_marks("mark")
