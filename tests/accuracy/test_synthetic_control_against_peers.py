"""Does another library give the same mixtures, ridge and path?

`synth_references.json` holds the answers of pysyncon 1.7.0 on three synthetic panels and on the
prisoners of Texas, its routine asked at its tightest tolerance (SLSQP, ftol 1e-15), and for the
published table of cigarettes (Proposition 99) the answers of both with a digest of the table, which
is not kept. Losses agree
within 1e-6 of themselves and paths within 1e-5; weights only within 1e-4, since a loss is flat at
its minimum: an error of e in the loss is one of its root in the weights. At its own tolerance
pysyncon stops earlier, never lower. Its shares sum to 1 up to its tolerance; they are compared once
they are made shares.

The file is written by `benchmarks/bench_synthetic_control.py --references`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from tregua.assess.designs.ridge import ridge_penalties, ridge_weights
from tregua.assess.designs.simplex import simplex_weights

REFERENCES = json.loads(
    Path(__file__).with_name("synth_references.json").read_text(encoding="utf-8")
)
PANELS = sorted(REFERENCES["panels"])


def panel(name):
    given = REFERENCES["panels"][name]
    values, before = np.array(given["values"]), given["before"]
    return values[:before, 0], values[:before, 1:], values[:, 1:]


def as_shares(weights):
    clipped = np.clip(weights, 0, None)
    return clipped / clipped.sum()


@pytest.mark.parametrize("name", PANELS)
def test_losses_and_paths_are_theirs(name):
    target, donors, all_periods = panel(name)
    theirs = REFERENCES["pysyncon"][name]["tightest"]
    fit = simplex_weights(target, donors)
    assert fit.loss == pytest.approx(theirs["loss"], rel=1e-6)
    assert fit.weights == pytest.approx(np.array(theirs["weights"]), abs=1e-4)
    path = all_periods @ np.array(theirs["weights"])
    assert all_periods @ fit.weights == pytest.approx(path, rel=1e-5)


@pytest.mark.parametrize("which", ["tightest", "own"])
@pytest.mark.parametrize("name", PANELS)
def test_ours_is_never_worse(name, which):
    target, donors, _ = panel(name)
    theirs = as_shares(REFERENCES["pysyncon"][name][which]["weights"])
    loss = ((target - donors @ theirs) ** 2).sum()
    assert simplex_weights(target, donors).loss <= loss * (1 + 1e-12)


@pytest.mark.parametrize("name", PANELS)
def test_the_certificate_covers_what_they_found(name):
    target, donors, _ = panel(name)
    fit = simplex_weights(target, donors)
    assert fit.gap <= 1e-9 * fit.loss


@pytest.mark.parametrize("name", PANELS)
def test_the_ridge_is_theirs(name):
    target, donors, _ = panel(name)
    theirs = REFERENCES["pysyncon"][name]["augmented"]
    weights = ridge_weights(
        target, donors, simplex_weights(target, donors).weights, theirs["penalty"]
    )
    assert weights == pytest.approx(np.array(theirs["weights"]), abs=1e-5)


@pytest.mark.parametrize("name", PANELS)
def test_penalties_are_tried_on_their_grid(name):
    target, donors, _ = panel(name)
    theirs = REFERENCES["pysyncon"][name]["cross_validated"]
    _, errors = ridge_penalties(target, donors)
    assert errors["penalty"].to_numpy() == pytest.approx(np.array(theirs["penalties"]), rel=1e-9)


def test_on_the_published_table_both_found_the_same():
    """Figures of one run of both on the table; the digest says which table it was."""
    found = REFERENCES["california"]
    tightest = found["theirs"]["tightest"]
    assert found["ours"]["loss"] == pytest.approx(tightest["loss"], rel=1e-6)
    assert found["ours"]["loss"] <= tightest["loss"]
    assert found["ours"]["gap"] <= 1e-9 * found["ours"]["loss"]
    assert np.abs(np.subtract(found["ours"]["weights"], tightest["weights"])).max() < 1e-4
