"""Up to four strategies in the same worlds: what Compare shows, and what it asks.

The question is the address of the page. A place holds the name of a shipped strategy or a scenario
as the Lab packs it. Worlds are everybody's: origin, years, number, seed, reply and assumptions come
from the first scenario unless the address says otherwise. A plan that was drawn for another origin
is moved there, block by block, so that all begin at the same moment; what a plan assumed of its own
worlds is set aside, and both are told.

Worlds are run some hundreds at a time and only totals at the end are kept beside what is drawn. No
world knows of another, so the parts put together are what `decide.compare` gives, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from tregua import decide
from tregua.app.exploring import usual_origin
from tregua.app.lab_form import QUICK_WORLDS, WORLD_MONTHS
from tregua.app.links import unpack
from tregua.app.material import Material
from tregua.app.problems import Problem
from tregua.decide import Comparison, Scenario
from tregua.decide.scenario_run import quantiles_of
from tregua.model import Timeline
from tregua.model.strategy import GovernmentStrategy
from tregua.provenance import digest_of

__all__ = ["Asked", "Compared", "Question", "Side", "density", "shipped_scenario"]

Array = NDArray[np.float64]
Letter = Literal["a", "b", "c", "d"]
Packed = Field(default="", max_length=16_000)
Named = Field(default="", max_length=80)

LETTERS: tuple[Letter, ...] = ("a", "b", "c", "d")
DRAWN = ("killed", "recorded", "prisoners")
_QUANTILES = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
_BATCH = 120_000  # months of worlds, all sides together, between two calls of progress
_LEAST = 50  # worlds
_GRID = 97
_FINE = 512
_LANES: Mapping[str, tuple[dict[str, Any], ...]] = {
    "status_quo": (),
    "secret_pact": ({"lane": "pact"},),
    "open_pact": ({"lane": "pact", "open": True},),
    "mano_dura": ({"lane": "crackdown"},),
    "both": ({"lane": "pact"}, {"lane": "crackdown"}),
    "exception": ({"lane": "exception"},),
    "reform": ({"lane": "reform"},),
}


class Asked(BaseModel):
    """What the address of Compare asks.

    Attributes
    ----------
    a, b, c, d
        Name of a shipped strategy, or a scenario as `links.pack` writes it; empty for none.
    na, nb, nc, nd
        What the sides are called; empty for their own names.
    ref
        The side that the others are held against; empty for the first.
    origin, years, worlds, seed, source, reply
        Of the worlds; None for what the first scenario says.
    w
        Weights that the reader states, as `killed=1,detained=0.1`; empty for none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    a: str = Packed
    b: str = Packed
    c: str = Packed
    d: str = Packed
    na: str = Named
    nb: str = Named
    nc: str = Named
    nd: str = Named
    ref: Literal["", "a", "b", "c", "d"] = ""
    origin: str | None = Field(default=None, pattern=_MONTH)
    years: float | None = Field(default=None, gt=0, le=30)
    worlds: int | None = Field(default=None, ge=2, le=100_000)
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    source: Literal["posterior", "prior"] | None = None
    reply: str | None = Field(default=None, max_length=40)
    w: str = Field(default="", max_length=400)


def shipped_scenario(name: str, base: Scenario) -> Scenario | None:
    """The plan that a shipped strategy is, in some worlds; None for one that answers what it sees.

    Parameters
    ----------
    name
        Name of the strategy.
    base
        The worlds.
    """
    if name not in _LANES:
        return None
    blocks = [{**lane, "start": base.origin} for lane in _LANES[name]]
    return Scenario.model_validate({**base.model_dump(mode="json"), "blocks": blocks, "name": ""})


@dataclass(frozen=True)
class Side:
    """One of the strategies compared.

    Attributes
    ----------
    letter
        Its place.
    name
        What it is called in the comparison, unlike the others.
    label
        What its owner calls it; empty for a shipped strategy under its own name.
    strategy
        Name of the shipped strategy, or None.
    scenario
        Its plan in the worlds compared; None for a shipped strategy that is no plan.
    government
        What is run.
    moved
        Months by which the plan was moved to the common origin.
    set_aside
        Fields of its own worlds that were not used.
    """

    letter: Letter
    name: str
    label: str
    strategy: str | None
    scenario: Scenario | None
    government: GovernmentStrategy | Timeline
    moved: int = 0
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A comparison, checked and not yet run.

    Attributes
    ----------
    base
        The worlds, as a scenario in which nothing is done.
    sides
        One to four.
    reference
        Number of the side that the others are held against.
    weights
        Weights stated by the reader; may be empty.
    """

    base: Scenario
    sides: tuple[Side, ...]
    reference: int
    weights: Mapping[str, float]

    @classmethod
    def of(cls, asked: Asked, material: Material) -> Question:
        """The question of an address.

        Parameters
        ----------
        asked
            What the address says.
        material
            The case.

        Raises
        ------
        Problem
            422 if there is nothing to compare, or a side cannot be run in these worlds.
        ValueError
            If a scenario or the weights cannot be read.
        """
        if material.history is None:
            raise Problem(422, "This case has no script, so that no worlds can be run of it.")
        given = {letter: text for letter in LETTERS if (text := getattr(asked, letter))}
        if not given:
            raise Problem(
                422, "Nothing is compared.", where="a", valid="a strategy's name or a scenario"
            )
        plans = {
            letter: None if text in decide.CATALOGUE else _read(text, letter)
            for letter, text in given.items()
        }
        base = _base(asked, [plan for plan in plans.values() if plan is not None], material)
        _checked(base, material, "origin")
        sides: list[Side] = []
        for letter, text in given.items():
            label = str(getattr(asked, f"n{letter}")).strip()
            side = _side(letter, text, label, plans[letter], base, [s.name for s in sides])
            if side.scenario is not None:
                _checked(side.scenario, material, letter)
            sides.append(side)
        letters = [side.letter for side in sides]
        reference = letters.index(asked.ref) if asked.ref in letters else 0
        weights = decide.stated_weights(asked.w) if asked.w else {}
        return cls(base, tuple(sides), reference, weights)

    def admit(self, most_worlds: int, *, quick: bool) -> None:
        """Refuse what this server does not run, before anything is run.

        Parameters
        ----------
        most_worlds
            Worlds that the server allows.
        quick
            Whether it is to be answered at once.

        Raises
        ------
        Problem
            422 if there are too many worlds, or too many months of them.
        """
        base = self.base
        most = min(most_worlds, QUICK_WORLDS) if quick else most_worlds
        most = min(most, WORLD_MONTHS // (2 * base.months))
        if base.worlds > most:
            valid = f"2 to {most:,}" + ("; POST /api/compare/run runs more" if quick else "")
            raise Problem(422, f"{base.worlds:,} worlds.", where="worlds", valid=valid)

    def key(self, material: Material) -> str:
        """Under which the result is kept.

        Parameters
        ----------
        material
            The case.
        """
        sides = [[s.letter, s.name, s.label, s.moved, s.set_aside, _plain(s)] for s in self.sides]
        weights = dict(sorted(self.weights.items()))
        said = [self.base.digest(), sides, self.reference, weights, material.digest]
        return f"compare-{digest_of(*said)}"

    def run(
        self, material: Material, progress: Callable[[int, int], None] | None = None
    ) -> Compared:
        """Run it.

        Parameters
        ----------
        material
            The case.
        progress
            Called with (worlds run, worlds to run), with none run between pieces of history too.

        Returns
        -------
        Compared
            Totals and fans.
        """
        base = self.base
        history = material.history
        assert history is not None  # `of` saw to it
        asked = (base.worlds_from, base.worlds, base.seed)
        step = None if progress is None else partial(progress, 0, base.worlds)
        drawn, past = material.draws(*asked), material.state(base.origin, *asked, step=step)
        draws, state = decide.set_from_origin(drawn, past, **base.assumptions)
        parts: list[Comparison] = []
        batch = max(_LEAST, _BATCH // (base.months * len(self.sides)))
        for first in range(0, base.worlds, batch):
            rows = np.arange(first, min(first + batch, base.worlds))
            found = decide.compare(
                [side.government for side in self.sides],
                draws.select(rows),
                history,
                origin=base.origin,
                seed=base.seed,
                years=base.years,
                initial=state.select(rows),
                gangs=decide.reply_named(base.reply),
                mechanisms=base.mechanisms,
                worlds_from=base.worlds_from,
            )
            ends = {name: values[:, :, -1].copy() for name, values in found.cumulative.items()}
            parts.append(replace(found, cumulative=ends))
            if progress is not None:
                progress(int(rows[-1]) + 1, base.worlds)
        return Compared(self, _joined(parts, draws.weights))


@dataclass(frozen=True)
class Compared:
    """What the worlds say.

    Attributes
    ----------
    question
        What was asked.
    comparison
        Of which only the end of the run may be asked; fans are whole.
    """

    question: Question
    comparison: Comparison

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """All killings, then the harms of the ledger."""
        return ("killed", *self.comparison.outcomes())

    def payload(self, key: str) -> dict[str, Any]:
        """The comparison as the API gives it.

        Parameters
        ----------
        key
            Under which it is kept.
        """
        question, found = self.question, self.comparison
        base = question.base
        return {
            "key": key,
            "worlds": len(found.weights),
            "effective": found.effective_worlds,
            "origin": base.origin,
            "years": base.years,
            "base": base.model_dump(mode="json"),
            "reference": question.sides[question.reference].letter,
            "sides": [_told(side) for side in question.sides],
            "outcomes": list(self.outcomes),
            "months": [str(month.astype("datetime64[M]")) for month in found.months],
            "fan": self._fans(),
            "rows": self.table(),
            "ridges": self._ridges(),
            "sentences": self._sentences(),
            "leaders": self._leaders(),
            "weighed": self._weighed(),
            "twice": list(decide.counted_twice(question.weights)),
        }

    def table(self) -> pd.DataFrame:
        """A row a side and harm: totals, paired difference to the reference, chance to be best.

        Returns
        -------
        DataFrame
            Columns side, name, outcome, unit, q05, q50, q95, mean, mc_error, reference,
            difference_q05, difference_q50, difference_q95, difference_mean, difference_error,
            p_lower, p_lower_error, p_best, p_best_error. Nothing is summed over harms.
        """
        found, years = self.comparison, self.question.base.years
        held = self.question.sides[self.question.reference]
        rows = []
        for outcome in self.outcomes:
            best = found.shares_of_best(outcome, years)
            for side, share in zip(self.question.sides, best, strict=True):
                total = found.total(outcome, side.name, years)
                own = found.paired(total)
                gap = found.difference(side.name, held.name, years, outcome)
                p_best, p_best_error = found.mean_of(share)
                rows.append(
                    {
                        "side": side.letter,
                        "name": side.name,
                        "outcome": outcome,
                        "unit": "index years" if outcome == "democracy_lost" else "persons",
                        "q05": own.q05,
                        "q50": own.q50,
                        "q95": own.q95,
                        "mean": own.mean,
                        "mc_error": own.mean_error,
                        "reference": held.letter,
                        "difference_q05": gap.q05,
                        "difference_q50": gap.q50,
                        "difference_q95": gap.q95,
                        "difference_mean": gap.mean,
                        "difference_error": gap.mean_error,
                        "p_lower": gap.p_lower,
                        "p_lower_error": gap.mc_error,
                        "p_best": min(1.0, p_best),
                        "p_best_error": p_best_error,
                    }
                )
        return pd.DataFrame(rows)

    def _fans(self) -> dict[str, Any]:
        found = self.comparison
        return {
            name: {
                side.letter: {
                    level: _short(values)
                    for level, values in zip(
                        _QUANTILES, quantiles_of(found.monthly[name][i], found.weights), strict=True
                    )
                }
                for i, side in enumerate(self.question.sides)
            }
            for name in DRAWN
        }

    def _ridges(self) -> dict[str, Any]:
        """Densities of totals over worlds, for each harm on one grid."""
        found, years = self.comparison, self.question.base.years
        made: dict[str, Any] = {}
        for outcome in self.outcomes:
            totals = [found.total(outcome, s.name, years) for s in self.question.sides]
            grid, heights = density(np.stack(totals), found.weights)
            letters = [side.letter for side in self.question.sides]
            made[outcome] = {
                "at": _short(grid),
                "height": dict(zip(letters, map(_short, heights), strict=True)),
            }
        return made

    def _sentences(self) -> list[dict[str, Any]]:
        sides, years = self.question.sides, self.question.base.years
        held = sides[self.question.reference]
        made = []
        for outcome in self.outcomes:
            for side in sides:
                if side is held:
                    continue
                said = decide.printable(self.comparison, side.name, held.name, outcome, years)
                made.append(
                    {"side": side.letter, "outcome": outcome, "tells": said.tells}
                    | {"en": said.en, "es": said.es, "direction": said.direction}
                )
        return made

    def _leaders(self) -> list[dict[str, Any]]:
        """Who is best in most worlds, harm by harm, and whether clearly."""
        letters = {side.name: side.letter for side in self.question.sides}
        found = self.comparison.best_for_most()
        last = found[found["horizon"] == found["horizon"].max()]
        return [
            {
                "outcome": row["outcome"],
                "side": letters[row["strategy"]],
                "p_best": row["p_best"],
                "runner_up": letters.get(row["runner_up"]),
                "margin": row["margin"],
                "margin_error": row["margin_error"],
                "clear": row["clear"],
            }
            for row in last.to_dict(orient="records")
        ]

    def _weighed(self) -> list[dict[str, Any]]:
        """Sums under stated weights, at the end of the run; the reference first."""
        question = self.question
        if not question.weights:
            return []
        order = [question.reference, *(i for i in range(len(question.sides)))]
        order = list(dict.fromkeys(order))
        turned = replace(
            self.comparison,
            strategies=tuple(question.sides[i].name for i in order),
            cumulative={name: v[order] for name, v in self.comparison.cumulative.items()},
            monthly={},
        )
        found = decide.weighed(turned, question.weights)
        last = found[found["horizon"] == found["horizon"].max()]
        letters = {side.name: side.letter for side in question.sides}
        return [{**row, "side": letters[row["strategy"]]} for row in last.to_dict(orient="records")]


def density(totals: Array, weights: Array) -> tuple[Array, Array]:
    """Densities of one number a world, for several sides on one grid.

    A Gaussian kernel with Silverman's width (1986, Density Estimation, section 3.4.2), reflected at
    zero where no total is below it, as persons never are.

    Parameters
    ----------
    totals
        float64[sides, worlds].
    weights
        float64[worlds], adding to 1.

    Returns
    -------
    grid, heights
        float64[97] in the unit of the totals, and float64[sides, 97]; each side's area is about 1.
        A side that has the same total in all worlds has a narrow peak.

    Examples
    --------
    >>> grid, heights = density(np.array([[1.0, 2.0, 3.0]]), np.full(3, 1 / 3))
    >>> grid.shape, heights.shape
    ((97,), (1, 97))
    """
    low, high = float(totals.min()), float(totals.max())
    room = 0.08 * (high - low) or 0.5 * max(abs(high), 1.0)
    first = low - room if low < 0.0 else max(0.0, low - room)  # democracy may be gained
    edges = np.linspace(first, high + room, _FINE + 1)
    centres, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    worlds = 1.0 / float(np.sum(weights**2))
    made = []
    for values in totals:
        mean = float(weights @ values)
        spread = float(np.sqrt(weights @ (values - mean) ** 2))
        inner = np.quantile(values, (0.25, 0.75), weights=weights, method="inverted_cdf")
        narrow = min(spread, float(inner[1] - inner[0]) / 1.349) or spread
        width = max(0.9 * narrow * worlds**-0.2, 1.5 * step)
        mass, _ = np.histogram(values, edges, weights=weights)
        reach = np.arange(-_FINE, _FINE + 1) * step
        kernel = np.exp(-0.5 * (reach / width) ** 2)
        kernel /= kernel.sum()
        whole = np.convolve(mass, kernel)
        smooth = whole[_FINE : 2 * _FINE]
        if edges[0] == 0.0:
            smooth = smooth + whole[:_FINE][::-1]
        made.append(smooth / step)
    grid = np.linspace(centres[0], centres[-1], _GRID)
    return grid, np.stack([np.interp(grid, centres, each) for each in made])


# -- What the address says -------------------------------------------------------------------------


def _read(text: str, letter: str) -> Scenario:
    from pydantic import ValidationError

    try:
        return Scenario.model_validate(unpack(text, where=letter))
    except Problem as error:
        from difflib import get_close_matches

        near = get_close_matches(text[:40], list(decide.CATALOGUE), n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        valid = f"{hint}The name of a strategy ({', '.join(decide.CATALOGUE)}), or {error.valid}"
        raise Problem(error.status, error.what, where=letter, valid=valid) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(422, str(first["msg"]), where=letter) from None


def _base(asked: Asked, plans: list[Scenario], material: Material) -> Scenario:
    """The worlds that all sides meet."""
    known = material.record.case
    if plans:
        base = plans[0].status_quo()
    else:
        origin = usual_origin(material)
        base = Scenario(case=known.name, origin=origin, worlds_from=material.sources()[0])
    fields = {"origin": "origin", "years": "years", "worlds": "worlds", "seed": "seed"}
    fields |= {"source": "worlds_from", "reply": "reply"}
    said = {
        name: value
        for field, name in fields.items()
        if (value := getattr(asked, field)) is not None
    }
    return Scenario.model_validate({**base.model_dump(mode="json"), **said})


def _side(
    letter: Letter,
    text: str,
    label: str,
    plan: Scenario | None,
    base: Scenario,
    taken: list[str],
) -> Side:
    if plan is None:
        government = decide.CATALOGUE[text]
        # Under a name of its own, or twice, it is another name for the same thing.
        name = _own(label or text, taken, catalogue=not label)
        if name != text:
            government = government.with_numbers(government.numbers, name)
        return Side(letter, name, label, text, shipped_scenario(text, base), government)
    name = _own(label or plan.name or letter.upper(), taken)
    moved = _months_between(plan.origin, base.origin)
    blocks = [_moved(block.model_dump(mode="json"), moved) for block in plan.blocks]
    shown = Scenario.model_validate({**base.model_dump(mode="json"), "blocks": blocks})
    apart = tuple(
        field
        for field in ("assumptions", "reply", "mechanisms")
        if getattr(plan, field) != getattr(base, field)
    )
    timeline = replace(shown.timeline(), name=name)
    return Side(letter, name, label or plan.name, None, shown, timeline, moved, apart)


def _own(name: str, taken: list[str], *, catalogue: bool = False) -> str:
    """A name unlike the others, and unlike a shipped strategy's unless it is one."""
    found = name if catalogue or name not in decide.CATALOGUE else f"{name} (plan)"
    plain, number = found, 2
    while found in taken:
        found, number = f"{plain} ({number})", number + 1
    return found


def _months_between(first: str, last: str) -> int:
    return int((np.datetime64(last, "M") - np.datetime64(first, "M")).astype(int))


def _moved(block: dict[str, Any], months: int) -> dict[str, Any]:
    if not months:
        return block
    late = {
        field: str(np.datetime64(block[field], "M") + months)
        for field in ("start", "end")
        if block[field] is not None
    }
    return {**block, **late}


def _checked(scenario: Scenario, material: Material, where: str) -> None:
    assert material.history is not None
    try:
        decide.check_against(scenario, material.record, material.history)
    except decide.ScenarioError as error:
        first = error.problems[0]
        place = f"{where}: {first.where}" if first.where else where
        raise Problem(422, first.what, where=place, valid=first.valid) from None


def _plain(side: Side) -> Any:
    plan = side.scenario
    return side.strategy if plan is None else [side.strategy, plan.model_dump(mode="json")]


def _told(side: Side) -> dict[str, Any]:
    plan = side.scenario
    return {
        "letter": side.letter,
        "name": side.name,
        "label": side.label,
        "strategy": side.strategy,
        "scenario": None if plan is None else plan.model_dump(mode="json"),
        "hidden": [] if plan is None else [vars(part) for part in plan.hidden_parts()],
        "moved": side.moved,
        "set_aside": list(side.set_aside),
    }


def _joined(parts: list[Comparison], weights: Array) -> Comparison:
    """One comparison of all worlds, of which only the end is ever asked."""
    first = parts[0]
    months = len(first.months)
    ends = {
        name: np.concatenate([part.cumulative[name] for part in parts], axis=1)
        for name in first.cumulative
    }
    return replace(
        first,
        # One total for all months costs no memory; no other horizon than the end is read.
        cumulative={
            name: np.broadcast_to(values[..., None], (*values.shape, months))
            for name, values in ends.items()
        },
        monthly={
            name: np.concatenate([part.monthly[name] for part in parts], axis=1) for name in DRAWN
        },
        weights=weights / weights.sum(),
    )


def _short(values: Array) -> list[float]:
    """Five significant digits: more than a picture has, in half the letters."""
    return [float(f"{value:.5g}") for value in values]
