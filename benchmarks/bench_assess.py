"""What the whole study costs: time and memory of `tregua assess`, before and after compilation.

The first run meets an empty cache and compiles; the second finds machine code; the third resumes
from the stages that the second left. Memory is the peak of the process, as the system reports it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_RUN = """
import resource, sys
from tregua.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak if sys.platform == "darwin" else peak * 1024, file=sys.stderr)
"""


def study(worlds: int, out: Path, cache: Path) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of one study in a fresh process."""
    arguments = ["assess", "el-salvador", "--worlds", str(worlds), "--out", str(out), "--json"]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, int(done.stderr.split()[-1]) / 2**20


def main() -> None:
    """Print one line for each of the three runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    worlds = parser.parse_args().worlds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {
            "first, compiling": study(worlds, folder / "first", folder / "cache"),
            "compiled": study(worlds, folder / "second", folder / "cache"),
            "resumed": study(worlds, folder / "second", folder / "cache"),
        }
    yardstick = runs["compiled"][0]
    print(f"tregua assess --worlds {worlds}, {os.cpu_count()} processors")
    print(f"{'':<20}{'seconds':>10}{'ratio':>8}{'peak MiB':>10}")
    for label, (seconds, memory) in runs.items():
        print(f"{label:<20}{seconds:>10.1f}{seconds / yardstick:>8.2f}{memory:>10.0f}")


if __name__ == "__main__":
    main()
