"""The record as a page and as tables: a series by agency, events in lanes, and who says so.

Nothing is averaged and nothing left out in silence: rival figures of one month stand side by side,
and what was derived, recalled or not verified is marked. The twin of the view, `/record.csv` and
its kin, takes the same query as the page and gives the rows that the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tregua.app.answers import answer, canonical, tagged
from tregua.app.material import Material
from tregua.app.parts import Here, Parts
from tregua.app.problems import Problem
from tregua.app.table import FORMATS, table_answer
from tregua.assess.known import frequency
from tregua.record import Record
from tregua.record.schema import Case, lane
from tregua.report.columns import safe_link
from tregua.report.text import Text, pick

__all__ = ["View", "router", "shown_rows", "warm"]

router = APIRouter(tags=["record"])

Lang = Literal["en", "es"]
Month = Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]

_DAYS_PER_MONTH = 30.4375
_DAYS_PER_YEAR = 365.25
_FIRST = "homicides"


@dataclass(frozen=True)
class View:
    """What of the record is looked at; the query of the page and of its twins.

    Attributes
    ----------
    series
        Name of the series; None takes homicides, or else the first.
    place
        Where; None takes the whole country.
    agencies
        Names of agencies, parted by semicolons; None takes all.
    first, last
        First and last month, `YYYY-MM`; None has no end.
    pale
        Whether to show what was derived, recalled or not verified.
    """

    series: str | None = None
    place: str | None = None
    agencies: str | None = None
    first: str | None = None
    last: str | None = None
    pale: bool = True


def _view(
    series: Annotated[str | None, Query(max_length=120)] = None,
    place: Annotated[str | None, Query(max_length=120)] = None,
    agencies: Annotated[str | None, Query(max_length=1_000)] = None,
    first: Annotated[Month, Query(alias="from")] = None,
    last: Annotated[Month, Query(alias="to")] = None,
    pale: bool = True,
) -> View:
    return View(series, place, agencies, first, last, pale)


Asked = Annotated[View, Depends(_view)]


@router.get("/api/record")
def record_view(request: Request, parts: Here, view: Asked, lang: Lang = "en") -> Response:
    """A series with all its rows, events, changes of rules and sources, and the other series."""
    return tagged(_whole(parts.material, view, lang), "application/json", request)


@lru_cache(maxsize=64)
def _whole(material: Material, view: View, lang: str) -> bytes:
    known, t = material.record, Text(lang)
    rows = shown_rows(known, view)
    events = _events(known, t)
    named = {*rows["source"], *(event["source"] for event in events)}
    return canonical(
        {
            "case": known.case.name,
            "digest": known.digest,
            "title": _title(material, rows, t),
            "series": _series(known, t),
            "shown": _shown(known, rows, view, t),
            "rows": [_row(known.case, row) for row in rows.to_dict("records")],
            "events": events,
            "rules": _rules(known, _name(known, view), lang),
            "sources": _sources(known, named),
        }
    )


def warm(parts: Parts) -> None:
    """Make the first view before it is asked for.

    Parameters
    ----------
    parts
        The server's parts.
    """
    _whole(parts.material, View(), parts.settings.lang)


@router.get("/record.{kind}")
def record_twin(request: Request, parts: Here, kind: str, view: Asked) -> Response:
    """The rows that the page shows, as JSON, CSV, Parquet or Arrow."""
    if kind not in FORMATS:
        raise Problem(404, f"A table is not given as '{kind}'.", valid=", ".join(FORMATS))
    known = parts.material.record
    rows = shown_rows(known, view)
    frame = rows.drop(columns=["id", "days"]).assign(
        start=rows["start"].dt.strftime("%Y-%m-%d"), end=rows["end"].dt.strftime("%Y-%m-%d")
    )
    name = f"tregua_{known.case.name}_{_name(known, view)}"
    return table_answer(frame.reset_index(drop=True), request, as_=kind, name=name)


@router.get("/api/record/events")
def events_twin(request: Request, parts: Here, lang: Lang = "en") -> Response:
    """Events with their lanes and sources."""
    events = _events(parts.material.record, Text(lang))
    return answer({"events": events}, request)


def shown_rows(known: Record, view: View) -> pd.DataFrame:
    """Rows of a view: columns of the record, with id, usable, frequency and days.

    Parameters
    ----------
    known
        The record.
    view
        What is looked at. An interval is shown if any of it lies between the months.

    Raises
    ------
    RecordError
        If the series or the place is unknown.
    """
    name = _name(known, view)
    chosen = known.select(name, place=_place(known, name, view), usable=False)
    rows = chosen.assign(
        id=_ids(known, chosen),
        usable=chosen["verified"] & ~chosen["status"].isin(["derived", "recalled"]),
        days=(chosen["end"] - chosen["start"]).dt.days,
    )
    rows["frequency"] = [frequency(int(d)) if d > 0 else "moment" for d in rows["days"]]
    if view.agencies is not None:
        rows = rows[rows["agency"].isin([part for part in view.agencies.split(";") if part])]
    if not view.pale:
        rows = rows[rows["usable"]]
    if view.first is not None:
        since = pd.Timestamp(view.first)
        rows = rows[(rows["end"] > since) | (rows["start"] >= since)]
    if view.last is not None:
        rows = rows[rows["start"] < pd.Timestamp(view.last) + pd.DateOffset(months=1)]
    return rows.reset_index(drop=True)


def _ids(known: Record, chosen: pd.DataFrame) -> list[str]:
    """The line of each row in the table of observations: what an address calls it."""
    keys = ["series", "start", "end", "place", "agency", "source", "value", "status"]
    every = known.observations.assign(line=range(len(known.observations)))
    lines = chosen.merge(every[[*keys, "line"]].drop_duplicates(keys), on=keys, how="left")["line"]
    return [f"o{int(line)}" for line in lines]


def _name(known: Record, view: View) -> str:
    if view.series is not None:
        return view.series
    names = list(known.observations["series"].unique())
    return _FIRST if _FIRST in names else names[0]


def _place(known: Record, name: str, view: View) -> str:
    """The place asked for; the whole country, or the series' first place if it has none."""
    if view.place is not None:
        return view.place
    places = known.observations.loc[known.observations["series"] == name, "place"]
    if places.empty or known.case.place in set(places):
        return str(known.case.place)
    return str(places.iloc[0])


def _series(known: Record, t: Text) -> list[dict[str, Any]]:
    counts = known.observations["series"].value_counts(sort=False)
    return [
        {"name": str(name), "label": _label(str(name), t), "n": int(n)}
        for name, n in counts.items()
    ]


def _label(name: str, t: Text) -> str:
    """A series' name in the language; a series of one's own case is made readable."""
    return _named("app_record.series", name, t)


def _named(family: str, value: str, t: Text) -> str:
    """The text of a value whose key holds letters, digits and "_" only; or the value, readable."""
    key = re.sub(r"\W+", "_", value.replace("%", "percent")).strip("_")
    known = key in t.family(family)
    return t.name(family, key if known else value.replace(".", ": "))


def _shown(known: Record, rows: pd.DataFrame, view: View, t: Text) -> dict[str, Any]:
    name = _name(known, view)
    whole = known.observations[known.observations["series"] == name]
    unit = str(whole["unit"].iloc[0]) if len(whole) else ""
    counted = bool(known.case.is_count(unit)) and bool((rows["days"] > 0).any())
    base = "month" if counted and rows["frequency"].isin(["month"]).any() else "year"
    axis = _label(name, t)
    return {
        "name": name,
        "label": axis,
        "unit": _named("app_record.unit", unit, t),
        "place": _place(known, name, view),
        "country": known.case.place,
        "places": sorted(whole["place"].unique(), key=lambda p: (p != known.case.place, p)),
        "place_labels": {str(place): _place_label(place, t) for place in whole["place"].unique()},
        "counted": counted,
        "base": base if counted else "",
        "axis": t(f"app_record.axis.{base}", what=axis) if counted else axis,
    }


def _place_label(place: str, t: Text) -> str:
    """A place in the language: what it is stands in brackets behind its name."""
    found = re.fullmatch(r"(.+) \(([^()]+)\)", place)
    if found is None:
        return _spoken("app_record.place_name", place, t)
    name, kind = found.groups()
    named = _spoken("app_record.place_name", name, t)
    return f"{named} ({_spoken('app_record.place_kind', kind, t)})"


def _spoken(family: str, word: str, t: Text) -> str:
    """The text of a word of the data, or the word itself."""
    key = re.sub(r"\W+", "_", word).strip("_")
    return t.family(family).get(key, word)


def _row(case: Case, row: Mapping[Any, Any]) -> dict[str, Any]:
    counted = row["days"] > 0 and bool(case.is_count(row["unit"]))
    months = max(1, round(row["days"] / _DAYS_PER_MONTH))
    years = max(1, round(row["days"] / _DAYS_PER_YEAR))
    return {
        "id": row["id"],
        "start": f"{row['start']:%Y-%m-%d}",
        "end": f"{row['end']:%Y-%m-%d}",
        "value": row["value"],
        "month": row["value"] / months if counted else row["value"],
        "year": row["value"] / years if counted else row["value"],
        "agency": row["agency"],
        "status": row["status"],
        "usable": bool(row["usable"]),
        "verified": bool(row["verified"]),
        "frequency": row["frequency"],
        "source": row["source"],
        "note": row["note"],
    }


def _events(known: Record, t: Text) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{line}",
            "date": f"{row['date']:%Y-%m-%d}",
            "end": f"{row['end']:%Y-%m-%d}",
            "type": row["type"],
            "lane": lane(str(row["type"])),
            "actors": str(row["actors"]).replace(";", ", "),
            "text": _told(row, t.lang),
            "source": row["source"],
            "status": row["status"],
            "verified": bool(row["verified"]),
        }
        for line, row in enumerate(known.events.to_dict("records"))
    ]


def _told(row: Mapping[Any, Any], lang: str) -> str:
    spanish = row.get("description_es")
    return str(spanish) if lang == "es" and spanish else str(row["description"])


def _rules(known: Record, series: str, lang: str) -> list[dict[str, str]]:
    return [
        {"date": f"{rule.date:%Y-%m-%d}", "text": pick(rule.change, lang), "source": rule.source}
        for rule in known.case.counting_rules
        if rule.series == series
    ]


def _sources(known: Record, named: set[str]) -> dict[str, dict[str, str]]:
    """Sources by id, those that rows and events name."""
    wanted = {part.strip() for text in named for part in str(text).split(";")}
    rows = known.sources[known.sources["id"].isin(wanted)]
    return {
        str(row["id"]): {
            "id": str(row["id"]),
            "title": str(row["title"] or ""),
            "publisher": str(row["publisher"] or ""),
            "url": safe_link(row["url"]),
            "date": str(row["date"] or ""),
            "seen_as": str(row["seen_as"] or ""),
        }
        for row in rows.fillna("").to_dict("records")
    }


def _title(material: Material, rows: pd.DataFrame, t: Text) -> str:
    """The finding: of homicides as the report says it, of other series their reach."""
    known = material.record
    name = rows["series"].iloc[0] if len(rows) else ""
    if name == "homicides" and known.case.place in set(rows["place"]):
        from tregua.report.captions import caption

        return caption("record", dict(material.tables()), t).title
    if rows.empty:
        return t("app_record.title.none")
    return t(
        "app_record.title",
        what=_label(str(name), t),
        n=t.number(len(rows), 0),
        agencies=t.number(rows["agency"].nunique(), 0),
        first=int(rows["start"].min().year),
        last=int(rows["end"].max().year),
    )
