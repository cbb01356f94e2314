"""What the court and the platform may do to a running sale (RULE-L1 to RULE-L6), and admission.

An act that does not fit the state of the sale is a value, `OutOfPlace`, that names the field at
fault; nothing has then happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from auction_engine.invariants import ensure
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.events import Admit, Authority, Resume, Suspend, Withdraw
from auction_engine.sale.state import Sale


@dataclass(frozen=True, slots=True)
class OutOfPlace:
    """The act cannot be at this moment; `field` is the key of the event that is at fault."""

    field: str
    what: str


def suspend(sale: Sale, event: Suspend) -> Sale | OutOfPlace:
    """Stay the sale. With `since` the stay counts from the beginning of the platform's failure."""
    _ensure_in_order(sale, event.at)
    stayed_from = event.at if event.since is None else event.since
    if event.since is not None:
        if event.by is not Authority.PLATFORM:
            return OutOfPlace("since", "only a platform's stay may reach back")
        if event.since > event.at:
            return OutOfPlace("since", "a stay cannot count from a later moment")
        if sale.committed_at is not None and event.since < sale.committed_at:
            return OutOfPlace("since", "before the last accepted bid or resumption")
    # Judged at the moment the stay counts from: an outage across the end sells nothing.
    reason = _reason_out_of_place(sale, stayed_from)
    if reason is None and sale.is_suspended:
        reason = "the sale is suspended already"
    if reason is not None:
        return OutOfPlace("type", reason)
    return replace(sale, stayed_from=stayed_from, last_at=event.at)


def resume(sale: Sale, event: Resume) -> Sale | OutOfPlace:
    """End the stay: the time left comes back, at least five minutes, or the court sets an end."""
    _ensure_in_order(sale, event.at)
    if sale.stayed_from is None or sale.is_withdrawn:
        return OutOfPlace("type", "the sale is not suspended")
    opens_at = sale.terms.opens_at
    runs_from = max(event.at, opens_at)
    course = sale.terms.rules.course
    least = course.least_time_after_stay
    if course.longest_stay is not None and event.at - sale.stayed_from > course.longest_stay:
        return OutOfPlace("type", f"stayed for more than {course.longest_stay}: the sale is void")
    if event.closes_at is not None and event.closes_at < runs_from + least:
        return OutOfPlace("closes_at", f"leaves less than {least} after the resumption")
    time_left = sale.closes_at - max(sale.stayed_from, opens_at)
    closes_at = event.closes_at or runs_from + max(time_left, least)
    extension = course.extension
    moved_end = sale.moved_end
    if extension is not None and extension.cap is not None:
        moved_end = sale.capped_from + (closes_at - sale.closes_at)
    return replace(
        sale,
        closes_at=closes_at,
        stayed_from=None,
        last_at=event.at,
        committed_at=event.at,
        moved_end=moved_end,
    )


def withdraw(sale: Sale, event: Withdraw) -> Sale | OutOfPlace:
    """Take the property out of the sale for good; the court alone may (RULE-L2, RULE-L6)."""
    _ensure_in_order(sale, event.at)
    if event.by is not Authority.COURT:
        return OutOfPlace("by", "only the court withdraws a sale")
    reason = _reason_out_of_place(sale, event.at)
    if reason is not None:
        return OutOfPlace("type", reason)
    return replace(sale, withdrawn_at=event.at, last_at=event.at)


def admit(sale: Sale, event: Admit, known: Bidder | None) -> Sale | OutOfPlace:
    """Admit a bidder at any time before the end (RULE-E4). `known` is whoever has that code."""
    _ensure_in_order(sale, event.at)
    reason = _reason_out_of_place(sale, event.at)
    if reason is not None:
        return OutOfPlace("type", reason)
    if known is not None:
        return OutOfPlace("bidder", "this code is known already")
    return replace(sale, last_at=event.at)


def _reason_out_of_place(sale: Sale, moment: datetime) -> str | None:
    if sale.is_withdrawn:
        return "the sale is withdrawn"
    if sale.has_ended_at(moment):
        return "the sale has ended"
    return None


def _ensure_in_order(sale: Sale, at: datetime) -> None:
    ensure(sale.last_at is None or sale.last_at <= at, "time does not step back in a sale")
