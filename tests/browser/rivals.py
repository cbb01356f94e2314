"""The other side of a sale, without a browser: rivals who bid, and the end that comes."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import create_engine

from app.db import engine_options
from app.gateways.announcer import CHANNEL
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.services.bidding import sweeps
from app.services.bidding.drain import drain
from tests.world import World


@dataclass
class Rivals:
    """Everybody else in the sale. What they do is announced as the deciders announce it."""

    world: World
    sale_id: int
    registrations: dict[str, int] = field(default_factory=dict)

    def bid(self, code: str, amount: int) -> None:
        if code not in self.registrations:
            self.registrations[code] = self.world.bidder(self.sale_id, code)
        entry = Entry(
            self.sale_id,
            "bid",
            uuid.uuid4(),
            registration_id=self.registrations[code],
            amount=amount,
        )
        with self.world.session() as session:
            enter_arrivals(session, [entry])
            drained = drain(session, self.sale_id)
            session.commit()
        self.announce(drained.message)

    def registration_of(self, code: str) -> int:
        """Somebody's who is in the sale already: they bid from another device."""
        asked = "SELECT id FROM registrations WHERE sale_id = %s AND code = %s"
        [(found,)] = self.world.rows(asked, self.sale_id, code)
        return int(found)

    def announce(self, message: dict[str, Any] | None) -> None:
        if message is not None:
            self.world.rows("SELECT pg_notify(%s, %s) IS NULL", CHANNEL, json.dumps(message))

    def end_in(self, left: timedelta) -> None:
        """Bring the end near; the next beat tells the pages."""
        self.world.rows(
            "UPDATE sale_states SET closes_at = clock_timestamp() + %s WHERE sale_id = %s"
            " RETURNING sale_id",
            left,
            self.sale_id,
        )

    def close(self, closer_url: str) -> None:
        """Let the scheduler write the end down."""
        opener = Opener(self.world.settings["ENVELOPE_PRIVATE_KEY"])
        engine = create_engine(closer_url, **engine_options("closer"))
        sweeps.close_due(engine, self.announce, opener.open)
        engine.dispose()
