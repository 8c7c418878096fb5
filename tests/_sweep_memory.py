"""A plan and the whole run beside it, as one process lives them: -m tests._sweep_memory FOLDER."""

import json
import sys
import time
from pathlib import Path

from tests._sweep import sweep

from tregua import scale
from tregua.scale.cost import resident_memory

WORLDS, SIZES, CORES = 64 * 120, (64, 128, 192, 256, 512), 2
A_FEW = 20  # shards after which everything has been used once


def main(folder):
    one = sweep(worlds=WORLDS)
    plan = scale.measured_cost(one, sizes=SIZES).of(one, cores=CORES)
    seen = {}

    def progress(done, total):
        seen.setdefault("few" if done < A_FEW else "many", []).append(resident_memory() or 0.0)

    begun = time.process_time()
    done = scale.run_sweep(one, folder / "run", workers=CORES, progress=progress)
    seconds = time.process_time() - begun
    parts = [*done.archive.store.glob("*/c/0/*/**/*"), *done.archive.folder.glob("receipts/*/*")]
    found = {
        "shards": len(one),
        "memory": plan.memory,
        "memory_between": plan.memory_between,
        "peak": resident_memory(peak=True),
        "after_a_few": max(seen["few"]),
        "after_all": max(seen["many"][-A_FEW:]),
        "disk_between": plan.disk_between,
        "shards_on_disk": sum(file.stat().st_size for file in parts if file.is_file()),
        "seconds_between": [3600 * hours for hours in plan.core_hours_between],
        "seconds": seconds,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
