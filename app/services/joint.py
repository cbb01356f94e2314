"""Buying together: whom somebody names, kept locked until they register (RULE-E8, E13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.seal import blind_index, joint_draft_lock
from app.models.people import Person
from app.models.qualification_rows import drop_joint_draft, keep_joint_draft
from app.models.registration_rows import find_registration_id
from app.models.sales import SaleRecord
from auction_engine.sale.joint import (
    JointBuyer,
    Violation,
    may_be_named,
    to_plain,
    violations,
)


@dataclass(frozen=True, slots=True)
class TooLate:
    """Bidding has opened, or the person is registered: nobody can be named any more."""


def name_joint_buyers(
    key: str, person_id: int, sale_id: int, own: JointBuyer, others: Sequence[JointBuyer]
) -> tuple[Violation, ...] | TooLate:
    """Name those who buy with `own`; what is wrong with the list, all of it, or nothing."""
    with transaction() as session:
        session.get_one(Person, person_id, with_for_update=True)
        sale = session.get_one(SaleRecord, sale_id)
        now = legal_now(session, sale.court_id)
        if not may_be_named(at=now, opens_at=sale.opens_at):
            return TooLate()
        mine = blind_index(key, "sale", sale_id, person_id)
        if find_registration_id(session, sale_id, mine) is not None:
            return TooLate()
        found = violations((own, *others))
        if not found:
            index, locker = joint_draft_lock(key, sale_id, person_id)
            keep_joint_draft(session, index, locker.lock(to_plain(others)))
        return found


def buy_alone(key: str, person_id: int, sale_id: int) -> None:
    """Forget whom the person named."""
    with transaction() as session:
        drop_joint_draft(session, joint_draft_lock(key, sale_id, person_id)[0])
