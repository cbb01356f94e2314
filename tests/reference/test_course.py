"""Three tellings of a sale agree: the engine event by event, `replay`, and SQL in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.rows import class_row

from auction_engine.sale.bidding import BidAccepted
from auction_engine.sale.closing import standing
from auction_engine.sale.course import Step
from auction_engine.sale.events import Admit, Bid, Event, Resume, Suspend, Withdraw
from deploy.local.postgres import Cluster
from tests.engine.documents import written
from tests.engine.histories import History, Played, as_document, played, random_history
from tests.engine.running import run

BATCHES, BATCH = 20, 500
COURSE = (Path(__file__).parent / "course.sql").read_text(encoding="utf-8")
TABLES = """
    CREATE TEMP TABLE histories (history int PRIMARY KEY, round text, starting_price bigint,
      increment bigint, multiples_only bool, opens_at timestamptz, closes_at timestamptz,
      looked_at timestamptz);
    CREATE TEMP TABLE events (history int, n int, kind text, at timestamptz, code text,
      amount bigint, rank int, authority text, since timestamptz, closes_at timestamptz,
      PRIMARY KEY (history, n));
    CREATE TEMP TABLE bidders (history int, code text, rank int, excluded bool,
      PRIMARY KEY (history, code))"""


class Told(NamedTuple):
    """What PostgreSQL says of one history."""

    history: int
    leader: str | None
    price: int | None
    ends_at: datetime
    extensions: int
    accepted: int
    answers: list[str]
    minimums: list[int | None]
    ends: list[datetime]
    status: str
    last_accepted_leads: bool


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    """A connection with the three empty tables; nothing of the application is needed."""
    with psycopg.connect(cluster.url(), autocommit=True) as made:
        made.execute(TABLES)
        yield made


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_course_is_one_truth_in_three_tellings(
    connection: psycopg.Connection[Any], batch: int
) -> None:
    """RULE-F5, RULE-G5, RULE-G6, RULE-G8, RULE-H1, RULE-K1, RULE-K10, RULE-L5 and RULE-E4."""
    random = Random(f"course {batch}")
    histories = [random_history(random) for _ in range(BATCH)]

    told = _told_by_sql(connection, histories)

    for history, telling in zip(histories, told, strict=True):
        engine = played(history)
        assert _as_told(history, engine) == telling._replace(history=0), history
        assert _by_replay(history, engine) == _outline(telling), history


def test_the_histories_reach_every_answer(connection: psycopg.Connection[Any]) -> None:
    """A property that never meets a case proves nothing about it."""
    random = Random("every answer")

    told = _told_by_sql(connection, [random_history(random) for _ in range(BATCH)])

    assert {answer for each in told for answer in each.answers} == {
        "accepted",
        "admitted",
        "below_minimum",
        "below_starting_price",
        "closed",
        "equal_needs_better_priority",
        "excluded",
        "not_a_multiple",
        "not_admitted",
        "not_open_yet",
        "out of place",
        "resumed",
        "suspended",
        "suspended by order",
        "taken back",
        "withdrawn",
    }
    assert {each.status for each in told} == {
        "not_open",
        "open",
        "sold",
        "suspended",
        "unsold",
        "withdrawn",
    }
    assert any(each.extensions > 2 for each in told)


def _told_by_sql(connection: psycopg.Connection[Any], histories: list[History]) -> list[Told]:
    connection.execute("TRUNCATE histories, events, bidders")
    with connection.cursor() as cursor:
        _copy(cursor, "histories", (_sale(i, each) for i, each in enumerate(histories)))
        _copy(cursor, "events", _events(histories))
        _copy(cursor, "bidders", _bidders(histories))
    connection.execute("ANALYZE histories; ANALYZE events; ANALYZE bidders")
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return cursor.execute(COURSE).fetchall()


def _copy(cursor: psycopg.Cursor[Any], table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _sale(i: int, history: History) -> tuple[Any, ...]:
    sale = history.terms
    money = (sale.starting_price, sale.increment, sale.multiples_only)
    return i, sale.round, *money, sale.opens_at, sale.closes_at, history.looked_at


def _events(histories: list[History]) -> Iterator[tuple[Any, ...]]:
    for i, history in enumerate(histories):
        for n, event in enumerate(history.events, start=1):
            yield i, n, type(event).__name__.lower(), event.at, *_details(event)


def _details(event: Event) -> tuple[Any, ...]:
    """code, amount, rank, authority, since, closes_at"""
    match event:
        case Bid():
            return event.code, event.amount, None, None, None, None
        case Admit():
            return event.code, None, event.priority_rank, None, None, None
        case Suspend():
            return None, None, None, event.by, event.since, None
        case Resume():
            return None, None, None, None, None, event.closes_at
        case Withdraw():
            return None, None, None, event.by, None, None


def _bidders(histories: list[History]) -> Iterator[tuple[Any, ...]]:
    for i, history in enumerate(histories):
        for bidder in history.bidders:
            yield i, bidder.code, bidder.priority_rank, bidder.excluded is not None


def _as_told(history: History, engine: Played) -> Told:
    """What the engine says, event by event, in the words of the table."""
    sale = engine.course.sale
    stands = standing(sale, history.looked_at)
    return Told(
        history=0,
        leader=stands.leader,
        price=stands.price,
        ends_at=stands.closes_at,
        extensions=stands.extensions,
        accepted=stands.accepted,
        answers=[_answer(step) for step in engine.steps],
        minimums=[getattr(step and step.decision, "minimum", None) for step in engine.steps],
        ends=_ends(history, engine),
        status=stands.status,
        last_accepted_leads=True,
    )


def _ends(history: History, engine: Played) -> list[datetime]:
    """The end in force after each event; what is out of place moves nothing."""
    ends = [history.terms.closes_at]
    for step in engine.steps:
        ends.append(ends[-1] if step is None else step.sale.closes_at)
    return ends[1:]


def _answer(step: Step | None) -> str:
    match step:
        case None:
            return "out of place"
        case Step(decision=None):
            words = {
                Suspend: "suspended by order",
                Resume: "resumed",
                Withdraw: "taken back",
                Admit: "admitted",
            }
            return words[type(step.event)]
        case Step(decision=BidAccepted()):
            return "accepted"
        case _:
            return step.decision.reason


def _by_replay(history: History, engine: Played) -> tuple[Any, ...]:
    """What the command line says of the same events; what is out of place it would not take."""
    ran = run("replay", stdin=as_document(history, engine.fitting))
    assert ran.status == 0, ran.err
    keys = ("leader", "price", "closes_at", "extensions", "accepted", "status")
    return tuple(ran.answer[key] for key in keys)


def _outline(told: Told) -> tuple[Any, ...]:
    closes_at = written(told.ends_at.astimezone(UTC))
    return told.leader, told.price, closes_at, told.extensions, told.accepted, told.status
