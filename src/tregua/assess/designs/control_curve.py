"""A synthetic control under every combination of reasonable choices, so that nobody can pick one.

Scale, intercept, ridge, the first period and doubtful donors are choices. An answer that holds only
under some of them is no answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tregua.assess.designs.control_question import FEWEST_BEFORE, Ridge, Scale, asked
from tregua.assess.designs.donors import Panel
from tregua.assess.designs.series import DesignError
from tregua.assess.designs.synthetic_control import synthetic_control

__all__ = ["control_curve"]

_CURVE = [
    *("scale", "intercept", "ridge", "start", "suspects"),
    *("value", "low", "high", "p_placebo", "failed"),
]


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
) -> pd.DataFrame:
    """The answer under every combination of reasonable choices, so that nobody can pick one.

    Parameters
    ----------
    panel, treated, event, first, until, donors, without, level
        As in `synthetic_control`.
    suspects
        Donors that may have had an event of their own: in all combinations they are once in and
        once out.

    Returns
    -------
    pandas.DataFrame
        scale, intercept, ridge, start (all periods, or the later half of those before the event,
        at least 5), suspects, value, low, high, p_placebo, failed (why there is no answer, or
        empty); sorted by value.

    Raises
    ------
    DesignError
        If the place, the window or the event are wrong whatever the choices.
    """
    question = asked(panel, treated, event, (first, until), (donors, without), "level")
    later = min(question.before // 2, question.before - FEWEST_BEFORE)
    starts = {"all": str(question.times[0])}
    if later > 0:
        starts["later half"] = str(question.times[later])
    sets = (
        {"in": tuple(without), "out": (*without, *suspects)}
        if suspects
        else {"none": tuple(without)}
    )
    scales: tuple[Scale, ...] = ("level", "log")
    ridges: tuple[Ridge, ...] = ("none", "cross_validated")
    lines = []
    for scale, intercept, ridge, start, left_out in itertools.product(
        scales, (False, True), ridges, starts, sets
    ):
        numbers: tuple[float, ...] = (np.nan,) * 4
        failed = ""
        try:
            found = synthetic_control(
                panel,
                treated=treated,
                event=event,
                first=starts[start],
                until=until,
                ridge=ridge,
                intercept=intercept,
                scale=scale,
                donors=donors,
                without=sets[left_out],
                level=level,
                by_period=False,
            ).estimate
            numbers = (found.value, found.low, found.high, found.p_placebo)
        except DesignError as error:
            failed = str(error)
        lines.append(
            (scale, "yes" if intercept else "no", ridge, start, left_out, *numbers, failed)
        )
    frame = pd.DataFrame(lines, columns=_CURVE)
    return frame.sort_values("value", kind="stable", ignore_index=True)
