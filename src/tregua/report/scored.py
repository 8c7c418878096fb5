"""The detector's scores as the page shows them: what was asked of it, and what it reached.

They come from the file that is shipped with this version; the page computes nothing. They belong to
the detector and not to a case, and stand beside what it says of one.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from tregua.infer.scores.shipped import shipped, shipped_targets
from tregua.report.text import Text

__all__ = ["score_tables", "target_rows"]

_SHOWN = {
    "detector, reversible": "hindsight",
    "detector online, reversible": "online",
    "segments, reversed": "segments",
}
_MET = {"met": "met", "missed": "missed", "not measured": "not_measured"}


def score_tables() -> dict[str, pd.DataFrame]:
    """Reliability and recall on planted worlds; nothing where no scores are shipped."""
    try:
        said, found = shipped("planted", "reliability"), shipped("planted", "recall")
    except ValueError:
        return {}
    said = said[(said["stratum"] == "plain") & said["method"].isin(list(_SHOWN))]
    found = found[(found["stratum"] == "plain") & (found["method"] == "detector, reversible")]
    said = said.assign(method=said["method"].map(_SHOWN))
    return {
        "scores_reliability": said[["method", "months", "said", "observed"]].reset_index(drop=True),
        "scores_recall": found[
            ["base", "effect", "planted", "found", "recall", "low", "high"]
        ].reset_index(drop=True),
    }


def target_rows(t: Text) -> list[dict[str, Any]]:
    """Targets in the language of the page: what is asked, what was reached, met or missed."""
    return [
        {
            "asks": row[t.lang],
            "asked": row["asked"].replace(" to ", f" {t('scores.to')} "),
            "figure": t.number(row["figure"], 0 if float(row["figure"]).is_integer() else 2),
            "met": t(f"scores.met.{_MET[row['met']]}"),
            "missed": row["met"] == "missed",
        }
        for row in shipped_targets().to_dict("records")
    ]
