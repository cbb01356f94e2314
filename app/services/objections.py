"""Objections to a sale: filed, taken in, ruled on, served, reviewed (RULE-M1, M2, L8).

Taking one in is the court's act, and for a third party's objection the stay of the sale belongs to
it: there is no way to have the one without the other.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord
from app.models.columns import new_public_id
from app.models.document_rows import add_document, lock_document
from app.models.document_texts import document_text, title_of
from app.models.draft_rows import case_of, record_about
from app.models.objections import Objection
from app.models.outbox_rows import record_act, tell
from app.models.records import DocumentRecord
from app.models.sales import LotRecord, SaleRecord
from app.models.stop_rows import running_sales
from app.services.bidding import told_acts
from app.services.bidding.acts import Done, OutOfPlace
from app.services.bidding.desk import Desk
from auction_engine.sale.objections import DECIDED, NEXT, Kind, State, comes_too_late, duty_to_stay
from auction_engine.sale.stopping import Duty

# Public in both languages, and names nobody.
STAY_REASONS = {
    Kind.THIRD_PARTY: "案外人对拍卖财产提出异议。A third party objects to the sale.",
    Kind.CONDUCT: "执行异议正在审查。An objection to the procedure is being decided.",
}
_STAYS = uuid.UUID("5a0b1f60-0d6e-4e0b-8f4d-0f1800000008")


class ObjectionRefusal(StrEnum):
    COMES_TOO_LATE = "comes_too_late"
    NO_RIGHT = "no_right"
    WRONG_STATE = "wrong_state"
    MUST_BE_STAYED = "must_be_stayed"
    STAY_FAILED = "stay_failed"
    NO_REASON = "no_reason"
    NO_REFERENCE = "no_reference"
    NOT_SERVED = "not_dismissed"
    SERVED_ALREADY = "served_already"
    IN_THE_FUTURE = "in_the_future"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody objects; `right_claimed` is a third party's alone."""

    kind: str
    grounds: str
    right_claimed: str = ""


def file_objection(
    sale_id: int, stated: Stated, *, person_id: int, name: str
) -> Objection | ObjectionRefusal:
    """File an objection in one's own name; the database lets nobody file in another's."""
    with transaction() as session:
        found = session.execute(
            text("SELECT case_id, court_id FROM case_of_sale(:sale)"), {"sale": sale_id}
        ).one()
        refusal = _why_not_filed(session, sale_id, stated)
        if found.case_id is None or refusal is not None:
            return refusal or ObjectionRefusal.COMES_TOO_LATE
        objection = _new(session, sale_id, found.case_id, found.court_id, stated, name)
        objection.person_id = person_id
        session.add(objection)
        session.flush()
        record_act(
            session,
            actor="creditor",
            action="objection.filed",
            subject=f"objection:{objection.public_id}",
            court_id=objection.court_id,
            person_id=person_id,
        )
    return objection


def enter_objection(
    sale: SaleRecord, stated: Stated, *, name: str, by: int
) -> Objection | ObjectionRefusal:
    """Enter an objection that reached the court on paper; it goes the same way."""
    with transaction() as session:
        refusal = _why_not_filed(session, sale.id, stated)
        if refusal is not None:
            return refusal
        case = case_of(session, sale)
        objection = _new(session, sale.id, case.id, sale.court_id, stated, name)
        objection.entered_by = by
        session.add(objection)
        session.flush()
        _record(session, objection, "objection.filed", by)
    return objection


def receive(
    desk: Desk, objection: Objection, *, stay: bool, by: int
) -> Objection | ObjectionRefusal:
    """Take an objection in; the days to rule run from now.

    A third party's stays whatever runs of that lot, before anything else is written (RULE-L8); one
    to conduct stays it where the court says so.
    """
    kind = Kind(objection.kind)
    if objection.state != State.FILED:
        return ObjectionRefusal.WRONG_STATE
    if duty_to_stay(kind) is Duty.MUST and not stay:
        return ObjectionRefusal.MUST_BE_STAYED
    if stay and not _stay(desk, objection, kind, by):
        return ObjectionRefusal.STAY_FAILED
    with transaction() as session:
        locked = _lock(session, objection)
        if State.RECEIVED not in NEXT[State(locked.state)]:
            return ObjectionRefusal.WRONG_STATE
        now = legal_now(session, locked.court_id)
        locked.state, locked.received_by, locked.received_at = State.RECEIVED, by, now
        locked.stayed = stay
        _record(session, locked, "objection.received", by, stayed=stay)
        _tell(session, locked, "objection_received", now)
    return locked


def decide(
    objection: Objection, *, uphold: bool, reason: str, by: int
) -> Objection | ObjectionRefusal:
    """Rule on an objection, in a signed document with the reason (RULE-M1, M2)."""
    decision = State.UPHELD if uphold else State.DISMISSED
    if not reason.strip():
        return ObjectionRefusal.NO_REASON
    with transaction() as session:
        locked = _lock(session, objection)
        if decision not in NEXT[State(locked.state)]:
            return ObjectionRefusal.WRONG_STATE
        now = legal_now(session, locked.court_id)
        ruling = _write_ruling(session, locked, decision, reason.strip(), now, by)
        locked.state, locked.decision = decision, decision.value
        locked.decision_reason = reason.strip()
        locked.decided_by, locked.decided_at, locked.document_id = by, now, ruling.id
        _record(session, locked, f"objection.{decision}", by, sha256=ruling.sha256)
    return locked


def serve(
    objection: Objection, *, served_at: datetime | None, by: int
) -> DocumentRecord | ObjectionRefusal:
    """Record the service of the ruling: from it run the days for review, and the 15 days in which
    nothing is disposed of (RULE-M2)."""
    with transaction() as session:
        locked = _lock(session, objection)
        if locked.document_id is None:
            return ObjectionRefusal.WRONG_STATE
        ruling = lock_document(session, locked.document_id)
        now = legal_now(session, locked.court_id)
        at = served_at or now
        if ruling.served_at is not None:
            return ObjectionRefusal.SERVED_ALREADY
        if at > now:
            return ObjectionRefusal.IN_THE_FUTURE
        if ruling.signed_at is not None and at < ruling.signed_at:
            return ObjectionRefusal.TOO_EARLY
        ruling.served_at, ruling.audience = at, "parties"
        _record(session, locked, "objection.served", by)
        _tell(session, locked, "objection_decided", at, decision=locked.decision)
    return ruling


def note_review(
    objection: Objection, *, reference: str, filed_at: datetime, by: int
) -> Objection | ObjectionRefusal:
    """Reconsideration was sought, or a suit brought: nothing is disposed of while a suit runs."""
    if not reference.strip():
        return ObjectionRefusal.NO_REFERENCE
    with transaction() as session:
        locked = _lock(session, objection)
        if State(locked.state) not in DECIDED:
            return ObjectionRefusal.WRONG_STATE
        now = legal_now(session, locked.court_id)
        served_at = _served_at(session, locked)
        if served_at is None:
            return ObjectionRefusal.NOT_SERVED
        if filed_at > now:
            return ObjectionRefusal.IN_THE_FUTURE
        locked.state = State.IN_REVIEW
        locked.review_reference, locked.review_filed_at = reference.strip(), filed_at
        _record(session, locked, "objection.in_review", by)
    return locked


def end_review(
    objection: Objection, *, overturned: bool, reference: str, by: int
) -> Objection | ObjectionRefusal:
    """Write down how the review ended; `reference` is the number of its decision."""
    if not reference.strip():
        return ObjectionRefusal.NO_REFERENCE
    following = State.OVERTURNED if overturned else State.CONFIRMED
    with transaction() as session:
        locked = _lock(session, objection)
        if following not in NEXT[State(locked.state)]:
            return ObjectionRefusal.WRONG_STATE
        now = legal_now(session, locked.court_id)
        locked.state, locked.review_ended_at = following, now
        locked.review_outcome = reference.strip()
        _record(session, locked, f"objection.{following}", by)
    return locked


def withdraw(objection: Objection, *, by: int) -> Objection | ObjectionRefusal:
    """Whoever filed it takes it back, as long as the court has not ruled."""
    with transaction() as session:
        # After the ruling it is not theirs to change: then no row is found to be locked.
        locked = session.get(Objection, objection.id, with_for_update=True, populate_existing=True)
        if locked is None or State.WITHDRAWN not in NEXT[State(locked.state)]:
            return ObjectionRefusal.WRONG_STATE
        locked.state = State.WITHDRAWN
        record_act(
            session,
            actor="creditor",
            action="objection.withdrawn",
            subject=f"objection:{locked.public_id}",
            court_id=locked.court_id,
            person_id=by,
        )
    return locked


def _why_not_filed(session: Session, sale_id: int, stated: Stated) -> ObjectionRefusal | None:
    kind = Kind(stated.kind)
    if kind is Kind.THIRD_PARTY and not stated.right_claimed.strip():
        return ObjectionRefusal.NO_RIGHT
    stands = session.execute(
        text("SELECT * FROM enforcement_of(:sale)"), {"sale": sale_id}
    ).one_or_none()
    late = stands is None or comes_too_late(
        kind,
        case_ended=stands.case_ended,
        handed_over=stands.handed_over,
        bought_by_party=stands.bought_by_party,
    )
    return ObjectionRefusal.COMES_TOO_LATE if late else None


def _new(
    session: Session, sale_id: int, case_id: int, court_id: int, stated: Stated, name: str
) -> Objection:
    is_third_party = stated.kind == Kind.THIRD_PARTY
    return Objection(
        public_id=new_public_id(),
        court_id=court_id,
        case_id=case_id,
        sale_id=sale_id,
        kind=stated.kind,
        name=name.strip()[:200],
        right_claimed=stated.right_claimed.strip()[:300] if is_third_party else "",
        grounds=stated.grounds.strip(),
        filed_at=legal_now(session, court_id),
        state=State.FILED.value,
    )


def _stay(desk: Desk, objection: Objection, kind: Kind, by: int) -> bool:
    """Stay what runs of the lot. What is over needs no stay, and neither does what is stayed."""
    with transaction() as session:
        lot_id = session.get_one(SaleRecord, objection.sale_id).lot_id
        targets = [
            (sale.id, sale.public_id)
            for sale, state in running_sales(session, objection.case_id)
            if sale.lot_id == lot_id and state.status != "suspended"
        ]
        named = objection.public_id
    for sale_id, public_id in targets:
        answer = told_acts.suspend(
            desk,
            sale_id,
            reason=STAY_REASONS[kind],
            key=uuid.uuid5(_STAYS, f"{named}:{public_id}"),
            by=by,
            objection=named,
        )
        if not isinstance(answer, Done | OutOfPlace):
            return False
    return True


def _write_ruling(
    session: Session, objection: Objection, decision: State, reason: str, now: datetime, by: int
) -> DocumentRecord:
    sale = session.get_one(SaleRecord, objection.sale_id)
    asset = session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)
    content = document_text(
        session,
        "objection_ruling",
        sale,
        objection=objection,
        upheld=decision is State.UPHELD,
        reason=reason,
        now=now,
    )
    ruling = add_document(
        session,
        court_id=sale.court_id,
        case_id=objection.case_id,
        sale_id=sale.id,
        kind="objection_ruling",
        subject=f"objection:{objection.public_id}",
        audience="court",
        title=title_of("objection_ruling", asset.title),
        content=content,
        at=now,
        made_by=by,
    )
    ruling.signed_by, ruling.signed_at = by, now
    return ruling


def _served_at(session: Session, objection: Objection) -> datetime | None:
    if objection.document_id is None:
        return None
    return session.get_one(DocumentRecord, objection.document_id).served_at


def _lock(session: Session, objection: Objection) -> Objection:
    return session.scalars(
        select(Objection)
        .where(Objection.id == objection.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _tell(
    session: Session, objection: Objection, kind: str, at: datetime, **params: object
) -> None:
    """Whoever filed here is told here; others are served on paper."""
    if objection.person_id is None:
        return
    tell(
        session,
        kind=kind,
        key=f"{kind}:{objection.public_id}",
        at=at,
        params={"objection": objection.public_id, "kind": objection.kind, **params},
        person_id=objection.person_id,
        court_id=objection.court_id,
        sale_id=objection.sale_id,
    )


def _record(
    session: Session, objection: Objection, action: str, by: int, **details: object
) -> None:
    sale = session.get_one(SaleRecord, objection.sale_id)
    record_about(session, sale, action, by, objection=objection.public_id, **details)
