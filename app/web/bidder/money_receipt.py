"""One sheet about the money of one sale: what came, what it became, what went back. To be kept."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.models.money import Deposit
from app.queries.bidder import Place, all_refunds, counted_card_payments, find_settlement
from app.web.bidder.blueprint import bp
from app.web.bidder.own import place_where_money_shows, sale_or_404
from app.web.bidder.room import page_of
from app.web.formats import day, zone_name
from app.web.page import chosen_language

# Before it is held, and when bidding ended without it, there is no money to write a receipt for.
_CAME = ("held", "releasing", "released", "applied", "forfeited")


@bp.get("/<sale>/receipt")
def money_receipt(sale: str) -> ResponseReturnValue:
    """The deposit, the price and what goes back, each with the number that proves it."""
    view = sale_or_404(sale)
    place = place_where_money_shows(view)
    if not isinstance(place, Place):
        return place
    session, deposit = db.session(), _that_came(place.deposit)
    settlement = find_settlement(session, place.registration.id)
    if deposit is None and settlement is None:
        abort(404)
    payments = counted_card_payments(session, settlement.id) if settlement is not None else []
    return render_template(
        "bidder/money_receipt.html",
        **page_of(view),
        place=place,
        deposit=deposit,
        settlement=settlement,
        payments=payments,
        by_bank=settlement.paid - sum(each.amount for each in payments) if settlement else 0,
        refunds=all_refunds(session, place.registration.id),
        dated=lambda at: _dated(at, view.court.timezone),
    )


def _that_came(deposit: Deposit | None) -> Deposit | None:
    """Who owes no deposit has one of nought, which never came (RULE-E6)."""
    came = deposit is not None and deposit.state in _CAME and deposit.amount > 0
    return deposit if came else None


def _dated(at: datetime, timezone: str) -> str:
    """The day in full: on paper there is no today."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{day(local.date(), chosen_language())} {local:%H:%M} ({zone_name(local)})"
