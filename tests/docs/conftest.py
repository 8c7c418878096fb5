"""One small study, made once, for the tests of the documentation."""

import pytest

from tregua import study


@pytest.fixture(scope="session")
def workplace(tmp_path_factory):
    """A folder in which somebody has looked once (50 worlds) and followed the tutorial.

    Both places hold the same small study, so that pages that resume it or read its data run
    quickly.
    """
    folder = tmp_path_factory.mktemp("workplace")
    study.run("el-salvador", out=folder / "first-look", worlds=50, seed=1)
    (folder / "tregua-out").mkdir()
    (folder / "tregua-out" / "el-salvador").symlink_to(folder / "first-look")
    return folder
