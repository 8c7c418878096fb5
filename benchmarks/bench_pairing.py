"""How many runs does pairing save, outcome by outcome?

A difference of two strategies is estimated from worlds that share parameters and luck (paired),
from worlds that share parameters but not luck, and from worlds that share neither. The factor is
the variance of one world's difference without pairing over that with it: how many times as many
runs are needed for the same Monte-Carlo error. In brackets stands the largest factor that any
pairing of the same two distributions could reach, which is that of equal ranks (Hoeffding 1940).
Factors belong to the model, not to the machine.

A second table says what stands in the way and what else would help. Worlds with other parameters
differ in what a strategy does; the variance of that is the covariance of two differences with the
same parameters and luck of their own each, and no sharing of luck in the same worlds can remove it.
A control variate can: where the means of parameters are known exactly, as under the prior, or from
many cheap draws, the part of a difference that is linear in the parameters need not be simulated.
Its factor is stated beside that of pairing, never within it, for worlds that the fit has not seen.

Run: python benchmarks/bench_pairing.py [--quick] [--worlds N] [--years N] [--from YYYY-MM]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from tregua import decide, infer, model, record

Array = NDArray[np.float64]

PAIRS = (
    ("reform", "status_quo"),
    ("mano_dura", "status_quo"),
    ("exception", "status_quo"),
    ("secret_pact", "status_quo"),
    ("pact_until_leak", "secret_pact"),
    ("open_pact", "secret_pact"),
    ("both", "mano_dura"),
    ("wind_down", "exception"),
)
WANTED = 4.0
SAMPLES = 200
NOTHING = 1e-9
FOLDS = 5


def runs(
    draws: model.Draws, history: model.History, options: argparse.Namespace, seed: int
) -> decide.Comparison:
    """All strategies in all worlds under one luck."""
    names = dict.fromkeys(name for pair in PAIRS for name in pair)
    return decide.compare(
        decide.named(names),
        draws,
        history,
        origin=options.origin,
        seed=seed,
        years=options.years,
        worlds_from="cloud",
    )


def factors(
    first: decide.Comparison, second: decide.Comparison, outcome: str, pair: tuple[str, str]
) -> tuple[Array, Array, float] | None:
    """Factors without shared luck, and without shared worlds, in the sample and in 200 resampled.

    Last comes the largest that the second could be; None where the strategies do not differ.
    """
    horizon = len(first.months) / 12
    one, other = (first.total(outcome, name, horizon) for name in pair)
    gap, apart = one - other, second.total(outcome, pair[0], horizon) - other
    if gap.std() < NOTHING:
        return None
    n = len(gap)
    drawn = np.random.Generator(np.random.Philox(key=1)).integers(0, n, (SAMPLES, n))
    rows = np.vstack([np.arange(n), drawn])
    divisor = np.maximum(gap[rows].var(axis=1), NOTHING)
    together = one[rows].var(axis=1) + other[rows].var(axis=1)
    ranked = np.maximum((np.sort(one) - np.sort(other)).var(), NOTHING)
    return apart[rows].var(axis=1) / divisor, together / divisor, float(together[0] / ranked)


def floor(
    first: decide.Comparison, second: decide.Comparison, outcome: str, pair: tuple[str, str]
) -> tuple[float, float] | None:
    """Largest factor that luck shared in the same worlds could reach, and share of the parameters.

    The second is the share of the paired difference's variance that parameters account for.
    """
    horizon = len(first.months) / 12
    one, other = (first.total(outcome, name, horizon) for name in pair)
    gap = one - other
    again = second.total(outcome, pair[0], horizon) - second.total(outcome, pair[1], horizon)
    if gap.std() < NOTHING:
        return None
    fixed = max(float(np.cov(gap, again)[0, 1]), NOTHING)
    return float((one.var() + other.var()) / fixed), min(1.0, fixed / float(gap.var()))


def controlled(
    first: decide.Comparison, draws: model.Draws, outcome: str, pair: tuple[str, str]
) -> float | None:
    """Factor by which a linear control variate in the parameters lowers the variance further."""
    horizon = len(first.months) / 12
    gap = first.total(outcome, pair[0], horizon) - first.total(outcome, pair[1], horizon)
    if gap.std() < NOTHING:
        return None
    values = draws.values[:, draws.values.std(axis=0) > 0]
    design = np.column_stack([np.ones(len(gap)), (values - values.mean(0)) / values.std(0)])
    place, rest = np.arange(len(gap)) % FOLDS, np.empty(len(gap))
    for fold in range(FOLDS):
        seen = place != fold
        fit = np.linalg.lstsq(design[seen], gap[seen], rcond=None)[0]
        rest[~seen] = gap[~seen] - design[~seen] @ fit
    return float(gap.var() / rest.var())


def explain(first: decide.Comparison, second: decide.Comparison, draws: model.Draws) -> None:
    """Print what luck could reach at most, and what a control variate adds."""
    print(
        "\nLargest factor by luck, share of the parameters, further factor by a control variate\n"
    )
    print("| Outcome | " + " | ".join(f"{one} / {other}" for one, other in PAIRS) + " |")
    print("| --- |" + " ---: |" * len(PAIRS))
    missed, beyond, both, shares, extra = 0, 0, 0, [], []
    for outcome in ("killed", *first.outcomes()):
        cells = []
        for pair in PAIRS:
            paired = factors(first, second, outcome, pair)
            bound = floor(first, second, outcome, pair)
            more = controlled(first, draws, outcome, pair)
            if paired is None or bound is None or more is None:
                cells.append("-")
                continue
            cells.append(f"{short(bound[0])}, {100 * bound[1]:.0f} %, {short(more)}")
            extra.append(more)
            both += paired[1][0] * max(1.0, more) >= WANTED
            if paired[1][0] < WANTED:
                missed += 1
                beyond += bound[0] < WANTED
                shares.append(bound[1])
        print(f"| {outcome} | " + " | ".join(cells) + " |")
    print(f"\nOf {missed} factors below {WANTED:g}, {beyond} could not reach it by any sharing of")
    print(f"luck in these worlds: parameters hold a median {100 * np.median(shares):.0f} % of the")
    print(f"variance there. The control variate is worth a further {np.median(extra):.1f} in the")
    print(f"median; with it {both} of {len(extra)} would reach {WANTED:g}.")


def short(value: float) -> str:
    """A factor to two figures or so."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def table(first: decide.Comparison, second: decide.Comparison, which: int, title: str) -> None:
    """Print the factors of each outcome and pair, and how many reach the aim."""
    print(f"\n{title}\n")
    print("| Outcome | " + " | ".join(f"{one} / {other}" for one, other in PAIRS) + " |")
    print("| --- |" + " ---: |" * len(PAIRS))
    every, within, widest = [], 0, 1.0
    for outcome in ("killed", *first.outcomes()):
        cells = []
        for pair in PAIRS:
            found = factors(first, second, outcome, pair)
            if found is None:
                cells.append("-")
                continue
            values = found[which]
            low, high = np.quantile(values[1:], (0.05, 0.95))
            widest = max(widest, values[0] / low, high / values[0])
            every.append(values[0])
            within += found[2] < WANTED
            bound = f" ({short(found[2])})" if which else ""
            cells.append(short(values[0]) + bound)
        print(f"| {outcome} | " + " | ".join(cells) + " |")
    reached = sum(value >= WANTED for value in every)
    print(f"\n{reached} of {len(every)} factors are {WANTED:g} or more; the median of all is")
    print(
        f"{short(float(np.median(every)))}. The widest 90 % interval (bootstrap over worlds) is a"
    )
    print(f"factor of {widest:.1f} to one side.")
    if which:
        print(f"In {within} of {len(every)} no pairing at all could reach {WANTED:g}.")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 worlds and 5 years")
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--from", dest="origin", default="2012-01")
    options = parser.parse_args()
    if options.quick:
        options.worlds, options.years = 200, 5
    known = record.load("el-salvador")
    history = model.History.of(known)
    prior = model.prior_draws(options.worlds, seed=1, overrides=known.case.prior_ranges)
    until = int(options.origin[:4])
    cloud = infer.plausible_draws(known, prior, history, until=until, seed=1)
    began = time.perf_counter()
    clouds = [runs(cloud, history, options, seed) for seed in (1, 2)]
    seconds = time.perf_counter() - began
    print(f"{options.worlds} plausible worlds, {options.years} years from {options.origin}; one")
    print(f"strategy / what it is compared with; - means no difference ({seconds:.0f} s of runs).")
    table(*clouds, 1, "Worlds of their own against paired worlds")
    table(*clouds, 0, "The same parameters, luck of their own against paired luck")
    explain(*clouds, cloud)
    same = model.defaults().select(np.zeros(options.worlds, dtype=np.int64))
    numbers = np.arange(options.worlds, dtype=np.int64)
    alike = model.Draws(same.values.copy(), same.names, same.weights.copy(), numbers)
    lucks = [runs(alike, history, options, seed) for seed in (1, 2)]
    table(*lucks, 1, "The default parameters in all worlds, so that luck alone differs")


if __name__ == "__main__":
    main()
