"""If the model is wrong: regret, rival worlds, sensitivity, and where a conclusion holds.

`Problem` declares what is uncertain, what may be chosen and what matters; a `Design` says which
points to try; `explore` runs every strategy at every point in the same worlds. From what it
returns follow regret (`regret_table`), the corner in which one strategy beats another (`discover`,
`leaves`, told by `box_in_words`), and, with runs of their own, the uncertainties on which the
difference hangs (`sensitivity`) and every conclusion under rival models, readings and priors
(`rival_conclusions`). `core_finding` puts these to work on one question: does a secret pact that
gains in a year lose in the long run, and where does the sign flip?
"""

from tregua.decide.robustness.core import (
    CORE_FACTORS,
    CORE_HORIZONS,
    CORE_REFERENCES,
    CoreFinding,
    CorePlan,
    chief_factors,
    core_finding,
)
from tregua.decide.robustness.core_tables import core_tables
from tregua.decide.robustness.core_words import core_verdict
from tregua.decide.robustness.designs import (
    DESIGNS,
    Design,
    as_given,
    factorial,
    latin_hypercube,
    sobol_points,
)
from tregua.decide.robustness.discovery import Box, Limit, boxes, discover, measured, peel
from tregua.decide.robustness.explore import Experiments, Worlds, explore, given
from tregua.decide.robustness.families import FAMILIES, in_family
from tregua.decide.robustness.regret import (
    absolute_regret,
    cvar,
    expected_maximum,
    minimax_regret,
    regret_table,
    relative_regret,
)
from tregua.decide.robustness.rivals import Rival, rival_conclusions, rivals_of
from tregua.decide.robustness.sensitivity import WORLD, morris_effects, sensitivity, sobol_indices
from tregua.decide.robustness.signs import (
    Share,
    TurningPoint,
    influence,
    share_lower,
    sign_of,
    turning_point,
)
from tregua.decide.robustness.space import (
    CORE_UNCERTAINTIES,
    OUTCOMES,
    Lever,
    Outcome,
    Problem,
    ProblemError,
    Uncertainty,
)
from tregua.decide.robustness.trees import leaves
from tregua.decide.robustness.words import LANGUAGES, box_in_words, box_notes, phrase

__all__ = [
    "CORE_FACTORS",
    "CORE_HORIZONS",
    "CORE_REFERENCES",
    "CORE_UNCERTAINTIES",
    "DESIGNS",
    "FAMILIES",
    "LANGUAGES",
    "OUTCOMES",
    "WORLD",
    "Box",
    "CoreFinding",
    "CorePlan",
    "Design",
    "Experiments",
    "Lever",
    "Limit",
    "Outcome",
    "Problem",
    "ProblemError",
    "Rival",
    "Share",
    "TurningPoint",
    "Uncertainty",
    "Worlds",
    "absolute_regret",
    "as_given",
    "box_in_words",
    "box_notes",
    "boxes",
    "chief_factors",
    "core_finding",
    "core_tables",
    "core_verdict",
    "cvar",
    "discover",
    "expected_maximum",
    "explore",
    "factorial",
    "given",
    "in_family",
    "influence",
    "latin_hypercube",
    "leaves",
    "measured",
    "minimax_regret",
    "morris_effects",
    "peel",
    "phrase",
    "regret_table",
    "relative_regret",
    "rival_conclusions",
    "rivals_of",
    "sensitivity",
    "share_lower",
    "sign_of",
    "sobol_indices",
    "sobol_points",
    "turning_point",
]
