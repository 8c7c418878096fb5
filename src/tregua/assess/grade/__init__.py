"""Designs graded where the truth is known: on this project's own simulated worlds.

A design that promises an interval of 90 % should exclude "no effect" in one of ten worlds in which
nothing happened, no more often. Whether it does cannot be seen on a record, where the truth is
unknown; on pairs of simulated worlds that differ in one event alone, it can be counted.
"""

__all__ = ["NOMINAL"]

NOMINAL: float = 0.1
"""Share of worlds without an effect in which a 90 % interval may exclude none."""
