"""Kill -9 between each two steps of charge, release, refund and forfeiture (FAULT-F30, INV-M2, M8).

A forked process does the work and kills itself with SIGKILL at its n-th step: after a writing, a
commit, before or after a call to the provider. Nothing of it survives but what is committed. Then
the books are looked at, the worker's sweeps go on, and one effect is there, whatever n was.
`make faults` (FAULTS=all) takes every step; `make test` each fifth, beginning by SEED.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app import worker
from app.announcing import announcer
from app.db import engine_for
from app.extensions import db
from app.gateways.payments import Payments, PaymentsConfig
from app.gateways.seal import Opener
from app.services import settlement as settlements
from app.services.bidding import sweeps
from app.services.checkouts import Provider, poll_open_offers
from tests.services.conftest import _outside, beside, money, outside, provider  # noqa: F401
from tests.services.money import Money, Mortal, serve_refunds
from tests.world import NOON

IS_WHOLE = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("SEED") or 1)
STRIDE = 1 if IS_WHOLE else 6
DEPOSIT, PRICE = 7_000_000, 70_000_000

pytestmark = pytest.mark.timeout(900 if IS_WHOLE else 240)


class _Killed(Mortal):
    """Not an exception that somebody could catch: the process is gone."""

    def _pass_point(self, *_: Any) -> None:
        self.points += 1
        if self.points == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_charge_is_booked_once_wherever_the_worker_is_killed(money: Money) -> None:  # noqa: F811
    sale = money.a_sale()

    def arrange(number: int) -> int:
        bidder = money.a_bidder(sale, f"B{number:03d}")
        money.pay(bidder)
        money.sql("UPDATE card_payments SET polled_at = NULL WHERE state = 'open'")
        return bidder

    def act(mine: Provider) -> None:
        poll_open_offers(mine)
        worker.sweep(money.closer)

    for step, number, bidder in _killed_at_every_step(money, arrange, act):
        money.poll()
        money.work()
        assert money.deposit(bidder) == ("held", "card"), step
        assert money.is_admitted(bidder), step
        assert money.balances() == {
            "provider_clearing": DEPOSIT * number,
            "deposits_held": -DEPOSIT * number,
        }, step


def test_a_losers_deposit_is_released_once_wherever_the_closer_is_killed(
    money: Money,  # noqa: F811
) -> None:
    def arrange(number: int) -> int:
        sale = money.a_sale()
        winner = money.world.bidder(sale, "B001", deposit=None)
        loser = money.a_bidder(sale, "B002")
        money.pay(loser)
        money.poll()
        money.work()
        money.bid(sale, winner, PRICE)
        money.work()
        money.world.hold_clock(money.court, NOON + timedelta(minutes=6))
        return loser

    for step, _number, loser in _killed_at_every_step(money, arrange, _closing(money)):
        with money.closer.app_context():
            _closing(money)(money.provider)
        money.work()
        assert money.deposit(loser) == ("released", "card"), step
        assert money.balances() == {}, step
        assert (
            money.one(
                "SELECT count(*) FROM outcomes o JOIN deposits d USING (sale_id)"
                " WHERE d.registration_id = %s",
                loser,
            )
            == 1
        ), step


def test_a_refund_reaches_its_card_once_wherever_the_worker_is_killed(
    money: Money,  # noqa: F811
) -> None:
    sales: list[int] = []

    def arrange(number: int) -> int:
        sales.append(money.a_sale())
        bidder = money.a_bidder(sales[-1])
        money.pay(bidder)
        money.poll()
        money.work()
        money.close(sales[-1])
        return bidder

    for step, number, bidder in _killed_at_every_step(money, arrange, serve_refunds):
        money.work()
        assert money.deposit(bidder) == ("released", "card"), step
        assert money.balances() == {}, step
        assert len(money.outside.server.account.store.all_of("refund")) == number, step


def test_a_deposit_is_forfeited_once_wherever_the_worker_is_killed(
    money: Money,  # noqa: F811
) -> None:
    def arrange(number: int) -> int:
        sale, bidder = money.a_buyer(PRICE)
        due = money.one("SELECT due_at FROM settlements WHERE sale_id = %s", sale)
        money.world.hold_clock(money.court, due + timedelta(days=1))
        with money.as_court(money.court):
            settlements.decide_default(sale, by=money.appoint("judge"), reference="Exec. 1")
        return bidder

    def act(_mine: Provider) -> None:
        worker.sweep(money.closer)

    for step, number, bidder in _killed_at_every_step(money, arrange, act):
        money.work()
        assert money.deposit(bidder)[0] == "forfeited", step
        assert money.balances() == {
            "provider_clearing": DEPOSIT * number,
            "forfeited": -DEPOSIT * number,
        }, step


def _closing(money: Money) -> Callable[[Provider], object]:  # noqa: F811
    opener = Opener(money.closer.config["ENVELOPE_PRIVATE_KEY"])

    def close(_mine: Provider) -> None:
        sweeps.close_due(engine_for("closer"), announcer(money.closer).tell, opener.open)

    return close


def _killed_at_every_step(
    money: Money,  # noqa: F811
    arrange: Callable[[int], int],
    act: Callable[[Provider], object],
) -> Iterator[tuple[int, int, int]]:
    """Arrange, let a process do it and die at a step, look at the books; until one lives.

    Yields the step (0: it lived), how many there were so far, and what was arranged.
    """
    step, number, kills = 1 + SEED % STRIDE, 0, 0
    while True:
        number += 1
        arranged = arrange(number)
        died = _in_a_process(money, act, step)
        _books_are_right(money)
        kills += died
        # As if its lease were over: what the dead had claimed comes up again.
        money.due_again()
        yield step if died else 0, number, arranged
        _books_are_right(money)
        if not died:
            break
        step += STRIDE
    assert kills >= 2, "a sweep that kills nobody shows nothing"


def _in_a_process(
    money: Money,  # noqa: F811
    act: Callable[[Provider], object],
    step: int,
) -> bool:
    """True where the process was killed; it shares no connection with this one."""
    db.session.remove()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _forget_connections(money)
            with money.closer.app_context(), _Killed(Engine, step) as killed:
                act(killed.around(_own_provider(money)))
            code = 0
        finally:
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _forget_connections(money: Money) -> None:  # noqa: F811
    with money.closer.app_context():
        db.engine.dispose(close=False)
        for engine in money.closer.extensions.get("luochui_engines", {}).values():
            engine.dispose(close=False)
        money.closer.extensions.pop("luochui_announcer", None)


def _own_provider(money: Money) -> Provider:  # noqa: F811
    config = PaymentsConfig(
        secret_key="sk_test_of_the_tests",
        api_base=money.outside.url,
        production=False,
        max_network_retries=0,
        read_timeout_seconds=20,
    )
    return Provider(Payments(config), live=False)


def _books_are_right(money: Money) -> None:  # noqa: F811
    """The trial balance is nought, and nobody's money is short."""
    assert money.one("SELECT coalesce(sum(balance), 0) FROM ledger_accounts") == 0
    assert money.one("SELECT coalesce(sum(amount), 0) FROM ledger_postings") == 0
    short = "kind IN ('deposits_held', 'refunds_payable', 'price_held', 'forfeited', 'suspense')"
    assert money.one(f"SELECT count(*) FROM ledger_accounts WHERE balance > 0 AND {short}") == 0
