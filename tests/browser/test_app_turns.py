"""Does a page hold when answers come late or not at all?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("fastapi")

from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def test_a_failure_within_a_page_is_told(open_app: Open) -> None:
    opened = open_app("/record")
    page = opened.page
    page.route("**/api/record?series=*", lambda route: route.fulfill(status=500, body="{}"))
    page.locator(".page-record select").first.select_option(index=1)
    expect(page.locator("main [role=alert]")).to_contain_text("HTTP 500")
    assert not any("TypeError" in text for text in opened.errors)


def test_an_answer_that_comes_after_the_page_was_left_changes_nothing(open_app: Open) -> None:
    opened = open_app("/record")
    page = opened.page
    held: list[Any] = []
    page.route("**/api/claims*", lambda route: held.append(route))
    page.locator("#nav [data-page=claims]").click()
    page.wait_for_function("() => document.querySelector('.page-claims')")
    page.locator("#nav [data-page=bargain]").click()
    page.wait_for_selector("main[data-ready='bargain en']")
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_timeout(500)
    assert page.locator(".page-bargain .dial").count() > 5
    page.locator("#nav [data-page=claims]").click()
    page.wait_for_selector("main[data-ready='claims en']")
    assert page.locator(".claim").count() > 40
    assert opened.errors == []


def test_another_state_asked_for_before_the_first_is_shown_is_the_one_shown(open_app: Open) -> None:
    opened = open_app("/methods")
    page = opened.page
    held: list[Any] = []
    page.route("**/api/record?*", lambda route: held.append(route))
    page.locator("#nav [data-page=record]").click()
    page.wait_for_function("() => document.querySelector('.page-record')")
    page.evaluate(
        "() => { history.pushState(null, '', '/record?open=e10');"
        " dispatchEvent(new PopStateEvent('popstate')); }"
    )
    page.wait_for_timeout(200)
    for route in held:
        route.continue_()
    page.wait_for_selector("main[data-ready='record en']")
    expect(page.locator(".drawer")).to_be_visible()
    assert opened.errors == []
