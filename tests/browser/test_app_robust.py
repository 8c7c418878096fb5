"""Does Robust compute on request, brush by mouse and keys, and recreate its view?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

from playwright.sync_api import expect
from tests.browser.accessible import violations

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
VIEW = "/robust?years=1&seed=5"
COUNT = re.compile(r"^(\d+) of (\d+) strategies keep your limits")


@pytest.fixture(scope="module")
def computed(app_address: str) -> str:
    """An address whose parts are kept already."""
    with httpx.Client(base_url=app_address, timeout=60, trust_env=False) as client:
        runs = []
        for part, size in (("explore", 60), ("rivals", 60), ("core", 120)):
            asked = {"part": part, "size": size, "years": 1, "seed": 5}
            runs.append(client.post("/api/robust/run", json=asked).json()["id"])
        for run in runs:
            told = client.get(f"/api/runs/{run}/events", timeout=300).text
            assert "event: done" in told
    return VIEW


def shown(page: Any) -> None:
    page.wait_for_selector(".page-robust[data-drawn]", timeout=60_000)
    page.wait_for_selector("tregua-figure .chart.done")


def count(page: Any) -> tuple[int, int]:
    text = page.locator(".robust-count").inner_text()
    found = COUNT.match(text)
    assert found is not None, text
    return int(found[1]), int(found[2])


def test_what_is_not_computed_is_a_button_with_its_size(open_app: Open) -> None:
    opened = open_app("/robust?years=1&seed=77")
    page = opened.page
    page.wait_for_selector(".page-robust[data-drawn]")
    assert page.locator("tregua-figure:visible").count() == 0
    button = page.locator("[data-run=rivals]")
    page.locator("[data-part=rivals] select").select_option("60")
    assert "60" in button.inner_text()
    button.click()
    page.wait_for_selector("tregua-figure .chart.done", timeout=120_000)
    assert page.locator(".heat-cell").count() == 5 * 12
    assert "60" in page.locator("[data-part=rivals] .part-told").inner_text()
    assert opened.errors == []


def test_a_run_can_be_cancelled(open_app: Open) -> None:
    page = open_app("/robust?years=15&seed=78").page
    page.wait_for_selector(".page-robust[data-drawn]")
    page.locator("[data-part=explore] select").select_option("480")
    page.locator("[data-run=explore]").click()
    page.locator("[data-part=explore] [data-cancel]").click()
    expect(page.locator("[data-run=explore]")).to_be_visible()
    assert page.locator("tregua-figure:visible").count() == 0


def test_limits_by_keyboard_grey_strategies_and_are_counted(open_app: Open, computed: str) -> None:
    page = open_app(computed).page
    shown(page)
    handle = page.locator("[data-limit=detained]")
    assert handle.get_attribute("aria-valuetext") == "no limit"
    handle.focus()
    for _ in range(6):
        page.keyboard.press("PageDown")
    left, every = count(page)
    assert 0 < left < every == 19
    assert "lim=detained" in page.url
    assert page.evaluate("document.activeElement.dataset.limit") == "detained"
    assert "at most" in (handle.get_attribute("aria-valuetext") or "")
    grey = page.locator("path[stroke='var(--observed-5)'][opacity='0.25']").count()
    assert grey == every - left
    address = page.url
    page.goto(address)
    shown(page)
    assert count(page) == (left, every)
    page.locator("[data-limit=detained]").focus()
    page.keyboard.press("Delete")
    assert "lim=" not in page.url
    page.go_back()
    expect(page.locator(".robust-count")).to_have_text(COUNT)
    assert count(page) == (left, every)


def test_limits_by_mouse_and_by_clearing(open_app: Open, computed: str) -> None:
    page = open_app(computed).page
    shown(page)
    handle = page.locator("[data-limit=killed]")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 90)
    page.mouse.move(x, y + 180)
    page.mouse.up()
    left, every = count(page)
    assert left < every and "lim=killed" in page.url
    page.locator("#robust-clear").click()
    assert "lim=" not in page.url


def test_a_criterion_is_chosen_and_its_winner_marked(open_app: Open, computed: str) -> None:
    page = open_app(computed).page
    shown(page)
    page.locator("#crit-expected").check()
    winner = page.locator("[data-criterion=expected] td:nth-child(2)").inner_text()
    assert "crit=expected" in page.url
    expect(page.locator("tregua-figure text", has_text="★").first).to_have_text(f"★ {winner}")
    page.locator("#robust-outcome").select_option("detained")
    expect(page).to_have_url(re.compile("o=detained"))
    page.reload()
    shown(page)
    assert page.locator("#crit-expected").is_checked()


def test_a_cell_opens_its_run_in_the_lab(open_app: Open, computed: str) -> None:
    page = open_app(f"{computed}&by=rivals").page
    shown(page)
    cell = page.locator(".heat-cell[aria-label*='Mano dura']").nth(1)
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/lab\?"))
    assert "s=" in page.url
    page.go_back()
    page.wait_for_url(re.compile("/robust"))
    shown(page)


def test_a_corner_is_told_in_words_in_both_languages(open_app: Open, computed: str) -> None:
    page = open_app(f"{computed}&bs=mano_dura&br=status_quo").page
    shown(page)
    english = page.locator(".corner-sentence").inner_text()
    assert english
    page.locator("[data-lang=es]").click()
    spanish = re.compile("mano dura da mejor resultado|La estrategia")
    expect(page.locator(".corner-sentence")).to_have_text(spanish)
    assert page.locator(".corner-sentence").inner_text() != english


def test_the_map_of_signs_takes_other_factors(open_app: Open, computed: str) -> None:
    page = open_app(computed).page
    shown(page)
    before = page.locator("#core tregua-figure svg").first.inner_html()
    options = page.locator("#core-x option").evaluate_all("all => all.map((o) => o.value)")
    now = page.locator("#core-x").input_value()
    page.locator("#core-x").select_option(next(o for o in options if o != now))
    page.wait_for_function(
        "before => document.querySelector('#core tregua-figure svg').innerHTML !== before",
        arg=before,
    )
    assert "fx=" in page.url


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1360, "light")])
def test_nothing_bars_anybody(
    open_app: Open, computed: str, lang: str, width: int, scheme: str
) -> None:
    opened = open_app(f"{computed}&lang={lang}", width=width, scheme=scheme)
    page = opened.page
    shown(page)
    page.locator(".corner-sentence").wait_for()
    assert violations(page) == []
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0
    assert opened.errors == []
    assert all(url.startswith("http://127.0.0.1") for url in opened.requests)
    assert "app_robust." not in page.locator("main").inner_text()
