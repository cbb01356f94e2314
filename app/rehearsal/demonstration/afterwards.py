"""What a court does for the buyer once the price is paid: ruling, service, handover."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.rehearsal.browser import TurnedAway
from app.rehearsal.founding import Staff
from app.rehearsal.listing import written


def rule(staff: Staff, sale: str) -> None:
    """The clerk drafts the ruling, a judge signs it, the clerk records that it was served."""
    page = staff.clerk.browser.submit(f"{staff.path}/sales/{sale}/after", action="/ruling")
    document = page.url
    staff.judges[0].browser.submit(document, action="/sign")
    staff.clerk.browser.submit(document, action="/serve")


def hand_over(staff: Staff, sale: str, at: datetime) -> None:
    staff.clerk.browser.submit(
        f"{staff.path}/sales/{sale}/after",
        action="/handover",
        delivered_at=written(at),
        note="Keys handed over in the presence of two persons. 在两人见证下移交钥匙。",
    )


def must_be_accepted(answer: dict[str, Any]) -> None:
    if not answer.get("accepted"):
        raise TurnedAway(f"a bid was refused: {answer.get('reason')} {answer.get('message')}")
