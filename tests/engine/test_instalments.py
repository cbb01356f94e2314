"""The rest of a price in parts: cut to the cent, in order, the nearest paid first (RULE-I1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.money.instalments import EarlierPart, PartsWrong, cut_into_parts, why_wrong

HALF_IN_TEN = (EarlierPart(10, 50),)


@pytest.mark.parametrize(
    ("earlier", "wrong"),
    [
        ([], None),
        ([(10, 30), (20, 30)], None),
        ([(29, 99)], None),
        ([(30, 50)], PartsWrong.NOT_IN_ORDER),
        ([(20, 30), (10, 30)], PartsWrong.NOT_IN_ORDER),
        ([(10, 30), (10, 30)], PartsWrong.NOT_IN_ORDER),
        ([(10, 50), (20, 50)], PartsWrong.NOTHING_LEFT),
        ([(0, 50)], PartsWrong.EMPTY),
        ([(10, 0)], PartsWrong.EMPTY),
    ],
)
def test_days_rise_and_something_is_left_for_the_last(
    earlier: list[tuple[int, int]], wrong: PartsWrong | None
) -> None:
    parts = [EarlierPart(*each) for each in earlier]

    assert why_wrong(parts, whole_within_days=30) is wrong


def test_an_odd_cent_falls_into_the_earlier_part() -> None:
    parts = cut_into_parts(HALF_IN_TEN, whole_within_days=30, rest=101, paid=0)

    assert [(part.days, part.amount, part.missing) for part in parts] == [
        (10, 51, 51),
        (30, 50, 50),
    ]


def test_what_was_paid_counts_for_the_nearest_part_and_then_for_the_next() -> None:
    parts = cut_into_parts(HALF_IN_TEN, whole_within_days=30, rest=100, paid=60)

    assert [part.missing for part in parts] == [0, 40]


def test_without_parts_the_rest_is_one() -> None:
    (part,) = cut_into_parts((), whole_within_days=10, rest=100, paid=30)

    assert (part.days, part.amount, part.missing) == (10, 100, 70)


@given(
    rest=st.integers(0, 10**12),
    percents=st.lists(st.integers(1, 33), max_size=3),
    share_paid=st.integers(0, 100),
)
def test_the_parts_are_the_rest_to_the_cent(
    rest: int, percents: list[int], share_paid: int
) -> None:
    earlier = [EarlierPart(day, percent) for day, percent in enumerate(percents, 1)]
    paid = rest * share_paid // 100

    parts = cut_into_parts(earlier, whole_within_days=30, rest=rest, paid=paid)

    assert sum(part.amount for part in parts) == rest
    assert sum(part.missing for part in parts) == rest - paid
    assert all(part.amount > 0 and 0 <= part.missing <= part.amount for part in parts)
