"""Do the files about the project agree with each other?"""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.docs._pages import ROOT

import tregua

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
}
REQUIREMENTS = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert PROJECT["version"] == tregua.__version__
    assert f"version: {tregua.__version__}\n" in citation


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_a_requirement_is_pinned_within_its_range(text):
    requirement = Requirement(text)
    version = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), f"{text} is pinned to {version}"


def test_constraints_hold_pins_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!]+|#.*|", line)]
    assert not wrong, f"not a plain pin: {wrong}"


def test_every_stage_is_on_the_map():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for part in (ROOT / "src" / "tregua").iterdir():
        if part.is_dir() and (part / "__init__.py").exists():
            assert f"`{part.name}/`" in text, f"architecture.md does not name {part.name}/"
        elif part.suffix == ".py" and part.stem != "__init__":
            assert f"`{part.name}`" in text, f"architecture.md does not name {part.name}"


def test_decisions_are_numbered_once():
    names = sorted(file.name for file in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [name.split("-")[0] for name in names]
    assert len(set(numbers)) == len(numbers), f"two decisions share a number: {names}"
    for name in names:
        title = (ROOT / "docs" / "decisions" / name).read_text(encoding="utf-8").splitlines()[0]
        assert re.match(rf"# {int(name.split('-')[0])}\. \S", title), f"{name} opens with {title!r}"
