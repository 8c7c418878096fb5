"""Signs of the comparative statics, over everything the numbers may be.

Each property moves one number and says which way the least and the greatest concession, the slack
and the expected life may go. Signs that hold only where calm is worth its political cost are asked
there only.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregua.decide import Bargain, bargain_terms

SHARES = st.floats(0.05, 0.95)


@st.composite
def bargains(draw: st.DrawFn) -> Bargain:
    alarm = draw(st.floats(0.0, 0.3))
    violence = draw(st.floats(0.1, 1.0))
    command = draw(SHARES)
    restraint = draw(SHARES)
    gangs = draw(st.integers(1, 8))
    # Calm is worth more than the news about it costs: without this more life is more loss.
    worth = gangs * command * restraint * violence
    return Bargain(
        regime_value=draw(st.floats(0.2, 1.5)),
        power_shift=draw(st.floats(0.0, 0.15)),
        restraint_cost=draw(st.floats(0.05, 1.0)),
        surprise_gain=draw(st.floats(0.01, 0.3)),
        conditional_repression=draw(st.floats(0.0, 0.3)),
        command=command,
        gang_discount=draw(st.floats(0.01, 4.0)),
        trust=draw(SHARES),
        reneging=draw(SHARES),
        false_alarm=alarm,
        detection=alarm + draw(st.floats(0.1, 1.0)) * (1 - alarm),
        shared_alarm=draw(st.sampled_from([0.0, 0.5])),
        leak=draw(SHARES),
        leak_kills=draw(SHARES),
        turnover=draw(st.floats(0.001, 0.2)),
        honour=draw(SHARES),
        breach=draw(st.floats(0.001, 0.3)),
        resumption=draw(st.sampled_from([0.0, 0.2])),
        gangs=gangs,
        restraint=restraint,
        violence=violence,
        regime_cost=draw(st.floats(0.02, 0.5)),
        exposure_cost=draw(st.floats(0.0, 0.5)) * worth,
        tough_bonus=draw(st.floats(0.0, 3.0)),
        government_discount=draw(st.floats(0.01, 4.0)),
    )


# number: direction of change of (least concession, greatest, slack, duration) as it rises.
SIGNS = {
    "leak": (+1, -1, -1, -1),
    "leak_kills": (+1, -1, -1, -1),
    "turnover": (+1, -1, -1, -1),
    "honour": (-1, +1, +1, +1),
    "breach": (+1, -1, -1, -1),
    # What a gang believes of the government changes nothing for the government, which knows.
    "trust": (-1, 0, +1, 0),
    "reneging": (+1, 0, -1, 0),
    "false_alarm": (+1, -1, -1, -1),
    "detection": (-1, 0, +1, 0),
    "shared_alarm": (+1, 0, -1, 0),
    "tough_bonus": (0, -1, -1, 0),
    "conditional_repression": (-1, 0, +1, 0),
    "restraint_cost": (+1, 0, -1, 0),
    "surprise_gain": (+1, 0, -1, 0),
    "regime_value": (-1, 0, +1, 0),
    "power_shift": (+1, 0, -1, 0),
    "exposure_cost": (0, -1, -1, 0),
    "government_outside": (0, -1, -1, 0),
    "calm_value": (0, +1, +1, 0),
    "violence": (0, +1, +1, 0),
    "restraint": (0, +1, +1, 0),
    "gang_discount": (+1, 0, -1, 0),
    "government_discount": (0, -1, -1, 0),
    # Resumption softens the punishment on both sides: an end that is not for good.
    "resumption": (+1, -1, -1, 0),
    # With detection as it is: command makes restraint dearer to leaders and worth more.
    "command": (+1, +1, None, 0),
}


def moves(before, after, sign) -> None:
    """The change has the sign given, or none; with 0, exactly none."""
    if sign is None:
        return
    if sign == 0:
        np.testing.assert_allclose(after, before, rtol=1e-12)
    elif np.isfinite(before) and np.isfinite(after):
        assert sign * (after - before) >= -1e-9 * (1 + abs(before))
    else:
        assert after == before or sign * (after - before) > 0


@pytest.mark.parametrize("name", SIGNS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(b=bargains(), part=st.floats(0.05, 0.95))
def test_a_number_moves_the_pact_the_way_its_sign_says(name: str, b: Bargain, part: float) -> None:
    now = getattr(b, name)
    ceiling = 1.0 if "1]" in _allowed(name) else now + 1.0
    if name == "false_alarm":
        ceiling = b.detection
    more = b.replace(**{name: now + part * (ceiling - now)})
    least, greatest, slack, duration = SIGNS[name]
    moves(b.minimal_concession, more.minimal_concession, least)
    moves(b.maximal_concession, more.maximal_concession, greatest)
    moves(b.slack, more.slack, slack)
    moves(b.duration, more.duration, duration)


def _allowed(name: str) -> str:
    return str(bargain_terms().set_index("name").loc[name, "allowed"])


def test_every_lever_has_a_sign_or_is_known_to_have_none() -> None:
    levers = set(bargain_terms().query("lever")["name"])
    assert levers - set(SIGNS) == {"gangs", "regime_cost"}  # a hump; falls only above 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(b=bargains(), more=st.integers(1, 5))
def test_more_gangs_need_more_each_and_end_sooner(b: Bargain, more: int) -> None:
    larger = b.replace(gangs=b.gangs + more)
    moves(b.minimal_concession, larger.minimal_concession, +1)
    moves(b.duration, larger.duration, -1)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(b=bargains())
def test_the_margin_the_names_and_the_offers_agree(b: Bargain) -> None:
    assert bool(b.feasible) == (b.binding == "none")
    assert b.margin <= b.slack + 1e-12
    assert b.minimal_concession >= 0
    if b.feasible:
        low, high = b.minimal_concession, min(1.0, float(b.maximal_concession))
        assert b.replace(concession=(low + high) / 2).holds
    if b.minimal_concession > 1e-6:
        below = min(1.0, 0.99 * float(b.minimal_concession))
        assert not b.replace(concession=below).holds


@settings(max_examples=100, deadline=None, derandomize=True)
@given(b=bargains(), x=st.floats(0, 1))
def test_the_best_value_never_beats_the_bound(b: Bargain, x: float) -> None:
    b = b.replace(concession=x)
    surplus = b.regime_value * x - b.restraint_cost * b.command
    if b.softest_resumption >= 0:
        # Where even a resumption at once deters, monitoring costs less than the bound says.
        if b.softest_resumption < 1:
            assert b.best_value <= surplus - b.monitoring_cost + 1e-9
        assert b.best_value <= surplus + 1e-9
    else:
        outside = b.power_shift * x - b.conditional_repression
        assert b.best_value == pytest.approx(outside)
