"""F06 to F11: who came in time, who leads, and whose key it is."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Asked, Kind
from tests.faults.nemesis import held_row
from tests.faults.oracles import Healed
from tests.faults.rig import Rig
from tests.faults.stage import START, STEP, a_stage, a_stage_that_ends_soon

MICROSECOND = timedelta(microseconds=1)
FIVE_MINUTES = timedelta(minutes=5)


def together(acts: list[Callable[[], Asked]]) -> list[Asked]:
    """All at once; their answers in the order of `acts`."""
    answers: list[Asked | None] = [None] * len(acts)

    def run(place: int) -> None:
        answers[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answer for answer in answers if answer is not None]


def lock_across_the_end(rig: Rig, size: Size) -> Found:
    """Offers too low to lead, so that none of them moves the end: only their time is asked."""
    stage = a_stage_that_ends_soon(rig, size.seed, 5.0, bidders=4)
    end = stage.ends_at().timestamp()
    low = START - STEP
    in_time: list[Asked] = []
    late: list[Asked] = []
    with held_row(stage):
        asking = threading.Thread(
            target=lambda: in_time.extend(
                together(
                    [
                        lambda b=b: b.ask_until_known(low, ports=stage.ports)
                        for b in stage.bidders
                        for _ in range(size.of(2, 3))
                    ]
                )
            )
        )
        asking.start()
        _sleep_until(end + 0.6)
        asking_late = threading.Thread(
            target=lambda: late.extend(
                together(
                    [
                        lambda b=b: b.ask_until_known(low, ports=stage.ports)
                        for b in stage.bidders
                        for _ in range(size.of(2, 3))
                    ]
                )
            )
        )
        asking_late.start()
        _sleep_until(end + 1.4)
    asking.join(60)
    asking_late.join(60)
    closed = stage.wait_for_status("unsold")
    stage.healed = Healed(closed_after_s=closed, expects_bid=False)
    final = stage.finish()
    found = Found(stage.judge(final))
    on_merit = sum(asked.reason == "below_starting_price" for asked in in_time)
    refused = sum(asked.reason == "closed" for asked in late)
    found.figures = {
        "sent in time and decided on their merits": f"{on_merit} of {len(in_time)}",
        "sent after the end and refused as late": f"{refused} of {len(late)}",
    }
    if on_merit < len(in_time):
        found.wrong.append(f"F06: {len(in_time) - on_merit} bids in time were refused as late")
    if refused < len(late):
        found.wrong.append(f"F06: {len(late) - refused} late bids were not refused as late")
    return found


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def second_clock(rig: Rig, size: Size) -> Found:
    """A bid that was stamped and is slow to be written, another that overtakes it, and the end."""
    found = Found()
    for turn in range(size.of(1, 5)):
        stage = a_stage(rig, size.seed + turn, bidders=2, legal_at=datetime.now(UTC))
        slow, quick = stage.bidders
        slow.port, quick.port = stage.ports[0], stage.ports[-1]
        first = threading.Thread(target=slow.ask_until_known, args=(START + 203,))
        first.start()
        _wait_for_a_slow_one(rig)
        quick.ask_until_known(START + 100)
        first.join(30)
        stage.bring_the_end(seconds=0.6)
        slow.ask_until_known(START + 503)
        stage.bring_the_end()
        stage.wait_for_status("sold", seconds=5)
        found.wrong += stage.judge(stage.finish(), by_real_time=False)
    found.figures["sales"] = size.of(1, 5)
    return found


def _wait_for_a_slow_one(rig: Rig) -> None:
    """Until the slow bid has its stamp and sleeps before its commit."""
    for _ in range(200):
        if rig.sql(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND state = 'active'"
        ):
            return
        time.sleep(0.02)


def equal_bids(rig: Rig, size: Size) -> Found:
    """Four bids of one amount from two processes at once, in every order of four ranks."""
    found, ranks = Found(), (None, 1, 1, 2)
    orders = sorted(set(permutations(range(4))))
    Random(size.seed).shuffle(orders)
    for order in orders[: size.of(4, 24)]:
        stage = a_stage(rig, size.seed, bidders=4, ranks=ranks, watched=False)
        for number in order:
            stage.bidders[number].bid(START)
        together([lambda b=b: b.bid(START + STEP) for b in stage.bidders])
        found.wrong += stage.judge(stage.finish(), by_real_time=False)
        best = min(rank for rank in ranks if rank is not None)
        [(rank,)] = rig.sql("SELECT leader_rank FROM sale_states WHERE sale_id = %s", stage.sale_id)
        if rank != best:
            found.wrong.append(f"F09: rank {rank} leads over rank {best} at the same amount")
    found.figures["orders"] = size.of(4, 24)
    return found


def keys_of_others(rig: Rig, size: Size) -> Found:
    stage, elsewhere = a_stage(rig, size.seed, bidders=2), a_stage(rig, size.seed, bidders=1)
    one, other = stage.bidders
    key, low = str(uuid.uuid4()), str(uuid.uuid4())
    first = one.bid(START, key=key)
    one.bid(START - STEP, key=low)
    table = {
        "the same key with another amount": one.bid(START + STEP, key=key),
        "the same key for another lot": elsewhere.bidders[0].bid(START, key=key),
        "the key of another bidder": other.bid(START, key=key),
        "the key of a refused bid with another amount": one.bid(START + STEP, key=low),
    }
    again = one.bid(START, key=key, port=stage.ports[-1])
    final = stage.finish()
    elsewhere.observer.stop()
    found = Found(figures={"cases": len(table) + 1})
    found.wrong += [
        f"F10: {case} was {answer.kind} ({answer.reason})"
        for case, answer in table.items()
        if answer.reason != "key_reused"
    ]
    if again.told != first.told:
        found.wrong.append("F10: the same bid again was told something else")
    if len(final.bids) != 1:
        found.wrong.append(f"F10: {len(final.bids)} bids are in the log, one was made")
    return found


# (name, bidding began so long before, how long before the end, answer, how far the end moves)
_MOMENTS = (
    ("a microsecond before the opening", -MICROSECOND, None, "not_open_yet", None),
    ("at the opening", timedelta(0), None, "accepted", timedelta(0)),
    ("a microsecond after the opening", MICROSECOND, None, "accepted", timedelta(0)),
    (
        "five minutes and a microsecond before the end",
        None,
        FIVE_MINUTES + MICROSECOND,
        "accepted",
        timedelta(0),
    ),
    ("five minutes before the end", None, FIVE_MINUTES, "accepted", timedelta(0)),
    ("five minutes less a microsecond", None, FIVE_MINUTES - MICROSECOND, "accepted", MICROSECOND),
    ("a microsecond before the end", None, MICROSECOND, "accepted", FIVE_MINUTES - MICROSECOND),
    ("at the end", None, timedelta(0), "closed", None),
    ("a microsecond after the end", None, -MICROSECOND, "closed", None),
)


def exact_moments(rig: Rig, size: Size) -> Found:
    found = Found(figures={"moments": len(_MOMENTS)})
    for name, after_opening, before_end, answer, moves in _MOMENTS:
        found.wrong += _at_moment(rig, name, after_opening, before_end, answer, moves)
    return found


def _at_moment(
    rig: Rig,
    name: str,
    after_opening: timedelta | None,
    before_end: timedelta | None,
    answer: str,
    moves: timedelta | None,
) -> list[str]:
    from tests.faults.histories import History
    from tests.faults.stage import one_bidder

    opens = datetime(2026, 5, 25, 2, tzinfo=UTC)
    ends = opens + timedelta(hours=24)
    at = opens + after_opening if after_opening is not None else ends - (before_end or timedelta(0))
    world = rig.world
    court = world.court(rehearsal_at=opens - timedelta(hours=1), rate=0)
    sale = world.sale(court, opens_at=opens, closes_at=ends, starting_price=START, increment=STEP)
    bidder = one_bidder(rig, sale, "B01", History())
    world.hold_clock(court, at)
    asked = bidder.ask_until_known(START)
    told = "accepted" if asked.kind is Kind.OK else asked.reason
    if told != answer:
        return [f"F11: {name} was {told}, the rule says {answer}"]
    if moves is None:
        return []
    end = datetime.fromisoformat(asked.closes_at or "")
    return [] if end - ends == moves else [f"F11: {name} moved the end by {end - ends}"]


EXPERIMENTS = (
    Experiment(
        "F06",
        "Somebody holds the lot's row across the end",
        "A statement sits on the lot's row from before the end until after it, so that nothing can"
        " be decided. Some bids are sent before the end, some after it; all wait.",
        "The time of a bid is when it enters the system. Whoever was in time is judged on the"
        " merits, however long the decision took; whoever was late is refused.",
        lock_across_the_end,
        (
            Mutant(
                "a bid is stamped when the row is free",
                ("the stamp waits for the lot",),
                "in time were refused as late",
            ),
        ),
    ),
    Experiment(
        "F08",
        "A bid is stamped, and slow to be written",
        "One bid has its stamp and sleeps over a second before its commit; another overtakes it;"
        " the end comes meanwhile. The database's own commit times are the second clock.",
        "Bids are decided in the order in which they came in. No outcome while one that came before"
        " the end is on its way.",
        second_clock,
        (Mutant("nobody waits for stamps on their way", ("no barrier",), "O1"),),
        with_faults=("some are slow to be written",),
    ),
    Experiment(
        "F09",
        "Equal bids at once, with and without priority",
        "Four bidders, one without priority, two of the same rank, one of a lower rank, offer the"
        " same amount in all orders and from both processes at once.",
        "At the same price the better rank is preferred, and among equals the first.",
        equal_bids,
        (Mutant("the rank is not asked", ("rank is not asked",), "O1"),),
        is_quick=False,
    ),
    Experiment(
        "F10",
        "Keys are used again",
        "The key of a bid is sent with another amount, for another lot, by another bidder.",
        "A key is one bid. Whatever else comes under it is refused, and the record stays as it is.",
        keys_of_others,
        (Mutant("a key is anybody's", ("a key is anybody's",), "F10"),),
    ),
    Experiment(
        "F11",
        "A microsecond before, at and after",
        "Bids exactly at the opening, five minutes before the end and at the end, and a microsecond"
        " around each, with a clock that stands still.",
        "The end belongs to the closed side; a bid in the last five minutes moves the end to five"
        " minutes after it, and no other bid moves it.",
        exact_moments,
        (Mutant("the end belongs to bidding", ("the end belongs to bidding",), "F11: at the end"),),
    ),
)
