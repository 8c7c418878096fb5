"""What happens to a strategy that is none: is it named, and does nothing run on regardless?"""

import math

import numpy as np
import pytest

from tregua import model, simulate
from tregua.model import GangAction, Stance, StrategyError, View

MANY = {"start": "2012-01-01", "end": "2012-07-01", "seed": 1}


def run(government, gangs=model.indifferent, worlds=1):
    profile = model.Profile(government, gangs)
    return simulate.run(model.defaults(worlds=worlds), profile=profile, **MANY)


@model.government
def wait(view):
    """Nothing."""
    return Stance.STATUS_QUO


@model.government
def give_up_in_march(view):
    """Raise from March on."""
    if view[View.TIME] > 2012.2:
        raise ValueError("no more")
    return Stance.REFORM


@model.government
def divide_by_zero(view):
    """Divide by the number of pacts."""
    return 1 // int(view[View.PACT])


@model.gangs
def give_up(view, gang):
    """Raise for the second gang."""
    if gang == 1:
        raise IndexError("no such gang")
    return GangAction.BUSINESS


@pytest.mark.parametrize(
    ("government", "gangs", "told"),
    [
        (
            give_up_in_march,
            model.indifferent,
            "2 of 2 worlds failed under 'give_up_in_march / indifferent'. World 0, week 3 of "
            "2012-03: the government's strategy returned no stance (0 to 6), or raised.",
        ),
        (divide_by_zero, model.indifferent, "World 0, week 1 of 2012-01: the government's"),
        (wait, give_up, "week 1 of 2012-01: the gangs' strategy returned no action"),
    ],
)
def test_an_exception_in_machine_code_stops_the_run(government, gangs, told, capfd):
    with pytest.raises(simulate.SimulationError) as stopped:
        run(government, gangs, worlds=2)
    assert told in str(stopped.value)
    captured = capfd.readouterr()
    assert captured.err == ""  # nothing is printed and then ignored
    assert captured.out == ""


def fraction(view):
    """Half a stance."""
    return view[View.FEAR]


def nothing(view):
    """No stance at all."""


def sometimes(view):  # noqa: RET503  the mistake that is meant
    """A stance on one path only."""
    if view[View.PACT] > 0.5:
        return Stance.REFORM


def whether(view):
    """True or false."""
    return view[View.PACT] > 0.5


def either(view):
    """A stance or a number."""
    if view[View.PACT] > 0.5:
        return Stance.REFORM
    return 3.5


def misspelt(view):
    """A place that does not exist."""
    return int(view.PACT)


def helper(view):
    """Compiled by nobody."""
    return 1


def helped(view):
    """Calls what is not compiled."""
    return helper(view)


def imports(view):
    """Imports inside."""
    import random

    return random.randint(0, 6)


def opens(view):
    """Reads a file."""
    with open("stances.txt") as file:  # noqa: PTH123
        return int(file.read())


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (fraction, "returns a number with a fraction; it must return a Stance"),
        (nothing, "returns nothing; it must return a Stance"),
        (sometimes, "returns nothing at the end of some path"),
        (whether, "returns true or false"),
        (either, "returns a number with a fraction"),
        (misspelt, "Unknown attribute 'PACT'"),
        (helped, "'helper'"),
        (imports, "it imports inside the function"),
        (opens, "cannot be compiled"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_what_cannot_serve_is_refused_before_the_run_in_one_sentence(function, told):
    with pytest.raises(StrategyError) as refused:
        run(model.government(function))
    message = str(refused.value)
    assert message.startswith(f"The strategy '{function.__name__}' ")
    assert told in message
    assert "\n" not in message
    assert len(message) < 450


def test_a_line_is_named_where_the_compiler_names_one():
    with pytest.raises(StrategyError, match=r"\(line \d+\): Unknown attribute"):
        run(model.government(misspelt))


def test_a_number_beyond_64_bits_is_refused_when_the_strategy_is_made():
    def large(view):
        return 1180591620717411303424

    with pytest.raises(StrategyError, match=f"'large' holds the whole number {2**70}"):
        model.government(large)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: model.government(lambda: 0), r"must take \(view\), not \(\)"),
        (lambda: model.government(lambda view, gang: 0), r"must take \(view\), not \(view, gang\)"),
        (lambda: model.gangs(lambda view: 0), r"must take \(view, gang\), not \(view\)"),
        (lambda: model.government(3), "made from a function, not from 3"),
        (lambda: model.government(Stance), "made from a function"),
        (lambda: model.government(mixes=True)("grim"), "not from 'grim'"),
    ],
)
def test_what_takes_other_arguments_is_refused_when_it_is_made(made, told):
    with pytest.raises(StrategyError, match=told):
        made()


@pytest.mark.parametrize("function", [fraction, nothing, whether])
def test_plain_python_refuses_the_same(function):
    with pytest.raises(StrategyError, match=f"'{function.__name__}' must return a Stance, not"):
        model.government(function)(np.full(len(View), math.pi))


def test_plain_python_lets_an_exception_through():
    with pytest.raises(ZeroDivisionError):
        divide_by_zero(np.zeros(len(View)))


def test_numbers_of_numpy_and_of_enums_are_numbers():
    @model.government
    def by_numpy(view):
        """Mano dura in February, as NumPy's integer."""
        return np.int64(view[View.TIME] > 2012.07)

    assert by_numpy(np.full(len(View), 2013.0)) == Stance.MANO_DURA
    stance = simulate.run(
        model.defaults(), profile=model.Profile(by_numpy), variables=("stance",), **MANY
    )
    assert stance.monthly["stance"].values[0, :3].tolist() == [0, 1, 1]


def test_a_strategy_says_whether_it_mixes():
    @model.government(mixes=True)
    def coin(view):
        """Mano dura in half of all weeks."""
        return Stance.MANO_DURA if view[View.CHOICE] < 0.5 else Stance.STATUS_QUO

    @model.gangs(mixes=True)
    def coins(view, gang):
        """Pressing, now and then."""
        return GangAction.PRESS if view[View.CHOICE] < 0.5 else GangAction.BUSINESS

    assert coin.mixes
    assert coins.mixes
    assert not wait.mixes
    assert model.Profile(coin, coins).mixing == ("coin", "coins")
    heavy = run(coin, coins).monthly  # both kinds of decorated function run
    assert heavy["recorded"].sum() > 0
