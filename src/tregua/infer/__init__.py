"""What the record teaches: breaks, suppressions, parameters, and what data cannot tell.

`counts`
    What counts alone say. `tiles` turns figures over any mix of intervals into months and blocks
    that never overlap; `detect` dates abrupt falls and gives, month by month, the probability that
    a suppression was in force; `segments` and `level_band` are second opinions.
`cause`
    Counts date a fall and do not name its cause: `indicators` asks what else lies near it.
`forecasts`
    `forecast` carries the detector's model on; simple rivals do the same.
`particles`
    `filter_record` estimates the likelihood of all figures under the whole model, `smooth` tells
    the hidden months; `particle_filter` serves small models.
`bayes`
    `temper` draws from the posterior of that likelihood, `sample` does so year by year;
    `Posterior` holds it beside the prior and says which numbers the data moved.
`scores`
    How often all this is right where the truth is known.

`plausible` moves worlds of the prior to where their mean path follows the record: the cloud on
which strategies are judged from a date on.
"""

from __future__ import annotations

from tregua.infer.bayes.checkpoints import CheckpointError, Checkpoints
from tregua.infer.bayes.coordinates import Coordinates, informed_span
from tregua.infer.bayes.outline import Outline, Surrogate, record_outline
from tregua.infer.bayes.posterior import Posterior, PosteriorError, posterior
from tregua.infer.bayes.ranks import rank_check, rank_uniformity
from tregua.infer.bayes.ridges import PRODUCTS, correlations, hiding_bounds, product_table
from tregua.infer.bayes.smc import (
    Engine,
    NoWeightError,
    Plan,
    Prior,
    Progress,
    Sampled,
    Swarm,
    sample,
)
from tregua.infer.bayes.tempering import Tempering, temper
from tregua.infer.cause.catalogue import INDICATORS, Indicator
from tregua.infer.cause.indicators import Indications, indicators
from tregua.infer.cause.models import (
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
from tregua.infer.counts.agencies import Agencies
from tregua.infer.counts.band import level_band
from tregua.infer.counts.detection import LEAST_MONTHS, Detection, detect
from tregua.infer.counts.partition import Tiles, partition, tiles
from tregua.infer.counts.rules import RULE_SPREADS, RuleChange, rules_of
from tregua.infer.counts.segments import Segments, cross_check, segments
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import read_table
from tregua.infer.counts.words import Notice, kind_of_fall
from tregua.infer.forecasts.forecast import Forecast, forecast
from tregua.infer.forecasts.predictive import Drawn, Predictive, Tabulated
from tregua.infer.particles.bootstrap import Filtered, SmallModel, SmallModelError, particle_filter
from tregua.infer.particles.filtering import (
    FilteredRecord,
    KernelEngine,
    KernelSwarm,
    filter_record,
)
from tregua.infer.particles.paths import smooth
from tregua.infer.particles.sightings import (
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
from tregua.infer.particles.small_models import (
    AUTOREGRESSION,
    HIDDEN_MARKOV,
    SMALL_GANGS,
    STOCHASTIC_VOLATILITY,
)
from tregua.infer.scores.forecasts import forecast_scores
from tregua.infer.smoother import Targets, plausible, targets
from tregua.infer.tables import detection_tables, history_tables, plausible_draws

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
    "Outline",
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
    "Surrogate",
    "Swarm",
    "Tabulated",
    "Targets",
    "Tempering",
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
    "record_outline",
    "rules_of",
    "sample",
    "segments",
    "sightings",
    "smooth",
    "targets",
    "temper",
    "tiles",
]
