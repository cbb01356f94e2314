"""A court opens an enforcement case, names who takes part, and describes what was seized."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.outbox_rows import record_act, tell
from app.models.people import Person


class CaseRefusal(StrEnum):
    NUMBER_TAKEN = "number_taken"
    NO_SUCH_ACCOUNT = "no_such_account"
    LINKED_ALREADY = "linked_already"
    CASE_ENDED = "case_ended"


@dataclass(frozen=True, slots=True)
class NewCase:
    number: str
    instrument: str
    debtor_kind: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class NewParty:
    """`email` links the party to an account, so that notices and plans reach them here."""

    role: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """An asset as RULE-D3 wants it described."""

    property_kind: str
    category: str
    title: str
    title_zh: str
    description: str
    address: str
    region: str
    ownership: str
    possession: str
    burdens: str
    defects: str
    seized_on: date | None
    picture: str
    is_living_home: bool
    living_home_ground: str
    is_purchase_restricted: bool = False


@dataclass(frozen=True, slots=True)
class EnteredClaim:
    claim_class: str
    amount: int
    currency: str
    ground: str
    rank: int | None
    on_assets: tuple[str, ...]
    seized_on: date | None
    filed_on: date


def open_case(court_id: int, form: NewCase, *, by: int) -> CaseRecord | CaseRefusal:
    """Open a case; its number is unique in the court, whoever asks at the same moment."""
    with transaction() as session:
        case_id = session.execute(
            upsert(CaseRecord)
            .values(
                public_id=new_public_id(),
                court_id=court_id,
                number=form.number,
                instrument=form.instrument,
                debtor_kind=form.debtor_kind,
                opened_on=form.opened_on,
                state="open",
                created_by=by,
            )
            .on_conflict_do_nothing(index_elements=["court_id", "number"])
            .returning(CaseRecord.id)
        ).scalar_one_or_none()
        if case_id is None:
            return CaseRefusal.NUMBER_TAKEN
        case = session.get_one(CaseRecord, case_id)
        _record(session, case, "case.opened", f"case:{case.public_id}", by)
    return case


def add_party(case: CaseRecord, form: NewParty, *, by: int) -> Party | CaseRefusal:
    """Name somebody who takes part, and link their account if they have one."""
    with transaction() as session:
        person_id = None
        if form.email:
            person_id = _account(session, form.email)
            if person_id is None:
                return CaseRefusal.NO_SUCH_ACCOUNT
        party = Party(
            court_id=case.court_id,
            case_id=case.id,
            role=form.role,
            name=form.name,
            person_id=person_id,
        )
        session.add(party)
        session.flush()
        _record(session, case, "party.added", f"party:{party.public_id}", by, role=form.role)
        if person_id is not None:
            _tell_of_link(session, case, party)
    return party


def link_party(party: Party, email: str, *, by: int) -> Party | CaseRefusal:
    """Link a party to their account, once: whoever is linked reads the party's file."""
    with transaction() as session:
        locked = session.get_one(Party, party.id, with_for_update=True, populate_existing=True)
        if locked.person_id is not None:
            return CaseRefusal.LINKED_ALREADY
        person_id = _account(session, email)
        if person_id is None:
            return CaseRefusal.NO_SUCH_ACCOUNT
        locked.person_id = person_id
        case = session.get_one(CaseRecord, locked.case_id)
        _record(session, case, "party.linked", f"party:{locked.public_id}", by)
        _tell_of_link(session, case, locked)
    return locked


def add_asset(case: CaseRecord, form: Description, *, by: int) -> AssetRecord:
    with transaction() as session:
        asset = AssetRecord(court_id=case.court_id, case_id=case.id)
        _describe(asset, form)
        session.add(asset)
        session.flush()
        _record(session, case, "asset.added", f"asset:{asset.public_id}", by)
    return asset


def describe_asset(asset: AssetRecord, form: Description, *, by: int) -> AssetRecord:
    """Describe it anew. What was announced before stays as it was announced (INV-A14)."""
    with transaction() as session:
        locked = session.get_one(AssetRecord, asset.id, with_for_update=True)
        _describe(locked, form)
        case = session.get_one(CaseRecord, locked.case_id)
        _record(session, case, "asset.described", f"asset:{locked.public_id}", by)
    return locked


def enter_claim(party: Party, form: EnteredClaim, *, by: int) -> ClaimRecord:
    """Enter a claim that reached the court on paper; it is decided like any other."""
    with transaction() as session:
        claim = ClaimRecord(
            court_id=party.court_id,
            case_id=party.case_id,
            party_id=party.id,
            claim_class=form.claim_class,
            rank=form.rank,
            on_assets=list(form.on_assets),
            amount=form.amount,
            currency=form.currency,
            ground=form.ground,
            seized_on=form.seized_on,
            filed_on=form.filed_on,
        )
        session.add(claim)
        session.flush()
        case = session.get_one(CaseRecord, party.case_id)
        _record(session, case, "claim.entered", f"claim:{claim.public_id}", by)
    return claim


def _describe(asset: AssetRecord, form: Description) -> None:
    asset.property_kind = form.property_kind
    asset.category = form.category
    asset.title = form.title
    asset.title_zh = form.title_zh
    asset.description = form.description
    asset.address = form.address
    asset.region = form.region
    asset.ownership = form.ownership
    asset.possession = form.possession
    asset.burdens = form.burdens
    asset.defects = form.defects
    asset.seized_on = form.seized_on
    asset.picture = form.picture
    asset.is_living_home = form.is_living_home
    asset.living_home_ground = form.living_home_ground
    asset.is_purchase_restricted = form.is_purchase_restricted


def _account(session: Session, email: str) -> int | None:
    return session.scalars(
        select(Person.id).where(Person.email == email.strip().lower(), Person.active)
    ).one_or_none()


def _tell_of_link(session: Session, case: CaseRecord, party: Party) -> None:
    """Nobody becomes a party of a case without knowing it: a wrong address comes to light."""
    tell(
        session,
        kind="party_linked",
        key=f"party-linked:{party.public_id}",
        at=legal_now(session, case.court_id),
        params={"case": case.public_id, "number": case.number, "role": party.role},
        person_id=party.person_id,
        court_id=case.court_id,
    )


def _record(
    session: Session, case: CaseRecord, action: str, subject: str, by: int, **details: str
) -> None:
    record_act(
        session,
        actor="court",
        action=action,
        subject=subject,
        court_id=case.court_id,
        person_id=by,
        case=case.public_id,
        **details,
    )
