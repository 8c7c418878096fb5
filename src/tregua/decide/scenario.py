"""A scenario: one plan of a government, in stated worlds, under stated assumptions.

The one schema of what the laboratory can be asked: the same model is a TOML file, the body of a
request, what stands in an address, and an object in Python. It holds everything that decides a run,
so that equal scenarios give equal bytes wherever they are run.

A plan is made of *blocks* on four lanes, each from a month on until another. A government has one
stance at a time (`model.Stance`), so that blocks which overlap are read by a rule:

    exception              before everything else
    pact and crackdown     together: a secret pact behind a crackdown (BOTH)
    open pact              before a crackdown, which the model does not know beside it
    pact, or crackdown     before reform
    reform
    nothing                the status quo

Parts of blocks that do not act by this rule, or that lie beyond the end of the run, are not run in
another sense in silence: `Scenario.hidden_parts` lists them, the page hatches them and the command
line names them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from tregua.decide.scenario_checks import (
    LANES,
    MOST_BLOCKS,
    MOST_WORLDS_OF_SCENARIO,
    MOST_YEARS,
    ScenarioError,
    ScenarioProblem,
    check_block_alone,
    check_scenario,
)
from tregua.model import Phase, Stance, Timeline

__all__ = ["Block", "HiddenPart", "Scenario"]

Whole = NDArray[np.int64]

_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
_NOBODY = -1
_STANCES_OF_PACTS = {False: Stance.SECRET_PACT, True: Stance.OPEN_PACT}


class Block(BaseModel):
    """One thing that a government does for a while.

    Attributes
    ----------
    lane
        "pact", "crackdown", "exception" or "reform".
    start
        First month, `YYYY-MM`.
    end
        First month after it; None for a block that lasts to the end of the run.
    open
        Whether a pact is open; a secret one may leak, an open one costs approval. Pacts only.
    effort
        Arrest effort of a crackdown or an exception, ordinary policing being 1 (1 to 50); None for
        what the stance itself has in each world. What is above 1 is multiplied in each world by
        `enforcement_scale`, as the effort of a script is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lane: Literal["pact", "crackdown", "exception", "reform"] = Field(
        description="What the government does: pact, crackdown, exception or reform"
    )
    start: str = Field(pattern=_MONTH, description="First month, YYYY-MM, from the origin on")
    end: str | None = Field(
        default=None,
        pattern=_MONTH,
        description="First month after the block; null for one that lasts to the end of the run",
    )
    open: bool = Field(default=False, description="Whether a pact is open; pacts only")
    effort: float | None = Field(
        default=None,
        ge=1,
        le=50,
        description="Arrest effort of a crackdown or an exception, ordinary policing being 1",
    )

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, raw: Any) -> Any:
        if isinstance(raw, Block):
            return raw
        clean, problems = check_block_alone(raw)
        _refuse("Block", problems)
        return clean


@dataclass(frozen=True)
class HiddenPart:
    """Months in which a block does not act.

    Attributes
    ----------
    block
        Number of the block, from 0.
    start
        First month of the part.
    end
        First month after it; None for a block without an end, beyond the end of the run.
    why
        What acts instead: "exception", "pact", "crackdown" (the lane that goes before it), or
        "end" for what lies beyond the run.
    """

    block: int
    start: str
    end: str | None
    why: str


class Scenario(BaseModel):
    """One plan, the worlds in which it is run, and what is assumed of them.

    Attributes
    ----------
    case
        Name of the case.
    origin
        Month from which the government acts by the plan, `YYYY-MM`. What lies before is history.
    years
        Length of the run, a whole number of months, at most 30 years.
    worlds
        Number of worlds, 1 to 100,000.
    seed
        Seed of the noise, 0 to 2**53 - 1.
    worlds_from
        "posterior" or "prior".
    blocks
        What the government does; nothing is the status quo. At most 40.
    reply
        Strategy of the gangs, by its name in `decide.GANG_STRATEGIES`.
    assumptions
        Parameters set in all worlds from the origin on (`decide.set_from_origin`), by name.
    mechanisms
        Optional mechanisms that are on from the origin (`model.MECHANISMS`).
    name
        What the plan is called; decides nothing.

    Examples
    --------
    >>> plan = Scenario(
    ...     origin="2019-06",
    ...     blocks=[
    ...         {"lane": "pact", "start": "2019-06"},
    ...         {"lane": "exception", "start": "2022-03"},
    ...     ],
    ... )
    >>> [(str(phase.start), phase.stance.name) for phase in plan.timeline().phases]
    [('2019-06', 'SECRET_PACT'), ('2022-03', 'EXCEPTION')]
    >>> plan.hidden_parts()[0]
    HiddenPart(block=0, start='2022-03', end='2029-06', why='exception')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str = Field(default="el-salvador", description="Name of the case")
    origin: str = Field(pattern=_MONTH, description="Month from which the plan acts, YYYY-MM")
    years: float = Field(
        default=10.0, gt=0, le=MOST_YEARS, description="Length of the run, whole months"
    )
    worlds: int = Field(
        default=200, ge=1, le=MOST_WORLDS_OF_SCENARIO, description="Number of worlds"
    )
    seed: int = Field(default=1, ge=0, le=2**53 - 1, description="Seed of the noise")
    worlds_from: Literal["posterior", "prior"] = Field(
        default="posterior", description="Where the parameters of the worlds come from"
    )
    blocks: tuple[Block, ...] = Field(
        default=(), max_length=MOST_BLOCKS, description="What the government does, and when"
    )
    reply: str = Field(default="answer_in_kind", description="The gangs' strategy")
    assumptions: Mapping[str, float] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="Parameters set in all worlds from the origin on",
    )
    mechanisms: tuple[str, ...] = Field(
        default=(), description="Optional mechanisms that are on from the origin"
    )
    name: str = Field(default="", max_length=80, description="What the plan is called")

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, raw: Any) -> Any:
        if isinstance(raw, Scenario):
            return raw
        clean, problems = check_scenario(raw)
        _refuse("Scenario", problems)
        return clean

    @field_validator("assumptions", mode="after")
    @classmethod
    def _frozen(cls, given: Mapping[str, float]) -> Mapping[str, float]:
        return MappingProxyType(dict(sorted(given.items())))

    @field_serializer("assumptions")
    def _plain(self, given: Mapping[str, float]) -> dict[str, float]:
        return dict(given)

    @field_serializer("years")
    def _short(self, given: float) -> int | float:
        return int(given) if given.is_integer() else given

    def __hash__(self) -> int:
        """Equal scenarios have equal hashes."""
        return hash(self.model_dump_json())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Nothing in a scenario can change, so that it is its own copy."""
        return self

    def __reduce__(self) -> Any:
        """Pickled as its plain values."""
        return type(self).model_validate, (self.model_dump(mode="json"),)

    @classmethod
    def of(cls, raw: Any, *, source: str = "The scenario") -> Self:
        """A scenario from plain values.

        Parameters
        ----------
        raw
            A mapping, as JSON and TOML give it.
        source
            What it came from, for messages.

        Raises
        ------
        ScenarioError
            If it is none; the error lists every problem.
        """
        clean, problems = check_scenario(raw)
        if problems:
            raise ScenarioError(problems, source)
        return cls.model_validate(clean)

    @property
    def months(self) -> int:
        """Length of the run in months."""
        return round(12 * self.years)

    @property
    def last(self) -> str:
        """First month after the run, `YYYY-MM`."""
        return str(np.datetime64(self.origin, "M") + self.months)

    def digest(self) -> str:
        """Digest of everything that decides the run: SHA-256, 64 hexadecimal digits.

        The name decides nothing and is left out.
        """
        content = self.model_dump(mode="json", exclude={"name"})
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def status_quo(self) -> Scenario:
        """The same worlds under the same assumptions, with nothing done."""
        return self.model_copy(update={"blocks": (), "name": ""})

    def worlds_digest(self) -> str:
        """Digest of the worlds and assumptions alone: equal where the plan only differs."""
        return self.status_quo().digest()

    def timeline(self) -> Timeline:
        """What the government does, as stances by date.

        The last stance is open at its end. An effort that no block gives is the stance's own.
        """
        lanes = self._lanes()
        stance, effort = self._stances(lanes)
        changes = np.flatnonzero(
            np.r_[True, (np.diff(stance) != 0) | ~_same(effort[1:], effort[:-1])]
        )
        starts = [np.datetime64(self.origin, "M") + int(place) for place in changes]
        ends = [*starts[1:], None]
        phases = tuple(
            Phase(
                start,
                Stance(int(stance[place])),
                end,
                None if np.isnan(effort[place]) else float(effort[place]),
            )
            for start, end, place in zip(starts, ends, changes, strict=True)
        )
        return Timeline(phases, self.name)

    def hidden_parts(self) -> tuple[HiddenPart, ...]:
        """Parts of blocks that do not act: another lane goes before them, or the run is over."""
        lanes = self._lanes()
        parts: list[HiddenPart] = []
        for number, block in enumerate(self.blocks):
            why = np.where(lanes[block.lane] == number, self._before(block.lane, lanes), "")
            parts += _parts_of(number, why, np.datetime64(self.origin, "M"))
            if block.end is not None and block.end > self.last:
                parts.append(HiddenPart(number, max(block.start, self.last), block.end, "end"))
            elif block.end is None and block.start >= self.last:
                parts.append(HiddenPart(number, block.start, None, "end"))
        return tuple(parts)

    def _lanes(self) -> dict[str, Whole]:
        """For each lane and month of the run: the number of its block, or -1."""
        lanes = {lane: np.full(self.months, _NOBODY) for lane in LANES}
        first = np.datetime64(self.origin, "M")
        for number, block in enumerate(self.blocks):
            start = int((np.datetime64(block.start, "M") - first).astype(int))
            end = self.months
            if block.end is not None:
                end = int((np.datetime64(block.end, "M") - first).astype(int))
            lanes[block.lane][max(0, start) : max(0, end)] = number
        return lanes

    def _open(self, lanes: Mapping[str, Whole]) -> NDArray[np.bool_]:
        """Whether the pact of each month is open."""
        is_open = np.array([*(block.open for block in self.blocks), False])
        return np.asarray(is_open[lanes["pact"]])

    def _before(self, lane: str, lanes: Mapping[str, Whole]) -> NDArray[np.str_]:
        """The lane that acts instead of this one in each month; empty where this one acts."""
        there = {name: numbers != _NOBODY for name, numbers in lanes.items()}
        none = np.full(self.months, "", dtype="U16")
        if lane == "exception":
            return none
        found = none
        if lane == "reform":
            found = np.where(there["crackdown"], "crackdown", found)
            found = np.where(there["pact"], "pact", found)
        if lane == "crackdown":
            found = np.where(self._open(lanes), "pact", found)
        return np.where(there["exception"], "exception", found)

    def _stances(self, lanes: Mapping[str, Whole]) -> tuple[Whole, NDArray[np.float64]]:
        """Stance and effort of each month; an effort that nobody gives is NaN."""
        acts = {
            lane: (lanes[lane] != _NOBODY) & (self._before(lane, lanes) == "") for lane in LANES
        }
        is_open = self._open(lanes)
        stance = np.full(self.months, int(Stance.STATUS_QUO))
        stance[acts["reform"]] = Stance.REFORM
        stance[acts["crackdown"]] = Stance.MANO_DURA
        stance[acts["pact"] & ~is_open] = _STANCES_OF_PACTS[False]
        stance[acts["pact"] & is_open] = _STANCES_OF_PACTS[True]
        stance[acts["pact"] & acts["crackdown"]] = Stance.BOTH
        stance[acts["exception"]] = Stance.EXCEPTION
        given = [np.nan if block.effort is None else block.effort for block in self.blocks]
        efforts = np.array([*given, np.nan])
        effort = np.full(self.months, np.nan)
        for lane in ("crackdown", "exception"):
            effort = np.where(acts[lane], efforts[lanes[lane]], effort)
        return stance, effort


def _same(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))


def _parts_of(number: int, why: NDArray[np.str_], first: np.datetime64) -> list[HiddenPart]:
    """Months in a row with the same reason, as parts of a block."""
    edges = np.flatnonzero(np.r_[True, why[1:] != why[:-1], True])
    return [
        HiddenPart(number, str(first + int(start)), str(first + int(end)), str(why[start]))
        for start, end in pairwise(edges)
        if why[start]
    ]


def _refuse(what: str, problems: list[ScenarioProblem]) -> None:
    """Raise all problems as pydantic raises its own, each with its place."""
    if not problems:
        return
    raise ValidationError.from_exception_data(
        what,
        [
            InitErrorDetails(
                type=PydanticCustomError(
                    "scenario", "{what} {valid}", {"what": problem.what, "valid": problem.valid}
                ),
                loc=problem.place,
                input=None,
            )
            for problem in problems
        ],
    )
