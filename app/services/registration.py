"""Register for a lot: who may, what they declare, and what is sealed when they do (RULE-E, F1).

A registration stores a random code, a blind index and two sealed envelopes; nothing in the
database leads from it to the person without the platform's keys.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import Tenant, act_for, transaction
from app.gateways.clock import legal_now
from app.gateways.seal import Locker, Sealer, blind_index
from app.models.bidding import Registration, SaleStateRecord
from app.models.cases import ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.courts import CourtMembership
from app.models.journal import Entry
from app.models.money import Deposit, Settlement
from app.models.people import ContactEnvelope, Participation, Person, PersonEnvelope
from app.models.references import new_reference
from app.models.registration_rows import (
    admission_entry,
    find_case_id,
    find_participations,
    find_registration_id,
    next_registration_id,
)
from app.models.sales import PriorityClaim, ProxyRequest, SaleRecord
from app.services.bidding.desk import Desk, Unreachable
from auction_engine.money.deposits import deposit_due

# No letters that look like digits, no vowels that make words; 28 signs, four of them.
_SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_CODE_LENGTHS = (4, 4, 4, 5, 5, 5, 5, 5)

_ENDED = frozenset({"sold", "unsold", "withdrawn"})


class Hindrance(StrEnum):
    """Why somebody cannot register, in the order in which it is looked for."""

    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    COURT_STAFF = "court_staff"
    OPERATOR = "operator"
    DEFAULTED_BEFORE = "defaulted_before"
    DETAILS_MISSING = "details_missing"
    TERMS_CHANGED = "terms_changed"
    PROXY_NOT_CONFIRMED = "proxy_not_confirmed"
    PRIORITY_UNDECIDED = "priority_undecided"


@dataclass(frozen=True, slots=True)
class Registered:
    """The registration stands; made now, or before by the same person."""

    registration_id: int
    code: str
    deposit_due: int


@dataclass(frozen=True, slots=True)
class NotRegistered:
    reason: Hindrance


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys by which a registration is made: one finds again, two can only close."""

    key: str
    person: Sealer
    contact: Sealer

    @property
    def participations(self) -> Locker:
        return Locker(self.key, "participation")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the bidder accepts and declares; `terms_hash` is of the announcement they were shown.

    `for_another`: as the proxy that the court confirmed (RULE-E8). `as_ordinary`: without waiting
    for the court's word on a priority right (RULE-F1).
    """

    terms_hash: str
    for_another: bool = False
    as_ordinary: bool = False


def register(
    seals: Seals, desk: Desk, person_id: int, sale_id: int, declaration: Declaration
) -> Registered | NotRegistered:
    """Register a person for a published sale, once; the same person gets the same answer."""
    with transaction() as session:
        # One registration of a person at a time: a second press waits here and finds the first.
        person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        mine = my_registrations(session, seals, person_id)
        act_for(Tenant(person_id=person_id, registration_ids=mine))
        index = blind_index(seals.key, "sale", sale_id, person_id)
        known = find_registration_id(session, sale_id, index)
        if known is not None:
            return _as_registered(session.get_one(Registration, known))
        sale = session.get_one(SaleRecord, sale_id)
        now = legal_now(session, sale.court_id)
        reason = hindrance(session, sale, person, now) or _unfit(session, sale, person, declaration)
        if reason is not None:
            return NotRegistered(reason)

        registration = _add_registration(session, seals, sale, person, index, mine, now)
        _seal(session, seals, registration, person, _principal(session, sale, person, declaration))
        admission = _add_deposit(session, registration, now)
        answer = _as_registered(registration)
    if admission is not None:
        _admit(desk, admission)
    return answer


def my_registrations(session: Session, seals: Seals, person_id: int) -> tuple[int, ...]:
    """The ids of all registrations of a person, unlocked with the platform's key."""
    locker = seals.participations
    index = blind_index(seals.key, "person", person_id)
    return tuple(locker.unlock(locked) for locked in find_participations(session, index))


def hindrance(
    session: Session, sale: SaleRecord, person: Person, now: datetime
) -> Hindrance | None:
    """Why this person can never register for this sale, or cannot any more."""
    state = session.get_one(SaleStateRecord, sale.id)
    if state.withdrawn_at is not None:
        return Hindrance.WITHDRAWN
    # Until the end, extensions included; a stayed sale has not ended (RULE-E4).
    if state.status in _ENDED or (state.stayed_from is None and now >= state.closes_at):
        return Hindrance.ENDED
    if _works_at(session, sale.court_id, person.id):
        return Hindrance.COURT_STAFF
    if person.is_operator:
        return Hindrance.OPERATOR
    if _defaulted_on(session, sale.lot_id):
        return Hindrance.DEFAULTED_BEFORE
    return None


def owed_by_applicant(session: Session, sale: SaleRecord, person_id: int) -> int:
    """The deposit that this person owes: an applicant creditor's claim counts (RULE-E6)."""
    case_id = find_case_id(session, sale.id)
    admitted = session.execute(
        select(func.sum(ClaimRecord.admitted_amount))
        .join(Party, Party.id == ClaimRecord.party_id)
        .where(
            Party.person_id == person_id,
            Party.role == "applicant",
            ClaimRecord.case_id == case_id,
            ClaimRecord.state == "admitted",
            ClaimRecord.currency == sale.currency,
        )
    ).scalar_one()
    claim = int(admitted) if admitted is not None else None
    return deposit_due(sale.deposit, applicant_claim_minor=claim)


def _works_at(session: Session, court_id: int, person_id: int) -> bool:
    """Staff of the enforcing court may not buy what their court sells (RULE-E9)."""
    return (
        session.scalars(
            select(CourtMembership.id)
            .where(
                CourtMembership.court_id == court_id,
                CourtMembership.person_id == person_id,
                CourtMembership.ended_at.is_(None),
            )
            .limit(1)
        ).first()
        is not None
    )


def _defaulted_on(session: Session, lot_id: int) -> bool:
    """Whoever bought this lot before and did not pay stays out of it (RULE-J4, K11).

    Only the person's own settlements are in sight here: the tenant holds their registrations.
    """
    return (
        session.scalars(
            select(Settlement.id)
            .join(SaleRecord, SaleRecord.id == Settlement.sale_id)
            .where(SaleRecord.lot_id == lot_id, Settlement.state == "defaulted")
            .limit(1)
        ).first()
        is not None
    )


def _unfit(
    session: Session, sale: SaleRecord, person: Person, declaration: Declaration
) -> Hindrance | None:
    """What the person can still put right."""
    if not all((person.name, person.id_number, person.address, person.phone)):
        return Hindrance.DETAILS_MISSING
    if declaration.terms_hash != sale.announcement_hash:
        return Hindrance.TERMS_CHANGED
    if declaration.for_another and _confirmed_proxy(session, sale.id, person.id) is None:
        return Hindrance.PROXY_NOT_CONFIRMED
    claim = _priority_claim(session, sale.id, person.id)
    if claim is not None and claim.state == "asked" and not declaration.as_ordinary:
        return Hindrance.PRIORITY_UNDECIDED
    return None


def _priority_claim(session: Session, sale_id: int, person_id: int) -> PriorityClaim | None:
    return session.scalars(
        select(PriorityClaim).where(
            PriorityClaim.sale_id == sale_id, PriorityClaim.person_id == person_id
        )
    ).one_or_none()


def _confirmed_proxy(session: Session, sale_id: int, person_id: int) -> ProxyRequest | None:
    """The court's leave to bid for somebody else, given before bidding started (RULE-E8)."""
    return session.scalars(
        select(ProxyRequest)
        .join(SaleRecord, SaleRecord.id == ProxyRequest.sale_id)
        .where(
            ProxyRequest.sale_id == sale_id,
            ProxyRequest.person_id == person_id,
            ProxyRequest.state == "confirmed",
            ProxyRequest.decided_at < SaleRecord.opens_at,
        )
    ).one_or_none()


def _principal(
    session: Session, sale: SaleRecord, person: Person, declaration: Declaration
) -> ProxyRequest | None:
    return _confirmed_proxy(session, sale.id, person.id) if declaration.for_another else None


def _add_registration(
    session: Session,
    seals: Seals,
    sale: SaleRecord,
    person: Person,
    index: bytes,
    mine: tuple[int, ...],
    now: datetime,
) -> Registration:
    """Write the registration under an id that the tenant names before it exists."""
    registration_id = next_registration_id(session)
    act_for(Tenant(person_id=person.id, registration_ids=(*mine, registration_id)))
    claim = _priority_claim(session, sale.id, person.id)
    values = {
        "id": registration_id,
        "public_id": new_public_id(),
        "court_id": sale.court_id,
        "sale_id": sale.id,
        "blind_index": index,
        "priority_rank": claim.rank if claim is not None else None,
        "deposit_due": owed_by_applicant(session, sale, person.id),
        "currency": sale.currency,
        "terms_hash": sale.announcement_hash,
        "terms_accepted_at": now,
    }
    _take_a_code(session, values)
    session.add(
        Participation(
            person_index=blind_index(seals.key, "person", person.id),
            sealed_registration=seals.participations.lock(registration_id),
        )
    )
    return session.get_one(Registration, registration_id)


def _take_a_code(session: Session, values: dict[str, object]) -> None:
    """Draw until a code is free in this sale; a number would tell who came when (INV-P1)."""
    for length in _CODE_LENGTHS:
        code = "".join(secrets.choice(_SIGNS) for _ in range(length))
        written = session.execute(
            upsert(Registration)
            .values(**values, code=code)
            .on_conflict_do_nothing(index_elements=["sale_id", "code"])
            .returning(Registration.id)
        )
        if written.scalar_one_or_none() is not None:
            return
    raise CodesExhausted(f"no free code in sale {values['sale_id']}")


class CodesExhausted(Exception):
    """Eight codes in a row were taken: something is wrong with the source of chance."""


def _seal(
    session: Session,
    seals: Seals,
    registration: Registration,
    person: Person,
    principal: ProxyRequest | None,
) -> None:
    """Close who this is, and where letters go, for two other processes (RULE-E13).

    The buyer's name is what is published after the end (RULE-H2): the principal's, for a proxy.
    """
    identity: dict[str, object] = {
        "person_id": person.id,
        "name": person.name,
        "id_number": person.id_number,
        "address": person.address,
    }
    if principal is not None:
        identity |= {
            "name": principal.principal_name,
            "id_number": principal.principal_id_number,
            "proxy": person.name,
            "proxy_id_number": person.id_number,
        }
    contact = {
        "email": person.email,
        "phone": person.phone,
        "locale": person.locale,
        "name": person.name,
    }
    session.add(PersonEnvelope(registration_id=registration.id, sealed=seals.person.seal(identity)))
    session.add(
        ContactEnvelope(registration_id=registration.id, sealed=seals.contact.seal(contact))
    )


def _add_deposit(session: Session, registration: Registration, now: datetime) -> Entry | None:
    """Await the deposit under its own reference; without one due, the admission to journal."""
    nothing_due = registration.deposit_due == 0
    session.add(
        Deposit(
            court_id=registration.court_id,
            sale_id=registration.sale_id,
            registration_id=registration.id,
            amount=registration.deposit_due,
            currency=registration.currency,
            # The way is chosen on the deposit's page.
            channel="none",
            reference=new_reference(),
            state="held" if nothing_due else "awaiting",
            held_at=now if nothing_due else None,
        )
    )
    return admission_entry(registration) if nothing_due else None


def _admit(desk: Desk, admission: Entry) -> None:
    """Admit whoever needs no deposit; a sweep does it again where this does not get through."""
    try:
        desk.enter(admission)
    except Unreachable:
        return


def _as_registered(registration: Registration) -> Registered:
    return Registered(registration.id, registration.code, registration.deposit_due)
