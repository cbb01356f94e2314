"""Between the row of a sale and the engine's `Sale`: reading, locking, writing back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.models.bidding import BidRecord, SaleStateRecord
from app.models.many_rows import is_any_of
from app.models.sales import SaleRecord
from auction_engine.rulepacks import sale_pack
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.closing import Status
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.offers import Offer
from auction_engine.sale.state import Sale
from auction_engine.sale.terms import SaleTerms

# The first half of a sale's advisory lock; `enter_arrivals` (migration 0004) takes the same one.
LOCK_CLASS = 7101

# The engine says `not_open`; the public is told that a sale is announced.
_PHASES = {Status.NOT_OPEN: "announced"}


def to_terms(row: SaleRecord) -> SaleTerms:
    """The frozen terms of a published sale, as the engine reads them."""
    rules = sale_pack(row.rules)
    return SaleTerms(
        rules=rules,
        property_kind=PropertyKind(row.property_kind),
        round=Round(row.round),
        currency=row.currency,
        starting_price=row.starting_price,
        increment=row.increment,
        multiples_only=row.multiples_only,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        value=row.reference_price if "value" in rules.course.terms else None,
    )


def to_sale(state: SaleStateRecord, terms: SaleTerms) -> Sale:
    leader = None
    if state.leader_code is not None:
        leader = Bidder(state.leader_code, state.leader_rank)
    return Sale(
        terms=terms,
        closes_at=state.closes_at,
        leader=leader,
        price=state.price,
        accepted=state.accepted,
        refused=state.refused,
        extensions=state.extensions,
        stayed_from=state.stayed_from,
        withdrawn_at=state.withdrawn_at,
        last_at=state.last_at,
        committed_at=state.committed_at,
        moved_end=state.moved_end,
    )


def standing_offers_of(session: Session, sale_id: int) -> list[tuple[Offer, int]]:
    """Of each bidder the last accepted bid, with the registration that made it."""
    return standing_offers(session, [sale_id]).get(sale_id, [])


def standing_offers(
    session: Session, sale_ids: Sequence[int]
) -> dict[int, list[tuple[Offer, int]]]:
    """The same of several sales, by sale; one without a bid is left out."""
    latest = (
        select(
            BidRecord.sale_id,
            BidRecord.code,
            BidRecord.rank,
            BidRecord.amount,
            BidRecord.seq,
            BidRecord.reserve,
            BidRecord.registration_id,
        )
        .where(is_any_of(BidRecord.sale_id, sale_ids))
        .ext(distinct_on(BidRecord.registration_id))
        .order_by(BidRecord.registration_id, BidRecord.seq.desc())
    )
    offers: dict[int, list[tuple[Offer, int]]] = {}
    for bid in session.execute(latest):
        offer = Offer(Bidder(bid.code, bid.rank), bid.amount, bid.seq, bid.reserve)
        offers.setdefault(bid.sale_id, []).append((offer, bid.registration_id))
    return offers


def store_sale(state: SaleStateRecord, sale: Sale) -> None:
    """Write `sale` into its row; the status is the caller's, because it needs a moment."""
    state.closes_at = sale.closes_at
    state.leader_code = sale.leader.code if sale.leader else None
    state.leader_rank = sale.leader.priority_rank if sale.leader else None
    state.price = sale.price
    state.accepted = sale.accepted
    state.refused = sale.refused
    state.extensions = sale.extensions
    state.stayed_from = sale.stayed_from
    state.withdrawn_at = sale.withdrawn_at
    state.last_at = sale.last_at
    state.committed_at = sale.committed_at
    state.moved_end = sale.moved_end


def phase_of(status: Status) -> str:
    """The word by which the public knows a status."""
    return _PHASES.get(status, status.value)


def lock_sale_state(session: Session, sale_id: int) -> SaleStateRecord | None:
    """Lock a sale: who holds this row decides for it, and nobody else."""
    return session.scalars(
        select(SaleStateRecord)
        .where(SaleStateRecord.sale_id == sale_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_sale_states(
    session: Session, sale_ids: Sequence[int], *, skip_locked: bool = False
) -> list[SaleStateRecord]:
    """`lock_sale_state` of several, in one order for everybody."""
    return list(
        session.scalars(
            select(SaleStateRecord)
            .where(is_any_of(SaleStateRecord.sale_id, sale_ids))
            .order_by(SaleStateRecord.sale_id)
            .with_for_update(skip_locked=skip_locked)
            .execution_options(populate_existing=True)
        )
    )


def pass_barriers(session: Session, sale_ids: Sequence[int]) -> None:
    """Wait until every arrival of these sales that was stamped before now can be seen.

    One after the other: no lock is kept.
    """
    session.execute(
        text(
            "SELECT pg_advisory_lock(:class, sale), pg_advisory_unlock(:class, sale)"
            " FROM unnest(CAST(:sales AS int[])) AS sale"
        ),
        {"class": LOCK_CLASS, "sales": list(sale_ids)},
    ).all()


def pass_barrier(session: Session, sale_id: int) -> int | None:
    """The last arrival up to which none is missing: these, and no later one, may be decided.

    Journalling holds the shared lock from before its stamp until its commit; whoever holds the
    exclusive one sees every arrival that was stamped (INV-A5). It is dropped in the statement that
    looks, whose snapshot is older than that: journalling never waits for a decision. What is
    entered from then on has a later stamp and a later id, and may become visible in any order.
    None where nothing waits.
    """
    key = {"class": LOCK_CLASS, "sale": sale_id}
    try:
        session.execute(text("SELECT pg_advisory_lock(:class, CAST(:sale AS int))"), key)
        last: int | None = session.scalar(
            text(
                "SELECT (SELECT max(arrival_id) FROM undecided WHERE sale_id = :sale),"
                " pg_advisory_unlock(:class, CAST(:sale AS int))"
            ),
            key,
        )
    except BaseException:
        # The lock belongs to the connection and outlives a rollback: nobody could journal in this
        # sale for as long as the pool keeps it.
        session.invalidate()
        raise
    return last
