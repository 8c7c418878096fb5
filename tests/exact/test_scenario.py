"""Does a scenario say what it means: lanes as stances, files that read back, every slip named?"""

from __future__ import annotations

import copy
import itertools
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tregua import decide
from tregua.decide import Block, Scenario, ScenarioError, read_scenario, write_scenario
from tregua.model import Parameter, Stance

ORIGIN, END = "2019-06", "2020-06"


def plan(*blocks: dict[str, Any], **other: Any) -> Scenario:
    return Scenario(origin=ORIGIN, years=1, blocks=blocks, **other)  # type: ignore[arg-type]


def wanted(pact: str, crackdown: bool, exception: bool, reform: bool) -> Stance:
    """The rule of the module's table, written out."""
    if exception:
        return Stance.EXCEPTION
    if pact == "open":
        return Stance.OPEN_PACT
    if pact == "secret":
        return Stance.BOTH if crackdown else Stance.SECRET_PACT
    if crackdown:
        return Stance.MANO_DURA
    return Stance.REFORM if reform else Stance.STATUS_QUO


# All 24 ways in which four lanes can overlap; a stance has a number of its own, so none can pass
# for another.
@pytest.mark.parametrize(
    ("pact", "crackdown", "exception", "reform"),
    list(itertools.product(("", "secret", "open"), *[(False, True)] * 3)),
)
def test_lanes_that_overlap_make_one_stance(
    pact: str, crackdown: bool, exception: bool, reform: bool
) -> None:
    blocks: list[dict[str, Any]] = []
    if pact:
        blocks.append({"lane": "pact", "start": "2019-08", "open": pact == "open"})
    for lane, there in (("crackdown", crackdown), ("exception", exception), ("reform", reform)):
        if there:
            blocks.append({"lane": lane, "start": "2019-08"})
    scenario = plan(*blocks)
    stance = wanted(pact, crackdown, exception, reform)
    assert scenario.timeline().stance_at(["2019-07", "2019-08", "2020-05"]).tolist() == [
        Stance.STATUS_QUO,
        stance,
        stance,
    ]
    acting = {
        Stance.EXCEPTION: {"exception"},
        Stance.BOTH: {"pact", "crackdown"},
        Stance.SECRET_PACT: {"pact"},
        Stance.OPEN_PACT: {"pact"},
        Stance.MANO_DURA: {"crackdown"},
        Stance.REFORM: {"reform"},
        Stance.STATUS_QUO: set(),
    }[stance]
    hidden = {scenario.blocks[part.block].lane for part in scenario.hidden_parts()}
    assert hidden == {block.lane for block in scenario.blocks} - acting


def test_the_effort_is_that_of_the_block_that_acts() -> None:
    scenario = plan(
        {"lane": "crackdown", "start": "2019-06", "end": "2019-12", "effort": 3},
        {"lane": "pact", "start": "2019-08"},
        {"lane": "exception", "start": "2019-10", "end": "2019-11", "effort": 5},
        {"lane": "crackdown", "start": "2019-12", "end": "2020-02"},
    )
    months = ["2019-06", "2019-08", "2019-10", "2019-11", "2019-12", "2020-02"]
    assert scenario.timeline().enforcement_at(months).tolist() == [3, 3, 5, 3, -1, -1]
    assert scenario.timeline().stance_at(months).tolist() == [
        Stance.MANO_DURA,
        Stance.BOTH,
        Stance.EXCEPTION,
        Stance.BOTH,
        Stance.BOTH,
        Stance.SECRET_PACT,
    ]


def test_what_does_not_act_is_told_with_its_months() -> None:
    scenario = plan(
        {"lane": "pact", "start": "2019-07", "end": "2021-01"},
        {"lane": "exception", "start": "2019-09", "end": "2019-11"},
        {"lane": "reform", "start": "2020-06"},
    )
    assert [(p.block, p.start, p.end, p.why) for p in scenario.hidden_parts()] == [
        (0, "2019-09", "2019-11", "exception"),
        (0, END, "2021-01", "end"),
        (2, END, None, "end"),
    ]


def test_no_blocks_are_the_status_quo_throughout() -> None:
    (phase,) = plan().timeline().phases
    assert (phase.stance, phase.end, str(phase.start)) == (Stance.STATUS_QUO, None, ORIGIN)


FULL = plan(
    {"lane": "pact", "start": ORIGIN, "end": "2020-01", "open": True},
    {"lane": "crackdown", "start": "2020-01", "effort": 2.5},
    assumptions={"return_share": 0.3, "approval_level": -1.5, "leak": 1e-05},
    mechanisms=("fringe",),
    reply="quantal_reply",
    worlds=77,
    seed=2**53 - 1,
    worlds_from="prior",
    name='«Mi plan» "A" \\ #1',
)


def test_it_reads_back_from_every_form(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    text = write_scenario(FULL, file)
    assert read_scenario(text) == read_scenario(file) == read_scenario(str(file)) == FULL
    assert Scenario.model_validate_json(FULL.model_dump_json()) == FULL
    assert Scenario.of(FULL.model_dump()) == FULL
    assert pickle.loads(pickle.dumps(FULL)) == FULL == copy.deepcopy(FULL)
    assert len({FULL, read_scenario(text)}) == 1


def test_the_digest_is_of_what_decides_the_run() -> None:
    assert FULL.digest() == FULL.model_copy(update={"name": "other"}).digest()
    changes: list[dict[str, Any]] = [
        {"origin": "2019-05"},
        {"years": 2.0},
        {"worlds": 78},
        {"seed": 2},
        {"worlds_from": "posterior"},
        {"blocks": FULL.blocks[:1]},
        {"reply": "indifferent"},
        {"assumptions": {}},
        {"mechanisms": ()},
        {"case": "elsewhere"},
    ]
    digests = {FULL.model_copy(update=change).digest() for change in changes}
    assert len(digests | {FULL.digest()}) == len(changes) + 1
    assert FULL.worlds_digest() == FULL.model_copy(update={"blocks": ()}).worlds_digest()


def test_nothing_in_it_can_be_changed() -> None:
    with pytest.raises(TypeError):
        FULL.assumptions["leak"] = 1.0  # type: ignore[index]
    with pytest.raises(ValidationError):
        FULL.years = 3.0


# One slip each: the place that is named, and a word that helps.
SLIPS: list[tuple[str, str, str]] = [
    ('origin = "2019-13"', "origin", "no month that exists"),
    ('origin = "19-06"', "origin", "no month"),
    ("origin = 2019-06-15", "origin", "no month"),
    ('origin = "1492-10"', "origin", "too far"),
    ("years = 3", "origin", "There is no origin"),
    ("years = nan", "years", "out of range"),
    ("years = -1", "years", "out of range"),
    ("years = 1e9", "years", "from 0.0833333 to 30 years"),
    ("years = 1.01", "years", "whole number of months"),
    ('years = "ten"', "years", "no number"),
    ("years = true", "years", "no number"),
    ("worlds = 0", "worlds", "out of range"),
    ("worlds = 1_000_000_000", "worlds", "from 1 to 100,000"),
    ("worlds = 2.5", "worlds", "no whole number"),
    ("seed = -1", "seed", "out of range"),
    ("seed = 9007199254740992", "seed", "out of range"),
    ('worlds_from = "cloud"', "worlds_from", "Known: posterior, prior"),
    ('reply = "tit_for_tats"', "reply", "Did you mean 'tit_for_tat'?"),
    ('case = "../secrets"', "case", "no name of a case"),
    ('name = "a\\u0007b"', "name", "cannot be printed"),
    (f'name = "{"x" * 81}"', "name", "81 letters"),
    ("yeers = 3", "yeers", "Did you mean 'years'?"),
    ('mechanisms = "fringe"', "mechanisms", "no list"),
    ('mechanisms = ["fringes"]', "mechanisms", "Did you mean 'fringe'?"),
    ("blocks = 3", "blocks", "no list"),
    ("blocks = [3]", "block 1", "no block"),
    ("assumptions = 3", "assumptions", "no table"),
    ("[assumptions]\nreturn_shar = 0.3", "assumptions, return_shar", "Did you mean 'return_share'"),
    ("[assumptions]\nreturn_share = 1.2", "assumptions, return_share", "from 0 to 1"),
    ("[assumptions]\nreturn_share = inf", "assumptions, return_share", "out of range"),
    ("[assumptions]\nleak = -1", "assumptions, leak", "out of range"),
    ("[assumptions]\nrelease_time = 0", "assumptions, release_time", "out of range"),
    ("[assumptions]\nmembers_at_start = 9e3", "assumptions, members_at_start", "change nothing"),
    ("[assumptions]\nfringe_share = 0.1", "assumptions, fringe_share", "'fringe', which is off"),
    ('[[blocks]]\nlane = "pakt"\nstart = "2019-06"', "block 1, lane", "Did you mean 'pact'?"),
    ('[[blocks]]\nlane = "pact"', "block 1, start", "Missing"),
    ('[[blocks]]\nstart = "2019-06"', "block 1, lane", "Missing"),
    ('[[blocks]]\nlane = "pact"\nstart = "2019-05"', "block 1, start", "that is history"),
    (
        '[[blocks]]\nlane = "pact"\nstart = "2019-08"\nend = "2019-08"',
        "block 1, end",
        "It ends in 2019-08",
    ),
    ('[[blocks]]\nlane = "pact"\nstart = "2019-06"\neffort = 2', "block 1, effort", "ordinary"),
    ('[[blocks]]\nlane = "reform"\nstart = "2019-06"\nopen = true', "block 1, open", "not open"),
    ('[[blocks]]\nlane = "pact"\nstart = "2019-06"\nopen = 1', "block 1, open", "true or false"),
    (
        '[[blocks]]\nlane = "exception"\nstart = "2019-06"\neffort = nan',
        "block 1, effort",
        "1 to 50",
    ),
    (
        '[[blocks]]\nlane = "crackdown"\nstart = "2019-06"\neffort = 0.5',
        "block 1, effort",
        "1 to 50",
    ),
    ('[[blocks]]\nlane = "pact"\nstart = "2019-06"\nhard = 1', "block 1, hard", "Not known here"),
    (
        '[[blocks]]\nlane = "pact"\nstart = "2019-06"\n'
        '[[blocks]]\nlane = "pact"\nstart = "2019-09"',
        "block 2, start",
        "overlap",
    ),
]


@pytest.mark.parametrize(("text", "where", "what"), SLIPS, ids=[slip[0][:40] for slip in SLIPS])
def test_a_slip_is_named_with_its_place(text: str, where: str, what: str) -> None:
    whole = text if "origin" in text or where == "origin" else f'origin = "{ORIGIN}"\n{text}'
    with pytest.raises(ScenarioError) as caught:
        read_scenario(whole + "\n")
    (problem,) = caught.value.problems
    assert problem.where == where
    assert what in f"{problem.what} {problem.valid}"


def test_all_slips_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario('origin = "2019-06"\nyeers = 2\nworlds = -5\n[[blocks]]\nlane = "x"\n')
    assert [p.where for p in caught.value.problems] == [
        "yeers",
        "worlds",
        "block 1, lane",
        "block 1, start",
    ]
    assert str(caught.value).startswith("The scenario has 4 problems:\n  yeers: ")


def test_many_slips_and_long_values_stay_readable() -> None:
    raw = {"origin": ORIGIN, "blocks": [{"lane": "x" * 10_000}] * 5_000}
    raw |= {f"field{n}": n for n in range(5_000)}
    with pytest.raises(ScenarioError) as caught:
        Scenario.of(raw)
    assert len(caught.value.problems) == 100
    assert max(len(str(problem)) for problem in caught.value.problems) < 400


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"origin = 2019-06\n", "Write months in quotes"),
        (b"\xff\xfe", "UTF-8"),
        (b"a = 1\na = 2\n", "no TOML"),
        (b"x" * 300_001, "too long"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError, match=what) as caught:
        read_scenario(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")


def test_python_gets_the_same_problems_with_their_places() -> None:
    with pytest.raises(ValidationError) as caught:
        plan({"lane": "pact", "start": "2019-06"}, {"lane": "pakt", "start": "2019-05"}, worlds=-1)
    assert [error["loc"] for error in caught.value.errors()] == [
        ("worlds",),
        ("blocks", 1, "lane"),
        ("blocks", 1, "start"),
    ]
    with pytest.raises(ValidationError, match="Did you mean 'pact'"):
        Block(lane="pakt", start="2019-06")  # type: ignore[arg-type]


def test_assumptions_can_be_every_parameter_that_acts() -> None:
    names = {parameter.name for parameter in decide.acting_parameters()}
    assert "return_share" in names
    assert not names & {"members_at_start", "fringe_share", "early_release"}
    assert {"fringe_share"} == {p.name for p in decide.acting_parameters(["fringe"])} - names - {
        "fringe_spoil"
    }
    for parameter in decide.acting_parameters():
        assert plan(assumptions={parameter.name: parameter.default}).assumptions
    assert len(names) < len(Parameter)
