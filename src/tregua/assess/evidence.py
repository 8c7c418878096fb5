"""What a test may look at: the record, and the tables that the stages made."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tregua.assess.verdict import NotTestable
from tregua.record import Record, RecordError
from tregua.shelf import Tables

__all__ = ["Evidence"]


@dataclass(frozen=True)
class Evidence:
    """The record of a case and the tables computed from it.

    Attributes
    ----------
    record
        All that is known of the case.
    tables
        Tables of the stages by name; see the reference of results.
    """

    record: Record
    tables: Tables

    def table(self, name: str) -> pd.DataFrame:
        """A table of the study.

        Raises
        ------
        NotTestable
            If the study did not make this table, or made it empty.
        """
        frame = self.tables.get(name)
        if frame is None or frame.empty:
            raise NotTestable(
                f"This study has no table '{name}'.", f"Este estudio no tiene la tabla '{name}'."
            )
        return frame

    def select(
        self,
        series: str,
        *,
        agency: str | None = None,
        place: str | None = None,
        first: str | None = None,
        last: str | None = None,
    ) -> pd.DataFrame:
        """Usable observations of a series (see `Record.select`).

        Raises
        ------
        NotTestable
            If the record holds no usable observation of it.
        """
        try:
            rows = self.record.select(series, agency=agency, place=place, first=first, last=last)
        except RecordError:
            rows = self.record.observations.iloc[:0]
        if rows.empty:
            raise NotTestable(
                f"The record holds no usable observation of '{series}'.",
                f"El registro no tiene observaciones utilizables de '{series}'.",
            )
        return rows

    def counts(self) -> pd.DataFrame:
        """Deaths over non-overlapping intervals, agencies collapsed (table `tiles`)."""
        return self.table("tiles")
