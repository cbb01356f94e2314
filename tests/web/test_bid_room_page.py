"""The bid room without JavaScript: what it shows, what it lets one do, and to whom."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import SignedIn
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)
START, STEP = 70_000_000, 500_000


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON - 60 * MINUTE)


@pytest.fixture
def sale_id(world: World, court: int) -> int:
    return world.sale(court, starting_price=START, increment=STEP, taxes="Paid by the buyer")


@pytest.fixture
def room(world: World, client_for: SignedIn, sale_id: int) -> Any:
    """`room("B1")`: a bidder's browser and the address of the sale's pages."""

    def room(code: str | None, second_factor: bool = True, **registration: Any) -> Any:
        person_id = world.person()
        if code is not None:
            world.bidder(sale_id, code, person_id=person_id, **registration)
        return client_for(person_id, second_factor=second_factor), address(world, sale_id)

    return room


def address(world: World, sale_id: int) -> str:
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    return f"/bid/{sale}"


def place(browser: FlaskClient, at: str, amount: str) -> str:
    """Bid as a browser without JavaScript does; the address of the receipt."""
    review = browser.get(f"{at}/review", query_string={"amount": amount}).text
    fields = dict(re.findall(r'name="(key|terms_hash|amount)" value="([^"]*)"', review))
    answer = browser.post(f"{at}/bid", data=fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_bid_takes_two_pages_and_leads_to_its_receipt(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    receipt = words_of(browser.get(place(browser, at, "705,000.00")).text)

    assert "Your bid was accepted" in receipt
    assert "Accepted as bid no. 2" in receipt
    assert "¥705,000.00" in receipt
    assert "python -m auction_engine verify --partial" in receipt


def test_the_review_says_the_amount_in_words_and_what_binds(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    page = words_of(browser.get(f"{at}/review?amount=705000&lang=en").text)

    assert "seven hundred and five thousand yuan" in page
    assert (
        "This bid is binding. If you win and do not pay you lose your deposit of ¥70,000.00."
        in page
    )
    assert "Place binding bid of ¥705,000.00" in page
    assert "Left to pay if you win ¥635,000.00" in page
    assert "Paid by the buyer" in page


def test_the_review_in_chinese_writes_the_amount_in_capitals(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    page = words_of(browser.get(f"{at}/review?amount=705000&lang=zh").text)

    assert "人民币柒拾万零伍仟元整" in page


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("700000", "The lowest amount that counts now is ¥705,000.00."),
        ("706000", "The nearest amounts are: ¥705,000.00, ¥710,000.00."),
        ("１０００", "Use the ordinary digits 0 to 9, not full-width ones."),
        ("", "Enter the amount of your bid."),
        ("1e6", "Write the amount in digits, like 250000 or 250,000.00."),
        ("9" * 30, "This amount is too large to be a bid."),
    ],
)
def test_an_amount_that_would_not_count_comes_back_with_what_would(
    world: World, room: Any, amount: str, said: str
) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    page = browser.get(f"{at}/review", query_string={"amount": amount}).text

    assert "There is a problem" in page
    assert said in words_of(page)
    assert f'value="{amount}"' in page or not amount
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_an_amount_far_above_the_minimum_is_typed_twice(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    assert 'name="amount_again"' in browser.get(f"{at}/review?amount=1100000").text
    assert 'name="amount_again"' not in browser.get(f"{at}/review?amount=1055000").text


def test_each_review_has_a_key_of_its_own(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    pages = [browser.get(f"{at}/review?amount=705000").text for _ in range(2)]
    keys = {re.search(r'name="key" value="([^"]+)"', page)[1] for page in pages}

    assert len(keys) == 2


def test_a_refused_bid_offers_the_next_amount_that_counts(world: World, room: Any) -> None:
    (one, at), (other, _) = room("B1"), room("B2")
    place_first(world, one, at)
    stale = other.get(f"{at}/review?amount=705000").text
    place(one, at, "705000")
    fields = dict(re.findall(r'name="(key|terms_hash|amount)" value="([^"]*)"', stale))

    answer = other.post(f"{at}/bid", data=fields)
    page = other.get(answer.location).text

    assert "Your bid was not accepted" in page
    assert "This is the leading amount already." in page
    assert f'href="{at}/review?amount=710000"' in page


def test_in_a_rehearsal_today_is_the_courts_own_day(world: World, room: Any) -> None:
    browser, at = room("K7Q4")
    place_first(world, browser, at)

    assert "Ends today 10:00:00 (UTC+8)" in words_of(browser.get(f"{at}/room?lang=en").text)


def test_others_are_codes_and_oneself_is_you(world: World, room: Any) -> None:
    (mine, at), (theirs, _) = room("K7Q4"), room("B2")
    place_first(world, theirs, at)
    place(mine, at, "705000")

    page = mine.get(f"{at}/room").text
    seen_by_other = theirs.get(f"{at}/room").text

    assert 'data-my-code="K7Q4"' in page
    assert "You are" in page
    assert "You lead" in visible(page)
    assert 'data-my-code="B2"' in seen_by_other
    assert "You have been outbid" in visible(seen_by_other)
    assert "person" not in re.sub(r"<[^>]+>", "", page).lower().replace("in person", "")


def test_somebody_without_a_registration_may_watch_and_is_told_what_is_missing(room: Any) -> None:
    browser, at = room(None)

    page = browser.get(f"{at}/room")

    assert page.status_code == 200
    assert f'href="{at}/prepare"' in page.text
    assert 'name="amount"' not in page.text


def test_what_is_missing_is_named_with_the_way_to_it(room: Any) -> None:
    browser, at = room("B1", deposit=None, admitted=False)

    assert f'href="{at}/deposit"' in browser.get(f"{at}/room").text

    browser, at = room("B2", second_factor=False)
    missing = words_of(browser.get(f"{at}/room").text)
    assert "Confirm the second step, then bid again." in missing


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (-25 * 60 * MINUTE, "Bidding has not opened yet."),
        (timedelta(0), "The last bids are being checked."),
    ],
)
def test_before_and_after_the_time_for_bids_the_room_says_so(
    world: World, client_for: SignedIn, at: timedelta, said: str
) -> None:
    court = world.court(rehearsal_at=NOON - 48 * 60 * MINUTE)
    sale_id, person_id = world.sale(court), world.person()
    world.bidder(sale_id, "B1", person_id=person_id)
    world.hold_clock(court, NOON + at)

    page = client_for(person_id).get(f"{address(world, sale_id)}/room").text

    assert said in words_of(page)
    assert 'name="amount"' not in page


def test_a_suspended_sale_says_why_by_whom_and_what_becomes_of_bid_and_deposit(
    world: World, room: Any, sale_id: int
) -> None:
    browser, at = room("B1")
    place_first(world, browser, at)
    world.rows(
        "UPDATE sale_states SET status = 'suspended', stayed_from = %s, stayed_by = 'court',"
        " stay_reason = 'A third party objects' WHERE sale_id = %s RETURNING 1",
        NOON - 30 * MINUTE,
        sale_id,
    )

    page = words_of(browser.get(f"{at}/room").text)

    assert "The sale is suspended" in page
    assert "A third party objects" in page
    assert "They stand. The leading bid still leads." in page
    assert "It stays with the court and counts as before." in page


def test_the_room_of_a_sale_that_is_not_there_is_not_there(room: Any) -> None:
    browser, _at = room("B1")

    for page in ("room", "prepare", "deposit", "bids", "won", f"bids/{uuid.uuid4()}", "review"):
        assert browser.get(f"/bid/nosuchsale/{page}").status_code == 404, page


def test_signed_out_the_room_asks_to_sign_in(room: Any, client: FlaskClient) -> None:
    _browser, at = room("B1")

    answer = client.get(f"{at}/room")

    assert answer.status_code == 302
    assert answer.location.startswith("/account/sign-in?next=")


def visible(page: str) -> str:
    """The page's words without what is hidden until a script shows it."""
    return words_of(re.sub(r"<span[^>]* hidden>.*?</span></span>", "", page, flags=re.DOTALL))


def place_first(world: World, browser: FlaskClient, at: str) -> None:
    """A first bid at the starting price, as a program sends it; it also admits everybody."""
    key = str(uuid.uuid4())
    told = browser.post(
        f"{at}/bid", json={"amount": START, "key": key, "terms_hash": "0" * 64}
    ).json
    assert told["accepted"], told
