"""Which strategy, if we may be wrong: strategies, comparison in the same worlds, core claim.

Strategies differ only in what they do; the worlds they meet are the same. `compare` runs them,
`Comparison` holds the harm ledger, paired differences and fans; `counterfactuals` asks under which
assumptions the sign of a difference holds, and `return_threshold` evaluates the closed form for
whether a gang outlives mass arrest. Governments and gangs that choose by what they want do so by
the utilities and the logit rule given here. Nothing is ever added up over unlike harms.
"""

from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import HORIZONS, LEDGER, Comparison, Paired
from tregua.decide.counterfactuals import COUNTERFACTUALS, Counterfactual, core_claim
from tregua.decide.respond import logit_probabilities
from tregua.decide.strategies import (
    CATALOGUE,
    GANG_STRATEGIES,
    STRATEGIES,
    named,
    reply_named,
)
from tregua.decide.tables import strategy_tables
from tregua.decide.threshold import persistence, return_threshold
from tregua.decide.utilities import (
    expected_record,
    gang_utilities,
    gang_utility,
    government_utilities,
    government_utility,
    platform,
)

__all__ = [
    "CATALOGUE",
    "COUNTERFACTUALS",
    "GANG_STRATEGIES",
    "HORIZONS",
    "LEDGER",
    "STRATEGIES",
    "Comparison",
    "Counterfactual",
    "Paired",
    "compare",
    "core_claim",
    "expected_record",
    "gang_utilities",
    "gang_utility",
    "government_utilities",
    "government_utility",
    "logit_probabilities",
    "named",
    "persistence",
    "platform",
    "reply_named",
    "return_threshold",
    "state_at",
    "strategy_tables",
]
