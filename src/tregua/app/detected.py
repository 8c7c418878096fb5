"""A detection as a page shows it: months, falls with their evidence, and sentences.

The functions are those of `tregua detect --explain`; nothing is computed here but logarithms. A
page that moves prior odds needs no server: it gets logarithms of factors once and adds its own
prior to them.

How often falls begin is such a prior. The probability that one is in force in a month is taken
apart into the probability :math:`c` that one began within the last *W* months, and the share that
is still in force. The factor :math:`c/(1-c)` over its prior odds :math:`e^{hW}-1`, *h* being the
rate at which falls begin, hardly depends on *h*, and neither does the share: what is left of a
certain fall is a matter of how long labels last. From 1/4 to 4 times the rate, what the page draws
lies within 0.2 of a new detection on synthetic series, or within 0.3 of one that knows only the
counts up to each month (a test holds it to that).
"""

from __future__ import annotations

import csv
import io
import math
import re
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tregua import infer
from tregua.app.problems import Problem
from tregua.infer.cause.catalogue import GROUPS
from tregua.infer.cause.indicators import CAP, VERDICTS
from tregua.infer.cause.models import SCALES
from tregua.infer.counts.words import kind_of_fall
from tregua.infer.explain import explain_falls
from tregua.infer.opinions import Opinions, gather, odds_of
from tregua.infer.scores.shipped import shipped, shipped_provenance
from tregua.record import Record
from tregua.report.columns import safe_link
from tregua.report.scored import target_rows
from tregua.report.text import Text

__all__ = [
    "MOST_MONTHS",
    "MOST_ROWS",
    "catalogue",
    "detected",
    "of_case",
    "of_table",
    "scorecard",
    "tiles_of_upload",
]

Tell = Callable[[int, int], None]

MOST_ROWS = 20_000
"""Rows that an uploaded table may have."""
MOST_MONTHS = 1_200
"""Months that an uploaded table may span."""
_MOST_COLUMNS = 60
_REGIMES = ("none", "reversible", "persistent", "decline", "escalation", "spike")
_LEVELS = ("level", "level_low", "level_high", "level_filtered")
_WINDOWS = {"suppressed": 36, "suppressed_filtered": 24}  # months in which a fall may have begun
_SHARES = ("suppressed", "suppressed_filtered", "onset", "pact_low", "pact_high")
_LEAST = 1e-9  # a probability is never nearer to 0 or 1 than this
_SCORED = (
    ("detector, reversible", "hindsight"),
    ("detector online, reversible", "online"),
    ("segments, reversed", "segments"),
    ("12-month ratio", "ratio"),
    ("CUSUM", "cusum"),
)
_MEASURES = ("recall", "clear_recall", "delay", "false_per_decade", "brier", "skill", "auc")


def of_case(
    known: Record, first: str | None, tell: Tell | None, *, threads: int | None = None
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Detect in a case's record as `tregua detect CASE --explain` does.

    Parameters
    ----------
    known
        The record.
    first
        First month, `YYYY-MM`; None takes all counts.
    tell
        Called with (done, total), if at all.
    threads
        Worker threads; results do not depend on it.

    Returns
    -------
    tuple
        What a page shows, and the table of months.

    Raises
    ------
    ValueError
        If the record holds too few counts, as `tregua.infer.detect` says.
    """
    tiles = infer.tiles(known)
    found = infer.detect(
        tiles,
        first=first,
        last=f"{tiles.last:%Y}-12",
        threads=threads,
        rules=infer.rules_of(known),
        progress=_one_at_a_time(tell),
    )
    return detected(found, known), found.months


def of_table(
    tiles: infer.Tiles, tell: Tell, *, threads: int | None = None
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Detect in somebody's own table as `tregua detect FILE.csv --explain` does.

    Parameters
    ----------
    tiles
        What `tiles_of_upload` read.
    tell, threads
        As for `of_case`.
    """
    found = infer.detect(
        tiles, last=f"{tiles.last:%Y-%m}", threads=threads, progress=_one_at_a_time(tell)
    )
    return detected(found, None), found.months


def _one_at_a_time(tell: Tell | None) -> Tell | None:
    """Several threads detect; a run may give its place away once only at a time."""
    if tell is None:
        return None
    lock = threading.Lock()

    def told(done: int, total: int) -> None:
        with lock:
            tell(done, total)

    return told


def detected(found: infer.Detection, known: Record | None) -> dict[str, Any]:
    """What a page shows of a detection.

    Parameters
    ----------
    found
        What was detected.
    known
        The record, for indicators; None for a plain table, which holds none.

    Returns
    -------
    dict
        name, case, span, prior, months, falls, sources, notices; texts in both languages.
    """
    opinions = gather(
        found,
        known,
        segments=True,
        indicators=known is not None,
        only=(),
        without=(),
        odds=odds_of(()),
    )
    falls = _falls(found, opinions)
    named = {source for fall in falls for row in fall["rows"] for source in row["sources"]}
    tiles = found.tiles.frame
    named_tiles = {source for sources in tiles["sources"] for source in sources}
    extra = () if opinions.indications is None else opinions.indications.notices
    return {
        "name": found.tiles.name,
        "case": known is not None,
        "prior": _prior(found),
        "months": _months(found),
        "falls": falls,
        "covered": int(tiles["months"].map(len).sum()),
        "tiles": len(tiles),
        "sources": {} if known is None else _sources(known, named | named_tiles),
        "counted_by": sorted(named_tiles) if known is not None else [],
        "notices": [vars(notice) for notice in (*found.notices, *extra)],
    }


def _prior(found: infer.Detection) -> dict[str, float]:
    """Rate at which falls begin, and prior odds that one began within each window."""
    hazard = float(found.settings["fall_hazard"])
    odds = {name: math.expm1(hazard * window) for name, window in _WINDOWS.items()}
    return {"hazard": hazard, **odds}


def _apart(found: infer.Detection, name: str) -> tuple[Any, Any]:
    """Decimal log factor that a fall began of late, and share still in force, by month.

    With all counts, what began is the expected number of falls in the window; with the counts up
    to a month, the greatest probability of suppression in it.
    """
    window = found.months[name].rolling(_WINDOWS[name], min_periods=1)
    if name == "suppressed":
        window = found.months["onset"].rolling(_WINDOWS[name], min_periods=1)
    began = window.sum() if name == "suppressed" else window.max()
    now = found.months[name].to_numpy(dtype=np.float64)
    certain = np.clip(np.maximum(began.to_numpy(dtype=np.float64), now), _LEAST, 1 - _LEAST)
    return np.log10(certain / (1 - certain) / _prior(found)[name]), now / certain


def _months(found: infer.Detection) -> dict[str, Any]:
    months = found.months
    factor, in_force = _apart(found, "suppressed")
    factor_filtered, in_force_filtered = _apart(found, "suppressed_filtered")

    def column(values: Any, digits: int = 5) -> list[float | None]:
        return [None if value != value else round(float(value), digits) for value in values]

    return {
        "month": [f"{month:%Y-%m}" for month in months["month"]],
        **{name: column(months[name], 2) for name in _LEVELS},
        **{name: column(months[name]) for name in _SHARES},
        "log_factor": column(factor, 6),
        "in_force": column(in_force, 6),
        "log_factor_filtered": column(factor_filtered, 6),
        "in_force_filtered": column(in_force_filtered, 6),
        "observed": column(months["observed"], 1),
        "at_least": [bool(value) for value in months["at_least"]],
        "p": {name: column(months[f"p_{name}"]) for name in _REGIMES},
        "f": {name: column(months[f"f_{name}"]) for name in _REGIMES},
    }


def _falls(found: infer.Detection, opinions: Opinions) -> list[dict[str, Any]]:
    """Breaks with their evidence and sentences, in order of time."""
    said = {lang: explain_falls(found, opinions, lang) for lang in ("en", "es")}
    falls = []
    for place, row in enumerate(found.breaks.to_dict("records")):
        kind = kind_of_fall(row["bayes_factor"])
        falls.append(
            {
                **{name: f"{row[name]:%Y-%m}" for name in ("median", "low", "high")},
                **{
                    name: float(row[name])
                    for name in ("mass", "before", "after", "ratio", "ratio_low", "ratio_high")
                },
                "factors": [row[f"bayes_factor{end}"] for end in ("_low", "", "_high")],
                "inside_total": bool(row["inside_total"]),
                "kind": {"key": kind.key, "en": kind.en, "es": kind.es},
                "lines": {lang: one[place]["lines"] for lang, one in said.items()},
                "together": {lang: one[place]["together"] for lang, one in said.items()},
                "rows": _rows(opinions, row["median"]),
                "summary": _summary(opinions, row["median"]),
            }
        )
    return falls


def _rows(opinions: Opinions, fall: pd.Timestamp) -> list[dict[str, Any]]:
    """Indicators of one fall with decimal logarithms at half, full and double strength."""
    if opinions.indications is None:
        return []
    table = opinions.indications.table
    columns = ("factor_half", "factor", "factor_double")
    return [
        {
            "indicator": row["indicator"],
            "group": row["group"],
            "logs": [math.log10(row[name]) for name in columns],
            "data": bool(row["data"]),
            "seen": row["seen"],
            "rows": int(row["rows"]),
            "words": {"en": row["words_en"], "es": row["words_es"]},
            "sources": list(row["sources"]),
        }
        for row in table[table["fall"] == fall].to_dict("records")
    ]


def _summary(opinions: Opinions, fall: pd.Timestamp) -> dict[str, Any] | None:
    if opinions.indications is None:
        return None
    summary = opinions.indications.summary
    row = summary[summary["fall"] == fall].to_dict("records")[0]
    return {str(name): value for name, value in row.items() if name != "fall"}


def _sources(known: Record, named: set[str]) -> dict[str, dict[str, str]]:
    rows = known.sources[known.sources["id"].isin(named)].fillna("")
    return {
        str(row["id"]): {
            "id": str(row["id"]),
            "title": str(row["title"]),
            "publisher": str(row["publisher"]),
            "url": safe_link(row["url"]),
        }
        for row in rows.to_dict("records")
    }


def catalogue() -> dict[str, Any]:
    """Indicators, their groups, the verdicts in words, and how factors are combined."""
    return {
        "cap": CAP,
        "scales": SCALES,
        "groups": [vars(notice) for notice in GROUPS.values()],
        "verdicts": {key: vars(notice) for key, notice in VERDICTS.items()},
        "indicators": [
            {
                "name": one.name,
                "group": one.group,
                "question": vars(one.question),
                "model": one.model,
                "strength": one.strength,
                "reason": one.reason,
                "temper": one.temper,
                "direct": one.direct,
            }
            for one in infer.INDICATORS
        ],
    }


def scorecard(t: Text) -> dict[str, Any]:
    """How often the detector is right: the shipped scores, in a language.

    Parameters
    ----------
    t
        The words of the language.

    Returns
    -------
    dict
        methods (on planted worlds), points (known turning points), targets, provenance; empty
        where no scores are shipped.
    """
    try:
        scores, points = shipped("planted", "methods"), shipped("turning-points", "points")
    except ValueError:
        return {}
    rows = scores[scores["stratum"] == "plain"].to_dict("records")
    plain = {row["method"]: row for row in rows}
    methods = [
        {
            "method": t(f"app_hidden.method.{name}"),
            "planted": int(plain[row]["planted"]),
            **{measure: plain[row][measure] for measure in _MEASURES},
        }
        for row, name in _SCORED
        if row in plain
    ]
    shown = [
        {
            "month": row["month"],
            "what": row[t.lang],
            "known": bool(row["fall_known"]),
            "found": bool(row["found"]),
            "median": row["median"],
            "delay": row["delay_online"],
        }
        for row in points.to_dict("records")
    ]
    made = shipped_provenance()
    return {
        "methods": methods,
        "points": shown,
        "targets": target_rows(t),
        "command": made["command"],
        "worlds": made["worlds"],
    }


def tiles_of_upload(body: bytes, name: str) -> infer.Tiles:
    """Read an uploaded table of counts as data, through `tregua.infer.read_table`.

    Parameters
    ----------
    body
        The file's bytes.
    name
        Its name as the browser gave it; only letters, digits and a few signs of it are kept.

    Raises
    ------
    Problem
        422 with every problem and its line, or if the table is larger than allowed.
    """
    tidy = tidy_name(name)
    _within_bounds(body)
    with tempfile.TemporaryDirectory(prefix="tregua-") as folder:
        file = Path(folder) / tidy
        file.write_bytes(body)
        try:
            tiles = infer.read_table(file)
        except ValueError as error:
            raise Unreadable(_listed(str(error))) from None
    if len(pd.period_range(tiles.first, tiles.last, freq="M")) > MOST_MONTHS:
        raise _too_long()
    return tiles


def tidy_name(name: str) -> str:
    """A file's name that can do no harm: letters, digits, hyphen, underscore; ends in .csv.

    Parameters
    ----------
    name
        Any text.
    """
    stem = re.sub(r"\.(csv|txt|tsv)$", "", name.strip(), flags=re.IGNORECASE)
    stem = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:60]
    return f"{stem or 'table'}.csv"


class Unreadable(Problem):
    """A table with problems, all of them told at once."""

    def __init__(self, problems: Sequence[dict[str, str]]) -> None:
        super().__init__(422, problems[0]["what"], where=problems[0]["where"])
        self._problems = list(problems)

    def listed(self) -> list[dict[str, str]]:
        """Every problem as the reply holds it."""
        return self._problems


def _listed(message: str) -> list[dict[str, str]]:
    """Problems of a message; rows are numbered without the header, lines with it."""
    head, *parts = message.split("\n  - ")
    if not parts:
        return [{"where": "", "what": head, "valid": ""}]
    problems = []
    for part in parts:
        row = re.match(r"rows? (\d+)", part)
        where = f"line {int(row[1]) + 1}" if row else ""
        problems.append({"where": where, "what": part[:1_000], "valid": ""})
    return problems


def _within_bounds(body: bytes) -> None:
    """Refuse, before anything is computed, what would take long: rows, columns, centuries."""
    if b"\0" in body:
        raise Unreadable(
            [{"where": "", "what": "This is no text: it holds zero bytes.", "valid": "UTF-8 CSV"}]
        )
    rows = body.count(b"\n")
    if rows > MOST_ROWS:
        what = f"{rows:,} rows are too many."
        raise Unreadable([{"where": "", "what": what, "valid": f"up to {MOST_ROWS:,}"}])
    head = body.split(b"\n", 1)[0]
    if head.count(b",") >= _MOST_COLUMNS:
        what = f"{head.count(b',') + 1:,} columns are too many."
        raise Unreadable([{"where": "line 1", "what": what, "valid": f"up to {_MOST_COLUMNS}"}])
    years = _years(body)
    if years and max(years) - min(years) > MOST_MONTHS / 12:
        raise _too_long()


def _years(body: bytes) -> list[int]:
    """Years that the dates of a table begin with, wherever a date may stand."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    rows = csv.reader(io.StringIO(text))
    wanted: list[int] = []
    found: set[int] = set()
    try:
        for number, row in enumerate(rows):
            if number == 0:
                names = [cell.strip().lower() for cell in row]
                dates = ("date", "month", "start", "end")
                wanted = [place for place, name in enumerate(names) if name in dates]
                continue
            for place in wanted:
                cell = row[place].strip() if place < len(row) else ""
                if re.match(r"[+-]?\d{4}", cell):
                    found.add(int(re.match(r"[+-]?\d+", cell[:5])[0]))  # type: ignore[index]
    except csv.Error:
        return []  # the reader itself says what is wrong
    return sorted(found)


def _too_long() -> Unreadable:
    what = f"The table spans more than {MOST_MONTHS:,} months."
    return Unreadable([{"where": "", "what": what, "valid": f"up to {MOST_MONTHS // 12} years"}])
