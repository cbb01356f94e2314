"""The desk of one web process: a loop that journals, and a loop per busy sale that decides.

Journalling has a connection of its own and never waits for a decision: with one loop for both, a
lock held across the end made bids late that were in time (architecture.md). Any process may
decide for any sale; whoever asks reads the answer to its own arrival, whoever gave it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.models.journal import (
    BATCH,
    Decided,
    Entered,
    Entry,
    decided_by,
    enter_arrivals,
    find_decisions,
    find_undecided,
)
from app.services.bidding.drain import drain

log = logging.getLogger(__name__)

# One journal statement carries at most so many arrivals.
_MOST_AT_ONCE = 256
_NO_SALE = 0

# A statement on its way ends by its own time limit; whoever closes waits for it, or its
# connection would be lost without being given back.
_SECONDS_TO_FINISH = 10.0


class Unreachable(Exception):
    """There was no answer in time, or the loop failed and wrote down why. Whether the arrival
    exists is unknown: ask again."""


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    done: Future[Entered] = field(default_factory=Future)


class Desk:
    """Takes arrivals to the journal and brings their decisions back."""

    def __init__(
        self,
        journal: Engine,
        decider: Engine,
        announce: Callable[[dict[str, Any]], None],
        seconds_to_wait: float = 5.0,
    ) -> None:
        self._journal = journal
        self._decider = decider
        self._announce = announce
        self._patience = seconds_to_wait
        self._incoming: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._journalling: threading.Thread | None = None
        # Sales being decided here; True when something came in since the loop last looked.
        self._busy: dict[int, bool] = {}
        self._deciding: set[threading.Thread] = set()
        self._asked: dict[int, dict[int, Future[Decided]]] = {}

    def close(self) -> None:
        """Finish what is under way and give the connections back."""
        if self._journalling is not None:
            self._incoming.put(None)
            self._journalling.join(_SECONDS_TO_FINISH)
        for thread in list(self._deciding):
            thread.join(_SECONDS_TO_FINISH)
        self._journal.dispose()
        self._decider.dispose()

    def warm_up(self) -> None:
        """Open the connections and put the questions once, about nothing: whoever bids first in
        this process would wait for that, and everybody who came meanwhile as well."""
        with self._journal.begin() as connection:
            enter_arrivals(connection, [])
        with Session(self._decider) as session:
            drain(session, _NO_SALE)
            find_undecided(session, _NO_SALE, 0)
            find_decisions(session, [])

    def enter(self, entry: Entry) -> Entered:
        """Journal `entry`; it exists once this returns. Raises `Unreachable`."""
        waiting = _Waiting(entry)
        self._incoming.put(waiting)
        try:
            self._ensure_journalling()
            return waiting.done.result(self._patience)
        except Exception as lost:
            _warn_of_loss("journalling", entry.sale_id, lost)
            raise Unreachable from lost
        finally:
            # Whoever gave up, or was given up, is told that nothing is sent later: what still waits
            # here is dropped. What was journalled cannot be.
            waiting.done.cancel()

    def decision(self, sale_id: int, arrival_id: int) -> Decided:
        """The decision on an arrival, made now if nobody has. Raises `Unreachable`."""
        future: Future[Decided] = Future()
        with self._lock:
            future = self._asked.setdefault(sale_id, {}).setdefault(arrival_id, future)
        try:
            self._wake(sale_id)
            return future.result(self._patience)
        except Exception as lost:
            _warn_of_loss("deciding", sale_id, lost)
            with self._lock:
                self._asked.get(sale_id, {}).pop(arrival_id, None)
            raise Unreachable from lost

    def _ensure_journalling(self) -> None:
        with self._lock:
            if self._journalling is None or not self._journalling.is_alive():
                self._journalling = threading.Thread(
                    target=self._run_journal, daemon=True, name="journal"
                )
                self._journalling.start()

    def _run_journal(self) -> None:
        while batch := self._take():
            batch = [waiting for waiting in batch if waiting.done.set_running_or_notify_cancel()]
            if not batch:
                continue
            try:
                with self._journal.begin() as connection:
                    entered = enter_arrivals(connection, [waiting.entry for waiting in batch])
            except Exception as failure:
                log.warning("journalling %d arrivals failed", len(batch), exc_info=True)
                for waiting in batch:
                    waiting.done.set_exception(failure)
                continue
            for waiting, arrival in zip(batch, entered, strict=True):
                waiting.done.set_result(arrival)

    def _take(self) -> list[_Waiting]:
        """Everything that waits, at least one; nothing when the desk is closed."""
        batch = []
        following = self._incoming.get()
        while following is not None:
            batch.append(following)
            if len(batch) == _MOST_AT_ONCE or self._incoming.empty():
                break
            following = self._incoming.get()
            if following is None:
                # The desk is closing: what was taken is journalled first.
                self._incoming.put(None)
        return batch

    def _wake(self, sale_id: int) -> None:
        with self._lock:
            if sale_id in self._busy:
                self._busy[sale_id] = True
                return
            self._busy[sale_id] = False
            thread = threading.Thread(
                target=self._run_drain, args=(sale_id,), daemon=True, name=f"drain-{sale_id}"
            )
            self._deciding.add(thread)
        try:
            thread.start()
        except Exception as failure:
            # No thread to be had (FAULT-F38): nobody decides here, and the next to ask tries anew.
            with self._lock:
                del self._busy[sale_id]
                self._deciding.discard(thread)
                asked = self._asked.pop(sale_id, {})
            _tell_failure(asked, failure)
            raise

    def _run_drain(self, sale_id: int) -> None:
        while True:
            try:
                self._drain_once(sale_id)
            except Exception as failure:
                log.warning("deciding for sale %d failed", sale_id, exc_info=True)
                self._fail(sale_id, failure)
            with self._lock:
                if not self._busy[sale_id]:
                    del self._busy[sale_id]
                    self._deciding.discard(threading.current_thread())
                    return
                self._busy[sale_id] = False

    def _drain_once(self, sale_id: int) -> None:
        count = BATCH
        while count == BATCH:
            with self._lock:
                asked = set(self._asked.get(sale_id, ()))
            with Session(self._decider, expire_on_commit=False) as session:
                drained = drain(session, sale_id)
                session.commit()
            # Answered first: who watches waits for who bids.
            self._answer(sale_id, {one["arrival_id"]: one for one in drained.decisions}, asked)
            if drained.message is not None:
                self._announce(drained.message)
            count = drained.count

    def _answer(self, sale_id: int, made: dict[int, dict[str, Any]], asked: set[int]) -> None:
        """Tell those who wait. Who asked before this drain and is not among the decisions that it
        made was answered by another process, or long ago: that is read."""
        elsewhere = asked - made.keys()
        found = {}
        if elsewhere:
            with Session(self._decider) as session:
                found = find_decisions(session, list(elsewhere))
        with self._lock:
            waiting = self._asked.get(sale_id, {})
            told = [
                (waiting.pop(arrival_id), found.get(arrival_id) or decided_by(made[arrival_id]))
                for arrival_id in list(waiting)
                if arrival_id in made or arrival_id in found
            ]
            if not waiting:
                self._asked.pop(sale_id, None)
        for future, decision in told:
            future.set_result(decision)

    def _fail(self, sale_id: int, failure: Exception) -> None:
        with self._lock:
            asked = self._asked.pop(sale_id, {})
        _tell_failure(asked, failure)


def _tell_failure(asked: dict[int, Future[Decided]], failure: Exception) -> None:
    for future in asked.values():
        future.set_exception(failure)


def _warn_of_loss(what: str, sale_id: int, lost: Exception) -> None:
    """Which sale and what kind of failure; nothing of the entry, which is somebody's."""
    log.warning("%s for sale %d gave no answer: %s", what, sale_id, type(lost).__name__)
