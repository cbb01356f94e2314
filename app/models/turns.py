"""Work that one process is to do now and then, however many of its kind are running.

A turn is taken by a conditional update, so nobody waits and no lock is held while the work is
done; if its taker dies, somebody takes the next turn.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import db
from app.models.columns import Moment

_TAKE = text("""
    INSERT INTO turns (name, next_at) VALUES (:name, clock_timestamp() + :pause)
    ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at
    WHERE turns.next_at <= clock_timestamp()
    RETURNING 1""")


class Turn(db.Model):
    """When a piece of work may be done again, in real time."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[Moment]


def take_turn(session: Session, name: str, seconds: float) -> bool:
    """Whether it is ours to do this now; nobody else's for so many seconds. The caller commits."""
    pause = timedelta(seconds=seconds)
    return session.execute(_TAKE, {"name": name, "pause": pause}).first() is not None
