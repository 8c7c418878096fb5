"""Honest scores: how often the detector is right, where it is wrong, and who does better.

Each score is a function from `Options` to tables, registered in `SCORES`. Everything a score chose
(generators, windows, thresholds, rivals) was fixed on synthetic worlds or taken from textbooks, and
stands in its module's first lines. A score that is lost stays in its table.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tregua.infer.scores.bound import bound
from tregua.infer.scores.calibrated import calibrated
from tregua.infer.scores.elsewhere import elsewhere
from tregua.infer.scores.forecasts import forecast_scores
from tregua.infer.scores.misspecified import misspecified
from tregua.infer.scores.options import Options, Tables
from tregua.infer.scores.planted import planted
from tregua.infer.scores.posterior import posterior
from tregua.infer.scores.turning_points import turning_points

__all__ = ["SCORES", "Options", "Score", "Tables", "chosen"]


@dataclass(frozen=True)
class Score:
    """A score that can be asked for.

    Attributes
    ----------
    name
        Its name at a terminal.
    title, asks
        Title and question, in English ("en") and Spanish ("es").
    function
        From options to tables by name.
    seconds
        About how long it takes on two processors, quick and in full.
    """

    name: str
    title: Mapping[str, str]
    asks: Mapping[str, str]
    function: Callable[[Options], Tables]
    seconds: tuple[float, float]


def _forecasts(options: Options) -> Tables:
    from tregua import record

    return forecast_scores(
        record.load("el-salvador"),
        quick=options.quick,
        seed=options.seed,
        threads=options.threads,
        progress=options.progress,
    )


_OWN = (
    Score(
        "planted",
        {"en": "Planted suppressions", "es": "Supresiones plantadas"},
        {
            "en": "How many planted pacts are found, how soon, and how many alarms are false?",
            "es": "¿Cuántos pactos plantados se hallan, cuándo, y cuántas alarmas son falsas?",
        },
        planted,
        (25, 150),
    ),
    Score(
        "bound",
        {"en": "What could be had at best", "es": "Lo mejor que se podría lograr"},
        {
            "en": "What would somebody know who knew the law that planted the worlds?",
            "es": "¿Qué sabría quien conociera la ley que plantó los mundos?",
        },
        bound,
        (30, 150),
    ),
    Score(
        "calibrated",
        {"en": "On its own assumptions", "es": "Con sus propios supuestos"},
        {
            "en": "Are probabilities and intervals right where the detector's assumptions hold?",
            "es": "¿Aciertan probabilidades e intervalos donde valen los supuestos del detector?",
        },
        calibrated,
        (15, 90),
    ),
    Score(
        "misspecified",
        {"en": "On wrong assumptions", "es": "Con supuestos equivocados"},
        {
            "en": "How does the detector fare where its assumptions are broken?",
            "es": "¿Cómo le va al detector donde sus supuestos no se cumplen?",
        },
        misspecified,
        (20, 120),
    ),
    Score(
        "turning-points",
        {"en": "El Salvador's turning points", "es": "Los puntos de inflexión de El Salvador"},
        {
            "en": "Which known turning points are found from counts alone, and when?",
            "es": "¿Qué puntos conocidos se hallan solo con recuentos, y cuándo?",
        },
        turning_points,
        (10, 10),
    ),
    Score(
        "elsewhere",
        {"en": "Other places", "es": "Otros lugares"},
        {
            "en": "How often does it raise an alarm elsewhere? Needs a folder of series (--cases).",
            "es": "¿Cuántas alarmas da en otros lugares? Necesita una carpeta (--cases).",
        },
        elsewhere,
        (10, 40),
    ),
)
_POSTERIOR = Score(
    "posterior",
    {"en": "The posterior", "es": "La distribución a posteriori"},
    {
        "en": "Do posterior intervals hold known truths as often as they say?",
        "es": "¿Contienen los intervalos la verdad conocida tan a menudo como dicen?",
    },
    posterior,
    (90, 420),
)
_FORECASTS = Score(
    "forecasts",
    {"en": "Forecasts", "es": "Pronósticos"},
    {
        "en": "Do forecasts beat persistence and other simple rivals?",
        "es": "¿Ganan los pronósticos a la persistencia y a otros rivales sencillos?",
    },
    _forecasts,
    (40, 240),
)


SCORES: Mapping[str, Score] = {score.name: score for score in (*_OWN, _POSTERIOR, _FORECASTS)}
"""All scores, by name, in the order in which they are printed."""


def chosen(names: Sequence[str]) -> list[Score]:
    """Scores by name; all of them for no names.

    Parameters
    ----------
    names
        Names of scores.

    Raises
    ------
    ValueError
        If a name is unknown; says the nearest.
    """
    for name in names:
        if name not in SCORES:
            near = difflib.get_close_matches(name, SCORES, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"There is no score '{name}'.{hint} Known: {', '.join(SCORES)}.")
    return [score for name, score in SCORES.items() if not names or name in names]
