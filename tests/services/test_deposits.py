"""A deposit by card: offered once, believed only from the provider, and admitted at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import worker
from app.gateways.payments import Checkout
from app.services import checkouts
from app.services.card_offers import CardOffer
from app.services.checkouts import Provider, Taken
from app.services.deposits import (
    BankInstructions,
    DepositRefusal,
    choose_bank_deposit,
    open_card_deposit,
)
from tests.outside.world import DECLINES, NO_FUNDS
from tests.services.money import OFFERED, Money, swept
from tests.world import NOON


def test_a_paid_deposit_is_held_booked_and_admits(money: Money) -> None:
    """RULE-E3, E5"""
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    money.pay(bidder)

    money.poll()
    money.work()

    assert money.deposit(bidder) == ("held", "card")
    assert money.balances() == {"provider_clearing": 7_000_000, "deposits_held": -7_000_000}
    assert money.is_admitted(bidder)


def test_until_the_provider_says_so_nothing_is_held(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.offer(bidder)

    money.poll()
    money.work()

    assert money.deposit(bidder) == ("awaiting", "card")
    assert money.balances() == {}
    assert not money.is_admitted(bidder)


def test_a_declined_card_leaves_the_offer_open(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    first = money.pay(bidder, DECLINES)

    money.poll()
    money.work()

    assert money.offer(bidder).url == first.url
    assert money.deposit(bidder) == ("awaiting", "card")


@pytest.mark.parametrize(
    ("card", "why"), [(DECLINES, "generic_decline"), (NO_FUNDS, "insufficient_funds")]
)
def test_why_a_card_was_declined_is_kept_for_its_holder(money: Money, card: str, why: str) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder, card)

    _hear_of_the_failure(money)

    assert money.one("SELECT declined_as FROM card_payments") == why


def _hear_of_the_failure(money: Money) -> None:
    failed = [one for one in money.events() if one["type"] == "payment_intent.payment_failed"]
    money.hint(failed[-1])
    money.work()


def test_the_same_page_twice_gives_the_same_open_checkout(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())

    first, second = money.offer(bidder), money.offer(bidder)

    assert first.url == second.url
    assert money.one("SELECT count(*) FROM card_payments") == 1


def test_an_expired_checkout_is_followed_by_a_new_one(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    first = money.offer(bidder)
    checkout = money.one("SELECT checkout_id FROM card_payments")
    money.provider.payments.expire_checkout(checkout, key="a test's")
    money.poll()

    second = money.offer(bidder)

    assert second.url != first.url
    assert money.world.rows("SELECT state FROM card_payments ORDER BY id") == [
        ("expired",),
        ("open",),
    ]


def test_the_key_is_written_down_before_the_provider_is_called(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())

    with money.as_bidder(bidder):
        offer = open_card_deposit(bidder, OFFERED, patience_seconds=0)

    assert isinstance(offer, CardOffer)
    assert (offer.state, offer.url) == ("opening", None)
    assert money.one("SELECT key FROM card_payments") == f"checkout-{offer.payment}"
    assert money.outside.effects(f"checkout-{offer.payment}") == []


def test_dying_while_an_offer_is_opened_leaves_one_offer(money: Money) -> None:
    sale = money.a_sale()
    offers = [_asks_for_offer(money, sale, "B000")]

    for died_at in swept(money, worker.serve_incoming):
        assert money.one("SELECT count(*) FROM card_payments WHERE state <> 'open'") == 0, died_at
        offers.append(_asks_for_offer(money, sale, f"B{len(offers):03d}"))

    money.work()
    assert len(offers) > 5
    for payment in offers:
        assert money.outside.effects(f"checkout-{payment}") == ["checkout.session.created"]


def test_a_deposit_too_large_for_a_card_goes_by_bank(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale(), deposit=100_000_000)

    with money.as_bidder(bidder):
        by_card = open_card_deposit(bidder, OFFERED, patience_seconds=0)
        by_bank = choose_bank_deposit(bidder)

    assert by_card is DepositRefusal.TOO_LARGE_FOR_CARD
    assert isinstance(by_bank, BankInstructions)
    assert by_bank.amount == 100_000_000


def test_the_largest_card_deposit_is_taken(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale(), deposit=99_999_999)

    assert money.offer(bidder).url is not None


def test_choosing_the_bank_names_the_courts_account_and_one_reference(money: Money) -> None:
    """RULE-E5"""
    bidder = money.a_bidder(money.a_sale())

    with money.as_bidder(bidder):
        first, second = choose_bank_deposit(bidder), choose_bank_deposit(bidder)

    assert first == second
    assert isinstance(first, BankInstructions)
    assert first.reference == money.one("SELECT reference FROM deposits")
    assert first.account_number == money.one("SELECT account_number FROM courts")


@pytest.mark.parametrize("choose", [choose_bank_deposit, lambda r: open_card_deposit(r, OFFERED)])
def test_a_held_deposit_is_not_paid_again(money: Money, choose: object) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.poll()

    with money.as_bidder(bidder):
        answer = choose(bidder)  # type: ignore[operator]

    assert answer is DepositRefusal.PAID_ALREADY


def test_after_the_end_no_deposit_is_offered(money: Money) -> None:
    """RULE-E4"""
    bidder = money.a_bidder(money.a_sale())
    money.world.hold_clock(money.court, NOON)

    with money.as_bidder(bidder):
        answer = open_card_deposit(bidder, OFFERED)

    assert answer is DepositRefusal.BIDDING_OVER


def test_money_confirmed_after_the_end_goes_straight_back(money: Money) -> None:
    """RULE-E4"""
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.world.hold_clock(money.court, NOON + timedelta(seconds=1))

    money.poll()
    money.work()

    assert not money.is_admitted(bidder)
    assert money.deposit(bidder) == ("released", "card")
    assert money.balances() == {}
    assert money.one("SELECT reason FROM refunds") == "not_admitted_closed"


def test_money_confirmed_in_the_last_moment_admits(money: Money) -> None:
    """RULE-E4"""
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.world.hold_clock(money.court, NOON - timedelta(microseconds=1))

    money.poll()
    money.work()

    assert money.is_admitted(bidder)


def test_the_unpaid_are_cancelled_at_the_end_and_their_offer_is_withdrawn(money: Money) -> None:
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    offer = money.offer(bidder)
    money.close(sale)

    money.work()

    assert money.deposit(bidder) == ("cancelled", "card")
    assert money.one("SELECT state FROM card_payments") == "expired"
    assert money.outside.pay(offer.url).status_code == 410


def test_money_for_a_cancelled_deposit_goes_straight_back(money: Money) -> None:
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    money.pay(bidder)
    money.close(sale)

    money.work()

    assert money.deposit(bidder) == ("cancelled", "card")
    assert money.balances() == {}
    assert money.world.rows("SELECT reason, state FROM refunds") == [("paid_too_late", "done")]


def test_a_second_payment_of_the_same_deposit_goes_back(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    first = money.offer(bidder)
    money.sql("UPDATE card_payments SET expires_at = clock_timestamp()")
    second = money.offer(bidder)
    money.outside.pay(first.url)
    money.outside.pay(second.url)

    money.poll()
    money.work()

    assert money.deposit(bidder) == ("held", "card")
    assert money.balances() == {"provider_clearing": 7_000_000, "deposits_held": -7_000_000}
    assert money.world.rows("SELECT reason, state FROM refunds") == [("paid_twice", "done")]


def test_whoever_owes_no_deposit_is_admitted_without_money(money: Money) -> None:
    """RULE-E6"""
    sale = money.a_sale()
    bidder = money.a_bidder(sale, deposit=0)
    money.sql(
        "INSERT INTO deposits (public_id, court_id, sale_id, registration_id, amount, currency,"
        " channel, reference, state) SELECT 'free', court_id, sale_id, id, 0, 'CNY', 'none',"
        " 'LC0', 'held' FROM registrations"
    )

    money.work()

    assert money.is_admitted(bidder)
    assert money.balances() == {}


def test_an_excluded_bidders_money_is_returned(money: Money) -> None:
    """RULE-E9"""
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.sql("UPDATE registrations SET excluded = 'court staff'")

    money.poll()
    money.work()

    assert money.deposit(bidder) == ("released", "card")
    assert money.balances() == {}


def _asks_for_offer(money: Money, sale: int, code: str) -> str:
    bidder = money.a_bidder(sale, code)
    with money.as_bidder(bidder):
        offer = open_card_deposit(bidder, OFFERED, patience_seconds=0)
    assert isinstance(offer, CardOffer)
    return offer.payment


def test_an_offer_that_cannot_be_taken_holds_up_no_other(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RULE-E4: near an end the one behind it may have a second left."""
    sale = money.a_sale()
    first, second = money.a_bidder(sale), money.a_bidder(sale, "B002")
    offers = [money.offer(first), money.offer(second)]
    for offer in offers:
        money.outside.pay(offer.url)
    seen, real = [], checkouts.take_checkout

    def take(provider: Provider, checkout: Checkout) -> Taken:
        seen.append(checkout.id)
        if len(seen) == 1:
            raise ValueError("a row it cannot read")
        return real(provider, checkout)

    monkeypatch.setattr(checkouts, "take_checkout", take)
    money.poll()
    money.work()

    assert len(seen) == 2
    assert sorted(money.is_admitted(bidder) for bidder in (first, second)) == [False, True]
