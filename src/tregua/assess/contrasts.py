r"""Experiments in simulated worlds: one thing changed, everything else and all chance held fixed.

Some claims speak of what no record shows: what secrecy does to a pact, what a reform of courts adds
to one of the police. The model can be asked. It is run twice in the same worlds (the same draw of
parameters, the same noise, keyed by seed, world, time and purpose), once with the thing and once
without, and the difference $d_i$ in world $i$ is the thing's. With weights $w_i$ that sum to one,

$$ p_+ = \sum_i w_i \left(1[d_i > 0] + \tfrac12 1[d_i = 0]\right), $$

the share of worlds in which the thing adds to the outcome, with the Monte Carlo error
$\sqrt{p_+(1-p_+)\sum_i w_i^2}$. Every contrast is tried in several *settings*, with assumptions
that nothing measures pinned at the 5 and 95 % quantiles of their priors.

**What a mechanism assumes it cannot confirm.** Where an equation or a declaration fixes the sign,
an experiment is marked `built_in`: a simulated sign that agrees with it is an echo. Only the
opposite sign would be news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua import decide, model, simulate
from tregua.assess.verdict import Text

__all__ = ["EXPERIMENTS", "Experiment", "Gap", "Laboratory", "contrasts"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_WORLDS = 150
_MONTHS_A_YEAR = 12
_SHORT, _LONG = 5, 10  # years
_NO_EFFORT, _ALL_EFFORT = 0.0, 0.95


@dataclass(frozen=True)
class Gap:
    """A difference between two runs, world by world.

    Attributes
    ----------
    setting
        Name of the assumptions under which it was found; `central` pins none.
    outcome
        What differs.
    horizon
        Years from the origin.
    values
        float64[worlds]: with the thing minus without it.
    """

    setting: str
    outcome: str
    horizon: int
    values: Array


@dataclass(frozen=True)
class Laboratory:
    """Worlds at a date, in which experiments are run.

    Attributes
    ----------
    draws
        Parameters of the worlds.
    history
        What the case tells of its past.
    initial
        State of the worlds at the origin.
    origin
        Month from which experiments run, `YYYY-MM`.
    seed
        Seed of the noise.
    """

    draws: model.Draws
    history: model.History
    initial: model.State
    origin: str
    seed: int

    @classmethod
    def at(cls, origin: str, draws: model.Draws, history: model.History, seed: int) -> Laboratory:
        """Worlds at a date, after the history that the script tells."""
        initial = decide.state_at(origin, draws, history, seed=seed)
        return cls(draws, history, initial, origin, seed)

    def with_gangs(self, number: int) -> Laboratory:
        """The same worlds with this many equal gangs from the start of history."""
        names = tuple(f"gang {place + 1}" for place in range(number))
        shares = (1.0 / number,) * number
        setting = replace(self.history.setting, gangs=names, shares=shares)
        history = replace(self.history, setting=setting)
        return Laboratory.at(self.origin, self.draws, history, self.seed)

    def run(
        self,
        government: str,
        variables: Sequence[str],
        *,
        years: int,
        gangs: str = "answer_in_kind",
        mechanisms: Sequence[str] = (),
        pinned: Mapping[str, float | Array] = MappingProxyType({}),
    ) -> xr.Dataset:
        """Run a government's strategy from the origin; months of some variables.

        Parameters
        ----------
        government, gangs
            Names in `decide.CATALOGUE` and `decide.GANG_STRATEGIES`.
        variables
            Names in `simulate.VARIABLES`.
        years
            Length of the run.
        mechanisms
            Optional mechanisms, on from the origin.
        pinned
            Parameters pinned from the origin on: one number, or one a world.
        """
        start = pd.Timestamp(f"{self.origin}-01")
        profile = model.Profile(decide.CATALOGUE[government], decide.GANG_STRATEGIES[gangs])
        return simulate.run(
            self.draws.with_(**pinned),
            profile=profile,
            start=start,
            end=start + pd.DateOffset(years=years),
            seed=self.seed,
            initial=self.initial,
            setting=self.history.rules_of(self.origin),
            variables=tuple(variables),
            mechanisms=mechanisms,
        ).monthly


@dataclass(frozen=True)
class Experiment:
    """One thing changed in simulated worlds.

    Attributes
    ----------
    name
        Short name, in words joined by underscores.
    question
        What is asked.
    mechanisms
        Optional mechanisms that it switches on.
    built_in
        Whether an equation or a declaration of the model fixes the sign.
    built_in_why
        Why the sign is fixed, or what could turn it.
    make
        Its gaps, from a laboratory.
    """

    name: str
    question: Text
    mechanisms: tuple[str, ...]
    built_in: bool
    built_in_why: Text
    make: Callable[[Laboratory], Iterator[Gap]]


def _total(run: xr.Dataset, name: str, years: int) -> Array:
    """Sum of a variable over the first years, and over gangs if it has any; one a world."""
    values = run[name].values[:, : years * _MONTHS_A_YEAR]
    return np.asarray(values.reshape(len(values), -1).sum(axis=1), dtype=np.float64)


def _last(run: xr.Dataset, name: str) -> Array:
    """Mean over gangs, if any, of a variable at the end of the run; one a world."""
    values = run[name].values[:, -1]
    return np.asarray(values.reshape(len(values), -1).mean(axis=1), dtype=np.float64)


def _quantiles(name: str) -> tuple[float, float]:
    """5 and 95 % quantiles of a parameter's prior."""
    parameter = model.Parameter[name]
    return parameter.low, parameter.high


def _settings(*names: str) -> dict[str, dict[str, float]]:
    """Nothing pinned, then each parameter low and high; `leak_low`, `leak_high` and so on."""
    found: dict[str, dict[str, float]] = {"central": {}}
    for name in names:
        low, high = _quantiles(name)
        found |= {f"{name}_low": {name: low}, f"{name}_high": {name: high}}
    return found


# -- The experiments -------------------------------------------------------------------------------


def _outbidding(lab: Laboratory) -> Iterator[Gap]:
    low, high = _quantiles("fear_level")
    for setting, pinned in (("central", {}), ("without_deterrence", {"deterrence": 0.0})):
        promised = [
            _last(
                lab.run(
                    "status_quo", ["platform"], years=_SHORT, pinned={**pinned, "fear_level": fear}
                ),
                "platform",
            )
            for fear in (low, high)
        ]
        yield Gap(setting, "platform", _SHORT, promised[1] - promised[0])


def _open_or_secret(lab: Laboratory) -> Iterator[Gap]:
    for setting, pinned in _settings("leak", "trust_prior", "fear_level").items():
        secret, openly = (
            lab.run(name, ["pact", "killed"], years=_SHORT, pinned=pinned)
            for name in ("secret_pact", "open_pact")
        )
        for outcome, variable in (("months_in_force", "pact"), ("killed", "killed")):
            gap = _total(secret, variable, _SHORT) - _total(openly, variable, _SHORT)
            yield Gap(setting, outcome, _SHORT, gap)


def _more_parties(lab: Laboratory) -> Iterator[Gap]:
    few, many = lab.with_gangs(2), lab.with_gangs(6)
    for setting, pinned in _settings("breach").items():
        months = [
            _total(place.run("secret_pact", ["pact"], years=_SHORT, pinned=pinned), "pact", _SHORT)
            for place in (few, many)
        ]
        yield Gap(setting, "months_in_force", _SHORT, months[1] - months[0])


def _contagion(lab: Laboratory) -> Iterator[Gap]:
    every = _total(lab.run("secret_pact", ["pressing"], years=_SHORT), "pressing", _SHORT)
    for setting, pinned in _settings("rumour", "admission").items():
        some = lab.run(
            "secret_pact",
            ["pressing"],
            years=_SHORT,
            mechanisms=("exclusive_offers",),
            pinned=pinned,
        )
        yield Gap(setting, "pressing", _SHORT, _total(some, "pressing", _SHORT) - every)


def _effort(*components: str) -> dict[str, float]:
    """Effort of reform on these components only."""
    every = ("police", "judiciary", "integrity", "prisons")
    return {f"effort_{c}": _ALL_EFFORT if c in components else _NO_EFFORT for c in every}


def _reform_together(lab: Laboratory) -> Iterator[Gap]:
    police, rest = ("police",), ("judiciary", "prisons")
    low, high = _quantiles("substitution")
    for setting, elasticity in (("substitution_low", low), ("substitution_high", high)):
        none, one, other, both = (
            np.log(
                np.maximum(
                    1.0,
                    _total(
                        lab.run(
                            "reform",
                            ["killed"],
                            years=_LONG,
                            mechanisms=("vector_institutions",),
                            pinned={"substitution": elasticity, **_effort(*components)},
                        ),
                        "killed",
                        _LONG,
                    ),
                )
            )
            for components in ((), police, rest, (*police, *rest))
        )
        yield Gap(setting, "log_killed_together", _LONG, both - one - other + none)
        yield Gap(setting, "log_killed_police_alone", _LONG, one - none)


def _corruption(lab: Laboratory) -> Iterator[Gap]:
    low, high = _quantiles("corruption_time")
    for setting, time in (("corruption_time_low", low), ("corruption_time_high", high)):
        none, clean = (
            _last(
                lab.run(
                    "reform",
                    ["command"],
                    years=_SHORT,
                    mechanisms=("vector_institutions",),
                    pinned={"corruption_time": time, **_effort(*components)},
                ),
                "command",
            )
            for components in ((), ("integrity",))
        )
        yield Gap(setting, "command", _SHORT, clean - none)


_CHOOSERS = {"government": "quantal_response", "gangs": "quantal_reply"}


def _transparency(lab: Laboratory) -> Iterator[Gap]:
    low, high = _quantiles("leak")
    for setting, pinned in _settings("trust_prior").items():
        little, much = (
            lab.run(
                variables=["killed", "stance", "pact"],
                years=_LONG,
                pinned={**pinned, "leak": leak},
                **_CHOOSERS,
            )
            for leak in (low, high)
        )
        for years in (1, _SHORT, _LONG):
            gap = _total(much, "killed", years) - _total(little, "killed", years)
            yield Gap(setting, "killed", years, gap)
        secret = [_secret_months(run) for run in (little, much)]
        yield Gap(setting, "months_of_secret_pact", _LONG, secret[1] - secret[0])


def _secret_months(run: xr.Dataset) -> Array:
    secret = np.isin(run["stance"].values, (model.Stance.SECRET_PACT, model.Stance.BOTH))
    return np.asarray((run["pact"].values * secret).sum(axis=1), dtype=np.float64)


def _crowding_out(lab: Laboratory) -> Iterator[Gap]:
    for name in ("fear_level", "approval_level"):
        months = []
        for value in _quantiles(name):
            run = lab.run(variables=["stance"], years=_LONG, pinned={name: value}, **_CHOOSERS)
            reforms = run["stance"].values == model.Stance.REFORM
            months.append(reforms.sum(axis=1).astype(np.float64))
        yield Gap(name, "months_of_reform", _LONG, months[1] - months[0])


def _recruitment_or_arrest(lab: Laboratory) -> Iterator[Gap]:
    levers = {
        "none": {},
        "half_recruitment": {"recruitment": 0.5 * lab.draws.column("recruitment")},
        "double_arrest": {"arrest": 2.0 * lab.draws.column("arrest")},
    }
    runs = {
        name: lab.run("status_quo", ["street", "killed"], years=_SHORT, pinned=pinned)
        for name, pinned in levers.items()
    }
    for name in ("half_recruitment", "double_arrest"):
        members = _last(runs[name], "street") / np.maximum(1.0, _last(runs["none"], "street"))
        last_year = slice((_SHORT - 1) * _MONTHS_A_YEAR, None)
        deaths = [runs[n]["killed"].values[:, last_year].sum(axis=1) for n in (name, "none")]
        yield Gap(name, "street_ratio_less_one", _SHORT, members - 1.0)
        yield Gap(
            name, "killed_ratio_less_one", _SHORT, deaths[0] / np.maximum(1.0, deaths[1]) - 1.0
        )


def _text(en: str, es: str) -> Text:
    return MappingProxyType({"en": en, "es": es})


_LIST = (
    Experiment(
        "outbidding",
        _text("Does more fear bring tougher promises?", "¿Trae más miedo promesas más duras?"),
        (),
        True,
        _text(
            "Every party promises 1 + (b_F/c_e) F, in which deterrence does not enter.",
            "Cada partido promete 1 + (b_F/c_e) F, donde la disuasión no interviene.",
        ),
        _outbidding,
    ),
    Experiment(
        "open_or_secret",
        _text(
            "Does a secret pact last less than an open one?",
            "¿Dura menos un pacto secreto que uno abierto?",
        ),
        (),
        False,
        _text(
            "Leaks and the sanctions that follow end secret pacts; what openness costs in approval "
            "ends open ones through elections. Either may weigh more.",
            "Las filtraciones y sanciones acaban con pactos secretos; lo que la apertura cuesta en "
            "aprobación acaba con los abiertos en las elecciones. Puede pesar más una u otra cosa.",
        ),
        _open_or_secret,
    ),
    Experiment(
        "more_parties",
        _text(
            "Does a pact with six gangs last less than with two?",
            "¿Dura menos un pacto con seis pandillas que con dos?",
        ),
        (),
        True,
        _text(
            "Breaches come at a rate for each gang: more gangs, more breaches.",
            "Las rupturas llegan a una tasa por pandilla: más pandillas, más rupturas.",
        ),
        _more_parties,
    ),
    Experiment(
        "contagion",
        _text(
            "Do gangs left out of a pact press?",
            "¿Presionan las pandillas excluidas de un pacto?",
        ),
        ("exclusive_offers",),
        True,
        _text(
            "The mechanism declares that a gang left out presses once it knows of the pact.",
            "El mecanismo declara que una pandilla excluida presiona en cuanto sabe del pacto.",
        ),
        _contagion,
    ),
    Experiment(
        "reform_together",
        _text(
            "Do reforms of police, courts and prisons do more together than in sum?",
            "¿Hacen más juntas que en suma las reformas de policía, tribunales y cárceles?",
        ),
        ("vector_institutions",),
        True,
        _text(
            "Components have an elasticity of substitution below 1 by declaration.",
            "Los componentes tienen por declaración una elasticidad de sustitución menor que 1.",
        ),
        _reform_together,
    ),
    Experiment(
        "corruption",
        _text(
            "Does reform of integrity weaken command from prison?",
            "¿Debilita la reforma de la integridad el mando desde la cárcel?",
        ),
        ("vector_institutions",),
        True,
        _text(
            "Control of prisons is multiplied by honesty relative to the usual, and command falls "
            "with control.",
            "El control de las cárceles se multiplica por la honestidad relativa a la usual, y el "
            "mando baja con el control.",
        ),
        _corruption,
    ),
    Experiment(
        "transparency",
        _text("Do more leaks mean fewer killings?", "¿Más filtraciones significan menos muertes?"),
        (),
        False,
        _text(
            "Leaks end secret pacts, which restrain and hide killing, and deter governments from "
            "making them. Nothing fixes which effect is larger.",
            "Las filtraciones acaban con pactos secretos, que contienen y ocultan muertes, y "
            "disuaden de hacerlos. Nada fija cuál efecto es mayor.",
        ),
        _transparency,
    ),
    Experiment(
        "crowding_out",
        _text(
            "Do fear and approval displace reform?",
            "¿Desplazan el miedo y la aprobación a la reforma?",
        ),
        (),
        True,
        _text(
            "In every state the utility of each rival of reform, less that of reform, does not "
            "fall with fear; a majority cheapens the exception. Over years, killing and fear feed "
            "back on each other.",
            "En todo estado la utilidad de cada alternativa, menos la de la reforma, no baja con "
            "el miedo; una mayoría abarata la excepción. Con los años, muertes y miedo se "
            "realimentan.",
        ),
        _crowding_out,
    ),
    Experiment(
        "recruitment_or_arrest",
        _text(
            "What do half the recruitment and twice the arrests do to gangs and killing?",
            "¿Qué hacen la mitad del reclutamiento y el doble de arrestos a pandillas y muertes?",
        ),
        (),
        True,
        _text(
            "Both levers lower membership by the equations; only their sizes are open.",
            "Ambas palancas reducen la membresía por las ecuaciones; solo su tamaño está abierto.",
        ),
        _recruitment_or_arrest,
    ),
)

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType({each.name: each for each in _LIST})
"""The experiments, by name."""


def contrasts(
    draws: model.Draws,
    history: model.History,
    *,
    origin: str,
    seed: int,
    worlds: int = _WORLDS,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run experiments in the first of some worlds.

    Parameters
    ----------
    draws
        Parameters of the worlds, plausible at the origin.
    history
        What the case tells of its past.
    origin
        Month from which experiments run, `YYYY-MM`.
    seed
        Seed of the noise.
    worlds
        Worlds used, at least 2; no more than there are draws.
    names
        Experiments to run, of `EXPERIMENTS`; None runs all.
    progress
        Called with (experiments done, experiments to do).

    Returns
    -------
    DataFrame
        Columns origin, name, setting, outcome, horizon (years), estimate (median over worlds), q05,
        q95, p_positive (share of worlds in which the outcome is larger with the thing; a tie counts
        one half), mc_error (Monte Carlo standard error of p_positive), mean, mean_error, worlds and
        built_in.

    Raises
    ------
    ValueError
        If fewer than two worlds are asked for, or an experiment is not known.
    """
    if worlds < 2:
        raise ValueError(f"A contrast needs at least 2 worlds, not {worlds}.")
    chosen = tuple(EXPERIMENTS) if names is None else tuple(names)
    unknown = [name for name in chosen if name not in EXPERIMENTS]
    if unknown:
        near = get_close_matches(unknown[0], EXPERIMENTS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"No experiment '{unknown[0]}'.{hint} Known: {', '.join(EXPERIMENTS)}.")
    lab = Laboratory.at(origin, draws.select(np.arange(min(worlds, len(draws)))), history, seed)
    rows = []
    for done, name in enumerate(chosen):
        if progress is not None:
            progress(done, len(chosen))
        experiment = EXPERIMENTS[name]
        weights = lab.draws.weights / lab.draws.weights.sum()
        rows += [
            {"origin": origin, "name": name, **_row(gap, weights), "built_in": experiment.built_in}
            for gap in experiment.make(lab)
        ]
    return pd.DataFrame(rows)


def _row(gap: Gap, weights: Array) -> dict[str, float | int | str]:
    """What the worlds say of a gap."""
    values = gap.values
    low, middle, high = np.quantile(
        values, (0.05, 0.5, 0.95), weights=weights, method="inverted_cdf"
    )
    share = min(1.0, float(weights @ ((values > 0) + 0.5 * (values == 0))))
    spread = float(np.sum(weights**2))
    mean = float(weights @ values)
    return {
        "setting": gap.setting,
        "outcome": gap.outcome,
        "horizon": gap.horizon,
        "estimate": float(middle),
        "q05": float(low),
        "q95": float(high),
        "p_positive": share,
        "mc_error": float(np.sqrt(share * (1.0 - share) * spread)),
        "mean": mean,
        "mean_error": float(np.sqrt(weights @ (values - mean) ** 2 * spread)),
        "worlds": len(values),
    }
