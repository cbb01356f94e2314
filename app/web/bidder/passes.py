"""Who was let through to bid a moment ago, so that nobody is asked everything at every bid.

A pass is what the whole application found out about one request: that its session is alive and
has its second step, that its token is right and that it comes from our own page. A later request
that is the same in everything the application looked at, the bid apart, goes through on it.

What can change meanwhile is asked of the database anew, for all passes in one statement, by
whoever comes first in a second. So a session that is ended anywhere, an account that is closed or
a session whose content changed bids for two seconds at most (`SECONDS_TO_TRUST`); one that is
ended in this process is forgotten at once. Whether a registration may bid is no part of a pass:
the drain reads that from its row at every decision.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine

from app.models.session_rows import keep_sessions_awake
from app.queries.bidder import FrozenTerms
from app.web.bidder.wording import Wording

SECONDS_TO_TRUST = 2.0
_SECONDS_TO_ASK_AGAIN = 1.0
# For the answer to another's question.
_SECONDS_TO_WAIT = 1.0
_SECONDS_UNUSED = 60.0
_MOST_REMEMBERED = 20_000


@dataclass(slots=True)
class Pass:
    """One bidder in one sale. `session` and `version` name the row it rests on, as it was read."""

    session: bytes
    version: str
    terms: FrozenTerms
    registration_id: int
    receipts: str
    wording: Wording
    confirmed_at: float
    used_at: float
    headers: list[tuple[str, str]] = field(default_factory=list)


class Passes:
    """The passes of one process, by the fingerprint of the request that earned them."""

    def __init__(
        self, engine: Engine, touch_every: timedelta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._touch_every = touch_every
        self.now = clock
        self._held: dict[bytes, Pass] = {}
        self._asked_at = clock()
        self._asking = threading.Lock()

    def keep(self, fingerprint: bytes, earned: Pass) -> None:
        if len(self._held) >= _MOST_REMEMBERED:
            self._held.clear()
        self._held[fingerprint] = earned

    def find(self, fingerprint: bytes, now: float) -> Pass | None:
        """The pass under `fingerprint` if it is good at `now`."""
        found = self._held.get(fingerprint)
        if found is None:
            return None
        found.used_at = now
        if now - self._asked_at > _SECONDS_TO_ASK_AGAIN:
            self._ask_or_wait(found, now)
            found = self._held.get(fingerprint)
        return found if found is not None and _is_trusted(found, now) else None

    def _ask_or_wait(self, found: Pass, now: float) -> None:
        """Ask, or wait for whoever asks already: on the long way one would cost the process forty
        times as much, and the answer to all would come later still."""
        if self._asking.acquire(blocking=False):
            try:
                self._confirm(now)
            finally:
                self._asking.release()
        elif not _is_trusted(found, now) and self._asking.acquire(timeout=_SECONDS_TO_WAIT):
            self._asking.release()

    def forget(self, session: bytes) -> None:
        """A session was ended or renewed here."""
        held = [mark for mark, one in list(self._held.items()) if one.session == session]
        for mark in held:
            self._held.pop(mark, None)

    def _confirm(self, now: float) -> None:
        held = {
            mark: one
            for mark, one in list(self._held.items())
            if now - one.used_at < _SECONDS_UNUSED
        }
        good = self._ask(list(held.values()))
        for mark, one in list(self._held.items()):
            if (one.session, one.version) in good:
                one.confirmed_at = now
            elif mark in held or now - one.used_at >= _SECONDS_UNUSED:
                del self._held[mark]
        self._asked_at = now

    def _ask(self, held: Sequence[Pass]) -> set[tuple[bytes, str]]:
        with self._engine.begin() as connection:
            sessions = [(one.session, one.version) for one in held]
            return keep_sessions_awake(connection, sessions, self._touch_every)


def _is_trusted(one: Pass, now: float) -> bool:
    return now - one.confirmed_at < SECONDS_TO_TRUST
