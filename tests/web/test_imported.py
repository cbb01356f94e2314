"""A court sees the listings that were imported for it, and what each lacks."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.db import Tenant, act_for
from app.extensions import db
from app.services.importing.take import take_listings
from tests.services.test_importing import a_row, as_json
from tests.staff import appoint
from tests.world import World


def test_a_draft_is_shown_to_its_court_and_to_no_other(
    app: Flask, world: World, client_for: Any
) -> None:
    ours, theirs = world.court(), world.court()
    name = world.rows("SELECT name_zh FROM courts WHERE id = %s", ours)[0][0]
    act_for(Tenant(is_operator=True))
    take_listings(as_json(a_row(court=name)))
    db.session.remove()

    pages = [
        client_for(_clerk(world, court)).get(f"/court/{_public_id(world, court)}/imported").text
        for court in (ours, theirs)
    ]

    assert "港湾花园" in pages[0] and "¥700,000.00" in pages[0] and "Case number" in pages[0]
    assert "港湾花园" not in pages[1]


def _public_id(world: World, court: int) -> str:
    return str(world.rows("SELECT public_id FROM courts WHERE id = %s", court)[0][0])


def _clerk(world: World, court: int) -> int:
    return appoint(world, court, world.person("Clerk"), "clerk")
