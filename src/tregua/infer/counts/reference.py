r"""The same model as one dense matrix: slow, short, and the standard for the compiled recursion.

States are all pairs (regime row, level cell) in one long vector, a month is one matrix, and an
accumulator is one vector a cell. Nothing is shared with the compiled code but the numbers of the
chain. Meant for tests and benchmarks; memory grows with the square of the lattice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tregua.infer.counts.lattice import (
    CLIMB,
    DECLINE,
    DROP,
    FIRST,
    LEAP,
    NONE,
    PERSISTENT,
    REBOUND,
    RISE,
    WALK,
    Chain,
)
from tregua.infer.counts.recursion import Evidence

__all__ = ["dense_month", "dense_smoother"]

Floats = NDArray[np.float64]


def _blur(chain: Chain, kernel: int, cells: int) -> Floats:
    """Matrix [from level, to level] of one kernel; mass beyond an end stays in the end cell."""
    matrix = np.zeros((cells, cells))
    for level in range(cells):
        for tap in range(chain.sizes[kernel]):
            to = min(max(level + chain.lows[kernel] + tap, 0), cells - 1)
            matrix[level, to] += chain.kernels[kernel, tap]
    return matrix


def dense_month(chain: Chain, cells: int, walk: int = WALK) -> tuple[Floats, Floats, Floats]:
    """One month as a dense matrix, and the parts of it that are abrupt falls.

    Parameters
    ----------
    chain
        The transition.
    cells
        Lattice cells.
    walk
        Kernel of the month's random step without drift.

    Returns
    -------
    month, reversible, persistent : ndarray, (rows * cells, rows * cells)
        Probabilities [from state, to state]; the latter two hold only entries to abrupt falls.
    """
    depths = chain.shifts.size
    heights, spikes = chain.heights.size, FIRST + 2 * depths
    rows = spikes + 2 * heights
    starts_p, starts_c, starts_d, starts_r, starts_u, forget, stage, erode, back, kept, deeper = (
        chain.rates[:11]
    )
    starts_s, stage_s = chain.rates[11:]
    same = np.eye(cells)
    change = np.zeros((rows, cells, rows, cells))
    falls = np.zeros((2, rows, cells, rows, cells))
    stay = 1 - starts_p - starts_c - starts_d - starts_r - starts_u - starts_s
    for row in [*range(FIRST), *range(spikes, rows)]:
        lapse = forget if NONE < row < FIRST else 0.0
        if row < FIRST:
            change[row, :, row] += (stay - lapse) * same
            change[row, :, NONE] += lapse * same
        change[row, :, DECLINE] += starts_d * same
        change[row, :, CLIMB] += starts_u * same
        change[row, :, RISE] += starts_r * _blur(chain, LEAP, cells)
        falls[1, row, :, PERSISTENT] += starts_c * _blur(chain, DROP, cells)
        for depth in range(depths):
            falls[0, row, :, FIRST + depth] += starts_p * chain.depth_prior[depth] * same
        for height in range(heights if row < FIRST else 0):
            change[row, :, spikes + height] += starts_s * chain.height_prior[height] * same
    for depth in range(depths):
        first, second = FIRST + depth, FIRST + depths + depth
        sunk = np.zeros((cells, cells))
        sunk[np.arange(cells), np.maximum(np.arange(cells) - chain.shifts[depth], 0)] = 1
        change[first, :, first] += (1 - stage) * same
        change[first, :, second] += stage * same
        change[second, :, second] += (1 - stage - erode) * same
        change[second, :, second - 1 if depth else NONE] += erode * same
        change[second, :, NONE] += stage * back * _blur(chain, REBOUND, cells)
        change[second, :, PERSISTENT] += stage * kept * sunk
        falls[1, second, :, PERSISTENT] += stage * deeper * sunk @ _blur(chain, DROP, cells)
    for height in range(heights):
        first, second = spikes + height, spikes + heights + height
        stay = 1 - starts_p - starts_c - starts_d - starts_r - starts_u
        change[first, :, first] += stay * (1 - stage_s) * same
        change[first, :, second] += stay * stage_s * same
        change[second, :, second] += stay * (1 - stage_s) * same
        change[second, :, NONE] += stay * stage_s * _blur(chain, REBOUND, cells)
    step = np.zeros((rows, cells, rows, cells))
    for row in range(rows):
        kernel = walk + 1 if row == DECLINE else walk + 2 if row == CLIMB else walk
        step[row, :, row] = _blur(chain, kernel, cells)
    size = rows * cells
    flat = step.reshape(size, size)
    reversible, persistent = (part.reshape(size, size) @ flat for part in falls)
    return change.reshape(size, size) @ flat + reversible + persistent, reversible, persistent


def _own(chain: Chain, own: Floats, cells: int) -> Floats:
    """A month's likelihood by state."""
    up, down = -chain.heights, chain.shifts
    shifts = np.r_[np.zeros(FIRST, dtype=int), down, down, up, up]
    return np.concatenate([own[down.max() - s : down.max() - s + cells] for s in shifts])


def _deposit(chain: Chain, evidence: Evidence, month: int, cells: int) -> NDArray[np.float64]:
    """Accumulator moves of a member month: [from accumulator, to accumulator, state]."""
    size = evidence.total.shape[1]
    whole = _own(chain, evidence.whole[month].astype(float), cells).astype(int)
    part = _own(chain, evidence.part[month], cells)
    move = np.zeros((size, size, whole.size))
    state = np.arange(whole.size)
    for cell in range(size):
        lower = np.minimum(cell + whole, size - 1)
        upper = np.minimum(lower + 1, size - 1)
        move[cell, lower, state] += 1 - part  # each state once, so no index repeats
        move[cell, upper, state] += part
    return move


def dense_smoother(chain: Chain, evidence: Evidence) -> dict[str, Floats]:
    """Filter and smooth with dense matrices.

    Parameters
    ----------
    chain, evidence
        As given to the compiled recursion; blocks keep the whole lattice here.

    Returns
    -------
    dict
        `log_evidence` (months,), `filtered` and `rows` (months, rows), `state` (months, rows,
        cells), `reversible` and `persistent` (months,): expected abrupt falls that begin.
    """
    months = evidence.own.shape[0]
    cells = evidence.own.shape[1] - chain.shifts.max() - max(chain.heights, default=0)
    kinds = {int(walk): dense_month(chain, cells, int(walk)) for walk in set(evidence.walk)}
    size, rows = evidence.total.shape[1], chain.initial.size
    weights = []  # how a month maps accumulator x state to the same, after its transition
    alpha = np.zeros((months, size, rows * cells))
    log_evidence = np.zeros(months)
    before = np.zeros((size, rows * cells))
    before[0] = np.repeat(chain.initial / cells, cells)
    for t in range(months):
        block = evidence.block[t]
        move = np.einsum("ab,s->abs", np.eye(size), _own(chain, evidence.own[t], cells))
        if block >= 0 and evidence.member[t]:
            move = _deposit(chain, evidence, t, cells)
        if block >= 0 and evidence.last[block] == t:
            settled = np.einsum("abs,b->as", move, evidence.total[block])
            move = np.zeros_like(move)
            move[:, 0] = settled
        weights.append(move)
        moved = before if t == 0 else before @ kinds[int(evidence.walk[t])][0]
        now = np.einsum("as,abs->bs", moved, move)
        log_evidence[t] = np.log(now.sum()) + (log_evidence[t - 1] if t else 0.0)
        alpha[t] = before = now / now.sum()
    beta = np.ones((size, rows * cells))
    smoothed = np.zeros((months, rows, cells))
    expected = np.zeros((2, months))
    for t in range(months - 1, -1, -1):
        joint = (alpha[t] * beta).sum(axis=0).reshape(rows, cells)
        smoothed[t] = joint / joint.sum()
        later = np.einsum("abs,bs->as", weights[t], beta)
        if t == 0:
            break
        month_matrix, *falls = kinds[int(evidence.walk[t])]
        mass = (alpha[t - 1] * (later @ month_matrix.T)).sum()
        expected[:, t] = [(alpha[t - 1] * (later @ fall.T)).sum() / mass for fall in falls]
        beta = later @ month_matrix.T / mass
    return {
        "log_evidence": log_evidence,
        "filtered": alpha.sum(axis=1).reshape(months, rows, cells).sum(axis=2),
        "rows": smoothed.sum(axis=2),
        "state": smoothed,
        "reversible": expected[0],
        "persistent": expected[1],
    }
