"""Does the record page show every figure and lead to who says so, by mouse, touch and keyboard?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("fastapi")

from playwright.sync_api import expect
from tests.browser.accessible import violations

from tregua import record

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
KNOWN = record.load("el-salvador")
SVG = "tregua-figure .chart svg"


def test_every_figure_and_every_event_is_drawn_once(open_app: Open) -> None:
    page = open_app().page
    drawn = page.locator(f"{SVG} [data-id^=o]")
    ids = drawn.evaluate_all("nodes => nodes.map((n) => n.dataset.id)")
    rows = KNOWN.select("homicides", usable=False)
    days = (rows["end"] - rows["start"]).dt.days
    assert len(ids) == len(set(ids)) == int((days > 26).sum())  # single days are in the table
    since = KNOWN.events["end"].dt.year >= rows["start"].min().year
    assert page.locator(f"{SVG} [data-id^=e]").count() == int(since.sum()) > 80
    assert "August 2015" in page.locator("h1").inner_text()


def test_a_press_on_a_mark_opens_who_says_so(open_app: Open) -> None:
    page = open_app("/record?from=2015-01&to=2016-12&agencies=IML").page
    mark = page.locator(f"{SVG} path[data-id^=o]").first
    name = mark.get_attribute("data-id")
    row = KNOWN.observations.iloc[int(name[1:])]
    box = mark.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drawer = page.locator(".drawer")
    assert drawer.is_visible()
    opened = page.url.split("open=")[1].split("&")[0]
    shown = KNOWN.observations.iloc[int(opened[1:])]
    assert drawer.locator(".big").inner_text().startswith(f"{shown['value']:,.0f}")
    assert shown["agency"] == row["agency"] == "IML"
    link = drawer.get_by_role("link", name="Open original")
    source = KNOWN.sources.set_index("id").loc[shown["source"].split(";")[0]]
    assert link.get_attribute("href") == source["url"]
    assert link.get_attribute("rel") == "noreferrer noopener external"
    page.keyboard.press("Escape")
    assert not drawer.is_visible() and "open=" not in page.url


def test_rival_figures_stand_side_by_side_in_the_drawer(open_app: Open) -> None:
    rows = KNOWN.select("homicides", usable=False)
    same = rows.groupby(["start", "end"])["agency"].nunique()
    start, end = same.idxmax()
    rivals = rows[(rows["start"] == start) & (rows["end"] == end)]
    every = KNOWN.observations
    place = every[(every["series"] == "homicides") & (every["place"] == "El Salvador")]
    line = place[(place["start"] == start) & (place["end"] == end)].index[0]
    page = open_app(f"/record?open=o{line}").page
    told = page.locator(".drawer tbody tr")
    assert told.count() == len(rivals) > 3
    values = {cell.split("\n")[0] for cell in told.locator("td:nth-child(2)").all_inner_texts()}
    assert values == {f"{value:,.0f}" for value in rivals["value"]}
    page.locator(".drawer tbody .as-link").first.click()
    assert f"open=o{line}" not in page.url


def test_filters_live_in_the_address_and_come_back(open_app: Open) -> None:
    page = open_app().page
    page.get_by_role("button", name="PNC", exact=False).first.click()
    page.get_by_role("button", name="Side by side").click()
    assert "split=1" in page.url and "agencies=IML%3BUNODC" in page.url
    count = page.locator(f"{SVG} [data-id^=o]").count()
    address = page.url
    page.goto(address)
    page.wait_for_selector("main[data-ready]")
    assert page.locator(f"{SVG} [data-id^=o]").count() == count
    assert page.get_by_role("button", name="PNC").first.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Pale marks").click()
    assert page.locator(f"{SVG} [data-id^=o]").count() < count
    page.go_back()
    expect(page.locator(f"{SVG} [data-id^=o]")).to_have_count(count)


def test_the_strip_chooses_the_time_by_mouse_and_by_keyboard(open_app: Open) -> None:
    page = open_app().page
    every = page.locator(f"{SVG} [data-id^=o]").count()
    handle = page.locator("[role=slider][data-handle=from]")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=4)
    page.mouse.up()
    assert "from=20" in page.url
    dragged = page.locator(f"{SVG} [data-id^=o]").count()
    assert dragged < every
    page.locator("[role=slider][data-handle=from]").focus()
    before = int(page.locator("[role=slider][data-handle=from]").get_attribute("aria-valuenow"))
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.handle") == "from"
    now = page.locator("[role=slider][data-handle=from]")
    assert int(now.get_attribute("aria-valuenow")) == before + 13
    page.locator("[data-focus=all]").click()
    assert page.locator(f"{SVG} [data-id^=o]").count() == every


def test_keyboard_alone_walks_the_marks_and_opens_one(open_app: Open) -> None:
    page = open_app("/record?from=2012-01&to=2013-12").page
    page.locator(SVG).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "2012" in page.locator("#status").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".drawer").is_visible()
    assert "open=e" in page.url
    assert page.evaluate("document.activeElement.tagName") == "H2"


def test_touch_opens_a_source_on_a_phone(open_app: Open) -> None:
    page = open_app("/record?from=2015-01&to=2015-12&lang=es", width=390, touch=True).page
    mark = page.locator(f"{SVG} path[data-id^=o]").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drawer = page.locator(".drawer")
    assert drawer.is_visible()
    assert drawer.bounding_box()["width"] == 390
    assert violations(page, apart_from=(".chart[role=img] svg",)) == []


def test_tabs_give_table_sources_and_files(open_app: Open, app_address: str) -> None:
    page = open_app("/record?from=2012-01&to=2012-12").page
    figure = page.locator("tregua-figure").first
    figure.get_by_role("tab", name="Chart").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Table"
    rows = figure.locator("[role=tabpanel]:visible table").first.locator("tbody tr")
    shown = page.request.get(f"{app_address}/record.json?from=2012-01&to=2012-12").json()["rows"]
    assert rows.count() == len(shown)
    value = figure.locator("th button", has_text="Value").first
    value.click()
    value.click()
    assert rows.first.locator("td").nth(2).inner_text() == f"{max(r['value'] for r in shown):,.0f}"
    page.keyboard.press("Tab")
    figure.get_by_role("tab", name="Sources").click()
    assert figure.locator(".source-list li").count() > 10
    figure.get_by_role("tab", name="Download").click()
    with page.expect_download() as waiting:
        figure.locator(".download-row", has_text="Homicides").get_by_role("button").first.click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    held = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["value"]) for row in held] == [row["value"] for row in shown]
    link = figure.get_by_role("link", name="CSV").get_attribute("href")
    assert len(page.request.get(app_address + link).text().splitlines()) == len(shown) + 1


def test_the_picture_stands_alone_in_light_colours(open_app: Open) -> None:
    page = open_app("/record?from=2012-01&to=2016-12", scheme="dark").page
    figure = page.locator("tregua-figure").first
    figure.get_by_role("tab", name="Download").click()
    with page.expect_download() as waiting:
        figure.get_by_role("button", name="SVG").click()
    assert waiting.value.suggested_filename == "tregua_el-salvador_record-homicides-en.svg"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert "var(--" not in text and "#e8ecf0" not in text
    assert "data-handle" not in text  # the strip is for the screen
    assert "Homicides, El Salvador" in "".join(root.itertext())
    assert "tregua 0.1.0 · el-salvador ·" in "".join(root.itertext())
    with page.expect_download() as waiting:
        figure.get_by_role("button", name="PNG").click()
    png = Path(waiting.value.path()).read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 20_000


def test_another_series_and_place_are_chosen(open_app: Open) -> None:
    page = open_app().page
    page.locator(".pickers select").first.select_option("homicide_rate")
    page.wait_for_selector("tregua-figure h2:has-text('Homicide rate')")
    page.locator(".pickers select").nth(1).select_option("San Salvador (municipality)")
    expect(page.locator(f"{SVG} [data-id^=o]")).to_have_count(3)
    assert "series=homicide_rate" in page.url and "place=San+Salvador" in page.url
    assert page.locator("h1").inner_text() == "Homicide rate: 3 figures, 2 agencies, 2014 to 2017"
