"""Who computes when: the newest wish of a page, long runs, and a turn for everybody.

A slider that is dragged asks faster than worlds can be run. `Jobs.latest` therefore keeps one
waiting wish for each session and topic: a newer one takes its place. `Jobs.begin` starts a run of
many worlds that tells how far it has come and can be cancelled.

At most a fixed number of computations go on at once. Whoever waits is served by sessions in turn,
so that twenty people who press Run get twenty results, and quick wishes go before long runs, though
never more than four in a row. A long run gives its place away whenever it tells how far it is, and
a session's second run waits, begun or not, until every other session's first has begun. Compiled
code of the stages releases the interpreter's lock, so that threads suffice.

Each piece of work has a thread of its own. A thread that dies takes its work with it and nothing
else.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from tregua.app.answers import canonical
from tregua.app.problems import Problem, Superseded, complaints_of
from tregua.app.store import Store, check_key
from tregua.app.table import table_bytes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cancelled", "Jobs", "Result", "Run", "Tell"]

_log = logging.getLogger("tregua.app")
T = TypeVar("T")
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_QUICK_IN_A_ROW = 4
_MOST_WAITING = 512  # quick wishes of all sessions
_MOST_RUNS = 128  # runs that wait or go on, of all sessions
_MOST_RUNS_OF_A_SESSION = 8
_REMEMBERED = 256  # runs that have ended


class Cancelled(Exception):
    """Raised inside a long run that somebody cancelled."""


@dataclass(frozen=True)
class Result:
    """What a long run leaves.

    Attributes
    ----------
    payload
        What ``/api/results/KEY`` gives as JSON.
    table
        What it gives as CSV and Parquet; None if there is no table.
    """

    payload: Any
    table: pd.DataFrame | None = None


@dataclass
class Run:
    """A long run and how far it has come; read it through `seen`.

    Attributes
    ----------
    id
        Name of the run.
    key
        Under which its result is kept.
    session
        Who began it.
    state
        "waiting", "running", "done", "failed" or "cancelled".
    done, total
        How far it is.
    partial
        The newest partial result; None before the first and after the end.
    problems
        Why it failed.
    version
        Grows with every change.
    """

    id: str
    key: str
    session: str
    state: State = "waiting"
    done: int = 0
    total: int = 0
    partial: dict[str, Any] | None = None
    problems: list[dict[str, str]] = field(default_factory=list)
    version: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _stop: bool = False
    _ticket: _Ticket | None = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in ("done", "failed", "cancelled")

    def seen(self) -> dict[str, Any]:
        """How far it is, as the API tells it."""
        with self._lock:
            return {
                "id": self.id,
                "key": self.key,
                "state": self.state,
                "done": self.done,
                "total": self.total,
                "problems": list(self.problems),
            }

    def since(self, version: int) -> tuple[int, list[tuple[str, Any]], bool]:
        """Version now, the events since another, and whether they were the last.

        Parameters
        ----------
        version
            The version last seen; 0 at first.
        """
        with self._lock:
            if self.version == version:
                return version, [], False
            if self.state == "done":
                return self.version, [("done", {"key": self.key})], True
            if self.state == "failed":
                return self.version, [("failed", {"problems": list(self.problems)})], True
            if self.state == "cancelled":
                return self.version, [("cancelled", {})], True
            content = {"done": self.done, "total": self.total, "partial": self.partial}
            return self.version, [("progress", content)], False

    def _change(self, **values: Any) -> None:
        with self._lock:
            if self.over:
                return
            for name, value in values.items():
                setattr(self, name, value)
            if self.over:
                self.partial = None
            self.version += 1


class Tell:
    """Tells how far a run is, gives others their turn, and stops a run that shall stop.

    Time in which the run waits for its turn does not count as time that it takes.

    Parameters
    ----------
    run
        The run it speaks for.
    turns
        Where others wait.
    deadline
        `time.monotonic()` after which the run has taken too long.
    """

    def __init__(self, run: Run, turns: _Turns, deadline: float) -> None:
        self._run, self._turns, self._deadline = run, turns, deadline

    def __call__(self, done: int, total: int, partial: dict[str, Any] | None = None) -> None:
        """Tell how far the run is.

        Parameters
        ----------
        done, total
            Parts done, of how many.
        partial
            What can be shown already; None keeps what was shown before.

        Raises
        ------
        Cancelled
            If the run was cancelled.
        Problem
            408 if it has taken too long.
        """
        self._check()
        shown = {} if partial is None else {"partial": partial}
        self._run._change(done=int(done), total=int(total), **shown)
        ticket = self._run._ticket
        if ticket is not None:
            begun = time.monotonic()
            self._turns.let_others(ticket)
            self._deadline += time.monotonic() - begun
        self._check()

    def _check(self) -> None:
        if self._run._stop:
            raise Cancelled
        if time.monotonic() > self._deadline:
            raise Problem(
                408, "The run took longer than this server allows.", valid="fewer worlds or years"
            )


@dataclass(eq=False)
class _Ticket:
    """Someone who waits for a place, or a run that has one now and then.

    Attributes
    ----------
    session
        Whose.
    start
        Called with the place taken; must not block.
    rank
        Of a run: how many of its session's runs go before it, counted from those who are served.
    dropped
        Whether it waits no more, though it was not served.
    step
        Of a run between two steps: how it waits for the next.
    """

    session: str
    start: Callable[[], None]
    rank: int = 0
    dropped: bool = False
    step: _Ticket | None = None


_Lane = OrderedDict[str, deque[_Ticket]]


class _Turns:
    """A number of places and those who wait for one, by sessions in turn.

    Quick wishes wait, long runs that have not begun, and long runs between two steps. Of runs only
    some go on at once, since each holds what it has computed so far in memory.

    Which run begins next is the rule of start-time fair queueing (Goyal, Vin and Cheng 1996,
    section 2) with a run as the unit: the first run of a session ranks with those who are served
    now, each further one a rank behind. While a run of a lower rank waits to begin, those of other
    sessions that rank behind it and have begun stand still and do not count.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._most_going = max(4, 2 * places)
        self._begun: list[_Ticket] = []  # runs that have begun and not ended
        self._next_rank: dict[str, int] = {}
        self._lock = threading.Lock()
        self._quick: _Lane = OrderedDict()
        self._new: list[_Ticket] = []
        self._between: _Lane = OrderedDict()
        self._in_a_row = 0

    def wait(self, ticket: _Ticket, *, quick: bool) -> None:
        """Let someone wait; `ticket.start` is called when a place is theirs."""
        with self._lock:
            if quick:
                self._quick.setdefault(ticket.session, deque()).append(ticket)
            else:
                self._rank(ticket)
                self._new.append(ticket)
        self._serve()

    def give(self, *, run: _Ticket | None = None) -> None:
        """Give a place back; which run ended with it, if one did."""
        with self._lock:
            if run is not None:
                self._begun.remove(run)
            # A run that was cancelled while it waited for its next step has no place to give.
            if run is None or run.step is None:
                self._free += 1
        self._serve()

    def let_others(self, run: _Ticket) -> None:
        """Give a run's place to those who wait, if any do, and wait for the next.

        It comes back without a place if the run leaves meanwhile.
        """
        again = threading.Event()
        with self._lock:
            if run.dropped or not (self._quick or self._may_begin() or self._others_go_before(run)):
                return
            run.step = _Ticket(run.session, again.set, run.rank)
            self._between.setdefault(run.session, deque()).append(run.step)
            self._free += 1
        self._serve()
        again.wait()
        if not run.step.dropped:
            run.step = None

    def leave(self, run: _Ticket) -> None:
        """Let a run wait no more: it never begins, or comes back from `let_others` at once."""
        with self._lock:
            run.dropped = True
            step = run.step
            if run in self._new:
                self._new.remove(run)
                step = None
            elif step is not None and step in self._between.get(step.session, ()):
                step.dropped = True
                self._between[step.session].remove(step)
                if not self._between[step.session]:
                    del self._between[step.session]
            else:
                step = None
        if step is not None:
            step.start()
        self._serve()

    def waiting(self) -> int:
        """How many quick wishes wait."""
        with self._lock:
            return sum(map(len, self._quick.values()))

    def _rank(self, ticket: _Ticket) -> None:
        present = [*self._begun, *self._new]
        now = min((other.rank for other in present), default=0)
        if not present or len(self._next_rank) > _REMEMBERED:
            self._next_rank = {s: rank for s, rank in self._next_rank.items() if rank > now}
        if not present:
            self._next_rank.clear()
        ticket.rank = max(now, self._next_rank.get(ticket.session, 0))
        self._next_rank[ticket.session] = ticket.rank + 1

    def _stands_still(self, run: _Ticket) -> bool:
        """Whether a run of another session, of a lower rank, waits to begin."""
        return any(new.rank < run.rank and new.session != run.session for new in self._new)

    def _may_begin(self) -> _Ticket | None:
        """The run that may begin now; None if there is none, or enough go on."""
        if not self._new or len(self._begun) >= 2 * self._most_going:
            return None
        if sum(not self._stands_still(run) for run in self._begun) >= self._most_going:
            return None
        return min(self._new, key=lambda run: run.rank)

    def _others_go_before(self, run: _Ticket) -> bool:
        if self._stands_still(run):
            return True
        waiting = (ticket for lane in self._between.values() for ticket in lane)
        return any(not self._stands_still(ticket) for ticket in waiting)

    def _serve(self) -> None:
        while True:
            with self._lock:
                ticket = self._next() if self._free > 0 else None
                if ticket is None:
                    return
                self._free -= 1
            ticket.start()

    def _next(self) -> _Ticket | None:
        if self._in_a_row < _QUICK_IN_A_ROW:
            return self._next_wish() or self._next_run()
        return self._next_run() or self._next_wish()

    def _next_wish(self) -> _Ticket | None:
        ticket = _taken(self._quick, lambda _: False)
        self._in_a_row += ticket is not None
        return ticket

    def _next_run(self) -> _Ticket | None:
        ticket = self._may_begin()
        if ticket is not None:
            self._new.remove(ticket)
            self._begun.append(ticket)
        else:
            ticket = _taken(self._between, self._stands_still)
        self._in_a_row = 0 if ticket is not None else self._in_a_row
        return ticket


def _taken(lane: _Lane, but: Callable[[_Ticket], bool]) -> _Ticket | None:
    """The first of the session whose turn it is; the session then goes to the end."""
    for session, tickets in list(lane.items()):
        while tickets and tickets[0].dropped:
            tickets.popleft()
        ticket = next((each for each in tickets if not but(each)), None)
        if ticket is not None:
            tickets.remove(ticket)
            lane.move_to_end(session)
        if not tickets:
            del lane[session]
        if ticket is not None:
            return ticket
    return None


class Jobs:
    """All computations of a server.

    Parameters
    ----------
    store
        Where results of long runs are kept.
    threads
        Computations at once, at least 1.
    most_seconds
        Seconds that one may take.
    """

    def __init__(self, store: Store, *, threads: int = 2, most_seconds: float = 600.0) -> None:
        self._store, self._most_seconds = store, most_seconds
        self.threads = threads
        self._turns = _Turns(threads)
        self._lock = threading.Lock()
        # A wish in here has not begun. Whoever takes it out, under the lock, settles it.
        self._wishes: dict[tuple[str, str], tuple[_Ticket, Future[Any]]] = {}
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self.listeners = 0

    async def latest(self, session: str, work: Callable[[], T], *, topic: str = "") -> T:
        """Do quick work in a thread; a newer wish of the same session and topic replaces it.

        Parameters
        ----------
        session
            Who asks (`session_of`).
        work
            What to do.
        topic
            What it is for: wishes of different topics do not replace each other.

        Returns
        -------
        object
            What `work` gave.

        Raises
        ------
        Superseded
            If a newer one took its place before it began.
        Problem
            408 if it took too long, 429 if too many wait.
        """
        if self._turns.waiting() >= _MOST_WAITING:
            raise Problem(429, "Too many requests wait.", valid="again in a moment")
        future: Future[T] = Future()
        wish = (session, topic)
        ticket = _Ticket(session, lambda: self._start_quick(work, future, wish))
        with self._lock:
            older = self._wishes.pop(wish, None)
            self._wishes[wish] = (ticket, future)
        if older is not None:
            older[0].dropped = True
            if older[1].set_running_or_notify_cancel():
                older[1].set_exception(Superseded())
        self._turns.wait(ticket, quick=True)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._most_seconds)
        except TimeoutError:
            raise Problem(
                408, "This took longer than the server allows.", valid="fewer worlds or years"
            ) from None
        finally:
            self._take_out(wish, future)

    def _take_out(self, wish: tuple[str, str], future: Future[Any]) -> bool:
        """Take a wish out of those that wait; whether it was still among them."""
        with self._lock:
            if self._wishes.get(wish, (None, None))[1] is not future:
                return False
            self._wishes.pop(wish)[0].dropped = True
            return True

    def _start_quick(self, work: Callable[[], T], future: Future[T], wish: tuple[str, str]) -> None:
        # It may have been superseded, or given up by whoever waited.
        if self._take_out(wish, future) and future.set_running_or_notify_cancel():
            self._thread(lambda: _settle(future, work))
        else:
            self._turns.give()

    def _thread(self, work: Callable[[], None], *, run: _Ticket | None = None) -> None:
        """Work in a thread of its own, whose place is given back however it ends."""

        def body() -> None:
            try:
                work()
            finally:
                self._turns.give(run=run)

        try:
            threading.Thread(target=body, name="tregua-work", daemon=True).start()
        except RuntimeError:  # no more threads
            body()

    def begin(self, session: str, work: Callable[[Tell], Any], *, key: str) -> Run:
        """Start a long run, or find the one that has this key already.

        Parameters
        ----------
        session
            Who asks.
        work
            What to do; it calls its `Tell` between parts, and gives a `Result`, a table, or
            anything that JSON has.
        key
            Under which the result is kept: a digest of everything that it depends on.

        Returns
        -------
        Run
            The run; "done" at once if its result is kept already.

        Raises
        ------
        Problem
            429 if too many runs wait.
        """
        kept = self._store.get(check_key(key)) is not None
        with self._lock:
            going = [run for run in self._runs.values() if not run.over]
            for run in going:
                if run.key == key and run.session == session:
                    return run
            run = Run(secrets.token_urlsafe(12), key, session)
            if kept:
                run._change(state="done", done=1, total=1)
            elif len(going) >= _MOST_RUNS or (
                sum(other.session == session for other in going) >= _MOST_RUNS_OF_A_SESSION
            ):
                raise Problem(429, "Too many runs wait.", valid="cancel one, or wait for it")
            self._remember(run)
            if not run.over:
                run._ticket = _Ticket(session, lambda: self._start_run(run, work))
        if run._ticket is not None:
            self._turns.wait(run._ticket, quick=False)
        return run

    def _start_run(self, run: Run, work: Callable[[Tell], Any]) -> None:
        self._thread(lambda: self._do(run, work), run=run._ticket)

    def _remember(self, run: Run) -> None:
        self._runs[run.id] = run
        ended = [known.id for known in self._runs.values() if known.over]
        for name in ended[: max(0, len(ended) - _REMEMBERED)]:
            del self._runs[name]

    def _do(self, run: Run, work: Callable[[Tell], Any]) -> None:
        """A run, in its thread."""
        run._change(state="running")
        tell = Tell(run, self._turns, time.monotonic() + self._most_seconds)
        try:
            tell._check()
            if self._store.get(run.key) is None:  # another session may have had it made meanwhile
                made = work(tell)
                if run._stop:
                    raise Cancelled
                self._keep(run.key, made)
        except Cancelled:
            run._change(state="cancelled")
        except BaseException as error:
            status, problems = complaints_of(error)
            if status >= 500:
                _log.exception("A run failed.")
            run._change(state="failed", problems=problems)
        else:
            run._change(state="done", done=run.total)

    def _keep(self, key: str, value: Any) -> None:
        result = value if isinstance(value, Result) else Result(value)
        if result.table is not None:
            self._store.put(key, table_bytes(result.table, "parquet"), "parquet")
        self._store.put(key, canonical(result.payload))

    def run(self, name: str) -> Run:
        """A run by its id.

        Parameters
        ----------
        name
            The id.

        Raises
        ------
        Problem
            404 if there is none.
        """
        with self._lock:
            found = self._runs.get(name)
        if found is None:
            raise Problem(404, "There is no such run.", where="id")
        return found

    def cancel(self, name: str) -> Run:
        """Cancel a run; it stops where it next tells how far it is, at once if it waits.

        Parameters
        ----------
        name
            The id.

        Raises
        ------
        Problem
            404 if there is none.
        """
        found = self.run(name)
        self._stop(found)
        return found

    def _stop(self, run: Run) -> None:
        run._stop = True
        if run.state == "waiting":
            run._change(state="cancelled")
        if run._ticket is not None:
            self._turns.leave(run._ticket)

    def listen(self) -> None:
        """Count a reader of events in; called where the server's own loop runs."""
        self.listeners += 1

    def unlisten(self) -> None:
        """Count a reader of events out."""
        self.listeners -= 1

    def close(self) -> None:
        """Ask every run to stop."""
        with self._lock:
            going = [run for run in self._runs.values() if not run.over]
        for run in going:
            self._stop(run)


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    """Do work and hand on what it gave or raised."""
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)
    except BaseException as error:  # a thread that was told to die takes only its own work along
        future.set_exception(RuntimeError(f"The computation was ended ({type(error).__name__})."))
