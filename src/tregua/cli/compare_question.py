"""What a comparison is asked, from the options of the command: read, and refused all at once.

Every option is tried on its own, and what depends on others is checked against those that could be
read, so that one run of the command tells everything that has to be put right.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tregua.cli.draws import check_draws
from tregua.cli.horizon import years_of
from tregua.cli.problems import Problems
from tregua.cli.timelines import timelines_from

if TYPE_CHECKING:
    from tregua.decide import Precision
    from tregua.model import History, Timeline
    from tregua.model.strategy import GangStrategy, GovernmentStrategy
    from tregua.record import Record

__all__ = ["Question", "names_in", "outcomes_named", "question_of", "weights_stated"]

Value = TypeVar("Value")

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SOME_MONTH = re.compile(r"\d{4}-\d")


@dataclass(frozen=True)
class Question:
    """A comparison that makes sense.

    Attributes
    ----------
    known, history
        The case and its past.
    strategies, replies
        Governments' strategies and plans, the first the reference; and the gangs' replies.
    precision
        Errors at which to stop; empty for none.
    years
        Length of the runs.
    """

    known: Record
    history: History
    strategies: tuple[GovernmentStrategy | Timeline, ...]
    replies: tuple[GangStrategy, ...]
    precision: tuple[Precision, ...]
    years: float


def names_in(text: str) -> list[str]:
    """Names separated by commas, without empty ones."""
    return [name.strip() for name in text.split(",") if name.strip()]


def outcomes_named(text: str, problems: Problems) -> tuple[str, ...]:
    """Outcomes that are known, each once; every other goes to the problems."""
    from tregua import decide

    names = list(dict.fromkeys(names_in(text)))
    found = _each(names, lambda name: decide.known_outcomes([name])[0], problems)
    if not names:
        problems.tried(lambda: _refuse_no_outcome(decide.OUTCOMES), None)
    return found


def _refuse_no_outcome(known: Sequence[str]) -> None:
    raise ValueError(f"Name one outcome at least: {', '.join(known)}.")


def weights_stated(text: str | None, problems: Problems) -> dict[str, float]:
    """Weights from their short form; empty for None, and where something is wrong with them."""
    from tregua import decide

    if text is None:
        return {}
    return problems.tried(lambda: decide.stated_weights(text), {})


def question_of(
    case: str, outcomes: Sequence[str], asked: dict[str, Any], problems: Problems
) -> Question:
    """The question that the options ask.

    Parameters
    ----------
    case
        Name or folder of a case.
    outcomes
        Outcomes that could be read.
    asked
        Values of the command's options by name.
    problems
        What is wrong so far; takes the rest.

    Raises
    ------
    OptionsError
        If anything is wrong, with all of it.
    """
    from tregua import decide, record
    from tregua.model import History
    from tregua.model.mechanisms import switches

    named = _each(names_in(asked["strategies"]), lambda name: decide.named([name])[0], problems)
    plans = _each(asked["timelines"], lambda text: timelines_from([text])[0], problems)
    replies = _each(names_in(asked["gangs"]), decide.reply_named, problems)
    _each(asked["mechanisms"], lambda name: switches([name]), problems)
    precision = _precision(asked["precision"], outcomes, problems)
    years = _years(asked, problems)
    _check_names((*named, *plans), replies, asked, problems)
    known = problems.tried(lambda: record.load(case), None)
    begun = problems.tried(lambda: _check_month(asked["origin"]), False)
    if known is not None:
        history = History.of(known)
        if begun and problems.tried(lambda: _check_start(asked["origin"], history), False):
            _check_plans(plans, history, years, asked["origin"], problems)
        _check_worlds(known, asked, problems)
    problems.refuse()
    assert known is not None and years is not None  # else there were problems
    return Question(known, history, (*named, *plans), replies, precision, years)


def _each(
    texts: Iterable[str], read: Callable[[str], Value], problems: Problems
) -> tuple[Value, ...]:
    """What can be read of some texts, in their order."""
    found = [problems.tried(functools.partial(read, text), None) for text in texts]
    return tuple(each for each in found if each is not None)


def _precision(
    text: str | None, outcomes: Sequence[str], problems: Problems
) -> tuple[Precision, ...]:
    from tregua import decide

    if text is None:
        return ()
    return problems.tried(lambda: decide.precisions(text, outcomes or ("killed",)), ())


def _years(asked: dict[str, Any], problems: Problems) -> float | None:
    """Length of the runs; None where it cannot be read."""
    origin, horizon = asked["origin"], asked["horizon"]
    if not _MONTH.fullmatch(origin):
        if _SOME_MONTH.match(horizon or ""):
            return None  # a last month says nothing where the first is not known
        origin = "2012-01"  # any: a span does not depend on it
    return problems.tried(lambda: years_of(origin, horizon, asked["years"]), None)


def _check_names(
    strategies: Sequence[GovernmentStrategy | Timeline],
    replies: Sequence[GangStrategy],
    asked: dict[str, Any],
    problems: Problems,
) -> None:
    """Whether names differ, and there is one at least."""
    from tregua import decide, model
    from tregua.decide.compare import check_names

    # Names that are unknown have been told; what stands for them lets the rest be checked.
    one, answer = decide.named(["status_quo"]), (model.answer_in_kind,)
    if asked["timelines"] or names_in(asked["strategies"]):
        strategies = strategies or one
    if names_in(asked["gangs"]):
        replies = replies or answer
    problems.tried(lambda: check_names(strategies, answer), None)
    problems.tried(lambda: check_names(one, replies), None)


def _check_plans(
    plans: Sequence[Timeline],
    history: History,
    years: float | None,
    origin: str,
    problems: Problems,
) -> None:
    """Whether every plan says something of every month of the run."""
    from tregua import model
    from tregua.decide.compare import check_question

    if years is None:
        return
    check = functools.partial(
        check_question,
        replies=(model.answer_in_kind,),
        history=history,
        origin=origin,
        months=round(12 * years),
    )
    for plan in plans:
        problems.tried(functools.partial(check, [plan]), None)


def _check_worlds(known: Record, asked: dict[str, Any], problems: Problems) -> None:
    problems.tried(
        lambda: check_draws(asked["source"], known, worlds=asked["worlds"], folder=asked["folder"]),
        0,
    )


def _check_month(origin: str) -> bool:
    if not _MONTH.fullmatch(origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2012-01.")
    return True


def _check_start(origin: str, history: History) -> bool:
    if origin <= history.start:
        raise ValueError(
            f"--from {origin}: the worlds begin in {history.start}; give a later month."
        )
    return True
