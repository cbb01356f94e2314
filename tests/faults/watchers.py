"""Somebody who watches a sale through a socket, as a page does: messages, beats, gaps, repair."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import socketio

from tests.faults.rig import get


@dataclass(slots=True)
class Watcher:
    """Keeps the bids it was told of; where a number is missing it asks for what it missed."""

    sale: str
    live_port: int
    web_port: int
    repairs_gaps: bool = True
    # The pass of a bidder's page; without one it is a viewer's.
    written: str | None = None
    bids: dict[int, tuple[str, int]] = field(default_factory=dict)
    stepped_back: int = 0
    repaired: int = 0
    _told: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _client: Any = None
    # Every line it ever had: a client that was cut off leaves its line open.
    _lines: list[Any] = field(default_factory=list)

    def begin(self) -> Watcher:
        self._client = socketio.Client(
            reconnection_delay=0.2,
            reconnection_delay_max=1.2,
            # The header below is the only one.
            websocket_extra_options={"suppress_origin": True},
        )
        self._client.on("connect", lambda: self._lines.append(self._client.eio.ws))
        self._client.on("sale", self._heard)
        self._client.on("beat", self._felt)
        self._connect()
        return self

    def _connect(self) -> None:
        for _ in range(40):
            with suppress(socketio.exceptions.ConnectionError):
                self._client.connect(
                    f"http://127.0.0.1:{self.live_port}",
                    auth={"sale": self.sale, "pass": self.written},
                    headers={"Origin": "http://127.0.0.1"},
                    transports=["websocket"],
                    wait_timeout=5,
                )
                return
            time.sleep(0.25)
        raise AssertionError("a watcher was not let in")

    @property
    def is_connected(self) -> bool:
        return bool(self._client.connected)

    def stop(self) -> None:
        with suppress(Exception):
            self._client.disconnect()
            self._client.shutdown()
        for line in self._lines:
            with suppress(Exception):
                line.shutdown()

    def _felt(self, beat: dict[str, Any]) -> None:
        """How the sale stood half a second ago: it may be behind what was announced since."""
        self._heard(beat | {"seq": max(beat["seq"], self._told)})

    def _heard(self, told: dict[str, Any]) -> None:
        with self._lock:
            self._take(told.get("bids", []))
            self.stepped_back += told["seq"] < self._told
            self._told = max(self._told, told["seq"])
            is_gap = len(self.bids) < self._told
        if is_gap and self.repairs_gaps:
            self._repair()

    def _take(self, bids: list[dict[str, Any]]) -> None:
        for bid in bids:
            self.bids[bid["seq"]] = (bid["code"], bid["amount_minor"])

    def _repair(self) -> None:
        after = next(seq for seq in range(len(self.bids) + 1) if seq + 1 not in self.bids)
        with suppress(OSError, ValueError):
            path = f"/sales/{self.sale}/snapshot.json?after={after}"
            status, content = get(self.web_port, path)
            if status == 200:
                with self._lock:
                    self._take(json.loads(content)["bids"])
                    self.repaired += 1
