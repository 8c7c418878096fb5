"""Is starting cheap? Not timed: what costs time is what gets imported."""

import json
import subprocess
import sys

import pytest

HEAVY = {"jinja2", "numba", "numpy", "pandas", "pyarrow", "pydantic", "rich", "scipy", "xarray"}


def loaded_by(code):
    """Heavy libraries that a fresh interpreter holds after running `code`."""
    script = f"import json, sys\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import tregua",
        "from tregua.cli import main; main(['--help'], standalone_mode=False)",
        "from tregua.cli import main; main(['--version'], standalone_mode=False)",
    ],
    ids=["import tregua", "tregua --help", "tregua --version"],
)
def test_starting_loads_nothing_heavy(code):
    assert loaded_by(code) == set()


def test_the_check_sees_a_heavy_import():
    assert "numpy" in loaded_by("import numpy")
