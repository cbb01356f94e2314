"""What is no document at all: named `input`, in one line, without a traceback."""

import json

import pytest

from auction_engine.documents.unusable import UnusableInput, one_line, pointer
from tests.engine.documents import replay_document
from tests.engine.running import run

GOOD = json.dumps(replay_document()).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"nonsense",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        GOOD[:-1],
        GOOD + b"{}",
        GOOD.replace(b"B01", b"B\xff1"),
        GOOD.replace(b"B01", b"B\xed\xa0\x801"),
        GOOD.replace(b"B01", rb"B\ud8001"),
        GOOD.replace(b"B01", rb"B\udc001"),
        GOOD.replace(b'"code"', rb'"\uD800"', 1),
        GOOD.replace(b"B01", b"B\n1"),
        GOOD.replace(b'"CNY"', b"NaN"),
        GOOD.replace(b'"CNY"', b"Infinity"),
        GOOD.replace(b'"CNY"', b"-Infinity"),
        GOOD.replace(b'"rules"', b'"format"'),
        GOOD.replace(b'"code": "B01"', b'"code": "B01", "code": "B01"'),
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("command", ["replay", "check", "distribute", "interest", "fee", "forfeit"])
def test_what_is_no_document_is_named_input(command, raw):
    assert run(command, stdin=raw).where == "input"


@pytest.mark.parametrize(
    "number", ["1.0", "1e3", "1E3", "-1", "9" * 10_000, "-" + "9" * 10_000, "1e400", '"1"', "true"]
)
def test_only_whole_numbers_are_integers(number):
    raw = GOOD.replace(b'"increment": 100000', b'"increment": ' + number.encode())

    assert run("replay", stdin=raw).where == "/sale/increment"


def test_a_surrogate_pair_is_one_character():
    raw = GOOD.replace(b"B01", rb"B\ud83d\ude001")

    assert run("replay", stdin=raw).status == 0


def test_white_space_around_a_document_does_not_matter():
    assert run("replay", stdin=b"\r\n\t " + GOOD + b"\n").status == 0


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("x", "/x"),
        ("", "/"),
        ("a/b~c", "/a~1b~0c"),
        ("a\nb", "/a\\nb"),
        ("\x00\x07\x7f\x85\u2028", "/\\u0000\\u0007\\u007f\\u0085\\u2028"),
        ("清算", "/清算"),
    ],
)
def test_an_unknown_key_is_written_so_that_it_stays_one_line(key, where):
    assert run("replay", stdin={**replay_document(), key: 1}).where == where


def test_pointers_and_lines_are_escaped_once():
    assert pointer("/a", 3) == "/a/3"
    assert one_line("plain") == "plain"
    assert UnusableInput("/a\tb", "what\never").as_one_line() == "error: /a\\tb: what\\never"
