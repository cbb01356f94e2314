"""Drafting a sale, and the round that follows one that failed.

A draft may be wrong in every way but one: it cannot be published while it is (`publication`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import Outcome
from app.models.calendar_rows import reads_strictly
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord
from app.models.draft_rows import (
    CURRENT,
    DraftHeld,
    last_sale_of,
    lock_lot,
    lock_sale_record,
    next_number,
    reason_not_to_change,
    record_about,
)
from app.models.pricing_rows import procedure_of
from app.models.qualification_rows import copy_conditions
from app.models.round_rows import (
    add_round_act,
    asset_of,
    end_of,
    is_returned,
    possible_rounds,
)
from app.models.sales import LotRecord, SaleRecord
from auction_engine.rulepacks import RULE_PACKS, sale_pack
from auction_engine.rulepacks.catalogue import pack_for, read_otherwise
from auction_engine.rulepacks.pack import RulePack
from auction_engine.sale import limits
from auction_engine.sale.calendar import day_of
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.rounds import Following, NotFollowing, Reason, follow

# Bidding opens in the morning of a following round, when somebody answers the court's telephone.
OPENING_HOUR = time(10, 0)
# Time to tell the parties (three days before the announcement), to vote and to publish.
PREPARATION = timedelta(days=10)


class ListingRefusal(StrEnum):
    LOT_IN_SALE = "lot_in_sale"
    LOT_SOLD = "lot_sold"
    NO_ROUND_FOLLOWS = "no_round_follows"
    NO_REASON_FOR_ROUND = "no_reason_for_round"
    OTHER_REASON = "other_reason"
    RETURNED = "returned"
    NO_LAW = "no_law"
    NO_DECISION = "no_decision"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a drafter decides on; everything else follows from the asset, the case and the law."""

    currency: str
    reference_price: int | None
    reference_price_method: str
    reference_price_valid_until: date | None
    starting_price: int
    increment: int
    multiples_only: bool
    deposit: int
    opens_at: datetime
    closes_at: datetime
    balance_due_days: int
    viewing: str
    conditions: str
    taxes: str
    publication_items: list[str]
    warnings: list[str]
    # Parts of the rest before the last, as rows: `days` and `percent` (RULE-I1).
    balance_parts: list[dict[str, int]] = field(default_factory=list)


def draft_sale(asset: AssetRecord, terms: Terms, *, by: int) -> SaleRecord | ListingRefusal:
    """Begin the first round of an asset: a lot if it has none yet, and a draft."""
    with transaction() as session:
        # The asset's row, so that two clerks do not make two lots of one thing.
        session.get_one(AssetRecord, asset.id, with_for_update=True)
        lot = lot_of(session, asset, by)
        last = last_sale_of(session, lot.id)
        if last is not None:
            in_sale = last.state in CURRENT
            return ListingRefusal.LOT_IN_SALE if in_sale else ListingRefusal.LOT_SOLD
        law = law_of(session, asset.court_id, asset.case_id)
        if law is None:
            return ListingRefusal.NO_LAW
        terms = with_found_price(session, asset.id, terms)
        return add_draft(session, lot, asset.property_kind, Round.FIRST, terms, rules=law.id, by=by)


def lot_of(session: Session, asset: AssetRecord, by: int) -> LotRecord:
    """The lot of an asset, made where there is none yet; the asset's row is locked."""
    lot = session.scalars(
        select(LotRecord).where(LotRecord.asset_id == asset.id).order_by(LotRecord.id)
    ).first()
    if lot is None:
        lot = LotRecord(
            court_id=asset.court_id, case_id=asset.case_id, asset_id=asset.id, created_by=by
        )
        session.add(lot)
        session.flush()
    return lot


def draft_next_round(
    previous: SaleRecord,
    *,
    by: int,
    wanted: Round | None = None,
    reason: Reason | None = None,
    note: str = "",
) -> SaleRecord | ListingRefusal:
    """Begin the round that follows a failed one, as cheap as the law allows (RULE-K2, K3, K8).

    Without `wanted` it is the one that follows by itself. Where the table asks for a reason, it is
    recorded with the court's own words before the draft is made (RULE-K13, L6).
    """
    with transaction() as session:
        lot = lock_lot(session, previous.lot_id)
        last = last_sale_of(session, lot.id)
        if last is None or last.id != previous.id or last.state in CURRENT:
            return ListingRefusal.LOT_IN_SALE
        found = _following(session, last, wanted, reason)
        if isinstance(found, ListingRefusal):
            return found
        if found.needs_reason:
            if not note.strip() or reason is None:
                return ListingRefusal.NO_REASON_FOR_ROUND
            _record_reason(session, last, found, reason, note, by)
        terms = _following_terms(session, last, found.round)
        following = add_draft(
            session,
            lot,
            last.property_kind,
            found.round,
            terms,
            rules=last.rules,
            by=by,
            previous_sale_id=last.id,
        )
        # What was asked of bidders is asked again, until the court changes the draft (RULE-D9).
        copy_conditions(session, of_sale=last.id, to_sale=following.id, by=by)
        return following


def law_of(session: Session, court_id: int, case_id: int) -> RulePack | None:
    """The law of a case: of the court's family, the pack of the day on which it was opened, with
    open questions read as the court reads them."""
    court = session.get_one(CourtRecord, court_id)
    pack = pack_for(RULE_PACKS, court.rule_family, session.get_one(CaseRecord, case_id).opened_on)
    if pack is None:
        return None
    chosen = {name: value for name, value in court.readings.items() if name in pack.switches}
    return read_otherwise(pack, chosen)


def change_draft(sale: SaleRecord, terms: Terms, *, by: int) -> SaleRecord | DraftHeld:
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        if Round(locked.round) is Round.FIRST:
            lot = session.get_one(LotRecord, locked.lot_id)
            terms = with_found_price(session, lot.asset_id, terms)
        for name, value in asdict(terms).items():
            setattr(locked, name, value)
        record_about(session, locked, "sale.draft_changed", by)
    return locked


def with_found_price(session: Session, asset_id: int, terms: Terms) -> Terms:
    """What a pricing procedure fixed goes before what is typed, and while one runs there is no
    reference price; typed in it is only where none was begun, as for imported cases (RULE-B11)."""
    procedure = procedure_of(session, asset_id)
    if procedure is None:
        return terms
    if procedure.state != "fixed":
        return replace(
            terms,
            reference_price=None,
            reference_price_method="",
            reference_price_valid_until=None,
        )
    return replace(
        terms,
        currency=procedure.currency,
        reference_price=procedure.price,
        reference_price_method=procedure.price_method or "",
        reference_price_valid_until=procedure.price_valid_until,
    )


def add_draft(
    session: Session,
    lot: LotRecord,
    property_kind: str,
    sale_round: Round,
    terms: Terms,
    *,
    rules: str,
    by: int,
    previous_sale_id: int | None = None,
) -> SaleRecord:
    sale = SaleRecord(
        court_id=lot.court_id,
        lot_id=lot.id,
        number=next_number(session, lot.id),
        previous_sale_id=previous_sale_id,
        state="draft",
        rules=rules,
        property_kind=property_kind,
        round=sale_round.value,
        created_by=by,
        **asdict(terms),
    )
    session.add(sale)
    session.flush()
    record_about(session, sale, "sale.drafted", by, round=sale.round)
    return sale


# --- the following round ------------------------------------------------------------------------


def _following(
    session: Session, last: SaleRecord, wanted: Round | None, reason: Reason | None
) -> Following | ListingRefusal:
    """What the engine's table lets follow (RULE-K4: no third auction)."""
    possible = possible_rounds(session, last)
    end = end_of(session, last)
    if not possible or end is None:
        return ListingRefusal.NO_ROUND_FOLLOWS
    if is_returned(session, last) and reason is not Reason.SEIZED_AGAIN:
        return ListingRefusal.RETURNED
    answer = follow(Round(last.round), end, wanted or possible[0].round, reason)
    if isinstance(answer, Following):
        return answer
    return {
        NotFollowing.NOT_IN_THE_TABLE: ListingRefusal.NO_ROUND_FOLLOWS,
        NotFollowing.NO_REASON: ListingRefusal.NO_REASON_FOR_ROUND,
        NotFollowing.OTHER_REASON: ListingRefusal.OTHER_REASON,
    }[answer]


def _record_reason(
    session: Session, last: SaleRecord, found: Following, reason: Reason, note: str, by: int
) -> None:
    add_round_act(
        session,
        asset_of(session, last),
        kind="new_round",
        reason=reason.value,
        note=note,
        by=by,
        at=legal_now(session, last.court_id),
        sale=last,
        to_round=found.round,
    )
    record_about(session, last, "round.reasoned", by, reason=reason.value, round=found.round.value)


def _following_terms(session: Session, last: SaleRecord, following: Round) -> Terms:
    """The last round's terms, moved to where the law puts the following one."""
    rules = sale_pack(last.rules)
    price = last.starting_price
    if following.value != last.round:
        price = limits.least_starting_price(
            rules,
            following,
            reference_price=last.reference_price or 0,
            previous_price=last.starting_price,
        )
        # Without a reference price a first round has no floor; the drafter enters both.
        price = max(1, price)
    opens_at = _opening(session, last, following, rules)
    return Terms(
        currency=last.currency,
        reference_price=last.reference_price,
        reference_price_method=last.reference_price_method,
        reference_price_valid_until=last.reference_price_valid_until,
        starting_price=price,
        increment=last.increment,
        multiples_only=last.multiples_only,
        deposit=_deposit_like(rules, last, price),
        opens_at=opens_at,
        closes_at=limits.least_close(rules, following, opens_at),
        balance_due_days=last.balance_due_days,
        viewing=last.viewing,
        conditions=last.conditions,
        taxes=last.taxes,
        publication_items=list(last.publication_items),
        warnings=list(last.warnings),
        # In a sell-off the whole price is there before the first bid (RULE-K9).
        balance_parts=[] if following is Round.SELL_OFF else list(last.balance_parts),
    )


def _deposit_like(rules: RulePack, last: SaleRecord, price: int) -> int:
    """The same share of the price as before, within what this round allows (RULE-C7)."""
    least, most = limits.deposit_bounds(rules, price)
    return min(most, max(least, last.deposit * price // last.starting_price))


def _opening(session: Session, last: SaleRecord, following: Round, rules: RulePack) -> datetime:
    """The morning on which it may open if the court needs `PREPARATION` until the announcement;
    in a second round never after the last day (RULE-K2)."""
    now = legal_now(session, last.court_id)
    announced_on = day_of(now, rules.staged.utc_offset) + PREPARATION
    ahead = limits.announcement_days(rules, following, PropertyKind(last.property_kind))
    court = session.get_one(CourtRecord, last.court_id)
    strict = reads_strictly(court, rules)
    opens_on = limits.first_opening_day(announced_on, ahead, strict=strict)
    ended = session.get_one(Outcome, last.id)
    if following is Round.SECOND:
        failed_on = day_of(ended.at, rules.staged.utc_offset)
        opens_on = min(opens_on, failed_on + timedelta(days=rules.staged.second_round_within_days))
    return datetime.combine(opens_on, OPENING_HOUR, ZoneInfo(court.timezone))
