"""The few kinds of column that the tables are made of."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

# Crockford's letters: no I, L, O, U, so that an id can be read aloud and typed again.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_public_id() -> str:
    """Ten random letters: the only id of a thing that leaves the platform (INV-P4)."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in secrets.token_bytes(10))


Pk = Annotated[int, mapped_column(BigInteger, primary_key=True)]
PublicId = Annotated[str, mapped_column(String(16), unique=True, default=new_public_id)]
Minor = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
# Real time of writing, by the database's clock: for people and audits, never for a decision.
Written = Annotated[
    datetime,
    mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()")),
]
Document = Annotated[dict[str, object], mapped_column(JSONB)]


def court_key() -> ForeignKey:
    return ForeignKey("courts.id")


def person_key() -> ForeignKey:
    return ForeignKey("identity.people.id")


def one_of(column: str, *values: str) -> CheckConstraint:
    """`CHECK (column IN (…))`, named after the column."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
