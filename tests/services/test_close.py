"""The end of a sale: written down once, by the same drain, with all that follows from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import EnvelopeUnreadable, Opener
from app.models.journal import Entry, enter_arrivals
from app.models.sale_rows import lock_sale_state
from app.services.bidding import outages, sweeps
from app.services.bidding.drain import drain
from auction_engine.evidence.verify import verify
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    made = create_engine(clean_database["closer"], **engine_options("closer"))
    yield made
    made.dispose()


@pytest.fixture
def close(engine: Engine, world: World) -> Any:
    opener = Opener(world.settings["ENVELOPE_PRIVATE_KEY"])
    return lambda: sweeps.close_due(engine, lambda _message: None, opener.open)


def test_a_sale_without_a_bid_is_unsold_and_every_deposit_goes_back(
    world: World, close: Any
) -> None:
    """RULE-K1, H3"""
    court = world.court(rehearsal_at=NOON - MINUTE)
    sale_id = world.sale(court)
    world.bidder(sale_id, "B01")
    world.hold_clock(court, NOON)

    close()

    assert world.rows("SELECT status, price, winner_code FROM outcomes") == [("unsold", None, None)]
    assert world.rows("SELECT state, release_due_at FROM deposits") == [
        ("releasing", NOON + timedelta(hours=24))
    ]
    assert world.rows("SELECT count(*) FROM settlements") == [(0,)]


def test_the_leader_buys_and_the_others_get_their_deposits_back(
    world: World, close: Any, engine: Engine
) -> None:
    """RULE-H1, H3"""
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sale_id = world.sale(court)
    winner, loser = world.bidder(sale_id, "WIN1"), world.bidder(sale_id, "LOSE")
    _bid(engine, sale_id, loser, 70_000_000)
    _bid(engine, sale_id, winner, 70_500_000)
    world.hold_clock(court, NOON)

    close()

    assert world.rows("SELECT status, winner_code, price FROM outcomes") == [
        ("sold", "WIN1", 70_500_000)
    ]
    assert world.rows("SELECT name FROM buyers") == [("Bidder WIN1",)]
    assert world.rows(
        "SELECT code, d.state FROM deposits d JOIN registrations r ON r.id = d.registration_id"
        " ORDER BY code"
    ) == [("LOSE", "releasing"), ("WIN1", "held")]
    assert world.rows(
        "SELECT price, deposit_applied, due_at > %s FROM settlements", NOON + timedelta(days=10)
    ) == [(70_500_000, 7_000_000, True)]
    assert world.rows("SELECT key FROM outbox WHERE kind = 'refund'") != []
    assert _trial_balance(world) == [(0,)]


def test_only_the_winners_envelope_is_opened(world: World, close: Any, engine: Engine) -> None:
    """RULE-H2, E13"""
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sale_id = world.sale(court)
    winner = world.bidder(sale_id, "WIN1")
    world.bidder(sale_id, "LOSE")
    _bid(engine, sale_id, winner, 70_000_000)
    world.hold_clock(court, NOON)

    close()

    opened = world.rows("SELECT registration_id, ground FROM identity.envelope_openings")
    assert opened == [(winner, "close")]


def test_closing_twice_changes_nothing(world: World, close: Any, engine: Engine) -> None:
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sale_id = world.sale(court)
    _bid(engine, sale_id, world.bidder(sale_id, "B01"), 70_000_000)
    world.hold_clock(court, NOON)
    close()
    before = world.rows("SELECT * FROM sale_states")

    assert close() == 0

    assert world.rows("SELECT * FROM sale_states") == before
    assert world.rows("SELECT count(*) FROM outcomes") == [(1,)]


def test_a_bid_in_the_last_five_minutes_keeps_the_sale_open(
    world: World, close: Any, engine: Engine
) -> None:
    """RULE-G5"""
    court = world.court(rehearsal_at=NOON - 2 * MINUTE)
    sale_id = world.sale(court)
    _bid(engine, sale_id, world.bidder(sale_id, "B01"), 70_000_000)
    world.hold_clock(court, NOON)

    close()
    still_open = world.rows("SELECT status, closes_at FROM sale_states")
    world.hold_clock(court, NOON + 3 * MINUTE)
    close()

    assert still_open == [("open", NOON + 3 * MINUTE)]
    assert world.rows("SELECT at FROM outcomes") == [(NOON + 3 * MINUTE,)]


def test_a_bid_after_the_end_is_closed_whether_or_not_anybody_wrote_the_end_down(
    world: World, close: Any, engine: Engine
) -> None:
    """RULE-G6"""
    court = world.court(rehearsal_at=NOON - 2 * MINUTE)
    sale_id = world.sale(court)
    bidder = world.bidder(sale_id, "B01")
    world.hold_clock(court, NOON)

    before = _bid(engine, sale_id, bidder, 70_000_000)
    close()
    after = _bid(engine, sale_id, bidder, 70_000_000)

    assert (before, after) == ("closed", "closed")
    assert _evidence(world, sale_id).holds, "what came after the outcome is not in the transcript"
    assert world.rows("SELECT count(*) FROM decisions WHERE reason = 'closed'") == [(2,)]


def test_a_stayed_sale_does_not_end(world: World, close: Any, engine: Engine) -> None:
    court = world.court(rehearsal_at=NOON - 2 * MINUTE)
    sale_id = world.sale(court)
    _act(engine, sale_id, "suspend", by="court", reason="objection 12")
    world.hold_clock(court, NOON + 60 * MINUTE)

    close()
    _act(engine, sale_id, "resume", by="court")
    resumed = world.rows("SELECT status, closes_at FROM sale_states")

    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]
    assert resumed == [("open", NOON + 65 * MINUTE)], "at least five minutes are left (RULE-L5)"


def test_a_withdrawn_sale_gets_its_outcome_and_deposits_go_back(
    world: World, close: Any, engine: Engine
) -> None:
    """RULE-L6"""
    court = world.court(rehearsal_at=NOON - 2 * MINUTE)
    sale_id = world.sale(court)
    world.bidder(sale_id, "B01")
    _act(engine, sale_id, "withdraw", by="court", reason="debt paid")

    close()

    assert world.rows("SELECT status FROM outcomes") == [("withdrawn",)]
    assert world.rows("SELECT state FROM deposits") == [("releasing",)]
    assert _evidence(world, sale_id).holds


def test_the_evidence_of_a_closed_sale_verifies_whole(
    world: World, close: Any, engine: Engine
) -> None:
    """RULE-A2"""
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sale_id = world.sale(court)
    first, second = world.bidder(sale_id, "B01"), world.bidder(sale_id, "P01", rank=1)
    for bidder, amount in ((first, 70_000_000), (second, 70_000_000), (first, 70_100_000)):
        _bid(engine, sale_id, bidder, amount)
    world.hold_clock(court, NOON)
    close()

    found = _evidence(world, sale_id)

    assert found.holds and found.outcome is not None
    assert (found.outcome["winner"], found.outcome["accepted"]) == ("P01", 2)


def test_an_outage_across_the_end_sells_nothing(world: World, close: Any, engine: Engine) -> None:
    """RULE-L2"""
    court = world.court(rehearsal_at=NOON - 10 * MINUTE)
    sale_id = world.sale(court)
    _bid(engine, sale_id, world.bidder(sale_id, "B01"), 70_000_000)
    sweeps.beat(engine, "test")
    _let_the_platform_sleep(world, court)

    stayed = outages.stay_what_an_outage_touched(engine)
    sweeps.drain_leftovers(engine, lambda _message: None)
    close()

    assert stayed == 1
    assert world.rows("SELECT status, stayed_by FROM sale_states") == [("suspended", "platform")]
    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]
    assert _evidence(world, sale_id, partial=True).holds


def test_a_quiet_night_stays_nothing(world: World, engine: Engine) -> None:
    court = world.court(rehearsal_at=NOON - timedelta(hours=20), rate=1)
    world.sale(court)
    sweeps.beat(engine, "test")
    world.rows("SELECT 1")

    stayed = outages.stay_what_an_outage_touched(engine, longest_gap=timedelta(0))

    assert stayed == 0


def test_a_lot_that_cannot_be_drained_holds_up_no_other(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a scheduler that begins to lead: it drains what is left first."""
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sales = [world.sale(court), world.sale(court)]
    for sale_id in sales:
        bid = Entry(
            sale_id,
            "bid",
            uuid.uuid4(),
            registration_id=world.bidder(sale_id, "B01"),
            amount=70_000_000,
        )
        with Session(engine) as session:
            enter_arrivals(session, [bid])
            session.commit()
    broken, real = sales[0], sweeps.drain

    def drain_some(session: Session, sale_id: int) -> Any:
        if sale_id == broken:
            raise ValueError("a row it cannot read")
        return real(session, sale_id)

    monkeypatch.setattr(sweeps, "drain", drain_some)
    sweeps.drain_leftovers(engine, lambda _message: None)

    assert world.rows("SELECT sale_id FROM bids") == [(sales[1],)]


def test_an_award_that_cannot_be_read_holds_up_no_other(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def carry_out(_session: Session, sale_id: int, _open: Any) -> None:
        asked.append(sale_id)
        raise EnvelopeUnreadable("another key")

    monkeypatch.setattr(sweeps, "_AWARDS", "SELECT n AS sale_id FROM (VALUES (1), (2)) AS v (n)")
    monkeypatch.setattr(sweeps, "carry_out_award", carry_out)
    sweeps.carry_out_awards(engine, lambda _message: None, lambda _sealed: {})

    assert asked == [1, 2]


def test_a_lot_that_cannot_be_closed_holds_up_no_other(
    world: World, close: Any, engine: Engine
) -> None:
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    stuck, others = world.sale(court), [world.sale(court) for _number in range(2)]
    buyer = world.bidder(stuck, "B01")
    _bid(engine, stuck, buyer, 70_000_000)
    _spoil_envelope(world, buyer)
    world.hold_clock(court, NOON)

    close()

    assert world.rows("SELECT sale_id FROM outcomes ORDER BY 1") == [(sale,) for sale in others]
    assert world.rows("SELECT status FROM sale_states WHERE sale_id = %s", stuck) == [("open",)]


def test_a_lot_that_somebody_decides_for_holds_up_no_other(
    world: World, close: Any, engine: Engine
) -> None:
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    held, free = world.sale(court), world.sale(court)
    world.hold_clock(court, NOON)

    with Session(engine) as somebody:
        lock_sale_state(somebody, held)
        close()
        while_held = world.rows("SELECT sale_id FROM outcomes")
    close()

    assert while_held == [(free,)]
    assert world.rows("SELECT count(*) FROM outcomes") == [(2,)]


def test_lots_that_end_together_are_closed_in_a_few_commits(
    world: World, close: Any, engine: Engine
) -> None:
    court = world.court(rehearsal_at=NOON - 60 * MINUTE)
    sales = [world.sale(court) for _number in range(6)]
    for sale_id in sales[:3]:
        for number, code in enumerate(("B01", "B02")):
            bidder = world.bidder(sale_id, code)
            _bid(engine, sale_id, bidder, 70_000_000 + number * 500_000)
    world.hold_clock(court, NOON)

    assert close() == 6

    assert world.rows("SELECT status, count(*) FROM outcomes GROUP BY 1 ORDER BY 1") == [
        ("sold", 3),
        ("unsold", 3),
    ]
    assert world.rows("SELECT count(DISTINCT xmin::text) FROM outcomes") == [(1,)]
    assert world.rows("SELECT count(*) FROM settlements WHERE price = 70500000") == [(3,)]
    assert world.rows("SELECT count(*) FROM deposits WHERE state = 'releasing'") == [(3,)]
    assert world.rows("SELECT count(*) FROM documents WHERE kind = 'confirmation'") == [(3,)]
    assert all(_evidence(world, sale_id).holds for sale_id in sales)
    assert _trial_balance(world) == [(0,)]


def _let_the_platform_sleep(world: World, court: int) -> None:
    """The last beat lies a minute back, and meanwhile the court's clock ran past the end."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE beats SET at = at - interval '1 minute';"
            "SET session_replication_role = replica;"
            "UPDATE legal_time_segments SET real_from = real_from - interval '2 minutes'"
        )
    world.hold_clock(court, NOON + 5 * MINUTE)


def _bid(engine: Engine, sale_id: int, registration: int, amount: int) -> str | None:
    entry = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration, amount=amount)
    return _enter_and_drain(engine, entry)


def _act(engine: Engine, sale_id: int, kind: str, **details: Any) -> str | None:
    return _enter_and_drain(engine, Entry(sale_id, kind, uuid.uuid4(), details=details))


def _enter_and_drain(engine: Engine, entry: Entry) -> str | None:
    from app.models.bidding import Decision

    with Session(engine) as session:
        arrival = enter_arrivals(session, [entry])[0]
        session.commit()
        drain(session, entry.sale_id)
        session.commit()
        return session.get_one(Decision, arrival.arrival_id).reason


def _evidence(world: World, sale_id: int, *, partial: bool = False) -> Any:
    lines = world.rows("SELECT line FROM transcript_lines WHERE sale_id = %s ORDER BY n", sale_id)
    return verify("".join(f"{line}\n" for (line,) in lines).encode(), partial=partial)


def _trial_balance(world: World) -> list[Any]:
    return world.rows("SELECT sum(balance)::bigint FROM ledger_accounts")


def _spoil_envelope(world: World, registration: int) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "SET session_replication_role = replica;"
            "UPDATE identity.person_envelopes SET sealed = 'x'"
            f" WHERE registration_id = {registration}"
        )
