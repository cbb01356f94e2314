"""How a sale stands, in the words of the live channel and of the snapshot: one source for both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol


class Standing(Protocol):
    """What is told of a sale's state: its row, or as many columns of it."""

    @property
    def is_sealed(self) -> bool: ...
    @property
    def status(self) -> str: ...
    @property
    def closes_at(self) -> datetime: ...
    @property
    def leader_code(self) -> str | None: ...
    @property
    def price(self) -> int | None: ...
    @property
    def accepted(self) -> int: ...
    @property
    def extensions(self) -> int: ...
    @property
    def last_at(self) -> datetime | None: ...


def public_message(
    public_id: str, state: Standing, bids: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Of a sealed sale that runs, only what the notice says, and how it is stayed."""
    shown = not state.is_sealed
    return {
        "sale": public_id,
        "seq": state.accepted if shown else 0,
        "bids": [_bid(bid) for bid in bids] if shown else [],
        "price_minor": state.price if shown else None,
        "leader": state.leader_code if shown else None,
        "closes_at": state.closes_at.isoformat(),
        "extensions": state.extensions if shown else 0,
        "status": state.status,
        "at": state.last_at.isoformat() if shown and state.last_at else None,
    }


def _bid(bid: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "seq": bid["seq"],
        "code": bid["code"],
        "rank": bid["rank"],
        "amount_minor": bid["amount"],
        "at": bid["at"].isoformat(),
        "closes_at": bid["closes_at"].isoformat(),
    }
