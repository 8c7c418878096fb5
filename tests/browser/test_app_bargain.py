"""Does the bargain's page follow its sliders, by mouse, keyboard and address, as the stage does?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("fastapi")

from tests.browser.accessible import violations

from tregua import decide

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def binding(page: Any) -> str:
    found: str = page.locator(".judged").get_attribute("data-binding")
    return found


def until_binding(page: Any, wanted: str) -> None:
    page.wait_for_selector(f".judged[data-binding={wanted}]")


def dial(page: Any, name: str) -> Any:
    return page.locator(f"[data-term={name}]")


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_nothing_is_out_of_reach(open_app: Open, lang: str, scheme: str, width: int) -> None:
    opened = open_app(f"/bargain?lang={lang}&set=false_alarm:0.2", scheme=scheme, width=width)
    page = opened.page
    page.locator("details").evaluate_all("nodes => nodes.forEach((n) => { n.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.errors == []
    assert all(url.startswith("http://127.0.0.1") for url in opened.requests)


def test_the_verdict_is_that_of_the_stage(open_app: Open) -> None:
    page = open_app("/bargain?set=false_alarm:0.2").page
    verdict = decide.bargain_verdict(decide.Bargain(false_alarm=0.2))
    assert binding(page) == verdict.binding == "government"
    assert f"{verdict.minimal_concession:.2f}" in page.locator(".limit-gang b").inner_text()
    assert f"{verdict.maximal_concession:.2f}" in page.locator(".limit-government b").inner_text()
    reached = [change for change in verdict.changes if change.needed is not None]
    assert page.locator("tr[data-change]").count() == len(reached)
    assert page.locator("tr[data-threshold]").count() == len(verdict.thresholds())
    first = page.locator("tr[data-change]").first
    assert first.get_attribute("data-change") == "false_alarm"
    first.get_by_role("button").click()
    until_binding(page, "none")
    assert "set=false_alarm%3A0.194" in page.url


def test_a_slider_by_keyboard_moves_the_point_and_the_verdict(open_app: Open) -> None:
    page = open_app("/bargain").page
    before = page.locator("[data-point] circle").last.get_attribute("cx")
    dial(page, "false_alarm").focus()
    page.keyboard.press("PageUp")
    moved = page.locator("[data-point] circle").last.get_attribute("cx")
    assert float(moved) > float(before)
    page.keyboard.press("End")
    until_binding(page, "government")
    assert "set=false_alarm%3A0.3" in page.url
    assert page.evaluate("document.activeElement.dataset.term") == "false_alarm"
    page.keyboard.press("Home")
    until_binding(page, "none")


def test_the_point_is_two_sliders_by_keyboard(open_app: Open) -> None:
    page = open_app("/bargain").page
    page.locator("[data-point]").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_timeout(30)
    assert page.evaluate("document.activeElement.hasAttribute('data-point')")
    found = page.url.split("set=")[1]
    assert "false_alarm%3A0.012" in found and "tough_bonus%3A0.7" in found
    shown = page.locator("[data-point]").get_attribute("aria-valuetext")
    assert "0.012" in shown and "0.7" in shown


def test_the_point_is_dragged_and_the_back_button_undoes_presets(open_app: Open) -> None:
    page = open_app("/bargain").page
    page.locator("[data-point] circle").last.hover()  # waits until the page has scrolled there
    area = page.locator("[data-plane]").first.bounding_box()
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.7, area["y"] + area["height"] * 0.3, steps=5)
    page.mouse.up()
    until_binding(page, "government")
    alarm = float(dial(page, "false_alarm").input_value())
    bonus = float(dial(page, "tough_bonus").input_value())
    assert alarm == pytest.approx(0.21, abs=0.02) and bonus == pytest.approx(8.4, abs=0.8)
    dragged = page.url
    page.locator("[data-preset=power]").click()
    page.wait_for_url(lambda url: "x=power_shift" in url)
    until_binding(page, "gang")
    page.go_back()
    page.wait_for_url(lambda url: "x=power_shift" not in url)
    assert page.url == dragged
    until_binding(page, "government")
    assert float(dial(page, "tough_bonus").input_value()) == bonus


def test_an_address_makes_the_view_again(open_app: Open, app_address: str) -> None:
    query = "start=simulator&set=gangs:6,leak:0.2&x=honour&y=turnover"
    page = open_app(f"/bargain?{query}&lang=es").page
    assert dial(page, "gangs").input_value() == "6"
    assert page.locator("[data-axis=x]").input_value() == "honour"
    bargain = decide.Bargain.of_world().replace(gangs=6, leak=0.2)
    assert binding(page) == str(bargain.binding)
    figure = page.locator("tregua-figure").first
    figure.get_by_role("tab", name="Descargar").click()
    link = figure.get_by_role("link", name="JSON").get_attribute("href")
    rows = page.request.get(app_address + link).json()["rows"]
    region = decide.feasible_region(bargain, x="honour", y="turnover", points=61)
    assert sum(row["feasible"] for row in rows) == int(region["feasible"].sum())


def test_dragging_asks_no_more_than_it_moves_and_draws_small_planes(open_app: Open) -> None:
    opened = open_app("/bargain")
    page = opened.page
    begun = len(opened.requests)
    slider = dial(page, "tough_bonus")
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    asked = [url for url in opened.requests[begun:] if "/api/bargain?" in url]
    assert 2 <= len(asked) <= 9
    assert sum("quick=true" not in url for url in asked) >= 1
    assert all("points" not in url for url in asked)
