"""Which strategy, if we may be wrong: strategies, comparison in the same worlds, core claim.

Strategies differ only in what they do; the worlds they meet are the same. `compare` runs them,
`Comparison` holds the harm ledger, paired differences and fans against one reply of the gangs, a
`Crossing` against several; `compare_until` stops when the error is small, `sentences` writes what
may be printed, and `weighed` applies weights that a reader states. `counterfactuals` asks under
which assumptions the sign of a difference holds, and `return_threshold` evaluates the closed form
for whether a gang outlives mass arrest. Governments and gangs that choose by what they want do so
by the utilities and the logit rule given here. Nothing is ever added up over unlike harms.

`Bargain` asks an earlier question in closed form: would both sides keep a pact, and if not, what
would have to change? `bargain_verdict` judges one, `feasible_region` a plane of them.

`stylised_facts` asks simulated worlds what is known of El Salvador already, twenty facts with
targets and tolerances; `match_decisions` looks for weights of decisions that make pacts begin, last
and break as often as they did.

`parallel_env` hands the game, step by step, to agents that learn.

A `Scenario` is one plan in stated worlds, the schema of files, requests and addresses alike;
`run_scenario` runs it beside the status quo.

Three packages go further, and are used by their own names. `tregua.decide.robustness`: what if the
model is wrong? Regret, the corner where a conclusion holds, what it hangs on, and what becomes of
it under rival models. `tregua.decide.strategic`: what follows if each side answers the other?
Equilibria of one month, promises kept over many, best replies found in the simulator.
`tregua.decide.search`: which timelines of policy are not dominated, judged on worlds that the
search has not seen?
"""

from tregua.decide.bargain import Bargain, Term, bargain_terms
from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import (
    HORIZONS,
    LEDGER,
    OUTCOMES,
    WORLDS_FROM,
    Comparison,
    Paired,
    known_outcomes,
)
from tregua.decide.counterfactuals import COUNTERFACTUALS, Counterfactual, core_claim
from tregua.decide.crossing import Crossing
from tregua.decide.enforcement import (
    BargainVerdict,
    Change,
    JointPact,
    bargain_verdict,
    coalitions,
    feasible_region,
    joint_pact,
)
from tregua.decide.environment import (
    GOVERNMENT,
    PlayedStep,
    Rewards,
    parallel_env,
    realised_utilities,
)
from tregua.decide.fact_worlds import FactWorlds, Measure, Seen
from tregua.decide.facts import FACTS, FactPart, StylisedFact, count_hits, stylised_facts
from tregua.decide.from_origin import set_from_origin
from tregua.decide.matching import (
    DECISION_MOMENTS,
    DECISION_WEIGHTS,
    DecisionMatch,
    DecisionMoment,
    decision_moments,
    decision_worlds,
    match_decisions,
)
from tregua.decide.monitoring import expected_counts, monitoring_errors
from tregua.decide.printable import Printable, printable, sentences, wilson_interval
from tregua.decide.reported import MOST_WORLDS, comparison_tables
from tregua.decide.respond import logit_probabilities
from tregua.decide.scenario import Block, HiddenPart, Scenario
from tregua.decide.scenario_checks import (
    LANES,
    MOST_WORLDS_OF_SCENARIO,
    ScenarioError,
    ScenarioProblem,
    acting_parameters,
    check_against,
)
from tregua.decide.scenario_file import read_scenario, write_scenario
from tregua.decide.scenario_run import (
    FAN_UNITS,
    ScenarioBaseline,
    ScenarioFan,
    ScenarioRun,
    run_baseline,
    run_fan,
    run_scenario,
    worlds_of_posterior,
)
from tregua.decide.stated_weights import counted_twice, stated_weights, weighed
from tregua.decide.stopping import LEAST_BATCH, Precision, Stopped, compare_until, precisions
from tregua.decide.strategies import CATALOGUE, GANG_STRATEGIES, STRATEGIES, named, reply_named
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
from tregua.decide.weighing import WeighingEngine, WeighingSwarm, weighed_moments

__all__ = [
    "CATALOGUE",
    "COUNTERFACTUALS",
    "DECISION_MOMENTS",
    "DECISION_WEIGHTS",
    "FACTS",
    "FAN_UNITS",
    "GANG_STRATEGIES",
    "GOVERNMENT",
    "HORIZONS",
    "LANES",
    "LEAST_BATCH",
    "LEDGER",
    "MOST_WORLDS",
    "MOST_WORLDS_OF_SCENARIO",
    "OUTCOMES",
    "STRATEGIES",
    "WORLDS_FROM",
    "Bargain",
    "BargainVerdict",
    "Block",
    "Change",
    "Comparison",
    "Counterfactual",
    "Crossing",
    "DecisionMatch",
    "DecisionMoment",
    "FactPart",
    "FactWorlds",
    "HiddenPart",
    "JointPact",
    "Measure",
    "Paired",
    "PlayedStep",
    "Precision",
    "Printable",
    "Rewards",
    "Scenario",
    "ScenarioBaseline",
    "ScenarioError",
    "ScenarioFan",
    "ScenarioProblem",
    "ScenarioRun",
    "Seen",
    "Stopped",
    "StylisedFact",
    "Term",
    "WeighingEngine",
    "WeighingSwarm",
    "acting_parameters",
    "bargain_terms",
    "bargain_verdict",
    "check_against",
    "coalitions",
    "compare",
    "compare_until",
    "comparison_tables",
    "core_claim",
    "count_hits",
    "counted_twice",
    "decision_moments",
    "decision_worlds",
    "expected_counts",
    "expected_record",
    "feasible_region",
    "gang_utilities",
    "gang_utility",
    "government_utilities",
    "government_utility",
    "joint_pact",
    "known_outcomes",
    "logit_probabilities",
    "match_decisions",
    "monitoring_errors",
    "named",
    "parallel_env",
    "persistence",
    "platform",
    "precisions",
    "printable",
    "read_scenario",
    "realised_utilities",
    "reply_named",
    "return_threshold",
    "run_baseline",
    "run_fan",
    "run_scenario",
    "sentences",
    "set_from_origin",
    "state_at",
    "stated_weights",
    "strategy_tables",
    "stylised_facts",
    "weighed",
    "weighed_moments",
    "wilson_interval",
    "worlds_of_posterior",
    "write_scenario",
]
