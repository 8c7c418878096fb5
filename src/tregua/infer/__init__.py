"""What the record teaches: breaks, suppressions, and what counts alone cannot say.

`tiles` turns counts over any mix of intervals into months and blocks that never overlap; `detect`
dates abrupt falls in them and gives, month by month, the probability that a suppression was in
force. Counts date a fall; they do not name its cause. `forecast` carries the same model on, and
`forecast_scores` sets it against simple rivals. `plausible` moves worlds of the prior to
where their mean path follows the record: the cloud on which strategies are judged.
"""

from __future__ import annotations

from tregua.infer.agencies import Agencies
from tregua.infer.detection import LEAST_MONTHS, Detection, detect
from tregua.infer.forecast import Forecast, forecast
from tregua.infer.partition import Tiles, partition, tiles
from tregua.infer.predictive import Counts, Predictive, Sampled
from tregua.infer.scores_forecast import forecast_scores
from tregua.infer.settings import Settings
from tregua.infer.smoother import Targets, plausible, targets
from tregua.infer.table import read_table
from tregua.infer.tables import detection_tables, history_tables, plausible_draws
from tregua.infer.words import Notice, kind_of_fall

__all__ = [
    "LEAST_MONTHS",
    "Agencies",
    "Counts",
    "Detection",
    "Forecast",
    "Notice",
    "Predictive",
    "Sampled",
    "Settings",
    "Targets",
    "Tiles",
    "detect",
    "detection_tables",
    "forecast",
    "forecast_scores",
    "history_tables",
    "kind_of_fall",
    "partition",
    "plausible",
    "plausible_draws",
    "read_table",
    "targets",
    "tiles",
]
