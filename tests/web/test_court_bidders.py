"""The court's pages about bidders: what is asked, who may not, and the buyer after the close."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models.sales import SaleRecord
from app.queries.court_bidders import silences
from tests.court_world import Bench, a_bench, a_draft
from tests.web.conftest import SignedIn
from tests.web.test_bid_prepare import DECLARED, DETAILS
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World

HOUR = timedelta(hours=1)
ENTRY = {
    "name": "Chen Relative",
    "id_number": "11010519491231002x",
    "ground": "close_relative",
    "reach": "lot",
    "note": "Sister of the valuer",
}
ASK = {
    "kind": "housing_purchase",
    "asks": "I may buy a home in Shenzhen.",
    "consequence": "No ruling is made and the sale is void.",
}
EQUITY = {
    "subscribed": "1,000,000.00",
    "paid_in": "400,000.00",
    "contribution_due_on": "2030-12-31",
    "approvals": "none",
}


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world, rehearsal_at=NOON)


@pytest.fixture
def judge(bench: Bench, client_for: SignedIn) -> FlaskClient:
    return client_for(bench.judges[0])


@pytest.fixture
def clerk(bench: Bench, client_for: SignedIn) -> FlaskClient:
    return client_for(bench.clerk)


def desk(bench: Bench, sale: str) -> str:
    return f"/court/{bench.court}/sales/{sale}"


def announced(world: World, bench: Bench) -> tuple[int, str]:
    """A published sale that opens in two days; its id, and its name in addresses."""
    sale_id = world.sale(bench.court_id, opens_at=NOON + 48 * HOUR, closes_at=NOON + 72 * HOUR)
    [(public_id,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    return sale_id, str(public_id)


def test_whoever_is_entered_is_turned_away_and_nobody_is_told(
    world: World, bench: Bench, clerk: FlaskClient, client_for: SignedIn
) -> None:
    """RULE-E9, RULE-A8: by number, in words, and without a trace for the court."""
    sale_id, sale = announced(world, bench)
    before = words_of(clerk.get(f"{desk(bench, sale)}/excluded").text)
    answer = clerk.post(f"{desk(bench, sale)}/excluded", data=ENTRY)
    listed = clerk.get(answer.location).text
    at, browser = address(world, sale_id), client_for(world.person(name=""))
    browser.post(f"{at}/details", data=DETAILS)

    prepared = words_of(browser.get(f"{at}/prepare").text)
    refused = browser.post(f"{at}/register", data=DECLARED)

    assert "Nobody stands on the list" in before
    assert "Chen Relative" in listed
    assert ENTRY["id_number"].upper() not in listed.upper(), "the number is kept nowhere"
    for text in (prepared, words_of(refused.text)):
        assert "as a close relative of its staff." in text
        assert "ask the court before bidding opens" in text
    assert refused.status_code == 422
    after = clerk.get(f"{desk(bench, sale)}/excluded").text
    assert _list_in(after) == _list_in(listed)
    assert world.rows("SELECT count(*) FROM registrations") == [(0,)]


def _list_in(page: str) -> str:
    return words_of(page).partition("The list")[2].partition("Enter somebody")[0]


def test_a_lifted_entry_lets_register(
    world: World, bench: Bench, judge: FlaskClient, clerk: FlaskClient, client_for: SignedIn
) -> None:
    sale_id, sale = announced(world, bench)
    clerk.post(f"{desk(bench, sale)}/excluded", data=ENTRY)
    [(entry,)] = world.rows("SELECT public_id FROM exclusions")
    at, browser = address(world, sale_id), client_for(world.person(name=""))
    browser.post(f"{at}/details", data=DETAILS)

    by_clerk = clerk.post(f"{desk(bench, sale)}/excluded/{entry}/lift")
    by_judge = judge.post(f"{desk(bench, sale)}/excluded/{entry}/lift")
    again = judge.post(f"{desk(bench, sale)}/excluded/{entry}/lift")
    registered = browser.post(f"{at}/register", data=DECLARED)

    assert by_clerk.status_code == 404, "a judge lifts"
    assert by_judge.status_code == 302
    assert again.status_code == 409
    assert "This entry was lifted already." in again.text
    assert registered.status_code == 303


def test_while_bidding_is_open_nobody_is_entered(
    world: World, bench: Bench, clerk: FlaskClient
) -> None:
    """RULE-A8."""
    sale_id = world.sale(bench.court_id, opens_at=NOON, closes_at=NOON + 24 * HOUR)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)

    page = words_of(clerk.get(f"{desk(bench, sale)}/excluded").text)
    answer = clerk.post(f"{desk(bench, sale)}/excluded", data=ENTRY)

    assert "nobody can be entered for this sale any more" in page
    assert answer.status_code == 409
    assert "Bidding is open: nobody may be kept from it any more (art. 8)." in answer.text
    assert world.rows("SELECT count(*) FROM exclusions") == [(0,)]


def test_an_entry_says_everything_that_is_missing(
    world: World, bench: Bench, clerk: FlaskClient
) -> None:
    _, sale = announced(world, bench)

    answer = clerk.post(f"{desk(bench, sale)}/excluded", data={"id_number": "1"})

    assert answer.status_code == 400
    for field in ("name", "id_number", "ground", "reach"):
        assert f'href="#{field}"' in answer.text, field


def test_the_same_person_is_entered_once(world: World, bench: Bench, clerk: FlaskClient) -> None:
    _, sale = announced(world, bench)
    clerk.post(f"{desk(bench, sale)}/excluded", data=ENTRY)

    again = clerk.post(
        f"{desk(bench, sale)}/excluded", data=ENTRY | {"id_number": DETAILS["id_number"]}
    )

    assert again.status_code == 409
    assert "This person stands on the list already." in again.text


def test_what_the_draft_asks_stands_in_the_announcement(
    world: World, bench: Bench, clerk: FlaskClient
) -> None:
    """RULE-D9."""
    sale = a_draft(bench).public_id

    clerk.post(f"{desk(bench, sale)}/asks", data=ASK)
    page = words_of(clerk.get(f"{desk(bench, sale)}/asks").text)
    preview = words_of(clerk.get(f"{desk(bench, sale)}/preview").text)
    [(asked,)] = world.rows("SELECT public_id FROM qualifications")
    clerk.post(f"{desk(bench, sale)}/asks/{asked}/drop")

    for text in (page, preview):
        assert "I may buy a home in Shenzhen." in text
        assert "No ruling is made and the sale is void." in text
    assert world.rows("SELECT count(*) FROM qualifications") == [(0,)]


def test_a_published_sale_asks_nothing_more(world: World, bench: Bench, clerk: FlaskClient) -> None:
    """RULE-D9: 409 with the rule in words."""
    _, sale = announced(world, bench)

    answer = clerk.post(f"{desk(bench, sale)}/asks", data=ASK)

    assert answer.status_code == 409
    assert "This sale is published: what it asks of bidders is frozen" in answer.text


def test_shares_are_announced_with_their_capital(
    world: World, bench: Bench, clerk: FlaskClient
) -> None:
    """RULE-D9."""
    asset = {"property_kind": "other_right", "category": "shares"}
    sale = a_draft(bench, asset=asset).public_id
    missing = words_of(clerk.get(f"{desk(bench, sale)}/asks").text)

    wrong = clerk.post(
        f"{desk(bench, sale)}/equity",
        data=EQUITY | {"paid_in": "2,000,000.00", "contribution_due_on": "", "approvals": ""},
    )
    clerk.post(f"{desk(bench, sale)}/equity", data=EQUITY)
    preview = words_of(clerk.get(f"{desk(bench, sale)}/preview").text)

    assert "An announcement of shares states the capital" in missing
    for field in ("paid_in", "contribution_due_on", "approvals"):
        assert f'href="#{field}"' in wrong.text, field
    assert "¥400,000.00" in preview and "2030-12-31" in preview


def test_the_public_reads_what_is_asked_and_who_stands_first(
    world: World, bench: Bench, client: FlaskClient
) -> None:
    """RULE-D3, RULE-D9, RULE-F2: by rank and nature, nobody by name."""
    _, sale = announced(world, bench)
    about = {
        "property": {"title": "Home", "title_zh": "住宅"},
        "qualifications": [{"id": "q", "asks": ASK["asks"], "consequence": ASK["consequence"]}],
        "priority_purchasers": [{"nature": "tenant", "rank": 2}],
    }
    world.rows(
        "UPDATE public_lots SET announcement = announcement || %s::jsonb WHERE public_id = %s"
        " RETURNING 1",
        json.dumps(about),
        sale,
    )

    page = words_of(client.get(f"/sales/{sale}").text)

    assert "If it is not so: No ruling is made and the sale is void." in page
    assert "Tenant, rank 2. Bids under a code that begins with P2-." in page


# --- after the close -----------------------------------------------------------------------------


@pytest.fixture
def sold(world: World, bench: Bench) -> str:
    """A sale that asked for a licence, bought by Wang Li and paid."""
    sale_id = world.sale(bench.court_id)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    buyer = world.person("Wang Li")
    registration = world.bidder(sale_id, "B01", person_id=buyer)
    values: dict[str, Any] = {
        "sale": sale_id,
        "court": bench.court_id,
        "registration": registration,
        "buyer": buyer,
        "at": NOON,
    }
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for act in (
            "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks, consequence,"
            " added_by) VALUES ('q', %(court)s, %(sale)s, 'licence', 'I hold it.', 'No ruling.',"
            " %(buyer)s)",
            "INSERT INTO outcomes (sale_id, court_id, status, at, winner_registration_id,"
            " winner_code, price, extensions, accepted, refused, n, head) VALUES (%(sale)s,"
            " %(court)s, 'sold', %(at)s, %(registration)s, 'B01', 70000000, 0, 1, 0, 1, 'h')",
            "INSERT INTO buyers (sale_id, court_id, registration_id, person_id, name,"
            " confirmed_at) VALUES (%(sale)s, %(court)s, %(registration)s, %(buyer)s, 'Wang Li',"
            " %(at)s)",
            "INSERT INTO named_buyers (sale_id, position, court_id, part, name, share_parts,"
            " share_of) VALUES (%(sale)s, 0, %(court)s, 'buyer', 'Wang Li', 1, 1)",
            "INSERT INTO bidder_declarations (registration_id, court_id, sale_id, capacity,"
            " qualifications, declared_at) VALUES (%(registration)s, %(court)s, %(sale)s,"
            ' \'adult\', \'[{"id": "q", "kind": "licence", "asks": "I hold it.",'
            ' "consequence": "No ruling."}]\', %(at)s)',
            "INSERT INTO settlements (public_id, court_id, sale_id, registration_id, price,"
            " currency, deposit_applied, paid, due_at, reference, state, paid_at) VALUES ('s1',"
            " %(court)s, %(sale)s, %(registration)s, 70000000, 'CNY', 7000000, 63000000, %(at)s,"
            " 'R1', 'paid', %(at)s)",
            "UPDATE sales SET state = 'ended' WHERE id = %(sale)s",
            "UPDATE sale_states SET status = 'sold' WHERE sale_id = %(sale)s",
        ):
            connection.execute(act, values)
    return str(sale)


def test_a_ruling_waits_for_the_check_of_what_was_asked(
    world: World, bench: Bench, judge: FlaskClient, sold: str
) -> None:
    """RULE-E11: the court looks from the registration to the ruling."""
    page = words_of(judge.get(f"{desk(bench, sold)}/asks").text)
    refused = judge.post(f"{desk(bench, sold)}/ruling", follow_redirects=True)
    for outcome in ("not_met", "met"):
        judge.post(f"{desk(bench, sold)}/check", data={"outcome": outcome, "reason": "Licence 7"})

    drafted = judge.post(f"{desk(bench, sold)}/ruling")

    assert "I hold it." in page and "A person of 18 or older" in page
    assert "Write down first that the buyer has it." in words_of(refused.text)
    assert drafted.status_code == 302
    assert world.rows("SELECT count(*) FROM documents WHERE kind = 'ruling'") == [(1,)]
    assert world.rows("SELECT outcome FROM qualification_checks ORDER BY id") == [
        ("not_met",),
        ("met",),
    ]


def test_the_court_is_told_that_the_debtor_bought(
    world: World, bench: Bench, judge: FlaskClient, sold: str
) -> None:
    """RULE-E7: flagged, not barred."""
    before = words_of(judge.get(f"{desk(bench, sold)}/asks").text)
    world.rows(
        "INSERT INTO parties (public_id, court_id, case_id, role, name, person_id)"
        " SELECT 'd', s.court_id, l.case_id, 'debtor', 'Wang', b.person_id FROM sales s"
        " JOIN lots l ON l.id = s.lot_id JOIN buyers b ON b.sale_id = s.id RETURNING id"
    )

    after = words_of(judge.get(f"{desk(bench, sold)}/asks").text)

    assert "The buyer is the judgment debtor" not in before
    assert "The buyer is the judgment debtor, who may bid." in after


def test_first_rights_that_were_not_used_are_shown_by_rank(
    app: Flask, world: World, bench: Bench, judge: FlaskClient, sold: str
) -> None:
    """RULE-D7, RULE-D8: silence is a waiver."""
    for number, rank in enumerate((1, 2)):
        world.rows(
            "INSERT INTO priority_claims (public_id, court_id, sale_id, person_id, ground, state,"
            " rank, nature) SELECT %s, court_id, id, %s, 'g', 'confirmed', %s, 'co_owner'"
            " FROM sales WHERE public_id = %s RETURNING id",
            f"c{number}",
            world.person(),
            rank,
            sold,
        )

    page = words_of(judge.get(f"{desk(bench, sold)}/asks").text)

    assert "Rank 1: 1 confirmed, 0 bid, 1 gave the right up by silence (art. 16)." in page
    assert "Rank 2: 1 confirmed, 0 bid, 1 gave the right up by silence (art. 16)." in page


def test_before_the_end_nothing_is_said_about_silence(
    app: Flask, world: World, bench: Bench
) -> None:
    sale_id, _ = announced(world, bench)
    with world.session() as session:
        assert silences(session, session.get_one(SaleRecord, sale_id)) is None
