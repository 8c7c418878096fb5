r"""Whether a pact is self-enforcing, what stands in the way, and what would change it.

`bargain_verdict` looks at one bargain: does a concession exist that the gangs take and the
government can be believed to pay? For every lever alone it then finds the nearest value at which
the margin $\min(1, x_G) - x_g^*$ is 0: what would just make the pact, or just break it. The margin
is scanned outward from today's value and the first change of sign is closed in on by Brent's method
(Brent 1973, Algorithms for Minimization without Derivatives, chapter 4).

`feasible_region` does the same over a plane of any two numbers. `joint_pact` and `coalitions` ask
for gangs that are not alike: the one that needs most prices the whole pact, and a pact of all may
fail where a pact with the largest alone would hold.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import brentq

from tregua.decide.bargain import Bargain, Term, bargain_terms, term_of

__all__ = [
    "BargainVerdict",
    "Change",
    "JointPact",
    "bargain_verdict",
    "coalitions",
    "feasible_region",
    "joint_pact",
]

Array = NDArray[np.float64]

_STEPS = 800
_BOUND = 1e6  # stands for infinity where a bracket needs a number
_GOVERNMENT = (
    *("calm_value", "restraint", "regime_cost", "exposure_cost", "government_outside"),
    *("tough_bonus", "government_discount", "leak", "leak_kills", "turnover", "honour", "breach"),
    *("resumption", "shared_alarm"),
)


@dataclass(frozen=True)
class Change:
    """What one lever alone would have to become.

    Attributes
    ----------
    lever
        Name of a number of the bargain.
    symbol, unit
        Its symbol and unit.
    now
        Its value.
    needed
        Nearest value at which the margin is 0 (for a number of gangs, the first beyond it); None
        where no value between `low` and `high` does it.
    low, high
        The range searched.
    """

    lever: str
    symbol: str
    unit: str
    now: float
    needed: float | None
    low: float
    high: float


@dataclass(frozen=True)
class BargainVerdict:
    """Whether one bargain is self-enforcing, what binds, and what would change it.

    Attributes
    ----------
    bargain
        The bargain judged.
    self_enforcing
        Whether some concession is enough for the gangs and believable of the government.
    binding
        What stands in the way: none, gang, government or both, as `Bargain.binding` says.
    minimal_concession, maximal_concession, slack, margin
        The two limits, their difference, and the margin that decides.
    holds
        Whether the concession on offer lies between the limits.
    hiding_pays
        Whether a gang would hide its killing instead of stopping it; the pact may then live and
        be empty.
    changes
        One `Change` for each lever: what would make the pact where it fails, or break it where it
        holds.
    """

    bargain: Bargain
    self_enforcing: bool
    binding: str
    minimal_concession: float
    maximal_concession: float
    slack: float
    margin: float
    holds: bool
    hiding_pays: bool
    changes: tuple[Change, ...]

    def change_of(self, lever: str) -> Change:
        """The change of one lever. Raises ValueError for a name that is no lever."""
        for change in self.changes:
            if change.lever == lever:
                return change
        term_of(lever)
        raise ValueError(f"The limits do not depend on '{lever}'; it is no lever.")

    def thresholds(self) -> pd.DataFrame:
        """Limits of the bargain, each beside what it is compared with.

        Returns
        -------
        pandas.DataFrame
            Columns name, symbol, value, now (missing where nothing is compared), passes (missing
            likewise), unit and meaning.
        """
        return pd.DataFrame(_thresholds(self.bargain))


def bargain_verdict(bargain: Bargain) -> BargainVerdict:
    """Judge one bargain.

    Parameters
    ----------
    bargain
        A bargain of single numbers.

    Returns
    -------
    BargainVerdict
        With one change for each of its levers, in the order in which they are declared.

    Raises
    ------
    ValueError
        If the bargain holds arrays.

    Examples
    --------
    >>> found = bargain_verdict(Bargain(false_alarm=0.2))
    >>> found.self_enforcing, found.binding
    (False, 'government')
    >>> print(f"{found.change_of('false_alarm').needed:.3f}")
    0.194
    """
    _refuse_arrays(bargain)
    levers = bargain_terms().query("lever")["name"]
    return BargainVerdict(
        bargain=bargain,
        self_enforcing=bool(bargain.feasible),
        binding=str(bargain.binding),
        minimal_concession=float(bargain.minimal_concession),
        maximal_concession=float(bargain.maximal_concession),
        slack=float(bargain.slack),
        margin=float(bargain.margin),
        holds=bool(bargain.holds),
        hiding_pays=bool(bargain.hiding_pays),
        changes=tuple(_change(bargain, str(lever)) for lever in levers),
    )


def _refuse_arrays(bargain: Bargain) -> None:
    if bargain.shape:
        raise ValueError(
            f"A verdict is on one bargain, not on an array of shape {bargain.shape}. "
            "Use `margin` and `binding` of the bargain, or judge one at a time."
        )


def _span(about: Term, now: float) -> tuple[float, float]:
    """The range in which a number is searched: all that is possible, or ten times the usual."""
    low, high = about.low, about.high
    if not np.isfinite(high):
        high = max(10 * about.shown[1], 2 * now)
    if not np.isfinite(low):
        low = min(10 * about.shown[0], 2 * now)
    if about.above:
        low = min(about.shown[0], now) / 1000
    return low, high


def _change(bargain: Bargain, lever: str) -> Change:
    about, now = term_of(lever), float(getattr(bargain, lever))
    low, high = _span(about, now)

    def margin(values: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.clip(bargain.replace(**{lever: values}).margin, -_BOUND, _BOUND)

    sides = [_crossing(margin, now, end, whole=about.whole) for end in (low, high)]
    found = [value for value in sides if value is not None]
    needed = min(found, key=lambda value: abs(value - now)) if found else None
    return Change(lever, about.symbol, about.unit, now, needed, low, high)


def _crossing(
    margin: Callable[[Array], Array], now: float, end: float, *, whole: bool
) -> float | None:
    """First value from now towards an end at which the sign of the margin is another."""
    if now == end:
        return None
    if whole:
        path = np.arange(now, end + np.sign(end - now), np.sign(end - now))
    else:
        # Half the steps are even, half crowd near now, so that no small change is stepped over.
        even = np.linspace(0, 1, _STEPS)
        path = now + (end - now) * np.union1d(even, even**4)
        path[0], path[-1] = now, end
    holds = margin(path) >= 0
    other = np.flatnonzero(holds != holds[0])
    if not other.size:
        return None
    after = int(other[0])
    if whole:
        return float(path[after])
    bracket = float(path[after - 1]), float(path[after])
    ends = [float(margin(np.array(value))) for value in bracket]
    if 0.0 in ends:
        return bracket[ends.index(0.0)]
    root: float = brentq(lambda value: float(margin(np.array(value))), *bracket, xtol=1e-14)
    return root


def _thresholds(b: Bargain) -> list[dict[str, object]]:
    cost = float(b.government_temptation)

    def row(
        name: str, symbol: str, value: object, unit: str, meaning: str, now: object = None,
        passes: object = None,
    ) -> dict[str, object]:  # fmt: skip
        known = {"name": name, "symbol": symbol, "value": float(value)}  # type: ignore[arg-type]
        judged = None if passes is None else bool(passes)
        beside = None if now is None else float(now)  # type: ignore[arg-type]
        return {**known, "now": beside, "passes": judged, "unit": unit, "meaning": meaning}

    x, trust, kappa = b.concession, b.trust, b.command
    return [
        row("minimal_concession", "x_g*", b.minimal_concession, "share of the regime",
            "least that keeps a gang", x, np.asarray(x) >= b.minimal_concession),
        row("maximal_concession", "x_G", b.maximal_concession, "share of the regime",
            "most that the government is believed to pay", x, x <= b.maximal_concession),
        row("price_of_mistrust", "Lambda", b.price_of_mistrust, "factor",
            "by which a gang's temptation is multiplied"),
        row("largest_hazard", "-ln S*", b.largest_hazard, "per month",
            "outside danger that a gang bears", -np.log(b.trusted_survival),
            b.trusted_survival >= b.survival_needed),
        row("minimum_trust", "b*", b.minimum_trust, "probability",
            "least belief in the government's word", trust, trust >= b.minimum_trust),
        row("minimum_command", "kappa_min", b.minimum_command, "share",
            "least command at which a pact exists", kappa, kappa >= b.minimum_command),
        row("maximal_gangs", "n*", b.maximal_gangs(), "gangs",
            "most gangs, each with its own dangers, if politics cost nothing", b.gangs,
            b.gangs <= b.maximal_gangs()),
        row("monitoring_cost", "d/(l-1)", b.monitoring_cost, "base incomes a month",
            "what bad monitoring takes from the best pact"),
        row("best_value", "(1-delta)V", b.best_value, "base incomes a month",
            "greatest worth of the pact to a gang"),
        row("hiding_cost", "d", b.temptation, "base incomes a month",
            "cost above which killing is stopped and not hidden", b.hiding_cost,
            not b.hiding_pays),
        row("openness_limit", "ell_O*", b.openness_limit, "hundreds of killings a month",
            "cost of openness above which a pact is kept secret", b.opposition_cost,
            not b.prefers_secrecy),
        row("electoral_bridge", "C/theta_E", cost / float(b._term_factor),
            "hundreds of killings", "worth of a living pact needed at the vote",
            b._at_the_vote, b.electoral_bridge),
        row("election_clock", "tau*", b.election_clock, "months",
            "months to a vote under which a pact is ended at once"),
        row("contagion_threshold", "p*", b.contagion_threshold, "probability a month",
            "chance of admission above which a gang left out presses", b.admission,
            not b.contagion),
        row("backlash", "t_B", b.backlash, "months", "for which gangs press after an end"),
        row("duration", "1/(1-S(1-alpha)^n)", b.duration, "months",
            "expected life of a pact that both sides keep"),
    ]  # fmt: skip


def feasible_region(
    bargain: Bargain,
    *,
    x: str,
    y: str,
    points: int = 121,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> xr.Dataset:
    """Where a pact is self-enforcing, over a plane of two numbers.

    Parameters
    ----------
    bargain
        A bargain of single numbers: all but the two stay as they are.
    x, y
        Names of two different numbers of a bargain.
    points
        Values along each axis, 2 to 1001; whole numbers take at most each one.
    x_range, y_range
        First and last value; the usual range of the number unless given.

    Returns
    -------
    xarray.Dataset
        Dimensions y and x, coordinates with the values and attributes name, symbol, unit, now;
        variables minimal_concession, maximal_concession, slack, margin, feasible and binding.

    Raises
    ------
    ValueError
        For an unknown name, one name twice, too few points, a range that is none, or arrays.
    """
    _refuse_arrays(bargain)
    term_of(x), term_of(y)
    if x == y:
        raise ValueError(f"A region needs two different numbers, not '{x}' twice.")
    if not 2 <= points <= 1001:
        raise ValueError(f"points = {points}: give 2 to 1001.")
    across, up = _axis(bargain, x, points, x_range), _axis(bargain, y, points, y_range)
    plane = bargain.replace(**{x: across[None, :], y: up[:, None]})
    shape = (len(up), len(across))
    variables = {
        "minimal_concession": (plane.minimal_concession, "share of the regime"),
        "maximal_concession": (plane.maximal_concession, "share of the regime"),
        "slack": (plane.slack, "share of the regime"),
        "margin": (plane.margin, "share of the regime"),
        "feasible": (plane.feasible, "true or false"),
        "binding": (plane.binding, "none, gang, government or both"),
    }
    region = xr.Dataset(
        {
            name: (("y", "x"), np.broadcast_to(values, shape).copy(), {"unit": unit})
            for name, (values, unit) in variables.items()
        },
        coords={"y": up, "x": across},
    )
    for axis, name in (("x", x), ("y", y)):
        about = term_of(name)
        region[axis].attrs = {
            "name": name,
            "symbol": about.symbol,
            "unit": about.unit,
            "meaning": about.meaning,
            "now": float(getattr(bargain, name)),
        }
    return region


def _axis(bargain: Bargain, name: str, points: int, given: tuple[float, float] | None) -> Array:
    about, now = term_of(name), float(getattr(bargain, name))
    low, high = about.shown if given is None else given
    if given is None:
        low, high = min(low, now), max(high, min(1.2 * now, about.high))
    if not low < high:
        raise ValueError(f"The range of {name} must rise, not go from {low:g} to {high:g}.")
    values = np.linspace(low, high, points)
    if about.whole:
        values = np.unique(np.round(values))
    if not about.valid(values).all():
        raise ValueError(f"The range of {name}, {low:g} to {high:g}, must be {about.allowed}.")
    return np.asarray(values, dtype=np.float64)


@dataclass(frozen=True)
class JointPact:
    """A pact with gangs that are not alike.

    Attributes
    ----------
    names
        The gangs.
    minimal
        Least concession of each.
    paid
        What each gets: its own least concession, or with envy the greatest of them for all.
    maximal_total
        Greatest sum of concessions that the government is believed to go on paying.
    feasible
        Whether it is self-enforcing.
    hardest
        The gang that needs most.
    duration
        Expected months of the pact that all keep.
    """

    names: tuple[str, ...]
    minimal: tuple[float, ...]
    paid: tuple[float, ...]
    maximal_total: float
    feasible: bool
    hardest: str
    duration: float

    @property
    def slack(self) -> float:
        """Sum of concessions that the government can promise beyond what is needed."""
        return self.maximal_total - sum(self.paid)


def joint_pact(gangs: Mapping[str, Bargain], *, envy: bool = True) -> JointPact:
    r"""A pact with gangs that are not alike: one alarm about any of them suspends it.

    The government's constraint sums over gangs,
    :math:`\sum_i x_i \le \{\sigma(\sum_i b\kappa_i\rho v_i - \ell - U_B) - (1-\sigma)R\}/c` with
    :math:`\theta=\delta_G S\prod_i(1-\alpha_i)`; each gang has its own least concession.

    Parameters
    ----------
    gangs
        A bargain of single numbers for each gang. Numbers of the government must agree; `gangs`
        of each is replaced by their number.
    envy
        Whether a gang accepts no less than another gets.

    Raises
    ------
    ValueError
        For no gangs, arrays, or governments that differ, all listed.
    """
    _refuse_unlike(gangs)
    names, members = tuple(gangs), [b.replace(gangs=len(gangs)) for b in gangs.values()]
    alarms = np.array([float(b.false_alarm) for b in members])
    quiet = float(np.prod(1 - alarms))
    minimal = []
    for b, alarm in zip(members, alarms, strict=True):
        others = np.prod([1 - float(b.shared_alarm) * a for a in alarms])
        keep = b.trusted_survival
        keep = keep * others / (1 - float(b.shared_alarm) * alarm) if alarm < 1 else keep * 0
        minimal.append(float(b._needed(np.asarray(keep))))
    first, n = members[0], len(members)
    kept = float(first._government_factor * first.survival) * quiet
    kept /= 1 + float(first._government_factor * first.resumption)
    calm = sum(float(b.calm_value * b.command * b.restraint * b.violence) for b in members)
    politics = float(first.exposure_cost + first.government_outside)
    bonus = (1 - kept) * float(first.tough_bonus)
    total = (kept * (calm - politics) - bonus) / float(first.regime_cost)
    paid = (max(minimal),) * n if envy else tuple(minimal)
    alive = float(first.survival) * quiet
    return JointPact(
        names=names,
        minimal=tuple(minimal),
        paid=paid,
        maximal_total=total,
        feasible=max(paid) <= 1 and sum(paid) <= total,
        hardest=names[int(np.argmax(minimal))],
        duration=1 / (1 - alive) if alive < 1 else float("inf"),
    )


def _refuse_unlike(gangs: Mapping[str, Bargain]) -> None:
    if not gangs:
        raise ValueError("A pact needs at least one gang.")
    for bargain in gangs.values():
        _refuse_arrays(bargain)
    differing = [
        f"{name} ({', '.join(f'{float(getattr(b, name)):g}' for b in gangs.values())})"
        for name in _GOVERNMENT
        if len({float(getattr(b, name)) for b in gangs.values()}) > 1
    ]
    if differing:
        raise ValueError(
            "Gangs of one pact face one government; these numbers differ: "
            + "; ".join(differing)
            + "."
        )


def coalitions(gangs: Mapping[str, Bargain], *, envy: bool = True) -> pd.DataFrame:
    """Every pact that leaves some gangs out, and whether it holds.

    Parameters
    ----------
    gangs
        A bargain for each gang, as `joint_pact` takes them; at most 12.
    envy
        Whether a gang in the pact accepts no less than another in it gets.

    Returns
    -------
    pandas.DataFrame
        Columns members (joined by commas), gangs, needed (sum of concessions), maximal_total,
        slack, feasible, contagion (whether a gang left out would press, at the concession paid)
        and duration in months; all gangs first.
    """
    if len(gangs) > 12:
        raise ValueError(f"{len(gangs)} gangs have {2 ** len(gangs) - 1} coalitions; at most 12.")
    sizes = range(len(gangs), 0, -1)
    groups = itertools.chain.from_iterable(itertools.combinations(gangs, k) for k in sizes)
    return pd.DataFrame([_coalition(gangs, group, envy) for group in groups])


def _coalition(gangs: Mapping[str, Bargain], group: Sequence[str], envy: bool) -> dict[str, object]:
    pact = joint_pact({name: gangs[name] for name in group}, envy=envy)
    offer = min(1.0, max(pact.paid))
    left_out = [b for name, b in gangs.items() if name not in group]
    presses = any(bool(b.replace(concession=offer).contagion) for b in left_out)
    return {
        "members": ", ".join(group),
        "gangs": len(group),
        "needed": sum(pact.paid),
        "maximal_total": pact.maximal_total,
        "slack": pact.slack,
        "feasible": pact.feasible,
        "contagion": presses,
        "duration": pact.duration,
    }
