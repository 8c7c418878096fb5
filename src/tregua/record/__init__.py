"""What is known of a case, and who says so: the first stage of the street.

A case is a folder of four files. `load` reads it into a `Record`; `check` lists everything wrong
with it. No number is without a source, rival figures stand side by side, and what was derived or
recalled is marked and left out of inference unless asked for.

    record = load("el-salvador")
    record.select("homicides", agency="IML")
"""

from tregua.record.compare import diff
from tregua.record.export import FORMATS, export
from tregua.record.load import cases, check, load
from tregua.record.problems import Problem, RecordError, Report
from tregua.record.record import Record
from tregua.record.scaffold import new_case
from tregua.record.schema import (
    LANES,
    STATUSES,
    UNITS,
    Actor,
    Administration,
    Bilingual,
    Case,
    CountingRule,
    Election,
    Era,
    Prior,
    Registers,
    Spread,
    lane,
)

__all__ = [
    "FORMATS",
    "LANES",
    "STATUSES",
    "UNITS",
    "Actor",
    "Administration",
    "Bilingual",
    "Case",
    "CountingRule",
    "Election",
    "Era",
    "Prior",
    "Problem",
    "Record",
    "RecordError",
    "Registers",
    "Report",
    "Spread",
    "cases",
    "check",
    "diff",
    "export",
    "lane",
    "load",
    "new_case",
]
