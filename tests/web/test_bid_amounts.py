"""What a bidder sends becomes an amount exactly or not at all."""

from __future__ import annotations

import pytest

from app.web.bidder.amounts import Odd, Wrong, load_json, nearest, read_field, read_json
from app.web.bidder.pace import Pace


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1000000", 100_000_000),
        ("1,000,000.00", 100_000_000),
        (" 250000 ", 25_000_000),
        ("250000.5", 25_000_050),
        ("0", 0),
        ("0.01", 1),
        ("92233720368547758.07", 2**63 - 1),
    ],
)
def test_an_amount_is_read_as_written(written: str, minor: int) -> None:
    assert read_field([written]).amount == minor


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("", Wrong.EMPTY),
        ("-1", Wrong.UNREADABLE),
        ("+1", Wrong.UNREADABLE),
        ("1e3", Wrong.UNREADABLE),
        ("1,0", Wrong.UNREADABLE),
        ("10,00,000", Wrong.UNREADABLE),
        ("1.000", Wrong.UNREADABLE),
        ("NaN", Wrong.UNREADABLE),
        ("٠١٢", Wrong.UNREADABLE),
        ("１０００", Wrong.FULL_WIDTH),
        ("92233720368547758.08", Wrong.TOO_LARGE),
        ("9" * 40, Wrong.TOO_LARGE),
        ("0x10", Wrong.UNREADABLE),
        ("1_000", Wrong.UNREADABLE),
    ],
)
def test_what_is_no_amount_keeps_what_was_typed(written: str, wrong: Wrong) -> None:
    read = read_field([written])

    assert (read.amount, read.wrong) == (None, wrong)
    assert read.typed == written[:80]


def test_a_field_that_came_twice_is_no_amount() -> None:
    assert read_field(["1", "2"]).typed == "1 & 2"
    assert read_field([]).wrong is Wrong.EMPTY


def test_what_no_database_can_hold_is_not_kept() -> None:
    assert read_field(["1\x00\ud800\x1b[31m"]).typed == "1\ufffd\ufffd\ufffd[31m"


@pytest.mark.parametrize(
    ("body", "amount", "typed"),
    [
        (b'{"amount": 100}', 100, None),
        (b'{"amount": "100"}', 10_000, None),
        (b'{"amount": 0}', 0, None),
        (b'{"amount": -1}', None, "-1"),
        (b'{"amount": 9223372036854775807}', 2**63 - 1, None),
        (b'{"amount": 9223372036854775808}', None, "9223372036854775808"),
        (b'{"amount": 1.0}', None, "1.0"),
        (b'{"amount": 1e3}', None, "1e3"),
        (b'{"amount": 0.1}', None, "0.1"),
        (b'{"amount": NaN}', None, "NaN"),
        (b'{"amount": true}', None, "True"),
        (b'{"amount": [1]}', None, "[\u2026]"),
        (b'{"amount": {"a": 1}}', None, "{\u2026}"),
        (b'{"amount": 1, "amount": 2}', None, "amount stands twice"),
        (b"{}", None, "None"),
        (b'{"amount": ' + b"9" * 5000 + b"}", None, "9" * 80),
    ],
)
def test_a_json_amount_is_a_whole_number_of_minor_units_or_a_text(
    body: bytes, amount: int | None, typed: str | None
) -> None:
    document = load_json(body)
    assert document is not None

    read = read_json(document.get("amount"))

    assert (read.amount, read.typed) == (amount, typed)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b"[" * 5000, b'{"a":"\\ud8"}'])
def test_a_body_that_is_no_object_is_none(body: bytes) -> None:
    assert load_json(body) is None


def test_a_member_that_stands_twice_is_neither_of_the_two() -> None:
    assert load_json(b'{"key": "a", "key": "b"}') == {"key": Odd("key stands twice")}


@pytest.mark.parametrize(
    ("amount", "near"),
    [(69, (100,)), (100, (100,)), (105, (100, 110)), (110, (110,)), (119, (110, 120))],
)
def test_the_nearest_valid_amounts_lie_below_and_above(amount: int, near: tuple[int, ...]) -> None:
    assert nearest(amount, base=90, increment=10, minimum=100) == near


def test_ten_bids_come_through_at_once_and_then_five_a_second() -> None:
    pace = Pace(5)

    at_once = [pace.seconds_to_wait(1, now=0.0) for _ in range(11)]

    assert at_once[:10] == [0.0] * 10
    assert at_once[10] == pytest.approx(0.2)
    assert pace.seconds_to_wait(2, now=0.0) == 0.0, "another bidder's bucket is their own"
    assert pace.seconds_to_wait(1, now=0.2) == 0.0


def test_a_bench_may_lift_the_limit() -> None:
    pace = Pace(0)

    assert [pace.seconds_to_wait(1, now=0.0) for _ in range(100)] == [0.0] * 100
