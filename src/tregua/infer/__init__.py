"""What the record teaches: breaks, suppressions, and what counts alone cannot say.

`tiles` turns counts over any mix of intervals into months and blocks that never overlap; `detect`
dates abrupt falls in them and gives, month by month, the probability that a suppression was in
force. Counts date a fall; they do not name its cause. `forecast` carries the same model on, and
`forecast_scores` sets it against simple rivals. `plausible` moves worlds of the prior to
where their mean path follows the record: the cloud on which strategies are judged.

`sample` draws from the exact posterior of a likelihood that a particle filter estimates;
`Posterior` holds the result beside the prior and says which numbers the data moved.
"""

from __future__ import annotations

from tregua.infer.agencies import Agencies
from tregua.infer.band import level_band
from tregua.infer.bootstrap import Filtered, SmallModel, SmallModelError, particle_filter
from tregua.infer.checkpoints import CheckpointError, Checkpoints
from tregua.infer.coordinates import Coordinates, informed_span
from tregua.infer.detection import LEAST_MONTHS, Detection, detect
from tregua.infer.filtering import FilteredRecord, KernelEngine, KernelSwarm, filter_record
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
from tregua.infer.paths import smooth
from tregua.infer.posterior import Posterior, PosteriorError, posterior
from tregua.infer.predictive import Drawn, Predictive, Tabulated
from tregua.infer.ranks import rank_check, rank_uniformity
from tregua.infer.ridges import PRODUCTS, correlations, hiding_bounds, product_table
from tregua.infer.rules import RULE_SPREADS, RuleChange, rules_of
from tregua.infer.scores_forecast import forecast_scores
from tregua.infer.segments import Segments, cross_check, segments
from tregua.infer.settings import Settings
from tregua.infer.sightings import (
    KINDS,
    OBSERVATION,
    PHYSICAL_KINDS,
    ExtraParameter,
    Sightings,
    Theta,
    extra_draws,
    extra_priors,
    sightings,
)
from tregua.infer.small_models import (
    AUTOREGRESSION,
    HIDDEN_MARKOV,
    SMALL_GANGS,
    STOCHASTIC_VOLATILITY,
)
from tregua.infer.smc import Engine, NoWeightError, Plan, Prior, Progress, Sampled, Swarm, sample
from tregua.infer.smoother import Targets, plausible, targets
from tregua.infer.table import read_table
from tregua.infer.tables import detection_tables, history_tables, plausible_draws
from tregua.infer.words import Notice, kind_of_fall

__all__ = [
    "AUTOREGRESSION",
    "HIDDEN_MARKOV",
    "INDICATORS",
    "KINDS",
    "LEAST_MONTHS",
    "OBSERVATION",
    "PHYSICAL_KINDS",
    "PRODUCTS",
    "RULE_SPREADS",
    "SMALL_GANGS",
    "STOCHASTIC_VOLATILITY",
    "Agencies",
    "CheckpointError",
    "Checkpoints",
    "Coordinates",
    "Counts",
    "Detection",
    "Drawn",
    "Effect",
    "Engine",
    "Events",
    "ExtraParameter",
    "Fall",
    "Filtered",
    "FilteredRecord",
    "Forecast",
    "Indications",
    "Indicator",
    "KernelEngine",
    "KernelSwarm",
    "NoWeightError",
    "Notice",
    "Plan",
    "Posterior",
    "PosteriorError",
    "Predictive",
    "Prior",
    "Progress",
    "Reading",
    "RuleChange",
    "Sampled",
    "Segments",
    "Settings",
    "Shape",
    "Sightings",
    "SmallModel",
    "SmallModelError",
    "Spikes",
    "Stock",
    "Swarm",
    "Tabulated",
    "Targets",
    "Theta",
    "Tiles",
    "ZeroDays",
    "correlations",
    "cross_check",
    "detect",
    "detection_tables",
    "extra_draws",
    "extra_priors",
    "filter_record",
    "forecast",
    "forecast_scores",
    "hiding_bounds",
    "history_tables",
    "indicators",
    "informed_span",
    "kind_of_fall",
    "level_band",
    "particle_filter",
    "partition",
    "plausible",
    "plausible_draws",
    "posterior",
    "product_table",
    "rank_check",
    "rank_uniformity",
    "read_table",
    "rules_of",
    "sample",
    "segments",
    "sightings",
    "smooth",
    "targets",
    "tiles",
]
