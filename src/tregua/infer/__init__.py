"""What the record teaches: breaks, suppressions, and what counts alone cannot say.

`tiles` turns counts over any mix of intervals into months and blocks that never overlap; `detect`
dates abrupt falls in them and gives, month by month, the probability that a suppression was in
force. Counts date a fall; they do not name its cause. `forecast` carries the same model on, and
`forecast_scores` sets it against simple rivals. `plausible` moves worlds of the prior to
where their mean path follows the record: the cloud on which strategies are judged.
"""

from __future__ import annotations

from tregua.infer.agencies import Agencies
from tregua.infer.band import level_band
from tregua.infer.detection import LEAST_MONTHS, Detection, detect
from tregua.infer.forecast import Forecast, forecast
from tregua.infer.indicator_catalogue import INDICATORS, Indicator
from tregua.infer.indicator_models import (
    Counts,
    Effect,
    Events,
    Fall,
    Reading,
    Shape,
    Spikes,
    Stock,
    ZeroDays,
)
from tregua.infer.indicators import Indications, indicators
from tregua.infer.partition import Tiles, partition, tiles
from tregua.infer.predictive import Predictive, Sampled, Tabulated
from tregua.infer.scores_forecast import forecast_scores
from tregua.infer.segments import Segments, cross_check, segments
from tregua.infer.settings import Settings
from tregua.infer.smoother import Targets, plausible, targets
from tregua.infer.table import read_table
from tregua.infer.tables import detection_tables, history_tables, plausible_draws
from tregua.infer.words import Notice, kind_of_fall

__all__ = [
    "INDICATORS",
    "LEAST_MONTHS",
    "Agencies",
    "Counts",
    "Detection",
    "Effect",
    "Events",
    "Fall",
    "Forecast",
    "Indications",
    "Indicator",
    "Notice",
    "Predictive",
    "Reading",
    "Sampled",
    "Segments",
    "Settings",
    "Shape",
    "Spikes",
    "Stock",
    "Tabulated",
    "Targets",
    "Tiles",
    "ZeroDays",
    "cross_check",
    "detect",
    "detection_tables",
    "forecast",
    "forecast_scores",
    "history_tables",
    "indicators",
    "kind_of_fall",
    "level_band",
    "partition",
    "plausible",
    "plausible_draws",
    "read_table",
    "segments",
    "targets",
    "tiles",
]
