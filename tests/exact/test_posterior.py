"""Does a posterior say what was moved, keep it, and refuse what was altered?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from write_posterior import POSTERIOR_PAGE, posterior_page

from tregua import infer
from tregua.cli import main
from tregua.infer import Coordinates, Posterior, PosteriorError, hiding_bounds, product_table
from tregua.infer.bayes.coordinates import every_name
from tregua.infer.bayes.posterior import MOVED, UNMOVED
from tregua.infer.bayes.smc import Sampled
from tregua.model import PARAMETERS, PHYSICAL, defaults, prior_draws

SEEN = tuple(parameter.name for parameter in PHYSICAL)
SPACE = Coordinates.of((*SEEN, "stickiness"), {"release_time": {"low": 4.0, "high": 8.0}})


def sampled(seed=1, n=256, shift=()):
    """A made-up sample: standard normal scores, but for coordinates that are shifted."""
    scores = np.random.default_rng(seed).standard_normal((n, len(SPACE.names)))
    for name, mean, spread in shift:
        place = SPACE.names.index(name)
        scores[:, place] = mean + spread * scores[:, place]
    stages = pd.DataFrame(
        {"stage": [1, 2], "log_score": [-3.0, -2.5], "error": 0.1, "powers": 1, "sweeps": 2}
        | {"acceptance": [np.nan, 0.3], "effective": 130.0, "particles": 64, "ancestors": 40}
        | {"spread": 1.0}
    )
    moves = pd.DataFrame({"stage": [1], "kind": ["prior"], "tried": [5], "accepted": [2]})
    months = pd.DataFrame({"date": pd.to_datetime(["2003-01-01"]), "degenerate": [False]})
    return Sampled(
        names=SPACE.names,
        scores=scores,
        log_likelihood=np.random.default_rng(seed + 1).normal(-3.0, 0.5, (n, 2)),
        effective=np.full(len(SPACE.names), float(n)),
        log_evidence=-5.5,
        error=0.2,
        stages=stages,
        moves=moves,
        diagnostics=months,
        particles=64,
    )


def made(**options):
    observed = pd.DataFrame({"stage": [1, 2], "year": [2003, 2004], "homicides": [12, 12]})
    return Posterior.of(
        "el-salvador",
        sampled(**options),
        SPACE,
        seed=1,
        observed=observed,
        provenance={"command": "tregua calibrate", "seed": 1},
    )


@pytest.fixture(scope="module")
def moved():
    return made(shift=(("killing", 1.5, 0.3), ("restraint", 0.0, 0.2)))


def test_scores_and_values_are_inverse_and_follow_the_cases_own_range():
    scores = np.random.default_rng(0).standard_normal((7, len(SPACE.names)))
    theta = SPACE.theta(scores)
    np.testing.assert_allclose(SPACE.scores(theta), scores, atol=1e-9)
    ends = np.zeros((2, len(SPACE.names)))
    ends[:, SPACE.names.index("release_time")] = [-1.6448536269514722, 1.6448536269514722]
    np.testing.assert_allclose(SPACE.theta(ends).draws.column("release_time"), [4.0, 8.0])
    assert (theta.draws.column("value_of_calm") == theta.draws.column("value_of_calm")[0]).all()


def test_pinned_parameters_are_no_coordinates():
    space = Coordinates.of(("killing", "restraint"), {"killing": {"low": 0.1, "high": 0.1}})
    assert space.names == ("restraint",)
    with pytest.raises(ValueError, match="No parameter named 'restrain'"):
        Coordinates.of(("restrain",))


def test_every_parameter_has_a_row_and_words(moved):
    table = moved.overlap()
    assert tuple(table["name"]) == every_name()
    assert len(table) >= len(PARAMETERS) + 10
    words = table.set_index("name")["words"]
    assert words["killing"] == words["restraint"] == MOVED
    assert words["value_of_calm"] == UNMOVED  # nobody asked
    asked = table[table["asked"] != ""]
    # 88 asked about and not moved; 1 % each. More than 5 by chance: below 1 in 1,000.
    assert (asked["words"] == MOVED).sum() <= 2 + 5


def test_overlap_of_shifted_normals_is_that_of_quadrature(moved):
    grid = np.linspace(-6, 6, 20_001)
    density = np.exp(-0.5 * ((grid - 1.5) / 0.3) ** 2) / 0.3
    both = np.minimum(density, np.exp(-0.5 * grid**2)) / np.sqrt(2 * np.pi)
    row = moved.overlap().set_index("name").loc["killing"]
    # Ten bins of equal prior probability see no finer than a bin.
    assert row["overlap"] == pytest.approx(np.trapezoid(both, grid), abs=0.08)
    assert row["contraction"] == pytest.approx(1.0 - 0.3**2, abs=0.03)
    assert 0.005 < row["error"] < 0.05


def test_few_effective_draws_call_less_moved():
    few = sampled(shift=(("killing", 0.5, 0.9),))
    many = made(shift=(("killing", 0.5, 0.9),)).overlap().set_index("name")
    object.__setattr__(few, "effective", np.full(len(SPACE.names), 20.0))
    poor = Posterior.of(
        "x", few, SPACE, seed=1, observed=pd.DataFrame(), provenance={}
    ).overlap().set_index("name")  # fmt: skip
    assert many.loc["killing", "words"] == MOVED
    assert poor.loc["killing", "words"] == UNMOVED
    assert poor.loc["killing", "chance"] < many.loc["killing", "chance"]


def test_what_was_not_asked_keeps_the_prior_row_by_row(moved):
    np.testing.assert_array_equal(
        moved.draws.column("value_of_calm"), moved.prior.column("value_of_calm")
    )
    assert not np.array_equal(moved.draws.column("killing"), moved.prior.column("killing"))


def test_saved_and_loaded_it_is_the_same_and_small(moved, tmp_path):
    moved.save(tmp_path / "a")
    again = Posterior.load(tmp_path / "a")
    np.testing.assert_array_equal(again.draws.values, moved.draws.values)
    np.testing.assert_array_equal(again.prior.values, moved.prior.values)
    np.testing.assert_array_equal(again.log_likelihood, moved.log_likelihood)
    pd.testing.assert_frame_equal(again.extra, moved.extra)
    for table in ("stages", "moves", "diagnostics", "observed"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(moved, table))
    pd.testing.assert_frame_equal(again.overlap(), moved.overlap())
    again.save(tmp_path / "b")
    for name in ("posterior.parquet", "posterior.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sum(file.stat().st_size for file in (tmp_path / "a").iterdir()) < 300_000


def test_damage_is_named(moved, tmp_path):
    def broken(name, change):
        place = moved.save(tmp_path / name)
        change(place)
        with pytest.raises(PosteriorError) as raised:
            Posterior.load(place)
        return str(raised.value)

    def cut(file):
        return lambda place: (place / file).write_bytes((place / file).read_bytes()[:-20])

    def edit(place):
        document = json.loads((place / "posterior.json").read_text())
        document["log_evidence"] = 0.0
        (place / "posterior.json").write_text(json.dumps(document))

    def older(place):
        document = json.loads((place / "posterior.json").read_text())
        (place / "posterior.json").write_text(json.dumps(document | {"form": 99}))

    assert "digest does not fit" in broken("one", cut("posterior.parquet"))
    assert "cut short or altered" in broken("two", cut("posterior.json"))
    assert "has been altered" in broken("three", edit)
    assert "of form 99" in broken("four", older)
    assert "cannot be read" in broken("five", lambda p: (p / "posterior.parquet").unlink())


def test_a_case_without_a_shipped_posterior_says_how_to_make_one():
    with pytest.raises(PosteriorError, match="tregua calibrate atlantis --out FOLDER"):
        infer.posterior("atlantis")


def test_the_posterior_that_is_shipped_is_whole_and_says_what_it_is_worth():
    found = infer.posterior("el-salvador")
    assert len(found) == 512
    assert found.provenance["command"].startswith("tregua calibrate el-salvador --stage")
    assert found.stages["power"].iloc[-1] == 1.0
    assert found.stages["spread"].iloc[-1] > 0.8
    assert found.stages["acceptance"].iloc[-1] > 0.15
    assert 0.0 < found.error < 1.0
    assert found.mobility > 0.5
    # A draw is worth one at most, however often it is repeated.
    assert max(found.effective.values()) <= found.different == 311
    table = found.overlap().set_index("name")
    worth = table.loc[table["asked"] != "", "effective"]
    assert worth.min() >= 5
    assert worth.median() >= 200
    rough = int((worth < 20).sum())
    # Nobody needs a warning here, and nobody gets one.
    assert rough == 0
    assert not any("are worth fewer than" in warning for warning in found.warnings())
    # Who returns from prison was hardly moved: within two errors of what chance alone would show.
    back = table.loc["return_share"]
    assert back["chance"] - back["overlap"] < 2.0 * back["error"]
    assert table.loc["trust_prior", "words"] == UNMOVED
    assert table.loc["counted_exception", "words"] == MOVED
    # A row that was never asked is the prior's, bit by bit.
    never = table.index[table["asked"] == ""][0]
    np.testing.assert_array_equal(found.draws.column(never), found.prior.column(never))


def test_the_page_of_the_posterior_is_that_of_the_file():
    page = POSTERIOR_PAGE.read_text(encoding="utf-8")
    assert page == posterior_page(), "run python docs/_ext/write_posterior.py"


def test_the_shipped_posterior_is_shown(tmp_path):
    shown = CliRunner().invoke(main, ["calibrate", "--show", "--out", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    for words in ("What the data moved", "Products that figures fix", "power 1.000", "Note"):
        assert words in shown.output
    missing = CliRunner().invoke(main, ["calibrate", "atlantis", "--show"])
    assert missing.exit_code == 1
    assert "No posterior comes with tregua for 'atlantis'" in missing.output


def test_the_tree_has_the_groups_and_dimensions_that_arviz_reads(moved):
    tree = moved.to_datatree()
    assert set(tree.children) == {
        *("posterior", "prior", "sample_stats", "log_likelihood", "observed_data")
    }
    assert tree["posterior"]["killing"].dims == ("chain", "draw")
    assert tree["log_likelihood"]["figures"].dims == ("chain", "draw", "stage")
    assert tree["log_likelihood"]["figures"].shape == (1, 256, 2)
    assert tree["observed_data"]["figures"].values.tolist() == [12.0, 12.0]
    assert tree["observed_data"]["stage"].values.tolist() == [2003, 2004]
    assert len(tree["posterior"].data_vars) == len(every_name())
    np.testing.assert_allclose(
        tree["sample_stats"]["log_likelihood"].values[0], moved.log_likelihood.sum(axis=1)
    )


def test_warnings_speak_of_what_is_wrong_and_of_nothing_else(moved):
    assert moved.warnings() == ()
    poor = sampled()
    stages = poor.stages.assign(ancestors=3, acceptance=0.01, effective=20.0, spread=0.2)
    object.__setattr__(poor, "stages", stages)
    object.__setattr__(poor, "error", 2.0)
    object.__setattr__(poor, "diagnostics", poor.diagnostics.assign(degenerate=True))
    said = " ".join(
        Posterior.of("x", poor, SPACE, seed=1, observed=pd.DataFrame(), provenance={}).warnings()
    )
    expected = ("3 of the first", "only 20 of 256", "1% of the last", "have shrunk", "In 1 months")
    for words in (*expected, "error of 2.0"):
        assert words in said


# -- Ridges ----------------------------------------------------------------------------------------


def along_a_ridge(n=400):
    """Draws in which only the product of members and killing is known, and is 1,800."""
    prior = prior_draws(n, seed=4)
    known = prior.with_(killing=1_800.0 / prior.column("members_at_start"))
    return known, prior


def test_a_product_contracts_where_its_components_do_not():
    known, prior = along_a_ridge()
    row = product_table(known, prior).set_index("product").loc["killing by all members"]
    assert row["low"] == pytest.approx(1800.0)
    assert row["contraction"] == pytest.approx(1.0)
    assert row["of_components"] < 0.7
    assert infer.correlations(known, prior).iloc[0]["posterior"] == pytest.approx(-1.0)
    assert abs(infer.correlations(known, prior).iloc[0]["prior"]) < 0.2


def test_products_are_their_formulas_at_the_defaults():
    draws = defaults(worlds=3)
    value = {name: draws.column(name)[0] for name in draws.names}
    table = product_table(draws, draws).set_index("product")["middle"]
    command = value["command_floor"] + (value["command_ceiling"] - value["command_floor"]) * (
        1 - value["control_usual"]
    )
    restrained = value["restraint"] * value["command_ceiling"]
    gang = value["members_at_start"] * value["killing"]
    covered = 1 - np.exp(-value["members_at_start"] / value["coverage"])
    assert table["pressing in a conflict"] == pytest.approx(value["pressing_effect"] * command)
    assert table["restraint in a pact"] == pytest.approx(restrained)
    assert table["killing left in a pact"] == pytest.approx(
        gang * (1 - restrained) + 6.2e6 * value["ambient_gangs"] * covered
    )
    assert table["growth of gangs"] == pytest.approx(value["recruitment"] - value["desistance"])
    assert table["ordinary prisoners"] == pytest.approx(
        value["ordinary_inflow"] * value["ordinary_time"]
    )


def test_hiding_moves_the_true_fall_while_the_recorded_one_stays():
    draws = defaults({"hidden_pact": 0.3, "hidden_usual": 0.1}, worlds=2)
    table = hiding_bounds(draws, steps=6).set_index("hidden_share")
    left = 0.7 * (1 - draws.column("restraint")[0] * draws.column("command_ceiling")[0])
    assert table.loc["0.10", "true_fall_middle"] == pytest.approx(1 - left / 0.9)
    assert table.loc["0.60", "true_fall_middle"] == pytest.approx(1 - left / 0.4)
    np.testing.assert_allclose(table["recorded_fall_low"], 1 - left / 0.9)
    either = table.loc["any"]
    assert either["true_fall_low"] == pytest.approx(1 - left / 0.4)
    assert either["true_fall_high"] == pytest.approx(1 - left / 0.9)
    assert np.isnan(either["true_fall_middle"])
    with pytest.raises(ValueError, match="two hidden shares"):
        hiding_bounds(draws, steps=1)
