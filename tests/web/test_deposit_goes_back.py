"""A loser watches their money come back: the time that is left, and how it stands (RULE-H3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World


@pytest.mark.parametrize(
    ("hours", "state", "channel", "said"),
    [
        (2, "due", "card", ["It is being sent to your card.", "22 h left"]),
        (2, "due", "bank", ["It goes with the court's next payment file.", "22 h left"]),
        (20.5, "sent", "card", ["The bank has not confirmed it yet.", "3 h 30 min left"]),
        (25, "due", "card", ["It is late. The court and the operator have been told."]),
    ],
)
def test_the_page_counts_down_and_says_how_it_stands(
    world: World, client_for: SignedIn, hours: float, state: str, channel: str, said: list[str]
) -> None:
    court = world.court(rehearsal_at=NOON)
    sale = world.sale(court)
    person = world.person()
    world.bidder(sale, "B1", person_id=person)
    _owe(world, state, channel)
    world.hold_clock(court, NOON + timedelta(hours=hours))

    page = words_of(client_for(person).get(f"{address(world, sale)}/deposit").text)

    for words in said:
        assert words in page


def _owe(world: World, state: str, channel: str) -> None:
    due = NOON + timedelta(hours=24)
    world.rows(
        "UPDATE deposits SET state = 'releasing', release_due_at = %s, channel = %s RETURNING 1",
        due,
        channel,
    )
    world.rows(
        "INSERT INTO refunds (public_id, court_id, deposit_id, subject, channel, amount, currency,"
        " key, state, reason, due_at) SELECT 'refund', court_id, id, public_id, channel, amount,"
        " currency, 'refund-1', %s, 'outbid_at_close', %s FROM deposits RETURNING 1",
        state,
        due,
    )
