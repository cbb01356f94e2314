"""The lost deposit in its four uses, the shortfall switch, and what a sell-off asks and keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.money.forfeit import forfeit
from auction_engine.money.lost_deposit import (
    ShortfallMode,
    four_uses,
    kept_of_prepaid,
    prepayment_due,
    shortfall_owed,
)

amounts = st.integers(0, 10**12)
prices = st.integers(1, 10**12)


@given(amounts, amounts, prices, prices, amounts)
def test_a_lost_deposit_is_used_to_the_last_cent_and_in_order(
    deposit: int, costs: int, original: int, resale: int, owed: int
) -> None:
    """RULE-J2, J3."""
    found = forfeit(deposit=deposit, costs=costs, original_price=original, resale_price=resale)

    uses = four_uses(found, owed_in_case=owed)

    parts = (uses.to_costs, uses.to_price_gap, uses.to_case_debts, uses.to_connected_debts)
    assert sum(parts) == deposit
    assert min(parts) >= 0
    # Nothing comes to a later use while an earlier one is still open.
    if uses.to_price_gap:
        assert uses.to_costs == costs
    if uses.to_case_debts or uses.to_connected_debts:
        assert uses.to_price_gap == max(0, original - resale)
    if uses.to_connected_debts:
        assert uses.to_case_debts == owed


@pytest.mark.parametrize(
    ("mode", "ordered", "unfit", "owed"),
    [
        (ShortfallMode.RECORDED, False, False, 0),
        (ShortfallMode.RECORDED, True, False, 500_000),
        (ShortfallMode.RECORDED, False, True, 500_000),
        (ShortfallMode.RECOVERABLE, False, False, 500_000),
    ],
)
def test_who_owes_the_shortfall_is_a_switch(
    mode: ShortfallMode, ordered: bool, unfit: bool, owed: int
) -> None:
    """RULE-J5, I8; the worked example of the rulebook."""
    uses = forfeit(deposit=510_000, costs=10_000, original_price=8_000_000, resale_price=7_000_000)

    assert uses.shortfall == 500_000
    assert shortfall_owed(uses, mode, ordered=ordered, knew_unfit=unfit) == owed


@given(amounts, amounts)
def test_a_default_in_a_sell_off_never_costs_more_than_the_stated_deposit(
    paid: int, stated: int
) -> None:
    """RULE-K11."""
    kept = kept_of_prepaid(paid=paid, stated_deposit=stated)

    assert 0 <= kept <= min(paid, stated)
    assert kept + (paid - kept) == paid


@pytest.mark.parametrize(("applicant", "due"), [(None, 1_000), (0, 900), (40, 940), (100, 1_000)])
def test_a_sell_off_asks_for_the_whole_price_in_advance(applicant: int | None, due: int) -> None:
    """RULE-K9; the applicant's claim stands in for the deposit alone (RULE-E6)."""
    asked = prepayment_due(price=1_000, stated_deposit=100, applicant_deposit=applicant)

    assert asked == due
