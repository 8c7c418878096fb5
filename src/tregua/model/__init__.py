"""The game we believe in: state, parameters, actors and one week's transition.

The transition is written once (`tregua.model.transition`), in terms of samplers that give draws or
means (`tregua.model.chance`). Parameters are declared once, with their priors and their origin
(`tregua.model.parameters`). What the government and the gangs do comes from a script, which drives
history, or from strategies, which drive what might have been.
"""

from tregua.model.actor import GangAction, PactEnd, Stance
from tregua.model.history import History
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.measurement import (
    MEASURES,
    Measure,
    beta_shapes,
    log_beta_binomial,
    log_log_normal,
    log_negative_binomial,
    measure_table,
    measures,
)
from tregua.model.mechanisms import MECHANISMS, Mechanism
from tregua.model.observation import GangView, View, in_view, own
from tregua.model.parameters import (
    PARAMETERS,
    PHYSICAL,
    Draws,
    Parameter,
    UnknownParameterError,
    defaults,
    parameter_table,
    prior_draws,
)
from tregua.model.script import Era, Script
from tregua.model.setting import Setting, el_salvador
from tregua.model.state import GangSlot, Slot, State, initial_state
from tregua.model.strategy import (
    GangStrategy,
    GovernmentStrategy,
    Profile,
    Strategy,
    StrategyError,
    answer_in_kind,
    gangs,
    government,
    indifferent,
)
from tregua.model.timeline import Phase, Timeline

__all__ = [
    "MEASURES",
    "MECHANISMS",
    "PARAMETERS",
    "PHYSICAL",
    "Draws",
    "Era",
    "GangAction",
    "GangQuantity",
    "GangSlot",
    "GangStrategy",
    "GangView",
    "GovernmentStrategy",
    "History",
    "Measure",
    "Mechanism",
    "PactEnd",
    "Parameter",
    "Phase",
    "Profile",
    "Quantity",
    "Script",
    "Setting",
    "Slot",
    "Stance",
    "State",
    "Strategy",
    "StrategyError",
    "Timeline",
    "UnknownParameterError",
    "View",
    "answer_in_kind",
    "beta_shapes",
    "defaults",
    "el_salvador",
    "gangs",
    "government",
    "in_view",
    "indifferent",
    "initial_state",
    "log_beta_binomial",
    "log_log_normal",
    "log_negative_binomial",
    "measure_table",
    "measures",
    "own",
    "parameter_table",
    "prior_draws",
]
