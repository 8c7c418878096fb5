r"""Forward and backward through the months, exactly, on the lattice.

With :math:`\alpha_t` the probability of each state given the counts up to month *t* and
:math:`\beta_t` the likelihood of the later ones, :math:`\alpha_t\beta_t` is the smoothed
probability (Rabiner 1989). A total *Y* over several unpublished months is a likelihood of the *sum*
of their means, so a third coordinate joins the state inside such a block: an accumulator *a* of the
sum so far. A month adds its mean, split linearly between the two cells that enclose it; the
block's last month weighs each cell by the likelihood of *Y* and drops the coordinate.

The order of one month, written once:

1. the regime may change, perhaps with a jump of the level (:func:`change`);
2. the level takes its random step (:func:`step`), a wider one where the rule of counting changed;
3. the month's own count weighs the states, or its mean joins the accumulator;
4. at the end of a block the accumulator meets the total.

Going back, each step is the transpose of its forward twin. Only block ends are kept on the way
forward; the inside of a block is run again on the way back, so memory does not grow with the
number of blocks. The expected number of abrupt falls that begin in a month falls out of the
transposed step at no cost: the entry's mass times the likelihood of what follows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
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
    Chain,
)

__all__ = ["Evidence", "Past", "Smoothed", "backward", "forward"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Evidence(NamedTuple):
    """What the counts say, month by month, on the lattice of effective levels.

    The effective level of cell `k` under a depth of `s` cells is cell `k - s + deepest`; a spike
    is a negative depth. `Chain.offsets` holds `deepest - s` by regime row.

    Attributes
    ----------
    own : ndarray, (months, effective cells)
        Likelihood of the month's own count; 1 throughout where there is none.
    block : ndarray of int, (months,)
        Block whose span holds the month, -1 if none.
    member : ndarray of int, (months,)
        1 where the month's mean joins the block's total.
    first, last : ndarray of int, (blocks,)
        Span of each block; spans do not overlap.
    whole, part : ndarray, (months, effective cells)
        The month's mean in accumulator cells: whole cells and the rest.
    total : ndarray, (blocks, accumulator cells)
        Likelihood of the block's total for each sum of means.
    low, high : ndarray of int, (blocks,)
        Cells [low, high) of the lattice that are kept inside each block.
    walk : ndarray of int, (months,)
        The chain's kernel of each month's random step without drift; those with drift down and up
        follow it.
    """

    own: Floats
    block: Ints
    member: Ints
    first: Ints
    last: Ints
    whole: Ints
    part: Floats
    total: Floats
    low: Ints
    high: Ints
    walk: Ints


class Past(NamedTuple):
    """What the forward pass leaves.

    States where no block is open; filtered regime rows and effective levels; cumulative evidence.
    """

    state: Floats
    rows: Floats
    level: Floats
    log_evidence: Floats


class Smoothed(NamedTuple):
    """Smoothed marginals: regime rows, effective level, baseline, and abrupt falls by size."""

    rows: Floats
    level: Floats
    baseline: Floats
    reversible: Floats
    persistent: Floats


@compiled
def clear(slab: Floats) -> None:
    """Set a slab to zero."""
    for row in range(slab.shape[0]):
        for k in range(slab.shape[1]):
            slab[row, k] = 0.0


@compiled
def take(source: Floats, low: int, slab: Floats) -> None:
    """Copy the cells of `source` from `low` on into `slab`."""
    for row in range(slab.shape[0]):
        for k in range(slab.shape[1]):
            slab[row, k] = source[row, low + k]


@compiled
def put(slab: Floats, low: int, target: Floats) -> None:
    """Copy `slab` into the cells of `target` from `low` on; the other cells become zero."""
    clear(target)
    for row in range(slab.shape[0]):
        for k in range(slab.shape[1]):
            target[row, low + k] = slab[row, k]


@compiled
def product(one: Floats, two: Floats) -> float:
    """Sum of the products of two rows, in four strands so that additions need not wait."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = one.size - one.size % 4
    for k in range(0, whole, 4):
        a += one[k] * two[k]
        b += one[k + 1] * two[k + 1]
        c += one[k + 2] * two[k + 2]
        d += one[k + 3] * two[k + 3]
    for k in range(whole, one.size):
        a += one[k] * two[k]
    return (a + b) + (c + d)


@compiled
def row_mass(row: Floats) -> float:
    """Sum of a row, in four strands."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = row.size - row.size % 4
    for k in range(0, whole, 4):
        a += row[k]
        b += row[k + 1]
        c += row[k + 2]
        d += row[k + 3]
    for k in range(whole, row.size):
        a += row[k]
    return (a + b) + (c + d)


@compiled
def mass_of(slab: Floats) -> float:
    """Sum of a slab."""
    mass = 0.0
    for row in range(slab.shape[0]):
        mass += row_mass(slab[row])
    return mass


@compiled
def overlap(one: Floats, two: Floats) -> float:
    """Sum of the products of two slabs."""
    mass = 0.0
    for row in range(one.shape[0]):
        mass += product(one[row], two[row])
    return mass


@compiled
def scale(slab: Floats, factor: float) -> None:
    """Multiply a slab in place."""
    for row in range(slab.shape[0]):
        target = slab[row]
        for k in range(target.size):
            target[k] *= factor


@compiled
def scale_all(sums: Floats, factor: float) -> None:
    """Multiply every slab of an accumulator in place."""
    for cell in range(sums.shape[0]):
        scale(sums[cell], factor)


@compiled
def spread(row: Floats, chain: Chain, kernel: int, wide: Floats, out: Floats) -> None:
    """Add to `out` the row convolved with a kernel; mass beyond an end stays in the end cell.

    `wide` is scratch, long enough for the row and the kernel's reach either side. Four taps are
    taken at a time, so that `out` is read and written a quarter as often.
    """
    cells, low, size = row.size, chain.lows[kernel], chain.sizes[kernel]
    left, right = max(0, low + size - 1), max(0, -low)
    for k in range(left):
        wide[k] = 0.0
    inner = wide[left : left + cells]
    for k in range(cells):
        inner[k] = row[k]
    for k in range(left + cells, left + cells + right):
        wide[k] = 0.0
    for tap in range(0, size, 4):
        w0, w1 = chain.kernels[kernel, tap], chain.kernels[kernel, tap + 1]
        w2, w3 = chain.kernels[kernel, tap + 2], chain.kernels[kernel, tap + 3]
        begin = left - low - tap - 3
        source = wide[begin : begin + cells + 3]
        for k in range(cells):
            out[k] += (w3 * source[k] + w2 * source[k + 1]) + (
                w1 * source[k + 2] + w0 * source[k + 3]
            )
    for k in range(min(right, cells)):
        out[0] += chain.below[kernel, k] * row[k]
    for k in range(min(left, cells)):
        out[cells - 1] += chain.above[kernel, k] * row[cells - 1 - k]


@compiled
def gather(row: Floats, chain: Chain, kernel: int, wide: Floats, out: Floats) -> None:
    """Transpose of :func:`spread`, but `out` is overwritten."""
    cells, low, size = row.size, chain.lows[kernel], chain.sizes[kernel]
    left, right = max(0, -low), max(0, low + size - 1)
    for k in range(left):
        wide[k] = row[0]
    inner = wide[left : left + cells]
    for k in range(cells):
        inner[k] = row[k]
        out[k] = 0.0
    for k in range(left + cells, left + cells + right):
        wide[k] = row[cells - 1]
    for tap in range(0, size, 4):
        w0, w1 = chain.kernels[kernel, tap], chain.kernels[kernel, tap + 1]
        w2, w3 = chain.kernels[kernel, tap + 2], chain.kernels[kernel, tap + 3]
        begin = left + low + tap
        source = wide[begin : begin + cells + 3]
        for k in range(cells):
            out[k] += (w0 * source[k] + w1 * source[k + 1]) + (
                w2 * source[k + 2] + w3 * source[k + 3]
            )


@compiled
def lower(row: Floats, shift: int, share: float, out: Floats) -> None:
    """Add a share of a row to `out`, `shift` cells lower; the lowest cell keeps the rest."""
    edge = min(shift, row.size)
    out[0] += share * row_mass(row[:edge])
    source, target = row[edge:], out[: row.size - edge]
    for k in range(source.size):
        target[k] += share * source[k]


@compiled
def entries(chain: Chain, state: Floats, calm: Floats, sunk: Floats) -> None:
    """Fill `calm`, all mass outside reversible falls, and `sunk`, where a jump down starts from.

    A reversible fall that is followed by a further one starts from the level it had reached.
    """
    depths = chain.shifts.size
    cells = state.shape[1]
    for k in range(cells):
        calm[k] = (
            state[NONE, k]
            + state[PERSISTENT, k]
            + state[DECLINE, k]
            + state[RISE, k]
            + state[CLIMB, k]
        )
    for row in range(FIRST + 2 * depths, state.shape[0]):
        source = state[row]
        for k in range(cells):
            calm[k] += source[k]
    for k in range(cells):
        sunk[k] = chain.rates[1] * calm[k]
    deeper = chain.rates[6] * chain.rates[10]
    for depth in range(depths):
        lower(state[FIRST + depths + depth], chain.shifts[depth], deeper, sunk)


@compiled
def staying(rates: Floats) -> float:
    """Probability that no regime begins in a month outside reversible falls and spikes."""
    return float(1.0 - (rates[0] + rates[1] + rates[2] + rates[3] + rates[4] + rates[11]))


@compiled
def change_spikes(chain: Chain, state: Floats, ended: Floats, out: Floats) -> None:
    """Step 1 for spikes: they begin outside others and go through two stages into `ended`."""
    rates, heights, cells = chain.rates, chain.heights.size, state.shape[1]
    stay = staying(rates) + rates[11]
    for height in range(heights):
        row = FIRST + 2 * chain.shifts.size + height
        begins = rates[11] * chain.height_prior[height]
        first, second = state[row], state[row + heights]
        for k in range(cells):
            moved = stay * rates[12] * first[k]
            over = stay * rates[12] * second[k]
            labelled = state[PERSISTENT, k] + state[DECLINE, k] + state[RISE, k] + state[CLIMB, k]
            out[row, k] = stay * first[k] - moved + begins * (state[NONE, k] + labelled)
            out[row + heights, k] = stay * second[k] - over + moved
            ended[k] += over


@compiled
def change(chain: Chain, state: Floats, work: Floats, wide: Floats, out: Floats) -> None:
    """Step 1: regimes change and levels jump; `out` is overwritten.

    `work` has three rows of scratch.
    """
    rates, depths, cells = chain.rates, chain.shifts.size, state.shape[1]
    calm, sunk, ended = work[0], work[1], work[2]
    entries(chain, state, calm, sunk)
    stay = staying(rates)
    for row in range(FIRST):
        keep = stay if row == NONE else stay - rates[5]
        for k in range(cells):
            out[row, k] = keep * state[row, k]
    for k in range(cells):
        ended[k] = 0.0
        labelled = state[PERSISTENT, k] + state[DECLINE, k] + state[RISE, k] + state[CLIMB, k]
        out[NONE, k] += rates[5] * labelled
        out[DECLINE, k] += rates[2] * calm[k]
        out[CLIMB, k] += rates[4] * calm[k]
    for depth in range(depths):
        first, second = state[FIRST + depth], state[FIRST + depths + depth]
        begins = rates[0] * chain.depth_prior[depth]
        later = out[FIRST + depths + depth]
        for k in range(cells):
            out[FIRST + depth, k] = (1.0 - rates[6]) * first[k] + begins * calm[k]
            later[k] = (1.0 - rates[6] - rates[7]) * second[k] + rates[6] * first[k]
            ended[k] += rates[6] * rates[8] * second[k]
    for depth in range(depths):
        second = state[FIRST + depths + depth]
        shallower = out[NONE] if depth == 0 else out[FIRST + depths + depth - 1]
        for k in range(cells):
            shallower[k] += rates[7] * second[k]
        lower(second, chain.shifts[depth], rates[6] * rates[9], out[PERSISTENT])
    change_spikes(chain, state, ended, out)
    for k in range(cells):
        calm[k] *= rates[3]
    for jump in range(3):  # work rows: rises, falls, ends of reversible falls and of spikes
        kernel = LEAP if jump == 0 else (DROP if jump == 1 else REBOUND)
        target = RISE if jump == 0 else (PERSISTENT if jump == 1 else NONE)
        spread(work[jump], chain, kernel, wide, out[target])


@compiled
def kernel_of(row: int, walk: int) -> int:
    """Kernel of the random step in a regime row; `walk` is the month's one without drift."""
    if row == DECLINE:
        return walk + 1
    return walk + 2 if row == CLIMB else walk


@compiled
def step(chain: Chain, walk: int, state: Floats, wide: Floats, out: Floats) -> None:
    """Step 2: the level of every regime takes its random step; `out` is overwritten."""
    clear(out)
    for row in range(state.shape[0]):
        spread(state[row], chain, kernel_of(row, walk), wide, out[row])


@compiled
def unstep(chain: Chain, walk: int, later: Floats, wide: Floats, out: Floats) -> None:
    """Transpose of :func:`step`."""
    for row in range(later.shape[0]):
        gather(later[row], chain, kernel_of(row, walk), wide, out[row])


@compiled
def unchange_spikes(chain: Chain, later: Floats, back: Floats, value: Floats, out: Floats) -> None:
    """Transpose of :func:`change_spikes`.

    `value` is what any other beginning is worth; that of a spike is added, for no spike begins in
    a spike. `back` is what a return to the baseline is worth.
    """
    rates, heights, cells = chain.rates, chain.heights.size, later.shape[1]
    spikes, stay = FIRST + 2 * chain.shifts.size, staying(rates) + rates[11]
    for height in range(heights):
        first, second = later[spikes + height], later[spikes + heights + height]
        one, two = out[spikes + height], out[spikes + heights + height]
        for k in range(cells):
            one[k] = stay * ((1.0 - rates[12]) * first[k] + rates[12] * second[k]) + value[k]
            two[k] = stay * ((1.0 - rates[12]) * second[k] + rates[12] * back[k]) + value[k]
    for height in range(heights):
        begins, first = rates[11] * chain.height_prior[height], later[spikes + height]
        for k in range(cells):
            value[k] += begins * first[k]


@compiled
def unchange(chain: Chain, later: Floats, work: Floats, wide: Floats, out: Floats) -> None:
    """Transpose of :func:`change`."""
    rates, depths, cells = chain.rates, chain.shifts.size, later.shape[1]
    value, dropped, back = work[0], work[1], work[2]
    for jump in range(3):
        kernel = LEAP if jump == 0 else (DROP if jump == 1 else REBOUND)
        source = RISE if jump == 0 else (PERSISTENT if jump == 1 else NONE)
        gather(later[source], chain, kernel, wide, work[jump])
    for k in range(cells):
        value[k] = rates[3] * value[k] + rates[1] * dropped[k]
        value[k] += rates[2] * later[DECLINE, k] + rates[4] * later[CLIMB, k]
    for depth in range(depths):
        begins = rates[0] * chain.depth_prior[depth]
        for k in range(cells):
            value[k] += begins * later[FIRST + depth, k]
    unchange_spikes(chain, later, back, value, out)
    stay = staying(rates)
    for row in range(FIRST):
        forget = 0.0 if row == NONE else rates[5]
        for k in range(cells):
            out[row, k] = (stay - forget) * later[row, k] + forget * later[NONE, k] + value[k]
    for depth in range(depths):
        first, second = later[FIRST + depth], later[FIRST + depths + depth]
        shallower = later[NONE] if depth == 0 else later[FIRST + depths + depth - 1]
        shift = chain.shifts[depth]
        target = out[FIRST + depths + depth]
        for k in range(cells):
            out[FIRST + depth, k] = (1.0 - rates[6]) * first[k] + rates[6] * second[k]
            low = max(k - shift, 0)
            ends = rates[8] * back[k] + rates[9] * later[PERSISTENT, low] + rates[10] * dropped[low]
            target[k] = (1.0 - rates[6] - rates[7]) * second[k] + rates[6] * ends
            target[k] += rates[7] * shallower[k]


@compiled
def weigh(chain: Chain, own: Floats, state: Floats) -> None:
    """Step 3 for a month with a count of its own: multiply every state by its likelihood."""
    cells = state.shape[1]
    for row in range(state.shape[0]):
        begin = chain.offsets[row]
        likelihood = own[begin : begin + cells]
        for k in range(cells):
            state[row, k] *= likelihood[k]


@compiled
def deposit(chain: Chain, whole: Ints, part: Floats, slab: Floats, cell: int, sums: Floats) -> None:
    """Step 3 inside a block: move a slab of accumulator `cell` on by the month's mean."""
    top = sums.shape[0] - 1
    for row in range(slab.shape[0]):
        begin = chain.offsets[row]
        for k in range(slab.shape[1]):
            mass = slab[row, k]
            if mass > 0.0:
                lower = min(cell + whole[begin + k], top)
                upper = min(lower + 1, top)
                moved = part[begin + k] * mass
                sums[lower, row, k] += mass - moved
                sums[upper, row, k] += moved


@compiled
def withdraw(
    chain: Chain, whole: Ints, part: Floats, sums: Floats, cell: int, slab: Floats
) -> None:
    """Transpose of :func:`deposit`; `slab` is overwritten."""
    top = sums.shape[0] - 1
    for row in range(slab.shape[0]):
        begin = chain.offsets[row]
        for k in range(slab.shape[1]):
            lower = min(cell + whole[begin + k], top)
            upper = min(lower + 1, top)
            rest = part[begin + k]
            slab[row, k] = (1.0 - rest) * sums[lower, row, k] + rest * sums[upper, row, k]


@compiled
def is_empty(slab: Floats) -> bool:
    """Whether a slab of the accumulator holds no mass; a full one answers at its first cell."""
    for row in range(slab.shape[0]):
        for k in range(slab.shape[1]):
            if slab[row, k] > 0.0:
                return False
    return True


@compiled
def gathered(sums: Floats, out: Floats) -> float:
    """Mass of each state over all accumulator cells into `out`; return their total."""
    clear(out)
    for cell in range(sums.shape[0]):
        if not is_empty(sums[cell]):
            for row in range(out.shape[0]):
                target, source = out[row], sums[cell, row]
                for k in range(target.size):
                    target[k] += source[k]
    return mass_of(out)


@compiled
def inside(
    chain: Chain,
    evidence: Evidence,
    month: int,
    before: Floats,
    fresh: bool,
    work: Floats,
    wide: Floats,
    slabs: Floats,
    after: Floats,
) -> None:
    """One month inside a block: every slab of the accumulator goes one month on.

    `fresh` says that `before` needs no step: it is the state before the very first count.
    """
    low = evidence.low[evidence.block[month]]
    for cell in range(after.shape[0]):
        clear(after[cell])
    for cell in range(before.shape[0]):
        if is_empty(before[cell]):
            continue
        if fresh:
            take(before[cell], 0, slabs[1])
        else:
            change(chain, before[cell], work, wide, slabs[0])
            step(chain, evidence.walk[month], slabs[0], wide, slabs[1])
        if evidence.member[month] == 1:
            whole, part = evidence.whole[month, low:], evidence.part[month, low:]
            deposit(chain, whole, part, slabs[1], cell, after)
        else:
            weigh(chain, evidence.own[month, low:], slabs[1])
            take(slabs[1], 0, after[cell])


@compiled
def enter(chain: Chain, evidence: Evidence, past: Past, month: int, single: Floats) -> None:
    """Fill `single` with the state before a block's first month, within the block's window."""
    if month == 0:
        share = 1.0 / past.state.shape[2]
        for row in range(single.shape[1]):
            for k in range(single.shape[2]):
                single[0, row, k] = chain.initial[row] * share
    else:
        take(past.state[month - 1], evidence.low[evidence.block[month]], single[0])


@compiled
def run_block(
    chain: Chain,
    evidence: Evidence,
    past: Past,
    block: int,
    work: Floats,
    wide: Floats,
    slabs: Floats,
    inner: Floats,
) -> None:
    """Filter through a block: states with their accumulator into `inner`, results into `past`."""
    first, last = evidence.first[block], evidence.last[block]
    single = np.zeros((1, inner.shape[2], inner.shape[3]))
    enter(chain, evidence, past, first, single)
    log_evidence = past.log_evidence[first - 1] if first > 0 else 0.0
    for month in range(first, last + 1):
        here = month - first
        before = single if here == 0 else inner[here - 1]
        inside(chain, evidence, month, before, month == 0, work, wide, slabs, inner[here])
        total = gathered(inner[here], slabs[0])
        scale_all(inner[here], 1.0 / total)
        log_evidence += np.log(total)
        past.log_evidence[month] = log_evidence
        scale(slabs[0], 1.0 / total)
        share_out(chain, slabs[0], evidence.low[block], past.rows[month], past.level[month])


@compiled
def share_out(chain: Chain, slab: Floats, low: int, rows: Floats, level: Floats) -> None:
    """Set the share of each regime row and of each effective level.

    The slab adds up to 1 and begins at cell `low`.
    """
    level[:] = 0.0
    for row in range(slab.shape[0]):
        source = slab[row]
        target = level[low + chain.offsets[row] :]
        rows[row] = row_mass(source)
        for k in range(source.size):
            target[k] += source[k]


@compiled
def settle(total: Floats, sums: Floats, out: Floats) -> None:
    """Step 4: weigh each cell of the accumulator by the total's likelihood and drop it."""
    clear(out)
    for cell in range(sums.shape[0]):
        weight = total[cell]
        if weight > 0.0:
            for row in range(out.shape[0]):
                for k in range(out.shape[1]):
                    out[row, k] += weight * sums[cell, row, k]


@compiled
def margin_of(chain: Chain) -> int:
    """Cells beyond the row that the widest kernel needs, both sides together."""
    widest = 0
    for kernel in range(chain.sizes.size):
        low, high = chain.lows[kernel], chain.lows[kernel] + chain.sizes[kernel] - 1
        widest = max(widest, max(0, -low) + max(0, high))
    return widest


@compiled
def forward(chain: Chain, evidence: Evidence) -> Past:
    """Filter: states given the counts so far.

    Parameters
    ----------
    chain
        One month's transition.
    evidence
        Likelihoods and blocks.

    Returns
    -------
    Past
        `state` (months, rows, cells) is filled where no block is open at the month's end;
        `rows` (months, rows) and `level` (months, effective cells) are filtered shares;
        `log_evidence` (months,) is cumulative.
    """
    months, effective = evidence.own.shape
    cells = effective - chain.offsets.max()
    rows, margin = chain.initial.size, margin_of(chain)
    past = Past(
        np.zeros((months, rows, cells)),
        np.zeros((months, rows)),
        np.zeros((months, effective)),
        np.zeros(months),
    )
    work, wide = np.zeros((3, cells)), np.zeros(cells + margin)
    slabs = np.zeros((2, rows, cells))
    month = 0
    while month < months:
        block = evidence.block[month]
        if block >= 0:
            month = evidence.last[block]
            window = evidence.high[block] - evidence.low[block]
            length = month - evidence.first[block] + 1
            inner = np.zeros((length, evidence.total.shape[1], rows, window))
            few, narrow = np.zeros((2, rows, window)), np.zeros(window + margin)
            little = np.zeros((3, window))
            run_block(chain, evidence, past, block, little, narrow, few, inner)
            settle(evidence.total[block], inner[length - 1], few[0])
            put(few[0], evidence.low[block], past.state[month])
        else:
            if month == 0:
                for row in range(rows):
                    for k in range(cells):
                        past.state[0, row, k] = chain.initial[row] / cells
            else:
                change(chain, past.state[month - 1], work, wide, slabs[0])
                step(chain, evidence.walk[month], slabs[0], wide, past.state[month])
                past.log_evidence[month] = past.log_evidence[month - 1]
            weigh(chain, evidence.own[month], past.state[month])
        total = mass_of(past.state[month])
        scale(past.state[month], 1.0 / total)
        past.log_evidence[month] += np.log(total)
        share_out(chain, past.state[month], 0, past.rows[month], past.level[month])
        month += 1
    return past


@compiled
def meet(state: Floats, later: Floats, joint: Floats) -> None:
    """Add the product of a slab's past and future to `joint`."""
    for row in range(state.shape[0]):
        target, one, two = joint[row], state[row], later[row]
        for k in range(target.size):
            target[k] += one[k] * two[k]


@compiled
def record_state(chain: Chain, joint: Floats, low: int, month: int, smoothed: Smoothed) -> float:
    """Set the month's marginals from `joint`, normalised; return the mass taken out.

    `low` is the cell at which `joint` begins.
    """
    mass = mass_of(joint)
    scale(joint, 1.0 / mass)
    share_out(chain, joint, low, smoothed.rows[month], smoothed.level[month])
    baseline = smoothed.baseline[month, low:]
    for row in range(joint.shape[0]):
        source = joint[row]
        for k in range(source.size):
            baseline[k] += source[k]
    return mass


@compiled
def begin_falls(chain: Chain, state: Floats, value: Floats, work: Floats, falls: Floats) -> None:
    """Add the mass of abrupt falls that begin in a month to `falls`, by size.

    `state` is the month before; `value` is what the month's count and all later ones say about
    each state just after step 1. Entries are the depths, then the sizes of a persistent jump.
    """
    depths, cells, taps = chain.shifts.size, state.shape[1], chain.sizes[DROP]
    calm, sunk = work[0], work[1]
    entries(chain, state, calm, sunk)
    for depth in range(depths):
        falls[depth] += product(calm, value[FIRST + depth])
    kept, jumps = value[PERSISTENT], falls[depths:]
    for k in range(cells):
        inner = max(0, min(taps, -(k + chain.lows[DROP])))
        edge = sunk[k] * kept[0]
        for tap in range(inner):
            jumps[tap] += edge
        source = kept[k + chain.lows[DROP] + inner : k + chain.lows[DROP] + taps]
        rest = jumps[inner:taps]
        for tap in range(source.size):
            rest[tap] += sunk[k] * source[tap]


@compiled
def record_falls(chain: Chain, falls: Floats, mass: float, month: int, smoothed: Smoothed) -> None:
    """Set the month's expected falls by size from what :func:`begin_falls` gathered."""
    depths = chain.shifts.size
    for depth in range(depths):
        weight = chain.rates[0] * chain.depth_prior[depth]
        smoothed.reversible[month, depth] += weight * falls[depth] / mass
    for tap in range(chain.sizes[DROP]):
        weight = chain.kernels[DROP, tap]
        smoothed.persistent[month, tap] += weight * falls[depths + tap] / mass


@compiled
def back_slab(
    chain: Chain,
    walk: int,
    before: Floats,
    later: Floats,
    work: Floats,
    wide: Floats,
    slab: Floats,
    falls: Floats,
) -> None:
    """Take one slab from its value after step 2 to its value at the end of the month before.

    `later` enters as the former and leaves as the latter; the month's falls are gathered.
    """
    unstep(chain, walk, later, wide, slab)
    begin_falls(chain, before, slab, work, falls)
    unchange(chain, slab, work, wide, later)


@compiled
def back_month(
    chain: Chain,
    evidence: Evidence,
    month: int,
    before: Floats,
    work: Floats,
    wide: Floats,
    slab: Floats,
    sums: Floats,
    falls: Floats,
) -> float:
    """Take every slab of a block one month back, `sums[0]` to `sums[1]`; gather falls.

    Returns the mass of which the gathered falls are a share.
    """
    low = evidence.low[evidence.block[month]]
    mass = 0.0
    for cell in range(before.shape[0]):
        value = sums[1, cell]
        if is_empty(before[cell]):
            clear(value)
            continue
        if evidence.member[month] == 1:
            whole, part = evidence.whole[month, low:], evidence.part[month, low:]
            withdraw(chain, whole, part, sums[0], cell, value)
        else:
            take(sums[0, cell], 0, value)
            weigh(chain, evidence.own[month, low:], value)
        if month > 0:
            walk = evidence.walk[month]
            back_slab(chain, walk, before[cell], value, work, wide, slab, falls)
            mass += overlap(before[cell], value)
    for cell in range(before.shape[0]):
        take(sums[1, cell], 0, sums[0, cell])
    return mass


@compiled
def back_block(
    chain: Chain,
    evidence: Evidence,
    past: Past,
    block: int,
    later: Floats,
    work: Floats,
    wide: Floats,
    slabs: Floats,
    inner: Floats,
    falls: Floats,
    smoothed: Smoothed,
) -> None:
    """Smooth a whole block; `later` enters as the value at its end, leaves as that before it."""
    first, last, low = evidence.first[block], evidence.last[block], evidence.low[block]
    again = Past(
        past.state,
        np.zeros_like(past.rows),
        np.zeros_like(past.level),
        np.zeros_like(past.log_evidence),
    )
    run_block(chain, evidence, again, block, work, wide, slabs, inner)
    sums = np.zeros((2, inner.shape[1], inner.shape[2], inner.shape[3]))
    single = np.zeros((1, inner.shape[2], inner.shape[3]))
    enter(chain, evidence, past, first, single)
    for cell in range(sums.shape[1]):
        take(later, low, sums[0, cell])
        scale(sums[0, cell], evidence.total[block, cell])
    for month in range(last, first - 1, -1):
        here = month - first
        clear(slabs[0])
        for cell in range(sums.shape[1]):
            if not is_empty(inner[here, cell]):
                meet(inner[here, cell], sums[0, cell], slabs[0])
        scale_all(sums[0], 1.0 / record_state(chain, slabs[0], low, month, smoothed))
        falls[:] = 0.0
        before = inner[here - 1] if here > 0 else single
        mass = back_month(chain, evidence, month, before, work, wide, slabs[0], sums, falls)
        if month > 0:
            record_falls(chain, falls, mass, month, smoothed)
    put(sums[0, 0], low, later)


@compiled
def backward(chain: Chain, evidence: Evidence, past: Past) -> Smoothed:
    """Smooth: states given all counts, and where abrupt falls begin.

    Parameters
    ----------
    chain, evidence
        As given to :func:`forward`.
    past
        What :func:`forward` returned.

    Returns
    -------
    Smoothed
        Marginals per month, each adding up to 1. `reversible` (months, depths) and `persistent`
        (months, jump sizes) are expected numbers of abrupt falls that begin in the month.
    """
    months, effective = evidence.own.shape
    rows, cells = past.state.shape[1], past.state.shape[2]
    smoothed = Smoothed(
        np.zeros((months, rows)),
        np.zeros((months, effective)),
        np.zeros((months, cells)),
        np.zeros((months, chain.shifts.size)),
        np.zeros((months, chain.sizes[DROP])),
    )
    margin, columns = margin_of(chain), chain.shifts.size + chain.sizes[DROP]
    work, wide = np.zeros((3, cells)), np.zeros(cells + margin)
    slab, falls = np.zeros((rows, cells)), np.zeros(columns)
    later = np.ones((rows, cells))
    month = months - 1
    while month >= 0:
        block = evidence.block[month]
        if block >= 0:
            window = evidence.high[block] - evidence.low[block]
            length = evidence.last[block] - evidence.first[block] + 1
            inner = np.zeros((length, evidence.total.shape[1], rows, window))
            few, narrow = np.zeros((2, rows, window)), np.zeros(window + margin)
            little = np.zeros((3, window))
            back_block(
                chain, evidence, past, block, later, little, narrow, few, inner, falls, smoothed
            )
            month = evidence.first[block] - 1
            continue
        clear(slab)
        meet(past.state[month], later, slab)
        record_state(chain, slab, 0, month, smoothed)
        if month > 0:
            weigh(chain, evidence.own[month], later)
            falls[:] = 0.0
            walk = evidence.walk[month]
            back_slab(chain, walk, past.state[month - 1], later, work, wide, slab, falls)
            mass = overlap(past.state[month - 1], later)
            record_falls(chain, falls, mass, month, smoothed)
            scale(later, 1.0 / mass)
        month -= 1
    return smoothed
