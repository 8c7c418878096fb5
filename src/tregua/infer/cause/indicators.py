r"""Pact or crackdown? What else the record holds near a fall, and how far it moves the odds.

Counts date a fall and hardly move the odds of its cause. Other indicators may: disappearances,
arrests, prisons, extortion, and dated events. For each fall *i* and indicator *j* a likelihood
ratio :math:`r_{ij}` *pact : crackdown* is computed from that indicator's own model (see
`INDICATORS`), raised to its `temper`, and shown by itself. Two combinations are given:

.. math:: \text{product}_i=\prod_j r_{ij},\qquad
          \text{capped}_i=\prod_g \min\{5,\max\{\tfrac15,\textstyle\prod_{j\in g} r_{ij}\}\}.

The product pretends that indicators are independent. They are not: an arrest wave fills prisons,
a leak brings a denial. The capped factor therefore lets no group of related indicators count for
more than 5 or less than 1/5. Both carry an interval from halving and doubling all strengths; at
half strength the cap is the root of 5, at double strength it stays.

What these numbers are not: a measurement. Their strengths are judgements, records are fuller for
famous cases, and many events are on record because somebody explained the fall by them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tregua.infer.cause.catalogue import GROUPS, INDICATORS, Indicator
from tregua.infer.cause.models import SCALES, Fall
from tregua.infer.counts.detection import Detection
from tregua.infer.counts.words import Notice
from tregua.record import Record
from tregua.record.problems import nearest

__all__ = ["Indications", "indicators", "verdict_of"]

CAP = 5.0
"""No group of indicators counts for more than this factor, or for less than its inverse."""
PRIOR_ODDS = (1 / 3, 1.0, 3.0)
_TELLS = 3.0  # a factor within 1/3 to 3 tells nothing
_BEFORE, _AFTER = 36, 24  # months looked at before and after a fall
_LEAST_BEFORE = 12  # an earlier fall nearer than this does not shorten the stretch before
_SURE = 0.5  # expected falls from which a fall is worth explaining
_NEXT_FALL = 0.5  # expected falls from which a neighbouring fall ends a stretch
_LEAST_STRETCH = 6  # months that are looked at after a fall in any case

NO_DATA = Notice("no-data", "no data", "sin datos")

VERDICTS = {
    "uncertain-fall": Notice(
        "uncertain-fall",
        "whether it fell abruptly is itself uncertain",
        "no es seguro que hubiera una caída abrupta",
    ),
    "cannot-tell": Notice("cannot-tell", "the data cannot tell", "los datos no permiten decirlo"),
    "leans-crackdown": Notice("leans-crackdown", "leans to a crackdown", "más bien ofensiva"),
    "leans-pact": Notice(
        "leans-pact",
        "leans to a pact; events near the fall speak of talks",
        "más bien pacto; hay hechos cercanos que hablan de diálogo",
    ),
    "leans-pact-without-events": Notice(
        "leans-pact-without-events",
        "does not look like a crackdown; no event speaks of talks, so this is not called a pact",
        "no parece una ofensiva; ningún hecho habla de diálogo, así que no se llama pacto",
    ),
}

WARNINGS = (
    Notice(
        "indicators-are-not-independent",
        "Indicators share causes, so their product overstates. The capped factor lets no group of "
        "them count for more than 5 or less than 1/5.",
        "Los indicadores comparten causas, de modo que su producto exagera. El factor acotado no "
        "deja que ningún grupo cuente más de 5 ni menos de 1/5.",
    ),
    Notice(
        "records-are-fuller-for-famous-cases",
        "Records are fuller for famous falls, and many events are on record because they were "
        "used to explain one. Compare falls of one record with care, and falls of two not at all.",
        "Los registros son más completos para las caídas famosas, y muchos hechos constan porque "
        "sirvieron para explicar una. Compare con cautela las caídas de un registro, y no compare "
        "las de dos.",
    ),
    Notice(
        "strengths-are-elicited",
        "Strengths are judgements, not measurements; intervals show them halved and doubled. No "
        "factor accuses anybody.",
        "Las fuerzas son juicios, no mediciones; los intervalos las muestran a la mitad y al "
        "doble. Ningún factor acusa a nadie.",
    ),
)


@dataclass(frozen=True)
class Indications:
    """What the record holds near each fall.

    Attributes
    ----------
    table : DataFrame
        One row for each fall and indicator: `fall` (median month), `indicator`, `group`, `factor`
        (pact : crackdown, tempered; 1 without data), `factor_half`, `factor_double` (the same at
        half and at double strength), `data` (whether there were any), `seen` (of events: whether
        one was seen; None otherwise), `rows` (figures or events), `words_en`, `words_es`,
        `sources`.
    summary : DataFrame
        One row for each fall: `fall`; `product`, `product_low`, `product_high`; `capped`,
        `capped_low`, `capped_high`; `p_low`, `p_even`, `p_high` (probability of a pact against a
        crackdown: least, at even prior odds, and greatest over the prior odds and the interval of
        the capped factor); `with_data` (indicators with data); `sure` (whether the expected number
        of falls is at least one half and the fall does not lie in a total over several months);
        `verdict` (a key of `verdicts`; "uncertain-fall" where it is not sure).
    odds : DataFrame
        One row for each fall and prior odds: `fall`, `prior_odds`, `p_product`, `p_capped`,
        `p_capped_low`, `p_capped_high`.
    indicators : tuple of Indicator
        What was looked at.
    verdicts : mapping of str to Notice
        Verdicts in words.
    notices : tuple of Notice
        What must be read beside the numbers.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    odds: pd.DataFrame
    indicators: tuple[Indicator, ...]
    verdicts: Mapping[str, Notice]
    notices: tuple[Notice, ...]

    def without(self, name: str) -> pd.DataFrame:
        """The summary as it would be without one of the indicators.

        Raises
        ------
        ValueError
            If that indicator was not looked at.
        """
        kept = _chosen(None, [name], self.indicators)
        sure = dict(zip(self.summary["fall"], self.summary["sure"], strict=True))
        odds = sorted(set(self.odds["prior_odds"])) or list(PRIOR_ODDS)
        return _summaries(self.table[self.table["indicator"] != name], kept, sure, odds)


def _chosen(
    which: Sequence[str] | None, without: Sequence[str], catalogue: Sequence[Indicator]
) -> tuple[Indicator, ...]:
    names = [indicator.name for indicator in catalogue]
    for name in (*(which or ()), *without):
        if name not in names:
            raise ValueError(
                f"No indicator named '{name}'. {nearest(name, names, kind='indicators')}"
            )
    kept = names if which is None else list(which)
    return tuple(one for one in catalogue if one.name in kept and one.name not in without)


def _falls(detection: Detection) -> list[Fall]:
    breaks, months = detection.breaks, detection.months
    levels = pd.Series(months["level"].to_numpy(), index=pd.DatetimeIndex(months["month"]))
    end_of_all = levels.index[-1] + pd.offsets.MonthBegin(1)
    falls = []
    for row in breaks.to_dict("records"):
        sure = breaks[breaks["mass"] >= _NEXT_FALL]
        later = sure[sure["low"] > row["high"]]
        near = row["median"] - pd.DateOffset(months=_LEAST_BEFORE)
        earlier = sure.loc[sure["high"] <= near, "high"] + pd.offsets.MonthBegin(1)
        begins = [row["median"] - pd.DateOffset(months=_BEFORE), *earlier]
        ends = [row["median"] + pd.DateOffset(months=_AFTER), end_of_all]
        if len(later):
            soonest = row["median"] + pd.DateOffset(months=_LEAST_STRETCH)
            ends.append(max(later["low"].iloc[0], soonest))
        falls.append(
            Fall(
                since=max(begins),
                start=row["low"],
                day=row["median"],
                finish=row["high"] + pd.offsets.MonthBegin(1),
                until=min(ends),
                levels=levels,
                factors=(
                    row["bayes_factor_low"],
                    row["bayes_factor"],
                    row["bayes_factor_high"],
                ),
            )
        )
    return falls


def _read(record: Record, fall: Fall, one: Indicator) -> dict[str, Any]:
    """One row of the table."""
    reading = one.measure.read(record, fall) if one.temper > 0 else None
    logs = np.zeros(3) if reading is None else one.temper * np.array(reading.log_factors)
    words = NO_DATA if reading is None else reading.words
    half, full, double = np.exp(logs)
    return {
        "fall": fall.day,
        "indicator": one.name,
        "group": one.group,
        "factor": full,
        "factor_half": half,
        "factor_double": double,
        "data": reading is not None,
        "seen": None if reading is None else reading.seen,
        "rows": 0 if reading is None else reading.rows,
        "words_en": words.en,
        "words_es": words.es,
        "sources": () if reading is None else reading.sources,
    }


def verdict_of(capped: tuple[float, float, float], product: float, talks: bool) -> str:
    """Key of the verdict that the combined factors allow.

    Parameters
    ----------
    capped
        Lowest, middle and highest capped factor over half, full and double strength.
    product
        The product of all factors at full strength.
    talks
        Whether an event of the bargain itself was seen near the fall.

    Returns
    -------
    str
        "cannot-tell" if any of these lies within 1/3 to 3 or if they disagree; else a lean.
    """
    all_factors = (*capped, product)
    if min(all_factors) > _TELLS:
        return "leans-pact" if talks else "leans-pact-without-events"
    return "leans-crackdown" if max(all_factors) < 1 / _TELLS else "cannot-tell"


def _summary(
    rows: pd.DataFrame, direct: frozenset[str], sure: bool, odds: Sequence[float]
) -> dict[str, Any]:
    """Combine the rows of one fall."""
    logs = np.log(rows[["factor_half", "factor", "factor_double"]].to_numpy(dtype=float))
    limit = math.log(CAP) * np.minimum(SCALES, 1.0)
    groups = rows["group"].to_numpy()
    capped = np.zeros(3)
    for group in GROUPS:
        capped += np.clip(logs[groups == group].sum(axis=0), -limit, limit)
    factors: dict[str, float] = {}
    for name, total in (("product", logs.sum(axis=0)), ("capped", capped)):
        factors |= {
            name: math.exp(total[1]),
            f"{name}_low": math.exp(total.min()),
            f"{name}_high": math.exp(total.max()),
        }
    talks = bool((rows["indicator"].isin(direct) & (rows["seen"] == True)).any())  # noqa: E712
    band = (factors["capped_low"], factors["capped"], factors["capped_high"])
    return {
        "fall": rows["fall"].iloc[0],
        **factors,
        "p_low": _probability(factors["capped_low"] * min(odds)),
        "p_even": _probability(factors["capped"]),
        "p_high": _probability(factors["capped_high"] * max(odds)),
        "with_data": int(rows["data"].sum()),
        "sure": sure,
        "verdict": verdict_of(band, factors["product"], talks) if sure else "uncertain-fall",
    }


def _summaries(
    table: pd.DataFrame,
    chosen: Sequence[Indicator],
    sure: Mapping[pd.Timestamp, bool],
    odds: Sequence[float],
) -> pd.DataFrame:
    """Combine the rows of every fall."""
    direct = frozenset(one.name for one in chosen if one.direct)
    rows = [
        _summary(table[table["fall"] == fall], direct, certain, odds)
        for fall, certain in sure.items()
    ]
    return pd.DataFrame(rows, columns=list(_SUMMARY))


def _odds(summary: pd.DataFrame, odds: Sequence[float]) -> pd.DataFrame:
    """Probabilities of a pact at each prior odds."""
    columns = ("product", "capped", "capped_low", "capped_high")
    rows = [
        {
            "fall": row["fall"],
            "prior_odds": prior,
            **{f"p_{name}": _probability(prior * row[name]) for name in columns},
        }
        for row in summary.to_dict("records")
        for prior in odds
    ]
    return pd.DataFrame(rows, columns=["fall", "prior_odds", *(f"p_{name}" for name in columns)])


def _probability(odds: float) -> float:
    return odds / (1 + odds)


_TABLE = (
    "fall",
    "indicator",
    "group",
    "factor",
    "factor_half",
    "factor_double",
    "data",
    "seen",
    "rows",
    "words_en",
    "words_es",
    "sources",
)
_SUMMARY = (
    "fall",
    "product",
    "product_low",
    "product_high",
    "capped",
    "capped_low",
    "capped_high",
    "p_low",
    "p_even",
    "p_high",
    "with_data",
    "sure",
    "verdict",
)


def indicators(
    record: Record,
    detection: Detection,
    *,
    which: Sequence[str] | None = None,
    without: Sequence[str] = (),
    prior_odds: Sequence[float] = PRIOR_ODDS,
    catalogue: Sequence[Indicator] = INDICATORS,
) -> Indications:
    """Look, near each abrupt fall, for what would tell a pact from a crackdown.

    Parameters
    ----------
    record
        All that is known of the case.
    detection
        What `detect` found in its counts.
    which
        Names of indicators to use; all if None.
    without
        Names of indicators to leave out.
    prior_odds
        Odds of a pact against a crackdown before looking, over which probabilities are banded.
    catalogue
        The indicators to choose from.

    Returns
    -------
    Indications

    Raises
    ------
    ValueError
        If an indicator is unknown (the message names the nearest), none is left, or prior odds are
        not positive.
    """
    chosen = _chosen(which, without, catalogue)
    if not chosen:
        raise ValueError("No indicator is left. Name at least one that is not left out.")
    if not prior_odds or min(prior_odds) <= 0:
        raise ValueError(f"Prior odds must be positive, such as 1/3, 1 and 3; not {prior_odds}.")
    breaks = detection.breaks
    certain = (breaks["mass"] >= _SURE) & ~breaks["inside_total"]
    sure = dict(zip(breaks["median"], certain.astype(bool), strict=True))
    rows = [_read(record, fall, one) for fall in _falls(detection) for one in chosen]
    table = pd.DataFrame(rows, columns=list(_TABLE))
    summary = _summaries(table, chosen, sure, prior_odds)
    return Indications(
        table=table,
        summary=summary,
        odds=_odds(summary, prior_odds),
        indicators=chosen,
        verdicts=VERDICTS,
        notices=WARNINGS,
    )
