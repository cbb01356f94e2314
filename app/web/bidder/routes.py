"""A bidder: before, during and after a sale; everything here is their own."""

from __future__ import annotations

from app.web.bidder import (
    bid,
    deposit,
    joint,
    lots,
    messages,
    money_receipt,
    prepare,
    receipts,
    room,
    won,
)
from app.web.bidder.blueprint import bp

__all__ = [
    "bid",
    "bp",
    "deposit",
    "joint",
    "lots",
    "messages",
    "money_receipt",
    "prepare",
    "receipts",
    "room",
    "won",
]
