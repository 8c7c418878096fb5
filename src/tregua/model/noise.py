"""Noise: random numbers that belong to a world, a week and a purpose, and to nothing else.

A generator that is called in order gives different numbers as soon as one call is added or left
out; two strategies could then never meet the same worlds. Here a number is a pure function of
(seed, world, step, purpose, gang): the Philox 4x32-10 bijection (Salmon, Moraes, Dror and Shaw,
2011, "Parallel random numbers: as easy as 1, 2, 3") scrambles those coordinates into 128 bits,
which make two uniform numbers. No state is carried, any number can be made again alone, and
threads cannot change a bit.

All arithmetic is on 64-bit integers kept below 2**32 by masks, in an order that plain Python
repeats exactly.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from tregua.compiled import compiled, inlined

__all__ = ["Noise", "Purpose", "philox", "scramble", "uniform_pair"]

_LOW = 0xFFFFFFFF
_MULTIPLIER_A = 0xD2511F53
_MULTIPLIER_B = 0xCD9E8D57
_WEYL_A = 0x9E3779B9
_WEYL_B = 0xBB67AE85
_TO_UNIT = 2.0**-52


class Purpose(IntEnum):
    """What a pair of random numbers is for: the first, then the second.

    Numbers are never shared between purposes; never renumber.
    """

    PRIOR = 1  # a parameter of a world
    MONTH = 2  # a gang's draw of the month
    GOVERNMENT_MONTH = 3  # the government's draw of the month
    REVISION = 4  # when a gang thinks again; what it then chooses
    GOVERNMENT_REVISION = 5  # the same for the government
    ADMINISTRATION = 6  # approval of a new administration; whether the incumbent lost
    HONOUR = 7  # whether a new government breaks the pact; prosecution of negotiators
    LEAK = 8  # leak; sanction
    SANCTION_ENDS = 9  # whether a sanction ends the pact; spoiling by the fringe
    BREACH = 10  # breach towards a gang; whether it ends the pact
    STRIKE = 11  # whether a gang strikes; its dead
    KILLINGS = 12  # killed by a gang; hidden among them
    AMBIENT = 13  # ambient killings; killings by police
    FRINGE = 14  # killings by the fringe
    VICTIMS = 15  # members among the dead; killings that the tally counts
    VICTIM_GANG = 16  # a gang's part of the members among the dead
    RECRUITS = 17  # recruits; exits from the street
    CAPTURED = 18  # captured among them; isolated among these
    PRISON_EXITS = 19  # exits from ordinary prison; from isolation
    PRISON_DEATHS = 20  # dead among them; returned among the living
    BRIEF_ARRESTS = 21  # arrests undone within the week; people wrongly detained
    WRONGLY_EXITS = 22  # exits of the wrongly detained; dead among them
    ORDINARY = 23  # imprisonments for ordinary crime; exits
    ORDINARY_DEATHS = 24  # dead among these
    LEADER_REMOVAL = 25  # removal of a gang's leaders
    ADMISSION = 26  # whether an excluded gang learns of a pact; whether it is admitted


class Noise(NamedTuple):
    """Where a random number comes from.

    Attributes
    ----------
    mean
        1 for the mean reading (means instead of draws), 0 for draws.
    key_low, key_high
        The seed's two 32-bit halves.
    world_low, world_high
        The world's number: low 32 bits, and the 16 bits above them.
    step
        Number of the week on the calendar (weeks since January 1970), any 32-bit value.
    """

    mean: int
    key_low: int
    key_high: int
    world_low: int
    world_high: int
    step: int


@inlined
def _round(
    c0: int, c1: int, c2: int, c3: int, key_low: int, key_high: int
) -> tuple[int, int, int, int]:
    first = _MULTIPLIER_A * (c0 & _LOW)
    second = _MULTIPLIER_B * (c2 & _LOW)
    # A product may pass 2**63 and turn negative; bits 32 to 63 are right all the same.
    return (
        ((second >> 32) & _LOW) ^ c1 ^ (key_low & _LOW),
        second & _LOW,
        ((first >> 32) & _LOW) ^ c3 ^ (key_high & _LOW),
        first & _LOW,
    )


@inlined
def scramble(c0: int, c1: int, c2: int, c3: int, a: int, b: int) -> tuple[int, int, int, int]:
    """Philox 4x32-10, its ten rounds written out: a loop here would keep the lanes apart.

    Parameters and result as those of `philox`; `a`, `b` is the key.
    """
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a, b)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + _WEYL_A, b + _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 2 * _WEYL_A, b + 2 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 3 * _WEYL_A, b + 3 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 4 * _WEYL_A, b + 4 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 5 * _WEYL_A, b + 5 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 6 * _WEYL_A, b + 6 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 7 * _WEYL_A, b + 7 * _WEYL_B)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, a + 8 * _WEYL_A, b + 8 * _WEYL_B)
    return _round(c0, c1, c2, c3, a + 9 * _WEYL_A, b + 9 * _WEYL_B)


@compiled
def philox(
    c0: int, c1: int, c2: int, c3: int, key_low: int, key_high: int
) -> tuple[int, int, int, int]:
    """Scramble a counter of four 32-bit words with a key of two: Philox 4x32-10.

    Returns
    -------
    tuple of int
        Four words, each in [0, 2**32).
    """
    return scramble(c0, c1, c2, c3, key_low, key_high)


@compiled
def uniform_pair(noise: Noise, purpose: int, gang: int, trial: int) -> tuple[float, float]:
    """Two independent uniform numbers, strictly between 0 and 1, of 52 bits each.

    `gang` is 0 to 255; `trial` counts further pairs for the same purpose.
    """
    a, b, c, d = scramble(
        noise.step & _LOW,
        noise.world_low,
        purpose | (gang << 8) | (noise.world_high << 16),
        trial,
        noise.key_low,
        noise.key_high,
    )
    first = ((a << 20) | (b >> 12)) + 0.5
    second = ((c << 20) | (d >> 12)) + 0.5
    return first * _TO_UNIT, second * _TO_UNIT
