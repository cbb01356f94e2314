"""Money, the ledger, the deposit, and the small calculators."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.invariants import BrokenInvariant
from auction_engine.money.deposits import DepositEvent, DepositState, deposit_due, next_state
from auction_engine.money.fees import enforcement_fee
from auction_engine.money.forfeit import forfeit
from auction_engine.money.ledger import Entry, Posting, balance, transfer
from auction_engine.money.money import Money
from auction_engine.money.shares import Owed, pay_pro_rata
from tests.engine.running import run


def cny(minor):
    return Money(minor, "CNY")


def yuan(amount):
    return amount * 100


@given(st.integers(0, 10**20), st.lists(st.integers(0, 10**12), min_size=1).filter(any))
def test_a_split_loses_no_cent_and_nobody_is_off_by_a_whole_one(total, weights):
    parts = cny(total).split_by_weight(weights)

    assert sum(part.minor for part in parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - total * weight) < sum(weights)


def test_the_odd_cent_goes_to_the_largest_remainder_then_weight_then_place():
    assert [part.minor for part in cny(100).split_by_weight([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in cny(10).split_by_weight([1, 2, 3])] == [2, 3, 5]
    assert [part.minor for part in cny(1).split_by_weight([3, 3, 3])] == [1, 0, 0]
    # Remainders of a half each: the larger weight goes first, wherever it stands.
    assert [part.minor for part in cny(2).split_by_weight([1, 3])] == [0, 2]
    assert [part.minor for part in cny(2).split_by_weight([3, 1])] == [2, 0]


def test_amounts_of_different_currencies_do_not_mix():
    with pytest.raises(BrokenInvariant):
        cny(1) + Money(1, "EUR")
    with pytest.raises(BrokenInvariant):
        assert cny(1) < Money(2, "EUR")


def test_an_amount_is_neither_true_nor_false():
    with pytest.raises(TypeError):
        bool(cny(0))


@pytest.mark.parametrize("minor", [1.0, True, "1"])
def test_an_amount_is_a_whole_number(minor):
    with pytest.raises(BrokenInvariant):
        Money(minor, "CNY")


def test_an_entry_that_does_not_balance_cannot_be_built():
    with pytest.raises(BrokenInvariant, match="debits equal credits"):
        Entry("deposit in", (Posting("bank", cny(100)), Posting("deposits", cny(-99))))
    with pytest.raises(BrokenInvariant, match="one currency"):
        Entry("deposit in", (Posting("bank", cny(1)), Posting("deposits", Money(-1, "EUR"))))
    with pytest.raises(BrokenInvariant):
        Entry("nothing", ())
    with pytest.raises(BrokenInvariant):
        Posting("bank", cny(0))


def test_an_entry_is_undone_by_its_reverse_and_never_changed():
    entry = transfer("deposit in", cny(100), debit="bank", credit="deposits")

    books = [entry, entry, entry.reversed("entered twice")]

    assert balance("bank", books, "CNY") == cny(100)
    assert balance("deposits", books, "CNY") == cny(-100)


@pytest.mark.parametrize("event", DepositEvent)
@pytest.mark.parametrize(
    "state", [DepositState.APPLIED, DepositState.RELEASED, DepositState.FORFEITED]
)
def test_a_deposit_ends_once_and_for_good(state, event):
    assert next_state(state, event) is None


def test_a_deposit_that_is_held_is_applied_released_or_forfeited():
    """RULE-H3, H4, J1"""
    held = DepositState.HELD

    assert next_state(held, DepositEvent.PRICE_PAID) is DepositState.APPLIED
    assert next_state(held, DepositEvent.OUTBID_AT_CLOSE) is DepositState.RELEASED
    assert next_state(held, DepositEvent.SALE_WITHDRAWN) is DepositState.RELEASED
    assert next_state(held, DepositEvent.PAYMENT_MISSED) is DepositState.FORFEITED
    assert next_state(held, DepositEvent.MONEY_ARRIVED) is None


def test_a_deposit_that_comes_too_late_secures_nothing():
    """RULE-E4"""
    lapsed = next_state(DepositState.AWAITING, DepositEvent.BIDDING_ENDED_UNPAID)

    assert next_state(lapsed, DepositEvent.MONEY_ARRIVED) is DepositState.RELEASED


@pytest.mark.parametrize(
    ("claim", "due"), [(None, 200_000), (150_000, 50_000), (200_000, 0), (250_000, 0), (0, 200_000)]
)
def test_the_applicant_deposits_what_the_claim_lacks(claim, due):
    """RULE-E6"""
    assert deposit_due(200_000, applicant_claim_minor=claim) == due


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (0, 5000),
        (1, 5000),
        (yuan(5_000), 5000),
        (yuan(10_000), 5000),
        (yuan(10_000) + 33, 5000),
        (yuan(10_000) + 34, 5001),
        (yuan(10_001), 5002),
        (yuan(100_000), 140_000),
        (yuan(500_000), 740_000),
        (yuan(1_000_000), 1_240_000),
        (yuan(5_000_000), 5_240_000),
        (yuan(8_000_000), 6_740_000),
        (yuan(10_000_000), 7_740_000),
        (yuan(20_000_000), 8_740_000),
        (2**63 - 1, 9223372036854776 + 7_740_000 - 1_000_000),
    ],
)
def test_the_fee_table(amount, fee):
    assert enforcement_fee(amount) == fee


@pytest.mark.parametrize(
    ("deposit", "costs", "original", "resale", "uses"),
    [
        # DIST-E6 and RULE-J
        (600_000, 20_000, 4_000_000, 3_700_000, (20_000, 300_000, 280_000, 300_000, 0)),
        (600_000, 20_000, 4_000_000, 4_500_000, (20_000, 0, 580_000, 0, 0)),
        (510_000, 10_000, 8_000_000, 7_000_000, (10_000, 500_000, 0, 1_000_000, 500_000)),
        (5_000, 20_000, 100, 90, (5_000, 0, 0, 10, 15_010)),
        (0, 0, 0, 0, (0, 0, 0, 0, 0)),
    ],
)
def test_the_uses_of_a_lost_deposit(deposit, costs, original, resale, uses):
    """RULE-J2, J3"""
    used = forfeit(
        deposit=yuan(deposit),
        costs=yuan(costs),
        original_price=yuan(original),
        resale_price=yuan(resale),
    )

    found = (used.to_costs, used.to_price_gap, used.to_debts, used.price_gap, used.shortfall)
    assert found == tuple(map(yuan, uses))


def late_interest(**changes):
    document = {
        "format": "late-interest/1",
        "principal": 100000000,
        "from": "2025-03-31",
        "to": "2026-01-15",
    }
    return run("interest", stdin={**document, **changes})


@pytest.mark.parametrize(
    ("changes", "days", "interest"),
    [
        # DIST-E3
        ({}, 290, 5_075_000),
        ({"count": "exclude_first"}, 290, 5_075_000),
        ({"count": "include_both"}, 291, 5_092_500),
        ({"principal": 1246575, "to": "2025-07-09"}, 100, 21_815),
        ({"part_payments": [{"on": "2025-06-30", "amount": 30000000}]}, 290, 4_030_250),
        ({"principal": 0}, 290, 0),
        ({"to": "2025-03-31"}, 0, 0),
        ({"to": "2025-03-31", "count": "include_both"}, 1, 17_500),
        ({"stayed": [{"from": "2025-03-30", "to": "2026-02-01"}]}, 0, 0),
        ({"stayed": [{"from": "0001-01-01", "to": "9999-12-31"}]}, 0, 0),
        (
            {"from": "0001-01-01", "to": "9999-12-31", "count": "include_both", "principal": 1},
            3652059,
            639,
        ),
    ],
)
def test_late_interest(changes, days, interest):
    answer = late_interest(**changes).answer

    assert (answer["days"], answer["interest"]) == (days, interest)


def test_a_payment_on_the_first_day_lowers_the_base_from_the_next():
    payments = [{"on": "2025-03-31", "amount": 100}]

    answer = late_interest(to="2025-04-02", count="include_both", part_payments=payments).answer

    assert [(p["from"], p["to"], p["base"]) for p in answer["periods"]] == [
        ("2025-03-31", "2025-03-31", 100000000),
        ("2025-03-31", "2025-04-02", 99999900),
    ]


def test_a_payment_of_nothing_and_a_stay_of_no_day_divide_nothing():
    answer = late_interest(
        part_payments=[{"on": "2025-05-01", "amount": 0}],
        stayed=[{"from": "2025-05-01", "to": "2025-05-01"}],
    ).answer

    assert len(answer["periods"]) == 1


_days = st.integers(0, 60).map(lambda n: date(2025, 1, 1) + timedelta(days=n))


@given(
    st.tuples(_days, _days).map(sorted),
    st.lists(st.tuples(_days, _days).map(sorted), max_size=4),
    st.lists(st.tuples(_days, st.integers(0, 300)), max_size=4),
    st.booleans(),
)
def test_late_interest_is_what_counting_day_by_day_gives(span, stays, payments, include):
    start, end = span
    payments = [(on, amount) for on, amount in payments if start <= on <= end]
    principal = 2000
    counted = []
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        stayed = any(low < day <= high for low, high in stays)
        if (include or day > start) and not stayed:
            base = principal - sum(amount for on, amount in payments if on < day)
            counted.append((day, base))

    answer = late_interest(
        principal=principal,
        **{"from": start.isoformat(), "to": end.isoformat()},
        count="include_both" if include else "exclude_first",
        stayed=[{"from": low.isoformat(), "to": high.isoformat()} for low, high in stays],
        part_payments=[{"on": on.isoformat(), "amount": amount} for on, amount in payments],
    ).answer

    assert answer["days"] == len(counted)
    micro = sum(base * 175 for _day, base in counted)
    assert sum(p["interest_micro"] for p in answer["periods"]) == micro
    assert answer["interest"] == (2 * micro + 10**6) // (2 * 10**6)
    runs = []
    for day, base in counted:
        if runs and runs[-1][2] == base and runs[-1][1] + timedelta(days=1) == day:
            runs[-1][1] = day
        else:
            runs.append([day, day, base])
    assert [(p["from"], p["to"], p["base"]) for p in answer["periods"]] == [
        (max(low - timedelta(days=1), start).isoformat(), high.isoformat(), base)
        for low, high, base in runs
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"to": "2025-03-30"}, "/to"),
        ({"from": "2025-02-29"}, "/from"),
        ({"from": "20250301"}, "/from"),
        ({"from": "2025-3-01"}, "/from"),
        ({"from": "2025-03-01T00:00:00Z"}, "/from"),
        ({"from": "２025-03-01"}, "/from"),
        ({"count": "both"}, "/count"),
        ({"principal": -1}, "/principal"),
        ({"part_payments": {}}, "/part_payments"),
        ({"part_payments": [1]}, "/part_payments/0"),
        ({"part_payments": [{"on": "2025-03-30", "amount": 1}]}, "/part_payments/0/on"),
        ({"part_payments": [{"on": "2026-01-16", "amount": 1}]}, "/part_payments/0/on"),
        (
            {"part_payments": [{"on": "2025-05-01", "amount": 60000000}] * 2},
            "/part_payments/1/amount",
        ),
        ({"stayed": [{"from": "2025-05-02", "to": "2025-05-01"}]}, "/stayed/0/to"),
        ({"stayed": [{"from": "2025-05-02"}]}, "/stayed/0/to"),
        ({"rate": 175}, "/rate"),
    ],
)
def test_what_interest_cannot_use(changes, where):
    assert late_interest(**changes).where == where


@pytest.mark.parametrize(
    ("command", "document", "where"),
    [
        ("fee", {"format": "enforcement-fee/1"}, "/amount"),
        ("fee", {"format": "enforcement-fee/1", "amount": 2**63}, "/amount"),
        ("fee", {"format": "forfeit/1", "amount": 1}, "/format"),
        ("fee", {"format": "enforcement-fee/1", "amount": 1, "currency": "CNY"}, "/currency"),
        ("forfeit", {"format": "forfeit/1", "deposit": 1, "costs": 1}, "/original_price"),
    ],
)
def test_what_the_calculators_cannot_use(command, document, where):
    assert run(command, stdin=document).where == where


def owed(*claims):
    return [Owed(*claim) for claim in claims]


def test_equal_remainders_go_to_the_larger_claim_then_the_earlier_filing_then_the_smaller_id():
    early, late = date(2024, 1, 1), date(2025, 1, 1)

    def paid(available, *claims):
        return {claim.claim: share for claim, share in pay_pro_rata(available, owed(*claims))}

    assert paid(2, ("a", 1), ("b", 3)) == {"a": 0, "b": 2}
    assert paid(1, ("a", 5, late), ("b", 5, early)) == {"a": 0, "b": 1}
    assert paid(1, ("a", 5), ("b", 5, late)) == {"a": 0, "b": 1}
    assert paid(1, ("b", 5), ("a", 5)) == {"a": 1, "b": 0}


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=8),
    st.integers(0, 5000),
    st.integers(1, 300),
)
def test_units_are_handed_out_whole_and_nobody_is_overpaid(amounts, available, unit):
    claims = [Owed(f"c{n}", amount) for n, amount in enumerate(amounts)]

    shares = pay_pro_rata(available, claims, unit)

    assert sum(share for _claim, share in shares) == min(available, sum(amounts))
    assert all(0 <= share <= claim.amount for claim, share in shares)
    if available < sum(amounts):
        broken = [c for c, share in shares if share % unit and share != c.amount]
        assert len(broken) <= 1
