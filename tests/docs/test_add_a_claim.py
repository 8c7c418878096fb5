"""The how-to on adding a claim works when it is followed word for word."""

import re
from collections.abc import Callable

import pytest
from tests.docs._pages import ROOT
from tests.exact.test_claims_on_altered_records import KNOWN, setting, times

from tregua import assess, record
from tregua.assess import on_prisons
from tregua.assess.evidence import Evidence
from tregua.assess.registry import _read


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(rf"^   ```{language}\n(.*?)^   ```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in found]


ENTRY = blocks("docs/how-to/add-a-claim.md", "toml")[0]
TEST, LINES = blocks("docs/how-to/add-a-claim.md", "py")


def written(page: str, code: str, monkeypatch: pytest.MonkeyPatch) -> assess.Claim:
    """The claim of the how-to, with a function put at the end of the file that the entry names."""
    monkeypatch.setattr(on_prisons, "fuller_each_year", None, raising=False)
    exec(compile(code, page, "exec"), vars(on_prisons))
    (claim,) = _read({"mine.toml": ENTRY})
    return claim


@pytest.mark.parametrize("page", ["docs/how-to/add-a-claim.md", "CONTRIBUTING.md"])
def test_the_example_is_judged_like_any_claim(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block for block in blocks(page, "py") if "fuller_each_year" in block)
    claim = written(page, code, monkeypatch)
    found = assess.Verdict.of(claim, claim.check(Evidence(KNOWN, {})))
    assert (found.verdict, found.interval) == ("mixed", "range")
    assert found.low < 1 < found.high
    assert found.sources
    for language in ("en", "es"):
        assert f"{found.values['steps']} " in found.found[language]


def test_its_lines_for_altered_records_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = written("docs/how-to/add-a-claim.md", TEST, monkeypatch)
    rows: list[tuple[str, Callable, str]] = eval(LINES, {"times": times, "setting": setting})
    assert len({verdict for *_, verdict in rows}) > 1
    for number, change, verdict in rows:
        observations = change(KNOWN.observations.copy())
        altered = record.Record(KNOWN.case, observations, KNOWN.events, KNOWN.sources, KNOWN.digest)
        assert number == claim.number
        assert claim.check(Evidence(altered, {})).verdict == verdict
