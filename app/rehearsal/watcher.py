"""Somebody who watches a sale over its socket, and repairs gaps as the page does."""

from __future__ import annotations

import threading
from typing import Any

import requests
import socketio


class Watcher:
    """Sees every bid: by message, or where one was missed by fetching what lies between."""

    def __init__(self, live_url: str, page_url: str, sale: str) -> None:
        self._page_url, self._sale = page_url.rstrip("/"), sale
        self._lock = threading.Lock()
        self._bids: dict[int, dict[str, Any]] = {}
        self._status = ""
        self.repairs = 0
        # The origin of the page that watches, as a browser names it.
        self._socket = socketio.Client(websocket_extra_options={"origin": self._page_url})
        self._socket.on("sale", self._told)
        self._socket.on("beat", self._heard_beat)
        self._socket.connect(
            live_url,
            auth={"sale": sale},
            transports=["websocket"],
            wait_timeout=10,
        )

    def close(self) -> None:
        self._socket.disconnect()

    @property
    def seen(self) -> list[int]:
        """The numbers of all bids seen, in order."""
        with self._lock:
            return sorted(self._bids)

    @property
    def status(self) -> str:
        return self._status

    def _told(self, message: dict[str, Any]) -> None:
        self._take(message)
        if self._has_gap(message["seq"]):
            self._repair()

    def _heard_beat(self, beat: dict[str, Any]) -> None:
        self._status = beat["status"]
        if self._has_gap(beat["seq"]):
            self._repair()

    def _take(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._status = message["status"]
            for bid in message["bids"]:
                self._bids[bid["seq"]] = bid

    def _has_gap(self, seq: int) -> bool:
        with self._lock:
            return len(self._bids) < seq

    def _repair(self) -> None:
        with self._lock:
            known = 0
            while known + 1 in self._bids:
                known += 1
        self.repairs += 1
        answer = requests.get(
            f"{self._page_url}/sales/{self._sale}/snapshot.json",
            params={"after": known},
            timeout=10,
        )
        answer.raise_for_status()
        self._take(answer.json())
