"""One lot with its bidders, and everything that anybody ever bid on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.hot_lot.crowd import Crowd, Market, crowd_of
from bench.hot_lot.rows import Bidder, Lot
from bench.hot_lot.server import Running
from bench.platform import Platform


@dataclass(slots=True)
class Stage:
    platform: Platform
    folder: Path
    lot: Lot
    bidders: Sequence[Bidder]
    market: Market = field(default_factory=Market)
    crowds: list[Crowd] = field(default_factory=list)

    def crowd(self, webs: Sequence[Running], count: int) -> Crowd:
        ports = [web.port for web in webs]
        path = f"/bid/{self.lot.public_id}/bid"
        crowd = crowd_of(self.bidders[:count], ports, path, self.market)
        self.crowds.append(crowd)
        return crowd

    def compare_with_the_database(self) -> dict[str, Any]:
        """What was sent and what was answered, held against what the database says."""
        decided = self._decided()
        told = {key: won for crowd in self.crowds for key, won in crowd.acknowledged.items()}
        return {
            "bids_sent": sum(crowd.sent for crowd in self.crowds),
            "decisions_in_database": len(decided),
            "acknowledged": len(told),
            "acknowledged_and_lost": sum(decided.get(key) is not won for key, won in told.items()),
        }

    def _decided(self) -> dict[str, bool]:
        """Of each bid in this lot, whether it was accepted."""
        asked = text(
            "SELECT a.key, d.accepted FROM decisions d JOIN arrivals a ON a.id = d.arrival_id"
            " WHERE a.sale_id = :sale AND a.kind = 'bid'"
        )
        with self.platform.admin.connect() as connection:
            rows = connection.execute(asked, {"sale": self.lot.sale_id})
            return {str(key): accepted for key, accepted in rows}
