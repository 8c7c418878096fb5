"""Directive `public-names MODULE`: the documentation of each name in a module's `__all__`.

Stages keep their code in private files and export it from one entry. Each name is documented once
under that entry, and references to the private place are led there. A name without documentation
is an error, so that the reference is complete or does not build.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

import tregua

_log = logging.getLogger(__name__)


# Packages within a stage whose names are used through the package, and are not the stage's own.
OPEN = (
    "tregua.assess.designs",
    "tregua.assess.grade",
    "tregua.decide.robustness",
    "tregua.decide.search",
    "tregua.decide.strategic",
    "tregua.report.notebook",
)


def public_modules() -> list[str]:
    """Return the modules whose `__all__` is the public interface, by name."""
    names = [f"tregua.{info.name}" for info in pkgutil.iter_modules(tregua.__path__)]
    return [name for name in [*names, *OPEN] if name != "tregua.cli"]


def public_objects(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield each name in a module's `__all__` with its value, in that order."""
    for name in getattr(module, "__all__", ()):
        yield name, getattr(module, name)


def role_of(value: object) -> str:
    """Return the kind of a public value: exception, class, function or data."""
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    is_function = inspect.isroutine(value) or hasattr(value, "py_func")  # or compiled by Numba
    return "function" if is_function else "data"


def text_beside(module: ModuleType, name: str) -> str:
    """Return the string written under the assignment of a constant; empty if there is none.

    The constant may be assigned in any file of the module's folder.
    """
    source = Path(inspect.getfile(module))
    files = sorted(source.parent.rglob("*.py")) if source.name == "__init__.py" else [source]
    for file in files:
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for statement, following in itertools.pairwise(body):
            if name in _assigned(statement) and isinstance(following, ast.Expr):
                value = following.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    return inspect.cleandoc(value.value)
    return ""


def documentation(module: ModuleType, name: str, value: object) -> str:
    """Return the documentation of a public name; empty if there is none."""
    if role_of(value) == "data":
        # A strategy is a value that carries its function's explanation along.
        return text_beside(module, name) or inspect.cleandoc(getattr(value, "source", ""))
    return inspect.cleandoc(value.__doc__ or "")


def _assigned(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return set()
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _directive(module: ModuleType, name: str, value: object) -> list[str]:
    role = role_of(value)
    full_name = f"{module.__name__}.{name}"
    if role == "data":
        text = documentation(module, name, value)
        lines = [f".. py:data:: {name}", f"   :module: {module.__name__}", ""]
        return [*lines, *(f"   {line}" for line in text.splitlines()), ""]
    lines = [f".. auto{role}:: {full_name}"]
    if role in ("class", "exception"):
        lines.append("   :members:")
    if inspect.isclass(value) and issubclass(value, enum.Enum):
        lines.append("   :undoc-members:")
    return [*lines, ""]


class PublicNames(SphinxDirective):
    """A module's opening lesson, then its public names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Hand the names to autodoc, one directive each."""
        module = importlib.import_module(self.arguments[0])
        lines = [f".. automodule:: {module.__name__}", ""]
        for name, value in public_objects(module):
            if not documentation(module, name, value):
                _log.warning("%s.%s is public and not documented", module.__name__, name)
            lines += _directive(module, name, value)
        return self.parse_text_to_nodes(StringList(lines, module.__file__))


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.Element | None:
    """Lead a reference to the public place of a name of ours; leave others' names as plain text.

    `tregua.stage._private.Name` is documented as `tregua.stage.Name`; the shape that a stage asks
    for as `Name` is that of the one public `Name`. A name of ours that is documented nowhere stays
    unresolved, which fails the build.
    """
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].split(".")
    objects = env.domains.python_domain.objects
    for start in range(len(target)):
        ending = target[start:]
        within = [".".join([*target[:2], *ending])] if start > 1 else []
        anywhere = [name for name in objects if name.split(".")[2:] == ending]
        for names in (within, anywhere):
            if len(names) == 1 and names[0] in objects:
                found = objects[names[0]]
                return make_refnode(
                    app.builder, node["refdoc"], found.docname, found.node_id, contnode
                )
    return None if target[0] == "tregua" else contnode


def _as_meant(
    _app: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Adapt what docstrings write plainly to what the parser reads.

    An indented block of a module's lesson is code. Fields such as `low, high` stay together; they
    would be read as a type and a name.
    """
    for number in range(len(lines) - 1, -1, -1):
        field = re.match(r":(?:ivar|param|vartype|type) ([\w, *\\]+):", lines[number])
        if field and ", " in field[1]:
            joined = field[1].replace(", ", ",\u200b")
            lines[number] = lines[number].replace(field[1], joined, 1)
        opens_code = (
            what == "module"
            and re.match(r" {4}\S", lines[number])
            and number >= 2
            and not lines[number - 1]
            and not re.match(r" |\.\. |.*::$", lines[number - 2])
        )
        if opens_code:
            lines[number:number] = ["::", ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the way to the public place."""
    app.add_directive("public-names", PublicNames)
    app.connect("missing-reference", _resolve)
    app.connect("autodoc-process-docstring", _as_meant, priority=900)  # after napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
