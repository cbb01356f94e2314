"""The tables, and the few functions between rows and the engine's values."""

from app.models import (
    bidding,
    cases,
    courts,
    imports,
    ledger,
    money,
    objections,
    people,
    plans,
    pricing,
    qualification,
    records,
    rounds,
    sales,
    statements,
    stopping,
)

__all__ = [
    "bidding",
    "cases",
    "courts",
    "imports",
    "ledger",
    "money",
    "objections",
    "people",
    "plans",
    "pricing",
    "qualification",
    "records",
    "rounds",
    "sales",
    "statements",
    "stopping",
]
