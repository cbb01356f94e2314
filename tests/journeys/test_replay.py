"""A recorded auction, played from listing to paid creditors against the running platform."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED_DATA
from tests.journeys.platform import Platform

# A whole sale over HTTP takes minutes where the machine is busy.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(1200)]

HISTORIES = SHARED_DATA / "cn_judicial_bid_histories"


def a_history(**changes: Any) -> dict[str, Any]:
    """Three bidders; two of their five bids move the end."""
    end = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
    bids = [
        ("竞买人01", end - timedelta(hours=20), 100_000_000),
        ("竞买人02", end - timedelta(hours=3), 101_000_000),
        ("竞买人03", end - timedelta(minutes=5, seconds=1), 102_000_000),
        ("竞买人01", end - timedelta(minutes=1), 104_000_000),
        ("竞买人02", end + timedelta(minutes=3), 105_000_000),
    ]
    return {
        "id": "made-up",
        "description": "港湾花园 住宅",
        "currency": "CNY",
        "rules_assumed": {"scheduled_end": end.isoformat(), "increment_fen": 1_000_000},
        "observed": {"winner": "竞买人02", "hammer_fen": 105_000_000},
        "derived_under_assumed_rules": {
            "extensions": 2,
            "close_at": (end + timedelta(minutes=8)).isoformat(),
        },
        "bids": [
            {"seq": seq, "at": at.isoformat(), "bidder": who, "amount_fen": amount}
            for seq, (who, at, amount) in enumerate(bids, start=1)
        ],
    } | changes


@pytest.fixture
def replay(platform: Platform, tmp_path: Path) -> Any:
    """`replay(file)`: the command's answer; the operators are those of the test's platform."""
    operators = tmp_path / "operators.json"
    operators.write_text(
        json.dumps(
            [
                {"who": "operator", "email": one.email, "password": one.password, "key": one.key}
                for one in platform.operators
            ]
        )
    )

    def run(file: Path) -> Any:
        return platform.flask(
            "replay-sale", str(file), "--operators", str(operators), seconds=1100, check=False
        )

    return run


def written(tmp_path: Path, history: dict[str, Any]) -> Path:
    file = tmp_path / "history.json"
    file.write_text(json.dumps(history, ensure_ascii=False))
    return file


def test_a_sale_goes_from_listing_to_paid_creditors(replay: Any, tmp_path: Path) -> None:
    done = replay(written(tmp_path, a_history()))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "as recorded" in done.stdout.splitlines()[-1]
    assert "105000000 paid out, trial balance 0" in done.stdout


def test_a_file_that_is_no_history_is_refused_with_its_field(replay: Any, tmp_path: Path) -> None:
    broken = a_history()
    broken["bids"][1]["amount_fen"] = "101000000"

    done = replay(written(tmp_path, broken))

    assert done.returncode == 1
    assert "bids[1].amount_fen" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["sz-2026-05-26-a", "sz-2026-05-26-b"])
def test_the_recorded_auctions_come_out_as_recorded(replay: Any, name: str) -> None:
    file = HISTORIES / f"{name}.json"
    if not file.exists():
        pytest.skip("the recorded auctions are not beside this checkout")

    done = replay(file)

    assert done.returncode == 0, done.stdout + done.stderr
