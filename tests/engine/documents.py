"""Documents to start from. A test changes what it is about and leaves the rest."""

import copy
from datetime import UTC, datetime, timedelta

from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import after_bid, decide_bid
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.state import opening_sale
from auction_engine.sale.terms import SaleTerms

OPENS = datetime(2026, 5, 25, 2, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=24)
START, STEP = 10_000_000, 100_000
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)

ANNA, BORIS = Bidder("B01"), Bidder("B02")
TENANT, OWNER = Bidder("P2", priority_rank=2), Bidder("P1", priority_rank=1)


def terms(**changes):
    values = {
        "rules": RULE_PACKS["cn-2016-18"],
        "property_kind": PropertyKind.REAL_PROPERTY,
        "round": Round.FIRST,
        "currency": "CNY",
        "starting_price": START,
        "increment": STEP,
        "opens_at": OPENS,
        "closes_at": CLOSES,
    }
    return SaleTerms(**{**values, **changes})


def a_sale(**changes):
    return opening_sale(terms(**changes))


def led_by(sale, bidder, amount, at):
    decision = decide_bid(sale, bidder, amount, at)
    after = after_bid(sale, decision)
    assert after.leader == bidder, decision
    return after


def written(moment):
    return moment.replace(tzinfo=None).isoformat() + "Z"


def bid(at, bidder, amount):
    return {"at": written(at), "type": "bid", "bidder": bidder, "amount": amount}


def replay_document(*events, **changes):
    sale = {
        "property_kind": "real_property",
        "round": "first",
        "currency": "CNY",
        "starting_price": START,
        "increment": STEP,
        "opens_at": written(OPENS),
        "closes_at": written(CLOSES),
    }
    document = {
        "format": "auction-replay/1",
        "rules": "cn-2016-18",
        "sale": {**sale, **changes.pop("sale", {})},
        "bidders": [
            {"code": "B01"},
            {"code": "B02"},
            {"code": "P1", "priority_rank": 1},
            {"code": "P2", "priority_rank": 2},
            {"code": "X9", "excluded": "defaulted_before"},
        ],
        "events": list(events),
    }
    return {**document, **changes}


CHECK = {
    "format": "sale-check/1",
    "rules": "cn-2016-18",
    "strict_days": False,
    "sale": {
        "property_kind": "real_property",
        "round": "second",
        "currency": "CNY",
        "reference_price": 100000000,
        "reference_price_valid_until": "2026-12-31",
        "starting_price": 56000000,
        "previous_starting_price": 70000000,
        "previous_failed_at": "2026-06-01T10:00:00+08:00",
        "deposit": 5600000,
        "increment": 280000,
        "announced_at": "2026-06-10T09:00:00+08:00",
        "opens_at": "2026-06-26T10:00:00+08:00",
        "closes_at": "2026-06-27T10:00:00+08:00",
        "parties_notified_at": ["2026-06-05T09:00:00+08:00"],
        "same_platform": True,
        "panel_decided": ["starting_price", "price_cut", "increment", "deposit", "priority"],
        "publication_items": [
            "announcement",
            "instrument",
            "pricing_basis",
            "terms",
            "property",
            "priority_purchasers",
            "notifications",
            "deposit_and_payment",
            "taxes",
            "court",
            "other",
        ],
        "warnings": [
            "capacity",
            "proxies",
            "defects",
            "as_is",
            "acceptance",
            "publication_of_name",
            "deposit_loss",
        ],
    },
}


def check_document(*, without=(), strict_days=False, **sale):
    document = copy.deepcopy(CHECK)
    document["strict_days"] = strict_days
    document["sale"].update(sale)
    for key in without:
        del document["sale"][key]
    return document


def distribution(properties, claims, *, rules="cn", **changes):
    document = {
        "format": "distribution/1",
        "rules": rules,
        "currency": "CNY",
        "debtor_kind": "natural_person",
        "properties": properties,
        "claims": claims,
    }
    return {**document, **changes}


def thing(id_="P1", proceeds=0, **more):
    return {"id": id_, "proceeds": proceeds, **more}


def claim(id_, claim_class, amount, **more):
    return {"id": id_, "class": claim_class, "amount": amount, **more}


def secured(id_, amount, *on, rank=1, **more):
    return claim(id_, "secured", amount, on=list(on) or ["P1"], rank=rank, **more)


def line(id_, tier, amount, **more):
    return {"id": id_, "tier": tier, "amount": amount, **more}
