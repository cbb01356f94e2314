"""How many bidders of each sale can hear this process; never who they are (FAULT-F41)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

from app.web.live.seats import House

# Engine.IO lets go of whoever has not answered for ten seconds; whoever has not for so many is not
# counted any more.
SECONDS_TO_ANSWER = 4.0


def process_name() -> str:
    """Its own among the live processes of all machines."""
    return f"live-{socket.gethostname()[:20]}-{os.getpid()}"


def bidders_here(house: House, sockets: Mapping[str, Any], now: float) -> dict[str, int]:
    """By sale, how many bidders have at least one socket that answers; a bidder counts once."""
    return {
        sale: len(
            {
                house.tickets[socket_id].holder
                for socket_id in list(audience.bidders)
                if socket_id in house.tickets and _answers(sockets.get(socket_id), now)
            }
        )
        for sale, audience in list(house.audiences.items())
        if audience.bidders
    }


def _answers(its_socket: Any, now: float) -> bool:
    if its_socket is None or its_socket.closed:
        return False
    # When it was asked, as long as it has not answered.
    asked_at = its_socket.last_ping
    return asked_at is None or now - asked_at < SECONDS_TO_ANSWER
