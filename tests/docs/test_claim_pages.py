"""Does every claim have a page, made of the registry and of shipped verdicts, and nothing else?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import claim_pages
import pytest
from tests.docs._pages import ROOT

from tregua import assess
from tregua.assess.shipped import Assessed, shipped_claims

NAN = float("nan")


def assessed() -> Assessed:
    """Synthetic verdicts on two claims of the registry."""
    verdicts = {}
    for number, verdict in (("44", "mixed"), ("26", "supported")):
        claim = assess.claim(number)
        missing = assess.NotTestable("Invented finding.", "Hallazgo inventado.")
        found = assess.Verdict.untested(claim, missing)
        verdicts[number] = replace(
            found, verdict=verdict, strength="weak", estimate=1.5, low=NAN, high=NAN
        )
    verdicts["26"] = replace(
        verdicts["26"], low=1.25, high=2.0, interval="range", reference=1.0, sources=("SYN_A",)
    )
    return Assessed(
        case="el-salvador",
        verdicts=MappingProxyType(verdicts),
        sources={"SYN_A": {"title": "Invented bulletin", "publisher": "Nobody"}},
        published=(),
        provenance={"command": "tregua assess", "version": "0", "record": "0" * 16},
    )


def test_every_claim_has_one_page_and_stale_ones_go(tmp_path: Path) -> None:
    stale = tmp_path / "claim-gone.md"
    stale.write_text("old")
    kept = claim_pages.write(tmp_path)
    assert not stale.exists()
    assert [file.stem for file in kept] == [f"claim-{c.number}" for c in assess.claims()]
    assert all(file.read_text(encoding="utf-8").startswith("# ") for file in kept)


@pytest.mark.parametrize("number", ["44", "26"])
def test_a_page_holds_the_claim_and_its_verdict(number: str) -> None:
    claim = assess.claim(number)
    text = claim_pages.page(claim, assessed())
    assert claim.sentence["es"] in text
    assert claim.would_change["en"] in text
    assert f"tregua claims {number} --why" in text
    assert f"{claim.check.__module__}.{claim.check.__qualname__}" in text
    assert ("**Verdict: supported**; strength: weak." in text) == (number == "26")
    assert ("(extremes of several figures: 1.25 to 2), " in text) == (number == "26")
    assert ("Invented bulletin, Nobody" in text) == (number == "26")


def test_a_page_without_a_verdict_says_how_to_reach_one() -> None:
    assert "comes with no verdict" in claim_pages.page(assess.claim("1"), assessed())
    assert "comes with no verdict" in claim_pages.page(assess.claim("1"), None)


def test_a_verdict_under_an_older_rule_is_not_printed() -> None:
    claim = replace(assess.claim("26"), test={"en": "Another rule.", "es": "Otra regla."})
    assert "comes with no verdict" in claim_pages.page(claim, assessed())


def test_the_index_names_every_claim_once_by_theme_and_those_with_a_verdict_again() -> None:
    text = "\n".join(claim_pages.index_lines(assessed()))
    for claim in assess.claims():
        judged = claim.number in ("44", "26")
        assert text.count(f"({claim_pages.page_name(claim)}.md)") == 1 + judged, claim.number
    assert "- **supported** (1): [26](claim-26.md)" in text
    assert "- **not tested** (0): none" in text


def test_words_stay_words_in_markdown() -> None:
    assert claim_pages._text("a *b* <c> [d] $e_f$") == r"a \*b\* \<c\> \[d\] \$e\_f\$"


_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_UNITS += " fifteen sixteen seventeen eighteen nineteen"
_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty"}


def in_words(number: int) -> str:
    if number < 20:
        return _UNITS.split()[number]
    ten, unit = number // 10 * 10, number % 10
    return _TENS[ten] + (f"-{in_words(unit)}" if unit else "")


def test_the_readme_counts_the_verdicts_that_ship() -> None:
    known = shipped_claims()
    assert known is not None
    judged = [found.verdict for claim in assess.claims() if (found := known.of(claim)) is not None]
    assert len(judged) == len(assess.claims())  # none is on words that changed since
    told = {verdict: in_words(judged.count(verdict)) for verdict in assess.VERDICTS}
    none = "none" if told["contradicted"] == "zero" else told["contradicted"]
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (
        f"Of {in_words(len(judged))} claims, {told['supported']} are supported, "
        f"{told['mixed']} mixed, {told['not identified']} not identified, {none} contradicted; "
        f"{told['not tested']} cannot"
    ) in text
