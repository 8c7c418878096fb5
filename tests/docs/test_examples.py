"""Does every example run, and does it give what it says it gives?"""

import doctest
import importlib
import pkgutil

import pytest
from tests.docs._pages import NAMES, PAGES, blocks

import tregua

MODULES = ["tregua"] + [
    info.name for info in pkgutil.walk_packages(tregua.__path__, prefix="tregua.")
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
WITH_EXAMPLES = [
    (page, name) for page, name in zip(PAGES, NAMES, strict=True) if blocks(page, "python", "pycon")
]


@pytest.mark.parametrize(
    "page", [page for page, _ in WITH_EXAMPLES], ids=[name for _, name in WITH_EXAMPLES]
)
def test_the_python_of_a_page_runs(page, workplace, monkeypatch):
    # Blocks of one page share their names, as a reader typing them in would find.
    monkeypatch.chdir(workplace)
    names: dict[str, object] = {"__name__": "__main__"}
    for line, code in blocks(page, "python", "pycon"):
        if code.lstrip().startswith(">>>"):
            run_session(code, names, page, line)
        else:
            # Line numbers of a traceback are those of the page.
            exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)


def run_session(code, names, page, line):
    test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=report.append, clear_globs=False)
    names.update(test.globs)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_docstring_run(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imported = importlib.import_module(module)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder().find(imported, module):
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
