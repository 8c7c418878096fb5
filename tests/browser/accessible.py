"""What axe finds on a page: every rule of WCAG 2.2 at A and AA, and good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

__all__ = ["violations"]

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any, *, apart_from: tuple[str, ...] = ()) -> list[tuple[str, list[str]]]:
    """Rules that are broken, with the first elements that break each.

    Parameters
    ----------
    page
        An opened page.
    apart_from
        Selectors of what is left out.
    """
    options = {
        "runOnly": {"type": "tag", "values": _TAGS},
        "resultTypes": ["violations"],
        "elementRef": False,
    }
    context = {"include": ["html"], "exclude": list(apart_from)}
    found = Axe().run(page, context=context, options=options).response
    assert len(found["passes"]) > 15  # axe did look
    return [
        (rule["id"], [str(node["target"]) for node in rule["nodes"]][:4])
        for rule in found["violations"]
    ]
