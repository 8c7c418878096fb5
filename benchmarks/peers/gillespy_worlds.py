"""The demographic core in GillesPy2: reactions, simulated by tau-leaping with its C++ solver.

What a reaction network with constant rates can express: recruitment into a niche, capture,
desistance, release, deaths in custody, the killing of gangs and its members among the dead,
ambient killing, ordinary prisoners. Left out: the script and its calendar (every week is an
ordinary one: `Given.ordinary`), pacts, strikes, hiding and counting, isolation as a regime of its
own, command, beliefs, opinion, the state. All worlds have the same parameters. Months are kept, so
that a run leaves as much behind as the others' do; the step is chosen by the solver.

GillesPy2 is under the GNU GPL: this file runs in a process of its own and nothing imports it.
"""

from __future__ import annotations

from collections.abc import Callable

import gillespy2
import numpy as np
from benchmarks.peers.given import WEEKS_PER_MONTH, Given, Monthly, serve


def network(given: Given) -> gillespy2.Model:
    """The reactions, per year, with the parameters of the first world."""
    p = {name: float(values[0]) for name, values in given.parameters.items()}
    x = {name: values[..., 0] for name, values in given.start().items()}
    gangs = range(len(given.shares))
    model = gillespy2.Model(name="core")
    retained = 1.0 - p["retention_loss"] * p["filter_usual"]
    capture = p["arrest"] * retained
    deterred = float(np.exp(-p["deterrence"] * capture))
    numbers = {
        "recruitment": p["recruitment"],
        "niche": p["niche"],
        "capture": capture,
        "desistance": p["desistance"],
        "returning": p["return_share"] / p["release_time"],
        "quitting": (1.0 - p["return_share"]) / p["release_time"],
        "dying": p["custody_death"],
        "rate": p["killing"] * deterred,
        "alone": 1.0 - p["rivalry"] + p["rivalry"] / given.rivalry_at_start,
        "shared": p["rivalry"] / given.rivalry_at_start,
        "members": p["victim_members"],
        "people": float(given.calendar["POPULATION"][0]) * deterred,
        "floor": p["ambient_floor"],
        "gangs": p["ambient_gangs"],
        "coverage": p["coverage"],
        "inflow": p["ordinary_inflow"],
        "outflow": 1.0 / p["ordinary_time"] + p["custody_death"],
    }
    constants = {
        name: gillespy2.Parameter(name=name, expression=value) for name, value in numbers.items()
    }
    model.add_parameter(list(constants.values()))

    def species(name: str, value: float) -> gillespy2.Species:
        one = gillespy2.Species(name=name, initial_value=int(value))
        model.add_species(one)
        return one

    street = [species(f"S{g}", x["street"][g]) for g in gangs]
    prison = [species(f"L{g}", x["prison"][g] + x["isolated"][g]) for g in gangs]
    others, killed = species("O", float(x["ordinary"])), species("K", 0)

    def reaction(name: str, before: dict, after: dict, propensity: str) -> None:
        model.add_reaction(
            gillespy2.Reaction(
                name=name, reactants=before, products=after, propensity_function=propensity
            )
        )

    free = " + ".join(f"S{g}" for g in gangs)
    everyone = free + " + " + " + ".join(f"L{g}" for g in gangs)
    room = f"(1 - ({everyone}) / niche)"  # the niche is never full here
    # A constant stands first: the solver would divide two numbers of members as whole numbers.
    kills = [f"rate * S{g} * (alone - shared * S{g} / ({free}))" for g in gangs]
    for g in gangs:
        S, L = street[g], prison[g]
        reaction(f"recruit{g}", {S: 1}, {S: 2}, f"recruitment * S{g} * {room}")
        reaction(f"capture{g}", {S: 1}, {L: 1}, f"capture * S{g}")
        reaction(f"desist{g}", {S: 1}, {}, f"desistance * S{g}")
        reaction(f"return{g}", {L: 1}, {S: 1}, f"returning * L{g}")
        reaction(f"quit{g}", {L: 1}, {}, f"quitting * L{g}")
        reaction(f"die{g}", {L: 1}, {}, f"dying * L{g}")
        reaction(f"kill{g}", {}, {killed: 1}, f"(1 - members) * {kills[g]}")
        of_gang = f"members * ({' + '.join(kills)}) * S{g} / ({free})"
        reaction(f"bury{g}", {S: 1}, {killed: 1}, of_gang)
    covered = f"(1 - exp(-({free}) / coverage))"
    reaction("ambient", {}, {killed: 1}, f"people * (floor + gangs * {covered})")
    reaction("enter", {}, {others: 1}, "inflow")
    reaction("leave", {others: 1}, {}, "outflow * O")
    months = given.weeks // WEEKS_PER_MONTH
    model.timespan(np.linspace(0.0, given.weeks * float(given.calendar["LENGTH"][0]), months + 1))
    return model


def prepare(given: Given, worlds: int) -> Callable[[int], Monthly]:
    """A function seed -> monthly outputs; the solver is compiled here."""
    model = network(given)
    solver = gillespy2.TauLeapingCSolver(model=model)
    gangs = range(len(given.shares))

    def once(seed: int) -> Monthly:
        results = solver.run(number_of_trajectories=worlds, seed=seed + 1)
        killed = np.array([result["K"] for result in results])
        street = sum(np.array([result[f"S{g}"] for result in results]) for g in gangs)
        held = sum(np.array([result[f"L{g}"] for result in results]) for g in gangs)
        held = held + np.array([result["O"] for result in results])
        return {
            "killed": np.diff(killed, axis=1),
            "prisoners": held[:, 1:],
            "street": street[:, 1:],
        }

    return once


if __name__ == "__main__":
    serve(prepare)
