"""How fast is the Lab in a browser: from a key press on a slider to the chart that follows it.

Opens the Lab in a headless Chromium at 200 worlds, moves a slider again and again, each time after
the former chart is on the screen, and prints the median and the 95th percentile, beside the time
that the server says it took; then the time from opening the page to its first chart, and the weight
of everything the page loaded. Each round has a fresh browser context; the server is the same.

    python benchmarks/bench_app_page.py [--rounds 3] [--presses 40] [--address http://127.0.0.1:8000]
"""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tregua.app.links import pack

TIMES = r"""() => new Promise((told) => {
  const slider = document.querySelector("tregua-sliders input[type=range]");
  const page = document.querySelector(".page-lab");
  const begun = performance.now();
  const watch = new MutationObserver(() => {
    watch.disconnect();
    const served = Number((document.querySelector(".run-state").textContent.match(/(\d+) ms/))[1]);
    requestAnimationFrame(() => told([performance.now() - begun, served]));
  });
  watch.observe(page, { attributes: true, attributeFilter: ["data-drawn"] });
  slider.stepUp();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


SHOWN = "() => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))"


def serve(folder: Path) -> str:
    """A server of this process; its address."""
    import uvicorn

    from tregua.app import Settings, create

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create(Settings(folder=folder, port=port))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}"


def opened(page: Page, address: str, seed: int = 1) -> dict[str, Any]:
    """Open the Lab; milliseconds to its first chart and bytes over the wire.

    Worlds of another seed are worlds that the server has not run before.
    """
    form = page.request.get(f"{address}/api/lab/form").json()
    state = pack({**form["presets"][1]["scenario"], "seed": seed})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    weight: list[float] = []
    session.on("Network.loadingFinished", lambda told: weight.append(told["encodedDataLength"]))
    begun = time.perf_counter()
    page.goto(f"{address}/lab" if seed == 1 else f"{address}/lab?s={state}")
    page.wait_for_selector(".page-lab[data-drawn]", timeout=300_000)
    first = 1000 * (time.perf_counter() - begun)
    page.wait_for_timeout(1500)
    return {"first": first, "bytes": sum(weight), "requests": len(weight)}


def presses(page: Page, number: int) -> list[tuple[float, float]]:
    """Milliseconds from a press to the redrawn fan, and those of the server."""
    found = []
    for _ in range(number):
        page.evaluate(SHOWN)
        found.append(tuple(page.evaluate(TIMES)))
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--presses", type=int, default=40)
    parser.add_argument("--address", default="", help="of a server that runs already")
    asked = parser.parse_args()
    address = asked.address or serve(Path(tempfile.mkdtemp()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        opened(browser.new_context().new_page(), address)  # states at the origin are made once
        print(f"{'':<8}{'first chart':>13}{'to redraw, median':>19}{'95 %':>8}{'server':>9}")
        for number in range(asked.rounds):
            page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
            told = opened(page, address)
            if number:
                opened(page, address, seed=number + 1)
            presses(page, 3)
            found = presses(page, asked.presses)
            taken = sorted(whole for whole, _ in found)
            high = taken[min(len(taken) - 1, round(0.95 * len(taken)))]
            served = statistics.median(server for _, server in found)
            print(
                f"round {number + 1:<2}{told['first']:>10,.0f} ms"
                f"{statistics.median(taken):>16.0f} ms{high:>5.0f} ms{served:>6.0f} ms"
            )
            page.context.close()
        print(f"page weight: {told['bytes'] / 1000:,.0f} kB in {told['requests']} requests")
        browser.close()


if __name__ == "__main__":
    main()
