"""Forward periods of the procedure (RULE-Q1, RULE-Q4; DIST-E9)."""

from datetime import date

import pytest

from auction_engine.sale.calendar import last_day_of_period

QINGMING_2026 = frozenset({date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6)})


@pytest.mark.parametrize(
    ("event", "last_day"),
    [
        (date(2026, 3, 2), date(2026, 3, 17)),
        (date(2026, 3, 20), date(2026, 4, 7)),
        (date(2026, 4, 8), date(2026, 4, 23)),
    ],
)
def test_fifteen_days_end_as_in_the_worked_calendar(event: date, last_day: date) -> None:
    assert last_day_of_period(event, 15, QINGMING_2026) == last_day


def test_a_last_day_on_a_weekend_rolls_to_monday() -> None:
    assert last_day_of_period(date(2026, 5, 1), 15) == date(2026, 5, 18)
