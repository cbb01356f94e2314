"""A recorded auction, played from listing to paid creditors against the running platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED_DATA
from tests.journeys.platform import Platform

# A whole sale over HTTP takes minutes where the machine is busy.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(1200)]

HISTORIES = SHARED_DATA / "cn_judicial_bid_histories"
RECORDED = ("sz-2026-05-26-a", "sz-2026-05-26-b")


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


@pytest.fixture(scope="module")
def replayed(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Any]]]:
    """What the command answers, by history: all are played at once, each in a court of its own."""
    folder = tmp_path_factory.mktemp("histories")
    broken = a_history()
    broken["bids"][1]["amount_fen"] = "101000000"
    files = {
        "made up": written(folder / "made_up.json", a_history()),
        "broken": written(folder / "broken.json", broken),
        **{name: HISTORIES / f"{name}.json" for name in RECORDED},
    }
    there = {name: file for name, file in files.items() if file.exists()}

    def play(name: str) -> Any:
        # One that is refused as a file needs nobody.
        people = folder / f"{name} operators.json"
        if name != "broken":
            operators_of(platform, people)
        return platform.flask(
            *("replay-sale", str(there[name]), "--operators", str(people)),
            seconds=1100,
            check=False,
        )

    with ThreadPoolExecutor(len(there)) as pool:
        yield {name: pool.submit(play, name) for name in there}


def operators_of(platform: Platform, file: Path) -> None:
    """Two of their own: an app's code counts once, and not for two who sign in at one moment."""
    people = platform.new_operator("Gao Wei"), platform.new_operator("Ma Lin")
    listed = [
        {"who": "operator", "email": one.email, "password": one.password, "key": one.key}
        for one in people
    ]
    file.write_text(json.dumps(listed))


def written(file: Path, history: dict[str, Any]) -> Path:
    file.write_text(json.dumps(history, ensure_ascii=False))
    return file


def test_a_sale_goes_from_listing_to_paid_creditors(replayed: dict[str, Future[Any]]) -> None:
    done = replayed["made up"].result()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "as recorded" in done.stdout.splitlines()[-1]
    assert "105000000 paid out, trial balance 0" in done.stdout


def test_a_file_that_is_no_history_is_refused_with_its_field(
    replayed: dict[str, Future[Any]],
) -> None:
    done = replayed["broken"].result()

    assert done.returncode == 1
    assert "bids[1].amount_fen" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_auctions_come_out_as_recorded(
    replayed: dict[str, Future[Any]], name: str
) -> None:
    if name not in replayed:
        pytest.skip("the recorded auctions are not beside this checkout")

    done = replayed[name].result()

    assert done.returncode == 0, done.stdout + done.stderr
