"""A headless Chromium of Debian's packages, and in it the synthetic report, offline, or the app."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.browser import synthetic

playwright_api = pytest.importorskip("playwright.sync_api")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """An opened report with all that it asked for and complained about."""

    page: playwright_api.Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def chromium() -> Iterator[playwright_api.Browser]:
    """A browser for a file of tests: one that idles behind all other tests may not end well."""
    path = shutil.which("chromium")
    if path is None:
        message = "Chromium is missing: install Debian's package 'chromium' to run browser tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tregua import report

    return report.write(synthetic.findings(), tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tregua import report

    return report.write(synthetic.hostile(), tmp_path_factory.mktemp("hostile") / "report.html")


@pytest.fixture
def open_report(
    chromium: playwright_api.Browser, report_file: Path
) -> Iterator[Callable[..., Opened]]:
    """Open a report: language, colour scheme, width, with or without JavaScript."""
    contexts = []

    def opened(
        lang: str = "en",
        *,
        scheme: str = "light",
        width: int = 1360,
        script: bool = True,
        file: Path = report_file,
        whole: bool = True,
    ) -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            offline=True,
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        found = Opened(context.new_page())
        context.on("request", lambda request: found.requests.append(request.url))
        found.page.on(
            "console",
            lambda message: found.errors.append(message.text) if message.type == "error" else None,
        )
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.goto(f"{file.as_uri()}#{lang}")
        if script and whole:
            found.page.wait_for_selector("#page[data-ready]", timeout=60_000)
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def app_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the app on this machine."""
    pytest.importorskip("fastapi")
    from tests.app_server import serving

    with serving(tmp_path_factory.mktemp("app")) as server:
        yield server.address


@pytest.fixture
def open_app(chromium: playwright_api.Browser, app_address: str) -> Iterator[Callable[..., Opened]]:
    """Open an address of the app: width, colour scheme, touch."""
    contexts = []

    def opened(
        path: str = "/record", *, scheme: str = "light", width: int = 1360, touch: bool = False
    ) -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            has_touch=touch,
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        found = Opened(context.new_page())
        context.on("request", lambda request: found.requests.append(request.url))
        found.page.on(
            "console",
            lambda message: (
                found.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.goto(f"{app_address}{path}")
        found.page.wait_for_selector("main[data-ready]")
        return found

    yield opened
    for context in contexts:
        context.close()
