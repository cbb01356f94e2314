"""Refunds: asked for at least once, effective once, and never lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app import worker
from app.db import transaction
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.services.checkouts import Provider
from tests.outside.world import PAYS, REFUND_FAILS, REFUND_WAITS
from tests.services.money import Money, swept
from tests.world import NOON


def test_a_refund_reaches_the_card_and_releases_the_deposit(money: Money) -> None:
    bidder = _outbid(money, money.a_sale())

    money.work()

    assert money.deposit(bidder) == ("released", "card")
    assert money.balances() == {}
    assert _refunded(money) == [7_000_000]
    assert money.one("SELECT state FROM refunds") == "done"
    assert money.one("SELECT state FROM outbox WHERE kind = 'refund'") == "done"


def test_refunds_go_in_the_order_of_their_legal_deadlines(money: Money) -> None:
    """RULE-H3"""
    sale = money.a_sale()
    later, sooner = _held(money, sale, "B001"), _held(money, sale, "B002")
    _owe(money, later)
    _owe(money, sooner)
    money.sql(
        "UPDATE outbox SET deadline_at = deadline_at - interval '1 hour' WHERE payload->>'refund'"
        " = (SELECT r.public_id FROM refunds r JOIN deposits d ON d.id = r.deposit_id"
        "    WHERE d.registration_id = %s)",
        sooner,
    )

    worker.serve_refunds(money.provider)

    assert money.deposit(sooner)[0] == "released"
    assert money.deposit(later)[0] == "releasing"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500, "when": "before"},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "status", "status": 500, "when": "after", "kept": True},
        {"kind": "status", "status": 429, "when": "before"},
        {"kind": "cut", "when": "before"},
        {"kind": "cut", "when": "after"},
    ],
    ids=lambda fault: " ".join(str(value) for value in fault.values()),
)
def test_whatever_the_provider_does_a_refund_happens_once(
    money: Money, fault: dict[str, Any]
) -> None:
    bidder = _outbid(money, money.a_sale())
    money.outside.control("POST", "/faults", next=[{**fault, "match": "POST /v1/refunds"}])

    money.work()
    assert money.one("SELECT state FROM outbox WHERE kind = 'refund'") == "due"
    money.due_again()
    money.work()

    assert money.deposit(bidder) == ("released", "card")
    assert _refunded(money) == [7_000_000]
    assert money.balances() == {}


def test_an_answer_that_never_came_does_not_refund_twice(money: Money, impatient: Provider) -> None:
    bidder = _outbid(money, money.a_sale())
    fault = {"kind": "timeout", "when": "after", "seconds": 2, "match": "POST /v1/refunds"}
    money.outside.control("POST", "/faults", next=[fault])

    worker.serve_refunds(impatient)
    assert money.deposit(bidder)[0] == "releasing"
    money.due_again()
    money.work()

    assert money.deposit(bidder)[0] == "released"
    assert _refunded(money) == [7_000_000]


def test_dying_at_any_point_leaves_one_refund_and_one_ledger(money: Money) -> None:
    sale = money.a_sale()
    bidders = [_outbid(money, sale, "B000")]

    deaths = 0
    for died_at in swept(money, worker.serve_refunds):
        assert money.deposit(bidders[-1]) == ("released", "card"), died_at
        assert money.balances() == {}, died_at
        deaths += died_at > 0
        bidders.append(_outbid(money, sale, f"B{len(bidders):03d}"))

    money.work()
    assert deaths >= 10
    assert _refunded(money) == [7_000_000] * len(bidders)


def test_a_refund_that_waits_is_asked_about_until_it_is_through(money: Money) -> None:
    bidder = _outbid(money, money.a_sale(), card=REFUND_WAITS)

    money.work()
    assert money.one("SELECT state FROM refunds") == "sent"
    assert money.deposit(bidder)[0] == "releasing"
    money.outside.control("POST", f"/refunds/{_refund_id(money)}/succeed")
    money.due_again()
    money.work()

    assert money.deposit(bidder) == ("released", "card")
    assert money.balances() == {}


def test_a_refund_that_fails_is_money_in_suspense_with_an_owner_and_a_day(money: Money) -> None:
    sale = money.a_sale()
    finance = money.appoint("finance")
    bidder = _outbid(money, sale, card=REFUND_WAITS)
    money.work()
    money.outside.control("POST", f"/refunds/{_refund_id(money)}/fail")
    money.due_again()

    money.work()

    assert money.one("SELECT state FROM refunds") == "failed"
    ((reason, owner, due),) = money.world.rows(
        "SELECT reason, owner_id, due_at > since FROM suspense_items"
    )
    assert (reason, owner, due) == ("refund_failed", finance, True)
    assert money.balances() == {"provider_clearing": 7_000_000, "suspense": -7_000_000}
    assert money.deposit(bidder)[0] == "releasing"
    assert _told(money, "refund_failed") == [bidder]


def test_a_refund_that_fails_after_it_was_done_comes_back_into_suspense(money: Money) -> None:
    _outbid(money, money.a_sale(), card=REFUND_FAILS)
    money.work()
    assert money.balances() == {}
    money.outside.control("POST", f"/refunds/{_refund_id(money)}/fail")

    _hint_of(money, "refund.failed")
    money.work()

    assert money.one("SELECT state FROM refunds") == "failed"
    assert money.balances() == {"provider_clearing": 7_000_000, "suspense": -7_000_000}


def test_what_the_provider_refuses_is_parked_with_its_answer(money: Money) -> None:
    _outbid(money, money.a_sale())
    intent = money.one("SELECT intent_id FROM card_payments")
    money.provider.payments.refund(intent, 7_000_000, key="by hand", reason="a test")

    money.work()

    ((state, answer),) = money.world.rows(
        "SELECT state, last_answer FROM outbox WHERE kind = 'refund'"
    )
    assert state == "parked"
    assert "charge_already_refunded" in answer
    assert money.balances() == {"provider_clearing": 7_000_000, "refunds_payable": -7_000_000}


def test_two_workers_never_work_on_the_same_refund(money: Money) -> None:
    from app.models.outbox_queue import claim_due

    _outbid(money, money.a_sale())

    with transaction() as session:
        first = claim_due(session, ("refund",))
    with transaction() as session:
        second = claim_due(session, ("refund",))

    assert first is not None
    assert second is None


def _outbid(money: Money, sale: int, code: str = "B001", card: str = PAYS) -> int:
    """A bidder whose deposit was held and is owed back since."""
    bidder = _held(money, sale, code, card)
    _owe(money, bidder)
    return bidder


def _held(money: Money, sale: int, code: str = "B001", card: str = PAYS) -> int:
    bidder = money.a_bidder(sale, code)
    money.pay(bidder, card)
    money.poll()
    money.work()
    return bidder


def _owe(money: Money, bidder: int) -> None:
    with money.closer.app_context(), transaction() as session:
        deposit_id = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
        owe_deposit_back(
            session, lock_deposit(session, deposit_id), at=NOON, reason="outbid_at_close"
        )


def _refunded(money: Money) -> list[int]:
    return [refund["amount"] for refund in money.outside.server.account.store.all_of("refund")]


def _refund_id(money: Money) -> str:
    (refund,) = money.outside.server.account.store.all_of("refund")
    return str(refund["id"])


def _hint_of(money: Money, kind: str) -> None:
    for event in money.events():
        if event["type"] == kind:
            money.hint(event)


def _told(money: Money, kind: str) -> list[int]:
    rows = money.world.rows("SELECT registration_id FROM messages WHERE kind = %s", kind)
    return [row[0] for row in rows]


def test_the_payload_of_a_refund_names_no_person(money: Money) -> None:
    _outbid(money, money.a_sale())

    payload = money.one("SELECT payload FROM outbox WHERE kind = 'refund'")

    assert list(payload) == ["refund"]
    assert "Bidder" not in json.dumps(payload)


@pytest.mark.parametrize(("hours_old", "looks"), [(0, 0), (13, 1)])
def test_only_a_young_key_is_used_without_a_look_for_an_earlier_refund(
    money: Money, monkeypatch: pytest.MonkeyPatch, hours_old: int, looks: int
) -> None:
    """INV-M8: after a restore the first try may be the second, and the provider forgot the key."""
    _outbid(money, money.a_sale())
    money.sql("UPDATE refunds SET created_at = created_at - make_interval(hours => %s)", hours_old)
    looked: list[str] = []
    refunds_of = money.provider.payments.refunds_of

    def looking(payment_id: str) -> Any:
        looked.append(payment_id)
        return refunds_of(payment_id)

    monkeypatch.setattr(money.provider.payments, "refunds_of", looking)
    money.work()

    assert len(looked) == looks
    assert _refunded(money) == [7_000_000]
    assert money.balances() == {}


def test_a_worker_has_several_refunds_under_way_at_once(money: Money) -> None:
    money.closer.config.update(STRIPE_SECRET_KEY="sk_test_of_the_tests", PRODUCTION=False)

    for asked, lanes in ((None, 4), (7, 7), (0, 1)):
        if asked is not None:
            money.closer.config["REFUND_LANES"] = asked
        names = [lane.name for lane in worker.worker_lanes(money.closer)]

        assert sum(name.startswith("refunds") for name in names) == lanes
