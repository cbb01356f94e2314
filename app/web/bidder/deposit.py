"""The deposit: choose a way, check, pay, and see where the money is at any time."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.gateways.seal import index_of_id_number
from app.models.card_rows import Offered
from app.models.part_rows import missing_since
from app.models.settlement_rows import balance_of_price
from app.queries.bidder import (
    Place,
    SaleView,
    find_settlement,
    newest_card_payment,
    newest_notice,
    refunds_of,
)
from app.services.card_offers import CardOffer
from app.services.deposits import (
    MAX_CARD_AMOUNT_MINOR,
    DepositRefusal,
    choose_bank_deposit,
    open_card_deposit,
)
from app.services.refunds import give_account
from app.web.bidder.blueprint import bp
from app.web.bidder.card_words import unfinished
from app.web.bidder.deposit_steps import is_over, steps_of
from app.web.bidder.forms import AccountFields, ConfirmFields, DepositFields
from app.web.bidder.message_words import worded
from app.web.bidder.own import my_place, place_where_money_shows, sale_or_404, seals
from app.web.bidder.room import page_of
from app.web.bidder.waiting import tries
from app.web.bidder.words import no_deposit
from app.web.gates import has_second_factor, signed_in_person
from app.web.page import chosen_language

WAYS = ("bank", "card")


@bp.route("/<sale>/deposit", methods=["GET", "POST"])
def deposit(sale: str) -> ResponseReturnValue:
    """Where the deposit is; while it is awaited, how to pay it."""
    view = sale_or_404(sale)
    place = place_where_money_shows(view)
    if not isinstance(place, Place):
        return place
    form = DepositFields()
    if not _card_is_possible(place):
        form.way.choices = [way for way in form.way.choices if way.value != "card"]
    if form.validate_on_submit():
        return redirect(url_for("bidder.check_deposit", sale=sale, way=form.way.data), 303)
    return _deposit_page(view, place, form)


def _deposit_page(view: SaleView, place: Place, form: DepositFields) -> str:
    session, paid = db.session(), place.deposit
    card = newest_card_payment(session, place.registration.id, "deposit")
    settlement = find_settlement(session, place.registration.id)
    waiting = newest_notice(session, place.registration.id, "transfer_waits")
    asked = newest_notice(session, place.registration.id, "refund_needs_account")
    return render_template(
        "bidder/deposit.html",
        **page_of(view),
        place=place,
        deposit=paid,
        refunds=refunds_of(session, paid.id) if paid is not None else [],
        settlement=settlement,
        unpaid=balance_of_price(settlement) if settlement is not None else 0,
        unpaid_since=missing_since(settlement, view.terms, view.court.timezone)
        if settlement is not None
        else None,
        card=card,
        unfinished=unfinished(card),
        waiting_transfer=worded(waiting.kind, waiting.params, None) if waiting else None,
        account_asked=asked is not None,
        steps=steps_of(view, paid),
        over=is_over(view),
        card_is_possible=_card_is_possible(place),
        form=form,
    )


@bp.route("/<sale>/deposit/<any(bank, card):way>", methods=["GET", "POST"])
def check_deposit(sale: str, way: str) -> ResponseReturnValue:
    """Check before paying; the press of the button opens the payment, or shows the account."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    if place is None or not has_second_factor():
        return redirect(url_for("bidder.deposit", sale=sale))
    form = ConfirmFields()
    if form.validate_on_submit():
        return _pay(view, place, way)
    return render_template(
        "bidder/check_deposit.html", **page_of(view), place=place, way=way, form=form
    )


def _pay(view: SaleView, place: Place, way: str) -> ResponseReturnValue:
    sale, registration_id = view.terms.public_id, place.registration.id
    if way == "bank":
        chosen = choose_bank_deposit(registration_id, barred_as=_barred_as())
        if isinstance(chosen, DepositRefusal):
            return _refused(view, chosen)
        return redirect(url_for("bidder.transfer_deposit", sale=sale), 303)
    offer = open_card_deposit(registration_id, _offered(view), barred_as=_barred_as())
    if isinstance(offer, DepositRefusal):
        return _refused(view, offer)
    return redirect(offer.url or url_for("bidder.open_card", sale=sale), 303)


def _barred_as() -> list[bytes]:
    """What the payer's id number comes to, for the list of those who defaulted (RULE-J4)."""
    number = signed_in_person().id_number
    return [index_of_id_number(seals().key, number)] if number else []


@bp.get("/<sale>/deposit/transfer")
def transfer_deposit(sale: str) -> ResponseReturnValue:
    """The confirmation of a chosen transfer: account, reference, exact amount."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    if place is None or place.deposit is None or place.deposit.state != "awaiting":
        return redirect(url_for("bidder.deposit", sale=sale))
    return render_template("bidder/transfer_deposit.html", **page_of(view), place=place)


@bp.get("/<sale>/deposit/opening")
def open_card(sale: str) -> ResponseReturnValue:
    """The provider's page is being opened: wait for it, then go there."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    if place is None or not has_second_factor():
        return redirect(url_for("bidder.deposit", sale=sale))
    card = newest_card_payment(db.session(), place.registration.id, "deposit")
    if card is None or card.state not in ("opening", "open"):
        return redirect(url_for("bidder.deposit", sale=sale))
    offer = open_card_deposit(place.registration.id, _offered(view))
    if isinstance(offer, CardOffer) and offer.url is not None:
        return redirect(offer.url)
    if isinstance(offer, DepositRefusal):
        return redirect(url_for("bidder.deposit", sale=sale))
    return render_template(
        "bidder/opening_card.html",
        **page_of(view),
        tries=tries(),
        again_url=url_for("bidder.open_card", sale=sale, tries=tries() + 1),
        back_url=url_for("bidder.deposit", sale=sale),
    )


@bp.get("/<sale>/deposit/paid")
def paid_deposit(sale: str) -> ResponseReturnValue:
    """Back from the provider: ask until the payment is confirmed, then say so."""
    view = sale_or_404(sale)
    place = my_place(view.terms.id)
    if place is None:
        return redirect(url_for("bidder.prepare", sale=sale))
    again = place.deposit is not None and place.deposit.taken_back_at is not None
    if not again and (
        place.is_admitted or (place.deposit and place.deposit.state not in ("awaiting", "held"))
    ):
        return redirect(url_for("bidder.deposit", sale=sale))
    return render_template(
        "bidder/paid_deposit.html",
        **page_of(view),
        amount=place.registration.deposit_due,
        reference=place.deposit.reference if place.deposit else "",
        tries=tries(),
        again_url=url_for("bidder.paid_deposit", sale=sale, tries=tries() + 1),
        back_url=url_for("bidder.deposit", sale=sale),
    )


@bp.route("/<sale>/deposit/account", methods=["GET", "POST"])
def refund_account(sale: str) -> ResponseReturnValue:
    """Name an account for a refund that the card or the bank did not take; it is sealed."""
    view = sale_or_404(sale)
    place = place_where_money_shows(view)
    if not isinstance(place, Place):
        return place
    form = AccountFields()
    if form.validate_on_submit():
        name, number, bank = form.written
        give_account(place.registration.id, seals().person, name=name, number=number, bank=bank)
        flash(
            _("The court's finance office has your account and sends the refund there."), "success"
        )
        return redirect(url_for("bidder.deposit", sale=sale), 303)
    return render_template("bidder/refund_account.html", **page_of(view), form=form)


def _card_is_possible(place: Place) -> bool:
    return int(place.registration.deposit_due) <= MAX_CARD_AMOUNT_MINOR


def _offered(view: SaleView) -> Offered:
    sale = view.terms.public_id
    return Offered(
        title=str(page_of(view)["lot_title"]),
        success_url=url_for("bidder.paid_deposit", sale=sale, _external=True),
        cancel_url=url_for("bidder.deposit", sale=sale, _external=True),
        locale=chosen_language(),
    )


def _refused(view: SaleView, reason: DepositRefusal) -> ResponseReturnValue:
    page = render_template(
        "bidder/no_deposit.html",
        **page_of(view),
        words=no_deposit(reason),
        back_url=url_for("bidder.deposit", sale=view.terms.public_id),
    )
    return page, 409
