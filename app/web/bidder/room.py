"""The bid room, and the review of a bid as a page of its own."""

from __future__ import annotations

import time
import uuid
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.extensions import db
from app.gateways.live_pass import new_pass
from app.queries.bidder import Place, SaleView, newest_bids
from app.web.bidder.amounts import Read, nearest, read_field
from app.web.bidder.blueprint import bp
from app.web.bidder.own import my_place, sale_or_404
from app.web.bidder.sealed import sealed_page
from app.web.bidder.standing import (
    heading_when_closed_to,
    may_match,
    minimum_for,
    standing_of,
    status_of,
    steps_from,
    why_not,
)
from app.web.bidder.words import in_money, wrong_amount
from app.web.gates import has_second_factor
from app.web.moved_end import moved_by
from app.web.page import chosen_language
from app.web.pictures import picture_address


@bp.get("/<sale>/room")
def room(sale: str) -> ResponseReturnValue:
    view = sale_or_404(sale)
    return room_page(view, my_place(view.terms.id))


@bp.get("/<sale>/review")
def review(sale: str) -> ResponseReturnValue:
    """Check a bid before it is placed. Nothing is entered here."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    if place is None or why_not(view, place, has_second_factor=has_second_factor()):
        return redirect(url_for("bidder.room", sale=sale))
    read = read_field(request.args.getlist("amount"))
    wrong = wrong_with(read, view, place)
    if wrong is not None or read.amount is None:
        written = request.args.get("amount", "")
        return room_page(view, place, amount_text=written, amount_error=wrong)
    reserve = request.args.get("reserve") == "y"
    return review_page(view, place, read.amount, key=uuid.uuid4(), reserve=reserve)


def wrong_with(read: Read, view: SaleView, place: Place) -> str | None:
    """What the page says about an amount that would not count, with those that would."""
    if read.amount is None:
        return wrong_amount(read.wrong) if read.wrong is not None else None
    currency, minimum = view.terms.currency, minimum_for(view, place)
    if read.amount < minimum:
        lowest = in_money(minimum, currency)
        return _("The lowest amount that counts now is %(amount)s.", amount=lowest)
    if not view.terms.multiples_only:
        return None
    near = nearest_to(read.amount, view, minimum)
    if read.amount in near:
        return None
    written = [in_money(amount, currency) for amount in near]
    return _(
        "That is between two steps. The nearest amounts are: %(near)s.", near=", ".join(written)
    )


def nearest_to(amount: int, view: SaleView, minimum: int) -> tuple[int, ...]:
    return nearest(amount, base=steps_from(view), increment=view.terms.increment, minimum=minimum)


def may_be_a_slip(amount: int, view: SaleView, place: Place) -> bool:
    """Far above the minimum or the reference price: to be typed twice."""
    reference = view.terms.reference_price
    if view.is_sealed:
        return reference is not None and amount * 10 > reference * 12
    return amount * 2 > minimum_for(view, place) * 3 or (
        reference is not None and amount * 10 > reference * 12
    )


def room_page(
    view: SaleView,
    place: Place | None,
    *,
    amount_text: str | None = None,
    amount_error: str | None = None,
) -> str:
    if view.is_sealed:
        return sealed_page(
            view, place, page_of(view), amount_text=amount_text, amount_error=amount_error
        )
    panel = _panel(view, place) | {"amount_text": amount_text, "amount_error": amount_error}
    return render_template(
        "bidder/room.html",
        **page_of(view),
        sale=_sale(view, place),
        panel=panel,
        place=place,
        live_pass=_live_pass(view, place),
        rules=view.terms.rules,
        now=view.now,
        time_url=url_for("public.time", sale=view.terms.public_id),
        errors=[{"text": amount_error, "href": "#bid-amount"}] if amount_error else None,
    )


def review_page(
    view: SaleView,
    place: Place,
    amount: int,
    *,
    key: uuid.UUID,
    reserve: bool = False,
    retype_error: str | None = None,
) -> str:
    sale, deposit = view.terms.public_id, place.registration.deposit_due
    return render_template(
        "bidder/review.html",
        is_sealed=view.is_sealed,
        **page_of(view),
        sale=_sale(view, place),
        now=view.now,
        time_url=url_for("public.time", sale=sale),
        errors=[{"text": retype_error, "href": "#amount-again"}] if retype_error else None,
        review={
            "amount_minor": amount,
            "key": str(key),
            "terms_hash": view.terms.announcement_hash,
            "currency": view.terms.currency,
            "costs": [],
            "costs_note": view.terms.taxes,
            "total_minor": None,
            "deposit_minor": deposit,
            "balance_minor": max(0, amount - deposit),
            "reserve": reserve,
            "must_retype": may_be_a_slip(amount, view, place),
            "retype_error": retype_error,
            "bid_url": url_for("bidder.bid", sale=sale),
            "back_url": url_for("bidder.room", sale=sale),
            "csrf_token": generate_csrf(),
        },
    )


def page_of(view: SaleView) -> dict[str, Any]:
    """What every page about a sale shows in its head."""
    in_chinese = chosen_language() == "zh"
    lot_url = url_for("public.lot", sale=view.terms.public_id)
    return {
        "view": view,
        "court_name": view.court.name_zh if in_chinese else view.court.name_en,
        "lot_title": (view.lot.title_zh if in_chinese else "") or view.lot.title,
        "lot_url": lot_url,
        "rehearsal": view.court.is_rehearsal,
    }


def _sale(view: SaleView, place: Place | None) -> dict[str, Any]:
    """The sale in the words of the components."""
    sale, state = view.terms.public_id, view.state
    bids = newest_bids(db.session(), view.terms.id)
    return {
        "id": sale,
        "lot_title": page_of(view)["lot_title"],
        "court_name": page_of(view)["court_name"],
        "snapshot_url": url_for("public.snapshot", sale=sale),
        "seq": state.accepted,
        "status": status_of(view.state, view.now),
        "currency": view.terms.currency,
        "price_minor": state.price,
        "starting_price_minor": view.terms.starting_price,
        "leader": state.leader_code,
        "bid_count": state.accepted,
        "opens_at": state.opens_at,
        "closes_at": state.closes_at,
        "extensions": state.extensions,
        "bids": [
            {"seq": bid.seq, "code": bid.code, "amount_minor": bid.amount, "at": bid.at}
            for bid in bids
        ],
        "moved_by": moved_by(bids, state.closes_at, state.extensions),
        "my_code": place.registration.code if place is not None else None,
        "standing": standing_of(view.state, place) if place is not None else None,
        "stop": _stop(view),
        "pictures": [
            {
                "url": picture_address(view.lot.picture, view.lot.category),
                "alt": page_of(view)["lot_title"],
            }
        ],
    }


def _live_pass(view: SaleView, place: Place | None) -> str | None:
    """For whoever paid to bid: their sockets are told first, and have room when viewers have none.

    Also while the admission is on its way, or the page would have to be loaded again.
    """
    key = current_app.config["LIVE_PASS_KEY"]
    if place is None or not key:
        return None
    if not place.is_admitted and (place.deposit is None or place.deposit.state != "held"):
        return None
    return new_pass(key, view.terms.public_id, place.registration.id, time.time())


def _panel(view: SaleView, place: Place | None) -> dict[str, Any]:
    sale, terms = view.terms.public_id, view.terms
    missing = why_not(view, place, has_second_factor=has_second_factor())
    if missing or place is None:
        heading = heading_when_closed_to(view)
        return {"state": "not_allowed", "why_not": missing, "heading": heading} | _amounts(view)
    return _amounts(view) | {
        "state": "ready",
        "minimum_minor": minimum_for(view, place),
        "may_match": may_match(view, place),
        "deposit_minor": place.registration.deposit_due,
        "costs": [],
        "costs_note": terms.taxes,
        "review_url": url_for("bidder.review", sale=sale),
        "bid_url": url_for("bidder.bid", sale=sale),
        "outcome_url": url_for("bidder.outcome", sale=sale),
        "bids_url": url_for("bidder.bids", sale=sale),
        "sign_in_url": url_for("account.sign_in", next=url_for("bidder.room", sale=sale)),
        "terms_hash": terms.announcement_hash,
        "csrf_token": generate_csrf(),
    }


def _amounts(view: SaleView) -> dict[str, Any]:
    return {
        "sale_id": view.terms.public_id,
        "currency": view.terms.currency,
        "price_minor": view.state.price,
        "starting_price_minor": view.terms.starting_price,
        "step_minor": view.terms.increment,
        "minimum_minor": view.terms.starting_price,
        "multiples_only": view.terms.multiples_only,
        "may_match": False,
        "appraisal_minor": view.terms.reference_price,
        "deposit_minor": view.terms.deposit,
    }


def _stop(view: SaleView) -> dict[str, Any] | None:
    """A stay or a withdrawal in words: why, by whom, since when, what becomes of bids and money."""
    state = view.state
    if state.withdrawn_at is not None:
        return {
            "final": True,
            "heading": _("This lot is withdrawn"),
            "reason": state.withdrawal_reason or "",
            "by": _("the court"),
            "since": state.withdrawn_at,
            "bids": _("No bid has an effect any more."),
            "deposit": _("It goes back to you within 24 hours, by itself."),
            "news": None,
        }
    if state.stayed_from is None:
        return None
    return {
        "final": False,
        "heading": _("The sale is suspended"),
        "reason": state.stay_reason or "",
        "by": _("the court") if state.stayed_by == "court" else _("the platform"),
        "since": state.stayed_from,
        "bids": _("They stand. The leading bid still leads."),
        "deposit": _("It stays with the court and counts as before."),
        "news": _("When it goes on, you get a message with the new end before it does."),
    }
