"""Are parameters, priors and draws what they say they are?"""

import numpy as np
import pytest

from tregua import model
from tregua.model import PARAMETERS, Parameter
from tregua.model.parameters import UnknownParameterError

KINDS = {"fitted", "anchored", "matched", "judged"}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_a_parameter_is_fully_declared(parameter):
    assert parameter.low < parameter.high
    assert parameter.kind in KINDS
    assert parameter.meaning
    assert parameter.source
    assert parameter.unit
    middle = parameter.from_normal(parameter.to_normal(parameter.default))
    assert middle == pytest.approx(parameter.default)
    # A default may be a fit at the edge of the range, not far outside it.
    centre, spread = parameter.scale
    assert abs(parameter.to_normal(parameter.default) - centre) < 2.0 * spread


def test_symbols_and_names_are_unique_and_numbered_in_order():
    assert len({p.symbol for p in PARAMETERS}) == len(PARAMETERS)
    assert [int(p) for p in PARAMETERS] == list(range(len(PARAMETERS)))
    assert model.parameter_table()["name"].tolist() == [p.name for p in PARAMETERS]
    assert model.parameter_table(["niche"])["symbol"].tolist() == ["K"]


def test_priors_have_the_declared_quantiles():
    # 4,000 draws: the share below each bound lies within 4 standard errors of 5 %; over all
    # parameters and both bounds the false alarms on a fresh seed are about 1 %.
    draws = model.prior_draws(4000, seed=3)
    error = 4.0 * np.sqrt(0.05 * 0.95 / 4000)
    for parameter in PARAMETERS:
        column = draws.column(parameter.name)
        assert np.mean(column < parameter.low) == pytest.approx(0.05, abs=error), parameter.name
        assert np.mean(column > parameter.high) == pytest.approx(0.05, abs=error), parameter.name


def test_parameters_are_drawn_independently():
    # Largest of 3,000 rank correlations of 4,000 draws: above 0.085 once in about 3,000 seeds.
    draws = model.prior_draws(4000, seed=3)
    ranks = draws.values.argsort(axis=0).argsort(axis=0)
    correlation = np.corrcoef(ranks, rowvar=False) - np.eye(len(PARAMETERS))
    assert np.abs(correlation).max() < 0.085


def test_draws_are_keyed_by_name_not_by_order():
    one = model.prior_draws(5, seed=9)
    two = model.prior_draws(50, seed=9, overrides={"niche": {"low": 1e5, "high": 2e5}})
    for parameter in PARAMETERS:
        same = np.array_equal(one.column(parameter.name), two.column(parameter.name)[:5])
        assert same == (parameter.name != "niche")
    assert not np.array_equal(one.values, model.prior_draws(5, seed=10).values)


def test_overrides_move_the_prior_or_pin_it():
    draws = model.prior_draws(2000, seed=1, overrides={"recruitment": 0.4, "niche": {"low": 9e4}})
    np.testing.assert_allclose(draws.column("recruitment"), 0.4, rtol=1e-12)
    assert np.mean(draws.column("niche") < 9e4) == pytest.approx(0.05, abs=0.02)
    assert model.defaults({"niche": {"default": 9e4}}).column("niche").tolist() == [9e4]
    assert model.defaults(worlds=3).worlds.tolist() == [0, 1, 2]


def test_draws_can_be_selected_pinned_and_weighted():
    draws = model.prior_draws(6, seed=1)
    chosen = draws.select(draws.worlds >= 4)
    assert chosen.worlds.tolist() == [4, 5]
    np.testing.assert_array_equal(chosen.values, draws.values[4:])
    assert draws.with_(niche=1e5).column("niche").tolist() == [1e5] * 6
    assert draws.with_(niche=np.arange(1.0, 7.0)).column("niche").tolist() == [1, 2, 3, 4, 5, 6]
    assert draws.reweighted(np.arange(6.0)).weights.tolist() == [0, 1, 2, 3, 4, 5]
    frame = draws.to_frame()
    assert frame.shape == (6, 2 + len(PARAMETERS))
    assert frame["niche"].tolist() == draws.column("niche").tolist()


def test_draws_are_frozen():
    draws = model.prior_draws(2, seed=1)
    with pytest.raises(ValueError, match="read-only"):
        draws.values[0, 0] = 1.0
    with pytest.raises(AttributeError):
        draws.weights = None


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: model.prior_draws(0, seed=1), "At least one world"),
        (lambda: model.prior_draws(1, seed=-1), "between 0 and"),
        (lambda: model.prior_draws(1, seed=1, overrides={"nich": 1.0}), "Did you mean 'niche'"),
        (lambda: model.prior_draws(1, seed=1, overrides={"niche": "big"}), "must be a number"),
        (
            lambda: model.prior_draws(1, seed=1, overrides={"niche": {"low": 2e5, "high": 1e5}}),
            "low <= high",
        ),
        (lambda: model.defaults().with_(restraint=1.2), r"restraint = 1.2 \(must be within"),
        (lambda: model.defaults().with_(niche=0.0), r"niche = 0 \(must be above 0"),
        (lambda: model.defaults().with_(killing=float("nan")), "killing = nan"),
        (
            lambda: model.defaults().with_(killing=-1.0, restraint=2.0),
            "killing = -1 .*; restraint = 2|restraint = 2 .*killing",
        ),
        (lambda: model.defaults().with_(nothing=1.0), "No parameter named 'nothing'"),
        (lambda: model.defaults().reweighted([-1.0]), "at least 0"),
        (lambda: model.defaults().column("recruit"), "Did you mean 'recruitment'"),
    ],
)
def test_bad_parameters_are_refused_with_what_would_be_valid(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_unknown_parameters_have_an_error_of_their_own():
    with pytest.raises(UnknownParameterError):
        model.defaults().column("x")
    assert Parameter["niche"] is Parameter.niche


def test_the_reference_page_lists_the_parameters_as_declared():
    from write_parameters import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(), "run python docs/_ext/write_parameters.py"
