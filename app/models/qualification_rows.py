"""What a sale asks of its bidders, in rows; and whom somebody will name as buying with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.many_rows import Row, insert_many
from app.models.qualification import (
    EquityTerms,
    JointDraft,
    NamedBuyer,
    QualificationCheck,
    QualificationRecord,
)
from app.models.sales import SaleRecord


def qualifications_of(session: Session, sale_id: int) -> list[QualificationRecord]:
    """What the announcement asks of every bidder, in the order in which it was put in."""
    return list(
        session.scalars(
            select(QualificationRecord)
            .where(QualificationRecord.sale_id == sale_id)
            .order_by(QualificationRecord.id)
        )
    )


def equity_terms_of(session: Session, sale_id: int) -> EquityTerms | None:
    return session.get(EquityTerms, sale_id)


def last_check(session: Session, sale_id: int) -> QualificationCheck | None:
    """The court's newest word on whether the buyer is qualified (RULE-E11)."""
    return session.scalars(
        select(QualificationCheck)
        .where(QualificationCheck.sale_id == sale_id)
        .order_by(QualificationCheck.id.desc())
        .limit(1)
    ).one_or_none()


def lacks_check(session: Session, sale_id: int) -> bool:
    """Whether a qualification is asked for and not established: then there is no ruling (E11)."""
    if not qualifications_of(session, sale_id):
        return False
    check = last_check(session, sale_id)
    return check is None or check.outcome != "met"


def qualifications_in_words(session: Session, sale_id: int) -> list[dict[str, str]]:
    """As an announcement states them, and as a declaration repeats them (RULE-D9)."""
    return [
        {
            "id": each.public_id,
            "kind": each.kind,
            "asks": each.asks,
            "consequence": each.consequence,
        }
        for each in qualifications_of(session, sale_id)
    ]


def equity_in_words(session: Session, sale_id: int) -> dict[str, Any] | None:
    """Capital, what of it is paid in, until when the rest is due, and approvals (RULE-D9)."""
    terms = equity_terms_of(session, sale_id)
    if terms is None:
        return None
    due = terms.contribution_due_on
    return {
        "currency": terms.currency,
        "subscribed": terms.subscribed,
        "paid_in": terms.paid_in,
        "contribution_due_on": due.isoformat() if due else None,
        "approvals": terms.approvals,
    }


def copy_conditions(session: Session, *, of_sale: int, to_sale: int, by: int) -> None:
    """Ask in the draft of a following round what the round before asked."""
    for each in qualifications_of(session, of_sale):
        session.add(
            QualificationRecord(
                court_id=each.court_id,
                sale_id=to_sale,
                kind=each.kind,
                asks=each.asks,
                consequence=each.consequence,
                added_by=by,
            )
        )
    stated = equity_terms_of(session, of_sale)
    if stated is not None:
        session.add(
            EquityTerms(
                sale_id=to_sale,
                court_id=stated.court_id,
                currency=stated.currency,
                subscribed=stated.subscribed,
                paid_in=stated.paid_in,
                contribution_due_on=stated.contribution_due_on,
                approvals=stated.approvals,
            )
        )


# --- buying together ----------------------------------------------------------------------------


def find_joint_draft(session: Session, index: bytes) -> bytes | None:
    """What somebody named so far, still locked (`gateways.seal.joint_draft_lock`)."""
    found = session.get(JointDraft, index)
    return found.locked if found is not None else None


def keep_joint_draft(session: Session, index: bytes, locked: bytes) -> None:
    session.execute(
        upsert(JointDraft)
        .values(draft_index=index, locked=locked)
        .on_conflict_do_update(index_elements=["draft_index"], set_={"locked": locked})
    )


def drop_joint_draft(session: Session, index: bytes) -> None:
    session.execute(delete(JointDraft).where(JointDraft.draft_index == index))


# --- who bought ---------------------------------------------------------------------------------


def add_named_buyers(session: Session, opened: Sequence[tuple[SaleRecord, dict[str, Any]]]) -> None:
    """Write who bought, out of the envelopes that the closing opened: all of them (RULE-H2, E8)."""
    insert_many(
        session,
        NamedBuyer,
        [row for sale, envelope in opened for row in _all_named(sale, envelope)],
    )


def _all_named(sale: SaleRecord, envelope: dict[str, Any]) -> list[Row]:
    """Envelopes of before joint purchase name one person and no index."""
    alone = [{"name": envelope["name"], "share": [1, 1], "index": None}]
    buyers = envelope.get("buyers") or alone
    named = [_named(sale, place, "buyer", each) for place, each in enumerate(buyers)]
    if envelope.get("proxy"):
        proxy = {"name": envelope["proxy"], "index": envelope.get("proxy_index")}
        named.append(_named(sale, len(buyers), "proxy", proxy))
    return named


def _named(sale: SaleRecord, position: int, part: str, who: dict[str, Any]) -> Row:
    parts, of = who.get("share", (None, None))
    return {
        "sale_id": sale.id,
        "position": position,
        "court_id": sale.court_id,
        "part": part,
        "name": str(who["name"]),
        "share_parts": parts,
        "share_of": of,
        "person_index": _bytes(who["index"]),
    }


def named_buyers(session: Session, sale_id: int) -> list[NamedBuyer]:
    """Who bought, the bidder first; a proxy last."""
    return list(
        session.scalars(
            select(NamedBuyer).where(NamedBuyer.sale_id == sale_id).order_by(NamedBuyer.position)
        )
    )


def _bytes(written: str | None) -> bytes | None:
    return bytes.fromhex(written) if written else None
