"""Transcripts and their proof: what holds, what does not, and where it is found."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auction_engine.commands.replay import decide, read_recording, transcript_lines
from auction_engine.documents.fields import Fields
from auction_engine.evidence.canonical import canonical
from auction_engine.evidence.chain import GENESIS
from auction_engine.evidence.transcript import opening_line, outcome_line, step_line
from auction_engine.sale.closing import outcome
from auction_engine.sale.course import Course, take
from auction_engine.sale.events import Admit, Bid
from auction_engine.sale.state import opening_sale
from tests.engine.documents import (
    ANNA,
    CLOSES,
    HOUR,
    MINUTE,
    OPENS,
    OWNER,
    START,
    STEP,
    bid,
    replay_document,
    terms,
    written,
)
from tests.engine.running import run
from tests.engine.strategies import recordings

SALE = replay_document(
    bid(OPENS, "B01", START),
    bid(OPENS + HOUR, "B02", START + 1),
    {"at": written(OPENS + HOUR), "type": "suspend", "by": "court", "reason": "异议 12"},
    {"at": written(OPENS + 2 * HOUR), "type": "resume"},
    {"at": written(OPENS + 2 * HOUR), "type": "admit", "bidder": "B07"},
    bid(CLOSES + HOUR - MINUTE, "B07", START + STEP),
    bid(CLOSES + 5 * HOUR, "B01", START + 2 * STEP),
)


def transcript(document=SALE):
    ran = run("replay", "--transcript", stdin=document)
    assert ran.status == 0, ran.err
    return ran.out.encode()


def verified(raw, *options):
    return run("verify", *options, stdin=raw)


def rechained(lines):
    """The lines with numbers and hashes made good again: what a forger who can count would do."""
    prev, made = GENESIS, []
    for n, line in enumerate(lines):
        body = {key: value for key, value in line.items() if key != "hash"} | {"n": n, "prev": prev}
        prev = hashlib.sha256(canonical(body).encode()).hexdigest()
        made.append(canonical({**body, "hash": prev}) + "\n")
    return "".join(made).encode()


def parsed(raw):
    return [json.loads(line) for line in raw.decode().splitlines()]


def test_a_transcript_holds():
    raw = transcript()
    answer = verified(raw).answer

    result = run("replay", stdin=SALE).answer
    assert answer == {
        "format": "verify-result/1",
        "lines": 9,
        "chain": "ok",
        "replay": "ok",
        "head": result["chain_head"],
        "outcome": {
            key: result[key] for key in result.keys() - {"format", "decisions", "chain_head"}
        },
        "first_bad_line": None,
        "message": None,
    }


@settings(max_examples=150, deadline=None)
@given(recordings())
def test_every_transcript_of_a_replay_holds(document):
    ran = run("replay", "--transcript", stdin=document)
    if ran.status == 2:
        assert ran.where.startswith("/events/")
        return

    found = verified(ran.out.encode(), "--partial")

    result = run("replay", stdin=document).answer
    assert found.status == 0, found.out
    assert found.answer["head"] == result["chain_head"]
    over = result["status"] in ("sold", "unsold", "withdrawn")
    assert (found.answer["outcome"] is not None) == over
    whole = verified(ran.out.encode())
    assert whole.status == (0 if over else 1)
    assert whole.answer["replay"] == ("ok" if over else "incomplete")


@settings(max_examples=100, deadline=None)
@given(recordings())
def test_line_by_line_gives_the_same_as_all_at_once(document):
    """A live platform holds a sale, the bidders and the last line, and nothing else."""
    recording = read_recording(Fields.of(document, ""))
    ran = run("replay", "--transcript", stdin=document)
    if ran.status == 2:
        return
    sale, known = opening_sale(recording.terms), {b.code: b for b in recording.bidders}
    line = opening_line(recording.terms, recording.bidders)
    texts = [line.text]

    for event in recording.events:
        if recording.as_of is not None and event.at > recording.as_of:
            break
        step = take(sale, event, known.get(getattr(event, "code", "")))
        if isinstance(event, Admit):
            known[event.code] = type(ANNA)(event.code, event.priority_rank)
        sale, line = step.sale, step_line(line.n + 1, line.hash, step)
        texts.append(line.text)
    over = outcome(sale, recording.as_of)
    if over is not None:
        texts.append(outcome_line(line.n + 1, line.hash, over).text)

    assert "".join(text + "\n" for text in texts) == ran.out


def test_a_live_transcript_names_a_bidder_just_before_the_first_decided_bid():
    line = opening_line(terms())
    lines, sale = [line], opening_sale(terms())
    for event, bidder in [
        (Bid(OPENS, "B02", START), None),
        (Admit(OPENS, "B01"), None),
        (Bid(OPENS, "B01", START), ANNA),
        (Admit(OPENS + HOUR, "P1", 1), None),
        (Bid(OPENS + HOUR, "P1", START), OWNER),
        (Bid(CLOSES, "B05", START + STEP), None),
    ]:
        step = take(sale, event, bidder)
        line = step_line(line.n + 1, line.hash, step)
        lines.append(line)
        sale = step.sale
    lines.append(outcome_line(line.n + 1, line.hash, outcome(sale)))

    found = verified("".join(each.text + "\n" for each in lines).encode())

    assert found.status == 0, found.out
    assert found.answer["outcome"]["winner"] == "P1"


RAW = transcript()


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_any_byte_that_is_changed_is_found(place, change):
    tampered = bytearray(RAW)
    tampered[place] ^= change

    # A first line that is no transcript any more is unusable; everything else does not hold.
    assert verified(bytes(tampered)).status != 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(RAW)), st.integers(0, 255))
def test_any_byte_that_is_added_or_taken_out_is_found(place, byte):
    added = RAW[:place] + bytes([byte]) + RAW[place:]
    shorter = RAW[: max(0, place - 1)] + RAW[place:]

    assert verified(added).status != 0
    assert shorter == RAW or verified(shorter).status != 0


@pytest.mark.parametrize("n", range(9))
def test_a_line_that_is_taken_out_or_stands_twice_is_found(n):
    lines = RAW.splitlines(keepends=True)

    taken_out = verified(b"".join(lines[:n] + lines[n + 1 :]), "--partial")
    twice = verified(b"".join(lines[: n + 1] + lines[n:]), "--partial")

    # The last line is the outcome: without it the rest is a good record of a running sale.
    assert taken_out.status == {0: 2, 8: 0}.get(n, 1)
    assert twice.answer["chain"] == "broken"
    assert twice.answer["first_bad_line"] == n + 1


def _forged(change):
    lines = parsed(RAW)
    change(lines)
    return rechained(lines)


@pytest.mark.parametrize(
    ("bad", "change"),
    [
        (0, lambda lines: lines[0].update(note="x")),
        (0, lambda lines: lines[0].pop("bidders")),
        (0, lambda lines: lines[0]["bidders"].reverse()),
        (0, lambda lines: lines[0]["sale"].pop("multiples_only")),
        (0, lambda lines: lines[0]["sale"].update(opens_at="2026-05-25T10:00:00+08:00")),
        (0, lambda lines: lines[0].update(type="outcome")),
        (0, lambda lines: lines[0].update(rules="cn-2099")),
        (1, lambda lines: lines[1].update(note="x")),
        (1, lambda lines: lines[1].pop("decision")),
        # A higher first bid would have been accepted just so: it is the next minimum that tells.
        (2, lambda lines: lines[1].update(amount=START + STEP)),
        (1, lambda lines: lines[1].update(at=written(OPENS - HOUR))),
        (1, lambda lines: lines[1].update(bidder=7)),
        (1, lambda lines: lines[1]["decision"].update(closes_at=written(CLOSES + HOUR))),
        (1, lambda lines: lines[1]["decision"].update(seq=2)),
        (2, lambda lines: lines[2]["decision"].update(reason="not_a_multiple")),
        (2, lambda lines: lines[2]["decision"].update(minimum=START)),
        (2, lambda lines: lines[2]["decision"].pop("minimum")),
        (2, lambda lines: lines[2].update(decision={"accepted": True, "seq": 2})),
        (3, lambda lines: lines[3].update(decision={})),
        (3, lambda lines: lines[3].update(at=written(OPENS))),
        (4, lambda lines: lines[4]["decision"].update(closes_at=written(CLOSES))),
        (4, lambda lines: lines[4].pop("decision")),
        (5, lambda lines: lines[5].update(bidder="B01")),
        (5, lambda lines: lines[5].update(type="expel")),
        (7, lambda lines: lines[7]["decision"].update(reason="withdrawn")),
        (8, lambda lines: lines[8].update(winner="B01")),
        (8, lambda lines: lines[8].update(at=written(CLOSES))),
        (8, lambda lines: lines[8].update(status="unsold", winner=None)),
        (8, lambda lines: lines[8].pop("price")),
        (8, lambda lines: lines[8].update(note="x")),
        (8, lambda lines: lines.insert(8, dict(lines[7], type="outcome"))),
        (9, lambda lines: lines.append(dict(lines[7]))),
        (9, lambda lines: lines.append(dict(lines[8]))),
        (3, lambda lines: lines.__setitem__(slice(3, None), [lines[8]])),
        (4, lambda lines: lines.__setitem__(slice(4, None), [lines[8]])),
    ],
)
def test_a_forgery_with_a_good_chain_is_found_where_it_was_made(bad, change):
    found = verified(_forged(change))

    assert found.status == 1
    assert found.answer["chain"] == "ok"
    assert found.answer["replay"] == "differs"
    assert found.answer["first_bad_line"] == bad
    assert found.answer["outcome"] is None
    assert found.answer["message"].startswith(f"line {bad}: ")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"\n",
        lambda raw: raw + b"x",
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b'"n":3', b'"n": 3'),
        lambda raw: raw.replace(b'"n":3', b'"n":3.0'),
        lambda raw: raw.replace(b'"n":3', b'"n":true'),
        lambda raw: raw.replace(b'"n":3', b'"n":' + b"3" * 9999),
        lambda raw: raw.replace("异议".encode(), rb"\u5f02\u8bae"),
        lambda raw: raw.replace("异议".encode(), b"\xff"),
        lambda raw: raw.replace("异议".encode(), rb"\ud800"),
        lambda raw: raw.replace(b'"n":3', b'"n":3,"n":3'),
        lambda raw: raw.replace(b'"n":3', b'"n":NaN'),
        lambda raw: raw.replace(b'"n":3', b'"n":' + b"[" * 5000 + b"]" * 5000),
        lambda raw: raw.replace(b'"type":"admit"', b'"type":["admit"]'),
    ],
)
def test_lines_that_are_not_canonical_break_the_chain(spoil):
    spoiled = spoil(RAW)
    assert spoiled != RAW

    found = verified(spoiled)

    assert found.status == 1
    assert found.answer["chain"] == "broken"
    assert found.answer["replay"] == "not_checked"
    assert found.answer["head"] is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n" + RAW,
        b"\xef\xbb\xbf" + RAW,
        b"{}\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"format":"auction-replay/1"}\n',
        b'{"format":["auction-transcript/1"]}\n',
        b"[" * 100_000 + b"\n",
        json.dumps(SALE).encode(),
        RAW.split(b"\n", 1)[1],
    ],
)
def test_what_does_not_begin_as_a_transcript_cannot_be_used(raw):
    assert verified(raw).where == "input"


@pytest.mark.parametrize(
    "line",
    [
        b'{"format":"auction-transcript/1"}\n',
        b'{"format":"auction-transcript/1"}',
        b' {"format":"auction-transcript/1","x":NaN,"x":1.5}\n',
        b'{"format":"auction-transcript/1","x":"\xff"}\n',
    ],
)
def test_a_first_line_that_claims_to_be_one_is_a_finding(line):
    found = verified(line)

    assert found.status == 1
    assert found.answer["first_bad_line"] == 0


def test_the_head_is_compared_with_a_receipt():
    head = run("replay", stdin=SALE).answer["chain_head"]

    assert verified(RAW, "--head", head).status == 0
    assert verified(RAW, "--head", head.upper()).status == 0
    assert verified(RAW, f"--head={head}").status == 0
    for other in ["0" * 64, head[:-1], "nonsense", ""]:
        found = verified(RAW, "--head", other)
        assert found.status == 1
        assert found.answer["head"] == head
        assert found.answer["message"] is not None


def test_a_sale_that_still_runs_is_incomplete_unless_that_is_said():
    running = b"".join(RAW.splitlines(keepends=True)[:4])

    whole, partial = verified(running), verified(running, "--partial")

    assert (whole.status, whole.answer["replay"]) == (1, "incomplete")
    assert whole.answer["message"] is not None
    assert (partial.status, partial.answer["replay"]) == (0, "ok")
    assert partial.answer["outcome"] is None


def test_the_first_and_the_last_moment_of_all_times_can_be_verified():
    sale = {
        "opens_at": "1900-01-01T00:00:00+23:59",
        "closes_at": "2999-12-31T23:59:59.999999-23:59",
    }

    raw = transcript(replay_document(sale=sale))

    assert b'"1899-12-31T00:01:00Z"' in raw
    assert b'"3000-01-01T23:58:59.999999Z"' in raw
    assert verified(raw).status == 0


def test_an_outcome_during_a_stay_is_a_forgery():
    stayed = {"at": written(OPENS + HOUR), "type": "suspend", "by": "court", "reason": "x"}
    lines = parsed(transcript(replay_document(bid(OPENS, "B01", START), stayed)))
    lines.append(dict(parsed(RAW)[-1]))

    assert verified(rechained(lines)).answer["replay"] == "differs"


def test_two_arrivals_that_reverse_their_stamps_are_written_with_one_moment():
    sale = opening_sale(terms())
    first = take(sale, Bid(sale.moment_for(OPENS + MINUTE), "B01", START), ANNA)
    second = take(first.sale, Bid(first.sale.moment_for(OPENS), "P1", START), OWNER)

    assert second.event.at == OPENS + MINUTE
    assert second.sale.leader == OWNER


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        ({"é": 1, "z": 2, "😀": 3, "\uffff": 4}, '{"z":2,"é":1,"\uffff":4,"😀":3}'),
        ('"\\/', '"\\"\\\\/"'),
        ("\n\r\t\b\f\x00\x1f\x7f\u2028竞", '"\\n\\r\\t\\b\\f\\u0000\\u001f\x7f\u2028竞"'),
        (2**70, "1180591620717411303424"),
    ],
)
def test_canonical_text(value, text):
    assert canonical(value) == text


def test_lines_are_made_from_values_alone():
    recording = read_recording(Fields.of(SALE, ""))
    course = Course(opening_sale(recording.terms), recording.bidders)
    steps = tuple(decide(recording, course))

    lines = list(transcript_lines(recording, steps, steps[-1].sale))

    assert "".join(line.text + "\n" for line in lines).encode() == RAW
