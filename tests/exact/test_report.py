"""Is the page the findings, no more and no less, and does nothing leave it?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.browser import synthetic

from tregua import assess, report
from tregua.report import palette
from tregua.report.captions import caption
from tregua.report.claims_section import claims_view, forest
from tregua.report.columns import columns, embedded, safe_link
from tregua.report.figures import builders, fit
from tregua.report.onepage import MOST, chosen, onepage
from tregua.report.opening import leaning
from tregua.report.page import interval_picture, tables_of
from tregua.report.text import Text


@pytest.fixture(scope="module")
def findings() -> synthetic.Findings:
    return synthetic.findings()


@pytest.fixture(scope="module")
def html(findings: synthetic.Findings) -> str:
    return report.render(findings)


class Outline(HTMLParser):
    """What a browser would fetch, run or link to, and the elements it would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def visible(html: str) -> str:
    """The page without its templates and scripts."""
    without = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    return re.sub(r"<template.*?</template>", "", without, flags=re.S)


# The file.


def test_equal_findings_give_equal_bytes(html: str) -> None:
    assert report.render(synthetic.findings()) == html


def test_write_makes_the_folder_and_returns_the_file(
    findings: synthetic.Findings, tmp_path: Path, html: str
) -> None:
    file = report.write(findings, tmp_path / "deep" / "report.html")
    assert file == tmp_path / "deep" / "report.html"
    assert file.read_text(encoding="utf-8") == html
    assert file.stat().st_size < 3_000_000


def test_an_unknown_language_is_refused(findings: synthetic.Findings) -> None:
    with pytest.raises(ValueError, match=r"No language 'fr'. Known: en, es."):
        report.render(findings, "fr")


def test_nothing_is_fetched(html: str) -> None:
    outline = Outline(html)
    assert [a for a in outline.all("script") if "src" in a] == []
    assert [a["href"] for a in outline.all("link")] == ["data:,"]
    assert not any(outline.all(tag) for tag in ("img", "iframe", "object", "video", "form", "base"))
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_policy_allows_exactly_the_two_scripts_of_the_page(html: str) -> None:
    policy = next(
        a["content"] or ""
        for a in Outline(html).all("meta")
        if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    digests = {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests
    assert len(scripts) == 2


def test_the_page_opens_in_the_language_asked_for_and_holds_both(
    findings: synthetic.Findings,
) -> None:
    page = report.render(findings, "es")
    assert '<html lang="es">' in page
    assert Outline(page).all("template") == [{"id": "page-en"}]
    assert "El registro</h2>" in visible(page)
    assert "The record</h2>" not in visible(page)
    assert "The record</h2>" in page


def test_headings_landmarks_and_ids(html: str, findings: synthetic.Findings) -> None:
    outline = Outline(visible(html))
    assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("nav")) == 1
    ids = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(a["aria-label"] for _, a in outline.tags if a.get("role") == "img")
    assert len(outline.all("figure")) == len(report.figure_names(findings))
    anchors = {a["href"] for a in outline.all("a") if (a["href"] or "").startswith("#")}
    assert {anchor[1:] for anchor in anchors if anchor} <= set(ids)


def test_each_table_is_embedded_once_and_whole(html: str, findings: synthetic.Findings) -> None:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert found is not None
    data = json.loads(found[1])
    for name, table in data["tables"].items():
        frame = tables_of(findings)[name]
        assert table["rows"] == len(frame), name
        assert list(table["columns"]) == list(frame.columns), name
    assert data["tables"]["homicides"]["columns"]["value"]["v"] == [
        int(v) for v in findings.tables["homicides"]["value"]
    ]


def test_tables_that_are_missing_leave_their_figures_out(findings: synthetic.Findings) -> None:
    kept = {name: findings.tables[name] for name in ("homicides", "events")}
    poor = synthetic.Findings(findings.record, kept, ())
    assert report.figure_names(poor) == ("record",)
    page = report.render(poor)
    assert "they cannot say why</h1>" in page
    assert page.count("<figure") == 2  # one in each language


def test_hostile_strings_are_written_as_text() -> None:
    page = report.render(synthetic.hostile())
    assert "<img" not in visible(page)
    assert "onerror=" not in re.sub(r"&[#\w]+;", "", "".join(re.findall(r"<[a-z][^>]*>", page)))
    scripts = Outline(page).all("script")
    assert len(scripts) == 3  # data, Vega, the page's own
    hrefs = [a.get("href") or "" for a in Outline(page).all("a")]
    assert all(h.startswith(("#", "https://", "http://")) for h in hrefs)


# Its parts.


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=1", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:", False),
        ("http://[", False),
        ("", False),
        (None, False),
        (float("nan"), False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: object, kept: bool) -> None:
    assert safe_link(url) == (url if kept else "")


def test_embedded_json_cannot_end_its_element_and_reads_back() -> None:
    value = {"a": "</script><!--\u2028'\"&", "b": [1.5, None]}
    text = embedded(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


def test_columns_are_short_exact_and_dated() -> None:
    frame = pd.DataFrame(
        {
            "s": ["x", "x", "y", None, "x"],
            "v": [123456.789, float("nan"), 2.0, -0.00012345, 5],
            "d": pd.to_datetime(["2012-03-08"] * 5),
            "b": [True, False, True, True, False],
        }
    )
    found = columns(frame, digits=4)
    assert found["rows"] == 5
    assert found["columns"]["s"] == {"v": ["x", "x", "y", None, "x"]}
    assert found["columns"]["v"] == {"v": [123500, None, 2, -0.0001234, 5]}
    assert found["columns"]["d"] == {"t": "date", "d": ["2012-03-08"], "i": [0] * 5}
    assert found["columns"]["b"] == {"v": [True, False, True, True, False]}
    assert columns(frame)["columns"]["v"]["v"][0] == 123456.789


def test_interval_pictures_keep_order_and_mark_the_reference() -> None:
    at = interval_picture(0.5, 0.55, 0.6, 1.0)
    assert at == {"low": 8.0, "middle": 16.4, "high": 24.8, "reference": 92.0}
    assert interval_picture(1, 2, 3, float("nan")) == {"low": 8.0, "middle": 50.0, "high": 92.0}
    assert interval_picture(float("nan"), 2, 3, 1) is None
    assert interval_picture(1, 1, 1, 1) is not None


# The claims.


def test_claims_stand_after_the_record_and_qualifying_ones_first(html: str) -> None:
    shown = visible(html)
    order = [shown.index(f'<section class="wrap" id="{i}"') for i in ("record", "claims", "counts")]
    assert order == sorted(order)
    claims = [a for _, a in Outline(shown).tags if a.get("class") == "claim"]
    assert next(a["id"] for a in claims) == "claim-44"
    assert len(claims) == len(synthetic.verdicts())
    by_id = {a["id"]: a for a in claims}
    assert by_id["claim-44"]["data-qualifies"] == "1"
    assert by_id["claim-30"]["data-verdict"] == "not_identified"
    assert by_id["claim-30"]["data-theme"] == "truce"
    assert by_id["claim-4"]["data-theme"] == "pact"
    assert "data-qualifies" not in by_id["claim-4"]


def test_the_view_of_the_claims_counts_them_and_offers_only_filters_that_leave_some(
    findings: synthetic.Findings,
) -> None:
    view = claims_view(findings, ["core_claim"], Text("en"))
    assert {entry["verdict"]: entry["n"] for entry in view["tally"]} == {
        "supported": 2,
        "contradicted": 1,
        "mixed": 1,
        "not_identified": 1,
        "not_tested": 1,
    }
    offered = {one["name"]: one["options"] for one in view["filters"]}
    assert [(value, n) for value, _, n in offered["reach"]] == [("record", 5), ("model", 1)]
    assert [(value, n) for value, _, n in offered["kind"]] == [("quantity", 1), ("causal", 5)]
    assert sum(n for _, _, n in offered["theme"]) == 6
    rows = {row["number"]: row for group in view["groups"] for row in group["rows"]}
    assert rows["44"]["pips"] == "●●●"
    assert rows["30"]["weighed"] is False
    assert rows["44"]["tables"] == [("core_claim", True)]
    assert rows["44"]["function"] == ""  # invented words: not the claim of the registry


def test_a_verdict_on_a_claim_of_the_registry_names_its_function(
    findings: synthetic.Findings,
) -> None:
    real = replace_names(findings.verdicts[0], sentence=dict(assess.claim("44").sentence))
    changed = synthetic.Findings(findings.record, findings.tables, (real,))
    row = claims_view(changed, [], Text("en"))["groups"][0]["rows"][0]
    assert row["function"] == "tregua.assess.on_worlds.core_thesis"


def test_a_published_estimate_stands_beside_ours_on_one_scale(
    findings: synthetic.Findings, html: str
) -> None:
    view = claims_view(findings, [], Text("en"))
    rows = {row["number"]: row for group in view["groups"] for row in group["rows"]}
    (entry,) = rows["25"]["published"]
    theirs, ours = (line["at"] for line in entry["lines"])
    assert theirs["low"] == 8.0 and ours["high"] == 92.0  # one scale for both
    assert theirs["middle"] < ours["middle"]
    assert entry["lines"][0]["text"] == "0.55 (0.49 to 0.63; 95\u00a0%)"
    assert "Invented reasons." in html
    assert rows["44"]["published"] == []


def test_a_forest_without_intervals_has_points_only() -> None:
    nan = float("nan")
    assert forest([(1.0, nan, nan), (nan, nan, nan)]) == [{"middle": 8.0}, None]
    assert forest([(1.0, 0.0, 2.0), (4.0, 3.0, 4.0)]) == [
        {"middle": 29.0, "low": 8.0, "high": 50.0},
        {"middle": 92.0, "low": 71.0, "high": 92.0},
    ]


def test_many_tests_on_few_episodes_are_said_to_be_so(findings: synthetic.Findings) -> None:
    named = tuple(
        replace_names(v, test={"en": f"Invented test of {year}.", "es": "Prueba inventada."})
        for v, year in zip(findings.verdicts, (2012, 2012, 2022, 1999, 1999, 1999), strict=True)
    )
    changed = synthetic.Findings(findings.record, findings.tables, named)
    told = claims_view(changed, [], Text("en"))["episodes"]
    assert "of 6 claims, 2 have a test that names 2012 and 1 one that names 2022" in told
    assert claims_view(findings, [], Text("en"))["episodes"] == ""


# The sheet.


def test_the_sheet_takes_qualifying_claims_then_the_strongest() -> None:
    shown = [verdict.number for verdict in chosen(synthetic.verdicts())]
    assert shown == ["44", "29", "26", "25"]  # strong, moderate, weak; no answer, no place
    many = synthetic.verdicts() * 4
    assert len(chosen(many)) == MOST
    assert [v.number for v in chosen(many)][:4] == ["44"] * 4


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_sheet_holds_its_claims_what_is_open_and_how_it_was_made(
    lang: str, findings: synthetic.Findings, tmp_path: Path
) -> None:
    file = report.write_onepage(findings, tmp_path / "deep" / "sheet.html", lang)
    html = file.read_text(encoding="utf-8")
    outline = Outline(html)
    assert outline.all("script") == []
    assert len([a for a in outline.all("th") if a.get("scope") == "row"]) == 4
    assert [a["href"] for a in outline.all("a")] == ["report.html"]
    assert findings.provenance.command in html
    assert findings.record.digest in html
    assert pick_sentence("30", lang) in html  # not identified, so it is named as open
    assert report.render(findings, lang) != html


def test_a_sheet_of_hostile_words_runs_nothing_and_one_without_verdicts_says_so(
    findings: synthetic.Findings,
) -> None:
    page = onepage(synthetic.hostile())
    assert "<img" not in page
    assert "<script" not in page
    bare = onepage(synthetic.Findings(findings.record, findings.tables, ()))
    assert "These findings hold no verdicts." in bare
    with pytest.raises(ValueError, match="No language 'fr'"):
        onepage(findings, "fr")


def replace_names(verdict: object, **changes: object) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(verdict), **changes})


def pick_sentence(number: str, lang: str) -> str:
    by_number = {verdict.number: verdict for verdict in synthetic.verdicts()}
    return str(by_number[number].sentence[lang])


# Words and numbers.


def test_numbers_are_written_as_in_el_salvador_in_both_languages() -> None:
    for lang in ("en", "es"):
        t = Text(lang)
        assert t.number(1234.5, 1) == "1,234.5"
        assert t.number(-1234.4) == "−1,234"
        assert t.number(-0.001, 2) == "0.00"
        assert t.number(0.0123) == "0.012"
        assert t.number(float("nan")) == "–"
        assert t.signed(3.25) == "+3.25"
        assert t.signed(0) == "0"
        assert t.percent(0.999) == ">99\u00a0%"
        assert t.percent(0.001) == "<1\u00a0%"
        assert t.percent(0.334) == "33\u00a0%"
    assert Text("en").interval(0.486, 0.634) == "0.49 to 0.63"
    assert Text("es").interval(0.486, 0.634) == "0.49 a 0.63"


def test_dates_are_written_in_the_language_of_the_page() -> None:
    assert Text("en").day("2012-03-08") == "8 March 2012"
    assert Text("es").day("2012-03-08") == "8 de marzo de 2012"
    assert Text("es").months("2012-03-01", "2012-04-01") == "marzo de 2012 a abril de 2012"
    assert Text("en").months("2012-04-01", "2012-04-01") == "April 2012"
    assert Text("en").years(1) == "1\u00a0year"
    assert Text("es").years(10) == "10\u00a0años"


def test_unknown_names_are_made_readable_and_unknown_keys_refused() -> None:
    assert Text("es").name("strategy", "secret_pact") == "Pacto secreto"
    assert Text("es").name("strategy", "my_own_plan") == "My own plan"
    with pytest.raises(KeyError, match=r"Did you mean 'verdict\.mixed'"):
        Text("en")("verdict.mixd")


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (["lower", "lower", "higher"], "lower"),
        (["lower"] * 3 + ["higher", "unclear"], "mixed"),
        (["lower", "lower", "higher", "unclear"], "mixed"),
        (["unclear"] * 3 + ["lower"], "unclear"),
    ],
)
def test_a_sign_speaks_only_with_two_thirds(signs: list[str], expected: str) -> None:
    assert leaning(pd.Series(signs)) == expected


@pytest.mark.parametrize("early", ["lower", "higher", "unclear", "mixed"])
@pytest.mark.parametrize("late", ["lower", "higher", "unclear", "mixed"])
def test_the_headline_says_what_the_signs_say(
    early: str, late: str, findings: synthetic.Findings
) -> None:
    signs = {1: early, 10: late}
    rows = [
        ("2012-01", f"c{i}", "status_quo", horizon, -1.0, 0.0, 1.0, 0.5, signed[i])
        for horizon, sign in signs.items()
        for signed in [["lower", "higher"] * 2 if sign == "mixed" else [sign] * 4]
        for i in range(4)
    ]
    frame = pd.DataFrame(rows, columns=list(findings.tables["core_claim"].columns))
    changed = synthetic.Findings(findings.record, {**findings.tables, "core_claim": frame}, ())
    t = Text("en")
    sentence = report.headline(changed, "en").sentence
    first = t(f"headline.early.{early}", years=t.years(1))
    assert sentence == f"{first}; {t(f'headline.late.{late}', years=t.years(10))}."


def test_the_three_numbers_come_from_their_tables(findings: synthetic.Findings) -> None:
    head = report.headline(findings, "en")
    breaks = findings.tables["detection_breaks"]
    assert breaks["mass"].max() == 1.03
    assert head.numbers[0].figure == ">99\u00a0%"
    assert "March 2012 to April 2012" in head.numbers[0].label
    assert head.numbers[1].figure == "0.60"  # the verdict on claim 25
    core = findings.tables["core_claim"]
    row = core[
        (core["reference"] == "reform")
        & (core["horizon"] == 10)
        & (core["origin"] == "2012-01")
        & (core["counterfactual"] == "central")
    ].iloc[0]
    assert head.numbers[2].middle == row["q50"]
    assert head.numbers[2].figure == f"{row['q50']:+,.0f}"


def test_the_break_table_orders_a_factor_that_falls_with_the_odds(
    findings: synthetic.Findings,
) -> None:
    breaks = findings.tables["detection_breaks"].copy()
    breaks["bayes_factor_low"], breaks["bayes_factor_high"] = 3.0, 1.4
    tables = {**findings.tables, "detection_breaks": breaks}
    changed = synthetic.Findings(findings.record, tables, ())
    assert ">0.5 to 3.0<" in report.render(changed)


def test_ties_favour_no_strategy() -> None:
    rows = [
        ("2012-01", strategy, 10, outcome, 0.0, 0.0, value, 1.0, 2.0, value, 0.0)
        for outcome, values in {"a": (0, 0, 0), "b": (1, 1, 2), "c": (3, 1, 2)}.items()
        for strategy, value in zip(("status_quo", "secret_pact", "reform"), values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(synthetic.ledger().columns))
    title = caption("ledger", {"ledger": frame}, Text("en")).title
    assert title.startswith("A secret pact is lowest, or shares the lowest place, on all 2 harms")


# Figures.


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_figure_becomes_a_picture(findings: synthetic.Findings, lang: str) -> None:
    for name in report.figure_names(findings):
        spec = report.figure(name, findings, lang, width=700)
        assert "var(--" not in json.dumps(spec)
        assert len(caption(name, tables_of(findings), Text(lang)).alternative) > 80


def test_figures_are_saved_as_svg_and_png(findings: synthetic.Findings, tmp_path: Path) -> None:
    spec = report.figure("level", findings, "es", theme="dark", width=700)
    svg = report.save_figure(spec, tmp_path / "level.svg", lang="es").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "caída abrupta" in svg
    assert palette.COLOURS["card"][1] in svg
    png = report.save_figure(spec, tmp_path / "level.png", scale=1).read_bytes()
    assert png.startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"ends in .svg or .png"):
        report.save_figure(spec, tmp_path / "level.gif")


def test_an_unknown_figure_is_refused_with_the_nearest(findings: synthetic.Findings) -> None:
    with pytest.raises(ValueError, match="Did you mean 'ledger'"):
        report.figure("leger", findings)


def test_titles_state_the_finding_of_the_data(findings: synthetic.Findings) -> None:
    tables, t = tables_of(findings), Text("en")
    assert caption("level", tables, t).title == (
        "The counts date 4 abrupt falls: April 2012, April 2016, July 2019 and April 2022"
    )
    missed = caption("history", tables, t).title
    assert missed.startswith("The model misses 1 of ")  # 2015 lies outside by construction
    signs = tables["core_claim"]["sign"].value_counts()
    assert (
        f"Lower in {signs['lower']}, higher in {signs['higher']}"
        in caption("core", tables, t).title
    )


def test_small_multiples_fold_and_the_given_chart_stays(findings: synthetic.Findings) -> None:
    spec = builders(tables_of(findings))["fans-2012-01"](tables_of(findings), Text("en"))
    before = json.dumps(spec)
    wide, narrow = fit(spec, 1100), fit(spec, 300)
    assert (wide["columns"], narrow["columns"]) == (5, 2)
    assert 5 * wide["spec"]["width"] + 4 * 16 + 58 <= 1100
    assert 2 * narrow["spec"]["width"] + 16 + 58 <= 300
    assert json.dumps(spec) == before


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_and_marks_keep_their_contrast(theme: int) -> None:
    colours = {role: pair[theme] for role, pair in palette.COLOURS.items()}
    for ground in ("paper", "card", "soft", "lower-ground", "higher-ground", "unclear-ground"):
        for text in ("ink", "muted"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("paper", "card", "soft"):
        assert _contrast(colours["accent"], colours[ground]) >= 4.5
    for binding in ("none", "gang", "government", "both"):  # names are written on these in ink
        assert _contrast(colours["ink"], colours[f"{binding}-ground"]) >= 4.5, binding
    marks = [r for r in colours if r.startswith("observed")]
    marks += ["inferred", "break", *palette.STRATEGY_COLOURS.values()]
    for mark in marks:
        assert _contrast(colours[mark], colours["card"]) >= 3, mark
