"""Refunds: asked for at least once, effective once, and never lost on the way."""

from __future__ import annotations

import json
import threading
from functools import partial
from typing import Any

import pytest

from app import worker
from app.db import transaction
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.models.outbox_queue import claim_due, postpone
from app.services.checkouts import Provider
from app.services.refund_desk import RefundDesk
from tests.outside.world import PAYS, REFUND_FAILS, REFUND_WAITS
from tests.services.money import Money, serve_refunds, swept
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

    serve_refunds(money.provider)

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

    serve_refunds(impatient)
    assert money.deposit(bidder)[0] == "releasing"
    money.due_again()
    money.work()

    assert money.deposit(bidder)[0] == "released"
    assert _refunded(money) == [7_000_000]


def test_dying_at_any_point_leaves_one_refund_and_one_ledger(money: Money) -> None:
    sale = money.a_sale()
    bidders = [_outbid(money, sale, "B000")]

    deaths = 0
    for died_at in swept(money, serve_refunds):
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


@pytest.mark.parametrize(("asked", "at_once"), [(None, 16), (7, 7), (0, 1)])
def test_a_worker_has_as_many_refunds_under_way_as_it_is_told(
    money: Money, asked: int | None, at_once: int
) -> None:
    money.closer.config.update(STRIPE_SECRET_KEY="sk_test_of_the_tests", PRODUCTION=False)
    if asked is not None:
        money.closer.config["REFUND_LANES"] = asked

    lanes = {lane.name: lane for lane in worker.worker_lanes(money.closer)}

    assert lanes["refunds"].work.__self__._at_once == at_once
    lanes["refunds"].end()


def test_refunds_are_asked_for_side_by_side_and_booked_together(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    _all_outbid(money, money.a_sale(), 3)
    together = threading.Barrier(3)
    refund = money.provider.payments.refund

    def meeting(*asked: Any, **named: Any) -> Any:
        together.wait(timeout=10)
        return refund(*asked, **named)

    monkeypatch.setattr(money.provider.payments, "refund", meeting)
    assert serve_refunds(money.provider, at_once=3)

    assert _states(money) == {"done": 3}
    # What one transaction wrote bears one number.
    assert money.one("SELECT count(DISTINCT xmin::text) FROM refunds") == 1
    assert money.balances() == {}


def test_one_slow_answer_does_not_hold_up_the_others(money: Money) -> None:
    _all_outbid(money, money.a_sale(), 4)
    slow = {"kind": "slow", "seconds": 1.5, "match": "POST /v1/refunds"}
    money.outside.control("POST", "/faults", next=[slow])

    with RefundDesk(lambda: money.provider, at_once=2) as desk:
        while _states(money) != {"done": 3, "due": 1}:
            assert desk.serve()
        waited_for = money.one("SELECT state FROM outbox WHERE kind = 'refund' AND state = 'due'")

    assert waited_for == "due"
    assert _states(money) == {"done": 4}
    assert _refunded(money) == [7_000_000] * 4


def test_what_cannot_be_booked_or_is_refused_does_not_hold_up_what_is_beside_it(
    money: Money,
) -> None:
    sound, refused, poisonous, last = _all_outbid(money, money.a_sale(), 4)
    intent = money.one("SELECT intent_id FROM card_payments WHERE registration_id = %s", refused)
    money.provider.payments.refund(intent, 7_000_000, key="by hand", reason="a test")
    # Nothing is owed to this one any more: its account would rise above nought.
    money.look_away(
        "UPDATE ledger_accounts SET balance = 0 WHERE kind = 'refunds_payable' AND subject ="
        f" (SELECT public_id FROM deposits WHERE registration_id = {poisonous})"
    )

    assert serve_refunds(money.provider, at_once=4)

    states = {one: money.deposit(one)[0] for one in (sound, refused, poisonous, last)}
    assert states == {
        sound: "released",
        refused: "releasing",
        poisonous: "releasing",
        last: "released",
    }
    said = money.world.rows(
        "SELECT state, last_answer FROM outbox WHERE kind = 'refund' AND state <> 'done' ORDER BY 1"
    )
    assert said[0] == ("due", "the database did not take it")
    assert said[1][0] == "parked"
    assert "charge_already_refunded" in said[1][1]
    assert money.one("SELECT count(*) FROM ledger_entries WHERE key LIKE 'refund-done:%%'") == 2


def test_a_batch_that_dies_at_any_point_gives_each_effect_once(money: Money) -> None:
    """FAULT-F30"""
    sale = money.a_sale()
    bidders = _all_outbid(money, sale, 2)

    deaths = 0
    for died_at in swept(money, partial(serve_refunds, at_once=2)):
        assert {money.deposit(bidder)[0] for bidder in bidders} == {"released"}, died_at
        assert money.balances() == {}, died_at
        deaths += died_at > 0
        bidders += _all_outbid(money, sale, 2, after=len(bidders))

    money.work()
    assert deaths >= 10
    assert _refunded(money) == [7_000_000] * len(bidders)


def test_an_operator_who_parks_a_refund_is_not_overruled_by_an_old_answer(money: Money) -> None:
    _outbid(money, money.a_sale())
    with transaction() as session:
        claim = claim_due(session, ("refund",))
    assert claim is not None
    money.sql("UPDATE outbox SET state = 'parked', last_answer = 'by hand' WHERE id = %s", claim.id)

    with transaction() as session:
        postpone(session, claim.id, "no answer", 2)

    said = money.world.rows("SELECT state, last_answer FROM outbox WHERE kind = 'refund'")
    assert said == [("parked", "by hand")]


def _all_outbid(money: Money, sale: int, many: int, after: int = 0) -> list[int]:
    """Bidders whose deposits are all due at once."""
    bidders = [_held(money, sale, f"B{after + number:03d}") for number in range(many)]
    for bidder in bidders:
        _owe(money, bidder)
    return bidders


def _states(money: Money) -> dict[str, int]:
    return dict(money.world.rows("SELECT state, count(*) FROM refunds GROUP BY state"))
