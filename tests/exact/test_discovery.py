"""Boxes on data whose box is known, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from tregua import decide
from tregua.decide import robustness
from tregua.decide.robustness import Box, Limit, Outcome

OUTCOME = Outcome("killed", 10)


@pytest.fixture(scope="module")
def planted():
    """Synthetic: interest where x < 0.4 and y > 0.5 and the switch is on, in 19 of 20 points."""
    draw = np.random.Generator(np.random.Philox(key=[11, 1]))
    inputs = pd.DataFrame(draw.random((1500, 4)), columns=["w", "x", "y", "z"])
    inputs["fringe"] = np.where(draw.random(1500) < 0.5, "on", "off")
    inside = (inputs["x"] < 0.4) & (inputs["y"] > 0.5) & (inputs["fringe"] == "on")
    return inputs, draw.random(1500) < np.where(inside, 0.95, 0.05)


def test_a_planted_box_is_found(planted):
    box = robustness.discover(*planted, density=0.93)
    limits = {limit.name: limit for limit in box.limits}
    assert set(limits) == {"x", "y", "fringe"}
    assert limits["x"].low == -np.inf
    assert limits["x"].high == pytest.approx(0.4, abs=0.03)
    assert limits["y"].low == pytest.approx(0.5, abs=0.03)
    assert limits["y"].high == np.inf
    assert limits["fringe"].kept == ("on",)
    assert box.density > 0.92
    # Within: 0.1 x 0.95 of all points; outside: 0.9 x 0.05. Coverage cannot pass their share.
    assert box.coverage == pytest.approx(0.095 / 0.14, abs=0.06)
    assert abs(box.held_out_density - 0.95) < 0.1
    assert limits["x"].again_high == limits["y"].again_low == limits["fringe"].again_low == 1.0
    assert max(limits["x"].p_high, limits["y"].p_low, limits["fringe"].p_low) < 1e-6


def test_a_tree_finds_the_same_corner(planted):
    pytest.importorskip("sklearn")
    inputs, interest = planted
    found = robustness.leaves(inputs, interest, count=4)
    limits = {limit.name: limit for limit in found[0].limits}
    assert limits["x"].high == pytest.approx(0.4, abs=0.02)
    assert limits["y"].low == pytest.approx(0.5, abs=0.02)
    assert limits["fringe"].kept == ("on",)
    assert sum(box.mass for box in found) == pytest.approx(1.0)
    assert sum(box.cases for box in found) == interest.sum()


def test_two_corners_are_two_boxes():
    draw = np.random.Generator(np.random.Philox(key=[11, 2]))
    inputs = pd.DataFrame(draw.random((2000, 3)), columns=["x", "y", "z"])
    interest = ((inputs["x"] < 0.3) & (inputs["y"] < 0.5)) | (inputs["z"] > 0.8)
    found = robustness.boxes(inputs, interest, count=3, density=0.9, halves=0)
    assert {tuple(limit.name for limit in box.limits) for box in found[:2]} == {("z",), ("x", "y")}
    inside = np.any([box.contains(inputs) for box in found], axis=0)
    covered = (interest & inside).sum() / interest.sum()
    assert sum(box.coverage for box in found) == pytest.approx(covered)


def test_held_out_worlds_betray_a_box_made_of_luck():
    draw = np.random.Generator(np.random.Philox(key=[11, 3]))
    inputs = pd.DataFrame(draw.random((300, 8)), columns=list("abcdefgh"))
    interest = draw.random(300) < 0.4
    box = robustness.discover(inputs, interest, density=0.8, luck=1.0)
    assert box.density > 0.6
    assert abs(box.held_out_density - 0.4) < 0.1


def test_doubtful_limits_are_dropped(planted):
    inputs, interest = planted
    loose = robustness.discover(inputs, interest, density=0.99, luck=1.0, halves=0)
    tight = robustness.discover(inputs, interest, density=0.99, luck=0.05, halves=0)
    assert len(tight.limits) <= len(loose.limits)
    ends = [p for limit in tight.limits for p in (limit.p_low, limit.p_high) if p == p]
    assert max(ends) <= 0.05


def test_measured_agrees_with_counting(planted):
    inputs, interest = planted
    limits = (Limit("x", high=0.4), Limit("fringe", kept=("on",)))
    box = robustness.measured(limits, inputs, interest)
    inside = (inputs["x"] <= 0.4) & (inputs["fringe"] == "on")
    assert (box.points, box.cases) == (inside.sum(), interest[inside].sum())
    assert [limit.name for limit in box.limits] == ["x", "fringe"]


def test_nothing_is_found_where_nothing_differs():
    inputs = pd.DataFrame({"x": np.arange(30.0)})
    assert robustness.discover(inputs, np.ones(30)) is None
    assert robustness.discover(inputs, np.zeros(30)) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"alpha": 0.7}, "alpha"),
        ({"paste": 0.0}, "paste"),
        ({"least_mass": 1.0}, "least_mass"),
        ({"interest": np.ones(30)}, "tells them apart"),
        ({"interest": np.ones(3)}, "as many marks"),
        ({"inputs": pd.DataFrame({"x": [np.nan] * 30})}, "missing"),
    ],
)
def test_nonsense_is_refused(options, said):
    given = {"inputs": pd.DataFrame({"x": np.arange(30.0)}), "interest": np.arange(30) % 2}
    given |= options
    with pytest.raises(ValueError, match=said):
        robustness.peel(given.pop("inputs"), given.pop("interest"), **given)


def test_a_box_in_words():
    box = Box(
        (Limit("return_share", high=0.3), Limit("leak", low=1.1), Limit("fringe", kept=("off",))),
        *(0.6, 0.8, 0.2, 100, 80),
    )
    said = robustness.box_in_words(box, "secret_pact", "reform", OUTCOME)
    assert said == (
        "The secret pact beats reform in all killings after 10 years where return from prison "
        "< 0.3 and the leak rate > 1.1 a year and the fringe of smaller groups plays no part "
        "(coverage 0.60, density 0.80; everywhere 0.27)."
    )
    dicho = robustness.box_in_words(box, "secret_pact", "reform", OUTCOME, "es")
    assert dicho == (
        "En todas las muertes tras 10 años, el pacto secreto da mejor resultado que la reforma "
        "donde el regreso desde la cárcel < 0.3 y la tasa de filtración > 1.1 al año y la franja "
        "de grupos menores no interviene (cobertura 0.60, densidad 0.80; en todas partes 0.27)."
    )


def test_a_box_without_limits_says_that_none_tells_where():
    said = robustness.box_in_words(Box((), 1.0, 0.62, 1.0, 100, 62), "reform", "both", OUTCOME)
    assert said.endswith("at 0.62 of the points, and no limit tells where.")


def test_notes_name_the_limits_that_may_be_luck():
    limit = Limit("leak", low=0.2, high=1.1, p_low=0.3, p_high=0.001, again_low=0.2, again_high=0.9)
    box = Box((limit,), 0.6, 0.8, 0.2, 100, 80, 0.7, 0.5, 0.05)
    notes = robustness.box_notes(box)
    assert len(notes) == 2
    assert "density 0.70, plus or minus 0.05" in notes[0]
    assert notes[1].startswith("The leak rate > 0.2 a year: this limit may be luck (p = 0.30")
    assert "mitades" in robustness.box_notes(box, "es")[1]


@pytest.mark.parametrize(
    "name", [*robustness.CORE_UNCERTAINTIES, *decide.STRATEGIES, *robustness.OUTCOMES]
)
def test_what_is_told_by_default_has_a_phrase_in_both_languages(name):
    english, spanish = robustness.phrase(name), robustness.phrase(name, "es")
    assert "`" not in english + spanish
    assert english != spanish


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="Known: en, es"):
        robustness.phrase("leak", "fr")
