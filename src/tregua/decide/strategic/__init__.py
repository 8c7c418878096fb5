"""Strategic play: equilibria of one month, promises kept over months, best replies found.

What follows if each side answers the other? `stage_game` writes one month of a state as a game in
normal form, `pure_equilibria`, `mixed_equilibria`, `logit_equilibrium` and `correlated_equilibrium`
solve it; a `Plan` says when the shadow of the future keeps a promise, and gives back the bargain's
conditions; `best_reply_to` searches the reply that is best in the simulator itself, and
`exploitability` and `deviations` what it gains: a government, gangs as one, or one gang alone.
"""

from tregua.decide.strategic.best_reply import (
    BestReply,
    best_reply_to,
    deviations,
    exploitability,
)
from tregua.decide.strategic.equilibria import (
    CorrelatedEquilibrium,
    correlated_equilibrium,
    correlated_range,
    logit_equilibrium,
    logit_path,
    mixed_equilibria,
    pure_equilibria,
)
from tregua.decide.strategic.normal_form import Equilibrium, NormalForm
from tregua.decide.strategic.repeated import (
    Plan,
    bargain_limits,
    grim_trigger,
    pact_patience,
    pact_plan,
    patience_needed,
    punishment,
    quantal_pact,
    repeat_last,
)
from tregua.decide.strategic.stage_game import quantal_months, stage_game, views_at

__all__ = [
    "BestReply",
    "CorrelatedEquilibrium",
    "Equilibrium",
    "NormalForm",
    "Plan",
    "bargain_limits",
    "best_reply_to",
    "correlated_equilibrium",
    "correlated_range",
    "deviations",
    "exploitability",
    "grim_trigger",
    "logit_equilibrium",
    "logit_path",
    "mixed_equilibria",
    "pact_patience",
    "pact_plan",
    "patience_needed",
    "punishment",
    "pure_equilibria",
    "quantal_months",
    "quantal_pact",
    "repeat_last",
    "stage_game",
    "views_at",
]
