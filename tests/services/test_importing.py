"""Listings from elsewhere: taken where they can be, named where not, and nothing invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.services.importing.files import UnreadableFile
from app.services.importing.take import take_listings
from tests.conftest import SHARED_DATA
from tests.world import World


@pytest.fixture(autouse=True)
def _as_operator(app: Flask) -> None:
    act_for(Tenant(is_operator=True))


def a_row(**changes: Any) -> dict[str, Any]:
    return {
        "lot": "x-01",
        "court": "港湾市人民法院",
        "round": "第一次拍卖",
        "appraised_fen": 100_000_000,
        "start_fen": 70_000_000,
        "use": "住宅",
        "estate": "港湾花园",
    } | changes


def as_json(*rows: Any) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False).encode()


def test_a_listing_becomes_a_draft_that_says_what_it_lacks(world: World) -> None:
    taken = take_listings(as_json(a_row()))

    assert (taken.added, taken.refused) == (1, ())
    title, missing, content = world.rows("SELECT title, missing, content FROM listing_drafts")[0]
    assert title == "港湾花园 住宅"
    assert missing == ["case_number", "deposit", "increment"]
    assert (content["starting_price"], content["currency"]) == (70_000_000, "CNY")


def test_one_bad_row_and_nothing_of_the_file_is_imported(world: World) -> None:
    taken = take_listings(as_json(a_row(), a_row(lot="x-02", start_fen=1.5)))

    assert [(row.place, row.problems[0].field) for row in taken.refused] == [(2, "start_fen")]
    assert world.rows("SELECT count(*) FROM listing_drafts") == [(0,)]


def test_the_good_rows_are_taken_where_that_is_wanted(world: World) -> None:
    taken = take_listings(as_json(a_row(), a_row(lot="x-02", start_fen=1.5)), accept_valid=True)

    assert (taken.added, len(taken.refused)) == (1, 1)
    assert world.rows("SELECT source_key FROM listing_drafts") == [("x-01",)]


def test_a_price_that_no_round_can_have_is_a_mistake_of_the_source() -> None:
    first = a_row(start_fen=69_999_999)
    second = a_row(lot="x-02", round="第二次拍卖", start_fen=56_000_000)
    sell_off = a_row(lot="x-03", round="变卖", start_fen=55_999_999)

    taken = take_listings(as_json(first, second, sell_off))

    assert [row.key for row in taken.refused] == ["x-01", "x-03"]
    assert all(row.problems[0].field == "start_fen" for row in taken.refused)


def test_the_same_file_twice_adds_nothing(world: World) -> None:
    take_listings(as_json(a_row()))

    again = take_listings(as_json(a_row()))

    assert (again.added, again.known) == (0, 1)


def test_a_listing_comes_to_the_court_that_works_here(world: World) -> None:
    court = world.court()
    name = world.rows("SELECT name_zh FROM courts WHERE id = %s", court)[0][0]

    take_listings(as_json(a_row(court=name)))

    assert world.rows("SELECT court_id FROM listing_drafts") == [(court,)]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"start_fen": True}, "start_fen", "not a whole number"),
        ({"start_fen": -5}, "start_fen", "not a possible amount"),
        ({"start_fen": 2**63}, "start_fen", "not a possible amount"),
        ({"start_fen": None}, "start_fen", "missing"),
        ({"round": "第三次拍卖"}, "round", "none of"),
        ({"notice_date": "2026-02-30"}, "notice_date", "no day"),
        ({"starts_at": "2026-02-01T10:00:00"}, "starts_at", "no time zone"),
        ({"court": 5}, "court", "not text"),
        ({"lot": None}, "lot", "missing"),
    ],
)
def test_a_bad_value_is_named_with_its_field(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    (row,) = take_listings(as_json(a_row(**changes))).refused

    assert any(p.field == field and reason in p.reason for p in row.problems), row.problems


def test_amounts_with_more_than_two_decimals_are_refused_not_rounded() -> None:
    header = (
        "lot,case,auctioneer,description,remuneration,mode,channel,notice_date,sold,"
        "appraised_brl,hammer_brl"
    )
    chair = "br-1,c,a,Cadeira,p,leilao,ambos,2019-02-14,sim,150.0,83.18"
    table = "br-2,c,a,Mesa,p,leilao,ambos,2019-02-14,sim,150.0,83.181"

    taken = take_listings("\n".join([header, chair, table]).encode(), accept_valid=True)

    assert taken.added == 1
    assert [(row.key, row.problems[0].field) for row in taken.refused] == [("br-2", "hammer_brl")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe[", "not UTF-8"),
        (b"[{", "not JSON"),
        (b'[{"lot": NaN}]', "not JSON"),
        (b"{}", "not a list"),
        (b"[]", "no row"),
        (b'[{"a": 1}]', "no source"),
        (b"lot,auctioneer,appraised_brl,hammer_brl\n1,2\n", "another number of columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        take_listings(content)


def _real(name: str) -> bytes:
    path: Path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"the real data ({name}) is not beside this checkout")
    return path.read_bytes()


def test_the_planted_error_of_the_hangzhou_list_is_found() -> None:
    taken = take_listings(_real("cn_listings_full/listings.json"), accept_valid=True)

    assert [(row.key, row.problems[0].field) for row in taken.refused] == [("hz-04", "start_fen")]
    assert taken.added == 12


def test_the_jiangsu_list_is_taken_without_an_invented_starting_price(world: World) -> None:
    taken = take_listings(_real("cn_listings_jiangsu/listings.json"))

    assert (taken.added, taken.refused) == (64, ())
    missing = world.rows("SELECT DISTINCT missing ? 'starting_price' FROM listing_drafts")
    assert missing == [(True,)]


def test_the_brazilian_list_loses_its_five_impossible_amounts() -> None:
    taken = take_listings(_real("br_judicial_auctions/lots.csv"), accept_valid=True)

    refused = {row.key for row in taken.refused}
    assert refused >= {"br-0359", "br-0729", "br-0777", "br-0906", "br-0912"}
    assert taken.added == 1000 - len(refused)
