"""Which strategy, if we may be wrong: strategies, comparison in the same worlds, core claim.

Strategies differ only in what they do; the worlds they meet are the same. `compare` runs them,
`Comparison` holds the harm ledger, paired differences and fans; `counterfactuals` asks under which
assumptions the sign of a difference holds, and `return_threshold` evaluates the closed form for
whether a gang outlives mass arrest. Nothing is ever added up over unlike harms.
"""

from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import HORIZONS, LEDGER, Comparison, Paired
from tregua.decide.counterfactuals import COUNTERFACTUALS, Counterfactual, core_claim
from tregua.decide.strategies import STRATEGIES, named
from tregua.decide.tables import strategy_tables
from tregua.decide.threshold import persistence, return_threshold

__all__ = [
    "COUNTERFACTUALS",
    "HORIZONS",
    "LEDGER",
    "STRATEGIES",
    "Comparison",
    "Counterfactual",
    "Paired",
    "compare",
    "core_claim",
    "named",
    "persistence",
    "return_threshold",
    "state_at",
    "strategy_tables",
]
