"""Carries signed webhooks to the platform, and comes again when nobody took them."""

import http.client
import json
import sqlite3
import threading
import time
from urllib.parse import urlsplit

from stripe import WebhookSignature

from deploy.local.outside.stripe import webhook_plans
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.later import do_what_is_due

_PAUSE_SECONDS = 0.05
_PATIENCE_SECONDS = 10


class Courier(threading.Thread):
    """One thread, one delivery at a time, so that the order asked for is the order delivered."""

    def __init__(self, account: Account) -> None:
        super().__init__(name="stripe-courier", daemon=True)
        self._account = account
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        self.join(_PATIENCE_SECONDS + 1)

    def run(self) -> None:
        ticks = 0
        while not self._stopped.is_set():
            if ticks % 10 == 0:
                do_what_is_due(self._account)
            ticks += 1
            if not self.deliver_next():
                self._stopped.wait(_PAUSE_SECONDS)

    def deliver_next(self) -> bool:
        """Deliver what is most due; whether there was anything."""
        store = self._account.store
        due = store.row(
            "SELECT * FROM deliveries WHERE state = 'due' AND due_at <= ?"
            " ORDER BY due_at, rank, seq LIMIT 1",
            time.time(),
        )
        endpoint = webhook_plans.endpoint(store)
        if due is None or endpoint is None:
            return False
        event = store.find("event", due["event_id"])
        answer = _post(endpoint, json.dumps(event, ensure_ascii=False, indent=2))
        self._note(due, answer, endpoint["retry_seconds"])
        return True

    def _note(self, due: sqlite3.Row, answer: str, retry_seconds: list[float]) -> None:
        state, due_at = "delivered", due["due_at"]
        if not answer.startswith("2"):
            again = due["attempts"] < len(retry_seconds)
            state = "due" if again else "given up"
            due_at = time.time() + (retry_seconds[due["attempts"]] if again else 0)
        self._account.store.change(
            "UPDATE deliveries SET state = ?, due_at = ?, attempts = attempts + 1, last_answer = ?"
            " WHERE seq = ?",
            state,
            due_at,
            answer,
            due["seq"],
        )


def _post(endpoint: dict[str, str], body: str) -> str:
    """The status the receiver gave, or why there is none."""
    target = urlsplit(endpoint["url"])
    connection = http.client.HTTPConnection(
        target.hostname or "", target.port or 80, timeout=_PATIENCE_SECONDS
    )
    signature = WebhookSignature.generate_signature_header(body, endpoint["secret"])
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        connection.request("POST", target.path or "/", body.encode(), headers)
        return str(connection.getresponse().status)
    except OSError as failure:
        return f"no answer: {failure}"
    except http.client.HTTPException as failure:
        return f"no answer: {type(failure).__name__}"
    finally:
        connection.close()
