"""What somebody brings before they register: who they are, and what they ask of the court."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import SaleStateRecord
from app.models.columns import new_public_id
from app.models.people import Person
from app.models.sales import PriorityClaim, ProxyRequest, SaleRecord

_OVER = ("sold", "unsold", "withdrawn")


@dataclass(frozen=True, slots=True)
class Details:
    """What the court must know of whoever buys (RULE-E3, H2)."""

    name: str
    id_number: str
    address: str
    phone: str


class Asked(StrEnum):
    ASKED = "asked"
    ASKED_BEFORE = "asked_before"
    TOO_LATE = "too_late"


def save_details(person_id: int, details: Details) -> None:
    """Keep a person's details; registrations made before keep those they were made with."""
    with transaction() as session:
        person = session.get_one(Person, person_id)
        person.name = details.name
        person.id_number = details.id_number
        person.address = details.address
        person.phone = details.phone


def ask_for_priority(person_id: int, sale_id: int, ground: str) -> Asked:
    """Ask the court to confirm a first right to buy (RULE-F1), once per sale."""
    with transaction() as session:
        sale = session.get_one(SaleRecord, sale_id)
        if _is_over(session, sale_id):
            return Asked.TOO_LATE
        added = session.execute(
            upsert(PriorityClaim)
            .values(
                public_id=new_public_id(),
                court_id=sale.court_id,
                sale_id=sale_id,
                person_id=person_id,
                ground=ground,
                state="asked",
            )
            .on_conflict_do_nothing(index_elements=["sale_id", "person_id"])
            .returning(PriorityClaim.id)
        )
        return Asked.ASKED if added.scalar_one_or_none() is not None else Asked.ASKED_BEFORE


@dataclass(frozen=True, slots=True)
class Principal:
    """For whom a proxy wants to bid, and what gives them the authority."""

    name: str
    id_number: str
    authority: str


def ask_to_bid_for(person_id: int, sale_id: int, principal: Principal) -> Asked:
    """Ask the court to confirm a proxy: before bidding starts, or never (RULE-E8)."""
    with transaction() as session:
        sale = session.get_one(SaleRecord, sale_id)
        if _is_over(session, sale_id) or legal_now(session, sale.court_id) >= sale.opens_at:
            return Asked.TOO_LATE
        added = session.execute(
            upsert(ProxyRequest)
            .values(
                public_id=new_public_id(),
                court_id=sale.court_id,
                sale_id=sale_id,
                person_id=person_id,
                principal_name=principal.name,
                principal_id_number=principal.id_number,
                authority=principal.authority,
                state="asked",
            )
            .on_conflict_do_nothing(index_elements=["sale_id", "person_id"])
            .returning(ProxyRequest.id)
        )
        return Asked.ASKED if added.scalar_one_or_none() is not None else Asked.ASKED_BEFORE


def _is_over(session: Session, sale_id: int) -> bool:
    over = select(
        exists().where(SaleStateRecord.sale_id == sale_id, SaleStateRecord.status.in_(_OVER))
    )
    return bool(session.scalar(over))
