"""Who hears of one sale: its bidders, who hear everything at once, and its viewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.gateways.announcer import merged
from app.web.live.frames import Packet, packet

# More bids than these in one message are left out of it: their place in `seq` shows that they
# are missing, and the page fetches them from the snapshot.
MOST_BIDS_AT_ONCE = 100


class Seat(Protocol):
    """A way out to one socket that never waits."""

    def deliver(self, packet: Packet) -> None: ...


@dataclass(slots=True)
class Pending:
    """What viewers have not heard yet: the merged state of the sale, and the newest beat."""

    update: Mapping[str, Any] | None = None
    beat: Packet | None = None
    beat_seq: int = 0
    # Encoded already where nothing was merged into it.
    ready: Packet | None = None

    def add(self, event: str, message: Mapping[str, Any], encoded: Packet) -> None:
        if event == "beat":
            self.beat, self.beat_seq = encoded, message["seq"]
            return
        if message["seq"] > self.beat_seq:
            # Behind this update it would be a step back.
            self.beat = None
        if self.update is None:
            self.update, self.ready = message, encoded
        else:
            self.update, self.ready = merged(self.update, message), None

    def packets(self) -> list[Packet]:
        """The update goes first: a beat that knows more would send every page for the snapshot."""
        update = self.ready
        if update is None and self.update is not None:
            bids = self.update["bids"]
            fitting = bids if len(bids) <= MOST_BIDS_AT_ONCE else []
            update = packet("sale", {**self.update, "bids": fitting})
        return [one for one in (update, self.beat) if one is not None]


@dataclass(slots=True)
class Audience:
    bidders: dict[str, Seat] = field(default_factory=dict)
    viewers: dict[str, Seat] = field(default_factory=dict)
    pending: Pending = field(default_factory=Pending)
    # The newest `seq` that was told here; None until something was.
    told: int | None = None

    def tell(self, event: str, message: Mapping[str, Any]) -> None:
        """Bidders hear it now; for viewers it is put with what they have not heard."""
        encoded = packet(event, message)
        # Announcements overtake each other; a step back tells nobody anything. Only where the newer
        # one still waits does an older one add the bids that it lacks.
        is_late = event != "beat" and message["seq"] < (self.told or 0)
        if not is_late:
            for seat in list(self.bidders.values()):
                seat.deliver(encoded)
        if self.viewers and (self.pending.update is not None or not is_late):
            self.pending.add(event, message, encoded)
        if event != "beat":
            self.told = max(self.told or 0, message["seq"])

    def take_pending(self) -> list[Packet]:
        pending, self.pending = self.pending, Pending()
        return pending.packets()

    def is_empty(self) -> bool:
        return not self.bidders and not self.viewers
