"""Differences in differences under every reasonable choice, so that nobody can pick one.

How many months before treatment a place is compared with itself in, whether places that will be
treated later may serve as a comparison, and how many months after treatment are asked about are
choices. A long base averages more chance away; a short one is nearer to the event. Places not yet
treated are more like the treated, those never treated cannot have begun to act early. An effect may
fade, so that the first half of the months asks another question than all of them.

The places stay the same throughout. A base so long that a treated place has too few months before
its treatment would answer for fewer places, and is refused with their names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pandas as pd

from tregua.assess.designs.differences import (
    Compare,
    Scale,
    differences,
    named_places,
    places_kept,
)
from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.series import DesignError
from tregua.assess.designs.specification import OPTIONS, Choice, specification_curve

__all__ = ["differences_choices", "differences_curve"]

_BASES = (1, 6, 12, 24)  # a month, half a year, and whole years, which hold each season alike


def differences_choices(*, window: int = 12, base: int = 12) -> tuple[Choice, ...]:
    """The choices of `differences_curve`: base, comparison, window.

    Parameters
    ----------
    window, base
        As `differences` takes them; both are among the options.

    Notes
    -----
    Bases are 1, 6, 12 and 24 months and the one given. Windows are the one given and its first
    half, as months since treatment: `+0:+11` are the first twelve.
    """
    halves = dict.fromkeys([(window + 1) // 2, window])
    return (
        Choice(
            "base",
            {str(months): months for months in sorted({*_BASES, base})},
            {
                "en": "A long base holds less chance, a short one is nearer to the event.",
                "es": "Una base larga tiene menos azar; una corta está más cerca del hecho.",
            },
        ),
        Choice(
            "compare",
            {option: option for option in OPTIONS["compare"]},
            {
                "en": "Places treated later are more alike; those never treated do not anticipate.",
                "es": "Los tratados después se parecen más; los nunca tratados no se anticipan.",
            },
        ),
        Choice(
            "window",
            {f"+0:+{months - 1}": months for months in halves},
            {
                "en": "An effect may fade: all months asked about, or their first half.",
                "es": "Un efecto puede apagarse: todos los meses, o su primera mitad.",
            },
        ),
    )


def differences_curve(
    panel: pd.DataFrame,
    *,
    window: int = 12,
    base: int = 12,
    compare: Compare = "not_yet",
    scale: Scale = "ratio",
    level: float = 0.9,
    seed: int = 1,
    resamples: int = 999,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The specification curve of differences in differences: 16 runs, or 20.

    Parameters
    ----------
    panel, window, base, compare, scale, level, seed, resamples
        As `differences` takes them. The scale is no choice: a ratio and a difference of rates have
        different units, and different values that mean no effect (1 and 0).
    lang, progress
        As `specification_curve` takes them.

    Returns
    -------
    pandas.DataFrame
        As `specification_curve` returns it, with columns base, compare and window. One row is what
        `differences` answers to the same settings; `p_placebo` is NaN, no dates are dealt out.

    Raises
    ------
    DesignError
        If the panel cannot be read or nobody in it is treated, as `differences` says it.
    ValueError
        If a setting is out of range.
    """
    kept = places_kept(panel, base=base, compare=compare)
    same = panel[panel["unit"].astype(str).isin(kept)]

    def make(**chosen: Any) -> Estimate:
        _refuse_fewer(same, kept, chosen["base"], base)
        found = differences(
            same, scale=scale, level=level, seed=seed, resamples=resamples, placebos=0, **chosen
        )
        return found.overall

    choices = differences_choices(window=window, base=base)
    return specification_curve(make, choices, lang=lang, progress=progress)


def _refuse_fewer(panel: pd.DataFrame, kept: Collection[str], months: int, base: int) -> None:
    """Refuse a base for which places would have to be left out."""
    left = sorted(set(kept) - set(places_kept(panel, base=months)))
    if left:
        names = named_places(left)
        raise DesignError(
            f"A base of {months} months would leave out places that one of {base} months keeps, "
            f"for want of months before their treatment: {names}.",
            f"Una base de {months} meses excluiría lugares que una de {base} meses conserva, por "
            f"falta de meses antes de su tratamiento: {names}.",
        )
