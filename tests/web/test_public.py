"""Public pages: found by words, shown in two languages, and nothing personal before the end."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.queries import public_lots
from app.services.bidding.place import Offer, place_bid
from app.web.desk import desk
from tests.staff import appoint
from tests.world import NOON, World


@pytest.fixture
def sale(app: Flask, world: World) -> str:
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court)
    bidder = world.bidder(sale_id, "K7Q4")
    place_bid(desk(), Offer(sale_id, bidder, 70_000_000, None, uuid.uuid4()))
    return str(world.rows("SELECT public_id FROM sales")[0][0])


PAGES = (
    "/",
    "/sales/{sale}",
    "/sales/{sale}/live",
    "/sales/{sale}/announcement",
    "/notices",
    "/verify",
    "/how-it-works",
    "/status",
    "/contact",
    "/privacy",
    "/accessibility",
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_every_public_page_is_there_in_both_languages(
    client: Any, sale: str, page: str, lang: str
) -> None:
    answer = client.get(page.format(sale=sale) + f"?lang={lang}")

    assert answer.status_code == 200
    assert f'lang="{"zh-Hans" if lang == "zh" else "en"}"' in answer.text


@pytest.mark.parametrize("page", ["/", "/sales/{sale}", "/sales/{sale}/live"])
def test_a_sale_that_late_bids_prolong_says_so(
    world: World, client: Any, sale: str, page: str
) -> None:
    before = client.get(page.format(sale=sale)).text
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sale_states SET extensions = 1")
    after = client.get(page.format(sale=sale)).text

    assert _tags(before) == {"open"}
    assert _tags(after) == {"extension"}


def test_only_whoever_works_for_a_court_is_offered_its_desk(
    world: World, client_for: Any, sale: str
) -> None:
    clerk, bidder = world.person("Clerk"), world.person("Bidder")
    appoint(world, world.rows("SELECT id FROM courts")[0][0], clerk, "clerk")

    assert "Court desk" in client_for(clerk).get("/").text
    assert "Court desk" in client_for(clerk).get("/bid/").text
    assert "Court desk" not in client_for(bidder).get("/").text


def test_a_page_of_a_rehearsal_says_today_by_the_courts_clock(client: Any, sale: str) -> None:
    page = client.get(f"/sales/{sale}").text

    assert "today" in page, "bidding ends today, whatever day it is elsewhere"


def _tags(page: str) -> set[str]:
    shown = re.findall(r'class="luo-state[^>]*data-state="(\w+)"(?! hidden)', page)
    return set(shown)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("harbour", True),
        ("HARB", True),
        ("港湾", True),
        ("湾街", True),
        ("深圳", False),
        ("car", False),
    ],
)
def test_a_lot_is_found_by_its_words_in_both_languages(
    client: Any, sale: str, words: str, found: bool
) -> None:
    page = client.get("/", query_string={"q": words}).text

    assert (f"/sales/{sale}" in page) is found


@pytest.mark.parametrize("words", ["'", "\\", "&|!():*", "a' OR 1=1 --", "<script>", "𠮷" * 60])
def test_any_words_can_be_searched_for(client: Any, sale: str, words: str) -> None:
    assert client.get("/", query_string={"q": words, "page": "0"}).status_code == 200


def test_a_filter_that_does_not_exist_is_left_out(client: Any, sale: str) -> None:
    answer = client.get("/?phase=nonsense&category=x&sort=y&page=99999999")

    assert answer.status_code == 200
    assert f"/sales/{sale}" in answer.text


def test_the_lot_page_names_codes_and_no_person(client: Any, sale: str) -> None:
    """RULE-E13"""
    pages = [client.get(page.format(sale=sale)).text for page in PAGES]

    assert "K7Q4" in pages[2]
    assert not any("Bidder K7Q4" in page or "@example.org" in page for page in pages)


def test_there_is_no_result_before_the_end(client: Any, sale: str) -> None:
    assert client.get(f"/sales/{sale}/result").status_code == 404


def test_a_sale_that_does_not_exist_is_not_found(client: Any, sale: str) -> None:
    for page in PAGES[1:4]:
        assert client.get(page.format(sale="0000000000")).status_code == 404


def test_lists_go_on_where_the_last_page_ended(world: World, client: Any) -> None:
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    for number in range(60):
        world.sale(
            court, closes_at=NOON + timedelta(minutes=number // 3), starting_price=10**6 + number
        )
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE public_lots SET phase = CASE WHEN mod(sale_id, 3) = 0 THEN 'open'"
            " WHEN mod(sale_id, 3) = 1 THEN 'sold' ELSE 'announced' END"
        )

    for sort in ("ending", "newest", "price_up", "price_down"):
        pages, address = [], f"/?sort={sort}"
        while address:
            page = client.get(address).text
            pages.append(re.findall(r'href="/sales/(\w+)"', page))
            following = re.search(r'href="([^"]*after=[^"]+)" rel="next"', page)
            address = following.group(1).replace("&amp;", "&") if following else ""

        shown = [sale for page in pages for sale in page]
        assert [len(page) for page in pages] == [24, 24, 12]
        assert len(set(shown)) == 60, "every lot once"
        phases = dict(world.rows("SELECT public_id, phase FROM public_lots"))
        assert [phases[sale] == "sold" for sale in shown] == [False] * 40 + [True] * 20


def test_a_list_is_there_even_if_counting_takes_too_long(
    world: World, client: Any, monkeypatch: Any
) -> None:
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    for _number in range(25):
        world.sale(court)
    monkeypatch.setattr(public_lots, "COUNT_WITHIN_MS", 20)

    def slow(connection: Any, *_asked: Any) -> int:
        connection.exec_driver_sql("SELECT pg_sleep(2)")
        return 25

    monkeypatch.setattr(public_lots, "_count", slow)
    page = client.get("/").text

    assert "More than 24 sales" in page
    assert page.count("luo-card__when") == 24


@pytest.mark.parametrize(
    "after", ["x", "9~1~a", "0~never~a", "0~2026-05-26~a", "0~~", "3~9" + "9" * 40 + "~a", "~~~"]
)
def test_a_place_that_cannot_be_read_is_the_beginning(client: Any, sale: str, after: str) -> None:
    for sort in ("ending", "price_up"):
        answer = client.get("/", query_string={"after": after, "sort": sort})

        assert answer.status_code == 200
        assert f"/sales/{sale}" in answer.text


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("住宅", "'住宅'"),
        ("港湾街", "'港湾' & '湾街'"),
        ("宅", "'宅'"),
        ("Harbour 12", "'12':* & 'harbour':*"),
        ("a 住", "'a' & '住'"),
    ],
)
def test_a_search_asks_for_no_more_than_what_decides(world: World, words: str, query: str) -> None:
    assert world.rows("SELECT search_query(%s)::text", words) == [(query,)]


def test_with_many_courts_a_place_is_chosen_first(
    world: World, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_lots, "MOST_COURTS", 1)
    for _number in range(2):
        world.sale(world.court())
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE public_lots SET region = 'Wuxi' WHERE court_id ="
            " (SELECT min(court_id) FROM public_lots)"
        )

    anywhere, there = client.get("/").text, client.get("/?region=Wuxi").text

    assert "Choose a place, then a court" in anywhere
    assert "Choose a place" not in there and "Court 1</option>" in there.replace("\n", "")
