"""A request that the database leaves without an answer is answered all the same (FAULT-F04)."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent import GreenletExit
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from app.web import deadline
from app.web.deadline import Deadline
from app.web.errors import REFERENCE

KEY = "7b7f4c2e-0d0c-4f43-9a1c-5d7f1c0f9e11"


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Client:
    """An application whose database never answers, behind a deadline that a test can wait for."""
    monkeypatch.setattr(deadline, "SECONDS_FOR_A_BID", 0.05)
    monkeypatch.setattr(deadline, "SECONDS_FOR_A_PAGE", 0.1)
    return Client(Deadline(lambda _environ, _start: gevent.sleep(60)))


def test_a_programs_bid_is_told_that_nobody_knows(stuck: Client) -> None:
    answer = stuck.post("/bid/s1/bid", json={"key": KEY, "amount": 5})

    assert answer.status_code == 202
    assert _without_reference(answer) == {"status": "unknown", "ask_again": True, "key": KEY}


def test_a_forms_bid_can_be_asked_for_again_with_the_same_key(stuck: Client) -> None:
    answer = stuck.post("/bid/s1/bid", data={"key": KEY, "amount": '5"><script>', "x": "y"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 202
    assert f'name="key" value="{KEY}"' in page
    assert 'action="/bid/s1/bid"' in page
    assert "<script>" not in page
    assert 'name="x"' not in page


def test_a_key_that_came_as_a_header_is_the_one_to_ask_again_with(stuck: Client) -> None:
    bid, named = {"amount": "5"}, {"Idempotency-Key": KEY}

    for_a_program = stuck.post("/bid/s1/bid", json=bid | {"key": None}, headers=named)
    for_a_person = stuck.post("/bid/s1/bid", data=bid, headers=named)

    assert for_a_program.json["key"] == KEY
    assert f'name="key" value="{KEY}"' in for_a_person.text


def test_a_program_that_sends_a_form_is_answered_as_a_program(stuck: Client) -> None:
    accepts = {"Accept": "application/json"}

    bid = stuck.post("/bid/s1/bid", data={"key": KEY, "amount": "5"}, headers=accepts)
    page = stuck.get("/bid/s1/outcome.json", headers=accepts)

    assert (bid.status_code, bid.json["key"]) == (202, KEY)
    assert (page.status_code, page.json["error"]) == (503, 503)


@pytest.mark.parametrize(
    "accepts", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "", "application/json;q=x"]
)
def test_a_form_in_a_browser_is_answered_with_a_page(stuck: Client, accepts: str) -> None:
    headers = {"Accept": accepts}

    answer = stuck.post("/bid/s1/bid", data={"key": KEY, "amount": "5"}, headers=headers)

    assert answer.mimetype == "text/html"


def test_a_page_says_that_nobody_answers(stuck: Client) -> None:
    answer = stuck.get("/")

    assert answer.status_code == 503


def test_both_pages_fit_a_telephone(stuck: Client) -> None:
    for answer in (stuck.get("/"), stuck.post("/bid/s1/bid", data={"key": KEY})):
        assert '<meta name="viewport" content="width=device-width' in answer.text


def test_a_request_in_time_passes_through_with_its_body() -> None:
    def whole(environ: Any, start: Any) -> Any:
        return Response(Request(environ).get_data())(environ, start)

    answer = Client(Deadline(whole)).post("/bid/s1/bid", data=b"key=1")

    assert answer.get_data() == b"key=1"


def test_what_is_stuck_is_left_behind_even_if_it_does_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cleaning up may ask the same database again, and wait again."""
    monkeypatch.setattr(deadline, "SECONDS_FOR_A_PAGE", 0.05)

    def whole(_environ: Any, _start: Any) -> Any:
        try:
            gevent.sleep(60)
        finally:
            gevent.sleep(1)

    with gevent.Timeout(0.5):
        answer = Client(Deadline(whole)).get("/")

    assert answer.status_code == 503


def test_what_is_left_behind_does_not_answer_a_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadline, "SECONDS_FOR_A_PAGE", 0.05)
    started: list[str] = []

    def whole(_environ: Any, start: Any) -> Any:
        try:
            gevent.sleep(60)
        finally:
            start("500 Internal Server Error", [])

    answer = Deadline(whole)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, _keep(started))
    gevent.sleep(0.05)

    assert b"does not answer" in b"".join(answer)
    assert started == ["503 Service Unavailable"]


def _raises(_environ: Any, _start: Any) -> Any:
    raise OSError("too many open files, and a secret detail")


def _ends(_environ: Any, _start: Any) -> Any:
    raise GreenletExit


def _says(status: str) -> Any:
    def whole(environ: Any, start: Any) -> Any:
        environ[REFERENCE] = "abcd1234"
        return Response("an internal detail", status)(environ, start)

    return whole


FAILURES = [_raises, _ends, _says("500 Internal Server Error"), _says("503 Service Unavailable")]


@pytest.mark.parametrize("whole", FAILURES)
def test_a_bid_that_fails_on_the_way_is_asked_for_again_with_the_same_key(whole: Any) -> None:
    """RULE-G3: nobody knows yet; whoever bids anew might bid twice."""
    answer = Client(Deadline(whole)).post("/bid/s1/bid", json={"key": KEY, "amount": 5})

    assert answer.status_code == 503
    assert _without_reference(answer) == {"status": "unknown", "ask_again": True, "key": KEY}


@pytest.mark.parametrize("whole", FAILURES)
def test_a_form_s_bid_that_fails_on_the_way_can_be_sent_again(whole: Any) -> None:
    answer = Client(Deadline(whole)).post("/bid/s1/bid", data={"key": KEY, "amount": "5"})

    assert answer.status_code == 503
    assert f'name="key" value="{KEY}"' in answer.text
    assert "detail" not in answer.text


@pytest.mark.parametrize("whole", [*FAILURES, lambda _environ, _start: gevent.sleep(60)])
def test_what_is_told_of_a_failed_bid_stands_in_the_log_without_its_bidder(
    whole: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "SECONDS_FOR_A_BID", 0.05)

    answer = Client(Deadline(whole)).post("/bid/s1/bid", json={"key": KEY, "amount": 5})

    reference = answer.json["reference"]
    # What the application answered itself, it wrote down itself.
    assert reference == "abcd1234" or f"reference {reference}:" in caplog.text
    assert KEY not in caplog.text


def test_a_key_that_is_no_key_is_not_repeated() -> None:
    deep = b"[" * 8_000
    asked = Client(Deadline(_raises)).post

    answer = asked("/bid/s1/bid", data=deep, content_type="application/json")

    assert (answer.status_code, answer.json["key"]) == (503, None)


def test_a_bid_that_fails_once_its_answer_was_begun_has_one_answer() -> None:
    """What is cleaned up after the answer may fail as well."""
    started: list[str] = []

    def whole(_environ: Any, start: Any) -> Any:
        start("201 Created", [])
        raise OSError

    bid = {"REQUEST_METHOD": "POST", "PATH_INFO": "/bid/s1/bid", "CONTENT_TYPE": "application/json"}
    answer = Deadline(whole)(bid, _keep(started))

    assert b'"unknown"' in b"".join(answer)
    assert started == ["503 Service Unavailable"]


def test_a_page_that_fails_says_so_in_its_own_words() -> None:
    answer = Client(Deadline(_says("500 Internal Server Error"))).get("/")

    assert (answer.status_code, answer.text) == (500, "an internal detail")


def _without_reference(answer: Any) -> dict[str, Any]:
    told = dict(answer.json)
    assert told.pop("reference")
    return told


def _keep(started: list[str]) -> Any:
    return lambda status, _headers, _error=None: started.append(status)
