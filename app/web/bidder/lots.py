"""My lots: how each stands for me, what is due next, where my deposit is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from app.extensions import db
from app.gateways.clock import legal_now
from app.models.part_rows import next_part
from app.queries.bidder import MyLot, my_lots
from app.web.bidder.blueprint import bp
from app.web.bidder.own import act_with_all
from app.web.bidder.standing import standing_of, status_of
from app.web.page import chosen_language
from app.web.sale_words import shown_state

_WITHOUT_BUYER = frozenset({"not_approved", "revoked"})


@bp.get("/", endpoint="my_lots")
def lots() -> str:
    session = db.session()
    found = my_lots(session, act_with_all())
    return render_template("bidder/my_lots.html", lots=[_card(lot) for lot in found])


def _card(mine: MyLot) -> dict[str, Any]:
    now = legal_now(db.session(), mine.court.id)
    standing, status = standing_of(mine.state, mine.place), status_of(mine.state, now)
    in_chinese = chosen_language() == "zh"
    return {
        "url": _where(mine, standing, status),
        "title": (mine.lot.title_zh if in_chinese else "") or mine.lot.title,
        "court": mine.court.name_zh if in_chinese else mine.court.name_en,
        "code": mine.place.registration.code,
        "status": shown_state(status, mine.state.extensions),
        "standing": standing,
        "became": _what_became(mine),
        "price": mine.state.price,
        "currency": mine.lot.currency,
        "next": _next(mine, standing, status, now),
        "deposit": mine.place.deposit,
        "sale": mine.lot.public_id,
        "is_admitted": mine.place.is_admitted,
        "unread": mine.unread,
        "is_rehearsal": mine.court.is_rehearsal,
    }


def _what_became(mine: MyLot) -> str | None:
    """What a purchase came to that is none any more."""
    state = mine.settlement.state if mine.settlement is not None else None
    if state == "defaulted":
        return _("You lost this purchase")
    return _("This sale has ended without a buyer") if state in _WITHOUT_BUYER else None


def _where(mine: MyLot, standing: str, status: str) -> str:
    sale = mine.lot.public_id
    if standing == "won":
        return url_for("bidder.won", sale=sale)
    if not mine.place.is_admitted and status in ("announced", "open", "suspended"):
        return url_for("bidder.prepare", sale=sale)
    return url_for("bidder.room", sale=sale)


def _next(
    mine: MyLot, standing: str, status: str, now: datetime
) -> tuple[str, datetime | None] | None:
    """The next deadline in words, with its moment where it has one."""
    settlement = mine.settlement
    if standing == "won" and settlement is not None:
        if settlement.state == "awaiting_balance":
            part = next_part(settlement, mine.terms, mine.court.timezone)
            if part is not None and part.of > 1:
                words = _("Pay part %(number)s of %(of)s by", number=part.number, of=part.of)
                return (words, part.due_at)
            return (_("Pay the rest by"), settlement.due_at)
        return None
    if status == "announced" and not mine.place.is_admitted:
        return (_("Pay the deposit; bidding opens"), mine.state.opens_at)
    if status == "announced":
        return (_("Bidding opens"), mine.state.opens_at)
    if status == "open" and not mine.place.is_admitted:
        return (_("Pay the deposit before bidding ends"), mine.state.closes_at)
    if status == "open" and _is_deposit_gone(mine):
        return (_("Pay the deposit again before bidding ends"), mine.state.closes_at)
    if status == "open":
        return (_("Bidding ends"), mine.state.closes_at)
    if status == "suspended":
        return (_("Wait for news: the new end comes by message"), None)
    if status == "checking":
        return (_("The last bids are being checked"), None)
    deposit = mine.place.deposit
    if deposit is not None and deposit.state == "releasing" and deposit.release_due_at:
        return (_("Your deposit is back by"), deposit.release_due_at)
    return None


def _is_deposit_gone(mine: MyLot) -> bool:
    deposit = mine.place.deposit
    return deposit is not None and deposit.taken_back_at is not None
