"""Courts: opened by two operators; in a rehearsal court the president holds the legal clock."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import available_timezones

from sqlalchemy import func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_clock
from app.models.cases import CaseRecord
from app.models.courts import CourtRecord, LegalTimeSegment
from app.models.outbox_rows import record_act
from app.models.people import Person
from app.models.proposal_rows import add_proposal, lock_proposal, mark_decided, payload_of
from auction_engine.rulepacks import RULE_PACKS

KINDS = frozenset({"open_court"})
FASTEST = 10_000


class CourtRefused(StrEnum):
    """Why a court is not opened."""

    NOT_ALLOWED = "not_allowed"
    REHEARSAL_IN_PRODUCTION = "rehearsal_in_production"
    NAME_TAKEN = "name_taken"
    LAW_UNKNOWN = "law_unknown"
    ZONE_UNKNOWN = "zone_unknown"
    ALREADY_PROPOSED = "already_proposed"
    NO_SUCH_PROPOSAL = "no_such_proposal"
    DECIDED_ALREADY = "decided_already"
    SOMETHING_ELSE_SHOWN = "something_else_shown"
    SECOND_PERSON_NEEDED = "second_person_needed"


class ClockRefused(StrEnum):
    """Why a legal clock stays as it is."""

    NO_REHEARSAL = "no_rehearsal"
    GOES_BACK = "goes_back"
    RATE_OUT_OF_RANGE = "rate_out_of_range"


@dataclass(frozen=True, slots=True)
class NewCourt:
    name_en: str
    name_zh: str
    region: str
    contact: str
    account_name: str
    account_number: str
    account_bank: str
    timezone: str
    is_rehearsal: bool
    # Which law it works by; the rule pack follows from the day of each proceeding.
    rule_family: str = "cn"


@dataclass(frozen=True, slots=True)
class CourtProposed:
    public_id: str


@dataclass(frozen=True, slots=True)
class CourtOpened:
    public_id: str


@dataclass(frozen=True, slots=True)
class CourtDeclined:
    """The second operator said no."""


def propose_court(
    operator_id: int, court: NewCourt, *, production: bool
) -> CourtProposed | CourtRefused:
    """Put a new court before a second operator."""
    with transaction() as session:
        reason = _unfit(session, operator_id, court, production)
        if reason is not None:
            return reason
        public_id = add_proposal(
            session,
            kind="open_court",
            subject=hashlib.sha256(court.name_zh.encode()).hexdigest(),
            payload=asdict(court),
            proposed_by=operator_id,
            court_id=None,
        )
        if public_id is None:
            return CourtRefused.ALREADY_PROPOSED
        _record(session, operator_id, "court_proposed", f"proposal:{public_id}")
        return CourtProposed(public_id)


def decide_court(
    operator_id: int,
    proposal_public_id: str,
    payload_hash: str,
    approve: bool,
    reason: str,
    *,
    production: bool,
) -> CourtOpened | CourtDeclined | CourtRefused:
    """Another operator's word on exactly what was shown to them; then the court is open."""
    with transaction() as session:
        proposal = lock_proposal(session, proposal_public_id, KINDS, None)
        if proposal is None:
            return CourtRefused.NO_SUCH_PROPOSAL
        if proposal.approved is not None:
            return CourtRefused.DECIDED_ALREADY
        if proposal.payload_hash != payload_hash:
            return CourtRefused.SOMETHING_ELSE_SHOWN
        if proposal.proposed_by == operator_id:
            return CourtRefused.SECOND_PERSON_NEEDED
        asked = NewCourt(**payload_of(proposal))
        unfit = _unfit(session, operator_id, asked, production) if approve else None
        if unfit is not None:
            return unfit
        mark_decided(session, proposal, by=operator_id, approved=approve, reason=reason)
        if not approve:
            _record(session, operator_id, "court_declined", f"proposal:{proposal.public_id}")
            return CourtDeclined()
        court = CourtRecord(**asdict(asked))
        session.add(court)
        session.flush()
        _record(session, operator_id, "court_opened", f"court:{court.public_id}", court.id)
        return CourtOpened(court.public_id)


def set_clock(
    court_id: int, person_id: int, legal_from: datetime | None, rate: float
) -> ClockRefused | None:
    """From now on, this rehearsal court's legal time runs from `legal_from` at `rate`.

    Without `legal_from` it goes on from where it is. It never goes back once anything carries
    its stamps; a court in which nothing has happened yet may begin at any moment.
    """
    if not 0 <= rate <= FASTEST:
        return ClockRefused.RATE_OUT_OF_RANGE
    try:
        with transaction() as session:
            court = session.get_one(CourtRecord, court_id, with_for_update=True)
            if not court.is_rehearsal:
                return ClockRefused.NO_REHEARSAL
            now, running = legal_clock(session, court_id)
            start = legal_from or _just_ahead(now, running)
            if start < now and _has_stamped(session, court_id):
                return ClockRefused.GOES_BACK
            _add_segment(session, court, person_id, start, rate)
    except DBAPIError as wrong:
        # The clock ran past `legal_from` between our look and the database's own (0004).
        if getattr(wrong.orig, "sqlstate", None) == "LC003":
            return ClockRefused.GOES_BACK
        raise
    return None


def _has_stamped(session: Session, court_id: int) -> bool:
    """Whether this court's clock was set before, or something was written down by it."""
    for written in (LegalTimeSegment, CaseRecord):
        if session.scalars(select(written.id).where(written.court_id == court_id).limit(1)).first():
            return True
    return False


def _just_ahead(now: datetime, rate: float) -> datetime:
    """The next whole second that the running clock cannot reach before it is set."""
    ahead = now + timedelta(seconds=max(1.0, rate))
    return ahead.replace(microsecond=0) + timedelta(seconds=1) if rate else now


def _add_segment(
    session: Session, court: CourtRecord, person_id: int, start: datetime, rate: float
) -> None:
    session.add(LegalTimeSegment(court_id=court.id, legal_from=start, rate=rate, set_by=person_id))
    session.flush()
    record_act(
        session,
        actor="court",
        action="legal_clock_set",
        subject=f"court:{court.public_id}",
        court_id=court.id,
        person_id=person_id,
        legal_from=start.isoformat(),
        rate=rate,
    )


def _unfit(
    session: Session, operator_id: int, court: NewCourt, production: bool
) -> CourtRefused | None:
    """A production database holds no rehearsal courts: nothing there is a game."""
    if not session.get_one(Person, operator_id).is_operator:
        return CourtRefused.NOT_ALLOWED
    if court.is_rehearsal and production:
        return CourtRefused.REHEARSAL_IN_PRODUCTION
    if court.rule_family not in {pack.family for pack in RULE_PACKS.values()}:
        return CourtRefused.LAW_UNKNOWN
    if court.timezone not in available_timezones():
        return CourtRefused.ZONE_UNKNOWN
    taken = select(func.count()).where(
        or_(CourtRecord.name_zh == court.name_zh, CourtRecord.name_en == court.name_en)
    )
    if session.scalars(taken.select_from(CourtRecord)).one():
        return CourtRefused.NAME_TAKEN
    return None


def _record(
    session: Session, operator_id: int, action: str, subject: str, court_id: int | None = None
) -> None:
    record_act(
        session,
        actor="operator",
        action=action,
        subject=subject,
        court_id=court_id,
        person_id=operator_id,
    )
