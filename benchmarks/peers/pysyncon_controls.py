"""Synthetic controls by pysyncon, in an environment of its own.

Reads panels as JSON on standard input and prints shares, losses and paths as JSON. Its routine is
asked at its tightest tolerance and at the one it uses by itself.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from pysyncon import AugSynth, Dataprep
from pysyncon.base import VanillaOptimMixin

TIGHTEST = {"maxiter": 100_000, "ftol": 1e-15}
OWN = {"maxiter": 1000}


def shares(target, donors, options):
    started = time.process_time()
    weights, _ = VanillaOptimMixin.w_optimize(
        V_mat=np.eye(len(target)), X0=donors, X1=target, qp_options=options
    )
    spent = time.process_time() - started
    loss = float(((target - donors @ weights) ** 2).sum())
    return {"weights": weights.tolist(), "loss": loss, "seconds": spent}


def augmented(values, before, penalty):
    periods, units = values.shape
    names = [f"u{place:02d}" for place in range(units)]
    long = pd.DataFrame(values, columns=names).assign(time=range(periods))
    long = long.melt(id_vars="time", var_name="unit", value_name="value")
    prepared = Dataprep(
        foo=long,
        predictors=[],
        predictors_op="mean",
        dependent="value",
        unit_variable="unit",
        time_variable="time",
        treatment_identifier=names[0],
        controls_identifier=names[1:],
        time_predictors_prior=list(range(before)),
        time_optimize_ssr=list(range(before)),
    )
    fitted = AugSynth()
    fitted.fit(prepared, lambda_=penalty, use_covariates=False)
    return {
        "weights": np.asarray(fitted.W).tolist(),
        "penalty": float(fitted.lambda_),
        "penalties": [] if fitted.cv_result is None else fitted.cv_result.lambdas.tolist(),
    }


def answers(panel):
    values, before = np.array(panel["values"]), panel["before"]
    target, donors = values[:before, 0], values[:before, 1:]
    return {
        "tightest": shares(target, donors, TIGHTEST),
        "own": shares(target, donors, OWN),
        "augmented": augmented(values, before, panel["penalty"]),
        "cross_validated": augmented(values, before, None),
    }


if __name__ == "__main__":
    panels = json.load(sys.stdin)
    json.dump({name: answers(panel) for name, panel in panels.items()}, sys.stdout)
