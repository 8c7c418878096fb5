"""Is strength what the rule says, and can each level be reached?"""

from dataclasses import replace

import pytest

from tregua import assess
from tregua.assess import coded
from tregua.assess.designs import Reputation
from tregua.assess.evidence import Evidence
from tregua.assess.registry import _read
from tregua.assess.strength import FEW, MANY

GOOD = Reputation("interrupted", 0.10, 0.10, 0.08, 0.13, 0.88, 300, 1)
LOOSE = replace(GOOD, size=0.21, size_low=0.17, size_high=0.25)

QUANTITY = assess.claim("27")
CAUSAL = assess.claim("25")
MECHANISM = assess.claim("32")
MODEL = assess.claim("44")


def result(verdict="supported", sources=("a", "b"), **values) -> assess.Result:
    return assess.Result(verdict, 0.5, 0.4, 0.6, 1.0, values, sources)


@pytest.mark.parametrize(
    ("claim", "found", "expected"),
    [
        (QUANTITY, result(), "strong"),
        (replace(QUANTITY, kind="event"), result("contradicted"), "strong"),
        (replace(QUANTITY, kind="actor"), result(), "strong"),
        # Evidence that points both ways is not firm, whatever it rests on.
        (QUANTITY, result("mixed"), "moderate"),
        (CAUSAL, result("mixed", agreeing=1.0, design="interrupted"), "moderate"),
        # Few events counted: under five weak, under twenty never strong.
        (QUANTITY, result(cases=4), "weak"),
        (QUANTITY, result(cases=5), "moderate"),
        (QUANTITY, result(cases=19), "moderate"),
        (QUANTITY, result(cases=20), "strong"),
        (QUANTITY, result("mixed", cases=3), "weak"),
        (MECHANISM, result(cases=0), "weak"),
        (CAUSAL, result(agreeing=1.0, design="interrupted", cases=6), "moderate"),
        (QUANTITY, result("not identified", cases=3), "none"),
        (QUANTITY, result(sources=("a",)), "weak"),
        (QUANTITY, result(sources=("a", "a")), "weak"),
        (QUANTITY, result(sources=()), "weak"),
        (QUANTITY, result("not identified"), "none"),
        (QUANTITY, result("not tested"), "none"),
        (MECHANISM, result(), "moderate"),
        (MECHANISM, result(agreeing=1.0, design="interrupted"), "strong"),
        (CAUSAL, result(), "weak"),
        (CAUSAL, result(agreeing=0.97, design="interrupted"), "moderate"),
        (CAUSAL, result(agreeing=1.0, design="interrupted"), "strong"),
        (CAUSAL, result(agreeing=1.0, design="loose"), "moderate"),
        (CAUSAL, result(agreeing=1.0, design="ungraded"), "moderate"),
        (CAUSAL, result(agreeing=1.0), "moderate"),
        (CAUSAL, result(agreeing=1.0, design="interrupted", sources=("a",)), "weak"),
        (MODEL, result(agreeing=1.0, design="interrupted"), "weak"),
        (MODEL, result("not identified"), "none"),
    ],
)
def test_the_rule(claim: assess.Claim, found: assess.Result, expected: str) -> None:
    graded = {"interrupted": GOOD, "loose": LOOSE}.get
    assert assess.strength(claim, found, graded=graded) == expected


def test_a_verdict_carries_its_strength_its_reach_and_its_numbers() -> None:
    found = assess.Verdict.of(replace(QUANTITY, found={"en": "{n}", "es": "{n}"}), result(n=3))
    assert (found.strength, found.reach, found.published) == ("strong", "record", ())
    assert found.values == {"n": 3} and found.found["en"] == "3"


def test_the_limits_on_few_events_are_those_of_their_intervals() -> None:
    # Without an exception, the share of fewer than FEW events reaches down below one half.
    assert coded.share(FEW - 1, FEW - 1).low < 0.5 < coded.share(FEW, FEW).low
    assert coded.share(MANY, MANY).low == pytest.approx(0.86, abs=0.005)


def test_an_interval_that_is_missing_says_so() -> None:
    assert assess.Result("supported", 1.0, float("nan"), 2.0, 1.0).interval == "none"
    assert assess.Result("supported", 1.0, 0.5, 2.0, 1.0).interval == "90 %"
    assert assess.Result("supported", 1.0, 0.5, 2.0, 1.0, interval="range").interval == "range"


def test_claims_on_simulated_worlds_say_so() -> None:
    assert {claim.number for claim in assess.claims() if claim.reach == "model"} >= {
        "42",
        "44",
        "46",
    }


UNREACHED = """
[[claim]]
number = "900"
kind = "mechanism"
qualifies = false
reach = "none"
tables = []
sentence = { en = "Synthetic.", es = "Sintética." }
place = { en = "Nowhere", es = "En ninguna parte" }
would_change = { en = "Anything.", es = "Cualquier cosa." }
unreached = { en = "No costs on record {here}.", es = "Sin costos en el registro." }
published = ["somebody-2020"]
rivals = [{ en = "Another.", es = "Otra." }]
"""


def test_a_claim_that_nothing_reaches_is_not_tested_and_says_why() -> None:
    (claim,) = _read({"synthetic.toml": UNREACHED})
    with pytest.raises(assess.NotTestable) as caught:
        claim.check(Evidence(None, {}))
    verdict = assess.Verdict.untested(claim, caught.value)
    assert (verdict.verdict, verdict.strength, verdict.reach) == ("not tested", "none", "none")
    assert verdict.found["en"] == "No costs on record {here}."
    assert verdict.published == ("somebody-2020",)
    assert claim.test["es"] == "No hay prueba. Sin costos en el registro."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('reach = "none"', 'reach = "none"\ntest_function = "on_deaths.hiding"'), "delete it"),
        (('reach = "none"', 'reach = "cases"'), "needs test_function, test, found, unit"),
        (("unreached", "# unreached"), r"needs unreached\.en and unreached\.es"),
        (('kind = "mechanism"', 'kind = "opinion"'), "kind"),
        (('[{ en = "Another.", es = "Otra." }]', "[]"), "rivals"),
        (('reach = "none"', 'reach = "none"\ncolour = "red"'), "colour"),
    ],
)
def test_an_incomplete_entry_is_refused_with_file_and_number(change, said) -> None:
    with pytest.raises(ValueError, match=rf"(?s)synthetic\.toml, claim 900.*{said}"):
        _read({"synthetic.toml": UNREACHED.replace(*change)})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hiding", "write module.function"),
        ("on_nothing.hiding", "write module.function"),
        ("on_deaths.hidden", r"no function 'hidden'. Did you mean 'on_deaths\.hiding'\?"),
    ],
)
def test_a_test_that_does_not_exist_is_named(name: str, said: str) -> None:
    texts = 'test = { en = "a", es = "b" }\nfound = { en = "a", es = "b" }\n'
    texts += f'unit = {{ en = "a", es = "b" }}\ntest_function = "{name}"'
    entry = UNREACHED.replace('reach = "none"', texts).replace("unreached", "# unreached")
    with pytest.raises(ValueError, match=said):
        _read({"synthetic.toml": entry})


def test_a_number_given_twice_names_both_files() -> None:
    with pytest.raises(ValueError, match=r"Claim 900 is in a\.toml and again in b\.toml"):
        _read({"b.toml": UNREACHED, "a.toml": UNREACHED})


def test_claims_come_qualifying_first_then_by_number() -> None:
    texts = [UNREACHED.replace('"900"', f'"{number}"') for number in ("own", "12", "3", "7")]
    texts[-1] = texts[-1].replace("qualifies = false", "qualifies = true")
    read = _read({f"{index}.toml": text for index, text in enumerate(texts)})
    assert [claim.number for claim in read] == ["7", "3", "12", "own"]
