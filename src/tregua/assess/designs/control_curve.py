"""A synthetic control under every combination of reasonable choices, so that nobody can pick one.

Scale, intercept, ridge, the first period and doubtful donors are choices. An answer that holds only
under some of them is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from tregua.assess.designs.control_question import FEWEST_BEFORE, Question, asked
from tregua.assess.designs.donors import Panel
from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.specification import OPTIONS, Choice, specification_curve
from tregua.assess.designs.synthetic_control import synthetic_control

__all__ = ["control_choices", "control_curve"]


def control_choices(
    question: Question, *, without: Sequence[str] = (), suspects: Sequence[str] = ()
) -> tuple[Choice, ...]:
    """The choices of `control_curve`: scale, intercept, ridge, start, suspects.

    Parameters
    ----------
    question
        Place, periods and donors.
    without
        Donors that are left out in any case.
    suspects
        Donors that are once in and once out.
    """
    later = min(question.before // 2, question.before - FEWEST_BEFORE)
    starts = {"all": str(question.times[0])}
    if later > 0:
        starts["later_half"] = str(question.times[later])
    sets = (
        {"in": tuple(without), "out": (*without, *suspects)}
        if suspects
        else {"none": tuple(without)}
    )
    return (
        Choice(
            "scale",
            {option: option for option in OPTIONS["scale"]},
            {
                "en": "A place may differ from its mixture by so many or by so many times.",
                "es": "Un lugar puede diferir de su mezcla en tantos o en tantas veces.",
            },
        ),
        Choice(
            "intercept",
            {"no": False, "yes": True},
            {
                "en": "A mixture may run at a constant distance and still tell the course.",
                "es": "Una mezcla puede ir a distancia constante y aun así decir el curso.",
            },
        ),
        Choice(
            "ridge",
            {option: option for option in OPTIONS["ridge"]},
            {
                "en": "Shares cannot go beyond all donors; weights that may fit noise as well.",
                "es": "Las partes no exceden a los donantes; otros pesos ajustan también ruido.",
            },
        ),
        Choice(
            "start",
            starts,
            {
                "en": "The distant past may tell of other times.",
                "es": "El pasado lejano puede hablar de otros tiempos.",
            },
        ),
        Choice(
            "suspects",
            sets,
            {
                "en": "A donor with an event of its own is none, but who had one is disputed.",
                "es": "Un donante con un hecho propio no lo es, pero quién lo tuvo se discute.",
            },
        ),
    )


def control_curve(
    panel: Panel,
    *,
    treated: str,
    event: int | str,
    first: int | str | None = None,
    until: int | str | None = None,
    donors: Sequence[str] | None = None,
    without: Sequence[str] = (),
    suspects: Sequence[str] = (),
    level: float = 0.9,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The answer under every combination of reasonable choices, so that nobody can pick one.

    Parameters
    ----------
    panel, treated, event, first, until, donors, without, level
        As in `synthetic_control`.
    suspects
        Donors that may have had an event of their own: in all combinations they are once in and
        once out.
    lang, progress
        As `specification_curve` takes them.

    Returns
    -------
    pandas.DataFrame
        As `specification_curve` returns it, with columns scale, intercept, ridge, start (all
        periods, or the later half of those before the event, at least 5) and suspects.

    Raises
    ------
    DesignError
        If the place, the window or the event are wrong whatever the choices.
    """
    question = asked(panel, treated, event, (first, until), (donors, without), "level")

    def make(*, start: str, suspects: Sequence[str], **chosen: Any) -> Estimate:
        return synthetic_control(
            panel,
            treated=treated,
            event=event,
            first=start,
            until=until,
            donors=donors,
            without=suspects,
            level=level,
            by_period=False,
            **chosen,
        ).estimate

    choices = control_choices(question, without=without, suspects=suspects)
    return specification_curve(make, choices, lang=lang, progress=progress)
