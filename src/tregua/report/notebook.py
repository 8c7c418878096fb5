"""Results in a notebook: a picture, a small table, and what may not be left out.

Jupyter takes a bundle of texts by MIME type and shows the richest that it knows; marimo takes the
HTML. A bundle here holds

- ``image/svg+xml``: the picture alone, in light colours, for papers and converters;
- ``text/html``: the picture, the table and the notes, without a script and without a request;
- ``text/plain``: the same in letters.

Never Vega-Lite: the notebook's own renderer would draw it with another version of the grammar, or
not at all, and a saved notebook would need it to be read.

**Light and dark.** A notebook's theme is a class of its own making, and a saved one is read where
nobody knows which. The table therefore has no colours and takes the notebook's. The picture stands
in an image, so that its style touches nothing else; it has a ground of its own, and asks
``prefers-color-scheme``, which within an image means the colour scheme of the element that holds it
(CSS Color Adjustment 1, section 2.3). It follows the theme where the notebook says which it has, as
JupyterLab and marimo do, and stays readable on its ground where not. A sanitiser that drops styles
and scripts, as one does before a notebook is trusted, takes nothing away.
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from tregua.report import palette
from tregua.report.columns import records
from tregua.report.figures import fit
from tregua.report.notebook_views import View, view_of
from tregua.report.text import LANGUAGES, Text

if TYPE_CHECKING:
    from tregua.shown import Shown

__all__ = ["bundle", "language"]

_WIDTH = 760
# Words are measured here and drawn elsewhere: of all faces only these have the same widths.
_FONT = "Arial, Helvetica, 'Liberation Sans', Arimo, sans-serif"
_CLIP = re.compile(r"\bclip[0-9]+\b")
_ROLE = re.compile(r"var\(--([a-z0-9-]+)\)")
_language = ["en"]  # of this process; a cell sets it for the cells after it


def language(lang: str | None = None) -> str:
    """The language in which results show themselves; English until told otherwise.

    Parameters
    ----------
    lang
        "en" or "es" from here on; None changes nothing.

    Returns
    -------
    str
        The language from here on.

    Raises
    ------
    ValueError
        If the language is unknown.

    Examples
    --------
    >>> language("es")
    'es'
    >>> language("en")
    'en'
    """
    if lang is not None:
        if lang not in LANGUAGES:
            raise ValueError(f"No language {lang!r}. Known: {', '.join(LANGUAGES)}.")
        _language[0] = lang
    return _language[0]


def bundle(value: Shown) -> dict[str, str]:
    """What a notebook shows of a result.

    Parameters
    ----------
    value
        A result that has a view, such as a `decide.Comparison`.

    Returns
    -------
    dict
        Text by MIME type: ``text/plain`` and ``text/html``, and ``image/svg+xml`` where there is
        something to draw and `vl_convert` is installed. A value of a class without a view has
        ``text/plain`` only.
    """
    t = Text(language())
    view = view_of(value, t)
    if view is None:
        return {"text/plain": repr(value)}
    picture = _picture(view, t)
    shown = {"text/plain": _plain(view), "text/html": _html(view, picture)}
    if picture:
        shown["image/svg+xml"] = _coloured(picture)
    return shown


# The picture.


def _picture(view: View, t: Text) -> str:
    """SVG whose colours are named by their roles; empty where nothing is drawn."""
    try:
        import vl_convert  # not installed everywhere: no wheel, or left out on purpose
    except ImportError:
        return ""
    if view.chart is None:
        return ""
    from tregua.report.page import VEGA_LITE

    spec, tables = view.chart
    whole: dict[str, Any] = fit(spec, _WIDTH)
    whole["datasets"] = {name: records(tables[name]) for name in whole["usermeta"]["reads"]}
    whole["config"] |= {
        "background": palette.colour("card"),
        "padding": {"left": 18, "right": 22, "top": 18, "bottom": 14},
        "font": _FONT,
    }
    whole["config"]["axis"]["labelSeparation"] = 8
    months: Literal["es-MX", "en-US"] = "es-MX" if t.lang == "es" else "en-US"
    svg: str = vl_convert.vegalite_to_svg(whole, vl_version=VEGA_LITE, time_format_locale=months)
    return _renumbered(svg)


def _renumbered(picture: str) -> str:
    """The picture with its clips counted from 0, so that the same result gives the same bytes.

    Vega counts them on over all pictures of a process.
    """
    clips: dict[str, str] = {}
    return _CLIP.sub(lambda clip: clips.setdefault(clip[0], f"clip{len(clips)}"), picture)


def _coloured(picture: str) -> str:
    """The picture in light colours, written out: converters know no custom properties."""
    return _ROLE.sub(lambda role: palette.COLOURS[role[1]][0], picture)


def _adaptive(picture: str) -> str:
    """The picture with both themes: light, and dark where its element is dark."""
    roles = sorted(set(_ROLE.findall(picture)))
    light, dark = (
        "".join(f"--{role}:{palette.COLOURS[role][theme]};" for role in roles) for theme in (0, 1)
    )
    style = f"<style>:root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}</style>"
    head, mark, rest = picture.partition(">")
    return f"{head}{mark}{style}{rest}"


# The words around it.


def _html(view: View, picture: str) -> str:
    # The picture bears the title; where there is none, words do.
    said = f"<p><strong>{escape(view.title)}</strong><br>{escape(view.said)}</p>"
    opening = _image(view, picture) if picture else said
    return f'<div class="tregua">{opening}{_table(view)}{_notes(view)}</div>'


def _image(view: View, picture: str) -> str:
    coded = base64.b64encode(_adaptive(picture).encode()).decode()
    return (
        f'<img src="data:image/svg+xml;base64,{coded}" '
        f'alt="{escape(f"{view.title}. {view.said} {view.drawn}")}" '
        'style="max-width:100%;height:auto;border-radius:6px">'
    )


def _table(view: View) -> str:
    if not view.rows:
        return ""
    left, right = (
        f' style="padding:.25em .6em;vertical-align:top;text-align:{side}"'
        for side in ("left", "right;white-space:nowrap")
    )
    sides = [left if i < view.names else right for i in range(len(view.head))]
    head = "".join(
        f'<th scope="col"{side}>{escape(word)}</th>'
        for side, word in zip(sides, view.head, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{side}>{escape(cell)}</th>'
            if i == 0
            else f"<td{side}>{escape(cell)}</td>"
            for i, (side, cell) in enumerate(zip(sides, row, strict=True))
        )
        + "</tr>"
        for row in view.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _notes(view: View) -> str:
    return "".join(f"<p>{escape(note)}</p>" for note in view.notes)


def _plain(view: View) -> str:
    lines = [view.title, view.said]
    if view.rows:
        rows = [view.head, *view.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(view.head))]
        lines += [""] + [
            "  ".join(
                cell.ljust(width) if i < view.names else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
    lines += ["", *view.notes] if view.notes else []
    return "\n".join(lines)
