"""Do both languages of the report say the same things, all of them, and nothing unused?"""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

from tests.browser import synthetic

import tregua.report
from tregua import decide, infer, model, record
from tregua.assess.designs import DESIGNS
from tregua.assess.designs.specification import OPTIONS
from tregua.decide import CATALOGUE
from tregua.record import LANES
from tregua.report.page import tables_of
from tregua.simulate import PERIODS

FOLDER = Path(tregua.report.__file__).parent
TEXTS = {
    lang: json.loads((FOLDER / "locales" / f"{lang}.json").read_text(encoding="utf-8"))
    for lang in ("en", "es")
}
SOURCES = "\n".join(
    file.read_text(encoding="utf-8")
    for pattern in ("*.py", "templates/*.html", "templates/*.js")
    for file in sorted(FOLDER.glob(pattern))
)
WEB = FOLDER.parent / "app" / "web"
SCRIPTS = "\n".join(file.read_text(encoding="utf-8") for file in sorted(WEB.rglob("*.js")))
ROUTES = "\n".join(file.read_text(encoding="utf-8") for file in sorted(WEB.parent.rglob("*.py")))
# t("key") and t('key'), whole; t(f"family.{...}") and t('family.' ~ x), by family.
LITERAL = re.compile(r"""\b(?:t|self)\(\s*["']([\w.]+\w)["']""")
FAMILY = re.compile(r"""[(=]\s*f["']([\w.]+?)\.?\{|\(\s*["']([\w.]+)\.["']\s*~""")
# In scripts: t("key"), active("key"); a key of the app's own sections wherever it is written;
# t(`family.${x}`), t.name("family", x).
CALLED = re.compile(r"""\b(?:t|active)\(\s*["']([\w.-]+\w)["']""")
QUOTED = re.compile(r"""["'`](app(?:_\w+)?\.[\w.-]*\w)["'`]""")
MADE = re.compile(r"`([\w.-]+?)\.?\$\{")
GIVEN = re.compile(r"""\b(?:name|_named|_spoken)\(\s*["'](\w[\w.]*)["']""")
NAMED = re.compile(r"""\b(?:name|names|family|text|say)\(\s*["'](\w[\w.]*)["']""")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def words() -> set[str]:
    """Every name a key's last part may stand for: words of the code, columns and values of data."""
    found = set(re.findall(r"\w+", SOURCES))
    for frame in tables_of(synthetic.findings()).values():
        found |= set(map(str, frame.columns))
        for column in frame.select_dtypes(["object", "string"]).columns:
            found |= set(map(str, frame[column].dropna().unique()))
    return found


def test_no_key_is_written_twice() -> None:
    for lang in TEXTS:
        keys = re.findall(
            r'"([\w.-]+)":', (FOLDER / "locales" / f"{lang}.json").read_text(encoding="utf-8")
        )
        assert len(keys) == len(set(keys))


def test_both_languages_have_the_same_keys() -> None:
    assert list(TEXTS["en"]) == list(TEXTS["es"])


def test_placeholders_agree() -> None:
    differ = [
        key
        for key, text in TEXTS["en"].items()
        if placeholders(text) != placeholders(TEXTS["es"][key])
    ]
    assert differ == []


def test_every_key_asked_for_exists() -> None:
    asked = set(LITERAL.findall(SOURCES))
    assert len(asked) > 100
    assert sorted(asked - set(TEXTS["en"])) == []


def test_every_key_that_a_script_asks_for_exists() -> None:
    asked = set(CALLED.findall(SCRIPTS)) | set(QUOTED.findall(SCRIPTS + ROUTES))
    asked -= set(GIVEN.findall(SCRIPTS + ROUTES))  # names of families, which the next test sees to
    assert len(asked) > 100
    assert sorted(asked - set(TEXTS["en"])) == []


def test_every_family_that_a_script_asks_for_exists() -> None:
    families = {name for name in MADE.findall(SCRIPTS) if name.startswith("app")}
    families |= set(GIVEN.findall(SCRIPTS))
    assert len(families) > 10
    lacking = {f for f in families if not any(k.startswith(f"{f}.") for k in TEXTS["en"])}
    assert lacking == set()


def test_no_key_of_the_app_is_unused() -> None:
    literal = set(CALLED.findall(SCRIPTS)) | set(QUOTED.findall(SCRIPTS + ROUTES))
    families = set(MADE.findall(SCRIPTS)) | set(GIVEN.findall(SCRIPTS + ROUTES))
    families |= {a or b for a, b in FAMILY.findall(ROUTES)}
    known = set(re.findall(r"[\w-]+", SCRIPTS + ROUTES)) | set(LANES) | _record_words()
    known |= {*decide.OUTCOMES, *decide.GANG_STRATEGIES, *decide.FAN_UNITS}
    known |= _parameter_words() | {one.name for one in infer.INDICATORS} | _place_words()
    known |= {key.partition(".")[2] for key in TEXTS["en"] if key.startswith("verdict.")}
    known |= {
        re.sub(r"\W+", "_", unit).strip("_") for unit in [*decide.FAN_UNITS.values(), "index years"]
    }

    def used(key: str) -> bool:
        parts = key.split(".")
        made = any(
            ".".join(parts[:i]) in families and set(parts[i:]) <= known
            for i in range(1, len(parts))
        )
        return key in literal or made

    assert [key for key in TEXTS["en"] if key.startswith("app") and not used(key)] == []


def _record_words() -> set[str]:
    """Names of series and units of the embedded case, as keys write them."""
    rows = record.load("el-salvador").observations
    names = {*rows["series"].unique(), *rows["unit"].unique()}
    return {re.sub(r"\W+", "_", name.replace("%", "percent")).strip("_") for name in names}


def _parameter_words() -> set[str]:
    """Names of parameters and their units, as keys write them."""
    units = {re.sub(r"\W+", "_", p.unit).strip("_") for p in model.PARAMETERS}
    return units | {p.name for p in model.PARAMETERS}


def _place_words() -> set[str]:
    """Names and kinds of places of the embedded case, as keys write them."""
    places = record.load("el-salvador").observations["place"].unique()
    parts = {part for place in places for part in re.split(r" \(|\)", place)}
    return {re.sub(r"\W+", "_", part).strip("_") for part in parts}


def test_every_place_has_a_kind_in_both_languages() -> None:
    places = record.load("el-salvador").observations["place"].unique()
    kinds = {found[1] for place in places if (found := re.search(r"\(([^()]+)\)$", place))}
    known = {kind.replace(" ", "_") for kind in kinds}
    assert {f"app_record.place_kind.{kind}" for kind in known} <= set(TEXTS["es"])


def test_parameters_and_indicators_are_told_as_they_are_declared() -> None:
    told = TEXTS["en"]
    assert {k for k in told if k.startswith("parameter.")} == {
        f"parameter.{p.name}" for p in model.PARAMETERS
    }
    for parameter in model.PARAMETERS:
        assert told[f"parameter.{parameter.name}"] == parameter.meaning
        unit = re.sub(r"\W+", "_", parameter.unit).strip("_")
        assert told[f"parameter_unit.{unit}"] == parameter.unit
    for one in infer.INDICATORS:
        assert told[f"app_hidden.model.{one.name}"] == one.model
        assert told[f"app_hidden.reason.{one.name}"] == one.reason
        numbers = r"\d+(?:\.\d+)?"  # the Spanish states the same strengths
        spanish = TEXTS["es"][f"app_hidden.model.{one.name}"]
        assert re.findall(numbers, spanish) == re.findall(numbers, one.model)


def test_no_key_is_unused() -> None:
    literal = set(LITERAL.findall(SOURCES))
    families = {a or b for a, b in FAMILY.findall(SOURCES)} | set(NAMED.findall(SOURCES))
    handed_on = re.search(r"families = \(([^)]*)\)", SOURCES)  # those the page's script reads
    assert handed_on is not None
    families |= set(re.findall(r"\w+", handed_on[1]))
    known = words() | set(CATALOGUE) | _choices() | _parameter_words()
    known |= {
        "final",
        "revised",
        "reported",
        "preliminary",
        "derived",
        "recalled",
    }
    known |= {str(i) for i in range(13)}
    known |= {*PERIODS, *DESIGNS}
    counterfactuals, terms = _counterfactuals(), _terms()

    def used(key: str) -> bool:
        if key in literal:
            return True
        parts = key.split(".")
        for i in range(1, len(parts)):
            if ".".join(parts[:i]) in families:
                rest = set(parts[i:])
                return rest <= known | counterfactuals | terms
        return False

    assert [key for key in TEXTS["en"] if not key.startswith("app") and not used(key)] == []


def _choices() -> set[str]:
    """Choices of the curves of all designs, and their options that have names."""
    numbered = {"base", "length", "shortest", "window"}
    return numbered | set(OPTIONS) | {name for options in OPTIONS.values() for name in options}


def test_every_choice_of_a_design_and_every_option_has_words() -> None:
    for lang in TEXTS:
        told = set(TEXTS[lang])
        lacking = {f"choice.{name}" for name in (*OPTIONS, "base", "length", "shortest", "window")}
        lacking |= {f"option.{name}" for options in OPTIONS.values() for name in options}
        assert lacking - told == set()


def _counterfactuals() -> set[str]:
    from tregua.decide import COUNTERFACTUALS

    return {"central", *(assumed.name for assumed in COUNTERFACTUALS)}


def _terms() -> set[str]:
    from tregua.decide import bargain_terms

    return set(bargain_terms()["name"])


def test_an_own_text_for_every_number_of_a_bargain() -> None:
    assert {k.split(".")[1] for k in TEXTS["en"] if k.startswith("term.")} == _terms()


def test_spanish_and_english_differ_where_they_should() -> None:
    shared = {k for k, v in TEXTS["en"].items() if v == TEXTS["es"][k]}
    assert all(
        k.startswith(("language.", "sign.mark", "field.q", "breaks.levels", "strategy.mano_dura"))
        or len(TEXTS["en"][k]) < 20
        for k in shared
    ), shared


def test_an_own_text_for_every_assumption() -> None:
    assert {k.split(".")[1] for k in TEXTS["en"] if k.startswith("counterfactual.")} == (
        _counterfactuals()
    )
