"""What a bidder's money pages say: why a card failed, what comes next, what proves a refund."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World


@pytest.mark.parametrize(
    ("state", "declined_as", "said"),
    [
        ("open", "insufficient_funds", "There is not enough money on this card."),
        ("open", "payment_intent_authentication_failure", "was not sure that it was you"),
        ("open", "some_new_code", "declined it and did not say why"),
        ("open", None, "You began a card payment and did not finish it. Nothing was taken."),
        ("expired", None, "not finished in time. Nothing was taken."),
    ],
)
def test_an_unpaid_card_is_explained_with_what_to_do_now(
    world: World, client_for: SignedIn, state: str, declined_as: str | None, said: str
) -> None:
    page, _sale = _deposit_page(world, client_for, "awaiting", card=(state, declined_as))

    assert said in page
    assert "bank transfer" in page


def test_a_held_deposit_shows_the_days_ahead(world: World, client_for: SignedIn) -> None:
    page, _sale = _deposit_page(world, client_for, "held")

    for words in ("Your deposit arrived", "Bidding ends", "If not, it is back with you"):
        assert words in page


@pytest.mark.parametrize(
    ("channel", "number"), [("card", "re_12345"), ("bank", "BANK-REFERENCE-7")]
)
def test_a_returned_deposit_shows_the_number_that_proves_it(
    world: World, client_for: SignedIn, channel: str, number: str
) -> None:
    page, _sale = _deposit_page(world, client_for, "released", refund=(channel, number))

    assert number in page


def test_a_transfer_that_waits_is_shown_where_the_deposit_is_awaited(
    world: World, client_for: SignedIn
) -> None:
    page, _sale = _deposit_page(world, client_for, "awaiting", waits="too_little")

    assert "Your transfer of ¥10.00 has arrived." in page
    assert "If you send the rest under the same reference" in page


@pytest.mark.parametrize(
    ("channel", "number"), [("card", "re_12345"), ("bank", "BANK-REFERENCE-7")]
)
def test_the_receipt_holds_what_came_what_went_back_and_what_proves_each(
    world: World, client_for: SignedIn, channel: str, number: str
) -> None:
    _page, sale = _deposit_page(world, client_for, "released", refund=(channel, number))
    browser, at = _browser(world, client_for), address(world, sale)

    sheet = words_of(browser.get(f"{at}/receipt").text)
    in_chinese = words_of(browser.get(f"{at}/receipt?lang=zh").text)

    assert "¥70,000.00" in sheet and "LC00000000000001" in sheet and number in sheet
    assert "How to check this" in sheet
    assert "26 May 2026 10:00 (UTC+8)" in sheet and "today" not in sheet.split("How to check")[0]
    assert world.rows("SELECT name_en FROM courts")[0][0] in sheet
    assert "如何核实" in in_chinese and "How to" not in in_chinese


def test_the_receipt_of_a_buyer_says_what_was_paid_and_by_which_way(
    world: World, client_for: SignedIn
) -> None:
    """RULE-I1: the deposit counts; of the rest a part came by card, the other by bank."""
    _page, sale = _deposit_page(world, client_for, "applied")
    _bought(world)

    sheet = words_of(_browser(world, client_for).get(f"{address(world, sale)}/receipt").text)

    assert "Deposit, which counts ¥70,000.00" in sheet
    assert "Paid by card ¥30,000.00" in sheet and "pi_777" in sheet
    assert "Paid by bank transfer ¥600,000.00" in sheet
    assert "LC00000000000002" in sheet


def test_the_receipt_of_a_revoked_sale_names_each_part_that_goes_back(
    world: World, client_for: SignedIn
) -> None:
    _page, sale = _deposit_page(world, client_for, "releasing")
    _bought(world)
    world.rows("UPDATE settlements SET state = 'revoked' RETURNING 1")
    world.rows(
        "INSERT INTO refunds (public_id, court_id, card_payment_id, subject, channel, amount,"
        " currency, key, state, reason, due_at) SELECT 'rest-back', court_id, id, public_id,"
        " 'card', amount, currency, 'refund-2', 'due', 'sale_revoked', %s FROM card_payments"
        " RETURNING 1",
        NOON + timedelta(hours=20),
    )

    sheet = words_of(_browser(world, client_for).get(f"{address(world, sale)}/receipt").text)

    back = sheet.split("Went back")[1]
    assert "¥30,000.00" in back and "not confirmed yet; due by 27 May 2026" in back
    assert "What came by bank transfer for the price goes back" in back


@pytest.mark.parametrize("state", ["awaiting", "cancelled"])
def test_there_is_no_receipt_for_money_that_never_came(
    world: World, client_for: SignedIn, state: str
) -> None:
    page, sale = _deposit_page(world, client_for, state)

    answer = _browser(world, client_for).get(f"{address(world, sale)}/receipt")

    assert answer.status_code == 404
    assert "Receipt to print" not in page


@pytest.mark.parametrize("became", [["failed"], ["failed", "due"], ["failed", "due", "sent"]])
def test_the_receipt_proves_no_refund_that_has_not_arrived(
    world: World, client_for: SignedIn, became: list[str]
) -> None:
    """What failed by card goes out by bank (INV-M20): the old number proves nothing of that."""
    _page, sale = _deposit_page(world, client_for, "releasing", refund=("card", "re_12345"))
    for state in became:
        channel = "card" if state == "failed" else "bank"
        world.rows("UPDATE refunds SET state = %s, channel = %s RETURNING 1", state, channel)
    at = address(world, sale)

    answer = _browser(world, client_for).get(f"{at}/receipt").text

    back = words_of(answer).split("Went back")[1].split("How to check")[0]
    assert "re_12345" not in back and "Proof" not in back
    assert ("It did not get through." in back) == (state == "failed")
    assert (f'href="{at}/deposit/account"' in answer) == (state == "failed")
    assert ("not confirmed yet; due by" in back) == (state != "failed")


def test_the_receipt_proves_a_transfer_by_the_bank_s_number_alone(
    world: World, client_for: SignedIn
) -> None:
    page, sale = _deposit_page(world, client_for, "released", refund=("card", "re_12345"))
    world.rows("UPDATE refunds SET channel = 'bank' RETURNING 1")

    browser, at = _browser(world, client_for), address(world, sale)
    sheet = words_of(browser.get(f"{at}/receipt").text)
    page = words_of(browser.get(f"{at}/deposit").text)

    assert "re_12345" not in sheet + page


def test_a_buyer_who_owed_no_deposit_has_a_receipt_of_the_price(
    world: World, client_for: SignedIn
) -> None:
    """RULE-E6: an applicant creditor's claim stood for the deposit."""
    _page, sale = _deposit_page(world, client_for, "applied")
    world.rows("UPDATE deposits SET amount = 0, channel = 'none' RETURNING 1")
    _bought(world)
    world.rows("UPDATE settlements SET deposit_applied = 0, paid = 70000000 RETURNING 1")
    browser, at = _browser(world, client_for), address(world, sale)

    sheet = words_of(browser.get(f"{at}/receipt").text)

    assert "Hammer price ¥700,000.00" in sheet
    assert "Paid by bank transfer ¥670,000.00" in sheet
    assert "Number of the deposit" not in sheet and "Deposit, which counts" not in sheet
    for page in ("deposit", "won"):
        assert f'href="{at}/receipt"' in browser.get(f"{at}/{page}").text


def test_who_owed_no_deposit_and_did_not_buy_has_no_receipt(
    world: World, client_for: SignedIn
) -> None:
    _page, sale = _deposit_page(world, client_for, "held")
    world.rows("UPDATE deposits SET amount = 0, channel = 'none' RETURNING 1")
    browser, at = _browser(world, client_for), address(world, sale)

    answer, page = browser.get(f"{at}/receipt"), browser.get(f"{at}/deposit").text

    assert answer.status_code == 404
    assert f'href="{at}/receipt"' not in page


def test_nobody_reads_anothers_receipt(world: World, client_for: SignedIn) -> None:
    _page, sale = _deposit_page(world, client_for, "held")

    answer = client_for(world.person()).get(f"{address(world, sale)}/receipt")

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/prepare")


def _browser(world: World, client_for: SignedIn) -> Any:
    """The bidder once more: the first who was made."""
    return client_for(world.rows("SELECT min(id) FROM identity.people")[0][0])


def _bought(world: World) -> None:
    world.rows(
        "INSERT INTO settlements (public_id, court_id, sale_id, registration_id, price, currency,"
        " deposit_applied, paid, due_at, reference, state, paid_at) SELECT 'settlement', court_id,"
        " sale_id, id, 70000000, 'CNY', 7000000, 63000000, %s, 'LC00000000000002', 'paid', %s"
        " FROM registrations RETURNING 1",
        NOON,
        NOON,
    )
    world.rows(
        "INSERT INTO card_payments (public_id, court_id, registration_id, purpose, settlement_id,"
        " amount, currency, key, intent_id, state, refunded, counted, paid_at) SELECT 'rest',"
        " court_id, registration_id, 'balance', id, 3000000, currency, 'key-2', 'pi_777',"
        " 'succeeded', 0, true, %s FROM settlements RETURNING 1",
        NOON,
    )


def _deposit_page(
    world: World,
    client_for: SignedIn,
    state: str,
    *,
    card: tuple[str, str | None] | None = None,
    refund: tuple[str, str] | None = None,
    waits: str | None = None,
) -> tuple[str, int]:
    court = world.court(rehearsal_at=NOON)
    sale, person = world.sale(court), world.person()
    registration = world.bidder(sale, "B1", person_id=person, deposit=None, admitted=False)
    world.rows(
        "UPDATE registrations SET deposit_due = 7000000 WHERE id = %s RETURNING 1", registration
    )
    world.rows(
        "INSERT INTO deposits (public_id, court_id, sale_id, registration_id, amount, currency,"
        " channel, reference, state, held_at) SELECT 'deposit', court_id, sale_id, id, 7000000,"
        " 'CNY', 'card', 'LC00000000000001', %s, %s FROM registrations RETURNING 1",
        state,
        None if state == "awaiting" else NOON,
    )
    if card is not None:
        world.rows(
            "INSERT INTO card_payments (public_id, court_id, registration_id, purpose, deposit_id,"
            " amount, currency, key, state, declined_as, refunded, counted)"
            " SELECT 'payment', court_id, registration_id, 'deposit', id, amount, currency,"
            " 'key-1', %s, %s, 0, false FROM deposits RETURNING 1",
            *card,
        )
    if refund is not None:
        channel, number = refund
        column = "provider_id" if channel == "card" else "bank_reference"
        world.rows(
            "INSERT INTO refunds (public_id, court_id, deposit_id, subject, channel, amount,"
            f" currency, key, state, reason, due_at, done_at, {column})"
            " SELECT 'refund', court_id, id, public_id, %s, amount, currency, 'refund-1', 'done',"
            " 'outbid_at_close', %s, %s, %s FROM deposits RETURNING 1",
            channel,
            NOON + timedelta(hours=20),
            NOON,
            number,
        )
    if waits is not None:
        world.rows(
            "INSERT INTO messages (public_id, court_id, registration_id, sale_id, key, kind,"
            " params, at) SELECT 'message', court_id, registration_id, sale_id, 'waits:1',"
            " 'transfer_waits', jsonb_build_object('amount', 1000, 'currency', 'CNY', 'reason',"
            " %s::text, 'decide_by', %s::text), %s FROM deposits RETURNING 1",
            waits,
            (NOON + timedelta(days=3)).isoformat(),
            NOON,
        )
    return words_of(client_for(person).get(f"{address(world, sale)}/deposit").text), sale
