"""What a replay leaves behind is held against what was recorded, point by point."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import replay as command
from app.rehearsal import replay
from app.rehearsal.comparison import Left
from app.rehearsal.history import History, RecordedBid
from app.rehearsal.replay import Differs, Replay

END = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HISTORY = History(
    id="made-up",
    description="",
    currency="CNY",
    opens_at=END - timedelta(days=1),
    closes_at=END,
    increment=100,
    bids=(RecordedBid(1, END - timedelta(hours=1), "Anna", 10_000),),
    winner="Anna",
    price=10_000,
    extensions=2,
    closed_at=END,
)
AS_RECORDED = Left(
    status="sold",
    winner="K7Q4",
    price=10_000,
    extensions=2,
    closed_at=END,
    accepted=1,
    refused=0,
    trial_balance=0,
    paid_out=10_000,
    payouts_open=0,
)


def compare(left: Left, *, seen: tuple[int, ...] = (1,)) -> None:
    nobody: Any = None
    played = Replay(HISTORY, nobody, nobody, say=lambda _line: None)
    buyer: Any = SimpleNamespace(code="K7Q4")
    watcher: Any = SimpleNamespace(seen=list(seen))
    played.bidders["Anna"] = buyer
    played._compare(left, watcher)


def test_nothing_is_said_of_what_came_out_as_recorded() -> None:
    compare(AS_RECORDED)


@pytest.mark.parametrize(
    ("came_out", "named"),
    [
        ({"status": "unsold"}, "status: recorded sold, came out unsold"),
        ({"winner": "B2B2"}, "winner: recorded K7Q4, came out B2B2"),
        ({"price": 9_900}, "price: recorded 10000, came out 9900"),
        ({"extensions": 3}, "extensions: recorded 2, came out 3"),
        ({"closed_at": END + timedelta(minutes=5)}, f"closing time: recorded {END}, came out "),
        ({"accepted": 2}, "accepted bids: recorded 1, came out 2"),
        ({"refused": 1}, "refused bids: recorded 0, came out 1"),
        ({"trial_balance": 1}, "trial balance: recorded 0, came out 1"),
        ({"paid_out": 9_999}, "sum of payouts: recorded 10000, came out 9999"),
        ({"payouts_open": 1}, "payouts not yet paid: recorded 0, came out 1"),
    ],
)
def test_each_point_that_differs_is_named(came_out: dict[str, Any], named: str) -> None:
    with pytest.raises(Differs, match=f"^{re.escape(named)}"):
        compare(replace(AS_RECORDED, **came_out))


def test_a_bid_that_the_watcher_did_not_see_is_named() -> None:
    with pytest.raises(Differs, match=r"^bids seen by the watcher: recorded 1, came out 0"):
        compare(AS_RECORDED, seen=())


def test_all_that_differs_is_named_at_once() -> None:
    with pytest.raises(Differs, match=r"^price: recorded .*; extensions: recorded "):
        compare(replace(AS_RECORDED, price=9_900, extensions=3))


def test_a_bid_that_came_out_otherwise_ends_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "hold_clock", lambda _staff, _moment: None)
    nobody: Any = None
    played = Replay(HISTORY, nobody, nobody, say=lambda _line: None)
    refused: Any = SimpleNamespace(bid=lambda _amount: {"accepted": False, "reason": "too_low"})
    played.bidders["Anna"] = refused

    with pytest.raises(
        Differs, match=r"^bid 1 was recorded as accepted and came out as \{.*too_low"
    ):
        played._bid(nobody)


def test_the_last_line_of_the_command_says_what_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def differs(_played: Replay, _engine: object) -> Left:
        raise Differs("price: recorded 10000, came out 9900")

    monkeypatch.setattr(Replay, "run", differs)
    monkeypatch.setattr(command, "_operators", lambda _place, _file: (None, None))
    monkeypatch.setattr(command, "engine_for", lambda _role: None)
    monkeypatch.setattr(command, "read_history", lambda _file: HISTORY)

    done = CliRunner().invoke(command.replay_sale, [str(tmp_path), "--url", "http://127.0.0.1:9"])

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "differs: price: recorded 10000, came out 9900"
