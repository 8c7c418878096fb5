"""What pages show of a case, made once and kept: record, worlds, states at an origin, tables.

The costly part of a fan from 2019 is the history before 2019. A `Material` runs it once for each
origin, source of worlds, number and seed, and keeps the states, the longest unused going first.
Requests that need the same thing share one computation (`kept`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tregua import assess, decide, infer, model, record
from tregua.app.kept import Kept, Step
from tregua.app.problems import Problem
from tregua.provenance import Provenance, code_digest, digest_of

if TYPE_CHECKING:
    import pandas as pd

    from tregua.assess.shipped import Assessed

__all__ = ["Material", "Source"]

Source = Literal["posterior", "prior"]

_MOST_STATES = 64 * 2**20  # bytes
_MOST_DRAWS = 64 * 2**20
_PIECE = 256  # worlds; their history takes some 0.2 s of a processor


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
        self._states: Kept[model.State] = Kept(_MOST_STATES, lambda state: state.values.nbytes)
        self._draws: Kept[model.Draws] = Kept(_MOST_DRAWS, lambda draws: draws.values.nbytes)
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

    def state(
        self, origin: str, source: Source, worlds: int, seed: int, *, step: Step | None = None
    ) -> model.State:
        """State of these worlds at an origin, after history; kept.

        Worlds know nothing of each other, so that history is run in pieces of some hundreds, and
        the pieces put together are the whole, bit for bit.

        Parameters
        ----------
        origin
            Month, `YYYY-MM`, after the first of the history.
        source, worlds, seed
            As `draws` takes them.
        step
            Called between two pieces; it may wait, or raise to leave.

        Raises
        ------
        Problem
            422 if the case has no history, or as `draws` does.
        """
        history = self.history
        if history is None:
            raise Problem(422, "This case has no script, so that no worlds can be run of it.")
        draws = self.draws(source, worlds, seed)

        def piece(rows: slice) -> model.State:
            chosen = np.arange(worlds)[rows]
            some = draws if len(chosen) == worlds else draws.select(chosen)
            return decide.state_at(origin, some, history, seed=seed)

        slices = [slice(first, first + _PIECE) for first in range(0, worlds, _PIECE)]
        return self._states.joined(
            (origin, source, worlds, seed),
            [partial(piece, rows) for rows in slices],
            _joined,
            step,
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

        if self._study is None:
            found: Assessed | None = shipped_claims()
        else:  # a study that holds no verdicts has none: those of another would mislead
            found = read_claims(self._study) if (self._study / FILE).is_file() else None
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


def _joined(pieces: list[model.State]) -> model.State:
    if len(pieces) == 1:
        return pieces[0]
    return replace(
        pieces[0],
        values=np.concatenate([piece.values for piece in pieces]),
        worlds=np.concatenate([piece.worlds for piece in pieces]),
    )
