"""Does the claims page show every verdict, filter and search them, and open one by its address?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("fastapi")

from playwright.sync_api import expect
from tests.browser.accessible import violations

from tregua.assess.shipped import shipped_claims

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
VERDICTS = shipped_claims().verdicts


def visible(page: Any) -> list[str]:
    found: list[str] = page.locator(".claim:visible").evaluate_all(
        "nodes => nodes.map((n) => n.dataset.number)"
    )
    return found


def test_all_sixty_stand_there_with_their_verdicts(open_app: Open) -> None:
    page = open_app("/claims").page
    assert len(visible(page)) == len(VERDICTS) == 60
    tally = page.locator(".tally b").all_inner_texts()
    assert sum(map(int, tally)) == 60
    mixed = [number for number, verdict in VERDICTS.items() if verdict.verdict == "mixed"]
    assert page.locator(".claim .v-mixed").count() == len(mixed)


def test_one_claim_opens_by_its_address_with_all_that_stands_behind_it(open_app: Open) -> None:
    page = open_app("/claims?claim=44").page
    claim = page.locator(".claim[data-number='44']")
    assert claim.locator("details.more").evaluate("d => d.open")
    verdict = VERDICTS["44"]
    text = claim.inner_text()
    for part in (verdict.test["en"], *verdict.rivals["en"], verdict.would_change["en"]):
        assert part in text
    assert claim.locator(".forest").count() >= 1
    page.wait_for_timeout(200)
    assert 0 <= claim.bounding_box()["y"] < 300
    claim.locator("details.code summary").click()
    claim.locator("pre").wait_for()
    assert "def " in claim.locator("pre").inner_text()
    assert violations(page) == []


def test_filters_and_search_live_in_the_address(open_app: Open) -> None:
    page = open_app("/claims").page
    page.locator("[data-filter=verdict]").select_option("not_identified")
    wanted = [n for n, verdict in VERDICTS.items() if verdict.verdict == "not identified"]
    assert sorted(visible(page)) == sorted(wanted)
    assert "verdict=not_identified" in page.url
    page.locator("input[type=search]").fill("Secret PACT")
    found = visible(page)
    assert 0 < len(found) < len(wanted)
    assert str(len(found)) in page.locator(".shown-claims").inner_text()
    address = page.url
    page.goto(address)
    page.wait_for_selector("main[data-ready]")
    assert visible(page) == found
    assert page.locator("input[type=search]").input_value() == "Secret PACT"
    page.get_by_role("button", name="Show all").click()
    assert len(visible(page)) == 60 and "q=" not in page.url
    page.go_back()
    expect(page.locator(".claim:visible")).to_have_count(len(found))


def test_the_twin_of_a_filter_holds_the_rows_shown(open_app: Open, app_address: str) -> None:
    page = open_app("/claims?theme=truce&lang=es").page
    if not visible(page):
        page = open_app("/claims?verdict=supported&lang=es").page
    link = page.locator(".filters a", has_text="JSON").get_attribute("href")
    rows = page.request.get(app_address + link).json()["rows"]
    assert sorted(row["number"] for row in rows) == sorted(visible(page))
    sentence = page.locator(f".claim[data-number='{rows[0]['number']}'] h3").inner_text()
    assert sentence == rows[0]["sentence"]


def test_opening_a_claim_by_keyboard_is_remembered(open_app: Open) -> None:
    page = open_app("/claims").page
    summary = page.locator(".claim[data-number='7'] summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("claim=7"))
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("claim=7"))
