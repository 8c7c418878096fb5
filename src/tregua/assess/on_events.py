"""Tests on dated events: who talked, who told, who paid for it, and what was done in answer.

Cases are few, often two to five: shares come with exact limits, order in time is compared with
shifted calendars, and a share of one country's cases is a matter of record, while a cause needs its
interval on one side (see `tregua.assess.coded`). Events recalled without a source do not count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.assess import coded
from tregua.assess.curves import flat_rates, interrupted_over_choices
from tregua.assess.evidence import Evidence
from tregua.assess.rates import Period
from tregua.assess.rules import EXCEPTION, NAN, Values, all_or_mixed, sources_of
from tregua.assess.verdict import Judgement, NotTestable, Result

__all__ = [
    "answered_by_emergency",
    "both_go_on",
    "breach_first",
    "command_from_prison",
    "criticism_changes_little",
    "exposure",
    "hard_hand_answers",
    "imperfect_command",
    "main_demand",
    "power_concentrated",
    "prosecuted_later",
    "sanctions_follow",
    "secret_contacts",
    "slow_loss",
    "soldiers",
    "transparency",
    "who_there_is",
]

_SINCE = pd.Timestamp("2009-06-01")  # the first government of which talks are on record
_YEAR = 365  # days
_HARD = ("crackdown", "crackdown_law", "prison_transfer")
_BY_CHANCE = 0.05


def _listed(months: list[float]) -> str:
    return ", ".join(f"{wait:.0f}" if wait >= 1 else "<1" for wait in months) or "-"


def secret_contacts(evidence: Evidence) -> Result:
    """Claim 3: under which presidents their government or party is named in talks."""
    talks = coded.dated(evidence, "negotiation", "transfer_of_leaders", "acknowledgement")
    named: dict[str, bool] = {}
    earlier: dict[str, bool] = {}
    for term in evidence.record.case.administrations:
        start = pd.Timestamp(term.start)
        end = pd.Timestamp(term.end) if term.end else coded.end_of_record(evidence)
        within = talks[(talks["date"] < end) & (talks["end"] > start)]
        president = coded.head_of_government(term.name)
        # A candidate or a mayor talks for himself, not for the government of the day.
        own = rf"\b(?:{president.split()[-1]} government|{term.party.split(',')[0]})\b"
        group = named if start >= _SINCE else earlier
        found = bool(within["actors"].str.contains(own, regex=True, na=False).any())
        group[president] = group.get(president, False) or found
    if not named:
        raise NotTestable(
            "The case lists no government since 2009.",
            "El caso no enumera gobiernos desde 2009.",
        )
    answer = coded.share(sum(named.values()), len(named))
    values: Values = {
        "with_talks": answer.count,
        "presidents": answer.cases,
        "cases": answer.cases,
        "names": ", ".join(name for name, yes in named.items() if yes) or "-",
        "earlier": len(earlier) - sum(earlier.values()),
    }
    return Result(
        all_or_mixed(list(named.values())),
        answer.value,
        answer.low,
        answer.high,
        1.0,
        values,
        sources_of(talks),
    )


def transparency(evidence: Evidence) -> Result:
    """Claim 12: how soon governments acknowledged that they negotiated."""
    talks = coded.known_negotiations(evidence)
    waits = [
        coded.in_months(one.opened, pd.Timestamp(min(one.acknowledged)))
        for one in talks
        if one.acknowledged
    ]
    within = coded.share(sum(wait <= 12 for wait in waits), len(talks))
    verdict: Judgement = "mixed" if within.count else "supported"
    if any(wait <= 1 for wait in waits):
        verdict = "contradicted"
    values: Values = {
        "count": len(talks),
        "cases": len(talks),
        "acknowledged": within.count,
        "waits": _listed(waits),
    }
    used = coded.dated(evidence, "negotiation", "truce_start", "acknowledgement")
    return Result(verdict, within.value, within.low, within.high, NAN, values, sources_of(used))


def exposure(evidence: Evidence) -> Result:
    """Claim 14: whether the press was first to expose each negotiation, and how long it took."""
    talks = coded.known_negotiations(evidence)
    first, waits = [], []
    for one in talks:
        others = (*one.acknowledged, *one.prosecuted, *one.sanctioned)
        if one.exposed or others:
            first.append(bool(one.exposed) and min(one.exposed) <= min(others, default="9"))
        if one.exposed:
            waits.append(coded.in_months(one.opened, pd.Timestamp(min(one.exposed))))
    if not waits:
        raise NotTestable(
            "The record dates no exposure of a negotiation.",
            "El registro no fecha la revelación de ninguna negociación.",
        )
    answer = coded.share(sum(first), len(first))
    mean, low, high = coded.mean_wait(waits)
    values: Values = {
        "count": len(talks),
        "dated": answer.cases,
        "cases": answer.cases,
        "first": answer.count,
        "waits": _listed(waits),
        "mean": mean,
        "mean_low": low,
        "mean_high": high,
    }
    used = coded.dated(evidence, "negotiation", "truce_start", "exposure_by_press")
    return Result(
        all_or_mixed(first), answer.value, answer.low, answer.high, 1.0, values, sources_of(used)
    )


_WINDOWS = (12, 24, 36)  # months
_SANCTIONED_WITHIN = {6: 183, 12: 365, 24: 731}  # months: days


def sanctions_follow(evidence: Evidence) -> Result:
    """Claim 17: first exposures followed by a foreign sanction, against shifted calendars."""
    exposed = [
        pd.Timestamp(min(one.exposed)) for one in coded.known_negotiations(evidence) if one.exposed
    ]
    sanctions = coded.dated(evidence, "sanction")
    if not exposed or sanctions.empty:
        raise NotTestable(
            "The record dates no exposure of a negotiation, or no foreign sanction.",
            "El registro no fecha revelaciones de negociaciones, o no fecha sanciones.",
        )
    span = Period(f"{min(exposed):%Y-%m-%d}", f"{coded.end_of_record(evidence):%Y-%m-%d}")
    shares, chances = {}, []
    for months, days in _SANCTIONED_WITHIN.items():
        shares[months] = coded.followed(exposed, sanctions, days=days)
        chances.append(coded.chance_of_as_many(exposed, sanctions, days=days, between=span))
    central = shares[24]
    verdict: Judgement = "not identified"
    if not central.count:
        verdict = "contradicted"
    elif shares[6].count == shares[6].cases and chances[0] <= _BY_CHANCE:
        # A calendar that is slid does as well at least in the window's share of the period: in
        # wider windows than this no order could be told from chance.
        verdict = "supported"
    next_ones = [(date, coded.first_after(sanctions, date)) for date in exposed]
    values: Values = {
        "followed": central.count,
        "count": central.cases,
        "cases": central.cases,
        "waits": _listed([coded.in_months(date, later) for date, later in next_ones if later]),
        "chance_low": min(chances),
        "chance_high": max(chances),
    }
    used = coded.dated(evidence, "exposure_by_press")
    return Result(
        verdict, central.value, central.low, central.high, NAN, values, sources_of(used, sanctions)
    )


def _left_office(evidence: Evidence) -> dict[str, pd.Timestamp | None]:
    """When each head of government left for good; None while in office."""
    return {
        coded.head_of_government(term.name): pd.Timestamp(term.end) if term.end else None
        for term in evidence.record.case.administrations  # in order of time: the last term stays
    }


def prosecuted_later(evidence: Evidence) -> Result:
    """Claim 18: prosecutions of those who negotiated, by whether their side left office."""
    left = _left_office(evidence)
    gone, waits, governing = [], [], []
    for one in coded.known_negotiations(evidence):
        out = left.get(one.side)
        if out is None or out > coded.end_of_record(evidence):
            governing.append(bool(one.prosecuted))
            continue
        gone.append(bool(one.prosecuted))
        waits += [coded.in_months(out, pd.Timestamp(day)) for day in sorted(one.prosecuted)[:1]]
    if not gone:
        raise NotTestable(
            "No side that negotiated has left office.",
            "Ninguna parte que negoció ha dejado el poder.",
        )
    answer = coded.share(sum(gone), len(gone))
    values: Values = {
        "left": answer.cases,
        "cases": answer.cases,
        "prosecuted": answer.count,
        "waits": _listed(waits),
        "governing": len(governing),
        "governing_prosecuted": sum(governing),
    }
    used = coded.dated(evidence, "negotiation", "truce_start", "prosecution_of_negotiators")
    return Result(
        all_or_mixed(gone), answer.value, answer.low, answer.high, 1.0, values, sources_of(used)
    )


def _around(date: pd.Timestamp, months: int) -> tuple[Period, Period]:
    """As many months before a date as after it."""
    first, last = date - pd.DateOffset(months=months), date + pd.DateOffset(months=months)
    middle = f"{date:%Y-%m-%d}"
    return Period(f"{first:%Y-%m-%d}", middle), Period(middle, f"{last:%Y-%m-%d}")


def _one_sided(shares: list[coded.Share | None], reference: float = 0.5) -> Judgement:
    """Yes or no only where every interval lies on one side of the reference."""
    if all(one is not None and one.low > reference for one in shares):
        return "supported"
    if all(one is not None and one.high < reference for one in shares):
        return "contradicted"
    return "not identified"


def hard_hand_answers(evidence: Evidence) -> Result:
    """Claim 28: hard measures after the end of the truce against as many months before."""
    ends = coded.dated(evidence, "truce_end")
    if ends.empty:
        raise NotTestable(
            "The record dates no end of a truce.", "El registro no fecha el fin de una tregua."
        )
    end = pd.Timestamp(ends["date"].iloc[0])
    hard = coded.dated(evidence, *_HARD)
    shares = {months: coded.share_after(hard, *_around(end, months))[0] for months in _WINDOWS}
    central = shares[24]
    if central is None:
        raise NotTestable(
            "The record dates no hard measure near the end of the truce.",
            "El registro no fecha medidas duras cerca del fin de la tregua.",
        )
    near = _around(end, 24)
    values: Values = {
        "after": central.count,
        "before": central.cases - central.count,
        "cases": central.cases,
        "recalled": len(coded.recalled(evidence, *_HARD, first=near[0].start, last=near[1].end)),
        "shares": ", ".join(
            f"{months}: {one.count}/{one.cases}" for months, one in shares.items() if one
        ),
    }
    return Result(
        _one_sided(list(shares.values())),
        central.value,
        central.low,
        central.high,
        0.5,
        values,
        sources_of(ends, hard[(hard["date"] >= near[0].start) & (hard["date"] < near[1].end)]),
    )


def answered_by_emergency(evidence: Evidence) -> Result:
    """Claim 33: massacres of 2020-22 answered by a crackdown or a state of exception."""
    massacres = coded.dated(evidence, "massacre", first="2020-01-01", last="2022-12-31")
    if massacres.empty:
        raise NotTestable(
            "The record dates no massacre in 2020 to 2022.",
            "El registro no fecha masacres entre 2020 y 2022.",
        )
    answers = coded.dated(evidence, "crackdown", "state_of_exception")
    decrees = coded.dated(evidence, "state_of_exception")
    shares = {days: coded.followed(massacres["date"], answers, days=days) for days in (7, 14, 30)}
    last, running = _last_prolongation(evidence)
    verdict: Judgement = "mixed"
    if shares[7].count == shares[7].cases and running:
        verdict = "supported"
    elif not shares[30].count:
        verdict = "contradicted"
    answered = [
        f"{date:%Y-%m}"
        for date in massacres["date"]
        if coded.followed([date], answers, days=7).count
    ]
    values: Values = {
        "answered": shares[7].count,
        "count": shares[7].cases,
        "cases": shares[7].cases,
        "dates": ", ".join(answered) or "-",
        "answered_14": shares[14].count,
        "answered_30": shares[30].count,
        "emergency": coded.followed(massacres["date"], decrees, days=7).count,
        "last": f"{last:%Y-%m}" if last is not None else "-",
        "months": coded.in_months(EXCEPTION, last) if last is not None else NAN,
    }
    return Result(
        verdict,
        shares[7].value,
        shares[7].low,
        shares[7].high,
        1.0,
        values,
        sources_of(massacres, answers[answers["date"] >= "2020-01-01"]),
    )


def _last_prolongation(evidence: Evidence) -> tuple[pd.Timestamp | None, bool]:
    """When the exception was last decreed or prolonged, and whether that is recent."""
    dates = coded.dated(evidence, "state_of_exception")["date"]
    if dates.empty:
        return None, False
    last = pd.Timestamp(dates.max())
    return last, (coded.end_of_record(evidence) - last).days <= _YEAR / 4


def both_go_on(evidence: Evidence) -> Result:
    """Claim 40: talks dated since March 2022 against the time that passed, and the exception."""
    starts = coded.dated(evidence, "negotiation", "truce_start", "ceasefire", first="2012-01-01")
    if starts.empty:
        raise NotTestable(
            "The record dates no negotiation since 2012.",
            "El registro no fecha negociaciones desde 2012.",
        )
    end = coded.end_of_record(evidence)
    opening = pd.Timestamp(starts["date"].iloc[0])
    middle = f"{EXCEPTION:%Y-%m-%d}"
    found, of_time = coded.share_after(
        starts, Period(f"{opening:%Y-%m-%d}", middle), Period(middle, f"{end:%Y-%m-%d}")
    )
    assert found is not None  # the first start itself lies in one of the periods
    last, running = _last_prolongation(evidence)
    verdict: Judgement = "not identified"
    if not running or found.high < of_time:
        verdict = "contradicted"
    elif found.count:
        verdict = "supported"
    before = found.cases - found.count
    earlier, silence = coded.in_months(opening, EXCEPTION), coded.in_months(EXCEPTION, end)
    released = coded.dated(evidence, "release", first=EXCEPTION)
    values: Values = {
        "after": found.count,
        "before": before,
        "cases": found.cases,
        "silence": silence,
        "earlier": earlier,
        "expected": before / earlier * silence,
        "last": f"{last:%Y-%m}" if last is not None else "-",
        "releases": ", ".join(f"{date:%Y-%m}" for date in released["date"]) or "-",
    }
    return Result(
        verdict,
        found.value,
        found.low,
        found.high,
        of_time,
        values,
        sources_of(starts, released, coded.dated(evidence, "state_of_exception")),
    )


# Changes that touched prisoners only, and events outside prisons that could move deaths as well.
_IN_PRISONS = ("2012-03", "2015-02", "2016-03", "2020-04")
_IN_THE_STREET = (
    "crackdown",
    "crackdown_law",
    "massacre",
    "ceasefire",
    "state_of_exception",
    "gang_pressure",
)


def _monthly_rates(evidence: Evidence) -> pd.Series:
    """Deaths a day by month, of counts that cover one month."""
    counts = evidence.counts()
    start = pd.DatetimeIndex(counts["start"])
    one = (start.day == 1) & (start + pd.DateOffset(months=1) == pd.DatetimeIndex(counts["end"]))
    if "months" in counts:
        one &= counts["months"].str.len().to_numpy() == len("2012-03")
    months = counts[one]
    days = (months["end"] - months["start"]).dt.days
    return pd.Series((months["value"] / days).to_numpy(), index=months["start"]).sort_index()


def _steps(rates: pd.Series) -> pd.Series:
    """Rate of the month after over that of the month before, for every month that has both."""
    one = pd.DateOffset(months=1)
    months = pd.DatetimeIndex(rates.index)
    middles = [month + one for month in months if month + 2 * one in months]
    ratios = [float(rates[month + one] / rates[month - one]) for month in middles]
    return pd.Series(ratios, index=pd.DatetimeIndex(middles), dtype=float)


def command_from_prison(evidence: Evidence) -> Result:
    """Claim 6: killings after changes that touched prisoners only, against other months."""
    steps = _steps(_monthly_rates(evidence))
    steps = steps[np.isfinite(steps) & (steps > 0)]
    months = [pd.Timestamp(month) for month in _IN_PRISONS]
    if not set(months) <= set(steps.index):
        raise NotTestable(
            "Single months are not counted around each of the four changes in prisons.",
            "No hay cifras de meses sueltos en torno a cada uno de los cuatro cambios en cárceles.",
        )
    sizes = np.abs(np.log(steps))
    near = [month + pd.DateOffset(months=k) for month in months for k in (-1, 0, 1)]
    # Under the exception some ten deaths a month are counted, which chance alone halves or doubles.
    placebos = sizes[~sizes.index.isin(near) & (sizes.index < EXCEPTION - pd.DateOffset(months=1))]
    counting = [month for month in months if (placebos >= sizes[month]).mean() <= _BY_CHANCE]
    street = coded.dated(evidence, *_IN_THE_STREET)["date"]
    reach = pd.DateOffset(months=1)
    alone = [
        month
        for month in counting
        if not ((street >= month - reach) & (street < month + 2 * reach)).any()
    ]
    verdict: Judgement = "mixed"
    if not counting:
        verdict = "contradicted"
    elif len(counting) == len(months) == len(alone):
        verdict = "supported"
    elif not alone:
        verdict = "not identified"
    values: Values = {
        "list": "; ".join(f"{month:%Y-%m} × {steps[month]:.2f}" for month in months),
        "counting": len(counting),
        "count": len(months),
        "cases": len(months),
        "alone": len(alone),
        "placebos": len(placebos),
    }
    used = coded.dated(evidence, "transfer_of_leaders", "prison_transfer", last="2020-12-31")
    first = float(steps[months[0]])
    limits = coded.placebo_limits(first, steps[placebos.index].tolist())
    return Result(verdict, first, *limits, 1.0, values, sources_of(used))


def slow_loss(evidence: Evidence) -> Result:
    """Claim 7: how long killing stayed high after leaders were isolated in February 2015."""
    rates = _monthly_rates(evidence)
    isolated = pd.Timestamp("2015-02-01")
    before = rates[(rates.index < isolated) & (rates.index >= isolated - pd.DateOffset(months=6))]
    later = rates[(rates.index > isolated) & (rates.index <= isolated + pd.DateOffset(months=24))]
    moved = coded.dated(evidence, "prison_transfer", first="2015-02-01", last="2015-03-01")
    if moved.empty or len(before) < 3 or len(later) < 12:
        raise NotTestable(
            "Too few single months are counted around the isolation of February 2015, or it is not "
            "on record.",
            "Hay pocas cifras de meses sueltos en torno al aislamiento de febrero de 2015, o este "
            "no consta.",
        )
    level = float(before.mean())
    back = later[later <= level]
    peak = coded.in_months(isolated, pd.Timestamp(str(later.idxmax())))
    until = back.index[0] if len(back) else later.index[-1]
    others = coded.dated(
        evidence, *_HARD, "ceasefire", "court_ruling", first="2015-03-01", last=until
    )
    waited = coded.in_months(isolated, until)
    verdict: Judgement = "not identified"
    if len(back) and waited <= 3.5:  # the third month after
        verdict = "contradicted"
    elif others.empty:
        verdict = "supported"
    low, high = _peak_limits(later, isolated)
    values: Values = {
        "peak": peak,
        "peak_low": low,
        "peak_high": high,
        "back": f"{waited:.0f}" if len(back) else f"> {waited:.0f}",
        "level": level * coded.in_months(isolated, isolated + pd.Timedelta(days=1)) ** -1,
        "others": len(others),
    }
    return Result(verdict, peak, low, high, 3.0, values, sources_of(moved, others))


_PEAK_DRAWS = 2000
_PEAK_KEY = (7, 20150201)  # the claim and its date, so that the draws are the same in every run


def _peak_limits(rates: pd.Series, since: pd.Timestamp) -> tuple[float, float]:
    """Where the deadliest month may lie, if every month were counted again: 90 % limits, months.

    Counts are drawn around those recorded with the dispersion of successive differences, which a
    slow rise or fall does not enter.
    """
    months = pd.DatetimeIndex(rates.index)
    counts = rates.to_numpy(dtype=np.float64) * months.days_in_month.to_numpy()
    steps = np.diff(counts) ** 2 / np.maximum(counts[1:] + counts[:-1], 1.0)
    dispersion = max(float(steps.mean()), 1.01)
    size = np.maximum(counts, 0.5) / (dispersion - 1)
    generator = np.random.default_rng(_PEAK_KEY)
    drawn = generator.negative_binomial(size, 1 / dispersion, size=(_PEAK_DRAWS, len(counts)))
    waits = np.array([coded.in_months(since, month) for month in months])
    low, high = np.quantile(waits[drawn.argmax(axis=1)], [0.05, 0.95]).tolist()
    return float(low), float(high)


_GOODS_WITHIN = 92  # days from a start to a transfer to easier prisons
_WITHDRAWN_WITHIN = 183  # days from a withdrawal to the end of a pact


def _ends(evidence: Evidence) -> pd.DataFrame:
    """Ends of pacts: of truces as dated, of the last pact by the decree that followed it."""
    decreed = coded.dated(evidence, "state_of_exception").head(1)
    return pd.concat([coded.dated(evidence, "truce_end"), decreed], ignore_index=True)


def main_demand(evidence: Evidence) -> Result:
    """Claim 9: starts with leaders moved to easier prisons, ends after prison terms withdrawn."""
    starts = [one.opened for one in coded.known_negotiations(evidence)]
    moved = coded.dated(evidence, "transfer_of_leaders")
    given = [
        bool((abs((moved["date"] - start).dt.days) <= _GOODS_WITHIN).any()) for start in starts
    ]
    ends = _ends(evidence)
    withdrawn = coded.dated(evidence, "truce_erosion", "prison_transfer")
    taken = [
        bool((((end - withdrawn["date"]).dt.days).between(0, _WITHDRAWN_WITHIN)).any())
        for end in ends["date"]
    ]
    answer = coded.share(sum(given) + sum(taken), len(given) + len(taken))
    values: Values = {
        "cases": answer.cases,
        "given": sum(given),
        "starts": len(given),
        "withdrawn": sum(taken),
        "ends": len(taken),
    }
    return Result(
        _one_sided([answer]),
        answer.value,
        answer.low,
        answer.high,
        0.5,
        values,
        sources_of(moved, ends, coded.dated(evidence, "negotiation", "truce_start")),
    )


def imperfect_command(evidence: Evidence) -> Result:
    """Claim 11: killings put down to gangs in the two whole years of the truce."""
    shares: list[coded.Share] = []
    used: list[pd.DataFrame] = []
    values: Values = {}
    for year in (2012, 2013):
        first, last = f"{year}-01-01", f"{year + 1}-01-01"
        gang = evidence.select("gang_homicides", first=first, last=last).tail(1)
        every = evidence.select("homicides", first=first, last=last)
        every = every[(every["end"] - every["start"]).dt.days >= _YEAR]
        # The same source divides by what it counted; else any whole year serves.
        same = every[every["source"] == gang["source"].iloc[0]]
        every = same if len(same) else every
        if every.empty:
            raise NotTestable(
                f"The record has no count of the whole year {year}.",
                f"El registro no tiene la cifra del año {year} completo.",
            )
        # The largest tally makes the share smallest.
        one = coded.share(int(gang["value"].iloc[-1]), int(every["value"].max()))
        values |= {f"gang_{year}": one.count, f"all_{year}": one.cases, f"share_{year}": one.value}
        shares.append(one)
        used += [gang, every]
    verdict: Judgement = "mixed"
    if all(one.low > 0.01 for one in shares):
        verdict = "supported"
    elif all(one.high < 0.01 for one in shares):
        verdict = "contradicted"
    least = min(shares, key=lambda one: one.value)
    return Result(verdict, least.value, least.low, least.high, 0.01, values, sources_of(*used))


_LARGE = ("ms13", "barrio18_surenos", "barrio18_revolucionarios")
_TRANSPORT = r"transportist|transport firm|bus compan"


def who_there_is(evidence: Evidence) -> Result:
    """Claim 24: share of the three large gangs, and whether others are on record at all."""
    by_gang = [evidence.select(f"gang_members.{name}").tail(1) for name in _LARGE]
    total = evidence.select("gang_members", first="2023-01-01").tail(1)
    jailed = evidence.select("gang_members.jailed", first="2018-01-01", last="2019-01-01").tail(1)
    other = evidence.select("gang_members.other.jailed").tail(1)
    members = sum(float(rows["value"].iloc[0]) for rows in by_gang) / float(total["value"].iloc[0])
    others = float(other["value"].iloc[0])
    held = 1 - others / float(jailed["value"].iloc[0])
    events = evidence.record.events
    named = events["actors"].str.contains(_TRANSPORT, case=False, na=False) & events["verified"]
    verdict: Judgement = "mixed"
    if min(members, held) > 0.8 and others > 0 and named.any():
        verdict = "supported"
    elif min(members, held) < 0.5:
        verdict = "contradicted"
    values: Values = {
        "share_members": min(members, 1.0),
        "share_jailed": held,
        "others": others,
        "transport": int(named.sum()),
    }
    low, high = sorted((min(members, 1.0), held))
    used = sources_of(*by_gang, total, jailed, other)
    return Result(verdict, low, low, high, 0.8, values, used, interval="range")


_COURT = ("court_ruling",)


def power_concentrated(evidence: Evidence) -> Result:
    """Claim 38: steps that remove a check or prolong special powers, and rulings against them."""
    since, before = "2019-06-01", "2009-06-01"
    removed = coded.dated(evidence, "institutional", first=since)
    special = coded.dated(evidence, "state_of_exception", first=since)
    rulings = coded.dated(evidence, *_COURT, first=since)
    verdict: Judgement = "mixed"
    if removed.empty and special.empty:
        verdict = "contradicted"
    elif len(removed) and len(special) and rulings.empty:
        verdict = "supported"
    earlier = coded.dated(evidence, "institutional", "state_of_exception", first=before, last=since)
    values: Values = {
        "cases": len(removed) + len(special),
        "institutional": len(removed),
        "exceptions": len(special),
        "recalled": len(coded.recalled(evidence, "institutional", first=since)),
        "rulings": len(rulings),
        "earlier": len(earlier),
        "earlier_rulings": len(coded.dated(evidence, *_COURT, first=before, last=since)),
        "recalled_rulings": len(coded.recalled(evidence, *_COURT, first=before, last=since)),
    }
    steps = len(removed) + len(special)
    limits = coded.rate_limits(steps, 1.0)
    used = sources_of(removed, special, rulings)
    return Result(verdict, float(steps), *limits, 0.0, values, used)


_BREACHES = (
    "truce_erosion",
    "prison_transfer",
    "refusal",
    "sanction",
    "prosecution_of_negotiators",
    "extradition",
)
_BEFORE_AN_END = (90, 180, 365)  # days


def breach_first(evidence: Evidence) -> Result:
    """Claim 20: ends of pacts with a dated breach before them, against shifted calendars."""
    ends = _ends(evidence)
    breaches = coded.dated(evidence, *_BREACHES)
    if ends.empty or breaches.empty:
        raise NotTestable(
            "The record dates no end of a pact, or no breach.",
            "El registro no fecha finales de pactos, o no fecha incumplimientos.",
        )
    span = Period("2012-03-09", f"{coded.end_of_record(evidence):%Y-%m-%d}")
    shares, chances = {}, []
    for days in _BEFORE_AN_END:
        # A breach in the days before an end is an end in the days after a breach: ask from a
        # date that lies as many days earlier.
        asked = [pd.Timestamp(end) - pd.Timedelta(days=days) for end in ends["date"]]
        shares[days] = coded.followed(asked, breaches, days=days)
        chances.append(coded.chance_of_as_many(asked, breaches, days=days, between=span))
    verdict: Judgement = "not identified"
    if not shares[365].count:
        verdict = "contradicted"
    elif shares[90].count == shares[90].cases and chances[0] <= _BY_CHANCE:
        verdict = "supported"
    central = shares[180]
    values: Values = {
        "count": central.cases,
        "cases": central.cases,
        **{f"in_{days}": one.count for days, one in shares.items()},
        "chance_low": min(chances),
        "chance_high": max(chances),
    }
    return Result(
        verdict, central.value, central.low, central.high, NAN, values, sources_of(ends, breaches)
    )


def criticism_changes_little(evidence: Evidence) -> Result:
    """Claim 37: arrests a day before and after each foreign sanction since March 2022."""
    sanctions = coded.dated(evidence, "sanction", first=EXCEPTION)
    if sanctions.empty:
        raise NotTestable(
            "The record dates no foreign sanction or criticism since March 2022.",
            "El registro no fecha sanciones ni críticas extranjeras desde marzo de 2022.",
        )
    totals = evidence.select("exception_detentions").groupby("end")["value"].max()
    paces = {date: _change_of_pace(totals, date) for date in sanctions["date"]}
    ratios = {date: ratio for date, ratio in paces.items() if not np.isnan(ratio)}
    if not ratios:
        raise NotTestable(
            "No sanction has two dated totals of arrests on each side.",
            "Ninguna sanción tiene dos totales fechados de detenciones a cada lado.",
        )
    slowed = [ratio < 2 / 3 for ratio in ratios.values()]
    verdict: Judgement = "mixed"
    if len(slowed) < 3:
        verdict = "not identified"
    elif not any(slowed):
        verdict = "supported"
    elif all(slowed):
        verdict = "contradicted"
    found = list(ratios.values())
    middle = float(np.median(found))
    limits = (min(found), max(found))
    if len(found) == 1:  # against the same ratio at every date with an arrest total of its own
        placebos = [_change_of_pace(totals, date) for date in totals.index]
        limits = coded.placebo_limits(middle, [ratio for ratio in placebos if 0 < ratio < np.inf])
    values: Values = {
        "count": len(sanctions),
        "cases": len(found),
        "low": limits[0],
        "high": limits[1],
        "list": "; ".join(f"{date:%Y-%m} × {ratio:.2f}" for date, ratio in ratios.items()),
    }
    used = evidence.select("exception_detentions")
    return Result(
        verdict,
        middle,
        *limits,
        2 / 3,
        values,
        sources_of(sanctions, used),
        interval="90 %" if len(found) == 1 else "range",
    )


def _change_of_pace(totals: pd.Series, date: pd.Timestamp) -> float:
    """Arrests a day between the next two totals over those between the last two; NaN without."""
    before, after = totals[totals.index <= date].tail(2), totals[totals.index > date].head(2)
    if len(before) < 2 or len(after) < 2 or _pace(before) <= 0:
        return NAN
    return _pace(after) / _pace(before)


def _pace(totals: pd.Series) -> float:
    """Persons a day between two dated totals."""
    dates = pd.DatetimeIndex(totals.index)
    return float(totals.iloc[1] - totals.iloc[0]) / float((dates[1] - dates[0]).days)


_SENT = "2009-11-01"  # soldiers were sent on the 6th; flat rates leave that month out
_BEFORE_SOLDIERS = (Period("2009-01-01", _SENT), Period("2008-11-01", _SENT))
_AFTER_SOLDIERS = (Period("2009-12-01", "2010-12-01"), Period("2009-12-01", "2010-06-01"))


def soldiers(evidence: Evidence) -> Result:
    """Claim 58: killings after soldiers were sent to patrol in November 2009."""
    sent = coded.dated(evidence, "crackdown", first="2009-11-01", last="2009-12-01")
    if sent.empty:
        raise NotTestable(
            "The record does not date the sending of soldiers in 2009.",
            "El registro no fecha el envío de soldados en 2009.",
        )
    curve = interrupted_over_choices(
        evidence,
        (("2009-11-06", None, "soldiers"),),
        question="soldiers",
        window=("2009-12", "2010-11"),
        last="2012-02",  # up to the truce: the months asked about are mostly inside totals
    )
    flat = flat_rates(evidence, _BEFORE_SOLDIERS, _AFTER_SOLDIERS)
    others = coded.dated(
        evidence,
        *_HARD,
        "negotiation",
        "truce_start",
        first="2009-12-01",
        last="2010-12-01",
    )
    verdict: Judgement = "not identified"
    if curve.above(0.9) == len(curve.answers):
        verdict = "supported"
    elif curve.below() == len(curve.answers) and others.empty:
        verdict = "contradicted"
    values: Values = {
        **curve.values(),
        "flat": flat[0].ratio,
        "flat_low": flat[0].low,
        "flat_high": flat[0].high,
        "others": len(others),
    }
    used = evidence.select("homicides", last="2012-03-01")
    return Result(verdict, *curve.middle, 1.0, values, sources_of(used, sent))
