"""What it costs to start: `import tregua` and `tregua --help` beside an empty interpreter.

Each is timed in a fresh process, in turn with the others so that a busy moment hits all of them.
The ratio to the empty interpreter is what may be compared between machines.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 15
HELP = "from tregua.cli import main; main(['--help'], standalone_mode=False)"
COMMANDS = {
    "python -c pass": "pass",
    "import tregua": "import tregua",
    "tregua --help": HELP,
}


def seconds(code: str) -> float:
    """Wall time of one fresh interpreter that runs `code`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print medians, and what each adds to an empty interpreter."""
    for code in COMMANDS.values():
        seconds(code)  # files into the system's cache
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, code in COMMANDS.items():
            times[name].append(seconds(code))
    medians = {name: statistics.median(values) for name, values in times.items()}
    empty = medians["python -c pass"]
    print(f"{'':<16}{'median':>10}{'added':>10}{'ratio':>8}")
    for name, median in medians.items():
        added = f"{(median - empty) * 1000:.0f} ms"
        print(f"{name:<16}{median * 1000:>7.0f} ms{added:>10}{median / empty:>8.2f}")


if __name__ == "__main__":
    main()
