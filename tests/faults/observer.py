"""Somebody outside who only reads what is public, and keeps what they have seen.

Their clock, their connections and their memory are their own: they share no code with what they
watch.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.faults.histories import Checkpoint, History, Seen
from tests.faults.rig import get


@dataclass(slots=True)
class Observer:
    name: str
    sale: str
    ports: Sequence[int]
    history: History
    pause_s: float = 0.15
    captures: dict[str, bytes] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> Observer:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> Seen | None:
        """The last look, taken now."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(30)
        return self.look(self.ports[0])

    def _run(self) -> None:
        turn = 0
        while not self._over.wait(self.pause_s):
            # One clock, one door: who changes doors may see a bit less at the next one.
            self.look(self.ports[0])
            if turn % 4 == 0:
                self.keep_checkpoint(self.ports[turn // 4 % len(self.ports)])
            turn += 1

    def look(self, port: int) -> Seen | None:
        """The whole sale, as a page reads it: a long log comes in pieces."""
        at, bids = time.time(), list[dict[str, object]]()
        with suppress(OSError, http.client.HTTPException, ValueError, KeyError):
            while True:
                told = self._piece(port, bids[-1]["seq"] if bids else 0)
                bids += told["bids"]
                if not told["bids"] or bids[-1]["seq"] >= told["seq"]:
                    break
            seen = _seen(self.name, at, told | {"bids": bids})
            self.history.add(seen)
            return seen
        return None

    def _piece(self, port: int, after: object) -> dict[str, Any]:
        path = f"/sales/{self.sale}/snapshot.json?after={after}"
        status, content = get(port, path, timeout=6)
        if status != 200:
            raise ValueError(f"{path} was answered with {status}")
        self.captures[path] = content
        told: dict[str, Any] = json.loads(content)
        return told

    def keep_checkpoint(self, port: int) -> None:
        at = time.time()
        with suppress(OSError, http.client.HTTPException, ValueError, KeyError):
            status, content = get(port, f"/sales/{self.sale}/transcript.jsonl", timeout=6)
            lines = content.splitlines()
            if status == 200 and lines:
                self.captures["transcript"] = content
                last = json.loads(lines[-1])
                self.history.add(Checkpoint(self.name, at, last["n"], last["hash"]))


def _seen(by: str, at: float, told: dict[str, object]) -> Seen:
    bids = told["bids"]
    assert isinstance(bids, list)
    return Seen(
        by=by,
        at=at,
        seq=int(str(told["seq"])),
        price=told["price_minor"],  # type: ignore[arg-type]
        leader=told["leader"],  # type: ignore[arg-type]
        closes_at=str(told["closes_at"]),
        status=str(told["status"]),
        bids=tuple((bid["seq"], bid["code"], bid["amount_minor"]) for bid in bids),
    )
