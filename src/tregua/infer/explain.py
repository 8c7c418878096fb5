"""A detection in sentences: why this reading, what moved it, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tregua.infer.opinions import Opinions, factor, percent

if TYPE_CHECKING:
    from tregua.infer.counts.detection import Detection
    from tregua.infer.counts.partition import Tiles

__all__ = ["explain_falls", "explain_month", "month_reruns"]

Again = Callable[["Tiles"], "Detection"]

_REGIMES = {
    "en": {
        "p_none": "no regime",
        "p_reversible": "a reversible fall",
        "p_persistent": "a persistent fall",
        "p_decline": "a decline",
        "p_escalation": "an escalation",
        "p_spike": "a spike",
    },
    "es": {
        "p_none": "ningún régimen",
        "p_reversible": "una caída reversible",
        "p_persistent": "una caída persistente",
        "p_decline": "un descenso",
        "p_escalation": "una escalada",
        "p_spike": "un repunte",
    },
}

_SAY = {
    "en": {
        "fall": "The fall of {month} ({interval}): from {before} to {after} deaths a month; {left} "
        "({low}-{high}) were left. Expected falls in this window: {mass}, {sure}.",
        "sure": "nearly certain",
        "likely": "more likely than not",
        "unsure": "as likely as not, or less",
        "counts": "What moved it: the counts {before} before and {after} after.",
        "total": "It lies in a total over several months, so its date and size hang on that total.",
        "kind": "Reversible or persistent: factor {factor} over three prior odds, {kind}. "
        "Counts back near {before} a month within two years speak for reversible, counts kept near "
        "{after} for persistent.",
        "both": "The second model dates it in {month}, {apart} months apart.",
        "alone": "The second model does not date it.",
        "alone_total": "The second model cannot see it: it uses no totals over several months.",
        "combined": "Pact against crackdown: capped factor {capped} ({low} - {high}), product "
        "{product}; P(pact) {p_low}-{p_high} over prior odds: {verdict}.",
        "pivotal": "It would be read otherwise without: {names}.",
        "steady": "No single indicator changes that reading.",
        "nothing": "No data: {names}.",
        "month": "In {month} the likeliest reading is {one} ({p_one}); next {two} ({p_two}).",
        "level": "The level is {level} deaths a month ({low}-{high}), {change}; {count}.",
        "change": "{ratio} of a year before",
        "no_change": "with no year before to compare",
        "observed": "the month's own count is {observed}",
        "unobserved": "the month has no count of its own",
        "later": "Suppression: {early} from the counts up to that month, {late} from all counts.",
        "later_moved": "Later months moved it by {moved}.",
        "without": "Without the month's own count it would be {without}: that count moved it by "
        "{moved}.",
        "instead": "Had the count been {other} ({basis}), it would be {instead}.",
        "before": "the level before the last fall",
        "half": "half the level",
        "needs_count": "No other count can be tried for it.",
        "lapse": "The label of a persistent fall lapses by convention, whatever the counts say.",
    },
    "es": {
        "fall": "La caída de {month} ({interval}): de {before} a {after} muertes al mes; quedó el "
        "{left} ({low}-{high}). Caídas esperadas en esta ventana: {mass}, {sure}.",
        "sure": "casi segura",
        "likely": "más probable que no",
        "unsure": "tan probable como no, o menos",
        "counts": "Lo que la sostiene: los recuentos {before} antes y {after} después.",
        "total": "Está dentro de un total de varios meses: su fecha y su tamaño dependen de él.",
        "kind": "Reversible o persistente: factor {factor} con tres momios previos, {kind}. "
        "Volver a unas {before} al mes en dos años habla de reversible; quedarse en unas {after}, "
        "de persistente.",
        "both": "El segundo modelo la fecha en {month}, a {apart} meses.",
        "alone": "El segundo modelo no la fecha.",
        "alone_total": "El segundo modelo no puede verla: no usa totales de varios meses.",
        "combined": "Pacto frente a ofensiva: factor acotado {capped} ({low} - {high}), producto "
        "{product}; P(pacto) {p_low}-{p_high} según los momios previos: {verdict}.",
        "pivotal": "Se leería de otro modo sin: {names}.",
        "steady": "Ningún indicador cambia por sí solo esa lectura.",
        "nothing": "Sin datos: {names}.",
        "month": "En {month} la lectura más probable es {one} ({p_one}); después, {two} ({p_two}).",
        "level": "El nivel es de {level} muertes al mes ({low}-{high}), {change}; {count}.",
        "change": "el {ratio} del de un año antes",
        "no_change": "sin un año antes con que comparar",
        "observed": "el recuento del mes es {observed}",
        "unobserved": "el mes no tiene recuento propio",
        "later": "Supresión: {early} con los recuentos hasta ese mes, {late} con todos.",
        "later_moved": "Los meses posteriores la movieron en {moved}.",
        "without": "Sin el recuento de ese mes sería {without}: ese recuento la movió en {moved}.",
        "instead": "Si el recuento hubiera sido {other} ({basis}), sería {instead}.",
        "before": "el nivel anterior a la última caída",
        "half": "la mitad del nivel",
        "needs_count": "No se puede probar con otro recuento.",
        "lapse": "La etiqueta de una caída persistente caduca por convención, digan lo que digan "
        "los recuentos.",
    },
}


def _counts(months: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> str:
    """Counts of months in [begin, end), a dash where there is none."""
    inside = months[(months["month"] >= begin) & (months["month"] < end)]
    values = ["-" if value != value else f"{value:.0f}" for value in inside["observed"]]
    return ", ".join(values) or "-"


def _sure(mass: float) -> str:
    return "sure" if mass >= 0.9 else "likely" if mass > 0.5 else "unsure"


def _interval(low: pd.Timestamp, high: pd.Timestamp) -> str:
    return f"{low:%Y-%m}" if low == high else f"{low:%Y-%m}..{high:%Y-%m}"


def _fall(found: Detection, row: Mapping[Hashable, Any], lang: str) -> list[str]:
    """What the counts say of one fall."""
    from tregua.infer.counts.words import kind_of_fall

    say = _SAY[lang]
    before, after = f"{row['before']:.0f}", f"{row['after']:.0f}"
    lines = [
        say["fall"].format(
            month=f"{row['median']:%Y-%m}",
            interval=_interval(row["low"], row["high"]),
            before=before,
            after=after,
            left=f"{row['ratio']:.0%}",
            low=f"{row['ratio_low']:.0%}",
            high=f"{row['ratio_high']:.0%}",
            mass=f"{row['mass']:.2f}",
            sure=say[_sure(row["mass"])],
        )
    ]
    three = pd.DateOffset(months=3)
    lines.append(
        say["counts"].format(
            before=_counts(found.months, row["low"] - three, row["low"]),
            after=_counts(found.months, row["high"], row["high"] + three),
        )
    )
    if row["inside_total"]:
        lines.append(say["total"])
    factors = [row[f"bayes_factor{end}"] for end in ("_low", "", "_high")]
    lines.append(
        say["kind"].format(
            factor=f"{factors[1]:.2f} ({min(factors):.2f}-{max(factors):.2f})",
            kind=getattr(kind_of_fall(factors[1]), lang),
            before=before,
            after=after,
        )
    )
    return lines


def _second(opinions: Opinions, row: Mapping[Hashable, Any], lang: str) -> list[str]:
    """Whether the second model dates the same fall."""
    say = _SAY[lang]
    if opinions.check is None:
        return []
    checked = opinions.check[opinions.check["detector"] == row["median"]].iloc[0]
    if checked["found_by"] == "both":
        apart = f"{abs(checked['months_apart']):.0f}"
        return [say["both"].format(month=f"{checked['segments']:%Y-%m}", apart=apart)]
    return [say["alone_total" if row["inside_total"] else "alone"]]


def _verdict(summary: pd.DataFrame, fall: pd.Timestamp) -> str:
    return str(summary.loc[summary["fall"] == fall, "verdict"].iloc[0])


def _pivots(opinions: Opinions) -> dict[str, pd.DataFrame]:
    """The summary of the indicators with each one left out."""
    found = opinions.indications
    if found is None or len(found.indicators) < 2:
        return {}
    return {one.name: found.without(one.name) for one in found.indicators}


def _pieces(opinions: Opinions, fall: pd.Timestamp, lang: str) -> list[dict[str, str]]:
    """Each indicator with data: its factor, interval, question and data, the strongest first."""
    if opinions.indications is None:
        return []
    found = opinions.indications
    questions = {one.name: getattr(one.question, lang) for one in found.indicators}
    rows = found.table[(found.table["fall"] == fall) & found.table["data"]]
    pieces = []
    for row in sorted(rows.to_dict("records"), key=lambda row: -abs(log(row["factor"]))):
        ends = sorted(row[name] for name in ("factor_half", "factor", "factor_double"))
        pieces.append(
            {
                "indicator": row["indicator"],
                "factor": factor(row["factor"]),
                "interval": f"{factor(ends[0])} - {factor(ends[-1])}",
                "question": questions[row["indicator"]],
                "data": row[f"words_{lang}"],
            }
        )
    return pieces


def _combination(
    opinions: Opinions, fall: pd.Timestamp, pivots: Mapping[str, pd.DataFrame], lang: str
) -> list[str]:
    """What all indicators say together, and what that hangs on."""
    if opinions.indications is None:
        return []
    say, found = _SAY[lang], opinions.indications
    rows = found.table[found.table["fall"] == fall]
    missing = ", ".join(rows.loc[~rows["data"], "indicator"])
    lines = [say["nothing"].format(names=missing)] if missing else []
    whole = found.summary[found.summary["fall"] == fall].iloc[0]
    lines.append(
        say["combined"].format(
            capped=factor(whole["capped"]),
            low=factor(whole["capped_low"]),
            high=factor(whole["capped_high"]),
            product=factor(whole["product"]),
            p_low=percent(whole["p_low"]),
            p_high=percent(whole["p_high"]),
            verdict=getattr(found.verdicts[whole["verdict"]], lang),
        )
    )
    if whole["sure"]:
        now = _verdict(found.summary, fall)
        names = ", ".join(name for name, other in pivots.items() if _verdict(other, fall) != now)
        lines.append(say["pivotal"].format(names=names) if names else say["steady"])
    return lines


def explain_falls(found: Detection, opinions: Opinions, lang: str) -> list[dict[str, Any]]:
    """Say, for each fall, what the counts, the second model and the indicators hold of it.

    Parameters
    ----------
    found, opinions
        What was detected and gathered.
    lang
        "en" or "es".

    Returns
    -------
    list of dict
        `fall` (median month), `lines` (sentences), `indicators` (the pieces, strongest first) and
        `together` (sentences on their combination).
    """
    pivots = _pivots(opinions)
    return [
        {
            "fall": row["median"],
            "lines": [*_fall(found, row, lang), *_second(opinions, row, lang)],
            "indicators": _pieces(opinions, row["median"], lang),
            "together": _combination(opinions, row["median"], pivots, lang),
        }
        for row in found.breaks.to_dict("records")
    ]


def _alone(tiles: Tiles, month: pd.Timestamp) -> pd.Series[bool]:
    """Which tile is this month's own count."""
    return tiles.frame["months"].map(lambda months: len(months) == 1 and months[0] == month)


def _row(found: Detection, month: pd.Timestamp) -> dict[Hashable, Any]:
    """What was found for one month."""
    return found.months[found.months["month"] == month].to_dict("records")[0]


def _other_count(found: Detection, month: pd.Timestamp) -> tuple[float, str]:
    """A count that would speak otherwise, and what it is."""
    falls = found.breaks[found.breaks["median"] <= month]
    recent = falls[falls["median"] >= month - pd.DateOffset(years=3)]
    row = _row(found, month)
    if len(recent) and row["suppressed"] >= 0.5:
        return float(round(recent["before"].iloc[-1])), "before"
    return float(round(row["level"] / 2)), "half"


class Reruns(NamedTuple):
    """Suppression in a month without its own count, and with another one."""

    without: float
    other: float
    basis: str
    instead: float


def month_reruns(found: Detection, month: pd.Timestamp, again: Again) -> Reruns | None:
    """Detect again without a month's own count, and with another one; None if it has none.

    Parameters
    ----------
    found
        What was detected.
    month
        A month of it.
    again
        Detects in changed tiles, over the same months.
    """
    frame = found.tiles.frame
    own = _alone(found.tiles, month)
    if not own.any():
        return None
    other, basis = _other_count(found, month)
    left_out = replace(found.tiles, frame=frame[~own].reset_index(drop=True))
    changed = replace(found.tiles, frame=frame.assign(value=frame["value"].mask(own, other)))

    def suppressed(tiles: Tiles) -> float:
        return float(_row(again(tiles), month)["suppressed"])

    return Reruns(suppressed(left_out), other, basis, suppressed(changed))


def explain_month(
    found: Detection,
    month: pd.Timestamp,
    reruns: Reruns | None,
    lang: str,
) -> list[str]:
    """Sentences for one month: its reading, what moved it, and what would change it."""
    say, regimes = _SAY[lang], _REGIMES[lang]
    row = _row(found, month)
    shares = {name: float(row[name]) for name in regimes if name in row}
    one, two = sorted(shares, key=lambda name: -shares[name])[:2]
    lines = [
        say["month"].format(
            month=f"{month:%Y-%m}",
            one=regimes[one],
            two=regimes[two],
            p_one=f"{shares[one]:.0%}",
            p_two=f"{shares[two]:.0%}",
        )
    ]
    before = month - pd.DateOffset(years=1)
    change = say["no_change"]
    if before >= found.months["month"].iloc[0]:
        change = say["change"].format(ratio=f"{row['level'] / _row(found, before)['level']:.0%}")
    observed = row["observed"]
    seen = observed == observed
    lines.append(
        say["level"].format(
            level=f"{row['level']:.0f}",
            low=f"{row['level_low']:.0f}",
            high=f"{row['level_high']:.0f}",
            change=change,
            count=say["observed"].format(observed=f"{observed:.0f}") if seen else say["unobserved"],
        )
    )
    early, late = float(row["suppressed_filtered"]), float(row["suppressed"])
    lines.append(
        say["later"].format(early=f"{early:.0%}", late=f"{late:.0%}")
        + " "
        + say["later_moved"].format(moved=_points(late - early))
    )
    if reruns is None:
        lines.append(say["needs_count"])
    else:
        moved = _points(late - reruns.without)
        lines.append(say["without"].format(without=f"{reruns.without:.0%}", moved=moved))
        lines.append(
            say["instead"].format(
                other=f"{reruns.other:.0f}",
                basis=say[reruns.basis],
                instead=f"{reruns.instead:.0%}",
            )
        )
    if shares["p_persistent"] > 0.2:
        lines.append(say["lapse"])
    return lines


def _points(share: float) -> str:
    return f"{100 * share:+.0f} %"
