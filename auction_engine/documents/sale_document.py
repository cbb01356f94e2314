"""Reading terms, bidders and events, in a document to replay and in the lines of a transcript."""

from collections.abc import Callable
from enum import StrEnum

from auction_engine.documents.fields import Fields
from auction_engine.rulepacks import RULE_PACKS, rule_pack
from auction_engine.rulepacks.pack import RulePack
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


def read_rules(document: Fields) -> RulePack:
    value = document.value("rules")
    rules = rule_pack(value) if isinstance(value, str) else None
    if rules is None:
        raise document.refuse("rules", "one of " + ", ".join(RULE_PACKS) + " is expected")
    return rules


def read_terms(sale: Fields, rules: RulePack) -> SaleTerms:
    """The terms that a notice under these rules fixes, and no others."""
    fixed = rules.course.terms
    sale.allow(*sorted(fixed))
    opens_at, closes_at = sale.moment("opens_at"), sale.moment("closes_at")
    if closes_at <= opens_at:
        raise sale.refuse("closes_at", "not after opens_at")
    kind, sale_round = PropertyKind.MOVABLE, Round.FIRST
    if "property_kind" in fixed:
        kind = sale.choice("property_kind", PropertyKind)
    if "round" in fixed:
        sale_round = sale.choice("round", Round)
    return SaleTerms(
        rules=rules,
        property_kind=kind,
        round=sale_round,
        currency=sale.currency("currency"),
        starting_price=sale.money("starting_price", least=1) if "starting_price" in fixed else 1,
        increment=_increment(sale, fixed),
        opens_at=opens_at,
        closes_at=closes_at,
        multiples_only=_multiples_only(sale, fixed),
        value=sale.money("value", least=1) if "value" in fixed else None,
    )


def _increment(sale: Fields, fixed: frozenset[str]) -> int:
    """Required where there is a starting price; where the value alone is fixed, one unit."""
    if "starting_price" in fixed or "increment" in sale:
        return sale.money("increment", least=1)
    return 1


def _multiples_only(sale: Fields, fixed: frozenset[str]) -> bool:
    if "multiples_only" not in fixed:
        return False
    return sale.flag("multiples_only") if "multiples_only" in sale else True


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


def read_event(fields: Fields, rules: RulePack) -> Event:
    """The event, by its form alone; whether it fits the sale is decided when it happens."""
    kind = fields.choice("type", EventType)
    if kind is EventType.BID:
        return _read_bid(fields, rules)
    return _READERS[kind](fields)


def _read_bid(fields: Fields, rules: RulePack) -> Bid:
    reserve = False
    if rules.course.second_bidder:
        fields.allow("at", "type", "bidder", "amount", "reserve")
        reserve = fields.flag("reserve") if "reserve" in fields else False
    else:
        fields.allow("at", "type", "bidder", "amount")
    at, amount = fields.moment("at"), fields.money("amount")
    return Bid(at=at, code=fields.code("bidder"), amount=amount, reserve=reserve)


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
    EventType.SUSPEND: _read_suspend,
    EventType.RESUME: _read_resume,
    EventType.WITHDRAW: _read_withdraw,
    EventType.ADMIT: _read_admit,
}
