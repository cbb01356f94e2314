"""What is there before anything is measured: courts, sales, bidders whose deposits are held."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.models.bidding import Registration
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord
from app.models.journal import Entry, enter_arrivals
from app.models.ledger_rows import Account, NewEntry, post_entries, transfer
from app.models.money import CardPayment, Deposit
from app.models.publication_rows import add_public_sale
from app.models.reconciliation import ProviderMovement
from app.models.references import new_reference
from app.models.sales import LotRecord, SaleRecord

DEPOSIT = 7_000_000
STARTING_PRICE = 70_000_000
INCREMENT = 500_000


def add_court(engine: Engine, name: str) -> int:
    with Session(engine) as session:
        court = CourtRecord(
            name_en=name,
            name_zh=name,
            region="Bench",
            contact="desk@court.example",
            account_name="Court",
            account_number=str(secrets.randbelow(10**18)),
            account_bank="Bank",
            is_rehearsal=False,
        )
        session.add(court)
        session.commit()
        return court.id


def add_sale(session: Session, court_id: int) -> SaleRecord:
    """A sale that opened an hour ago and ends tomorrow, in a case of its own."""
    now = datetime.now(UTC)
    case = add_case(session, court_id)
    return add_sale_in(
        session, case, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=1)
    )


def add_case(session: Session, court_id: int) -> CaseRecord:
    case = CaseRecord(
        court_id=court_id,
        number=f"（2026）执{uuid.uuid4().hex[:12]}号",
        instrument="Civil judgment",
        debtor_kind="natural_person",
        opened_on=date(2026, 1, 5),
    )
    session.add(case)
    session.flush()
    return case


def add_sale_in(
    session: Session, case: CaseRecord, *, opens_at: datetime, closes_at: datetime
) -> SaleRecord:
    """A home of the case, published a month before it opens."""
    asset = AssetRecord(
        court_id=case.court_id,
        case_id=case.id,
        property_kind="real_property",
        category="home",
        title="Home in Harbour Street",
        title_zh="港湾街住宅",
        region="Shenzhen",
    )
    session.add(asset)
    session.flush()
    lot = LotRecord(court_id=case.court_id, case_id=case.id, asset_id=asset.id)
    session.add(lot)
    session.flush()
    sale = SaleRecord(
        court_id=case.court_id,
        lot_id=lot.id,
        property_kind="real_property",
        round="first",
        currency="CNY",
        starting_price=STARTING_PRICE,
        increment=INCREMENT,
        deposit=DEPOSIT,
        opens_at=opens_at,
        closes_at=closes_at,
        state="published",
        announcement=json.dumps({"title": "Home", "rules": "cn-2016-18"}),
        announcement_hash="0" * 64,
        published_at=opens_at - timedelta(days=31),
    )
    session.add(sale)
    session.flush()
    add_public_sale(session, sale)
    return sale


def add_bidders(session: Session, sale: SaleRecord, count: int) -> list[Deposit]:
    """Registrations whose deposits were paid by card and are held, in the books as well."""
    now = datetime.now(UTC)
    people = [
        Registration(
            court_id=sale.court_id,
            sale_id=sale.id,
            code=f"B{number:04d}",
            blind_index=secrets.token_bytes(32),
            deposit_due=DEPOSIT,
            currency="CNY",
            terms_hash="0" * 64,
            terms_accepted_at=now,
        )
        for number in range(count)
    ]
    session.add_all(people)
    session.flush()
    deposits = [
        Deposit(
            court_id=sale.court_id,
            sale_id=sale.id,
            registration_id=person.id,
            amount=DEPOSIT,
            currency="CNY",
            channel="card",
            reference=new_reference(),
            state="held",
            held_at=now,
        )
        for person in people
    ]
    session.add_all(deposits)
    session.flush()
    held = [
        NewEntry(
            f"deposit-held:{deposit.public_id}",
            f"deposit {deposit.public_id} held",
            "CNY",
            now,
            transfer(
                Account("provider_clearing"), Account("deposits_held", deposit.public_id), DEPOSIT
            ),
        )
        for deposit in deposits
    ]
    post_entries(session, sale.court_id, held)
    return deposits


def admit(session: Session, sale: SaleRecord, registrations: Sequence[int]) -> None:
    """Journal that they may bid; the first decision in the sale takes note of it."""
    entries = [Entry(sale.id, "admit", uuid.uuid4(), registration_id=one) for one in registrations]
    enter_arrivals(session, entries)


@dataclass(frozen=True, slots=True)
class Paid:
    """What the provider made of a payment by card."""

    intent: str
    charge: str
    movement: str


def add_card_payments(session: Session, deposits: Sequence[Deposit], paid: Sequence[Paid]) -> None:
    """The payments behind these deposits; their movements were read in the provider's books."""
    payments = [
        card_payment(deposit, one.intent) for deposit, one in zip(deposits, paid, strict=True)
    ]
    session.add_all(payments)
    session.flush()
    session.add_all(
        ProviderMovement(
            provider_id=one.movement,
            court_id=payment.court_id,
            card_payment_id=payment.id,
            category="charge",
            source_id=one.charge,
            amount=DEPOSIT,
            fee=0,
            currency="CNY",
            at=datetime.now(UTC),
        )
        for payment, one in zip(payments, paid, strict=True)
    )


def card_payment(deposit: Deposit, intent_id: str) -> CardPayment:
    """The payment by card that made this deposit."""
    return CardPayment(
        court_id=deposit.court_id,
        registration_id=deposit.registration_id,
        purpose="deposit",
        deposit_id=deposit.id,
        amount=deposit.amount,
        currency=deposit.currency,
        key=f"checkout-{uuid.uuid4().hex}",
        intent_id=intent_id,
        state="succeeded",
        paid_at=deposit.held_at,
        counted=True,
    )
