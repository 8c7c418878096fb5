r"""The sentence that may be printed: a share of worlds with its hedge, or that nothing can be said.

A sentence is made by a rule from figures, in tenths, because nobody reads "73.4 % of worlds" as a
share with an error. Let $p$ be the share of worlds in which the strategy has less of an outcome (a
tie counts one half) and $[l, u]$ its 95 % interval (E. B. Wilson 1927, Journal of the American
Statistical Association 22, 209-212) for as many worlds as the weighted ones are worth. Printed are
$k$, the nearest whole number to $10p$, and the smallest whole number $b \ge 1$ for which
$k \pm b$ holds $[10l, 10u]$. The sentence is given only if $k \pm b$ stays on one side of 5; else
**the worlds do not tell**, and it is said whether more worlds might, or whether the worlds
themselves are split. With worlds that are even in truth, a sentence on either side comes out in
fewer than 1 of 1,000 runs of 50 worlds, and more seldom in larger ones.

The size follows, from quantiles of the paired difference, to two figures. Where most worlds and the
mean point opposite ways, beyond the error of the mean, the sentence says so.

What the hedge holds is Monte-Carlo error and the spread over worlds. That the model may be wrong it
cannot hold; each sentence ends by saying that these are worlds of a model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tregua.decide import phrases
from tregua.decide.comparison import Comparison, Paired, known_outcomes, month_of_horizon
from tregua.decide.crossing import Crossing

__all__ = ["Printable", "printable", "sentences", "wilson_interval"]

_Z = 1.959963984540054
_HALF_WAY = 5
# Beyond this share of worlds, the nearest tenth is 7, and the hedge can shrink to 1.
_TOLD_IN_THE_END = 0.65
_SLACK = 1e-9  # so that 10 x 0.7 does not count as beyond 7


@dataclass(frozen=True)
class Printable:
    """A sentence on one difference, in both languages, and the figures it was made of.

    Attributes
    ----------
    strategy, reference, outcome, horizon, reply
        What is compared, in what, after how many years, against which reply.
    tells
        Whether the worlds tell a difference.
    reason
        Why not: "error" (more worlds might tell), "split" (they would not), "same" (there is no
        difference in any world) or "none" (the model counts none with either); empty if they tell.
    direction
        "fewer" or "more", as most worlds have it; empty if there is no difference.
    tenths, give_or_take
        Worlds of ten in that direction, and the whole number printed as plus or minus.
    low, high
        95 % interval of the share of worlds in that direction, 0 to 1.
    en, es
        The sentence.
    """

    strategy: str
    reference: str
    outcome: str
    horizon: float
    reply: str
    tells: bool
    reason: str
    direction: str
    tenths: int
    give_or_take: int
    low: float
    high: float
    en: str
    es: str


def wilson_interval(share: float, worlds: float) -> tuple[float, float]:
    """95 % interval of a share seen in so many worlds (Wilson 1927).

    Parameters
    ----------
    share
        Between 0 and 1.
    worlds
        Effective number of worlds, above 0.

    Returns
    -------
    tuple of float
        Its ends, within [0, 1].

    Examples
    --------
    >>> low, high = wilson_interval(0.8, 100)
    >>> round(low, 3), round(high, 3)
    (0.711, 0.867)
    """
    z2 = _Z * _Z / worlds
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(z2 * share * (1 - share) + z2 * z2 / 4) / (1 + z2)
    return max(0.0, centre - half), min(1.0, centre + half)


def printable(
    comparison: Comparison, strategy: str, reference: str, outcome: str, horizon: float
) -> Printable:
    """What may be printed of one difference.

    Parameters
    ----------
    comparison
        The strategies in the same worlds.
    strategy, reference
        Two of its strategies.
    outcome
        One of `OUTCOMES`.
    horizon
        Years after the origin.

    Raises
    ------
    ValueError
        If a name is not known, or the run is shorter than the horizon.
    """
    known_outcomes([outcome])
    paired = comparison.difference(strategy, reference, horizon, outcome)
    none = not any(comparison.total(outcome, s, horizon).any() for s in (strategy, reference))
    facts = _Facts.of(paired, comparison.effective_worlds, none)
    places = [
        {
            "worlds": phrases.WORLDS[comparison.worlds_from][lang],
            "span": phrases.span_named(comparison.origin, month_of_horizon(horizon), lang),
            "strategy": phrases.strategy_phrase(strategy, lang),
            "reference": phrases.strategy_phrase(reference, lang),
            "reply": phrases.reply_phrase(comparison.reply, lang),
            "less": phrases.LESS[outcome][0 if facts.is_less else 1][lang],
            "outcome": phrases.OUTCOMES[outcome][lang],
        }
        for lang in (0, 1)
    ]
    return Printable(
        strategy=strategy,
        reference=reference,
        outcome=outcome,
        horizon=horizon,
        reply=comparison.reply,
        tells=not facts.reason,
        reason=facts.reason,
        direction=""
        if facts.reason in ("same", "none")
        else ("fewer" if facts.is_less else "more"),
        tenths=facts.tenths,
        give_or_take=facts.give_or_take,
        low=facts.low,
        high=facts.high,
        en=_sentence(facts, places[0], outcome, 0),
        es=_sentence(facts, places[1], outcome, 1),
    )


def sentences(
    compared: Comparison | Crossing,
    *,
    reference: str | None = None,
    outcomes: Sequence[str] | None = None,
    horizons: Sequence[float] | None = None,
) -> pd.DataFrame:
    """What may be printed of every strategy against a reference.

    Parameters
    ----------
    compared
        A comparison, or one for each of several replies.
    reference
        The strategy that the others are compared with; None is the first.
    outcomes
        Out of `OUTCOMES`; None takes all killings and the ledger.
    horizons
        Years; None takes all that the run reaches.

    Returns
    -------
    DataFrame
        A row a sentence: the fields of `Printable`.

    Raises
    ------
    ValueError
        As `printable`.
    """
    each = compared.comparisons if isinstance(compared, Crossing) else (compared,)
    against = each[0].strategies[0] if reference is None else reference
    wanted = None if outcomes is None else known_outcomes(outcomes)
    rows = [
        vars(printable(one, strategy, against, outcome, horizon))
        for one in each
        for horizon in (one.horizons() if horizons is None else horizons)
        for outcome in (("killed", *one.outcomes()) if wanted is None else wanted)
        for strategy in one.strategies
        if strategy != against
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Facts:
    """The figures of a sentence: of the larger side of the worlds, `share` at least one half."""

    paired: Paired
    is_less: bool
    share: float
    low: float
    high: float
    tenths: int
    give_or_take: int
    half: float
    reason: str

    @classmethod
    def of(cls, paired: Paired, worlds: float, none: bool) -> _Facts:
        """What so many worlds say of a paired difference; `none` if there is nothing to differ."""
        is_less = paired.p_lower >= 0.5
        share = paired.p_lower if is_less else 1.0 - paired.p_lower
        low, high = wilson_interval(share, worlds)
        tenths = math.floor(10 * share + 0.5)
        spread = max(10 * high - tenths, tenths - 10 * low)
        give_or_take = max(1, math.ceil(spread - _SLACK))
        if none:
            reason = "none"
        elif paired.always_equal:
            reason = "same"
        elif tenths - give_or_take > _HALF_WAY:
            reason = ""
        else:
            reason = "split" if high < _TOLD_IN_THE_END else "error"
        half = _Z * math.sqrt(share * (1 - share) / worlds)
        return cls(paired, is_less, share, low, high, tenths, give_or_take, half, reason)


def _sentence(facts: _Facts, places: dict[str, str], outcome: str, lang: int) -> str:
    """One sentence, in one language (0 English, 1 Spanish)."""
    model = phrases.TEXTS["model"][lang]
    if facts.reason in ("same", "none"):
        return phrases.TEXTS[facts.reason][lang].format(**places) + model
    if facts.reason:
        share, error = f"{10 * facts.share:.1f}", f"{max(0.1, 10 * facts.half):.1f}"
        told = phrases.TEXTS["untold"][lang].format(share=share, error=error, **places)
        return told + phrases.TEXTS["split" if facts.reason == "split" else "few"][lang] + model
    opening = phrases.TEXTS["nearly" if facts.tenths == 10 else "share"][lang].format(
        tenths=facts.tenths,
        error=facts.give_or_take,
        least=math.floor(10 * facts.low + _SLACK),
        worlds=places["worlds"],
    )
    told = opening + phrases.TEXTS["what"][lang].format(**places)
    return told + _size(facts.paired, outcome, facts.is_less, lang) + model


def _size(paired: Paired, outcome: str, is_less: bool, lang: int) -> str:
    """How much, and whether the mean points the other way."""
    ends = [paired.q05, paired.q95]
    low = _amount(ends[0], outcome, lang)
    if ends[0] * ends[1] > 0:  # both fewer, or both more: once is enough
        ends.sort(key=abs)
        low = _amount(ends[0], outcome, lang).partition(" ")[0]
    text = phrases.TEXTS["size"][lang].format(
        middle=_amount(paired.q50, outcome, lang),
        between=phrases.TEXTS["between"][lang].format(
            low=low, high=_amount(ends[1], outcome, lang)
        ),
    )
    against = paired.mean if is_less else -paired.mean
    if against > _Z * paired.mean_error:
        text += phrases.TEXTS["average"][lang].format(more=_amount(paired.mean, outcome, lang))
    return text


def _amount(difference: float, outcome: str, lang: int) -> str:
    """A difference in words: "3,200 fewer"."""
    persons = outcome != "democracy_lost"
    more = phrases.AMOUNTS[persons][1 if difference > 0 else 0][lang]
    return f"{_two_figures(abs(difference), persons)} {more}"


def _two_figures(value: float, whole: bool) -> str:
    """A number of two significant figures; persons come whole."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    digits = 1 - math.floor(math.log10(value))
    rounded = round(value, digits)
    return f"{rounded:,.{max(0, 0 if whole else min(digits, 3))}f}"
