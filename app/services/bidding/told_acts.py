"""An act of the court on a running sale, with what it owes to those who wait for it.

The act goes through the journal, in order with the bids. Then every depositor is told at the same
moment, and the case's log has it. The same key again is the same act.
"""

from __future__ import annotations

import uuid
from typing import Any

from app.db import transaction
from app.models.act_rows import find_act, tell_of_act
from app.models.draft_rows import record_about
from app.models.sales import SaleRecord
from app.models.stop_rows import is_recorded
from app.services.bidding import acts
from app.services.bidding.acts import ActAnswer, Done
from app.services.bidding.desk import Desk
from auction_engine.sale.stopping import Ground


def suspend(
    desk: Desk, sale_id: int, *, reason: str, key: uuid.UUID, by: int, **facts: Any
) -> ActAnswer:
    """Stay a sale now. `reason` is public at once and for ever, and names nobody."""
    answer = acts.suspend(desk, sale_id, reason=reason, key=key)
    follow_up(sale_id, "suspend", answer, key, by, **facts)
    return answer


def withdraw(
    desk: Desk,
    sale_id: int,
    *,
    ground: Ground,
    reason: str,
    key: uuid.UUID,
    by: int,
    **facts: Any,
) -> ActAnswer:
    """Take a sale back for good on a legal ground (RULE-L6); deposits go back as after every end.

    The ground and the reason stand in the journal, on the lot's page and in every notice.
    """
    answer = acts.withdraw(desk, sale_id, reason=reason, ground=ground, key=key)
    follow_up(sale_id, "withdraw", answer, key, by, ground=ground.value, **facts)
    return answer


def follow_up(
    sale_id: int, kind: str, answer: ActAnswer, key: uuid.UUID, by: int, **facts: Any
) -> None:
    if not isinstance(answer, Done):
        return
    with transaction() as session:
        record = session.get_one(SaleRecord, sale_id)
        notice = find_act(session, sale_id, kind, answer.at)
        if notice is not None:
            tell_of_act(session, notice)
        if not is_recorded(session, record, key):
            record_about(session, record, f"sale.{kind}", by, key=str(key), **facts)
