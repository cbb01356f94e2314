"""How a court reads what its law leaves open: chosen by a president, with a reason, on the record.

A choice holds for sales and plans drafted afterwards; each keeps the readings that its id names.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.db import transaction
from app.models.courts import CourtRecord
from app.models.outbox_rows import record_act
from auction_engine.rulepacks import RULE_PACKS, WATERFALL_RULES
from auction_engine.rulepacks.pack import Switch

# The calendar's page has this one, because it changes days and not only drafts.
ELSEWHERE = frozenset({"days_before"})


class ReadingRefusal(StrEnum):
    NO_SUCH_READING = "no_such_reading"
    NO_REASON = "no_reason"


def open_questions(rule_family: str) -> dict[str, Switch]:
    """The switches of every pack of a family and of its order of payment, by name."""
    questions: dict[str, Switch] = {}
    for pack in RULE_PACKS.values():
        if pack.family == rule_family:
            questions |= pack.switches
            if pack.distribution is not None:
                questions |= WATERFALL_RULES[pack.distribution].switches
    return {name: switch for name, switch in questions.items() if name not in ELSEWHERE}


def choose_readings(
    court_id: int, chosen: Mapping[str, str], *, reason: str, by: int
) -> CourtRecord | ReadingRefusal:
    with transaction() as session:
        court = session.get_one(CourtRecord, court_id, with_for_update=True)
        questions = open_questions(court.rule_family)
        for name, value in chosen.items():
            if name not in questions or value not in questions[name].values:
                return ReadingRefusal.NO_SUCH_READING
        if not reason.strip():
            return ReadingRefusal.NO_REASON
        court.readings = {
            name: value for name, value in chosen.items() if value != questions[name].default
        }
        record_act(
            session,
            actor="court",
            action="court.readings_chosen",
            subject=f"court:{court.public_id}",
            court_id=court.id,
            person_id=by,
            reason=reason.strip(),
            readings=dict(court.readings),
        )
    return court
