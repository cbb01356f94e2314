"""Most bidders of a sale gone at once: an alarm, and nothing else (FAULT-F41)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ProgrammingError

from app.db import engine_options
from app.services.bidding.lost_bidders import notice_lost_bidders, write_who_is_here
from tests.world import World

MINUTE = timedelta(minutes=1)


def _engine(url: str, role: str) -> Iterator[Engine]:
    made = create_engine(url, **engine_options(role))
    yield made
    made.dispose()


@pytest.fixture
def closer_engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    yield from _engine(clean_database["closer"], "closer")


@pytest.fixture
def live_engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    yield from _engine(clean_database["public"], "public")


@pytest.fixture
def sale(world: World) -> Callable[[timedelta], int]:
    """`sale(MINUTE)`: one that ends in a minute, and has been open for two days."""
    court = world.court(rehearsal_at=None)

    def ending(in_: timedelta) -> int:
        closes_at = datetime.now(UTC) + in_
        return world.sale(court, opens_at=closes_at - timedelta(days=2), closes_at=closes_at)

    return ending


def _here(world: World, sale: int, process: str, *counts: int) -> None:
    """What `process` counted every two seconds, the last of it just now."""
    for ago, bidders in enumerate(reversed(counts)):
        world.rows(
            "INSERT INTO attendance (sale_id, process, at, bidders) VALUES"
            " (%s, %s, clock_timestamp() - make_interval(secs => %s), %s) RETURNING sale_id",
            sale,
            process,
            ago * 2 + 0.1,
            bidders,
        )


def _alarms(world: World) -> list[tuple[int, int, bool]]:
    return world.rows("SELECT were_here, stayed, back_at IS NOT NULL FROM lost_bidders ORDER BY id")


def test_six_of_ten_gone_at_once_is_an_alarm_and_changes_nothing(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    """RULE-L1, RULE-L2: ours did not fail, so the platform stays nothing."""
    lost = sale(5 * MINUTE)
    _here(world, lost, "live-1", 10, 10, 10, 4, 4, 4)

    assert notice_lost_bidders(closer_engine) == 1

    assert _alarms(world) == [(10, 4, False)]
    assert world.rows("SELECT count(*) FROM arrivals") == [(0,)]
    assert world.rows("SELECT status FROM sale_states") == [("announced",)]


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param((10, 10, 10, 5, 5, 5), id="half"),
        pytest.param((10, 10, 10, 4, 4, 9), id="most of them are back at once"),
        pytest.param((2, 2, 2, 0, 0, 0), id="two who have seen enough"),
        pytest.param((10,) * 3 + (4,) * 20, id="long ago"),
    ],
)
def test_this_is_no_alarm(
    world: World,
    closer_engine: Engine,
    sale: Callable[[timedelta], int],
    counts: tuple[int, ...],
) -> None:
    _here(world, sale(5 * MINUTE), "live-1", *counts)

    assert notice_lost_bidders(closer_engine) == 0


def test_bidders_who_come_back_to_another_process_are_not_lost(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    one = sale(5 * MINUTE)
    _here(world, one, "live-1", 10, 10, 10, 0, 0, 0)
    _here(world, one, "live-2", 0, 0, 0, 10, 10, 10)

    assert notice_lost_bidders(closer_engine) == 0


def test_a_process_that_says_nothing_any_more_has_lost_its_bidders(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    one = sale(5 * MINUTE)
    _here(world, one, "live-1", 9, 9, 9)
    world.rows("UPDATE attendance SET at = at - interval '8 seconds' RETURNING at")
    _here(world, one, "live-2", *[1] * 7)

    assert notice_lost_bidders(closer_engine) == 1
    assert _alarms(world) == [(10, 1, False)]


def test_they_do_not_fall_silent_all_in_one_second(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    one = sale(5 * MINUTE)
    _here(world, one, "live-1", 10, 10, 10, 10, 10, 4, 4, 4)
    told = [notice_lost_bidders(closer_engine)]

    world.rows("UPDATE attendance SET at = at - interval '8 seconds' RETURNING at")
    _here(world, one, "live-1", 3, 2, 2)
    told.append(notice_lost_bidders(closer_engine))

    assert told == [1, 0]
    assert _alarms(world) == [(10, 3, False)]


def test_whoever_moves_to_a_new_process_does_not_count_for_two(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    """A killed process and the one after it, in the same seconds; then half of them are gone."""
    one = sale(5 * MINUTE)
    _here(world, one, "live-1", 10, 10, 10, 10, 0, 0, 0, 0, 0)
    _here(world, one, "live-2", 10, 10, 5, 5, 5, 5)

    assert notice_lost_bidders(closer_engine) == 0


def test_an_alarm_stands_once_until_most_are_back_and_then_may_come_again(
    world: World, closer_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    one = sale(5 * MINUTE)
    _here(world, one, "live-1", 10, 10, 10, 0, 0, 0)
    told = [notice_lost_bidders(closer_engine), notice_lost_bidders(closer_engine)]

    world.rows("UPDATE attendance SET at = at - interval '10 seconds' RETURNING at")
    _here(world, one, "live-1", 8, 9)
    told.append(notice_lost_bidders(closer_engine))

    assert told == [1, 0, 0]
    assert _alarms(world) == [(10, 0, True)]


def test_a_live_process_writes_down_sales_near_their_end_and_reads_nothing(
    world: World, live_engine: Engine, sale: Callable[[timedelta], int]
) -> None:
    near, far, over = sale(5 * MINUTE), sale(11 * MINUTE), sale(-MINUTE)
    names = dict(world.rows("SELECT id, public_id FROM sales"))

    write_who_is_here(live_engine, "live-1", {names[one]: 3 for one in (near, far, over)})

    assert world.rows("SELECT sale_id, bidders FROM attendance") == [(near, 3)]
    with live_engine.connect() as connection, pytest.raises(ProgrammingError):
        connection.exec_driver_sql("SELECT * FROM attendance")


def test_how_many_bidders_there_are_the_web_cannot_read(
    world: World, clean_database: dict[str, str]
) -> None:
    """RULE-A8"""
    for engine in _engine(clean_database["web"], "web"):
        with engine.connect() as connection, pytest.raises(ProgrammingError):
            connection.exec_driver_sql("SELECT were_here FROM lost_bidders")
