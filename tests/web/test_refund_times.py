"""Everybody may see how fast a court gives deposits back, and nobody in particular (RULE-H3)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.db import engine_for
from app.queries.refund_times import RefundTimes, refund_times
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)


def test_half_and_nearly_all_of_a_courts_deposits_are_told_with_their_number(
    app: Flask, world: World
) -> None:
    _gave_back(world, [1 * MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE, 90 * MINUTE])

    (one,) = _shown()

    assert (one.refunds, one.median, one.nearly_all) == (5, 3 * MINUTE, 90 * MINUTE)


def test_a_court_with_fewer_than_five_is_not_shown(app: Flask, world: World) -> None:
    _gave_back(world, [MINUTE] * 4)

    assert _shown() == []


def test_what_is_older_than_ninety_days_or_still_on_its_way_does_not_count(
    app: Flask, world: World
) -> None:
    _gave_back(world, [MINUTE] * 4)
    _gave_back(world, [9 * MINUTE], ago=timedelta(days=91))
    _gave_back(world, [9 * MINUTE], state="sent")

    assert _shown() == []


def test_the_public_may_read_the_sums_and_no_single_refund(app: Flask, world: World) -> None:
    with engine_for("public").connect() as connection:
        allowed = connection.exec_driver_sql(
            "SELECT has_table_privilege('refund_times', 'SELECT'),"
            " has_table_privilege('refunds', 'SELECT')"
        ).one()

    assert tuple(allowed) == (True, False)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "2 min 5 s 2 h 1 min 5"), ("zh", "2 分 5 秒 2 小时 1 分 5")],
)
def test_the_status_page_says_it_in_both_languages(
    app: Flask, world: World, language: str, said: str
) -> None:
    _gave_back(world, [timedelta(seconds=125)] * 4 + [timedelta(minutes=121)])

    page = app.test_client().get(f"/status?lang={language}").text

    assert said in " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _shown() -> list[RefundTimes]:
    with engine_for("public").connect() as connection:
        return refund_times(connection)


def _gave_back(
    world: World,
    took: list[timedelta],
    *,
    ago: timedelta = timedelta(days=1),
    state: str = "done",
) -> None:
    """Deposits of one court that were owed `ago` and arrived after so long."""
    court = _court(world)
    sale = world.sale(court)
    for number, length in enumerate(took):
        registration = world.bidder(sale, f"B{number}")
        owed_at = NOON - ago
        world.rows(
            "INSERT INTO refunds (public_id, court_id, deposit_id, subject, channel, amount,"
            " currency, key, state, reason, due_at, done_at)"
            " SELECT left(md5(random()::text), 10), court_id, id, public_id, 'card', amount,"
            " currency, left(md5(random()::text), 20), %s, 'outbid_at_close', %s, %s"
            " FROM deposits WHERE registration_id = %s RETURNING 1",
            state,
            owed_at + timedelta(hours=24),
            owed_at + length if state == "done" else None,
            registration,
        )


def _court(world: World) -> int:
    found = world.rows("SELECT id FROM courts")
    return int(found[0][0]) if found else world.court(rehearsal_at=NOON)
