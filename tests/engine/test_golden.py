"""The examples of the contract, byte for byte: a golden file changes only when they do."""

from pathlib import Path

import pytest

from tests.engine.running import run

GOLDEN = Path(__file__).parent / "golden"
CALLS = [
    ("replay", ["replay"]),
    ("replay", ["replay", "--transcript"]),
    ("check", ["check"]),
    ("distribute", ["distribute"]),
    ("interest", ["interest"]),
    ("fee", ["fee"]),
    ("forfeit", ["forfeit"]),
]


@pytest.mark.parametrize(("name", "call"), CALLS, ids=lambda value: "-".join(value))
def test_an_example_of_the_contract_gives_these_bytes(name, call):
    expected = GOLDEN / f"{''.join(call)}.out"

    ran = run(*call, str(GOLDEN / f"{name}.json"))

    assert ran.status == 0
    assert ran.out.encode() == expected.read_bytes()


def test_verify_gives_these_bytes():
    ran = run("verify", str(GOLDEN / "replay--transcript.out"))

    assert ran.status == 0
    assert ran.out.encode() == (GOLDEN / "verify.out").read_bytes()


def test_the_lines_that_the_contract_prints():
    lines = (GOLDEN / "replay--transcript.out").read_text(encoding="utf-8").splitlines()

    assert lines[0] == (
        '{"bidders":[{"code":"B01"},{"code":"P1","priority_rank":1},{"code":"X9","excluded":'
        '"defaulted_before"}],"format":"auction-transcript/1","hash":'
        '"c1f9dec98fe5f459770080e619ac1b5e3a698aaec6b3e5d4f0314655e5247b3c","n":0,"prev":'
        '"0000000000000000000000000000000000000000000000000000000000000000","rules":"cn-2016-18",'
        '"sale":{"closes_at":"2026-05-26T02:00:00Z","currency":"CNY","increment":500000,'
        '"multiples_only":true,"opens_at":"2026-05-25T02:00:00Z","property_kind":"real_property",'
        '"round":"first","starting_price":70000000},"type":"sale"}'
    )
    assert lines[2] == (
        '{"amount":70100000,"at":"2026-05-25T03:00:00Z","bidder":"B01","decision":{"accepted":'
        'false,"minimum":70500000,"reason":"below_minimum"},"hash":'
        '"30c6a3310336a0bded2599cb3dd86c211c7579807ae5a223e2967e89d246b8c2","n":2,"prev":'
        '"2c8b10a46b84df9a2ab42ed346ef3af0d0f35c4c74d9e58e39680d64bad34e37","type":"bid"}'
    )


def test_the_head_that_the_contract_prints():
    ran = run("replay", str(GOLDEN / "replay.json"))

    assert (
        ran.answer["chain_head"]
        == "6f6f8730440d30134c1da45d7fe39225fb25488ccec21979e61a791ca7aff4ee"
    )
