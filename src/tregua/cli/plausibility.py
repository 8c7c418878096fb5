"""What `tregua simulate --facts` and `--match` print: how plausible the model's worlds are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tregua.cli.output import emit_json, messages, screen

if TYPE_CHECKING:
    import pandas as pd

    from tregua.decide import DecisionMatch
    from tregua.record import Record

__all__ = ["print_facts", "print_match"]

_FACT_WORLDS = 200
_MATCH_WORLDS = 300


# -- Stylised facts --------------------------------------------------------------------------


def print_facts(
    known: Record, *, worlds: int | None, seed: int, threads: int | None, as_json: bool
) -> None:
    """Print the twenty stylised facts beside simulated worlds, with the count of hits."""
    from tregua.decide import count_hits, stylised_facts

    worlds = worlds or _FACT_WORLDS
    with messages().status("Asking worlds for twenty facts") as status:
        table = stylised_facts(
            known,
            worlds=worlds,
            seed=seed,
            threads=threads,
            progress=lambda done, total: status.update(f"Facts: {done} of {total} parts"),
        )
    counts = count_hits(table)
    if as_json:
        emit_json({"case": known.case.name, "worlds": worlds, "seed": seed} | _facts(table, counts))
        return
    _print_fact_table(table)
    screen().print(
        f"{counts['hit']} of {sum(counts.values())} facts are hits, {counts['miss']} are misses, "
        f"{counts['no test']} cannot be tested ({worlds} worlds at the defaults, seed {seed}). "
        "Agreement of a fitted or an anchored number is no evidence for the model."
    )


def _facts(table: pd.DataFrame, counts: dict[str, int]) -> dict[str, Any]:
    return {"facts": counts, "parts": table.replace([math.inf], "later")}


def _print_fact_table(table: pd.DataFrame) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    page = Table(
        title="Stylised facts: worlds at the defaults beside what is known", box=SIMPLE_HEAD
    )
    page.add_column("", justify="right")
    page.add_column("part", ratio=1)
    page.add_column("kind")
    page.add_column("target\nand tolerance", justify="right")
    page.add_column("middle of worlds\n5 to 95 %", justify="right")
    page.add_column("")
    before = 0
    for row in table.to_dict(orient="records"):
        number = int(row["number"])
        if number != before:
            page.add_row(str(number), _plain_text(row["fact"]))
        page.add_row("", *_fact_cells(row))
        before = number
    screen().print(page)


def _fact_cells(row: dict[Any, Any]) -> list[str]:
    rival = "" if row["reading"] in ("script", "decisions") else f"\nreading: {row['reading']}"
    target = span(row["target_low"], row["target_high"])
    middle, low, high = (figure(row[f"simulated_{name}"]) for name in ("middle", "low", "high"))
    seen = f"{middle}\n{low} to {high}" if middle else ""
    kind, verdict = row["kind"], row["hit"]
    part = "  " + _plain_text(row["part"]).replace("\n", "\n  ") + rival.replace("\n", "\n  ")
    return [part, kind, f"{target}\n{row['tolerance']}", seen, verdict]


def _plain_text(words: str) -> str:
    from rich.markup import escape

    return escape(words)


def figure(value: float) -> str:
    """A number in as many figures as it deserves; "later" for what did not happen in time."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "later"
    if abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"


def span(low: float, high: float) -> str:
    """A range, or one number where both ends are printed alike."""
    ends = figure(low), figure(high)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


# -- The match of decisions ------------------------------------------------------------------


def print_match(
    known: Record, *, worlds: int | None, seed: int, threads: int | None, as_json: bool
) -> None:
    """Print the eight moments before and after a match, and the weights that make them."""
    from tregua.decide import match_decisions

    with messages().status("Matching decisions to eight moments; this takes minutes") as status:
        found = match_decisions(
            known,
            worlds=worlds or _MATCH_WORLDS,
            seed=seed,
            threads=threads,
            progress=lambda done, most: status.update(f"Trials: {done} of at most {most}"),
        )
    if as_json:
        before, after, fresh = found.misfit
        emit_json(
            {
                "case": known.case.name,
                "moments": found.moments,
                "weights": found.weights,
                "misfit": {"before": before, "after": after, "fresh": fresh},
            }
        )
        return
    _print_moments(found)
    _print_weights(found)
    screen().print(
        f"{len(found.weights)} weights were moved to meet {len(found.moments)} moments: this is "
        "plausibility, not estimation. Nothing was changed."
    )


def _print_moments(found: DecisionMatch) -> None:
    from rich.table import Table

    page = Table(title="Moments of decisions, 2009 to 2024")
    page.add_column("moment", ratio=1)
    for heading in ("unit", "target", "defaults", "matched", "fresh luck"):
        page.add_column(heading, justify="left" if heading == "unit" else "right")
    for row in found.moments.to_dict(orient="records"):
        cells = (figure(row[name]) for name in ("target", "before", "after", "fresh"))
        page.add_row(row["meaning"], row["unit"], *cells)
    page.add_row("squared misses over their spreads", "", "", *(f"{x:.1f}" for x in found.misfit))
    screen().print(page)


def _print_weights(found: DecisionMatch) -> None:
    from rich.table import Table

    page = Table(title="Weights of decisions")
    for heading in ("weight", "default", "matched", "5 %", "95 %", "score", ""):
        page.add_column(heading, justify="left" if heading == "weight" else "right")
    for row in found.weights.to_dict(orient="records"):
        cells = (f"{row[name]:.3g}" for name in ("default", "matched", "low", "high"))
        edge = "at the end of its range" if row["at_bound"] else ""
        page.add_row(row["name"], *cells, f"{row['score']:+.2f}", edge)
    screen().print(page)
