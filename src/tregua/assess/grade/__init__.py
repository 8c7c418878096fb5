"""Designs graded where the truth is known: on this project's own simulated worlds.

A design that promises an interval of 90 % should exclude "no effect" in one of ten worlds in which
nothing happened, no more often. Whether it does cannot be seen on a record, where the truth is
unknown; on pairs of simulated worlds that differ in one event alone, it can be counted.

`worlds_of` makes such pairs, one kind a `Scenario`; `ASK` puts the question to each design; `grade`
counts errors and `marks_of` sums them up. `reputations` is what a design's own summary then says of
it. What comes with this version is read by `shipped_marks`.
"""

from tregua.assess.grade.marks import NOMINAL, marks_of, reputations
from tregua.assess.grade.questions import ASK, GRADED, Answer, Ratio, available
from tregua.assess.grade.run import grade
from tregua.assess.grade.shipped import shipped_marks, shipped_provenance
from tregua.assess.grade.worlds import SCENARIOS, Known, Scenario, worlds_of

__all__ = [
    "ASK",
    "GRADED",
    "NOMINAL",
    "SCENARIOS",
    "Answer",
    "Known",
    "Ratio",
    "Scenario",
    "available",
    "grade",
    "marks_of",
    "reputations",
    "shipped_marks",
    "shipped_provenance",
    "worlds_of",
]
