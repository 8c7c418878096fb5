"""What the Lab's form holds: origins, lanes, presets, assumptions with their evidence, the record.

Nothing here is made up for the page. Presets are the eras of the case's script, with their sources;
the range beside an assumption is the posterior's and the prior's own; dots and events are the
record's. A case of one's own has the same form, without presets of El Salvador.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tregua import decide, model
from tregua.app.exploring import usual_origin
from tregua.decide import Scenario
from tregua.decide.scenario_checks import MOST_BLOCKS, MOST_YEARS, range_of
from tregua.model import Parameter
from tregua.report.text import Text

if TYPE_CHECKING:
    from tregua.app.material import Material
    from tregua.record import Record

__all__ = ["MAIN", "MORE", "QUICK_WORLDS", "WORLD_MONTHS", "form", "presets"]

QUICK_WORLDS = 2_000
"""Worlds of a fan that is drawn at once; more are run with progress."""

WORLD_MONTHS = 20_000 * 120
"""Worlds times months of one run at most: it bounds the memory that a run takes."""

MAIN = (
    "return_share",
    "retention_loss",
    "command_ceiling",
    "leak",
    "killing",
    "hidden_pact",
    "recruitment",
    "enforcement_mano_dura",
)
"""Assumptions on the main sliders: factors of the core claim, and what crackdowns and pacts do."""

MORE = (
    "desistance",
    "niche",
    "arrest",
    "deterrence",
    "enforcement_both",
    "enforcement_exception",
    "pressing_crackdown",
    "release_time",
    "wrongful",
    "wrongful_time",
    "custody_death",
    "restraint",
    "rivalry",
    "hidden_usual",
    "command_floor",
    "command_rise",
    "command_fall",
    "trust_needed",
    "breach",
    "breach_ends",
    "strike",
    "sanction",
    "sanction_ends",
    "honour",
    "cooling",
    "backlash_time",
    "democracy_exception",
    "democracy_fall",
    "democracy_recovery",
    "reform_time",
    "reform_recruitment",
    "reform_desistance",
    "reform_ambient",
    "counted_exception",
)
"""Assumptions under More, in the order in which they are shown."""

_SLIDER_ENDS = 2.5  # standard deviations of the prior, on its own scale
_SLIDER_STEPS = 100


@dataclass(frozen=True)
class _Preset:
    """Eras of a script from an origin until a month; `hold` lets the last go on."""

    id: str
    origin: str
    until: str | None = None
    hold: bool = False


_EL_SALVADOR = (
    _Preset("truce_2012", "2012-03", "2019-06"),
    _Preset("plan_2019", "2019-06", "2022-04", hold=True),
    _Preset("exception_2022", "2022-03"),
)
_REFORM = "reform_2019"
_LANES_OF_STANCES: Mapping[str, tuple[str, ...]] = {
    "mano_dura": ("crackdown",),
    "secret_pact": ("pact",),
    "open_pact": ("pact",),
    "both": ("pact", "crackdown"),
    "exception": ("exception",),
    "reform": ("reform",),
}


def form(material: Material, lang: str, *, most_worlds: int) -> dict[str, Any]:
    """Everything that the Lab's controls need, in one language.

    Parameters
    ----------
    material
        The case.
    lang
        "en" or "es".
    most_worlds
        Worlds that the server allows.

    Returns
    -------
    dict
        origins, lanes, presets, first (what every scenario of this case begins with), assumptions,
        outcomes, replies, mechanisms, worlds_from, limits, record, events and sources.
    """
    t, known = Text(lang), material.record
    shown = presets(known, t)
    record, events = _record(material), _events(material, lang)
    used = [row["source"] for row in [*record, *events]]
    used += [source for preset in shown for source in preset["sources"]]
    return {
        "origins": _origins(known, shown, t) or _usual(material, t),
        "lanes": [
            {
                "id": lane,
                "label": t(f"app_lab_form.lane.{lane}"),
                "text": t(f"app_lab_form.lane_text.{lane}"),
                "effort": lane in ("crackdown", "exception"),
                "open": lane == "pact",
            }
            for lane in decide.LANES
        ],
        "presets": shown,
        "first": {"case": known.case.name, "worlds_from": material.sources()[0]},
        "assumptions": _assumptions(material, t, most_worlds),
        "outcomes": _outcomes(t),
        "replies": [
            {"id": name, "label": t(f"app_lab_form.reply.{name}")}
            for name in decide.GANG_STRATEGIES
        ],
        "mechanisms": [{"id": name, "label": text} for name, text in model.MECHANISMS.items()],
        "worlds_from": [
            {"id": source, "label": t(f"app_lab_form.source.{source}")}
            for source in material.sources()
        ],
        "limits": {
            "worlds": most_worlds,
            "quick_worlds": min(QUICK_WORLDS, most_worlds),
            "world_months": WORLD_MONTHS,
            "years": MOST_YEARS,
            "blocks": MOST_BLOCKS,
            "effort": [1, 50],
            "seed": 2**53 - 1,
        },
        "record": record,
        "events": events,
        "sources": _sources(known, used),
    }


# -- Presets and origins ---------------------------------------------------------------------------


def presets(known: Record, t: Text) -> list[dict[str, Any]]:
    """Scenarios that the record tells, and reform, each with where it comes from.

    Parameters
    ----------
    known
        The case; any but El Salvador has none.
    t
        Texts of the language wanted.
    """
    if known.case.name != "el-salvador" or not known.case.script:
        return []
    told = [_told(known, spec, t) for spec in _EL_SALVADOR]
    reform = Scenario(
        origin="2019-06",
        blocks=({"lane": "reform", "start": "2019-06"},),  # type: ignore[arg-type]
        name=t(f"app_lab_form.preset.{_REFORM}"),
    )
    return [*told, _entry(_REFORM, reform, [], t)]


def _told(known: Record, spec: _Preset, t: Text) -> dict[str, Any]:
    blocks, sources = _blocks_of(known, spec)
    scenario = Scenario(
        case=known.case.name,
        origin=spec.origin,
        blocks=tuple(blocks),  # type: ignore[arg-type]
        name=t(f"app_lab_form.preset.{spec.id}"),
    )
    return _entry(spec.id, scenario, sources, t)


def _entry(name: str, scenario: Scenario, sources: Sequence[str], t: Text) -> dict[str, Any]:
    return {
        "id": name,
        "label": t(f"app_lab_form.preset.{name}"),
        "text": t(f"app_lab_form.preset_text.{name}"),
        "sources": list(sources),
        "scenario": scenario.model_dump(mode="json"),
    }


def _blocks_of(known: Record, spec: _Preset) -> tuple[list[dict[str, Any]], list[str]]:
    """Blocks and sources of the eras of a script from an origin until a month."""
    eras = known.case.script
    starts = [_nearest_month(era.start) for era in eras]
    ends = [*starts[1:], None]
    blocks: list[dict[str, Any]] = []
    sources: list[str] = []
    for era, begins, ends_in in zip(eras, starts, ends, strict=True):
        over = ends_in is not None and ends_in <= spec.origin
        late = spec.until is not None and begins >= spec.until
        # An era that began before the origin, and is about to end, belongs to what was before.
        if over or late or begins < spec.origin:
            continue
        end = ends_in if spec.until is None else min(ends_in or spec.until, spec.until)
        sources.append(era.source)
        for lane in _LANES_OF_STANCES.get(era.stance, ()):
            _append(blocks, lane, begins, end, era)
    if spec.hold:
        blocks = [
            {**block, "end": None} if block["end"] == spec.until else block for block in blocks
        ]
    return blocks, list(dict.fromkeys(sources))


def _append(blocks: list[dict[str, Any]], lane: str, start: str, end: str | None, era: Any) -> None:
    """Add a block, or let the one before it go on where nothing changes."""
    block: dict[str, Any] = {"lane": lane, "start": start, "end": end}
    if lane == "pact":
        block["open"] = era.stance == "open_pact"
    elif lane in ("crackdown", "exception"):
        block["effort"] = era.enforcement
    for before in blocks:
        same = all(before.get(key) == block.get(key) for key in ("lane", "open", "effort"))
        if same and before["end"] == start:
            before["end"] = end
            return
    blocks.append(block)


def _nearest_month(day: date) -> str:
    """The month whose first day lies nearest."""
    return str(pd.Period(day, "M") + int(day.day > 15))


def _origins(known: Record, shown: Iterable[Mapping[str, Any]], t: Text) -> list[dict[str, str]]:
    labels = {month: t("app_lab_form.origin.compared") for month in known.case.origins}
    for preset in shown:
        begins = str(preset["scenario"]["origin"])
        labels.setdefault(begins, t("app_lab_form.origin.preset", name=preset["label"]))
    return [{"date": month, "label": label} for month, label in sorted(labels.items())]


def _usual(material: Material, t: Text) -> list[dict[str, str]]:
    """The one origin of a case that names none."""
    if material.history is None:
        return []
    return [{"date": usual_origin(material), "label": t("app_lab_form.origin.compared")}]


# -- Assumptions -----------------------------------------------------------------------------------


def _assumptions(material: Material, t: Text, most_worlds: int) -> list[dict[str, Any]]:
    held = None
    if "posterior" in material.sources():
        held = material.draws("posterior", min(512, most_worlds), 1)
    ranges = material.record.case.prior_ranges
    return [
        _assumption(Parameter[name], held, ranges.get(name), name in MAIN, t)
        for name in (*MAIN, *MORE)
    ]


def _assumption(
    parameter: Parameter, held: model.Draws | None, override: Any, main: bool, t: Text
) -> dict[str, Any]:
    prior = _prior_quantiles(parameter, override)
    seen = prior if held is None else _quantiles(held, parameter.name)
    low, high = _slider(parameter, prior, seen)
    return {
        "name": parameter.name,
        "label": t(f"app_lab_form.assumption.{parameter.name}"),
        "text": t(f"parameter.{parameter.name}"),
        "unit": t(f"app_lab_form.unit.{_slug(parameter.unit)}"),
        "symbol": parameter.symbol,
        "kind": t(f"kind.{parameter.kind}"),
        "low": low,
        "high": high,
        "step": _step(low, high),
        "value": seen[1],
        "q05": seen[0],
        "q50": seen[1],
        "q95": seen[2],
        "prior": {"q05": prior[0], "q50": prior[1], "q95": prior[2]},
        "evidence": "prior" if held is None else "posterior",
        "source": parameter.source,
        "main": main,
    }


def _prior_quantiles(parameter: Parameter, override: Any) -> tuple[float, float, float]:
    low, high = parameter.low, parameter.high
    if isinstance(override, Mapping):
        low, high = float(override.get("low", low)), float(override.get("high", high))
    elif override is not None:
        low = high = float(override)
    if low == high:
        return low, low, low
    middle = (parameter.to_normal(low) + parameter.to_normal(high)) / 2
    return low, float(parameter.from_normal(middle)), high


def _quantiles(held: model.Draws, name: str) -> tuple[float, float, float]:
    found = np.quantile(
        held.column(name), (0.05, 0.5, 0.95), weights=held.weights, method="inverted_cdf"
    )
    return float(found[0]), float(found[1]), float(found[2])


def _slider(
    parameter: Parameter, prior: tuple[float, ...], seen: tuple[float, ...]
) -> tuple[float, float]:
    """Ends of a slider: wider than all evidence, within what can be set, and round."""
    middle, spread = parameter.scale
    ends = parameter.from_normal(np.array([-_SLIDER_ENDS, _SLIDER_ENDS]) * spread + middle)
    low, high = min(ends[0], *prior, *seen), max(ends[1], *prior, *seen)
    unit = _step(low, high)
    least, most = range_of(parameter)
    low = max(least, math.floor(low / unit) * unit)
    high = min(most, math.ceil(high / unit) * unit)
    return _round(low, unit), _round(high, unit)


def _step(low: float, high: float) -> float:
    """A round step, so that a slider has about a hundred."""
    raw = (high - low) / _SLIDER_STEPS
    power = 10.0 ** math.floor(math.log10(raw))
    factor = min((1.0, 2.0, 5.0, 10.0), key=lambda f: abs(math.log(raw / (f * power))))
    return float(f"{factor * power:.1g}")


def _round(value: float, unit: float) -> float:
    return round(value, max(0, 1 - math.floor(math.log10(unit))))


def _slug(unit: str) -> str:
    return re.sub(r"\W+", "_", unit).strip("_")


# -- What is drawn, and the record -----------------------------------------------------------------


def _outcomes(t: Text) -> list[dict[str, Any]]:
    drawn = [
        {
            "name": name,
            "label": t(f"app_lab_form.outcome.{name}"),
            "unit": t(f"app_lab_form.unit.{_slug(unit)}"),
            "fan": True,
        }
        for name, unit in decide.FAN_UNITS.items()
    ]
    lost = {
        "name": "democracy_lost",
        "label": t("app_lab_form.outcome.democracy_lost"),
        "unit": t("app_lab_form.unit.index_years"),
        "fan": False,
    }
    return [*drawn, lost]


def _record(material: Material) -> list[dict[str, Any]]:
    """Months of the official count: the number, and its rate per 100,000 a year, as in fans."""
    rows, history = material.tables()["homicides"], material.history
    months = rows[(rows["frequency"] == "month") & rows["usable"].astype(bool)]
    if history is None:
        return []
    when = pd.DatetimeIndex(months["start"])
    people = np.asarray(history.setting.population_in(when.year + (when.month - 0.5) / 12))
    rates = months["value"].to_numpy() * 1e5 * 365.25 / when.days_in_month.to_numpy() / people
    return [
        {
            "month": f"{row.start:%Y-%m}",
            "value": float(value),
            "rate": float(rate),
            "agency": str(row.agency),
            "source": str(row.source),
        }
        for row, value, rate in zip(
            months.itertuples(), months["value"].to_numpy(), rates, strict=True
        )
    ]


def _events(material: Material, lang: str) -> list[dict[str, Any]]:
    rows = material.tables()["events"]
    text = "description_es" if lang == "es" else "description"
    return [
        {
            "date": f"{row['date']:%Y-%m-%d}",
            "end": f"{row['end']:%Y-%m-%d}",
            "label": str(row[text] or row["description"]),
            "type": str(row["type"]),
            "lane": str(row["lane"]),
            "source": str(row["source"]),
        }
        for row in rows.to_dict(orient="records")
    ]


def _sources(known: Record, used: Iterable[str]) -> dict[str, dict[str, str]]:
    rows = known.sources[known.sources["id"].isin(set(used))]
    return {
        str(row["id"]): {
            name: "" if pd.isna(row[name]) else str(row[name])
            for name in ("title", "publisher", "url", "date")
        }
        for row in rows.to_dict(orient="records")
    }
