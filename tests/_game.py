"""The game with all but a few things switched off, for tests against what can be solved by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tregua import model, simulate
from tregua.model import Stance

START = pd.Timestamp("2003-01-01")
NO_KILLING = dict.fromkeys(("killing", "ambient_floor", "ambient_gangs", "police_killing"), 0.0)


def country(shares=(1.0,), inaugurations=()):
    """A country whose elections never come, and governments change only when said."""
    return replace(
        model.el_salvador(),
        gangs=tuple(f"gang{number}" for number in range(len(shares))),
        shares=tuple(shares),
        elections=(),
        inaugurations=tuple(inaugurations),
    )


def script(stance=Stance.STATUS_QUO, **values):
    """One era without end; ordinary enforcement unless said."""
    return model.Script((model.Era(START, stance, **{"enforcement": 1.0} | values),))


def peaceful(worlds=1, **values):
    """No killing, no deaths in custody, full retention: capture hazard = arrest."""
    quiet = {"custody_death": 0.0, "retention_loss": 0.0, "gang_prisoners_at_start": 0.0}
    return model.defaults(worlds=worlds).with_(**NO_KILLING | quiet | values)


def run(draws, years, **options):
    """A run from the start: an ordinary script unless something else drives."""
    chosen = {"setting": country(), "variables": simulate.VARIABLES, "seed": 0}
    if "profile" not in options:
        chosen["script"] = script()
    end = START + pd.DateOffset(months=round(12 * years))
    return simulate.run(draws, start=START, end=end, **chosen | options)


def mean_run(draws, years, **options):
    """Months of the first world in the mean reading."""
    return run(draws, years, reading="mean", **options).monthly.isel(world=0)


def months(years):
    """Lengths of the first months, in years: float64[12 years]."""
    dates = pd.date_range(START, START + pd.DateOffset(months=round(12 * years)), freq="MS")
    return np.diff(dates.to_numpy()) / np.timedelta64(1, "D") / 365.25


def weeks(years):
    """Lengths of the first weeks (quarters of months), in years: float64[48 years]."""
    return np.repeat(months(years) / 4.0, 4)


@model.government
def open_pact(view):
    """Offer an open pact, always."""
    return Stance.OPEN_PACT


@model.government
def secret_pact(view):
    """Offer a secret pact, always."""
    return Stance.SECRET_PACT


@model.government
def reform(view):
    """Reform, always."""
    return Stance.REFORM


@model.government
def wait(view):
    """Ordinary policing, always."""
    return Stance.STATUS_QUO


def frozen(worlds=1, **values):
    """Pacts that nothing but the named hazards can end, and that never come again."""
    usual = {"honour": 1.0, "cooling": 1e6, "breach": 0.0, "leak": 0.0}
    return model.defaults(worlds=worlds).with_(**usual | values)
