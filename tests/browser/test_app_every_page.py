"""Does every page keep the same promises: quiet, in its language, by keyboard, by touch, as files?

What a page does of its own is tested beside it; here each is asked the same questions. None of the
tests leans on how long anything takes.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pandas as pd
import pytest

pytest.importorskip("fastapi")

from tregua.app.routes.site import PAGES
from tregua.report.text import catalogue

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FIRST = "first=2022-01"  # a detection in few months is soon made
QUERY = {"hidden-pact": FIRST, "claims": "verdict=supported", "compare": "worlds=200&years=1"}
FIGURES = {  # a view with a figure, and the ending of its own table's name
    "record": "from=2015-01&to=2015-12",
    "hidden-pact": FIRST,
    "lab": "",
    "compare": "worlds=200&years=1",
    "bargain": "",
    "methods": "",
}


def address(name: str, lang: str = "en", query: str | None = None) -> str:
    asked = QUERY.get(name, "") if query is None else query
    return f"/{name}?lang={lang}" + (f"&{asked}" if asked else "")


def settled(page: Any, name: str, lang: str) -> None:
    """Wait until a page shows what was asked for."""
    page.wait_for_selector(f"main[data-ready='{name} {lang}']", timeout=200_000)
    page.wait_for_selector("main:not(:has([data-busy]))", timeout=120_000)


def told(page: Any) -> str:
    """The words of a view without what tells a time."""
    text: str = page.locator("main").inner_text()
    return "\n".join(line for line in text.splitlines() if " ms" not in line)


# ---- quiet, and in its language -----------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_page_is_quiet_in_its_language_and_the_back_button_returns(
    open_app: Open, lang: str
) -> None:
    words = catalogue(lang)
    opened = open_app(address(PAGES[0], lang))
    page = opened.page
    headings = {}
    for name in PAGES:
        if name == "hidden-pact":  # by its address, for fewer months
            page.evaluate(f"history.pushState(null, '', '{address(name, lang)}')")
            page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
        elif name != PAGES[0]:
            page.locator(f"#nav [data-page={name}]").click()
        settled(page, name, lang)
        assert page.title() == f"{words[f'app.nav.{name}']} · tregua"
        assert page.locator("html").get_attribute("lang") == lang
        assert page.locator("main h1").count() == 1
        headings[name] = page.locator("main h1").inner_text()
        assert headings[name]
        current = page.locator("#nav [aria-current=page]")
        assert current.get_attribute("data-page") == name
        assert page.locator("main >> text=/NaN|undefined|\\[object/").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in reversed(PAGES[:-1]):
        page.go_back()
        settled(page, name, lang)
    assert opened.errors == []
    hosts = {urlsplit(url).hostname for url in opened.requests if not url.startswith("blob:")}
    assert hosts == {"127.0.0.1"}
    other = {"en": "¿", "es": " the "}[lang]
    assert not any(other in heading for heading in headings.values())


def test_no_sentence_of_a_page_is_the_same_in_both_languages(open_app: Open) -> None:
    """Titles of sources, names and code are; what the page itself says is not."""
    for name in ("record", "hidden-pact", "lab", "bargain", "methods"):
        said = {}
        for lang in ("en", "es"):
            page = open_app(address(name, lang)).page
            settled(page, name, lang)
            page.locator("main details").evaluate_all(
                "all => all.forEach((d) => { d.open = true; })"
            )
            page.wait_for_timeout(300)
            said[lang] = set(page.evaluate(_SENTENCES))
            page.context.close()
        assert len(said["en"]) > 5, name
        assert said["en"] & said["es"] == set(), name


_OPEN = "all => all.forEach((details) => { details.open = true; })"

_SENTENCES = """() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const near = walk.currentNode.parentElement;
    if (near.closest("a, code, pre, .eq, #data, td:not(:first-child)")) continue;
    if (near.closest(".evidence-sources, .source-list")) continue;
    const text = walk.currentNode.textContent.trim();
    if (text.split(/\\s+/).length >= 5 && !/^tregua /.test(text)) found.push(text);
  }
  return found;
}"""


@pytest.mark.parametrize("name", ["compare", "robust", "methods"])
def test_an_address_tells_a_fresh_browser_the_same(open_app: Open, name: str) -> None:
    """Of the other pages their own tests ask this."""
    page = open_app(address(name, query="")).page
    settled(page, name, "en")
    selects = page.locator(".compare-tools select, .page-robust select")
    if name != "methods":
        years = selects.filter(has=page.locator("option[value='5']")).first
        years.select_option("5")
        page.wait_for_url(re.compile("years=5"))
    settled(page, name, "en")
    drawn(page)
    again = open_app(page.url.split("/", 3)[3].join(["/", ""])).page
    settled(again, name, "en")
    drawn(again)
    assert told(again) == told(page)


def drawn(page: Any) -> None:
    """Wait for every chart that is seen: Vega's come after their page."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        "[...document.querySelectorAll('tregua-figure .chart')]"
        ".every((chart) => !chart.offsetParent || chart.classList.contains('done'))"
    )


# ---- figures as files ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_handed_out_in_every_form(open_app: Open, app_address: str, name: str) -> None:
    page = open_app(address(name, query=FIGURES[name])).page
    settled(page, name, "en")
    figure = page.locator("tregua-figure:has(.chart.done)").first
    figure.wait_for()
    figure.get_by_role("tab", name="Download").click()

    def saved(label: str) -> bytes:
        with page.expect_download() as waiting:
            figure.get_by_role("button", name=label, exact=True).first.click()
        return Path(waiting.value.path()).read_bytes()

    drawn = ElementTree.fromstring(saved("SVG"))
    assert drawn.tag.endswith("svg") and len(list(drawn.iter())) > 20
    assert "tregua 0" in "".join(drawn.itertext())
    width, height = _size(saved("PNG"))
    assert width > 600 and height > 300
    rows = list(csv.DictReader(io.StringIO(saved("CSV").decode())))
    assert rows and all(None not in row for row in rows)
    links = figure.locator(".panel-download a[href]")
    files = {link.inner_text(): link.get_attribute("href") for link in links.all()}
    if name == "methods":  # its figures are of scores, which are served one by one
        assert files == {} or "CSV" in files
        return
    assert {"CSV", "JSON", "PARQUET"} <= set(files)
    reply = {kind: page.request.get(app_address + href) for kind, href in files.items()}
    held = json.loads(reply["JSON"].text())["rows"]
    assert len(held) == len(list(csv.reader(io.StringIO(reply["CSV"].text())))) - 1 > 0
    table = pd.read_parquet(io.BytesIO(reply["PARQUET"].body()))
    assert len(table) == len(held) and set(table.columns) >= set(held[0])


def _size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG whose picture can be read to its last line."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, lines = 8, b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, part = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", part[:10])
        lines += part if kind == b"IDAT" else b""
        place += 12 + length
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    assert len(zlib.decompress(lines)) == height * (1 + width * samples * depth // 8)
    return width, height


# ---- by keyboard and by touch -------------------------------------------------------------------

_REACHABLE = """() => {
  const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
  const seen = new Set();
  const list = [...document.querySelectorAll(controls)].filter((node) => {
    if (node.disabled || node.tabIndex < 0) return false;
    if (!node.checkVisibility({ visibilityProperty: true })) return false;
    if (node.type === "radio") {
      if (!node.checked || seen.has(node.name)) return false;
      seen.add(node.name);
    }
    return true;
  });
  list.forEach((node, i) => { node.dataset.turn = i; });
  return list.length;
}"""

_FOCUSED = """() => {
  const node = document.activeElement;
  const marked = (one) => {
    if (!one) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const near = [node, node.nextElementSibling, node.parentElement];
  const shown = node instanceof SVGElement || near.some(marked);
  return [node.dataset?.turn ?? null, shown, node.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_every_control_and_shows_where_it_is(open_app: Open, name: str) -> None:
    page = open_app(address(name)).page
    settled(page, name, "en")
    if name == "methods":  # one source is as good as all
        page.get_by_label("Search the sources").fill("CRONIO_202206")
    count = page.evaluate(_REACHABLE)
    assert count > 15
    reached, hidden = set(), []
    page.evaluate("document.body.focus()")
    for _ in range(count + 12):
        page.keyboard.press("Tab")
        turn, shown, markup = page.evaluate(_FOCUSED)
        if turn is not None:
            reached.add(int(turn))
            if not shown:
                hidden.append(markup)
        if len(reached) == count:
            break
    missed = [
        page.locator(f"[data-turn='{turn}']").evaluate("n => n.outerHTML.slice(0, 120)")
        for turn in sorted(set(range(count)) - reached)
    ]
    assert missed == []
    assert hidden == []


def test_a_finger_moves_a_slider_and_turns_to_a_tab(open_app: Open) -> None:
    page = open_app("/bargain", width=390, touch=True).page
    slider = page.locator(".dial input[type=range]").nth(2)
    slider.scroll_into_view_if_needed()
    before = float(slider.input_value())
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("set="))
    assert float(slider.input_value()) > before
    figure = page.locator("tregua-figure").first
    figure.get_by_role("tab", name="Table").tap()
    assert figure.locator("[role=tabpanel]:visible table tbody tr").count() > 5


# ---- on paper -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["record", "lab", "bargain"])
def test_paper_holds_figures_sources_and_address_and_no_controls(open_app: Open, name: str) -> None:
    opened = open_app(address(name), scheme="dark")
    page = opened.page
    settled(page, name, "en")
    page.locator("tregua-figure .chart.done svg").first.wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    controls = page.locator("header.top, .tabs, main select, main button:not(.sort), main textarea")
    assert [one.inner_text() for one in controls.all() if one.is_visible()] == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    light = page.evaluate("getComputedStyle(document.querySelector('main h1')).color")
    assert sum(map(int, light.removeprefix("rgb(").rstrip(")").split(", "))) < 150  # nearly black
    address_told = page.locator("#paper-address")
    assert address_told.is_visible() and f"/{name}" in address_told.inner_text()
    assert "http://127.0.0.1" in address_told.inner_text()
    assert "tregua 0" in page.locator("tregua-figure .cited").first.inner_text()
    inside = """all => all.every((box) => box.scrollHeight <= box.clientHeight + 1
      || getComputedStyle(box).overflowY === "visible")"""
    assert page.locator("main .scroll").evaluate_all(inside)  # no table is cut
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen", color_scheme="dark")
    assert page.locator("header.top").is_visible()
    assert opened.errors == []
