"""History: what a case tells the simulator of its past.

A script of what actors did, the setting in which they did it, and the month at which simulated
worlds begin. Everything that runs worlds of a case takes this one value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from tregua.model.script import Script
from tregua.model.setting import Setting
from tregua.record import Record

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """What a case tells the simulator of its past.

    Attributes
    ----------
    script
        What government and gangs did, era by era.
    setting
        Population, gangs, elections and counting rules.
    start
        Month at which worlds begin, `YYYY-MM`; the parameters of the start refer to it.
    """

    script: Script
    setting: Setting
    start: str

    @classmethod
    def of(cls, record: Record, reading: str = "script") -> History:
        """The history that a record tells, or one of its rival readings.

        Parameters
        ----------
        record
            A case with a script, gangs, population and yearly homicides.
        reading
            "script", or the name of a reading in the case.

        Raises
        ------
        ValueError
            If the case lacks one of them, or has no such reading; the message says which.
        """
        script = Script.of(record.case, reading)
        start = str(record.case.simulated_from)
        return cls(script, Setting.of(record, first_year=int(start[:4])), start)

    @property
    def first_day(self) -> str:
        """The day on which worlds begin, `YYYY-MM-01`."""
        return f"{self.start}-01"

    def rules_of(self, month: str) -> Setting:
        """The setting with the counting rules in force at a month (`YYYY-MM`) for good.

        A change of rules later in history belongs to that history; kept, it would credit every
        strategy compared from that month with a fall on paper.
        """
        since = pd.Timestamp(f"{month}-01")
        police, part = self.setting.police_counted_until, self.setting.undercounted_from
        return replace(
            self.setting,
            police_counted_until=None if police is not None and police > since else police,
            undercounted_from=None if part is not None and part > since else part,
        )
