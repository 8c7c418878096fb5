"""Which worlds a command runs: drawn from the prior, the plausible cloud, or a posterior.

The **prior** knows nothing of the record. The **cloud** is the prior moved by an ensemble smoother
to where the mean path follows the record up to the year before the strategies act; it cannot have
seen what came later. A **posterior** weighs every figure it was given, with its errors; it was made
from the years that its own calibration took in, which may be later than the month from which
strategies are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tregua.infer import Posterior
    from tregua.model import Draws, History
    from tregua.record import Record

__all__ = [
    "DEFAULT_WORLDS",
    "check_draws",
    "draws_from",
    "from_posterior",
    "posterior_of",
    "source_option",
    "worlds_from_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_WORLDS = 500
"""Worlds of a comparison where nobody says how many."""

_LEAST_WORLDS = 50


def source_option(command: Command) -> Command:
    """Add `--worlds-from` and `--posterior` to a command."""
    posterior = click.option(
        "--posterior",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder of a posterior (`tregua calibrate --out DIR`); implies --worlds-from "
        "posterior.",
    )
    source = click.option(
        "--worlds-from",
        "source",
        type=click.Choice(["prior", "cloud", "posterior"]),
        help="Draw the parameters from the prior, from the cloud of worlds that follow the record "
        "up to that month, or from a posterior.  [default: cloud]",
    )
    return source(posterior(command))


def worlds_from_option(command: Command) -> Command:
    """Add `--worlds`, `--worlds-from` and `--posterior` to a command."""
    number = click.option(
        "--worlds",
        type=click.IntRange(_LEAST_WORLDS, 100_000),
        help=f"Number of worlds.  [default: {DEFAULT_WORLDS}, or all draws of the posterior]",
    )
    return number(source_option(command))


def from_posterior(source: str | None, folder: Path | None) -> bool:
    """Whether these options ask for worlds of a posterior."""
    return source == "posterior" or (source is None and folder is not None)


def draws_from(
    source: str | None,
    known: Record,
    history: History,
    *,
    worlds: int | None,
    origin: str,
    seed: int,
    folder: Path | None = None,
    remake: Callable[[Draws], Draws] | None = None,
) -> tuple[Draws, str, tuple[str, ...]]:
    """Draws of the worlds wanted, where they come from, and what a reader should know of it.

    Parameters
    ----------
    source
        "prior", "cloud", "posterior", or None for the cloud (the posterior if a folder is given).
    known, history
        The case and its past.
    worlds
        How many; None takes 500, or all draws of a posterior.
    origin
        Month from which strategies act; the cloud follows the record up to the year before.
    seed
        Seed of the draws.
    folder
        Where a posterior was saved; None takes the one that comes with tregua.
    remake
        Makes another prior of the prior's draws, before they follow the record; a posterior was
        made with its own and is left as it is.

    Raises
    ------
    ValueError
        If a posterior is missing, damaged, of another case, or holds fewer draws than wanted; or
        if a folder is given for worlds that do not come from a posterior.
    """
    from tregua import infer, model

    chosen = "posterior" if from_posterior(source, folder) else source or "cloud"
    if chosen != "posterior":
        _refuse_folder(chosen, folder)
        number = DEFAULT_WORLDS if worlds is None else worlds
        draws = model.prior_draws(number, seed=seed, overrides=known.case.prior_ranges)
        draws = draws if remake is None else remake(draws)
        if chosen == "cloud":
            until = int(origin[:4])
            draws = infer.plausible_draws(known, draws, history, until=until, seed=seed)
        return draws, chosen, ()
    return _from_posterior(known, worlds, folder)


def check_draws(
    source: str | None, known: Record, *, worlds: int | None, folder: Path | None = None
) -> int:
    """Refuse worlds that `draws_from` would refuse, before any is drawn.

    Parameters
    ----------
    source, known, worlds, folder
        As `draws_from` takes them.

    Returns
    -------
    int
        How many worlds there will be.

    Raises
    ------
    ValueError
        As `draws_from`.
    """
    if from_posterior(source, folder):
        return len(_from_posterior(known, worlds, folder)[0])
    _refuse_folder(source or "cloud", folder)
    return DEFAULT_WORLDS if worlds is None else worlds


def _refuse_folder(chosen: str, folder: Path | None) -> None:
    if folder is not None:
        raise ValueError(f"--posterior names a posterior; --worlds-from {chosen} uses none.")


def posterior_of(known: Record, folder: Path | None) -> Posterior:
    """The posterior of a case.

    Parameters
    ----------
    known
        The case.
    folder
        Where it was saved; None takes the one that comes with tregua.

    Raises
    ------
    ValueError
        If there is none, it is damaged, or it is of another case.
    """
    from tregua import infer

    name = known.case.name
    if folder is None:
        found = infer.posterior(name)
    elif not (folder / "posterior.json").is_file():
        raise ValueError(
            f"{folder} holds no posterior. Make one: tregua calibrate {name} --out {folder}"
        )
    else:
        found = infer.Posterior.load(folder)
    if found.case != name:
        raise ValueError(f"The posterior is of the case '{found.case}', not of '{name}'.")
    return found


def _from_posterior(
    known: Record, worlds: int | None, folder: Path | None
) -> tuple[Draws, str, tuple[str, ...]]:
    """Draws of a posterior of this case, evenly along its chains."""
    import numpy as np

    name, found = known.case.name, posterior_of(known, folder)
    number = len(found) if worlds is None else worlds
    if number > len(found):
        raise ValueError(
            f"The posterior holds {len(found)} draws, fewer than the {number} worlds asked for. "
            f"Leave --worlds out, or make more: tregua calibrate {name} --draws {number}"
        )
    if number < _LEAST_WORLDS:
        raise ValueError(
            f"The posterior holds {number} draws; a comparison needs {_LEAST_WORLDS} at least. "
            f"Make more: tregua calibrate {name} --draws 256"
        )
    places = np.linspace(0, len(found) - 1, number).astype(np.int64)
    return found.draws.select(places), "posterior", found.warnings()
