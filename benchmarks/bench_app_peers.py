"""The Lab beside the same job in Panel and in Shiny for Python, in one run.

Four assumptions on sliders, a fan of 200 worlds over ten years against the record, a button that
runs 2,000 worlds with progress: `benchmarks/peers/panel_lab.py` and `shiny_lab.py` are small pages
of our own on tregua's functions (`benchmarks/peers/lab_job.py`), so that all three run the same
kernel with the same threads. A headless Chromium asks each in turn, round after round, so that
whatever else the machine does meets all alike; one table is printed, in Markdown.

    python benchmarks/bench_app_peers.py --peer-python panel=PATH --peer-python shiny=PATH

PATH is an interpreter with `benchmarks/peers/requirements-panel.txt` or `-shiny.txt` and tregua's
own dependencies. A peer without one is left out, and a line says so. `--quick` takes one round.

How it is measured: a redraw is the time from the key press, as the page sees it, to the last change
of the chart before it stays the same for 0.3 s; tregua's page marks when the fan is drawn, and the
mark is taken. It is the plan's fan in all: what is said of it beside the status quo comes in
tregua's page when the slider rests, in the others with the run. `less the simulation` takes away
the median of the same worlds run in this process, round by round. Weight is what came over the wire
until 1.5 s after the first chart, messages of a socket included, and the same squeezed by gzip
where the server does not squeeze. Memory is resident, of the server and its children; processor
time is that of all their threads (both Linux), and is what may be compared where the machine is
busy.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # run as a file, as a module or by a test

from benchmarks.peers.lab_job import MANY, PLAN, SLIDERS, Job  # noqa: E402

from tregua.app.links import pack  # noqa: E402

QUIET = 0.3  # seconds after which a chart has stopped changing
PAUSE = 0.9  # seconds between two presses, in which a page may tidy up
TIMEOUT = 120.0
PROBE = (Path(__file__).parent / "peers" / "page_probe.js").read_text(encoding="utf-8")
# As the browser tests: nothing of Chromium's own asks other hosts meanwhile.
FLAGS = ["--no-sandbox", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Lab:
    """A page that does the job.

    Attributes
    ----------
    name
        As printed.
    python
        Interpreter; empty: not there.
    module
        What is imported before it serves.
    command
        Arguments of the interpreter that serves at a port, with a folder for whatever it keeps.
    path
        Of the page of a session.
    chart, ready, slider, state, progress, run
        Selectors: what is watched; what is there once the fan is drawn; the first slider; the line
        that says how many worlds were run; the one that says how far a run is; the button. They are
        looked for in shadow trees too.
    mark
        Attribute of `ready` that changes with each redraw; empty if the chart only changes then.
    """

    name: str
    python: str
    module: str
    command: Callable[[int, str], list[str]]
    chart: str
    ready: str
    slider: str
    state: str
    progress: str
    run: str
    mark: str = ""
    path: Callable[[int], str] = lambda _: "/"
    found: dict[str, list[Any]] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    address: str = ""

    def note(self, name: str, *values: Any) -> None:
        """Keep what was measured."""
        self.found.setdefault(name, []).extend(values)


def labs(pythons: dict[str, str]) -> list[Lab]:
    """All pages, tregua's own first."""

    def path(number: int) -> str:
        # No reader asks what another has asked: a result that is kept would be no run.
        plan = PLAN | {"assumptions": {SLIDERS[0]: round(0.5 + 0.00001 * number, 5)}}
        return f"/lab?s={pack(plan)}"

    def served(port: int, folder: str) -> list[str]:
        serve = [
            "-c",
            "from tregua.cli import start; start()",
            "serve",
            "--no-browser",
            "--port",
            str(port),
            "--folder",
            folder,
        ]
        return [*serve, "--json"]

    def peer(name: str) -> Callable[[int, str], list[str]]:
        return lambda port, _: ["-m", f"benchmarks.peers.{name}_lab", str(port)]

    page = ".page-lab[data-drawn]"
    slider = "tregua-sliders input[type=range]"
    # fmt: off
    return [
        Lab("tregua", sys.executable, "tregua.app", served, ".lab-main svg", page, slider,
            "#lab-state", ".run-count", "#lab-run", "data-drawn", path),
        Lab("Panel", pythons.get("panel", ""), "benchmarks.peers.panel_lab", peer("panel"),
            "canvas", "canvas", ".MuiSlider-root input", ".state .MuiTypography-root",
            ".state .MuiTypography-root", ".run button"),
        Lab("Shiny", pythons.get("shiny", ""), "benchmarks.peers.shiny_lab", peer("shiny"),
            ".js-plotly-plot", ".js-plotly-plot .scatterlayer path", ".irs-line", "#state",
            ".progress-message", "#run"),
    ]
    # fmt: on


# -- Servers ---------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    """Of every process: this checkout, and numerical libraries that leave threads to the kernel."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return os.environ | threads | {"PYTHONPATH": path}


def imported(lab: Lab) -> float:
    """Seconds that a fresh process takes to import what the page needs."""
    text = f"import time; begun = time.perf_counter(); import {lab.module}; "
    text += "print(time.perf_counter() - begun)"
    made = subprocess.run(
        [lab.python, "-c", text], env=environment(), cwd=ROOT, capture_output=True, check=True
    )
    return float(made.stdout.split()[-1])


def started(lab: Lab, folder: Path) -> float:
    """Start a server; seconds until it answers with 200."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab.address = f"http://127.0.0.1:{port}"
    place = folder / f"{lab.name}-{port}"
    place.mkdir()
    begun = time.perf_counter()
    with (place / "log").open("wb") as log:
        lab.process = subprocess.Popen(
            [lab.python, *lab.command(port, str(place))],
            env=environment(),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    while time.perf_counter() - begun < TIMEOUT:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(lab.address + lab.path(0), timeout=60) as reply,
        ):
            if reply.status == 200:
                return time.perf_counter() - begun
        if lab.process.poll() is not None:
            raise RuntimeError(f"{lab.name} ended: {(place / 'log').read_text()[-2000:]}")
        time.sleep(0.02)
    raise TimeoutError(f"{lab.name} does not answer.")


def stop(lab: Lab) -> None:
    """End a server that was started here."""
    if lab.process is not None:
        lab.process.terminate()
        try:
            lab.process.wait(15)
        except subprocess.TimeoutExpired:
            lab.process.kill()
            lab.process.wait(15)
    lab.process = None


def memory(pid: int) -> float:
    """Resident megabytes of a process and its children (Linux)."""
    total, children = 0.0, Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total = int(line.split()[1]) / 1024
        total += sum(memory(int(child)) for child in children.read_text().split())
    return total


def processor(pid: int) -> float:
    """Seconds of processor that a process and its ended children have had (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return float(sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"))


@contextlib.contextmanager
def worked(lab: Lab, name: str, times: int = 1) -> Iterator[None]:
    """Keep the seconds of processor that a server takes while the context lasts."""
    assert lab.process is not None
    before = processor(lab.process.pid)
    yield
    lab.note(name, (processor(lab.process.pid) - before) / times)


@contextlib.contextmanager
def watched(lab: Lab) -> Iterator[list[float]]:
    """Memory of a server, ten times a second while the context lasts."""
    assert lab.process is not None
    pid, seen, over = lab.process.pid, [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            seen.append(memory(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


# -- Pages -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def page_of(browser: Browser, lab: Lab, width: int = 1360) -> Iterator[Page]:
    """A page of a reader of its own, with the probe, not yet at an address."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(1000 * TIMEOUT)
    told = ", ".join(repr(text) for text in (lab.chart, lab.ready, lab.mark))
    context.add_init_script(f"{PROBE}\nwatchPage({told});")
    try:
        yield context.new_page()
    finally:
        context.close()


def first_chart(page: Page, lab: Lab, number: int = 0) -> float:
    """Go to the address; milliseconds until the fan is drawn."""
    page.goto(lab.address + lab.path(number), wait_until="commit")
    try:
        return float(page.evaluate(f"probe.settled({1000 * QUIET}, {1000 * TIMEOUT})"))
    except Error as error:
        raise SystemExit(f"{lab.name}: page {number} drew no chart ({error.message}).") from error


def opening(page: Page, lab: Lab) -> None:
    """Open it as a new reader does: first chart, weight, requests, and who else was asked."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    wire: list[float] = []
    text: list[str] = []
    ended: list[str] = []
    asked: list[str] = []
    devtools.on("Network.loadingFinished", lambda told: ended.append(told["requestId"]))
    devtools.on("Network.loadingFinished", lambda told: wire.append(told["encodedDataLength"]))
    for way in ("Received", "Sent"):
        devtools.on(
            f"Network.webSocketFrame{way}",
            lambda told: text.append(told["response"]["payloadData"]),
        )
    page.context.on("request", lambda request: asked.append(request.url))
    lab.note("first chart", first_chart(page, lab))
    page.wait_for_timeout(1500)
    lab.note("wire", (sum(wire) + sum(map(len, text))) / 1000)
    lab.note("requests", len(asked))
    own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    lab.note("outside", len([url for url in asked if not url.startswith(own)]))
    whole = list(map(str.encode, text))
    for name in ended:
        with contextlib.suppress(Exception):  # a stream or a redirect has no body
            whole.append(
                devtools.send("Network.getResponseBody", {"requestId": name})["body"].encode()
            )
    lab.note("squeezed", sum(len(gzip.compress(body, 6)) for body in whole) / 1000)
    devtools.detach()


def press(page: Page, lab: Lab, key: str) -> None:
    """Press a key on the slider; milliseconds until the fan has followed."""
    page.evaluate("selector => probe.find(selector).focus()", lab.slider)
    page.evaluate("probe.forget()")
    with worked(lab, "redraw: processor"):
        page.keyboard.press(key)
        lab.note("redraw", float(page.evaluate(f"probe.redrawn({1000 * QUIET}, {1000 * TIMEOUT})")))
    page.wait_for_timeout(1000 * PAUSE)


def ask_for_many(page: Page, lab: Lab) -> None:
    """Press Run; the page remembers when it was done."""
    page.evaluate(
        "([button, line, text, progress]) => probe.run(button, line, text, progress)",
        [lab.run, lab.state, f"{MANY:,} worlds", lab.progress],
    )


def done(page: Page, lab: Lab) -> tuple[float, float]:
    """When Run was pressed and when the page said that it was done, in seconds since 1970."""
    try:
        pressed, ended = page.evaluate(f"probe.finished({1000 * TIMEOUT})")
    except Error as error:
        line = page.evaluate("selector => probe.find(selector)?.textContent", lab.state)
        raise SystemExit(f"{lab.name}: a run did not end; the page says '{line}'.") from error
    return float(pressed) / 1000, float(ended) / 1000


def violations(page: Page) -> str:
    """Rules and elements that axe complains about."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
    broken = Axe().run(page, options=options).response["violations"]
    if not broken:
        return "0"
    nodes = sum(len(rule["nodes"]) for rule in broken)
    grave = sum(rule["impact"] in ("critical", "serious") for rule in broken)
    return f"{len(broken)} rules ({grave} serious or critical), {nodes} elements"


def sessions(browser: Browser, lab: Lab, number: int) -> None:
    """So many readers press Run at once: when the first and the last is done, and the memory."""
    assert lab.process is not None
    name = f"{number} sessions"
    lab.note(f"{name}: before", memory(lab.process.pid))
    with watched(lab) as seen, contextlib.ExitStack() as open_pages:
        pages = [open_pages.enter_context(page_of(browser, lab, 1000)) for _ in range(number)]
        for place, page in enumerate(pages):
            first_chart(page, lab, 100 * number + place)
        with worked(lab, f"{name}: processor"):
            for page in pages:
                ask_for_many(page, lab)
            times = [done(page, lab) for page in pages]
        begun = min(pressed for pressed, _ in times)
        ends = sorted(ended - begun for _, ended in times)
        lab.note(f"{name}: first", ends[0])
        lab.note(f"{name}: last", ends[-1])
    lab.note(f"{name}: peak", max(seen))
    time.sleep(3)
    lab.note(f"{name}: after", memory(lab.process.pid))


# -- Rounds ----------------------------------------------------------------------------------------


def simulation(job: Job, times: int) -> tuple[float, float]:
    """Median milliseconds of the worlds of one redraw in this process: the clock's, processor's."""
    job.fan(job.assumed())
    clock, used = [], []
    for number in range(times):
        given = job.assumed() | {SLIDERS[0]: round(0.6 + 0.001 * number, 3)}
        begun, before = time.perf_counter(), time.process_time()
        job.fan(given)
        clock.append(1000 * (time.perf_counter() - begun))
        used.append(1000 * (time.process_time() - before))
    return statistics.median(clock), statistics.median(used)


def one_round(
    browser: Browser, listed: list[Lab], job: Job, chosen: argparse.Namespace, folder: Path
) -> None:
    """Measure everything once, page after page, presses in turn."""
    for lab in listed:
        lab.note("import", imported(lab))
        lab.note("start", started(lab, folder))
    with contextlib.ExitStack() as held:
        pages = []
        for lab in listed:
            with page_of(browser, lab) as early:  # whatever a server makes once is made
                first_chart(early, lab)
            pages.append(held.enter_context(page_of(browser, lab)))
            opening(pages[-1], lab)
            if "axe" not in lab.found:
                lab.note("axe", violations(pages[-1]))
        for number in range(-1, chosen.presses):
            for page, lab in zip(pages, listed, strict=True):
                press(page, lab, "ArrowRight")
                if number < 0:  # the first press of a page
                    for name in ("redraw", "redraw: processor"):
                        lab.found[name].pop()
        bare, used = simulation(job, chosen.presses)
        for page, lab in zip(pages, listed, strict=True):
            recent = lab.found["redraw"][-chosen.presses :]
            lab.note("rest", statistics.median(recent) - bare)
            with worked(lab, "run: processor"):
                ask_for_many(page, lab)
                pressed, ended = done(page, lab)
            lab.note("run", ended - pressed)
            lab.note("progress", int(page.evaluate("probe.steps")))
    for number in chosen.sessions:
        for lab in listed:
            sessions(browser, lab, number)
    listed[0].note("bare", (bare, used))


def measure(listed: list[Lab], chosen: argparse.Namespace) -> None:
    """All rounds."""
    job = Job()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for number in range(chosen.rounds):
            turn = number % len(listed)
            try:
                one_round(browser, listed[turn:] + listed[:turn], job, chosen, Path(folder))
            finally:
                for lab in listed:
                    stop(lab)
            print(f"round {number + 1} of {chosen.rounds} done", file=sys.stderr, flush=True)
        browser.close()


# -- The table -------------------------------------------------------------------------------------


def middle(lab: Lab, name: str, form: str) -> str:
    """Median of what was measured, written."""
    return format(statistics.median(lab.found[name]), form)


def rows(numbers: list[int]) -> list[tuple[str, Callable[[Lab], str]]]:
    """What the table says, line by line."""
    m = middle
    listed: list[tuple[str, Callable[[Lab], str]]] = [
        ("import, s", lambda lab: m(lab, "import", ".1f")),
        ("process start to first answer, s", lambda lab: m(lab, "start", ".1f")),
        (
            "page open to first chart, s",
            lambda lab: f"{float(m(lab, 'first chart', 'f')) / 1e3:.2f}",
        ),
        (
            "page weight on the wire (squeezed), kB",
            lambda lab: f"{m(lab, 'wire', ',.0f')} ({m(lab, 'squeezed', ',.0f')})",
        ),
        ("requests", lambda lab: m(lab, "requests", ".0f")),
        (
            "key press on a slider to redraw, median / worst, ms",
            lambda lab: f"{m(lab, 'redraw', '.0f')} / {max(lab.found['redraw']):.0f}",
        ),
        ("... less the simulation, ms", lambda lab: m(lab, "rest", ".0f")),
        (
            "... processor of the server, mean, ms",
            lambda lab: f"{1000 * statistics.mean(lab.found['redraw: processor']):.0f}",
        ),
        (
            f"run of {MANY:,} worlds (processor of the server), s",
            lambda lab: f"{m(lab, 'run', '.1f')} ({m(lab, 'run: processor', '.1f')})",
        ),
        ("... times that its progress was told", lambda lab: m(lab, "progress", ".0f")),
    ]
    for number in numbers:
        name = f"{number} sessions"
        listed += [
            (
                f"{number} sessions press Run at once: first / last done (processor), s",
                lambda lab, name=name: (
                    f"{m(lab, f'{name}: first', '.1f')} / {m(lab, f'{name}: last', '.1f')} "
                    f"({m(lab, f'{name}: processor', '.1f')})"
                ),
            ),
            (
                "... server memory before / at the peak / after, MB",
                lambda lab, name=name: " / ".join(
                    m(lab, f"{name}: {when}", ".0f") for when in ("before", "peak", "after")
                ),
            ),
        ]
    return [
        *listed,
        ("requests outside 127.0.0.1", lambda lab: m(lab, "outside", ".0f")),
        ("axe, WCAG 2.2 AA and good practice", lambda lab: str(lab.found["axe"][0])),
    ]


def version(lab: Lab) -> str:
    """Name and versions, as the head of a column."""
    packages = {"Panel": ("panel", "panel-material-ui"), "Shiny": ("shiny", "shinywidgets")}
    if lab.name not in packages:
        return lab.name
    text = "from importlib.metadata import version; "
    text += f"print(' + '.join(f'{{n}} {{version(n)}}' for n in {packages[lab.name]!r}))"
    told = subprocess.run([lab.python, "-c", text], capture_output=True, check=True, text=True)
    return told.stdout.strip()


def print_table(listed: list[Lab], chosen: argparse.Namespace) -> None:
    """Print all rows."""
    both = [each for lab in listed for each in lab.found.get("bare", [])]
    bare, used = (statistics.median(column) for column in zip(*both, strict=True))
    print(f"{chosen.rounds} rounds of {chosen.presses} presses on {os.cpu_count()} processors.")
    print(f"The worlds of one redraw alone: {bare:.0f} ms, {used:.0f} ms of processor.")
    print()
    print("| | " + " | ".join(version(lab) for lab in listed) + " |")
    print("| --- |" + " --- |" * len(listed))
    for name, cell in rows(chosen.sessions):
        print(f"| {name} | " + " | ".join(cell(lab) for lab in listed) + " |")


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument(
        "--peer-python", action="append", default=[], metavar="NAME=PATH", help="panel or shiny"
    )
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--presses", type=int, default=15, help="on a slider, each round")
    options.add_argument("--sessions", type=int, nargs="*", default=[8, 20], metavar="N")
    options.add_argument("--quick", action="store_true", help="one round of five presses")
    chosen = options.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.presses = 1, 5
    pythons = dict(each.partition("=")[::2] for each in chosen.peer_python)
    unknown = sorted(set(pythons) - {"panel", "shiny"})
    if unknown:
        options.error(f"--peer-python {unknown[0]}: panel=PATH or shiny=PATH.")
    listed = labs(pythons)
    for lab in listed:
        if not shutil.which(lab.python or " "):
            print(f"{lab.name}: no interpreter was named, or it is not there: left out.")
    listed = [lab for lab in listed if shutil.which(lab.python or " ")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers end with it
    measure(listed, chosen)
    print_table(listed, chosen)


if __name__ == "__main__":
    main()
