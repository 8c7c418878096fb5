"""What holds for every test."""

import faulthandler
import os
from collections import Counter

import pytest

END = 180
"""Seconds that a process of tests may take to end after its last test."""


def pytest_configure(config):
    # GNU readline, which pytest imports, tells child processes the size of a terminal, even where
    # there is none: the processes that share the tests would print narrower than one alone does.
    if hasattr(config, "workerinput"):
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    # A test that hangs is ended by its limit of time; a process that hangs after the last one is
    # ended here, and says where every thread was.
    if hasattr(session.config, "workerinput"):
        faulthandler.dump_traceback_later(END, exit=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    # Processes share tests by their names: of two with one name a single one would run. Operations
    # of an API (schemathesis 4) differ by `name` alone, which pytest 9.2 leaves out of the id.
    for item in items:
        if getattr(item, "operation_label", None) and item.id.params is None:
            item._id = item.id.with_params(item.operation_label)
    names = Counter(item.nodeid for item in items)
    twice = [name for name, number in names.items() if number > 1]
    if twice:
        raise pytest.UsageError(f"Tests share a name, and only one of them would run: {twice}")
