"""Rules that tests share: how answers make a verdict, and which sources stand behind them."""

from __future__ import annotations

import pandas as pd

from tregua.assess.verdict import Judgement, NotTestable

__all__ = ["EXCEPTION", "NAN", "Values", "all_or_mixed", "sources_of", "value_of"]

NAN = float("nan")

EXCEPTION = pd.Timestamp("2022-03-27")
"""First day of the state of exception in El Salvador."""

Values = dict[str, float | int | str]
"""Numbers and words that a claim's sentence quotes."""


def sources_of(*frames: pd.DataFrame) -> tuple[str, ...]:
    """Ids of the sources behind some observations or events, sorted, each once."""
    return tuple(sorted({str(source) for frame in frames for source in frame["source"]}))


def all_or_mixed(yes: list[bool]) -> Judgement:
    """Supported if every answer is yes, contradicted if none is, else mixed."""
    if all(yes):
        return "supported"
    return "mixed" if any(yes) else "contradicted"


def value_of(rows: pd.DataFrame, en: str, es: str) -> float:
    """Value of the last row.

    Parameters
    ----------
    rows
        Observations, in order.
    en, es
        What the figure is of, for the message where there is none.

    Raises
    ------
    NotTestable
        If there is no row.
    """
    if rows.empty:
        raise NotTestable(
            f"The record holds no usable figure for {en}.",
            f"El registro no tiene una cifra utilizable de {es}.",
        )
    return float(rows["value"].to_numpy()[-1])
