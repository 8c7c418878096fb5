"""Does the Lab work by mouse, by touch and by keyboard, and does its address recreate it?"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import socket
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe

pytest.importorskip("fastapi")

pytestmark = pytest.mark.browser

PLAN = {
    "case": "el-salvador",
    "origin": "2019-06",
    "years": 8,
    "worlds": 50,
    "seed": 7,
    "worlds_from": "prior",
    "blocks": [
        {"lane": "pact", "start": "2019-06", "end": "2021-06", "open": False},
        {"lane": "crackdown", "start": "2022-06", "end": "2024-06", "effort": 4},
    ],
    "assumptions": {},
}


def packed(scenario: dict[str, Any]) -> str:
    """A scenario as addresses hold it: JSON, deflated (RFC 1950), base64url."""
    content = zlib.compress(json.dumps(scenario).encode())
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unpacked(text: str) -> dict[str, Any]:
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    found: dict[str, Any] = json.loads(zlib.decompress(content))
    return found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of this machine."""
    import uvicorn

    from tregua.app import Settings, create

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(folder=tmp_path_factory.mktemp("app"), port=port)
    server = uvicorn.Server(
        uvicorn.Config(create(settings), host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


@dataclass
class Lab:
    """An opened Lab with all that it asked for and complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def scenario(self) -> dict[str, Any]:
        """What the address holds, once it holds the last step."""
        self.settled()
        return unpacked(parse_qs(urlsplit(self.page.url).query)["s"][0])

    def settled(self) -> None:
        """Wait until the last gesture is a step and its worlds are drawn."""
        self.page.wait_for_timeout(650)
        self.page.wait_for_selector(".page-lab:not([data-busy])", timeout=120_000)

    def block(self, number: int) -> Any:
        return self.page.locator(f"[data-block='{number}']")

    def pixels_a_month(self) -> float:
        """Width of a month, from a block whose length is known."""
        box = self.block(0).bounding_box()
        return float(box["width"]) / 24

    def median(self) -> str:
        return str(self.page.locator("path.median").get_attribute("d"))

    def number(self, name: str) -> str:
        return str(self.page.locator(f".n-{name} .big").inner_text())


Open = Callable[..., Lab]


@pytest.fixture
def lab(chromium: Any, address: str) -> Iterator[Open]:
    contexts = []

    def opened(
        *,
        lang: str = "en",
        scheme: str = "light",
        width: int = 1360,
        touch: bool = False,
        plan: dict[str, Any] | None = PLAN,
        query: str = "",
    ) -> Lab:
        context = chromium.new_context(
            viewport={"width": width, "height": 1000}, color_scheme=scheme, has_touch=touch,
            is_mobile=touch, accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(20_000)
        found = Lab(context.new_page())
        context.on("request", lambda request: found.requests.append(request.url))
        found.page.on(
            "console",
            lambda told: found.errors.append(told.text) if told.type == "error" else None,
        )
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        state = f"s={packed(plan)}" if plan else ""
        found.page.goto(f"{address}/lab?lang={lang}&{state}{query}")
        found.page.wait_for_selector(".page-lab[data-drawn]", timeout=120_000)
        return found

    yield opened
    for context in contexts:
        context.close()


def blocks(lab: Lab) -> list[tuple[str, str, str | None]]:
    return [(b["lane"], b["start"], b["end"]) for b in lab.scenario["blocks"]]


def drag(lab: Lab, target: Any, by: float) -> None:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + by / 2, y + 3)
    lab.page.mouse.move(x + by, y + 3)
    lab.page.mouse.up()


def test_a_block_is_dragged_and_resized_by_mouse(lab: Open) -> None:
    opened = lab()
    month = opened.pixels_a_month()
    before = opened.median()
    drag(opened, opened.block(0), 6 * month)
    assert blocks(opened)[0] == ("pact", "2019-12", "2021-12")
    assert opened.median() != before
    drag(opened, opened.block(0).locator("[data-part=end]"), 3 * month)
    assert blocks(opened)[0] == ("pact", "2019-12", "2022-03")
    drag(opened, opened.block(0).locator("[data-part=start]"), -2 * month)
    assert blocks(opened)[0] == ("pact", "2019-10", "2022-03")
    # Nothing starts before the origin, however far it is dragged, and it keeps its length.
    drag(opened, opened.block(0), -40 * month)
    assert blocks(opened)[0] == ("pact", "2019-06", "2021-11")
    # What is dragged to the end of the run goes on.
    drag(opened, opened.block(1).locator("[data-part=end]"), 60 * month)
    assert blocks(opened)[1] == ("crackdown", "2022-06", None)
    assert opened.errors == []


def test_the_fan_moves_while_the_button_is_down_and_escape_takes_it_back(lab: Open) -> None:
    opened = lab()
    box = opened.block(0).bounding_box()
    drawn = opened.page.locator(".page-lab")
    first = int(drawn.get_attribute("data-drawn"))
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + 5)
    for _ in range(200):
        if int(drawn.get_attribute("data-drawn")) > first:
            break
        opened.page.wait_for_timeout(50)
    assert int(drawn.get_attribute("data-drawn")) > first
    assert "24 months" in opened.page.locator(".tl-badge").inner_text()
    assert opened.page.locator("path.guides").get_attribute("d").count("M") == 2
    opened.block(0).press("Escape")
    opened.page.mouse.up()
    assert blocks(opened) == [("pact", "2019-06", "2021-06"), ("crackdown", "2022-06", "2024-06")]


def test_the_keyboard_alone_moves_resizes_adds_and_removes(lab: Open) -> None:
    opened = lab()
    page = opened.page
    opened.block(0).focus()
    for key in ("ArrowRight", "ArrowRight", "PageDown", "PageUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert blocks(opened)[0] == ("pact", "2020-06", "2022-07")  # Page Down stopped at the origin
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Shift+PageUp")
    assert blocks(opened)[0] == ("pact", "2020-07", "2023-07")
    said = opened.block(0).get_attribute("aria-valuetext")
    assert said.startswith("July 2020 to July 2023, secret")
    assert opened.block(0).get_attribute("role") == "slider"
    page.keyboard.press("End")
    assert blocks(opened)[0] == ("pact", "2024-06", None)
    page.keyboard.press("Home")
    assert blocks(opened)[0] == ("pact", "2019-06", "2022-06")
    page.keyboard.press("Delete")
    assert [lane for lane, _, _ in blocks(opened)] == ["crackdown"]
    # Focus went to the lane, whose own cursor adds a block at an empty month.
    cursor = page.locator(".tl-lane[data-lane=pact] .tl-cursor")
    assert cursor.evaluate("node => node === document.activeElement")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    assert cursor.get_attribute("aria-valuetext").startswith("July 2020, free")
    page.keyboard.press("Enter")
    assert blocks(opened)[0] == ("pact", "2020-07", "2022-07")
    assert "July 2020 to July 2022" in page.locator("#status").inner_text()
    assert opened.block(0).evaluate("node => node === document.activeElement")


def test_buttons_and_double_clicks_add_blocks_in_free_months_only(lab: Open) -> None:
    opened = lab()
    opened.page.locator("[data-add=reform]").click()
    assert blocks(opened)[2] == ("reform", "2019-06", "2021-06")
    lane = opened.page.locator(".tl-lane[data-lane=pact]")
    box, own = lane.bounding_box(), opened.block(0).bounding_box()
    lane.dblclick(position={"x": own["x"] - box["x"] + own["width"] * 1.52, "y": 10})
    assert blocks(opened)[1][:2] == ("pact", "2022-06")
    for _ in range(4):
        opened.page.locator("[data-add=exception]").click()
    assert [row for row in blocks(opened) if row[0] == "exception"] == [
        ("exception", "2019-06", "2021-06"),
        ("exception", "2021-06", "2023-06"),
        ("exception", "2023-06", "2025-06"),
        ("exception", "2025-06", None),
    ]
    opened.page.locator("[data-add=exception]").click()
    opened.page.wait_for_timeout(100)
    assert "no free month" in opened.page.locator("#status").inner_text()


def test_touch_drags_a_block_and_a_press_opens_its_settings(lab: Open) -> None:
    opened = lab(width=390, touch=True)
    page = opened.page
    block = opened.block(1)
    block.scroll_into_view_if_needed()
    month = opened.pixels_a_month()
    box = block.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    points = [x, x + 4 * month, x + 9 * month, x + 12 * month]
    for i, at in enumerate(points):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove" if i else "touchStart", "touchPoints": [{"x": at, "y": y}]},
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert blocks(opened)[1] == ("crackdown", "2023-06", "2025-06")
    opened.block(0).tap()
    box = page.locator(".tl-settings")
    assert box.is_visible()
    box.locator("select").select_option("open")
    page.keyboard.press("Escape")
    assert opened.scenario["blocks"][0]["open"] is True
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_popover_changes_dates_effort_and_removes(lab: Open) -> None:
    opened = lab()
    opened.block(1).click()
    box = opened.page.locator(".tl-settings")
    box.locator("input[type=number]").fill("6")
    box.locator("input[data-field=start]").fill("2022-01")
    box.locator("input[data-field=start]").blur()
    opened.settled()
    assert opened.scenario["blocks"][1] == {
        "lane": "crackdown",
        "start": "2022-01",
        "end": "2024-06",
        "effort": 6,
    }
    box.locator(".tl-remove").click()
    assert len(blocks(opened)) == 1
    assert not box.is_visible()


def test_the_table_edits_the_same_blocks(lab: Open) -> None:
    opened = lab()
    page = opened.page
    page.locator(".tl-as-table summary").click()
    rows = page.locator(".tl-table tbody tr")
    assert rows.count() == 2
    rows.nth(0).locator("[data-field=end]").fill("2020-12")
    rows.nth(0).locator("[data-field=end]").blur()
    rows.nth(1).locator("[data-field=lane]").select_option("reform")
    assert blocks(opened) == [("pact", "2019-06", "2020-12"), ("reform", "2022-06", "2024-06")]
    assert "effort" not in opened.scenario["blocks"][1]
    rows.nth(1).locator("[data-field=end]").fill("")
    rows.nth(1).locator("[data-field=end]").blur()
    assert blocks(opened)[1] == ("reform", "2022-06", None)
    # A month before the origin is moved to it.
    rows.nth(1).locator("[data-field=start]").fill("2012-01")
    rows.nth(1).locator("[data-field=start]").blur()
    assert blocks(opened)[1] == ("reform", "2019-06", None)
    rows.nth(0).locator("button").click()
    assert blocks(opened) == [("reform", "2019-06", None)]


def test_parts_that_do_not_act_are_hatched_and_said(lab: Open) -> None:
    plan = {**PLAN, "blocks": [
        {"lane": "pact", "start": "2019-06", "end": "2023-06", "open": False},
        {"lane": "exception", "start": "2021-06", "end": "2022-06"},
    ]}  # fmt: skip
    opened = lab(plan=plan)
    opened.settled()
    part = opened.block(0).locator(".tl-hatch i")
    assert part.count() == 1
    whole, hatched = opened.block(0).bounding_box(), part.bounding_box()
    assert hatched["width"] / whole["width"] == pytest.approx(12 / 48, abs=0.01)
    assert (hatched["x"] - whole["x"]) / whole["width"] == pytest.approx(24 / 48, abs=0.01)
    assert "does not act" in opened.block(0).get_attribute("aria-valuetext")
    assert opened.block(1).locator(".tl-hatch i").count() == 0


def first_slider(lab: Lab) -> Any:
    return lab.page.locator("tregua-sliders .sl-row input[type=range]").first


def test_a_slider_redraws_keeps_a_ghost_and_resets_to_the_record(lab: Open) -> None:
    opened = lab()
    page = opened.page
    slider = first_slider(opened)
    name = slider.get_attribute("name")
    assert "as the record suggests" in slider.get_attribute("aria-valuetext")
    assert page.locator("path.ghost").get_attribute("d") == ""
    before = opened.median()
    slider.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    found = opened.scenario["assumptions"]
    assert list(found) == [name]
    assert opened.median() != before
    # The dashed line is where the median was, on the axis in use now.
    assert page.locator("path.ghost").get_attribute("d").count("L") == before.count("L")
    assert re.search(r"[▲▼±]", opened.number("change"))
    page.locator(".sl-row .sl-reset").first.click()
    assert opened.scenario["assumptions"] == {}
    assert slider.evaluate("node => node === document.activeElement")


def test_undo_redo_and_the_back_button_walk_the_same_steps(lab: Open) -> None:
    opened = lab()
    page = opened.page
    start = opened.scenario["blocks"]
    opened.block(0).focus()
    page.keyboard.press("ArrowRight")
    opened.settled()
    page.locator("[data-add=reform]").click()
    last = opened.scenario["blocks"]
    assert len(last) == 3
    page.keyboard.press("Control+z")
    assert blocks(opened) == [("pact", "2019-07", "2021-07"), ("crackdown", "2022-06", "2024-06")]
    page.keyboard.press("Control+z")
    assert opened.scenario["blocks"] == start
    assert page.locator("#lab-undo").is_disabled()
    page.keyboard.press("Control+y")
    page.locator("#lab-redo").click()
    assert opened.scenario["blocks"] == last
    page.go_back()
    opened.settled()
    assert len(opened.scenario["blocks"]) == 2
    page.go_forward()
    opened.settled()
    assert opened.scenario["blocks"] == last
    assert page.locator(".tl-block").count() == 3
    page.locator("#lab-reset").click()
    assert opened.scenario["blocks"] != last


def test_keys_held_down_are_one_step(lab: Open) -> None:
    opened = lab()
    opened.block(0).focus()
    for _ in range(5):
        opened.page.keyboard.press("ArrowRight")
    assert blocks(opened)[0][1] == "2019-11"
    opened.page.locator("#lab-undo").click()
    assert blocks(opened)[0][1] == "2019-06"


def test_an_address_recreates_the_view(lab: Open) -> None:
    opened = lab(lang="es", query="&o=prisoners")
    page = opened.page
    first_slider(opened).focus()
    page.keyboard.press("PageUp")
    scenario = opened.scenario
    numbers = [opened.number(name) for name in ("deaths", "prisoners", "share")]
    median = opened.median()
    page.reload()
    page.wait_for_selector(".page-lab[data-drawn]")
    opened.settled()
    assert opened.scenario == scenario
    assert scenario["seed"] == 7 and scenario["worlds_from"] == "prior"
    assert [opened.number(name) for name in ("deaths", "prisoners", "share")] == numbers
    assert opened.median() == median
    assert page.locator(".above-chart select").input_value() == "prisoners"
    assert page.locator("html").get_attribute("lang") == "es"


def test_a_damaged_address_opens_the_first_plan(lab: Open) -> None:
    opened = lab(plan=None, query="s=not-a-plan")
    assert opened.page.locator(".tl-block").count() >= 0
    assert opened.number("deaths") != "–"
    assert opened.errors == []


def test_a_preset_is_taken_and_marked(lab: Open) -> None:
    opened = lab()
    presets = opened.page.locator("[data-preset]")
    assert presets.count() >= 4
    presets.nth(1).click()
    assert presets.nth(1).get_attribute("aria-pressed") == "true"
    assert presets.nth(0).get_attribute("aria-pressed") == "false"
    assert opened.scenario["blocks"] != PLAN["blocks"]
    assert opened.scenario["seed"] == 7


def test_a_run_tells_its_progress_and_sharpens_the_fan(lab: Open) -> None:
    opened = lab()
    page = opened.page
    page.evaluate(
        """() => {
          window.seen = [];
          const bar = document.querySelector("progress");
          const told = document.querySelector(".run-count");
          new MutationObserver(() => window.seen.push([bar.value, told.textContent]))
            .observe(told, { childList: true, characterData: true, subtree: true });
        }"""
    )
    before = opened.median()
    page.locator("#lab-run").click()
    page.locator("#lab-state", has_text="2,000 worlds").wait_for(timeout=120_000)
    page.locator("#lab-run:enabled").wait_for(timeout=60_000)
    seen = page.evaluate("window.seen")
    values = [value for value, _ in seen]
    assert values == sorted(values)
    assert any(0 < value < 1 for value in values)
    assert opened.median() != before
    assert page.locator(".running").is_hidden()
    assert "2,000" in page.locator(".n-share .small").inner_text()
    assert opened.errors == []


def test_an_answer_of_few_worlds_that_comes_late_does_not_hide_a_run(lab: Open) -> None:
    """The comparison in 200 worlds is still under way when 2,000 worlds are there."""
    opened = lab()
    page = opened.page
    held: list[Any] = []
    page.route("**/api/lab/fan?now=false", lambda route: held.append(route))
    page.locator("tregua-sliders input[type=range]").first.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.page-lab').dataset.busy")
    until = time.monotonic() + 60
    while not held:
        assert time.monotonic() < until, "the comparison was not asked for"
        page.wait_for_timeout(20)
    page.locator("#lab-run").click()
    page.locator("#lab-state", has_text="2,000 worlds").wait_for(timeout=120_000)
    page.locator("#lab-run:enabled").wait_for(timeout=60_000)
    median = opened.median()
    with page.expect_response("**/api/lab/fan?now=false"):
        held[0].continue_()
    page.wait_for_function("() => !document.querySelector('.page-lab').dataset.busy")
    page.wait_for_timeout(300)
    assert "2,000 worlds" in page.locator("#lab-state").inner_text()
    assert opened.median() == median
    assert opened.errors == []


def test_a_run_is_cancelled(lab: Open) -> None:
    opened = lab()
    page = opened.page
    page.locator(".lab-run select").select_option("5000")
    page.locator("#lab-run").click()
    page.locator("#lab-cancel").click()
    assert page.locator("#lab-run").is_enabled()
    opened.settled()
    assert "50 worlds" in page.locator("#lab-state").inner_text()


def test_at_most_one_request_is_under_way(lab: Open) -> None:
    opened = lab()
    page = opened.page
    under_way, most = 0, 0

    def begun(request: Any) -> None:
        nonlocal under_way, most
        if "/api/lab/fan?" in request.url:
            under_way += 1
            most = max(most, under_way)

    def ended(request: Any) -> None:
        nonlocal under_way
        if "/api/lab/fan?" in request.url:
            under_way -= 1

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    first_slider(opened).focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    opened.settled()
    asked = [url for url in opened.requests if "/api/lab/fan?" in url]
    assert most == 1
    at_once = [url for url in asked if url.endswith("now=true")]
    assert 2 <= len(at_once) < 27  # the first view and some of the moves
    # When the slider rests, and only then, the plan is set beside the status quo.
    assert asked[-1].endswith("now=false")
    assert len(asked) - len(at_once) < len(at_once)
    assert page.locator(".page-lab[data-beside]").count() == 1
    shown = float(first_slider(opened).input_value())
    assert list(opened.scenario["assumptions"].values()) == [shown]


def test_pins_stand_in_the_address_of_compare(lab: Open) -> None:
    opened = lab()
    page = opened.page
    page.locator("[data-pin=a]").click()
    page.locator("[data-add=reform]").click()
    opened.settled()
    page.locator("[data-pin=b]").click()
    page.wait_for_selector("[data-pin=b][aria-pressed=true]")
    query = parse_qs(urlsplit(page.locator(".pin-go").get_attribute("href")).query)
    assert [len(unpacked(query[letter][0])["blocks"]) for letter in "ab"] == [2, 3]


def test_a_plan_is_saved_by_name_and_opened(lab: Open) -> None:
    opened = lab()
    page = opened.page
    name = f"plan {time.time_ns()}"
    page.locator(".lab-share summary").click()
    page.locator(".save input").fill(name)
    page.locator(".save button").click()
    page.get_by_role("button", name=name).wait_for()
    page.locator("[data-add=reform]").click()
    assert len(blocks(opened)) == 3
    page.get_by_role("button", name=name).click()
    assert len(blocks(opened)) == 2
    link = page.locator(".share-body a", has_text="/s/")
    assert link.get_attribute("href").startswith("/s/plan%20")


def download(lab: Lab, name: str) -> bytes:
    with lab.page.expect_download() as waiting:
        lab.page.locator(".panel-download").get_by_role("button", name=name, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def test_the_chart_is_handed_out_with_its_provenance(lab: Open) -> None:
    opened = lab(scheme="dark")
    page = opened.page
    page.get_by_role("tab", name="Download").click()
    svg = download(opened, "SVG").decode()
    ElementTree.fromstring(svg)  # well-formed
    assert "var(--" not in svg
    assert "font-family=" in svg and "seed 7 · 50 worlds" in svg
    assert "#11161b" not in svg  # light colours, even from a dark page
    assert svg.count('class="median"') == 1
    assert "fan-hand" not in svg
    picture = download(opened, "PNG")
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20], "big") > 1200


def test_csv_and_parquet_are_the_fan_that_is_shown(lab: Open, address: str) -> None:
    opened = lab()
    page = opened.page
    page.get_by_role("tab", name="Table").click()
    assert page.locator(".panel-table tbody tr").count() == 96  # eight years
    page.get_by_role("tab", name="Download").click()
    own = list(csv.DictReader(io.StringIO(download(opened, "CSV").decode())))
    links = {
        link.inner_text(): link.get_attribute("href")
        for link in page.locator(".panel-download a.button").all()
    }
    assert set(links) == {"JSON", "CSV", "PARQUET"}
    text = urllib.request.urlopen(address + links["CSV"]).read().decode()
    served = [row for row in csv.DictReader(io.StringIO(text)) if row["outcome"] == "recorded"]
    assert len(own) == len(served) == 96
    for name in ("q05", "q50", "q95"):
        assert [float(row[name]) for row in own] == pytest.approx(
            [float(row[name]) for row in served]
        )
    assert urllib.request.urlopen(address + links["PARQUET"]).read()[:4] == b"PAR1"


@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_axe_finds_no_violation(lab: Open, lang: str, width: int) -> None:
    opened = lab(lang=lang, width=width, touch=width < 500)
    page = opened.page
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    first_slider(opened).focus()
    page.keyboard.press("PageUp")
    opened.settled()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, context={"include": ["html"]}, options=options)
        problems = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:4])
            for rule in found.response["violations"]
        ]
        assert problems == [], scheme
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_word_is_there_and_nothing_leaves_the_machine(lab: Open, lang: str) -> None:
    opened = lab(lang=lang)
    page = opened.page
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
    other = "es" if lang == "en" else "en"
    page.locator("[data-add=exception]").click()
    opened.block(0).click()
    page.keyboard.press("Escape")
    opened.settled()
    blocks_before = opened.scenario["blocks"]
    page.locator(f"[data-lang={other}]").click()
    heading = "Supuestos" if other == "es" else "Assumptions"
    page.locator("#lab-assumptions", has_text=heading).wait_for(timeout=60_000)
    opened.settled()
    assert opened.scenario["blocks"] == blocks_before
    text = page.locator("main").inner_text()
    assert heading in text
    assert re.search(r"NaN|undefined|\[object|app_lab\.|\{\w+\}", text) is None
    assert opened.errors == []
    assert {urlsplit(url).hostname or urlsplit(url).scheme for url in opened.requests} <= {
        "127.0.0.1",
        "data",
        "blob",
    }


def test_the_chart_is_read_by_keyboard(lab: Open) -> None:
    opened = lab()
    hand = opened.page.locator(".fan-hand")
    hand.focus()
    for key in ("Home", "End", "PageDown"):
        opened.page.keyboard.press(key)
    assert hand.get_attribute("aria-valuetext").startswith("May 2026: median ")
    assert "90" in hand.get_attribute("aria-valuetext")
    assert opened.page.locator(".fan-tip").is_visible()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".fan-tip").is_hidden()
