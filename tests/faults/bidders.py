"""Bidders over real HTTP, each with a browser's session, who write down what they were told."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from flask.json.tag import TaggedJSONSerializer
from itsdangerous import URLSafeTimedSerializer

from tests.faults.histories import Asked, History, Kind
from tests.faults.rig import Rig

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TERMS = "0" * 64
# Longer than any deadline inside the platform: what is not answered by then is stuck.
SECONDS_TO_ANSWER = 12.0


@dataclass(slots=True)
class Bidder:
    code: str
    sale: str
    cookie: str
    token: str
    # The port of the web process that this bidder's connections reach.
    port: int
    history: History
    seconds_to_answer: float = SECONDS_TO_ANSWER

    def bid(self, amount: int, *, key: str | None = None, port: int | None = None) -> Asked:
        """One request; its answer is in the history when this returns."""
        key = key or str(uuid.uuid4())
        began = time.time()
        try:
            status, answer = self._post(amount, key, port or self.port)
        except (OSError, http.client.HTTPException, ValueError):
            asked = Asked(self.code, key, amount, began, time.time(), Kind.UNKNOWN)
        else:
            asked = _read(self.code, key, amount, began, status, answer)
        self.history.add(asked)
        return asked

    def ask_until_known(
        self,
        amount: int,
        *,
        key: str | None = None,
        ports: Sequence[int] = (),
        seconds: float = 40,
        pause: float = 0.2,
    ) -> Asked:
        """Bid, and where nobody can say, ask again with the same key, elsewhere if need be."""
        key, deadline, turn = key or str(uuid.uuid4()), time.monotonic() + seconds, 0
        ports = ports or (self.port,)
        while True:
            asked = self.bid(amount, key=key, port=ports[turn % len(ports)])
            if asked.kind is not Kind.UNKNOWN or time.monotonic() > deadline:
                return asked
            turn += 1
            time.sleep(pause)

    def _post(self, amount: int, key: str, port: int) -> tuple[int, dict[str, Any]]:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=self.seconds_to_answer)
        try:
            content = {"amount": amount, "key": key, "terms_hash": TERMS}
            asking.request(
                "POST",
                f"/bid/{self.sale}/bid",
                json.dumps(content),
                {
                    "Host": "127.0.0.1",
                    "User-Agent": AGENT,
                    "Cookie": f"luochui={self.cookie}",
                    "Content-Type": "application/json",
                    "X-CSRFToken": self.token,
                    "Accept": "application/json",
                },
            )
            answer = asking.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            asking.close()


def _read(
    code: str, key: str, amount: int, began: float, status: int, answer: dict[str, Any]
) -> Asked:
    ended = time.time()
    if status == 202 or status >= 500:
        return Asked(code, key, amount, began, ended, Kind.UNKNOWN, reason=str(status))
    accepted = answer.get("accepted") is True
    return Asked(
        code,
        key,
        amount,
        began,
        ended,
        Kind.OK if accepted else Kind.FAIL,
        entered=answer.get("entered", True),
        seq=answer.get("seq"),
        arrived_at=answer.get("arrived_at"),
        closes_at=answer.get("closes_at"),
        reason=answer.get("reason"),
    )


def signed_in(rig: Rig, person_id: int) -> tuple[str, str]:
    """The cookie and the form token of somebody with a password and a second factor."""
    cookie, form = secrets.token_urlsafe(32), secrets.token_hex(20)
    [(name,)] = rig.sql("SELECT fs_uniquifier FROM identity.people WHERE id = %s", person_id)
    now = datetime.now(UTC)
    content = {
        "_fresh": True,
        "_user_id": name,
        "fs_paa": now.timestamp(),
        "second_factor_at": now,
        "second_factor_by": "app",
        "csrf_token": form,
    }
    rig.run_sql(
        "INSERT INTO identity.sessions (id_hash, person_id, content, agent_class, seen_at,"
        " expires_at) VALUES (%s, %s, %s, 'Firefox, Linux', %s, %s)",
        hashlib.sha256(cookie.encode()).digest(),
        person_id,
        TaggedJSONSerializer().dumps(content),
        now,
        now + timedelta(hours=11),
    )
    token = URLSafeTimedSerializer(rig.keys["SECRET_KEY"], salt="wtf-csrf-token").dumps(form)
    return cookie, str(token)


@dataclass(slots=True)
class Crowd:
    """Bidders who all bid at once, half of them at prices that are stale when they arrive."""

    bidders: Sequence[Bidder]
    ports: Sequence[int]
    start: int
    step: int
    seed: int = 1
    pause_s: float = 0.02
    asks_again: bool = True
    _price: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self, until: Callable[[], bool] = lambda: False) -> Crowd:
        self._price = self.start - self.step
        for number, bidder in enumerate(self.bidders):
            random = Random(f"{self.seed} {number}")
            thread = threading.Thread(target=self._run, args=(bidder, random, until), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def stop(self, seconds: float = 60) -> None:
        """No new bids; what is unknown is still asked for."""
        self._over.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        stuck = [thread.name for thread in self._threads if thread.is_alive()]
        assert not stuck, f"{len(stuck)} bidders still wait for an answer"

    def _run(self, bidder: Bidder, random: Random, until: Callable[[], bool]) -> None:
        while not self._over.is_set() and not until():
            ports = list(self.ports)
            random.shuffle(ports)
            amount = self._price + self.step * random.choice((0, 1, 1, 2))
            amount = max(amount, self.start)
            if self.asks_again:
                asked = bidder.ask_until_known(amount, ports=ports)
            else:
                asked = bidder.bid(amount, port=ports[0])
            if asked.kind is Kind.OK:
                self._price = max(self._price, amount)
            elif asked.reason in ("closed", "suspended"):
                self._over.wait(0.1)
            self._over.wait(random.random() * 2 * self.pause_s)


def looks(get: Callable[[], Any]) -> Any:
    with suppress(OSError, http.client.HTTPException, ValueError):
        return get()
    return None
