"""What goes wrong with the API itself: scripted failures before or after the work (FAULT-F26)."""

import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, jsonify

from deploy.local.outside.stripe.refusals import invalid
from deploy.local.outside.stripe.store import Store

_KINDS = ("status", "timeout", "cut", "slow")


@dataclass(frozen=True, slots=True)
class Fault:
    """The next `times` requests matching `match` fail, before or after the work was done.

    `status` answers an error, `timeout` answers nothing after `seconds`, `cut` drops the connection
    at once, `slow` answers rightly but late. An error `kept` under the idempotency key is given
    again to every retry, as Stripe does with its own 500s; one not kept is a broken proxy's.
    """

    kind: str
    when: str = "before"
    status: int = 500
    seconds: float = 60.0
    times: int = 1
    match: str = ""
    kept: bool = False


def read_fault(sent: dict[str, Any]) -> Fault:
    try:
        fault = Fault(**sent)
    except TypeError as unknown:
        raise invalid("fault", str(unknown)) from unknown
    if fault.kind not in _KINDS or fault.when not in ("before", "after"):
        raise invalid("fault", f"kind is one of {_KINDS}, when is before or after")
    re.compile(fault.match)
    return fault


class FaultScript:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, faults: list[Fault]) -> None:
        with self._store.transaction():
            self._store.set("faults", [*self.waiting(), *map(asdict, faults)])

    def waiting(self) -> list[dict[str, Any]]:
        return self._store.setting("faults", [])

    def clear(self) -> None:
        self._store.set("faults", [])

    def take(self, request: str) -> Fault | None:
        """The fault for this request ("POST /v1/refunds"), used up by one."""
        if not self.waiting():
            return None
        with self._store.transaction():
            waiting = [Fault(**fault) for fault in self.waiting()]
            for place, fault in enumerate(waiting):
                if re.search(fault.match, request):
                    left = Fault(**{**asdict(fault), "times": fault.times - 1})
                    waiting[place : place + 1] = [left] if left.times else []
                    self._store.set("faults", [asdict(fault) for fault in waiting])
                    return fault
        return None

    @property
    def latency_seconds(self) -> float:
        return float(self._store.setting("latency_ms", 0)) / 1000


def play(fault: Fault) -> Response:
    """The broken answer itself."""
    if fault.kind == "timeout":
        time.sleep(fault.seconds)
    if fault.kind == "status":
        return error_response(fault)
    return Response(_cut())


def error_response(fault: Fault) -> Response:
    response = jsonify(error_body(fault))
    response.status_code = fault.status
    return response


def error_body(fault: Fault) -> dict[str, Any]:
    kind = "rate_limit_error" if fault.status == 429 else "api_error"
    return {"error": {"type": kind, "message": "A fault that was asked for."}}


def _cut() -> Iterator[bytes]:
    # Raised before the first byte, it makes the server drop the connection without an answer.
    raise ConnectionResetError("a fault that was asked for")
    yield b""
