"""Lots that end together: leaders, losers with held deposits, sealed identities.

Bids lie an hour back, so that none of them moves an end; they are decided by the same drain as any
other, so that the evidence of every lot is whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.gateways.seal import Sealer
from app.models.cases import CaseRecord, ClaimRecord, Party
from app.models.people import Person, PersonEnvelope
from app.models.sales import SaleRecord
from app.services.bidding.drain import drain
from bench.ledger.rows import INCREMENT, STARTING_PRICE, add_bidders, add_case, add_sale_in

# One case in so many has three lots: their places in the case decide who goes first (RULE-C10).
ONE_CASE_IN = 10
LOTS_OF_A_LARGE_CASE = 3


@dataclass(frozen=True, slots=True)
class Herd:
    """How many lots, in whose courts, when they end, and how many are bid on."""

    courts: Sequence[int]
    lots: int
    ends_at: datetime
    sold_share: float
    bidders: int


def add_person(engine: Engine) -> int:
    with Session(engine) as session:
        person = Person(
            email=f"{uuid.uuid4().hex}@example.org",
            name="王丽 Wang Li",
            fs_uniquifier=uuid.uuid4().hex,
            active=True,
            confirmed_at=datetime.now(UTC),
        )
        session.add(person)
        session.commit()
        return person.id


def add_herd(engine: Engine, herd: Herd, sealer: Sealer, person: int) -> list[int]:
    """The sales, published and bid on."""
    sales: list[int] = []
    with engine.connect() as connection:
        connection.execute(text("SET synchronous_commit = off"))
        connection.commit()
        while len(sales) < herd.lots:
            with Session(connection) as session:
                for _case in range(25):
                    wanted = _lots_of_case(len(sales) // 2)
                    court = herd.courts[len(sales) % len(herd.courts)]
                    case = _add_case(session, court, wanted)
                    for _lot in range(min(wanted, herd.lots - len(sales))):
                        sales.append(_add_lot(session, herd, case, len(sales), sealer, person))
                session.commit()
    return sales


def _lots_of_case(number: int) -> int:
    return LOTS_OF_A_LARGE_CASE if number % ONE_CASE_IN == 0 else 1


def _add_case(session: Session, court: int, lots: int) -> CaseRecord:
    case = add_case(session, court)
    for role, name in (("applicant", "建设银行"), ("debtor", "李明")):
        party = Party(court_id=court, case_id=case.id, role=role, name=name)
        session.add(party)
        session.flush()
        if role == "applicant":
            # More than all lots bring: every one of them is needed.
            _add_claim(session, case, party.id, 10 * lots * STARTING_PRICE)
    return case


def _add_claim(session: Session, case: CaseRecord, party: int, amount: int) -> None:
    session.add(
        ClaimRecord(
            court_id=case.court_id,
            case_id=case.id,
            party_id=party,
            claim_class="ordinary",
            amount=amount,
            currency="CNY",
            ground="judgment",
            filed_on=date(2026, 1, 5),
            state="admitted",
            admitted_amount=amount,
        )
    )


def _add_lot(
    session: Session, herd: Herd, case: CaseRecord, number: int, sealer: Sealer, person: int
) -> int:
    sale = add_sale_in(
        session, case, opens_at=herd.ends_at - timedelta(hours=24), closes_at=herd.ends_at
    )
    if (number * 0.618) % 1 >= herd.sold_share:
        return sale.id
    deposits = add_bidders(session, sale, herd.bidders)
    session.add_all(
        PersonEnvelope(
            registration_id=deposit.registration_id,
            sealed=sealer.seal({"person_id": person, "name": "王丽 Wang Li"}),
        )
        for deposit in deposits
    )
    _bid(session, sale, [deposit.registration_id for deposit in deposits], herd.ends_at)
    return sale.id


def _bid(session: Session, sale: SaleRecord, people: Sequence[int], ends_at: datetime) -> None:
    """Everybody is admitted, everybody bids once; the journal's stamps lie back."""
    rows = [("admit", one, None) for one in people]
    rows += [("bid", one, STARTING_PRICE + n * INCREMENT) for n, one in enumerate(people)]
    session.execute(
        text(
            "WITH entered AS (INSERT INTO arrivals"
            " (sale_id, kind, registration_id, amount, key, arrived_at)"
            " SELECT :sale, kind, registration, amount, gen_random_uuid(),"
            " :at + n * interval '1 second' FROM unnest(CAST(:kinds AS text[]),"
            " CAST(:people AS bigint[]), CAST(:amounts AS bigint[])) WITH ORDINALITY"
            " AS rows (kind, registration, amount, n) ORDER BY n RETURNING id, sale_id)"
            " INSERT INTO undecided (arrival_id, sale_id) SELECT id, sale_id FROM entered"
        ),
        {
            "sale": sale.id,
            "at": ends_at - timedelta(hours=1),
            "kinds": [kind for kind, _one, _amount in rows],
            "people": [one for _kind, one, _amount in rows],
            "amounts": [amount for _kind, _one, amount in rows],
        },
    )
    drain(session, sale.id)
