"""Colours, type and the manner of every chart, in one place.

Charts name a colour by its role, as the style sheet does: ``var(--ink)``. In the page the browser
looks it up, so that light, dark and print need no second chart; outside the page `resolved`
writes the light or dark colours in.

The hues of the strategies keep apart under the common forms of colour blindness (blue, vermilion,
purple, teal and grey, after the set of Okabe and Ito, 2008) and never carry a meaning alone: a
label, a shape or a word says the same. Pairs of text and ground reach 4.5 : 1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["COLOURS", "FONT", "SERIF", "STRATEGY_COLOURS", "colour", "config", "css", "resolved"]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
SERIF = (
    "Charter, 'Bitstream Charter', 'Source Serif 4', 'Sitka Text', Cambria, "
    "Georgia, 'Noto Serif', 'Liberation Serif', serif"
)

COLOURS: dict[str, tuple[str, str]] = {
    # role: (light, dark)
    "paper": ("#fbfaf6", "#11161b"),
    "card": ("#ffffff", "#171d24"),
    "ink": ("#16202b", "#e8ecf0"),
    "muted": ("#54606d", "#a3afbb"),
    "hair": ("#dfdbd1", "#2d3741"),
    "grid": ("#ebe8e0", "#232c35"),
    "accent": ("#1b5a88", "#84bce8"),
    "soft": ("#eef3f6", "#1b252e"),
    "observed": ("#16202b", "#e8ecf0"),
    "observed-2": ("#b0561c", "#eda46b"),
    "observed-3": ("#1f7a70", "#66c2b5"),
    "observed-4": ("#7b4f96", "#c39ddb"),
    "observed-5": ("#77818c", "#87929d"),
    "inferred": ("#1b5a88", "#84bce8"),
    "simulated": ("#6b7681", "#98a4b0"),
    "status-quo": ("#66717d", "#a3adb8"),
    "secret-pact": ("#1f66a8", "#6fb1ea"),
    "mano-dura": ("#bf4a1f", "#f0925f"),
    "both": ("#80489a", "#c795e0"),
    "reform": ("#0d7a69", "#4fc2ad"),
    "lower-ground": ("#d3eae5", "#17433c"),
    "higher-ground": ("#f8dccf", "#56291a"),
    "unclear-ground": ("#eceae4", "#29323b"),
    "none-ground": ("#b9dfd0", "#1a5a4c"),
    "gang-ground": ("#f7d6c2", "#5f2f1b"),
    "government-ground": ("#d8e3f4", "#1d3454"),
    "both-ground": ("#e7d8ef", "#412b4f"),
    "break": ("#9a6a00", "#e0b04a"),
}

STRATEGY_COLOURS = {
    "status_quo": "status-quo",
    "secret_pact": "secret-pact",
    "mano_dura": "mano-dura",
    "both": "both",
    "reform": "reform",
}


def colour(role: str) -> str:
    """The name of a colour's role, as style sheet and charts write it.

    Raises
    ------
    KeyError
        If no such role exists.
    """
    if role not in COLOURS:
        raise KeyError(f"No colour for {role!r}. Known: {', '.join(COLOURS)}.")
    return f"var(--{role})"


def css(*, chosen: bool = False) -> str:
    """The roles as custom properties: light, dark where preferred, light again on paper.

    Parameters
    ----------
    chosen
        Whether an element's ``data-theme`` of "light" or "dark" goes before what the reader's
        system prefers.
    """
    light = "".join(f"--{role}:{pair[0]};" for role, pair in COLOURS.items())
    dark = "".join(f"--{role}:{pair[1]};" for role, pair in COLOURS.items())
    preferred = (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
    if not chosen:
        return preferred
    return (
        f"{preferred}[data-theme=light]{{color-scheme:light;{light}}}"
        f"@media screen{{[data-theme=dark]{{color-scheme:dark;{dark}}}}}"
    )


def resolved(spec: dict[str, Any], *, theme: str = "light") -> dict[str, Any]:
    """A chart with every colour written out, for viewers that know no style sheet.

    Parameters
    ----------
    spec
        A Vega-Lite specification.
    theme
        "light" or "dark".

    Raises
    ------
    ValueError
        If the theme is neither.
    """
    if theme not in ("light", "dark"):
        raise ValueError(f"No theme {theme!r}. Known: light, dark.")
    text = json.dumps(spec)
    for role, (light, dark) in COLOURS.items():
        text = text.replace(f"var(--{role})", light if theme == "light" else dark)
    written: dict[str, Any] = json.loads(text)
    return written


def config() -> dict[str, Any]:
    """The manner of every chart: quiet axes, no frame, muted labels."""
    muted, ink = colour("muted"), colour("ink")
    return {
        "background": None,
        "lineBreak": "\n",
        "font": FONT,
        "aria": False,
        "padding": {"left": 2, "right": 8, "top": 4, "bottom": 2},
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted,
            "titleColor": muted,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": colour("grid"),
            "domainColor": colour("hair"),
            "tickColor": colour("hair"),
            "labelPadding": 5,
            "labelOverlap": True,
        },
        "axisX": {"grid": False, "tickSize": 4},
        "axisY": {"domain": False, "ticks": False, "tickCount": 5},
        "header": {
            "labelColor": ink,
            "labelFontSize": 13,
            "labelFontWeight": 600,
            "labelAnchor": "start",
            "labelPadding": 6,
            "title": None,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": muted,
            "labelFontSize": 12,
            "labelLimit": 320,
            "symbolSize": 70,
            "columnPadding": 14,
            "offset": 10,
        },
        "text": {"fill": ink, "fontSize": 12},
        "facet": {"spacing": 22},
        "concat": {"spacing": 10},
    }
