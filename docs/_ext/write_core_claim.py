"""Write `docs/reference/core_claim.md` and its pictures from simulated worlds.

Run `python docs/_ext/write_core_claim.py` after a change of the model or of the posterior that
comes with tregua; it takes some minutes, and a test compares the page with a small fresh run. The
numbers are those of `tregua finding core-claim`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tregua import report
from tregua.cli.finding import CoreQuestion, core_answer
from tregua.decide import robustness
from tregua.decide.robustness.words import phrase, short_number, unit_of
from tregua.model import Parameter
from tregua.shelf import Tables

DOCS = Path(__file__).parents[1]
CORE_PAGE = DOCS / "reference" / "core_claim.md"
ASKED = CoreQuestion(points=2000, worlds=200, levels=9)
LATER = "2019-01"
_SETTINGS = {"spread": "spread", "drawn": "as drawn"}
_NAMES = {"mano_dura": "crackdown (`mano_dura`)", "status_quo": "nothing done (`status_quo`)"}
_SURE = 0.9


def command(asked: CoreQuestion) -> str:
    """The command that prints the numbers of a question."""
    origin = f" --from {asked.origin}" if asked.origin else ""
    return (
        f"tregua finding core-claim {asked.case}{origin} --points {asked.points} "
        f"--worlds {asked.worlds} --levels {asked.levels} --seed {asked.seed}"
    )


def core_claim_page(
    tables: Tables, notes: Sequence[str], later: Tables, asked: CoreQuestion = ASKED
) -> str:
    """Return the page.

    Parameters
    ----------
    tables, notes
        The finding from the first origin of the case, and what to know of the worlds.
    later
        The finding from a later origin.
    asked
        The question.
    """
    shares, flips = tables["finding_shares"], tables["finding_flips"]
    years = sorted(set(shares["horizon"]))
    verdict = tables["finding_verdict"]
    parts = [
        f"""# Does the pact that works for a year lose in the long run?

The source article holds that a secret pact lowers killing at first and not in the end. This page
asks the model at {_list(years)} years after {shares["origin"].iloc[0]}, in the same worlds under
each strategy, and asks where the sign flips. No conclusion is built in: on planted totals the same
rules give the planted answer, whichever it is (`tests/exact/test_core_finding.py`). Every number
was made by

```sh
{command(asked)}
```

and, where a later month is named, by

```sh
{command(replace(asked, origin=LATER))}
```

From Python: `tregua.decide.robustness.core_finding`. All worlds are simulated.
""",
        *(f"**Note.** {note}\n" for note in notes),
        """## What may be said

A *setting* is where worlds come from (prior or posterior), with the five factors spread over their
ranges or as drawn. A sign is named where 8 of 10 worlds share it.
""",
        *(f"- {row['sentence_en']}" for row in verdict.to_dict("records")),
        """
En español:
""",
        *(f"- {row['sentence_es']}" for row in verdict.to_dict("records")),
        """
## What is spread

Five factors, each evenly over a range that we declared, wider than its prior (5 to 95 %). They act
from the origin on; the past stays as it was. All other parameters, the past and luck are drawn.
""",
        _table(
            ("Factor", "Parameter", "Range", "Prior"),
            [
                (
                    _upper(phrase(part.name)),
                    f"`{part.name}`",
                    f"{part.low:g} to {part.high:g}{unit_of(part.name)}",
                    f"{Parameter[part.name].low:g} to {Parameter[part.name].high:g}",
                )
                for part in robustness.CORE_FACTORS
            ],
        ),
        f"""A share over ranges is no probability, since the ranges are ours. A posterior made from
the whole record knows what came after {shares["origin"].iloc[0]}; the prior knows nothing.

## In how many worlds

Share of worlds in which the secret pact has **fewer deaths, hidden ones included**; ± is the
Monte-Carlo standard error in points, worlds taken together with all their points.
""",
        _shares(shares, "killed", years),
        """The same for **recorded** killings alone. Where this is larger, hiding is the difference.
""",
        _shares(shares, "recorded", years),
        """Median of the difference in all killings, pact less the other (persons, to that year):
""",
        _medians(shares, years),
        f"""## The whole ledger

After {years[-1]} years, with factors as drawn from the posterior: share of worlds in which the
pact has less of each harm; *equal* where both have the same in every world. Nothing is added up
([why](../explanation/why-no-single-number.md)).
""",
        _ledger(shares, years[-1]),
        """## Where one factor alone turns the sign

One factor moves over its range, everything else as drawn, every level in the same worlds. A value
is where the median difference in all killings changes sign, with a 90 % interval by bootstrap over
worlds; an end at the end of the range may lie beyond. *More above*: the pact has more killings
above the value. *No flip*: one sign over the whole range. A question mark: fewer than 9 of 10
resamples agree.
""",
        *(_flips(flips, source, years) for source in dict.fromkeys(flips["worlds_from"])),
        """## What the sign hangs on

Share of the variance of the sign that each factor alone explains over the spread points, mean over
horizons, by what the pact is held against. About 0 means nothing, and small negative numbers are
chance. Most of the sign hangs on parameters that are not among the five, and on luck.
""",
        _influence(tables["finding_influence"]),
        """```{image} ../_static/core-claim-light.svg
:alt: Sign of the pact's effect over the two factors that matter most
:class: only-light
```

```{image} ../_static/core-claim-dark.svg
:alt: Sign of the pact's effect over the two factors that matter most
:class: only-dark
```

## Corners

Where the five factors leave one strategy ahead after the longest span (patient rule induction; a
limit is kept only if luck does not explain it). Compare density with *everywhere*: where they are
close, the corner says little. Of the other pairs no limit tells where.
""",
        *_boxes(tables["finding_boxes"]),
        f"""
## From {LATER}

The same question asked of a later month, all killings:
""",
        _shares(later["finding_shares"], "killed", years),
        *(f"- {row['sentence_en']}" for row in later["finding_verdict"].to_dict("records")),
        """
## What this cannot show

- It is one model's answer. Rival mechanisms, readings and priors: `tregua explore`
  ([explanation](../explanation/robustness.md)).
- Ranges of factors are judged. Others would give other shares, and other corners.
- A strategy here holds its stance for as long as it drives; a pact that breaks is offered again.
  Plans that react: `tregua search`.
- Fewer killings are one harm among several. The ledger above is part of the answer.
""",
    ]
    return "\n".join(parts)


def _shares(shares: pd.DataFrame, outcome: str, years: Sequence[int]) -> str:
    part = shares[shares["outcome"] == outcome]
    return _by_setting(part, years, lambda row: f"{row['share']:.0%} ± {100 * row['mc_error']:.0f}")


def _medians(shares: pd.DataFrame, years: Sequence[int]) -> str:
    part = shares[shares["outcome"] == "killed"]
    return _by_setting(part, years, lambda row: f"{row['q50']:+,.0f}")


def _by_setting(part: pd.DataFrame, years: Sequence[int], cell: Any) -> str:
    rows = []
    about = ["reference", "worlds_from", "factors"]
    for (reference, source, factors), each in part.groupby(about, sort=False):
        cells = {row["horizon"]: cell(row) for row in each.to_dict("records")}
        rows.append(
            (_name(reference), source, _SETTINGS[str(factors)], *(cells[year] for year in years))
        )
    heads = ("Against", "Worlds", "Factors", *map(_span, years))
    return _table(heads, sorted(rows, key=lambda row: [r[0] for r in rows].index(row[0])))


def _ledger(shares: pd.DataFrame, longest: int) -> str:
    source = shares["worlds_from"].iloc[-1]
    part = shares[
        (shares["worlds_from"] == source)
        & (shares["factors"] == "drawn")
        & (shares["horizon"] == longest)
    ]
    references = list(dict.fromkeys(part["reference"]))
    rows = []
    for outcome, each in part.groupby("outcome", sort=False):
        cells = {row["reference"]: row for row in each.to_dict("records")}
        rows.append(
            (
                _upper(phrase(str(outcome))),
                *(
                    "equal" if cells[r]["sign"] == "equal" else f"{cells[r]['share']:.0%}"
                    for r in references
                ),
            )
        )
    return _table(("Harm", *(f"against {_name(r)}" for r in references)), rows)


def _flips(flips: pd.DataFrame, source: str, years: Sequence[int]) -> str:
    part = flips[(flips["worlds_from"] == source) & (flips["outcome"] == "killed")]
    rows = []
    for (reference, factor), each in part.groupby(["reference", "factor"], sort=False):
        cells = {row["horizon"]: _flip(row) for row in each.to_dict("records")}
        rows.append((_name(reference), f"`{factor}`", *(cells[year] for year in years)))
    table = _table(("Against", "Factor", *map(_span, years)), rows)
    return f"Worlds from the {source}:\n\n{table}"


def _flip(row: Mapping[Any, Any]) -> str:
    mark = "" if row["sure"] >= _SURE else " ?"
    if row["kind"] in ("rises", "falls"):
        side = "more" if row["kind"] == "rises" else "fewer"
        low, middle, high = (short_number(row[end]) for end in ("low", "value", "high"))
        return f"**{middle}** ({low} to {high}), {side} above{mark}"
    told = {"lower": "no flip: fewer", "higher": "no flip: more", "equal": "equal"}
    return told.get(row["kind"], "more than one change") + mark


def _influence(influences: pd.DataFrame) -> str:
    references = list(dict.fromkeys(influences["reference"]))
    means = influences.groupby(["worlds_from", "factor", "reference"], sort=False)["influence"]
    found = means.mean()
    rows = [
        (
            source,
            f"`{factor}`",
            *(f"{float(found[source, factor, r]):.3f}" for r in references),
        )
        for source, factor in dict.fromkeys((a, b) for a, b, _ in found.index)
    ]
    return _table(("Worlds", "Factor", *(f"against {_name(r)}" for r in references)), rows)


def _boxes(boxes: pd.DataFrame) -> list[str]:
    told = []
    for row in boxes[boxes["limits"] != ""].to_dict("records"):
        notes = (f" {row[f'notes_{language}']}".rstrip() for language in robustness.LANGUAGES)
        english, spanish = (
            f"{row[f'sentence_{language}']}{note}"
            for language, note in zip(robustness.LANGUAGES, notes, strict=True)
        )
        told += [f"- {_upper(row['worlds_from'])}. {english}", f"  *{spanish}*"]
    return told or ["- No limit tells where, for any pair."]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _name(reference: object) -> str:
    return _NAMES.get(str(reference), str(reference))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _span(years: int) -> str:
    return "1 year" if years == 1 else f"{years} years"


def _list(years: Sequence[int]) -> str:
    return f"{', '.join(map(str, years[:-1]))} and {years[-1]}"


if __name__ == "__main__":
    found, told = core_answer(ASKED)
    after, _ = core_answer(replace(ASKED, origin=LATER))
    CORE_PAGE.write_text(core_claim_page(found, told, after), encoding="utf-8")
    for theme in ("light", "dark"):
        spec = report.core_map_figure(found["finding_map"], theme=theme)
        report.save_figure(spec, DOCS / "_static" / f"core-claim-{theme}.svg")
