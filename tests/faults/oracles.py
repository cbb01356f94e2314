"""The oracles O1 to O8: pure functions over what was seen, what the database holds, and the law.

Each returns sentences about what is wrong, none where nothing is. None of them uses the engine or
the services: the course of a sale is told here a third time, from the rules alone (RULE-F3, F4, F5,
G3, G5, G6, G8, H1, L5).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.faults.histories import Asked, Checkpoint, History, Kind, Seen

EXTENSION = timedelta(minutes=5)
# Between a client's clock and the database's on the same machine.
CLOCKS_DIFFER_BY = 0.05
# A request may be so long on its way to its stamp on a busy test machine.
TRAVEL_S = 3.0
# Of the worst bids: a page would not be read further down.
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the journal with the decision on it."""

    id: int
    kind: str
    key: str
    arrived_at: datetime
    code: str | None = None
    amount: int | None = None
    details: Mapping[str, Any] | None = None
    at: datetime | None = None
    accepted: bool | None = None
    reason: str | None = None
    seq: int | None = None
    closes_at: datetime | None = None
    n: int | None = None
    # When the row's transaction was committed, by the database's second clock.
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """One sale as the tables hold it after everything."""

    public_id: str
    opens_at: datetime
    closes_at: datetime
    starting_price: int
    increment: int
    ranks: Mapping[str, int | None]
    entries: Sequence[Entry]
    # (seq, code, amount)
    bids: Sequence[tuple[int, str, int]]
    price: int | None
    leader: str | None
    ends_at: datetime
    accepted: int
    status: str
    transcript: Sequence[str]
    undecided: int = 0
    # (status, winner, price, when it was written)
    outcomes: Sequence[tuple[str, str | None, int | None, datetime]] = ()
    books: Mapping[str, int] | None = None
    depositors: frozenset[str] = frozenset()
    # (code, kind of message)
    messages: Sequence[tuple[str, str]] = ()


# --- O1: the course again, from the journal alone -----------------------------------------------


@dataclass(slots=True)
class _Course:
    final: Final
    end: datetime
    last: datetime | None = None
    price: int | None = None
    leader: str | None = None
    accepted: int = 0
    stayed: datetime | None = None
    withdrawn: bool = False
    admitted: frozenset[str] = frozenset()


def replayed(final: Final) -> list[str]:
    """O1: price, leader, end and outcome follow from the journal, and the tables say the same."""
    course, wrong = _Course(final, final.closes_at), []
    for entry in _in_order(final.entries):
        if entry.at is None:
            continue
        at = entry.arrived_at if course.last is None else max(entry.arrived_at, course.last)
        if final.outcomes and entry.accepted is False and entry.reason == "closed":
            at = max(at, min(entry.at, course.end)) if entry.at >= course.end else at
        if entry.at != at:
            wrong.append(f"arrival {entry.id} was decided by {entry.at}, and came at {at}")
        course.last = entry.at
        wrong += _follow(course, entry, entry.at)
    wrong += _same(course, final)
    return wrong[:MOST_TOLD]


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    decided = [entry for entry in entries if entry.at is not None]
    # Of one moment: a clock that was set back stamps what comes later with an earlier time.
    return sorted(decided, key=lambda entry: (entry.at, entry.id))


def _follow(course: _Course, entry: Entry, at: datetime) -> list[str]:
    if entry.kind == "bid":
        return _follow_bid(course, entry, at)
    if not entry.accepted:
        return []
    if entry.kind == "admit":
        course.admitted |= {entry.code or ""}
    elif entry.kind == "suspend":
        since = (entry.details or {}).get("since")
        course.stayed = datetime.fromisoformat(since) if since else at
    elif entry.kind == "resume":
        announced = (entry.details or {}).get("new_closes_at")
        began = max(course.stayed or at, course.final.opens_at)
        left = max(course.end - began, EXTENSION)
        runs = max(at, course.final.opens_at)
        course.end = datetime.fromisoformat(announced) if announced else runs + left
        course.stayed = None
    elif entry.kind == "withdraw":
        course.withdrawn = True
    return []


def _follow_bid(course: _Course, entry: Entry, at: datetime) -> list[str]:
    expected = _why_not(course, entry, at)
    if entry.accepted != (expected is None):
        return [
            f"arrival {entry.id} at {at.time()} should be {expected or 'accepted'},"
            f" and is {entry.reason or 'accepted'} (end {course.end.time()})"
        ]
    if expected is not None:
        late = expected == "closed", entry.reason == "closed"
        return [] if late[0] == late[1] else [f"arrival {entry.id} is refused as {entry.reason}"]
    assert entry.amount is not None
    course.accepted += 1
    course.price, course.leader = entry.amount, entry.code
    if at >= course.end - EXTENSION:
        course.end = max(course.end, at + EXTENSION)
    if entry.closes_at != course.end or entry.seq != course.accepted:
        return [
            f"bid {entry.seq} ends at {entry.closes_at}, by the rule it is no. {course.accepted}"
            f" and ends at {course.end}"
        ]
    return []


def _why_not(course: _Course, entry: Entry, at: datetime) -> str | None:
    final, amount, price = course.final, entry.amount, course.price
    if at < final.opens_at:
        return "not_open_yet"
    if at >= course.end and course.stayed is None and not course.withdrawn:
        return "closed"
    if course.withdrawn:
        return "withdrawn"
    if course.stayed is not None:
        return "suspended"
    if entry.code not in course.admitted:
        return "not_admitted"
    if amount is None or amount < final.starting_price:
        return "below_starting_price"
    if price is None:
        return None
    if amount == price:
        return None if _rank(final, entry.code) < _rank(final, course.leader) else "equal"
    return None if amount >= price + final.increment else "below_minimum"


def _rank(final: Final, code: str | None) -> int:
    rank = final.ranks.get(code or "")
    return 10**6 if rank is None else rank


def _same(course: _Course, final: Final) -> list[str]:
    wrong = []
    told = [("price", course.price, final.price), ("leader", course.leader, final.leader)]
    told += [("end", course.end, final.ends_at), ("count", course.accepted, final.accepted)]
    wrong += [
        f"the {name} is {is_} and should be {should}" for name, should, is_ in told if should != is_
    ]
    if [seq for seq, *_rest in final.bids] != list(range(1, course.accepted + 1)):
        wrong.append("the numbers of the bids have a gap")
    if len(final.outcomes) > 1:
        wrong.append(f"the sale ended {len(final.outcomes)} times")
    for status, winner, price, _written in final.outcomes:
        if course.withdrawn:
            fits = status == "withdrawn"
        elif course.stayed is not None:
            fits = False
        elif course.leader is None:
            fits = (status, winner, price) == ("unsold", None, None)
        else:
            fits = (status, winner, price) == ("sold", course.leader, course.price)
        if not fits:
            wrong.append(f"the outcome is {status} to {winner} for {price}, not what the bids say")
    return wrong


# --- O2: what was told stands -------------------------------------------------------------------


def answers_stand(history: History, final: Final) -> list[str]:
    """O2: what was acknowledged is in the log, what was refused is not, a key is one bid."""
    wrong, entries = [], defaultdict(list)
    for entry in final.entries:
        entries[entry.key].append(entry)
    wrong += [
        f"key {key} entered {len(twice)} times" for key, twice in entries.items() if len(twice) > 1
    ]
    for asked in history.asked:
        wrong += _stands(asked, entries.get(asked.key, [])[:1])
    wrong += _told_once(history.asked)
    wrong += _accepted_twice(history, final)
    return wrong[:MOST_TOLD]


def _stands(asked: Asked, found: list[Entry]) -> list[str]:
    if asked.kind is Kind.UNKNOWN or not asked.entered:
        return []
    if not found:
        return [f"lost: {asked.client} was told {asked.kind} for {asked.key}, which never entered"]
    [entry] = found
    if asked.kind is Kind.OK and not entry.accepted:
        return [f"lost: {asked.client} was told that {asked.key} stands, and it does not"]
    if asked.kind is Kind.FAIL and entry.accepted:
        return [f"{asked.client} was told that {asked.key} was refused, and it leads"]
    if (asked.seq, asked.amount) != (entry.seq, entry.amount):
        return [f"bid {asked.key} is {entry.amount} (no. {entry.seq}), told was {asked.amount}"]
    arrived = entry.arrived_at
    if asked.arrived_at and datetime.fromisoformat(asked.arrived_at) != arrived:
        return [f"bid {asked.key} came at {arrived}, told was {asked.arrived_at}"]
    return []


def _told_once(asked: Iterable[Asked]) -> list[str]:
    told: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for each in asked:
        if each.kind is not Kind.UNKNOWN and each.entered:
            told[each.key].add(each.told)
    return [
        f"key {key} got {len(answers)} different answers"
        for key, answers in told.items()
        if len(answers) > 1
    ]


def _accepted_twice(history: History, final: Final) -> list[str]:
    """Whoever asked for one bid of one amount got one; keys that nobody sent are nobody's."""
    known = {asked.key for asked in history.asked}
    if not known:
        return []
    strange = [e for e in final.entries if e.kind == "bid" and e.key not in known]
    return [f"{len(strange)} bids are in the journal that nobody sent"] if strange else []


def the_end_is_the_end(history: History, final: Final) -> list[str]:
    """O2 by the clients' own clocks: who sent after the end does not get in, whose answer came
    before it was not late. Only where the sale runs by real time, on one machine."""
    wrong, ends = [], _ends(final)
    entered = {entry.key: entry for entry in final.entries}
    for asked in history.asked:
        entry = entered.get(asked.key)
        if entry is None or entry.at is None or asked.kind is Kind.UNKNOWN:
            continue
        end = ends[entry.id].timestamp()
        if entry.accepted and asked.began > end + CLOCKS_DIFFER_BY and _is_first(history, asked):
            wrong.append(f"{asked.key} was sent {asked.began - end:.2f} s after the end, and leads")
        if (
            entry.reason == "closed"
            and asked.began < end - TRAVEL_S
            and _waited(history, asked, end)
        ):
            wrong.append(
                f"{asked.key} was sent {end - asked.began:.2f} s before the end, and is late"
            )
    return wrong[:MOST_TOLD]


def _ends(final: Final) -> dict[int, datetime]:
    """The end that counted when each arrival was decided."""
    end, ends = final.closes_at, {}
    for entry in _in_order(final.entries):
        ends[entry.id] = end
        if entry.accepted and entry.closes_at is not None:
            end = entry.closes_at
    return ends


def _is_first(history: History, asked: Asked) -> bool:
    return not any(one.key == asked.key and one.began < asked.began for one in history.asked)


def _waited(history: History, asked: Asked, end: float) -> bool:
    """It was sent in time over a line that worked: nothing was broken but what made it wait."""
    return _is_first(history, asked) and asked.ended < end + 30


def the_second_clock_agrees(final: Final) -> list[str]:
    """FAULT-F08: nothing that counts was committed after the outcome, or entered out of order."""
    wrong = []
    bids = [e for e in _in_order(final.entries) if e.accepted and e.kind == "bid"]
    for earlier, later in pairwise(bids):
        if later.arrived_at < earlier.arrived_at:
            wrong.append(f"bid {later.seq} came before bid {earlier.seq}")
    for _status, _winner, _price, written in final.outcomes:
        for bid in bids:
            if bid.committed_at is not None and bid.committed_at > written:
                wrong.append(f"bid {bid.seq} was committed after the outcome")
        for entry in final.entries:
            if (
                entry.kind == "bid"
                and entry.reason == "closed"
                and entry.arrived_at < final.ends_at
            ):
                wrong.append(f"arrival {entry.id} came before the end and was refused as late")
    return wrong[:MOST_TOLD]


# --- O3: the chain ------------------------------------------------------------------------------


def chained(checkpoints: Iterable[Checkpoint], transcript: Sequence[str]) -> list[str]:
    """O3: the evidence is one chain, and every line that somebody outside kept is still in it."""
    wrong, prev, hashes = [], "0" * 64, []
    for number, text in enumerate(transcript):
        line = json.loads(text)
        said = line.pop("hash")
        content = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if said != hashlib.sha256(content.encode()).hexdigest():
            wrong.append(f"line {number} was changed")
        if (line["n"], line["prev"]) != (number, prev):
            wrong.append(f"line {number} does not follow the one before")
        prev = said
        hashes.append(said)
    for kept in checkpoints:
        if kept.n >= len(hashes) or hashes[kept.n] != kept.hash:
            wrong.append(f"line {kept.n} as {kept.by} kept it is not in the evidence any more")
    return wrong[:MOST_TOLD]


# --- O4: the books ------------------------------------------------------------------------------


def balanced(samples: Iterable[Mapping[str, int]]) -> list[str]:
    """O4: debits equal credits at every look, also while things fail."""
    return [
        f"the books are {amount} {currency} apart at look {number}"
        for number, sample in enumerate(samples)
        for currency, amount in sample.items()
        if amount != 0
    ][:MOST_TOLD]


# --- O5: a sale goes one way --------------------------------------------------------------------


def one_way(seen: Iterable[Seen], final: Final) -> list[str]:
    """O5: nobody sees number, price or end go back, and each look is a state that there was."""
    wrong, states = [], _states(final)
    by: dict[str, list[Seen]] = defaultdict(list)
    for look in sorted(seen, key=lambda each: each.at):
        by[look.by].append(look)
        if (look.seq, look.price, look.leader) not in states:
            wrong.append(f"{look.by} saw {look.price} by {look.leader} as no. {look.seq}")
    for looks in by.values():
        for earlier, later in pairwise(looks):
            back = later.seq < earlier.seq or (later.price or 0) < (earlier.price or 0)
            if back or _moment(later.closes_at) < _moment(earlier.closes_at):
                wrong.append(f"{later.by} saw the sale go back to no. {later.seq}")
    return wrong[:MOST_TOLD]


def _states(final: Final) -> set[tuple[int, int | None, str | None]]:
    return {(0, None, None)} | {(seq, amount, code) for seq, code, amount in final.bids}


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


# --- O6: what the public sees is the log --------------------------------------------------------


def shown(last: Seen | None, seen: Iterable[Seen], final: Final) -> list[str]:
    """O6: the last view has every bid of the log, and nobody ever saw one that is not in it."""
    log, wrong = set(final.bids), []
    for look in seen:
        strange = set(look.bids) - log
        if strange:
            wrong.append(f"{look.by} saw bids that are not in the log: {sorted(strange)[:3]}")
    if last is None:
        return [*wrong, "nobody could look after everything had healed"]
    missing = log - set(last.bids)
    if missing:
        wrong.append(f"{last.by} does not see bids {sorted(seq for seq, *_ in missing)[:5]}")
    return wrong[:MOST_TOLD]


# --- O7: after healing, life goes on ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Healed:
    """What was looked for once nothing failed any more; seconds are None where it never came."""

    accepted_after_s: float | None = None
    closed_after_s: float | None = None
    expects_bid: bool = True
    expects_close: bool = True
    within_s: float = 30.0


def alive(healed: Healed, final: Final) -> list[str]:
    """O7: a bid is accepted again, what was due is closed, nothing waits undecided."""
    wrong = []
    looked_for = [
        (healed.expects_bid, healed.accepted_after_s, "no bid was accepted"),
        (healed.expects_close, healed.closed_after_s, "the sale was not closed"),
    ]
    for expected, seconds, otherwise in looked_for:
        if expected and (seconds is None or seconds > healed.within_s):
            wrong.append(f"{otherwise} within {healed.within_s:.0f} s of healing")
    if final.undecided:
        wrong.append(f"{final.undecided} arrivals wait for a decision")
    return wrong


# --- O8: nobody's name --------------------------------------------------------------------------


def secret(captures: Mapping[str, bytes], canaries: Iterable[str]) -> list[str]:
    """O8: no name, address or account that was planted stands in anything an outsider or a log
    reader can see."""
    return [
        f"{canary!r} stands in {where}"
        for canary in canaries
        for where, content in captures.items()
        if canary.encode() in content
    ][:MOST_TOLD]


def told_everybody(final: Final, kind: str) -> list[str]:
    """Richmond 2019: not only the leader is told when the platform failed (FAULT-F23)."""
    told = Counter(code for code, said in final.messages if said == kind)
    untold = sorted(code for code in final.depositors if not told[code])
    return [f"{', '.join(untold)} was never told"] if untold else []
