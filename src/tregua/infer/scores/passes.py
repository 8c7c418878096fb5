r"""Sums over everything that may have happened in a planted world, compiled.

A planted world is a level that wanders, one pact, and at most one permanent fall and one permanent
rise, all at least 18 months apart. Told in order of time it has three parts: *before* the pact
(which decoys have been, and how long ago the last one was), the *pact* (when it began, how long it
lasts, how deep it is, whether it erodes), and *after* it (which decoys are still to come). Each
part is a small hidden Markov model over a lattice of log levels; what the parts must know of each
other is which decoys lie before and which after, four cases each:

======  =================  ===============
number  lies before        is still to come
======  =================  ===============
0       nothing            nothing
1       the fall           the fall
2       the rise           the rise
3       both               both
======  =================  ===============

The likelihood of one pact is :math:`\sum_{f,c} w_{f,c}\,\langle M\alpha_f, \beta_c\rangle`, with
:math:`\alpha_f` the level just before it and the counts so far, *M* the months of the pact,
:math:`\beta_c` the likelihood of the counts after it and *w* the prior of its begin, length and
decoys. All pacts are enumerated. A decoy's age is counted up to :data:`WAIT` months, after
which something else may begin.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.infer.scores.worlds import APART, MONTHS

__all__ = ["WAIT", "Law", "Moves", "Sums", "View", "run_law"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WAIT = APART
"""Months that must pass; slots 0 to `WAIT` count them, the last one holds all later months."""
_FIRST, _LAST = APART, MONTHS - APART  # decoys begin in months [first, last)


class Moves(NamedTuple):
    """How the level moves: shares of steps in cells, and the offset of the first of them."""

    walk: Floats
    walk_low: int
    fall: Floats
    fall_low: int
    rise: Floats
    rise_low: int


class Law(NamedTuple):
    """Prior shares of what may happen.

    Attributes
    ----------
    lengths : ndarray of int, (lengths,)
        Lengths of a pact, months.
    depths : ndarray, (effects,)
        Log effects of a pact in fine cells, below 0.
    pact : ndarray, (months, lengths, 4, 4)
        Share of a pact's begin and length with decoys before and to come; a decoy's place is not in
        it twice: each place has this share.
    open : ndarray, (months, lengths, 4)
        The same, with all places of decoys to come.
    before : ndarray, (months, 4, slots)
        Share of all pacts that begin after a month and all decoys after it, by what lies before.
    never : ndarray, (months, 4, slots)
        The same in a world that holds no pact.
    ahead : ndarray, (months, 4, slots)
        Places of the decoys to come after a month.
    """

    lengths: Ints
    depths: Floats
    pact: Floats
    open: Floats
    before: Floats
    never: Floats
    ahead: Floats


class View(NamedTuple):
    """What the counts say of log levels.

    `fine` is (months, fine cells), `own` (months, cells) its part outside pacts. Cell `k` of the
    lattice is fine cell `origin + k * grain`; the world begins in cell `start`.
    """

    fine: Floats
    own: Floats
    origin: int
    grain: int
    start: int


class Sums(NamedTuple):
    """Sums over all histories.

    `pact` (months, lengths) given all counts; `before`, `inside`, `after` and `never` (months,)
    given the counts up to a month; `total` all histories that end well, by the forward pass.
    """

    pact: Floats
    before: Floats
    inside: Floats
    after: Floats
    never: Floats
    total: float


@compiled
def ahead_of(values: Floats, taps: Floats, low: int, out: Floats) -> None:
    """Spread mass over cells by shares of steps; what would leave the lattice stays at its end."""
    n = values.size
    for k in range(n):
        out[k] = 0.0
    for j in range(taps.size):
        shift, share = low + j, taps[j]
        for k in range(max(0, -shift), min(n, n - shift)):
            out[k + shift] += share * values[k]
        for k in range(max(0, n - shift), n):
            out[n - 1] += share * values[k]
        for k in range(min(n, -shift)):
            out[0] += share * values[k]


@compiled
def back_from(values: Floats, taps: Floats, low: int, out: Floats) -> None:
    """Transpose of :func:`ahead_of`."""
    n = values.size
    for k in range(n):
        out[k] = 0.0
    for j in range(taps.size):
        shift, share = low + j, taps[j]
        for k in range(max(0, -shift), min(n, n - shift)):
            out[k] += share * values[k + shift]
        for k in range(max(0, n - shift), n):
            out[k] += share * values[n - 1]
        for k in range(min(n, -shift)):
            out[k] += share * values[0]


@compiled
def add_product(one: Floats, two: Floats, out: Floats) -> None:
    """Add the product of two rows to a third."""
    for k in range(out.size):
        out[k] += one[k] * two[k]


@compiled
def times(factor: Floats, row: Floats) -> None:
    """Multiply a row by another."""
    for k in range(row.size):
        row[k] *= factor[k]


@compiled
def sum_of(row: Floats) -> float:
    """Sum of a row, in four strands so that additions need not wait."""
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
def swap(table: Floats, other: Floats) -> None:
    """Copy `other` into `table` and clear it."""
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            for k in range(table.shape[2]):
                table[i, j, k] = other[i, j, k]
                other[i, j, k] = 0.0


@compiled
def jump(moves: Moves, rise: bool, values: Floats, out: Floats) -> None:
    """Take a permanent rise or a permanent fall."""
    if rise:
        ahead_of(values, moves.rise, moves.rise_low, out)
    else:
        ahead_of(values, moves.fall, moves.fall_low, out)


@compiled
def jump_back(moves: Moves, rise: bool, values: Floats, out: Floats) -> None:
    """Transpose of :func:`jump`."""
    if rise:
        back_from(values, moves.rise, moves.rise_low, out)
    else:
        back_from(values, moves.fall, moves.fall_low, out)


@compiled
def go_before(view: View, moves: Moves, law: Law, ready: Floats, sums: Sums) -> None:
    """Filter the months before a pact.

    `ready` (months, 4, cells) is filled with the states from which a pact may begin in the month
    after, by the decoys that lie before.
    """
    cells = view.own.shape[1]
    state, later = np.zeros((4, WAIT + 1, cells)), np.zeros((4, WAIT + 1, cells))
    moved, jumped = np.zeros(cells), np.zeros(cells)
    state[0, WAIT, view.start] = 1.0
    for month in range(MONTHS):
        own = view.own[month]
        for been in range(4):
            for slot in range(WAIT + 1):
                if sum_of(state[been, slot]) == 0.0:
                    continue
                ahead_of(state[been, slot], moves.walk, moves.walk_low, moved)
                add_product(moved, own, later[been, min(slot + 1, WAIT)])
                if slot == WAIT and _FIRST <= month < _LAST:
                    for decoy in range(1, 3):
                        if been & decoy == 0:
                            jump(moves, decoy == 2, moved, jumped)
                            add_product(jumped, own, later[been | decoy, 0])
        swap(state, later)
        for been in range(4):
            for k in range(cells):
                ready[month, been, k] = state[been, WAIT, k]
            for slot in range(WAIT + 1):
                mass = sum_of(state[been, slot])
                sums.before[month] += mass * law.before[month, been, slot]
                sums.never[month] += mass * law.never[month, been, slot]


@compiled
def begin_back(
    moves: Moves, own: Floats, after: Floats, coming: int, moved: Floats, value: Floats
) -> None:
    """Add to `value` what decoys that begin in a month make of the likelihoods `after` it."""
    jumped = np.zeros(value.size)
    for decoy in range(1, 3):
        if coming & decoy:
            for k in range(value.size):
                moved[k] = own[k] * after[coming - decoy, k]
            jump_back(moves, decoy == 2, moved, jumped)
            for k in range(value.size):
                value[k] += jumped[k]


@compiled
def wait_back(view: View, moves: Moves, month: int, end: int, moved: Floats, value: Floats) -> None:
    """Take a likelihood back from month `end` to `month` without a decoy."""
    for wait in range(end - 1, month - 1, -1):
        times(view.own[wait], value)
        back_from(value, moves.walk, moves.walk_low, moved)
        for k in range(value.size):
            value[k] = moved[k]


@compiled
def look_back(view: View, moves: Moves, later: Floats) -> None:
    """Likelihood of the counts from a month on, given the level before it, after a pact.

    `later` (months + 1, 4, cells), by the decoys still to come, none of which begins for
    :data:`WAIT` months.
    """
    cells = view.own.shape[1]
    free = np.zeros((MONTHS + 1, 4, cells))  # a decoy may begin at once
    value, moved = np.zeros(cells), np.zeros(cells)
    for k in range(cells):
        free[MONTHS, 0, k] = 1.0
        later[MONTHS, 0, k] = 1.0
    for month in range(MONTHS - 1, -1, -1):
        own = view.own[month]
        end = min(month + WAIT, MONTHS)
        for coming in range(4):
            for k in range(cells):
                value[k] = own[k] * free[month + 1, coming, k]
            if _FIRST <= month < _LAST:
                begin_back(moves, own, later[month + 1], coming, moved, value)
            back_from(value, moves.walk, moves.walk_low, free[month, coming])
        for coming in range(4):
            for k in range(cells):
                value[k] = free[end, coming, k]
            wait_back(view, moves, month, end, moved, value)
            for k in range(cells):
                later[month, coming, k] = value[k]


@compiled
def end_pact(
    law: Law, begin: int, place: int, state: Floats, later: Floats, exits: Floats, share: float
) -> float:
    """End a pact: its mass into `exits` by the decoys to come; return its likelihood.

    `later` and `exits` are those of the month after the pact.
    """
    total = 0.0
    for been in range(4):
        for coming in range(4):
            weight = share * law.pact[begin, place, been, coming]
            if weight > 0.0:
                for k in range(state.shape[1]):
                    total += weight * state[been, k] * later[coming, k]
                    exits[coming, k] += weight * state[been, k]
    return total


@compiled
def lives(place: int, eroding: int) -> bool:
    """Whether a length belongs to the pacts in hand: one eroding length, or all lasting ones."""
    return eroding < 0 or eroding == place


@compiled
def longest_of(law: Law, begin: int, eroding: int) -> int:
    """Longest of the pacts in hand that may begin in a month; 0 if none may."""
    longest = 0
    for place in range(law.lengths.size):
        if law.open[begin, place, 0] > 0.0 and lives(place, eroding):
            longest = max(longest, law.lengths[place])
    return longest


@compiled
def open_after(law: Law, begin: int, age: int, eroding: int, been: int) -> float:
    """Share of the pacts in hand that are longer than an age."""
    weight = 0.0
    for place in range(law.lengths.size):
        if law.lengths[place] > age and lives(place, eroding):
            weight += law.open[begin, place, been]
    return weight


@compiled
def go_inside(
    view: View,
    moves: Moves,
    law: Law,
    begin: int,
    depth: float,
    eroding: int,
    ready: Floats,
    later: Floats,
    exits: Floats,
    sums: Sums,
) -> None:
    """Live through the pacts that begin in a month with a depth.

    `eroding` is the place of the length of an eroding pact, -1 for all lasting ones together.
    """
    cells, share = view.own.shape[1], 0.5 / law.depths.size
    longest = longest_of(law, begin, eroding)
    state, moved = np.zeros((4, cells)), np.zeros(cells)
    for been in range(4):
        for k in range(cells):
            state[been, k] = ready[begin - 1, been, k]
    for age in range(longest):
        month = begin + age
        left = 1.0 if eroding < 0 else (longest - age) / longest
        lowest = view.origin + int(np.rint(left * depth))
        for been in range(4):
            if sum_of(state[been]) == 0.0:
                continue
            ahead_of(state[been], moves.walk, moves.walk_low, moved)
            for k in range(cells):
                state[been, k] = moved[k] * view.fine[month, lowest + k * view.grain]
            weight = open_after(law, begin, age, eroding, been)
            sums.inside[month] += share * weight * sum_of(state[been])
        for place in range(law.lengths.size):
            if law.lengths[place] == age + 1 and lives(place, eroding):
                after = month + 1
                sums.pact[begin, place] += end_pact(
                    law, begin, place, state, later[after], exits[after], share
                )


@compiled
def go_after(view: View, moves: Moves, law: Law, exits: Floats, sums: Sums) -> float:
    """Filter the months after a pact; return the mass of all histories that end well."""
    cells = view.own.shape[1]
    state, later = np.zeros((4, WAIT + 1, cells)), np.zeros((4, WAIT + 1, cells))
    moved, jumped = np.zeros(cells), np.zeros(cells)
    for month in range(MONTHS):
        own = view.own[month]
        for coming in range(4):
            for k in range(cells):
                state[coming, 0, k] += exits[month, coming, k]
            for slot in range(WAIT + 1):
                if sum_of(state[coming, slot]) == 0.0:
                    continue
                ahead_of(state[coming, slot], moves.walk, moves.walk_low, moved)
                add_product(moved, own, later[coming, min(slot + 1, WAIT)])
                if slot == WAIT and _FIRST <= month < _LAST:
                    for decoy in range(1, 3):
                        if coming & decoy:
                            jump(moves, decoy == 2, moved, jumped)
                            add_product(jumped, own, later[coming - decoy, 0])
        swap(state, later)
        for coming in range(4):
            for slot in range(WAIT + 1):
                mass = sum_of(state[coming, slot])
                sums.after[month] += mass * law.ahead[month, coming, slot]
    total = 0.0
    for slot in range(WAIT + 1):
        total += sum_of(state[0, slot])
    return total


@compiled
def run_law(view: View, moves: Moves, law: Law) -> Sums:
    """Sum over all histories of a planted world.

    Parameters
    ----------
    view
        What the counts say.
    moves
        How the level moves.
    law
        Prior shares.

    Returns
    -------
    Sums
        All sums share one scale, that of the likelihoods in `view`.
    """
    cells = view.own.shape[1]
    sums = Sums(
        np.zeros((MONTHS, law.lengths.size)),
        np.zeros(MONTHS),
        np.zeros(MONTHS),
        np.zeros(MONTHS),
        np.zeros(MONTHS),
        0.0,
    )
    ready, later = np.zeros((MONTHS, 4, cells)), np.zeros((MONTHS + 1, 4, cells))
    exits = np.zeros((MONTHS + 1, 4, cells))
    go_before(view, moves, law, ready, sums)
    look_back(view, moves, later)
    for begin in range(1, MONTHS):
        possible = 0.0
        for place in range(law.lengths.size):
            possible += law.open[begin, place, 0]
        if possible > 0.0:
            for effect in range(law.depths.size):
                for eroding in range(-1, law.lengths.size):
                    go_inside(
                        view,
                        moves,
                        law,
                        begin,
                        law.depths[effect],
                        eroding,
                        ready,
                        later,
                        exits,
                        sums,
                    )
    total = go_after(view, moves, law, exits, sums)
    return Sums(sums.pact, sums.before, sums.inside, sums.after, sums.never, total)
