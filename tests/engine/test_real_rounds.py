"""Real notices through the table of rounds, and real listings through `check`.

docs/real-listings.md judges what is found here.
"""

import csv
import json
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from auction_engine.rulepacks import sale_pack
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.rounds import End, Held, NotFollowing, Reason, departures
from tests.engine.running import run

LISTINGS = Path(__file__).parents[3] / "shared" / "data" / "cn_listings_full"
NOTICES = LISTINGS / "rounds.csv"

pytestmark = pytest.mark.skipif(
    not NOTICES.exists(),
    reason="the real notices are not part of the project and not on this machine",
)

ROUNDS = {"一拍": Round.FIRST, "二拍": Round.SECOND, "变卖": Round.SELL_OFF}
RULES = sale_pack("cn-2016-18").staged

# What the notices alone do not tell: how a round ended where the next is not the plain one, and
# for which reason it began again. Each place is that of the round that begins.
RECORDED = {
    # Both auctions again after three months: the second was given up for a new price.
    ("P15", 2): (End.WITHDRAWN, Reason.NEW_PRICE),
    # The same round 24 days later: no home can have opened by then, so it was issued anew.
    ("P21", 1): (End.WITHDRAWN, Reason.FLAWED_PUBLICATION),
    # A first auction a year after the sell-off.
    ("P22", 3): (End.FAILED, Reason.NEW_PRICE),
}


def _histories():
    with NOTICES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, notices in groupby(rows, key=lambda row: row["property"]):
        told = [
            (ROUNDS[each["round"]], date.fromisoformat(each["notice_date"])) for each in notices
        ]
        yield name, told


def _held(name, told, recorded):
    """The rounds of a property, each ended by failure unless something else is on record."""
    ends = {place - 1: end for (of, place), (end, _reason) in recorded.items() if of == name}
    reasons = {place: reason for (of, place), (_end, reason) in recorded.items() if of == name}
    return [
        Held(
            each,
            end=ends.get(place, End.FAILED) if place < len(told) - 1 else None,
            reason=reasons.get(place),
        )
        for place, (each, _on) in enumerate(told)
    ]


def test_all_notices_are_read():
    histories = dict(_histories())

    assert len(histories) == 27
    assert sum(len(told) for told in histories.values()) == 63


def test_without_reasons_only_the_odd_sequences_leave_the_table():
    """RULE-K2, RULE-K4: no third auction, no way back without a reason."""
    odd = {
        (name, place)
        for name, told in _histories()
        for place, why in departures(_held(name, told, {}))
        if why in (NotFollowing.NOT_IN_THE_TABLE, NotFollowing.NO_REASON)
    }

    assert odd == set(RECORDED)


def test_with_the_reason_on_record_every_sequence_passes():
    """RULE-K13, RULE-L6, RULE-B11."""
    left = {name: departures(_held(name, told, RECORDED)) for name, told in _histories()}

    assert {name: found for name, found in left.items() if found} == {}


def test_no_round_is_announced_before_the_one_before_it_can_have_failed():
    """RULE-D1, RULE-K2, RULE-G2: a home's notice, its days, and a day of bidding lie between."""
    early = []
    for name, told in _histories():
        for place, ((before, announced_on), (_after, next_on)) in enumerate(pairwise(told), 1):
            if (name, place) in RECORDED:
                continue
            ahead = RULES.announcement_days[before, PropertyKind.REAL_PROPERTY]
            if next_on < announced_on + timedelta(days=ahead + 1):
                early.append((name, place))

    assert early == []


# --- listings -----------------------------------------------------------------------------------

_ROUND_WORDS = {"第一次拍卖": "first", "第二次拍卖": "second", "变卖": "sell_off", "拍卖": "first"}
# Which rules a listing can be held against, by what its source gives.
_PRICE_RULES = {"C2", "K3", "K8"}
_GIVEN = {"deposit_fen": {"C7"}, "ends_at": {"G2", "K7"}}

# Everything that is found; docs/real-listings.md judges each.
FOUND = {"hz-04": {"K8"}, "sc-03": {"K7"}}


def _listings():
    return json.loads((LISTINGS / "listings.json").read_text(encoding="utf-8"))


def _as_draft(listing):
    """The listing as a draft; what its source lacks stands at a value that breaks no rule."""
    sale_round = _ROUND_WORDS[listing.get("round") or listing["kind_inferred"]]
    kind = "movable" if "车一辆" in listing.get("title", "") else "real_property"
    start, value = listing["start_fen"], listing["appraised_fen"]
    opens_at = datetime.fromisoformat(listing.get("starts_at", "2026-08-31T10:00:00+08:00"))
    length = RULES.sell_off_period if sale_round == "sell_off" else RULES.least_bidding_time
    closes_at = datetime.fromisoformat(listing.get("ends_at", (opens_at + length).isoformat()))
    announced_at = opens_at - timedelta(days=31)
    drafted = {
        "property_kind": kind,
        "round": sale_round,
        "currency": "CNY",
        "reference_price": value,
        "reference_price_valid_until": opens_at.date().isoformat(),
        "starting_price": start,
        "deposit": listing.get("deposit_fen", -(-start // 10)),
        "increment": listing.get("increment_fen", 1),
        "announced_at": announced_at.isoformat(),
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "parties_notified_at": [(announced_at - timedelta(days=5)).isoformat()],
        "parties_waived": False,
        "panel_decided": sorted(RULES.panel_items[Round(sale_round)]),
        "publication_items": sorted(RULES.publication_items),
        "warnings": sorted(RULES.warnings),
    }
    if sale_round != "first":
        drafted |= {
            "previous_starting_price": _price_before(sale_round, start, value),
            "previous_failed_at": (announced_at - timedelta(days=-2)).isoformat(),
            "same_platform": True,
        }
    return {"format": "sale-check/1", "rules": "cn-2016-18", "strict_days": False, "sale": drafted}


def _price_before(sale_round, start, value):
    """The price of the round before, which no source gives: the least that was lawful, or in a
    sell-off its own price where that is not below it."""
    first = RULES.first_price_floor.rounded_up(value)
    if sale_round == "second":
        return first
    return max(start, RULES.second_price_floor.rounded_up(first))


def _rules_of(listing):
    given = [rules for key, rules in _GIVEN.items() if key in listing]
    return _PRICE_RULES.union(*given)


@pytest.mark.parametrize("listing", _listings() if NOTICES.exists() else [], ids=lambda x: x["lot"])
def test_a_real_listing_breaks_no_rule_but_those_that_are_judged(listing):
    """RULE-C2, RULE-C7, RULE-G2, RULE-K3, RULE-K7, RULE-K8."""
    ran = run("check", stdin=_as_draft(listing))
    broken = {each["rule"] for each in ran.answer["violations"]}

    assert broken & _rules_of(listing) == FOUND.get(listing["lot"], set())


@pytest.mark.parametrize("listing", _listings() if NOTICES.exists() else [], ids=lambda x: x["lot"])
def test_what_a_source_lacks_is_not_held_against_it(listing):
    ran = run("check", stdin=_as_draft(listing))

    assert ran.status == 0
    assert {each["rule"] for each in ran.answer["violations"]} <= _rules_of(listing)
