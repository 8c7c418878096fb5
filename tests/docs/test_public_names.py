"""Is everything public documented, in the code and in the reference?"""

import dataclasses
import importlib
import inspect
import re

import pytest
from public_names import documentation, public_modules, public_objects, role_of
from tests.docs._pages import ROOT

MODULES = public_modules()
NAMES = [
    (module, name)
    for module in MODULES
    for name, _ in public_objects(importlib.import_module(module))
]


def test_every_public_module_is_in_the_reference():
    text = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert re.findall(r"\.\. public-names:: (\S+)", text) == re.findall(r"^## (\S+)", text, re.M)
    assert set(re.findall(r"\.\. public-names:: (\S+)", text)) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_public_module_says_what_is_public_and_opens_with_a_lesson(module):
    imported = importlib.import_module(module)
    assert imported.__all__, f"{module} exports nothing"
    assert len((imported.__doc__ or "").splitlines()) > 1, f"{module} opens without a lesson"


def takes(value):
    """Parameters of a function, or fields of a class made of them."""
    if role_of(value) == "function":
        names = inspect.signature(value).parameters
    elif dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        names = getattr(value, "model_fields", ())  # pydantic's
    return [name for name in names if not name.startswith("_")]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{m}.{n}" for m, n in NAMES])
def test_a_public_name_is_explained(module, name):
    imported = importlib.import_module(module)
    value = getattr(imported, name)
    text = documentation(imported, name, value)
    assert re.search(r"\w{2,}.*[.:]", text), f"{module}.{name} is not explained: {text!r}"
    taken = takes(value)
    # "As `compare` takes them": what is told there need not be told twice.
    also = [
        documentation(imported, other, getattr(imported, other))
        for other in re.findall(r"`(\w+)`", text)
        if other in imported.__all__
    ]
    told = "\n".join([text, *also])
    unexplained = [word for word in taken if not re.search(rf"\b{word}\b", told)]
    assert not unexplained, f"{module}.{name} does not explain {unexplained}"
    assert not taken or len(text.splitlines()) > 1, f"{module}.{name} is explained too briefly"
