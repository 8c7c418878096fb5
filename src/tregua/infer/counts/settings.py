"""What the detector assumes, as values: every number of the regime model, once.

The baseline log level of deaths moves by a small random step each month. On top of it one of
these regimes is in force: *none*; *persistent* (an abrupt fall whose new level is kept); *decline*
(a slow downward drift); *rise* and *climb* (an abrupt and a slow escalation); *reversible* (deaths
held below the baseline by one of a few depths, to return to it later); *spike* (deaths above the
baseline by one of a few heights for a few months, and back). Regimes begin with fixed hazards per
month. None of these numbers was tuned on El Salvador, but one: the erosion of a
reversible fall was added after a first look at that record (see the explanation of detection in
the documentation).

Levels and depths live on one lattice of log levels, so every depth is a whole number of steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["REVERSIBLE_ODDS", "Settings"]

REVERSIBLE_ODDS: Mapping[str, float] = {"low": 1 / 3, "even": 1.0, "high": 3.0}
"""Prior odds of a reversible against a persistent fall over which results are reported."""


@dataclass(frozen=True)
class Settings:
    """All assumptions of the detector. Rates are per month, levels natural logarithms.

    Attributes
    ----------
    step : float
        Width of a lattice cell, log units.
    walk_sd, walk_prior : tuple of float
        Candidate standard deviations of the monthly random step and their prior shares.
    size, size_prior : tuple of float
        Candidate sizes (inverse overdispersion) of the negative binomial and their prior shares.
    depths, depth_prior : tuple of float
        Log depths of a reversible fall and their prior shares.
    fall_hazard : float
        Rate at which abrupt falls begin, of both kinds together.
    reversible_odds : float
        Prior odds that an abrupt fall is reversible rather than persistent.
    decline_hazard, escalation_hazard : float
        Rates at which declines and escalations begin; half of the latter are abrupt.
    forget : float
        Rate at which the labels persistent, decline and escalation lapse. It is a convention, not
        a finding: a label decays at this rate while counts say nothing about it.
    duration : float
        Mean length of a reversible fall in months, Erlang with two stages.
    erosion : float
        Rate at which a reversible fall in its second stage loses one depth.
    ends_back, ends_kept, ends_deeper : float
        How a reversible fall ends: back to the baseline, kept for good, followed by a further fall.
    rebound_sd : float
        Half of the returns overshoot or undershoot by this standard deviation.
    jump_least, jump_mean : float
        An abrupt jump is `jump_least` plus an exponential of mean `jump_mean`.
    drift : float
        Monthly drift of a decline or a climb.
    spike_heights, spike_prior : tuple of float
        Log heights of a spike and their prior shares; no heights, no spikes.
    spike_hazard : float
        Rate at which spikes begin outside reversible falls and other spikes. All other regimes
        begin in a spike as elsewhere, so a fall may begin in the month in which a spike ends.
    spike_duration : float
        Mean length of a spike in months, Erlang with two stages: at 3.5 no spike is shorter than
        two months, unless another regime cuts it short, and 1.3 % are longer than eight.
    season_learnt : bool
        Whether a factor for each month of the year is learnt from the counts before it.
    season_least_months : int
        Single months that must have been seen before a factor is used.
    season_least_mean : float
        Mean count a month above which a factor is used.
    season_caution : float
        The factors are shrunk by one less `season_caution` over the ratio of the variance between
        months of the year to that within, and are 0 where that is negative.
    outlier, outlier_scale : float
        Share of outlying months and the Laplace scale of their log factor.
    cells : int
        Cells of the accumulator that carries the sum of a multi-month total.
    reach : float
        The accumulator spans 0 to the total plus `reach` standard deviations of it.
    """

    step: float = 0.06
    walk_sd: tuple[float, ...] = (0.02, 0.05, 0.09)
    walk_prior: tuple[float, ...] = (0.35, 0.40, 0.25)
    size: tuple[float, ...] = (8.0, 25.0, 80.0, 400.0)
    size_prior: tuple[float, ...] = (0.2, 0.3, 0.3, 0.2)
    depths: tuple[float, ...] = (0.18, 0.36, 0.54, 0.72, 0.96, 1.26, 1.62)
    depth_prior: tuple[float, ...] = (0.14, 0.20, 0.20, 0.18, 0.13, 0.09, 0.06)
    fall_hazard: float = 2 / 150
    reversible_odds: float = 1.0
    decline_hazard: float = 1 / 150
    escalation_hazard: float = 1 / 100
    forget: float = 1 / 24
    duration: float = 15.0
    erosion: float = 0.04
    ends_back: float = 0.7
    ends_kept: float = 0.2
    ends_deeper: float = 0.1
    rebound_sd: float = 0.25
    jump_least: float = 0.15
    jump_mean: float = 0.45
    drift: float = 0.035
    spike_heights: tuple[float, ...] = (0.36, 0.66, 1.08)
    spike_prior: tuple[float, ...] = (0.4, 0.35, 0.25)
    spike_hazard: float = 1 / 150
    spike_duration: float = 3.5
    season_learnt: bool = True
    season_least_months: int = 48
    season_least_mean: float = 8.0
    season_caution: float = 1.5
    outlier: float = 0.01
    outlier_scale: float = 0.5
    cells: int = 64
    reach: float = 6.0

    def __post_init__(self) -> None:
        problems = [*self._share_problems(), *self._lattice_problems()]
        if self.reversible_odds <= 0:
            problems.append(f"reversible_odds must be positive, not {self.reversible_odds}")
        if self.spike_duration < 2:
            problems.append(f"spike_duration must be at least 2 months, not {self.spike_duration}")
        if self.duration < 2:
            problems.append(f"duration must be at least 2 months, not {self.duration}")
        if self.cells < 3:
            problems.append(f"cells must be at least 3, not {self.cells}")
        if problems:
            raise ValueError("Settings of the detector: " + "; ".join(problems) + ".")

    def _share_problems(self) -> list[str]:
        shares = {
            "walk_prior": self.walk_prior,
            "size_prior": self.size_prior,
            "depth_prior": self.depth_prior,
            "ends_*": (self.ends_back, self.ends_kept, self.ends_deeper),
        }
        if self.spike_heights or self.spike_prior:
            shares["spike_prior"] = self.spike_prior
        problems = [
            f"{name} must add up to 1, not {sum(values):.4g}"
            for name, values in shares.items()
            if not math.isclose(sum(values), 1.0, abs_tol=1e-9)
        ]
        pairs = {
            "walk_sd": (self.walk_sd, self.walk_prior),
            "size": (self.size, self.size_prior),
            "depths": (self.depths, self.depth_prior),
            "spike_heights": (self.spike_heights, self.spike_prior),
        }
        problems += [
            f"{name} has {len(values)} values but {len(prior)} prior shares"
            for name, (values, prior) in pairs.items()
            if len(values) != len(prior)
        ]
        return problems

    def _lattice_problems(self) -> list[str]:
        return [
            f"{what} {size} must be a whole number of lattice steps of {self.step}, at least one"
            for what, sizes in (("depth", self.depths), ("spike height", self.spike_heights))
            for size in sizes
            if round(size / self.step) < 1
            or not math.isclose(size / self.step, round(size / self.step), abs_tol=1e-6)
        ]

    def with_(self, **changes: Any) -> Settings:
        """Return a copy with some values changed.

        Raises
        ------
        TypeError
            If a name is not a setting.
        ValueError
            If a value is out of range.
        """
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """All settings as plain values."""
        return asdict(self)
