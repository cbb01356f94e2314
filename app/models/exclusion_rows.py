"""Who is kept out of a lot, in rows: entered by the court's list or by a default, and asked.

`person_index` is `gateways.seal.index_of_id_number(key, id_number)`; nobody's number stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.qualification import ExclusionRecord, NamedBuyer
from app.models.sales import LotRecord, SaleRecord
from auction_engine.sale.exclusion import Ground

_ASK = text("SELECT ground_to_exclude(:sale, :people)").bindparams(
    bindparam("people", type_=ARRAY(BYTEA))
)


def exclude(
    session: Session,
    lot_id: int,
    person_index: bytes,
    ground: Ground,
    *,
    at: datetime,
    name: str = "",
    note: str = "",
    by: int | None = None,
    whole_case: bool = False,
) -> bool:
    """Keep somebody out of later sales of a lot, or of its whole case; False if they were already.

    It counts in sales that open after `at`, which is a moment of legal time (RULE-A8).
    """
    lot = session.get_one(LotRecord, lot_id)
    added = session.execute(
        upsert(ExclusionRecord)
        .values(
            public_id=new_public_id(),
            court_id=lot.court_id,
            case_id=lot.case_id,
            lot_id=None if whole_case else lot_id,
            person_index=person_index,
            name=name,
            ground=ground.value,
            note=note,
            entered_by=by,
            entered_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ExclusionRecord.id)
    )
    return added.scalar_one_or_none() is not None


def exclude_buyers(
    session: Session,
    sale_id: int,
    *,
    at: datetime,
    by: int | None = None,
    ground: Ground = Ground.DEFAULTED,
) -> int:
    """Keep all who bought, and their proxy, out of the lot: they did not pay (RULE-J4, K11), or
    no authority approved them (I8).

    How many were entered. What each number comes to was sealed when they registered, so that
    another number typed into an account since does not help.
    """
    sale = session.get_one(SaleRecord, sale_id)
    named = session.scalars(
        select(NamedBuyer).where(
            NamedBuyer.sale_id == sale_id, NamedBuyer.person_index.is_not(None)
        )
    )
    return sum(
        exclude(session, sale.lot_id, each.person_index, ground, at=at, name=each.name, by=by)
        for each in named
        if each.person_index is not None
    )


def is_excluded(session: Session, sale_id: int, people: Iterable[bytes]) -> Ground | None:
    """Why one of these may not bid in a published sale; asked of a function that tells no more."""
    found = session.execute(_ASK, {"sale": sale_id, "people": list(people)}).scalar_one()
    return Ground(found) if found is not None else None
