"""The books over HTTP: any past instant again, files that never change, two persons to undo."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models.ledger_rows import Account, post_entry, transfer
from app.web.court.memo_words import is_known, memo_words
from tests.conftest import ROOT
from tests.staff import appoint
from tests.web.conftest import SignedIn
from tests.world import NOON, World


class Books:
    def __init__(self, world: World, client_for: SignedIn) -> None:
        self.world = world
        self.court = world.court()
        self.public_id = str(world.rows("SELECT public_id FROM courts")[0][0])
        people = [appoint(world, self.court, world.person(), "finance") for _ in range(2)]
        self.finance, self.colleague = (client_for(person) for person in people)

    def book(self, key: str, amount: int, *, court: int | None = None) -> None:
        with self.world.session() as session:
            post_entry(
                session,
                court_id=court or self.court,
                key=key,
                memo=f"entry {key}",
                currency="CNY",
                at=NOON,
                postings=transfer(Account("bank"), Account("suspense", "x"), amount),
            )
            session.commit()

    def get(self, path: str = "", client: FlaskClient | None = None) -> TestResponse:
        return (client or self.finance).get(f"/court/{self.public_id}/finance/ledger{path}")

    def post(self, path: str, client: FlaskClient, **form: str) -> TestResponse:
        return client.post(f"/court/{self.public_id}/finance/ledger{path}", data=form)


@pytest.fixture
def books(world: World, client_for: SignedIn) -> Books:
    return Books(world, client_for)


def test_the_files_of_an_instant_are_the_same_bytes_for_ever(books: Books) -> None:
    """INV-M24"""
    books.book("first", 500)
    exact = re.search(r"ledger\.csv\?as_of=([^\"]+)", books.get().text)
    assert exact is not None
    paths = [
        f"{path}as_of={exact.group(1)}"
        for path in (
            ".csv?",
            ".beancount?",
            "/account.csv?kind=bank&",
            "/account.csv?kind=suspense&subject=x&",
        )
    ]
    before = [books.get(path).data for path in paths]

    books.book("second", 70)

    assert [books.get(path).data for path in paths] == before
    assert b'"bank","","CNY","500","0","500"' in before[0]
    assert b'"total","","CNY","500","500","0"' in before[0]
    assert "¥5.70" in books.get().text


def test_a_statement_shows_what_stood_on_the_account_after_each_entry(books: Books) -> None:
    books.book("first", 500)
    books.book("second", 70)

    page = books.get("/account?kind=suspense&subject=x")

    assert page.status_code == 200
    assert page.text.index("entry first") < page.text.index("entry second")
    assert "¥5.70" in page.text
    assert books.get("/account?kind=suspense").text.count("subject=x") == 1
    assert books.get("/account?kind=suspense&subject=y").status_code == 404
    assert books.get("/account?kind=nothing").status_code == 404


def test_an_instant_that_is_not_written_yet_is_no_report(books: Books) -> None:
    books.book("first", 500)
    later = (NOON + timedelta(days=9999)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert books.get(f"?as_of={later}").status_code == 400
    assert books.get(f".csv?as_of={later}").status_code == 400
    assert books.get("?as_of=gestern").status_code == 400


def test_two_persons_undo_an_entry_and_both_stay_in_the_books(books: Books) -> None:
    """INV-M3"""
    books.book("first", 500)
    entry = "/entry?key=first"

    assert books.post(entry, books.finance, reason="booked twice").status_code == 302
    page = books.get(entry, books.colleague).text
    decide = re.search(r"/ledger(/reversals/\w+/decide)", page)
    shown = re.search(r'name="payload_hash"[^>]*value="(\w+)"', page)
    assert decide and shown
    word = {"word": "approve", "payload_hash": shown.group(1)}
    own = books.post(decide.group(1), books.finance, **word)
    agreed = books.post(decide.group(1), books.colleague, **word)

    assert own.status_code == 400
    assert "second person decides" in own.text
    assert agreed.status_code == 302
    again = books.get(entry).text
    assert "It is undone by" in again
    assert "Undo this entry" not in again
    assert books.get("/account.csv?kind=bank").text.count("\n") == 3


def test_another_courts_entry_does_not_exist_here(books: Books) -> None:
    """INV-P4"""
    books.book("theirs", 500, court=books.world.court())

    assert books.get("/entry?key=theirs").status_code == 404
    assert books.post("/entry?key=theirs", books.finance, reason="x").status_code == 404
    assert "theirs" not in books.get(".beancount").text


def test_the_operators_file_holds_every_court_and_no_subject(
    books: Books, client_for: SignedIn
) -> None:
    books.book("first", 500)
    operator = client_for(books.world.person("Operator", is_operator=True))
    page = operator.get("/operator/balance").text
    link = re.search(r"/operator/balance\.csv\?as_of=[^\"]+", page)
    assert link is not None
    before = operator.get(link.group()).data

    books.book("second", 70)

    assert operator.get(link.group()).data == before
    assert f'"{books.public_id}","bank","CNY","500"'.encode() in before
    as_of = link.group().partition("as_of=")[2]
    assert "¥5.70" not in operator.get(f"/operator/balance?as_of={as_of}").text


def test_the_memo_of_every_effect_that_is_booked_is_read_in_the_language_of_the_page(
    app: Flask,
) -> None:
    """Whoever books a new effect gives its memo words; the row keeps what was written."""
    booked: set[str] = set()
    for file in (ROOT / "app").rglob("*.py"):
        calls = re.split(r"\b(?:post_entry|NewEntry)\(", file.read_text())
        for call in calls[1:]:
            booked |= set(re.findall(r'(?:memo=|^ +)f"([a-z][^"]+ [^"]*)"', call[:400], re.M)[:1])

    memos = [re.sub(r"\{[^}]*\}", "x1", memo) for memo in booked]

    assert len(memos) > 20
    assert [memo for memo in memos if not is_known(memo)] == []
    with app.test_request_context():
        assert memo_words("deposit abc held") == "deposit abc held"
        assert memo_words("in suspense: too_little") == "in suspense: Less than was due"
        assert memo_words("something else, 100%") == "something else, 100%"
