"""The Lab: a plan and its assumptions become a fan, a ledger and a sentence.

A fan is asked for while a slider moves, so that the newest wish wins and what stays the same is
kept: the worlds' states at the origin, and the status quo in them. Where an assumption moves, the
status quo moves as well; the fan of the plan then comes first, and what may be said of it beside
the status quo when the slider rests. More worlds than can be run at once are run with progress,
each partial result sharper than the last. A request is refused before anything is run if it is of
another case, or larger than the server allows.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any, Generic, Literal, TypeVar
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tregua import decide
from tregua.app.answers import answer, tagged
from tregua.app.jobs import Result, Tell
from tregua.app.kept import Step
from tregua.app.lab_form import QUICK_WORLDS, WORLD_MONTHS, form
from tregua.app.links import unpack
from tregua.app.material import Material
from tregua.app.parts import Here, Parts, Session
from tregua.app.problems import Problem
from tregua.app.table import table_answer
from tregua.decide import Scenario, ScenarioBaseline, ScenarioFan, ScenarioRun
from tregua.provenance import digest_of
from tregua.report.text import Text

__all__ = ["router"]

router = APIRouter(tags=["lab"])

Packed = Annotated[str, Query(description="The scenario: JSON, deflated, as base64url")]

_QUANTILES = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
_MOST_HELD = 64

T = TypeVar("T")


@router.get("/api/lab/form")
async def lab_form(
    request: Request,
    parts: Here,
    lang: Annotated[Literal["en", "es"] | None, Query(description="Language")] = None,
) -> Response:
    """Origins, lanes, presets, assumptions with their evidence, outcomes, limits, the record."""
    made = await run_in_threadpool(
        form,
        parts.material,
        lang or parts.settings.lang,
        most_worlds=parts.settings.most_worlds,
    )
    return answer(made, request)


@router.post("/api/lab/fan")
async def fan(
    scenario: Scenario,
    parts: Here,
    session: Session,
    now: Annotated[
        bool,
        Query(description="Do not wait for the status quo: `paired` and `headline` may be null"),
    ] = False,
) -> Response:
    """Fan, ledger, paired difference and headline of a scenario; a newer request takes its place.

    `seconds` is the time that the server took; everything else is the same for the same scenario.
    """
    _admit(scenario, parts, quick=True)

    def work() -> bytes:
        begun = time.perf_counter()
        found = _FANS.get(scenario, parts.material)
        quo = (_BASELINES.known if now else _BASELINES.get)(scenario, parts.material)
        shown = found if quo is None else found.beside(quo)
        made = payload(shown, _key(scenario, parts), seconds=0.0)
        made["seconds"] = round(time.perf_counter() - begun, 4)
        return _bytes(made)

    body = await parts.jobs.latest(session, work, topic="fan")
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


@router.post("/api/lab/run", status_code=202)
def run(scenario: Scenario, request: Request, parts: Here, session: Session) -> Response:
    """Run many worlds; its events carry a partial fan, and its key leads to the result."""
    _admit(scenario, parts, quick=False)
    key = _key(scenario, parts)

    def work(tell: Tell) -> Result:
        def told(done: int, total: int, partial: ScenarioRun | None) -> None:
            tell(done, total, None if partial is None else payload(partial, key))

        found = _run(scenario, parts.material, told)
        return Result(payload(found, key), found.table())

    begun = parts.jobs.begin(session, work, key=key)
    return answer({"id": begun.id, "key": begun.key}, request, status=202)


@router.get("/lab.json")
async def twin_json(s: Packed, request: Request, parts: Here, session: Session) -> Response:
    """The fans of a scenario as a table, in JSON."""
    return await _twin(s, request, parts, session, "json")


@router.get("/lab.csv")
async def twin_csv(s: Packed, request: Request, parts: Here, session: Session) -> Response:
    """The fans of a scenario as a table, in CSV."""
    return await _twin(s, request, parts, session, "csv")


@router.get("/lab.parquet")
async def twin_parquet(s: Packed, request: Request, parts: Here, session: Session) -> Response:
    """The fans of a scenario as a table, in Parquet."""
    return await _twin(s, request, parts, session, "parquet")


@router.get("/api/scenario.toml")
def scenario_toml(s: Packed, request: Request) -> Response:
    """A scenario as the file that `tregua simulate --scenario` reads."""
    text = decide.write_scenario(Scenario.model_validate(unpack(s)))
    return tagged(
        text.encode(),
        "application/toml; charset=utf-8",
        request,
        headers={"content-disposition": 'attachment; filename="scenario.toml"'},
    )


async def _twin(s: str, request: Request, parts: Parts, session: str, as_: str) -> Response:
    import io

    import pandas as pd

    scenario = Scenario.model_validate(unpack(s))
    key = _key(scenario, parts)
    kept = parts.store.get(key, "parquet")
    if kept is not None:
        frame = pd.read_parquet(io.BytesIO(kept))
    else:
        _admit(scenario, parts, quick=True)
        frame = await parts.jobs.latest(
            session, lambda: _run(scenario, parts.material).table(), topic=f"twin {key}"
        )
    return table_answer(frame, request, as_=as_, name=f"lab-{scenario.origin}")


# -- What is run -----------------------------------------------------------------------------------


def payload(
    found: ScenarioRun | ScenarioFan, key: str, seconds: float | None = None
) -> dict[str, Any]:
    """A run as the API gives it.

    Parameters
    ----------
    found
        The run; of a plan alone, `paired` and `headline` are null and the ledger tells nothing of
        the status quo.
    key
        Under which the result of the whole run is kept.
    seconds
        Time that it took; None leaves it out, so that equal runs have equal bytes.
    """
    scenario = found.scenario
    names = {lang: Text(lang) for lang in ("en", "es")}
    ledger = [
        {
            **row,
            "label": {
                lang: t(f"app_lab_form.outcome.{row['outcome']}") for lang, t in names.items()
            },
        }
        for row in found.ledger.to_dict(orient="records")
    ]
    made: dict[str, Any] = {
        "key": key,
        "worlds": found.worlds,
        "months": [str(month) for month in found.months],
        "fan": {
            outcome: dict(zip(_QUANTILES, values.tolist(), strict=True))
            for outcome, values in found.fan.items()
        },
        "ledger": ledger,
        "paired": None,
        "headline": None,
        "hidden": [vars(part) for part in scenario.hidden_parts()],
    }
    if isinstance(found, ScenarioRun):
        made |= _beside(found)
    return made if seconds is None else made | {"seconds": seconds}


def _beside(found: ScenarioRun) -> dict[str, Any]:
    """What is said of a plan beside the status quo."""
    paired, headline = found.paired, found.headline
    return {
        "paired": {
            "share": paired.p_lower,
            "low": headline.low,
            "high": headline.high,
            "direction": headline.direction,
            "tells": headline.tells,
            "against": "status_quo",
            "outcome": "killed",
            "q05": paired.q05,
            "q50": paired.q50,
            "q95": paired.q95,
        },
        "headline": {"en": headline.en, "es": headline.es},
    }


def _bytes(made: dict[str, Any]) -> bytes:
    """Canonical JSON, written fast: keys sorted, null for what is no number."""
    return to_json(_sorted(made), inf_nan_mode="null")


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_sorted(item) for item in value]
    return value


def _key(scenario: Scenario, parts: Parts) -> str:
    return f"lab-{digest_of(scenario.digest(), scenario.name, parts.material.digest)}"


def _admit(scenario: Scenario, parts: Parts, *, quick: bool) -> None:
    """Refuse what this server does not run, before anything is run."""
    material, most = parts.material, parts.settings.most_worlds
    history = material.history
    if history is None:
        raise Problem(422, "This case has no script, so that no worlds can be run of it.")
    most = min(most, QUICK_WORLDS) if quick else most
    if scenario.worlds > most:
        valid = f"1 to {most:,}" + ("; POST /api/lab/run runs more" if quick else "")
        raise Problem(422, f"{scenario.worlds:,} worlds.", where="worlds", valid=valid)
    if scenario.worlds * scenario.months > WORLD_MONTHS:
        raise Problem(
            422,
            f"{scenario.worlds:,} worlds of {scenario.months} months are too many.",
            where="worlds",
            valid=f"at most {WORLD_MONTHS // scenario.months:,} worlds, or fewer years",
        )
    try:
        decide.check_against(scenario, material.record, history)
    except decide.ScenarioError as error:
        first = error.problems[0]
        raise Problem(422, first.what, where=first.where, valid=first.valid) from None


def _run(scenario: Scenario, material: Material, progress: Any = None) -> ScenarioRun:
    """The scenario in the worlds of this server."""
    history = material.history
    assert history is not None  # admitted
    # History is made in pieces between which a run can be cancelled, or gives way.
    step = None if progress is None else lambda: progress(0, scenario.worlds, None)
    worlds = _worlds(scenario, material, step)
    return decide.run_scenario(scenario, **worlds, progress=progress)


def _worlds(scenario: Scenario, material: Material, step: Step | None = None) -> dict[str, Any]:
    """The worlds of a scenario, their states at its origin and their past."""
    asked = (scenario.worlds_from, scenario.worlds, scenario.seed)
    return {
        "draws": material.draws(*asked),
        "state": material.state(scenario.origin, *asked, step=step),
        "history": material.history,
    }


class _Held(Generic[T]):
    """What was run for a server's case, by name; the longest unused goes first."""

    def __init__(self, name: Callable[[Scenario], str], run: Callable[..., T]) -> None:
        self._name, self._run = name, run
        self._kept: WeakKeyDictionary[Material, OrderedDict[str, T]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def known(self, scenario: Scenario, material: Material) -> T | None:
        """What has been run of it, if anything."""
        name = self._name(scenario)
        with self._lock:
            kept = self._kept.setdefault(material, OrderedDict())
            if name in kept:
                kept.move_to_end(name)
            return kept.get(name)

    def get(self, scenario: Scenario, material: Material) -> T:
        """The same, run where nobody has."""
        held = self.known(scenario, material)
        if held is not None:
            return held
        found = self._run(scenario, **_worlds(scenario, material))
        with self._lock:
            kept = self._kept[material]
            kept[self._name(scenario)] = found
            while len(kept) > _MOST_HELD:
                kept.popitem(last=False)
        return found


# While plans are changed the status quo stays; a fan shown at once is set beside it a moment later.
_BASELINES: _Held[ScenarioBaseline] = _Held(lambda s: s.worlds_digest(), decide.run_baseline)
_FANS: _Held[ScenarioFan] = _Held(lambda s: f"{s.digest()} {s.name}", decide.run_fan)


def warm(parts: Parts) -> None:
    """Run the first scenario that the page shows, so that its first fan is drawn at once."""
    shown = form(parts.material, parts.settings.lang, most_worlds=parts.settings.most_worlds)
    for preset in shown["presets"][1:2]:
        scenario = Scenario.model_validate(preset["scenario"])
        _FANS.get(scenario, parts.material)
        _BASELINES.get(scenario, parts.material)
