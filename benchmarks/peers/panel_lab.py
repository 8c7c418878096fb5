"""The Lab's job as a page of Panel: Material sliders, a Bokeh chart whose data is replaced.

    python -m benchmarks.peers.panel_lab PORT

A callback is a coroutine that computes in a thread, so that other sessions are served meanwhile;
what it found is handed to the document at its next tick.
"""

from __future__ import annotations

import asyncio
import sys
import time
from functools import partial
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui
from benchmarks.peers.lab_job import MANY, SLIDERS, Job, said
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

JOB = Job()


def columns(found: Any) -> dict[str, Any]:
    """The fan as columns of the chart."""
    fan = found.fan["recorded"]
    names = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
    return {"month": found.months.astype("datetime64[ms]"), **dict(zip(names, fan, strict=True))}


def chart(source: ColumnDataSource) -> Any:
    """Bands, median and record."""
    drawn = figure(
        x_axis_type="datetime", height=420, sizing_mode="stretch_width", tools="", title="Homicides"
    )
    drawn.yaxis.axis_label = "per 100,000 a year"
    drawn.varea("month", "q05", "q95", source=source, fill_alpha=0.2)
    drawn.varea("month", "q25", "q75", source=source, fill_alpha=0.3)
    drawn.line("month", "q50", source=source, line_width=2)
    months, rates = JOB.points()
    drawn.scatter(pd.to_datetime(months), rates, size=4, color="black")
    return drawn


def page() -> Any:
    """One session."""
    sliders = {}
    for name in SLIDERS:
        low, high, step, value = JOB.slider(name)
        label = name.replace("_", " ")
        sliders[name] = pmui.FloatSlider(name=label, start=low, end=high, step=step, value=value)
    begun = time.perf_counter()
    first = JOB.fan(JOB.assumed())
    source = ColumnDataSource(columns(first))
    state = pmui.Typography(said(first, time.perf_counter() - begun), css_classes=["state"])
    bar = pmui.LinearProgress(value=0, variant="determinate")
    button = pmui.Button(name=f"Run {MANY:,} worlds", css_classes=["run"])
    document, newest = pn.state.curdoc, [0]

    def assumed() -> dict[str, float]:
        return {name: slider.value for name, slider in sliders.items()}

    def show(number: int, found: Any, seconds: float) -> None:
        if number == newest[0]:
            source.data = columns(found)
            state.object = said(found, seconds)

    def show_progress(done: int, total: int) -> None:
        bar.value = round(100 * done / total)
        state.object = f"{done:,} of {total:,}"

    async def redraw(_: Any) -> None:
        newest[0] += 1
        number, begun = newest[0], time.perf_counter()
        found = await asyncio.to_thread(JOB.fan, assumed())
        seconds = time.perf_counter() - begun
        document.add_next_tick_callback(partial(show, number, found, seconds))

    async def run(_: Any) -> None:
        newest[0] += 1
        number, begun = newest[0], time.perf_counter()

        def tell(done: int, total: int) -> None:
            if done < total:
                document.add_next_tick_callback(partial(show_progress, done, total))

        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(JOB.places, JOB.run, assumed(), MANY, tell)
        seconds = time.perf_counter() - begun
        document.add_next_tick_callback(partial(show, number, found, seconds))

    for slider in sliders.values():
        slider.param.watch(redraw, "value")
    button.on_click(run)
    return pmui.Page(
        title="Lab",
        sidebar=[*sliders.values(), button, bar],
        main=[pn.pane.Bokeh(chart(source), sizing_mode="stretch_width"), state],
    )


def main() -> None:
    """Serve until the process is ended."""
    JOB.warm()
    port = int(sys.argv[1])
    pn.serve(
        {"/": page},
        port=port,
        address="127.0.0.1",
        show=False,
        websocket_origin=[f"127.0.0.1:{port}"],
    )


if __name__ == "__main__":
    main()
