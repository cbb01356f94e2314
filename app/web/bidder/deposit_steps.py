"""Where a deposit goes from here, step by step, each with its day (RULE-E4, H3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.models.deposit_rows import RELEASE_WITHIN
from app.models.money import Deposit
from app.queries.bidder import SaleView

Step = dict[str, Any]

_OVER = frozenset({"sold", "unsold", "withdrawn", "pending_award"})


def is_over(view: SaleView) -> bool:
    return view.state.status in _OVER


def steps_of(view: SaleView, deposit: Deposit | None) -> list[Step]:
    """None before the money is here, and none after a deposit that was never paid or is lost."""
    if deposit is None or deposit.state in ("awaiting", "cancelled", "forfeited"):
        return []
    arrived = _step(_("Your deposit arrived"), deposit.held_at, "done")
    if deposit.state in ("releasing", "released"):
        return [arrived, _step(_("Bidding ended"), _end(view), "done"), _back(deposit)]
    if deposit.state == "applied":
        counted = _step(_("It was counted towards the price"), deposit.ended_at, "done")
        return [arrived, _step(_("Bidding ended"), _end(view), "done"), counted]
    if deposit.taken_back_at is not None:
        gone = _step(_("Your card's bank took it back"), deposit.taken_back_at, "done")
        return [arrived, gone, *_until_paid_again(view)]
    return [arrived, *_until_the_end(view)]


def _until_paid_again(view: SaleView) -> list[Step]:
    """Without its money a deposit neither counts nor comes back (RULE-E3)."""
    if is_over(view):
        return [_step(_("Bidding ended"), _end(view), "done")]
    again = _step(_("You pay it again, and may bid on"), None, "current")
    return [again, _step(_("Bidding ends"), view.state.closes_at, "next")]


def _until_the_end(view: SaleView) -> list[Step]:
    opened = view.now >= view.state.opens_at
    if is_over(view):
        return [_step(_("Bidding ended"), _end(view), "done")]
    return [
        _step(_("Bidding opens"), view.state.opens_at, "done" if opened else "current"),
        _step(
            _("Bidding ends"),
            view.state.closes_at,
            "current" if opened else "next",
            text=_("Later, if somebody bids in the last minutes."),
        ),
        _step(
            _("If you win, it counts. If not, it is back with you"),
            view.state.closes_at + RELEASE_WITHIN,
            "next",
            text=_("At the latest. You need not ask."),
        ),
    ]


def _back(deposit: Deposit) -> Step:
    if deposit.state == "released":
        return _step(_("Your deposit went back to you"), deposit.ended_at, "done")
    return _step(
        _("It is on its way back to you"),
        deposit.release_due_at,
        "current",
        text=_("With you by then at the latest. You need not ask."),
    )


def _end(view: SaleView) -> datetime:
    return view.state.closes_at


def _step(title: str, at: datetime | None, state: str, text: str = "") -> Step:
    return {"title": title, "at": at, "state": state, "text": text}
