"""No sale is closed whose bidders could not reach the platform, or by a clock that jumped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from app.db import engine_options
from app.gateways.seal import Opener
from app.services.bidding import sweeps
from app.services.bidding.close import Message, close_together
from app.services.bidding.full_disk import LeastFree, stay_what_a_full_disk_threatens
from app.services.bidding.outages import bids_can_be_taken, stay_what_an_outage_touched
from app.services.bidding.steady_clock import SteadyClock, stay_what_a_jump_touched
from tests.world import World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    made = create_engine(clean_database["closer"], **engine_options("closer"))
    yield made
    made.dispose()


@pytest.fixture
def sale(world: World) -> Callable[[timedelta], int]:
    """`sale(MINUTE)`: one of a real court that ends in a minute."""
    court = world.court(rehearsal_at=None)

    def ending(in_: timedelta) -> int:
        closes_at = datetime.now(UTC) + in_
        return world.sale(court, opens_at=closes_at - 2 * DAY, closes_at=closes_at)

    return ending


@pytest.fixture
def close(engine: Engine, test_settings: dict[str, Any]) -> Callable[..., int]:
    opener = Opener(test_settings["ENVELOPE_PRIVATE_KEY"])
    return lambda **named: sweeps.close_due(engine, lambda _message: None, opener.open, **named)


def _beats(world: World, process: str, *ago: float) -> None:
    with world.engine.begin() as connection:
        for seconds in ago:
            at = f"clock_timestamp() - interval '{seconds} s'"
            connection.exec_driver_sql(f"INSERT INTO beats VALUES ({at}, '{process}')")


def _status(world: World, engine: Engine) -> list[str]:
    sweeps.drain_leftovers(engine, lambda _message: None)
    return [status for (status,) in world.rows("SELECT status FROM sale_states ORDER BY sale_id")]


def test_a_gap_of_nineteen_seconds_near_the_end_stays_the_sale(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    """RULE-L2"""
    sale(3 * MINUTE)
    sale(DAY)
    _beats(world, "web-1", 62, 61, 42, 41, 0)

    stayed = stay_what_an_outage_touched(engine)

    assert stayed == 1
    assert _status(world, engine) == ["suspended", "announced"]


def test_while_one_web_process_beats_there_is_no_gap(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    sale(3 * MINUTE)
    _beats(world, "web-1", 60, 30, 0)
    _beats(world, "web-2", 50, 40, 20, 10)

    assert stay_what_an_outage_touched(engine) == 0


def test_the_closing_process_alone_takes_no_bids(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    """RULE-L2: it beats all the time, and nobody reaches a page."""
    sale(3 * MINUTE)
    _beats(world, "web-1", 60, 30)
    _beats(world, "scheduler-1", *range(60))

    stayed = stay_what_an_outage_touched(engine)

    assert stayed == 1
    assert _status(world, engine) == ["suspended"]


def test_a_closing_process_that_was_dead_stays_nothing(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    sale(3 * MINUTE)
    _beats(world, "scheduler-1", 120, 0)
    _beats(world, "web-1", *range(0, 120, 5))

    assert stay_what_an_outage_touched(engine) == 0


def test_beats_of_before_a_clock_stepped_back_hide_no_outage(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    """RULE-L2: they lie in the future, and only seem to be the newest."""
    sale(3 * MINUTE)
    _beats(world, "web-1", 60, 30, -45, -44)

    with engine.connect() as connection:
        assert not bids_can_be_taken(connection)
    assert stay_what_an_outage_touched(engine) == 1


def test_only_a_process_that_bids_reach_says_that_they_can_be_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RULE-L2: where strangers' pages have workers of their own, no bid reaches those."""
    from app import wsgi

    said: list[Any] = []
    monkeypatch.setattr("app.services.bidding.outages.beat_from", said.append)
    monkeypatch.setattr("app.web.desk.warm_up_from", lambda _app: None)

    wsgi.pages  # noqa: B018  (made when asked for)
    assert said == []
    web = wsgi.web
    assert said == [web]


def test_nothing_is_closed_while_no_web_process_beats(
    world: World, engine: Engine, close: Callable[..., int], sale: Callable[[timedelta], int]
) -> None:
    """The gap may only have begun; whether it becomes one is seen a moment later."""
    sale(-SECOND)
    _beats(world, "web-1", 8, 7)

    close()

    with engine.connect() as connection:
        assert not bids_can_be_taken(connection)
    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]


def test_a_sale_that_ended_in_a_gap_is_stayed_and_not_closed(
    world: World, engine: Engine, close: Callable[..., int], sale: Callable[[timedelta], int]
) -> None:
    """RULE-L2: the web is back, and the first to look is the one who closes."""
    sale(-5 * SECOND)
    _beats(world, "web-1", 40, 0)

    close()

    assert _status(world, engine) == ["suspended"]
    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]


def test_with_beats_all_the_time_a_sale_is_closed(
    world: World, close: Callable[..., int], sale: Callable[[timedelta], int]
) -> None:
    sale(-SECOND)
    _beats(world, "web-1", *range(0, 400, 5))

    close()

    assert world.rows("SELECT status FROM outcomes") == [("unsold",)]


class _Hand:
    """A clock that cannot be set, in the hand of a test: it is told how time passes."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("seconds", [-45, -1, 2, 90])
def test_a_clock_that_jumps_stays_what_is_about_to_close(
    world: World,
    engine: Engine,
    close: Callable[..., int],
    sale: Callable[[timedelta], int],
    seconds: int,
) -> None:
    """The database's clock went on by itself; the other one says that it should not have."""
    sale(MINUTE / 2)
    sale(DAY)
    hand = _Hand()
    clock = SteadyClock(monotonic=hand)
    assert stay_what_a_jump_touched(engine, clock) == 0

    hand.at -= seconds
    close(clock=clock)

    assert _status(world, engine) == ["suspended", "announced"]
    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]


def test_a_clock_that_jumps_while_a_batch_is_closed_keeps_none_of_it(
    world: World,
    engine: Engine,
    close: Callable[..., int],
    sale: Callable[[timedelta], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The moment was read at the batch's beginning, and is in doubt for each of its lots."""
    for _number in range(3):
        sale(-SECOND)
    hand = _Hand()
    clock = SteadyClock(monotonic=hand)

    def close_and_jump(*args: Any, **named: Any) -> list[Message]:
        messages = close_together(*args, **named)
        hand.at -= 45
        return messages

    monkeypatch.setattr(sweeps, "close_together", close_and_jump)

    close(clock=clock)

    assert world.rows("SELECT count(*) FROM outcomes") == [(0,)]
    assert _status(world, engine) == ["suspended"] * 3


def test_an_outage_that_begins_while_a_herd_is_closed_spares_the_rest(
    world: World,
    engine: Engine,
    test_settings: dict[str, Any],
    sale: Callable[[timedelta], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RULE-L2: each batch is asked about, and not the first alone."""
    monkeypatch.setattr(sweeps, "_TOGETHER", 2)
    for _number in range(6):
        sale(-SECOND)
    _beats(world, "web-1", *range(0, 400, 5))

    def nobody_comes_through(_message: Message) -> None:
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE beats SET at = at - interval '5 s'")

    opener = Opener(test_settings["ENVELOPE_PRIVATE_KEY"])
    sweeps.close_due(engine, nobody_comes_through, opener.open, lanes=1)

    assert world.rows("SELECT count(*) FROM outcomes") == [(2,)]


def test_a_clock_that_runs_evenly_stays_nothing(
    world: World, engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    sale(MINUTE)
    clock = SteadyClock()

    stayed = [stay_what_a_jump_touched(engine, clock) for _ in range(20)]

    assert not any(stayed)


def test_a_clock_that_is_held_for_a_rehearsal_does_not_jump(world: World, engine: Engine) -> None:
    now = datetime.now(UTC)
    court = world.court(rehearsal_at=now, rate=0)
    world.sale(court, opens_at=now - DAY, closes_at=now + MINUTE)
    hand = _Hand()
    clock = SteadyClock(monotonic=hand)
    stay_what_a_jump_touched(engine, clock)

    hand.at += 90

    assert stay_what_a_jump_touched(engine, clock) == 0


def test_sales_that_run_are_stayed_before_the_disk_is_full(
    world: World,
    engine: Engine,
    sale: Callable[[timedelta], int],
    tmp_path: Path,
) -> None:
    """FAULT-F33"""
    sale(DAY)
    all_of_it = LeastFree(percent=100, mib=0)

    unknown_disk = stay_what_a_full_disk_threatens(engine, "", all_of_it)
    stayed = stay_what_a_full_disk_threatens(engine, str(tmp_path), all_of_it)

    assert (unknown_disk, stayed) == (0, 1)
    assert _status(world, engine) == ["suspended"]


def test_a_disk_with_room_stays_nothing(
    engine: Engine,
    sale: Callable[[timedelta], int],
    tmp_path: Path,
) -> None:
    sale(DAY)

    assert stay_what_a_full_disk_threatens(engine, str(tmp_path), LeastFree(0, 0)) == 0


@pytest.mark.parametrize(
    ("total_mib", "must_be_free_mib"), [(320, 64), (640, 64), (1_000, 100), (500_000, 50_000)]
)
def test_a_tenth_of_the_disk_stays_free_and_never_less_than_the_database_needs(
    total_mib: int, must_be_free_mib: int
) -> None:
    """FAULT-F33"""
    assert LeastFree().bytes_of(total_mib * 2**20) == must_be_free_mib * 2**20
