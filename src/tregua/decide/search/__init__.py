"""Search over policy timelines: levers, Pareto sets, and a judgement on worlds not searched.

`Plan` is a timeline made of `LEVERS`; `Trial` a set of worlds on which plans are tried;
`search_timelines` looks for plans that no other dominates over several harms, and `SearchResult`
tells how they fare on held-out worlds, beside shipped strategies and random search.
`nondominated`, `hypervolume` and their like serve any table of outcomes.
"""

from tregua.decide.search.evolve import SEARCH_ALGORITHMS, Archive, evolve
from tregua.decide.search.levers import (
    LEVERS,
    TRIGGERS,
    Lever,
    Plan,
    Trigger,
    lever_table,
    plan_of,
)
from tregua.decide.search.optimise import SearchResult, search_timelines
from tregua.decide.search.pareto import (
    SearchLibraryError,
    hypervolume,
    membership,
    nondominated,
    pareto_ranks,
    representatives,
)
from tregua.decide.search.trial import OBJECTIVES, Trial, objectives_named

__all__ = [
    "LEVERS",
    "OBJECTIVES",
    "SEARCH_ALGORITHMS",
    "TRIGGERS",
    "Archive",
    "Lever",
    "Plan",
    "SearchLibraryError",
    "SearchResult",
    "Trial",
    "Trigger",
    "evolve",
    "hypervolume",
    "lever_table",
    "membership",
    "nondominated",
    "objectives_named",
    "pareto_ranks",
    "plan_of",
    "representatives",
    "search_timelines",
]
