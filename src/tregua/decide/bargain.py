r"""When is a pact self-enforcing? A repeated game in closed form.

Each month a government gives the jailed leaders of $n$ gangs a share $x$ of the regime they ask
for, and the leaders order restraint. Nobody can sue for a breach: a pact lives only while both
sides lose more by its end than they gain by one month of cheating. A gang that cheats saves the
cost of restraint and surprises its rivals; the government that cheats keeps the concession and
earns the applause of the tough,

$$ d = s\kappa + \gamma\kappa(n-1), \qquad C = n c x + R. $$

What the future is worth depends on how likely it is: a pact survives a month of leaks, elections
and hardliners with probability $S = (1-h\zeta)(1-\varepsilon(1-q))(1-g)$, and a false alarm with
probability $1-\alpha$. The one-shot deviations then give the least concession that keeps a gang and
the greatest that a government can be believed to go on paying:

$$ x_g^* = \frac{s\kappa - k + \Lambda d}{w-\psi}, \quad
   \Lambda = \frac{1-\delta_g\,(S(1-\alpha)-\varrho)}{\delta_g S(\beta-\alpha)}, \qquad
   x_G = \frac{\sigma}{c}\Bigl(b\kappa\rho v - \frac{\ell+U_B}{n}\Bigr)
         - (1-\sigma)\frac{R}{n c}, $$

with $\sigma = \theta/(1+\delta_G\varrho)$ and $\theta = \delta_G S(1-\alpha)^n$. A pact is
self-enforcing if and only if $x_g^* \le \min(1, x_G)$. $\Lambda$ is the price of mistrust and bad
monitoring; it is 0 where cheating is always seen, nothing else ends a pact and leaders are patient.

The parts are old: imperfect monitoring (Green and Porter 1984; Abreu, Pearce and Stacchetti 1990;
Abreu, Milgrom and Pearce 1991), a shift of power that no promise can undo (Fearon 1995; Powell
2006), trust (Kydd and Walter 2002), conditional repression (Lessing 2017), votes for peace
(Acemoglu, Robinson and Santos 2013), horizons and fragmentation (Snyder and Durán Martínez 2009).

The numbers are an illustration in units of the gang's base income and of a hundred killings, not an
estimate; `Bargain.of_world` takes those that have a counterpart from the simulator.
"""

# ruff: noqa: RUF009  (a field of `Bargain` is declared with all that is known of it, by `_term`)

from __future__ import annotations

import dataclasses
import difflib
import inspect
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.decide.monitoring import expected_counts, monitoring_errors
from tregua.model import Draws, Parameter, defaults

__all__ = ["Bargain", "Term", "bargain_terms"]

Array: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = float | Array

_INF = float("inf")
_MONTHS = 12.0


@dataclass(frozen=True)
class Term:
    """What is known of one number of a bargain.

    Attributes
    ----------
    symbol
        Symbol in the equations.
    low, high
        The range that is possible.
    above
        Whether the value must lie above `low`; otherwise `low` itself is possible.
    whole
        Whether only whole numbers are possible.
    shown
        The range that a picture shows and a search covers, unless the value lies outside.
    unit
        Unit of the value.
    meaning
        What it is, in words.
    lever
        Whether the least or the greatest concession depends on it.
    """

    symbol: str
    low: float
    high: float
    above: bool
    whole: bool
    shown: tuple[float, float]
    unit: str
    meaning: str
    lever: bool

    @property
    def allowed(self) -> str:
        """What values are possible, in words."""
        number = "a whole number " if self.whole else ""
        if np.isfinite(self.high):
            return f"{number}within [{self.low:g}, {self.high:g}]"
        if not np.isfinite(self.low):
            return f"{number}finite"
        return f"{number}{'above' if self.above else 'at least'} {self.low:g}"

    def valid(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which of these values are possible: an array of booleans of their shape."""
        array = np.asarray(values, dtype=np.float64)
        valid = np.isfinite(array) & (array <= self.high)
        valid &= array > self.low if self.above else array >= self.low
        if self.whole:
            valid &= np.equal(array, np.round(array))
        return np.asarray(valid)


def _term(
    symbol: str,
    default: float,
    shown: tuple[float, float],
    unit: str,
    meaning: str,
    *,
    allowed: tuple[float, float] = (0.0, _INF),
    above: bool = False,
    whole: bool = False,
    lever: bool = True,
) -> Any:
    """A field of `Bargain` with all that is known of it."""
    about = Term(symbol, *allowed, above, whole, shown, unit, meaning, lever)
    return dataclasses.field(default=default, metadata={"term": about})


def _described(bargain: type) -> type:
    """Write the fields into the docstring of the class, so that they are declared once."""
    lines = [inspect.cleandoc(bargain.__doc__ or ""), "", "Attributes", "----------"]
    for field in dataclasses.fields(bargain):
        about: Term = field.metadata["term"]
        lines.append(field.name)
        text = f"{about.symbol}: {about.meaning}; {about.unit}, {about.allowed}."
        lines.append(f"    {text} Default {field.default:.3g}.")
    bargain.__doc__ = "\n".join(lines) + "\n"
    return bargain


def _out(value: ArrayLike) -> Array:
    """A number for numbers, an array for arrays; always float64."""
    result: Array = np.asarray(value, dtype=np.float64)[()]
    return result


def _mask(value: ArrayLike) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = np.asarray(value, dtype=np.bool_)[()]
    return result


def _over(upper: ArrayLike, lower: ArrayLike, otherwise: ArrayLike) -> Array:
    """Upper over lower where lower is above 0, `otherwise` elsewhere."""
    top, bottom = np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)
    sound = bottom > 0
    quotient = np.divide(top, np.where(sound, bottom, 1.0))
    return _out(np.where(sound, quotient, otherwise))


_PROBABILITY = (0.0, 1.0)
_BASE = "base incomes a month"
_WORTH = "hundreds of killings a month"
_MONTHLY = "probability a month"


@dataclass(frozen=True)
class Bargain:
    """A pact between a government and n like gangs, month by month.

    Every number may be a float or an array; arrays broadcast against each other, and every result
    has their common shape. Results that no value can satisfy are infinite, never missing.

    Money-free units: what a gang's leader earns in an ordinary month is 1 on the gangs' side; the
    end of a hundred killings a month is worth `calm_value` on the government's.

    Raises
    ------
    ValueError
        If a number is not finite or outside its range, or shapes do not fit: one message that
        lists all of them, each with what would be valid.

    Examples
    --------
    >>> pact = Bargain()
    >>> print(f"{pact.minimal_concession:.2f} {pact.maximal_concession:.2f} {pact.feasible}")
    0.48 2.71 True
    >>> print(Bargain(false_alarm=[0.01, 0.1, 0.2]).slack.round(2))
    [ 2.23  1.05 -0.06]
    """

    # fmt: off
    # -- The gangs --------------------------------------------------------------------------
    regime_value: Numbers = _term(
        "w", 0.6, (0.05, 2.0), _BASE, "what the whole regime is worth to a leader", above=True)
    power_shift: Numbers = _term(
        "psi", 0.0, (0.0, 1.0), _BASE,
        "what the whole regime adds to a leader's income after the end of the pact")
    restraint_cost: Numbers = _term(
        "s", 0.35, (0.0, 1.5), _BASE, "what restraint of all cliques costs a leader")
    surprise_gain: Numbers = _term(
        "gamma", 0.1, (0.0, 0.6), _BASE, "what cheating gains against each restrained rival")
    conditional_repression: Numbers = _term(
        "k", 0.05, (0.0, 0.5), _BASE, "what repression costs a leader after the end of the pact, "
        "and only then")
    command: Numbers = _term(
        "kappa", 0.9, (0.0, 1.0), "share", "share of cliques that obey", allowed=_PROBABILITY)
    gang_discount: Numbers = _term(
        "r_g", 0.1, (0.0, 12.0), "per year",
        "rate at which leaders discount the future; delta_g = exp(-r_g/12)")
    trust: Numbers = _term(
        "b", 1.0, (0.0, 1.0), "probability", "the gangs' belief that the government keeps its word",
        allowed=_PROBABILITY)
    reneging: Numbers = _term(
        "g_n", 0.4, (0.0, 1.0), _MONTHLY,
        "chance that a government which does not keep its word breaks the pact",
        allowed=_PROBABILITY)
    # -- What is seen -----------------------------------------------------------------------
    false_alarm: Numbers = _term(
        "alpha", 0.01, (0.0, 0.3), _MONTHLY, "chance that a gang which complies is suspended",
        allowed=_PROBABILITY)
    detection: Numbers = _term(
        "beta", 0.95, (0.0, 1.0), _MONTHLY, "chance that a gang which cheats is suspended",
        allowed=_PROBABILITY)
    shared_alarm: Numbers = _term(
        "chi_a", 0.0, (0.0, 1.0), "probability",
        "chance that an alarm about another gang suspends this one too", allowed=_PROBABILITY)
    # -- What else ends a pact --------------------------------------------------------------
    leak: Numbers = _term(
        "h", 0.053, (0.0, 1.0), _MONTHLY, "chance of a leak", allowed=_PROBABILITY)
    leak_kills: Numbers = _term(
        "zeta", 0.1, (0.0, 1.0), "probability", "chance that a leak ends the pact",
        allowed=_PROBABILITY)
    turnover: Numbers = _term(
        "epsilon", 1 / 60, (0.0, 0.5), _MONTHLY, "chance of a change of government",
        allowed=_PROBABILITY)
    honour: Numbers = _term(
        "q", 0.3, (0.0, 1.0), "probability", "chance that a successor honours the pact",
        allowed=_PROBABILITY)
    breach: Numbers = _term(
        "g", 0.01, (0.0, 0.5), _MONTHLY, "chance that agencies outside the deal end the pact",
        allowed=_PROBABILITY)
    resumption: Numbers = _term(
        "varrho", 0.0, (0.0, 1.0), _MONTHLY, "chance that a broken pact is taken up again",
        allowed=_PROBABILITY)
    # -- The government ---------------------------------------------------------------------
    gangs: Numbers = _term(
        "n", 3.0, (1.0, 30.0), "gangs", "number of gangs in the pact", allowed=(1.0, _INF),
        whole=True)
    calm_value: Numbers = _term(
        "b_v", 1.0, (0.0, 3.0), "per hundred killings",
        "worth of recorded killing avoided; b in the equations")
    restraint: Numbers = _term(
        "rho", 0.95, (0.0, 1.0), "share", "share of its killing that an obeying clique stops",
        allowed=_PROBABILITY)
    violence: Numbers = _term(
        "v", 0.36, (0.0, 2.0), _WORTH, "killings by one gang without a pact")
    regime_cost: Numbers = _term(
        "c", 0.1, (0.01, 1.0), _WORTH, "what the whole regime for one gang costs", above=True)
    exposure_cost: Numbers = _term(
        "ell", 0.02, (0.0, 1.5), _WORTH, "what the news about the pact costs")
    government_outside: Numbers = _term(
        "U_B", 0.0, (-1.0, 1.5), _WORTH, "what the government has after the end of the pact",
        allowed=(-_INF, _INF))
    tough_bonus: Numbers = _term(
        "R", 0.5, (0.0, 12.0), "hundreds of killings, once",
        "what is earned by ending the pact in public; grows with fear")
    government_discount: Numbers = _term(
        "r_G", 0.1, (0.0, 12.0), "per year",
        "rate at which the government discounts the future; delta_G = exp(-r_G/12)")
    # -- The offer, and what surrounds it ----------------------------------------------------
    concession: Numbers = _term(
        "x", 1.0, (0.0, 1.0), "share of the regime", "what is offered", allowed=_PROBABILITY,
        lever=False)
    hiding_cost: Numbers = _term(
        "c_h", 0.6, (0.0, 2.0), _BASE, "what hiding all of its killing costs a gang", lever=False)
    leak_cost: Numbers = _term(
        "L", 1.0, (0.0, 10.0), "hundreds of killings, once", "what a leak costs the government",
        lever=False)
    opposition_cost: Numbers = _term(
        "ell_O", 0.3, (0.0, 2.0), _WORTH, "what an open pact costs the government", lever=False)
    vote_value: Numbers = _term(
        "E", 0.25, (0.0, 5.0), "hundreds of killings, once",
        "worth of the votes and the calm that a living pact delivers at an election", lever=False)
    successor_value: Numbers = _term(
        "W_hat", 1.0, (0.0, 10.0), "hundreds of killings, once",
        "worth of the pact under a successor who honours it", lever=False)
    pressing_cost: Numbers = _term(
        "f", 2.2, (0.0, 10.0), _BASE, "what a month of pressing costs a gang outside the pact",
        lever=False)
    admission: Numbers = _term(
        "p_0", 0.5, (0.0, 1.0), _MONTHLY,
        "chance that pressing is answered by admission, just after a concession",
        allowed=_PROBABILITY, lever=False)
    precedent_time: Numbers = _term(
        "tau_Z", 24.0, (1.0, 120.0), "months", "time in which the memory of concessions fades",
        above=True, lever=False)
    # fmt: on

    def __post_init__(self) -> None:
        """Turn numbers into float64 and refuse what is impossible, all at once."""
        problems, shapes = [], []
        for name, about in _TERMS.items():
            given = getattr(self, name)
            try:
                values = np.array(given, dtype=np.float64)
            except (TypeError, ValueError):
                problems.append(f"{name} = {given!r} (must be a number or an array)")
                continue
            valid = about.valid(values)
            if not valid.all():
                wrong = np.atleast_1d(values)[~np.atleast_1d(valid)].flat[0]
                problems.append(f"{name} = {wrong:g} (must be {about.allowed})")
            shapes.append(values.shape)
            values.setflags(write=False)
            object.__setattr__(self, name, float(values) if values.ndim == 0 else values)
        problems += _shape_problem(shapes)
        if problems:
            raise ValueError("A bargain cannot have " + "; ".join(problems) + ".")

    def replace(self, **changes: ArrayLike) -> Bargain:
        """The same bargain with some numbers changed.

        Parameters
        ----------
        **changes
            Name of a number = new value.

        Raises
        ------
        ValueError
            For a name that is none, with the nearest that is, or a value out of range.
        """
        for name in changes:
            term_of(name)
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @property
    def shape(self) -> tuple[int, ...]:
        """Common shape of all numbers; () where all are single."""
        return np.broadcast_shapes(*(np.shape(getattr(self, name)) for name in _TERMS))

    # -- Survival ---------------------------------------------------------------------------

    @property
    def survival(self) -> Array:
        r"""Chance S that nothing outside ends the pact in a month.

        :math:`S = (1-h\zeta)(1-\varepsilon(1-q))(1-g)`, within [0, 1].
        """
        elected = 1 - self.turnover * (1 - self.honour)
        return _out((1 - self.leak * self.leak_kills) * elected * (1 - self.breach))

    @property
    def outside_hazard(self) -> Array:
        r"""The same as a hazard per month, :math:`-\ln S`: hazards of unlike dangers add up."""
        return _out(_minus_log(self.survival))

    @property
    def trusted_survival(self) -> Array:
        r"""Survival with what a gang fears of the government's word, :math:`S\,(1-(1-b)g_n)`."""
        return _out(self.survival * (1 - (1 - self.trust) * self.reneging))

    @property
    def perceived_survival(self) -> Array:
        r"""Survival as a gang sees it: :math:`S\,(1-(1-b)g_n)\,(1-\chi_a\alpha)^{n-1}`.

        A gang adds what it fears of the government's word, and alarms about others where they
        touch it. The government knows its own word, so that its own constraint uses S.
        """
        return _out(self.trusted_survival * self._others_quiet)

    @property
    def duration(self) -> Array:
        r"""Expected months of a pact that both sides keep: :math:`1/(1-S(1-\alpha)^n)`."""
        kept = self.survival * (1 - np.asarray(self.false_alarm)) ** self.gangs
        return _over(1.0, 1 - kept, _INF)

    # -- The gangs' constraint ----------------------------------------------------------------

    @property
    def temptation(self) -> Array:
        r"""What a gang gains by cheating for a month, :math:`d = s\kappa + \gamma\kappa(n-1)`."""
        return _out(self.command * (self.restraint_cost + self.surprise_gain * (self.gangs - 1)))

    @property
    def price_of_mistrust(self) -> Array:
        r"""Price of mistrust and bad monitoring, by which the temptation is multiplied.

        :math:`\Lambda = [1-\delta_g(S(1-\alpha)-\varrho)]/[\delta_g S(\beta-\alpha)]` with the
        survival that the gang perceives; infinite where cheating is no likelier to be seen than
        compliance.
        """
        return self._price(self.perceived_survival)

    @property
    def minimal_concession(self) -> Array:
        r"""Least concession :math:`x_g^*` that keeps a gang in the pact: equation (G).

        At least 0. Above 1 it is more than there is to give. Infinite where no regime is enough:
        because cheating is not seen, or because the regime buys as much power to fight as comfort
        (:math:`\psi \ge w`).
        """
        return self._needed(self.perceived_survival)

    @property
    def gang_gain(self) -> Array:
        r"""What a gang loses by the end of the pact, :math:`\Delta = V_C - V_B`, at `concession`.

        In base incomes; negative where the gang is better off outside.
        """
        discount, keep = self._gang_factor, self.perceived_survival
        stay = keep * (1 - self.false_alarm) - self.resumption
        return _over(self._gang_surplus, 1 - discount * stay, _INF)

    @property
    def survival_needed(self) -> Array:
        r"""Least survival at which a gang keeps the pact, at `concession`: equation (S).

        :math:`S^* = d(1+\delta_g\varrho)/\{\delta_g[(\beta-\alpha)y+d(1-\alpha)]\}` with
        :math:`y = (w-\psi)x - s\kappa + k`. Above 1, or infinite: none is enough.
        """
        temptation, discount = self.temptation, self._gang_factor
        seen = np.asarray(self.detection) - self.false_alarm
        inside = seen * self._gang_surplus + temptation * (1 - self.false_alarm)
        needed = _over(temptation * (1 + discount * self.resumption), discount * inside, _INF)
        needed = np.where(temptation > 0, needed, 0.0) / np.where(
            self._others_quiet > 0, self._others_quiet, np.nan
        )
        stays_willingly = self._gang_surplus >= 0
        return _out(np.where(stays_willingly & ~np.isnan(needed), needed, _INF))

    @property
    def largest_hazard(self) -> Array:
        r"""Greatest hazard a month that a gang bears, :math:`-\ln S^*`; negative if none is."""
        return _out(_minus_log(self.survival_needed))

    @property
    def minimum_trust(self) -> Array:
        r"""Least belief in its word at which a gang keeps the pact, at `concession`.

        :math:`b^* = 1-(1-S^*/S)/g_n`. Where this is above 1, no belief is enough; at least 0.
        """
        needed = self.survival_needed
        survives = self.survival
        gap = 1 - _over(needed, survives, _INF)
        belief = 1 - _over(gap, self.reneging, np.where(gap >= 0, _INF, -_INF))
        return _out(np.maximum(belief, 0.0))

    # -- What monitoring costs ------------------------------------------------------------------

    @property
    def monitoring_cost(self) -> Array:
        r"""What bad monitoring takes from the best pact: :math:`d/(\beta/\alpha-1)`, a month.

        However patient the leaders are (Abreu, Milgrom and Pearce 1991). Infinite where
        :math:`\beta \le \alpha`.
        """
        alarm = np.asarray(self.false_alarm)
        cost = _over(alarm * self.temptation, np.asarray(self.detection) - alarm, _INF)
        return _out(np.where(self.temptation > 0, cost, 0.0))

    @property
    def softest_resumption(self) -> Array:
        r"""Greatest chance a month of taking a broken pact up again that still deters cheating.

        :math:`\varrho^* = S(\beta-\alpha)y/d - 1/\delta_g + S(1-\alpha)` at `concession`; at most
        1. Negative: not even an end for good deters.
        """
        keep, alarm = self.perceived_survival, np.asarray(self.false_alarm)
        power = keep * (np.asarray(self.detection) - alarm)
        offer = _over(power * self._gang_surplus, self.temptation, _INF)
        offer = np.where((self.temptation > 0) | (self._gang_surplus >= 0), offer, -_INF)
        softest = offer - 1 / self._gang_factor + keep * (1 - alarm)
        deters = (self._gang_surplus >= 0) | (softest < 0)
        return _out(np.minimum(np.where(deters, softest, -_INF), 1.0))

    @property
    def best_value(self) -> Array:
        r"""Greatest value of the pact to a gang a month, over all `softest_resumption` allows.

        :math:`(1-\delta_g)V_C = wx - s\kappa - \delta_g(1-S(1-\alpha))\Delta` at the softest
        resumption that deters. Without outside risk that is :math:`wx-s\kappa-d/(\beta/\alpha-1)`:
        patience cannot repair a signal with :math:`\beta/\alpha` near 1. Where nothing deters, the
        value of breakdown.
        """
        softest = self.softest_resumption
        soft = self.replace(resumption=np.clip(softest, 0.0, 1.0))
        ends = 1 - self.perceived_survival * (1 - self.false_alarm)
        lost = self._gang_factor * ends * soft.gang_gain
        inside = self.regime_value * self.concession - self.restraint_cost * self.command
        outside = self.power_shift * self.concession - self.conditional_repression
        return _out(np.where(softest >= 0, inside - lost, outside))

    # -- The government's constraint -------------------------------------------------------------

    @property
    def continuation(self) -> Array:
        r"""What a month leaves of the pact's value, :math:`\theta=\delta_G S(1-\alpha)^n`."""
        quiet = (1 - np.asarray(self.false_alarm)) ** self.gangs
        return _out(self._government_factor * self.survival * quiet)

    @property
    def government_temptation(self) -> Array:
        """What the government gains by ending the pact, n c x + R, at `concession`."""
        return _out(self.gangs * self.regime_cost * self.concession + self.tough_bonus)

    @property
    def maximal_concession(self) -> Array:
        r"""Greatest concession that the government is believed to go on paying: equation (V).

        :math:`x_G`. Above 1, more than there is to give; below 0, not even a pact that gives
        nothing.
        """
        calm = self.calm_value * self.command * self.restraint * self.violence
        per_gang = calm - (self.exposure_cost + self.government_outside) / self.gangs
        bonus = self.tough_bonus / self.gangs
        kept = self._kept_share
        return _out((kept * per_gang - (1 - kept) * bonus) / self.regime_cost)

    # -- Both together ---------------------------------------------------------------------------

    @property
    def slack(self) -> Array:
        r""":math:`x_G - x_g^*`: what the government can promise beyond what a gang needs.

        It leaves out that nobody can give more than the whole regime; `margin` does not.
        """
        return _out(self.maximal_concession - self.minimal_concession)

    @property
    def margin(self) -> Array:
        r""":math:`\min(1, x_G) - x_g^*`: at least 0 if and only if the pact is self-enforcing."""
        return _out(np.minimum(1.0, self.maximal_concession) - self.minimal_concession)

    @property
    def feasible(self) -> NDArray[np.bool_]:
        r"""Whether some concession makes the pact self-enforcing: a margin of at least 0."""
        return _mask(self.margin >= 0)

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether the concession that is offered does."""
        enough = self._gang_surplus >= _paid(self.price_of_mistrust, self.temptation)
        return _mask(enough & (np.asarray(self.concession) <= self.maximal_concession))

    @property
    def binding(self) -> NDArray[np.str_]:
        """What stands in the way: an array of "none", "gang", "government" or "both".

        "gang": even the whole regime is too little for a gang. "government": the gang would take
        less than the whole, but more than the government can be believed to pay. "both": the gang
        needs more than the whole, and the government could not be believed to pay the whole.
        """
        too_little = self.minimal_concession > 1
        unbelieved = self.maximal_concession < np.minimum(1.0, self.minimal_concession)
        names = np.select(
            [too_little & unbelieved, too_little, unbelieved],
            ["both", "gang", "government"],
            default="none",
        )
        result: NDArray[np.str_] = np.asarray(names)[()]
        return result

    # -- Limits -----------------------------------------------------------------------------------

    @property
    def minimum_command(self) -> Array:
        r"""Least command at which a concession exists that both sides keep, :math:`\kappa_{min}`.

        Detection is taken to grow with command along the line through today's value,
        :math:`\beta-\alpha=\chi\kappa`, and the rest to stay. Isolating leaders takes away the
        partner together with the threat. Infinite: no command is enough. A gang that needs more
        than the whole regime is not excluded; see `minimal_concession`.
        """
        net, kept = self.regime_value - np.asarray(self.power_shift), self._kept_share
        steepness = _over(np.asarray(self.detection) - self.false_alarm, self.command, 0.0)
        unit = self.restraint_cost + self.surprise_gain * (self.gangs - 1)
        price = _paid(self._price_of(self.perceived_survival, steepness), unit)
        fixed = price - self.conditional_repression
        politics = kept * (self.exposure_cost + self.government_outside)
        burden = (politics + (1 - kept) * self.tough_bonus) / (self.gangs * self.regime_cost)
        earned = kept * self.calm_value * self.restraint * self.violence / self.regime_cost
        return _least_command(fixed, np.asarray(self.restraint_cost), net, burden, earned)

    def maximal_gangs(self, *, independent: bool = True) -> Array:
        r"""Greatest number of gangs whose pact the government can keep, at `concession`.

        With :math:`\ell=U_B=R=0`. A number above it makes the end so likely that the regime is not
        worth paying.

        Parameters
        ----------
        independent
            True: each gang brings its own dangers S, so that
            :math:`n^* = \lfloor \ln[cx(1+\delta_G\varrho)/(\delta_G b\kappa\rho v)] /
            \ln[S(1-\alpha)] \rfloor`. False: S is common to all, and each gang brings its false
            alarms.

        Returns
        -------
        numpy.ndarray
            Whole numbers from 0; infinite where nothing ends a pact.
        """
        calm = self.calm_value * self.command * self.restraint * self.violence
        once = self._government_factor * calm * (1.0 if independent else self.survival)
        cost = self.regime_cost * np.asarray(self.concession)
        each = 1 - np.asarray(self.false_alarm)
        each = each * self.survival if independent else each
        ratio = _over(cost * (1 + self._government_factor * self.resumption), once, _INF)
        with np.errstate(divide="ignore", invalid="ignore"):
            number = np.floor(np.log(ratio) / np.log(each))
        number = np.where(each >= 1, _INF, np.where(each <= 0, 0.0, number))
        return _out(np.where(ratio <= 1, np.where(ratio <= 0, _INF, number), 0.0))

    @property
    def hiding_pays(self) -> NDArray[np.bool_]:
        r"""Whether a gang would rather hide its killing than stop it: :math:`c_h < d`.

        Hiding a share :math:`\eta` costs :math:`c_h\eta` and takes that share from what is seen
        above false alarms. The temptation over its detection,
        :math:`(d-c_h\eta)/[(1-\eta)(\beta-\alpha)]`, rises in :math:`\eta` if :math:`c_h<d` and
        falls if :math:`c_h>d`. So hiding is no danger, or no concession deters it; then the pact
        buys bodies out of sight, not lives.
        """
        return _mask(np.asarray(self.hiding_cost) < self.temptation)

    def minimal_concession_against(self, gains: ArrayLike, detections: ArrayLike) -> Array:
        """Least concession that keeps a gang from each of several ways to cheat.

        Parameters
        ----------
        gains
            What each way gains for a month, along the last axis, in base incomes.
        detections
            Chance that each is seen.

        Returns
        -------
        numpy.ndarray
            The greatest over the ways: equation (G) with the largest gain over its detection.
        """
        gain, seen = np.broadcast_arrays(np.asarray(gains, float), np.asarray(detections, float))
        prices = []
        for way in range(gain.shape[-1]):
            power = seen[..., way] - np.asarray(self.false_alarm)
            price = self._price_of(self.perceived_survival, power)
            prices.append(_paid(price, np.maximum(gain[..., way], 0.0)))
        return self._asked(np.max(np.broadcast_arrays(*prices), axis=0))

    # -- Secret or open, elections, outsiders --------------------------------------------------

    @property
    def openness_limit(self) -> Array:
        r"""Cost of an open pact above which the government prefers a secret one: equation (O).

        :math:`U-(U-hL)(1-\delta_G S_0)/(1-\delta_G S_0(1-h\zeta))` at `concession`, where
        :math:`S_0` is survival without leaks, false alarms included, and U the surplus without
        political costs. Patient governments approach U, impatient ones hL. No resumption.
        """
        quiet = (1 - np.asarray(self.false_alarm)) ** self.gangs
        elected = 1 - self.turnover * (1 - self.honour)
        stays = self._government_factor * elected * (1 - self.breach) * quiet
        dies = self.leak * np.asarray(self.leak_kills)
        surplus = self._calm - self.government_outside
        share = np.where(dies > 0, _over(1 - stays, 1 - stays * (1 - dies), 1.0), 1.0)
        return _out(surplus - (surplus - self.leak * self.leak_cost) * share)

    @property
    def prefers_secrecy(self) -> NDArray[np.bool_]:
        """Whether the government keeps the pact secret, at `opposition_cost`."""
        return _mask(np.asarray(self.opposition_cost) > self.openness_limit)

    @property
    def electoral_bridge(self) -> NDArray[np.bool_]:
        r"""Whether the pact is kept into the election: :math:`\theta_E W_0 \ge n c x + R`.

        :math:`W_0 = E + q\,\delta_G\hat W` is what a living pact is worth at the vote.
        :math:`\theta_E` leaves turnover out, which the election itself decides.
        """
        return _mask(self._term_factor * self._at_the_vote >= self.government_temptation)

    @property
    def election_clock(self) -> Array:
        r"""Months to the vote under which a government ends the pact at once: equation (E).

        :math:`\tau^* = 1+\ln\{(P-C/\theta_E)/(P-W_0)\}/\ln\theta_E` with
        :math:`P=\pi/(1-\theta_E)`; it keeps the pact from :math:`\lceil\tau^*\rceil` months on, if
        it then means to keep it to the vote. 0 where the bridge holds, infinite where keeping never
        pays. A government that may choose the month would end it in the last one; gangs that
        foresee this do not begin.
        """
        factor, cost = self._term_factor, self.government_temptation
        surplus = self._calm - self.exposure_cost - self.government_outside
        forever = _over(surplus, 1 - factor, np.where(surplus > 0, _INF, -_INF))
        wanted = _over(cost, factor, _INF)
        never = wanted >= forever
        gap = np.where(never | self.electoral_bridge, 1.0, forever - wanted)
        whole = np.where(never | self.electoral_bridge, 1.0, forever - self._at_the_vote)
        with np.errstate(divide="ignore", invalid="ignore"):
            months = 1 + np.where(
                np.isinf(forever),
                (wanted - self._at_the_vote) / np.maximum(surplus, 1e-300),
                np.log(gap / whole) / np.log(factor),
            )
        return _out(np.where(self.electoral_bridge, 0.0, np.where(never, _INF, months)))

    @property
    def contagion_threshold(self) -> Array:
        r"""Chance of admission above which an excluded gang presses: equation (C).

        :math:`p^*=f/(\delta_g\Delta)` at `concession`; infinite where the pact is nothing to join.
        No resumption is counted.
        """
        return _over(self.pressing_cost, self._gang_factor * self.gang_gain, _INF)

    @property
    def contagion(self) -> NDArray[np.bool_]:
        """Whether a gang left out presses at once."""
        return _mask(np.asarray(self.admission) > self.contagion_threshold)

    @property
    def backlash(self) -> Array:
        r"""Months of pressing after an end, :math:`t_B=\tau_Z\ln(p_0/p^*)`; at least 0."""
        threshold = self.contagion_threshold
        with np.errstate(divide="ignore"):
            ratio = np.log(np.asarray(self.admission)) - np.log(threshold)
        pressing = np.asarray(self.admission) > threshold
        return _out(np.where(pressing, self.precedent_time * ratio, 0.0))

    # -- From the simulator ---------------------------------------------------------------------

    @classmethod
    def of_world(
        cls,
        draws: Draws | None = None,
        *,
        attributed: bool = True,
        dispersion: float = 6.0,
        **changes: ArrayLike,
    ) -> Bargain:
        r"""Monthly numbers of a bargain from the simulator's parameters.

        ======================  =================================================================
        number                  from the simulator
        ======================  =================================================================
        leak                    1 - exp(-h_0 D_0/12)
        leak_kills              q_s h_s/(q_s h_s + u): a sanction ends the pact before another end
        breach                  1 - exp(-n h_acc q_b/12)
        honour                  q_h
        trust                   b_0
        restraint               rho
        command                 kappa_max, which a conceded regime leads to
        violence                S_0 v exp(-zeta h_c)/(1200 n): members of the start, usual arrest
        false_alarm, detection  errors of a count of the gang's killings, hidden ones left out
        precedent_time          12 tau_Z
        ======================  =================================================================

        with u = n h_acc q_b + 12 epsilon (1 - q_h), the other ends a year. **No counterpart** have
        the values and costs (regime_value, power_shift, restraint_cost, surprise_gain,
        conditional_repression, calm_value, regime_cost, exposure_cost, government_outside,
        tough_bonus, hiding_cost, leak_cost, opposition_cost, vote_value, successor_value,
        pressing_cost), both discount rates, turnover, reneging, shared_alarm, resumption, gangs,
        concession and admission: they keep their defaults unless given. The simulator's gangs are
        of unlike size; here each is a third of them.

        Parameters
        ----------
        draws
            Worlds; the defaults of the simulator unless given. One world gives single numbers, n
            worlds arrays of n.
        attributed
            Whether the government sees each gang's own count. Otherwise it reads the national
            count, in which the rest of killing blurs the signal.
        dispersion
            Variance over mean of a month's count, at least 1.
        **changes
            Numbers to set otherwise.

        Raises
        ------
        ValueError
            As for the class, and for an unknown name.
        """
        worlds = defaults() if draws is None else draws
        for name in changes:
            term_of(name)
        start = cls(**changes)  # type: ignore[arg-type]
        found = _from_parameters(start, worlds, attributed, dispersion)
        single = {name: v[0] if len(worlds) == 1 else v for name, v in found.items()}
        return start.replace(**(single | changes))

    # -- Pieces ---------------------------------------------------------------------------------

    @property
    def _gang_factor(self) -> Array:
        return _out(np.exp(-np.asarray(self.gang_discount) / _MONTHS))

    @property
    def _government_factor(self) -> Array:
        return _out(np.exp(-np.asarray(self.government_discount) / _MONTHS))

    @property
    def _others_quiet(self) -> Array:
        """No alarm about another gang that touches this one."""
        calm = 1 - np.asarray(self.shared_alarm) * self.false_alarm
        return _out(calm ** (self.gangs - 1))

    @property
    def _gang_surplus(self) -> Array:
        """What a month of the pact gives a gang beyond a month without, at `concession`."""
        net = self.regime_value - np.asarray(self.power_shift)
        restrained = self.restraint_cost * np.asarray(self.command)
        return _out(net * self.concession - restrained + self.conditional_repression)

    @property
    def _calm(self) -> Array:
        """What a month of the pact gives the government before politics, at `concession`."""
        saved = self.calm_value * np.asarray(self.command) * self.restraint * self.violence
        return _out(self.gangs * (saved - self.regime_cost * self.concession))

    @property
    def _kept_share(self) -> Array:
        r""":math:`\sigma = A/(1+A) = \theta/(1+\delta_G\varrho)`."""
        return _out(self.continuation / (1 + self._government_factor * self.resumption))

    @property
    def _term_factor(self) -> Array:
        quiet = (1 - np.asarray(self.false_alarm)) ** self.gangs
        stays = (1 - self.leak * np.asarray(self.leak_kills)) * (1 - np.asarray(self.breach))
        return _out(self._government_factor * stays * quiet)

    @property
    def _at_the_vote(self) -> Array:
        honoured = self.honour * self._government_factor * self.successor_value
        return _out(self.vote_value + honoured)

    def _price(self, keep: Array) -> Array:
        return self._price_of(keep, np.asarray(self.detection) - self.false_alarm)

    def _price_of(self, keep: Array, power: ArrayLike) -> Array:
        """The price of mistrust for a survival and a detection beyond false alarms."""
        discount = self._gang_factor
        ends = 1 - discount * (keep * (1 - self.false_alarm) - self.resumption)
        return _over(ends, discount * keep * np.asarray(power), _INF)

    def _needed(self, keep: Array) -> Array:
        return self._asked(_paid(self._price(keep), self.temptation))

    def _asked(self, price: Array) -> Array:
        """Least concession that covers restraint and a price."""
        net = self.regime_value - np.asarray(self.power_shift)
        bill = self.restraint_cost * np.asarray(self.command) - self.conditional_repression + price
        return _out(np.where(bill > 0, _over(bill, net, _INF), 0.0))


_TERMS: dict[str, Term] = {
    field.name: field.metadata["term"] for field in dataclasses.fields(Bargain)
}
_described(Bargain)


def term_of(name: str) -> Term:
    """What is known of a number of a bargain.

    Raises
    ------
    ValueError
        For a name that is none, with the nearest that is.
    """
    if name not in _TERMS:
        near = difflib.get_close_matches(name, _TERMS, 1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"A bargain has no '{name}'.{hint} Known: {', '.join(_TERMS)}.")
    return _TERMS[name]


def bargain_terms() -> pd.DataFrame:
    """All numbers of a bargain as a table.

    Returns
    -------
    pandas.DataFrame
        Columns name, symbol, default, allowed, unit, meaning, lever.
    """
    default = Bargain()
    rows = [
        {
            "name": name,
            "symbol": about.symbol,
            "default": getattr(default, name),
            "allowed": about.allowed,
            "unit": about.unit,
            "meaning": about.meaning,
            "lever": about.lever,
        }
        for name, about in _TERMS.items()
    ]
    return pd.DataFrame(rows)


def _shape_problem(shapes: list[tuple[int, ...]]) -> list[str]:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        distinct = sorted({str(shape) for shape in shapes if shape})
        return [f"arrays of shapes {' and '.join(distinct)} (must broadcast to one shape)"]
    return []


def _minus_log(survival: Array) -> Array:
    with np.errstate(divide="ignore"):
        # Adding 0 turns the -0 of a certain survival into 0.
        return _out(-np.log(survival) + 0.0)


def _paid(price: ArrayLike, temptation: ArrayLike) -> Array:
    """Price times temptation, where no temptation costs nothing at any price."""
    tempted = np.asarray(temptation) > 0
    cost = np.multiply(np.where(tempted, price, 0.0), np.where(tempted, temptation, 0.0))
    return _out(cost)


def _least_command(fixed: Array, slope: Array, net: Array, burden: Array, earned: Array) -> Array:
    """Least kappa at 0 <= earned kappa - burden >= (slope kappa + fixed)/net, 0 if cheap enough.

    The government's promise is a rising line, the gang's need another, and promises below 0 are
    no pact. Where the regime buys as much power as comfort (net at most 0), the gang must need
    nothing.
    """
    believed = np.maximum(_over(burden, earned, np.where(burden > 0, _INF, 0.0)), 0.0)
    rise = np.where(net > 0, earned - _over(slope, net, 0.0), -slope)
    start = np.where(net > 0, burden + _over(fixed, net, 0.0), fixed)
    crossing = _over(start, rise, 0.0)
    least = np.maximum(believed, np.where(rise > 0, crossing, 0.0))
    # On a falling line what holds at the least value is all that can hold.
    with np.errstate(invalid="ignore"):
        holds = np.where(rise > 0, True, rise * np.where(np.isinf(least), 0.0, least) >= start)
    return _out(np.where(holds, least, _INF))


def _from_parameters(
    start: Bargain, worlds: Draws, attributed: bool, dispersion: float
) -> dict[str, Array]:
    """The numbers of a bargain that the simulator knows, float64[worlds] each."""

    def p(parameter: Parameter) -> Array:
        return worlds.column(parameter.name)

    P, gangs = Parameter, np.asarray(start.gangs)
    breaches = gangs * p(P.breach) * p(P.breach_ends)
    others = breaches + _MONTHS * np.asarray(start.turnover) * (1 - p(P.honour))
    capture = p(P.arrest) * (1 - p(P.retention_loss) * p(P.filter_usual))
    deterred = np.exp(-p(P.deterrence) * capture)
    killings = p(P.members_at_start) * p(P.killing) * deterred / (_MONTHS * gangs)
    command = p(P.command_ceiling)
    alarm, seen = _watched(worlds, killings, gangs, deterred, attributed, dispersion)
    deadly = p(P.sanction_ends) * p(P.sanction)
    return {
        "leak": 1 - np.exp(-p(P.leak) * p(P.democracy_usual) / _MONTHS),
        # Sanctions come again until one ends the pact; a leak brings foreign pressure near 1.
        "leak_kills": _over(deadly, deadly + others, 0.0),
        "breach": 1 - np.exp(-breaches / _MONTHS),
        "honour": p(P.honour),
        "trust": p(P.trust_prior),
        "restraint": p(P.restraint),
        "command": command,
        "violence": killings / 100,
        "false_alarm": alarm,
        "detection": seen,
        "precedent_time": _MONTHS * p(P.precedent_time),
    }


def _watched(
    worlds: Draws,
    killings: Array,
    gangs: Array,
    deterred: Array,
    attributed: bool,
    dispersion: float,
) -> tuple[Array, Array]:
    """False alarms and detection from a gang's own count, or from the national one."""
    P = Parameter
    stopped = worlds.column(P.restraint.name) * worlds.column(P.command_ceiling.name)
    hidden = worlds.column(P.hidden_usual.name), worlds.column(P.hidden_pact.name)
    comply, cheat = expected_counts(killings, stopped, *hidden)
    if not attributed:
        covered = 1 - np.exp(
            -worlds.column(P.members_at_start.name) / worlds.column(P.coverage.name)
        )
        rate = worlds.column(P.ambient_floor.name) + worlds.column(P.ambient_gangs.name) * covered
        elsewhere = rate * _PERSONS * deterred / _MONTHS + (gangs - 1) * comply
        comply, cheat = comply + elsewhere, cheat + elsewhere
    threshold = np.floor(np.sqrt(comply * cheat))
    return monitoring_errors(threshold, comply, cheat, dispersion)


_PERSONS = 6.1e6
"""Inhabitants of El Salvador while the parameters were fitted, for ambient killing."""
