"""Does the methods page tell how it was made, and do its recipes give what they say?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from click.testing import CliRunner

from tregua import record
from tregua.cli import main
from tregua.infer.scores.shipped import shipped_targets

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def block(page: Any, label: str) -> Any:
    return page.locator(".block", has=page.get_by_role("heading", name=label, exact=True))


def test_scores_are_met_and_missed_as_shipped(open_app: Open) -> None:
    page = open_app("/methods").page
    targets = shipped_targets()
    assert page.locator(".targets tbody tr").count() == len(targets)
    assert page.locator(".targets tbody b").count() == int((targets["met"] == "missed").sum())
    page.wait_for_selector(".pair .chart.done >> nth=1")
    assert page.locator(".pair svg").count() == 2


def test_sources_are_all_there_and_searched(open_app: Open) -> None:
    page = open_app("/methods").page
    known = record.load("el-salvador").sources
    assert page.locator("#data tbody tr").count() == len(known)
    page.get_by_label("Search the sources").fill("el faro")
    shown = page.locator("#data tbody tr").count()
    text = known[["id", "title", "publisher"]].fillna("").agg(" ".join, axis=1).str.casefold()
    assert shown == int(text.str.contains("el faro", regex=False).sum()) > 3


def test_recipes_of_the_last_view_give_its_rows(open_app: Open, app_address: str) -> None:
    page = open_app("/record?series=homicides&agencies=IML&from=2012-01&to=2012-12").page
    page.locator("#nav [data-page=methods]").click()
    page.wait_for_selector("main[data-ready^=methods]")
    page.wait_for_selector(".block >> nth=3")
    curl = block(page, "With curl").locator("pre").inner_text()
    address = re.search(r"'(http[^']+)'", curl)[1]
    assert address.startswith(app_address)
    rows = page.request.get(address).text().splitlines()[1:]
    assert len(rows) > 6 and all(",IML," in row for row in rows)
    command = shlex.split(block(page, "In a terminal").locator("pre").inner_text())
    done = CliRunner().invoke(main, command[1:])
    assert done.exit_code == 0 and '"IML"' in done.output
    names: dict[str, Any] = {}
    exec(block(page, "In Python").locator("pre").inner_text(), names)  # our own page's recipe
    assert set(names["rows"]["agency"]) == {"IML"}
    r = block(page, "In R, with httr2").locator("pre").inner_text()
    assert "library(httr2)" in r and '`agencies` = "IML"' in r


def test_copy_buttons_copy(open_app: Open) -> None:
    page = open_app("/methods").page
    part = block(page, "CITATION.cff")
    part.get_by_role("button").click()
    page.wait_for_selector("button:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == (ROOT / "CITATION.cff").read_text(encoding="utf-8").strip()


def test_contents_lead_to_the_parts_and_parameters_open(open_app: Open) -> None:
    page = open_app("/methods?lang=es").page
    page.locator(".contents a[href='#cite']").click()
    assert page.url.endswith("#cite")
    assert page.locator("#cite").is_visible()
    page.locator("details.wide summary").first.click()
    rows = page.locator("#model details tbody tr")
    rows.nth(100).wait_for(state="attached")  # they are made when the browser tells of the opening
    assert rows.count() > 100
    page.locator("#data th button").first.click()
    assert page.locator("#data th[aria-sort=ascending]").count() == 1
