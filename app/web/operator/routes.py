"""The operator of the platform: queues, balances, clock; never a name, never a bid."""

from __future__ import annotations

from app.web.operator import balance, courts, overview, queues, reconciliation
from app.web.operator.blueprint import bp

__all__ = ["balance", "bp", "courts", "overview", "queues", "reconciliation"]
