"""Register for a lot: who may, what they declare, and what is sealed when they do (RULE-E, F1).

A registration stores a random code, a blind index and two sealed envelopes; nothing in the
database leads from it to the person without the platform's keys.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import Tenant, act_for, transaction
from app.gateways.clock import legal_now
from app.gateways.seal import (
    Locker,
    Sealer,
    blind_index,
    index_of_id_number,
    joint_draft_lock,
)
from app.models.bidding import Registration, SaleStateRecord
from app.models.cases import ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.courts import CourtMembership, CourtRecord
from app.models.exclusion_rows import is_excluded
from app.models.journal import Entry
from app.models.money import Deposit, Settlement
from app.models.people import ContactEnvelope, Participation, Person, PersonEnvelope
from app.models.qualification import BidderDeclaration
from app.models.qualification_rows import (
    drop_joint_draft,
    find_joint_draft,
    qualifications_in_words,
)
from app.models.references import new_reference
from app.models.registration_rows import (
    admission_entry,
    find_case_id,
    find_participations,
    find_registration_id,
    next_registration_id,
    take_part,
)
from app.models.sales import PriorityClaim, ProxyRequest, SaleRecord
from app.services.bidding.desk import Desk, Unreachable
from app.services.taking_part import stand_behind, take_part_already
from auction_engine.money.deposits import deposit_due
from auction_engine.money.lost_deposit import prepayment_due
from auction_engine.rulepacks import sale_pack
from auction_engine.sale.exclusion import Ground
from auction_engine.sale.joint import (
    JointBuyer,
    from_plain,
    may_be_named,
    names_of,
    to_plain,
    violations,
)
from auction_engine.sale.qualification import (
    Capacity,
    Incapacity,
    Standing,
    code_prefix,
    incapacity,
    standing,
    undeclared,
)

# No letters that look like digits, no vowels that make words; 28 signs, four of them.
_SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_CODE_LENGTHS = (4, 4, 4, 5, 5, 5, 5, 5)
_LONGEST_CODE = 8

_ENDED = frozenset({"sold", "unsold", "withdrawn"})


class Hindrance(StrEnum):
    """Why somebody cannot register, in the order in which it is looked for."""

    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    COURT_STAFF = "court_staff"
    OPERATOR = "operator"
    DEFAULTED_BEFORE = "defaulted_before"
    NOT_APPROVED_BEFORE = "not_approved_before"
    LISTED_COURT_STAFF = "listed_court_staff"
    LISTED_PLATFORM_STAFF = "listed_platform_staff"
    LISTED_AUXILIARY = "listed_auxiliary"
    LISTED_RELATIVE = "listed_relative"
    DETAILS_MISSING = "details_missing"
    TERMS_CHANGED = "terms_changed"
    PROXY_NOT_CONFIRMED = "proxy_not_confirmed"
    PRIORITY_UNDECIDED = "priority_undecided"
    NOT_NAMED = "not_named"
    NAMED_TOO_LATE = "named_too_late"
    UNDER_AGE = "under_age"
    NOT_A_COMPANY = "not_a_company"
    NOT_A_PERSON = "not_a_person"
    NOT_DECLARED = "not_declared"
    SAME_PERSON = "same_person"


_LISTED = {
    Ground.DEFAULTED: Hindrance.DEFAULTED_BEFORE,
    Ground.NOT_APPROVED: Hindrance.NOT_APPROVED_BEFORE,
    Ground.COURT_STAFF: Hindrance.LISTED_COURT_STAFF,
    Ground.PLATFORM_STAFF: Hindrance.LISTED_PLATFORM_STAFF,
    Ground.AUXILIARY: Hindrance.LISTED_AUXILIARY,
    Ground.CLOSE_RELATIVE: Hindrance.LISTED_RELATIVE,
}
_UNFIT = {
    Incapacity.UNDER_AGE: Hindrance.UNDER_AGE,
    Incapacity.NOT_A_COMPANY: Hindrance.NOT_A_COMPANY,
    Incapacity.NOT_A_PERSON: Hindrance.NOT_A_PERSON,
}


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

    `for_another`: as the proxy that the court confirmed (RULE-E8). `jointly`: with those named
    before bidding opens. `as_ordinary`: without waiting for the court's word on a priority right
    (RULE-F1). `qualifications`: the public ids of those that were declared (RULE-E11).
    """

    terms_hash: str
    for_another: bool = False
    jointly: bool = False
    as_ordinary: bool = False
    capacity: Capacity = Capacity.ADULT
    qualifications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Applicant:
    """Whoever registers now: what they declare, and who will have bought if they win."""

    person: Person
    sale: SaleRecord
    declaration: Declaration
    principal: ProxyRequest | None
    buyers: tuple[JointBuyer, ...]
    now: datetime

    @property
    def numbers(self) -> list[str]:
        """All who are behind it, also through others (RULE-E9)."""
        return [self.person.id_number or "", *(buyer.id_number for buyer in self.buyers)]


def register(
    seals: Seals, desk: Desk, person_id: int, sale_id: int, declaration: Declaration
) -> Registered | NotRegistered:
    """Register a person for a published sale, once; the same person gets the same answer."""
    try:
        answer, admission = _register(seals, person_id, sale_id, declaration)
    except _TakesPartSince:
        return NotRegistered(Hindrance.SAME_PERSON)
    if admission is not None:
        _admit(desk, admission)
    return answer


class _TakesPartSince(Exception):
    """Under another account, and between the question and the deposit that was not due."""


def _register(
    seals: Seals, person_id: int, sale_id: int, declaration: Declaration
) -> tuple[Registered | NotRegistered, Entry | None]:
    with transaction() as session:
        # One registration of a person at a time: a second press waits here and finds the first.
        person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        mine = my_registrations(session, seals, person_id)
        act_for(Tenant(person_id=person_id, registration_ids=mine))
        index = blind_index(seals.key, "sale", sale_id, person_id)
        known = find_registration_id(session, sale_id, index)
        if known is not None:
            return _as_registered(session.get_one(Registration, known)), None
        sale = session.get_one(SaleRecord, sale_id)
        now = legal_now(session, sale.court_id)
        who = _applicant(session, seals, sale, person, declaration, now)
        reason = hindrance(session, sale, person, now, key=seals.key) or _unfit(session, seals, who)
        if reason is not None:
            return NotRegistered(reason), None

        registration = _add_registration(session, seals, who, index, mine)
        _seal(session, seals, registration, who)
        stand_behind(session, seals.key, registration, who.buyers)
        _keep_declaration(session, registration, who)
        admission = _add_deposit(session, registration, now)
        return _as_registered(registration), admission


def my_registrations(session: Session, seals: Seals, person_id: int) -> tuple[int, ...]:
    """The ids of all registrations of a person, unlocked with the platform's key."""
    locker = seals.participations
    index = blind_index(seals.key, "person", person_id)
    return tuple(locker.unlock(locked) for locked in find_participations(session, index))


def hindrance(
    session: Session, sale: SaleRecord, person: Person, now: datetime, *, key: str
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
    return _listed(session, key, sale.id, [person.id_number] if person.id_number else [])


def _listed(session: Session, key: str, sale_id: int, numbers: list[str]) -> Hindrance | None:
    """Why one of these numbers stands on the court's list; nobody reads whose it is (RULE-E9)."""
    people = [index_of_id_number(key, number) for number in numbers]
    ground = is_excluded(session, sale_id, people) if people else None
    return _LISTED[ground] if ground is not None else None


def owed_by_applicant(session: Session, sale: SaleRecord, person_id: int) -> int:
    """The deposit that this person owes: an applicant creditor's claim counts (RULE-E6)."""
    return _owed(sale, _admitted_claim(session, sale, person_id))


def _owed(sale: SaleRecord, applicant_claim: int | None) -> int:
    deposit = deposit_due(sale.deposit, applicant_claim_minor=applicant_claim)
    if sale.round == "sell_off":
        # Whoever takes part in a sell-off has paid the whole price before (RULE-K9).
        return prepayment_due(
            price=sale.starting_price, stated_deposit=sale.deposit, applicant_deposit=deposit
        )
    return deposit


def _admitted_claim(session: Session, sale: SaleRecord, person_id: int) -> int | None:
    """What the court admitted of an applicant's claims in this case; None for everybody else.

    Whether other execution creditors are meant as well is an open question (RULE-E6); the pack
    says how it is read.
    """
    roles = ("applicant",)
    pack = sale_pack(sale.rules)
    if "other_creditors_deposit" in pack.switches and (
        pack.reading("other_creditors_deposit") == "reduced"
    ):
        roles = ("applicant", "creditor")
    case_id = find_case_id(session, sale.id)
    admitted = session.execute(
        select(func.sum(ClaimRecord.admitted_amount))
        .join(Party, Party.id == ClaimRecord.party_id)
        .where(
            Party.person_id == person_id,
            Party.role.in_(roles),
            ClaimRecord.case_id == case_id,
            ClaimRecord.state == "admitted",
            ClaimRecord.currency == sale.currency,
        )
    ).scalar_one()
    return int(admitted) if admitted is not None else None


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


def _applicant(
    session: Session,
    seals: Seals,
    sale: SaleRecord,
    person: Person,
    declaration: Declaration,
    now: datetime,
) -> _Applicant:
    """Who is behind a registration: oneself, a principal, or several together."""
    principal, buyers = None, (JointBuyer(person.name, person.id_number or "", Fraction(1)),)
    if declaration.for_another:
        principal = _confirmed_proxy(session, sale.id, person.id)
        if principal is not None:
            name, number = principal.principal_name, principal.principal_id_number
            buyers = (JointBuyer(name, number, Fraction(1)),)
    elif declaration.jointly:
        buyers = named_with(session, seals.key, sale.id, person)
    return _Applicant(person, sale, declaration, principal, buyers, now)


def named_with(session: Session, key: str, sale_id: int, person: Person) -> tuple[JointBuyer, ...]:
    """Those whom a person named as buying with them, themself first; nobody: an empty list."""
    index, locker = joint_draft_lock(key, sale_id, person.id)
    locked = find_joint_draft(session, index)
    if locked is None:
        return ()
    others = from_plain(locker.unlock(locked))
    own = 1 - sum((other.share for other in others), Fraction(0))
    return (JointBuyer(person.name, person.id_number or "", own), *others)


def _unfit(session: Session, seals: Seals, who: _Applicant) -> Hindrance | None:
    """What the person can still put right."""
    person, declaration = who.person, who.declaration
    if not all((person.name, person.id_number, person.address, person.phone)):
        return Hindrance.DETAILS_MISSING
    if declaration.terms_hash != who.sale.announcement_hash:
        return Hindrance.TERMS_CHANGED
    if declaration.for_another and who.principal is None:
        return Hindrance.PROXY_NOT_CONFIRMED
    claim = _priority_claim(session, who.sale.id, person.id)
    if claim is not None and claim.state == "asked" and not declaration.as_ordinary:
        return Hindrance.PRIORITY_UNDECIDED
    return _wrongly_named(who) or _incapable(session, who) or _unqualified(session, seals, who)


def _wrongly_named(who: _Applicant) -> Hindrance | None:
    """Joint buyers are named in advance, all of them, with shares that make a whole (E8)."""
    if who.declaration.for_another or not who.declaration.jointly:
        return None
    if violations(who.buyers):
        return Hindrance.NOT_NAMED
    in_time = may_be_named(at=who.now, opens_at=who.sale.opens_at)
    return None if in_time else Hindrance.NAMED_TOO_LATE


def _incapable(session: Session, who: _Applicant) -> Hindrance | None:
    """Full capacity of whoever bids; the court looks at a principal's itself (RULE-E1, E8)."""
    court = session.get_one(CourtRecord, who.sale.court_id)
    today = who.now.astimezone(ZoneInfo(court.timezone)).date()
    found = incapacity(who.person.id_number or "", who.declaration.capacity, today)
    return _UNFIT[found] if found is not None else None


def _unqualified(session: Session, seals: Seals, who: _Applicant) -> Hindrance | None:
    """Each asked qualification is declared (RULE-E11), nobody behind it is barred (E9), and
    none of them takes part under another account."""
    asked = [each["id"] for each in qualifications_in_words(session, who.sale.id)]
    if undeclared(asked, who.declaration.qualifications):
        return Hindrance.NOT_DECLARED
    listed = _listed(session, seals.key, who.sale.id, who.numbers)
    if listed is None and take_part_already(session, seals.key, who.sale.id, who.buyers):
        return Hindrance.SAME_PERSON
    return listed


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


def _add_registration(
    session: Session, seals: Seals, who: _Applicant, index: bytes, mine: tuple[int, ...]
) -> Registration:
    """Write the registration under an id that the tenant names before it exists."""
    registration_id = next_registration_id(session)
    person, sale = who.person, who.sale
    act_for(Tenant(person_id=person.id, registration_ids=(*mine, registration_id)))
    stands = _standing(session, who)
    values = {
        "id": registration_id,
        "public_id": new_public_id(),
        "court_id": sale.court_id,
        "sale_id": sale.id,
        "blind_index": index,
        "priority_rank": stands.priority_rank,
        "deposit_due": _owed(sale, stands.applicant_claim),
        "currency": sale.currency,
        "terms_hash": sale.announcement_hash,
        "terms_accepted_at": who.now,
    }
    _take_a_code(session, values, stands.priority_rank)
    session.add(
        Participation(
            person_index=blind_index(seals.key, "person", person.id),
            sealed_registration=seals.participations.lock(registration_id),
        )
    )
    return session.get_one(Registration, registration_id)


def _standing(session: Session, who: _Applicant) -> Standing:
    """A first right and a claim count for whoever buys alone and for themself (RULE-F1, E6)."""
    claim = _priority_claim(session, who.sale.id, who.person.id)
    return standing(
        confirmed_rank=claim.rank if claim is not None else None,
        applicant_claim=_admitted_claim(session, who.sale, who.person.id),
        for_another=who.declaration.for_another,
        jointly=who.declaration.jointly,
    )


def _keep_declaration(session: Session, registration: Registration, who: _Applicant) -> None:
    """Freeze what was declared with the registration, in the words that were shown (E1, E11)."""
    session.add(
        BidderDeclaration(
            registration_id=registration.id,
            court_id=registration.court_id,
            sale_id=registration.sale_id,
            capacity=who.declaration.capacity.value,
            qualifications=qualifications_in_words(session, registration.sale_id),
            declared_at=who.now,
        )
    )


def _take_a_code(session: Session, values: dict[str, object], rank: int | None) -> None:
    """Draw until a code is free in this sale; a number would tell who came when (INV-P1).

    A priority purchaser's begins with the rank (RULE-F2).
    """
    prefix = code_prefix(rank)
    for length in _CODE_LENGTHS:
        drawn = min(length, _LONGEST_CODE - len(prefix))
        code = prefix + "".join(secrets.choice(_SIGNS) for _ in range(drawn))
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


def _seal(session: Session, seals: Seals, registration: Registration, who: _Applicant) -> None:
    """Close who this is, and where letters go, for two other processes (RULE-E13).

    The buyers' names are what is published after the end (RULE-H2): the principal's, for a proxy;
    all, where several buy together. What each number comes to goes in with it, so that whoever
    does not pay can be kept out by it later (RULE-J4).
    """
    person = who.person
    identity: dict[str, object] = {
        "person_id": person.id,
        "name": names_of(who.buyers),
        "id_number": who.buyers[0].id_number,
        "address": person.address,
        "buyers": [
            {**each, "index": index_of_id_number(seals.key, each["id_number"]).hex()}
            for each in to_plain(who.buyers)
        ],
    }
    if who.principal is not None:
        number = person.id_number or ""
        identity |= {
            "proxy": person.name,
            "proxy_id_number": number,
            "proxy_index": index_of_id_number(seals.key, number).hex(),
        }
    drop_joint_draft(session, joint_draft_lock(seals.key, who.sale.id, person.id)[0])
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
    if not nothing_due:
        return None
    session.flush()
    if not take_part(session, registration.id):
        raise _TakesPartSince
    return admission_entry(registration)


def _admit(desk: Desk, admission: Entry) -> None:
    """Admit whoever needs no deposit; a sweep does it again where this does not get through."""
    try:
        desk.enter(admission)
    except Unreachable:
        return


def _as_registered(registration: Registration) -> Registered:
    return Registered(registration.id, registration.code, registration.deposit_due)
