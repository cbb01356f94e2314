"""Won: what is to be paid, until when, where to, and what follows."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.gateways.payments.values import MAX_CARD_AMOUNT_MINOR
from app.models.card_rows import Offered
from app.models.money import Settlement
from app.models.part_rows import PricePart, parts_of_price
from app.models.settlement_rows import balance_of_price, kept_deposit
from app.queries.bidder import Place, SaleView, find_settlement, newest_card_payment
from app.services.settlement import SettlementRefusal, open_card_balance
from app.web.bidder.blueprint import bp
from app.web.bidder.card_words import unfinished
from app.web.bidder.forms import ConfirmFields
from app.web.bidder.own import my_place_or_404, sale_or_404
from app.web.bidder.room import page_of
from app.web.bidder.waiting import tries
from app.web.bidder.words import balance_not_paid
from app.web.gates import ask_for_second_factor, has_second_factor
from app.web.page import chosen_language


@bp.route("/<sale>/won", methods=["GET", "POST"])
def won(sale: str) -> ResponseReturnValue:
    """What the buyer owes; a POST opens the payment of the rest by card."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    settlement = _settlement_or_404(place)
    form = ConfirmFields()
    if form.validate_on_submit():
        next_part_only = request.form.get("what") == "part"
        return (
            _pay_by_card(view, place, next_part_only=next_part_only)
            if has_second_factor()
            else ask_for_second_factor()
        )
    balance = balance_of_price(settlement)
    parts = parts_of_price(settlement, view.terms, view.court.timezone)
    missing = next((part for part in parts if part.missing), None)
    card = newest_card_payment(db.session(), place.registration.id, "balance")
    return render_template(
        "bidder/won.html",
        **page_of(view),
        place=place,
        settlement=settlement,
        balance=balance,
        parts=parts if len(parts) > 1 else [],
        part=missing if missing is not None and missing.of > 1 else None,
        due_at=missing.due_at if missing is not None else settlement.due_at,
        kept=kept_deposit(view.terms, settlement.deposit_applied),
        balance_by_card=balance <= MAX_CARD_AMOUNT_MINOR,
        part_by_card=missing is not None and missing.missing <= MAX_CARD_AMOUNT_MINOR,
        card=card,
        unfinished=unfinished(card),
        form=form,
        steps=_steps(settlement, missing),
    )


@bp.get("/<sale>/won/opening")
def open_card_rest(sale: str) -> ResponseReturnValue:
    """The provider's page is being opened: wait for it, then go there."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    card = newest_card_payment(db.session(), place.registration.id, "balance")
    if card is None or card.state not in ("opening", "open") or not has_second_factor():
        return redirect(url_for("bidder.won", sale=sale))
    is_part = card.amount != balance_of_price(_settlement_or_404(place))
    return _pay_by_card(view, place, next_part_only=is_part)


@bp.get("/<sale>/won/paid")
def paid_rest(sale: str) -> ResponseReturnValue:
    """Back from the provider: ask until the payment is confirmed."""
    view = sale_or_404(sale)
    place = my_place_or_404(view.terms.id)
    settlement = _settlement_or_404(place)
    card = newest_card_payment(db.session(), place.registration.id, "balance")
    # A part leaves the rest awaited: then it is the payment that has come.
    if settlement.state != "awaiting_balance" or (card is not None and card.counted):
        return redirect(url_for("bidder.won", sale=sale))
    return render_template(
        "bidder/paid_deposit.html",
        **page_of(view),
        amount=card.amount if card is not None else balance_of_price(settlement),
        reference=settlement.reference,
        tries=tries(),
        again_url=url_for("bidder.paid_rest", sale=sale, tries=tries() + 1),
        back_url=url_for("bidder.won", sale=sale),
    )


def _pay_by_card(view: SaleView, place: Place, *, next_part_only: bool) -> ResponseReturnValue:
    sale = view.terms.public_id
    offer = open_card_balance(
        place.registration.id,
        Offered(
            title=str(page_of(view)["lot_title"]),
            success_url=url_for("bidder.paid_rest", sale=sale, _external=True),
            cancel_url=url_for("bidder.won", sale=sale, _external=True),
            locale=chosen_language(),
        ),
        next_part_only=next_part_only,
    )
    if isinstance(offer, SettlementRefusal):
        return _refused(view, offer)
    if offer.url is not None:
        return redirect(offer.url, 303)
    return render_template(
        "bidder/opening_card.html",
        **page_of(view),
        tries=tries(),
        again_url=url_for("bidder.open_card_rest", sale=sale, tries=tries() + 1),
        back_url=url_for("bidder.won", sale=sale),
    )


def _refused(view: SaleView, reason: SettlementRefusal) -> ResponseReturnValue:
    page = render_template(
        "bidder/no_deposit.html",
        **page_of(view),
        words=balance_not_paid(reason),
        back_url=url_for("bidder.won", sale=view.terms.public_id),
    )
    return page, 409


def _settlement_or_404(place: Place) -> Settlement:
    found = find_settlement(db.session(), place.registration.id)
    if found is None:
        abort(404)
    return found


def _steps(settlement: Settlement, missing: PricePart | None) -> list[dict[str, Any]]:
    """From the hammer to the keys, each with its moment as far as it is known."""
    defaulted = settlement.defaulted_at is not None
    done = {
        "paid": settlement.paid_at,
        "ruled": settlement.ruled_at,
        "served": settlement.ruling_served_at,
        "delivered": settlement.delivered_at,
    }
    listed = [
        (
            "paid",
            _("You pay the rest"),
            missing.due_at if missing else settlement.due_at,
            _("Part %(part)s of %(parts)s", part=missing.number, parts=missing.of)
            if missing and missing.of > 1
            else "",
        ),
        ("ruled", _("The court makes its ruling"), None, _("Within 10 days of full payment.")),
        ("served", _("The ruling is served on you: the property is yours"), None, ""),
        ("delivered", _("The court hands it over"), None, _("Within 15 days of service.")),
    ]
    steps, waiting = [], not defaulted
    for name, title, due_at, text in listed:
        state = "done" if done[name] else "current" if waiting else "next"
        state = "void" if defaulted and not done[name] else state
        waiting = waiting and state == "done"
        steps.append({"title": title, "state": state, "at": done[name] or due_at, "text": text})
    return steps
