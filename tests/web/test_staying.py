"""How long a sign-in lasts, and the ways to stay: pages.md, section 2; WCAG 2.2.1; SEC-T6."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.world import World

SEEN = "UPDATE identity.sessions SET seen_at = clock_timestamp() - %s"
ASK, STAY = "/account/session.json", "/account/session"


def sql(world: World, statement: str, *values: Any) -> None:
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(statement, values)


def last_seen(world: World) -> timedelta:
    [(seen_at,)] = world.rows("SELECT seen_at FROM identity.sessions")
    return datetime.now(UTC) - seen_at


def test_asking_how_long_is_left_is_no_sign_of_life(world: World, client_for: Any) -> None:
    browser = client_for(world.person())
    sql(world, SEEN, timedelta(minutes=26))

    told = browser.get(ASK).json

    assert told["signed_in"] and told["can_stay"] and not told["held"]
    assert 200 < told["seconds"] <= 240
    assert last_seen(world) > timedelta(minutes=25)


def test_pressing_stay_gives_the_whole_time_again(world: World, client_for: Any) -> None:
    browser = client_for(world.person())
    sql(world, SEEN, timedelta(minutes=26))

    told = browser.post(STAY).json

    assert told["seconds"] == 30 * 60
    assert last_seen(world) < timedelta(minutes=1)


def test_nobody_stays_longer_than_twelve_hours_by_pressing(world: World, client_for: Any) -> None:
    browser = client_for(world.person())
    sql(world, "UPDATE identity.sessions SET expires_at = clock_timestamp() + interval '4 minutes'")

    told = browser.post(STAY).json

    assert told["seconds"] <= 240 and not told["can_stay"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_signed_out_is_told_so(world: World, client_for: Any, method: str) -> None:
    browser = client_for(world.person())
    sql(world, SEEN, timedelta(minutes=31))

    answer = getattr(browser, method)(
        ASK if method == "get" else STAY, headers={"Accept": "application/json"}
    )

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/time", "/sales/nothing/snapshot.json"])
def test_a_page_that_watches_by_itself_keeps_nobody_signed_in(
    world: World, client_for: Any, path: str
) -> None:
    browser = client_for(world.person())
    sql(world, SEEN, timedelta(minutes=20))

    browser.get(path)

    assert last_seen(world) > timedelta(minutes=19)


@pytest.mark.parametrize("over", ["seen_at", "expires_at"])
def test_with_a_deposit_on_a_closing_lot_nobody_is_signed_out(
    world: World, client_for: Any, over: str
) -> None:
    now, person = datetime.now(UTC), world.person()
    sale = world.sale(
        world.court(rehearsal_at=None),
        opens_at=now - timedelta(hours=24),
        closes_at=now + timedelta(minutes=10),
    )
    world.bidder(sale, "K7Q4", person_id=person)
    browser = client_for(person)
    sql(world, f"UPDATE identity.sessions SET {over} = clock_timestamp() - interval '1 hour'")

    told = browser.get(ASK).json

    assert told["signed_in"] and told["held"]
