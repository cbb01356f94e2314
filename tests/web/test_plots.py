"""The drawings: nothing leaves its frame, and what is drawn is what is paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.web.plots import SCALE, price_curve, waterfall

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
rising = st.lists(st.integers(1, 10**9), min_size=2, max_size=30).map(
    lambda steps: [sum(steps[: index + 1]) for index in range(len(steps))]
)


def _bids(amounts: list[int]) -> list[dict[str, Any]]:
    return [
        {"seq": seq, "amount_minor": amount, "at": NOON + timedelta(seconds=7 * seq)}
        for seq, amount in enumerate(amounts, start=1)
    ]


def test_one_bid_alone_is_no_curve() -> None:
    assert price_curve(_bids([100])) is None


@given(amounts=rising)
def test_the_curve_stays_in_its_frame_and_never_falls(amounts: list[int]) -> None:
    curve = price_curve(reversed(_bids(amounts)))

    assert curve is not None
    heights = [y for _x, y in curve.dots]
    assert all(0 <= coordinate <= SCALE for dot in curve.dots for coordinate in dot)
    assert heights == sorted(heights, reverse=True)
    assert curve.amounts[0] >= max(amounts) and curve.amounts[-1] <= min(amounts)


@given(paid=st.lists(st.integers(0, 10**12), max_size=12), surplus=st.integers(0, 10**12))
def test_a_waterfall_runs_from_the_whole_pool_down_to_nothing(
    paid: list[int], surplus: int
) -> None:
    pool = sum(paid) + surplus
    rows = [{"label": "pool", "kind": "pool", "amount_minor": pool}]
    rows += [{"label": "claim", "kind": "claim", "amount_minor": amount} for amount in paid]
    rows += [{"label": "surplus", "kind": "surplus", "amount_minor": surplus}]

    bars = waterfall(rows)

    assert bars[0].start == 0 and bars[0].width == (SCALE if pool else 0)
    assert all(bar.start >= 0 and bar.start + bar.width <= SCALE for bar in bars)
    assert bars[-1].start == 0
    for before, after in pairwise(bars[1:]):
        assert after.start + after.width == before.start, "each begins where the last one ended"


def test_the_own_line_is_marked() -> None:
    rows = [
        {"label": "pool", "kind": "pool", "amount_minor": 100},
        {"label": "wages", "kind": "claim", "amount_minor": 40, "mine": True, "claimed_minor": 80},
    ]

    own = waterfall(rows)[1]

    assert own.mine and own.claimed_minor == 80
