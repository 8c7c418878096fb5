"""What a notebook shows of each kind of result: title, table, notes, and what to draw.

A view holds words and numbers and no markup; `tregua.report.notebook` makes pictures and pages of
it. Views are found by the name of a result's class, so that this module imports no stage: whoever
shows a detection pays for no search.

The rules of the report hold here too. What a result must not be shown without, such as the notices
of a detection or the cautions of an estimate, is part of its view. Harms stand side by side and are
never summed. A comparison is summed up by the sentence that may be printed of it, hedge and all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tregua.report.breaks import breaks_chart, breaks_tables, study_chart, study_tables
from tregua.report.captions import caption
from tregua.report.designs import _title, effect_chart, effect_tables
from tregua.report.figures import (
    Spec,
    Tables,
    _bands,
    _data,
    _month_tip,
    _rule_at,
    _tip,
    _top,
    _two_lines,
    _years,
    fans,
    in_order,
    ledger,
    level,
    suppression,
)
from tregua.report.palette import colour
from tregua.report.parallel import parallel, parallel_tables
from tregua.report.text import Text

if TYPE_CHECKING:
    import tregua.assess.designs  # spelled out below: `scale` has an Estimate of its own
    from tregua.assess.designs import BreakDates, Staggered
    from tregua.decide import Comparison, Crossing, ScenarioRun
    from tregua.decide.search import SearchResult
    from tregua.infer import Detection
    from tregua.simulate import Ensemble

__all__ = ["VIEWS", "View", "view_of"]

Chart = tuple[Spec, Tables]

_LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_BANDS = [f"q{round(100 * share):02d}" for share in _LEVELS]
_LETTERS = 92  # of a title, in a line of the picture
_SHORT = 24  # months up to which an axis names months
_QUANTITIES = (
    "killed",
    "recorded",
    "hidden",
    "uncounted",
    "police_killings",
    "custody_deaths",
    "detained",
    "wrongly_detained",
    "prisoners",
    "street",
    "democracy",
    "pact",
)
"""Quantities of an ensemble that its table holds, where they were kept."""


@dataclass(frozen=True)
class View:
    """A result as a notebook shows it.

    Attributes
    ----------
    title, said
        What it is, and how it was made.
    head, rows
        A small table; `names` of its first columns are words, the others numbers.
    notes
        What must stand beside it.
    chart
        A chart that names its colours by role, and the tables it reads; None if there is nothing
        to draw.
    drawn
        What the picture shows, for those who do not see it.
    names
        Columns of words.
    """

    title: str
    said: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    chart: Chart | None = None
    drawn: str = ""
    names: int = 1


def view_of(value: object, t: Text) -> View | None:
    """The view of a result; None where neither its class nor one of its bases has one.

    Parameters
    ----------
    value
        Any value.
    t
        Texts of the language.
    """
    for kind in type(value).__mro__:
        make = VIEWS.get(f"{kind.__module__}.{kind.__qualname__}")
        if make is not None:
            return make(value, t)
    return None


# Pieces that several views share.


def _around(t: Text, middle: float, low: float, high: float, *, whole: bool = False) -> str:
    """A number with the interval it stands in; `whole` without decimals."""
    digits = 0 if whole else None
    return t(
        "notebook.around", middle=t.number(middle, digits), range=t.interval(low, high, digits)
    )


def _change(t: Text, row: Mapping[Any, Any], prefix: str, *, whole: bool) -> str:
    """A difference, with signs, and the interval it stands in."""
    low, middle, high = (
        t.signed(row[f"{prefix}q{share}"], 0 if whole else None) for share in ("05", "50", "95")
    )
    return t("notebook.around", middle=middle, range=t("interval", low=low, high=high))


def _persons(outcome: str) -> bool:
    return outcome != "democracy_lost"


def _span(t: Text, months: int) -> str:
    return t("notebook.months", n=months) if months % 12 else t.years(months // 12)


def _fan(frame: pd.DataFrame, t: Text, *, title: str, said: str, axis: str) -> Chart:
    """One quantity over time: the median world, and bands of 50, 80 and 90 % of worlds."""
    short = frame["month"].iloc[-1] - frame["month"].iloc[0] < pd.Timedelta(days=31 * _SHORT)
    x = {"field": "month", **(_years(format="%b %Y", tickCount=6) if short else _years())}
    hue = colour("accent")
    steps = (("q05", "q95", 0.16), ("q10", "q90", 0.18), ("q25", "q75", 0.3))
    layers = _bands(hue, steps)
    layers.append(
        {
            "mark": {"type": "line", "color": hue, "strokeWidth": 2.2},
            "encoding": {
                "y": {"field": "q50", "type": "quantitative"},
                "tooltip": [_month_tip(t), _tip(t, "q50", "median", "quantitative")],
            },
        }
    )
    layers[0]["encoding"]["y"]["axis"] = {"title": axis, "format": ",~f"}
    spec = _top(
        "single",
        "fan",
        height=240,
        title=_title(title, said, t("notebook.fan"), width=_LETTERS),
        data=_data("fan", "month"),
        encoding={"x": x},
        layer=layers,
    )
    return spec, {"fan": frame}


def _wide(frame: pd.DataFrame) -> bool:
    """Whether there is a path to draw: two periods at least, and some number."""
    return len(frame) > 1 and bool(np.isfinite(frame["q50"]).any())


# Many worlds.


def _ensemble(value: Ensemble, t: Text) -> View:
    kept, every = value.kept, value.every
    plain = [str(name) for name, each in kept.data_vars.items() if "gang" not in each.dims]
    shown = [name for name in _QUANTITIES if name in plain] or plain[: len(_QUANTITIES)]
    starts = pd.DatetimeIndex(kept[every].values)
    title = t("notebook.ensemble", months=t.months(starts[0], starts[-1]))
    said = t(
        "notebook.ensemble.said",
        worlds=t.number(len(value), 0),
        periods=t(f"notebook.every.{every}", n=len(starts)),
        seed=value.provenance.get("seed", "–"),
    )
    rest = [name for name in map(str, kept.data_vars) if name not in shown]
    return View(
        title=title,
        said=said,
        head=tuple(t(f"notebook.head.{name}") for name in ("quantity", "over", "middle")),
        rows=tuple(_kept_row(value, name, t) for name in shown),
        notes=(t("notebook.also", names=", ".join(rest)),) if rest else (),
        chart=_kept_fan(value, shown[0], t, said) if shown else None,
        drawn=t("notebook.drawn.fan", what=t.name("notebook.quantity", shown[0])) if shown else "",
        names=2,
    )


def _quantiles(value: Ensemble, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    from tregua.simulate.ensemble import weighted_quantiles

    return weighted_quantiles(
        np.asarray(values, dtype=np.float64), np.asarray(value.draws.weights), _LEVELS
    )


def _kept_row(value: Ensemble, name: str, t: Text) -> tuple[str, ...]:
    """A quantity over the run: flows summed, stocks at the end, shares as means."""
    variable = value.kept[name]
    kind, values = str(variable.attrs["kind"]), variable.values
    over = {"flow": values.sum(axis=1), "stock": values[:, -1], "share": values.mean(axis=1)}[kind]
    low, *_, middle, _, _, high = _quantiles(value, over[:, None])[0]
    return (
        t.name("notebook.quantity", name),
        t(f"notebook.over.{kind}"),
        _around(t, middle, low, high, whole=str(variable.attrs["unit"]) == "persons"),
    )


def _kept_fan(value: Ensemble, name: str, t: Text, said: str) -> Chart | None:
    variable = value.kept[name]
    frame = pd.DataFrame(_quantiles(value, variable.values), columns=_BANDS)
    frame.insert(0, "month", pd.DatetimeIndex(value.kept[value.every].values))
    if not _wide(frame):
        return None
    words = t.name("notebook.quantity", name)
    axis = t(f"notebook.per.{value.every}") if variable.attrs["kind"] == "flow" else ""
    return _fan(frame, t, title=words, said=said, axis=axis)


# Strategies and plans.


def _ends(value: Comparison) -> tuple[float, str, int]:
    """The longest horizon in years, the month of origin, and the length in months."""
    return value.horizons()[-1], f"{value.origin}-01", len(value.months)


def _replied(t: Text, reply: str) -> str:
    from tregua.decide.phrases import reply_phrase

    return reply_phrase(reply, 1 if t.lang == "es" else 0)


def _comparison(value: Comparison, t: Text) -> View:
    from tregua.decide import sentences

    end, origin, months = _ends(value)
    title = t("notebook.comparison", span=_span(t, months), origin=t.month(origin))
    said = t(
        "notebook.comparison.said",
        worlds=t.number(len(value.weights), 0),
        reply=_replied(t, value.reply),
    )
    told = (
        sentences(value, outcomes=["killed"], horizons=[end])[t.lang]
        if len(value.strategies) > 1
        else ()
    )
    return View(
        title=title,
        said=said,
        head=(t("notebook.head.harm"), *(t.name("strategy", name) for name in value.strategies)),
        rows=tuple(
            (t.name("outcome", outcome), *_totals(value, outcome, end, t))
            for outcome in ("killed", *value.outcomes())
        ),
        notes=(t("notebook.cells"), t("notebook.ledger"), *map(str, told)),
        chart=_strategy_fans(value, t, title, said) or _strategy_ledger(value, t, title, said),
        drawn=t("notebook.drawn.strategies", span=_span(t, months), origin=t.month(origin)),
    )


def _totals(value: Comparison, outcome: str, end: float, t: Text) -> list[str]:
    from tregua.decide.comparison import _quantiles

    cells = []
    for name in value.strategies:
        totals = value.total(outcome, name, end)
        low, middle, high = _quantiles(totals, value.weights, (0.05, 0.50, 0.95))
        cells.append(_around(t, middle, low, high, whole=_persons(outcome)))
    return cells


def _strategy_fans(value: Comparison, t: Text, title: str, said: str) -> Chart | None:
    """Killings by month, a panel for each strategy; None where no months were kept."""
    kept = in_order(value.monthly, ("killed", "recorded"))
    if not kept or len(value.months) < 2:
        return None
    one = replace(value, monthly={kept[0]: value.monthly[kept[0]]})
    tables = {"fans": one.fans()}
    spec = fans(tables, t, origin=value.origin)
    words = f"{t.name('variable', kept[0])}, {t('notebook.per_100_000')}. {said}"
    spec["title"] = _title(title, words, t("notebook.fan"), width=_LETTERS)
    spec["usermeta"]["fit"] |= {"min": 190, "max": min(3, len(value.strategies)), "pad": 96}
    return spec, tables


def _strategy_ledger(value: Comparison, t: Text, title: str, said: str) -> Chart:
    tables = {"ledger": value.ledger()}
    spec = ledger(tables, t)
    spec["title"] = _title(title, said, t("notebook.dots"), width=_LETTERS)
    spec["usermeta"]["fit"] |= {"max": 3}
    return spec, tables


def _crossing(value: Crossing, t: Text) -> View:
    first = value.comparisons[0]
    end, origin, months = _ends(first)
    reference, *others = value.strategies
    title = t(
        "notebook.crossing",
        reference=t.the(reference),
        span=_span(t, months),
        origin=t.month(origin),
    )
    said = t("notebook.crossing.said", worlds=t.number(len(first.weights), 0), n=len(value.replies))
    frame = _gaps(value, reference, others, end)
    return View(
        title=title,
        said=said,
        head=tuple(t(f"notebook.head.{name}") for name in ("strategy", "reply", "gap", "fewer")),
        rows=tuple(_gap_row(row, t) for row in frame.to_dict("records")),
        notes=tuple(
            t(
                f"notebook.holds.{value.sign(name, reference, end, 'killed')}",
                strategy=t.name("strategy", name),
                reference=t.the(reference),
            )
            for name in others
        ),
        chart=_gap_chart(frame, t, title, said) if others else None,
        drawn=t("notebook.drawn.gaps"),
        names=2,
    )


def _gaps(value: Crossing, reference: str, others: Sequence[str], end: float) -> pd.DataFrame:
    """Paired differences in all killings at the end, by strategy and reply."""
    rows = [
        {"strategy": name, "reply": each.reply}
        | vars(each.difference(name, reference, end, "killed"))
        for name in others
        for each in value.comparisons
    ]
    return pd.DataFrame(rows)


def _gap_row(row: Mapping[Any, Any], t: Text) -> tuple[str, ...]:
    return (
        t.name("strategy", row["strategy"]),
        _replied(t, row["reply"]),
        _change(t, row, "", whole=True),
        t.percent(row["p_lower"]),
    )


def _gap_chart(frame: pd.DataFrame, t: Text, title: str, said: str) -> Chart:
    """A dot and a bar for each strategy and reply; left of 0 is fewer killed."""
    drawn = frame[["q05", "q50", "q95"]].assign(
        who=[t.name("strategy", name) for name in frame["strategy"]],
        how=[_two_lines(_replied(t, name)) for name in frame["reply"]],
    )
    x: Spec = {"type": "quantitative", "axis": {"title": t("notebook.head.gap"), "format": ",~f"}}
    y: Spec = {
        "field": "how",
        "type": "nominal",
        "sort": list(dict.fromkeys(drawn["how"])),
        "axis": {"title": None, "labelLimit": 190, "minExtent": 190, "maxExtent": 190},
    }
    hue = colour("accent")
    spec = _top(
        "facet",
        "gaps",
        fit={"pad": 250, "gap": 20, "min": 300, "max": 1},
        title=_title(title, said, t("notebook.gaps"), width=_LETTERS),
        data=_data("gaps"),
        facet={"field": "who", "type": "nominal", "sort": list(dict.fromkeys(drawn["who"]))},
        columns=1,
        spacing={"row": 14},
        spec={
            "height": {"step": 34},
            "layer": [
                {**_rule_at(0), "encoding": {"x": {"datum": 0}}},
                {
                    "mark": {"type": "rule", "color": hue, "strokeWidth": 2},
                    "encoding": {"x": {"field": "q05", **x}, "x2": {"field": "q95"}, "y": y},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}
                    | {"color": hue},
                    "encoding": {"x": {"field": "q50", **x}, "y": y},
                },
            ],
        },
    )
    spec["facet"]["header"] = {"title": None}
    return spec, {"gaps": drawn}


def _scenario(value: ScenarioRun, t: Text) -> View:
    plan = value.scenario
    origin = f"{plan.origin}-01"
    title = plan.name or t("notebook.plan", span=_span(t, plan.months), origin=t.month(origin))
    said = t(
        "notebook.plan.said",
        worlds=t.number(value.worlds, 0),
        of=t.number(plan.worlds, 0),
        seed=plan.seed,
        reply=_replied(t, plan.reply),
    )
    frame = pd.DataFrame(value.fan["killed"].T, columns=_BANDS)
    frame.insert(0, "month", value.months.astype("datetime64[ns]"))
    words = t.name("outcome", "killed")
    return View(
        title=title,
        said=said,
        head=tuple(
            t(f"notebook.head.{name}") for name in ("harm", "plan", "status_quo", "change", "less")
        ),
        rows=tuple(_harm_row(row, t) for row in value.ledger.to_dict("records")),
        notes=(
            _stances(plan, t),
            getattr(value.headline, t.lang),
            t("notebook.cells"),
            t("notebook.ledger"),
        ),
        chart=_fan(frame, t, title=f"{words}: {title}", said=said, axis=t("notebook.per_100_000"))
        if _wide(frame)
        else None,
        drawn=t("notebook.drawn.fan", what=words),
    )


def _stances(plan: Any, t: Text) -> str:
    """The plan in words: which stance from which month on."""
    phases = [
        t(
            "notebook.phase",
            stance=t.name("strategy", phase.stance.name.lower()),
            start=t.month(f"{phase.start}-01"),
        )
        for phase in plan.timeline().phases
    ]
    return t("notebook.phases", listed="; ".join(phases))


def _harm_row(row: Mapping[Any, Any], t: Text) -> tuple[str, ...]:
    whole = _persons(row["outcome"])
    plan, quo = (
        _around(t, *(row[f"{prefix}q{share}"] for share in ("50", "05", "95")), whole=whole)
        for prefix in ("", "status_quo_")
    )
    # A tie counts one half: where worlds only tie, "50 %" would say that half of them differ.
    even = math.isclose(row["p_lower"], 0.5)
    ties = even and row["change_q05"] == row["change_q95"] == 0
    share = t("notebook.same") if ties else t.percent(row["p_lower"])
    change = _change(t, row, "change_", whole=whole)
    return (t.name("outcome", row["outcome"]), plan, quo, change, share)


def _search(value: SearchResult, t: Text) -> View:
    tables = parallel_tables(value, t)
    undominated = int(value.policies["undominated"].sum())
    chart = parallel(
        tables,
        t,
        origin=f"{value.origin}-01",
        years=value.years,
        worlds=value.held_out,
        undominated=undominated,
    )
    drawn = value.policies[value.policies["undominated"] & value.policies["shown"]]
    means = value.values.set_index(["number", "outcome"])["held_out"].to_dict()
    return View(
        title=t("notebook.search", span=t.years(value.years), origin=t.month(f"{value.origin}-01")),
        said=t(
            "notebook.search.said",
            worlds=t.number(value.worlds, 0),
            held_out=t.number(value.held_out, 0),
            n=undominated,
        ),
        head=("", t("notebook.head.policy"), *(t.name("outcome", o) for o in value.outcomes)),
        rows=tuple(
            (
                str(row.number),
                t.name("strategy", row.policy) if row.source == "shipped" else str(row.policy),
                *(t.number(means[row.number, o]) for o in value.outcomes),
            )
            for row in drawn.itertuples()
        ),
        notes=(t("notebook.search.note"), t("notebook.ledger")),
        chart=(chart, tables),
        drawn=t("notebook.drawn.search"),
        names=2,
    )


# What counts say.


def _detection(value: Detection, t: Text) -> View:
    tables = {"detection_months": value.months, "detection_breaks": value.breaks}
    said = t(
        "notebook.detection.said",
        months=t.months(value.months["month"].iloc[0], value.months["month"].iloc[-1]),
        n=len(value.months),
        counts=int(value.months["observed"].notna().sum()),
    )
    return View(
        title=caption("level", tables, t).title,
        said=said,
        head=(
            t("breaks.month.head"),
            t("breaks.interval.head"),
            t("breaks.mass.head"),
            t("breaks.levels.head"),
            t("breaks.ratio.head"),
            t("breaks.factor.head"),
        ),
        rows=tuple(_fall_row(row, t) for row in value.breaks.to_dict("records")),
        notes=tuple(getattr(notice, t.lang) for notice in value.notices),
        chart=_detection_chart(tables, t, said),
        drawn=caption("suppression", tables, t).title,
        names=2,
    )


def _fall_row(row: Mapping[Any, Any], t: Text) -> tuple[str, ...]:
    return (
        t.month(row["median"]),
        t.months(row["low"], row["high"]),
        t.number(row["mass"], 2),
        t("breaks.levels", before=t.number(row["before"], 0), after=t.number(row["after"], 0)),
        _around(t, row["ratio"], row["ratio_low"], row["ratio_high"]),
        t.interval(*sorted(row[f"bayes_factor{odds}"] for odds in ("_low", "_high"))),
    )


def _detection_chart(tables: dict[str, pd.DataFrame], t: Text, said: str) -> Chart:
    """Counts and level above, the probability of a suppression under them."""
    months = tables["detection_months"]
    counts = months[["month", "observed"]].rename(columns={"month": "start", "observed": "value"})
    counts["end"] = counts["start"] + pd.offsets.MonthBegin()
    counts["frequency"] = "month"
    # What is known only as "more than" tells no level.
    counts["usable"] = counts["value"].notna() & ~months["at_least"].astype(bool)
    drawn = {**tables, "homicides": counts}
    panels = [level(drawn, t), suppression(drawn, t)]
    for panel, height in zip(panels, (250, 130), strict=True):
        panel["height"] = height
        for key in ("$schema", "config", "usermeta"):
            panel.pop(key)
    words = caption("level", drawn, t)
    spec = _top(
        "concat",
        "detection_months",
        "detection_breaks",
        reads=("homicides",),
        fit={"pad": 100},
        title=_title(words.title, said, words.drawn, width=_LETTERS),
        vconcat=panels,
        spacing=18,
        resolve={"scale": {"x": "shared", "color": "independent"}},
    )
    return spec, drawn


# Causal designs.


def _estimate(value: tregua.assess.designs.Estimate, t: Text) -> View:
    rows = [(value.unit[t.lang], *_answered(value.value, value.low, value.high, t))]
    averted = value.averted()
    if not any(map(math.isnan, averted)):
        rows.append((t("notebook.averted"), *_answered(*averted, t)))
    level_words = t("notebook.head.interval", level=f"{100 * value.level:g}")
    try:
        tables = effect_tables(value)
    except ValueError:  # months counted from an event: there is no calendar to draw them on
        chart = None
    else:
        chart = (effect_chart(tables, value, t), tables)
    *_, placebo, assumes, cautions, graded = value.summary(t.lang).split("\n")
    return View(
        title=value.estimand[t.lang],
        said=t("notebook.design", design=t.name("notebook.by", value.design)),
        head=("", t("notebook.head.estimate"), level_words),
        rows=tuple(rows),
        notes=(placebo, assumes, cautions, graded),
        chart=chart,
        drawn=t("notebook.drawn.effect"),
    )


def _answered(value: float, low: float, high: float, t: Text) -> tuple[str, str]:
    known = not (math.isnan(low) or math.isnan(high))
    return t.number(value), t.interval(low, high) if known else "–"


def _staggered(value: Staggered, t: Text) -> View:
    places = int(value.cells.groupby("cohort")["units"].first().sum())
    return replace(
        _estimate(value.overall, t),
        said=t("notebook.staggered", n=places),
        chart=(study_chart(value, t.lang), study_tables(value)),
        drawn=t("notebook.drawn.study"),
    )


def _breaks(value: BreakDates, t: Text) -> View:
    likely = value.number.iloc[int(value.number["probability"].to_numpy().argmax())]
    return View(
        title=t("notebook.breaks", series=value.series.name or t("notebook.series")),
        said=t(
            "notebook.breaks.said",
            n=int(likely["breaks"]),
            share=t.percent(float(likely["probability"])),
            length=f"{value.main:g}",
        ),
        head=(
            t("notebook.head.direction"),
            t("breaks.month.head"),
            t("notebook.head.interval", level=f"{100 * value.level:g}"),
            t("breaks.mass.head"),
            t("breaks.ratio.head"),
        ),
        rows=tuple(
            (
                t(f"notebook.direction.{row['direction']}"),
                t.month(row["median"]),
                t.months(row["low"], row["high"]),
                t.number(row["mass"], 2),
                _around(t, row["ratio"], row["ratio_low"], row["ratio_high"]),
            )
            for row in value.dates.to_dict("records")
        ),
        notes=(t("notebook.undated", n=t.number(value.undated, 2)),),
        chart=(breaks_chart(value, t.lang), breaks_tables(value)),
        drawn=t("notebook.drawn.breaks"),
        names=3,
    )


VIEWS: Mapping[str, Callable[[Any, Text], View]] = {
    "tregua.simulate.ensemble.Ensemble": _ensemble,
    "tregua.decide.comparison.Comparison": _comparison,
    "tregua.decide.crossing.Crossing": _crossing,
    "tregua.decide.scenario_run.ScenarioRun": _scenario,
    "tregua.decide.search.optimise.SearchResult": _search,
    "tregua.infer.counts.detection.Detection": _detection,
    "tregua.assess.designs.estimate.Estimate": _estimate,
    "tregua.assess.designs.differences.Staggered": _staggered,
    "tregua.assess.designs.breaks.BreakDates": _breaks,
}
"""What makes the view of a result, by the full name of its class."""
