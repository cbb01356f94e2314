"""What is there before anything is measured: courts, sales, bidders whose deposits are held."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
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
    """A sale that opened an hour ago and ends tomorrow."""
    now = datetime.now(UTC)
    case = CaseRecord(
        court_id=court_id,
        number=f"(2026) Bench {uuid.uuid4().hex[:12]}",
        instrument="Civil judgment",
        debtor_kind="natural_person",
        opened_on=date(2026, 1, 5),
    )
    session.add(case)
    session.flush()
    asset = AssetRecord(
        court_id=court_id,
        case_id=case.id,
        property_kind="real_property",
        category="home",
        title="Home",
        title_zh="住宅",
        region="Shenzhen",
    )
    session.add(asset)
    session.flush()
    lot = LotRecord(court_id=court_id, case_id=case.id, asset_id=asset.id)
    session.add(lot)
    session.flush()
    sale = SaleRecord(
        court_id=court_id,
        lot_id=lot.id,
        property_kind="real_property",
        round="first",
        currency="CNY",
        starting_price=STARTING_PRICE,
        increment=INCREMENT,
        deposit=DEPOSIT,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        state="published",
        announcement=json.dumps({"title": "Home"}),
        announcement_hash="0" * 64,
        published_at=now - timedelta(days=31),
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


def add_card_payments(
    session: Session, deposits: Sequence[Deposit], intents: Sequence[str]
) -> None:
    session.add_all(
        CardPayment(
            court_id=deposit.court_id,
            registration_id=deposit.registration_id,
            purpose="deposit",
            deposit_id=deposit.id,
            amount=DEPOSIT,
            currency="CNY",
            key=f"checkout-{uuid.uuid4().hex}",
            intent_id=intent,
            state="succeeded",
            paid_at=deposit.held_at,
            counted=True,
        )
        for deposit, intent in zip(deposits, intents, strict=True)
    )
