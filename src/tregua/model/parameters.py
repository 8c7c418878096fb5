"""Parameters: every uncertain number of the model, declared once.

A member of `Parameter` *is* the parameter's place in a vector of parameters, and carries its
default, its prior range and its origin. Compiled code reads `p[Parameter.recruitment]`; nothing
else in the package lists parameters.

The prior of a parameter is the standard family of its support with the declared 5 and 95 %
quantiles: log-normal for positive numbers, logit-normal for shares, normal for the rest. Its median
is the middle of the range on that scale; it is *not* the default, which is a rounded fit or an
anchor (kinds below). Draws are keyed by (seed, world, name of the parameter): adding a parameter
changes no other draw, and world 17 is the same world in a run of 20 and in one of 20,000.

Kinds: `fitted` to annual homicides and prison stocks of El Salvador with the scripted actions;
`anchored` by a count of the record; `matched` to eight moments of decisions, weakly
(`decide.match_decisions`); `judged`, a judgement that the data do not test. Fitted numbers show
adequacy, not validation.
"""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from tregua.compiled import compiled
from tregua.model.noise import Noise, Purpose, uniform_pair

__all__ = [
    "PARAMETERS",
    "PHYSICAL",
    "Draws",
    "Parameter",
    "UnknownParameterError",
    "defaults",
    "parameter_table",
    "prior_draws",
]

Support = Literal["positive", "share", "real"]
Kind = Literal["fitted", "anchored", "matched", "judged"]

_Z95 = 1.6448536269514722
# Where a number comes from whose own source is not named: what its kind means.
_ORIGIN: dict[Kind, str] = {
    "fitted": "annual killings and prison stocks of El Salvador, 2003 to 2024 (decision 9)",
    "matched": "eight moments: pacts that begin, last and break as since 2009 (decision 31)",
    "judged": "the authors' judgement; no measurement was found",
}


class UnknownParameterError(ValueError):
    """A parameter's name that is not known, with the nearest that is."""

    def __init__(self, name: str) -> None:
        known = [parameter.name for parameter in PARAMETERS]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        super().__init__(f"No parameter named '{name}'.{hint} Known: {', '.join(known)}.")


class Parameter(IntEnum):
    """A parameter: its place in the vector, with all that is known of it.

    Attributes
    ----------
    symbol
        Symbol of the equations in `docs/explanation/model.md`.
    default
        Value used when nothing is drawn.
    low, high
        5 and 95 % quantiles of the prior.
    unit
        Unit of the value.
    kind
        Where the value comes from: fitted, anchored, matched or judged.
    support
        Numbers that are possible: positive, share (strictly between 0 and 1) or real.
    meaning
        What the parameter is, in words.
    source
        Where default and range come from.
    """

    symbol: str
    default: float
    low: float
    high: float
    unit: str
    kind: Kind
    support: Support
    meaning: str
    source: str

    def __new__(
        cls,
        symbol: str,
        default: float,
        low: float,
        high: float,
        unit: str,
        kind: Kind,
        support: Support,
        meaning: str,
        source: str = "",
    ) -> Parameter:
        """Number the parameters in the order in which they are declared."""
        index = len(cls.__members__)
        member = int.__new__(cls, index)
        member._value_ = index
        member.symbol = symbol
        member.default = default
        member.low = low
        member.high = high
        member.unit = unit
        member.kind = kind
        member.support = support
        member.meaning = meaning
        member.source = source or _ORIGIN[kind]
        return member

    # fmt: off
    # -- Demography -------------------------------------------------------------------------
    members_at_start = (
        "S_0", 19_000, 8_000, 20_000, "persons", "fitted", "positive",
        "gang members in the streets at the start of 2003",
        "police and ministry estimates of 9,700 (2006) and 12,500 (2008) members")
    gang_prisoners_at_start = (
        "P_0", 2_500, 1_500, 4_000, "persons", "anchored", "positive",
        "gang members in prison at the start of 2003",
        "3,500 in April 2006, police estimate")
    ordinary_prisoners_at_start = (
        "O_0", 8_500, 7_000, 10_500, "persons", "fitted", "positive",
        "other prisoners at the start of 2003",
        "7,754 prisoners in 2000 and 12,117 in 2004, both from memory")
    recruitment = (
        "r", 0.32, 0.2, 0.6, "per member and year", "fitted", "positive",
        "recruits a street member brings while the niche is empty")
    desistance = (
        "delta", 0.06, 0.03, 0.12, "per year", "judged", "positive",
        "hazard of leaving the gang for good")
    niche = (
        "K", 110_000, 80_000, 200_000, "persons", "fitted", "positive",
        "members, free and imprisoned, at which recruitment stops")
    # -- Enforcement ------------------------------------------------------------------------
    arrest = (
        "a_0", 0.25, 0.1, 0.5, "per year", "fitted", "positive",
        "arrest hazard of a street member under ordinary enforcement")
    retention_loss = (
        "p_J", 0.91, 0.85, 0.95, "share", "anchored", "share",
        "share of arrests that a full judicial filter releases",
        "17,540 of 19,275 captured in the first year of Mano Dura were released at once")
    enforcement_scale = (
        "e_s", 1.0, 0.6, 1.4, "factor", "anchored", "positive",
        "factor on the scripted enforcement above 1",
        "arrests per member by era, +-40 %")
    enforcement_mano_dura = (
        "e_M", 2.2, 1.5, 3.0, "factor", "anchored", "positive",
        "enforcement under mano dura, ordinary policing being 1",
        "arrests per member of 2003-04 and 2015-16, +-40 %")
    enforcement_both = (
        "e_B", 1.4, 1.2, 1.8, "factor", "judged", "positive",
        "enforcement when a pact and a crackdown run together")
    enforcement_exception = (
        "e_X", 4.5, 2.7, 6.3, "factor", "anchored", "positive",
        "enforcement under a state of exception",
        "66,000 detained in the first year of the exception")
    release_time = (
        "tau_P", 6.0, 3.0, 9.0, "years", "fitted", "positive",
        "mean stay of a gang member in prison")
    return_share = (
        "rho_r", 0.75, 0.4, 0.95, "share", "fitted", "share",
        "share of released members who return to the gang")
    wrongful = (
        "w", 1.05, 0.1, 1.5, "per member and year", "anchored", "positive",
        "people outside the gangs detained, per street member, at the enforcement of an exception",
        "8,400 of 90,600 detained from 2022 were let go by 2025; others unknown")
    wrongful_time = (
        "tau_W", 5.0, 3.0, 8.0, "years", "judged", "positive",
        "mean stay in prison of the wrongly detained")
    ordinary_inflow = (
        "i_O", 2_450, 1_500, 5_000, "persons per year", "fitted", "positive",
        "imprisonments for ordinary crime")
    ordinary_time = (
        "tau_O", 6.0, 3.0, 9.0, "years", "fitted", "positive",
        "mean stay of an ordinary prisoner")
    custody_death = (
        "mu_C", 0.0016, 0.0010, 0.0035, "per year", "anchored", "positive",
        "hazard of death in custody",
        "470 deaths counted by December 2025 among about 80,000 held for 3.7 years; a minimum")
    segregated_usual = (
        "q_U", 0.02, 0.01, 0.04, "share", "anchored", "share",
        "share of new gang prisoners held in isolation in ordinary times",
        "325 to 443 in Zacatecoluca among about 27,000 prisoners")
    segregated_crackdown = (
        "q_M", 0.30, 0.15, 0.50, "share", "judged", "share",
        "the same under mano dura")
    segregated_exception = (
        "q_X", 0.90, 0.75, 0.97, "share", "judged", "share",
        "the same under a state of exception")
    # -- Killing ----------------------------------------------------------------------------
    killing = (
        "v", 0.105, 0.05, 0.2, "per member and year", "fitted", "positive",
        "killings by a street member on ordinary terms")
    rivalry = (
        "omega_v", 0.667, 0.4, 0.8, "share", "judged", "share",
        "share of gang killing that comes from rivalry")
    ambient_floor = (
        "h_min", 2.3e-5, 1e-5, 5e-5, "per person and year", "fitted", "positive",
        "killing that has nothing to do with gangs")
    ambient_gangs = (
        "h_G", 13e-5, 8e-5, 30e-5, "per person and year", "fitted", "positive",
        "killing that gangs breed without ordering it, at full coverage")
    coverage = (
        "S_h", 23_000, 15_000, 40_000, "persons", "fitted", "positive",
        "street members at which coverage of the country reaches 63 %")
    deterrence = (
        "zeta", 2.2, 0.5, 4.0, "years", "fitted", "positive",
        "fall of log killing per unit of the capture hazard",
        "2022 to 2024 only")
    restraint = (
        "rho", 0.96, 0.8, 0.99, "share", "fitted", "share",
        "share of its killing that an obeying clique stops")
    pressing_effect = (
        "phi", 1.5, 0.5, 2.5, "factor", "judged", "positive",
        "extra killing of an obeying clique that presses; only its product with the share of "
        "pressing gangs is identified")
    victim_members = (
        "vic", 0.35, 0.2, 0.6, "share", "judged", "share",
        "share of the dead of gang killing who were members")
    police_killing = (
        "k_p", 0.012, 0.006, 0.020, "per member and year", "anchored", "positive",
        "members killed by police per unit of enforcement above 1",
        "320 killed in 2015, about 550 to 600 in 2016, 83 in 2022")
    hidden_usual = (
        "eta_0", 0.10, 0.03, 0.25, "share", "judged", "share",
        "share of gang killings hidden as disappearances in ordinary times",
        "complaints of disappearance")
    hidden_pact = (
        "eta_1", 0.30, 0.1, 0.6, "share", "judged", "share",
        "the same by a gang that restrains within a pact",
        "complaints of disappearance; complaints rose by 18 % in the first half of 2013")
    counted_exception = (
        "u", 0.67, 0.50, 0.83, "share", "judged", "share",
        "share of countable killings that the official tally holds since April 2022",
        "true to official 1.2 to 2.0")
    # -- Command ----------------------------------------------------------------------------
    command_floor = (
        "kappa_min", 0.10, 0.05, 0.25, "share", "judged", "share",
        "share of cliques that obey isolated leaders")
    command_ceiling = (
        "kappa_max", 0.95, 0.85, 0.98, "share", "judged", "share",
        "share of cliques that obey leaders free to command")
    command_rise = (
        "tau_up", 0.045, 0.02, 0.1, "years", "fitted", "positive",
        "time in which command grows",
        "13.6 to 5.6 killed a day within two weeks in March 2012")
    command_fall = (
        "tau_dn", 0.57, 0.2, 1.5, "years", "fitted", "positive",
        "time in which command decays",
        "escalation lasted 13 months after the isolation of February to April 2015")
    # -- Pacts: how they are broken, seen and punished ---------------------------------------
    leak = (
        "h_0", 0.8, 0.15, 3.3, "per year", "anchored", "positive",
        "leak hazard of a secret pact under a fully free press",
        "one event in 1.2 years")
    sanction = (
        "h_s", 0.95, 0.14, 3.1, "per year", "anchored", "positive",
        "hazard of a sanction once a pact has leaked, at full foreign pressure",
        "one event, 15 months after the leak of 2020")
    sanction_ends = (
        "q_s", 0.3, 0.05, 0.7, "share", "judged", "share",
        "probability that a sanction ends the pact",
        "the pact of 2019 outlived its sanction")
    prosecution = (
        "h_pr", 0.6, 0.1, 2.0, "per year", "anchored", "positive",
        "hazard that negotiators are prosecuted once power has changed hands",
        "one event: arrests of May 2016, two years after the truce")
    breach = (
        "h_acc", 0.14, 0.05, 0.5, "per gang and year", "matched", "positive",
        "hazard that agencies outside the deal break it towards one gang")
    breach_ends = (
        "q_b", 0.26, 0.1, 0.6, "share", "matched", "share",
        "probability that such a breach ends the pact")
    strike_given_breach = (
        "q_z", 0.8, 0.5, 0.95, "share", "judged", "share",
        "probability that a gang answers a breach with a strike")
    strike = (
        "s_0", 0.0022, 0.0015, 0.003, "killed per obeying member", "anchored", "positive",
        "killings of one strike",
        "87, about 60 and about 46 killed in the strikes of 2022, 2020 and 2021")
    cooling = (
        "tau_c", 2.0, 1.0, 4.0, "years", "judged", "positive",
        "time after a breakdown before gangs accept a new offer",
        "five years passed between the pacts of 2012 and 2019")
    honour = (
        "q_h", 0.3, 0.1, 0.6, "share", "judged", "share",
        "probability that a new government honours the pact it finds",
        "the authors' judgement; no measurement was found")
    # -- Beliefs ----------------------------------------------------------------------------
    trust_prior = (
        "b_0", 0.57, 0.4, 0.8, "probability", "matched", "share",
        "a gang's prior belief that the government keeps its word")
    reliance_prior = (
        "m_0", 0.63, 0.4, 0.85, "probability", "matched", "share",
        "the government's prior belief that a gang delivers")
    trust_gain = (
        "ll_p", 0.77, 0.3, 3.0, "log-odds per year", "matched", "positive",
        "growth of a gang's belief while both sides keep the pact")
    trust_loss = (
        "ll_n", 1.9, 0.8, 4.0, "log-odds", "matched", "positive",
        "fall of a gang's belief at a breach or an end")
    forgetting = (
        "f_b", 0.25, 0.1, 0.6, "per year", "matched", "positive",
        "rate at which beliefs return to their prior")
    tempering = (
        "1/phi_v", 0.15, 0.08, 0.3, "factor", "matched", "share",
        "weight of a week's killings as evidence, tempered for over-dispersion")
    # -- Opinion ----------------------------------------------------------------------------
    fear_level = (
        "f_0", -1.2, -1.6, -0.8, "log-odds", "anchored", "real",
        "fear at 30 recorded killings per 100,000",
        "crime the main problem for 1 in 4 in January 2019, for 1 % in March 2023")
    fear_slope = (
        "f_1", 1.0, 0.7, 1.3, "log-odds per log rate", "anchored", "positive",
        "growth of fear with the logarithm of the recorded rate",
        "crime the main problem for 1 in 4 in January 2019, for 1 % in March 2023")
    fear_time = (
        "tau_F", 0.5, 0.25, 1.0, "years", "judged", "positive",
        "time in which fear follows the record")
    approval_level = (
        "a_gov", 1.2, 1.0, 1.4, "log-odds", "judged", "real",
        "mean approval of an administration without fear")
    approval_spread = (
        "s_gov", 0.6, 0.4, 0.9, "log-odds", "judged", "positive",
        "spread between administrations")
    approval_fear = (
        "a_F", -1.6, -2.2, -1.0, "log-odds", "judged", "real",
        "effect of fear on approval",
        "grades between 5.2 and 8.4 out of 10")
    approval_toughness = (
        "w_P", 0.15, 0.08, 0.3, "log-odds", "matched", "positive",
        "what tough talk earns per unit of fear")
    approval_leak = (
        "a_L", 0.6, 0.2, 1.2, "log-odds", "judged", "positive",
        "what a leaked pact costs in approval, before denial")
    approval_open = (
        "a_O", 0.5, 0.2, 1.0, "log-odds", "judged", "positive",
        "what an open pact costs in approval",
        "75 % opposed negotiating in 2014 and 2015")
    approval_time = (
        "tau_A", 0.75, 0.4, 1.5, "years", "judged", "positive",
        "time in which approval follows")
    # -- State ------------------------------------------------------------------------------
    democracy_usual = (
        "D_0", 0.70, 0.6, 0.8, "index", "judged", "share",
        "democracy and press freedom in ordinary times (1 = full)")
    democracy_exception = (
        "D_X", 0.15, 0.08, 0.3, "index", "judged", "share",
        "the level towards which a state of exception moves it")
    filter_usual = (
        "J_0", 0.82, 0.70, 0.90, "index", "fitted", "share",
        "judicial filter in ordinary times (1 = courts release the unproven)")
    filter_exception = (
        "J_X", 0.10, 0.03, 0.25, "index", "anchored", "share",
        "judicial filter under a state of exception",
        "about 9 % of the detained of 2022 to 2025 were released")
    democracy_fall = (
        "tau_D-", 1.5, 0.8, 3.0, "years", "judged", "positive", "time in which democracy falls")
    democracy_recovery = (
        "tau_D+", 8.0, 4.0, 15.0, "years", "judged", "positive", "time in which it recovers")
    filter_fall = (
        "tau_J-", 0.1, 0.05, 0.3, "years", "judged", "positive",
        "time in which the judicial filter falls")
    filter_recovery = (
        "tau_J+", 3.0, 1.5, 6.0, "years", "judged", "positive", "time in which it recovers")
    control_usual = (
        "qC_0", 0.40, 0.25, 0.55, "index", "judged", "share",
        "the state's control of its prisons in ordinary times")
    control_crackdown = (
        "qC_M", 0.55, 0.4, 0.7, "index", "judged", "share", "the same under mano dura")
    control_exception = (
        "qC_X", 0.95, 0.85, 0.98, "index", "judged", "share",
        "the same under a state of exception")
    control_time = (
        "tau_C", 0.5, 0.25, 1.0, "years", "judged", "positive",
        "time in which control of the prisons changes")
    institutions_usual = (
        "Q_0", 0.30, 0.2, 0.45, "index", "judged", "share",
        "quality of institutions in ordinary times (1 = best)")
    reform_time = (
        "tau_R", 8.0, 5.0, 15.0, "years", "judged", "positive",
        "time in which reform builds institutions")
    reform_decay = (
        "tau_Q", 20.0, 10.0, 40.0, "years", "judged", "positive",
        "time in which they decay without reform")
    reform_recruitment = (
        "chi_Q", 0.4, 0.05, 0.8, "share", "judged", "share",
        "fall of recruitment per unit of institutions gained; the prior all but includes 0")
    reform_desistance = (
        "chi_d", 0.5, 0.05, 0.8, "share", "judged", "share",
        "growth of desistance per unit of institutions gained")
    reform_ambient = (
        "chi_a", 0.5, 0.05, 0.8, "share", "judged", "share",
        "fall of ambient killing per unit of institutions gained")
    precedent_time = (
        "tau_Z", 2.5, 1.5, 4.0, "years", "matched", "positive",
        "time in which the memory of concessions fades")
    pressure_usual = (
        "X_0", 0.2, 0.1, 0.4, "index", "judged", "share",
        "foreign pressure while no pact is known")
    pressure_time = (
        "tau_X", 1.0, 0.5, 2.0, "years", "judged", "positive",
        "time in which foreign pressure follows a leak")
    # -- Gangs' scripted replies -------------------------------------------------------------
    trust_needed = (
        "b*", 0.4, 0.25, 0.6, "probability", "judged", "share",
        "belief in the government's word above which a gang accepts a pact")
    backlash_time = (
        "t_B", 1.1, 0.5, 2.0, "years", "anchored", "positive",
        "time for which gangs press after a breakdown",
        "13 months of 15 or more killed a day after the truce of 2012")
    pressing_crackdown = (
        "s_P", 0.25, 0.1, 0.5, "share", "judged", "share",
        "share of gangs that press under a crackdown")
    # -- Optional mechanisms (`tregua.model.mechanisms`) ---------------------------------------
    command_gap = (
        "g_k", 0.25, 0.1, 0.5, "share", "judged", "share",
        "heterogeneous_command: command that the smallest conceivable gang lacks",
        "the truce held better where MS-13 ruled than where Barrio 18 did")
    readiness_loss = (
        "tau_y-", 2.0, 1.0, 5.0, "years", "judged", "positive",
        "war_readiness: time in which a gang at peace loses its means of war")
    readiness_recovery = (
        "tau_y+", 0.5, 0.2, 1.5, "years", "judged", "positive",
        "war_readiness: time in which it regains them")
    substitution = (
        "sigma", 0.5, 0.2, 0.85, "elasticity", "judged", "share",
        "vector_institutions: elasticity of substitution between components; below 1 they "
        "complement each other")
    corruption_usual = (
        "c_0", 0.3, 0.15, 0.5, "index", "judged", "share",
        "vector_institutions: corruption in ordinary times (0 = none)")
    corruption_time = (
        "tau_k", 6.0, 3.0, 12.0, "years", "judged", "positive",
        "vector_institutions: time in which reform of integrity reduces corruption")
    effort_police = (
        "u_P", 0.9, 0.6, 0.98, "share", "judged", "share",
        "vector_institutions: effort that reform spends on the police")
    effort_judiciary = (
        "u_J", 0.9, 0.6, 0.98, "share", "judged", "share",
        "vector_institutions: effort that reform spends on the courts")
    effort_integrity = (
        "u_I", 0.9, 0.6, 0.98, "share", "judged", "share",
        "vector_institutions: effort that reform spends on integrity and transparency")
    effort_prisons = (
        "u_C", 0.9, 0.6, 0.98, "share", "judged", "share",
        "vector_institutions: effort that reform spends on the prisons")
    police_effect = (
        "chi_P", 0.5, 0.05, 1.0, "factor", "judged", "positive",
        "vector_institutions: growth of arrests per unit of police quality gained")
    judiciary_effect = (
        "chi_J", 0.5, 0.05, 0.9, "share", "judged", "share",
        "vector_institutions: fall of wrongful detention per unit of judicial quality gained")
    prison_amplification = (
        "psi_p", 0.5, 0.1, 1.5, "factor", "judged", "positive",
        "prison_amplification: growth of leaders' freedom to command with the share of members "
        "in prison",
        "direction from Lessing 2017; no size is published")
    early_release = (
        "x_2", 0.5, 0.1, 1.5, "factor", "judged", "positive",
        "second_concession: growth of the release hazard of members of a gang in a pact")
    second_value = (
        "w_2", 0.2, 0.05, 0.5, "income of a normal year", "judged", "positive",
        "second_concession: what early release and non-extradition are worth to leaders")
    second_pressure = (
        "x_X", 0.3, 0.1, 0.6, "share", "judged", "share",
        "second_concession: foreign pressure that refused extraditions raise")
    included_share = (
        "s_in", 0.5, 0.3, 0.7, "share", "judged", "share",
        "exclusive_offers: a gang is offered the pact if it has this share of the largest gang's "
        "street members")
    rumour = (
        "omega", 1.5, 0.3, 4.0, "per year", "judged", "positive",
        "exclusive_offers: hazard that an excluded gang learns of a secret pact")
    admission = (
        "h_ad", 1.0, 0.2, 4.0, "per year", "judged", "positive",
        "exclusive_offers: hazard that an excluded gang that presses is admitted",
        "both Barrio 18 factions were admitted within weeks in 2012; not in 2019, as far as known")
    fringe_share = (
        "f_k", 0.08, 0.03, 0.2, "share", "judged", "positive",
        "fringe: killings of smaller gangs and armed firms, as a share of the gangs' business")
    fringe_spoil = (
        "h_f", 0.1, 0.02, 0.5, "per year", "judged", "positive",
        "fringe: hazard that those left out make a pact fail")
    leader_removal = (
        "h_L", 0.15, 0.05, 0.5, "per gang, year and unit of enforcement above 1", "judged",
        "positive",
        "fragmentation: hazard that enforcement removes a gang's leaders")
    fragment_command = (
        "k_F", 0.4, 0.1, 0.7, "share", "judged", "share",
        "fragmentation: command lost to each further part")
    fragment_time = (
        "tau_p", 3.0, 1.0, 8.0, "years", "judged", "positive",
        "fragmentation: time in which parts reunite")
    branching = (
        "n_h", 0.3, 0.1, 0.6, "share", "judged", "share",
        "retaliation: killings that each killing calls for")
    retaliation_time = (
        "tau_h", 0.06, 0.02, 0.2, "years", "judged", "positive",
        "retaliation: mean time until a killing is answered")
    territory_overlap = (
        "o_T", 0.7, 0.3, 1.3, "factor", "judged", "positive",
        "territory: how much gangs crowd each other's recruitment, 1 = as much as their own")
    territory_contest = (
        "f_T", 0.5, 0.1, 2.0, "per year", "judged", "positive",
        "territory: rate at which territory follows strength")
    territory_violence = (
        "chi_T", 1.0, 0.2, 3.0, "factor", "judged", "positive",
        "territory: growth of rivalry with the distance between strength and territory")
    # -- Decisions --------------------------------------------------------------------------
    government_precision = (
        "lambda_G", 3.9, 2.0, 10.0, "per unit of utility", "matched", "positive",
        "precision with which a government chooses: 0 at random, large the best reply")
    government_revision = (
        "nu_G", 1.65, 1.0, 6.0, "per year", "matched", "positive",
        "rate at which a government reconsiders its stance")
    gang_precision = (
        "lambda_g", 10.0, 5.0, 20.0, "per unit of utility", "matched", "positive",
        "precision with which a gang's leaders choose")
    gang_revision = (
        "nu_g", 11.0, 5.0, 20.0, "per year", "matched", "positive",
        "rate at which a gang's leaders reconsider")
    value_of_calm = (
        "w_V", 0.74, 0.36, 1.1, "utility", "matched", "positive",
        "worth to a government of recorded killing falling by a factor e, at fear 1/2")
    leak_cost = (
        "w_L", 0.44, 0.25, 0.77, "utility", "matched", "positive",
        "what a leaked pact costs a government that everybody believes made it")
    openness_cost = (
        "w_O", 0.8, 0.45, 1.4, "utility", "matched", "positive",
        "what an open pact costs a government",
        "75 % opposed negotiating in 2014 and 2015")
    concession_cost = (
        "c_l", 0.025, 0.014, 0.044, "utility per gang", "matched", "positive",
        "what a government pays for a concession to one gang")
    prosecution_cost = (
        "c_pr", 0.1, 0.03, 0.3, "utility per gang", "judged", "positive",
        "what the same costs more, in secret, once negotiators have been prosecuted")
    democracy_cost = (
        "w_D", 2.2, 1.3, 4.0, "utility", "matched", "positive",
        "what a state of exception costs a government under full democracy")
    pressure_cost = (
        "w_X", 0.25, 0.14, 0.44, "utility", "matched", "positive",
        "what a state of exception costs under full foreign pressure")
    value_of_reform = (
        "w_R", 0.405, 0.25, 0.75, "utility", "matched", "positive",
        "worth of reform to a government that will see all of it")
    reform_cost = (
        "c_R", 0.27, 0.14, 0.44, "utility", "matched", "positive",
        "what reform costs a government")
    crackdown_cost = (
        "c_M", 0.107, 0.057, 0.175, "utility", "matched", "positive",
        "what mano dura costs a government")
    inertia = (
        "w_S", 0.83, 0.43, 1.3, "utility", "matched", "positive",
        "what a government pays for a change of stance")
    votes_delivered = (
        "w_B", 0.25, 0.14, 0.44, "utility", "matched", "positive",
        "worth of a pact on the day of an election, if the gangs deliver")
    breach_cost = (
        "c_b", 0.3, 0.17, 0.53, "utility", "matched", "positive",
        "what a government pays for standing by a pact in the week of a breach")
    platform_slope = (
        "b_F/c_e", 3.2, 2.0, 5.0, "per unit of fear", "judged", "positive",
        "enforcement above 1 that parties promise per unit of fear",
        "the enforcement of mano dura, 2.2, at the fear of 60 killed per 100,000")
    value_of_concession = (
        "w_l", 0.83, 0.5, 1.3, "normal income", "matched", "positive",
        "worth of the concession to a gang's leaders")
    undetected = (
        "f_B", 0.375, 0.22, 0.52, "share", "matched", "share",
        "share of the concession that a gang keeps while it does not restrain")
    restraint_cost = (
        "s_R", 0.27, 0.14, 0.35, "normal income", "matched", "positive",
        "what restraint costs leaders whom every clique obeys")
    pressing_cost = (
        "c_P", 0.215, 0.16, 0.40, "normal income", "matched", "positive",
        "what pressing costs leaders whom every clique obeys")
    capture_cost = (
        "w_k", 1.03, 0.7, 1.8, "normal income per yearly hazard", "matched", "positive",
        "what pressing costs through capture")
    extraction = (
        "chi_0", 0.065, 0.04, 0.105, "share", "matched", "share",
        "share of the concession that pressing wins, without precedent")
    extraction_precedent = (
        "chi_1", 0.63, 0.40, 0.80, "share", "matched", "share",
        "growth of that share with the memory of concessions")
    collusion_rent = (
        "xi", 0.18, 0.10, 0.25, "share", "anchored", "positive",
        "growth of extortion income when all gangs restrain",
        "extortion rose by 15 to 20 % under the gangs' non-aggression of 2016")
    # fmt: on

    @property
    def divides(self) -> bool:
        """Whether the model divides by it, so that 0 is no value: durations and capacities."""
        time = self.unit == "years" and self.name != "deterrence"
        return time or self.name in ("niche", "coverage", "substitution")

    @property
    def allowed(self) -> str:
        """What values are possible, in words."""
        if self.divides:
            return "above 0"
        words = {"positive": "at least 0", "share": "within [0, 1]", "real": "finite"}
        return words[self.support]

    @property
    def scale(self) -> tuple[float, float]:
        """Mean and standard deviation on the scale on which the prior is normal."""
        lower, upper = (float(self.to_normal(bound)) for bound in (self.low, self.high))
        return (lower + upper) / 2.0, (upper - lower) / (2.0 * _Z95)

    def to_normal(self, value: ArrayLike) -> NDArray[np.float64]:
        """Values on the scale on which the prior is normal: logarithm, log-odds or themselves."""
        return _to_normal(self.support, value)

    def from_normal(self, value: ArrayLike) -> NDArray[np.float64]:
        """The inverse of `to_normal`."""
        return _from_normal(self.support, np.asarray(value, dtype=np.float64))


def _to_normal(support: Support, value: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(value, dtype=np.float64)
    if support == "positive":
        return np.log(array)
    return np.asarray(logit(array)) if support == "share" else array


def _from_normal(support: Support, value: NDArray[np.float64]) -> NDArray[np.float64]:
    if support == "positive":
        return np.exp(value)
    return np.asarray(expit(value)) if support == "share" else value


P = Parameter
"""Short name, for equations."""

PARAMETERS: tuple[Parameter, ...] = tuple(Parameter)
"""All parameters, in the order of the vector."""

PHYSICAL: tuple[Parameter, ...] = PARAMETERS[: Parameter.command_gap]
"""Parameters of the core that act under a script: neither optional mechanisms nor decisions."""


@dataclass(frozen=True)
class Draws:
    """Weighted draws of all parameters: one row, one world.

    Attributes
    ----------
    values
        float64[n, P], in the units of `Parameter`.
    names
        The P names, in the order of the columns.
    weights
        float64[n], at least 0; 1 for draws of the prior.
    worlds
        int64[n]: the number that keys a world's noise. Two rows with one number share their noise.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    weights: NDArray[np.float64]
    worlds: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit and numbers that are not."""
        n = len(self.values)
        if self.values.shape != (n, len(self.names)) or n == 0:
            raise ValueError(
                f"Draws need at least one row and {len(self.names)} columns, "
                f"not values of shape {self.values.shape}."
            )
        if len(self.weights) != n or len(self.worlds) != n:
            raise ValueError(
                f"{n} rows of values need as many weights and worlds, "
                f"not {len(self.weights)} and {len(self.worlds)}."
            )
        _refuse_outside_support(self)
        if not (np.all(np.isfinite(self.weights)) and np.all(self.weights >= 0)):
            raise ValueError("Weights must be finite and at least 0.")
        if self.worlds.min() < 0:
            raise ValueError("World numbers must be at least 0.")
        for array in (self.values, self.weights, self.worlds):
            array.setflags(write=False)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)

    def column(self, name: str) -> NDArray[np.float64]:
        """Values of one parameter, float64[n]. Raises `UnknownParameterError`."""
        return self.values[:, _index(name)]

    def select(self, rows: ArrayLike) -> Draws:
        """Keep some rows.

        Parameters
        ----------
        rows
            A mask of n booleans, or row numbers (repeats allowed).
        """
        chosen = np.asarray(rows)
        chosen = chosen if chosen.size else chosen.astype(np.int64)  # an empty list has no type
        return replace(
            self,
            values=self.values[chosen].copy(),
            weights=self.weights[chosen].copy(),
            worlds=self.worlds[chosen].copy(),
        )

    def with_(self, **pinned: ArrayLike) -> Draws:
        """The same draws with some parameters pinned.

        Parameters
        ----------
        **pinned
            Parameter name = one value for all rows, or one value a row.

        Raises
        ------
        UnknownParameterError
            For a name that is no parameter.
        ValueError
            For a value outside the parameter's support.
        """
        values = self.values.copy()
        for name, value in pinned.items():
            values[:, _index(name)] = np.asarray(value, dtype=np.float64)
        return replace(self, values=values)

    def reweighted(self, weights: ArrayLike) -> Draws:
        """The same rows with other weights (float64[n], at least 0)."""
        return replace(self, weights=np.array(weights, dtype=np.float64))

    def to_frame(self) -> pd.DataFrame:
        """One row a world: world, weight, then a column a parameter."""
        frame = pd.DataFrame(self.values, columns=list(self.names))
        frame.insert(0, "world", self.worlds)
        frame.insert(1, "weight", self.weights)
        return frame


def _index(name: str) -> int:
    if name not in Parameter.__members__:
        raise UnknownParameterError(name)
    return int(Parameter[name])


def _refuse_outside_support(draws: Draws) -> None:
    problems = []
    for parameter in PARAMETERS:
        column = draws.values[:, parameter]
        valid = np.isfinite(column)
        if parameter.support != "real":
            valid &= column > 0.0 if parameter.divides else column >= 0.0
        if parameter.support == "share":
            valid &= column <= 1.0
        if not valid.all():
            problems.append(
                f"{parameter.name} = {column[np.argmin(valid)]:g} (must be {parameter.allowed})"
            )
    if problems:
        raise ValueError("Parameters outside their range: " + "; ".join(problems) + ".")


@compiled
def _keyed_uniforms(
    worlds: NDArray[np.int64], keys: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """One uniform number for each world and key, float64[worlds, keys]."""
    out = np.empty((len(worlds), len(keys)))
    for i in range(len(worlds)):
        for j in range(len(keys)):
            world = worlds[i]
            noise = Noise(
                0, seed & 0xFFFFFFFF, seed >> 32, world & 0xFFFFFFFF, world >> 32, keys[j]
            )
            out[i, j] = uniform_pair(noise, Purpose.PRIOR, 0, 0)[0]
    return out


Override = Mapping[str, float] | float
"""A pinned value, or {"low": ..., "high": ...} and optionally "default"."""


def _number(name: str, what: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{what} of '{name}' must be a number, not {value!r}.") from None


def _bounds(parameter: Parameter, override: Override | None) -> tuple[float, float]:
    if override is None:
        return parameter.low, parameter.high
    if not isinstance(override, Mapping):
        value = _number(parameter.name, "The override", override)
        return value, value
    low = _number(parameter.name, "low", override.get("low", parameter.low))
    high = _number(parameter.name, "high", override.get("high", parameter.high))
    if not low <= high:
        raise ValueError(f"The prior of '{parameter.name}' needs low <= high, not {low} > {high}.")
    return low, high


def defaults(overrides: Mapping[str, Override] | None = None, *, worlds: int = 1) -> Draws:
    """Every parameter at its default; several worlds then differ in their noise only.

    Parameters
    ----------
    overrides
        Parameter name -> value, or a mapping with "default".
    worlds
        Number of rows, at least 1, numbered from 0.

    Raises
    ------
    UnknownParameterError
        For a name that is no parameter.
    """
    values = np.array([[parameter.default for parameter in PARAMETERS]])
    for name, override in (overrides or {}).items():
        index = _index(name)
        if isinstance(override, Mapping):
            override = override.get("default", PARAMETERS[index].default)
        values[0, index] = _number(name, "The default", override)
    names = tuple(parameter.name for parameter in PARAMETERS)
    rows = values.repeat(worlds, axis=0)
    return Draws(rows, names, np.ones(worlds), np.arange(worlds, dtype=np.int64))


def prior_draws(
    n: int, *, seed: int, overrides: Mapping[str, Override] | None = None, first: int = 0
) -> Draws:
    """Draw parameters from the prior, one row a world.

    Parameters
    ----------
    n
        Number of worlds, at least 1.
    seed
        Seed, 0 to 2**63 - 1. The same seed gives the same world 17 whatever n is.
    overrides
        Parameter name -> a pinned value, or {"low": ..., "high": ...}: 90 % range of a prior that
        replaces the declared one.
    first
        Number of the first world, at least 0: any stretch of worlds can be drawn alone.

    Returns
    -------
    Draws
        n rows of weight 1, worlds `first` to `first + n - 1`.

    Raises
    ------
    UnknownParameterError
        For a name that is no parameter.
    ValueError
        For n below 1, a first world below 0, a seed out of range, or bounds that are no range.
    """
    if n < 1:
        raise ValueError(f"At least one world is needed, not {n}.")
    if first < 0:
        raise ValueError(f"World numbers must be at least 0, not {first}.")
    if not 0 <= seed < 2**63:
        raise ValueError(f"The seed must lie between 0 and 2**63 - 1, not {seed}.")
    for name in overrides or {}:
        _index(name)
    worlds = np.arange(first, first + n, dtype=np.int64)
    keys = np.array([zlib.crc32(p.name.encode()) for p in PARAMETERS], dtype=np.int64)
    z = ndtri(_keyed_uniforms(worlds, keys, seed))
    values = np.empty_like(z)
    for parameter in PARAMETERS:
        bounds = _bounds(parameter, (overrides or {}).get(parameter.name))
        low, high = _to_normal(parameter.support, bounds)
        # Equal bounds are a pinned value; written so, 0 and 1 are allowed shares.
        spread = 0.0 if low == high else (high - low) / (2.0 * _Z95)
        centre = low if low == high else (low + high) / 2.0
        values[:, parameter] = _from_normal(parameter.support, centre + spread * z[:, parameter])
    names = tuple(parameter.name for parameter in PARAMETERS)
    return Draws(values, names, np.ones(n), worlds)


def parameter_table(names: Sequence[str] | None = None) -> pd.DataFrame:
    """All parameters (or the named ones) as a table.

    Parameters
    ----------
    names
        Names of parameters; None for all.

    Returns
    -------
    pandas.DataFrame
        Columns name, symbol, default, low, high, unit, kind, meaning, source.
    """
    chosen = PARAMETERS if names is None else tuple(PARAMETERS[_index(n)] for n in names)
    columns = ("name", "symbol", "default", "low", "high", "unit", "kind", "meaning", "source")
    return pd.DataFrame(
        [[getattr(parameter, column) for column in columns] for parameter in chosen],
        columns=list(columns),
    )
