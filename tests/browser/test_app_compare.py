"""Does Compare show four sides of the same worlds, and does its address recreate the view?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("fastapi")

from playwright.sync_api import expect
from tests.browser.accessible import violations

from tregua.app.links import pack

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
PLAN = {
    "origin": "2019-06",
    "years": 1,
    "worlds": 24,
    "seed": 7,
    "worlds_from": "prior",
    "blocks": [{"lane": "pact", "start": "2019-07"}],
    "name": "A pact <b>of mine</b>",
}
SMALL = "worlds=24&years=1&source=prior&origin=2019-06"
VIEW = f"/compare?a=status_quo&b=mano_dura&{SMALL}"


def shown(page: Any) -> None:
    """Wait until the newest answer is drawn."""
    page.wait_for_selector(".page-compare[data-drawn]:not([data-busy])", timeout=120_000)
    page.wait_for_selector(".compare-body tregua-figure .chart.done")


def names(page: Any) -> list[str]:
    found: list[str] = page.locator(".side-name").evaluate_all("all => all.map((n) => n.value)")
    return found


def draw(page: Any, act: Callable[[], None]) -> None:
    """Do something and wait until the picture is another."""
    before = page.locator(".page-compare").get_attribute("data-drawn")
    act()
    page.wait_for_function(
        "before => document.querySelector('.page-compare').dataset.drawn !== before", arg=before
    )
    shown(page)


def test_four_shipped_strategies_stand_there_without_being_asked_for(open_app: Open) -> None:
    opened = open_app(f"/compare?{SMALL}")
    page = opened.page
    shown(page)
    assert names(page) == ["Status quo", "Secret pact", "Mano dura", "Reform"]
    assert page.locator(".side").count() == 4
    assert "a=status_quo" in page.url and "d=reform" in page.url
    # The heading is a sentence that may be printed, or that the worlds do not tell.
    heading = page.locator("h1").inner_text()
    assert page.locator(".said p").first.inner_text().startswith(heading)
    assert opened.errors == []
    assert all(url.startswith("http://127.0.0.1") for url in opened.requests if "blob:" not in url)


def test_the_table_holds_what_the_twin_gives(open_app: Open, app_address: str) -> None:
    page = open_app(VIEW).page
    shown(page)
    link = page.locator("section a", has_text="JSON").first.get_attribute("href")
    rows = page.request.get(app_address + link).json()["rows"]
    killed = next(r for r in rows if (r["side"], r["outcome"]) == ("b", "killed"))
    row = page.locator("section tbody tr", has_text="All killings").first.inner_text()
    assert f"{killed['q50']:,.0f}" in row and f"{killed['q05']:,.0f}" in row


def test_sides_are_added_renamed_moved_copied_and_removed(open_app: Open) -> None:
    page = open_app(VIEW).page
    shown(page)
    draw(page, lambda: page.locator("#compare-add").select_option("reform"))
    assert names(page) == ["Status quo", "Mano dura", "Reform"]
    field = page.locator("[data-side=c] .side-name")

    def rename() -> None:
        field.fill("Courts first")
        field.press("Enter")

    draw(page, rename)
    assert "nc=Courts" in page.url
    draw(page, lambda: page.locator("[data-side=c] [data-act=left]").click())
    assert names(page) == ["Status quo", "Courts first", "Mano dura"]
    assert page.evaluate("document.activeElement.dataset.act") == "left"
    draw(page, lambda: page.locator("[data-side=b] [data-act=copy]").click())
    assert names(page)[2] == "Courts first, copy"
    assert page.locator("#compare-add").is_disabled()
    draw(page, lambda: page.locator("[data-side=a] [data-act=remove]").click())
    assert names(page) == ["Courts first", "Courts first, copy", "Mano dura"]
    draw(page, lambda: page.locator("[data-side=c] [data-act=reference]").click())
    assert "ref=c" in page.url
    expect(page.locator("[data-side=c] [data-act=reference]")).to_have_attribute(
        "aria-pressed", "true"
    )
    address, before = page.url, names(page)
    page.reload()
    shown(page)
    assert names(page) == before and page.url == address
    draw(page, page.go_back)
    assert "ref=" not in page.url


def test_it_works_by_keyboard_alone(open_app: Open) -> None:
    page = open_app(VIEW).page
    shown(page)
    page.locator("[data-side=b] [data-act=reference]").focus()
    draw(page, lambda: page.keyboard.press("Enter"))
    assert "ref=b" in page.url
    assert page.evaluate("document.activeElement.dataset.act") == "reference"
    page.locator("#compare-outcome").focus()
    draw(page, lambda: page.keyboard.press("ArrowDown"))
    assert "o=recorded" in page.url
    assert page.evaluate("document.activeElement.id") == "compare-outcome"


def test_a_plan_of_the_lab_is_a_side_and_its_name_is_text(open_app: Open) -> None:
    page = open_app(f"/compare?a={pack(PLAN)}&b=status_quo").page
    shown(page)
    assert names(page)[0] == PLAN["name"]
    assert page.locator(".said b b").count() == 0
    link = page.locator("[data-side=a] a", has_text="Lab")
    link.wait_for()
    link.click()
    page.wait_for_url(re.compile("/lab"))


def test_weights_are_shown_only_where_they_are_stated(open_app: Open) -> None:
    page = open_app(VIEW).page
    shown(page)
    section = page.locator("section[aria-labelledby=compare-weights]")
    assert section.locator("table").count() == 0
    section.locator("summary").click()
    section.locator("[data-weight=killed]").fill("1")
    draw(page, lambda: section.get_by_role("button", name="Apply").click())
    assert "w=killed%3D1" in page.url
    assert section.locator("tbody tr").count() == 2
    draw(page, lambda: section.get_by_role("button", name="Clear").click())
    assert section.locator("table").count() == 0


def test_what_cannot_be_run_is_told_in_the_page(open_app: Open) -> None:
    opened = open_app("/compare?a=mano_dur")
    problem = opened.page.locator("[role=alert]")
    problem.wait_for()
    assert "mano_dura" in problem.inner_text()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1360, "light")])
def test_nothing_bars_anybody(open_app: Open, lang: str, width: int, scheme: str) -> None:
    opened = open_app(f"{VIEW}&lang={lang}&w=killed%3D1", width=width, scheme=scheme)
    page = opened.page
    shown(page)
    page.locator("[data-side=a] a").wait_for()
    assert violations(page) == []
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0
    assert opened.errors == []
    assert "app_compare." not in page.locator("main").inner_text()
