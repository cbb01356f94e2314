"""The one test account: its objects, its clocks, and the record of what was done for which key."""

import secrets
import string
import time
from typing import Any

from deploy.local.outside.stripe import webhook_plans
from deploy.local.outside.stripe.clocks import Clocks
from deploy.local.outside.stripe.refusals import no_such
from deploy.local.outside.stripe.store import Store

API_VERSION = "2026-10-28.endive"

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    drawn = (_LETTERS[byte % len(_LETTERS)] for byte in secrets.token_bytes(24))
    return f"{prefix}_{''.join(drawn)}"


class Account:
    def __init__(self, store: Store, public_url: str) -> None:
        self.store = store
        self.public_url = public_url.rstrip("/")
        self.clocks = Clocks(store)
        # Set while a request is served, so that effects and events can name their key.
        self.current_key: str | None = None
        self.current_request_id: str | None = None

    def now(self, thing: dict[str, Any] | None = None) -> int:
        """The time to stamp on `thing`: the real one, unless its metadata name a clock."""
        return self.clocks.now((thing or {}).get("metadata") or {})

    def get(self, kind: str, object_id: str, param: str = "id") -> dict[str, Any]:
        found = self.store.find(kind, object_id)
        if found is None:
            raise no_such(kind, object_id, param)
        return found

    def keep(self, thing: dict[str, Any]) -> dict[str, Any]:
        self.store.put(thing)
        return thing

    def note_effect(self, effect: str, object_id: str) -> None:
        """Effects are counted per key: two for one key would be a double payment (FAULT-F26)."""
        self.store.change(
            "INSERT INTO effects (key, effect, object_id) VALUES (?, ?, ?)",
            self.current_key,
            effect,
            object_id,
        )

    def emit(
        self, kind: str, thing: dict[str, Any], stamped_as: dict[str, Any] | None = None
    ) -> None:
        """Put an event on record, with the object as it is now, and plan its delivery."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "account": None,
            "api_version": API_VERSION,
            "context": None,
            "created": self.now(stamped_as or thing),
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1 if webhook_plans.endpoint(self.store) else 0,
            "request": {"id": self.current_request_id, "idempotency_key": self.current_key},
            "type": kind,
        }
        self.keep(event)
        webhook_plans.plan(self.store, event, time.time())

    def do_later(self, object_id: str, change: str, seconds: float) -> None:
        self.store.change(
            "INSERT OR REPLACE INTO later (object_id, change, due_at) VALUES (?, ?, ?)",
            object_id,
            change,
            time.time() + seconds,
        )
