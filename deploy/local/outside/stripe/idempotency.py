"""Idempotency keys, as Stripe documents them.

The first answer to a key is kept, good or bad, and given again. The same key with other parameters
is refused, as is a key whose first request is still being served. Parameters that were malformed
begin nothing, so they do not use the key up. Keys are forgotten after a day, as Stripe does.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from deploy.local.outside.stripe.refusals import StripeRefusal, invalid
from deploy.local.outside.stripe.store import Store

_KEPT_FOR_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    replayed: bool = False


class IdempotencyKeys:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_use: set[str] = set()
        self._guard = threading.Lock()

    @contextmanager
    def held(self, key: str | None) -> Iterator[None]:
        """Serve one request per key at a time; a second one is told to come again."""
        if key is None:
            yield
            return
        if not 1 <= len(key) <= 255:
            raise invalid("Idempotency-Key", "Idempotency keys can have up to 255 characters.")
        with self._guard:
            if key in self._in_use:
                raise StripeRefusal(
                    "There is currently another in-progress request using this Idempotent Key."
                    " Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._in_use.add(key)
        try:
            yield
        finally:
            with self._guard:
                self._in_use.discard(key)

    def earlier_answer(self, key: str | None, request: str) -> Answer | None:
        if key is None:
            return None
        row = self._store.row(
            "SELECT * FROM answers WHERE key = ? AND answered_at > ?",
            key,
            time.time() - _KEPT_FOR_SECONDS,
        )
        if row is None:
            return None
        if row["request"] != request:
            raise StripeRefusal(
                "Keys for idempotent requests can only be used with the same parameters they were"
                f" first used with. Try using a key other than '{key}' if you meant to execute"
                " a different request.",
                kind="idempotency_error",
            )
        return Answer(row["status"], json.loads(row["body"]), replayed=True)

    def keep(self, key: str | None, request: str, answer: Answer) -> None:
        if key is None:
            return
        self._store.change(
            "INSERT OR REPLACE INTO answers (key, request, status, body, answered_at)"
            " VALUES (?, ?, ?, ?, ?)",
            key,
            request,
            answer.status,
            json.dumps(answer.body, ensure_ascii=False),
            time.time(),
        )

    def forget(self, older_than_seconds: float) -> int:
        return self._store.change(
            "DELETE FROM answers WHERE answered_at <= ?", time.time() - older_than_seconds
        )


def fingerprint(method: str, path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The same request, however its parameters were ordered, has the same fingerprint."""
    text = json.dumps([method, path, sorted(pairs)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
