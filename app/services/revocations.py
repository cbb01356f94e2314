"""A sale that was made is undone: asked for, decided, and its money goes back (RULE-M3, M4, M5).

The web writes down what the court decided. The worker then returns what is still with us; what was
paid out already the court has to call back, and the record says how much that is.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import force_locale
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import Outcome
from app.models.cases import AssetRecord
from app.models.columns import new_public_id
from app.models.document_rows import add_document
from app.models.document_texts import document_text, title_of
from app.models.draft_rows import case_of, record_about
from app.models.give_back_rows import give_back
from app.models.money import Settlement
from app.models.objections import Revocation
from app.models.outbox_rows import publish_notice, record_act, tell
from app.models.records import DocumentRecord
from app.models.sales import LotRecord, SaleRecord
from app.models.settlement_rows import lock_settlement
from app.services.promises import for_each
from app.services.stop_words import REVOCATION_GROUNDS
from auction_engine.sale.revocation import NEXT, RULES, Ground, State

REASON = "sale_revoked"


class RevocationRefusal(StrEnum):
    NOT_OVER = "not_over"
    REVOKED_ALREADY = "revoked_already"
    WRONG_STATE = "wrong_state"
    NO_REASON = "no_reason"


def request_revocation(
    sale_id: int, *, ground: str, grounds: str, person_id: int, name: str
) -> Revocation | RevocationRefusal:
    """Ask in one's own name that a sale be undone."""
    with transaction() as session:
        found = session.execute(
            text("SELECT case_id, court_id FROM case_of_sale(:sale)"), {"sale": sale_id}
        ).one()
        if found.case_id is None or not _is_sold(session, sale_id):
            return RevocationRefusal.NOT_OVER
        request = _new(session, sale_id, found.case_id, found.court_id, ground, grounds, name)
        request.person_id = person_id
        session.add(request)
        session.flush()
        record_act(
            session,
            actor="creditor",
            action="revocation.requested",
            subject=f"revocation:{request.public_id}",
            court_id=request.court_id,
            person_id=person_id,
        )
    return request


def enter_request(
    sale: SaleRecord, *, ground: str, grounds: str, name: str, by: int
) -> Revocation | RevocationRefusal:
    """Enter a request that reached the court on paper, or the court's own (OJS 31)."""
    with transaction() as session:
        if not _is_sold(session, sale.id):
            return RevocationRefusal.NOT_OVER
        case = case_of(session, sale)
        request = _new(session, sale.id, case.id, sale.court_id, ground, grounds, name)
        request.entered_by = by
        session.add(request)
        session.flush()
        _record(session, request, "revocation.requested", by)
    return request


def decide(
    request: Revocation, *, grant: bool, reason: str, by: int
) -> Revocation | RevocationRefusal:
    """Revoke the sale, or dismiss the request; either in a signed ruling with its reason."""
    if not reason.strip():
        return RevocationRefusal.NO_REASON
    decision = State.GRANTED if grant else State.DISMISSED
    with transaction() as session:
        locked = _lock(session, request.id)
        settlement = session.scalars(
            select(Settlement).where(Settlement.sale_id == locked.sale_id).with_for_update()
        ).one_or_none()
        refusal = _why_not(locked, settlement, decision)
        if refusal is not None:
            return refusal
        now = legal_now(session, locked.court_id)
        ruling = _write_ruling(session, locked, decision, reason.strip(), now, by)
        locked.decided_by, locked.decided_at = by, now
        locked.decision_reason, locked.document_id = reason.strip(), ruling.id
        locked.state = decision
        if settlement is not None and decision is State.GRANTED:
            settlement.state = "revoked"
            _announce(session, locked, settlement, now)
        _record(session, locked, f"revocation.{decision}", by, sha256=ruling.sha256)
        _tell_requester(session, locked, now)
    return locked


def return_money() -> int:
    """Send back what a revoked sale's buyer paid; safe to run at any time, and twice."""
    with transaction() as session:
        found = session.scalars(
            select(Revocation.id).where(
                Revocation.state == State.GRANTED, Revocation.money_done_at.is_(None)
            )
        ).all()
    return for_each(found, _return)


def _return(session: Session, revocation_id: int) -> None:
    revocation = _lock(session, revocation_id)
    if revocation.state != State.GRANTED or revocation.money_done_at is not None:
        return
    settlement_id = session.scalars(
        select(Settlement.id).where(Settlement.sale_id == revocation.sale_id)
    ).one()
    settlement = lock_settlement(session, settlement_id)
    sale = session.get_one(SaleRecord, revocation.sale_id)
    now = legal_now(session, revocation.court_id)
    purse = give_back(session, settlement, sale, at=now, reason=REASON)
    revocation.currency = settlement.currency
    revocation.returned, revocation.to_call_back = purse.returned, purse.to_call_back
    revocation.money_done_at = now
    record_act(
        session,
        actor="worker",
        action="revocation.money_returned",
        subject=f"sale:{sale.public_id}",
        court_id=sale.court_id,
        returned=purse.returned,
        to_call_back=purse.to_call_back,
    )


def _why_not(
    request: Revocation, settlement: Settlement | None, decision: State
) -> RevocationRefusal | None:
    if decision not in NEXT[State(request.state)]:
        return RevocationRefusal.WRONG_STATE
    if decision is State.DISMISSED:
        return None
    if settlement is None:
        return RevocationRefusal.NOT_OVER
    if settlement.state == "revoked":
        return RevocationRefusal.REVOKED_ALREADY
    # A buyer who did not pay has lost the lot already; what becomes of it is another decision.
    return RevocationRefusal.WRONG_STATE if settlement.state == "defaulted" else None


def _announce(
    session: Session, revocation: Revocation, settlement: Settlement, now: datetime
) -> None:
    sale = session.get_one(SaleRecord, revocation.sale_id)
    params = {
        "sale": sale.public_id,
        "ground": revocation.ground,
        "rule": RULES[Ground(revocation.ground)],
    }
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="sale_revoked",
        at=now,
        params=params,
    )
    tell(
        session,
        kind="sale_revoked",
        key=f"sale-revoked:{revocation.public_id}",
        at=now,
        params=params,
        registration_id=settlement.registration_id,
        court_id=sale.court_id,
        sale_id=sale.id,
    )


def _tell_requester(session: Session, revocation: Revocation, now: datetime) -> None:
    if revocation.person_id is None:
        return
    tell(
        session,
        kind="revocation_decided",
        key=f"revocation-decided:{revocation.public_id}",
        at=now,
        params={"revocation": revocation.public_id, "granted": revocation.state == State.GRANTED},
        person_id=revocation.person_id,
        court_id=revocation.court_id,
        sale_id=revocation.sale_id,
    )


def _write_ruling(
    session: Session, request: Revocation, decision: State, reason: str, now: datetime, by: int
) -> DocumentRecord:
    sale = session.get_one(SaleRecord, request.sale_id)
    asset = session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)
    content = document_text(
        session,
        "revocation_ruling",
        sale,
        request=request,
        granted=decision is State.GRANTED,
        ground_zh=_in("zh", request.ground),
        ground_en=_in("en", request.ground),
        rule=RULES[Ground(request.ground)],
        reason=reason,
        now=now,
    )
    ruling = add_document(
        session,
        court_id=sale.court_id,
        case_id=request.case_id,
        sale_id=sale.id,
        kind="revocation_ruling",
        subject=f"revocation:{request.public_id}",
        audience="court",
        title=title_of("revocation_ruling", asset.title),
        content=content,
        at=now,
        made_by=by,
    )
    ruling.signed_by, ruling.signed_at = by, now
    return ruling


def _in(language: str, ground: str) -> str:
    """A ruling is written in both languages, whoever signs it."""
    with force_locale(language):
        return str(REVOCATION_GROUNDS[ground])


def _new(
    session: Session,
    sale_id: int,
    case_id: int,
    court_id: int,
    ground: str,
    grounds: str,
    name: str,
) -> Revocation:
    return Revocation(
        public_id=new_public_id(),
        court_id=court_id,
        case_id=case_id,
        sale_id=sale_id,
        ground=Ground(ground).value,
        name=name.strip()[:200],
        grounds=grounds.strip(),
        requested_at=legal_now(session, court_id),
        state=State.REQUESTED.value,
    )


def _is_sold(session: Session, sale_id: int) -> bool:
    ended = session.get(Outcome, sale_id)
    return ended is not None and ended.status == "sold"


def _lock(session: Session, revocation_id: int) -> Revocation:
    return session.scalars(
        select(Revocation)
        .where(Revocation.id == revocation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _record(session: Session, request: Revocation, action: str, by: int, **details: object) -> None:
    sale = session.get_one(SaleRecord, request.sale_id)
    record_about(
        session, sale, action, by, revocation=request.public_id, ground=request.ground, **details
    )
