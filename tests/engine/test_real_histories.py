"""Two real auctions, replayed: every bid accepted, the same extensions, winner, price and end."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.engine.running import run

HISTORIES = Path(__file__).parents[3] / "shared" / "data" / "cn_judicial_bid_histories"
FILES = sorted(HISTORIES.glob("*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="the recorded auctions are not part of the project and not on this machine"
)


def _document(history):
    assumed, bids = history["rules_assumed"], history["bids"]
    return {
        "format": "auction-replay/1",
        "rules": "cn-2016-18",
        "sale": {
            "property_kind": "real_property",
            "round": "first",
            "currency": history["currency"],
            # The listing is not in the source: the first bid is the lowest price that is known.
            "starting_price": bids[0]["amount_fen"],
            "increment": assumed["increment_fen"],
            "opens_at": "2026-05-25T10:00:00+08:00",
            "closes_at": assumed["scheduled_end"],
        },
        "bidders": [{"code": code} for code in sorted({bid["bidder"] for bid in bids})],
        "events": [
            {"at": b["at"], "type": "bid", "bidder": b["bidder"], "amount": b["amount_fen"]}
            for b in bids
        ],
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_auction_comes_out_as_it_did(path):
    history = json.loads(path.read_text(encoding="utf-8"))
    observed, derived = history["observed"], history["derived_under_assumed_rules"]

    answer = run("replay", stdin=_document(history)).answer

    assert answer["status"] == "sold"
    assert answer["refused"] == 0
    assert answer["accepted"] == observed["bid_count"]
    assert (answer["winner"], answer["price"]) == (observed["winner"], observed["hammer_fen"])
    assert answer["extensions"] == derived["extensions"]
    ends = datetime.fromisoformat(answer["closes_at"])
    assert ends == datetime.fromisoformat(derived["close_at"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_transcript_of_a_recorded_auction_holds(path):
    history = json.loads(path.read_text(encoding="utf-8"))

    transcript = run("replay", "--transcript", stdin=_document(history)).out

    assert run("verify", stdin=transcript.encode()).status == 0
