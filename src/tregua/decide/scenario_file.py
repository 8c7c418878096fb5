"""Scenarios as TOML files: read with every problem at once, and written so that they read back.

    origin = "2019-06"
    years = 10

    [assumptions]
    return_share = 0.3

    [[blocks]]
    lane = "pact"
    start = "2019-06"
    end = "2022-03"

TOML knows no month, so that months stand in quotes. A block without an end lasts.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tregua.decide.scenario import Block, Scenario
from tregua.decide.scenario_checks import ScenarioError, ScenarioProblem

__all__ = ["read_scenario", "write_scenario"]

_MOST_BYTES = 300_000
_BARE_MONTH = re.compile(r"=\s*\d{4}-\d{2}\s*(#.*)?$")


def read_scenario(given: str | Path) -> Scenario:
    r"""A scenario from a TOML file, or from the text of one.

    Parameters
    ----------
    given
        A path; or the text itself, which is told from a path by a line break or an equals sign.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no TOML, or holds no scenario; the error lists every problem.

    Examples
    --------
    >>> read_scenario('origin = "2019-06"').years
    10.0
    >>> read_scenario('origin = "2019-13"\nyear = 5')
    Traceback (most recent call last):
    ...
    tregua.decide.scenario_checks.ScenarioError: The scenario has 2 problems:
      year: Not known here. Did you mean 'years'? Known: case, origin, ...
      origin: '2019-13' is no month that exists. Give one, such as '2019-06'.
    """
    is_text = isinstance(given, str) and ("\n" in given or "=" in given)
    source = "The scenario" if is_text else str(given)
    text = str(given) if is_text else _text_of(Path(given))
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise _failed(f"This is no TOML: {error}.", _hint(text), source) from None
    return Scenario.of(raw, source=source)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _failed("The file is too long.", f"At most {_MOST_BYTES:,} bytes.", str(path))
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _failed(f"It cannot be read: {error.strerror}.", "", str(path)) from None
    except UnicodeDecodeError:
        raise _failed("It is no text in UTF-8.", "Save it as UTF-8.", str(path)) from None


def _failed(what: str, valid: str, source: str) -> ScenarioError:
    return ScenarioError([ScenarioProblem((), what, valid)], source)


def _hint(text: str) -> str:
    bare = any(_BARE_MONTH.search(line) for line in text.splitlines())
    return 'Write months in quotes: origin = "2019-06".' if bare else ""


def write_scenario(scenario: Scenario, path: str | Path | None = None) -> str:
    """A scenario as TOML that reads back equal.

    Parameters
    ----------
    scenario
        The scenario.
    path
        Where to write it; None writes nothing.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> plan = Scenario(origin="2019-06", blocks=[Block(lane="reform", start="2020-01")])
    >>> read_scenario(write_scenario(plan)) == plan
    True
    """
    fields = scenario.model_dump(mode="json", exclude={"blocks", "assumptions"})
    lines = [f"{name} = {_value(value)}" for name, value in fields.items()]
    if scenario.assumptions:
        lines += ["", "[assumptions]"]
        lines += [f"{name} = {_value(value)}" for name, value in scenario.assumptions.items()]
    for block in scenario.blocks:
        lines += ["", "[[blocks]]", *_lines_of(block)]
    text = "\n".join(lines) + "\n"
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _lines_of(block: Block) -> list[str]:
    fields = block.model_dump(mode="json", exclude_none=True)
    if block.lane != "pact":
        del fields["open"]
    return [f"{name} = {_value(value)}" for name, value in fields.items()]


def _value(value: Any) -> str:
    """A value as TOML writes it; texts, lists and numbers as JSON does, which TOML reads alike."""
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
