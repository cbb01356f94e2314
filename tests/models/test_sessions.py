"""A session ends with its request, whatever became of its connection."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.db import Tenant, act_for
from app.extensions import db
from tests.world import World


def test_a_session_whose_server_was_killed_is_met_by_nobody_again(app: Flask, world: World) -> None:
    """Kept, it would read for the tenant of before in a later request of the same number."""
    act_for(Tenant(court_id=7))
    number = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    before = db.session()
    world.rows("SELECT pg_terminate_backend(%s)", number)

    db.session.remove()

    assert db.session() is not before
    assert db.session.execute(text("SELECT 1")).scalar_one() == 1
