"""Does the report work for a stranger: offline, in both languages, by keyboard, on paper?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser import synthetic

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
INSIDE = ("file:", "data:", "blob:")


def test_no_request_leaves_the_page_and_nothing_is_complained_of(open_report: Open) -> None:
    opened = open_report()
    page = opened.page
    for lang in ("es", "en"):
        page.locator(f"[data-lang={lang}]").click()
        page.wait_for_selector(f"#page[data-ready={lang}]")
    for name in ("record", "core", "fans-2012-01"):
        for summary in page.locator(f"#fig-{name} summary").all():
            summary.click()
    assert [url for url in opened.requests if not url.startswith(INSIDE)] == []
    assert opened.errors == []


def test_every_chart_is_drawn(open_report: Open) -> None:
    page = open_report().page
    drawn = page.locator(".chart.done svg")
    assert page.locator(".chart").count() == 14
    assert drawn.count() == 14
    assert all(box.bounding_box()["height"] > 100 for box in drawn.all())
    assert page.locator("text=/NaN|undefined|\\[object/").count() == 0


@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_axe_finds_no_violation(open_report: Open, lang: str, width: int) -> None:
    page = open_report(lang, width=width).page
    # Long tables are all made by one function: opening one of them tries it, opening all of them
    # would have axe weigh fifty thousand cells. Vega's drawings are hidden from assistive
    # technology; their text alternative is on the element around them.
    page.evaluate(
        "document.querySelectorAll('#page details:not(.bulk), #fig-disagreements details')"
        ".forEach((d) => { d.open = true; })"
    )
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {
        "runOnly": {"type": "tag", "values": tags},
        "resultTypes": ["violations"],
        "elementRef": False,
    }
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        context = {"include": ["html"], "exclude": [".chart svg"]}
        found = Axe().run(page, context=context, options=options)
        problems = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:4])
            for rule in found.response["violations"]
        ]
        assert problems == [], scheme
        assert len(found.response["passes"]) > 20  # axe did look


def test_the_switch_changes_language_texts_and_charts(open_report: Open) -> None:
    page = open_report().page
    english = page.locator("h1").inner_text()
    page.locator("[data-lang=es]").click()
    page.wait_for_selector("#page[data-ready=es]")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text() != english
    assert "El registro" in page.locator("#h-record").inner_text()
    assert "homicidios al mes" in page.locator("#fig-record svg").text_content()
    assert page.evaluate("location.hash") == "#es"
    assert page.title() == "Caso sintético · tregua"
    page.locator("[data-lang=en]").click()
    page.wait_for_selector("#page[data-ready=en]")
    assert page.locator("h1").inner_text() == english
    assert "homicides a month" in page.locator("#fig-record svg").text_content()


def test_a_link_remembers_language_and_place(open_report: Open) -> None:
    page = open_report("es/claims").page
    assert page.locator("html").get_attribute("lang") == "es"
    assert 0 <= page.locator("#claims").bounding_box()["y"] < 200


def test_a_choice_redraws_its_chart_and_survives_the_switch(open_report: Open) -> None:
    page = open_report().page
    svg = page.locator("#fig-ledger svg")
    before = svg.inner_html()
    page.locator("#fig-ledger").get_by_label("1\u00a0year", exact=True).check()
    page.wait_for_timeout(300)
    after = svg.inner_html()
    assert after != before
    page.locator("[data-lang=es]").click()
    page.wait_for_selector("#page[data-ready=es]")
    assert page.locator("#fig-ledger input:checked + span").all_inner_texts() == [
        "enero de 2012",
        "1\u00a0año",
    ]


def test_csv_holds_the_table_exactly(open_report: Open) -> None:
    page = open_report().page
    with page.expect_download() as waiting:
        page.locator("#fig-record [data-csv=homicides]").click()
    download = waiting.value
    assert download.suggested_filename == "tregua_synthetic_homicides.csv"
    rows = list(csv.DictReader(io.StringIO(Path(download.path()).read_text(encoding="utf-8"))))
    frame = synthetic.homicides()
    assert list(rows[0]) == list(frame.columns)
    assert len(rows) == len(frame)
    assert [float(row["value"]) for row in rows] == list(frame["value"])
    assert rows[0]["start"] == "2002-01-01"


def test_svg_stands_alone_with_its_sources_and_provenance(open_report: Open) -> None:
    page = open_report(scheme="dark").page
    with page.expect_download() as waiting:
        page.locator("#fig-level [data-svg]").click()
    download = waiting.value
    assert download.suggested_filename == "tregua_synthetic_level_en.svg"
    text = Path(download.path()).read_text(encoding="utf-8")
    ElementTree.fromstring(text)  # well-formed
    assert "var(--" not in text
    assert "The counts date 4 abrupt falls" in text
    assert "Invented publisher" in text
    assert f"seed 7 · 1000 worlds · record {'0' * 16}" in text
    assert "#11161b" not in text  # light colours, even from a dark page


def test_keyboard_alone_reaches_language_choices_and_tables(open_report: Open) -> None:
    page = open_report().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(14):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.lang") == "es":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#page[data-ready=es]")
    assert page.evaluate("document.activeElement.dataset.lang") == "es"
    page.locator("#fig-record details.data summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#fig-record details.data tbody tr")
    page.locator("#fig-core input").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#fig-core input:checked + span").inner_text() == "Mano dura"


def test_every_observed_row_leads_to_its_source(open_report: Open) -> None:
    page = open_report().page
    page.locator("#fig-record details.data summary").click()
    table = page.locator("#fig-record details.data table").first
    rows, links = table.locator("tbody tr"), table.locator("tbody a[href^='#source-']")
    assert rows.count() == len(synthetic.homicides())
    assert links.count() == rows.count()
    links.first.click()
    source = page.locator("#source-0")
    assert source.is_visible()
    assert source.locator("a[href^='https://']").count() == 1


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("width", [320, 390, 2560])
def test_nothing_overflows_sideways(open_report: Open, width: int, lang: str) -> None:
    page = open_report(lang, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for svg in page.locator(".chart svg").all():
        chart = svg.bounding_box()
        assert chart["x"] >= 0
        assert chart["x"] + chart["width"] <= width + 1


def test_labels_of_charts_do_not_leave_their_picture(open_report: Open) -> None:
    page = open_report("es", width=390).page
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.chart svg')].flatMap((svg) => {
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')].filter((t) => {
            const b = t.getBoundingClientRect();
            return b.width && t.textContent && getComputedStyle(t).opacity !== '0'
              && (b.left < box.left - 3 || b.right > box.right + 10);
          }).map((t) => svg.closest('[data-figure]').dataset.figure + ': ' + t.textContent);
        })"""
    )
    assert outside == []


def test_paper_shows_charts_and_opened_details(open_report: Open, tmp_path: Path) -> None:
    page = open_report(scheme="dark").page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".chart.done svg").count() == 14
    assert not page.locator("header.top").is_visible()
    assert page.locator(".claim details").first.locator("dl").is_visible()
    # On paper colours are those of the light scheme, also from a dark page.
    assert (
        page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 32, 43)"
    )
    file = tmp_path / "report.pdf"
    page.pdf(path=str(file), format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", file.read_bytes()))
    assert 8 <= pages <= 30


def test_without_javascript_texts_and_tables_stay(open_report: Open) -> None:
    opened = open_report(script=False)
    page = opened.page
    assert page.locator("h1").is_visible()
    assert page.locator("#counts table").first.is_visible()
    assert page.locator("#strategies table.ledger").first.is_visible()
    assert page.locator(".claim h4").count() == len(synthetic.verdicts())
    assert page.locator(".noscript").first.is_visible()
    page.locator("#source-details > summary").click()
    assert page.locator("#source-0").is_visible()
    assert [url for url in opened.requests if not url.startswith(INSIDE)] == []


def test_filters_leave_what_fits_announce_it_and_live_in_the_address(open_report: Open) -> None:
    page = open_report("en/claims?verdict=supported").page
    shown = page.locator(".claim:visible")
    assert [c.get_attribute("id") for c in shown.all()] == ["claim-44", "claim-29"]
    told = page.locator(".shown-claims")
    assert told.get_attribute("aria-live") == "polite"
    assert told.inner_text() == "2 of 6 claims shown."
    page.get_by_label("Only where the record qualifies the article").check()
    assert page.evaluate("location.hash") == "#en/claims?verdict=supported&qualifies=1"
    assert shown.count() == 1
    assert page.locator("#claims .group:visible").count() == 1
    page.locator("[data-lang=es]").click()
    page.wait_for_selector("#page[data-ready=es]")
    assert shown.count() == 1
    assert told.inner_text() == "Se muestran 1 de 6 afirmaciones."
    assert page.evaluate("location.hash") == "#es/claims?verdict=supported&qualifies=1"
    page.locator("[data-filter=verdict]").select_option("mixed")
    assert told.inner_text().startswith("Ninguna de las 6")
    page.locator("[data-clear]").click()
    assert shown.count() == 6
    assert page.evaluate("location.hash") == "#es/claims"


def test_filters_work_by_keyboard_and_drop_what_they_do_not_know(open_report: Open) -> None:
    page = open_report("en/claims?verdict=splendid&colour=red").page
    assert page.locator(".claim:visible").count() == 6
    page.locator("[data-filter=verdict]").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("location.hash === '#en/claims?verdict=supported'")
    assert page.locator(".claim:visible").count() == 2
    page.evaluate("location.hash = '#en/claim-30'")  # a link to a hidden claim shows it again
    page.wait_for_function("document.querySelectorAll('.claim[hidden]').length === 0")


def test_without_javascript_claims_are_a_plain_list(open_report: Open) -> None:
    page = open_report(script=False).page
    assert page.locator(".claim:visible").count() == len(synthetic.verdicts())
    assert not page.locator(".filters").is_visible()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_summary_is_one_sheet_of_either_paper_and_axe_finds_nothing(
    chromium: Any, tmp_path: Path, lang: str
) -> None:
    from tregua import report

    findings = synthetic.findings()
    crowded = synthetic.Findings(findings.record, findings.tables, findings.verdicts * 4)
    for name, shown in (("plain", findings), ("crowded", crowded)):
        file = report.write_onepage(shown, tmp_path / f"{name}.html", lang)
        page = chromium.new_page()
        page.goto(file.as_uri())
        for paper in ("A4", "Letter"):
            sheet = page.pdf(format=paper)
            assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1, (name, paper)
        found = Axe().run(page)
        assert found.response["violations"] == []
        page.close()


def test_hostile_strings_stay_strings(open_report: Open, hostile_file: Path) -> None:
    opened = open_report(file=hostile_file)
    page = opened.page
    for name in ("record", "core"):
        for summary in page.locator(f"#fig-{name} summary").all():
            summary.click()
    page.locator("[data-lang=es]").click()
    page.wait_for_selector("#page[data-ready=es]")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#page img").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert synthetic.HOSTILE in page.locator(".claim").first.inner_text()
    assert opened.errors == []


def test_the_page_and_python_fit_charts_alike(open_report: Open) -> None:
    from tregua.report.figures import builders, fit
    from tregua.report.page import tables_of
    from tregua.report.text import Text

    tables = tables_of(synthetic.findings())
    page = open_report(whole=False).page
    for build in builders(tables).values():
        spec = build(tables, Text("en"))
        for width in (288, 700, 1200):
            assert page.evaluate(
                "([spec, width]) => tregua.fit(spec, width)", [spec, width]
            ) == fit(spec, width)
