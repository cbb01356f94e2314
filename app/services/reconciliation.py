"""The daily comparison: our books, the provider's list, the bank's balance (INV-M5, M7).

Equal, or a named open item with an owner. An item closes with the next look that finds the two
sides equal, or when two persons say why they never will be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.models.courts import CourtRecord
from app.models.differences import (
    PROVIDER_KINDS,
    Compared,
    Difference,
    at_the_provider,
    bank_accounts,
    bank_balances,
    late_refunds,
    lying_at_the_provider,
    unexplained_debits,
)
from app.models.open_item_rows import CLOSING, ItemKind, close_all_but, raise_item
from app.models.outbox_rows import record_act
from app.models.proposal_rows import add_proposal, lock_proposal, mark_decided, payload_of
from app.models.reconciliation import OpenItem, Reconciliation
from app.services.checkouts import Provider
from app.services.provider_books import read_provider_books

_BANK_KINDS = (ItemKind.BANK_BOOKS, ItemKind.BANK_BALANCE, ItemKind.BANK_DEBIT)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a look found: sums compared, and differences that stand open after it."""

    day: date
    compared: int
    differences: int


class ItemRefusal(StrEnum):
    """Why an item is not closed so."""

    NOT_OPEN = "not_open"
    PROPOSED_ALREADY = "proposed_already"
    NO_SUCH_PROPOSAL = "no_such_proposal"
    SAME_PERSON = "same_person"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NO_REASON = "no_reason"


def reconcile(day: date, provider: Provider | None = None) -> Reconciled:
    """Compare everything up to the end of `day`; without a provider only with the bank."""
    theirs: dict[str, int] | None = None
    if provider is not None:
        read_provider_books(provider)
        theirs = provider.payments.balance()
    with transaction() as session:
        compared, found = _with_the_bank(session, day)
        kinds: tuple[ItemKind, ...] = _BANK_KINDS
        if theirs is not None:
            more, differences = _with_the_provider(session, day, theirs)
            compared, found = [*compared, *more], [*found, *differences]
            kinds = (*kinds, *PROVIDER_KINDS, ItemKind.PROVIDER_BALANCE)
        _settle(session, kinds, found)
    return Reconciled(day, len(compared), len(found))


def list_late_refunds() -> int:
    """Each refund that is past its 24 hours is a breach with a name, until it is done (H3)."""
    with transaction() as session:
        found = late_refunds(session)
        _settle(session, (ItemKind.REFUND_LATE,), found)
    return len(found)


def propose_closing(court_id: int | None, item: str, *, reason: str, by: int) -> str | ItemRefusal:
    """Say why a difference is explained; a second person decides. The proposal's public id."""
    with transaction() as session:
        row = _lock(session, court_id, item)
        if row is None:
            return ItemRefusal.NOT_OPEN
        if not reason.strip():
            return ItemRefusal.NO_REASON
        proposal = add_proposal(
            session,
            kind=CLOSING,
            subject=f"item:{row.public_id}",
            payload=_payload(row, reason.strip()),
            proposed_by=by,
            court_id=court_id,
            reason=reason.strip()[:300],
        )
        return proposal or ItemRefusal.PROPOSED_ALREADY


def decide_closing(
    court_id: int | None, proposal: str, *, payload_hash: str, approved: bool, by: int
) -> OpenItem | ItemRefusal:
    """A second person agrees with what they were shown, and the item is closed; or not."""
    with transaction() as session:
        found = lock_proposal(session, proposal, frozenset({CLOSING}), court_id)
        if found is None or found.approved is not None:
            return ItemRefusal.NO_SUCH_PROPOSAL
        if found.proposed_by == by:
            return ItemRefusal.SAME_PERSON
        if found.payload_hash != payload_hash:
            return ItemRefusal.CHANGED_MEANWHILE
        asked = payload_of(found)
        row = _lock(session, court_id, asked["item"])
        if row is None:
            return ItemRefusal.NOT_OPEN
        if approved and _payload(row, asked["reason"]) != asked:
            return ItemRefusal.CHANGED_MEANWHILE
        mark_decided(session, found, by=by, approved=approved, reason="")
        if approved:
            row.closed_at = _now(session, court_id)
            row.state, row.closed_how, row.proposal_id = "closed", "two_persons", found.id
            record_act(
                session,
                actor="court" if court_id is not None else "operator",
                action="item.closed",
                subject=f"item:{row.public_id}",
                court_id=court_id,
                person_id=by,
                how="two_persons",
            )
    return row


def _with_the_bank(session: Session, day: date) -> tuple[list[Compared], list[Difference]]:
    books = bank_accounts(session)
    balances = bank_balances(session, day)
    _keep(session, "bank", day, balances)
    found = [
        *_unequal(ItemKind.BANK_BOOKS, books),
        *_unequal(ItemKind.BANK_BALANCE, balances),
        *unexplained_debits(session),
    ]
    return [*books, *balances], found


def _with_the_provider(
    session: Session, day: date, theirs: dict[str, int]
) -> tuple[list[Compared], list[Difference]]:
    ours = lying_at_the_provider(session)
    compared = [
        Compared(None, currency, ours.get(currency, 0), theirs.get(currency, 0))
        for currency in sorted({*ours, *theirs})
    ]
    _keep(session, "provider", day, compared)
    found = [*_unequal(ItemKind.PROVIDER_BALANCE, compared), *at_the_provider(session, day)]
    return compared, found


def _unequal(kind: ItemKind, compared: Sequence[Compared]) -> list[Difference]:
    return [
        Difference(
            kind,
            f"{kind.value}:{one.court_id or 'platform'}:{one.currency}",
            one.court_id,
            one.ours,
            one.theirs,
            one.currency,
        )
        for one in compared
        if one.ours != one.theirs
    ]


def _keep(session: Session, side: str, day: date, compared: Sequence[Compared]) -> None:
    for one in compared:
        session.add(
            Reconciliation(
                court_id=one.court_id,
                side=side,
                day=day,
                currency=one.currency,
                ours=one.ours,
                theirs=one.theirs,
            )
        )


def _settle(session: Session, kinds: Sequence[ItemKind], found: Sequence[Difference]) -> None:
    """Open an item for each difference, and close those that are not there any more."""
    standing: defaultdict[tuple[ItemKind, int | None], set[str]] = defaultdict(set)
    courts: list[int | None] = [None, *session.scalars(select(CourtRecord.id))]
    moments = {court_id: _now(session, court_id) for court_id in courts}
    for one in found:
        standing[one.kind, one.court_id].add(one.subject)
        if not _was_explained(session, one):
            raise_item(
                session,
                one.kind,
                one.subject,
                court_id=one.court_id,
                at=moments[one.court_id],
                ours=one.ours,
                theirs=one.theirs,
                currency=one.currency,
            )
    for kind in kinds:
        for court_id in courts:
            close_all_but(
                session, kind, standing[kind, court_id], court_id=court_id, at=moments[court_id]
            )


def _was_explained(session: Session, one: Difference) -> bool:
    """Two persons have said why of just this difference; it does not come up again."""
    explained = session.scalars(
        select(OpenItem).where(
            OpenItem.kind == one.kind.value,
            OpenItem.subject == one.subject,
            OpenItem.closed_how == "two_persons",
        )
    )
    apart = (one.ours or 0) - (one.theirs or 0)
    return any((item.ours or 0) - (item.theirs or 0) == apart for item in explained)


def _lock(session: Session, court_id: int | None, public_id: str) -> OpenItem | None:
    return session.scalars(
        select(OpenItem)
        .where(
            OpenItem.public_id == public_id,
            OpenItem.court_id.is_not_distinct_from(court_id),
            OpenItem.state == "open",
        )
        .with_for_update()
    ).one_or_none()


def _payload(item: OpenItem, reason: str) -> dict[str, object]:
    return {
        "item": item.public_id,
        "kind": item.kind,
        "subject": item.subject,
        "ours": item.ours,
        "theirs": item.theirs,
        "currency": item.currency,
        "reason": reason,
    }


def _now(session: Session, court_id: int | None) -> datetime:
    return real_now(session) if court_id is None else legal_now(session, court_id)
