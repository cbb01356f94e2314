"""The worker and the notifier as processes: quick, one at a time, and gone when asked to go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import worker
from app.models.outbox_rows import promise
from app.services import deposits
from app.services.promises import is_our_turn
from tests.conftest import ROOT
from tests.services.beside import running_beside
from tests.services.money import Money
from tests.world import World


def test_a_paid_deposit_admits_within_two_seconds(money: Money) -> None:
    """Everything as in life: the provider's webhook, the web, the worker's threads."""
    bidder = money.a_bidder(money.a_sale())
    offer = money.offer(bidder)
    with _served(money.web) as web:
        money.outside.control(
            "PUT", "/webhook", url=f"{web}/hooks/stripe", secret="whsec_for_the_tests"
        )
        with _working(money):
            began = time.monotonic()
            money.outside.pay(offer.url)
            admitted = _within(8, lambda: money.is_admitted(bidder))
            took = time.monotonic() - began

    assert admitted
    # The bar is two seconds on a machine that does nothing else.
    assert took < 2 * _slowness()


def test_without_any_webhook_a_poll_admits(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    offer = money.offer(bidder)

    with _working(money):
        money.outside.pay(offer.url)
        assert _within(20, lambda: money.is_admitted(bidder))


def test_a_step_that_fails_does_not_hold_up_the_others(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    money.pay(bidder)
    money.poll()

    def broken() -> int:
        raise RuntimeError("a test")

    monkeypatch.setattr(deposits, "admit_the_held", broken)
    worker.sweep(money.closer)

    assert money.is_admitted(bidder)


def test_what_is_done_now_and_then_is_done_by_one_of_several_workers(money: Money) -> None:
    with money.closer.app_context():
        first, second = is_our_turn("books", 60), is_our_turn("books", 60)
        other = is_our_turn("comparison", 3600)
        money.sql("UPDATE turns SET next_at = clock_timestamp() WHERE name = 'books'")
        later = is_our_turn("books", 60)

    assert (first, second, other, later) == (True, False, True, True)


@pytest.mark.parametrize("command", ["worker", "notifier"])
def test_a_process_ends_cleanly_when_asked(
    command: str, test_settings: dict[str, Any], clean_database: Any, tmp_path: Path
) -> None:
    role = "closer" if command == "worker" else "notifier"
    environment = {
        "PATH": os.environ["PATH"],
        "APP_ENV": "development",
        f"DATABASE_URL_{role.upper()}": test_settings["DATABASE_URLS"][role],
        "CONTACT_PRIVATE_KEY": test_settings["CONTACT_PRIVATE_KEY"],
        "MAIL_DIR": str(tmp_path),
        "STRIPE_SECRET_KEY": "sk_test_of_the_tests",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app.wsgi", command],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "working in lanes" in line)
        process.send_signal(signal.SIGTERM)
        _out, errors = process.communicate(timeout=20)
    finally:
        process.kill()

    assert said
    assert process.returncode == 0
    assert "Traceback" not in errors


_INTERRUPTED = """
import os, signal
from app.cli.processes import stop_on_signal
stop = stop_on_signal()
with stop._cond:
    os.kill(os.getpid(), signal.SIGTERM)
assert stop.wait(10)
"""


def test_a_signal_in_the_middle_of_waiting_for_it_is_heard() -> None:
    """The main thread holds the event's lock for an instant each time it begins to wait."""
    subprocess.run([sys.executable, "-c", _INTERRUPTED], cwd=ROOT, check=True, timeout=20)


def test_the_notifier_sends_what_is_promised(
    world: World, test_settings: dict[str, Any], tmp_path: Path
) -> None:
    from app import create_app
    from app.db import close_engines
    from app.extensions import db

    person = world.person("Anna", email="anna@example.org")
    with world.session() as session:
        promise(
            session,
            kind="letter",
            key="letter:x",
            payload={
                "message": "price_paid",
                "params": {"price": 5, "currency": "CNY"},
                "person_id": person,
            },
        )
        session.commit()
    notifier = create_app("notifier", {**test_settings, "MAIL_DIR": str(tmp_path)})
    try:
        with running_beside(worker.run_notifier, notifier):
            assert _within(10, lambda: bool(list(tmp_path.glob("*.eml"))))
    finally:
        with notifier.app_context():
            db.engine.dispose()
            close_engines(notifier.extensions)


@contextmanager
def _working(money: Money) -> Iterator[None]:
    money.closer.config.update(
        STRIPE_SECRET_KEY="sk_test_of_the_tests",
        STRIPE_API_BASE=money.outside.url,
        PRODUCTION=False,
    )
    with running_beside(worker.run_worker, money.closer):
        yield


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _within(seconds: float, fact: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds * _slowness()
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.02)
    return False


def _slowness() -> float:
    """How much longer everything takes where others use the same cores."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
