"""Creditors' claims: filed to the case of a published sale, decided by the court."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import ClaimRecord, Party
from app.models.courts import CourtRecord
from app.models.outbox_rows import record_act, tell


class Refusal(StrEnum):
    NO_SUCH_SALE = "no_such_sale"
    NOT_OPEN_TO_DECISION = "not_open_to_decision"
    MORE_THAN_CLAIMED = "more_than_claimed"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """What a creditor states. `amount` in minor units of the sale's currency."""

    claim_class: str
    amount: int
    ground: str
    seized_on: date | None = None
    rank: int | None = None
    on_assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountDetails:
    name: str
    number: str
    bank: str


def file_claim(
    sale_id: int, form: ClaimForm, *, person_id: int, name: str, currency: str
) -> ClaimRecord | Refused:
    """File a claim in the case of a published sale; whoever files becomes a party to it.

    The database lets a person add themself as a creditor and nobody else (migration 0006).
    """
    with transaction() as session:
        found = session.execute(
            text("SELECT case_id, court_id FROM case_of_sale(:sale)"), {"sale": sale_id}
        ).one()
        if found.case_id is None:
            return Refused(Refusal.NO_SUCH_SALE)
        party_id = _party_of(session, found.case_id, found.court_id, person_id, name)
        zone = ZoneInfo(session.get_one(CourtRecord, found.court_id).timezone)
        now = legal_now(session, found.court_id)
        claim = ClaimRecord(
            court_id=found.court_id,
            case_id=found.case_id,
            party_id=party_id,
            claim_class=form.claim_class,
            rank=form.rank,
            on_assets=list(form.on_assets),
            amount=form.amount,
            currency=currency,
            ground=form.ground,
            seized_on=form.seized_on,
            filed_on=now.astimezone(zone).date(),
        )
        session.add(claim)
        session.flush()
        record_act(
            session,
            actor="creditor",
            action="claim.filed",
            subject=f"claim:{claim.public_id}",
            court_id=found.court_id,
            person_id=person_id,
        )
    return claim


def admit_claim(
    claim_id: int,
    *,
    amount: int,
    claim_class: str,
    rank: int | None,
    on_assets: tuple[str, ...],
    reason: str,
    by: int,
) -> ClaimRecord | Refused:
    """The court admits a claim, whole or in part, in its class and rank."""
    with transaction() as session:
        claim = session.get_one(ClaimRecord, claim_id, with_for_update=True)
        if claim.state != "filed":
            return Refused(Refusal.NOT_OPEN_TO_DECISION)
        if amount > claim.amount:
            return Refused(Refusal.MORE_THAN_CLAIMED)
        claim.state, claim.admitted_amount = "admitted", amount
        claim.claim_class, claim.rank, claim.on_assets = claim_class, rank, list(on_assets)
        _decide(session, claim, reason, by)
    return claim


def refuse_claim(claim_id: int, *, reason: str, by: int) -> ClaimRecord | Refused:
    with transaction() as session:
        claim = session.get_one(ClaimRecord, claim_id, with_for_update=True)
        if claim.state != "filed":
            return Refused(Refusal.NOT_OPEN_TO_DECISION)
        claim.state = "refused"
        _decide(session, claim, reason, by)
    return claim


def withdraw_claim(claim_id: int, *, by: int) -> ClaimRecord | Refused:
    """The creditor takes a claim back, as long as the court has not decided on it."""
    with transaction() as session:
        claim = session.get_one(ClaimRecord, claim_id, with_for_update=True)
        if claim.state != "filed":
            return Refused(Refusal.TOO_LATE)
        claim.state = "withdrawn"
        record_act(
            session,
            actor="creditor",
            action="claim.withdrawn",
            subject=f"claim:{claim.public_id}",
            court_id=claim.court_id,
            person_id=by,
        )
    return claim


def set_account(party_id: int, details: AccountDetails, *, by: int) -> Party:
    """Where this party's money goes. Payouts that exist keep the account they were made with."""
    with transaction() as session:
        return _write_account(session, party_id, details, actor="party", by=by)


def note_account(party_id: int, details: AccountDetails, *, source: str, by: int) -> Party:
    """The court writes down what a party told it otherwise: a debtor without an account here.

    `source` says how it is known; it stands in the record, and the party is told.
    """
    with transaction() as session:
        return _write_account(session, party_id, details, actor="court", by=by, source=source)


def _party_of(session: Session, case_id: int, court_id: int, person_id: int, name: str) -> int:
    """The party that this person is in the case already, or a new creditor."""
    known = session.scalars(
        select(Party.id).where(
            Party.case_id == case_id,
            Party.person_id == person_id,
            Party.role.in_(("applicant", "creditor", "third_party")),
        )
    ).first()
    if known is not None:
        return known
    party = Party(
        court_id=court_id, case_id=case_id, role="creditor", name=name, person_id=person_id
    )
    session.add(party)
    session.flush()
    return party.id


def _write_account(
    session: Session, party_id: int, details: AccountDetails, *, actor: str, by: int, **facts: str
) -> Party:
    """The holder of the account is told of every change: it is worth stealing."""
    party = session.get_one(Party, party_id, with_for_update=True)
    now = legal_now(session, party.court_id)
    party.account_name, party.account_number = details.name, details.number
    party.account_bank, party.account_changed_at = details.bank, now
    record_act(
        session,
        actor=actor,
        action="party.account_changed",
        subject=f"party:{party.public_id}",
        court_id=party.court_id,
        person_id=by,
        **facts,
    )
    if party.person_id is not None:
        tell(
            session,
            kind="party_account_changed",
            key=f"party-account:{party.public_id}:{now.isoformat()}",
            at=now,
            params={"bank": details.bank, "ending": details.number[-4:], "by": actor},
            person_id=party.person_id,
            court_id=party.court_id,
        )
    return party


def _decide(session: Session, claim: ClaimRecord, reason: str, by: int) -> None:
    now = legal_now(session, claim.court_id)
    claim.decision_reason, claim.decided_by, claim.decided_at = reason, by, now
    person_id = session.get_one(Party, claim.party_id).person_id
    if person_id is not None:
        tell(
            session,
            kind=f"claim_{claim.state}",
            key=f"claim-{claim.state}:{claim.public_id}",
            at=now,
            params={
                "claim": claim.public_id,
                "amount": claim.amount,
                "admitted": claim.admitted_amount,
                "currency": claim.currency,
                "reason": reason,
            },
            person_id=person_id,
            court_id=claim.court_id,
        )
    record_act(
        session,
        actor="court",
        action=f"claim.{claim.state}",
        subject=f"claim:{claim.public_id}",
        court_id=claim.court_id,
        person_id=by,
    )
