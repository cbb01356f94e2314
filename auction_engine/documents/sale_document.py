"""Reading terms, bidders and events, in a document to replay and in the lines of a transcript."""

from collections.abc import Callable
from enum import StrEnum

from auction_engine.documents.fields import Fields
from auction_engine.rulepacks import SALE_RULES
from auction_engine.rulepacks.pack import SaleRules
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.events import Admit, Authority, Bid, Event, Resume, Suspend, Withdraw
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.terms import SaleTerms


class EventType(StrEnum):
    BID = "bid"
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    ADMIT = "admit"


class _CourtOnly(StrEnum):
    COURT = Authority.COURT


def read_rules(document: Fields) -> SaleRules:
    value = document.value("rules")
    rules = SALE_RULES.get(value) if isinstance(value, str) else None
    if rules is None:
        raise document.refuse("rules", "one of " + ", ".join(SALE_RULES) + " is expected")
    return rules


def read_terms(sale: Fields, rules: SaleRules) -> SaleTerms:
    sale.allow(
        "property_kind",
        "round",
        "currency",
        "starting_price",
        "increment",
        "multiples_only",
        "opens_at",
        "closes_at",
    )
    opens_at, closes_at = sale.moment("opens_at"), sale.moment("closes_at")
    if closes_at <= opens_at:
        raise sale.refuse("closes_at", "not after opens_at")
    return SaleTerms(
        rules=rules,
        property_kind=sale.choice("property_kind", PropertyKind),
        round=sale.choice("round", Round),
        currency=sale.currency("currency"),
        starting_price=sale.money("starting_price", least=1),
        increment=sale.money("increment", least=1),
        opens_at=opens_at,
        closes_at=closes_at,
        multiples_only=sale.flag("multiples_only") if "multiples_only" in sale else True,
    )


def read_bidders(document: Fields) -> tuple[Bidder, ...]:
    bidders: dict[str, Bidder] = {}
    for fields in document.objects("bidders"):
        fields.allow("code", "priority_rank", "excluded")
        bidder = Bidder(
            code=fields.code("code"),
            priority_rank=_rank(fields),
            excluded=fields.text("excluded") if "excluded" in fields else None,
        )
        if bidder.code in bidders:
            raise fields.refuse("code", "stands twice")
        bidders[bidder.code] = bidder
    return tuple(bidders.values())


def read_event(fields: Fields) -> Event:
    """The event, by its form alone; whether it fits the sale is decided when it happens."""
    return _READERS[fields.choice("type", EventType)](fields)


def _read_bid(fields: Fields) -> Bid:
    fields.allow("at", "type", "bidder", "amount")
    return Bid(at=fields.moment("at"), code=fields.code("bidder"), amount=fields.money("amount"))


def _read_suspend(fields: Fields) -> Suspend:
    fields.allow("at", "type", "by", "reason", "since")
    by = fields.choice("by", Authority)
    if "since" in fields and by is not Authority.PLATFORM:
        raise fields.refuse("since", "only a platform's stay may reach back")
    event = Suspend(
        at=fields.moment("at"),
        by=by,
        reason=fields.text("reason"),
        since=fields.moment("since") if "since" in fields else None,
    )
    if event.since is not None and event.since > event.at:
        raise fields.refuse("since", "a stay cannot count from a later moment")
    return event


def _read_resume(fields: Fields) -> Resume:
    fields.allow("at", "type", "closes_at")
    closes_at = fields.moment("closes_at") if "closes_at" in fields else None
    return Resume(at=fields.moment("at"), closes_at=closes_at)


def _read_withdraw(fields: Fields) -> Withdraw:
    fields.allow("at", "type", "by", "reason")
    fields.choice("by", _CourtOnly)
    return Withdraw(at=fields.moment("at"), by=Authority.COURT, reason=fields.text("reason"))


def _read_admit(fields: Fields) -> Admit:
    fields.allow("at", "type", "bidder", "priority_rank")
    return Admit(at=fields.moment("at"), code=fields.code("bidder"), priority_rank=_rank(fields))


def _rank(fields: Fields) -> int | None:
    return fields.rank("priority_rank") if "priority_rank" in fields else None


_READERS: dict[EventType, Callable[[Fields], Event]] = {
    EventType.BID: _read_bid,
    EventType.SUSPEND: _read_suspend,
    EventType.RESUME: _read_resume,
    EventType.WITHDRAW: _read_withdraw,
    EventType.ADMIT: _read_admit,
}
