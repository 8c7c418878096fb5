"""Synthetic totals for the core claim, whose answer is known because it was planted."""

import numpy as np

from tregua import model
from tregua.decide import robustness
from tregua.decide.robustness import CoreFinding, CorePlan, Experiments

TURN = 0.5
"""Recruitment at which the pact begins to lose against reform, from five years on."""


def planted(
    *, points=600, worlds=60, levels=5, noise=0.1, seed=3, worlds_from="given", mirrored=False
):
    """A finding in which growth alone decides against reform, and nothing elsewhere.

    Against reform the gap is recruitment less 0.5, and the world's luck, from five years on; before
    it is below 0. Against mano dura it is below 0 in the first year and above 0 from then on.
    Against the status quo it is below 0. Mirrored, every gap has the other sign.
    """
    draws = model.prior_draws(max(points, worlds), seed=seed)
    plan = CorePlan.of(draws, points=points, worlds=worlds, levels=levels, seed=seed)
    problem = plan.design.problem
    rows = robustness.designs.rows_at(plan.design.place, draws.weights)
    luck = np.random.Generator(np.random.Philox(key=[seed, 77])).normal(size=len(draws))[rows]
    growth = plan.design.inputs["recruitment"].to_numpy()
    tables = []
    for outcome in problem.outcomes:
        late = outcome.years >= 5
        gaps = {
            "reform": growth - TURN + noise * luck if late else -1.0 + noise * luck,
            "mano_dura": (1.0 if outcome.years > 1 else -1.0) + noise * luck,
            "status_quo": -1.0 + noise * luck,
        }
        pact = 10.0 + luck
        sign = 1.0 if mirrored else -1.0
        columns = [pact + sign * gaps[name] for name in problem.strategies[1:]]
        tables.append(np.stack([pact, *columns], axis=1))
    runs = Experiments(
        problem, plan.design.inputs, draws.worlds[rows], tuple(tables), "2012-01", plan.design.how
    )
    return CoreFinding(plan, runs, worlds_from, seed)
