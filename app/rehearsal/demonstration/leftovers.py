"""What earlier starts left behind: a court half made, lots that the platform stayed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from app.rehearsal.browser import TurnedAway
from app.rehearsal.founding import Staff
from app.rehearsal.listing import hold_clock, written

TO_THE_END = timedelta(minutes=15)

log = logging.getLogger(__name__)


def let_clock_run(staff: Staff) -> None:
    """A court whose making was cut short stands still at some past day; now it goes on."""
    hold_clock(staff, datetime.now(UTC), rate=1)


def let_go_on(staff: Staff, sales: list[str]) -> None:
    """A judge lets stayed sales go on: those that an outage touched, and those of a claim."""
    for sale in sales:
        try:
            snapshot = staff.clerk.browser.json(f"/sales/{sale}/snapshot.json")
            if snapshot["status"] == "suspended":
                _resume(staff, sale, datetime.fromisoformat(snapshot["legal"]))
        except TurnedAway as refused:
            log.info("sale %s does not go on: %s", sale, refused)


def _resume(staff: Staff, sale: str, now: datetime) -> None:
    """Announced, then done, with more time left than the law asks for (RULE-L5)."""
    page = f"{staff.path}/sales/{sale}/control"
    judge = staff.judges[0].browser
    judge.submit(
        page,
        action="/resumption",
        resumes_at=written(now - timedelta(seconds=5)),
        closes_at=written(now + TO_THE_END),
    )
    judge.submit(page, action="/resume")
