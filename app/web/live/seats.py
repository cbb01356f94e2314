"""Who may sit where, and how many: when it is full, viewers are turned away and bidders are not."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from engineio.exceptions import SocketIsClosedError
from engineio.packet import Packet as Envelope

from app.web.live.audience import Audience, Seat
from app.web.live.frames import Packet

# One bidder's tabs and telephones; a pass that was given away does not fill the house.
SOCKETS_OF_A_BIDDER = 8
# A page polls as often when it has no socket (static/js/live.js).
SECONDS_BETWEEN_POLLS = 3
SECONDS_TO_JOIN = 10.0
MOST_POLLED = 64


@dataclass(frozen=True, slots=True)
class Ticket:
    sale: str
    # Of a bidder, who of them; None for a viewer.
    holder: str | None


@dataclass(slots=True)
class Polled:
    """The seat of a socket without a web socket: Engine.IO keeps what it has not fetched."""

    socket: Any

    def deliver(self, packet: Packet) -> None:
        if self.socket.queue.qsize() > MOST_POLLED:
            self.socket.close(wait=False)
            return
        try:
            self.socket.send(Envelope(encoded_packet=packet.text))
        except SocketIsClosedError:
            return  # whoever closed it takes it out of the house


def way_out_of(socket: Any) -> Seat:
    """Of an Engine.IO socket: its line, or its queue where it polls."""
    line: Seat | None = getattr(socket, "line", None)
    return line or Polled(socket)


@dataclass(slots=True)
class House:
    """All audiences of this process."""

    most_viewers: int
    audiences: dict[str, Audience] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    viewers: int = 0
    tabs: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Sockets that have not said what they want to watch, and since when.
    at_the_door: dict[str, float] = field(default_factory=dict)

    def has_room_for(self, ticket: Ticket) -> bool:
        if ticket.holder is None:
            return self.viewers < self.most_viewers
        return self.tabs[ticket.sale, ticket.holder] < SOCKETS_OF_A_BIDDER

    def seat(self, socket_id: str, ticket: Ticket, way_out: Seat) -> None:
        self.at_the_door.pop(socket_id, None)
        self.tickets[socket_id] = ticket
        audience = self.audiences.setdefault(ticket.sale, Audience())
        if ticket.holder is None:
            audience.viewers[socket_id] = way_out
            self.viewers += 1
        else:
            audience.bidders[socket_id] = way_out
            self.tabs[ticket.sale, ticket.holder] += 1

    def leave(self, socket_id: str) -> None:
        self.at_the_door.pop(socket_id, None)
        ticket = self.tickets.pop(socket_id, None)
        if ticket is None:
            return
        audience = self.audiences[ticket.sale]
        if ticket.holder is None:
            del audience.viewers[socket_id]
            self.viewers -= 1
        else:
            del audience.bidders[socket_id]
            self._forget_tab(ticket.sale, ticket.holder)
        if audience.is_empty():
            del self.audiences[ticket.sale]

    def waiting_too_long(self) -> list[str]:
        before = time.monotonic() - SECONDS_TO_JOIN
        return [socket_id for socket_id, since in self.at_the_door.items() if since < before]

    def _forget_tab(self, sale: str, holder: str) -> None:
        self.tabs[sale, holder] -= 1
        if not self.tabs[sale, holder]:
            del self.tabs[sale, holder]
