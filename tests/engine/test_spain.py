"""Two laws that work otherwise: bids sealed until the end; and an hour's quiet with a cap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.offers import Offer, second_bidder
from tests.engine.documents import written
from tests.engine.running import run

OPENS = datetime(2026, 5, 12, 16, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=20)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VALUE = 100_000_00


def bid(at, bidder, amount, **more):
    return {"at": written(at), "type": "bid", "bidder": bidder, "amount": amount, **more}


def suspended(at):
    return {"at": written(at), "type": "suspend", "by": "court", "reason": "concurso"}


def resumed(at):
    return {"at": written(at), "type": "resume"}


def document(*events, rules="es-2025", **changes):
    sale = {
        "property_kind": "real_property",
        "currency": "EUR",
        "value": VALUE,
        "opens_at": written(OPENS),
        "closes_at": written(CLOSES),
        **({"increment": 100_00} if rules == "es-2000" else {}),
    }
    return {
        "format": "auction-replay/1",
        "rules": rules,
        "sale": sale,
        "bidders": [{"code": "A"}, {"code": "B"}, {"code": "C"}],
        "events": list(events),
        **changes,
    }


def replayed(*events, **changes):
    return run("replay", stdin=document(*events, **changes)).answer


def test_while_bids_are_sealed_nobody_learns_who_leads():
    open_still = replayed(
        bid(OPENS, "A", 80_000_00), bid(OPENS + HOUR, "B", 90_000_00), as_of=written(OPENS + DAY)
    )

    assert open_still["status"] == "open"
    assert (open_still["leader"], open_still["price"]) == (None, None)
    assert [each["accepted"] for each in open_still["decisions"]] == [True, True]


def test_at_the_end_the_best_bid_is_shown_and_buys():
    result = replayed(bid(OPENS, "A", 80_000_00), bid(OPENS + HOUR, "B", 90_000_00))

    assert (result["status"], result["winner"], result["price"]) == ("sold", "B", 90_000_00)
    assert result["closes_at"] == written(CLOSES)


def test_of_each_bidder_the_last_bid_counts_also_a_lower_one():
    result = replayed(
        bid(OPENS, "A", 80_000_00),
        bid(OPENS + HOUR, "B", 95_000_00),
        bid(OPENS + DAY, "B", 75_000_00),
    )

    assert (result["winner"], result["price"]) == ("A", 80_000_00)


def test_of_equal_bids_the_earlier_one_is_the_best():
    result = replayed(bid(OPENS, "B", 80_000_00), bid(OPENS + MINUTE, "A", 80_000_00))

    assert result["winner"] == "B"


def test_an_equal_bid_given_anew_is_as_late_as_it_was_given():
    result = replayed(
        bid(OPENS, "B", 80_000_00),
        bid(OPENS + MINUTE, "A", 80_000_00),
        bid(OPENS + HOUR, "B", 80_000_00),
    )

    assert result["winner"] == "A"


def test_no_bid_moves_the_end_of_a_sealed_sale():
    result = replayed(bid(CLOSES - timedelta(seconds=1), "A", 80_000_00))

    assert (result["closes_at"], result["extensions"]) == (written(CLOSES), 0)


def test_below_the_band_bidding_is_over_and_nobody_has_bought_yet():
    result = replayed(bid(OPENS, "A", 69_999_99))

    assert (result["status"], result["winner"]) == ("pending_award", None)
    assert (result["leader"], result["price"]) == ("A", 69_999_99)


def test_the_transcript_of_a_sealed_sale_verifies_and_ends_with_its_best_bid():
    events = bid(OPENS, "A", 80_000_00, reserve=True), bid(OPENS + HOUR, "B", 90_000_00)
    transcript = run("replay", "--transcript", stdin=document(*events)).out

    verified = run("verify", stdin=transcript.encode()).answer

    assert verified["replay"] == "ok"
    assert verified["outcome"]["winner"] == "B"
    forged = transcript.replace('"winner":"B"', '"winner":"A"')
    assert run("verify", stdin=forged.encode()).status == 1


def test_terms_and_keys_of_another_law_are_errors():
    wrong = document()
    wrong["sale"]["starting_price"] = 1

    assert run("replay", stdin=wrong).where == "/sale/starting_price"
    reserve = bid(OPENS, "B01", 100, reserve=True)
    chinese = document(reserve, rules="generic")
    chinese["sale"] = {
        "currency": "EUR", "starting_price": 1, "increment": 1,
        "opens_at": written(OPENS), "closes_at": written(CLOSES),
    }  # fmt: skip
    assert run("replay", stdin=chinese).where == "/events/0/reserve"


def test_a_stay_gives_back_just_the_time_that_was_left():
    result = replayed(
        suspended(CLOSES - MINUTE), resumed(CLOSES + DAY), bid(CLOSES + DAY, "A", 80_000_00)
    )

    assert result["closes_at"] == written(CLOSES + DAY + MINUTE)


@pytest.mark.parametrize(("days", "status"), [(15, 0), (16, 2)])
def test_a_stay_of_more_than_fifteen_days_ends_the_sale(days, status):
    at = OPENS + DAY

    ran = run("replay", stdin=document(suspended(at), resumed(at + days * DAY)))

    assert ran.status == status
    if status:
        assert ran.where == "/events/1/type"


def test_under_the_old_law_a_better_bid_keeps_the_sale_open_for_an_hour():
    result = replayed(
        bid(OPENS, "A", 80_000_00), bid(CLOSES - MINUTE, "B", 85_000_00), rules="es-2000"
    )

    assert result["closes_at"] == written(CLOSES + 59 * MINUTE)
    assert result["extensions"] == 1


def test_under_the_old_law_lower_bids_wait_in_reserve_and_prolong_nothing():
    result = replayed(
        bid(OPENS, "A", 80_000_00), bid(CLOSES - MINUTE, "B", 80_000_00), rules="es-2000"
    )

    assert result["decisions"][1]["in_reserve"] is True
    assert (result["winner"], result["closes_at"]) == ("A", written(CLOSES))


def test_under_the_old_law_better_bids_prolong_for_a_day_at_most():
    amounts = range(80_000_00, 80_000_00 + 30 * 100_00, 100_00)
    bids = [
        bid(CLOSES - MINUTE + number * 59 * MINUTE, "AB"[number % 2], amount)
        for number, amount in enumerate(amounts)
    ]

    result = replayed(*bids, rules="es-2000")

    assert result["closes_at"] == written(CLOSES + DAY)
    assert [each["accepted"] for each in result["decisions"]].count(False) > 0


def test_after_a_stay_the_day_counts_from_where_the_end_was_moved_to():
    stayed = suspended(CLOSES - HOUR), resumed(CLOSES + 2 * DAY)
    moved = CLOSES + 2 * DAY + HOUR
    bids = [
        bid(moved - MINUTE + number * 59 * MINUTE, "AB"[number % 2], 80_000_00 + number * 100_00)
        for number in range(30)
    ]

    assert replayed(*stayed, *bids, rules="es-2000")["closes_at"] == written(moved + DAY)


def an_offer(code, amount, seq, reserve=True):
    return Offer(Bidder(code), amount, seq, reserve)


def test_a_second_bidder_stands_in_if_bid_and_lost_deposit_reach_the_failed_price():
    failed = an_offer("A", 100_000_00, 3)
    offers = [failed, an_offer("B", 80_000_00, 1), an_offer("C", 85_000_00, 2, reserve=False)]

    assert second_bidder(offers, failed, lost_deposit=20_000_00) == offers[1]
    assert second_bidder(offers, failed, lost_deposit=19_999_99) is None
    assert second_bidder([failed], failed, lost_deposit=100_000_00) is None


@given(
    bids=st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.integers(1, 40) | st.integers(1, 2 * VALUE),
            st.integers(0, 20 * 86_400 - 1),
        ),
        max_size=30,
    )
)
def test_a_sealed_sale_goes_to_the_best_of_the_last_bids(bids):
    in_order = sorted(bids, key=lambda each: each[2])
    events = [bid(OPENS + timedelta(seconds=s), code, amount) for code, amount, s in in_order]

    result = replayed(*events)

    last = {code: (amount, place) for place, (code, amount, _s) in enumerate(in_order)}
    best = max(last.items(), key=lambda each: (each[1][0], -each[1][1]), default=(None, (None, 0)))
    assert (result["leader"], result["price"]) == (best[0], best[1][0])
    assert result["accepted"] == len(bids)


GOOD = {
    "property_kind": "real_property",
    "currency": "EUR",
    "value": VALUE,
    "deposit": 20_000_00,
    "announced_at": "2026-05-11T18:00:00+02:00",
    "opens_at": "2026-05-12T18:00:00+02:00",
    "closes_at": "2026-06-01T18:00:00+02:00",
    "proceeding_begun_on": "2025-06-01",
    "utc_offset_minutes": 120,
    "holidays": ["2026-10-12"],
}


def checked(rules="es-2025", **changes):
    draft = {"format": "sale-check/1", "rules": rules, "sale": {**GOOD, **changes}}
    return run("check", stdin=draft).answer


def test_a_draft_that_keeps_every_rule_may_be_published():
    assert checked() == {"format": "sale-check-result/1", "publishable": True, "violations": []}


@pytest.mark.parametrize(
    ("changes", "rule", "limit"),
    [
        ({"closes_at": "2026-06-01T18:00:01+02:00"}, "S1", "2026-06-01T16:00:00Z"),
        ({"deposit": 19_999_99}, "S2", 20_000_00),
        ({"property_kind": "movable", "value": 100_00, "deposit": 10_00}, "S2", 1_000_00),
        ({"announced_at": "2026-05-11T18:00:01+02:00"}, "S4", "2026-05-11T16:00:00Z"),
        ({"proceeding_begun_on": "2025-04-02"}, "S0", "2025-04-03"),
    ],
)
def test_each_rule_of_a_draft_is_held(changes, rule, limit):
    violations = checked(**changes)["violations"]

    assert [(each["rule"], each["limit"]) for each in violations] == [(rule, limit)]


@pytest.mark.parametrize(
    ("opens_on", "why"),
    [
        ("2026-05-10", "a Saturday"),
        ("2026-05-11", "a Sunday"),
        ("2026-07-14", "August"),
        ("2026-09-22", "a holiday"),
        ("2026-12-04", "Christmas Eve"),
        ("2026-12-17", "Epiphany"),
    ],
)
def test_bidding_never_ends_on_a_day_that_is_kept_free(opens_on, why):
    opens_at = datetime.fromisoformat(f"{opens_on}T18:00:00+02:00")
    moments = {
        "announced_at": (opens_at - 3 * DAY).isoformat(),
        "opens_at": opens_at.isoformat(),
        "closes_at": (opens_at + 20 * DAY).isoformat(),
    }

    new = checked(**moments)["violations"]
    old = checked(rules="es-2000", proceeding_begun_on="2024-01-01", deposit=5_000_00, **moments)

    assert [each["rule"] for each in new] == ["S6"], why
    assert old["publishable"], "the old law keeps no day free"


def test_another_deposit_is_in_order_where_it_was_decided():
    assert checked(deposit=1, deposit_decided=True)["publishable"]


def awarded(rules="es-2025", **changes):
    facts = {
        "format": "award/1",
        "rules": rules,
        "property_kind": "real_property",
        "value": VALUE,
        "price": 60_000_00,
        "debt": 90_000_00,
        "closed_on": "2026-06-01",
        **changes,
    }
    return run("award", stdin=facts)


@pytest.mark.parametrize(
    ("changes", "award"),
    [
        ({"price": 70_000_00}, "at_once"),
        ({"price": 69_999_99}, "after_the_debtors_chance"),
        ({"price": 50_000_00}, "after_the_debtors_chance"),
        ({"price": 49_999_99}, "by_decision"),
        ({"price": 40_000_00, "debt": 40_000_00}, "after_the_debtors_chance"),
        ({"price": 40_000_00, "debt": 40_000_01}, "by_decision"),
        ({"price": 39_999_99, "debt": 1}, "by_decision"),
        ({"property_kind": "movable", "price": 50_000_00}, "at_once"),
        ({"property_kind": "movable", "price": 30_000_00}, "after_the_debtors_chance"),
        ({"property_kind": "movable", "price": 29_999_99}, "by_decision"),
        ({"property_kind": "movable", "price": 2, "debt": 2}, "after_the_debtors_chance"),
        ({"is_home": True, "price": 70_000_00}, "at_once"),
        ({"is_home": True, "price": 69_999_99}, "by_decision"),
        ({"is_home": True, "price": 60_000_00, "debt": 60_000_00}, "after_the_debtors_chance"),
        ({"is_home": True, "bidder_is_creditor": True}, "to_the_creditor"),
    ],
)
def test_the_bands_say_what_becomes_of_the_best_bid(changes, award):
    assert awarded(**changes).answer["award"] == award


@pytest.mark.parametrize(
    ("debt", "price"), [(90_000_00, 70_000_00), (65_000_00, 65_000_00), (10_000_00, 60_000_00)]
)
def test_a_creditor_takes_a_home_at_more_than_a_low_bid(debt, price):
    taken = awarded(is_home=True, bidder_is_creditor=True, price=30_000_00, debt=debt).answer

    assert taken["price"] == price


def test_the_debtor_has_ten_days_to_bring_somebody_better():
    answer = awarded().answer

    assert answer["debtor_until"] == "2026-06-11"
    assert answer["better_buyer_from"] == 60_000_01
    assert answer["pay_by"] == "2026-06-21"
    assert awarded(price=10_000_00, debt=20_000_00).answer["better_buyer_from"] == 20_000_00


def test_where_every_valid_bid_buys_there_is_nothing_to_award():
    assert awarded(rules="cn-2016-18").where == "/rules"


def test_every_pack_with_bands_says_how_long_the_buyer_has():
    for pack in RULE_PACKS.values():
        if pack.award is not None:
            assert all(days > 0 for days in pack.award.payment_days.values())
