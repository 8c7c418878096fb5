"""How far a run goes, as people type it: `15y`, `18m`, or the month in which it ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["horizon_option", "whole_years_of", "years_of"]

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST_MONTHS = 600
_DEFAULT_YEARS = 10


def horizon_option(command: Command) -> Command:
    """Add `--horizon` and `--years`, of which one may be given, to a command of whole years."""
    horizon = click.option(
        "--horizon",
        help="How far: 15y, 36m, or the month in which it ends, as 2034-05; whole years.  "
        f"[default: {_DEFAULT_YEARS}y]",
    )
    years = click.option(
        "--years", type=click.IntRange(1, 30), help="The same as --horizon in whole years."
    )
    return horizon(years(command))


def whole_years_of(origin: str, horizon: str | None, years: int | None) -> int:
    """Length of the runs in whole years, as `years_of` reads it.

    Raises
    ------
    ValueError
        As `years_of`; if the origin is no month, or the horizon no 1 to 30 whole years.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(f"--from {origin}: give a month as YYYY-MM, for example 2019-06.")
    length = years_of(origin, horizon, years)
    if length != int(length) or length > 30:
        raise ValueError(
            f"--horizon {horizon}: give 1 to 30 whole years from {origin}, not {length:g}."
        )
    return int(length)


def years_of(origin: str, horizon: str | None, years: int | None) -> float:
    """Length of the runs in years, from any of the forms in which it can be given.

    Parameters
    ----------
    origin
        Month from which strategies act, `YYYY-MM`.
    horizon
        Years (`15y`), months (`18m`) or the month in which the run ends (`2034-06`); or None.
    years
        The same in whole years; None with None takes ten.

    Raises
    ------
    ValueError
        If both are given, or the horizon cannot be read, ends before it begins or is too far.
    """
    if horizon is None:
        return _DEFAULT_YEARS if years is None else years
    if years is not None:
        raise ValueError("--horizon and --years say the same; give one of them.")
    months = _months(origin, horizon.strip())
    if months < 1:
        raise ValueError(f"--horizon {horizon} ends before it begins: --from is {origin}.")
    if months > _MOST_MONTHS:
        raise ValueError(f"--horizon {horizon}: at most {_MOST_MONTHS // 12} years.")
    return months // 12 if months % 12 == 0 else months / 12


def _months(origin: str, horizon: str) -> int:
    span = re.fullmatch(r"(-?\d{1,4})\s*(y|years?|m|months?)", horizon)
    if span is not None:
        return int(span[1]) * (12 if span[2].startswith("y") else 1)
    end = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", horizon)
    if end is None:
        raise ValueError(
            f"--horizon {horizon}: give years (15y), months (18m) or a month (2034-06)."
        )
    year, month = int(origin[:4]), int(origin[5:])
    return 12 * (int(end[1]) - year) + int(end[2]) - month + 1
