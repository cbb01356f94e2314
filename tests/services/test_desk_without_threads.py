"""A machine that gives no further thread for a moment loses no bid for good (FAULT-F38)."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import timedelta

import pytest

from app.models.journal import Entry
from app.services.bidding.desk import Unreachable
from tests.desks import a_desk
from tests.world import NOON, World


def test_bids_are_decided_again_once_a_thread_can_be_had(
    world: World,
    clean_database: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    registration_id = world.bidder(sale_id, "B1")
    start, failures = threading.Thread.start, [RuntimeError("can't start new thread")]

    def start_later(thread: threading.Thread) -> None:
        if thread.name.startswith("drain-") and failures:
            raise failures.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_later)
    with a_desk(clean_database) as desk, caplog.at_level(logging.WARNING):
        key = uuid.uuid4()
        entered = desk.enter(
            Entry(sale_id, "bid", key, registration_id=registration_id, amount=70_000_000)
        )
        with pytest.raises(Unreachable):
            desk.decision(sale_id, entered.arrival_id)
        decided = desk.decision(sale_id, entered.arrival_id)

    assert decided.arrival_id == entered.arrival_id
    assert caplog.messages == [f"deciding for sale {sale_id} gave no answer: RuntimeError"]


def test_whoever_asked_meanwhile_is_told_at_once(
    world: World, clean_database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They relied on the thread that never came, and would wait for nothing."""
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    asked, second = [], threading.Event()
    start = threading.Thread.start

    with a_desk(clean_database, seconds_to_wait=30) as desk:

        def ask() -> None:
            with pytest.raises(Unreachable):
                desk.decision(sale_id, 2)
            asked.append(2)

        other = threading.Thread(target=ask, name="another bidder")

        def fail_once_another_asks(thread: threading.Thread) -> None:
            if not thread.name.startswith("drain-"):
                start(thread)
                return
            start(other)
            while not desk._busy.get(sale_id):
                second.wait(0.01)
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", fail_once_another_asks)
        with pytest.raises(Unreachable):
            desk.decision(sale_id, 1)
        other.join(5)

    assert asked == [2]
