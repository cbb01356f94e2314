"""Whatever is put in: an answer, or one line that says where; never a fault of the engine."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.running import run

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = ["replay", "check", "distribute", "interest", "fee", "forfeit"]
EXAMPLES = {name: json.loads((GOLDEN / f"{name}.json").read_text()) for name in COMMANDS}
RAW_TRANSCRIPT = (GOLDEN / "replay--transcript.out").read_text()
TRANSCRIPT = [json.loads(line) for line in RAW_TRANSCRIPT.splitlines()]

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        [
            "2026-05-25T10:00:01+08:00",
            "1900-01-01T00:00:00Z",
            "2999-12-31T23:59:59.999999Z",
            "2026-06-01",
            "1900-01-01",
            "2999-12-31",
            "bid",
            "resume",
            "suspend",
            "admit",
            "withdraw",
            "outcome",
            "B01",
            "P1",
            "secured",
            "sell_off",
            "other_right",
            "generic",
            "in_order",
            0,
            1,
            2**63 - 1,
            2**63,
        ]
    ),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from(["id", "at", "x"]), st.integers(0, 3), max_size=2),
)


def _places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*path, index))


@st.composite
def mutations(draw, document):
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(_places(document), key=repr)))
        if not path:
            continue
        place = document
        for key in path[:-1]:
            place = place[key]
        change = draw(st.sampled_from(["set", "drop", "double"]))
        if change == "drop":
            del place[path[-1]]
        elif change == "double" and isinstance(place, list):
            place.insert(path[-1], copy.deepcopy(place[path[-1]]))
        else:
            place[path[-1]] = draw(odd_values)
    return document


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_document_that_was_tampered_with_is_answered_or_refused(command, data):
    ran = run(command, stdin=data.draw(mutations(EXAMPLES[command])))

    if ran.status != 0:
        assert ran.where == "input" or ran.where.startswith("/")
        assert "engine failed" not in ran.err


@settings(max_examples=200, deadline=None)
@given(mutations(TRANSCRIPT))
def test_a_transcript_that_was_tampered_with_never_holds(lines):
    raw = "".join(
        json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        for line in lines
    )

    ran = run("verify", stdin=raw.encode())

    assert "engine failed" not in ran.err
    assert (ran.status == 0) == (raw == RAW_TRANSCRIPT)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*COMMANDS, "verify"]), st.binary(max_size=60))
def test_bytes_are_refused_in_one_line(command, raw):
    assert run(command, stdin=raw).where == "input"
