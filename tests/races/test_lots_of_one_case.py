"""Lots of one case that end together: the second sees what the first brought (RULE-C10).

Most close two lots in two threads that start at the same instant. With neither the lock on their
case nor the order of their places (`hold_places_in_cases`) both are sold.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import Opener
from app.models.cases import AssetRecord, ClaimRecord, Party
from app.models.journal import Entry, enter_arrivals
from app.models.sales import LotRecord, SaleRecord
from app.models.stopping import CaseCoverage
from app.services.bidding import sweeps
from app.services.bidding.close import close_if_due, close_together
from app.services.bidding.drain import drain
from auction_engine.evidence.verify import verify
from auction_engine.money.fees import enforcement_fee
from tests.world import NOON, World

PRICE = 70_000_000
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    made = create_engine(clean_database["closer"], **engine_options("closer"))
    yield made
    made.dispose()


class Case:
    """Lots of one case, each with a bidder who leads at the starting price."""

    def __init__(self, world: World, engine: Engine, debt: int) -> None:
        self.world, self.engine = world, engine
        self.court = world.court(rehearsal_at=NOON - HOUR)
        self.opener = Opener(world.settings["ENVELOPE_PRIVATE_KEY"])
        self.case_id = 0
        self.debt = debt

    def lot(self, code: str, ends_at: Any = NOON) -> int:
        sale_id = self.world.sale(self.court, closes_at=ends_at)
        with self.world.session() as session:
            lot = session.get_one(LotRecord, session.get_one(SaleRecord, sale_id).lot_id)
            if not self.case_id:
                self.case_id = lot.case_id
                self._admit(session)
            lot.case_id = self.case_id
            session.get_one(AssetRecord, lot.asset_id).case_id = self.case_id
            session.commit()
        bidder = self.world.bidder(sale_id, code)
        with Session(self.engine) as session:
            entry = Entry(sale_id, "bid", uuid.uuid4(), registration_id=bidder, amount=PRICE)
            enter_arrivals(session, [entry])
            session.commit()
            drain(session, sale_id)
            session.commit()
        return sale_id

    def _admit(self, session: Session) -> None:
        party = Party(court_id=self.court, case_id=self.case_id, role="applicant", name="Bank")
        session.add(party)
        session.flush()
        session.add(
            ClaimRecord(
                court_id=self.court,
                case_id=self.case_id,
                party_id=party.id,
                claim_class="ordinary",
                amount=self.debt,
                currency="CNY",
                ground="judgment",
                filed_on=date(2026, 1, 5),
                state="admitted",
                admitted_amount=self.debt,
            )
        )

    def agree_to_sell_all(self, by: int) -> None:
        with self.world.session() as session:
            session.add(
                CaseCoverage(
                    case_id=self.case_id,
                    court_id=self.court,
                    sells_all_at=NOON,
                    sells_all_reference="file, page 9",
                    changed_by=by,
                )
            )
            session.commit()

    def close(self, sale_id: int) -> None:
        with Session(self.engine) as session:
            close_if_due(session, sale_id, self.opener.open)
            session.commit()

    def sweep(self) -> None:
        """What the scheduler does until nothing is left to do."""
        for _turn in range(3):
            sweeps.drain_leftovers(self.engine, lambda _message: None)
            sweeps.close_due(self.engine, lambda _message: None, self.opener.open)

    def close_together(self, *sale_ids: int) -> None:
        start = threading.Barrier(len(sale_ids))

        def run(sale_id: int) -> None:
            start.wait()
            self.close(sale_id)

        threads = [threading.Thread(target=run, args=(each,)) for each in sale_ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.sweep()

    def outcomes(self) -> dict[int, str]:
        return dict(self.world.rows("SELECT sale_id, status FROM outcomes"))

    def evidence_holds(self, sale_id: int) -> bool:
        lines = self.world.rows(
            "SELECT line FROM transcript_lines WHERE sale_id = %s ORDER BY n", sale_id
        )
        return verify("".join(f"{line}\n" for (line,) in lines).encode()).holds


def _debt_of(price: int) -> int:
    """The largest debt that this price covers with its costs."""
    debt = price - enforcement_fee(price)
    while debt + 1 + enforcement_fee(debt + 1) <= price:
        debt += 1
    return debt


@pytest.fixture
def one_is_enough(world: World, engine: Engine) -> Case:
    return Case(world, engine, _debt_of(PRICE))


@pytest.mark.parametrize("turn", range(5))
def test_of_two_lots_that_end_together_the_second_is_stopped(
    one_is_enough: Case, turn: int
) -> None:
    """RULE-C10: whichever thread is quicker, the lot that was published first is sold."""
    first, second = one_is_enough.lot("B01"), one_is_enough.lot("B02")
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    one_is_enough.close_together(*((first, second) if turn % 2 else (second, first)))

    assert one_is_enough.outcomes() == {first: "sold", second: "withdrawn"}
    assert one_is_enough.evidence_holds(first) and one_is_enough.evidence_holds(second)
    deposits = one_is_enough.world.rows(
        "SELECT s.id, d.state FROM deposits d JOIN sales s ON s.id = d.sale_id ORDER BY s.id"
    )
    assert deposits == [(first, "held"), (second, "releasing")]


def test_the_lot_that_ended_first_is_sold_although_it_was_published_later(
    one_is_enough: Case,
) -> None:
    later, earlier = one_is_enough.lot("B01", NOON + SECOND), one_is_enough.lot("B02", NOON)
    one_is_enough.world.hold_clock(one_is_enough.court, NOON + MINUTE)

    one_is_enough.close_together(later, earlier)

    assert one_is_enough.outcomes() == {later: "withdrawn", earlier: "sold"}


def test_a_lot_that_still_runs_is_withdrawn_with_its_ground(one_is_enough: Case) -> None:
    first, running = one_is_enough.lot("B01"), one_is_enough.lot("B02", NOON + HOUR)
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    one_is_enough.close_together(first)

    assert one_is_enough.outcomes() == {first: "sold", running: "withdrawn"}
    acts = one_is_enough.world.rows(
        "SELECT kind, details->>'ground' FROM arrivals WHERE sale_id = %s"
        " AND kind NOT IN ('bid', 'admit')",
        running,
    )
    assert acts == [("withdraw", "debts_covered")]


def test_a_lot_whose_price_is_needed_is_sold_too(world: World, engine: Engine) -> None:
    case = Case(world, engine, _debt_of(PRICE) + 1)
    first, second = case.lot("B01"), case.lot("B02")
    world.hold_clock(case.court, NOON)

    case.close_together(first, second)

    assert case.outcomes() == {first: "sold", second: "sold"}


def test_all_are_sold_where_the_debtor_agreed(one_is_enough: Case) -> None:
    first, second = one_is_enough.lot("B01"), one_is_enough.lot("B02")
    one_is_enough.agree_to_sell_all(one_is_enough.world.person())
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    one_is_enough.close_together(first, second)

    assert one_is_enough.outcomes() == {first: "sold", second: "sold"}


def test_a_stayed_lot_holds_nobody_up(one_is_enough: Case) -> None:
    stayed, second = one_is_enough.lot("B01"), one_is_enough.lot("B02")
    with Session(one_is_enough.engine) as session:
        details = {"by": "court", "reason": "objection 12"}
        enter_arrivals(session, [Entry(stayed, "suspend", uuid.uuid4(), details=details)])
        session.commit()
        drain(session, stayed)
        session.commit()
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    one_is_enough.close_together(second)

    assert one_is_enough.outcomes() == {second: "sold", stayed: "withdrawn"}


def test_in_one_batch_the_second_lot_waits_for_what_the_first_brings(one_is_enough: Case) -> None:
    first, second = one_is_enough.lot("B01"), one_is_enough.lot("B02")
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    with Session(one_is_enough.engine) as session:
        close_together(session, [second, first], one_is_enough.opener.open)
        session.commit()
    together = one_is_enough.outcomes()
    one_is_enough.sweep()

    assert together == {first: "sold"}
    assert one_is_enough.outcomes() == {first: "sold", second: "withdrawn"}
    assert one_is_enough.evidence_holds(first) and one_is_enough.evidence_holds(second)


def test_in_one_batch_all_lots_are_sold_where_the_debtor_agreed(one_is_enough: Case) -> None:
    first, second = one_is_enough.lot("B01"), one_is_enough.lot("B02")
    one_is_enough.agree_to_sell_all(one_is_enough.world.person())
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    with Session(one_is_enough.engine) as session:
        close_together(session, [first, second], one_is_enough.opener.open)
        session.commit()

    assert one_is_enough.outcomes() == {first: "sold", second: "sold"}


def test_the_lots_of_a_case_are_in_one_batch(
    one_is_enough: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches would wait for each other's case; a batch is larger for it."""
    monkeypatch.setattr(sweeps, "_TOGETHER", 2)
    alone = one_is_enough.world.sale(one_is_enough.court)
    lots = [one_is_enough.lot(f"B{number:02}") for number in range(3)]
    one_is_enough.world.hold_clock(one_is_enough.court, NOON)

    batches = sweeps._batches(one_is_enough.engine)

    assert batches == [[alone], lots]
