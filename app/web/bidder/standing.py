"""How a sale stands for one bidder: what may be bid, and what is still in the way."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.models.bidding import SaleStateRecord
from app.models.sale_rows import to_sale, to_terms
from app.queries.bidder import Place, SaleView
from app.web.bidder.words import in_money, not_entered, refused_bid
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import minimum_bid

_OVER = frozenset({"sold", "pending_award", "unsold", "withdrawn"})

# A part of the way to a bid that is missing, and where to mend it.
Missing = tuple[str, str | None]


def status_of(state: SaleStateRecord, now: datetime) -> str:
    """The sale's status at the page's moment; at its end the last bids are still checked."""
    if state.status in ("announced", "open") and now >= state.closes_at:
        return "checking"
    if state.status == "announced" and now >= state.opens_at:
        return "open"
    return str(state.status)


def standing_of(state: SaleStateRecord, place: Place) -> str:
    """lead, outbid, no_bid; after the end won or lost."""
    leads = state.leader_registration_id == place.registration.id
    if state.status in _OVER:
        if leads and state.status == "pending_award":
            return "lead"
        return "won" if leads and state.status == "sold" else "lost"
    if leads:
        return "lead"
    if state.is_sealed:
        return "sealed" if place.has_bid else "no_bid"
    return "outbid" if place.has_bid else "no_bid"


def minimum_for(view: SaleView, place: Place) -> int:
    return minimum_bid(to_sale(view.state, to_terms(view.terms)), _bidder(place))


def may_match(view: SaleView, place: Place) -> bool:
    """Whether this bidder's better rank lets them bid the leading amount (RULE-F3)."""
    leader = to_sale(view.state, to_terms(view.terms)).leader
    return leader is not None and _bidder(place).outranks(leader)


def steps_from(view: SaleView) -> int:
    """The amount from which steps are counted."""
    price = view.state.price
    return int(view.terms.starting_price if price is None else price)


def heading_when_closed_to(view: SaleView) -> str:
    """What stands above the reasons where this bidder cannot bid."""
    return {
        "suspended": _("The sale is suspended."),
        "withdrawn": _("The lot is withdrawn."),
        "sold": _("Bidding has ended."),
        "pending_award": _("Bidding has ended."),
        "unsold": _("Bidding has ended."),
        "checking": _("The last bids are being checked."),
        "announced": _("Bidding has not opened yet."),
    }.get(status_of(view.state, view.now), _("You cannot bid on this lot yet."))


def why_not(view: SaleView, place: Place | None, *, has_second_factor: bool) -> list[Missing]:
    """Everything between this person and a bid, the sale's own state first; empty: go ahead."""
    sale = view.terms.public_id
    return [*_by_the_sale(view, place), *_by_the_bidder(sale, place, has_second_factor)]


def _by_the_sale(view: SaleView, place: Place | None) -> list[Missing]:
    sale = view.terms.public_id
    status = status_of(view.state, view.now)
    if status == "announced":
        return [
            (_("You can bid as soon as bidding opens. This page then changes by itself."), None)
        ]
    if status == "checking":
        return [(_("The result follows here in a moment."), None)]
    if status == "suspended":
        return [(refused_bid("suspended", view.terms.currency).what_now, None)]
    if status == "withdrawn":
        return [(refused_bid("withdrawn", view.terms.currency).what_now, None)]
    if status in _OVER:
        if place is not None and standing_of(view.state, place) == "won":
            return [(_("You won. See what to do now"), url_for("bidder.won", sale=sale))]
        return [(_("The result of this sale"), url_for("public.result", sale=sale))]
    return []


def _by_the_bidder(sale: str, place: Place | None, has_second_factor: bool) -> list[Missing]:
    if place is None:
        return [(_("Register for this lot"), url_for("bidder.prepare", sale=sale))]
    missing: list[Missing] = []
    if not has_second_factor:
        where = url_for("account.second_factor", next=url_for("bidder.room", sale=sale))
        missing.append((not_entered("second_factor").what_now, where))
    if place.registration.excluded is not None:
        missing.append((_("The court has excluded your code from this sale."), None))
    elif place.deposit is not None and place.deposit.taken_back_at is not None:
        text = _("Your card's bank took your deposit back. Pay it again")
        missing.append((text, url_for("bidder.deposit", sale=sale)))
    elif not place.is_admitted:
        missing.append(_deposit_missing(sale, place))
    return missing


def _deposit_missing(sale: str, place: Place) -> Missing:
    deposit = place.deposit
    if deposit is not None and deposit.state == "held":
        return (_("Your deposit is here; your admission follows in a moment."), None)
    due = in_money(place.registration.deposit_due, place.registration.currency)
    return (_("Pay the deposit of %(amount)s", amount=due), url_for("bidder.deposit", sale=sale))


def _bidder(place: Place) -> Bidder:
    return Bidder(place.registration.code, place.registration.priority_rank)
