"""Does the hidden pact's page keep evidence and prior apart, and read a table of one's own?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastapi")

from tests.browser.accessible import violations

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FIRST = "2018-01"
SVG = "tregua-figure .chart svg"


def own_counts(months: int = 48) -> str:
    """Synthetic counts that fall to half in the middle."""
    chance = np.random.default_rng(3)
    dates = pd.period_range("2010-01", periods=months, freq="M")
    level = np.where(np.arange(months) < months // 2, 300, 140)
    rows = [f"{month},{chance.poisson(mean)}" for month, mean in zip(dates, level, strict=True)]
    return "date,count\n" + "\n".join(rows) + "\n"


def asked(opened: Any, begun: int) -> list[str]:
    """Requests since a moment; a browser may look for the picture of the tab whenever it likes."""
    return [url for url in opened.requests[begun:] if "icon" not in url]


@pytest.fixture(scope="module")
def shown(app_address: str) -> dict[str, Any]:
    """The case's detection, made and kept."""
    with httpx.Client(base_url=app_address, timeout=60, trust_env=False) as client:
        run = client.post(f"/api/hidden/detect?first={FIRST}").json()
        end = time.monotonic() + 500
        while run["state"] not in ("done", "failed"):
            assert time.monotonic() < end
            time.sleep(0.3)
            run = client.get(f"/api/runs/{run['id']}").json()
        found: dict[str, Any] = client.get(f"/api/results/{run['key']}").json()
    return found


@pytest.fixture
def open_hidden(open_app: Open, shown: dict[str, Any]) -> Open:
    """Open the page with a query; its detection is kept already."""
    assert shown["falls"]
    return lambda query="", **how: open_app(f"/hidden-pact?first={FIRST}{query}", **how)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_nothing_is_out_of_reach(open_hidden: Open, lang: str, scheme: str, width: int) -> None:
    opened = open_hidden(f"&lang={lang}", scheme=scheme, width=width)
    page = opened.page
    page.locator("details").evaluate_all("nodes => nodes.forEach((n) => { n.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.errors == []
    assert all(url.startswith("http://127.0.0.1") for url in opened.requests)


def test_the_sum_is_that_of_the_stage_at_the_stated_strength(
    open_hidden: Open, shown: dict[str, Any]
) -> None:
    for fall in shown["falls"]:
        page = open_hidden(f"&at={fall['median']}").page
        total, summary = page.locator(".total"), fall["summary"]
        assert total.get_attribute("data-fall") == fall["median"]
        low, middle, high = map(
            float, total.locator("[data-capped]").get_attribute("data-capped").split()
        )
        assert [low, middle, high] == pytest.approx(
            [summary[name] for name in ("capped_low", "capped", "capped_high")], rel=1e-6
        )
        product = float(total.locator("[data-product]").get_attribute("data-product"))
        assert product == pytest.approx(summary["product"], rel=1e-6)
        band = list(map(float, total.locator("[data-band]").get_attribute("data-band").split()))
        assert band == pytest.approx([summary["p_low"], summary["p_high"]], rel=1e-6)
        verdict = total.locator(".verdict-word")
        assert verdict.get_attribute("data-verdict") == summary["verdict"]
        if summary["verdict"] == "cannot-tell":
            assert verdict.inner_text().lower() == "the data cannot tell"


def test_priors_redraw_at_once_and_ask_nobody(open_hidden: Open, shown: dict[str, Any]) -> None:
    months = shown["months"]
    open_to_doubt = next(i for i, log in enumerate(months["log_factor"]) if abs(log) < 0.8)
    opened = open_hidden(f"&at={months['month'][open_to_doubt]}")
    page = opened.page
    page.wait_for_load_state("networkidle")
    begun = len(opened.requests)
    now = page.locator("[data-now]").inner_text()
    line = page.locator(f"{SVG} [data-suppression]").get_attribute("d")
    band = page.locator("[data-band]").get_attribute("data-band")
    pact = page.locator(f"{SVG} [data-pact]").get_attribute("d")
    page.locator("[data-prior=odds]").focus()
    page.keyboard.press("ArrowRight")
    low, high = map(float, page.locator("[data-band]").get_attribute("data-band").split())
    assert low > float(band.split()[0]) and high > float(band.split()[1])
    assert page.locator(f"{SVG} [data-pact]").get_attribute("d") != pact
    assert page.locator(f"{SVG} [data-suppression]").get_attribute("d") == line
    page.locator("[data-prior=rate]").focus()
    page.keyboard.press("Home")
    assert page.locator(f"{SVG} [data-suppression]").get_attribute("d") != line
    assert page.locator("[data-now]").inner_text() != now
    assert page.evaluate("document.activeElement.dataset.prior") == "rate"
    assert asked(opened, begun) == []
    assert "odds=0.25" in page.url and "rate=-2" in page.url


def test_switches_and_strengths_move_the_sum(open_hidden: Open, shown: dict[str, Any]) -> None:
    fall = max(shown["falls"], key=lambda one: one["mass"])
    opened = open_hidden(f"&at={fall['median']}")
    page = opened.page
    page.wait_for_load_state("networkidle")
    begun = len(opened.requests)
    rows = [row for row in fall["rows"] if row["data"] and abs(row["logs"][1]) > 0.02]
    name = rows[0]["indicator"]
    strength = page.locator(f"[data-strength={name}]")
    strength.focus()
    page.keyboard.press("End")
    product = float(page.locator("[data-product]").get_attribute("data-product"))
    logs = sum(row["logs"][1] for row in fall["rows"] if row["indicator"] != name)
    assert product == pytest.approx(10 ** (logs + rows[0]["logs"][2]), rel=1e-6)
    page.locator(f"[data-switch={name}]").uncheck()
    product = float(page.locator("[data-product]").get_attribute("data-product"))
    assert product == pytest.approx(10**logs, rel=1e-6)
    assert f"off={name}" in page.url and f"k={name}%3A1" in page.url
    assert asked(opened, begun) == []
    page.go_back()
    page.wait_for_url(lambda url: "off=" not in url)
    assert page.locator(f"[data-switch={name}]").is_checked()


def test_the_cursor_moves_by_keyboard_and_by_press(
    open_hidden: Open, shown: dict[str, Any]
) -> None:
    months = shown["months"]["month"]
    page = open_hidden("&at=2020-05").page
    svg = page.locator(SVG)
    svg.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    assert "at=2021-06" in page.url
    assert "June 2021" in svg.get_attribute("aria-valuetext")
    place = months.index("2021-06")
    assert int(svg.get_attribute("aria-valuenow")) == place
    share = shown["months"]["suppressed"][place]
    assert page.locator("[data-now]").inner_text().startswith(f"{share * 100:.0f}")
    box = svg.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + 120)
    assert "at=2021-06" not in page.url
    page.keyboard.press("Home")
    assert f"at={FIRST}" in page.url


def test_the_address_makes_the_view_again_and_back_undoes(
    open_hidden: Open, shown: dict[str, Any]
) -> None:
    query = "&at=2022-06&seen=filtered&odds=1&rate=-1&from=2020-01&lang=es"
    page = open_hidden(query).page
    months = shown["months"]
    place = months["month"].index("2022-06")
    prior = shown["prior"]["suppressed_filtered"]
    odds = 0.5 * prior * 10 ** months["log_factor_filtered"][place]
    share = months["in_force_filtered"][place] * odds / (1 + odds)
    assert share != pytest.approx(months["suppressed_filtered"][place], abs=0.02)
    now = page.locator("[data-now]").inner_text()
    assert now.startswith(f"{100 * share:.0f}")
    assert "supresión en vigor" in now
    assert page.locator("[data-prior=odds]").input_value() == "1"
    assert page.locator("input[name=seen][value=filtered]").is_checked()
    page.locator("input[name=seen][value=smoothed]").check(force=True)
    page.wait_for_url(lambda url: "seen=" not in url)
    page.go_back()
    page.wait_for_url(lambda url: "seen=filtered" in url)
    assert page.locator("[data-now]").inner_text() == now


def test_a_table_is_picked_read_and_found_again(open_hidden: Open, tmp_path: Path) -> None:
    file = tmp_path / "My town.csv"
    file.write_text(own_counts(), encoding="utf-8")
    opened = open_hidden()
    page = opened.page
    page.locator("#own-file").set_input_files(str(file))
    page.wait_for_url(lambda url: "table=" in url, timeout=240_000)
    page.wait_for_selector("h1:has-text('My-town')")
    assert page.locator("[data-fall-card='2012-01']").count() == 1
    assert page.locator(".total .verdict-word").is_visible()
    assert page.locator("[data-prior=odds]").count() == 0
    assert violations(page) == []
    address = page.url
    page.goto(address)
    page.wait_for_selector("h1:has-text('My-town')")
    page.get_by_role("link", name="Back to the case").click()
    page.wait_for_url(lambda url: "table=" not in url)
    assert opened.errors == []


def test_a_bad_paste_lists_every_problem_with_its_line(open_hidden: Open) -> None:
    page = open_hidden().page
    page.locator("#own-text").fill("date,count\n2010-01,-3\n2010-02,=1+1\n2010-03,<b>x</b>\n")
    page.get_by_role("button", name="Read the table").click()
    problem = page.locator(".own-told [role=alert]")
    problem.wait_for()
    assert problem.locator("li").count() == 3
    lines = problem.locator("code").all_inner_texts()
    assert lines == ["line 2", "line 3", "line 4"]
    assert "<b>x</b>" in problem.inner_text() and problem.locator("b").count() == 1


def test_a_file_too_large_never_leaves_the_page(open_hidden: Open) -> None:
    opened = open_hidden()
    page = opened.page
    begun = len(opened.requests)
    page.evaluate(
        """() => {
      const held = new DataTransfer();
      held.items.add(new File([new Uint8Array(10_000_000)], "large.csv", { type: "text/csv" }));
      const drop = document.querySelector(".drop");
      const how = { dataTransfer: held, bubbles: true, cancelable: true };
      drop.dispatchEvent(new DragEvent("drop", how));
    }"""
    )
    page.locator(".own-told [role=alert]").wait_for()
    assert "at most 2" in page.locator(".own-told").inner_text()
    assert asked(opened, begun) == []
