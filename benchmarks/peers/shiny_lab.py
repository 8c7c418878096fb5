"""The Lab's job as a page of Shiny for Python: its sliders, a Plotly widget whose traces change.

    python -m benchmarks.peers.shiny_lab PORT

An effect is a coroutine that computes in a thread, so that other sessions are served meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import plotly.graph_objects as go
import uvicorn
from benchmarks.peers.lab_job import MANY, SLIDERS, Job, said
from shiny import App, reactive, render, ui
from shinywidgets import output_widget, render_plotly

JOB = Job()
BANDS = ((0, 6, 0.2), (2, 4, 0.3))  # rows of the fan, and how dark
STEP = 0.05  # seconds between two looks at a run


def layout(_: Any) -> Any:
    """The page of one session."""
    sliders = []
    for name in SLIDERS:
        low, high, step, value = JOB.slider(name)
        sliders.append(ui.input_slider(name, name.replace("_", " "), low, high, value, step=step))
    return ui.page_sidebar(
        ui.sidebar(*sliders, ui.input_action_button("run", f"Run {MANY:,} worlds")),
        output_widget("fan"),
        ui.output_text("state"),
        title="Lab",
        lang="en",
    )


def chart(found: Any) -> Any:
    """Bands, median and record."""
    drawn = go.FigureWidget(layout={"template": "plotly_white", "title": "Homicides"})
    months, fan = found.months.astype("datetime64[ns]"), found.fan["recorded"]
    for low, high, dark in BANDS:
        hidden = {"x": months, "mode": "lines", "line": {"width": 0}, "showlegend": False}
        drawn.add_scatter(y=fan[low], **hidden)
        drawn.add_scatter(
            y=fan[high], fill="tonexty", fillcolor=f"rgba(40,90,160,{dark})", **hidden
        )
    drawn.add_scatter(x=months, y=fan[3], mode="lines", name="simulated")
    when, rates = JOB.points()
    drawn.add_scatter(x=when, y=rates, mode="markers", name="observed", marker={"size": 4})
    drawn.update_yaxes(title="per 100,000 a year")
    return drawn


def server(given: Any, _output: Any, _session: Any) -> None:
    """One session."""
    begun = time.perf_counter()
    first = JOB.fan(JOB.assumed())
    drawn = chart(first)
    told = reactive.value(said(first, time.perf_counter() - begun))

    def assumed() -> dict[str, float]:
        return {name: given[name]() for name in SLIDERS}

    def show(found: Any, seconds: float) -> None:
        fan = found.fan["recorded"]
        rows = [row for low, high, _ in BANDS for row in (low, high)]
        with drawn.batch_update():
            for trace, row in enumerate([*rows, 3]):
                drawn.data[trace].y = fan[row]
        told.set(said(found, seconds))

    @render_plotly
    def fan() -> Any:
        return drawn

    @render.text
    def state() -> str:
        return told()

    @reactive.effect
    @reactive.event(*[lambda name=name: given[name]() for name in SLIDERS], ignore_init=True)
    async def redraw() -> None:
        begun = time.perf_counter()
        found = await asyncio.to_thread(JOB.fan, assumed())
        show(found, time.perf_counter() - begun)

    @reactive.effect
    @reactive.event(given.run)
    async def run() -> None:
        begun, done = time.perf_counter(), [0]

        def tell(number: int, _: int) -> None:
            done[0] = number

        loop = asyncio.get_running_loop()
        with ui.Progress(min=0, max=MANY) as bar:
            going = loop.run_in_executor(JOB.places, JOB.run, assumed(), MANY, tell)
            shown = -1
            while not going.done():
                if done[0] != shown:
                    shown = done[0]
                    bar.set(shown, message=f"{shown:,} of {MANY:,}")
                await asyncio.sleep(STEP)
        show(await going, time.perf_counter() - begun)


def main() -> None:
    """Serve until the process is ended."""
    JOB.warm()
    uvicorn.run(App(layout, server), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
