"""What a court knows of a whole case that stops its sales: consent to sell all, bankruptcy.

RULE-C10: the debtor may agree that all lots are sold. RULE-L9: once a bankruptcy is accepted
everything stands still; once it is declared, enforcement has ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import CaseRecord
from app.models.columns import new_public_id
from app.models.courts import CourtRecord
from app.models.outbox_rows import record_act
from app.models.stop_rows import lock_case, running_sales, standing_bankruptcy
from app.models.stopping import Bankruptcy, CaseCoverage
from app.services.bidding import told_acts
from app.services.bidding.acts import ActAnswer, Done
from app.services.bidding.desk import Desk
from auction_engine.sale.stopping import Ground

# Public; the debtor's name stands in the announcement, the bankruptcy's number on the court's file.
STAY_REASON = "被执行人破产申请已被受理。A bankruptcy of the debtor is accepted."
END_REASON = "被执行人被宣告破产。The debtor is declared bankrupt."
_ACTS = uuid.UUID("9b1d7f4a-5f55-4a3c-9a70-0f1900000009")


class StandstillRefusal(StrEnum):
    RECORDED_ALREADY = "recorded_already"
    DECIDED_ALREADY = "decided_already"
    IN_THE_FUTURE = "in_the_future"
    NO_REFERENCE = "no_reference"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The sales that were stopped now; `late` could not be: they were over, or not reached."""

    bankruptcy: str
    sales: Sequence[str]
    late: Sequence[str]


def set_coverage(
    case: CaseRecord, *, costs: int, sells_all_reference: str, by: int
) -> StandstillRefusal | None:
    """Write down costs beyond the fee, and the debtor's consent with where it stands in the file.

    Without a reference there is no consent: the other lots are stopped once enough is sold.
    """
    reference = sells_all_reference.strip()[:200]
    with transaction() as session:
        locked = lock_case(session, case.id)
        now = legal_now(session, locked.court_id)
        agreed = {
            "costs": costs,
            "sells_all_at": now if reference else None,
            "sells_all_reference": reference or None,
            "changed_by": by,
        }
        session.execute(
            upsert(CaseCoverage)
            .values(case_id=case.id, court_id=locked.court_id, **agreed)
            .on_conflict_do_update(index_elements=["case_id"], set_=agreed)
        )
        _record(session, locked, "case.coverage_set", by, costs=costs, sells_all=bool(reference))
    return None


def record_bankruptcy(
    desk: Desk, case: CaseRecord, *, reference: str, accepted_on: date, by: int
) -> Stopped | StandstillRefusal:
    """Put an accepted bankruptcy on the file and stay every running sale of the case (RULE-L9)."""
    if not reference.strip():
        return StandstillRefusal.NO_REFERENCE
    with transaction() as session:
        locked = lock_case(session, case.id)
        if standing_bankruptcy(session, case.id) is not None:
            return StandstillRefusal.RECORDED_ALREADY
        now = legal_now(session, locked.court_id)
        zone = ZoneInfo(session.get_one(CourtRecord, locked.court_id).timezone)
        if accepted_on > now.astimezone(zone).date():
            return StandstillRefusal.IN_THE_FUTURE
        bankruptcy = Bankruptcy(
            public_id=new_public_id(),
            court_id=locked.court_id,
            case_id=locked.id,
            reference=reference.strip(),
            accepted_on=accepted_on,
            recorded_by=by,
            recorded_at=now,
        )
        session.add(bankruptcy)
        _record(session, locked, "bankruptcy.accepted", by, bankruptcy=bankruptcy.public_id)
        session.flush()
        named = bankruptcy.id
    return stop_what_runs(desk, named, by=by)


def end_bankruptcy(
    desk: Desk, bankruptcy: Bankruptcy, *, declared: bool, reference: str, by: int
) -> Stopped | StandstillRefusal:
    """Declared bankrupt: every sale is withdrawn and the case ends. Lifted: sales may go on again,
    within five days and announced beforehand like after every stay (RULE-L4, RULE-L9)."""
    if not reference.strip():
        return StandstillRefusal.NO_REFERENCE
    with transaction() as session:
        case = lock_case(session, bankruptcy.case_id)
        locked = _lock(session, bankruptcy.id)
        if locked.state != "accepted":
            return StandstillRefusal.DECIDED_ALREADY
        now = legal_now(session, locked.court_id)
        locked.state = "declared" if declared else "lifted"
        locked.ended_reference = reference.strip()
        locked.ended_at = now
        locked.ended_by = by
        if declared:
            case.state = "ended"
        _record(session, case, f"bankruptcy.{locked.state}", by, bankruptcy=locked.public_id)
    return stop_what_runs(desk, bankruptcy.id, by=by)


def stop_what_runs(desk: Desk, bankruptcy_id: int, *, by: int) -> Stopped:
    """Stay, or withdraw, what still runs in the case; again without harm."""
    with transaction() as session:
        bankruptcy = session.get_one(Bankruptcy, bankruptcy_id, populate_existing=True)
        act = _act_of(desk, bankruptcy, by)
        targets = [
            (sale.id, sale.public_id)
            for sale, state in running_sales(session, bankruptcy.case_id)
            if act is not None and (bankruptcy.state == "declared" or state.status != "suspended")
        ]
        named = bankruptcy.public_id
    stopped: list[str] = []
    late: list[str] = []
    for sale_id, public_id in targets:
        assert act is not None
        done = isinstance(act(sale_id, public_id), Done)
        (stopped if done else late).append(public_id)
    return Stopped(named, stopped, late)


def _act_of(desk: Desk, bankruptcy: Bankruptcy, by: int) -> Callable[[int, str], ActAnswer] | None:
    """What a bankruptcy in its present state does to a running sale."""
    named, state = bankruptcy.public_id, bankruptcy.state

    def key(sale: str) -> uuid.UUID:
        return uuid.uuid5(_ACTS, f"{named}:{state}:{sale}")

    if state == "accepted":
        return lambda sale_id, sale: told_acts.suspend(
            desk, sale_id, reason=STAY_REASON, key=key(sale), by=by, bankruptcy=named
        )
    if state == "declared":
        return lambda sale_id, sale: told_acts.withdraw(
            desk,
            sale_id,
            ground=Ground.BANKRUPTCY,
            reason=END_REASON,
            key=key(sale),
            by=by,
            bankruptcy=named,
        )
    return None


def _lock(session: Session, bankruptcy_id: int) -> Bankruptcy:
    return session.scalars(
        select(Bankruptcy)
        .where(Bankruptcy.id == bankruptcy_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _record(session: Session, case: CaseRecord, action: str, by: int, **details: object) -> None:
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"case:{case.public_id}",
        court_id=case.court_id,
        person_id=by,
        case=case.public_id,
        **details,
    )
