"""Snapshots are kept for a moment; `seq` never goes back for whoever asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.queries.live_sale import MOST_BIDS
from app.web.public.news import News
from app.web.public.snapshots import Snapshots

NOW = "2026-11-22T04:00:00+00:00"


@dataclass
class Sale:
    """What a database would answer, and how often it was asked."""

    seq: int = 0
    rate: float = 1.0
    questions: list[int] = field(default_factory=list)

    def read(self, public_id: str, after: int) -> dict[str, Any] | None:
        self.questions.append(after)
        if public_id != "here":
            return None
        newest = min(self.seq, after + MOST_BIDS)
        bids = [{"seq": number} for number in range(after + 1, newest + 1)]
        times = {"now": NOW, "legal": NOW, "rate": self.rate}
        return {"sale": public_id, "seq": self.seq, "bids": bids, **times}


def kept(sale: Sale, seconds: float = 60.0) -> tuple[Snapshots, News]:
    told = News()
    return Snapshots(sale.read, told, seconds), told


def seqs(answer: dict[str, Any] | None) -> list[int]:
    assert answer is not None
    return [bid["seq"] for bid in answer["bids"]]


def test_however_many_ask_the_database_is_asked_once() -> None:
    sale = Sale(seq=3)
    snapshots, _told = kept(sale)

    answers = [snapshots.answer("here", 0) for _ in range(1_000)]

    assert len(sale.questions) == 2  # where its bids end, and the bids
    assert seqs(answers[-1]) == [1, 2, 3]


def test_an_announcement_throws_away_what_was_kept() -> None:
    sale = Sale(seq=1)
    snapshots, told = kept(sale)
    snapshots.answer("here", 0)

    sale.seq = 2
    told.hear({"sale": "here"})

    assert seqs(snapshots.answer("here", 1)) == [2]


def test_without_an_announcement_what_was_kept_counts_for_its_moment_only() -> None:
    sale = Sale(seq=1)
    snapshots, _told = kept(sale, seconds=0.0)
    snapshots.answer("here", 0)

    sale.seq = 2

    assert seqs(snapshots.answer("here", 0)) == [1, 2]


def test_seq_never_goes_back_for_one_who_knows_more_than_was_kept() -> None:
    """They heard it by a socket of another process; the announcement to this one was lost."""
    sale = Sale(seq=1)
    snapshots, _told = kept(sale)
    snapshots.answer("here", 0)

    sale.seq = 2
    answer = snapshots.answer("here", 2)

    assert answer is not None and answer["seq"] == 2


def test_a_reading_that_is_older_than_what_is_kept_does_not_replace_it() -> None:
    sale = Sale(seq=5)
    snapshots, told = kept(sale)
    snapshots.answer("here", 0)

    sale.seq = 4
    told.hear({"sale": "here"})
    answer = snapshots.answer("here", 0)

    assert answer is not None and answer["seq"] == 5


def test_claims_to_know_more_do_not_become_a_question_each() -> None:
    sale = Sale(seq=1)
    snapshots, _told = kept(sale)
    snapshots.answer("here", 0)
    before = len(sale.questions)

    crowd = [threading.Thread(target=snapshots.answer, args=("here", 10**9)) for _ in range(50)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(10)

    assert len(sale.questions) - before <= 3


def test_a_long_absence_comes_back_in_pieces_without_holes() -> None:
    sale = Sale(seq=2 * MOST_BIDS + 30)
    snapshots, _told = kept(sale)

    had: list[int] = []
    while len(had) < sale.seq:
        had += seqs(snapshots.answer("here", len(had)))

    assert had == list(range(1, sale.seq + 1))


def test_old_bids_are_read_once_for_everybody() -> None:
    sale = Sale(seq=2 * MOST_BIDS + 30)
    snapshots, _told = kept(sale)
    for _ in range(3):
        snapshots.answer("here", 0)
        snapshots.answer("here", 7)

    assert sale.questions.count(0) == 1


def test_full_blocks_of_bids_lie_small_until_somebody_asks() -> None:
    """A process that runs for weeks keeps thousands of bids of hundreds of sales."""
    sale = Sale(seq=2 * MOST_BIDS + 30)
    snapshots, _told = kept(sale)

    snapshots.answer("here", 0)

    full, newest = snapshots._kept["here"].blocks.values()
    assert isinstance(full, bytes) and len(full) < MOST_BIDS * 5
    assert isinstance(newest, list) and len(newest) == 30


def test_bids_that_come_in_a_burst_leave_no_hole() -> None:
    sale = Sale(seq=MOST_BIDS - 1)
    snapshots, told = kept(sale)
    snapshots.answer("here", 0)

    sale.seq = 3 * MOST_BIDS + 1
    told.hear({"sale": "here"})

    answer = snapshots.answer("here", 2 * MOST_BIDS)
    assert seqs(answer) == list(range(2 * MOST_BIDS + 1, 3 * MOST_BIDS + 1))


def test_the_clock_in_an_answer_goes_on_while_it_is_kept() -> None:
    sale = Sale(seq=1)
    snapshots, _told = kept(sale)

    first, second = (snapshots.answer("here", 0) for _ in range(2))

    assert first is not None and second is not None
    moments = [datetime.fromisoformat(one["now"]) for one in (first, second)]
    assert moments[0] < moments[1]


def test_the_clock_of_a_held_rehearsal_stands_still() -> None:
    snapshots, _told = kept(Sale(seq=1, rate=0))

    answer = snapshots.answer("here", 0)

    assert answer is not None and answer["legal"] == NOW


def test_a_sale_that_does_not_exist_is_not_kept() -> None:
    snapshots, _told = kept(Sale())

    assert snapshots.answer("elsewhere", 0) is None
