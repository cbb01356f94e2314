"""From a person to their registrations: the only way there is, and only with the platform's key.

    index = blind_index(key, "sale", sale_id, person_id)      # gateways/seal.py
    registration_id = find_registration_id(session, sale_id, index)

All registrations of a person are found through their participations; `app.queries.bidder`
unlocks them. What is found is then put into the tenant, so that row-level security opens.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Session

from app.models.bidding import Registration
from app.models.journal import Entry
from app.models.people import Participation

_SOMEBODY_TAKES_PART = text("SELECT somebody_takes_part(:sale, :numbers)").bindparams(
    bindparam("numbers", type_=ARRAY(BYTEA))
)

# Makes the key of an admission out of the registration's public id: asked twice, entered once.
_ADMISSIONS = uuid.UUID("5b0c2f0e-6d5c-4a86-9a55-6f0f5f0a6b01")


def find_registration_id(session: Session, sale_id: int, blind_index: bytes) -> int | None:
    """The registration of the person behind `blind_index` in one sale; asked of the database
    by a function that answers with this one number (migration 0006)."""
    return session.execute(
        text("SELECT registration_of(:sale, :person)"),
        {"sale": sale_id, "person": blind_index},
    ).scalar_one()


def somebody_takes_part(session: Session, sale_id: int, numbers: Sequence[bytes]) -> bool:
    """Whether one of these numbers stands behind a bidder of the sale whose deposit is there."""
    found: bool = session.execute(
        _SOMEBODY_TAKES_PART, {"sale": sale_id, "numbers": list(numbers)}
    ).scalar_one()
    return found


def takes_part_elsewhere(session: Session, registration_id: int) -> bool:
    """Whether somebody behind this registration takes part under another one already."""
    found: bool = session.execute(
        text("SELECT takes_part_elsewhere(:registration)"), {"registration": registration_id}
    ).scalar_one()
    return found


def take_part(session: Session, registration_id: int) -> bool:
    """With the deposit, all behind the registration take part in its sale; False where one of
    them does so already (the key of `identity.taking_part` decides between two at once)."""
    goes: bool = session.execute(
        text("SELECT take_part(:registration)"), {"registration": registration_id}
    ).scalar_one()
    return goes


def find_case_id(session: Session, sale_id: int) -> int | None:
    """The case behind a published sale, whose file the bidder may not read."""
    return session.execute(
        text("SELECT case_id FROM case_of_sale(:sale)"), {"sale": sale_id}
    ).scalar_one()


def find_participations(session: Session, person_index: bytes) -> list[bytes]:
    """The locked ids of all registrations of a person."""
    return list(
        session.scalars(
            select(Participation.sealed_registration)
            .where(Participation.person_index == person_index)
            .order_by(Participation.id)
        )
    )


def next_registration_id(session: Session) -> int:
    """An id before its row exists: the tenant must name a registration that is being written."""
    number: int = session.execute(text("SELECT nextval('registrations_id_seq')")).scalar_one()
    return number


def admission_entry(registration: Registration) -> Entry:
    """What is journalled once the deposit is there (RULE-E4), under the same key each time."""
    return Entry(
        sale_id=registration.sale_id,
        kind="admit",
        key=uuid.uuid5(_ADMISSIONS, registration.public_id),
        registration_id=registration.id,
    )
