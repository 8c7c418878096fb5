"""Do the matched defaults make pacts of the known kind, with luck that the match did not use?

Bounds are 0.6 to 1.5 times the target, with 300 worlds. The moment nearest to a bound is the share
of worlds with an exception: 0.41 over eleven other seeds, 0.028 being its spread by binomial luck,
and 0.30 its bound, nearly four spreads away; all others are further. A false alarm of the whole
test comes less than once in a thousand seeds; the seed is fixed.
"""

import pytest

from tregua import decide, model, record

KNOWN = record.load("el-salvador")
LOWEST, HIGHEST = 0.6, 1.5

# Weights as they were before the match: recorded killing in pacts was little more than half its
# target. The test must notice.
EARLIER = {
    "government_precision": 2.6,
    "government_revision": 1.2,
    "gang_precision": 11.5,
    "trust_gain": 1.3,
    "trust_loss": 1.3,
    "inertia": 0.76,
    "restraint_cost": 0.22,
    "pressing_cost": 0.25,
    "undetected": 0.36,
}


def outside(draws):
    seen = decide.decision_moments(decide.decision_worlds(KNOWN, draws, seed=21))
    ratios = {m.name: seen[m.name] / m.target for m in decide.DECISION_MOMENTS}
    return {name: ratio for name, ratio in ratios.items() if not LOWEST < ratio < HIGHEST}


def test_the_defaults_reproduce_the_eight_moments():
    assert outside(model.defaults(worlds=300)) == {}


def test_weights_that_were_not_matched_do_not():
    assert "recorded_in_pact" in outside(model.defaults(EARLIER, worlds=300))


@pytest.mark.parametrize("name", decide.DECISION_WEIGHTS)
def test_matched_defaults_lie_inside_their_ranges(name):
    parameter = model.Parameter[name]
    assert parameter.low < parameter.default < parameter.high
