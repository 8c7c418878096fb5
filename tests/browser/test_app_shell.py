"""Does the frame of the app hold: addresses, languages, themes, keyboard, phone, own server?"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.browser.accessible import violations

pytest.importorskip("fastapi")

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
MINE = ("/record", "/claims", "/methods")


def ready(page: Any, what: str) -> None:
    page.wait_for_selector(f"main[data-ready='{what}']")


@pytest.mark.parametrize("path", MINE)
def test_nothing_leaves_this_machine_and_nothing_is_complained_of(
    open_app: Open, path: str
) -> None:
    opened = open_app(path)
    opened.page.wait_for_timeout(400)
    opened.page.mouse.wheel(0, 4000)
    opened.page.wait_for_timeout(600)
    hosts = {urlsplit(url).hostname for url in opened.requests if not url.startswith("blob:")}
    assert hosts == {"127.0.0.1"}
    assert opened.errors == []
    assert opened.page.locator("text=/NaN|undefined|\\[object/").count() == 0


@pytest.mark.parametrize("width", [390, 1360])
@pytest.mark.parametrize("path", MINE)
def test_axe_finds_no_violation(open_app: Open, path: str, width: int) -> None:
    for lang, scheme in (("en", "light"), ("es", "dark")):
        page = open_app(f"{path}?lang={lang}", scheme=scheme, width=width).page
        page.wait_for_timeout(300)
        assert violations(page, apart_from=(".chart[role=img] svg",)) == [], (lang, scheme)


@pytest.mark.parametrize("width", [320, 390, 2560])
def test_nothing_overflows_sideways(open_app: Open, width: int) -> None:
    for path in MINE:
        page = open_app(f"{path}?lang=es", width=width).page
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_the_switch_changes_the_language_in_place(open_app: Open) -> None:
    page = open_app("/claims?verdict=mixed").page
    page.evaluate("window.same = true")
    shown = page.locator(".claim:visible").count()
    page.locator("[data-lang=es]").click()
    ready(page, "claims es")
    assert page.evaluate("window.same") is True  # the document was not loaded anew
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("#nav [aria-current=page]").inner_text() == "Afirmaciones"
    assert page.locator(".claim:visible").count() == shown
    assert "lang=es" in page.url and "verdict=mixed" in page.url
    assert page.evaluate("document.activeElement.dataset.lang") == "es"


def test_back_and_forward_go_through_the_views(open_app: Open) -> None:
    page = open_app("/record?series=prison_population").page
    page.locator("#nav [data-page=methods]").click()
    ready(page, "methods en")
    page.locator("#nav [data-page=claims]").click()
    ready(page, "claims en")
    assert page.title() == "Claims · tregua"
    page.go_back()
    ready(page, "methods en")
    page.go_back()
    ready(page, "record en")
    assert "series=prison_population" in page.url
    assert page.locator("tregua-figure h2").first.inner_text() == "People in prison, El Salvador"
    page.go_forward()
    ready(page, "methods en")


def test_the_theme_goes_before_the_systems_and_stays(open_app: Open) -> None:
    page = open_app(scheme="light").page
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert page.locator("#theme").get_attribute("aria-label") == "Theme: dark"
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    page.wait_for_selector("main[data-ready]")
    assert page.evaluate(colour) == dark


def test_share_copies_the_address(open_app: Open) -> None:
    page = open_app("/record?series=homicides&from=2012-01").page
    page.locator(".share").click()
    page.wait_for_selector(".share:has-text('Address copied')")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_keyboard_alone_reaches_content_pages_and_case(open_app: Open) -> None:
    page = open_app().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#nav [data-page=claims]").focus()
    page.keyboard.press("Enter")
    ready(page, "claims en")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator(".case summary").focus()
    page.keyboard.press("Enter")
    assert "92cf" in page.locator(".case .pop").inner_text() or page.locator(".case code").count()
    page.keyboard.press("Escape")
    assert not page.locator(".case").evaluate("d => d.open")


def test_a_phone_has_a_menu(open_app: Open) -> None:
    page = open_app(width=390, touch=True).page
    assert not page.locator("#nav").is_visible()
    page.locator(".menu").tap()
    assert page.locator("#nav a").count() == 8
    heights = [link.bounding_box()["height"] for link in page.locator("#nav a").all()]
    assert min(heights) >= 44
    page.locator("#nav [data-page=methods]").tap()
    ready(page, "methods en")
    assert not page.locator("#nav").is_visible()


def test_a_page_that_is_not_there_says_so(open_app: Open) -> None:
    opened = open_app("/record")
    opened.page.evaluate("history.pushState(null, '', '/nowhere')")
    opened.page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    opened.page.wait_for_selector("[role=alert]")
    assert "nowhere" in opened.page.locator("[role=alert]").inner_text()


def test_pages_weigh_little(open_app: Open, chromium: Any, app_address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    weights: dict[str, int] = {}

    def weigh(response: Any) -> None:
        weights[response.url] = len(gzip.compress(response.body()))

    page.on("requestfinished", lambda request: weigh(request.response()))
    page.goto(f"{app_address}/record")
    page.wait_for_selector("main[data-ready]")
    page.wait_for_timeout(300)
    light = sum(weights.values())
    page.goto(f"{app_address}/methods")
    page.wait_for_selector(".pair .chart.done >> nth=1")
    whole = sum(weights.values())
    context.close()
    assert light < 400_000
    assert whole < 1_200_000


@pytest.mark.parametrize("path", ["/record", "/lab", "/robust", "/bargain"])
def test_the_document_names_all_that_its_scripts_load(open_app: Open, path: str) -> None:
    """Else a browser would learn of it round by round, and open the page later."""
    opened = open_app(f"{path}?lang=es")
    named = set(
        opened.page.evaluate(
            "() => [...document.querySelectorAll('link[href], script[src]')]"
            ".map((e) => e.getAttribute('href') || e.getAttribute('src'))"
        )
    )
    assert f"/web/pages/{path.removeprefix('/')}.js" in named
    asked = [urlsplit(url) for url in opened.requests if not url.startswith(("blob:", "data:"))]
    files = {each.path for each in asked if each.path.endswith((".js", ".css"))}
    files -= {"/vendor/vega.js"}  # loaded once the page stands
    assert files <= {address.split("?")[0] for address in named}
    once = [each.path for each in asked if each.path in ("/api/about", "/api/words")]
    assert sorted(once) == ["/api/about", "/api/words"]  # what came ahead is used, not asked anew
