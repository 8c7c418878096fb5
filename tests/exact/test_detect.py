"""Is the compiled recursion the model? Every path summed, and dense matrices, say so."""

import itertools

import numpy as np
import pytest

from tregua.infer.counts.lattice import DECLINE, PERSISTENT, WALK, Chain, chain
from tregua.infer.counts.recursion import Evidence, backward, forward
from tregua.infer.counts.reference import dense_month, dense_smoother
from tregua.infer.counts.settings import Settings

ONE_DEPTH = Settings(
    depths=(0.18,),
    depth_prior=(1.0,),
    spike_heights=(0.36,),
    spike_prior=(1.0,),
    spike_hazard=0.05,
    step=0.18,
    jump_mean=0.1,
)


def tiny_evidence(the_chain, *, months, cells, blocks=(), accumulator=6, seed=3, jump=-1):
    """Random likelihoods; `blocks` are (first, last, months that only have a count inside).

    In month `jump` the rule of counting changes.
    """
    rng = np.random.default_rng(seed)
    width = cells + int(the_chain.offsets.max())
    block = np.full(months, -1)
    member = np.zeros(months, dtype=np.int64)
    for number, (first, last, alone) in enumerate(blocks):
        block[first : last + 1] = number
        member[first : last + 1] = 1
        member[list(alone)] = 0
    own = rng.uniform(0.05, 1, (months, width))
    own[member == 1] = 1.0
    moved = rng.uniform(0, 2.5, (months, width))
    return Evidence(
        own=own,
        block=block.astype(np.int64),
        member=member,
        first=np.array([b[0] for b in blocks], dtype=np.int64),
        last=np.array([b[1] for b in blocks], dtype=np.int64),
        whole=np.floor(moved).astype(np.int64),
        part=moved - np.floor(moved),
        total=rng.uniform(0.05, 1, (len(blocks), accumulator)),
        low=np.zeros(len(blocks), dtype=np.int64),
        high=np.full(len(blocks), cells, dtype=np.int64),
        walk=np.where(np.arange(months) == jump, WALK + 3, WALK),
    )


def enumerate_paths(the_chain: Chain, evidence: Evidence, cells: int):
    """Sum over every path of states, and over every way the accumulator may have split."""
    rows, months = the_chain.initial.size, evidence.own.shape[0]
    matrices = {int(walk): dense_month(the_chain, cells, int(walk))[0] for walk in evidence.walk}
    top = evidence.total.shape[1] - 1
    states = [(row, k) for row in range(rows) for k in range(cells)]
    smoothed, evidence_sum = np.zeros((months, rows)), 0.0
    for path in itertools.product(range(len(states)), repeat=months):
        weight = the_chain.initial[states[path[0]][0]] / cells
        for t, (one, two) in enumerate(itertools.pairwise(path), start=1):
            weight *= matrices[int(evidence.walk[t])][one, two]
        sums = {0: 1.0}
        for t, index in enumerate(path):
            row, k = states[index]
            seen = k + int(the_chain.offsets[row])
            if evidence.member[t]:
                whole, part = evidence.whole[t, seen], evidence.part[t, seen]
                moved: dict[int, float] = {}
                for cell, share in sums.items():
                    low = min(cell + whole, top)
                    moved[low] = moved.get(low, 0) + share * (1 - part)
                    up = min(low + 1, top)
                    moved[up] = moved.get(up, 0) + share * part
                sums = moved
            else:
                weight *= evidence.own[t, seen]
            block = evidence.block[t]
            if block >= 0 and evidence.last[block] == t:
                weight *= sum(s * evidence.total[block, cell] for cell, s in sums.items())
                sums = {0: 1.0}
        evidence_sum += weight
        for t, index in enumerate(path):
            smoothed[t, states[index][0]] += weight
    return np.log(evidence_sum), smoothed / evidence_sum


@pytest.mark.parametrize(
    ("blocks", "jump"),
    [((), -1), (((0, 1, ()),), -1), (((1, 2, ()),), 2), (((0, 2, (1,)),), -1), ((), 1)],
)
def test_every_path_summed_by_hand_gives_the_same_probabilities(blocks, jump):
    the_chain = chain(ONE_DEPTH, 0.15, spreads=(0.3,))
    evidence = tiny_evidence(the_chain, months=3, cells=3, blocks=blocks, jump=jump)
    past = forward(the_chain, evidence)
    smoothed = backward(the_chain, evidence, past)
    log_evidence, rows = enumerate_paths(the_chain, evidence, 3)
    assert past.log_evidence[-1] == pytest.approx(log_evidence, abs=1e-10)
    np.testing.assert_allclose(smoothed.rows, rows, atol=1e-10)


@pytest.mark.parametrize("jump", [-1, 3])
@pytest.mark.parametrize(
    "blocks",
    [(), ((2, 4, ()),), ((0, 3, (1, 2)), (4, 5, ())), ((1, 5, (3,)), (7, 9, ()))],
)
def test_the_recursion_equals_dense_matrices(blocks, jump):
    settings = Settings(
        depths=(0.18, 0.54),
        depth_prior=(0.6, 0.4),
        spike_heights=(0.24, 0.6),
        spike_prior=(0.7, 0.3),
        step=0.06,
    )
    the_chain = chain(settings, 0.05, spreads=(0.15,))
    evidence = tiny_evidence(
        the_chain, months=10, cells=21, blocks=blocks, accumulator=8, jump=jump
    )
    past = forward(the_chain, evidence)
    smoothed = backward(the_chain, evidence, past)
    dense = dense_smoother(the_chain, evidence)
    np.testing.assert_allclose(past.log_evidence, dense["log_evidence"], atol=1e-10)
    np.testing.assert_allclose(past.rows, dense["filtered"], atol=1e-10)
    np.testing.assert_allclose(smoothed.rows, dense["rows"], atol=1e-10)
    np.testing.assert_allclose(smoothed.baseline, dense["state"].sum(axis=1), atol=1e-10)
    np.testing.assert_allclose(past.level.sum(axis=1), 1.0, atol=1e-10)
    np.testing.assert_allclose(smoothed.reversible.sum(axis=1), dense["reversible"], atol=1e-10)
    np.testing.assert_allclose(smoothed.persistent.sum(axis=1), dense["persistent"], atol=1e-10)


def test_a_month_conserves_probability():
    month, reversible, persistent = dense_month(chain(Settings(), 0.05), 40)
    np.testing.assert_allclose(month.sum(axis=1), 1.0, atol=1e-12)
    calm = np.zeros(len(month))
    calm[20] = 1.0  # no regime, in the middle of the lattice
    assert (calm @ reversible).sum() == pytest.approx(1 / 150)
    assert (calm @ persistent).sum() == pytest.approx(1 / 150)


@pytest.mark.parametrize("sd", [0.02, 0.05, 0.09])
def test_the_random_step_has_the_stated_variance_on_the_lattice(sd):
    the_chain = chain(Settings(), sd)
    taps = the_chain.kernels[WALK, : the_chain.sizes[WALK]]
    cells = the_chain.lows[WALK] + np.arange(taps.size)
    assert taps @ (0.06 * cells) == pytest.approx(0.0, abs=1e-12)
    assert taps @ (0.06 * cells) ** 2 == pytest.approx(sd**2, rel=1e-6)


def test_regimes_start_in_their_long_run_shares():
    # Without evidence the filtered shares stay where they began: they are stationary.
    the_chain = chain(Settings(), 0.05)
    evidence = tiny_evidence(the_chain, months=30, cells=40)
    evidence = evidence._replace(own=np.ones_like(evidence.own))
    past = forward(the_chain, evidence)
    np.testing.assert_allclose(past.rows[-1], the_chain.initial, atol=1e-10)
    assert past.log_evidence[-1] == pytest.approx(0.0, abs=1e-9)
    # Rates per month over rates of leaving: hazard 1/150 for 24 months less what begins meanwhile.
    assert 0.05 < past.rows[-1, PERSISTENT] < 0.16
    assert 0.05 < past.rows[-1, DECLINE] < 0.16


def test_compiled_and_interpreted_give_the_same_bits():
    the_chain = chain(ONE_DEPTH, 0.15)
    evidence = tiny_evidence(the_chain, months=5, cells=4, blocks=((1, 3, (2,)),))
    from tregua.infer.counts import recursion

    past = forward(the_chain, evidence)
    row = past.state[4, 0]
    wide, out, again = np.zeros(4 + 200), np.zeros(4), np.zeros(4)
    recursion.spread(row, the_chain, WALK, wide, out)
    recursion.spread.py_func(row, the_chain, WALK, wide, again)
    assert (out == again).all()
