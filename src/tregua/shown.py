"""Results that show themselves in a notebook without knowing how they look.

Jupyter asks a value for `_repr_mimebundle_`, marimo for `_repr_html_`. Pictures and words are the
report's, and the report stands above the stages whose results it draws. A result therefore only
says that it may be shown, by the base `Shown`, and names no drawer; what draws is looked up by its
name when a notebook asks, and not before.

This is the one place where a lower stage leads to a higher one. It leads there by a name in a
string, so that nothing is imported on the way down, no result depends on it, and a result without
the report still prints as any value does.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection

__all__ = ["DRAWN_BY", "Shown"]

DRAWN_BY = "tregua.report.notebook"
"""Module that draws results: it has a `bundle` that takes one and gives texts by MIME type."""


class Shown:
    """A result that shows itself in a notebook: a picture and a small table.

    A class that takes this as a base needs a view of its own among those of
    `tregua.report.notebook_views`.
    """

    __slots__ = ()

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What Jupyter shows: text by MIME type; only those of `include`, none of `exclude`."""
        shown: dict[str, str] = importlib.import_module(DRAWN_BY).bundle(self)
        return {
            kind: text
            for kind, text in shown.items()
            if (not include or kind in include) and not (exclude and kind in exclude)
        }

    def _repr_html_(self) -> str | None:
        """What marimo shows; None where the class has no view."""
        return self._repr_mimebundle_().get("text/html")
