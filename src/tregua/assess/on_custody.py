"""Tests on custody and complaints: who was let go, who died, who was moved, who was extorted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from tregua.assess import coded
from tregua.assess.evidence import Evidence
from tregua.assess.rates import RateRatio
from tregua.assess.rules import EXCEPTION, NAN, Values, sources_of
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = ["causes_untouched", "deaths_in_custody", "mega_prison"]

_YEAR = 365.25  # days
_FEW_LET_GO = 0.05  # share of the arrested that errors of any mass arrest may explain


def _held(stocks: pd.DataFrame, date: str) -> pd.Series:
    """A stock by date, agencies averaged."""
    return stocks.groupby(date)["value"].mean().sort_index()


def _person_years(held: pd.Series, until: pd.Timestamp) -> float:
    """Person-years from the start of the exception, straight lines between dated stocks.

    Before the first stock and after the last one the nearest is kept.
    """
    days = pd.date_range(EXCEPTION, until, freq="D")
    known = (pd.DatetimeIndex(held.index) - EXCEPTION).days.to_numpy(dtype=np.float64)
    daily = np.interp((days - EXCEPTION).days, known, held.to_numpy(dtype=np.float64))
    return float(daily[:-1].sum()) / _YEAR


def _detained(arrested: pd.DataFrame, released: pd.DataFrame) -> pd.Series:
    """Persons held under the exception: those arrested so far less those let go so far."""
    taken = arrested.groupby("end")["value"].max().cummax()
    let_go = released.groupby("end")["value"].max().cummax()
    start = pd.Series({EXCEPTION: 0.0})
    taken, let_go = pd.concat([start, taken]), pd.concat([start, let_go])
    arrests, releases = pd.DatetimeIndex(taken.index), pd.DatetimeIndex(let_go.index)
    out = np.interp((arrests - EXCEPTION).days, (releases - EXCEPTION).days, let_go.to_numpy())
    return pd.Series(taken.to_numpy(dtype=np.float64) - out, index=arrests)


def deaths_in_custody(evidence: Evidence) -> Result:
    """Claim 39: share of the arrested who were let go, and deaths per 1,000 prisoner-years."""
    arrested = evidence.select("exception_detentions").sort_values("end")
    released = evidence.select("exception_releases").sort_values("end")
    tallies = evidence.select("exception_custody_deaths").sort_values("end")
    let_go = coded.share(int(released["value"].max()), int(arrested["value"].max()))
    populations = (
        _held(evidence.select("prison_population", first="2022-01-01"), "start"),
        _detained(arrested, released),
    )
    limits = [
        coded.rate_limits(int(deaths), _person_years(held, until) / 1000)
        for deaths, until in zip(tallies["value"], tallies["end"], strict=True)
        for held in populations
    ]
    rates = [
        deaths / _person_years(held, until) * 1000
        for deaths, until in zip(tallies["value"], tallies["end"], strict=True)
        for held in populations
    ]
    ordinary = _ordinary_mortality(evidence)
    rights = let_go.low > _FEW_LET_GO
    lives = ordinary is not None and min(low for low, _ in limits) > ordinary
    verdict: Judgement = "mixed" if rights else "not identified"
    if rights and lives:
        verdict = "supported"
    elif not rights and (not tallies["value"].max() or (ordinary is not None and not lives)):
        verdict = "contradicted"
    values: Values = {
        "released": let_go.count,
        "arrested": let_go.cases,
        "share": let_go.value,
        "fewest": float(tallies["value"].min()),
        "most": float(tallies["value"].max()),
        "rate_low": min(rates),
        "rate_high": max(rates),
        "ordinary": "not on record" if ordinary is None else f"{ordinary:.1f} per 1,000",
        "ordinary_es": "no consta" if ordinary is None else f"{ordinary:.1f} por 1,000",
    }
    return Result(
        verdict,
        let_go.value,
        let_go.low,
        let_go.high,
        _FEW_LET_GO,
        values,
        sources_of(tallies, arrested.tail(1), released.tail(1)),
    )


def _ordinary_mortality(evidence: Evidence) -> float | None:
    """Deaths per 1,000 prisoners a year before the exception, largest figure; None if not known."""
    try:
        known = evidence.select("prison_mortality", last=f"{EXCEPTION:%Y-%m-%d}")
    except NotTestable:
        return None
    return float(known["value"].max())


def mega_prison(evidence: Evidence) -> Result:
    """Claim 35: prisoners moved to CECOT in 2023."""
    held = evidence.select(
        "prison_population", place="CECOT", first="2023-01-01", last="2024-01-01"
    )
    places = evidence.select("prison_capacity", place="CECOT")
    moves = coded.dated(evidence, "prison_transfer", first="2023-01-01", last="2024-01-01")
    moved = float(held["value"].max())
    verdict: Judgement = "mixed"
    if moved >= 2000:
        verdict = "supported"
    elif moved < 1000:
        verdict = "contradicted"
    values: Values = {
        "date": f"{held['start'].iloc[-1]:%Y-%m}",
        "estimate": moved,
        "moves": len(moves),
        "places": float(places["value"].max()),
    }
    return Result(verdict, moved, NAN, NAN, 2000.0, values, sources_of(held, places, moves))


# Years before and after the cease-fire of 2016 and the pact of 2019; 2020 was a year of lockdown.
_CEASEFIRE = ((2014, 2015), (2017, 2018))
_PACT = ((2017, 2018), (2019, 2021))
_AFFECTED = 0.8


def _yearly_ratio(years: pd.Series, before: tuple[int, ...], after: tuple[int, ...]) -> RateRatio:
    """Complaints a year after over before, quasi-Poisson: pairs of years show the dispersion."""
    missing = [str(year) for year in (*before, *after) if year not in years.index]
    if missing:
        raise NotTestable(
            f"The record has no police count of extortion complaints of {', '.join(missing)}.",
            f"El registro no tiene el conteo policial de denuncias de {', '.join(missing)}.",
        )
    sides = [years.loc[list(side)].to_numpy(dtype=np.float64) for side in (before, after)]
    freedom = sum(len(side) - 1 for side in sides)
    pearson = sum(float(((side - side.mean()) ** 2 / side.mean()).sum()) for side in sides)
    dispersion = max(1.0, pearson / freedom)
    error = np.sqrt(dispersion * sum(1 / side.sum() for side in sides))
    reach = float(stats.t.ppf(0.95, freedom) * error)
    ratio = float(sides[1].mean() / sides[0].mean())
    return RateRatio(
        ratio=ratio,
        low=ratio * float(np.exp(-reach)),
        high=ratio * float(np.exp(reach)),
        before=float(sides[0].mean() / 12),
        after=float(sides[1].mean() / 12),
        dispersion=dispersion,
        correlation=0.0,
        counts=len(before) + len(after),
    )


def causes_untouched(evidence: Evidence) -> Result:
    """Claim 45: complaints of extortion around the cease-fire of 2016 and the pact of 2019."""
    rows = evidence.select("extortion_complaints", agency="PNC")
    whole = rows[(rows["end"] - rows["start"]).dt.days >= int(_YEAR)]
    years = whole.groupby(whole["start"].dt.year)["value"].median()
    first, second = _yearly_ratio(years, *_CEASEFIRE), _yearly_ratio(years, *_PACT)
    verdict: Judgement = "not identified"
    if min(first.low, second.low) > _AFFECTED:
        verdict = "supported"
    elif max(first.high, second.high) < 1:
        verdict = "contradicted"
    values: Values = {
        "first": first.ratio,
        "first_low": first.low,
        "first_high": first.high,
        "second": second.ratio,
        "second_low": second.low,
        "second_high": second.high,
    }
    return Result(verdict, first.ratio, first.low, first.high, 1.0, values, sources_of(whole))
