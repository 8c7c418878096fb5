"""What pages show of a case, made once and kept: record, worlds, states at an origin, tables.

The costly part of a fan from 2019 is the history before 2019. A `Material` runs it once for each
origin, source of worlds, number and seed, and keeps the states, the longest unused going first. Two
requests that need the same thing wait for one computation.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from tregua import assess, decide, infer, model, record
from tregua.app.problems import Problem
from tregua.provenance import Provenance, code_digest, digest_of

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.shipped import Assessed

__all__ = ["Material", "Source"]

Source = Literal["posterior", "prior"]
T = TypeVar("T")

_MOST_STATES = 64 * 2**20  # bytes
_MOST_DRAWS = 64 * 2**20


class Material:
    """What is shown of a case. Safe to use from many threads; nothing is made before it is asked.

    Parameters
    ----------
    case
        Name of an embedded case, or the folder of one's own.
    study
        Folder of a finished `tregua assess`, or None.
    most_worlds
        Worlds that may be asked for.
    """

    def __init__(
        self, case: str | Path, *, study: Path | None = None, most_worlds: int = 20_000
    ) -> None:
        self._case, self._study, self._most_worlds = case, study, most_worlds
        self._states: _Kept[model.State] = _Kept(_MOST_STATES, lambda state: state.values.nbytes)
        self._draws: _Kept[model.Draws] = _Kept(_MOST_DRAWS, lambda draws: draws.values.nbytes)
        self._once = threading.RLock()

    @cached_property
    def record(self) -> record.Record:
        """All that is known of the case."""
        with self._once:
            return record.load(self._case)

    @cached_property
    def history(self) -> model.History | None:
        """Its past as worlds live it; None for a case without a script."""
        return model.History.of(self.record) if self.record.case.script else None

    @cached_property
    def digest(self) -> str:
        """Digest of record, code and study: whatever is computed of them stays true under it."""
        files = sorted(self._study.glob("data/*.parquet")) if self._study is not None else []
        stamps = [[file.name, file.stat().st_mtime_ns, file.stat().st_size] for file in files]
        return digest_of(self.record.digest, code_digest(), stamps)

    @cached_property
    def _posterior(self) -> model.Draws | None:
        try:
            return infer.posterior(self.record.case.name).draws
        except infer.PosteriorError:  # none comes with the case
            return None

    def sources(self) -> tuple[Source, ...]:
        """Where worlds may be drawn from, the first being the default."""
        return ("posterior", "prior") if self._posterior is not None else ("prior",)

    def draws(self, source: Source, worlds: int, seed: int) -> model.Draws:
        """Parameters of worlds.

        Parameters
        ----------
        source
            "posterior" takes draws evenly along its chains, and again from the first where more
            worlds are wanted than it has draws; "prior" draws anew.
        worlds
            How many, 1 to the limit of the server.
        seed
            Seed of the prior's draws, 0 to 2**63 - 1.

        Raises
        ------
        Problem
            422 if there is no such source, or the number is out of range.
        """
        if not 1 <= worlds <= self._most_worlds:
            raise Problem(
                422, f"{worlds} worlds.", where="worlds", valid=f"1 to {self._most_worlds:,}"
            )
        if not 0 <= seed < 2**63:
            raise Problem(422, f"seed {seed}.", where="seed", valid="0 to 2**63 - 1")
        if source not in self.sources():
            raise Problem(
                422,
                f"Worlds cannot come from '{source}'.",
                where="worlds_from",
                valid=", ".join(self.sources()),
            )
        return self._draws.get((source, worlds, seed), lambda: self._drawn(source, worlds, seed))

    def _drawn(self, source: Source, worlds: int, seed: int) -> model.Draws:
        held = self._posterior
        if source == "prior" or held is None:
            ranges = self.record.case.prior_ranges
            return model.prior_draws(worlds, seed=seed, overrides=ranges)
        return decide.worlds_of_posterior(held, worlds)

    def state(self, origin: str, source: Source, worlds: int, seed: int) -> model.State:
        """State of these worlds at an origin, after history; kept.

        Parameters
        ----------
        origin
            Month, `YYYY-MM`, after the first of the history.
        source, worlds, seed
            As `draws` takes them.

        Raises
        ------
        Problem
            422 if the case has no history, or as `draws` does.
        """
        history = self.history
        if history is None:
            raise Problem(422, "This case has no script, so that no worlds can be run of it.")
        draws = self.draws(source, worlds, seed)
        return self._states.get(
            (origin, source, worlds, seed),
            lambda: decide.state_at(origin, draws, history, seed=seed),
        )

    @cached_property
    def _tables(self) -> Mapping[str, pd.DataFrame]:
        with self._once:
            return {**assess.known_tables(self.record), **self._of_study()}

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """What is known of the case as tables, with those of the study where there is one."""
        return self._tables

    def _of_study(self) -> dict[str, pd.DataFrame]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._study is None:
            return {}
        tables = {}
        for file in sorted((self._study / "data").glob("*.parquet")):
            try:
                tables[file.stem] = pq.read_table(file).to_pandas()
            except (OSError, pa.ArrowException) as error:
                raise Problem(422, f"{file.name} of the study cannot be read: {error}") from None
        return tables

    @cached_property
    def _assessed(self) -> Assessed | None:
        from tregua.assess.shipped import FILE, read_claims, shipped_claims

        if self._study is not None and (self._study / FILE).is_file():
            found: Assessed | None = read_claims(self._study)
        else:
            found = shipped_claims()
        return found if found is not None and found.case == self.record.case.name else None

    def assessed(self) -> Assessed | None:
        """Verdicts of the study, or those that come with the case; None if there are none."""
        return self._assessed

    def findings(self) -> assess.Findings | None:
        """What a study found, with its tables and verdicts; None without a study."""
        found = self._assessed
        if self._study is None or found is None:
            return None
        made = {name: found.provenance[name] for name in Provenance.__dataclass_fields__}
        verdicts = tuple(found.verdicts.values())
        return assess.Findings(self.record, dict(self.tables()), verdicts, Provenance(**made))

    def warm(self) -> None:
        """Make what the first page needs."""
        self.tables()
        _ = self.digest, self.history, self._posterior


class _Kept(Generic[T]):
    """Values by key up to a number of bytes, each made once, the longest unused dropped first."""

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most, self._size = most, size
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            mine = self._making.setdefault(key, threading.Lock())
        with mine:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._values[key] = value
                self._drop()
            return value

    def _drop(self) -> None:
        sizes = [self._size(cast(Any, value)) for value in self._values.values()]
        total = sum(sizes)
        for size in sizes[:-1]:
            if total <= self._most:
                return
            self._values.popitem(last=False)
            total -= size
