"""What a court does next about a round that failed or was withdrawn, beside a new round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.models.round_rows import day_at_court, end_of, find_inquiry, find_taking, is_returned
from app.models.sales import SaleRecord
from auction_engine.sale.rounds import End

# What is to be done about a taking, by its state.
_ABOUT_TAKING = {
    "awaiting_difference": "await_difference",
    "paid": "in_kind_ruling",
    "ruled": "in_kind_ruling",
}


def act_after_failure(session: Session, sale: SaleRecord, now: datetime) -> str | None:
    """The one act that waits, by its name on the desk; None where nothing does (RULE-K5, K13)."""
    taking = find_taking(session, sale.id)
    if taking is not None:
        return _ABOUT_TAKING.get(taking.state)
    inquiry = find_inquiry(session, sale.id)
    if inquiry is not None and inquiry.state == "asked":
        return "draw_in_kind" if day_at_court(sale, now) > inquiry.answer_by else None
    if inquiry is not None and inquiry.state == "ordered":
        return "record_taking"
    end = end_of(session, sale)
    if end is End.WITHDRAWN:
        return "begin_again"
    if end is not End.FAILED or is_returned(session, sale):
        return None
    if inquiry is None and sale.round != "first":
        return "ask_creditors"
    return "after_sell_off" if sale.round == "sell_off" else None
