"""What a court's pages about cases and sales show, read as the page wants it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from app.models.bidding import (
    BidRecord,
    Buyer,
    Outcome,
    Registration,
    SaleStateRecord,
    TranscriptLine,
)
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.courts import CourtMembership, Proposal
from app.models.money import Deposit, Settlement
from app.models.people import Person
from app.models.records import AuditRecord, DocumentRecord, PublicNotice
from app.models.rounds import InKindInquiry, Taking
from app.models.sales import LotRecord, PanelVote, PartyNotice, PriorityClaim, SaleRecord

Record = TypeVar(
    "Record",
    CaseRecord,
    Party,
    AssetRecord,
    ClaimRecord,
    SaleRecord,
    PriorityClaim,
    DocumentRecord,
    InKindInquiry,
    Taking,
)


def find(session: Session, kind: type[Record], court_id: int, public_id: str) -> Record | None:
    """A thing of this court by its public id; what belongs to another court does not exist."""
    return session.scalars(
        select(kind).where(kind.court_id == court_id, kind.public_id == public_id)
    ).one_or_none()


# --- cases --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseLine:
    case: CaseRecord
    debtor: str
    assets: int
    sales: int


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    action: str
    who: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A round of a lot with how it stands."""

    sale: SaleRecord
    asset: AssetRecord
    state: SaleStateRecord | None
    outcome: Outcome | None
    settlement: Settlement | None

    @property
    def status(self) -> str:
        """`draft`, or the state that everybody sees."""
        return self.state.status if self.state is not None else self.sale.state


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of a case on one page."""

    parties: list[Party]
    assets: list[AssetRecord]
    claims: list[tuple[ClaimRecord, Party]]
    sales: list[SaleLine]
    documents: list[DocumentRecord]
    log: list[LogLine]

    def current_sale_of(self, asset: AssetRecord) -> SaleLine | None:
        """The newest round of an asset."""
        rounds = [line for line in self.sales if line.asset.id == asset.id]
        return max(rounds, key=lambda line: line.sale.number, default=None)


def list_cases(session: Session, court_id: int, wanted: str, limit: int = 200) -> list[CaseLine]:
    """Cases whose number or party's name contains `wanted`, the newest first."""
    debtor = (
        select(func.string_agg(Party.name, ", "))
        .where(Party.case_id == CaseRecord.id, Party.role == "debtor")
        .scalar_subquery()
    )
    assets = _count(AssetRecord.case_id == CaseRecord.id, AssetRecord)
    sales = (
        select(func.count())
        .select_from(SaleRecord)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(LotRecord.case_id == CaseRecord.id)
        .scalar_subquery()
    )
    query = select(CaseRecord, debtor, assets, sales).where(CaseRecord.court_id == court_id)
    if wanted:
        named = select(Party.case_id).where(Party.name.icontains(wanted, autoescape=True))
        query = query.where(
            or_(
                CaseRecord.number.icontains(wanted, autoescape=True),
                CaseRecord.id.in_(named),
            )
        )
    rows = session.execute(query.order_by(CaseRecord.id.desc()).limit(limit))
    return [CaseLine(case, name or "", things, rounds) for case, name, things, rounds in rows]


def case_file(session: Session, case: CaseRecord) -> CaseFile:
    sales = sales_of_case(session, case.id)
    claims = session.execute(
        select(ClaimRecord, Party)
        .join(Party, Party.id == ClaimRecord.party_id)
        .where(ClaimRecord.case_id == case.id)
        .order_by(ClaimRecord.id)
    )
    decided = [(claim, party) for claim, party in claims]
    return CaseFile(
        parties=_of_case(session, Party, case.id),
        assets=_of_case(session, AssetRecord, case.id),
        claims=decided,
        sales=sales,
        documents=list(
            session.scalars(
                select(DocumentRecord)
                .where(DocumentRecord.case_id == case.id)
                .order_by(DocumentRecord.made_at.desc(), DocumentRecord.id.desc())
            )
        ),
        log=case_log(
            session,
            case,
            [f"sale:{line.sale.public_id}" for line in sales]
            + [f"claim:{claim.public_id}" for claim, _party in decided],
        ),
    )


def sales_of_case(session: Session, case_id: int) -> list[SaleLine]:
    return _sale_lines(session, LotRecord.case_id == case_id)


def case_log(session: Session, case: CaseRecord, subjects: list[str]) -> list[LogLine]:
    """What the court and the platform did in a case, or to one of its `subjects`. Names are those
    of the court's own staff."""
    staff = select(CourtMembership.person_id).where(CourtMembership.court_id == case.court_id)
    rows = session.execute(
        select(AuditRecord, Person.name)
        .outerjoin(Person, (Person.id == AuditRecord.person_id) & Person.id.in_(staff))
        .where(
            AuditRecord.court_id == case.court_id,
            # Acts of bidders are not here: who they are is nobody's business (RULE-A8).
            AuditRecord.actor.in_(("court", "closer", "creditor")),
            or_(
                AuditRecord.details["case"].astext == case.public_id,
                AuditRecord.subject.in_(subjects),
            ),
        )
        .order_by(AuditRecord.id.desc())
        .limit(200)
    )
    return [LogLine(act.at, act.action, name, dict(act.details)) for act, name in rows]


# --- one sale -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaleFile:
    """A sale with everything that hangs on it."""

    line: SaleLine
    case: CaseRecord
    buyer: Buyer | None
    previous: SaleRecord | None

    @property
    def sale(self) -> SaleRecord:
        return self.line.sale

    @property
    def asset(self) -> AssetRecord:
        return self.line.asset


def sale_file(session: Session, sale: SaleRecord) -> SaleFile:
    (line,) = _sale_lines(session, SaleRecord.id == sale.id)
    previous = sale.previous_sale_id
    return SaleFile(
        line=line,
        case=session.get_one(CaseRecord, line.asset.case_id),
        buyer=session.get(Buyer, sale.id),
        previous=session.get(SaleRecord, previous) if previous is not None else None,
    )


def parties_with_notices(
    session: Session, sale: SaleRecord, case_id: int
) -> list[tuple[Party, PartyNotice | None]]:
    rows = session.execute(
        select(Party, PartyNotice)
        .outerjoin(
            PartyNotice, (PartyNotice.party_id == Party.id) & (PartyNotice.sale_id == sale.id)
        )
        .where(Party.case_id == case_id)
        .order_by(Party.id)
    )
    return [(party, notice) for party, notice in rows]


def priority_claims(session: Session, sale: SaleRecord) -> list[tuple[PriorityClaim, str]]:
    """First rights asked for in this sale, with the name under which the court knows the person.

    A priority purchaser is not a bidder: the court must know who claims the right (RULE-F1).
    """
    rows = session.execute(
        select(PriorityClaim, Person.name)
        .join(Person, Person.id == PriorityClaim.person_id)
        .where(PriorityClaim.sale_id == sale.id)
        .order_by(PriorityClaim.rank.nulls_first(), PriorityClaim.id)
    )
    return [(claim, name) for claim, name in rows]


def named_votes(session: Session, votes: list[PanelVote]) -> list[tuple[PanelVote, str]]:
    names = _names(session, [vote.member_id for vote in votes])
    return [(vote, names.get(vote.member_id, "")) for vote in votes]


def last_publication_proposal(session: Session, sale: SaleRecord) -> tuple[Proposal, str] | None:
    """The newest proposal to publish, with the name of whoever made it."""
    proposal = session.scalars(
        select(Proposal)
        .where(Proposal.kind == "publish", Proposal.subject == f"sale:{sale.public_id}")
        .order_by(Proposal.id.desc())
        .limit(1)
    ).one_or_none()
    if proposal is None:
        return None
    return proposal, _names(session, [proposal.proposed_by]).get(proposal.proposed_by, "")


def documents_of_sale(session: Session, sale: SaleRecord) -> list[DocumentRecord]:
    """Newest versions first."""
    return list(
        session.scalars(
            select(DocumentRecord)
            .where(DocumentRecord.sale_id == sale.id)
            .order_by(DocumentRecord.kind, DocumentRecord.version.desc())
        )
    )


def person_name(session: Session, person_id: int | None) -> str | None:
    return session.scalars(select(Person.name).where(Person.id == person_id)).one_or_none()


# --- a running sale -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A line of the public transcript in words' keys: codes alone, as everybody may read it."""

    n: int
    kind: str
    at: datetime | None
    code: str | None
    amount: int | None
    accepted: bool | None
    reason: str | None
    closes_at: datetime | None


def course(session: Session, sale_id: int, limit: int = 200) -> list[CourseLine]:
    """The last lines of a sale's transcript, newest first."""
    lines = session.scalars(
        select(TranscriptLine.line)
        .where(TranscriptLine.sale_id == sale_id, TranscriptLine.n > 0)
        .order_by(TranscriptLine.n.desc())
        .limit(limit)
    )
    return [_course_line(json.loads(line)) for line in lines]


def bids(session: Session, sale_id: int, limit: int = 200) -> Sequence[Row[Any]]:
    """Accepted bids as everybody sees them, newest first."""
    return session.execute(
        select(
            BidRecord.seq,
            BidRecord.code,
            BidRecord.rank,
            BidRecord.amount.label("amount_minor"),
            BidRecord.at,
            BidRecord.closes_at,
        )
        .where(BidRecord.sale_id == sale_id)
        .order_by(BidRecord.seq.desc())
        .limit(limit)
    ).all()


def notices_of_sale(session: Session, sale_id: int) -> list[PublicNotice]:
    return list(
        session.scalars(
            select(PublicNotice)
            .where(PublicNotice.sale_id == sale_id)
            .order_by(PublicNotice.at.desc(), PublicNotice.id.desc())
        )
    )


def deposits_by_code(session: Session, sale: SaleRecord) -> list[tuple[str, Deposit]]:
    """Deposits with the codes they secure, once the sale is over; nobody's before (RULE-E13)."""
    if sale.state not in ("ended", "withdrawn"):
        return []
    rows = session.execute(
        select(Registration.code, Deposit)
        .join(Deposit, Deposit.registration_id == Registration.id)
        .where(Registration.sale_id == sale.id, Deposit.held_at.is_not(None))
        .order_by(Registration.code)
    )
    return [(code, deposit) for code, deposit in rows]


def _course_line(line: dict[str, Any]) -> CourseLine:
    decision = line.get("decision", {})
    closes_at = decision.get("closes_at") or line.get("closes_at")
    return CourseLine(
        n=line["n"],
        kind=line["type"],
        at=_moment(line.get("at")),
        code=line.get("bidder") or line.get("winner"),
        amount=line.get("amount") or line.get("price"),
        accepted=decision.get("accepted"),
        reason=decision.get("reason") or line.get("reason") or line.get("status"),
        closes_at=_moment(closes_at),
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _sale_lines(session: Session, where: ColumnElement[bool]) -> list[SaleLine]:
    rows = session.execute(
        select(SaleRecord, AssetRecord, SaleStateRecord, Outcome, Settlement)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
        .outerjoin(SaleStateRecord, SaleStateRecord.sale_id == SaleRecord.id)
        .outerjoin(Outcome, Outcome.sale_id == SaleRecord.id)
        .outerjoin(Settlement, Settlement.sale_id == SaleRecord.id)
        .where(where)
        .order_by(SaleRecord.lot_id, SaleRecord.number)
    )
    return [SaleLine(*row) for row in rows]


def _of_case(session: Session, kind: type[Any], case_id: int) -> list[Any]:
    return list(session.scalars(select(kind).where(kind.case_id == case_id).order_by(kind.id)))


def _count(where: ColumnElement[bool], of: type[Any]) -> Any:
    return select(func.count()).select_from(of).where(where).scalar_subquery()


def _names(session: Session, person_ids: list[int]) -> dict[int, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}
