"""The payments gateway: offers, truths fetched back, and refunds that happen once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.gateways.payments import (
    MAX_CARD_AMOUNT_MINOR,
    Checkout,
    CheckoutStatus,
    Payment,
    PaymentRefused,
    Payments,
    PaymentsConfig,
    PaymentStatus,
    PaymentsUnavailable,
    RefundStatus,
    problems_in,
    problems_in_hints,
)
from app.gateways.payments.configuration import STRIPE_API
from tests.outside.world import DECLINES, REFUND_FAILS, World


def offer(payments: Payments, **changed: Any) -> Checkout:
    wanted: dict[str, Any] = {
        "amount_minor": 500_00,
        "currency": "CNY",
        "title": "Deposit, lot 7",
        "reference": "r-7",
        "metadata": {"registration": "r-7"},
        "success_url": "http://127.0.0.1:1/paid",
        "cancel_url": "http://127.0.0.1:1/lot",
        "locale": "zh",
        "key": "checkout-r-7",
    }
    return payments.open_checkout(**{**wanted, **changed})


def paid(world: World, payments: Payments, **changed: Any) -> Payment:
    number = changed.pop("number", "4242424242424242")
    checkout = offer(payments, **changed)
    assert world.pay(checkout.url, number).status_code == 303
    payment_id = payments.fetch_checkout(checkout.id).payment_id
    assert payment_id is not None
    return payments.fetch_payment(payment_id)


def test_an_offer_is_a_page_where_the_deposit_can_be_paid(world: World, payments: Payments) -> None:
    checkout = offer(payments)

    assert checkout.status is CheckoutStatus.OPEN
    assert (checkout.amount_minor, checkout.currency, checkout.paid) == (500_00, "CNY", False)
    assert checkout.url == f"{world.url}/pay/{checkout.id}"
    assert (checkout.reference, checkout.metadata) == ("r-7", {"registration": "r-7"})
    assert '<html lang="zh">' in world.session.get(str(checkout.url)).text


def test_the_same_key_opens_one_offer(world: World, payments: Payments) -> None:
    assert offer(payments) == offer(payments)
    assert world.effects("checkout-r-7") == ["checkout.session.created"]


def test_a_payment_fetched_back_says_how_much_when_and_for_what(
    world: World, payments: Payments
) -> None:
    before = datetime.now(UTC)

    payment = paid(world, payments)

    assert payment.status is PaymentStatus.SUCCEEDED
    assert (payment.received_minor, payment.refunded_minor) == (500_00, 0)
    assert (payment.currency, payment.metadata) == ("CNY", {"registration": "r-7"})
    assert payment.paid_at is not None
    assert abs(payment.paid_at - before) < timedelta(seconds=5)
    assert (payment.disputed, payment.live) == (False, False)


def test_a_declined_card_is_no_payment(world: World, payments: Payments) -> None:
    checkout = offer(payments)
    world.pay(checkout.url, DECLINES)

    payment_id = payments.fetch_checkout(checkout.id).payment_id
    payment = payments.fetch_payment(str(payment_id))

    assert payment.status is PaymentStatus.AWAITING_CARD
    assert (payment.received_minor, payment.paid_at) == (0, None)


def test_a_rehearsal_is_paid_in_its_own_time(world: World, payments: Payments) -> None:
    world.control("PUT", "/clocks/court-7", legal_from=1_900_000_000, rate=0)

    payment = paid(world, payments, metadata={"clock": "court-7"})

    assert payment.paid_at == datetime.fromtimestamp(1_900_000_000, UTC)


def test_an_offer_can_be_withdrawn(world: World, payments: Payments) -> None:
    checkout = offer(payments)

    withdrawn = payments.expire_checkout(checkout.id, key="withdraw-r-7")

    assert (withdrawn.status, withdrawn.url) == (CheckoutStatus.EXPIRED, None)
    assert payments.expire_checkout(checkout.id, key="again").status is CheckoutStatus.EXPIRED


def test_an_offer_paid_before_it_was_withdrawn_stays_paid(world: World, payments: Payments) -> None:
    checkout = offer(payments)
    world.pay(checkout.url)

    settled = payments.expire_checkout(checkout.id, key="withdraw-r-7")

    assert (settled.status, settled.paid) == (CheckoutStatus.COMPLETE, True)


def test_what_does_not_fit_eight_digits_is_not_offered(world: World, payments: Payments) -> None:
    assert offer(payments, amount_minor=MAX_CARD_AMOUNT_MINOR).amount_minor == 99_999_999

    for amount in (MAX_CARD_AMOUNT_MINOR + 1, 0, -1):
        with pytest.raises(PaymentRefused):
            offer(payments, amount_minor=amount, key=f"k{amount}")
    assert world.effects("k0") == []


def test_an_offer_lives_as_long_as_was_asked(world: World, payments: Payments) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)

    assert offer(payments, expires_at=until).expires_at == until


def test_a_refund_goes_back_once_for_its_key(world: World, payments: Payments) -> None:
    payment = paid(world, payments)

    first = payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")
    again = payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")

    assert first == again
    assert (first.status, first.amount_minor) == (RefundStatus.SUCCEEDED, 200_00)
    assert payments.fetch_payment(payment.id).refunded_minor == 200_00
    assert payments.refunds_of(payment.id) == [first]
    assert payments.fetch_refund(first.id) == first


def test_a_refund_is_not_repeated_after_stripe_has_forgotten_its_key(
    world: World, payments: Payments
) -> None:
    """Stripe keeps a key for a day; a promise in our outbox can be older (FAULT-F32)."""
    payment = paid(world, payments)
    payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")
    world.control("POST", "/forget-keys")

    payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")

    assert payments.fetch_payment(payment.id).refunded_minor == 200_00


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 500, "kept": True},
        {"kind": "status", "status": 429},
        {"kind": "cut"},
        {"kind": "timeout", "seconds": 0.05},
    ],
)
def test_whatever_breaks_during_a_refund_trying_again_refunds_once(
    world: World, payments: Payments, fault: dict[str, Any], when: str
) -> None:
    payment = paid(world, payments)
    refunds = {"match": "^POST /v1/refunds$", "when": when}
    world.control("POST", "/faults", next=[{**fault, **refunds}])

    with pytest.raises(PaymentsUnavailable) as failure:
        payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")
    assert failure.value.trying_again_helps
    if fault.get("kept") and when == "before":
        # Stripe gives its own error again for a day; then the key is free.
        world.control("POST", "/forget-keys")
    refund = payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")

    assert payments.refunds_of(payment.id) == [refund]
    assert world.effects("refund-r-7") == ["refund.created"]


def test_a_key_does_not_refund_another_amount(world: World, payments: Payments) -> None:
    payment = paid(world, payments)
    payments.refund(payment.id, 200_00, key="refund-r-7", reason="outbid")

    with pytest.raises(PaymentRefused) as refused:
        payments.refund(payment.id, 300_00, key="refund-r-7", reason="outbid")

    assert refused.value.code == "key_used_otherwise"
    assert payments.fetch_payment(payment.id).refunded_minor == 200_00


def test_more_than_was_paid_is_never_refunded(world: World, payments: Payments) -> None:
    payment = paid(world, payments)
    payments.refund(payment.id, 400_00, key="refund-1", reason="outbid")

    with pytest.raises(PaymentRefused) as refused:
        payments.refund(payment.id, 100_01, key="refund-2", reason="outbid")

    assert not refused.value.trying_again_helps
    assert payments.fetch_payment(payment.id).refunded_minor == 400_00


def test_a_refund_that_fails_later_is_seen_when_it_is_fetched(
    world: World, payments: Payments
) -> None:
    payment = paid(world, payments, number=REFUND_FAILS)
    refund = payments.refund(payment.id, 500_00, key="refund-r-7", reason="outbid")

    world.control("POST", f"/refunds/{refund.id}/fail")

    failed = payments.fetch_refund(refund.id)
    assert failed.status is RefundStatus.FAILED
    assert failed.failure_reason == "lost_or_stolen_card"
    assert payments.refund(payment.id, 500_00, key="refund-r-7", reason="outbid") == failed
    assert payments.fetch_payment(payment.id).refunded_minor == 0


def test_a_chargeback_shows_on_the_payment(world: World, payments: Payments) -> None:
    payment = paid(world, payments)

    world.control("POST", "/disputes", payment_intent=payment.id)

    assert payments.fetch_payment(payment.id).disputed


def test_every_payment_of_a_day_is_listed_for_the_reconciliation(
    world: World, payments: Payments
) -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    made = []
    for hour in (-1, 0, 23, 24):
        moment = day + timedelta(hours=hour)
        world.control("PUT", "/clocks/c", legal_from=moment.timestamp(), rate=0)
        made.append(paid(world, payments, metadata={"clock": "c"}, key=f"k{hour}"))

    listed = list(payments.payments_between(day, day + timedelta(days=1)))

    assert sorted(p.id for p in listed) == sorted(p.id for p in made[1:3])
    assert all(p.status is PaymentStatus.SUCCEEDED and p.paid_at for p in listed)


def test_what_stripe_never_made_is_refused_for_good(world: World, payments: Payments) -> None:
    for fetch in (payments.fetch_payment, payments.fetch_checkout, payments.fetch_refund):
        with pytest.raises(PaymentRefused) as refused:
            fetch("pi_nowhere")
        assert refused.value.code == "resource_missing"


def test_a_wrong_api_key_can_be_mended_so_nothing_is_given_up(world: World) -> None:
    gateway = Payments(PaymentsConfig(secret_key="sk_live_wrong", api_base=world.url))

    with pytest.raises(PaymentsUnavailable) as failure:
        gateway.fetch_payment("pi_1")

    assert failure.value.code == "not_authorised"
    gateway.close()


def test_a_provider_that_is_not_there_is_worth_another_try() -> None:
    gateway = Payments(
        PaymentsConfig(secret_key="sk_test_x", api_base="http://127.0.0.1:1", max_network_retries=0)
    )

    with pytest.raises(PaymentsUnavailable):
        gateway.fetch_payment("pi_1")

    gateway.close()


def test_a_state_nobody_knew_of_is_not_guessed_at(world: World, payments: Payments) -> None:
    payment = paid(world, payments)
    store = world.server.account.store
    store.put({**store.all_of("payment_intent")[0], "status": "requires_blessing"})

    with pytest.raises(PaymentsUnavailable) as failure:
        payments.fetch_payment(payment.id)

    assert failure.value.code == "unknown_status"


def test_the_sdk_tells_nobody_how_we_are(payments: Payments) -> None:
    import stripe

    assert stripe.enable_telemetry is False


LIVE = PaymentsConfig(secret_key="sk_live_x", webhook_secret="whsec_" + "r4nd0m" * 5)


def test_a_live_configuration_has_no_problems() -> None:
    assert problems_in(LIVE) == problems_in_hints(LIVE) == []


@pytest.mark.parametrize(
    ("secret", "said"),
    [("whsec_x", "too short"), ("whsec_local_development_only", "everybody knows")],
)
def test_a_secret_that_anybody_could_sign_hints_with_is_named(secret: str, said: str) -> None:
    [sentence] = problems_in_hints(PaymentsConfig(secret_key="", webhook_secret=secret))

    assert said in sentence


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (PaymentsConfig(secret_key=""), "STRIPE_SECRET_KEY is missing"),
        (PaymentsConfig(secret_key="sk_test_x"), "is a test key"),
        (PaymentsConfig(secret_key="sk_live_x", api_base="http://127.0.0.1:8002"), "not https"),
        (PaymentsConfig(secret_key="sk_live_x", production=False), "moves real money"),
    ],
)
def test_a_configuration_that_would_hurt_is_named(config: PaymentsConfig, said: str) -> None:
    assert any(said in sentence for sentence in problems_in(config))


def test_the_settings_of_the_platform_make_the_configuration() -> None:
    config = PaymentsConfig.from_settings(
        {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_API_BASE": "", "PRODUCTION": True}
    )

    assert (config.api_base, config.production, config.live) == (STRIPE_API, True, True)
    assert "sk_live_x" not in repr(config)
