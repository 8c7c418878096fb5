"""What the detector was asked to reach before it was scored, and whether it does.

The asked values were fixed before any of these scores was computed. A miss stays in the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["ASKS", "Target", "target_table"]

ASKS: dict[str, tuple[str, str]] = {
    "clear_recall": (
        "Planted pacts of 100 or more deaths a month and effect 0.5 or stronger: share found",
        "Pactos plantados con 100 o más muertes al mes y efecto de 0.5 o más fuerte: parte hallada",
    ),
    "dated": (
        "Planted pacts that were dated: share dated within a month",
        "Pactos plantados que se fecharon: parte fechada con un mes de error o menos",
    ),
    "calibration": (
        "Probability of a reversible fall: mean gap between said and observed",
        "Probabilidad de una caída reversible: distancia media entre lo dicho y lo observado",
    ),
    "intervals": (
        "90 % intervals of dates: share that hold the planted month",
        "Intervalos del 90 % de las fechas: parte que contiene el mes plantado",
    ),
    "skill": (
        "Brier skill with hindsight on planted worlds",
        "Acierto de Brier a posteriori en mundos plantados",
    ),
    "skill_online": (
        "Brier skill online on planted worlds",
        "Acierto de Brier en tiempo real en mundos plantados",
    ),
    "four_dates": (
        "El Salvador: of the four known falls, how many are dated within a month at mass 0.85",
        "El Salvador: de las cuatro caídas conocidas, cuántas se fechan con un mes de error o "
        "menos "
        "y masa de 0.85",
    ),
    "no_other": (
        "El Salvador: other falls with a mass of one half or more",
        "El Salvador: otras caídas con masa de un medio o más",
    ),
    "alarms_sure": (
        "Other places: online alarms per decade at 0.8",
        "Otros lugares: alarmas en tiempo real por década con 0.8",
    ),
    "alarms": (
        "Other places: online alarms per decade at 0.5",
        "Otros lugares: alarmas en tiempo real por década con 0.5",
    ),
}
"""What each target asks, in English and Spanish."""


@dataclass(frozen=True)
class Target:
    """A target and the figure that was reached.

    Attributes
    ----------
    name
        A key of `ASKS`.
    figure
        What was reached; NaN if it was not measured.
    least, most
        What is asked, one or both.
    span
        90 % interval of the figure, where there is one.
    """

    name: str
    figure: float
    least: float | None = None
    most: float | None = None
    span: tuple[float, float] | None = None

    @property
    def asked(self) -> str:
        """What is asked, in signs."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    @property
    def met(self) -> str:
        """Met, missed, or not measured."""
        if math.isnan(self.figure):
            return "not measured"
        enough = self.least is None or self.figure >= self.least
        return "met" if enough and (self.most is None or self.figure <= self.most) else "missed"


def target_table(targets: Sequence[Target]) -> pd.DataFrame:
    """Targets as a table.

    Parameters
    ----------
    targets
        The targets.

    Returns
    -------
    DataFrame
        `target`, `en` and `es` (what is asked of what), `asked`, `figure`, `low`, `high` (90 %),
        `met`.
    """
    nothing = (float("nan"), float("nan"))
    rows = [
        {
            "target": one.name,
            "en": ASKS[one.name][0],
            "es": ASKS[one.name][1],
            "asked": one.asked,
            "figure": one.figure,
            "low": (one.span or nothing)[0],
            "high": (one.span or nothing)[1],
            "met": one.met,
        }
        for one in targets
    ]
    return pd.DataFrame(rows)
