"""What a card holder's bank took back is not distributed as if it were there (FAULT-F31, M19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from app.gateways.seal import Opener
from app.models.cases import ClaimRecord, Party
from app.models.courts import Proposal
from app.models.dispute_rows import hole_in_proceeds
from app.models.plans import Plan
from app.models.sales import SaleRecord
from app.services import after_sale, bank, distribution, suspense
from app.services.after_sale import AfterRefusal
from app.services.distribution import Refusal, Refused
from app.services.promises import keep_one
from app.services.suspense import DeskRefusal
from tests.services.money import Money
from tests.services.statements import Credit, take_in
from tests.services.test_disputes import _close, _dispute, _read
from tests.world import NOON

PRICE = 70_000_000
DEPOSIT = 7_000_000


def test_a_plan_does_not_become_final_while_part_of_the_price_is_disputed(money: Money) -> None:
    plan = _served_plan(money)
    _dispute(money)

    answer = _finalise(money, plan)

    assert answer == Refused(Refusal.TAKEN_BACK)
    assert money.one("SELECT count(*) FROM payouts") == 0


def test_nor_after_the_dispute_is_lost_until_the_buyer_has_paid_once_more(money: Money) -> None:
    plan = _served_plan(money)
    _close(money, _dispute(money), "lost")
    assert _finalise(money, plan) == Refused(Refusal.TAKEN_BACK)

    _pay_once_more(money, "70000.00")

    final = _finalise(money, plan)
    assert isinstance(final, Plan), final
    assert money.balances() == {"bank": PRICE, "payable": -PRICE}
    assert money.one("SELECT count(*) FROM open_items WHERE state = 'open'") == 0


def test_a_won_dispute_lets_the_plan_go_on(money: Money) -> None:
    plan = _served_plan(money)
    _close(money, _dispute(money), "won")

    final = _finalise(money, plan)

    assert isinstance(final, Plan), final


def test_what_is_paid_once_more_fills_the_hole_as_far_as_it_goes(money: Money) -> None:
    plan = _served_plan(money)
    _close(money, _dispute(money), "lost")

    _pay_once_more(money, "50000.00")
    assert money.balances()["disputed"] == 2_000_000
    assert _finalise(money, plan) == Refused(Refusal.TAKEN_BACK)
    _pay_once_more(money, "25000.00")

    assert "disputed" not in money.balances()
    # Five thousand more than was missing go back where they came from.
    assert money.balances()["refunds_payable"] == -500_000
    assert isinstance(_finalise(money, plan), Plan)


def test_money_is_not_assigned_to_a_price_whose_dispute_is_open(money: Money) -> None:
    """It may be won: then the buyer would have paid twice."""
    _served_plan(money)
    _dispute(money)

    answer = _pay_once_more(money, "70000.00")

    assert answer is DeskRefusal.NOT_AWAITED


def test_no_payment_file_takes_a_payout_whose_price_was_taken_back_since(money: Money) -> None:
    plan = _served_plan(money)
    assert isinstance(_finalise(money, plan), Plan)
    dispute = _dispute(money)

    _order_payments(money, "first")
    assert money.world.rows("SELECT DISTINCT state FROM payouts") == [("due",)]
    # The desk gets its file of everything else, and is not stopped by this one.
    assert money.one("SELECT state FROM outbox WHERE kind = 'payment_file'") == "done"
    _close(money, dispute, "won")
    _order_payments(money, "second")

    assert money.world.rows("SELECT DISTINCT state FROM payouts") == [("sent",)]


def test_the_database_itself_keeps_plan_and_payout_back(money: Money) -> None:
    plan = _served_plan(money)
    assert isinstance(_finalise(money, plan), Plan)
    _dispute(money)
    file = money.one(
        "INSERT INTO payment_files (public_id, court_id, message_id, sha256, content, payments,"
        " total, currency) VALUES ('f', %s, 'm', 's', '', 1, 1, 'CNY') RETURNING id",
        money.court,
    )

    for act in (
        f"UPDATE payouts SET state = 'sent', payment_file_id = {file}",
        "UPDATE plans SET state = 'served', finalised_by = NULL;"
        f" UPDATE plans SET state = 'final', finalised_by = {money.appoint('judge')}",
    ):
        with (
            psycopg.connect(money.world.url) as connection,
            pytest.raises(psycopg.DatabaseError, match="was taken back"),
        ):
            # Only the step that would pay out is of interest here.
            connection.execute("ALTER TABLE plans DISABLE TRIGGER transitions")
            connection.execute(act)


def test_a_payout_that_the_bank_has_made_is_booked_all_the_same(money: Money) -> None:
    plan = _served_plan(money)
    assert isinstance(_finalise(money, plan), Plan)
    _order_payments(money, "first")
    _dispute(money)

    from tests.services.statements import Debit

    reference = money.one("SELECT reference FROM payouts")
    take_in(money, Debit("700000.00", reference))
    money.work()

    assert money.one("SELECT state FROM payouts") == "paid"


def test_no_ruling_is_signed_for_a_price_that_was_taken_back(money: Money) -> None:
    """RULE-I2"""
    sale, _bidder = _paid(money)
    judge = money.appoint("judge")
    _dispute(money)

    with money.as_court(money.court):
        record = _record(sale)
        draft = after_sale.draft_ruling(record, by=judge)
        answer = after_sale.sign(draft, by=judge)

    assert answer is AfterRefusal.TAKEN_BACK
    assert money.one("SELECT state FROM settlements") == "paid"


def test_the_hole_says_how_much_is_missing_and_whether_it_may_come_back(money: Money) -> None:
    sale, _bidder = _paid(money)
    with money.as_court(money.court):
        assert hole_in_proceeds(_session(), sale) is None

    dispute = _dispute(money)
    with money.as_court(money.court):
        waiting = hole_in_proceeds(_session(), sale)
    _close(money, dispute, "lost")
    with money.as_court(money.court):
        lost = hole_in_proceeds(_session(), sale)

    assert waiting is not None and (waiting.missing, waiting.is_decided) == (DEPOSIT, False)
    assert lost is not None and (lost.missing, lost.is_decided) == (DEPOSIT, True)


def test_a_lost_dispute_of_one_payment_ends_no_refund_of_another(money: Money) -> None:
    """What is owed to somebody else is not taken to make this one good (INV-M19)."""
    money.bidder = money.a_bidder(money.a_sale())
    offer = money.offer(money.bidder)
    deposit = money.one("SELECT public_id FROM deposits")
    money.pay_by_intent(amount=DEPOSIT, currency="cny", **{"metadata[deposit]": deposit})
    money.work()
    stranger = money.one("SELECT intent_id FROM card_payments WHERE state = 'succeeded'")
    money.outside.pay(offer.url)
    money.poll()
    other = money.a_bidder(money.one("SELECT sale_id FROM deposits"), "B002")
    late = money.offer(other)
    money.sql("UPDATE deposits SET state = 'cancelled' WHERE registration_id = %s", other)
    money.outside.pay(late.url)
    money.outside.control(
        "POST", "/faults", next=[{"kind": "status", "status": 503, "times": 9, "match": "refunds"}]
    )
    money.poll()
    assert money.one("SELECT card_payment_id IS NOT NULL FROM refunds")
    money.sql("UPDATE suspense_items SET state = 'returning'")
    money.sql("UPDATE suspense_items SET state = 'returned'")

    dispute = money.outside.control("POST", "/disputes", payment_intent=stranger)
    _close(money, dispute, "lost")

    money.outside.control("DELETE", "/faults")
    money.due_again()
    money.work()
    assert len(money.outside.server.account.store.all_of("refund")) == 1
    assert money.balances()["disputed"] == DEPOSIT


def _paid(money: Money) -> tuple[int, int]:
    """A buyer who has paid the price, the deposit by card and the rest by bank."""
    sale, bidder = money.a_buyer(PRICE)
    take_in(money, Credit("630000.00", money.one("SELECT reference FROM settlements")))
    money.work()
    assert money.one("SELECT state FROM settlements") == "paid"
    return sale, bidder


def _served_plan(money: Money) -> int:
    """One creditor gets everything; the last day for objections has passed."""
    sale, _bidder = _paid(money)
    clerk = money.appoint("clerk")
    case = money.one("SELECT case_id FROM lots")
    with money.world.session() as session:
        creditor = Party(
            court_id=money.court,
            case_id=case,
            role="creditor",
            name="M",
            account_name="M",
            account_number="622200001111",
            account_bank="102100099996",
        )
        session.add_all(
            [creditor, Party(court_id=money.court, case_id=case, role="debtor", name="D")]
        )
        session.flush()
        session.add(
            ClaimRecord(
                court_id=money.court,
                case_id=case,
                party_id=creditor.id,
                claim_class="ordinary",
                amount=PRICE * 2,
                admitted_amount=PRICE * 2,
                state="admitted",
                currency="CNY",
                ground="judgment",
                filed_on=NOON.date(),
                on_assets=[],
            )
        )
        session.commit()
    with money.as_court(money.court):
        plan = distribution.draft_plan(sale, costs=[], by=clerk)
        assert isinstance(plan, Plan), plan
        plan_id = plan.id
        assert isinstance(distribution.serve_plan(plan_id, by=clerk), Plan)
    money.world.hold_clock(money.court, NOON + timedelta(days=30))
    return plan_id


def _finalise(money: Money, plan: int) -> Any:
    with money.as_court(money.court):
        return distribution.finalise_plan(plan, by=money.appoint("judge"))


def _pay_once_more(money: Money, amount: str) -> Any:
    """The buyer's transfer, and two persons who give it its place."""
    reference = money.one("SELECT reference FROM settlements")
    take_in(money, Credit(amount, reference))
    money.work()
    item = money.one("SELECT public_id FROM suspense_items WHERE state = 'open'")
    with money.as_court(money.court):
        proposed = suspense.propose_assignment(
            money.court, item, reference=reference, reason="paid again", by=money.appoint("finance")
        )
        if isinstance(proposed, DeskRefusal):
            return proposed
        shown = _session().scalars(select(Proposal).filter_by(public_id=proposed)).one()
        answer = suspense.decide_assignment(
            money.court,
            proposed,
            payload_hash=shown.payload_hash,
            approved=True,
            reason="",
            by=money.appoint("finance"),
        )
    money.work()
    _read(money)
    return answer


def _order_payments(money: Money, key: str) -> None:
    with money.as_court(money.court):
        bank.request_payment_file(money.court, by=money.appoint("finance"), key=key)
    opener = Opener(money.closer.config["ENVELOPE_PRIVATE_KEY"])
    with money.closer.app_context():
        keep_one(("payment_file",), lambda claim: bank.make_payment_files(claim, opener.open))


def _session() -> Any:
    from app.extensions import db

    return db.session()


def _record(sale: int) -> SaleRecord:
    found: SaleRecord = _session().get_one(SaleRecord, sale)
    return found
