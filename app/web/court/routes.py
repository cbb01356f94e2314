"""A court at its desk: the court stands in the address, its staff at the gate."""

from __future__ import annotations

from app.web.court import clock, courts, distribution, people
from app.web.court.blueprint import bp

__all__ = ["bp", "clock", "courts", "distribution", "people"]
