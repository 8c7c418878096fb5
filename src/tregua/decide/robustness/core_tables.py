"""The core claim's finding as tables, over several sources of worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tregua.decide.robustness.core import CorePlan, chief_factors, core_finding
from tregua.decide.robustness.core_words import core_verdict
from tregua.decide.robustness.words import LANGUAGES
from tregua.model import Draws, History
from tregua.shelf import Tables
from tregua.simulate import part_of

__all__ = ["core_tables"]

Progress = Callable[[int, int], None]


def core_tables(
    sources: Mapping[str, Draws],
    history: History,
    *,
    origin: str,
    seed: int,
    resamples: int = 400,
    halves: int = 20,
    progress: Progress | None = None,
    **plan: Any,
) -> Tables:
    """The core claim over worlds of several sources, as tables.

    Parameters
    ----------
    sources
        Where worlds come from ("prior", "posterior", "cloud" or "given") and their parameters.
    history, origin, seed
        As `core_finding` takes them.
    resamples, halves
        As `CoreFinding.flips` and `CoreFinding.boxes` take them.
    progress
        Called with (points run, points to run) over all sources.
    plan
        Sizes, horizons, references and factors as `CorePlan.of` takes them.

    Returns
    -------
    Tables
        `finding_shares`, `finding_flips`, `finding_influence`, `finding_map` and `finding_boxes`
        (see the methods of `CoreFinding`; the map is over the same two factors for every source),
        and `finding_verdict` with the columns origin, reference, thesis, sentence_en, sentence_es.

    Raises
    ------
    ValueError
        Without a source, or as `core_finding` and `CorePlan.of`.
    """
    if not sources:
        raise ValueError("The core claim needs worlds: give at least one source of them.")
    plans = {name: CorePlan.of(draws, seed=seed, **plan) for name, draws in sources.items()}
    found = [
        core_finding(
            draws,
            history,
            origin=origin,
            seed=seed,
            worlds_from=name,
            plan=plans[name],
            progress=part_of(progress, place, len(sources)),
        )
        for place, (name, draws) in enumerate(sources.items())
    ]
    shares = _stacked([each.shares() for each in found])
    flips = _stacked([each.flips(resamples=resamples) for each in found])
    influences = _stacked([each.influences() for each in found])
    factors = chief_factors(influences)
    told = {language: core_verdict(shares, flips, language) for language in LANGUAGES}
    verdict = told["en"][["reference", "thesis"]].assign(
        **{f"sentence_{language}": table["sentence"] for language, table in told.items()}
    )
    verdict.insert(0, "origin", origin)
    return {
        "finding_shares": shares,
        "finding_flips": flips,
        "finding_influence": influences,
        "finding_map": _stacked([each.sign_map(factors) for each in found]),
        "finding_boxes": _stacked([each.boxes(halves=halves) for each in found]),
        "finding_verdict": verdict,
    }


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)
