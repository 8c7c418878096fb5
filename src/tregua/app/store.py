"""What outlives the server: results by key, and scenarios that somebody saved.

The two lie in two SQLite files, because they are worth different things. A result can be computed
again: its file is bounded, the longest unused goes first, and a damaged one is thrown away. A
scenario cannot: it is written through to the disk before the reply says so (write-ahead log,
``synchronous=FULL``), a damaged file is put aside and never deleted, and a full disk refuses the
new one and keeps the old.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tregua.app.answers import canonical
from tregua.app.problems import Problem

__all__ = ["Store", "check_key", "check_name"]

_log = logging.getLogger("tregua.app")
T = TypeVar("T")

_MOST_BYTES = 512 * 2**20  # of results on disk
_MOST_HELD = 32 * 2**20  # of results in memory while the disk is full
_MOST_SAVED = 1_000
_LONGEST_NAME = 80
_HOUR = 3600.0
_RESULTS = """
create table if not exists results (
  key text not null, kind text not null, content blob not null, used real not null,
  primary key (key, kind)) without rowid
"""
_SCENARIOS = """
create table if not exists scenarios (
  name text primary key, content text not null, saved text not null) without rowid
"""


def check_key(key: str) -> str:
    """The key of a result, if it is one.

    Parameters
    ----------
    key
        1 to 128 letters, digits, hyphens, points or underscores.

    Raises
    ------
    Problem
        404 otherwise.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}", key):
        raise Problem(404, "There is no such result.", where="key")
    return key


def check_name(name: str) -> str:
    """The name of a scenario without spaces around it, if it is one.

    Parameters
    ----------
    name
        1 to 80 printable characters without slashes.

    Raises
    ------
    Problem
        422 otherwise.
    """
    tidy = name.strip()
    printable = tidy.isprintable() and not set(tidy) & set("/\\")
    if not 1 <= len(tidy) <= _LONGEST_NAME or not printable or tidy.strip(".") == "":
        raise Problem(
            422,
            "This cannot be the name of a scenario.",
            where="name",
            valid=f"1 to {_LONGEST_NAME} printable characters without slashes",
        )
    return tidy


class Store:
    """Results and saved scenarios of one folder; safe to use from many threads.

    Parameters
    ----------
    folder
        Where the two files lie; made if need be.
    most_bytes
        Bytes of results kept on disk.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._most = most_bytes
        self._results = _File(folder / "results.sqlite", _RESULTS, "NORMAL", worth_keeping=False)
        self._scenarios = _File(folder / "scenarios.sqlite", _SCENARIOS, "FULL", worth_keeping=True)
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._told = False

    def get(self, key: str, kind: str = "json") -> bytes | None:
        """A result, or None if there is none.

        Parameters
        ----------
        key
            Under which it was put.
        kind
            "json" or "parquet".
        """
        with self._lock:
            held = self._held.get((key, kind))
        if held is not None:
            return held
        try:
            return self._results.do(lambda at: _read(at, key, kind))
        except sqlite3.Error as error:
            self._tell(error)
            return None

    def put(self, key: str, content: bytes, kind: str = "json") -> bool:
        """Keep a result; a disk that cannot take it costs only the next computation.

        Parameters
        ----------
        key
            Under which to keep it.
        content
            Its bytes.
        kind
            "json" or "parquet".

        Returns
        -------
        bool
            Whether it lies on the disk. Otherwise it is held in memory for a while.
        """

        def write(at: sqlite3.Connection) -> None:
            row = (key, kind, content, time.time())
            at.execute("insert or replace into results values (?, ?, ?, ?)", row)
            _prune(at, self._most)

        try:
            self._results.do(write)
        except sqlite3.Error as error:
            self._tell(error)
            self._hold(key, kind, content)
            return False
        return True

    def save(self, name: str, scenario: Any, *, replace: bool = False) -> None:
        """Save a scenario; when this returns, it is on the disk.

        Parameters
        ----------
        name
            As `check_name` takes it.
        scenario
            Anything JSON has.
        replace
            Whether it may take the place of another of that name.

        Raises
        ------
        Problem
            409 if there is another of that name, or too many; 422 for a bad name; 507 if the disk
            cannot take it, and then what was saved before is unchanged.
        """
        tidy = check_name(name)
        content = canonical(scenario).decode()
        row = (tidy, content, datetime.now(UTC).isoformat(timespec="seconds"))

        def write(at: sqlite3.Connection) -> None:
            known = at.execute("select content from scenarios where name = ?", (tidy,)).fetchone()
            if known is not None and known[0] != content and not replace:
                raise Problem(
                    409, f"There is a scenario named '{tidy}'.", where="name", valid="another name"
                )
            count = at.execute("select count(*) from scenarios").fetchone()[0]
            if known is None and count >= _MOST_SAVED:
                raise Problem(409, f"{count} scenarios are saved.", valid="delete one first")
            at.execute("insert or replace into scenarios values (?, ?, ?)", row)

        self._kept(lambda: self._scenarios.do(write))

    def saved(self) -> list[dict[str, str]]:
        """Names of the saved scenarios and when they were saved, by name."""
        query = "select name, saved from scenarios order by name"
        rows = self._kept(lambda: self._scenarios.do(lambda at: at.execute(query).fetchall()))
        return [{"name": name, "saved": saved} for name, saved in rows]

    def scenario(self, name: str) -> Any:
        """A saved scenario.

        Parameters
        ----------
        name
            Under which it was saved.

        Raises
        ------
        Problem
            404 if there is none.
        """
        query = "select content from scenarios where name = ?"
        row = self._kept(
            lambda: self._scenarios.do(lambda at: at.execute(query, (name,)).fetchone())
        )
        if row is None:
            raise Problem(404, f"No scenario is saved as '{name}'.", where="name")
        return json.loads(row[0])

    def forget(self, name: str) -> None:
        """Delete a saved scenario.

        Parameters
        ----------
        name
            Under which it was saved.

        Raises
        ------
        Problem
            404 if there is none.
        """
        query = "delete from scenarios where name = ?"
        gone = self._kept(
            lambda: self._scenarios.do(lambda at: at.execute(query, (name,)).rowcount)
        )
        if not gone:
            raise Problem(404, f"No scenario is saved as '{name}'.", where="name")

    def close(self) -> None:
        """Close both files."""
        self._results.close()
        self._scenarios.close()

    def _kept(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except sqlite3.Error as error:
            self._tell(error)
            raise Problem(
                507,
                f"The disk cannot be used ({error}); what was saved before is unchanged.",
                valid=f"free some space for {self.folder}",
            ) from None

    def _tell(self, error: sqlite3.Error) -> None:
        """Say once that the disk fails."""
        if not self._told:
            self._told = True
            _log.warning(
                "Cannot write to %s: %s. Results are computed anew until it can be written.",
                self.folder,
                error,
            )

    def _hold(self, key: str, kind: str, content: bytes) -> None:
        with self._lock:
            self._held[key, kind] = content
            while len(self._held) > 1 and sum(map(len, self._held.values())) > _MOST_HELD:
                self._held.popitem(last=False)


class _File:
    """One SQLite file, used by one thread at a time."""

    def __init__(self, path: Path, schema: str, synchronous: str, *, worth_keeping: bool) -> None:
        self._path, self._schema, self._synchronous = path, schema, synchronous
        self._lock = threading.Lock()
        self._at: sqlite3.Connection | None
        try:
            self._at = self._open()
        except sqlite3.DatabaseError:
            self._put_aside(worth_keeping)
            self._at = self._open()

    def _open(self) -> sqlite3.Connection:
        at = sqlite3.connect(self._path, timeout=5, check_same_thread=False, isolation_level=None)
        try:
            at.execute("pragma journal_mode = wal")
            at.execute(f"pragma synchronous = {self._synchronous}")
            at.execute(self._schema)
        except sqlite3.Error:
            at.close()
            raise
        return at

    def _put_aside(self, worth_keeping: bool) -> None:
        """Move a damaged file out of the way, or delete it if its content can be made again."""
        for ending in ("", "-wal", "-shm"):
            file = self._path.with_name(self._path.name + ending)
            if not file.exists():
                continue
            if worth_keeping:
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
                aside = file.with_name(f"{file.name}.damaged-{stamp}")
                file.rename(aside)
                _log.warning("%s could not be read and was put aside as %s.", file, aside.name)
            else:
                file.unlink()

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work as one transaction: all of it happens, or nothing. A closed file is opened again."""
        with self._lock:
            at = self._at = self._open() if self._at is None else self._at
            at.execute("begin immediate")
            try:
                value = work(at)
                at.execute("commit")
            except BaseException:
                if at.in_transaction:
                    at.execute("rollback")
                raise
            return value

    def close(self) -> None:
        with self._lock:
            if self._at is not None:
                self._at.close()
            self._at = None


def _read(at: sqlite3.Connection, key: str, kind: str) -> bytes | None:
    query = "select content, used from results where key = ? and kind = ?"
    row = at.execute(query, (key, kind)).fetchone()
    if row is None:
        return None
    now = time.time()
    if now - row[1] > _HOUR:  # a write for every read would be too many
        at.execute("update results set used = ? where key = ? and kind = ?", (now, key, kind))
    return bytes(row[0])


def _prune(at: sqlite3.Connection, most: int) -> None:
    """Drop the results unused for longest while there are too many bytes; one always stays."""
    query = "select key, kind, length(content) from results order by used desc"
    total = 0
    for index, (key, kind, length) in enumerate(at.execute(query).fetchall()):
        total += length
        if index and total > most:
            at.execute("delete from results where key = ? and kind = ?", (key, kind))
