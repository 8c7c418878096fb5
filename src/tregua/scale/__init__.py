"""Very many worlds: a run cut into shards, on one machine or many, kept with a hash for each.

`Sweep` says what is to be run: strategies, a source of worlds, dates. `run_sweep` runs it into a
folder, an `Archive` that xarray opens; killed at any moment and called again it ends with the same
bytes. `measured_cost` fits what a sweep costs to a few small shards, and `CostModel.of` tells time,
memory, disk and money before anything large is begun.

Results stream to disk, so memory does not grow with the number of worlds.
"""

from tregua.scale.archive import Archive, ArchiveError, Damage, refuse_full_disk
from tregua.scale.cost import CostModel, CostPoint, Estimate, measured_cost
from tregua.scale.schedule import Finished, SchedulerError, check_scheduler, run_sweep
from tregua.scale.shards import ShardResult, run_shard
from tregua.scale.sources import FromCloud, FromDraws, FromPrior, Source
from tregua.scale.summary import summarise
from tregua.scale.sweep import SWEEP_VARIABLES, Shard, Sweep, SweepError
from tregua.simulate.worlds import processors

__all__ = [
    "SWEEP_VARIABLES",
    "Archive",
    "ArchiveError",
    "CostModel",
    "CostPoint",
    "Damage",
    "Estimate",
    "Finished",
    "FromCloud",
    "FromDraws",
    "FromPrior",
    "SchedulerError",
    "Shard",
    "ShardResult",
    "Source",
    "Sweep",
    "SweepError",
    "check_scheduler",
    "measured_cost",
    "processors",
    "refuse_full_disk",
    "run_shard",
    "run_sweep",
    "summarise",
]
