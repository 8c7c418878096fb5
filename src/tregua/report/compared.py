"""Who is best in how many worlds, and what may be printed, as the page shows it.

One small table a horizon: harms by strategies, worlds of ten in which a strategy does least of that
harm. Below it the sentences that `tregua.decide.sentences` allows, word for word, with their
hedges: the page adds none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tregua.report.figures import OUTCOME_ORDER, STRATEGY_ORDER, in_order
from tregua.report.text import Text

__all__ = ["compared"]

_LEAST_ERROR = 0.1  # worlds of ten: none in some hundreds is not never
_FIRST = "killed"  # the outcome whose sentences are shown; those of others are folded away


def compared(tables: Mapping[str, pd.DataFrame], t: Text) -> list[dict[str, Any]]:
    """Comparisons by date, ready for the template; empty where none was made.

    Returns
    -------
    list of dict
        For each origin: title, worlds (where they come from, in words) and horizons, each with its
        title, strategies, rows (outcome and cells), first and more (sentences).
    """
    if "best" not in tables or tables["best"].empty:
        return []
    best, printed = tables["best"], tables.get("printed", pd.DataFrame())
    return [
        _of_origin(best[best["origin"] == origin], _part(printed, "origin", origin), t)
        for origin in dict.fromkeys(best["origin"])
    ]


def _part(frame: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    return frame[frame[column] == value] if column in frame else frame


def _of_origin(best: pd.DataFrame, printed: pd.DataFrame, t: Text) -> dict[str, Any]:
    first = best.iloc[0]
    origin = t.month(first["origin"])
    horizons = sorted(set(best["horizon"]))
    return {
        "title": t("compared.from", origin=origin),
        "worlds": t(
            f"compared.worlds.{first['worlds_from']}",
            n=t.number(float(first["worlds"]), 0),
            origin=origin,
        ),
        "horizons": [
            _of_horizon(
                best[best["horizon"] == horizon], _part(printed, "horizon", horizon), horizon, t
            )
            for horizon in horizons
        ],
    }


def _of_horizon(
    best: pd.DataFrame, printed: pd.DataFrame, horizon: float, t: Text
) -> dict[str, Any]:
    strategies = in_order(best["strategy"], STRATEGY_ORDER)
    cells = {(row["outcome"], row["strategy"]): row for row in best.to_dict("records")}
    rows = [
        {
            "outcome": t.name("outcome", outcome),
            "cells": [_cell(cells.get((outcome, strategy)), t) for strategy in strategies],
        }
        for outcome in in_order(best["outcome"], ("killed", *OUTCOME_ORDER))
    ]
    told = printed.to_dict("records")
    return {
        "title": t("compared.after", years=t.years(int(horizon))),
        "strategies": [t.name("strategy", strategy) for strategy in strategies],
        "rows": rows,
        "first": [row[t.lang] for row in told if row["outcome"] == _FIRST],
        "more": [row[t.lang] for row in told if row["outcome"] != _FIRST],
    }


def _cell(row: Mapping[Any, Any] | None, t: Text) -> dict[str, Any]:
    """Worlds of ten, with the error, and whether this strategy is clearly ahead."""
    if row is None:
        return {"share": "–", "error": "", "leads": False}
    return {
        "share": t.number(10 * row["p_best"], 1),
        "error": f"± {t.number(max(_LEAST_ERROR, 10 * row['mc_error']), 1)}",
        "leads": bool(row["leads"]),
    }
