"""Write `docs/reference/posterior.md` from the posterior that comes with tregua.

Run `python docs/_ext/write_posterior.py` after a new one was shipped; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tregua import infer
from tregua.infer.bayes.posterior import MOVED

POSTERIOR_PAGE = Path(__file__).parents[1] / "reference" / "posterior.md"

_OPENING = """# The posterior of El Salvador

What the record of El Salvador says of the model's parameters, and of which it says nothing. What a
posterior is, how it is sampled and what to distrust in it:
[explanation](../explanation/posterior.md).
Every number on this page was made by

```sh
{command}
```

and is printed again, from the file that comes with tregua, by

```sh
tregua calibrate el-salvador --show
```

How far its intervals may be believed:
[the test against known truths](../explanation/posterior.md#is-the-sampler-right).

Log evidence {evidence:.1f} ± {error:.1f}; {draws} draws, tregua {version}, record `{record}`.
From Python: `tregua.infer.posterior()`.
"""


def posterior_page() -> str:
    """Return the page."""
    found = infer.posterior("el-salvador")
    made = found.provenance
    overlap = found.overlap()
    asked = overlap[overlap["asked"] != ""]
    moved = asked[asked["words"] == MOVED].sort_values("overlap")
    still = asked[asked["words"] != MOVED]["name"]
    parts = [
        _OPENING.format(
            command=made["command"], evidence=found.log_evidence, error=found.error,
            draws=len(found), version=made["version"], record=made["record"],
        ),
        *(f"**Note.** {warning}\n" for warning in found.warnings()),
        f"""## What the data moved

{len(moved)} of {len(asked)} parameters that figures were asked about; about
{len(asked) / 100:.0f} would seem to move by chance. *Overlap* is the area that prior and posterior
share, beside what chance alone would show. *Worth* is how many independent draws the interval rests
on. Intervals hold 90 %.
""",
        _table(
            ("Parameter", "Posterior", "Prior", "Overlap", "By chance", "Worth"),
            [
                (
                    f"`{row['name']}`", _range(row), _range(row, "prior_"),
                    f"{row['overlap']:.2f} ± {row['error']:.2f}", f"{row['chance']:.2f}",
                    f"{row['effective']:.0f}",
                )
                for row in moved.to_dict("records")
            ],
        ),
        f"""Of the other {len(still)} this is the prior, and no number should be quoted as measured:
{', '.join(f'`{name}`' for name in sorted(still))}.
""",
        """## Products that figures fix

*Contraction* is 1 less the ratio of variances, of the product's logarithm and of its best known
component.
""",
        _table(
            ("Product", "Formula", "Posterior", "Prior", "Contraction", "Of components"),
            [
                (
                    row["product"], row["formula"], _range(row), _range(row, "prior_"),
                    f"{row['contraction']:.2f}", f"{row['of_components']:.2f}",
                )
                for row in found.products().to_dict("records")
            ],
        ),
        """## Hiding: bounds

How much killing a gang that restrains stops in truth, if a share of what is left is hidden in a
pact.
""",
        _hiding(found),
        """## How it was sampled

A row a power of the likelihood. *Noise* is the variance of the log of the estimated target,
*ancestors* the draws of the first cloud from which all descend, *spread* the variance that is left
in directions of which figures say nothing (1 under the prior).
""",
        _table(
            ("Power", "Particles", "Accepted", "Noise", "Effective", "Ancestors", "Spread"),
            [
                (
                    f"{row['power']:.3f}", f"{row['particles']:.0f}", f"{row['acceptance']:.0%}",
                    f"{row['noise']:.2f}", f"{row['effective']:.0f}", f"{row['ancestors']:.0f}",
                    f"{row['spread']:.2f}",
                )
                for row in found.stages.to_dict("records")
            ],
        ),
    ]  # fmt: skip
    return "\n".join(parts)


def _hiding(found: infer.Posterior) -> str:
    rows = []
    for row in found.hiding().to_dict("records"):
        if row["hidden_share"] == "any":
            ends = (
                f"{_number(row[f'{name}_low'])} to {_number(row[f'{name}_high'])}"
                for name in ("true_fall", "recorded_fall")
            )
            rows.append(("0.10 to 0.60", *ends))
        else:
            rows.append(
                (row["hidden_share"], _range(row, "true_fall_"), _range(row, "recorded_fall_"))
            )
    return _table(("Share hidden", "True fall", "Recorded fall"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _range(row: dict[str, Any], prefix: str = "") -> str:
    low, middle, high = (row[f"{prefix}{end}"] for end in ("low", "middle", "high"))
    return f"{_number(middle)} ({_number(low)} to {_number(high)})"


if __name__ == "__main__":
    POSTERIOR_PAGE.write_text(posterior_page(), encoding="utf-8")
