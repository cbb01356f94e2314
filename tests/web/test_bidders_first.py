"""A web process with too much to do turns strangers away, and nobody who may bid (FAULT-F19)."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client

from app.web.bidders_first import BiddersFirst


class Inside:
    """An application whose answers are not fetched until a test does so."""

    def __call__(self, _environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"come in"]


def test_strangers_beyond_the_number_are_turned_away_until_one_leaves() -> None:
    door = Client(BiddersFirst(Inside(), most=2))
    staying = [door.get("/sales/x/live", buffered=False) for _ in range(2)]

    refused = door.get("/sales/x/live")
    staying[0].close()
    later = door.get("/sales/x/live")

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "3"
    assert "Bidding goes on" in refused.text
    assert "竞价照常进行" in refused.text
    assert later.status_code == 200


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("/bid/x/room", {"headers": {"Cookie": "lang=en; luochui=abc"}}),
        ("/bid/x/bid", {"method": "POST"}),
        ("/account/sign-in", {}),
        ("/healthz", {}),
    ],
)
def test_who_has_a_session_or_acts_is_never_turned_away(path: str, how: dict[str, Any]) -> None:
    door = Client(BiddersFirst(Inside(), most=0), use_cookies=False)

    assert door.open(path, **how).status_code == 200


def test_a_page_that_fails_leaves_its_place() -> None:
    def broken(_environ: Any, _start_response: Any) -> list[bytes]:
        raise RuntimeError("broken")

    door = BiddersFirst(broken, most=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            Client(door).get("/")
