"""The provider's own books, read again and again: every movement, fee and payout (INV-M5, M7).

What a payment, a refund or a dispute is to us, its own service books. Here the fee beside it is
booked, and what leaves the provider for the bank. A fee stays where a payment is refunded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import func, select

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.gateways.payments import Movement, PayoutStatus
from app.gateways.payments import ProviderPayout as Told
from app.models.court_transfer_rows import take_shares_out_of_suspense
from app.models.open_item_rows import ItemKind, raise_item
from app.models.provider_rows import (
    NewMovement,
    add_movements,
    book_fees,
    court_behind,
    keep_payout,
    take_out_of_suspense,
    unknown_among,
)
from app.models.reconciliation import Dispute, ProviderMovement, ProviderPayout
from app.services.checkouts import Provider, take_payment
from app.services.disputes import take_dispute

# Stripe stamps a movement before it can be listed, and who reads may die between two pages: so
# much is read once more.
_READ_AGAIN = timedelta(hours=26)
_AT_ONCE = 100
_PAYOUTS_BACK = timedelta(days=14)
_THE_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def read_provider_books(
    provider: Provider, until: datetime | None = None, *, news_only: bool = False
) -> int:
    """Read what is new since the last look; how many movements were.

    `news_only` stops at the first page on which nothing is new, so that a look each minute costs
    what the minute brought. What it may have passed over is read with the hourly comparison.
    """
    with transaction() as session:
        newest = session.scalars(select(func.max(ProviderMovement.at))).one()
        until = until or real_now(session) + timedelta(minutes=5)
    since = newest - _READ_AGAIN if newest is not None else _THE_BEGINNING
    told = provider.payments.movements_between(since, until)
    taken = 0
    while page := list(islice(told, _AT_ONCE)):
        new = _take_movements(provider, page)
        taken += new
        if news_only and not new:
            break
    for payout in provider.payments.payouts_between(since - _PAYOUTS_BACK, until):
        take_payout(provider, payout)
    for provider_id in _open_disputes():
        take_dispute(provider, provider.payments.fetch_dispute(provider_id))
    return taken


def _take_movements(provider: Provider, page: Sequence[Movement]) -> int:
    """Keep movements and book their fees, once; what no hint told of is looked into."""
    with transaction() as session:
        unknown = unknown_among(session, [movement.id for movement in page])
    new = [movement for movement in page if movement.id in unknown]
    for movement in new:
        _make_known(provider, movement)
    with transaction() as session:
        added = add_movements(session, [_as_row(movement) for movement in new])
        by_court: defaultdict[int, list[NewMovement]] = defaultdict(list)
        for movement in new:
            court_id = added.get(movement.id)
            if court_id is not None:
                by_court[court_id].append(_as_row(movement))
        for court_id in sorted(by_court):
            book_fees(session, court_id, by_court[court_id], legal_now(session, court_id))
    return len(added)


def _as_row(movement: Movement) -> NewMovement:
    return NewMovement(
        provider_id=movement.id,
        payment_id=movement.payment_id,
        category=movement.category,
        source_id=movement.source_id,
        amount=movement.amount_minor,
        fee=movement.fee_minor,
        currency=movement.currency,
        at=movement.created_at,
    )


def _make_known(provider: Provider, movement: Movement) -> None:
    """A webhook is only a hint, and may never have come: the movement tells as well."""
    if movement.category == "charge" and movement.payment_id is not None:
        take_payment(provider, provider.payments.fetch_payment(movement.payment_id))
    if movement.category in ("dispute", "dispute_reversal") and movement.source_id is not None:
        take_dispute(provider, provider.payments.fetch_dispute(movement.source_id))


def take_payout(provider: Provider, told: Told) -> None:
    """Divide a payout among the courts whose money it is; it is booked when the bank has it."""
    with transaction() as session:
        known = session.scalars(
            select(ProviderPayout).filter_by(provider_id=told.id).order_by(ProviderPayout.court_id)
        ).all()
        courts = [share.court_id for share in known]
    if not courts:
        courts = _divide(provider, told)
    for court_id in courts:
        _follow(told, court_id)
    if len(courts) > 1 and told.status is not PayoutStatus.FAILED:
        with transaction() as session:
            take_shares_out_of_suspense(session, told.id)


def _divide(provider: Provider, told: Told) -> list[int]:
    if told.status is PayoutStatus.CANCELED:
        return []
    shares: defaultdict[int | None, list[Movement]] = defaultdict(list)
    with_courts = provider.payments.movements_in(told.id)
    with transaction() as session:
        for movement in with_courts:
            behind = court_behind(session, movement.payment_id, movement.source_id)
            shares[behind[0] if behind else None].append(movement)
        for court_id, movements in shares.items():
            if court_id is None:
                continue
            fees = sum(movement.fee_minor for movement in movements)
            keep_payout(
                session,
                provider_id=told.id,
                court_id=court_id,
                amount=sum(movement.amount_minor for movement in movements) - fees,
                fees=fees,
                currency=told.currency,
                trace=told.trace,
                is_whole=len(shares) == 1,
                total=told.amount_minor,
                arrives_on=told.arrives_on,
            )
    return [court_id for court_id in shares if court_id is not None]


def _follow(told: Told, court_id: int) -> None:
    with transaction() as session:
        share = session.scalars(
            select(ProviderPayout)
            .filter_by(provider_id=told.id, court_id=court_id)
            .with_for_update()
        ).one()
        if share.state != "on_its_way":
            return
        at = legal_now(session, court_id)
        if told.status is PayoutStatus.FAILED:
            # The money never left the provider: nothing is booked, and somebody mends the account.
            share.state = "failed"
            raise_item(
                session,
                ItemKind.PAYOUT_FAILED,
                f"payout:{share.public_id}",
                court_id=court_id,
                at=at,
                theirs=share.amount,
                currency=share.currency,
            )
            return
        take_out_of_suspense(session, share, at)


def _open_disputes() -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                select(Dispute.provider_id).where(Dispute.state == "open").order_by(Dispute.id)
            )
        )
