"""Open items on the finance desk and at the operator's: age, owner, and two persons to close."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models.reconciliation import OpenItem
from tests.staff import appoint
from tests.web.conftest import SignedIn
from tests.world import NOON, World

SAYS = {"reason": "The bank's own fee, see its letter of today."}


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON)


def test_the_desk_sees_an_item_with_its_age_and_its_owner(
    world: World, court: int, client_for: SignedIn
) -> None:
    officer, desk = _officer(world, court, client_for)
    _item(world, court, owner_id=officer, since=NOON - timedelta(days=2))

    page = desk.get(f"{_court(world, court)}/open-items")

    assert page.status_code == 200
    assert "A debit that nothing of ours explains" in page.text
    assert world.rows("SELECT name FROM identity.people WHERE id = %s", officer)[0][0] in page.text
    assert "2 days" in page.text


def test_two_persons_close_an_item_of_the_court(
    world: World, court: int, client_for: SignedIn
) -> None:
    _one, desk = _officer(world, court, client_for)
    _other, colleague = _officer(world, court, client_for)
    address = f"{_court(world, court)}/open-items/{_item(world, court)}"

    assert desk.post(address, data=SAYS).status_code == 302
    assert "A colleague decides" in desk.get(address).text
    answer = colleague.post(
        f"{address}/decide", data={"word": "approve", "payload_hash": _hash(colleague, address)}
    )

    assert answer.status_code == 302
    assert world.rows("SELECT state, closed_how FROM open_items") == [("closed", "two_persons")]


def test_whoever_proposed_does_not_decide(world: World, court: int, client_for: SignedIn) -> None:
    _one, desk = _officer(world, court, client_for)
    address = f"{_court(world, court)}/open-items/{_item(world, court)}"
    desk.post(address, data=SAYS)
    shown = world.rows("SELECT payload_hash FROM proposals")[0][0]

    answer = desk.post(f"{address}/decide", data={"word": "approve", "payload_hash": shown})

    assert answer.status_code == 400
    assert world.rows("SELECT state FROM open_items") == [("open",)]


def test_two_operators_close_what_belongs_to_no_court(world: World, client_for: SignedIn) -> None:
    one = client_for(world.person("One", is_operator=True))
    other = client_for(world.person("Other", is_operator=True))
    address = f"/operator/reconciliation/{_item(world, None)}"

    assert one.post(address, data=SAYS).status_code == 303
    other.post(f"{address}/decide", data={"word": "approve", "payload_hash": _hash(other, address)})

    assert world.rows("SELECT state, closed_how FROM open_items") == [("closed", "two_persons")]


def test_the_operator_sees_every_courts_items_and_closes_none_of_them(
    world: World, court: int, client_for: SignedIn
) -> None:
    """RULE-A8: the amounts and the age, nobody's name."""
    officer, _desk = _officer(world, court, client_for)
    item = _item(world, court, owner_id=officer)
    operator = client_for(world.person("Operator", is_operator=True))

    page = operator.get("/operator/reconciliation")

    assert "A debit that nothing of ours explains" in page.text
    assert world.rows("SELECT name FROM identity.people WHERE id = %s", officer)[0][0] not in (
        page.text
    )
    assert operator.post(f"/operator/reconciliation/{item}", data=SAYS).status_code == 404


@pytest.mark.parametrize(("hours", "alarm"), [(19.9, False), (20.1, True)])
def test_after_twenty_hours_the_operator_is_alarmed(
    world: World, court: int, client_for: SignedIn, hours: float, alarm: bool
) -> None:
    """RULE-H3, FAULT-F32"""
    sale = world.sale(court)
    world.bidder(sale, "B001")
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO refunds (public_id, court_id, deposit_id, subject, channel, amount,"
            " currency, key, state, reason, due_at) SELECT 'refund', court_id, id, public_id,"
            " 'card', amount, currency, 'refund-1', 'due', 'outbid_at_close', %s FROM deposits",
            (NOON + timedelta(hours=24),),
        )
    world.hold_clock(court, NOON + timedelta(hours=hours))
    operator = client_for(world.person("Operator", is_operator=True))

    pages = [operator.get(address).text for address in ("/operator/", "/operator/reconciliation")]

    assert ["1 refund is not paid after 20 hours" in page for page in pages] == [alarm, alarm]


def _officer(world: World, court: int, client_for: SignedIn) -> tuple[int, FlaskClient]:
    person = world.person(f"Finance {world._made}")
    appoint(world, court, person, "finance")
    return person, client_for(person)


def _item(world: World, court: int | None, **more: Any) -> str:
    values = {"since": NOON, **more}
    row = OpenItem(
        public_id=f"item{court or 0}",
        court_id=court,
        kind="bank_debit",
        subject="debit:one",
        ours=0,
        theirs=1_200,
        currency="CNY",
        due_at=NOON + timedelta(days=3),
        **values,
    )
    with world.session() as session:
        session.add(row)
        session.commit()
        return str(row.public_id)


def _court(world: World, court: int) -> str:
    public_id = world.rows("SELECT public_id FROM courts WHERE id = %s", court)[0][0]
    return f"/court/{public_id}/finance"


def _hash(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="payload_hash"[^>]*value="([0-9a-f]{64})"', client.get(address).text)
    assert found is not None
    return found[1]


def test_the_operator_sees_a_payout_of_several_courts_and_both_courts_what_is_passed_on(
    world: World, court: int, client_for: SignedIn
) -> None:
    other = world.court(rehearsal_at=NOON)
    stranger = world.court(rehearsal_at=NOON)
    _shared_payout(world, court, other)
    operator = client_for(world.person("Op", is_operator=True))
    desks = {each: _officer(world, each, client_for)[1] for each in (court, other, stranger)}

    seen = operator.get("/operator/reconciliation").text
    pages = {each: desk.get(f"{_court(world, each)}").text for each, desk in desks.items()}

    assert "Payouts of several courts" in seen and "po_1" in seen
    assert "¥1,600.00" in seen and "¥600.00" in seen and "Not paid yet" in seen
    assert "Pay ¥600.00 to" in pages[court] and "LC00000000000001" in pages[court]
    assert "¥600.00 comes from" in pages[other]
    assert "LC00000000000001" not in pages[stranger]


def test_the_owing_court_reads_how_far_the_transfer_to_the_other_is(
    world: World, court: int, client_for: SignedIn
) -> None:
    other = world.court(rehearsal_at=NOON)
    _shared_payout(world, court, other)
    desks = {each: _officer(world, each, client_for)[1] for each in (court, other)}

    due = desks[court].get(_court(world, court)).text
    in_chinese = desks[court].get(f"{_court(world, court)}?lang=zh").text
    desks[court].get(f"{_court(world, court)}?lang=en")
    _ordered(world, court)
    ordered = desks[court].get(_court(world, court)).text
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE court_transfers SET paid_at = %s", (NOON,))
        connection.exec_driver_sql(
            "UPDATE court_transfers SET paid_at = NULL, returned_at = %s", (NOON,)
        )
    came_back = desks[court].get(_court(world, court)).text
    theirs = desks[other].get(_court(world, other)).text

    assert "It goes with the next payment file." in due
    assert "1 payment is due: ¥600.00" in " ".join(re.sub("<[^>]+>", " ", due).split())
    assert "Make the payment file: another court&#39;s ¥600.00 waits for it" in due
    assert "将列入下一个付款文件。" in in_chinese
    assert "It stands in a payment file." in ordered
    assert "No payment by bank is due." in ordered
    assert "Find out why another court&#39;s ¥600.00 came back" in came_back
    assert "payment file" not in theirs.split('id="between"')[1].split("</ul>")[0].split("<ul")[1]


def test_the_desk_reads_why_a_transfer_perhaps_paid_is_left_out_of_the_file(
    world: World, court: int, client_for: SignedIn
) -> None:
    _shared_payout(world, court, world.court(rehearsal_at=NOON))
    desk = _officer(world, court, client_for)[1]
    world.rows(
        "INSERT INTO bank_debits (public_id, court_id, statement_id, entry_reference, amount,"
        " currency, value_on, state) SELECT 'debit1', court_id, id, 'D-1', 60000, 'CNY',"
        " '2026-05-26', 'unknown' FROM bank_statements RETURNING id"
    )

    page = desk.get(_court(world, court)).text

    assert "No payment file takes it: this much left the account" in page
    assert "Find out whether a debit has paid another court&#39;s ¥600.00" in page
    assert "No payment by bank is due." in page


def _ordered(world: World, court: int) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO payment_files (public_id, court_id, message_id, sha256, content, payments,"
            " total, currency) VALUES ('file1', %s, 'LCFILE1', 'aa', '', 1, 60000, 'CNY')",
            (court,),
        )
        connection.exec_driver_sql(
            "UPDATE court_transfers SET payment_file_id = (SELECT id FROM payment_files)"
        )


def _shared_payout(world: World, landed: int, other: int) -> None:
    """1,600 landed with one court; 600 of them are the other's."""
    statement = world.rows(
        "INSERT INTO bank_statements (public_id, court_id, sha256, name, message_id, entries)"
        " VALUES ('statement1', %s, 'aa', 'n', 'm', 1) RETURNING id",
        landed,
    )[0][0]
    credit = world.rows(
        "INSERT INTO bank_credits (public_id, court_id, statement_id, entry_reference, amount,"
        " currency, value_on, booked_on, state, reference, sealed_payer) VALUES ('credit1', %s,"
        " %s, 'e', 160000, 'CNY', '2026-05-26', '2026-05-26', 'matched', 'PT1', '') RETURNING id",
        landed,
        statement,
    )[0][0]
    for number, (at, amount) in enumerate(((landed, 100_000), (other, 60_000))):
        world.rows(
            "INSERT INTO provider_payouts (public_id, court_id, provider_id, amount, fees, total,"
            " currency, trace, is_whole, arrives_on, state, bank_credit_id)"
            " VALUES (%s, %s, 'po_1', %s, 100, 160000, 'CNY', 'PT1', false, '2026-05-26',"
            " 'arrived', %s) RETURNING id",
            f"share{number}",
            at,
            amount,
            credit,
        )
    world.rows(
        "INSERT INTO court_transfers (public_id, payout_id, from_court_id, to_court_id, amount,"
        " currency, reference) SELECT 'transfer1', id, %s, court_id, amount, currency,"
        " 'LC00000000000001' FROM provider_payouts WHERE court_id = %s RETURNING id",
        landed,
        other,
    )
