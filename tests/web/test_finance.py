"""The finance desk over HTTP: files in and out, and two persons for money without a place."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, worker
from app.db import close_engines
from app.extensions import db
from app.gateways.seal import Opener
from app.services.bank import make_payment_files
from app.services.promises import keep_one
from tests.services.statements import Credit, Debit, file_of
from tests.web.conftest import SignedIn
from tests.world import NOON, World


@dataclass
class Desk:
    """A court with a deposit that is awaited by bank, two finance officers, and a worker."""

    world: World
    court: int
    court_id: str
    account: str
    reference: str
    finance: FlaskClient
    colleague: FlaskClient
    judge: FlaskClient
    work: Callable[[], None]
    make_files: Callable[[], None]

    def url(self, path: str = "") -> str:
        return f"/court/{self.court_id}/finance{path}"

    def upload(self, *movements: Credit | Debit, content: bytes | None = None) -> Any:
        file = (BytesIO(content or file_of(self.account, *movements)), "notice.xml")
        return self.finance.post(self.url("/statements"), data={"statement": file})

    def suspended(self) -> str:
        return str(self.world.rows("SELECT public_id FROM suspense_items ORDER BY id")[-1][0])

    def one(self, sql: str) -> Any:
        return self.world.rows(sql)[0][0]


@pytest.fixture
def desk(
    app: Flask, world: World, client_for: SignedIn, test_settings: dict[str, Any]
) -> Iterator[Desk]:
    court = world.court(rehearsal_at=NOON.replace(hour=1))
    sale = world.sale(court)
    world.bidder(sale, "B001", deposit=None, admitted=False)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO deposits (public_id, court_id, sale_id, registration_id, amount,"
            " currency, channel, reference, state) SELECT 'awaited', court_id, sale_id, id,"
            " 7000000, 'CNY', 'bank', 'LC12345678901205', 'awaiting' FROM registrations"
        )
    clients = [client_for(_appoint(world, court, role)) for role in ("finance", "finance", "judge")]
    closer = create_app("closer", test_settings)

    def work() -> None:
        with closer.app_context():
            while worker.sweep(closer):
                db.session.remove()

    def make_files() -> None:
        opener = Opener(test_settings["ENVELOPE_PRIVATE_KEY"])
        with closer.app_context():
            keep_one(("payment_file",), lambda claim: make_payment_files(claim, opener.open))

    rows = world.rows("SELECT public_id, account_number FROM courts WHERE id = %s", court)
    yield Desk(world, court, *rows[0], _reference(world), *clients, work, make_files)
    with closer.app_context():
        db.engine.dispose()
        close_engines(closer.extensions)


def test_a_statement_is_taken_in_and_matched(desk: Desk) -> None:
    answer = desk.upload(Credit("70000.00", desk.reference))
    desk.work()
    page = desk.finance.get(desk.url())

    assert answer.status_code == 302
    assert desk.one("SELECT state FROM deposits") == "held"
    assert "¥70,000.00" in page.text
    assert "Deposits held" in page.text


def test_the_same_file_again_says_that_nothing_changed(desk: Desk) -> None:
    credit = Credit("70000.00", desk.reference)
    desk.upload(credit)

    answer = desk.upload(credit)

    assert answer.status_code == 400
    assert "taken in before" in answer.text


@pytest.mark.parametrize(
    "content", [b"hello", b"<xml/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>']
)
def test_what_is_no_statement_is_refused_with_the_place(desk: Desk, content: bytes) -> None:
    answer = desk.upload(content=content)

    assert answer.status_code == 400
    assert "no camt.053 or camt.054" in answer.text
    assert desk.world.rows("SELECT FROM bank_statements") == []


def test_without_a_file_the_form_asks_for_one(desk: Desk) -> None:
    answer = desk.finance.post(desk.url("/statements"), data={})

    assert answer.status_code == 400
    assert "There is a problem" in answer.text


def test_two_persons_give_money_its_place(desk: Desk) -> None:
    desk.upload(Credit("70000.00", "my sister pays for me"))
    desk.work()
    item = desk.suspended()

    proposed = desk.finance.post(
        desk.url(f"/suspense/{item}/propose"),
        data={"reference": desk.reference, "reason": "the payer rang up"},
    )
    page = desk.colleague.get(desk.url(f"/suspense/{item}"))
    decided = desk.colleague.post(
        _action(page.text, "decide"),
        data={"word": "approve", "payload_hash": _hidden(page.text, "payload_hash")},
    )
    desk.work()

    assert (proposed.status_code, decided.status_code) == (302, 302)
    assert "the payer rang up" in page.text
    assert desk.one("SELECT state FROM deposits") == "held"
    assert desk.one("SELECT state FROM suspense_items") == "assigned"


def test_the_desk_says_first_what_each_of_it_has_to_do(desk: Desk) -> None:
    idle = _to_do(desk.finance.get(desk.url()).text)
    desk.upload(Credit("70000.00", "my sister pays for me"))
    desk.work()
    alone = _to_do(desk.finance.get(desk.url()).text)
    desk.finance.post(
        desk.url(f"/suspense/{desk.suspended()}/propose"),
        data={"reference": desk.reference, "reason": "the payer rang up"},
    )
    mine, theirs = (_to_do(each.get(desk.url()).text) for each in (desk.finance, desk.colleague))

    assert "Nothing waits for this desk." in idle
    assert "Give ¥70,000.00 a place, or send it back" in alone
    assert "Wait for a colleague" in mine
    assert "Give ¥70,000.00" not in mine
    assert "Agree or not with the place for ¥70,000.00" in theirs


def test_what_two_persons_decided_stays_on_the_page_of_the_money(desk: Desk) -> None:
    test_two_persons_give_money_its_place(desk)

    page = desk.finance.get(desk.url(f"/suspense/{desk.suspended()}")).text

    assert "What was decided" in page
    assert "Agreed by" in page
    assert desk.reference in page


def test_the_proposer_is_not_the_second_person(desk: Desk) -> None:
    desk.upload(Credit("70000.00", "my sister pays for me"))
    desk.work()
    item = desk.suspended()
    desk.finance.post(
        desk.url(f"/suspense/{item}/propose"),
        data={"reference": desk.reference, "reason": "the payer rang up"},
    )
    proposal, shown = desk.world.rows("SELECT public_id, payload_hash FROM proposals")[0]

    page = desk.finance.get(desk.url(f"/suspense/{item}"))
    answer = desk.finance.post(
        desk.url(f"/proposals/{proposal}/decide"), data={"word": "approve", "payload_hash": shown}
    )

    assert "A colleague decides" in page.text
    assert answer.status_code == 400
    assert desk.one("SELECT state FROM suspense_items") == "open"


def test_a_wrong_reference_is_told_beside_the_field(desk: Desk) -> None:
    desk.upload(Credit("70000.00", "nothing"))
    desk.work()

    answer = desk.finance.post(
        desk.url(f"/suspense/{desk.suspended()}/propose"),
        data={"reference": "LC999", "reason": "a guess"},
    )

    assert answer.status_code == 400
    assert "No deposit or price of this court has this reference" in answer.text
    assert 'value="LC999"' in answer.text


def test_money_goes_back_and_into_a_payment_file_that_stays_the_same(desk: Desk) -> None:
    desk.upload(Credit("123.45", "a mistake"))
    desk.work()

    desk.finance.post(
        desk.url(f"/suspense/{desk.suspended()}/return"), data={"why": "nobody knows it"}
    )
    desk.work()
    for _ in range(2):
        desk.finance.post(desk.url("/payment-files"), data={"key": "one"})
    desk.make_files()
    page = desk.finance.get(desk.url())
    (address,) = re.findall(r'href="([^"]+\.xml)"', page.text)
    first, second = desk.finance.get(address), desk.finance.get(address)

    assert first.data == second.data
    assert b'<InstdAmt Ccy="CNY">123.45</InstdAmt>' in first.data
    assert first.headers["Content-Disposition"].startswith("attachment")
    assert desk.one("SELECT state FROM refunds") == "sent"


def test_the_page_names_nobody_who_paid(desk: Desk) -> None:
    desk.upload(Credit("70000.00", "from Zhang Wei LC1", payer="Zhang Wei"))
    desk.work()

    for path in ("", f"/suspense/{desk.suspended()}"):
        text = desk.finance.get(desk.url(path)).text
        assert "Zhang" not in text
        assert "B001" not in text


def test_only_finance_moves_money(desk: Desk) -> None:
    desk.upload(Credit("1.00", "nothing"))
    desk.work()
    item = desk.suspended()

    for path, data in {
        "/statements": {},
        "/payment-files": {"key": "x"},
        f"/suspense/{item}/propose": {"reference": "x", "reason": "y"},
        f"/suspense/{item}/return": {"why": "y"},
    }.items():
        assert desk.judge.post(desk.url(path), data=data).status_code == 404, path
    assert desk.judge.get(desk.url()).status_code == 200


def test_another_courts_money_does_not_exist_here(
    desk: Desk, world: World, client_for: SignedIn
) -> None:
    desk.upload(Credit("1.00", "nothing"))
    desk.work()
    item = desk.suspended()
    other = world.court()
    stranger = client_for(_appoint(world, other, "finance"))
    their_id = world.rows("SELECT public_id FROM courts WHERE id = %s", other)[0][0]

    assert stranger.get(desk.url()).status_code == 404
    assert stranger.get(f"/court/{their_id}/finance/suspense/{item}").status_code == 404
    assert "¥1.00" not in stranger.get(f"/court/{their_id}/finance").text


def test_the_desk_speaks_chinese(desk: Desk) -> None:
    desk.upload(Credit("70000.00", "nothing"))
    desk.work()

    page = desk.finance.get(desk.url("?lang=zh"))

    assert page.status_code == 200


def _appoint(world: World, court: int, role: str) -> int:
    person = world.person(f"{role} {world._made}")
    first, second = world.person("President"), world.person("Vice president")
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO court_memberships (court_id, person_id, role, granted_by, approved_by)"
            " VALUES (%s, %s, %s, %s, %s)",
            (court, person, role, first, second),
        )
    return person


def _reference(world: World) -> str:
    """A reference with right check digits."""
    from app.models.references import new_reference

    reference = new_reference()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE deposits SET reference = %s", (reference,))
    return reference


def _action(text: str, ending: str) -> str:
    return next(found for found in re.findall(r'action="([^"]+)"', text) if found.endswith(ending))


def _hidden(text: str, name: str) -> str:
    (tag,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text)
    (value,) = re.findall(r'value="([^"]*)"', tag)
    return str(value)


def _to_do(page: str) -> str:
    """The first part of the desk, without its markup."""
    part = page.split('id="todo"')[1].split("</section>")[0]
    return html.unescape(re.sub(r"<[^>]+>", " ", part))
