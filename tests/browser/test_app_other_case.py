"""Do all pages open for a case of one's own and for a study's folder, and say what is lacking?"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from click.testing import CliRunner
from playwright.sync_api import expect
from tests.app_server import serving

import tregua.record
from tregua.app.routes.site import PAGES
from tregua.assess.shipped import FILE, shipped_path
from tregua.cli import main
from tregua.report.text import catalogue

pytestmark = pytest.mark.browser

RUNS = ("lab", "compare", "robust")


@pytest.fixture(scope="module")
def new_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the synthetic case that `tregua case new` writes: it has no script."""
    folder = tmp_path_factory.mktemp("new")
    made = CliRunner().invoke(main, ["case", "new", str(folder / "synthetica")])
    assert made.exit_code == 0, made.output
    with serving(folder / "kept", case=folder / "synthetica") as server:
        yield server.address


@pytest.fixture(scope="module")
def own_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of a folder with a script, but without origins or a posterior."""
    folder = tmp_path_factory.mktemp("own")
    shipped = Path(tregua.record.__file__).parent / "cases" / "el-salvador"
    shutil.copytree(shipped, folder / "mine")
    toml = folder / "mine" / "case.toml"
    text = toml.read_text(encoding="utf-8").replace('name = "el-salvador"', 'name = "mine"', 1)
    lines = [line for line in text.splitlines() if not line.startswith("origins")]
    toml.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with serving(folder / "kept", case=folder / "mine") as server:
        yield server.address


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """Open an address; what the page complained of stands in `errors`."""
    contexts = []

    def opened(address: str) -> tuple[Any, list[str]]:
        context = chromium.new_context(viewport={"width": 1360, "height": 900})
        contexts.append(context)
        page, errors = context.new_page(), []
        page.on(
            "console",
            lambda message: (
                errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("main[data-ready]", timeout=60_000)
        return page, errors

    yield opened
    for context in contexts:
        context.close()


def go(page: Any, name: str, lang: str) -> None:
    """Follow the navigation to a page."""
    page.locator(f"#nav [data-page={name}]").click()
    page.wait_for_selector(f"main[data-ready='{name} {lang}']", timeout=120_000)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_new_case_opens_everywhere_and_says_what_it_lacks(
    visit: Any, new_case: str, lang: str
) -> None:
    words = catalogue(lang)
    page, errors = visit(f"{new_case}/methods?lang={lang}")
    title = "Ejemplo sintético" if lang == "es" else "Synthetic example"
    assert page.locator(".case summary").inner_text().endswith(title)
    for name in PAGES:
        go(page, name, lang)
        alerts = page.locator("[role=alert]")
        if name in RUNS:
            assert words["app.noworlds"] in page.locator("main").inner_text()
            assert "[[script]]" in page.locator("main pre").inner_text()
            assert page.locator("main a[href^='/record']").count() == 1
        elif name == "claims":
            assert "tregua assess synthetica" in page.locator(".callout").inner_text()
            assert page.locator(".claim").count() == 60
        elif name == "hidden-pact":  # twelve months of counts are too few
            alerts.wait_for()
            assert "24" in alerts.inner_text()
        assert alerts.count() == (name == "hidden-pact"), name
    assert errors == []


def test_a_case_without_origins_or_presets_runs_its_worlds(visit: Any, own_case: str) -> None:
    page, errors = visit(f"{own_case}/lab")
    page.wait_for_selector(".page-lab:not([data-busy])", timeout=120_000)
    first = page.locator(".lab-numbers .big").first
    expect(first).to_have_text(re.compile(r"^[\d,]+$"), timeout=120_000)
    assert page.locator(".preset").count() == 0
    for name in ("compare", "robust"):
        go(page, name, "en")
        assert page.locator("[role=alert]").count() == 0
        assert page.locator("main").evaluate("m => !/false|undefined/.test(m.innerText)")
    assert page.locator(".page-robust select").first.evaluate("s => /\\d{4}/.test(s.innerText)")
    assert errors == []


def test_the_verdicts_of_a_study_are_shown_and_not_those_that_come_with_the_case(
    visit: Any, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    study.mkdir()
    held = json.loads(shipped_path().read_text(encoding="utf-8"))
    changed = next(one for one in held["verdicts"] if one["verdict"] == "supported")
    changed["verdict"] = "mixed"
    held["provenance"] |= {"command": "tregua assess el-salvador --worlds 9", "record": "0" * 16}
    (study / FILE).write_text(json.dumps(held), encoding="utf-8")
    with serving(tmp_path / "kept", study=study) as server:
        page, errors = visit(f"{server.address}/claims?verdict=supported")
        command = page.locator(".made code").inner_text()
        told = page.locator(".callout").inner_text()
        supported = page.locator(".claim:visible").count()
        assert errors == []
    shipped = json.loads(shipped_path().read_text(encoding="utf-8"))["verdicts"]
    assert command == "tregua assess el-salvador --worlds 9"
    assert "0" * 16 in told  # made of another state of the record, and it says so
    assert supported == sum(one["verdict"] == "supported" for one in shipped) - 1


def test_a_study_without_verdicts_shows_none(visit: Any, tmp_path: Path) -> None:
    (tmp_path / "study" / "data").mkdir(parents=True)
    with serving(tmp_path / "kept", study=tmp_path / "study") as server:
        page, errors = visit(f"{server.address}/claims")
        assert errors == []
        assert page.locator(".tally button").count() == 1  # "not tested"
        assert "tregua assess el-salvador" in page.locator(".callout").inner_text()
