"""What holds for every test."""

import os


def pytest_configure(config):
    # GNU readline, which pytest imports, tells child processes the size of a terminal, even where
    # there is none: the processes that share the tests would print narrower than one alone does.
    if hasattr(config, "workerinput"):
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)
