"""Tests on recorded deaths: the truce, its end, spikes, counting rules and what was hidden.

Windows are stated as dates. Where a window is a choice the test runs over several and reports them
all, so that nobody can pick one; causes are asked of an interrupted series under every reasonable
choice (`tregua.assess.curves`). None of these tests sees the simulator.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from tregua.assess import coded
from tregua.assess.curves import flat_rates, interrupted_over_choices
from tregua.assess.evidence import Evidence
from tregua.assess.rates import Period, RateRatio, exposure_days
from tregua.assess.rules import NAN, Values, all_or_mixed, sources_of, value_of
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = [
    "backlash",
    "counting_rules",
    "deadliest_day",
    "deadliest_year",
    "exchange",
    "hiding",
    "strikes",
    "truce_effect",
]

# The truce began on 9 March 2012 (leaders moved on the 8th) and by the end of 2013 prison benefits
# had been withdrawn; the windows before it differ in length because that is the analyst's choice.
_TRUCE = (Period("2012-03-01", "2014-01-01"), Period("2012-04-01", "2014-01-01"))
_BEFORE_TRUCE = (
    Period("2010-01-01", "2012-03-01"),
    Period("2010-05-01", "2012-03-01"),
    Period("2011-01-01", "2012-03-01"),
    Period("2009-01-01", "2012-03-01"),
)
_BACKLASH = (Period("2015-01-01", "2016-01-01"), Period("2014-06-01", "2016-03-01"))

# The same episodes as interruptions: date, until, name. The truce ended in May 2014.
_TRUCE_ALONE = (("2012-03", None, "truce"),)
_TRUCE_AND_AFTER = (("2012-03", "2014-06", "truce"), ("2014-06", None, "after"))


def _second_reading(ratios: list[RateRatio]) -> Values:
    """Two flat rates, the central pair of windows first."""
    central = ratios[0]
    return {
        "flat": central.ratio,
        "flat_low": central.low,
        "flat_high": central.high,
        "before": central.before,
        "after": central.after,
        "windows": len(ratios),
        "flat_lowest": min(ratio.ratio for ratio in ratios),
        "flat_highest": max(ratio.ratio for ratio in ratios),
    }


def truce_effect(evidence: Evidence) -> Result:
    """Claim 25: recorded killings in the truce against what the years before led to expect."""
    curve = interrupted_over_choices(
        evidence,
        _TRUCE_ALONE,
        question="truce",
        window=("2012-03", "2013-12"),
        last="2013-12",
    )
    verdict: Judgement = "mixed"
    if curve.below() == len(curve.answers):
        verdict = "supported"
    elif curve.above() == len(curve.answers):
        verdict = "contradicted"
    doubtful = curve.answers[~(curve.answers["high"] < 1)]
    values: Values = {
        **curve.values(),
        **_second_reading(flat_rates(evidence, _BEFORE_TRUCE, _TRUCE)),
        **_doubt(sorted(set(doubtful["start"]))),
    }
    used = evidence.select("homicides", last="2014-01-01")
    return Result(verdict, *curve.middle, 1.0, values, sources_of(used))


def _doubt(starts: list[str]) -> Values:
    """From where the data run in the combinations that leave an effect open, in words."""
    listed = ", ".join(starts)
    return {
        "doubt": f"; the others use data from {listed} on" if starts else "",
        "doubt_es": f"; los demás usan datos desde {listed}" if starts else "",
    }


def backlash(evidence: Evidence) -> Result:
    """Claim 26: killings of 2015 against what the years before the truce led to expect."""
    curve = interrupted_over_choices(
        evidence,
        _TRUCE_AND_AFTER,
        question="after",
        window=("2015-01", "2015-12"),
        last="2016-02",
    )
    others = coded.dated(
        evidence,
        *("prison_transfer", "crackdown", "court_ruling"),
        first="2014-06-01",
        last="2016-01-01",
    )
    verdict: Judgement = "mixed"
    if curve.below() == len(curve.answers):
        verdict = "contradicted"
    elif not others.empty:
        # However high the level, whether the broken pact raised it is open while others began too.
        verdict = "not identified"
    elif curve.above() == len(curve.answers):
        verdict = "supported"
    values: Values = {
        **curve.values(),
        **_second_reading(flat_rates(evidence, _BEFORE_TRUCE, _BACKLASH)),
        "other_causes": len(others),
    }
    used = evidence.select("homicides", last="2016-03-01")
    return Result(verdict, *curve.middle, 1.0, values, sources_of(used, others))


def exchange(evidence: Evidence) -> Result:
    """Claim 4: does an abrupt fall meet each concession, and can counts name its cause."""
    breaks = evidence.table("detection_breaks")
    concessions = {"2012-03": pd.Timestamp("2012-03-08"), "2019-06": pd.Timestamp("2019-06-01")}
    met = {}
    for name, date in concessions.items():
        month = date.to_period("M").to_timestamp()
        soon = breaks[
            (breaks["median"] >= month)
            & (breaks["median"] <= month + pd.DateOffset(months=2))
            & (breaks["ratio"] < 0.7)
        ]
        if not soon.empty:
            met[name] = soon.iloc[0]
    factors = [float(row["bayes_factor"]) for row in met.values()]
    told = [factor > 3 or factor < 1 / 3 for factor in factors]
    verdict: Judgement = "contradicted"
    if met:
        verdict = "supported" if all(told) and min(factors) > 3 else "not identified"
        if len(met) < len(concessions):
            verdict = "mixed"
    listed = ", ".join(f"{row['median']:%Y-%m} (× {row['ratio']:.2f})" for row in met.values())
    largest = max(factors, default=NAN)
    values: Values = {
        "timed": len(met),
        "cases": len(concessions),
        "concessions": len(concessions),
        "list": listed or "-",
        "factors": ", ".join(f"{factor:.1f}" for factor in factors) or "-",
    }
    events = evidence.record.events
    dated = events[events["type"].isin(["transfer_of_leaders", "negotiation"])]
    return Result(
        verdict,
        largest,
        min(factors, default=NAN),
        largest,
        3.0,
        values,
        sources_of(dated),
        interval="range",
    )


def hiding(evidence: Evidence) -> Result:
    """Claim 53: reported disappearances in the pact years and after."""
    growth = evidence.select("disappearances.growth")
    by_year = dict(zip(growth["start"].dt.year, growth["value"], strict=True))
    reports = evidence.select("disappearances", agency="PNC", first="2014-01-01", last="2015-01-01")
    if not {2012, 2013, 2015} <= by_year.keys():
        raise NotTestable(
            "The record lacks the yearly change of disappearances for 2012, 2013 or 2015.",
            "Falta en el registro el cambio anual de desapariciones de 2012, 2013 o 2015.",
        )
    rose = by_year[2012] > 0 and by_year[2013] > 0
    fell_back = by_year[2015] < -min(by_year[2012], by_year[2013])
    verdict: Judgement = "contradicted"
    if rose:
        verdict = "supported" if fell_back else "mixed"
    values: Values = {
        "growth_2012": by_year[2012],
        "growth_2013": by_year[2013],
        "growth_2015": by_year[2015],
        "peak": value_of(reports, "disappearances in 2014", "desapariciones en 2014"),
    }
    return Result(
        verdict,
        (by_year[2012] + by_year[2013]) / 2,
        by_year[2013],
        by_year[2012],
        0.0,
        values,
        sources_of(growth, reports),
        interval="range",
    )


# Tallies of the same deaths: official ones, and those that include gang members killed by the
# security forces or that another institution printed.
_OFFICIAL = ("FGR", "Government (official)", "PNC official")


def counting_rules(evidence: Evidence) -> Result:
    """Claim 54: independent tallies over official ones, years 2022 and 2023."""
    rows = evidence.select("homicides", first="2022-01-01", last="2024-01-01")
    years = rows[(rows["end"] - rows["start"]).dt.days >= 365]
    ratios = []
    for _, year in years.groupby("start"):
        official = year.loc[year["agency"].isin(_OFFICIAL), "value"]
        others = year.loc[~year["agency"].isin((*_OFFICIAL, "unattributed compilation")), "value"]
        ratios += [other / count - 1 for other in others for count in official]
    if not ratios:
        raise NotTestable(
            "The record holds no rival tally of 2022 or 2023.",
            "El registro no tiene recuentos rivales de 2022 o 2023.",
        )
    values: Values = {
        "lowest": min(ratios),
        "highest": max(ratios),
        "middle": float(np.median(ratios)),
        "pairs": len(ratios),
    }
    return Result(
        all_or_mixed([ratio > 0.05 for ratio in ratios]),
        float(np.median(ratios)),
        min(ratios),
        max(ratios),
        0.05,
        values,
        sources_of(years),
        interval="range",
    )


# First and last day of each spike, and the month whose other days and neighbours give the rate.
_SPIKES = (
    ("2020-04-24", "2020-04-28"),
    ("2021-11-09", "2021-11-12"),
    ("2022-03-25", "2022-03-28"),
)


def _chance_of(deaths: float, before: pd.DataFrame, days: int) -> tuple[float, float]:
    """Expected deaths in some days at the rate before, and the chance of as many or more.

    Negative binomial, with the dispersion of successive differences (von Neumann), which a slow
    trend does not enter. Whole months vary more than days would, so the chance is not understated.
    """
    exposure = exposure_days(before)
    daily = before["value"].to_numpy(dtype=np.float64) / exposure
    mean = float(before["value"].sum() / exposure.sum())
    steps = np.diff(daily) ** 2 / (mean * (1 / exposure[1:] + 1 / exposure[:-1]))
    dispersion = max(float(steps.mean()) if len(steps) else 1.0, 1.01)
    expected = mean * days
    tail = stats.nbinom.sf(deaths - 1, expected / (dispersion - 1), 1 / dispersion)
    return expected, float(tail)


def strikes(evidence: Evidence) -> Result:
    """Claim 32: deaths in three short windows against the rate of the year before each."""
    counts = evidence.counts()
    found = []
    rows = evidence.select("homicides", first="2020-01-01", last="2022-04-01")
    used = []
    for first, end in _SPIKES:
        start, stop = pd.Timestamp(first), pd.Timestamp(end)
        spike = rows[(rows["start"] == start) & (rows["end"] == stop)]
        before = counts[
            (counts["end"] <= start) & (counts["start"] >= start - pd.DateOffset(years=1))
        ]
        if spike.empty or before.empty:
            raise NotTestable(
                f"The record holds no count of {first} to {end}.",
                f"El registro no tiene la cifra de {first} a {end}.",
            )
        deaths = float(spike["value"].min())
        expected, tail = _chance_of(deaths, before, (stop - start).days)
        found.append((first, deaths, expected, tail))
        used.append(spike)
    tails = [tail for *_, tail in found]
    texts = [f"{date}: {deaths:.0f} / {expected:.1f}" for date, deaths, expected, _ in found]
    values: Values = {
        "cases": len(found),
        "list": "Deaths counted / expected at the rate of the year before: " + "; ".join(texts),
        "list_es": "Muertes contadas / esperadas a la tasa del año previo: " + "; ".join(texts),
        "largest": max(tails),
    }
    verdict: Judgement = "mixed"
    if max(tails) < 0.001:
        # Not chance; but that it was a signal, counts cannot say.
        verdict = "not identified"
    elif min(tails) > 0.05:
        verdict = "contradicted"
    ratios = [deaths / expected for _, deaths, expected, _ in found]
    return Result(
        verdict,
        float(np.median(ratios)),
        min(ratios),
        max(ratios),
        1.0,
        values,
        sources_of(*used),
        interval="range",
    )


def deadliest_year(evidence: Evidence) -> Result:
    """Claim 27: killings of 2015 per 100,000, as printed and over the populations on record."""
    printed = evidence.select("homicide_rate", first="2015-01-01", last="2016-01-01")
    counts = evidence.select("homicides", first="2015-01-01", last="2016-01-01")
    year = counts[(counts["end"] - counts["start"]).dt.days == 365]
    people = evidence.select("population", first="2015-01-01", last="2016-01-01")
    rates = [float(rate) for rate in printed["value"]]
    rates += [1e5 * deaths / persons for deaths in year["value"] for persons in people["value"]]
    values = {"rates": len(rates), "low": min(rates), "high": max(rates)}
    return Result(
        all_or_mixed([rate > 100 for rate in rates]),
        float(np.median(rates)),
        min(rates),
        max(rates),
        100.0,
        values,
        sources_of(printed, year, people),
        interval="range",
    )


def deadliest_day(evidence: Evidence) -> Result:
    """Claim 31: deaths on Saturday 26 March 2022 by source."""
    rows = evidence.select("homicides", first="2022-03-26", last="2022-03-27")
    day = rows[(rows["end"] - rows["start"]).dt.days == 1]
    deaths = day["value"]
    if deaths.empty:
        raise NotTestable(
            "The record has no count of 26 March 2022.",
            "El registro no tiene la cifra del 26 de marzo de 2022.",
        )
    values: Values = {
        "sources": int(day["source"].nunique()),
        "range": " / ".join(f"{value:.0f}" for value in sorted(set(deaths))),
    }
    return Result(
        all_or_mixed([value > 60 for value in deaths]),
        float(deaths.median()),
        float(deaths.min()),
        float(deaths.max()),
        60.0,
        values,
        sources_of(day),
        interval="range",
    )
