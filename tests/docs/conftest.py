"""One small study, made once, for the tests of the documentation."""

import fcntl
import os
import shutil
from contextlib import contextmanager

import pytest

from tregua import study


@contextmanager
def alone(file):
    """No two processes at once in this context; a process that ends lets the next one in."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def first_look(tmp_path_factory):
    """A folder that holds the smallest study (50 worlds), to be read only.

    Where several processes share the tests, the first to ask makes it and the others wait.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # that of the run; each process has its own within
    made = shared / "first-look"
    with alone(shared / "first-look.lock"):
        if not made.exists():
            making = shared / "first-look.making"
            study.run("el-salvador", out=making, worlds=50, seed=1)
            making.rename(made)
    return made


@pytest.fixture(scope="session")
def workplace(tmp_path_factory, first_look):
    """A folder in which somebody has looked once (50 worlds) and followed the tutorial.

    Both places hold the same small study, so that pages that resume it or read its data run
    quickly. What a page writes here stays in this process.
    """
    folder = tmp_path_factory.mktemp("workplace")
    shutil.copytree(first_look, folder / "first-look")
    (folder / "tregua-out").mkdir()
    (folder / "tregua-out" / "el-salvador").symlink_to(folder / "first-look")
    return folder
