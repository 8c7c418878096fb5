"""Does a notebook see what a result holds: months, numbers, and what must stand beside them?

Results are synthetic. Pictures are read as the browser reads them: a line's path has a point for
each period, and the axes tell nothing that the table does not.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

import tregua
from tregua import decide, infer, model, shown
from tregua.assess import designs
from tregua.decide import LEDGER, OUTCOMES
from tregua.infer.counts.words import CAUSE, RULE_CHANGED
from tregua.report import notebook, palette
from tregua.report.notebook_views import VIEWS
from tregua.simulate import Ensemble
from tregua.simulate.ensemble import label, layout

MONTHS = 24


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    yield
    notebook.language("en")


def ensemble(periods: int = MONTHS, every: str = "month") -> Ensemble:
    """Twenty synthetic worlds of unequal weight."""
    names = ("killed", "recorded", "democracy", "pact", "approval", "command")
    columns, places = layout(names, 2)
    numbers = np.random.default_rng(7)
    values = numbers.gamma(3.0, 100.0, (20, periods, len(columns)))
    starts = pd.date_range("2010-01", periods=periods, freq="MS").to_numpy()
    kept = label(values, places, worlds=np.arange(20), starts=starts, every=every, gangs=("a", "b"))
    draws = model.prior_draws(20, seed=1)
    weights = numbers.random(20)
    object.__setattr__(draws, "weights", weights / weights.sum())
    return Ensemble(kept, cast(Any, None), draws, MappingProxyType({"seed": 7}))


def comparison(
    reply: str = "answer_in_kind", *, monthly: bool = True, months: int = MONTHS
) -> decide.Comparison:
    """Two strategies in forty synthetic worlds; the pact has fewer deaths in most."""
    flow = np.random.default_rng(len(reply)).gamma(4.0, 20.0, (2, 40, months))
    flow[1] *= 0.6
    totals = {name: np.cumsum(flow * (1 + i), axis=2) for i, name in enumerate(OUTCOMES)}
    return decide.Comparison(
        origin="2012-01",
        strategies=("status_quo", "secret_pact"),
        cumulative=totals,
        monthly={"recorded": flow / 2, "killed": flow} if monthly else {},
        months=pd.date_range("2012-01", periods=months, freq="MS").to_numpy(),
        weights=np.full(40, 1 / 40),
        reply=reply,
    )


def scenario(name: str = "A pact") -> decide.ScenarioRun:
    """A plan's result, made of a comparison as a run makes it."""
    plan = decide.Scenario(
        origin="2012-01",
        years=MONTHS / 12,
        worlds=40,
        worlds_from="prior",
        blocks=cast(Any, [{"lane": "pact", "start": "2012-03"}]),
        name=name,
    )
    both = comparison()
    ledger = pd.DataFrame(
        [
            {"outcome": "killed", "q05": 10.0, "q50": 1234.0, "q95": 4000.0}
            | {"status_quo_q05": 20.0, "status_quo_q50": 2345.0, "status_quo_q95": 5000.0}
            | {"change_q05": -1500.0, "change_q50": -1111.0, "change_q95": 30.0, "p_lower": 0.9},
            {"outcome": "uncounted", "q05": 0.0, "q50": 0.0, "q95": 0.0}
            | {"status_quo_q05": 0.0, "status_quo_q50": 0.0, "status_quo_q95": 0.0}
            | {"change_q05": 0.0, "change_q50": 0.0, "change_q95": 0.0, "p_lower": 0.5},
        ]
    )
    fan = np.sort(np.random.default_rng(7).gamma(4.0, 5.0, (7, MONTHS)), axis=0)
    return decide.ScenarioRun(
        scenario=plan,
        worlds=30,
        months=np.datetime64("2012-01", "M") + np.arange(MONTHS),
        fan={"killed": fan},
        ledger=ledger,
        paired=both.difference("secret_pact", "status_quo", 2, "killed"),
        headline=decide.printable(both, "secret_pact", "status_quo", "killed", 2),
    )


def detection() -> infer.Detection:
    """Three synthetic years in which the level halves in July 2011."""
    months = pd.date_range("2010-01", periods=36, freq="MS")
    level = np.where(np.arange(36) < 18, 300.0, 150.0)
    observed = level.copy()
    observed[3] = np.nan
    frame = pd.DataFrame({"month": months, "level": level, "observed": observed})
    frame = frame.assign(
        level_low=level * 0.9,
        level_high=level * 1.1,
        baseline=300.0,
        suppressed=np.where(level < 200, 0.9, 0.1),
        suppressed_filtered=0.4,
        onset=0.0,
        p_spike=0.0,
        at_least=np.arange(36) == 5,
    )
    july = months[18]
    breaks = pd.DataFrame(
        [
            {"median": july, "low": july, "high": months[19], "mass": 0.98}
            | {"before": 300.0, "after": 150.0, "ratio": 0.5, "ratio_low": 0.4, "ratio_high": 0.6}
            | {"bayes_factor_low": 1.2, "bayes_factor": 1.1, "bayes_factor_high": 0.9}
        ]
    )
    tiles = cast(Any, None)
    return infer.Detection(frame, breaks, {}, tiles, (CAUSE, RULE_CHANGED))


def search() -> Any:
    """Two shipped strategies and a plan that none beats."""
    from tregua.decide.search import SearchResult

    policies = pd.DataFrame(
        {
            "number": [1, 2, 3],
            "source": ["search", "shipped", "shipped"],
            "policy": ["pact from 2012-03", "status_quo", "mano_dura"],
            "undominated": [True, True, False],
            "shown": [True, True, False],
        }
    )
    values = pd.DataFrame(
        [
            {"number": n, "outcome": outcome, "held_out": held, "held_out_error": 1.0}
            for n, row in ((1, (321, 70)), (2, (400, 60)), (3, (500, 80)))
            for outcome, held in zip(("killed", "detained"), row, strict=True)
        ]
    )
    empty = pd.DataFrame()
    return SearchResult(
        *("2012-01", 2, ("killed", "detained"), 50, 60),
        *(np.zeros(2), np.ones(2), policies, values, empty, empty),
    )


def estimate() -> designs.Estimate:
    months = pd.date_range("2008-01-01", periods=61, freq="MS")
    counts = [300 + 10 * (k % 3) for k in range(40)] + [150 + 5 * (k % 3) for k in range(20)]
    table = pd.DataFrame({"start": months[:-1], "end": months[1:], "value": counts})
    return designs.interrupted(
        designs.count_series(table),
        [designs.Interruption("2011-05", name="event")],
        question="event",
        window=("2011-05", "2012-12"),
        placebos=False,
    )


def staggered() -> designs.Staggered:
    months = pd.date_range("2010-01", periods=36, freq="MS")
    rows = [
        {"unit": unit, "month": month, "treated_from": months[24] if unit in "ab" else None}
        | {"count": 10 if unit in "ab" and month >= months[24] else 20}
        for unit in "abcdef"
        for month in months
    ]
    return designs.differences(pd.DataFrame(rows))


def breaks() -> designs.BreakDates:
    months = pd.date_range("2010-01", periods=48, freq="MS")
    counts = np.r_[np.full(24, 300), np.full(24, 150)]
    return designs.break_dates(pd.DataFrame({"date": months, "count": counts}))


MAKERS = {
    "Ensemble": ensemble,
    "Comparison": comparison,
    "Crossing": lambda: decide.Crossing((comparison(), comparison("best_reply"))),
    "ScenarioRun": scenario,
    "SearchResult": search,
    "Detection": detection,
    "Estimate": estimate,
    "Staggered": staggered,
    "BreakDates": breaks,
}


@pytest.fixture(scope="module")
def values() -> dict[str, shown.Shown]:
    return {name: make() for name, make in MAKERS.items()}


def seen(value: shown.Shown) -> dict[str, str]:
    """What a notebook is given; spaces that hold words together are plain ones here."""
    given = value._repr_mimebundle_()
    return {kind: text.replace("\u00a0", " ") for kind, text in given.items()}


def table_of(html: str) -> list[list[str]]:
    """The table of the page, row by row."""
    found = re.search(r"<table>.*</table>", html, re.DOTALL)
    assert found is not None
    rows = ET.fromstring(found[0]).iter("tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def lines_of(svg: str, **attributes: str) -> list[int]:
    """Points on each line of the picture that has these attributes."""
    wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
    return [
        len(re.findall(r"[ML]", path.attrib["d"]))
        for path in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")
        if wanted.items() <= path.attrib.items()
    ]


def words_of(svg: str) -> str:
    return " ".join("".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.text)


# Months, titles and numbers.


@pytest.mark.parametrize(("periods", "every"), [(24, "month"), (40, "month"), (6, "week")])
def test_an_ensemble_draws_every_period_once(periods: int, every: str) -> None:
    svg = seen(ensemble(periods, every))["image/svg+xml"]
    blue = palette.COLOURS["accent"][0]
    assert lines_of(svg, stroke=blue) == [periods]
    # A band goes there and back again.
    assert [n for n in lines_of(svg, fill=blue) if n > 2] == 3 * [2 * periods]
    assert "All killings" in words_of(svg)
    assert "20 worlds" in words_of(svg)


def test_an_ensemble_tells_weighted_quantiles_of_the_whole_run() -> None:
    value = ensemble()
    rows = {row[0]: row[1:] for row in table_of(seen(value)["text/html"])}
    killed, democracy = (value.kept[name].values for name in ("killed", "democracy"))
    for words, over, totals, digits in (
        ("All killings", "sum over the run", killed.sum(axis=1), 0),
        ("Democracy (1 = full)", "at the end", democracy[:, -1], 0),
    ):
        low, middle, high = np.quantile(
            totals, [0.05, 0.5, 0.95], weights=value.draws.weights, method="inverted_cdf"
        )
        text = f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"
        assert rows[words][0] == over
        if words == "All killings":
            assert rows[words][1] == text
        else:
            assert float(rows[words][1].split(" ")[0]) == pytest.approx(middle, rel=0.01)
    assert "Also kept: approval, command." in seen(value)["text/plain"]


def test_a_run_of_one_period_has_a_table_and_no_picture() -> None:
    found = seen(ensemble(1))
    assert set(found) == {"text/plain", "text/html"}
    assert "<img" not in found["text/html"]
    assert len(table_of(found["text/html"])) == 5


def test_a_comparison_tells_the_quantiles_of_its_totals() -> None:
    value = comparison()
    html = seen(value)["text/html"]
    head, *rows = table_of(html)
    assert head == ["Harm", "Status quo", "Secret pact"]
    assert len(rows) == 1 + len(LEDGER)
    for place, name in enumerate(value.strategies, 1):
        low, middle, high = np.quantile(
            value.total("killed", name, 2),
            [0.05, 0.5, 0.95],
            weights=value.weights,
            method="inverted_cdf",
        )
        assert rows[0][place] == f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"
    # The sentence that may be printed, with its hedge, and none besides.
    told = decide.printable(value, "secret_pact", "status_quo", "killed", 2)
    assert told.en in unescape(html)


def test_a_comparison_draws_a_panel_of_months_for_each_strategy() -> None:
    svg = seen(comparison())["image/svg+xml"]
    for role in ("status-quo", "secret-pact"):
        assert MONTHS in lines_of(svg, stroke=palette.COLOURS[role][0])
    assert "Strategies compared over 2 years from January 2012" in words_of(svg)
    longer = seen(comparison(months=31))
    assert "31 months from January 2012" in longer["text/plain"]
    assert 31 in lines_of(longer["image/svg+xml"], stroke=palette.COLOURS["secret-pact"][0])


def test_a_comparison_without_months_draws_its_ledger() -> None:
    svg = seen(comparison(monthly=False))["image/svg+xml"]
    assert "Thick bar: 50 % of worlds" in words_of(svg)
    assert lines_of(svg, stroke=palette.COLOURS["secret-pact"][0]) == []


def test_a_crossing_tells_every_reply_and_whether_the_sign_holds() -> None:
    one, other = comparison(), comparison("best_reply")
    value = decide.Crossing((one, other))
    found = seen(value)
    rows = table_of(found["text/html"])[1:]
    for row, each in zip(rows, (one, other), strict=True):
        gap = each.difference("secret_pact", "status_quo", 2, "killed")
        assert row[2].startswith(f"−{-gap.q50:,.0f} (")
    agreed = value.agreement()
    agreed = agreed[(agreed["outcome"] == "killed") & (agreed["strategy"] == "secret_pact")]
    assert value.sign("secret_pact", "status_quo", 2, "killed") == agreed["holds"].iloc[-1]
    assert "under every reply, at least 8 of 10 worlds have fewer" in found["text/plain"]


def test_a_plan_tells_its_ledger_its_stances_and_its_sentence() -> None:
    value = scenario()
    found = seen(value)
    head, killed, uncounted = table_of(found["text/html"])
    assert head[1:] == ["This plan", "Status quo", "Difference", "Worlds with less"]
    assert killed[1:3] == ["1,234 (10 to 4,000)", "2,345 (20 to 5,000)"]
    assert killed[3:] == ["−1,111 (−1,500 to +30)", "90 %"]
    # Where worlds only tie, no share of them has less.
    assert uncounted[4] == "the same"
    text = found["text/plain"]
    assert value.headline.en in text
    assert "Status quo from January 2012; Secret pact from March 2012." in text
    assert "30 of 40 worlds" in text
    assert lines_of(found["image/svg+xml"], stroke=palette.COLOURS["accent"][0]) == [MONTHS]
    assert "All killings: A pact" in words_of(found["image/svg+xml"])


def test_a_detection_draws_its_months_and_dates_its_falls() -> None:
    found = seen(detection())
    svg = found["image/svg+xml"]
    blue = palette.COLOURS["inferred"][0]
    assert lines_of(svg, stroke=blue, stroke_width="2.2") == [36, 36]  # level and probability
    # Of 36 months one has no count and one a bound only: the others are dots.
    dots = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")
    assert sum(dot.get("opacity") == "0.55" for dot in dots) == 34
    assert table_of(found["text/html"])[1] == [
        "July 2011",
        "July 2011 to August 2011",
        "0.98",
        "300 → 150",
        "0.50 (0.40 to 0.60)",
        "0.90 to 1.20",
    ]
    assert "The counts date one abrupt fall: July 2011" in words_of(svg)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_detection_is_never_shown_without_its_notices(lang: str) -> None:
    notebook.language(lang)
    found = seen(detection())
    for notice in (CAUSE, RULE_CHANGED):
        assert getattr(notice, lang) in found["text/plain"]
        assert getattr(notice, lang) in unescape(found["text/html"])


def test_an_estimate_tells_its_interval_its_assumptions_and_its_reputation() -> None:
    value = estimate()
    found = seen(value)
    head, ratio, averted = table_of(found["text/html"])
    assert head == ["", "Estimate", "90 % interval"]
    assert ratio[1:] == [f"{value.value:.2f}", f"{value.low:.2f} to {value.high:.2f}"]
    assert averted[1] == f"{value.averted()[0]:,.0f}"
    for line in value.summary().split("\n")[-3:]:
        assert line in found["text/plain"]
        assert line in unescape(found["text/html"])
    assert 60 in lines_of(found["image/svg+xml"], stroke=palette.COLOURS["inferred"][0])


def test_other_designs_and_a_search_tell_their_numbers() -> None:
    found = seen(staggered())
    assert table_of(found["text/html"])[1][1] == "0.50"
    assert "2 treated places" in found["text/plain"]
    found = seen(breaks())
    assert table_of(found["text/html"])[1][:2] == ["fall", "January 2012"]
    found = seen(search())
    rows = table_of(found["text/html"])[1:]
    assert rows == [["1", "pact from 2012-03", "321", "70.0"], ["2", "Status quo", "400", "60.0"]]


# What a notebook is given.


@pytest.mark.parametrize("name", MAKERS)
def test_a_bundle_needs_no_script_no_network_and_no_renderer(
    values: dict[str, shown.Shown], name: str
) -> None:
    found = seen(values[name])
    assert set(found) == {"text/plain", "text/html", "image/svg+xml"}
    for text in (found["text/html"], found["image/svg+xml"]):
        assert "<script" not in text
        assert "http" not in text.replace("http://www.w3.org/", "")
    assert "var(" not in found["image/svg+xml"]
    ET.fromstring(found["image/svg+xml"])


@pytest.mark.parametrize("name", MAKERS)
def test_the_picture_of_a_page_has_a_ground_and_both_themes(
    values: dict[str, shown.Shown], name: str
) -> None:
    html = seen(values[name])["text/html"]
    coded = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert coded is not None
    svg = base64.b64decode(coded[1]).decode()
    root = ET.fromstring(svg)
    style = "".join(node.text or "" for node in root.iter() if node.tag.endswith("style"))
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    used = set(re.findall(r"var\(--([\w-]+)\)", svg))
    assert {"card", "ink"} <= used
    for role in used:
        assert f"--{role}:{palette.COLOURS[role][0]};" in light
        assert f"--{role}:{palette.COLOURS[role][1]};" in dark
    ground = next(node for node in root.iter() if node.tag.endswith("rect"))
    assert ground.attrib["fill"] == "var(--card)"
    # Words and numbers outside the picture take the notebook's colours.
    assert "color" not in html.replace(coded[0], "")


def test_the_same_result_gives_the_same_bytes_however_many_were_shown() -> None:
    given = [breaks()._repr_mimebundle_() for _ in range(2)]
    assert "clip" in given[0]["image/svg+xml"]
    assert given[0] == given[1]


def test_without_the_library_that_draws_the_table_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    value = comparison()
    drawn = seen(value)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    found = seen(value)
    assert set(found) == {"text/plain", "text/html"}
    assert "<img" not in found["text/html"]
    assert table_of(found["text/html"]) == table_of(drawn["text/html"])
    assert "Strategies compared over 2 years" in found["text/html"]  # no picture bears the title
    assert found["text/plain"] == drawn["text/plain"]


def test_types_can_be_asked_for_and_left_out() -> None:
    value = scenario()
    assert set(value._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert "image/svg+xml" not in value._repr_mimebundle_(exclude=["image/svg+xml"])
    assert value._repr_html_() == value._repr_mimebundle_()["text/html"]


def test_results_show_themselves_in_the_language_set() -> None:
    value = comparison()
    assert notebook.language() == "en"
    assert notebook.language("es") == "es"
    found = seen(value)
    assert "Estrategias comparadas durante 2 años desde enero de 2012" in found["text/plain"]
    assert table_of(found["text/html"])[0] == ["Daño", "Sin cambios", "Pacto secreto"]
    assert "Bandas: 50, 80 y 90" in words_of(found["image/svg+xml"])
    with pytest.raises(ValueError, match=r"No language 'fr'\. Known: en, es\."):
        notebook.language("fr")
    assert notebook.language() == "es"


def test_a_hostile_name_stays_a_name() -> None:
    name = "</text><script>alert(1)</script>"
    found = seen(scenario(name))
    assert "<script" not in found["text/html"]
    assert "<script" not in found["image/svg+xml"]
    assert "&lt;script&gt;" in found["text/html"]
    assert name in words_of(found["image/svg+xml"]) or "alert(1)" in words_of(
        found["image/svg+xml"]
    )


# How results are found.


def test_every_result_that_may_be_shown_has_a_view_and_no_view_is_idle() -> None:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in shown.Shown.__subclasses__()}
    assert kinds - {f"{__name__}.Plain"} == set(VIEWS)
    assert {name.rpartition(".")[2] for name in VIEWS} == set(MAKERS)


class Plain(shown.Shown):
    """A result of somebody's own, without a view."""


class OwnEnsemble(Ensemble):
    """Somebody's own kind of ensemble."""


def test_a_class_without_a_view_shows_its_name_and_one_derived_shows_its_base() -> None:
    assert seen(Plain()).keys() == {"text/plain"}
    assert Plain()._repr_html_() is None
    base = ensemble()
    own = OwnEnsemble(base.kept, base.final, base.draws, base.provenance)
    assert seen(own) == seen(base)


def test_a_stage_loads_without_the_report_and_still_prints() -> None:
    code = (
        "import sys, json\n"
        "from tregua import decide, infer, simulate\n"
        "from tregua.assess import designs\n"
        "above = [m for m in sys.modules if m.startswith(('tregua.report', 'vl_convert'))]\n"
        "print(json.dumps([above, simulate.Ensemble._repr_mimebundle_.__module__]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], "tregua.shown"]


def test_no_other_place_looks_a_stage_up_by_its_name() -> None:
    root = Path(tregua.__file__).parent
    leading = re.compile(r"""["']tregua\.(report|app|cli|study|calibration)[.\w]*["']""")
    stages = ("record", "model", "simulate", "scale", "infer", "decide", "assess")
    files = [
        root / "shown.py",
        *(file for stage in stages for file in (root / stage).rglob("*.py")),
    ]
    found = {
        file.relative_to(root).as_posix()
        for file in files
        if leading.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"shown.py"}


# As notebooks ask. These run where their libraries are installed; tregua needs none of them.


def test_jupyter_takes_the_bundle() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    value = scenario()
    data, _ = formatters.DisplayFormatter().format(value)
    assert data == value._repr_mimebundle_()


def test_a_notebook_that_is_run_holds_picture_and_table() -> None:
    nbformat, nbclient = (pytest.importorskip(name) for name in ("nbformat", "nbclient"))
    pytest.importorskip("ipykernel")
    cells = (
        "import pandas as pd; from tregua.assess import designs",
        "months = pd.date_range('2010-01', periods=48, freq='MS')\n"
        "counts = pd.DataFrame({'date': months, 'count': 24 * [300] + 24 * [150]})\n"
        "designs.break_dates(counts)",
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(made, timeout=120, kernel_name="python3").execute()
    (output,) = made.cells[1].outputs
    given = breaks()._repr_mimebundle_()
    assert output.data["text/html"] == given["text/html"]
    assert output.data["image/svg+xml"] == given["image/svg+xml"]
    assert output.data["text/plain"].startswith("When the level of the counts broke")


def test_marimo_takes_the_page() -> None:
    formatting = pytest.importorskip("marimo._output.formatting")
    found = formatting.try_format(scenario("A pact"))
    assert found.mimetype == "text/html"
    assert '<img src="data:image/svg+xml' in found.data
