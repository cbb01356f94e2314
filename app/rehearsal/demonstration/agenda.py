"""What is to be done in one court, each at its legal moment: the clock only moves forward."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from app.rehearsal.founding import Staff
from app.rehearsal.listing import hold_clock

Act = Callable[[], None]


class AskedToEnd(Exception):
    """Somebody stops the demonstration; what is half done goes on at the next start."""


class Agenda:
    def __init__(self, staff: Staff, stop: threading.Event) -> None:
        self._staff, self._stop = staff, stop
        self._due: list[tuple[datetime, int, Act]] = []

    def add(self, at: datetime, act: Act) -> None:
        """Acts of the same moment keep their order."""
        self._due.append((at, len(self._due), act))

    def carry_out(self) -> None:
        """Hold the court's clock at each moment in turn, and do what is due then."""
        held_at: datetime | None = None
        for at, _number, act in sorted(self._due, key=lambda each: each[:2]):
            if self._stop.is_set():
                raise AskedToEnd
            if at != held_at:
                hold_clock(self._staff, at)
                held_at = at
            act()
        self._due.clear()
