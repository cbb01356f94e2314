"""A court at its desk: the court stands in the address, its staff at the gate."""

from __future__ import annotations

from app.web.court import (
    after,
    cases,
    claims,
    clock,
    control,
    courts,
    desk,
    distribution,
    exclusions,
    finance,
    imported,
    lots,
    people,
    proxies,
    publishing,
    qualification,
    stopping,
    told,
)
from app.web.court.blueprint import bp

__all__ = [
    "after",
    "bp",
    "cases",
    "claims",
    "clock",
    "control",
    "courts",
    "desk",
    "distribution",
    "exclusions",
    "finance",
    "imported",
    "lots",
    "people",
    "proxies",
    "publishing",
    "qualification",
    "stopping",
    "told",
]
