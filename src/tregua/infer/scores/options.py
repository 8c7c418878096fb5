"""What a score is told, and how series are taken one after another or side by side.

Results come back in the order of the series, and every random number belongs to a seed, a world, a
month and a purpose, so that the number of threads changes no bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Options", "Tables", "each", "luck"]

Tables = Mapping[str, pd.DataFrame]
"""Tables of a score, by name."""
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Options:
    """What a score is told.

    Attributes
    ----------
    seed
        Seed of every random number.
    quick
        Fewer worlds: a first look in less than a minute, with wide intervals.
    worlds
        Synthetic worlds of each kind; the score's own number if None.
    threads
        Series taken side by side; one per available processor if None.
    cases
        Folder of series of other places; nothing is read elsewhere if None.
    progress
        Called as ``progress(done, total)``.
    """

    seed: int = 1
    quick: bool = False
    worlds: int | None = None
    threads: int | None = None
    cases: Path | None = None
    progress: Callable[[int, int], None] | None = None

    def number(self, full: int, quick: int) -> int:
        """Worlds to take: as told, or one of these."""
        return self.worlds or (quick if self.quick else full)


def each(make: Callable[[Given], Made], given: Sequence[Given], options: Options) -> list[Made]:
    """Apply a function to each of several things, side by side, and keep their order.

    Parameters
    ----------
    make
        The function.
    given
        The things.
    options
        How many threads, and whom to tell of progress.
    """
    if hasattr(os, "sched_getaffinity"):
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    made: list[Made] = []
    with ThreadPoolExecutor(options.threads or processors) as pool:
        try:
            for result in pool.map(make, given):
                made.append(result)
                if options.progress is not None:
                    options.progress(len(made), len(given))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return made


def luck(seed: int, errand: int, world: int, *shape: int) -> NDArray[np.float64]:
    """Uniform numbers that belong to a seed, an errand and a world.

    Parameters
    ----------
    seed
        Seed.
    errand
        What the numbers are for; different errands share none.
    world
        The world.
    *shape
        Shape of the array.
    """
    key = np.array([seed, (errand << 32) + world], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).random(shape)
