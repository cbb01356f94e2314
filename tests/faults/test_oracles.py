"""Each oracle holds its tongue over a right history, and speaks up over a wrong one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from auction_engine.evidence.chain import GENESIS, seal
from tests.faults import oracles
from tests.faults.histories import Asked, Checkpoint, History, Kind, Seen
from tests.faults.oracles import Entry, Final, Healed

NOON = datetime(2026, 5, 26, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
END = NOON + 4 * MINUTE


def _transcript(count: int = 4) -> tuple[str, ...]:
    lines, prev = [], GENESIS
    for n in range(count):
        line = seal({"type": "bid", "amount": 1000 + n}, n, prev)
        prev = line.hash
        lines.append(line.text)
    return tuple(lines)


def _entries() -> tuple[Entry, ...]:
    """Two are admitted, one bids in time, one too low, one in the last minutes, one too late."""
    at = [NOON + number * SECOND for number in range(6)]
    late = at[4] + 10 * MINUTE
    return (
        Entry(1, "admit", "k1", at[0], "B01", at=at[0], accepted=True),
        Entry(2, "admit", "k2", at[1], "B02", at=at[1], accepted=True),
        _bid(3, "B01", 1000, at[2], seq=1),
        _bid(4, "B02", 1000, at[3], reason="equal_needs_better_priority"),
        _bid(5, "B02", 1010, at[4], seq=2),
        _bid(6, "B01", 1020, late, reason="closed"),
    )


def _bid(
    number: int, code: str, amount: int, at: datetime, *, seq: int | None = None, reason: str = ""
) -> Entry:
    ends = at + 5 * MINUTE if seq else None
    return Entry(
        number,
        "bid",
        f"k{number}",
        at,
        code,
        amount,
        None,
        at,
        seq is not None,
        reason or None,
        seq,
        ends,
        committed_at=at,
    )


def _final() -> Final:
    end = NOON + 4 * SECOND + 5 * MINUTE
    return Final(
        public_id="s",
        opens_at=NOON - MINUTE,
        closes_at=END,
        starting_price=1000,
        increment=10,
        ranks={"B01": None, "B02": None},
        entries=_entries(),
        bids=((1, "B01", 1000), (2, "B02", 1010)),
        price=1010,
        leader="B02",
        ends_at=end,
        accepted=2,
        status="sold",
        transcript=_transcript(),
        outcomes=(("sold", "B02", 1010, end + SECOND),),
        books={"CNY": 0},
        depositors=frozenset({"B01", "B02"}),
        messages=(("B01", "sale_suspended"), ("B02", "sale_suspended")),
    )


def _changed(number: int, **members: object) -> Final:
    """The right end of the sale, with one entry of the journal otherwise."""
    entries = tuple(
        replace(entry, **members) if entry.id == number else entry for entry in _entries()
    )
    return replace(_final(), entries=entries)


def test_a_right_history_is_called_right() -> None:
    final = _final()

    assert oracles.replayed(final) == []
    assert oracles.the_second_clock_agrees(final) == []


def _on_first(**members: object) -> Final:
    return replace(_final(), **members)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: _changed(4, accepted=True, reason=None, seq=9, closes_at=END),
        lambda: _changed(3, accepted=False, reason="closed", seq=None, closes_at=None),
        lambda: _changed(6, accepted=True, reason=None, seq=3, closes_at=END),
        lambda: _changed(5, closes_at=END),
        lambda: _changed(5, seq=3),
        lambda: _changed(5, at=NOON + MINUTE),
        lambda: _on_first(price=1000),
        lambda: _on_first(leader="B01"),
        lambda: _on_first(ends_at=END),
        lambda: _on_first(bids=((1, "B01", 1000), (3, "B02", 1010))),
        lambda: _on_first(outcomes=(("sold", "B01", 1000, END),)),
        lambda: _on_first(outcomes=_final().outcomes * 2),
        lambda: _on_first(outcomes=(("unsold", None, None, END),)),
    ],
)
def test_oracle_1_sees_what_does_not_follow_from_the_journal(wrong: Callable[[], Final]) -> None:
    assert oracles.replayed(wrong())


def test_oracle_1_knows_stays_and_the_end_after_them() -> None:
    """RULE-L5: what was left, at least five minutes."""
    entries = (
        *_entries()[:3],
        Entry(4, "suspend", "k4", NOON + 3 * SECOND, at=NOON + 3 * SECOND, accepted=True),
        _bid(5, "B02", 1010, NOON + 4 * SECOND, reason="suspended"),
        Entry(6, "resume", "k6", NOON + 60 * MINUTE, at=NOON + 60 * MINUTE, accepted=True),
    )
    final = replace(
        _final(),
        entries=entries,
        bids=((1, "B01", 1000),),
        price=1000,
        leader="B01",
        accepted=1,
        ends_at=NOON + 65 * MINUTE,
        outcomes=(),
    )

    assert oracles.replayed(final) == []
    assert oracles.replayed(replace(final, ends_at=NOON + 64 * MINUTE))


def _asked(key: str = "k3", kind: Kind = Kind.OK, **members: object) -> Asked:
    entry = next(each for each in _entries() if each.key == key)
    told = {
        "seq": entry.seq,
        "arrived_at": entry.arrived_at.isoformat(),
        "reason": entry.reason,
        "client": entry.code,
        "amount": entry.amount,
        "key": key,
        "kind": kind,
        "began": entry.arrived_at.timestamp() - 0.1,
        "ended": entry.arrived_at.timestamp() + 0.1,
        "closes_at": entry.closes_at.isoformat() if entry.closes_at else None,
    }
    return Asked(**{**told, **members})  # type: ignore[arg-type]


def _history(*asked: Asked) -> History:
    right = (_asked("k3"), _asked("k4", Kind.FAIL), _asked("k5"), _asked("k6", Kind.FAIL))
    return History(asked=[*right, *asked])


def test_oracle_2_believes_answers_that_stand() -> None:
    unknown = _asked("k3", Kind.UNKNOWN, seq=None, arrived_at=None)
    never_came = replace(unknown, key="k99")

    assert oracles.answers_stand(_history(unknown, never_came), _final()) == []
    assert oracles.the_end_is_the_end(_history(unknown), _final()) == []


@pytest.mark.parametrize(
    "asked",
    [
        replace(_asked("k3"), key="k98"),
        _asked("k4", Kind.OK),
        _asked("k3", Kind.FAIL),
        _asked("k3", seq=2),
        _asked("k3", amount=1010),
        _asked("k3", arrived_at=NOON.isoformat()),
        _asked("k3", closes_at=NOON.isoformat()),
    ],
)
def test_oracle_2_sees_an_answer_that_does_not_stand(asked: Asked) -> None:
    assert oracles.answers_stand(_history(asked), _final())


def test_oracle_2_sees_a_bid_that_nobody_sent_and_a_key_twice() -> None:
    strange = _bid(7, "B01", 1020, NOON + 5 * SECOND, reason="below_minimum")
    final = _final()

    stranger = replace(final, entries=(*final.entries, strange))
    twice = replace(final, entries=(*final.entries, replace(final.entries[3], id=9)))

    assert oracles.answers_stand(_history(), stranger)
    assert oracles.answers_stand(_history(), twice)


def test_oracle_2_sees_by_the_clients_clock_who_was_late() -> None:
    end = _final().ends_at.timestamp()
    sent_after = replace(_asked("k5"), began=end + 10, ended=end + 11)
    sent_before = replace(_asked("k6", Kind.FAIL), began=end - 10, ended=end + 1)

    too_late = oracles.the_end_is_the_end(History(asked=[sent_after]), _changed(5, closes_at=None))
    in_time = oracles.the_end_is_the_end(History(asked=[sent_before]), _final())

    assert too_late
    assert in_time


def test_experiment_f08_sees_what_the_first_clock_hides() -> None:
    end = _final().ends_at

    assert oracles.the_second_clock_agrees(_changed(5, committed_at=end + MINUTE))
    assert oracles.the_second_clock_agrees(_changed(3, arrived_at=NOON + 5 * SECOND))
    assert oracles.the_second_clock_agrees(_changed(6, arrived_at=end - SECOND))


def test_oracle_3_sees_every_change_of_the_chain() -> None:
    lines = _transcript()
    kept = [Checkpoint("o", 0.0, n, json.loads(line)["hash"]) for n, line in enumerate(lines)]
    anew = [seal({"type": "bid", "amount": 7}, 0, GENESIS).text]

    assert oracles.chained(kept, lines) == []
    assert oracles.chained(kept, (lines[0].replace("1000", "2000"), *lines[1:]))
    assert oracles.chained([], (*lines[:1], *lines[2:]))
    assert oracles.chained(kept, lines[:2])
    assert oracles.chained([], anew) == []
    assert oracles.chained(kept[:1], anew)


def test_oracle_4_sees_books_that_do_not_balance() -> None:
    assert oracles.balanced([{"CNY": 0}, {"CNY": 0, "EUR": 0}]) == []
    assert oracles.balanced([{"CNY": 0}, {"CNY": 1}])


def _seen(
    seq: int, price: int | None, leader: str | None, at: float = 0.0, **members: object
) -> Seen:
    log = _final().bids[:seq]
    told = {"closes_at": (END + seq * SECOND).isoformat(), "status": "open", "bids": log}
    return Seen("o", at, seq, price, leader, **{**told, **members})  # type: ignore[arg-type]


NOTHING, FIRST, SECOND_BID = (
    _seen(0, None, None, 1.0),
    _seen(1, 1000, "B01", 2.0),
    _seen(2, 1010, "B02", 3.0),
)


def test_oracle_5_sees_a_sale_that_goes_back() -> None:
    final = _final()

    assert oracles.one_way([NOTHING, FIRST, SECOND_BID], final) == []
    assert oracles.one_way([SECOND_BID, replace(FIRST, at=9.0)], final)
    assert oracles.one_way([replace(FIRST, leader="B02")], final)
    assert oracles.one_way([FIRST, replace(SECOND_BID, closes_at=NOON.isoformat())], final)


def test_oracle_6_sees_a_view_that_is_not_the_log() -> None:
    final, strange = _final(), replace(SECOND_BID, bids=((1, "B01", 9999),))

    assert oracles.shown(SECOND_BID, [FIRST, SECOND_BID], final) == []
    assert oracles.shown(FIRST, [FIRST], final)
    assert oracles.shown(SECOND_BID, [strange, SECOND_BID], final)
    assert oracles.shown(None, [FIRST], final)


def test_oracle_7_sees_a_platform_that_does_not_wake_up() -> None:
    final = _final()

    assert oracles.alive(Healed(1.0, 2.0), final) == []
    assert oracles.alive(Healed(None, 2.0), final)
    assert oracles.alive(Healed(1.0, 40.0), final)
    assert oracles.alive(Healed(1.0, 2.0), replace(final, undecided=1))


def test_oracle_8_sees_a_name() -> None:
    assert oracles.secret({"page": b"B01 leads"}, ["Ouyang"]) == []
    assert oracles.secret({"log": b"INFO Ouyang Li signed in"}, ["Ouyang"])


def test_everybody_is_told_or_it_is_said_who_is_not() -> None:
    """RULE-L3"""
    final = _final()

    assert oracles.told_everybody(final, "sale_suspended") == []
    assert oracles.told_everybody(replace(final, messages=final.messages[:1]), "sale_suspended")
