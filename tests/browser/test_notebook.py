"""Is a result readable in a light and in a dark notebook, whatever theme the system prefers?"""

from __future__ import annotations

import pandas as pd
import pytest

from tregua.assess import designs
from tregua.report.palette import COLOURS

PAGE = """<!doctype html><html style="color-scheme:{theme}"><body>{output}</body></html>"""
# Colours of a picture's points, as drawn: a ground first, then a point well within it.
PIXELS = """async () => {
  const image = document.querySelector("img");
  await image.decode();
  const box = image.getBoundingClientRect();
  return {natural: image.naturalWidth, x: box.x, y: box.y, width: box.width, height: box.height};
}"""


@pytest.fixture(scope="module")
def output() -> str:
    months = pd.date_range("2010-01", periods=48, freq="MS")
    counts = pd.DataFrame({"date": months, "count": 24 * [300] + 24 * [150]})
    html = designs.break_dates(counts)._repr_html_()
    assert html is not None
    return html


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_picture_follows_the_notebook_and_not_the_system(chromium, output, theme, system):
    context = chromium.new_context(
        viewport={"width": 900, "height": 900}, color_scheme=system, offline=True
    )
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(PAGE.format(theme=theme, output=output))
        place = page.evaluate(PIXELS)
        assert place["natural"] > 700
        assert place["height"] > 300
        ground = page.screenshot(
            clip={"x": place["x"] + 12, "y": place["y"] + 40, "width": 1, "height": 1}
        )
        assert colour_of(ground) == COLOURS["card"][theme == "dark"]
        assert [url for url in asked if not url.startswith("data:")] == []
        assert page.locator("table tbody tr").count() == 1
    finally:
        context.close()


def colour_of(picture: bytes) -> str:
    """Colour of a picture of one point, as `#rrggbb`."""
    import io

    image = pytest.importorskip("PIL.Image")
    red, green, blue = image.open(io.BytesIO(picture)).convert("RGB").getpixel((0, 0))
    return f"#{red:02x}{green:02x}{blue:02x}"
