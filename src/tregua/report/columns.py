"""Each table once, small, as JSON inside the page.

A table is written by column. A column of repeated texts becomes a short list of distinct texts
and, for each row, a place in it. What was observed is written exactly; what was inferred or
simulated is written to a stated number of significant digits, since the Monte Carlo error is
larger than what is cut. The page's charts, tables and CSV files all read this one copy.

Inside a page, ``<`` must not appear in JSON, or a text ``</script>`` in the data would end the
element that holds it: `embedded` writes it, and the line separators U+2028 and U+2029, as escapes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

__all__ = ["SIGNIFICANT", "columns", "embedded", "records", "safe_link"]

SIGNIFICANT: dict[str, int] = {
    "fans": 4,
    "ledger": 4,
    "differences": 4,
    "core_claim": 4,
    "finding_map": 4,
    "history": 4,
    "detection_months": 4,
    "detection_breaks": 4,
    "scores_reliability": 4,
    "scores_recall": 4,
}
"""Significant digits kept, by table; tables not named here are written exactly."""


def columns(frame: pd.DataFrame, *, digits: int | None = None) -> dict[str, Any]:
    """A table by column, ready for JSON.

    Parameters
    ----------
    frame
        The table.
    digits
        Significant digits of floating numbers; None keeps all.

    Returns
    -------
    dict
        ``rows`` (how many) and ``columns``: name to ``{"v": values}`` or, for repeated texts,
        ``{"d": distinct, "i": places}``; dates are texts "2012-03-08" with ``"t": "date"``.
    """
    return {
        "rows": len(frame),
        "columns": {str(c): _column(frame[c], digits) for c in frame.columns},
    }


def _column(series: pd.Series, digits: int | None) -> dict[str, Any]:
    if pd.api.types.is_datetime64_any_dtype(series):
        texts = [None if pd.isna(v) else v.strftime("%Y-%m-%d") for v in series]
        return {"t": "date", **_texts(texts)}
    if pd.api.types.is_bool_dtype(series):
        return {"v": [bool(v) for v in series]}
    if pd.api.types.is_numeric_dtype(series):
        return {"v": [_number(float(v), digits) for v in series]}
    return _texts([None if _missing(v) else str(v) for v in series])


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT


def _texts(texts: list[str | None]) -> dict[str, Any]:
    distinct = list(dict.fromkeys(texts))
    if len(distinct) * 2 > len(texts):
        return {"v": texts}
    place = {text: i for i, text in enumerate(distinct)}
    return {"d": distinct, "i": [place[text] for text in texts]}


def _number(value: float, digits: int | None) -> float | int | None:
    if not math.isfinite(value):
        return None
    if digits is not None:
        value = float(f"{value:.{digits}g}")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table by row, as a chart outside the page needs it; dates in local time."""
    out = frame.copy()
    for name in out.columns:
        if pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = [None if pd.isna(v) else v.strftime("%Y-%m-%dT00:00:00") for v in out[name]]
    rows: list[dict[str, Any]] = json.loads(out.to_json(orient="records"))
    return rows


def embedded(value: Mapping[str, Any] | list[Any]) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def safe_link(url: object) -> str:
    """The address if it is an http or https one with a host; otherwise ""."""
    text = str(url).strip() if url is not None else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""
