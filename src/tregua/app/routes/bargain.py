"""The bargain: closed forms on sliders, and where a pact holds over two of their numbers.

What is answered is what `tregua bargain` says of the same numbers. A picture is a grid of at most
61 by 61 points, which takes milliseconds, so that it can be asked for while a slider moves.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer
from tregua.app.parts import Here, Session
from tregua.app.problems import Problem
from tregua.app.table import FORMATS, table_answer
from tregua.decide import Bargain, BargainVerdict, bargain_terms, bargain_verdict, feasible_region
from tregua.decide.bargain import term_of
from tregua.report.plane import plane_tables
from tregua.report.text import Text

__all__ = ["router"]

router = APIRouter(tags=["bargain"])

Lang = Literal["en", "es"]
Start = Annotated[
    Literal["illustration", "simulator"],
    Query(description="Numbers not set: an illustration, or the simulator's where it has one"),
]
Numbers = Annotated[
    str, Query(alias="set", max_length=2_000, description="name:value, parted by commas")
]
Axis = Annotated[str, Query(max_length=60, description="Name of a number")]

MOST_POINTS = 61
_FIRST = ("false_alarm", "tough_bonus")
_MAIN = (
    *("false_alarm", "detection", "power_shift", "tough_bonus"),
    *("turnover", "trust", "gangs", "concession"),
)
_GROUPS = {
    "gangs": "regime_value power_shift restraint_cost surprise_gain conditional_repression command "
    "gang_discount trust reneging",
    "seen": "false_alarm detection shared_alarm",
    "ends": "leak leak_kills turnover honour breach resumption",
    "government": "gangs calm_value restraint violence regime_cost exposure_cost "
    "government_outside tough_bonus government_discount",
    "around": "concession hiding_cost leak_cost opposition_cost vote_value successor_value "
    "pressing_cost admission precedent_time",
}
_UNITS = {
    "base incomes a month": "base_incomes",
    "gangs": "gangs",
    "hundreds of killings a month": "hundreds",
    "hundreds of killings, once": "hundreds_once",
    "months": "months",
    "per hundred killings": "per_hundred",
    "per year": "per_year",
    "probability": "probability",
    "probability a month": "monthly",
    "share": "share",
    "share of the regime": "share_of_regime",
}
_PRESETS: dict[str, tuple[str, dict[str, float], tuple[str, str]]] = {
    "illustration": ("illustration", {}, _FIRST),
    "simulator": ("simulator", {}, _FIRST),
    "watching": ("illustration", {"false_alarm": 0.2}, _FIRST),
    "power": ("illustration", {"power_shift": 0.55}, ("power_shift", "restraint_cost")),
    "election": ("illustration", {"turnover": 1 / 6, "tough_bonus": 4.0}, ("turnover", "honour")),
    "many": ("illustration", {"gangs": 12.0, "shared_alarm": 0.5}, ("gangs", "shared_alarm")),
}


@router.get("/api/bargain/form")
def form(request: Request, lang: Lang = "en") -> Response:
    """Every number with its range, default and meaning; presets; which limits rest on it."""
    t, starts = Text(lang), {name: _start(name) for name in ("illustration", "simulator")}
    group_of = {name: group for group, names in _GROUPS.items() for name in names.split()}
    terms = []
    for row in bargain_terms().to_dict("records"):
        name = str(row["name"])
        about = term_of(name)
        now = {start: float(getattr(bargain, name)) for start, bargain in starts.items()}
        low = min(about.shown[0], *now.values())
        high = max(about.shown[1], *now.values())
        terms.append(
            {
                "name": name,
                "label": t.name("term", name),
                "about": t(f"app_bargain.about.{name}"),
                "symbol": about.symbol,
                "unit": t.name("app_bargain.unit", _UNITS[about.unit]),
                "group": group_of[name],
                "low": low,
                "high": high,
                "step": _step(low, high, whole=about.whole),
                "allowed": about.allowed,
                "whole": about.whole,
                "lever": about.lever,
                "main": name in _MAIN,
                "start": now,
            }
        )
    presets = [
        {
            "id": name,
            "label": t(f"app_bargain.preset.{name}"),
            "start": start,
            "set": numbers,
            "x": over[0],
            "y": over[1],
        }
        for name, (start, numbers, over) in _PRESETS.items()
    ]
    groups = [{"name": name, "label": t(f"app_bargain.group.{name}")} for name in _GROUPS]
    return answer({"terms": terms, "presets": presets, "groups": groups}, request)


@router.get("/api/bargain")
async def judged(
    request: Request,
    parts: Here,
    session: Session,
    numbers: Numbers = "",
    start: Start = "illustration",
    x: Axis = _FIRST[0],
    y: Axis = _FIRST[1],
    points: Annotated[int, Query(ge=2, le=MOST_POINTS)] = MOST_POINTS,
    width: Annotated[int, Query(ge=200, le=4_000, description="Pixels, for names")] = 820,
    quick: Annotated[
        bool, Query(description="Leave out what each number would have to be")
    ] = False,
) -> Response:
    """Whether a pact enforces itself, what binds, what would change it, and a plane of two.

    A page asks for the quick answer while a slider moves and for the whole when it rests.
    """
    bargain = _asked(numbers, start)

    def work() -> dict[str, Any]:
        verdict = _without_changes(bargain) if quick else bargain_verdict(bargain)
        return _document(verdict, x, y, points, width)

    return answer(await parts.jobs.latest(session, work, topic="bargain"), request)


@router.get("/bargain.{ending}")
def twin(
    request: Request,
    ending: str,
    numbers: Numbers = "",
    start: Start = "illustration",
    x: Axis = _FIRST[0],
    y: Axis = _FIRST[1],
) -> Response:
    """The plane that the page shows, one row a point, as `tregua bargain --over --out` writes it.

    The page's own default is 61 points along each number.
    """
    if ending not in FORMATS:
        raise Problem(404, f"A table is not given as '{ending}'.", valid=", ".join(FORMATS))
    region = feasible_region(_asked(numbers, start), x=x, y=y, points=MOST_POINTS)
    names = {axis: region[axis].attrs["name"] for axis in ("x", "y")}
    table = region.to_dataframe().reset_index().rename(columns=names)
    return table_answer(table, request, as_=ending, name=f"bargain-{x}-{y}")


@router.get("/api/bargain/changes.{ending}")
def changes_twin(
    request: Request, ending: str, numbers: Numbers = "", start: Start = "illustration"
) -> Response:
    """What each number alone would have to become, as a table."""
    verdict = bargain_verdict(_asked(numbers, start))
    table = pd.DataFrame([asdict(change) for change in verdict.changes])
    return table_answer(table, request, as_=ending, name="bargain-changes")


def _start(name: str) -> Bargain:
    return Bargain.of_world() if name == "simulator" else Bargain()


def _asked(text: str, start: str) -> Bargain:
    """The bargain of a query; every mistake told at once."""
    numbers: dict[str, float] = {}
    problems = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition(":")
        try:
            term_of(name)
        except ValueError as error:
            problems.append(str(error))
            continue
        try:
            numbers[name] = float(value)
        except ValueError:
            problems.append(f"{part[:80]}: write name:value, the value being a number.")
    if problems:
        raise Problem(422, " ".join(problems), where="set", valid="false_alarm:0.2,tough_bonus:3")
    return _start(start).replace(**numbers)


def _number(value: Any) -> Any:
    """A number as JSON has it; infinity as a word, since it is no missing value here."""
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _without_changes(bargain: Bargain) -> BargainVerdict:
    """A verdict that does not look for what would change it."""
    limits = ("minimal_concession", "maximal_concession", "slack", "margin")
    return BargainVerdict(
        bargain=bargain,
        self_enforcing=bool(bargain.feasible),
        binding=str(bargain.binding),
        **{name: float(getattr(bargain, name)) for name in limits},
        holds=bool(bargain.holds),
        hiding_pays=bool(bargain.hiding_pays),
        changes=(),
    )


def _document(verdict: BargainVerdict, x: str, y: str, points: int, width: int) -> dict[str, Any]:
    bargain = verdict.bargain
    region = feasible_region(bargain, x=x, y=y, points=points)
    tables = plane_tables(region, width=width, height=400)
    plane = {name: tables[name].to_dict("split")["data"] for name in ("plane", "labels", "border")}
    return {
        **_verdict(verdict),
        "numbers": {name: getattr(bargain, name) for name in bargain_terms()["name"]},
        "duration": _number(float(bargain.duration)),
        "changes": [
            {name: _number(value) for name, value in asdict(change).items()}
            for change in sorted(verdict.changes, key=_effort)
        ],
        "thresholds": [
            {str(name): _number(value) for name, value in row.items()}
            for row in verdict.thresholds().to_dict("records")
        ],
        "plane": {**plane, "now": tables["now"].to_dict("records")[0]},
        "points": int(region["margin"].size),
    }


def _verdict(verdict: BargainVerdict) -> dict[str, Any]:
    names = ("self_enforcing", "binding", "minimal_concession", "maximal_concession", "slack")
    more = ("margin", "holds", "hiding_pays")
    return {name: _number(getattr(verdict, name)) for name in (*names, *more)}


def _effort(change: Any) -> float:
    """The order in which `tregua bargain` lists changes; those that change nothing come last."""
    if change.needed is None:
        return math.inf
    return float(abs(change.needed - change.now) / max(abs(change.needed), abs(change.now)))


def _step(low: float, high: float, *, whole: bool) -> float:
    """A step of about 200 to the range: 1, 2 or 5 times a power of ten."""
    if whole:
        return 1.0
    raw = (high - low) / 200
    power = 10.0 ** math.floor(math.log10(raw))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= raw * (1 - 1e-9))
